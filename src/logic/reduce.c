/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/reduce.h"

#include "base/alloc.h"

#include <string.h>

/* One diagram in the making.  Children come before parents, so that one pass over the old
 * nodes maps each to a new one: equal children need no node, equal nodes are one. */
typedef struct making {
    bk_reduced *net;
    int32_t most;           /* nodes of the largest old diagram */
    int32_t *map;           /* [most] old -> new */
    int32_t *table;         /* [slots] new nodes by hash; -1: none */
    size_t slots;           /* a power of 2 */
    int32_t *variable;      /* [most] of the new */
    int32_t *first;         /* [most + 1] */
    int32_t *children;      /* room for every child of the largest */
    int32_t *compact;       /* [most] */
    int32_t nodes, n_child; /* so far */
} making;

static int32_t node_for(making *m, int32_t variable, int32_t count)
{
    const int32_t *const fresh = m->children + m->n_child;
    bool equal = true;
    uint32_t hash = (uint32_t)variable * 0x9E3779B1u;
    for (int32_t i = 0; i < count; i++) {
        equal = equal && fresh[i] == fresh[0];
        hash = (hash ^ (uint32_t)fresh[i]) * 0x85EBCA6Bu;
        hash ^= hash >> 15;
    }
    if (equal) {
        return fresh[0];
    }
    size_t slot = hash & (m->slots - 1);
    for (; m->table[slot] >= 0; slot = (slot + 1) & (m->slots - 1)) {
        const int32_t old = m->table[slot];
        if (m->variable[old] == variable &&
            memcmp(m->children + m->first[old], fresh, (size_t)count * sizeof *fresh) ==
                0) {
            return old;
        }
    }
    const int32_t node = m->nodes++;
    m->table[slot] = node;
    m->variable[node] = variable;
    m->first[node] = m->n_child;
    m->n_child += count;
    return node;
}

static int32_t levels_of(const bk_reduced *net, int32_t x)
{
    return net->high[x] - net->low[x] + 1;
}

static int32_t remap(making *m, int32_t x)
{
    const bk_reduced *const net = m->net;
    const bk_logic_system *const s = net->work->system;
    const bk_dd *const dd = s->dd[x];
    const uint8_t *const drive = net->work->drive + s->first_level[x];
    memset(m->table, 0xFF, m->slots * sizeof *m->table);
    m->nodes = dd->terminals;
    m->n_child = 0;
    for (int32_t node = 0; node < dd->nodes; node++) {
        if (node < dd->terminals) {
            m->map[node] = drive[node];
            m->variable[node] = -1;
            m->first[node] = 0;
            continue;
        }
        const bk_slot *const slot = &s->slots[s->slot_of[x][dd->variable[node]]];
        const int32_t count = levels_of(net, slot->source);
        for (int32_t k = 0; k < count; k++) {
            const uint32_t level = (uint32_t)(net->low[slot->source] + k);
            const uint8_t sight = net->work->sight[slot->base + level];
            m->children[m->n_child + k] = m->map[dd->children[dd->first[node] + sight]];
        }
        m->map[node] = node_for(m, dd->variable[node], count);
    }
    return m->map[dd->root];
}

/* Numbers what the root leads to, and only that, in the same order. */
static int32_t number_reached(making *m, int32_t terminals, int32_t root,
                              const int32_t *levels, int32_t *n_child)
{
    memset(m->compact, 0xFF, (size_t)m->nodes * sizeof *m->compact);
    m->compact[root] = 0;
    for (int32_t node = root; node >= terminals; node--) {
        for (int32_t k = 0; m->compact[node] >= 0 && k < levels[m->variable[node]];
             k++) {
            m->compact[m->children[m->first[node] + k]] = 0;
        }
    }
    int32_t nodes = terminals;
    *n_child = 0;
    for (int32_t node = 0; node < m->nodes; node++) {
        if (node < terminals) {
            m->compact[node] = node;
        } else if (m->compact[node] >= 0) {
            m->compact[node] = nodes++;
            *n_child += levels[m->variable[node]];
        }
    }
    return nodes;
}

#define MAKE(net, count, type)                                                         \
    ((type *)bk_arena_zero((net)->arena, (size_t)(count) + 1, sizeof(type)))

static bk_status restrict_rule(making *m, int32_t x)
{
    bk_reduced *const net = m->net;
    const bk_logic_system *const s = net->work->system;
    const bk_dd *const old = s->dd[x];
    bk_dd *const dd = MAKE(net, 1, bk_dd);
    int32_t *const levels = MAKE(net, old->regulators, int32_t);
    int32_t *const regulator = MAKE(net, old->regulators, int32_t);
    if (dd == NULL || levels == NULL || regulator == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t v = 0; v < old->regulators; v++) {
        regulator[v] = s->node[old->regulator[v]];
        levels[v] = levels_of(net, regulator[v]);
    }
    const int32_t root = remap(m, x);
    int32_t n_child;
    const int32_t nodes = number_reached(m, old->terminals, root, levels, &n_child);
    *dd = (bk_dd){.regulators = old->regulators,
                  .regulator = regulator,
                  .levels = levels,
                  .terminals = old->terminals,
                  .nodes = nodes,
                  .root = m->compact[root],
                  .variable = MAKE(net, nodes, int32_t),
                  .first = MAKE(net, nodes, int32_t),
                  .children = MAKE(net, n_child, int32_t)};
    net->sign[x] = MAKE(net, old->regulators, signed char);
    if (dd->variable == NULL || dd->first == NULL || dd->children == NULL ||
        net->sign[x] == NULL) {
        return BK_NO_MEMORY;
    }
    n_child = 0;
    for (int32_t node = 0; node < m->nodes; node++) {
        const int32_t to = m->compact[node];
        if (to < 0) {
            continue;
        }
        dd->variable[to] = m->variable[node];
        dd->first[to] = n_child;
        for (int32_t k = 0; node >= old->terminals && k < levels[m->variable[node]];
             k++) {
            dd->children[n_child++] = m->compact[m->children[m->first[node] + k]];
        }
    }
    net->dd[x] = dd;
    /* net->reached has room for every variable too. */
    const bk_status status = bk_dd_signs(dd, net->sign[x], net->reached);
    return status == BK_UNSUPPORTED ? BK_OK : status;
}

/* A node whose rule does not depend on anything; it may still start elsewhere. */
static bk_status constant_rule(bk_reduced *net, int32_t x, uint8_t level)
{
    bk_dd *const dd = MAKE(net, 1, bk_dd);
    const int32_t terminals = net->work->system->max[x] + 1;
    if (dd == NULL) {
        return BK_NO_MEMORY;
    }
    *dd = (bk_dd){.terminals = terminals,
                  .nodes = terminals,
                  .root = level,
                  .variable = MAKE(net, terminals, int32_t),
                  .first = MAKE(net, terminals, int32_t)};
    if (dd->variable == NULL || dd->first == NULL) {
        return BK_NO_MEMORY;
    }
    memset(dd->variable, 0xFF, (size_t)terminals * sizeof *dd->variable);
    net->dd[x] = dd;
    return BK_OK;
}

static bk_status restrict_rules(making *m)
{
    bk_reduced *const net = m->net;
    const bk_logic_work *const w = net->work;
    bk_status status = BK_OK;
    for (int32_t x = 0; x < net->n && status == BK_OK; x++) {
        if (net->low[x] == net->high[x]) {
            continue;
        }
        if (w->system->dd[x] != NULL) {
            status = restrict_rule(m, x);
        } else if (!net->free_inputs) {
            status = constant_rule(net, x,
                                   w->drive[w->system->first_level[x] + w->input[x]]);
        }
    }
    return status;
}

/* Adds to uses[] of what the rule of x asks for; in net->reached, which of it. */
static void count_uses(bk_reduced *net, int32_t x, int32_t add, int32_t *uses)
{
    const bk_dd *const dd = net->dd[x];
    if (dd == NULL) {
        return;
    }
    bool *const effective = net->reached;
    memset(effective, 0, (size_t)dd->regulators + 1);
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        effective[dd->variable[node]] = true;
    }
    for (int32_t v = 0; v < dd->regulators; v++) {
        uses[dd->regulator[v]] += effective[v] ? add : 0;
    }
}

/* Takes away, again and again, what nothing depends on. */
static bk_status find_outputs(bk_reduced *net, bool hide)
{
    int32_t *const uses = bk_alloc_zero((size_t)net->n + 1, sizeof *uses);
    if (uses == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t x = 0; x < net->n; x++) {
        count_uses(net, x, 1, uses);
    }
    /* Taken from the end of the array, so that an output stands behind what it needs. */
    int32_t first = net->n;
    for (int32_t x = 0; hide && x < net->n; x++) {
        if (net->dd[x] != NULL && uses[x] == 0) {
            net->outputs[--first] = x;
        }
    }
    for (int32_t next = net->n; next-- > first;) {
        const bk_dd *const dd = net->dd[net->outputs[next]];
        count_uses(net, net->outputs[next], -1, uses);
        for (int32_t v = 0; v < dd->regulators; v++) {
            const int32_t y = dd->regulator[v];
            if (net->reached[v] && uses[y] == 0 && net->dd[y] != NULL) {
                net->outputs[--first] = y;
            }
        }
    }
    net->n_outputs = net->n - first;
    memmove(net->outputs, net->outputs + first,
            (size_t)net->n_outputs * sizeof *net->outputs);
    for (int32_t i = 0; i < net->n_outputs; i++) {
        uses[net->outputs[i]] = -1;
    }
    for (int32_t x = 0; x < net->n; x++) {
        if (net->low[x] < net->high[x] && uses[x] >= 0) {
            net->core[net->n_core++] = x;
        }
    }
    bk_free(uses);
    return BK_OK;
}

static bool make_arrays(making *m, const uint8_t *low, const uint8_t *high)
{
    bk_reduced *const net = m->net;
    const bk_logic_system *const s = net->work->system;
    int32_t children = 0;
    for (int32_t x = 0; x < s->n; x++) {
        const bk_dd *const dd = s->dd[x];
        if (dd == NULL) {
            continue;
        }
        m->most = dd->nodes > m->most ? dd->nodes : m->most;
        m->most = dd->regulators > m->most ? dd->regulators : m->most;
        int32_t width = 0;
        for (int32_t v = 0; v < dd->regulators; v++) {
            width = dd->levels[v] > width ? dd->levels[v] : width;
        }
        children = dd->nodes * width > children ? dd->nodes * width : children;
    }
    const size_t room = (size_t)m->most + 1;
    for (m->slots = 64; m->slots < 2 * room; m->slots *= 2) {
    }
    m->map = bk_alloc(room * sizeof *m->map);
    m->table = bk_alloc(m->slots * sizeof *m->table);
    m->variable = bk_alloc(room * sizeof *m->variable);
    m->first = bk_alloc(room * sizeof *m->first);
    m->children = bk_alloc(((size_t)children + 1) * sizeof *m->children);
    m->compact = bk_alloc(room * sizeof *m->compact);
    net->low = MAKE(net, s->n, uint8_t);
    net->high = MAKE(net, s->n, uint8_t);
    net->dd = MAKE(net, s->n, bk_dd *);
    net->sign = MAKE(net, s->n, signed char *);
    net->core = MAKE(net, s->n, int32_t);
    net->outputs = MAKE(net, s->n, int32_t);
    net->reached = MAKE(net, m->most, bool);
    if (m->map == NULL || m->table == NULL || m->variable == NULL || m->first == NULL ||
        m->children == NULL || m->compact == NULL || net->low == NULL ||
        net->high == NULL || net->dd == NULL || net->sign == NULL ||
        net->core == NULL || net->outputs == NULL || net->reached == NULL) {
        return false;
    }
    memcpy(net->low, low, (size_t)s->n);
    memcpy(net->high, high, (size_t)s->n);
    return true;
}

bk_status bk_reduce(const bk_logic_work *work, bool free_inputs, const uint8_t *low,
                    const uint8_t *high, bool hide, bk_reduced **reduced)
{
    bk_reduced *const net = bk_alloc_zero(1, sizeof *net);
    if (net == NULL) {
        return BK_NO_MEMORY;
    }
    *net = (bk_reduced){.work = work,
                        .free_inputs = free_inputs,
                        .n = work->system->n,
                        .arena = bk_arena_new()};
    making m = {.net = net};
    bk_status status =
        net->arena != NULL && make_arrays(&m, low, high) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = restrict_rules(&m);
    }
    if (status == BK_OK) {
        status = find_outputs(net, hide);
    }
    bk_free(m.map);
    bk_free(m.table);
    bk_free(m.variable);
    bk_free(m.first);
    bk_free(m.children);
    bk_free(m.compact);
    if (status != BK_OK) {
        bk_reduced_free(net);
        return status;
    }
    *reduced = net;
    return BK_OK;
}

void bk_reduced_free(bk_reduced *reduced)
{
    if (reduced != NULL) {
        bk_arena_free(reduced->arena);
        bk_free(reduced);
    }
}

bool bk_reduced_allows(const bk_reduced *net, int32_t x, int level)
{
    const bk_logic_system *const s = net->work->system;
    const uint8_t *const drive = net->work->drive + s->first_level[x];
    for (int from = 0; from <= s->max[x]; from++) {
        if (drive[from] == level) {
            return true;
        }
    }
    return false;
}

void bk_reduced_range(bk_reduced *net, int32_t x, const uint8_t *low,
                      const uint8_t *high, int *least, int *most)
{
    const bk_dd *const dd = net->dd[x];
    memset(net->reached, 0, (size_t)dd->nodes);
    net->reached[dd->root] = true;
    /* Children have smaller numbers. */
    for (int32_t node = dd->root; node >= dd->terminals; node--) {
        if (!net->reached[node]) {
            continue;
        }
        const int32_t y = dd->regulator[dd->variable[node]];
        const int32_t *const children = dd->children + dd->first[node];
        for (int level = low[y]; level <= high[y]; level++) {
            net->reached[children[level - net->low[y]]] = true;
        }
    }
    *least = UINT8_MAX;
    *most = 0;
    for (int level = 0; level < dd->terminals; level++) {
        if (net->reached[level]) {
            *least = level < *least ? level : *least;
            *most = level;
        }
    }
}

/* Narrows x to what its rule gives in the box. */
static bool narrow(bk_reduced *net, int32_t x, uint8_t *low, uint8_t *high)
{
    if (net->dd[x] == NULL) {
        return false;
    }
    int least;
    int most;
    bk_reduced_range(net, x, low, high, &least, &most);
    least = least > high[x] ? high[x] : least;
    most = most < low[x] ? low[x] : most;
    /* With several levels a rule may also lead beyond the box, one step at a time. */
    least = least < low[x] ? low[x] : least;
    most = most > high[x] ? high[x] : most;
    const bool changed = least != low[x] || most != high[x];
    low[x] = (uint8_t)least;
    high[x] = (uint8_t)most;
    return changed;
}

void bk_reduced_percolate(bk_reduced *net, uint8_t *low, uint8_t *high)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (int32_t i = 0; i < net->n_core; i++) {
            const int32_t x = net->core[i];
            changed = (low[x] < high[x] && narrow(net, x, low, high)) || changed;
        }
    }
    bk_reduced_fill(net, low, high);
}

void bk_reduced_fill(bk_reduced *net, uint8_t *low, uint8_t *high)
{
    for (int32_t x = 0; x < net->n; x++) {
        if (net->low[x] == net->high[x]) {
            low[x] = high[x] = net->low[x];
        }
    }
    for (int32_t i = 0; i < net->n_outputs; i++) {
        const int32_t x = net->outputs[i];
        low[x] = net->low[x];
        high[x] = net->high[x];
        narrow(net, x, low, high);
    }
}
