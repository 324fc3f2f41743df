/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_ROUTE_H
#define BK_LOGIC_ROUTE_H

/* Which states can go where one walk went.
 *
 * Back along the moves of a walk, a move is needed only when what follows asks for the
 * level that it reached; it asks in turn for what made the rule of its node say so, and
 * that is taken as weakly as the rule allows.  What is asked for at the beginning is a
 * box, often a large one, and each of its states reaches the goal by the moves that were
 * needed, leaving out those whose level it has already. */

#include "logic/reduce.h"
#include "logic/walk.h"

typedef struct bk_route {
    uint32_t *codes; /* of the moves, in order; all of nodes of the core */
    size_t count, capacity;
} bk_route;

bool bk_route_add(bk_route *route, uint32_t code); /* false: memory was short */
void bk_route_free(bk_route *route);
/* The walk is where the route ends; low[n] and high[n] are the goal there, for the nodes of
 * the core, and become a box where it begins.  The walk is taken back to the beginning.
 * scratch: room for 2 n.  O(moves + needed moves * regulators * nodes of a diagram). */
void bk_route_widen(const bk_route *route, bk_logic_work *work, bk_reduced *net,
                    uint8_t *low, uint8_t *high, uint8_t *scratch);

#endif
