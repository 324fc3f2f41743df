/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CLI_PREDICT_PUBLISHED_H
#define CLI_PREDICT_PUBLISHED_H

#include "conditions.h"

/* The published observations beside the network (observations.tsv) that are nearest to
 * what is asked, at most five, into the provenance of the table. */
int cli_published(cli *c, const cli_model *m, const cli_conditions *k,
                  const bk_table *screen, bk_table *table);

#endif
