/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_NARROW_H
#define BK_LOGIC_NARROW_H

/* A walk of a network of at most 64 Boolean levels, all of whose moves are alike, with
 * the whole state in one word: a rule's regulators are gathered from it by one instruction
 * (pext of BMI2), which makes the place in the rule's table.  It draws what the walk of
 * the workspace draws, number by number, so that it makes the same moves. */

#include "logic/system.h"

#include <string.h>

enum { BK_NARROW = 64 };

typedef struct bk_narrow {
    int32_t n;
    uint64_t movable;         /* nodes that are not held */
    uint64_t fixed_wants;     /* of inputs */
    uint64_t mask[BK_NARROW]; /* regulators of a rule; 0 and no table: an input */
    uint64_t
        *table[BK_NARROW]; /* by the regulators' levels, ascending; NULL: an input */
    uint16_t first_way[BK_NARROW + 1];
    uint8_t *ways;  /* the rules that ask for a node */
    uint64_t *room; /* of the tables and ways */
} bk_narrow;

typedef struct bk_narrow_walk {
    uint64_t state, wants;
} bk_narrow_walk;

/* Of a work as bound; *narrow NULL: the network or the processor is not of that kind. */
bk_status bk_narrow_new(const bk_logic_work *work, bk_narrow **narrow);
void bk_narrow_free(bk_narrow *narrow);

#ifdef __x86_64__
#define BK_NARROW_CODE __attribute__((target("bmi,bmi2,lzcnt,popcnt")))
#include <immintrin.h>

BK_NARROW_CODE static inline uint64_t bk_narrow_rule(const bk_narrow *net, int32_t x,
                                                     uint64_t state)
{
    const uint64_t at = _pext_u64(state, net->mask[x]);
    return net->table[x][at >> 6] >> (at & 63) & 1u;
}

/* The walk is where the start of the workspace is. */
BK_NARROW_CODE static inline bk_narrow_walk bk_narrow_begin(const bk_narrow *net,
                                                            const uint8_t *begin)
{
    uint64_t bytes[BK_NARROW / 8] = {0};
    bk_narrow_walk walk = {0, net->fixed_wants};
    memcpy(bytes, begin, (size_t)net->n);
    for (int i = 0; 8 * i < net->n; i++) {
        walk.state |= _pext_u64(bytes[i], UINT64_C(0x0101010101010101)) << (8 * i);
    }
    for (int32_t x = 0; x < net->n; x++) {
        if (net->table[x] != NULL) {
            walk.wants |= bk_narrow_rule(net, x, walk.state) << x;
        }
    }
    return walk;
}

static inline uint64_t bk_narrow_enabled(const bk_narrow *net,
                                         const bk_narrow_walk *walk)
{
    return (walk->state ^ walk->wants) & net->movable;
}

/* The k-th of the nodes in a set. */
BK_NARROW_CODE static inline int32_t bk_narrow_nth(uint64_t set, uint32_t k)
{
    return (int32_t)_tzcnt_u64(_pdep_u64(UINT64_C(1) << k, set));
}

BK_NARROW_CODE static inline void bk_narrow_move(const bk_narrow *net,
                                                 bk_narrow_walk *walk, int32_t x)
{
    walk->state ^= UINT64_C(1) << x;
    const uint64_t state = walk->state;
    uint64_t wants = walk->wants;
    for (int i = net->first_way[x]; i < net->first_way[x + 1]; i++) {
        const int32_t y = net->ways[i];
        wants = (wants & ~(UINT64_C(1) << y)) | bk_narrow_rule(net, y, state) << y;
    }
    walk->wants = wants;
}
#endif

#endif
