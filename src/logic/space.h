/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_SPACE_H
#define BK_LOGIC_SPACE_H

/* Numbers for the states of a walk.
 *
 * A dense space numbers every state of a box low[x] .. high[x] by mixed radix, so that a
 * neighbour's number is one addition away; a sparse one packs states into bits, as many
 * as each level needs, and numbers them as they are met, through a hash table. */

#include "logic/walk.h"

#define BK_NO_STATE UINT32_MAX

typedef struct bk_space bk_space;

/* low[n], high[n]: the box; hidden on/off processes are part of a state in sparse spaces
 * only.  For a dense space the box must hold fewer than 2^31 states. */
bk_space *bk_space_new(bk_logic_work *work, const uint8_t *low, const uint8_t *high,
                       bool dense);
void bk_space_free(bk_space *space);
uint32_t bk_space_count(const bk_space *space); /* dense: of the box; else met so far */
/* The state of the walk; add: gives it a number when it has none. */
uint32_t bk_space_here(bk_space *space, bool add);
/* The state that an event leads to from state id, or BK_NO_STATE. */
uint32_t bk_space_beside(bk_space *space, uint32_t id, uint32_t code, bool add);
int bk_space_level(const bk_space *space, uint32_t id, int32_t x);
/* Puts the walk there. */
void bk_space_go(bk_space *space, uint32_t id);

#endif
