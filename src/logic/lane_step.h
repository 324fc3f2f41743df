/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_LANE_STEP_H
#define BK_LOGIC_LANE_STEP_H

/* One synchronous step of the core of a reduced network, for BK_LANES states at once.
 *
 * A level moves by one towards its target:  next(x >= t) = (x >= t + 1) or
 * ((x >= t - 1) and (target >= t)).  Free inputs stay. */

#include "logic/lanes.h"
#include "logic/reduce.h"

typedef struct bk_lane_step {
    bk_reduced *net;
    bk_program_lanes program;
    int32_t *rail;       /* [n] of a core node: its lowest rail, counted from 0 */
    int32_t rails;       /* of all core nodes */
    int32_t first, next; /* words of the rails of the state and of the next one */
    bk_lane_memory memory;
} bk_lane_step;

bk_status bk_lane_step_new(bk_reduced *net, bk_lane_step **step);
void bk_lane_step_free(bk_lane_step *step);
bk_lane_walk bk_lane_step_walk(bk_lane_step *step);
/* A state as bits, one a rail: [bk_lane_step_key_words]. */
static inline int32_t bk_lane_step_key_words(const bk_lane_step *step)
{
    return step->rails / 64 + 1;
}
void bk_lane_step_get(const bk_lane_step *step, int lane, uint64_t *key);
void bk_lane_step_put(bk_lane_step *step, int lane, const uint64_t *key);
/* Between a key and levels[n]; the latter in the core only. */
void bk_lane_step_levels(const bk_lane_step *step, const uint64_t *key,
                         uint8_t *levels);
void bk_lane_step_key(const bk_lane_step *step, const uint8_t *levels, uint64_t *key);

#endif
