/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

enum { DRAWS = 20000 };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef double law(double x, const double *p); /* distribution function */

/* Kolmogorov and Smirnov: sqrt(n) D exceeds 2.2 once in eight thousand times. */
static void follows(bk_distribution distribution, const double *p, int n, law *f)
{
    static double x[DRAWS];
    bk_random random;
    bk_random_start(&random, 3, (uint64_t)distribution, (uint64_t)n);
    for (int i = 0; i < DRAWS; i++) {
        x[i] = bk_draw(&random, distribution, p, n);
        assert_true(isfinite(x[i]));
    }
    qsort(x, DRAWS, sizeof *x, by_value);
    double most = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        const double at = f(x[i], p);
        most = fmax(most, fmax(at - (double)i / DRAWS, (double)(i + 1) / DRAWS - at));
    }
    if (!(most * sqrt((double)DRAWS) < 2.2)) {
        fail_msg("distribution %d: sqrt(n) D is %g", (int)distribution,
                 most * sqrt((double)DRAWS));
    }
}

static double normal_law(double x, const double *p)
{
    return 0.5 * erfc((p[0] - x) / (p[1] * sqrt(2.0)));
}

static double truncated_normal(double x, const double *p)
{
    const double low = normal_law(p[2], p);
    return (normal_law(x, p) - low) / (normal_law(p[3], p) - low);
}

static double uniform_law(double x, const double *p)
{
    return (x - p[0]) / (p[1] - p[0]);
}

static double cauchy_law(double x, const double *p)
{
    return 0.5 + atan((x - p[0]) / p[1]) / acos(-1.0);
}

static double short_cauchy(double x, const double *p)
{
    return cauchy_law(x, (const double[]){0, p[0]});
}

static double exponential_law(double x, const double *p)
{
    return -expm1(-p[0] * x);
}

static double truncated_exponential(double x, const double *p)
{
    return (exp(-p[0] * p[1]) - exp(-p[0] * x)) /
           (exp(-p[0] * p[1]) - exp(-p[0] * p[2]));
}

/* Shape 3, and one half. */
static double erlang_law(double x, const double *p)
{
    const double s = x / p[1];
    return 1.0 - exp(-s) * (1.0 + s + s * s / 2.0);
}

static double half_gamma(double x, const double *p)
{
    return erf(sqrt(x / p[1]));
}

static double chisquare_law(double x, const double *p)
{
    (void)p; /* 6 */
    return erlang_law(x, (const double[]){3, 2});
}

static double laplace_law(double x, const double *p)
{
    const double s = (x - p[0]) / p[1];
    return s < 0.0 ? 0.5 * exp(s) : 1.0 - 0.5 * exp(-s);
}

static double lognormal_law(double x, const double *p)
{
    return normal_law(log(x), p);
}

static double rayleigh_law(double x, const double *p)
{
    return -expm1(-x * x / (2.0 * p[0] * p[0]));
}

static void continuous_draws_follow_their_distribution_functions(void **state)
{
    (void)state;
    follows(BK_DRAW_NORMAL, (const double[]){2, 3}, 2, normal_law);
    follows(BK_DRAW_NORMAL, (const double[]){2, 3, -1, 2.5}, 4, truncated_normal);
    follows(BK_DRAW_UNIFORM, (const double[]){-2, 5}, 2, uniform_law);
    follows(BK_DRAW_CAUCHY, (const double[]){1, 2}, 2, cauchy_law);
    follows(BK_DRAW_CAUCHY, (const double[]){2}, 1, short_cauchy);
    follows(BK_DRAW_EXPONENTIAL, (const double[]){4}, 1, exponential_law);
    follows(BK_DRAW_EXPONENTIAL, (const double[]){4, 0.2, 0.9}, 3,
            truncated_exponential);
    follows(BK_DRAW_GAMMA, (const double[]){3, 2}, 2, erlang_law);
    follows(BK_DRAW_GAMMA, (const double[]){0.5, 2}, 2, half_gamma);
    follows(BK_DRAW_CHISQUARE, (const double[]){6}, 1, chisquare_law);
    follows(BK_DRAW_LAPLACE, (const double[]){1, 2}, 2, laplace_law);
    follows(BK_DRAW_LOGNORMAL, (const double[]){0.5, 0.7}, 2, lognormal_law);
    follows(BK_DRAW_RAYLEIGH, (const double[]){2}, 1, rayleigh_law);
}

static double binomial_p(double k, const double *p)
{
    return exp(lgamma(p[0] + 1) - lgamma(k + 1) - lgamma(p[0] - k + 1) + k * log(p[1]) +
               (p[0] - k) * log1p(-p[1]));
}

static double poisson_p(double k, const double *p)
{
    return exp(k * log(p[0]) - p[0] - lgamma(k + 1));
}

/* Counts of every value that is expected ten times and more: chi-squared over its
 * degrees of freedom, whose standard error is known. */
static void counts_follow(bk_distribution distribution, const double *p, int n,
                          law *probability)
{
    static double counts[3000];
    memset(counts, 0, sizeof counts);
    bk_random random;
    bk_random_start(&random, 4, (uint64_t)distribution, (uint64_t)p[0]);
    for (int i = 0; i < DRAWS; i++) {
        const double x = bk_draw(&random, distribution, p, n);
        assert_true(x >= 0 && x < 3000 && floor(x) == x);
        counts[(int)x] += 1;
    }
    double squares = 0.0;
    double freedom = 0.0;
    for (int k = 0; k < 3000; k++) {
        const double expected = DRAWS * probability(k, p);
        if (expected >= 10.0) {
            squares += pow(counts[k] - expected, 2) / expected;
            freedom += 1.0;
        } else if (expected < 1e-3) {
            assert_true(counts[k] < 3);
        }
    }
    assert_true(freedom >= 2);
    if (!(fabs(squares - freedom) < 5.0 * sqrt(2.0 * freedom))) {
        fail_msg("distribution %d: chi squared %g for %g values", (int)distribution,
                 squares, freedom);
    }
}

static double bernoulli_p(double k, const double *p)
{
    return k > 1 ? 0 : k > 0 ? p[0] : 1 - p[0];
}

static double inner_binomial(double k, const double *p)
{
    double within = 0.0;
    for (double i = p[2]; i <= p[3]; i += 1) {
        within += binomial_p(i, p);
    }
    return k < p[2] || k > p[3] ? 0.0 : binomial_p(k, p) / within;
}

static void counting_draws_have_their_probabilities(void **state)
{
    (void)state;
    counts_follow(BK_DRAW_BERNOULLI, (const double[]){0.3}, 1, bernoulli_p);
    counts_follow(BK_DRAW_BINOMIAL, (const double[]){10, 0.3}, 2, binomial_p);
    counts_follow(BK_DRAW_BINOMIAL, (const double[]){100, 0.2}, 2, binomial_p);
    counts_follow(BK_DRAW_BINOMIAL, (const double[]){2900, 0.7}, 2, binomial_p);
    counts_follow(BK_DRAW_BINOMIAL, (const double[]){100, 0.2, 15, 32}, 4,
                  inner_binomial);
    counts_follow(BK_DRAW_POISSON, (const double[]){0.4}, 1, poisson_p);
    counts_follow(BK_DRAW_POISSON, (const double[]){17}, 1, poisson_p);
    counts_follow(BK_DRAW_POISSON, (const double[]){900}, 1, poisson_p);
}

static void draws_without_meaning_are_no_numbers(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 1, 0, 0);
    const struct {
        bk_distribution distribution;
        double p[4];
        int n;
    } cases[] = {{BK_DRAW_NORMAL, {0, -1}, 2},     {BK_DRAW_UNIFORM, {2, 1}, 2},
                 {BK_DRAW_BERNOULLI, {1.1}, 1},    {BK_DRAW_BINOMIAL, {2.5, 0.5}, 2},
                 {BK_DRAW_CAUCHY, {0}, 1},         {BK_DRAW_EXPONENTIAL, {-1}, 1},
                 {BK_DRAW_GAMMA, {0, 1}, 2},       {BK_DRAW_POISSON, {-1}, 1},
                 {BK_DRAW_NORMAL, {0, 1, 2, 1}, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(
            isnan(bk_draw(&random, cases[i].distribution, cases[i].p, cases[i].n)));
    }
    assert_true(bk_draw_binomial(&random, 50, 0) == 0);
    assert_true(bk_draw_binomial(&random, 50, 1) == 50);
    assert_true(bk_draw_poisson(&random, 0) == 0);
    assert_true(bk_draw_normal(&random, 7, 0) == 7);
}

static void distributions_take_the_arguments_of_the_package(void **state)
{
    (void)state;
    const char *const allowed[] = {"24", "2",  "1",   "24", "124", "13",
                                   "13", "24", "124", "24", "13",  "13"};
    for (int d = BK_DRAW_NORMAL; d <= BK_DRAW_RAYLEIGH; d++) {
        for (int n = 0; n < 6; n++) {
            const bool expected = n > 0 && strchr(allowed[d], '0' + n) != NULL;
            assert_true(bk_draw_takes((bk_distribution)d, n) == expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(continuous_draws_follow_their_distribution_functions),
        test(counting_draws_have_their_probabilities),
        test(draws_without_meaning_are_no_numbers),
        test(distributions_take_the_arguments_of_the_package)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
