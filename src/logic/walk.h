/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_WALK_H
#define BK_LOGIC_WALK_H

/* A walk through the states of a bound workspace.
 *
 * An *event* is one step that can happen: a level moves by one towards its target, or a
 * level that others see only part of the time appears to them or disappears.  Its code
 * is 2 * node + (1 up, 0 down), or 2 * n + 2 * h for the h-th of work->hidden.  What
 * happens next depends on the state and the random stream only, not on the way that led
 * to the state. */

#include "logic/system.h"

/* Events of the hidden on/off process of a level seen during the share f of time: it
 * appears at rate BK_KAPPA * f, disappears at rate BK_KAPPA * (1 - f). */
#define BK_KAPPA 10.0

/* Puts the walk into a state [n]; hidden levels are shown. */
void bk_logic_put(bk_logic_work *work, const uint8_t *state);
/* Draws for each hidden level whether it is shown, as in the long run. */
void bk_logic_draw_hidden(bk_logic_work *work, bk_random *random);
void bk_logic_apply(bk_logic_work *work, uint32_t code);
/* The event that undoes it. */
static inline uint32_t bk_logic_reverse(const bk_logic_work *work, uint32_t code)
{
    return code < 2u * (uint32_t)work->system->n ? code ^ 1u : code;
}
double bk_logic_rate_of(const bk_logic_work *work, uint32_t code);
/* Draws the next event; the rates of all must add up to more than 0. */
uint32_t bk_logic_pick(const bk_logic_work *work, bk_random *random);
/* The codes of all events of a rate above 0, ascending; at most n + n_hidden. */
int32_t bk_logic_events(const bk_logic_work *work, uint32_t *codes);
/* All moves at once; how many there were. */
int32_t bk_logic_synchronous(bk_logic_work *work);
static inline bool bk_logic_fixed(const bk_logic_work *work)
{
    return work->n_enabled == 0;
}

#endif
