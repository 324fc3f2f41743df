/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Linear programs with answers that can be seen by eye. */

#include "solve/lp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#define test(name) cmocka_unit_test(name)

/* in -> A, A -> B (at most 3), A -> C (at most 4), B and C -> out. */
static const bk_lp_entry branches[] = {{0, 0, 1},  {0, 1, -1}, {0, 2, -1}, {1, 1, 1},
                                       {1, 3, -1}, {2, 2, 1},  {2, 4, -1}};

static bk_lp_answer answer_of(const double *lower, const double *upper, bool maximize,
                              double *x, double *value)
{
    static const double cost[] = {0, 0, 0, 1, 1};
    const bk_lp lp = {.rows = 3,
                      .columns = 5,
                      .entries = branches,
                      .n_entries = 7,
                      .lower = lower,
                      .upper = upper,
                      .cost = cost,
                      .maximize = maximize};
    bk_lp_answer answer = BK_LP_FAILED;
    assert_int_equal(bk_lp_solve(&lp, x, value, &answer), BK_OK);
    return answer;
}

static void two_branches_together_carry_what_they_can(void **state)
{
    (void)state;
    const double lower[] = {0, 0, 0, 0, 0}, upper[] = {100, 3, 4, 100, 100};
    double x[5], value;
    assert_int_equal(answer_of(lower, upper, true, x, &value), BK_LP_OPTIMAL);
    assert_true(fabs(value - 7) < 1e-9);
    assert_true(fabs(x[0] - 7) < 1e-9);
    assert_true(fabs(x[1] - 3) < 1e-9);
}

static void the_least_flux_is_what_the_bounds_ask_for(void **state)
{
    (void)state;
    const double lower[] = {0, 2, 0, 0, 0}, upper[] = {100, 3, 4, 100, 100};
    double x[5], value;
    assert_int_equal(answer_of(lower, upper, false, x, &value), BK_LP_OPTIMAL);
    assert_true(fabs(value - 2) < 1e-9);
}

static void bounds_that_contradict_the_balance_are_infeasible(void **state)
{
    (void)state;
    const double lower[] = {10, 0, 0, 0, 0}, upper[] = {100, 3, 4, 100, 100};
    double x[5], value;
    assert_int_equal(answer_of(lower, upper, true, x, &value), BK_LP_INFEASIBLE);
}

static void bounds_that_cross_are_infeasible(void **state)
{
    (void)state;
    const double lower[] = {0, 5, 0, 0, 0}, upper[] = {100, 3, 4, 100, 100};
    double x[5], value;
    assert_int_equal(answer_of(lower, upper, true, x, &value), BK_LP_INFEASIBLE);
}

static void without_bounds_there_is_no_largest_flux(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    const double lower[] = {0, 0, 0, 0, 0}, upper[] = {inf, inf, 4, inf, inf};
    double x[5], value;
    assert_int_equal(answer_of(lower, upper, true, x, &value), BK_LP_UNBOUNDED);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    const double bounds[] = {(double)NAN}, cost[] = {1};
    const bk_lp lp = {
        .columns = 1, .lower = bounds, .upper = bounds, .cost = cost, .maximize = true};
    double x[1], value;
    bk_lp_answer answer;
    assert_int_equal(bk_lp_solve(&lp, x, &value, &answer), BK_NUMERICAL);
}

/* Scale factors of such rows underflow, for which GLPK would end the program. */
static void
what_glpk_finds_impossible_is_not_solved_and_does_not_end_the_program(void **state)
{
    (void)state;
    const double huge = 1e300;
    const bk_lp_entry apart[] = {{0, 0, 1},  {0, 1, -1},    {1, 1, huge},
                                 {1, 2, -1}, {2, 2, -huge}, {2, 3, 1 / huge}};
    const double lower[] = {0, 0, 0, 0}, upper[] = {1000, 3, 4, 4};
    const double cost[] = {1, 0, 0, 0};
    const bk_lp lp = {.rows = 3,
                      .columns = 4,
                      .entries = apart,
                      .n_entries = 6,
                      .lower = lower,
                      .upper = upper,
                      .cost = cost,
                      .maximize = true};
    double x[4], value;
    bk_lp_answer answer = BK_LP_OPTIMAL;
    assert_int_equal(bk_lp_solve(&lp, x, &value, &answer), BK_OK);
    assert_int_equal(answer, BK_LP_FAILED);
    two_branches_together_carry_what_they_can(state); /* GLPK works as before */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(two_branches_together_carry_what_they_can),
        test(the_least_flux_is_what_the_bounds_ask_for),
        test(bounds_that_contradict_the_balance_are_infeasible),
        test(bounds_that_cross_are_infeasible),
        test(without_bounds_there_is_no_largest_flux),
        test(what_is_no_number_is_refused),
        test(what_glpk_finds_impossible_is_not_solved_and_does_not_end_the_program)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
