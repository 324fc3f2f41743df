/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain/explain_impl.h"

#include "base/alloc.h"
#include "experiment/readouts_impl.h"
#include "experiment/screen_impl.h"
#include "scenario/scenario_impl.h"

#include <math.h>
#include <string.h>

double bk_field_max(const bk_field *field, int32_t node)
{
    return bk_symbol_max_level(field->question->logic, node);
}

double bk_field_line(const bk_field *field)
{
    return fmax(fmax(field->untreated, field->treated), 0.2) / 2 + bk_rounding;
}

void bk_field_close(bk_field *field)
{
    bk_workspace_free(field->workspace);
    bk_overlay_free(field->overlay);
    bk_scenario_free(field->scenario);
    bk_free(field->note);
    bk_arena_free(field->arena);
    *field = (bk_field){.n = 0};
}

static bk_status check(const bk_explain *q, bk_diag *diag)
{
    if (bk_model_levels(q->logic) == 0 ||
        bk_system_engine(q->system) != bk_engine_find("ode")) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = NULL}, "explain-model",
                    "an explanation needs the arcs of a logical model, run in its "
                    "continuous form");
        return BK_UNSUPPORTED;
    }
    return BK_OK;
}

static bk_status find_nodes(bk_field *field)
{
    const bk_explain *const q = field->question;
    const bk_model *const form = bk_system_model(q->system);
    const size_t n = (size_t)bk_model_symbols(q->logic);
    bk_arena *const arena = field->arena;
    field->n = (int32_t)n;
    field->form = bk_arena_zero(arena, n + 1, sizeof *field->form);
    field->drive = bk_arena_zero(arena, n + 1, sizeof *field->drive);
    field->level = bk_arena_zero(arena, n + 1, sizeof *field->level);
    field->seen = bk_arena_zero(arena, n + 1, sizeof *field->seen);
    field->state = bk_arena_zero(arena, (size_t)form->n_symbols + 1, sizeof(double));
    if (field->form == NULL || field->drive == NULL || field->level == NULL ||
        field->seen == NULL || field->state == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t i = 0; i < field->n; i++) {
        field->form[i] = bk_symbol_kind_of(q->logic, i) == BK_LEVEL
                             ? bk_model_find(form, bk_symbol_id(q->logic, i))
                             : -1;
        field->drive[i] =
            field->form[i] >= 0 ? form->symbols[field->form[i]].drive : -1;
    }
    return BK_OK;
}

/* Cell and treatment as one scenario, for cuts to be added to. */
static bk_status compose(bk_field *field)
{
    const bk_explain *const q = field->question;
    field->scenario = bk_scenario_new("explained");
    bk_status status = field->scenario != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && q->cell != NULL) {
        status = bk_scenario_append(field->scenario, q->cell);
    }
    if (status == BK_OK && q->treatment != NULL) {
        status = bk_library_treatment_scenario(
            q->library, q->treatment, (bk_where){.file = NULL}, NULL, field->scenario);
    }
    return status;
}

/* The read-outs' columns, then what each node is and what others see of it. */
static bk_status make_columns(bk_field *field, bk_column **columns, int *n)
{
    int wanted = 0;
    const bk_column *const first =
        bk_readouts_columns(field->question->readouts, &wanted);
    bk_column *const made = bk_arena_zero(
        field->arena, (size_t)wanted + 2 * (size_t)field->n + 1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    memcpy(made, first, (size_t)wanted * sizeof *made);
    for (int32_t i = 0; i < field->n; i++) {
        if (field->form[i] >= 0) {
            made[wanted++] = (bk_column){field->form[i], BK_AS_DRIVE};
            made[wanted++] = (bk_column){field->form[i], BK_AS_ACTIVITY};
        }
    }
    *columns = made;
    *n = wanted;
    return BK_OK;
}

static bk_status settle(bk_field *field, const bk_overlay *overlay,
                        const bk_settings *settings, const char *when,
                        bk_outcome **outcome)
{
    bk_status status = bk_system_engine(field->question->system)
                           ->settle(field->question->system, overlay, settings,
                                    field->workspace, field->diag, outcome);
    const bk_stop stop = status == BK_OK ? bk_outcome_stop(*outcome) : BK_STOP_FAILED;
    if (status == BK_OK && stop != BK_STOP_END) {
        bk_diag_add(field->diag, stop == BK_STOP_NOT_STEADY ? BK_WARNING : BK_ERROR,
                    (bk_where){.file = NULL}, "explain-steady", "%s: %s", when,
                    bk_outcome_text(*outcome));
        status = stop == BK_STOP_NOT_STEADY ? BK_OK : BK_NUMERICAL;
        status = status == BK_OK && !bk_screen_note(&field->note, when,
                                                    ": no steady state, averages")
                     ? BK_NO_MEMORY
                     : status;
    }
    return status;
}

static bk_status take_values(bk_field *field, const bk_outcome *outcome)
{
    int at = 0;
    bk_readouts_columns(field->question->readouts, &at);
    field->columns =
        bk_arena_zero(field->arena, (size_t)at + 1, sizeof *field->columns);
    if (field->columns == NULL) {
        return BK_NO_MEMORY;
    }
    for (int i = 0; i < at; i++) {
        field->columns[i] = bk_outcome_value(outcome, 0, i);
    }
    for (int32_t i = 0; i < field->n; i++) {
        if (field->form[i] >= 0) {
            field->level[i] = bk_outcome_value(outcome, 0, at++);
            field->seen[i] = bk_outcome_value(outcome, 0, at++);
        }
    }
    const size_t symbols =
        (size_t)bk_model_symbols(bk_system_model(field->question->system));
    memcpy(field->state, bk_outcome_state(outcome), symbols * sizeof *field->state);
    return BK_OK;
}

static bk_status run(bk_field *field, const bk_overlay *base, const bk_overlay *all)
{
    const bk_explain *const q = field->question;
    bk_settings settings = q->screen.run;
    bk_outcome *before = NULL, *after = NULL;
    bk_column *columns = NULL;
    bk_status status = make_columns(field, &columns, &settings.n_columns);
    settings.columns = columns;
    if (status == BK_OK) {
        status = settle(field, base, &settings, "untreated", &before);
    }
    if (status == BK_OK) {
        settings.state = bk_outcome_state(before);
        settings.freeze_slow = q->screen.early;
        status = settle(field, all, &settings, "under the treatment", &after);
    }
    if (status == BK_OK) {
        status = take_values(field, after);
    }
    if (status == BK_OK) {
        field->untreated = bk_readouts_measure(q->readouts, 0, before, 0);
        field->treated = bk_readouts_measure(q->readouts, 0, after, 0);
    }
    bk_outcome_free(before);
    bk_outcome_free(after);
    return status;
}

bk_status bk_field_open(const bk_explain *question, bk_diag *diag, bk_field *field)
{
    const bk_condition condition = {.treatment = question->treatment,
                                    .more = question->cell};
    bk_screen screen = {.system = question->system,
                        .library = question->library,
                        .conditions = &condition,
                        .readouts = question->readouts,
                        .settings = &question->screen,
                        .n_jobs = 1,
                        .diag = diag};
    *field = (bk_field){.question = question, .diag = diag, .arena = bk_arena_new()};
    bk_status status = field->arena != NULL ? check(question, diag) : BK_NO_MEMORY;
    if (status != BK_OK) {
        bk_field_close(field);
        return status;
    }
    status = bk_screen_prepare(&screen);
    bk_overlay **all = NULL; /* without a treatment that of the cell */
    if (status == BK_OK && screen.n_bases > 0) {
        all = screen.jobs[0].same ? &screen.bases[0].overlay : &screen.jobs[0].overlay;
    }
    if (status == BK_OK && (all == NULL || *all == NULL)) {
        status = BK_BAD_INPUT; /* told by the preparation */
    }
    if (status == BK_OK) {
        status = find_nodes(field);
    }
    if (status == BK_OK) {
        status = compose(field);
    }
    if (status == BK_OK) {
        status = bk_system_engine(question->system)
                     ->workspace(question->system, &field->workspace);
    }
    if (status == BK_OK) {
        status = run(field, screen.bases[0].overlay, *all);
    }
    if (status == BK_OK) {
        field->overlay = *all;
        *all = NULL;
    }
    bk_screen_close(&screen);
    if (status != BK_OK) {
        bk_field_close(field);
    }
    return status;
}

bk_status bk_field_drives(bk_field *field, const bk_cut *cuts, size_t n, double *drives)
{
    const bk_explain *const q = field->question;
    bk_scenario *const s = bk_scenario_copy(field->scenario);
    bk_column *const columns = bk_alloc_zero((size_t)field->n + 1, sizeof *columns);
    bk_overlay *overlay = NULL;
    bk_outcome *outcome = NULL;
    bk_status status = s != NULL && columns != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        const bk_edit cut = {.kind = BK_EDIT_CUT,
                             .layer = BK_TREATMENT,
                             .name = bk_symbol_id(q->logic, cuts[i].source),
                             .target = bk_symbol_id(q->logic, cuts[i].target),
                             .value = cuts[i].value};
        status = bk_scenario_add(s, &cut);
    }
    if (status == BK_OK) {
        status =
            bk_scenario_bind(s, q->library, bk_system_model(q->system), NULL, &overlay);
    }
    bk_settings settings = q->screen.run;
    settings.t_start = settings.t_end = 0;
    settings.steps = 0;
    settings.state = field->state;
    settings.columns = columns;
    settings.n_columns = 0;
    for (int32_t i = 0; columns != NULL && i < field->n; i++) {
        if (field->drive[i] >= 0) {
            columns[settings.n_columns++] = (bk_column){field->drive[i], BK_AS_DEFAULT};
        }
    }
    if (status == BK_OK) {
        status = bk_system_engine(q->system)->run(q->system, overlay, &settings,
                                                  field->workspace, NULL, &outcome);
    }
    for (int32_t i = 0, at = 0; i < field->n && status == BK_OK; i++) {
        drives[i] = field->drive[i] >= 0 ? bk_outcome_value(outcome, 0, at++) : 0;
    }
    bk_outcome_free(outcome);
    bk_overlay_free(overlay);
    bk_scenario_free(s);
    bk_free(columns);
    return status;
}
