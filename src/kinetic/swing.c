/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/swing.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

enum { TURNS = 8, SHORTEST = 48, LONGEST = 1500, LONG = 8, LONGER = 32 /* windows */ };
/* Of the width of a swing: by how much its extremes may move between windows. */
static const double sign_shift = 2e-2, sure_shift = 2e-3;
static const double least_width = 1e-2; /* of its scale */
static const double most_rest = 2e-2;   /* of its scale: what may be added unseen */
static const double swing_way = 1e-4;   /* the tolerance to look closer with */

bool bk_kin_swing_new(bk_kin_swing *swing, bk_kin_work *work)
{
    const size_t n = (size_t)work->system->n + 1;
    *swing = (bk_kin_swing){.work = work, .clock = -1};
    swing->memory = bk_alloc_zero((6 + BK_SWING_MARKS) * n, sizeof(double));
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
    swing->sums = next;
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

/* Where its slope is zero, the slopes at the ends having different signs: one root of
 * s0 + 2 bend x + 3 twist x^2 lies between them. */
static double cubic_turn(const cubic *c)
{
    const double rise = c->y1 - c->y0;
    const double bend = 3.0 * rise - 2.0 * c->s0 - c->s1;
    const double twist = c->s0 + c->s1 - 2.0 * rise;
    const double root =
        copysign(sqrt(fmax(bend * bend - 3.0 * twist * c->s0, 0.0)), c->s0);
    /* of its two forms that in which nothing cancels */
    const double x = (bend > 0.0) == (c->s0 > 0.0) ? -(bend + root) / (3.0 * twist)
                                                   : c->s0 / (root - bend);
    return isfinite(x) ? fmin(fmax(x, 0.0), 1.0) : 0.5;
}

/* Where it passes a level upwards, being below it at the start and not at the end. */
static double cubic_passage(const cubic *c, double level)
{
    double low = 0.0, high = 1.0;
    for (int i = 0; i < 30; i++) {
        const double x = 0.5 * (low + high);
        if (cubic_at(c, x) < level) {
            low = x;
        } else {
            high = x;
        }
    }
    return high;
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
    const long shortest = SHORTEST * (((long)s->windows + 1) / 2);
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

/* The mark of a passage, counted back from the last, and the integrals up to it. */
static int place_of(const bk_kin_swing *s, int back)
{
    return (s->passages - 1 - back) % BK_SWING_MARKS;
}

static const bk_kin_mark *mark_of(const bk_kin_swing *s, int back)
{
    return &s->marks[place_of(s, back)];
}

static double *sums_of(const bk_kin_swing *s, int back)
{
    return s->sums + (size_t)place_of(s, back) * (size_t)s->work->system->n;
}

static void follow(bk_kin_swing *s, int32_t clock)
{
    s->clock = clock;
    s->level = 0.5 * (s->low[clock] + s->high[clock]);
    s->passages = 0;
    s->cycle = (bk_kin_mark){.low = (double)INFINITY, .high = -(double)INFINITY};
    memset(s->sum, 0, (size_t)s->work->system->n * sizeof *s->sum);
}

/* The integrals, the extremes of the clock, and a mark where it passes its level. */
static void follow_clock(bk_kin_swing *s, const double *f)
{
    const bk_rodas *const r = s->work->rodas;
    const int32_t v = s->clock;
    const cubic c = cubic_of(s, f, v);
    double passed = 0.0;
    if (c.y0 < s->level && c.y1 >= s->level) {
        passed = cubic_passage(&c, s->level);
        integrate(s, f, 0.0, passed);
        s->cycle.time = r->t_old + passed * (r->t - r->t_old);
        s->passages++;
        s->marks[place_of(s, 0)] = s->cycle;
        memcpy(sums_of(s, 0), s->sum, (size_t)s->work->system->n * sizeof *s->sum);
        s->cycle.low = s->cycle.high = s->level;
    }
    integrate(s, f, passed, 1.0);
    const double turn = c.s0 * c.s1 < 0.0 ? cubic_at(&c, cubic_turn(&c)) : c.y1;
    s->cycle.low = fmin(s->cycle.low, fmin(c.y1, turn));
    s->cycle.high = fmax(s->cycle.high, fmax(c.y1, turn));
}

static double average_of(const bk_kin_swing *s, int32_t v, int back)
{
    const double time = mark_of(s, back)->time - mark_of(s, back + 1)->time;
    return (sums_of(s, back)[v] - sums_of(s, back + 1)[v]) / time;
}

/* What the averages over the last periods tend to.  Slow variables still drift while fast
 * ones swing already as they always will: where three differences in a row shrink by the
 * same factor, the rest of the way is added.  False: a difference is too large yet. */
static bool foresee(const bk_kin_swing *s, int32_t v, double shift_allowed,
                    double *mean)
{
    double averages[BK_SWING_MARKS - 1];
    double sum = 0.0;
    for (int k = 0; k < BK_SWING_MARKS - 1; k++) {
        averages[k] = average_of(s, v, k);
        sum += averages[k];
    }
    const double last = averages[0] - averages[1];
    const double middle = averages[1] - averages[2];
    const double first = averages[2] - averages[3];
    const double size = bk_kin_scale_of(s->work, v, averages[0]);
    const double ratio = last / middle;
    const double rest = last * ratio / (1.0 - ratio);
    const bool shrinks =
        ratio > 0.3 && ratio < 0.98 && fabs(ratio - middle / first) <= 0.05;
    const bool near = fabs(rest) <= most_rest * size;
    *mean = shrinks && near ? averages[0] + rest : sum / (BK_SWING_MARKS - 1);
    return shrinks ? near : fmax(fabs(last), fabs(middle)) <= shift_allowed * size;
}

/* The last period is like the one before, in length and in the extremes of the clock, and
 * it can be told where the averages of all variables go. */
static bool comes_again(const bk_kin_swing *s, double shift_allowed)
{
    if (s->passages < BK_SWING_MARKS) {
        return false;
    }
    const bk_kin_mark *const now = mark_of(s, 0);
    const bk_kin_mark *const before = mark_of(s, 1);
    const double period = now->time - before->time;
    const double other = before->time - mark_of(s, 2)->time;
    const double allowed = shift_allowed * (now->high - now->low);
    bool same = fabs(period - other) <= shift_allowed * period &&
                fabs(now->low - before->low) <= allowed &&
                fabs(now->high - before->high) <= allowed;
    for (int32_t v = 0; same && v < s->work->system->n; v++) {
        double mean;
        same = foresee(s, v, shift_allowed, &mean);
    }
    return same;
}

static bk_kin_swinging look_closer(bk_kin_swing *s)
{
    s->close = true;
    s->windows = s->passages = 0;
    open_window(s);
    return BK_SWING_SIGN;
}

/* The largest change of an average from one period to the next, so many periods ago. */
static double change_of(const bk_kin_swing *s, int back)
{
    double most = 0.0;
    for (int32_t v = 0; v < s->work->system->n; v++) {
        const double now = average_of(s, v, back);
        const double size = bk_kin_scale_of(s->work, v, now);
        most = fmax(most, fabs(now - average_of(s, v, back + 1)) / size);
    }
    return most;
}

/* Periods are not alike yet, but less unlike from one to the next. */
static bool settles(const bk_kin_swing *s)
{
    return s->passages >= BK_SWING_MARKS && s->windows < LONGER &&
           change_of(s, 0) < change_of(s, 1) && change_of(s, 1) < change_of(s, 2);
}

/* At the end of a window: a variable to follow; or, where periods have not become alike
 * for long, that they never will. */
static bk_kin_swinging judge(bk_kin_swing *s)
{
    const bool followed = s->clock >= 0;
    const bool late = s->windows >= LONG && !(s->close && settles(s));
    if (followed && !late) {
        open_window(s);
        return BK_SWING_NO;
    }
    const int32_t found = find_clock(s, s->close ? sure_shift : sign_shift);
    if (found >= 0 && s->passages < BK_SWING_MARKS && found != s->clock) {
        follow(s, found);
    }
    if (followed && !s->close) {
        return look_closer(s);
    }
    s->sure = found >= 0 && s->close;
    open_window(s);
    return BK_SWING_NO;
}

/* At the end of a period. */
static bk_kin_swinging compare(bk_kin_swing *s)
{
    if (s->sure && s->passages >= BK_SWING_MARKS) {
        return BK_SWING_YES;
    }
    if (!comes_again(s, s->close ? sure_shift : sign_shift)) {
        return BK_SWING_NO;
    }
    return s->close ? BK_SWING_YES : look_closer(s);
}

bk_kin_swinging bk_kin_swing_watch(bk_kin_swing *swing)
{
    const bk_kin_system *const system = swing->work->system;
    const double *const f = bk_rodas_derivative(swing->work->rodas);
    if (f == NULL || system->n == 0) {
        return BK_SWING_NO; /* the next step will say so */
    }
    bk_kin_swinging verdict = BK_SWING_NO;
    if (swing->windows == 0) {
        open_window(swing);
    } else {
        const int passages = swing->passages;
        if (swing->clock >= 0) {
            follow_clock(swing, f);
        }
        watch_extremes(swing, f);
        if (swing->passages > passages) {
            verdict = compare(swing);
        }
        if (verdict == BK_SWING_NO && is_over(swing)) {
            verdict = judge(swing);
        }
    }
    memcpy(swing->last, f, (size_t)system->n * sizeof *f);
    return verdict;
}

void bk_kin_swing_end(const bk_kin_swing *swing, bk_outcome *outcome, double *mean)
{
    const bk_kin_work *const w = swing->work;
    const bk_kin_mark *const last = mark_of(swing, 0);
    const double unit = w->units[swing->clock];
    char text[3][40];
    bk_c_snprintf(text[0], sizeof text[0], "%.4g", last->low * unit);
    bk_c_snprintf(text[1], sizeof text[1], "%.4g", last->high * unit);
    bk_c_snprintf(text[2], sizeof text[2], "%.4g",
                  last->time - mark_of(swing, 1)->time);
    for (int32_t v = 0; v < w->system->n; v++) {
        foresee(swing, v, sure_shift, &mean[v]);
    }
    bk_outcome_end(
        outcome, BK_STOP_NOT_STEADY,
        "no steady state: it oscillates, %s between %s and %s with period about "
        "%s; the row is the average over time",
        bk_symbol_id(w->system->head.model, w->system->variable[swing->clock]), text[0],
        text[1], text[2]);
}

void bk_kin_swing_closer(double *rtol, double *atol)
{
    *atol = *atol > 0.0 ? fmin(*atol, swing_way * *atol / *rtol) : *atol;
    *rtol = fmin(*rtol, swing_way);
}
