/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CONTROL_IMPL_H
#define BK_LOGIC_CONTROL_IMPL_H

#include "logic/lanes.h"
#include "logic/reduce.h"

#include <blockade/control.h>

enum { BK_MOST_PARTS = 8 }; /* interventions in a set */

/* An intervention among nodes. */
typedef struct bk_lever {
    int32_t x;        /* held, or the target of a cut */
    int32_t source;   /* of a cut; -1: held */
    int level;        /* held at, or seen */
    int raw;          /* CUT: a level of the source that is seen so */
    int32_t variable; /* CUT: of the source in the reduced rule of x */
} bk_lever;

typedef struct bk_goal { /* low <= level of x <= high */
    int32_t x;
    int low, high;
} bk_goal;

typedef struct bk_set {
    int n;
    int32_t part[BK_MOST_PARTS]; /* ascending */
    bool percolates;
    uint8_t *low, *high; /* [nodes] what percolation leaves */
} bk_set;

struct bk_controls {
    bk_arena *arena;
    const bk_model *model;
    int32_t n;
    int32_t *node;          /* [symbols] */
    bk_intervention *parts; /* [n_parts] */
    size_t n_parts;
    uint8_t *low, *high; /* [n] what percolates without any */
    bk_set *sets;
    size_t count, capacity;
    bool complete;
    double tried, examined;
    char text[300];
};

/* --- percolation of BK_LANES sets -------------------------------------------------- */

typedef struct bk_percolation {
    bk_reduced *net; /* of all states, without interventions */
    const bk_lever *parts;
    size_t n_parts;
    bk_program_lanes program;
    bk_lane_memory memory;
    int32_t *rail; /* [n] */
    int32_t rails;
    int32_t low, high; /* first words: "the box lies at t or above", "reaches t" */
    /* [n] words of the masks, 0: none.  held: the lanes, then the rails of the level */
    int32_t *held;
    int32_t *cut; /* [parts] of a CUT: the lanes that cut this arc, then rails seen */
    int32_t first_mask, masks;
    uint64_t *before; /* [2 * rails * BK_LANE_WORDS] scratch */
} bk_percolation;

bk_status bk_percolation_new(bk_reduced *net, const bk_lever *parts, size_t n_parts,
                             bk_percolation **percolation);
void bk_percolation_free(bk_percolation *percolation);
/* Lane i: sets[i]; the boxes that are left. */
void bk_percolation_run(bk_percolation *percolation, const bk_set *sets, size_t n);
/* Lanes in which a goal is sure, and in which it is impossible. */
void bk_percolation_judge(const bk_percolation *percolation, const bk_goal *goal,
                          uint64_t *sure, uint64_t *never);
void bk_percolation_box(const bk_percolation *percolation, int lane, uint8_t *low,
                        uint8_t *high);

/* --- sets that percolation does not settle ----------------------------------------- */

typedef enum bk_verdict { BK_CONTROLS, BK_FAILS, BK_OPEN } bk_verdict;

/* A box in which wanted levels fail: so does every set that holds `needed` and else only
 * interventions that agree with the box. */
typedef struct bk_failure {
    uint64_t *agrees; /* bits of parts */
    int32_t needed[BK_MOST_PARTS];
    int n_needed;
} bk_failure;

typedef struct bk_judge {
    bk_logic_work *work;
    const bk_overlay *overlay;
    const bk_control_settings *settings;
    bk_reduced *net; /* as of the percolation */
    const bk_lever *parts;
    size_t n_parts;
    const bk_goal *goals;
    size_t n_goals;
    bk_arena *arena;
    bk_failure *failures; /* those that were of use lately first */
    size_t count, capacity, replaced;
    uint8_t *low, *high; /* [nodes] scratch */
} bk_judge;

/* Whether a known failure is one of this set. */
bool bk_judge_knows(bk_judge *judge, const bk_set *set);
bk_status bk_judge_set(bk_judge *judge, const bk_set *set, bk_verdict *verdict);
void bk_judge_free(bk_judge *judge);

#endif
