/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CONTROL_IMPL_H
#define BK_LOGIC_CONTROL_IMPL_H

#include "base/names.h"
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

/* The network in all states, that of which there are levers. */
bk_status bk_control_space(bk_logic_work *work, bool free_inputs, bk_reduced **net);
/* False: it is none of those that bk_interventions lists. */
bool bk_lever_resolve(const bk_reduced *net, const bk_intervention *given,
                      bk_lever *part);

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

/* --- failures ---------------------------------------------------------------------- */

/* All sets fail that hold what is needed and else only interventions that agree. */
typedef struct bk_failure {
    uint64_t *agrees; /* bits of parts, those needed too */
    int32_t needed[BK_MOST_PARTS];
    int n_needed;
} bk_failure;

typedef struct bk_failures {
    bk_reduced *net; /* as of the percolation */
    const bk_lever *parts;
    size_t n_parts, words; /* of agrees */
    bk_arena *arena;
    bk_failure *all;
    size_t count, capacity;
    int32_t *first_user, *users; /* [n + 1] of a node, the rules that ask for it */
    /* scratch: the box that grows, high behind low; how it was last good; the hull of
     * what has the goal inside, and where it vanishes; the nodes that the goal depends on
     * inside */
    uint8_t *low, *high, *box, *hull;
    bool *idle, *in_cone, *queued;
    int32_t *cone, *queue;
    int32_t clash, n_cone, n_queue;
} bk_failures;

bk_status bk_failures_new(bk_reduced *net, const bk_lever *parts, size_t n_parts,
                          bk_failures **failures);
void bk_failures_free(bk_failures *failures);
/* Whether it follows that the goal fails in every attractor, and minimal trap space, in a
 * box that no move leaves under a set. */
bool bk_failures_refute(bk_failures *failures, const bk_set *set, const bk_goal *goal,
                        const uint8_t *low, const uint8_t *high);
/* A box that no move leaves under a set.  It follows that the goal fails inside, or it is
 * known to fail in an attractor (minimal trap space) of what it depends on inside. */
bk_status bk_failures_add(bk_failures *failures, const bk_set *set, const bk_goal *goal,
                          const uint8_t *low, const uint8_t *high);
/* Whether the set fails by one of number `from` or later. */
bool bk_failures_know(const bk_failures *failures, size_t from, const bk_set *set);
/* failed[words]: the bits of the parts each of which, put to the set, makes one that is
 * known to fail. */
void bk_failures_mark(const bk_failures *failures, const bk_set *set, uint64_t *failed);

/* --- sets that percolation does not settle ----------------------------------------- */

typedef enum bk_verdict { BK_CONTROLS, BK_FAILS, BK_OPEN } bk_verdict;

/* What is known of a network of which nothing is left but what goals depend on.  Many sets
 * leave the same, and get the same answer. */
typedef struct bk_answer {
    bool known;
    bool brief; /* OPEN, and not all was tried */
    bk_verdict verdict;
    const bk_goal *failing; /* FAILS: which, and within */
    uint8_t *low, *high;    /* [n], of the core */
} bk_answer;

typedef struct bk_answers {
    bk_arena *arena;
    bk_names *names;
    bk_answer **all;
    size_t count, room;
    int32_t *words; /* scratch */
    size_t capacity;
} bk_answers;

bk_status bk_answers_new(bk_answers **answers);
void bk_answers_free(bk_answers *answers);
/* The entry of a network, not known when it is new; it stays where it is. */
bk_status bk_answers_find(bk_answers *answers, const bk_reduced *net,
                          const bk_goal *goals, size_t n_goals, bk_answer **answer);
bk_status bk_answers_set(bk_answers *answers, bk_answer *answer, bk_verdict verdict,
                         const bk_goal *failing, const uint8_t *low,
                         const uint8_t *high, size_t n);

typedef struct bk_judge {
    bk_logic_work *work;
    const bk_overlay *overlay;
    const bk_control_settings *settings;
    const bk_lever *parts;
    const bk_goal *goals;
    size_t n_goals;
    int32_t n;           /* nodes */
    uint8_t *low, *high; /* [n] scratch: the failing box */
    uint8_t *box;        /* [2 * n] scratch: what the set percolates to */
    bool *matters;       /* [n] scratch */
    bk_failures *failures;
    bk_answers *answers;
} bk_judge;

/* Of a set that is not known to fail; if it does, that is known from then on. */
bk_status bk_judge_set(bk_judge *judge, const bk_set *set, bk_verdict *verdict);

#endif
