/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/normal.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_qrng.h>

double bk_normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

bk_status bk_normal_points(unsigned dimension, size_t n, double *z)
{
    gsl_qrng *const sequence = gsl_qrng_alloc(gsl_qrng_halton, dimension);
    if (sequence == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        gsl_qrng_get(sequence, z + i * dimension);
    }
    for (size_t i = 0; i < n * dimension; i++) {
        z[i] = bk_normal_quantile(z[i]);
    }
    gsl_qrng_free(sequence);
    return BK_OK;
}
