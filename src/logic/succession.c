/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/succession.h"

#include "base/alloc.h"
#include "base/sha256.h"
#include "logic/boxes.h"
#include "logic/negative.h"
#include "logic/retained.h"

#include <string.h>

/* Disjoint trap spaces of one block. */
typedef struct spaces {
    bk_arena *arena;
    bk_attractor *all;
    size_t count, capacity;
    size_t n;
} spaces;

/* What is left of the network in one trap space, and which of the list it led to. */
typedef struct rest {
    char key[65]; /* "": a free place of the table */
    size_t first, count;
} rest;

typedef struct succession {
    bk_search *search;
    size_t n;
    bool full;   /* more than are wanted, or cancelled */
    rest *rests; /* [room] a hash table; room is a power of 2 */
    size_t n_rests, room;
    int32_t *words; /* scratch */
    size_t n_words, capacity;
} succession;

/* Where the descent is: a trap space of the whole. */
typedef struct place {
    bk_reduced *net;
    uint8_t *low, *high; /* [n] */
    bool *done;          /* [n] no smaller trap space of its block within */
    bool *in;            /* [n] whether of the block that is split */
    spaces next;
    size_t first; /* what it leads to stands in the list from here on */
    char (*keys)[65];
    size_t n_keys, capacity;
} place;

static bool keep_space(void *context, const uint8_t *low, const uint8_t *high)
{
    spaces *const s = context;
    uint8_t *const kept = bk_arena_alloc(s->arena, 2 * s->n + 1);
    if (kept == NULL || !bk_grow(&s->all, &s->capacity, s->count + 1, sizeof *s->all)) {
        return false;
    }
    memcpy(kept, low, s->n);
    memcpy(kept + s->n, high, s->n);
    s->all[s->count++] = (bk_attractor){.low = kept, .high = kept + s->n};
    return true;
}

/* Adds x and all core nodes upstream of it. */
static void add_upstream(const bk_reduced *net, int32_t x, bool *in, int32_t *stack)
{
    int32_t n = 0;
    in[x] = true;
    stack[n++] = x;
    while (n > 0) {
        const bk_dd *const dd = net->dd[stack[--n]];
        for (int32_t node = dd == NULL ? 0 : dd->terminals;
             dd != NULL && node < dd->nodes; node++) {
            const int32_t y = dd->regulator[dd->variable[node]];
            if (!in[y]) {
                in[y] = true;
                stack[n++] = y;
            }
        }
    }
}

/* The network seen as the next block of it alone: shares all but the lists of nodes.
 * False: all is done. */
static bool next_block(const bk_reduced *net, const bool *done,
                       const int32_t *component, bk_reduced *block, bool *in,
                       int32_t *stack)
{
    int32_t first = -1;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        /* Tarjan numbers what is downstream first. */
        if (!done[x] && (first < 0 || component[x] > component[first])) {
            first = x;
        }
    }
    if (first < 0) {
        return false;
    }
    memset(in, 0, (size_t)net->n * sizeof *in);
    add_upstream(net, first, in, stack);
    *block = *net;
    block->core = stack;
    block->n_core = block->n_outputs = 0;
    for (int32_t i = 0; i < net->n_core; i++) {
        if (in[net->core[i]]) {
            stack[block->n_core++] = net->core[i];
        }
    }
    return true;
}

static bool put(succession *s, int32_t word)
{
    if (!bk_grow(&s->words, &s->capacity, s->n_words + 1, sizeof *s->words)) {
        return false;
    }
    s->words[s->n_words++] = word;
    return true;
}

/* Two rests are the same when the rules of their cores are. */
static bool find_key(succession *s, const place *p, char key[65])
{
    const bk_reduced *const net = p->net;
    s->n_words = 0;
    bool ok = true;
    for (int32_t i = 0; i < net->n_core && ok; i++) {
        const int32_t x = net->core[i];
        const bk_dd *const dd = net->dd[x];
        ok = put(s, -1 - x) && put(s, net->low[x] << 8 | net->high[x]) &&
             put(s, p->done[x]) && put(s, dd == NULL ? -1 : dd->root);
        for (int32_t node = dd == NULL ? 0 : dd->terminals;
             dd != NULL && node < dd->nodes && ok; node++) {
            ok = put(s, dd->regulator[dd->variable[node]]);
            for (int32_t k = 0; k < dd->levels[dd->variable[node]] && ok; k++) {
                ok = put(s, dd->children[dd->first[node] + k]);
            }
        }
    }
    if (ok) {
        bk_sha256(s->words, s->n_words * sizeof *s->words, key);
    }
    return ok;
}

/* The place of a key in the table, used or free. */
static rest *look_up(const succession *s, const char *key)
{
    size_t slot = 0;
    for (int i = 0; i < 16; i++) {
        slot = 31 * slot + (unsigned char)key[i];
    }
    while (s->rests[slot & (s->room - 1)].key[0] != '\0' &&
           memcmp(s->rests[slot & (s->room - 1)].key, key, 64) != 0) {
        slot++;
    }
    return &s->rests[slot & (s->room - 1)];
}

static bool remember(succession *s, const rest *one)
{
    if (2 * (s->n_rests + 1) > s->room) {
        succession larger = *s;
        larger.room = s->room == 0 ? 256 : 2 * s->room;
        larger.rests = bk_alloc_zero(larger.room, sizeof *larger.rests);
        if (larger.rests == NULL) {
            return false;
        }
        for (size_t i = 0; i < s->room; i++) {
            if (s->rests[i].key[0] != '\0') {
                *look_up(&larger, s->rests[i].key) = s->rests[i];
            }
        }
        bk_free(s->rests);
        s->rests = larger.rests;
        s->room = larger.room;
    }
    *look_up(s, one->key) = *one;
    s->n_rests++;
    return true;
}

/* One more of the list: its core, of the place, from what; the rest as in the place. */
static bk_status add(succession *s, place *p, const bk_attractor *what)
{
    bk_search *const search = s->search;
    bk_attractors *const a = search->attractors;
    if ((long)a->count >= search->max_results) {
        s->full = true;
        return BK_OK;
    }
    const bool has_state = what->state != NULL;
    uint8_t *const low = bk_arena_alloc(a->arena, (has_state ? 3 : 2) * s->n + 1);
    if (low == NULL ||
        !bk_grow(&a->found, &a->capacity, a->count + 1, sizeof *a->found)) {
        return BK_NO_MEMORY;
    }
    uint8_t *const high = low + s->n;
    uint8_t *const state = has_state ? high + s->n : NULL;
    memcpy(low, p->net->low, s->n);
    memcpy(high, p->net->high, s->n);
    if (has_state) {
        memcpy(state, p->net->low, s->n);
    }
    for (int32_t i = 0; i < p->net->n_core; i++) {
        const int32_t x = p->net->core[i];
        low[x] = what->low[x];
        high[x] = what->high[x];
        if (has_state) {
            state[x] = what->state[x];
        }
    }
    bk_reduced_fill(p->net, low, high);
    const bool point = memcmp(low, high, s->n) == 0;
    a->found[a->count++] = (bk_attractor){
        .low = low, .high = high, .state = state, .size = point ? 1 : -1};
    return BK_OK;
}

/* The place is a minimal trap space. */
static bk_status add_minimal(succession *s, place *p)
{
    bk_attractor here = {.low = p->net->low, .high = p->net->high};
    uint8_t *states = NULL;
    size_t count = 0;
    bool all = false;
    bk_status status = BK_OK;
    if (p->net->n_core > 0) {
        status = bk_retained_states(s->search->work, p->net, NULL, 0, 1, &states,
                                    &count, &all);
    }
    if (status == BK_OK) {
        here.state = all && count == 1 ? states : NULL;
        status = add(s, p, &here);
    }
    bk_free(states);
    return status;
}

/* The first block that has smaller trap spaces, in next; none: the place is minimal. */
static bk_status split(succession *s, place *p)
{
    bk_reduced block;
    int32_t *const component = bk_alloc((s->n + 1) * sizeof *component);
    int32_t *const stack = bk_alloc((s->n + 1) * sizeof *stack);
    bk_status status = component == NULL || stack == NULL
                           ? BK_NO_MEMORY
                           : bk_core_components(p->net, component);
    while (status == BK_OK && p->next.count == 0 && !s->full &&
           next_block(p->net, p->done, component, &block, p->in, stack)) {
        bool complete = false;
        status = bk_boxes_apart(&block, keep_space, &p->next, &complete);
        s->full = s->full || !complete;
        if (status == BK_OK && complete && p->next.count > 0) {
            uint8_t *states = NULL;
            size_t count = 0;
            bool all = false;
            status = bk_retained_states(s->search->work, &block, p->next.all,
                                        p->next.count, 0, &states, &count, &all);
            bk_free(states);
            s->search->outside_open = s->search->outside_open || !all || count > 0;
        }
        for (int32_t i = 0; i < block.n_core && p->next.count == 0; i++) {
            p->done[block.core[i]] = true;
        }
    }
    bk_free(component);
    bk_free(stack);
    return status;
}

/* low, high of the place become its k-th smaller trap space. */
static void enter(place *p, size_t k)
{
    memcpy(p->low, p->net->low, p->next.n);
    memcpy(p->high, p->net->high, p->next.n);
    for (int32_t i = 0; i < p->net->n_core; i++) {
        const int32_t x = p->net->core[i];
        if (p->in[x]) {
            p->low[x] = p->next.all[k].low[x];
            p->high[x] = p->next.all[k].high[x];
        }
    }
    bk_reduced_percolate(p->net, p->low, p->high);
}

static void forget_next(place *p)
{
    bk_arena_free(p->next.arena);
    bk_free(p->next.all);
    p->next = (spaces){.n = p->next.n};
}

static void place_free(place *p)
{
    forget_next(p);
    bk_reduced_free(p->net);
    bk_free(p->low);
    bk_free(p->keys);
    bk_free(p);
}

static place *place_new(const succession *s, const uint8_t *low, const uint8_t *high,
                        const bool *done)
{
    place *const p = bk_alloc_zero(1, sizeof *p);
    uint8_t *const bytes = p == NULL ? NULL : bk_alloc_zero(4 * s->n + 1, 1);
    if (bytes == NULL) {
        bk_free(p);
        return NULL;
    }
    *p = (place){.low = bytes, .high = bytes + s->n, .next = {.n = s->n}};
    p->done = (bool *)(bytes + 2 * s->n);
    p->in = (bool *)(bytes + 3 * s->n);
    p->first = s->search->attractors->count;
    memcpy(p->low, low, s->n);
    memcpy(p->high, high, s->n);
    if (done != NULL) {
        memcpy(p->done, done, s->n * sizeof *done);
    }
    return p;
}

static bk_status visit(succession *s, const uint8_t *low, const uint8_t *high,
                       const bool *done);

/* Looks at low .. high of the place: what the rest of it led to when it was met before,
 * or its smaller trap spaces; *ended: all is in the list. */
static bk_status look(succession *s, place *p, bool *ended)
{
    bk_search *const search = s->search;
    bk_attractors *const a = search->attractors;
    bk_reduced_free(p->net);
    p->net = NULL;
    forget_next(p);
    p->next.arena = bk_arena_new();
    bk_status status = p->next.arena == NULL || !bk_grow(&p->keys, &p->capacity,
                                                         p->n_keys + 1, sizeof *p->keys)
                           ? BK_NO_MEMORY
                           : bk_reduce(search->work, search->settings->free_inputs,
                                       p->low, p->high, true, &p->net);
    if (status == BK_OK && !find_key(s, p, p->keys[p->n_keys])) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        return status;
    }
    const rest *const known = s->room == 0 ? NULL : look_up(s, p->keys[p->n_keys]);
    *ended = known != NULL && known->key[0] != '\0';
    if (*ended) {
        const rest old = *known;
        for (size_t k = old.first;
             k < old.first + old.count && status == BK_OK && !s->full; k++) {
            const bk_attractor one = a->found[k];
            status = add(s, p, &one);
        }
        return status;
    }
    p->n_keys++;
    status = split(s, p);
    if (status == BK_OK && !s->full && p->next.count == 0) {
        *ended = true;
        status = add_minimal(s, p);
    }
    return status;
}

static bk_status go_on(succession *s, place *p)
{
    bk_status status = BK_OK;
    for (size_t k = 0; k < p->next.count && status == BK_OK && !s->full; k++) {
        enter(p, k);
        status = visit(s, p->low, p->high, p->done);
    }
    return status;
}

static bk_status visit(succession *s, const uint8_t *low, const uint8_t *high,
                       const bool *done)
{
    place *const p = place_new(s, low, high, done);
    bk_status status = p == NULL ? BK_NO_MEMORY : BK_OK;
    bool ended = false;
    while (status == BK_OK && !ended && !s->full) {
        s->full = bk_logic_cancelled(s->search->work);
        status = look(s, p, &ended);
        if (status == BK_OK && !ended && p->next.count == 1) {
            enter(p, 0);
        } else if (status == BK_OK && !ended) {
            status = go_on(s, p);
            ended = true;
        }
    }
    for (size_t i = 0; status == BK_OK && !s->full && i < p->n_keys; i++) {
        rest one = {.first = p->first,
                    .count = s->search->attractors->count - p->first};
        memcpy(one.key, p->keys[i], sizeof one.key);
        status = remember(s, &one) ? BK_OK : BK_NO_MEMORY;
    }
    if (p != NULL) {
        place_free(p);
    }
    return status;
}

bk_status bk_succession(bk_search *search, const uint8_t *low, const uint8_t *high,
                        bool *all)
{
    succession s = {.search = search, .n = (size_t)search->work->system->n};
    const bk_status status = visit(&s, low, high, NULL);
    *all = !s.full;
    bk_free(s.rests);
    bk_free(s.words);
    return status;
}
