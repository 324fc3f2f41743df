/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/settle.h"
#include "logic/step.h"

/* A continuous-time Markov process: every level that would move does so at its rate.
 * Event-driven (Gillespie's direct method, doi:10.1021/j100540a008): an event touches
 * only the targets of the level that moved.
 *
 * A treatment's scale f < 1 is a share of time: a hidden process shows the level to
 * others at rate kappa * f and hides it at rate kappa * (1 - f), kappa = 10, much faster
 * than the levels move; it starts in its own steady state. */

static bk_status compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    return bk_logic_compile(&bk_engine_ctmc, model, diag, system);
}

/* One run; how many rows it reached.  The state between two events belongs to all rows
 * in between. */
static size_t one_run(bk_reader *reader, bk_random *random, bk_counters *counters)
{
    bk_logic_work *const work = reader->work;
    const bk_settings *const settings = reader->settings;
    double time = settings->t_start;
    long moves = 0;
    size_t row = 0;
    bk_start_draw(work, random);
    while (row < reader->rows) {
        const double rate = bk_step_rate(work);
        time += rate > 0.0 ? bk_random_exponential(random) / rate : 0.0;
        while (row < reader->rows &&
               (!(rate > 0.0) || bk_settings_time(settings, (int)row) < time)) {
            bk_reader_add(reader, row++);
        }
        if (row == reader->rows || moves == reader->max_moves) {
            break;
        }
        bk_step_any(work, random);
        moves++;
    }
    counters->moves += moves;
    return row;
}

static bk_status run(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome)
{
    (void)system;
    return bk_reader_runs((bk_logic_work *)workspace, overlay, settings, one_run, diag,
                          outcome);
}

static bk_status settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome)
{
    (void)system;
    return bk_logic_settle((bk_logic_work *)workspace, overlay, settings, true, diag,
                           outcome);
}

const bk_engine bk_engine_ctmc = {
    .name = "ctmc",
    .summary =
        "continuous-time Markov logic: every level moves at its rate; drugs act a "
        "share of the time",
    .compile = compile,
    .workspace = bk_logic_workspace,
    .run = run,
    .settle = settle};
