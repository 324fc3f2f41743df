/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CYCLES_H
#define BK_LOGIC_CYCLES_H

/* Synchronous attractors that are no fixed points.
 *
 * Every state has one successor, so that an attractor is a cycle.  Where the core has few
 * states, all of them are moved at once until no more are lost: what is left are the
 * cycles (bits of two bitmaps, BK_LANES states a step).  Where it has many, the cycles
 * that random states lead to are taken first.  Then a SAT solver is asked for a state that
 * lies on none of them and has a predecessor k steps back (Dubrova and Teslenko 2011,
 * IEEE/ACM Trans Comput Biol Bioinform 8:1393, who look for paths with loops; here the
 * state is simply followed): it leads to a new cycle, or k grows.  When there is no
 * such state, there is no other cycle. */

#include "logic/attractors_impl.h"
#include "logic/lane_step.h"

/* States by number, each once. */
typedef struct bk_known {
    int32_t key_words;
    uint64_t *keys;  /* [count * key_words] */
    uint32_t *slots; /* number + 1; 0: free */
    size_t count, capacity, n_slots;
} bk_known;

void bk_known_free(bk_known *known);
bool bk_known_has(const bk_known *known, const uint64_t *key);
/* *fresh: it was not there.  False: memory was short. */
bool bk_known_add(bk_known *known, const uint64_t *key, bool *fresh);
static inline const uint64_t *bk_known_key(const bk_known *known, size_t i)
{
    return known->keys + i * (size_t)known->key_words;
}

typedef struct bk_cycles {
    bk_search *search;
    bk_lane_step *step;
    int32_t settling; /* steps until the outputs follow from the core */
    bk_known known;   /* states of all attractors found */
    uint64_t *key;    /* scratch */
    uint64_t *first;  /* scratch of bk_cycles_record */
    uint8_t *row;     /* [n] scratch */
    double *sum;      /* [n] scratch */
    uint64_t *saved;  /* [rails * BK_LANE_WORDS] scratch */
    bk_random random;
    bk_lane_end ends[BK_LANES];
    bool no_memory, full;
} bk_cycles;

/* Adds the cycle that a state lies on to the attractors, and tells its states. */
bool bk_cycles_record(bk_cycles *c, const uint64_t *key, void *context,
                      bool (*each)(void *context, const uint64_t *key));
bool bk_cycles_stopped(const bk_cycles *c);

/* All states at once; two bits a state.  bits: of a state number. */
int bk_exhaustive_bits(const bk_reduced *net);
bk_status bk_exhaustive_find(bk_cycles *c, int bits);

/* A chain of states as clauses, each the successor of the one before. */
typedef struct bk_chain bk_chain;
bk_chain *bk_chain_new(const bk_lane_step *step);
void bk_chain_free(bk_chain *chain);
/* One state more, before all others. */
void bk_chain_deepen(bk_chain *chain);
/* The last state must be another. */
void bk_chain_block(bk_chain *chain, const uint64_t *key);
/* The last state of a chain; *stopped: it was told to stop. */
bool bk_chain_solve(bk_chain *chain, uint64_t *key, bool *stopped);

#endif
