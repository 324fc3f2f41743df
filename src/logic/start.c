/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/start.h"

#include <math.h>
#include <string.h>

static bool keeps_all(const bk_logic_work *w, int32_t x)
{
    const uint8_t *const drive = w->drive + w->system->first_level[x];
    for (int level = 0; level <= w->system->max[x]; level++) {
        if (drive[level] != level) {
            return false;
        }
    }
    return true;
}

static bool is_coin(const bk_start_group *group)
{
    return group->n == 1 && group->states == 2 && group->values[0] == 0 &&
           group->values[1] == 1 && !(group->weights[0] < group->weights[1]) &&
           !(group->weights[0] > group->weights[1]);
}

static void bind_group(bk_logic_work *w, int32_t number, const bk_overlay *overlay)
{
    const bk_start_group *const group = &w->system->head.model->starts[number];
    bool any = false;
    const bk_logic_system *const s = w->system;
    for (int32_t k = 0; k < group->n; k++) {
        const int32_t x = s->node[group->levels[k]];
        const bk_overlay_symbol *const record =
            x >= 0 ? bk_overlay_of(overlay, group->levels[k]) : NULL;
        const bool edited = record != NULL && !isnan(record->start);
        const bool fixed = record != NULL && !isnan(record->layer[BK_BACKGROUND].fix);
        if (x < 0 || edited || fixed) {
            continue;
        }
        w->drawn[x] = 1;
        any = true;
        if (s->dd[x] == NULL && keeps_all(w, x)) {
            /* An input stays where it starts, in whatever run its state is met. */
            w->held[x] = w->cells[x].held = true;
        }
    }
    if (any && is_coin(group)) {
        w->coins[w->n_coins++] = w->system->node[group->levels[0]];
    } else if (any) {
        w->groups[w->n_groups++] = number;
    }
}

void bk_start_bind(bk_logic_work *work, const bk_overlay *overlay,
                   const bk_settings *settings)
{
    const bk_model *const model = work->system->head.model;
    memset(work->drawn, 0, (size_t)work->system->n);
    work->n_coins = work->n_groups = 0;
    if (settings != NULL && settings->state != NULL) {
        return;
    }
    for (int32_t g = 0; g < model->n_starts; g++) {
        bind_group(work, g, overlay);
    }
}

static void take(bk_logic_work *w, const bk_start_group *group, int32_t state)
{
    for (int32_t k = 0; k < group->n; k++) {
        const int32_t x = w->system->node[group->levels[k]];
        if (x >= 0 && w->drawn[x] != 0) {
            w->begin[x] = w->input[x] = group->values[state * group->n + k];
        }
    }
}

static double weight_of(const bk_start_group *group)
{
    double sum = 0.0;
    for (int32_t i = 0; i < group->states; i++) {
        sum += group->weights[i];
    }
    return sum;
}

static int32_t draw_state(const bk_start_group *group, bk_random *random)
{
    double u = bk_random_uniform(random) * weight_of(group);
    int32_t last = 0;
    for (int32_t i = 0; i < group->states; i++) {
        if (group->weights[i] > 0.0) {
            last = i;
            if (u < group->weights[i]) {
                break;
            }
        }
        u -= group->weights[i];
    }
    return last;
}

void bk_start_draw_levels(bk_logic_work *work, bk_random *random)
{
    const bk_model *const model = work->system->head.model;
    uint32_t bits = 0;
    for (int32_t i = 0; i < work->n_coins; i++) {
        bits = i % 32 == 0 ? bk_random_word(random) : bits >> 1;
        const int32_t x = work->coins[i];
        work->begin[x] = work->input[x] = (uint8_t)(bits & 1u);
    }
    for (int32_t i = 0; i < work->n_groups; i++) {
        const bk_start_group *const group = &model->starts[work->groups[i]];
        take(work, group, draw_state(group, random));
    }
}

void bk_start_draw(bk_logic_work *work, bk_random *random)
{
    bk_start_draw_levels(work, random);
    bk_logic_put(work, work->begin);
    bk_logic_draw_hidden(work, random);
}

/* Group by group; at the last one the start is whole. */
static bool each_from(bk_logic_work *w, int32_t g, double part,
                      bool (*visit)(void *context, double part), void *context)
{
    const bk_model *const model = w->system->head.model;
    if (g == model->n_starts) {
        bk_logic_put(w, w->begin);
        return visit(context, part);
    }
    const bk_start_group *const group = &model->starts[g];
    bool any = false;
    for (int32_t k = 0; k < group->n; k++) {
        const int32_t x = w->system->node[group->levels[k]];
        any = any || (x >= 0 && w->drawn[x] != 0);
    }
    if (!any) {
        return each_from(w, g + 1, part, visit, context);
    }
    const double sum = weight_of(group);
    for (int32_t i = 0; i < group->states; i++) {
        if (group->weights[i] > 0.0) {
            take(w, group, i);
            if (!each_from(w, g + 1, part * group->weights[i] / sum, visit, context)) {
                return false;
            }
        }
    }
    return true;
}

bool bk_start_each(bk_logic_work *work, bool (*visit)(void *context, double part),
                   void *context)
{
    return each_from(work, 0, 1.0, visit, context);
}
