/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_ECHO_H
#define BK_KINETIC_ECHO_H

/* Sensitivities of models with delays: what of S comes back.
 *
 * A delayed value d = g(t - lag) answers p as
 *
 *     dd/dp = g'(t - lag) (- d lag/dp) + A(t - lag),      A = dg/dp at a fixed time
 *
 * The first part is in the rows of the Jacobian.  The second makes the variational
 * equations M S' = J S + sum over delays of (df/dd) A(t - lag): A is kept as S goes on, as
 * polynomials of degree four on each step of S, and before the start it is the derivative
 * of the past by p (differences of fourth order).  df/dd are differences of second order
 * in the delayed value.  Steps of S are no longer than the shortest lag, so that they look
 * back on what is known (Baker and Rihan 1999 treat the equations; see Bellen and Zennaro
 * 2003, Numerical Methods for Delay Differential Equations).
 *
 * S has no jumps of its own while arguments are continuous in time: models with conditions
 * or events beside delays are refused. */

#include "kinetic/history.h"

struct bk_kin_variation;

typedef struct bk_kin_echo {
    int32_t n;        /* delays */
    double *by_slots; /* [n * slots] d slot / d delayed value, at the last look */
    double *by_rates; /* [n * variables] and of the derivative */
    double *now;      /* [n * m] A(t - lag) then */
    double *size;     /* [n] largest |d| so far */
    double *before;   /* [n * m] A before the start, or NaN: not known, or it varies */
    double *s, *y, *slots, *rate; /* scratch */
    double *from, *to, *values;   /* [pieces], [pieces], [pieces * n * m * nodes] */
    size_t pieces, from_capacity, to_capacity, value_capacity;
    void *memory;
} bk_kin_echo;

bk_status bk_kin_echo_new(struct bk_kin_variation *v, bk_kin_echo **echo);
void bk_kin_echo_free(bk_kin_echo *echo);
void bk_kin_echo_start(struct bk_kin_variation *v);
/* All that is of (t, y), whose values are at hand before and afterwards.  Where delays see
 * the present, nothing comes back. */
void bk_kin_echo_look(struct bk_kin_variation *v, double t, const double *y);
/* The last step of S is added to what is known; false: memory. */
bool bk_kin_echo_add(struct bk_kin_variation *v);
/* How far a step of S may go from the present one, by the lags at hand. */
double bk_kin_echo_limit(const struct bk_kin_variation *v);

#endif
