/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rodas_fixture.h"

/* --- a stiff nonautonomous pair: Prothero and Robinson (1974), and a coupled part ------ */

static const double stiffness = 1e4;

static bool pair_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    dy[0] = -stiffness * (y[0] - sin(t)) + cos(t);
    dy[1] = -y[1] * y[1] * cos(t) * (1.0 + y[0]) + t * t;
    return true;
}

static bool pair_jacobian(void *context, double t, const double *y, double *values,
                          double *dfdt)
{
    (void)context;
    values[0] = -stiffness;
    values[1] = -y[1] * y[1] * cos(t);
    values[2] = 0.0;
    values[3] = -2.0 * y[1] * cos(t) * (1.0 + y[0]);
    dfdt[0] = stiffness * cos(t) - sin(t);
    dfdt[1] = y[1] * y[1] * sin(t) * (1.0 + y[0]) + 2.0 * t;
    return true;
}

/* Ready to go to t = 1. */
static bk_rodas *on_the_pair(double rtol, double atol)
{
    const bk_rodas_problem pair = two(pair_rhs, pair_jacobian, NULL);
    bk_rodas *const r = made(&pair);
    bk_rodas_start(r, 0.0, (const double[2]){0.0, 1.0}, rtol, atol, 1.0);
    return r;
}

/* n equal steps to t = 1 without control; y at the end, and within the middle step. */
static void march(int n, double *end, double *within)
{
    bk_rodas *const r = on_the_pair(1e9, 1e9);
    for (int i = 0; i < n; i++) {
        r->h = 1.0 / n;
        assert_int_equal(bk_rodas_step(r, (i + 1.0) / n), BK_RODAS_ACCEPTED);
        if (i == n / 2) {
            bk_rodas_dense(r, (i + 0.37) / n, within);
        }
    }
    memcpy(end, r->y, 2 * sizeof *end);
    bk_rodas_free(r);
}

static double error_at_end(int n)
{
    double reference[2];
    double end[2];
    double within[2];
    march(3000, reference, within);
    march(n, end, within);
    return fabs(end[0] - reference[0]) + fabs(end[1] - reference[1]);
}

static void
the_error_falls_with_the_fifth_power_of_the_step_on_a_stiff_problem(void **s)
{
    (void)s;
    const double coarse = error_at_end(16);
    const double fine = error_at_end(32);
    const double order = log2(coarse / fine);
    print_message("order %.2f (%.2e, %.2e)\n", order, coarse, fine);
    assert_true(order > 4.6);
}

static double error_within(int n)
{
    bk_rodas *const r = on_the_pair(1e9, 1e9);
    const double t = (n / 2 + 0.37) / n;
    double end[2];
    double within[2];
    march(n, end, within);
    for (int i = 0; i < 3000; i++) {
        r->h = t / 3000.0;
        assert_int_equal(bk_rodas_step(r, (i + 1.0) * t / 3000.0), BK_RODAS_ACCEPTED);
    }
    const double error = fabs(within[0] - r->y[0]) + fabs(within[1] - r->y[1]);
    bk_rodas_free(r);
    return error;
}

static void the_dense_output_has_at_least_order_four(void **s)
{
    (void)s;
    const double order = log2(error_within(16) / error_within(32));
    print_message("order of the dense output %.2f\n", order);
    assert_true(order > 3.9);
}

static void the_dense_output_meets_both_ends_of_the_step(void **s)
{
    (void)s;
    assert_dense_meets_both_ends(on_the_pair(1e-6, 1e-9));
}

static void a_step_taken_again_to_an_earlier_time_equals_a_step_to_there(void **s)
{
    (void)s;
    assert_retaken_as_stepped(on_the_pair(1e9, 1e9), on_the_pair(1e9, 1e9));
}

/* --- order conditions ------------------------------------------------------------------------ */

/* The method in the untransformed form of Hairer and Wanner (1996), sec. IV.7. */
typedef struct untransformed {
    int s;
    double alpha[8][8], beta[8][8], weights[8], embedded[8];
} untransformed;

/* Gamma = (I/gamma - C)^-1, alpha = A Gamma, beta = alpha + Gamma, b = m Gamma. */
static untransformed untransform(const bk_rodas_method *m)
{
    untransformed u = {.s = m->stages};
    double gamma[8][8] = {{0}};
    for (int j = 0; j < u.s; j++) {
        for (int i = j; i < u.s; i++) {
            double sum = i == j ? 1.0 : 0.0;
            for (int k = j; k < i; k++) {
                sum += m->c[i][k] * gamma[k][j];
            }
            gamma[i][j] = m->gamma * sum;
        }
    }
    for (int i = 0; i < u.s; i++) {
        for (int j = 0; j < u.s; j++) {
            for (int k = 0; k < u.s; k++) {
                u.alpha[i][j] += m->a[i][k] * gamma[k][j];
                const double last = m->a[u.s - 1][k];
                u.embedded[j] += i == 0 ? last * gamma[k][j] : 0.0;
                u.weights[j] +=
                    i == 0 ? (last + (k == u.s - 1 ? 1.0 : 0.0)) * gamma[k][j] : 0.0;
            }
            u.beta[i][j] = u.alpha[i][j] + gamma[i][j];
        }
    }
    return u;
}

/* A rooted tree in brackets: a vertex with one son takes beta, with several alpha.
 * Returns behind the tree; phi[s], its order and its density come out. */
static const char *weigh(const untransformed *u, const char *tree, double *phi,
                         int *order, double *density)
{
    double products[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    double only[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    int sons = 0;
    *order = 1;
    *density = 1.0;
    for (tree++; *tree == '('; sons++) {
        double son[8];
        int son_order;
        double son_density;
        tree = weigh(u, tree, son, &son_order, &son_density);
        *order += son_order;
        *density *= son_density;
        for (int i = 0; i < u->s; i++) {
            double by_alpha = 0.0;
            only[i] = 0.0;
            for (int j = 0; j < u->s; j++) {
                by_alpha += u->alpha[i][j] * son[j];
                only[i] += u->beta[i][j] * son[j];
            }
            products[i] *= by_alpha;
        }
    }
    *density *= *order;
    memcpy(phi, sons == 1 ? only : products, (size_t)u->s * sizeof *phi);
    return tree + 1;
}

static void the_coefficients_satisfy_the_order_conditions_up_to_five(void **s)
{
    (void)s;
    static const char *const trees[] = {
        "()",         "(())",       "(()())",     "((()))",     "(()()())",
        "(()(()))",   "((()()))",   "(((())))",   "(()()()())", "(()()(()))",
        "((())(()))", "(()(()()))", "(()((())))", "((()()()))", "((()(())))",
        "(((()())))", "((((()))))"};
    const untransformed u = untransform(&bk_rodas_default);
    for (size_t t = 0; t < sizeof trees / sizeof *trees; t++) {
        double phi[8];
        double density;
        int order;
        double sum = 0.0;
        double embedded = 0.0;
        weigh(&u, trees[t], phi, &order, &density);
        for (int i = 0; i < u.s; i++) {
            sum += u.weights[i] * phi[i];
            embedded += u.embedded[i] * phi[i];
        }
        assert_near(sum, 1.0 / density, 1e-12);
        if (order < bk_rodas_default.estimate) {
            assert_near(embedded, 1.0 / density, 1e-12);
        }
    }
}

/* --- error control -------------------------------------------------------------------------- */

/* The rate of the first is the context, or 1; that of the second 3. */
static double first_rate(const void *context)
{
    return context == NULL ? 1.0 : *(const double *)context;
}

static bool decay_rhs(void *context, double t, const double *y, double *dy)
{
    (void)t;
    dy[0] = -first_rate(context) * y[0];
    dy[1] = -3.0 * y[1];
    return true;
}

static bool decay_jacobian(void *context, double t, const double *y, double *values,
                           double *dfdt)
{
    (void)t;
    (void)y;
    const double columns[4] = {-first_rate(context), 0.0, 0.0, -3.0};
    memcpy(values, columns, sizeof columns);
    dfdt[0] = dfdt[1] = 0.0;
    return true;
}

static void amounts_of_a_million_and_of_1e_20_keep_the_same_relative_accuracy(void **s)
{
    (void)s;
    static const int32_t groups[] = {0, 1};
    bk_rodas_problem problem = two(decay_rhs, decay_jacobian, NULL);
    problem.group = groups;
    bk_rodas *const r = made(&problem);
    bk_rodas_start(r, 0.0, (const double[2]){1e6, 1e-20}, 1e-6, 0.0, 2.0);
    integrate(r, 2.0);
    assert_near(r->y[0], 1e6 * exp(-2.0), 1e-5);
    assert_near(r->y[1], 1e-20 * exp(-6.0), 1e-5);
    bk_rodas_free(r);
}

static void within_a_group_units_make_amounts_comparable(void **s)
{
    (void)s;
    static const double units[] = {1e-6, 1e20};
    bk_rodas_problem problem = two(decay_rhs, decay_jacobian, NULL);
    problem.units = units;
    bk_rodas *const r = made(&problem);
    bk_rodas_start(r, 0.0, (const double[2]){1e6, 1e-20}, 1e-6, 0.0, 2.0);
    integrate(r, 2.0);
    assert_near(r->y[1], 1e-20 * exp(-6.0), 1e-5);
    bk_rodas_free(r);
}

/* What rounding makes of the large one, 2e-11, is more than the small one may be wrong by:
 * 1e-3 of the shared scale, 0.1, at this tolerance. */
static void a_small_amount_beside_a_large_one_follows_a_tight_tolerance(void **s)
{
    (void)s;
    const double rtol = 1e-10;
    double still = 1e-6;
    const bk_rodas_problem problem = two(decay_rhs, decay_jacobian, &still);
    bk_rodas *const r = made(&problem);
    bk_rodas_start(r, 0.0, (const double[2]){1e5, 1e-5}, rtol, 0.0, 1.0);
    integrate(r, 1.0);
    const double error = fabs(r->y[1] - 1e-5 * exp(-3.0));
    print_message("%.1e in %ld steps\n", error, r->steps);
    assert_true(error <= 1e-3 * 0.1 * rtol);
    bk_rodas_free(r);
}

static const int32_t one_starts[] = {0, 1};
static const int32_t one_row[] = {0};

static bool explode_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = y[0] * y[0];
    return isfinite(dy[0]);
}

static bool explode_jacobian(void *context, double t, const double *y, double *values,
                             double *dfdt)
{
    (void)context;
    (void)t;
    values[0] = 2.0 * y[0];
    dfdt[0] = 0.0;
    return isfinite(values[0]);
}

static void a_solution_that_explodes_ends_with_a_vanishing_step_at_its_pole(void **s)
{
    (void)s;
    bk_rodas *const r = made(&(bk_rodas_problem){.n = 1,
                                                 .starts = one_starts,
                                                 .rows = one_row,
                                                 .rhs = explode_rhs,
                                                 .jacobian = explode_jacobian});
    bk_rodas_result result = BK_RODAS_ACCEPTED;
    bk_rodas_start(r, 0.0, (const double[1]){1.0}, 1e-6, 0.0, 2.0);
    while (r->t < 2.0 && result == BK_RODAS_ACCEPTED && r->steps < 10000) {
        result = bk_rodas_step(r, 2.0);
    }
    assert_int_equal(result, BK_RODAS_TOO_SMALL);
    assert_near(r->t, 1.0, 1e-5);
    bk_rodas_free(r);
}

static bool root_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = -1e3 * pow(y[0], 1.5) - y[0];
    return isfinite(dy[0]);
}

static bool root_jacobian(void *context, double t, const double *y, double *values,
                          double *dfdt)
{
    (void)context;
    (void)t;
    values[0] = -1.5e3 * sqrt(y[0]) - 1.0;
    dfdt[0] = 0.0;
    return isfinite(values[0]);
}

static void a_power_of_a_slightly_negative_value_does_not_stop_the_integration(void **s)
{
    (void)s;
    bk_rodas *const r = made(&(bk_rodas_problem){.n = 1,
                                                 .starts = one_starts,
                                                 .rows = one_row,
                                                 .rhs = root_rhs,
                                                 .jacobian = root_jacobian});
    bk_rodas_start(r, 0.0, (const double[1]){1.0}, 1e-3, 1e-3, 50.0);
    integrate(r, 50.0);
    assert_true(fabs(r->y[0]) < 1e-2);
    bk_rodas_free(r);
}

/* y_k' = y_(k-1) behind y_0 = 1: y_k = t^k / k!. */
enum { CASCADE = 9 };

static bool cascade_rhs(void *context, double t, const double *y, double *dy)
{
    (void)context;
    (void)t;
    dy[0] = 0.0;
    for (int k = 1; k < CASCADE; k++) {
        dy[k] = y[k - 1];
    }
    return true;
}

static bool cascade_jacobian(void *context, double t, const double *y, double *values,
                             double *dfdt)
{
    (void)context;
    (void)t;
    (void)y;
    for (int k = 0; k < CASCADE; k++) {
        dfdt[k] = 0.0;
        values[2 * k] = 0.0;
        if (k + 1 < CASCADE) {
            values[2 * k + 1] = 1.0;
        }
    }
    return true;
}

/* What rises is allowed more, since it forgets: so it has to be as exact as all else, at every
 * step and in its own size, from a billionth of the largest on. */
static void what_rises_from_zero_is_as_exact_as_what_stands(void **s)
{
    (void)s;
    int32_t starts[CASCADE + 1];
    int32_t rows[2 * CASCADE];
    for (int32_t k = 0; k <= CASCADE; k++) {
        starts[k] = k < CASCADE ? 2 * k : 2 * k - 1;
        if (k < CASCADE) {
            rows[2 * k] = k;
            rows[2 * k + 1] = k + 1;
        }
    }
    bk_rodas *const r = made(&(bk_rodas_problem){.n = CASCADE,
                                                 .starts = starts,
                                                 .rows = rows,
                                                 .rhs = cascade_rhs,
                                                 .jacobian = cascade_jacobian});
    const double start[CASCADE] = {1.0};
    bk_rodas_start(r, 0.0, start, 1e-6, 0.0, 100.0);
    double worst = 0.0;
    while (r->t < 100.0) {
        assert_int_equal(bk_rodas_step(r, 100.0), BK_RODAS_ACCEPTED);
        double exact = 1.0;
        double largest = 1.0;
        for (int k = 1; k < CASCADE; k++) {
            exact *= r->t / k;
            largest = fmax(largest, exact);
        }
        exact = 1.0;
        for (int k = 1; k < CASCADE; k++) {
            exact *= r->t / k;
            if (exact > 1e-9 * largest) {
                worst = fmax(worst, fabs(r->y[k] - exact) / (1e-6 * exact));
            }
        }
    }
    print_message("%.2g tolerances in %ld steps\n", worst, r->steps);
    assert_true(worst <= 10.0);
    bk_rodas_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_coefficients_satisfy_the_order_conditions_up_to_five),
        test(the_error_falls_with_the_fifth_power_of_the_step_on_a_stiff_problem),
        test(the_dense_output_has_at_least_order_four),
        test(the_dense_output_meets_both_ends_of_the_step),
        test(a_step_taken_again_to_an_earlier_time_equals_a_step_to_there),
        test(amounts_of_a_million_and_of_1e_20_keep_the_same_relative_accuracy),
        test(within_a_group_units_make_amounts_comparable),
        test(a_small_amount_beside_a_large_one_follows_a_tight_tolerance),
        test(a_solution_that_explodes_ends_with_a_vanishing_step_at_its_pole),
        test(what_rises_from_zero_is_as_exact_as_what_stands),
        test(a_power_of_a_slightly_negative_value_does_not_stop_the_integration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
