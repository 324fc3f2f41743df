/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rodas_fixture.h"

/* Explicit steps of the integrator, and the choice between them and the others. */

static bk_rodas *chosen(const bk_rodas_problem *problem, const double *y, double rtol,
                        double atol, double span)
{
    bk_rodas *const rodas = made(problem);
    bk_rodas_start(rodas, 0.0, y, rtol, atol, span);
    bk_rodas_choose(rodas);
    return rodas;
}

/* --- coefficients --------------------------------------------------------------------------- */

/* A rooted tree in brackets: its order and density, and what it weighs at each stage. */
static const char *weigh(const char *tree, double *phi, int *order, double *density)
{
    const bk_explicit_method *const m = &bk_explicit_default;
    double product[BK_RODAS_MOST_STAGES] = {1, 1, 1, 1, 1, 1, 1, 1};
    *order = 1;
    *density = 1.0;
    for (tree++; *tree == '(';) {
        double son[BK_RODAS_MOST_STAGES];
        int son_order;
        double son_density;
        tree = weigh(tree, son, &son_order, &son_density);
        *order += son_order;
        *density *= son_density;
        for (int i = 0; i < m->stages; i++) {
            double sum = 0.0;
            for (int j = 0; j < i; j++) {
                sum += m->a[i][j] * son[j];
            }
            product[i] *= sum;
        }
    }
    *density *= *order;
    memcpy(phi, product, (size_t)m->stages * sizeof *phi);
    return tree + 1;
}

static double weighed(const double *weights, const double *phi)
{
    double sum = 0.0;
    for (int i = 0; i < bk_explicit_default.stages; i++) {
        sum += weights[i] * phi[i];
    }
    return sum;
}

/* The weights of the dense output at x of the step, by the form that rodas_dense.c has. */
static void dense_weights(double x, double *weights)
{
    const bk_explicit_method *const m = &bk_explicit_default;
    for (int i = 0; i < m->stages; i++) {
        const double inner = m->h[0][i] + x * (m->h[1][i] + x * m->h[2][i]);
        weights[i] = x * (m->a[m->stages - 1][i] + (1.0 - x) * inner);
    }
}

/* Hairer, Norsett and Wanner (1993), sec. II.2 and II.6. */
static void the_coefficients_satisfy_the_order_conditions(void **state)
{
    (void)state;
    static const char *const trees[] = {
        "()",         "(())",       "(()())",     "((()))",     "(()()())",
        "((())())",   "((()()))",   "(((())))",   "(()()()())", "((())()())",
        "((()())())", "(((()))())", "((())(()))", "((()()()))", "(((())()))",
        "(((()())))", "((((()))))"};
    const bk_explicit_method *const m = &bk_explicit_default;
    const double *const solution = m->a[m->stages - 1];
    double embedded[BK_RODAS_MOST_STAGES] = {0};
    for (int i = 0; i < m->stages; i++) {
        embedded[i] = (i + 1 < m->stages ? solution[i] : 0.0) - m->error[i];
    }
    for (size_t k = 0; k < sizeof trees / sizeof *trees; k++) {
        double phi[BK_RODAS_MOST_STAGES];
        int order;
        double density;
        weigh(trees[k], phi, &order, &density);
        assert_true(fabs(weighed(solution, phi) - 1.0 / density) < 1e-13);
        if (order > 4) {
            continue;
        }
        assert_true(fabs(weighed(embedded, phi) - 1.0 / density) < 1e-13);
        for (double x = 0.125; x <= 1.0; x += 0.125) {
            double weights[BK_RODAS_MOST_STAGES];
            dense_weights(x, weights);
            assert_true(fabs(weighed(weights, phi) - pow(x, order) / density) < 1e-13);
        }
    }
    /* and the estimate sees what is of order five */
    double phi[BK_RODAS_MOST_STAGES];
    int order;
    double density;
    weigh("(()()()())", phi, &order, &density);
    assert_true(fabs(weighed(m->error, phi)) > 1e-5);
}

static void nodes_are_sums_of_rows_and_the_last_stage_is_at_the_end(void **state)
{
    (void)state;
    const bk_explicit_method *const m = &bk_explicit_default;
    for (int i = 0; i < m->stages; i++) {
        double sum = 0.0;
        for (int j = 0; j < i; j++) {
            sum += m->a[i][j];
        }
        assert_true(fabs(sum - m->alpha[i]) < 1e-14);
    }
    assert_true(m->alpha[m->stages - 1] == 1.0);
}

/* |R(z)| <= 1 for real z from -limit to 0, and not much further. */
static void the_limit_of_stability_is_where_the_stability_function_leaves_one(void **s)
{
    (void)s;
    const bk_explicit_method *const m = &bk_explicit_default;
    double worst = 0.0;
    for (double z = 0.0; z <= m->limit + 0.1; z += 1e-3) {
        double k[BK_RODAS_MOST_STAGES];
        double y = 1.0;
        for (int i = 0; i < m->stages; i++) {
            y = 1.0;
            for (int j = 0; j < i; j++) {
                y += m->a[i][j] * k[j];
            }
            k[i] = -z * y;
        }
        worst = z <= m->limit ? fmax(worst, fabs(y)) : fabs(y);
        assert_true(z > m->limit || worst <= 1.0 + 1e-12);
    }
    assert_true(worst > 1.0);
}

/* --- order of convergence -------------------------------------------------------------------- */

/* y0' = y1 + t, y1' = -y0 y1^2 cos t: mild, not linear, not autonomous. */
static bool mild_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    dy[0] = y[1] + t;
    dy[1] = -y[0] * y[1] * y[1] * cos(t);
    return true;
}

static bool mild_jacobian(void *context, double t, const double *y, double *values,
                          double *dfdt)
{
    (void)context;
    values[0] = 0.0;
    values[1] = -y[1] * y[1] * cos(t);
    values[2] = 1.0;
    values[3] = -2.0 * y[0] * y[1] * cos(t);
    dfdt[0] = 1.0;
    dfdt[1] = y[0] * y[1] * y[1] * sin(t);
    return true;
}

/* Ready to go to `end`. */
static bk_rodas *on_the_mild(double rtol, double atol, double end)
{
    const bk_rodas_problem mild = two(mild_rhs, mild_jacobian, NULL);
    return chosen(&mild, (const double[2]){0.5, 1.0}, rtol, atol, end);
}

/* n equal steps to `end` without control; y there, and at `at` by dense output. */
static void march(int n, double end, double at, double *there, double *within)
{
    bk_rodas *const r = on_the_mild(1e9, 1e9, end);
    r->choice.cost = 1e9; /* nothing else is tried */
    r->choice.patience = 1000000;
    for (int i = 0; i < n; i++) {
        r->h = end / n;
        assert_int_equal(bk_rodas_step(r, end * (i + 1.0) / n), BK_RODAS_ACCEPTED);
        if (at > r->t_old && at <= r->t) {
            bk_rodas_dense(r, at, within);
        }
    }
    assert_int_equal(r->factorisations, 0);
    memcpy(there, r->y, 2 * sizeof *there);
    bk_rodas_free(r);
}

static void the_error_falls_with_the_fifth_power_of_the_step(void **state)
{
    (void)state;
    double exact[2], coarse[2], fine[2], unused[2];
    march(2000, 2.0, 1.0, exact, unused);
    march(16, 2.0, 1.0, coarse, unused);
    march(32, 2.0, 1.0, fine, unused);
    const double order =
        log2((fabs(coarse[0] - exact[0]) + fabs(coarse[1] - exact[1])) /
             (fabs(fine[0] - exact[0]) + fabs(fine[1] - exact[1])));
    print_message("order %.2f\n", order);
    assert_true(order > 4.6 && order < 6.0);
}

static double error_within(int n)
{
    const double at = 2.0 * (n / 2 + 0.37) / n;
    double exact[2], there[2], within[2];
    march(n, 2.0, at, there, within);
    march(2000, at, at, exact, there);
    return fabs(within[0] - exact[0]) + fabs(within[1] - exact[1]);
}

static void the_dense_output_has_at_least_order_four(void **state)
{
    (void)state;
    const double order = log2(error_within(16) / error_within(32));
    print_message("order of the dense output %.2f\n", order);
    assert_true(order > 3.9);
}

static void the_dense_output_meets_both_ends_of_the_step(void **state)
{
    (void)state;
    assert_dense_meets_both_ends(on_the_mild(1e-6, 1e-9, 1.0));
}

static void a_step_taken_again_to_an_earlier_time_equals_a_step_to_there(void **state)
{
    (void)state;
    assert_retaken_as_stepped(on_the_mild(1e9, 1e9, 1.0), on_the_mild(1e9, 1e9, 1.0));
}

/* --- the choice --------------------------------------------------------------------------------- */

/* y0' = -y1, y1' = y0: what is known on it, at all times. */
static bool circle_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = -y[1];
    dy[1] = y[0];
    return true;
}

static bool circle_jacobian(void *context, double t, const double *y, double *values,
                            double *dfdt)
{
    (void)context;
    (void)t;
    (void)y;
    memcpy(values, (const double[4]){0.0, 1.0, -1.0, 0.0}, 4 * sizeof *values);
    dfdt[0] = dfdt[1] = 0.0;
    return true;
}

static void what_is_not_stiff_needs_hardly_a_factorisation(void **state)
{
    (void)state;
    const bk_rodas_problem circle = two(circle_rhs, circle_jacobian, NULL);
    bk_rodas *const r = chosen(&circle, (const double[2]){1.0, 0.0}, 1e-8, 1e-8, 60.0);
    integrate(r, 60.0);
    assert_true(fabs(r->y[0] - cos(60.0)) < 1e-6);
    assert_true(fabs(r->y[1] - sin(60.0)) < 1e-6);
    assert_true(r->steps > 100 && 20 * r->factorisations < r->steps);
    bk_rodas_free(r);
}

/* Prothero and Robinson (1974): the solution is slow, what is round it is fast. */
static bool fast_rhs(void *context, double t, const double *y, double *dy)
{
    const double rate = *(const double *)context;
    dy[0] = -rate * (y[0] - sin(t)) + cos(t);
    dy[1] = -y[1];
    return true;
}

static bool fast_jacobian(void *context, double t, const double *y, double *values,
                          double *dfdt)
{
    const double rate = *(const double *)context;
    (void)y;
    memcpy(values, (const double[4]){-rate, 0.0, 0.0, -1.0}, 4 * sizeof *values);
    dfdt[0] = rate * cos(t) - sin(t);
    dfdt[1] = 0.0;
    return true;
}

/* Stiff by any rate: the way there costs no more than a tenth above that of Rosenbrock steps
 * alone, in evaluations of both kinds as the choice counts them, and a few steps. */
static void what_is_stiff_takes_rosenbrock_steps(void **state)
{
    (void)state;
    for (double rate = 1e3; rate < 1e12; rate *= 10.0) {
        const bk_rodas_problem problem = two(fast_rhs, fast_jacobian, &rate);
        const double y[2] = {0.0, 1.0};
        bk_rodas *const both = chosen(&problem, y, 1e-6, 1e-9, 20.0);
        bk_rodas *const alone = chosen(&problem, y, 1e-6, 1e-9, 20.0);
        alone->choice.allowed = alone->choice.explicit = false;
        integrate(both, 20.0);
        integrate(alone, 20.0);
        assert_near(both->y[0], sin(20.0), 1e-5);
        assert_near(both->y[1] + 1.0, 1.0 + exp(-20.0), 1e-7);
        if ((double)both->evaluations > 1.1 * (double)alone->evaluations + 100.0) {
            fail_msg("rate %g: %ld evaluations, %ld by Rosenbrock steps alone", rate,
                     both->evaluations, alone->evaluations);
        }
        bk_rodas_free(both);
        bk_rodas_free(alone);
    }
}

/* y' = -rate(t) (y - 1) with a rate that is high for a while: there and back. */
static bool fits_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    const double rate = 1.0 + 1e5 * exp(-0.5 * (t - 50.0) * (t - 50.0) / 9.0);
    dy[0] = -rate * (y[0] - sin(t));
    dy[1] = y[0] - 0.1 * y[1];
    return true;
}

static bool fits_jacobian(void *context, double t, const double *y, double *values,
                          double *dfdt)
{
    (void)context;
    const double bump = 1e5 * exp(-0.5 * (t - 50.0) * (t - 50.0) / 9.0);
    memcpy(values, (const double[4]){-1.0 - bump, 1.0, 0.0, -0.1}, 4 * sizeof *values);
    dfdt[0] = bump * (t - 50.0) / 9.0 * (y[0] - sin(t)) + (1.0 + bump) * cos(t);
    dfdt[1] = 0.0;
    return true;
}

static void steps_change_with_stiffness_there_and_back(void **state)
{
    (void)state;
    const bk_rodas_problem problem = two(fits_rhs, fits_jacobian, NULL);
    const double y[2] = {1.0, 0.0};
    bk_rodas *const both = chosen(&problem, y, 1e-8, 1e-8, 200.0);
    bk_rodas *const alone = chosen(&problem, y, 1e-11, 1e-11, 200.0);
    alone->choice.allowed = alone->choice.explicit = false;
    const double times[] = {30.0, 50.0, 70.0, 200.0};
    const bool expected[] = {true, false, false, true};
    for (int i = 0; i < 4; i++) {
        integrate(both, times[i]);
        integrate(alone, times[i]);
        assert_true(both->choice.explicit == expected[i] || i == 2);
        assert_near(both->y[0], alone->y[0], 1e-6);
        assert_near(both->y[1], alone->y[1], 1e-6);
    }
    bk_rodas_free(both);
    bk_rodas_free(alone);
}

static void runs_repeat_to_the_last_bit(void **state)
{
    (void)state;
    double rate = 1e4;
    const bk_rodas_problem problem = two(fast_rhs, fast_jacobian, &rate);
    const double y[2] = {0.0, 1.0};
    bk_rodas *const r = chosen(&problem, y, 1e-6, 1e-9, 20.0);
    integrate(r, 20.0);
    double first[2];
    memcpy(first, r->y, sizeof first);
    const long steps = r->steps;
    bk_rodas_start(r, 0.0, y, 1e-6, 1e-9, 20.0);
    bk_rodas_choose(r);
    integrate(r, 20.0);
    assert_memory_equal(first, r->y, sizeof first);
    assert_int_equal(steps, r->steps);
    bk_rodas_free(r);
}

/* Explicit steps would not even change the time, so that a trial in vain is no way back. */
static void
what_is_stiff_beyond_the_resolution_of_time_stays_with_rosenbrock_steps(void **state)
{
    (void)state;
    for (double rate = 1e14; rate < 1e40; rate *= 1e3) {
        const bk_rodas_problem problem = two(fast_rhs, fast_jacobian, &rate);
        bk_rodas *const r = made(&problem);
        bk_rodas_start(r, 1.0, (const double[2]){sin(1.0), 1.0}, 1e-6, 1e-9, 20.0);
        bk_rodas_choose(r);
        r->h = 5.0; /* too far for a first step of either kind */
        integrate(r, 20.0);
        assert_near(r->y[0], sin(20.0), 1e-5);
        bk_rodas_free(r);
    }
}

/* After a switch the Jacobian is looked at again, and then as seldom as before. */
static void a_restart_costs_few_looks_at_the_jacobian(void **state)
{
    (void)state;
    double rate = 1.0;
    const bk_rodas_problem problem = two(fast_rhs, fast_jacobian, &rate);
    bk_rodas *const r = chosen(&problem, (const double[2]){0.0, 1.0}, 1e-9, 1e-9, 60.0);
    integrate(r, 20.0);
    const long steps = r->steps, jacobians = r->jacobians;
    bk_rodas_restart(r);
    integrate(r, 60.0);
    assert_true(r->steps - steps > 100);
    assert_true(10 * (r->jacobians - jacobians) < r->steps - steps);
    bk_rodas_free(r);
}

static void a_mass_matrix_leaves_no_choice(void **state)
{
    (void)state;
    static const double mass[] = {1.0, 1.0};
    bk_rodas_problem problem = two(mild_rhs, mild_jacobian, NULL);
    problem.mass = mass;
    bk_rodas *const r = chosen(&problem, (const double[2]){0.5, 1.0}, 1e-6, 1e-9, 1.0);
    integrate(r, 1.0);
    assert_true(r->factorisations >= r->steps);
    bk_rodas_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_coefficients_satisfy_the_order_conditions),
        test(nodes_are_sums_of_rows_and_the_last_stage_is_at_the_end),
        test(the_limit_of_stability_is_where_the_stability_function_leaves_one),
        test(the_error_falls_with_the_fifth_power_of_the_step),
        test(the_dense_output_has_at_least_order_four),
        test(the_dense_output_meets_both_ends_of_the_step),
        test(a_step_taken_again_to_an_earlier_time_equals_a_step_to_there),
        test(what_is_not_stiff_needs_hardly_a_factorisation),
        test(what_is_stiff_takes_rosenbrock_steps),
        test(steps_change_with_stiffness_there_and_back),
        test(runs_repeat_to_the_last_bit),
        test(what_is_stiff_beyond_the_resolution_of_time_stays_with_rosenbrock_steps),
        test(a_restart_costs_few_looks_at_the_jacobian),
        test(a_mass_matrix_leaves_no_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
