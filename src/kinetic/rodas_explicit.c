/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Explicit steps, and when to take them. */

/* How many Rosenbrock steps' time explicit steps may take before one is tried, and the time
 * of choosing pivots, which the first one has to wait for too; at most, whatever the signs;
 * steps between looks at the Jacobian, fewer where its radius changes; the h |lambda|
 * from which stiffness may hold explicit steps up, since their error estimates grow with its
 * fourth power long before they are unstable; the share of the limit that is used, since
 * the radius may be a little more than what is found. */
static const double worth_a_trial = 2.0;
static const double worth_pivots = 3.0;
static const double most_worth = 50.0;
static const long least_between = 10;
static const long most_between = 40;
static const double stiff_from = 1.0;
static const double share = 0.95;

static void combine_only(const bk_rodas *r, const double *shares, double h, int count,
                         double *to)
{
    const size_t n = (size_t)r->problem.n;
    double scaled[BK_RODAS_MOST_STAGES];
    for (int j = 0; j < count; j++) {
        scaled[j] = h * shares[j];
    }
    memset(to, 0, n * sizeof *to);
    r->combine(to, to, r->stages, n, scaled, count);
}

bool bk_rodas_attempt_explicit(bk_rodas *rodas, double t, const double *y,
                               const double *f, double h)
{
    bk_rodas *const r = rodas;
    const bk_explicit_method *const m = &bk_explicit_default;
    const size_t n = (size_t)r->problem.n;
    memcpy(r->stages, f, n * sizeof *f);
    for (int i = 1; i < m->stages; i++) {
        double shares[BK_RODAS_MOST_STAGES];
        for (int j = 0; j < i; j++) {
            shares[j] = h * m->a[i][j];
        }
        r->combine(r->stage_y, y, r->stages, n, shares, i);
        if (!bk_rodas_evaluate(r, t + m->alpha[i] * h, r->stage_y,
                               r->stages + (size_t)i * n)) {
            return false;
        }
    }
    memcpy(r->trial, r->stage_y, n * sizeof *r->trial);
    combine_only(r, m->error, h, m->stages, r->estimate);
    r->error = r->estimate;
    return true;
}

/* --- the spectral radius ------------------------------------------------------------------- */

static double length_of(const bk_rodas *r, const double *vector)
{
    double square = 0.0;
    for (int32_t i = 0; i < r->problem.n; i++) {
        const double part = vector[i] / r->scaled[i];
        square += part * part;
    }
    return sqrt(square);
}

/* J times `mode` in units of the sizes, which becomes the next mode; its length. */
static double iterate(bk_rodas *r)
{
    const bk_rodas_problem *const p = &r->problem;
    double *const image = r->spare;
    memset(image, 0, (size_t)p->n * sizeof *image);
    for (int32_t j = 0; j < p->n; j++) {
        for (int32_t k = p->starts[j]; k < p->starts[j + 1]; k++) {
            image[p->rows[k]] += r->values[k] * r->mode[j];
        }
    }
    const double length = length_of(r, image);
    const bool usable = length > 1e-200 && length < 1e200;
    for (int32_t i = 0; usable && i < p->n; i++) {
        r->mode[i] = image[i] / length;
    }
    return length;
}

/* The decay of each variable, beside the mode found last, since what that has nothing of may
 * have become the fastest: it moves with the order and the units of the variables, and knows
 * none that take no part, so that steps do not depend on these. */
static void begin_mode(bk_rodas *r, double kept)
{
    double *const decay = r->spare;
    for (int32_t i = 0; i < r->problem.n; i++) {
        decay[i] = r->values[r->diagonal[i]] * r->scaled[i];
    }
    const double length = length_of(r, decay);
    const double part = length > 0.0 ? (1.0 - kept) / length : 0.0;
    for (int32_t i = 0; i < r->problem.n; i++) {
        r->mode[i] = kept * r->mode[i] + part * decay[i];
    }
}

/* By the power method; the length may go up and down where eigenvalues are complex. */
static void look(bk_rodas *r)
{
    bk_rodas_choice *const c = &r->choice;
    const int rounds = c->radius > 0.0 ? 4 : 12;
    bk_rodas_sizes(r, r->scaled);
    begin_mode(r, c->radius > 0.0 ? 0.9 : 0.0);
    double largest = 0.0;
    for (int i = 0; i < rounds; i++) {
        const double length = iterate(r);
        largest = i >= rounds - 2 ? fmax(largest, length) : 0.0;
    }
    const double before = c->radius;
    c->radius = largest;
    c->looked = r->steps;
    const bool still = fabs(c->radius - before) < 0.1 * c->radius;
    const long longer = c->interval > 0 ? 2 * c->interval : least_between;
    c->interval = !still                  ? least_between
                  : longer < most_between ? longer
                                          : most_between;
}

/* --- the choice --------------------------------------------------------------------------- */

void bk_rodas_choose(bk_rodas *rodas)
{
    bk_rodas *const r = rodas;
    const bk_rodas_problem *const p = &r->problem;
    double factor = 0.0;
    double solve = 0.0;
    bk_sparse_lu_work(r->lu, &factor, &solve);
    const int s = r->method->stages;
    const double implicit =
        p->jacobian_work + factor + s * (p->rhs_work + solve + 0.3 * s * p->n);
    const double explicit =
        (bk_explicit_default.stages - 1) * (p->rhs_work + 0.3 * 7.0 * p->n);
    r->choice =
        (bk_rodas_choice){.allowed = p->mass == NULL && p->n > 0, .radius = -1.0};
    r->choice.cost = implicit / explicit;
    r->choice.explicit = r->choice.allowed;
    /* the first trial chooses pivots as well */
    const double pivots = 8.0 * (factor - solve);
    r->choice.patience =
        (long)ceil(worth_a_trial * r->choice.cost + worth_pivots * pivots / explicit);
}

static double stable(const bk_rodas *r)
{
    const double radius = r->choice.radius;
    return radius > 0.0 ? share * bk_explicit_default.limit / radius : (double)INFINITY;
}

/* Steps this short hardly move the time, or not at all. */
static bool is_nothing(const bk_rodas *r, double h)
{
    return !(h > 1e3 * DBL_EPSILON * fabs(r->t) && h > 1e-290);
}

static void take_explicit(bk_rodas *r, double h)
{
    bk_rodas_choice *const c = &r->choice;
    c->explicit = true;
    c->trial = false;
    c->limited = 0;
    c->waited = 0.0;
    r->h = h;
    r->pace.first = true;
}

static void stay(bk_rodas *r)
{
    bk_rodas_choice *const c = &r->choice;
    c->patience = (long)ceil(worth_a_trial * c->cost);
    c->shunned = 0.0;
    c->trial = false;
    c->looked = r->steps;
    c->interval = least_between;
}

static void try_other(bk_rodas *r)
{
    bk_rodas_choice *const c = &r->choice;
    c->explicit = false;
    c->trial = true;
    c->left = fmin(r->h, stable(r));
    r->h = fmax(r->h, 2.0 * c->left);
    r->pace.first = true;
}

void bk_rodas_give_up(bk_rodas *rodas)
{
    bk_rodas_choice *const c = &rodas->choice;
    if (c->trial && is_nothing(rodas, c->left)) {
        stay(rodas);
    } else if (c->trial) {
        const double missed = c->cost * c->left / fmax(rodas->h, c->left);
        c->patience = (long)ceil(
            fmin(fmax(2.0, missed) * (double)c->patience, most_worth * c->cost));
        c->shunned = 2.0 * c->shunned + 4.0;
        take_explicit(rodas, c->left);
    }
}

static void decide_explicit(bk_rodas *r)
{
    bk_rodas_choice *const c = &r->choice;
    if (c->radius < 0.0 || r->steps - c->looked >= c->interval) {
        bk_rodas_evaluate_jacobian(r);
        look(r);
    }
    const double most = stable(r);
    c->waited++;
    c->limited = r->h * c->radius < stiff_from ? 0 : c->limited + 1;
    const bool hasty = c->waited > c->shunned && r->h > fmin(3.0, c->cost) * most;
    if (hasty || is_nothing(r, most) || c->limited > c->patience ||
        c->waited > most_worth * c->cost) {
        try_other(r);
    } else {
        r->h = fmin(r->h, most);
    }
}

static void decide_other(bk_rodas *r)
{
    bk_rodas_choice *const c = &r->choice;
    if (c->trial && r->h > 5.0 * r->pace.h_old) {
        return; /* it may grow further */
    }
    if (c->trial) {
        if (r->h < c->cost * c->left) {
            bk_rodas_give_up(r);
        } else {
            stay(r);
        }
        return;
    }
    if (r->steps - c->looked < c->interval) {
        return;
    }
    if (!r->has_jacobian) { /* that of the last step may be from before a switch */
        bk_rodas_evaluate_jacobian(r);
    }
    look(r);
    const double h = fmin(r->h, stable(r));
    if (h * c->cost > 1.5 * r->h) {
        take_explicit(r, h);
    }
}

void bk_rodas_decide(bk_rodas *rodas)
{
    bk_rodas_choice *const c = &rodas->choice;
    if (!c->allowed) {
        return;
    }
    if (rodas->floor > 0.0) {
        c->explicit = c->trial = false;
    } else if (c->explicit) {
        decide_explicit(rodas);
    } else {
        decide_other(rodas);
    }
}
