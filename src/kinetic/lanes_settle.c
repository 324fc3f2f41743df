/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include <math.h>

/* settle.c, for one lane at a time: the same looks ahead, the same arrival.  What needs
 * more than SOON steps may swing; it comes again with others of its kind. */

enum { NEWTON = 40, SOON = 96, LATE = 20000 };

static double elapsed(const bk_kin_lanes *l, const bk_lane *lane)
{
    return lane->t - l->settings->t_start;
}

static double wanted(const bk_kin_lanes *l)
{
    return l->settings->settle_tol > 0.0 ? l->settings->settle_tol : 1e-9;
}

double bk_lane_settle_limit(const bk_kin_lanes *lanes)
{
    const bk_settings *const s = lanes->settings;
    const double longest =
        s->settle_time > 0.0 ? s->settle_time : 1e9 * fmax(lanes->span, 1.0);
    return s->t_start + longest;
}

static void look_ahead(bk_kin_lanes *l, int number)
{
    bk_lane *const lane = &l->lane[number];
    lane->state = BK_LANE_NEWTON;
    lane->newton_h = fmax(elapsed(l, lane), l->span);
    lane->longest = lane->newton_h * 1e3;
    lane->step = (double)INFINITY;
    lane->iteration = 0;
    lane->reached = false;
    for (int32_t v = 0; v < l->system->n; v++) {
        l->goal[v][number] = l->y[v][number];
    }
}

void bk_lane_settle_begun(bk_kin_lanes *lanes, int lane, double rate)
{
    lanes->lane[lane].away = (double)NAN;
    lanes->lane[lane].next_look = lanes->lane[lane].last_look = 0.0;
    if (rate * lanes->span <= 1e-3) {
        look_ahead(lanes, lane);
    }
}

bk_lane_verdict bk_lane_settle_stepped(bk_kin_lanes *lanes, int number)
{
    bk_lane *const lane = &lanes->lane[number];
    const double passed = elapsed(lanes, lane);
    const bool near = lane->distance <= 0.5 * lane->away &&
                      lane->distance <= fmax(1e-3, (*lanes->rtol)[number]);
    if (near && lane->residual * passed <= 1e-3) {
        return BK_LANE_DONE;
    }
    lane->unwatched = lanes->watch;
    const long wished = lanes->settings->max_steps;
    if (lane->steps >= (lanes->watch ? LATE : SOON) ||
        (wished > 0 && lane->steps >= wished) ||
        lane->t >= bk_lane_settle_limit(lanes)) {
        return BK_LANE_ALONE;
    }
    if (passed >= lane->last_look ||
        (passed >= lane->next_look && lane->h >= 0.4 * passed)) {
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
    *found = lane->reached || residual == 0.0 || lane->step <= wanted(lanes);
    return lane->reached || residual == 0.0 || lane->iteration == NEWTON;
}

bool bk_lane_newton_fails(bk_kin_lanes *lanes, int number, double step)
{
    bk_lane *const lane = &lanes->lane[number];
    const double before = lane->step;
    const double rounding = fmax(wanted(lanes), 1e-6);
    lane->step = step;
    lane->iteration++;
    lane->reached =
        lane->newton_h >= lane->longest * 0.099 &&
        (step <= 1e-2 * wanted(lanes) || (step <= rounding && step >= 0.5 * before));
    lane->newton_h = fmin(lane->newton_h * 10.0, lane->longest);
    return !(step < 1e3);
}

bk_lane_verdict bk_lane_newton_ended(bk_kin_lanes *lanes, int number, bool found)
{
    bk_lane *const lane = &lanes->lane[number];
    bk_lanes away;
    lanes->kernel->distance(lanes, lanes->y, lanes->goal, &away);
    lane->state = BK_LANE_STEP;
    lane->away = found ? away[number] : (double)NAN;
    lane->next_look = fmax(1.5 * elapsed(lanes, lane), lanes->span);
    lane->last_look = lane->next_look * 4.0;
    return lane->away <= 1e-10 ? BK_LANE_DONE : BK_LANE_GOES_ON;
}
