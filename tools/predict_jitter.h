/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_PREDICT_JITTER_H
#define BLOCKADE_TOOLS_PREDICT_JITTER_H

#include "conditions.h"

/* How far late values depend on the two numbers that all arcs share: the conditions run
 * again with Hill exponent and threshold multiplied by exp(0.2 z), z standard normal
 * (chosen, not measured), `samples` times at points that fill the plane evenly. */
typedef struct cli_jitter {
    bk_table *table; /* [samples * conditions] rows of a screen; NULL: not asked */
    size_t conditions;
    int samples;
} cli_jitter;

int cli_jitter_run(cli *c, cli_model *m, const cli_conditions *k,
                   const bk_settings *settings, long samples, cli_jitter *jitter);
/* The 10th and the 90th percentile of a column for one condition. */
void cli_jitter_interval(const cli_jitter *jitter, size_t condition, int column,
                         double *low, double *high);
void cli_jitter_free(cli_jitter *jitter);

#endif
