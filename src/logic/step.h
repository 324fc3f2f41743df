/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_STEP_H
#define BK_LOGIC_STEP_H

/* One move of one level and all that follows from it: the innermost part of every walk,
 * here so that it can become part of the loops that make millions of them. */

#include "logic/rates.h"

/* What a diagram gives in the present state; *path gets the bits of the slots asked. */
int32_t bk_step_ask(const bk_logic_work *work, int32_t x, const bk_dd *dd,
                    uint32_t *path);
/* Level x would move from now on, at its rate, or not. */
void bk_step_set(bk_logic_work *work, int32_t x, int move);

static inline uint8_t bk_step_drive(const bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->asking == BK_ASK_BITS) {
        const uint64_t bit = c->rule.bits[c->index >> 6] >> (c->index & 63) & 1u;
        return (uint8_t)(c->drive_bits >> bit & 1u);
    }
    if (c->asking == BK_ASK_TABLE) {
        return c->drive[c->rule.table[c->index]];
    }
    const int32_t level = bk_step_ask(w, x, w->system->dd[x], &c->index);
    /* The rate may hang on what the level does not. */
    c->index = w->system->cases[x] != NULL ? UINT32_MAX : c->index;
    return c->drive[level];
}

static inline void bk_step_retarget(bk_logic_work *w, int32_t x)
{
    bk_cell *const c = &w->cells[x];
    if (c->held) {
        return;
    }
    c->target = bk_step_drive(w, x);
    const int move = (c->target > c->state) - (c->target < c->state);
    if (w->drawing != BK_DRAW_EVEN) {
        if (move != c->move || (move != 0 && w->system->cases[x] != NULL)) {
            bk_step_set(w, x, move);
        }
    } else if (move != c->move) {
        if ((move == 0) != (c->move == 0)) {
            const int change = move != 0 ? 1 : -1;
            w->enabled[x >> 6] ^= UINT64_C(1) << (x & 63);
            w->counts[x >> 6] = (uint8_t)(w->counts[x >> 6] + change);
            w->n_enabled += change;
            w->n_told[0] += change * w->told[x];
        }
        c->move = (int8_t)move;
        c->pace = 0;
    }
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
        const uint32_t sign = (uint32_t)shown - (uint32_t)before;
        for (; sign != 0 && way < end; way++) {
            bk_cell *const target = &w->cells[way->target];
            if (target->asking != BK_ASK_DIAGRAM) {
                target->index += sign * way->change;
            } else if ((target->index & way->change) == 0) {
                continue; /* it did not matter, and still does not */
            }
            bk_step_retarget(w, way->target);
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
    }
    bk_step_retarget(w, x);
    if (!w->off[x]) {
        bk_step_show(w, x, c->state);
    }
}

#endif
