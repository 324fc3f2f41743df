/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Courses: switches, output, failure, steppers. */

static void a_switch_in_time_is_hit_exactly_whatever_the_grid(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    changes(b, "x", "piecewise(3, time >= 5 && time < 5.25, 1)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    show(&t, "x", BK_AS_RATE);
    t.settings.steps = 4;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 10.5, 1e-13);
    assert_close(bk_outcome_value(o, 2, 1), 3.0, 0.0); /* at the very instant */
    assert_int_equal(bk_outcome_counters(o).switches, 2);
    bk_outcome_free(o);
    closed(&t);
}

static void a_switch_in_the_state_is_located_to_the_tolerance(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "-x");
    changes(b, "y", "piecewise(1, x < 0.5, 0)");
    bench t = opened(b);
    show(&t, "y", BK_AS_DEFAULT);
    t.settings.t_end = 2.0;
    assert_close(end_of(&t, NULL), 2.0 - log(2.0), 1e-9);
    closed(&t);
}

static void relations_that_switch_together_are_both_seen(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    parameter(b, "z", 0.0);
    parameter(b, "on", 0.0);
    assigns(b, "on", "piecewise(1, time > 3, 0)");
    changes(b, "x", "piecewise(1, on > 0.5, 0)");
    changes(b, "y", "piecewise(1, time >= 3, 0)");
    changes(b, "z", "piecewise(1, 2*time > 6 && x >= 0, 0)");
    bench t = opened(b);
    show(&t, "x y z", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    for (int c = 0; c < 3; c++) {
        assert_close(last(o, c), 7.0, 1e-12);
    }
    bk_outcome_free(o);
    closed(&t);
}

static void a_sliding_mode_is_passed_with_small_steps(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "piecewise(-1, x > 0, 1)");
    changes(b, "y", "1");
    bench t = opened(b);
    show(&t, "x y", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(last(o, 0), 0.0, 1e-3);
    assert_close(last(o, 1), 3.0, 1e-9);
    assert_true(bk_outcome_counters(o).steps < 1000000);
    bk_outcome_free(o);
    closed(&t);
}

/* Belousov's reaction as the Oregonator of Field and Noyes (1974), scaled. */
static bk_builder *oregonator(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "X", 1.0);
    species(b, "Y", 2.0);
    species(b, "Z", 3.0);
    reaction(b, "gain", "", "X", "77.27*(Y + X*(1 - 8.375e-6*X - Y))");
    reaction(b, "turn", "", "Y", "(Z - (1 + X)*Y)/77.27");
    reaction(b, "loss", "Z", "", "0.161*(Z - X)");
    return b;
}

static void values_do_not_depend_on_the_grid_of_output(void **s)
{
    (void)s;
    bench t = opened(oregonator());
    t.settings.t_end = 30.0;
    t.settings.rtol = 1e-6;
    t.settings.steps = 1000;
    bk_outcome *const fine = ran(&t, NULL);
    t.settings.steps = 10;
    bk_outcome *const coarse = ran(&t, NULL);
    for (size_t r = 0; r <= 10; r++) {
        for (int c = 0; c < 3; c++) {
            assert_true(bk_outcome_value(fine, 100 * r, c) ==
                        bk_outcome_value(coarse, r, c));
        }
    }
    assert_int_equal(bk_outcome_counters(fine).steps,
                     bk_outcome_counters(coarse).steps);
    bk_outcome_free(fine);
    bk_outcome_free(coarse);
    closed(&t);
}

static void all_steppers_agree(void **s)
{
    (void)s;
    static const char *const others[] = {"gsl-rodas", "msbdf", "rk8pd"};
    bench t = opened(oregonator());
    t.settings.t_end = 20.0;
    t.settings.atol = 1e-9;
    bk_outcome *const ours = ran(&t, NULL);
    for (size_t i = 0; i < 3; i++) {
        t.settings.stepper = others[i];
        bk_outcome *const theirs = ran(&t, NULL);
        assert_int_equal(bk_outcome_stop(theirs), BK_STOP_END);
        for (int c = 0; c < 3; c++) {
            assert_close(last(theirs, c), last(ours, c), 1e-5);
        }
        bk_outcome_free(theirs);
    }
    bk_outcome_free(ours);
    closed(&t);
}

static void a_failed_run_names_the_variable_and_keeps_the_rows_before(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "calm", 1.0);
    parameter(b, "wild", 1.0);
    changes(b, "calm", "-calm");
    changes(b, "wild", "wild^2");
    bench t = opened(b);
    t.settings.t_end = 2.0;
    t.settings.steps = 15;
    bk_outcome *const o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_FAILED);
    assert_non_null(strstr(bk_outcome_text(o), "wild"));
    assert_int_equal(bk_outcome_rows(o), 8);
    assert_close(bk_outcome_value(o, 3, 1), 1.0 / 0.6, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void an_unknown_stepper_is_refused_with_the_known_ones(void **s)
{
    (void)s;
    bench t = opened(oregonator());
    bk_outcome *o = NULL;
    t.settings.stepper = "euler";
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_NOT_FOUND);
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text, "rodas"));
    closed(&t);
}

static void a_run_without_variables_gives_its_constants(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "p", 4.0);
    parameter(b, "q", 0.0);
    assigns(b, "q", "p + time");
    bench t = opened(b);
    show(&t, "q", BK_AS_DEFAULT);
    assert_close(end_of(&t, NULL), 14.0, 0.0);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_switch_in_time_is_hit_exactly_whatever_the_grid),
        test(a_switch_in_the_state_is_located_to_the_tolerance),
        test(relations_that_switch_together_are_both_seen),
        test(a_sliding_mode_is_passed_with_small_steps),
        test(values_do_not_depend_on_the_grid_of_output),
        test(all_steppers_agree),
        test(a_failed_run_names_the_variable_and_keeps_the_rows_before),
        test(an_unknown_stepper_is_refused_with_the_known_ones),
        test(a_run_without_variables_gives_its_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
