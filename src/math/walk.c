/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/walk.h"

#include "base/alloc.h"
#include "base/order.h"

#include <stdlib.h>
#include <string.h>

static size_t seek(const bk_walk_entry *table, size_t size, bk_expr node)
{
    size_t i = ((uint32_t)node * 2654435769u >> 7) & (size - 1);
    while (table[i].node >= 0 && table[i].node != node) {
        i = (i + 1) & (size - 1);
    }
    return i;
}

static bool enlarge(bk_walk *walk)
{
    const size_t capacity = 4 * walk->capacity;
    bk_expr *const nodes = bk_alloc(capacity * sizeof *nodes);
    bk_walk_entry *const table = bk_alloc(2 * capacity * sizeof *table);
    if (nodes == NULL || table == NULL) {
        bk_free(nodes);
        bk_free(table);
        return false;
    }
    memcpy(nodes, walk->nodes, (size_t)walk->n * sizeof *nodes);
    memset(table, 0xFF, 2 * capacity * sizeof *table);
    for (int32_t i = 0; i < walk->n; i++) {
        table[seek(table, 2 * capacity, nodes[i])].node = nodes[i];
    }
    bk_walk_end(walk);
    walk->nodes = nodes;
    walk->table = table;
    walk->capacity = capacity;
    return true;
}

static bool visit(bk_walk *walk, bk_expr node)
{
    size_t i = seek(walk->table, 2 * walk->capacity, node);
    if (walk->table[i].node == node) {
        return true;
    }
    if ((size_t)walk->n == walk->capacity) {
        if (!enlarge(walk)) {
            return false;
        }
        i = seek(walk->table, 2 * walk->capacity, node);
    }
    walk->table[i].node = node;
    walk->nodes[walk->n++] = node;
    return true;
}

static void sort(int32_t *numbers, int32_t n)
{
    if (n > BK_WALK_SMALL) {
        qsort(numbers, (size_t)n, sizeof *numbers, bk_int_ascending);
        return;
    }
    for (int32_t i = 1; i < n; i++) {
        const int32_t number = numbers[i];
        int32_t j = i;
        for (; j > 0 && numbers[j - 1] > number; j--) {
            numbers[j] = numbers[j - 1];
        }
        numbers[j] = number;
    }
}

/* Collects the nodes; their order and places come later. */
static bool collect(bk_walk *walk, const bk_exprs *pool, const bk_expr *roots, int n)
{
    walk->nodes = walk->small_nodes;
    walk->table = walk->small_table;
    walk->capacity = BK_WALK_SMALL;
    walk->n = 0;
    walk->most = 0;
    memset(walk->small_table, 0xFF, sizeof walk->small_table);
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        ok = visit(walk, roots[i]);
    }
    for (int32_t i = 0; ok && i < walk->n; i++) {
        const bk_node *const node = &pool->nodes[walk->nodes[i]];
        const int count = bk_node_count(node);
        const bk_expr *const args = bk_node_args(pool, node);
        walk->most = count > walk->most ? count : walk->most;
        for (int k = 0; ok && k < count; k++) {
            ok = visit(walk, args[k]);
        }
    }
    if (!ok) {
        bk_walk_end(walk);
    }
    return ok;
}

bool bk_walk_start(bk_walk *walk, const bk_exprs *pool, bk_expr e)
{
    return bk_walk_start_all(walk, pool, &e, 1);
}

bool bk_walk_start_all(bk_walk *walk, const bk_exprs *pool, const bk_expr *roots, int n)
{
    if (!collect(walk, pool, roots, n)) {
        return false;
    }
    sort(walk->nodes, walk->n);
    for (int32_t i = 0; i < walk->n; i++) {
        walk->table[seek(walk->table, 2 * walk->capacity, walk->nodes[i])].place = i;
    }
    return true;
}

void bk_walk_end(bk_walk *walk)
{
    if (walk->nodes != walk->small_nodes) {
        bk_free(walk->nodes);
        bk_free(walk->table);
    }
}

int32_t bk_walk_place(const bk_walk *walk, bk_expr node)
{
    return walk->table[seek(walk->table, 2 * walk->capacity, node)].place;
}

static bk_expr find(const bk_exprs *pool, const bk_walk *walk, bk_op op, int32_t symbol)
{
    for (int32_t i = 0; i < walk->n; i++) {
        const bk_node *const node = &pool->nodes[walk->nodes[i]];
        if (node->op == (uint32_t)op &&
            (op != BK_OP_SYMBOL || symbol < 0 || node->as.far.payload == symbol)) {
            return walk->nodes[i];
        }
    }
    return BK_NO_EXPR;
}

void bk_expr_symbols(const bk_exprs *pool, bk_expr e,
                     void (*see)(void *context, int32_t symbol), void *context)
{
    bk_walk walk;
    if (!collect(&walk, pool, &e, 1)) {
        int32_t symbol = bk_spare_next_symbol(pool, e, -1);
        for (; symbol >= 0; symbol = bk_spare_next_symbol(pool, e, symbol)) {
            see(context, symbol);
        }
        return;
    }
    int32_t n = 0;
    for (int32_t i = 0; i < walk.n; i++) {
        const bk_node *const node = &pool->nodes[walk.nodes[i]];
        if (node->op == BK_OP_SYMBOL) {
            walk.nodes[n++] = node->as.far.payload;
        }
    }
    sort(walk.nodes, n);
    for (int32_t i = 0; i < n; i++) {
        if (i == 0 || walk.nodes[i] != walk.nodes[i - 1]) {
            see(context, walk.nodes[i]);
        }
    }
    bk_walk_end(&walk);
}

void bk_expr_symbols_as_met(const bk_exprs *pool, bk_expr e,
                            void (*see)(void *context, int32_t symbol), void *context)
{
    bk_walk walk;
    if (!collect(&walk, pool, &e, 1)) {
        bk_expr_symbols(pool, e, see, context);
        return;
    }
    const size_t size = 2 * walk.capacity;
    memset(walk.table, 0xFF, size * sizeof *walk.table); /* of symbols, from now on */
    for (int32_t i = 0; i < walk.n; i++) {
        const bk_node *const node = &pool->nodes[walk.nodes[i]];
        if (node->op != BK_OP_SYMBOL) {
            continue;
        }
        const int32_t symbol = node->as.far.payload;
        bk_walk_entry *const entry = &walk.table[seek(walk.table, size, symbol)];
        if (entry->node < 0) {
            entry->node = symbol;
            see(context, symbol);
        }
    }
    bk_walk_end(&walk);
}

bool bk_expr_uses(const bk_exprs *pool, bk_expr e, int32_t symbol)
{
    bk_walk walk;
    if (!collect(&walk, pool, &e, 1)) {
        return bk_spare_next_symbol(pool, e, symbol - 1) == symbol;
    }
    const bool found = find(pool, &walk, BK_OP_SYMBOL, symbol) >= 0;
    bk_walk_end(&walk);
    return found;
}

bool bk_expr_uses_op(const bk_exprs *pool, bk_expr e, bk_op op)
{
    bk_walk walk;
    if (!collect(&walk, pool, &e, 1)) {
        return bk_spare_uses_op(pool, e, op);
    }
    const bool found = find(pool, &walk, op, -1) >= 0;
    bk_walk_end(&walk);
    return found;
}
