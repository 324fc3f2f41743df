/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_MARKOV_H
#define BLOCKADE_MARKOV_H

/* The probabilities of states over time, as MaBoSS defines them (Stoll et al. 2012,
 * doi:10.1186/1752-0509-6-116).
 *
 * A logical model is a Markov process: every level that would move does so at its rate.
 * Time is cut into windows of one width (a *tick*); what is told of a window are means
 * over the time in it.  States are told apart by the *shown* levels only.  Either runs
 * are drawn, and each probability has a standard error, or the master equation is solved
 * where few states can be reached (uniformisation: Jensen 1953; Grassmann 1977,
 * doi:10.1016/0305-0548(77)90007-7; where rates are far apart and states at most 512, by
 * doubling the time: Grassmann, Taksar and Heyman 1985, doi:10.1287/opre.33.5.1107).
 *
 *     TH  transition entropy: how uncertain it is, in bits, which shown level moves
 *         next; 0 in a fixed point
 *     H   entropy of the distribution over the states of a window, in bits
 *
 * In discrete time one move is made each tick, drawn by the rates. */

#include <blockade/engine.h>
#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_markov_settings {
    double end, tick; /* tick 0: a hundredth of the end */
    bool discrete;
    bool exact;      /* the master equation in place of runs */
    long max_states; /* exact: states that may be reached; 0: 262,144 */
    long runs;       /* 0: 10,000 */
    double
        precision; /* above 0: runs end as soon as no state in any window has a larger
                         standard error; `runs` is then the most there are */
    uint64_t seed, content;
    int threads; /* 0: one a processor; the answer is the same for any number */
    const int32_t *levels; /* [n_levels] the shown ones, by symbol; NULL: all but the
                              internal ones of the model, or all when none is left */
    int32_t n_levels;
    bool (*cancelled)(void *context); /* asked now and then; NULL: never */
    void *cancel_context;
} bk_markov_settings;
/* What the model wishes, else: end 10 in 100 ticks. */
bk_markov_settings bk_markov_defaults(const bk_model *model);

typedef struct bk_markov bk_markov; /* the model must outlive it */
/* system: of the engine ctmc.  BK_MISUSE, with a message, for settings that make no
 * sense; BK_UNSUPPORTED when more than max_states states can be reached, or when runs
 * meet more states than memory should hold: show fewer levels.  A treatment's share of
 * time counts as in the engine. */
bk_status bk_markov_run(const bk_system *system, const bk_overlay *overlay,
                        const bk_markov_settings *settings, bk_diag *diag,
                        bk_markov **markov);
void bk_markov_free(bk_markov *markov);

size_t bk_markov_windows(const bk_markov *markov);
double bk_markov_time(const bk_markov *markov, size_t window); /* where it starts */
double bk_markov_th(const bk_markov *markov, size_t window);
double bk_markov_h(const bk_markov *markov, size_t window);
/* States, those seen or reachable; the most probable of the last window first. */
size_t bk_markov_states(const bk_markov *markov);
int bk_markov_level(const bk_markov *markov, size_t state, int32_t shown);
double bk_markov_probability(const bk_markov *markov, size_t window, size_t state);
/* Standard errors; 0 when exact. */
double bk_markov_error(const bk_markov *markov, size_t window, size_t state);
int32_t bk_markov_shown(const bk_markov *markov);
int32_t bk_markov_symbol(const bk_markov *markov, int32_t shown);
/* The mean level of a shown level, which for Boolean ones is the probability of 1; and
 * its standard error or, for means over a window, a bound of it. */
double bk_markov_mean(const bk_markov *markov, size_t window, int32_t shown);
double bk_markov_mean_error(const bk_markov *markov, size_t window, int32_t shown);
/* Fixed points that were reached before the end, by all levels; with probabilities. */
size_t bk_markov_fixed_points(const bk_markov *markov);
double bk_markov_fixed_point(const bk_markov *markov, size_t i);
/* 0 for what is no level. */
int bk_markov_fixed_level(const bk_markov *markov, size_t i, int32_t symbol);
long bk_markov_runs(const bk_markov *markov);  /* 0: exact */
long bk_markov_moves(const bk_markov *markov); /* of all runs */
bk_stop bk_markov_stop(const bk_markov *markov);
const char *bk_markov_text(const bk_markov *markov);

/* LEVELS: time, TH, its error, H, then each shown level and its error.  STATES: one row a
 * window and state of a probability above 0; a state is told by the levels that are on,
 * "A -- B", "C=2" for higher ones, "<nil>" for none.  LATE: the states over the last half
 * of the time, an estimate of the stationary distribution where the process has settled
 * by then (`drift`: the largest difference between the two quarters of it).  FIXED: one
 * row a fixed point. */
typedef enum bk_markov_view {
    BK_MARKOV_LEVELS,
    BK_MARKOV_STATES,
    BK_MARKOV_LATE,
    BK_MARKOV_FIXED
} bk_markov_view;
bk_status bk_markov_table(const bk_markov *markov, bk_markov_view view,
                          bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
