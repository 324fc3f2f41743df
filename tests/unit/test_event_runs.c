/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Runs of models with events: rows, edits, ends, steady states and protocols.  Every
 * expected number is worked out by hand from the model beside it. */

#include "event_fixture.h"

/* --- runs ----------------------------------------------------------------------------------- */

static void rows_do_not_change_what_happens(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 1.0, "-x + 0.2*sin(time)");
    variable(b, "n", 0.0);
    happens(b, plain("a", "x < 0.3"), "x", "x + 1", "n", "n + x", NULL);
    happens(b,
            (happening){.id = "b", .trigger = "rem(time, 1.7) < 0.1", .delay = "0.4"},
            "x", "x + 0.1", NULL);
    bench t = opened(b);
    show(&t, "x n", BK_AS_DEFAULT);
    t.settings.t_end = 20.0;
    t.settings.steps = 10;
    bk_outcome *const coarse = ran(&t, NULL);
    t.settings.steps = 1000;
    bk_outcome *const fine = ran(&t, NULL);
    for (size_t row = 0; row < 11; row++) {
        for (int c = 0; c < 2; c++) {
            assert_close(bk_outcome_value(coarse, row, c),
                         bk_outcome_value(fine, 100 * row, c), 1e-9);
        }
    }
    assert_true(last(fine, 1) > 1.0);
    bk_outcome_free(coarse);
    bk_outcome_free(fine);
    closed(&t);
}

static void what_is_fixed_obeys_no_event_and_triggers_see_the_treatment(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 0.0, "1");
    variable(b, "p", 1.0);
    variable(b, "when", 0.0);
    happens(b, plain("a", "x >= 2"), "p", "5", "when", "time + x", NULL);
    bench t = opened(b);
    show(&t, "p when", BK_AS_DEFAULT);
    bk_outcome *outcome = ran(&t, "fix p = 3");
    assert_true(last(outcome, 0) == 3.0);
    assert_close(last(outcome, 1), 4.0, 1e-9);
    bk_outcome_free(outcome);
    bk_scenario *const scenario = bk_scenario_new("half");
    bk_overlay *overlay = NULL;
    assert_int_equal(bk_scenario_parse(scenario, BK_TREATMENT, "scale x by 0.5",
                                       (bk_where){0}, t.diag),
                     BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, t.model, t.diag, &overlay),
                     BK_OK);
    assert_int_equal(bk_engine_ode.run(t.system, overlay, &t.settings, t.workspace,
                                       t.diag, &outcome),
                     BK_OK);
    assert_close(last(outcome, 1), 4.0 + 2.0, 1e-9); /* x = 4 is seen as 2 */
    bk_outcome_free(outcome);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    closed(&t);
}

static void fails(bench *t, const char *words[], int n)
{
    bk_outcome *const outcome = ran(t, NULL);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_FAILED);
    for (int i = 0; i < n; i++) {
        if (strstr(bk_outcome_text(outcome), words[i]) == NULL) {
            fail_msg("%s is not in: %s", words[i], bk_outcome_text(outcome));
        }
    }
    bk_outcome_free(outcome);
}

static void an_endless_cascade_and_a_bad_delay_end_a_run(void **state)
{
    (void)state;
    bk_builder *b = begun();
    variable(b, "p", 0.0);
    happens(b, plain("up", "time >= 2.5 && p < 1"), "p", "1", NULL);
    happens(b, plain("down", "p > 0"), "p", "0", NULL);
    bench t = opened(b);
    fails(&t, (const char *[]){"2.5", "without end", "10000"}, 3);
    closed(&t);
    b = begun();
    variable(b, "p", 0.0);
    happens(b, (happening){.id = "odd", .trigger = "time >= 1.5", .delay = "1 - time"},
            "p", "1", NULL);
    t = opened(b);
    fails(&t, (const char *[]){"odd", "-0.5", "1.5"}, 3);
    closed(&t);
}

/* Events at 2 - 1/2^k, k = 0, 1 ...: infinitely many before 2, where they end. */
static void a_series_that_shrinks_to_a_point_is_passed(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "next", 1.0);
    variable(b, "n", 0.0);
    happens(b, plain("e", "time >= next && time < 2"), "next", "1 + next/2", "n",
            "n + 1", NULL);
    bench t = opened(b);
    expect(&t, "n", 1.9, 4.0);    /* 1, 1.5, 1.75, 1.875 */
    expect(&t, "next", 3.0, 2.0); /* to the last bit and beyond */
    closed(&t);
}

static void other_steppers_refuse_events_by_name(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "p", 0.0);
    happens(b, plain("dose", "time >= 1"), "p", "1", NULL);
    bench t = opened(b);
    t.settings.stepper = "msbdf";
    bk_outcome *outcome = NULL;
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &outcome),
        BK_UNSUPPORTED);
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text, "dose"));
    closed(&t);
}

/* --- steady states and protocols ----------------------------------------------------------- */

/* x goes to k; k is 1, and 2 after the event. */
static void a_steady_state_waits_for_events(void **state)
{
    (void)state;
    const happening cases[] = {plain("far", "time >= 300"),
                               {.id = "delayed", .trigger = "x >= 0.9", .delay = "500"},
                               plain("close", "x >= 1 - 1e-5")};
    for (int i = 0; i < 3; i++) {
        bk_builder *const b = begun();
        variable(b, "k", 1.0);
        clock_of(b, "x", 0.0, "k - x");
        happens(b, cases[i], "k", "2", NULL);
        bench t = opened(b);
        show(&t, "x", BK_AS_DEFAULT);
        bk_outcome *const outcome = settled(&t, NULL);
        assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
        assert_close(last(outcome, 0), 2.0, 1e-6);
        bk_outcome_free(outcome);
        closed(&t);
    }
}

static void events_without_end_are_no_steady_state(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 0.0, "-x");
    variable(b, "n", 0.0);
    happens(b, plain("dose", "rem(time, 5) < 1"), "x", "x + 1", "n", "n + 1", NULL);
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.max_steps = 20000;
    bk_outcome *const outcome = settled(&t, NULL);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_NOT_STEADY);
    bk_outcome_free(outcome);
    closed(&t);
}

/* A trigger that is true where one part ends has fired and does not again in the next. */
static void a_protocol_carries_the_triggers_on(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "n", 0.0);
    variable(b, "m", 0.0);
    happens(b, (happening){.id = "a", .trigger = "time >= 1", .fires_at_start = true},
            "n", "n + 1", NULL);
    happens(b, (happening){.id = "b", .trigger = "time >= 3", .fires_at_start = true},
            "m", "m + 1", NULL);
    bench t = opened(b);
    show(&t, "n m", BK_AS_DEFAULT);
    const bk_part parts[] = {{NULL, 2.0}, {NULL, 2.0}};
    bk_outcome *outcome = NULL;
    assert_int_equal(
        bk_protocol_run(t.system, parts, 2, &t.settings, t.workspace, t.diag, &outcome),
        BK_OK);
    assert_true(last(outcome, 0) == 1.0);
    assert_true(last(outcome, 1) == 1.0);
    bk_outcome_free(outcome);
    closed(&t);
}

/* Triggered at 1 with x = 1 and due at 4, in the third part. */
static void a_protocol_carries_on_what_waits(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 0.0, "1");
    variable(b, "early", 0.0);
    variable(b, "late", 0.0);
    happens(b, (happening){.id = "a", .trigger = "x >= 1", .delay = "3"}, "early", "x",
            NULL);
    happens(b, (happening){.id = "b", .trigger = "x >= 1", .delay = "3", .late = true},
            "late", "x", NULL);
    bench t = opened(b);
    show(&t, "early late", BK_AS_DEFAULT);
    const bk_part parts[] = {{NULL, 2.0}, {NULL, 1.5}, {NULL, 2.0}};
    for (int n = 2; n <= 3; n++) {
        bk_outcome *outcome = NULL;
        size_t waits = 0;
        assert_int_equal(bk_protocol_run(t.system, parts, n, &t.settings, t.workspace,
                                         t.diag, &outcome),
                         BK_OK);
        bk_outcome_waiting(outcome, &waits);
        assert_int_equal(waits > 0, n == 2);
        assert_close(last(outcome, 0), n == 2 ? 0.0 : 1.0, 1e-9);
        assert_close(last(outcome, 1), n == 2 ? 0.0 : 4.0, 1e-9);
        bk_outcome_free(outcome);
    }
    closed(&t);
}

/* x is driven to 1 from both sides: it stays there, though events follow each other
 * without a pause. */
static void events_that_hold_a_value_between_them_go_on(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "a", 1.0);
    clock_of(b, "x", 0.0, "a");
    happens(b, plain("up", "x > 1"), "a", "-1", NULL);
    happens(b, plain("down", "x < 1"), "a", "1", NULL);
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    bk_outcome *const outcome = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    for (size_t row = 10; row < bk_outcome_rows(outcome); row++) {
        assert_close(bk_outcome_value(outcome, row, 0), 1.0,
                     2e-3); /* 1e-4 of the span */
    }
    bk_outcome_free(outcome);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(rows_do_not_change_what_happens),
        test(what_is_fixed_obeys_no_event_and_triggers_see_the_treatment),
        test(an_endless_cascade_and_a_bad_delay_end_a_run),
        test(a_series_that_shrinks_to_a_point_is_passed),
        test(other_steppers_refuse_events_by_name),
        test(a_steady_state_waits_for_events),
        test(events_without_end_are_no_steady_state),
        test(a_protocol_carries_the_triggers_on),
        test(a_protocol_carries_on_what_waits),
        test(events_that_hold_a_value_between_them_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
