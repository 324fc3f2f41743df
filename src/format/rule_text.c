/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/rule_text.h"

#include "base/alloc.h"

/* The terms of a rule are tried in order, a formula is one: from the last term back, a
 * term of level 1 gives `condition | rest`, one of level 0 `!condition & rest`.
 * Relations of a Boolean level with a number become the name, its negation or a constant
 * by trying both levels. */

/* No text of rules grows longer, and no rule is deeper. */
#define LONGEST_RULES ((size_t)256 << 20)
enum { DEEPEST_RULE = 4000 };

typedef enum place { AT_TOP, IN_OR, IN_AND, IN_NOT } place;

static void add_truth(bk_rule_text *w, bool truth)
{
    bk_text_add(w->text, w->words ? (truth ? "True" : "False") : truth ? "1" : "0");
}

static void add_not(bk_rule_text *w)
{
    bk_text_add(w->text, w->words ? "not " : "!");
}

static void add_join(bk_rule_text *w, bk_op op)
{
    bk_text_add(w->text, w->words          ? (op == BK_OP_AND ? " and " : " or ")
                         : op == BK_OP_AND ? " & "
                                           : " | ");
}

static bool truth(bk_op op, double a, double b)
{
    const double both[2] = {a, b};
    return bk_op_apply(op, both, 2) != 0;
}

static void print_literal(bk_rule_text *w, int32_t symbol, bool at_0, bool at_1)
{
    if (at_0 == at_1) {
        add_truth(w, at_0);
        return;
    }
    if (w->names[symbol] == NULL) {
        w->foreign = true;
        return;
    }
    w->used[symbol] = true;
    if (at_0) {
        add_not(w);
    }
    bk_text_add(w->text, w->names[symbol]);
}

static void print(bk_rule_text *w, bk_expr e, place in);

static void open_if(bk_rule_text *w, bool needed)
{
    bk_text_add(w->text, needed ? "(" : "");
}

static void close_if(bk_rule_text *w, bool needed)
{
    bk_text_add(w->text, needed ? ")" : "");
}

/* What a chain of one argument stands for. */
static bk_expr unwrap(const bk_rule_text *w, bk_expr e)
{
    for (;;) {
        const bk_op op = bk_expr_op(w->pool, e);
        if ((op != BK_OP_AND && op != BK_OP_OR && op != BK_OP_XOR) ||
            bk_expr_count(w->pool, e) != 1) {
            return e;
        }
        e = bk_expr_arg(w->pool, e, 0);
    }
}

static bk_op opposite(bk_op relation)
{
    switch (relation) {
    case BK_OP_EQ:
        return BK_OP_NEQ;
    case BK_OP_NEQ:
        return BK_OP_EQ;
    case BK_OP_LT:
        return BK_OP_GEQ;
    case BK_OP_LEQ:
        return BK_OP_GT;
    case BK_OP_GT:
        return BK_OP_LEQ;
    default:
        return BK_OP_LT;
    }
}

/* Takes the negation of what needs no sign for it, so that no double one is written. */
static void print_not(bk_rule_text *w, bk_expr wrapped)
{
    const bk_expr e = unwrap(w, wrapped);
    const bk_op op = bk_expr_op(w->pool, e);
    if (op == BK_OP_NOT) {
        print(w, bk_expr_arg(w->pool, e, 0), IN_NOT);
    } else if (bk_op_is_relation(op)) {
        print(w,
              bk_expr_2(w->pool, opposite(op), bk_expr_arg(w->pool, e, 0),
                        bk_expr_arg(w->pool, e, 1)),
              IN_NOT);
    } else if (op == BK_OP_SYMBOL) {
        print_literal(w, bk_expr_payload_of(w->pool, e), true, false);
    } else if (op == BK_OP_TRUE || op == BK_OP_FALSE) {
        add_truth(w, op != BK_OP_TRUE);
    } else {
        add_not(w);
        print(w, e, IN_NOT);
    }
}

static void print_chain(bk_rule_text *w, bk_expr e, bk_op op, place in)
{
    const int n = bk_expr_count(w->pool, e);
    if (n == 0) {
        add_truth(w, op == BK_OP_AND);
        return;
    }
    if (n == 1) {
        print(w, unwrap(w, e), in);
        return;
    }
    const bool inner = in == IN_NOT || (op == BK_OP_OR && in == IN_AND);
    open_if(w, inner);
    for (int i = 0; i < n; i++) {
        if (i > 0) {
            add_join(w, op);
        }
        print(w, bk_expr_arg(w->pool, e, i), op == BK_OP_AND ? IN_AND : IN_OR);
    }
    close_if(w, inner);
}

/* a and b differ (xor), or agree: (a & !b | !a & b), (a & b | !a & !b). */
static void print_difference(bk_rule_text *w, bk_expr a, bk_expr b, bool differ,
                             place in)
{
    bk_exprs *const pool = w->pool;
    const bk_expr not_a = bk_expr_1(pool, BK_OP_NOT, a);
    const bk_expr not_b = bk_expr_1(pool, BK_OP_NOT, b);
    const bk_expr left = bk_expr_2(pool, BK_OP_AND, a, differ ? not_b : b);
    const bk_expr right = bk_expr_2(pool, BK_OP_AND, not_a, differ ? b : not_b);
    print(w, bk_expr_2(pool, BK_OP_OR, left, right), in);
}

static void print_xor(bk_rule_text *w, bk_expr e, place in)
{
    const int n = bk_expr_count(w->pool, e);
    if (n == 0) {
        add_truth(w, false);
        return;
    }
    bk_expr rest = bk_expr_arg(w->pool, e, 0);
    for (int i = 1; i < n - 1; i++) {
        rest = bk_expr_2(w->pool, BK_OP_XOR, rest, bk_expr_arg(w->pool, e, i));
    }
    if (rest < 0) {
        w->text->failed = true;
    } else if (n == 1) {
        print(w, rest, in);
    } else {
        print_difference(w, rest, bk_expr_arg(w->pool, e, n - 1), true, in);
    }
}

static void print_relation(bk_rule_text *w, bk_expr e, bk_op op, place in)
{
    const bk_expr a = bk_expr_arg(w->pool, e, 0);
    const bk_expr b = bk_expr_arg(w->pool, e, 1);
    const bk_op op_a = bk_expr_op(w->pool, a);
    const bk_op op_b = bk_expr_op(w->pool, b);
    if (op_a == BK_OP_SYMBOL && op_b == BK_OP_NUMBER) {
        const double v = bk_expr_value(w->pool, b);
        print_literal(w, bk_expr_payload_of(w->pool, a), truth(op, 0, v),
                      truth(op, 1, v));
    } else if (op_a == BK_OP_NUMBER && op_b == BK_OP_SYMBOL) {
        const double v = bk_expr_value(w->pool, a);
        print_literal(w, bk_expr_payload_of(w->pool, b), truth(op, v, 0),
                      truth(op, v, 1));
    } else if (op == BK_OP_EQ || op == BK_OP_NEQ) {
        print_difference(w, a, b, op == BK_OP_NEQ, in);
    } else {
        w->foreign = true;
    }
}

static void print(bk_rule_text *w, bk_expr e, place in)
{
    if (e < 0 || w->text->failed || w->foreign || w->text->length > LONGEST_RULES) {
        w->text->failed = w->text->failed || e < 0;
        return;
    }
    const bk_op op = bk_expr_op(w->pool, e);
    if (op == BK_OP_TRUE || op == BK_OP_FALSE) {
        add_truth(w, op == BK_OP_TRUE);
    } else if (op == BK_OP_SYMBOL) {
        print_literal(w, bk_expr_payload_of(w->pool, e), false, true);
    } else if (op == BK_OP_NOT) {
        print_not(w, bk_expr_arg(w->pool, e, 0));
    } else if (op == BK_OP_AND || op == BK_OP_OR) {
        print_chain(w, e, op, in);
    } else if (op == BK_OP_XOR) {
        print_xor(w, e, in);
    } else if (op == BK_OP_IMPLIES) {
        const bk_expr not_a = bk_expr_1(w->pool, BK_OP_NOT, bk_expr_arg(w->pool, e, 0));
        print(w, bk_expr_2(w->pool, BK_OP_OR, not_a, bk_expr_arg(w->pool, e, 1)), in);
    } else if (bk_op_is_relation(op)) {
        print_relation(w, e, op, in);
    } else {
        w->foreign = true;
    }
}

/* One formula of the terms of a rule; -1: memory. */
static bk_expr formula_of(const bk_rule_text *w, const bk_logic *logic)
{
    bk_exprs *const pool = w->pool;
    bk_expr e = bk_expr_0(pool, logic->otherwise > 0 ? BK_OP_TRUE : BK_OP_FALSE);
    for (int32_t i = logic->terms - 1; i >= 0; i--) {
        const bk_term *const term = &w->model->terms[logic->first_term + i];
        const bk_op rest = bk_expr_op(pool, e);
        const bool on = term->level > 0;
        const bk_expr c =
            on ? term->condition : bk_expr_1(pool, BK_OP_NOT, term->condition);
        if (rest == (on ? BK_OP_FALSE : BK_OP_TRUE)) {
            e = c;
        } else if (rest != (on ? BK_OP_TRUE : BK_OP_FALSE)) {
            e = bk_expr_2(pool, on ? BK_OP_OR : BK_OP_AND, c, e);
        }
        if (e < 0) {
            return e;
        }
    }
    return e;
}

void bk_rule_print(bk_rule_text *w, bk_expr e)
{
    print(w, e, AT_TOP);
}

static bk_status refuse(const bk_rule_text *rule, bk_where where, const char *id,
                        const char *what)
{
    bk_diag_add(rule->diag, BK_ERROR, where, "rules-unsupported", "%s %s", id, what);
    return BK_UNSUPPORTED;
}

static bk_status cannot_say(const bk_rule_text *w, const bk_symbol *s, const char *what)
{
    bk_diag_add(w->diag, BK_ERROR, s->where, "rules-unsupported",
                "%s %s, which %s cannot say; write .sbml instead", s->id, what,
                w->format);
    return BK_UNSUPPORTED;
}

/* All that such a text has no words for. */
static bk_status check(const bk_rule_text *w)
{
    const bk_model *const model = w->model;
    bk_status status = BK_OK;
    int32_t levels = 0;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (s->kind != BK_LEVEL) {
            continue;
        }
        levels++;
        if (s->max_level > 1) {
            status = cannot_say(w, s, "has more than two levels");
        }
        if (s->seen_scale != 1) {
            status = cannot_say(w, s, "is seen at a scale by the others (a drug)");
        }
    }
    if (levels == 0) {
        return refuse(w, (bk_where){.file = model->source}, "the model",
                      "has no logical part, so that there is nothing to write");
    }
    for (int32_t i = 0; i < model->n_requirements; i++) {
        const bk_requirement *const r = &model->requirements[i];
        if (r->logical) {
            status = refuse(w, r->where, r->what, "cannot be said in this format");
        }
    }
    return status;
}

bk_status bk_rule_text_open(bk_rule_text *rule)
{
    const bk_status status = check(rule);
    if (status != BK_OK) {
        return status;
    }
    const size_t n = (size_t)rule->model->n_symbols;
    rule->pool = bk_exprs_clone(rule->model->exprs);
    rule->names = bk_alloc_zero(n, sizeof *rule->names);
    rule->used = bk_alloc_zero(n, sizeof *rule->used);
    return rule->pool == NULL || rule->names == NULL || rule->used == NULL
               ? BK_NO_MEMORY
               : BK_OK;
}

void bk_rule_text_close(bk_rule_text *rule)
{
    bk_exprs_free(rule->pool);
    bk_free(rule->names);
    bk_free(rule->used);
}

bk_status bk_rule_fits(const bk_rule_text *rule, const bk_logic *logic)
{
    const char *const id = rule->model->symbols[logic->target].id;
    if (rule->foreign) {
        return refuse(rule, logic->where, id,
                      "has a rule with more than levels and logic in it");
    }
    if (rule->text->length > LONGEST_RULES) {
        return refuse(
            rule, logic->where, id,
            "has a rule that is too long to write out, as exclusive ors can become");
    }
    return BK_OK;
}

bk_status bk_rule_write(bk_rule_text *rule, const bk_logic *logic)
{
    const bk_expr e = formula_of(rule, logic);
    if (e >= 0 && bk_expr_depth(rule->pool, e) > DEEPEST_RULE) {
        return refuse(rule, logic->where, rule->model->symbols[logic->target].id,
                      "has a rule that is nested too deep");
    }
    bk_rule_print(rule, e);
    return bk_rule_fits(rule, logic);
}
