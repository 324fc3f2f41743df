/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SWING_H
#define BK_KINETIC_SWING_H

/* Does a course swing for ever?
 *
 * Extremes are read off the cubic of each step (values and slopes at both ends), so that
 * they do not depend on where steps end.  They are gathered in windows of at least TURNS
 * turns of the variable that turns most; a variable whose extremes stay the same from one
 * window to the next swings.  A first sign is enough to look closer: the caller tightens
 * its tolerance, and that variable becomes the clock.  Its periods begin where it passes
 * the middle of its swing upwards.  When they have become alike (or, where a
 * swing is no simple cycle, when the windows have said so for long, and averages do not come
 * nearer to each other from period to period), those over the last four are the answer, or
 * what they tend to where they still drift. */

#include "kinetic/course.h"

enum { BK_SWING_MARKS = 5 }; /* of four periods */

/* The end of a period: when, and the extremes of the clock in it. */
typedef struct bk_kin_mark {
    double time, low, high;
} bk_kin_mark;

typedef struct bk_kin_swing {
    bk_kin_work *work;
    double *low, *high, *low_before, *high_before;
    double *sum;  /* integral since the clock is followed */
    double *sums; /* [BK_SWING_MARKS][n] the same up to its last passages */
    bk_kin_mark marks[BK_SWING_MARKS],
        cycle;    /* of these, in turn; of the present one */
    double *last; /* slope at the end of the last step */
    int32_t *turns;
    long window_step;
    int32_t windows;
    int32_t clock; /* the variable that swings; -1: none yet */
    double level;  /* the middle of its swing */
    int passages;  /* upwards */
    bool close;    /* a first sign was seen */
    bool sure;     /* the windows have said so again, and no period is like another */
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
/* What changes of a variable at y are compared with. */
double bk_kin_scale_of(const bk_kin_work *work, int32_t variable, double y);

#endif
