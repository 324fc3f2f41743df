/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_CONSISTENT_H
#define BK_KINETIC_CONSISTENT_H

/* Implicit variables: values that fulfil their algebraic rules and bring fast reactions to
 * equilibrium, and how fast those values change.  Needed where a run begins and wherever something jumps; in between the
 * integrator keeps them. */

#include "kinetic/work.h"

/* False: memory is short; what was made is in *block all the same. */
bool bk_kin_block_new(const bk_kin_system *system, bk_kin_block **block);
void bk_kin_block_free(bk_kin_block *block);

/* Changes the implicit ones of y so that their residuals at t are zero, the others as
 * they are and truth as w has it.  BK_NUMERICAL: no way was found from these values, and
 * culprit is the variable that moves most. */
bk_status bk_kin_consistent(bk_kin_work *w, double t, double *y, int32_t *culprit);
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
