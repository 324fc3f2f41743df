/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SWING_H
#define BK_KINETIC_SWING_H

/* Does a course swing for ever?
 *
 * Extremes are read off the cubic of each step (values and slopes at both ends), so that
 * they do not depend on where steps end.  They are gathered in windows of at least TURNS
 * turns of the variable that turns most; a variable whose extremes stay the same from one
 * window to the next swings.  A first sign is enough to look closer (the caller tightens
 * its tolerance and begins again); the second time the average over whole periods of that
 * variable is taken, from one maximum of it to another. */

#include "kinetic/course.h"

typedef struct bk_kin_swing {
    bk_kin_work *work;
    double *low, *high, *low_before, *high_before;
    double *sum;  /* integral since the first maximum of the clock */
    double *last; /* slope at the end of the last step */
    int32_t *turns;
    long window_step;
    int32_t windows;
    int32_t clock; /* the variable that swings; -1: none yet */
    bool close;    /* a first sign was seen */
    int maxima;
    double first_maximum, last_maximum;
    void *memory;
} bk_kin_swing;

typedef enum bk_kin_swinging {
    BK_SWING_NO,
    BK_SWING_SIGN, /* look closer: told once */
    BK_SWING_YES   /* clock, its low and high, the period and the averages stand */
} bk_kin_swinging;

bool bk_kin_swing_new(bk_kin_swing *swing, bk_kin_work *work);
void bk_kin_swing_free(bk_kin_swing *swing);
/* After each step. */
bk_kin_swinging bk_kin_swing_watch(bk_kin_swing *swing);
/* Says so as the end of a settle, the averages [n] into mean. */
void bk_kin_swing_end(const bk_kin_swing *swing, bk_outcome *outcome, double *mean);
/* The tolerances where something may swing: there the way itself is the answer. */
void bk_kin_swing_closer(double *rtol, double *atol);
double bk_kin_swing_period(const bk_kin_swing *swing);
/* What changes of a variable at y are compared with. */
double bk_kin_scale_of(const bk_kin_work *work, int32_t variable, double y);

#endif
