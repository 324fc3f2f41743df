/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Where fast reactions are about, first their own time is followed, by linearly implicit
 * Euler steps of growing length, so that the equilibrium is the one they lead to.  Then
 * Newton's method on the rows of the implicit variables alone, the others held, damped by
 * the natural monotonicity test (Deuflhard 2011, Newton Methods for Nonlinear Problems,
 * sec. 3.3): a step is good when the next one, with the same matrix, is shorter. */

enum { MOST = 60, MOST_RELAXING = 400 };

struct bk_kin_block {
    int32_t n;
    int32_t *list;                 /* [n] variables */
    bool *relaxes;                 /* [n] its row says how fast reactions change it */
    bool relaxing;                 /* one of them does */
    int32_t *starts, *rows, *from; /* the block's pattern; entries of the Jacobian */
    bk_sparse_lu *lu, *full;
    int32_t *full_starts,
        *full_rows;               /* all n * n, where initial values depend on them */
    double *matrix, *full_matrix; /* in their patterns */
    double *step, *next, *size, *trial, *whole; /* whole, trial: all variables */
};

static bool block_pattern(bk_kin_block *k, const bk_kin_system *s)
{
    int32_t *const place = bk_alloc(((size_t)s->n + 1) * sizeof *place);
    const size_t entries = (size_t)s->n_values + 1;
    k->starts = bk_alloc_zero((size_t)k->n + 1, sizeof *k->starts);
    k->rows = bk_alloc(entries * sizeof *k->rows);
    k->from = bk_alloc(entries * sizeof *k->from);
    if (place == NULL || k->starts == NULL || k->rows == NULL || k->from == NULL) {
        bk_free(place);
        return false;
    }
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        place[v] = s->implicit[v] ? i++ : -1;
    }
    int32_t entry = 0;
    for (int32_t j = 0; j < k->n; j++) {
        const int32_t column = k->list[j];
        for (int32_t e = s->starts[column]; e < s->starts[column + 1]; e++) {
            if (place[s->rows[e]] >= 0) {
                k->rows[entry] = place[s->rows[e]];
                k->from[entry++] = e;
            }
        }
        k->starts[j + 1] = entry;
    }
    bk_free(place);
    return true;
}

static bool full_pattern(bk_kin_block *k)
{
    const size_t n = (size_t)k->n;
    k->full_starts = bk_alloc((n + 1) * sizeof *k->full_starts);
    k->full_rows = bk_alloc(n * n * sizeof *k->full_rows);
    k->full_matrix = bk_alloc(n * n * sizeof *k->full_matrix);
    if (k->full_starts == NULL || k->full_rows == NULL || k->full_matrix == NULL) {
        return false;
    }
    for (int32_t j = 0; j <= k->n; j++) {
        k->full_starts[j] = j * k->n;
    }
    for (int32_t e = 0; e < k->n * k->n; e++) {
        k->full_rows[e] = e % k->n;
    }
    return bk_sparse_lu_new(k->n, k->full_starts, k->full_rows, &k->full) == BK_OK;
}

bool bk_kin_block_new(const bk_kin_system *s, bk_kin_block **block)
{
    bk_kin_block *const k = bk_alloc_zero(1, sizeof *k);
    if (k == NULL) {
        return false;
    }
    *block = k;
    k->n = s->n_implicit;
    k->list = bk_alloc((size_t)k->n * sizeof *k->list);
    k->relaxes = bk_alloc_zero((size_t)k->n, sizeof *k->relaxes);
    double *const memory =
        bk_alloc_zero(3 * (size_t)k->n + 2 * (size_t)s->n, sizeof *memory);
    k->step = memory;
    if (k->list == NULL || k->relaxes == NULL || memory == NULL) {
        return false;
    }
    k->next = memory + k->n;
    k->size = k->next + k->n;
    k->trial = k->size + k->n;
    k->whole = k->trial + s->n;
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        if (s->implicit[v]) {
            k->relaxes[i] =
                s->fast != NULL && s->fast[s->variable[v]] == BK_KIN_FAST_SPECIES;
            k->relaxing = k->relaxing || k->relaxes[i];
            k->list[i++] = v;
        }
    }
    if (!block_pattern(k, s) || (s->initials_implicit && !full_pattern(k))) {
        return false;
    }
    k->matrix = bk_alloc(((size_t)k->starts[k->n] + 1) * sizeof *k->matrix);
    return k->matrix != NULL &&
           bk_sparse_lu_new(k->n, k->starts, k->rows, &k->lu) == BK_OK;
}

void bk_kin_block_free(bk_kin_block *block)
{
    if (block == NULL) {
        return;
    }
    bk_sparse_lu_free(block->lu);
    bk_sparse_lu_free(block->full);
    void *const arrays[] = {block->list,   block->starts,      block->rows,
                            block->from,   block->full_starts, block->full_rows,
                            block->matrix, block->full_matrix, block->step,
                            block->relaxes};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(block);
}

/* --- at any time -------------------------------------------------------------------------- */

/* Residuals at (t, y); false: not finite. */
static bool residuals(bk_kin_work *w, double t, const double *y, double *to)
{
    bk_kin_block *const k = w->block;
    bk_kin_values(w, t, y, w->truth, w->status);
    w->at_y = NULL;
    const bool finite = bk_kin_derivative(w, k->whole);
    for (int32_t i = 0; i < k->n; i++) {
        to[i] = k->whole[k->list[i]];
    }
    return finite;
}

/* From the values at hand; rate: one over the length of a step of what relaxes. */
static bk_status factor(bk_kin_work *w, double rate)
{
    bk_kin_block *const k = w->block;
    bk_kin_jacobian_here(w);
    for (int32_t j = 0; j < k->n; j++) {
        for (int32_t e = k->starts[j]; e < k->starts[j + 1]; e++) {
            const bool held = w->mass[k->list[j]] > 0.0;
            const double own = held ? 1.0 : k->relaxes[j] ? rate : 0.0;
            k->matrix[e] = (k->rows[e] == j ? own : 0.0) - w->values[k->from[e]];
        }
    }
    return bk_sparse_lu_factor(k->lu, k->matrix);
}

/* The longest component over what it is compared with. */
static double length(const bk_kin_block *k, const double *step, int32_t *longest)
{
    double most = 0.0;
    for (int32_t i = 0; i < k->n; i++) {
        const double part = k->size[i] > 0.0 ? fabs(step[i]) / k->size[i]
                            : step[i] != 0.0 ? (double)INFINITY
                                             : 0.0;
        if (!(part <= most)) {
            most = part;
            *longest = k->list[i];
        }
    }
    return most;
}

static void grow_sizes(bk_kin_block *k, const double *y)
{
    for (int32_t i = 0; i < k->n; i++) {
        k->size[i] = fmax(k->size[i], fabs(y[k->list[i]]));
    }
}

static void move(const bk_kin_block *k, double by, double *y)
{
    for (int32_t i = 0; i < k->n; i++) {
        y[k->list[i]] += by * k->step[i];
    }
}

/* One damped step of y along k->step; false: none is short enough to help. */
static bool damped(bk_kin_work *w, double t, double *y, double before)
{
    bk_kin_block *const k = w->block;
    const size_t bytes = (size_t)w->system->n * sizeof *y;
    int32_t longest = 0;
    for (double share = 1.0; share > 1e-8; share *= 0.5) {
        memcpy(k->trial, y, bytes);
        move(k, share, k->trial);
        if (residuals(w, t, k->trial, k->next)) {
            bk_sparse_lu_solve(k->lu, k->next);
            if (length(k, k->next, &longest) <= (1.0 - 0.25 * share) * before) {
                memcpy(y, k->trial, bytes);
                return true;
            }
        }
    }
    return false;
}

/* What relaxes is compared with all that it may become. */
static void size_up(bk_kin_work *w, const double *y)
{
    const bk_kin_system *const s = w->system;
    bk_kin_block *const k = w->block;
    for (int32_t i = 0; i < k->n; i++) {
        k->size[i] = fabs(y[k->list[i]]);
        for (int32_t l = 0; l < s->n_links; l++) {
            if (s->links[l].of == k->list[i]) {
                const double other = y[s->links[l].moiety] / s->links[l].number;
                k->size[i] = fmax(k->size[i], fabs(other));
            }
        }
    }
}

static double relaxing_length(const bk_kin_block *k)
{
    double most = 0.0;
    for (int32_t i = 0; i < k->n; i++) {
        if (k->relaxes[i] && k->step[i] != 0.0) {
            most = fmax(most, fabs(k->step[i]) / k->size[i]);
        }
    }
    return most;
}

/* Follows the fast reactions until nothing moves over very long steps. */
static bk_status relax(bk_kin_work *w, double t, double *y)
{
    static const double boldest = 0.2, long_enough = 1e12;
    bk_kin_block *const k = w->block;
    const size_t bytes = (size_t)w->system->n * sizeof *y;
    size_up(w, y);
    if (!residuals(w, t, y, k->step)) {
        return BK_NUMERICAL;
    }
    const double fastest = relaxing_length(k);
    double h = fastest > 0.0 ? 0.1 / fastest : 1.0;
    const double last = long_enough * h;
    for (int i = 0; i < MOST_RELAXING && fastest > 0.0 && h < last; i++) {
        if (!residuals(w, t, y, k->step)) {
            return BK_NUMERICAL;
        }
        const bk_status status = factor(w, 1.0 / h);
        if (status == BK_NO_MEMORY) {
            return status;
        }
        bool good = status == BK_OK;
        if (good) {
            bk_sparse_lu_solve(k->lu, k->step);
            memcpy(k->trial, y, bytes);
            move(k, 1.0, k->trial);
            good = relaxing_length(k) <= boldest && residuals(w, t, k->trial, k->next);
        }
        if (good) {
            memcpy(y, k->trial, bytes);
            grow_sizes(k, y);
        }
        h *= good ? 3.0 : 0.2;
    }
    return BK_OK;
}

bk_status bk_kin_consistent(bk_kin_work *w, double t, double *y, int32_t *culprit)
{
    static const double small = 1e-13, rounding = 1e-9;
    bk_kin_block *const k = w->block;
    double last = (double)INFINITY;
    *culprit = k->list[0];
    const bk_status relaxed = k->relaxing ? relax(w, t, y) : BK_OK;
    if (relaxed != BK_OK) {
        return relaxed;
    }
    size_up(w, y);
    for (int i = 0; i < MOST; i++) {
        if (!residuals(w, t, y, k->step)) {
            return BK_NUMERICAL;
        }
        bool solved = true;
        for (int32_t j = 0; j < k->n; j++) {
            if (k->step[j] != 0.0) {
                *culprit = solved ? k->list[j] : *culprit;
                solved = false;
            }
        }
        if (solved) {
            return BK_OK;
        }
        const bk_status status = factor(w, 0.0);
        if (status != BK_OK) {
            return status;
        }
        bk_sparse_lu_solve(k->lu, k->step);
        grow_sizes(k, y);
        double now = length(k, k->step, culprit);
        if (now == (double)INFINITY) { /* begins at zero */
            for (int32_t j = 0; j < k->n; j++) {
                k->size[j] = fmax(k->size[j], fabs(k->step[j]));
            }
            now = length(k, k->step, culprit);
        }
        if (!(now < (double)INFINITY)) {
            return BK_NUMERICAL;
        }
        if (now <= small || (now <= rounding && now >= 0.5 * last)) {
            move(k, 1.0, y);
            return BK_OK;
        }
        last = now;
        if (!damped(w, t, y, now)) {
            return now <= rounding ? BK_OK : BK_NUMERICAL;
        }
    }
    return BK_NUMERICAL;
}

bool bk_kin_determined(bk_kin_work *w, double t, const double *y)
{
    bk_kin_block *const k = w->block;
    return residuals(w, t, y, k->next) && factor(w, 0.0) == BK_OK;
}

void bk_kin_implicit_rates(bk_kin_work *w, double *dy)
{
    const bk_kin_system *const s = w->system;
    bk_kin_block *const k = w->block;
    memcpy(k->whole, w->values + s->n_values, (size_t)s->n * sizeof *k->whole);
    for (int32_t j = 0; j < s->n; j++) {
        for (int32_t e = s->starts[j]; !s->implicit[j] && e < s->starts[j + 1]; e++) {
            k->whole[s->rows[e]] += w->values[e] * dy[j];
        }
    }
    const bool regular = factor(w, 0.0) == BK_OK;
    for (int32_t i = 0; i < k->n; i++) {
        k->step[i] = k->whole[k->list[i]];
    }
    if (regular) {
        bk_sparse_lu_solve(k->lu, k->step);
    }
    for (int32_t i = 0; i < k->n; i++) {
        dy[k->list[i]] = regular ? k->step[i] : (double)NAN;
    }
}

/* --- at the start --------------------------------------------------------------------------- */

/* Residuals when the initial evaluation is made with the guesses of w. */
static bool evaluate(bk_kin_work *w, const bk_settings *settings, double *y, double *to)
{
    bk_kin_block *const k = w->block;
    bk_kin_evaluate_start(w, settings, y);
    const bool finite = residuals(w, settings->t_start, y, to);
    for (int32_t i = 0; i < k->n; i++) {
        to[i] = k->relaxes[i] ? 0.0 : to[i];
    }
    return finite;
}

/* Difference quotients of the whole initial evaluation. */
static bk_status factor_full(bk_kin_work *w, const bk_settings *settings, double *y,
                             const double *residual)
{
    bk_kin_block *const k = w->block;
    for (int32_t j = 0; j < k->n; j++) {
        const double z = w->guesses[j];
        const double shift = 1e-7 * fmax(fabs(z), k->size[j] > 0.0 ? k->size[j] : 1.0);
        w->guesses[j] = z + shift;
        const bool finite = evaluate(w, settings, y, k->next);
        for (int32_t i = 0; i < k->n; i++) {
            const double slope = (k->next[i] - residual[i]) / (w->guesses[j] - z);
            k->full_matrix[j * k->n + i] = k->relaxes[i] ? 0.0 : -slope;
        }
        /* what is held, or finds its equilibrium later, stays */
        k->full_matrix[j * k->n + j] +=
            w->mass[k->list[j]] + (k->relaxes[j] ? 1.0 : 0.0);
        w->guesses[j] = z;
        if (!finite) {
            return BK_NUMERICAL;
        }
    }
    return bk_sparse_lu_factor(k->full, k->full_matrix);
}

/* Newton's method over the initial evaluation, where its laws use implicit variables. */
static bk_status iterate_start(bk_kin_work *w, const bk_settings *settings, double *y,
                               int32_t *culprit)
{
    bk_kin_block *const k = w->block;
    double *const residual = k->trial; /* free here */
    *culprit = k->list[0];
    for (int i = 0; i < MOST; i++) {
        if (!evaluate(w, settings, y, residual)) {
            return BK_NUMERICAL;
        }
        for (int32_t j = 0; j < k->n; j++) {
            k->size[j] = fmax(i == 0 ? 0.0 : k->size[j], fabs(w->guesses[j]));
        }
        const bk_status status = factor_full(w, settings, y, residual);
        if (status != BK_OK) {
            return status;
        }
        memcpy(k->step, residual, (size_t)k->n * sizeof *residual);
        bk_sparse_lu_solve(k->full, k->step);
        const double now = length(k, k->step, culprit);
        if (isnan(now)) {
            return BK_NUMERICAL;
        }
        double worst = 0.0;
        for (int32_t j = 0; j < k->n; j++) {
            w->guesses[j] += k->step[j];
            worst = fmax(worst, fabs(k->step[j]) / fmax(k->size[j], 1e-300));
        }
        if (worst <= 1e-14 || now == 0.0) {
            bk_kin_evaluate_start(w, settings, y);
            return BK_OK;
        }
    }
    return BK_NUMERICAL;
}

bk_status bk_kin_consistent_start(bk_kin_work *w, const bk_settings *settings,
                                  double *y, int32_t *culprit)
{
    const bk_kin_system *const s = w->system;
    bk_kin_block *const k = w->block;
    bool missing = false;
    for (int32_t i = 0; i < k->n; i++) {
        const double z = w->initial_slots[s->variable[k->list[i]]];
        w->guesses[i] = isfinite(z) ? z : 1.0;
        missing = missing || !isfinite(z);
    }
    w->guessing = true;
    if (missing) {
        bk_kin_evaluate_start(w, settings, y);
    }
    bk_status status = BK_OK;
    if (s->initials_implicit && settings->state == NULL) {
        status = iterate_start(w, settings, y, culprit);
    }
    w->guessing = false;
    return status != BK_OK ? status
                           : bk_kin_consistent(w, settings->t_start, y, culprit);
}
