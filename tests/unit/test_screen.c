/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#include <blockade/experiment.h>
#include <blockade/format.h>

#define test(name) cmocka_unit_test(name)

static const bk_where nowhere = {.file = NULL};

/* L -> R -> K -> T and a slow feedback: T lowers F, which R needs.  H, once on, stays
 * on. */
static const char nodes[] = "id\tmax\tstart\tspeed\taliases\n"
                            "L\t1\t1\tfast\tligand\n"
                            "R\t2\t0\tfast\t\n"
                            "K\t2\t0\tfast\tkinase\n"
                            "T\t1\t0\tfast\t\n"
                            "F\t1\t0\tslow\t\n"
                            "H\t1\t0\tfast\t\n";
static const char arcs[] = "source\tsign\ttarget\n"
                           "L\t+\tR\nF\t+\tR\nR\t+\tK\nK\t+\tT\nT\t-\tF\n"
                           "K\t+\tH\nH\t+\tH\n";
static const char rules[] = "target\tlevel\tfunction\n"
                            "R\t1\tL\nR\t2\tL & F\n"
                            "K\t1\tR>=1\nK\t2\tR>=2\n"
                            "T\t1\tK\nF\t1\t!T\nH\t1\tK | H\n";
static const char drugs[] = "drug\tclass\tedit\tpotency_nM\tdefault_nM\n"
                            "stopper\tinhibitor\tscale K\t1\t999\n";
static const char variants[] = "variant\tedits\n"
                               "R:amp\tbound R in [1, inf]\n"
                               "K:begin\tstart K = 2\n";
static const char backgrounds[] = "background\tvariants\ncell\tR:amp\n";
static const char readouts[] = "readout\texpression\tlabel\n"
                               "pK\tdrive(K) / 2\tphospho\n"
                               "K\tactivity(K) / 2\tkinase\n"
                               "low\t1 - T\tinverse\n"
                               "F\tF\tslow one\n";
static const char *const files[] = {"nodes.tsv",   "arcs.tsv",     "rules.tsv",
                                    "drugs.tsv",   "variants.tsv", "backgrounds.tsv",
                                    "readouts.tsv"};
enum { FILES = sizeof files / sizeof *files };

static char folder[] = "/tmp/blockade-screen-XXXXXX";

static void path_of(const char *name, char path[300])
{
    snprintf(path, 300, "%s/%s", folder, name);
}

static int make_folder(void **state)
{
    static const char *const texts[FILES] = {nodes,    arcs,        rules,   drugs,
                                             variants, backgrounds, readouts};
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    for (size_t i = 0; i < FILES; i++) {
        char path[300];
        path_of(files[i], path);
        FILE *const file = fopen(path, "w");
        if (file == NULL) {
            return -1;
        }
        fputs(texts[i], file);
        fclose(file);
    }
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        char path[300];
        path_of(files[i], path);
        unlink(path);
    }
    rmdir(folder);
    return 0;
}

typedef struct rig {
    bk_model *model, *form;
    bk_library *library;
    bk_readouts *readouts;
    bk_system *system;
} rig;

static void drop(rig *r)
{
    bk_system_free(r->system);
    bk_readouts_free(r->readouts);
    bk_library_free(r->library);
    bk_model_free(r->form);
    bk_model_free(r->model);
}

static bk_status build(rig *r, const bk_engine *engine, const char *only)
{
    *r = (rig){.readouts = bk_readouts_new()};
    bk_status status = r->readouts != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_folder_read(folder, NULL, &r->model);
    }
    const bool continuous = engine == &bk_engine_ode;
    if (status == BK_OK && continuous) {
        status = bk_model_continuous(r->model, NULL, NULL, &r->form);
    }
    const bk_model *const used = continuous ? r->form : r->model;
    if (status == BK_OK) {
        status = bk_library_read(folder, NULL, &r->library);
    }
    if (status == BK_OK) {
        status = bk_readouts_read(r->readouts, used, folder, only, NULL);
    }
    return status == BK_OK ? engine->compile(used, NULL, &r->system) : status;
}

static bk_table *screened(const rig *r, const bk_condition *conditions, size_t n,
                          bool early, int threads, bk_status expected)
{
    const bk_screen_settings settings = {
        .run = bk_settings_defaults(), .early = early, .threads = threads};
    bk_table *table = NULL;
    assert_int_equal(bk_screen_run(r->system, r->library, conditions, n, r->readouts,
                                   &settings, NULL, &table),
                     expected);
    assert_non_null(table);
    return table;
}

static void assert_cells(const bk_table *table, size_t row, const double *expected,
                         int n, double tolerance)
{
    for (int i = 0; i < n; i++) {
        const double value = bk_table_real(table, row, 2 + i);
        if (!(fabs(value - expected[i]) <= tolerance)) {
            fail_msg("row %zu, %s: %g is not %g", row,
                     bk_table_column_name(table, 2 + i), value, expected[i]);
        }
    }
}

static bk_model *network(void)
{
    bk_model *m = NULL;
    assert_int_equal(bk_folder_read(folder, NULL, &m), BK_OK);
    return m;
}

/* --- read-outs -------------------------------------------------------------------- */

static void readouts_name_the_columns_they_need_once(void **state)
{
    (void)state;
    bk_model *const m = network();
    bk_readouts *const r = bk_readouts_new();
    assert_int_equal(bk_readouts_add(r, m, "a", "kinase / 2 + drive(K)", nowhere, NULL),
                     BK_OK);
    assert_int_equal(
        bk_readouts_add(r, m, "b", "max(activity(K), rate(T))^2", nowhere, NULL),
        BK_OK);
    int n = 0;
    const bk_column *const columns = bk_readouts_columns(r, &n);
    assert_int_equal(n, 3);
    const int32_t k = bk_model_find(m, "K");
    const bk_aspect aspects[] = {BK_AS_DRIVE, BK_AS_ACTIVITY, BK_AS_RATE};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(columns[i].symbol, i < 2 ? k : bk_model_find(m, "T"));
        assert_int_equal(columns[i].aspect, aspects[i]);
    }
    assert_int_equal(bk_readouts_count(r), 2);
    assert_string_equal(bk_readouts_name(r, 1), "b");
    bk_readouts_free(r);
    bk_model_free(m);
}

static void assert_no_readout(const char *expression, const char *words)
{
    bk_model *const m = network();
    bk_readouts *const r = bk_readouts_new();
    bk_diag *const diag = bk_diag_new();
    const bk_where where = {.file = "r", .line = 3, .column = 5};
    assert_true(bk_readouts_add(r, m, "x", expression, where, diag) != BK_OK);
    const bk_message *const message = bk_diag_message(diag, 0);
    if (message == NULL || strstr(message->text, words) == NULL ||
        message->where.line != 3) {
        fail_msg("%s: %s", expression, message != NULL ? message->text : "no message");
    }
    int n = 0;
    bk_readouts_columns(r, &n);
    assert_int_equal(n, 0);
    assert_int_equal(bk_readouts_count(r), 0);
    bk_diag_free(diag);
    bk_readouts_free(r);
    bk_model_free(m);
}

static void wrong_expressions_are_located(void **state)
{
    (void)state;
    assert_no_readout("K + kinas", "kinase");
    assert_no_readout("drve(K)", "no function \"drve\"");
    assert_no_readout("drive(K + T)", "the name of one thing");
    assert_no_readout("amount(K)", "is of a species");
    assert_no_readout("K +", "");
}

static void a_list_takes_names_of_the_table_and_expressions(void **state)
{
    (void)state;
    bk_model *const m = network();
    bk_readouts *r = bk_readouts_new();
    assert_int_equal(bk_readouts_read(r, m, folder, "pK, max(K, T) ,low,pK", NULL),
                     BK_OK);
    assert_int_equal(bk_readouts_count(r), 3);
    assert_string_equal(bk_readouts_name(r, 1), "max(K, T)");
    bk_readouts_free(r);
    r = bk_readouts_new();
    assert_int_equal(bk_readouts_read(r, m, folder, NULL, NULL), BK_OK);
    assert_int_equal(bk_readouts_count(r), 4);
    assert_int_equal(bk_readouts_read(r, m, folder, NULL, NULL), BK_BAD_INPUT);
    bk_readouts_free(r);
    r = bk_readouts_new();
    assert_int_equal(bk_readouts_read(r, m, NULL, NULL, NULL), BK_OK);
    assert_int_equal(bk_readouts_count(r), 6);
    bk_readouts_free(r);
    bk_model_free(m);
}

/* --- screens ---------------------------------------------------------------------- */

static void a_drug_lowers_activity_and_leaves_the_drive(void **state)
{
    (void)state;
    rig r;
    assert_int_equal(build(&r, &bk_engine_async, "pK,K,low"), BK_OK);
    const bk_condition conditions[] = {
        {.background = "cell; fix F = 0", .treatment = NULL},
        {.background = "cell; fix F = 0", .treatment = "stopper"}};
    bk_table *const table = screened(&r, conditions, 2, false, 1, BK_OK);
    assert_int_equal(bk_table_rows(table), 2);
    assert_string_equal(bk_table_text(table, 0, 1), "none");
    assert_string_equal(bk_table_text(table, 1, 1), "stopper");
    assert_cells(table, 0, (const double[]){0.5, 0.5, 0}, 3, 0);
    assert_cells(table, 1, (const double[]){0.5, 0, 1}, 3, 0);
    assert_true(bk_table_missing(table, 1, 5));
    bk_table_free(table);
    drop(&r);
}

static void an_early_response_leaves_slow_things_where_they_were(void **state)
{
    (void)state;
    rig r;
    assert_int_equal(build(&r, &bk_engine_async, "pK,F"), BK_OK);
    const bk_condition condition = {.background = NULL, .treatment = "stopper"};
    bk_table *table = screened(&r, &condition, 1, true, 1, BK_OK);
    assert_cells(table, 0, (const double[]){0.5, 0}, 2, 0);
    bk_table_free(table);
    table = screened(&r, &condition, 1, false, 1, BK_OK);
    assert_cells(table, 0, (const double[]){1, 1}, 2, 0);
    bk_table_free(table);
    drop(&r);
}

static void the_continuous_form_agrees_at_the_corners(void **state)
{
    (void)state;
    rig r;
    assert_int_equal(build(&r, &bk_engine_ode, NULL), BK_OK);
    const bk_condition conditions[] = {{.background = "R:amp", .treatment = NULL},
                                       {.background = "R:amp", .treatment = "stopper"}};
    bk_table *table = screened(&r, conditions, 2, true, 2, BK_OK);
    assert_cells(table, 1, (const double[]){0.5, 0, 1, 0}, 4, 2e-3);
    bk_table_free(table);
    table = screened(&r, conditions, 2, false, 2, BK_OK);
    assert_cells(table, 0, (const double[]){0.5, 0.5, 0, 0}, 4, 2e-3);
    assert_cells(table, 1, (const double[]){1, 0, 1, 1}, 4, 2e-3);
    bk_table_free(table);
    drop(&r);
}

static void starts_of_the_background_are_past_when_the_treatment_comes(void **state)
{
    (void)state;
    rig r;
    assert_int_equal(build(&r, &bk_engine_async, "H,low"), BK_OK);
    bk_scenario *const again = bk_scenario_new("again");
    assert_int_equal(
        bk_scenario_parse(again, BK_TREATMENT, "start H = 0", nowhere, NULL), BK_OK);
    static const char background[] = "start H = 0; fix F = 0; start L = 1";
    const bk_condition conditions[] = {
        {.background = background, .treatment = "stopper"},
        {.background = "fix F = 0; start L = 0", .treatment = "none"},
        {.background = "fix F = 0; bound H in [0, 1]",
         .treatment = "stopper",
         .more = again}};
    bk_table *const table = screened(&r, conditions, 3, false, 1, BK_OK);
    assert_cells(table, 0, (const double[]){1, 1}, 2, 0);
    assert_cells(table, 1, (const double[]){0, 1}, 2, 0);
    assert_cells(table, 2, (const double[]){0, 1}, 2, 0);
    bk_table_free(table);
    bk_scenario_free(again);
    drop(&r);
}

static void a_wrong_condition_is_missing_with_a_note(void **state)
{
    (void)state;
    rig r;
    assert_int_equal(build(&r, &bk_engine_sync, "K"), BK_OK);
    const bk_condition conditions[] = {{.background = "cell; fix F = 0"},
                                       {.treatment = "stoper"},
                                       {.background = "fix X = 1"}};
    bk_diag *const diag = bk_diag_new();
    const bk_screen_settings settings = {.run = bk_settings_defaults(), .threads = 1};
    bk_table *table = NULL;
    assert_int_equal(bk_screen_run(r.system, r.library, conditions, 3, r.readouts,
                                   &settings, diag, &table),
                     BK_PARTIAL);
    assert_cells(table, 0, (const double[]){0.5}, 1, 0);
    assert_true(bk_table_missing(table, 1, 2) && bk_table_missing(table, 2, 2));
    assert_non_null(strstr(bk_table_text(table, 1, 3), "stopper"));
    assert_non_null(strstr(bk_table_text(table, 2, 3), "\"X\""));
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 2);
    bk_table_free(table);
    bk_diag_free(diag);
    drop(&r);
}

static void the_number_of_threads_changes_no_byte(void **state)
{
    (void)state;
    const bk_engine *const engines[] = {&bk_engine_ctmc, &bk_engine_async,
                                        &bk_engine_ode};
    static const char *const backgrounds_of[] = {"cell", "ordinary?", "none",
                                                 "K:begin"};
    static const char *const treatments[] = {"none", "stopper@1nM", "stopper",
                                             "stopper@2nM+stopper@1pM"};
    bk_condition conditions[16];
    for (int i = 0; i < 16; i++) {
        conditions[i] = (bk_condition){.background = backgrounds_of[i / 4],
                                       .treatment = treatments[i % 4]};
    }
    for (size_t e = 0; e < sizeof engines / sizeof *engines; e++) {
        rig r;
        assert_int_equal(build(&r, engines[e], NULL), BK_OK);
        char *texts[2] = {NULL, NULL};
        for (int k = 0; k < 2; k++) {
            bk_table *const table =
                screened(&r, conditions, 16, false, k == 0 ? 1 : 8, BK_PARTIAL);
            assert_int_equal(bk_table_print(table, BK_TSV, false, &texts[k]), BK_OK);
            bk_table_free(table);
        }
        assert_string_equal(texts[0], texts[1]);
        bk_string_free(texts[0]);
        bk_string_free(texts[1]);
        drop(&r);
    }
}

static bk_status use_a_screen(void)
{
    rig r;
    bk_status status = build(&r, &bk_engine_sync, NULL);
    const bk_condition conditions[] = {{.background = "cell", .treatment = "stopper"},
                                       {.treatment = "stoper"}};
    const bk_screen_settings settings = {.run = bk_settings_defaults(), .threads = 1};
    bk_diag *const diag = bk_diag_new();
    bk_table *table = NULL;
    if (status == BK_OK) {
        status = bk_screen_run(r.system, r.library, conditions, 2, r.readouts,
                               &settings, diag, &table);
    }
    bk_diag_free(diag);
    bk_table_free(table);
    drop(&r);
    return status;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_int_equal(use_a_screen(), BK_PARTIAL);
    const long total = bk_alloc_fail_after(-1);
    for (long n = 0; n < total; n++) {
        bk_alloc_fail_after(n);
        const bk_status status = use_a_screen();
        assert_true(status == BK_NO_MEMORY || status == BK_PARTIAL);
    }
    bk_alloc_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(readouts_name_the_columns_they_need_once),
        test(wrong_expressions_are_located),
        test(a_list_takes_names_of_the_table_and_expressions),
        test(a_drug_lowers_activity_and_leaves_the_drive),
        test(an_early_response_leaves_slow_things_where_they_were),
        test(the_continuous_form_agrees_at_the_corners),
        test(starts_of_the_background_are_past_when_the_treatment_comes),
        test(a_wrong_condition_is_missing_with_a_note),
        test(the_number_of_threads_changes_no_byte),
        test(any_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
