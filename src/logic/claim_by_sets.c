/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/claim_sets.h"

#include <string.h>

static int32_t set_of(bk_sets *s, int32_t i)
{
    const bk_condition_node *const c = &s->q->conditions.at[i];
    const int32_t a = c->says >= BK_SAYS_NOT ? s->set[c->a] : 0;
    switch (c->says) {
    case BK_SAYS_FALSE:
        return 0;
    case BK_SAYS_TRUE:
        return 1;
    case BK_SAYS_LEVEL:
        return bk_sets_levels_between(s, s->place[c->x], c->low, c->high);
    case BK_SAYS_STEADY:
        return bk_sets_steady(s);
    case BK_SAYS_NOT:
        return bk_sets_without(s, 1, a);
    case BK_SAYS_AND:
        return bk_sets_both(s, a, s->set[c->b]);
    case BK_SAYS_OR:
        return bk_sets_either(s, a, s->set[c->b]);
    case BK_SAYS_WAY:
        return bk_sets_way(s, a, s->set[c->b], &s->way[i]);
    default:
        return bk_sets_stay_in(s, a);
    }
}

static bool in_set(const bk_sets *s, int32_t set, const uint8_t *levels)
{
    while (set > 1) {
        const int32_t x = s->node[s->dd.variable[set]];
        set = s->dd.children[s->dd.first[set] + levels[x] - s->q->net->low[x]];
    }
    return set == 1;
}

static int value(void *engine, int32_t condition, const bk_cursor *cursor)
{
    const bk_sets *const s = engine;
    return in_set(s, s->set[condition], cursor->levels) ? BK_CLAIM_SURE : 0;
}

/* Down the layers: from the first that holds the state, its motion leads to one before. */
static bool go(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track)
{
    const bk_sets *const s = engine;
    const bk_layers *const l = &s->way[condition];
    size_t at = l->n - 1;
    for (;;) {
        size_t low = 0;
        while (low < at) {
            const size_t middle = (low + at) / 2;
            if (in_set(s, l->set[middle], cursor->levels)) {
                at = middle;
            } else {
                low = middle + 1;
            }
        }
        if (at == 0) {
            return true;
        }
        const bk_motion *const m = &s->motions[l->motion[at]];
        if (!bk_track_add(track, cursor, s->node[m->place], m->by)) {
            return false;
        }
    }
}

enum { LONGEST_STAY = 2000 };

/* On within the set, until a state comes back or nothing moves. */
static bool stay(void *engine, int32_t condition, bk_cursor *cursor, bk_track *track)
{
    const bk_sets *const s = engine;
    const size_t n = (size_t)s->q->net->n;
    const size_t first = track->n;
    uint8_t *seen = NULL;
    size_t capacity = 0;
    bool ok = true;
    while (track->repeats < 0 && track->n - first < LONGEST_STAY) {
        const size_t count = track->n - first;
        ok = bk_grow(&seen, &capacity, (count + 1) * n + 1, 1);
        if (!ok) {
            break;
        }
        for (size_t k = 0; k < count && track->repeats < 0; k++) {
            if (memcmp(seen + k * n, cursor->levels, n) == 0) {
                track->repeats = (long)(first + k);
            }
        }
        memcpy(seen + count * n, cursor->levels, n);
        bool moved = false;
        for (int32_t m = 0; m < s->n_motions && !moved && track->repeats < 0; m++) {
            const bk_motion *const way_on = &s->motions[m];
            uint8_t *const level = &cursor->levels[s->node[way_on->place]];
            if (!in_set(s, way_on->wants, cursor->levels)) {
                continue;
            }
            *level = (uint8_t)(*level + way_on->by);
            moved = in_set(s, s->set[condition], cursor->levels);
            *level = (uint8_t)(*level - way_on->by);
            if (moved) {
                ok = bk_track_add(track, cursor, s->node[way_on->place], way_on->by);
            }
        }
        if (!ok || !moved) {
            break;
        }
    }
    bk_free(seen);
    return ok;
}

/* Some state of a set that is not empty. */
static void pick(const bk_sets *s, int32_t set, uint8_t *levels)
{
    while (set > 1) {
        const int32_t place = s->dd.variable[set];
        const int32_t *const children = s->dd.children + s->dd.first[set];
        int32_t k = 0;
        while (children[k] == 0) {
            k++;
        }
        levels[s->node[place]] = (uint8_t)(s->q->net->low[s->node[place]] + k);
        set = children[k];
    }
}

static bool decide(bk_sets *s, bk_reply *reply)
{
    const bk_question *const q = s->q;
    int32_t starts = s->set[q->starts];
    for (int32_t p = 0; p < q->n_nodes; p++) {
        const int32_t x = s->node[p];
        starts = bk_sets_both(s, starts,
                              bk_sets_levels_between(s, p, q->low[x], q->high[x]));
    }
    const int32_t wrong =
        starts < 0 ? -1 : bk_sets_without(s, starts, s->set[q->claim->whole]);
    if (wrong < 0) {
        return !s->dd.no_memory;
    }
    reply->size = (double)s->dd.n;
    reply->whole = true;
    reply->no_start = starts == 0;
    for (size_t k = 0; k < q->claim->n_premises && wrong == 0; k++) {
        const int32_t met =
            bk_sets_both(s, starts, s->set[q->claim->premises[k].reached]);
        if (met < 0) {
            return !s->dd.no_memory;
        }
        reply->vacuous = met == 0 ? (int)k : reply->vacuous;
    }
    reply->answer = wrong == 0 ? BK_YES : BK_NO;
    reply->has_start = starts != 0;
    if (starts == 0) {
        return true;
    }
    const size_t n = (size_t)q->net->n;
    memcpy(reply->start, q->low, n);
    pick(s, wrong != 0 ? wrong : starts, reply->start);
    bk_cursor cursor = {.levels = bk_alloc(n + 1)};
    if (cursor.levels == NULL) {
        return false;
    }
    memcpy(cursor.levels, reply->start, n);
    const bk_tracer tracer = {s, q, value, go, stay};
    const bool ok = bk_claim_explain(&tracer, q->claim->whole, &cursor, &reply->track);
    bk_free(cursor.levels);
    return ok;
}

bk_status bk_claim_by_sets(const bk_question *question, long most, bk_reply *reply)
{
    bk_sets s;
    const int32_t nodes = most < INT32_MAX / 8 ? (int32_t)most : INT32_MAX / 8;
    if (!bk_sets_begin(&s, question, nodes)) {
        bk_sets_end(&s);
        return BK_NO_MEMORY;
    }
    bool ok = !s.dd.full;
    for (int32_t i = 0; ok && i < question->conditions.n; i++) {
        const int32_t set = question->used[i] ? set_of(&s, i) : 0;
        memset(s.keep, 0, sizeof s.keep);
        s.set[i] = set >= 0 ? set : 0;
        ok = set >= 0 && bk_sets_tidy(&s);
    }
    bool memory = !s.no_memory && !s.dd.no_memory;
    if (ok) {
        memory = decide(&s, reply);
    }
    bk_sets_end(&s);
    return memory ? BK_OK : BK_NO_MEMORY;
}
