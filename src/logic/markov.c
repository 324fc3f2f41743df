/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bk_markov_settings bk_markov_defaults(const bk_model *model)
{
    const bk_run_wishes *const wishes = bk_model_wishes(model);
    return (bk_markov_settings){.end = wishes->end > 0.0 ? wishes->end : 10.0,
                                .tick = wishes->tick,
                                .discrete = wishes->discrete,
                                .runs = wishes->runs,
                                .seed = wishes->seeded ? wishes->seed : 1,
                                .threads = wishes->threads};
}

static bk_status refuse(bk_diag *diag, const char *what)
{
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "settings", "%s", what);
    return BK_MISUSE;
}

static bk_status check(const bk_system *system, const bk_markov_settings *s,
                       bk_diag *diag)
{
    if (system->engine != &bk_engine_ctmc) {
        return refuse(diag, "the system must be one of the engine ctmc");
    }
    if (!(s->end > 0.0 && s->end < 1e300)) {
        return refuse(diag, "the end of the time must be above 0");
    }
    if (!(s->tick >= 0.0) || (s->tick > 0.0 && s->end / s->tick > 1e6)) {
        return refuse(diag,
                      "the tick must be above 0, and there are at most a million");
    }
    if (s->runs < 0 || s->runs > 1000000000 || s->max_states < 0 || s->threads < 0 ||
        !(s->precision >= 0.0)) {
        return refuse(diag, "numbers of runs (at most 1e9), states and threads and the "
                            "precision must not be negative");
    }
    for (int32_t i = 0; s->levels != NULL && i < s->n_levels; i++) {
        const int32_t symbol = s->levels[i];
        const bool level = symbol >= 0 && symbol < system->model->n_symbols &&
                           system->model->symbols[symbol].kind == BK_LEVEL;
        bool twice = false;
        for (int32_t k = 0; k < i; k++) {
            twice = twice || s->levels[k] == symbol;
        }
        if (!level || twice) {
            return refuse(diag, "what is shown must be levels, each once");
        }
    }
    return BK_OK;
}

/* The nodes to be shown; their number. */
static int32_t choose_shown(const bk_logic_system *s,
                            const bk_markov_settings *settings, int32_t *nodes)
{
    int32_t n = 0;
    for (int32_t i = 0; settings->levels != NULL && i < settings->n_levels; i++) {
        nodes[n++] = s->node[settings->levels[i]];
    }
    for (int round = 0; round < 2 && settings->levels == NULL && n == 0; round++) {
        for (int32_t x = 0; x < s->n; x++) {
            if (round == 1 || !s->head.model->symbols[s->symbol[x]].internal) {
                nodes[n++] = x;
            }
        }
    }
    return n;
}

static bk_status choose_levels(bk_markov *m, const bk_logic_system *s,
                               const bk_markov_settings *settings)
{
    int32_t *const nodes = bk_alloc(((size_t)s->n + 1) * sizeof *nodes);
    if (nodes == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status =
        bk_packing_new(&m->shown, s, nodes, choose_shown(s, settings, nodes));
    for (int32_t x = 0; x < s->n; x++) {
        nodes[x] = x;
    }
    if (status == BK_OK) {
        status = bk_packing_new(&m->all, s, nodes, s->n);
    }
    m->symbols = bk_alloc(((size_t)s->n + 1) * sizeof *m->symbols);
    if (m->symbols != NULL) {
        memcpy(m->symbols, s->symbol, (size_t)s->n * sizeof *m->symbols);
    }
    bk_free(nodes);
    return m->symbols == NULL ? BK_NO_MEMORY : status;
}

bk_status bk_markov_run(const bk_system *system, const bk_overlay *overlay,
                        const bk_markov_settings *settings, bk_diag *diag,
                        bk_markov **markov)
{
    bk_status status = check(system, settings, diag);
    if (status != BK_OK) {
        return status;
    }
    const bk_logic_system *const s = (const bk_logic_system *)system;
    bk_markov *const m = bk_alloc_zero(1, sizeof *m);
    if (m == NULL) {
        return BK_NO_MEMORY;
    }
    m->model = system->model;
    m->end = settings->end;
    m->tick = settings->tick > 0.0 ? settings->tick : settings->end / 100.0;
    /* 10 / 0.1 must be 100 windows and not 101. */
    m->windows = (size_t)fmax(1.0, ceil(m->end / m->tick * (1.0 - 1e-12)));
    m->exact = settings->exact;
    status = choose_levels(m, s, settings);
    if (status == BK_OK) {
        status = m->exact ? bk_markov_solve(m, s, overlay, settings, diag)
                          : bk_markov_draw(m, s, overlay, settings, diag);
    }
    if (status == BK_OK) {
        status = bk_markov_sort(m);
    }
    if (status != BK_OK) {
        bk_markov_free(m);
        return status;
    }
    *markov = m;
    return BK_OK;
}

static void clear_answer(bk_markov *markov)
{
    bk_free(markov->keys);
    bk_free(markov->part);
    bk_free(markov->th);
    bk_free(markov->fixed_keys);
    bk_free(markov->fixed_part);
    markov->keys = markov->fixed_keys = NULL;
    markov->part = markov->th = markov->fixed_part = NULL;
}

void bk_markov_free(bk_markov *markov)
{
    if (markov != NULL) {
        clear_answer(markov);
        bk_packing_free(&markov->shown);
        bk_packing_free(&markov->all);
        bk_free(markov->symbols);
        bk_free(markov);
    }
}

bk_status bk_markov_make(bk_markov *markov, size_t states, size_t fixed)
{
    clear_answer(markov);
    markov->states = states;
    markov->n_fixed = fixed;
    const size_t cells = markov->windows * states;
    markov->keys =
        bk_alloc_zero(states * (size_t)markov->shown.words + 1, sizeof *markov->keys);
    markov->part = bk_alloc_zero(2 * cells + 1, sizeof *markov->part);
    markov->th = bk_alloc_zero(2 * markov->windows + 1, sizeof *markov->th);
    markov->fixed_keys = bk_alloc_zero(fixed * (size_t)markov->all.words + 1,
                                       sizeof *markov->fixed_keys);
    markov->fixed_part = bk_alloc_zero(fixed + 1, sizeof *markov->fixed_part);
    if (markov->keys == NULL || markov->part == NULL || markov->th == NULL ||
        markov->fixed_keys == NULL || markov->fixed_part == NULL) {
        clear_answer(markov);
        return BK_NO_MEMORY;
    }
    markov->error = markov->part + cells;
    markov->th_error = markov->th + markov->windows;
    return BK_OK;
}

/* The standard error of a mean from the sum of values and of their squares. */
static double error_of(double sum, double squares, double n)
{
    const double mean = sum / n;
    const double rest = squares / n - mean * mean;
    return n > 1.0 && rest > 0.0 ? sqrt(rest / (n - 1.0)) : 0.0;
}

/* Whole stays are counted where they begin and end: sums of these over the windows. */
static void close_states(bk_markov *m, const bk_tally *t, double n)
{
    double *const begun = m->error;
    for (size_t i = 0; i < t->slots; i++) {
        const bk_cell_sum *const cell = &t->cells[i];
        if (cell->key != 0) {
            const size_t window = (size_t)((cell->key - 1) >> 32);
            const size_t at = window * m->states + (uint32_t)(cell->key - 1);
            begun[at] = (double)cell->whole;
        }
    }
    for (size_t at = m->states; at < m->windows * m->states; at++) {
        begun[at] += begun[at - m->states];
    }
    for (size_t at = 0; at < m->windows * m->states; at++) {
        const double whole = begun[at];
        m->part[at] = whole / n;
        m->error[at] = error_of(whole, whole, n);
    }
    for (size_t i = 0; i < t->slots; i++) {
        const bk_cell_sum *const cell = &t->cells[i];
        if (cell->key != 0 && cell->sum > 0) {
            const size_t window = (size_t)((cell->key - 1) >> 32);
            const size_t at = window * m->states + (uint32_t)(cell->key - 1);
            const double whole = round(m->part[at] * n);
            const double sum = whole + (double)cell->sum * 0x1p-32;
            const double squares = whole + (double)cell->squares * 0x1p-24;
            m->part[at] = sum / n;
            m->error[at] = error_of(sum, squares, n);
        }
    }
}

bk_status bk_markov_close(bk_markov *markov, bk_tally *tally, long runs)
{
    const bk_status status = bk_markov_make(markov, tally->states.n, tally->fixed.n);
    if (status != BK_OK) {
        return status;
    }
    const double n = runs > 0 ? (double)runs : 1.0;
    markov->runs = runs;
    markov->moves = tally->moves;
    if (tally->states.n > 0) {
        memcpy(markov->keys, tally->states.keys,
               tally->states.n * (size_t)markov->shown.words * sizeof *markov->keys);
    }
    close_states(markov, tally, n);
    for (size_t w = 0; w < markov->windows; w++) {
        const double sum = (double)tally->th[w] * 0x1p-28;
        markov->th[w] = sum / n;
        markov->th_error[w] = error_of(sum, (double)tally->th_squares[w] * 0x1p-24, n);
    }
    for (size_t i = 0; i < tally->fixed.n; i++) {
        markov->fixed_part[i] = (double)tally->fixed_counts[i] / n;
    }
    if (tally->fixed.n > 0) {
        memcpy(markov->fixed_keys, tally->fixed.keys,
               tally->fixed.n * (size_t)markov->all.words * sizeof *markov->fixed_keys);
    }
    return BK_OK;
}

/* Sorting. */

typedef struct ranked {
    double part;
    const uint64_t *key;
    size_t words, number;
} ranked;

static int by_part(const void *a, const void *b)
{
    const ranked *const x = a;
    const ranked *const y = b;
    if (x->part < y->part || x->part > y->part) {
        return x->part > y->part ? -1 : 1;
    }
    for (size_t i = x->words; i-- > 0;) {
        if (x->key[i] != y->key[i]) {
            return x->key[i] < y->key[i] ? -1 : 1;
        }
    }
    return 0;
}

/* Rows of keys and columns of numbers into the order of `ranks`. */
static void permute(const ranked *ranks, size_t n, uint64_t *keys, uint64_t *key_copy,
                    double *numbers, size_t rows, double *copy)
{
    const size_t words = n > 0 ? ranks[0].words : 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(key_copy + i * words, ranks[i].key, words * sizeof *keys);
    }
    memcpy(keys, key_copy, n * words * sizeof *keys);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < n; i++) {
            copy[i] = numbers[row * n + ranks[i].number];
        }
        memcpy(numbers + row * n, copy, n * sizeof *copy);
    }
}

static bk_status sort_one(uint64_t *keys, size_t words, size_t n, double *numbers,
                          size_t rows, const double *by)
{
    ranked *const ranks = bk_alloc((n + 1) * sizeof *ranks);
    uint64_t *const key_copy = bk_alloc((n * words + 1) * sizeof *key_copy);
    double *const copy = bk_alloc((n + 1) * sizeof *copy);
    const bool ok = ranks != NULL && key_copy != NULL && copy != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        ranks[i] = (ranked){by[i], keys + i * words, words, i};
    }
    if (ok && n > 0) {
        qsort(ranks, n, sizeof *ranks, by_part);
        permute(ranks, n, keys, key_copy, numbers, rows, copy);
    }
    bk_free(ranks);
    bk_free(key_copy);
    bk_free(copy);
    return ok ? BK_OK : BK_NO_MEMORY;
}

bk_status bk_markov_sort(bk_markov *markov)
{
    const size_t last = (markov->windows - 1) * markov->states;
    bk_status status =
        sort_one(markov->keys, (size_t)markov->shown.words, markov->states,
                 markov->part, 2 * markov->windows, markov->part + last);
    if (status == BK_OK) {
        status = sort_one(markov->fixed_keys, (size_t)markov->all.words,
                          markov->n_fixed, markov->fixed_part, 1, markov->fixed_part);
    }
    return status;
}
