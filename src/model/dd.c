/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/dd.h"

#include "base/alloc.h"

#include <string.h>

int bk_dd_evaluate(const bk_dd *dd, const int *levels)
{
    int32_t node = dd->root;
    while (dd->variable[node] >= 0) {
        const int level = levels[dd->regulator[dd->variable[node]]];
        node = dd->children[dd->first[node] + level];
    }
    return node;
}

/* Signs: a regulator raises the level when at some node that asks for it the child of a
 * higher level is somewhere above the child below it.  Every node can be reached, so
 * what holds between its children holds between states. */

enum { RISES = 1, FALLS = 2, BOTH = 3, MOST_PAIRS = 1 << 20 };

typedef struct pair {
    int32_t low, high; /* low -1: free */
    int way;
} pair;

typedef struct comparing {
    const bk_dd *dd;
    pair *pairs;
    size_t n, slots;
    bk_status status;
} comparing;

static pair *seek(const comparing *c, int32_t low, int32_t high)
{
    uint32_t hash = (uint32_t)low * 0x9E3779B1u ^ (uint32_t)high * 0x85EBCA6Bu;
    hash ^= hash >> 15;
    size_t i = hash & (c->slots - 1);
    while (c->pairs[i].low >= 0 &&
           (c->pairs[i].low != low || c->pairs[i].high != high)) {
        i = (i + 1) & (c->slots - 1);
    }
    return &c->pairs[i];
}

static void remember(comparing *c, pair answer)
{
    if (2 * (c->n + 1) > c->slots) {
        pair *const old = c->pairs;
        const size_t old_slots = c->slots;
        const size_t slots = old_slots > 0 ? 2 * old_slots : 64;
        pair *const pairs = bk_alloc(slots * sizeof *pairs);
        if (pairs == NULL || slots > MOST_PAIRS) {
            c->status = pairs == NULL ? BK_NO_MEMORY : BK_UNSUPPORTED;
            bk_free(pairs);
            return;
        }
        memset(pairs, 0xFF, slots * sizeof *pairs);
        c->pairs = pairs;
        c->slots = slots;
        for (size_t i = 0; i < old_slots; i++) {
            if (old[i].low >= 0) {
                *seek(c, old[i].low, old[i].high) = old[i];
            }
        }
        bk_free(old);
    }
    *seek(c, answer.low, answer.high) = answer;
    c->n++;
}

/* Which ways the function leads from one node to the other, over all states; as deep as
 * there are variables. */
static int compare(comparing *c, int32_t low, int32_t high)
{
    const bk_dd *const dd = c->dd;
    if (low == high || c->status != BK_OK) {
        return 0;
    }
    const int32_t a = dd->variable[low];
    const int32_t b = dd->variable[high];
    if (a < 0 && b < 0) {
        return low < high ? RISES : FALLS;
    }
    if (c->slots > 0) {
        const pair *const known = seek(c, low, high);
        if (known->low >= 0) {
            return known->way;
        }
    }
    const int32_t variable = a < 0 || (b >= 0 && b < a) ? b : a;
    int way = 0;
    for (int32_t v = 0; v < dd->levels[variable] && way != BOTH; v++) {
        way |= compare(c, a == variable ? dd->children[dd->first[low] + v] : low,
                       b == variable ? dd->children[dd->first[high] + v] : high);
    }
    remember(c, (pair){low, high, way});
    return way;
}

bk_status bk_dd_signs(const bk_dd *dd, signed char *sign, bool *effective)
{
    comparing c = {.dd = dd};
    int *const ways = bk_alloc_zero((size_t)dd->regulators + 1, sizeof *ways);
    if (ways == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t i = 0; i < dd->regulators; i++) {
        effective[i] = false;
    }
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        const int32_t variable = dd->variable[node];
        const int32_t *const children = dd->children + dd->first[node];
        effective[variable] = true;
        for (int32_t v = 0; v + 1 < dd->levels[variable]; v++) {
            if (ways[variable] != BOTH) {
                ways[variable] |= compare(&c, children[v], children[v + 1]);
            }
        }
    }
    for (int32_t i = 0; i < dd->regulators; i++) {
        const bool one_way = c.status == BK_OK && ways[i] != BOTH;
        sign[i] = !one_way ? 0 : ways[i] == RISES ? 1 : ways[i] == FALLS ? -1 : 0;
    }
    bk_free(ways);
    bk_free(c.pairs);
    return c.status;
}
