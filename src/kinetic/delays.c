/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

/* delay(argument, lag) in the mathematics of a model.
 *
 * Each becomes four nodes.  The *argument* is a value whose history is kept.  The law of
 * the *value* computes the lag into its slot, and right after it the run puts in its
 * place what the argument was that long ago (see history.h); then it also sets the
 * *slope*, the argument's derivative at that time, and *present*, one where the lag is
 * zero and else zero.  With them the gradient of the value is
 *
 *     d value = slope (dt - d lag) + present d argument.
 *
 * A delay that its own argument depends on is *loose*: its lag can never be zero. */

static int32_t add_delay(bk_kin_build *b, bk_expr argument, bk_expr lag)
{
    bk_kin_system *const s = b->system;
    const bk_expr zero = bk_expr_number(s->pool, 0.0);
    const bk_kin_kind kinds[] = {BK_KIN_ARGUMENT, BK_KIN_SLOPE, BK_KIN_SLOPE,
                                 BK_KIN_DELAY};
    const bk_expr math[] = {argument, zero, zero, lag};
    int32_t slots[4];
    for (int i = 0; i < 4; i++) {
        const int32_t node = bk_kin_add_node(b, kinds[i], b->owner, -1, math[i]);
        if (node < 0 || math[i] < 0) {
            b->no_memory = true;
            return -1;
        }
        slots[i] = s->nodes[node].slot;
    }
    if (!bk_grow(&s->delays, &b->delay_capacity, (size_t)s->n_delays + 1,
                 sizeof *s->delays)) {
        b->no_memory = true;
        return -1;
    }
    s->delays[s->n_delays++] = (bk_kin_delay){.argument = slots[0],
                                              .slope = slots[1],
                                              .present = slots[2],
                                              .value = slots[3]};
    return slots[3];
}

static bk_expr replace_delay(void *context, bk_exprs *target, const bk_exprs *source,
                             bk_expr node)
{
    bk_kin_build *const b = context;
    if (bk_expr_op(source, node) != BK_OP_DELAY) {
        return BK_NO_EXPR;
    }
    bk_expr parts[2];
    for (int i = 0; i < 2; i++) {
        parts[i] = bk_kin_replace_delays(b, bk_expr_arg(source, node, i));
        parts[i] = parts[i] < 0 ? parts[i] : bk_expr_fold(target, parts[i]);
        if (parts[i] < 0) {
            b->no_memory = true;
            return bk_expr_number(target, 0.0);
        }
    }
    const bool literal = bk_expr_op(target, parts[1]) == BK_OP_NUMBER;
    if (bk_expr_op(target, parts[0]) == BK_OP_NUMBER ||
        (literal && bk_expr_value(target, parts[1]) == 0.0)) {
        return parts[0];
    }
    if (literal && !(bk_expr_value(target, parts[1]) > 0.0)) {
        bk_kin_refuse(b, b->model->symbols[b->owner].where,
                      "a delay in the mathematics of \"%s\" is not 0 or more",
                      b->model->symbols[b->owner].id);
    }
    const int32_t slot = add_delay(b, parts[0], parts[1]);
    return slot < 0 ? bk_expr_number(target, 0.0) : bk_expr_symbol(target, slot);
}

bk_expr bk_kin_replace_delays(bk_kin_build *build, bk_expr e)
{
    bk_exprs *const pool = build->system->pool;
    return bk_expr_uses_op(pool, e, BK_OP_DELAY)
               ? bk_expr_rewrite(pool, pool, e, replace_delay, build)
               : e;
}

bk_kin_delay *bk_kin_delay_at(const bk_kin_system *s, int32_t slot)
{
    for (int32_t i = 0; i < s->n_delays; i++) {
        if (s->delays[i].value == slot) {
            return &s->delays[i];
        }
    }
    return NULL;
}

/* --- after the nodes are in order ----------------------------------------------------------- */

typedef struct needing {
    const bk_kin_build *build;
    const bk_kin_system *s;
    bool *needed; /* [nodes] */
    bool varies;
} needing;

static void need(void *context, int32_t slot)
{
    needing *const n = context;
    const int32_t node = n->s->node_of[slot];
    if (node >= 0) {
        n->needed[node] = true;
    }
}

/* What sensitivities are to is a variable that does not move. */
static bool is_varied_parameter(const bk_kin_build *b, int32_t slot)
{
    bool is = false;
    for (int32_t i = 0; i < b->n_sensitive; i++) {
        const bk_symbol_kind kind = b->model->symbols[b->sensitive[i]].kind;
        is = is || (b->sensitive[i] == slot && b->rules[slot] < 0 &&
                    (kind == BK_PARAMETER || kind == BK_LOCAL_PARAMETER));
    }
    return is && b->model->n_events == 0;
}

static void look_varying(void *context, int32_t slot)
{
    needing *const n = context;
    n->varies = n->varies ||
                (bk_kin_varies(n->s, slot) && !is_varied_parameter(n->build, slot));
}

static bool has_relation(const bk_exprs *pool, bk_expr e)
{
    bool found = false;
    for (bk_op op = BK_OP_EQ; op <= BK_OP_GEQ; op++) {
        found = found || bk_expr_uses_op(pool, e, op);
    }
    return found;
}

bool bk_kin_classify_delays(bk_kin_build *build)
{
    const bk_kin_system *const s = build->system;
    if (s->n_delays == 0) {
        return true;
    }
    needing n = {.build = build, .s = s};
    n.needed = bk_alloc_zero((size_t)s->n_nodes + 1, sizeof *n.needed);
    if (n.needed == NULL) {
        return false;
    }
    for (int32_t i = s->n_nodes - 1; i >= 0; i--) {
        const bk_kin_node *const node = &s->nodes[i];
        /* All but rules are there for somebody else than the reader of the output. */
        if (n.needed[i] || node->kind != BK_KIN_RULE ||
            has_relation(s->pool, node->math)) {
            n.needed[i] = n.needed[i] || node->kind != BK_KIN_DELAY;
            bk_expr_symbols(s->pool, node->math, need, &n);
        }
    }
    for (int32_t i = 0; i < s->n_delays; i++) {
        bk_kin_delay *const delay = &s->delays[i];
        const int32_t node = s->node_of[delay->value];
        n.varies = bk_expr_uses_op(s->pool, s->nodes[node].math, BK_OP_TIME);
        bk_expr_symbols(s->pool, s->nodes[node].math, look_varying, &n);
        delay->constant = !n.varies;
        delay->inner = n.needed[node];
    }
    bk_free(n.needed);
    return true;
}
