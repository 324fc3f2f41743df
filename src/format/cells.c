/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/cells.h"

#include "base/alloc.h"

#include <string.h>
#include <unistd.h>

bool bk_cells_begin(bk_cells *cells, bk_diag *diag)
{
    *cells = (bk_cells){.diag = diag};
    cells->arena = bk_arena_new();
    cells->builder = bk_builder_new(diag);
    return cells->arena != NULL && cells->builder != NULL;
}

bk_status bk_cells_end(bk_cells *cells, bk_status status, bk_model **model)
{
    if (status == BK_OK) {
        status = bk_builder_finish(cells->builder, model);
    } else {
        bk_builder_free(cells->builder);
    }
    bk_text_free(&cells->bytes);
    bk_arena_free(cells->arena);
    return status;
}

bk_status bk_cells_read(bk_cells *cells, const char *folder, const char *file,
                        bool optional, const char *const *columns, bk_table **table)
{
    const char *const path = bk_arena_printf(cells->arena, "%s/%s", folder, file);
    char *data;
    size_t length;
    *table = NULL;
    if (path == NULL) {
        return BK_NO_MEMORY;
    }
    if (optional && access(path, F_OK) != 0) {
        return BK_OK;
    }
    bk_status status = (bk_status)bk_file_read(path, cells->diag, &data, &length);
    if (status != BK_OK) {
        return status;
    }
    bk_text_add_n(&cells->bytes, data, length);
    status = bk_table_parse(data, length, path, BK_TSV, cells->diag, table);
    bk_free(data);
    for (size_t i = 0; status == BK_OK && columns[i] != NULL; i++) {
        if (bk_table_find_column(*table, columns[i]) < 0) {
            bk_cells_wrong(cells, (bk_where){path, 1, 1}, "folder-column",
                           "the table must have this column", columns[i]);
        }
    }
    return status == BK_OK && cells->bytes.failed ? BK_NO_MEMORY : status;
}

const char *bk_cell(bk_cells *cells, const bk_table *table, size_t row,
                    const char *column)
{
    const int number = table != NULL ? bk_table_find_column(table, column) : -1;
    if (number < 0) {
        return "";
    }
    const char *start = bk_table_text(table, row, number);
    start += strspn(start, " ");
    size_t length = strlen(start);
    while (length > 0 && start[length - 1] == ' ') {
        length--;
    }
    const char *const copy = bk_arena_text_n(cells->arena, start, length);
    cells->memory = cells->memory || copy == NULL;
    return copy != NULL ? copy : "";
}

bk_where bk_cell_where(const bk_table *table, size_t row, const char *column)
{
    const int number = bk_table_find_column(table, column);
    return bk_table_where(table, row, number < 0 ? 0 : number);
}

void bk_cells_wrong(bk_cells *cells, bk_where where, const char *code, const char *what,
                    const char *cell)
{
    cells->bad = true;
    bk_diag_add(cells->diag, BK_ERROR, where, code, "%s: \"%s\"", what, cell);
}

bool bk_cell_one_of(const char *cell, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(cell, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

int32_t bk_cells_find(bk_cells *cells, const char *id, bk_where where,
                      const char *whose)
{
    const bk_model *const model = bk_builder_model(cells->builder);
    const size_t n = (size_t)model->n_symbols;
    const int32_t symbol = bk_builder_find(cells->builder, id);
    if (symbol >= 0) {
        return symbol;
    }
    const char **const ids = bk_alloc((n + 1) * sizeof *ids);
    cells->bad = true;
    if (ids == NULL) {
        cells->memory = true;
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        ids[i] = model->symbols[i].id;
    }
    (void)bk_unknown_add(cells->diag, where, "folder-unknown", id, ids, n, "",
                         "no %s has the id \"%s\"", whose, id);
    bk_free(ids);
    return -1;
}

void bk_cells_alias(bk_cells *cells, const char *list, int32_t symbol)
{
    while (*list != '\0') {
        const size_t length = strcspn(list, ";");
        const char *start = list + strspn(list, " ");
        const char *end = list + length;
        while (end > start && end[-1] == ' ') {
            end--;
        }
        list += length + (list[length] == ';');
        if (start >= end) {
            continue;
        }
        const char *const alias =
            bk_arena_text_n(cells->arena, start, (size_t)(end - start));
        if (alias == NULL) {
            cells->memory = true;
            return;
        }
        bk_builder_alias(cells->builder, alias, symbol);
    }
}

const char *bk_cells_notes(bk_cells *cells, const char *meaning)
{
    if (*meaning == '\0') {
        return NULL;
    }
    bk_text text = {0};
    bk_text_add(&text, "<p xmlns=\"http://www.w3.org/1999/xhtml\">");
    bk_text_xml(&text, meaning);
    bk_text_add(&text, "</p>");
    const char *const notes =
        text.failed ? NULL : bk_arena_text(cells->arena, text.data);
    bk_text_free(&text);
    cells->memory = cells->memory || notes == NULL;
    return notes;
}
