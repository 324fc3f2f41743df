/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Many jobs: in lanes what can be, the rest alone. */

static bool lanes_serve(const bk_kin_system *system, const bk_settings *settings,
                        size_t n, bool settle)
{
    return n > 1 && bk_kin_lanes_able(system) &&
           bk_kin_stepper_is_own(settings->stepper) && settings->rtol > 0.0 &&
           settings->steps >= 0 && settings->t_end >= settings->t_start &&
           !(settle && system->uses_time);
}

/* The jobs without an answer to the front of todo; how many. */
static size_t left_over(const bk_job *jobs, size_t *todo, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        const bk_job *const job = &jobs[todo[i]];
        if (job->status == BK_OK && job->outcome == NULL) {
            todo[left++] = todo[i];
        }
    }
    return left;
}

/* Those that were put off to the end, where they are like all others; how many were
 * not. */
static size_t part(bk_job *jobs, size_t *todo, size_t n)
{
    size_t front = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t job = todo[i];
        if (!jobs[job].put_off) {
            memmove(todo + front + 1, todo + front, (i - front) * sizeof *todo);
            todo[front++] = job;
        }
        jobs[job].put_off = false;
    }
    return front;
}

/* First all that settle soon, then the others, watched for swings. */
static bk_status run_in_lanes(bk_kin_work *w, const bk_settings *settings, bk_job *jobs,
                              size_t n, bool settle)
{
    bk_status status = BK_OK;
    if (w->lanes == NULL) {
        status = bk_kin_lanes_new(w->system, bk_lanes_detect(), &w->lanes);
    }
    size_t *const todo = bk_alloc((n + 1) * sizeof *todo);
    if (status != BK_OK || todo == NULL) {
        bk_free(todo);
        return BK_NO_MEMORY;
    }
    bk_kin_lanes *const l = w->lanes;
    bk_settings way = *settings;
    const double span = fabs(settings->t_end - settings->t_start);
    if (settle) {
        bk_kin_settle_way(w->system, &way);
    }
    l->settings = settings;
    l->way = way;
    l->span = span > 0.0 ? span : 1.0;
    size_t n_todo = 0;
    for (size_t i = 0; i < n; i++) {
        if (bk_kin_lanes_takes(l, settings, &jobs[i])) {
            todo[n_todo++] = i;
        }
    }
    status = bk_kin_lanes_bind(l, settings, jobs, todo, n_todo);
    const size_t soon = part(jobs, todo, n_todo);
    if (status == BK_OK) {
        l->watch = false;
        status = bk_kin_lanes_pursue(l, jobs, todo, soon, settle);
    }
    const size_t left = left_over(jobs, todo, n_todo);
    for (size_t i = 0; status == BK_OK && settle && i < left; i++) {
        jobs[todo[i]].put_off = settings->put_off;
    }
    if (status == BK_OK && settle && left > 1 && !settings->put_off) {
        l->watch = true;
        status = bk_kin_lanes_pursue(l, jobs, todo, left, settle);
    }
    bk_free(todo);
    return status == BK_UNSUPPORTED ? BK_OK : status;
}

static void run_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                     size_t n, bk_workspace *workspace, bool settle)
{
    const bk_kin_system *const s = (const bk_kin_system *)system;
    bk_status status = BK_OK;
    bool served = false;
    for (size_t i = 0; i < n; i++) {
        jobs[i].status = BK_OK;
        jobs[i].outcome = NULL;
    }
    if (lanes_serve(s, settings, n, settle) && workspace->system == system) {
        status = run_in_lanes((bk_kin_work *)workspace, settings, jobs, n, settle);
        served = true;
    }
    for (size_t i = 0; i < n; i++) {
        bk_job *const job = &jobs[i];
        job->put_off = job->put_off && served && settings->put_off;
        if (job->status != BK_OK || job->outcome != NULL || job->put_off) {
            continue;
        }
        if (status != BK_OK) {
            job->status = status;
            continue;
        }
        bk_job_run(system, settings, job, workspace, settle);
    }
}

void bk_kin_settle_many(const bk_system *system, const bk_settings *settings,
                        bk_job *jobs, size_t n, bk_workspace *workspace)
{
    run_many(system, settings, jobs, n, workspace, true);
}

void bk_kin_run_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                     size_t n, bk_workspace *workspace)
{
    run_many(system, settings, jobs, n, workspace, false);
}
