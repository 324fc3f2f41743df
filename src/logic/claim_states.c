/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Claims by looking at states one by one.  Where more can be reached than may be looked
 * at, the first ones are: what those beyond their edge do is not known, and each
 * condition is kept twice, as what must hold and as what may. */

#include "base/alloc.h"
#include "logic/claim_impl.h"
#include "logic/space.h"

#include <string.h>

enum { MUST = 1, MAY = 2, SURE = BK_CLAIM_SURE };

typedef struct graph {
    const bk_question *q;
    bk_space *space;
    uint32_t n, looked_at,
        n_starts;  /* states; those whose moves are known; the first */
    size_t *first; /* [n + 1] into to */
    uint32_t *to;
    size_t first_capacity, to_capacity;
    size_t *back;    /* [n + 1] into from */
    uint32_t *from;  /* states that lead here */
    uint8_t **label; /* [conditions][n]; NULL: not used */
    uint8_t *levels; /* [nodes] scratch */
    uint32_t *list;  /* [n] scratch */
    uint32_t *came;  /* [n] scratch */
    bool stopped;
} graph;

static void load(const graph *g, uint32_t id, uint8_t *levels)
{
    for (int32_t i = 0; i < g->q->n_nodes; i++) {
        const int32_t x = g->q->nodes[i];
        levels[x] = (uint8_t)bk_space_level(g->space, id, x);
    }
}

/* Of conditions on one state, by levels. */
static bool holds_at(const bk_question *q, int32_t i, const uint8_t *levels)
{
    const bk_condition_node *const c = &q->conditions.at[i];
    switch (c->says) {
    case BK_SAYS_LEVEL:
        return levels[c->x] >= c->low && levels[c->x] <= c->high;
    case BK_SAYS_NOT:
        return !holds_at(q, c->a, levels);
    case BK_SAYS_AND:
        return holds_at(q, c->a, levels) && holds_at(q, c->b, levels);
    case BK_SAYS_OR:
        return holds_at(q, c->a, levels) || holds_at(q, c->b, levels);
    case BK_SAYS_STEADY:
        for (int32_t k = 0; k < q->n_nodes; k++) {
            const int32_t x = q->nodes[k];
            if (q->net->dd[x] != NULL &&
                bk_claim_target(q->net, x, levels) != levels[x]) {
                return false;
            }
        }
        return true;
    default:
        return c->says == BK_SAYS_TRUE;
    }
}

/* The next state of the box of starts, as a number of many digits; false: none. */
static bool next_of_box(const bk_question *q, uint8_t *levels)
{
    for (int32_t i = 0; i < q->n_nodes; i++) {
        const int32_t x = q->nodes[i];
        if (levels[x] < q->high[x]) {
            levels[x]++;
            return true;
        }
        levels[x] = q->low[x];
    }
    return false;
}

static bool add_starts(graph *g, long most, bool *too_many)
{
    const bk_question *const q = g->q;
    const size_t n = (size_t)q->net->n;
    double box = 1.0;
    for (int32_t i = 0; i < q->n_nodes; i++) {
        box *= q->high[q->nodes[i]] - q->low[q->nodes[i]] + 1;
    }
    *too_many = box > 16.0 * (double)most;
    if (*too_many) {
        return true;
    }
    memcpy(g->levels, q->net->low, n);
    for (int32_t i = 0; i < q->n_nodes; i++) {
        g->levels[q->nodes[i]] = q->low[q->nodes[i]];
    }
    long seen = 0;
    do {
        g->stopped = seen++ % 64 == 0 && bk_logic_cancelled(q->work);
        if (!holds_at(q, q->starts, g->levels)) {
            continue;
        }
        bk_logic_put(q->work, g->levels);
        if (bk_space_here(g->space, true) == BK_NO_STATE) {
            return false;
        }
        *too_many = (long)bk_space_count(g->space) > most;
    } while (!*too_many && !g->stopped && next_of_box(q, g->levels));
    g->n_starts = bk_space_count(g->space);
    return true;
}

/* Adds where one state leads. */
static bool look_at(graph *g, uint32_t id)
{
    const bk_question *const q = g->q;
    size_t n = g->first[id];
    load(g, id, g->levels);
    for (int32_t i = 0; i < q->n_nodes; i++) {
        const int32_t x = q->nodes[i];
        if (q->net->dd[x] == NULL) {
            continue;
        }
        const int target = bk_claim_target(q->net, x, g->levels);
        if (target == g->levels[x]) {
            continue;
        }
        const uint32_t code = 2u * (uint32_t)x + (target > g->levels[x] ? 1u : 0u);
        if (!bk_grow(&g->to, &g->to_capacity, n + 1, sizeof *g->to)) {
            return false;
        }
        g->to[n] = bk_space_beside(g->space, id, code, true);
        if (g->to[n++] == BK_NO_STATE) {
            return false;
        }
    }
    if (!bk_grow(&g->first, &g->first_capacity, (size_t)id + 2, sizeof *g->first)) {
        return false;
    }
    g->first[id + 1] = n;
    return true;
}

static bool look_around(graph *g, long most)
{
    if (!bk_grow(&g->first, &g->first_capacity, 1, sizeof *g->first)) {
        return false;
    }
    g->first[0] = 0;
    while (g->looked_at < bk_space_count(g->space) &&
           (long)bk_space_count(g->space) <= most && !g->stopped) {
        if (!look_at(g, g->looked_at)) {
            return false;
        }
        g->looked_at++;
        g->stopped = g->looked_at % 1024 == 0 && bk_logic_cancelled(g->q->work);
    }
    g->n = bk_space_count(g->space);
    return true;
}

static bool turn_round(graph *g)
{
    const size_t edges = g->first[g->looked_at];
    g->back = bk_alloc_zero((size_t)g->n + 2, sizeof *g->back);
    g->from = bk_alloc((edges + 1) * sizeof *g->from);
    g->list = bk_alloc(((size_t)g->n + 1) * sizeof *g->list);
    g->came = bk_alloc(((size_t)g->n + 1) * sizeof *g->came);
    g->label = bk_alloc_zero((size_t)g->q->conditions.n + 1, sizeof *g->label);
    if (g->back == NULL || g->from == NULL || g->list == NULL || g->came == NULL ||
        g->label == NULL) {
        return false;
    }
    for (size_t k = 0; k < edges; k++) {
        g->back[g->to[k] + 2]++;
    }
    for (uint32_t i = 1; i <= g->n; i++) {
        g->back[i + 1] += g->back[i];
    }
    for (uint32_t i = 0; i < g->looked_at; i++) {
        for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
            g->from[g->back[g->to[k] + 1]++] = i;
        }
    }
    return true;
}

static bool steady(const graph *g, uint32_t id)
{
    return id < g->looked_at && g->first[id] == g->first[id + 1];
}

/* States with a way through a to b: backwards from b; beyond the edge all may be. */
static void label_way(const graph *g, const uint8_t *a, const uint8_t *b,
                      uint8_t *label, uint8_t bit)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        const bool beyond = bit == MAY && i >= g->looked_at && (a[i] & MAY) != 0;
        if ((b[i] & bit) != 0 || beyond) {
            label[i] |= bit;
            g->list[n++] = i;
        }
    }
    while (n > 0) {
        const uint32_t i = g->list[--n];
        for (size_t k = g->back[i]; k < g->back[i + 1]; k++) {
            const uint32_t before = g->from[k];
            if ((label[before] & bit) == 0 && (a[before] & bit) != 0) {
                label[before] |= bit;
                g->list[n++] = before;
            }
        }
    }
}

/* States with a way that stays in a: takes away what leads to none of the others. */
static bool label_stay(const graph *g, const uint8_t *a, uint8_t *label, uint8_t bit)
{
    uint32_t *const left = bk_alloc_zero((size_t)g->n + 1, sizeof *left);
    if (left == NULL) {
        return false;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        label[i] |= (a[i] & bit) != 0 && (bit == MAY || i < g->looked_at) ? bit : 0;
    }
    for (uint32_t i = 0; i < g->looked_at; i++) {
        for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
            left[i] += (label[g->to[k]] & bit) != 0 ? 1 : 0;
        }
    }
    for (uint32_t i = 0; i < g->looked_at; i++) {
        if ((label[i] & bit) != 0 && left[i] == 0 && !steady(g, i)) {
            label[i] &= (uint8_t)~bit;
            g->list[n++] = i;
        }
    }
    /* Those that the edge left out have been counted out above. */
    while (n > 0) {
        const uint32_t i = g->list[--n];
        for (size_t k = g->back[i]; k < g->back[i + 1]; k++) {
            const uint32_t before = g->from[k];
            if (before < g->looked_at && (label[before] & bit) != 0 &&
                --left[before] == 0) {
                label[before] &= (uint8_t)~bit;
                g->list[n++] = before;
            }
        }
    }
    bk_free(left);
    return true;
}

static bool label_condition(graph *g, int32_t i)
{
    const bk_condition_node *const c = &g->q->conditions.at[i];
    uint8_t *const l = bk_alloc_zero((size_t)g->n + 1, 1);
    g->label[i] = l;
    if (l == NULL) {
        return false;
    }
    const uint8_t *const a = c->says >= BK_SAYS_NOT ? g->label[c->a] : NULL;
    const bool two =
        c->says == BK_SAYS_AND || c->says == BK_SAYS_OR || c->says == BK_SAYS_WAY;
    const uint8_t *const b = two ? g->label[c->b] : NULL;
    if (c->says == BK_SAYS_WAY) {
        label_way(g, a, b, l, MUST);
        label_way(g, a, b, l, MAY);
        return true;
    }
    if (c->says == BK_SAYS_STAY) {
        return label_stay(g, a, l, MUST) && label_stay(g, a, l, MAY);
    }
    for (uint32_t k = 0; k < g->n; k++) {
        switch (c->says) {
        case BK_SAYS_TRUE:
            l[k] = SURE;
            break;
        case BK_SAYS_LEVEL: {
            const int level = bk_space_level(g->space, k, c->x);
            l[k] = level >= c->low && level <= c->high ? SURE : 0;
            break;
        }
        case BK_SAYS_STEADY:
            l[k] = k >= g->looked_at ? MAY : steady(g, k) ? SURE : 0;
            break;
        case BK_SAYS_NOT:
            l[k] = (uint8_t)(((a[k] & MAY) == 0 ? MUST : 0) |
                             ((a[k] & MUST) == 0 ? MAY : 0));
            break;
        case BK_SAYS_AND:
            l[k] = a[k] & b[k];
            break;
        case BK_SAYS_OR:
            l[k] = a[k] | b[k];
            break;
        default:
            break;
        }
    }
    return true;
}

static int value(void *engine, int32_t condition, const bk_cursor *cursor)
{
    const graph *const g = engine;
    return g->label[condition][cursor->id];
}

static bool step(const graph *g, uint32_t to, bk_cursor *cursor, bk_track *track)
{
    for (int32_t i = 0; i < g->q->n_nodes; i++) {
        const int32_t x = g->q->nodes[i];
        const int by = bk_space_level(g->space, to, x) - cursor->levels[x];
        if (by != 0) {
            cursor->id = to;
            return bk_track_add(track, cursor, x, by);
        }
    }
    return true;
}

/* The shortest way. */
static bool go(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track)
{
    const graph *const g = engine;
    const bk_condition_node *const c = &g->q->conditions.at[condition];
    const uint8_t *const a = g->label[c->a];
    const uint8_t *const b = g->label[c->b];
    uint32_t n = 0;
    uint32_t at = 0;
    memset(g->came, 0xFF, (size_t)g->n * sizeof *g->came);
    g->came[cursor->id] = cursor->id;
    g->list[n++] = cursor->id;
    while (at < n && (b[g->list[at]] & MUST) == 0) {
        const uint32_t i = g->list[at++];
        for (size_t k = g->first[i]; i < g->looked_at && k < g->first[i + 1]; k++) {
            const uint32_t to = g->to[k];
            if (g->came[to] == UINT32_MAX && ((a[to] | b[to]) & MUST) != 0) {
                g->came[to] = i;
                g->list[n++] = to;
            }
        }
    }
    if (at == n) {
        return true; /* not met: the condition holds */
    }
    uint32_t length = 0;
    for (uint32_t i = g->list[at]; i != cursor->id; i = g->came[i]) {
        length++;
    }
    /* `list` from its end backwards: the way in its order. */
    const uint32_t end = g->list[at];
    for (uint32_t i = end, k = length; k > 0; i = g->came[i]) {
        g->list[--k] = i;
    }
    for (uint32_t k = 0; k < length; k++) {
        if (!step(g, g->list[k], cursor, track)) {
            return false;
        }
    }
    return true;
}

/* On and on within the label until a state comes back or nothing moves. */
static bool stay(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track)
{
    const graph *const g = engine;
    const uint8_t *const label = g->label[condition];
    memset(g->came, 0xFF, (size_t)g->n * sizeof *g->came);
    while (!steady(g, cursor->id)) {
        g->came[cursor->id] = (uint32_t)track->n;
        size_t k = g->first[cursor->id];
        while ((label[g->to[k]] & MUST) == 0) {
            k++;
        }
        if (!step(g, g->to[k], cursor, track)) {
            return false;
        }
        if (g->came[cursor->id] != UINT32_MAX) {
            track->repeats = (long)g->came[cursor->id];
            return true;
        }
    }
    return true;
}

static bool decide(graph *g, bk_reply *reply)
{
    const bk_question *const q = g->q;
    const uint8_t *const whole = g->label[q->claim->whole];
    bool all = true;
    uint32_t shown = 0;
    reply->size = (double)g->n;
    reply->whole = g->looked_at == g->n;
    reply->no_start = g->n_starts == 0;
    for (uint32_t i = 0; i < g->n_starts; i++) {
        if ((whole[i] & MAY) == 0) {
            reply->answer = BK_NO;
            shown = i;
            break;
        }
        all = all && (whole[i] & MUST) != 0;
    }
    if (reply->answer == BK_NOT_DECIDED && !all) {
        return true;
    }
    reply->answer = reply->answer == BK_NO ? BK_NO : BK_YES;
    for (size_t k = 0; k < q->claim->n_premises && reply->answer == BK_YES; k++) {
        const uint8_t *const met = g->label[q->claim->premises[k].reached];
        bool any = false;
        for (uint32_t i = 0; i < g->n_starts; i++) {
            any = any || (met[i] & MAY) != 0;
        }
        reply->vacuous = any ? reply->vacuous : (int)k;
    }
    reply->has_start = g->n_starts > 0;
    if (!reply->has_start) {
        return true;
    }
    memcpy(g->levels, q->net->low, (size_t)q->net->n);
    for (int32_t x = 0; x < q->net->n; x++) {
        g->levels[x] = q->low[x];
    }
    load(g, shown, g->levels);
    memcpy(reply->start, g->levels, (size_t)q->net->n);
    bk_cursor cursor = {.levels = g->levels, .id = shown};
    const bk_tracer tracer = {g, q, value, go, stay};
    return bk_claim_explain(&tracer, q->claim->whole, &cursor, &reply->track);
}

static void end(graph *g)
{
    for (int32_t i = 0; g->label != NULL && i < g->q->conditions.n; i++) {
        bk_free(g->label[i]);
    }
    bk_space_free(g->space);
    bk_free(g->first);
    bk_free(g->to);
    bk_free(g->back);
    bk_free(g->from);
    bk_free(g->label);
    bk_free(g->levels);
    bk_free(g->list);
    bk_free(g->came);
}

bk_status bk_claim_by_states(const bk_question *question, long most, bk_reply *reply)
{
    const bk_reduced *const net = question->net;
    graph g = {.q = question,
               .space = bk_space_new(question->work, net->low, net->high, false),
               .levels = bk_alloc_zero((size_t)net->n + 1, 1)};
    bool too_many = false;
    bool ok = g.space != NULL && g.levels != NULL && add_starts(&g, most, &too_many);
    reply->size = ok ? (double)bk_space_count(g.space) : 0.0;
    if (ok && !too_many && !g.stopped) {
        ok = look_around(&g, most) && turn_round(&g);
        for (int32_t i = 0; ok && !g.stopped && i < question->conditions.n; i++) {
            ok = !question->used[i] || label_condition(&g, i);
        }
        ok = ok && (g.stopped || decide(&g, reply));
    }
    end(&g);
    return ok ? BK_OK : BK_NO_MEMORY;
}
