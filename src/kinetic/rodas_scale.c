/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include <float.h>
#include <math.h>

/* What components are compared with: see bk_rodas_start. */

static int32_t group_of(const bk_rodas *r, int32_t i)
{
    return r->problem.group == NULL ? 0 : r->problem.group[i];
}

static double unit_of(const bk_rodas *r, int32_t i)
{
    return r->problem.units == NULL ? 1.0 : fabs(r->problem.units[i]);
}

double bk_rodas_size_of(const bk_rodas *r, int32_t i)
{
    return bk_rodas_size(r->scale[i], r->shared[i], r->rtol, r->atol);
}

void bk_rodas_sizes(const bk_rodas *rodas, double *sizes)
{
    for (int32_t i = 0; i < rodas->problem.n; i++) {
        sizes[i] = bk_rodas_size_of(rodas, i);
    }
}

double bk_rodas_weight(const bk_rodas *r, int32_t i, double size)
{
    if (r->atol > 0.0) {
        return r->atol + r->rtol * size;
    }
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const double scale = fmax(r->scale[i], r->shared[i]);
    const double wanted = r->rtol * (size + rule->relative_floor * scale);
    const double least = fmax(rule->least_tolerance, DBL_EPSILON * scale);
    return wanted > least ? wanted : least;
}

void bk_rodas_grow_scales(bk_rodas *r)
{
    for (int32_t i = 0; i < r->problem.n; i++) {
        const double common = fabs(r->y[i]) * unit_of(r, i);
        double *const largest = &r->largest[group_of(r, i)];
        *largest = common > *largest ? common : *largest;
    }
    for (int32_t i = 0; i < r->problem.n; i++) {
        const double size = fabs(r->y[i]);
        if (r->scale[i] <= r->shared[i]) { /* its own scale has not shown yet */
            r->shared[i] = bk_rodas_tolerance.shared_floor *
                           r->largest[group_of(r, i)] / unit_of(r, i);
        }
        r->scale[i] = size > r->scale[i] ? size : r->scale[i];
    }
}
