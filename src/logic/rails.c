/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/rails.h"

#include "base/alloc.h"

enum { MANY_WAYS = 200 };

typedef enum side { UP, DOWN } side;

typedef struct rule {
    bk_rails *rails;
    int32_t x;
    const bk_dd *dd;
    side side;
} rule;

static void clause(bk_rails *r, const int *literals, int n)
{
    for (int i = 0; i < n; i++) {
        bk_sat_add(r->sat, literals[i]);
    }
    bk_sat_add(r->sat, 0);
}

/* Adds to a clause that the box has no state with y within low .. high that matters. */
static int not_meeting(const rule *u, int32_t variable, int low, int high,
                       int *literals)
{
    const bk_rails *const r = u->rails;
    const int32_t y = u->dd->regulator[variable];
    const int sign = u->rails->net->sign[u->x][variable] * (u->side == UP ? 1 : -1);
    const bool own = y == u->x && !r->points;
    int n = 0;
    if (low > r->net->low[y] && (own || sign >= 0)) {
        literals[n++] =
            own && u->side == DOWN ? -bk_rail_low(r, y, low) : -bk_rail_high(r, y, low);
    }
    if (high < r->net->high[y] && (own || sign <= 0)) {
        literals[n++] = own && u->side == UP ? bk_rail_high(r, y, high + 1)
                                             : bk_rail_low(r, y, high + 1);
    }
    return n;
}

static bool trivial(const rule *u, int level)
{
    const bk_reduced *const net = u->rails->net;
    return u->side == UP ? level <= net->low[u->x] : level >= net->high[u->x];
}

/* The literals at hand, or the box reaches to this level. */
static void reach(const rule *u, int level)
{
    bk_rails *const r = u->rails;
    if (trivial(u, level)) {
        return;
    }
    int *const end = r->literals + r->n_literals;
    int n = r->n_literals;
    const bk_reduced *const net = r->net;
    if (u->side == UP) {
        level = level > net->high[u->x] ? net->high[u->x] : level;
        end[0] = bk_rail_high(r, u->x, level);
    } else {
        level = level < net->low[u->x] ? net->low[u->x] : level;
        end[0] = -bk_rail_low(r, u->x, level + 1);
    }
    n++;
    const int guard = (u->side == UP ? r->guard_up : r->guard_down)[u->x];
    if (guard != 0) {
        end[1] = -guard;
        n++;
    }
    clause(r, r->literals, n);
}

static int32_t child_of(const bk_dd *dd, int32_t node, int k)
{
    return dd->children[dd->first[node] + k];
}

/* The last child from k on that is the same as the k-th. */
static int edge_end(const bk_dd *dd, int32_t node, int k)
{
    const int32_t child = child_of(dd, node, k);
    while (k + 1 < dd->levels[dd->variable[node]] &&
           child_of(dd, node, k + 1) == child) {
        k++;
    }
    return k;
}

static void count_ways(const rule *u)
{
    const bk_dd *const dd = u->dd;
    double *const ways = u->rails->ways;
    for (int32_t node = 0; node < dd->nodes; node++) {
        ways[node] = node < dd->terminals && !trivial(u, node) ? 1.0 : 0.0;
        for (int k = 0; node >= dd->terminals && k < dd->levels[dd->variable[node]];
             k++) {
            k = edge_end(dd, node, k);
            ways[node] += ways[child_of(dd, node, k)];
        }
    }
}

/* Goes down all ways; as deep as there are regulators. */
static void encode_ways(const rule *u, int32_t node)
{
    bk_rails *const r = u->rails;
    const bk_dd *const dd = u->dd;
    if (node < dd->terminals) {
        reach(u, node);
        return;
    }
    const int32_t variable = dd->variable[node];
    const int base = r->net->low[dd->regulator[variable]];
    for (int k = 0; k < dd->levels[variable];) {
        const int end = edge_end(dd, node, k);
        const int32_t child = child_of(dd, node, k);
        if (r->ways[child] > 0.0) {
            const int n = not_meeting(u, variable, base + k, base + end,
                                      r->literals + r->n_literals);
            r->n_literals += n;
            encode_ways(u, child);
            r->n_literals -= n;
        }
        k = end + 1;
    }
}

/* A variable says "not through here", because solvers try true first. */
static void encode_edges(const rule *u, int32_t node)
{
    bk_rails *const r = u->rails;
    const bk_dd *const dd = u->dd;
    const int32_t variable = dd->variable[node];
    const int base = r->net->low[dd->regulator[variable]];
    for (int k = 0; k < dd->levels[variable];) {
        const int end = edge_end(dd, node, k);
        const int32_t child = child_of(dd, node, k);
        if (r->ways[child] > 0.0) {
            r->literals[0] = r->through[node];
            r->n_literals =
                1 + not_meeting(u, variable, base + k, base + end, r->literals + 1);
            if (child < dd->terminals) {
                reach(u, child);
            } else {
                r->literals[r->n_literals] = -r->through[child];
                clause(r, r->literals, r->n_literals + 1);
            }
        }
        k = end + 1;
    }
    r->n_literals = 0;
}

static void encode_rule(bk_rails *r, int32_t x)
{
    for (int k = 0; k < 2; k++) {
        const rule u = {
            .rails = r, .x = x, .dd = r->net->dd[x], .side = k == 0 ? UP : DOWN};
        const bk_dd *const dd = u.dd;
        count_ways(&u);
        if (r->ways[dd->root] <= MANY_WAYS) {
            encode_ways(&u, dd->root);
            continue;
        }
        for (int32_t node = dd->terminals; node < dd->nodes; node++) {
            r->through[node] = ++r->variables;
        }
        const int root = -r->through[dd->root];
        clause(r, &root, 1);
        for (int32_t node = dd->terminals; node < dd->nodes; node++) {
            encode_edges(&u, node);
        }
    }
}

static void encode_free(bk_rails *r, int32_t x)
{
    const bk_reduced *const net = r->net;
    for (int level = net->low[x]; level <= net->high[x]; level++) {
        if (bk_reduced_allows(net, x, level)) {
            continue;
        }
        /* The ends of the box are inside, so that both literals exist. */
        const int no_low[] = {-bk_rail_low(r, x, level), bk_rail_low(r, x, level + 1)};
        const int no_high[] = {-bk_rail_high(r, x, level),
                               bk_rail_high(r, x, level + 1)};
        clause(r, no_low, 2);
        clause(r, no_high, 2);
    }
}

static void number_variables(bk_rails *r, const bool *guarded)
{
    const bk_reduced *const net = r->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        const int width = net->high[x] - net->low[x];
        r->first_low[x] = r->variables + 1;
        r->variables += width;
        r->first_high[x] = r->points ? r->first_low[x] : r->variables + 1;
        r->variables += r->points ? 0 : width;
        if (guarded != NULL && guarded[x]) {
            r->guard_up[x] = ++r->variables;
            r->guard_down[x] = ++r->variables;
        }
        for (int t = net->low[x] + 1; t <= net->high[x]; t++) {
            if (t > net->low[x] + 1) {
                const int low[] = {-bk_rail_low(r, x, t), bk_rail_low(r, x, t - 1)};
                const int high[] = {-bk_rail_high(r, x, t), bk_rail_high(r, x, t - 1)};
                clause(r, low, 2);
                clause(r, high, 2);
            }
            if (!r->points) {
                const int both[] = {-bk_rail_low(r, x, t), bk_rail_high(r, x, t)};
                clause(r, both, 2);
            }
        }
    }
}

static bool make_scratch(bk_rails *r)
{
    const bk_reduced *const net = r->net;
    int32_t nodes = 0;
    size_t levels = 0;
    for (int32_t x = 0; x < net->n; x++) {
        nodes =
            net->dd[x] != NULL && net->dd[x]->nodes > nodes ? net->dd[x]->nodes : nodes;
        levels += (size_t)(net->high[x] - net->low[x]);
    }
    const size_t n = (size_t)net->n + 1;
    r->first_low = bk_alloc_zero(n, sizeof *r->first_low);
    r->first_high = bk_alloc_zero(n, sizeof *r->first_high);
    r->guard_up = bk_alloc_zero(n, sizeof *r->guard_up);
    r->guard_down = bk_alloc_zero(n, sizeof *r->guard_down);
    r->ways = bk_alloc_zero((size_t)nodes + 1, sizeof *r->ways);
    r->through = bk_alloc_zero((size_t)nodes + 1, sizeof *r->through);
    r->literals = bk_alloc_zero(2 * (levels + n) + 8, sizeof *r->literals);
    r->sat = bk_sat_new();
    return r->first_low != NULL && r->first_high != NULL && r->guard_up != NULL &&
           r->guard_down != NULL && r->ways != NULL && r->through != NULL &&
           r->literals != NULL && r->sat != NULL;
}

bk_status bk_rails_new(bk_reduced *net, bool points, const bool *guarded,
                       bk_rails **rails)
{
    bk_rails *const r = bk_alloc_zero(1, sizeof *r);
    if (r == NULL) {
        return BK_NO_MEMORY;
    }
    *r = (bk_rails){.net = net, .points = points};
    if (!make_scratch(r)) {
        bk_rails_free(r);
        return BK_NO_MEMORY;
    }
    bk_sat_stop_when(r->sat, net->work->cancelled, net->work->cancel_context);
    number_variables(r, guarded);
    for (int32_t i = 0; i < net->n_core; i++) {
        if (net->dd[net->core[i]] != NULL) {
            encode_rule(r, net->core[i]);
        } else {
            encode_free(r, net->core[i]);
        }
    }
    *rails = r;
    return BK_OK;
}

void bk_rails_free(bk_rails *rails)
{
    if (rails == NULL) {
        return;
    }
    bk_sat_free(rails->sat);
    bk_free(rails->first_low);
    bk_free(rails->first_high);
    bk_free(rails->guard_up);
    bk_free(rails->guard_down);
    bk_free(rails->ways);
    bk_free(rails->through);
    bk_free(rails->literals);
    bk_free(rails);
}

void bk_rails_read(const bk_rails *r, uint8_t *low, uint8_t *high)
{
    const bk_reduced *const net = r->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        low[x] = high[x] = net->low[x];
        for (int t = net->low[x] + 1; t <= net->high[x]; t++) {
            low[x] = (uint8_t)(low[x] + bk_sat_value(r->sat, bk_rail_low(r, x, t)));
            const int high_literal = bk_rail_high(r, x, t);
            const bool is = bk_sat_value(r->sat, high_literal);
            high[x] = (uint8_t)(high[x] + is);
        }
    }
    bk_reduced_fill(r->net, low, high);
}
