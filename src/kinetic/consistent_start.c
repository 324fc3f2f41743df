/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"

#include <math.h>
#include <string.h>

/* Consistent values where a run begins.  Initial assignments may use implicit variables,
 * and then Newton's method is over the whole initial evaluation. */

enum { MOST = 60 };

/* Residuals when the initial evaluation is made with the guesses of w. */
static bool evaluate(bk_kin_work *w, const bk_settings *settings, double *y, double *to)
{
    bk_kin_block *const k = w->block;
    bk_kin_evaluate_start(w, settings, y);
    const bool finite = bk_kin_residuals(w, settings->t_start, y, to);
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
    return bk_sparse_lu_factor(k->full, k->full_matrix, NULL);
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
        const double now = bk_kin_block_length(k, k->step, culprit);
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
