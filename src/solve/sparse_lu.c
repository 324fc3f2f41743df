/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/sparse_lu.h"

#include "base/alloc.h"

#include <klu.h>

#include <float.h>
#include <math.h>

struct bk_sparse_lu {
    int32_t n;
    int32_t *starts; /* KLU takes no const */
    int32_t *rows;
    klu_common common;
    klu_symbolic *symbolic;
    klu_numeric *numeric;
    double condition;
    long full;
};

bk_status bk_sparse_lu_new(int32_t n, const int32_t *starts, const int32_t *rows,
                           bk_sparse_lu **lu)
{
    bk_sparse_lu *made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->n = n;
    made->starts = (int32_t *)(uintptr_t)starts;
    made->rows = (int32_t *)(uintptr_t)rows;
    klu_defaults(&made->common);
    if (n > 0) {
        made->symbolic = klu_analyze(n, made->starts, made->rows, &made->common);
        if (made->symbolic == NULL) {
            const bool memory = made->common.status == KLU_OUT_OF_MEMORY;
            bk_sparse_lu_free(made);
            return memory ? BK_NO_MEMORY : BK_NUMERICAL;
        }
    }
    *lu = made;
    return BK_OK;
}

void bk_sparse_lu_free(bk_sparse_lu *lu)
{
    if (lu == NULL) {
        return;
    }
    klu_free_numeric(&lu->numeric, &lu->common);
    klu_free_symbolic(&lu->symbolic, &lu->common);
    bk_free(lu);
}

/* New numbers with the old pivots; false when they are not to be trusted. */
static bool refactor(bk_sparse_lu *lu, double *values)
{
    klu_common *const common = &lu->common;
    if (!klu_refactor(lu->starts, lu->rows, values, lu->symbolic, lu->numeric, common) ||
        common->status != KLU_OK || !klu_rcond(lu->symbolic, lu->numeric, common) ||
        !(common->rcond > 1e-14)) {
        return false;
    }
    lu->condition = common->rcond;
    return true;
}

/* A zero or non-finite entry on the diagonal of U: KLU divides by it. */
static bool pivots_usable(const bk_sparse_lu *lu)
{
    const double *const pivots = lu->numeric->Udiag;
    for (int32_t i = 0; i < lu->n; i++) {
        if (!isfinite(pivots[i]) || pivots[i] == 0.0) {
            return false;
        }
    }
    return true;
}

bk_status bk_sparse_lu_factor(bk_sparse_lu *lu, const double *values)
{
    double *const v = (double *)(uintptr_t)values; /* only read */
    if (lu->n == 0) {
        return BK_OK;
    }
    if (lu->numeric != NULL && refactor(lu, v)) {
        return BK_OK;
    }
    klu_free_numeric(&lu->numeric, &lu->common);
    lu->numeric = klu_factor(lu->starts, lu->rows, v, lu->symbolic, &lu->common);
    lu->full++;
    if (lu->numeric == NULL) {
        return lu->common.status == KLU_OUT_OF_MEMORY ? BK_NO_MEMORY : BK_NUMERICAL;
    }
    if (lu->common.status != KLU_OK || !pivots_usable(lu)) {
        klu_free_numeric(&lu->numeric, &lu->common);
        return BK_NUMERICAL;
    }
    klu_rcond(lu->symbolic, lu->numeric, &lu->common);
    lu->condition = lu->common.rcond;
    return BK_OK;
}

void bk_sparse_lu_solve(bk_sparse_lu *lu, double *b)
{
    if (lu->n > 0) {
        klu_solve(lu->symbolic, lu->numeric, lu->n, 1, b, &lu->common);
    }
}

void bk_sparse_lu_solve_transposed(bk_sparse_lu *lu, double *b)
{
    if (lu->n > 0) {
        klu_tsolve(lu->symbolic, lu->numeric, lu->n, 1, b, &lu->common);
    }
}

double bk_sparse_lu_condition(const bk_sparse_lu *lu)
{
    return lu->condition;
}

long bk_sparse_lu_full_factors(const bk_sparse_lu *lu)
{
    return lu->full;
}
