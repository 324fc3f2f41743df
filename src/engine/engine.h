/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_ENGINE_ENGINE_H
#define BK_ENGINE_ENGINE_H

/* What the engines share: the head of every system and workspace, and making outcomes.
 * An engine's own struct begins with the head; its free functions are called by
 * bk_system_free and bk_workspace_free. */

#include "model/model.h"
#include "scenario/overlay.h"

#include <blockade/engine.h>

struct bk_system {
    const bk_engine *engine;
    const bk_model *model;
    void (*free_rest)(
        bk_system *system); /* frees what the engine holds, and the struct */
};
struct bk_workspace {
    const bk_system *system;
    void (*free_rest)(bk_workspace *workspace);
};

/* An outcome of rows x columns, all NaN; deviations only when asked for. */
bk_status bk_outcome_new(size_t rows, const bk_column *columns, int n_columns,
                         int32_t n_symbols, bool deviations, bk_outcome **outcome);
void bk_outcome_set_time(bk_outcome *outcome, size_t row, double time);
double *bk_outcome_row(bk_outcome *outcome, size_t row);        /* [columns] */
double *bk_outcome_deviations(bk_outcome *outcome, size_t row); /* [columns] */
double *bk_outcome_state_mutable(bk_outcome *outcome);          /* [symbols] */
/* Copies what waits; each execution takes `width` numbers, the second is its time. */
bk_status bk_outcome_wait(bk_outcome *outcome, const double *waiting, size_t n,
                          size_t width);
/* Moves the times of what waits. */
void bk_outcome_shift_waiting(bk_outcome *outcome, double shift);
void bk_outcome_truncate(bk_outcome *outcome, size_t rows);
void bk_outcome_end(bk_outcome *outcome, bk_stop stop, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Room for the ends of `runs` runs, all NaN. */
bk_status bk_outcome_keep_ends(bk_outcome *outcome, size_t runs);
double *bk_outcome_end_of(bk_outcome *outcome, size_t run); /* [columns] */
bk_counters *bk_outcome_counters_mutable(bk_outcome *outcome);
/* Rows joined behind each other, for protocols; same columns. */
bk_status bk_outcome_join(bk_outcome *first, const bk_outcome *second, double shift);
/* The time of a row: t_start + (t_end - t_start) * row / steps. */
double bk_settings_time(const bk_settings *settings, int row);

/* One of many, alone, by the engine's run or settle. */
void bk_job_run(const bk_system *system, const bk_settings *settings, bk_job *job,
                bk_workspace *workspace, bool settle);

#endif
