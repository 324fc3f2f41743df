/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/rule_text.h"

#include <blockade/format.h>
#include <blockade/table.h>

#include <string.h>

/* A rule whose terms have no rates of their own is written as its logic with one
 * parameter a direction; else the rates are the chain of its terms, and the logic, which
 * MaBoSS does not need then, stands beside them for the reader. */

typedef struct writer {
    const bk_model *model;
    bk_arena *arena;
    const char **names; /* of the rule text */
    bk_rule_text rule;
    bk_text bnd, cfg;
} writer;

static bool is_word(const char *name)
{
    static const char *const words[] = {"and", "or", "not", "xor", "node"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (bk_text_equal_nocase(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* Ids can be read as they are, but for the words of the language. */
static bool choose_names(writer *w)
{
    bool fine = true;
    for (int32_t i = 0; i < w->model->n_symbols && fine; i++) {
        const bk_symbol *const s = &w->model->symbols[i];
        const char *name = s->kind == BK_LEVEL ? s->id : NULL;
        for (int k = 1;
             name != NULL &&
             (is_word(name) || (k > 1 && bk_names_find(w->model->ids, name) >= 0));
             k++) {
            name = bk_arena_printf(w->arena, "%s_%d", s->id, k);
            fine = name != NULL;
        }
        w->names[i] = name;
    }
    return fine;
}

/* `(condition) ? rate : ...`, the rates towards one level. */
static void print_chain(writer *w, const bk_logic *logic, bool up)
{
    const char *const name = w->names[logic->target];
    bk_text_printf(&w->bnd, "  rate_%s = ", up ? "up" : "down");
    for (int32_t k = 0; k <= logic->terms; k++) {
        const bk_term *const term = &w->model->terms[logic->first_term + k];
        const bool last = k == logic->terms;
        const int level = last ? logic->otherwise : term->level;
        if (!last) {
            bk_text_add(&w->bnd, "(");
            bk_rule_print(&w->rule, term->condition);
            bk_text_add(&w->bnd, ") ? ");
        }
        if ((level == 1) != up) {
            bk_text_add(&w->bnd, "0");
        } else if (!last && term->rate > 0) {
            bk_text_double(&w->bnd, term->rate);
        } else {
            bk_text_printf(&w->bnd, "$%c_%s", up ? 'u' : 'd', name);
        }
        bk_text_add(&w->bnd, last ? ";\n" : " : ");
    }
}

static void print_parameters(writer *w, const bk_logic *logic)
{
    const char *const name = w->names[logic->target];
    bk_text_printf(&w->cfg, "$u_%s = ", name);
    bk_text_double(&w->cfg, logic->rate_up);
    bk_text_printf(&w->cfg, ";\n$d_%s = ", name);
    bk_text_double(&w->cfg, logic->rate_down);
    bk_text_add(&w->cfg, ";\n");
}

static bk_status print_node(writer *w, int32_t symbol)
{
    const int32_t number = bk_model_logic_of(w->model, symbol);
    const char *const name = w->names[symbol];
    bk_text_printf(&w->bnd, "node %s {\n", name);
    if (number < 0) {
        bk_text_add(&w->bnd, "  rate_up = 0;\n  rate_down = 0;\n}\n");
        return BK_OK;
    }
    const bk_logic *const logic = &w->model->logics[number];
    bk_text_add(&w->bnd, "  logic = ");
    const bk_status status = bk_rule_write(&w->rule, logic);
    if (status != BK_OK) {
        return status;
    }
    bk_text_add(&w->bnd, ";\n");
    if (bk_logic_has_rates(w->model, number)) {
        print_chain(w, logic, true);
        print_chain(w, logic, false);
    } else {
        bk_text_printf(&w->bnd,
                       "  rate_up = @logic ? $u_%s : 0;\n"
                       "  rate_down = @logic ? 0 : $d_%s;\n",
                       name, name);
    }
    print_parameters(w, logic);
    bk_text_add(&w->bnd, "}\n");
    return bk_rule_fits(&w->rule, logic);
}

static void print_group(writer *w, const bk_start_group *group)
{
    bk_text_add(&w->cfg, "[");
    for (int32_t k = 0; k < group->n; k++) {
        bk_text_add(&w->cfg, k == 0 ? "" : ", ");
        bk_text_add(&w->cfg, w->names[group->levels[k]]);
    }
    bk_text_add(&w->cfg, "].istate = ");
    for (int32_t i = 0; i < group->states; i++) {
        bk_text_add(&w->cfg, i == 0 ? "" : ", ");
        bk_text_double(&w->cfg, group->weights[i]);
        bk_text_add(&w->cfg, " [");
        for (int32_t k = 0; k < group->n; k++) {
            bk_text_printf(&w->cfg, "%s%d", k == 0 ? "" : ", ",
                           group->values[i * group->n + k]);
        }
        bk_text_add(&w->cfg, "]");
    }
    bk_text_add(&w->cfg, ";\n");
}

static void print_states(writer *w)
{
    const bk_model *const model = w->model;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (w->names[i] == NULL) {
            continue;
        }
        if (!bk_model_is_drawn(model, i)) {
            bk_text_printf(&w->cfg, "%s.istate = %d;\n", w->names[i],
                           s->start_level > 0 ? 1 : 0);
        }
        if (s->internal) {
            bk_text_printf(&w->cfg, "%s.is_internal = 1;\n", w->names[i]);
        }
        if (s->reference >= 0) {
            bk_text_printf(&w->cfg, "%s.refstate = %d;\n", w->names[i], s->reference);
        }
    }
    for (int32_t g = 0; g < model->n_starts; g++) {
        print_group(w, &model->starts[g]);
    }
}

static void print_setting(writer *w, const char *name, double value, bool given)
{
    if (given) {
        bk_text_printf(&w->cfg, "%s = ", name);
        bk_text_double(&w->cfg, value);
        bk_text_add(&w->cfg, ";\n");
    }
}

static void print_wishes(writer *w)
{
    const bk_run_wishes *const wishes = &w->model->wishes;
    print_setting(w, "max_time", wishes->end, wishes->end > 0);
    print_setting(w, "time_tick", wishes->tick, wishes->tick > 0);
    print_setting(w, "sample_count", (double)wishes->runs, wishes->runs > 0);
    print_setting(w, "seed_pseudorandom", (double)wishes->seed, wishes->seeded);
    print_setting(w, "discrete_time", 1, wishes->discrete);
    print_setting(w, "thread_count", wishes->threads, wishes->threads > 0);
}

static bk_status print_all(writer *w)
{
    bk_status status = BK_OK;
    for (int32_t i = 0; i < w->model->n_symbols && status == BK_OK; i++) {
        if (w->names[i] != NULL) {
            status = print_node(w, i);
        }
    }
    print_states(w);
    print_wishes(w);
    return status != BK_OK                  ? status
           : w->bnd.failed || w->cfg.failed ? BK_NO_MEMORY
                                            : BK_OK;
}

bk_status bk_maboss_print(const bk_model *model, bk_diag *diag, char **bnd, char **cfg)
{
    writer w = {.model = model, .arena = bk_arena_new()};
    w.rule = (bk_rule_text){
        .model = model, .format = "MaBoSS", .text = &w.bnd, .diag = diag};
    bk_status status = w.arena == NULL ? BK_NO_MEMORY : bk_rule_text_open(&w.rule);
    w.names = w.rule.names;
    if (status == BK_OK) {
        status = choose_names(&w) ? print_all(&w) : BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        *bnd = w.bnd.data;
        *cfg = w.cfg.data;
    } else {
        bk_text_free(&w.bnd);
        bk_text_free(&w.cfg);
    }
    bk_rule_text_close(&w.rule);
    bk_arena_free(w.arena);
    return status;
}

bk_status bk_maboss_write(const bk_model *model, const char *path, bk_diag *diag)
{
    char *bnd;
    char *cfg;
    bk_status status = bk_maboss_print(model, diag, &bnd, &cfg);
    if (status != BK_OK) {
        return status;
    }
    bk_text beside = {0};
    const size_t n = strlen(path);
    bk_text_add_n(&beside, path, n > 4 && path[n - 4] == '.' ? n - 4 : n);
    bk_text_add(&beside, ".cfg");
    status = beside.failed ? BK_NO_MEMORY
                           : (bk_status)bk_file_write(path, bnd, strlen(bnd), diag);
    if (status == BK_OK) {
        status = (bk_status)bk_file_write(beside.data, cfg, strlen(cfg), diag);
    }
    bk_text_free(&beside);
    bk_string_free(bnd);
    bk_string_free(cfg);
    return status;
}
