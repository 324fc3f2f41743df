/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssa_fixture.h"

/* What stochastic runs refuse, where they stop, and leaps, which come near only. */

/* Leaps: Poisson laws of large means within the share that they may be off by, in much
 * fewer steps than moves; a dimer that is pulled to half within the same. */
static void leaps_come_near_in_far_fewer_steps(void **state)
{
    (void)state;
    const long runs = 2000;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "X", 0);
    species(b, "Y", 0);
    reaction(b, "in", "", "X", "20000");
    reaction(b, "turn", "X", "Y", "X");
    reaction(b, "out", "Y", "", "2*Y");
    bench t = stochastic(b, runs, 5);
    t.settings.leap = 0.03;
    bk_outcome *const o = ran(&t, NULL);
    const double x = 20000 * (1 - exp(-5));
    const double y = 20000 * (0.5 * (1 - exp(-10.0)) - (exp(-5.0) - exp(-10.0)));
    const double means[] = {x, y};
    for (int c = 0; c < 2; c++) {
        const double ratio = pow(bk_outcome_deviation(o, 1, c), 2) / means[c];
        assert_true(fabs(bk_outcome_value(o, 1, c) / means[c] - 1) < 0.005);
        assert_true(fabs(ratio - 1) < 0.03 + SIGMAS * sqrt(2.0 / (double)runs));
    }
    const bk_counters n = bk_outcome_counters(o);
    assert_true(n.steps > 0 && n.moves > 50 * n.steps);
    bk_outcome_free(o);
    closed(&t);
}

/* Amounts never get below zero in leaps either, and what is small is exact. */
static void leaps_leave_small_amounts_exact(void **state)
{
    (void)state;
    double p[6];
    dimer_law(0.05, 0.3, 1.5, p);
    bench t = stochastic(dimers(1, 2.5), 20000, 1.5);
    t.settings.leap = 0.03;
    t.settings.keep_ends = true;
    show(&t, "B0", BK_AS_AMOUNT);
    bk_outcome *const o = ran(&t, NULL);
    assert_shares(o, 0, p, 6);
    bk_outcome_free(o);
    closed(&t);
}

/* --- limits ----------------------------------------------------------------------------- */

static void no_reaction_takes_an_amount_below_zero(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "A", 7);
    species(b, "B", 0);
    reaction(b, "r", "2A", "B", "5");
    bench t = stochastic(b, 50, 100);
    bk_outcome *const o = ran(&t, NULL);
    assert_true(bk_outcome_value(o, 1, 0) == 1 && bk_outcome_value(o, 1, 1) == 3);
    bk_outcome_free(o);
    closed(&t);
}

static void refuses(bk_builder *b, const char *fragment)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    bk_status status = bk_engine_ssa.compile(model, diag, &system);
    if (status == BK_OK) {
        const bk_settings settings = bk_settings_defaults();
        assert_int_equal(bk_engine_ssa.workspace(system, &workspace), BK_OK);
        status = bk_engine_ssa.run(system, NULL, &settings, workspace, diag, &outcome);
    }
    assert_int_equal(status, BK_UNSUPPORTED);
    assert_null(outcome);
    bool said = false;
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        said = said || strstr(bk_diag_message(diag, i)->text, fragment) != NULL;
    }
    if (!said) {
        tell(diag);
        fail_msg("no message says: %s", fragment);
    }
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    bk_diag_free(diag);
}

static bk_builder *with_reaction(double start, const char *reactants, const char *law)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "A", start);
    species(b, "B", 0);
    parameter(b, "p", 1);
    reaction(b, "r", reactants, "B", law);
    return b;
}

static void what_cannot_be_exact_is_refused_by_name(void **state)
{
    (void)state;
    refuses(with_reaction(2.5, "A", "A"), "\"A\" at the start is 2.5");
    refuses(with_reaction(-1, "A", "A"), "\"A\" at the start is -1");
    refuses(with_reaction(2, "0.5A", "A"), "changes \"A\" by -0.5");
    refuses(with_reaction(2, "A", "A - 2*B"), "rate of \"r\" is -1 at time");
    refuses(with_reaction(2, "A", "A*exp(-time)"), "\"r\" has a rate that moves");
    bk_builder *b = with_reaction(2, "A", "A*p");
    changes(b, "p", "1");
    refuses(b, "\"r\" has a rate that moves");
    b = with_reaction(2, "A", "A");
    changes(b, "p", "p");
    refuses(b, "\"p\" has a rate rule that is not constant");
    b = with_reaction(2, "A", "A*piecewise(1, time^2 < 2, 3)");
    refuses(b, "\"r\" depends on a comparison");
}

static void a_run_stops_after_its_largest_number_of_events(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "X", 10);
    reaction(b, "grow", "X", "2X", "X");
    bench t = stochastic(b, 10, 1000);
    t.settings.steps = 1000;
    t.settings.max_moves = 5000;
    bk_outcome *const o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_LIMIT);
    assert_true(bk_outcome_rows(o) > 2 && bk_outcome_rows(o) < 20);
    assert_int_equal(bk_outcome_counters(o).moves, 50000);
    bk_outcome_free(o);
    closed(&t);
}

static void a_stochastic_run_does_not_settle(void **state)
{
    (void)state;
    bench t = stochastic(dimers(1, 1), 10, 1);
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_engine_ssa.settle(t.system, NULL, &t.settings, t.workspace,
                                          t.diag, &outcome),
                     BK_UNSUPPORTED);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(leaps_come_near_in_far_fewer_steps),
        test(leaps_leave_small_amounts_exact),
        test(no_reaction_takes_an_amount_below_zero),
        test(what_cannot_be_exact_is_refused_by_name),
        test(a_run_stops_after_its_largest_number_of_events),
        test(a_stochastic_run_does_not_settle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
