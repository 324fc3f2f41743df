/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_FIXED_POINTS_H
#define BK_LOGIC_FIXED_POINTS_H

#include "logic/system.h"

/* All states in which every level is at its target, under the edits bound in work: the
 * same under every update.  free_inputs: inputs may have any level that the background
 * leaves them, else the one they are driven to.
 *
 * states: count rows of n levels, sorted, to be freed with bk_free; at most max_results,
 * complete says whether these are all.  By SAT: worst case exponential, in practice
 * milliseconds for hundreds of nodes. */
bk_status bk_logic_fixed_points(const bk_logic_work *work, bool free_inputs,
                                long max_results, uint8_t **states, size_t *count,
                                bool *complete);

#endif
