/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/walk.h"

#include <string.h>

static uint8_t ask_diagram(const bk_logic_work *w, int32_t x)
{
    const bk_logic_system *const s = w->system;
    const bk_dd *const dd = s->dd[x];
    int32_t node = dd->root;
    while (dd->variable[node] >= 0) {
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        const bk_cell *const source = &w->cells[slot->source];
        const uint8_t level = slot->source == x ? source->state : source->shown;
        node = dd->children[dd->first[node] + w->sight[slot->base + level]];
    }
    return (uint8_t)node;
}

/* Sums over the tree are computed anew from the leaf up, so that they depend on what is
 * enabled and not on the order in which it came to be. */
static void set_rate(bk_logic_work *w, int32_t x, int move)
{
    const bk_logic_system *const s = w->system;
    int32_t i = w->n_leaves + x;
    w->rates[i] = move > 0 ? s->rate_up[x] : move < 0 ? s->rate_down[x] : 0.0;
    for (i /= 2; i > 0; i /= 2) {
        w->rates[i] = w->rates[2 * i] + w->rates[2 * i + 1];
    }
}

static void set_move(bk_logic_work *w, int32_t x, int move)
{
    bk_cell *const c = &w->cells[x];
    if ((move != 0) != (c->move != 0)) {
        const int change = move != 0 ? 1 : -1;
        w->enabled[x >> 6] ^= UINT64_C(1) << (x & 63);
        w->counts[x >> 6] = (uint8_t)(w->counts[x >> 6] + change);
        w->n_enabled += change;
    }
    c->move = (int8_t)move;
    if (w->rates != NULL) {
        set_rate(w, x, move);
    }
}

static inline void retarget(bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->held) {
        return;
    }
    c->target = c->drive[c->table != NULL ? c->table[c->index] : ask_diagram(w, x)];
    const int move = (c->target > c->state) - (c->target < c->state);
    if (move != c->move) {
        set_move(w, x, move);
    }
}

static void show(bk_logic_work *w, int32_t x, uint8_t shown)
{
    const bk_logic_system *const s = w->system;
    bk_cell *const c = &w->cells[x];
    const uint8_t before = c->shown;
    c->shown = shown;
    for (int32_t i = s->first_way[x]; i < s->first_way[x + 1]; i++) {
        const bk_way way = s->ways[i];
        const uint32_t *const contribution = w->contribution + way.base;
        const uint32_t change = contribution[shown] - contribution[before];
        if (change != 0) {
            w->cells[way.target].index += change;
            retarget(w, way.target);
        }
    }
}

void bk_logic_put(bk_logic_work *work, const uint8_t *state)
{
    const bk_logic_system *const s = work->system;
    memset(work->enabled, 0, (size_t)work->words * sizeof *work->enabled);
    memset(work->counts, 0, (size_t)work->words);
    work->n_enabled = 0;
    if (work->rates != NULL) {
        memset(work->rates, 0, 2 * (size_t)work->n_leaves * sizeof *work->rates);
    }
    for (int32_t x = 0; x < s->n; x++) {
        bk_cell *const c = &work->cells[x];
        work->off[x] = work->share[x] <= 0.0;
        c->state = c->target = state[x];
        c->shown = work->off[x] ? 0 : state[x];
        c->move = 0;
        c->index = 0;
    }
    for (int32_t x = 0; x < s->n; x++) {
        bk_cell *const c = &work->cells[x];
        for (int32_t i = s->first_slot[x]; i < s->first_slot[x + 1]; i++) {
            const bk_slot *const slot = &s->slots[i];
            const bk_cell *const source = &work->cells[slot->source];
            const uint8_t level = slot->source == x ? source->state : source->shown;
            c->index += work->contribution[slot->base + level];
        }
        retarget(work, x);
    }
}

static void toggle(bk_logic_work *w, int32_t x)
{
    w->off[x] = !w->off[x];
    show(w, x, w->off[x] ? 0 : w->cells[x].state);
}

void bk_logic_draw_hidden(bk_logic_work *work, bk_random *random)
{
    for (int32_t h = 0; h < work->n_hidden; h++) {
        const int32_t x = work->hidden[h];
        const bool off = bk_random_uniform(random) >= work->share[x];
        if (off != work->off[x]) {
            toggle(work, x);
        }
    }
}

void bk_logic_apply(bk_logic_work *work, uint32_t code)
{
    const bk_logic_system *const s = work->system;
    const int32_t x = (int32_t)(code / 2);
    if (x >= s->n) {
        toggle(work, work->hidden[x - s->n]);
        return;
    }
    bk_cell *const c = &work->cells[x];
    const uint8_t before = c->state;
    c->state = (uint8_t)(before + ((code & 1u) != 0 ? 1 : -1));
    if (s->self_slot[x] >= 0) {
        const uint32_t *const contribution =
            work->contribution + s->slots[s->self_slot[x]].base;
        c->index += contribution[c->state] - contribution[before];
    }
    retarget(work, x);
    if (!work->off[x]) {
        show(work, x, c->state);
    }
}

static double hidden_rate(const bk_logic_work *w, int32_t x)
{
    return BK_KAPPA * (w->off[x] ? w->share[x] : 1.0 - w->share[x]);
}

static double level_rate(const bk_logic_work *w)
{
    return w->rates != NULL ? w->rates[1] : (double)w->n_enabled;
}

double bk_logic_rate(const bk_logic_work *work)
{
    double sum = level_rate(work);
    for (int32_t h = 0; h < work->n_hidden; h++) {
        sum += hidden_rate(work, work->hidden[h]);
    }
    return sum;
}

double bk_logic_rate_of(const bk_logic_work *work, uint32_t code)
{
    const bk_logic_system *const s = work->system;
    const int32_t x = (int32_t)(code / 2);
    if (x >= s->n) {
        return hidden_rate(work, work->hidden[x - s->n]);
    }
    if (work->rates == NULL) {
        return 1.0;
    }
    return (code & 1u) != 0 ? s->rate_up[x] : s->rate_down[x];
}

/* The node of the k-th bit set. */
static int32_t select_enabled(const bk_logic_work *w, int32_t k)
{
    int32_t word = 0;
    while (k >= w->counts[word]) {
        k -= w->counts[word++];
    }
    uint64_t bits = w->enabled[word];
    for (; k > 0; k--) {
        bits &= bits - 1;
    }
    return 64 * word + __builtin_ctzll(bits);
}

static int32_t select_by_rate(const bk_logic_work *w, double u)
{
    int32_t i = 1;
    while (i < w->n_leaves) {
        i *= 2;
        /* Rounding must never lead to a branch where nothing can happen. */
        if (u >= w->rates[i] && w->rates[i + 1] > 0.0) {
            u -= w->rates[i];
            i++;
        }
    }
    return i - w->n_leaves;
}

static uint32_t code_of(const bk_logic_work *w, int32_t x)
{
    return 2u * (uint32_t)x + (w->cells[x].move > 0 ? 1u : 0u);
}

uint32_t bk_logic_pick(const bk_logic_work *work, bk_random *random)
{
    if (work->rates == NULL && work->n_hidden == 0) {
        const uint32_t k = bk_random_below(random, (uint32_t)work->n_enabled);
        return code_of(work, select_enabled(work, (int32_t)k));
    }
    const double levels = level_rate(work);
    double u = bk_random_uniform(random) * bk_logic_rate(work);
    if (u < levels || work->n_hidden == 0) {
        if (work->rates != NULL) {
            return code_of(work, select_by_rate(work, u));
        }
        const int32_t k = u < levels ? (int32_t)u : work->n_enabled - 1;
        return code_of(work, select_enabled(work, k));
    }
    u -= levels;
    int32_t h = 0;
    while (h + 1 < work->n_hidden && u >= hidden_rate(work, work->hidden[h])) {
        u -= hidden_rate(work, work->hidden[h++]);
    }
    return 2u * (uint32_t)(work->system->n + h);
}

int32_t bk_logic_events(const bk_logic_work *work, uint32_t *codes)
{
    int32_t n = 0;
    for (int32_t word = 0; word < work->words; word++) {
        for (uint64_t bits = work->enabled[word]; bits != 0; bits &= bits - 1) {
            const uint32_t code = code_of(work, 64 * word + __builtin_ctzll(bits));
            if (work->rates == NULL || bk_logic_rate_of(work, code) > 0.0) {
                codes[n++] = code;
            }
        }
    }
    for (int32_t h = 0; h < work->n_hidden; h++) {
        codes[n++] = 2u * (uint32_t)(work->system->n + h);
    }
    return n;
}

int32_t bk_logic_synchronous(bk_logic_work *work)
{
    int32_t n = 0;
    for (int32_t word = 0; word < work->words; word++) {
        for (uint64_t bits = work->enabled[word]; bits != 0; bits &= bits - 1) {
            work->codes[n++] = code_of(work, 64 * word + __builtin_ctzll(bits));
        }
    }
    for (int32_t i = 0; i < n; i++) {
        bk_logic_apply(work, work->codes[i]);
    }
    return n;
}
