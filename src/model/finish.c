/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "math/pool.h"

static void index_reactions(bk_builder *builder)
{
    bk_model *const model = builder->model;
    for (int32_t i = 0; i < model->n_reactions; i++) {
        bk_reaction *const reaction = &model->reactions[i];
        reaction->first_local = 0;
        reaction->locals = 0;
        if (bk_model_has_symbol(model, reaction->symbol)) {
            model->symbols[reaction->symbol].item = i;
        }
    }
    for (int32_t s = 0; s < model->n_symbols; s++) {
        const bk_symbol *const local = &model->symbols[s];
        if (local->kind != BK_LOCAL_PARAMETER ||
            !bk_model_has_symbol(model, local->owner)) {
            continue;
        }
        const int32_t item = model->symbols[local->owner].item;
        if (item < 0 || item >= model->n_reactions) {
            continue;
        }
        bk_reaction *const reaction = &model->reactions[item];
        reaction->first_local = reaction->locals == 0 ? s : reaction->first_local;
        if (s != reaction->first_local + reaction->locals) {
            bk_diag_add(builder->diag, BK_ERROR, local->where, "local-parameter-order",
                        "the local parameters of a reaction must be added one after "
                        "the other, and \"%s\" stands apart",
                        local->id);
        }
        reaction->locals++;
    }
}

/* What symbols know of the items that are about them. */
static void index_items(bk_builder *builder)
{
    bk_model *const model = builder->model;
    for (int k = 0; k <= BK_LEVEL; k++) {
        model->kinds[k] = 0;
    }
    for (int32_t s = 0; s < model->n_symbols; s++) {
        bk_symbol *const symbol = &model->symbols[s];
        model->kinds[symbol->kind]++;
        symbol->item = -1;
        symbol->rule = -1;
    }
    index_reactions(builder);
    for (int32_t i = 0; i < model->n_events; i++) {
        if (bk_model_has_symbol(model, model->events[i].symbol)) {
            model->symbols[model->events[i].symbol].item = i;
        }
    }
    for (int32_t i = 0; i < model->n_rules; i++) {
        const int32_t target = model->rules[i].target;
        if (model->rules[i].kind != BK_ALGEBRAIC_RULE &&
            bk_model_has_symbol(model, target) && model->symbols[target].rule < 0) {
            model->symbols[target].rule = i;
        }
    }
}

static void check(bk_builder *builder)
{
    static void (*const passes[])(bk_builder *) = {
        bk_check_references, bk_check_math,   bk_check_rules,
        bk_check_reactions,  bk_check_events, bk_check_algebraic,
        bk_check_cycles,     bk_check_levels, bk_check_conditions};
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        if (!builder->no_memory) {
            passes[i](builder);
        }
    }
}

static void derive(bk_builder *builder)
{
    static void (*const passes[])(bk_builder *) = {
        bk_check_overlaps, bk_merge_logics, bk_derive_influences, bk_index_names};
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        if (!builder->no_memory) {
            passes[i](builder);
        }
    }
}

bk_status bk_builder_finish(bk_builder *builder, bk_model **model)
{
    if (builder == NULL) {
        return BK_NO_MEMORY;
    }
    /* An expression that failed for want of memory is -1, which elsewhere means that
     * the file has none. */
    builder->no_memory = builder->no_memory || builder->model->exprs->failures > 0;
    if (!builder->no_memory) {
        index_items(builder);
        check(builder);
    }
    if (!bk_builder_wrong(builder)) {
        derive(builder);
    }
    bk_status status = BK_OK;
    if (builder->no_memory || builder->model->exprs->failures > 0) {
        status = BK_NO_MEMORY;
    } else if (bk_builder_wrong(builder)) {
        status = BK_BAD_INPUT;
    } else {
        *model = builder->model;
        builder->model = NULL;
    }
    bk_builder_free(builder);
    return status;
}
