/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_LANES_LU_H
#define BK_SOLVE_LANES_LU_H

/* Sparse LU of several matrices of one pattern side by side, with common pivots that are
 * known beforehand: the elimination of fixed_lu.h, each operation done for all lanes.
 * No dense tail: lanes are what the vector instructions are used for. */

#include "base/lanes.h"
#include "solve/fixed_lu.h"

typedef struct bk_lanes_lu bk_lanes_lu;

/* Copies the plan. */
bk_status bk_lanes_lu_new(const bk_fixed_lu_plan *plan, bk_lane_kind set,
                          bk_lanes_lu **lu);
void bk_lanes_lu_free(bk_lanes_lu *lu);
/* In which lanes every pivot is finite, not zero, and at least `least` times the largest
 * entry of its column. */
void bk_lanes_lu_factor(bk_lanes_lu *lu, const bk_lanes *values, double least,
                        bk_lane_mask *healthy);
void bk_lanes_lu_solve(bk_lanes_lu *lu, bk_lanes *b);

#endif
