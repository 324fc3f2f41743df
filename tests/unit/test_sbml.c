/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading and writing SBML core.  tests/sbml: good files are read without an error; each
 * bad one has beside it a .expected file with its errors, one `line:column: fragment` a
 * line; lax ones are refused, and taken with `lax`; roundtrip ones keep what they hold;
 * truncated ones are cut at every byte. */

#include "fixture.h"

#include "base/alloc.h"
#include "model/model.h"

#include <math.h>

#define test(name) cmocka_unit_test(name)

static bk_status read_file(const char *path, bool lax, bk_diag *diag, bk_model **model)
{
    const bk_read_settings settings = {.lax = lax};
    return bk_sbml_read(path, &settings, diag, model);
}

static bk_model *parsed(const char *text)
{
    bk_diag *const diag = bk_diag_new();
    assert_non_null(diag);
    bk_model *model = NULL;
    const bk_read_settings settings = {.lax = false};
    if (bk_sbml_parse(text, strlen(text), "text.xml", &settings, diag, &model) !=
        BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", text);
    }
    bk_diag_free(diag);
    return model;
}

static char *printed(const bk_model *model)
{
    char *text = NULL;
    assert_int_equal(bk_sbml_print(model, NULL, &text), BK_OK);
    return text;
}

static void read_again(const char *path)
{
    bk_model *const first = fixture_read(path);
    char *const text = printed(first);
    bk_model *const second = parsed(text);
    char *const again = printed(second);
    assert_string_equal(text, again);
    bk_string_free(text);
    bk_string_free(again);
    bk_model_free(first);
    bk_model_free(second);
}

static void good_files_are_read_and_written_the_same_again(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/sbml/good", ".xml", read_again), 9);
    assert_int_equal(fixture_each("tests/sbml/roundtrip", ".xml", read_again), 2);
}

/* Every expected line is among the errors, and there are no others. */
static void assert_errors(const char *path, const bk_diag *diag)
{
    char expected_path[500];
    snprintf(expected_path, sizeof expected_path, "%.*s.expected",
             (int)(strlen(path) - strlen(".xml")), path);
    char *const expected = fixture_slurp(expected_path);
    size_t lines = 0;
    for (char *line = strtok(expected, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bool found = false;
        lines++;
        for (size_t i = 0; i < bk_diag_size(diag) && !found; i++) {
            const bk_message *const m = bk_diag_message(diag, i);
            char place[64];
            const int n = snprintf(place, sizeof place, "%d:%d: ", m->where.line,
                                   m->where.column);
            found = m->severity == BK_ERROR && strncmp(line, place, (size_t)n) == 0 &&
                    strstr(m->text, line + n) != NULL;
        }
        if (!found) {
            fixture_tell(diag);
            fail_msg("%s: not told: %s", path, line);
        }
    }
    if (lines != bk_diag_count(diag, BK_ERROR)) {
        fixture_tell(diag);
        fail_msg("%s: %zu errors expected, %zu told", path, lines,
                 bk_diag_count(diag, BK_ERROR));
    }
    free(expected);
}

static void refuse_bad(const char *path)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(read_file(path, false, diag, &model), BK_BAD_INPUT);
    assert_null(model);
    assert_errors(path, diag);
    bk_diag_free(diag);
}

static void every_problem_of_a_bad_file_is_told_at_its_place(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/sbml/bad", ".xml", refuse_bad), 20);
}

static void read_lax(const char *path)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(read_file(path, false, diag, &model), BK_BAD_INPUT);
    const size_t errors = bk_diag_count(diag, BK_ERROR);
    assert_true(errors > 0);
    bk_diag_clear(diag);
    assert_int_equal(read_file(path, true, diag, &model), BK_OK);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 0);
    assert_int_equal(bk_diag_count(diag, BK_WARNING), errors);
    bk_model_free(model);
    bk_diag_free(diag);
}

static void what_is_wrong_but_clear_is_taken_with_lax(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/sbml/lax", ".xml", read_lax), 1);
}

static void cut_everywhere(const char *path)
{
    char *const text = fixture_slurp(path);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] != '>') {
        length--;
    }
    for (size_t n = 0; n < length; n++) {
        bk_diag *const diag = bk_diag_new();
        bk_model *model = NULL;
        const bk_read_settings settings = {.lax = false};
        assert_int_equal(bk_sbml_parse(text, n, "cut", &settings, diag, &model),
                         BK_BAD_INPUT);
        assert_null(model);
        assert_true(bk_diag_count(diag, BK_ERROR) > 0);
        bk_diag_free(diag);
    }
    free(text);
}

static void a_file_cut_off_anywhere_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/sbml/truncated", ".xml", cut_everywhere), 1);
}

/* --- what is in the good files --- */

static const bk_symbol *symbol_of(const bk_model *model, const char *id)
{
    const int32_t symbol = bk_model_find(model, id);
    if (symbol < 0) {
        fail_msg("no symbol %s", id);
    }
    return &model->symbols[symbol];
}

static void assert_math(const bk_model *model, bk_expr e, const char *expected)
{
    const bk_naming naming = bk_model_naming(model);
    bk_text text = {0};
    bk_expr_print(model->exprs, e, &naming, NULL, &text);
    assert_non_null(text.data);
    assert_string_equal(text.data, expected);
    bk_text_free(&text);
}

static void level_1_has_its_own_defaults_formulas_and_rules(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/sbml/good/l1v1.xml");
    assert_int_equal(m->level, 1);
    assert_int_equal(m->version, 1);
    assert_true(symbol_of(m, "cell")->value == 1.0);
    assert_int_equal(symbol_of(m, "R")->initial, BK_INITIAL_AMOUNT);
    assert_true(symbol_of(m, "S")->boundary);
    assert_false(symbol_of(m, "R")->only_substance);
    assert_false(symbol_of(m, "total")->constant);
    assert_int_equal(m->n_rules, 3);
    assert_int_equal(m->rules[0].kind, BK_ASSIGNMENT_RULE);
    assert_int_equal(m->rules[1].kind, BK_RATE_RULE);
    assert_math(m, m->rules[1].math, "-(0.1)*signal");
    assert_math(m, m->rules[2].math, "((signal^2 + 2^2) + ln(1)) + log(10, 100)");
    assert_math(m, m->reactions[0].law, "(on.k*S)*R/(1 + R^2)");
    assert_true(m->participants[0].stoichiometry == 0.5);
    assert_true(m->participants[1].stoichiometry == 1.0);
    bk_model_free(m);
}

static void level_2_sorts_functions_and_lets_local_parameters_shadow(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/sbml/good/l2v4.xml");
    assert_string_equal(m->functions[0].id, "inner");
    assert_string_equal(m->functions[1].id, "outer");
    assert_int_equal(symbol_of(m, "A")->initial, BK_INITIAL_CONCENTRATION);
    assert_true(symbol_of(m, "P")->only_substance);
    assert_true(symbol_of(m, "k")->value == 0.25);
    assert_true(symbol_of(m, "on.k")->value == 7.0);
    assert_math(m, m->reactions[0].law, "on.k*A*cell");
    assert_math(m, m->participants[0].math, "1 + n");
    assert_math(m, m->constraints[0].math, "0 < A && A < 9");
    assert_false(m->events[0].has_id);
    assert_math(m, m->event_assignments[0].math, "0.0015");
    assert_int_equal(bk_model_requirements(m), 0);
    bk_model_free(m);
}

static void level_3_gives_ids_to_references_and_takes_absent_mathematics(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/sbml/good/l3v2.xml");
    const bk_symbol *const dose = symbol_of(m, "dose");
    assert_int_equal(dose->kind, BK_STOICHIOMETRY);
    assert_true(isnan(dose->value));
    assert_int_equal(m->rules[0].math, -1);
    const bk_symbol *const r = symbol_of(m, "R");
    assert_string_equal(m->symbols[r->conversion].id, "own");
    assert_true(r->own_conversion);
    assert_string_equal(m->symbols[symbol_of(m, "S")->conversion].id, "factor");
    assert_math(m, m->reactions[0].law, "on.own*R");
    assert_false(m->events[0].persistent);
    bk_model_free(m);
}

static void our_annotation_names_aliases_groups_and_slow_things(void **state)
{
    (void)state;
    bk_model *const first = fixture_read("tests/sbml/good/l3v2.xml");
    char *const text = printed(first);
    bk_model *const m = parsed(text);
    const int32_t r = bk_model_find(m, "R");
    assert_int_equal(bk_model_find(m, "erbb2"), r);
    assert_int_equal(bk_model_find(m, "P04626"), r);
    assert_string_equal(m->symbols[r].group, "HER2");
    assert_true(bk_symbol_slow(m, r));
    assert_non_null(strstr(m->symbols[r].notes.annotation, "rdf:RDF"));
    assert_null(strstr(m->symbols[r].notes.annotation, "blockade"));
    bk_string_free(text);
    bk_model_free(first);
    bk_model_free(m);
}

static void notes_and_foreign_annotations_are_written_again(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/sbml/roundtrip/notes.xml");
    char *const text = printed(m);
    assert_non_null(strstr(text, "Caf\xC3\xA9 &amp; more"));
    assert_non_null(
        strstr(text, "<tool:place xmlns:tool=\"http://example.org/tool\" x=\"3\""));
    assert_non_null(strstr(text, "<tool:c>text</tool:c>"));
    assert_non_null(strstr(text, "initialAmount=\"1e-300\""));
    bk_string_free(text);
    bk_model_free(m);
}

static void all_of_mathml_has_the_right_value(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        double value;
    } wanted[] = {{"one_minus", -0.5},
                  {"two_minus", -1.5},
                  {"two_power", 0.25},
                  {"two_rem", 0.5},
                  {"two_quotient", 0},
                  {"many_max", 3},
                  {"many_min", 0.5},
                  {"many_lt", 1},
                  {"many_geq", 0},
                  {"none_times", 1},
                  {"none_plus", 0},
                  {"root", 0.70710678118654752},
                  {"root_3", 0.79370052598409974},
                  {"log", -0.30102999566398120},
                  {"log_2", -1},
                  {"number_e", 6.02e23},
                  {"number_rational", 1.0 / 3},
                  {"number_integer", -7},
                  {"choice", 1},
                  {"explained", 2.5},
                  {"two_implies", 1},
                  {"one_arccot", 1.1071487177940904}};
    bk_model *const m = fixture_read("tests/sbml/good/mathml.xml");
    double *const values = calloc((size_t)m->n_symbols, sizeof *values);
    assert_non_null(values);
    for (int32_t i = 0; i < m->n_symbols; i++) {
        values[i] = m->symbols[i].value;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const bk_rule *const rule = &m->rules[symbol_of(m, wanted[i].id)->rule];
        const double value = bk_expr_evaluate(m->exprs, rule->math, values, 0, NULL);
        if (!(fabs(value - wanted[i].value) <= 1e-15 * fabs(wanted[i].value))) {
            fail_msg("%s is %.17g, not %.17g", wanted[i].id, value, wanted[i].value);
        }
    }
    const bk_rule *const unit = &m->rules[symbol_of(m, "number_unit")->rule];
    assert_string_equal(bk_expr_unit(m->exprs, unit->math), "second");
    free(values);
    bk_model_free(m);
}

/* --- documents made here --- */

static const char head[] =
    "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" level=\"3\" "
    "version=\"2\"";

static void a_required_package_is_a_requirement_and_an_optional_one_a_note(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof text,
             "%s xmlns:s=\"http://www.sbml.org/sbml/level3/version1/spatial/version1\" "
             "s:required=\"true\" "
             "xmlns:r=\"http://www.sbml.org/sbml/level3/version1/render/version1\" "
             "r:required=\"false\"><model id=\"m\"/></sbml>",
             head);
    bk_model *const m = parsed(text);
    assert_int_equal(bk_model_requirements(m), 1);
    assert_string_equal(bk_model_requirement(m, 0)->what, "package spatial (required)");
    assert_true(bk_model_requirement(m, 0)->kinetic);
    char *written = NULL;
    assert_int_equal(bk_sbml_print(m, NULL, &written), BK_UNSUPPORTED);
    assert_null(written);
    bk_model_free(m);
}

static void long_sums_are_written_so_that_they_can_be_read(void **state)
{
    (void)state;
    bk_text text = {0};
    bk_text_add(&text, "<sbml xmlns=\"http://www.sbml.org/sbml/level1\" level=\"1\" "
                       "version=\"2\"><model name=\"m\"><listOfParameters><parameter "
                       "name=\"a\"/></listOfParameters><listOfRules><parameterRule "
                       "name=\"a\" formula=\"1");
    for (int i = 0; i < 2000; i++) {
        bk_text_add(&text, " + 1");
    }
    bk_text_add(&text, "\"/></listOfRules></model></sbml>");
    assert_false(text.failed);
    bk_model *const m = parsed(text.data);
    char *const written = printed(m);
    bk_model *const again = parsed(written);
    assert_true(bk_expr_evaluate(again->exprs, again->rules[0].math, NULL, 0, NULL) ==
                2001.0);
    bk_string_free(written);
    bk_model_free(again);
    bk_model_free(m);
    bk_text_free(&text);
}

static void what_is_too_deep_for_xml_is_refused(void **state)
{
    (void)state;
    bk_text text = {0};
    bk_text_add(&text, "<sbml xmlns=\"http://www.sbml.org/sbml/level1\" level=\"1\" "
                       "version=\"2\"><model name=\"m\"><listOfParameters><parameter "
                       "name=\"a\"/></listOfParameters><listOfRules><parameterRule "
                       "name=\"a\" formula=\"1");
    for (int i = 0; i < 400; i++) {
        bk_text_add(&text, " - 1");
    }
    bk_text_add(&text, "\"/></listOfRules></model></sbml>");
    bk_model *const m = parsed(text.data);
    char *written = NULL;
    assert_int_equal(bk_sbml_print(m, NULL, &written), BK_UNSUPPORTED);
    assert_null(written);
    bk_model_free(m);
    bk_text_free(&text);
}

static void fast_reactions_make_it_version_1(void **state)
{
    (void)state;
    bk_model *const m = parsed(
        "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version1/core\" level=\"3\" "
        "version=\"1\"><model id=\"m\"><listOfReactions><reaction id=\"r\" "
        "fast=\"true\" reversible=\"false\"/></listOfReactions></model></sbml>");
    char *const text = printed(m);
    assert_non_null(strstr(text, "level=\"3\" version=\"1\""));
    assert_non_null(strstr(text, "fast=\"true\""));
    bk_model_free(m);
    bk_model *slow = NULL;
    const bk_read_settings settings = {.ignore_fast = true};
    assert_int_equal(
        bk_sbml_parse(text, strlen(text), "text.xml", &settings, NULL, &slow), BK_OK);
    assert_false(slow->reactions[0].fast);
    bk_string_free(text);
    bk_model_free(slow);
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "tests/sbml/good/l1v1.xml", "tests/sbml/good/l2v4.xml",
        "tests/sbml/good/l3v2.xml", "tests/sbml/roundtrip/notes.xml",
        "tests/sbml/bad/references.xml"};
    const bk_read_settings settings = {.lax = false};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char *const text = fixture_slurp(paths[i]);
        const bool bad = strstr(paths[i], "/bad/") != NULL;
        bool done = false;
        for (long n = 0; !done; n++) {
            bk_diag *const diag = bk_diag_new();
            bk_model *model = NULL;
            char *out = NULL;
            bk_alloc_fail_after(n);
            bk_status status =
                bk_sbml_parse(text, strlen(text), paths[i], &settings, diag, &model);
            if (status == BK_OK) {
                status = bk_sbml_print(model, diag, &out);
            }
            done = bk_alloc_fail_after(-1) < n;
            assert_true(status == BK_NO_MEMORY || status == BK_OK ||
                        (bad && status == BK_BAD_INPUT));
            bk_string_free(out);
            bk_model_free(model);
            bk_diag_free(diag);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(good_files_are_read_and_written_the_same_again),
        test(every_problem_of_a_bad_file_is_told_at_its_place),
        test(what_is_wrong_but_clear_is_taken_with_lax),
        test(a_file_cut_off_anywhere_is_an_error),
        test(level_1_has_its_own_defaults_formulas_and_rules),
        test(level_2_sorts_functions_and_lets_local_parameters_shadow),
        test(level_3_gives_ids_to_references_and_takes_absent_mathematics),
        test(our_annotation_names_aliases_groups_and_slow_things),
        test(notes_and_foreign_annotations_are_written_again),
        test(all_of_mathml_has_the_right_value),
        test(a_required_package_is_a_requirement_and_an_optional_one_a_note),
        test(long_sums_are_written_so_that_they_can_be_read),
        test(what_is_too_deep_for_xml_is_refused),
        test(fast_reactions_make_it_version_1),
        test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
