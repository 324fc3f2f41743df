/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_APPROACH_H
#define BK_KINETIC_APPROACH_H

/* The decisions on the way to a steady state, for a run alone and for each lane: when to
 * look where the way leads, how the steps of pseudo-transient continuation grow and end
 * (see settle.c), and when the way has come to what was seen. */

#include <blockade/engine.h>

#include <stdbool.h>

typedef struct bk_kin_approach {
    double wanted; /* relative change that ends the steps */
    double h, longest, change;
    int taken; /* steps of this look */
    bool small;
    double next_look, last_look; /* times passed: at the earliest, at the latest */
    double away;                 /* from the goal at the last look; NaN: no goal */
} bk_kin_approach;

/* The first look comes after ten spans: while steps still grow fivefold, going on costs
 * less than looking, and what is seen from far away is seldom the goal. */
void bk_kin_approach_begin(bk_kin_approach *approach, const bk_settings *settings,
                           double span);
/* The longest a settle goes on, as a time. */
double bk_kin_approach_limit(const bk_settings *settings, double span);
/* At this relative rate nothing moves over such a time. */
bool bk_kin_rests(double rate, double time);
/* Near a steady state steps grow in proportion to the time passed.  Without that, only
 * now and then: there may be small steps for another reason.  Not while the way leads to
 * the goal that was seen: y is but half as far away from it now. */
bool bk_kin_approach_due(const bk_kin_approach *approach, double passed, double step,
                         double away);
/* A look begins.  Never over less than the span: at the start the step size is still a
 * guess, and over a tiny step nothing changes anywhere. */
void bk_kin_look_begin(bk_kin_approach *approach, double passed, double span);
/* A step over h changed the goal by this share of its scale; h grows.  False: it leads
 * nowhere. */
bool bk_kin_look_stepped(bk_kin_approach *approach, double change);
/* The last step was as small as wished, or as rounding lets it become, over many times
 * the time passed.  Longer steps would be no better: their h multiplies the rounding of
 * what is conserved. */
bool bk_kin_look_reached(const bk_kin_approach *approach);
/* No more steps are taken: there have been many, or the last ones, though long, still
 * lead far away. */
bool bk_kin_look_over(const bk_kin_approach *approach);
/* A look has ended so far away from its goal (NaN: it has none); true: y is there. */
bool bk_kin_look_ended(bk_kin_approach *approach, double passed, double span,
                       double away);
/* The distance has become half, and small: the way leads to the goal. */
bool bk_kin_approach_near(const bk_kin_approach *approach, double away, double rtol);

#endif
