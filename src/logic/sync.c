/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/many.h"
#include "logic/reader.h"

#include <string.h>

/* All levels move at once, by one towards their targets. */

static bk_status compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    return bk_logic_compile(&bk_engine_sync, model, diag, system);
}

static bk_status run(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome)
{
    (void)system;
    bk_logic_work *const work = (bk_logic_work *)workspace;
    bk_reader reader;
    bk_status status =
        bk_reader_start(&reader, work, overlay, settings, false, false, diag);
    if (status != BK_OK) {
        return bk_reader_end(&reader, status, outcome);
    }
    bk_counters *const counters = bk_outcome_counters_mutable(reader.outcome);
    bk_logic_put(work, work->begin);
    bk_outcome_end(reader.outcome, BK_STOP_END, "reached the end");
    for (size_t row = 0; row < reader.rows; row++) {
        const double wanted = bk_reader_moves_at(&reader, row);
        while ((double)counters->steps < wanted && !bk_logic_fixed(work) &&
               counters->steps < reader.max_moves) {
            counters->moves += bk_logic_synchronous(work);
            counters->steps++;
        }
        const bool late = (double)counters->steps < wanted && !bk_logic_fixed(work);
        const bool cancelled = bk_reader_cancelled(&reader);
        if (late || cancelled) {
            bk_outcome_truncate(reader.outcome, row);
            bk_outcome_end(reader.outcome, late ? BK_STOP_LIMIT : BK_STOP_CANCELLED,
                           late ? "stopped after %ld steps"
                                : "cancelled after %ld steps",
                           counters->steps);
            break;
        }
        bk_reader_read(&reader, bk_outcome_row(reader.outcome, row));
    }
    bk_reader_keep_state(&reader);
    return bk_reader_end(&reader, BK_OK, outcome);
}

typedef struct cycle {
    bk_reader *reader;
    uint8_t *mark; /* [n] the state to come back to */
    long period;   /* 0: not found */
    bool cancelled;
} cycle;

static void set_mark(cycle *c)
{
    const bk_logic_work *const work = c->reader->work;
    for (int32_t x = 0; x < work->system->n; x++) {
        c->mark[x] = work->cells[x].state;
    }
}

static bool at_mark(const cycle *c)
{
    const bk_logic_work *const work = c->reader->work;
    int32_t x = 0;
    while (x < work->system->n && work->cells[x].state == c->mark[x]) {
        x++;
    }
    return x == work->system->n;
}

/* Brent 1980, doi:10.1007/BF01933190: the mark jumps to the present state after 1, 2,
 * 4, 8 ... steps, until the walk comes back to it. */
static void find_cycle(cycle *c)
{
    bk_reader *const r = c->reader;
    bk_counters *const counters = bk_outcome_counters_mutable(r->outcome);
    long since = 0;
    long power = 1;
    set_mark(c);
    while (counters->steps < r->max_moves && c->period == 0 && !c->cancelled) {
        counters->moves += bk_logic_synchronous(r->work);
        counters->steps++;
        since++;
        if (at_mark(c)) {
            c->period = since;
        } else if (since == power) {
            set_mark(c);
            power *= 2;
            since = 0;
        }
        c->cancelled = counters->steps % 1024 == 0 && bk_reader_cancelled(r);
    }
}

static void average(bk_reader *r, long states)
{
    double *const means = bk_outcome_row(r->outcome, 0);
    for (int c = 0; c < r->n; c++) {
        means[c] = 0.0;
    }
    for (long i = 0; i < states; i++) {
        bk_reader_read(r, r->row);
        for (int c = 0; c < r->n; c++) {
            means[c] += r->row[c];
        }
        bk_logic_synchronous(r->work);
    }
    for (int c = 0; c < r->n; c++) {
        means[c] /= (double)states;
    }
}

static void tell(const cycle *c)
{
    bk_outcome *const outcome = c->reader->outcome;
    bk_counters *const counters = bk_outcome_counters_mutable(outcome);
    counters->period = c->period;
    if (c->cancelled) {
        bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled after %ld steps",
                       counters->steps);
    } else if (c->period == 0) {
        bk_outcome_end(outcome, BK_STOP_LIMIT,
                       "no state came back within %ld steps; the row is the state then",
                       counters->steps);
    } else if (c->period == 1) {
        bk_outcome_end(outcome, BK_STOP_END, "a fixed point");
    } else {
        bk_outcome_end(outcome, BK_STOP_END,
                       "a cycle of %ld states; the row is its mean", c->period);
    }
}

static bk_status settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome)
{
    bk_logic_work *const work = (bk_logic_work *)workspace;
    const bk_logic_system *const s = (const bk_logic_system *)system;
    bk_reader reader;
    bk_status status =
        bk_reader_start(&reader, work, overlay, settings, true, false, diag);
    cycle c = {.reader = &reader, .mark = bk_alloc((size_t)s->n + 1)};
    if (status == BK_OK && c.mark == NULL) {
        status = BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        bk_logic_put(work, work->begin);
        find_cycle(&c);
        average(&reader, c.period > 0 ? c.period : 1);
        bk_reader_keep_state(&reader);
        tell(&c);
    }
    bk_free(c.mark);
    return bk_reader_end(&reader, status, outcome);
}

const bk_engine bk_engine_sync = {
    .name = "sync",
    .summary = "synchronous logic: every level moves by one towards its target at once",
    .compile = compile,
    .workspace = bk_logic_workspace,
    .run = run,
    .settle = settle,
    .settle_many = bk_sync_settle_many,
    .lanes = BK_LANES,
    .settles_once = true};
