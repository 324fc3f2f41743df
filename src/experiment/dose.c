/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blockade/dose.h>

#include "base/alloc.h"
#include "solve/least_squares.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The responses are scaled to 0 at the lowest and 1 at the highest dose, so that one set
 * of starts and thresholds serves all. */

enum { A_END, LN_EC50, LN_HILL, A_START, PARAMETERS }; /* the last one may be known */

static const double least_effect = 1e-3, most_turn = 2e-2, plateau = 5e-2;
static const double most_spread = 1e3; /* of a parameter for a residual of the range */
static const double steepest = 7.0;    /* ln |hill| */

typedef struct point {
    double dose, ln, y; /* ln -infinite at dose 0 */
} point;

typedef struct fit {
    const point *points, *means;
    size_t n, m, p;
    double start;
    double x[PARAMETERS], covariance[PARAMETERS * PARAMETERS], sum;
} fit;

static int by_dose(const void *a, const void *b)
{
    const point *const x = a, *const y = b;
    return (x->dose > y->dose) - (x->dose < y->dose);
}

static double share(const double *x, double ln)
{
    return 1.0 / (1.0 + exp(-exp(fmin(x[LN_HILL], steepest)) * (ln - x[LN_EC50])));
}

static double start_of(const fit *g, const double *x)
{
    return g->p == PARAMETERS ? x[A_START] : g->start;
}

static void residuals(void *context, const double *x, double *f)
{
    const fit *const g = context;
    const double start = start_of(g, x);
    for (size_t i = 0; i < g->n; i++) {
        const double s = share(x, g->points[i].ln);
        f[i] = start + (x[A_END] - start) * s - g->points[i].y;
    }
}

static void jacobian(void *context, const double *x, double *j)
{
    const fit *const g = context;
    const double height = x[A_END] - start_of(g, x);
    const double hill = exp(fmin(x[LN_HILL], steepest));
    for (size_t i = 0; i < g->n; i++) {
        const double s = share(x, g->points[i].ln);
        const double slope = height * s * (1.0 - s) * hill;
        const double away = g->points[i].ln - x[LN_EC50];
        double *const row = j + i * g->p;
        row[A_END] = s;
        row[LN_EC50] = -slope;
        row[LN_HILL] = isfinite(away) ? slope * away : 0.0;
        if (g->p == PARAMETERS) {
            row[A_START] = 1.0 - s;
        }
    }
}

/* The logarithm of the dose at which the points pass a value; NaN: never. */
static double passes(const point *points, size_t n, double value)
{
    for (size_t i = 0; i + 1 < n; i++) {
        const point *const a = &points[i], *const b = &points[i + 1];
        const double below = a->y - value, above = b->y - value;
        if (below == 0.0 && i == 0) {
            return a->ln;
        }
        if (above == 0.0) {
            return b->ln;
        }
        if ((below < 0.0) != (above < 0.0)) {
            const double part = below / (below - above);
            return a->dose > 0.0 ? a->ln + part * (b->ln - a->ln) : log(part * b->dose);
        }
    }
    return (double)NAN;
}

/* The best of several starts. */
static bk_status search(fit *g)
{
    const bk_least_squares problem = {.n = g->n,
                                      .p = g->p,
                                      .context = g,
                                      .residuals = residuals,
                                      .jacobian = jacobian};
    const double half = passes(g->means, g->m, 0.5);
    const double width = passes(g->means, g->m, 0.75) - passes(g->means, g->m, 0.25);
    /* ln 9 is the distance of a quarter and three quarters at a slope of 1 */
    const double slopes[] = {width > 0.0 ? log(log(9.0) / width) : 0.0, -0.7, 0.0, 1.5};
    const double ends[] = {1.0, 1.5, 4.0};
    bk_status best = BK_NUMERICAL;
    for (size_t k = 0; k < 12; k++) {
        double x[PARAMETERS] = {[A_END] = ends[k / 4],
                                [LN_EC50] = half,
                                [LN_HILL] = slopes[k % 4],
                                [A_START] = 0.0};
        double covariance[PARAMETERS * PARAMETERS];
        double sum = 0.0;
        const bk_status status = bk_least_squares_fit(&problem, x, &sum, covariance);
        if (status == BK_NO_MEMORY) {
            return status;
        }
        if (status == BK_OK && (best != BK_OK || sum < g->sum)) {
            best = BK_OK;
            g->sum = sum;
            for (size_t i = 0; i < g->p; i++) {
                g->x[i] = x[i];
            }
            for (size_t i = 0; i < g->p * g->p; i++) {
                g->covariance[i] = covariance[i];
            }
        }
    }
    return best;
}

/* --- the answer ----------------------------------------------------------------------- */

typedef struct scale {
    double zero, unit; /* response = zero + unit * y */
} scale;

static bool determined(const fit *g, size_t i)
{
    const double variance = g->covariance[i * g->p + i];
    return variance > 0.0 && sqrt(variance) <= most_spread;
}

/* The error of a function of the parameters with this gradient. */
static double error_of(const fit *g, const double *gradient)
{
    double sum = 0.0;
    for (size_t i = 0; i < g->p; i++) {
        for (size_t k = 0; k < g->p; k++) {
            sum += gradient[i] * g->covariance[i * g->p + k] * gradient[k];
        }
    }
    return g->n > g->p ? sqrt(sum * g->sum / (double)(g->n - g->p)) : (double)NAN;
}

static double error_alone(const fit *g, size_t i)
{
    double gradient[PARAMETERS] = {0.0};
    gradient[i] = 1.0;
    return error_of(g, gradient);
}

/* Where the fitted curve takes the level. */
static void take_absolute(const fit *g, scale s, bk_dose_curve *c)
{
    const double start = start_of(g, g->x);
    const double height = g->x[A_END] - start;
    const double at = ((c->level - s.zero) / s.unit - start) / height;
    const double hill = exp(g->x[LN_HILL]);
    if (!(at > 0.0 && at < 1.0)) {
        return;
    }
    const double logit = log(at / (1.0 - at));
    const double dose = exp(g->x[LN_EC50] + logit / hill);
    if (dose < c->lowest || dose > c->highest) {
        return;
    }
    const double by_share = 1.0 / (hill * at * (1.0 - at));
    const double gradient[PARAMETERS] = {[A_END] = -at / height * by_share,
                                         [LN_EC50] = 1.0,
                                         [LN_HILL] = -logit / hill,
                                         [A_START] = -(1.0 - at) / height * by_share};
    c->absolute = dose;
    c->absolute_error = dose * error_of(g, gradient);
}

static void take_goodness(const fit *g, scale s, bk_dose_curve *c)
{
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < g->n; i++) {
        mean += g->points[i].y / (double)g->n;
    }
    for (size_t i = 0; i < g->n; i++) {
        variance += (g->points[i].y - mean) * (g->points[i].y - mean);
    }
    c->r2 = 1.0 - g->sum / variance;
    c->rms =
        g->n > g->p ? fabs(s.unit) * sqrt(g->sum / (double)(g->n - g->p)) : (double)NAN;
}

static void take_plateaus(const fit *g, scale s, bk_dose_curve *c)
{
    const double ends[2] = {s.zero + s.unit * start_of(g, g->x),
                            s.zero + s.unit * g->x[A_END]};
    const double errors[2] = {
        g->p == PARAMETERS ? fabs(s.unit) * error_alone(g, A_START) : 0.0,
        fabs(s.unit) * error_alone(g, A_END)};
    const bool known[2] = {g->p < PARAMETERS || determined(g, A_START),
                           determined(g, A_END)};
    const int low = ends[1] >= ends[0] ? 0 : 1;
    if (known[low]) {
        c->bottom = ends[low];
        c->bottom_error = errors[low];
    }
    if (known[1 - low]) {
        c->top = ends[1 - low];
        c->top_error = errors[1 - low];
    }
}

static void take_fit(const fit *g, scale s, bk_dose_curve *c)
{
    const double ec50 = exp(g->x[LN_EC50]);
    const double hill = exp(g->x[LN_HILL]);
    c->covered_low = share(g->x, g->points[0].ln);
    c->covered_high = share(g->x, g->points[g->n - 1].ln);
    take_goodness(g, s, c);
    take_plateaus(g, s, c);
    if (determined(g, LN_EC50)) {
        c->ec50 = ec50;
        c->ec50_error = ec50 * error_alone(g, LN_EC50);
    }
    if (determined(g, LN_HILL) && g->x[LN_HILL] < steepest) {
        c->hill = (c->direction < 0 ? -hill : hill);
        c->hill_error = hill * error_alone(g, LN_HILL);
    }
    c->verdict = ec50 < c->lowest    ? BK_DOSE_BELOW
                 : ec50 > c->highest ? BK_DOSE_ABOVE
                                     : BK_DOSE_FITTED;
    if (c->verdict == BK_DOSE_FITTED && isfinite(c->level)) {
        take_absolute(g, s, c);
    }
}

/* --- what the points say without a fit ------------------------------------------------ */

/* The largest way back against the direction of the whole.  *where: the dose that lies
 * farthest outside of both ends, or where the way back began when none does. */
static double turning(const point *points, size_t n, double *where)
{
    double most = 0.0, extreme = points[0].y, at = points[0].dose;
    double outside = 0.0, farthest = (double)NAN;
    for (size_t i = 1; i < n; i++) {
        const double y = points[i].y;
        const double out =
            fmax(y - 1.0, -y); /* the ends are at 0 and 1, or both at 0 */
        if (out > outside) {
            outside = out;
            farthest = points[i].dose;
        }
        if (y > extreme) {
            extreme = y;
            at = points[i].dose;
        }
        if (extreme - y > most) {
            most = extreme - y;
            *where = at;
        }
    }
    *where = outside > most_turn ? farthest : *where;
    return most;
}

/* At most `most` doses on the flank, between one plateau and the other. */
static bool is_step(const point *points, size_t n, size_t most, bk_dose_curve *c)
{
    size_t last = 0, first = n; /* of the one plateau; of the other */
    for (size_t i = 0; i < n; i++) {
        last = points[i].y <= plateau ? i : last;
        first = first == n && points[i].y >= 1.0 - plateau ? i : first;
    }
    if (first > last + 1 + most) {
        return false;
    }
    c->step[0] = points[last].dose;
    c->step[1] = points[first].dose;
    if (c->step[0] == 0.0 && first == 1) {
        c->verdict = BK_DOSE_BELOW;
    } else if (last + 2 == n) {
        c->verdict = BK_DOSE_ABOVE;
    } else {
        c->verdict = BK_DOSE_STEP;
        c->ec50 = exp(passes(points, n, 0.5));
    }
    return true;
}

static double mean_over_log(const point *points, size_t n)
{
    double sum = 0.0, width = 0.0, only = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        only = points[i].dose > 0.0 ? points[i].y : only;
        if (i > 0 && points[i - 1].dose > 0.0) {
            const double step = points[i].ln - points[i - 1].ln;
            sum += 0.5 * step * (points[i].y + points[i - 1].y);
            width += step;
        }
    }
    return width > 0.0 ? sum / width : only;
}

static void look(const point *points, size_t n, double level, bk_dose_curve *c)
{
    double low = points[0].y;
    double high = low;
    size_t positive = points[0].dose > 0.0 ? 0 : 1;
    for (size_t i = 1; i < n; i++) {
        low = fmin(low, points[i].y);
        high = fmax(high, points[i].y);
    }
    c->lowest = points[positive < n ? positive : 0].dose;
    c->highest = points[n - 1].dose;
    c->first = points[0].y;
    c->last = points[n - 1].y;
    c->mean = mean_over_log(points, n);
    const bool moves = high - low > least_effect * fmax(fabs(low), fabs(high));
    c->direction = !moves ? 0 : c->last > c->first ? 1 : -1;
    c->level = isfinite(level)                      ? level
               : c->direction < 0 && c->first > 0.0 ? 0.5 * c->first
                                                    : (double)NAN;
    if (moves && isfinite(c->level)) {
        c->crossing = exp(passes(points, n, c->level));
    }
}

/* Sorted, without what has no response. */
static bk_status gather(const double *doses, const double *responses, size_t n,
                        point *points, size_t *count)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(doses[i] >= 0.0) || !isfinite(doses[i])) {
            return BK_MISUSE;
        }
        if (isfinite(responses[i])) {
            points[m++] = (point){doses[i], log(doses[i]), responses[i]};
        }
    }
    if (m > 0) {
        qsort(points, m, sizeof *points, by_dose);
    }
    *count = m;
    return BK_OK;
}

/* The mean response of each dose; how many doses there are. */
static size_t average(const point *points, size_t n, point *means)
{
    size_t m = 0;
    for (size_t i = 0; i < n;) {
        size_t next = i;
        double sum = 0.0;
        for (; next < n && points[next].dose <= points[i].dose; next++) {
            sum += points[next].y;
        }
        means[m] = points[i];
        means[m++].y = sum / (double)(next - i);
        i = next;
    }
    return m;
}

static void rescale(point *points, size_t n, scale s)
{
    for (size_t i = 0; i < n;
         i++) { /* without a way between the ends all of it turns */
        points[i].y = (points[i].y - s.zero) / (s.unit != 0.0 ? s.unit : DBL_MIN);
    }
}

/* A curve without a plateau within the doses has no fit: where it is steepest says on which
 * side of them EC50 is. */
static bk_dose_verdict beyond(const point *points, size_t n)
{
    size_t steepest_at = 0;
    double most = 0.0;
    for (size_t i = 0; i + 1 < n; i++) {
        const double slope =
            points[i].dose > 0.0
                ? (points[i + 1].y - points[i].y) / (points[i + 1].ln - points[i].ln)
                : 0.0;
        if (slope > most) {
            most = slope;
            steepest_at = i;
        }
    }
    return steepest_at + 2 == n                       ? BK_DOSE_ABOVE
           : points[0].dose > 0.0 && steepest_at == 0 ? BK_DOSE_BELOW
                                                      : BK_DOSE_UNFITTED;
}

/* means [m] of points [n] by dose; both are rescaled. */
static bk_status judge(point *points, size_t n, point *means, size_t m, double level,
                       double start, bk_dose_curve *c)
{
    if (m > 0) {
        look(means, m, level, c);
    }
    if (m < PARAMETERS || c->direction == 0) {
        c->verdict = m < PARAMETERS ? BK_DOSE_FEW : BK_DOSE_NO_EFFECT;
        return BK_OK;
    }
    const scale s = {c->first, c->last - c->first};
    rescale(points, n, s);
    rescale(means, m, s);
    if (turning(means, m, &c->turn) > most_turn) {
        c->verdict = BK_DOSE_BENT;
        c->crossing = isfinite(level) ? c->crossing : (double)NAN;
        c->level = level;
        return BK_OK;
    }
    c->turn = (double)NAN;
    if (is_step(means, m, 0, c)) {
        return BK_OK;
    }
    fit g = {.points = points,
             .n = n,
             .means = means,
             .m = m,
             .p = isfinite(start) ? A_START : PARAMETERS,
             .start = (start - s.zero) / s.unit};
    const bk_status status = search(&g);
    if (status == BK_OK) {
        take_fit(&g, s, c);
    } else if (!is_step(means, m, 1, c)) {
        c->verdict = beyond(means, m);
    }
    return status == BK_NO_MEMORY ? status : BK_OK;
}

/* All numbers of a curve are doubles from its lowest dose on. */
static void nothing_known(bk_dose_curve *curve)
{
    const double nan = (double)NAN;
    for (size_t at = offsetof(bk_dose_curve, lowest); at < sizeof *curve;
         at += sizeof nan) {
        memcpy((char *)curve + at, &nan, sizeof nan);
    }
}

bk_status bk_dose_fit(const double *doses, const double *responses, size_t n,
                      double level, double start, bk_dose_curve *curve)
{
    bk_dose_curve made = {.direction = 0};
    nothing_known(&made);
    point *const points = bk_alloc(2 * (n + 1) * sizeof *points);
    size_t count = 0;
    bk_status status =
        points == NULL ? BK_NO_MEMORY : gather(doses, responses, n, points, &count);
    if (status == BK_OK) {
        point *const means = points + count;
        status = judge(points, count, means, average(points, count, means), level,
                       start, &made);
    }
    bk_free(points);
    if (status == BK_OK) {
        *curve = made;
    }
    return status;
}

double bk_dose_response(const bk_dose_curve *curve, double dose)
{
    if (isnan(curve->bottom) || isnan(curve->top) || isnan(curve->ec50) ||
        isnan(curve->hill)) {
        return (double)NAN;
    }
    const double s = 1.0 / (1.0 + pow(dose / curve->ec50, -curve->hill));
    return curve->bottom + (curve->top - curve->bottom) * s;
}
