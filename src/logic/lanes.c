/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/lanes.h"

#include "base/alloc.h"

#include <string.h>

void bk_lanes_start(bk_program_lanes *p)
{
    *p = (bk_program_lanes){.words = 2, .highest = 2};
}

void bk_lanes_free(bk_program_lanes *p)
{
    bk_free(p->steps);
    *p = (bk_program_lanes){.words = 2, .highest = 2};
}

int32_t bk_lanes_reserve(bk_program_lanes *p, int32_t count)
{
    const int32_t first = p->words;
    p->words += count;
    p->highest = p->words > p->highest ? p->words : p->highest;
    return first;
}

void bk_lanes_release(bk_program_lanes *p, int32_t from)
{
    p->words = from;
}

static void add(bk_program_lanes *p, bk_choice step)
{
    if (p->failed || !bk_grow(&p->steps, &p->capacity, p->n + 1, sizeof *p->steps)) {
        p->failed = true;
        return;
    }
    p->steps[p->n++] = step;
}

int32_t bk_lanes_choose(bk_program_lanes *p, int32_t choose, int32_t yes, int32_t no)
{
    if (yes == no || choose == BK_ALL_LANES) {
        return yes;
    }
    if (choose == BK_NO_LANE) {
        return no;
    }
    if (yes == BK_ALL_LANES && no == BK_NO_LANE) {
        return choose;
    }
    const int32_t out = bk_lanes_reserve(p, 1);
    add(p, (bk_choice){out, choose, yes, no});
    return out;
}

void bk_lanes_copy(bk_program_lanes *p, int32_t to, int32_t from)
{
    add(p, (bk_choice){to, from, BK_ALL_LANES, BK_NO_LANE});
}

int32_t bk_lanes_rule(bk_program_lanes *p, const bk_dd *dd, int t,
                      const int32_t *const *rail, int32_t *values)
{
    for (int32_t node = 0; node < dd->terminals; node++) {
        values[node] = node >= t ? BK_ALL_LANES : BK_NO_LANE;
    }
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        const int32_t variable = dd->variable[node];
        const int32_t *const children = dd->children + dd->first[node];
        int32_t value = values[children[0]];
        for (int32_t k = 1; k < dd->levels[variable]; k++) {
            if (children[k] != children[k - 1]) {
                value = bk_lanes_choose(p, rail[variable][k - 1], values[children[k]],
                                        value);
            }
        }
        values[node] = value;
    }
    return values[dd->root];
}

/* A child can be taken where the box reaches up to it and not only beyond it. */
static int32_t through(bk_program_lanes *p, int32_t levels, int32_t k, int32_t child,
                       const int32_t *low, const int32_t *high)
{
    int32_t value = child;
    if (k + 1 < levels && value != BK_NO_LANE) {
        value = bk_lanes_choose(p, low[k], BK_NO_LANE, value);
    }
    if (k > 0 && value != BK_NO_LANE) {
        value = bk_lanes_and(p, high[k - 1], value);
    }
    return value;
}

int32_t bk_lanes_reach(bk_program_lanes *p, const bk_dd *dd, int t, bool most,
                       const int32_t *const *low, const int32_t *const *high,
                       int32_t *values)
{
    for (int32_t node = 0; node < dd->terminals; node++) {
        values[node] = (node >= t) == most ? BK_ALL_LANES : BK_NO_LANE;
    }
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        const int32_t variable = dd->variable[node];
        const int32_t levels = dd->levels[variable];
        const int32_t *const children = dd->children + dd->first[node];
        int32_t value = BK_NO_LANE;
        for (int32_t k = 0; k < levels; k++) {
            value = bk_lanes_or(p,
                                through(p, levels, k, values[children[k]],
                                        low[variable], high[variable]),
                                value);
        }
        values[node] = value;
    }
    return values[dd->root];
}

bool bk_lanes_memory(const bk_program_lanes *p, bk_lane_memory *memory)
{
    enum { LINE = BK_LANES / 8 };
    const size_t size = (size_t)p->highest * LINE;
    memory->block = bk_alloc_zero(size + LINE, 1);
    if (memory->block == NULL) {
        return false;
    }
    const uintptr_t address = (uintptr_t)memory->block;
    const size_t shift = (LINE - address % LINE) % LINE;
    memory->words = (uint64_t *)(void *)((unsigned char *)memory->block + shift);
    memset(bk_lane_word(memory, BK_ALL_LANES), 0xFF, LINE);
    return true;
}

void bk_lanes_memory_free(bk_lane_memory *memory)
{
    bk_free(memory->block);
    *memory = (bk_lane_memory){0};
}

/* The compiler splits a wide vector into what the processor has. */
typedef uint64_t wide __attribute__((vector_size(BK_LANES / 8), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE void run(const bk_program_lanes *p, bk_lane_memory *memory)
{
    wide *const v = (wide *)(void *)memory->words;
    const bk_choice *const end = p->steps + p->n;
    for (const bk_choice *s = p->steps; s < end; s++) {
        v[s->out] = v[s->no] ^ (v[s->choose] & (v[s->yes] ^ v[s->no]));
    }
}

/* Squares of bits swap across the diagonal, ever smaller ones (Warren 2012, Hacker's
 * Delight, 7-3), for all words of a row at once. */
INLINE void transpose(uint64_t *rows)
{
    wide *const v = (wide *)(void *)rows;
    uint64_t mask = UINT64_C(0xFFFFFFFF);
    for (unsigned j = 32; j != 0; j >>= 1, mask ^= mask << j) {
        for (unsigned k = 0; k < 64; k = ((k | j) + 1) & ~j) {
            const wide t = ((v[k] >> j) ^ v[k | j]) & mask;
            v[k] ^= t << j;
            v[k | j] ^= t;
        }
    }
}

/* One body a width: `inline` keeps the same operations, so the bits are the same. */
static void run_64(const bk_program_lanes *p, bk_lane_memory *memory)
{
    run(p, memory);
}

static void transpose_64(uint64_t *rows)
{
    transpose(rows);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void run_256(const bk_program_lanes *p,
                                                    bk_lane_memory *memory)
{
    run(p, memory);
}

__attribute__((target("avx512f"))) static void run_512(const bk_program_lanes *p,
                                                       bk_lane_memory *memory)
{
    run(p, memory);
}

__attribute__((target("avx2"))) static void transpose_256(uint64_t *rows)
{
    transpose(rows);
}

__attribute__((target("avx512f"))) static void transpose_512(uint64_t *rows)
{
    transpose(rows);
}

bk_lane_width bk_lanes_best(void)
{
    return __builtin_cpu_supports("avx512f") ? BK_WIDTH_512
           : __builtin_cpu_supports("avx2")  ? BK_WIDTH_256
                                             : BK_WIDTH_64;
}
#else
static void run_256(const bk_program_lanes *p, bk_lane_memory *memory)
{
    run(p, memory);
}

static void run_512(const bk_program_lanes *p, bk_lane_memory *memory)
{
    run(p, memory);
}

static void transpose_256(uint64_t *rows)
{
    transpose(rows);
}

static void transpose_512(uint64_t *rows)
{
    transpose(rows);
}

bk_lane_width bk_lanes_best(void)
{
    return BK_WIDTH_64;
}
#endif

void bk_lanes_run(const bk_program_lanes *p, bk_lane_width width,
                  bk_lane_memory *memory)
{
    const bk_lane_width best = bk_lanes_best();
    switch (width == BK_WIDTH_BEST || width > best ? best : width) {
    case BK_WIDTH_512:
        run_512(p, memory);
        break;
    case BK_WIDTH_256:
        run_256(p, memory);
        break;
    default:
        run_64(p, memory);
        break;
    }
}

void bk_lanes_transpose(uint64_t *rows)
{
    switch (bk_lanes_best()) {
    case BK_WIDTH_512:
        transpose_512(rows);
        break;
    case BK_WIDTH_256:
        transpose_256(rows);
        break;
    default:
        transpose_64(rows);
        break;
    }
}

void bk_lanes_step(const bk_lane_walk *walk)
{
    bk_lanes_run(walk->program, BK_WIDTH_BEST, walk->memory);
    memcpy(bk_lane_word(walk->memory, walk->first),
           bk_lane_word(walk->memory, walk->next), (size_t)walk->rails * BK_LANES / 8);
}

/* Lanes of one word of every rail that are as they were. */
static uint64_t unchanged(const uint64_t *state, const uint64_t *mark, size_t size,
                          uint64_t among)
{
    for (size_t i = 0; i < size && among != 0; i += BK_LANE_WORDS) {
        among &= ~(state[i] ^ mark[i]);
    }
    return among;
}

long bk_lanes_settle(const bk_lane_walk *walk, long most, bool (*stop)(void *context),
                     void *context, uint64_t *mark, bk_lane_end *ends)
{
    const size_t size = (size_t)walk->rails * BK_LANE_WORDS;
    const uint64_t *const state = bk_lane_word(walk->memory, walk->first);
    uint64_t open[BK_LANE_WORDS];
    memset(open, 0xFF, sizeof open);
    memset(ends, 0, BK_LANES * sizeof *ends);
    memcpy(mark, state, size * sizeof *state);
    long since = 0;
    long power = 1;
    long steps = 0;
    for (bool any = true; any && steps < most;) {
        bk_lanes_step(walk);
        steps++;
        since++;
        any = false;
        for (size_t w = 0; w < BK_LANE_WORDS; w++) {
            uint64_t back = unchanged(state + w, mark + w, size, open[w]);
            open[w] &= ~back;
            any = any || open[w] != 0;
            for (; back != 0; back &= back - 1) {
                ends[64 * w + (size_t)__builtin_ctzll(back)] =
                    (bk_lane_end){steps, since};
            }
        }
        if (since == power) {
            memcpy(mark, state, size * sizeof *state);
            power *= 2;
            since = 0;
        }
        any = any && !(steps % 256 == 0 && stop != NULL && stop(context));
    }
    return steps;
}
