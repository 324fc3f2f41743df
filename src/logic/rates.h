/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_RATES_H
#define BK_LOGIC_RATES_H

/* Which levels would move, at what rates, and drawing one of them.
 *
 * Models have few distinct rates as a rule: the levels that would move at the same rate
 * are one set, an event changes bits, and all sums follow from the sizes of the sets;
 * with many distinct rates sums are kept in a tree.  Either way they depend on what
 * would move and not on the order in which it came to be. */

#include "logic/system.h"

/* Nothing would move. */
void bk_rates_clear(bk_logic_work *work);
/* Level x would move by +1 or -1 at a rate (a place in work->pace), or not at all: 0. */
void bk_rates_set(bk_logic_work *work, int32_t x, int move, int32_t pace);
/* The sum over all levels. */
double bk_rates_sum(const bk_logic_work *work);
/* The level at u of the sum, 0 <= u < sum. */
int32_t bk_rates_at(const bk_logic_work *work, double u);
/* The entropy, in bits, of which of the levels with told[x] moves next. */
double bk_rates_entropy(const bk_logic_work *work);
/* The place of the k-th bit set in one word. */
static inline int32_t bk_nth_bit(uint64_t bits, int32_t k)
{
    /* Bits set in each byte, then in it and those before. */
    uint64_t sums = bits - ((bits >> 1) & UINT64_C(0x5555555555555555));
    sums = (sums & UINT64_C(0x3333333333333333)) +
           ((sums >> 2) & UINT64_C(0x3333333333333333));
    sums = ((sums + (sums >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F)) *
           UINT64_C(0x0101010101010101);
    int32_t shift = 0;
    while (k >= (int32_t)(sums >> shift & 0xFF)) {
        shift += 8;
    }
    k -= (int32_t)((sums << 8) >> shift & 0xFF); /* those in the bytes before */
    uint64_t byte = bits >> shift & 0xFF;
    for (; k > 0; k--) {
        byte &= byte - 1;
    }
    return shift + __builtin_ctzll(byte);
}

static inline int32_t bk_rates_nth(const uint64_t *set, const uint8_t *counts,
                                   int32_t k)
{
    int32_t word = 0;
    while (k >= counts[word]) {
        k -= counts[word++];
    }
    return 64 * word + bk_nth_bit(set[word], k);
}

/* The k-th of the levels that would move. */
static inline int32_t bk_rates_enabled(const bk_logic_work *work, int32_t k)
{
    return bk_rates_nth(work->enabled, work->counts, k);
}

#endif
