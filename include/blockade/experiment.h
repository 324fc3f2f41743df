/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_EXPERIMENT_H
#define BLOCKADE_EXPERIMENT_H

/* Conditions x read-outs.
 *
 * A *read-out* is a named expression over the symbols of a model: `drive(AKT)` is what
 * an antibody against the phospho-site sees, `AKT` alone (or `activity(AKT)`) what AKT
 * does to others after the treatment; amount(x), concentration(x) for species.  A
 * *condition* is a background and a treatment.  A *screen* runs every condition and
 * measures every read-out. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_readouts bk_readouts; /* a list of them, bound to one model */

bk_readouts *bk_readouts_new(void);
void bk_readouts_free(bk_readouts *readouts);
/* Adds one; binds its names. An unknown name is a located error with the nearest. */
bk_status bk_readouts_add(bk_readouts *readouts, const bk_model *model,
                          const char *name, const char *expression, bk_where where,
                          bk_diag *diag);
/* readouts.tsv of a folder: readout, expression, label. only: names wanted, separated by
 * commas; NULL: all.  A name that is not listed there is taken as an expression. */
bk_status bk_readouts_read(bk_readouts *readouts, const bk_model *model,
                           const char *folder, const char *only, bk_diag *diag);
size_t bk_readouts_count(const bk_readouts *readouts);
const char *bk_readouts_name(const bk_readouts *readouts, size_t i);
/* The columns an outcome must have so that every read-out can be measured. */
const bk_column *bk_readouts_columns(const bk_readouts *readouts, int *count);
/* The value of read-out i in a row of an outcome made with exactly those columns. */
double bk_readouts_measure(const bk_readouts *readouts, size_t i,
                           const bk_outcome *outcome, size_t row);
/* Its derivative where those of the columns are slopes[columns], by the chain rule; NaN
 * also when memory is short. */
double bk_readouts_slope(const bk_readouts *readouts, size_t i,
                         const bk_outcome *outcome, size_t row, const double *slopes);

typedef struct bk_condition {
    const char *background; /* as bk_library_background_scenario reads it; NULL: none */
    const char *treatment;  /* as bk_library_treatment_scenario reads it; NULL: none */
    const bk_scenario *more; /* further edits, or NULL */
} bk_condition;

/* What a read-out's value is taken from: the steady state, or the course of a run of the
 * settings' times from the model's start. */
typedef enum bk_measure {
    BK_MEASURE_STEADY,
    BK_MEASURE_END,   /* the value at the end */
    BK_MEASURE_PEAK,  /* the largest value at the times of the rows */
    BK_MEASURE_AREA,  /* the integral over time, by trapezoids between the rows */
    BK_MEASURE_GROWTH /* doublings a time unit: log2(end / start) / (t_end - t_start);
                         missing where either is not above 0 */
} bk_measure;
/* By its name: steady, end, peak, area, growth; false: there is none such. */
bool bk_measure_find(const char *name, bk_measure *measure);

typedef struct bk_screen_settings {
    bk_settings run; /* its columns are set by the screen */
    bool early;  /* slow symbols frozen at the untreated background's steady state */
    int threads; /* 0: one per processor */
    bk_measure measure;
} bk_screen_settings;

/* One row a condition: background, treatment, then one column a read-out, then `note`.
 * Each value is taken in the steady state (settle) reached from the untreated steady
 * state of the same background, or from a course as settings->measure says.  Same bytes for any number of threads.  A condition that
 * fails leaves its cells missing with a note; BK_PARTIAL then.  One without a steady state
 * has its averages over time, and a note that says so. */
bk_status bk_screen_run(const bk_system *system, const bk_library *library,
                        const bk_condition *conditions, size_t n_conditions,
                        const bk_readouts *readouts, const bk_screen_settings *settings,
                        bk_diag *diag, bk_table **table);

/* How far the values of a screen of a continuous form depend on the two numbers that all
 * its arcs share: the conditions run again with Hill exponent and threshold multiplied by
 * exp(0.2 z), z standard normal (chosen, not measured), `samples` times at points that
 * fill the plane evenly.  low and high [conditions * read-outs]: the 10th and the 90th
 * percentile; NaN where every run failed.  Status and notes as of the screen; BK_PARTIAL
 * fills them too.  Costs `samples` screens. */
bk_status bk_screen_jittered(const bk_system *system, const bk_library *library,
                             const bk_condition *conditions, size_t n_conditions,
                             const bk_readouts *readouts,
                             const bk_screen_settings *settings, size_t samples,
                             bk_diag *diag, double *low, double *high);

#ifdef __cplusplus
}
#endif
#endif
