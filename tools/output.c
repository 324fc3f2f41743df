/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Provenance, and tables on their way out. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static void command_line(const cli *c, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "blockade");
    for (int i = 1; i < c->argc && used < size; i++) {
        const bool quote = strpbrk(c->argv[i], " \t;'\"<>|&*") != NULL;
        used += (size_t)snprintf(text + used, size - used, quote ? " '%s'" : " %s",
                                 c->argv[i]);
    }
}

static void set_number(bk_table *table, const char *key, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.6g", value);
    bk_table_set_provenance(table, key, text);
}

static void set_overlay(bk_table *table, const bk_overlay *overlay,
                        const bk_model *model)
{
    char *text = NULL;
    if (overlay == NULL || bk_overlay_print(overlay, model, &text) != BK_OK) {
        return;
    }
    for (char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            *p = p[1] != '\0' ? ';' : ' ';
        }
    }
    if (text[0] != '\0') {
        bk_table_set_provenance(table, "edits", text);
    }
    bk_string_free(text);
}

void cli_provenance(const cli *c, const cli_model *m, const char *method,
                    const bk_settings *settings, const bk_overlay *overlay,
                    bk_table *table)
{
    char text[8192];
    bk_table_set_provenance(table, "program", "blockade " BK_VERSION);
    command_line(c, text, sizeof text);
    bk_table_set_provenance(table, "command", text);
    if (m != NULL) {
        bk_table_set_provenance(table, "model", bk_model_id(m->model));
        bk_table_set_provenance(table, "model-sha256", bk_model_sha256(m->model));
    }
    if (method != NULL) {
        bk_table_set_provenance(table, "method", method);
    }
    const bool ode = method != NULL && strcmp(method, "ode") == 0;
    if (settings != NULL && ode) {
        bk_table_set_provenance(table, "stepper", settings->stepper);
        set_number(table, "rtol", settings->rtol);
        if (settings->atol > 0) {
            set_number(table, "atol", settings->atol);
        } else {
            bk_table_set_provenance(table, "atol", "by the scale of each variable");
        }
    } else if (settings != NULL) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)settings->seed);
        bk_table_set_provenance(table, "seed", text);
        if (settings->leap > 0) {
            set_number(table, "leap", settings->leap);
        }
    }
    if (overlay != NULL) {
        set_overlay(table, overlay, m->used);
    }
    if (!cli_flag(c, "reproducible")) {
        const time_t now = time(NULL);
        struct tm utc;
        gmtime_r(&now, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
        bk_table_set_provenance(table, "date", text);
    }
}

bool cli_has_suffix(const char *path, const char *suffix)
{
    const size_t n = strlen(path), k = strlen(suffix);
    return n > k && strcasecmp(path + n - k, suffix) == 0;
}

bool cli_wants_picture(const cli *c)
{
    return cli_has_suffix(cli_value(c, "output", "-"), ".svg") &&
           cli_value(c, "format", NULL) == NULL;
}

static const char *cell_text(const bk_table *table, size_t row, int column,
                             char *buffer, size_t size)
{
    if (bk_table_missing(table, row, column)) {
        return "-";
    }
    switch (bk_table_column_type(table, column)) {
    case BK_TEXT:
        return bk_table_text(table, row, column);
    case BK_INTEGER:
        snprintf(buffer, size, "%lld", (long long)bk_table_integer(table, row, column));
        return buffer;
    case BK_REAL:
        break;
    }
    const double x = bk_table_real(table, row, column);
    if (fabs(x) < 5e-4) {
        snprintf(buffer, size, fabs(x) > 1e-12 ? "%.2g" : "0", x);
    } else {
        snprintf(buffer, size, fabs(x) < 100 ? "%.3f" : "%.6g", x);
    }
    return buffer;
}

/* Display width: UTF-8 continuation bytes take no column. */
static int width_of(const char *s)
{
    int n = 0;
    for (; *s != '\0'; s++) {
        n += ((unsigned char)*s & 0xC0) != 0x80;
    }
    return n;
}

static int column_width(const bk_table *table, int column)
{
    char buffer[64];
    int width = width_of(bk_table_column_name(table, column));
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        const int w = width_of(cell_text(table, r, column, buffer, sizeof buffer));
        width = w > width ? w : width;
    }
    return width;
}

static void print_padded(const char *text, int width, bool right, bool last)
{
    const int pad = width - width_of(text);
    if (right) {
        printf("%*s%s", pad, "", text);
    } else {
        printf("%s%*s", text, last ? 0 : pad, "");
    }
    printf("%s", last ? "\n" : "  ");
}

/* Columns whose every cell is missing are left out. */
static bool has_cells(const bk_table *table, int column)
{
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        if (!bk_table_missing(table, r, column)) {
            return true;
        }
    }
    return bk_table_rows(table) == 0;
}

static void print_row(const bk_table *table, const int *shown, const int *widths, int n,
                      long row)
{
    char buffer[64];
    for (int i = 0; i < n; i++) {
        const int k = shown[i];
        print_padded(row < 0 ? bk_table_column_name(table, k)
                             : cell_text(table, (size_t)row, k, buffer, sizeof buffer),
                     widths[i], bk_table_column_type(table, k) != BK_TEXT, i == n - 1);
    }
}

void cli_print_aligned(const bk_table *table)
{
    const int n = bk_table_columns(table);
    int *widths = calloc((size_t)n + 1, sizeof *widths);
    int *shown = calloc((size_t)n + 1, sizeof *shown);
    int count = 0;
    for (int k = 0; k < n && widths != NULL && shown != NULL; k++) {
        if (has_cells(table, k)) {
            shown[count] = k;
            widths[count++] = column_width(table, k);
        }
    }
    for (long r = -1; r < (long)bk_table_rows(table) && count > 0; r++) {
        print_row(table, shown, widths, count, r);
    }
    free(widths);
    free(shown);
}

int cli_write_table(cli *c, bk_table *table)
{
    const char *path = cli_value(c, "output", "-");
    const char *form_name = cli_value(c, "format", NULL);
    bk_table_form form = bk_table_form_of(path, BK_TSV);
    if (form_name == NULL && strcmp(path, "-") == 0 && isatty(STDOUT_FILENO)) {
        form_name = "text";
    }
    if (form_name != NULL) {
        if (strcmp(form_name, "text") == 0 && strcmp(path, "-") == 0) {
            cli_print_aligned(table);
            return EXIT_DONE;
        }
        if (strcmp(form_name, "tsv") == 0) {
            form = BK_TSV;
        } else if (strcmp(form_name, "csv") == 0) {
            form = BK_CSV;
        } else if (strcmp(form_name, "json") == 0) {
            form = BK_JSON;
        } else {
            return cli_usage(
                c, "--format: '%s' is not text, tsv, csv or json%s", form_name,
                strcmp(form_name, "text") == 0 ? " (text only goes to standard output)"
                                               : "");
        }
    }
    const bk_status status = bk_table_write(table, path, form, true, c->diag);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

int cli_write_text(cli *c, const char *path, const char *text)
{
    if (strcmp(path, "-") == 0) {
        fputs(text, stdout);
        return EXIT_DONE;
    }
    FILE *file = fopen(path, "w");
    const bool good = file != NULL && fputs(text, file) >= 0;
    if (file == NULL || fclose(file) != 0 || !good) {
        bk_diag_add(c->diag, BK_ERROR, (bk_where){path, 0, 0}, "file",
                    "the file cannot be written; check the folder and its rights");
        return cli_status(c, BK_IO);
    }
    return EXIT_DONE;
}
