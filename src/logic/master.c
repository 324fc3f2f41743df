/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/master.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { MOST_HIDDEN = 16 };
static const double left_out = 1e-14;
/* exp(-longest) must be far from underflow. */
static const double longest = 200.0;

typedef struct starting {
    bk_master *master;
    bk_logic_work *work;
    uint32_t most;
    size_t capacity;
    bk_status status;
} starting;

static void begin_here(starting *s, double part)
{
    bk_master *const m = s->master;
    const uint32_t before = bk_space_count(m->space);
    const uint32_t id = bk_space_here(m->space, true);
    if (id == BK_NO_STATE ||
        !bk_grow(&m->p, &s->capacity, (size_t)id + 1, sizeof *m->p)) {
        s->status = BK_NO_MEMORY;
    } else if (id >= s->most) {
        s->status = BK_UNSUPPORTED;
    } else {
        m->p[id] = (id < before ? m->p[id] : 0.0) + part;
    }
}

/* Each way to hide and show what is hidden, as in the long run. */
static void begin_hidden(starting *s, int32_t h, double part)
{
    bk_logic_work *const w = s->work;
    if (s->status != BK_OK) {
        return;
    }
    if (h == w->n_hidden) {
        begin_here(s, part);
        return;
    }
    const double share = w->share[w->hidden[h]];
    const uint32_t toggle = 2u * (uint32_t)(w->system->n + h);
    begin_hidden(s, h + 1, part * share);
    bk_logic_apply(w, toggle);
    begin_hidden(s, h + 1, part * (1.0 - share));
    bk_logic_apply(w, toggle);
}

static bool begin(void *context, double part)
{
    starting *const s = context;
    begin_hidden(s, 0, part);
    return s->status == BK_OK;
}

typedef struct capacities {
    size_t exit, first, to, rate;
} capacities;

static bk_status add_events(bk_master *m, bk_logic_work *work, uint32_t id,
                            uint32_t *codes, capacities *room, size_t *edges)
{
    bk_space_go(m->space, id);
    const int32_t n = bk_logic_events(work, codes);
    if (!bk_grow(&m->exit, &room->exit, (size_t)id + 1, sizeof *m->exit) ||
        !bk_grow(&m->first, &room->first, (size_t)id + 2, sizeof *m->first) ||
        !bk_grow(&m->to, &room->to, *edges + (size_t)n, sizeof *m->to) ||
        !bk_grow(&m->rate, &room->rate, *edges + (size_t)n, sizeof *m->rate)) {
        return BK_NO_MEMORY;
    }
    m->first[id] = *edges;
    m->exit[id] = 0.0;
    for (int32_t k = 0; k < n; k++) {
        const uint32_t beside = bk_space_beside(m->space, id, codes[k], true);
        if (beside == BK_NO_STATE) {
            return BK_NO_MEMORY;
        }
        m->to[*edges] = beside;
        m->rate[*edges] = bk_logic_rate_of(work, codes[k]);
        m->exit[id] += m->rate[(*edges)++];
    }
    m->first[id + 1] = *edges;
    m->largest = fmax(m->largest, m->exit[id]);
    return BK_OK;
}

static bk_status add_all(bk_master *m, bk_logic_work *work, uint32_t most)
{
    capacities room = {0};
    size_t edges = 0;
    uint32_t *const codes = bk_alloc(
        ((size_t)work->system->n + (size_t)work->n_hidden + 1) * sizeof *codes);
    bk_status status = codes != NULL ? BK_OK : BK_NO_MEMORY;
    for (uint32_t id = 0; id < bk_space_count(m->space) && status == BK_OK; id++) {
        status = bk_space_count(m->space) > most
                     ? BK_UNSUPPORTED
                     : add_events(m, work, id, codes, &room, &edges);
    }
    bk_free(codes);
    return status;
}

static bk_status finish(bk_master *m, uint32_t begun)
{
    m->n = bk_space_count(m->space);
    double *const p = bk_realloc(m->p, ((size_t)m->n + 1) * sizeof *p);
    if (p == NULL) {
        return BK_NO_MEMORY;
    }
    m->p = p;
    for (uint32_t i = begun; i < m->n; i++) {
        m->p[i] = 0.0;
    }
    m->scratch[0] = bk_alloc(((size_t)m->n + 1) * sizeof *p);
    m->scratch[1] = bk_alloc(((size_t)m->n + 1) * sizeof *p);
    return m->scratch[0] == NULL || m->scratch[1] == NULL ? BK_NO_MEMORY : BK_OK;
}

bk_status bk_master_new(bk_logic_work *work, uint32_t most, bk_master *master)
{
    *master = (bk_master){.work = work};
    if (work->n_hidden > MOST_HIDDEN) {
        return BK_UNSUPPORTED;
    }
    uint8_t *const low = bk_alloc_zero((size_t)work->system->n + 1, 1);
    master->space =
        low == NULL ? NULL : bk_space_new(work, low, work->system->max, false);
    bk_free(low);
    starting s = {.master = master,
                  .work = work,
                  .most = most,
                  .status = master->space != NULL ? BK_OK : BK_NO_MEMORY};
    if (s.status == BK_OK) {
        bk_start_each(work, begin, &s);
    }
    const uint32_t begun = s.status == BK_OK ? bk_space_count(master->space) : 0;
    if (s.status == BK_OK) {
        s.status = add_all(master, work, most);
    }
    if (s.status == BK_OK) {
        s.status = finish(master, begun);
    }
    if (s.status != BK_OK) {
        bk_master_free(master);
    }
    return s.status;
}

void bk_master_free(bk_master *master)
{
    bk_space_free(master->space);
    bk_free(master->p);
    bk_free(master->exit);
    bk_free(master->first);
    bk_free(master->to);
    bk_free(master->rate);
    bk_free(master->scratch[0]);
    bk_free(master->scratch[1]);
    bk_doubling_free(&master->doubling);
    *master = (bk_master){0};
}

/* One step of the chain whose moves come at the largest exit rate. */
static void chain(const bk_master *m, const double *from, double *to)
{
    memset(to, 0, (size_t)m->n * sizeof *to);
    for (uint32_t i = 0; i < m->n; i++) {
        if (!(from[i] > 0.0)) {
            continue;
        }
        const double unit = from[i] / m->largest;
        to[i] += from[i] - unit * m->exit[i];
        for (size_t k = m->first[i]; k < m->first[i + 1]; k++) {
            to[m->to[k]] += unit * m->rate[k];
        }
    }
}

/* A piece of time in which `expected` moves of the chain come on the mean: mean[]
 * collects its part of the whole, weighted by `weight`. */
static void piece(bk_master *m, double expected, double weight, double *mean,
                  double *result)
{
    double *now = m->scratch[0];
    double *next = m->scratch[1];
    memcpy(now, m->p, (size_t)m->n * sizeof *now);
    memset(result, 0, (size_t)m->n * sizeof *result);
    double poisson = exp(-expected);
    double tail = 1.0 - poisson; /* more than k moves */
    double sum = poisson;
    for (int k = 0;; k++) {
        for (uint32_t i = 0; i < m->n; i++) {
            result[i] += poisson * now[i];
        }
        for (uint32_t i = 0; mean != NULL && i < m->n; i++) {
            mean[i] += weight * tail / expected * now[i];
        }
        if (1.0 - sum < left_out && (double)k > expected) {
            break;
        }
        chain(m, now, next);
        double *const swapped = now;
        now = next;
        next = swapped;
        poisson *= expected / (double)(k + 1);
        sum += poisson;
        tail = fmax(0.0, 1.0 - sum);
        if (k > 4 * (int)longest + 100) {
            break;
        }
    }
    memcpy(m->p, result, (size_t)m->n * sizeof *result);
}

static void normalise(double *p, uint32_t n)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        sum += p[i];
    }
    for (uint32_t i = 0; i < n && sum > 0.0; i++) {
        p[i] /= sum;
    }
}

static double work_by_moves(const bk_master *m, double time)
{
    return m->largest * time * (double)(m->first[m->n] + 3 * (size_t)m->n);
}

static double work_by_doubling(const bk_master *m, double time)
{
    const double n = m->n;
    return m->n <= BK_DOUBLING_STATES
               ? 2.0 * n * n * n * (2.0 + bk_doubling_steps(m->largest, time))
               : (double)INFINITY;
}

double bk_master_work(const bk_master *master, double time, size_t times)
{
    const double moves = work_by_moves(master, time);
    const double doubling = work_by_doubling(master, time);
    const double n = master->n;
    return moves <= doubling ? moves * (double)times
                             : 2.0 * doubling + 2.0 * n * n * (double)times;
}

static bk_status make_doubling(bk_master *m, double time)
{
    double *const rate = bk_alloc_zero((size_t)m->n * m->n + 1, sizeof *rate);
    if (rate == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < m->n; i++) {
        for (size_t k = m->first[i]; k < m->first[i + 1]; k++) {
            rate[i * m->n + m->to[k]] += m->rate[k];
        }
    }
    bk_doubling_free(&m->doubling);
    const bk_status status = bk_doubling_make(m->n, rate, time, &m->doubling);
    bk_free(rate);
    return status;
}

static bk_status advance_by_moves(bk_master *m, double expected, double *mean)
{
    const size_t bytes = (size_t)m->n * sizeof(double);
    double *const result = bk_alloc(bytes + 1);
    if (result == NULL) {
        return BK_NO_MEMORY;
    }
    if (mean != NULL) {
        memset(mean, 0, bytes);
    }
    const double pieces = ceil(expected / longest);
    bool stopped = false;
    for (double k = 0.0; k < pieces && !stopped; k += 1.0) {
        piece(m, expected / pieces, 1.0 / pieces, mean, result);
        stopped = k + 1.0 < pieces && bk_logic_cancelled(m->work);
    }
    bk_free(result);
    return stopped ? BK_PARTIAL : BK_OK;
}

bk_status bk_master_advance(bk_master *master, double time, double *mean)
{
    const double expected = master->largest * time;
    if (!(expected > 0.0)) {
        if (mean != NULL) {
            memcpy(mean, master->p, (size_t)master->n * sizeof *mean);
        }
        return BK_OK;
    }
    bk_status status = BK_OK;
    if (work_by_moves(master, time) <= work_by_doubling(master, time)) {
        status = advance_by_moves(master, expected, mean);
    } else {
        const bool other = time < master->doubling.time || time > master->doubling.time;
        status = master->doubling.n == 0 || other ? make_doubling(master, time) : BK_OK;
        if (status == BK_OK) {
            bk_doubling_apply(&master->doubling, master->p, mean, master->scratch[0]);
        }
    }
    normalise(master->p, master->n);
    if (mean != NULL) {
        normalise(mean, master->n);
    }
    return status;
}

void bk_master_move(bk_master *master)
{
    double *const next = master->scratch[0];
    memset(next, 0, (size_t)master->n * sizeof *next);
    for (uint32_t i = 0; i < master->n; i++) {
        if (!(master->exit[i] > 0.0)) {
            next[i] += master->p[i];
            continue;
        }
        for (size_t k = master->first[i]; k < master->first[i + 1]; k++) {
            next[master->to[k]] += master->p[i] * master->rate[k] / master->exit[i];
        }
    }
    memcpy(master->p, next, (size_t)master->n * sizeof *next);
}
