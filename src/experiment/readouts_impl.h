/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_READOUTS_IMPL_H
#define BK_EXPERIMENT_READOUTS_IMPL_H

/* The inside of a list of read-outs: expressions whose leaves are columns. */

#include "base/arena.h"
#include "math/expr.h"

#include <blockade/experiment.h>

typedef struct bk_readout {
    const char *name;
    bk_expr math; /* over the numbers of columns */
} bk_readout;

struct bk_readouts {
    bk_arena *arena;
    bk_exprs *pool;
    bk_readout *items;
    bk_column *columns; /* each once */
    size_t n, capacity, n_columns, column_capacity;
};

/* Read-out i where its columns have these values; NaN also when memory is short. */
double bk_readouts_value(const bk_readouts *readouts, size_t i, const double *columns,
                         double time);
bool bk_readouts_have(const bk_readouts *readouts, const char *name);

#endif
