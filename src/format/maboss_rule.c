/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/maboss.h"

/* What a node does, from its two rates.
 *
 * In a cell of the states where the rate up is u and the rate down is d, a level goes
 *     u > 0, d = 0   to 1        u = 0, d > 0   to 0
 *     u = 0, d = 0   nowhere     u > 0, d > 0   to the other one
 * so that its rule gives 1, 0, itself, or its contrary.  That rule has the same moves
 * as the rates, state by state. */

typedef struct rule {
    bk_maboss_scope *scope;
    bk_expr self; /* the level is 1 */
    bk_maboss_cells cells;
    double up, down; /* the first rates above 0: those of the logic */
} rule;

/* Logic in place of a rate that is not there: 1 in one of its halves. */
static bool default_rate(bk_maboss_scope *s, const bk_maboss_value *logic, bool up,
                         bk_maboss_value *rate)
{
    *rate = (bk_maboss_value){.truth = true, .when = bk_expr_0(s->pool, BK_OP_FALSE)};
    if (logic != NULL) {
        rate->when = up ? logic->when : bk_maboss_not(s, logic->when);
    }
    s->no_memory = s->no_memory || rate->when < 0;
    return !s->no_memory;
}

static bool read_rate(bk_maboss_scope *s, const bk_maboss_token *at,
                      const bk_maboss_value *logic, bool up, bk_maboss_value *rate)
{
    const bk_where where = at != NULL ? at->where : (bk_where){0};
    if (at == NULL ? !default_rate(s, logic, up, rate)
                   : !bk_maboss_evaluate(s, &at, rate)) {
        return false;
    }
    bk_maboss_as_number(s, rate);
    for (int i = 0; !s->no_memory && i < rate->n; i++) {
        if (!(rate->cases[i].value >= 0 && rate->cases[i].value <= 1e300)) {
            bk_maboss_wrong(s, where, "maboss-rate",
                            "this rate is %s in some states; a rate is from 0 to 1e300",
                            rate->cases[i].value < 0   ? "below 0"
                            : rate->cases[i].value > 0 ? "too large"
                                                       : "no number");
            return false;
        }
    }
    return !s->no_memory;
}

static bool differ(double a, double b)
{
    return a < b || a > b;
}

/* Adds a term; one rate says nothing where it is that of the logic. */
static void add_term(rule *r, bk_builder *builder, int level, bk_expr when, double rate,
                     bk_where where)
{
    const double usual = level == 1 ? r->up : r->down;
    const bk_term term = {.level = level,
                          .condition = when,
                          .rate = differ(rate, usual) ? rate : 0,
                          .where = where};
    if (when >= 0 && bk_expr_op(r->scope->pool, when) != BK_OP_FALSE) {
        bk_builder_term(builder, &term);
    }
}

/* When the level of one cell is 1 (up) or 0 (down), by what it does there. */
static bk_expr in_cell(rule *r, int i, bool up)
{
    const bool rises = r->cells.a[i] > 0;
    const bool falls = r->cells.b[i] > 0;
    const bk_expr when = r->cells.when[i];
    if (rises != falls) {
        return rises == up ? when : bk_expr_0(r->scope->pool, BK_OP_FALSE);
    }
    const bool own = rises ? !up : up; /* the level that gives `up` */
    return bk_maboss_both(r->scope, when,
                          own ? r->self : bk_maboss_not(r->scope, r->self));
}

/* Terms of one level, those of equal rate as one. */
static void add_level(rule *r, bk_builder *builder, bool up, bool usual_too,
                      bk_where where)
{
    const double *const rates = up ? r->cells.a : r->cells.b;
    for (int i = 0; i < r->cells.n && !r->scope->no_memory; i++) {
        const double usual = up ? r->up : r->down;
        const double rate = rates[i] > 0 ? rates[i] : usual;
        bool done = !usual_too && !differ(rate, usual);
        bk_expr any = bk_expr_0(r->scope->pool, BK_OP_FALSE);
        for (int k = 0; k < r->cells.n && !done; k++) {
            const double other = rates[k] > 0 ? rates[k] : usual;
            if (differ(other, rate)) {
                continue;
            }
            done = k < i;
            any = bk_maboss_either(r->scope, any, in_cell(r, k, up));
        }
        if (!done) {
            add_term(r, builder, up, any, rate, where);
        }
    }
}

static void add_rule(rule *r, bk_builder *builder, int32_t symbol, bk_where where)
{
    bool moves = false;
    for (int i = r->cells.n - 1; i >= 0; i--) {
        r->up = r->cells.a[i] > 0 ? r->cells.a[i] : r->up;
        r->down = r->cells.b[i] > 0 ? r->cells.b[i] : r->down;
        moves = moves || r->cells.a[i] > 0 || r->cells.b[i] > 0;
    }
    if (!moves) {
        return; /* an input */
    }
    const bool always = r->cells.n == 1 && !(r->cells.b[0] > 0);
    bk_logic logic = {.target = symbol,
                      .otherwise = 0,
                      .rate_up = r->up,
                      .rate_down = r->down,
                      .where = where};
    if (always) {
        /* Up at its rate, never down: as a rule of 1. */
        logic.otherwise = 1;
        bk_builder_logic(builder, &logic);
        return;
    }
    bk_builder_logic(builder, &logic);
    add_level(r, builder, true, true, where);
    add_level(r, builder, false, false, where);
}

void bk_maboss_rule(bk_maboss_scope *scope, bk_builder *builder, int32_t symbol,
                    const bk_maboss_token *logic, const bk_maboss_token *up,
                    const bk_maboss_token *down, bk_where where)
{
    bk_maboss_value says = {0};
    bool fine = true;
    if (logic != NULL) {
        fine = bk_maboss_evaluate(scope, &logic, &says) &&
               bk_maboss_as_truth(scope, &says);
    }
    bk_maboss_value rises;
    bk_maboss_value falls;
    const bk_maboss_value *const given = logic != NULL && fine ? &says : NULL;
    const bool first = fine && read_rate(scope, up, given, true, &rises);
    const bool second = fine && read_rate(scope, down, given, false, &falls);
    if (!first || !second || scope->no_memory) {
        return;
    }
    rule r = {.scope = scope, .up = 1, .down = 1};
    r.self = bk_expr_2(scope->pool, BK_OP_GEQ, bk_expr_symbol(scope->pool, symbol),
                       bk_expr_number(scope->pool, 1));
    if (bk_maboss_meet(scope, &rises, &falls, where, &r.cells)) {
        add_rule(&r, builder, symbol, where);
    }
}
