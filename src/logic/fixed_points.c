/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/fixed_points.h"

#include "base/alloc.h"
#include "solve/sat.h"

#include <stdlib.h>
#include <string.h>

/* The encoding.  A level x of 0 .. m is m variables, the t-th of which says x >= t (order
 * encoding).  A rule says: on every way down its diagram, these levels of the regulators
 * give this level of the target.  As clauses:
 *
 *     few ways       one or two clauses a way: prime-like, and no further variables
 *     many ways      one variable a diagram node, "the state leads through here", and
 *                    one clause an edge; exactly one way is true in every state, so that
 *                    no reverse clauses are needed
 *
 * Edits need no other diagram: an edge is taken for the levels of the source that the
 * target sees as that edge's level, and a way ends at what the background makes of it. */

enum { MANY_WAYS = 200 };

typedef struct encoding {
    const bk_logic_work *work;
    const bk_logic_system *system;
    bk_sat *sat;
    int *first;    /* [n] variable of x >= 1 */
    int variables; /* so far */
    double *ways;  /* by node of the diagram at hand */
    int *through;  /* the same: its variable */
    int *literals; /* of the clause at hand */
    int n_literals;
} encoding;

static void clause(encoding *e, const int *literals, int n)
{
    for (int i = 0; i < n; i++) {
        bk_sat_add(e->sat, literals[i]);
    }
    bk_sat_add(e->sat, 0);
}

/* "x >= t", for t from 1 to its highest level. */
static int at_least(const encoding *e, int32_t x, int t)
{
    return e->first[x] + t - 1;
}

/* Adds to a clause that x is not within low .. high; how many literals that takes. */
static int not_within(const encoding *e, int32_t x, int low, int high, int *literals)
{
    int n = 0;
    if (low > 0) {
        literals[n++] = -at_least(e, x, low);
    }
    if (high < e->system->max[x]) {
        literals[n++] = at_least(e, x, high + 1);
    }
    return n;
}

/* The literals at hand, or x = level. */
static void implies_level(encoding *e, int32_t x, int level)
{
    if (level > 0) {
        e->literals[e->n_literals] = at_least(e, x, level);
        clause(e, e->literals, e->n_literals + 1);
    }
    if (level < e->system->max[x]) {
        e->literals[e->n_literals] = -at_least(e, x, level + 1);
        clause(e, e->literals, e->n_literals + 1);
    }
}

static const bk_slot *slot_of(const encoding *e, int32_t x, int32_t node)
{
    const bk_logic_system *const s = e->system;
    return &s->slots[s->slot_of[x][s->dd[x]->variable[node]]];
}

static int32_t child_of(const encoding *e, int32_t x, int32_t node, int level)
{
    const bk_dd *const dd = e->system->dd[x];
    const uint8_t sight = e->work->sight[slot_of(e, x, node)->base + (uint32_t)level];
    return dd->children[dd->first[node] + sight];
}

/* The last level of the source from `level` on that leads to the same child. */
static int edge_end(const encoding *e, int32_t x, int32_t node, int level)
{
    const int max = e->system->max[slot_of(e, x, node)->source];
    const int32_t child = child_of(e, x, node, level);
    while (level < max && child_of(e, x, node, level + 1) == child) {
        level++;
    }
    return level;
}

static void count_ways(encoding *e, int32_t x)
{
    const bk_dd *const dd = e->system->dd[x];
    for (int32_t node = 0; node < dd->nodes; node++) {
        e->ways[node] = node < dd->terminals ? 1.0 : 0.0;
        if (node < dd->terminals) {
            continue;
        }
        const int max = e->system->max[slot_of(e, x, node)->source];
        for (int level = 0; level <= max; level = edge_end(e, x, node, level) + 1) {
            e->ways[node] += e->ways[child_of(e, x, node, level)];
        }
    }
}

/* Goes down all ways; as deep as there are regulators. */
static void encode_ways(encoding *e, int32_t x, int32_t node)
{
    const bk_logic_system *const s = e->system;
    if (node < s->dd[x]->terminals) {
        implies_level(e, x, e->work->drive[s->first_level[x] + (uint32_t)node]);
        return;
    }
    const int32_t source = slot_of(e, x, node)->source;
    for (int level = 0; level <= s->max[source];) {
        const int end = edge_end(e, x, node, level);
        const int n = not_within(e, source, level, end, e->literals + e->n_literals);
        e->n_literals += n;
        encode_ways(e, x, child_of(e, x, node, level));
        e->n_literals -= n;
        level = end + 1;
    }
}

static void encode_edges(encoding *e, int32_t x, int32_t node)
{
    const bk_logic_system *const s = e->system;
    const bk_dd *const dd = s->dd[x];
    const int32_t source = slot_of(e, x, node)->source;
    for (int level = 0; level <= s->max[source];) {
        const int end = edge_end(e, x, node, level);
        const int32_t child = child_of(e, x, node, level);
        e->literals[0] = -e->through[node];
        e->n_literals = 1 + not_within(e, source, level, end, e->literals + 1);
        if (child < dd->terminals) {
            implies_level(e, x, e->work->drive[s->first_level[x] + (uint32_t)child]);
        } else {
            e->literals[e->n_literals] = e->through[child];
            clause(e, e->literals, e->n_literals + 1);
        }
        level = end + 1;
    }
    e->n_literals = 0;
}

static void encode_rule(encoding *e, int32_t x)
{
    const bk_dd *const dd = e->system->dd[x];
    count_ways(e, x);
    if (e->ways[dd->root] <= MANY_WAYS || dd->root < dd->terminals) {
        encode_ways(e, x, dd->root);
        return;
    }
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        e->through[node] = ++e->variables;
    }
    clause(e, &e->through[dd->root], 1);
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        encode_edges(e, x, node);
    }
}

static void encode_input(encoding *e, int32_t x, bool free_inputs)
{
    const bk_logic_system *const s = e->system;
    const uint8_t *const drive = e->work->drive + s->first_level[x];
    if (!free_inputs) {
        implies_level(e, x, drive[e->work->input[x]]);
        return;
    }
    for (int level = 0; level <= s->max[x]; level++) {
        int from = 0;
        while (from <= s->max[x] && drive[from] != level) {
            from++;
        }
        if (from > s->max[x]) {
            const int n = not_within(e, x, level, level, e->literals);
            clause(e, e->literals, n);
        }
    }
}

static void encode(encoding *e, bool free_inputs)
{
    const bk_logic_system *const s = e->system;
    for (int32_t x = 0; x < s->n; x++) {
        e->first[x] = e->variables + 1;
        e->variables += s->max[x];
        for (int t = 2; t <= s->max[x]; t++) {
            const int ordered[] = {-at_least(e, x, t), at_least(e, x, t - 1)};
            clause(e, ordered, 2);
        }
    }
    for (int32_t x = 0; x < s->n; x++) {
        if (e->work->held[x]) {
            implies_level(e, x, e->work->begin[x]);
        } else if (s->dd[x] == NULL) {
            encode_input(e, x, free_inputs);
        } else {
            encode_rule(e, x);
        }
    }
}

static bool make_scratch(encoding *e)
{
    const bk_logic_system *const s = e->system;
    int32_t nodes = 0;
    for (int32_t x = 0; x < s->n; x++) {
        nodes = s->dd[x] != NULL && s->dd[x]->nodes > nodes ? s->dd[x]->nodes : nodes;
    }
    e->first = bk_alloc_zero((size_t)s->n + 1, sizeof *e->first);
    e->ways = bk_alloc_zero((size_t)nodes + 1, sizeof *e->ways);
    e->through = bk_alloc_zero((size_t)nodes + 1, sizeof *e->through);
    e->literals = bk_alloc_zero(2 * (size_t)s->n + 4, sizeof *e->literals);
    e->sat = bk_sat_new();
    return e->first != NULL && e->ways != NULL && e->through != NULL &&
           e->literals != NULL && e->sat != NULL;
}

static void read_state(const encoding *e, uint8_t *state)
{
    for (int32_t x = 0; x < e->system->n; x++) {
        state[x] = 0;
        for (int t = 1; t <= e->system->max[x]; t++) {
            state[x] = (uint8_t)(state[x] + bk_sat_value(e->sat, at_least(e, x, t)));
        }
    }
}

/* Never this state again; what is decided anyway needs no mention. */
static void block(encoding *e, const uint8_t *state)
{
    int n = 0;
    for (int32_t x = 0; x < e->system->n; x++) {
        int literals[2];
        const int k = not_within(e, x, state[x], state[x], literals);
        for (int i = 0; i < k; i++) {
            if (!bk_sat_decided(e->sat, abs(literals[i]))) {
                e->literals[n++] = literals[i];
            }
        }
    }
    clause(e, e->literals, n);
}

static bk_status enumerate(encoding *e, long max_results, uint8_t **states,
                           size_t *count, bool *complete)
{
    const size_t n = (size_t)e->system->n;
    size_t capacity = 0;
    while (bk_sat_solve(e->sat)) {
        if (*count == (size_t)max_results) {
            *complete = false;
            return BK_OK;
        }
        if (!bk_grow(states, &capacity, (*count + 1) * n, 1)) {
            return BK_NO_MEMORY;
        }
        uint8_t *const state = *states + *count * n;
        read_state(e, state);
        ++*count;
        block(e, state);
    }
    *complete = true;
    return BK_OK;
}

static int compare(const void *a, const void *b, void *n)
{
    return memcmp(a, b, *(const size_t *)n);
}

bk_status bk_logic_fixed_points(const bk_logic_work *work, bool free_inputs,
                                long max_results, uint8_t **states, size_t *count,
                                bool *complete)
{
    encoding e = {.work = work, .system = work->system};
    uint8_t *found = NULL;
    size_t n_found = 0;
    bool all = false;
    bk_status status = make_scratch(&e) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        encode(&e, free_inputs);
        status = enumerate(&e, max_results, &found, &n_found, &all);
    }
    bk_sat_free(e.sat);
    bk_free(e.first);
    bk_free(e.ways);
    bk_free(e.through);
    bk_free(e.literals);
    if (status != BK_OK) {
        bk_free(found);
        return status;
    }
    size_t width = (size_t)work->system->n;
    if (n_found > 1) {
        qsort_r(found, n_found, width, compare, &width);
    }
    *states = found;
    *count = n_found;
    *complete = all;
    return BK_OK;
}
