/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sbml/qual_impl.h"

#include "base/alloc.h"
#include "math/walk.h"

#include <string.h>

/* What a name in the mathematics of a transition means beside the symbols of the model:
 * the id of one of its inputs is that input's threshold, and a name may stand for an
 * id. */
static bk_expr input_or_name(void *context, bk_reader *reader, const char *name,
                             bk_where where)
{
    bk_qual *const q = context;
    if (bk_builder_find(reader->builder, name) >= 0) {
        return BK_NO_EXPR;
    }
    for (size_t i = 0; i < q->n_inputs; i++) {
        const bk_qual_input *const input = &q->inputs[i];
        if (input->id == NULL || strcmp(input->id, name) != 0) {
            continue;
        }
        if (!input->has_threshold) {
            bk_reader_forgive(reader, input->node, "qual-threshold",
                              "the input \"%s\" is used as a threshold and has no "
                              "thresholdLevel; add one%s",
                              name,
                              reader->lax ? " (1 is taken)" : " or read with --lax");
        }
        return bk_expr_number(reader->pool,
                              input->has_threshold ? input->threshold : 1);
    }
    const int32_t symbol = bk_qual_by_name(q, name, where);
    return symbol >= 0 ? bk_expr_symbol(reader->pool, symbol) : BK_NO_EXPR;
}

static bool result_level(bk_qual *q, bk_xml_node node, int *level)
{
    if (bk_qual_text(node, BK_W_resultLevel) == NULL) {
        bk_reader_error(q->reader, node, "qual-result",
                        "this %s has no result; add the attribute qual:resultLevel",
                        bk_xml_name(node));
        return false;
    }
    return bk_xml_get_int(node, bk_qual_space(node, BK_W_resultLevel), BK_W_resultLevel,
                          q->reader->diag, level);
}

static void read_function_term(bk_qual *q, bk_xml_node node)
{
    const bk_math_scope scope = {.name = input_or_name, .context = q};
    bk_term term = {.where = bk_xml_where(node)};
    bool present = false;
    const bool has_level = result_level(q, node, &term.level);
    term.condition = bk_mathml_of(q->reader, node, &scope, &present);
    if (!present) {
        bk_reader_forgive(q->reader, node, "qual-math",
                          "this function term has no condition%s",
                          q->reader->lax ? " and is left out"
                                         : "; add its <math> or remove the term");
    }
    if (!has_level || term.condition < 0) {
        return;
    }
    if (!bk_grow(&q->terms, &q->term_capacity, q->n_terms + 1, sizeof *q->terms)) {
        q->reader->no_memory = true;
        return;
    }
    q->terms[q->n_terms++] = term;
}

static const char *transition_name(const bk_qual *q)
{
    return q->id != NULL ? q->id : "";
}

/* All terms into q->terms; the level of the default term. */
static int read_list_of_terms(bk_qual *q, bk_xml_node list)
{
    int otherwise = 0;
    bool has_default = false;
    q->n_terms = 0;
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_is(c, BK_S_QUAL, BK_W_functionTerm)) {
            read_function_term(q, c);
        } else if (bk_xml_is(c, BK_S_QUAL, BK_W_defaultTerm)) {
            if (has_default) {
                bk_reader_error(
                    q->reader, c, "qual-default-twice",
                    "transition \"%s\" has a second default term; remove one",
                    transition_name(q));
            }
            has_default = true;
            (void)result_level(q, c, &otherwise);
        }
    }
    if (!has_default) {
        bk_reader_forgive(q->reader, list, "qual-default",
                          "transition \"%s\" has no default term; %s",
                          transition_name(q),
                          q->reader->lax ? "0 is taken" : "add one or read with --lax");
    }
    return otherwise;
}

void bk_qual_read_terms(bk_qual *q, bk_xml_node transition)
{
    const bk_xml_node list =
        bk_xml_child(transition, BK_S_QUAL, BK_W_listOfFunctionTerms);
    if (!bk_xml_some(list)) {
        return;
    }
    const int otherwise = read_list_of_terms(q, list);
    for (size_t i = 0; i < q->n_outputs; i++) {
        const bk_logic logic = {.target = q->outputs[i],
                                .otherwise = otherwise,
                                .rate_up = 1,
                                .rate_down = 1,
                                .transition = q->id,
                                .where = bk_xml_where(transition)};
        bk_builder_logic(q->reader->builder, &logic);
        for (size_t k = 0; k < q->n_terms; k++) {
            bk_builder_term(q->reader->builder, &q->terms[k]);
        }
    }
}

static void raise(bk_model *model, int *highest, int32_t symbol, double level)
{
    if (symbol >= 0 && symbol < model->n_symbols && level > highest[symbol] &&
        level <= 255) {
        highest[symbol] = (int)level;
    }
}

/* The highest level that a comparison tells of: x >= 2 means that there is a 2, x > 2
 * that there is a 3. */
static void raise_by_relation(bk_model *model, int *highest, bk_expr e)
{
    const bk_exprs *const pool = model->exprs;
    const bk_expr a = bk_expr_arg(pool, e, 0);
    const bk_expr b = bk_expr_arg(pool, e, 1);
    const bk_op op = bk_expr_op(pool, e);
    if (bk_expr_op(pool, a) == BK_OP_SYMBOL && bk_expr_op(pool, b) == BK_OP_NUMBER) {
        const int beyond = op == BK_OP_GT || op == BK_OP_LEQ;
        raise(model, highest, bk_expr_payload_of(pool, a),
              bk_expr_value(pool, b) + beyond);
    } else if (bk_expr_op(pool, a) == BK_OP_NUMBER &&
               bk_expr_op(pool, b) == BK_OP_SYMBOL) {
        const int beyond = op == BK_OP_LT || op == BK_OP_GEQ;
        raise(model, highest, bk_expr_payload_of(pool, b),
              bk_expr_value(pool, a) + beyond);
    }
}

static bool raise_by_terms(bk_model *model, int *highest)
{
    for (int32_t i = 0; i < model->n_logics; i++) {
        const bk_logic *const logic = &model->logics[i];
        raise(model, highest, logic->target, logic->otherwise);
        for (int32_t k = 0; k < logic->terms; k++) {
            const bk_term *const term = &model->terms[logic->first_term + k];
            raise(model, highest, logic->target, term->level);
            bk_walk walk;
            if (!bk_walk_start(&walk, model->exprs, term->condition)) {
                return false;
            }
            for (int32_t n = 0; n < walk.n; n++) {
                if (bk_op_is_relation(bk_expr_op(model->exprs, walk.nodes[n]))) {
                    raise_by_relation(model, highest, walk.nodes[n]);
                }
            }
            bk_walk_end(&walk);
        }
    }
    return true;
}

static bool any_unknown(const bk_model *model)
{
    for (int32_t i = 0; i < model->n_symbols; i++) {
        if (model->symbols[i].kind == BK_LEVEL &&
            model->symbols[i].max_level == BK_QUAL_UNKNOWN_MAX) {
            return true;
        }
    }
    return false;
}

void bk_qual_infer_max(bk_qual *q)
{
    bk_model *const model = bk_builder_model(q->reader->builder);
    if (!any_unknown(model)) {
        return;
    }
    int *const highest = bk_alloc_zero((size_t)model->n_symbols, sizeof *highest);
    if (highest == NULL || !raise_by_terms(model, highest)) {
        q->reader->no_memory = true;
        bk_free(highest);
        return;
    }
    for (int32_t i = 0; i < model->n_symbols; i++) {
        bk_symbol *const s = &model->symbols[i];
        if (s->kind != BK_LEVEL || s->max_level != BK_QUAL_UNKNOWN_MAX) {
            continue;
        }
        s->max_level = highest[i] > s->start_level ? highest[i] : s->start_level;
        s->max_level = s->max_level > 1 ? s->max_level : 1;
        bk_diag_add(q->reader->diag, BK_WARNING, s->where, "qual-max-level",
                    "\"%s\" has no maxLevel; %d is taken, the highest level that the "
                    "rules name",
                    s->id, s->max_level);
    }
    bk_free(highest);
}
