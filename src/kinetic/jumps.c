/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"
#include "kinetic/variation.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* How S jumps where the right-hand side or y itself does (see Serban and Recuero 2019,
 * arXiv:1904.08734).
 *
 * What happens at the root of a gap g(t, y) happens at another time for another p:
 *
 *     dt/dp = -(dg/dy S) / (dg/dt + dg/dy f)
 *
 * S + f dt/dp is then how y at that instant depends on p; the event maps it to that of y
 * just after, and going back to a fixed time takes f' dt/dp off, f' the right-hand side
 * just after.  Directional derivatives of gaps and of what events make of y are
 * differences of second order. */

/* What was looked at goes on as if nobody had. */
static void keep(bk_kin_variation *v)
{
    const bk_kin_work *const w = v->w;
    const size_t slots = (size_t)bk_program_slots(w->system->program);
    memcpy(v->kept, w->slots, slots * sizeof *v->kept);
    memcpy(v->kept + slots, w->gap, (size_t)w->system->n_relations * sizeof *v->kept);
}

static void put_back(bk_kin_variation *v)
{
    bk_kin_work *const w = v->w;
    const size_t slots = (size_t)bk_program_slots(w->system->program);
    memcpy(w->slots, v->kept, slots * sizeof *v->kept);
    memcpy(w->gap, v->kept + slots, (size_t)w->system->n_relations * sizeof *v->kept);
    w->at_y = NULL;
}

/* A step along `direction` that changes nothing by more than 1e-5 of its scale. */
static double small_step(const bk_kin_variation *v, const double *y,
                         const double *direction)
{
    double step = (double)INFINITY;
    for (int32_t i = 0; i < v->n; i++) {
        const double scale = fmax(fabs(y[i]), 1e-3 * v->w->rodas->scale[i]);
        if (direction[i] != 0.0) {
            step = fmin(step, 1e-5 * (scale > 0.0 ? scale : 1.0) / fabs(direction[i]));
        }
    }
    return step;
}

static double gap_at(bk_kin_variation *v, int32_t relation, double t, const double *y,
                     const double *direction, double step, double pace)
{
    for (int32_t i = 0; i < v->n; i++) {
        v->spare[i] = y[i] + step * direction[i];
    }
    bk_kin_values(v->w, t + step * pace, v->spare, BK_HELD, v->w->status);
    return v->w->gap[relation];
}

/* d gap / d step along `direction`, while time goes on by `pace`. */
static double gap_slope(bk_kin_variation *v, int32_t relation, double t,
                        const double *y, const double *direction, double pace,
                        double step)
{
    if (step == (double)INFINITY) {
        if (pace == 0.0) {
            return 0.0;
        }
        step = 1e-5 * fmax(fabs(t), 1e-3);
    }
    return (gap_at(v, relation, t, y, direction, step, pace) -
            gap_at(v, relation, t, y, direction, -step, pace)) /
           (2.0 * step);
}

static void trouble(bk_kin_variation *v, const char *why)
{
    v->trouble = v->trouble == NULL ? why : v->trouble;
    v->trouble_at = v->w->rodas->t;
}

/* When the relation crosses, by each parameter; the first one, or the same as before. */
static void add_shift(bk_kin_variation *v, int32_t relation, const double *y,
                      bool first)
{
    const double t = v->w->rodas->t;
    const double along =
        gap_slope(v, relation, t, y, v->rate, 1.0, small_step(v, y, v->rate));
    for (int32_t j = 0; j < v->m; j++) {
        const double *const s = v->s + (size_t)j * (size_t)v->n;
        const double by = gap_slope(v, relation, t, y, s, 0.0, small_step(v, y, s));
        const double shift = by == 0.0 ? 0.0 : -by / along;
        if (!isfinite(shift)) {
            trouble(v, "a condition is touched and not crossed");
        } else if (first) {
            v->shift[j] = shift;
        } else if (fabs(shift - v->shift[j]) > 1e-6 * fabs(v->shift[j])) {
            trouble(v, "two conditions change at one time, and a parameter would part "
                       "them");
        }
    }
}

static void crossing(void *context, bk_kin_course *course)
{
    bk_kin_variation *const v = context;
    bk_kin_work *const w = v->w;
    const bk_rodas *const r = w->rodas;
    keep(v);
    if (bk_kin_variation_follow(v)) {
        bool first = true;
        memcpy(v->y, r->y, (size_t)v->n * sizeof *v->y);
        bk_kin_values(w, r->t, v->y, BK_HELD, w->status);
        bk_kin_derivative(w, v->rate);
        for (int32_t k = 0; k < w->system->n_roots; k++) {
            if (course->flipped[w->system->roots[k]]) {
                add_shift(v, w->system->roots[k], v->y, first);
                first = false;
            }
        }
        for (int32_t j = 0; j < v->m && !first; j++) {
            for (int32_t i = 0; i < v->n; i++) {
                v->s[(size_t)j * (size_t)v->n + (size_t)i] += v->rate[i] * v->shift[j];
            }
        }
        v->pending = v->pending || !first;
    }
    put_back(v);
}

/* What has been triggered since the last execution saw y as it is now.  Whether this
 * event takes its values from what was there ahead of the first one. */
static bool takes_from_first(bk_kin_variation *v, const bk_kin_course *course,
                             const bk_kin_event *event)
{
    const bk_kin_system *const s = v->w->system;
    const bk_kin_waiting *const waiting = &course->agenda->waiting;
    const size_t n = (size_t)v->n;
    int32_t *const own = &v->triggered[event - s->events];
    v->executed++;
    for (size_t i = 0; i < waiting->n; i++) {
        int32_t *const when = &v->triggered[waiting->due[i].event];
        *when = *when == 0 ? v->executed : *when;
    }
    if (v->executed == 1) {
        memcpy(v->seen_y, course->agenda->y, n * sizeof *v->seen_y);
        memcpy(v->seen_s, v->s, (size_t)v->m * n * sizeof *v->seen_s);
        memcpy(v->seen_status, v->w->status, (size_t)s->n_relations);
    }
    const int32_t when = *own;
    *own = 0;
    if (!s->head.model->events[event->item].trigger_time_values ||
        when == v->executed) {
        return false;
    }
    if (when > 1) {
        trouble(v,
                "events that trigger each other at one time are executed in between");
    }
    return when == 1;
}

static void executing(void *context, bk_kin_course *course, const bk_kin_event *event)
{
    bk_kin_variation *const v = context;
    bk_kin_work *const w = v->w;
    const double *const y = course->agenda->y;
    const double t = w->rodas->t;
    if (v->trouble != NULL) {
        return;
    }
    if (!v->pending) { /* at the start, or by what another event has done */
        if (!bk_kin_variation_follow(v)) {
            return;
        }
        if (t > course->settings->t_start) {
            trouble(v, "an event is executed where no condition was seen to change");
        }
        memset(v->shift, 0, (size_t)v->m * sizeof *v->shift);
        v->pending = true;
    }
    const bool first = takes_from_first(v, course, event);
    keep(v);
    for (int32_t j = 0; j < v->m; j++) {
        double *const s = v->s + (size_t)j * (size_t)v->n;
        const double *const seen_s = v->seen_s + (size_t)j * (size_t)v->n;
        double step = small_step(v, y, s);
        step = first ? fmin(step, small_step(v, v->seen_y, seen_s)) : step;
        step = step < (double)INFINITY ? step : 1e-5 * fmax(fabs(t), 1e-3);
        memset(v->at, 0, (size_t)v->n * sizeof *v->at);
        for (int side = -1; side <= 1; side += 2) {
            for (int32_t i = 0; i < v->n; i++) {
                v->spare[i] = y[i] + side * step * s[i];
                v->seen_at[i] = v->seen_y[i] + side * step * seen_s[i];
            }
            bk_kin_events_map(course, event, t + side * step * v->shift[j],
                              first ? v->seen_at : NULL, v->seen_status, v->spare);
            for (int32_t i = 0; i < v->n; i++) {
                v->at[i] += side * v->spare[i] / (2.0 * step);
            }
        }
        memcpy(s, v->at, (size_t)v->n * sizeof *s);
    }
    put_back(v);
}

void bk_kin_variation_land(bk_kin_variation *v)
{
    bk_kin_work *const w = v->w;
    bk_rodas *const r = w->rodas;
    if (!v->pending || v->trouble != NULL) {
        return;
    }
    const double *const f = bk_rodas_derivative(r);
    for (int32_t j = 0; f != NULL && j < v->m; j++) {
        for (int32_t i = 0; i < v->n; i++) {
            v->s[(size_t)j * (size_t)v->n + (size_t)i] -= f[i] * v->shift[j];
        }
    }
    v->pending = false;
    v->executed = 0;
    memset(v->triggered, 0, (size_t)v->w->system->n_events * sizeof *v->triggered);
    v->t = v->t_old = r->t;
    v->h = 0.0;
    v->pace = (bk_rodas_pace){.first = true, .error_old = 1e-4};
    memcpy(v->s_old, v->s, (size_t)v->m * (size_t)v->n * sizeof *v->s);
}

void bk_kin_variation_watch(bk_kin_variation *v)
{
    v->watch = (bk_kin_watch){v, crossing, executing};
}
