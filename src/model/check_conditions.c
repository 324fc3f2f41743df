/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What may stand in the condition of a term.
 *
 * Every node of a condition is a truth, a level or a number; a level counts as a truth
 * when it is Boolean, and is then written `x >= 1`, so that whoever reads a finished
 * model finds comparisons of a level with a number and connectives, and nothing else.
 */

#include "model/builder_impl.h"

#include "base/alloc.h"
#include "math/walk.h"

#include <math.h>

typedef enum sort { BAD, TRUTH, LEVEL, NUMBER } sort;

typedef struct condition {
    bk_builder *builder;
    const bk_term *term;
    bk_walk walk;
    sort *sorts;   /* by place */
    bk_expr *map;  /* by place: the node as a finished model has it */
    bk_expr *args; /* [walk.most] */
} condition;

static const bk_symbol *level_of(const condition *c, bk_expr e)
{
    const bk_model *const m = c->builder->model;
    return &m->symbols[bk_expr_payload_of(m->exprs, e)];
}

static sort refuse(const condition *c, const char *what)
{
    bk_diag_add(c->builder->diag, BK_ERROR, c->term->where, "condition", "%s", what);
    return BAD;
}

static sort sort_of_leaf(const condition *c, bk_expr e)
{
    const bk_model *const m = c->builder->model;
    switch (bk_expr_op(m->exprs, e)) {
    case BK_OP_NUMBER:
        return isfinite(bk_expr_value(m->exprs, e))
                   ? NUMBER
                   : refuse(c, "a condition compares levels with finite numbers; "
                               "write a level");
    case BK_OP_TRUE:
    case BK_OP_FALSE:
        return TRUTH;
    case BK_OP_SYMBOL:
        if (!bk_model_has_symbol(m, bk_expr_payload_of(m->exprs, e))) {
            return BAD;
        }
        if (level_of(c, e)->kind != BK_LEVEL) {
            bk_diag_add(c->builder->diag, BK_ERROR, c->term->where, "condition",
                        "a condition compares levels, and \"%s\" is a %s",
                        level_of(c, e)->id, bk_symbol_kind_text(level_of(c, e)->kind));
            return BAD;
        }
        return LEVEL;
    default:
        return refuse(c, "a condition compares levels with numbers, and this one "
                         "holds something else; rewrite it");
    }
}

/* A level where a truth is wanted: x for x >= 1. */
static bool as_truth(condition *c, int32_t place)
{
    if (c->sorts[place] == TRUTH) {
        return true;
    }
    const bk_expr e = c->walk.nodes[place];
    if (c->sorts[place] == NUMBER) {
        refuse(c, "a number stands where a condition is wanted; write true or false, "
                  "or compare it with a level");
    } else if (c->sorts[place] == LEVEL && level_of(c, e)->max_level > 1) {
        bk_diag_add(c->builder->diag, BK_ERROR, c->term->where, "condition",
                    "\"%s\" has levels 0 to %d and stands alone as a condition; "
                    "compare it with a level",
                    level_of(c, e)->id, level_of(c, e)->max_level);
    } else if (c->sorts[place] == LEVEL) {
        bk_exprs *const pool = c->builder->model->exprs;
        c->map[place] = bk_expr_2(pool, BK_OP_GEQ, e, bk_expr_number(pool, 1.0));
        c->sorts[place] = TRUTH;
        return true;
    }
    return false;
}

/* A comparison changes at most beside its number: there, and at both ends, it is tried. */
static void warn_if_always(const condition *c, bk_op op, int32_t a, int32_t b)
{
    const bk_exprs *const pool = c->builder->model->exprs;
    const bool level_first = c->sorts[a] == LEVEL;
    const bk_symbol *const level = level_of(c, c->walk.nodes[level_first ? a : b]);
    const double number = bk_expr_value(pool, c->walk.nodes[level_first ? b : a]);
    const double most = level->max_level;
    const double tried[] = {0, most, floor(number) - 1, floor(number),
                            floor(number) + 1};
    bool ever = false;
    bool always = true;
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        const double v = fmin(fmax(tried[i], 0.0), most);
        const double args[2] = {level_first ? v : number, level_first ? number : v};
        const bool holds = bk_op_apply(op, args, 2) != 0.0;
        ever = ever || holds;
        always = always && holds;
    }
    if (most > 0 && ever == always) {
        bk_diag_add(bk_builder_warnings(c->builder), BK_WARNING, c->term->where,
                    "condition-constant",
                    "a comparison of \"%s\" is always %s, because its levels are 0 to "
                    "%d; check the number",
                    level->id, ever ? "true" : "false", level->max_level);
    }
}

static sort sort_of_relation(condition *c, bk_op op, int32_t a, int32_t b)
{
    const sort x = c->sorts[a];
    const sort y = c->sorts[b];
    if (x == BAD || y == BAD) {
        return BAD;
    }
    if ((x == LEVEL && y == NUMBER) || (x == NUMBER && y == LEVEL)) {
        warn_if_always(c, op, a, b);
        return TRUTH;
    }
    if ((op == BK_OP_EQ || op == BK_OP_NEQ) && (x == TRUTH || y == TRUTH)) {
        return as_truth(c, a) && as_truth(c, b) ? TRUTH : BAD;
    }
    if (x == LEVEL && y == LEVEL) {
        return refuse(c, "a condition compares two levels with each other; write it "
                         "with comparisons of each level and a number");
    }
    return refuse(c, "a comparison must be between a level and a number");
}

static sort sort_of_connective(condition *c, bk_expr e)
{
    const bk_exprs *const pool = c->builder->model->exprs;
    const int n = bk_expr_count(pool, e);
    sort result = TRUTH;
    for (int k = 0; k < n; k++) {
        if (!as_truth(c, bk_walk_place(&c->walk, bk_expr_arg(pool, e, k)))) {
            result = BAD;
        }
    }
    return result;
}

static sort sort_of(condition *c, bk_expr e)
{
    const bk_exprs *const pool = c->builder->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    switch (op) {
    case BK_OP_AND:
    case BK_OP_OR:
    case BK_OP_XOR:
    case BK_OP_NOT:
    case BK_OP_IMPLIES:
        return sort_of_connective(c, e);
    default:
        break;
    }
    if (bk_op_is_relation(op)) {
        return sort_of_relation(c, op, bk_walk_place(&c->walk, bk_expr_arg(pool, e, 0)),
                                bk_walk_place(&c->walk, bk_expr_arg(pool, e, 1)));
    }
    if (bk_expr_count(pool, e) == 0) {
        return sort_of_leaf(c, e);
    }
    for (int k = 0; k < bk_expr_count(pool, e); k++) {
        if (c->sorts[bk_walk_place(&c->walk, bk_expr_arg(pool, e, k))] == BAD) {
            return BAD;
        }
    }
    return refuse(c, "a condition is made of comparisons and of and, or, not, xor, "
                     "implies, and this one holds another operator; rewrite it");
}

/* The node over its children as they are now.  A level that is compared and also stands
 * alone has two forms: in a comparison with a number it stays itself. */
static bk_expr remake(condition *c, bk_expr e)
{
    bk_exprs *const pool = c->builder->model->exprs;
    const int n = bk_expr_count(pool, e);
    const bool plain = bk_op_is_relation(bk_expr_op(pool, e)) &&
                       (bk_expr_op(pool, bk_expr_arg(pool, e, 0)) == BK_OP_NUMBER ||
                        bk_expr_op(pool, bk_expr_arg(pool, e, 1)) == BK_OP_NUMBER);
    bool changed = false;
    for (int k = 0; k < n && !plain; k++) {
        const bk_expr old = bk_expr_arg(pool, e, k);
        c->args[k] = c->map[bk_walk_place(&c->walk, old)];
        changed = changed || c->args[k] != old;
    }
    return changed ? bk_expr_copy_node(pool, pool, e, c->args) : e;
}

/* True when the whole is a truth. */
static bool check_nodes(condition *c)
{
    for (int32_t i = 0; i < c->walk.n; i++) {
        const bk_expr e = c->walk.nodes[i];
        /* An earlier parent may have taken the level for a truth; a shared leaf is a
         * level again for the next one. */
        for (int k = 0; k < bk_expr_count(c->builder->model->exprs, e); k++) {
            const bk_expr child = bk_expr_arg(c->builder->model->exprs, e, k);
            if (bk_expr_op(c->builder->model->exprs, child) == BK_OP_SYMBOL &&
                c->sorts[bk_walk_place(&c->walk, child)] == TRUTH) {
                c->sorts[bk_walk_place(&c->walk, child)] = LEVEL;
            }
        }
        c->map[i] = e;
        c->sorts[i] = sort_of(c, e);
        if (c->sorts[i] == TRUTH) {
            c->map[i] = remake(c, e);
        }
    }
    return as_truth(c, c->walk.n - 1);
}

static void check_condition(bk_builder *builder, bk_term *term)
{
    condition c = {.builder = builder, .term = term};
    if (!bk_walk_start(&c.walk, builder->model->exprs, term->condition)) {
        builder->no_memory = true;
        return;
    }
    const size_t n = (size_t)c.walk.n;
    c.sorts = bk_alloc(n * sizeof *c.sorts);
    c.map = bk_alloc(n * sizeof *c.map);
    c.args = bk_alloc(((size_t)c.walk.most + 1) * sizeof *c.args);
    if (c.sorts == NULL || c.map == NULL || c.args == NULL) {
        builder->no_memory = true;
    } else if (check_nodes(&c)) {
        term->condition = c.map[n - 1];
        builder->no_memory = builder->no_memory || term->condition < 0;
    }
    bk_free(c.sorts);
    bk_free(c.map);
    bk_free(c.args);
    bk_walk_end(&c.walk);
}

void bk_check_conditions(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    for (int32_t i = 0; i < m->n_logics; i++) {
        for (int32_t k = 0; k < m->logics[i].terms; k++) {
            bk_term *const term = &m->terms[m->logics[i].first_term + k];
            if (term->condition >= 0 && term->condition < bk_exprs_size(m->exprs)) {
                check_condition(builder, term);
            }
        }
    }
}
