/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/box.h"
#include "logic/control_impl.h"

bk_status bk_control_space(bk_logic_work *w, bool free_inputs, bk_reduced **net)
{
    const size_t n = (size_t)w->system->n;
    uint8_t *const box = bk_alloc(2 * n + 1);
    bk_status status =
        box == NULL ? BK_NO_MEMORY : bk_logic_box(w, free_inputs, false, box, box + n);
    if (status == BK_OK) {
        status = bk_reduce(w, free_inputs, box, box + n, false, net);
    }
    bk_free(box);
    return status;
}

/* The variable of a source in the reduced rule of a target, or -1. */
static int32_t variable_of(const bk_reduced *net, int32_t source, int32_t target)
{
    const bk_dd *const dd = net->dd[target];
    for (int32_t node = dd == NULL ? 0 : dd->terminals; dd != NULL && node < dd->nodes;
         node++) {
        if (dd->regulator[dd->variable[node]] == source) {
            return dd->variable[node];
        }
    }
    return -1;
}

/* What a target sees of each level of a source. */
static const uint8_t *sight_of(const bk_reduced *net, int32_t target, int32_t variable)
{
    const bk_logic_system *const s = net->work->system;
    return net->work->sight + s->slots[s->slot_of[target][variable]].base;
}

bool bk_lever_resolve(const bk_reduced *net, const bk_intervention *given,
                      bk_lever *part)
{
    const bk_logic_system *const s = net->work->system;
    const int32_t symbols = s->head.model->n_symbols;
    if (given->symbol < 0 || given->symbol >= symbols || given->target >= symbols) {
        return false;
    }
    const int32_t x = s->node[given->symbol];
    *part = (bk_lever){.x = x, .source = -1, .level = given->level, .variable = -1};
    if (given->target < 0) {
        return x >= 0 && net->low[x] < net->high[x] && given->level >= net->low[x] &&
               given->level <= net->high[x];
    }
    part->source = x;
    part->x = s->node[given->target];
    if (x < 0 || part->x < 0) {
        return false;
    }
    part->variable = variable_of(net, x, part->x);
    for (int raw = net->low[x]; part->variable >= 0 && raw <= net->high[x]; raw++) {
        if (sight_of(net, part->x, part->variable)[raw] == given->level) {
            part->raw = raw;
            return true;
        }
    }
    return false;
}

typedef struct listing {
    bk_intervention *all;
    size_t count, capacity;
    bool failed;
} listing;

static void add(listing *l, int32_t symbol, int32_t target, int level)
{
    if (!bk_grow(&l->all, &l->capacity, l->count + 1, sizeof *l->all)) {
        l->failed = true;
        return;
    }
    l->all[l->count++] = (bk_intervention){symbol, target, level};
}

static void add_arcs(listing *l, const bk_reduced *net, int32_t x)
{
    const bk_logic_system *const s = net->work->system;
    const bk_dd *const dd = net->dd[x];
    for (int32_t v = 0; dd != NULL && v < dd->regulators; v++) {
        const int32_t y = dd->regulator[v];
        if (y == x || variable_of(net, y, x) != v) {
            continue;
        }
        int before = -1; /* what is seen of a level rises with it */
        for (int raw = net->low[y]; raw <= net->high[y]; raw++) {
            const int level = sight_of(net, x, v)[raw];
            if (level != before) {
                add(l, s->symbol[y], s->symbol[x], level);
            }
            before = level;
        }
    }
}

bk_status bk_interventions(const bk_system *logic_system, const bk_overlay *overlay,
                           bool free_inputs, bool arcs, bk_intervention **list,
                           size_t *count)
{
    if (!bk_logic_is_system(logic_system)) {
        return BK_MISUSE;
    }
    const bk_logic_system *const s = (const bk_logic_system *)logic_system;
    bk_workspace *workspace = NULL;
    bk_reduced *net = NULL;
    listing l = {.count = 0};
    bk_status status = bk_logic_workspace(logic_system, &workspace);
    if (status == BK_OK) {
        bk_logic_bind((bk_logic_work *)workspace, overlay, NULL, false);
        status = bk_control_space((bk_logic_work *)workspace, free_inputs, &net);
    }
    for (int32_t x = 0; status == BK_OK && x < s->n; x++) {
        for (int level = net->low[x];
             level <= net->high[x] && net->low[x] < net->high[x]; level++) {
            add(&l, s->symbol[x], -1, level);
        }
    }
    for (int32_t x = 0; status == BK_OK && arcs && x < s->n; x++) {
        add_arcs(&l, net, x);
    }
    bk_reduced_free(net);
    bk_workspace_free(workspace);
    status = status == BK_OK && l.failed ? BK_NO_MEMORY : status;
    if (status != BK_OK) {
        bk_free(l.all);
        return status;
    }
    *list = l.all;
    *count = l.count;
    return BK_OK;
}

void bk_interventions_free(bk_intervention *list)
{
    bk_free(list);
}
