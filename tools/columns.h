/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_COLUMNS_H
#define BLOCKADE_TOOLS_COLUMNS_H

#include "cli.h"

/* Columns asked for by --columns, --amount, --concentration. */
typedef struct cli_columns {
    bk_column *wanted;
    const char **titles; /* as the user wrote them */
    int n;
    char *texts[3]; /* the split option values, owning the titles */
} cli_columns;

int cli_columns_parse(cli *c, const cli_model *m, cli_columns *k);
void cli_columns_free(cli_columns *k);
/* time and the wanted columns under the titles the user gave. */
bk_status cli_titled_table(const bk_outcome *outcome, const cli_columns *k,
                           bk_table **table);
/* quantity, value, runs, share: where the runs end. */
bk_status cli_histogram_table(const bk_outcome *outcome, const cli_columns *k,
                              const bk_model *model, bk_table **table);

#endif
