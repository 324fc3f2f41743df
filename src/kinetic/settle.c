/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"
#include "kinetic/goal.h"
#include "kinetic/swing.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* To the steady state.
 *
 * The integration leads, so that the state is the one reached from the start; where its
 * steps have grown, pseudo-transient continuation looks where it leads (goal.h).  The
 * answer counts when the integration then comes closer to it, so a saddle that is
 * passed by is not taken for the goal.
 *
 * The way decides only which state is reached; how exactly, Newton's steps do.  So the
 * way may be followed with a wide tolerance, until something seems to swing. */

static const double form_way = 1e-2;

typedef struct settling {
    bk_kin_work *w;
    bk_kin_course course;
    const bk_settings *settings;
    bk_kin_goal goal;
    bk_kin_swing swing;
} settling;

static double passed(const settling *s)
{
    return s->w->rodas->t - s->settings->t_start;
}

/* Newton's goal from here; whether y is there already. */
static bool look_ahead(settling *s)
{
    const double *const y = s->w->rodas->y;
    memcpy(s->goal.y, y, (size_t)s->w->system->n * sizeof *y);
    bk_kin_see_present(s->w, true);
    const bool found = bk_kin_goal_look(&s->goal, passed(s));
    bk_kin_see_present(s->w, false);
    return bk_kin_look_ended(&s->goal.approach, passed(s), s->course.span,
                             found ? bk_kin_distance(s->w, y, s->goal.y) : (double)NAN);
}

/* Nothing moves from the start on. */
static bool rests(settling *s)
{
    const double *const f = bk_rodas_derivative(s->w->rodas);
    int32_t fastest = 0;
    return f != NULL &&
           bk_kin_rests(bk_kin_relative_rate(s->w, s->w->rodas->y, f, &fastest),
                        s->course.span);
}

/* Whether the way to the goal leads over a switch, so that it is none: the truth that holds
 * now contradicts the numbers there.  What is approached without end is met to rounding,
 * which is no such part of the way that is left. */
static bool is_beyond_switch(const settling *s)
{
    bk_kin_work *const w = s->w;
    const bk_kin_system *const system = w->system;
    bool beyond = false;
    for (int32_t k = 0; w->truth == BK_HELD && k < system->n_roots && !beyond; k++) {
        const int32_t relation = system->roots[k];
        if (w->at_y != s->goal.y) {
            bk_kin_values(w, w->rodas->t, s->goal.y, BK_HELD, w->status);
            w->at_y = s->goal.y;
        }
        if (bk_kin_crossed(w, relation)) {
            const double there = fabs(w->gap[relation]);
            bk_kin_values(w, w->rodas->t, w->rodas->y, BK_HELD, w->status);
            w->at_y = NULL;
            beyond = there > 1e-3 * fabs(w->gap[relation]);
        }
    }
    w->at_y = NULL;
    return beyond;
}

/* The goal counts when the way leads to it and it still is one. */
static bool arrives(settling *s)
{
    const bk_rodas *const r = s->w->rodas;
    const double away = bk_kin_distance(s->w, r->y, s->goal.y);
    if (!bk_kin_approach_near(&s->goal.approach, away, r->rtol)) {
        return false;
    }
    int32_t fastest = 0;
    bk_kin_see_present(s->w, true);
    const bool steady =
        !is_beyond_switch(s) && bk_kin_goal_derivative(&s->goal) &&
        bk_kin_rests(bk_kin_relative_rate(s->w, s->goal.y, s->goal.d, &fastest),
                     passed(s));
    bk_kin_see_present(s->w, false);
    return steady;
}

/* A goal that was seen from afar may lie beside what is conserved, since long ways there
 * round more; from close by, where the way is now, it does not. */
static bool look_closely(settling *s)
{
    const size_t bytes = (size_t)s->w->system->n * sizeof(double);
    double *const afar = bk_alloc(bytes + 1);
    if (afar == NULL) {
        return false;
    }
    const double residual = s->goal.residual;
    memcpy(afar, s->goal.y, bytes);
    memcpy(s->goal.y, s->w->rodas->y, bytes);
    bk_kin_see_present(s->w, true);
    const bool found = bk_kin_goal_look(&s->goal, passed(s));
    bk_kin_see_present(s->w, false);
    if (!found || !(bk_kin_distance(s->w, s->goal.y, afar) <= 1e-2)) {
        memcpy(s->goal.y, afar, bytes);
        s->goal.residual = residual;
    }
    bk_free(afar);
    return true;
}

/* --- the whole ----------------------------------------------------------------------------- */

static const char *name_of(const settling *s, int32_t variable)
{
    const bk_kin_system *const system = s->w->system;
    return bk_symbol_id(system->head.model, system->variable[variable]);
}

static void end_drifting(settling *s, bk_outcome *outcome)
{
    bk_rodas *const r = s->w->rodas;
    const double *const f = bk_rodas_derivative(r);
    int32_t fastest = 0;
    char text[2][40];
    s->goal.residual =
        f != NULL ? bk_kin_relative_rate(s->w, r->y, f, &fastest) : (double)NAN;
    bk_c_snprintf(text[0], sizeof text[0], "%.6g", r->t);
    bk_c_snprintf(text[1], sizeof text[1], "%.2g", s->goal.residual);
    memcpy(s->goal.y, r->y, (size_t)s->w->system->n * sizeof *s->goal.y);
    double last = 0.0;
    const char *const event = bk_kin_events_last(&s->course, &last);
    if (event != NULL &&
        last - s->settings->t_start > 0.5 * (r->t - s->settings->t_start)) {
        bk_c_snprintf(text[1], sizeof text[1], "%.6g", last);
        bk_outcome_end(
            outcome, BK_STOP_NOT_STEADY,
            "no steady state up to time %s: events go on, the last was %s at "
            "time %s",
            text[0], event, text[1]);
        return;
    }
    bk_outcome_end(
        outcome, BK_STOP_NOT_STEADY,
        "no steady state up to time %s: %s still drifts, by %s of its size a time "
        "unit",
        text[0], s->w->system->n > 0 ? name_of(s, fastest) : "nothing", text[1]);
}

static bool cancelled(const bk_settings *settings)
{
    return settings->cancelled != NULL && settings->cancelled(settings->cancel_context);
}

/* Integrates until a verdict; it is in the outcome, the answer in goal. */
static void pursue(settling *s, bk_outcome *outcome)
{
    const bk_settings *const settings = s->settings;
    bk_rodas *const r = s->w->rodas;
    const double end = bk_kin_approach_limit(settings, s->course.span);
    const long most = settings->max_steps > 0 ? settings->max_steps : 100000;
    const double first = s->w->system->uses_time ? settings->t_end : settings->t_start;
    bool steady = false;
    bk_kin_approach_begin(&s->goal.approach, settings, s->course.span);
    if (r->t >= first && rests(s)) {
        steady = look_ahead(s) && bk_kin_events_quiet(&s->course, s->goal.y, end);
    }
    while (!steady) {
        if (cancelled(settings) || r->t >= end || r->steps >= most) {
            end_drifting(s, outcome);
            if (cancelled(settings)) {
                bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled");
            }
            break;
        }
        if (!bk_kin_course_step(&s->course,
                                r->t < first && first < end ? first : end)) {
            bk_kin_course_fail(&s->course, outcome);
            memcpy(s->goal.y, r->y, (size_t)s->w->system->n * sizeof *s->goal.y);
            break;
        }
        steady = r->t >= first && arrives(s);
        if (steady && !look_closely(s)) {
            s->course.no_memory = true;
            break;
        }
        if (!steady && r->t >= first &&
            bk_kin_approach_due(&s->goal.approach, passed(s), r->h,
                                bk_kin_distance(s->w, r->y, s->goal.y))) {
            steady = look_ahead(s);
        }
        steady = steady && bk_kin_events_quiet(&s->course, s->goal.y, end);
        const bk_kin_swinging swinging = bk_kin_swing_watch(&s->swing);
        if (swinging == BK_SWING_YES && !steady) {
            bk_kin_swing_end(&s->swing, outcome, s->goal.y);
            break;
        }
        if (swinging == BK_SWING_SIGN) {
            bk_kin_swing_closer(&r->rtol, &r->atol);
        }
    }
    if (steady) {
        bk_outcome_end(outcome, BK_STOP_END, "steady");
    }
}

void bk_kin_settle_way(const bk_kin_system *system, bk_settings *settings)
{
    const bool form = system->head.model->is_form;
    const double way = settings->settle_way;
    if (form || way > 0.0) {
        settings->rtol = way > 0.0 ? way : form_way;
        settings->atol = form ? settings->rtol : settings->atol;
    }
}

bk_status bk_kin_settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome)
{
    (void)system;
    bk_settings way = *settings;
    settling s = {.w = (bk_kin_work *)workspace, .settings = &way};
    bk_outcome *made = NULL;
    bk_kin_settle_way(s.w->system, &way);
    bk_status status = bk_kin_goal_new(&s.goal, s.w) && bk_kin_swing_new(&s.swing, s.w)
                           ? BK_OK
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_kin_start(s.w, overlay, settings, diag, s.goal.y);
    }
    if (status == BK_OK) {
        status = bk_kin_outcome_new(s.w->system, settings, 1, false, &made);
    }
    if (status == BK_OK) {
        status = bk_kin_course_begin(&s.course, s.w, &way, s.goal.y);
    }
    if (status == BK_OK) {
        s.w->rodas->in_passing = true;
        s.goal.span = s.course.span;
        pursue(&s, made);
        const bool swings = bk_outcome_stop(made) == BK_STOP_NOT_STEADY;
        const double t = s.w->rodas->t;
        bk_kin_see_present(s.w, bk_outcome_stop(made) == BK_STOP_END);
        bk_kin_outcome_row(s.w, made, 0, t, s.goal.y);
        bk_kin_outcome_finish(s.w, made, t, swings ? s.w->rodas->y : s.goal.y);
        status = bk_kin_events_keep(&s.course, made);
        bk_counters *const counters = bk_outcome_counters_mutable(made);
        counters->residual = s.goal.residual;
        counters->switches = s.course.switches;
        bk_kin_course_end(&s.course);
        status = s.course.no_memory ? BK_NO_MEMORY : status;
    }
    bk_kin_goal_free(&s.goal);
    bk_kin_swing_free(&s.swing);
    if (status != BK_OK) {
        bk_outcome_free(made);
        return status;
    }
    *outcome = made;
    return BK_OK;
}
