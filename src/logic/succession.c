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

/* What is known of a part of the network: of all that is left in one trap space, which of
 * the list it led to; of a block, its smaller trap spaces. */
typedef struct part {
    char key[65]; /* "": a free place of the table */
    size_t first, count;
    const bk_attractor *all; /* [count] of a block */
} part;

typedef struct succession {
    bk_search *search;
    size_t n;
    bool full;   /* more than are wanted, or cancelled */
    part *parts; /* [room] a hash table; room is a power of 2 */
    size_t n_parts, room;
    bk_arena *arena; /* trap spaces of blocks */
    int32_t *words;  /* scratch */
    size_t n_words, capacity;
} succession;

/* Where the descent is: a trap space of the whole. */
typedef struct place {
    bk_reduced *net;
    uint8_t *low, *high;      /* [n] */
    bool *done;               /* [n] no smaller trap space of its block within */
    bool *in;                 /* [n] whether of the block that is split */
    const bk_attractor *next; /* [n_next] smaller trap spaces of that block */
    size_t n_next;
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

/* Two parts are the same when the rules of their cores are; done: NULL for a block. */
static bool find_key(succession *s, const bk_reduced *net, const bool *done,
                     char key[65])
{
    s->n_words = 0;
    bool ok = put(s, done == NULL);
    for (int32_t i = 0; i < net->n_core && ok; i++) {
        const int32_t x = net->core[i];
        const bk_dd *const dd = net->dd[x];
        ok = put(s, -1 - x) && put(s, net->low[x] << 8 | net->high[x]) &&
             put(s, done != NULL && done[x]) && put(s, dd == NULL ? -1 : dd->root);
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
static part *look_up(const succession *s, const char *key)
{
    size_t slot = 0;
    for (int i = 0; i < 16; i++) {
        slot = 31 * slot + (unsigned char)key[i];
    }
    while (s->parts[slot & (s->room - 1)].key[0] != '\0' &&
           memcmp(s->parts[slot & (s->room - 1)].key, key, 64) != 0) {
        slot++;
    }
    return &s->parts[slot & (s->room - 1)];
}

static const part *known_part(const succession *s, const char *key)
{
    const part *const found = s->room == 0 ? NULL : look_up(s, key);
    return found == NULL || found->key[0] == '\0' ? NULL : found;
}

static bool remember(succession *s, const part *one)
{
    if (2 * (s->n_parts + 1) > s->room) {
        succession larger = *s;
        larger.room = s->room == 0 ? 256 : 2 * s->room;
        larger.parts = bk_alloc_zero(larger.room, sizeof *larger.parts);
        if (larger.parts == NULL) {
            return false;
        }
        for (size_t i = 0; i < s->room; i++) {
            if (s->parts[i].key[0] != '\0') {
                *look_up(&larger, s->parts[i].key) = s->parts[i];
            }
        }
        bk_free(s->parts);
        s->parts = larger.parts;
        s->room = larger.room;
    }
    *look_up(s, one->key) = *one;
    s->n_parts++;
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

/* The smaller trap spaces of a block; are there attractors of it elsewhere? */
static bk_status split_block(succession *s, bk_reduced *block, part *found)
{
    uint8_t *states = NULL;
    size_t count = 0;
    bool complete = false;
    bool all = true;
    spaces inner = {.n = s->n, .arena = s->arena};
    bk_status status = bk_boxes_apart(block, keep_space, &inner, &complete);
    s->full = s->full || !complete;
    if (status == BK_OK && complete && inner.count > 0) {
        status = bk_retained_states(s->search->work, block, inner.all, inner.count, 0,
                                    &states, &count, &all);
        s->search->outside_open = s->search->outside_open || !all || count > 0;
        bk_free(states);
    }
    bk_attractor *const kept =
        bk_arena_alloc(s->arena, (inner.count + 1) * sizeof *kept);
    if (kept == NULL) {
        status = BK_NO_MEMORY;
    } else if (inner.count > 0) {
        memcpy(kept, inner.all, inner.count * sizeof *kept);
    }
    bk_free(inner.all);
    found->all = kept;
    found->count = inner.count;
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
    p->n_next = 0;
    while (status == BK_OK && p->n_next == 0 && !s->full &&
           next_block(p->net, p->done, component, &block, p->in, stack)) {
        part one = {.count = 0};
        status = find_key(s, &block, NULL, one.key) ? BK_OK : BK_NO_MEMORY;
        const part *const known = known_part(s, one.key);
        if (status == BK_OK && known != NULL) {
            one = *known;
        } else if (status == BK_OK) {
            status = split_block(s, &block, &one);
            status = status == BK_OK && !remember(s, &one) ? BK_NO_MEMORY : status;
        }
        p->next = one.all;
        p->n_next = one.count;
        for (int32_t i = 0; i < block.n_core && one.count == 0; i++) {
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
    memcpy(p->low, p->net->low, (size_t)p->net->n);
    memcpy(p->high, p->net->high, (size_t)p->net->n);
    for (int32_t i = 0; i < p->net->n_core; i++) {
        const int32_t x = p->net->core[i];
        if (p->in[x]) {
            p->low[x] = p->next[k].low[x];
            p->high[x] = p->next[k].high[x];
        }
    }
    bk_reduced_percolate(p->net, p->low, p->high);
}

static void place_free(place *p)
{
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
    *p = (place){.low = bytes, .high = bytes + s->n};
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
    bk_status status = !bk_grow(&p->keys, &p->capacity, p->n_keys + 1, sizeof *p->keys)
                           ? BK_NO_MEMORY
                           : bk_reduce(search->work, search->settings->free_inputs,
                                       p->low, p->high, true, &p->net);
    if (status == BK_OK && !find_key(s, p->net, p->done, p->keys[p->n_keys])) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        return status;
    }
    const part *const known = known_part(s, p->keys[p->n_keys]);
    *ended = known != NULL;
    if (*ended) {
        const part old = *known;
        for (size_t k = old.first;
             k < old.first + old.count && status == BK_OK && !s->full; k++) {
            const bk_attractor one = a->found[k];
            status = add(s, p, &one);
        }
        return status;
    }
    p->n_keys++;
    status = split(s, p);
    if (status == BK_OK && !s->full && p->n_next == 0) {
        *ended = true;
        status = add_minimal(s, p);
    }
    return status;
}

static bk_status go_on(succession *s, place *p)
{
    bk_status status = BK_OK;
    for (size_t k = 0; k < p->n_next && status == BK_OK && !s->full; k++) {
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
        if (status == BK_OK && !ended && p->n_next == 1) {
            enter(p, 0);
        } else if (status == BK_OK && !ended) {
            status = go_on(s, p);
            ended = true;
        }
    }
    for (size_t i = 0; status == BK_OK && !s->full && i < p->n_keys; i++) {
        part one = {.first = p->first,
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
    succession s = {.search = search,
                    .n = (size_t)search->work->system->n,
                    .arena = bk_arena_new()};
    const bk_status status =
        s.arena == NULL ? BK_NO_MEMORY : visit(&s, low, high, NULL);
    *all = !s.full;
    bk_arena_free(s.arena);
    bk_free(s.parts);
    bk_free(s.words);
    return status;
}
