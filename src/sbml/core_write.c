/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Core as Level 3: functions, units, compartments, species, parameters, initial
 * assignments, rules and constraints.  What older levels leave to defaults is said. */

#include "sbml/core_write.h"

#include <math.h>
#include <string.h>

static bool has_unit_definition(const bk_model *model, const char *id)
{
    for (int32_t i = 0; i < model->n_unit_definitions; i++) {
        if (strcmp(model->unit_definitions[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* Levels 1 and 2 name some units that Level 3 does not know. */
const char *bk_write_unit(const bk_model *model, const char *unit)
{
    static const char *const renamed[][2] = {{"substance", "mole"}, {"volume", "litre"},
                                             {"length", "metre"},   {"time", "second"},
                                             {"liter", "litre"},    {"meter", "metre"},
                                             {"Celsius", "kelvin"}};
    if (unit == NULL || model->level >= 3 || has_unit_definition(model, unit)) {
        return unit;
    }
    if (strcmp(unit, "area") == 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        if (strcmp(unit, renamed[i][0]) == 0) {
            return renamed[i][1];
        }
    }
    return unit;
}

void bk_write_open_list(bk_core_writer *w, bool *open, const char *name)
{
    if (!*open) {
        bk_xml_open(w->xml, name);
        *open = true;
    }
}

void bk_write_close_list(bk_core_writer *w, bool open, const char *name)
{
    if (open) {
        bk_xml_close(w->xml, name);
    }
}

void bk_write_math(bk_core_writer *w, bk_expr math)
{
    const bk_math_writing writing = {
        .model = w->model, .reaction = -1, .level = 3, .version = w->version};
    bk_mathml_write(w->xml, &writing, math);
}

/* --- functions and units --- */

static void write_function(bk_core_writer *w, const bk_function *function)
{
    const bk_math_writing writing = {.model = w->model,
                                     .reaction = -1,
                                     .arguments = function->arguments,
                                     .level = 3,
                                     .version = w->version};
    bk_xml_open(w->xml, "functionDefinition");
    bk_write_sbase(w->xml, &function->notes);
    bk_xml_put(w->xml, "id", function->id);
    bk_xml_put_some(w->xml, "name", function->name);
    bk_write_notes(w->xml, &function->notes, NULL);
    const bool body = function->body.body >= 0;
    if (body || function->body.arguments > 0) { /* calls give as many */
        bk_mathml_open(w->xml);
        bk_xml_open(w->xml, "lambda");
        for (int i = 0; i < function->body.arguments; i++) {
            bk_xml_open(w->xml, "bvar");
            bk_xml_open(w->xml, "ci");
            bk_xml_content(w->xml, function->arguments[i]);
            bk_xml_close(w->xml, "ci");
            bk_xml_close(w->xml, "bvar");
        }
        if (body) {
            bk_mathml_write_tree(w->xml, &writing, function->body.body);
        }
        bk_xml_close(w->xml, "lambda");
        bk_xml_close(w->xml, "math");
    }
    bk_xml_close(w->xml, "functionDefinition");
}

static void write_functions(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_functions; i++) {
        bk_write_open_list(w, &open, "listOfFunctionDefinitions");
        write_function(w, &w->model->functions[i]);
    }
    bk_write_close_list(w, open, "listOfFunctionDefinitions");
}

static void write_unit_definition(bk_core_writer *w, const bk_unit_definition *d)
{
    bool open = false;
    bk_xml_open(w->xml, "unitDefinition");
    bk_xml_put(w->xml, "id", d->id);
    bk_xml_put_some(w->xml, "name", d->name);
    for (int32_t k = 0; k < d->units; k++) {
        const bk_unit *const unit = &w->model->units[d->first_unit + k];
        bk_write_open_list(w, &open, "listOfUnits");
        bk_xml_open(w->xml, "unit");
        bk_xml_put_some(w->xml, "kind", bk_write_unit(w->model, unit->kind));
        bk_xml_put_double(w->xml, "exponent", unit->exponent);
        bk_xml_put_double(w->xml, "scale", unit->scale);
        bk_xml_put_double(w->xml, "multiplier", unit->multiplier);
        bk_xml_close(w->xml, "unit");
    }
    bk_write_close_list(w, open, "listOfUnits");
    bk_xml_close(w->xml, "unitDefinition");
}

static void write_units(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_unit_definitions; i++) {
        bk_write_open_list(w, &open, "listOfUnitDefinitions");
        write_unit_definition(w, &w->model->unit_definitions[i]);
    }
    bk_write_close_list(w, open, "listOfUnitDefinitions");
}

/* --- symbols --- */

/* id, name and kept attributes. */
static void write_symbol_start(bk_core_writer *w, int32_t symbol, const char *element)
{
    const bk_symbol *const s = &w->model->symbols[symbol];
    bk_xml_open(w->xml, element);
    bk_write_sbase(w->xml, &s->notes);
    bk_xml_put(w->xml, "id", bk_write_own_name(w->model, symbol));
    bk_xml_put_some(w->xml, "name", s->name);
}

void bk_write_symbol_end(bk_core_writer *w, int32_t symbol, const bk_notes *notes,
                         const char *element)
{
    bk_text_clear(&w->ours);
    bk_write_ours_symbol(&w->ours, w->model, symbol);
    bk_write_notes(w->xml, notes, w->ours.length > 0 ? w->ours.data : NULL);
    if (element != NULL) {
        bk_xml_close(w->xml, element);
    }
}

static void write_compartment(bk_core_writer *w, int32_t symbol)
{
    const bk_symbol *const s = &w->model->symbols[symbol];
    write_symbol_start(w, symbol, "compartment");
    if (!isnan(s->dimensions)) {
        bk_xml_put_double(w->xml, "spatialDimensions", s->dimensions);
    }
    if (s->initial == BK_INITIAL_VALUE) {
        bk_xml_put_double(w->xml, "size", s->value);
    }
    bk_xml_put_some(w->xml, "units", bk_write_unit(w->model, s->units));
    bk_xml_put_bool(w->xml, "constant", s->constant);
    bk_write_symbol_end(w, symbol, &s->notes, "compartment");
}

/* Levels must be in a compartment; models from other formats have none. */
static void write_made_compartment(bk_core_writer *w, bool *open)
{
    if (w->model->kinds[BK_LEVEL] == 0 || w->model->kinds[BK_COMPARTMENT] > 0) {
        return;
    }
    bk_write_open_list(w, open, "listOfCompartments");
    bk_xml_open(w->xml, "compartment");
    bk_xml_put(w->xml, "id", bk_qual_compartment(w->model));
    bk_xml_put_double(w->xml, "spatialDimensions", 3);
    bk_xml_put_double(w->xml, "size", 1);
    bk_xml_put_bool(w->xml, "constant", true);
    bk_xml_close(w->xml, "compartment");
}

static void write_species(bk_core_writer *w, int32_t symbol)
{
    const bk_model *const model = w->model;
    const bk_symbol *const s = &model->symbols[symbol];
    write_symbol_start(w, symbol, "species");
    if (s->compartment >= 0) {
        bk_xml_put(w->xml, "compartment", model->symbols[s->compartment].id);
    }
    if (s->initial == BK_INITIAL_AMOUNT) {
        bk_xml_put_double(w->xml, "initialAmount", s->value);
    } else if (s->initial == BK_INITIAL_CONCENTRATION) {
        bk_xml_put_double(w->xml, "initialConcentration", s->value);
    }
    bk_xml_put_some(w->xml, "substanceUnits", bk_write_unit(model, s->units));
    bk_xml_put_bool(w->xml, "hasOnlySubstanceUnits", s->only_substance);
    bk_xml_put_bool(w->xml, "boundaryCondition", s->boundary);
    bk_xml_put_bool(w->xml, "constant", s->constant);
    if (s->own_conversion && s->conversion >= 0) {
        bk_xml_put(w->xml, "conversionFactor", model->symbols[s->conversion].id);
    }
    bk_write_symbol_end(w, symbol, &s->notes, "species");
}

void bk_write_parameter(bk_core_writer *w, int32_t symbol, const char *element)
{
    const bk_symbol *const s = &w->model->symbols[symbol];
    write_symbol_start(w, symbol, element);
    if (s->initial == BK_INITIAL_VALUE) {
        bk_xml_put_double(w->xml, "value", s->value);
    }
    bk_xml_put_some(w->xml, "units", bk_write_unit(w->model, s->units));
    if (s->kind == BK_PARAMETER) {
        bk_xml_put_bool(w->xml, "constant", s->constant);
    }
    bk_write_symbol_end(w, symbol, &s->notes, element);
}

static void write_symbols(bk_core_writer *w, bk_symbol_kind kind, const char *list)
{
    bool open = false;
    if (kind == BK_COMPARTMENT) {
        write_made_compartment(w, &open);
    }
    for (int32_t i = 0; i < w->model->n_symbols; i++) {
        if (w->model->symbols[i].kind != kind) {
            continue;
        }
        bk_write_open_list(w, &open, list);
        if (kind == BK_COMPARTMENT) {
            write_compartment(w, i);
        } else if (kind == BK_SPECIES) {
            write_species(w, i);
        } else {
            bk_write_parameter(w, i, "parameter");
        }
    }
    bk_write_close_list(w, open, list);
}

/* --- initial assignments, rules, constraints --- */

static void write_initials(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_initials; i++) {
        const bk_initial_assignment *const initial = &w->model->initials[i];
        bk_write_open_list(w, &open, "listOfInitialAssignments");
        bk_xml_open(w->xml, "initialAssignment");
        bk_write_sbase(w->xml, &initial->notes);
        bk_xml_put(w->xml, "symbol", w->model->symbols[initial->target].id);
        bk_write_notes(w->xml, &initial->notes, NULL);
        bk_write_math(w, initial->math);
        bk_xml_close(w->xml, "initialAssignment");
    }
    bk_write_close_list(w, open, "listOfInitialAssignments");
}

static void write_rule(bk_core_writer *w, const bk_rule *rule)
{
    static const char *const names[] = {"assignmentRule", "rateRule", "algebraicRule"};
    bk_xml_open(w->xml, names[rule->kind]);
    bk_write_sbase(w->xml, &rule->notes);
    if (rule->target >= 0) {
        bk_xml_put(w->xml, "variable", w->model->symbols[rule->target].id);
    }
    bk_write_notes(w->xml, &rule->notes, NULL);
    bk_write_math(w, rule->math);
    bk_xml_close(w->xml, names[rule->kind]);
}

static void write_rules(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_rules; i++) {
        bk_write_open_list(w, &open, "listOfRules");
        write_rule(w, &w->model->rules[i]);
    }
    bk_write_stoichiometry_rules(w, &open);
    bk_write_close_list(w, open, "listOfRules");
}

static void write_constraints(bk_core_writer *w)
{
    bool open = false;
    for (int32_t i = 0; i < w->model->n_constraints; i++) {
        const bk_constraint *const constraint = &w->model->constraints[i];
        bk_write_open_list(w, &open, "listOfConstraints");
        bk_xml_open(w->xml, "constraint");
        bk_write_math(w, constraint->math);
        if (constraint->message != NULL && constraint->message[0] != '\0') {
            bk_xml_open(w->xml, "message");
            bk_xml_raw(w->xml, constraint->message);
            bk_xml_close(w->xml, "message");
        }
        bk_xml_close(w->xml, "constraint");
    }
    bk_write_close_list(w, open, "listOfConstraints");
}

void bk_core_write(bk_core_writer *w)
{
    write_functions(w);
    write_units(w);
    write_symbols(w, BK_COMPARTMENT, "listOfCompartments");
    write_symbols(w, BK_SPECIES, "listOfSpecies");
    write_symbols(w, BK_PARAMETER, "listOfParameters");
    write_initials(w);
    write_rules(w);
    write_constraints(w);
    bk_write_reactions(w);
    bk_write_events(w);
}
