/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_CONTINUOUS_H
#define BK_MODEL_CONTINUOUS_H

/* A continuous form while it is made. */

#include "base/alloc.h"
#include "model/builder_impl.h"
#include "model/dd.h"

enum { BK_MOST_DRIVE_NODES = 100000 };

typedef struct bk_forming {
    const bk_model *logic;
    bk_builder *builder;
    int32_t *map; /* symbol of logic -> symbol of the form, -1: not a level */
    int32_t hill_n, hill_k, tau_fast, tau_slow;
    int32_t hill; /* function */
} bk_forming;

/* The wanted id, or with a number after it when it is taken; NULL: no memory. */
const char *bk_continuous_id(bk_forming *forming, const char *wanted);
void bk_continuous_assign(bk_forming *forming, int32_t target, bk_expr math,
                          bk_where where);
/* Adds the assignment rule of a drive, which is the symbol `drive`, for the level whose
 * id is given; and, for functions that would be too long to write in one piece, further
 * parameters whose owner is the drive. */
bk_status bk_continuous_drive(bk_forming *forming, const bk_dd *dd, int32_t drive,
                              const char *id, bk_where where);

#endif
