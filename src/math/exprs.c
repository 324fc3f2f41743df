/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/pool.h"

#include "base/alloc.h"

#include <string.h>

static const uint32_t deepest = (1u << 24) - 1;
_Static_assert(BK_OP_COUNT <= 128, "a node has 7 bits for its operator");
_Static_assert(sizeof(bk_node) == 16, "nodes are compact");

bk_exprs *bk_exprs_new(void)
{
    return bk_alloc_zero(1, sizeof(bk_exprs));
}

void bk_exprs_free(bk_exprs *pool)
{
    if (pool == NULL) {
        return;
    }
    bk_free(pool->nodes);
    bk_free(pool->args);
    bk_names_free(pool->unit_numbers);
    bk_arena_free(pool->unit_texts);
    bk_free(pool->units);
    bk_spare_free(pool);
    bk_free(pool);
}

int32_t bk_exprs_size(const bk_exprs *pool)
{
    return (int32_t)pool->n_nodes;
}

/* The number of a unit's text, -1 when memory is short. */
static int32_t unit_number(bk_exprs *pool, const char *unit)
{
    if (pool->unit_numbers == NULL) {
        pool->unit_numbers = bk_names_new();
    }
    if (pool->unit_texts == NULL) {
        pool->unit_texts = bk_arena_new();
    }
    if (pool->unit_numbers == NULL || pool->unit_texts == NULL ||
        !bk_grow(&pool->units, &pool->units_capacity, pool->n_units + 1,
                 sizeof *pool->units)) {
        return -1;
    }
    const int32_t known = bk_names_find(pool->unit_numbers, unit);
    if (known >= 0) {
        return known;
    }
    const char *const text = bk_arena_text(pool->unit_texts, unit);
    const int32_t number = (int32_t)pool->n_units;
    if (text == NULL || bk_names_add(pool->unit_numbers, unit, number) == -2) {
        return -1;
    }
    pool->units[pool->n_units++] = text;
    return number;
}

bk_exprs *bk_exprs_clone(const bk_exprs *pool)
{
    bk_exprs *const clone = bk_exprs_new();
    if (clone == NULL) {
        return NULL;
    }
    bool ok = bk_grow(&clone->nodes, &clone->nodes_capacity, pool->n_nodes,
                      sizeof *clone->nodes) &&
              bk_grow(&clone->args, &clone->args_capacity, pool->n_args,
                      sizeof *clone->args) &&
              bk_spare_reserve(clone, clone->nodes_capacity);
    for (size_t i = 0; ok && i < pool->n_units; i++) {
        ok = unit_number(clone, pool->units[i]) >= 0;
    }
    if (!ok) {
        bk_exprs_free(clone);
        return NULL;
    }
    if (pool->n_nodes > 0) {
        memcpy(clone->nodes, pool->nodes, pool->n_nodes * sizeof *clone->nodes);
    }
    if (pool->n_args > 0) {
        memcpy(clone->args, pool->args, pool->n_args * sizeof *clone->args);
    }
    clone->n_nodes = pool->n_nodes;
    clone->n_args = pool->n_args;
    return clone;
}

static bk_expr fail(bk_exprs *pool)
{
    pool->failures++;
    return BK_NO_EXPR;
}

static bk_expr add_node(bk_exprs *pool, bk_node node)
{
    if (pool->n_nodes >= INT32_MAX ||
        !bk_grow(&pool->nodes, &pool->nodes_capacity, pool->n_nodes + 1,
                 sizeof *pool->nodes) ||
        !bk_spare_reserve(pool, pool->nodes_capacity)) {
        return fail(pool);
    }
    pool->nodes[pool->n_nodes] = node;
    return (bk_expr)pool->n_nodes++;
}

static bk_node leaf(bk_op op)
{
    return (bk_node){.op = (uint32_t)op & 127u,
                     .boolean = bk_op_about(op)->boolean ? 1u : 0u,
                     .depth = 1u};
}

bk_expr bk_expr_number(bk_exprs *pool, double value)
{
    bk_node node = leaf(BK_OP_NUMBER);
    node.as.value = value;
    return add_node(pool, node);
}

bk_expr bk_expr_number_unit(bk_exprs *pool, double value, const char *unit)
{
    if (unit == NULL) {
        return bk_expr_number(pool, value);
    }
    const int32_t number = unit_number(pool, unit);
    if (number < 0) {
        return fail(pool);
    }
    bk_node node = leaf(BK_OP_NUMBER);
    node.count = number + 1;
    node.as.value = value;
    return add_node(pool, node);
}

bk_expr bk_expr_symbol(bk_exprs *pool, int32_t symbol)
{
    return bk_expr_payload(pool, BK_OP_SYMBOL, symbol, NULL, 0);
}

static bool piecewise_is_boolean(const bk_exprs *pool, const bk_expr *args, int n)
{
    for (int i = 0; i < n; i += 2) {
        if (!pool->nodes[args[i]].boolean) {
            return false;
        }
    }
    return n > 0;
}

static bk_expr add_operator(bk_exprs *pool, bk_op op, int32_t payload,
                            const bk_expr *args, int n)
{
    bk_node node = leaf(op);
    uint32_t below = 0;
    for (int i = 0; i < n; i++) {
        if (args[i] < 0) {
            return BK_NO_EXPR;
        }
        const uint32_t depth = pool->nodes[args[i]].depth;
        below = depth > below ? depth : below;
    }
    node.depth = (below < deepest ? below + 1 : deepest) & deepest;
    node.count = n;
    if (op == BK_OP_PIECEWISE && piecewise_is_boolean(pool, args, n)) {
        node.boolean = 1u;
    }
    if (n <= 2 && op != BK_OP_CALL) {
        for (int i = 0; i < n; i++) {
            node.as.args[i] = args[i];
        }
        return add_node(pool, node);
    }
    if (pool->n_args + (size_t)n > INT32_MAX ||
        !bk_grow(&pool->args, &pool->args_capacity, pool->n_args + (size_t)n + 1,
                 sizeof *pool->args)) {
        return fail(pool);
    }
    if (n > 0) {
        memcpy(pool->args + pool->n_args, args, (size_t)n * sizeof *args);
    }
    node.as.far.first = (int32_t)pool->n_args;
    node.as.far.payload = payload;
    const bk_expr e = add_node(pool, node);
    pool->n_args += e < 0 ? 0 : (size_t)n;
    return e;
}

bk_expr bk_expr_payload(bk_exprs *pool, bk_op op, int32_t payload, const bk_expr *args,
                        int n)
{
    if (op == BK_OP_CALL) {
        return add_operator(pool, op, payload, args, n);
    }
    if ((op != BK_OP_SYMBOL && op != BK_OP_ARGUMENT) || n != 0) {
        return BK_NO_EXPR;
    }
    bk_node node = leaf(op);
    node.as.far.payload = payload;
    return add_node(pool, node);
}

bk_expr bk_expr_make(bk_exprs *pool, bk_op op, const bk_expr *args, int n)
{
    const bk_op_info *const info = bk_op_about(op);
    if (op == BK_OP_NUMBER || op == BK_OP_SYMBOL || op == BK_OP_ARGUMENT ||
        op == BK_OP_CALL || n < info->min || (info->max >= 0 && n > info->max)) {
        return BK_NO_EXPR;
    }
    return add_operator(pool, op, 0, args, n);
}

bk_expr bk_expr_0(bk_exprs *pool, bk_op op)
{
    return bk_expr_make(pool, op, NULL, 0);
}

bk_expr bk_expr_1(bk_exprs *pool, bk_op op, bk_expr a)
{
    return bk_expr_make(pool, op, &a, 1);
}

bk_expr bk_expr_2(bk_exprs *pool, bk_op op, bk_expr a, bk_expr b)
{
    return bk_expr_make(pool, op, (const bk_expr[2]){a, b}, 2);
}

bk_expr bk_expr_copy_node(bk_exprs *target, const bk_exprs *source, bk_expr node,
                          const bk_expr *args)
{
    const bk_op op = bk_expr_op(source, node);
    switch (op) {
    case BK_OP_NUMBER:
        return bk_expr_number_unit(target, bk_expr_value(source, node),
                                   bk_expr_unit(source, node));
    case BK_OP_SYMBOL:
    case BK_OP_ARGUMENT:
    case BK_OP_CALL:
        return bk_expr_payload(target, op, bk_expr_payload_of(source, node), args,
                               bk_expr_count(source, node));
    default:
        return bk_expr_make(target, op, args, bk_expr_count(source, node));
    }
}

bk_op bk_expr_op(const bk_exprs *pool, bk_expr e)
{
    return (bk_op)pool->nodes[e].op;
}

int bk_expr_count(const bk_exprs *pool, bk_expr e)
{
    return bk_node_count(&pool->nodes[e]);
}

bk_expr bk_expr_arg(const bk_exprs *pool, bk_expr e, int i)
{
    return bk_node_args(pool, &pool->nodes[e])[i];
}

double bk_expr_value(const bk_exprs *pool, bk_expr e)
{
    return pool->nodes[e].as.value;
}

const char *bk_expr_unit(const bk_exprs *pool, bk_expr e)
{
    const bk_node *const node = &pool->nodes[e];
    return node->op == BK_OP_NUMBER && node->count > 0 ? pool->units[node->count - 1]
                                                       : NULL;
}

int32_t bk_expr_payload_of(const bk_exprs *pool, bk_expr e)
{
    return pool->nodes[e].as.far.payload;
}

bool bk_expr_boolean(const bk_exprs *pool, bk_expr e)
{
    return pool->nodes[e].boolean;
}

int bk_expr_depth(const bk_exprs *pool, bk_expr e)
{
    return (int)pool->nodes[e].depth;
}

bool bk_expr_literal(const bk_exprs *pool, bk_expr e, double *value)
{
    const bk_op op = bk_expr_op(pool, e);
    if (op == BK_OP_NUMBER) {
        *value = bk_expr_value(pool, e);
        return true;
    }
    if (op >= BK_OP_AVOGADRO && op <= BK_OP_NOTANUMBER) {
        *value = bk_op_apply(op, NULL, 0);
        return true;
    }
    return false;
}
