/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/fixed_lu.h"

#include "base/alloc.h"
#include "solve/dense_lu.h"

#include <float.h>
#include <math.h>
#include <string.h>

const double bk_fixed_lu_lost = 0x1p-10 / DBL_EPSILON;

struct bk_fixed_lu {
    int32_t n, m, tail;
    const bk_dense_lu *dense_kernel;
    int32_t *starts, *from, *to; /* entries of A by permuted column */
    int32_t *l_starts, *l_rows;  /* columns before m */
    int32_t *u_starts, *u_rows;  /* rows before m of all columns */
    int32_t *p, *q;
    int32_t *diagonal; /* entry of A where the pivot of a column stands, -1: none */
    double *l, *u, *pivots, *x, *dense; /* pivots: their inverses */
    double *by, *entry_by;              /* of rows in permuted order, of entries of A */
    size_t stride;
};

/* The largest tail at least 85 % full: below a dozen columns it is not worth
 * while. */
static int32_t tail_start(const bk_fixed_lu_plan *plan)
{
    const int32_t n = plan->n;
    int32_t start = n;
    double full = 0.0;
    int32_t *const above = bk_alloc_zero((size_t)n + 1, sizeof *above);
    if (above == NULL) {
        return n;
    }
    /* above[i]: entries of U in row i; all of them are right of column i */
    for (int32_t k = 0; k < plan->u_starts[n]; k++) {
        above[plan->u_rows[k]]++;
    }
    for (int32_t m = n - 1; m >= 0; m--) {
        full += 1.0 + above[m] + plan->l_starts[m + 1] - plan->l_starts[m];
        const double size = n - m;
        if (full >= 0.85 * size * size) {
            start = m;
        }
    }
    bk_free(above);
    return n - start < 12 ? n : start;
}

static bool copy_ints(int32_t **to, const int32_t *from, size_t n)
{
    *to = bk_alloc((n + 1) * sizeof **to);
    if (*to != NULL && n > 0) {
        memcpy(*to, from, n * sizeof **to);
    }
    return *to != NULL;
}

static bool copy_u(bk_fixed_lu *lu, const bk_fixed_lu_plan *plan)
{
    const size_t n = (size_t)lu->n;
    lu->u_starts = bk_alloc((n + 1) * sizeof *lu->u_starts);
    lu->u_rows = bk_alloc(((size_t)plan->u_starts[n] + 1) * sizeof *lu->u_rows);
    if (lu->u_starts == NULL || lu->u_rows == NULL) {
        return false;
    }
    int32_t kept = 0;
    for (size_t j = 0; j < n; j++) {
        lu->u_starts[j] = kept;
        for (int32_t k = plan->u_starts[j]; k < plan->u_starts[j + 1]; k++) {
            if (plan->u_rows[k] < lu->m) {
                lu->u_rows[kept++] = plan->u_rows[k];
            }
        }
    }
    lu->u_starts[n] = kept;
    return true;
}

static bool copy_entries(bk_fixed_lu *lu, const bk_fixed_lu_plan *plan)
{
    const size_t n = (size_t)lu->n;
    const size_t entries = (size_t)plan->starts[n];
    int32_t *const place = bk_alloc((n + 1) * sizeof *place);
    lu->starts = bk_alloc((n + 1) * sizeof *lu->starts);
    lu->from = bk_alloc((entries + 1) * sizeof *lu->from);
    lu->diagonal = bk_alloc((n + 1) * sizeof *lu->diagonal);
    lu->to = bk_alloc((entries + 1) * sizeof *lu->to);
    lu->by = bk_alloc((n + entries + 1) * sizeof *lu->by);
    if (place == NULL || lu->starts == NULL || lu->from == NULL || lu->to == NULL ||
        lu->by == NULL || lu->diagonal == NULL) {
        bk_free(place);
        return false;
    }
    lu->entry_by = lu->by + n;
    for (int32_t i = 0; i < lu->n; i++) {
        place[plan->p[i]] = i;
        lu->by[i] = plan->by[plan->p[i]];
    }
    int32_t k = 0;
    for (int32_t j = 0; j < lu->n; j++) {
        lu->starts[j] = k;
        lu->diagonal[j] = -1;
        const int32_t column = plan->q[j];
        for (int32_t e = plan->starts[column]; e < plan->starts[column + 1]; e++) {
            lu->from[k] = e;
            lu->entry_by[k] = plan->by[plan->rows[e]];
            lu->diagonal[j] = plan->rows[e] == plan->p[j] ? k : lu->diagonal[j];
            lu->to[k++] = place[plan->rows[e]];
        }
    }
    lu->starts[lu->n] = k;
    bk_free(place);
    return true;
}

bk_status bk_fixed_lu_new(const bk_fixed_lu_plan *plan, bk_fixed_lu **lu)
{
    bk_fixed_lu *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t n = (size_t)plan->n;
    made->n = plan->n;
    made->m = tail_start(plan);
    made->tail = made->n - made->m;
    made->stride = ((size_t)made->tail + 7) / 8 * 8;
    made->dense_kernel = bk_dense_lu_pick();
    const size_t l_entries = (size_t)plan->l_starts[made->m];
    bool good = copy_ints(&made->p, plan->p, n) && copy_ints(&made->q, plan->q, n) &&
                copy_ints(&made->l_starts, plan->l_starts, n + 1) &&
                copy_ints(&made->l_rows, plan->l_rows, l_entries) &&
                copy_u(made, plan) && copy_entries(made, plan);
    if (good) {
        made->l = bk_alloc((l_entries + 1) * sizeof *made->l);
        made->u = bk_alloc(((size_t)made->u_starts[n] + 1) * sizeof *made->u);
        made->pivots = bk_alloc((n + 1) * sizeof *made->pivots);
        made->x = bk_alloc_zero(n + made->stride + 1, sizeof *made->x);
        made->dense =
            bk_alloc_zero(made->stride * (size_t)made->tail + 8, sizeof *made->dense);
        good = made->l != NULL && made->u != NULL && made->pivots != NULL &&
               made->x != NULL && made->dense != NULL;
    }
    if (!good) {
        bk_fixed_lu_free(made);
        return BK_NO_MEMORY;
    }
    *lu = made;
    return BK_OK;
}

void bk_fixed_lu_free(bk_fixed_lu *lu)
{
    if (lu == NULL) {
        return;
    }
    void *const arrays[] = {lu->starts, lu->from,     lu->to,     lu->l_starts,
                            lu->l_rows, lu->u_starts, lu->u_rows, lu->p,
                            lu->q,      lu->l,        lu->u,      lu->pivots,
                            lu->x,      lu->dense,    lu->by,     lu->diagonal};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(lu);
}

/* Column j of A with all updates from columns before m, into x. */
static void update_column(bk_fixed_lu *lu, int32_t j, const double *values)
{
    double *const restrict x = lu->x;
    for (int32_t k = lu->starts[j]; k < lu->starts[j + 1]; k++) {
        x[lu->to[k]] = values[lu->from[k]] * lu->entry_by[k];
    }
    for (int32_t k = lu->u_starts[j]; k < lu->u_starts[j + 1]; k++) {
        const int32_t row = lu->u_rows[k];
        const double u = x[row];
        x[row] = 0.0;
        lu->u[k] = u;
        for (int32_t i = lu->l_starts[row]; u != 0.0 && i < lu->l_starts[row + 1];
             i++) {
            x[lu->l_rows[i]] -= lu->l[i] * u;
        }
    }
}

/* Pivot and column of L from x, which is cleared. */
static bool finish_column(bk_fixed_lu *lu, int32_t j, double least)
{
    double *const x = lu->x;
    const double pivot = x[j];
    const double inverse = 1.0 / pivot;
    double largest = 0.0;
    x[j] = 0.0;
    for (int32_t i = lu->l_starts[j]; i < lu->l_starts[j + 1]; i++) {
        double *const entry = &x[lu->l_rows[i]];
        largest = fabs(*entry) > largest ? fabs(*entry) : largest;
        lu->l[i] = *entry * inverse;
        *entry = 0.0;
    }
    lu->pivots[j] = inverse;
    return pivot != 0.0 && fabs(pivot) >= least * largest && isfinite(inverse) &&
           isfinite(largest);
}

bool bk_fixed_lu_factor(bk_fixed_lu *lu, const double *values, double least)
{
    bool healthy = true;
    for (int32_t j = 0; j < lu->m; j++) {
        update_column(lu, j, values);
        healthy = finish_column(lu, j, least) && healthy; /* x must be cleared */
    }
    for (int32_t j = lu->m; j < lu->n; j++) {
        update_column(lu, j, values);
        double *const column = lu->dense + (size_t)(j - lu->m) * lu->stride;
        memcpy(column, lu->x + lu->m, (size_t)lu->tail * sizeof *column);
        memset(lu->x + lu->m, 0, (size_t)lu->tail * sizeof *column);
    }
    if (!healthy) {
        memset(lu->x, 0, (size_t)lu->n * sizeof *lu->x); /* NaN spreads anywhere */
        return false;
    }
    return lu->tail == 0 || lu->dense_kernel->factor(lu->tail, lu->dense, lu->stride,
                                                     lu->pivots + lu->m, least);
}

bool bk_fixed_lu_is_lost(const bk_fixed_lu *lu, const double *values)
{
    bool lost = false;
    for (int32_t j = 0; j < lu->n; j++) {
        const int32_t k = lu->diagonal[j];
        const double first = k < 0 ? 0.0 : values[lu->from[k]] * lu->entry_by[k];
        lost = lost || fabs(first * lu->pivots[j]) > bk_fixed_lu_lost;
    }
    return lost;
}

void bk_fixed_lu_solve(bk_fixed_lu *lu, double *b)
{
    double *const restrict x = lu->x;
    for (int32_t i = 0; i < lu->n; i++) {
        x[i] = b[lu->p[i]] * lu->by[i];
    }
    for (int32_t j = 0; j < lu->m; j++) {
        const double value = x[j];
        for (int32_t i = lu->l_starts[j]; value != 0.0 && i < lu->l_starts[j + 1];
             i++) {
            x[lu->l_rows[i]] -= lu->l[i] * value;
        }
    }
    if (lu->tail > 0) {
        lu->dense_kernel->solve(lu->tail, lu->dense, lu->stride, lu->pivots + lu->m,
                                x + lu->m);
    }
    for (int32_t j = lu->n - 1; j >= 0; j--) {
        const double value = j < lu->m ? x[j] * lu->pivots[j] : x[j];
        b[lu->q[j]] = value;
        for (int32_t k = lu->u_starts[j]; value != 0.0 && k < lu->u_starts[j + 1];
             k++) {
            x[lu->u_rows[k]] -= lu->u[k] * value;
        }
    }
    memset(x, 0, ((size_t)lu->n + lu->stride) * sizeof *x);
}
