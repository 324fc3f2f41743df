/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/history.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool bk_kin_history_new(const bk_kin_work *w, bk_kin_history **history)
{
    const bk_kin_system *const s = w->system;
    bk_kin_history *const h = bk_alloc_zero(1, sizeof *h);
    if (h == NULL) {
        return false;
    }
    *history = h;
    h->tracks = s->n_delays;
    h->past_slots = (size_t)bk_program_slots(s->initial) + 1;
    h->lag = bk_alloc_zero(4 * (size_t)s->n_delays + (size_t)s->n, sizeof *h->lag);
    h->past = bk_alloc_zero(BK_KIN_PAST * h->past_slots, sizeof *h->past);
    if (h->lag == NULL || h->past == NULL) {
        return false;
    }
    h->begin = h->lag + h->tracks;
    h->before = h->begin + h->tracks;
    h->nudge = h->before + h->tracks;
    h->y = h->nudge + h->tracks;
    for (int i = 0; i < BK_KIN_PAST; i++) {
        bk_program_prepare(s->initial, h->past + (size_t)i * h->past_slots);
    }
    return true;
}

void bk_kin_history_free(bk_kin_history *history)
{
    if (history != NULL) {
        bk_free(history->from);
        bk_free(history->to);
        bk_free(history->values);
        bk_free(history->lag);
        bk_free(history->past);
        bk_free(history->breaks);
        bk_free(history);
    }
}

void bk_kin_history_start(bk_kin_work *w, const bk_settings *settings)
{
    bk_kin_history *const h = w->history;
    h->kept = h->seen = h->written = 0;
    h->n_breaks = 0;
    h->start = settings->t_start;
    h->end = settings->t_end;
    h->step = (double)INFINITY;
    h->carried = h->slopes = h->beyond = h->begun = h->still = h->no_memory = false;
    h->switches = 0;
    for (int32_t i = 0; i < h->tracks; i++) {
        h->begin[i] = h->before[i] = (double)NAN;
        h->lag[i] = 0.0;
    }
}

void bk_kin_history_settle_start(bk_kin_work *w, double t, const double *y)
{
    bk_kin_history *const h = w->history;
    const bk_kin_system *const s = w->system;
    h->still = h->carried;
    bk_kin_values(w, t, y, BK_FREE, w->status);
    h->still = false;
    for (int32_t i = 0; i < h->tracks; i++) {
        h->begin[i] = w->slots[s->delays[i].argument];
        h->before[i] = h->carried ? h->begin[i] : (double)NAN;
    }
}

/* --- looking back --------------------------------------------------------------------------- */

double bk_kin_interpolate(const double *v, double x, double *slope)
{
    /* in Newton's form, so that what is constant stays so exactly */
    const double d1 = v[1] - v[0];
    const double d2 = (v[2] - v[1]) - d1;
    const double e2 = (v[3] - v[2]) - (v[2] - v[1]);
    const double f2 = (v[4] - v[3]) - (v[3] - v[2]);
    const double c2 = d2 / 2.0;
    const double c3 = (e2 - d2) / 6.0;
    const double c4 = ((f2 - e2) - (e2 - d2)) / 24.0;
    const double s = 4.0 * x;
    const double q = c3 + (s - 3.0) * c4;
    const double p = c2 + (s - 2.0) * q;
    const double o = d1 + (s - 1.0) * p;
    const double dp = q + (s - 2.0) * c4;
    const double d_o = p + (s - 1.0) * dp;
    *slope = 4.0 * (o + s * d_o);
    return v[0] + s * o;
}

/* The last piece that begins at or before a time (left: before it). */
static size_t piece_of(const bk_kin_history *h, double time, bool left)
{
    size_t low = 0;
    size_t high = h->seen;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (h->from[middle] < time || (!left && h->from[middle] == time)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A time that misses the end of a piece by rounding is that end. */
static double snapped(const bk_kin_history *h, double time, double t)
{
    const double tiny = 4.0 * DBL_EPSILON * (fabs(t) + fabs(t - time));
    if (fabs(time - h->start) <= tiny) {
        return h->start;
    }
    if (h->seen > 0) {
        const size_t k = piece_of(h, time, false);
        if (fabs(time - h->from[k]) <= tiny) {
            return h->from[k];
        }
        return fabs(time - h->to[k]) <= tiny ? h->to[k] : time;
    }
    return time;
}

static double before_start(bk_kin_work *w, int32_t track, double time)
{
    bk_kin_history *const h = w->history;
    const bk_kin_system *const s = w->system;
    if (!isnan(h->before[track])) {
        return h->before[track];
    }
    const double value = bk_kin_past_value(w, track, time, 1);
    if (!s->past_varies) {
        h->before[track] = value;
    }
    return value;
}

/* Its derivative by time, by differences of fourth order. */
static double before_slope(bk_kin_work *w, int32_t track, double time, double lag)
{
    if (!w->system->past_varies || !isnan(w->history->before[track])) {
        return 0.0;
    }
    const double h = exp2(round(log2(1e-3 * lag)));
    return (8.0 * (bk_kin_past_value(w, track, time + h, 1) -
                   bk_kin_past_value(w, track, time - h, 1)) -
            (bk_kin_past_value(w, track, time + 2.0 * h, 1) -
             bk_kin_past_value(w, track, time - 2.0 * h, 1))) /
           (12.0 * h);
}

static double look_up(bk_kin_work *w, int32_t track, double time, double t,
                      double *slope)
{
    bk_kin_history *const h = w->history;
    const bool left = t > h->step; /* a stage of a step, which is all before a jump */
    *slope = 0.0;
    if (time < h->start || (time == h->start && left)) {
        *slope = h->slopes ? before_slope(w, track, time, t - time) : 0.0;
        return before_start(w, track, time);
    }
    if (h->seen == 0) {
        h->beyond = h->beyond || time > h->start;
        return h->begin[track];
    }
    const size_t k = piece_of(h, time, left);
    const double width = h->to[k] - h->from[k];
    h->beyond = h->beyond || time > (h->kept > 0 ? h->to[h->kept - 1] : h->start);
    const double *const v =
        h->values + (k * (size_t)h->tracks + (size_t)track) * BK_KIN_NODES;
    const double value = bk_kin_interpolate(v, (time - h->from[k]) / width, slope);
    *slope /= width;
    return value;
}

void bk_kin_delayed(bk_kin_work *w, int32_t delay, double t)
{
    bk_kin_history *const h = w->history;
    const bk_kin_delay *const d = &w->system->delays[delay];
    const double lag = w->slots[d->value];
    double *const value = &w->slots[d->value];
    double *const slope = &w->slots[d->slope];
    double *const present = &w->slots[d->present];
    h->lag[delay] = lag;
    *slope = 0.0;
    *present = 0.0;
    if (h->still || lag == 0.0) {
        *value = d->loose ? (double)NAN : w->slots[d->argument];
        *present = 1.0;
    } else if (!(lag > 0.0)) {
        *value = (double)NAN;
    } else {
        *value = look_up(w, delay, snapped(h, t - lag, t), t, slope) + h->nudge[delay];
    }
}
