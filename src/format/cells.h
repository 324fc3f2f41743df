/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_CELLS_H
#define BK_FORMAT_CELLS_H

/* The tables of a network folder: cells, their places, and what the columns that several
 * tables share mean. */

#include "base/arena.h"
#include "model/builder.h"

#include <blockade/table.h>

typedef struct bk_cells {
    bk_diag *diag;
    bk_builder *builder;
    bk_arena *arena;  /* of the texts */
    bk_text bytes;    /* of all files, for the hash */
    bool bad, memory; /* problems were told; memory was short */
} bk_cells;

/* Makes builder and arena; false: memory.  End what was begun in either case: gives the
 * model out when `status` is BK_OK, and frees everything. */
bool bk_cells_begin(bk_cells *cells, bk_diag *diag);
bk_status bk_cells_end(bk_cells *cells, bk_status status, bk_model **model);

/* Reads a table of the folder and tells which of the columns (up to a NULL) it lacks. A
 * file that is not there is no error when `optional`; *table is then NULL. */
bk_status bk_cells_read(bk_cells *cells, const char *folder, const char *file,
                        bool optional, const char *const *columns, bk_table **table);

/* A cell without the white space around it; "" when there is no such column or table. */
const char *bk_cell(bk_cells *cells, const bk_table *table, size_t row,
                    const char *column);
bk_where bk_cell_where(const bk_table *table, size_t row, const char *column);
/* An error: `what: "cell"`. */
void bk_cells_wrong(bk_cells *cells, bk_where where, const char *code, const char *what,
                    const char *cell);
bool bk_cell_one_of(const char *cell, const char *const *words, size_t n);

/* The symbol of an id; -1 when there is none, an error that starts with `no WHOSE has the
 * id` and lists the nearest. */
int32_t bk_cells_find(bk_cells *cells, const char *id, bk_where where,
                      const char *whose);

/* Names between `;` become aliases of a symbol. */
void bk_cells_alias(bk_cells *cells, const char *list, int32_t symbol);
/* A text as an XHTML paragraph, the form SBML notes have; NULL for "". */
const char *bk_cells_notes(bk_cells *cells, const char *text);

#endif
