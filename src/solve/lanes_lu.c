/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/lanes_lu.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

typedef struct kernel {
    void (*factor)(bk_lanes_lu *lu, const bk_lanes *values, double least,
                   bk_lane_mask *healthy);
    void (*solve)(bk_lanes_lu *lu, bk_lanes *b);
} kernel;

/* An entry of a row of L or U. */
typedef struct cell {
    int32_t at, column;
} cell;

struct bk_lanes_lu {
    int32_t n;
    const kernel *kernel;
    int32_t *memory;
    int32_t *starts, *from, *to; /* entries of A by permuted column */
    int32_t *l_starts, *l_rows, *u_starts, *u_rows;
    int32_t *p, *q;
    int32_t *l_across, *u_across; /* the same by rows, columns ascending */
    cell *l_entries, *u_entries;
    double *by, *entry_by;    /* of rows in permuted order, of entries of A */
    bk_lanes *l, *u, *pivots; /* pivots: their inverses */
    bk_lanes *x, *z;          /* x: zero between calls */
};

#define FACTOR factor_plain
#define SOLVE solve_plain
#include "solve/lanes_lu_kernel.h"
#undef FACTOR
#undef SOLVE
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#pragma GCC push_options
#pragma GCC target("avx2")
#define FACTOR factor_avx2
#define SOLVE solve_avx2
#include "solve/lanes_lu_kernel.h"
#undef FACTOR
#undef SOLVE
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq")
#define FACTOR factor_avx512
#define SOLVE solve_avx512
#include "solve/lanes_lu_kernel.h"
#undef FACTOR
#undef SOLVE
#pragma GCC pop_options
static const kernel kernels[] = {{factor_plain, solve_plain},
                                 {factor_avx2, solve_avx2},
                                 {factor_avx512, solve_avx512}};
#else
static const kernel kernels[] = {{factor_plain, solve_plain},
                                 {factor_plain, solve_plain},
                                 {factor_plain, solve_plain}};
#endif

static int32_t *copied(int32_t **next, const int32_t *from, size_t n)
{
    int32_t *const to = *next;
    if (n > 0) {
        memcpy(to, from, n * sizeof *to);
    }
    *next += n;
    return to;
}

/* Entries of A by permuted column; p is still free to be turned round. */
static void copy_entries(bk_lanes_lu *lu, const bk_fixed_lu_plan *plan, int32_t **next)
{
    const size_t n = (size_t)lu->n;
    const size_t entries = (size_t)plan->starts[n];
    int32_t *const place = *next; /* for the time being */
    for (int32_t i = 0; i < lu->n; i++) {
        place[plan->p[i]] = i;
        lu->by[i] = plan->by[plan->p[i]];
    }
    *next += n;
    lu->starts = *next;
    lu->from = lu->starts + n + 1;
    lu->to = lu->from + entries;
    *next = lu->to + entries;
    int32_t k = 0;
    for (int32_t j = 0; j < lu->n; j++) {
        lu->starts[j] = k;
        const int32_t column = plan->q[j];
        for (int32_t e = plan->starts[column]; e < plan->starts[column + 1]; e++) {
            lu->from[k] = e;
            lu->entry_by[k] = plan->by[plan->rows[e]];
            lu->to[k++] = place[plan->rows[e]];
        }
    }
    lu->starts[n] = k;
}

static void turn(int32_t n, const int32_t *starts, const int32_t *rows, int32_t *across,
                 cell *entries)
{
    memset(across, 0, ((size_t)n + 1) * sizeof *across);
    for (int32_t k = 0; k < starts[n]; k++) {
        across[rows[k] + 1]++;
    }
    for (int32_t i = 0; i < n; i++) {
        across[i + 1] += across[i];
    }
    for (int32_t j = 0; j < n; j++) {
        for (int32_t k = starts[j]; k < starts[j + 1]; k++) {
            entries[across[rows[k]]++] = (cell){k, j};
        }
    }
    memmove(across + 1, across, (size_t)n * sizeof *across);
    across[0] = 0;
}

bk_status bk_lanes_lu_new(const bk_fixed_lu_plan *plan, bk_lane_kind set,
                          bk_lanes_lu **lu)
{
    const size_t n = (size_t)plan->n;
    const size_t entries = (size_t)plan->starts[n];
    const size_t l_entries = (size_t)plan->l_starts[n];
    const size_t u_entries = (size_t)plan->u_starts[n];
    bk_lanes_lu *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->n = plan->n;
    made->kernel = &kernels[set];
    made->memory =
        bk_alloc((8 * n + 8 + 2 * entries + l_entries + u_entries) * sizeof(int32_t));
    made->by = bk_alloc((n + entries + 1) * sizeof *made->by);
    made->l_entries = bk_alloc((l_entries + 1) * sizeof *made->l_entries);
    made->u_entries = bk_alloc((u_entries + 1) * sizeof *made->u_entries);
    made->l = bk_lanes_alloc(l_entries);
    made->u = bk_lanes_alloc(u_entries);
    made->pivots = bk_lanes_alloc(n);
    made->x = bk_lanes_alloc(n);
    made->z = bk_lanes_alloc(n);
    if (made->l_entries == NULL || made->u_entries == NULL || made->z == NULL ||
        made->memory == NULL || made->by == NULL || made->l == NULL ||
        made->u == NULL || made->pivots == NULL || made->x == NULL) {
        bk_lanes_lu_free(made);
        return BK_NO_MEMORY;
    }
    made->entry_by = made->by + n;
    int32_t *next = made->memory;
    made->p = copied(&next, plan->p, n);
    made->q = copied(&next, plan->q, n);
    made->l_starts = copied(&next, plan->l_starts, n + 1);
    made->l_rows = copied(&next, plan->l_rows, l_entries);
    made->u_starts = copied(&next, plan->u_starts, n + 1);
    made->u_rows = copied(&next, plan->u_rows, u_entries);
    copy_entries(made, plan, &next);
    made->l_across = next;
    made->u_across = next + n + 1;
    turn(made->n, made->l_starts, made->l_rows, made->l_across, made->l_entries);
    turn(made->n, made->u_starts, made->u_rows, made->u_across, made->u_entries);
    *lu = made;
    return BK_OK;
}

void bk_lanes_lu_free(bk_lanes_lu *lu)
{
    if (lu != NULL) {
        bk_free(lu->memory);
        bk_free(lu->by);
        bk_free(lu->l_entries);
        bk_free(lu->u_entries);
        bk_lane_array_free(lu->z);
        bk_lane_array_free(lu->l);
        bk_lane_array_free(lu->u);
        bk_lane_array_free(lu->pivots);
        bk_lane_array_free(lu->x);
        bk_free(lu);
    }
}

void bk_lanes_lu_factor(bk_lanes_lu *lu, const bk_lanes *values, double least,
                        bk_lane_mask *healthy)
{
    lu->kernel->factor(lu, values, least, healthy);
}

void bk_lanes_lu_solve(bk_lanes_lu *lu, bk_lanes *b)
{
    lu->kernel->solve(lu, b);
}
