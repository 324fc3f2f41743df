/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/many.h"

#include <math.h>

/* Where many conditions settle, BK_LANES of them in one walk. */

typedef struct settling {
    const bk_logic_system *system;
    const bk_settings *settings;
    bk_many *many;
    uint64_t *mark;
    bk_lane_end *ends; /* [BK_LANES] */
    long steps;        /* all lanes took */
} settling;

static double value_of(const settling *s, int lane, const bk_column *column)
{
    const int32_t x = s->system->node[column->symbol];
    return x < 0                              ? (double)NAN
           : column->aspect == BK_AS_ACTIVITY ? (double)bk_many_seen(s->many, lane, x)
                                              : (double)bk_many_level(s->many, lane, x);
}

/* One lane in one of the states of its cycle: to the sums. */
static void read_lane(const settling *s, int lane, long at, bk_outcome *outcome)
{
    const bk_lane_end *const end = &s->ends[lane];
    double *const row = bk_outcome_row(outcome, 0);
    const long period = end->period > 0 ? end->period : 1;
    for (int c = 0; c < s->settings->n_columns && at < period; c++) {
        const double value = value_of(s, lane, &s->settings->columns[c]);
        row[c] = at == 0 ? value : row[c] + value;
        row[c] = at + 1 == period ? row[c] / (double)period : row[c];
    }
}

/* Lanes in the state that they first came back to: to the state of the outcome. */
static void read_states(const settling *s, size_t n, long at, bk_outcome **outcomes)
{
    double *states[BK_LANES];
    int lanes[BK_LANES];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const long period = s->ends[i].period > 0 ? s->ends[i].period : 1;
        if (at < period && (s->steps + at - s->ends[i].steps) % period == 0) {
            states[count] = bk_outcome_state_mutable(outcomes[i]);
            lanes[count++] = (int)i;
        }
    }
    for (int32_t x = 0; x < s->system->n; x++) {
        const int32_t symbol = s->system->symbol[x];
        const uint64_t *const bits =
            bk_lane_word(&s->many->memory, s->many->first + s->many->rail[x]);
        for (size_t i = 0; i < count; i++) {
            const unsigned lane = (unsigned)lanes[i];
            states[i][symbol] = s->system->max[x] == 1
                                    ? (double)(int)(bits[lane / 64] >> lane % 64 & 1u)
                                    : (double)bk_many_level(s->many, lanes[i], x);
        }
    }
}

static void tell(const settling *s, int lane, bool cancelled, bk_outcome *outcome)
{
    const bk_lane_end *const end = &s->ends[lane];
    bk_counters *const counters = bk_outcome_counters_mutable(outcome);
    counters->period = end->period;
    counters->steps = end->period > 0 ? end->steps : s->steps;
    if (end->period == 1) {
        bk_outcome_end(outcome, BK_STOP_END, "a fixed point");
    } else if (end->period > 1) {
        bk_outcome_end(outcome, BK_STOP_END,
                       "a cycle of %ld states; the row is its mean", end->period);
    } else if (cancelled) {
        bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled after %ld steps",
                       s->steps);
    } else {
        bk_outcome_end(outcome, BK_STOP_LIMIT,
                       "no state came back within %ld steps; the row is the state then",
                       s->steps);
    }
}

static bk_status walk(settling *s, size_t n, bk_outcome **outcomes)
{
    const bk_settings *const settings = s->settings;
    const bk_lane_walk lanes = bk_many_walk(s->many);
    const long most = settings->max_moves > 0 ? settings->max_moves : 100000;
    s->steps = bk_lanes_settle(&lanes, most, settings->cancelled,
                               settings->cancel_context, s->mark, s->ends);
    long longest = 1;
    for (size_t i = 0; i < n; i++) {
        const bk_status status =
            bk_outcome_new(1, settings->columns, settings->n_columns,
                           s->system->head.model->n_symbols, false, &outcomes[i]);
        if (status != BK_OK) {
            return status;
        }
        bk_outcome_set_time(outcomes[i], 0, settings->t_end);
        tell(s, (int)i, s->steps < most, outcomes[i]);
        longest = s->ends[i].period > longest ? s->ends[i].period : longest;
    }
    for (long at = 0; at < longest; at++) {
        for (size_t i = 0; i < n; i++) {
            read_lane(s, (int)i, at, outcomes[i]);
        }
        read_states(s, n, at, outcomes);
        bk_lanes_step(&lanes);
    }
    return BK_OK;
}

/* At most BK_LANES of them. */
static void settle_lanes(bk_logic_work *base, const bk_settings *settings, bk_job *jobs,
                         size_t n)
{
    const bk_overlay *overlays[BK_LANES];
    const double *states[BK_LANES];
    bk_outcome *outcomes[BK_LANES] = {NULL};
    settling s = {.system = base->system, .settings = settings};
    for (size_t i = 0; i < n; i++) {
        overlays[i] = jobs[i].overlay;
        states[i] = jobs[i].state;
    }
    bk_status status = bk_many_new(base, overlays, n, &s.many);
    if (status == BK_OK) {
        s.mark = bk_alloc(((size_t)s.many->rails + 1) * BK_LANE_WORDS * sizeof *s.mark);
        s.ends = bk_alloc(BK_LANES * sizeof *s.ends);
        status = s.mark != NULL && s.ends != NULL ? BK_OK : BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        bk_many_put(s.many, overlays, states, n);
        status = walk(&s, n, outcomes);
    }
    for (size_t i = 0; i < n; i++) {
        jobs[i].status = status;
        jobs[i].outcome = status == BK_OK ? outcomes[i] : NULL;
        if (status != BK_OK) {
            bk_outcome_free(outcomes[i]);
        }
    }
    bk_many_free(s.many);
    bk_free(s.mark);
    bk_free(s.ends);
}

static bool lanes_serve(const bk_system *system, const bk_settings *settings)
{
    bool serve = settings->columns != NULL;
    for (int c = 0; serve && c < settings->n_columns; c++) {
        const bk_column *const column = &settings->columns[c];
        serve = column->aspect != BK_AS_RATE && column->symbol >= 0 &&
                column->symbol < system->model->n_symbols;
    }
    return serve;
}

void bk_sync_settle_many(const bk_system *system, const bk_settings *settings,
                         bk_job *jobs, size_t n, bk_workspace *workspace)
{
    bk_logic_work *const work = (bk_logic_work *)workspace;
    bk_settings plain = *settings;
    plain.state = NULL;
    if (!lanes_serve(system, settings)) {
        for (size_t i = 0; i < n; i++) {
            bk_job_run(system, settings, &jobs[i], workspace, true);
        }
        return;
    }
    bk_logic_bind(work, NULL, &plain, false);
    for (size_t i = 0; i < n; i += BK_LANES) {
        settle_lanes(work, &plain, jobs + i, n - i < BK_LANES ? n - i : BK_LANES);
    }
}
