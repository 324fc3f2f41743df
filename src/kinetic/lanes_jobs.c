/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes_pursuit.h"

#include <string.h>

/* Which job a lane has: how one begins and how it ends. */

static void begin_lane(bk_pursuit *p, int number, size_t job, bk_outcome *outcome)
{
    bk_kin_lanes *const l = p->l;
    const double t = l->settings->t_start;
    l->lane[number] = (bk_lane){.state = BK_LANE_STEP,
                                .job = job,
                                .outcome = outcome,
                                .t = t,
                                .t_old = t,
                                .fresh = true,
                                .pace = {.first = true}};
    p->skip[number] = true;
}

void bk_lane_refill(bk_pursuit *p, int number)
{
    bk_kin_lanes *const l = p->l;
    l->lane[number].state = BK_LANE_IDLE;
    while (p->next < p->n && p->status == BK_OK) {
        const size_t number_of_job = p->todo[p->next++];
        bk_job *const job = &p->jobs[number_of_job];
        bk_settings settings = *l->settings;
        bk_outcome *outcome = NULL;
        settings.state = job->state;
        settings.content = job->content;
        job->status =
            bk_kin_start(l->work[number], job->overlay, &settings, job->diag, p->y);
        if (job->status == BK_OK) {
            job->status = bk_kin_outcome_new(l->work[number]->system, &settings,
                                             p->settle ? 1 : (size_t)settings.steps + 1,
                                             false, &outcome);
        }
        if (job->status == BK_OK) {
            job->status = bk_kin_lanes_load(l, number, job, p->y);
        }
        if (job->status == BK_OK) {
            begin_lane(p, number, number_of_job, outcome);
            return;
        }
        bk_outcome_free(outcome);
        p->status = job->status == BK_NO_MEMORY ? BK_NO_MEMORY : p->status;
    }
}

static void take_outcome(bk_pursuit *p, int number)
{
    bk_lane *const lane = &p->l->lane[number];
    bk_counters *const counters = bk_outcome_counters_mutable(lane->outcome);
    counters->steps = lane->steps;
    counters->rejected = lane->rejected;
    counters->evaluations = lane->evaluations;
    counters->jacobians = counters->factorisations = lane->jacobians;
    counters->residual = lane->residual;
    counters->switches = p->l->course[number].switches;
    p->jobs[lane->job].outcome = lane->outcome;
    lane->outcome = NULL;
    bk_lane_refill(p, number);
}

static void finish(bk_pursuit *p, int number)
{
    bk_kin_lanes *const l = p->l;
    bk_lane *const lane = &l->lane[number];
    bk_kin_work *const w = l->work[number];
    bk_lane_column(p->settle ? l->goal : l->y, number, l->system->n, l->column);
    if (p->settle) {
        bk_kin_outcome_row(w, lane->outcome, 0, lane->t, l->column);
        bk_kin_outcome_keep(w, lane->outcome);
    } else {
        bk_kin_outcome_finish(w, lane->outcome, lane->t, l->column);
    }
    bk_outcome_end(lane->outcome, BK_STOP_END, "%s",
                   p->settle ? "steady" : "reached the end time");
    take_outcome(p, number);
}

void bk_lane_swings(bk_pursuit *p, int number)
{
    bk_kin_lanes *const l = p->l;
    const bk_lane *const lane = &l->lane[number];
    bk_kin_work *const w = l->work[number];
    bk_kin_swing_end(&l->swing[number], lane->outcome, l->column);
    bk_kin_outcome_row(w, lane->outcome, 0, lane->t, l->column);
    bk_kin_outcome_finish(w, lane->outcome, lane->t, w->rodas->y);
    take_outcome(p, number);
}

static void give_back(bk_pursuit *p, int number)
{
    bk_lane *const lane = &p->l->lane[number];
    bk_outcome_free(lane->outcome);
    lane->outcome = NULL;
    bk_lane_refill(p, number);
}

void bk_lane_conclude(bk_pursuit *p, int number, bk_lane_verdict verdict)
{
    p->skip[number] = true;
    if (verdict == BK_LANE_DONE) {
        finish(p, number);
    } else if (verdict == BK_LANE_ALONE) {
        give_back(p, number);
    }
}
