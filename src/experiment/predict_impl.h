/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_PREDICT_IMPL_H
#define BK_EXPERIMENT_PREDICT_IMPL_H

/* Questions while they are answered. */

#include "base/names.h"
#include "experiment/phrase.h"

#include <blockade/predict.h>

/* Distinct conditions, each run once. */
typedef struct bk_batch {
    bk_phrasing *words;
    bk_condition *conditions;
    size_t n, capacity;
    bk_names *known;
    bool no_memory;
} bk_batch;

enum { BK_NO_CONDITION = -1 };

/* The number of a condition; the same words get the same number. */
int32_t bk_batch_add(bk_batch *batch, const bk_cell *cell,
                     const bk_treatment *treatment, const bk_treatment *starved);
bk_status bk_batch_open(bk_batch *batch, bk_phrasing *words);
void bk_batch_close(bk_batch *batch);
/* Its values, [n][read-outs], NaN where there is none; bk_free them. */
bk_status bk_batch_run(const bk_batch *batch, const bk_predictor *predictor,
                       const bk_system *system, const bk_readouts *readouts,
                       const bk_settings *run, bool early, double **values);

/* A comparison of one condition with others, in one cell. */
typedef struct bk_contrast {
    int32_t value, untreated;
    int32_t against[BK_MOST_TERMS];
    size_t n_against;
} bk_contrast;

typedef enum bk_question_state { BK_ASKED, BK_OUTSIDE, BK_FAILED } bk_question_state;

typedef struct bk_question {
    bk_question_state state;
    const char *note; /* or NULL */
    bk_cell cell;
    bk_treatment treatment;
    bk_comparator comparator;
    size_t readout;
    bool early;
    bk_contrast contrast, reference;
    bool has_reference;
    double hsa, bliss; /* NaN: not asked */
} bk_question;

/* A pair asks for half doses: a treatment of at least two drugs or knock-downs. */
bool bk_is_combination(const bk_treatment *treatment);
/* Fills hsa and bliss of every combination. */
bk_status bk_predict_pairs(const bk_predictor *predictor, bk_phrasing *words,
                           bk_question *questions, size_t n,
                           const bk_readouts *readouts, const bk_settings *run);

#endif
