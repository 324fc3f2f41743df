/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Algebraic rules.  Expected values are closed forms. */

static void fulfils(bk_builder *b, const char *zero, int line)
{
    bk_builder_rule(b, &(bk_rule){.kind = BK_ALGEBRAIC_RULE,
                                  .target = -1,
                                  .math = parsed(b, zero),
                                  .where = {"m.xml", line, 5}});
}

static int32_t open_parameter(bk_builder *b, const char *id)
{
    return parameter(b, id, (double)NAN);
}

static void constant(bk_builder *b, const char *id, double value)
{
    bk_symbol s = bk_symbol_blank(BK_PARAMETER, id);
    s.initial = BK_INITIAL_VALUE;
    s.value = value;
    s.constant = true;
    bk_builder_symbol(b, &s);
}

/* --- which symbol a rule determines --------------------------------------------------- */

static void each_rule_determines_a_symbol_of_its_own(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 2.0);
    parameter(b, "z", 3.0);
    open_parameter(b, "w");
    changes(b, "x", "1");
    /* Only y is left for the third, hence z for the second, hence w for the first. */
    fulfils(b, "w + z - x", 1);
    fulfils(b, "z + y - 2*x", 2);
    fulfils(b, "x + y", 3);
    bk_model *m;
    assert_int_equal(bk_builder_finish(b, &m), BK_OK);
    const char *const solves[] = {"w", "z", "y"};
    for (int32_t r = 0; r < 3; r++) {
        assert_string_equal(m->symbols[m->rules[r + 1].solves].id, solves[r]);
    }
    assert_int_equal(m->rules[0].solves, -1);
    bk_model_free(m);
}

static void what_has_no_value_is_determined_before_what_has_one(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "given", 1.0);
    open_parameter(b, "open");
    fulfils(b, "given - open", 1);
    bench t = opened(b);
    show(&t, "open given", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, "start given = 4");
    assert_close(last(o, 0), 4.0, 0.0);
    assert_close(last(o, 1), 4.0, 0.0);
    bk_outcome_free(o);
    closed(&t);
}

static void refused_at(bk_builder *b, bk_diag *diag, int line, const char *words)
{
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(b, &m), BK_BAD_INPUT);
    assert_int_equal(bk_diag_size(diag), 1);
    const bk_message *const told = bk_diag_message(diag, 0);
    assert_string_equal(told->code, "sbml-10601");
    assert_int_equal(told->where.line, line);
    assert_non_null(strstr(told->text, words));
    bk_diag_free(diag);
}

static void more_equations_than_unknowns_are_an_error_with_its_place(void **s)
{
    (void)s;
    bk_diag *diag = bk_diag_new();
    bk_builder *b = bk_builder_new(diag);
    compartment(b, "c", 1.0);
    species(b, "A", 1.0);
    parameter(b, "k", 1.0);
    reaction(b, "r", "A", "", "k*A");
    changes(b, "k", "1");
    fulfils(b, "A - k", 7);
    refused_at(b, diag, 7, "nothing to determine");
    diag = bk_diag_new();
    b = bk_builder_new(diag);
    parameter(b, "x", 1.0);
    parameter(b, "y", 1.0);
    fulfils(b, "x - y - 1", 4);
    fulfils(b, "x + y - 3", 5);
    fulfils(b, "x*y - 2", 6);
    refused_at(b, diag, 6, "all about x, y");
}

/* --- values ------------------------------------------------------------------------------- */

/* An enzyme in rapid equilibrium with its substrate: with S the total substrate, the
 * complex is the smaller root of (E - C)(S - C) = K C. */
static double complex_of(double e, double k, double s)
{
    const double b = e + k + s;
    return 2.0 * e * s / (b + sqrt(b * b - 4.0 * e * s));
}

static bench total_quasi_steady_state(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    constant(b, "E", 1.5);
    constant(b, "K", 0.7);
    parameter(b, "S", 2.0);
    parameter(b, "P", 0.0);
    parameter(b, "C", 0.1);
    changes(b, "S", "-0.3*C");
    changes(b, "P", "0.3*C");
    fulfils(b, "(E - C)*(S - C) - K*C", 1);
    return opened(b);
}

static void a_quadratic_rule_holds_at_every_row(void **s)
{
    (void)s;
    bench t = total_quasi_steady_state();
    show(&t, "C S P", BK_AS_DEFAULT);
    show(&t, "C", BK_AS_RATE);
    assert_int_equal(bk_kinetic_variables(t.system), 3);
    t.settings.t_end = 20.0;
    t.settings.steps = 200;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row < bk_outcome_rows(o); row++) {
        const double substrate = bk_outcome_value(o, row, 1);
        const double c = complex_of(1.5, 0.7, substrate);
        assert_close(bk_outcome_value(o, row, 0), c, 1e-8);
        assert_close(substrate + bk_outcome_value(o, row, 2), 2.0, 1e-8);
        /* dC/dt = dC/dS dS/dt, from the implicit function */
        const double slope = (1.5 - c) / (1.5 + substrate - 2.0 * c + 0.7);
        assert_close(bk_outcome_value(o, row, 3), -0.3 * slope * c, 1e-7);
    }
    /* The time that S needs, by Gauss' rule over dt = -S d(ln S) / (0.3 C(S)). */
    static const double node[] = {0.0, 0.5384693101056831, 0.9061798459386640};
    static const double weight[] = {0.5688888888888889, 0.4786286704993665,
                                    0.2369268850561891};
    const double low = log(last(o, 1));
    const double half = (log(2.0) - low) / 20.0;
    double time = 0.0;
    for (int piece = 0; piece < 10; piece++) {
        const double middle = low + (2 * piece + 1) * half;
        for (int i = 0; i < 5; i++) {
            const int k = i < 3 ? i : i - 2;
            const double x = exp(middle + (i < 3 ? 1 : -1) * half * node[k]);
            time += half * weight[k] * x / (0.3 * complex_of(1.5, 0.7, x));
        }
    }
    assert_close(time, 20.0, 1e-7);
    bk_outcome_free(o);
    closed(&t);
}

static void two_coupled_rules_are_solved_together(void **s)
{
    (void)s;
    /* u + v = 2 + t and u - v = t: each is linear, and each waits for the other. */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "t", 0.0);
    open_parameter(b, "u");
    open_parameter(b, "v");
    open_parameter(b, "twice");
    changes(b, "t", "1");
    fulfils(b, "u + v - 2 - t", 1);
    fulfils(b, "u - v - t", 2);
    fulfils(b, "2*u - twice", 3);
    bench t = opened(b);
    show(&t, "u v twice", BK_AS_DEFAULT);
    show(&t, "u v twice", BK_AS_RATE);
    t.settings.t_end = 3.0;
    bk_outcome *const o = ran(&t, NULL);
    const double expected[] = {4.0, 1.0, 8.0, 1.0, 0.0, 2.0};
    for (int i = 0; i < 6; i++) {
        assert_close(last(o, i), expected[i], 1e-12);
    }
    bk_outcome_free(o);
    closed(&t);
}

static void initial_values_may_depend_on_what_a_rule_determines(void **s)
{
    (void)s;
    /* x^2 = a and a(0) = 3 x: x = 3, a = 9, then a' = 2, so that x = sqrt(9 + 2 t). */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 2.0);
    parameter(b, "a", 1.0);
    fulfils(b, "x^2 - a", 1);
    begins(b, "a", "3*x");
    changes(b, "a", "2");
    bench t = opened(b);
    show(&t, "x a", BK_AS_DEFAULT);
    t.settings.t_end = 3.5;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(bk_outcome_value(o, 0, 0), 3.0, 1e-12);
    assert_close(bk_outcome_value(o, 0, 1), 9.0, 1e-12);
    assert_close(last(o, 0), 4.0, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void the_root_next_to_the_given_value_is_taken(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", -1.0);
    fulfils(b, "x^2 - 4", 1);
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    assert_close(end_of(&t, NULL), -2.0, 1e-15);
    assert_close(end_of(&t, "start x = 0.1"), 2.0, 1e-15);
    closed(&t);
}

static void a_species_and_a_compartment_can_be_determined(void **s)
{
    (void)s;
    /* The compartment holds c^3 = 8 + t; A is an amount of 4 in it. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.1);
    species_of(b, "A", 4.0, true);
    species_of(b, "B", 0.0, true);
    species(b, "Q", 1.0);
    reaction(b, "r", "A", "B", "0*A");
    parameter(b, "t", 0.0);
    changes(b, "t", "1");
    fulfils(b, "c^3 - 8 - t", 1);
    fulfils(b, "Q^2 - A", 2);
    bench t = opened(b);
    show(&t, "A Q", BK_AS_CONCENTRATION);
    show(&t, "A Q", BK_AS_AMOUNT);
    t.settings.t_end = 19.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(bk_outcome_value(o, 0, 0), 2.0, 1e-12);
    assert_close(bk_outcome_value(o, 0, 1), sqrt(2.0), 1e-12);
    assert_close(last(o, 0), 4.0 / 3.0, 1e-8);
    assert_close(last(o, 1), sqrt(4.0 / 3.0), 1e-8);
    assert_close(last(o, 2), 4.0, 1e-12);
    assert_close(last(o, 3), 3.0 * sqrt(4.0 / 3.0), 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void a_jump_in_a_rule_is_followed(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "t", 0.0);
    parameter(b, "x", 1.0);
    parameter(b, "sum", 0.0);
    changes(b, "t", "1");
    changes(b, "sum", "x");
    fulfils(b, "x^3 - piecewise(8, t < 1, 27)", 1);
    bench t = opened(b);
    show(&t, "x sum", BK_AS_DEFAULT);
    t.settings.t_end = 2.0;
    t.settings.steps = 4;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(bk_outcome_value(o, 1, 0), 2.0, 1e-12);
    assert_close(bk_outcome_value(o, 3, 0), 3.0, 1e-12);
    assert_close(last(o, 1), 5.0, 1e-10);
    assert_int_equal(bk_outcome_counters(o).switches, 1);
    bk_outcome_free(o);
    closed(&t);
}

static void a_rule_without_solution_is_named(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    fulfils(b, "x^2 + 1", 9);
    bench t = opened(b);
    bk_outcome *o = NULL;
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_NUMERICAL);
    assert_null(o);
    assert_int_equal(bk_diag_message(t.diag, 0)->where.line, 9);
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text, "\"x\""));
    closed(&t);
}

static void a_fix_suspends_the_rule(void **s)
{
    (void)s;
    bench t = total_quasi_steady_state();
    show(&t, "C S P", BK_AS_DEFAULT);
    show(&t, "C", BK_AS_RATE);
    t.settings.t_end = 2.0;
    bk_outcome_free(ran(&t, NULL));
    assert_close(bk_kinetic_mass(t.workspace)[2], 0.0, 0.0);
    bk_outcome *const o = ran(&t, "fix C = 0.5");
    assert_close(bk_kinetic_mass(t.workspace)[2], 1.0, 0.0);
    assert_close(last(o, 0), 0.5, 0.0);
    assert_close(last(o, 1), 2.0 - 0.3 * 0.5 * 2.0, 1e-12);
    bk_outcome_free(o);
    closed(&t);
}

/* run(compile(model), overlay) = run(compile(specialise(model, overlay))) */
static void a_specialised_model_runs_as_the_overlay_does(void **s)
{
    (void)s;
    static const char *const edits[] = {"fix C = 0.5", "fix S = 1", "start C = 3"};
    for (int i = 0; i < 3; i++) {
        bench t = total_quasi_steady_state();
        t.settings.t_end = 2.0;
        bk_outcome *const o = ran(&t, edits[i]);
        bk_overlay *const overlay = overlay_of(&t, edits[i]);
        bk_model *model = NULL;
        bk_system *system;
        bk_workspace *workspace;
        bk_outcome *other;
        assert_int_equal(bk_model_specialise(t.model, overlay, t.diag, &model), BK_OK);
        bk_settings settings = bk_settings_defaults();
        settings.rtol = 1e-9;
        settings.t_end = 2.0;
        assert_int_equal(bk_engine_ode.compile(model, t.diag, &system), BK_OK);
        assert_int_equal(bk_engine_ode.workspace(system, &workspace), BK_OK);
        assert_int_equal(
            bk_engine_ode.run(system, NULL, &settings, workspace, t.diag, &other),
            BK_OK);
        const int32_t p = bk_model_find(t.model, "P");
        const int32_t q = bk_model_find(model, "P");
        assert_close(bk_outcome_state(o)[p], bk_outcome_state(other)[q], 1e-9);
        bk_outcome_free(o);
        bk_outcome_free(other);
        bk_overlay_free(overlay);
        bk_workspace_free(workspace);
        bk_system_free(system);
        bk_model_free(model);
        closed(&t);
    }
}

static void what_others_see_can_be_treated(void **s)
{
    (void)s;
    /* S' = -0.3 (C/2) at the start, where C is as without the treatment. */
    bench t = total_quasi_steady_state();
    show(&t, "C S P", BK_AS_DEFAULT);
    show(&t, "C", BK_AS_RATE);
    t.settings.t_end = 0.0;
    show(&t, "S", BK_AS_RATE);
    bk_scenario *const scenario = bk_scenario_new("drug");
    bk_overlay *overlay = NULL;
    assert_int_equal(bk_scenario_parse(scenario, BK_TREATMENT, "scale C by 0.5",
                                       (bk_where){0}, t.diag),
                     BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, t.model, t.diag, &overlay),
                     BK_OK);
    bk_outcome *o;
    assert_int_equal(
        bk_engine_ode.run(t.system, overlay, &t.settings, t.workspace, t.diag, &o),
        BK_OK);
    const double c = complex_of(1.5, 0.7, 2.0);
    assert_close(last(o, 0), c, 1e-12);
    assert_close(last(o, 4), -0.15 * c, 1e-12);
    bk_outcome_free(o);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    closed(&t);
}

static void a_scale_of_what_a_rule_determines_is_refused(void **s)
{
    (void)s;
    bench t = total_quasi_steady_state();
    show(&t, "C S P", BK_AS_DEFAULT);
    show(&t, "C", BK_AS_RATE);
    bk_overlay *const overlay = overlay_of(&t, "scale C by 0.5");
    bk_outcome *o = NULL;
    assert_int_equal(
        bk_engine_ode.run(t.system, overlay, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    bk_overlay_free(overlay);
    bk_system *stochastic = NULL;
    assert_int_equal(bk_engine_ssa.compile(t.model, t.diag, &stochastic),
                     BK_UNSUPPORTED);
    t.settings.stepper = "msbdf";
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    closed(&t);
}

static void the_steady_state_fulfils_the_rules(void **s)
{
    (void)s;
    /* x' = 1 - z with z^3 + z = x: z = 1, x = 2. */
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 0.5);
    parameter(b, "z", 0.0);
    changes(b, "x", "1 - z");
    fulfils(b, "z^3 + z - x", 1);
    bench t = opened(b);
    show(&t, "x z", BK_AS_DEFAULT);
    bk_outcome *const o = settled(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(last(o, 0), 2.0, 1e-9);
    assert_close(last(o, 1), 1.0, 1e-9);
    bk_outcome_free(o);
    closed(&t);
}

static void a_rule_without_mathematics_determines_nothing(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    bk_builder_rule(b, &(bk_rule){.kind = BK_ALGEBRAIC_RULE, .target = -1, .math = -1});
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    assert_close(end_of(&t, NULL), 1.0, 0.0);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_rule_determines_a_symbol_of_its_own),
        test(what_has_no_value_is_determined_before_what_has_one),
        test(more_equations_than_unknowns_are_an_error_with_its_place),
        test(a_quadratic_rule_holds_at_every_row),
        test(two_coupled_rules_are_solved_together),
        test(initial_values_may_depend_on_what_a_rule_determines),
        test(the_root_next_to_the_given_value_is_taken),
        test(a_species_and_a_compartment_can_be_determined),
        test(a_jump_in_a_rule_is_followed),
        test(a_rule_without_solution_is_named),
        test(a_fix_suspends_the_rule),
        test(a_specialised_model_runs_as_the_overlay_does),
        test(what_others_see_can_be_treated),
        test(a_scale_of_what_a_rule_determines_is_refused),
        test(the_steady_state_fulfils_the_rules),
        test(a_rule_without_mathematics_determines_nothing)};
    return cmocka_run_group_tests_name("algebraic rules", tests, NULL, NULL);
}
