/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "escape_fixture.h"

#include "base/alloc.h"

#include <blockade/resistance.h>

#include <math.h>

static bk_resistance question_of(const escape *e, const char *treatment)
{
    return (bk_resistance){.logic = e->logic,
                           .system = e->system,
                           .library = e->library,
                           .folder = "tests/escape",
                           .cell = e->cell,
                           .treatment = treatment,
                           .readouts = e->readouts,
                           .screen = {.run = bk_settings_defaults()},
                           .variants = true,
                           .nodes = true};
}

static size_t row_of(const bk_table *table, const char *column, const char *label)
{
    const int k = bk_table_find_column(table, column);
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        if (strcmp(bk_table_text(table, i, k), label) == 0) {
            return i;
        }
    }
    fail_msg("no row %s", label);
    return 0;
}

static double cell_of(const bk_table *table, size_t row, const char *column)
{
    return bk_table_real(table, row, bk_table_find_column(table, column));
}

static void assert_call(const bk_table *table, const char *label, const char *call,
                        double retained, double kept)
{
    const size_t row = row_of(table, "alteration", label);
    const char *const said =
        bk_table_text(table, row, bk_table_find_column(table, "call"));
    const double r = cell_of(table, row, "effect_retained");
    const double k = cell_of(table, row, "signal_kept");
    /* 1e-6: what `settle` and the solver's tolerance leave of a level */
    if (strcmp(said, call) != 0 || !(fabs(r - retained) < 1e-6) ||
        !(fabs(k - kept) < 1e-6)) {
        fail_msg("%s: %s, retained %g, kept %g", label, said, r, k);
    }
}

/* The whole table by hand: what goes round G keeps the signal, what is upstream of it and
 * lost leaves none, and A or C alone change nothing. */
static void bypasses_cost_the_effect_and_lost_signals_are_told_apart(void **state)
{
    (void)state;
    static const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_ode};
    for (int i = 0; i < 2; i++) {
        escape e = escape_open(engines[i], "signal", "none");
        const bk_resistance question = question_of(&e, "blocker");
        bk_table *table = NULL;
        assert_int_equal(bk_resistance_run(&question, e.diag, &table), BK_OK);
        assert_call(table, "B:on", "resistant", 0, 1);
        assert_call(table, "masked", "resistant", 0, 1);
        assert_call(table, "gain Q", "resistant", 0, 1);
        assert_call(table, "gain S", "resistant", 0, 1);
        assert_call(table, "gain A", "sensitive", 1, 0);
        assert_call(table, "gain C", "sensitive", 1, 0);
        assert_call(table, "loss Q", "sensitive", 1, 0);
        assert_call(table, "loss G", "no signal", 0, 0);
        assert_call(table, "loss P", "no signal", 0, 0);
        assert_int_equal(row_of(table, "alteration", "B:on"), 0);
        const size_t on = row_of(table, "alteration", "B:on");
        assert_string_equal(bk_table_text(table, on, 3), "X1");
        assert_string_equal(bk_table_text(table, on, 4), "bypass");
        bk_table_free(table);
        escape_close(&e);
    }
}

static void pairs_find_what_only_two_together_do(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_sync, "signal,output", "none");
    bk_resistance question = question_of(&e, "blocker");
    question.pairs = true;
    bk_table *table = NULL;
    assert_int_equal(bk_resistance_run(&question, e.diag, &table), BK_OK);
    /* in the order of resistance.tsv, and with its class */
    const size_t both = row_of(table, "alteration", "gain C + gain A");
    assert_call(table, "gain C + gain A", "resistant", 0, 1);
    assert_string_equal(bk_table_text(table, both, 3), "X1");
    assert_true(fabs(cell_of(table, both, "beyond_singles") - 1) < 1e-9);
    assert_call(table, "B:on + gain A", "resistant", 0, 1);
    const size_t other = row_of(table, "alteration", "B:on + gain A");
    assert_true(fabs(cell_of(table, other, "beyond_singles")) < 1e-9);
    /* a node cannot be gained and lost */
    const int k = bk_table_find_column(table, "alteration");
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        assert_string_not_equal(bk_table_text(table, i, k), "gain A + loss A");
    }
    bk_table_free(table);
    escape_close(&e);
}

/* "gain X" and "loss X" as edits. */
static void edit_of(const escape *e, const char *label, size_t length, char *edit)
{
    char id[20] = "";
    memcpy(id, label + 5, length - 5);
    const int32_t node = bk_model_find(e->logic, id);
    const int level = label[0] == 'g' ? bk_symbol_max_level(e->logic, node) : 0;
    snprintf(edit, 40, "fix %s = %d", id, level);
}

/* Many are not run, since one of the two changes nothing in the cell of the other. */
static void every_pair_measures_what_its_cell_does_when_run_alone(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "none");
    bk_resistance question = question_of(&e, "blocker");
    question.pairs = true;
    question.variants = false;
    bk_table *table = NULL;
    assert_int_equal(bk_resistance_run(&question, e.diag, &table), BK_OK);
    const int name = bk_table_find_column(table, "alteration");
    size_t pairs = 0;
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        const char *const label = bk_table_text(table, i, name);
        const char *const plus = strstr(label, " + ");
        char first[40], second[40], both[90];
        if (plus == NULL) {
            continue;
        }
        edit_of(&e, label, (size_t)(plus - label), first);
        edit_of(&e, plus + 3, strlen(plus + 3), second);
        snprintf(both, sizeof both, "%s;%s", first, second);
        const bk_condition conditions[] = {{both, NULL, e.cell},
                                           {both, "blocker", e.cell}};
        bk_table *alone = NULL;
        assert_int_equal(bk_screen_run(e.system, e.library, conditions, 2, e.readouts,
                                       &question.screen, e.diag, &alone),
                         BK_OK);
        /* 1e-6: as in assert_call */
        const double untreated = cell_of(table, i, "untreated_signal");
        const double treated = cell_of(table, i, "treated_signal");
        assert_true(fabs(untreated - cell_of(alone, 0, "signal")) < 1e-6);
        assert_true(fabs(treated - cell_of(alone, 1, "signal")) < 1e-6);
        bk_table_free(alone);
        pairs++;
    }
    assert_true(pairs > 50);
    bk_table_free(table);
    escape_close(&e);
}

static void the_same_bytes_come_from_any_number_of_threads(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal", "none");
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        bk_resistance question = question_of(&e, "blocker");
        question.screen.threads = i == 0 ? 1 : 4;
        bk_table *table = NULL;
        assert_int_equal(bk_resistance_run(&question, e.diag, &table), BK_OK);
        assert_int_equal(bk_table_print(table, BK_TSV, false, &texts[i]), BK_OK);
        bk_table_free(table);
    }
    assert_string_equal(texts[0], texts[1]);
    bk_string_free(texts[0]);
    bk_string_free(texts[1]);
    escape_close(&e);
}

static void a_drug_without_effect_has_none_to_lose(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_sync, "signal", "none");
    const bk_resistance question = question_of(&e, "sealer");
    bk_table *table = NULL;
    assert_int_equal(bk_resistance_run(&question, e.diag, &table), BK_BAD_INPUT);
    assert_null(table);
    escape_close(&e);
}

static void the_partner_that_closes_the_bypass_restores(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_ode, "signal,reverse", "B:on");
    const bk_resistance question = question_of(&e, "blocker");
    bk_table *table = NULL;
    assert_int_equal(bk_partners_run(&question, "none", e.diag, &table), BK_OK);
    assert_int_equal(bk_table_rows(table), 2);
    assert_string_equal(bk_table_text(table, 0, 1), "sealer");
    assert_string_equal(bk_table_text(table, 0, 5), "restores");
    assert_true(fabs(cell_of(table, 0, "restored") - 1) < 1e-6);
    assert_true(fabs(cell_of(table, 0, "restored_alone")) < 1e-6);
    assert_string_equal(bk_table_text(table, 1, 1), "idle");
    assert_true(fabs(cell_of(table, 1, "restored")) < 1e-6);
    bk_table_free(table);
    table = NULL;
    assert_int_equal(bk_partners_run(&question, "B:on", e.diag, &table), BK_BAD_INPUT);
    assert_null(table);
    escape_close(&e);
}

/* Each alteration that the shipped table of classes names is one that is run. */
static void the_classes_of_the_shipped_table_name_alterations(void **state)
{
    (void)state;
    bk_table *table = NULL;
    bk_model *model = NULL;
    bk_library *library = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(
        bk_table_read("networks/her2/resistance.tsv", BK_TSV, diag, &table), BK_OK);
    assert_int_equal(bk_folder_read("networks/her2", diag, &model), BK_OK);
    assert_int_equal(bk_library_read("networks/her2", diag, &library), BK_OK);
    const int column = bk_table_find_column(table, "alterations");
    size_t seen = 0;
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        char list[1000];
        snprintf(list, sizeof list, "%s", bk_table_text(table, i, column));
        for (char *word = strtok(list, ";+"); word != NULL; word = strtok(NULL, ";+")) {
            word += strspn(word, " ");
            char *end = word + strlen(word);
            while (end > word && end[-1] == ' ') {
                *--end = '\0';
            }
            const bool node =
                strncmp(word, "gain ", 5) == 0 || strncmp(word, "loss ", 5) == 0;
            bool known = node && bk_model_find(model, word + 5) >= 0;
            for (size_t k = 0; !node && k < bk_library_variants(library); k++) {
                known = known || strcmp(bk_library_variant(library, k), word) == 0;
            }
            if (!known) {
                fail_msg("row %zu: %s", i, word);
            }
            seen++;
        }
    }
    assert_true(seen > 30);
    bk_table_free(table);
    bk_model_free(model);
    bk_library_free(library);
    bk_diag_free(diag);
}

static void no_failed_allocation_is_lost(void **state)
{
    (void)state;
    escape e = escape_open(&bk_engine_sync, "signal", "B:on");
    bk_resistance question = question_of(&e, "blocker+sealer");
    question.screen.threads = 1;
    question.nodes = false;
    question.pairs = true;
    for (int part = 0; part < 2; part++) {
        question.treatment = part == 0 ? "blocker+sealer" : "blocker";
        long all = 1;
        for (long n = -1; n < all; n++) {
            bk_table *table = NULL;
            bk_alloc_fail_after(n);
            const bk_status status =
                part == 0 ? bk_resistance_run(&question, NULL, &table)
                          : bk_partners_run(&question, "none", NULL, &table);
            const long passed = bk_alloc_fail_after(-1);
            if (n < 0) {
                all = passed;
                assert_int_equal(status, BK_OK);
                assert_true(all > 100);
            } else if (status != BK_OK) {
                /* a read-out that finds no memory is a missing value */
                assert_true(status == BK_NO_MEMORY || status == BK_NUMERICAL);
                assert_null(table);
            }
            bk_table_free(table);
        }
    }
    escape_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bypasses_cost_the_effect_and_lost_signals_are_told_apart),
        cmocka_unit_test(pairs_find_what_only_two_together_do),
        cmocka_unit_test(every_pair_measures_what_its_cell_does_when_run_alone),
        cmocka_unit_test(the_same_bytes_come_from_any_number_of_threads),
        cmocka_unit_test(a_drug_without_effect_has_none_to_lose),
        cmocka_unit_test(the_partner_that_closes_the_bypass_restores),
        cmocka_unit_test(the_classes_of_the_shipped_table_name_alterations),
        cmocka_unit_test(no_failed_allocation_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
