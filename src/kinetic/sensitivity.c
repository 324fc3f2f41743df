/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"
#include "kinetic/sensitivity.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* --- what a column answers ---------------------------------------------------------------- */

static double size_slope(const bk_kin_variation *v, int32_t species, int32_t j,
                         const double *s, double *size)
{
    const bk_kin_work *const w = v->w;
    const int32_t compartment = w->system->head.model->symbols[species].compartment;
    *size = compartment < 0 ? 1.0 : w->slots[compartment];
    return compartment < 0 ? 0.0 : bk_kin_variation_slope(v, compartment, j, s);
}

/* d y'_v / d p */
static double rate_slope(const bk_kin_variation *v, int32_t variable, int32_t j,
                         const double *s)
{
    const bk_kin_work *const w = v->w;
    const bk_kin_system *const system = w->system;
    double sum = v->has_b ? v->b[(size_t)j * (size_t)v->n + (size_t)variable] : 0.0;
    for (int32_t c = 0; c < system->n; c++) {
        for (int32_t k = system->starts[c]; k < system->starts[c + 1]; k++) {
            sum += system->rows[k] == variable ? w->values[k] * s[c] : 0.0;
        }
    }
    return sum * w->units[variable];
}

static double column_slope(const bk_kin_variation *v, bk_column column, int32_t j,
                           const double *s)
{
    const bk_kin_work *const w = v->w;
    const bk_kin_system *const system = w->system;
    const int32_t symbol = column.symbol;
    const bk_symbol_kind kind = system->head.model->symbols[symbol].kind;
    const bk_kin_touched *const touched = bk_kin_touched_of(w, symbol);
    double size;
    const double by_size = size_slope(v, symbol, j, s, &size);
    double own = bk_kin_variation_slope(v, symbol, j, s);
    if (kind == BK_REACTION && v->to[j] == symbol) {
        own += w->slots[symbol];
    }
    switch (column.aspect) {
    case BK_AS_AMOUNT:
        return kind != BK_SPECIES || system->substance[symbol]
                   ? own
                   : own * size + w->slots[symbol] * by_size;
    case BK_AS_CONCENTRATION:
        return kind == BK_SPECIES && system->substance[symbol]
                   ? (own - w->slots[symbol] / size * by_size) / size
                   : own;
    case BK_AS_ACTIVITY:
        return touched != NULL && touched->treatment && kind != BK_REACTION
                   ? own * touched->seen_factor
                   : own;
    case BK_AS_RATE:
        return kind == BK_REACTION || system->variable_of[symbol] < 0
                   ? own
                   : rate_slope(v, system->variable_of[symbol], j, s);
    case BK_AS_DRIVE:
    case BK_AS_DEFAULT:
    default:
        return own;
    }
}

void bk_kin_sensitivity_row(bk_sensitivity *made, bk_kin_variation *v, size_t row,
                            double t, const double *y, const double *s)
{
    const int n = bk_outcome_columns(made->outcome);
    bk_kin_outcome_row(v->w, made->outcome, row, t, y);
    bk_kin_variation_look(v, t, y);
    for (int c = 0; c < n; c++) {
        for (int32_t j = 0; j < v->m; j++) {
            made->slopes[(row * (size_t)n + (size_t)c) * (size_t)v->m + (size_t)j] =
                column_slope(v, bk_outcome_column(made->outcome, c), j,
                             s + (size_t)j * (size_t)v->n);
        }
    }
}

/* --- results ------------------------------------------------------------------------------ */

void bk_sensitivity_free(bk_sensitivity *sensitivity)
{
    if (sensitivity != NULL) {
        bk_outcome_free(sensitivity->outcome);
        bk_free(sensitivity->slopes);
        bk_free(sensitivity->values);
        bk_free(sensitivity);
    }
}

const bk_outcome *bk_sensitivity_outcome(const bk_sensitivity *sensitivity)
{
    return sensitivity->outcome;
}

double bk_sensitivity_parameter(const bk_sensitivity *sensitivity, int k)
{
    return sensitivity->values[k];
}

double bk_sensitivity_slope(const bk_sensitivity *sensitivity, size_t row, int column,
                            int k)
{
    const size_t n = (size_t)bk_outcome_columns(sensitivity->outcome);
    return sensitivity
        ->slopes[(row * n + (size_t)column) * (size_t)sensitivity->m + (size_t)k];
}

static bk_status check_columns(const bk_kin_work *w, const bk_settings *settings,
                               bk_diag *diag)
{
    const bk_kin_system *const s = w->system;
    for (int c = 0; settings->columns != NULL && c < settings->n_columns; c++) {
        const bk_column column = settings->columns[c];
        const bk_symbol *const about = &s->head.model->symbols[column.symbol];
        const bk_kin_touched *const touched = bk_kin_touched_of(w, column.symbol);
        if (column.aspect == BK_AS_RATE && about->kind != BK_REACTION &&
            s->node_of[column.symbol] != -2 - s->variable_of[column.symbol]) {
            bk_diag_add(diag, BK_ERROR, about->where, "sensitivity",
                        "there is no sensitivity of rate(%s), which is no variable",
                        about->id);
            return BK_UNSUPPORTED;
        }
        if (column.aspect == BK_AS_DRIVE && about->kind == BK_REACTION &&
            touched != NULL) {
            bk_diag_add(diag, BK_ERROR, about->where, "sensitivity",
                        "there is no sensitivity of drive(%s) under an edit of it",
                        about->id);
            return BK_UNSUPPORTED;
        }
    }
    return BK_OK;
}

bk_status bk_kin_sensitivity_new(bk_kin_variation *v, const bk_settings *settings,
                                 size_t rows, bk_diag *diag, bk_sensitivity **made)
{
    bk_status status = check_columns(v->w, settings, diag);
    if (status != BK_OK) {
        return status;
    }
    bk_sensitivity *const r = bk_alloc_zero(1, sizeof *r);
    if (r == NULL) {
        return BK_NO_MEMORY;
    }
    r->m = v->m;
    status = bk_kin_outcome_new(v->w->system, settings, rows, false, &r->outcome);
    if (status == BK_OK) {
        const size_t n = (size_t)bk_outcome_columns(r->outcome) * (size_t)v->m;
        r->slopes = bk_alloc(rows * n * sizeof *r->slopes + 1);
        r->values = bk_alloc(((size_t)v->m + 1) * sizeof *r->values);
        status = r->slopes == NULL || r->values == NULL ? BK_NO_MEMORY : BK_OK;
        for (size_t k = 0; status == BK_OK && k < rows * n; k++) {
            r->slopes[k] = (double)NAN;
        }
    }
    if (status != BK_OK) {
        bk_sensitivity_free(r);
        return status;
    }
    memcpy(r->values, v->values, (size_t)v->m * sizeof *r->values);
    *made = r;
    return BK_OK;
}

/* --- time courses ------------------------------------------------------------------------- */

typedef struct running {
    bk_kin_variation v;
    bk_sensitivity *made;
    const bk_settings *settings;
    size_t row, rows;
    double *y, *s;
} running;

/* Rows within the last step of S, and before the step of y ends; or at its end. */
static void write_rows(running *g, double before, bool at_end)
{
    bk_kin_variation *const v = &g->v;
    while (g->row < g->rows) {
        const double t = bk_settings_time(g->settings, (int)g->row);
        if (t > v->t || (t >= before && !at_end)) {
            return;
        }
        bk_rodas_dense(v->w->rodas, t, g->y);
        if (at_end) {
            memcpy(g->s, v->s, (size_t)v->m * (size_t)v->n * sizeof *g->s);
        } else {
            bk_kin_variation_dense(v, t, g->s);
        }
        bk_kin_sensitivity_row(g->made, v, g->row++, t, g->y, g->s);
    }
}

static void write_inner(void *context, double end)
{
    write_rows(context, end, false);
}

static void end_in_trouble(const running *g)
{
    char time[40];
    bk_c_snprintf(time, sizeof time, "%.6g", g->v.trouble_at);
    bk_outcome_end(g->made->outcome, BK_STOP_FAILED,
                   "the sensitivities have no derivative to go on with at time %s: %s",
                   time, g->v.trouble);
}

static void pursue(running *g, bk_kin_course *course)
{
    const bk_settings *const settings = g->settings;
    bk_kin_work *const w = g->v.w;
    bk_outcome *const outcome = g->made->outcome;
    const long most = settings->max_steps > 0 ? settings->max_steps : 1000000;
    bk_kin_variation_land(&g->v);
    write_rows(g, 0.0, true);
    bk_outcome_end(outcome, BK_STOP_END, "reached the end time");
    while (w->rodas->t < settings->t_end && g->v.trouble == NULL) {
        if (settings->cancelled != NULL &&
            settings->cancelled(settings->cancel_context)) {
            bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled");
            return;
        }
        if (w->rodas->steps >= most) {
            bk_outcome_end(outcome, BK_STOP_LIMIT, "stopped after %ld steps", most);
            return;
        }
        if (!bk_kin_course_step(course, settings->t_end)) {
            bk_kin_course_fail(course, outcome);
            return;
        }
        if (bk_kin_variation_follow(&g->v)) {
            bk_kin_variation_land(&g->v);
            write_rows(g, 0.0, true);
        }
        w->at_y = NULL;
    }
    if (g->v.trouble != NULL) {
        end_in_trouble(g);
    }
}

static bk_status follow(running *g)
{
    bk_kin_work *const w = g->v.w;
    bk_kin_course course;
    w->watch = &g->v.watch;
    bk_status status = bk_kin_course_begin(&course, w, g->settings, g->y);
    if (status == BK_OK) {
        pursue(g, &course);
        bk_outcome_truncate(g->made->outcome, g->row);
        bk_kin_outcome_finish(w, g->made->outcome, w->rodas->t, w->rodas->y);
        status = bk_kin_events_keep(&course, g->made->outcome);
        bk_kin_course_end(&course);
        status = course.no_memory || g->v.no_memory ? BK_NO_MEMORY : status;
    }
    w->watch = NULL;
    return status;
}

bk_status bk_kin_sensitivity_check(const bk_system *system,
                                   const bk_workspace *workspace)
{
    return workspace->system != system || system->engine != &bk_engine_ode ||
                   ((const bk_kin_system *)system)->n_sensitive == 0
               ? BK_MISUSE
               : BK_OK;
}

bk_status bk_sensitivity_run(const bk_system *system, const bk_overlay *overlay,
                             const bk_settings *settings, bk_workspace *workspace,
                             bk_diag *diag, bk_sensitivity **sensitivity)
{
    bk_status status = bk_kin_sensitivity_check(system, workspace);
    if (status != BK_OK || !(settings->rtol > 0.0) || settings->steps < 0 ||
        !(settings->t_end >= settings->t_start)) {
        return BK_MISUSE;
    }
    bk_settings initial = *settings;
    initial.state = initial.waiting = NULL;
    initial.n_waiting = 0;
    running g = {.settings = &initial, .rows = (size_t)settings->steps + 1};
    status = bk_kin_variation_new((bk_kin_work *)workspace, &g.v);
    const size_t n = (size_t)g.v.n + 1;
    g.y = bk_alloc_zero(n, sizeof *g.y);
    g.s = bk_alloc_zero((size_t)g.v.m * n, sizeof *g.s);
    g.v.row = write_inner;
    g.v.context = &g;
    if (status == BK_OK) {
        status = g.y == NULL || g.s == NULL
                     ? BK_NO_MEMORY
                     : bk_kin_variation_start(&g.v, overlay, &initial, diag, g.y);
    }
    if (status == BK_OK) {
        status = bk_kin_sensitivity_new(&g.v, settings, g.rows, diag, &g.made);
    }
    if (status == BK_OK) {
        status = follow(&g);
    }
    bk_kin_variation_free(&g.v);
    bk_free(g.y);
    bk_free(g.s);
    if (status != BK_OK) {
        bk_sensitivity_free(g.made);
        return status;
    }
    *sensitivity = g.made;
    return BK_OK;
}

bk_status bk_sensitivity_compile(const bk_model *model, const int32_t *to, int n,
                                 bk_diag *diag, bk_system **system)
{
    return n < 1 ? BK_MISUSE : bk_kin_compile_for(model, to, n, diag, system);
}
