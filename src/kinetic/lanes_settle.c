/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include <math.h>

/* settle.c, for one lane at a time: the same looks ahead, the same arrival.  What needs
 * more than SOON steps may swing; it comes again with others of its kind. */

enum { SOON = 64, LATE = 20000 };

static double elapsed(const bk_kin_lanes *l, const bk_lane *lane)
{
    return lane->t - l->settings->t_start;
}

double bk_lane_settle_limit(const bk_kin_lanes *lanes)
{
    return bk_kin_approach_limit(lanes->settings, lanes->span);
}

static void look_ahead(bk_kin_lanes *l, int number)
{
    bk_lane *const lane = &l->lane[number];
    lane->state = BK_LANE_NEWTON;
    bk_kin_look_begin(&lane->approach, elapsed(l, lane), l->span);
    for (int32_t v = 0; v < l->system->n; v++) {
        l->goal[v][number] = l->y[v][number];
    }
}

void bk_lane_settle_begun(bk_kin_lanes *lanes, int lane, double rate)
{
    bk_kin_approach_begin(&lanes->lane[lane].approach, lanes->settings, lanes->span);
    if (bk_kin_rests(rate, lanes->span)) {
        look_ahead(lanes, lane);
    }
}

/* What has arrived at its goal looks at it again from close by, as settle.c does; one that
 * lies beyond a switch is settle.c's. */
static bk_lane_verdict arrived(bk_kin_lanes *l, int number)
{
    if (!bk_lane_goal_holds(l, number)) {
        return BK_LANE_ALONE;
    }
    look_ahead(l, number);
    l->lane[number].arrived = true;
    return BK_LANE_GOES_ON;
}

bk_lane_verdict bk_lane_settle_stepped(bk_kin_lanes *lanes, int number)
{
    bk_lane *const lane = &lanes->lane[number];
    const double passed = elapsed(lanes, lane);
    if (bk_kin_approach_near(&lane->approach, lane->distance, (*lanes->rtol)[number]) &&
        bk_kin_rests(lane->residual, passed)) {
        return arrived(lanes, number);
    }
    lane->unwatched = lanes->watch;
    const long wished = lanes->settings->max_steps;
    if (lane->steps >= (lanes->watch ? LATE : SOON) ||
        (wished > 0 && lane->steps >= wished) ||
        lane->t >= bk_lane_settle_limit(lanes)) {
        return BK_LANE_ALONE;
    }
    if (bk_kin_approach_due(&lane->approach, passed, lane->h, lane->distance)) {
        look_ahead(lanes, number);
    }
    return BK_LANE_GOES_ON;
}

bk_kin_swinging bk_lane_watch(bk_kin_lanes *lanes, int number)
{
    bk_kin_lanes *const l = lanes;
    const int32_t n = l->system->n;
    bk_lane *const lane = &l->lane[number];
    bk_rodas *const r = l->work[number]->rodas;
    double rtol = (*l->rtol)[number];
    double atol = (*l->atol)[number];
    bk_lane_column(l->y_old, number, n, r->y_old);
    bk_lane_column(l->y, number, n, r->y);
    bk_lane_column(l->f, number, n, r->f);
    bk_lane_column(l->scale, number, n, r->scale);
    bk_lane_column(l->largest, number, n, r->largest);
    bk_lane_column(l->shared, number, n, r->shared);
    r->t_old = lane->t_old;
    r->t = lane->t;
    r->steps = lane->steps;
    r->rtol = rtol;
    r->atol = atol;
    r->has_f = true;
    lane->unwatched = false;
    const bk_kin_swinging swinging = bk_kin_swing_watch(&l->swing[number]);
    if (swinging == BK_SWING_SIGN) {
        bk_kin_swing_closer(&rtol, &atol);
        (*l->rtol)[number] = rtol;
        (*l->atol)[number] = atol;
    }
    return swinging;
}

bool bk_lane_newton_ends(bk_kin_lanes *lanes, int number, double residual, bool *found)
{
    bk_lane *const lane = &lanes->lane[number];
    lane->residual = residual;
    const bk_kin_approach *const a = &lane->approach;
    const bool reached = bk_kin_look_reached(a) || residual == 0.0;
    *found = reached || a->change <= a->wanted;
    return reached || bk_kin_look_over(a);
}

bool bk_lane_newton_fails(bk_kin_lanes *lanes, int number, double step)
{
    return !bk_kin_look_stepped(&lanes->lane[number].approach, step);
}

bk_lane_verdict bk_lane_newton_ended(bk_kin_lanes *lanes, int number, bool found)
{
    bk_lane *const lane = &lanes->lane[number];
    bk_lanes away;
    lanes->kernel->distance(lanes, lanes->y, lanes->goal, &away);
    lane->state = BK_LANE_STEP;
    if (lane->arrived) {
        const bool there = found && away[number] <= 1e-2 &&
                           bk_kin_rests(lane->residual, elapsed(lanes, lane));
        return there ? BK_LANE_DONE : BK_LANE_ALONE;
    }
    return bk_kin_look_ended(&lane->approach, elapsed(lanes, lane), lanes->span,
                             found ? away[number] : (double)NAN)
               ? BK_LANE_DONE
               : BK_LANE_GOES_ON;
}
