/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/derivative.h"

#include "base/alloc.h"

/* Forward over the tree: every node that depends on the variable gets the node of its
 * derivative.  Subtrees are shared with the original and among each other (the quotient
 * rule reads the quotient, the power rule the base), so the derivative has a size
 * proportional to the tree. */

/* Whether the derivative of e reads the derivative of its argument i. */
static bool matters(bk_op op, int i, int n)
{
    if (op == BK_OP_PIECEWISE) {
        return i % 2 == 0 || i == n - 1;
    }
    return op >= BK_OP_PLUS && op <= BK_OP_ARCCOTH && op != BK_OP_FLOOR &&
           op != BK_OP_CEILING && op != BK_OP_QUOTIENT;
}

static bk_expr derive_node(bk_deriving *d, bk_expr e)
{
    const bk_op op = bk_expr_op(d->pool, e);
    if (op == d->leaf &&
        (op == BK_OP_TIME || bk_expr_payload_of(d->pool, e) == d->symbol)) {
        return bk_slope_number(d, 1.0);
    }
    const int n = bk_expr_count(d->pool, e);
    bool constant = true;
    for (int i = 0; i < n && constant; i++) {
        constant = !matters(op, i, n) || bk_slope_of(d, e, i) == BK_SLOPE_ZERO;
    }
    return constant ? BK_SLOPE_ZERO : bk_slope_by_rule(d, e);
}

static void mark_wanted(bk_deriving *d)
{
    for (int32_t i = 0; i < d->walk.n; i++) {
        d->map[i] = BK_SLOPE_UNSEEN;
    }
    d->map[d->walk.n - 1] = BK_SLOPE_WANTED;
    for (int32_t i = d->walk.n - 1; i >= 0; i--) {
        const bk_expr e = d->walk.nodes[i];
        const int n = d->map[i] == BK_SLOPE_WANTED ? bk_expr_count(d->pool, e) : 0;
        for (int k = 0; k < n; k++) {
            if (matters(bk_expr_op(d->pool, e), k, n)) {
                d->map[bk_walk_place(&d->walk, bk_expr_arg(d->pool, e, k))] =
                    BK_SLOPE_WANTED;
            }
        }
    }
}

static bk_expr derive(bk_exprs *pool, bk_expr e, bk_op leaf, int32_t symbol)
{
    bk_deriving d = {.pool = pool, .leaf = leaf, .symbol = symbol, .one = BK_NO_EXPR};
    if (e < 0 || !bk_walk_start(&d.walk, pool, e)) {
        return BK_NO_EXPR;
    }
    bk_expr result = BK_NO_EXPR;
    const size_t n = (size_t)d.walk.n;
    d.map = bk_alloc((n + (size_t)d.walk.most + 2) * sizeof *d.map);
    if (d.map != NULL) {
        d.list = d.map + n;
        mark_wanted(&d);
        for (int32_t i = 0; i < d.walk.n; i++) {
            if (d.map[i] == BK_SLOPE_WANTED) {
                result = d.map[i] = derive_node(&d, d.walk.nodes[i]);
                if (result == BK_NO_EXPR) {
                    break;
                }
            }
        }
    }
    if (result == BK_SLOPE_ZERO) {
        result = bk_expr_number(pool, 0.0);
    }
    bk_free(d.map);
    bk_walk_end(&d.walk);
    return result;
}

bk_expr bk_expr_derivative(bk_exprs *pool, bk_expr e, int32_t symbol)
{
    return derive(pool, e, BK_OP_SYMBOL, symbol);
}

bk_expr bk_expr_derivative_time(bk_exprs *pool, bk_expr e)
{
    return derive(pool, e, BK_OP_TIME, -1);
}
