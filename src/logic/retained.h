/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_RETAINED_H
#define BK_LOGIC_RETAINED_H

#include "logic/attractors_impl.h"
#include "logic/reduce.h"
#include "logic/walk.h"

/* States such that every asynchronous attractor of a part of the state space holds at
 * least one, and few of them.
 *
 * Let each node of a set that all negative cycles of influences pass move in one
 * direction only.  What is left has no attractors but fixed points (Richard 2010,
 * Advances in Applied Mathematics 44:378, arXiv:0907.5096: without negative cycles there
 * are no others, with several levels too; and a node that moves one way only comes to rest).
 * Its moves are moves of the whole, so that every attractor of the whole holds one of these
 * points, the candidates (Trinh, Hiraishi, Benhamou 2022, doi:10.1145/3535508.3545520).
 * They are found one by one by SAT; the directions are chosen so that there are few.  A
 * random walk, which then moves in these directions until nothing can, leads from a
 * candidate into one of the boxes, or to a state that is kept; with it all candidates
 * are left out that can go the same way (see route.h).  Of the states that are kept, one
 * that leads to another is stood for by that.
 *
 * net: reduced with its outputs hidden.  Left out are states within boxes[n_boxes], none
 * or trap spaces of it that hold all its minimal ones, and states that lead into one.  It
 * stops early at `goal` states.  states: count rows of n levels, all but the core at its
 * lowest, to be freed with bk_free; *all false: there were too many, and states says
 * nothing. */
bk_status bk_retained_states(bk_logic_work *work, bk_reduced *net,
                             const bk_attractor *boxes, size_t n_boxes, size_t goal,
                             uint8_t **states, size_t *count, bool *all);
/* Lets only nodes of the core move in the walk of the workspace. */
void bk_retained_hold(bk_logic_work *work, const bk_reduced *net);
/* All nodes again that the edits do not hold. */
void bk_retained_release(bk_logic_work *work);

#endif
