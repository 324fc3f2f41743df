/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_ATTRACTORS_IMPL_H
#define BK_LOGIC_ATTRACTORS_IMPL_H

#include "logic/reduce.h"
#include "logic/space.h"

#include <blockade/logic.h>

typedef struct bk_attractor {
    long size;                 /* -1: not known */
    const uint8_t *low, *high; /* [nodes] */
    const double *mean;        /* [nodes]; NULL: not known, or low where that is high */
    const uint8_t *state;      /* [nodes] one whose core is in it; NULL: not known */
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
    bool full;           /* more than max_results, or enough */
    /* synchronous: a cycle after which no other is asked for; NULL: there is none */
    bool (*enough)(void *context, const bk_attractor *found);
    void *context;
    /* what is not proven: that there are no attractors but in minimal trap spaces; in how
     * many of these there is one only */
    bool outside_open;
    size_t inside_open;
} bk_search;

/* As bk_attractors_find, of a work that is bound; leaves its walk anywhere and the cells
 * of free inputs held.  enough, context: as of a search. */
bk_status bk_attractors_bound(bk_logic_work *work,
                              const bk_attractor_settings *settings,
                              bool (*enough)(void *context, const bk_attractor *found),
                              void *context, bk_attractors **attractors);
/* By their lowest levels. */
void bk_attractors_sort(bk_attractors *attractors);
/* Asynchronous attractors of the box low .. high: the list of those that are there, one at least in
 * each minimal trap space; *all: none of these is missing. */
bk_status bk_search_prove(bk_search *search, bool *all);
/* Size, hull and means of the states ids[count]; false: memory was short. */
bool bk_search_describe(bk_attractors *attractors, const bk_space *space,
                        const uint32_t *ids, uint32_t count, bk_attractor *one);
/* Asynchronous, by exploration of every state of the box low .. high.  Adds the attractors
 * that are no fixed points; *proven: all of them. */
bk_status bk_search_explore(bk_search *search, bool *proven);
/* Synchronous; the list holds all fixed points.  net: of the box, outputs hidden.  Adds the
 * others; *proven: all of them. */
bk_status bk_search_cycles(bk_search *search, bk_reduced *net, bool *proven);

#endif
