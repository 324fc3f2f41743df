/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include <math.h>
#include <string.h>

static void prepare(bk_rodas *r)
{
    const bk_rodas_method *const m = r->method;
    const bk_explicit_method *const e = &bk_explicit_default;
    const size_t n = (size_t)r->problem.n;
    const bool is_explicit = r->choice.explicit;
    for (int k = 0; k < m->dense; k++) {
        double *const row = r->dense + (size_t)k * n;
        double shares[BK_RODAS_MOST_STAGES];
        for (int i = 0; i < BK_RODAS_MOST_STAGES; i++) {
            shares[i] = is_explicit ? (r->t - r->t_old) * e->h[k][i] : m->h[k][i];
        }
        memset(row, 0, n * sizeof *row);
        r->combine(row, row, r->stages, n, shares, is_explicit ? e->stages : m->stages);
    }
    r->has_dense = true;
}

void bk_rodas_dense(bk_rodas *rodas, double t, double *y)
{
    bk_rodas *const r = rodas;
    const size_t n = (size_t)r->problem.n;
    const double h = r->t - r->t_old;
    const double x = h > 0.0 ? fmin(fmax((t - r->t_old) / h, 0.0), 1.0) : 1.0;
    if (n == 0) {
        return;
    }
    if (x >= 1.0 || x <= 0.0) {
        memcpy(y, x >= 1.0 ? r->y : r->y_old, n * sizeof *y);
        return;
    }
    if (!r->has_dense) {
        prepare(r);
    }
    const double *const end = r->jumped ? r->end : r->y;
    for (size_t i = 0; i < n; i++) {
        double inner = 0.0;
        for (int k = r->method->dense - 1; k >= 0; k--) {
            inner = inner * x + r->dense[(size_t)k * n + i];
        }
        /* in this form what is constant stays so to the last bit */
        y[i] = r->y_old[i] + x * (end[i] - r->y_old[i] + (1.0 - x) * inner);
    }
}
