/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/approach.h"
#include "kinetic/events.h"
#include "kinetic/history.h"
#include "kinetic/swing.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* To the steady state.
 *
 * The integration leads, so that the state is the one reached from the start; where its
 * steps have grown, pseudo-transient continuation (I/h - J) d = f with growing h looks
 * where it leads (Kelley and Keyes 1998, doi:10.1137/S0036142996304796).  The matrix is
 * regular though conserved moieties make J singular, and its steps keep every moiety.
 * The answer counts when the integration then comes closer to it, so a saddle that is
 * passed by is not taken for the goal.
 *
 * The way decides only which state is reached; how exactly, Newton's steps do.  So the
 * way may be followed with a wide tolerance, until something seems to swing. */

static const double form_way = 1e-2;

typedef struct settling {
    bk_kin_work *w;
    bk_kin_course course;
    const bk_settings *settings;
    bk_sparse_lu *lu;
    double *matrix;
    double *goal, *d, *sizes;
    bk_kin_swing swing;
    bk_kin_approach approach;
    double residual;
    void *memory;
} settling;

static bool allocate(settling *s)
{
    const size_t n = (size_t)s->w->system->n + 1;
    const size_t values = (size_t)s->w->system->n_values + 1;
    s->memory = bk_alloc_zero(3 * n + values, sizeof(double));
    if (s->memory == NULL || !bk_kin_swing_new(&s->swing, s->w) ||
        bk_sparse_lu_new(s->w->system->n, s->w->system->starts, s->w->system->rows,
                         &s->lu) != BK_OK) {
        return false;
    }
    double *next = s->memory;
    double **const parts[] = {&s->goal, &s->d, &s->sizes};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = next;
        next += n;
    }
    s->matrix = next;
    return true;
}

static double distance(const settling *s, const double *a, const double *b)
{
    double most = 0.0;
    for (int32_t v = 0; v < s->w->system->n; v++) {
        most = fmax(most, fabs(a[v] - b[v]) / bk_kin_scale_of(s->w, v, b[v]));
    }
    return most;
}

static double relative_rate(const settling *s, const double *y, const double *f,
                            int32_t *fastest)
{
    double most = 0.0;
    for (int32_t v = 0; v < s->w->system->n; v++) {
        const double rate = s->w->mass[v] * fabs(f[v]) / bk_kin_scale_of(s->w, v, y[v]);
        if (rate > most) {
            most = rate;
            *fastest = v;
        }
    }
    return most;
}

static bool factor(settling *s, double h)
{
    const bk_kin_system *const system = s->w->system;
    for (int32_t j = 0; j < system->n; j++) {
        for (int32_t k = system->starts[j]; k < system->starts[j + 1]; k++) {
            const double slope = s->w->values[k]; /* infinite for a root at zero */
            s->matrix[k] = (system->rows[k] == j ? s->w->mass[j] / h : 0.0) -
                           (isfinite(slope) ? slope : 0.0);
        }
    }
    bk_rodas_sizes(s->w->rodas, s->sizes);
    return bk_sparse_lu_factor(s->lu, s->matrix, s->sizes) == BK_OK;
}

/* The right-hand side at the goal; where it has no value, with its tiny negative values
 * set to zero, as the integrator does. */
static bool derivative(settling *s)
{
    bk_kin_work *const w = s->w;
    for (int attempt = 0; attempt < 2; attempt++) {
        bk_kin_values(w, w->rodas->t, s->goal, w->truth, w->status);
        w->at_y = NULL;
        if (bk_kin_derivative(w, s->d)) {
            return true;
        }
        for (int32_t v = 0; v < w->system->n; v++) {
            const bool tiny =
                s->goal[v] < 0.0 && -s->goal[v] <= 1e-6 * w->rodas->scale[v];
            s->goal[v] = tiny ? 0.0 : s->goal[v];
        }
    }
    return false;
}

/* From the present y towards the goal; whether there is one. */
static bool newton(settling *s, double passed)
{
    bk_kin_work *const w = s->w;
    const int32_t n = w->system->n;
    bk_kin_approach *const approach = &s->approach;
    memcpy(s->goal, w->rodas->y, (size_t)n * sizeof *s->goal);
    bk_kin_look_begin(approach, passed, s->course.span);
    while (!bk_kin_look_over(approach)) {
        if (!derivative(s)) {
            return false;
        }
        int32_t fastest = 0;
        s->residual = relative_rate(s, s->goal, s->d, &fastest);
        if (bk_kin_look_reached(approach) || (s->residual == 0.0 && w->block == NULL)) {
            return true;
        }
        bk_kin_jacobian_here(w);
        if (!factor(s, approach->h)) {
            return false;
        }
        bk_sparse_lu_solve(s->lu, s->d);
        double change = 0.0;
        for (int32_t v = 0; v < n; v++) {
            s->goal[v] += s->d[v];
            change = fmax(change, fabs(s->d[v]) / bk_kin_scale_of(w, v, s->goal[v]));
        }
        if (!bk_kin_look_stepped(approach, change)) {
            return false;
        }
    }
    return approach->change <= approach->wanted;
}

/* In a steady state what was is what is. */
static void see_present(bk_kin_work *w, bool still)
{
    if (w->history != NULL) {
        w->history->still = still;
        w->at_y = NULL;
    }
}

static double passed(const settling *s)
{
    return s->w->rodas->t - s->settings->t_start;
}

/* Newton's goal from here; whether y is there already. */
static bool look_ahead(settling *s)
{
    see_present(s->w, true);
    const bool found = newton(s, passed(s));
    see_present(s->w, false);
    return bk_kin_look_ended(&s->approach, passed(s), s->course.span,
                             found ? distance(s, s->w->rodas->y, s->goal)
                                   : (double)NAN);
}

/* Nothing moves from the start on. */
static bool rests(settling *s)
{
    const double *const f = bk_rodas_derivative(s->w->rodas);
    int32_t fastest = 0;
    return f != NULL &&
           bk_kin_rests(relative_rate(s, s->w->rodas->y, f, &fastest), s->course.span);
}

/* The goal counts when the way leads to it and it still is one. */
static bool arrives(settling *s)
{
    const bk_rodas *const r = s->w->rodas;
    if (!bk_kin_approach_near(&s->approach, distance(s, r->y, s->goal), r->rtol)) {
        return false;
    }
    int32_t fastest = 0;
    see_present(s->w, true);
    const bool steady =
        derivative(s) &&
        bk_kin_rests(relative_rate(s, s->goal, s->d, &fastest), passed(s));
    see_present(s->w, false);
    return steady;
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
    s->residual = f != NULL ? relative_rate(s, r->y, f, &fastest) : (double)NAN;
    bk_c_snprintf(text[0], sizeof text[0], "%.6g", r->t);
    bk_c_snprintf(text[1], sizeof text[1], "%.2g", s->residual);
    memcpy(s->goal, r->y, (size_t)s->w->system->n * sizeof *s->goal);
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
    bk_kin_approach_begin(&s->approach, settings);
    if (r->t >= first && rests(s)) {
        steady = look_ahead(s) && bk_kin_events_quiet(&s->course, s->goal, end);
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
            memcpy(s->goal, r->y, (size_t)s->w->system->n * sizeof *s->goal);
            break;
        }
        steady = r->t >= first && arrives(s);
        if (!steady && r->t >= first &&
            bk_kin_approach_due(&s->approach, passed(s), r->h)) {
            steady = look_ahead(s);
        }
        steady = steady && bk_kin_events_quiet(&s->course, s->goal, end);
        const bk_kin_swinging swinging = bk_kin_swing_watch(&s->swing);
        if (swinging == BK_SWING_YES && !steady) {
            bk_kin_swing_end(&s->swing, outcome, s->goal);
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
    bk_status status = allocate(&s) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_kin_start(s.w, overlay, settings, diag, s.goal);
    }
    if (status == BK_OK) {
        status = bk_kin_outcome_new(s.w->system, settings, 1, false, &made);
    }
    if (status == BK_OK) {
        status = bk_kin_course_begin(&s.course, s.w, &way, s.goal);
    }
    if (status == BK_OK) {
        s.w->rodas->in_passing = true;
        pursue(&s, made);
        const bool swings = bk_outcome_stop(made) == BK_STOP_NOT_STEADY;
        const double t = s.w->rodas->t;
        see_present(s.w, bk_outcome_stop(made) == BK_STOP_END);
        bk_kin_outcome_row(s.w, made, 0, t, s.goal);
        bk_kin_outcome_finish(s.w, made, t, swings ? s.w->rodas->y : s.goal);
        status = bk_kin_events_keep(&s.course, made);
        bk_counters *const counters = bk_outcome_counters_mutable(made);
        counters->residual = s.residual;
        counters->switches = s.course.switches;
        bk_kin_course_end(&s.course);
        status = s.course.no_memory ? BK_NO_MEMORY : status;
    }
    bk_sparse_lu_free(s.lu);
    bk_free(s.memory);
    bk_kin_swing_free(&s.swing);
    if (status != BK_OK) {
        bk_outcome_free(made);
        return status;
    }
    *outcome = made;
    return BK_OK;
}
