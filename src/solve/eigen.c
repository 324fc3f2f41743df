/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/eigen.h"

#include <gsl/gsl_eigen.h>
#include <math.h>

bk_status bk_eigenvalues(int32_t n, double *matrix, double *re, double *im)
{
    const size_t size = (size_t)n;
    for (size_t k = 0; k < size * size; k++) {
        if (!isfinite(matrix[k])) {
            return BK_NUMERICAL;
        }
    }
    if (n == 0) {
        return BK_OK;
    }
    gsl_eigen_nonsymm_workspace *const w = gsl_eigen_nonsymm_alloc(size);
    gsl_vector_complex *const values = gsl_vector_complex_alloc(size);
    bk_status status = w != NULL && values != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        gsl_matrix_view view = gsl_matrix_view_array(matrix, size, size);
        gsl_eigen_nonsymm_params(0, 1, w);
        status = gsl_eigen_nonsymm(&view.matrix, values, w) == 0 ? BK_OK : BK_NUMERICAL;
    }
    for (size_t i = 0; i < size && status == BK_OK; i++) {
        const gsl_complex value = gsl_vector_complex_get(values, i);
        re[i] = GSL_REAL(value);
        im[i] = GSL_IMAG(value);
    }
    if (values != NULL) {
        gsl_vector_complex_free(values);
    }
    if (w != NULL) {
        gsl_eigen_nonsymm_free(w);
    }
    return status;
}
