/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/compare_impl.h"

#include "base/alloc.h"
#include "model/builder.h"
#include "model/dd.h"

/* Functions of too many regulators for trying all states: a small model is made of the
 * regulators and one level that is 1 where the two functions differ.  Its decision
 * diagram is 0 everywhere, or a way to its 1 is a state that shows the difference. */

enum { MOST_NODES = 200000 };

typedef struct renaming {
    const bk_pair *pair;
    const int32_t *a_of; /* NULL for the first model */
} renaming;

static int32_t joint_place(const renaming *r, int32_t own)
{
    const int32_t symbol = r->a_of != NULL ? r->a_of[own] : own;
    int32_t k = 0;
    while (r->pair->joint[k] != symbol) {
        k++;
    }
    return k;
}

static bk_expr rename_symbol(void *context, bk_exprs *target, const bk_exprs *source,
                             bk_expr node)
{
    return bk_expr_op(source, node) == BK_OP_SYMBOL
               ? bk_expr_symbol(target,
                                joint_place(context, bk_expr_payload_of(source, node)))
               : BK_NO_EXPR;
}

/* That a function gives at least this level. */
static bk_expr reaches(bk_exprs *pool, const bk_truth *side, renaming *names, int level)
{
    if (side->logic == NULL) {
        return bk_expr_2(pool, BK_OP_GEQ,
                         bk_expr_symbol(pool, joint_place(names, side->target)),
                         bk_expr_number(pool, level));
    }
    bk_expr e =
        bk_expr_0(pool, side->logic->otherwise >= level ? BK_OP_TRUE : BK_OP_FALSE);
    for (int32_t k = side->logic->terms - 1; k >= 0; k--) {
        const bk_term *const term = &side->model->terms[side->logic->first_term + k];
        const bk_expr c = bk_expr_rewrite(pool, side->model->exprs, term->condition,
                                          rename_symbol, names);
        e = term->level >= level
                ? bk_expr_2(pool, BK_OP_OR, c, e)
                : bk_expr_2(pool, BK_OP_AND, bk_expr_1(pool, BK_OP_NOT, c), e);
    }
    return e;
}

static bk_expr difference(bk_exprs *pool, const bk_pair *pair, const int32_t *a_of_b)
{
    renaming names_a = {.pair = pair};
    renaming names_b = {.pair = pair, .a_of = a_of_b};
    const int max = pair->a.model->symbols[pair->a.target].max_level;
    bk_expr all = bk_expr_0(pool, BK_OP_FALSE);
    for (int level = 1; level <= max; level++) {
        const bk_expr differs =
            bk_expr_2(pool, BK_OP_XOR, reaches(pool, &pair->a, &names_a, level),
                      reaches(pool, &pair->b, &names_b, level));
        all = bk_expr_2(pool, BK_OP_OR, all, differs);
    }
    return all;
}

/* The model of the regulators and the difference, whose logic is the only one. */
static bk_status make_model(const bk_pair *pair, const int32_t *a_of_b,
                            bk_model **model)
{
    bk_builder *const builder = bk_builder_new(NULL);
    if (builder == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t k = 0; k < pair->n; k++) {
        bk_symbol symbol =
            bk_symbol_blank(BK_LEVEL, pair->a.model->symbols[pair->joint[k]].id);
        symbol.max_level = pair->max[k];
        bk_builder_symbol(builder, &symbol);
    }
    /* an id that no level can have */
    const bk_symbol made = bk_symbol_blank(BK_LEVEL, "the difference");
    bk_builder_symbol(builder, &made);
    const bk_logic logic = {.target = pair->n, .rate_up = 1, .rate_down = 1};
    bk_builder_logic(builder, &logic);
    const bk_term term = {
        .level = 1, .condition = difference(bk_builder_exprs(builder), pair, a_of_b)};
    if (term.condition < 0) {
        bk_builder_free(builder);
        return BK_NO_MEMORY;
    }
    bk_builder_term(builder, &term);
    return bk_builder_finish(builder, model);
}

/* Down to the terminal 1 over children that are not the terminal 0: in a reduced
 * diagram each of them leads there. */
static void find_state(const bk_dd *dd, int32_t n, int32_t *level)
{
    for (int32_t k = 0; k < n; k++) {
        level[k] = 0;
    }
    int32_t node = dd->root;
    while (node >= dd->terminals) {
        const int32_t variable = dd->variable[node];
        const int32_t *const children = dd->children + dd->first[node];
        int32_t child = 0;
        while (child < dd->levels[variable] - 1 && children[child] == 0) {
            child++;
        }
        level[dd->regulator[variable]] = child;
        node = children[child];
    }
}

bk_status bk_pair_differ(const bk_pair *pair, const int32_t *a_of_b, bool *differ,
                         int32_t *level)
{
    bk_model *model;
    bk_status status = make_model(pair, a_of_b, &model);
    if (status != BK_OK) {
        return status == BK_NO_MEMORY ? status : BK_UNSUPPORTED;
    }
    bk_dd *dd;
    status = bk_dd_build(model, 0, MOST_NODES, &dd);
    if (status == BK_OK) {
        *differ = dd->root != 0;
        find_state(dd, pair->n, level);
        bk_dd_free(dd);
    }
    bk_model_free(model);
    return status;
}
