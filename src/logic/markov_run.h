/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_MARKOV_RUN_H
#define BK_LOGIC_MARKOV_RUN_H

/* One stochastic run, and what a thread has at hand for it. */

#include "logic/markov_impl.h"
#include "logic/plain.h"

#include "base/thread.h"

/* The time spent in each state within the present window. */
typedef struct bk_stay {
    uint32_t state;
    double time;
} bk_stay;

typedef struct bk_draws_worker {
    bk_workspace *workspace;
    bk_plain *plain; /* NULL: the walk of the workspace */
    bk_tally tally;
    uint64_t *key;       /* the shown part of the state */
    uint64_t *whole_key; /* of all levels */
    bk_stay *stays;      /* of the present window */
    size_t n_stays, stays_capacity;
    uint32_t *mark; /* by state: its place in stays, when that names the state */
    size_t mark_capacity;
    size_t window;
    double window_end;
    double th; /* integral within the present window */
    /* since when the shown state and the entropy of the next move are what they are */
    double since, entropy;
    uint32_t state;
    long finished;
} bk_draws_worker;

typedef struct bk_draws {
    bk_markov *markov;
    const bk_markov_settings *settings;
    bk_draws_worker *workers;
    int threads;
    long first;      /* run of this stage */
    long runs;       /* of this stage */
    double *entropy; /* [levels + 1] of so many moves alike */
    bk_logs logs;
    uint64_t *told; /* [words of levels] the shown ones */
    bk_flag cancelled;
} bk_draws;

/* Run number `run` into the tally of the worker. */
void bk_markov_one_run(const bk_draws *draws, bk_draws_worker *worker, long run);

#endif
