/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "escape_fixture.h"

#include "base/alloc.h"

#include <blockade/explain.h>

#include <math.h>

static bk_explain question_of(const escape *e, const char *treatment)
{
    return (bk_explain){.logic = e->logic,
                        .system = e->system,
                        .library = e->library,
                        .cell = e->cell,
                        .treatment = treatment,
                        .readouts = e->readouts,
                        .screen = {.run = bk_settings_defaults()}};
}

static bk_table *explained(escape *e, const char *treatment)
{
    const bk_explain question = question_of(e, treatment);
    bk_table *table = NULL;
    const bk_status status = bk_explain_run(&question, e->diag, &table);
    fixture_tell(e->diag);
    assert_int_equal(status, BK_OK);
    return table;
}

static size_t count_of(const bk_table *table, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        n += strcmp(bk_table_text(table, i, 0), part) == 0;
    }
    return n;
}

/* The row of a part with these words, -1: none. */
static long find_row(const bk_table *table, const char *part, const char *what)
{
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        if (strcmp(bk_table_text(table, i, 0), part) == 0 &&
            strcmp(bk_table_text(table, i, 1), what) == 0) {
            return (long)i;
        }
    }
    return -1;
}

static void assert_row(const bk_table *table, const char *part, const char *what,
                       double value)
{
    const long row = find_row(table, part, what);
    if (row < 0) {
        for (size_t i = 0; i < bk_table_rows(table); i++) {
            print_message("%s: %s %g\n", bk_table_text(table, i, 0),
                          bk_table_text(table, i, 1), bk_table_real(table, i, 2));
        }
        fail_msg("no %s: %s", part, what);
    }
    /* 1e-6: what `settle` and the solver's tolerance leave of a level */
    if (!(fabs(bk_table_real(table, (size_t)row, 2) - value) < 1e-6)) {
        fail_msg("%s %s: %g is not %g", part, what,
                 bk_table_real(table, (size_t)row, 2), value);
    }
}

static void the_bypass_alone_carries_a_blocked_signal(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "B:on");
    bk_table *const table = explained(&e, "blocker");
    assert_row(table, "answer", "kept", 1);
    assert_row(table, "source", "B", 1);
    assert_row(table, "path", "B (input) -> Q -> S", 1);
    assert_int_equal(count_of(table, "path"), 1);
    assert_row(table, "cut", "loss B", 0);
    assert_row(table, "cut", "loss Q", 0);
    assert_row(table, "cut", "cut B -> Q", 0);
    assert_row(table, "cut", "cut Q -> S", 0);
    assert_int_equal(count_of(table, "cut"), 4);
    /* the least certain first, with its reference */
    const long low = find_row(table, "evidence", "Q -> S");
    const long high = find_row(table, "evidence", "B -> Q");
    assert_true(low >= 0 && low + 1 == high);
    assert_string_equal(bk_table_text(table, (size_t)low, 3), "low");
    assert_string_equal(bk_table_text(table, (size_t)low, 4), "PMID:4");
    const long path = find_row(table, "path", "B (input) -> Q -> S");
    assert_string_equal(bk_table_text(table, (size_t)path, 4), "PMID:4");
    bk_table_free(table);
    escape_close(&e);
}

/* Either input of an OR suffices, so each has half, and only two cuts together flip it. */
static void two_inputs_that_suffice_share_and_fall_in_pairs(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "B:on");
    bk_table *const table = explained(&e, NULL);
    assert_row(table, "path", "B (input) -> Q -> S", 0.5);
    assert_row(table, "path", "G (input) -> P -> S", 0.5);
    assert_int_equal(count_of(table, "path"), 2);
    assert_row(table, "cut", "loss G + loss B", 0);
    assert_row(table, "cut", "loss G + loss Q", 0);
    assert_row(table, "cut", "loss B + loss P", 0);
    assert_row(table, "cut", "loss P + loss Q", 0);
    assert_int_equal(count_of(table, "cut"), 4);
    bk_table_free(table);
    escape_close(&e);
}

/* Both inputs of an AND are needed: each has half, and each alone flips it. */
static void two_inputs_that_are_needed_share_and_fall_alone(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "fix A = 1; fix C = 1");
    bk_table *const table = explained(&e, "blocker");
    assert_row(table, "path", "A (held by the cell) -> S", 0.5);
    assert_row(table, "path", "C (held by the cell) -> S", 0.5);
    assert_row(table, "cut", "loss A", 0);
    assert_row(table, "cut", "loss C", 0);
    assert_row(table, "cut", "cut A -> S", 0);
    assert_row(table, "cut", "cut C -> S", 0);
    assert_int_equal(count_of(table, "cut"), 4);
    bk_table_free(table);
    escape_close(&e);
}

static void a_lost_signal_has_no_path(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "none");
    bk_table *const table = explained(&e, "blocker");
    assert_row(table, "answer", "lost", 0);
    assert_int_equal(count_of(table, "path"), 0);
    assert_true(find_row(table, "source", "none") >= 0);
    assert_true(find_row(table, "cut", "none") >= 0);
    bk_table_free(table);
    escape_close(&e);
}

/* PTEN lost and p110 beta together hold PIP3 (rule: PIK3CB & !PTEN), and the run without
 * p110 beta loses pAKT (Wee et al. 2008, PNAS 105:13057). */
static void the_shipped_network_names_pten_and_p110_beta(void **state)
{
    (void)state;
    escape e = {.readouts = bk_readouts_new(), .diag = bk_diag_new()};
    assert_int_equal(bk_folder_read("networks/her2", e.diag, &e.logic), BK_OK);
    assert_int_equal(bk_library_read("networks/her2", e.diag, &e.library), BK_OK);
    assert_int_equal(bk_model_continuous(e.logic, NULL, e.diag, &e.form), BK_OK);
    assert_int_equal(bk_engine_ode.compile(e.form, e.diag, &e.system), BK_OK);
    assert_int_equal(
        bk_readouts_read(e.readouts, e.form, "networks/her2", "pAKT", e.diag), BK_OK);
    e.cell = bk_scenario_new("cell");
    assert_int_equal(bk_library_background_scenario(e.library, "ERBB2:amp;PTEN:loss",
                                                    (bk_where){.file = NULL}, e.diag,
                                                    e.cell),
                     BK_OK);
    bk_table *const table = explained(&e, "trastuzumab");
    assert_true(find_row(table, "answer", "kept") == 0);
    assert_true(find_row(table, "path", "PIK3CB (basal) -> PIP3 -> AKT") > 0);
    assert_true(find_row(table, "path", "PTEN (held off by the cell) -| PIP3 -> AKT") >
                0);
    assert_true(find_row(table, "cut", "loss PIP3") > 0);
    double sources = 0;
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        if (strcmp(bk_table_text(table, i, 0), "source") == 0) {
            sources += bk_table_real(table, i, 2);
        }
    }
    assert_true(sources > 0.5 && sources <= 1 + 1e-9);
    bk_table_free(table);
    escape_close(&e);
}

static void another_engine_is_refused(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_sync, "signal", "none");
    const bk_explain question = question_of(&e, "blocker");
    bk_table *table = NULL;
    assert_int_equal(bk_explain_run(&question, e.diag, &table), BK_UNSUPPORTED);
    assert_null(table);
    escape_close(&e);
}

static void an_unknown_drug_is_told(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "none");
    const bk_explain question = question_of(&e, "blokcer");
    bk_table *table = NULL;
    assert_int_equal(bk_explain_run(&question, e.diag, &table), BK_BAD_INPUT);
    assert_non_null(strstr(bk_diag_message(e.diag, 0)->text, "blocker"));
    assert_null(table);
    escape_close(&e);
}

static void no_failed_allocation_is_lost(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "B:on");
    bk_explain question = question_of(&e, "blocker");
    question.screen.threads = 1;
    long all = 1;
    for (long n = -1; n < all; n += n < 500 ? 1 : 7) {
        bk_table *table = NULL;
        bk_alloc_fail_after(n);
        const bk_status status = bk_explain_run(&question, NULL, &table);
        const long passed = bk_alloc_fail_after(-1);
        if (n < 0) {
            all = passed;
            assert_int_equal(status, BK_OK);
            assert_true(all > 500);
        } else if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
            assert_null(table);
        }
        bk_table_free(table);
    }
    escape_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bypass_alone_carries_a_blocked_signal),
        cmocka_unit_test(two_inputs_that_suffice_share_and_fall_in_pairs),
        cmocka_unit_test(two_inputs_that_are_needed_share_and_fall_alone),
        cmocka_unit_test(a_lost_signal_has_no_path),
        cmocka_unit_test(the_shipped_network_names_pten_and_p110_beta),
        cmocka_unit_test(another_engine_is_refused),
        cmocka_unit_test(an_unknown_drug_is_told),
        cmocka_unit_test(no_failed_allocation_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
