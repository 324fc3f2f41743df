/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/names.h"
#include "model/model.h"

#include <blockade/format.h>
#include <blockade/table.h>

#include <string.h>

/* The terms of a rule are tried in order, a .bnet function is one formula: from the
 * last term back, a term of level 1 gives `condition | rest`, one of level 0
 * `!condition & rest`.  Relations of a Boolean level with a number become the name, its
 * negation or a constant by trying both levels. */

enum { DEEPEST = 4000 };
static const size_t longest_text = (size_t)256 << 20;

typedef enum place { AT_TOP, IN_OR, IN_AND, IN_NOT } place;

typedef struct writer {
    const bk_model *model;
    bk_exprs *pool; /* a copy of the model's, to hold the functions */
    bk_arena *arena;
    const char **names; /* by symbol, NULL unless a level */
    bool *used;         /* by symbol: stands in a function */
    bk_text text;
    bool foreign; /* a condition holds what .bnet cannot say */
} writer;

static bool truth(bk_op op, double a, double b)
{
    const double both[2] = {a, b};
    return bk_op_apply(op, both, 2) != 0;
}

static void print_literal(writer *w, int32_t symbol, bool at_0, bool at_1)
{
    if (at_0 == at_1) {
        bk_text_add(&w->text, at_0 ? "1" : "0");
        return;
    }
    if (w->names[symbol] == NULL) {
        w->foreign = true;
        return;
    }
    w->used[symbol] = true;
    bk_text_add(&w->text, at_0 ? "!" : "");
    bk_text_add(&w->text, w->names[symbol]);
}

static void print(writer *w, bk_expr e, place in);

static void open_if(writer *w, bool needed)
{
    bk_text_add(&w->text, needed ? "(" : "");
}

static void close_if(writer *w, bool needed)
{
    bk_text_add(&w->text, needed ? ")" : "");
}

/* What a chain of one argument stands for. */
static bk_expr unwrap(const writer *w, bk_expr e)
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
static void print_not(writer *w, bk_expr wrapped)
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
        bk_text_add(&w->text, op == BK_OP_TRUE ? "0" : "1");
    } else {
        bk_text_add_char(&w->text, '!');
        print(w, e, IN_NOT);
    }
}

static void print_chain(writer *w, bk_expr e, bk_op op, place in)
{
    const int n = bk_expr_count(w->pool, e);
    if (n == 0) {
        bk_text_add(&w->text, op == BK_OP_AND ? "1" : "0");
        return;
    }
    if (n == 1) {
        print(w, unwrap(w, e), in);
        return;
    }
    const bool inner = in == IN_NOT || (op == BK_OP_OR && in == IN_AND);
    open_if(w, inner);
    for (int i = 0; i < n; i++) {
        bk_text_add(&w->text, i == 0 ? "" : op == BK_OP_AND ? " & " : " | ");
        print(w, bk_expr_arg(w->pool, e, i), op == BK_OP_AND ? IN_AND : IN_OR);
    }
    close_if(w, inner);
}

/* a and b differ (xor), or agree: (a & !b | !a & b), (a & b | !a & !b). */
static void print_difference(writer *w, bk_expr a, bk_expr b, bool differ, place in)
{
    bk_exprs *const pool = w->pool;
    const bk_expr not_a = bk_expr_1(pool, BK_OP_NOT, a);
    const bk_expr not_b = bk_expr_1(pool, BK_OP_NOT, b);
    const bk_expr left = bk_expr_2(pool, BK_OP_AND, a, differ ? not_b : b);
    const bk_expr right = bk_expr_2(pool, BK_OP_AND, not_a, differ ? b : not_b);
    print(w, bk_expr_2(pool, BK_OP_OR, left, right), in);
}

static void print_xor(writer *w, bk_expr e, place in)
{
    const int n = bk_expr_count(w->pool, e);
    if (n == 0) {
        bk_text_add(&w->text, "0");
        return;
    }
    bk_expr rest = bk_expr_arg(w->pool, e, 0);
    for (int i = 1; i < n - 1; i++) {
        rest = bk_expr_2(w->pool, BK_OP_XOR, rest, bk_expr_arg(w->pool, e, i));
    }
    if (rest < 0) {
        w->text.failed = true;
    } else if (n == 1) {
        print(w, rest, in);
    } else {
        print_difference(w, rest, bk_expr_arg(w->pool, e, n - 1), true, in);
    }
}

static void print_relation(writer *w, bk_expr e, bk_op op, place in)
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

static void print(writer *w, bk_expr e, place in)
{
    if (e < 0 || w->text.failed || w->foreign || w->text.length > longest_text) {
        w->text.failed = w->text.failed || e < 0;
        return;
    }
    const bk_op op = bk_expr_op(w->pool, e);
    if (op == BK_OP_TRUE || op == BK_OP_FALSE) {
        bk_text_add(&w->text, op == BK_OP_TRUE ? "1" : "0");
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
static bk_expr formula_of(writer *w, const bk_logic *logic)
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

static bk_status refuse(bk_diag *diag, bk_where where, const char *id, const char *what)
{
    bk_diag_add(diag, BK_ERROR, where, "bnet-unsupported", "%s %s", id, what);
    return BK_UNSUPPORTED;
}

/* All that .bnet has no words for. */
static bk_status check(const bk_model *model, bk_diag *diag)
{
    bk_status status = BK_OK;
    bool starts = false;
    int32_t levels = 0;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        levels += s->kind == BK_LEVEL;
        if (s->kind == BK_LEVEL && s->max_level > 1) {
            status = refuse(diag, s->where, s->id,
                            "has more than two levels, which .bnet cannot say; write "
                            ".sbml instead");
        }
        if (s->kind == BK_LEVEL && s->seen_scale != 1) {
            status = refuse(diag, s->where, s->id,
                            "is seen at a scale by the others (a drug), which .bnet "
                            "cannot say; write .sbml instead");
        }
        starts = starts || (s->kind == BK_LEVEL && s->start_level > 0);
    }
    if (levels == 0) {
        return refuse(
            diag, (bk_where){.file = model->source}, "the model",
            "has no logical part, so that there is nothing to write as .bnet");
    }
    for (int32_t i = 0; i < model->n_requirements; i++) {
        const bk_requirement *const r = &model->requirements[i];
        if (r->logical) {
            status = refuse(diag, r->where, r->what, "cannot be said in .bnet");
        }
    }
    if (starts) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "bnet-start",
                    "start levels are not kept: .bnet has no place for them");
    }
    return status;
}

/* The name a level is written under: the one its id was made of, when no other level
 * goes by it. */
static bool choose_names(writer *w)
{
    const bk_model *const model = w->model;
    bk_names *const taken = bk_names_new();
    bool fine = taken != NULL;
    for (int32_t i = 0; i < model->n_symbols && fine; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (s->kind == BK_LEVEL) {
            fine = bk_names_add(taken, s->id, i) != -2;
        }
    }
    for (int32_t i = 0; i < model->n_symbols && fine; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (s->kind != BK_LEVEL) {
            continue;
        }
        w->names[i] = s->id;
        if (strcmp(s->name, s->id) != 0 && bk_formula_is_name(s->name) &&
            bk_sid_derives(s->id, s->name)) {
            const int32_t had = bk_names_add(taken, s->name, i);
            fine = had != -2;
            w->names[i] = had == -1 ? s->name : s->id;
        }
        for (int k = 1; fine && !bk_formula_is_name(w->names[i]); k++) {
            /* an id that is a word of the language, such as `not` */
            char *const other = bk_arena_printf(w->arena, "%s_%d", s->id, k);
            const int32_t had = other != NULL ? bk_names_add(taken, other, i) : -2;
            fine = had != -2;
            w->names[i] = had == -1 ? other : w->names[i];
        }
    }
    bk_names_free(taken);
    return fine;
}

static bk_status print_rules(writer *w, bk_diag *diag)
{
    bk_text_add(&w->text, "targets, factors\n");
    for (int32_t i = 0; i < w->model->n_logics; i++) {
        const bk_logic *const logic = &w->model->logics[i];
        const char *const id = w->model->symbols[logic->target].id;
        const bk_expr e = formula_of(w, logic);
        if (e >= 0 && bk_expr_depth(w->pool, e) > DEEPEST) {
            return refuse(diag, logic->where, id, "has a rule that is nested too deep");
        }
        bk_text_add(&w->text, w->names[logic->target]);
        bk_text_add(&w->text, ", ");
        print(w, e, AT_TOP);
        bk_text_add(&w->text, "\n");
        if (w->foreign) {
            return refuse(diag, logic->where, id,
                          "has a rule with more than levels and logic in it");
        }
        if (w->text.length > longest_text) {
            return refuse(diag, logic->where, id,
                          "has a rule whose exclusive ors are too long to write out");
        }
    }
    for (int32_t i = 0; i < w->model->n_symbols; i++) {
        if (w->names[i] != NULL && !w->used[i] && bk_model_logic_of(w->model, i) < 0) {
            bk_text_printf(&w->text, "%s, %s\n", w->names[i], w->names[i]);
        }
    }
    return w->text.failed ? BK_NO_MEMORY : BK_OK;
}

bk_status bk_bnet_print(const bk_model *model, bk_diag *diag, char **text)
{
    const bk_status checked = check(model, diag);
    if (checked != BK_OK) {
        return checked;
    }
    const size_t n = (size_t)model->n_symbols;
    writer w = {.model = model, .pool = bk_exprs_clone(model->exprs)};
    w.arena = bk_arena_new();
    w.names = bk_alloc_zero(n, sizeof *w.names);
    w.used = bk_alloc_zero(n, sizeof *w.used);
    bk_status status = BK_NO_MEMORY;
    if (w.pool != NULL && w.arena != NULL && w.names != NULL && w.used != NULL &&
        choose_names(&w)) {
        status = print_rules(&w, diag);
    }
    if (status == BK_OK) {
        *text = w.text.data;
    } else {
        bk_text_free(&w.text);
    }
    bk_free(w.used);
    bk_free(w.names);
    bk_arena_free(w.arena);
    bk_exprs_free(w.pool);
    return status;
}

bk_status bk_bnet_write(const bk_model *model, const char *path, bk_diag *diag)
{
    char *text;
    const bk_status status = bk_bnet_print(model, diag, &text);
    if (status != BK_OK) {
        return status;
    }
    const bk_status written = (bk_status)bk_file_write(path, text, strlen(text), diag);
    bk_string_free(text);
    return written;
}
