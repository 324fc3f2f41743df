/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"
#include "kinetic/history.h"
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <blockade/kinetic.h>

#include <math.h>
#include <string.h>

static void free_work(bk_workspace *base)
{
    bk_kin_work *const w = (bk_kin_work *)base;
    bk_program_free(w->program_copy);
    bk_program_free(w->initial_copy);
    bk_program_free(w->happening_copy);
    bk_rodas_free(w->rodas);
    bk_kin_lanes_free(w->lanes);
    bk_kin_block_free(w->block);
    bk_kin_history_free(w->history);
    bk_row_sums_free(w->sums);
    void *const arrays[] = {w->slots,       w->initial_slots,  w->units,   w->rows,
                            w->weights,     w->values,         w->gap,     w->status,
                            w->free_status, w->initial_status, w->touched, w->halts,
                            w->adjusts,     w->cuts,           w->held,    w->y,
                            w->dy,          w->side,           w->mass,    w->guesses,
                            w->fast_matrix};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(w);
}

static bool allocate(bk_kin_work *w)
{
    const bk_kin_system *const s = w->system;
    const size_t n = (size_t)s->n + 1;
    const size_t relations = (size_t)s->n_relations + 1;
    const int32_t initial = bk_program_slots(s->initial);
    w->slots = bk_alloc_zero((size_t)bk_program_slots(s->program) + 1, sizeof(double));
    w->initial_slots = bk_alloc_zero((size_t)initial + 1, sizeof(double));
    w->units = bk_alloc_zero(n, sizeof(double));
    w->rows = bk_alloc_zero((size_t)s->n_entries + 1, sizeof(double));
    w->weights = bk_alloc_zero((size_t)(s->n_terms + s->n_varying_terms) + n + 2,
                               sizeof(double));
    w->values = bk_alloc_zero((size_t)s->n_values + n, sizeof(double));
    w->gap = bk_alloc_zero(relations, sizeof(double));
    w->status = bk_alloc_zero(relations, 1);
    w->free_status = bk_alloc_zero(relations, 1);
    w->side = bk_alloc_zero(relations, 1);
    w->initial_status = bk_alloc_zero((size_t)bk_program_relations(s->initial) + 1, 1);
    w->y = bk_alloc_zero(n, sizeof(double));
    w->dy = bk_alloc_zero(n, sizeof(double));
    w->mass = bk_alloc_zero(n, sizeof(double));
    w->fast_matrix = bk_alloc_zero(
        s->fast == NULL ? 1 : (size_t)s->fast->rows * (size_t)s->fast->columns,
        sizeof(double));
    w->guesses = bk_alloc_zero((size_t)s->n_implicit + 1, sizeof(double));
    return w->slots != NULL && w->initial_slots != NULL && w->units != NULL &&
           w->rows != NULL && w->weights != NULL && w->values != NULL &&
           w->gap != NULL && w->status != NULL && w->free_status != NULL &&
           w->side != NULL && w->initial_status != NULL && w->y != NULL &&
           w->dy != NULL && w->mass != NULL && w->guesses != NULL &&
           w->fast_matrix != NULL &&
           bk_row_sums_new(s->n, s->term_starts, s->term_rates, &w->sums) == BK_OK &&
           (s->n_implicit == 0 || bk_kin_block_new(s, &w->block)) &&
           (s->n_delays == 0 || bk_kin_history_new(w, &w->history));
}

bk_status bk_kin_workspace(const bk_system *system, bk_workspace **workspace)
{
    bk_kin_work *const w = bk_alloc_zero(1, sizeof *w);
    if (w == NULL) {
        return BK_NO_MEMORY;
    }
    w->head = (bk_workspace){system, free_work};
    w->system = (const bk_kin_system *)system;
    if (!allocate(w)) {
        free_work(&w->head);
        return BK_NO_MEMORY;
    }
    bk_program_prepare(w->system->program, w->slots);
    bk_program_prepare(w->system->initial, w->initial_slots);
    *workspace = &w->head;
    return BK_OK;
}

/* Laws first .. last - 1, stopping where a value is edited. */
static void run_laws(bk_kin_work *w, int32_t first, int32_t last, double t,
                     bk_truth truth, unsigned char *status)
{
    for (size_t h = 0; h < w->n_halts && w->halts[h].law < last; h++) {
        const bk_kin_halt *const halt = &w->halts[h];
        if (halt->law < first) {
            continue;
        }
        bk_program_run(w->program, first, halt->law + 1, w->slots, t, truth, status,
                       w->gap);
        first = halt->law + 1;
        if (halt->touched < -1) {
            bk_kin_delayed(w, -2 - halt->touched, t);
        } else if (halt->touched < 0) {
            w->slots[halt->slot] = 0.0;
        } else {
            bk_kin_edit(w, &w->touched[halt->touched]);
        }
    }
    bk_program_run(w->program, first, last, w->slots, t, truth, status, w->gap);
}

void bk_kin_place_variables(bk_kin_work *w, const double *y)
{
    const bk_kin_system *const s = w->system;
    for (int32_t v = 0; v < s->n; v++) {
        w->slots[s->variable_slot[v]] = y[v] * w->units[v];
    }
}

void bk_kin_values(bk_kin_work *w, double t, const double *y, bk_truth truth,
                   unsigned char *status)
{
    const bk_kin_system *const s = w->system;
    bk_kin_place_variables(w, y);
    for (size_t i = 0; i < w->n_touched; i++) {
        const int32_t symbol = w->touched[i].symbol;
        if (w->touched[i].treatment && s->node_of[symbol] <= -2) {
            bk_kin_edit(w, &w->touched[i]);
        }
    }
    run_laws(w, s->constant_laws, s->value_laws, t, truth, status);
    w->evaluations++;
}

static double plain_weight(const bk_kin_work *w, const bk_kin_term *term)
{
    const int32_t v = term->variable;
    if (w->system->equilibrium[v] && w->mass[v] == 0.0) {
        return 0.0;
    }
    const double own =
        term->link < 0 ? term->number : -term->number * w->slots[term->link];
    return term->conversion < 0 ? own : own * w->slots[term->conversion];
}

static void refresh_weights(bk_kin_work *w)
{
    const bk_kin_system *const s = w->system;
    for (int32_t k = 0; k < s->n_varying_terms; k++) {
        const int32_t t = s->varying_terms[k];
        const double weight = plain_weight(w, &s->terms[t]);
        w->weights[t] = weight * w->slots[s->terms[t].slot];
        if (w->sums != NULL) {
            bk_row_sums_weigh_one(w->sums, t, w->weights[t]);
        }
        w->weights[s->n_terms + 1 + k] = weight * w->slots[s->terms[t].rate];
    }
}

bool bk_kin_derivative(bk_kin_work *w, double *dy)
{
    const bk_kin_system *const s = w->system;
    const double *const slots = w->slots;
    refresh_weights(w);
    if (w->sums != NULL) {
        bk_row_sums_run(w->sums, slots, dy);
    }
    for (int32_t v = 0; v < s->n && w->sums == NULL; v++) {
        double sum = 0.0;
        for (int32_t t = s->term_starts[v]; t < s->term_starts[v + 1]; t++) {
            sum += w->weights[t] * slots[s->term_rates[t]];
        }
        dy[v] = sum;
    }
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t node = s->derivative_node[v];
        if (node >= 0 && !(s->equilibrium[v] && w->mass[v] > 0.0)) {
            dy[v] = slots[s->nodes[node].slot];
        }
    }
    for (size_t i = 0; i < w->n_held; i++) {
        dy[w->held[i]] = 0.0;
    }
    double part[4] = {0.0}; /* NaN when any is not finite */
    for (int32_t v = 0; v < s->n; v++) {
        part[v % 4] += dy[v] * 0.0;
    }
    return part[0] + part[1] + part[2] + part[3] == 0.0;
}

/* Relations that only partial derivatives have (of min, max, abs) take their truth from
 * the numbers; the others keep the status of the values. */
static void free_partials(bk_kin_work *w, double t)
{
    const bk_kin_system *const s = w->system;
    if (s->n_twice == 0 || w->truth == BK_FREE) {
        return;
    }
    memcpy(w->free_status, w->status, (size_t)s->n_relations);
    for (int32_t k = 0; k < s->n_twice; k++) {
        bk_program_run(w->program, s->twice[k], s->twice[k] + 1, w->slots, t, BK_FREE,
                       w->free_status, NULL);
    }
    for (int32_t r = 0; r < s->n_relations; r++) {
        w->status[r] = s->alone[r] ? w->free_status[r] : w->status[r];
    }
}

static void adjust_partials(bk_kin_work *w)
{
    for (size_t i = 0; i < w->n_adjusts; i++) {
        const bk_kin_adjust *const a = &w->adjusts[i];
        double *const partial = &w->slots[a->slot];
        double value = a->constant ? a->base : *partial;
        value *= a->node >= 0 ? w->touched[a->node].drive_factor : 1.0;
        value *= a->source >= 0 ? w->touched[a->source].seen_factor : 1.0;
        const bool off = a->zero ||
                         (a->node >= 0 && w->touched[a->node].drive_factor == 0.0) ||
                         (a->source >= 0 && w->touched[a->source].seen_factor == 0.0);
        *partial = off ? 0.0 : value;
    }
}

bool bk_kin_jacobian_here(bk_kin_work *w)
{
    const bk_kin_system *const s = w->system;
    const double t = w->slots[bk_kin_time_slot(s)];
    refresh_weights(w);
    free_partials(w, t);
    bk_program_run(w->program, s->constant_partials, s->laws, w->slots, t, w->truth,
                   w->status, NULL);
    adjust_partials(w);
    double *const rows = w->rows;
    memset(rows + s->n + 1, 0, (size_t)(s->n_entries - s->n - 1) * sizeof *rows);
    for (int32_t k = 0; k < s->n_row_ops; k++) {
        const bk_kin_op *const op = &s->row_ops[k];
        rows[op->to] += w->slots[op->by] * rows[op->from];
    }
    double *const values = w->values;
    memset(values, 0, (size_t)(s->n_values + s->n) * sizeof *values);
    for (int32_t k = 0; k < s->n_value_ops; k++) {
        const bk_kin_op *const op = &s->value_ops[k];
        values[op->to] += w->weights[op->by] * rows[op->from];
    }
    for (size_t i = 0; i < w->n_held; i++) {
        const int32_t v = w->held[i];
        for (int32_t k = s->across_starts[v]; k < s->across_starts[v + 1]; k++) {
            values[s->across[k]] = 0.0;
        }
        values[s->n_values + v] = 0.0;
    }
    double all = 0.0;
    for (int32_t k = 0; k < s->n_values + s->n; k++) {
        all += values[k] * 0.0;
    }
    return all == 0.0;
}

double bk_kin_rhs_work(const bk_kin_system *system)
{
    const bk_kin_system *const s = system;
    return bk_program_work(s->program, s->constant_laws, s->value_laws) + s->n_terms +
           3.0 * s->n;
}

double bk_kin_jacobian_work(const bk_kin_system *system)
{
    const bk_kin_system *const s = system;
    return bk_program_work(s->program, s->constant_partials, s->laws) + s->n_row_ops +
           s->n_value_ops + 2.0 * s->n_values;
}

/* --- start -------------------------------------------------------------------------------- */

void bk_kin_weigh(bk_kin_work *w)
{
    const bk_kin_system *const s = w->system;
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const term = &s->terms[k];
        w->weights[k] =
            plain_weight(w, term) *
            (term->slot >= 0 && !term->varying ? w->slots[term->slot] : 1.0);
    }
    if (w->sums != NULL) {
        bk_row_sums_weigh(w->sums, w->weights);
    }
    w->weights[s->n_terms] = 1.0;
    for (int32_t v = 0; v < s->n; v++) {
        w->weights[s->n_terms + 1 + s->n_varying_terms + v] =
            w->mass[v] > 0.0 ? 0.0 : 1.0;
    }
}

/* What a run never changes. */
static void settle_constants(bk_kin_work *w, double t)
{
    const bk_kin_system *const s = w->system;
    for (size_t i = 0; i < w->n_cuts; i++) {
        w->slots[s->first_cut + (int32_t)i] = w->cuts[i];
    }
    memcpy(w->slots + s->first_seen, w->initial_slots + s->first_seen,
           (size_t)s->symbols * sizeof *w->slots);
    run_laws(w, 0, s->constant_laws, t, BK_FREE, w->status);
    bk_kin_link_numbers(w);
    bk_kin_weigh(w);
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t symbol = s->variable[v];
        const bool scaled = s->variable_amount[v] && s->variable_slot[v] == symbol;
        const int32_t compartment = s->head.model->symbols[symbol].compartment;
        w->units[v] = scaled ? 1.0 / w->slots[compartment] : 1.0;
        w->rows[v] = w->units[v];
    }
    w->rows[s->n] = 1.0;
}

static bool carried(const bk_kin_work *w, const bk_settings *settings, int32_t symbol)
{
    const bk_kin_touched *const t = bk_kin_touched_of(w, symbol);
    return !isnan(settings->state[symbol]) &&
           (t == NULL ||
            (isnan(t->record->start) && isnan(t->record->layer[BK_BACKGROUND].fix)));
}

/* Own values first, since they may be the sizes that amounts are made with. */
static void carry_state(bk_kin_work *w, const bk_settings *settings, double *y)
{
    const bk_kin_system *const s = w->system;
    bool amounts = false;
    for (int32_t v = 0; v < s->n; v++) {
        if (!s->variable_amount[v] && carried(w, settings, s->variable[v])) {
            y[v] = settings->state[s->variable[v]];
        }
        amounts = amounts || s->variable_amount[v];
    }
    if (amounts) {
        bk_kin_fold_moieties(w, 1.0, y);
        bk_kin_values(w, settings->t_start, y, BK_FREE, w->status);
        bk_kin_fold_moieties(w, -1.0, y);
    }
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t symbol = s->variable[v];
        if (s->variable_amount[v] && carried(w, settings, symbol)) {
            const int32_t compartment = s->head.model->symbols[symbol].compartment;
            y[v] = settings->state[symbol] * w->slots[compartment];
        }
    }
}

void bk_kin_constant_partials(bk_kin_work *w, double t)
{
    const bk_kin_system *const s = w->system;
    bk_program_run(w->program, s->value_laws, s->constant_partials, w->slots, t,
                   BK_FREE, w->free_status, NULL);
    for (size_t i = 0; i < w->n_adjusts; i++) {
        w->adjusts[i].base = w->slots[w->adjusts[i].slot];
    }
}

void bk_kin_evaluate_start(bk_kin_work *w, const bk_settings *settings, double *y)
{
    const bk_kin_system *const s = w->system;
    bk_kin_initial_values(w, settings->t_start);
    settle_constants(w, settings->t_start);
    for (int32_t v = 0; v < s->n; v++) {
        y[v] = bk_kin_state_of(w, v);
    }
    if (settings->state != NULL) {
        carry_state(w, settings, y);
    }
    bk_kin_fold_moieties(w, 1.0, y);
    bk_kin_constant_partials(w, settings->t_start);
}

static bk_status refuse_start(const bk_kin_work *w, int32_t variable, bk_diag *diag)
{
    const bk_model *const m = w->system->head.model;
    const int32_t symbol = w->system->variable[variable];
    const char *const id = m->symbols[symbol].id;
    for (int32_t r = 0; r < m->n_rules; r++) {
        if (m->rules[r].solves == symbol) {
            bk_diag_add(diag, BK_ERROR, m->rules[r].where, "kinetic",
                        "no value of \"%s\" was found that fulfils this algebraic rule "
                        "at the start; give \"%s\" an initial value near the one that "
                        "is meant",
                        id, id);
            return BK_NUMERICAL;
        }
    }
    bk_diag_add(diag, BK_ERROR, m->symbols[symbol].where, "kinetic",
                "the fast reactions of \"%s\" come to no equilibrium that they alone "
                "determine",
                id);
    return BK_NUMERICAL;
}

bk_status bk_kin_start(bk_kin_work *w, const bk_overlay *overlay,
                       const bk_settings *settings, bk_diag *diag, double *y)
{
    const bk_kin_system *const s = w->system;
    const bk_status status = bk_kin_bind(w, overlay, settings, diag);
    if (status != BK_OK) {
        return status;
    }
    const double t = settings->t_start;
    w->truth = BK_FREE;
    w->evaluations = 0;
    for (int32_t v = 0; v < s->n; v++) {
        w->mass[v] = s->implicit[v] && !bk_kin_is_held(w, v) ? 0.0 : 1.0;
    }
    for (int32_t i = 0; i < s->n_implicit; i++) {
        w->guesses[i] = 1.0;
    }
    if (w->history != NULL) {
        bk_kin_history_start(w, settings);
        w->history->carried = settings->state != NULL;
    }
    bk_kin_evaluate_start(w, settings, y);
    int32_t culprit = 0;
    const bk_status found =
        s->n_implicit == 0 ? BK_OK : bk_kin_consistent_start(w, settings, y, &culprit);
    bk_kin_values(w, t, y, BK_FREE, w->status);
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        if (s->implicit[v]) {
            w->guesses[i++] = w->slots[s->variable[v]];
        }
    }
    if (w->history != NULL) {
        bk_kin_history_settle_start(w, t, y);
        bk_kin_values(w, t, y, BK_FREE, w->status);
    }
    return found == BK_NUMERICAL ? refuse_start(w, culprit, diag) : found;
}

/* --- the public face ------------------------------------------------------------------------ */

int32_t bk_kinetic_variables(const bk_system *system)
{
    return ((const bk_kin_system *)system)->n;
}

int32_t bk_kinetic_variable(const bk_system *system, int32_t i)
{
    return ((const bk_kin_system *)system)->variable[i];
}

void bk_kinetic_pattern(const bk_system *system, const int32_t **starts,
                        const int32_t **rows)
{
    *starts = ((const bk_kin_system *)system)->starts;
    *rows = ((const bk_kin_system *)system)->rows;
}

bk_status bk_kinetic_start(const bk_system *system, const bk_overlay *overlay,
                           const bk_settings *settings, bk_workspace *workspace,
                           bk_diag *diag, double *y)
{
    if (workspace->system != system || system->engine != &bk_engine_ode) {
        return BK_MISUSE;
    }
    return bk_kin_start((bk_kin_work *)workspace, overlay, settings, diag, y);
}

const double *bk_kinetic_mass(const bk_workspace *workspace)
{
    return ((const bk_kin_work *)workspace)->mass;
}

bool bk_kinetic_rhs(bk_workspace *workspace, double t, const double *y, double *dy)
{
    bk_kin_work *const w = (bk_kin_work *)workspace;
    bk_kin_values(w, t, y, BK_FREE, w->status);
    return bk_kin_derivative(w, dy);
}

bool bk_kinetic_jacobian(bk_workspace *workspace, double t, const double *y,
                         double *values, double *dfdt)
{
    bk_kin_work *const w = (bk_kin_work *)workspace;
    const bk_kin_system *const s = w->system;
    w->truth = BK_FREE;
    bk_kin_values(w, t, y, BK_FREE, w->status);
    const bool finite = bk_kin_jacobian_here(w);
    memcpy(values, w->values, (size_t)s->n_values * sizeof *values);
    if (dfdt != NULL) {
        memcpy(dfdt, w->values + s->n_values, (size_t)s->n * sizeof *dfdt);
    }
    return finite;
}
