/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "predict_published.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 5 };
static const double least = 0.4; /* below it an observation is about something else */

/* What is said of the cell, in the words of a table of observations. */
static void background_words(const cli *c, char *text, size_t size)
{
    static const char *const options[] = {"background", "mutation"};
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < c->n_given; i++) {
        for (size_t o = 0; o < sizeof options / sizeof *options && used < size; o++) {
            if (strcmp(c->given[i].name, options[o]) == 0) {
                used += (size_t)snprintf(text + used, size - used, "%s%s",
                                         used > 0 ? ";" : "", c->given[i].value);
            }
        }
    }
    if (used == 0) {
        snprintf(text, size, "any");
    }
}

static const char *cell_of(const bk_table *t, size_t row, const char *column)
{
    const int at = bk_table_find_column(t, column);
    return at < 0 ? "" : bk_table_text(t, row, at);
}

/* How near each row is to the nearest of what is asked. */
static bk_status rate(const cli *c, const cli_model *m, const cli_conditions *k,
                      const bk_table *screen, const bk_table *known, double *best)
{
    const int columns = bk_table_columns(screen);
    const char **const readouts = calloc((size_t)columns, sizeof *readouts);
    bk_diag *const quiet = bk_diag_new(); /* edits that are no words of this grammar */
    char background[2048];
    bk_status status = BK_NO_MEMORY;
    if (readouts != NULL && quiet != NULL) {
        size_t n = 0;
        for (int r = 2; r < columns - 1; r++) {
            readouts[n++] = bk_table_column_name(screen, r);
        }
        background_words(c, background, sizeof background);
        status = bk_observations_likeness(m->model, m->library, known, background,
                                          (const char *const *)k->texts + 1, k->n - 1,
                                          readouts, n, quiet, best);
    }
    bk_diag_free(quiet);
    free(readouts);
    return status == BK_NO_MEMORY ? status : BK_OK;
}

static void tell(const bk_table *known, size_t row, int number, bk_table *table)
{
    char key[24], text[1024];
    const char *const comparator = cell_of(known, row, "comparator");
    const char *const reference = cell_of(known, row, "ref");
    snprintf(key, sizeof key, "published-%d", number);
    snprintf(text, sizeof text, "%s under %s in %s: %s against %s (%s%s%s)",
             cell_of(known, row, "readout"), cell_of(known, row, "treatment"),
             cell_of(known, row, "background"), cell_of(known, row, "direction"),
             comparator[0] != '\0' ? comparator : "untreated",
             cell_of(known, row, "source"), reference[0] != '\0' ? "; " : "",
             reference);
    bk_table_set_provenance(table, key, text);
}

/* What is told of a row must be there: else nothing would be near without a word. */
static bk_status check_columns(cli *c, const char *path, const bk_table *known)
{
    static const char *const columns[] = {"background", "treatment", "readout",
                                          "direction", "source"};
    bk_status status = BK_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (bk_table_find_column(known, columns[i]) < 0) {
            const bk_where where = {.file = path, .line = 1};
            bk_diag_add(c->diag, BK_ERROR, where, "observations",
                        "the table has no column \"%s\"; add one", columns[i]);
            status = BK_BAD_INPUT;
        }
    }
    return status;
}

int cli_published(cli *c, const cli_model *m, const cli_conditions *k,
                  const bk_table *screen, bk_table *table)
{
    char path[4096];
    bk_table *known = NULL;
    if (m->folder[0] == '\0' ||
        snprintf(path, sizeof path, "%s/observations.tsv", m->folder) >=
            (int)sizeof path ||
        access(path, F_OK) != 0) {
        return EXIT_DONE;
    }
    bk_status status = bk_table_read(path, BK_TSV, c->diag, &known);
    status = status == BK_OK ? check_columns(c, path, known) : status;
    double *const best =
        status == BK_OK ? calloc(bk_table_rows(known) + 1, sizeof *best) : NULL;
    if (status == BK_OK) {
        status = best != NULL ? rate(c, m, k, screen, known, best) : BK_NO_MEMORY;
    }
    for (int number = 1; number <= MOST && status == BK_OK; number++) {
        size_t nearest = 0;
        for (size_t row = 1; row < bk_table_rows(known); row++) {
            nearest = best[row] > best[nearest] ? row : nearest;
        }
        if (bk_table_rows(known) == 0 || best[nearest] < least) {
            break;
        }
        tell(known, nearest, number, table);
        best[nearest] = 0.0;
    }
    free(best);
    bk_table_free(known);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}
