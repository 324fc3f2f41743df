/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

/* Random values in expressions.  A program is a function of its slots, so each draw
 * becomes a slot, and its arguments laws of their own. */

static bool draws(const bk_exprs *pool, bk_expr e)
{
    for (int op = BK_OP_NORMAL; op <= BK_OP_RAYLEIGH; op++) {
        if (bk_expr_uses_op(pool, e, (bk_op)op)) {
            return true;
        }
    }
    return false;
}

static bk_expr replace_draw(void *context, bk_exprs *target, const bk_exprs *source,
                            bk_expr node)
{
    bk_kin_build *const b = context;
    bk_kin_system *const s = b->system;
    const bk_op op = bk_expr_op(source, node);
    if (!bk_op_is_draw(op)) {
        return BK_NO_EXPR;
    }
    bk_kin_draw draw = {
        .op = op, .n = bk_expr_count(source, node), .law = -1, .where = b->at};
    for (int32_t k = 0; k < draw.n; k++) {
        draw.args[k] = bk_expr_rewrite(target, target, bk_expr_arg(source, node, k),
                                       replace_draw, b);
        draw.args[k] =
            draw.args[k] < 0 ? draw.args[k] : bk_expr_fold(target, draw.args[k]);
        b->no_memory = b->no_memory || draw.args[k] < 0;
    }
    if (!bk_grow(&s->draws, &b->draw_capacity, (size_t)s->n_draws + 1,
                 sizeof *s->draws)) {
        b->no_memory = true;
        return bk_expr_number(target, 0.0);
    }
    draw.slot = s->first_extra + s->extras++;
    draw.within = BK_NO_EXPR;
    s->draws[s->n_draws++] = draw;
    return bk_expr_symbol(target, draw.slot);
}

bk_expr bk_kin_replace_draws(bk_kin_build *build, bk_expr e)
{
    bk_exprs *const pool = build->system->pool;
    if (!draws(pool, e)) {
        return e;
    }
    if (!build->drawing) {
        bk_kin_refuse(build, build->at,
                      "random values are drawn in what events assign, their delays "
                      "and priorities only; not elsewhere");
        return bk_expr_number(pool, 0.0);
    }
    return bk_expr_rewrite(pool, pool, e, replace_draw, build);
}

bk_expr bk_kin_prepare_drawing(bk_kin_build *build, int32_t owner, bk_expr math)
{
    bk_kin_system *const s = build->system;
    const int32_t first = s->n_draws;
    if (math < 0) {
        return math;
    }
    build->drawing = true;
    const bk_expr e = bk_kin_prepare(build, owner, math);
    build->drawing = false;
    for (int32_t d = first; d < s->n_draws; d++) {
        s->draws[d].within = e;
    }
    return e;
}
