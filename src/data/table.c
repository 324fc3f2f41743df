/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/table_impl.h"

#include "base/alloc.h"

#include <limits.h>
#include <math.h>
#include <string.h>

bk_table *bk_table_new(void)
{
    bk_table *const table = bk_alloc_zero(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->arena = bk_arena_new();
    table->names = bk_names_new();
    if (table->arena == NULL || table->names == NULL) {
        bk_table_free(table);
        return NULL;
    }
    return table;
}

void bk_table_free(bk_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        bk_free(table->columns[i].cells);
    }
    bk_free(table->columns);
    bk_free(table->entries);
    bk_free(table->places);
    bk_names_free(table->names);
    bk_arena_free(table->arena);
    bk_free(table);
}

bk_status bk_table_add_column(bk_table *table, const char *name, bk_type type,
                              int *column)
{
    if (name == NULL || bk_names_find(table->names, name) >= 0 ||
        table->column_count >= INT_MAX) {
        return BK_MISUSE;
    }
    const size_t number = table->column_count;
    if (!bk_grow(&table->columns, &table->column_capacity, number + 1,
                 sizeof *table->columns)) {
        return BK_NO_MEMORY;
    }
    bk_column added = {.name = bk_arena_text(table->arena, name), .type = type};
    if (added.name == NULL ||
        !bk_grow(&added.cells, &added.capacity, table->rows, sizeof *added.cells) ||
        bk_names_add(table->names, name, (int32_t)number) != -1) {
        bk_free(added.cells);
        return BK_NO_MEMORY;
    }
    for (size_t row = 0; row < table->rows; row++) {
        added.cells[row] = (bk_cell){.given = false};
    }
    table->columns[number] = added;
    table->column_count++;
    if (column != NULL) {
        *column = (int)number;
    }
    return BK_OK;
}

bk_status bk_table_add_row(bk_table *table, size_t *row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        bk_column *const column = &table->columns[i];
        if (!bk_grow(&column->cells, &column->capacity, table->rows + 1,
                     sizeof *column->cells)) {
            return BK_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < table->column_count; i++) {
        table->columns[i].cells[table->rows] = (bk_cell){.given = false};
    }
    if (row != NULL) {
        *row = table->rows;
    }
    table->rows++;
    return BK_OK;
}

static bool inside(const bk_table *table, size_t row, int column)
{
    return row < table->rows && column >= 0 && (size_t)column < table->column_count;
}

bk_status bk_table_set_real(bk_table *table, size_t row, int column, double value)
{
    if (!inside(table, row, column) || table->columns[column].type != BK_REAL) {
        return BK_MISUSE;
    }
    table->columns[column].cells[row] = (bk_cell){.as.real = value, .given = true};
    return BK_OK;
}

bk_status bk_table_set_integer(bk_table *table, size_t row, int column, int64_t value)
{
    if (inside(table, row, column) && table->columns[column].type == BK_REAL) {
        return bk_table_set_real(table, row, column, (double)value);
    }
    if (!inside(table, row, column) || table->columns[column].type != BK_INTEGER) {
        return BK_MISUSE;
    }
    table->columns[column].cells[row] = (bk_cell){.as.integer = value, .given = true};
    return BK_OK;
}

bk_status bk_table_set_text(bk_table *table, size_t row, int column, const char *value)
{
    if (!inside(table, row, column) || table->columns[column].type != BK_TEXT) {
        return BK_MISUSE;
    }
    bk_cell *const cell = &table->columns[column].cells[row];
    if (value == NULL) {
        cell->given = false;
        return BK_OK;
    }
    const char *const copy = bk_arena_text(table->arena, value);
    if (copy == NULL) {
        return BK_NO_MEMORY;
    }
    *cell = (bk_cell){.as.text = copy, .given = true};
    return BK_OK;
}

static bk_entry *find_entry(const bk_table *table, const char *key)
{
    for (size_t i = 0; i < table->entry_count; i++) {
        if (strcmp(table->entries[i].key, key) == 0) {
            return &table->entries[i];
        }
    }
    return NULL;
}

bk_status bk_table_set_provenance(bk_table *table, const char *key, const char *value)
{
    if (key == NULL || value == NULL) {
        return BK_MISUSE;
    }
    const char *const copy = bk_arena_text(table->arena, value);
    if (copy == NULL) {
        return BK_NO_MEMORY;
    }
    bk_entry *const old = find_entry(table, key);
    if (old != NULL) {
        old->value = copy;
        return BK_OK;
    }
    const char *const name = bk_arena_text(table->arena, key);
    if (name == NULL || !bk_grow(&table->entries, &table->entry_capacity,
                                 table->entry_count + 1, sizeof *table->entries)) {
        return BK_NO_MEMORY;
    }
    table->entries[table->entry_count++] = (bk_entry){name, copy};
    return BK_OK;
}

size_t bk_table_rows(const bk_table *table)
{
    return table->rows;
}

int bk_table_columns(const bk_table *table)
{
    return (int)table->column_count;
}

const char *bk_table_column_name(const bk_table *table, int column)
{
    const bool known = column >= 0 && (size_t)column < table->column_count;
    return known ? table->columns[column].name : "";
}

bk_type bk_table_column_type(const bk_table *table, int column)
{
    const bool known = column >= 0 && (size_t)column < table->column_count;
    return known ? table->columns[column].type : BK_TEXT;
}

int bk_table_find_column(const bk_table *table, const char *name)
{
    return bk_names_find(table->names, name);
}

/* The cell when it is there and not missing, else NULL. */
static const bk_cell *given(const bk_table *table, size_t row, int column)
{
    if (!inside(table, row, column) || !table->columns[column].cells[row].given) {
        return NULL;
    }
    return &table->columns[column].cells[row];
}

bool bk_table_missing(const bk_table *table, size_t row, int column)
{
    return given(table, row, column) == NULL;
}

double bk_table_real(const bk_table *table, size_t row, int column)
{
    const bk_cell *const cell = given(table, row, column);
    if (cell == NULL || table->columns[column].type == BK_TEXT) {
        return (double)NAN;
    }
    return table->columns[column].type == BK_REAL ? cell->as.real
                                                  : (double)cell->as.integer;
}

int64_t bk_table_integer(const bk_table *table, size_t row, int column)
{
    const bk_cell *const cell = given(table, row, column);
    if (cell == NULL || table->columns[column].type == BK_TEXT) {
        return 0;
    }
    if (table->columns[column].type == BK_INTEGER) {
        return cell->as.integer;
    }
    const double value = cell->as.real;
    return value >= -9223372036854775808.0 && value < 9223372036854775808.0
               ? (int64_t)value
               : 0;
}

const char *bk_table_text(const bk_table *table, size_t row, int column)
{
    const bk_cell *const cell = given(table, row, column);
    const bool text = cell != NULL && table->columns[column].type == BK_TEXT;
    return text ? cell->as.text : "";
}

const char *bk_table_provenance(const bk_table *table, const char *key)
{
    const bk_entry *const entry = find_entry(table, key);
    return entry != NULL ? entry->value : NULL;
}

bk_where bk_table_where(const bk_table *table, size_t row, int column)
{
    bk_where where = {.file = table->file};
    if (inside(table, row, column) && (size_t)column < table->width) {
        const size_t i = row * table->width + (size_t)column;
        if (i < table->place_count) {
            where.line = table->places[i].line;
            where.column = table->places[i].column;
        }
    }
    return where;
}
