/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_BOXES_H
#define BK_LOGIC_BOXES_H

#include "logic/rails.h"

#include <blockade/logic.h>

/* Told of a box, low[n] and high[n].  False: stop (memory was short). */
typedef bool bk_box_found(void *context, const uint8_t *low, const uint8_t *high);

/* Adds clauses that answers must meet besides; context as of bk_box_found. */
typedef void bk_box_clauses(void *context, bk_rails *rails);

/* Fixed points or trap spaces of a reduced network, one after the other, at most
 * max_results, until the work is cancelled.  net: of the percolated box with its outputs hidden for points and minimal
 * trap spaces; of the whole state space with nothing hidden for maximal and all ones.
 * projected: NULL, or the nodes by which results must differ.  more: NULL, or what
 * is asked besides; a minimal one then lies in a trap space that meets it.
 *
 * By SAT (worst case exponential): an answer is shrunk (grown) by percolation and by
 * asking for one strictly inside (outside) until there is none; then every further answer
 * must avoid it.  Two trap spaces that meet have their meet as a third, so that other
 * minimal ones are disjoint from it. */
bk_status bk_boxes_each(bk_reduced *net, bk_attractor_kind kind, const bool *projected,
                        bk_box_clauses *more, long max_results, bk_box_found *found,
                        void *context, bool *complete);
/* Trap spaces that are disjoint, each as large as it can be beside those before it, until
 * every minimal one lies in one of them; none where the network has no trap space but the
 * whole.  net: with its outputs hidden. */
bk_status bk_boxes_apart(bk_reduced *net, bk_box_found *found, void *context,
                         bool *complete);

#endif
