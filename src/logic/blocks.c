/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/blocks.h"

#include "base/alloc.h"
#include "logic/boxes.h"
#include "logic/negative.h"
#include "logic/retained.h"

#include <limits.h>
#include <string.h>

/* The trap spaces of one block. */
typedef struct spaces {
    bk_arena *arena;
    bk_attractor *all;
    size_t count, capacity;
    size_t n;
} spaces;

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

static bk_status settle_block(bk_logic_work *work, bk_reduced *block, spaces *found,
                              bool *proven)
{
    uint8_t *states = NULL;
    size_t count = 0;
    bool complete = false;
    bool all = false;
    bk_status status = bk_boxes_each(block, BK_TRAP_SPACES_MIN, NULL, NULL, LONG_MAX,
                                     keep_space, found, &complete);
    if (status == BK_OK) {
        status = bk_retained_states(work, block, found->all, found->count, 0, &states,
                                    &count, &all);
    }
    bk_free(states);
    *proven = status == BK_OK && complete && all && count == 0;
    return status;
}

typedef struct part {
    bk_logic_work *work;
    bool free_inputs;
    uint8_t *low, *high; /* [n] */
    bool *done;          /* [n] */
} part;

static bk_status prove(const part *p, bool *proven);

/* Goes on in each trap space of the block. */
static bk_status go_on(const part *p, bk_reduced *net, const bk_reduced *block,
                       const spaces *found, bool *proven)
{
    const size_t n = found->n;
    part inner = {.work = p->work, .free_inputs = p->free_inputs};
    inner.low = bk_alloc(2 * n + 1);
    inner.done = bk_alloc((n + 1) * sizeof *inner.done);
    bk_status status = inner.low == NULL || inner.done == NULL ? BK_NO_MEMORY : BK_OK;
    for (size_t k = 0; status == BK_OK && k < found->count && *proven; k++) {
        inner.high = inner.low + n;
        memcpy(inner.low, net->low, n);
        memcpy(inner.high, net->high, n);
        memcpy(inner.done, p->done, n * sizeof *inner.done);
        for (int32_t i = 0; i < block->n_core; i++) {
            const int32_t x = block->core[i];
            inner.low[x] = found->all[k].low[x];
            inner.high[x] = found->all[k].high[x];
            inner.done[x] = true;
        }
        bk_reduced_percolate(net, inner.low, inner.high);
        status = prove(&inner, proven);
    }
    bk_free(inner.low);
    bk_free(inner.done);
    return status;
}

static bk_status prove(const part *p, bool *proven)
{
    const size_t n = (size_t)p->work->system->n;
    bk_reduced *net = NULL;
    bk_reduced block;
    spaces found = {.n = n, .arena = bk_arena_new()};
    int32_t *const component = bk_alloc((n + 1) * sizeof *component);
    int32_t *const stack = bk_alloc((n + 1) * sizeof *stack);
    bool *const in = bk_alloc((n + 1) * sizeof *in);
    bk_status status =
        found.arena == NULL || component == NULL || stack == NULL || in == NULL
            ? BK_NO_MEMORY
            : BK_OK;
    if (status == BK_OK) {
        status = bk_reduce(p->work, p->free_inputs, p->low, p->high, true, &net);
    }
    if (status == BK_OK) {
        status = bk_core_components(net, component);
    }
    if (status == BK_OK && next_block(net, p->done, component, &block, in, stack)) {
        status = settle_block(p->work, &block, &found, proven);
        if (status == BK_OK && *proven) {
            status = go_on(p, net, &block, &found, proven);
        }
    }
    bk_reduced_free(net);
    bk_arena_free(found.arena);
    bk_free(found.all);
    bk_free(component);
    bk_free(stack);
    bk_free(in);
    return status;
}

bk_status bk_blocks_prove(bk_logic_work *work, bool free_inputs, const uint8_t *low,
                          const uint8_t *high, bool *proven)
{
    const size_t n = (size_t)work->system->n;
    part p = {.work = work, .free_inputs = free_inputs};
    p.low = bk_alloc(2 * n + 1);
    p.done = bk_alloc_zero(n + 1, sizeof *p.done);
    bk_status status = p.low == NULL || p.done == NULL ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK) {
        p.high = p.low + n;
        memcpy(p.low, low, n);
        memcpy(p.high, high, n);
        *proven = true;
        status = prove(&p, proven);
    }
    bk_free(p.low);
    bk_free(p.done);
    return status;
}
