/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/negative.h"

#include "base/alloc.h"

#include <string.h>

/* A strongly connected component has no negative cycle exactly when its nodes can be
 * given two colours such that activations lead to the same and inhibitions to the other
 * colour (Harary 1953, doi:10.1307/mmj/1028989917, for graphs). */

typedef struct arc {
    int32_t from, to;
    signed char sign; /* 0: both */
} arc;

typedef struct graph {
    int32_t n;
    arc *arcs; /* by from */
    size_t n_arcs, capacity;
    int32_t *first;                                /* [n + 1] */
    bool *away;                                    /* [n] taken out */
    int32_t *component;                            /* [n] -1: taken out */
    bool *negative;                                /* [component] */
    int32_t *number, *low, *stack, *frames, *next; /* [n] scratch */
    signed char *colour;                           /* [n] */
} graph;

static bool collect(bk_reduced *net, graph *g)
{
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        const bk_dd *const dd = net->dd[x];
        if (dd == NULL) {
            continue;
        }
        memset(net->reached, 0, (size_t)dd->regulators + 1);
        for (int32_t node = dd->terminals; node < dd->nodes; node++) {
            net->reached[dd->variable[node]] = true;
        }
        for (int32_t v = 0; v < dd->regulators; v++) {
            if (!net->reached[v]) {
                continue;
            }
            if (!bk_grow(&g->arcs, &g->capacity, g->n_arcs + 1, sizeof *g->arcs)) {
                return false;
            }
            g->arcs[g->n_arcs++] = (arc){dd->regulator[v], x, net->sign[x][v]};
        }
    }
    return true;
}

static bool by_source(graph *g)
{
    arc *const sorted = bk_alloc((g->n_arcs + 1) * sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < g->n_arcs; i++) {
        g->first[g->arcs[i].from + 1]++;
    }
    for (int32_t x = 0; x < g->n; x++) {
        g->first[x + 1] += g->first[x];
        g->next[x] = g->first[x];
    }
    for (size_t i = 0; i < g->n_arcs; i++) {
        sorted[g->next[g->arcs[i].from]++] = g->arcs[i];
    }
    bk_free(g->arcs);
    g->arcs = sorted;
    return true;
}

/* Tarjan 1972, doi:10.1137/0201010, without recursion; number 0: not met. */
static int32_t components(graph *g)
{
    int32_t count = 0;
    int32_t met = 0;
    int32_t n_stack = 0;
    memset(g->number, 0, (size_t)g->n * sizeof *g->number);
    memset(g->component, 0xFF, (size_t)g->n * sizeof *g->component);
    for (int32_t root = 0; root < g->n; root++) {
        int32_t n_frames = 0;
        if (g->away[root] || g->number[root] != 0) {
            continue;
        }
        g->frames[n_frames++] = root;
        while (n_frames > 0) {
            const int32_t x = g->frames[n_frames - 1];
            if (g->number[x] == 0) {
                g->number[x] = g->low[x] = ++met;
                g->next[x] = g->first[x];
                g->stack[n_stack++] = x;
            }
            int32_t down = -1;
            while (g->next[x] < g->first[x + 1] && down < 0) {
                const int32_t y = g->arcs[g->next[x]].to;
                if (!g->away[y] && g->number[y] == 0) {
                    down = y;
                    break;
                }
                if (!g->away[y] && g->component[y] < 0 && g->low[y] < g->low[x]) {
                    g->low[x] = g->low[y];
                }
                g->next[x]++;
            }
            if (down >= 0) {
                g->frames[n_frames++] = down;
                continue;
            }
            n_frames--;
            if (g->low[x] == g->number[x]) {
                int32_t y;
                do {
                    y = g->stack[--n_stack];
                    g->component[y] = count;
                } while (y != x);
                count++;
            }
        }
    }
    return count;
}

/* Colours each component from one node on; whether any is negative. */
static bool find_negative(graph *g)
{
    const int32_t count = components(g);
    memset(g->negative, 0, (size_t)g->n * sizeof *g->negative);
    memset(g->colour, 0xFF, (size_t)g->n);
    bool any = false;
    for (int32_t root = 0; root < g->n; root++) {
        if (g->away[root] || g->colour[root] >= 0) {
            continue;
        }
        int32_t n_stack = 0;
        g->colour[root] = 0;
        g->stack[n_stack++] = root;
        while (n_stack > 0) {
            const int32_t x = g->stack[--n_stack];
            for (int32_t i = g->first[x]; i < g->first[x + 1]; i++) {
                const arc *const a = &g->arcs[i];
                if (g->component[a->to] != g->component[x]) {
                    continue;
                }
                const signed char want =
                    (signed char)(g->colour[x] ^ (a->sign < 0 ? 1 : 0));
                if (g->colour[a->to] < 0) {
                    g->colour[a->to] = want;
                    g->stack[n_stack++] = a->to;
                }
                if (a->sign == 0 || g->colour[a->to] != want) {
                    g->negative[g->component[x]] = any = true;
                }
            }
        }
    }
    return count > 0 && any;
}

/* Of the nodes of negative components, one of most arcs within its own. */
static int32_t busiest(graph *g)
{
    int32_t *const in = g->low;
    int32_t *const out = g->number;
    memset(in, 0, (size_t)g->n * sizeof *in);
    memset(out, 0, (size_t)g->n * sizeof *out);
    int32_t best = -1;
    for (size_t i = 0; i < g->n_arcs; i++) {
        const arc *const a = &g->arcs[i];
        if (g->component[a->from] >= 0 &&
            g->component[a->from] == g->component[a->to]) {
            in[a->to]++;
            out[a->from]++;
            if (a->from == a->to && a->sign <= 0) {
                return a->from;
            }
        }
    }
    for (int32_t x = 0; x < g->n; x++) {
        if (g->component[x] >= 0 && g->negative[g->component[x]] &&
            (best < 0 || (int64_t)in[x] * out[x] > (int64_t)in[best] * out[best])) {
            best = x;
        }
    }
    return best;
}

static bool make_graph(bk_reduced *net, graph *g)
{
    const size_t n = (size_t)net->n + 1;
    g->n = net->n;
    g->first = bk_alloc_zero(n + 1, sizeof *g->first);
    g->away = bk_alloc_zero(n, sizeof *g->away);
    g->component = bk_alloc_zero(n, sizeof *g->component);
    g->negative = bk_alloc_zero(n, sizeof *g->negative);
    g->number = bk_alloc_zero(n, sizeof *g->number);
    g->low = bk_alloc_zero(n, sizeof *g->low);
    g->stack = bk_alloc_zero(n, sizeof *g->stack);
    g->frames = bk_alloc_zero(n, sizeof *g->frames);
    g->next = bk_alloc_zero(n, sizeof *g->next);
    g->colour = bk_alloc_zero(n, 1);
    return g->first != NULL && g->away != NULL && g->component != NULL &&
           g->negative != NULL && g->number != NULL && g->low != NULL &&
           g->stack != NULL && g->frames != NULL && g->next != NULL &&
           g->colour != NULL && collect(net, g) && by_source(g);
}

static void free_graph(graph *g)
{
    bk_free(g->arcs);
    bk_free(g->first);
    bk_free(g->away);
    bk_free(g->component);
    bk_free(g->negative);
    bk_free(g->number);
    bk_free(g->low);
    bk_free(g->stack);
    bk_free(g->frames);
    bk_free(g->next);
    bk_free(g->colour);
}

bk_status bk_core_components(bk_reduced *net, int32_t *component)
{
    graph g = {.n = 0};
    const bool ok = make_graph(net, &g);
    if (ok) {
        components(&g);
        memcpy(component, g.component, (size_t)g.n * sizeof *component);
    }
    free_graph(&g);
    return ok ? BK_OK : BK_NO_MEMORY;
}

bk_status bk_negative_feedback(bk_reduced *net, bool *marked)
{
    graph g = {.n = 0};
    const bool ok = make_graph(net, &g);
    while (ok && find_negative(&g)) {
        g.away[busiest(&g)] = true;
    }
    for (int32_t x = 0; ok && x < g.n; x++) {
        if (g.away[x]) {
            g.away[x] = false;
            g.away[x] = find_negative(&g);
        }
        marked[x] = g.away[x];
    }
    free_graph(&g);
    return ok ? BK_OK : BK_NO_MEMORY;
}
