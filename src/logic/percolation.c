/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/control_impl.h"
#include "logic/negative.h"

#include <string.h>

/* Boxes from all states inwards, BK_LANES of them.  Nodes upstream come first, so that
 * few rounds are needed. */

typedef struct compiling {
    bk_percolation *p;
    const int32_t **low, **high; /* [regulators] rails of each */
    int32_t *words;              /* what they point to */
    int32_t *values;             /* by node of a diagram */
} compiling;

static int width_of(const bk_reduced *net, int32_t x)
{
    return net->high[x] - net->low[x];
}

/* Rails of what x sees of a regulator where some lanes cut it. */
static int32_t *seen(compiling *c, int32_t x, int32_t variable, int32_t first,
                     int32_t *to)
{
    bk_percolation *const p = c->p;
    const int32_t y = p->net->dd[x]->regulator[variable];
    const int width = width_of(p->net, y);
    for (int k = 0; k < width; k++) {
        to[k] = first + p->rail[y] + k;
    }
    for (size_t i = 0; i < p->n_parts; i++) {
        const bk_lever *const part = &p->parts[i];
        if (part->source < 0 || part->x != x || part->variable != variable) {
            continue;
        }
        for (int k = 0; k < width; k++) {
            const int32_t is =
                part->raw - p->net->low[y] > k ? BK_ALL_LANES : BK_NO_LANE;
            to[k] = bk_lanes_choose(&p->program, p->cut[i], is, to[k]);
        }
    }
    return to + width;
}

static void gather(compiling *c, int32_t x)
{
    bk_reduced *const net = c->p->net;
    const bk_dd *const dd = net->dd[x];
    bool *const asked = net->reached;
    memset(asked, 0, (size_t)dd->regulators + 1);
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        asked[dd->variable[node]] = true;
    }
    int32_t *next = c->words;
    for (int32_t v = 0; v < dd->regulators; v++) {
        if (asked[v]) {
            c->low[v] = next;
            next = seen(c, x, v, c->p->low, next);
            c->high[v] = next;
            next = seen(c, x, v, c->p->high, next);
        }
    }
}

static void compile_node(compiling *c, int32_t x)
{
    bk_percolation *const p = c->p;
    bk_program_lanes *const program = &p->program;
    const bk_reduced *const net = p->net;
    const int32_t scratch = program->words;
    if (net->dd[x] != NULL) {
        gather(c, x);
    }
    for (int k = 0; k < width_of(net, x); k++) {
        int32_t low = p->low + p->rail[x] + k;
        int32_t high = p->high + p->rail[x] + k;
        const int32_t to_low = low;
        const int32_t to_high = high;
        if (net->dd[x] != NULL) {
            const int t = net->low[x] + k + 1;
            const int32_t below = bk_lanes_reach(program, net->dd[x], t, false, c->low,
                                                 c->high, c->values);
            low = bk_lanes_choose(program, below, BK_NO_LANE, BK_ALL_LANES);
            high = bk_lanes_reach(program, net->dd[x], t, true, c->low, c->high,
                                  c->values);
        }
        if (p->held[x] != 0) {
            const int32_t level = p->held[x] + 1 + k;
            low = bk_lanes_choose(program, p->held[x], level, low);
            high = bk_lanes_choose(program, p->held[x], level, high);
        }
        bk_lanes_copy(program, to_low, low);
        bk_lanes_copy(program, to_high, high);
    }
    bk_lanes_release(program, scratch);
}

/* Words for the masks of every node and arc that a part edits. */
static void reserve_masks(bk_percolation *p)
{
    p->first_mask = p->program.words;
    for (size_t i = 0; i < p->n_parts; i++) {
        const bk_lever *const part = &p->parts[i];
        if (part->source >= 0) {
            p->cut[i] = bk_lanes_reserve(&p->program, 1);
        } else if (p->held[part->x] == 0) {
            p->held[part->x] =
                bk_lanes_reserve(&p->program, 1 + width_of(p->net, part->x));
        }
    }
    p->masks = p->program.words - p->first_mask;
}

static bk_status compile(bk_percolation *p)
{
    bk_reduced *const net = p->net;
    size_t most = 1;
    size_t levels = 1;
    for (int32_t x = 0; x < net->n; x++) {
        const bk_dd *const dd = net->dd[x];
        const size_t size =
            dd == NULL ? 1 : (size_t)dd->nodes + (size_t)dd->regulators + 1;
        most = size > most ? size : most;
        levels += (size_t)width_of(net, x);
    }
    compiling c = {.p = p,
                   .low = bk_alloc(most * sizeof *c.low),
                   .high = bk_alloc(most * sizeof *c.high),
                   .words = bk_alloc(2 * levels * sizeof *c.words),
                   .values = bk_alloc(most * sizeof *c.values)};
    int32_t *const component = bk_alloc(((size_t)net->n + 1) * sizeof *component);
    bool ok = c.low != NULL && c.high != NULL && c.words != NULL && c.values != NULL &&
              component != NULL && bk_core_components(net, component) == BK_OK;
    int32_t highest = -1;
    for (int32_t i = 0; ok && i < net->n_core; i++) {
        const int32_t k = component[net->core[i]];
        highest = k > highest ? k : highest;
    }
    for (int32_t k = highest; ok && k >= 0; k--) {
        for (int32_t i = 0; i < net->n_core; i++) {
            if (component[net->core[i]] == k) {
                compile_node(&c, net->core[i]);
            }
        }
    }
    bk_free(c.low);
    bk_free(c.high);
    bk_free(c.words);
    bk_free(c.values);
    bk_free(component);
    return ok && !p->program.failed && bk_lanes_memory(&p->program, &p->memory)
               ? BK_OK
               : BK_NO_MEMORY;
}

bk_status bk_percolation_new(bk_reduced *net, const bk_lever *parts, size_t n_parts,
                             bk_percolation **percolation)
{
    bk_percolation *const p = bk_alloc_zero(1, sizeof *p);
    if (p == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t n = (size_t)net->n + 1;
    *p = (bk_percolation){.net = net, .parts = parts, .n_parts = n_parts};
    bk_lanes_start(&p->program);
    p->rail = bk_alloc_zero(n, sizeof *p->rail);
    p->held = bk_alloc_zero(n, sizeof *p->held);
    p->cut = bk_alloc_zero(n_parts + 1, sizeof *p->cut);
    bk_status status = BK_NO_MEMORY;
    if (p->rail != NULL && p->held != NULL && p->cut != NULL) {
        for (int32_t x = 0; x < net->n; x++) {
            p->rail[x] = p->rails;
            p->rails += width_of(net, x);
        }
        p->low = bk_lanes_reserve(&p->program, p->rails);
        p->high = bk_lanes_reserve(&p->program, p->rails);
        reserve_masks(p);
        p->before = bk_alloc(((size_t)p->rails + 1) * 2 * BK_LANES / 8);
        status = p->before != NULL ? compile(p) : BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        bk_percolation_free(p);
        return status;
    }
    *percolation = p;
    return BK_OK;
}

void bk_percolation_free(bk_percolation *percolation)
{
    if (percolation != NULL) {
        bk_lanes_free(&percolation->program);
        bk_lanes_memory_free(&percolation->memory);
        bk_free(percolation->rail);
        bk_free(percolation->held);
        bk_free(percolation->cut);
        bk_free(percolation->before);
        bk_free(percolation);
    }
}

static void put(bk_percolation *p, int lane, int32_t number)
{
    const bk_lever *const part = &p->parts[number];
    if (part->source >= 0) {
        bk_lane_set(&p->memory, p->cut[number], lane, true);
        return;
    }
    const int32_t held = p->held[part->x];
    bk_lane_set(&p->memory, held, lane, true);
    for (int k = 0; k < width_of(p->net, part->x); k++) {
        bk_lane_set(&p->memory, held + 1 + k, lane,
                    part->level - p->net->low[part->x] > k);
    }
}

void bk_percolation_run(bk_percolation *percolation, const bk_set *sets, size_t n)
{
    bk_percolation *const p = percolation;
    const size_t half = (size_t)p->rails * BK_LANES / 8;
    uint64_t *const box = bk_lane_word(&p->memory, p->low);
    memset(bk_lane_word(&p->memory, p->first_mask), 0, (size_t)p->masks * BK_LANES / 8);
    for (size_t lane = 0; lane < n; lane++) {
        for (int i = 0; i < sets[lane].n; i++) {
            put(p, (int)lane, sets[lane].part[i]);
        }
    }
    memset(box, 0, half);
    memset(bk_lane_word(&p->memory, p->high), 0xFF, half);
    do {
        memcpy(p->before, box, 2 * half);
        bk_lanes_run(&p->program, BK_WIDTH_BEST, &p->memory);
    } while (memcmp(p->before, box, 2 * half) != 0);
}

/* The word of "low (high) >= level". */
static const uint64_t *reaches(const bk_percolation *p, int32_t x, int32_t first,
                               int level)
{
    const bk_reduced *const net = p->net;
    const int32_t word = level <= net->low[x] ? BK_ALL_LANES
                         : level > net->high[x]
                             ? BK_NO_LANE
                             : first + p->rail[x] + level - net->low[x] - 1;
    return bk_lane_word(&p->memory, word);
}

void bk_percolation_judge(const bk_percolation *percolation, const bk_goal *goal,
                          uint64_t *sure, uint64_t *never)
{
    const bk_percolation *const p = percolation;
    const uint64_t *const low_enough = reaches(p, goal->x, p->low, goal->low);
    const uint64_t *const low_above = reaches(p, goal->x, p->low, goal->high + 1);
    const uint64_t *const high_enough = reaches(p, goal->x, p->high, goal->low);
    const uint64_t *const high_above = reaches(p, goal->x, p->high, goal->high + 1);
    for (int w = 0; w < BK_LANE_WORDS; w++) {
        sure[w] = low_enough[w] & ~high_above[w];
        never[w] = low_above[w] | ~high_enough[w];
    }
}

void bk_percolation_box(const bk_percolation *percolation, int lane, uint8_t *low,
                        uint8_t *high)
{
    const bk_percolation *const p = percolation;
    for (int32_t x = 0; x < p->net->n; x++) {
        low[x] = high[x] = p->net->low[x];
        for (int k = 0; k < width_of(p->net, x); k++) {
            const int32_t rail = p->rail[x] + k;
            low[x] = (uint8_t)(low[x] + bk_lane_bit(&p->memory, p->low + rail, lane));
            high[x] =
                (uint8_t)(high[x] + bk_lane_bit(&p->memory, p->high + rail, lane));
        }
    }
}
