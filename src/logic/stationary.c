/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/stationary.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Balance: what flows into a state flows out of it, p[j] exit[j] = sum p[i] rate(i, j).
 * Solved by Gauss-Seidel sweeps forth and back over the edges into each state, slightly
 * damped because a plain sweep against the direction of a cycle only turns it round. */

enum { MOST_SWEEPS = 20000 };
static const double damping = 0.9;
static const double tolerance = 1e-11;

typedef struct chain {
    uint32_t n;
    double *exit;   /* [n] */
    size_t *first;  /* [n + 1] edges into a state */
    uint32_t *from; /* by edge */
    double *rate;
    uint32_t *local; /* by id of the space */
    /* as they are found, by source */
    uint32_t *to, *source;
    double *found;
    size_t n_edges, to_capacity, source_capacity, found_capacity;
} chain;

static bool add_edges(chain *c, bk_logic_work *work, bk_space *space,
                      const uint32_t *ids, uint32_t i, uint32_t *codes)
{
    bk_space_go(space, ids[i]);
    const int32_t n = bk_logic_events(work, codes);
    const size_t need = c->n_edges + (size_t)n;
    if (!bk_grow(&c->to, &c->to_capacity, need, sizeof *c->to) ||
        !bk_grow(&c->source, &c->source_capacity, need, sizeof *c->source) ||
        !bk_grow(&c->found, &c->found_capacity, need, sizeof *c->found)) {
        return false;
    }
    for (int32_t k = 0; k < n; k++) {
        const uint32_t id = bk_space_beside(space, ids[i], codes[k], false);
        const double rate = bk_logic_rate_of(work, codes[k]);
        c->to[c->n_edges] = c->local[id];
        c->source[c->n_edges] = i;
        c->found[c->n_edges++] = rate;
        c->exit[i] += rate;
    }
    return true;
}

/* Edges sorted by where they lead. */
static bool turn(chain *c)
{
    c->from = bk_alloc((c->n_edges + 1) * sizeof *c->from);
    c->rate = bk_alloc((c->n_edges + 1) * sizeof *c->rate);
    if (c->from == NULL || c->rate == NULL) {
        return false;
    }
    for (size_t k = 0; k < c->n_edges; k++) {
        c->first[c->to[k] + 1]++;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        c->first[i + 1] += c->first[i];
    }
    for (size_t k = c->n_edges; k-- > 0;) {
        const size_t place = --c->first[c->to[k] + 1];
        c->from[place] = c->source[k];
        c->rate[place] = c->found[k];
    }
    /* Each start has moved down to that of its own state, one place late. */
    memmove(c->first, c->first + 1, c->n * sizeof *c->first);
    c->first[c->n] = c->n_edges;
    return true;
}

static bool build(chain *c, bk_logic_work *work, bk_space *space, const uint32_t *ids,
                  uint32_t count)
{
    const size_t events = (size_t)work->system->n + (size_t)work->n_hidden;
    uint32_t *const codes = bk_alloc((events + 1) * sizeof *codes);
    c->n = count;
    c->exit = bk_alloc_zero(count, sizeof *c->exit);
    c->first = bk_alloc_zero((size_t)count + 1, sizeof *c->first);
    c->local = bk_alloc(((size_t)bk_space_count(space) + 1) * sizeof *c->local);
    bool ok = codes != NULL && c->exit != NULL && c->first != NULL && c->local != NULL;
    for (uint32_t i = 0; i < count && ok; i++) {
        c->local[ids[i]] = i;
    }
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = add_edges(c, work, space, ids, i, codes);
    }
    bk_free(codes);
    return ok && turn(c);
}

/* One state brought to balance; how much it was off. */
static double relax(const chain *c, double *p, uint32_t j)
{
    double in = 0.0;
    for (size_t k = c->first[j]; k < c->first[j + 1]; k++) {
        in += p[c->from[k]] * c->rate[k];
    }
    const double balanced = in / c->exit[j];
    const double off = fabs(balanced - p[j]);
    p[j] += damping * (balanced - p[j]);
    return off;
}

static void normalise(double *p, uint32_t n)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        sum += p[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        p[i] /= sum;
    }
}

static bool solve(const chain *c, double *p)
{
    for (uint32_t i = 0; i < c->n; i++) {
        p[i] = 1.0 / (double)c->n;
    }
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double off = 0.0;
        for (uint32_t j = 0; j < c->n; j++) {
            off += relax(c, p, j);
        }
        for (uint32_t j = c->n; j-- > 0;) {
            off += relax(c, p, j);
        }
        normalise(p, c->n);
        if (off < tolerance) {
            return true;
        }
    }
    return false;
}

bk_status bk_logic_stationary(bk_logic_work *work, bk_space *space, const uint32_t *ids,
                              uint32_t count, bool continuous, double *part)
{
    if (count == 1) {
        bk_space_go(space, ids[0]);
        part[0] = 1.0;
        return BK_OK;
    }
    chain c = {0};
    bk_status status = build(&c, work, space, ids, count) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && !solve(&c, part)) {
        status = BK_NUMERICAL;
    }
    for (uint32_t i = 0; status == BK_OK && !continuous && i < count; i++) {
        part[i] *= c.exit[i];
    }
    if (status == BK_OK) {
        normalise(part, count);
    }
    bk_free(c.exit);
    bk_free(c.first);
    bk_free(c.from);
    bk_free(c.rate);
    bk_free(c.local);
    bk_free(c.to);
    bk_free(c.source);
    bk_free(c.found);
    return status;
}
