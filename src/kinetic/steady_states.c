/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/steady_states.h"

#include "base/alloc.h"
#include "kinetic/starts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_JUDGED = 400 };          /* variables */
static const double most_off = 1e-5; /* of a conserved total */

/* The integration could not be followed. */
static bk_status lose(const bk_kin_searching *g, bk_outcome *outcome, const char *why)
{
    bk_steady_states *const states = g->states;
    states->lost++;
    if (states->why == NULL) {
        states->why = bk_alloc(strlen(why) + 1);
        if (states->why != NULL) {
            strcpy(states->why, why);
        }
    }
    bk_outcome_free(outcome);
    return states->why != NULL ? BK_OK : BK_NO_MEMORY;
}

/* Where one start led to. */
static bk_status take(const bk_kin_searching *g, bk_outcome *outcome, bool own)
{
    const bk_kin_system *const s = g->w->system;
    const bk_stop stop = bk_outcome_stop(outcome);
    if (stop != BK_STOP_END && stop != BK_STOP_NOT_STEADY) {
        return lose(g, outcome, bk_outcome_text(outcome));
    }
    double *const y = bk_alloc(((size_t)s->n + 1) * sizeof *y);
    if (y == NULL) {
        bk_outcome_free(outcome);
        return BK_NO_MEMORY;
    }
    bk_kin_state_to_y(g->w, bk_outcome_state(outcome), y);
    for (int c = g->own_columns; stop != BK_STOP_END && c < g->with.n_columns; c++) {
        const int32_t v = s->variable_of[g->columns[c].symbol];
        const double unit = g->w->units[v];
        y[v] = bk_outcome_value(outcome, 0, c) / (unit != 0.0 ? unit : 1.0);
    } /* the average */
    if (stop == BK_STOP_END && !own && bk_kin_totals_off(g, y) > most_off) {
        bk_free(y);
        return lose(g, outcome, "rounding has moved what is conserved on the way");
    }
    const bool full = g->states->n == BK_KIN_MOST_STATES;
    bk_kin_found *const f = bk_kin_add_state(g, outcome, y);
    bk_free(y);
    if (f != NULL) {
        f->told.own = f->told.own || own;
        f->told.starts++;
    }
    return f != NULL || full ? BK_OK : BK_NO_MEMORY;
}

/* --- the starts --------------------------------------------------------------------------- */

static bk_status settle_own(bk_kin_searching *g)
{
    bk_outcome *outcome = NULL;
    const bk_kin_system *const s = g->w->system;
    bk_status status = bk_engine_ode.settle(g->system, g->overlay, &g->with,
                                            g->workspace, g->diag, &outcome);
    if (status != BK_OK) {
        return status;
    }
    g->time =
        bk_outcome_rows(outcome) > 0 ? bk_outcome_time(outcome, 0) : g->settings->t_end;
    const double span = fabs(g->settings->t_end - g->settings->t_start);
    g->still = bk_outcome_stop(outcome) == BK_STOP_END || bk_kin_swings(outcome);
    g->passed = g->still ? fmax(g->time - g->settings->t_start, span) : 100.0 * span;
    if (s->n > 0) {
        memcpy(g->largest, g->w->rodas->scale, (size_t)s->n * sizeof *g->largest);
        memcpy(g->widest, g->largest, (size_t)s->n * sizeof *g->widest);
    }
    return take(g, outcome, true);
}

/* How low the variables get on the way, as laws see them. */
static bk_status see_course(bk_kin_searching *g)
{
    bk_settings settings = *g->settings;
    bk_outcome *outcome = NULL;
    settings.columns = g->columns + g->own_columns;
    settings.n_columns = g->w->system->n;
    settings.t_end = g->still ? g->time : fmax(settings.t_end, settings.t_start);
    settings.steps = 200;
    const bk_status status = bk_engine_ode.run(g->system, g->overlay, &settings,
                                               g->workspace, NULL, &outcome);
    for (size_t r = 0; status == BK_OK && r < bk_outcome_rows(outcome); r++) {
        for (int c = 0; c < settings.n_columns; c++) {
            const int32_t v = g->w->system->variable_of[settings.columns[c].symbol];
            const double y = bk_outcome_value(outcome, r, c);
            g->lowest[v] = y < g->lowest[v] ? y : g->lowest[v];
        }
    }
    bk_outcome_free(outcome);
    return status;
}

/* y as the values of symbols; whether triggers are true is as at any start. */
static void to_state(const bk_kin_searching *g, const double *y, double *state)
{
    bk_kin_work *const w = g->w;
    const bk_kin_system *const s = w->system;
    bk_kin_values(w, g->settings->t_start, y, BK_FREE, w->free_status);
    w->at_y = NULL;
    memcpy(state, w->slots, (size_t)s->symbols * sizeof *state);
    for (int32_t i = 0; i < s->n_events; i++) {
        state[s->events[i].symbol] = (double)NAN;
    }
}

static bk_status draw_starts(bk_kin_searching *g)
{
    const bk_kin_system *const s = g->w->system;
    bk_kin_starts starts;
    bk_status status = bk_kin_start(g->w, g->overlay, g->settings, g->diag, g->from);
    if (status != BK_OK) {
        return status;
    }
    if (!bk_kin_starts_new(&starts, g->w, g->from, g->largest, g->lowest,
                           g->settings->seed)) {
        status = BK_NO_MEMORY;
    }
    for (int i = 0; status == BK_OK && i < g->starts; i++) {
        double *const y = g->ys + (size_t)i * (size_t)s->n;
        bk_kin_starts_draw(&starts, i, g->starts, y);
        for (int32_t v = 0; v < s->n; v++) {
            g->widest[v] = fmax(g->widest[v], fabs(y[v]));
        }
        to_state(g, y, g->state + (size_t)i * (size_t)s->symbols);
    }
    bk_kin_starts_free(&starts);
    return status;
}

static bk_status settle_others(bk_kin_searching *g)
{
    const size_t n = (size_t)g->starts;
    bk_job *const jobs = bk_alloc_zero(n + 1, sizeof *jobs);
    bk_status status = jobs != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; status == BK_OK && i < n; i++) {
        jobs[i] = (bk_job){.overlay = g->overlay,
                           .state = g->state + i * (size_t)g->w->system->symbols};
    }
    if (status == BK_OK) {
        bk_settle_many(g->system, &g->with, jobs, n, g->workspace);
        /* the last one bound need not be the overlay of all */
        status = bk_kin_start(g->w, g->overlay, g->settings, g->diag, g->from);
    }
    for (size_t i = 0; jobs != NULL && i < n; i++) {
        if (jobs[i].status == BK_OK && jobs[i].outcome != NULL) {
            const bk_status taken = take(g, jobs[i].outcome, false);
            status = taken != BK_OK ? taken : status;
        } else if (jobs[i].status == BK_NO_MEMORY) {
            status = BK_NO_MEMORY;
        } else {
            g->states->lost++;
        }
    }
    bk_free(jobs);
    return status;
}

/* --- the whole ---------------------------------------------------------------------------- */

static bool judges(const bk_kin_searching *g)
{
    const bk_kin_system *const s = g->w->system;
    return s->n <= MOST_JUDGED && s->fast == NULL && s->n_delays == 0;
}

static bk_status judge(const bk_kin_searching *g)
{
    bk_status status = BK_OK;
    for (int i = 0; i < g->states->n && judges(g); i++) {
        bk_steady_state *const told = &g->states->items[i].told;
        if (told->steady) {
            const bk_status found =
                bk_kinetic_stability(g->system, g->overlay, g->settings, told->outcome,
                                     g->workspace, NULL, &told->stability);
            told->judged = found == BK_OK;
            status = found == BK_NO_MEMORY ? found : status;
        }
    }
    return status;
}

/* A disturbance neither grows nor fades, so that there are more of them next to it. */
static bool lies_with_others(const bk_kin_searching *g, const bk_steady_state *told)
{
    return told->judged && told->stability.n > 0 &&
           (told->stability.kind == BK_MARGINAL ||
            fabs(told->stability.largest) * g->passed <= 1e-6);
}

/* Of such states the first stands for all. */
static void gather_continuum(const bk_kin_searching *g)
{
    bk_steady_states *const states = g->states;
    int first = -1;
    for (int i = 0; i < states->n; i++) {
        if (!lies_with_others(g, &states->items[i].told)) {
            continue;
        }
        if (first < 0) {
            first = i;
            continue;
        }
        bk_steady_state *const told = &states->items[first].told;
        told->together++;
        told->starts += states->items[i].told.starts;
        bk_kin_drop_state(states, i--);
    }
}

static int rank(const bk_steady_state *told)
{
    return told->own                                             ? 0
           : told->judged && told->stability.kind != BK_UNSTABLE ? 1
           : told->starts > 0                                    ? 2
                                                                 : 3;
}

static int by_rank(const void *a, const void *b)
{
    const bk_kin_found *const x = a, *const y = b;
    const int order = rank(&x->told) - rank(&y->told);
    return order != 0 ? order : y->told.starts - x->told.starts;
}

/* Insertion, so that equals keep the order they were found in. */
static void put_in_order(bk_steady_states *states)
{
    for (int i = 1; i < states->n; i++) {
        const bk_kin_found one = states->items[i];
        int k = i;
        for (; k > 0 && by_rank(&states->items[k - 1], &one) > 0; k--) {
            states->items[k] = states->items[k - 1];
        }
        states->items[k] = one;
    }
}

static bool allocate(bk_kin_searching *g)
{
    const size_t n = (size_t)g->w->system->n;
    const size_t symbols = (size_t)g->w->system->symbols;
    g->states = bk_alloc_zero(1, sizeof *g->states);
    g->memory =
        bk_alloc_zero(4 * n + (size_t)g->starts * (n + symbols) + 1, sizeof(double));
    g->columns = bk_alloc((n + (size_t)g->own_columns + 1) * sizeof *g->columns);
    if (g->states == NULL || g->memory == NULL || g->columns == NULL) {
        return false;
    }
    for (int i = 0; i < g->own_columns; i++) {
        g->columns[i] = g->settings->columns[i];
    }
    int all = g->own_columns;
    for (int32_t i = 0; i < g->w->system->symbols; i++) {
        if (g->w->system->variable_of[i] >= 0) {
            g->columns[all++] = (bk_column){i, BK_AS_DEFAULT};
        }
    }
    g->with.columns = g->columns;
    g->with.n_columns = all;
    g->from = g->memory;
    g->largest = g->from + n;
    g->lowest = g->largest + n;
    g->widest = g->lowest + n;
    g->ys = g->widest + n;
    g->state = g->ys + (size_t)g->starts * n;
    return true;
}

static bk_status search(bk_kin_searching *g)
{
    const bk_kin_system *const s = g->w->system;
    bk_status status = settle_own(g);
    if (status != BK_OK || s->n == 0 || s->fast != NULL) {
        return status;
    }
    status = see_course(g);
    if (status == BK_OK) { /* numbers too large: the totals are not looked at */
        status = bk_kinetic_moieties(g->system, g->overlay, &g->moieties);
        status = status == BK_NUMERICAL ? BK_OK : status;
    }
    if (status == BK_OK) {
        status = draw_starts(g);
    }
    if (status == BK_OK && g->starts > 0) {
        status = settle_others(g);
    }
    if (status == BK_OK && s->n_events == 0 && (g->still || !s->uses_time)) {
        status = bk_kin_search_by_newton(g);
    }
    return status;
}

bk_status bk_kinetic_steady_states(const bk_system *system, const bk_overlay *overlay,
                                   const bk_settings *settings, int starts,
                                   bk_workspace *workspace, bk_diag *diag,
                                   bk_steady_states **states)
{
    if (starts < 1 || workspace->system != system || system->engine != &bk_engine_ode) {
        return BK_MISUSE;
    }
    bk_kin_searching g = {.system = system,
                          .overlay = overlay,
                          .settings = settings,
                          .workspace = workspace,
                          .w = (bk_kin_work *)workspace,
                          .diag = diag,
                          .with = *settings,
                          .own_columns =
                              settings->columns != NULL ? settings->n_columns : 0,
                          .starts = starts - 1};
    bk_status status = allocate(&g) ? search(&g) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = judge(&g);
    }
    if (status == BK_OK) {
        gather_continuum(&g);
    }
    bk_moieties_free(g.moieties);
    bk_free(g.columns);
    bk_free(g.memory);
    if (status != BK_OK) {
        bk_steady_states_free(g.states);
        return status;
    }
    put_in_order(g.states);
    *states = g.states;
    return BK_OK;
}
