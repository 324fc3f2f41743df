/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"

#include <string.h>

static void *copy(bk_builder *builder, const void *from, size_t count, size_t size)
{
    void *const to = bk_arena_alloc(builder->model->arena, count * size + 1);
    if (to == NULL) {
        builder->no_memory = true;
        return NULL;
    }
    memcpy(to, from, count * size);
    return to;
}

void bk_builder_start(bk_builder *builder, const bk_start_group *group)
{
    bk_model *const model = builder->model;
    const size_t n = (size_t)group->n;
    const size_t states = (size_t)group->states;
    const bk_start_group kept = {
        .n = group->n,
        .states = group->states,
        .levels = copy(builder, group->levels, n, sizeof *group->levels),
        .weights = copy(builder, group->weights, states, sizeof *group->weights),
        .values = copy(builder, group->values, n * states, 1)};
    if (builder->no_memory || !bk_grow(&model->starts, &builder->starts,
                                       (size_t)model->n_starts + 1, sizeof kept)) {
        builder->no_memory = true;
        return;
    }
    model->starts[model->n_starts++] = kept;
}
