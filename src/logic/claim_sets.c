/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/claim_sets.h"

#include "base/alloc.h"
#include "logic/claim_order.h"

#include <string.h>

enum { CACHE = 1 << 18 };

int32_t bk_sets_both(bk_sets *s, int32_t a, int32_t b)
{
    return bk_dd_ite(&s->dd, a, b, 0);
}

int32_t bk_sets_either(bk_sets *s, int32_t a, int32_t b)
{
    return bk_dd_ite(&s->dd, a, 1, b);
}

int32_t bk_sets_without(bk_sets *s, int32_t a, int32_t b)
{
    return bk_dd_ite(&s->dd, b, 0, a);
}

static bool over(const bk_sets *s)
{
    return s->dd.full || s->no_memory || s->dd.no_memory;
}

/* What one set is in the new table; nodes come after their children. */
static void move(bk_sets *s, bk_dd_table *to, int32_t *map)
{
    int32_t children[UINT8_MAX + 1];
    for (int32_t node = 2; node < s->dd.n; node++) {
        if (map[node] == 0) {
            continue;
        }
        const int32_t count = s->levels[s->dd.variable[node]];
        for (int32_t k = 0; k < count; k++) {
            children[k] = map[s->dd.children[s->dd.first[node] + k]];
        }
        map[node] = bk_dd_node(to, s->dd.variable[node], children);
    }
}

/* Calls with every set in use. */
static void each_kept(bk_sets *s, void (*visit)(int32_t *set, int32_t *map),
                      int32_t *map)
{
    for (int32_t m = 0; m < s->n_motions; m++) {
        visit(&s->motions[m].wants, map);
    }
    for (int32_t i = 0; i < s->q->conditions.n; i++) {
        visit(&s->set[i], map);
        for (size_t k = 0; k < s->way[i].n; k++) {
            visit(&s->way[i].set[k], map);
        }
    }
    for (size_t k = 0; k < sizeof s->keep / sizeof *s->keep; k++) {
        visit(&s->keep[k], map);
    }
}

static void mark(int32_t *set, int32_t *map)
{
    map[*set] = 1;
}

static void put(int32_t *set, int32_t *map)
{
    *set = map[*set];
}

bool bk_sets_tidy(bk_sets *s)
{
    const int32_t half = s->dd.most / 2;
    if (over(s) || bk_logic_cancelled(s->q->work)) {
        return false;
    }
    if (s->dd.n < half && s->dd.n_asked < 4 * (size_t)s->dd.most) {
        return true;
    }
    int32_t *const map = bk_alloc_zero((size_t)s->dd.n, sizeof *map);
    bk_dd_table fresh;
    if (map == NULL || !bk_dd_table_start(&fresh, s->levels, 2, s->dd.most)) {
        bk_free(map);
        s->no_memory = true;
        return false;
    }
    each_kept(s, mark, map);
    for (int32_t node = s->dd.n - 1; node >= 2; node--) {
        for (int32_t k = 0; map[node] != 0 && k < s->levels[s->dd.variable[node]];
             k++) {
            map[s->dd.children[s->dd.first[node] + k]] = 1;
        }
    }
    map[0] = 0;
    map[1] = 1;
    move(s, &fresh, map);
    s->no_memory = fresh.no_memory;
    if (!s->no_memory) {
        each_kept(s, put, map);
        memset(s->cache, 0, CACHE * sizeof *s->cache);
        bk_dd_table_end(&s->dd);
        s->dd = fresh;
    } else {
        bk_dd_table_end(&fresh);
    }
    bk_free(map);
    return !s->no_memory && s->dd.n < half;
}

int32_t bk_sets_levels_between(bk_sets *s, int32_t place, int low, int high)
{
    int32_t children[UINT8_MAX + 1];
    const int base = s->q->net->low[s->node[place]];
    for (int k = 0; k < s->levels[place]; k++) {
        children[k] = base + k >= low && base + k <= high ? 1 : 0;
    }
    return bk_dd_node(&s->dd, place, children);
}

/* States in which x wants to be above (or not above) a level, from its diagram. */
static int32_t rule_above(bk_sets *s, int32_t x, int level, int32_t *made)
{
    const bk_dd *const dd = s->q->net->dd[x];
    for (int32_t node = 0; node <= dd->root; node++) {
        if (node < dd->terminals) {
            made[node] = node > level ? 1 : 0;
            continue;
        }
        const int32_t y = dd->regulator[dd->variable[node]];
        const int32_t *const children = dd->children + dd->first[node];
        const int base = s->q->net->low[y];
        int32_t any = 0;
        for (int k = 0; k < dd->levels[dd->variable[node]] && any >= 0; k++) {
            const int32_t here =
                bk_sets_levels_between(s, s->place[y], base + k, base + k);
            any = bk_sets_either(s, any, bk_sets_both(s, here, made[children[k]]));
        }
        made[node] = any;
        if (any < 0) {
            return -1;
        }
    }
    return made[dd->root];
}

static bool add_motions(bk_sets *s, int32_t x, int32_t *made)
{
    const bk_reduced *const net = s->q->net;
    int32_t up = 0;
    int32_t down = 0;
    for (int level = net->low[x]; level <= net->high[x]; level++) {
        const int32_t here = bk_sets_levels_between(s, s->place[x], level, level);
        const int32_t above = rule_above(s, x, level, made);
        up = bk_sets_either(s, up, bk_sets_both(s, here, above));
        const int32_t below = level > 0 ? rule_above(s, x, level - 1, made) : 1;
        down = bk_sets_either(s, down, bk_sets_without(s, here, below));
    }
    if (up != 0) {
        s->motions[s->n_motions++] = (bk_motion){s->place[x], 1, up, false};
    }
    if (down != 0) {
        s->motions[s->n_motions++] = (bk_motion){s->place[x], -1, down, false};
    }
    return up >= 0 && down >= 0;
}

static bool make_motions(bk_sets *s)
{
    const bk_reduced *const net = s->q->net;
    int32_t most = 0;
    for (int32_t i = 0; i < s->q->n_nodes; i++) {
        const bk_dd *const dd = net->dd[s->q->nodes[i]];
        most = dd != NULL && dd->nodes > most ? dd->nodes : most;
    }
    int32_t *const made = bk_alloc(((size_t)most + 1) * sizeof *made);
    bool ok = made != NULL;
    s->no_memory = !ok;
    for (int32_t p = 0; ok && p < s->q->n_nodes; p++) {
        ok = net->dd[s->node[p]] == NULL || add_motions(s, s->node[p], made);
    }
    bk_free(made);
    return ok;
}

/* Whether the rule of x asks for one that lasts. */
static bool lasts(const bk_sets *s, int32_t x, const bool *lasting)
{
    const bk_dd *const dd = s->q->net->dd[x];
    bool any = false;
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        any = any || lasting[dd->regulator[dd->variable[node]]];
    }
    return any;
}

/* A node can move for ever only when it moves both ways, and when its rule's value changes
 * for ever, for which one that it asks for must move for ever. */
static bool find_lasting(bk_sets *s)
{
    bool *const lasting = bk_alloc_zero((size_t)s->q->net->n + 1, sizeof *lasting);
    if (lasting == NULL) {
        s->no_memory = true;
        return false;
    }
    for (int32_t m = 1; m < s->n_motions; m++) {
        if (s->motions[m].place == s->motions[m - 1].place) {
            lasting[s->node[s->motions[m].place]] = true;
        }
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int32_t m = 0; m < s->n_motions; m++) {
            const int32_t x = s->node[s->motions[m].place];
            if (lasting[x] && !lasts(s, x, lasting)) {
                lasting[x] = false;
                changed = true;
            }
        }
    }
    for (int32_t m = 0; m < s->n_motions; m++) {
        s->motions[m].lasting = lasting[s->node[s->motions[m].place]];
    }
    bk_free(lasting);
    return true;
}

/* The states that are in the set when the level of the place is `by` more. */
static int32_t shifted(bk_sets *s, int32_t set, int32_t m)
{
    const int32_t place = s->motions[m].place;
    const int by = s->motions[m].by;
    if (set <= 1 || s->dd.variable[set] > place) {
        return set; /* where the level has nowhere to go the motion does not want to */
    }
    bk_shifted *const c =
        &s->cache[((uint32_t)set * 0x9E3779B1u ^ (uint32_t)m * 0x85EBCA6Bu) % CACHE];
    if (c->set == set && c->motion == m) {
        return c->result;
    }
    int32_t children[UINT8_MAX + 1];
    const int32_t variable = s->dd.variable[set];
    const int32_t first = s->dd.first[set];
    const int32_t count = s->levels[variable];
    for (int32_t k = 0; k < count; k++) {
        if (variable == place) {
            const int32_t to = k + by;
            children[k] = to >= 0 && to < count ? s->dd.children[first + to] : 0;
        } else {
            children[k] = shifted(s, s->dd.children[first + k], m);
        }
    }
    const int32_t result = bk_dd_node(&s->dd, variable, children);
    if (result >= 0) {
        *c = (bk_shifted){set, m, result};
    }
    return result;
}

static int32_t before(bk_sets *s, int32_t set, int32_t m)
{
    const int32_t from = shifted(s, set, m);
    return from < 0 ? -1 : bk_sets_both(s, s->motions[m].wants, from);
}

int32_t bk_sets_steady(bk_sets *s)
{
    int32_t moving = 0;
    for (int32_t m = 0; m < s->n_motions; m++) {
        moving = bk_sets_either(s, moving, s->motions[m].wants);
    }
    return bk_sets_without(s, 1, moving);
}

static bool add_layer(bk_sets *s, bk_layers *l, int32_t set, int32_t m)
{
    if (l == NULL) {
        return true;
    }
    if (!bk_grow(&l->set, &l->set_capacity, l->n + 1, sizeof *l->set) ||
        !bk_grow(&l->motion, &l->motion_capacity, l->n + 1, sizeof *l->motion)) {
        s->no_memory = true;
        return false;
    }
    l->set[l->n] = set;
    l->motion[l->n++] = m;
    return true;
}

/* One motion after the other, the last places first, and again from there whenever there
 * is something new: what one motion adds is used up before others blow it up. */
int32_t bk_sets_way(bk_sets *s, int32_t a, int32_t b, bk_layers *l)
{
    int32_t *const through = &s->keep[0];
    int32_t *const set = &s->keep[1];
    *through = a;
    *set = b;
    if (!add_layer(s, l, b, -1)) {
        return -1;
    }
    for (int32_t m = s->n_motions - 1; m >= 0;) {
        if (!bk_sets_tidy(s)) {
            return -1;
        }
        const int32_t more =
            bk_sets_either(s, *set, bk_sets_both(s, *through, before(s, *set, m)));
        if (more < 0 || (more != *set && !add_layer(s, l, more, m))) {
            return -1;
        }
        m = more != *set ? s->n_motions - 1 : m - 1;
        *set = more;
    }
    return *set;
}

/* States with a way in a that never ends and on which only lasting motions are made. */
static int32_t go_on_in(bk_sets *s, int32_t a)
{
    int32_t *const set = &s->keep[0];
    int32_t *const lead = &s->keep[1];
    *set = a;
    for (;;) {
        *lead = 0;
        for (int32_t m = 0; m < s->n_motions; m++) {
            if (!s->motions[m].lasting) {
                continue;
            }
            const int32_t more =
                bk_sets_tidy(s) ? bk_sets_either(s, *lead, before(s, *set, m)) : -1;
            if (more < 0) {
                return -1;
            }
            *lead = more;
        }
        const int32_t less = bk_sets_both(s, *set, *lead);
        if (less < 0 || less == *set) {
            return less;
        }
        *set = less;
    }
}

/* A way that stays in a ends in a steady state of it or, from some time on, makes only
 * motions that can last. */
int32_t bk_sets_stay_in(bk_sets *s, int32_t a)
{
    int32_t *const within = &s->keep[3];
    *within = a;
    const int32_t on = go_on_in(s, a);
    const int32_t end = bk_sets_both(s, *within, bk_sets_steady(s));
    const int32_t to = on < 0 ? -1 : bk_sets_either(s, on, end);
    return to < 0 ? -1 : bk_sets_way(s, *within, to, NULL);
}

bool bk_sets_begin(bk_sets *s, const bk_question *q, int32_t most)
{
    *s = (bk_sets){.q = q};
    const size_t places = (size_t)q->n_nodes;
    const size_t conditions = (size_t)q->conditions.n;
    s->levels = bk_alloc_zero(places + 1, sizeof *s->levels);
    s->node = bk_alloc_zero(places + 1, sizeof *s->node);
    s->place = bk_alloc_zero((size_t)q->net->n + 1, sizeof *s->place);
    s->motions = bk_alloc_zero(2 * places + 1, sizeof *s->motions);
    s->set = bk_alloc_zero(conditions + 1, sizeof *s->set);
    s->way = bk_alloc_zero(conditions + 1, sizeof *s->way);
    s->cache = bk_alloc_zero(CACHE, sizeof *s->cache);
    if (s->levels == NULL || s->node == NULL || s->place == NULL ||
        s->motions == NULL || s->set == NULL || s->way == NULL || s->cache == NULL ||
        !bk_claim_order(q, s->node)) {
        return false;
    }
    for (int32_t p = 0; p < q->n_nodes; p++) {
        const int32_t x = s->node[p];
        s->place[x] = p;
        s->levels[p] = q->net->high[x] - q->net->low[x] + 1;
    }
    if (!bk_dd_table_start(&s->dd, s->levels, 2, most)) {
        s->dd = (bk_dd_table){0};
        return false;
    }
    return (make_motions(s) && find_lasting(s)) || (!s->no_memory && !s->dd.no_memory);
}

void bk_sets_end(bk_sets *s)
{
    for (int32_t i = 0; s->way != NULL && i < s->q->conditions.n; i++) {
        bk_free(s->way[i].set);
        bk_free(s->way[i].motion);
    }
    bk_dd_table_end(&s->dd);
    bk_free(s->levels);
    bk_free(s->node);
    bk_free(s->place);
    bk_free(s->motions);
    bk_free(s->set);
    bk_free(s->way);
    bk_free(s->cache);
}
