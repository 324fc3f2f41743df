/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"
#include "math/walk.h"

/* A reader that could not resolve a name has told so and leaves -1; then the message
 * here would only repeat it. */
static void dangling(bk_builder *builder, bk_where where, const char *what)
{
    if (!bk_builder_wrong(builder)) {
        bk_diag_add(builder->diag, BK_ERROR, where, "reference-missing",
                    "%s refers to something that is not in the model; check its id",
                    what);
    }
}

static void need(bk_builder *builder, int32_t symbol, bk_where where, const char *what)
{
    if (!bk_model_has_symbol(builder->model, symbol)) {
        dangling(builder, where, what);
    }
}

static void check_species(bk_builder *builder, const bk_symbol *symbol)
{
    const bk_model *const model = builder->model;
    if (symbol->kind == BK_SPECIES && symbol->compartment < 0 &&
        !bk_builder_wrong(builder)) {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "sbml-20614",
                    "the species \"%s\" has no compartment; name the one it is in",
                    symbol->id);
    } else if (symbol->compartment >= 0 &&
               (symbol->compartment >= model->n_symbols ||
                model->symbols[symbol->compartment].kind != BK_COMPARTMENT)) {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "sbml-20601",
                    "what the %s \"%s\" names as its compartment is none; name a "
                    "compartment",
                    bk_symbol_kind_text(symbol->kind), symbol->id);
    }
    if (symbol->conversion >= 0 &&
        (symbol->conversion >= model->n_symbols ||
         model->symbols[symbol->conversion].kind != BK_PARAMETER ||
         !model->symbols[symbol->conversion].constant)) {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "sbml-20705",
                    "the conversion factor of \"%s\" must be a constant parameter",
                    symbol->id);
    }
}

static void check_logic_references(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    for (int32_t i = 0; i < m->n_logics; i++) {
        need(builder, m->logics[i].target, m->logics[i].where, "a transition");
        for (int32_t k = 0; k < m->logics[i].terms; k++) {
            const bk_term *const term = &m->terms[m->logics[i].first_term + k];
            if (term->condition < 0 && !bk_builder_wrong(builder)) {
                bk_diag_add(builder->diag, BK_ERROR, term->where, "condition-missing",
                            "this function term has no condition; give it one");
            }
        }
    }
    for (int32_t i = 0; i < m->n_influences; i++) {
        need(builder, m->influences[i].source, (bk_where){0}, "an influence");
        need(builder, m->influences[i].target, (bk_where){0}, "an influence");
    }
}

void bk_check_references(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        check_species(builder, &m->symbols[i]);
        if (m->symbols[i].kind == BK_LOCAL_PARAMETER) {
            need(builder, m->symbols[i].owner, m->symbols[i].where,
                 "a local parameter");
        }
    }
    for (int32_t i = 0; i < m->n_rules; i++) {
        if (m->rules[i].kind != BK_ALGEBRAIC_RULE) {
            need(builder, m->rules[i].target, m->rules[i].where, "a rule");
        }
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        need(builder, m->initials[i].target, m->initials[i].where,
             "an initial assignment");
    }
    for (int32_t i = 0; i < m->n_reactions; i++) {
        need(builder, m->reactions[i].symbol, m->reactions[i].where, "a reaction");
    }
    for (int32_t i = 0; i < m->n_participants; i++) {
        need(builder, m->participants[i].species, m->participants[i].where,
             "a species reference");
    }
    for (int32_t i = 0; i < m->n_events; i++) {
        need(builder, m->events[i].symbol, m->events[i].where, "an event");
    }
    for (int32_t i = 0; i < m->n_event_assignments; i++) {
        need(builder, m->event_assignments[i].target, m->event_assignments[i].where,
             "an event assignment");
    }
    check_logic_references(builder);
}

static void check_call(bk_builder *builder, const bk_math_place *place, bk_expr e)
{
    const bk_model *const m = builder->model;
    const int32_t callee = bk_expr_payload_of(m->exprs, e);
    const int given = bk_expr_count(m->exprs, e);
    if (callee < 0 || callee >= m->n_functions) {
        dangling(builder, place->where, "a function call");
        return;
    }
    const bk_function *const function = &m->functions[callee];
    if (place->function >= 0 && callee >= place->function) {
        bk_diag_add(builder->diag, BK_ERROR, place->where, "sbml-20303",
                    "the function \"%s\" calls \"%s\", which is itself or depends on "
                    "it; write it without recursion",
                    place->name, function->id);
    } else if (given != function->body.arguments) {
        bk_diag_add(builder->diag, BK_ERROR, place->where, "sbml-10219",
                    "%s \"%s\" calls \"%s\" with %d argument%s, and it takes %d",
                    place->what, place->name, function->id, given,
                    given == 1 ? "" : "s", function->body.arguments);
    }
}

static void check_place(void *context, const bk_math_place *place)
{
    bk_builder *const builder = context;
    const bk_model *const m = builder->model;
    bk_walk walk;
    if (place->math >= bk_exprs_size(m->exprs)) {
        dangling(builder, place->where, place->what);
        return;
    }
    if (!bk_walk_start(&walk, m->exprs, place->math)) {
        builder->no_memory = true;
        return;
    }
    for (int32_t i = 0; i < walk.n; i++) {
        const bk_expr e = walk.nodes[i];
        const bk_op op = bk_expr_op(m->exprs, e);
        if (op == BK_OP_SYMBOL && place->function < 0) {
            need(builder, bk_expr_payload_of(m->exprs, e), place->where, place->what);
        } else if (op == BK_OP_SYMBOL) {
            bk_diag_add(builder->diag, BK_ERROR, place->where, "sbml-20304",
                        "the function \"%s\" uses something that is not one of its "
                        "arguments; pass it as an argument",
                        place->name);
        } else if (op == BK_OP_CALL) {
            check_call(builder, place, e);
        } else if (op == BK_OP_ARGUMENT &&
                   (place->function < 0 ||
                    bk_expr_payload_of(m->exprs, e) >=
                        m->functions[place->function].body.arguments)) {
            dangling(builder, place->where, place->what);
        }
    }
    bk_walk_end(&walk);
}

void bk_check_math(bk_builder *builder)
{
    bk_model_each_math(builder->model, check_place, builder);
}
