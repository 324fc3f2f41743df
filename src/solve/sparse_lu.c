/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/sparse_lu.h"

#include "base/alloc.h"
#include "base/order.h"
#include "solve/fixed_lu.h"
#include "solve/markowitz.h"

#include <klu.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* KLU itself leaves the diagonal below a thousandth. */
const double bk_sparse_lu_healthy = 1e-7;

struct bk_sparse_lu {
    int32_t n;
    int32_t *starts; /* KLU takes no const */
    int32_t *rows;
    klu_common common;
    klu_symbolic *symbolic;
    bk_fixed_lu *fixed; /* NULL before the first factorisation */
    double *by;         /* [n] what rows are multiplied with for the pivots at hand */
    double *scaled;     /* entries */
    double entries;     /* of L and U, their diagonals included */
    double flops;       /* of a factorisation */
    long full;
};

/* The order of pivots is given. */
static bk_status take_order(bk_sparse_lu *lu, int32_t *order)
{
    klu_free_symbolic(&lu->symbolic, &lu->common);
    lu->symbolic =
        klu_analyze_given(lu->n, lu->starts, lu->rows, order, order, &lu->common);
    return lu->symbolic == NULL ? BK_NO_MEMORY : BK_OK;
}

/* Markowitz's order in place of AMD's where it fills in less; KLU counts nothing of an
 * order that is given. */
static bk_status reorder(bk_sparse_lu *lu)
{
    int64_t entries = 0;
    int64_t products = 0;
    int32_t *const order = bk_alloc(((size_t)lu->n + 1) * sizeof *order);
    bk_status status = order == NULL ? BK_NO_MEMORY
                                     : bk_markowitz(lu->n, lu->starts, lu->rows, order,
                                                    &entries, &products);
    const double all = (double)entries + 2.0 * lu->n;
    lu->entries = lu->symbolic->lnz + lu->symbolic->unz;
    lu->flops = lu->symbolic->est_flops;
    if (status == BK_OK && all < lu->entries) {
        lu->entries = all;
        lu->flops = 0.5 * (double)entries + 2.0 * (double)products;
        status = take_order(lu, order);
    }
    bk_free(order);
    return status == BK_UNSUPPORTED ? BK_OK : status;
}

static bk_status find_order(bk_sparse_lu *lu)
{
    lu->symbolic = klu_analyze(lu->n, lu->starts, lu->rows, &lu->common);
    if (lu->symbolic == NULL) {
        return lu->common.status == KLU_OUT_OF_MEMORY ? BK_NO_MEMORY : BK_NUMERICAL;
    }
    return reorder(lu);
}

/* like: has the same pattern and knows the order, or NULL. */
static bk_status begin(int32_t n, const int32_t *starts, const int32_t *rows,
                       const bk_sparse_lu *like, bk_sparse_lu **lu)
{
    bk_sparse_lu *made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->n = n;
    made->starts = (int32_t *)(uintptr_t)starts;
    made->rows = (int32_t *)(uintptr_t)rows;
    klu_defaults(&made->common);
    made->common.btf = 0;   /* one block, whose factors fixed_lu takes over */
    made->common.scale = 0; /* done here, with the sizes of columns */
    bk_status status = BK_OK;
    if (n > 0) {
        const size_t entries = (size_t)starts[n];
        made->by = bk_alloc(((size_t)n + entries + 1) * sizeof *made->by);
        made->scaled = made->by + n;
        status = made->by == NULL ? BK_NO_MEMORY
                 : like == NULL   ? find_order(made)
                                  : take_order(made, like->symbolic->Q);
    }
    if (status != BK_OK) {
        bk_sparse_lu_free(made);
        return status;
    }
    if (like != NULL) {
        made->entries = like->entries;
        made->flops = like->flops;
    }
    *lu = made;
    return BK_OK;
}

bk_status bk_sparse_lu_new(int32_t n, const int32_t *starts, const int32_t *rows,
                           bk_sparse_lu **lu)
{
    return begin(n, starts, rows, NULL, lu);
}

bk_status bk_sparse_lu_like(const bk_sparse_lu *lu, bk_sparse_lu **another)
{
    return begin(lu->n, lu->starts, lu->rows, lu, another);
}

void bk_sparse_lu_free(bk_sparse_lu *lu)
{
    if (lu == NULL) {
        return;
    }
    bk_fixed_lu_free(lu->fixed);
    bk_free(lu->by);
    klu_free_symbolic(&lu->symbolic, &lu->common);
    bk_free(lu);
}

/* KLU gives unsorted columns with the diagonal; here they lose it and are sorted. */
static void tidy(int32_t n, int32_t *starts, int32_t *rows)
{
    int32_t kept = 0;
    int32_t first = 0;
    for (int32_t j = 0; j < n; j++) {
        const int32_t last = starts[j + 1];
        starts[j] = kept;
        for (int32_t k = first; k < last; k++) {
            if (rows[k] != j) {
                rows[kept++] = rows[k];
            }
        }
        qsort(rows + starts[j], (size_t)(kept - starts[j]), sizeof *rows,
              bk_int_ascending);
        first = last;
    }
    starts[n] = kept;
}

/* For one matrix, or for lanes. */
typedef struct plan_use {
    bk_lane_kind set;
    bk_fixed_lu **fixed;
    bk_lanes_lu **lanes;
} plan_use;

static bk_status take_plan(bk_sparse_lu *lu, klu_numeric *numeric, const plan_use *use)
{
    const size_t n = (size_t)lu->n;
    const size_t l = (size_t)numeric->lnz;
    const size_t u = (size_t)numeric->unz;
    int32_t *const ints = bk_alloc((4 * (n + 1) + l + u) * sizeof *ints);
    double *const numbers = bk_alloc((l > u ? l : u) * sizeof *numbers);
    if (ints == NULL || numbers == NULL) {
        bk_free(ints);
        bk_free(numbers);
        return BK_NO_MEMORY;
    }
    int32_t *const l_starts = ints;
    int32_t *const u_starts = l_starts + n + 1;
    int32_t *const p = u_starts + n + 1;
    int32_t *const q = p + n + 1;
    int32_t *const l_rows = q + n + 1;
    int32_t *const u_rows = l_rows + l;
    bk_status status = BK_NO_MEMORY;
    if (klu_extract(numeric, lu->symbolic, l_starts, l_rows, numbers, u_starts, u_rows,
                    numbers, NULL, NULL, NULL, p, q, NULL, NULL, &lu->common)) {
        tidy(lu->n, l_starts, l_rows);
        tidy(lu->n, u_starts, u_rows);
        const bk_fixed_lu_plan plan = {.n = lu->n,
                                       .starts = lu->starts,
                                       .rows = lu->rows,
                                       .l_starts = l_starts,
                                       .l_rows = l_rows,
                                       .u_starts = u_starts,
                                       .u_rows = u_rows,
                                       .p = p,
                                       .q = q,
                                       .by = lu->by};
        status = use->fixed != NULL ? bk_fixed_lu_new(&plan, use->fixed)
                                    : bk_lanes_lu_new(&plan, use->set, use->lanes);
    }
    bk_free(ints);
    bk_free(numbers);
    return status;
}

/* Rows divided by their largest term, to a power of two, which rounds nothing. */
static void scale_rows(bk_sparse_lu *lu, const double *values, const double *sizes)
{
    memset(lu->by, 0, (size_t)lu->n * sizeof *lu->by);
    for (int32_t j = 0; j < lu->n; j++) {
        for (int32_t k = lu->starts[j]; k < lu->starts[j + 1]; k++) {
            const double term = fabs(values[k]) * (sizes != NULL ? sizes[j] : 1.0);
            double *const most = &lu->by[lu->rows[k]];
            *most = term > *most ? term : *most;
        }
    }
    for (int32_t i = 0; i < lu->n; i++) {
        const bool usable = sizes != NULL && lu->by[i] > 1e-250 && lu->by[i] < 1e250;
        lu->by[i] = usable ? ldexp(1.0, -ilogb(lu->by[i])) : 1.0;
    }
    for (int32_t k = 0; k < lu->starts[lu->n]; k++) {
        lu->scaled[k] = values[k] * lu->by[lu->rows[k]];
    }
}

/* New pivots. */
static bk_status choose(bk_sparse_lu *lu, const double *values, const double *sizes,
                        const plan_use *use)
{
    lu->full++;
    scale_rows(lu, values, sizes);
    klu_numeric *numeric =
        klu_factor(lu->starts, lu->rows, lu->scaled, lu->symbolic, &lu->common);
    if (numeric == NULL) {
        return lu->common.status == KLU_OUT_OF_MEMORY ? BK_NO_MEMORY : BK_NUMERICAL;
    }
    const bk_status status =
        lu->common.status == KLU_OK ? take_plan(lu, numeric, use) : BK_NUMERICAL;
    klu_free_numeric(&numeric, &lu->common);
    return status;
}

bk_status bk_sparse_lu_lanes(bk_sparse_lu *lu, const double *values,
                             const double *sizes, bk_lane_kind set, bk_lanes_lu **lanes)
{
    const plan_use use = {.set = set, .lanes = lanes};
    return choose(lu, values, sizes, &use);
}

bk_status bk_sparse_lu_factor(bk_sparse_lu *lu, const double *values,
                              const double *sizes)
{
    if (lu->n == 0 || (lu->fixed != NULL &&
                       bk_fixed_lu_factor(lu->fixed, values, bk_sparse_lu_healthy))) {
        return BK_OK;
    }
    const plan_use use = {.fixed = &lu->fixed};
    bk_sparse_lu_forget(lu);
    const bk_status status = choose(lu, values, sizes, &use);
    if (status != BK_OK) {
        return status;
    }
    if (!bk_fixed_lu_factor(lu->fixed, values, 0.0)) {
        /* pivots chosen among NaN or infinity would serve the next matrix badly */
        bk_sparse_lu_forget(lu);
        return BK_NUMERICAL;
    }
    return BK_OK;
}

bool bk_sparse_lu_is_lost(const bk_sparse_lu *lu, const double *values)
{
    return lu->n > 0 && bk_fixed_lu_is_lost(lu->fixed, values);
}

void bk_sparse_lu_forget(bk_sparse_lu *lu)
{
    bk_fixed_lu_free(lu->fixed);
    lu->fixed = NULL;
}

void bk_sparse_lu_solve(bk_sparse_lu *lu, double *b)
{
    if (lu->n > 0) {
        bk_fixed_lu_solve(lu->fixed, b);
    }
}

long bk_sparse_lu_full_factors(const bk_sparse_lu *lu)
{
    return lu->full;
}

void bk_sparse_lu_work(const bk_sparse_lu *lu, double *factor, double *solve)
{
    /* many flops are those of a dense tail, eight at a time; measured */
    *solve = 0.5 * lu->entries;
    *factor = 0.15 * lu->flops + *solve;
}
