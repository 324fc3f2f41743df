/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Flux balance: the kinetic system gives the numbers at the start (parameters that are
 * bounds, stoichiometries) under the edits of a run; a linear program gives the rest. */

#include "kinetic/work.h"

#include "base/alloc.h"
#include "solve/lp.h"

#include <math.h>
#include <stdlib.h>

typedef struct balance {
    bk_kin_work *work;
    const bk_model *model;
    const bk_overlay *overlay;
    const bk_objective *objective; /* the active one */
    int32_t *row_of;               /* [symbols] of a balanced species, else -1 */
    bk_lp_entry *entries;
    size_t n_entries;
    double *lower, *upper, *cost, *flux; /* [reactions] */
    bk_lp lp;
} balance;

/* --- what is balanced --- */

static bool is_fixed(const balance *b, int32_t symbol)
{
    const bk_overlay_symbol *const record = bk_overlay_of(b->overlay, symbol);
    return record != NULL && (!isnan(record->layer[BK_BACKGROUND].fix) ||
                              !isnan(record->layer[BK_TREATMENT].fix));
}

static void number_rows(balance *b)
{
    const bk_model *const m = b->model;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        const bk_symbol *const s = &m->symbols[i];
        const bool balanced = s->kind == BK_SPECIES && !s->boundary && !s->constant &&
                              s->rule < 0 && !is_fixed(b, i);
        b->row_of[i] = balanced ? b->lp.rows++ : -1;
    }
}

static double stoichiometry_of(const balance *b, const bk_participant *p)
{
    const double value = p->symbol >= 0 ? b->work->slots[p->symbol] : p->stoichiometry;
    return p->role == BK_REACTANT ? -value : value;
}

static int by_place(const void *a, const void *b)
{
    const bk_lp_entry *const x = a, *const y = b;
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* A species may stand in a reaction several times. */
static void join_entries(balance *b)
{
    qsort(b->entries, b->n_entries, sizeof *b->entries, by_place);
    size_t n = 0;
    for (size_t i = 0; i < b->n_entries; i++) {
        if (n > 0 && by_place(&b->entries[n - 1], &b->entries[i]) == 0) {
            b->entries[n - 1].value += b->entries[i].value;
        } else {
            b->entries[n++] = b->entries[i];
        }
    }
    b->n_entries = n;
}

static void fill_entries(balance *b)
{
    const bk_model *const m = b->model;
    for (int32_t r = 0; r < m->n_reactions; r++) {
        const bk_reaction *const reaction = &m->reactions[r];
        for (int32_t i = 0; i < reaction->participants; i++) {
            const bk_participant *const p =
                &m->participants[reaction->first_participant + i];
            if (p->role != BK_MODIFIER && p->species >= 0 &&
                b->row_of[p->species] >= 0) {
                b->entries[b->n_entries++] =
                    (bk_lp_entry){b->row_of[p->species], r, stoichiometry_of(b, p)};
            }
        }
    }
    join_entries(b);
}

/* --- bounds --- */

static void narrow(balance *b, int32_t reaction, double low, double high)
{
    b->lower[reaction] =
        low > b->lower[reaction] || isnan(low) ? low : b->lower[reaction];
    b->upper[reaction] =
        high < b->upper[reaction] || isnan(high) ? high : b->upper[reaction];
}

static void edit_bounds(balance *b, int32_t reaction, const bk_layer_edit *edit)
{
    narrow(b, reaction, edit->low, edit->high);
    const bool closed = edit->scale == 0; /* infinite bounds too */
    b->lower[reaction] = closed ? 0 : b->lower[reaction] * edit->scale;
    b->upper[reaction] = closed ? 0 : b->upper[reaction] * edit->scale;
    if (!isnan(edit->fix)) {
        b->lower[reaction] = b->upper[reaction] = edit->fix;
    }
}

static void fill_bounds(balance *b)
{
    const bk_model *const m = b->model;
    for (int32_t r = 0; r < m->n_reactions; r++) {
        b->lower[r] = -(double)INFINITY;
        b->upper[r] = (double)INFINITY;
    }
    for (int32_t i = 0; i < m->n_fluxes; i++) {
        const bk_flux *const f = &m->fluxes[i];
        narrow(b, m->symbols[f->reaction].item,
               f->lower >= 0 ? b->work->slots[f->lower] : f->low,
               f->upper >= 0 ? b->work->slots[f->upper] : f->high);
    }
    for (int32_t r = 0; r < m->n_reactions; r++) {
        const bk_overlay_symbol *const record =
            bk_overlay_of(b->overlay, m->reactions[r].symbol);
        for (int layer = 0; record != NULL && layer < 2; layer++) {
            edit_bounds(b, r, &record->layer[layer]);
        }
    }
}

static double sum_of(const balance *b, const bk_objective *objective)
{
    double sum = 0;
    for (int32_t i = 0; i < objective->terms; i++) {
        const bk_flux_term *const term =
            &b->model->flux_terms[objective->first_term + i];
        sum += term->coefficient * b->flux[b->model->symbols[term->reaction].item];
    }
    return sum;
}

static void fill_cost(balance *b)
{
    for (int32_t i = 0; i < b->objective->terms; i++) {
        const bk_flux_term *const term =
            &b->model->flux_terms[b->objective->first_term + i];
        b->cost[b->model->symbols[term->reaction].item] += term->coefficient;
    }
}

/* --- a run --- */

static bool make_room(balance *b)
{
    const size_t n = (size_t)b->model->n_reactions + 1;
    b->row_of = bk_alloc(((size_t)b->model->n_symbols + 1) * sizeof *b->row_of);
    b->entries = bk_alloc(((size_t)b->model->n_participants + 1) * sizeof *b->entries);
    b->lower = bk_alloc_zero(4 * n, sizeof *b->lower);
    if (b->row_of == NULL || b->entries == NULL || b->lower == NULL) {
        return false;
    }
    b->upper = b->lower + n;
    b->cost = b->upper + n;
    b->flux = b->cost + n;
    return true;
}

/* The first number that is none, told with its reaction. */
static void tell_numbers(const balance *b, bk_diag *diag)
{
    const bk_model *const m = b->model;
    for (int32_t r = 0; r < m->n_reactions; r++) {
        bool fine = !isnan(b->lower[r]) && !isnan(b->upper[r]) && isfinite(b->cost[r]);
        for (size_t i = 0; i < b->n_entries; i++) {
            fine = fine && (b->entries[i].column != r || isfinite(b->entries[i].value));
        }
        if (!fine) {
            bk_diag_add(diag, BK_ERROR, m->reactions[r].where, "fba",
                        "a bound, a stoichiometry or the weight of \"%s\" has no "
                        "value; give it one",
                        m->symbols[m->reactions[r].symbol].id);
            return;
        }
    }
}

static bk_status optimise(balance *b, bk_diag *diag, bk_lp_answer *answer)
{
    number_rows(b);
    fill_entries(b);
    fill_bounds(b);
    fill_cost(b);
    b->lp.columns = b->model->n_reactions;
    b->lp.entries = b->entries;
    b->lp.n_entries = b->n_entries;
    b->lp.lower = b->lower;
    b->lp.upper = b->upper;
    b->lp.cost = b->cost;
    b->lp.maximize = b->objective->maximize;
    double value;
    const bk_status status = bk_lp_solve(&b->lp, b->flux, &value, answer);
    if (status == BK_NUMERICAL) {
        tell_numbers(b, diag);
        return BK_BAD_INPUT;
    }
    return status;
}

static const bk_objective *active_objective(const bk_model *model)
{
    for (int32_t i = 0; i < model->n_objectives; i++) {
        if (model->objectives[i].active) {
            return &model->objectives[i];
        }
    }
    return NULL;
}

/* All values of the outcome: those of the start, then fluxes and objectives. */
static void fill_state(const balance *b, bk_lp_answer answer, double *state)
{
    const bk_model *const m = b->model;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        state[i] = b->work->slots[i];
    }
    for (int32_t r = 0; r < m->n_reactions; r++) {
        state[m->reactions[r].symbol] =
            answer == BK_LP_OPTIMAL ? b->flux[r] : (double)NAN;
    }
    for (int32_t i = 0; i < m->n_objectives; i++) {
        state[m->objectives[i].symbol] =
            answer == BK_LP_OPTIMAL ? sum_of(b, &m->objectives[i]) : (double)NAN;
    }
    if (answer == BK_LP_UNBOUNDED) {
        state[b->objective->symbol] =
            b->objective->maximize ? (double)INFINITY : -(double)INFINITY;
    }
}

static bk_status new_outcome(const balance *b, const bk_settings *settings,
                             bk_outcome **outcome)
{
    const bk_model *const m = b->model;
    if (settings->columns != NULL) {
        return bk_outcome_new(1, settings->columns, settings->n_columns, m->n_symbols,
                              false, outcome);
    }
    bk_column *const columns = bk_alloc(((size_t)m->n_reactions + 1) * sizeof *columns);
    if (columns == NULL) {
        return BK_NO_MEMORY;
    }
    columns[0] = (bk_column){b->objective->symbol, BK_AS_DEFAULT};
    for (int32_t r = 0; r < m->n_reactions; r++) {
        columns[r + 1] = (bk_column){m->reactions[r].symbol, BK_AS_DEFAULT};
    }
    const bk_status status =
        bk_outcome_new(1, columns, m->n_reactions + 1, m->n_symbols, false, outcome);
    bk_free(columns);
    return status;
}

static bk_status write_outcome(const balance *b, bk_lp_answer answer,
                               const bk_settings *settings, bk_outcome **outcome)
{
    const bk_status status = new_outcome(b, settings, outcome);
    if (status != BK_OK) {
        return status;
    }
    double *const state = bk_outcome_state_mutable(*outcome);
    double *const row = bk_outcome_row(*outcome, 0);
    fill_state(b, answer, state);
    bk_outcome_set_time(*outcome, 0, settings->t_start);
    for (int c = 0; c < bk_outcome_columns(*outcome); c++) {
        row[c] = state[bk_outcome_column(*outcome, c).symbol];
    }
    const char *const size = b->objective->maximize ? "large" : "small";
    switch (answer) {
    case BK_LP_OPTIMAL:
        bk_outcome_end(*outcome, BK_STOP_END, "the objective is as %s as it can be",
                       size);
        break;
    case BK_LP_INFEASIBLE:
        bk_outcome_end(*outcome, BK_STOP_NOT_STEADY,
                       "no fluxes keep the balance within the bounds");
        break;
    case BK_LP_UNBOUNDED:
        bk_outcome_end(*outcome, BK_STOP_NOT_STEADY,
                       "the objective can be as %s as one likes; a bound is missing",
                       size);
        break;
    case BK_LP_FAILED:
        bk_outcome_end(
            *outcome, BK_STOP_FAILED,
            "the linear program was not solved; its stoichiometries or bounds "
            "may be too far apart in size");
        break;
    }
    return BK_OK;
}

static bk_status check(const bk_system *system, const bk_overlay *overlay,
                       const bk_settings *settings, const bk_workspace *workspace,
                       bk_diag *diag)
{
    if (workspace->system != system || system->engine != &bk_engine_fba) {
        return BK_MISUSE;
    }
    for (int c = 0; settings->columns != NULL && c < settings->n_columns; c++) {
        if (settings->columns[c].aspect != BK_AS_DEFAULT) {
            bk_diag_add(diag, BK_ERROR, (bk_where){0}, "fba",
                        "flux balance knows fluxes and values, not amounts, "
                        "concentrations, drives, activities or rates; name %s alone",
                        system->model->symbols[settings->columns[c].symbol].id);
            return BK_UNSUPPORTED;
        }
    }
    if (overlay != NULL && overlay->n_cuts > 0) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "fba",
                    "cut means nothing in flux balance, where no reaction sees "
                    "another; fix or scale the reaction instead");
        return BK_UNSUPPORTED;
    }
    return BK_OK;
}

static bk_status run(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome)
{
    bk_status status = check(system, overlay, settings, workspace, diag);
    if (status != BK_OK) {
        return status;
    }
    balance b = {.work = (bk_kin_work *)workspace,
                 .model = system->model,
                 .overlay = overlay,
                 .objective = active_objective(system->model)};
    double *const y = bk_alloc_zero((size_t)b.work->system->n + 1, sizeof *y);
    bk_lp_answer answer = BK_LP_FAILED;
    bk_outcome *made = NULL;
    status = y != NULL && make_room(&b) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_kin_start(b.work, overlay, settings, diag, y);
    }
    if (status == BK_OK) {
        status = optimise(&b, diag, &answer);
    }
    if (status == BK_OK) {
        status = write_outcome(&b, answer, settings, &made);
    }
    bk_free(y);
    bk_free(b.row_of);
    bk_free(b.entries);
    bk_free(b.lower);
    if (status == BK_OK) {
        *outcome = made;
    }
    return status;
}

static bk_status compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    if (active_objective(model) == NULL) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = model->source}, "fba",
                    "flux balance needs an objective over the fluxes (SBML package "
                    "fbc), and this model has none");
        return BK_UNSUPPORTED;
    }
    bk_system *made = NULL;
    const bk_status status = bk_kin_compile(model, diag, &made);
    if (status == BK_OK) {
        made->engine = &bk_engine_fba;
        *system = made;
    }
    return status;
}

const bk_engine bk_engine_fba = {.name = "fba",
                                 .summary = "flux balance analysis: the fluxes that "
                                            "make an objective largest or smallest",
                                 .compile = compile,
                                 .workspace = bk_kin_workspace,
                                 .run = run,
                                 .settle = run};
