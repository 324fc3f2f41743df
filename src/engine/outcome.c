/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include "base/alloc.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct bk_outcome {
    size_t rows;
    int n_columns;
    int32_t n_symbols;
    bk_column *columns;
    double *times;      /* [rows] */
    double *values;     /* [rows * n_columns] */
    double *deviations; /* the same shape, or NULL */
    double *state;      /* [n_symbols] */
    double *ends;       /* [runs * n_columns], or NULL */
    size_t runs;
    double *waiting; /* [n_waiting], waiting_width an execution */
    size_t n_waiting, waiting_width;
    bk_stop stop;
    char text[400];
    bk_counters counters;
};

static double *missing(size_t n)
{
    double *values =
        n > SIZE_MAX / sizeof *values ? NULL : bk_alloc(n * sizeof *values);
    for (size_t i = 0; values != NULL && i < n; i++) {
        values[i] = (double)NAN;
    }
    return values;
}

bk_status bk_outcome_new(size_t rows, const bk_column *columns, int n_columns,
                         int32_t n_symbols, bool deviations, bk_outcome **outcome)
{
    bk_outcome *made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t width = (size_t)n_columns;
    made->rows = rows;
    made->n_columns = n_columns;
    made->n_symbols = n_symbols;
    made->columns = bk_alloc(width * sizeof *made->columns);
    made->times = missing(rows);
    if (width == 0 || rows <= SIZE_MAX / width) {
        made->values = missing(rows * width);
        made->deviations = deviations ? missing(rows * width) : NULL;
    }
    made->state = missing((size_t)n_symbols);
    if (made->columns == NULL || made->times == NULL || made->values == NULL ||
        (deviations && made->deviations == NULL) || made->state == NULL) {
        bk_outcome_free(made);
        return BK_NO_MEMORY;
    }
    if (width > 0) {
        memcpy(made->columns, columns, width * sizeof *columns);
    }
    *outcome = made;
    return BK_OK;
}

void bk_outcome_free(bk_outcome *outcome)
{
    if (outcome == NULL) {
        return;
    }
    bk_free(outcome->columns);
    bk_free(outcome->times);
    bk_free(outcome->values);
    bk_free(outcome->deviations);
    bk_free(outcome->state);
    bk_free(outcome->ends);
    bk_free(outcome->waiting);
    bk_free(outcome);
}

void bk_outcome_set_time(bk_outcome *outcome, size_t row, double time)
{
    outcome->times[row] = time;
}

double *bk_outcome_row(bk_outcome *outcome, size_t row)
{
    return outcome->values + row * (size_t)outcome->n_columns;
}

double *bk_outcome_deviations(bk_outcome *outcome, size_t row)
{
    return outcome->deviations == NULL
               ? NULL
               : outcome->deviations + row * (size_t)outcome->n_columns;
}

double *bk_outcome_state_mutable(bk_outcome *outcome)
{
    return outcome->state;
}

bk_status bk_outcome_keep_ends(bk_outcome *outcome, size_t runs)
{
    const size_t width = (size_t)outcome->n_columns;
    if (width > 0 && runs > SIZE_MAX / width) {
        return BK_NO_MEMORY;
    }
    outcome->ends = missing(runs * width);
    outcome->runs = outcome->ends != NULL ? runs : 0;
    return outcome->ends != NULL ? BK_OK : BK_NO_MEMORY;
}

double *bk_outcome_end_of(bk_outcome *outcome, size_t run)
{
    return outcome->ends + run * (size_t)outcome->n_columns;
}

void bk_outcome_truncate(bk_outcome *outcome, size_t rows)
{
    if (rows < outcome->rows) {
        outcome->rows = rows;
    }
}

void bk_outcome_end(bk_outcome *outcome, bk_stop stop, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(outcome->text, sizeof outcome->text, format, arguments);
    va_end(arguments);
    outcome->stop = stop;
}

bk_counters *bk_outcome_counters_mutable(bk_outcome *outcome)
{
    return &outcome->counters;
}

static bool resize(double **values, size_t n)
{
    double *const moved = bk_realloc(*values, n * sizeof **values);
    if (moved != NULL) {
        *values = moved;
    }
    return moved != NULL;
}

static void add_counters(bk_counters *sum, const bk_counters *more)
{
    sum->steps += more->steps;
    sum->rejected += more->rejected;
    sum->evaluations += more->evaluations;
    sum->jacobians += more->jacobians;
    sum->factorisations += more->factorisations;
    sum->switches += more->switches;
    sum->moves += more->moves;
    sum->residual = more->residual;
    sum->period = more->period;
}

bk_status bk_outcome_wait(bk_outcome *outcome, const double *waiting, size_t n,
                          size_t width)
{
    double *const copy = bk_alloc((n + 1) * sizeof *copy);
    if (copy == NULL) {
        return BK_NO_MEMORY;
    }
    if (n > 0) {
        memcpy(copy, waiting, n * sizeof *copy);
    }
    bk_free(outcome->waiting);
    outcome->waiting = copy;
    outcome->n_waiting = n;
    outcome->waiting_width = width;
    return BK_OK;
}

void bk_outcome_shift_waiting(bk_outcome *outcome, double shift)
{
    for (size_t i = 1; i < outcome->n_waiting; i += outcome->waiting_width) {
        outcome->waiting[i] += shift;
    }
}

const double *bk_outcome_waiting(const bk_outcome *outcome, size_t *n)
{
    *n = outcome->n_waiting;
    return outcome->waiting;
}

bk_status bk_outcome_join(bk_outcome *first, const bk_outcome *second, double shift)
{
    if (first->n_columns != second->n_columns ||
        first->n_symbols != second->n_symbols) {
        return BK_MISUSE;
    }
    const size_t width = (size_t)first->n_columns;
    const size_t rows = first->rows + second->rows;
    if (!resize(&first->times, rows) || !resize(&first->values, rows * width) ||
        (first->deviations != NULL && !resize(&first->deviations, rows * width))) {
        return BK_NO_MEMORY;
    }
    for (size_t r = 0; r < second->rows; r++) {
        first->times[first->rows + r] = second->times[r] + shift;
    }
    const size_t bytes = second->rows * width * sizeof *first->values;
    if (bytes > 0) {
        memcpy(bk_outcome_row(first, first->rows), second->values, bytes);
        for (size_t i = 0; first->deviations != NULL && i < second->rows * width; i++) {
            first->deviations[first->rows * width + i] =
                second->deviations != NULL ? second->deviations[i] : (double)NAN;
        }
    }
    first->rows = rows;
    if (first->n_symbols > 0) {
        memcpy(first->state, second->state,
               (size_t)first->n_symbols * sizeof *first->state);
    }
    if (bk_outcome_wait(first, second->waiting, second->n_waiting,
                        second->waiting_width) != BK_OK) {
        return BK_NO_MEMORY;
    }
    bk_outcome_shift_waiting(first, shift);
    first->stop = second->stop;
    memcpy(first->text, second->text, sizeof first->text);
    add_counters(&first->counters, &second->counters);
    return BK_OK;
}

size_t bk_outcome_rows(const bk_outcome *outcome)
{
    return outcome->rows;
}

int bk_outcome_columns(const bk_outcome *outcome)
{
    return outcome->n_columns;
}

bk_column bk_outcome_column(const bk_outcome *outcome, int column)
{
    return outcome->columns[column];
}

double bk_outcome_time(const bk_outcome *outcome, size_t row)
{
    return outcome->times[row];
}

double bk_outcome_value(const bk_outcome *outcome, size_t row, int column)
{
    return outcome->values[row * (size_t)outcome->n_columns + (size_t)column];
}

double bk_outcome_deviation(const bk_outcome *outcome, size_t row, int column)
{
    return outcome->deviations == NULL
               ? (double)NAN
               : outcome->deviations[row * (size_t)outcome->n_columns + (size_t)column];
}

bool bk_outcome_deviates(const bk_outcome *outcome)
{
    return outcome->deviations != NULL;
}

const double *bk_outcome_ends(const bk_outcome *outcome, size_t *runs)
{
    *runs = outcome->runs;
    return outcome->ends;
}

bk_stop bk_outcome_stop(const bk_outcome *outcome)
{
    return outcome->stop;
}

const char *bk_outcome_text(const bk_outcome *outcome)
{
    return outcome->text;
}

const double *bk_outcome_state(const bk_outcome *outcome)
{
    return outcome->state;
}

bk_counters bk_outcome_counters(const bk_outcome *outcome)
{
    return outcome->counters;
}
