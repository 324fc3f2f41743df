/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Questions in words, on the shipped HER2 network: what the words mean, not which answer
 * is right. */

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct bench {
    bk_model *model, *continuous;
    bk_library *library;
    bk_system *ode, *async;
    bk_diag *diag;
    bk_table *answers;
    bk_status status;
    const char *stepper; /* NULL: as ever */
} bench;

static bench opened(void)
{
    const bk_read_settings settings = {.lax = false};
    const bk_continuous_settings form = bk_continuous_defaults();
    bench b = {.diag = bk_diag_new()};
    assert_int_equal(
        bk_model_read("networks/her2/her2.sbml", &settings, NULL, &b.model), BK_OK);
    assert_int_equal(bk_library_read("networks/her2", NULL, &b.library), BK_OK);
    assert_int_equal(bk_model_continuous(b.model, &form, NULL, &b.continuous), BK_OK);
    assert_int_equal(bk_engine_ode.compile(b.continuous, NULL, &b.ode), BK_OK);
    assert_int_equal(bk_engine_async.compile(b.model, NULL, &b.async), BK_OK);
    return b;
}

static void closed(bench *b)
{
    bk_table_free(b->answers);
    bk_system_free(b->ode);
    bk_system_free(b->async);
    bk_library_free(b->library);
    bk_model_free(b->continuous);
    bk_model_free(b->model);
    bk_diag_free(b->diag);
}

/* Rows without the header, one a line, tabs between. */
static void ask_with(bench *b, const char *header, const char *rows, bool pairs)
{
    char text[4096];
    bk_table *questions = NULL;
    const int length = snprintf(text, sizeof text, "%s\n%s", header, rows);
    assert_int_equal(
        bk_table_parse(text, (size_t)length, "questions.tsv", BK_TSV, NULL, &questions),
        BK_OK);
    bk_settings run = bk_settings_defaults();
    run.runs = 20;
    run.stepper = b->stepper != NULL ? b->stepper : run.stepper;
    const bk_predictor predictor = {.logic = b->model,
                                    .ode = b->ode,
                                    .async = b->async,
                                    .library = b->library,
                                    .folder = "networks/her2",
                                    .pairs = pairs};
    bk_table_free(b->answers);
    b->answers = NULL;
    bk_diag_clear(b->diag);
    b->status = bk_predict(&predictor, questions, &run, b->diag, &b->answers);
    bk_table_free(questions);
}

static void ask(bench *b, const char *rows)
{
    ask_with(b, "id\tbackground\ttreatment\treadout\tcomparator\ttime", rows, false);
}

static const char *word(const bench *b, size_t row, const char *column)
{
    return bk_table_text(b->answers, row, bk_table_find_column(b->answers, column));
}

static double value(const bench *b, size_t row, const char *column)
{
    return bk_table_real(b->answers, row, bk_table_find_column(b->answers, column));
}

static void assert_same_answers(const bench *b)
{
    for (size_t i = 1; i < bk_table_rows(b->answers); i++) {
        assert_string_equal(word(b, i, "status"), "answered");
        assert_true(value(b, i, "value_late") == value(b, 0, "value_late"));
        assert_true(value(b, i, "value_early") == value(b, 0, "value_early"));
        assert_true(value(b, i, "effect") == value(b, 0, "effect"));
    }
}

static void words_that_mean_the_same_have_the_same_answer(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b,
        "1\tERBB2:amp\ttrastuzumab\tAKT\tuntreated\tlate\n"
        "2\tHER2:amp\tHerceptin\tAKT\tDMSO\tsteady\n"
        "3\tSKBR3\ttrastuzumab (a remark)\tPKB\tnone\tlate\n"
        "3\tERBB2:amp\ttrastuzumab@1.5e+2nM\tAKT\tuntreated\tlate\n"
        "3\tERBB2:amp\ttrastuzumab@7.5e+1nM+trastuzumab@75nM\tAKT\tuntreated\tlate\n"
        "4\tERBB2-driven\ttrastuzumab@150nM\tassay:AKT\tuntreated\t\n"
        "5\tAn unknown line (ERBB2:amp)\ttrastuzumab\takt\tuntreated\tlate\n");
    assert_int_equal(b.status, BK_OK);
    assert_same_answers(&b);
    assert_true(value(&b, 0, "effect") < -0.1);
    assert_non_null(strstr(word(&b, 6, "note"), "An unknown line"));
    closed(&b);
}

static void an_answer_without_a_value_says_why(void **state)
{
    (void)state;
    bench b = opened();
    b.stepper = "no such stepper";
    ask(&b, "1\tERBB2:amp\ttrastuzumab\tAKT\tuntreated\tlate\n");
    assert_int_equal(b.status, BK_PARTIAL);
    assert_string_equal(word(&b, 0, "status"), "failed");
    print_message("%s\n", word(&b, 0, "note"));
    assert_non_null(strstr(word(&b, 0, "note"), "no value: "));
    assert_non_null(strstr(word(&b, 0, "note"), "no such stepper"));
    closed(&b);
}

static void states_given_replace_those_of_the_cell_line(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b, "1\tERBB2:amp;ESR1:pos\tnone\tAKT\tuntreated\tlate\n"
            "2\tBT-474 (PIK3CA:wt)\tnone\tAKT\tuntreated\tlate\n"
            "3\tBT474 (ERBB2:amp;PI3K:normal)\tnone\tAKT\tuntreated\tlate\n");
    assert_int_equal(b.status, BK_OK);
    assert_same_answers(&b);
    closed(&b);
}

static void a_comparator_is_a_condition_of_its_own(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b, "1\tERBB2:amp;NF1:loss\ttucatinib\tERK\ttucatinib in NF1:wt\tlate\n"
            "2\tERBB2:amp\ttucatinib\tERK\tuntreated\tlate\n"
            "3\tERBB2:amp\tnone\tAKT\tHER2-normal cells\tlate\n"
            "4\tERBB2:normal\tnone\tAKT\tuntreated\tlate\n"
            "5\tERBB2:amp\tlapatinib+alpelisib\tAKT\tlapatinib alone\tlate\n"
            "6\tERBB2:amp\tlapatinib\tAKT\tuntreated\tlate\n"
            "7\tERBB2:amp\tAZD8055\tAKT\tearly time point\tlate\n");
    assert_int_equal(b.status, BK_OK);
    assert_true(value(&b, 0, "comparator_late") == value(&b, 1, "value_late"));
    assert_true(value(&b, 2, "comparator_late") == value(&b, 3, "value_late"));
    assert_true(value(&b, 4, "comparator_late") == value(&b, 5, "value_late"));
    assert_true(value(&b, 6, "effect") ==
                value(&b, 6, "value_late") - value(&b, 6, "value_early"));
    closed(&b);
}

static void a_comparator_that_names_nothing_new_is_a_cell_of_its_own(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b, "1\tERBB2:amp;PTEN:loss\ttrastuzumab\tAKT\ttrastuzumab in ERBB2:amp\tlate\n"
            "2\tERBB2:amp\ttrastuzumab\tAKT\tuntreated\tlate\n"
            "3\tPTEN:loss\tnone\tAKT\tERBB2:normal untreated\tlate\n"
            "4\tERBB2:normal\tnone\tAKT\tuntreated\tlate\n"
            "5\tERBB2:amp;PTEN:loss\tnone\tAKT\tERBB2:normal untreated\tlate\n"
            "6\tPTEN:loss\tnone\tAKT\tuntreated\tlate\n");
    assert_int_equal(b.status, BK_OK);
    assert_true(value(&b, 0, "comparator_late") == value(&b, 1, "value_late"));
    assert_true(value(&b, 0, "effect") > 0.1);
    assert_true(value(&b, 2, "comparator_late") == value(&b, 3, "value_late"));
    assert_true(value(&b, 2, "effect") > 0.1);
    assert_true(value(&b, 4, "comparator_late") == value(&b, 5, "value_late"));
    closed(&b);
}

/* Plain states of nodes say nothing, however many there are. */
static void a_background_has_any_number_of_items(void **state)
{
    (void)state;
    bench b = opened();
    char plain[2048] = "", rows[4096];
    for (int32_t i = 0, n = 0; n < 40; i++) {
        const char *const id = bk_symbol_id(b.model, i);
        if (strcmp(id, "ERBB2") != 0 && strcmp(id, "PTEN") != 0) {
            const size_t used = strlen(plain);
            snprintf(plain + used, sizeof plain - used, "%s:wt;", id);
            n++;
        }
    }
    snprintf(rows, sizeof rows,
             "1\tERBB2:amp\tlapatinib\tAKT\tnone in PTEN:loss\tlate\n"
             "2\t%sERBB2:amp\tlapatinib\tAKT\tnone in PTEN:loss\tlate\n"
             "3\tUnknown (%sERBB2:amp)\tlapatinib\tAKT\tnone in PTEN:loss\tlate\n",
             plain, plain);
    ask(&b, rows);
    assert_int_equal(b.status, BK_OK);
    assert_same_answers(&b);
    assert_true(value(&b, 0, "effect") < -0.1);
    closed(&b);
}

static void a_part_that_leaves_no_room_is_compared_at_half_doses(void **state)
{
    (void)state;
    bench b = opened();
    ask_with(&b, "id\tbackground\ttreatment\treadout\tcomparator\ttime",
             "1\tERBB2:amp\tlapatinib+buparlisib\tAKT\tlapatinib alone\tlate\n"
             "2\tERBB2:amp\tlapatinib@1000nM+buparlisib@2000nM\tAKT\tlapatinib@1000nM "
             "alone\tlate\n"
             "3\tERBB2:amp\tlapatinib+kd:VEGFA\tAKT\tlapatinib alone\tlate\n"
             "4\tERBB2:amp\ttrastuzumab+buparlisib\tAKT\ttrastuzumab alone\tlate\n"
             "5\tERBB2:amp\tlapatinib+buparlisib\tAKT\tlapatinib@1000nM\tlate\n",
             true);
    assert_int_equal(b.status, BK_OK);
    assert_true(value(&b, 4, "comparator_late") < 0.02); /* so is the comparator's */
    assert_string_equal(word(&b, 4, "note"), "");
    assert_true(value(&b, 0, "comparator_late") > 0.1); /* half of the effect is left */
    assert_true(value(&b, 0, "effect") < -0.1);
    assert_non_null(strstr(word(&b, 0, "note"), "no room"));
    assert_true(value(&b, 1, "comparator_late") < 0.02); /* doses stated are kept */
    assert_string_equal(word(&b, 1, "note"), "");
    assert_true(fabs(value(&b, 2, "effect")) <
                1e-6); /* what does nothing adds nothing */
    assert_true(value(&b, 3, "comparator_late") > 0.4); /* room enough */
    assert_string_equal(word(&b, 3, "note"), "");
    closed(&b);
}

static void a_wrong_row_leaves_the_others_answered(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b, "1\tERBB2:amp\tlapatinb\tAKT\tuntreated\tlate\n"
            "2\tERBB2:amp\tlapatinib\tAKT\tuntreated\tlate\n"
            "3\tERBB2:amp\tlapatinib\tATK1\tuntreated\tlate\n"
            "4\tERBB2:amp\tlapatinib\tclinical_benefit\tuntreated\tlate\n"
            "5\tmixed ERBB2:amp/ERBB2:neg\tT-DXd\tProliferation\tuntreated\tlate\n"
            "6\tERBB2:amp\tlapatinib@lots\tAKT\tuntreated\tlate\n"
            "7\tERBB2:amp\tlapatinib\tAKT\tuntreated\tearyl\n"
            "8\tERBB2:amp\tlapatinib\tAKT\tuntreated\tin vivo\n");
    assert_int_equal(b.status, BK_PARTIAL);
    assert_string_equal(word(&b, 0, "status"), "failed");
    assert_string_equal(word(&b, 1, "status"), "answered");
    assert_string_equal(word(&b, 2, "status"), "failed");
    assert_string_equal(word(&b, 3, "status"), "outside");
    assert_string_equal(word(&b, 4, "status"), "outside");
    assert_string_equal(word(&b, 5, "status"), "failed");
    const bk_message *const first = bk_diag_message(b.diag, 0);
    assert_int_equal(first->where.line, 2);
    assert_int_equal(first->where.column, 13);
    assert_non_null(strstr(first->text, "lapatinib"));
    assert_string_equal(word(&b, 6, "status"), "failed");
    assert_string_equal(word(&b, 7, "status"), "answered");
    const bk_message *const last = bk_diag_message(b.diag, bk_diag_size(b.diag) - 1);
    assert_int_equal(last->where.line, 8);
    assert_int_equal(last->where.column, 37);
    assert_non_null(strstr(last->text, "\"earyl\"; did you mean early?"));
    closed(&b);
}

static void a_note_is_said_once(void **state)
{
    (void)state;
    bench b = opened();
    ask(&b,
        "1\tERBB2:amp\tPI3K inhibitor+lapatinib\tAKT\tPI3K inhibitor alone\tlate\n");
    assert_int_equal(b.status, BK_OK);
    const char *const first = strstr(word(&b, 0, "note"), "PI3K inhibitor = ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "PI3K inhibitor = "));
    closed(&b);
}

static void further_columns_change_no_byte(void **state)
{
    (void)state;
    bench b = opened();
    char *plain = NULL, *told = NULL;
    ask(&b, "1\tERBB2:amp\tlapatinib\tAKT\tuntreated\tlate\n");
    assert_int_equal(bk_table_print(b.answers, BK_TSV, false, &plain), BK_OK);
    ask_with(&b, "id\tbackground\ttreatment\treadout\tdirection\tcomparator\ttime",
             "1\tERBB2:amp\tlapatinib\tAKT\tup\tuntreated\tlate\n", false);
    assert_int_equal(bk_table_print(b.answers, BK_TSV, false, &told), BK_OK);
    assert_string_equal(plain, told);
    bk_string_free(plain);
    bk_string_free(told);
    closed(&b);
}

static void a_table_without_its_columns_is_refused(void **state)
{
    (void)state;
    bench b = opened();
    ask_with(&b, "id\tbackground\treadout", "1\tERBB2:amp\tAKT\n", false);
    assert_int_equal(b.status, BK_BAD_INPUT);
    assert_non_null(strstr(bk_diag_message(b.diag, 0)->text, "treatment"));
    assert_null(b.answers);
    closed(&b);
}

/* Loewe: a drug with itself is additive, so its excess over the better half is what
 * doubling the dose brings and its excess over independence is small.  The last three
 * have their threshold just above the dose that is taken when none is given. */
static void a_drug_with_itself_is_no_synergy(void **state)
{
    (void)state;
    enum { DRUGS = 7 };
    static const char *const drugs[DRUGS] = {"lapatinib",   "MK-2206",   "trametinib",
                                             "palbociclib", "gefitinib", "alpelisib",
                                             "capivasertib"};
    bench b = opened();
    char rows[1024] = "";
    for (size_t i = 0; i < DRUGS; i++) {
        const size_t used = strlen(rows);
        snprintf(rows + used, sizeof rows - used,
                 "%zu\tERBB2:amp\t%s+%s\tProliferation\teach alone\tlate\n", i,
                 drugs[i], drugs[i]);
    }
    ask_with(&b, "id\tbackground\ttreatment\treadout\tcomparator\ttime", rows, true);
    assert_int_equal(b.status, BK_OK);
    for (size_t i = 0; i < DRUGS; i++) {
        assert_true(!isnan(value(&b, i, "bliss")));
        assert_true(value(&b, i, "hsa") >= -1e-6);
        if (value(&b, i, "hsa") >= 0.05 && value(&b, i, "bliss") >= 0.05) {
            fail_msg("%s with itself: hsa %g, bliss %g", drugs[i], value(&b, i, "hsa"),
                     value(&b, i, "bliss"));
        }
    }
    closed(&b);
}

/* By the definition: treatments by the share of terms, times a half and half the share of
 * the cell. */
static void an_observation_is_as_near_as_what_both_name(void **state)
{
    (void)state;
    bench b = opened();
    static const char text[] = "background\ttreatment\treadout\n"
                               "ERBB2:amp\ttrastuzumab+alpelisib\tpAKT\n"
                               "ERBB2:amp\ttrastuzumab\tassay:AKT\n"
                               "MCF7\tlapatinib\tAKT\n"
                               "ERBB2:amp\ttrastuzumab\tERK\n"
                               "ERBB2:amp\tno drug known\tAKT\n"
                               "ERBB2:amp;PIK3CA:H1047R\talpelisib\tAKT\n";
    static const double expected[] = {1.0, 0.5, 0.0, 0.0, 0.0, 0.5 * 0.75};
    static const char *const treatments[] = {"trastuzumab+alpelisib", "no such drug"};
    static const char *const readouts[] = {"AKT", "proliferation"};
    double got[6];
    bk_table *known = NULL;
    assert_int_equal(
        bk_table_parse(text, strlen(text), "known.tsv", BK_TSV, NULL, &known), BK_OK);
    assert_int_equal(bk_observations_likeness(b.model, b.library, known, "ERBB2:amp",
                                              treatments, 2, readouts, 2, b.diag, got),
                     BK_OK);
    assert_int_equal(bk_diag_count(b.diag, BK_ERROR), 1);
    for (size_t i = 0; i < 6; i++) {
        if (!(fabs(got[i] - expected[i]) < 1e-12)) {
            fail_msg("row %zu: %g, not %g", i, got[i], expected[i]);
        }
    }
    assert_int_equal(bk_observations_likeness(b.model, b.library, known, "no such cell",
                                              treatments, 1, readouts, 2, b.diag, got),
                     BK_NOT_FOUND);
    bk_table_free(known);
    closed(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_mean_the_same_have_the_same_answer),
        cmocka_unit_test(an_answer_without_a_value_says_why),
        cmocka_unit_test(states_given_replace_those_of_the_cell_line),
        cmocka_unit_test(a_comparator_is_a_condition_of_its_own),
        cmocka_unit_test(a_comparator_that_names_nothing_new_is_a_cell_of_its_own),
        cmocka_unit_test(a_background_has_any_number_of_items),
        cmocka_unit_test(a_part_that_leaves_no_room_is_compared_at_half_doses),
        cmocka_unit_test(a_wrong_row_leaves_the_others_answered),
        cmocka_unit_test(a_note_is_said_once),
        cmocka_unit_test(further_columns_change_no_byte),
        cmocka_unit_test(a_table_without_its_columns_is_refused),
        cmocka_unit_test(a_drug_with_itself_is_no_synergy),
        cmocka_unit_test(an_observation_is_as_near_as_what_both_name)};
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
