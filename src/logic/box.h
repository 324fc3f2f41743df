/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_BOX_H
#define BK_LOGIC_BOX_H

#include "logic/system.h"

/* The box of levels low[x] .. high[x] in which every run ends up and from then on stays,
 * however moves are ordered: constants are percolated, and with several levels also
 * ranges.  All attractors lie in it.  free_inputs: an input may have any level that the
 * background leaves it.  percolate: false: the whole state space.  O(nodes of all
 * diagrams) a round, in few rounds. */
bk_status bk_logic_box(const bk_logic_work *work, bool free_inputs, bool percolate,
                       uint8_t *low, uint8_t *high);
/* Widens a box to the smallest around it that no run leaves; nodes of still[n] never
 * move, inputs else go to their start level. */
bk_status bk_logic_closure(const bk_logic_work *work, const bool *still, uint8_t *low,
                           uint8_t *high);
/* How many states a box has, as a double because it may be many. */
double bk_logic_box_states(const bk_logic_work *work, const uint8_t *low,
                           const uint8_t *high);

#endif
