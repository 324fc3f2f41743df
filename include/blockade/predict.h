/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_PREDICT_H
#define BLOCKADE_PREDICT_H

/* Questions in the words of a paper, answered in numbers.
 *
 * A question is a row of words: in this BACKGROUND, under this TREATMENT, what does this
 * READOUT do, compared with that COMPARATOR, at this TIME?  Words are read by grammar,
 * over the names that the model and the tables beside it know:
 *
 *   background   items joined by `;`, or CELL (items), or CELL alone.  An item is
 *                NODE:state (a named variant, or wt normal | amp high over on active pos
 *                hyperactive myr mut | low | loss absent neg null), kd:NODE, or the name
 *                of a background; `any ...` is the ordinary cell, `A/B-driven` has A and
 *                B amplified.  Items after a cell's name replace what its table says of
 *                the same node.  Growth medium with serum, unless an item says otherwise.
 *   treatment    terms joined by `+`: a drug or class with an optional @dose,
 *                ligand:NODE, kd:NODE (knock-down), or none.  Words in parentheses are
 *                remarks.  Doses of one drug in several terms add up.
 *   readout      a row of readouts.tsv, or a node: its activity x, where its highest level
 *                m is above 1 as 2 x / (x + m), for levels are ranks and what an assay
 *                shows of them saturates, so that the step from none to some is the
 *                largest; `assay:`
 *                before it is ignored.  A row of outside.tsv is what no network
 *                answers, with the reason.
 *   comparator   untreated (control, DMSO ...), no ligand, TREATMENT alone, each alone,
 *                early time point, BACKGROUND untreated, TREATMENT in BACKGROUND.  Nodes
 *                that the comparator's background does not name stay as in the row; one
 *                that names a cell line, or nothing that differs from the row (`in
 *                ERBB2:amp` beside ERBB2:amp;PTEN:loss), is a cell of its own.
 *   time         early: slow nodes held; late, steady, steady state, equilibrium, clinical,
 *                in vivo, in vitro or nothing: full equilibrium
 *
 * Generic states: a gain raises an input to its highest level and puts a floor under
 * anything else (two thirds of the highest level, rounded up); a loss holds it at 0; low
 * is a ceiling one level under the ordinary one. */

#include <blockade/experiment.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_predictor {
    const bk_model *logic;  /* knows the levels */
    const bk_system *ode;   /* of its continuous form: the values */
    const bk_system *async; /* of the logic: agreement; NULL: not asked */
    const bk_system *ctmc;  /* the same */
    const bk_library *library;
    const char *folder; /* of readouts.tsv and outside.tsv */
    int threads;        /* 0: one per processor */
    bool pairs;         /* hsa and bliss of combinations; costs most of the time */
} bk_predictor;

/* One answer a row of `questions` (columns id background treatment readout comparator
 * time; others are not looked at):
 *
 *   id status            answered | outside | failed
 *   value_early value_late comparator_early comparator_late      0..1, by ODE
 *   effect               value minus comparator at the row's time
 *   reference_effect     of the same treatment in a cell with ERBB2:amp alone; missing
 *                        where the row is that cell or compares two backgrounds
 *   hsa bliss            excess over the better drug and over independent action, each
 *                        drug at the dose where it alone has half its effect, positive =
 *                        synergy, averaged over cells that differ in sensitivity
 *   agreement            engines (ode, async, ctmc) that give the same direction, as k/n
 *   confidence           high, medium or low
 *
 * Where the comparator is part of the row's combination, neither states a dose, and both
 * have brought the read-out to the same end of its scale (within 0.02), the comparator
 * leaves no room for what the rest adds.  With `pairs`, both are then given as they are
 * where each drug alone has half its effect, averaged over cells as hsa is; the note says
 * so, and what was not run at these doses (the other time, the reference) is missing.
 * The agreement is still that at the doses taken when none is given.
 *
 *   note                 what was assumed or is wrong
 *
 * A row that cannot be read is `failed` with a located message; the others are answered
 * and the status is BK_PARTIAL.  `run` gives tolerances, runs and seed. */
bk_status bk_predict(const bk_predictor *predictor, const bk_table *questions,
                     const bk_settings *run, bk_diag *diag, bk_table **answers);

/* How near each row of a table of published observations (columns background, treatment,
 * readout; BK_MISUSE without) is to what is asked, these treatments of one cell, each seen
 * by these read-outs: 0 (another read-out, nothing given alike) to 1 (the same), the share
 * of treatment terms that both name, times one half and half the share of what both say of
 * the cell, and of all treatments that of the nearest.  likeness [rows].  Rows that this
 * network cannot read get 0.  Treatments that cannot be read are told and are near to
 * nothing; a cell that cannot be read is an error (BK_NOT_FOUND: a name).  Rows and
 * treatments are read once. */
bk_status bk_observations_likeness(const bk_model *logic, const bk_library *library,
                                   const bk_table *observations, const char *background,
                                   const char *const *treatments, size_t n_treatments,
                                   const char *const *readouts, size_t n_readouts,
                                   bk_diag *diag, double *likeness);

#ifdef __cplusplus
}
#endif
#endif
