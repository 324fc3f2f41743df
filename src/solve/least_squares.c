/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/least_squares.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 500 };

static bool finite_all(const gsl_vector *v)
{
    for (size_t i = 0; i < v->size; i++) {
        if (!isfinite(gsl_vector_get(v, i))) {
            return false;
        }
    }
    return true;
}

/* GSL's vectors and matrices here are contiguous: they are its own workspace. */
static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    const bk_least_squares *const problem = context;
    problem->residuals(problem->context, x->data, f->data);
    return finite_all(f) ? GSL_SUCCESS : GSL_EBADFUNC;
}

static int jacobian(const gsl_vector *x, void *context, gsl_matrix *j)
{
    const bk_least_squares *const problem = context;
    problem->jacobian(problem->context, x->data, j->data);
    return GSL_SUCCESS;
}

/* Where nothing gets smaller any more (GSL_ENOPROG) the minimum is found to rounding. */
static bk_status drive(const bk_least_squares *problem,
                       gsl_multifit_nlinear_workspace *w, const double *start)
{
    gsl_multifit_nlinear_fdf fdf = {.f = residuals,
                                    .df = jacobian,
                                    .n = problem->n,
                                    .p = problem->p,
                                    .params = (void *)problem};
    const gsl_vector_const_view x = gsl_vector_const_view_array(start, problem->p);
    int info = 0;
    if (gsl_multifit_nlinear_init(&x.vector, &fdf, w) != GSL_SUCCESS) {
        return BK_NUMERICAL;
    }
    const int ended = gsl_multifit_nlinear_driver(MOST_STEPS, 1e-12, 1e-14, 0.0, NULL,
                                                  NULL, &info, w);
    return (ended == GSL_SUCCESS || ended == GSL_ENOPROG) &&
                   finite_all(gsl_multifit_nlinear_position(w))
               ? BK_OK
               : BK_NUMERICAL;
}

bk_status bk_least_squares_fit(const bk_least_squares *problem, double *x, double *sum,
                               double *covariance)
{
    const gsl_multifit_nlinear_parameters defaults =
        gsl_multifit_nlinear_default_parameters();
    if (problem->p == 0 || problem->n < problem->p) {
        return BK_MISUSE;
    }
    gsl_multifit_nlinear_workspace *const w = gsl_multifit_nlinear_alloc(
        gsl_multifit_nlinear_trust, &defaults, problem->n, problem->p);
    if (w == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = drive(problem, w, x);
    if (status == BK_OK) {
        gsl_matrix_view c = gsl_matrix_view_array(covariance, problem->p, problem->p);
        status = gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0.0,
                                            &c.matrix) == GSL_SUCCESS
                     ? BK_OK
                     : BK_NUMERICAL;
    }
    if (status == BK_OK) {
        const gsl_vector *const f = gsl_multifit_nlinear_residual(w);
        gsl_blas_ddot(f, f, sum);
        memcpy(x, gsl_multifit_nlinear_position(w)->data, problem->p * sizeof *x);
    }
    gsl_multifit_nlinear_free(w);
    return status;
}
