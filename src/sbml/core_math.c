/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Initial assignments, rules, constraints and events. */

#include "sbml/core_impl.h"

#include "base/c_locale.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
enum { PLAIN = BK_XML_NO_NAMESPACE };

bk_expr bk_core_math(bk_reader *reader, bk_xml_node node, const bk_math_scope *scope,
                     const char *code, bool *present)
{
    bk_expr e = BK_NO_EXPR;
    if (reader->level == 1) {
        const char *const formula = bk_xml_attribute(node, PLAIN, BK_W_formula);
        *present = formula != NULL;
        if (*present) {
            return bk_formula_read(reader, node, formula, scope);
        }
    } else {
        e = bk_mathml_of(reader, node, scope, present);
        if (*present) {
            return e;
        }
    }
    if (bk_reader_since(reader, 3, 2)) {
        bk_reader_warning(reader, node, "math-missing",
                          "this <%s> has no mathematics and is without effect",
                          bk_xml_name(node));
    } else {
        bk_reader_error(reader, node, code, "this <%s> has no mathematics; add %s",
                        bk_xml_name(node),
                        reader->level == 1 ? "a formula" : "a <math>");
    }
    return BK_NO_EXPR;
}

/* --- initial assignments and constraints --- */

void bk_core_read_initials(bk_reader *reader, bk_xml_node list)
{
    static const int known[] = {BK_W_symbol};
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_initialAssignment) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bool present;
        bk_reader_known(reader, c, PLAIN, known, COUNT(known));
        bk_reader_other_id(reader, c);
        const bk_initial_assignment initial = {
            .target = bk_reader_symbol(reader, c, BK_W_symbol, "sbml-20801"),
            .math = bk_core_math(reader, c, NULL, "sbml-20804", &present),
            .notes = bk_reader_notes(reader, c),
            .where = bk_xml_where(c)};
        if (initial.target >= 0 && initial.math >= 0) {
            bk_builder_initial(reader->builder, &initial);
        }
    }
}

void bk_core_read_constraints(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_constraint) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bool present;
        bk_reader_known(reader, c, PLAIN, NULL, 0);
        bk_reader_other_id(reader, c);
        bk_constraint constraint = {
            .math = bk_core_math(reader, c, NULL, "sbml-21007", &present),
            .where = bk_xml_where(c)};
        bk_text message = {0};
        bk_xml_print_content(bk_xml_child(c, reader->core, BK_W_message), &message);
        constraint.message = message.data;
        reader->no_memory |= message.failed;
        if (constraint.math >= 0) {
            bk_builder_constraint(reader->builder, &constraint);
        }
        bk_text_free(&message);
    }
}

/* --- rules --- */

typedef struct rule_form {
    int word;
    bk_rule_kind kind;
    int target; /* the attribute that names it, or -1 */
} rule_form;

/* Level 1 has a rule for each kind of target and its type in an attribute. */
static bool form_of(const bk_reader *reader, bk_xml_node node, rule_form *form)
{
    static const rule_form later[] = {
        {BK_W_assignmentRule, BK_ASSIGNMENT_RULE, BK_W_variable},
        {BK_W_rateRule, BK_RATE_RULE, BK_W_variable},
        {BK_W_algebraicRule, BK_ALGEBRAIC_RULE, -1}};
    static const rule_form first[] = {
        {BK_W_compartmentVolumeRule, BK_ASSIGNMENT_RULE, BK_W_compartment},
        {BK_W_speciesConcentrationRule, BK_ASSIGNMENT_RULE, BK_W_species},
        {BK_W_specieConcentrationRule, BK_ASSIGNMENT_RULE, BK_W_specie},
        {BK_W_parameterRule, BK_ASSIGNMENT_RULE, BK_W_name},
        {BK_W_algebraicRule, BK_ALGEBRAIC_RULE, -1}};
    const rule_form *const forms = reader->level == 1 ? first : later;
    const int n = reader->level == 1 ? COUNT(first) : COUNT(later);
    for (int i = 0; i < n; i++) {
        if (bk_xml_word(node) == forms[i].word) {
            *form = forms[i];
            return true;
        }
    }
    return false;
}

static void read_type(bk_reader *reader, bk_xml_node node, rule_form *form)
{
    const char *const type =
        reader->level == 1 ? bk_xml_attribute(node, PLAIN, BK_W_type) : NULL;
    if (type == NULL || strcmp(type, "scalar") == 0) {
        return;
    }
    if (strcmp(type, "rate") == 0) {
        form->kind = BK_RATE_RULE;
    } else {
        bk_reader_error(reader, node, "rule-type",
                        "type=\"%s\" of <%s> is neither scalar nor rate", type,
                        bk_xml_name(node));
    }
}

static void read_rule(bk_reader *reader, bk_xml_node node, rule_form form)
{
    const int later[] = {form.target};
    const int first[] = {form.target, BK_W_formula, BK_W_type, BK_W_units};
    const bool old = reader->level == 1;
    read_type(reader, node, &form);
    bk_reader_known(reader, node, PLAIN, old ? first : later,
                    old ? COUNT(first) : COUNT(later));
    bk_reader_other_id(reader, node);
    bool present;
    bk_rule rule = {.kind = form.kind,
                    .target = -1,
                    .notes = bk_reader_notes(reader, node),
                    .where = bk_xml_where(node)};
    if (form.target >= 0) {
        rule.target =
            bk_reader_symbol(reader, node, form.target,
                             form.kind == BK_RATE_RULE ? "sbml-20902" : "sbml-20901");
    }
    rule.math = bk_core_math(reader, node, NULL, "sbml-20907", &present);
    if (form.target >= 0 && rule.target < 0) {
        return;
    }
    if (old && rule.target >= 0) {
        bk_builder_model(reader->builder)->symbols[rule.target].constant = false;
    }
    if (rule.math >= 0 || !present) {
        bk_builder_rule(reader->builder, &rule);
    }
}

void bk_core_read_rules(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        rule_form form;
        if (form_of(reader, c, &form)) {
            read_rule(reader, c, form);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}

/* --- events --- */

void bk_core_read_event_symbols(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        bk_symbol symbol;
        if (bk_xml_word(c) == BK_W_event &&
            bk_xml_attribute(c, PLAIN, BK_W_id) != NULL &&
            bk_core_symbol(reader, c, BK_EVENT, "sbml-21201", &symbol)) {
            symbol.notes = (bk_notes){0};
            bk_core_add(reader, c, &symbol);
        }
    }
}

/* The symbol of an event: that of the first pass, or a new one of a free name. */
static int32_t event_symbol(bk_reader *reader, bk_xml_node node, bool *has_id)
{
    const char *const id = bk_xml_attribute(node, PLAIN, BK_W_id);
    const bk_model *const model = bk_builder_model(reader->builder);
    *has_id = id != NULL;
    if (id != NULL) {
        const int32_t symbol = bk_builder_find(reader->builder, id);
        return symbol >= 0 && model->symbols[symbol].kind == BK_EVENT ? symbol : -1;
    }
    char made[32];
    do {
        bk_c_snprintf(made, sizeof made, "event_%d", ++reader->made_events);
    } while (bk_builder_find(reader->builder, made) >= 0 ||
             bk_names_find(reader->functions, made) >= 0);
    bk_symbol symbol = bk_symbol_blank(BK_EVENT, made);
    symbol.name = bk_reader_name(reader, node, PLAIN);
    symbol.where = bk_xml_where(node);
    return bk_builder_symbol(reader->builder, &symbol);
}

static bk_expr event_part(bk_reader *reader, bk_xml_node event, int word,
                          const char *code)
{
    const bk_xml_node part = bk_xml_child(event, reader->core, word);
    bool present;
    if (!bk_xml_some(part)) {
        return BK_NO_EXPR;
    }
    bk_reader_other_id(reader, part);
    return bk_core_math(reader, part, NULL, code, &present);
}

static void read_trigger(bk_reader *reader, bk_xml_node node, bk_event *event)
{
    const bk_xml_node trigger = bk_xml_child(node, reader->core, BK_W_trigger);
    const bool required = reader->level >= 3;
    event->initial_value = event->persistent = true;
    if (!bk_xml_some(trigger)) {
        if (!bk_reader_since(reader, 3, 2)) {
            bk_reader_error(reader, node, "sbml-21201",
                            "this event has no <trigger>; add one");
        }
        return;
    }
    event->initial_value = bk_reader_bool(reader, trigger, BK_W_initialValue, required,
                                          true, "sbml-21226");
    event->persistent =
        bk_reader_bool(reader, trigger, BK_W_persistent, required, true, "sbml-21226");
}

static void read_event_assignments(bk_reader *reader, bk_xml_node node)
{
    static const int known[] = {BK_W_variable};
    const bk_xml_node list =
        bk_xml_child(node, reader->core, BK_W_listOfEventAssignments);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_eventAssignment) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bool present;
        bk_reader_known(reader, c, PLAIN, known, COUNT(known));
        bk_reader_other_id(reader, c);
        const bk_event_assignment assignment = {
            .target = bk_reader_symbol(reader, c, BK_W_variable, "sbml-21211"),
            .math = bk_core_math(reader, c, NULL, "sbml-21213", &present),
            .where = bk_xml_where(c)};
        if (assignment.target >= 0 && (assignment.math >= 0 || !present)) {
            bk_builder_event_assignment(reader->builder, &assignment);
        }
    }
}

void bk_core_read_events(bk_reader *reader, bk_xml_node list)
{
    static const int known[] = {BK_W_useValuesFromTriggerTime, BK_W_timeUnits};
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_event) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bk_event event = {.notes = bk_reader_notes(reader, c),
                          .where = bk_xml_where(c)};
        bk_reader_known(reader, c, PLAIN, known, reader->level == 2 ? 2 : 1);
        event.symbol = event_symbol(reader, c, &event.has_id);
        event.trigger_time_values =
            bk_reader_bool(reader, c, BK_W_useValuesFromTriggerTime, reader->level >= 3,
                           true, "sbml-21225");
        read_trigger(reader, c, &event);
        event.trigger = event_part(reader, c, BK_W_trigger, "sbml-21209");
        event.delay = event_part(reader, c, BK_W_delay, "sbml-21210");
        event.priority = event_part(reader, c, BK_W_priority, "sbml-21231");
        if (event.symbol < 0 || bk_builder_event(reader->builder, &event) < 0) {
            continue;
        }
        read_event_assignments(reader, c);
    }
}
