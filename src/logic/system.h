/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_SYSTEM_H
#define BK_LOGIC_SYSTEM_H

/* A logical model compiled, and the scratch in which it walks.
 *
 * Levels are numbered densely as *nodes*.  The rule of a node is a flat table over the
 * mixed-radix state of the regulators that have an effect, or, where that would have
 * over 65,536 entries, its decision diagram.  A *slot* is one regulator of one rule.
 *
 * Edits never touch a rule.  For every slot the workspace keeps what each level of the
 * source adds to the index of the target's table: contribution[base + level] =
 * stride * (the level that the target sees).  A cut, or what a treatment lets others
 * see, changes these few numbers only; what the background does to a drive is a second
 * small map behind the table.  A walk keeps every index up to date, so that a move costs
 * one addition and one look-up a target. */

#include "base/arena.h"
#include "base/random.h"
#include "engine/engine.h"
#include "model/dd.h"

enum { BK_TABLE_ENTRIES = 65536 };

typedef struct bk_slot {
    int32_t source, target; /* nodes */
    uint32_t base;          /* of its levels in contribution and in sight */
    uint32_t stride;        /* 1 where the rule is a diagram */
} bk_slot;

typedef struct bk_way { /* a slot as its source needs it */
    int32_t target;
    uint32_t base;
} bk_way;

typedef struct bk_logic_system {
    bk_system head;
    bk_arena *arena;
    int32_t n;
    int32_t *symbol;                     /* [n] */
    int32_t *node;                       /* [symbols of the model]; -1: not a level */
    uint8_t *max, *start;                /* [n] */
    bool *slow;                          /* [n] */
    double *rate_up, *rate_down, *share; /* [n] */
    bool uniform;                        /* every rate is 1 */
    bk_dd **dd;                          /* [n] NULL: an input */
    uint8_t **table;                     /* [n] NULL: an input, or too large */
    int32_t **slot_of;   /* [n][variable of the diagram]; -1: no effect */
    int32_t *first_slot; /* [n + 1] slots of a target, in the order of the diagram */
    bk_slot *slots;
    int32_t n_slots;
    int32_t *self_slot; /* [n] x in its own rule, or -1 */
    int32_t *first_way; /* [n + 1] of a source, without its own rule */
    bk_way *ways;
    uint32_t n_contributions;
    uint32_t *first_level; /* [n + 1] into arrays with one entry a level */
} bk_logic_system;

typedef struct bk_cell {
    const uint8_t *table; /* NULL: ask the diagram */
    const uint8_t *drive; /* rule's level -> drive */
    uint32_t index;
    uint8_t state, shown; /* shown: the state, or 0 while hidden from others */
    uint8_t target;
    int8_t move; /* +1, -1, 0 */
    bool held;   /* fixed, or frozen: never moves */
} bk_cell;

typedef struct bk_logic_work {
    bk_workspace head;
    const bk_logic_system *system;
    bk_arena *arena;
    /* what bk_logic_bind sets */
    uint32_t *contribution; /* [n_contributions] */
    uint8_t *sight;         /* [n_contributions] the level the target sees */
    uint8_t *drive, *seen; /* [levels] what the background makes of a rule's level; what
                               others see of a state */
    uint8_t *begin;        /* [n] the state a run starts from */
    uint8_t *input;        /* [n] what stands for the rule of an input */
    bool *held;            /* [n] */
    double *share;         /* [n] part of the time in which others see it */
    int32_t *hidden;       /* nodes whose share is between 0 and 1 */
    int32_t n_hidden;
    double *rates; /* sums over a tree whose leaves are the nodes; NULL: all 1 */
    int32_t n_leaves;
    /* where the walk is */
    bk_cell *cells;
    bool *off;         /* [n] hidden from others now */
    uint64_t *enabled; /* bit x: x would move */
    uint8_t *counts;   /* bits set in each word */
    int32_t words, n_enabled;
    double *tree;    /* [2 * n_leaves], memory for rates */
    uint32_t *codes; /* [2 * n] scratch for the codes of events */
    /* asked by what may take long; NULL: never */
    bool (*cancelled)(void *context);
    void *cancel_context;
} bk_logic_work;

static inline bool bk_logic_cancelled(const bk_logic_work *work)
{
    return work->cancelled != NULL && work->cancelled(work->cancel_context);
}

bk_status bk_logic_compile(const bk_engine *engine, const bk_model *model,
                           bk_diag *diag, bk_system **system);
bk_status bk_logic_workspace(const bk_system *system, bk_workspace **workspace);
/* Binds edits and the start; settings may be NULL (initial levels, nothing frozen).
 * stochastic: scales of the treatment become shares of time, and rates are used. */
void bk_logic_bind(bk_logic_work *work, const bk_overlay *overlay,
                   const bk_settings *settings, bool stochastic);
/* One more edit of a bound work, in force before any other: x is held at a level; target
 * sees source at one. */
void bk_logic_fix(bk_logic_work *work, int32_t x, uint8_t level);
void bk_logic_cut(bk_logic_work *work, int32_t source, int32_t target, uint8_t level);
static inline bool bk_logic_is_system(const bk_system *system)
{
    return system->engine == &bk_engine_sync || system->engine == &bk_engine_async ||
           system->engine == &bk_engine_ctmc;
}
/* The level nearest to a value, half up; NaN gives 0. */
uint8_t bk_level_near(double value, int max_level);

#endif
