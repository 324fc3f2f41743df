/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sbml/core_write.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* --- stoichiometryMath of Level 2 --- */

static bool is_taken(const bk_model *model, const char *id)
{
    if (bk_names_find(model->ids, id) >= 0) {
        return true;
    }
    for (int32_t i = 0; i < model->n_functions; i++) {
        if (strcmp(model->functions[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

bool bk_write_name_references(bk_core_writer *w)
{
    const bk_model *const model = w->model;
    int number = 0;
    w->made = bk_alloc_zero((size_t)model->n_participants + 1, sizeof *w->made);
    if (w->made == NULL) {
        return false;
    }
    for (int32_t i = 0; i < model->n_participants; i++) {
        if (model->participants[i].math < 0 || model->participants[i].symbol >= 0) {
            continue;
        }
        do {
            bk_c_snprintf(w->made[i], sizeof w->made[i], "stoichiometry_%d", ++number);
        } while (is_taken(model, w->made[i]));
    }
    return true;
}

void bk_write_stoichiometry_rules(bk_core_writer *w, bool *open)
{
    for (int32_t i = 0; i < w->model->n_participants; i++) {
        if (w->made[i][0] == '\0') {
            continue;
        }
        bk_write_open_list(w, open, "listOfRules");
        bk_xml_open(w->xml, "assignmentRule");
        bk_xml_put(w->xml, "variable", w->made[i]);
        bk_write_math(w, w->model->participants[i].math);
        bk_xml_close(w->xml, "assignmentRule");
    }
}

/* --- participants --- */

static void write_modifier(bk_core_writer *w, const bk_participant *p)
{
    bk_xml_open(w->xml, "modifierSpeciesReference");
    bk_write_sbase(w->xml, &p->notes);
    bk_xml_put(w->xml, "species", w->model->symbols[p->species].id);
    bk_write_notes(w->xml, &p->notes, NULL);
    bk_xml_close(w->xml, "modifierSpeciesReference");
}

static void write_reference(bk_core_writer *w, int32_t index)
{
    const bk_model *const model = w->model;
    const bk_participant *const p = &model->participants[index];
    const bk_symbol *const symbol = p->symbol >= 0 ? &model->symbols[p->symbol] : NULL;
    const double value = symbol != NULL ? symbol->value : p->stoichiometry;
    const bool made = w->made[index][0] != '\0';
    bk_xml_open(w->xml, "speciesReference");
    bk_write_sbase(w->xml, &p->notes);
    bk_xml_put_some(w->xml, "id", symbol != NULL ? symbol->id : w->made[index]);
    bk_xml_put_some(w->xml, "name", symbol != NULL ? symbol->name : NULL);
    bk_xml_put(w->xml, "species", model->symbols[p->species].id);
    if (!isnan(value) && !made) {
        bk_xml_put_double(w->xml, "stoichiometry", value);
    }
    bk_xml_put_bool(w->xml, "constant",
                    symbol != NULL ? symbol->constant : p->constant && !made);
    if (symbol != NULL) {
        bk_write_symbol_end(w, p->symbol, &p->notes, NULL);
    } else {
        bk_write_notes(w->xml, &p->notes, NULL);
    }
    bk_xml_close(w->xml, "speciesReference");
}

static void write_participants(bk_core_writer *w, const bk_reaction *reaction,
                               bk_role role, const char *list)
{
    bool open = false;
    for (int32_t k = 0; k < reaction->participants; k++) {
        const int32_t index = reaction->first_participant + k;
        const bk_participant *const p = &w->model->participants[index];
        if (p->role != role) {
            continue;
        }
        bk_write_open_list(w, &open, list);
        if (role == BK_MODIFIER) {
            write_modifier(w, p);
        } else {
            write_reference(w, index);
        }
    }
    bk_write_close_list(w, open, list);
}

/* --- reactions --- */

static void write_law(bk_core_writer *w, const bk_reaction *reaction)
{
    if (reaction->law < 0 && reaction->locals == 0) {
        return;
    }
    bool open = false;
    bk_xml_open(w->xml, "kineticLaw");
    bk_write_math(w, reaction->law);
    for (int32_t k = 0; k < reaction->locals; k++) {
        bk_write_open_list(w, &open, "listOfLocalParameters");
        bk_write_parameter(w, reaction->first_local + k, "localParameter");
    }
    bk_write_close_list(w, open, "listOfLocalParameters");
    bk_xml_close(w->xml, "kineticLaw");
}

static void write_reaction(bk_core_writer *w, const bk_reaction *reaction)
{
    const bk_model *const model = w->model;
    const bk_symbol *const symbol = &model->symbols[reaction->symbol];
    bk_xml_open(w->xml, "reaction");
    bk_write_sbase(w->xml, &reaction->notes);
    bk_xml_put(w->xml, "id", symbol->id);
    bk_xml_put_some(w->xml, "name", symbol->name);
    bk_xml_put_bool(w->xml, "reversible", reaction->reversible);
    if (w->version == 1) {
        bk_xml_put_bool(w->xml, "fast", reaction->fast);
    }
    if (reaction->compartment >= 0) {
        bk_xml_put(w->xml, "compartment", model->symbols[reaction->compartment].id);
    }
    bk_write_symbol_end(w, reaction->symbol, &reaction->notes, NULL);
    write_participants(w, reaction, BK_REACTANT, "listOfReactants");
    write_participants(w, reaction, BK_PRODUCT, "listOfProducts");
    write_participants(w, reaction, BK_MODIFIER, "listOfModifiers");
    write_law(w, reaction);
    bk_xml_close(w->xml, "reaction");
}

void bk_write_reactions(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_reactions; i++) {
        bk_write_open_list(w, &open, "listOfReactions");
        write_reaction(w, &w->model->reactions[i]);
    }
    bk_write_close_list(w, open, "listOfReactions");
}

/* --- events --- */

static void write_event_part(bk_core_writer *w, bk_expr math, const char *name)
{
    if (math >= 0) {
        bk_xml_open(w->xml, name);
        bk_write_math(w, math);
        bk_xml_close(w->xml, name);
    }
}

static void write_event(bk_core_writer *w, const bk_event *event)
{
    const bk_model *const model = w->model;
    bool open = false;
    bk_xml_open(w->xml, "event");
    bk_write_sbase(w->xml, &event->notes);
    if (event->has_id) {
        bk_xml_put(w->xml, "id", model->symbols[event->symbol].id);
    }
    bk_xml_put_some(w->xml, "name", model->symbols[event->symbol].name);
    bk_xml_put_bool(w->xml, "useValuesFromTriggerTime", event->trigger_time_values);
    bk_write_symbol_end(w, event->symbol, &event->notes, NULL);
    if (event->trigger >= 0 || w->version == 1) {
        bk_xml_open(w->xml, "trigger");
        bk_xml_put_bool(w->xml, "initialValue", event->initial_value);
        bk_xml_put_bool(w->xml, "persistent", event->persistent);
        bk_write_math(w, event->trigger);
        bk_xml_close(w->xml, "trigger");
    }
    write_event_part(w, event->priority, "priority");
    write_event_part(w, event->delay, "delay");
    for (int32_t k = 0; k < event->assignments; k++) {
        const bk_event_assignment *const a =
            &model->event_assignments[event->first_assignment + k];
        bk_write_open_list(w, &open, "listOfEventAssignments");
        bk_xml_open(w->xml, "eventAssignment");
        bk_xml_put(w->xml, "variable", model->symbols[a->target].id);
        bk_write_math(w, a->math);
        bk_xml_close(w->xml, "eventAssignment");
    }
    bk_write_close_list(w, open, "listOfEventAssignments");
    bk_xml_close(w->xml, "event");
}

void bk_write_events(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_events; i++) {
        bk_write_open_list(w, &open, "listOfEvents");
        write_event(w, &w->model->events[i]);
    }
    bk_write_close_list(w, open, "listOfEvents");
}
