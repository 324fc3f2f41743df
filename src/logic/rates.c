/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/rates.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Compiling: every distinct rate of the model gets a place. */

static bool differ(double a, double b)
{
    return a < b || a > b;
}

typedef struct gathering {
    double *rates;
    size_t capacity;
    int32_t n;
    bool no_memory;
} gathering;

static int32_t place_of(gathering *g, double rate)
{
    /* Mostly one of the first few; the last is the fresh one of a long list. */
    for (int32_t i = 0; i < g->n; i++) {
        if (!differ(g->rates[i], rate)) {
            return i;
        }
    }
    if (!bk_grow(&g->rates, &g->capacity, (size_t)g->n + 1, sizeof rate)) {
        g->no_memory = true;
        return 0;
    }
    g->rates[g->n] = rate;
    return g->n++;
}

static void gather_cases(gathering *g, bk_logic_system *s, int32_t x, int32_t number)
{
    const bk_model *const model = s->head.model;
    const bk_logic *const logic = &model->logics[number];
    const int32_t n = logic->terms;
    if (!BK_MAKE(s, case_level[x], n) || !BK_MAKE(s, case_rate[x], n)) {
        g->no_memory = true;
        return;
    }
    s->n_cases[x] = n + 1;
    for (int32_t k = 0; k <= n; k++) {
        const bk_term *const term = &model->terms[logic->first_term + k];
        s->case_level[x][k] = (uint8_t)(k < n ? term->level : logic->otherwise);
        s->case_rate[x][k] = k < n && term->rate > 0 ? place_of(g, term->rate) : -1;
    }
}

bk_status bk_logic_rates(bk_logic_system *system)
{
    const bk_model *const model = system->head.model;
    gathering g = {0};
    if (!BK_MAKE(system, rate_up, system->n) ||
        !BK_MAKE(system, rate_down, system->n)) {
        return BK_NO_MEMORY;
    }
    for (int32_t x = 0; x < system->n && !g.no_memory; x++) {
        const int32_t number = bk_model_logic_of(model, system->symbol[x]);
        const bk_logic *const logic = number < 0 ? NULL : &model->logics[number];
        system->rate_up[x] = place_of(&g, logic != NULL ? logic->rate_up : 1.0);
        system->rate_down[x] = place_of(&g, logic != NULL ? logic->rate_down : 1.0);
        if (system->cases[x] != NULL) {
            gather_cases(&g, system, x, number);
        }
    }
    g.no_memory = g.no_memory || !BK_MAKE(system, rates, g.n);
    if (!g.no_memory && g.n > 0) {
        memcpy(system->rates, g.rates, (size_t)g.n * sizeof *g.rates);
    }
    system->n_rates = g.n;
    bk_free(g.rates);
    return g.no_memory ? BK_NO_MEMORY : BK_OK;
}

/* Walking. */

void bk_rates_clear(bk_logic_work *work)
{
    const size_t words = (size_t)work->words;
    memset(work->enabled, 0, words * sizeof *work->enabled);
    memset(work->counts, 0, words);
    memset(work->n_paced, 0, sizeof work->n_paced);
    memset(work->n_told, 0, sizeof work->n_told);
    work->n_enabled = 0;
    if (work->drawing == BK_DRAW_SETS) {
        const size_t n = (size_t)work->system->n_rates;
        memset(work->sets, 0, n * words * sizeof *work->sets);
        memset(work->set_counts, 0, n * words);
    } else if (work->drawing == BK_DRAW_TREE) {
        memset(work->tree, 0, 2 * (size_t)work->n_leaves * sizeof *work->tree);
    }
}

static inline void change_set(bk_logic_work *w, int32_t x, int32_t pace, int change)
{
    const size_t word = (size_t)pace * (size_t)w->words + (size_t)(x >> 6);
    w->sets[word] ^= UINT64_C(1) << (x & 63);
    w->set_counts[word] = (uint8_t)(w->set_counts[word] + change);
    w->n_paced[pace] += change;
    w->n_told[pace] += change * w->told[x];
}

static void change_leaf(bk_logic_work *w, int32_t x, double rate)
{
    int32_t i = w->n_leaves + x;
    w->tree[i] = rate;
    for (i /= 2; i > 0; i /= 2) {
        w->tree[i] = w->tree[2 * i] + w->tree[2 * i + 1];
    }
}

void bk_rates_set(bk_logic_work *work, int32_t x, int move, int32_t pace)
{
    bk_cell *const c = &work->cells[x];
    const bool before = c->move != 0;
    const bool after = move != 0;
    if (before != after) {
        const int change = after ? 1 : -1;
        work->enabled[x >> 6] ^= UINT64_C(1) << (x & 63);
        work->counts[x >> 6] = (uint8_t)(work->counts[x >> 6] + change);
        work->n_enabled += change;
        if (work->drawing == BK_DRAW_EVEN) {
            work->n_told[0] += change * work->told[x];
        }
    }
    if (work->drawing == BK_DRAW_SETS) {
        if (before) {
            change_set(work, x, c->pace, -1);
        }
        if (after) {
            change_set(work, x, pace, 1);
        }
    } else if (work->drawing == BK_DRAW_TREE) {
        change_leaf(work, x, after ? work->pace[pace] : 0.0);
    }
    c->move = (int8_t)move;
    c->pace = pace;
}

double bk_rates_sum(const bk_logic_work *work)
{
    if (work->drawing == BK_DRAW_EVEN) {
        return (double)work->n_enabled * work->pace[0];
    }
    if (work->drawing == BK_DRAW_TREE) {
        return work->tree[1];
    }
    double sum = 0.0;
    for (int32_t r = 0; r < work->system->n_rates; r++) {
        sum += (double)work->n_paced[r] * work->pace[r];
    }
    return sum;
}

static int32_t in_sets(const bk_logic_work *w, double u)
{
    const int32_t n = w->system->n_rates;
    int32_t last = 0;
    for (int32_t r = 0; r < n; r++) {
        if (w->n_paced[r] == 0 || !(w->pace[r] > 0.0)) {
            continue;
        }
        last = r;
        const double part = (double)w->n_paced[r] * w->pace[r];
        if (u < part) {
            break;
        }
        u -= part;
    }
    /* Rounding may lead past the last of a set or of all. */
    const int32_t k = (int32_t)(u / w->pace[last]);
    const int32_t most = w->n_paced[last] - 1;
    const size_t first = (size_t)last * (size_t)w->words;
    return bk_rates_nth(w->sets + first, w->set_counts + first, k < most ? k : most);
}

static int32_t in_tree(const bk_logic_work *w, double u)
{
    int32_t i = 1;
    while (i < w->n_leaves) {
        i *= 2;
        /* Rounding must never lead to a branch where nothing can happen. */
        if (u >= w->tree[i] && w->tree[i + 1] > 0.0) {
            u -= w->tree[i];
            i++;
        }
    }
    return i - w->n_leaves;
}

int32_t bk_rates_at(const bk_logic_work *work, double u)
{
    if (work->drawing == BK_DRAW_SETS) {
        return in_sets(work, u);
    }
    if (work->drawing == BK_DRAW_TREE) {
        return in_tree(work, u);
    }
    const int32_t k = (int32_t)(u / work->pace[0]);
    return bk_rates_enabled(work, k < work->n_enabled ? k : work->n_enabled - 1);
}

double bk_rates_entropy(const bk_logic_work *work)
{
    if (work->drawing == BK_DRAW_EVEN) {
        return work->n_told[0] > 1 && work->pace[0] > 0.0 ? log2(work->n_told[0]) : 0.0;
    }
    double sum = 0.0;
    double weighted = 0.0;
    if (work->drawing == BK_DRAW_SETS) {
        for (int32_t r = 0; r < work->system->n_rates; r++) {
            const double rate = work->pace[r];
            if (work->n_told[r] > 0 && rate > 0.0) {
                sum += work->n_told[r] * rate;
                weighted += work->n_told[r] * rate * log2(rate);
            }
        }
    } else {
        for (int32_t x = 0; x < work->system->n; x++) {
            const double rate = work->tree[work->n_leaves + x];
            if (work->told[x] != 0 && rate > 0.0) {
                sum += rate;
                weighted += rate * log2(rate);
            }
        }
    }
    const double entropy = sum > 0.0 ? log2(sum) - weighted / sum : 0.0;
    return entropy > 0.0 ? entropy : 0.0;
}
