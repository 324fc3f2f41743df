/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Flux balance of tests/sbml/good/fbc1.xml and fbc2.xml: X -> A, then A -> B -> Y (at
 * most 3) or A -> C -> Y (at most 4).  What comes out can be added up by hand. */

#include "fixture.h"

#include <blockade/blockade.h>

#include <math.h>

#define test(name) cmocka_unit_test(name)

typedef struct answer {
    double most, half, r0, r1, r2;
    bk_stop stop;
} answer;

static answer solved(const char *path, const char *scenario_text)
{
    bk_model *const m = fixture_read(path);
    assert_true(bk_model_has_fluxes(m));
    bk_diag *const diag = bk_diag_new();
    bk_scenario *const scenario = bk_scenario_new("s");
    bk_overlay *overlay = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    const bk_engine *const fba = bk_engine_find("fba");
    const char *const ids[] = {"most", "half", "r0", "r1", "r2"};
    bk_column columns[5];
    for (int i = 0; i < 5; i++) {
        columns[i] = (bk_column){bk_model_find(m, ids[i]), BK_AS_DEFAULT};
    }
    bk_settings settings = bk_settings_defaults();
    settings.columns = columns;
    settings.n_columns = 5;
    assert_int_equal(
        bk_scenario_parse(scenario, BK_BACKGROUND, scenario_text, (bk_where){0}, diag),
        BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, m, diag, &overlay), BK_OK);
    assert_int_equal(fba->compile(m, diag, &system), BK_OK);
    assert_int_equal(fba->workspace(system, &workspace), BK_OK);
    assert_int_equal(fba->run(system, overlay, &settings, workspace, diag, &outcome),
                     BK_OK);
    const answer a = {bk_outcome_value(outcome, 0, 0), bk_outcome_value(outcome, 0, 1),
                      bk_outcome_value(outcome, 0, 2), bk_outcome_value(outcome, 0, 3),
                      bk_outcome_value(outcome, 0, 4), bk_outcome_stop(outcome)};
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    bk_diag_free(diag);
    bk_model_free(m);
    return a;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void both_branches_are_full(const char *path)
{
    const answer a = solved(path, "");
    assert_int_equal(a.stop, BK_STOP_END);
    assert_true(near(a.most, 7) && near(a.r0, 7) && near(a.r1, 3) && near(a.r2, 4));
    assert_true(near(a.half, 3.5));
}

static void bounds_of_version_1_and_2_give_the_same_fluxes(void **state)
{
    (void)state;
    both_branches_are_full("tests/sbml/good/fbc1.xml");
    both_branches_are_full("tests/sbml/good/fbc2.xml");
}

static void a_reaction_knocked_out_leaves_the_other_branch(void **state)
{
    (void)state;
    const answer a = solved("tests/sbml/good/fbc2.xml", "fix r2 = 0");
    assert_true(near(a.most, 3) && near(a.r2, 0));
    const answer b = solved("tests/sbml/good/fbc2.xml", "scale r2 by 0");
    assert_true(near(b.most, 3));
}

static void a_scaled_reaction_carries_that_part_of_its_most(void **state)
{
    (void)state;
    const answer a = solved("tests/sbml/good/fbc2.xml", "scale r1 by 0.5");
    assert_true(near(a.most, 5.5) && near(a.r1, 1.5));
}

static void a_parameter_that_is_a_bound_can_be_set(void **state)
{
    (void)state;
    const answer a = solved("tests/sbml/good/fbc2.xml", "fix four = 10");
    assert_true(near(a.most, 13));
}

static void bounds_narrow_a_flux(void **state)
{
    (void)state;
    const answer a = solved("tests/sbml/good/fbc2.xml", "bound r0 in [0, 2]");
    assert_true(near(a.most, 2));
}

static void what_cannot_be_balanced_is_told_and_has_no_fluxes(void **state)
{
    (void)state;
    const answer a = solved("tests/sbml/good/fbc2.xml", "fix r0 = 9");
    assert_int_equal(a.stop, BK_STOP_NOT_STEADY);
    assert_true(isnan(a.most) && isnan(a.r1));
}

static void a_model_without_objective_is_refused(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/sbml/good/l3v2.xml");
    assert_false(bk_model_has_fluxes(m));
    bk_diag *const diag = bk_diag_new();
    bk_system *system = NULL;
    assert_int_equal(bk_engine_find("fba")->compile(m, diag, &system), BK_UNSUPPORTED);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 1);
    bk_diag_free(diag);
    bk_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bounds_of_version_1_and_2_give_the_same_fluxes),
        test(a_reaction_knocked_out_leaves_the_other_branch),
        test(a_scaled_reaction_carries_that_part_of_its_most),
        test(a_parameter_that_is_a_bound_can_be_set),
        test(bounds_narrow_a_flux),
        test(what_cannot_be_balanced_is_told_and_has_no_fluxes),
        test(a_model_without_objective_is_refused)};
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
