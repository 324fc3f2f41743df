/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/echo.h"

#include "base/alloc.h"
#include "kinetic/variation.h"

#include <math.h>
#include <string.h>

static size_t slots_of(const bk_kin_variation *v)
{
    return (size_t)bk_program_slots(v->w->system->program);
}

bk_status bk_kin_echo_new(bk_kin_variation *v, bk_kin_echo **echo)
{
    const size_t k = (size_t)v->w->system->n_delays;
    const size_t n = (size_t)v->n, m = (size_t)v->m, slots = slots_of(v);
    bk_kin_echo *const e = bk_alloc_zero(1, sizeof *e);
    if (e == NULL) {
        return BK_NO_MEMORY;
    }
    *echo = e;
    e->n = (int32_t)k;
    e->memory = bk_alloc_zero(
        k * slots + k * n + 2 * k * m + k + m * n + 2 * n + slots + 1, sizeof(double));
    if (e->memory == NULL) {
        return BK_NO_MEMORY;
    }
    e->by_slots = e->memory;
    e->by_rates = e->by_slots + k * slots;
    e->now = e->by_rates + k * n;
    e->before = e->now + k * m;
    e->size = e->before + k * m;
    e->s = e->size + k;
    e->y = e->s + m * n;
    e->rate = e->y + n;
    e->slots = e->rate + n;
    return BK_OK;
}

void bk_kin_echo_free(bk_kin_echo *echo)
{
    if (echo != NULL) {
        bk_free(echo->from);
        bk_free(echo->to);
        bk_free(echo->values);
        bk_free(echo->memory);
        bk_free(echo);
    }
}

void bk_kin_echo_start(bk_kin_variation *v)
{
    bk_kin_echo *const e = v->echo;
    e->pieces = 0;
    v->w->history->slopes = true;
    for (int32_t i = 0; i < e->n * v->m; i++) {
        e->before[i] = (double)NAN;
    }
    for (int32_t k = 0; k < e->n; k++) {
        e->size[k] = 0.0;
    }
}

/* --- d / d delayed value ------------------------------------------------------------------- */

static void evaluate(bk_kin_variation *v, int32_t k, double nudge, double t,
                     const double *y)
{
    bk_kin_work *const w = v->w;
    w->history->nudge[k] = nudge;
    bk_kin_values(w, t, y, w->truth, w->status);
    bk_kin_derivative(w, v->echo->rate);
    w->history->nudge[k] = 0.0;
    w->at_y = NULL;
}

static void differ(bk_kin_variation *v, double t, const double *y)
{
    bk_kin_echo *const e = v->echo;
    bk_kin_work *const w = v->w;
    const size_t slots = slots_of(v), n = (size_t)v->n;
    for (int32_t k = 0; k < e->n; k++) {
        double *const by_slots = e->by_slots + (size_t)k * slots;
        double *const by_rates = e->by_rates + (size_t)k * n;
        const int32_t value = w->system->delays[k].value;
        bk_kin_values(w, t, y, w->truth, w->status);
        e->size[k] = fmax(e->size[k], fabs(w->slots[value]));
        const double size = e->size[k] > 0.0 ? e->size[k] : 1.0;
        const double step =
            exp2(round(log2(1e-5 * fmax(fabs(w->slots[value]), 1e-2 * size))));
        evaluate(v, k, step, t, y);
        memcpy(e->slots, w->slots, slots * sizeof *e->slots);
        memcpy(by_rates, e->rate, n * sizeof *by_rates);
        evaluate(v, k, -step, t, y);
        for (size_t i = 0; i < slots; i++) {
            by_slots[i] = (e->slots[i] - w->slots[i]) / (2.0 * step);
        }
        for (size_t i = 0; i < n; i++) {
            by_rates[i] = (by_rates[i] - e->rate[i]) / (2.0 * step);
            v->infinite = v->infinite || !isfinite(by_rates[i]);
        }
    }
}

/* --- A of what was ------------------------------------------------------------------------- */

/* d past / d p by differences, as initial values are. */
static double past_slope(bk_kin_variation *v, int32_t k, int32_t j, double time)
{
    static const double steps[] = {-2.0, -1.0, 1.0, 2.0};
    static const double weights[] = {1.0 / 12.0, -8.0 / 12.0, 8.0 / 12.0, -1.0 / 12.0};
    bk_kin_work *const w = v->w;
    const double size = fabs(v->values[j]);
    const double h = exp2(round(log2(1e-3 * (size > 0.0 ? size : 1.0))));
    double sum = 0.0;
    if (w->system->variable_of[v->to[j]] < 0) {
        return 0.0; /* a factor on a rate */
    }
    w->nudged = v->to[j];
    for (int i = 0; i < 4; i++) {
        w->nudge = steps[i] * h;
        sum += weights[i] * bk_kin_past_value(w, k, time, 1) / h;
    }
    w->nudge = 0.0;
    return sum;
}

static double before_start(bk_kin_variation *v, int32_t k, int32_t j, double time)
{
    double *const known = &v->echo->before[k * v->m + j];
    if (!isnan(*known)) {
        return *known;
    }
    const double slope = past_slope(v, k, j, time);
    *known = v->w->system->past_varies ? (double)NAN : slope;
    return slope;
}

static size_t piece_of(const bk_kin_echo *e, double time)
{
    size_t low = 0, high = e->pieces;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (e->from[middle] <= time) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static double look_up(bk_kin_variation *v, int32_t k, int32_t j, double time)
{
    const bk_kin_echo *const e = v->echo;
    if (time < v->w->history->start || e->pieces == 0) {
        return before_start(v, k, j, time);
    }
    const size_t piece = piece_of(e, time);
    const double width = e->to[piece] - e->from[piece];
    const double x = fmin((time - e->from[piece]) / width, 1.0);
    double slope;
    return bk_kin_interpolate(
        e->values + ((piece * (size_t)e->n + (size_t)k) * (size_t)v->m + (size_t)j) *
                        BK_KIN_NODES,
        x, &slope);
}

static void recall(bk_kin_variation *v, double t)
{
    bk_kin_echo *const e = v->echo;
    const bk_kin_work *const w = v->w;
    for (int32_t k = 0; k < e->n; k++) {
        const bool present = w->slots[w->system->delays[k].present] != 0.0;
        for (int32_t j = 0; j < v->m; j++) {
            e->now[k * v->m + j] =
                present ? 0.0 : look_up(v, k, j, t - w->history->lag[k]);
        }
    }
}

void bk_kin_echo_look(bk_kin_variation *v, double t, const double *y)
{
    bk_kin_work *const w = v->w;
    if (w->history->still) {
        memset(v->echo->now, 0, (size_t)(v->echo->n * v->m) * sizeof *v->echo->now);
        return;
    }
    differ(v, t, y);
    bk_kin_values(w, t, y, w->truth, w->status);
    w->at_y = NULL;
    recall(v, t);
}

/* --- what S is, for later ------------------------------------------------------------------ */

static bool room(bk_kin_echo *e, int32_t m)
{
    const size_t n = e->pieces + 1;
    const size_t values = n * (size_t)(e->n * m) * BK_KIN_NODES;
    return bk_grow(&e->from, &e->from_capacity, n, sizeof *e->from) &&
           bk_grow(&e->to, &e->to_capacity, n, sizeof *e->to) &&
           bk_grow(&e->values, &e->value_capacity, values, sizeof *e->values);
}

/* What no constant delay reaches back to any more. */
static void forget(bk_kin_variation *v)
{
    bk_kin_echo *const e = v->echo;
    double longest = 0.0;
    for (int32_t k = 0; k < e->n; k++) {
        const bool constant = v->w->system->delays[k].constant;
        longest = constant ? fmax(longest, v->w->history->lag[k]) : (double)INFINITY;
        if (!constant) {
            return;
        }
    }
    size_t gone = 0;
    while (gone < e->pieces && e->to[gone] < v->t_old - longest) {
        gone++;
    }
    if (gone > 64 && 2 * gone > e->pieces) {
        const size_t one = (size_t)(e->n * v->m) * BK_KIN_NODES;
        e->pieces -= gone;
        memmove(e->from, e->from + gone, e->pieces * sizeof *e->from);
        memmove(e->to, e->to + gone, e->pieces * sizeof *e->to);
        memmove(e->values, e->values + gone * one, e->pieces * one * sizeof *e->values);
    }
}

bool bk_kin_echo_add(bk_kin_variation *v)
{
    bk_kin_echo *const e = v->echo;
    const bk_kin_system *const s = v->w->system;
    const double width = v->t - v->t_old;
    if (!room(e, v->m)) {
        return false;
    }
    double *const values = e->values + e->pieces * (size_t)(e->n * v->m) * BK_KIN_NODES;
    for (int q = 0; q < BK_KIN_NODES; q++) {
        const double t = q == BK_KIN_NODES - 1 ? v->t : v->t_old + 0.25 * q * width;
        bk_rodas_dense(v->w->rodas, t, e->y);
        bk_kin_variation_dense(v, t, e->s);
        bk_kin_variation_look(v, t, e->y);
        for (int32_t k = 0; k < e->n; k++) {
            for (int32_t j = 0; j < v->m; j++) {
                values[(k * v->m + j) * BK_KIN_NODES + q] = bk_kin_variation_slope(
                    v, s->delays[k].argument, j, e->s + (size_t)j * (size_t)v->n);
            }
        }
    }
    e->from[e->pieces] = v->t_old;
    e->to[e->pieces++] = v->t;
    forget(v);
    return true;
}

double bk_kin_echo_limit(const bk_kin_variation *v)
{
    const bk_kin_system *const s = v->w->system;
    double shortest = (double)INFINITY;
    for (int32_t k = 0; k < s->n_delays; k++) {
        const double lag = v->w->history->lag[k];
        if (lag > 0.0) {
            shortest = fmin(shortest, s->delays[k].constant ? lag : 0.9 * lag);
        }
    }
    return shortest;
}
