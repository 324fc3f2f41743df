/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes_pursuit.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Rounds of the lanes.  In one round every lane takes one Rosenbrock step or one of
 * Newton's: both are a Jacobian, a factorisation and a solve; for steps the other stages
 * follow.  See rodas.c. */

/* Whether the lane has a part in what is left of the round. */
static bool takes_part(const bk_pursuit *p, int number, bk_lane_state state)
{
    return !p->skip[number] && p->l->lane[number].state == state;
}

/* --- the parts of a round ------------------------------------------------------------- */

static void mask_of(const bk_pursuit *p, bk_lane_state state, bk_lane_mask *mask)
{
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        (*mask)[i] = takes_part(p, i, state) ? -1 : 0;
    }
}

static bool some(const bk_lane_mask *mask)
{
    bool found = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        found = found || (*mask)[i] != 0;
    }
    return found;
}

static void times_of(const bk_kin_lanes *l, double share, bk_lanes *times)
{
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        (*times)[i] = l->lane[i].t + share * l->lane[i].tried;
    }
}

/* Tiny negative values of Newton's goal become zero: see settle.c. */
static void round_goal(bk_kin_lanes *l, int number)
{
    for (int32_t v = 0; v < l->system->n; v++) {
        const double value = l->goal[v][number];
        const bool tiny = value < 0.0 && -value <= 1e-6 * l->scale[v][number];
        l->goal[v][number] = l->mixed[v][number] = tiny ? 0.0 : value;
    }
}

/* f at y or at the goal. */
static void evaluate(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    bk_lane_mask newton = {0}, step = {0}, finite = {0};
    bk_lanes times = {0};
    mask_of(p, BK_LANE_NEWTON, &newton);
    mask_of(p, BK_LANE_STEP, &step);
    l->at = l->y;
    if (some(&newton)) {
        l->kernel->place(l, &newton);
        l->at = l->mixed;
    }
    times_of(l, 0.0, &times);
    l->kernel->evaluate(l, l->at, &times, l->f, &finite);
    bool bad = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        l->lane[i].evaluations++;
        if (finite[i] == 0 && newton[i] != 0) {
            round_goal(l, i);
        }
        bad = bad || (finite[i] == 0 && (newton[i] | step[i]) != 0);
    }
    if (bad) {
        const bk_lane_mask where = ~finite & step;
        l->kernel->clip(l, l->at, &where);
        l->kernel->evaluate(l, l->spare, &times, l->f, &finite);
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (finite[i] == 0 && step[i] != 0) {
            bk_lane_conclude(p, i, BK_LANE_ALONE);
        } else if (finite[i] == 0 && newton[i] != 0) {
            bk_lane_conclude(p, i, bk_lane_newton_ended(l, i, false));
        }
    }
}

static void watch(bk_pursuit *p)
{
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (takes_part(p, i, BK_LANE_STEP) && p->l->lane[i].unwatched &&
            bk_lane_watch(p->l, i) == BK_SWING_YES) {
            p->skip[i] = true;
            bk_lane_swings(p, i);
        }
    }
}

static void begin_fresh(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    bk_lanes rate = {0};
    bool rated = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_lane *const lane = &l->lane[i];
        if (!takes_part(p, i, BK_LANE_STEP) || !lane->fresh) {
            continue;
        }
        double fastest = 0.0;
        for (int32_t v = 0; v < l->system->n; v++) {
            const double size = fabs(l->y[v][i]) +
                                (l->way.atol > 0.0 ? l->way.atol / l->way.rtol : 0.0);
            const double one = size > 0.0 ? fabs(l->f[v][i]) / size : 0.0;
            fastest = one > fastest ? one : fastest;
        }
        lane->h = bk_rodas_first_step(fastest, l->span);
        lane->fresh = false;
        if (p->settle) {
            if (!rated) {
                l->kernel->rate(l, &rate);
                rated = true;
            }
            bk_lane_settle_begun(l, i, rate[i]);
        }
    }
}

static void look_at_goals(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    bk_lanes rate = {0};
    bool rated = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (!takes_part(p, i, BK_LANE_NEWTON)) {
            continue;
        }
        if (!rated) {
            l->kernel->rate(l, &rate);
            rated = true;
        }
        bool found;
        if (bk_lane_newton_ends(l, i, rate[i], &found)) {
            bk_lane_conclude(p, i, bk_lane_newton_ended(l, i, found));
        }
    }
}

/* The length of every lane's step. */
static void aim(bk_pursuit *p, double limit)
{
    bk_kin_lanes *const l = p->l;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_lane *const lane = &l->lane[i];
        lane->tried = 1.0;
        if (!takes_part(p, i, BK_LANE_STEP)) {
            continue;
        }
        const double longest =
            bk_kin_longest_step(l->system, l->span, lane->t - l->settings->t_start);
        const double last = fmin(limit, lane->t + longest);
        double h = lane->h;
        double t = lane->t + h;
        if (lane->t + 1.01 * h >= last) {
            t = last;
            h = last - lane->t;
        }
        if (!(t > lane->t) || h < 1e-300) {
            bk_lane_conclude(p, i, BK_LANE_ALONE);
            continue;
        }
        lane->tried = h;
        lane->t_next = t;
    }
}

/* The first matrix of the first lane chooses the pivots. */
static bk_status choose_pivots(bk_pursuit *p, const bk_lanes *shift)
{
    bk_kin_lanes *const l = p->l;
    const size_t n = (size_t)l->system->n_values;
    double *const values = bk_alloc((n + 1) * sizeof *values);
    bk_status status = values == NULL ? BK_NO_MEMORY : BK_NUMERICAL;
    for (int i = 0; values != NULL && i < BK_LANE_COUNT && l->lu == NULL; i++) {
        if (!p->skip[i] && l->lane[i].state != BK_LANE_IDLE) {
            bk_lane_column(l->values, i, l->system->n_values, values);
            for (size_t k = 0; k < n; k++) {
                values[k] = -values[k];
            }
            for (int32_t v = 0; v < l->system->n; v++) {
                values[l->diagonal[v]] += (*shift)[i];
            }
            bk_lane_sizes(l, i, l->column);
            status = bk_sparse_lu_lanes(l->chooser, values, l->column, l->set, &l->lu);
            if (status == BK_NO_MEMORY) {
                break;
            }
        }
    }
    bk_free(values);
    return status;
}

/* False: no lane has a factor. */
static bool factor(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    bk_lanes shift = {0};
    bk_lane_mask healthy = {0};
    l->kernel->jacobian(l);
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        const bk_lane *const lane = &l->lane[i];
        shift[i] = lane->state == BK_LANE_NEWTON
                       ? 1.0 / lane->approach.h
                       : 1.0 / (lane->tried * bk_rodas_default.gamma);
        l->lane[i].jacobians++;
    }
    const bk_status chosen = l->lu == NULL ? choose_pivots(p, &shift) : BK_OK;
    p->status = chosen == BK_NO_MEMORY ? chosen : p->status;
    if (chosen == BK_OK) {
        bk_lanes_lu_factor(l->lu, l->values, &shift, bk_sparse_lu_healthy, &healthy);
    }
    bool some = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        const bool active = !p->skip[i] && l->lane[i].state != BK_LANE_IDLE;
        if (active && healthy[i] == 0) {
            bk_lane_conclude(p, i, BK_LANE_ALONE);
        }
        some = some || (active && healthy[i] != 0);
    }
    return some;
}

static void move_goals(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    bk_lane_mask newton = {0};
    bk_lanes step = {0};
    mask_of(p, BK_LANE_NEWTON, &newton);
    if (!some(&newton)) {
        return;
    }
    l->kernel->move(l, &newton, &step);
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (newton[i] != 0 && bk_lane_newton_fails(l, i, step[i])) {
            bk_lane_conclude(p, i, bk_lane_newton_ended(l, i, false));
        }
    }
}

/* Stage i of all lanes that step; those where it has no value are marked. */
static void stage(bk_pursuit *p, int i, const bk_lanes *h, bk_lane_mask *failed)
{
    bk_kin_lanes *const l = p->l;
    bk_lanes *const u = l->stages + (size_t)i * (size_t)l->system->n;
    bk_lane_mask step = {0}, finite = {0};
    bk_lanes times = {0};
    mask_of(p, BK_LANE_STEP, &step);
    times_of(l, bk_rodas_default.alpha[i], &times);
    l->kernel->argument(l, i);
    l->kernel->evaluate(l, l->stage_y, &times, u, &finite);
    bk_lane_mask bad = ~finite & step & ~*failed;
    bool some = false;
    for (int k = 0; k < BK_LANE_COUNT; k++) {
        l->lane[k].evaluations++;
        some = some || bad[k] != 0;
    }
    if (some) {
        l->kernel->clip(l, l->stage_y, &bad);
        l->kernel->evaluate(l, l->spare, &times, u, &finite);
        bad = ~finite & step;
        *failed |= bad;
    }
    l->kernel->complete(l, i, h, h);
    bk_lanes_lu_solve(l->lu, u);
}

/* Errors over what is allowed, and where they are small enough. */
static void weigh(const bk_pursuit *p, const bk_lane_mask *failed, bk_lanes *error,
                  bk_lane_mask *good)
{
    const bk_kin_lanes *const l = p->l;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        const bool came = (*failed)[i] == 0 && (*error)[i] < (double)INFINITY;
        const double allowed = bk_rodas_allowance(l->lane[i].travel, (*l->rtol)[i]);
        (*error)[i] = came ? (*error)[i] / allowed : (double)INFINITY;
        (*good)[i] = takes_part(p, i, BK_LANE_STEP) && (*error)[i] <= 1.0 ? -1 : 0;
    }
}

/* Where of these trial strayed below zero: see rodas_below.c. */
static void find_strays(bk_kin_lanes *l, bk_lane_mask *where)
{
    bk_lanes *const slope = l->stage_y;
    bk_lanes *const slope_at_zero = l->mixed; /* made anew in the next round */
    bk_lanes allowance = {0}, times = {0};
    bk_lane_mask crossing, suspect, finite;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        allowance[i] = bk_rodas_allowance(l->lane[i].travel, (*l->rtol)[i]);
        times[i] = l->lane[i].t_next;
    }
    l->kernel->hold_at_zero(l, &allowance, NULL, &crossing);
    l->kernel->strays(l, &allowance, NULL, &suspect);
    *where &= suspect;
    if (!some(where)) {
        return;
    }
    l->kernel->evaluate(l, l->trial, &times, slope, &finite);
    l->kernel->strays(l, &allowance, slope, &suspect);
    *where &= suspect & finite;
    for (bool more = some(where); more; more = some(&crossing)) {
        l->kernel->evaluate(l, l->spare, &times, slope_at_zero, &finite);
        l->kernel->hold_at_zero(l, &allowance, slope_at_zero, &crossing);
        *where &= finite;
        crossing &= *where;
    }
    l->kernel->strays(l, &allowance, slope, &suspect);
    *where &= suspect;
}

/* Such steps are bad; a run alone does what else is to be done. */
static void reject_strays(bk_pursuit *p, bk_lanes *error, const bk_lane_mask *good,
                          const bk_lane_mask *sinking)
{
    bk_lane_mask where = *good & *sinking;
    if (some(&where)) {
        find_strays(p->l, &where);
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_lane *const lane = &p->l->lane[i];
        lane->strays = where[i] != 0 ? lane->strays + 1 : 0;
        (*error)[i] = where[i] != 0 ? (double)INFINITY : (*error)[i];
        if (lane->strays >= bk_rodas_most_strays) {
            bk_lane_conclude(p, i, BK_LANE_ALONE);
        }
    }
}

/* Accepted or not, lane by lane. */
static void judge(bk_pursuit *p, const bk_lanes *error, double limit,
                  bk_lane_mask *accepted)
{
    bk_kin_lanes *const l = p->l;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_lane *const lane = &l->lane[i];
        (*accepted)[i] = 0;
        if (!takes_part(p, i, BK_LANE_STEP)) {
            continue;
        }
        const double e = (*error)[i];
        if (e <= 1.0) {
            const double next =
                bk_rodas_pace_good(&lane->pace, &bk_rodas_default, lane->tried, e);
            lane->h = lane->t_next == limit && next < lane->h ? lane->h : next;
            lane->t_old = lane->t;
            lane->t = lane->t_next;
            lane->steps++;
            (*accepted)[i] = -1;
        } else {
            lane->h = bk_rodas_pace_bad(&lane->pace, &bk_rodas_default, lane->tried, e);
            lane->rejected++;
        }
    }
}

static void follow_switches(bk_pursuit *p, bk_lane_mask *accepted)
{
    bk_lane_mask switched = {0};
    bk_lane_switched(p->l, accepted, &switched);
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (switched[i] != 0 && !bk_lane_switch(p->l, i)) {
            (*accepted)[i] = 0;
            bk_lane_conclude(p, i, BK_LANE_ALONE);
        }
    }
}

static void step_on(bk_pursuit *p, double limit)
{
    bk_kin_lanes *const l = p->l;
    bk_lane_mask failed = {0};
    bk_lane_mask good = {0}, sinking = {0}, accepted = {0};
    bk_lanes h = {0}, error = {0};
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        h[i] = l->lane[i].tried;
    }
    for (int i = 1; i < bk_rodas_default.stages; i++) {
        stage(p, i, &h, &failed);
    }
    l->kernel->measure(l, &error, &sinking);
    weigh(p, &failed, &error, &good);
    reject_strays(p, &error, &good, &sinking);
    judge(p, &error, limit, &accepted);
    l->kernel->accept(l, &accepted);
    if (!p->settle) {
        bk_lane_note_travel(l, &accepted);
    }
    follow_switches(p, &accepted);
    l->has_dense = false;
    if (p->settle) {
        l->kernel->distance(l, l->y, l->goal, &error);
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        if (accepted[i] != 0) {
            l->lane[i].distance = error[i];
            bk_lane_conclude(p, i,
                             p->settle ? bk_lane_settle_stepped(l, i)
                                       : bk_lane_run_stepped(l, i));
        }
    }
}

static void round_of(bk_pursuit *p)
{
    bk_kin_lanes *const l = p->l;
    const double limit = p->settle ? bk_lane_settle_limit(l) : l->settings->t_end;
    memset(p->skip, 0, sizeof p->skip);
    evaluate(p);
    watch(p);
    begin_fresh(p);
    look_at_goals(p);
    aim(p, limit);
    if (!factor(p)) {
        return;
    }
    bk_lanes h = {0}, drift = {0};
    bool steps = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        const bool stepping = takes_part(p, i, BK_LANE_STEP);
        h[i] = l->lane[i].tried;
        drift[i] = stepping ? h[i] : 0.0;
        steps = steps || stepping;
    }
    l->kernel->complete(l, 0, &h, &drift);
    bk_lanes_lu_solve(l->lu, l->stages);
    move_goals(p);
    if (steps) {
        step_on(p, limit);
    }
}

static bool busy(const bk_pursuit *p)
{
    bool some = false;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        some = some || p->l->lane[i].state != BK_LANE_IDLE;
    }
    return some && p->status == BK_OK;
}

static bool cancelled(const bk_settings *settings)
{
    return settings->cancelled != NULL && settings->cancelled(settings->cancel_context);
}

bk_status bk_kin_lanes_pursue(bk_kin_lanes *lanes, bk_job *jobs, const size_t *todo,
                              size_t n, bool settle)
{
    bk_pursuit p = {.l = lanes,
                    .jobs = jobs,
                    .todo = todo,
                    .n = n,
                    .settle = settle,
                    .y = bk_alloc_zero((size_t)lanes->system->n + 1, sizeof(double)),
                    .status = BK_OK};
    if (p.y == NULL) {
        return BK_NO_MEMORY;
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_lane_refill(&p, i);
    }
    while (busy(&p) && !cancelled(lanes->settings)) { /* a run alone says so */
        round_of(&p);
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_outcome_free(lanes->lane[i].outcome);
        lanes->lane[i].outcome = NULL;
        bk_kin_course_end(&lanes->course[i]);
    }
    bk_free(p.y);
    return p.status;
}
