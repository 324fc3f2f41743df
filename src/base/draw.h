/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_DRAW_H
#define BK_BASE_DRAW_H

/* Draws from distributions, exact but for rounding: inversion where the distribution
 * function has an inverse; normal by the polar method, gamma by Marsaglia and Tsang 2000,
 * doi:10.1145/358407.358414; binomial and Poisson by halves and gamma waiting times, in
 * O(log n) (Devroye 1986, Non-Uniform Random Variate Generation,
 * doi:10.1007/978-1-4613-8643-8, chapter X).  Parameters without meaning give NaN. */

#include "base/random.h"

#include <stdbool.h>

double bk_draw_normal(bk_random *random, double mean, double deviation);
double bk_draw_gamma(bk_random *random, double shape, double scale);
double bk_draw_binomial(bk_random *random, double trials, double p);
double bk_draw_poisson(bk_random *random, double mean);

/* The distributions of SBML's package distrib, named as there. */
typedef enum bk_distribution {
    BK_DRAW_NORMAL,      /* mean, standard deviation */
    BK_DRAW_UNIFORM,     /* from, to */
    BK_DRAW_BERNOULLI,   /* probability of 1 */
    BK_DRAW_BINOMIAL,    /* trials, probability */
    BK_DRAW_CAUCHY,      /* [location 0,] scale */
    BK_DRAW_CHISQUARE,   /* degrees of freedom */
    BK_DRAW_EXPONENTIAL, /* rate */
    BK_DRAW_GAMMA,       /* shape, scale */
    BK_DRAW_LAPLACE,     /* [location 0,] scale */
    BK_DRAW_LOGNORMAL,   /* mean and standard deviation of the logarithm */
    BK_DRAW_POISSON,     /* mean */
    BK_DRAW_RAYLEIGH     /* scale */
} bk_distribution;
/* The parameters, and where there are two more, bounds within which the draw lies, both
 * included: values outside are drawn again, NaN after ten million of them. */
double bk_draw(bk_random *random, bk_distribution distribution, const double *arguments,
               int n);
/* Whether a distribution may have this many arguments. */
bool bk_draw_takes(bk_distribution distribution, int n);

#endif
