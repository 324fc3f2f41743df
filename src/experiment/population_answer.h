/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_POPULATION_ANSWER_H
#define BK_EXPERIMENT_POPULATION_ANSWER_H

/* The runs of a population and the answer made of them. */

#include "experiment/population_impl.h"

#include <blockade/engine.h>

typedef struct bk_population {
    const bk_population_constants *constants;
    const bk_population_class *classes;
    int n_classes;
    const bk_population_settings *settings;
    bk_diag *diag;
    const char **drugs; /* [n_drugs] as the table writes them */
    bk_model **models;  /* [n_drugs] */
    bk_system **systems;
    const bk_population_constant **drawn; /* [n_drawn] what is sampled */
    size_t n_drawn;
    int width;       /* columns of a run: size, then x of each class */
    double *results; /* [(samples + 1) n_drugs width]: run 0 is at the stated values;
                        NaN: failed */
    _Atomic bool no_memory; /* in some run */
} bk_population;

/* The result of a run (0: stated values; s + 1: sample s) for a drug: ln size, x_i. */
double *bk_population_result(const bk_population *p, size_t run, int drug);
/* Whether a drug's equations depend on this row of the constants: one without payload
 * does not read KD, one without immune killing not R50. */
bool bk_population_reads(const bk_population *p, int drug,
                         const bk_population_constant *constant);
/* The value of a drawn constant in a sample. */
double bk_population_draw(const bk_population *p, size_t drawn, long sample);
bk_status bk_population_answer(const bk_population *p, bk_table **table);

#endif
