/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/walk.h"

#include "logic/rates.h"

#include <string.h>

static int32_t ask(const bk_logic_work *w, int32_t x, const bk_dd *dd)
{
    const bk_logic_system *const s = w->system;
    int32_t node = dd->root;
    while (dd->variable[node] >= 0) {
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        const bk_cell *const source = &w->cells[slot->source];
        const uint8_t level = slot->source == x ? source->state : source->shown;
        node = dd->children[dd->first[node] + w->sight[slot->base + level]];
    }
    return node;
}

/* The rate of a move whose rule has several.  Where an edit leads elsewhere than the
 * case that decides, that case says nothing of the rate. */
static int32_t pace_by_case(const bk_logic_work *w, int32_t x, int move)
{
    const bk_logic_system *const s = w->system;
    const bk_cell *const c = &w->cells[x];
    const int32_t k =
        s->case_table[x] != NULL ? s->case_table[x][c->index] : ask(w, x, s->cases[x]);
    const int wanted = s->case_level[x][k];
    const int32_t rate = s->case_rate[x][k];
    const bool meant = wanted == c->target && rate >= 0;
    return meant ? rate : move > 0 ? s->rate_up[x] : s->rate_down[x];
}

static void set_move(bk_logic_work *w, int32_t x, int move)
{
    const bk_logic_system *const s = w->system;
    if (w->drawing == BK_DRAW_EVEN || move == 0) {
        bk_rates_set(w, x, move, 0);
    } else if (s->cases[x] != NULL) {
        bk_rates_set(w, x, move, pace_by_case(w, x, move));
    } else {
        bk_rates_set(w, x, move, move > 0 ? s->rate_up[x] : s->rate_down[x]);
    }
}

static inline void retarget(bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->held) {
        return;
    }
    c->target = c->drive[c->table != NULL ? c->table[c->index]
                                          : (uint8_t)ask(w, x, w->system->dd[x])];
    const int move = (c->target > c->state) - (c->target < c->state);
    if (move != c->move ||
        (move != 0 && w->drawing != BK_DRAW_EVEN && w->system->cases[x] != NULL)) {
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
    bk_rates_clear(work);
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

double bk_logic_rate(const bk_logic_work *work)
{
    double sum = bk_rates_sum(work);
    for (int32_t h = 0; h < work->n_hidden; h++) {
        sum += hidden_rate(work, work->hidden[h]);
    }
    return sum;
}

double bk_logic_rate_of(const bk_logic_work *work, uint32_t code)
{
    const bk_logic_system *const s = work->system;
    const int32_t x = (int32_t)(code / 2);
    return x >= s->n ? hidden_rate(work, work->hidden[x - s->n])
                     : work->pace[work->cells[x].pace];
}

static uint32_t code_of(const bk_logic_work *w, int32_t x)
{
    return 2u * (uint32_t)x + (w->cells[x].move > 0 ? 1u : 0u);
}

uint32_t bk_logic_pick(const bk_logic_work *work, bk_random *random)
{
    if (work->drawing == BK_DRAW_EVEN && work->n_hidden == 0) {
        const uint32_t k = bk_random_below(random, (uint32_t)work->n_enabled);
        return code_of(work, bk_rates_enabled(work, (int32_t)k));
    }
    const double levels = bk_rates_sum(work);
    double u = bk_random_uniform(random) * bk_logic_rate(work);
    if (u < levels || work->n_hidden == 0) {
        return code_of(work, bk_rates_at(work, u));
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
            if (!work->stochastic || bk_logic_rate_of(work, code) > 0.0) {
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
