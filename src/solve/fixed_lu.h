/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_FIXED_LU_H
#define BK_SOLVE_FIXED_LU_H

/* Sparse LU whose pivots and patterns are known beforehand.
 *
 * The columns before `m` are eliminated one after the other over their sparse patterns
 * (left-looking); what remains, the tail, has filled in and is factored as one dense
 * block with vector instructions.  Networks with hubs (a receptor in a thousand
 * complexes) spend nearly all their time in that tail.  All instruction sets give the
 * same bits: the order of operations does not depend on them, and nothing is fused. */

#include <blockade/status.h>

typedef struct bk_fixed_lu bk_fixed_lu;

/* Pattern of A by columns; L (without its diagonal) and U (without its) by columns in
 * the permuted order, rows ascending; row i of P A Q is row p[i] of A, column j is
 * column q[j].  by [n]: what row i of A is multiplied with, a power of two.  Copies
 * all. */
typedef struct bk_fixed_lu_plan {
    int32_t n;
    const int32_t *starts, *rows;
    const int32_t *l_starts, *l_rows, *u_starts, *u_rows;
    const int32_t *p, *q;
    const double *by;
} bk_fixed_lu_plan;
bk_status bk_fixed_lu_new(const bk_fixed_lu_plan *plan, bk_fixed_lu **lu);
void bk_fixed_lu_free(bk_fixed_lu *lu);
/* False: a pivot is zero, not finite, or less than `least` times the largest entry of
 * its column of the multiplied rows, so that other pivots should be chosen. */
bool bk_fixed_lu_factor(bk_fixed_lu *lu, const double *values, double least);
/* Whether a pivot of these values, which were factored last, is so much smaller than the
 * number that stood in its place that rounding of that left it fewer than ten bits. */
bool bk_fixed_lu_is_lost(const bk_fixed_lu *lu, const double *values);
extern const double bk_fixed_lu_lost; /* how much smaller */
void bk_fixed_lu_solve(bk_fixed_lu *lu, double *b);

#endif
