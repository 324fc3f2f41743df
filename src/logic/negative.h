/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_NEGATIVE_H
#define BK_LOGIC_NEGATIVE_H

#include "logic/reduce.h"

/* Marks nodes of the core without which no cycle of influences is negative (has an odd
 * number of inhibitions; an influence of both signs counts as either): greedily few, and
 * none that could stay.  O(nodes marked * arcs). */
bk_status bk_negative_feedback(bk_reduced *net, bool *marked);
/* component[n]: strongly connected components of the core's influences, numbered so that
 * an influence never leads to a higher number. */
bk_status bk_core_components(bk_reduced *net, int32_t *component);

#endif
