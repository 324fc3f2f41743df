/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_DERIVATIVE_H
#define BK_MATH_DERIVATIVE_H

/* What the walk over a tree and the rules of its operators agree on. */

#include "math/walk.h"

/* In place of a derivative that is zero, so that zeros never become nodes before the
 * end; of one that is wanted and not there yet; of one that nothing reads. */
enum { BK_SLOPE_ZERO = -2, BK_SLOPE_WANTED = -3, BK_SLOPE_UNSEEN = -4 };

typedef struct bk_deriving {
    bk_exprs *pool;
    bk_op leaf; /* SYMBOL or TIME */
    int32_t symbol;
    bk_expr one; /* the number 1, when it was needed */
    bk_walk walk;
    bk_expr *map;  /* by place: the derivative, or one of the above */
    bk_expr *list; /* [2 * walk.most + 2], to build nodes in */
} bk_deriving;

/* The derivative of argument i of e. */
static inline bk_expr bk_slope_of(const bk_deriving *d, bk_expr e, int i)
{
    return d->map[bk_walk_place(&d->walk, bk_expr_arg(d->pool, e, i))];
}

/* That of e, the derivatives of its arguments being there; BK_NO_EXPR: memory. */
bk_expr bk_slope_by_rule(bk_deriving *d, bk_expr e);
bk_expr bk_slope_number(bk_deriving *d, double value);

#endif
