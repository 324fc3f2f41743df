/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"
#include "math/walk.h"

/* Algebraic rules.
 *
 * The model says which symbol v a rule 0 = g determines.  Where g = a + b v with a and b
 * free of v, the rule is the assignment v = -a/b, and is compiled as one.  Else, or
 * where such assignments would wait for each other in a circle, v becomes a variable
 * whose row has mass 0 and the residual g as its right-hand side. */

/* a + b v; -1 stands for zero. */
typedef struct affine {
    bk_expr a, b;
    bool fails;
} affine;

typedef struct splitting {
    bk_exprs *pool;
    bk_walk walk;
    int32_t symbol;
    affine *parts; /* by place */
    bool no_memory;
} splitting;

static bk_expr checked(splitting *s, bk_expr e)
{
    s->no_memory = s->no_memory || e < 0;
    return e;
}

static bk_expr sum(splitting *s, bk_expr x, bk_expr y, bool minus)
{
    if (y < 0) {
        return x;
    }
    if (x < 0) {
        return minus ? checked(s, bk_expr_1(s->pool, BK_OP_NEGATE, y)) : y;
    }
    return checked(s, bk_expr_2(s->pool, minus ? BK_OP_MINUS : BK_OP_PLUS, x, y));
}

static bk_expr product(splitting *s, bk_op op, bk_expr x, bk_expr y)
{
    return x < 0 || y < 0 ? BK_NO_EXPR : checked(s, bk_expr_2(s->pool, op, x, y));
}

static affine part_of(const splitting *s, bk_expr node, int i)
{
    const bk_expr arg = bk_expr_arg(s->pool, node, i);
    return s->parts[bk_walk_place(&s->walk, arg)];
}

static affine split_sum(splitting *s, bk_expr node, bool minus)
{
    affine all = part_of(s, node, 0);
    for (int i = 1; i < bk_expr_count(s->pool, node); i++) {
        const affine next = part_of(s, node, i);
        all.a = sum(s, all.a, next.a, minus);
        all.b = sum(s, all.b, next.b, minus);
        all.fails = all.fails || next.fails;
    }
    return all;
}

/* At most one factor has v. */
static affine split_product(splitting *s, bk_expr node)
{
    affine all = part_of(s, node, 0);
    for (int i = 1; i < bk_expr_count(s->pool, node); i++) {
        const affine next = part_of(s, node, i);
        const bool both = all.b >= 0 && next.b >= 0;
        const affine with = all.b >= 0 ? all : next;
        const affine without = all.b >= 0 ? next : all;
        all = (affine){product(s, BK_OP_TIMES, with.a, without.a),
                       product(s, BK_OP_TIMES, with.b, without.a),
                       all.fails || next.fails || both};
    }
    return all;
}

static affine split_node(splitting *s, bk_expr node)
{
    const int n = bk_expr_count(s->pool, node);
    bool has = false;
    bool fails = false;
    for (int i = 0; i < n; i++) {
        const affine part = part_of(s, node, i);
        has = has || part.b >= 0;
        fails = fails || part.fails;
    }
    switch (bk_expr_op(s->pool, node)) {
    case BK_OP_SYMBOL:
        if (bk_expr_payload_of(s->pool, node) == s->symbol) {
            return (affine){-1, checked(s, bk_expr_number(s->pool, 1.0)), false};
        }
        break;
    case BK_OP_PLUS:
    case BK_OP_MINUS:
        if (has) {
            return split_sum(s, node, bk_expr_op(s->pool, node) == BK_OP_MINUS);
        }
        break;
    case BK_OP_NEGATE:
        if (has) {
            const affine part = part_of(s, node, 0);
            return (affine){sum(s, -1, part.a, true), sum(s, -1, part.b, true), fails};
        }
        break;
    case BK_OP_TIMES:
        if (has) {
            return split_product(s, node);
        }
        break;
    case BK_OP_DIVIDE:
        if (has) {
            const affine top = part_of(s, node, 0);
            const affine below = part_of(s, node, 1);
            return (affine){product(s, BK_OP_DIVIDE, top.a, below.a),
                            product(s, BK_OP_DIVIDE, top.b, below.a),
                            fails || below.b >= 0};
        }
        break;
    case BK_OP_DELAY: /* another quantity than the present value of v */
    case BK_OP_RATE_OF:
        return (affine){node, -1, false};
    default:
        break;
    }
    return (affine){node, -1, fails || has};
}

/* v as the rule has it, or -1: the rule is not linear in v. */
static bk_expr explicit_form(bk_kin_build *b, bk_expr rule, int32_t symbol)
{
    splitting s = {.pool = b->system->pool, .symbol = symbol};
    if (!bk_walk_start(&s.walk, s.pool, rule)) {
        b->no_memory = true;
        return BK_NO_EXPR;
    }
    s.parts = bk_alloc((size_t)s.walk.n * sizeof *s.parts);
    s.no_memory = s.parts == NULL;
    for (int32_t i = 0; i < s.walk.n && !s.no_memory; i++) {
        s.parts[i] = split_node(&s, s.walk.nodes[i]);
    }
    bk_expr v = BK_NO_EXPR;
    if (!s.no_memory && !s.parts[s.walk.n - 1].fails && s.parts[s.walk.n - 1].b >= 0) {
        const affine whole = s.parts[s.walk.n - 1];
        v = whole.a < 0 ? checked(&s, bk_expr_number(s.pool, 0.0))
                        : checked(&s, bk_expr_2(s.pool, BK_OP_DIVIDE,
                                                sum(&s, -1, whole.a, true), whole.b));
    }
    b->no_memory = b->no_memory || s.no_memory;
    bk_free(s.parts);
    bk_walk_end(&s.walk);
    return v;
}

bool bk_kin_build_algebraic(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    bk_exprs *const pool = build->system->pool;
    for (int32_t r = 0; r < m->n_rules && !build->no_memory; r++) {
        const bk_rule *const rule = &m->rules[r];
        if (rule->kind != BK_ALGEBRAIC_RULE || rule->math < 0) {
            continue;
        }
        build->rules[rule->solves] = r;
        if (build->implicit[rule->solves]) {
            continue;
        }
        bk_expr e = bk_expr_inline(pool, rule->math, build->bodies, m->n_functions);
        e = e < 0 ? e : bk_expr_fold(pool, e);
        if (e < 0) {
            return bk_kin_fail(build);
        }
        build->solved[rule->solves] = explicit_form(build, e, rule->solves);
        build->implicit[rule->solves] = build->solved[rule->solves] < 0;
    }
    return !build->no_memory || bk_kin_fail(build);
}

bool bk_kin_tear(bk_kin_build *build, int32_t owner)
{
    if (build->solved[owner] < 0) {
        return false;
    }
    build->implicit[owner] = build->again = true;
    return true;
}
