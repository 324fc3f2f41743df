/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SIF with a named rule, and the text of BooleanNet. */

#include "fixture.h"

#include "base/alloc.h"
#include "model/model.h"

static bk_model *sif(const char *text, const char *rule)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    if (bk_sif_parse(text, strlen(text), "x.sif", rule, diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", text);
    }
    bk_diag_free(diag);
    return model;
}

static void assert_rules(const char *text, const char *rule, const char *rules)
{
    bk_model *const m = sif(text, rule);
    bk_model *const expected = fixture_bnet(rules);
    fixture_assert_equal(m, expected, -1);
    assert_int_equal(bk_model_symbols(m), bk_model_symbols(expected));
    bk_model_free(m);
    bk_model_free(expected);
}

static const char arcs[] = "A -> T\nB activates T\nC -| T\nD -1 T\nE + U F\n";

static void arcs_become_the_rule_that_is_named(void **state)
{
    (void)state;
    assert_rules(arcs, NULL, "T, (A | B) & !(C | D)\nU, E\nF, E\n");
    assert_rules(arcs, "and-not", "T, (A | B) & !(C | D)\nU, E\nF, E\n");
    assert_rules(arcs, "or", "T, A | B | !C | !D\nU, E\nF, E\n");
    assert_rules(arcs, "and", "T, A & B & !C & !D\nU, E\nF, E\n");
    /* Inhibitors alone: on unless one of them is. */
    assert_rules("A -| T\nB -| T\nA -| T\n", NULL, "T, !(A | B)\n");
}

static void and_nodes_are_conjunctions_as_cellnoptr_writes_them(void **state)
{
    (void)state;
    assert_rules("A 1 and1\nB -1 and1\nand1 1 T\nC 1 T\nX\n", NULL,
                 "T, A & !B | C\nX, X\n");
    /* A name like one of them that nothing comes from is a name. */
    assert_rules("A 1 and1\n", NULL, "and1, A\n");
}

static void arrows_go_both_ways_as_gitsbe_writes_them(void **state)
{
    (void)state;
    assert_rules("A <- B\nC |- D\n", NULL, "A, B\nC, !D\n");
    assert_rules("A <-> B\n", NULL, "A, B\nB, A\n");
    assert_rules("A |-| B\n", NULL, "A, !B\nB, !A\n");
    assert_rules("A |-> B\n", NULL, "A, !B\nB, A\n");
    assert_rules("A <-| B\n", NULL, "A, B\nB, !A\n");
}

static void names_may_hold_spaces_where_columns_are_tabs(void **state)
{
    (void)state;
    bk_model *const m = sif("cyclin D1\t->\tRB 1\r\ncyclin D1\t-|\tp27\r", NULL);
    assert_int_equal(bk_model_symbols(m), 3);
    assert_string_equal(bk_symbol_name(m, 0), "cyclin D1");
    assert_string_equal(bk_symbol_id(m, 0), "cyclin_D1");
    assert_int_equal(bk_model_influences(m), 2);
    assert_int_equal(bk_model_influence(m, 0)->declared, 1);
    assert_int_equal(bk_model_influence(m, 1)->declared, -1);
    bk_model_free(m);
}

static void assert_refused(bk_status status, bk_diag *diag, const char *messages)
{
    assert_int_equal(status, BK_BAD_INPUT);
    char *const told = fixture_messages(diag, BK_WARNING);
    assert_string_equal(told, messages);
    free(told);
    bk_diag_free(diag);
}

static void what_is_wrong_is_told_where_it_stands(void **state)
{
    (void)state;
    static const char text[] = "A pp B\nA ->\n\nand1 1 B\nA 1 and1\nand1 -1 and2\n"
                               "and2 1 B\n\xC3\xA9 x B\n";
    bk_model *m = NULL;
    bk_diag *diag = bk_diag_new();
    assert_refused(bk_sif_parse(text, strlen(text), "x.sif", NULL, diag, &m), diag,
                   "1:3 sif-sign\n2:5 sif-line\n8:3 sif-sign\n6:6 sif-gate\n");
    diag = bk_diag_new();
    assert_refused(bk_sif_parse("", 0, "x.sif", NULL, diag, &m), diag,
                   "1:1 sif-empty\n");
    diag = bk_diag_new();
    assert_refused(bk_sif_parse("A 1 B", 5, "x.sif", "xor", diag, &m), diag,
                   "0:0 sif-rule\n");
}

static const char net[] =
    "# comment\nA = B = True\nC = Random\nE = False\n"
    "1: A* = B and not C\n2: B*=A or D # more\nC * = not (A or B)\n";

static bk_model *booleannet(const char *text)
{
    bk_model *model = NULL;
    assert_int_equal(bk_booleannet_parse(text, strlen(text), "x", NULL, &model), BK_OK);
    return model;
}

static void booleannet_gives_rules_and_starts(void **state)
{
    (void)state;
    bk_model *const m = booleannet(net);
    bk_model *const expected = fixture_bnet("A, B & !C\nB, A | D\nC, !(A | B)\nE, E\n");
    fixture_assert_equal(m, expected, -1);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "A")), 1);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "B")), 1);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "D")), 0);
    assert_true(bk_symbol_input(m, bk_model_find(m, "E")));
    assert_int_equal(m->n_starts, 1);
    assert_int_equal(m->starts[0].levels[0], bk_model_find(m, "C"));
    char *text = NULL;
    assert_int_equal(bk_booleannet_print(m, NULL, &text), BK_OK);
    assert_string_equal(text, "A = True\nB = True\nC = Random\nD = False\nE = False\n\n"
                              "A* = B and not C\nB* = A or D\nC* = not (A or B)\n");
    bk_model *const again = booleannet(text);
    fixture_assert_equal(m, again, 3);
    assert_int_equal(again->n_starts, 1);
    bk_string_free(text);
    bk_model_free(again);
    bk_model_free(expected);
    bk_model_free(m);
}

static void wrong_lines_of_booleannet_are_told(void **state)
{
    (void)state;
    static const char text[] = "A* = B\nA = Maybe\nB == C\nA* = C\nB\nC = True\n"
                               "C = False\nD* = (A\nD = True False\n";
    bk_diag *const diag = bk_diag_new();
    bk_model *m = NULL;
    assert_refused(bk_booleannet_parse(text, strlen(text), "x", diag, &m), diag,
                   "2:10 booleannet-line\n3:4 booleannet-line\n4:1 bnet-twice\n"
                   "5:2 booleannet-line\n9:10 booleannet-line\n8:6 formula-syntax\n"
                   "7:1 booleannet-twice\n");
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char gates[] = "A 1 and1\nB -1 and1\nand1 1 C\nD-x 1 C\n";
    for (int which = 0; which < 2; which++) {
        bk_status status = BK_NO_MEMORY;
        for (long n = 0; status != BK_OK; n++) {
            bk_model *model = NULL;
            char *text = NULL;
            bk_alloc_fail_after(n);
            status = which == 0
                         ? bk_sif_parse(gates, strlen(gates), "x", NULL, NULL, &model)
                         : bk_booleannet_parse(net, strlen(net), "x", NULL, &model);
            if (status == BK_OK) {
                status = bk_booleannet_print(model, NULL, &text);
            }
            bk_alloc_fail_after(-1);
            assert_true(status == BK_OK || status == BK_NO_MEMORY);
            bk_string_free(text);
            bk_model_free(model);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arcs_become_the_rule_that_is_named),
        cmocka_unit_test(and_nodes_are_conjunctions_as_cellnoptr_writes_them),
        cmocka_unit_test(arrows_go_both_ways_as_gitsbe_writes_them),
        cmocka_unit_test(names_may_hold_spaces_where_columns_are_tabs),
        cmocka_unit_test(what_is_wrong_is_told_where_it_stands),
        cmocka_unit_test(booleannet_gives_rules_and_starts),
        cmocka_unit_test(wrong_lines_of_booleannet_are_told),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
