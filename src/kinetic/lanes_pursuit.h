/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_LANES_PURSUIT_H
#define BK_KINETIC_LANES_PURSUIT_H

/* Jobs over lanes: rounds (lanes_step.c) and who takes part in them (lanes_jobs.c). */

#include "kinetic/lanes.h"

typedef struct bk_pursuit {
    bk_kin_lanes *l;
    bk_job *jobs;
    const size_t *todo;
    size_t n, next;
    bool settle;
    bool skip[BK_LANE_COUNT]; /* has nothing to do in the rest of this round */
    double *y;
    bk_status status;
} bk_pursuit;

/* The next job that starts into the lane; none: idle. */
void bk_lane_refill(bk_pursuit *pursuit, int lane);
/* Its job ends as one that swings. */
void bk_lane_swings(bk_pursuit *pursuit, int lane);
/* No more of this round; done or to be run alone: the next job. */
void bk_lane_conclude(bk_pursuit *pursuit, int lane, bk_lane_verdict verdict);

#endif
