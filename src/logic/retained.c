/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/retained.h"

#include "base/alloc.h"
#include "logic/negative.h"
#include "logic/rails.h"
#include "logic/space.h"

#include <string.h>

enum {
    MOST_CANDIDATES = 100000,
    FEW_CANDIDATES = 30, /* walks are cheaper than better directions */
    MOST_COUNTED = 1000,
    ROUNDS = 300,
    LEADS_OUT = -1
};

typedef struct search {
    bk_logic_work *work;
    bk_reduced *net;
    bk_rails *rails;
    const bk_attractor *boxes;
    size_t n_boxes, goal;
    bool *marked;  /* [n] moves one way only */
    bool *upwards; /* [n] which */
    uint8_t *low, *high;
    uint32_t *codes; /* [n] */
    bk_space *space; /* the candidates */
    int32_t *parent; /* [candidates] what stands for it, or LEADS_OUT */
    bk_random random;
} search;

void bk_retained_hold(bk_logic_work *work, const bk_reduced *net)
{
    for (int32_t x = 0; x < net->n; x++) {
        work->cells[x].held = true;
    }
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        work->cells[x].held = net->dd[x] == NULL;
    }
}

void bk_retained_release(bk_logic_work *work)
{
    for (int32_t x = 0; x < work->system->n; x++) {
        work->cells[x].held = work->held[x];
    }
}

/* Whether the walk is in one of the boxes. */
static bool in_box(const search *s)
{
    const bk_cell *const cells = s->work->cells;
    for (size_t k = 0; k < s->n_boxes; k++) {
        const bk_attractor *const b = &s->boxes[k];
        int32_t i = 0;
        for (; i < s->net->n_core; i++) {
            const int32_t x = s->net->core[i];
            if (cells[x].state < b->low[x] || cells[x].state > b->high[x]) {
                break;
            }
        }
        if (i == s->net->n_core) {
            return true;
        }
    }
    return false;
}

/* A clause: not within low .. high.  False: everything is. */
static bool add_outside(search *s, const uint8_t *low, const uint8_t *high)
{
    int n = 0;
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        if (low[x] > s->net->low[x]) {
            bk_sat_add(s->rails->sat, -bk_rail_high(s->rails, x, low[x]));
            n++;
        }
        if (high[x] < s->net->high[x]) {
            bk_sat_add(s->rails->sat, bk_rail_low(s->rails, x, high[x] + 1));
            n++;
        }
    }
    bk_sat_add(s->rails->sat, 0);
    return n > 0;
}

/* Goes through the candidates of the present directions, at most `most`; keep: into the
 * space.  How many. */
static long each_candidate(search *s, long most, bool keep)
{
    bk_sat *const sat = s->rails->sat;
    const int round = ++s->rails->variables;
    long count = 0;
    while (count < most) {
        bk_sat_assume(sat, round);
        for (int32_t i = 0; i < s->net->n_core; i++) {
            const int32_t x = s->net->core[i];
            if (s->marked[x]) {
                const int up = s->rails->guard_up[x];
                const int down = s->rails->guard_down[x];
                bk_sat_assume(sat, s->upwards[x] ? up : -up);
                bk_sat_assume(sat, s->upwards[x] ? -down : down);
            }
        }
        if (!bk_sat_solve(sat)) {
            count = bk_sat_stopped(sat) ? most : count;
            break;
        }
        count++;
        bk_rails_read(s->rails, s->low, s->high);
        bk_sat_add(sat, -round);
        add_outside(s, s->low, s->low);
        if (keep) {
            for (int32_t x = 0; x < s->net->n; x++) {
                s->low[x] = s->rails->first_low[x] == 0 ? s->net->low[x] : s->low[x];
            }
            bk_logic_put(s->work, s->low);
            bk_space_here(s->space, true);
        }
    }
    bk_sat_add(sat, -round);
    bk_sat_add(sat, 0);
    return count;
}

/* First the directions in which levels tend in a long walk, then what fewer candidates
 * come of. */
static void choose_directions(search *s)
{
    const bk_reduced *const net = s->net;
    const long steps = 50L * net->n_core;
    long *const sum = bk_alloc_zero((size_t)net->n + 1, sizeof *sum);
    if (sum == NULL) {
        return;
    }
    bk_logic_put(s->work, net->low);
    for (long step = 0; step < steps && s->work->n_enabled > 0; step++) {
        bk_logic_apply(s->work, bk_logic_pick(s->work, &s->random));
        for (int32_t i = 0; i < net->n_core; i++) {
            sum[net->core[i]] += s->work->cells[net->core[i]].state;
        }
    }
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        s->upwards[x] = 2 * sum[x] > steps * (net->low[x] + net->high[x]);
    }
    bk_free(sum);
    const long enough = s->n_boxes > 0 ? 0 : 1;
    long best = each_candidate(s, MOST_COUNTED, false);
    bool better = best > FEW_CANDIDATES;
    while (better && !bk_logic_cancelled(s->work)) {
        better = false;
        for (int32_t i = 0; i < net->n_core && best > enough; i++) {
            const int32_t x = net->core[i];
            if (!s->marked[x]) {
                continue;
            }
            s->upwards[x] = !s->upwards[x];
            const long count = each_candidate(s, best, false);
            if (count < best) {
                best = count;
                better = best > FEW_CANDIDATES;
            } else {
                s->upwards[x] = !s->upwards[x];
            }
        }
    }
}

/* Moves in the allowed directions until none is left; false: it took too long. */
static bool descend(search *s)
{
    bk_logic_work *const w = s->work;
    for (long step = 200L * s->net->n_core + 200; step > 0; step--) {
        const int32_t n = bk_logic_events(w, s->codes);
        int32_t allowed = 0;
        for (int32_t i = 0; i < n; i++) {
            const uint32_t x = s->codes[i] / 2;
            if (!s->marked[x] || s->upwards[x] == ((s->codes[i] & 1u) != 0)) {
                s->codes[allowed++] = s->codes[i];
            }
        }
        if (allowed == 0) {
            return true;
        }
        bk_logic_apply(w, s->codes[bk_random_below(&s->random, (uint32_t)allowed)]);
    }
    return false;
}

static int32_t stands_for(const search *s, int32_t id)
{
    while (id != LEADS_OUT && s->parent[id] != id) {
        id = s->parent[id];
    }
    return id;
}

/* Where one walk from a candidate leads: a candidate, LEADS_OUT, or itself. */
static int32_t walk_from(search *s, int32_t id, long steps)
{
    bk_space_go(s->space, (uint32_t)id);
    for (; steps > 0 && s->work->n_enabled > 0; steps--) {
        bk_logic_apply(s->work, bk_logic_pick(s->work, &s->random));
    }
    if (in_box(s)) {
        return LEADS_OUT;
    }
    if (!descend(s)) {
        return id;
    }
    const uint32_t there = bk_space_here(s->space, false);
    if (there != BK_NO_STATE) {
        return stands_for(s, (int32_t)there);
    }
    return in_box(s) ? LEADS_OUT : id;
}

static size_t merge(search *s, int32_t count)
{
    size_t left = (size_t)count;
    for (int round = 0; round < ROUNDS && left > s->goal; round++) {
        const uint32_t longest = (uint32_t)(s->net->n_core + 1)
                                 << (round < 40 ? round / 4 : 10);
        for (int32_t id = 0; id < count && left > s->goal; id++) {
            if (s->parent[id] != id || bk_logic_cancelled(s->work)) {
                continue;
            }
            const long steps = (long)bk_random_below(&s->random, longest);
            s->parent[id] = walk_from(s, id, steps);
            left -= s->parent[id] != id ? 1 : 0;
        }
    }
    return left;
}

static bk_status keep_left(search *s, int32_t count, size_t left, uint8_t **states)
{
    const size_t n = (size_t)s->net->n;
    uint8_t *const kept = bk_alloc(left * n + 1);
    size_t row = 0;
    if (kept == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t id = 0; id < count; id++) {
        for (size_t x = 0; s->parent[id] == id && x < n; x++) {
            kept[row * n + x] =
                (uint8_t)bk_space_level(s->space, (uint32_t)id, (int32_t)x);
        }
        row += s->parent[id] == id ? 1 : 0;
    }
    *states = kept;
    return BK_OK;
}

static bk_status find(search *s, uint8_t **states, size_t *count, bool *all)
{
    const size_t n = (size_t)s->net->n + 1;
    s->marked = bk_alloc_zero(n, sizeof *s->marked);
    s->upwards = bk_alloc_zero(n, sizeof *s->upwards);
    s->low = bk_alloc_zero(n, 1);
    s->high = bk_alloc_zero(n, 1);
    s->codes = bk_alloc_zero(n, sizeof *s->codes);
    s->space = bk_space_new(s->work, s->net->low, s->net->high, false);
    if (s->marked == NULL || s->upwards == NULL || s->low == NULL || s->high == NULL ||
        s->codes == NULL || s->space == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = bk_negative_feedback(s->net, s->marked);
    if (status == BK_OK) {
        status = bk_rails_new(s->net, true, s->marked, &s->rails);
    }
    bool any = true;
    for (size_t k = 0; status == BK_OK && k < s->n_boxes; k++) {
        any = add_outside(s, s->boxes[k].low, s->boxes[k].high) && any;
    }
    *count = 0;
    *all = true;
    if (status != BK_OK || !any) {
        return status;
    }
    choose_directions(s);
    const long met = each_candidate(s, MOST_CANDIDATES, true);
    *all = met < MOST_CANDIDATES;
    if (!*all || met == 0) {
        return BK_OK;
    }
    s->parent = bk_alloc((size_t)met * sizeof *s->parent);
    if (bk_space_failed(s->space) || s->parent == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t id = 0; id < met; id++) {
        s->parent[id] = id;
    }
    *count = merge(s, (int32_t)met);
    return keep_left(s, (int32_t)met, *count, states);
}

bk_status bk_retained_states(bk_logic_work *work, bk_reduced *net,
                             const bk_attractor *boxes, size_t n_boxes, size_t goal,
                             uint8_t **states, size_t *count, bool *all)
{
    search s = {
        .work = work, .net = net, .boxes = boxes, .n_boxes = n_boxes, .goal = goal};
    bk_random_start(&s.random, 0, 0, 0);
    uint8_t *found = NULL;
    size_t n_found = 0;
    bool complete = false;
    bk_retained_hold(work, net);
    const bk_status status = find(&s, &found, &n_found, &complete);
    bk_retained_release(work);
    bk_rails_free(s.rails);
    bk_space_free(s.space);
    bk_free(s.marked);
    bk_free(s.upwards);
    bk_free(s.low);
    bk_free(s.high);
    bk_free(s.codes);
    bk_free(s.parent);
    if (status == BK_OK) {
        *states = found;
        *count = n_found;
        *all = complete;
    }
    return status;
}
