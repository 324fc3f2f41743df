/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_LESIONS_IMPL_H
#define BK_SCENARIO_LESIONS_IMPL_H

/* What tables of mutations and copy numbers say, line by line. */

#include "base/arena.h"
#include "base/text.h"

#include <blockade/lesions.h>

typedef enum bk_lesion_kind {
    BK_LESION_CHANGE, /* a protein change, or a state of the variants table */
    BK_LESION_GAIN,
    BK_LESION_LOSS
} bk_lesion_kind;

typedef struct bk_lesion {
    bk_lesion_kind kind;
    const char *gene;
    const char *words; /* the change as p.H1047R without `p.`, or the state */
    bk_where where;
} bk_lesion;

typedef struct bk_lesion_list {
    bk_arena *arena;
    bk_diag *diag;
    const bk_lesion_settings *settings;
    bk_lesion *items;
    size_t n, capacity;
    const char *sample;     /* the one that is read, or NULL so far */
    bool sample_seen;       /* in a table with samples */
    size_t silent, neutral; /* lines without effect */
    bool wrong, memory;
} bk_lesion_list;

/* Adds the lines of one table. */
void bk_lesions_read(bk_lesion_list *list, const char *path);
/* `p.His1047Arg` and `ENSP1:p.H1047R` as `H1047R`; NULL when memory is short. */
const char *bk_lesion_change(bk_arena *arena, const char *text);

#endif
