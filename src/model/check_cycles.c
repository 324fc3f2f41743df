/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Cycles among assignment rules, initial assignments and rate laws (SBML 20906).
 *
 * A symbol depends on what its assignment rule, its initial assignment or (a reaction's
 * symbol) its rate law names.  What stands inside delay() or rateOf() is another
 * quantity than the symbol's present value and makes no dependency.  A depth-first walk
 * with its own stack finds the cycles in linear time; a symbol is named in one cycle
 * only. */

#include "model/builder_impl.h"

#include "base/alloc.h"
#include "math/walk.h"

typedef struct frame {
    int32_t symbol;
    size_t next, end; /* in edges */
} frame;

enum { NEW, OPEN, DONE, NAMED };

typedef struct search {
    bk_builder *builder;
    int32_t *math;        /* [symbols * 2]: rule or law, initial assignment; -1 */
    bk_where *where;      /* [symbols] */
    unsigned char *state; /* [symbols] */
    frame *stack;
    size_t depth, stack_capacity;
    int32_t *edges;
    size_t n_edges, edges_capacity;
} search;

static void collect(search *s)
{
    const bk_model *const m = s->builder->model;
    for (int32_t i = 0; i < m->n_rules; i++) {
        const bk_rule *const rule = &m->rules[i];
        if (rule->kind == BK_ASSIGNMENT_RULE && bk_model_has_symbol(m, rule->target)) {
            s->math[2 * (size_t)rule->target] = rule->math;
            s->where[rule->target] = rule->where;
        }
    }
    for (int32_t i = 0; i < m->n_reactions; i++) {
        const bk_reaction *const reaction = &m->reactions[i];
        if (bk_model_has_symbol(m, reaction->symbol)) {
            s->math[2 * (size_t)reaction->symbol] = reaction->law;
            s->where[reaction->symbol] = reaction->where;
        }
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        const bk_initial_assignment *const initial = &m->initials[i];
        if (bk_model_has_symbol(m, initial->target)) {
            s->math[2 * (size_t)initial->target + 1] = initial->math;
            s->where[initial->target] = initial->where;
        }
    }
}

static void add_edge(void *context, int32_t symbol)
{
    search *const s = context;
    const bk_model *const m = s->builder->model;
    if (!bk_model_has_symbol(m, symbol) ||
        (s->math[2 * (size_t)symbol] < 0 && s->math[2 * (size_t)symbol + 1] < 0)) {
        return;
    }
    if (!bk_grow(&s->edges, &s->edges_capacity, s->n_edges + 1, sizeof *s->edges)) {
        s->builder->no_memory = true;
        return;
    }
    s->edges[s->n_edges++] = symbol;
}

void bk_math_present(bk_builder *builder, bk_expr e,
                     void (*visit)(void *context, int32_t symbol), void *context)
{
    const bk_exprs *const pool = builder->model->exprs;
    if (!bk_expr_uses_op(pool, e, BK_OP_DELAY) &&
        !bk_expr_uses_op(pool, e, BK_OP_RATE_OF)) {
        bk_expr_symbols(pool, e, visit, context);
        return;
    }
    bk_walk walk;
    if (!bk_walk_start(&walk, pool, e)) {
        builder->no_memory = true;
        return;
    }
    unsigned char *const seen = bk_alloc_zero((size_t)walk.n, 1);
    if (seen == NULL) {
        builder->no_memory = true;
        bk_walk_end(&walk);
        return;
    }
    seen[walk.n - 1] = 1;
    for (int32_t i = walk.n - 1; i >= 0; i--) {
        const bk_op op = bk_expr_op(pool, walk.nodes[i]);
        if (seen[i] == 0 || op == BK_OP_DELAY || op == BK_OP_RATE_OF) {
            continue;
        }
        if (op == BK_OP_SYMBOL) {
            visit(context, bk_expr_payload_of(pool, walk.nodes[i]));
        }
        for (int k = 0; k < bk_expr_count(pool, walk.nodes[i]); k++) {
            seen[bk_walk_place(&walk, bk_expr_arg(pool, walk.nodes[i], k))] = 1;
        }
    }
    bk_free(seen);
    bk_walk_end(&walk);
}

static void push(search *s, int32_t symbol)
{
    if (!bk_grow(&s->stack, &s->stack_capacity, s->depth + 1, sizeof *s->stack)) {
        s->builder->no_memory = true;
        return;
    }
    frame *const f = &s->stack[s->depth++];
    f->symbol = symbol;
    f->next = s->n_edges;
    s->state[symbol] = OPEN;
    for (size_t k = 0; k < 2; k++) {
        const bk_expr e = s->math[2 * (size_t)symbol + k];
        if (e >= 0) {
            bk_math_present(s->builder, e, add_edge, s);
        }
    }
    f->end = s->n_edges;
}

static void tell_cycle(search *s, int32_t back_to)
{
    const bk_model *const m = s->builder->model;
    size_t first = s->depth - 1;
    while (s->stack[first].symbol != back_to) {
        first--;
    }
    for (size_t i = first; i < s->depth; i++) {
        if (s->state[s->stack[i].symbol] == NAMED) {
            return;
        }
    }
    bk_text text = {0};
    for (size_t i = first; i < s->depth; i++) {
        const int32_t symbol = s->stack[i].symbol;
        bk_text_add(&text, m->symbols[symbol].id);
        bk_text_add(&text, " -> ");
        s->state[symbol] = NAMED;
    }
    bk_text_add(&text, m->symbols[back_to].id);
    if (text.failed) {
        s->builder->no_memory = true;
    } else {
        bk_diag_add(s->builder->diag, BK_ERROR, s->where[back_to], "sbml-20906",
                    "these depend on each other in a circle: %s; remove one of the "
                    "dependencies",
                    text.data);
    }
    bk_text_free(&text);
}

static void search_from(search *s, int32_t root)
{
    push(s, root);
    while (s->depth > 0 && !s->builder->no_memory) {
        frame *const top = &s->stack[s->depth - 1];
        if (top->next == top->end) {
            if (s->state[top->symbol] == OPEN) {
                s->state[top->symbol] = DONE;
            }
            s->depth--;
            s->n_edges = s->depth > 0 ? s->stack[s->depth - 1].end : 0;
            continue;
        }
        const int32_t symbol = s->edges[top->next++];
        if (s->state[symbol] == NEW) {
            push(s, symbol);
        } else if (s->state[symbol] == OPEN) {
            tell_cycle(s, symbol);
        }
    }
}

void bk_check_cycles(bk_builder *builder)
{
    const size_t n = (size_t)builder->model->n_symbols;
    search s = {.builder = builder,
                .math = bk_alloc(2 * (n + 1) * sizeof *s.math),
                .where = bk_alloc_zero(n + 1, sizeof *s.where),
                .state = bk_alloc_zero(n + 1, 1)};
    if (s.math == NULL || s.where == NULL || s.state == NULL) {
        builder->no_memory = true;
    } else {
        for (size_t i = 0; i < 2 * n; i++) {
            s.math[i] = BK_NO_EXPR;
        }
        collect(&s);
        for (size_t i = 0; i < n && !builder->no_memory; i++) {
            if (s.state[i] == NEW && (s.math[2 * i] >= 0 || s.math[2 * i + 1] >= 0)) {
                search_from(&s, (int32_t)i);
            }
        }
    }
    bk_free(s.math);
    bk_free(s.where);
    bk_free(s.state);
    bk_free(s.stack);
    bk_free(s.edges);
}
