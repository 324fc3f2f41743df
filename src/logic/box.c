/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/box.h"

#include "base/alloc.h"

#include <string.h>

typedef struct boxing {
    const bk_logic_work *work;
    uint8_t *low, *high;
    bool *reached; /* by node of the diagram at hand */
} boxing;

static void widen(uint8_t *low, uint8_t *high, uint8_t level)
{
    *low = level < *low ? level : *low;
    *high = level > *high ? level : *high;
}

/* What the rule can give while its regulators stay in the box.  Children have smaller
 * numbers than their parents, so one way down the numbers meets parents first. */
static void range_of_rule(boxing *b, int32_t x, uint8_t *low, uint8_t *high)
{
    const bk_logic_system *const s = b->work->system;
    const bk_dd *const dd = s->dd[x];
    memset(b->reached, 0, (size_t)dd->nodes * sizeof *b->reached);
    b->reached[dd->root] = true;
    for (int32_t node = dd->nodes - 1; node >= dd->terminals; node--) {
        if (!b->reached[node]) {
            continue;
        }
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        const int32_t source = slot->source;
        for (int level = b->low[source]; level <= b->high[source]; level++) {
            const uint8_t sight = b->work->sight[slot->base + (uint32_t)level];
            b->reached[dd->children[dd->first[node] + sight]] = true;
        }
    }
    const uint8_t *const drive = b->work->drive + s->first_level[x];
    for (int32_t level = 0; level < dd->terminals; level++) {
        if (b->reached[level]) {
            widen(low, high, drive[level]);
        }
    }
}

static void range_of_input(const boxing *b, int32_t x, bool free_inputs, uint8_t *low,
                           uint8_t *high)
{
    const bk_logic_system *const s = b->work->system;
    const uint8_t *const drive = b->work->drive + s->first_level[x];
    for (uint32_t level = 0; level <= s->max[x]; level++) {
        if (free_inputs || level == b->work->input[x]) {
            widen(low, high, drive[level]);
        }
    }
}

static bool tighten(boxing *b, int32_t x, bool free_inputs)
{
    const bk_logic_work *const w = b->work;
    uint8_t low = UINT8_MAX;
    uint8_t high = 0;
    if (w->held[x]) {
        low = high = w->begin[x];
    } else if (w->system->dd[x] == NULL) {
        range_of_input(b, x, free_inputs, &low, &high);
    } else {
        range_of_rule(b, x, &low, &high);
    }
    const bool changed = low != b->low[x] || high != b->high[x];
    b->low[x] = low;
    b->high[x] = high;
    return changed;
}

/* With room for the largest diagram; false: memory. */
static bool open_boxing(boxing *b, const bk_logic_work *work, uint8_t *low,
                        uint8_t *high)
{
    const bk_logic_system *const s = work->system;
    int32_t most = 0;
    for (int32_t x = 0; x < s->n; x++) {
        most = s->dd[x] != NULL && s->dd[x]->nodes > most ? s->dd[x]->nodes : most;
    }
    *b = (boxing){.work = work,
                  .low = low,
                  .high = high,
                  .reached = bk_alloc_zero((size_t)most + 1, sizeof *b->reached)};
    return b->reached != NULL;
}

bk_status bk_logic_box(const bk_logic_work *work, bool free_inputs, bool percolate,
                       uint8_t *low, uint8_t *high)
{
    const bk_logic_system *const s = work->system;
    boxing b;
    if (!open_boxing(&b, work, low, high)) {
        return BK_NO_MEMORY;
    }
    for (int32_t x = 0; x < s->n; x++) {
        low[x] = 0;
        high[x] = s->max[x];
    }
    for (int32_t x = 0; x < s->n; x++) {
        if (work->held[x] || (free_inputs && s->dd[x] == NULL)) {
            tighten(&b, x, free_inputs);
        }
    }
    for (bool changed = percolate; changed;) {
        changed = false;
        for (int32_t x = 0; x < s->n; x++) {
            changed = tighten(&b, x, free_inputs) || changed;
        }
    }
    bk_free(b.reached);
    return BK_OK;
}

bk_status bk_logic_closure(const bk_logic_work *work, const bool *still, uint8_t *low,
                           uint8_t *high)
{
    const bk_logic_system *const s = work->system;
    boxing b;
    if (!open_boxing(&b, work, low, high)) {
        return BK_NO_MEMORY;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int32_t x = 0; x < s->n; x++) {
            const int was = high[x] - low[x];
            if (work->held[x] || still[x]) {
                continue;
            }
            if (s->dd[x] == NULL) {
                range_of_input(&b, x, false, &low[x], &high[x]);
            } else {
                range_of_rule(&b, x, &low[x], &high[x]);
            }
            changed = changed || high[x] - low[x] != was;
        }
    }
    bk_free(b.reached);
    return BK_OK;
}

double bk_logic_box_states(const bk_logic_work *work, const uint8_t *low,
                           const uint8_t *high)
{
    double states = 1.0;
    for (int32_t x = 0; x < work->system->n; x++) {
        states *= (double)(high[x] - low[x] + 1);
    }
    return states;
}
