/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_POPULATION_H
#define BLOCKADE_POPULATION_H

/* Tumours of more than one kind of cell under antibody-drug conjugates and immune
 * products.
 *
 * A class i of cells has a share f_i of the tumour and R_i receptors a cell.  With days,
 * nmol (antibody in plasma), and molecules a cell (payload):
 *
 *     A1' = dosing(t) - (CL + Q) A1 / V1 + Q A2 / V2      A2' = Q A1 / V1 - Q A2 / V2
 *     C   = fraction A1 / V1                              bound_i = C (1 - mask_i) / (C + KD)
 *     P_i' = DAR kint R_i bound_i - kout P_i + bystander kout E
 *     E'   = sum_i s_i kout P_i - bystander kout E - kcl E
 *     x_i' = g cycling - kill_i - immune_i                N_i = f_i exp(x_i)
 *     kill_i = kmax P_i^h / (P50^h + P_i^h), times cycling when cycling_only = 1
 *     immune_i = kimm (1 - suppression) / (1 + burden size / burden50)
 *                times mhc_i when mhc_bound = 1
 *                times (1 - mask_i) R_i / (R_i + R50) when epitope_bound = 1
 *
 * size = sum_i N_i is 1 at the start; s_i = N_i / size, so that dead cells give no
 * payload off.  Doses are infusions at 0, interval, 2 interval ...  The equations are one
 * SBML-core model (bk_population_model); the `ode` engine runs it.
 *
 * Only some constants are published; the others are chosen, each with a range, and every
 * answer is taken over samples of the chosen ones (log-uniform). */

#include <blockade/model.h>
#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_population_constants bk_population_constants;

/* Reads a table of constants: drug (`*`: shared by all), constant, value, unit, low,
 * high, status (published, given, chosen), source.  A chosen constant needs a range
 * 0 < low <= value <= high.  A constant without a row is neutral: 0, or 1 for volumes
 * and half-values.  All errors are located. */
bk_status bk_population_read(const char *path, bk_diag *diag,
                             bk_population_constants **constants);
void bk_population_free(bk_population_constants *constants);
/* Sets `CONSTANT=VALUE` for all drugs or `DRUG:CONSTANT=VALUE`; it is then given, and
 * not sampled. */
bk_status bk_population_set(bk_population_constants *constants, const char *text,
                            bk_diag *diag);

typedef struct bk_population_class {
    const char *name; /* letters, digits, _ ; unique */
    double share;     /* > 0; shares are scaled to sum 1 */
    double receptors; /* a cell, >= 0 */
    double mask;      /* share of epitopes hidden from antibodies, 0..1 */
    double mhc;       /* MHC-I at the surface, 0 (lost) .. 1 */
} bk_population_class;

enum { BK_POPULATION_LEVELS = 4 };
/* Classes from a table of cells: column receptors (> 0), and optionally share (weight of
 * the row).  Each cell is put at 1e3, 1e4, 1e5 or 1e6, the nearest in logarithm; with a
 * reader's error (standard deviation of ln(reading)) it is spread over these levels with
 * the probability that its true number lies there, all true numbers being equally likely
 * in logarithm beforehand.  Levels without cells are left out. */
bk_status bk_population_cells(const char *path, double error, bk_diag *diag,
                              bk_population_class classes[BK_POPULATION_LEVELS],
                              int *n);

/* The equations for one drug as a model; ids as above with `_NAME` for a class. */
bk_status bk_population_model(const bk_population_constants *constants,
                              const char *drug, const bk_population_class *classes,
                              int n_classes, double days, bk_diag *diag,
                              bk_model **model);

typedef struct bk_population_settings {
    const char *const *drugs; /* [n_drugs]; `none`: untreated */
    int n_drugs;
    double days;
    long samples; /* at least 10 */
    uint64_t seed;
    int threads; /* 0: one per processor */
} bk_population_settings;

/* One row a quantity; columns quantity, drug, than, of, value, p5, p50, p95:
 *   size         of the tumour at the end, 1 at the start
 *   fold         N_i over its start; `of` is the class
 *   cleared      share of samples with size < 0.01; grown: with size > 1
 *   smaller      share of samples where `drug` leaves less than `than`, by over 10 %;
 *                likewise larger, and alike: within 10 %; less than 1e-9 of the
 *                start, a cell of a thousand million, counts as 1e-9 here and below
 *   correlation  Spearman's rank correlation of a sampled constant (`of`) with
 *                ln size(drug) - ln size(than), largest first; the first decides
 * value is at the constants' own values for size and fold, p5 p50 p95 are over samples.
 * The provenance lists the published and the chosen constants.  A sample that cannot be
 * integrated is left out, counted in a warning, and makes the answer BK_PARTIAL.  Same
 * bytes for any number of threads. */
bk_status bk_population_run(const bk_population_constants *constants,
                            const bk_population_class *classes, int n_classes,
                            const bk_population_settings *settings, bk_diag *diag,
                            bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
