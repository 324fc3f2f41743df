/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/builder.h"

static void assert_printed(const char *text, const char *expected)
{
    bk_model *const model = fixture_bnet(text);
    char *printed = NULL;
    assert_int_equal(bk_bnet_print(model, NULL, &printed), BK_OK);
    assert_string_equal(printed, expected);
    bk_string_free(printed);
    bk_model_free(model);
}

static void
rules_without_a_definition_are_inputs_and_come_after_the_targets(void **state)
{
    (void)state;
    bk_model *const m = fixture_bnet("targets, factors\nB, A & !C\nC, C | D\n");
    assert_int_equal(bk_model_symbols(m), 4);
    static const char *const ids[] = {"B", "C", "A", "D"};
    for (int32_t i = 0; i < 4; i++) {
        assert_string_equal(bk_symbol_id(m, i), ids[i]);
        assert_int_equal(bk_symbol_kind_of(m, i), BK_LEVEL);
        assert_int_equal(bk_symbol_max_level(m, i), 1);
        assert_int_equal(bk_symbol_start_level(m, i), 0);
        assert_int_equal(bk_symbol_input(m, i), i >= 2);
    }
    assert_true(bk_model_has_logic(m));
    assert_false(bk_model_has_kinetics(m));
    bk_model_free(m);
}

static void names_in_another_encoding_become_text_that_every_format_holds(void **state)
{
    (void)state;
    bk_model *const m = fixture_bnet("\xE9t\xE9, B\nB, B\n"); /* Latin-1 */
    assert_string_equal(bk_symbol_name(m, 0), "\xEF\xBF\xBDt\xEF\xBF\xBD");
    bk_model_free(m);
}

static void compare_with_signs(const char *path)
{
    bk_model *const a = fixture_read("tests/bnet/good/signs.bnet");
    bk_model *const b = fixture_read(path);
    fixture_assert_equal(a, b, 4);
    assert_int_equal(bk_model_symbols(b), 4);
    bk_model_free(a);
    bk_model_free(b);
}

static void words_doubled_signs_comments_and_all_line_ends_give_the_same(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/bnet/good", ".bnet", compare_with_signs), 5);
}

static void refuse(const char *path)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_bnet_read(path, diag, &model), BK_BAD_INPUT);
    assert_null(model);
    fixture_assert_messages(path, diag, BK_WARNING);
    bk_diag_free(diag);
}

static void every_problem_of_a_wrong_file_is_told_where_it_stands(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/bnet/bad", ".bnet", refuse), 10);
}

static void a_second_definition_names_the_place_of_the_first(void **state)
{
    (void)state;
    static const char text[] = "A, B\nB, A\nA, !B\n";
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_bnet_parse(text, strlen(text), "x.bnet", diag, &model),
                     BK_BAD_INPUT);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "x.bnet:1:1"));
    bk_diag_free(diag);
}

static void names_that_are_no_ids_stay_as_names_and_are_written_again(void **state)
{
    (void)state;
    static const char text[] = "targets, factors\n"
                               "NF-kB, IL2:IL2R | !14-3-3\n"
                               "NF_kB, NF-kB\n"
                               "IL2:IL2R, TGF\xCE\xB2 & p38@cyt/nuc\n";
    bk_model *const m = fixture_bnet(text);
    static const char *const pairs[][2] = {
        {"NF-kB", "NF_kB_2"},           {"NF_kB", "NF_kB"},
        {"IL2:IL2R", "IL2_IL2R"},       {"14-3-3", "_14_3_3"},
        {"p38@cyt/nuc", "p38_cyt_nuc"}, {"TGF\xCE\xB2", "TGF_"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const int32_t symbol = bk_model_find(m, pairs[i][0]);
        assert_true(symbol >= 0);
        assert_string_equal(bk_symbol_id(m, symbol), pairs[i][1]);
        assert_true(bk_is_sid(bk_symbol_id(m, symbol)));
    }
    bk_model_free(m);
    assert_printed(text, text);
}

static void an_input_nothing_uses_is_kept_by_a_rule_for_itself(void **state)
{
    (void)state;
    bk_builder *const builder = bk_builder_new(NULL);
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, "lonely");
    bk_builder_symbol(builder, &symbol);
    symbol = bk_symbol_blank(BK_LEVEL, "not");
    bk_builder_symbol(builder, &symbol);
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(builder, &model), BK_OK);
    char *text = NULL;
    assert_int_equal(bk_bnet_print(model, NULL, &text), BK_OK);
    assert_string_equal(text, "targets, factors\nlonely, lonely\nnot_1, not_1\n");
    bk_model *const again = fixture_bnet(text);
    assert_int_equal(bk_model_symbols(again), 2);
    bk_string_free(text);
    bk_model_free(model);
    bk_model_free(again);
}

static void functions_are_written_with_the_fewest_parentheses(void **state)
{
    (void)state;
    assert_printed("A, (((B) & (!(!(C)))) | ((D & 1) | (B | !(C | !D))))\n",
                   "targets, factors\nA, B & C | D & 1 | B | !(C | !D)\n");
    assert_printed("A, 0\nB, 1\n", "targets, factors\nA, 0\nB, 1\n");
    assert_printed("A, A\n", "targets, factors\nA, A\n");
}

/* x, y, z inputs and `out` ruled by terms over their relations. */
static bk_model *with_terms(int n, const int *levels,
                            bk_expr (*condition)(bk_exprs *pool, int term),
                            int otherwise)
{
    bk_builder *const builder = bk_builder_new(NULL);
    static const char *const ids[] = {"x", "y", "z", "out"};
    for (int i = 0; i < 4; i++) {
        const bk_symbol symbol = bk_symbol_blank(BK_LEVEL, ids[i]);
        assert_int_equal(bk_builder_symbol(builder, &symbol), i);
    }
    const bk_logic logic = {
        .target = 3, .otherwise = otherwise, .rate_up = 1, .rate_down = 1};
    bk_builder_logic(builder, &logic);
    for (int i = 0; i < n; i++) {
        const bk_term term = {.level = levels[i],
                              .condition = condition(bk_builder_exprs(builder), i)};
        bk_builder_term(builder, &term);
    }
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(builder, &model), BK_OK);
    return model;
}

static bk_expr relation(bk_exprs *pool, bk_op op, int symbol, double number)
{
    return bk_expr_2(pool, op, bk_expr_symbol(pool, symbol),
                     bk_expr_number(pool, number));
}

static bk_expr one_after_the_other(bk_exprs *pool, int term)
{
    return relation(pool, BK_OP_GEQ, term, 1);
}

static bk_expr all_operators(bk_exprs *pool, int term)
{
    (void)term;
    const bk_expr x = relation(pool, BK_OP_LT, 0, 1);
    const bk_expr y =
        bk_expr_2(pool, BK_OP_EQ, bk_expr_number(pool, 0), bk_expr_symbol(pool, 1));
    const bk_expr z = relation(pool, BK_OP_NEQ, 2, 0);
    const bk_expr args[3] = {x, y, z};
    const bk_expr exclusive = bk_expr_make(pool, BK_OP_XOR, args, 3);
    const bk_expr implied = bk_expr_2(pool, BK_OP_IMPLIES, exclusive, y);
    const bk_expr same = bk_expr_2(pool, BK_OP_EQ, implied, z);
    return bk_expr_2(pool, BK_OP_AND, bk_expr_1(pool, BK_OP_NOT, same),
                     relation(pool, BK_OP_GEQ, 1, 0));
}

static void assert_same_as(bk_model *model, const char *bnet)
{
    char *text = NULL;
    assert_int_equal(bk_bnet_print(model, NULL, &text), BK_OK);
    bk_model *const printed = fixture_bnet(text);
    bk_model *const expected = fixture_bnet(bnet);
    fixture_assert_equal(printed, expected, 1);
    fixture_assert_equal(model, expected, 1);
    bk_string_free(text);
    bk_model_free(printed);
    bk_model_free(expected);
    bk_model_free(model);
}

static void the_first_term_that_holds_decides_in_the_written_function(void **state)
{
    (void)state;
    static const int levels[] = {1, 0, 1};
    assert_same_as(with_terms(3, levels, one_after_the_other, 0), "out, x | !y & z\n");
    static const int others[] = {0, 1, 0};
    assert_same_as(with_terms(3, others, one_after_the_other, 1),
                   "out, !x & (y | !z)\n");
}

static void every_operator_of_a_condition_can_be_written(void **state)
{
    (void)state;
    static const int levels[] = {1};
    /* e = !x ^ !y ^ z; out = ((e -> !y) differs from z) */
    assert_same_as(
        with_terms(1, levels, all_operators, 0),
        "out, ((!(x & !y & !z | !x & y & !z | !x & !y & z | x & y & z) | !y) "
        "& !z) | (!(!(x & !y & !z | !x & y & !z | !x & !y & z | x & y & z) | "
        "!y) & z)\n");
}

static void comparing_tells_the_first_state_in_which_functions_differ(void **state)
{
    (void)state;
    bk_model *const a = fixture_bnet("A, B & C\nD, B\nE, E\n");
    bk_model *const b = fixture_bnet("A, B | C\nD, B & (C | !C)\nF, E\n");
    int32_t rules = 0;
    char *differing = NULL;
    assert_int_equal(bk_logic_compare(a, b, &rules, &differing), BK_OK);
    assert_int_equal(rules, 3);
    assert_string_equal(differing,
                        "A: 0 in the first and 1 in the second where B=1, C=0\n"
                        "F: only in the second");
    bk_string_free(differing);
    bk_model_free(a);
    bk_model_free(b);
}

static void functions_of_forty_regulators_are_compared_exactly(void **state)
{
    (void)state;
    bk_text all = {0};
    bk_text but_one = {0};
    bk_text_add(&all, "A, ");
    bk_text_add(&but_one, "A, ");
    for (int i = 0; i < 40; i++) {
        bk_text_printf(&all, "%sx%d", i == 0 ? "" : " & ", i);
        bk_text_printf(&but_one, "%s%sx%d", i == 0 ? "" : " & ", i == 17 ? "!" : "", i);
    }
    bk_model *const a = fixture_bnet(all.data);
    bk_model *const b = fixture_bnet(but_one.data);
    fixture_assert_equal(a, a, 1);
    int32_t rules = 0;
    char *differing = NULL;
    assert_int_equal(bk_logic_compare(a, b, &rules, &differing), BK_OK);
    assert_non_null(differing);
    assert_non_null(strstr(differing, "A: "));
    assert_non_null(strstr(differing, "x0=1, x1=1"));
    bk_string_free(differing);
    bk_model_free(a);
    bk_model_free(b);
    bk_text_free(&all);
    bk_text_free(&but_one);
}

static void a_name_that_differs_by_case_alone_is_warned_of(void **state)
{
    (void)state;
    static const char text[] = "AKT, PI3K\nPI3K, !Akt\n";
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_bnet_parse(text, strlen(text), "x", diag, &model), BK_OK);
    char *const told = fixture_messages(diag, BK_WARNING);
    assert_string_equal(told, "2:8 bnet-case\n");
    free(told);
    bk_model_free(model);
    bk_diag_free(diag);
}

static void a_hundred_thousand_parentheses_are_no_problem(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    bk_text text = {0};
    bk_text_add(&text, "A, ");
    for (int i = 0; i < DEPTH; i++) {
        bk_text_add(&text, "(");
    }
    bk_text_add(&text, "B");
    for (int i = 0; i < DEPTH; i++) {
        bk_text_add(&text, i % 2 == 0 ? " | C)" : " | B)");
    }
    assert_false(text.failed);
    bk_model *const model = fixture_bnet(text.data);
    bk_model *const expected = fixture_bnet("A, B | C\n");
    fixture_assert_equal(model, expected, 1);
    bk_model_free(model);
    bk_model_free(expected);
    bk_text_free(&text);
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char text[] = "targets, factors\nA-1, (B | !C) & D | 1\nB, A-1 & D\n";
    bk_model *const whole = fixture_bnet(text);
    bk_status status = BK_NO_MEMORY;
    for (long n = 0; status != BK_OK; n++) {
        assert_true(n < 100000);
        bk_model *model = NULL;
        char *printed = NULL;
        char *differing = NULL;
        int32_t rules = 0;
        bk_alloc_fail_after(n);
        status = bk_bnet_parse(text, strlen(text), "x", NULL, &model);
        if (status == BK_OK) {
            status = bk_bnet_print(model, NULL, &printed);
        }
        if (status == BK_OK) {
            status = bk_logic_compare(model, whole, &rules, &differing);
        }
        bk_alloc_fail_after(-1);
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        assert_null(differing);
        bk_string_free(printed);
        bk_model_free(model);
    }
    bk_model_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            rules_without_a_definition_are_inputs_and_come_after_the_targets),
        cmocka_unit_test(names_in_another_encoding_become_text_that_every_format_holds),
        cmocka_unit_test(words_doubled_signs_comments_and_all_line_ends_give_the_same),
        cmocka_unit_test(every_problem_of_a_wrong_file_is_told_where_it_stands),
        cmocka_unit_test(a_second_definition_names_the_place_of_the_first),
        cmocka_unit_test(names_that_are_no_ids_stay_as_names_and_are_written_again),
        cmocka_unit_test(an_input_nothing_uses_is_kept_by_a_rule_for_itself),
        cmocka_unit_test(functions_are_written_with_the_fewest_parentheses),
        cmocka_unit_test(the_first_term_that_holds_decides_in_the_written_function),
        cmocka_unit_test(every_operator_of_a_condition_can_be_written),
        cmocka_unit_test(comparing_tells_the_first_state_in_which_functions_differ),
        cmocka_unit_test(functions_of_forty_regulators_are_compared_exactly),
        cmocka_unit_test(a_name_that_differs_by_case_alone_is_warned_of),
        cmocka_unit_test(a_hundred_thousand_parentheses_are_no_problem),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
