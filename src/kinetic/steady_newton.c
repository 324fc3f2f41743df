/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/goal.h"
#include "kinetic/steady_states.h"

#include "base/alloc.h"
#include "kinetic/course.h"

#include <math.h>
#include <string.h>

enum {
    MOST_PAIRS = 20, /* of states that Newton starts between */
    BETWEEN = 9,
    ROUNDS = 3,
    ALONG = 3 /* points of the model's own course */
};

static const double most_off = 1e-6; /* of a conserved total */

typedef struct trying {
    bk_kin_searching *g;
    bk_kin_course course;
    bk_kin_goal goal;
} trying;

/* No species is below zero and all totals are as at the start. */
static bool allowed(const trying *k, const double *y)
{
    const bk_kin_searching *const g = k->g;
    const bk_kin_system *const s = g->w->system;
    for (int32_t v = 0; v < s->n; v++) {
        const bool species = s->head.model->symbols[s->variable[v]].kind == BK_SPECIES;
        if (!isfinite(y[v]) || (species && y[v] < -fmax(1e-9 * fabs(g->largest[v]),
                                                        bk_kin_least_size(g, v)))) {
            return false;
        }
    }
    return bk_kin_totals_off(g, y) <= most_off;
}

static bool converges(trying *k)
{
    for (int round = 0; round < ROUNDS; round++) {
        if (bk_kin_goal_look(&k->goal, k->g->passed)) {
            int32_t fastest = 0;
            return bk_kin_goal_derivative(&k->goal) &&
                   bk_kin_rests(
                       bk_kin_relative_rate(k->g->w, k->goal.y, k->goal.d, &fastest),
                       k->g->passed);
        }
        if (!bk_kin_look_over(&k->goal.approach) || !(k->goal.approach.change < 1e3)) {
            return false;
        }
    }
    return false;
}

static bk_status make_outcome(const trying *k, bk_outcome **outcome)
{
    bk_kin_work *const w = k->g->w;
    bk_outcome *made = NULL;
    const bk_status status =
        bk_kin_outcome_new(w->system, &k->g->with, 1, false, &made);
    if (status == BK_OK) {
        bk_kin_outcome_row(w, made, 0, w->rodas->t, k->goal.y);
        bk_kin_outcome_finish(w, made, w->rodas->t, k->goal.y);
        bk_outcome_end(made, BK_STOP_END, "steady");
        *outcome = made;
    }
    return status;
}

/* A state where nothing moves, if it is new. */
static bk_status add(const trying *k)
{
    const bk_kin_searching *const g = k->g;
    bk_outcome *outcome = NULL;
    const bool full = g->states->n == BK_KIN_MOST_STATES;
    const bk_status status = make_outcome(k, &outcome);
    if (status != BK_OK) {
        return status;
    }
    return bk_kin_add_state(g, outcome, k->goal.y) != NULL || full ? BK_OK
                                                                   : BK_NO_MEMORY;
}

static bk_status try(trying *k, const double *y)
{
    const bk_kin_searching *const g = k->g;
    bk_kin_work *const w = g->w;
    if (g->settings->cancelled != NULL &&
        g->settings->cancelled(g->settings->cancel_context)) {
        return BK_OK;
    }
    memcpy(k->goal.y, y, (size_t)w->system->n * sizeof *y);
    bk_kin_see_present(w, true);
    const bk_status status = converges(k) && allowed(k, k->goal.y) ? add(k) : BK_OK;
    bk_kin_see_present(w, false);
    return status;
}

/* What others than the own start settled at may only be close to rest, where amounts are
 * tiny; there Newton's method says at which state, and whether it is a known one. */
static bk_status polish(trying *k)
{
    const bk_kin_searching *const g = k->g;
    bk_status status = BK_OK;
    for (int i = 0; i < g->states->n && status == BK_OK; i++) {
        bk_kin_found *const f = &g->states->items[i];
        bk_outcome *outcome = NULL;
        memcpy(k->goal.y, f->y, (size_t)g->w->system->n * sizeof *f->y);
        bk_kin_see_present(g->w, true);
        if (f->told.steady && !f->told.own && converges(k) && allowed(k, k->goal.y)) {
            status = make_outcome(k, &outcome);
        }
        bk_kin_see_present(g->w, false);
        if (outcome != NULL && bk_kin_replace_state(g, i, outcome, k->goal.y)) {
            i--;
        }
    }
    return status;
}

static bk_status try_between(trying *k)
{
    const bk_kin_searching *const g = k->g;
    const size_t n = (size_t)g->w->system->n;
    const int known = g->states->n;
    double *const y = bk_alloc((n + 1) * sizeof *y);
    bk_status status = y != NULL ? BK_OK : BK_NO_MEMORY;
    int pairs = 0;
    for (int a = 0; a < known; a++) {
        for (int b = a + 1; b < known && pairs < MOST_PAIRS; b++, pairs++) {
            const double *const from = g->states->items[a].y;
            const double *const to = g->states->items[b].y;
            for (int i = 1; status == BK_OK && i <= BETWEEN; i++) {
                for (size_t v = 0; v < n; v++) {
                    y[v] = from[v] + (to[v] - from[v]) * i / (BETWEEN + 1);
                }
                status = try(k, y);
            }
        }
    }
    bk_free(y);
    return status;
}

/* The averages of what does not rest. */
static bk_status try_swings(trying *k)
{
    bk_status status = BK_OK;
    const bk_steady_states *const states = k->g->states;
    const int known = states->n;
    for (int i = 0; i < known && status == BK_OK; i++) {
        if (!states->items[i].told.steady) {
            status = try(k, states->items[i].y);
        }
    }
    return status;
}

/* Points of the model's own course, at a hundredth, a tenth and the whole of its time. */
static void follow_course(trying *k, double *points)
{
    const bk_kin_searching *const g = k->g;
    const size_t n = (size_t)g->w->system->n;
    const bk_rodas *const r = g->w->rodas;
    bool good = true;
    for (int i = 0; i < ALONG; i++) {
        const double until =
            g->settings->t_start + k->g->passed * pow(10.0, (double)(i + 1 - ALONG));
        while (good && r->t < until && r->steps < 10000) {
            good = bk_kin_course_step(&k->course, until);
        }
        memcpy(points + (size_t)i * n, r->y, n * sizeof *points);
    }
}

/* The integrator as if it had come to where the own course ended. */
static void stand_there(trying *k)
{
    const bk_kin_searching *const g = k->g;
    bk_rodas *const r = g->w->rodas;
    r->t = g->still ? g->time : r->t;
    for (int32_t v = 0; v < g->w->system->n; v++) {
        double *const most = &r->largest[g->w->system->group[v]];
        r->scale[v] = fmax(r->scale[v], g->largest[v]);
        *most = fmax(*most, g->largest[v] * fabs(g->w->units[v]));
    }
    g->w->truth = BK_FREE;
    g->w->at_y = NULL;
    k->goal.span = k->course.span;
    bk_kin_approach_begin(&k->goal.approach, g->settings, k->goal.span);
}

static bk_status try_all(trying *k)
{
    const bk_kin_searching *const g = k->g;
    const size_t n = (size_t)g->w->system->n;
    double *const points = bk_alloc_zero(ALONG * n + 1, sizeof *points);
    bk_status status = points != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        follow_course(k, points);
        stand_there(k);
        status = polish(k);
    }
    if (status == BK_OK) {
        status = try(k, g->from);
    }
    for (size_t i = 0; i < ALONG && status == BK_OK; i++) {
        status = try(k, points + i * n);
    }
    for (size_t i = 0; i < (size_t)g->starts && status == BK_OK; i++) {
        status = try(k, g->ys + i * n);
    }
    if (status == BK_OK) {
        status = try_swings(k);
    }
    bk_free(points);
    return status == BK_OK ? try_between(k) : status;
}

bk_status bk_kin_search_by_newton(bk_kin_searching *g)
{
    trying k = {.g = g};
    bk_status status = bk_kin_goal_new(&k.goal, g->w) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_kin_start(g->w, g->overlay, g->settings, g->diag, g->from);
    }
    if (status == BK_OK) {
        status = bk_kin_course_begin(&k.course, g->w, g->settings, g->from);
    }
    if (status == BK_OK) {
        status = try_all(&k);
        bk_kin_course_end(&k.course);
    }
    bk_kin_goal_free(&k.goal);
    return status;
}
