/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include "base/text.h"

#include <unistd.h>

static const char good[] = "tests/folder/good/her2";

static bk_model *read_good(bk_diag *diag)
{
    bk_model *model = NULL;
    if (bk_folder_read(good, diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read %s", good);
    }
    return model;
}

static void nodes_become_levels_with_their_aliases_groups_and_starts(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = read_good(diag);
    assert_int_equal(bk_model_symbols(m), 7);
    const int32_t her2 = bk_model_find(m, "HER2");
    assert_int_equal(bk_symbol_max_level(m, her2), 2);
    assert_int_equal(bk_symbol_start_level(m, her2), 1);
    assert_string_equal(bk_symbol_name(m, her2), "ERBB2 (HER2)");
    static const char *const aliases[] = {"ERBB2", "neu", "P04626", "erbb2 (her2)"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(bk_model_find(m, aliases[i]), her2);
    }
    assert_int_equal(bk_model_find(m, "AKT2"), bk_model_find(m, "AKT"));
    assert_int_equal(bk_model_find(m, "P31751"), bk_model_find(m, "PKB"));
    assert_true(bk_symbol_slow(m, bk_model_find(m, "FOXO")));
    assert_false(bk_symbol_slow(m, her2));
    assert_true(bk_symbol_input(m, her2));
    assert_false(bk_symbol_input(m, bk_model_find(m, "AKT")));
    assert_string_equal(bk_model_id(m), "her2");
    assert_int_equal(strlen(bk_model_sha256(m)), 64);
    bk_model_free(m);
    bk_diag_free(diag);
}

static const bk_influence *arc(const bk_model *m, const char *source,
                               const char *target)
{
    for (int32_t i = 0; i < bk_model_influences(m); i++) {
        const bk_influence *const arc = bk_model_influence(m, i);
        if (strcmp(bk_symbol_id(m, arc->source), source) == 0 &&
            strcmp(bk_symbol_id(m, arc->target), target) == 0) {
            return arc;
        }
    }
    fail_msg("no arc %s -> %s", source, target);
    return NULL;
}

static void arcs_carry_mechanism_references_confidence_loop_and_speed(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = read_good(diag);
    const bk_influence *const foxo = arc(m, "FOXO", "HER3");
    assert_string_equal(foxo->mechanism, "transcription");
    assert_string_equal(foxo->confidence, "low");
    assert_string_equal(foxo->loop, "FOXO-HER3");
    assert_true(foxo->slow);
    assert_int_equal(foxo->sign, 1);
    assert_string_equal(arc(m, "HER2", "HER3")->references, "PMID:2 doi:10/x");
    assert_int_equal(arc(m, "PTEN", "AKT")->sign, -1);
    assert_int_equal(arc(m, "HER2", "AKT")->declared, 0);
    assert_int_equal(arc(m, "HER2", "AKT")->sign, 1);
    assert_int_equal(bk_model_influences(m), 9);
    bk_model_free(m);
    bk_diag_free(diag);
}

static void a_clean_folder_gives_no_message(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = read_good(diag);
    fixture_tell(diag);
    assert_int_equal(bk_diag_size(diag), 0);
    bk_model_free(m);
    bk_diag_free(diag);
}

static void the_folder_is_found_by_being_one(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *const a = read_good(diag);
    bk_model *const b = fixture_read("tests/folder/good/her2/");
    fixture_assert_equal(a, b, 4);
    assert_string_equal(bk_model_sha256(a), bk_model_sha256(b));
    assert_string_equal(bk_model_id(b), "her2");
    bk_model_free(a);
    bk_model_free(b);
    bk_diag_free(diag);
}

static void refuse(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "tests/folder/bad/%s", name);
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_folder_read(path, diag, &model), BK_BAD_INPUT);
    assert_null(model);
    bk_text told = {0};
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        const bk_message *const m = bk_diag_message(diag, i);
        bk_text_printf(&told, "%s:%d:%d %s\n", strrchr(m->where.file, '/') + 1,
                       m->where.line, m->where.column, m->code);
    }
    strcat(path, "/expected.txt");
    char *const expected = fixture_slurp(path);
    if (strcmp(expected, told.data) != 0) {
        fixture_tell(diag);
    }
    assert_string_equal(told.data, expected);
    free(expected);
    bk_text_free(&told);
    bk_diag_free(diag);
}

static void every_wrong_cell_is_told_in_its_file(void **state)
{
    (void)state;
    refuse("nodes");
    refuse("arcs");
    refuse("rules");
    refuse("columns");
    refuse("reactions");
    refuse("reaction-columns");
}

static void an_unknown_name_comes_with_the_nearest(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_folder_read("tests/folder/bad/rules", diag, &model),
                     BK_BAD_INPUT);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "did you mean A"));
    bk_diag_free(diag);
}

static void a_folder_without_its_tables_is_told_for_each(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_model_read("tests/folder", NULL, diag, &model), BK_IO);
    assert_int_equal(bk_diag_size(diag), 3);
    bk_diag_free(diag);
}

static void a_file_without_a_known_suffix_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/blockade-test-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "\n A, !B\n", 8), 8);
    bk_model *const m = fixture_read(path);
    assert_int_equal(bk_model_symbols(m), 2);
    bk_model_free(m);
    assert_int_equal(write(file, "\0", 1), 1);
    bk_diag *const diag = bk_diag_new();
    bk_model *none = NULL;
    assert_int_equal(bk_model_read(path, NULL, diag, &none), BK_BAD_INPUT);
    assert_int_equal(bk_diag_size(diag), 1);
    bk_diag_free(diag);
    close(file);
    unlink(path);
}

static void a_model_is_written_only_under_a_suffix_that_can_be_written(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *const m = read_good(diag);
    assert_int_equal(bk_model_write(m, "x.ginml", diag), BK_MISUSE);
    assert_int_equal(bk_model_write(m, "x.bnet", diag), BK_UNSUPPORTED);
    assert_true(bk_diag_count(diag, BK_ERROR) >= 2);
    bk_model_free(m);
    bk_diag_free(diag);
}

static void runs_out_of_memory_cleanly(const char *folder)
{
    bk_status status = BK_NO_MEMORY;
    for (long n = 0; status != BK_OK; n++) {
        assert_true(n < 100000);
        bk_model *model = NULL;
        bk_alloc_fail_after(n);
        status = bk_folder_read(folder, NULL, &model);
        bk_alloc_fail_after(-1);
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        bk_model_free(model);
    }
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    runs_out_of_memory_cleanly(good);
    runs_out_of_memory_cleanly("tests/folder/good/enzyme");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_become_levels_with_their_aliases_groups_and_starts),
        cmocka_unit_test(arcs_carry_mechanism_references_confidence_loop_and_speed),
        cmocka_unit_test(a_clean_folder_gives_no_message),
        cmocka_unit_test(the_folder_is_found_by_being_one),
        cmocka_unit_test(every_wrong_cell_is_told_in_its_file),
        cmocka_unit_test(an_unknown_name_comes_with_the_nearest),
        cmocka_unit_test(a_folder_without_its_tables_is_told_for_each),
        cmocka_unit_test(a_file_without_a_known_suffix_is_told_by_its_first_bytes),
        cmocka_unit_test(a_model_is_written_only_under_a_suffix_that_can_be_written),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
