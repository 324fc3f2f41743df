/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

/* rateOf(symbol): the derivative along the solution, as an expression over the rates of
 * what the symbol is made of. */

static bk_expr slot_expr(bk_kin_build *b, int32_t slot)
{
    return bk_expr_symbol(b->system->pool, slot);
}

/* rateOf(symbol) as an expression, or -1 where it is zero. */
static bk_expr rate_of_expr(bk_kin_build *b, int32_t symbol)
{
    const bool moves = b->rules[symbol] >= 0 || b->system->variable_of[symbol] >= 0 ||
                       b->system->amount_slot[symbol] >= 0 ||
                       b->model->symbols[symbol].kind == BK_REACTION;
    const int32_t node = moves ? bk_kin_rate_of_node(b, symbol) : -1;
    return node < 0 ? BK_NO_EXPR : slot_expr(b, b->system->nodes[node].slot);
}

typedef struct chain {
    bk_kin_build *build;
    bk_expr law, sum;
    bool refused;
} chain;

static void refuse_moving(void *context, int32_t slot)
{
    chain *const c = context;
    c->refused = c->refused || slot >= c->build->system->symbols ||
                 rate_of_expr(c->build, slot) >= 0;
}

/* slope (1 - lag'), where the lag depends on time at most. */
static bk_expr delayed_rate(chain *c, const bk_kin_delay *delay)
{
    bk_exprs *const pool = c->build->system->pool;
    const bk_kin_node *node = c->build->system->nodes;
    while (node->slot != delay->value) {
        node++;
    }
    bk_expr_symbols(pool, node->math, refuse_moving, c);
    const bk_expr forward = bk_expr_2(pool, BK_OP_MINUS, bk_expr_number(pool, 1.0),
                                      bk_expr_derivative_time(pool, node->math));
    return bk_expr_2(pool, BK_OP_TIMES, bk_expr_symbol(pool, delay->slope), forward);
}

static void add_chain(void *context, int32_t slot)
{
    chain *const c = context;
    bk_exprs *const pool = c->build->system->pool;
    const bk_kin_delay *const delay = bk_kin_delay_at(c->build->system, slot);
    if (slot >= c->build->system->symbols && delay == NULL) {
        c->refused = true;
        return;
    }
    const bk_expr rate =
        delay != NULL ? delayed_rate(c, delay) : rate_of_expr(c->build, slot);
    if (rate >= 0) {
        const bk_expr slope = bk_expr_derivative(pool, c->law, slot);
        c->sum = bk_expr_2(pool, BK_OP_PLUS, c->sum,
                           bk_expr_2(pool, BK_OP_TIMES, slope, rate));
    }
}

/* The derivative of an assigned value along the solution. */
static bk_expr along(bk_kin_build *b, int32_t symbol, bk_expr law)
{
    chain c = {b, law, bk_expr_derivative_time(b->system->pool, law), false};
    bk_expr_symbols_as_met(b->system->pool, law, add_chain, &c);
    if (c.refused) {
        bk_kin_refuse(
            b, b->model->symbols[symbol].where,
            "rateOf(%s) is a second derivative, which the kinetic engine cannot "
            "evaluate",
            b->model->symbols[symbol].id);
    }
    return c.sum;
}

/* The sum of the terms of an amount. */
static bk_expr amount_rate(bk_kin_build *b, int32_t symbol)
{
    const bk_kin_system *const s = b->system;
    const int32_t v = s->variable_of[symbol];
    bk_expr sum = bk_expr_number(s->pool, 0.0);
    for (int32_t k = v < 0 ? 0 : s->term_starts[v]; v >= 0 && k < s->term_starts[v + 1];
         k++) {
        const bk_kin_term *const term = &s->terms[k];
        bk_expr product =
            bk_expr_2(s->pool, BK_OP_TIMES, bk_expr_number(s->pool, term->number),
                      slot_expr(b, term->rate));
        if (term->slot >= 0) {
            product =
                bk_expr_2(s->pool, BK_OP_TIMES, product, slot_expr(b, term->slot));
        }
        if (term->conversion >= 0) {
            product = bk_expr_2(s->pool, BK_OP_TIMES, product,
                                slot_expr(b, term->conversion));
        }
        sum = bk_expr_2(s->pool, BK_OP_PLUS, sum, product);
    }
    return sum;
}

/* (amount / size)' = (amount' - concentration size') / size */
static bk_expr quantity_rate(bk_kin_build *b, int32_t symbol)
{
    bk_exprs *const pool = b->system->pool;
    const bk_expr amount = amount_rate(b, symbol);
    if (b->system->substance[symbol]) {
        return amount;
    }
    const int32_t compartment = b->model->symbols[symbol].compartment;
    bk_expr top = amount;
    const bk_expr growth = rate_of_expr(b, compartment);
    if (growth >= 0) {
        top = bk_expr_2(pool, BK_OP_MINUS, amount,
                        bk_expr_2(pool, BK_OP_TIMES, slot_expr(b, symbol), growth));
    }
    return bk_expr_2(pool, BK_OP_DIVIDE, top, slot_expr(b, compartment));
}

/* The node of a kind that every such owner has. */
static const bk_kin_node *node_of(const bk_kin_build *b, bk_kin_kind kind,
                                  int32_t owner)
{
    const bk_kin_node *node = b->system->nodes;
    while (node->owner != owner || node->kind != kind) {
        node++;
    }
    return node;
}

static bk_expr derive_node(bk_kin_build *b, int32_t symbol)
{
    const bk_kin_system *const s = b->system;
    const int32_t v = s->variable_of[symbol];
    if (v >= 0 && (s->implicit[v] || s->moiety[v])) {
        bk_kin_refuse(b, b->model->symbols[symbol].where,
                      "rateOf(%s) cannot be evaluated: %s determines %s",
                      b->model->symbols[symbol].id,
                      b->rules[symbol] >= 0 ? "an algebraic rule that is not linear"
                                            : "an equilibrium of fast reactions",
                      b->model->symbols[symbol].id);
        return bk_expr_number(s->pool, 0.0);
    }
    if (bk_kin_rated(b, symbol)) {
        return slot_expr(b, node_of(b, BK_KIN_DERIVATIVE, symbol)->slot);
    }
    if (bk_kin_assigned(b, symbol)) {
        return along(b, symbol, node_of(b, BK_KIN_RULE, symbol)->math);
    }
    if (b->model->symbols[symbol].kind == BK_REACTION) {
        return along(b, symbol, node_of(b, BK_KIN_RATE, symbol)->math);
    }
    if (b->model->symbols[symbol].kind == BK_SPECIES &&
        (s->variable_of[symbol] >= 0 || s->amount_slot[symbol] >= 0)) {
        return quantity_rate(b, symbol);
    }
    return bk_expr_number(s->pool, 0.0);
}

bool bk_kin_derive_rates(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    for (int32_t i = 0; i < s->n_nodes && !build->no_memory; i++) {
        if (s->nodes[i].kind == BK_KIN_RATE_OF) {
            const bk_expr e = derive_node(build, s->nodes[i].owner);
            s->nodes[i].math = e < 0 ? e : bk_expr_fold(s->pool, e);
            build->no_memory = build->no_memory || s->nodes[i].math < 0;
        }
    }
    return !build->no_memory;
}
