/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_CONSISTENT_H
#define BK_KINETIC_CONSISTENT_H

/* Implicit variables: values that fulfil their algebraic rules and bring fast reactions to
 * equilibrium, and how fast those values change.  Needed where a run begins and wherever something jumps; in between the
 * integrator keeps them. */

#include "kinetic/work.h"

struct bk_kin_block {
    int32_t n;
    int32_t *list;                 /* [n] variables */
    bool *relaxes;                 /* [n] its row says how fast reactions change it */
    bool relaxing;                 /* one of them does */
    int32_t *starts, *rows, *from; /* the block's pattern; entries of the Jacobian */
    bk_sparse_lu *lu, *full;
    int32_t *full_starts, *full_rows; /* n * n, where initial values depend on them */
    double *matrix, *full_matrix;     /* in their patterns */
    double *step, *next, *size, *trial, *whole; /* whole, trial: all variables */
};

/* False: memory is short; what was made is in *block all the same. */
bool bk_kin_block_new(const bk_kin_system *system, bk_kin_block **block);
void bk_kin_block_free(bk_kin_block *block);

/* The residuals at (t, y) into to[n of the block]; false: not finite. */
bool bk_kin_residuals(bk_kin_work *w, double t, const double *y, double *to);
/* The longest component of a step over the size, and its variable. */
double bk_kin_block_length(const bk_kin_block *k, const double *step, int32_t *longest);

/* Changes the implicit ones of y so that their residuals at t are zero, the others as
 * they are and truth as w has it.  BK_NUMERICAL: no way was found from these values, and
 * culprit is the variable that moves most. */
bk_status bk_kin_consistent(bk_kin_work *w, double t, double *y, int32_t *culprit);
/* Whether, by the values at hand, fast reactions that were off are on. */
bool bk_kin_wakes(bk_kin_work *w);
/* Whether the rules determine the implicit variables next to consistent ones. */
bool bk_kin_determined(bk_kin_work *w, double t, const double *y);
/* The same after the first initial evaluation.  Given initial values are where the
 * iteration begins; 1 where there is none. */
bk_status bk_kin_consistent_start(bk_kin_work *w, const bk_settings *settings,
                                  double *y, int32_t *culprit);
/* Replaces the implicit entries of dy, from the Jacobian at hand, by the derivatives
 * along the solution: NaN where the rules do not determine them. */
void bk_kin_implicit_rates(bk_kin_work *w, double *dy);

#endif
