/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CLAIM_IMPL_H
#define BK_LOGIC_CLAIM_IMPL_H

/* A claim is read into a tree of what was said, and that into few kinds of conditions on
 * states: what can be told of one state, `not and or`, and two about ways.  Two engines
 * answer these: state by state (claim_states) and by decision diagrams (claim_by_sets). */

#include "logic/reduce.h"

#include <blockade/claim.h>

typedef enum bk_says {
    BK_SAYS_FALSE,
    BK_SAYS_TRUE,
    BK_SAYS_LEVEL,  /* low <= x <= high */
    BK_SAYS_STEADY, /* nothing moves */
    BK_SAYS_NOT,
    BK_SAYS_AND,
    BK_SAYS_OR,
    BK_SAYS_WAY,  /* some way goes through a until b: E[a U b] */
    BK_SAYS_STAY, /* some way stays in a: EG a */
    /* said only, and taken apart */
    BK_SAYS_IMPLIES,
    BK_SAYS_EVENTUALLY,
    BK_SAYS_ALWAYS,
    BK_SAYS_UNTIL
} bk_says;

typedef struct bk_condition_node {
    bk_says says;
    bool possibly;
    int32_t a, b; /* conditions before it */
    int32_t x;    /* a symbol; in a question a node */
    int low, high;
} bk_condition_node;

typedef struct bk_condition_list {
    bk_condition_node *at;
    size_t capacity;
    int32_t n;
} bk_condition_list;

/* Adds one; -1: memory was short, or a part is -1. */
int32_t bk_condition_add(bk_condition_list *list, bk_condition_node node);

typedef struct bk_premise {
    int32_t reached; /* holds in a start from which the premise can be met */
    const char *text;
} bk_premise;

struct bk_claim {
    bk_arena *arena;
    const bk_model *model;
    bk_condition_list conditions;
    int32_t whole, from; /* from -1: nothing said */
    bk_premise *premises;
    size_t n_premises, premise_capacity;
    const char *text;
};

/* Fills in a claim from what was said; from -1: nothing. */
bk_status bk_claim_lower(bk_claim *claim, const bk_condition_list *said, int32_t from,
                         int32_t whole, bool fair);

/* A claim put to a model under edits.  Conditions are those of the claim and, behind
 * them, others on starts. */
typedef struct bk_question {
    bk_logic_work *work;
    const bk_claim *claim;
    const bk_claim_settings *settings;
    bk_condition_list conditions;
    bool *used;          /* [conditions] by what is asked */
    int32_t starts;      /* the condition on them */
    uint8_t *low, *high; /* [n] the box of the starts */
    bool *still;         /* [n] inputs that keep the level they start with */
    bk_reduced *net;     /* of the box that no way leaves */
    int32_t *nodes;      /* [n_nodes] of more than one level that matter */
    int32_t n_nodes;
} bk_question;

typedef struct bk_cursor { /* a state on the way */
    uint8_t *levels;       /* [n] */
    uint32_t id;           /* states */
} bk_cursor;

typedef struct bk_track {
    bk_path_move *moves; /* symbols are nodes */
    size_t n, capacity;
    long repeats;
} bk_track;
bool bk_track_add(bk_track *track, bk_cursor *cursor, int32_t x, int by);

/* One answer: what each engine fills in. */
typedef struct bk_reply {
    bk_answer answer;
    bool no_start;
    int vacuous;    /* the premise that is never met, or -1 */
    bool has_start; /* start is one to tell */
    uint8_t *start; /* [n] */
    bk_track track;
    double size; /* states looked at, or nodes of diagrams */
    bool whole;  /* they were all */
} bk_reply;

/* What explaining asks of an engine.  value: 0 when a condition does not hold in a state,
 * BK_CLAIM_SURE when it does, else it is not known. */
enum { BK_CLAIM_SURE = 3 };
typedef struct bk_tracer {
    void *engine;
    const bk_question *question;
    int (*value)(void *engine, int32_t condition, const bk_cursor *cursor);
    /* Along the way that the condition says there is.  False: memory was short. */
    bool (*go)(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track);
    bool (*stay)(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track);
} bk_tracer;
/* Shows why a condition is what it is in the state of the cursor. */
bool bk_claim_explain(const bk_tracer *tracer, int32_t condition, bk_cursor *cursor,
                      bk_track *track);

/* Every state that can be reached, at most `most`; the first ones where there are more,
 * which may decide it or not. */
bk_status bk_claim_by_states(const bk_question *question, long most, bk_reply *reply);
/* By sets; not decided when more than `most` nodes are needed. */
bk_status bk_claim_by_sets(const bk_question *question, long most, bk_reply *reply);

/* Where x wants to go in a state. */
int bk_claim_target(const bk_reduced *net, int32_t x, const uint8_t *levels);

#endif
