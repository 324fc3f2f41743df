/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/table_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What these forms cannot hold: TSV has no quoting, so a tab or line end in a text
 * becomes a space, and a line that a text would start with `#` starts with a space; the
 * reader skips empty lines, so a TSV of one column loses its missing cells.  In TSV and
 * CSV an empty text and a missing cell are the same. */

void bk_string_free(char *text)
{
    bk_free(text);
}

bk_table_form bk_table_form_of(const char *path, bk_table_form otherwise)
{
    static const struct {
        const char *suffix;
        bk_table_form form;
    } known[] = {
        {".tsv", BK_TSV}, {".txt", BK_TSV}, {".csv", BK_CSV}, {".json", BK_JSON}};
    const char *const dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof known / sizeof *known; i++) {
        if (bk_text_equal_nocase(dot, known[i].suffix)) {
            return known[i].form;
        }
    }
    return otherwise;
}

/* The text on one line, tabs and line ends replaced by spaces. */
static void add_flat(bk_text *text, const char *s)
{
    while (*s != '\0') {
        const size_t run = strcspn(s, "\t\r\n");
        bk_text_add_n(text, s, run);
        s += run;
        if (*s != '\0') {
            bk_text_add_char(text, ' ');
            s++;
        }
    }
}

static void add_quoted(bk_text *text, const char *s)
{
    bk_text_add_char(text, '"');
    for (; *s != '\0'; s++) {
        bk_text_add_n(text, "\"\"", *s == '"' ? 2 : 0);
        if (*s != '"') {
            bk_text_add_char(text, *s);
        }
    }
    bk_text_add_char(text, '"');
}

static void add_csv_text(bk_text *text, const char *s)
{
    const size_t length = strlen(s);
    const bool edged = length > 0 && (s[0] == ' ' || s[length - 1] == ' ');
    if (edged || s[0] == '#' || strpbrk(s, ",\"\r\n") != NULL) {
        add_quoted(text, s);
    } else {
        bk_text_add_n(text, s, length);
    }
}

static void add_tsv_text(bk_text *text, const char *s, bool first)
{
    if (first && *s == '#') {
        bk_text_add_char(text, ' ');
    }
    add_flat(text, s);
}

static void add_cell(bk_text *text, const bk_column *column, size_t row,
                     bk_table_form form, bool first)
{
    const bk_cell *const cell = &column->cells[row];
    if (!cell->given) {
        bk_text_add(text, form == BK_JSON ? "null" : "");
    } else if (column->type == BK_INTEGER) {
        bk_text_printf(text, "%" PRId64, cell->as.integer);
    } else if (column->type == BK_REAL) {
        const char *const quote =
            form == BK_JSON && !isfinite(cell->as.real) ? "\"" : "";
        bk_text_add(text, quote);
        bk_text_double(text, cell->as.real);
        bk_text_add(text, quote);
    } else if (form == BK_JSON) {
        bk_text_json(text, cell->as.text);
    } else if (form == BK_CSV) {
        add_csv_text(text, cell->as.text);
    } else {
        add_tsv_text(text, cell->as.text, first);
    }
}

static void print_lines(const bk_table *table, bk_table_form form, bool provenance,
                        bk_text *text)
{
    for (size_t i = 0; provenance && i < table->entry_count; i++) {
        bk_text_add(text, "# ");
        add_flat(text, table->entries[i].key);
        bk_text_add(text, ": ");
        add_flat(text, table->entries[i].value);
        bk_text_add_char(text, '\n');
    }
    const char *const separator = form == BK_CSV ? "," : "\t";
    for (size_t i = 0; i < table->column_count; i++) {
        bk_text_add(text, i > 0 ? separator : "");
        if (form == BK_CSV) {
            add_csv_text(text, table->columns[i].name);
        } else {
            add_tsv_text(text, table->columns[i].name, i == 0);
        }
    }
    bk_text_add_char(text, '\n');
    for (size_t row = 0; row < table->rows && !text->failed; row++) {
        const size_t start = text->length;
        for (size_t i = 0; i < table->column_count; i++) {
            bk_text_add(text, i > 0 ? separator : "");
            add_cell(text, &table->columns[i], row, form, i == 0);
        }
        /* An empty line would be no row to a reader. */
        bk_text_add(text, form == BK_CSV && text->length == start ? "\"\"\n" : "\n");
    }
}

static const char *type_name(bk_type type)
{
    switch (type) {
    case BK_REAL:
        return "real";
    case BK_INTEGER:
        return "integer";
    case BK_TEXT:
        break;
    }
    return "text";
}

static void print_json_head(const bk_table *table, bool provenance, bk_text *text)
{
    bk_text_add(text, "{");
    if (provenance) {
        bk_text_add(text, "\"provenance\":{");
        for (size_t i = 0; i < table->entry_count; i++) {
            bk_text_add(text, i > 0 ? "," : "");
            bk_text_json(text, table->entries[i].key);
            bk_text_add_char(text, ':');
            bk_text_json(text, table->entries[i].value);
        }
        bk_text_add(text, "},\n");
    }
    bk_text_add(text, "\"columns\":[");
    for (size_t i = 0; i < table->column_count; i++) {
        bk_text_add(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        bk_text_json(text, table->columns[i].name);
        bk_text_add(text, ",\"type\":\"");
        bk_text_add(text, type_name(table->columns[i].type));
        bk_text_add(text, "\"}");
    }
    bk_text_add(text, "],\n");
}

static void print_json(const bk_table *table, bool provenance, bk_text *text)
{
    print_json_head(table, provenance, text);
    bk_text_add(text, "\"rows\":[");
    for (size_t row = 0; row < table->rows && !text->failed; row++) {
        bk_text_add(text, row > 0 ? ",\n[" : "\n[");
        for (size_t i = 0; i < table->column_count; i++) {
            bk_text_add(text, i > 0 ? "," : "");
            add_cell(text, &table->columns[i], row, BK_JSON, i == 0);
        }
        bk_text_add_char(text, ']');
    }
    bk_text_add(text, "]}\n");
}

static bk_status print_text(const bk_table *table, bk_table_form form, bool provenance,
                            bk_text *text)
{
    if (form == BK_JSON) {
        print_json(table, provenance, text);
    } else {
        print_lines(table, form, provenance, text);
    }
    if (text->failed) {
        bk_text_free(text);
        return BK_NO_MEMORY;
    }
    return BK_OK;
}

bk_status bk_table_print(const bk_table *table, bk_table_form form, bool provenance,
                         char **text)
{
    bk_text made = {0};
    const bk_status status = print_text(table, form, provenance, &made);
    if (status == BK_OK) {
        *text = made.data;
    }
    return status;
}

bk_status bk_table_write(const bk_table *table, const char *path, bk_table_form form,
                         bool provenance, bk_diag *diag)
{
    bk_text text = {0};
    bk_status status = print_text(table, form, provenance, &text);
    if (status == BK_OK) {
        status = (bk_status)bk_file_write(path, text.data, text.length, diag);
        bk_text_free(&text);
    }
    return status;
}
