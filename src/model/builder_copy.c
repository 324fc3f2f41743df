/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

/* A builder from a model: everything is added again, and what an add would count anew
 * (the ranges of reactions, events, logics, units) is then set as it was. */

static void copy_head(bk_builder *builder, const bk_model *from)
{
    bk_model *const to = builder->model;
    const char **const texts[] = {
        &to->id,           &to->name,           &to->source,      &to->sha256,
        &to->notes.metaid, &to->notes.sbo,      &to->notes.notes, &to->notes.annotation,
        &to->time_units,   &to->volume_units,   &to->area_units,  &to->length_units,
        &to->extent_units, &to->substance_units};
    const char *const sources[] = {from->id,           from->name,
                                   from->source,       from->sha256,
                                   from->notes.metaid, from->notes.sbo,
                                   from->notes.notes,  from->notes.annotation,
                                   from->time_units,   from->volume_units,
                                   from->area_units,   from->length_units,
                                   from->extent_units, from->substance_units};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *const copy = bk_builder_text(builder, sources[i]);
        *texts[i] = copy;
    }
    to->level = from->level;
    to->version = from->version;
    to->conversion = from->conversion;
}

static void copy_symbols(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_symbols; i++) {
        bk_builder_symbol(builder, &from->symbols[i]);
    }
    for (int32_t i = 0; i < from->n_aliases; i++) {
        bk_builder_alias(builder, from->alias_list[i].text, from->alias_list[i].symbol);
    }
}

static void copy_units(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_units; i++) {
        bk_builder_unit(builder, &from->units[i]);
    }
    for (int32_t i = 0; i < from->n_unit_definitions; i++) {
        const int32_t k =
            bk_builder_unit_definition(builder, &from->unit_definitions[i]);
        if (k >= 0) {
            bk_unit_definition *const to = &builder->model->unit_definitions[k];
            to->first_unit = from->unit_definitions[i].first_unit;
            to->units = from->unit_definitions[i].units;
        }
    }
}

static void copy_reactions(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_participants; i++) {
        bk_builder_participant(builder, &from->participants[i]);
    }
    for (int32_t i = 0; i < from->n_reactions; i++) {
        const int32_t k = bk_builder_reaction(builder, &from->reactions[i]);
        if (k >= 0) {
            bk_reaction *const to = &builder->model->reactions[k];
            to->first_participant = from->reactions[i].first_participant;
            to->participants = from->reactions[i].participants;
            to->first_local = from->reactions[i].first_local;
            to->locals = from->reactions[i].locals;
        }
    }
}

static void copy_rules(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_functions; i++) {
        bk_builder_function(builder, &from->functions[i]);
    }
    for (int32_t i = 0; i < from->n_rules; i++) {
        bk_builder_rule(builder, &from->rules[i]);
    }
    for (int32_t i = 0; i < from->n_initials; i++) {
        bk_builder_initial(builder, &from->initials[i]);
    }
    for (int32_t i = 0; i < from->n_constraints; i++) {
        bk_builder_constraint(builder, &from->constraints[i]);
    }
}

static void copy_events(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_event_assignments; i++) {
        bk_builder_event_assignment(builder, &from->event_assignments[i]);
    }
    for (int32_t i = 0; i < from->n_events; i++) {
        const int32_t k = bk_builder_event(builder, &from->events[i]);
        if (k >= 0) {
            bk_event *const to = &builder->model->events[k];
            to->first_assignment = from->events[i].first_assignment;
            to->assignments = from->events[i].assignments;
        }
    }
}

static void copy_logics(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_terms; i++) {
        bk_builder_term(builder, &from->terms[i]);
    }
    for (int32_t i = 0; i < from->n_logics; i++) {
        const int32_t k = bk_builder_logic(builder, &from->logics[i]);
        if (k >= 0) {
            bk_logic *const to = &builder->model->logics[k];
            to->first_term = from->logics[i].first_term;
            to->terms = from->logics[i].terms;
        }
    }
    for (int32_t i = 0; i < from->n_influences; i++) {
        bk_builder_influence(builder, &from->influences[i]);
    }
    for (int32_t i = 0; i < from->n_starts; i++) {
        bk_builder_start(builder, &from->starts[i]);
    }
    builder->model->wishes = from->wishes;
}

static void copy_fluxes(bk_builder *builder, const bk_model *from)
{
    for (int32_t i = 0; i < from->n_fluxes; i++) {
        bk_builder_flux(builder, &from->fluxes[i]);
    }
    for (int32_t i = 0; i < from->n_objectives; i++) {
        const bk_objective *const objective = &from->objectives[i];
        bk_builder_objective(builder, objective);
        for (int32_t k = 0; k < objective->terms; k++) {
            bk_builder_flux_term(builder, &from->flux_terms[objective->first_term + k]);
        }
    }
}

bk_builder *bk_builder_from(const bk_model *model, bk_diag *diag)
{
    bk_builder *const builder = bk_builder_new(diag);
    if (builder == NULL) {
        return NULL;
    }
    bk_exprs *const exprs = bk_exprs_clone(model->exprs);
    if (exprs == NULL) {
        bk_builder_free(builder);
        return NULL;
    }
    builder->quiet = true;
    bk_exprs_free(builder->model->exprs);
    builder->model->exprs = exprs;
    copy_head(builder, model);
    copy_symbols(builder, model);
    copy_units(builder, model);
    copy_reactions(builder, model);
    copy_rules(builder, model);
    copy_events(builder, model);
    copy_logics(builder, model);
    copy_fluxes(builder, model);
    for (int32_t i = 0; i < model->n_requirements; i++) {
        bk_builder_requirement(builder, &model->requirements[i]);
    }
    if (builder->no_memory) {
        bk_builder_free(builder);
        return NULL;
    }
    return builder;
}
