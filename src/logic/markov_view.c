/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>

/* Accessors and tables of an answer. */

size_t bk_markov_windows(const bk_markov *markov)
{
    return markov->windows;
}

double bk_markov_time(const bk_markov *markov, size_t window)
{
    return (double)window * markov->tick;
}

double bk_markov_th(const bk_markov *markov, size_t window)
{
    return markov->th[window];
}

double bk_markov_h(const bk_markov *markov, size_t window)
{
    double h = 0.0;
    for (size_t i = 0; i < markov->states; i++) {
        const double p = bk_markov_probability(markov, window, i);
        h -= p > 0.0 ? p * log2(p) : 0.0;
    }
    return h > 0.0 ? h : 0.0;
}

size_t bk_markov_states(const bk_markov *markov)
{
    return markov->states;
}

int bk_markov_level(const bk_markov *markov, size_t state, int32_t shown)
{
    return bk_packing_level(&markov->shown,
                            markov->keys + state * (size_t)markov->shown.words, shown);
}

double bk_markov_probability(const bk_markov *markov, size_t window, size_t state)
{
    return markov->part[window * markov->states + state];
}

double bk_markov_error(const bk_markov *markov, size_t window, size_t state)
{
    return markov->error[window * markov->states + state];
}

int32_t bk_markov_shown(const bk_markov *markov)
{
    return markov->shown.n;
}

int32_t bk_markov_symbol(const bk_markov *markov, int32_t shown)
{
    return markov->symbols[markov->shown.nodes[shown]];
}

/* The mean and the mean square of a level. */
static void moments(const bk_markov *m, size_t window, int32_t shown, double *mean,
                    double *square)
{
    *mean = *square = 0.0;
    for (size_t i = 0; i < m->states; i++) {
        const double level = bk_markov_level(m, i, shown);
        const double p = bk_markov_probability(m, window, i);
        *mean += p * level;
        *square += p * level * level;
    }
}

double bk_markov_mean(const bk_markov *markov, size_t window, int32_t shown)
{
    double mean;
    double square;
    moments(markov, window, shown, &mean, &square);
    return mean;
}

double bk_markov_mean_error(const bk_markov *markov, size_t window, int32_t shown)
{
    double mean;
    double square;
    moments(markov, window, shown, &mean, &square);
    const double n = (double)markov->runs;
    return markov->exact || n < 2.0 ? 0.0
                                    : sqrt(fmax(square - mean * mean, 0.0) / (n - 1.0));
}

size_t bk_markov_fixed_points(const bk_markov *markov)
{
    return markov->n_fixed;
}

double bk_markov_fixed_point(const bk_markov *markov, size_t i)
{
    return markov->fixed_part[i];
}

int bk_markov_fixed_level(const bk_markov *markov, size_t i, int32_t symbol)
{
    int32_t k = 0;
    while (k < markov->all.n && markov->symbols[k] != symbol) {
        k++;
    }
    return k == markov->all.n
               ? 0
               : bk_packing_level(&markov->all,
                                  markov->fixed_keys + i * (size_t)markov->all.words,
                                  k);
}

long bk_markov_runs(const bk_markov *markov)
{
    return markov->exact ? 0 : markov->runs;
}

long bk_markov_moves(const bk_markov *markov)
{
    return markov->moves;
}

bk_stop bk_markov_stop(const bk_markov *markov)
{
    return markov->stop;
}

const char *bk_markov_text(const bk_markov *markov)
{
    return markov->text;
}

/* Tables: columns first, then rows; an error sticks. */
typedef struct filling {
    const bk_markov *m;
    bk_table *table;
    bk_status status;
    size_t row;
    int column;
} filling;

static void add_column(filling *f, const char *name, bk_type type)
{
    int column;
    if (f->status == BK_OK) {
        f->status = bk_table_add_column(f->table, name, type, &column);
    }
}

static void add_row(filling *f)
{
    if (f->status == BK_OK) {
        f->status = bk_table_add_row(f->table, &f->row);
    }
    f->column = 0;
}

static void put(filling *f, double value)
{
    if (f->status == BK_OK) {
        f->status = bk_table_set_real(f->table, f->row, f->column++, value);
    }
}

static void put_integer(filling *f, int64_t value)
{
    if (f->status == BK_OK) {
        f->status = bk_table_set_integer(f->table, f->row, f->column++, value);
    }
}

static void put_state(filling *f, size_t state)
{
    const bk_markov *const m = f->m;
    bk_text name = {0};
    for (int32_t k = 0; k < m->shown.n; k++) {
        const int level = bk_markov_level(m, state, k);
        if (level > 0) {
            bk_text_add(&name, name.length > 0 ? " -- " : "");
            bk_text_add(&name, bk_symbol_id(m->model, bk_markov_symbol(m, k)));
        }
        if (level > 1) {
            bk_text_printf(&name, "=%d", level);
        }
    }
    if (name.failed) {
        f->status = BK_NO_MEMORY;
    } else if (f->status == BK_OK) {
        f->status = bk_table_set_text(f->table, f->row, f->column++,
                                      name.length > 0 ? name.data : "<nil>");
    }
    bk_text_free(&name);
}

static void fill_levels(filling *f)
{
    const bk_markov *const m = f->m;
    add_column(f, "time", BK_REAL);
    add_column(f, "TH", BK_REAL);
    add_column(f, "TH error", BK_REAL);
    add_column(f, "H", BK_REAL);
    for (int32_t k = 0; k < m->shown.n; k++) {
        const char *const id = bk_symbol_id(m->model, bk_markov_symbol(m, k));
        bk_text name = {0};
        bk_text_printf(&name, "%s error", id);
        add_column(f, id, BK_REAL);
        if (name.failed) {
            f->status = BK_NO_MEMORY;
        } else {
            add_column(f, name.data, BK_REAL);
        }
        bk_text_free(&name);
    }
    for (size_t w = 0; w < m->windows; w++) {
        add_row(f);
        put(f, bk_markov_time(m, w));
        put(f, m->th[w]);
        put(f, m->th_error[w]);
        put(f, bk_markov_h(m, w));
        for (int32_t k = 0; k < m->shown.n; k++) {
            put(f, bk_markov_mean(m, w, k));
            put(f, bk_markov_mean_error(m, w, k));
        }
    }
}

static void fill_states(filling *f)
{
    const bk_markov *const m = f->m;
    add_column(f, "time", BK_REAL);
    add_column(f, "state", BK_TEXT);
    add_column(f, "probability", BK_REAL);
    add_column(f, "error", BK_REAL);
    for (size_t w = 0; w < m->windows; w++) {
        for (size_t i = 0; i < m->states; i++) {
            if (bk_markov_probability(m, w, i) > 0.0) {
                add_row(f);
                put(f, bk_markov_time(m, w));
                put_state(f, i);
                put(f, bk_markov_probability(m, w, i));
                put(f, bk_markov_error(m, w, i));
            }
        }
    }
}

static double mean_of(const bk_markov *m, size_t from, size_t to, size_t state)
{
    double sum = 0.0;
    for (size_t w = from; w < to; w++) {
        sum += bk_markov_probability(m, w, state);
    }
    return to > from ? sum / (double)(to - from) : 0.0;
}

static void fill_late(filling *f)
{
    const bk_markov *const m = f->m;
    const size_t half = m->windows / 2;
    const size_t quarter = half + (m->windows - half) / 2;
    add_column(f, "state", BK_TEXT);
    add_column(f, "probability", BK_REAL);
    add_column(f, "error", BK_REAL);
    add_column(f, "drift", BK_REAL);
    for (size_t i = 0; i < m->states; i++) {
        const double part = mean_of(m, half, m->windows, i);
        double error = 0.0;
        for (size_t w = half; w < m->windows; w++) {
            /* That of a mean of means is at most the largest of theirs. */
            error = fmax(error, bk_markov_error(m, w, i));
        }
        if (part > 0.0) {
            add_row(f);
            put_state(f, i);
            put(f, part);
            put(f, error);
            put(f, fabs(mean_of(m, half, quarter, i) -
                        mean_of(m, quarter, m->windows, i)));
        }
    }
}

static void fill_fixed(filling *f)
{
    const bk_markov *const m = f->m;
    add_column(f, "fixed point", BK_INTEGER);
    add_column(f, "probability", BK_REAL);
    add_column(f, "error", BK_REAL);
    for (int32_t k = 0; k < m->all.n; k++) {
        add_column(f, bk_symbol_id(m->model, m->symbols[k]), BK_INTEGER);
    }
    for (size_t i = 0; i < m->n_fixed; i++) {
        const double p = m->fixed_part[i];
        add_row(f);
        put_integer(f, (int64_t)i + 1);
        put(f, p);
        put(f, m->exact || m->runs < 2 ? 0.0
                                       : sqrt(p * (1.0 - p) / (double)(m->runs - 1)));
        for (int32_t k = 0; k < m->all.n; k++) {
            put_integer(f, bk_packing_level(
                               &m->all, m->fixed_keys + i * (size_t)m->all.words, k));
        }
    }
}

bk_status bk_markov_table(const bk_markov *markov, bk_markov_view view,
                          bk_table **table)
{
    filling f = {.m = markov, .table = bk_table_new()};
    if (f.table == NULL) {
        return BK_NO_MEMORY;
    }
    switch (view) {
    case BK_MARKOV_LEVELS:
        fill_levels(&f);
        break;
    case BK_MARKOV_STATES:
        fill_states(&f);
        break;
    case BK_MARKOV_LATE:
        fill_late(&f);
        break;
    default:
        fill_fixed(&f);
        break;
    }
    if (f.status != BK_OK) {
        bk_table_free(f.table);
        return f.status;
    }
    *table = f.table;
    return BK_OK;
}
