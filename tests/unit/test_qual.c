/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include "base/text.h"

static bk_model *parse(const char *text, bool lax, bk_diag *diag)
{
    const bk_read_settings settings = {.lax = lax};
    bk_model *model = NULL;
    if (bk_sbml_parse(text, strlen(text), "text.xml", &settings, diag, &model) !=
        BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read the text");
    }
    return model;
}

/* The model written as SBML and read again.  What is written must not depend on the
 * order of its terms, which qual does not give. */
static bk_model *again(const bk_model *model)
{
    bk_diag *const diag = bk_diag_new();
    char *text = NULL;
    if (bk_sbml_print(model, diag, &text) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot write");
    }
    bk_model *const read = parse(text, false, diag);
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        assert_string_not_equal(bk_diag_message(diag, i)->code, "terms-overlap");
    }
    bk_string_free(text);
    bk_diag_free(diag);
    return read;
}

static bool exists(const char *path)
{
    FILE *const file = fopen(path, "r");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* Beside x.xml stands what it means, as x.bnet or as a folder x of tables. */
static void compare_with_partner(const char *path)
{
    char partner[500];
    snprintf(partner, sizeof partner, "%s", path);
    strcpy(strrchr(partner, '.'), ".bnet");
    if (!exists(partner)) {
        *strrchr(partner, '.') = '\0';
    }
    bk_model *const a = fixture_read(path);
    bk_model *const b = fixture_read(partner);
    fixture_assert_equal(a, b, -1);
    bk_model *const c = again(a);
    fixture_assert_equal(c, b, -1);
    bk_model_free(a);
    bk_model_free(b);
    bk_model_free(c);
}

static void every_dialect_means_what_its_partner_says(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/qual/good", ".xml", compare_with_partner), 6);
}

static void refuse(const char *path)
{
    const bk_read_settings settings = {.lax = false};
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_sbml_read(path, &settings, diag, &model), BK_BAD_INPUT);
    assert_null(model);
    fixture_assert_messages(path, diag, BK_ERROR);
    bk_diag_free(diag);
}

static void every_problem_of_a_wrong_file_is_told_where_it_stands(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/qual/bad", ".xml", refuse), 5);
}

static void a_missing_default_term_is_0_when_read_lax(void **state)
{
    (void)state;
    char *const text = fixture_slurp("tests/qual/bad/no-default.xml");
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = parse(text, true, diag);
    assert_int_equal(bk_diag_count(diag, BK_WARNING), 2);
    bk_model *const expected = fixture_bnet("A, B\nB, 0\n");
    fixture_assert_equal(m, expected, 2);
    bk_model_free(m);
    bk_model_free(expected);
    bk_diag_free(diag);
    free(text);
}

#define HEAD                                                                           \
    "<?xml version=\"1.0\"?><sbml "                                                    \
    "xmlns=\"http://www.sbml.org/sbml/level3/version1/core\" level=\"3\" "             \
    "version=\"1\" "                                                                   \
    "xmlns:qual=\"http://www.sbml.org/sbml/level3/version1/qual/version1\" "           \
    "qual:required=\"true\"><model id=\"m\"><listOfCompartments><compartment "         \
    "id=\"c\" "                                                                        \
    "constant=\"true\"/></listOfCompartments><qual:listOfQualitativeSpecies>"
#define SPECIES(id, more)                                                              \
    "<qual:qualitativeSpecies qual:id=\"" id                                           \
    "\" qual:compartment=\"c\" qual:constant=\"false\" qual:maxLevel=\"1\"" more       \
    "/>\n"
#define TAIL "</qual:listOfTransitions></model></sbml>"

static void effects_that_no_engine_knows_are_requirements_with_their_line(void **state)
{
    (void)state;
    static const char text[] = HEAD SPECIES("A", "") SPECIES(
        "B", "") "</qual:listOfQualitativeSpecies><qual:listOfTransitions>\n"
                 "<qual:transition qual:id=\"t\"><qual:listOfInputs>\n"
                 "<qual:input qual:qualitativeSpecies=\"A\" "
                 "qual:transitionEffect=\"consumption\"/></qual:listOfInputs>"
                 "<qual:listOfOutputs>\n"
                 "<qual:output qual:qualitativeSpecies=\"B\" qual:outputLevel=\"1\" "
                 "qual:transitionEffect=\"production\"/></qual:listOfOutputs>"
                 "<qual:listOfFunctionTerms><qual:defaultTerm qual:resultLevel=\"1\"/>"
                 "</qual:listOfFunctionTerms></qual:transition>" TAIL;
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = parse(text, false, diag);
    int found = 0;
    for (int32_t i = 0; i < bk_model_requirements(m); i++) {
        const bk_requirement *const r = bk_model_requirement(m, i);
        if (strstr(r->what, "consumption") != NULL) {
            assert_string_equal(r->detail, "A");
            assert_int_equal(r->where.line, 5);
            found++;
        }
        if (strstr(r->what, "production") != NULL) {
            assert_string_equal(r->detail, "B");
            assert_int_equal(r->where.line, 6);
            found++;
        }
        assert_true(r->logical);
    }
    assert_int_equal(found, 2);
    char *printed = NULL;
    assert_int_equal(bk_bnet_print(m, diag, &printed), BK_UNSUPPORTED);
    bk_model_free(m);
    bk_diag_free(diag);
}

static void levels_names_and_signs_are_read_as_declared(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/qual/good/thresholds.xml");
    const int32_t r = bk_model_find(m, "R");
    assert_int_equal(bk_symbol_max_level(m, r), 2);
    assert_int_equal(bk_symbol_start_level(m, r), 1);
    assert_true(bk_symbol_input(m, r));
    assert_int_equal(bk_symbol_max_level(m, bk_model_find(m, "K")), 3);
    assert_int_equal(bk_model_influences(m), 3);
    for (int32_t i = 0; i < 3; i++) {
        const bk_influence *const arc = bk_model_influence(m, i);
        const bool brake = arc->source == bk_model_find(m, "K");
        assert_int_equal(arc->declared, brake ? -1 : 1);
        assert_int_equal(arc->sign, brake ? -1 : 1);
        assert_true(arc->effective);
    }
    bk_model_free(m);
}

static void names_in_place_of_ids_are_taken_with_one_warning(void **state)
{
    (void)state;
    char *const text = fixture_slurp("tests/qual/good/names-and-missing-levels.xml");
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = parse(text, false, diag);
    char *const told = fixture_messages(diag, BK_WARNING);
    assert_string_equal(told,
                        "26:27 qual-name\n9:7 qual-max-level\n10:7 qual-max-level\n"
                        "29:11 terms-overlap\n");
    assert_int_equal(bk_symbol_max_level(m, bk_model_find(m, "AKT")), 2);
    free(told);
    free(text);
    bk_model_free(m);
    bk_diag_free(diag);
}

static const bk_influence *arc(const bk_model *m, const char *source,
                               const char *target)
{
    for (int32_t i = 0; i < bk_model_influences(m); i++) {
        const bk_influence *const one = bk_model_influence(m, i);
        if (one->source == bk_model_find(m, source) &&
            one->target == bk_model_find(m, target)) {
            return one;
        }
    }
    fail_msg("no arc %s -> %s", source, target);
    return NULL;
}

static void a_network_folder_survives_as_sbml_with_all_its_evidence(void **state)
{
    (void)state;
    bk_model *const a = fixture_read("tests/folder/good/her2");
    bk_model *const b = again(a);
    fixture_assert_equal(a, b, 4);
    assert_int_equal(bk_model_influences(a), bk_model_influences(b));
    for (int32_t i = 0; i < bk_model_influences(a); i++) {
        const bk_influence *const x = bk_model_influence(a, i);
        const bk_influence *const y =
            arc(b, bk_symbol_id(a, x->source), bk_symbol_id(a, x->target));
        assert_int_equal(x->sign, y->sign);
        assert_int_equal(x->declared, y->declared);
        assert_int_equal(x->slow, y->slow);
        assert_string_equal(x->mechanism, y->mechanism);
        assert_string_equal(x->references, y->references);
        assert_string_equal(x->confidence, y->confidence);
        assert_string_equal(x->loop, y->loop);
    }
    for (int32_t i = 0; i < bk_model_symbols(a); i++) {
        const int32_t k = bk_model_find(b, bk_symbol_id(a, i));
        assert_true(k >= 0);
        assert_string_equal(bk_symbol_name(a, i), bk_symbol_name(b, k));
        assert_int_equal(bk_symbol_max_level(a, i), bk_symbol_max_level(b, k));
        assert_int_equal(bk_symbol_start_level(a, i), bk_symbol_start_level(b, k));
        assert_int_equal(bk_symbol_slow(a, i), bk_symbol_slow(b, k));
    }
    static const char *const aliases[] = {"neu", "P04626", "AKT2", "ERBB3"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(bk_symbol_id(a, bk_model_find(a, aliases[i])),
                            bk_symbol_id(b, bk_model_find(b, aliases[i])));
    }
    bk_model_free(a);
    bk_model_free(b);
}

static void writing_twice_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const models[] = {
        "tests/folder/good/her2", "tests/qual/good/comparisons.xml",
        "tests/qual/good/thresholds.xml", "tests/bnet/good/signs.bnet"};
    for (int i = 0; i < 4; i++) {
        bk_model *const a = fixture_read(models[i]);
        bk_model *const b = again(a);
        bk_model *const c = again(b);
        char *first = NULL;
        char *second = NULL;
        assert_int_equal(bk_sbml_print(b, NULL, &first), BK_OK);
        assert_int_equal(bk_sbml_print(c, NULL, &second), BK_OK);
        assert_string_equal(first, second);
        bk_string_free(first);
        bk_string_free(second);
        bk_model_free(a);
        bk_model_free(b);
        bk_model_free(c);
    }
}

/* A random formula over n names, as text. */
static void random_formula(bk_text *text, unsigned *seed, int n, int depth)
{
    *seed = *seed * 1103515245u + 12345u;
    const unsigned draw = *seed >> 16;
    if (depth == 0 || draw % 5 == 0) {
        bk_text_printf(text, "%sx-%u", draw % 3 == 0 ? "!" : "",
                       draw / 7 % (unsigned)n);
        return;
    }
    bk_text_add(text, draw % 4 == 0 ? "!(" : "(");
    random_formula(text, seed, n, depth - 1);
    bk_text_add(text, draw % 2 == 0 ? " & " : " | ");
    random_formula(text, seed, n, depth - 1);
    bk_text_add(text, ")");
}

static void random_networks_survive_bnet_to_qual_to_bnet_to_qual(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        unsigned seed = round;
        const int n = 3 + (int)(round % 10);
        bk_text text = {0};
        for (int i = 0; i < n - 1; i++) {
            bk_text_printf(&text, "x-%d, ", i);
            random_formula(&text, &seed, n, 4);
            bk_text_add(&text, "\n");
        }
        bk_model *const a = fixture_bnet(text.data);
        bk_model *const b = again(a);
        char *printed = NULL;
        assert_int_equal(bk_bnet_print(b, NULL, &printed), BK_OK);
        assert_non_null(strstr(printed, "x-0, "));
        bk_model *const c = fixture_bnet(printed);
        bk_model *const d = again(c);
        fixture_assert_equal(a, b, n - 1);
        fixture_assert_equal(b, c, n - 1);
        fixture_assert_equal(c, d, n - 1);
        bk_string_free(printed);
        bk_model_free(a);
        bk_model_free(b);
        bk_model_free(c);
        bk_model_free(d);
        bk_text_free(&text);
    }
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const paths[] = {"tests/qual/good/thresholds.xml",
                                        "tests/qual/good/names-and-missing-levels.xml"};
    const bk_read_settings settings = {.lax = false};
    for (int i = 0; i < 2; i++) {
        char *const text = fixture_slurp(paths[i]);
        bk_status status = BK_NO_MEMORY;
        for (long n = 0; status != BK_OK; n++) {
            assert_true(n < 100000);
            bk_model *model = NULL;
            char *printed = NULL;
            bk_alloc_fail_after(n);
            status = bk_sbml_parse(text, strlen(text), "x", &settings, NULL, &model);
            if (status == BK_OK) {
                status = bk_sbml_print(model, NULL, &printed);
            }
            bk_alloc_fail_after(-1);
            assert_true(status == BK_OK || status == BK_NO_MEMORY);
            bk_string_free(printed);
            bk_model_free(model);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialect_means_what_its_partner_says),
        cmocka_unit_test(every_problem_of_a_wrong_file_is_told_where_it_stands),
        cmocka_unit_test(a_missing_default_term_is_0_when_read_lax),
        cmocka_unit_test(effects_that_no_engine_knows_are_requirements_with_their_line),
        cmocka_unit_test(levels_names_and_signs_are_read_as_declared),
        cmocka_unit_test(names_in_place_of_ids_are_taken_with_one_warning),
        cmocka_unit_test(a_network_folder_survives_as_sbml_with_all_its_evidence),
        cmocka_unit_test(writing_twice_gives_the_same_bytes),
        cmocka_unit_test(random_networks_survive_bnet_to_qual_to_bnet_to_qual),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
