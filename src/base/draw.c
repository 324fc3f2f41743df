/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/draw.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
enum { MOST_TRIES = 10000000 };

/* Marsaglia's polar method; the second of the pair is not kept, so that a stream is used
 * up in the same way whatever is drawn from it. */
static double standard_normal(bk_random *r)
{
    for (;;) {
        const double x = 2.0 * bk_random_uniform(r) - 1.0;
        const double y = 2.0 * bk_random_uniform(r) - 1.0;
        const double s = x * x + y * y;
        if (s > 0.0 && s < 1.0) {
            return x * sqrt(-2.0 * log(s) / s);
        }
    }
}

double bk_draw_normal(bk_random *random, double mean, double deviation)
{
    return deviation >= 0.0 ? mean + deviation * standard_normal(random) : (double)NAN;
}

/* Shape 1 and more. */
static double large_gamma(bk_random *r, double shape)
{
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = standard_normal(r);
        const double root = 1.0 + c * x;
        if (root <= 0.0) {
            continue;
        }
        const double v = root * root * root;
        const double u = bk_random_uniform(r);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) {
            return d * v;
        }
    }
}

double bk_draw_gamma(bk_random *random, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0 && isfinite(shape))) {
        return (double)NAN;
    }
    if (shape < 1.0) {
        const double rest = pow(bk_random_uniform(random), 1.0 / shape);
        return scale * large_gamma(random, shape + 1.0) * rest;
    }
    return scale * large_gamma(random, shape);
}

static bool is_count(double n)
{
    return n >= 0.0 && n <= 0x1p53 && floor(n) == n;
}

/* The k-th smallest of n uniform numbers is a beta draw, and splits the others into two
 * binomial problems of which one is decided. */
double bk_draw_binomial(bk_random *random, double trials, double p)
{
    if (!is_count(trials) || !(p >= 0.0 && p <= 1.0)) {
        return (double)NAN;
    }
    double sum = 0.0;
    double n = trials;
    while (n > 16.0 && p > 0.0 && p < 1.0) {
        const double k = floor(n / 2.0) + 1.0;
        const double a = bk_draw_gamma(random, k, 1.0);
        const double b = bk_draw_gamma(random, n + 1.0 - k, 1.0);
        const double x = a / (a + b);
        if (x >= p) {
            n = k - 1.0;
            p = fmin(p / x, 1.0);
        } else {
            sum += k;
            n -= k;
            p = (p - x) / (1.0 - x);
        }
    }
    if (p >= 1.0) {
        return sum + n;
    }
    for (; n > 0.0 && p > 0.0; n -= 1.0) {
        sum += bk_random_uniform(random) < p;
    }
    return sum;
}

/* The arrival of the k-th event is a gamma draw; up to there or from there on remains. */
double bk_draw_poisson(bk_random *random, double mean)
{
    if (!(mean >= 0.0 && mean <= 0x1p50)) {
        return (double)NAN;
    }
    double sum = 0.0;
    double left = mean;
    while (left > 16.0) {
        const double k = floor(7.0 / 8.0 * left);
        const double arrival = bk_draw_gamma(random, k, 1.0);
        if (arrival > left) {
            return sum + bk_draw_binomial(random, k - 1.0, left / arrival);
        }
        sum += k;
        left -= arrival;
    }
    for (double at = bk_random_exponential(random); at < left;
         at += bk_random_exponential(random)) {
        sum += 1.0;
    }
    return sum;
}

/* --- those of distrib --------------------------------------------------------------------- */

static double cauchy(bk_random *r, double location, double scale)
{
    return scale > 0.0 ? location + scale * tan(PI * (bk_random_uniform(r) - 0.5))
                       : (double)NAN;
}

static double laplace(bk_random *r, double location, double scale)
{
    const double size = scale > 0.0 ? bk_random_exponential(r) : (double)NAN;
    return bk_random_uniform(r) < 0.5 ? location - scale * size
                                      : location + scale * size;
}

/* n: parameters without bounds. */
static double draw_once(bk_random *r, bk_distribution distribution, const double *a,
                        int n)
{
    const double location = n == 2 ? a[0] : 0.0;
    switch (distribution) {
    case BK_DRAW_NORMAL:
        return bk_draw_normal(r, a[0], a[1]);
    case BK_DRAW_UNIFORM:
        return a[0] <= a[1] ? a[0] + (a[1] - a[0]) * bk_random_uniform(r) : (double)NAN;
    case BK_DRAW_BERNOULLI:
        return bk_draw_binomial(r, 1.0, a[0]);
    case BK_DRAW_BINOMIAL:
        return bk_draw_binomial(r, a[0], a[1]);
    case BK_DRAW_CAUCHY:
        return cauchy(r, location, a[n - 1]);
    case BK_DRAW_CHISQUARE:
        return bk_draw_gamma(r, a[0] / 2.0, 2.0);
    case BK_DRAW_EXPONENTIAL:
        return a[0] > 0.0 ? bk_random_exponential(r) / a[0] : (double)NAN;
    case BK_DRAW_GAMMA:
        return bk_draw_gamma(r, a[0], a[1]);
    case BK_DRAW_LAPLACE:
        return laplace(r, location, a[n - 1]);
    case BK_DRAW_LOGNORMAL:
        return exp(bk_draw_normal(r, a[0], a[1]));
    case BK_DRAW_POISSON:
        return bk_draw_poisson(r, a[0]);
    case BK_DRAW_RAYLEIGH:
    default:
        return a[0] > 0.0 ? a[0] * sqrt(2.0 * bk_random_exponential(r)) : (double)NAN;
    }
}

static int most_parameters(bk_distribution distribution)
{
    switch (distribution) {
    case BK_DRAW_NORMAL:
    case BK_DRAW_UNIFORM:
    case BK_DRAW_BINOMIAL:
    case BK_DRAW_CAUCHY:
    case BK_DRAW_GAMMA:
    case BK_DRAW_LAPLACE:
    case BK_DRAW_LOGNORMAL:
        return 2;
    default:
        return 1;
    }
}

bool bk_draw_takes(bk_distribution distribution, int n)
{
    const int most = most_parameters(distribution);
    const bool bounds =
        distribution != BK_DRAW_UNIFORM && distribution != BK_DRAW_BERNOULLI;
    const bool short_form =
        distribution == BK_DRAW_CAUCHY || distribution == BK_DRAW_LAPLACE;
    return n == most || (bounds && n == most + 2) || (short_form && n == 1);
}

double bk_draw(bk_random *random, bk_distribution distribution, const double *arguments,
               int n)
{
    const int most = most_parameters(distribution);
    if (n <= most) {
        return draw_once(random, distribution, arguments, n);
    }
    const double low = arguments[most];
    const double high = arguments[most + 1];
    for (long k = 0; k < MOST_TRIES && low <= high; k++) {
        const double x = draw_once(random, distribution, arguments, most);
        if (isnan(x) || (x >= low && x <= high)) {
            return x;
        }
    }
    return (double)NAN;
}
