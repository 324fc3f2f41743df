/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/plain.h"

#include "base/alloc.h"

#include <string.h>

static bool processor_has_it(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

/* What a level adds to the place in the rule's table, as bound. */
static uint32_t weight(const bk_logic_work *w, const bk_slot *slot)
{
    return w->contribution[slot->base + 1] - w->contribution[slot->base];
}

static bool fits(const bk_logic_work *w)
{
    const bk_logic_system *const s = w->system;
    if (w->drawing != BK_DRAW_EVEN || w->n_hidden > 0 || !(w->pace[0] > 0.0) ||
        !processor_has_it()) {
        return false;
    }
    for (int32_t x = 0; x < s->n; x++) {
        if (s->max[x] != 1 || w->share[x] < 1.0 || s->cases[x] != NULL) {
            return false;
        }
    }
    return true;
}

/* How the rule of a level is asked: by a table of the regulators that matter (`self`
 * apart, which is the level itself, or NULL), or by its diagram. */
typedef struct rule {
    bool table, diagram; /* neither: an input, or held */
    int n;
    const bk_slot *slots[BK_PLAIN_REGULATORS];
    const bk_slot *self;
} rule;

static rule rule_of(const bk_logic_work *w, const bk_plain *net, int32_t x)
{
    const bk_logic_system *const s = w->system;
    rule r = {0};
    if (w->held[x] || s->dd[x] == NULL) {
        return r;
    }
    r.table = s->table[x] != NULL;
    for (int32_t i = s->first_slot[x]; r.table && i < s->first_slot[x + 1]; i++) {
        const bk_slot *const slot = &s->slots[i];
        if (slot->source == x) {
            r.self = slot;
        } else if (weight(w, slot) != 0) {
            r.table = r.n < net->most_regulators;
            r.slots[r.table ? r.n++ : 0] = slot;
        }
    }
    r.diagram = !r.table;
    r.n = r.table ? r.n : 0;
    return r;
}

/* The part of a rule in the row of tables: by the level itself, then by the regulators,
 * the value of an input or what a diagram wants. */
static void fill(const bk_logic_work *w, bk_plain *net, int32_t x)
{
    const bk_logic_system *const s = w->system;
    const uint8_t *const drive = w->drive + s->first_level[x];
    const rule r = rule_of(w, net, x);
    uint32_t carry[BK_PLAIN_REGULATORS]; /* to where bit i is the lowest to rise */
    uint32_t sum = 0;
    for (int i = 0; i < r.n; i++) {
        carry[i] = weight(w, r.slots[i]) - sum;
        sum += weight(w, r.slots[i]);
    }
    const uint32_t self = r.self != NULL ? weight(w, r.self) : 0;
    uint32_t entry = w->base_index[x];
    for (uint32_t at = 0; at < UINT32_C(1) << (r.table ? r.n : 1); at++) {
        if (r.table && at > 0) {
            entry += carry[__builtin_ctz(at)];
        }
        for (uint32_t level = 0; level < 2; level++) {
            const uint32_t wants = r.table ? s->table[x][entry + level * self] : at;
            const uint32_t bit = net->base[x] + 2 * at + level;
            net->tables[bit >> 6] |= (uint64_t)(drive[wants] != level) << (bit & 63);
        }
    }
}

/* Indices change by flips: a table starts at a multiple of its size.  How many bits. */
static size_t lay_out(const bk_logic_work *w, bk_plain *net)
{
    size_t bits = 2; /* the place of all that is held and never moves */
    for (int32_t x = 0; x < net->n; x++) {
        const rule r = rule_of(w, net, x);
        const size_t size = (size_t)2 << (r.table ? r.n : 1);
        if (!w->held[x]) {
            bits = (bits + size - 1) & ~(size - 1);
            net->base[x] = (uint32_t)bits;
            bits += size;
        }
    }
    return bits;
}

/* The ways of one rule, to be counted (to == NULL) or put in their places. */
static void ways_of(const bk_logic_work *w, const bk_plain *net, int32_t y,
                    uint32_t *next, bk_plain_way *to)
{
    const rule r = rule_of(w, net, y);
    for (int i = -1; i < r.n; i++) { /* the level itself is the first */
        const int32_t x = i < 0 ? y : r.slots[i]->source;
        if (to != NULL) {
            to[next[x]] = (bk_plain_way){(uint32_t)y, UINT32_C(1) << (i + 1)};
        }
        next[x]++;
    }
}

static void asking_of(const bk_logic_work *w, const bk_plain *net, int32_t y,
                      uint32_t *next, bk_plain_way *to)
{
    const bk_logic_system *const s = w->system;
    const bool asks = rule_of(w, net, y).diagram;
    for (int32_t i = s->first_slot[y]; asks && i < s->first_slot[y + 1]; i++) {
        const bk_slot *const slot = &s->slots[i];
        if (to != NULL) {
            to[next[slot->source]] = (bk_plain_way){(uint32_t)y, bk_slot_bit(s, slot)};
        }
        next[slot->source]++;
    }
}

/* By source: first[] gets where its ways start, and to[] the ways. */
static void sort_ways(const bk_logic_work *w, const bk_plain *net, uint32_t *first,
                      bk_plain_way *to,
                      void (*of)(const bk_logic_work *w, const bk_plain *net, int32_t y,
                                 uint32_t *next, bk_plain_way *to))
{
    uint32_t *const next = net->at; /* scratch */
    for (int32_t y = 0; y < net->n; y++) {
        of(w, net, y, first + 1, NULL);
    }
    for (int32_t x = 0; x < net->n; x++) {
        first[x + 1] += first[x];
        next[x] = first[x];
    }
    for (int32_t y = 0; y < net->n; y++) {
        of(w, net, y, next, to);
    }
}

/* The diagram of x as it is bound, from node number `at` on. */
static void copy_diagram(const bk_logic_work *w, bk_plain *net, int32_t x, int32_t at)
{
    const bk_logic_system *const s = w->system;
    const bk_dd *const dd = s->dd[x];
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        bk_plain_node *const to = &net->nodes[at + node];
        to->source = (uint32_t)slot->source;
        to->mark = bk_slot_bit(s, slot);
        for (int level = 0; level < 2; level++) {
            const int32_t child =
                dd->children[dd->first[node] + w->sight[slot->base + (uint32_t)level]];
            to->child[level] = child < dd->terminals ? -1 - child : at + child;
        }
    }
    net->root[x] = dd->root < dd->terminals ? -1 - dd->root : at + dd->root;
}

static bool make(const bk_logic_work *work, bk_plain *net)
{
    const bk_logic_system *const s = work->system;
    const size_t n = (size_t)s->n + 1;
    int32_t nodes = 0;
    for (int32_t x = 0; x < s->n; x++) {
        nodes += rule_of(work, net, x).diagram ? s->dd[x]->nodes : 0;
    }
    net->n = s->n;
    net->words = (s->n + 63) / 64;
    net->base = bk_alloc_zero(5 * n, sizeof *net->base);
    net->root = bk_alloc_zero(n, sizeof *net->root);
    net->input = bk_alloc_zero(n, sizeof *net->input);
    net->enabled = bk_alloc_zero((size_t)net->words + 3, sizeof *net->enabled);
    net->ways = bk_alloc_zero(2 * (n + (size_t)s->n_slots), sizeof *net->ways);
    net->nodes = bk_alloc_zero((size_t)nodes + 1, sizeof *net->nodes);
    if (net->base == NULL || net->root == NULL || net->input == NULL ||
        net->enabled == NULL || net->ways == NULL || net->nodes == NULL) {
        return false;
    }
    net->at = net->base + n;
    net->looked = net->at + n;
    net->first_way = net->looked + n;
    net->first_asking = net->first_way + n;
    net->asking = net->ways + n + (size_t)s->n_slots;
    net->tables = bk_alloc_zero(lay_out(work, net) / 64 + 1, sizeof *net->tables);
    if (net->tables == NULL) {
        return false;
    }
    nodes = 0;
    for (int32_t x = 0; x < s->n; x++) {
        net->root[x] = INT32_MIN;
        net->input[x] = !work->held[x] && s->dd[x] == NULL;
        if (!work->held[x]) {
            fill(work, net, x);
        }
        if (rule_of(work, net, x).diagram) {
            copy_diagram(work, net, x, nodes);
            nodes += s->dd[x]->nodes;
        }
    }
    sort_ways(work, net, net->first_way, net->ways, ways_of);
    sort_ways(work, net, net->first_asking, net->asking, asking_of);
    return true;
}

bk_status bk_plain_new(const bk_logic_work *work, int regulators, bk_plain **plain)
{
    *plain = NULL;
    if (!fits(work)) {
        return BK_OK;
    }
    bk_plain *const net = bk_alloc_zero(1, sizeof *net);
    if (net != NULL) {
        net->most_regulators = regulators;
    }
    if (net == NULL || !make(work, net)) {
        bk_plain_free(net);
        return BK_NO_MEMORY;
    }
    *plain = net;
    return BK_OK;
}

void bk_plain_free(bk_plain *plain)
{
    if (plain != NULL) {
        bk_free(plain->base);
        bk_free(plain->root);
        bk_free(plain->input);
        bk_free(plain->nodes);
        bk_free(plain->enabled);
        bk_free(plain->ways);
        bk_free(plain->tables);
        bk_free(plain);
    }
}

void bk_plain_begin(bk_plain *plain, const bk_logic_work *work)
{
    uint32_t *const at = plain->at;
    memcpy(at, plain->base, (size_t)plain->n * sizeof *at);
    for (int32_t x = 0; x < plain->n; x++) {
        const uint32_t up = -(uint32_t)work->begin[x];
        const bk_plain_way *const end = plain->ways + plain->first_way[x + 1];
        for (const bk_plain_way *way = plain->ways + plain->first_way[x]; way < end;
             way++) {
            at[way->target] ^= way->flips & up;
        }
        at[x] ^= plain->input[x] ? (uint32_t)work->input[x] << 1 : 0u;
    }
    for (int32_t x = 0; x < plain->n; x++) {
        if (plain->root[x] != INT32_MIN) {
            bk_plain_ask(plain, (uint32_t)x);
        }
    }
    for (int32_t word = 0; word < plain->words; word++) {
        uint64_t moves = 0;
        const int32_t from = 64 * word;
        const int32_t to = from + 64 < plain->n ? from + 64 : plain->n;
        for (int32_t x = from; x < to; x++) {
            moves |= (plain->tables[at[x] >> 6] >> (at[x] & 63) & 1u) << (x - from);
        }
        plain->enabled[word] = moves;
    }
}
