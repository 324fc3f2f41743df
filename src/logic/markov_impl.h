/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_MARKOV_IMPL_H
#define BK_LOGIC_MARKOV_IMPL_H

/* The inside of an answer, and of what is counted on the way to it. */

#include "logic/start.h"

#include <blockade/markov.h>

/* How the shown levels of a state are packed into words. */
typedef struct bk_packing {
    int32_t n;             /* levels */
    int32_t *nodes;        /* [n] */
    int32_t *word;         /* [n] */
    uint8_t *shift, *bits; /* [n] */
    int32_t *place;        /* [nodes of the system] -1: not packed */
    int32_t words;         /* at least 1 */
} bk_packing;
bk_status bk_packing_new(bk_packing *packing, const bk_logic_system *system,
                         const int32_t *nodes, int32_t n);
void bk_packing_free(bk_packing *packing);
/* The state of the walk. */
void bk_packing_pack(const bk_packing *packing, const bk_logic_work *work,
                     uint64_t *key);
static inline void bk_packing_change(const bk_packing *packing, int32_t node, bool up,
                                     uint64_t *key)
{
    const int32_t k = packing->place[node];
    const uint64_t one = UINT64_C(1) << packing->shift[k];
    key[packing->word[k]] += up ? one : -one;
}
static inline int bk_packing_level(const bk_packing *packing, const uint64_t *key,
                                   int32_t k)
{
    return (int)(key[packing->word[k]] >> packing->shift[k] &
                 ((UINT64_C(1) << packing->bits[k]) - 1));
}

/* Keys numbered as they are met. */
typedef struct bk_keys {
    uint64_t *keys; /* [n * words] */
    size_t n, capacity, slots;
    uint32_t *table;
    int32_t words;
} bk_keys;
bool bk_keys_start(bk_keys *keys, int32_t words);
void bk_keys_end(bk_keys *keys);
/* The number of a key, a new one being added; UINT32_MAX: memory. */
uint32_t bk_keys_number(bk_keys *keys, const uint64_t *key);

/* What is counted.  All sums are of whole numbers (parts of a window in units of 2^-32,
 * bits of entropy in units of 2^-28, their squares in 2^-24), so that they do not depend
 * on the order of runs, nor on which thread made which. */
typedef struct bk_cell_sum {
    uint64_t key; /* window << 32 | state, plus 1; 0: free */
    uint64_t sum, squares;
    int64_t whole; /* whole windows from here on: counts up where a stay of them begins,
                      down where it ends */
} bk_cell_sum;

typedef struct bk_tally {
    bk_keys states, fixed;
    bk_cell_sum *cells;
    size_t n_cells, slots;
    uint64_t *th, *th_squares; /* [windows] */
    uint64_t *fixed_counts;    /* by number in fixed */
    size_t fixed_capacity;
    long moves;
    bool no_memory, too_many;
} bk_tally;
bool bk_tally_start(bk_tally *tally, size_t windows, int32_t words, int32_t all_words);
void bk_tally_end(bk_tally *tally);
/* The cell of a window and state, or NULL without memory. */
bk_cell_sum *bk_tally_cell(bk_tally *tally, size_t window, uint32_t state);
void bk_tally_fixed(bk_tally *tally, const uint64_t *key, uint64_t count);
/* Adds what another one counted. */
void bk_tally_add(bk_tally *tally, const bk_tally *other, size_t windows);

struct bk_markov {
    const bk_model *model;
    int32_t *symbols; /* [all.n] by node */
    bk_packing shown, all;
    size_t windows;
    double tick, end;
    bool exact;
    size_t states;
    uint64_t *keys;        /* [states * shown.words] */
    double *part, *error;  /* [windows * states] */
    double *th, *th_error; /* [windows] */
    size_t n_fixed;
    uint64_t *fixed_keys; /* [n_fixed * all.words] */
    double *fixed_part;
    long runs, moves;
    bk_stop stop;
    char text[400];
};

/* Room for an answer; what it held is freed. */
bk_status bk_markov_make(bk_markov *markov, size_t states, size_t fixed);
/* The arrays of an answer from what was counted in so many runs. */
bk_status bk_markov_close(bk_markov *markov, bk_tally *tally, long runs);
/* The most probable states of the last window first, fixed points likewise. */
bk_status bk_markov_sort(bk_markov *markov);
/* The two ways to an answer: both fill the arrays, the text and stop. */
bk_status bk_markov_draw(bk_markov *markov, const bk_logic_system *system,
                         const bk_overlay *overlay, const bk_markov_settings *settings,
                         bk_diag *diag);
bk_status bk_markov_solve(bk_markov *markov, const bk_logic_system *system,
                          const bk_overlay *overlay, const bk_markov_settings *settings,
                          bk_diag *diag);

#endif
