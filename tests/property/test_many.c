/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Many conditions settled in lanes against each settled alone. */

#include "random_logic.h"

#define test(name) cmocka_unit_test(name)

static void assert_same(const bk_outcome *a, const bk_outcome *b, int32_t symbols)
{
    assert_int_equal(bk_outcome_stop(a), bk_outcome_stop(b));
    assert_string_equal(bk_outcome_text(a), bk_outcome_text(b));
    assert_int_equal(bk_outcome_counters(a).period, bk_outcome_counters(b).period);
    assert_int_equal(bk_outcome_counters(a).steps, bk_outcome_counters(b).steps);
    assert_int_equal(bk_outcome_columns(a), bk_outcome_columns(b));
    for (int c = 0; c < bk_outcome_columns(a); c++) {
        const double x = bk_outcome_value(a, 0, c);
        const double y = bk_outcome_value(b, 0, c);
        assert_true(x == y || (isnan(x) && isnan(y)));
    }
    for (int32_t s = 0; s < symbols; s++) {
        assert_true(bk_outcome_state(a)[s] == bk_outcome_state(b)[s]);
    }
}

/* From where it ended it settles to the same row (bk_engine.settles_once). */
static void settle_again(const bk_system *system, const bk_overlay *overlay,
                         const bk_settings *settings, bk_workspace *workspace,
                         const bk_outcome *first)
{
    bk_settings on = *settings;
    bk_outcome *again = NULL;
    on.state = bk_outcome_state(first);
    assert_true(bk_engine_sync.settles_once);
    assert_int_equal(
        bk_engine_sync.settle(system, overlay, &on, workspace, NULL, &again), BK_OK);
    assert_int_equal(bk_outcome_stop(again), BK_STOP_END);
    for (int c = 0; c < bk_outcome_columns(first); c++) {
        assert_true(bk_outcome_value(again, 0, c) == bk_outcome_value(first, 0, c));
    }
    bk_outcome_free(again);
}

static void conditions_settle_in_lanes_as_each_does_alone(void **unused)
{
    (void)unused;
    enum { MOST = 600 };
    bk_random random;
    bk_random_start(&random, 31, 0, 0);
    long cycles = 0;
    for (int i = 0; i < 60; i++) {
        const net g = random_net(&random, 1, 10, 1 + i % 3, false);
        const size_t n = i % 10 == 0 ? MOST : 1 + bk_random_below(&random, 40);
        bk_overlay *overlays[MOST];
        bool starts[MOST];
        const double *states[MOST];
        static double levels[MOST][MOST_NODES];
        static bk_job jobs[MOST];
        for (size_t k = 0; k < n; k++) {
            const edits e = random_edits(&random, &g);
            overlays[k] = k % 7 == 0 ? NULL : bound(&e, g.model);
            starts[k] = overlays[k] != NULL && strstr(e.text, "start") != NULL;
            for (int x = 0; x < g.n; x++) {
                levels[k][x] = pick(&random, g.max[x] + 1);
            }
            states[k] = k % 5 == 0 ? NULL : levels[k];
            jobs[k] = (bk_job){.overlay = overlays[k], .state = states[k]};
        }
        bk_column columns[2 * MOST_NODES];
        for (int c = 0; c < 2 * g.n; c++) {
            columns[c] = (bk_column){c / 2, c % 2 == 0 ? BK_AS_DRIVE : BK_AS_ACTIVITY};
        }
        bk_system *system = NULL;
        bk_workspace *workspace = NULL;
        assert_int_equal(bk_engine_sync.compile(g.model, NULL, &system), BK_OK);
        assert_int_equal(bk_engine_sync.workspace(system, &workspace), BK_OK);
        bk_settings settings = bk_settings_defaults();
        settings.columns = columns;
        settings.n_columns = 2 * g.n;
        settings.freeze_slow = i % 2 == 0;
        bk_settle_many(system, &settings, jobs, n, workspace);
        for (size_t k = 0; k < n; k++) {
            bk_outcome *alone = NULL;
            settings.state = states[k];
            assert_int_equal(bk_engine_sync.settle(system, overlays[k], &settings,
                                                   workspace, NULL, &alone),
                             BK_OK);
            assert_int_equal(jobs[k].status, BK_OK);
            assert_same(jobs[k].outcome, alone, g.n);
            if (!starts[k] && bk_outcome_stop(alone) == BK_STOP_END) {
                settle_again(system, overlays[k], &settings, workspace, alone);
            }
            cycles += bk_outcome_counters(alone).period > 1 ? 1 : 0;
            bk_outcome_free(alone);
            bk_outcome_free(jobs[k].outcome);
            bk_overlay_free(overlays[k]);
        }
        bk_workspace_free(workspace);
        bk_system_free(system);
        bk_model_free(g.model);
    }
    assert_true(cycles > 100);
}

static void what_lanes_do_not_read_is_read_alone(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 32, 0, 0);
    const net g = random_net(&random, 2, 2, 1, false);
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    assert_int_equal(bk_engine_sync.compile(g.model, NULL, &system), BK_OK);
    assert_int_equal(bk_engine_sync.workspace(system, &workspace), BK_OK);
    const bk_column columns[2] = {{.symbol = 0, .aspect = BK_AS_RATE}, {.symbol = 1}};
    bk_settings settings = bk_settings_defaults();
    for (int n = 0; n < 2; n++) { /* all symbols, or a rate */
        settings.columns = n == 0 ? NULL : columns;
        settings.n_columns = n == 0 ? 0 : 2;
        bk_outcome *alone = NULL;
        bk_job jobs[3] = {{.overlay = NULL}};
        const bk_status status =
            bk_engine_sync.settle(system, NULL, &settings, workspace, NULL, &alone);
        bk_settle_many(system, &settings, jobs, 3, workspace);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(jobs[k].status, status);
            if (status == BK_OK) {
                assert_same(jobs[k].outcome, alone, g.n);
            }
            bk_outcome_free(jobs[k].outcome);
        }
        bk_outcome_free(alone);
    }
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(g.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(conditions_settle_in_lanes_as_each_does_alone),
        test(what_lanes_do_not_read_is_read_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
