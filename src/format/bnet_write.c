/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/names.h"
#include "format/rule_text.h"

#include <blockade/format.h>
#include <blockade/table.h>

#include <string.h>

/* .bnet, and the text of BooleanNet. */

typedef struct writer {
    const bk_model *model;
    bool booleannet;
    bk_arena *arena;
    const char **names; /* by symbol, NULL unless a level */
    bk_rule_text rule;
    bk_text text;
} writer;

static bk_status refuse(bk_diag *diag, bk_where where, const char *id, const char *what)
{
    bk_diag_add(diag, BK_ERROR, where, "bnet-unsupported", "%s %s", id, what);
    return BK_UNSUPPORTED;
}

/* All that the formats have no words for. */
static bk_status check(const bk_model *model, bool booleannet, bk_diag *diag)
{
    bk_status status = BK_OK;
    bool starts = false;
    int32_t levels = 0;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        levels += s->kind == BK_LEVEL;
        if (s->kind == BK_LEVEL && s->max_level > 1) {
            status = refuse(diag, s->where, s->id,
                            "has more than two levels, which this format cannot say; "
                            "write .sbml instead");
        }
        if (s->kind == BK_LEVEL && s->seen_scale != 1) {
            status = refuse(diag, s->where, s->id,
                            "is seen at a scale by the others (a drug), which this "
                            "format cannot say; write .sbml instead");
        }
        starts = starts || (s->kind == BK_LEVEL && s->start_level > 0);
    }
    if (levels == 0) {
        return refuse(diag, (bk_where){.file = model->source}, "the model",
                      "has no logical part, so that there is nothing to write");
    }
    for (int32_t i = 0; i < model->n_requirements; i++) {
        const bk_requirement *const r = &model->requirements[i];
        if (r->logical) {
            status = refuse(diag, r->where, r->what, "cannot be said in this format");
        }
    }
    if (!booleannet && (starts || model->n_starts > 0)) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "bnet-start",
                    "start levels are not kept: .bnet has no place for them");
    }
    if (bk_model_has_rates(model)) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "bnet-rates",
                    "rates are not kept: this format has no place for them; .bnd has");
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
        if (!w->booleannet && strcmp(s->name, s->id) != 0 &&
            bk_formula_is_name(s->name) && bk_sid_derives(s->id, s->name)) {
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

/* A level whose start is drawn is Random, at even odds and alone; other odds are told. */
static void print_starts(writer *w, bk_diag *diag)
{
    const bk_model *const model = w->model;
    bool odds = false;
    for (int32_t g = 0; g < model->n_starts; g++) {
        const bk_start_group *const group = &model->starts[g];
        odds = odds || group->n > 1 || group->states != 2 ||
               group->weights[0] != group->weights[1];
    }
    if (odds) {
        bk_diag_add(
            diag, BK_WARNING, (bk_where){.file = model->source}, "booleannet-start",
            "odds of starts are not kept: BooleanNet draws each level alone and "
            "at even odds");
    }
    for (int32_t i = 0; i < model->n_symbols; i++) {
        if (w->names[i] != NULL) {
            bk_text_printf(&w->text, "%s = %s\n", w->names[i],
                           bk_model_is_drawn(model, i)         ? "Random"
                           : model->symbols[i].start_level > 0 ? "True"
                                                               : "False");
        }
    }
    bk_text_add(&w->text, "\n");
}

static bk_status print_rules(writer *w, bk_diag *diag)
{
    for (int32_t i = 0; i < w->model->n_logics; i++) {
        const bk_logic *const logic = &w->model->logics[i];
        const char *const id = w->model->symbols[logic->target].id;
        const bk_expr e = bk_rule_formula(&w->rule, logic);
        if (e >= 0 && bk_expr_depth(w->rule.pool, e) > BK_DEEPEST_RULE) {
            return refuse(diag, logic->where, id, "has a rule that is nested too deep");
        }
        bk_text_add(&w->text, w->names[logic->target]);
        bk_text_add(&w->text, w->booleannet ? "* = " : ", ");
        bk_rule_print(&w->rule, e);
        bk_text_add(&w->text, "\n");
        if (w->rule.foreign) {
            return refuse(diag, logic->where, id,
                          "has a rule with more than levels and logic in it");
        }
        if (w->text.length > BK_LONGEST_RULES) {
            return refuse(diag, logic->where, id,
                          "has a rule whose exclusive ors are too long to write out");
        }
    }
    for (int32_t i = 0; i < w->model->n_symbols; i++) {
        if (w->names[i] != NULL && !w->booleannet && !w->rule.used[i] &&
            bk_model_logic_of(w->model, i) < 0) {
            bk_text_printf(&w->text, "%s, %s\n", w->names[i], w->names[i]);
        }
    }
    return w->text.failed ? BK_NO_MEMORY : BK_OK;
}

static bk_status print(const bk_model *model, bool booleannet, bk_diag *diag,
                       char **text)
{
    const bk_status checked = check(model, booleannet, diag);
    if (checked != BK_OK) {
        return checked;
    }
    const size_t n = (size_t)model->n_symbols;
    writer w = {.model = model, .booleannet = booleannet, .arena = bk_arena_new()};
    w.names = bk_alloc_zero(n, sizeof *w.names);
    w.rule = (bk_rule_text){.model = model,
                            .pool = bk_exprs_clone(model->exprs),
                            .names = w.names,
                            .used = bk_alloc_zero(n, sizeof(bool)),
                            .text = &w.text,
                            .words = booleannet};
    bk_status status = BK_NO_MEMORY;
    if (w.rule.pool != NULL && w.arena != NULL && w.names != NULL &&
        w.rule.used != NULL && choose_names(&w)) {
        if (booleannet) {
            print_starts(&w, diag);
        } else {
            bk_text_add(&w.text, "targets, factors\n");
        }
        status = print_rules(&w, diag);
    }
    if (status == BK_OK) {
        *text = w.text.data;
    } else {
        bk_text_free(&w.text);
    }
    bk_free(w.rule.used);
    bk_free(w.names);
    bk_arena_free(w.arena);
    bk_exprs_free(w.rule.pool);
    return status;
}

bk_status bk_bnet_print(const bk_model *model, bk_diag *diag, char **text)
{
    return print(model, false, diag, text);
}

bk_status bk_booleannet_print(const bk_model *model, bk_diag *diag, char **text)
{
    return print(model, true, diag, text);
}

static bk_status write_file(const bk_model *model, const char *path, bool booleannet,
                            bk_diag *diag)
{
    char *text;
    const bk_status status = print(model, booleannet, diag, &text);
    if (status != BK_OK) {
        return status;
    }
    const bk_status written = (bk_status)bk_file_write(path, text, strlen(text), diag);
    bk_string_free(text);
    return written;
}

bk_status bk_bnet_write(const bk_model *model, const char *path, bk_diag *diag)
{
    return write_file(model, path, false, diag);
}

bk_status bk_booleannet_write(const bk_model *model, const char *path, bk_diag *diag)
{
    return write_file(model, path, true, diag);
}
