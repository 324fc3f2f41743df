/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_PREDICT_IMPL_H
#define BK_EXPERIMENT_PREDICT_IMPL_H

/* Questions while they are answered. */

#include "base/names.h"
#include "experiment/phrase.h"

#include <blockade/predict.h>

/* The runs that a condition can be wanted in. */
typedef enum bk_run_of { BK_LATE, BK_EARLY, BK_LOGIC_LATE, BK_LOGIC_EARLY } bk_run_of;

/* Distinct conditions, each run once where it is wanted. */
typedef struct bk_batch {
    bk_phrasing *words;
    bk_condition *conditions;
    unsigned *wanted; /* [n] bits by bk_run_of */
    const char *
        *notes; /* [n] why the ODE has no value for it, once it was run; or NULL */
    size_t n, capacity, wanted_capacity, note_capacity;
    bk_names *known;
    bool no_memory;
} bk_batch;

enum { BK_NO_CONDITION = -1 };

/* The number of a condition; the same words get the same number.  wanted: bits, added to
 * those it has. */
int32_t bk_batch_add(bk_batch *batch, const bk_cell *cell,
                     const bk_treatment *treatment, const bk_treatment *starved,
                     unsigned wanted);
bk_status bk_batch_open(bk_batch *batch, bk_phrasing *words);
void bk_batch_close(bk_batch *batch);
/* The values of its conditions that are wanted in a run, [n][read-outs], NaN where there
 * is none, with a note; bk_free them. */
bk_status bk_batch_run(bk_batch *batch, bk_run_of which, const bk_predictor *predictor,
                       const bk_system *system, const bk_readouts *readouts,
                       const bk_settings *run, double **values);

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
    /* Where the comparator is a part of the combination: both at half doses; else NaN. */
    double half_value, half_against;
} bk_question;

/* A pair asks for half doses: a treatment of at least two drugs or knock-downs. */
bool bk_is_combination(const bk_treatment *treatment);
typedef struct bk_pairs bk_pairs;
/* The combinations among the questions; what their dose curves need joins the batch. */
bk_status bk_pairs_open(bk_batch *batch, bk_question *questions, size_t n,
                        bk_pairs **pairs);
/* Fills hsa, bliss and the values at half doses of the questions of one time, from the values of the batch then. */
bk_status bk_pairs_score(bk_pairs *pairs, bk_run_of which,
                         const bk_predictor *predictor, bk_phrasing *words,
                         const bk_readouts *readouts, const bk_settings *run,
                         const double *values);
void bk_pairs_free(bk_pairs *pairs);

/* All questions of a table. */
enum { BK_ENGINES = 3 };
enum {
    BK_ASK_ID,
    BK_ASK_BACKGROUND,
    BK_ASK_TREATMENT,
    BK_ASK_READOUT,
    BK_ASK_COMPARATOR,
    BK_ASK_TIME,
    BK_ASK_COLUMNS
};
typedef struct bk_asking {
    const bk_predictor *predictor;
    const bk_table *table;
    bk_phrasing words;
    bk_readouts *readouts;       /* over the ODE's model */
    bk_readouts *logic_readouts; /* the same over the logic */
    bk_table *known, *outside;   /* readouts.tsv, outside.tsv, or NULL */
    bk_question *questions;
    size_t n;
    bk_batch batch;
    double *values[2];   /* [late, early] by ODE */
    double *logic[2][2]; /* [async, ctmc][late, early] */
    int columns[BK_ASK_COLUMNS];
} bk_asking;

/* The words of a row in one of the columns; "" where there is none. */
static inline const char *bk_asking_cell(const bk_asking *a, size_t row, int column)
{
    return a->columns[column] < 0 ? ""
                                  : bk_table_text(a->table, row, a->columns[column]);
}

/* One row a question, into an empty table; complete becomes false where one failed. */
bk_status bk_asking_answer(const bk_asking *a, bk_table *t, bool *complete);

#endif
