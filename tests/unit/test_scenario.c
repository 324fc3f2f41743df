/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_fixture.h"

/* --- text ------------------------------------------------------------------------- */

static void every_edit_prints_and_reads_back(void **state)
{
    (void)state;
    assert_prints("", "");
    assert_prints("# nothing\n\n;;\n", "");
    assert_prints("start x=1;start [y] = 2.5",
                  "background\nstart x = 1\nstart [y] = 2.5\n");
    assert_prints("fix AKT = 0 # knocked out\nscale r1 by 1e-3",
                  "background\nfix AKT = 0\nscale r1 by 0.001\n");
    assert_prints("bound PI3K in [1,inf]; bound B in [ -INF , +2 ]",
                  "background\nbound PI3K in [1, inf]\nbound B in [-inf, 2]\n");
    assert_prints("cut A->B at 0.5; cut A -> B",
                  "background\ncut A -> B at 0.5\ncut A -> B at 0\n");
    assert_prints("treatment\nscale A by 0\nbackground;fix B = 1",
                  "treatment\nscale A by 0\nbackground\nfix B = 1\n");
    assert_prints("variant PIK3CA:H1047R; access T-DM1 = 0.1",
                  "background\nvariant PIK3CA:H1047R\naccess T-DM1 = 0.1\n");
}

static void doses_are_kept_in_nanomolar(void **state)
{
    (void)state;
    assert_prints("drug a @ 500 nM", "treatment\ndrug a @ 500 nM\n");
    assert_prints("drug a@500", "treatment\ndrug a @ 500 nM\n");
    assert_prints("drug a@1.5uM", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a@1.5 \xC2\xB5M", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a@1.5 \xCE\xBCM", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a @ 20 pM", "treatment\ndrug a @ 0.02 nM\n");
    assert_prints("drug a @ 1 mM; drug a @ 2 M",
                  "treatment\ndrug a @ 1000000 nM\ndrug a @ 2000000000 nM\n");
    assert_prints("drug a", "treatment\ndrug a\n");
}

static void names_may_be_odd_or_quoted(void **state)
{
    (void)state;
    assert_prints("fix NF-kB.2:x/y@z = 1", "background\nfix NF-kB.2:x/y@z = 1\n");
    assert_prints("fix \"a = b; # c\" = 1", "background\nfix \"a = b; # c\" = 1\n");
    assert_prints("fix \"say \"\"no\"\"\" = 1",
                  "background\nfix \"say \"\"no\"\"\" = 1\n");
    assert_prints("cut 14-3-3->B-C at 1", "background\ncut 14-3-3 -> B-C at 1\n");
    assert_prints("drug T-DXd@5nM; drug trastuzumab duocarmazine @ 3 nM",
                  "treatment\ndrug T-DXd @ 5 nM\n"
                  "drug \"trastuzumab duocarmazine\" @ 3 nM\n");
    assert_prints("access dual PI3K/mTOR inhibitor = 0.5",
                  "background\naccess \"dual PI3K/mTOR inhibitor\" = 0.5\n");
    assert_prints("fix \xCE\xB2-catenin = 0", "background\nfix \xCE\xB2-catenin = 0\n");
    assert_prints("fix in = 0; cut at -> by at 1; scale by by 2",
                  "background\nfix in = 0\ncut at -> by at 1\nscale by by 2\n");
}

static void malformed_edits_say_where_and_what_was_expected(void **state)
{
    (void)state;
    assert_refused("fax A = 1", 1, 1, "start, fix, bound");
    assert_refused("fix = 1", 1, 5, "a name after 'fix'");
    assert_refused("fix A", 1, 6, "'= value'");
    assert_refused("fix A = x", 1, 9, "a finite number after '=', got 'x'");
    assert_refused("fix A = inf", 1, 9, "a finite number");
    assert_refused("fix A = 1 2", 1, 11, "';' or a new line");
    assert_refused("fix A = 1x", 1, 9, "a finite number");
    assert_refused("fix A = nan", 1, 9, "a finite number");
    assert_refused("\n\n  fix \xCE\xB2 = y", 3, 11, "a finite number");
    assert_refused("start [A = 1", 1, 10, "']'");
    assert_refused("bound A [0, 1]", 1, 9, "'in [low, high]'");
    assert_refused("bound A in 0, 1", 1, 12, "'[low, high]'");
    assert_refused("bound A in [0 1]", 1, 15, "','");
    assert_refused("bound A in [2, 1]", 1, 16, "not below the lower one, got '1]'");
    assert_refused("bound A in [0, 1", 1, 17, "']'");
    assert_refused("bound A in [zero, 1]", 1, 13, "a number or -inf");
    assert_refused("scale A", 1, 8, "'by factor'");
    assert_refused("scale A by -1", 1, 12, "a finite factor of at least 0");
    assert_refused("cut A B at 0", 1, 7, "'-> target'");
    assert_refused("cut A -> at 0", 1, 13, "'at value' or nothing");
    assert_refused("cut A -> B at", 1, 14, "a finite number after 'at'");
    assert_refused("drug", 1, 5, "the name of a drug");
    assert_refused("drug a @ much", 1, 10, "a dose such as 500 nM");
    assert_refused("drug a @ 5 kg", 1, 10, "a dose such as 500 nM");
    assert_refused("drug a @ -5", 1, 10, "a dose");
    assert_refused("access a = 2", 1, 12, "a factor between 0 and 1");
    assert_refused("fix \"A = 1", 1, 11, "a closing quote");
    assert_refused("fix \"\" = 1", 1, 7, "a name between the quotes");
    assert_refused("treatment now", 1, 11, "';' or a new line");
}

static void all_malformed_edits_are_told_in_one_pass(void **state)
{
    (void)state;
    bk_scenario *const s = parsed("fix A = 1");
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_scenario_parse(s, BK_BACKGROUND,
                                       "fix = 1; fix A = 2\nscale B\n", start_of_text,
                                       diag),
                     BK_BAD_INPUT);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 2);
    assert_int_equal(bk_diag_message(diag, 1)->where.line, 2);
    assert_int_equal(bk_scenario_edits(s), 1);
    bk_diag_free(diag);
    bk_scenario_free(s);
}

static void a_scenario_is_read_from_a_file(void **state)
{
    (void)state;
    write_file(folder, "scenario.txt",
               "fix AKT = 0\r\ntreatment\r\nscale PI3K by 0.5\r\n");
    char path[256];
    snprintf(path, sizeof path, "%s/scenario.txt", folder);
    bk_scenario *s = NULL;
    assert_int_equal(bk_scenario_read(path, NULL, &s), BK_OK);
    assert_string_equal(bk_scenario_name(s), "scenario");
    assert_int_equal(bk_scenario_edits(s), 2);
    bk_scenario *const copy = bk_scenario_copy(s);
    assert_int_equal(bk_scenario_append(copy, copy), BK_OK);
    assert_int_equal(bk_scenario_edits(copy), 4);
    bk_scenario_free(s);
    char *text = NULL;
    assert_int_equal(bk_scenario_print(copy, &text), BK_OK);
    assert_string_equal(text,
                        "background\nfix AKT = 0\ntreatment\nscale PI3K by 0.5\n"
                        "background\nfix AKT = 0\ntreatment\nscale PI3K by 0.5\n");
    bk_string_free(text);
    bk_scenario_free(copy);
}

/* --- library ---------------------------------------------------------------------- */

static void the_library_lists_what_its_tables_name(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    assert_int_equal(bk_library_drugs(library), 5);
    assert_string_equal(bk_library_drug(library, 2), "trastuzumab duocarmazine");
    assert_int_equal(bk_library_variants(library), 6);
    assert_int_equal(bk_library_backgrounds(library), 2);
    assert_string_equal(bk_library_background(library, 1), "HER2-amplified+PIK3CA");
    bk_library_free(library);
    assert_int_equal(bk_library_drugs(NULL), 0);
    bk_library *empty = NULL;
    assert_int_equal(bk_library_read("/nowhere", NULL, &empty), BK_OK);
    assert_int_equal(bk_library_drugs(empty), 0);
    bk_library_free(empty);
}

static void wrong_cells_of_a_library_are_located(void **state)
{
    (void)state;
    char other[] = "/tmp/blockade-scenario-XXXXXX";
    assert_non_null(mkdtemp(other));
    write_file(other, "drugs.tsv",
               "drug\tedit\tpotency_nM\tresidual\n"
               "a\tscale X\t\t\n"
               "b\tstart X = 1\t\t\n"
               "c\tscale X\t5\t2\n"
               "d\tscale X of\t5\t\n");
    write_file(other, "backgrounds.tsv", "background\tvariants\nx\tnothing:here\n");
    bk_diag *const diag = bk_diag_new();
    bk_library *library = NULL;
    assert_int_equal(bk_library_read(other, diag, &library), BK_BAD_INPUT);
    assert_null(library);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 5);
    const int lines[] = {2, 3, 4, 5, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(bk_diag_message(diag, i)->where.line, lines[i]);
    }
    bk_diag_free(diag);
    remove_folder(other);
}

static void assert_treatment(const bk_library *library, const char *text,
                             const char *expected)
{
    bk_scenario *const s = bk_scenario_new("t");
    assert_int_equal(bk_library_treatment_scenario(library, text, nowhere, NULL, s),
                     BK_OK);
    char *printed = NULL;
    assert_int_equal(bk_scenario_print(s, &printed), BK_OK);
    assert_string_equal(printed, expected);
    bk_string_free(printed);
    bk_scenario_free(s);
}

static void a_treatment_is_drugs_joined_by_plus(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    assert_treatment(library, "none", "");
    assert_treatment(library, "ALPELISIB@0.5uM + t-dxd",
                     "treatment\ndrug alpelisib @ 500 nM\ndrug T-DXd\n");
    assert_treatment(library, "byl719", "treatment\ndrug alpelisib\n");
    assert_treatment(library, "trastuzumab duocarmazine@1nM",
                     "treatment\ndrug \"trastuzumab duocarmazine\" @ 1 nM\n");
    bk_scenario *const s = bk_scenario_new("t");
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(
        bk_library_treatment_scenario(library, "PI3K inhibitor@5", nowhere, diag, s),
        BK_OK);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "alpelisib"));
    assert_int_equal(bk_diag_message(diag, 0)->severity, BK_NOTE);
    bk_diag_clear(diag);
    assert_int_equal(bk_library_treatment_scenario(library, "alpelisb + + T-DXd@x",
                                                   start_of_text, diag, s),
                     BK_BAD_INPUT);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 3);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "alpelisib"));
    assert_int_equal(bk_diag_message(diag, 2)->where.column, 14);
    assert_int_equal(bk_scenario_edits(s), 1);
    bk_diag_free(diag);
    bk_scenario_free(s);
    bk_library_free(library);
}

static void a_background_is_a_name_or_a_list_of_variants_and_edits(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_scenario *const s = bk_scenario_new("b");
    assert_int_equal(bk_library_background_scenario(library, "her2-AMPLIFIED+PIK3CA",
                                                    nowhere, NULL, s),
                     BK_OK);
    assert_int_equal(bk_library_background_scenario(
                         library, "ordinary; MUC4:on; fix AKT = 0", nowhere, NULL, s),
                     BK_OK);
    char *text = NULL;
    assert_int_equal(bk_scenario_print(s, &text), BK_OK);
    assert_string_equal(text, "background\nvariant PIK3CA:H1047R\nstart HER2 = 2\n"
                              "variant MUC4:on\nfix AKT = 0\n");
    bk_string_free(text);
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(
        bk_library_background_scenario(library, "PIK3CA:H1048R", nowhere, diag, s),
        BK_NOT_FOUND);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "PIK3CA:H1047R"));
    bk_diag_free(diag);
    bk_scenario_free(s);
    bk_library_free(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_edit_prints_and_reads_back),
        test(doses_are_kept_in_nanomolar),
        test(names_may_be_odd_or_quoted),
        test(malformed_edits_say_where_and_what_was_expected),
        test(all_malformed_edits_are_told_in_one_pass),
        test(a_scenario_is_read_from_a_file),
        test(the_library_lists_what_its_tables_name),
        test(wrong_cells_of_a_library_are_located),
        test(a_treatment_is_drugs_joined_by_plus),
        test(a_background_is_a_name_or_a_list_of_variants_and_edits),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
