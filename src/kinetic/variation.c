/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/variation.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

bk_status bk_kin_variation_new(bk_kin_work *w, bk_kin_variation *variation)
{
    const bk_kin_system *const s = w->system;
    bk_kin_variation *const v = variation;
    *v = (bk_kin_variation){.w = w, .m = s->n_sensitive, .n = s->n, .to = s->sensitive};
    const size_t n = (size_t)s->n;
    const size_t all = (size_t)v->m * n;
    const size_t values = (size_t)s->n_values;
    const size_t kept = (size_t)bk_program_slots(s->program) + (size_t)s->n_relations;
    const struct {
        double **to;
        size_t size;
    } parts[] = {{&v->values, (size_t)v->m},
                 {&v->shift, (size_t)v->m},
                 {&v->column, (size_t)v->m},
                 {&v->s, all},
                 {&v->s_old, all},
                 {&v->largest, all},
                 {&v->at, all},
                 {&v->trial, all},
                 {&v->b, all},
                 {&v->b_slope, all},
                 {&v->stages, BK_RODAS_MOST_STAGES * all},
                 {&v->spare, n},
                 {&v->rate, n},
                 {&v->y, n},
                 {&v->slope, values},
                 {&v->kept, kept},
                 {&v->seen_y, n},
                 {&v->seen_s, all},
                 {&v->seen_at, n}};
    size_t size = 1;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size += parts[i].size;
    }
    v->memory = bk_alloc_zero(size, sizeof *v->memory);
    v->triggered = bk_alloc_zero((size_t)s->n_events + 1, sizeof *v->triggered);
    v->seen_status = bk_alloc_zero((size_t)s->n_relations + 1, 1);
    if (v->memory == NULL || v->triggered == NULL || v->seen_status == NULL) {
        return BK_NO_MEMORY;
    }
    double *next = v->memory;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].to = next;
        next += parts[i].size;
    }
    for (int32_t j = 0; j < v->m; j++) {
        v->has_b = v->has_b || s->variable_of[v->to[j]] < 0;
    }
    bk_kin_variation_watch(v);
    if (s->n_delays > 0) {
        v->has_b = true;
        const bk_status status = bk_kin_echo_new(v, &v->echo);
        if (status != BK_OK) {
            return status;
        }
    }
    const bk_status ready = bk_kin_integrator(w);
    return ready != BK_OK ? ready : bk_sparse_lu_like(w->rodas->lu, &v->lu);
}

void bk_kin_variation_free(bk_kin_variation *variation)
{
    bk_sparse_lu_free(variation->lu);
    bk_kin_echo_free(variation->echo);
    bk_free(variation->memory);
    bk_free(variation->triggered);
    bk_free(variation->seen_status);
    variation->lu = NULL;
    variation->echo = NULL;
    variation->memory = NULL;
    variation->triggered = NULL;
    variation->seen_status = NULL;
    variation->w->watch = NULL;
}

/* --- the start ---------------------------------------------------------------------------- */

/* dy(0)/dp by differences of fourth order: initial values are mostly linear in p, and
 * then exact but for rounding. */
static bk_status differ(bk_kin_variation *v, int32_t j, const bk_overlay *overlay,
                        const bk_settings *settings, bk_diag *diag)
{
    static const double steps[] = {-2.0, -1.0, 1.0, 2.0};
    static const double weights[] = {1.0 / 12.0, -8.0 / 12.0, 8.0 / 12.0, -1.0 / 12.0};
    bk_kin_work *const w = v->w;
    double *const s = v->s + (size_t)j * (size_t)v->n;
    const double size = fabs(v->values[j]);
    double *const y = v->spare;
    bk_status status = BK_OK;
    /* a power of two, so that differences of p itself are exact */
    const double h = exp2(round(log2(1e-3 * (size > 0.0 ? size : 1.0))));
    memset(s, 0, (size_t)v->n * sizeof *s);
    w->nudged = v->to[j];
    for (int k = 0; k < 4 && status == BK_OK; k++) {
        w->nudge = steps[k] * h;
        status = bk_kin_start(w, overlay, settings, diag, y);
        for (int32_t i = 0; i < v->n && status == BK_OK; i++) {
            s[i] += weights[k] * (y[i] - v->y[i]) / h;
        }
    }
    w->nudge = 0.0;
    for (int32_t i = 0; i < v->n && status == BK_OK; i++) {
        status = isfinite(s[i]) ? BK_OK : BK_NUMERICAL;
    }
    if (status == BK_NUMERICAL) {
        const bk_symbol *const symbol = &w->system->head.model->symbols[v->to[j]];
        bk_diag_add(diag, BK_ERROR, symbol->where, "sensitivity",
                    "initial values have no derivative by \"%s\" where it is %g",
                    symbol->id, v->values[j]);
    }
    return status;
}

bk_status bk_kin_variation_start(bk_kin_variation *v, const bk_overlay *overlay,
                                 const bk_settings *settings, bk_diag *diag, double *y)
{
    bk_kin_work *const w = v->w;
    const bk_kin_system *const s = w->system;
    bk_status status = bk_kin_start(w, overlay, settings, diag, y);
    if (v->n > 0) {
        memcpy(v->y, y, (size_t)v->n * sizeof *y);
    }
    for (int32_t j = 0; j < v->m && status == BK_OK; j++) {
        v->values[j] = s->variable_of[v->to[j]] < 0 ? 1.0 : w->slots[v->to[j]];
    }
    for (int32_t j = 0; j < v->m && status == BK_OK; j++) {
        if (s->variable_of[v->to[j]] >= 0) {
            status = differ(v, j, overlay, settings, diag);
        }
    }
    if (status == BK_OK) {
        status = bk_kin_start(w, overlay, settings, diag, y);
    }
    if (v->echo != NULL) {
        bk_kin_echo_start(v);
    }
    v->t = v->t_old = settings->t_start;
    v->h = 0.0;
    v->pace = (bk_rodas_pace){.first = true, .error_old = 1e-4};
    return status;
}

/* --- J and b ------------------------------------------------------------------------------ */

static void find_b(bk_kin_variation *v)
{
    const bk_kin_system *const s = v->w->system;
    const size_t n = (size_t)v->n;
    for (int32_t j = 0; j < v->m; j++) {
        double *const b = v->b + (size_t)j * n;
        for (int32_t i = 0; i < v->n; i++) {
            b[i] = 0.0;
            for (int32_t k = 0; v->echo != NULL && k < s->n_delays; k++) {
                b[i] += v->echo->by_rates[(size_t)k * n + (size_t)i] *
                        v->echo->now[k * v->m + j];
            }
        }
        for (int32_t i = 0; s->variable_of[v->to[j]] < 0 && i < v->n; i++) {
            for (int32_t k = s->term_starts[i]; k < s->term_starts[i + 1]; k++) {
                b[i] += s->terms[k].rate == v->to[j] && !bk_kin_is_held(v->w, i)
                            ? v->w->weights[k] * v->w->slots[v->to[j]]
                            : 0.0;
            }
        }
    }
}

/* Terms of J that are not finite count as zero, as 0^n ln 0 is of d(x^n)/dn; but where
 * one is infinite in the column of what does not move and is varied, there is no S. */
static void mend_values(bk_kin_variation *v)
{
    bk_kin_work *const w = v->w;
    const bk_kin_system *const s = w->system;
    for (int32_t c = 0; c < s->n; c++) {
        bool varied = false;
        for (int32_t j = 0; j < v->m; j++) {
            varied = varied || v->s[(size_t)j * (size_t)v->n + (size_t)c] != 0.0;
        }
        varied = varied && !bk_kin_moves(w, c);
        for (int32_t k = s->starts[c]; k < s->starts[c + 1]; k++) {
            v->infinite = v->infinite || (varied && isinf(w->values[k]));
            w->values[k] = isfinite(w->values[k]) ? w->values[k] : 0.0;
        }
    }
}

void bk_kin_variation_look(bk_kin_variation *v, double t, const double *y)
{
    bk_kin_work *const w = v->w;
    bk_kin_values(w, t, y, w->truth, w->status);
    w->at_y = NULL;
    v->infinite = false;
    if (v->echo != NULL) {
        bk_kin_echo_look(v, t, y);
    }
    if (!bk_kin_jacobian_here(w)) {
        mend_values(v);
    }
    if (v->has_b) {
        find_b(v);
    }
}

static void look(bk_kin_variation *v, double t)
{
    bk_rodas_dense(v->w->rodas, t, v->y);
    bk_kin_variation_look(v, t, v->y);
}

/* dJ/dt and db/dt at t from within (t, t + h), of second order; J and b stay those of t. */
static void find_slopes(bk_kin_variation *v, double t, double h)
{
    const bk_kin_system *const s = v->w->system;
    const size_t n = (size_t)s->n_values;
    const size_t all = v->has_b ? (size_t)v->m * (size_t)v->n : 0;
    const double d = 1e-4 * h;
    static const double weights[] = {-1.0, 4.0, -3.0}; /* at t + 2 d, t + d, t */
    memset(v->slope, 0, n * sizeof *v->slope);
    memset(v->b_slope, 0, all * sizeof *v->b_slope);
    for (int k = 0; k < 3; k++) {
        const double weight = weights[k] / (2.0 * d);
        look(v, t + (2 - k) * d);
        for (size_t i = 0; i < n; i++) {
            v->slope[i] += weight * v->w->values[i];
        }
        for (size_t i = 0; i < all; i++) {
            v->b_slope[i] += weight * v->b[i];
        }
    }
}

/* to += A x, A in the pattern of the Jacobian. */
static void multiply(const bk_kin_system *s, const double *a, const double *x,
                     double *restrict to)
{
    for (int32_t c = 0; c < s->n; c++) {
        for (int32_t k = s->starts[c]; x[c] != 0.0 && k < s->starts[c + 1]; k++) {
            to[s->rows[k]] += a[k] * x[c];
        }
    }
}

/* --- steps -------------------------------------------------------------------------------- */

/* Stage i of column j; J and b at hand are those of its time. */
static void stage(bk_kin_variation *v, int i, int32_t j, double h)
{
    const bk_rodas_method *const method = &bk_rodas_default;
    const size_t n = (size_t)v->n;
    const size_t all = (size_t)v->m * n;
    double *const u = v->stages + (size_t)i * all + (size_t)j * n;
    const double *const s = v->s + (size_t)j * n;
    double *const at = v->at + (size_t)j * n;
    memcpy(at, s, n * sizeof *at);
    memset(v->spare, 0, n * sizeof *v->spare);
    for (int k = 0; k < i; k++) {
        const double *const other = v->stages + (size_t)k * all + (size_t)j * n;
        for (size_t r = 0; r < n; r++) {
            at[r] += method->a[i][k] * other[r];
            v->spare[r] += method->c[i][k] / h * other[r];
        }
    }
    for (size_t r = 0; r < n; r++) {
        u[r] = v->w->mass[r] * v->spare[r];
    }
    multiply(v->w->system, v->w->values, at, u);
    const bool own =
        v->echo != NULL || (v->has_b && v->w->system->variable_of[v->to[j]] < 0);
    for (size_t r = 0; own && r < n; r++) {
        u[r] += v->b[(size_t)j * n + r];
    }
    const double forward = method->d[i] * h;
    if (forward != 0.0) {
        memset(v->spare, 0, n * sizeof *v->spare);
        multiply(v->w->system, v->slope, s, v->spare);
        for (size_t r = 0; r < n; r++) {
            u[r] +=
                forward * (v->spare[r] + (own ? v->b_slope[(size_t)j * n + r] : 0.0));
        }
    }
    bk_sparse_lu_solve(v->lu, u);
}

/* What an error of S counts against: its own scale; that of y, as bk_rodas_start says,
 * over the parameter; and a share of the largest in its column. */
static double weight(const bk_kin_variation *v, int32_t j, int32_t i, double size)
{
    const bk_rodas *const r = v->w->rodas;
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const double p = fabs(v->values[j]);
    const double of_y = fmax(r->scale[i], r->shared[i]);
    const double own = fmax(v->largest[(size_t)j * (size_t)v->n + (size_t)i],
                            rule->shared_floor * v->column[j]);
    return r->rtol *
               (size + rule->relative_floor * fmax(own, p > 0.0 ? of_y / p : 0.0)) +
           rule->least_tolerance;
}

/* A step of S from t over h into trial; its error over what is allowed. */
static double attempt(bk_kin_variation *v, double h)
{
    const bk_rodas_method *const method = &bk_rodas_default;
    const size_t all = (size_t)v->m * (size_t)v->n;
    find_slopes(v, v->t, h);
    if (!bk_rodas_factor(v->w->rodas, 1.0 / (h * method->gamma), v->w->values, v->lu)) {
        return (double)INFINITY;
    }
    double alpha = 0.0;
    for (int i = 0; i < method->stages; i++) {
        if (method->alpha[i] != alpha) {
            alpha = method->alpha[i];
            look(v, v->t + alpha * h);
        }
        for (int32_t j = 0; j < v->m; j++) {
            stage(v, i, j, h);
        }
    }
    const double *const last = v->stages + (size_t)(method->stages - 1) * all;
    double most = 0.0;
    for (int32_t j = 0; j < v->m; j++) {
        for (int32_t i = 0; i < v->n; i++) {
            const size_t k = (size_t)j * (size_t)v->n + (size_t)i;
            v->trial[k] = v->at[k] + last[k];
            const double size = fmax(fabs(v->s[k]), fabs(v->trial[k]));
            const double ratio = fabs(last[k]) / weight(v, j, i, size);
            most = ratio <= most ? most : ratio;
        }
    }
    most /= bk_rodas_tolerance.allowance;
    return most < (double)INFINITY ? most : (double)INFINITY;
}

static void accept(bk_kin_variation *v, double t)
{
    const size_t all = (size_t)v->m * (size_t)v->n;
    double *const kept = v->s_old;
    v->s_old = v->s;
    v->s = v->trial;
    v->trial = kept;
    for (size_t k = 0; k < all; k++) {
        double *const column = &v->column[k / (size_t)v->n];
        v->largest[k] = fmax(v->largest[k], fabs(v->s[k]));
        if (bk_kin_moves(v->w, (int32_t)(k % (size_t)v->n))) {
            *column = fmax(*column, v->largest[k]);
        }
    }
    v->t_old = v->t;
    v->t = t;
    v->steps++;
}

static bool give_up(bk_kin_variation *v, const char *why)
{
    v->trouble = v->trouble == NULL ? why : v->trouble;
    v->trouble_at = v->t;
    return false;
}

bool bk_kin_variation_follow(bk_kin_variation *v)
{
    const double end = v->w->rodas->t;
    if (v->trouble != NULL) {
        return false;
    }
    if (v->w->system->n_roots > 0 && v->w->truth == BK_FREE) {
        return give_up(v, "switches follow each other ever faster");
    }
    while (v->t < end) {
        double most = v->h > 0.0 ? v->h : end - v->t;
        if (v->echo != NULL) {
            most = fmin(most, bk_kin_echo_limit(v));
            v->w->history->step = v->t; /* all of the step is before a jump */
        }
        const bool cut = v->t + 1.01 * most >= end;
        const double h = cut ? end - v->t : most;
        const double error = attempt(v, h);
        if (v->infinite) {
            return give_up(v, "a derivative by a parameter is infinite");
        }
        if (error <= 1.0) {
            const double next =
                bk_rodas_pace_good(&v->pace, &bk_rodas_default, h, error);
            v->h = cut && next < most ? most : next;
            accept(v, cut ? end : v->t + h);
            if (v->echo != NULL && !bk_kin_echo_add(v)) {
                v->no_memory = true;
                return give_up(v, "not enough memory");
            }
            if (v->row != NULL) {
                v->row(v->context, end);
            }
        } else {
            v->rejected++;
            v->h = bk_rodas_pace_bad(&v->pace, &bk_rodas_default, h, error);
            if (!(v->t + v->h > v->t)) {
                return give_up(v, "the step size vanished");
            }
        }
    }
    if (v->echo != NULL) {
        v->w->history->step = (double)INFINITY;
    }
    return true;
}

void bk_kin_variation_dense(const bk_kin_variation *v, double t, double *s)
{
    const bk_rodas_method *const method = &bk_rodas_default;
    const size_t all = (size_t)v->m * (size_t)v->n;
    const double h = v->t - v->t_old;
    const double x = h > 0.0 ? fmin(fmax((t - v->t_old) / h, 0.0), 1.0) : 1.0;
    for (size_t i = 0; i < all; i++) {
        double inner = 0.0;
        for (int k = method->dense - 1; x > 0.0 && x < 1.0 && k >= 0; k--) {
            double row = 0.0;
            for (int j = 0; j < method->stages; j++) {
                row += method->h[k][j] * v->stages[(size_t)j * all + i];
            }
            inner = inner * x + row;
        }
        s[i] = v->s_old[i] + x * (v->s[i] - v->s_old[i] + (1.0 - x) * inner);
    }
}

double bk_kin_variation_slope(const bk_kin_variation *v, int32_t slot, int32_t j,
                              const double *s)
{
    const bk_kin_work *const w = v->w;
    const bk_kin_system *const system = w->system;
    const int32_t node = system->node_of[slot];
    if (node <= -2) {
        return w->units[-2 - node] * s[-2 - node];
    }
    double sum = 0.0;
    for (int32_t k = 0; v->echo != NULL && k < system->n_delays; k++) {
        const size_t slots = (size_t)bk_program_slots(system->program);
        sum += v->echo->by_slots[(size_t)k * slots + (size_t)slot] *
               v->echo->now[k * v->m + j];
    }
    const bool varying = node >= 0 && system->nodes[node].varying;
    for (int32_t k = 0; varying && k < system->nodes[node].entries; k++) {
        const int32_t entry = system->nodes[node].first_entry + k;
        const int32_t column = system->entry_columns[entry];
        sum += column < system->n ? w->rows[entry] * s[column] : 0.0;
    }
    return sum;
}
