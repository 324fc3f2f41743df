/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Hierarchical composition: what tests/sbml/good/comp.xml, with a submodel in a file of
 * its own used twice, becomes as one flat model.  Expected formulas are worked out by
 * hand from the specification of the package (V1R3, sections 3.6 and 3.7). */

#include "fixture.h"

#include "base/text.h"
#include "model/model.h"

#define test(name) cmocka_unit_test(name)

static const char path[] = "tests/sbml/good/comp.xml";

static void assert_formula(const bk_model *model, bk_expr e, const char *expected)
{
    const bk_naming naming = bk_model_naming(model);
    bk_text text = {0};
    bk_expr_print(model->exprs, e, &naming, NULL, &text);
    assert_string_equal(text.data, expected);
    bk_text_free(&text);
}

static void assert_rule(const bk_model *model, const char *id, const char *expected)
{
    const int32_t symbol = bk_model_find(model, id);
    assert_true(symbol >= 0);
    const int32_t rule = bk_model_rule_of(model, symbol);
    assert_true(rule >= 0);
    assert_formula(model, model->rules[rule].math, expected);
}

static void what_submodels_hold_is_named_after_them(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    const char *const there[] = {"cell",           "k",           "left__S",
                                 "left__r",        "left__speed", "right__inner__S",
                                 "right__inner__k"};
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        if (bk_model_find(m, there[i]) < 0) {
            fail_msg("%s is not in the flat model", there[i]);
        }
    }
    bk_model_free(m);
}

static void what_is_replaced_or_deleted_is_gone(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    assert_int_equal(bk_model_find(m, "left__c"), -1);
    assert_int_equal(bk_model_find(m, "right__inner__c"), -1);
    assert_int_equal(bk_model_find(m, "left__k"), -1);
    assert_int_equal(bk_model_find(m, "left__clock"), -1);
    assert_int_equal(bk_model_rule_of(m, bk_model_find(m, "right__inner__clock")), -1);
    bk_model_free(m);
}

static void species_stand_in_the_compartment_that_replaced_theirs(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    const int32_t cell = bk_model_find(m, "cell");
    assert_int_equal(m->symbols[bk_model_find(m, "left__S")].compartment, cell);
    assert_int_equal(m->symbols[bk_model_find(m, "right__inner__S")].compartment, cell);
    bk_model_free(m);
}

static void what_replaces_by_replacedBy_takes_the_id_and_keeps_its_value(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    const bk_symbol *const clock = &m->symbols[bk_model_find(m, "clock")];
    assert_int_equal(clock->initial, BK_INITIAL_VALUE);
    assert_true(clock->value == 0);
    assert_rule(m, "double", "2*clock");
    bk_model_free(m);
}

/* One minute of the submodel is 60 of the whole, its k is a tenth of the whole's. */
static void rates_and_time_are_converted(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    assert_rule(m, "clock", "k/milli/minute");
    assert_rule(m, "left__speed", "left__r*minute/nano + time/minute");
    assert_rule(m, "right__inner__speed", "right__inner__r + time");
    bk_model_free(m);
}

static void the_file_of_an_element_is_that_of_its_submodel(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    const bk_symbol *const s = &m->symbols[bk_model_find(m, "left__S")];
    assert_string_equal(s->where.file, "tests/sbml/good/comp-part.xml");
    assert_int_equal(s->where.line, 13);
    assert_int_equal(s->where.column, 7);
    bk_model_free(m);
}

static void annotations_follow_the_metaid_of_their_element(void **state)
{
    (void)state;
    bk_model *const m = fixture_read(path);
    const bk_symbol *const s = &m->symbols[bk_model_find(m, "left__S")];
    assert_string_equal(s->notes.metaid, "left__meta_S");
    assert_non_null(strstr(s->notes.annotation, "this=\"#left__meta_S\""));
    assert_non_null(strstr(s->notes.annotation, "other=\"#meta_S2\""));
    bk_model_free(m);
}

/* A definition that uses the one before it ten times, ten times over. */
static void submodels_beyond_measure_are_refused(void **state)
{
    (void)state;
    bk_text text = {0};
    bk_text_add(
        &text, "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" "
               "level=\"3\" version=\"2\" xmlns:comp=\"http://www.sbml.org/sbml/level3/"
               "version1/comp/version1\" comp:required=\"true\"><model id=\"m\">"
               "<comp:listOfSubmodels><comp:submodel comp:id=\"a\" "
               "comp:modelRef=\"d9\"/></comp:listOfSubmodels></model>"
               "<comp:listOfModelDefinitions><comp:modelDefinition id=\"d0\"/>");
    for (int i = 1; i < 10; i++) {
        bk_text_printf(&text, "<comp:modelDefinition id=\"d%d\"><comp:listOfSubmodels>",
                       i);
        for (int k = 0; k < 10; k++) {
            bk_text_printf(&text,
                           "<comp:submodel comp:id=\"s%d\" comp:modelRef=\"d%d\"/>", k,
                           i - 1);
        }
        bk_text_add(&text, "</comp:listOfSubmodels></comp:modelDefinition>");
    }
    bk_text_add(&text, "</comp:listOfModelDefinitions></sbml>");
    assert_false(text.failed);
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_sbml_parse(text.data, text.length, "x", NULL, diag, &model),
                     BK_BAD_INPUT);
    assert_string_equal(bk_diag_message(diag, 0)->code, "comp-size");
    bk_diag_free(diag);
    bk_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_submodels_hold_is_named_after_them),
        test(what_is_replaced_or_deleted_is_gone),
        test(species_stand_in_the_compartment_that_replaced_theirs),
        test(what_replaces_by_replacedBy_takes_the_id_and_keeps_its_value),
        test(rates_and_time_are_converted),
        test(the_file_of_an_element_is_that_of_its_submodel),
        test(annotations_follow_the_metaid_of_their_element),
        test(submodels_beyond_measure_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
