/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_LP_H
#define BK_SOLVE_LP_H

/* Linear programs: the fence round GLPK's simplex method (A. Makhorin, GNU Linear
 * Programming Kit).
 *
 *     maximize or minimize  sum of cost[j] x[j]
 *     where  sum of a[i][j] x[j] = 0 for every row i,  lower[j] <= x[j] <= upper[j]
 *
 * which is the form of flux balance analysis.  Bounds may be infinite.  GLPK itself aborts
 * the process when the system has no memory left for it. */

#include <blockade/status.h>

typedef struct bk_lp_entry {
    int32_t row, column;
    double value;
} bk_lp_entry;

typedef struct bk_lp {
    int32_t rows, columns;
    const bk_lp_entry *entries; /* of a; each place at most once */
    size_t n_entries;
    const double *lower, *upper, *cost; /* [columns] */
    bool maximize;
} bk_lp;

typedef enum bk_lp_answer {
    BK_LP_OPTIMAL,
    BK_LP_INFEASIBLE, /* nothing keeps all bounds */
    BK_LP_UNBOUNDED,  /* the sum has no largest (smallest) value */
    BK_LP_FAILED      /* the simplex method lost its way numerically */
} bk_lp_answer;

/* x[columns] and *value are set when the answer is OPTIMAL.  BK_NUMERICAL: a number of
 * the program is not finite where it must be (a, cost), or a bound is NaN. */
bk_status bk_lp_solve(const bk_lp *lp, double *x, double *value, bk_lp_answer *answer);

#endif
