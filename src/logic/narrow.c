/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/narrow.h"

#include "base/alloc.h"

enum { MOST_REGULATORS = 12 };

static bool processor_has_it(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

/* Whether a level matters to the rule as bound. */
static bool matters(const bk_logic_work *w, const bk_slot *slot)
{
    return w->contribution[slot->base] != w->contribution[slot->base + 1];
}

static bool fits(const bk_logic_work *w)
{
    const bk_logic_system *const s = w->system;
    if (s->n > BK_NARROW || w->drawing != BK_DRAW_EVEN || w->n_hidden > 0 ||
        !(w->pace[0] > 0.0) || !processor_has_it()) {
        return false;
    }
    for (int32_t x = 0; x < s->n; x++) {
        int32_t regulators = 0;
        for (int32_t i = s->first_slot[x]; i < s->first_slot[x + 1]; i++) {
            regulators += matters(w, &s->slots[i]) ? 1 : 0;
        }
        const bool drawn_input = s->dd[x] == NULL && w->drawn[x] != 0 && !w->held[x];
        if (s->max[x] != 1 || w->share[x] < 1.0 || s->cases[x] != NULL || drawn_input ||
            (s->dd[x] != NULL && s->table[x] == NULL) || regulators > MOST_REGULATORS) {
            return false;
        }
    }
    return true;
}

static size_t words_of(uint64_t mask)
{
    const int bits = __builtin_popcountll(mask);
    return bits > 6 ? (size_t)1 << (bits - 6) : 1;
}

/* The table of x by the levels of its mask, lowest node first. */
static void fill(const bk_logic_work *w, const bk_narrow *net, int32_t x)
{
    const bk_logic_system *const s = w->system;
    const uint8_t *const drive = w->drive + s->first_level[x];
    const size_t entries = (size_t)1 << __builtin_popcountll(net->mask[x]);
    for (size_t at = 0; at < entries; at++) {
        uint32_t index = w->base_index[x];
        for (int32_t i = s->first_slot[x]; i < s->first_slot[x + 1]; i++) {
            const bk_slot *const slot = &s->slots[i];
            const uint64_t below = (UINT64_C(1) << slot->source) - 1;
            const int place = __builtin_popcountll(net->mask[x] & below);
            if (matters(w, slot) && (at >> place & 1u) != 0) {
                index += w->contribution[slot->base + 1] - w->contribution[slot->base];
            }
        }
        const uint64_t wants = drive[s->table[x][index]];
        net->table[x][at >> 6] |= wants << (at & 63);
    }
}

bk_status bk_narrow_new(const bk_logic_work *work, bk_narrow **narrow)
{
    const bk_logic_system *const s = work->system;
    *narrow = NULL;
    if (!fits(work)) {
        return BK_OK;
    }
    bk_narrow *const net = bk_alloc_zero(1, sizeof *net);
    if (net == NULL) {
        return BK_NO_MEMORY;
    }
    net->n = s->n;
    size_t words = 0;
    for (int32_t x = 0; x < s->n; x++) {
        net->movable |= (uint64_t)!work->held[x] << x;
        for (int32_t i = s->first_slot[x]; i < s->first_slot[x + 1]; i++) {
            net->mask[x] |= (uint64_t)matters(work, &s->slots[i]) << s->slots[i].source;
        }
        words += words_of(net->mask[x]);
        if (s->dd[x] == NULL) {
            net->fixed_wants |=
                (uint64_t)work->drive[s->first_level[x] + work->input[x]] << x;
        }
    }
    enum { WAYS = BK_NARROW * MOST_REGULATORS };
    net->room = bk_alloc_zero(words + WAYS / 8, sizeof *net->room);
    if (net->room == NULL) {
        bk_narrow_free(net);
        return BK_NO_MEMORY;
    }
    uint64_t *next = net->room;
    for (int32_t x = 0; x < s->n; x++) {
        if (s->dd[x] != NULL) {
            net->table[x] = next;
            next += words_of(net->mask[x]);
            fill(work, net, x);
        }
    }
    net->ways = (uint8_t *)(net->room + words);
    int n = 0;
    for (int32_t x = 0; x < s->n; x++) {
        net->first_way[x] = (uint16_t)n;
        for (int32_t y = 0; y < s->n; y++) {
            if ((net->mask[y] >> x & 1u) != 0) {
                net->ways[n++] = (uint8_t)y;
            }
        }
    }
    net->first_way[s->n] = (uint16_t)n;
    *narrow = net;
    return BK_OK;
}

void bk_narrow_free(bk_narrow *narrow)
{
    if (narrow != NULL) {
        bk_free(narrow->room);
        bk_free(narrow);
    }
}
