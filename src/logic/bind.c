/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/system.h"

#include <math.h>
#include <string.h>

/* What an overlay and the settings make of a system, for one run at a time. */

static void free_work(bk_workspace *head)
{
    bk_logic_work *const w = (bk_logic_work *)head;
    bk_arena_free(w->arena);
    bk_free(w);
}

static bool make_arrays(bk_logic_work *w)
{
    const bk_logic_system *const s = w->system;
    const uint32_t levels = s->first_level[s->n];
    w->words = (s->n + 63) / 64;
    w->n_leaves = 1;
    while (w->n_leaves < s->n) {
        w->n_leaves *= 2;
    }
    return BK_MAKE(w, contribution, s->n_contributions) &&
           BK_MAKE(w, sight, s->n_contributions) && BK_MAKE(w, drive, levels) &&
           BK_MAKE(w, seen, levels) && BK_MAKE(w, begin, s->n) &&
           BK_MAKE(w, input, s->n) && BK_MAKE(w, held, s->n) &&
           BK_MAKE(w, share, s->n) && BK_MAKE(w, hidden, s->n) &&
           BK_MAKE(w, cells, s->n) && BK_MAKE(w, off, s->n) &&
           BK_MAKE(w, enabled, w->words) && BK_MAKE(w, counts, w->words) &&
           BK_MAKE(w, codes, 2 * (size_t)s->n) && BK_MAKE(w, told, s->n) &&
           BK_MAKE(w, drawn, s->n) && BK_MAKE(w, coins, s->n) &&
           BK_MAKE(w, groups, s->head.model->n_starts) &&
           BK_MAKE(w, base_index, s->n) && BK_MAKE(w, ways, s->n_slots) &&
           BK_MAKE(w, first_way, s->n) &&
           (s->n_rates < 2 || s->n_rates > BK_MOST_SETS ||
            (BK_MAKE(w, sets, (size_t)s->n_rates * (size_t)w->words) &&
             BK_MAKE(w, set_counts, (size_t)s->n_rates * (size_t)w->words))) &&
           (s->n_rates <= BK_MOST_SETS || BK_MAKE(w, tree, 2 * (size_t)w->n_leaves));
}

bk_status bk_logic_workspace(const bk_system *system, bk_workspace **workspace)
{
    bk_logic_work *const w = bk_alloc_zero(1, sizeof *w);
    if (w == NULL) {
        return BK_NO_MEMORY;
    }
    w->head = (bk_workspace){.system = system, .free_rest = free_work};
    w->system = (const bk_logic_system *)system;
    w->arena = bk_arena_new();
    if (w->arena == NULL || !make_arrays(w)) {
        free_work(&w->head);
        return BK_NO_MEMORY;
    }
    *workspace = &w->head;
    return BK_OK;
}

uint8_t bk_level_near(double value, int max_level)
{
    if (!(value > 0.0)) {
        return 0;
    }
    const double level = floor(value + 0.5);
    return (uint8_t)(level < (double)max_level ? (int)level : max_level);
}

static void bind_start(bk_logic_work *w, int32_t x, const bk_overlay_symbol *record,
                       const bk_settings *settings)
{
    const bk_logic_system *const s = w->system;
    const int max = s->max[x];
    const bool edited = record != NULL && !isnan(record->start);
    w->input[x] = edited ? bk_level_near(record->start, max) : s->start[x];
    w->begin[x] = w->input[x];
    if (!edited && settings != NULL && settings->state != NULL &&
        !isnan(settings->state[s->symbol[x]])) {
        w->begin[x] = bk_level_near(settings->state[s->symbol[x]], max);
    }
    w->held[x] = settings != NULL && settings->freeze_slow && s->slow[x];
    if (record != NULL && !isnan(record->layer[BK_BACKGROUND].fix)) {
        w->begin[x] = w->drive[s->first_level[x]];
        w->held[x] = true;
    }
}

static void bind_share(bk_logic_work *w, int32_t x, const bk_overlay_symbol *record,
                       bool stochastic)
{
    w->share[x] = 1.0;
    if (!stochastic) {
        return;
    }
    const bk_symbol *const symbol =
        &w->system->head.model->symbols[w->system->symbol[x]];
    w->share[x] = bk_symbol_share(symbol, record);
    if (w->share[x] > 0.0 && w->share[x] < 1.0) {
        w->hidden[w->n_hidden++] = x;
    }
}

static void bind_node(bk_logic_work *w, int32_t x, const bk_overlay *overlay,
                      const bk_settings *settings, bool stochastic)
{
    const bk_logic_system *const s = w->system;
    const bk_symbol *const symbol = &s->head.model->symbols[s->symbol[x]];
    const bk_overlay_symbol *const record = bk_overlay_of(overlay, s->symbol[x]);
    const uint32_t base = s->first_level[x];
    for (int level = 0; level <= s->max[x]; level++) {
        w->drive[base + (uint32_t)level] =
            (uint8_t)bk_overlay_drive_level(record, level, s->max[x]);
        w->seen[base + (uint32_t)level] =
            (uint8_t)bk_symbol_seen_level(symbol, record, level, stochastic);
    }
    bind_start(w, x, record, settings);
    bind_share(w, x, record, stochastic);
}

static void bind_slot(bk_logic_work *w, const bk_slot *slot)
{
    const bk_logic_system *const s = w->system;
    const bool own = slot->source == slot->target;
    for (uint32_t level = 0; level <= s->max[slot->source]; level++) {
        const uint8_t sight =
            own ? (uint8_t)level : w->seen[s->first_level[slot->source] + level];
        w->sight[slot->base + level] = sight;
        w->contribution[slot->base + level] = slot->stride * sight;
    }
}

static void cut_slots(bk_logic_work *work, int32_t source, int32_t target,
                      uint8_t level)
{
    const bk_logic_system *const s = work->system;
    for (int32_t i = s->first_slot[target]; i < s->first_slot[target + 1]; i++) {
        const bk_slot *const slot = &s->slots[i];
        for (uint32_t of = 0; slot->source == source && of <= s->max[source]; of++) {
            work->sight[slot->base + of] = level;
            work->contribution[slot->base + of] = slot->stride * level;
        }
    }
}

static void bind_cut(bk_logic_work *w, const bk_overlay_cut *cut)
{
    const bk_logic_system *const s = w->system;
    const int32_t source = s->node[cut->source];
    const int32_t target = s->node[cut->target];
    if (source >= 0 && target >= 0) {
        cut_slots(w, source, target, bk_level_near(cut->value, s->max[source]));
    }
}

/* The ways of each source, those through which it changes nothing left out. */
static void bind_ways(bk_logic_work *w)
{
    const bk_logic_system *const s = w->system;
    int32_t n = 0;
    for (int32_t x = 0; x < s->n; x++) {
        w->first_way[x] = n;
        for (int32_t i = s->first_way[x]; i < s->first_way[x + 1]; i++) {
            const bk_way way = s->ways[i];
            const uint32_t *const levels = w->contribution + way.base;
            const bool boolean = s->max[x] == 1;
            if (!boolean || levels[1] != levels[0]) {
                w->ways[n++] = (bk_bound_way){
                    way.target, !boolean ? way.base
                                : s->table[way.target] != NULL
                                    ? levels[1] - levels[0]
                                    : bk_slot_bit(s, &s->slots[way.slot])};
            }
        }
    }
    w->first_way[s->n] = n;
    for (int32_t x = 0; x < s->n; x++) {
        w->base_index[x] = 0;
        for (int32_t i = s->first_slot[x]; i < s->first_slot[x + 1]; i++) {
            w->base_index[x] += w->contribution[s->slots[i].base];
        }
    }
}

static void bind_cell(bk_logic_work *w, int32_t x)
{
    const bk_logic_system *const s = w->system;
    const uint8_t *const drive = w->drive + s->first_level[x];
    bk_cell c = {.drive = drive, .held = w->held[x], .asking = BK_ASK_TABLE};
    if (s->dd[x] == NULL) {
        c.rule.table = &w->input[x];
    } else if (s->bits[x] != NULL) {
        c.rule.bits = s->bits[x];
        c.asking = BK_ASK_BITS;
        c.drive_bits = (uint8_t)(drive[0] | drive[1] << 1);
    } else if (s->table[x] != NULL) {
        c.rule.table = s->table[x];
    } else {
        c.asking = BK_ASK_DIAGRAM;
    }
    w->cells[x] = c;
}

void bk_logic_cut(bk_logic_work *work, int32_t source, int32_t target, uint8_t level)
{
    cut_slots(work, source, target, level);
    bind_ways(work);
}

void bk_logic_fix(bk_logic_work *work, int32_t x, uint8_t level)
{
    const bk_logic_system *const s = work->system;
    memset(work->drive + s->first_level[x], level, (size_t)s->max[x] + 1);
    work->begin[x] = level;
    work->held[x] = true;
    bind_cell(work, x);
}

void bk_logic_bound(bk_logic_work *work, int32_t x, uint8_t low, uint8_t high)
{
    const bk_logic_system *const s = work->system;
    uint8_t *const drive = work->drive + s->first_level[x];
    for (uint32_t level = 0; level <= s->max[x]; level++) {
        drive[level] = drive[level] < low    ? low
                       : drive[level] > high ? high
                                             : drive[level];
    }
    bind_cell(work, x);
}

static const double even = 1.0;

void bk_logic_bind(bk_logic_work *work, const bk_overlay *overlay,
                   const bk_settings *settings, bool stochastic)
{
    const bk_logic_system *const s = work->system;
    work->n_hidden = 0;
    work->stochastic = stochastic;
    work->pace = stochastic && s->n_rates > 0 ? s->rates : &even;
    work->drawing = !stochastic || s->n_rates < 2 ? BK_DRAW_EVEN
                    : s->n_rates > BK_MOST_SETS   ? BK_DRAW_TREE
                                                  : BK_DRAW_SETS;
    memset(work->told, 1, (size_t)s->n);
    for (int32_t x = 0; x < s->n; x++) {
        bind_node(work, x, overlay, settings, stochastic);
    }
    for (int32_t i = 0; i < s->n_slots; i++) {
        bind_slot(work, &s->slots[i]);
    }
    for (size_t i = 0; overlay != NULL && i < overlay->n_cuts; i++) {
        bind_cut(work, &overlay->cuts[i]);
    }
    bind_ways(work);
    for (int32_t x = 0; x < s->n; x++) {
        bind_cell(work, x);
    }
}
