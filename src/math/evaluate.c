/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/walk.h"

#include "base/alloc.h"

#include <math.h>

static double leaf(const bk_exprs *pool, bk_expr e, const double *values, double time,
                   const double *arguments)
{
    switch (bk_expr_op(pool, e)) {
    case BK_OP_NUMBER:
        return bk_expr_value(pool, e);
    case BK_OP_SYMBOL:
        return values[bk_expr_payload_of(pool, e)];
    case BK_OP_ARGUMENT:
        return arguments != NULL ? arguments[bk_expr_payload_of(pool, e)] : (double)NAN;
    case BK_OP_TIME:
        return time;
    default:
        return bk_op_apply(bk_expr_op(pool, e), NULL, 0);
    }
}

double bk_expr_evaluate(const bk_exprs *pool, bk_expr e, const double *values,
                        double time, const double *arguments)
{
    bk_walk walk;
    if (!bk_walk_start(&walk, pool, e)) {
        return (double)NAN;
    }
    double small[2 * BK_WALK_SMALL];
    double *results = small;
    if (walk.n + walk.most > 2 * BK_WALK_SMALL) {
        results = bk_alloc(((size_t)walk.n + (size_t)walk.most) * sizeof *results);
        if (results == NULL) {
            bk_walk_end(&walk);
            return (double)NAN;
        }
    }
    double *const ready = results + walk.n;
    for (int32_t i = 0; i < walk.n; i++) {
        const bk_node *const node = &pool->nodes[walk.nodes[i]];
        const int count = bk_node_count(node);
        const bk_expr *const args = bk_node_args(pool, node);
        for (int k = 0; k < count; k++) {
            ready[k] = results[bk_walk_place(&walk, args[k])];
        }
        results[i] = count > 0 ? bk_op_apply((bk_op)node->op, ready, count)
                               : leaf(pool, walk.nodes[i], values, time, arguments);
    }
    const double result = results[walk.n - 1];
    if (results != small) {
        bk_free(results);
    }
    bk_walk_end(&walk);
    return result;
}
