/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/system.h"

#include "base/alloc.h"

#include <string.h>

enum { MOST_DIAGRAM = 200000 };

static void free_system(bk_system *head)
{
    bk_logic_system *const s = (bk_logic_system *)head;
    for (int32_t x = 0; s->dd != NULL && s->cases != NULL && x < s->n; x++) {
        bk_dd_free(s->dd[x]);
        bk_dd_free(s->cases[x]);
    }
    bk_arena_free(s->arena);
    bk_free(s);
}

static bk_status refuse(const bk_model *model, bk_diag *diag)
{
    bk_status status = BK_OK;
    for (int32_t i = 0; i < model->n_requirements; i++) {
        const bk_requirement *const r = &model->requirements[i];
        if (r->logical) {
            bk_diag_add(diag, BK_ERROR, r->where, "logic-unsupported",
                        "%s%s%s cannot be run by logic", r->what,
                        r->detail[0] != '\0' ? " " : "", r->detail);
            status = BK_UNSUPPORTED;
        }
    }
    if (!bk_model_has_logic(model)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = model->source}, "no-logic",
                    "this file has no logical part (no qualitative species); use the "
                    "method ode");
        status = BK_UNSUPPORTED;
    }
    return status;
}

static bk_status number_nodes(bk_logic_system *s)
{
    const bk_model *const model = s->head.model;
    s->n = model->kinds[BK_LEVEL];
    if (!BK_MAKE(s, symbol, s->n) || !BK_MAKE(s, node, model->n_symbols) ||
        !BK_MAKE(s, max, s->n) || !BK_MAKE(s, start, s->n) || !BK_MAKE(s, slow, s->n) ||
        !BK_MAKE(s, rate_up, s->n) || !BK_MAKE(s, rate_down, s->n) ||
        !BK_MAKE(s, dd, s->n) || !BK_MAKE(s, cases, s->n) || !BK_MAKE(s, table, s->n) ||
        !BK_MAKE(s, bits, s->n) || !BK_MAKE(s, case_table, s->n) ||
        !BK_MAKE(s, case_level, s->n) || !BK_MAKE(s, case_rate, s->n) ||
        !BK_MAKE(s, n_cases, s->n) || !BK_MAKE(s, slot_of, s->n) ||
        !BK_MAKE(s, first_slot, s->n) || !BK_MAKE(s, self_slot, s->n) ||
        !BK_MAKE(s, first_way, s->n) || !BK_MAKE(s, first_level, s->n)) {
        return BK_NO_MEMORY;
    }
    int32_t x = 0;
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const symbol = &model->symbols[i];
        s->node[i] = -1;
        if (symbol->kind != BK_LEVEL) {
            continue;
        }
        s->node[i] = x;
        s->symbol[x] = i;
        s->max[x] = (uint8_t)symbol->max_level;
        s->start[x] = (uint8_t)(symbol->start_level > 0 ? symbol->start_level : 0);
        s->slow[x] = symbol->slow;
        s->first_level[x + 1] = s->first_level[x] + s->max[x] + 1u;
        x++;
    }
    return BK_OK;
}

static bk_status build_rule(bk_logic_system *s, int32_t x, int32_t number,
                            bk_diag *diag)
{
    const bk_model *const model = s->head.model;
    const bk_logic *const logic = &model->logics[number];
    bk_status status = bk_dd_build(model, number, MOST_DIAGRAM, &s->dd[x]);
    if (status == BK_OK && bk_logic_has_rates(model, number)) {
        status = logic->terms < 256
                     ? bk_dd_build_cases(model, number, MOST_DIAGRAM, &s->cases[x])
                     : BK_UNSUPPORTED;
    }
    if (status == BK_UNSUPPORTED) {
        bk_diag_add(diag, BK_ERROR, logic->where, "rule-too-large",
                    "the rule of \"%s\" is too large: its decision diagram has "
                    "over %d nodes, or its rates over 255 cases",
                    bk_symbol_id(model, s->symbol[x]), MOST_DIAGRAM);
    }
    return status;
}

static bk_status build_rules(bk_logic_system *s, bk_diag *diag)
{
    bk_status status = BK_OK;
    for (int32_t x = 0; x < s->n && status == BK_OK; x++) {
        const int32_t number = bk_model_logic_of(s->head.model, s->symbol[x]);
        if (number >= 0) {
            status = build_rule(s, x, number, diag);
        }
    }
    return status == BK_OK ? bk_logic_rates(s) : status;
}

static void mark_effective(const bk_dd *dd, int32_t *slot_of)
{
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        slot_of[dd->variable[node]] = 0;
    }
}

static bk_status count_slots(bk_logic_system *s)
{
    for (int32_t x = 0; x < s->n; x++) {
        s->first_slot[x] = s->n_slots;
        const bk_dd *const dd = s->dd[x];
        if (dd == NULL) {
            continue;
        }
        if (!BK_MAKE(s, slot_of[x], dd->regulators)) {
            return BK_NO_MEMORY;
        }
        for (int32_t v = 0; v < dd->regulators; v++) {
            s->slot_of[x][v] = -1;
        }
        mark_effective(dd, s->slot_of[x]);
        if (s->cases[x] != NULL) {
            mark_effective(s->cases[x], s->slot_of[x]);
        }
        for (int32_t v = 0; v < dd->regulators; v++) {
            s->slot_of[x][v] = s->slot_of[x][v] < 0 ? -1 : s->n_slots++;
        }
    }
    s->first_slot[s->n] = s->n_slots;
    return BK_MAKE(s, slots, s->n_slots) && BK_MAKE(s, ways, s->n_slots) ? BK_OK
                                                                         : BK_NO_MEMORY;
}

/* The size of the flat table of a rule; 0: too large. */
static uint32_t table_size(const bk_logic_system *s, int32_t x)
{
    uint64_t size = 1;
    for (int32_t v = 0; v < s->dd[x]->regulators; v++) {
        size *= s->slot_of[x][v] < 0 ? 1 : (uint64_t)s->dd[x]->levels[v];
        if (size > BK_TABLE_ENTRIES) {
            return 0;
        }
    }
    return (uint32_t)size;
}

static void fill_slots(bk_logic_system *s, int32_t x)
{
    const bk_dd *const dd = s->dd[x];
    const bool flat = table_size(s, x) > 0;
    uint32_t stride = 1;
    for (int32_t v = 0; v < dd->regulators; v++) {
        const int32_t i = s->slot_of[x][v];
        if (i < 0) {
            continue;
        }
        s->slots[i] = (bk_slot){.source = s->node[dd->regulator[v]],
                                .target = x,
                                .base = s->n_contributions,
                                .stride = stride};
        s->n_contributions += (uint32_t)dd->levels[v];
        stride *= flat ? (uint32_t)dd->levels[v] : 1;
    }
}

typedef struct filling {
    const bk_logic_system *system;
    int32_t target;
    const bk_dd *dd;
    uint8_t *table;
    uint32_t size;
} filling;

/* What a diagram gives in every state of the regulators whose first v are those of entry
 * `at`: the entries at, at + stride of the next, ... of a table. */
static void fill_below(const filling *f, int32_t node, int32_t v, uint32_t at)
{
    const bk_dd *const dd = f->dd;
    const int32_t *const slot_of = f->system->slot_of[f->target];
    while (v < dd->regulators && slot_of[v] < 0) {
        v++;
    }
    if (v == dd->regulators) {
        f->table[at] = (uint8_t)node;
        return;
    }
    const uint32_t stride = f->system->slots[slot_of[v]].stride;
    if (node < dd->terminals) {
        for (; at < f->size; at += stride) {
            f->table[at] = (uint8_t)node;
        }
        return;
    }
    const bool asks = dd->variable[node] == v;
    for (int32_t level = 0; level < dd->levels[v]; level++) {
        const int32_t below = asks ? dd->children[dd->first[node] + level] : node;
        fill_below(f, below, v + 1, at + (uint32_t)level * stride);
    }
}

static bk_status fill_table(bk_logic_system *s, int32_t x)
{
    const uint32_t size = table_size(s, x);
    if (size == 0) {
        return BK_OK;
    }
    const bk_dd *const cases = s->cases[x];
    if (!BK_MAKE(s, table[x], size) ||
        (cases != NULL && !BK_MAKE(s, case_table[x], size)) ||
        (s->max[x] == 1 && !BK_MAKE(s, bits[x], size / 64))) {
        return BK_NO_MEMORY;
    }
    const filling levels = {s, x, s->dd[x], s->table[x], size};
    fill_below(&levels, levels.dd->root, 0, 0);
    if (cases != NULL) {
        const filling which = {s, x, cases, s->case_table[x], size};
        fill_below(&which, cases->root, 0, 0);
    }
    for (uint32_t i = 0; s->bits[x] != NULL && i < size; i++) {
        s->bits[x][i / 64] |= (uint64_t)s->table[x][i] << i % 64;
    }
    return BK_OK;
}

static bk_status build_tables(bk_logic_system *s)
{
    bk_status status = BK_OK;
    for (int32_t x = 0; x < s->n && status == BK_OK; x++) {
        if (s->dd[x] != NULL) {
            fill_slots(s, x);
            status = fill_table(s, x);
        }
    }
    return status;
}

static void build_ways(bk_logic_system *s)
{
    for (int32_t x = 0; x < s->n; x++) {
        s->self_slot[x] = -1;
    }
    for (int32_t i = 0; i < s->n_slots; i++) {
        const bk_slot *const slot = &s->slots[i];
        if (slot->source == slot->target) {
            s->self_slot[slot->target] = i;
        } else {
            s->first_way[slot->source + 1]++;
        }
    }
    for (int32_t x = 0; x < s->n; x++) {
        s->first_way[x + 1] += s->first_way[x];
    }
    /* Filling moves each start to the next source's; it is moved back below. */
    for (int32_t i = 0; i < s->n_slots; i++) {
        const bk_slot *const slot = &s->slots[i];
        if (slot->source != slot->target) {
            s->ways[s->first_way[slot->source]++] =
                (bk_way){slot->target, slot->base, i};
        }
    }
    for (int32_t x = s->n; x > 0; x--) {
        s->first_way[x] = s->first_way[x - 1];
    }
    s->first_way[0] = 0;
}

bk_status bk_logic_compile(const bk_engine *engine, const bk_model *model,
                           bk_diag *diag, bk_system **system)
{
    bk_status status = refuse(model, diag);
    if (status != BK_OK) {
        return status;
    }
    bk_logic_system *const s = bk_alloc_zero(1, sizeof *s);
    if (s == NULL) {
        return BK_NO_MEMORY;
    }
    s->head = (bk_system){.engine = engine, .model = model, .free_rest = free_system};
    s->arena = bk_arena_new();
    status = s->arena == NULL ? BK_NO_MEMORY : number_nodes(s);
    if (status == BK_OK) {
        status = build_rules(s, diag);
    }
    if (status == BK_OK) {
        status = count_slots(s);
    }
    if (status == BK_OK) {
        status = build_tables(s);
    }
    if (status != BK_OK) {
        free_system(&s->head);
        return status;
    }
    build_ways(s);
    *system = &s->head;
    return BK_OK;
}
