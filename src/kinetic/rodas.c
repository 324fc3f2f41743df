/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The transformed stages U of Hairer and Wanner (1996), sec. IV.7:
 *
 *     (M/(h gamma) - J) U_i = f(t + alpha_i h, y + sum a_ij U_j)
 *                             + M sum c_ij/h U_j + h d_i df/dt
 *
 * y1 is the argument of the last stage plus U_s, and U_s is the error estimate. */

bk_status bk_rodas_new(const bk_rodas_problem *problem, const bk_rodas_method *method,
                       bk_rodas **rodas)
{
    const size_t n = (size_t)problem->n;
    const size_t nonzero = n == 0 ? 0 : (size_t)problem->starts[n];
    bk_rodas *made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->problem = *problem;
    made->method = method;
    made->combine = bk_combine_pick();
    const size_t stages = (size_t)method->stages;
    const size_t vectors = 18 + stages + (size_t)method->dense;
    made->memory = bk_alloc_zero(vectors * n + 2 * nonzero + 1, sizeof(double));
    made->diagonal = bk_alloc((n + 1) * sizeof *made->diagonal);
    bk_status status =
        made->memory == NULL || made->diagonal == NULL
            ? BK_NO_MEMORY
            : bk_sparse_lu_new(problem->n, problem->starts, problem->rows, &made->lu);
    if (status != BK_OK) {
        bk_rodas_free(made);
        return status;
    }
    double *next = made->memory;
    double **const parts[] = {
        &made->y,       &made->y_old,   &made->f,        &made->f_old, &made->scale,
        &made->largest, &made->stage_y, &made->trial,    &made->dfdt,  &made->spare,
        &made->end,     &made->gone,    &made->estimate, &made->mode,  &made->scaled,
        &made->shared,  &made->end_f,   &made->crossed};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = next;
        next += n;
    }
    made->stages = next;
    made->dense = made->stages + stages * n;
    made->values = made->dense + (size_t)method->dense * n;
    made->matrix = made->values + nonzero;
    for (int32_t j = 0; j < problem->n; j++) {
        for (int32_t k = problem->starts[j]; k < problem->starts[j + 1]; k++) {
            if (problem->rows[k] == j) {
                made->diagonal[j] = k;
            }
        }
    }
    *rodas = made;
    return BK_OK;
}

void bk_rodas_free(bk_rodas *rodas)
{
    if (rodas == NULL) {
        return;
    }
    bk_sparse_lu_free(rodas->lu);
    bk_free(rodas->memory);
    bk_free(rodas->diagonal);
    bk_free(rodas);
}

/* The right-hand side; where it has no value, once more with negative values within the
 * tolerance taken as zero, since laws with roots and powers end at zero. */
bool bk_rodas_evaluate(bk_rodas *rodas, double t, const double *y, double *dy)
{
    bk_rodas *const r = rodas;
    const int32_t n = r->problem.n;
    r->evaluations++;
    if (r->problem.rhs(r->problem.context, t, y, dy)) {
        return true;
    }
    bool changed = false;
    for (int32_t i = 0; i < n; i++) {
        const bool small = y[i] < 0.0 && -y[i] <= 10.0 * bk_rodas_weight(r, i, 0.0);
        r->spare[i] = small ? 0.0 : y[i];
        changed = changed || small;
    }
    if (!changed) {
        return false;
    }
    r->evaluations++;
    return r->problem.rhs(r->problem.context, t, r->spare, dy);
}

const double *bk_rodas_derivative(bk_rodas *rodas)
{
    if (!rodas->has_f) {
        rodas->has_f = bk_rodas_evaluate(rodas, rodas->t, rodas->y, rodas->f);
    }
    return rodas->has_f ? rodas->f : NULL;
}

void bk_rodas_restart(bk_rodas *rodas)
{
    rodas->has_f = rodas->has_jacobian = false;
    rodas->pace.first = true;
    rodas->choice.interval = 0;
}

static double first_step(bk_rodas *r, double span)
{
    double fastest = 0.0;
    const double *const f = bk_rodas_derivative(r);
    for (int32_t i = 0; f != NULL && i < r->problem.n; i++) {
        const double size = fabs(r->y[i]) + (r->atol > 0.0 ? r->atol / r->rtol : 0.0);
        const double rate = size > 0.0 ? fabs(f[i]) / size : 0.0;
        fastest = rate > fastest ? rate : fastest;
    }
    return bk_rodas_first_step(fastest, span);
}

/* The last step, from y_old to y. */
static void go(bk_rodas *r)
{
    double most = 0.0;
    for (int32_t i = 0; i < r->problem.n; i++) {
        r->gone[i] += fabs(r->y[i] - r->y_old[i]);
        if (r->gone[i] > most * r->scale[i]) { /* its size is no less */
            const double travel = r->gone[i] / bk_rodas_size_of(r, i);
            most = travel > most ? travel : most;
        }
    }
    r->travel = most;
}

void bk_rodas_start(bk_rodas *rodas, double t, const double *y, double rtol,
                    double atol, double span)
{
    const size_t n = (size_t)rodas->problem.n;
    rodas->t = rodas->t_old = t;
    rodas->rtol = rtol;
    rodas->atol = atol;
    rodas->floor = 0.0;
    rodas->steps = rodas->rejected = rodas->evaluations = rodas->jacobians =
        rodas->factorisations = 0;
    rodas->travel = 0.0;
    rodas->span = span;
    rodas->singular = 0;
    rodas->pace.after_reject = rodas->jumped = rodas->in_passing = false;
    rodas->choice = (bk_rodas_choice){0};
    rodas->worst = 0;
    bk_rodas_restart(rodas);
    bk_sparse_lu_forget(rodas->lu); /* a run in a used workspace is that in a new one */
    if (n > 0) {
        memcpy(rodas->y, y, n * sizeof *y);
        memcpy(rodas->y_old, y, n * sizeof *y);
    }
    for (size_t i = 0; i < n; i++) {
        rodas->scale[i] = rodas->largest[i] = rodas->shared[i] = rodas->gone[i] = 0.0;
        rodas->crossed[i] = y[i] < 0.0 ? 1.0 : 0.0;
    }
    bk_rodas_grow_scales(rodas);
    rodas->h = first_step(rodas, span);
}

static void clear_nonfinite(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            values[i] = 0.0;
        }
    }
}

void bk_rodas_evaluate_jacobian(bk_rodas *rodas)
{
    bk_rodas *const r = rodas;
    const size_t n = (size_t)r->problem.n;
    if (!r->problem.jacobian(r->problem.context, r->t, r->y, r->values, r->dfdt)) {
        clear_nonfinite(r->values, n == 0 ? 0 : (size_t)r->problem.starts[n]);
        clear_nonfinite(r->dfdt, n);
    }
    r->jacobians++;
    r->has_jacobian = true;
}

bool bk_rodas_factor(bk_rodas *r, double shift, const double *values, bk_sparse_lu *lu)
{
    const int32_t n = r->problem.n;
    const int32_t nonzero = n == 0 ? 0 : r->problem.starts[n];
    for (int32_t k = 0; k < nonzero; k++) {
        r->matrix[k] = -values[k];
    }
    for (int32_t i = 0; i < n; i++) {
        r->matrix[r->diagonal[i]] +=
            r->problem.mass == NULL ? shift : shift * r->problem.mass[i];
    }
    bk_rodas_sizes(r, r->trial);
    return bk_sparse_lu_factor(lu, r->matrix, r->trial) == BK_OK &&
           !bk_sparse_lu_is_lost(lu, r->matrix);
}

bool bk_rodas_onward(const bk_rodas_method *method, int i)
{
    return i > 1 && i < BK_RODAS_MOST_STAGES && method->a[i][i - 1] == 1.0 &&
           memcmp(method->a[i], method->a[i - 1], (size_t)(i - 1) * sizeof(double)) ==
               0;
}

/* Right-hand side of stage i into its U, the argument into stage_y. */
static bool stage(bk_rodas *r, int i, double t, const double *y, const double *f,
                  double h)
{
    const bk_rodas_method *const m = r->method;
    const size_t n = (size_t)r->problem.n;
    double *const u = r->stages + (size_t)i * n;
    if (i == 0) {
        memcpy(u, f, n * sizeof *u);
    } else {
        const int first = bk_rodas_onward(m, i) ? i - 1 : 0;
        r->combine(r->stage_y, first > 0 ? r->stage_y : y,
                   r->stages + (size_t)first * n, n, m->a[i] + first, i - first);
        if (!bk_rodas_evaluate(r, t + m->alpha[i] * h, r->stage_y, u)) {
            return false;
        }
    }
    double scaled[BK_RODAS_MOST_STAGES];
    for (int j = 0; j < i; j++) {
        scaled[j] = m->c[i][j] / h;
    }
    if (r->problem.mass == NULL) {
        r->combine(u, u, r->stages, n, scaled, i);
    } else if (i > 0) {
        memset(r->trial, 0, n * sizeof *r->trial);
        r->combine(r->trial, r->trial, r->stages, n, scaled, i);
        for (size_t k = 0; k < n; k++) {
            u[k] += r->problem.mass[k] * r->trial[k];
        }
    }
    const double forward = m->d[i] * h;
    for (size_t k = 0; forward != 0.0 && k < n; k++) {
        u[k] += forward * r->dfdt[k];
    }
    bk_sparse_lu_solve(r->lu, u);
    return true;
}

/* All stages of a step from (t, y); y1 into trial. */
static bool attempt(bk_rodas *r, double t, const double *y, const double *f, double h)
{
    const int s = r->method->stages;
    const int32_t n = r->problem.n;
    r->has_dense = false;
    if (n == 0) {
        return true;
    }
    if (r->choice.explicit) {
        return bk_rodas_attempt_explicit(r, t, y, f, h);
    }
    r->factorisations++;
    if (!bk_rodas_factor(r, 1.0 / (h * r->method->gamma), r->values, r->lu)) {
        r->singular++;
        return false;
    }
    for (int i = 0; i < s; i++) {
        if (!stage(r, i, t, y, f, h)) {
            return false;
        }
    }
    const double *const last = r->stages + (size_t)(s - 1) * (size_t)n;
    for (int32_t i = 0; i < n; i++) {
        r->trial[i] = r->stage_y[i] + last[i];
    }
    r->error = r->stages + (size_t)(s - 1) * (size_t)n;
    return true;
}

/* The size that an error of component i is compared with: see bk_rodas_rule.  way: h f, how
 * far it would go at the rate that it has. */
static double reach(const bk_rodas *r, int32_t i, double size, double y, double way)
{
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const double new = size - r->scale[i];
    const double left = r->scale[i] - new;
    const double rise = new < left ? new : left;
    if (!(rise > 0.0) || r->problem.mass != NULL || r->values[r->diagonal[i]] > 0.0) {
        return size;
    }
    /* y, h y' and h^2 y'' where a third of the step is done, exact to its third order */
    const double bend = 2.0 * (r->trial[i] - y - way);
    const double slope = way + bend / 3.0;
    const double there = y + way / 3.0 + bend / 18.0;
    const double fading = 1.0 - bend * there / (slope * slope);
    const double part = fading / rule->fading - 1.0;
    return part > 0.0 ? size + rule->rise * rise * (part < 1.0 ? part : 1.0) : size;
}

/* The largest error over what is allowed, or infinity. */
static double measure(bk_rodas *r, const double *y, const double *f, double h)
{
    double most = 0.0;
    for (int32_t i = 0; i < r->problem.n; i++) {
        const double a = fabs(y[i]);
        const double b = fabs(r->trial[i]);
        const double size = a > b ? a : b;
        const double error = fabs(r->error[i]);
        if (error <= most * r->rtol * size) {
            continue; /* whatever else may be allowed */
        }
        const double ratio =
            error / bk_rodas_weight(r, i, reach(r, i, size, y[i], h * f[i]));
        if (!(ratio <= most)) {
            r->worst = i;
            if (!(ratio < (double)INFINITY)) {
                return (double)INFINITY;
            }
            most = ratio;
        }
    }
    const double share = r->choice.explicit        ? bk_explicit_default.share
                         : r->problem.mass != NULL ? bk_rodas_tolerance.implicit
                                                   : 1.0;
    return most / (share * bk_rodas_allowance(r->travel, r->rtol));
}

static void swap(double **a, double **b)
{
    double *const kept = *a;
    *a = *b;
    *b = kept;
}

static void accept(bk_rodas *r, double t)
{
    swap(&r->y, &r->y_old);
    swap(&r->f, &r->f_old);
    if (r->problem.n > 0) {
        memcpy(r->y, r->trial, (size_t)r->problem.n * sizeof *r->y);
    }
    bk_rodas_grow_scales(r);
    if (!r->in_passing) {
        go(r);
    }
    r->singular = t - r->t > 1e-6 * r->span ? 0 : r->singular;
    r->t_old = r->t;
    r->t = t;
    r->has_f = r->has_jacobian = r->jumped = false;
    if ((r->choice.explicit || r->has_end) && !r->problem.observed &&
        r->problem.n > 0) {
        const size_t n = (size_t)r->problem.n;
        const size_t last = (size_t)bk_explicit_default.stages - 1;
        memcpy(r->f, r->has_end ? r->end_f : r->stages + last * n, n * sizeof *r->f);
        r->has_f = true;
    }
    r->steps++;
}

/* Whether the matrix is singular to rounding even for steps of which no million reach the
 * end, again and again. */
static bool is_blind(bk_rodas *r, double h)
{
    if (r->singular < 100 || h > 1e-6 * r->span) {
        return false;
    }
    for (int32_t i = 0; i < r->problem.n; i++) {
        const double rate = fabs(r->values[r->diagonal[i]]);
        r->worst = rate > fabs(r->values[r->diagonal[r->worst]]) ? i : r->worst;
    }
    return true;
}

bk_rodas_result bk_rodas_step(bk_rodas *rodas, double limit)
{
    bk_rodas *const r = rodas;
    if (bk_rodas_derivative(r) == NULL) {
        return BK_RODAS_NOT_FINITE;
    }
    bk_rodas_decide(r);
    if (!r->has_jacobian && !r->choice.explicit) {
        bk_rodas_evaluate_jacobian(r);
    }
    double h = r->h;
    int strayed = 0;
    for (;;) {
        r->has_end = false;
        double t = r->t + h;
        if (r->t + 1.01 * h >= limit) {
            t = limit;
            h = limit - r->t;
        }
        if (!(t > r->t) || h < 1e-300) {
            return BK_RODAS_TOO_SMALL;
        }
        const bool tried = attempt(r, r->t, r->y, r->f, h);
        double error = tried ? measure(r, r->y, r->f, h) : (double)INFINITY;
        if (error <= 1.0 && h > r->floor && bk_rodas_strays(r, t, strayed)) {
            error = (double)INFINITY;
            strayed++;
        }
        if (error <= 1.0 || (tried && h <= r->floor && error < (double)INFINITY)) {
            const double next = bk_rodas_pace_good(&r->pace, r->method, h, error);
            /* a step cut short by the limit says little about the next */
            r->h = t == limit && next < r->h ? r->h : next;
            accept(r, t);
            return BK_RODAS_ACCEPTED;
        }
        r->rejected++;
        if (is_blind(r, h)) {
            return BK_RODAS_BLIND;
        }
        h = r->h = bk_rodas_pace_bad(&r->pace, r->method, h, error);
        if (r->floor > 0.0 && h < r->floor && tried) {
            h = r->floor;
        }
        if (r->choice.trial) {
            bk_rodas_give_up(r);
            h = r->h;
        }
    }
}

bk_rodas_result bk_rodas_retake(bk_rodas *rodas, double t)
{
    bk_rodas *const r = rodas;
    const double h = t - r->t_old;
    if (!(h > 0.0)) {
        return BK_RODAS_TOO_SMALL;
    }
    if (!attempt(r, r->t_old, r->y_old, r->f_old, h)) {
        return BK_RODAS_NOT_FINITE;
    }
    if (r->problem.n > 0) {
        memcpy(r->y, r->trial, (size_t)r->problem.n * sizeof *r->y);
    }
    r->t = t;
    r->has_f = r->has_jacobian = false;
    return BK_RODAS_ACCEPTED;
}

void bk_rodas_rewind(bk_rodas *rodas)
{
    rodas->t = rodas->t_old;
    bk_rodas_replace(rodas, rodas->y_old);
}

void bk_rodas_replace(bk_rodas *rodas, const double *y)
{
    if (rodas->problem.n > 0) {
        memcpy(rodas->y, y, (size_t)rodas->problem.n * sizeof *y);
    }
    rodas->has_f = rodas->has_jacobian = rodas->has_dense = rodas->jumped = false;
}

void bk_rodas_jump(bk_rodas *rodas, const double *y)
{
    const double *const before = rodas->y;
    for (int32_t i = 0; i < rodas->problem.n; i++) {
        const bool set = y[i] < before[i] || y[i] > before[i];
        rodas->crossed[i] = set ? (y[i] < 0.0 ? 1.0 : 0.0) : rodas->crossed[i];
    }
    if (!rodas->jumped) {
        swap(&rodas->y, &rodas->end);
    }
    if (rodas->problem.n > 0) {
        memcpy(rodas->y, y, (size_t)rodas->problem.n * sizeof *y);
    }
    bk_rodas_grow_scales(rodas);
    rodas->has_f = rodas->has_jacobian = false;
    rodas->jumped = true;
}

bool bk_rodas_attempt(bk_rodas *rodas, double h, double *y1, double *error)
{
    bk_rodas *const r = rodas;
    const size_t n = (size_t)r->problem.n;
    if (bk_rodas_derivative(r) == NULL) {
        return false;
    }
    if (!r->has_jacobian) {
        bk_rodas_evaluate_jacobian(r);
    }
    if (!attempt(r, r->t, r->y, r->f, h)) {
        return false;
    }
    if (n > 0) {
        memcpy(y1, r->trial, n * sizeof *y1);
        memcpy(error, r->error, n * sizeof *error);
    }
    return true;
}
