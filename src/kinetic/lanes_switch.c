/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include <string.h>

/* Switches are found in all lanes at once, at the middle and at the end of a step; what
 * follows, one lane at a time, is course.c's: the lane's last step is laid before the
 * integrator of its own work, and what comes out is taken back. */

static void compare(bk_kin_lanes *l, const bk_lanes *y, double share,
                    bk_lane_mask *switched)
{
    const bk_kin_system *const s = l->system;
    bk_lane_mask *const held = l->status;
    bk_lanes times = {0};
    bk_lane_mask finite;
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        const bk_lane *const lane = &l->lane[i];
        times[i] = lane->t_old + share * (lane->t - lane->t_old);
    }
    l->status = l->free_status;
    l->truth = BK_FREE;
    l->kernel->evaluate(l, y, &times, l->trial, &finite);
    l->status = held;
    l->truth = BK_HELD;
    for (int32_t k = 0; k < s->n_roots; k++) {
        *switched |= held[s->roots[k]] ^ l->free_status[s->roots[k]];
    }
}

void bk_lane_switched(bk_kin_lanes *lanes, const bk_lane_mask *accepted,
                      bk_lane_mask *switched)
{
    memset(switched, 0, sizeof *switched);
    if (lanes->system->n_roots == 0) {
        return;
    }
    lanes->kernel->middle(lanes);
    compare(lanes, lanes->spare, 0.5, switched);
    compare(lanes, lanes->y, 1.0, switched);
    *switched &= *accepted;
}

bool bk_lane_goal_holds(bk_kin_lanes *lanes, int lane)
{
    bk_lane_mask switched = {0};
    if (lanes->system->n_roots > 0) {
        compare(lanes, lanes->goal, 1.0, &switched);
    }
    return switched[lane] == 0;
}

static void fill(const double *from, int lane, int32_t n, bk_lanes *to)
{
    for (int32_t v = 0; v < n; v++) {
        to[v][lane] = from[v];
    }
}

bool bk_lane_switch(bk_kin_lanes *lanes, int number)
{
    bk_kin_lanes *const l = lanes;
    const bk_kin_system *const s = l->system;
    const int32_t n = s->n;
    const int32_t all = n * bk_rodas_default.stages;
    bk_lane *const lane = &l->lane[number];
    bk_kin_work *const w = l->work[number];
    bk_rodas *const r = w->rodas;
    bk_lane_column(l->y_old, number, n, r->y_old);
    bk_lane_column(l->y, number, n, r->y);
    bk_lane_column(l->f, number, n, r->f_old);
    bk_lane_column(l->stages, number, all, r->stages);
    bk_lane_column(l->values, number, s->n_values, r->values);
    bk_lane_column(l->values + s->n_values, number, n, r->dfdt);
    bk_lane_column(l->scale, number, n, r->scale);
    bk_lane_column(l->largest, number, n, r->largest);
    bk_lane_column(l->shared, number, n, r->shared);
    for (int32_t k = 0; k < s->n_relations; k++) {
        w->status[k] = l->status[k][number] != 0;
    }
    r->t_old = lane->t_old;
    r->t = lane->t;
    r->h = lane->h;
    r->has_f = r->has_jacobian = r->has_dense = r->jumped = false;
    const long before = l->course[number].switches;
    const bool good = bk_kin_course_look(&l->course[number]);
    lane->t = r->t;
    lane->pace.first = lane->pace.first || l->course[number].switches > before;
    fill(r->y, number, n, l->y);
    fill(r->stages, number, all, l->stages);
    for (int32_t k = 0; k < s->n_relations; k++) {
        l->status[k][number] = w->status[k] != 0 ? -1 : 0;
    }
    return good && w->truth == BK_HELD;
}
