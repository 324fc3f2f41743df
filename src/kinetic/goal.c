/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/goal.h"

#include "base/alloc.h"
#include "kinetic/course.h"
#include "kinetic/history.h"
#include "kinetic/swing.h"

#include <math.h>
#include <string.h>

bool bk_kin_goal_new(bk_kin_goal *goal, bk_kin_work *work)
{
    const size_t n = (size_t)work->system->n + 1;
    *goal = (bk_kin_goal){.w = work, .span = 1.0};
    goal->memory = bk_alloc_zero(2 * n, sizeof(double));
    if (goal->memory == NULL || bk_kin_integrator(work) != BK_OK ||
        bk_sparse_lu_like(work->rodas->lu, &goal->lu) != BK_OK) {
        return false;
    }
    goal->y = goal->memory;
    goal->d = goal->y + n;
    return true;
}

void bk_kin_goal_free(bk_kin_goal *goal)
{
    bk_sparse_lu_free(goal->lu);
    bk_free(goal->memory);
}

double bk_kin_distance(const bk_kin_work *w, const double *a, const double *b)
{
    double most = 0.0;
    for (int32_t v = 0; v < w->system->n; v++) {
        most = fmax(most, fabs(a[v] - b[v]) / bk_kin_scale_of(w, v, b[v]));
    }
    return most;
}

double bk_kin_relative_rate(const bk_kin_work *w, const double *y, const double *f,
                            int32_t *fastest)
{
    double most = 0.0;
    for (int32_t v = 0; v < w->system->n; v++) {
        const double rate = w->mass[v] * fabs(f[v]) / bk_kin_scale_of(w, v, y[v]);
        if (rate > most) {
            most = rate;
            *fastest = v;
        }
    }
    return most;
}

static bool factor(bk_kin_goal *g, double h)
{
    double *const values = g->w->values;
    for (int32_t k = 0; k < g->w->system->n_values; k++) {
        values[k] = isfinite(values[k]) ? values[k] : 0.0; /* a root at zero */
    }
    return bk_rodas_factor(g->w->rodas, 1.0 / h, values, g->lu);
}

bool bk_kin_goal_derivative(bk_kin_goal *goal)
{
    bk_kin_work *const w = goal->w;
    for (int attempt = 0; attempt < 2; attempt++) {
        bk_kin_values(w, w->rodas->t, goal->y, w->truth, w->status);
        w->at_y = NULL;
        if (bk_kin_derivative(w, goal->d)) {
            return true;
        }
        for (int32_t v = 0; v < w->system->n; v++) {
            const bool tiny =
                goal->y[v] < 0.0 && -goal->y[v] <= 1e-6 * w->rodas->scale[v];
            goal->y[v] = tiny ? 0.0 : goal->y[v];
        }
    }
    return false;
}

bool bk_kin_goal_look(bk_kin_goal *goal, double passed)
{
    bk_kin_work *const w = goal->w;
    const int32_t n = w->system->n;
    bk_kin_approach *const approach = &goal->approach;
    bk_kin_look_begin(approach, passed, goal->span);
    while (!bk_kin_look_over(approach)) {
        if (!bk_kin_goal_derivative(goal)) {
            return false;
        }
        int32_t fastest = 0;
        goal->residual = bk_kin_relative_rate(w, goal->y, goal->d, &fastest);
        if (bk_kin_look_reached(approach) ||
            (goal->residual == 0.0 && w->block == NULL)) {
            return true;
        }
        bk_kin_jacobian_here(w);
        if (!factor(goal, approach->h)) {
            return false;
        }
        bk_sparse_lu_solve(goal->lu, goal->d);
        double change = 0.0;
        for (int32_t v = 0; v < n; v++) {
            goal->y[v] += goal->d[v];
            change = fmax(change, fabs(goal->d[v]) / bk_kin_scale_of(w, v, goal->y[v]));
        }
        if (!bk_kin_look_stepped(approach, change)) {
            return false;
        }
    }
    return approach->change <= approach->wanted;
}

void bk_kin_see_present(bk_kin_work *w, bool still)
{
    if (w->history != NULL) {
        w->history->still = still;
        w->at_y = NULL;
    }
}
