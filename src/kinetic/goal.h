/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_GOAL_H
#define BK_KINETIC_GOAL_H

/* Where a state leads: pseudo-transient continuation (I/h - J) d = f with growing h
 * (Kelley and Keyes 1998, doi:10.1137/S0036142996304796), which ends as Newton's method.
 * The matrix is regular though conserved moieties make J singular, and its steps keep
 * every moiety.  The integrator of the workspace must have begun: its time and scales
 * count. */

#include "kinetic/approach.h"
#include "kinetic/work.h"

typedef struct bk_kin_goal {
    bk_kin_work *w;
    double span;
    bk_kin_approach approach;
    double *y, *d;   /* [n] the goal, and the derivative there or the last change */
    double residual; /* largest |y'| over scale at the last look */
    /* inside */
    bk_sparse_lu *lu;
    void *memory;
} bk_kin_goal;

/* False: memory; free it all the same. */
bool bk_kin_goal_new(bk_kin_goal *goal, bk_kin_work *work);
void bk_kin_goal_free(bk_kin_goal *goal);
/* From goal->y, steps over `passed` and longer, to where nothing moves; whether that is
 * somewhere.  In a steady state what was is what is: see_present around it. */
bool bk_kin_goal_look(bk_kin_goal *goal, double passed);
/* The right-hand side at goal->y into d; where it has no value, with its tiny negative
 * values set to zero, as the integrator does. */
bool bk_kin_goal_derivative(bk_kin_goal *goal);
void bk_kin_see_present(bk_kin_work *w, bool still);

/* The largest relative rate of f at y, and whose. */
double bk_kin_relative_rate(const bk_kin_work *w, const double *y, const double *f,
                            int32_t *fastest);
/* The largest relative difference, over the scale of b. */
double bk_kin_distance(const bk_kin_work *w, const double *a, const double *b);

#endif
