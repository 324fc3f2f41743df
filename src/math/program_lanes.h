/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_PROGRAM_LANES_H
#define BK_MATH_PROGRAM_LANES_H

/* A program on lanes: one pass over its instructions for BK_LANE_COUNT slot arrays side by
 * side, every lane with the very numbers bk_program_run gives. */

#include "base/lanes.h"
#include "math/program.h"

/* As bk_program_run; slots [bk_program_slots], the time among them set by the caller;
 * status: truth of every relation by lane; gap may be NULL. */
typedef void bk_program_lanes_run(const bk_program *program, int32_t first,
                                  int32_t last, bk_lanes *slots, bk_truth truth,
                                  bk_lane_mask *status, bk_lanes *gap);
bk_program_lanes_run *bk_program_lanes_pick(bk_lane_kind set);
void bk_program_lanes_prepare(const bk_program *program, bk_lanes *slots);

#endif
