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
/* The k-th of the levels that would move. */
int32_t bk_rates_enabled(const bk_logic_work *work, int32_t k);

#endif
