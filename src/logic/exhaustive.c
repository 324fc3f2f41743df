/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/cycles.h"

#include <string.h>

/* A state is a number: the bits of its levels, node by node. */

typedef struct all {
    bk_cycles *cycles;
    int bits;
    int *shift;          /* [n_core] where a node's bits start */
    uint64_t *from, *to; /* bitmaps */
    size_t words;
    uint64_t *numbers; /* [64 * BK_LANE_WORDS] as bk_lanes_transpose */
    size_t waiting;    /* states in numbers */
} all;

static int width_of(const bk_reduced *net, int32_t x)
{
    return net->high[x] - net->low[x];
}

static int bits_of(int width)
{
    int bits = 0;
    while (width >> bits != 0) {
        bits++;
    }
    return bits;
}

int bk_exhaustive_bits(const bk_reduced *net)
{
    int bits = 0;
    for (int32_t i = 0; i < net->n_core; i++) {
        bits += bits_of(width_of(net, net->core[i]));
    }
    return bits;
}

/* Bits of levels -> rails, of all lanes. */
static void expand(const all *e)
{
    bk_lane_step *const s = e->cycles->step;
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        const int width = width_of(s->net, x);
        const uint64_t *const bit = e->numbers + (size_t)e->shift[i] * BK_LANE_WORDS;
        uint64_t *const rail = bk_lane_word(&s->memory, s->first + s->rail[x]);
        memset(rail, 0, (size_t)width * BK_LANES / 8);
        for (int level = 1; level <= width; level++) {
            for (int w = 0; w < BK_LANE_WORDS; w++) {
                uint64_t is = UINT64_MAX;
                for (int b = 0; b < bits_of(width); b++) {
                    const uint64_t word = bit[b * BK_LANE_WORDS + w];
                    is &= (level >> b & 1) != 0 ? word : ~word;
                }
                for (int k = 0; k < level; k++) {
                    rail[k * BK_LANE_WORDS + w] |= is;
                }
            }
        }
    }
}

/* Rails of the next states -> bits of levels. */
static void contract(const all *e)
{
    const bk_lane_step *const s = e->cycles->step;
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        const int width = width_of(s->net, x);
        uint64_t *const bit = e->numbers + (size_t)e->shift[i] * BK_LANE_WORDS;
        const uint64_t *const rail = bk_lane_word(&s->memory, s->next + s->rail[x]);
        memset(bit, 0, (size_t)bits_of(width) * BK_LANES / 8);
        for (int level = 1; level <= width; level++) {
            const int changed = level ^ (level - 1);
            for (int b = 0; b < bits_of(width); b++) {
                for (int w = 0; w < BK_LANE_WORDS && (changed >> b & 1) != 0; w++) {
                    bit[b * BK_LANE_WORDS + w] ^= rail[(level - 1) * BK_LANE_WORDS + w];
                }
            }
        }
    }
}

static size_t place(size_t lane)
{
    return BK_LANE_WORDS * (lane % 64) + lane / 64;
}

/* Moves the states that wait. */
static void move(all *e)
{
    bk_lane_step *const s = e->cycles->step;
    bk_lanes_transpose(e->numbers);
    expand(e);
    bk_lanes_run(&s->program, BK_WIDTH_BEST, &s->memory);
    memset(e->numbers + (size_t)e->bits * BK_LANE_WORDS, 0,
           (size_t)(64 - e->bits) * BK_LANES / 8);
    contract(e);
    bk_lanes_transpose(e->numbers);
    for (size_t lane = 0; lane < e->waiting; lane++) {
        const uint64_t number = e->numbers[place(lane)];
        e->to[number / 64] |= (uint64_t)1 << number % 64;
    }
    e->waiting = 0;
}

static size_t count(const uint64_t *bitmap, size_t words)
{
    size_t n = 0;
    for (size_t i = 0; i < words; i++) {
        n += (size_t)__builtin_popcountll(bitmap[i]);
    }
    return n;
}

/* False: stopped on the way. */
static bool image(all *e)
{
    memset(e->to, 0, e->words * sizeof *e->to);
    for (size_t i = 0; i < e->words; i++) {
        for (uint64_t bits = e->from[i]; bits != 0; bits &= bits - 1) {
            e->numbers[place(e->waiting++)] =
                64 * (uint64_t)i + (uint64_t)__builtin_ctzll(bits);
            if (e->waiting == BK_LANES) {
                move(e);
            }
        }
        if (i % 65536 == 65535 && bk_cycles_stopped(e->cycles)) {
            return false;
        }
    }
    if (e->waiting > 0) {
        move(e);
    }
    uint64_t *const swap = e->from;
    e->from = e->to;
    e->to = swap;
    return true;
}

static bool possible(const all *e, uint64_t number)
{
    const bk_reduced *const net = e->cycles->step->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        const int width = width_of(net, x);
        const uint64_t mask = ((uint64_t)1 << bits_of(width)) - 1;
        const int level = (int)(number >> e->shift[i] & mask);
        if (level > width || (bk_reduced_free_input(net, x) &&
                              !bk_reduced_allows(net, x, net->low[x] + level))) {
            return false;
        }
    }
    return true;
}

/* Every state that there is; most networks have two levels only. */
static void fill(all *e)
{
    const bk_reduced *const net = e->cycles->step->net;
    bool sparse = false;
    for (int32_t i = 0; i < net->n_core; i++) {
        sparse = sparse || width_of(net, net->core[i]) > 1;
    }
    const uint64_t states = (uint64_t)1 << e->bits;
    memset(e->from, sparse ? 0 : 0xFF, e->words * sizeof *e->from);
    if (e->bits < 6) {
        e->from[0] &= ((uint64_t)1 << states) - 1;
    }
    for (uint64_t number = 0; sparse && number < states; number++) {
        e->from[number / 64] |= (uint64_t)possible(e, number) << number % 64;
    }
}

static void key_of(const all *e, uint64_t number, uint64_t *key)
{
    const bk_lane_step *const s = e->cycles->step;
    memset(key, 0, (size_t)bk_lane_step_key_words(s) * sizeof *key);
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        const uint64_t mask = ((uint64_t)1 << bits_of(width_of(s->net, x))) - 1;
        const int level = (int)(number >> e->shift[i] & mask);
        for (int32_t rail = s->rail[x]; rail < s->rail[x] + level; rail++) {
            key[rail / 64] |= (uint64_t)1 << rail % 64;
        }
    }
}

static bool forget(void *context, const uint64_t *key)
{
    const all *const e = context;
    const bk_lane_step *const s = e->cycles->step;
    uint64_t number = 0;
    for (int32_t i = 0; i < s->net->n_core; i++) {
        const int32_t x = s->net->core[i];
        uint64_t level = 0;
        for (int k = 0; k < width_of(s->net, x); k++) {
            const int32_t rail = s->rail[x] + k;
            level += key[rail / 64] >> rail % 64 & 1;
        }
        number |= level << e->shift[i];
    }
    e->from[number / 64] &= ~((uint64_t)1 << number % 64);
    return true;
}

/* What is left are the states of all attractors. */
static bk_status record(all *e)
{
    bk_cycles *const c = e->cycles;
    for (size_t i = 0; i < c->known.count; i++) {
        forget(e, bk_known_key(&c->known, i));
    }
    for (size_t i = 0; i < e->words && !c->full; i++) {
        while (e->from[i] != 0 && !c->full) {
            key_of(e, 64 * (uint64_t)i + (uint64_t)__builtin_ctzll(e->from[i]), c->key);
            if (!bk_cycles_record(c, c->key, e, forget)) {
                return BK_NO_MEMORY;
            }
        }
        if (i % 1024 == 0 && bk_cycles_stopped(c)) {
            return BK_OK;
        }
    }
    return BK_OK;
}

bk_status bk_exhaustive_find(bk_cycles *c, int bits)
{
    const bk_reduced *const net = c->step->net;
    all e = {.cycles = c, .bits = bits, .words = (((size_t)1 << bits) + 63) / 64};
    e.shift = bk_alloc_zero((size_t)net->n_core + 1, sizeof *e.shift);
    e.from = bk_alloc_zero(e.words, sizeof *e.from);
    e.to = bk_alloc_zero(e.words, sizeof *e.to);
    bk_lane_memory rows = {0};
    const bk_program_lanes square = {.highest = 64};
    const bool ok = e.shift != NULL && e.from != NULL && e.to != NULL &&
                    bk_lanes_memory(&square, &rows);
    if (ok) {
        e.numbers = rows.words;
        for (int32_t i = 0; i < net->n_core; i++) {
            e.shift[i + 1] = e.shift[i] + bits_of(width_of(net, net->core[i]));
        }
        fill(&e);
        size_t before;
        size_t after = count(e.from, e.words);
        bool on;
        do {
            before = after;
            on = image(&e);
            after = count(e.from, e.words);
        } while (on && after < before);
        if (on && record(&e) != BK_OK) {
            c->no_memory = true;
        }
    }
    bk_free(e.shift);
    bk_free(e.from);
    bk_free(e.to);
    bk_lanes_memory_free(&rows);
    return ok && !c->no_memory ? BK_OK : BK_NO_MEMORY;
}
