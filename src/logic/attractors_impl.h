/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_ATTRACTORS_IMPL_H
#define BK_LOGIC_ATTRACTORS_IMPL_H

#include "logic/system.h"

#include <blockade/logic.h>

typedef struct bk_attractor {
    long size;
    const uint8_t *low, *high; /* [nodes] */
    const double *mean;        /* [nodes]; NULL: not known, or low where that is high */
} bk_attractor;

struct bk_attractors {
    bk_arena *arena;
    const bk_model *model;
    int32_t n;
    int32_t *node; /* [symbols] */
    bk_attractor_kind kind;
    bk_update update;
    bk_attractor *found;
    size_t count, capacity;
    bool complete;
    char text[300];
};

/* What an exploration needs and finds. */
typedef struct bk_search {
    bk_logic_work *work;
    bk_attractors *attractors;
    const bk_attractor_settings *settings;
    long max_states, max_results;
    uint8_t *low, *high; /* [nodes] the box that holds all attractors */
    uint8_t *row;        /* [nodes] scratch */
    bool full;           /* more than max_results */
} bk_search;

/* Adds the attractors that are no fixed points.  *explored: states; *everywhere: from
 * every state; *closed: nothing that was entered was left unfinished. */
bk_status bk_search_explore(bk_search *search, double *explored, bool *everywhere,
                            bool *closed);

#endif
