/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include "model/builder.h"

#include <blockade/blockade.h>

#include <math.h>

#define test(name) cmocka_unit_test(name)

typedef struct rig {
    bk_model *model;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *overlay;
    bk_settings settings;
} rig;

static rig rig_of(bk_model *model, const bk_engine *engine, const char *edits)
{
    rig r = {.model = model, .settings = bk_settings_defaults()};
    r.settings.steps = 10;
    assert_int_equal(engine->compile(model, NULL, &r.system), BK_OK);
    assert_int_equal(engine->workspace(r.system, &r.workspace), BK_OK);
    if (edits != NULL) {
        bk_scenario *const scenario = bk_scenario_new("edits");
        assert_int_equal(
            bk_scenario_parse(scenario, BK_BACKGROUND, edits, (bk_where){0}, NULL),
            BK_OK);
        assert_int_equal(bk_scenario_bind(scenario, NULL, model, NULL, &r.overlay),
                         BK_OK);
        bk_scenario_free(scenario);
    }
    return r;
}

static rig rig_of_text(const char *bnet, const bk_engine *engine, const char *edits)
{
    return rig_of(fixture_bnet(bnet), engine, edits);
}

static bk_outcome *run(rig *r)
{
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_system_engine(r->system)->run(r->system, r->overlay,
                                                      &r->settings, r->workspace, NULL,
                                                      &outcome),
                     BK_OK);
    return outcome;
}

static bk_outcome *settle(rig *r)
{
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_system_engine(r->system)->settle(r->system, r->overlay,
                                                         &r->settings, r->workspace,
                                                         NULL, &outcome),
                     BK_OK);
    return outcome;
}

static void rig_end(rig *r)
{
    bk_overlay_free(r->overlay);
    bk_workspace_free(r->workspace);
    bk_system_free(r->system);
    bk_model_free(r->model);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%g is not %g +- %g", value, expected, tolerance);
    }
}

/* The value of a level in a row when all levels are columns. */
static double at(const rig *r, const bk_outcome *outcome, size_t row, const char *id)
{
    const int32_t symbol = bk_model_find(r->model, id);
    for (int c = 0; c < bk_outcome_columns(outcome); c++) {
        if (bk_outcome_column(outcome, c).symbol == symbol) {
            return bk_outcome_value(outcome, row, c);
        }
    }
    fail_msg("no column %s", id);
    return 0.0;
}

static void assert_course(const rig *r, const bk_outcome *outcome, const char *id,
                          const char *levels)
{
    for (size_t row = 0; levels[row] != '\0'; row++) {
        assert_near(at(r, outcome, row, id), (double)(levels[row] - '0'), 0.0);
    }
}

/* A of 0 .. 3 follows input I (A = I), B = 1 when A >= 2; A is slow. */
static bk_model *staircase(int start)
{
    bk_builder *const b = bk_builder_new(NULL);
    bk_exprs *const pool = bk_builder_exprs(b);
    static const char *const ids[] = {"I", "A", "B"};
    for (int x = 0; x < 3; x++) {
        bk_symbol symbol = bk_symbol_blank(BK_LEVEL, ids[x]);
        symbol.max_level = x == 2 ? 1 : 3;
        symbol.start_level = x == 0 ? start : 0;
        symbol.slow = x == 1;
        bk_builder_symbol(b, &symbol);
    }
    for (int x = 1; x < 3; x++) {
        bk_builder_logic(b, &(bk_logic){.target = x, .rate_up = 1, .rate_down = 1});
        for (int level = x == 2 ? 1 : 3; level > 0; level--) {
            const bk_expr condition =
                bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, x - 1),
                          bk_expr_number(pool, x == 2 ? 2 : level));
            bk_builder_term(b, &(bk_term){.level = level, .condition = condition});
        }
    }
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    return model;
}

/* --- compiling ----------------------------------------------------------------------- */

static void a_kinetic_model_is_refused_because_it_has_no_logical_part(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    bk_symbol k = bk_symbol_blank(BK_PARAMETER, "k");
    k.value = 1.0;
    bk_builder_symbol(b, &k);
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    bk_diag *const diag = bk_diag_new();
    bk_system *system = NULL;
    assert_int_equal(bk_engine_ctmc.compile(model, diag, &system), BK_UNSUPPORTED);
    assert_null(system);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "has no logical part"));
    bk_diag_free(diag);
    bk_model_free(model);
}

static void engines_are_found_under_their_names(void **state)
{
    (void)state;
    assert_string_equal(bk_engine_sync.name, "sync");
    assert_string_equal(bk_engine_async.name, "async");
    assert_string_equal(bk_engine_ctmc.name, "ctmc");
}

/* --- synchronous runs ---------------------------------------------------------------- */

static void a_level_moves_by_one_towards_its_target_a_step(void **state)
{
    (void)state;
    rig r = rig_of(staircase(3), &bk_engine_sync, NULL);
    bk_outcome *const outcome = run(&r);
    assert_course(&r, outcome, "I", "33333333333");
    assert_course(&r, outcome, "A", "01233333333");
    assert_course(&r, outcome, "B", "00011111111");
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    assert_true(isnan(bk_outcome_deviation(outcome, 0, 0)));
    assert_near(bk_outcome_state(outcome)[1], 3.0, 0.0);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void rows_between_two_steps_show_the_earlier_one(void **state)
{
    (void)state;
    rig r = rig_of(staircase(3), &bk_engine_sync, NULL);
    r.settings.t_end = 3.0;
    r.settings.steps = 6;
    bk_outcome *const outcome = run(&r);
    assert_course(&r, outcome, "A", "0011223");
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_synchronous_cycle_settles_to_its_mean(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, A\nC, 1\n", &bk_engine_sync, NULL);
    bk_outcome *const outcome = settle(&r);
    assert_int_equal(bk_outcome_rows(outcome), 1);
    assert_int_equal(bk_outcome_counters(outcome).period, 4);
    assert_near(at(&r, outcome, 0, "A"), 0.5, 0.0);
    assert_near(at(&r, outcome, 0, "C"), 1.0, 0.0);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    bk_outcome_free(outcome);
    rig_end(&r);
}

/* Two levels that exclude each other: each is reached half of the time, so n runs know the
 * mean to 0.5 / sqrt(n), which is 0.05 after a hundred. */
static void a_wished_precision_ends_the_runs_of_a_settle(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, !A\n", &bk_engine_async, NULL);
    r.settings.runs = 100000;
    r.settings.settle_precision = 0.05;
    bk_outcome *const outcome = settle(&r);
    const long runs = strtol(bk_outcome_text(outcome), NULL, 10);
    assert_in_range(runs, 80, 102);
    assert_near(at(&r, outcome, 0, "A"), 0.5, 4.0 * 0.05);
    assert_near(at(&r, outcome, 0, "A") + at(&r, outcome, 0, "B"), 1.0, 1e-12);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_run_over_its_limit_of_moves_keeps_the_rows_it_reached(void **state)
{
    (void)state;
    const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_async};
    for (int k = 0; k < 2; k++) {
        rig r = rig_of_text("A, !A\n", engines[k], NULL);
        r.settings.max_moves = 5;
        bk_outcome *const outcome = run(&r);
        assert_int_equal(bk_outcome_stop(outcome), BK_STOP_LIMIT);
        assert_int_equal(bk_outcome_rows(outcome), 6);
        assert_course(&r, outcome, "A", "010101");
        bk_outcome_free(outcome);
        rig_end(&r);
    }
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void a_cancelled_run_says_so(void **state)
{
    (void)state;
    const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_async,
                                        &bk_engine_ctmc};
    for (int k = 0; k < 3; k++) {
        rig r = rig_of_text("A, !A\n", engines[k], NULL);
        r.settings.cancelled = always;
        bk_outcome *const outcome = run(&r);
        assert_int_equal(bk_outcome_stop(outcome), BK_STOP_CANCELLED);
        bk_outcome_free(outcome);
        rig_end(&r);
    }
}

static void a_time_that_runs_backwards_is_misuse(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !A\n", &bk_engine_ctmc, NULL);
    r.settings.t_end = -1.0;
    bk_outcome *outcome = NULL;
    assert_int_equal(
        bk_engine_ctmc.run(r.system, NULL, &r.settings, r.workspace, NULL, &outcome),
        BK_MISUSE);
    assert_null(outcome);
    rig_end(&r);
}

/* --- edits --------------------------------------------------------------------------- */

static void assert_end(const char *edits, const char *levels)
{
    static const char *const ids[] = {"I", "A", "B"};
    const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_async,
                                        &bk_engine_ctmc};
    for (int k = 0; k < 3; k++) {
        rig r = rig_of(staircase(1), engines[k], edits);
        bk_outcome *const outcome = settle(&r);
        for (int x = 0; x < 3; x++) {
            assert_near(at(&r, outcome, 0, ids[x]), (double)(levels[x] - '0'), 1e-12);
        }
        bk_outcome_free(outcome);
        rig_end(&r);
    }
}

static void inputs_keep_their_start_and_edits_act_on_drive_or_sight(void **state)
{
    (void)state;
    assert_end(NULL, "110");
    assert_end("start I = 3", "331");
    assert_end("fix I = 2", "221");
    assert_end("bound I in [3, inf]", "331");
    assert_end("bound A in [2, inf]", "121");
    assert_end("start I = 3; bound A in [-inf, 1]", "310");
    assert_end("treatment\nfix A = 3", "111");
    assert_end("start I = 3\ntreatment\nfix A = 0", "330");
    assert_end("start I = 3\ntreatment\nbound A in [-inf, 1]", "330");
    assert_end("cut I -> A at 2", "121");
    assert_end("cut A -> B at 3", "111");
}

static void a_fixed_level_is_at_its_value_from_the_first_row_on(void **state)
{
    (void)state;
    rig r = rig_of(staircase(1), &bk_engine_sync, "fix A = 3");
    bk_outcome *const outcome = run(&r);
    assert_course(&r, outcome, "A", "33333333333");
    assert_course(&r, outcome, "B", "01111111111");
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_bound_input_moves_from_its_start_to_the_bound(void **state)
{
    (void)state;
    rig r = rig_of(staircase(1), &bk_engine_sync, "bound I in [3, inf]");
    bk_outcome *const outcome = run(&r);
    assert_course(&r, outcome, "I", "12333333333");
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void drive_activity_and_rate_are_three_columns(void **state)
{
    (void)state;
    const bk_column columns[] = {
        {1, BK_AS_DEFAULT}, {1, BK_AS_DRIVE}, {1, BK_AS_ACTIVITY}, {1, BK_AS_RATE}};
    rig r = rig_of(staircase(3), &bk_engine_sync, "treatment\nbound A in [-inf, 1]");
    r.settings.columns = columns;
    r.settings.n_columns = 4;
    bk_outcome *const outcome = run(&r);
    static const double second[] = {2.0, 2.0, 1.0, 1.0};
    for (int c = 0; c < 4; c++) {
        assert_near(bk_outcome_value(outcome, 2, c), second[c], 0.0);
    }
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_treatment_leaves_a_level_its_sight_of_itself(void **state)
{
    (void)state;
    rig r = rig_of_text("A, A\nB, A\n", &bk_engine_sync,
                        "start A = 1\ntreatment\nfix A = 0");
    bk_outcome *const outcome = settle(&r);
    assert_near(at(&r, outcome, 0, "A"), 1.0, 0.0);
    assert_near(at(&r, outcome, 0, "B"), 0.0, 0.0);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void frozen_slow_levels_keep_their_state(void **state)
{
    (void)state;
    const double given[] = {3.0, 1.0, 1.0};
    rig r = rig_of(staircase(3), &bk_engine_sync, NULL);
    r.settings.freeze_slow = true;
    r.settings.state = given;
    bk_outcome *const outcome = settle(&r);
    assert_near(at(&r, outcome, 0, "A"), 1.0, 0.0);
    assert_near(at(&r, outcome, 0, "B"), 0.0, 0.0);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_given_state_is_the_start_but_for_start_edits(void **state)
{
    (void)state;
    const double given[] = {(double)NAN, 2.6, 1.0};
    rig r = rig_of(staircase(1), &bk_engine_sync, "start B = 0");
    r.settings.state = given;
    bk_outcome *const outcome = run(&r);
    assert_course(&r, outcome, "I", "1");
    assert_course(&r, outcome, "A", "3211");
    assert_course(&r, outcome, "B", "0110");
    bk_outcome_free(outcome);
    rig_end(&r);
}

/* --- random runs --------------------------------------------------------------------- */

static void one_level_moves_at_a_time_in_asynchronous_runs(void **state)
{
    (void)state;
    rig r = rig_of_text("A, 1\nB, 1\nC, 1\n", &bk_engine_async, NULL);
    r.settings.t_end = 3.0;
    r.settings.steps = 3;
    r.settings.runs = 3000;
    bk_outcome *const outcome = run(&r);
    for (size_t row = 0; row < 4; row++) {
        const double sum = at(&r, outcome, row, "A") + at(&r, outcome, row, "B") +
                           at(&r, outcome, row, "C");
        assert_near(sum, (double)row, 1e-12);
        assert_near(at(&r, outcome, row, "A"), (double)row / 3.0, 0.04);
    }
    assert_near(bk_outcome_deviation(outcome, 1, 0), sqrt(2.0 / 9.0), 0.02);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_complex_attractor_gives_its_exact_mean_in_every_run(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, A\n", &bk_engine_async, NULL);
    r.settings.runs = 10;
    bk_outcome *const outcome = settle(&r);
    assert_near(at(&r, outcome, 0, "A"), 0.5, 1e-9);
    assert_near(bk_outcome_deviation(outcome, 0, 0), 0.0, 1e-9);
    assert_int_equal(bk_outcome_counters(outcome).period, 4);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void runs_that_part_reach_both_fixed_points_equally_often(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, !A\n", &bk_engine_async, NULL);
    r.settings.runs = 4000;
    bk_outcome *const outcome = settle(&r);
    assert_near(at(&r, outcome, 0, "A"), 0.5, 0.04);
    assert_near(at(&r, outcome, 0, "A") + at(&r, outcome, 0, "B"), 1.0, 1e-12);
    /* The state to go on from is one of the two, not a mixture. */
    const double *const end = bk_outcome_state(outcome);
    assert_near(end[0] + end[1], 1.0, 0.0);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_large_attractor_is_averaged_by_a_long_walk(void **state)
{
    (void)state;
    char text[2000] = "";
    for (int i = 0; i < 20; i++) {
        sprintf(text + strlen(text), "A%d, !A%d\n", i, i);
    }
    for (int k = 0; k < 2; k++) {
        rig r = rig_of_text(text, k == 0 ? &bk_engine_async : &bk_engine_ctmc, NULL);
        r.settings.runs = 20;
        bk_outcome *const outcome = settle(&r);
        assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
        assert_non_null(strstr(bk_outcome_text(outcome), "20 followed for long"));
        assert_near(at(&r, outcome, 0, "A7"), 0.5, 0.02);
        bk_outcome_free(outcome);
        rig_end(&r);
    }
}

static void a_scale_is_a_share_of_time_in_continuous_time(void **state)
{
    (void)state;
    rig r = rig_of_text("B, A\n", &bk_engine_ctmc,
                        "start A = 1\ntreatment\nscale A by 0.3");
    const bk_column columns[] = {{bk_model_find(r.model, "A"), BK_AS_ACTIVITY},
                                 {bk_model_find(r.model, "B"), BK_AS_DEFAULT}};
    r.settings.columns = columns;
    r.settings.n_columns = 2;
    bk_outcome *const settled = settle(&r);
    assert_near(bk_outcome_value(settled, 0, 0), 0.3, 1e-9);
    assert_near(bk_outcome_value(settled, 0, 1), 0.3, 1e-9);
    bk_outcome_free(settled);
    r.settings.runs = 5000;
    bk_outcome *const outcome = run(&r);
    assert_near(bk_outcome_value(outcome, 0, 0), 0.3, 0.03);
    assert_near(bk_outcome_value(outcome, 10, 1), 0.3, 0.03);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void elsewhere_a_scale_rounds_halves_down(void **state)
{
    (void)state;
    rig r = rig_of(staircase(3), &bk_engine_async, "treatment\nscale A by 0.5");
    r.settings.runs = 5;
    bk_outcome *const outcome = settle(&r);
    assert_near(at(&r, outcome, 0, "A"), 3.0, 0.0);
    assert_near(at(&r, outcome, 0, "B"), 0.0, 0.0);
    bk_outcome_free(outcome);
    rig_end(&r);
}

static void a_move_waits_an_exponential_time(void **state)
{
    (void)state;
    rig r = rig_of_text("A, 1\n", &bk_engine_ctmc, NULL);
    r.settings.t_end = 2.0;
    r.settings.steps = 4;
    r.settings.runs = 20000;
    bk_outcome *const outcome = run(&r);
    for (size_t row = 0; row < 5; row++) {
        const double time = bk_outcome_time(outcome, row);
        assert_near(at(&r, outcome, row, "A"), 1.0 - exp(-time), 0.015);
    }
    bk_outcome_free(outcome);
    rig_end(&r);
}

/* --- rules of many regulators -------------------------------------------------------- */

/* Y is on when any of 13 pairs is, and not the last: 2^27 states. */
static const char *wide_rule(void)
{
    return "Y, (A0 & B0 | A1 & B1 | A2 & B2 | A3 & B3 | A4 & B4 | A5 & B5 | A6 & B6 | "
           "A7 "
           "& B7 | A8 & B8 | A9 & B9 | A10 & B10 | A11 & B11 | A12 & B12) & !Z\n";
}

static void a_rule_of_27_regulators_runs_by_its_diagram(void **state)
{
    (void)state;
    rig r = rig_of_text(wide_rule(), &bk_engine_ctmc, "start A9 = 1; start B9 = 1");
    bk_outcome *on = settle(&r);
    assert_near(at(&r, on, 0, "Y"), 1.0, 0.0);
    bk_outcome_free(on);
    rig_end(&r);
    r = rig_of_text(
        wide_rule(), &bk_engine_sync,
        "start A9 = 1; start B9 = 1\ntreatment\nfix B9 = 0\ncut A3 -> Y at 1; "
        "cut B3 -> Y at 0");
    on = settle(&r);
    assert_near(at(&r, on, 0, "Y"), 0.0, 0.0);
    bk_outcome_free(on);
    rig_end(&r);
}

static bk_attractors *found(const rig *r, const bk_attractor_settings *settings)
{
    bk_attractors *attractors = NULL;
    assert_int_equal(
        bk_attractors_find(r->system, r->overlay, settings, NULL, &attractors), BK_OK);
    return attractors;
}

static void fixed_points_of_a_wide_rule_are_found(void **state)
{
    (void)state;
    /* Z is on, so Y is off whatever the other 2^26 states are; then Z off, all pairs. */
    rig r = rig_of_text(wide_rule(), &bk_engine_sync, "fix Z = 1");
    const bk_attractor_settings some = {
        .kind = BK_FIXED_POINTS, .free_inputs = true, .max_results = 50};
    bk_attractors *a = found(&r, &some);
    assert_int_equal(bk_attractors_count(a), 50);
    assert_false(bk_attractors_complete(a));
    assert_non_null(strstr(bk_attractors_text(a), "more than the 50"));
    const int32_t y = bk_model_find(r.model, "Y");
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(bk_attractor_low(a, i, y), 0);
    }
    bk_attractors_free(a);
    rig_end(&r);
    r = rig_of_text(wide_rule(), &bk_engine_sync, "start A12 = 1; start B12 = 1");
    const bk_attractor_settings one = {.kind = BK_FIXED_POINTS};
    a = found(&r, &one);
    assert_int_equal(bk_attractors_count(a), 1);
    assert_int_equal(bk_attractor_low(a, 0, bk_model_find(r.model, "Y")), 1);
    bk_attractors_free(a);
    rig_end(&r);
}

/* --- attractors ---------------------------------------------------------------------- */

static void free_inputs_multiply_the_fixed_points(void **state)
{
    (void)state;
    rig r = rig_of(staircase(1), &bk_engine_async, NULL);
    bk_attractor_settings settings = {.update = BK_ASYNCHRONOUS};
    bk_attractors *a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 1);
    bk_attractors_free(a);
    settings.free_inputs = true;
    a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 4);
    assert_true(bk_attractors_complete(a));
    bk_attractors_free(a);
    rig_end(&r);
}

static void cycles_of_too_many_states_to_look_at_are_found_by_sat(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, A\nC, C\nD, D\n", &bk_engine_sync, "start D = 1");
    const bk_attractor_settings settings = {.update = BK_SYNCHRONOUS, .max_states = 8};
    bk_attractors *const a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(bk_attractor_size(a, i), 4);
        assert_near(bk_attractor_mean(a, i, bk_model_find(r.model, "A")), 0.5, 0.0);
    }
    assert_true(bk_attractors_complete(a));
    bk_attractors_free(a);
    rig_end(&r);
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void a_cancelled_search_says_that_it_is_not_complete(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, A\nC, C\nD, D\n", &bk_engine_sync, "");
    const bk_attractor_kind kinds[] = {BK_ATTRACTORS, BK_ATTRACTORS,
                                       BK_TRAP_SPACES_MIN};
    for (int k = 0; k < 3; k++) {
        const bk_attractor_settings settings = {.kind = kinds[k],
                                                .update = k == 0 ? BK_SYNCHRONOUS
                                                                 : BK_ASYNCHRONOUS,
                                                .max_states = 8,
                                                .cancelled = at_once};
        bk_attractors *const a = found(&r, &settings);
        assert_false(bk_attractors_complete(a));
        assert_non_null(strstr(bk_attractors_text(a), "stopped on the way"));
        bk_attractors_free(a);
    }
    rig_end(&r);
}

static void combinations_of_inputs_leave_out_what_edits_hold(void **state)
{
    (void)state;
    rig r = rig_of_text("A, B & C & D\n", &bk_engine_sync, "fix C = 1");
    assert_near(bk_input_combinations(r.system, NULL), 8.0, 0.0);
    assert_near(bk_input_combinations(r.system, r.overlay), 4.0, 0.0);
    rig_end(&r);
}

static void asynchronous_attractors_are_proven_where_states_are_too_many(void **state)
{
    (void)state;
    rig r = rig_of_text("A, !B\nB, A\nC, C\nD, D\n", &bk_engine_async, NULL);
    const bk_attractor_settings settings = {.update = BK_ASYNCHRONOUS,
                                            .max_states = 15};
    bk_attractors *const a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 4);
    assert_true(bk_attractors_complete(a));
    assert_int_equal(bk_attractor_low(a, 0, bk_model_find(r.model, "A")), 0);
    assert_int_equal(bk_attractor_high(a, 0, bk_model_find(r.model, "A")), 1);
    bk_attractors_free(a);
    rig_end(&r);
}

static void an_attractor_too_large_to_see_has_no_size_and_bounds_only(void **state)
{
    (void)state;
    rig r =
        rig_of_text("A, !A\nB, !B\nC, !C\nD, !D\nE, !E & A\n", &bk_engine_async, NULL);
    const bk_attractor_settings settings = {.update = BK_ASYNCHRONOUS,
                                            .max_states = 20};
    bk_attractors *const a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 1);
    assert_true(bk_attractors_complete(a));
    assert_int_equal(bk_attractor_size(a, 0), -1);
    assert_int_equal(bk_attractor_low(a, 0, bk_model_find(r.model, "E")), 0);
    assert_int_equal(bk_attractor_high(a, 0, bk_model_find(r.model, "E")), 1);
    assert_true(isnan(bk_attractor_mean(a, 0, bk_model_find(r.model, "E"))));
    bk_attractors_free(a);
    rig_end(&r);
}

/* By hand: 001 is the only minimal trap space, and 000, 010, 100, 110, 111 (ABC) lead to
 * one another and nowhere else. */
static void an_attractor_outside_the_minimal_trap_spaces_is_found(void **state)
{
    (void)state;
    rig r = rig_of_text("A, (!A & B & !C) | (A & !B & C) | (A & B)\n"
                        "B, (!A & !C) | (!A & B & C) | (A & !B & !C) | (A & B & C)\n"
                        "C, (!A & !B & C) | (A & B & !C)\n",
                        &bk_engine_async, NULL);
    const bk_attractor_settings settings = {.update = BK_ASYNCHRONOUS, .max_states = 7};
    bk_attractors *const a = found(&r, &settings);
    assert_int_equal(bk_attractors_count(a), 2);
    assert_true(bk_attractors_complete(a));
    assert_int_equal(bk_attractor_size(a, 0), 1);
    assert_int_equal(bk_attractor_low(a, 0, bk_model_find(r.model, "C")), 1);
    assert_int_equal(bk_attractor_size(a, 1), 5);
    assert_near(bk_attractor_mean(a, 1, bk_model_find(r.model, "A")), 0.6, 1e-15);
    bk_attractors_free(a);
    rig_end(&r);
}

static void the_table_has_a_row_an_attractor_even_for_a_level_called_size(void **state)
{
    (void)state;
    rig r = rig_of_text("size, !other\nother, size\nC, C\n", &bk_engine_sync, NULL);
    const bk_attractor_settings settings = {.update = BK_SYNCHRONOUS};
    bk_attractors *const a = found(&r, &settings);
    bk_table *table = NULL;
    assert_int_equal(bk_attractors_table(a, &table), BK_OK);
    assert_int_equal(bk_table_rows(table), 2);
    assert_int_equal(bk_table_columns(table), 6);
    assert_string_equal(bk_table_text(table, 0, 1), "cycle");
    assert_int_equal(bk_table_integer(table, 0, bk_table_find_column(table, "size")),
                     4);
    assert_true(bk_table_find_column(table, "level(size)") > 0);
    bk_table_free(table);
    bk_attractors_free(a);
    rig_end(&r);
}

/* --- memory -------------------------------------------------------------------------- */

static bk_status walk(const bk_model *model, const bk_engine *engine, bool attractors)
{
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_attractors *a = NULL;
    bk_table *table = NULL;
    bk_settings settings = bk_settings_defaults();
    settings.runs = 3;
    const bk_attractor_settings search = {
        .update = engine == &bk_engine_sync ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS,
        .max_states = attractors ? 0 : 2};
    bk_status status = engine->compile(model, NULL, &system);
    if (status == BK_OK) {
        status = engine->workspace(system, &workspace);
    }
    if (status == BK_OK) {
        status = engine->settle(system, NULL, &settings, workspace, NULL, &outcome);
    }
    if (status == BK_OK) {
        status = bk_attractors_find(system, NULL, &search, NULL, &a);
    }
    if (status == BK_OK) {
        status = bk_attractors_table(a, &table);
    }
    bk_table_free(table);
    bk_attractors_free(a);
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    bk_system_free(system);
    return status;
}

static void settling_and_searching_survive_every_failed_allocation(void **state)
{
    (void)state;
    const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_async,
                                        &bk_engine_ctmc};
    bk_model *const model = fixture_bnet("A, !B\nB, A\nC, C | A & B\nD, !E\nE, !D\n");
    for (int k = 0; k < 6; k++) {
        bk_alloc_fail_after(-1);
        assert_int_equal(walk(model, engines[k / 2], k % 2 == 0), BK_OK);
        const long all = bk_alloc_fail_after(-1);
        for (long n = 0; n < all; n++) {
            bk_alloc_fail_after(n);
            const bk_status status = walk(model, engines[k / 2], k % 2 == 0);
            bk_alloc_fail_after(-1);
            assert_true(status == BK_OK || status == BK_NO_MEMORY);
        }
    }
    bk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_kinetic_model_is_refused_because_it_has_no_logical_part),
        test(engines_are_found_under_their_names),
        test(a_level_moves_by_one_towards_its_target_a_step),
        test(rows_between_two_steps_show_the_earlier_one),
        test(a_synchronous_cycle_settles_to_its_mean),
        test(a_wished_precision_ends_the_runs_of_a_settle),
        test(a_run_over_its_limit_of_moves_keeps_the_rows_it_reached),
        test(a_cancelled_run_says_so),
        test(a_time_that_runs_backwards_is_misuse),
        test(inputs_keep_their_start_and_edits_act_on_drive_or_sight),
        test(a_fixed_level_is_at_its_value_from_the_first_row_on),
        test(a_bound_input_moves_from_its_start_to_the_bound),
        test(drive_activity_and_rate_are_three_columns),
        test(a_treatment_leaves_a_level_its_sight_of_itself),
        test(frozen_slow_levels_keep_their_state),
        test(a_given_state_is_the_start_but_for_start_edits),
        test(one_level_moves_at_a_time_in_asynchronous_runs),
        test(a_complex_attractor_gives_its_exact_mean_in_every_run),
        test(runs_that_part_reach_both_fixed_points_equally_often),
        test(a_large_attractor_is_averaged_by_a_long_walk),
        test(a_scale_is_a_share_of_time_in_continuous_time),
        test(elsewhere_a_scale_rounds_halves_down),
        test(a_move_waits_an_exponential_time),
        test(a_rule_of_27_regulators_runs_by_its_diagram),
        test(fixed_points_of_a_wide_rule_are_found),
        test(free_inputs_multiply_the_fixed_points),
        test(cycles_of_too_many_states_to_look_at_are_found_by_sat),
        test(a_cancelled_search_says_that_it_is_not_complete),
        test(combinations_of_inputs_leave_out_what_edits_hold),
        test(asynchronous_attractors_are_proven_where_states_are_too_many),
        test(an_attractor_outside_the_minimal_trap_spaces_is_found),
        test(an_attractor_too_large_to_see_has_no_size_and_bounds_only),
        test(the_table_has_a_row_an_attractor_even_for_a_level_called_size),
        test(settling_and_searching_survive_every_failed_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
