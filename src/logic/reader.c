/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/reader.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

static bk_status check(const bk_settings *settings, bool settle, bk_diag *diag)
{
    const char *what = NULL;
    if (settings->runs < 0 || settings->max_moves < 0) {
        what = "the numbers of runs and of moves must not be negative";
    } else if (!settle && settings->steps > 0 &&
               !(settings->t_end - settings->t_start >= 0.0 &&
                 isfinite(settings->t_end - settings->t_start))) {
        what = "the end of the time must not be before its start";
    }
    if (what != NULL) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "settings", "%s", what);
    }
    return what == NULL ? BK_OK : BK_MISUSE;
}

/* Every level, when nothing is asked for. */
static bk_status make_outcome(bk_reader *r, bool deviations)
{
    const bk_logic_system *const s = r->work->system;
    const bk_column *columns = r->settings->columns;
    bk_column *all = NULL;
    r->n = columns != NULL ? r->settings->n_columns : s->n;
    if (columns == NULL) {
        all = bk_alloc_zero((size_t)s->n + 1, sizeof *all);
        for (int32_t x = 0; all != NULL && x < s->n; x++) {
            all[x].symbol = s->symbol[x];
        }
        columns = all;
    }
    r->sights = bk_alloc_zero((size_t)r->n + 1, sizeof *r->sights);
    r->row = bk_alloc_zero((size_t)r->n + 1, sizeof *r->row);
    bk_status status =
        columns == NULL || r->sights == NULL || r->row == NULL
            ? BK_NO_MEMORY
            : bk_outcome_new(r->rows, columns, r->n, s->head.model->n_symbols,
                             deviations, &r->outcome);
    for (int c = 0; c < r->n && status == BK_OK; c++) {
        const int32_t symbol = columns[c].symbol;
        if (symbol < 0 || symbol >= s->head.model->n_symbols) {
            status = BK_MISUSE;
            break;
        }
        r->sights[c] = (bk_sight){.node = s->node[symbol], .aspect = columns[c].aspect};
    }
    bk_free(all);
    return status;
}

static void clear_sums(bk_reader *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        for (int c = 0; c < r->n; c++) {
            bk_outcome_row(r->outcome, row)[c] = 0.0;
            bk_outcome_deviations(r->outcome, row)[c] = 0.0;
        }
    }
}

bk_status bk_reader_start(bk_reader *reader, bk_logic_work *work,
                          const bk_overlay *overlay, const bk_settings *settings,
                          bool settle, bool many_runs, bk_diag *diag)
{
    const bk_engine *const engine = work->system->head.engine;
    *reader = (bk_reader){.work = work, .settings = settings};
    bk_status status = check(settings, settle, diag);
    if (status != BK_OK) {
        return status;
    }
    reader->rows = settle || settings->steps < 1 ? 1 : (size_t)settings->steps + 1;
    reader->runs = settings->runs > 0 ? settings->runs : 1000;
    reader->max_moves = settings->max_moves > 0 ? settings->max_moves : 100000;
    status = make_outcome(reader, many_runs);
    if (status == BK_OK && many_runs) {
        const size_t n = (size_t)work->system->n;
        reader->finals = (size_t)reader->runs > SIZE_MAX / 2 / (n + 1)
                             ? NULL
                             : bk_alloc((size_t)reader->runs * n + 1);
        status = reader->finals == NULL ? BK_NO_MEMORY : BK_OK;
    }
    if (status != BK_OK) {
        return status;
    }
    for (size_t row = 0; row < reader->rows; row++) {
        bk_outcome_set_time(reader->outcome, row,
                            settle ? settings->t_end
                                   : bk_settings_time(settings, (int)row));
    }
    if (many_runs) {
        clear_sums(reader);
    }
    bk_logic_bind(work, overlay, settings, engine == &bk_engine_ctmc);
    if (many_runs) {
        bk_start_bind(work, overlay, settings);
    }
    return BK_OK;
}

bk_status bk_reader_end(bk_reader *reader, bk_status status, bk_outcome **outcome)
{
    bk_free(reader->sights);
    bk_free(reader->row);
    bk_free(reader->finals);
    if (status == BK_OK) {
        *outcome = reader->outcome;
    } else {
        bk_outcome_free(reader->outcome);
    }
    return status;
}

bool bk_reader_cancelled(const bk_reader *reader)
{
    const bk_settings *const settings = reader->settings;
    return settings->cancelled != NULL && settings->cancelled(settings->cancel_context);
}

double bk_reader_moves_at(const bk_reader *reader, size_t row)
{
    /* Rows are spaced in binary fractions: 3 may come out as 2.9999999999999996. */
    return floor(bk_settings_time(reader->settings, (int)row) -
                 reader->settings->t_start + 1e-9);
}

static double value_of(const bk_logic_work *w, bk_sight sight)
{
    if (sight.node < 0) {
        return (double)NAN;
    }
    const bk_cell *const c = &w->cells[sight.node];
    switch (sight.aspect) {
    case BK_AS_ACTIVITY:
        return (double)w->seen[w->system->first_level[sight.node] + c->shown];
    case BK_AS_RATE:
        return (double)c->target - (double)c->state;
    default:
        return (double)c->state;
    }
}

void bk_reader_read(const bk_reader *reader, double *values)
{
    for (int c = 0; c < reader->n; c++) {
        values[c] = value_of(reader->work, reader->sights[c]);
    }
}

void bk_reader_add(bk_reader *reader, size_t row)
{
    double *const sums = bk_outcome_row(reader->outcome, row);
    double *const squares = bk_outcome_deviations(reader->outcome, row);
    for (int c = 0; c < reader->n; c++) {
        const double value = value_of(reader->work, reader->sights[c]);
        sums[c] += value;
        squares[c] += value * value;
    }
}

void bk_reader_add_values(bk_reader *reader, size_t row, const double *values)
{
    double *const sums = bk_outcome_row(reader->outcome, row);
    double *const squares = bk_outcome_deviations(reader->outcome, row);
    for (int c = 0; c < reader->n; c++) {
        sums[c] += values[c];
        squares[c] += values[c] * values[c];
    }
}

void bk_reader_finish_run(bk_reader *reader)
{
    const int32_t n = reader->work->system->n;
    uint8_t *const final = reader->finals + (size_t)reader->finished * (size_t)n;
    for (int32_t x = 0; x < n; x++) {
        final[x] = reader->work->cells[x].state;
    }
    reader->finished++;
}

/* The end nearest to the mean of all, by the sum of absolute differences. */
static void keep_typical(bk_reader *r)
{
    const bk_logic_system *const s = r->work->system;
    const size_t n = (size_t)s->n;
    double *const means = bk_outcome_state_mutable(r->outcome);
    for (size_t x = 0; x < n; x++) {
        double sum = 0.0;
        for (long run = 0; run < r->finished; run++) {
            sum += (double)r->finals[(size_t)run * n + x];
        }
        means[s->symbol[x]] = sum / (double)r->finished;
    }
    size_t best = 0;
    double least = (double)INFINITY;
    for (size_t run = 0; run < (size_t)r->finished; run++) {
        double distance = 0.0;
        for (size_t x = 0; x < n; x++) {
            distance += fabs((double)r->finals[run * n + x] - means[s->symbol[x]]);
        }
        if (distance < least) {
            least = distance;
            best = run;
        }
    }
    for (size_t x = 0; x < n && r->finished > 0; x++) {
        means[s->symbol[x]] = (double)r->finals[best * n + x];
    }
}

void bk_reader_close_sums(bk_reader *reader)
{
    const double runs = (double)reader->finished;
    for (size_t row = 0; row < reader->rows; row++) {
        double *const means = bk_outcome_row(reader->outcome, row);
        double *const deviations = bk_outcome_deviations(reader->outcome, row);
        for (int c = 0; c < reader->n; c++) {
            const double mean = means[c] / runs;
            const double rest = fmax(deviations[c] - means[c] * mean, 0.0);
            means[c] = mean;
            deviations[c] = runs > 1.0 ? sqrt(rest / (runs - 1.0)) : (double)NAN;
        }
    }
    keep_typical(reader);
}

void bk_reader_keep_state(bk_reader *reader)
{
    const bk_logic_system *const s = reader->work->system;
    double *const state = bk_outcome_state_mutable(reader->outcome);
    for (int32_t x = 0; x < s->n; x++) {
        state[s->symbol[x]] = (double)reader->work->cells[x].state;
    }
}

static void all_runs(bk_reader *reader, bk_one_run *one_run)
{
    const bk_settings *const settings = reader->settings;
    bk_counters *const counters = bk_outcome_counters_mutable(reader->outcome);
    size_t reached = reader->rows;
    bool cancelled = false;
    for (long run = 0; run < reader->runs && !cancelled; run++) {
        bk_random random;
        bk_random_start(&random, settings->seed, settings->content, (uint64_t)run);
        const size_t rows = one_run(reader, &random, counters);
        reached = rows < reached ? rows : reached;
        bk_reader_finish_run(reader);
        cancelled = bk_reader_cancelled(reader);
    }
    bk_reader_close_sums(reader);
    bk_outcome_truncate(reader->outcome, reached);
    if (cancelled) {
        bk_outcome_end(reader->outcome, BK_STOP_CANCELLED,
                       "cancelled; the mean of %ld runs", reader->finished);
    } else if (reached < reader->rows) {
        bk_outcome_end(reader->outcome, BK_STOP_LIMIT,
                       "a run stopped after %ld moves; later rows are left out",
                       reader->max_moves);
    } else {
        bk_outcome_end(reader->outcome, BK_STOP_END, "the mean of %ld runs",
                       reader->finished);
    }
}

bk_status bk_reader_runs(bk_logic_work *work, const bk_overlay *overlay,
                         const bk_settings *settings, bk_one_run *one_run,
                         bk_diag *diag, bk_outcome **outcome)
{
    bk_reader reader;
    const bk_status status =
        bk_reader_start(&reader, work, overlay, settings, false, true, diag);
    if (status == BK_OK) {
        all_runs(&reader, one_run);
    }
    return bk_reader_end(&reader, status, outcome);
}
