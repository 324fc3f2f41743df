/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_SCAN_OVER_H
#define BLOCKADE_TOOLS_SCAN_OVER_H

/* Values of one or two quantities as the conditions of a scan. */

#include "conditions.h"

typedef struct cli_axis {
    char name[256];
    double low, high;
    int n;
    bool log, drug, species;
} cli_axis;

typedef struct cli_over {
    cli_axis axes[2];
    int n;           /* 0: none was asked for */
    bool controlled; /* of one axis: a condition ahead of the others, at this value */
    double control;
} cli_over;

/* From "X=LO:HI:N" or "X=LO:HI:N:log", two of them joined by ';'. */
int cli_over_parse(cli *c, const cli_model *m, const char *text, cli_over *over);
size_t cli_over_size(const cli_over *over);
/* The value of an axis in a condition. */
double cli_over_value(const cli_over *over, int axis, size_t condition);
int cli_over_add(cli *c, const cli_over *over, const bk_scenario *base,
                 cli_conditions *k);
/* The table of a screen of them with the values of the axes, or of no axes the texts of
 * the conditions, in place of its first two columns. */
bk_status cli_over_relabel(const bk_table *screen, const cli_conditions *k,
                           const cli_over *over, bk_table **table);

#endif
