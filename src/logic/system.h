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

/* An array of a system or workspace in its arena: count + 1 elements, so that arrays of
 * starts need no thought. */
#define BK_MAKE(owner, field, count)                                                   \
    ((owner)->field =                                                                  \
         bk_arena_zero((owner)->arena, (size_t)(count) + 1, sizeof *(owner)->field))

typedef struct bk_slot {
    int32_t source, target; /* nodes */
    uint32_t base;          /* of its levels in contribution and in sight */
    uint32_t stride;        /* 1 where the rule is a diagram */
} bk_slot;

typedef struct bk_way { /* a slot as its source needs it */
    int32_t target;
    uint32_t base;
    int32_t slot;
} bk_way;

typedef struct bk_logic_system {
    bk_system head;
    bk_arena *arena;
    int32_t n;
    int32_t *symbol;      /* [n] */
    int32_t *node;        /* [symbols of the model]; -1: not a level */
    uint8_t *max, *start; /* [n] */
    bool *slow;           /* [n] */
    /* Rates, each distinct one once; the others are places in it. */
    double *rates;
    int32_t n_rates;
    int32_t *rate_up, *rate_down; /* [n] */
    /* Rules with terms that have rates of their own (else NULL): which case decides, as a
     * table beside that of the levels or as a diagram over the same variables, and by
     * case its level and its rate (-1: rate_up or rate_down). */
    bk_dd **cases;                      /* [n] */
    uint8_t **case_table, **case_level; /* [n] */
    int32_t **case_rate;                /* [n] */
    int32_t *n_cases;                   /* [n] 0: none */
    bk_dd **dd;                         /* [n] NULL: an input */
    uint8_t **table;                    /* [n] NULL: an input, or too large */
    uint64_t **bits;     /* [n] the table of a Boolean level as bits; else NULL */
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

/* A way as bound: what a rise of a Boolean source adds to the index of the target (or,
 * where that is a diagram, the bit of its slot), or where the levels of another source
 * stand in contribution. */
typedef struct bk_bound_way {
    int32_t target;
    uint32_t change;
} bk_bound_way;

/* How a rule is asked: a Boolean one by bits, others by bytes, the largest by diagram. */
typedef enum bk_asking { BK_ASK_BITS, BK_ASK_TABLE, BK_ASK_DIAGRAM } bk_asking;

typedef struct bk_cell {
    union {
        const uint64_t *bits;
        const uint8_t *table;
    } rule;
    const uint8_t *drive; /* rule's level -> drive */
    uint32_t index; /* DIAGRAM: bits of the slots whose level decided (slot % 32) */
    int32_t pace;   /* while it would move: its rate, as a place in rates */
    uint8_t state, shown; /* shown: the state, or 0 while hidden from others */
    uint8_t target;
    int8_t move;        /* +1, -1, 0 */
    bool held;          /* fixed, or frozen: never moves */
    uint8_t asking;     /* bk_asking */
    uint8_t drive_bits; /* BITS: bit r is the drive of the rule's level r */
} bk_cell;

/* How the next move is drawn: all alike; by sets of equal rates; by a tree of sums. */
typedef enum bk_drawing { BK_DRAW_EVEN, BK_DRAW_SETS, BK_DRAW_TREE } bk_drawing;
enum { BK_MOST_SETS = 16 };

/* The bit of a slot in what a diagram remembers of its way. */
static inline uint32_t bk_slot_bit(const bk_logic_system *system, const bk_slot *slot)
{
    return 1u << ((slot - system->slots) - system->first_slot[slot->target]) % 32;
}

typedef struct bk_logic_work {
    bk_workspace head;
    const bk_logic_system *system;
    bk_arena *arena;
    /* what bk_logic_bind sets */
    uint32_t *contribution; /* [n_contributions] */
    uint8_t *sight;         /* [n_contributions] the level the target sees */
    bk_bound_way *ways;     /* those that change anything */
    int32_t *first_way;     /* [n + 1] of a source */
    uint8_t *drive, *seen; /* [levels] what the background makes of a rule's level; what
                               others see of a state */
    uint8_t *begin;        /* [n] the state a run starts from */
    uint8_t *input;        /* [n] what stands for the rule of an input */
    bool *held;            /* [n] */
    uint8_t *drawn;        /* [n] 1: its start is drawn (see start.h) */
    int32_t *coins;        /* levels that start at 0 or 1 at even odds, alone */
    int32_t *groups;       /* of the model, from which others are drawn */
    int32_t n_coins, n_groups;
    uint32_t *base_index; /* [n] the index of a rule while every level is 0 */
    double *share;        /* [n] part of the time in which others see it */
    int32_t *hidden;      /* nodes whose share is between 0 and 1 */
    int32_t n_hidden;
    bool stochastic; /* rates count; else all moves are alike */
    bk_drawing drawing;
    const double *pace; /* [n_rates] rates by place */
    uint8_t *told;      /* [n] 1: its moves count for the entropy of transitions */
    int32_t n_leaves;
    /* where the walk is */
    bk_cell *cells;
    bool *off;         /* [n] hidden from others now */
    double hidden_sum; /* the rates of all hidden processes */
    uint64_t *enabled; /* bit x: x would move */
    uint8_t *counts;   /* bits set in each word */
    int32_t words, n_enabled;
    int32_t n_paced[BK_MOST_SETS], n_told[BK_MOST_SETS]; /* enabled ones of a rate */
    uint64_t *sets;      /* [n_rates * words] enabled ones of each rate, for SETS */
    uint8_t *set_counts; /* bits set in each word of them */
    double *tree;        /* [2 * n_leaves] sums of rates over the nodes, for TREE */
    uint32_t *codes;     /* [2 * n] scratch for the codes of events */
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
/* Gathers the rates of all rules; a step of compiling. */
bk_status bk_logic_rates(bk_logic_system *system);
bk_status bk_logic_workspace(const bk_system *system, bk_workspace **workspace);
/* Binds edits and the start; settings may be NULL (initial levels, nothing frozen).
 * stochastic: scales of the treatment become shares of time, and rates are used. */
void bk_logic_bind(bk_logic_work *work, const bk_overlay *overlay,
                   const bk_settings *settings, bool stochastic);
/* One more edit of a bound work, in force before any other: x is held at a level; the drive
 * of x is kept between two; target sees source at one. */
void bk_logic_fix(bk_logic_work *work, int32_t x, uint8_t level);
void bk_logic_bound(bk_logic_work *work, int32_t x, uint8_t low, uint8_t high);
void bk_logic_cut(bk_logic_work *work, int32_t source, int32_t target, uint8_t level);
static inline bool bk_logic_is_system(const bk_system *system)
{
    return system->engine == &bk_engine_sync || system->engine == &bk_engine_async ||
           system->engine == &bk_engine_ctmc;
}
/* The level nearest to a value, half up; NaN gives 0. */
uint8_t bk_level_near(double value, int max_level);

#endif
