/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_LANES_LU_H
#define BK_SOLVE_LANES_LU_H

/* Sparse LU of several matrices of one pattern side by side, with common pivots that are
 * known beforehand: each operation is done for all lanes.
 *
 * Factors are made and kept row by row, so that a solution reads them once from front to
 * back: with eight lanes it is the way from memory that takes the time.  Rows and columns
 * from some number on have filled in; there the factors are one dense block, whose sums
 * are taken four at a time, so that every number that is read serves four. */

#include "base/lanes.h"
#include "solve/fixed_lu.h"

typedef struct bk_lanes_lu bk_lanes_lu;

/* Copies the plan. */
bk_status bk_lanes_lu_new(const bk_fixed_lu_plan *plan, bk_lane_kind set,
                          bk_lanes_lu **lu);
void bk_lanes_lu_free(bk_lanes_lu *lu);
/* Of shift I - values, as stiff integration wants it; the pattern has the whole diagonal.
 * In which lanes every pivot is finite, not zero, not lost (bk_fixed_lu_lost), and at
 * least `least` times each entry of its column. */
void bk_lanes_lu_factor(bk_lanes_lu *lu, const bk_lanes *values, const bk_lanes *shift,
                        double least, bk_lane_mask *healthy);
void bk_lanes_lu_solve(bk_lanes_lu *lu, bk_lanes *b);
int32_t bk_lanes_lu_tail(const bk_lanes_lu *lu); /* rows of the dense block */

#endif
