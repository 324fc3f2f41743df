/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include "engine/engine.h"

/* The rows of a lane's course, from the dense output of its last step: see
 * bk_rodas_dense. */

static void dense_at(const bk_kin_lanes *l, int number, double t, double *y)
{
    const bk_lane *const lane = &l->lane[number];
    const size_t n = (size_t)l->system->n;
    const double h = lane->t - lane->t_old;
    const double x = h > 0.0 ? (t - lane->t_old) / h : 1.0;
    if (x >= 1.0 || x <= 0.0) {
        bk_lane_column(x >= 1.0 ? l->y : l->y_old, number, l->system->n, y);
        return;
    }
    for (size_t v = 0; v < n; v++) {
        double inner = 0.0;
        for (int k = bk_rodas_default.dense - 1; k >= 0; k--) {
            inner = inner * x + l->dense[(size_t)k * n + v][number];
        }
        const double from = l->y_old[v][number];
        y[v] = from + x * (l->y[v][number] - from + (1.0 - x) * inner);
    }
}

bk_lane_verdict bk_lane_run_stepped(bk_kin_lanes *lanes, int number)
{
    bk_lane *const lane = &lanes->lane[number];
    const bk_settings *const settings = lanes->settings;
    const size_t rows = bk_outcome_rows(lane->outcome);
    const long most = settings->max_steps > 0 ? settings->max_steps : 1000000;
    for (; lane->row < rows; lane->row++) {
        const double t = bk_settings_time(settings, (int)lane->row);
        if (t > lane->t) {
            break;
        }
        if (!lanes->has_dense && t < lane->t && t > lane->t_old) {
            lanes->kernel->dense(lanes);
            lanes->has_dense = true;
        }
        dense_at(lanes, number, t, lanes->column);
        bk_kin_outcome_row(lanes->work[number], lane->outcome, lane->row, t,
                           lanes->column);
    }
    return lane->t >= settings->t_end ? BK_LANE_DONE
           : lane->steps >= most      ? BK_LANE_ALONE
                                      : BK_LANE_GOES_ON;
}

void bk_lane_note_travel(bk_kin_lanes *lanes, const bk_lane_mask *accepted)
{
    bk_lanes travel = {0};
    lanes->kernel->travel(lanes, accepted, &travel);
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        lanes->lane[i].travel = travel[i];
    }
}
