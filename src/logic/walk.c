/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/walk.h"

#include "logic/step.h"

#include <string.h>

int32_t bk_step_ask(const bk_logic_work *work, int32_t x, const bk_dd *dd,
                    uint32_t *path)
{
    const bk_logic_system *const s = work->system;
    uint32_t asked = 0;
    int32_t node = dd->root;
    while (dd->variable[node] >= 0) {
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        const bk_cell *const source = &work->cells[slot->source];
        const uint8_t level = slot->source == x ? source->state : source->shown;
        node = dd->children[dd->first[node] + work->sight[slot->base + level]];
        asked |= bk_slot_bit(s, slot);
    }
    *path = asked;
    return node;
}

/* The rate of a move whose rule has several.  Where an edit leads elsewhere than the
 * case that decides, that case says nothing of the rate. */
static int32_t pace_by_case(const bk_logic_work *w, int32_t x, int move)
{
    const bk_logic_system *const s = w->system;
    const bk_cell *const c = &w->cells[x];
    uint32_t path;
    const int32_t k = s->case_table[x] != NULL ? s->case_table[x][c->index]
                                               : bk_step_ask(w, x, s->cases[x], &path);
    const int wanted = s->case_level[x][k];
    const int32_t rate = s->case_rate[x][k];
    const bool meant = wanted == c->target && rate >= 0;
    return meant ? rate : move > 0 ? s->rate_up[x] : s->rate_down[x];
}

void bk_step_set(bk_logic_work *work, int32_t x, int move)
{
    const bk_logic_system *const s = work->system;
    if (work->drawing == BK_DRAW_EVEN || move == 0) {
        bk_rates_set(work, x, move, 0);
    } else if (s->cases[x] != NULL) {
        bk_rates_set(work, x, move, pace_by_case(work, x, move));
    } else {
        bk_rates_set(work, x, move, move > 0 ? s->rate_up[x] : s->rate_down[x]);
    }
}

/* What one level that is not 0 adds to the indices of the rules it stands in; those of
 * diagrams come to mean nothing, until they are asked. */
static void contribute(bk_logic_work *w, int32_t x)
{
    const bk_logic_system *const s = w->system;
    const bk_cell *const c = &w->cells[x];
    const bk_bound_way *way = w->ways + w->first_way[x];
    const bk_bound_way *const end = w->ways + w->first_way[x + 1];
    if (s->self_slot[x] >= 0) {
        const uint32_t *const levels = w->contribution + s->slots[s->self_slot[x]].base;
        w->cells[x].index += levels[c->state] - levels[0];
    }
    if (c->shown == 0) {
        return;
    }
    if (s->max[x] == 1) {
        for (; way < end; way++) {
            w->cells[way->target].index += way->change;
        }
        return;
    }
    for (; way < end; way++) {
        const uint32_t *const levels = w->contribution + way->change;
        w->cells[way->target].index += levels[c->shown] - levels[0];
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
        c->pace = 0;
        c->index = work->base_index[x];
    }
    for (int32_t x = 0; x < s->n; x++) {
        if (state[x] != 0) {
            contribute(work, x);
        }
    }
    bk_even even = bk_even_begin(work);
    for (int32_t x = 0; x < s->n; x++) {
        bk_cell *const c = &work->cells[x];
        c->index = c->asking == BK_ASK_DIAGRAM ? UINT32_MAX : c->index;
        if (work->drawing == BK_DRAW_EVEN) {
            bk_even_retarget(work, &even, x);
        } else {
            bk_step_retarget(work, x);
        }
    }
    if (work->drawing == BK_DRAW_EVEN) {
        bk_even_end(work, &even);
    }
    bk_step_sum_hidden(work);
}

void bk_logic_draw_hidden(bk_logic_work *work, bk_random *random)
{
    for (int32_t h = 0; h < work->n_hidden; h++) {
        const int32_t x = work->hidden[h];
        const bool off = bk_random_uniform(random) >= work->share[x];
        if (off != work->off[x]) {
            bk_step_toggle(work, x);
        }
    }
}

void bk_logic_apply(bk_logic_work *work, uint32_t code)
{
    const bk_logic_system *const s = work->system;
    const int32_t x = (int32_t)(code / 2);
    if (x >= s->n) {
        bk_step_toggle(work, work->hidden[x - s->n]);
        return;
    }
    bk_step_move(work, x, (code & 1u) != 0 ? 1 : -1);
}

double bk_logic_rate_of(const bk_logic_work *work, uint32_t code)
{
    const bk_logic_system *const s = work->system;
    const int32_t x = (int32_t)(code / 2);
    return x >= s->n ? bk_hidden_rate(work, work->hidden[x - s->n])
                     : work->pace[work->cells[x].pace];
}

uint32_t bk_logic_pick(const bk_logic_work *work, bk_random *random)
{
    return bk_step_pick(work, random);
}

int32_t bk_logic_events(const bk_logic_work *work, uint32_t *codes)
{
    int32_t n = 0;
    for (int32_t word = 0; word < work->words; word++) {
        for (uint64_t bits = work->enabled[word]; bits != 0; bits &= bits - 1) {
            const uint32_t code = bk_code_of(work, 64 * word + __builtin_ctzll(bits));
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
            work->codes[n++] = bk_code_of(work, 64 * word + __builtin_ctzll(bits));
        }
    }
    for (int32_t i = 0; i < n; i++) {
        bk_logic_apply(work, work->codes[i]);
    }
    return n;
}
