/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_READER_H
#define BK_LOGIC_READER_H

/* What the three engines share: which columns an outcome has and how they are read from
 * a walk, sums over runs, and the checks of settings. */

#include "logic/start.h"

typedef struct bk_sight {
    int32_t node; /* -1: no level; its value is missing */
    bk_aspect aspect;
} bk_sight;

typedef struct bk_reader {
    bk_logic_work *work;
    const bk_settings *settings;
    bk_outcome *outcome;
    bk_sight *sights; /* [columns] */
    int n;            /* columns */
    size_t rows;
    long runs, max_moves;
    double *row;     /* [columns] scratch */
    uint8_t *finals; /* [runs * nodes] where each run ended; stochastic engines only */
    long finished;   /* runs */
} bk_reader;

/* Binds the workspace and makes the outcome; one row when `settle`.  BK_MISUSE, with a
 * message, for settings that make no sense. */
bk_status bk_reader_start(bk_reader *reader, bk_logic_work *work,
                          const bk_overlay *overlay, const bk_settings *settings,
                          bool settle, bool many_runs, bk_diag *diag);
/* Frees the scratch; gives the outcome out, or frees it when status is not BK_OK. */
bk_status bk_reader_end(bk_reader *reader, bk_status status, bk_outcome **outcome);
bool bk_reader_cancelled(const bk_reader *reader);
/* Whole steps or moves between the start and the time of a row. */
double bk_reader_moves_at(const bk_reader *reader, size_t row);

/* The columns in the present state of the walk. */
void bk_reader_read(const bk_reader *reader, double *values);
/* Adds the present state to the sums that a row and its deviations hold until the end. */
void bk_reader_add(bk_reader *reader, size_t row);
void bk_reader_add_values(bk_reader *reader, size_t row, const double *values);
/* One run from the start: it adds to the rows it reaches, whose number it returns. */
typedef size_t bk_one_run(bk_reader *reader, bk_random *random, bk_counters *counters);
/* All runs of an engine, each with the stream of its number, and how they ended. */
bk_status bk_reader_runs(bk_logic_work *work, const bk_overlay *overlay,
                         const bk_settings *settings, bk_one_run *one_run,
                         bk_diag *diag, bk_outcome **outcome);
/* Where a run ended, for the state of the outcome. */
void bk_reader_finish_run(bk_reader *reader);
/* Sums become means and standard deviations; the state of the outcome is the end of the
 * run that is nearest to the mean of all. */
void bk_reader_close_sums(bk_reader *reader);
/* The state of the outcome is that of the walk. */
void bk_reader_keep_state(bk_reader *reader);

#endif
