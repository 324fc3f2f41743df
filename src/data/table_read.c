/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/table_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

/* One pass over the bytes.  Lines that start with `#` are comments; those before the
 * header that read `# key: value` become provenance again.  Empty lines are skipped.
 * The header gives the width; each later line must have it.  In CSV a cell that begins
 * with a quote runs to the closing one, over line ends, a doubled quote standing for
 * one; a quote further inside a cell is a plain character, as in TSV everywhere.
 * Columns of places count characters, not bytes. */

typedef struct reader {
    const char *at, *end;
    int line, column;
    bool csv;
    bk_diag *diag;
    bk_table *table;
    bk_text cell;
    size_t width;     /* cells of the header, 0 before it */
    bool bad, memory; /* something was wrong; memory was short */
} reader;

static bk_where here(const reader *r)
{
    return (bk_where){r->table->file, r->line, r->column};
}

static bool at_line_end(const reader *r)
{
    return r->at == r->end || *r->at == '\n' || *r->at == '\r';
}

/* Steps over one byte, or over CR LF at once. */
static void step(reader *r)
{
    const char c = *r->at++;
    if (c == '\r' && r->at < r->end && *r->at == '\n') {
        r->at++;
    }
    if (c == '\n' || c == '\r') {
        r->line++;
        r->column = 1;
    } else if (((unsigned char)c & 0xC0) != 0x80) {
        r->column++;
    }
}

static bool at_separator(const reader *r)
{
    return r->at < r->end && *r->at == (r->csv ? ',' : '\t');
}

static void read_plain(reader *r)
{
    const char *const start = r->at;
    while (!at_line_end(r) && !at_separator(r)) {
        step(r);
    }
    bk_text_add_n(&r->cell, start, (size_t)(r->at - start));
}

static void read_quoted(reader *r)
{
    const bk_where opening = here(r);
    step(r);
    const char *start = r->at;
    while (r->at < r->end) {
        if (*r->at != '"') {
            step(r);
            continue;
        }
        bk_text_add_n(&r->cell, start, (size_t)(r->at - start));
        step(r);
        if (r->at == r->end || *r->at != '"') {
            if (!at_line_end(r) && !at_separator(r)) {
                r->bad = true;
                bk_diag_add(r->diag, BK_ERROR, here(r), "table-quote",
                            "text follows a closing quote; write a quote inside a "
                            "quoted cell twice");
                read_plain(r);
            }
            return;
        }
        start = r->at;
        step(r);
    }
    r->bad = true;
    bk_diag_add(r->diag, BK_ERROR, opening, "table-quote",
                "this quoted cell is never closed");
}

/* Reads one cell into r->cell, without what ends it. */
static bk_where read_cell(reader *r)
{
    const bk_where where = here(r);
    bk_text_clear(&r->cell);
    if (r->csv && r->at < r->end && *r->at == '"') {
        read_quoted(r);
    } else {
        read_plain(r);
    }
    if (r->cell.failed) {
        r->memory = true;
    }
    return where;
}

static const char *cell_text(const reader *r)
{
    return r->cell.data != NULL ? r->cell.data : "";
}

/* Steps over a separator; at the end of a line steps over that and says false. */
static bool more_cells(reader *r)
{
    if (at_separator(r)) {
        step(r);
        return true;
    }
    if (r->at < r->end) {
        step(r);
    }
    return false;
}

static void keep_provenance(reader *r, const char *start, const char *end)
{
    bk_text_clear(&r->cell);
    bk_text_add_n(&r->cell, start, (size_t)(end - start));
    if (r->cell.failed) {
        r->memory = true;
        return;
    }
    char *const key = r->cell.data + strspn(r->cell.data, " \t");
    char *const colon = strstr(key, ": ");
    if (colon == NULL || colon == key) {
        return;
    }
    *colon = '\0';
    if (bk_table_set_provenance(r->table, key, colon + 2) != BK_OK) {
        r->memory = true;
    }
}

static void read_comment(reader *r)
{
    const char *const start = r->at + 1;
    while (!at_line_end(r)) {
        step(r);
    }
    if (r->width == 0) {
        keep_provenance(r, start, r->at);
    }
    more_cells(r);
}

static void read_header(reader *r)
{
    do {
        const bk_where where = read_cell(r);
        r->width++;
        if (r->memory) {
            return;
        }
        const bk_status status =
            bk_table_add_column(r->table, cell_text(r), BK_TEXT, NULL);
        if (status == BK_MISUSE) {
            r->bad = true;
            bk_diag_add(r->diag, BK_ERROR, where, "table-column-twice",
                        "a second column is named \"%s\"; rename one", cell_text(r));
        } else if (status != BK_OK) {
            r->memory = true;
        }
    } while (more_cells(r));
    r->table->width = r->width;
}

static void keep_cell(reader *r, size_t row, size_t i, bk_where where)
{
    bk_table *const table = r->table;
    if (!bk_grow(&table->places, &table->place_capacity, table->place_count + 1,
                 sizeof *table->places)) {
        r->memory = true;
        return;
    }
    table->places[table->place_count++] = (bk_place){where.line, where.column};
    if (r->cell.length > 0 && i < table->column_count &&
        bk_table_set_text(table, row, (int)i, r->cell.data) != BK_OK) {
        r->memory = true;
    }
}

static void read_row(reader *r)
{
    size_t row;
    if (bk_table_add_row(r->table, &row) != BK_OK) {
        r->memory = true;
        return;
    }
    size_t cells = 0;
    bk_where wrong = here(r);
    bk_where after;
    do {
        const bk_where where = read_cell(r);
        after = here(r);
        if (cells == r->width) {
            wrong = where;
        }
        if (cells < r->width && !r->memory) {
            keep_cell(r, row, cells, where);
        }
        cells++;
        if (r->memory) {
            return;
        }
    } while (more_cells(r));
    if (cells != r->width) {
        r->bad = true;
        bk_diag_add(r->diag, BK_ERROR, cells < r->width ? after : wrong, "table-ragged",
                    "this row has %zu cells and the header has %zu", cells, r->width);
    }
}

static void read_lines(reader *r)
{
    while (r->at < r->end && !r->memory) {
        if (*r->at == '#') {
            read_comment(r);
        } else if (at_line_end(r)) {
            step(r);
        } else if (r->width == 0) {
            read_header(r);
        } else {
            read_row(r);
        }
    }
    if (r->width == 0 && !r->memory) {
        r->bad = true;
        bk_diag_add(r->diag, BK_ERROR, here(r), "table-empty",
                    "there is no header line; the first line must name the columns");
    }
}

/* A NUL would cut cells short without a word. */
static bool refuse_nul(reader *r)
{
    const char *const nul =
        r->at < r->end ? memchr(r->at, '\0', (size_t)(r->end - r->at)) : NULL;
    if (nul == NULL) {
        return false;
    }
    while (r->at < nul) {
        step(r);
    }
    bk_diag_add(r->diag, BK_ERROR, here(r), "table-nul",
                "a NUL byte stands here; save the file as UTF-8 text");
    return true;
}

static bk_status read_table(reader *r)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (r->end - r->at >= 3 && memcmp(r->at, mark, 3) == 0) {
        r->at += 3;
    }
    if (refuse_nul(r)) {
        return BK_BAD_INPUT;
    }
    read_lines(r);
    bk_text_free(&r->cell);
    return r->memory ? BK_NO_MEMORY : r->bad ? BK_BAD_INPUT : BK_OK;
}

bk_status bk_table_parse(const char *text, size_t length, const char *name,
                         bk_table_form form, bk_diag *diag, bk_table **table)
{
    if (form == BK_JSON) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = name}, "table-form",
                    "tables are read from TSV and CSV, not from JSON");
        return BK_UNSUPPORTED;
    }
    bk_table *const made = bk_table_new();
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->file = bk_arena_text(made->arena, name);
    if (name != NULL && made->file == NULL) {
        bk_table_free(made);
        return BK_NO_MEMORY;
    }
    reader r = {.at = text, .end = text + length, .line = 1, .column = 1};
    r.csv = form == BK_CSV;
    r.diag = diag;
    r.table = made;
    const bk_status status = read_table(&r);
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

bk_status bk_table_read(const char *path, bk_table_form form, bk_diag *diag,
                        bk_table **table)
{
    char *data;
    size_t length;
    const bk_status status = (bk_status)bk_file_read(path, diag, &data, &length);
    if (status != BK_OK) {
        return status;
    }
    const bk_status parsed = bk_table_parse(data, length, path, form, diag, table);
    bk_free(data);
    return parsed;
}
