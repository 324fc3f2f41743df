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
    const char **names; /* of the rule text */
    bk_rule_text rule;
    bk_text text;
} writer;

/* What such a text is not the place for. */
static void warn(const bk_model *model, bool booleannet, bk_diag *diag)
{
    bool starts = model->n_starts > 0;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        starts = starts || (s->kind == BK_LEVEL && s->start_level > 0);
    }
    if (!booleannet && starts) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "bnet-start",
                    "start levels are not kept: .bnet has no place for them");
    }
    if (bk_model_has_rates(model)) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "bnet-rates",
                    "rates are not kept: this format has no place for them; .bnd has");
    }
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

static bk_status print_rules(writer *w)
{
    for (int32_t i = 0; i < w->model->n_logics; i++) {
        const bk_logic *const logic = &w->model->logics[i];
        bk_text_add(&w->text, w->names[logic->target]);
        bk_text_add(&w->text, w->booleannet ? "* = " : ", ");
        const bk_status status = bk_rule_write(&w->rule, logic);
        if (status != BK_OK) {
            return status;
        }
        bk_text_add(&w->text, "\n");
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
    writer w = {.model = model, .booleannet = booleannet, .arena = bk_arena_new()};
    w.rule = (bk_rule_text){.model = model,
                            .format = booleannet ? "BooleanNet" : ".bnet",
                            .words = booleannet,
                            .text = &w.text,
                            .diag = diag};
    bk_status status = w.arena == NULL ? BK_NO_MEMORY : bk_rule_text_open(&w.rule);
    w.names = w.rule.names;
    if (status == BK_OK) {
        warn(model, booleannet, diag);
        status = choose_names(&w) ? BK_OK : BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        if (booleannet) {
            print_starts(&w, diag);
        } else {
            bk_text_add(&w.text, "targets, factors\n");
        }
        status = print_rules(&w);
    }
    if (status == BK_OK) {
        *text = w.text.data;
    } else {
        bk_text_free(&w.text);
    }
    bk_rule_text_close(&w.rule);
    bk_arena_free(w.arena);
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
