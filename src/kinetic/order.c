/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

#include <string.h>

enum { NEW, OPEN, DONE };

int32_t bk_kin_sort(int32_t n, const int32_t *starts, const int32_t *items,
                    int32_t *order)
{
    unsigned char *const state = bk_alloc_zero((size_t)n + 1, sizeof *state);
    int32_t *const stack = bk_alloc(2 * ((size_t)n + 1) * sizeof *stack);
    int32_t cycle = state == NULL || stack == NULL ? -2 : -1;
    int32_t *const next = stack + n + 1; /* by depth: the dependence to look at next */
    int32_t done = 0;
    for (int32_t root = 0; root < n && cycle == -1; root++) {
        if (state[root] != NEW) {
            continue;
        }
        int32_t depth = 0;
        stack[0] = root;
        next[0] = starts[root];
        state[root] = OPEN;
        while (depth >= 0 && cycle == -1) {
            const int32_t item = stack[depth];
            if (next[depth] == starts[item + 1]) {
                state[item] = DONE;
                order[done++] = item;
                depth--;
                continue;
            }
            const int32_t below = items[next[depth]++];
            if (state[below] == OPEN) {
                cycle = below;
                done = 0;
                for (int32_t d = depth; done == 0 || order[done - 1] != below; d--) {
                    order[done++] = stack[d];
                }
                order[done] = -1;
            } else if (state[below] == NEW) {
                depth++;
                stack[depth] = below;
                next[depth] = starts[below];
                state[below] = OPEN;
            }
        }
    }
    bk_free(state);
    bk_free(stack);
    return cycle;
}

/* Dependences of nodes on nodes, as lists. */
typedef struct lists {
    bk_kin_build *build;
    int32_t *starts, *items;
    size_t n_items, capacity;
    int32_t node;
} lists;

static const bk_kin_delay *delay_of_slope(const bk_kin_system *s, int32_t slot)
{
    const bk_kin_delay *delay = s->delays;
    while (delay->slope != slot && delay->present != slot) {
        delay++;
    }
    return delay;
}

static void visit(void *context, int32_t slot)
{
    lists *const l = context;
    bk_kin_system *const s = l->build->system;
    const int32_t node = s->node_of[slot];
    if (node < 0 || l->build->no_memory) {
        return;
    }
    if (s->nodes[node].kind == BK_KIN_SLOPE && s->nodes[l->node].kind != BK_KIN_DELAY) {
        visit(l, delay_of_slope(s, slot)->value); /* which sets it */
        return;
    }
    if (!bk_grow(&l->items, &l->capacity, l->n_items + 1, sizeof *l->items)) {
        l->build->no_memory = true;
        return;
    }
    l->items[l->n_items++] = node;
}

static void visit_node(lists *l, int32_t node)
{
    const bk_kin_system *const s = l->build->system;
    l->node = node;
    bk_expr_symbols_as_met(s->pool, s->nodes[node].math, visit, l);
    if (s->nodes[node].kind == BK_KIN_DELAY) {
        const bk_kin_delay *const delay = bk_kin_delay_at(s, s->nodes[node].slot);
        visit(l, delay->slope);
        visit(l, delay->present);
        if (!delay->loose) {
            visit(l, delay->argument);
        }
    }
}

/* Marks what varies, in order of dependence. */
static void visit_varying(void *context, int32_t slot)
{
    lists *const l = context;
    bk_kin_system *const s = l->build->system;
    if (bk_kin_varies(s, slot)) {
        s->nodes[l->node].varying = true;
    }
}

static void mark_varying(lists *l, const int32_t *order)
{
    bk_kin_system *const s = l->build->system;
    for (int32_t k = 0; k < s->n_nodes; k++) {
        bk_kin_node *const node = &s->nodes[order[k]];
        const bool time = bk_expr_uses_op(s->pool, node->math, BK_OP_TIME);
        l->node = order[k];
        node->varying =
            time || node->kind == BK_KIN_SLOPE || node->kind == BK_KIN_DELAY;
        s->uses_time = s->uses_time || time;
        bk_expr_symbols(s->pool, node->math, visit_varying, l);
    }
}

static bool rearrange(bk_kin_system *s, const int32_t *order)
{
    bk_kin_node *const moved = bk_alloc(((size_t)s->n_nodes + 1) * sizeof *moved);
    if (moved == NULL) {
        return false;
    }
    int32_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t k = 0; k < s->n_nodes; k++) {
            if (s->nodes[order[k]].varying == (pass == 1)) {
                moved[n] = s->nodes[order[k]];
                moved[n].law = n;
                s->node_of[moved[n].slot] = n;
                if (moved[n].kind == BK_KIN_DERIVATIVE ||
                    moved[n].kind == BK_KIN_RESIDUAL) {
                    s->derivative_node[s->variable_of[moved[n].owner]] = n;
                }
                n++;
            }
        }
        s->constant_laws = pass == 0 ? n : s->constant_laws;
    }
    s->value_laws = n;
    bk_free(s->nodes);
    s->nodes = moved;
    return true;
}

/* A delay in a circle never has lag zero.  False: there is none, or it does not help. */
static bool loosen(bk_kin_build *build, const int32_t *members)
{
    const bk_kin_node *const nodes = build->system->nodes;
    bool any = false;
    for (int32_t k = 0; members[k] >= 0; k++) {
        bk_kin_delay *const delay =
            nodes[members[k]].kind == BK_KIN_DELAY
                ? bk_kin_delay_at(build->system, nodes[members[k]].slot)
                : NULL;
        if (delay != NULL && !delay->loose) {
            delay->loose = any = true;
        }
    }
    return any;
}

static void refuse_cycle(bk_kin_build *build, const int32_t *members)
{
    const bk_kin_node *const nodes = build->system->nodes;
    for (int32_t k = 0; members[k] >= 0; k++) {
        if (nodes[members[k]].kind == BK_KIN_RULE &&
            bk_kin_tear(build, nodes[members[k]].owner)) {
            return;
        }
    }
    const int32_t owner = nodes[members[0]].owner;
    const bk_symbol *const symbol = &build->model->symbols[owner];
    bk_kin_refuse(
        build, symbol->where,
        "the value of \"%s\" depends on itself through rules, rates or rateOf",
        symbol->id);
}

bool bk_kin_build_order(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    lists l = {.build = build};
    const size_t n = (size_t)s->n_nodes + 1;
    l.starts = bk_alloc(n * sizeof *l.starts);
    int32_t *const order = bk_alloc(n * sizeof *order);
    bool good = l.starts != NULL && order != NULL;
    int32_t cycle = 0;
    do {
        l.n_items = 0;
        for (int32_t i = 0; good && i < s->n_nodes; i++) {
            l.starts[i] = (int32_t)l.n_items;
            visit_node(&l, i);
        }
        good = good && !build->no_memory;
        if (good) {
            l.starts[s->n_nodes] = (int32_t)l.n_items;
            cycle = bk_kin_sort(s->n_nodes, l.starts, l.items, order);
            good = cycle != -2;
        }
    } while (good && cycle >= 0 && loosen(build, order));
    if (good && cycle >= 0) {
        refuse_cycle(build, order);
    } else if (good) {
        mark_varying(&l, order);
        good = rearrange(s, order) && bk_kin_classify_delays(build);
    }
    bk_free(l.starts);
    bk_free(l.items);
    bk_free(order);
    return good ? !build->refused && !build->again : bk_kin_fail(build);
}
