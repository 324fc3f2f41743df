/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/walk.h"

#include "base/alloc.h"

/* Folding keeps every value to the last bit (but the sign of a zero): operators on
 * literals become literals, leading literals of sums and products are joined (that is
 * the order of evaluation), neutral elements go, conditions that are literals choose.
 * 0 * x stays: x may be infinite. */

enum { MAKE = -2 }; /* make op(args[0..n)) */

typedef struct form {
    bk_exprs *pool;
    bk_op op;
    bk_expr *args; /* may be changed */
    int n;
} form;

static bool is(const bk_exprs *pool, bk_expr e, double value)
{
    double literal;
    return bk_expr_literal(pool, e, &literal) && literal == value;
}

static bk_expr literal_of(bk_exprs *pool, bk_op op, double value)
{
    if (bk_op_about(op)->boolean) {
        return bk_expr_0(pool, value != 0.0 ? BK_OP_TRUE : BK_OP_FALSE);
    }
    return bk_expr_number(pool, value);
}

/* Joins the first literals of a sum or product and drops its neutral elements. */
static bk_expr fold_chain(form *f, double neutral)
{
    double joined;
    double next;
    if (f->n >= 2 && bk_expr_literal(f->pool, f->args[0], &joined)) {
        int used = 1;
        while (used < f->n && bk_expr_literal(f->pool, f->args[used], &next)) {
            joined = bk_op_apply(f->op, (const double[2]){joined, next}, 2);
            used++;
        }
        if (used > 1) {
            f->args[0] = bk_expr_number(f->pool, joined);
            if (f->args[0] < 0) {
                return BK_NO_EXPR;
            }
            for (int i = used; i < f->n; i++) {
                f->args[i - used + 1] = f->args[i];
            }
            f->n -= used - 1;
        }
    }
    int kept = 0;
    for (int i = 0; i < f->n; i++) {
        if (!is(f->pool, f->args[i], neutral)) {
            f->args[kept++] = f->args[i];
        }
    }
    f->n = kept;
    if (kept == 0) {
        return bk_expr_number(f->pool, neutral);
    }
    return kept == 1 ? f->args[0] : MAKE;
}

/* AND with a false one, OR with a true one are decided; the others drop out.  A single
 * operand left stays within its operator, which makes a truth value of a number. */
static bk_expr fold_logic(form *f, bool decides)
{
    int kept = 0;
    for (int i = 0; i < f->n; i++) {
        double value;
        if (!bk_expr_literal(f->pool, f->args[i], &value)) {
            f->args[kept++] = f->args[i];
        } else if ((value != 0.0) == decides) {
            return bk_expr_0(f->pool, decides ? BK_OP_TRUE : BK_OP_FALSE);
        }
    }
    f->n = kept;
    return kept == 1 && bk_expr_boolean(f->pool, f->args[0]) ? f->args[0] : MAKE;
}

static bk_expr fold_piecewise(form *f)
{
    int kept = 0;
    int i = 0;
    for (; i + 1 < f->n; i += 2) {
        double condition;
        if (!bk_expr_literal(f->pool, f->args[i + 1], &condition)) {
            f->args[kept++] = f->args[i];
            f->args[kept++] = f->args[i + 1];
        } else if (condition != 0.0) {
            break;
        }
    }
    if (i < f->n) {
        f->args[kept++] = f->args[i];
    }
    f->n = kept;
    if (kept == 0) {
        return bk_expr_0(f->pool, BK_OP_NOTANUMBER);
    }
    return kept == 1 ? f->args[0] : MAKE;
}

static bk_expr fold_known(form *f)
{
    const bk_expr a = f->n > 0 ? f->args[0] : BK_NO_EXPR;
    const bk_expr b = f->n > 1 ? f->args[1] : BK_NO_EXPR;
    switch (f->op) {
    case BK_OP_PLUS:
        return fold_chain(f, 0.0);
    case BK_OP_TIMES:
        return fold_chain(f, 1.0);
    case BK_OP_MINUS:
        return is(f->pool, b, 0.0) ? a : MAKE;
    case BK_OP_NEGATE:
        return bk_expr_op(f->pool, a) == BK_OP_NEGATE ? bk_expr_arg(f->pool, a, 0)
                                                      : MAKE;
    case BK_OP_DIVIDE:
        return is(f->pool, b, 1.0) ? a : MAKE;
    case BK_OP_POWER:
        if (is(f->pool, b, 0.0)) {
            return bk_expr_number(f->pool, 1.0);
        }
        return is(f->pool, b, 1.0) ? a : MAKE;
    case BK_OP_AND:
        return fold_logic(f, false);
    case BK_OP_OR:
        return fold_logic(f, true);
    case BK_OP_PIECEWISE:
        return fold_piecewise(f);
    default:
        return MAKE;
    }
}

static bool folds(bk_op op)
{
    return op >= BK_OP_PLUS;
}

/* values: room for n numbers. */
static bk_expr fold_node(bk_exprs *pool, bk_expr e, bk_expr *args, double *values)
{
    form f = {pool, bk_expr_op(pool, e), args, bk_expr_count(pool, e)};
    bool literal = folds(f.op);
    for (int k = 0; literal && k < f.n; k++) {
        literal = bk_expr_literal(pool, args[k], &values[k]);
    }
    if (literal && f.op != BK_OP_PIECEWISE) {
        return literal_of(pool, f.op, bk_op_apply(f.op, values, f.n));
    }
    const bk_expr known = fold_known(&f);
    if (known != MAKE) {
        return known;
    }
    bool same = f.n == bk_expr_count(pool, e);
    for (int k = 0; same && k < f.n; k++) {
        same = args[k] == bk_expr_arg(pool, e, k);
    }
    if (same) {
        return e;
    }
    return f.op == BK_OP_CALL ? bk_expr_copy_node(pool, pool, e, args)
                              : bk_expr_make(pool, f.op, args, f.n);
}

bk_expr bk_expr_fold(bk_exprs *pool, bk_expr e)
{
    bk_walk walk;
    if (e < 0 || !bk_walk_start(&walk, pool, e)) {
        return BK_NO_EXPR;
    }
    const size_t n = (size_t)walk.n;
    const size_t most = (size_t)walk.most;
    double *const values = bk_alloc(most * sizeof *values);
    bk_expr *const map = bk_alloc((n + most) * sizeof *map);
    bk_expr result = BK_NO_EXPR;
    if (values != NULL && map != NULL) {
        bk_expr *const args = map + n;
        for (int32_t i = 0; i < walk.n; i++) {
            const bk_expr node = walk.nodes[i];
            const int count = bk_expr_count(pool, node);
            for (int k = 0; k < count; k++) {
                args[k] = map[bk_walk_place(&walk, bk_expr_arg(pool, node, k))];
            }
            result = map[i] = count > 0 || folds(bk_expr_op(pool, node))
                                  ? fold_node(pool, node, args, values)
                                  : node;
            if (result < 0) {
                break;
            }
        }
    }
    bk_free(values);
    bk_free(map);
    bk_walk_end(&walk);
    return result;
}
