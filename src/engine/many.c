/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

void bk_job_run(const bk_system *system, const bk_settings *settings, bk_job *job,
                bk_workspace *workspace, bool settle)
{
    const bk_engine *const engine = system->engine;
    bk_settings own = *settings;
    own.state = job->state;
    own.content = job->content;
    job->outcome = NULL;
    job->status = (settle ? engine->settle : engine->run)(
        system, job->overlay, &own, workspace, job->diag, &job->outcome);
}

static void run_each(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                     size_t n, bk_workspace *workspace, bool settle)
{
    for (size_t i = 0; i < n; i++) {
        bk_job_run(system, settings, &jobs[i], workspace, settle);
    }
}

void bk_run_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                 size_t n, bk_workspace *workspace)
{
    if (system->engine->run_many != NULL) {
        system->engine->run_many(system, settings, jobs, n, workspace);
    } else {
        run_each(system, settings, jobs, n, workspace, false);
    }
}

void bk_settle_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                    size_t n, bk_workspace *workspace)
{
    if (system->engine->settle_many != NULL) {
        system->engine->settle_many(system, settings, jobs, n, workspace);
    } else {
        run_each(system, settings, jobs, n, workspace, true);
    }
}
