/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_fixture.h"

/* Laws that do not bring back what an error takes below zero. */

enum { JOBS = 19 };

/* A is made at the rate 1/2 and taken away at the rate 1, but for A near K; so A + B is
 * A(0) + t/2, and A comes to rest at K. */
static bk_builder *with_a_pole_below_zero(double K)
{
    bk_builder *const b = begun();
    compartment(b, "c", 1.0);
    parameter(b, "K", K);
    species(b, "A", 10.0);
    species(b, "B", 0.0);
    reaction(b, "make", "", "A", "1/2");
    reaction(b, "take", "A", "B", "A/(K + A)");
    return b;
}

static void a_saturating_law_is_not_left_through_its_pole(void **state)
{
    (void)state;
    for (double K = 1e-3; K > 5e-13; K /= 10.0) {
        bench t = opened(with_a_pole_below_zero(K));
        t.settings.rtol = 1e-6;
        t.settings.t_end = 100.0;
        show(&t, "A B", BK_AS_DEFAULT);
        bk_outcome *const o = ran(&t, NULL);
        const size_t end = (size_t)t.settings.steps;
        const double a = bk_outcome_value(o, end, 0);
        assert_true(fabs(a - K) <= 1e-6 * 10.0);
        assert_close(a + bk_outcome_value(o, end, 1), 60.0, 1e-7);
        bk_outcome_free(o);
        closed(&t);
    }
}

static void nor_is_it_in_lanes(void **state)
{
    (void)state;
    bench t = opened(with_a_pole_below_zero(1e-8));
    t.settings.rtol = 1e-6;
    t.settings.t_end = 100.0;
    show(&t, "A", BK_AS_DEFAULT);
    bk_overlay *overlays[JOBS];
    bk_job jobs[JOBS];
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < JOBS; i++) {
        char text[80];
        snprintf(text, sizeof text, "start A = %g", 5.0 + i);
        jobs[i].overlay = overlays[i] = overlay_of(&t, text);
    }
    bk_run_many(t.system, &t.settings, jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].status, BK_OK);
        const double a = bk_outcome_value(jobs[i].outcome, (size_t)t.settings.steps, 0);
        assert_true(fabs(a - 1e-8) <= 1e-6 * (5.0 + i));
        bk_outcome_free(jobs[i].outcome);
        bk_overlay_free(overlays[i]);
    }
    closed(&t);
}

/* B is gone within a time unit, and the rate of its decay grows for ever: what its error
 * would do to A must not grow with it. */
static void what_is_gone_stays_within_its_own_tolerance(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    compartment(b, "c", 1.0);
    species(b, "A", 10.0);
    species(b, "B", 20.0);
    species(b, "T", 1.0);
    reaction(b, "both", "A B", "", "10*A*B");
    reaction(b, "decay", "B", "", "1000*B*T");
    reaction(b, "grow", "", "T", "T/2");
    bench t = opened(b);
    t.settings.rtol = 1e-6;
    const double soon = value_at(&t, "A", 10.0);
    assert_close(value_at(&t, "A", 100.0), soon, 1e-6);
    assert_close(value_at(&t, "A", 600.0), soon, 1e-6);
    assert_true(fabs(value_at(&t, "B", 600.0)) <= 1e-6 * 20.0);
    assert_close(log(value_at(&t, "T", 600.0)), 300.0, 1e-5);
    closed(&t);
}

static void what_goes_below_zero_by_its_law_does(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "fall", 3.0, "-1");
    variable(b, "x", 1.0);
    variable(b, "v", 0.0);
    changes(b, "x", "v");
    changes(b, "v", "-x");
    bench t = opened(b);
    t.settings.rtol = 1e-6;
    t.settings.t_end = 10.0;
    show(&t, "fall x v", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    const size_t end = (size_t)t.settings.steps;
    assert_close(bk_outcome_value(o, end, 0), -7.0, 1e-12);
    assert_close(bk_outcome_value(o, end, 1), cos(10.0), 1e-5);
    assert_close(bk_outcome_value(o, end, 2), -sin(10.0), 1e-5);
    bk_outcome_free(o);
    closed(&t);
}

/* x leaves the unstable zero for the side where it is: e^t |x(0)| until it nears 1.  All
 * the way from there to the tolerance it is less than that. */
static bk_builder *with_two_sides(double start)
{
    bk_builder *const b = begun();
    variable(b, "x", start);
    changes(b, "x", "x - x^3");
    return b;
}

static void expect_below(const bk_outcome *o, size_t end)
{
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(bk_outcome_value(o, end, 0), -1.0, 1e-4);
}

static void what_starts_or_is_set_below_zero_stays_there(void **state)
{
    (void)state;
    for (int set = 0; set < 2; set++) {
        bk_builder *const b = with_two_sides(set ? 1.0 : -1e-9);
        if (set) {
            happens(b, plain("down", "time > 1"), "x", "-1e-9", NULL);
        }
        bench t = opened(b);
        t.settings.rtol = t.settings.atol = 1e-6;
        t.settings.t_end = 40.0;
        bk_outcome *const o = ran(&t, NULL);
        expect_below(o, (size_t)t.settings.steps);
        bk_outcome_free(o);
        closed(&t);
    }
}

static void and_in_lanes(void **state)
{
    (void)state;
    bench t = opened(with_two_sides(-1e-9));
    t.settings.rtol = t.settings.atol = 1e-6;
    t.settings.t_end = 40.0;
    bk_job jobs[JOBS];
    memset(jobs, 0, sizeof jobs);
    bk_run_many(t.system, &t.settings, jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        expect_below(jobs[i].outcome, (size_t)t.settings.steps);
        bk_outcome_free(jobs[i].outcome);
    }
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_saturating_law_is_not_left_through_its_pole),
        test(nor_is_it_in_lanes),
        test(what_is_gone_stays_within_its_own_tolerance),
        test(what_goes_below_zero_by_its_law_does),
        test(what_starts_or_is_set_below_zero_stays_there),
        test(and_in_lanes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
