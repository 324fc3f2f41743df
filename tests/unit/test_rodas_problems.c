/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rodas_fixture.h"

/* Stiff problems of the literature. */

static const int32_t dense3_starts[] = {0, 3, 6, 9};
static const int32_t dense3_rows[] = {0, 1, 2, 0, 1, 2, 0, 1, 2};

static bool robertson_rhs(void *context, double t, const double *y, double *dy)
{
    (void)t;
    dy[0] = -0.04 * y[0] + 1e4 * y[1] * y[2];
    dy[1] = 0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] * y[1];
    dy[2] = context != NULL ? y[0] + y[1] + y[2] - 1.0 : 3e7 * y[1] * y[1];
    return true;
}

static bool robertson_jacobian(void *context, double t, const double *y, double *values,
                               double *dfdt)
{
    (void)t;
    const bool algebraic = context != NULL;
    const double columns[9] = {-0.04,
                               0.04,
                               algebraic ? 1.0 : 0.0,
                               1e4 * y[2],
                               -1e4 * y[2] - 6e7 * y[1],
                               algebraic ? 1.0 : 6e7 * y[1],
                               1e4 * y[1],
                               -1e4 * y[1],
                               algebraic ? 1.0 : 0.0};
    memcpy(values, columns, sizeof columns);
    memset(dfdt, 0, 3 * sizeof *dfdt);
    return true;
}

static void assert_robertson(const bk_rodas_problem *problem)
{
    bk_rodas *const r = made(problem);
    bk_rodas_start(r, 0.0, (const double[3]){1.0, 0.0, 0.0}, 1e-8, 1e-14, 40.0);
    integrate(r, 40.0);
    assert_near(r->y[0], 0.7158270687193941, 1e-7);
    assert_near(r->y[1], 9.185534764557338e-6, 1e-7);
    assert_near(r->y[2], 0.2841637457458414, 1e-7);
    assert_true(r->t == 40.0);
    bk_rodas_free(r);
}

static void robertsons_reaction_ends_where_the_literature_says(void **s)
{
    (void)s;
    assert_robertson(&(bk_rodas_problem){.n = 3,
                                         .starts = dense3_starts,
                                         .rows = dense3_rows,
                                         .rhs = robertson_rhs,
                                         .jacobian = robertson_jacobian});
}

static void robertsons_reaction_with_an_algebraic_row_ends_at_the_same_place(void **s)
{
    (void)s;
    static int algebraic;
    static const double mass[] = {1.0, 1.0, 0.0};
    assert_robertson(&(bk_rodas_problem){.n = 3,
                                         .starts = dense3_starts,
                                         .rows = dense3_rows,
                                         .mass = mass,
                                         .context = &algebraic,
                                         .rhs = robertson_rhs,
                                         .jacobian = robertson_jacobian});
}

static bool vanderpol_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = y[1];
    dy[1] = ((1.0 - y[0] * y[0]) * y[1] - y[0]) / 1e-6;
    return true;
}

static bool vanderpol_jacobian(void *context, double t, const double *y, double *values,
                               double *dfdt)
{
    (void)context;
    (void)t;
    values[0] = 0.0;
    values[1] = (-2.0 * y[0] * y[1] - 1.0) / 1e-6;
    values[2] = 1.0;
    values[3] = (1.0 - y[0] * y[0]) / 1e-6;
    dfdt[0] = dfdt[1] = 0.0;
    return true;
}

/* Hairer and Wanner (1996), sec. IV.10. */
static void van_der_pols_oscillator_ends_where_the_literature_says(void **s)
{
    (void)s;
    const bk_rodas_problem problem = two(vanderpol_rhs, vanderpol_jacobian, NULL);
    bk_rodas *const r = made(&problem);
    bk_rodas_start(r, 0.0, (const double[2]){2.0, 0.0}, 1e-9, 1e-9, 2.0);
    integrate(r, 1.0);
    assert_near(r->y[0], -1.863646254808130, 1e-6);
    assert_near(r->y[1], 0.7535430865435460, 1e-6);
    integrate(r, 2.0);
    assert_near(r->y[0], 1.706167732170469, 1e-6);
    assert_near(r->y[1], -0.8928097010248125, 1e-6);
    bk_rodas_free(r);
}

static bool hires_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
    dy[1] = 1.71 * y[0] - 8.75 * y[1];
    dy[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
    dy[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
    dy[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
    dy[5] =
        -280.0 * y[5] * y[7] + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
    dy[6] = 280.0 * y[5] * y[7] - 1.81 * y[6];
    dy[7] = -dy[6];
    return true;
}

static bool hires_jacobian(void *context, double t, const double *y, double *values,
                           double *dfdt)
{
    (void)context;
    (void)t;
    const double rows[8][8] = {
        {-1.71, 0.43, 8.32},
        {1.71, -8.75},
        {0, 0, -10.03, 0.43, 0.035},
        {0, 8.32, 1.71, -1.12},
        {0, 0, 0, 0, -1.745, 0.43, 0.43},
        {0, 0, 0, 0.69, 1.71, -280.0 * y[7] - 0.43, 0.69, -280.0 * y[5]},
        {0, 0, 0, 0, 0, 280.0 * y[7], -1.81, 280.0 * y[5]},
        {0, 0, 0, 0, 0, -280.0 * y[7], 1.81, -280.0 * y[5]}};
    for (int j = 0; j < 8; j++) {
        for (int i = 0; i < 8; i++) {
            values[8 * j + i] = rows[i][j];
        }
    }
    memset(dfdt, 0, 8 * sizeof *dfdt);
    return true;
}

/* The problem of Schaefer (1975) as in the test set of Mazzia and Magherini (2008). */
static void the_hires_problem_ends_where_the_literature_says(void **s)
{
    (void)s;
    static const double reference[8] = {0.7371312573325668e-3, 0.1442485726316185e-3,
                                        0.5888729740967575e-4, 0.1175651343283149e-2,
                                        0.2386356198831331e-2, 0.6238968252742796e-2,
                                        0.2849998395185769e-2, 0.2850001604814231e-2};
    int32_t starts[9];
    int32_t rows[64];
    for (int j = 0; j <= 8; j++) {
        starts[j] = 8 * j;
    }
    for (int k = 0; k < 64; k++) {
        rows[k] = k % 8;
    }
    bk_rodas *const r = made(&(bk_rodas_problem){.n = 8,
                                                 .starts = starts,
                                                 .rows = rows,
                                                 .rhs = hires_rhs,
                                                 .jacobian = hires_jacobian});
    const double y[8] = {1.0, 0, 0, 0, 0, 0, 0, 0.0057};
    bk_rodas_start(r, 0.0, y, 1e-8, 0.0, 321.8122);
    integrate(r, 321.8122);
    for (int i = 0; i < 8; i++) {
        assert_near(r->y[i], reference[i], 1e-6);
    }
    bk_rodas_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(robertsons_reaction_ends_where_the_literature_says),
        test(robertsons_reaction_with_an_algebraic_row_ends_at_the_same_place),
        test(van_der_pols_oscillator_ends_where_the_literature_says),
        test(the_hires_problem_ends_where_the_literature_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
