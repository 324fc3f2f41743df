/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Delays.  Expected values are closed forms, by the method of steps or by series. */

/* x' = -x(t - 1), x = 1 up to 0: a polynomial of one more degree each time unit. */
static double stepwise(double t)
{
    double sum = 0.0;
    double power = 1.0;
    for (int k = 0; k == 0 || t - k + 1.0 > 0.0; k++) {
        power = 1.0;
        for (int i = 1; i <= k; i++) {
            power *= -(t - k + 1.0) / i;
        }
        sum += power;
    }
    return sum;
}

static bench delayed_decay(double lag)
{
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "lag", lag);
    changes(b, "x", "-delay(x, lag)");
    return opened(b);
}

static void a_delayed_decay_is_its_polynomials(void **s)
{
    (void)s;
    bench t = delayed_decay(1.0);
    show(&t, "x", BK_AS_DEFAULT);
    show(&t, "x", BK_AS_RATE);
    t.settings.t_end = 8.0;
    t.settings.steps = 32;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row <= 32; row++) {
        const double time = 0.25 * (double)row;
        assert_close(bk_outcome_value(o, row, 0), stepwise(time), 1e-8);
        assert_close(bk_outcome_value(o, row, 1),
                     time < 1.0 ? -1.0 : -stepwise(time - 1.0), 1e-7);
    }
    assert_true(bk_outcome_counters(o).steps < 400);
    bk_outcome_free(o);
    closed(&t);
}

static void rows_do_not_change_the_solution(void **s)
{
    (void)s;
    bench t = delayed_decay(0.7);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 5.0;
    t.settings.steps = 3;
    const double few = end_of(&t, NULL);
    t.settings.steps = 1000;
    assert_close(end_of(&t, NULL), few, 0.0);
    closed(&t);
}

static void a_lag_of_zero_is_no_delay(void **s)
{
    (void)s;
    bench t = delayed_decay(0.0);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), exp(-3.0), 1e-8);
    assert_true(bk_outcome_counters(o).steps < 100);
    bk_outcome_free(o);
    closed(&t);
}

static void a_lag_far_shorter_than_a_step_costs_no_small_steps(void **s)
{
    (void)s;
    /* x = c e^(-r t) with r = e^(r lag); c differs from 1 by the square of the lag. */
    const double lag = 1e-5;
    bench t = delayed_decay(lag);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    double r = 1.0;
    for (int i = 0; i < 20; i++) {
        r = exp(r * lag);
    }
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), exp(-3.0 * r), 1e-8);
    assert_true(bk_outcome_counters(o).steps < 2000);
    bk_outcome_free(o);
    closed(&t);
}

static void a_lag_may_vanish_at_the_start(void **s)
{
    (void)s;
    /* x' = -x(t/2): x = sum (-1)^k t^k 2^(-k (k - 1)/2) / k! */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    changes(b, "x", "-delay(x, time/2)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 4.0;
    t.settings.steps = 8;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row <= 8; row++) {
        const double time = 0.5 * (double)row;
        double sum = 1.0;
        double term = 1.0;
        for (int k = 1; k < 40; k++) {
            term *= -time * pow(2.0, 1 - k) / k;
            sum += term;
        }
        assert_close(bk_outcome_value(o, row, 0), sum, 1e-7);
    }
    bk_outcome_free(o);
    closed(&t);
}

static void a_lag_may_depend_on_the_state(void **s)
{
    (void)s;
    /* x' = x(t - (1 + y))/x(t - 1 - y), that is 1, so x = 1 + t; z' = x(t - y) with
     * y = t/2 from y' = 1/2: z' = 1 + t/2. */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    parameter(b, "z", 0.0);
    changes(b, "x", "delay(x, 1 + y)/delay(x, 1 + y)");
    changes(b, "y", "0.5");
    changes(b, "z", "delay(x, y)");
    bench t = opened(b);
    show(&t, "x z", BK_AS_DEFAULT);
    t.settings.t_end = 4.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 5.0, 1e-8);
    assert_close(last(o, 1), 8.0, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

/* --- before the start ----------------------------------------------------------------- */

static void initial_assignments_and_rules_hold_before_the_start(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "u", 0.0);
    parameter(b, "y", 0.0);
    parameter(b, "back", 0.0);
    begins(b, "x", "cos(time)");
    changes(b, "x", "delay(x, 1)");
    assigns(b, "u", "sin(3*time)");
    assigns(b, "y", "2 + delay(u, 0.5)");
    assigns(b, "back", "delay(y, 0.25)");
    bench t = opened(b);
    show(&t, "x y back", BK_AS_DEFAULT);
    t.settings.steps = 10;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row <= 10; row++) {
        const double time = t.settings.t_end * 0.1 * (double)row;
        if (time <= 1.0) {
            assert_close(bk_outcome_value(o, row, 0), 1.0 + sin(time - 1.0) + sin(1.0),
                         1e-8);
        }
        assert_close(bk_outcome_value(o, row, 1), 2.0 + sin(3.0 * (time - 0.5)), 1e-9);
        assert_close(bk_outcome_value(o, row, 2), 2.0 + sin(3.0 * (time - 0.75)), 1e-9);
    }
    bk_outcome_free(o);
    closed(&t);
}

static void what_evolves_stood_still_before_the_start(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 5.0);
    parameter(b, "speed", 0.0);
    parameter(b, "twice", 0.0);
    changes(b, "x", "-0.1*x");
    assigns(b, "speed", "delay(rateOf(x), 1)");
    assigns(b, "twice", "rateOf(speed)");
    bench t = opened(b);
    show(&t, "speed twice", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    t.settings.steps = 6;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(bk_outcome_value(o, 1, 0), 0.0, 0.0);
    assert_close(bk_outcome_value(o, 2, 0), -0.5, 1e-9);
    assert_close(bk_outcome_value(o, 6, 0), -0.5 * exp(-0.2), 1e-8);
    assert_close(bk_outcome_value(o, 6, 1), 0.05 * exp(-0.2), 1e-5);
    bk_outcome_free(o);
    closed(&t);
}

static void a_run_that_goes_on_sees_its_state_before(void **s)
{
    (void)s;
    bench t = delayed_decay(1.0);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 1.0;
    double state[2] = {3.0, 1.0};
    t.settings.state = state;
    assert_close(end_of(&t, NULL), 0.0, 1e-12);
    closed(&t);
}

/* --- jumps and switches --------------------------------------------------------------- */

static void jumps_come_back(void **s)
{
    (void)s;
    /* u jumps at 1; x' is that half a unit later, and y' = x another 0.3 later. */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "u", 0.0);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    assigns(b, "u", "piecewise(0, time < 1, 1)");
    changes(b, "x", "delay(u, 0.5)");
    changes(b, "y", "delay(x, 0.3)");
    bench t = opened(b);
    show(&t, "x y", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 1.5, 1e-12);
    assert_close(last(o, 1), 0.5 * 1.2 * 1.2, 1e-12);
    bk_outcome_free(o);
    closed(&t);
}

static void a_delayed_value_can_be_a_switch(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    changes(b, "x", "piecewise(1, delay(x, 1) < 1, -1)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 2.5;
    assert_close(end_of(&t, NULL), 1.5, 1e-10);
    closed(&t);
}

static void a_delayed_value_can_trigger_an_event(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "p", 0.0);
    parameter(b, "q", 0.0);
    changes(b, "x", "1");
    changes(b, "q", "p");
    const int32_t event = symbol_of(b, BK_EVENT, "e", (double)NAN);
    bk_builder_event(b, &(bk_event){.symbol = event,
                                    .has_id = true,
                                    .trigger = parsed(b, "delay(x, 1) > 0.5"),
                                    .delay = -1,
                                    .priority = -1,
                                    .initial_value = true,
                                    .persistent = true,
                                    .trigger_time_values = true});
    bk_builder_event_assignment(
        b,
        &(bk_event_assignment){bk_builder_find(b, "p"), parsed(b, "delay(x, 1)"), {0}});
    bench t = opened(b);
    show(&t, "q", BK_AS_DEFAULT);
    t.settings.t_end = 3.5;
    assert_close(end_of(&t, NULL), 2.0 * 0.5, 1e-9);
    closed(&t);
}

/* --- steady states, edits ------------------------------------------------------------- */

static void in_a_steady_state_what_was_is_what_is(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.1);
    changes(b, "x", "2 - x - 0.5*delay(x, 1)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    bk_outcome *const o = settled(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(last(o, 0), 4.0 / 3.0, 1e-9);
    bk_outcome_free(o);
    closed(&t);
}

/* x' = r x (1 - x(t - 1)) leaves its fixed point for r > pi/2. */
static void a_delay_that_makes_it_oscillate_is_not_steady(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.5);
    parameter(b, "r", 1.4);
    changes(b, "x", "r*x*(1 - delay(x, 1))");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.rtol = 1e-6;
    bk_outcome *o = settled(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(last(o, 0), 1.0, 1e-8);
    bk_outcome_free(o);
    o = settled(&t, "start r = 1.9");
    assert_int_equal(bk_outcome_stop(o), BK_STOP_NOT_STEADY);
    bk_outcome_free(o);
    closed(&t);
}

static void a_treatment_is_seen_through_a_delay(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    parameter(b, "z", 0.0);
    changes(b, "x", "1");
    assigns(b, "y", "delay(x, 1)");
    changes(b, "z", "delay(x, 1)");
    bench t = opened(b);
    show(&t, "y z", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    bk_scenario *const scenario = bk_scenario_new("drug");
    bk_overlay *overlay = NULL;
    assert_int_equal(bk_scenario_parse(scenario, BK_TREATMENT, "scale x by 0.5",
                                       (bk_where){0}, t.diag),
                     BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, t.model, t.diag, &overlay),
                     BK_OK);
    bk_outcome *o;
    assert_int_equal(
        bk_engine_ode.run(t.system, overlay, &t.settings, t.workspace, t.diag, &o),
        BK_OK);
    assert_close(last(o, 0), 1.0, 1e-9);
    assert_close(last(o, 1), 0.5 * 0.5 * 4.0, 1e-9);
    bk_outcome_free(o);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    closed(&t);
}

static void what_has_no_meaning_is_refused(void **s)
{
    (void)s;
    static const char *const math[] = {"1 + delay(y, 1)", "delay(x, -1)"};
    static const char *const words[] = {"before the start", "not 0 or more"};
    for (int i = 0; i < 2; i++) {
        bk_builder *const b = bk_builder_new(NULL);
        parameter(b, "x", 1.0);
        parameter(b, "y", 1.0);
        changes(b, "x", "1");
        assigns(b, "y", math[i]);
        bk_model *model;
        bk_system *system = NULL;
        bk_diag *const diag = bk_diag_new();
        assert_int_equal(bk_builder_finish(b, &model), BK_OK);
        assert_int_equal(bk_engine_ode.compile(model, diag, &system), BK_UNSUPPORTED);
        assert_non_null(strstr(bk_diag_message(diag, 0)->text, words[i]));
        bk_model_free(model);
        bk_diag_free(diag);
    }
    bench t = delayed_decay(-1.0);
    bk_system *stochastic = NULL;
    assert_int_equal(bk_engine_ssa.compile(t.model, t.diag, &stochastic),
                     BK_UNSUPPORTED);
    bk_outcome *o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_FAILED);
    bk_outcome_free(o);
    t.settings.stepper = "rk8pd";
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_delayed_decay_is_its_polynomials),
        test(rows_do_not_change_the_solution),
        test(a_lag_of_zero_is_no_delay),
        test(a_lag_far_shorter_than_a_step_costs_no_small_steps),
        test(a_lag_may_vanish_at_the_start),
        test(a_lag_may_depend_on_the_state),
        test(initial_assignments_and_rules_hold_before_the_start),
        test(what_evolves_stood_still_before_the_start),
        test(a_run_that_goes_on_sees_its_state_before),
        test(jumps_come_back),
        test(a_delayed_value_can_be_a_switch),
        test(a_delayed_value_can_trigger_an_event),
        test(in_a_steady_state_what_was_is_what_is),
        test(a_delay_that_makes_it_oscillate_is_not_steady),
        test(a_treatment_is_seen_through_a_delay),
        test(what_has_no_meaning_is_refused)};
    return cmocka_run_group_tests_name("delays", tests, NULL, NULL);
}
