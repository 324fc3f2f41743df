/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "predict_jitter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 1000 };
static const double spread = 0.2;

/* The digits of i mirrored at the point (van der Corput 1935): evenly spread in (0, 1). */
static double mirrored(int i, int base)
{
    double value = 0.0, digit = 1.0;
    for (; i > 0; i /= base) {
        digit /= base;
        value += digit * (i % base);
    }
    return value;
}

/* The quantile of the standard normal distribution, by bisection. */
static double normal(double p)
{
    double low = -6.0, high = 6.0;
    for (int i = 0; i < 50; i++) {
        const double middle = 0.5 * (low + high);
        if (0.5 * (1.0 + erf(middle / sqrt(2.0))) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}

static int add_sample(cli *c, const cli_conditions *k, int sample, cli_conditions *all)
{
    const bk_continuous_settings plain = bk_continuous_defaults();
    char edits[160];
    snprintf(edits, sizeof edits, "fix hill_n = %.9g; fix hill_k = %.9g",
             plain.hill_n * exp(spread * normal(mirrored(sample, 2))),
             plain.hill_k * exp(spread * normal(mirrored(sample, 3))));
    for (size_t i = 0; i < k->n; i++) {
        bk_scenario *const s = bk_scenario_copy(k->scenarios[i]);
        const bk_status status =
            s == NULL ? BK_NO_MEMORY
                      : bk_scenario_parse(s, BK_BACKGROUND, edits,
                                          (bk_where){.file = NULL}, c->diag);
        if (status != BK_OK) {
            bk_scenario_free(s);
            return cli_status(c, status);
        }
        if (!cli_conditions_add(all, k->list[i].treatment, k->texts[i], s)) {
            return cli_status(c, BK_NO_MEMORY);
        }
    }
    return EXIT_DONE;
}

int cli_jitter_run(cli *c, cli_model *m, const cli_conditions *k,
                   const bk_settings *settings, long samples, cli_jitter *jitter)
{
    *jitter = (cli_jitter){.conditions = k->n, .samples = (int)samples};
    if (samples == 0) {
        return EXIT_DONE;
    }
    if (samples < 0 || samples > MOST) {
        return cli_usage(c, "--jitter wants a number from 0 to 1000");
    }
    cli_conditions all = {0};
    int result = cli_conditions_new(&all, k->n * (size_t)samples)
                     ? EXIT_DONE
                     : cli_status(c, BK_NO_MEMORY);
    for (int i = 1; i <= samples && result == EXIT_DONE; i++) {
        result = add_sample(c, k, i, &all);
    }
    if (result == EXIT_DONE) {
        result = cli_screen(c, m, "ode", false, &all, settings, &jitter->table);
    }
    cli_conditions_free(&all);
    return result;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void cli_jitter_interval(const cli_jitter *jitter, size_t condition, int column,
                         double *low, double *high)
{
    double values[MOST];
    size_t n = 0;
    for (int i = 0; i < jitter->samples && jitter->table != NULL; i++) {
        const size_t row = (size_t)i * jitter->conditions + condition;
        if (!bk_table_missing(jitter->table, row, column)) {
            values[n++] = bk_table_real(jitter->table, row, column);
        }
    }
    *low = *high = (double)NAN;
    if (n > 0) {
        qsort(values, n, sizeof *values, by_size);
        *low = values[(size_t)(0.1 * (double)(n - 1) + 0.5)];
        *high = values[(size_t)(0.9 * (double)(n - 1) + 0.5)];
    }
}

void cli_jitter_free(cli_jitter *jitter)
{
    bk_table_free(jitter->table);
    jitter->table = NULL;
}
