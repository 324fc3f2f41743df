/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/retained.h"

#include "base/alloc.h"
#include "logic/negative.h"
#include "logic/rails.h"
#include "logic/route.h"
#include "logic/space.h"

#include <string.h>

enum {
    MOST_CANDIDATES = 100000,
    MOST_COUNTED = 50,
    TURNS = 20,
    ROUNDS = 300,
    LEADS_OUT = -1,
    NOWHERE = -2
};

typedef enum direction { BOTH, UPWARDS, DOWNWARDS } direction;

typedef struct search {
    bk_logic_work *work;
    bk_reduced *net;
    bk_rails *rails;
    const bk_attractor *boxes;
    size_t n_boxes, goal;
    size_t box;      /* the one that the walk is in */
    bool *is_marked; /* [n] moves one way only in the end */
    int32_t *marked; /* [n_marked] */
    int32_t n_marked;
    direction *direction; /* [n] */
    uint8_t *low, *high, *start, *scratch;
    uint32_t *codes; /* [n] */
    bk_route route;
    bk_space *space; /* the states that are kept */
    int32_t *parent; /* [kept] what stands for it, or LEADS_OUT */
    size_t capacity;
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
static bool in_box(search *s)
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
            s->box = k;
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

/* The next candidate of the present directions, into low; round: 0, or a variable that
 * holds in clauses of this count alone. */
static bool next_candidate(search *s, int round)
{
    bk_sat *const sat = s->rails->sat;
    if (round != 0) {
        bk_sat_assume(sat, round);
    }
    for (int32_t i = 0; i < s->n_marked; i++) {
        const int32_t x = s->marked[i];
        const int up = s->rails->guard_up[x];
        const int down = s->rails->guard_down[x];
        bk_sat_assume(sat, s->direction[x] == DOWNWARDS ? -up : up);
        bk_sat_assume(sat, s->direction[x] == UPWARDS ? -down : down);
    }
    if (!bk_sat_solve(sat)) {
        return false;
    }
    bk_rails_read(s->rails, s->low, s->high);
    for (int32_t x = 0; x < s->net->n; x++) {
        s->low[x] = s->rails->first_low[x] == 0 ? s->net->low[x] : s->low[x];
    }
    return true;
}

/* How many candidates the present directions have, at most `most`. */
static long count_candidates(search *s, long most)
{
    bk_sat *const sat = s->rails->sat;
    const int round = ++s->rails->variables;
    long count = 0;
    while (count < most && next_candidate(s, round)) {
        count++;
        bk_sat_add(sat, -round);
        add_outside(s, s->low, s->low);
    }
    count = bk_sat_stopped(sat) ? most : count;
    bk_sat_add(sat, -round);
    bk_sat_add(sat, 0);
    return count;
}

/* First the directions in which levels tend in a long walk; taken one node after the
 * other, or the other way round where fewer candidates come of that. */
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
        for (int32_t i = 0; i < s->n_marked; i++) {
            sum[s->marked[i]] += s->work->cells[s->marked[i]].state;
        }
    }
    const long enough = s->n_boxes > 0 ? 0 : 1;
    long best = enough;
    for (int32_t i = 0; i < s->n_marked; i++) {
        const int32_t x = s->marked[i];
        const bool high = 2 * sum[x] > steps * (net->low[x] + net->high[x]);
        const direction likely = high ? UPWARDS : DOWNWARDS;
        s->direction[x] = likely;
        const long count =
            best < MOST_COUNTED ? count_candidates(s, MOST_COUNTED) : best;
        if (count > best && best < MOST_COUNTED) {
            s->direction[x] = high ? DOWNWARDS : UPWARDS;
            const long other = count_candidates(s, count);
            s->direction[x] = other < count ? s->direction[x] : likely;
            best = other < count ? other : count;
        }
        best = best < enough ? enough : best;
    }
    bk_free(sum);
}

static bool move(search *s, uint32_t code)
{
    bk_logic_apply(s->work, code);
    return bk_route_add(&s->route, code);
}

/* Moves in the allowed directions until none is left; false: it took too long. */
static bool descend(search *s)
{
    bk_logic_work *const w = s->work;
    for (long step = 200L * s->net->n_core + 200; step > 0; step--) {
        const int32_t n = bk_logic_events(w, s->codes);
        int32_t allowed = 0;
        for (int32_t i = 0; i < n; i++) {
            const direction there = (s->codes[i] & 1u) != 0 ? UPWARDS : DOWNWARDS;
            const direction only = s->direction[s->codes[i] / 2];
            if (only == BOTH || only == there) {
                s->codes[allowed++] = s->codes[i];
            }
        }
        if (allowed == 0) {
            return true;
        }
        if (!move(s, s->codes[bk_random_below(&s->random, (uint32_t)allowed)])) {
            return false;
        }
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

static bool keep(search *s, int32_t id)
{
    if (id == (int32_t)BK_NO_STATE ||
        !bk_grow(&s->parent, &s->capacity, (size_t)id + 1, sizeof *s->parent)) {
        return false;
    }
    s->parent[id] = id;
    return true;
}

/* Whether a move takes a node out of the levels of a box. */
static bool leaves(const search *s, uint32_t code, const bk_attractor *box)
{
    const int32_t x = (int32_t)(code / 2);
    const uint8_t level = s->work->cells[x].state;
    return (code & 1u) != 0 ? level >= box->low[x] && level == box->high[x]
                            : level <= box->high[x] && level == box->low[x];
}

/* Where one walk from the state low leads: into a box, into a state that is kept, or
 * nowhere; every other walk mostly goes towards one of the boxes.  low, high: that goal. */
static int32_t walk(search *s, long steps, bool settle)
{
    const bk_attractor *const towards =
        s->n_boxes > 0 && bk_random_below(&s->random, 2) == 0
            ? &s->boxes[bk_random_below(&s->random, (uint32_t)s->n_boxes)]
            : NULL;
    s->route.count = 0;
    for (; steps > 0 && s->work->n_enabled > 0; steps--) {
        const uint32_t code = bk_logic_pick(s->work, &s->random);
        if (towards != NULL && leaves(s, code, towards) &&
            bk_random_below(&s->random, 16) != 0) {
            continue;
        }
        if (!move(s, code)) {
            return NOWHERE;
        }
    }
    if (in_box(s)) {
        return LEADS_OUT;
    }
    if (!descend(s)) {
        return NOWHERE;
    }
    const uint32_t there = bk_space_here(s->space, false);
    if (there != BK_NO_STATE) {
        return (int32_t)there;
    }
    if (in_box(s)) {
        return LEADS_OUT;
    }
    if (!settle) {
        return NOWHERE;
    }
    const int32_t id = (int32_t)bk_space_here(s->space, true);
    return keep(s, id) ? id : NOWHERE;
}

/* Excludes all candidates that can go where this one, low, did. */
static bool exclude(search *s, int32_t goal)
{
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        const bk_attractor *const box = goal == LEADS_OUT ? &s->boxes[s->box] : NULL;
        const uint8_t state = s->work->cells[x].state;
        s->low[x] = box == NULL                    ? state
                    : box->low[x] > s->net->low[x] ? box->low[x]
                                                   : s->net->low[x];
        s->high[x] = box == NULL                      ? state
                     : box->high[x] < s->net->high[x] ? box->high[x]
                                                      : s->net->high[x];
    }
    bk_route_widen(&s->route, s->work, s->net, s->low, s->high, s->scratch);
    return add_outside(s, s->low, s->high);
}

/* One candidate, low, and many that are like it.  *any: others may be left. */
static bk_status settle(search *s, bool *any)
{
    int32_t goal = NOWHERE;
    memcpy(s->start, s->low, (size_t)s->net->n);
    for (int turn = 0; turn < TURNS && goal == NOWHERE; turn++) {
        const uint32_t longest = (uint32_t)(s->net->n_core + 1)
                                 << (turn < 20 ? turn / 2 : 10);
        bk_logic_put(s->work, s->start);
        goal = walk(s, (long)bk_random_below(&s->random, longest), turn + 1 == TURNS);
    }
    if (goal == NOWHERE) {
        bk_logic_put(s->work, s->start);
        s->route.count = 0;
        goal = (int32_t)bk_space_here(s->space, true);
        if (!keep(s, goal)) {
            return BK_NO_MEMORY;
        }
    }
    *any = exclude(s, goal);
    return BK_OK;
}

/* Where one walk from a state that is kept leads: another, LEADS_OUT, or itself. */
static int32_t walk_from(search *s, int32_t id, long steps)
{
    bk_space_go(s->space, (uint32_t)id);
    const int32_t there = walk(s, steps, false);
    return there == NOWHERE ? id : stands_for(s, there);
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

static bk_status make_scratch(search *s)
{
    const size_t n = (size_t)s->net->n + 1;
    s->is_marked = bk_alloc_zero(n, sizeof *s->is_marked);
    s->marked = bk_alloc_zero(n, sizeof *s->marked);
    s->direction = bk_alloc_zero(n, sizeof *s->direction);
    s->low = bk_alloc_zero(5 * n, 1);
    s->codes = bk_alloc_zero(n, sizeof *s->codes);
    s->space = bk_space_new(s->work, s->net->low, s->net->high, false);
    if (s->is_marked == NULL || s->marked == NULL || s->direction == NULL ||
        s->low == NULL || s->codes == NULL || s->space == NULL) {
        return BK_NO_MEMORY;
    }
    s->high = s->low + n;
    s->start = s->high + n;
    s->scratch = s->start + n;
    return BK_OK;
}

static bk_status find(search *s, uint8_t **states, size_t *count, bool *all)
{
    bk_status status = make_scratch(s);
    if (status == BK_OK) {
        status = bk_negative_feedback(s->net, s->is_marked);
    }
    for (int32_t x = 0; status == BK_OK && x < s->net->n; x++) {
        if (s->is_marked[x]) {
            s->marked[s->n_marked++] = x;
        }
    }
    *count = 0;
    *all = true;
    if (status == BK_OK && s->n_marked == 0 && s->n_boxes > 0) {
        return BK_OK; /* fixed points only, and those are in the boxes */
    }
    if (status == BK_OK) {
        status = bk_rails_new(s->net, true, s->is_marked, &s->rails);
    }
    bool any = true;
    for (size_t k = 0; status == BK_OK && k < s->n_boxes; k++) {
        any = add_outside(s, s->boxes[k].low, s->boxes[k].high) && any;
    }
    if (status != BK_OK || !any) {
        return status;
    }
    choose_directions(s);
    long met = 0;
    while (status == BK_OK && any && met < MOST_CANDIDATES &&
           !bk_logic_cancelled(s->work) && next_candidate(s, 0)) {
        status = settle(s, &any);
        met++;
    }
    const int32_t kept = (int32_t)bk_space_count(s->space);
    *all = met < MOST_CANDIDATES && !bk_sat_stopped(s->rails->sat) &&
           !bk_logic_cancelled(s->work);
    if (status != BK_OK || !*all || kept == 0) {
        return status;
    }
    *count = merge(s, kept);
    return keep_left(s, kept, *count, states);
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
    bk_route_free(&s.route);
    bk_free(s.is_marked);
    bk_free(s.marked);
    bk_free(s.direction);
    bk_free(s.low);
    bk_free(s.codes);
    bk_free(s.parent);
    if (status == BK_OK) {
        *states = found;
        *count = n_found;
        *all = complete;
    }
    return status;
}
