/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Columns asked for by name, and tables under the names they were asked for by. */

#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_columns_free(cli_columns *k)
{
    free(k->wanted);
    free(k->titles);
    for (int i = 0; i < 3; i++) {
        free(k->texts[i]);
    }
}

static char *trim(char *s)
{
    while (*s == ' ') {
        s++;
    }
    for (char *end = s + strlen(s); end > s && end[-1] == ' ';) {
        *--end = '\0';
    }
    return s;
}

static int columns_find(const cli_columns *k, const char *title)
{
    for (int i = 0; i < k->n; i++) {
        if (strcmp(k->titles[i], title) == 0) {
            return i;
        }
    }
    return -1;
}

/* Adds the names of one option; a name that is there already only changes its aspect. */
static int columns_add(cli *c, cli_columns *k, const bk_model *model,
                       const char *option, int slot, bk_aspect aspect)
{
    const char *list = cli_value(c, option, NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    k->texts[slot] = strdup(list);
    char *rest = k->texts[slot];
    while (rest != NULL) {
        char *comma = strchr(rest, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        const char *name = trim(rest);
        rest = comma != NULL ? comma + 1 : NULL;
        if (name[0] == '\0') {
            continue;
        }
        const int there = columns_find(k, name);
        if (there >= 0) {
            const bk_aspect before = k->wanted[there].aspect;
            if (before != BK_AS_DEFAULT && before != aspect) {
                return cli_usage(c, "%s cannot be both --amount and --concentration",
                                 name);
            }
            k->wanted[there].aspect = aspect;
            continue;
        }
        int32_t symbol = -1;
        const bk_status status =
            bk_model_bind(model, name, (bk_where){0}, c->diag, &symbol);
        if (status != BK_OK) {
            return cli_status(c, status);
        }
        k->wanted = realloc(k->wanted, ((size_t)k->n + 1) * sizeof *k->wanted);
        k->titles = realloc(k->titles, ((size_t)k->n + 1) * sizeof *k->titles);
        k->wanted[k->n] = (bk_column){.symbol = symbol, .aspect = aspect};
        k->titles[k->n++] = name;
    }
    return EXIT_DONE;
}

int cli_columns_parse(cli *c, const cli_model *m, cli_columns *k)
{
    int result = columns_add(c, k, m->used, "columns", 0, BK_AS_DEFAULT);
    if (result == EXIT_DONE) {
        result = columns_add(c, k, m->used, "amount", 1, BK_AS_AMOUNT);
    }
    if (result == EXIT_DONE) {
        result = columns_add(c, k, m->used, "concentration", 2, BK_AS_CONCENTRATION);
    }
    return result;
}

/* time and the wanted columns under the titles the user gave. A model may have a quantity
 * called time; the first column then has a longer name. */
bk_status cli_titled_table(const bk_outcome *outcome, const cli_columns *k,
                           bk_table **table)
{
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status =
        t != NULL
            ? bk_table_add_column(t, columns_find(k, "time") < 0 ? "time" : "run time",
                                  BK_REAL, &column)
            : BK_NO_MEMORY;
    const bool spread = bk_outcome_deviates(outcome);
    for (int i = 0; i < k->n && status == BK_OK; i++) {
        status = bk_table_add_column(t, k->titles[i], BK_REAL, &column);
    }
    for (int i = 0; i < k->n && status == BK_OK && spread; i++) {
        char title[1024];
        snprintf(title, sizeof title, "sd(%s)", k->titles[i]);
        status = bk_table_add_column(t, title, BK_REAL, &column);
    }
    for (size_t r = 0; r < bk_outcome_rows(outcome) && status == BK_OK; r++) {
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 0, bk_outcome_time(outcome, r));
        }
        for (int i = 0; i < k->n && status == BK_OK; i++) {
            status = bk_table_set_real(t, row, i + 1, bk_outcome_value(outcome, r, i));
            if (status == BK_OK && spread) {
                status = bk_table_set_real(t, row, k->n + i + 1,
                                           bk_outcome_deviation(outcome, r, i));
            }
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many runs end at each value of one column; values[runs] are put in order. */
static bk_status count_values(bk_table *t, const char *title, double *values,
                              size_t runs)
{
    bk_status status = BK_OK;
    qsort(values, runs, sizeof *values, by_value);
    for (size_t i = 0; i < runs && status == BK_OK;) {
        size_t next = i + 1;
        while (next < runs && values[next] == values[i]) {
            next++;
        }
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_text(t, row, 0, title);
        }
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 1, values[i]);
        }
        if (status == BK_OK) {
            status = bk_table_set_integer(t, row, 2, (int64_t)(next - i));
        }
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 3, (double)(next - i) / (double)runs);
        }
        i = next;
    }
    return status;
}

/* quantity, value, runs, share: where the runs end. */
bk_status cli_histogram_table(const bk_outcome *outcome, const cli_columns *k,
                              const bk_model *model, bk_table **table)
{
    size_t runs = 0;
    const double *ends = bk_outcome_ends(outcome, &runs);
    const int n = bk_outcome_columns(outcome);
    double *values = malloc((runs + 1) * sizeof *values);
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status = t != NULL && values != NULL
                           ? bk_table_add_column(t, "quantity", BK_TEXT, &column)
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_table_add_column(t, "value", BK_REAL, &column);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(t, "runs", BK_INTEGER, &column);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(t, "share", BK_REAL, &column);
    }
    for (int c = 0; c < n && status == BK_OK; c++) {
        for (size_t run = 0; run < runs; run++) {
            values[run] = ends[run * (size_t)n + (size_t)c];
        }
        status = count_values(
            t,
            k->n > 0 ? k->titles[c]
                     : bk_symbol_id(model, bk_outcome_column(outcome, c).symbol),
            values, runs);
    }
    free(values);
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}
