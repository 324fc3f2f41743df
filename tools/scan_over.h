/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_SCAN_OVER_H
#define BLOCKADE_TOOLS_SCAN_OVER_H

/* Values of one or two quantities as the conditions of a scan. */

#include "conditions.h"

typedef struct cli_axis {
    char name[256];
    double low, high;
    int n;
    bool log, drug;
} cli_axis;

typedef struct cli_over {
    cli_axis axes[2];
    int n; /* 0: none was asked for */
} cli_over;

/* From "X=LO:HI:N" or "X=LO:HI:N:log", two of them joined by ';'. */
int cli_over_parse(cli *c, const cli_model *m, const char *text, cli_over *over);
size_t cli_over_size(const cli_over *over);
/* The value of an axis in a condition. */
double cli_over_value(const cli_over *over, int axis, size_t condition);
int cli_over_add(cli *c, const cli_over *over, const bk_scenario *base,
                 cli_conditions *k);

#endif
