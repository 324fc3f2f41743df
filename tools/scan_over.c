/* SPDX-License-Identifier: GPL-3.0-or-later */

/* scan --over: ranges of values. */

#include "scan_over.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_axis(char *text, cli_axis *a)
{
    char *equals = strchr(text, '=');
    char word[8] = "";
    int used = 0;
    if (equals == NULL || equals == text || equals - text >= (long)sizeof a->name) {
        return false;
    }
    memcpy(a->name, text, (size_t)(equals - text));
    a->name[equals - text] = '\0';
    const int read = sscanf(equals + 1, "%lf:%lf:%d%n:%7s%n", &a->low, &a->high, &a->n,
                            &used, word, &used);
    a->log = strcmp(word, "log") == 0;
    return read >= 3 && equals[1 + used] == '\0' && (read == 3 || a->log) &&
           a->n >= 1 && a->n <= 100000 && isfinite(a->low) && isfinite(a->high) &&
           (!a->log || (a->low > 0 && a->high > 0));
}

static int bind_axis(cli *c, const cli_model *m, cli_axis *a)
{
    for (size_t i = 0; i < bk_library_drugs(m->library); i++) {
        a->drug = a->drug || strcasecmp(bk_library_drug(m->library, i), a->name) == 0;
    }
    int32_t symbol = -1;
    const bk_status status =
        a->drug ? BK_OK
                : bk_model_bind(m->model, a->name, (bk_where){0}, c->diag, &symbol);
    a->species = symbol >= 0 && bk_symbol_kind_of(m->model, symbol) == BK_SPECIES;
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* The last one. */
static int check_axis(cli *c, const cli_over *over)
{
    const cli_axis *const a = &over->axes[over->n - 1];
    if (a->drug && (a->low < 0 || a->high < 0)) {
        return cli_usage(c, "--over: a number below 0 is no dose of %s", a->name);
    }
    if (over->n == 2 && strcmp(a->name, over->axes[0].name) == 0) {
        return cli_usage(c, "--over: %s stands there twice", a->name);
    }
    return EXIT_DONE;
}

int cli_over_parse(cli *c, const cli_model *m, const char *text, cli_over *over)
{
    char *copy = strdup(text);
    char *rest = NULL;
    int result = copy != NULL ? EXIT_DONE : cli_status(c, BK_NO_MEMORY);
    for (char *one = copy != NULL ? strtok_r(copy, ";", &rest) : NULL;
         one != NULL && result == EXIT_DONE; one = strtok_r(NULL, ";", &rest)) {
        if (over->n == 2) {
            result = cli_usage(c, "--over: two ranges at most");
        } else if (!parse_axis(one, &over->axes[over->n])) {
            result = cli_usage(c,
                               "--over: expected X=FROM:TO:N or X=FROM:TO:N:log (then "
                               "above 0), got '%s'",
                               one);
        } else {
            result = bind_axis(c, m, &over->axes[over->n++]);
        }
        if (result == EXIT_DONE) {
            result = check_axis(c, over);
        }
    }
    free(copy);
    return result;
}

size_t cli_over_size(const cli_over *over)
{
    size_t n = over->n > 0 ? 1 : 0;
    for (int i = 0; i < over->n; i++) {
        n *= (size_t)over->axes[i].n;
    }
    return n + (over->controlled ? 1 : 0);
}

double cli_over_value(const cli_over *over, int axis, size_t condition)
{
    const cli_axis *const a = &over->axes[axis];
    if (over->controlled && condition-- == 0) {
        return over->control;
    }
    const size_t inner = axis + 1 < over->n ? (size_t)over->axes[1].n : 1;
    const size_t i = condition / inner % (size_t)a->n;
    const double share = a->n > 1 ? (double)i / (a->n - 1) : 0;
    if (i + 1 == (size_t)a->n && a->n > 1) {
        return a->high;
    }
    return a->log ? pow(10, log10(a->low) + share * (log10(a->high) - log10(a->low)))
                  : a->low + share * (a->high - a->low);
}

int cli_over_add(cli *c, const cli_over *over, const bk_scenario *base,
                 cli_conditions *k)
{
    int result = EXIT_DONE;
    for (size_t i = 0; i < cli_over_size(over) && result == EXIT_DONE; i++) {
        char treatment[640] = "";
        bk_scenario *s = bk_scenario_copy(base);
        bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
        for (int axis = 0; axis < over->n && status == BK_OK; axis++) {
            const cli_axis *const a = &over->axes[axis];
            const double value = cli_over_value(over, axis, i);
            const size_t used = strlen(treatment);
            char edit[320];
            if (a->drug && value > 0) {
                snprintf(treatment + used, sizeof treatment - used, "%s%s@%.17gnM",
                         used > 0 ? "+" : "", a->name, value);
            } else if (!a->drug) {
                snprintf(edit, sizeof edit, "start %s = %.17g", a->name, value);
                status =
                    bk_scenario_parse(s, BK_BACKGROUND, edit, (bk_where){0}, c->diag);
            }
        }
        if (status != BK_OK) {
            bk_scenario_free(s);
            result = cli_status(c, status);
        } else if (!cli_conditions_add(k, treatment[0] != '\0' ? treatment : NULL,
                                       treatment, s)) {
            result = cli_status(c, BK_NO_MEMORY);
        }
    }
    return result;
}

/* The labels of the conditions, or the values of the axes, ahead of a row. */
static bk_status label_row(bk_table *t, size_t row, const cli_conditions *k,
                           const cli_over *over, size_t condition)
{
    bk_status status =
        over->n == 0 ? bk_table_set_text(t, row, 0, k->texts[condition]) : BK_OK;
    for (int a = 0; a < over->n && status == BK_OK; a++) {
        status = bk_table_set_real(t, row, a, cli_over_value(over, a, condition));
    }
    return status;
}

/* They take the place of the screen's first two columns. */
bk_status cli_over_relabel(const bk_table *screen, const cli_conditions *k,
                           const cli_over *over, bk_table **table)
{
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status = t == NULL ? BK_NO_MEMORY
                       : over->n > 0
                           ? BK_OK
                           : bk_table_add_column(t, "perturbation", BK_TEXT, &column);
    for (int a = 0; a < over->n && status == BK_OK; a++) {
        char title[300]; /* a read-out may be what is scanned */
        const bool taken = bk_table_find_column(screen, over->axes[a].name) >= 0;
        snprintf(title, sizeof title, taken ? "start %s" : "%s", over->axes[a].name);
        status = bk_table_add_column(t, title, BK_REAL, &column);
    }
    const int shift = over->n > 0 ? over->n - 2 : -1;
    const int n = bk_table_columns(screen);
    for (int i = 2; i < n && status == BK_OK; i++) {
        status = bk_table_add_column(t, bk_table_column_name(screen, i),
                                     bk_table_column_type(screen, i), &column);
    }
    for (size_t r = 0; r < bk_table_rows(screen) && status == BK_OK; r++) {
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = label_row(t, row, k, over, r);
        }
        for (int i = 2; i < n && status == BK_OK; i++) {
            if (bk_table_missing(screen, r, i)) {
                continue;
            }
            status =
                bk_table_column_type(screen, i) == BK_TEXT
                    ? bk_table_set_text(t, row, i + shift, bk_table_text(screen, r, i))
                    : bk_table_set_real(t, row, i + shift, bk_table_real(screen, r, i));
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}
