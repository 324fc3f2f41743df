/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_DATA_TABLE_IMPL_H
#define BK_DATA_TABLE_IMPL_H

/* The inside of a table, for the files of this room only.  Cells lie by column; all
 * texts lie in the arena, and a text that is replaced stays there until the end. */

#include <blockade/table.h>

#include "base/arena.h"
#include "base/names.h"

typedef struct bk_cell {
    union {
        double real;
        int64_t integer;
        const char *text;
    } as;
    bool given; /* false: missing */
} bk_cell;

typedef struct bk_column {
    const char *name;
    bk_type type;
    bk_cell *cells; /* [rows] */
    size_t capacity;
} bk_column;

typedef struct bk_entry {
    const char *key, *value;
} bk_entry;

typedef struct bk_place {
    int line, column;
} bk_place;

struct bk_table {
    bk_arena *arena;
    bk_names *names; /* column name -> number */
    bk_column *columns;
    size_t column_count, column_capacity;
    size_t rows;
    bk_entry *entries; /* provenance */
    size_t entry_count, entry_capacity;
    /* Of a table that was read: where its cells stood, row by row. */
    const char *file;
    bk_place *places; /* [place_count], width to a row */
    size_t place_count, place_capacity, width;
};

#endif
