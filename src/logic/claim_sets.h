/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CLAIM_SETS_H
#define BK_LOGIC_CLAIM_SETS_H

/* Sets of states as decision diagrams with terminals 0 and 1, and what moves do to them.
 * One variable a level that matters, ordered so that levels that act on one another stand
 * together.  Functions that give a set give -1 when there is no room for it. */

#include "logic/claim_impl.h"
#include "model/dd_table.h"

typedef struct bk_motion { /* of one node, up or down */
    int32_t place;         /* its variable */
    int by;
    int32_t wants; /* the states in which it would */
    bool lasting;  /* it can be made again and again for ever */
} bk_motion;

/* The sets that a search backwards went through: each holds the one before it and states
 * that one motion takes into that. */
typedef struct bk_layers {
    int32_t *set, *motion; /* [n] */
    size_t n, set_capacity, motion_capacity;
} bk_layers;

typedef struct bk_shifted {
    int32_t set, motion, result;
} bk_shifted;

typedef struct bk_sets {
    const bk_question *q;
    bk_dd_table dd;
    int32_t *levels; /* [places] */
    int32_t *node;   /* [places] */
    int32_t *place;  /* [nodes] */
    bk_motion *motions;
    int32_t n_motions;
    int32_t *set;   /* [conditions] */
    bk_layers *way; /* [conditions] */
    bk_shifted *cache;
    int32_t keep[4]; /* sets in use beside those */
    bool no_memory;
} bk_sets;

/* most: nodes.  False: memory was short.  End it in either case. */
bool bk_sets_begin(bk_sets *sets, const bk_question *question, int32_t most);
void bk_sets_end(bk_sets *sets);
int32_t bk_sets_both(bk_sets *sets, int32_t a, int32_t b);
int32_t bk_sets_either(bk_sets *sets, int32_t a, int32_t b);
int32_t bk_sets_without(bk_sets *sets, int32_t a, int32_t b);
/* Levels low .. high of a place. */
int32_t bk_sets_levels_between(bk_sets *sets, int32_t place, int low, int high);
/* States in which nothing moves. */
int32_t bk_sets_steady(bk_sets *sets);
/* States from which some way goes through a to b, and how it was found; layers NULL: not
 * told. */
int32_t bk_sets_way(bk_sets *sets, int32_t a, int32_t b, bk_layers *layers);
/* States from which some way stays in a. */
int32_t bk_sets_stay_in(bk_sets *sets, int32_t a);
/* Forgets what is no longer in use when more than half of the room is taken, and what was
 * asked: sets but those of conditions, motions, layers and `keep` are then others.  False:
 * what is in use takes that much, or it was cancelled. */
bool bk_sets_tidy(bk_sets *sets);

#endif
