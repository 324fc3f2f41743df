/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_LOGIC_H
#define BLOCKADE_LOGIC_H

/* Fixed points, trap spaces and attractors of logical models.  Moves are unitary: a level
 * changes by one towards its target.  Inputs keep their start level unless an edit says
 * otherwise, or are free where said.
 *
 * A *trap space* is a box of levels, low <= x <= high for every x, that no move leaves
 * (Klarner, Bockmayr, Siebert 2015, doi:10.1007/s11047-015-9520-7): the same boxes under
 * every update.  A minimal one holds no other: every one of them holds an attractor, and
 * the fixed points are those of one state.  A maximal one lies in no other but the whole
 * state space. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bk_update { BK_SYNCHRONOUS, BK_ASYNCHRONOUS } bk_update;

typedef enum bk_attractor_kind {
    BK_ATTRACTORS,
    BK_FIXED_POINTS,
    BK_TRAP_SPACES_MIN,
    BK_TRAP_SPACES_MAX,
    BK_TRAP_SPACES /* all, the whole state space with them */
} bk_attractor_kind;

typedef struct bk_attractor_settings {
    bk_attractor_kind kind;
    bk_update update; /* of attractors; the other kinds are the same under every one */
    bool free_inputs; /* every input level is a state of its own; else start levels */
    long max_states;  /* looked at one by one before it gives up; 0: 4,194,304, and
                        268,435,456 (64 MB) synchronous ones */
    long max_results; /* 0: 10,000 */
    bool count_only;  /* attractors: neither sizes nor means where that takes longer */
    /* fixed points: of those that agree on these symbols one is given; NULL: all */
    const int32_t *projected;
    size_t n_projected;
    /* asked now and then, also in the middle of a hard question; true: give what is
     * known so far, which is then not complete.  NULL: never */
    bool (*cancelled)(void *context);
    void *cancel_context;
} bk_attractor_settings;

typedef struct bk_attractors bk_attractors;
/* Fixed points and trap spaces: all of the kind, exact for rules of every form (by
 * CaDiCaL on the percolated network).
 *
 * Asynchronous attractors: one in every minimal trap space, and the proof that there are
 * no further ones, in them or elsewhere: from trap space to smaller trap space (succession
 * diagrams; Rozum et al. 2021, doi:10.1126/sciadv.abf8124; Trinh, Park, Pastva, Rozum 2025,
 * doi:10.1093/bioinformatics/btaf280), by candidate states from a negative feedback vertex
 * set (Trinh, Hiraishi, Benhamou 2022, doi:10.1145/3535508.3545520).  What the
 * proof leaves open is said, and the answer is then not complete; sizes and means are
 * given where at most max_states (and a million in all) states need to be seen.
 *
 * Synchronous attractors: all fixed points, and all cycles: by moving all states at once
 * (512 a step) where the network that matters has up to 2^20, else by a SAT solver
 * that looks for states on no known cycle (Dubrova and Teslenko 2011, IEEE/ACM Trans
 * Comput Biol Bioinform 8:1393); where that is too hard, all states again as far as
 * max_states allows.  When none of them settles it, that is said. */
bk_status bk_attractors_find(const bk_system *logic_system, const bk_overlay *overlay,
                             const bk_attractor_settings *settings, bk_diag *diag,
                             bk_attractors **attractors);
/* How many combinations of levels the inputs have where they are free: what free_inputs
 * multiplies states by, and often results. */
double bk_input_combinations(const bk_system *logic_system, const bk_overlay *overlay);
void bk_attractors_free(bk_attractors *attractors);
size_t bk_attractors_count(const bk_attractors *attractors);
bool bk_attractors_complete(const bk_attractors *attractors);
const char *bk_attractors_text(const bk_attractors *attractors); /* what is missing */
/* States; 1: a fixed point; -1: not known, or more than a long can tell. */
long bk_attractor_size(const bk_attractors *attractors, size_t i);
/* Smallest, largest and mean level of a symbol in the attractor; where its size is not
 * known, bounds, and NaN for the mean of what is not the same throughout. */
int bk_attractor_low(const bk_attractors *attractors, size_t i, int32_t symbol);
int bk_attractor_high(const bk_attractors *attractors, size_t i, int32_t symbol);
double bk_attractor_mean(const bk_attractors *attractors, size_t i, int32_t symbol);
/* One row an attractor: number, type, size, then one column a level: its mean or, for
 * trap spaces, as text its level or "low..high". */
bk_status bk_attractors_table(const bk_attractors *attractors, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
