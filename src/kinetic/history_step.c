/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/history.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Steps that look back: how long they are, their repetition, and what they leave. */

enum { MOST_HALVINGS = 12, MOST_REPEATS = 12, MOST_SHORTENINGS = 12, LEVELS = 5 };

/* Pieces are at most this part of the run, for values that nothing else resolves. */
static const double longest_piece = 1.0 / 64.0;

/* --- breaks --------------------------------------------------------------------------------- */

static bool near(double a, double b)
{
    return fabs(a - b) <= 16.0 * DBL_EPSILON * fmax(fabs(a), fabs(b));
}

static void add_break(bk_kin_history *h, double time, int level)
{
    if (time > h->end || h->n_breaks > 1000) {
        return;
    }
    for (size_t i = 0; i < h->n_breaks; i++) {
        if (near(h->breaks[i].time, time)) {
            h->breaks[i].level =
                level < h->breaks[i].level ? level : h->breaks[i].level;
            return;
        }
    }
    if (!bk_grow(&h->breaks, &h->breaks_capacity, h->n_breaks + 1, sizeof *h->breaks)) {
        h->no_memory = true;
        return;
    }
    h->breaks[h->n_breaks++] = (bk_kin_break){time, level};
}

/* What happens at a time comes back after each delay. */
static void spread(bk_kin_course *c, double time, int level)
{
    bk_kin_history *const h = c->work->history;
    const bk_kin_system *const s = c->work->system;
    for (int32_t i = 0; i < h->tracks && level < LEVELS; i++) {
        if (s->delays[i].constant && s->delays[i].inner && h->lag[i] > 0.0) {
            add_break(h, time + h->lag[i], level + 1);
        }
    }
}

/* The breaks of the present time, spread; false: there are none. */
static bool take_breaks(bk_kin_course *c)
{
    bk_kin_history *const h = c->work->history;
    const double t = c->work->rodas->t;
    bool any = false;
    for (size_t i = h->n_breaks; i-- > 0;) {
        const bk_kin_break at = h->breaks[i];
        if (at.time <= t || near(at.time, t)) {
            h->breaks[i] = h->breaks[--h->n_breaks];
            spread(c, t, at.level);
            any = true;
        }
    }
    return any;
}

/* --- a step --------------------------------------------------------------------------------- */

double bk_kin_history_limit(bk_kin_course *course, double limit)
{
    bk_kin_work *const w = course->work;
    bk_kin_history *const h = w->history;
    bk_rodas *const r = w->rodas;
    h->step = r->t;
    h->seen = h->kept;
    h->beyond = false;
    bk_kin_values(w, r->t, r->y, w->truth, w->status); /* for the lags */
    w->at_y = NULL;
    if (!h->begun) {
        h->begun = true;
        spread(course, r->t, 0);
    }
    if (course->switches != h->switches || r->jumped) {
        h->switches = course->switches;
        spread(course, r->t, 0);
    }
    if (take_breaks(course)) {
        bk_rodas_restart(r);
    }
    double shortest = (double)INFINITY;
    for (int32_t i = 0; i < h->tracks; i++) {
        if (w->system->delays[i].inner && h->lag[i] > 0.0) {
            shortest = fmin(shortest, h->lag[i]);
        }
    }
    if (shortest >= 0.2 * fmin(r->h, limit - r->t)) {
        limit = fmin(limit, r->t + shortest);
    }
    for (size_t i = 0; i < h->n_breaks; i++) {
        limit = fmin(limit, h->breaks[i].time);
    }
    h->beyond = false;
    return limit;
}

void bk_kin_history_leave(bk_kin_course *course)
{
    course->work->history->step = (double)INFINITY;
}

/* --- what a step leaves --------------------------------------------------------------------- */

static bool room(bk_kin_history *h)
{
    const size_t n = h->written + 1;
    const size_t values = n * (size_t)h->tracks * BK_KIN_NODES;
    if (!bk_grow(&h->from, &h->from_capacity, n, sizeof *h->from) ||
        !bk_grow(&h->to, &h->to_capacity, n, sizeof *h->to) ||
        !bk_grow(&h->values, &h->value_capacity, values, sizeof *h->values)) {
        h->no_memory = true;
    }
    return !h->no_memory;
}

static void arguments_at(bk_kin_course *c, double t)
{
    bk_kin_work *const w = c->work;
    bk_rodas_dense(w->rodas, t, w->y);
    w->at_y = NULL;
    bk_kin_values(w, t, w->y, w->truth, w->status);
}

static const double *track_of(const bk_kin_history *h, size_t piece, int32_t track)
{
    return h->values + (piece * (size_t)h->tracks + (size_t)track) * BK_KIN_NODES;
}

/* Whether a piece misses the arguments at a time by more than is allowed. */
static bool misses(bk_kin_course *c, size_t piece, double x)
{
    const bk_kin_history *const h = c->work->history;
    const bk_kin_system *const s = c->work->system;
    const double width = h->to[piece] - h->from[piece];
    arguments_at(c, h->from[piece] + x * width);
    for (int32_t i = 0; i < h->tracks; i++) {
        const double *const v = track_of(h, piece, i);
        double size = 0.0;
        for (int k = 0; k < BK_KIN_NODES; k++) {
            size = fmax(size, fabs(v[k]));
        }
        double slope;
        const double there = bk_kin_interpolate(v, x, &slope);
        const double allowed =
            0.1 * fmax(c->settings->rtol * size, c->settings->atol) + 1e-13 * size;
        if (fabs(there - c->work->slots[s->delays[i].argument]) > allowed) {
            return true;
        }
    }
    return false;
}

/* The pieces of [from, to], after all that is seen. */
static bool write_pieces(bk_kin_course *c, double from, double to, int halvings)
{
    bk_kin_history *const h = c->work->history;
    const bk_kin_system *const s = c->work->system;
    const double middle = from + 0.5 * (to - from);
    bool good = to - from <= longest_piece * c->span;
    if (good || halvings == 0 || !(middle > from && middle < to)) {
        if (!room(h)) {
            return false;
        }
        h->from[h->written] = from;
        h->to[h->written] = to;
        for (int k = 0; k < BK_KIN_NODES; k++) {
            arguments_at(c, k == BK_KIN_NODES - 1 ? to : from + 0.25 * k * (to - from));
            for (int32_t i = 0; i < h->tracks; i++) {
                h->values[(h->written * (size_t)h->tracks + (size_t)i) * BK_KIN_NODES +
                          (size_t)k] = c->work->slots[s->delays[i].argument];
            }
        }
        good = halvings == 0 || !(middle > from && middle < to) ||
               !(misses(c, h->written, 0.125) || misses(c, h->written, 0.625));
        h->written += good ? 1 : 0;
    }
    return good || (write_pieces(c, from, middle, halvings - 1) &&
                    write_pieces(c, middle, to, halvings - 1));
}

/* The step at hand as it is now, in place of what was seen of it. */
static bool see_step(bk_kin_course *c)
{
    bk_kin_history *const h = c->work->history;
    const bk_rodas *const r = c->work->rodas;
    const double from = h->kept > 0 ? h->to[h->kept - 1] : h->start;
    h->written = h->seen;
    if (!(r->t > from)) {
        return true;
    }
    if (!write_pieces(c, from, r->t, MOST_HALVINGS)) {
        return false;
    }
    const size_t n = h->written - h->seen;
    const size_t one = (size_t)h->tracks * BK_KIN_NODES;
    memmove(h->from + h->kept, h->from + h->seen, n * sizeof *h->from);
    memmove(h->to + h->kept, h->to + h->seen, n * sizeof *h->to);
    memmove(h->values + h->kept * one, h->values + h->seen * one,
            n * one * sizeof *h->values);
    h->seen = h->written = h->kept + n;
    return true;
}

/* What no constant delay reaches back to any more. */
static void forget(bk_kin_course *c)
{
    bk_kin_history *const h = c->work->history;
    const bk_kin_system *const s = c->work->system;
    double longest = 0.0;
    for (int32_t i = 0; i < h->tracks; i++) {
        longest = s->delays[i].constant ? fmax(longest, h->lag[i]) : (double)INFINITY;
        if (longest == (double)INFINITY) {
            return;
        }
    }
    const double first = c->work->rodas->t_old - longest;
    size_t gone = 0;
    while (gone < h->kept && h->to[gone] < first) {
        gone++;
    }
    if (gone > 64 && 2 * gone > h->kept) {
        const size_t n = h->kept - gone;
        const size_t one = (size_t)h->tracks * BK_KIN_NODES;
        memmove(h->from, h->from + gone, n * sizeof *h->from);
        memmove(h->to, h->to + gone, n * sizeof *h->to);
        memmove(h->values, h->values + gone * one, n * one * sizeof *h->values);
        h->kept = h->seen = h->written = n;
    }
}

bool bk_kin_history_add(bk_kin_course *course)
{
    bk_kin_history *const h = course->work->history;
    if (h == NULL) {
        return true;
    }
    if (!see_step(course)) {
        course->no_memory = true;
        course->result = BK_RODAS_NO_MEMORY;
        return false;
    }
    h->kept = h->seen;
    forget(course);
    return true;
}

/* --- repetition ------------------------------------------------------------------------------ */

static bool same(const bk_kin_course *c, const double *a, const double *b)
{
    const bk_rodas *const r = c->work->rodas;
    for (int32_t v = 0; v < c->work->system->n; v++) {
        const double size = fmax(fabs(a[v]), 1e-3 * r->scale[v]);
        if (!(fabs(a[v] - b[v]) <=
              0.1 * fmax(c->settings->rtol * size, c->settings->atol) + 1e-300)) {
            return false;
        }
    }
    return true;
}

bool bk_kin_history_repeat(bk_kin_course *course)
{
    bk_kin_work *const w = course->work;
    bk_kin_history *const h = w->history;
    bk_rodas *const r = w->rodas;
    for (int shorter = 0; h->beyond && shorter < MOST_SHORTENINGS; shorter++) {
        for (int i = 0; i < MOST_REPEATS; i++) {
            memcpy(h->y, r->y, (size_t)w->system->n * sizeof *h->y);
            if (!see_step(course)) {
                course->no_memory = true;
                course->result = BK_RODAS_NO_MEMORY;
                return false;
            }
            if (bk_rodas_retake(r, r->t) != BK_RODAS_ACCEPTED) {
                break;
            }
            if (same(course, r->y, h->y)) {
                return true;
            }
        }
        h->seen = h->kept;
        const double t = r->t_old + 0.2 * (r->t - r->t_old);
        r->h = t - r->t_old;
        h->beyond = false;
        if (bk_rodas_retake(r, t) != BK_RODAS_ACCEPTED) {
            h->beyond = true;
            break;
        }
    }
    course->result = h->beyond ? BK_RODAS_TOO_SMALL : BK_RODAS_ACCEPTED;
    return !h->beyond;
}
