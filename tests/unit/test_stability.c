/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Eigenvalues at steady states of systems small enough to have them in closed form. */

#include "kinetic_fixture.h"

static bk_stability judged(bench *t, const char *edits)
{
    bk_overlay *const overlay = overlay_of(t, edits);
    bk_outcome *const outcome = settled(t, edits);
    bk_stability found = {0};
    assert_int_equal(bk_kinetic_stability(t->system, overlay, &t->settings, outcome,
                                          t->workspace, t->diag, &found),
                     BK_OK);
    bk_outcome_free(outcome);
    bk_overlay_free(overlay);
    return found;
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fmax(1.0, fabs(expected)))) {
        fail_msg("%.15g is not %.15g", value, expected);
    }
}

static bk_builder *cycle(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "A", 3.0);
    species(b, "AP", 0.0);
    parameter(b, "k", 0.7);
    reaction(b, "on", "A", "AP", "c*k*A");
    reaction(b, "off", "AP", "A", "c*0.2*AP");
    return b;
}

static void a_cycle_relaxes_by_the_sum_of_its_rates(void **s)
{
    (void)s;
    bench t = opened(cycle());
    const bk_stability found = judged(&t, NULL);
    assert_int_equal(found.kind, BK_STABLE);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.moieties, 1);
    near(found.largest, -0.9);
    near(found.slowest, 1.0 / 0.9);
    closed(&t);
}

static void a_fixed_species_takes_its_moiety_with_it(void **s)
{
    (void)s;
    bench t = opened(cycle());
    const bk_stability found = judged(&t, "fix A = 1");
    assert_int_equal(found.kind, BK_STABLE);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.moieties, 0);
    near(found.largest, -0.2);
    closed(&t);
}

static void a_focus_is_told_from_its_complex_pair(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "-0.3*x - 2*y");
    changes(b, "y", "2*x - 0.3*y");
    bench t = opened(b);
    const bk_stability found = judged(&t, NULL);
    assert_int_equal(found.kind, BK_STABLE);
    near(found.largest, -0.3);
    near(found.imaginary, 2.0);
    near(found.slowest, 1.0 / 0.3);
    closed(&t);
}

static void a_saddle_one_starts_on_is_unstable(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "0.5*x");
    changes(b, "y", "x - 4*y");
    bench t = opened(b);
    const bk_stability found = judged(&t, NULL);
    assert_int_equal(found.kind, BK_UNSTABLE);
    near(found.largest, 0.5);
    near(found.imaginary, 0.0);
    near(found.slowest, 2.0);
    closed(&t);
}

static void a_zero_that_nothing_conserved_explains_is_marginal(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "-x^3");
    changes(b, "y", "-y");
    bench t = opened(b);
    assert_int_equal(judged(&t, NULL).kind, BK_MARGINAL);
    closed(&t);
}

static void implicit_variables_are_eliminated(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 2.0);
    parameter(b, "z", 1.0);
    changes(b, "x", "3 - 1.5*z");
    bk_builder_rule(b, &(bk_rule){.kind = BK_ALGEBRAIC_RULE,
                                  .target = -1,
                                  .math = parsed(b, "z^3 + z - x")});
    bench t = opened(b);
    const bk_stability found = judged(&t, NULL); /* z = 2: dz/dx = 1/13 */
    assert_int_equal(found.n, 1);
    near(found.largest, -1.5 / 13.0);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_cycle_relaxes_by_the_sum_of_its_rates),
        test(a_fixed_species_takes_its_moiety_with_it),
        test(a_focus_is_told_from_its_complex_pair),
        test(a_saddle_one_starts_on_is_unstable),
        test(a_zero_that_nothing_conserved_explains_is_marginal),
        test(implicit_variables_are_eliminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
