/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_fixture.h"

#include "kinetic/lanes.h"

/* Runs in lanes where lanes part: at switches, at different ends, where one fails. */

enum { JOBS = 19 };

typedef struct crowd {
    bk_overlay *overlays[JOBS];
    bk_job jobs[JOBS];
} crowd;

static void gather(crowd *c, const bench *t, const char *format)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < JOBS; i++) {
        char text[80];
        snprintf(text, sizeof text, format, 0.2 + 0.15 * i);
        c->overlays[i] = overlay_of(t, text);
        c->jobs[i].overlay = c->overlays[i];
    }
}

static void dismiss(crowd *c)
{
    for (int i = 0; i < JOBS; i++) {
        bk_outcome_free(c->jobs[i].outcome);
        bk_overlay_free(c->overlays[i]);
    }
}

static bk_outcome *alone(bench *t, const crowd *c, int i)
{
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_engine_ode.run(t->system, c->overlays[i], &t->settings,
                                       t->workspace, t->diag, &outcome),
                     BK_OK);
    return outcome;
}

static void a_lane_stops_at_its_own_switches(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "k", 1.0);
    parameter(b, "x", 0.0);
    changes(b, "x", "piecewise(k, time < 1 + k, 0)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 6.0;
    t.settings.steps = 12;
    crowd c;
    gather(&c, &t, "start k = %g");
    bk_run_many(t.system, &t.settings, c.jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        const double k = 0.2 + 0.15 * i;
        assert_int_equal(c.jobs[i].status, BK_OK);
        bk_outcome *const one = alone(&t, &c, i);
        assert_int_equal(bk_outcome_stop(c.jobs[i].outcome), BK_STOP_END);
        for (size_t row = 0; row <= 12; row++) {
            const double time = 0.5 * (double)row;
            const double x = bk_outcome_value(c.jobs[i].outcome, row, 0);
            /* the same steps; rounding may differ */
            assert_close(x, bk_outcome_value(one, row, 0), 1e-12);
            assert_close(x, k * fmin(time, 1.0 + k), 1e-8);
        }
        bk_outcome_free(one);
    }
    dismiss(&c);
    closed(&t);
}

static void a_lane_that_switches_once_goes_on_in_its_lane(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "k", 1.0);
    parameter(b, "x", 0.0);
    parameter(b, "y", 0.0);
    changes(b, "x", "k");
    changes(b, "y", "piecewise(1, x < 1, 3) - y");
    bench t = opened(b);
    show(&t, "y", BK_AS_DEFAULT);
    t.settings.t_end = 8.0;
    t.settings.steps = 4;
    crowd c;
    gather(&c, &t, "start k = %g");
    bk_run_many(t.system, &t.settings, c.jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        const double when = 1.0 / (0.2 + 0.15 * i);
        const bk_outcome *const o = c.jobs[i].outcome;
        assert_int_equal(bk_outcome_counters(o).switches, 1);
        for (size_t row = 0; row <= 4; row++) {
            const double time = 2.0 * (double)row;
            const double after = fmax(0.0, time - when);
            const double at = 1.0 - exp(-fmin(time, when));
            const double y = time > when ? 3.0 - (3.0 - at) * exp(-after) : at;
            assert_close(bk_outcome_value(o, row, 0), y, 1e-8);
        }
    }
    dismiss(&c);
    closed(&t);
}

static void a_lane_that_fails_does_not_disturb_the_others(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "k", 1.0);
    parameter(b, "x", 1.0);
    changes(b, "x", "k * x^2"); /* infinite at time 1 / k */
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    t.settings.t_end = 1.0;
    t.settings.steps = 1;
    crowd c;
    gather(&c, &t, "start k = %g");
    bk_run_many(t.system, &t.settings, c.jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        const double k = 0.2 + 0.15 * i;
        const bk_stop stop = bk_outcome_stop(c.jobs[i].outcome);
        if (k < 0.95) {
            assert_int_equal(stop, BK_STOP_END);
            assert_close(last(c.jobs[i].outcome, 0), 1.0 / (1.0 - k), 1e-6);
        } else if (k > 1.05) {
            assert_int_equal(stop, BK_STOP_FAILED);
        }
    }
    dismiss(&c);
    closed(&t);
}

/* --- what lanes do not know ---------------------------------------------------------- */

static void with_an_event(bk_builder *b)
{
    changes(b, "x", "k");
    happens(b, plain("e", "x > 1"), "x", "x/2", NULL);
}

static void with_a_delay(bk_builder *b)
{
    changes(b, "x", "k - delay(x, 1)");
}

static void with_an_implicit_rule(bk_builder *b)
{
    parameter(b, "z", (double)NAN);
    bk_builder_rule(b, &(bk_rule){.kind = BK_ALGEBRAIC_RULE,
                                  .target = -1,
                                  .math = parsed(b, "z + exp(z) - x - 2")});
    changes(b, "x", "k - z");
}

static void with_a_fast_reaction(bk_builder *b)
{
    compartment(b, "c", 1.0);
    species(b, "A", 1.0);
    species(b, "B", 0.0);
    reaction(b, "r", "A", "B", "A - 2*B");
    bk_model *const m = bk_builder_model(b);
    m->reactions[m->n_reactions - 1].fast = true;
    reaction(b, "slow", "B", "", "k*B");
    changes(b, "x", "A");
}

static void what_lanes_do_not_know_runs_alone(void **state)
{
    (void)state;
    void (*const kinds[])(bk_builder *) = {with_an_event, with_a_delay,
                                           with_an_implicit_rule, with_a_fast_reaction};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        bk_builder *const b = bk_builder_new(NULL);
        parameter(b, "k", 1.0);
        parameter(b, "x", 0.0);
        kinds[kind](b);
        bench t = opened(b);
        show(&t, "x", BK_AS_DEFAULT);
        t.settings.t_end = 4.0;
        t.settings.steps = 8;
        assert_false(bk_kin_lanes_able((const bk_kin_system *)t.system));
        crowd c;
        gather(&c, &t, "start k = %g");
        bk_run_many(t.system, &t.settings, c.jobs, JOBS, t.workspace);
        for (int i = 0; i < JOBS; i++) {
            bk_outcome *const one = alone(&t, &c, i);
            assert_int_equal(c.jobs[i].status, BK_OK);
            assert_int_equal(bk_outcome_stop(c.jobs[i].outcome), BK_STOP_END);
            for (size_t row = 0; row <= 8; row++) {
                assert_true(bk_outcome_value(c.jobs[i].outcome, row, 0) ==
                            bk_outcome_value(one, row, 0));
            }
            bk_outcome_free(one);
        }
        dismiss(&c);
        closed(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_lane_stops_at_its_own_switches),
        test(a_lane_that_switches_once_goes_on_in_its_lane),
        test(a_lane_that_fails_does_not_disturb_the_others),
        test(what_lanes_do_not_know_runs_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
