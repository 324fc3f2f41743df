/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_PLAIN_H
#define BK_LOGIC_PLAIN_H

/* A walk of a plain network: Boolean levels, all of whose moves are alike.
 *
 * Of each level one bit tells whether it would move.  It stands in a table by the levels
 * of the regulators and by the level itself, so that a move is, for each rule that asks
 * for what moved, one bit of an index flipped and one bit of a table looked up.  All
 * tables are one row of bits, and an index is a place in it.  A rule of too many
 * regulators for a table is asked by its decision diagram, only when a level has moved
 * that it looked at the last time; what it wants then stands in the index in place of the
 * regulators.  The walk draws what the walk of the workspace draws, number by number, so
 * that it makes the same moves. */

#include "logic/system.h"

/* The most regulators of a table, of 2^17 bits; what has more is asked by its diagram. */
enum { BK_PLAIN_REGULATORS = 16 };

typedef struct bk_plain_way {
    uint32_t target; /* a rule that asks for the source */
    uint32_t flips;  /* what its level changes in the index of that rule */
} bk_plain_way;

typedef struct bk_plain_node { /* of a diagram */
    uint32_t source;
    uint32_t mark;    /* the bit by which its source is remembered */
    int32_t child[2]; /* by level; below 0: what is wanted is -1 - child */
} bk_plain_node;

typedef struct bk_plain {
    int32_t n, words;
    int most_regulators; /* of a table */
    uint64_t *tables;
    uint32_t *base; /* [n] the index of a rule while every level is 0 */
    uint32_t *first_way, *first_asking; /* [n + 1] */
    bk_plain_way *ways;
    bk_plain_way *asking; /* diagrams that ask for a source, and the bit of it */
    bk_plain_node *nodes;
    int32_t *root; /* [n] of its diagram, in the way of a child; INT32_MIN: none */
    bool *input;   /* [n] the second bit of its index is its value */
    /* where the walk is */
    uint32_t *at;      /* [n] indices; the lowest bit is the level */
    uint32_t *looked;  /* [n] the marks that a diagram met the last time */
    uint64_t *enabled; /* [words] bit x: x would move; room for a multiple of four */
} bk_plain;

/* Of a work as bound, with tables for rules of at most so many regulators that matter,
 * 0..BK_PLAIN_REGULATORS; *plain NULL: the network or the processor is not of that kind. */
bk_status bk_plain_new(const bk_logic_work *work, int regulators, bk_plain **plain);
void bk_plain_free(bk_plain *plain);
/* The walk is where the start of the work is. */
void bk_plain_begin(bk_plain *plain, const bk_logic_work *work);
/* The diagram of x is asked in the present state. */
static inline void bk_plain_ask(const bk_plain *plain, uint32_t x)
{
    int32_t node = plain->root[x];
    uint32_t looked = 0;
    while (node >= 0) {
        const bk_plain_node *const here = &plain->nodes[node];
        looked |= here->mark;
        node = here->child[plain->at[here->source] & 1u];
    }
    plain->looked[x] = looked;
    plain->at[x] = (plain->at[x] & ~2u) | (uint32_t)(-1 - node) << 1;
}

#ifdef __x86_64__
#define BK_PLAIN_CODE __attribute__((target("bmi,bmi2,lzcnt,popcnt")))
#include <immintrin.h>

/* How many of a set there are. */
BK_PLAIN_CODE static inline uint32_t bk_plain_count(const uint64_t *set, int words)
{
    uint64_t n = 0;
    for (int i = 0; i < words; i++) {
        n += (uint64_t)_mm_popcnt_u64(set[i]);
    }
    return (uint32_t)n;
}

BK_PLAIN_CODE static inline uint32_t bk_plain_count_of(const uint64_t *set,
                                                       const uint64_t *of, int words)
{
    uint64_t n = 0;
    for (int i = 0; i < words; i++) {
        n += (uint64_t)_mm_popcnt_u64(set[i] & of[i]);
    }
    return (uint32_t)n;
}

/* The k-th of a set. */
BK_PLAIN_CODE static inline uint32_t bk_plain_nth(const uint64_t *set, int words,
                                                  uint32_t k)
{
    int word = 0;
    for (int i = 0; i + 1 < words; i++) {
        const uint32_t here = (uint32_t)_mm_popcnt_u64(set[i]);
        if (k < here) {
            break;
        }
        k -= here;
        word = i + 1;
    }
    return 64u * (uint32_t)word +
           (uint32_t)_tzcnt_u64(_pdep_u64(UINT64_C(1) << k, set[word]));
}

static inline __attribute__((always_inline)) void
bk_plain_aim(const bk_plain *net, uint64_t *enabled, int words, uint32_t y, uint32_t at)
{
    const uint64_t moves = net->tables[at >> 6] >> (at & 63) & 1u;
    uint64_t *const word = &enabled[words == 1 ? 0 : y >> 6];
    *word = (*word & ~(UINT64_C(1) << (y & 63))) | moves << (y & 63);
}

BK_PLAIN_CODE static inline __attribute__((always_inline)) void
bk_plain_move(const bk_plain *net, uint64_t *enabled, int words, uint32_t x)
{
    uint32_t *const index = net->at;
    const bk_plain_way *const end = net->ways + net->first_way[x + 1];
    for (const bk_plain_way *way = net->ways + net->first_way[x]; way < end; way++) {
        const uint32_t at = index[way->target] ^ way->flips;
        index[way->target] = at;
        bk_plain_aim(net, enabled, words, way->target, at);
    }
    const bk_plain_way *const last = net->asking + net->first_asking[x + 1];
    for (const bk_plain_way *way = net->asking + net->first_asking[x]; way < last;
         way++) {
        if ((net->looked[way->target] & way->flips) != 0) {
            bk_plain_ask(net, way->target);
            bk_plain_aim(net, enabled, words, way->target, index[way->target]);
        }
    }
}
#endif

#endif
