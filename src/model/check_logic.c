/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"

enum { MOST_LEVEL = 255 };

static void check_level_symbol(bk_builder *builder, const bk_symbol *symbol)
{
    if (symbol->max_level < 0 || symbol->max_level > MOST_LEVEL) {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "level-range",
                    "the highest level of \"%s\" is %d; it must be from 0 to %d",
                    symbol->id, symbol->max_level, MOST_LEVEL);
    } else if (symbol->start_level < -1 || symbol->start_level > symbol->max_level) {
        bk_diag_add(builder->diag, BK_ERROR, symbol->where, "level-range",
                    "the initial level %d of \"%s\" is not from 0 to its highest "
                    "level %d; change one of them",
                    symbol->start_level, symbol->id, symbol->max_level);
    }
}

static void check_outcome(bk_builder *builder, const bk_symbol *target, int level,
                          bk_where where)
{
    if (level < 0 || level > target->max_level) {
        bk_diag_add(builder->diag, BK_ERROR, where, "level-range",
                    "this gives \"%s\" the level %d, and its levels are 0 to %d; "
                    "change the result or the highest level",
                    target->id, level, target->max_level);
    }
}

static void check_logic(bk_builder *builder, const bk_logic *logic)
{
    const bk_model *const m = builder->model;
    if (!bk_model_has_symbol(m, logic->target)) {
        return;
    }
    const bk_symbol *const target = &m->symbols[logic->target];
    if (target->kind != BK_LEVEL) {
        bk_diag_add(builder->diag, BK_ERROR, logic->where, "logic-target",
                    "\"%s\" is a %s; only a qualitative species can have logic",
                    target->id, bk_symbol_kind_text(target->kind));
        return;
    }
    if (target->constant) {
        bk_diag_add(builder->diag, BK_ERROR, logic->where, "logic-constant",
                    "\"%s\" is constant and has logic; remove its transition, or make "
                    "it constant=\"false\"",
                    target->id);
    }
    check_outcome(builder, target, logic->otherwise, logic->where);
    for (int32_t k = 0; k < logic->terms; k++) {
        const bk_term *const term = &m->terms[logic->first_term + k];
        check_outcome(builder, target, term->level, term->where);
    }
    /* Written so that NaN is refused too. */
    if (!(logic->rate_up >= 0.0 && logic->rate_down >= 0.0)) {
        bk_diag_add(builder->diag, BK_ERROR, logic->where, "logic-rate",
                    "the rates of \"%s\" must not be negative", target->id);
    }
}

void bk_check_levels(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    for (int32_t s = 0; s < m->n_symbols; s++) {
        if (m->symbols[s].kind == BK_LEVEL) {
            check_level_symbol(builder, &m->symbols[s]);
        }
    }
    for (int32_t i = 0; i < m->n_logics; i++) {
        check_logic(builder, &m->logics[i]);
    }
}
