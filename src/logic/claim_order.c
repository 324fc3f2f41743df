/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/claim_order.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60 };

typedef struct ranked {
    double at;
    int32_t x;
} ranked;

typedef struct ordering {
    const bk_question *q;
    double *at;     /* [nodes] place, from 0 */
    double *sum;    /* [nodes] of the middles of its rules */
    int32_t *rules; /* [nodes] how many */
    ranked *by;     /* [n_nodes] */
    int32_t *asked; /* [nodes] the rule that asked for it last, and 1 */
} ordering;

/* Calls with each node of the rule of x once, x itself with it; the sum of places, their
 * number, and how far they are apart. */
static double middle_of(ordering *o, int32_t x, double *span)
{
    const bk_dd *const dd = o->q->net->dd[x];
    double sum = o->at[x];
    double low = o->at[x];
    double high = o->at[x];
    int count = 1;
    o->asked[x] = x + 1;
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        const int32_t y = dd->regulator[dd->variable[node]];
        if (o->asked[y] == x + 1) {
            continue;
        }
        o->asked[y] = x + 1;
        sum += o->at[y];
        low = o->at[y] < low ? o->at[y] : low;
        high = o->at[y] > high ? o->at[y] : high;
        count++;
    }
    *span = high - low;
    return sum / count;
}

static void attract(ordering *o, int32_t x, double middle)
{
    const bk_dd *const dd = o->q->net->dd[x];
    for (int32_t node = dd->terminals - 1; node < dd->nodes; node++) {
        const int32_t y = node < dd->terminals ? x : dd->regulator[dd->variable[node]];
        if (o->asked[y] == x + 1) {
            o->asked[y] = -(x + 1);
            o->sum[y] += middle;
            o->rules[y]++;
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const ranked *const one = a;
    const ranked *const other = b;
    return one->at < other->at   ? -1
           : one->at > other->at ? 1
                                 : (one->x > other->x) - (one->x < other->x);
}

/* One round: how far apart the rules' nodes were, then new places. */
static double arrange(ordering *o)
{
    const bk_question *const q = o->q;
    double total = 0.0;
    memset(o->sum, 0, (size_t)q->net->n * sizeof *o->sum);
    memset(o->rules, 0, (size_t)q->net->n * sizeof *o->rules);
    memset(o->asked, 0, (size_t)q->net->n * sizeof *o->asked);
    for (int32_t i = 0; i < q->n_nodes; i++) {
        const int32_t x = q->nodes[i];
        if (q->net->dd[x] != NULL) {
            double span;
            const double middle = middle_of(o, x, &span);
            attract(o, x, middle);
            total += span;
        }
    }
    for (int32_t i = 0; i < q->n_nodes; i++) {
        const int32_t x = q->nodes[i];
        o->by[i] = (ranked){o->rules[x] > 0 ? o->sum[x] / o->rules[x] : o->at[x], x};
    }
    qsort(o->by, (size_t)q->n_nodes, sizeof *o->by, by_place);
    return total;
}

bool bk_claim_order(const bk_question *question, int32_t *order)
{
    const bk_question *const q = question;
    const size_t n = (size_t)q->net->n + 1;
    ordering o = {.q = q,
                  .at = bk_alloc_zero(n, sizeof *o.at),
                  .sum = bk_alloc_zero(n, sizeof *o.sum),
                  .rules = bk_alloc_zero(n, sizeof *o.rules),
                  .by = bk_alloc_zero(n, sizeof *o.by),
                  .asked = bk_alloc_zero(n, sizeof *o.asked)};
    const bool ok = o.at != NULL && o.sum != NULL && o.rules != NULL && o.by != NULL &&
                    o.asked != NULL;
    double best = -1.0;
    for (int32_t i = 0; ok && i < q->n_nodes; i++) {
        o.by[i].x = q->nodes[i];
    }
    for (int round = 0; ok && round < ROUNDS; round++) {
        for (int32_t i = 0; i < q->n_nodes; i++) {
            o.at[o.by[i].x] = i;
        }
        const double total = arrange(&o);
        if (best < 0.0 || total < best) {
            best = total;
            for (int32_t i = 0; i < q->n_nodes; i++) {
                order[(int32_t)o.at[q->nodes[i]]] = q->nodes[i];
            }
        }
    }
    bk_free(o.at);
    bk_free(o.sum);
    bk_free(o.rules);
    bk_free(o.by);
    bk_free(o.asked);
    return ok;
}
