/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_SPARSE_LU_H
#define BK_SOLVE_SPARSE_LU_H

/* Sparse LU with a static ordering: the fence round KLU (Davis and Palamadai Natarajan
 * 2010, doi:10.1145/1824801.1824814).
 *
 * The ordering is found once for a pattern: AMD's or that of markowitz.h, whichever fills
 * in less.  Of 13 models of BioModels with 50 variables and more, the latter leaves 71 of
 * 100 entries of L and U in the geometric mean (53 to 93).  KLU's first factorisation
 * chooses pivots; all later ones keep them, by our own kernel (fixed_lu.h), for as long as
 * they stay healthy; otherwise KLU chooses new ones.
 *
 * Pivots are chosen among numbers of one kind: each row is divided by the largest of
 * |a_ij| size_j, rounded to a power of two, size_j saying how large x_j may be.  Then
 * rounding costs no row more than a few units in the last place of its own largest term
 * (Skeel 1979, J. ACM 26, 494), whatever the units of the rows.  Dividing by
 * the largest |a_ij| alone would not do: it takes no account of the units of columns, and
 * drives pivots off the diagonal, at twice the fill.
 *  Columns are compressed: values[k] stands in row
 * rows[k], starts[j] <= k < starts[j + 1], rows ascending. */

#include "solve/lanes_lu.h"

#include <blockade/status.h>

#include <stdbool.h>

typedef struct bk_sparse_lu bk_sparse_lu;

/* Keeps pointers to the pattern, which must outlive it.  n may be 0. */
bk_status bk_sparse_lu_new(int32_t n, const int32_t *starts, const int32_t *rows,
                           bk_sparse_lu **lu);
/* Another for the same pattern, which need not find the order again. */
bk_status bk_sparse_lu_like(const bk_sparse_lu *lu, bk_sparse_lu **another);
void bk_sparse_lu_free(bk_sparse_lu *lu);
/* sizes [n], above zero; NULL: rows are taken as they are.  They count when pivots are
 * chosen.  BK_NUMERICAL: singular to working precision, or not finite; BK_NO_MEMORY. */
bk_status bk_sparse_lu_factor(bk_sparse_lu *lu, const double *values,
                              const double *sizes);
/* Whether rounding has taken a pivot of the matrix that was factored last, of these values.
 * Where a fast equilibrium k (A - B) has a slow way out, elimination leaves in the place of
 * k only the slow rate and what else is on the diagonal: of these there must be something
 * left beside k, or the solution is that of other rates. */
bool bk_sparse_lu_is_lost(const bk_sparse_lu *lu, const double *values);
/* The next factorisation chooses pivots anew, so that what follows does not depend on
 * what was factored before. */
void bk_sparse_lu_forget(bk_sparse_lu *lu);
/* The elimination for lanes, with the pivots that are chosen for these values. */
bk_status bk_sparse_lu_lanes(bk_sparse_lu *lu, const double *values,
                             const double *sizes, bk_lane_kind set,
                             bk_lanes_lu **lanes);
/* A pivot this much smaller than the rest of its column, rows divided as above, calls for
 * others. */
extern const double bk_sparse_lu_healthy;
/* x = A^-1 b in place, for the last matrix that was factored. */
void bk_sparse_lu_solve(bk_sparse_lu *lu, double *b);
/* About the time of a factorisation and of a solution, in multiplications, by the pattern
 * alone. */
void bk_sparse_lu_work(const bk_sparse_lu *lu, double *factor, double *solve);
long bk_sparse_lu_full_factors(
    const bk_sparse_lu *lu); /* how often pivots were chosen */

#endif
