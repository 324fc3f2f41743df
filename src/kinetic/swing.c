/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/swing.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

enum { TURNS = 8, SHORTEST = 48, LONGEST = 1500, PERIODS = 4 };
/* Of the width of a swing: by how much its extremes may move between windows. */
static const double sign_shift = 2e-2, sure_shift = 2e-3;
static const double least_width = 1e-2; /* of its scale */
static const double swing_way = 1e-4;   /* the tolerance to look closer with */

bool bk_kin_swing_new(bk_kin_swing *swing, bk_kin_work *work)
{
    const size_t n = (size_t)work->system->n + 1;
    *swing = (bk_kin_swing){.work = work, .clock = -1};
    swing->memory = bk_alloc_zero(6 * n, sizeof(double));
    swing->turns = bk_alloc_zero(n, sizeof *swing->turns);
    if (swing->memory == NULL || swing->turns == NULL) {
        return false;
    }
    double *next = swing->memory;
    double **const parts[] = {&swing->low,         &swing->high, &swing->low_before,
                              &swing->high_before, &swing->sum,  &swing->last};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = next;
        next += n;
    }
    return true;
}

void bk_kin_swing_free(bk_kin_swing *swing)
{
    bk_free(swing->memory);
    bk_free(swing->turns);
}

double bk_kin_scale_of(const bk_kin_work *work, int32_t variable, double y)
{
    const bk_rodas *const r = work->rodas;
    const double own = fmax(fabs(y), 1e-3 * r->scale[variable]);
    return fmax(own, r->atol > 0.0 ? r->atol / r->rtol : 1e-30);
}

/* The cubic of a step in theta from 0 to 1. */
typedef struct cubic {
    double y0, y1, s0, s1; /* slopes times the step */
} cubic;

static double cubic_at(const cubic *c, double x)
{
    const double rise = c->y1 - c->y0;
    const double bend = 3.0 * rise - 2.0 * c->s0 - c->s1;
    const double twist = c->s0 + c->s1 - 2.0 * rise;
    return c->y0 + x * (c->s0 + x * (bend + x * twist));
}

static double cubic_integral(const cubic *c, double x)
{
    const double rise = c->y1 - c->y0;
    const double bend = 3.0 * rise - 2.0 * c->s0 - c->s1;
    const double twist = c->s0 + c->s1 - 2.0 * rise;
    return x * (c->y0 + x * (c->s0 / 2.0 + x * (bend / 3.0 + x * twist / 4.0)));
}

/* Where its slope is zero, the slopes at the ends having different signs. */
static double cubic_turn(const cubic *c)
{
    double low = 0.0, high = 1.0;
    const double rise = c->y1 - c->y0;
    const double bend = 3.0 * rise - 2.0 * c->s0 - c->s1;
    const double twist = c->s0 + c->s1 - 2.0 * rise;
    for (int i = 0; i < 30; i++) {
        const double x = 0.5 * (low + high);
        const double slope = c->s0 + x * (2.0 * bend + x * 3.0 * twist);
        if ((slope > 0.0) == (c->s0 > 0.0)) {
            low = x;
        } else {
            high = x;
        }
    }
    return 0.5 * (low + high);
}

static cubic cubic_of(const bk_kin_swing *s, const double *f, int32_t v)
{
    const bk_rodas *const r = s->work->rodas;
    const double h = r->t - r->t_old;
    return (cubic){r->y_old[v], r->y[v], h * s->last[v], h * f[v]};
}

static void extend(bk_kin_swing *s, int32_t v, double y)
{
    s->low[v] = fmin(s->low[v], y);
    s->high[v] = fmax(s->high[v], y);
}

static void open_window(bk_kin_swing *s)
{
    const bk_rodas *const r = s->work->rodas;
    const size_t size = (size_t)s->work->system->n * sizeof(double);
    memcpy(s->low_before, s->low, size);
    memcpy(s->high_before, s->high, size);
    memcpy(s->low, r->y, size);
    memcpy(s->high, r->y, size);
    memset(s->turns, 0, (size_t)s->work->system->n * sizeof *s->turns);
    s->window_step = r->steps;
    s->windows++;
}

static bool is_over(const bk_kin_swing *s)
{
    const long steps = s->work->rodas->steps - s->window_step;
    int32_t most = 0;
    for (int32_t v = 0; v < s->work->system->n; v++) {
        most = s->turns[v] > most ? s->turns[v] : most;
    }
    /* Longer and longer, since what turns most need not be what swings. */
    const long shortest = SHORTEST * (long)s->windows;
    return steps >= LONGEST || (steps >= shortest && most >= TURNS);
}

/* The variable that swings most with unchanged extremes, or -1; beside large ones, the
 * swing of a small one counts little. */
static int32_t find_clock(const bk_kin_swing *s, double shift_allowed)
{
    const bk_kin_work *const w = s->work;
    int32_t found = -1;
    double most = least_width;
    for (int32_t v = 0; s->windows > 1 && v < w->system->n; v++) {
        const double width = s->high[v] - s->low[v];
        const double shift = fmax(fabs(s->high[v] - s->high_before[v]),
                                  fabs(s->low[v] - s->low_before[v]));
        const double group = w->rodas->largest[w->system->group[v]] / w->units[v];
        const double scale = fmax(bk_kin_scale_of(w, v, s->high[v]), 1e-3 * group);
        if (s->turns[v] >= TURNS && shift <= shift_allowed * width &&
            width / scale > most) {
            most = width / scale;
            found = v;
        }
    }
    return found;
}

static void watch_extremes(bk_kin_swing *s, const double *f)
{
    const double *const y = s->work->rodas->y;
    for (int32_t v = 0; v < s->work->system->n; v++) {
        extend(s, v, y[v]);
        if (s->last[v] * f[v] < 0.0) {
            const cubic c = cubic_of(s, f, v);
            extend(s, v, cubic_at(&c, cubic_turn(&c)));
            s->turns[v]++;
        }
    }
}

/* Adds to the integrals what the step from one share of it to another holds. */
static void integrate(bk_kin_swing *s, const double *f, double from, double to)
{
    const double h = s->work->rodas->t - s->work->rodas->t_old;
    for (int32_t v = 0; v < s->work->system->n; v++) {
        const cubic c = cubic_of(s, f, v);
        s->sum[v] += h * (cubic_integral(&c, to) - cubic_integral(&c, from));
    }
}

static bool follow_clock(bk_kin_swing *s, const double *f)
{
    const bk_rodas *const r = s->work->rodas;
    if (!(s->last[s->clock] > 0.0 && f[s->clock] < 0.0)) {
        if (s->maxima > 0) {
            integrate(s, f, 0.0, 1.0);
        }
        return false;
    }
    const cubic c = cubic_of(s, f, s->clock);
    const double turn = cubic_turn(&c);
    s->last_maximum = r->t_old + turn * (r->t - r->t_old);
    s->maxima++;
    if (s->maxima == 1) {
        s->first_maximum = s->last_maximum;
        integrate(s, f, turn, 1.0);
        return false;
    }
    const bool over = s->maxima > PERIODS;
    integrate(s, f, 0.0, over ? turn : 1.0);
    if (over) {
        const double time = s->last_maximum - s->first_maximum;
        for (int32_t v = 0; v < s->work->system->n; v++) {
            s->sum[v] /= time;
        }
    }
    return over;
}

static bk_kin_swinging judge(bk_kin_swing *s)
{
    const int32_t found = find_clock(s, s->close ? sure_shift : sign_shift);
    if (found >= 0 && s->close) {
        s->clock = found;
        return BK_SWING_NO; /* the average is still to be taken */
    }
    open_window(s);
    if (found >= 0) {
        s->close = true;
        s->windows = 0;
        return BK_SWING_SIGN;
    }
    return BK_SWING_NO;
}

bk_kin_swinging bk_kin_swing_watch(bk_kin_swing *swing)
{
    const bk_kin_system *const system = swing->work->system;
    const double *const f = bk_rodas_derivative(swing->work->rodas);
    if (f == NULL || system->n == 0) {
        return BK_SWING_NO; /* the next step will say so */
    }
    bk_kin_swinging verdict = BK_SWING_NO;
    if (swing->windows == 0 && swing->clock < 0) {
        open_window(swing);
    } else if (swing->clock >= 0) {
        verdict = follow_clock(swing, f) ? BK_SWING_YES : BK_SWING_NO;
    } else {
        watch_extremes(swing, f);
        verdict = is_over(swing) ? judge(swing) : BK_SWING_NO;
    }
    memcpy(swing->last, f, (size_t)system->n * sizeof *f);
    return verdict;
}

void bk_kin_swing_end(const bk_kin_swing *swing, bk_outcome *outcome, double *mean)
{
    const bk_kin_work *const w = swing->work;
    const int32_t v = swing->clock;
    char text[3][40];
    bk_c_snprintf(text[0], sizeof text[0], "%.4g", swing->low[v] * w->units[v]);
    bk_c_snprintf(text[1], sizeof text[1], "%.4g", swing->high[v] * w->units[v]);
    bk_c_snprintf(text[2], sizeof text[2], "%.4g", bk_kin_swing_period(swing));
    memcpy(mean, swing->sum, (size_t)w->system->n * sizeof *mean);
    bk_outcome_end(
        outcome, BK_STOP_NOT_STEADY,
        "no steady state: it oscillates, %s between %s and %s with period about "
        "%s; the row is the average over time",
        bk_symbol_id(w->system->head.model, w->system->variable[v]), text[0], text[1],
        text[2]);
}

void bk_kin_swing_closer(double *rtol, double *atol)
{
    *atol = *atol > 0.0 ? fmin(*atol, swing_way * *atol / *rtol) : *atol;
    *rtol = fmin(*rtol, swing_way);
}

double bk_kin_swing_period(const bk_kin_swing *swing)
{
    return (swing->last_maximum - swing->first_maximum) / PERIODS;
}
