/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_BLOCKS_H
#define BK_LOGIC_BLOCKS_H

#include "logic/reduce.h"

/* Whether all asynchronous attractors lie in minimal trap spaces, component by component.
 *
 * A block is a strongly connected component of influences with all that is upstream of
 * it.  It moves on its own, so that an attractor of the whole is seen in it as one of its
 * attractors; when these all lie in minimal trap spaces of the block, each of those can be
 * percolated and gone on with alone.  Every branch ends in at least one minimal trap space
 * of the whole, so that there are no more branches than those.
 *
 * low, high [n]: a box that no run leaves.  *proven false: some block could not be
 * settled. */
bk_status bk_blocks_prove(bk_logic_work *work, bool free_inputs, const uint8_t *low,
                          const uint8_t *high, bool *proven);

#endif
