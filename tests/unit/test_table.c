/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <blockade/table.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define test(name) cmocka_unit_test(name)

static bk_table *parsed(const char *text, bk_table_form form)
{
    bk_table *table = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_non_null(diag);
    const bk_status status =
        bk_table_parse(text, strlen(text), "t", form, diag, &table);
    if (status != BK_OK) {
        fail_msg("%s", bk_diag_size(diag) > 0 ? bk_diag_message(diag, 0)->text : "?");
    }
    assert_int_equal(bk_diag_size(diag), 0);
    bk_diag_free(diag);
    return table;
}

/* Checks the messages of a wrong table, each as "line:column code". */
static void assert_refused(const char *text, size_t length, bk_table_form form,
                           const char *expected)
{
    bk_diag *const diag = bk_diag_new();
    bk_table *table = NULL;
    assert_int_equal(bk_table_parse(text, length, "t.csv", form, diag, &table),
                     BK_BAD_INPUT);
    assert_null(table);
    char all[500] = "";
    size_t n = 0;
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        const bk_message *const m = bk_diag_message(diag, i);
        assert_string_equal(m->where.file, "t.csv");
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%d:%d %s", i > 0 ? "; " : "",
                              m->where.line, m->where.column, m->code);
    }
    assert_string_equal(all, expected);
    bk_diag_free(diag);
}

static void assert_printed(const bk_table *table, bk_table_form form, bool provenance,
                           const char *expected)
{
    char *text = NULL;
    assert_int_equal(bk_table_print(table, form, provenance, &text), BK_OK);
    assert_string_equal(text, expected);
    bk_string_free(text);
}

/* Columns name (text), level (real), n (integer); the last row is all missing. */
static bk_status build(bk_table *table)
{
    int name = -1;
    int level = -1;
    int n = -1;
    size_t row = 0;
    bk_status status = bk_table_add_column(table, "name", BK_TEXT, &name);
    if (status == BK_OK) {
        status = bk_table_add_column(table, "level", BK_REAL, &level);
    }
    static const char *const texts[] = {"HER2", "a,\"b\"", "#x\ty\nz"};
    static const double levels[] = {0.1, INFINITY, NAN};
    for (size_t i = 0; i < 4 && status == BK_OK; i++) {
        status = bk_table_add_row(table, &row);
        if (i < 3 && status == BK_OK) {
            status = bk_table_set_text(table, row, name, texts[i]);
        }
        if (i < 3 && status == BK_OK) {
            status = bk_table_set_real(table, row, level, levels[i]);
        }
    }
    if (status == BK_OK) {
        status = bk_table_add_column(table, "n", BK_INTEGER, &n);
    }
    if (status == BK_OK) {
        status = bk_table_set_integer(table, 0, n, INT64_MIN);
    }
    if (status == BK_OK) {
        status = bk_table_set_provenance(table, "seed", "1");
    }
    if (status == BK_OK) {
        status = bk_table_set_provenance(table, "method", "ode: x");
    }
    if (status == BK_OK) {
        status = bk_table_set_provenance(table, "seed", "42");
    }
    return status;
}

static bk_table *built(void)
{
    bk_table *const table = bk_table_new();
    assert_non_null(table);
    assert_int_equal(build(table), BK_OK);
    return table;
}

static void cells_hold_what_was_put_into_them(void **state)
{
    (void)state;
    bk_table *const table = built();
    assert_int_equal(bk_table_rows(table), 4);
    assert_int_equal(bk_table_columns(table), 3);
    assert_int_equal(bk_table_find_column(table, "level"), 1);
    assert_int_equal(bk_table_find_column(table, "nothing"), -1);
    assert_string_equal(bk_table_column_name(table, 2), "n");
    assert_int_equal(bk_table_column_type(table, 2), BK_INTEGER);
    assert_true(bk_table_real(table, 0, 1) == 0.1);
    assert_true(bk_table_integer(table, 0, 2) == INT64_MIN);
    assert_true(bk_table_real(table, 0, 2) == -0x1p63);
    assert_string_equal(bk_table_text(table, 0, 0), "HER2");
    assert_string_equal(bk_table_provenance(table, "seed"), "42");
    assert_null(bk_table_provenance(table, "none"));
    bk_table_free(table);
    bk_table_free(NULL);
}

static void a_missing_cell_reads_as_nan_zero_or_nothing(void **state)
{
    (void)state;
    bk_table *const table = built();
    assert_true(bk_table_missing(table, 3, 0) && bk_table_missing(table, 3, 2));
    assert_true(bk_table_missing(table, 99, 0) && bk_table_missing(table, 0, -1));
    assert_false(bk_table_missing(table, 2, 1));
    assert_true(isnan(bk_table_real(table, 3, 1)));
    assert_true(bk_table_integer(table, 3, 2) == 0);
    assert_string_equal(bk_table_text(table, 3, 0), "");
    assert_true(isnan(bk_table_real(table, 0, 0)));
    assert_true(bk_table_integer(table, 0, 0) == 0);
    assert_true(bk_table_integer(table, 1, 1) == 0);
    assert_int_equal(bk_table_set_text(table, 0, 0, NULL), BK_OK);
    assert_true(bk_table_missing(table, 0, 0));
    bk_table_free(table);
}

static void misuse_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    bk_table *const table = built();
    int column = 77;
    assert_int_equal(bk_table_add_column(table, "n", BK_REAL, &column), BK_MISUSE);
    assert_int_equal(column, 77);
    assert_int_equal(bk_table_columns(table), 3);
    assert_int_equal(bk_table_set_real(table, 0, 0, 1), BK_MISUSE);
    assert_int_equal(bk_table_set_real(table, 0, 2, 1), BK_MISUSE);
    assert_int_equal(bk_table_set_text(table, 0, 1, "x"), BK_MISUSE);
    assert_int_equal(bk_table_set_real(table, 4, 1, 1), BK_MISUSE);
    assert_int_equal(bk_table_set_integer(table, 0, 3, 1), BK_MISUSE);
    assert_int_equal(bk_table_set_integer(table, 0, 1, 3), BK_OK);
    assert_true(bk_table_real(table, 0, 1) == 3);
    bk_table_free(table);
}

static void each_form_prints_the_table_its_own_way(void **state)
{
    (void)state;
    bk_table *const table = built();
    assert_printed(table, BK_TSV, true,
                   "# seed: 42\n# method: ode: x\n"
                   "name\tlevel\tn\n"
                   "HER2\t0.1\t-9223372036854775808\n"
                   "a,\"b\"\tINF\t\n"
                   " #x y z\tNaN\t\n"
                   "\t\t\n");
    assert_printed(table, BK_CSV, false,
                   "name,level,n\n"
                   "HER2,0.1,-9223372036854775808\n"
                   "\"a,\"\"b\"\"\",INF,\n"
                   "\"#x\ty\nz\",NaN,\n"
                   ",,\n");
    assert_printed(table, BK_JSON, true,
                   "{\"provenance\":{\"seed\":\"42\",\"method\":\"ode: x\"},\n"
                   "\"columns\":[{\"name\":\"name\",\"type\":\"text\"},"
                   "{\"name\":\"level\",\"type\":\"real\"},"
                   "{\"name\":\"n\",\"type\":\"integer\"}],\n"
                   "\"rows\":[\n"
                   "[\"HER2\",0.1,-9223372036854775808],\n"
                   "[\"a,\\\"b\\\"\",\"INF\",null],\n"
                   "[\"#x\\ty\\nz\",\"NaN\",null],\n"
                   "[null,null,null]]}\n");
    bk_table_free(table);
}

static void an_empty_table_prints_in_every_form(void **state)
{
    (void)state;
    bk_table *const table = bk_table_new();
    assert_printed(table, BK_TSV, true, "\n");
    assert_printed(table, BK_JSON, false, "{\"columns\":[],\n\"rows\":[]}\n");
    bk_table_free(table);
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void)state;
    bk_table *const table = built();
    const bk_table_form forms[] = {BK_TSV, BK_CSV};
    for (size_t f = 0; f < 2; f++) {
        char *text = NULL;
        char *again = NULL;
        assert_int_equal(bk_table_print(table, forms[f], true, &text), BK_OK);
        bk_table *const back = parsed(text, forms[f]);
        assert_int_equal(bk_table_rows(back), 4);
        assert_string_equal(bk_table_text(back, 1, 0), "a,\"b\"");
        assert_true(bk_table_missing(back, 3, 1));
        assert_string_equal(bk_table_provenance(back, "method"), "ode: x");
        assert_int_equal(bk_table_print(back, forms[f], true, &again), BK_OK);
        assert_string_equal(again, text);
        bk_string_free(text);
        bk_string_free(again);
        bk_table_free(back);
    }
    bk_table_free(table);
}

static void one_csv_column_keeps_its_missing_cells(void **state)
{
    (void)state;
    bk_table *const table = parsed("x\n\"\"\n1\n\n", BK_CSV);
    assert_int_equal(bk_table_rows(table), 2);
    assert_true(bk_table_missing(table, 0, 0));
    assert_printed(table, BK_CSV, false, "x\n\"\"\n1\n");
    bk_table_free(table);
}

static void quoted_cells_hold_commas_quotes_and_line_ends(void **state)
{
    (void)state;
    bk_table *const table =
        parsed("a,b\r\n\"x,\"\"y\"\"\r\nz\",5\" gel\r\n\"#no\",\"\"\r\n", BK_CSV);
    assert_int_equal(bk_table_rows(table), 2);
    assert_string_equal(bk_table_text(table, 0, 0), "x,\"y\"\r\nz");
    assert_string_equal(bk_table_text(table, 0, 1), "5\" gel");
    assert_string_equal(bk_table_text(table, 1, 0), "#no");
    const bk_where where = bk_table_where(table, 1, 0);
    assert_int_equal(where.line, 4);
    bk_table_free(table);
}

static void tsv_takes_quotes_as_plain_characters(void **state)
{
    (void)state;
    bk_table *const table = parsed("a\tb\n\"x\t5\"\n", BK_TSV);
    assert_string_equal(bk_table_text(table, 0, 0), "\"x");
    assert_string_equal(bk_table_text(table, 0, 1), "5\"");
    bk_table_free(table);
}

static void all_line_ends_and_a_byte_order_mark_give_the_same_table(void **state)
{
    (void)state;
    const char *const texts[] = {
        "# k: v\na\tb\n\n1\t2\n# c\n3\t\n", "# k: v\r\na\tb\r\n\r\n1\t2\r\n3\t",
        "# k: v\ra\tb\r\r1\t2\r3\t\r", "\xEF\xBB\xBF# k: v\na\tb\n\n1\t2\n3\t",
        "\xEF\xBB\xBF# k: v\ra\tb\n\r1\t2\r\n3\t"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bk_table *const table = parsed(texts[i], BK_TSV);
        assert_printed(table, BK_TSV, true, "# k: v\na\tb\n1\t2\n3\t\n");
        const bk_where where = bk_table_where(table, 0, 1);
        assert_string_equal(where.file, "t");
        assert_int_equal(where.line, 4);
        assert_int_equal(where.column, 3);
        bk_table_free(table);
    }
}

static void columns_of_places_count_characters(void **state)
{
    (void)state;
    bk_table *const table = parsed("a,b\n\xCE\xB1\xCE\xB2,x\n", BK_CSV);
    const bk_where where = bk_table_where(table, 0, 1);
    assert_int_equal(where.line, 2);
    assert_int_equal(where.column, 4);
    assert_int_equal(bk_table_where(table, 5, 1).line, 0);
    bk_table_free(table);
}

static void all_problems_of_a_file_are_located_in_one_pass(void **state)
{
    (void)state;
    const char ragged[] = "a,b,c\n1,2\n1,2,3\n1,2,3,4,5\n";
    assert_refused(ragged, strlen(ragged), BK_CSV,
                   "2:4 table-ragged; 4:7 table-ragged");
    const char doubled[] = "# x\na,b,a\n1,2,3\n1\n";
    assert_refused(doubled, strlen(doubled), BK_CSV,
                   "2:5 table-column-twice; 4:2 table-ragged");
    const char after[] = "a,b\n\"x\"y,2\n";
    assert_refused(after, strlen(after), BK_CSV, "2:4 table-quote");
    const char open[] = "a,b\n1,\"x\n2,3\n";
    assert_refused(open, strlen(open), BK_CSV, "2:3 table-quote");
    assert_refused("", 0, BK_TSV, "1:1 table-empty");
    assert_refused("# only\n", 7, BK_TSV, "2:1 table-empty");
    assert_refused("a\tb\n1\0\t2\n", 9, BK_TSV, "2:2 table-nul");
}

static void json_is_written_and_not_read(void **state)
{
    (void)state;
    bk_table *table = NULL;
    assert_int_equal(bk_table_parse("{}", 2, "x.json", BK_JSON, NULL, &table),
                     BK_UNSUPPORTED);
    assert_null(table);
}

static void the_suffix_decides_the_form(void **state)
{
    (void)state;
    assert_int_equal(bk_table_form_of("a.b/x.TSV", BK_JSON), BK_TSV);
    assert_int_equal(bk_table_form_of("x.txt", BK_JSON), BK_TSV);
    assert_int_equal(bk_table_form_of("x.tsv.csv", BK_JSON), BK_CSV);
    assert_int_equal(bk_table_form_of("x.json", BK_TSV), BK_JSON);
    assert_int_equal(bk_table_form_of("x.csv/y", BK_TSV), BK_TSV);
    assert_int_equal(bk_table_form_of("-", BK_CSV), BK_CSV);
}

static void a_table_goes_through_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/blockade-table-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    bk_table *const table = built();
    assert_int_equal(bk_table_write(table, path, BK_CSV, true, NULL), BK_OK);
    bk_table *back = NULL;
    assert_int_equal(bk_table_read(path, BK_CSV, NULL, &back), BK_OK);
    assert_int_equal(bk_table_rows(back), 4);
    assert_string_equal(bk_table_where(back, 0, 0).file, path);
    assert_int_equal(bk_table_where(back, 0, 0).line, 4);
    bk_table_free(back);
    bk_table_free(table);
    unlink(path);
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_table_read(path, BK_CSV, diag, &back), BK_IO);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 1);
    bk_diag_free(diag);
}

/* Builds, prints in all forms, reads back; BK_OK or BK_NO_MEMORY, nothing else. */
static bk_status use_tables(void)
{
    bk_table *const table = bk_table_new();
    if (table == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = build(table);
    for (int form = BK_TSV; form <= BK_JSON && status == BK_OK; form++) {
        char *text = NULL;
        status = bk_table_print(table, (bk_table_form)form, true, &text);
        assert_int_equal(text != NULL, status == BK_OK);
        if (status == BK_OK && form != BK_JSON) {
            bk_table *back = NULL;
            status = bk_table_parse(text, strlen(text), "t", (bk_table_form)form, NULL,
                                    &back);
            assert_int_equal(back != NULL, status == BK_OK);
            bk_table_free(back);
        }
        bk_string_free(text);
    }
    bk_table_free(table);
    return status;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_int_equal(use_tables(), BK_OK);
    const long total = bk_alloc_fail_after(-1);
    assert_true(total > 20);
    for (long n = 0; n < total; n++) {
        bk_alloc_fail_after(n);
        assert_int_equal(use_tables(), BK_NO_MEMORY);
    }
    bk_alloc_fail_after(-1);
}

static void a_failed_row_or_column_leaves_the_table_whole(void **state)
{
    (void)state;
    for (long n = 0; n < 8; n++) {
        bk_table *const table = built();
        while (bk_table_rows(table) < 8) {
            assert_int_equal(bk_table_add_row(table, NULL), BK_OK);
        }
        bk_alloc_fail_after(n);
        const bk_status column = bk_table_add_column(table, "more", BK_REAL, NULL);
        const bk_status row = bk_table_add_row(table, NULL);
        bk_alloc_fail_after(-1);
        assert_int_equal(bk_table_columns(table), column == BK_OK ? 4 : 3);
        assert_int_equal(bk_table_rows(table), row == BK_OK ? 9 : 8);
        assert_int_equal(bk_table_find_column(table, "more"), column == BK_OK ? 3 : -1);
        assert_string_equal(bk_table_text(table, 0, 0), "HER2");
        bk_table_free(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(cells_hold_what_was_put_into_them),
        test(a_missing_cell_reads_as_nan_zero_or_nothing),
        test(misuse_is_refused_and_changes_nothing),
        test(each_form_prints_the_table_its_own_way),
        test(an_empty_table_prints_in_every_form),
        test(what_is_printed_reads_back_the_same),
        test(one_csv_column_keeps_its_missing_cells),
        test(quoted_cells_hold_commas_quotes_and_line_ends),
        test(tsv_takes_quotes_as_plain_characters),
        test(all_line_ends_and_a_byte_order_mark_give_the_same_table),
        test(columns_of_places_count_characters),
        test(all_problems_of_a_file_are_located_in_one_pass),
        test(json_is_written_and_not_read),
        test(the_suffix_decides_the_form),
        test(a_table_goes_through_a_file),
        test(any_failed_allocation_is_survived),
        test(a_failed_row_or_column_leaves_the_table_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
