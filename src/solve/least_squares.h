/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_LEAST_SQUARES_H
#define BK_SOLVE_LEAST_SQUARES_H

/* Nonlinear least squares: the fence round GSL's trust region method (Levenberg and
 * Marquardt, scaled as by More 1978, doi:10.1007/BFb0067700), for small dense problems. */

#include <blockade/status.h>

typedef struct bk_least_squares {
    size_t n; /* residuals */
    size_t p; /* parameters, at most n */
    void *context;
    /* residuals [n] at x [p]; and their derivatives [n * p] by rows. */
    void (*residuals)(void *context, const double *x, double *residuals);
    void (*jacobian)(void *context, const double *x, double *jacobian);
} bk_least_squares;

/* From x [p] to the nearest minimum of the sum of squares, left in x and *sum.
 * covariance [p * p] is (J'J)^-1 there, unscaled: times sum / (n - p) it is that of the
 * parameters; rows and columns of parameters that the residuals do not determine are
 * zero.  BK_NUMERICAL: no minimum in 500 steps, or something is not finite; x is then
 * untouched. */
bk_status bk_least_squares_fit(const bk_least_squares *problem, double *x, double *sum,
                               double *covariance);

#endif
