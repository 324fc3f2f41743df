/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_EXPLORE_H
#define BK_LOGIC_EXPLORE_H

/* Attractors of the transition graph of single events: strongly connected components
 * that nothing leaves (Tarjan 1972, doi:10.1137/0201010, without recursion).  The walk
 * itself goes along with the search, forth and back, so that each edge costs one event.
 *
 * An explorer remembers what it has closed: later explorations stop there. */

#include "logic/space.h"

/* Told of each attractor as soon as it is known, also when an exploration is cut short
 * later.  False: stop (memory was short). */
typedef bool bk_found(void *context, const uint32_t *ids, uint32_t count);

typedef struct bk_explorer bk_explorer;

bk_explorer *bk_explorer_new(bk_logic_work *work, bk_space *space, bk_found *found,
                             void *context);
void bk_explorer_free(bk_explorer *explorer);
/* From the present state of the walk, which comes back to it, through at most `most` new
 * states.  BK_PARTIAL: there were more, or it was cancelled; what was not closed is forgotten. */
bk_status bk_explorer_explore(bk_explorer *explorer, uint32_t most);
bool bk_explorer_closed(const bk_explorer *explorer, uint32_t id);

#endif
