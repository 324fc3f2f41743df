/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"

#include <math.h>
#include <string.h>

/* Where fast reactions are about, first their own time is followed, by linearly implicit
 * Euler steps of growing length, so that the equilibrium is the one they lead to.  Then
 * Newton's method on the rows of the implicit variables alone, the others held, damped by
 * the natural monotonicity test (Deuflhard, Newton Methods for Nonlinear Problems): a
 * step is good when the next one, with the same matrix, is shorter. */

enum { MOST = 60, MOST_RELAXING = 400 };

bool bk_kin_residuals(bk_kin_work *w, double t, const double *y, double *to)
{
    bk_kin_block *const k = w->block;
    bk_kin_values(w, t, y, w->truth, w->status);
    w->at_y = NULL;
    const bool finite = bk_kin_derivative(w, k->whole);
    for (int32_t i = 0; i < k->n; i++) {
        to[i] = w->mass[k->list[i]] > 0.0 ? 0.0 : k->whole[k->list[i]];
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
            const int32_t i = k->rows[e];
            if (w->mass[k->list[i]] > 0.0) {
                k->matrix[e] = i == j ? 1.0 : 0.0;
                continue;
            }
            const double own = i == j && k->relaxes[i] ? rate : 0.0;
            k->matrix[e] = own - w->values[k->from[e]];
        }
    }
    return bk_sparse_lu_factor(k->lu, k->matrix, NULL);
}

double bk_kin_block_length(const bk_kin_block *k, const double *step, int32_t *longest)
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
        if (bk_kin_residuals(w, t, k->trial, k->next)) {
            bk_sparse_lu_solve(k->lu, k->next);
            if (bk_kin_block_length(k, k->next, &longest) <=
                (1.0 - 0.25 * share) * before) {
                memcpy(y, k->trial, bytes);
                return true;
            }
        }
    }
    return false;
}

/* Nothing that the fast reactions change would change their effect on a variable. */
static bool inert(const bk_kin_work *w, int32_t variable)
{
    const bk_kin_system *const s = w->system;
    for (int32_t j = 0; j < s->n; j++) {
        for (int32_t e = s->starts[j]; e < s->starts[j + 1]; e++) {
            if (s->rows[e] == variable && (s->implicit[j] || s->moiety[j]) &&
                w->values[e] != 0.0) {
                return false;
            }
        }
    }
    return true;
}

/* Which equilibria hold at (t, y), and which reactions are off. */
static bool turn_on(bk_kin_work *w, double t, const double *y)
{
    bk_kin_block *const k = w->block;
    for (int32_t i = 0; i < k->n; i++) {
        w->mass[k->list[i]] = k->relaxes[i] ? 0.0 : w->mass[k->list[i]];
    }
    bk_kin_weigh(w);
    if (!bk_kin_residuals(w, t, y, k->step)) {
        return false;
    }
    bk_kin_jacobian_here(w);
    for (int32_t i = 0; i < k->n; i++) {
        if (k->relaxes[i] && k->step[i] == 0.0 && inert(w, k->list[i])) {
            w->mass[k->list[i]] = 1.0;
        }
    }
    bk_kin_weigh(w);
    return true;
}

bool bk_kin_wakes(bk_kin_work *w)
{
    const bk_kin_block *const k = w->block;
    const bk_kin_system *const s = w->system;
    for (int32_t i = 0; i < k->n; i++) {
        const int32_t v = k->list[i];
        const double effect = w->slots[s->nodes[s->derivative_node[v]].slot];
        if (k->relaxes[i] && w->mass[v] > 0.0 && effect != 0.0) {
            return true;
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
        for (int32_t l = 0; s->fast != NULL && l < s->fast->n_links; l++) {
            const bk_kin_link *const link = &s->fast->links[l];
            if (link->of == k->list[i] && w->slots[link->slot] != 0.0) {
                const double other = y[link->moiety] / w->slots[link->slot];
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

/* A step goes with the effect of the fast reactions, and not back to an equilibrium that
 * they leave, as a long one does. */
static bool goes_along(const bk_kin_block *k, const double *effect)
{
    double sum = 0.0;
    for (int32_t i = 0; i < k->n; i++) {
        if (k->relaxes[i] && k->size[i] > 0.0) {
            sum += effect[i] / k->size[i] * (k->step[i] / k->size[i]);
        }
    }
    return sum >= 0.0;
}

/* Follows the fast reactions until nothing moves over very long steps. */
static bk_status relax(bk_kin_work *w, double t, double *y)
{
    static const double boldest = 0.2, long_enough = 1e12;
    bk_kin_block *const k = w->block;
    const size_t bytes = (size_t)w->system->n * sizeof *y;
    size_up(w, y);
    if (!bk_kin_residuals(w, t, y, k->step)) {
        return BK_NUMERICAL;
    }
    const double fastest = relaxing_length(k);
    double h = fastest > 0.0 ? 0.1 / fastest : 1.0;
    const double last = long_enough * h;
    for (int i = 0; i < MOST_RELAXING && fastest > 0.0 && h < last; i++) {
        if (!bk_kin_residuals(w, t, y, k->step)) {
            return BK_NUMERICAL;
        }
        const bk_status status = factor(w, 1.0 / h);
        if (status == BK_NO_MEMORY) {
            return status;
        }
        bool good = status == BK_OK;
        if (good) {
            memcpy(k->next, k->step, (size_t)k->n * sizeof *k->next);
            bk_sparse_lu_solve(k->lu, k->step);
            memcpy(k->trial, y, bytes);
            move(k, 1.0, k->trial);
            good = goes_along(k, k->next) && relaxing_length(k) <= boldest &&
                   bk_kin_residuals(w, t, k->trial, k->next);
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
    if (k->relaxing) {
        const bk_status status = turn_on(w, t, y) ? relax(w, t, y) : BK_NUMERICAL;
        if (status != BK_OK) {
            return status;
        }
    }
    size_up(w, y);
    for (int i = 0; i < MOST; i++) {
        if (!bk_kin_residuals(w, t, y, k->step)) {
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
        double now = bk_kin_block_length(k, k->step, culprit);
        if (now == (double)INFINITY) { /* begins at zero */
            for (int32_t j = 0; j < k->n; j++) {
                k->size[j] = fmax(k->size[j], fabs(k->step[j]));
            }
            now = bk_kin_block_length(k, k->step, culprit);
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
    return bk_kin_residuals(w, t, y, k->next) && factor(w, 0.0) == BK_OK;
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
        const int32_t v = k->list[i];
        k->step[i] = w->mass[v] > 0.0 ? dy[v] : k->whole[v];
    }
    if (regular) {
        bk_sparse_lu_solve(k->lu, k->step);
    }
    for (int32_t i = 0; i < k->n; i++) {
        dy[k->list[i]] = regular ? k->step[i] : (double)NAN;
    }
}
