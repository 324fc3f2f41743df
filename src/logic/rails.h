/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_RAILS_H
#define BK_LOGIC_RAILS_H

/* Boxes of levels that no move leaves, and points that do not move, as clauses.
 *
 * Two rails a node: "low >= t" and "high >= t" for every level t, low <= high.  No move
 * leaves a box when in each of its states with x at its highest level the rule of x does
 * not lead higher, and likewise below.  On every way down a diagram each regulator is
 * asked once, so that a box has a state on that way exactly when it meets the levels of
 * every step: the clauses are exact for rules of every kind, not for unate ones only.  A
 * point is a box whose rails are one.
 *
 *     few ways       one clause a way
 *     many ways      one variable a diagram node, "the box has a state that leads
 *                    through here", and one clause an edge
 *
 * Where a rule only rises (falls) with a regulator, a step needs one of its two bounds. */

#include "logic/reduce.h"
#include "solve/sat.h"

typedef struct bk_rails {
    bk_reduced *net;
    bk_sat *sat;
    bool points;
    int variables;
    int *first_low, *first_high; /* [n] variable of the lowest t of a core node */
    /* [n] 0, or a variable that switches the upper or the lower bound of x on: with one
     * of them off, x may move down (up) only */
    int *guard_up, *guard_down;
    /* scratch */
    double *ways;
    int *through;
    int *literals; /* room for two a level of all nodes and some */
    int n_literals;
} bk_rails;

/* guarded: NULL, or which nodes get guards (points only). */
bk_status bk_rails_new(bk_reduced *net, bool points, const bool *guarded,
                       bk_rails **rails);
void bk_rails_free(bk_rails *rails);
/* Literals of "low[x] >= t" and "high[x] >= t"; lowest of the box < t <= highest. */
static inline int bk_rail_low(const bk_rails *r, int32_t x, int t)
{
    return r->first_low[x] + t - r->net->low[x] - 1;
}
static inline int bk_rail_high(const bk_rails *r, int32_t x, int t)
{
    const int variable = r->first_high[x] + t - r->net->low[x] - 1;
    return r->points ? variable : -variable;
}
/* Reads the core of the answer, completes it; low[n], high[n]. */
void bk_rails_read(const bk_rails *r, uint8_t *low, uint8_t *high);

#endif
