/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include <unistd.h>
#include "scenario/lesions_impl.h"

#include <blockade/lesions.h>

/* The tables of tests/lesions against the library of the HER2 network. */

typedef struct world {
    bk_model *model;
    bk_library *library;
    bk_diag *diag;
} world;

static int open_world(void **state)
{
    static world w;
    w.diag = bk_diag_new();
    *state = &w;
    return bk_folder_read("networks/her2", w.diag, &w.model) == BK_OK &&
                   bk_library_read("networks/her2", w.diag, &w.library) == BK_OK
               ? 0
               : -1;
}

static int close_world(void **state)
{
    world *const w = *state;
    bk_model_free(w->model);
    bk_library_free(w->library);
    bk_diag_free(w->diag);
    return 0;
}

static int forget_messages(void **state)
{
    bk_diag_clear(((world *)*state)->diag);
    return 0;
}

static bk_status from(world *w, const char *const *paths, size_t n, const char *sample,
                      double amplified, char **text)
{
    const bk_lesion_settings settings = {.sample = sample, .amplified = amplified};
    return bk_lesions_print(paths, n, &settings, w->library, w->model, w->diag, text);
}

/* The edits alone, without comments. */
static char *edits_of(const char *text)
{
    bk_scenario *const s = bk_scenario_new("s");
    char *printed = NULL;
    assert_int_equal(
        bk_scenario_parse(s, BK_BACKGROUND, text, (bk_where){.file = NULL}, NULL),
        BK_OK);
    assert_int_equal(bk_scenario_print(s, &printed), BK_OK);
    bk_scenario_free(s);
    return printed;
}

static void assert_told(const world *w, int line, int column, const char *code)
{
    for (size_t i = 0; i < bk_diag_size(w->diag); i++) {
        const bk_message *const m = bk_diag_message(w->diag, i);
        if (m->where.line == line && m->where.column == column &&
            strcmp(m->code, code) == 0) {
            return;
        }
    }
    fixture_tell(w->diag);
    fail_msg("nothing told at %d:%d %s", line, column, code);
}

static void a_mutation_table_and_copy_numbers_become_one_background(void **state)
{
    world *const w = *state;
    const char *const paths[] = {"tests/lesions/tumour.maf",
                                 "tests/lesions/copies.tsv"};
    char *text = NULL;
    assert_int_equal(from(w, paths, 2, "T1", 0, &text), BK_OK);
    char *const edits = edits_of(text);
    assert_string_equal(edits, "background\n"
                               "variant PIK3CA:H1047R\n"
                               "variant RAS:mut\n"
                               "variant ERBB2:V777L\n"
                               "variant ERBB2:amp\n"
                               "variant PTEN:loss\n"
                               "fix TP53 = 0\n"
                               "variant NF1:loss\n"
                               "variant CDKN1B:loss\n");
    assert_told(w, 5, 25, "lesion-kept-out");
    assert_told(w, 9, 24, "lesion-kept-out");
    assert_non_null(
        strstr(text, "# kept out: ERBB2 R678Q (tests/lesions/tumour.maf:5)"));
    assert_non_null(strstr(text, "TTN A10T"));
    bk_string_free(edits);
    bk_string_free(text);
}

static void another_sample_is_another_cell(void **state)
{
    world *const w = *state;
    const char *const path = "tests/lesions/copies.tsv";
    char *text = NULL;
    assert_int_equal(from(w, &path, 1, "T2", 0, &text), BK_OK);
    char *const edits = edits_of(text);
    assert_string_equal(edits, "");
    bk_string_free(edits);
    bk_string_free(text);
    assert_int_equal(from(w, &path, 1, NULL, 0, &text), BK_BAD_INPUT);
    assert_told(w, 5, 9, "lesion-samples");
    assert_int_equal(from(w, &path, 1, "T3", 0, &text), BK_BAD_INPUT);
}

static void a_plain_table_takes_aliases_and_alleles(void **state)
{
    world *const w = *state;
    const char *const path = "tests/lesions/plain.tsv";
    char *text = NULL;
    assert_int_equal(from(w, &path, 1, NULL, 0, &text), BK_OK);
    char *const edits = edits_of(text);
    assert_string_equal(edits, "background\n"
                               "variant ERBB2:amp\n"
                               "variant PIK3CA:E545K\n"
                               "variant ESR1:pos\n"
                               "variant MUC4:on\n"
                               "variant ERBB3:E928G\n");
    bk_string_free(edits);
    bk_string_free(text);
}

static void every_wrong_cell_is_told_at_its_place(void **state)
{
    world *const w = *state;
    char *text = NULL;
    const char *path = "tests/lesions/wrong_copies.tsv";
    assert_int_equal(from(w, &path, 1, NULL, 0, &text), BK_BAD_INPUT);
    assert_told(w, 5, 6, "lesion-copies");
    assert_told(w, 6, 1, "lesion-gene");
    bk_diag_clear(w->diag);
    path = "tests/lesions/wrong_plain.tsv";
    assert_int_equal(from(w, &path, 1, NULL, 0, &text), BK_BAD_INPUT);
    assert_told(w, 2, 7, "lesion-kept-out");
    assert_told(w, 3, 6, "lesion-kept-out");
    assert_told(w, 4, 6, "lesion-kept-out");
    assert_told(w, 5, 6, "lesion-empty");
    assert_told(w, 6, 8, "lesion-state");
    assert_told(w, 7, 6, "lesion-kept-out");
    bk_diag_clear(w->diag);
    path = "networks/her2/arcs.tsv";
    assert_int_equal(from(w, &path, 1, NULL, 0, &text), BK_BAD_INPUT);
    assert_told(w, 1, 0, "lesion-columns");
    assert_null(text);
}

static void the_number_of_copies_that_amplifies_may_be_chosen(void **state)
{
    world *const w = *state;
    char path[] = "/tmp/blockade-lesions-XXXXXX";
    FILE *const file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    fputs("gene\tcopy_number\nERBB2\t4\nPTEN\t0\n", file);
    fclose(file);
    const char *const paths[] = {path};
    char *text = NULL;
    assert_int_equal(from(w, paths, 1, NULL, 0, &text), BK_OK);
    char *edits = edits_of(text);
    assert_string_equal(edits, "background\nvariant PTEN:loss\n");
    bk_string_free(edits);
    bk_string_free(text);
    assert_int_equal(from(w, paths, 1, NULL, 4, &text), BK_OK);
    edits = edits_of(text);
    assert_string_equal(edits, "background\nvariant ERBB2:amp\nvariant PTEN:loss\n");
    bk_string_free(edits);
    bk_string_free(text);
    unlink(path);
}

/* Forms of the same change as HGVS writes them (den Dunnen et al. 2016,
 * doi:10.1002/humu.22981). */
static void changes_are_read_in_one_and_three_letters(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"p.H1047R", "H1047R"},
                                           {"p.His1047Arg", "H1047R"},
                                           {"ENSP00000263967:p.(His1047Arg)", "H1047R"},
                                           {"p.Arg213Ter", "R213*"},
                                           {"p.Lys267ArgfsTer9", "K267Rfs*9"},
                                           {"H1047R", "H1047R"}};
    bk_arena *const arena = bk_arena_new();
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_string_equal(bk_lesion_change(arena, pairs[i][0]), pairs[i][1]);
    }
    bk_arena_free(arena);
}

static void an_allele_is_the_variant_it_is_taken_as(void **state)
{
    world *const w = *state;
    bk_table *table = NULL;
    assert_int_equal(bk_library_show(w->library, "KRAS:G12D", (bk_where){.file = NULL},
                                     w->diag, &table),
                     BK_OK);
    assert_int_equal(bk_table_rows(table), 3);
    assert_string_equal(bk_table_text(table, 1, 0), "RAS:mut");
    assert_string_equal(bk_table_text(table, 1, 2), "bound RAS in [2, 3]");
    assert_string_equal(bk_table_text(table, 2, 2), "start RASMUT = 1");
    bk_table_free(table);
    assert_int_equal(bk_library_show(w->library, "KRAS:G121D", (bk_where){.file = NULL},
                                     w->diag, &table),
                     BK_NOT_FOUND);
}

static void a_background_is_shown_with_the_source_of_each_edit(void **state)
{
    world *const w = *state;
    bk_table *table = NULL;
    assert_int_equal(bk_library_show(w->library, "HER2-amplified+PTEN-loss",
                                     (bk_where){.file = NULL}, w->diag, &table),
                     BK_OK);
    assert_int_equal(bk_table_rows(table), 3);
    assert_string_equal(bk_table_text(table, 2, 2), "fix PTEN = 0");
    assert_non_null(strstr(bk_table_text(table, 2, 3), "PMID:15324695"));
    bk_table_free(table);
    assert_int_equal(bk_library_list(w->library, &table), BK_OK);
    assert_true(bk_table_rows(table) >=
                bk_library_backgrounds(w->library) + bk_library_variants(w->library));
    bk_table_free(table);
}

static void no_failed_allocation_is_lost(void **state)
{
    world *const w = *state;
    const char *const paths[] = {"tests/lesions/tumour.maf",
                                 "tests/lesions/copies.tsv"};
    long all = 1;
    char *whole = NULL;
    for (long n = -1; n < all; n++) {
        char *text = NULL;
        bk_table *table = NULL;
        bk_alloc_fail_after(n);
        bk_status status = from(w, paths, 2, "T1", 0, &text);
        if (status == BK_OK) {
            status = bk_library_show(w->library, "BT-474;PIK3CA:E542K",
                                     (bk_where){.file = NULL}, NULL, &table);
        }
        const long passed = bk_alloc_fail_after(-1);
        if (n < 0) {
            all = passed;
            whole = text;
            text = NULL;
            assert_int_equal(status, BK_OK);
            assert_true(all > 100);
        } else if (text != NULL) {
            assert_string_equal(text, whole);
        } else {
            assert_int_equal(status, BK_NO_MEMORY);
        }
        bk_string_free(text);
        bk_table_free(table);
    }
    bk_string_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            a_mutation_table_and_copy_numbers_become_one_background, forget_messages),
        cmocka_unit_test_teardown(another_sample_is_another_cell, forget_messages),
        cmocka_unit_test_teardown(a_plain_table_takes_aliases_and_alleles,
                                  forget_messages),
        cmocka_unit_test_teardown(every_wrong_cell_is_told_at_its_place,
                                  forget_messages),
        cmocka_unit_test_teardown(the_number_of_copies_that_amplifies_may_be_chosen,
                                  forget_messages),
        cmocka_unit_test_teardown(changes_are_read_in_one_and_three_letters,
                                  forget_messages),
        cmocka_unit_test_teardown(an_allele_is_the_variant_it_is_taken_as,
                                  forget_messages),
        cmocka_unit_test_teardown(a_background_is_shown_with_the_source_of_each_edit,
                                  forget_messages),
        cmocka_unit_test_teardown(no_failed_allocation_is_lost, forget_messages),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
