/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_RODAS_FIXTURE_H
#define BK_TEST_RODAS_FIXTURE_H

/* Problems for the integrator alone, and what holds for steps of either kind. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinetic/rodas.h"

#include <math.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

typedef bool (*rhs_of)(void *context, double t, const double *y, double *dy);
typedef bool (*jacobian_of)(void *context, double t, const double *y, double *values,
                            double *dfdt);

/* Two variables, each of which may depend on both. */
static inline bk_rodas_problem two(rhs_of rhs, jacobian_of jacobian, void *context)
{
    static const int32_t starts[] = {0, 2, 4};
    static const int32_t rows[] = {0, 1, 0, 1};
    return (bk_rodas_problem){.n = 2,
                              .starts = starts,
                              .rows = rows,
                              .context = context,
                              .rhs = rhs,
                              .jacobian = jacobian};
}

static inline bk_rodas *made(const bk_rodas_problem *problem)
{
    bk_rodas *rodas = NULL;
    assert_int_equal(bk_rodas_new(problem, &bk_rodas_default, &rodas), BK_OK);
    return rodas;
}

static inline void integrate(bk_rodas *r, double end)
{
    while (r->t < end) {
        assert_int_equal(bk_rodas_step(r, end), BK_RODAS_ACCEPTED);
        assert_true(r->steps < 100000);
    }
}

static inline void assert_near(double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected))) {
        fail_msg("%.17g is not within %g of %.17g", got, relative, expected);
    }
}

/* After a start; frees it. */
static inline void assert_dense_meets_both_ends(bk_rodas *r)
{
    double y[2];
    assert_int_equal(bk_rodas_step(r, 1.0), BK_RODAS_ACCEPTED);
    bk_rodas_dense(r, r->t, y);
    assert_memory_equal(y, r->y, sizeof y);
    bk_rodas_dense(r, r->t_old, y);
    assert_memory_equal(y, r->y_old, sizeof y);
    bk_rodas_free(r);
}

/* Two that have started alike without control of the error; frees them. */
static inline void assert_retaken_as_stepped(bk_rodas *a, bk_rodas *b)
{
    a->h = 0.1;
    b->h = 0.04;
    assert_int_equal(bk_rodas_step(a, 1.0), BK_RODAS_ACCEPTED);
    assert_int_equal(bk_rodas_retake(a, 0.04), BK_RODAS_ACCEPTED);
    assert_int_equal(bk_rodas_step(b, 0.04), BK_RODAS_ACCEPTED);
    assert_true(a->t == 0.04 && b->t == 0.04);
    assert_memory_equal(a->y, b->y, 2 * sizeof *a->y);
    bk_rodas_free(a);
    bk_rodas_free(b);
}

#endif
