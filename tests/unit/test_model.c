/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <blockade/table.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/builder.h"
#include "model/dd.h"

#define test(name) cmocka_unit_test(name)

/* --- models as short texts
 * ------------------------------------------------------------ */

typedef struct draft {
    bk_diag *diag;
    bk_builder *b;
} draft;

static draft draft_new(void)
{
    draft d = {.diag = bk_diag_new()};
    assert_non_null(d.diag);
    d.b = bk_builder_new(d.diag);
    assert_non_null(d.b);
    return d;
}

static bk_where at(int line)
{
    return (bk_where){"m.xml", line, 3};
}

static bk_expr name_of(void *context, bk_exprs *pool, const char *name, bk_where where)
{
    (void)where;
    const int32_t symbol = bk_builder_find(context, name);
    if (symbol < 0) {
        return BK_NO_EXPR;
    }
    return bk_expr_symbol(pool, symbol);
}

static bk_expr parsed(bk_builder *b, const char *text)
{
    const bk_resolver resolver = {.context = b, .name = name_of};
    bk_expr e = BK_NO_EXPR;
    assert_int_equal(bk_expr_parse(bk_builder_exprs(b), text, strlen(text), &resolver,
                                   at(0), NULL, &e),
                     BK_OK);
    return e;
}

static int32_t add(draft *d, bk_symbol_kind kind, const char *id, int line)
{
    bk_symbol symbol = bk_symbol_blank(kind, id);
    symbol.where = at(line);
    symbol.initial = BK_INITIAL_VALUE;
    symbol.value = 1.0;
    if (kind == BK_SPECIES) {
        symbol.compartment = bk_builder_find(d->b, "cell");
        symbol.initial = BK_INITIAL_AMOUNT;
    }
    return bk_builder_symbol(d->b, &symbol);
}

static int32_t level(draft *d, const char *id, int max)
{
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.max_level = max;
    return bk_builder_symbol(d->b, &symbol);
}

static void rule(draft *d, bk_rule_kind kind, const char *target, const char *math,
                 int line)
{
    bk_builder_rule(d->b, &(bk_rule){.kind = kind,
                                     .target = bk_builder_find(d->b, target),
                                     .math = parsed(d->b, math),
                                     .where = at(line)});
}

static void initial(draft *d, const char *target, const char *math, int line)
{
    bk_builder_initial(d->b,
                       &(bk_initial_assignment){.target = bk_builder_find(d->b, target),
                                                .math = parsed(d->b, math),
                                                .where = at(line)});
}

static void reaction(draft *d, const char *id, const char *from, const char *to,
                     const char *law, int line)
{
    bk_builder_reaction(d->b, &(bk_reaction){.symbol = add(d, BK_REACTION, id, line),
                                             .law = BK_NO_EXPR,
                                             .compartment = -1,
                                             .where = at(line)});
    const char *const ids[] = {from, to};
    for (int i = 0; i < 2; i++) {
        if (ids[i] != NULL) {
            bk_builder_participant(
                d->b, &(bk_participant){.species = bk_builder_find(d->b, ids[i]),
                                        .role = i == 0 ? BK_REACTANT : BK_PRODUCT,
                                        .stoichiometry = 1.0,
                                        .math = BK_NO_EXPR,
                                        .symbol = -1,
                                        .constant = true,
                                        .where = at(line + 1)});
        }
    }
    bk_model *const m = bk_builder_model(d->b);
    m->reactions[m->n_reactions - 1].law = parsed(d->b, law);
}

static void logic(draft *d, const char *target, int otherwise, int line)
{
    bk_builder_logic(d->b, &(bk_logic){.target = bk_builder_find(d->b, target),
                                       .otherwise = otherwise,
                                       .rate_up = 1.0,
                                       .rate_down = 1.0,
                                       .where = at(line)});
}

static void term(draft *d, int result, const char *condition, int line)
{
    bk_builder_term(d->b, &(bk_term){.level = result,
                                     .condition = parsed(d->b, condition),
                                     .where = at(line)});
}

/* The model; no message of any kind is expected. */
static bk_model *finished(draft *d)
{
    bk_model *model = NULL;
    const bk_status status = bk_builder_finish(d->b, &model);
    if (bk_diag_size(d->diag) > 0) {
        fail_msg("%s", bk_diag_message(d->diag, 0)->text);
    }
    assert_int_equal(status, BK_OK);
    bk_diag_free(d->diag);
    return model;
}

/* Finishes and compares all messages, each as "line code; ". */
static void assert_told(draft *d, bk_status wanted, const char *expected)
{
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(d->b, &model), wanted);
    char all[1000] = "";
    size_t n = 0;
    for (size_t i = 0; i < bk_diag_size(d->diag); i++) {
        const bk_message *const m = bk_diag_message(d->diag, i);
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%d %s", i > 0 ? "; " : "",
                              m->where.line, m->code);
    }
    assert_string_equal(all, expected);
    assert_true((model != NULL) == (wanted == BK_OK));
    bk_model_free(model);
    bk_diag_free(d->diag);
}

static draft cell(void)
{
    draft d = draft_new();
    bk_symbol symbol = bk_symbol_blank(BK_COMPARTMENT, "cell");
    symbol.constant = true;
    symbol.initial = BK_INITIAL_VALUE;
    symbol.value = 1.0;
    bk_builder_symbol(d.b, &symbol);
    return d;
}

/* --- building and finding
 * ------------------------------------------------------------- */

static void a_small_kinetic_model_keeps_what_was_added(void **state)
{
    (void)state;
    draft d = cell();
    const int32_t a = add(&d, BK_SPECIES, "A", 2);
    const int32_t b = add(&d, BK_SPECIES, "B", 3);
    const int32_t p = add(&d, BK_PARAMETER, "p", 4);
    rule(&d, BK_ASSIGNMENT_RULE, "p", "2 * A", 5);
    reaction(&d, "r", "A", "B", "p * A", 6);
    bk_symbol k = bk_symbol_blank(BK_LOCAL_PARAMETER, "r.k");
    k.owner = bk_builder_find(d.b, "r");
    const int32_t local = bk_builder_symbol(d.b, &k);
    bk_model *const m = finished(&d);
    assert_int_equal(bk_model_symbols(m), 6);
    assert_int_equal(bk_model_species(m), 2);
    assert_int_equal(bk_model_compartments(m), 1);
    assert_int_equal(bk_model_parameters(m), 1);
    assert_int_equal(bk_model_reactions(m), 1);
    assert_true(bk_model_has_kinetics(m));
    assert_false(bk_model_has_logic(m));
    assert_int_equal(bk_model_rule_of(m, p), 0);
    assert_int_equal(bk_model_rule_of(m, a), -1);
    assert_int_equal(m->reactions[0].participants, 2);
    assert_int_equal(m->participants[1].species, b);
    assert_int_equal(m->reactions[0].first_local, local);
    assert_int_equal(m->reactions[0].locals, 1);
    assert_string_equal(m->symbols[p].where.file, "m.xml");
    char *text = NULL;
    assert_int_equal(bk_symbol_rule_text(m, p, &text), BK_OK);
    assert_string_equal(text, "2*A");
    bk_string_free(text);
    assert_int_equal(bk_symbol_rule_text(m, a, &text), BK_OK);
    assert_string_equal(text, "");
    bk_string_free(text);
    assert_int_equal(bk_symbol_rule_text(m, bk_model_find(m, "r"), &text), BK_OK);
    assert_string_equal(text, "p*A");
    bk_string_free(text);
    bk_model_free(m);
}

static void names_are_found_by_id_then_by_alias_in_any_case(void **state)
{
    (void)state;
    draft d = draft_new();
    const int32_t her2 = level(&d, "ERBB2", 1);
    const int32_t egfr = level(&d, "EGFR", 1);
    const int32_t small = level(&d, "egfr", 1);
    bk_builder_alias(d.b, "HER2", her2);
    bk_builder_alias(d.b, "P04626", her2);
    bk_builder_alias(d.b, "receptor", her2);
    bk_builder_alias(d.b, "receptor", egfr);
    bk_model *const m = finished(&d);
    assert_int_equal(bk_model_find(m, "her2"), her2);
    assert_int_equal(bk_model_find(m, "erbb2"), her2);
    assert_int_equal(bk_model_find(m, "p04626"), her2);
    assert_int_equal(bk_model_find(m, "EGFR"), egfr);
    assert_int_equal(bk_model_find(m, "egfr"), small);
    assert_int_equal(bk_model_find(m, "Egfr"), -1);
    assert_int_equal(bk_model_find(m, "receptor"), -1);
    assert_int_equal(bk_model_find(m, "AKT"), -1);
    bk_diag *const diag = bk_diag_new();
    int32_t symbol = 77;
    assert_int_equal(bk_model_bind(m, "Receptor", at(9), diag, &symbol), BK_NOT_FOUND);
    assert_string_equal(bk_diag_message(diag, 0)->text,
                        "\"Receptor\" may mean ERBB2, EGFR; give the exact id");
    assert_int_equal(bk_model_bind(m, "ERBB3", at(9), diag, &symbol), BK_NOT_FOUND);
    assert_string_equal(bk_diag_message(diag, 1)->text,
                        "the model has no \"ERBB3\"; did you mean ERBB2?");
    assert_int_equal(bk_diag_message(diag, 1)->where.line, 9);
    assert_int_equal(bk_model_bind(m, "zzzzzz", at(9), diag, &symbol), BK_NOT_FOUND);
    assert_int_equal(symbol, 77);
    assert_int_equal(bk_model_bind(m, "HER2", at(9), diag, &symbol), BK_OK);
    assert_int_equal(symbol, her2);
    bk_diag_free(diag);
    bk_model_free(m);
}

static void an_id_that_is_taken_is_told_with_both_places(void **state)
{
    (void)state;
    draft d = cell();
    assert_true(add(&d, BK_PARAMETER, "k", 4) >= 0);
    assert_int_equal(add(&d, BK_SPECIES, "k", 9), -1);
    assert_string_equal(bk_diag_message(d.diag, 0)->text,
                        "the id \"k\" of this species is taken by a parameter (line "
                        "4); give one of them another");
    assert_told(&d, BK_BAD_INPUT, "9 sbml-10301");
}

/* --- what finish refuses
 * -------------------------------------------------------------- */

static void two_rules_for_one_symbol_are_refused(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_PARAMETER, "x", 2);
    rule(&d, BK_ASSIGNMENT_RULE, "x", "1", 3);
    rule(&d, BK_RATE_RULE, "x", "2", 4);
    assert_told(&d, BK_BAD_INPUT, "4 sbml-10304");
}

static void rules_and_events_on_constants_are_refused_in_one_pass(void **state)
{
    (void)state;
    draft d = cell();
    for (int i = 0; i < 3; i++) {
        char id[2] = {(char)('x' + i), 0};
        const int32_t s = add(&d, BK_PARAMETER, id, 2 + i);
        bk_builder_model(d.b)->symbols[s].constant = true;
    }
    rule(&d, BK_ASSIGNMENT_RULE, "x", "1", 5);
    rule(&d, BK_RATE_RULE, "y", "1", 6);
    bk_builder_event(d.b, &(bk_event){.symbol = add(&d, BK_EVENT, "e", 7),
                                      .has_id = true,
                                      .trigger = parsed(d.b, "time > 1"),
                                      .delay = -1,
                                      .priority = -1,
                                      .where = at(7)});
    bk_builder_event_assignment(d.b, &(bk_event_assignment){bk_builder_find(d.b, "z"),
                                                            parsed(d.b, "1"), at(8)});
    assert_told(&d, BK_BAD_INPUT, "5 sbml-20903; 6 sbml-20904; 8 sbml-21212");
}

static void an_initial_assignment_beside_an_assignment_rule_is_refused(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_PARAMETER, "x", 2);
    add(&d, BK_PARAMETER, "y", 2);
    rule(&d, BK_ASSIGNMENT_RULE, "x", "1", 3);
    rule(&d, BK_RATE_RULE, "y", "1", 4);
    initial(&d, "x", "2", 5);
    initial(&d, "y", "2", 6);
    initial(&d, "y", "3", 7);
    assert_told(&d, BK_BAD_INPUT, "5 sbml-20803; 7 sbml-20802");
}

static void a_species_changed_by_a_reaction_must_not_be_ruled_or_constant(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_SPECIES, "A", 2);
    const int32_t b = add(&d, BK_SPECIES, "B", 3);
    const int32_t c = add(&d, BK_SPECIES, "C", 4);
    bk_builder_model(d.b)->symbols[b].constant = true;
    bk_builder_model(d.b)->symbols[c].boundary = true;
    rule(&d, BK_RATE_RULE, "A", "1", 5);
    rule(&d, BK_RATE_RULE, "C", "1", 6);
    reaction(&d, "r", "A", "B", "1", 10);
    reaction(&d, "s", "A", "C", "1", 20);
    assert_told(&d, BK_BAD_INPUT, "11 sbml-20610; 11 sbml-20611");
}

static void a_species_needs_a_compartment(void **state)
{
    (void)state;
    draft d = draft_new();
    add(&d, BK_SPECIES, "A", 2);
    assert_told(&d, BK_BAD_INPUT, "2 sbml-20614");
}

static void a_cycle_is_named(void **state)
{
    (void)state;
    draft d = cell();
    const char *const ids[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        add(&d, BK_PARAMETER, ids[i], 2);
    }
    rule(&d, BK_ASSIGNMENT_RULE, "a", "b + d", 3);
    rule(&d, BK_ASSIGNMENT_RULE, "b", "c", 4);
    initial(&d, "c", "a", 5);
    rule(&d, BK_ASSIGNMENT_RULE, "d", "1", 6);
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(d.b, &model), BK_BAD_INPUT);
    assert_int_equal(bk_diag_size(d.diag), 1);
    assert_string_equal(bk_diag_message(d.diag, 0)->code, "sbml-20906");
    assert_string_equal(bk_diag_message(d.diag, 0)->text,
                        "these depend on each other in a circle: a -> b -> c -> a; "
                        "remove one of the dependencies");
    bk_diag_free(d.diag);
}

static void
a_reaction_used_in_its_own_law_is_a_cycle_and_a_delayed_self_is_not(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_SPECIES, "A", 2);
    add(&d, BK_PARAMETER, "x", 3);
    rule(&d, BK_ASSIGNMENT_RULE, "x", "delay(x, 1) + 1", 4);
    reaction(&d, "r", "A", NULL, "r + 1", 5);
    assert_told(&d, BK_BAD_INPUT, "5 sbml-20906");
}

static void a_long_chain_of_rules_is_no_cycle_and_needs_no_deep_stack(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    draft d = cell();
    int32_t before = -1;
    for (int i = 0; i < LENGTH; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        const int32_t s = add(&d, BK_PARAMETER, id, 2);
        bk_exprs *const pool = bk_builder_exprs(d.b);
        const bk_expr e =
            before < 0 ? bk_expr_number(pool, 1) : bk_expr_symbol(pool, before);
        bk_builder_rule(d.b, &(bk_rule){BK_ASSIGNMENT_RULE, s, e, {0}, at(3), -1});
        before = s;
    }
    bk_model_free(finished(&d));
}

static void a_wrong_call_is_refused(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_PARAMETER, "x", 2);
    const char *const arguments[] = {"a"};
    bk_exprs *const pool = bk_builder_exprs(d.b);
    const bk_expr a = bk_expr_payload(pool, BK_OP_ARGUMENT, 0, NULL, 0);
    const bk_expr self = bk_expr_payload(pool, BK_OP_CALL, 1, &a, 1);
    bk_builder_function(
        d.b, &(bk_function){
                 .id = "f", .arguments = arguments, .body = {1, a}, .where = at(3)});
    bk_builder_function(
        d.b, &(bk_function){
                 .id = "g", .arguments = arguments, .body = {1, self}, .where = at(4)});
    const bk_expr call = bk_expr_payload(pool, BK_OP_CALL, 0, NULL, 0);
    bk_builder_rule(
        d.b, &(bk_rule){BK_RATE_RULE, bk_builder_find(d.b, "x"), call, {0}, at(5), -1});
    assert_told(&d, BK_BAD_INPUT, "4 sbml-20303; 5 sbml-10219");
}

static void an_event_that_changes_nothing_asks_for_nothing(void **state)
{
    (void)state;
    const char *const triggers[] = {"time > 1", "time > 1", NULL};
    const char *const values[] = {NULL, "", "1"}; /* no assignment, one without math */
    for (int i = 0; i < 3; i++) {
        draft d = cell();
        const int32_t q = add(&d, BK_PARAMETER, "q", 2);
        const bk_expr trigger = triggers[i] != NULL ? parsed(d.b, triggers[i]) : -1;
        bk_builder_event(d.b, &(bk_event){.symbol = add(&d, BK_EVENT, "e", 3),
                                          .has_id = true,
                                          .trigger = trigger,
                                          .delay = -1,
                                          .priority = -1,
                                          .where = at(3)});
        if (values[i] != NULL) {
            const bk_expr math = values[i][0] != '\0' ? parsed(d.b, values[i]) : -1;
            bk_builder_event_assignment(d.b, &(bk_event_assignment){q, math, at(4)});
        }
        bk_model *const m = finished(&d);
        assert_int_equal(bk_model_events(m), 1);
        assert_int_equal(bk_model_requirements(m), 0);
        bk_model_free(m);
    }
}

static void what_an_engine_evaluates_is_no_requirement(void **state)
{
    (void)state;
    draft d = cell();
    add(&d, BK_SPECIES, "A", 2);
    add(&d, BK_PARAMETER, "x", 3);
    rule(&d, BK_ASSIGNMENT_RULE, "x", "delay(A, 1)", 4);
    reaction(&d, "r", "A", NULL, "A", 6);
    bk_builder_model(d.b)->reactions[0].fast = true;
    bk_builder_event(d.b, &(bk_event){.symbol = add(&d, BK_EVENT, "e", 7),
                                      .has_id = true,
                                      .trigger = parsed(d.b, "time > 1"),
                                      .delay = -1,
                                      .priority = -1,
                                      .where = at(7)});
    bk_builder_event_assignment(
        d.b,
        &(bk_event_assignment){add(&d, BK_PARAMETER, "q", 8), parsed(d.b, "1"), at(8)});
    bk_model *const m = finished(&d);
    assert_int_equal(bk_model_requirements(m), 0);
    bk_model_free(m);
}

/* --- logic
 * ---------------------------------------------------------------------------- */

static void levels_out_of_range_are_refused(void **state)
{
    (void)state;
    draft d = draft_new();
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, "A");
    symbol.where = at(2);
    symbol.start_level = 2;
    bk_builder_symbol(d.b, &symbol);
    logic(&d, "A", 3, 4);
    term(&d, -1, "A >= 1", 5);
    assert_told(&d, BK_BAD_INPUT, "2 level-range; 4 level-range; 5 level-range");
}

static void conditions_that_are_none_are_refused(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "A", 1);
    level(&d, "B", 2);
    add(&d, BK_PARAMETER, "p", 2);
    logic(&d, "A", 0, 3);
    term(&d, 1, "B", 4);
    term(&d, 1, "A == B", 5);
    term(&d, 1, "A + 1", 6);
    term(&d, 1, "p > 1", 7);
    term(&d, 1, "A && 1", 8);
    term(&d, 1, "(A >= 1) > 0", 9);
    term(&d, 1, "!A && ((A >= 1) == (B < 2)) && true", 10);
    assert_told(&d, BK_BAD_INPUT,
                "4 condition; 5 condition; 6 condition; 7 condition; 8 condition; "
                "9 condition");
}

static void a_bare_boolean_level_becomes_a_comparison(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "A", 1);
    level(&d, "B", 1);
    level(&d, "C", 2);
    logic(&d, "A", 0, 3);
    term(&d, 1, "A && (!B || C == 2)", 4);
    logic(&d, "B", 0, 3);
    term(&d, 1, "A", 4);
    logic(&d, "C", 0, 3);
    term(&d, 2, "A", 4);
    bk_model *const m = finished(&d);
    const char *const wanted[] = {"A >= 1 && (!(B >= 1) || C == 2)", "A >= 1",
                                  "piecewise(2, A >= 1, 0)"};
    for (int32_t i = 0; i < 3; i++) {
        char *text = NULL;
        assert_int_equal(bk_symbol_rule_text(m, i, &text), BK_OK);
        assert_string_equal(text, wanted[i]);
        bk_string_free(text);
        assert_int_equal(bk_model_logic_of(m, i), i);
        assert_false(bk_symbol_input(m, i));
    }
    bk_model_free(m);
}

static void a_comparison_that_is_always_so_is_warned_of(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "A", 1);
    logic(&d, "A", 0, 3);
    term(&d, 1, "A >= 1 || A >= 2", 4);
    assert_told(&d, BK_OK, "4 condition-constant");
}

static void terms_that_hold_together_are_warned_of(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "A", 2);
    level(&d, "B", 2);
    logic(&d, "A", 0, 3);
    term(&d, 2, "B >= 2", 4);
    term(&d, 1, "B >= 1", 5);
    logic(&d, "B", 0, 6);
    term(&d, 2, "A == 2", 7);
    term(&d, 1, "A == 1", 8);
    assert_told(&d, BK_OK, "5 terms-overlap");
}

static void several_rules_for_one_level_merge_to_the_highest(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "T", 3);
    const int32_t a = level(&d, "A", 3);
    const int32_t b = level(&d, "B", 3);
    logic(&d, "T", 1, 3);
    term(&d, 0, "A == 1", 4);
    term(&d, 3, "A <= 2", 5);
    logic(&d, "B", 0, 6);
    term(&d, 1, "A == 1", 7);
    logic(&d, "T", 0, 8);
    term(&d, 2, "B >= 2", 9);
    term(&d, 1, "B >= 3", 10);
    bk_builder *const builder = d.b;
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(builder, &m), BK_OK);
    bk_diag_free(d.diag);
    assert_int_equal(m->n_logics, 2);
    assert_int_equal(m->logics[0].target, 0);
    assert_int_equal(bk_model_logic_of(m, b), 1);
    bk_dd *dd = NULL;
    assert_int_equal(bk_dd_build(m, 0, 1000, &dd), BK_OK);
    int levels[3] = {0};
    for (int v = 0; v <= 3; v++) {
        for (int w = 0; w <= 3; w++) {
            levels[a] = v;
            levels[b] = w;
            const int one = v == 1 ? 0 : v <= 2 ? 3 : 1;
            const int two = w >= 2 ? 2 : 0;
            assert_int_equal(bk_dd_evaluate(dd, levels), one > two ? one : two);
        }
    }
    bk_dd_free(dd);
    bk_model_free(m);
}

/* The first term that holds, by the oracle of expressions. */
static int plain_level(const bk_model *m, const bk_logic *rule, const bk_term *terms,
                       const double *values)
{
    for (int32_t k = 0; k < rule->terms; k++) {
        const bk_term *const t = &terms[rule->first_term + k];
        if (bk_expr_evaluate(m->exprs, t->condition, values, 0, NULL) != 0.0) {
            return t->level;
        }
    }
    return rule->otherwise;
}

static void
merged_rules_give_the_highest_level_in_every_state_of_random_models(void **state)
{
    (void)state;
    enum { MODELS = 200, TERMS = 3, RULES = 3 };
    bk_random random;
    bk_random_start(&random, 1, 2, 3);
    for (int i = 0; i < MODELS; i++) {
        draft d = draft_new();
        const char *const ids[] = {"T", "A", "B", "C"};
        for (int k = 0; k < 4; k++) {
            level(&d, ids[k], k == 0 ? 3 : 2);
        }
        for (int r = 0; r < RULES; r++) {
            logic(&d, "T", (int)bk_random_below(&random, 4), 2);
            const uint32_t n = bk_random_below(&random, TERMS + 1);
            for (uint32_t k = 0; k < n; k++) {
                char text[100];
                snprintf(text, sizeof text, "%s >= %u && %s != %u",
                         ids[1 + bk_random_below(&random, 3)],
                         1 + bk_random_below(&random, 2),
                         ids[1 + bk_random_below(&random, 3)],
                         bk_random_below(&random, 3));
                term(&d, (int)bk_random_below(&random, 4), text, 3);
            }
        }
        const bk_model *const draft_model = bk_builder_model(d.b);
        bk_logic rules[RULES];
        bk_term terms[RULES * TERMS];
        memcpy(rules, draft_model->logics, sizeof rules);
        for (int32_t k = 0; k < draft_model->n_terms; k++) {
            terms[k] = draft_model->terms[k];
        }
        bk_model *m = NULL;
        assert_int_equal(bk_builder_finish(d.b, &m), BK_OK);
        assert_int_equal(m->n_logics, 1);
        bk_dd *dd = NULL;
        assert_int_equal(bk_dd_build(m, 0, 1000, &dd), BK_OK);
        for (int s = 0; s < 27; s++) {
            const int levels[] = {0, s % 3, s / 3 % 3, s / 9};
            const double values[] = {0, levels[1], levels[2], levels[3]};
            int wanted = 0;
            for (int r = 0; r < RULES; r++) {
                const int one = plain_level(m, &rules[r], terms, values);
                wanted = one > wanted ? one : wanted;
            }
            assert_int_equal(plain_level(m, m->logics, m->terms, values), wanted);
            assert_int_equal(bk_dd_evaluate(dd, levels), wanted);
        }
        bk_dd_free(dd);
        bk_model_free(m);
        bk_diag_free(d.diag);
    }
}

static const bk_influence *influence(const bk_model *m, const char *from,
                                     const char *to)
{
    for (int32_t i = 0; i < bk_model_influences(m); i++) {
        const bk_influence *const f = bk_model_influence(m, i);
        if (strcmp(bk_symbol_id(m, f->source), from) == 0 &&
            strcmp(bk_symbol_id(m, f->target), to) == 0) {
            return f;
        }
    }
    return NULL;
}

static void declare(draft *d, const char *from, const char *to, int sign,
                    const char *mechanism)
{
    bk_builder_influence(d->b, &(bk_influence){.source = bk_builder_find(d->b, from),
                                               .target = bk_builder_find(d->b, to),
                                               .declared = sign,
                                               .mechanism = mechanism});
}

static void influences_get_the_signs_of_their_functions(void **state)
{
    (void)state;
    draft d = draft_new();
    const char *const ids[] = {"T", "up", "down", "both", "idle", "out"};
    for (int i = 0; i < 6; i++) {
        level(&d, ids[i], i == 3 ? 2 : 1);
    }
    declare(&d, "up", "T", 1, "phosphorylation");
    declare(&d, "down", "T", 1, "");
    declare(&d, "idle", "T", -1, "");
    declare(&d, "up", "out", -1, "");
    logic(&d, "T", 0, 3);
    term(&d, 1, "(up && !down || both == 1) && (idle || !idle)", 4);
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(d.b, &m), BK_OK);
    assert_int_equal(bk_diag_size(d.diag), 2);
    assert_string_equal(bk_diag_message(d.diag, 0)->code, "influence-sign");
    assert_string_equal(bk_diag_message(d.diag, 0)->text,
                        "it is declared that \"down\" activates \"T\", and in the "
                        "function it inhibits; correct one of them");
    assert_string_equal(bk_diag_message(d.diag, 1)->code, "influence-unused");
    bk_diag_free(d.diag);
    assert_int_equal(bk_model_influences(m), 5);
    assert_int_equal(influence(m, "up", "T")->sign, 1);
    assert_string_equal(influence(m, "up", "T")->mechanism, "phosphorylation");
    assert_int_equal(influence(m, "down", "T")->sign, -1);
    assert_int_equal(influence(m, "down", "T")->declared, 1);
    assert_int_equal(influence(m, "both", "T")->sign, 0);
    assert_int_equal(influence(m, "both", "T")->declared, 2);
    assert_true(influence(m, "both", "T")->effective);
    assert_int_equal(influence(m, "idle", "T")->sign, -1);
    assert_false(influence(m, "idle", "T")->effective);
    assert_int_equal(influence(m, "up", "out")->sign, -1);
    assert_true(influence(m, "up", "out")->effective);
    for (int32_t i = 1; i < bk_model_influences(m); i++) {
        const bk_influence *const a = bk_model_influence(m, i - 1);
        const bk_influence *const b = bk_model_influence(m, i);
        assert_true(a->target < b->target ||
                    (a->target == b->target && a->source < b->source));
    }
    bk_model_free(m);
}

static void an_arc_that_a_copy_no_longer_uses_is_dropped_unless_declared(void **state)
{
    (void)state;
    draft d = draft_new();
    level(&d, "T", 1);
    level(&d, "A", 1);
    level(&d, "B", 1);
    declare(&d, "A", "T", 1, "");
    logic(&d, "T", 0, 3);
    term(&d, 1, "A || B", 4);
    bk_model *const m = finished(&d);
    assert_int_equal(bk_model_influences(m), 2);
    bk_builder *const builder = bk_builder_from(m, NULL);
    assert_non_null(builder);
    bk_builder_model(builder)->logics[0].terms = 0;
    bk_model *copy = NULL;
    assert_int_equal(bk_builder_finish(builder, &copy), BK_OK);
    assert_int_equal(bk_model_influences(copy), 1);
    assert_false(influence(copy, "A", "T")->effective);
    bk_model_free(copy);
    bk_model_free(m);
}

/* Builds the function of 27 regulators of three levels each: any of nine groups of
 * three, each "first high, second not low, third not high". */
static bk_model *wide(void)
{
    draft d = draft_new();
    level(&d, "T", 2);
    char text[2000] = "false";
    for (int i = 0; i < 27; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        level(&d, id, 2);
    }
    size_t n = strlen(text);
    for (int g = 0; g < 9; g++) {
        n += (size_t)snprintf(text + n, sizeof text - n,
                              " || r%d == 2 && r%d > 0 && r%d < 2", 3 * g, 3 * g + 1,
                              3 * g + 2);
    }
    logic(&d, "T", 1, 3);
    term(&d, 2, text, 4);
    return finished(&d);
}

static void a_function_of_27_regulators_has_a_small_diagram(void **state)
{
    (void)state;
    bk_model *const m = wide();
    bk_dd *dd = NULL;
    assert_int_equal(bk_dd_build(m, 0, 100, &dd), BK_OK);
    assert_int_equal(dd->regulators, 27);
    assert_int_equal(dd->nodes, 3 + 27);
    signed char sign[27];
    bool effective[27];
    assert_int_equal(bk_dd_signs(dd, sign, effective), BK_OK);
    for (int i = 0; i < 27; i++) {
        assert_true(effective[i]);
        assert_int_equal(sign[i], i % 3 == 2 ? -1 : 1);
    }
    int levels[28] = {0};
    assert_int_equal(bk_dd_evaluate(dd, levels), 1);
    levels[26] = 2;
    levels[27] = 1;
    levels[25] = 2;
    assert_int_equal(bk_dd_evaluate(dd, levels), 2);
    bk_dd_free(dd);
    assert_int_equal(bk_dd_build(m, 0, 20, &dd), BK_UNSUPPORTED);
    assert_int_equal(bk_model_influences(m), 27);
    bk_model_free(m);
}

/* --- copies and short memory
 * ---------------------------------------------------------- */

/* A model with a bit of everything; false when a builder could not be had. */
static bk_status everything(bk_diag *diag, bk_model **model)
{
    bk_builder *const b = bk_builder_new(diag);
    if (b == NULL) {
        return BK_NO_MEMORY;
    }
    bk_exprs *const pool = bk_builder_exprs(b);
    bk_model *const m = bk_builder_model(b);
    m->name = bk_builder_text(b, "all of it");
    m->level = 3;
    bk_symbol symbol = bk_symbol_blank(BK_COMPARTMENT, "cell");
    symbol.where = at(1);
    symbol.notes.notes = "<p/>";
    symbol.compartment = -1;
    const int32_t compartment = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_SPECIES, "S");
    symbol.compartment = compartment;
    const int32_t s = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_PARAMETER, "p");
    const int32_t p = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_REACTION, "r");
    const int32_t r = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_EVENT, "e");
    const int32_t e = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_LEVEL, "L");
    symbol.name = "Level";
    const int32_t l = bk_builder_symbol(b, &symbol);
    symbol = bk_symbol_blank(BK_LEVEL, "M");
    const int32_t k = bk_builder_symbol(b, &symbol);
    bk_builder_alias(b,
                     "an alias longer than the room that is kept for short names, "
                     "which is 128 characters and so takes memory of its own, yes",
                     l);
    const bk_expr ep = bk_expr_symbol(pool, p);
    const char *const arguments[] = {"x"};
    const bk_expr x = bk_expr_payload(pool, BK_OP_ARGUMENT, 0, NULL, 0);
    bk_builder_function(
        b, &(bk_function){.id = "f", .arguments = arguments, .body = {1, x}});
    bk_builder_rule(
        b, &(bk_rule){BK_RATE_RULE, p, bk_expr_number(pool, 1), {0}, at(2), -1});
    bk_builder_initial(b, &(bk_initial_assignment){s, ep, {0}, at(3)});
    bk_builder_reaction(
        b, &(bk_reaction){.symbol = r,
                          .law = bk_expr_payload(pool, BK_OP_CALL, 0, &ep, 1),
                          .compartment = -1});
    bk_builder_participant(
        b,
        &(bk_participant){.species = s, .stoichiometry = 1, .math = -1, .symbol = -1});
    bk_builder_event(b, &(bk_event){.symbol = e,
                                    .trigger = bk_expr_2(pool, BK_OP_GT, ep,
                                                         bk_expr_number(pool, 1)),
                                    .delay = -1,
                                    .priority = -1});
    bk_builder_event_assignment(b, &(bk_event_assignment){p, ep, at(5)});
    bk_builder_constraint(
        b, &(bk_constraint){.math = bk_expr_0(pool, BK_OP_TRUE), .message = "<m/>"});
    bk_builder_unit_definition(b, &(bk_unit_definition){.id = "u"});
    bk_builder_unit(b, &(bk_unit){.kind = "mole"});
    for (int i = 0; i < 2; i++) {
        bk_builder_logic(b, &(bk_logic){.target = l, .rate_up = 1, .rate_down = 1});
        bk_builder_term(b, &(bk_term){.level = 1,
                                      .condition = bk_expr_symbol(pool, i == 0 ? l : k),
                                      .where = at(6)});
    }
    bk_builder_influence(b, &(bk_influence){.source = k, .target = l, .declared = -1});
    bk_builder_requirement(b, &(bk_requirement){.what = "package comp (required)"});
    return bk_builder_finish(b, model);
}

static void a_copy_is_the_same_and_needs_the_original_no_longer(void **state)
{
    (void)state;
    bk_model *m = NULL;
    assert_int_equal(everything(NULL, &m), BK_OK);
    bk_diag *const diag = bk_diag_new();
    bk_model *copy = NULL;
    assert_int_equal(bk_builder_finish(bk_builder_from(m, diag), &copy), BK_OK);
    assert_int_equal(bk_diag_size(diag), 0);
    bk_diag_free(diag);
    assert_int_equal(copy->n_symbols, m->n_symbols);
    assert_int_equal(copy->n_participants, m->n_participants);
    assert_int_equal(copy->reactions[0].participants, 1);
    assert_int_equal(copy->events[0].assignments, 1);
    assert_int_equal(copy->unit_definitions[0].units, 1);
    assert_int_equal(copy->n_logics, 1);
    assert_int_equal(copy->n_terms, m->n_terms);
    assert_int_equal(copy->n_influences, m->n_influences);
    assert_int_equal(copy->n_requirements, m->n_requirements);
    assert_int_equal(bk_exprs_size(copy->exprs), bk_exprs_size(m->exprs));
    bk_model_free(m);
    assert_string_equal(bk_model_name(copy), "all of it");
    assert_string_equal(copy->symbols[0].notes.notes, "<p/>");
    assert_string_equal(copy->symbols[0].where.file, "m.xml");
    assert_true(bk_model_find(copy, "level") >= 0);
    bk_model_free(copy);
}

static void building_survives_every_failed_allocation(void **state)
{
    (void)state;
    bool done = false;
    for (long n = 0; !done; n++) {
        assert_true(n < 10000);
        bk_diag *const diag = bk_diag_new();
        assert_non_null(diag);
        bk_model *model = NULL;
        bk_alloc_fail_after(n);
        const bk_status status = everything(diag, &model);
        bk_alloc_fail_after(-1);
        /* What only a message was short of is no failure. */
        done = status == BK_OK && bk_diag_size(diag) == 1;
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        assert_true((status == BK_OK) == (model != NULL));
        bk_model_free(model);
        bk_diag_free(diag);
    }
}

static void copying_and_binding_survive_every_failed_allocation(void **state)
{
    (void)state;
    bk_model *m = NULL;
    assert_int_equal(everything(NULL, &m), BK_OK);
    bool done = false;
    for (long n = 0; !done; n++) {
        assert_true(n < 10000);
        bk_model *copy = NULL;
        bk_alloc_fail_after(n);
        bk_builder *const builder = bk_builder_from(m, NULL);
        const bk_status status = bk_builder_finish(builder, &copy);
        bk_alloc_fail_after(-1);
        done = status == BK_OK;
        assert_true(done || status == BK_NO_MEMORY);
        bk_model_free(copy);
    }
    done = false;
    for (long n = 0; !done; n++) {
        bk_diag *const diag = bk_diag_new();
        int32_t symbol = -1;
        char *text = NULL;
        bk_alloc_fail_after(n);
        const bk_status bound = bk_model_bind(m, "cel", at(1), diag, &symbol);
        const bk_status printed = bk_symbol_rule_text(m, bk_model_find(m, "r"), &text);
        bk_alloc_fail_after(-1);
        done = bk_diag_size(diag) == 1 && printed == BK_OK;
        assert_true(bound == BK_NOT_FOUND || bound == BK_NO_MEMORY);
        if (printed == BK_OK) {
            bk_string_free(text);
        }
        bk_diag_free(diag);
    }
    bk_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_small_kinetic_model_keeps_what_was_added),
        test(names_are_found_by_id_then_by_alias_in_any_case),
        test(an_id_that_is_taken_is_told_with_both_places),
        test(two_rules_for_one_symbol_are_refused),
        test(rules_and_events_on_constants_are_refused_in_one_pass),
        test(an_initial_assignment_beside_an_assignment_rule_is_refused),
        test(a_species_changed_by_a_reaction_must_not_be_ruled_or_constant),
        test(a_species_needs_a_compartment),
        test(a_cycle_is_named),
        test(a_reaction_used_in_its_own_law_is_a_cycle_and_a_delayed_self_is_not),
        test(a_long_chain_of_rules_is_no_cycle_and_needs_no_deep_stack),
        test(a_wrong_call_is_refused),
        test(an_event_that_changes_nothing_asks_for_nothing),
        test(what_an_engine_evaluates_is_no_requirement),
        test(levels_out_of_range_are_refused),
        test(conditions_that_are_none_are_refused),
        test(a_bare_boolean_level_becomes_a_comparison),
        test(a_comparison_that_is_always_so_is_warned_of),
        test(terms_that_hold_together_are_warned_of),
        test(several_rules_for_one_level_merge_to_the_highest),
        test(merged_rules_give_the_highest_level_in_every_state_of_random_models),
        test(influences_get_the_signs_of_their_functions),
        test(an_arc_that_a_copy_no_longer_uses_is_dropped_unless_declared),
        test(a_function_of_27_regulators_has_a_small_diagram),
        test(a_copy_is_the_same_and_needs_the_original_no_longer),
        test(building_survives_every_failed_allocation),
        test(copying_and_binding_survive_every_failed_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
