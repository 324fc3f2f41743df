/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"
#include "base/c_locale.h"
#include "math/pool.h"

#include <math.h>
#include <string.h>

bk_builder *bk_builder_new(bk_diag *diag)
{
    bk_builder *const builder = bk_alloc_zero(1, sizeof *builder);
    bk_model *const model = bk_alloc_zero(1, sizeof *model);
    if (builder == NULL || model == NULL) {
        bk_free(builder);
        bk_free(model);
        return NULL;
    }
    model->arena = bk_arena_new();
    model->exprs = bk_exprs_new();
    model->ids = bk_names_new();
    model->id = model->name = model->source = model->sha256 = "";
    model->conversion = -1;
    builder->model = model;
    builder->own_diag = diag == NULL;
    builder->diag = diag != NULL ? diag : bk_diag_new();
    builder->function_ids = bk_names_new();
    builder->unit_ids = bk_names_new();
    if (model->arena == NULL || model->exprs == NULL || model->ids == NULL ||
        builder->diag == NULL || builder->function_ids == NULL ||
        builder->unit_ids == NULL) {
        bk_builder_free(builder);
        return NULL;
    }
    builder->errors_before = bk_diag_count(builder->diag, BK_ERROR);
    return builder;
}

void bk_builder_free(bk_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    bk_model_free(builder->model);
    bk_names_free(builder->function_ids);
    bk_names_free(builder->unit_ids);
    if (builder->own_diag) {
        bk_diag_free(builder->diag);
    }
    bk_free(builder);
}

bk_model *bk_builder_model(bk_builder *builder)
{
    return builder->model;
}

bk_exprs *bk_builder_exprs(bk_builder *builder)
{
    return builder->model->exprs;
}

bool bk_builder_wrong(const bk_builder *builder)
{
    return bk_diag_count(builder->diag, BK_ERROR) > builder->errors_before;
}

bk_diag *bk_builder_warnings(const bk_builder *builder)
{
    return builder->quiet ? NULL : builder->diag;
}

const char *bk_where_aside(bk_where where, char buffer[64])
{
    buffer[0] = '\0';
    if (where.line > 0) {
        bk_c_snprintf(buffer, 64, " (line %d)", where.line);
    }
    return buffer;
}

bk_symbol bk_symbol_blank(bk_symbol_kind kind, const char *id)
{
    return (bk_symbol){.id = id,
                       .name = "",
                       .kind = kind,
                       .owner = -1,
                       .item = -1,
                       .compartment = -1,
                       .conversion = -1,
                       .value = (double)NAN,
                       .dimensions = 3,
                       .drive = -1,
                       .max_level = kind == BK_LEVEL ? 1 : 0,
                       .start_level = kind == BK_LEVEL ? -1 : 0,
                       .reference = -1,
                       .group = "",
                       .charge = (double)NAN,
                       .rule = -1,
                       .seen_scale = 1};
}

static bool taken(bk_builder *builder, const char *id, const char *what, bk_where where)
{
    const bk_model *const model = builder->model;
    const int32_t symbol = bk_names_find(model->ids, id);
    const int32_t function = bk_names_find(builder->function_ids, id);
    if (symbol < 0 && function < 0) {
        return false;
    }
    char place[64];
    const bk_symbol_kind kind =
        symbol >= 0 ? model->symbols[symbol].kind : BK_PARAMETER;
    const bk_where other =
        symbol >= 0 ? model->symbols[symbol].where : model->functions[function].where;
    bk_diag_add(builder->diag, BK_ERROR, where,
                kind == BK_LOCAL_PARAMETER ? "sbml-10303" : "sbml-10301",
                "the id \"%s\" of this %s is taken by a %s%s; give one of them another",
                id, what, symbol >= 0 ? bk_symbol_kind_text(kind) : "function",
                bk_where_aside(other, place));
    return true;
}

/* Counts a local parameter in its reaction, when that is known by now. */
static void count_local(bk_model *model, int32_t local)
{
    bk_symbol *const symbol = &model->symbols[local];
    if (symbol->owner < 0 && model->n_reactions > 0) {
        symbol->owner = model->reactions[model->n_reactions - 1].symbol;
    }
    const int32_t item = bk_model_has_symbol(model, symbol->owner)
                             ? model->symbols[symbol->owner].item
                             : -1;
    if (item >= 0 && item < model->n_reactions) {
        bk_reaction *const reaction = &model->reactions[item];
        reaction->first_local = reaction->locals == 0 ? local : reaction->first_local;
        reaction->locals++;
    }
}

static bk_symbol keep_symbol(bk_builder *builder, const bk_symbol *symbol)
{
    bk_symbol kept = *symbol;
    bk_keep_plain(builder, &kept.id);
    bk_keep_plain(builder, &kept.name);
    bk_keep_plain(builder, &kept.group);
    bk_keep_text(builder, &kept.units);
    bk_keep_text(builder, &kept.spatial_units);
    bk_keep_text(builder, &kept.outside);
    bk_keep_text(builder, &kept.species_type);
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    return kept;
}

int32_t bk_builder_symbol(bk_builder *builder, const bk_symbol *symbol)
{
    bk_model *const model = builder->model;
    if (builder->no_memory) {
        return -1;
    }
    const char *const kind = bk_symbol_kind_text(symbol->kind);
    if (symbol->id == NULL || symbol->id[0] == '\0') {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "id-missing",
                    "this %s has no id; give it one", kind);
        return -1;
    }
    if (taken(builder, symbol->id, kind, symbol->where)) {
        return -1;
    }
    const bk_symbol kept = keep_symbol(builder, symbol);
    const int32_t index = bk_keep_item(builder, &model->symbols, &builder->symbols,
                                       &model->n_symbols, &kept, sizeof kept);
    if (index < 0) {
        return -1;
    }
    if (bk_names_add(model->ids, kept.id, index) == -2) {
        model->n_symbols--;
        builder->no_memory = true;
        return -1;
    }
    if (kept.kind == BK_LOCAL_PARAMETER) {
        count_local(model, index);
    }
    return index;
}

int32_t bk_builder_find(const bk_builder *builder, const char *id)
{
    return bk_names_find(builder->model->ids, id);
}

void bk_builder_alias(bk_builder *builder, const char *alias, int32_t symbol)
{
    bk_model *const model = builder->model;
    if (alias == NULL || alias[0] == '\0' || !bk_model_has_symbol(model, symbol)) {
        return;
    }
    const bk_alias kept = {bk_builder_text(builder, alias), symbol};
    bk_keep_item(builder, &model->alias_list, &builder->aliases, &model->n_aliases,
                 &kept, sizeof kept);
}

int32_t bk_builder_rule(bk_builder *builder, const bk_rule *rule)
{
    bk_rule kept = *rule;
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->rules, &builder->rules, &model->n_rules, &kept,
                        sizeof kept);
}

int32_t bk_builder_initial(bk_builder *builder, const bk_initial_assignment *initial)
{
    bk_initial_assignment kept = *initial;
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->initials, &builder->initials,
                        &model->n_initials, &kept, sizeof kept);
}

int32_t bk_builder_reaction(bk_builder *builder, const bk_reaction *reaction)
{
    bk_reaction kept = *reaction;
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    kept.first_participant = model->n_participants;
    kept.participants = 0;
    kept.first_local = model->n_symbols;
    kept.locals = 0;
    const int32_t index = bk_keep_item(builder, &model->reactions, &builder->reactions,
                                       &model->n_reactions, &kept, sizeof kept);
    if (index >= 0 && bk_model_has_symbol(model, kept.symbol)) {
        model->symbols[kept.symbol].item = index;
    }
    return index;
}

int32_t bk_builder_participant(bk_builder *builder, const bk_participant *participant)
{
    bk_participant kept = *participant;
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    const int32_t index =
        bk_keep_item(builder, &model->participants, &builder->participants,
                     &model->n_participants, &kept, sizeof kept);
    if (index >= 0 && model->n_reactions > 0) {
        model->reactions[model->n_reactions - 1].participants++;
    }
    return index;
}

/* The argument names of a function, copied; NULL when memory is short. */
static const char **keep_arguments(bk_builder *builder, const char *const *arguments,
                                   int n)
{
    const size_t count = n > 0 ? (size_t)n : 0;
    const char **const copy =
        bk_arena_zero(builder->model->arena, count + 1, sizeof *copy);
    if (copy == NULL) {
        builder->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = arguments[i];
        bk_keep_plain(builder, &copy[i]);
    }
    return copy;
}

int32_t bk_builder_function(bk_builder *builder, const bk_function *function)
{
    bk_model *const model = builder->model;
    if (builder->no_memory ||
        taken(builder, function->id, "function", function->where)) {
        return -1;
    }
    bk_function kept = *function;
    bk_keep_plain(builder, &kept.id);
    bk_keep_plain(builder, &kept.name);
    kept.arguments =
        keep_arguments(builder, function->arguments, function->body.arguments);
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    const int32_t index = bk_keep_item(builder, &model->functions, &builder->functions,
                                       &model->n_functions, &kept, sizeof kept);
    if (index >= 0 && bk_names_add(builder->function_ids, kept.id, index) == -2) {
        model->n_functions--;
        builder->no_memory = true;
        return -1;
    }
    return index;
}

int32_t bk_builder_event(bk_builder *builder, const bk_event *event)
{
    bk_event kept = *event;
    bk_keep_notes(builder, &kept.notes);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    kept.first_assignment = model->n_event_assignments;
    kept.assignments = 0;
    const int32_t index = bk_keep_item(builder, &model->events, &builder->events,
                                       &model->n_events, &kept, sizeof kept);
    if (index >= 0 && bk_model_has_symbol(model, kept.symbol)) {
        model->symbols[kept.symbol].item = index;
    }
    return index;
}

int32_t bk_builder_event_assignment(bk_builder *builder, const bk_event_assignment *a)
{
    bk_event_assignment kept = *a;
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    const int32_t index =
        bk_keep_item(builder, &model->event_assignments, &builder->event_assignments,
                     &model->n_event_assignments, &kept, sizeof kept);
    if (index >= 0 && model->n_events > 0) {
        model->events[model->n_events - 1].assignments++;
    }
    return index;
}

int32_t bk_builder_constraint(bk_builder *builder, const bk_constraint *constraint)
{
    bk_constraint kept = *constraint;
    bk_keep_text(builder, &kept.message);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->constraints, &builder->constraints,
                        &model->n_constraints, &kept, sizeof kept);
}

int32_t bk_builder_unit_definition(bk_builder *builder, const bk_unit_definition *u)
{
    bk_unit_definition kept = *u;
    bk_keep_plain(builder, &kept.id);
    bk_keep_plain(builder, &kept.name);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    kept.first_unit = model->n_units;
    kept.units = 0;
    const int32_t index =
        bk_keep_item(builder, &model->unit_definitions, &builder->unit_definitions,
                     &model->n_unit_definitions, &kept, sizeof kept);
    if (index < 0) {
        return -1;
    }
    const int32_t before = bk_names_add(builder->unit_ids, kept.id, index);
    if (before >= 0) {
        char place[64];
        bk_diag_add(builder->diag, BK_ERROR, kept.where, "sbml-10302",
                    "the unit definition \"%s\" is there twice%s; remove one", kept.id,
                    bk_where_aside(model->unit_definitions[before].where, place));
    }
    if (before != -1) {
        builder->no_memory = builder->no_memory || before == -2;
        model->n_unit_definitions--;
        return -1;
    }
    return index;
}

int32_t bk_builder_unit(bk_builder *builder, const bk_unit *unit)
{
    bk_unit kept = *unit;
    bk_keep_plain(builder, &kept.kind);
    bk_model *const model = builder->model;
    const int32_t index = bk_keep_item(builder, &model->units, &builder->units,
                                       &model->n_units, &kept, sizeof kept);
    if (index >= 0 && model->n_unit_definitions > 0) {
        model->unit_definitions[model->n_unit_definitions - 1].units++;
    }
    return index;
}

int32_t bk_builder_logic(bk_builder *builder, const bk_logic *logic)
{
    bk_logic kept = *logic;
    bk_keep_text(builder, &kept.transition);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    kept.first_term = model->n_terms;
    kept.terms = 0;
    return bk_keep_item(builder, &model->logics, &builder->logics, &model->n_logics,
                        &kept, sizeof kept);
}

int32_t bk_builder_term(bk_builder *builder, const bk_term *term)
{
    bk_term kept = *term;
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    const int32_t index = bk_keep_item(builder, &model->terms, &builder->terms,
                                       &model->n_terms, &kept, sizeof kept);
    if (index >= 0 && model->n_logics > 0) {
        model->logics[model->n_logics - 1].terms++;
    }
    return index;
}

int32_t bk_builder_influence(bk_builder *builder, const bk_influence *influence)
{
    bk_influence kept = *influence;
    bk_keep_plain(builder, &kept.mechanism);
    bk_keep_plain(builder, &kept.references);
    bk_keep_plain(builder, &kept.confidence);
    bk_keep_plain(builder, &kept.loop);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->influences, &builder->influences,
                        &model->n_influences, &kept, sizeof kept);
}

int32_t bk_builder_requirement(bk_builder *builder, const bk_requirement *requirement)
{
    bk_requirement kept = *requirement;
    bk_keep_plain(builder, &kept.what);
    bk_keep_plain(builder, &kept.detail);
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->requirements, &builder->requirements,
                        &model->n_requirements, &kept, sizeof kept);
}

int32_t bk_builder_flux(bk_builder *builder, const bk_flux *flux)
{
    bk_flux kept = *flux;
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    return bk_keep_item(builder, &model->fluxes, &builder->fluxes, &model->n_fluxes,
                        &kept, sizeof kept);
}

int32_t bk_builder_objective(bk_builder *builder, const bk_objective *objective)
{
    bk_objective kept = *objective;
    bk_keep_where(builder, &kept.where);
    bk_model *const model = builder->model;
    kept.first_term = model->n_flux_terms;
    kept.terms = 0;
    return bk_keep_item(builder, &model->objectives, &builder->objectives,
                        &model->n_objectives, &kept, sizeof kept);
}

int32_t bk_builder_flux_term(bk_builder *builder, const bk_flux_term *term)
{
    bk_model *const model = builder->model;
    const int32_t index =
        bk_keep_item(builder, &model->flux_terms, &builder->flux_terms,
                     &model->n_flux_terms, term, sizeof *term);
    if (index >= 0 && model->n_objectives > 0) {
        model->objectives[model->n_objectives - 1].terms++;
    }
    return index;
}

/* The numbers of a start group, copied; NULL when memory is short. */
static void *keep_numbers(bk_builder *builder, const void *from, size_t count,
                          size_t size)
{
    void *const to = bk_arena_alloc(builder->model->arena, count * size + 1);
    if (to == NULL) {
        builder->no_memory = true;
        return NULL;
    }
    memcpy(to, from, count * size);
    return to;
}

void bk_builder_start(bk_builder *builder, const bk_start_group *group)
{
    bk_model *const model = builder->model;
    const size_t n = (size_t)group->n;
    const size_t states = (size_t)group->states;
    const bk_start_group kept = {
        .n = group->n,
        .states = group->states,
        .levels = keep_numbers(builder, group->levels, n, sizeof *group->levels),
        .weights =
            keep_numbers(builder, group->weights, states, sizeof *group->weights),
        .values = keep_numbers(builder, group->values, n * states, 1)};
    bk_keep_item(builder, &model->starts, &builder->starts, &model->n_starts, &kept,
                 sizeof kept);
}
