/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TABLE_H
#define BLOCKADE_TABLE_H

/* One typed table for every result and for every tabular input.
 *
 * Columns have a name and a type; a cell may be missing.  Everything numeric that
 * leaves the program is such a table, written as TSV, CSV or JSON with its provenance
 * (program version, command line, model hash, method, tolerances, seed) as leading
 * comment lines (`# key: value`) or as a JSON object. */

#include <blockade/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_table bk_table;

typedef enum bk_type { BK_REAL, BK_INTEGER, BK_TEXT } bk_type;
typedef enum bk_table_form { BK_TSV, BK_CSV, BK_JSON } bk_table_form;

bk_table *bk_table_new(void); /* NULL when memory is short */
void bk_table_free(bk_table *table);

/* Adds a column (existing rows get a missing cell); *column is its number. */
bk_status bk_table_add_column(bk_table *table, const char *name, bk_type type,
                              int *column);
/* Adds a row of missing cells; *row is its number. */
bk_status bk_table_add_row(bk_table *table, size_t *row);
bk_status bk_table_set_real(bk_table *table, size_t row, int column, double value);
bk_status bk_table_set_integer(bk_table *table, size_t row, int column, int64_t value);
bk_status bk_table_set_text(bk_table *table, size_t row, int column, const char *value);
/* Adds or replaces a line of provenance; kept in order of first setting. */
bk_status bk_table_set_provenance(bk_table *table, const char *key, const char *value);

size_t bk_table_rows(const bk_table *table);
int bk_table_columns(const bk_table *table);
const char *bk_table_column_name(const bk_table *table, int column);
bk_type bk_table_column_type(const bk_table *table, int column);
int bk_table_find_column(const bk_table *table, const char *name); /* -1: none */
bool bk_table_missing(const bk_table *table, size_t row, int column);
/* NaN, 0, "" for a missing cell.  A text cell read as a number is NaN or 0. */
double bk_table_real(const bk_table *table, size_t row, int column);
int64_t bk_table_integer(const bk_table *table, size_t row, int column);
const char *bk_table_text(const bk_table *table, size_t row, int column);
const char *bk_table_provenance(const bk_table *table, const char *key); /* or NULL */

/* .tsv .txt: TSV; .csv: CSV; .json: JSON; anything else: `otherwise`. */
bk_table_form bk_table_form_of(const char *path, bk_table_form otherwise);
/* The whole table as text, to be freed with bk_string_free. CSV quotes as RFC 4180. */
bk_status bk_table_print(const bk_table *table, bk_table_form form, bool provenance,
                         char **text);
/* "-" is standard output. */
bk_status bk_table_write(const bk_table *table, const char *path, bk_table_form form,
                         bool provenance, bk_diag *diag);

/* Reads TSV or CSV: CR, LF or CRLF line ends, a byte order mark, `#` comment lines,
 * quoted CSV cells; every column is text; ragged rows and doubled column names are
 * located errors.  bk_table_where tells where a cell stood in its file. */
bk_status bk_table_read(const char *path, bk_table_form form, bk_diag *diag,
                        bk_table **table);
bk_status bk_table_parse(const char *text, size_t length, const char *name,
                         bk_table_form form, bk_diag *diag, bk_table **table);
bk_where bk_table_where(const bk_table *table, size_t row, int column);

/* Frees a text that a print function of this library made. */
void bk_string_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
