/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* What SBML says that a model means; the Jacobian of it; memory. */

static void reactions_change_amounts_and_laws_see_concentrations(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    parameter(b, "k", 0.3);
    species(b, "A", 5.0);
    species(b, "B", 0.0);
    reaction(b, "r", "A", "2B", "c*k*A");
    bench t = opened(b);
    show(&t, "A B", BK_AS_CONCENTRATION);
    show(&t, "A B", BK_AS_AMOUNT);
    show(&t, "A r", BK_AS_RATE);
    t.settings.t_end = 4.0;
    bk_outcome *const o = ran(&t, NULL);
    const double left = 5.0 * exp(-1.2);
    assert_close(last(o, 0), left, 1e-8);
    assert_close(last(o, 1), 2.0 * (5.0 - left), 1e-8);
    assert_close(last(o, 2), 2.0 * left, 1e-8);
    assert_close(last(o, 3), 4.0 * (5.0 - left), 1e-8);
    assert_close(last(o, 4), -0.3 * left, 1e-8);
    assert_close(last(o, 5), 0.6 * left, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void in_a_growing_compartment_amounts_stay_and_concentrations_fall(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 3.0);
    species(b, "B", 1.0);
    parameter(b, "speed", 0.0);
    reaction(b, "r", "B", "", "0*B");
    changes(b, "c", "0.5*c");
    assigns(b, "speed", "rateOf(A)");
    bench t = opened(b);
    show(&t, "A", BK_AS_CONCENTRATION);
    show(&t, "A B", BK_AS_AMOUNT);
    show(&t, "speed", BK_AS_DEFAULT);
    show(&t, "A", BK_AS_RATE);
    t.settings.t_end = 2.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 3.0 * exp(-1.0), 1e-8);
    assert_close(last(o, 1), 3.0, 1e-12);
    assert_close(last(o, 2), 1.0, 1e-12);
    assert_close(last(o, 3), -1.5 * exp(-1.0), 1e-8);
    assert_close(last(o, 4), -1.5 * exp(-1.0), 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void initial_assignments_follow_each_other_and_start_edits_win(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    parameter(b, "p", 1.0);
    parameter(b, "q", 1.0);
    parameter(b, "z", 1.0);
    species(b, "A", 1.0);
    begins(b, "A", "q + 1");
    begins(b, "q", "2*z");
    assigns(b, "z", "p + 3");
    bench t = opened(b);
    show(&t, "A", BK_AS_CONCENTRATION);
    assert_close(end_of(&t, NULL), 9.0, 0.0);
    assert_close(end_of(&t, "start p = 0"), 7.0, 0.0);
    assert_close(end_of(&t, "start q = 5"), 6.0, 0.0);
    assert_close(end_of(&t, "start A = 5"), 2.5, 0.0);
    assert_close(end_of(&t, "start [A] = 5"), 5.0, 0.0);
    closed(&t);
}

static void rate_of_an_assigned_value_follows_the_chain_rule(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 0.0);
    parameter(b, "v", 0.0);
    changes(b, "x", "-2*x");
    assigns(b, "y", "x^2 + sin(time)");
    assigns(b, "v", "rateOf(y)");
    bench t = opened(b);
    show(&t, "v", BK_AS_DEFAULT);
    show(&t, "y", BK_AS_RATE);
    t.settings.t_end = 1.0;
    bk_outcome *const o = ran(&t, NULL);
    const double expected = -4.0 * exp(-4.0) + cos(1.0);
    assert_close(last(o, 0), expected, 1e-8);
    assert_close(last(o, 1), expected, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void a_value_that_depends_on_its_own_rate_is_refused_by_name(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    changes(b, "x", "-rateOf(x)");
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    assert_int_equal(bk_engine_ode.compile(model, diag, &system), BK_UNSUPPORTED);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "\"x\""));
    bk_diag_free(diag);
    bk_model_free(model);
}

static void a_model_with_logic_only_is_refused_with_the_way_out(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    const bk_symbol level = bk_symbol_blank(BK_LEVEL, "x");
    bk_builder_symbol(b, &level);
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    assert_int_equal(bk_engine_ode.compile(model, diag, &system), BK_UNSUPPORTED);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "bk_model_continuous"));
    bk_diag_free(diag);
    bk_model_free(model);
}

static void the_jacobian_row_of_what_is_fixed_and_the_entry_of_a_cut_are_zero(void **s)
{
    (void)s;
    bench t = opened(cascade());
    const int32_t n = bk_kinetic_variables(t.system);
    const int32_t *starts;
    const int32_t *rows;
    bk_kinetic_pattern(t.system, &starts, &rows);
    double *const y = calloc((size_t)n, sizeof *y);
    double *const values = calloc((size_t)starts[n], sizeof *values);
    bk_overlay *const overlay = overlay_of(&t, "fix K = 0.5; cut K -> D at 1");
    assert_int_equal(
        bk_kinetic_start(t.system, overlay, &t.settings, t.workspace, t.diag, y),
        BK_OK);
    assert_true(bk_kinetic_jacobian(t.workspace, 0.0, y, values, NULL));
    const int32_t k = bk_model_find(t.model, "K");
    for (int32_t j = 0; j < n; j++) {
        for (int32_t e = starts[j]; e < starts[j + 1]; e++) {
            const bool own = bk_kinetic_variable(t.system, rows[e]) ==
                                 bk_kinetic_variable(t.system, j) &&
                             bk_kinetic_variable(t.system, j) != k;
            assert_true(own ? values[e] == -1.0 : values[e] == 0.0);
        }
    }
    bk_overlay_free(overlay);
    free(y);
    free(values);
    closed(&t);
}

/* Everything that makes a Jacobian hard at once, against central differences. */
static void the_jacobian_follows_sizes_stoichiometries_time_and_chains(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.5);
    species_of(b, "A", 2.0, true);
    species(b, "B", 0.7);
    parameter(b, "x", 0.4);
    parameter(b, "f", 3.0);
    parameter(b, "n", 1.0);
    parameter(b, "p", 0.0);
    parameter(b, "q", 0.0);
    parameter(b, "w", 0.0);
    changes(b, "c", "0.1*c*x*A");
    changes(b, "x", "sin(time)*A - w*x");
    assigns(b, "p", "A*x^2.5/(1 + exp(B))");
    assigns(b, "q", "p*max(B, 0.1)*time + piecewise(p^2, A > 0.2, 0)");
    assigns(b, "w", "rateOf(A) + rateOf(B)");
    assigns(b, "n", "1 + x*B");
    const int32_t factor = bk_builder_find(b, "f");
    bk_builder_model(b)->symbols[factor].constant = true;
    bk_builder_model(b)->symbols[bk_builder_find(b, "B")].conversion = factor;
    reaction(b, "r", "2A", "", "q*c*A");
    const int32_t stoichiometry = symbol_of(b, BK_STOICHIOMETRY, "sb", 1.0);
    bk_builder_model(b)->symbols[stoichiometry].owner = bk_builder_find(b, "r");
    assigns(b, "sb", "2*n");
    bk_builder_participant(b, &(bk_participant){.species = bk_builder_find(b, "B"),
                                                .role = BK_PRODUCT,
                                                .stoichiometry = 1.0,
                                                .math = -1,
                                                .symbol = stoichiometry});
    bench t = opened(b);
    const int32_t n = bk_kinetic_variables(t.system);
    assert_int_equal(n, 4);
    const int32_t *starts;
    const int32_t *rows;
    bk_kinetic_pattern(t.system, &starts, &rows);
    double y[4];
    double low[4];
    double high[4];
    double slopes[4];
    double values[16];
    assert_int_equal(
        bk_kinetic_start(t.system, NULL, &t.settings, t.workspace, t.diag, y), BK_OK);
    assert_true(bk_kinetic_jacobian(t.workspace, 0.3, y, values, slopes));
    for (int32_t j = 0; j <= n; j++) {
        const double h = 1e-6;
        double *const moved = j < n ? &y[j] : NULL;
        const double kept = moved != NULL ? *moved : 0.0;
        if (moved != NULL) {
            *moved = kept - h;
        }
        assert_true(bk_kinetic_rhs(t.workspace, j < n ? 0.3 : 0.3 - h, y, low));
        if (moved != NULL) {
            *moved = kept + h;
        }
        assert_true(bk_kinetic_rhs(t.workspace, j < n ? 0.3 : 0.3 + h, y, high));
        if (moved != NULL) {
            *moved = kept;
        }
        for (int32_t i = 0; i < n; i++) {
            double slope = j < n ? 0.0 : slopes[i];
            for (int32_t e = j < n ? starts[j] : 0; j < n && e < starts[j + 1]; e++) {
                slope = rows[e] == i ? values[e] : slope;
            }
            assert_close(slope, (high[i] - low[i]) / (2.0 * h), 1e-7);
        }
    }
    closed(&t);
}

static void every_failed_allocation_is_told_and_nothing_leaks(void **s)
{
    (void)s;
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(cascade(), &model), BK_OK);
    bk_settings settings = bk_settings_defaults();
    bool whole = false;
    for (long fail = 0; fail < 4000 && !whole; fail++) {
        bk_system *system = NULL;
        bk_workspace *workspace = NULL;
        bk_outcome *outcome = NULL;
        bk_alloc_fail_after(fail);
        bk_status status = bk_engine_ode.compile(model, NULL, &system);
        if (status == BK_OK) {
            status = bk_engine_ode.workspace(system, &workspace);
        }
        if (status == BK_OK) {
            status =
                bk_engine_ode.run(system, NULL, &settings, workspace, NULL, &outcome);
        }
        bk_outcome_free(outcome);
        if (status == BK_OK) {
            status = bk_engine_ode.settle(system, NULL, &settings, workspace, NULL,
                                          &outcome);
            whole = status == BK_OK && bk_outcome_stop(outcome) == BK_STOP_END;
            if (status == BK_OK) {
                bk_outcome_free(outcome);
            }
        }
        bk_alloc_fail_after(-1);
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        bk_workspace_free(workspace);
        bk_system_free(system);
    }
    assert_true(whole);
    bk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(reactions_change_amounts_and_laws_see_concentrations),
        test(in_a_growing_compartment_amounts_stay_and_concentrations_fall),
        test(initial_assignments_follow_each_other_and_start_edits_win),
        test(rate_of_an_assigned_value_follows_the_chain_rule),
        test(a_value_that_depends_on_its_own_rate_is_refused_by_name),
        test(a_model_with_logic_only_is_refused_with_the_way_out),
        test(the_jacobian_row_of_what_is_fixed_and_the_entry_of_a_cut_are_zero),
        test(the_jacobian_follows_sizes_stoichiometries_time_and_chains),
        test(every_failed_allocation_is_told_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
