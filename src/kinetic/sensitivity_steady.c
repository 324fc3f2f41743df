/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/goal.h"
#include "kinetic/sensitivity.h"

#include "base/alloc.h"

#include <blockade/kinetic.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sensitivities of a steady state.
 *
 * The rows of J S = -b are independent but for those of what never moves, which says that
 * S stays as it began, and one for each conserved moiety, which says so of the sum. */

typedef struct place {
    int32_t row, column;
    double value;
} place;

typedef struct solving {
    bk_kin_variation *v;
    bk_moieties *moieties;
    int32_t *instead; /* [n] -1: the row of J; -2: S stays; else the moiety */
    place *places;
    int32_t *starts, *rows;
    double *values, *start;
    size_t n, capacity;
    bool no_memory;
} solving;

static void add(solving *g, int32_t row, int32_t column, double value)
{
    if (!bk_grow(&g->places, &g->capacity, g->n + 1, sizeof *g->places)) {
        g->no_memory = true;
        return;
    }
    g->places[g->n++] = (place){row, column, value};
}

/* A variable for each moiety that no other one's row is taken by: Gauss on their numbers. */
static bk_status choose_rows(solving *g)
{
    const bk_kin_system *const s = g->v->w->system;
    const int32_t k = bk_moieties_count(g->moieties);
    const size_t n = (size_t)s->n;
    double *const l = bk_alloc_zero((size_t)k * n + 1, sizeof *l);
    if (l == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t i = 0; i < k; i++) {
        const bk_moiety *const m = bk_moieties_at(g->moieties, i);
        for (int32_t p = 0; p < m->n; p++) {
            const int32_t v = s->variable_of[m->parts[p].species];
            if (v >= 0 && bk_kin_moves(g->v->w, v)) {
                l[(size_t)i * n + (size_t)v] = (double)m->parts[p].number;
            }
        }
    }
    for (int32_t i = 0; i < k; i++) {
        double *const own = l + (size_t)i * n;
        size_t best = 0;
        for (size_t v = 0; v < n; v++) {
            best = fabs(own[v]) > fabs(own[best]) ? v : best;
        }
        if (n == 0 || fabs(own[best]) < 1e-9) {
            continue;
        }
        g->instead[best] = i;
        for (int32_t other = i + 1; other < k; other++) {
            double *const row = l + (size_t)other * n;
            const double factor = row[best] / own[best];
            for (size_t v = 0; factor != 0.0 && v < n; v++) {
                row[v] -= factor * own[v];
            }
        }
    }
    bk_free(l);
    return BK_OK;
}

static void fill(solving *g)
{
    const bk_kin_work *const w = g->v->w;
    const bk_kin_system *const s = w->system;
    for (int32_t c = 0; c < s->n; c++) {
        for (int32_t k = s->starts[c]; k < s->starts[c + 1]; k++) {
            if (g->instead[s->rows[k]] == -1) {
                add(g, s->rows[k], c, w->values[k]);
            }
        }
    }
    for (int32_t i = 0; i < s->n; i++) {
        if (g->instead[i] == -2) {
            add(g, i, i, 1.0);
        }
        for (int32_t p = 0;
             g->instead[i] >= 0 && p < bk_moieties_at(g->moieties, g->instead[i])->n;
             p++) {
            const bk_moiety_part *const part =
                &bk_moieties_at(g->moieties, g->instead[i])->parts[p];
            if (s->variable_of[part->species] >= 0) {
                add(g, i, s->variable_of[part->species], (double)part->number);
            }
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const place *const x = a, *const y = b;
    return x->column != y->column ? (x->column > y->column) - (x->column < y->column)
                                  : (x->row > y->row) - (x->row < y->row);
}

static bk_status compress(solving *g)
{
    const int32_t n = g->v->n;
    g->starts = bk_alloc_zero((size_t)n + 2, sizeof *g->starts);
    g->rows = bk_alloc((g->n + 1) * sizeof *g->rows);
    g->values = bk_alloc((g->n + 1) * sizeof *g->values);
    if (g->no_memory || g->starts == NULL || g->rows == NULL || g->values == NULL) {
        return BK_NO_MEMORY;
    }
    if (g->n > 0) {
        qsort(g->places, g->n, sizeof *g->places, by_place);
    }
    for (size_t k = 0; k < g->n; k++) {
        g->starts[g->places[k].column + 1]++;
        g->rows[k] = g->places[k].row;
        g->values[k] = g->places[k].value;
    }
    for (int32_t c = 0; c < n; c++) {
        g->starts[c + 1] += g->starts[c];
    }
    return BK_OK;
}

/* The right-hand side for a column of S, which holds what S began as; solved in place. */
static void solve(solving *g, bk_sparse_lu *lu, int32_t j)
{
    const bk_kin_system *const s = g->v->w->system;
    const size_t n = (size_t)g->v->n;
    double *const x = g->v->s + (size_t)j * n;
    memcpy(g->start, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        if (g->instead[i] == -1) {
            x[i] = g->v->has_b ? -g->v->b[(size_t)j * n + i] : 0.0;
        } else if (g->instead[i] >= 0) {
            const bk_moiety *const m = bk_moieties_at(g->moieties, g->instead[i]);
            x[i] = 0.0;
            for (int32_t p = 0; p < m->n; p++) {
                const int32_t v = s->variable_of[m->parts[p].species];
                x[i] += v >= 0 ? (double)m->parts[p].number * g->start[v] : 0.0;
            }
        }
    }
    bk_sparse_lu_solve(lu, x);
}

static void refuse(const bk_kin_work *w, bk_diag *diag, const char *why)
{
    bk_diag_add(diag, BK_ERROR,
                (bk_where){.file = bk_model_source(w->system->head.model)},
                "sensitivity", "%s", why);
}

/* S at the steady state y, from what it is at the start. */
static bk_status answer(bk_kin_variation *v, const bk_overlay *overlay,
                        const bool *assigned, double t, const double *y, bk_diag *diag)
{
    bk_kin_work *const w = v->w;
    solving g = {.v = v};
    bk_sparse_lu *lu = NULL;
    bk_status status =
        bk_kin_moieties(&w->system->head, overlay, assigned, &g.moieties);
    if (status == BK_NUMERICAL) {
        refuse(
            w, diag,
            "the conserved moieties have numbers that are too large, and without them "
            "the steady state is not known to be a single one; take it at a time "
            "instead");
    }
    g.instead = bk_alloc(((size_t)v->n + 1) * sizeof *g.instead);
    g.start = bk_alloc(((size_t)v->n + 1) * sizeof *g.start);
    if (status == BK_OK && (g.instead == NULL || g.start == NULL)) {
        status = BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        bk_kin_variation_look(v, t, y);
        for (int32_t i = 0; i < v->n; i++) {
            g.instead[i] = bk_kin_moves(w, i) ? -1 : -2;
        }
        status = choose_rows(&g);
    }
    if (status == BK_OK && v->infinite) {
        refuse(w, diag,
               "a rate has an infinite derivative by a parameter at the steady state");
        status = BK_NUMERICAL;
    }
    if (status == BK_OK) {
        fill(&g);
        status = compress(&g);
    }
    if (status == BK_OK) {
        status = bk_sparse_lu_new(v->n, g.starts, g.rows, &lu);
    }
    if (status == BK_OK) {
        bk_rodas_sizes(w->rodas, v->spare); /* of the settle that led here */
        status = bk_sparse_lu_factor(lu, g.values, v->spare);
        if (status == BK_NUMERICAL) {
            refuse(
                w, diag,
                "the steady state is one of many that lie together (the Jacobian is "
                "singular beyond what is conserved), so it has no derivative; take it "
                "at a time instead");
        }
    }
    for (int32_t j = 0; j < v->m && status == BK_OK; j++) {
        solve(&g, lu, j);
    }
    bk_sparse_lu_free(lu);
    bk_moieties_free(g.moieties);
    bk_free(g.instead);
    bk_free(g.start);
    bk_free(g.places);
    bk_free(g.starts);
    bk_free(g.rows);
    bk_free(g.values);
    return status;
}

/* --- events on the way -------------------------------------------------------------------- */

/* Events that are not executed on the way leave no trace in the steady state, and need not
 * for a parameter a little different.  Of those that are, what they set of variables that
 * go on to move is forgotten there; what they set for good is the same for all parameters
 * if it is made of nothing that varies. */

static void pass(void *context, bk_kin_course *course)
{
    (void)context;
    (void)course;
}

static void note_execution(void *context, bk_kin_course *course,
                           const bk_kin_event *event)
{
    bool *const executed = context;
    executed[event - course->work->system->events] = true;
}

/* What executed events assign into assigned [symbols]; refused where that depends on when
 * they were. */
static bk_status take_events(const bk_kin_work *w, const bool *executed, bool *assigned,
                             bk_diag *diag)
{
    const bk_kin_system *const s = w->system;
    const bk_model *const m = s->head.model;
    bk_status status = BK_OK;
    for (int32_t e = 0; e < s->n_events; e++) {
        const bk_kin_event *const event = &s->events[e];
        for (int32_t k = 0; executed[e] && k < event->assignments; k++) {
            const bk_kin_assignment *const a = &s->assignments[event->first + k];
            assigned[a->target] = true;
            if (bk_kin_moves(w, s->variable_of[a->target]) || a->constant) {
                continue;
            }
            bk_diag_add(diag, BK_ERROR, m->events[event->item].where, "sensitivity",
                        "event \"%s\" is executed on the way to the steady state and "
                        "sets \"%s\" for good to what varies, so that the steady state "
                        "depends on when; take sensitivities at a late time instead",
                        m->symbols[event->symbol].id, m->symbols[a->target].id);
            status = BK_UNSUPPORTED;
        }
    }
    return status;
}

/* What an event has set for good depends on no parameter. */
static void forget_assigned(bk_kin_variation *v, const bool *assigned)
{
    for (int32_t i = 0; i < v->n; i++) {
        if (!assigned[v->w->system->variable[i]] || bk_kin_moves(v->w, i)) {
            continue;
        }
        for (int32_t j = 0; j < v->m; j++) {
            v->s[(size_t)j * (size_t)v->n + (size_t)i] = 0.0;
        }
    }
}

/* The settled outcome's row again, with slopes. */
static bk_status derive(bk_kin_variation *v, const bk_overlay *overlay,
                        const bk_settings *settings, const bk_outcome *settled,
                        const bool *assigned, bk_diag *diag, bk_sensitivity *made)
{
    bk_kin_work *const w = v->w;
    const bk_kin_system *const s = w->system;
    const double *const state = bk_outcome_state(settled);
    const double t = bk_outcome_time(settled, 0);
    double *const y = bk_alloc_zero((size_t)s->n + 1, sizeof *y);
    bk_status status = y == NULL
                           ? BK_NO_MEMORY
                           : bk_kin_variation_start(v, overlay, settings, diag, y);
    if (status == BK_OK) {
        bk_kin_state_to_y(w, state, y);
        w->truth = BK_FREE;
        forget_assigned(v, assigned);
        bk_kin_see_present(w, true);
        status = answer(v, overlay, assigned, t, y, diag);
    }
    if (status == BK_OK) {
        memcpy(made->values, v->values, (size_t)v->m * sizeof *made->values);
        bk_kin_sensitivity_row(made, v, 0, t, y, v->s);
    }
    bk_kin_see_present(w, false);
    bk_free(y);
    return status;
}

bk_status bk_sensitivity_settle(const bk_system *system, const bk_overlay *overlay,
                                const bk_settings *settings, bk_workspace *workspace,
                                bk_diag *diag, bk_sensitivity **sensitivity)
{
    bk_kin_work *const w = (bk_kin_work *)workspace;
    bk_status status = bk_kin_sensitivity_check(system, workspace);
    if (status != BK_OK) {
        return status;
    }
    bk_settings initial = *settings;
    initial.state = initial.waiting = NULL;
    initial.n_waiting = 0;
    bk_outcome *settled = NULL;
    bk_sensitivity *made = NULL;
    bk_kin_variation v;
    bool *const executed = bk_alloc_zero((size_t)w->system->n_events + 1, sizeof(bool));
    bool *const assigned = bk_alloc_zero((size_t)w->system->symbols + 1, sizeof(bool));
    const bk_kin_watch watch = {executed, pass, note_execution};
    status = bk_kin_variation_new(w, &v);
    status = executed == NULL || assigned == NULL ? BK_NO_MEMORY : status;
    if (status == BK_OK) {
        w->watch = &watch;
        status =
            bk_engine_ode.settle(system, overlay, &initial, workspace, diag, &settled);
        w->watch = NULL;
    }
    if (status == BK_OK) {
        status = take_events(w, executed, assigned, diag);
    }
    if (status == BK_OK) {
        status = bk_kin_sensitivity_new(&v, &initial, 1, diag, &made);
    }
    if (status == BK_OK && bk_outcome_stop(settled) == BK_STOP_END) {
        status = derive(&v, overlay, &initial, settled, assigned, diag, made);
    }
    if (status == BK_OK) { /* of both, the settled one says how it ended */
        bk_outcome_free(made->outcome);
        made->outcome = settled;
        settled = NULL;
    }
    bk_kin_variation_free(&v);
    bk_free(executed);
    bk_free(assigned);
    bk_outcome_free(settled);
    if (status != BK_OK) {
        bk_sensitivity_free(made);
        return status;
    }
    *sensitivity = made;
    return BK_OK;
}
