/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_STEP_H
#define BK_LOGIC_STEP_H

/* One move of one level and all that follows from it: the innermost part of every walk,
 * here so that it can become part of the loops that make millions of them. */

#include "logic/rates.h"
#include "logic/walk.h"

/* What a diagram gives in the present state; *path gets the bits of the slots asked. */
int32_t bk_step_ask(const bk_logic_work *work, int32_t x, const bk_dd *dd,
                    uint32_t *path);
/* Level x would move from now on, at its rate, or not. */
void bk_step_set(bk_logic_work *work, int32_t x, int move);

/* What the rule of x wants, as the background lets it. */
static inline uint8_t bk_step_drive(const bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->asking == BK_ASK_BITS) {
        const uint64_t bit = c->rule.bits[c->index >> 6] >> (c->index & 63) & 1u;
        return (uint8_t)((unsigned)c->drive_bits >> bit & 1u);
    }
    if (c->asking == BK_ASK_TABLE) {
        return c->drive[c->rule.table[c->index]];
    }
    const int32_t level = bk_step_ask(w, x, w->system->dd[x], &c->index);
    /* The rate may hang on what the level does not. */
    c->index = w->system->cases[x] != NULL ? UINT32_MAX : c->index;
    return c->drive[level];
}

/* Where all moves are alike: without a branch on whether anything changes, since that is
 * as good as random.  `enabled` and the sums are those of w, in hands of the caller. */
typedef struct bk_even {
    uint64_t *enabled;
    uint8_t *counts;
    const uint8_t *told;
    int32_t n_enabled, n_told;
} bk_even;

static inline bk_even bk_even_begin(const bk_logic_work *w)
{
    return (bk_even){w->enabled, w->counts, w->told, w->n_enabled, w->n_told[0]};
}

static inline void bk_even_end(bk_logic_work *w, const bk_even *even)
{
    w->n_enabled = even->n_enabled;
    w->n_told[0] = even->n_told;
}

static inline void bk_even_aim(bk_cell *c, bk_even *even, int32_t x, uint8_t target)
{
    const int move = (target > c->state) - (target < c->state);
    const int change = (move != 0) - (c->move != 0);
    even->enabled[x >> 6] ^= (uint64_t)(change & 1) << (x & 63);
    even->counts[x >> 6] = (uint8_t)(even->counts[x >> 6] + change);
    even->n_enabled += change;
    even->n_told += change * even->told[x];
    c->target = target;
    c->move = (int8_t)move;
}

static inline void bk_even_retarget(const bk_logic_work *w, bk_even *even, int32_t x)
{
    if (!w->cells[x].held) {
        bk_even_aim(&w->cells[x], even, x, bk_step_drive(w, x));
    }
}

/* Level x, whose target is what it was, has moved. */
static inline void bk_step_moved(bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->held) {
        return;
    }
    if (w->drawing == BK_DRAW_EVEN) {
        bk_even even = bk_even_begin(w);
        bk_even_aim(c, &even, x, c->target);
        bk_even_end(w, &even);
        return;
    }
    const int move = (c->target > c->state) - (c->target < c->state);
    if (move != c->move) {
        bk_step_set(w, x, move);
    }
}

static inline void bk_step_retarget(bk_logic_work *w, int32_t x)
{
    if (w->drawing == BK_DRAW_EVEN) {
        bk_even even = bk_even_begin(w);
        bk_even_retarget(w, &even, x);
        bk_even_end(w, &even);
        return;
    }
    bk_cell *const c = &w->cells[x];
    if (c->held) {
        return;
    }
    c->target = bk_step_drive(w, x);
    const int move = (c->target > c->state) - (c->target < c->state);
    if (move != c->move || (move != 0 && w->system->cases[x] != NULL)) {
        bk_step_set(w, x, move);
    }
}

/* Whether a rule has to be asked again after its source rose (sign 1) or fell (-1). */
static inline bool bk_step_touch(bk_cell *target, uint32_t sign, uint32_t change)
{
    if (target->asking != BK_ASK_DIAGRAM) {
        target->index += sign * change;
        return true;
    }
    return (target->index & change) != 0; /* else it did not matter, and does not now */
}

static inline void bk_step_show_boolean(bk_logic_work *w, uint32_t sign,
                                        const bk_bound_way *way,
                                        const bk_bound_way *end)
{
    if (w->drawing != BK_DRAW_EVEN) {
        for (; way < end; way++) {
            if (bk_step_touch(&w->cells[way->target], sign, way->change)) {
                bk_step_retarget(w, way->target);
            }
        }
        return;
    }
    bk_even even = bk_even_begin(w);
    bk_cell *const cells = w->cells;
    for (; way < end; way++) {
        const bk_bound_way here = *way;
        if (bk_step_touch(&cells[here.target], sign, here.change)) {
            bk_even_retarget(w, &even, here.target);
        }
    }
    bk_even_end(w, &even);
}

/* Others see another level of x. */
static inline void bk_step_show(bk_logic_work *w, int32_t x, uint8_t shown)
{
    bk_cell *const c = &w->cells[x];
    const uint8_t before = c->shown;
    c->shown = shown;
    const bk_bound_way *way = w->ways + w->first_way[x];
    const bk_bound_way *const end = w->ways + w->first_way[x + 1];
    if (w->system->max[x] == 1) {
        if (shown != before) {
            bk_step_show_boolean(w, (uint32_t)shown - (uint32_t)before, way, end);
        }
        return;
    }
    for (; way < end; way++) {
        const uint32_t *const contribution = w->contribution + way->change;
        const uint32_t change = contribution[shown] - contribution[before];
        if (change != 0) {
            bk_cell *const target = &w->cells[way->target];
            target->index += target->asking != BK_ASK_DIAGRAM ? change : 0;
            bk_step_retarget(w, way->target);
        }
    }
}

/* Level x goes one up or down. */
static inline void bk_step_move(bk_logic_work *w, int32_t x, int by)
{
    const bk_logic_system *const s = w->system;
    bk_cell *const c = &w->cells[x];
    const uint8_t before = c->state;
    c->state = (uint8_t)(before + by);
    if (s->self_slot[x] >= 0) {
        const uint32_t *const contribution =
            w->contribution + s->slots[s->self_slot[x]].base;
        c->index += c->asking != BK_ASK_DIAGRAM
                        ? contribution[c->state] - contribution[before]
                        : 0;
        bk_step_retarget(w, x);
    } else {
        bk_step_moved(w, x);
    }
    if (!w->off[x]) {
        bk_step_show(w, x, c->state);
    }
}

static inline double bk_hidden_rate(const bk_logic_work *w, int32_t x)
{
    return BK_KAPPA * (w->off[x] ? w->share[x] : 1.0 - w->share[x]);
}

/* In one order, so that it depends on the state alone. */
static inline void bk_step_sum_hidden(bk_logic_work *w)
{
    w->hidden_sum = 0.0;
    for (int32_t h = 0; h < w->n_hidden; h++) {
        w->hidden_sum += bk_hidden_rate(w, w->hidden[h]);
    }
}

/* Level x appears to the others or disappears from them. */
static inline void bk_step_toggle(bk_logic_work *w, int32_t x)
{
    w->off[x] = !w->off[x];
    bk_step_sum_hidden(w);
    bk_step_show(w, x, w->off[x] ? 0 : w->cells[x].state);
}

static inline double bk_step_levels(const bk_logic_work *w)
{
    return w->drawing == BK_DRAW_EVEN ? (double)w->n_enabled * w->pace[0]
                                      : bk_rates_sum(w);
}

static inline double bk_step_rate(const bk_logic_work *w)
{
    return bk_step_levels(w) + w->hidden_sum;
}

static inline uint32_t bk_code_of(const bk_logic_work *w, int32_t x)
{
    return 2u * (uint32_t)x + (w->cells[x].move > 0 ? 1u : 0u);
}

static inline uint32_t bk_step_pick(const bk_logic_work *w, bk_random *random)
{
    if (w->drawing == BK_DRAW_EVEN && w->n_hidden == 0) {
        const uint32_t k = bk_random_below(random, (uint32_t)w->n_enabled);
        return bk_code_of(w, bk_rates_enabled(w, (int32_t)k));
    }
    const double levels = bk_step_levels(w);
    double u = bk_random_uniform(random) * (levels + w->hidden_sum);
    if (u < levels || w->n_hidden == 0) {
        return bk_code_of(w, bk_rates_at(w, u));
    }
    u -= levels;
    int32_t h = 0;
    while (h + 1 < w->n_hidden && u >= bk_hidden_rate(w, w->hidden[h])) {
        u -= bk_hidden_rate(w, w->hidden[h++]);
    }
    return 2u * (uint32_t)(w->system->n + h);
}

/* Draws the next event and makes it. */
static inline uint32_t bk_step_any(bk_logic_work *w, bk_random *random)
{
    const uint32_t code = bk_step_pick(w, random);
    const int32_t x = (int32_t)(code / 2);
    if (x >= w->system->n) {
        bk_step_toggle(w, w->hidden[x - w->system->n]);
    } else {
        bk_step_move(w, x, (code & 1u) != 0 ? 1 : -1);
    }
    return code;
}

#endif
