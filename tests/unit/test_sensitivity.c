/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sensitivities against closed forms. */

#include "event_fixture.h"

#include <blockade/sensitivity.h>

typedef struct answer {
    bk_model *model;
    bk_system *system;
    bk_workspace *workspace;
    bk_settings settings;
    bk_column columns[6];
    bk_diag *diag;
    bk_sensitivity *found;
} answer;

static answer prepared(bk_builder *b, const char *of, const char *to)
{
    answer a = {.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    assert_int_equal(bk_builder_finish(b, &a.model), BK_OK);
    int32_t symbols[6];
    int n = 0;
    char copy[200];
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", to);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        symbols[n++] = bk_model_find(a.model, name);
    }
    snprintf(copy, sizeof copy, "%s", of);
    rest = NULL;
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        a.columns[a.settings.n_columns++] =
            (bk_column){bk_model_find(a.model, name), BK_AS_DEFAULT};
    }
    a.settings.rtol = 1e-8;
    if (bk_sensitivity_compile(a.model, symbols, n, a.diag, &a.system) == BK_OK) {
        assert_int_equal(bk_engine_ode.workspace(a.system, &a.workspace), BK_OK);
    }
    return a;
}

static void run_it(answer *a, double end, int steps)
{
    a->settings.columns = a->columns;
    a->settings.t_end = end;
    a->settings.steps = steps;
    if (a->system == NULL ||
        bk_sensitivity_run(a->system, NULL, &a->settings, a->workspace, a->diag,
                           &a->found) != BK_OK) {
        tell(a->diag);
        fail_msg("no sensitivities");
    }
}

static void settle_it(answer *a)
{
    a->settings.columns = a->columns;
    if (a->system == NULL ||
        bk_sensitivity_settle(a->system, NULL, &a->settings, a->workspace, a->diag,
                              &a->found) != BK_OK) {
        tell(a->diag);
        fail_msg("no sensitivities");
    }
}

static double last_slope(const answer *a, int column, int k)
{
    const size_t rows = bk_outcome_rows(bk_sensitivity_outcome(a->found));
    assert_true(rows > 0);
    return bk_sensitivity_slope(a->found, rows - 1, column, k);
}

static void put_away(answer *a)
{
    bk_sensitivity_free(a->found);
    bk_workspace_free(a->workspace);
    bk_system_free(a->system);
    bk_model_free(a->model);
    bk_diag_free(a->diag);
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance * fmax(1.0, fabs(expected)))) {
        fail_msg("%.15g is not %.15g", value, expected);
    }
}

static void decay_answers_its_rate_and_its_start(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "A", 3.0);
    parameter(b, "k", 0.7);
    reaction(b, "r", "A", "", "c*k*A");
    answer a = prepared(b, "A r", "k A c r");
    run_it(&a, 2.0, 4);
    const double left = 3.0 * exp(-1.4);
    near(last_slope(&a, 0, 0), -2.0 * left, 1e-7);
    near(last_slope(&a, 0, 1), exp(-1.4), 1e-7);
    near(last_slope(&a, 0, 2), 0.0, 1e-7); /* the concentration stays */
    near(last_slope(&a, 0, 3), -1.4 * left, 1e-7);
    near(last_slope(&a, 1, 0), 2.0 * left * (1.0 - 1.4), 1e-7);
    near(last_slope(&a, 1, 2), 0.7 * left, 1e-7);
    near(last_slope(&a, 1, 3), 1.4 * left * (1.0 - 1.4), 1e-7);
    near(bk_sensitivity_slope(a.found, 1, 0, 0), -0.5 * 3.0 * exp(-0.35), 1e-7);
    put_away(&a);
}

static void rules_and_initial_assignments_pass_it_on(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "p", 2.0);
    parameter(b, "x", 0.0);
    parameter(b, "k", 0.0);
    parameter(b, "z", 0.0);
    assigns(b, "k", "p^2/8");
    assigns(b, "z", "x*p");
    begins(b, "x", "p^3");
    changes(b, "x", "-k*x");
    answer a = prepared(b, "x z", "p");
    run_it(&a, 1.0, 1);
    const double x = 8.0 * exp(-0.5);
    const double slope = 12.0 * exp(-0.5) - x * 0.5;
    near(last_slope(&a, 0, 0), slope, 1e-7);
    near(last_slope(&a, 1, 0), slope * 2.0 + x, 1e-7);
    put_away(&a);
}

static void a_time_that_depends_on_a_parameter_moves_what_follows(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "off", 3.0);
    changes(b, "x", "piecewise(2, time < off, -0.5*x)");
    answer a = prepared(b, "x", "off");
    run_it(&a, 5.0, 5);
    /* x = 2 off exp(-(t - off)/2) */
    near(last_slope(&a, 0, 0), (2.0 + 3.0) * exp(-1.0), 1e-6);
    near(bk_sensitivity_slope(a.found, 2, 0, 0), 0.0, 1e-9);
    put_away(&a);
}

static void a_threshold_of_the_state_moves_with_all_that_moves_the_state(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    parameter(b, "k", 0.5);
    changes(b, "x", "k*x");
    changes(b, "y", "piecewise(1, x > 2, 0)");
    answer a = prepared(b, "y x", "k x");
    run_it(&a, 4.0, 1);
    /* y = t - log(2/x0)/k */
    near(last_slope(&a, 0, 0), log(2.0) / 0.25, 1e-6);
    near(last_slope(&a, 0, 1), 1.0 / 0.5, 1e-6);
    near(last_slope(&a, 1, 0), 4.0 * exp(2.0), 1e-6);
    put_away(&a);
}

static void events_map_it_at_fixed_times_and_where_the_state_triggers(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "k", 0.5);
    parameter(b, "dose", 3.0);
    changes(b, "x", "-k*x");
    happens(b, plain("give", "time >= 2"), "x", "x^2 + dose", NULL);
    answer a = prepared(b, "x", "k dose x");
    run_it(&a, 3.0, 3);
    /* x(3) = (x0^2 exp(-4 k) + dose) exp(-k) */
    near(last_slope(&a, 0, 0), -4.0 * exp(-2.5) - (exp(-2.0) + 3.0) * exp(-0.5), 1e-6);
    near(last_slope(&a, 0, 1), exp(-0.5), 1e-6);
    near(last_slope(&a, 0, 2), 2.0 * exp(-2.5), 1e-6);
    put_away(&a);
}

/* Values are those of the trigger, whatever is executed first: the two change places. */
static void events_at_one_time_take_what_was_there_ahead_of_both(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 2.0);
    parameter(b, "z", 5.0);
    parameter(b, "p", 3.0);
    changes(b, "x", "p");
    happens(b, plain("there", "time >= 1"), "x", "z", NULL);
    happens(b, plain("back", "time >= 1"), "z", "x^2", NULL);
    answer a = prepared(b, "x z", "p x z");
    run_it(&a, 2.0, 2);
    /* x(2) = z0 + p, z(2) = (x0 + p)^2 */
    near(last_slope(&a, 0, 0), 1.0, 1e-6);
    near(last_slope(&a, 0, 1), 0.0, 1e-6);
    near(last_slope(&a, 0, 2), 1.0, 1e-6);
    near(last_slope(&a, 1, 0), 10.0, 1e-6);
    near(last_slope(&a, 1, 1), 10.0, 1e-6);
    near(last_slope(&a, 1, 2), 0.0, 1e-6);
    put_away(&a);
}

/* The second is triggered by what the first one assigns, and takes that. */
static void an_event_that_another_triggers_takes_what_that_one_assigned(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 2.0);
    parameter(b, "z", 5.0);
    parameter(b, "p", 3.0);
    changes(b, "x", "p");
    happens(b, plain("grow", "time >= 1"), "x", "10*x", NULL);
    happens(b, plain("tell", "x > 20"), "z", "2*x", NULL);
    answer a = prepared(b, "x z", "p");
    run_it(&a, 2.0, 2);
    /* x(2) = 10 (x0 + p) + p, z(2) = 20 (x0 + p) */
    near(last_slope(&a, 0, 0), 11.0, 1e-6);
    near(last_slope(&a, 1, 0), 20.0, 1e-6);
    put_away(&a);
}

static void a_state_that_triggers_its_own_fall_has_a_period(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "v", 0.8);
    parameter(b, "top", 2.0);
    changes(b, "x", "v");
    happens(b, plain("fall", "x >= top"), "x", "0.25*x", NULL);
    answer a = prepared(b, "x", "v top");
    run_it(&a, 6.0, 6);
    /* falls at top/v (2.5) and each 0.75 top/v (1.875) later: at 2.5 and 4.375; then
     * x = top/4 + v (t - 1.75 top/v) = v t - 1.5 top */
    near(last_slope(&a, 0, 0), 6.0, 1e-6);
    near(last_slope(&a, 0, 1), -1.5, 1e-6);
    put_away(&a);
}

static void algebraic_rules_take_part(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 2.0);
    parameter(b, "z", 1.0);
    parameter(b, "p", 1.0);
    changes(b, "x", "-(3*z^2 + p)*z/(3*z^2 + p)");
    bk_builder_rule(b, &(bk_rule){.kind = BK_ALGEBRAIC_RULE,
                                  .target = -1,
                                  .math = parsed(b, "z^3 + p*z - x")});
    answer a = prepared(b, "z x", "p");
    run_it(&a, 0.0, 0);
    /* at the start 3 z^2 dz + z + p dz = 0 at z = 1 */
    near(last_slope(&a, 0, 0), -0.25, 1e-6);
    near(last_slope(&a, 1, 0), 0.0, 1e-9);
    put_away(&a);
}

static void a_cycle_at_rest_answers_with_its_total_kept(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "A", 3.0);
    species(b, "AP", 1.0);
    parameter(b, "k", 0.6);
    parameter(b, "back", 0.2);
    reaction(b, "on", "A", "AP", "c*k*A");
    reaction(b, "off", "AP", "A", "c*back*AP");
    answer a = prepared(b, "AP on", "k back A on");
    settle_it(&a);
    /* AP = T k/(k + back), T = 4; flux = 2 T k back/(k + back) */
    near(last_slope(&a, 0, 0), 4.0 * 0.2 / 0.64, 1e-8);
    near(last_slope(&a, 0, 1), -4.0 * 0.6 / 0.64, 1e-8);
    near(last_slope(&a, 0, 2), 0.75, 1e-8);
    near(last_slope(&a, 0, 3), 0.6 * 4.0 * 0.2 / 0.64, 1e-8);
    near(last_slope(&a, 1, 0), 8.0 * 0.04 / 0.64, 1e-8);
    near(last_slope(&a, 1, 3), 0.6 * 8.0 * 0.04 / 0.64, 1e-8);
    put_away(&a);
}

/* Kacser and Burns's theorems, in a branched pathway with a conserved cofactor. */
static void control_of_a_flux_adds_up_to_one_and_of_a_concentration_to_zero(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.5);
    species(b, "A", 0.3);
    species(b, "B", 0.1);
    species(b, "N", 2.0);
    species(b, "NH", 0.5);
    reaction(b, "in", "", "A", "c*1.3/(1 + 0.2*A)");
    reaction(b, "red", "A N", "B NH", "c*(2*A*N/(0.5 + A) - 0.1*B*NH)");
    reaction(b, "ox", "NH", "N", "c*1.1*NH");
    reaction(b, "one", "B", "", "c*0.9*B/(1 + B)");
    reaction(b, "two", "B", "", "c*0.7*B");
    answer a = prepared(b, "A B NH one red", "in red ox one two");
    settle_it(&a);
    const bk_outcome *const o = bk_sensitivity_outcome(a.found);
    for (int column = 0; column < 5; column++) {
        double sum = 0.0;
        for (int k = 0; k < 5; k++) {
            sum += last_slope(&a, column, k) / bk_outcome_value(o, 0, column);
        }
        near(sum, column < 3 ? 0.0 : 1.0, 1e-9);
    }
    put_away(&a);
}

static void what_has_no_sensitivity_is_refused_by_name(void **s)
{
    (void)s;
    bk_builder *b = bk_builder_new(NULL);
    parameter(b, "p", 1.0);
    parameter(b, "q", 1.0);
    assigns(b, "q", "2*p");
    answer a = prepared(b, "p", "q");
    assert_null(a.system);
    assert_non_null(strstr(bk_diag_message(a.diag, 0)->text, "\"q\""));
    put_away(&a);
    b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "p", 1.0);
    changes(b, "x", "p");
    happens(b, plain("late", "x > 1"), "x", "0", NULL);
    a = prepared(b, "x", "p");
    assert_non_null(a.system);
    assert_int_equal(bk_sensitivity_settle(a.system, NULL, &a.settings, a.workspace,
                                           a.diag, &a.found),
                     BK_OK); /* the state comes back to 0 for ever */
    assert_int_equal(bk_outcome_stop(bk_sensitivity_outcome(a.found)),
                     BK_STOP_NOT_STEADY);
    put_away(&a);
}

/* A <-> AP keeps its total T: AP = T k/(k + 0.2). */
static void an_event_that_is_not_executed_leaves_no_trace_at_rest(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "A", 3.0);
    species(b, "AP", 0.0);
    parameter(b, "k", 0.6);
    reaction(b, "on", "A", "AP", "c*k*A");
    reaction(b, "off", "AP", "A", "c*0.2*AP");
    happens(b, plain("never", "AP > 5"), "A", "A + 1", NULL);
    answer a = prepared(b, "AP", "k A");
    settle_it(&a);
    near(last_slope(&a, 0, 0), 3.0 * 0.2 / (0.8 * 0.8), 1e-9);
    near(last_slope(&a, 0, 1), 0.75, 1e-9);
    put_away(&a);
}

/* x' = k L - x; L is 5 from time 1 on, whatever it was, and what x was set to is gone. */
static void what_events_set_to_numbers_is_the_same_for_all_parameters(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    variable(b, "L", 2.0);
    parameter(b, "k", 0.7);
    parameter(b, "five", 5.0);
    changes(b, "x", "k*L - x");
    happens(b, plain("dose", "time > 1"), "L", "five", "x", "x + 100", NULL);
    answer a = prepared(b, "x L", "k L");
    settle_it(&a);
    near(last_slope(&a, 0, 0), 5.0, 1e-9);
    near(last_slope(&a, 0, 1), 0.0, 1e-9);
    near(last_slope(&a, 1, 1), 0.0, 1e-9);
    put_away(&a);
}

static void what_events_set_for_good_to_what_varies_is_refused_at_rest(void **s)
{
    (void)s;
    static const char *const values[] = {"x", "time", "k"};
    for (int i = 0; i < 3; i++) {
        bk_builder *const b = bk_builder_new(NULL);
        parameter(b, "x", 1.0);
        variable(b, "L", 2.0);
        parameter(b, "k", 0.7);
        changes(b, "x", "k*L - x");
        happens(b, plain("dose", "time > 1"), "L", values[i], NULL);
        answer a = prepared(b, "x", "k");
        a.settings.columns = a.columns;
        assert_int_equal(bk_sensitivity_settle(a.system, NULL, &a.settings, a.workspace,
                                               a.diag, &a.found),
                         BK_UNSUPPORTED);
        assert_non_null(strstr(bk_diag_message(a.diag, 0)->text, "\"dose\""));
        put_away(&a);
    }
}

static void two_conditions_at_one_time_that_a_parameter_parts_end_the_run(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "p", 1.0);
    parameter(b, "q", 1.0);
    changes(b, "x", "piecewise(1, and(time < p, time < q), 0)");
    answer a = prepared(b, "x", "p");
    a.settings.columns = a.columns;
    a.settings.t_end = 2.0;
    assert_int_equal(
        bk_sensitivity_run(a.system, NULL, &a.settings, a.workspace, a.diag, &a.found),
        BK_OK);
    assert_int_equal(bk_outcome_stop(bk_sensitivity_outcome(a.found)), BK_STOP_FAILED);
    assert_non_null(strstr(bk_outcome_text(bk_sensitivity_outcome(a.found)), "part"));
    put_away(&a);
}

/* x' = -k x(t - lag), x = x0 before: by the method of steps x = x0 (1 - k t +
 * k^2 (t - lag)^2 / 2 - k^3 (t - 2 lag)^3 / 6) up to 3 lags. */
static bk_builder *late_decay(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "k", 0.8);
    parameter(b, "lag", 1.0);
    parameter(b, "x", 1.5);
    changes(b, "x", "-k*delay(x, lag)");
    return b;
}

static void a_delay_brings_back_how_things_were(void **s)
{
    (void)s;
    answer a = prepared(late_decay(), "x", "k lag x");
    run_it(&a, 2.5, 5);
    static const double k = 0.8, x0 = 1.5;
    for (size_t row = 0; row <= 5; row++) {
        const double t = 0.5 * (double)row;
        const double u = fmax(t - 1.0, 0.0), w = fmax(t - 2.0, 0.0);
        near(bk_sensitivity_slope(a.found, row, 0, 0),
             x0 * (-t + k * u * u - k * k * w * w * w / 2.0), 1e-7);
        near(bk_sensitivity_slope(a.found, row, 0, 1),
             x0 * (-k * k * u + k * k * k * w * w), 1e-7);
        near(bk_sensitivity_slope(a.found, row, 0, 2),
             1.0 - k * t + k * k * u * u / 2.0 - k * k * k * w * w * w / 6.0, 1e-7);
    }
    put_away(&a);
}

/* x = a exp(t) before the start: x(t) = a (1 + exp(-lag) (exp(t) - 1)) up to the lag. */
static void what_was_before_the_start_answers_too(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "a", 0.7);
    parameter(b, "lag", 1.0);
    parameter(b, "x", 0.0);
    begins(b, "x", "a*exp(time)");
    changes(b, "x", "delay(x, lag)");
    answer a = prepared(b, "x", "a lag");
    run_it(&a, 0.8, 4);
    const double grown = exp(-1.0) * (exp(0.8) - 1.0);
    near(last_slope(&a, 0, 0), 1.0 + grown, 1e-7);
    near(last_slope(&a, 0, 1), -0.7 * grown, 1e-7);
    put_away(&a);
}

static double ended(bk_builder *(*build)(double p), double p, double end)
{
    bench t = opened(build(p));
    t.settings.rtol = 1e-12;
    t.settings.t_end = end;
    show(&t, "x", BK_AS_DEFAULT);
    const double x = end_of(&t, NULL);
    closed(&t);
    return x;
}

/* A delayed feedback through a rule, with a lag that depends on the state. */
static bk_builder *feedback(double p)
{
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "p", p);
    parameter(b, "x", 0.5);
    parameter(b, "y", 0.2);
    variable(b, "load", 0.0);
    assigns(b, "load", "x + p*delay(y, 0.3)");
    changes(b, "x", "2/(1 + delay(load, 1 + 0.2*p + 0.1*y)^4) - p*x");
    changes(b, "y", "x - y");
    return b;
}

static void lags_and_delays_of_delays_agree_with_differences_of_runs(void **s)
{
    (void)s;
    answer a = prepared(feedback(0.6), "x", "p");
    run_it(&a, 6.0, 4);
    const double h = 1e-3;
    const double slope =
        (8.0 * (ended(feedback, 0.6 + h, 6.0) - ended(feedback, 0.6 - h, 6.0)) -
         (ended(feedback, 0.6 + 2.0 * h, 6.0) - ended(feedback, 0.6 - 2.0 * h, 6.0))) /
        (12.0 * h);
    near(last_slope(&a, 0, 0), slope, 1e-6);
    put_away(&a);
}

/* x (1 + x^2) = k at rest, where delays see the present. */
static void at_rest_a_lag_has_no_say(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "k", 2.0);
    parameter(b, "lag", 0.5);
    parameter(b, "x", 0.3);
    changes(b, "x", "k/(1 + delay(x, lag)^2) - x");
    answer a = prepared(b, "x", "k lag");
    settle_it(&a);
    near(last_slope(&a, 0, 0), 0.25, 1e-8); /* 1 / (1 + 3 x^2) at x = 1 */
    near(last_slope(&a, 0, 1), 0.0, 1e-12);
    put_away(&a);
}

static void delays_beside_what_jumps_are_refused(void **s)
{
    (void)s;
    bk_builder *const b = late_decay();
    happens(b, plain("reset", "time > 1"), "x", "1", NULL);
    answer a = prepared(b, "x", "k");
    assert_null(a.system);
    assert_non_null(strstr(bk_diag_message(a.diag, 0)->text, "delays and events"));
    put_away(&a);
}

/* x' = sqrt(p) - x has no derivative by p at 0, which is not 0. */
static void an_infinite_derivative_is_told_and_is_not_zero(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "p", 0.0);
    parameter(b, "n", 0.5);
    changes(b, "x", "p^n - x");
    answer a = prepared(b, "x", "p n");
    a.settings.columns = a.columns;
    assert_int_equal(bk_sensitivity_settle(a.system, NULL, &a.settings, a.workspace,
                                           a.diag, &a.found),
                     BK_NUMERICAL);
    assert_non_null(strstr(bk_diag_message(a.diag, 0)->text, "infinite"));
    assert_int_equal(
        bk_sensitivity_run(a.system, NULL, &a.settings, a.workspace, a.diag, &a.found),
        BK_OK);
    assert_int_equal(bk_outcome_stop(bk_sensitivity_outcome(a.found)), BK_STOP_FAILED);
    put_away(&a);
}

static void the_power_of_a_zero_has_no_say(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.0);
    parameter(b, "p", 0.0);
    parameter(b, "n", 0.5);
    changes(b, "x", "p^n - x");
    answer a = prepared(b, "x", "n");
    settle_it(&a);
    near(last_slope(&a, 0, 0), 0.0, 1e-12);
    put_away(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(decay_answers_its_rate_and_its_start),
        test(rules_and_initial_assignments_pass_it_on),
        test(a_time_that_depends_on_a_parameter_moves_what_follows),
        test(a_threshold_of_the_state_moves_with_all_that_moves_the_state),
        test(events_map_it_at_fixed_times_and_where_the_state_triggers),
        test(events_at_one_time_take_what_was_there_ahead_of_both),
        test(an_event_that_another_triggers_takes_what_that_one_assigned),
        test(a_state_that_triggers_its_own_fall_has_a_period),
        test(algebraic_rules_take_part),
        test(a_cycle_at_rest_answers_with_its_total_kept),
        test(control_of_a_flux_adds_up_to_one_and_of_a_concentration_to_zero),
        test(what_has_no_sensitivity_is_refused_by_name),
        test(an_event_that_is_not_executed_leaves_no_trace_at_rest),
        test(what_events_set_to_numbers_is_the_same_for_all_parameters),
        test(what_events_set_for_good_to_what_varies_is_refused_at_rest),
        test(two_conditions_at_one_time_that_a_parameter_parts_end_the_run),
        test(a_delay_brings_back_how_things_were),
        test(what_was_before_the_start_answers_too),
        test(lags_and_delays_of_delays_agree_with_differences_of_runs),
        test(at_rest_a_lag_has_no_say),
        test(delays_beside_what_jumps_are_refused),
        test(an_infinite_derivative_is_told_and_is_not_zero),
        test(the_power_of_a_zero_has_no_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
