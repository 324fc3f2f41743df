/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/cycles.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <string.h>

enum {
    BITS_AT_ONCE = 20,     /* looking at all states is the quickest up to here */
    BITS_FOR_BITMAPS = 28, /* and possible up to here: 64 MB */
    FEW_STEPS = 16384,     /* that a random state is followed */
    MOST_STEPS = 1 << 20,  /* that a state found by SAT is followed */
    MOST_BATCHES = 64,     /* of random states */
    MOST_KNOWN = 200000,   /* states of cycles that clauses are written for */
    LEAST_DEEPER = 4,
    MOST_DEPTH = 4096
};

bool bk_cycles_stopped(const bk_cycles *c)
{
    return bk_logic_cancelled(c->search->work);
}

/* How many steps it takes until an output no longer depends on where it started. */
static bk_status count_settling(bk_cycles *c)
{
    const bk_reduced *const net = c->step->net;
    int32_t *const depth = bk_alloc_zero((size_t)net->n + 1, sizeof *depth);
    if (depth == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t i = 0; i < net->n_outputs; i++) {
        const int32_t x = net->outputs[i];
        const bk_dd *const dd = net->dd[x];
        for (int32_t node = dd->terminals; node < dd->nodes; node++) {
            const int32_t y = dd->regulator[dd->variable[node]];
            depth[x] = depth[y] > depth[x] ? depth[y] : depth[x];
        }
        depth[x]++;
        c->settling = depth[x] > c->settling ? depth[x] : c->settling;
    }
    bk_free(depth);
    return BK_OK;
}

static void read_walk(bk_cycles *c, uint64_t *key)
{
    for (int32_t x = 0; x < c->step->net->n; x++) {
        c->row[x] = c->search->work->cells[x].state;
    }
    bk_lane_step_key(c->step, c->row, key);
}

static bool same(const bk_cycles *c, const uint64_t *a, const uint64_t *b)
{
    return memcmp(a, b, (size_t)c->known.key_words * sizeof *a) == 0;
}

/* By the plain walk of all nodes, once round. */
bool bk_cycles_record(bk_cycles *c, const uint64_t *key, void *context,
                      bool (*each)(void *context, const uint64_t *key))
{
    bk_attractors *const a = c->search->attractors;
    bk_logic_work *const w = c->search->work;
    const bk_reduced *const net = c->step->net;
    const size_t n = (size_t)net->n;
    uint8_t *const low = bk_arena_alloc(a->arena, 2 * n + 1);
    double *const mean = bk_arena_zero(a->arena, n + 1, sizeof *mean);
    if (low == NULL || mean == NULL ||
        !bk_grow(&a->found, &a->capacity, a->count + 1, sizeof *a->found)) {
        return false;
    }
    uint8_t *const high = low + n;
    memcpy(c->row, net->low, n);
    bk_lane_step_levels(c->step, key, c->row);
    bk_logic_put(w, c->row);
    for (int32_t i = 0; i < c->settling; i++) {
        bk_logic_synchronous(w);
    }
    memset(low, UINT8_MAX, n);
    memset(high, 0, n);
    read_walk(c, c->first);
    long size = 0;
    do {
        for (size_t x = 0; x < n; x++) {
            low[x] = c->row[x] < low[x] ? c->row[x] : low[x];
            high[x] = c->row[x] > high[x] ? c->row[x] : high[x];
            mean[x] += (double)c->row[x];
        }
        size++;
        bk_logic_synchronous(w);
        read_walk(c, c->key);
        if (!each(context, c->key)) {
            return false;
        }
    } while (!same(c, c->key, c->first));
    for (size_t x = 0; x < n; x++) {
        mean[x] /= (double)size;
    }
    c->full = size > 1 && a->count == (size_t)c->search->max_results;
    if (size > 1 && !c->full) {
        a->found[a->count++] =
            (bk_attractor){.size = size, .low = low, .high = high, .mean = mean};
        const bk_search *const search = c->search;
        c->full = search->enough != NULL &&
                  search->enough(search->context, &a->found[a->count - 1]);
    }
    return true;
}

static bool know(void *context, const uint64_t *key)
{
    bool fresh;
    return bk_known_add(context, key, &fresh);
}

/* Puts random levels that can be into all lanes of a node. */
static void randomise(bk_cycles *c, int32_t x)
{
    const bk_reduced *const net = c->step->net;
    bk_lane_memory *const m = &c->step->memory;
    const int32_t first = c->step->first + c->step->rail[x];
    const int width = net->high[x] - net->low[x];
    for (int i = 0; width == 1 && i < BK_LANE_WORDS; i++) {
        bk_lane_word(m, first)[i] = bk_random_bits(&c->random);
    }
    for (int lane = 0; width > 1 && lane < BK_LANES; lane++) {
        int level;
        do {
            level = (int)bk_random_below(&c->random, (uint32_t)width + 1);
        } while (bk_reduced_free_input(net, x) &&
                 !bk_reduced_allows(net, x, net->low[x] + level));
        for (int k = 0; k < width; k++) {
            bk_lane_set(m, first + k, lane, level > k);
        }
    }
}

static bool stopped(void *context)
{
    return bk_cycles_stopped(context);
}

static void settle(bk_cycles *c, long most)
{
    const bk_lane_walk walk = bk_lane_step_walk(c->step);
    bk_lanes_settle(&walk, most, stopped, c, c->saved, c->ends);
}

/* The cycles that the lanes are on.  *fresh: whether there are new ones. */
static bool collect(bk_cycles *c, bool *fresh)
{
    *fresh = false;
    for (int lane = 0; lane < BK_LANES && !c->full; lane++) {
        if (c->ends[lane].period == 0) {
            continue;
        }
        bk_lane_step_get(c->step, lane, c->key);
        if (bk_known_has(&c->known, c->key)) {
            continue;
        }
        *fresh = true;
        if (!bk_cycles_record(c, c->key, &c->known, know)) {
            return false;
        }
    }
    return true;
}

/* Random states, and the start. */
static bk_status sample(bk_cycles *c)
{
    const bk_reduced *const net = c->step->net;
    bool fresh = true;
    for (int batch = 0; batch < MOST_BATCHES && fresh && !c->full; batch++) {
        for (int32_t i = 0; i < net->n_core; i++) {
            randomise(c, net->core[i]);
        }
        if (batch == 0) {
            for (int32_t x = 0; x < net->n; x++) {
                const uint8_t level = c->search->work->begin[x];
                c->row[x] = level < net->low[x]    ? net->low[x]
                            : level > net->high[x] ? net->high[x]
                                                   : level;
            }
            bk_lane_step_key(c->step, c->row, c->key);
            bk_lane_step_put(c->step, 0, c->key);
        }
        settle(c, FEW_STEPS);
        if (!collect(c, &fresh)) {
            return BK_NO_MEMORY;
        }
        fresh = fresh && !bk_cycles_stopped(c) && c->known.count < MOST_KNOWN;
    }
    return BK_OK;
}

/* A state and BK_LANES - 1 that differ from it in one or more nodes. */
static void surround(bk_cycles *c, const uint64_t *key)
{
    const bk_reduced *const net = c->step->net;
    for (int lane = 0; lane < BK_LANES; lane++) {
        bk_lane_step_put(c->step, lane, key);
    }
    for (int lane = 1; lane < BK_LANES; lane++) {
        for (int flips = 1 + lane % 4; flips > 0; flips--) {
            const int32_t x =
                net->core[bk_random_below(&c->random, (uint32_t)net->n_core)];
            if (net->high[x] - net->low[x] == 1) {
                const int32_t word = c->step->first + c->step->rail[x];
                bk_lane_set(&c->step->memory, word, lane,
                            !bk_lane_bit(&c->step->memory, word, lane));
            }
        }
    }
}

typedef struct proof {
    bk_cycles *cycles;
    bk_chain *chain;
    uint64_t *last; /* of the chain at hand */
    size_t blocked;
    int depth;
} proof;

static void deepen(proof *p, int depth)
{
    for (; p->depth < depth; p->depth++) {
        bk_chain_deepen(p->chain);
    }
}

/* Steps from a state to the known cycle that it leads to. */
static int distance(bk_cycles *c, const uint64_t *key)
{
    const bk_lane_walk walk = bk_lane_step_walk(c->step);
    int steps = 0;
    bk_lane_step_put(c->step, 0, key);
    for (bk_lane_step_get(c->step, 0, c->first); !bk_known_has(&c->known, c->first);
         steps++) {
        bk_lanes_step(&walk);
        bk_lane_step_get(c->step, 0, c->first);
    }
    return steps;
}

/* Whether there are no others: *proven.  Stops when that becomes too much. */
static bk_status prove(proof *p, bool *proven)
{
    bk_cycles *const c = p->cycles;
    deepen(p, 4);
    for (;;) {
        for (; p->blocked < c->known.count; p->blocked++) {
            bk_chain_block(p->chain, bk_known_key(&c->known, p->blocked));
        }
        bool is_stopped;
        if (!bk_chain_solve(p->chain, c->key, &is_stopped)) {
            *proven = !is_stopped;
            return BK_OK;
        }
        memcpy(p->last, c->key, (size_t)c->known.key_words * sizeof *c->key);
        surround(c, p->last);
        settle(c, MOST_STEPS);
        bool fresh;
        if (!collect(c, &fresh)) {
            return BK_NO_MEMORY;
        }
        if (c->full || c->ends[0].period == 0 || c->known.count > MOST_KNOWN ||
            p->depth >= MOST_DEPTH || bk_cycles_stopped(c)) {
            return BK_OK;
        }
        if (!fresh) {
            /* Chains of less than the way that this one goes on for exist. */
            const int on = distance(c, p->last);
            deepen(p, p->depth + (on > LEAST_DEEPER ? on : LEAST_DEEPER));
        }
    }
}

static bk_status by_chains(bk_cycles *c, bool *proven)
{
    bk_status status = sample(c);
    if (status != BK_OK || c->full || c->known.count > MOST_KNOWN ||
        bk_cycles_stopped(c)) {
        return status;
    }
    proof p = {.cycles = c,
               .chain = bk_chain_new(c->step),
               .last = bk_alloc((size_t)c->known.key_words * sizeof *p.last)};
    status = p.chain != NULL && p.last != NULL ? prove(&p, proven) : BK_NO_MEMORY;
    bk_chain_free(p.chain);
    bk_free(p.last);
    return status;
}

static bk_status find(bk_cycles *c, bool *proven)
{
    const bk_attractor_settings *const settings = c->search->settings;
    const int bits = bk_exhaustive_bits(c->step->net);
    int most = BITS_FOR_BITMAPS;
    while (settings->max_states > 0 && most > 0 &&
           (long)1 << (most - 1) >= settings->max_states) {
        most--;
    }
    bk_status status = BK_OK;
    if (bits > BITS_AT_ONCE || bits > most) {
        status = by_chains(c, proven);
    }
    if (status == BK_OK && !*proven && bits <= most && !c->full &&
        !bk_cycles_stopped(c)) {
        status = bk_exhaustive_find(c, bits);
        *proven = status == BK_OK && !c->full && !bk_cycles_stopped(c);
    }
    return status;
}

static bk_status start(bk_cycles *c)
{
    const bk_lane_step *const s = c->step;
    const size_t n = (size_t)s->net->n;
    c->known.key_words = bk_lane_step_key_words(s);
    const size_t words = (size_t)c->known.key_words;
    c->key = bk_alloc_zero(words, sizeof *c->key);
    c->first = bk_alloc_zero(words, sizeof *c->first);
    c->row = bk_alloc_zero(n + 1, 1);
    c->saved = bk_alloc_zero(((size_t)s->rails + 1) * BK_LANE_WORDS, sizeof *c->saved);
    if (c->key == NULL || c->first == NULL || c->row == NULL || c->saved == NULL) {
        return BK_NO_MEMORY;
    }
    bk_random_start(&c->random, 1, 0, 0);
    const bk_attractors *const a = c->search->attractors;
    bool ok = true;
    for (size_t i = 0; ok && i < a->count; i++) {
        bk_lane_step_key(s, a->found[i].low, c->key);
        ok = know(&c->known, c->key);
    }
    return ok ? count_settling(c) : BK_NO_MEMORY;
}

/* An output of several levels may remember where it started. */
static bool remembers(const bk_reduced *net)
{
    for (int32_t i = 0; i < net->n_outputs; i++) {
        const int32_t x = net->outputs[i];
        if (net->high[x] - net->low[x] > 1) {
            return true;
        }
    }
    return false;
}

bk_status bk_search_cycles(bk_search *search, bk_reduced *net, bool *proven)
{
    bk_cycles c = {.search = search};
    bk_reduced *whole = NULL;
    bk_logic_work *const w = search->work;
    bk_status status = BK_OK;
    if (remembers(net)) {
        status = bk_reduce(w, net->free_inputs, net->low, net->high, false, &whole);
    }
    if (status == BK_OK) {
        status = bk_lane_step_new(whole != NULL ? whole : net, &c.step);
    }
    for (int32_t x = 0; x < net->n && net->free_inputs; x++) {
        w->cells[x].held = w->held[x] || w->system->dd[x] == NULL;
    }
    if (status == BK_OK) {
        status = start(&c);
    }
    *proven = false;
    if (status == BK_OK) {
        status = find(&c, proven);
    }
    search->full = search->full || c.full;
    bk_lane_step_free(c.step);
    bk_reduced_free(whole);
    bk_known_free(&c.known);
    bk_free(c.key);
    bk_free(c.first);
    bk_free(c.row);
    bk_free(c.saved);
    return status;
}
