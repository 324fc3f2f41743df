/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/settle.h"

/* One level moves at a time, drawn uniformly among those that would move. */

static bk_status compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    return bk_logic_compile(&bk_engine_async, model, diag, system);
}

/* One run; how many rows it reached. */
static size_t one_run(bk_reader *reader, bk_random *random, bk_counters *counters)
{
    bk_logic_work *const work = reader->work;
    long moves = 0;
    size_t row = 0;
    bk_start_draw(work, random);
    for (; row < reader->rows; row++) {
        const double wanted = bk_reader_moves_at(reader, row);
        while ((double)moves < wanted && !bk_logic_fixed(work) &&
               moves < reader->max_moves) {
            bk_logic_apply(work, bk_logic_pick(work, random));
            moves++;
        }
        if ((double)moves < wanted && !bk_logic_fixed(work)) {
            break;
        }
        bk_reader_add(reader, row);
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
    return bk_logic_settle((bk_logic_work *)workspace, overlay, settings, false, diag,
                           outcome);
}

const bk_engine bk_engine_async = {
    .name = "async",
    .summary = "asynchronous logic: one level moves at a time, drawn at random; time "
               "counts moves",
    .compile = compile,
    .workspace = bk_logic_workspace,
    .run = run,
    .settle = settle};
