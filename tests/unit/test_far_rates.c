/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_fixture.h"

/* Rates so far apart that the slow are lost in the rounding of the fast.  The right answer
 * comes out as long as double precision holds it, and else an error. */

enum { JOBS = 9 };

static bk_builder *begun_with(double k)
{
    bk_builder *const b = begun();
    compartment(b, "c", 1.0);
    parameter(b, "k", k);
    species(b, "A", 1.0);
    species(b, "B", 0.0);
    species(b, "C", 0.0);
    return b;
}

/* A and B are one pool, half of which decays at the rate 1: C = 1 - exp(-t/2). */
static bk_builder *with_an_equilibrium(double k)
{
    bk_builder *const b = begun_with(k);
    reaction(b, "forth", "A", "B", "k*A");
    reaction(b, "back", "B", "A", "k*B");
    reaction(b, "decay", "B", "C", "B");
    return b;
}

static bk_outcome *ran_to_two(bench *t)
{
    t->settings.rtol = 1e-6;
    t->settings.t_end = 2.0;
    t->settings.steps = 1;
    show(t, "A B C", BK_AS_DEFAULT);
    return ran(t, NULL);
}

static void a_fast_equilibrium_is_left_at_the_slow_rate(void **state)
{
    (void)state;
    for (double k = 1e6; k < 2e17; k *= 10.0) {
        bench t = opened(with_an_equilibrium(k));
        bk_outcome *const o = ran_to_two(&t);
        assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
        assert_close(bk_outcome_value(o, 1, 2), 1.0 - exp(-1.0), 1e-6);
        /* B is behind by 1/(2k) of the pool */
        assert_close(bk_outcome_value(o, 1, 0), 0.5 * exp(-1.0), 1e-6 + 1.0 / k);
        bk_outcome_free(o);
        closed(&t);
    }
}

static void where_rounding_hides_the_slow_rate_the_run_ends_with_an_error(void **state)
{
    (void)state;
    bench t = opened(with_an_equilibrium(1e30));
    bk_outcome *const o = ran_to_two(&t);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_FAILED);
    assert_non_null(strstr(bk_outcome_text(o), "lost in its rounding"));
    assert_true(bk_outcome_counters(o).steps < 1000);
    bk_outcome_free(o);
    closed(&t);
}

static void in_lanes_too(void **state)
{
    (void)state;
    bench t = opened(with_an_equilibrium(1e6));
    show(&t, "C", BK_AS_DEFAULT);
    t.settings.rtol = 1e-6;
    t.settings.t_end = 2.0;
    bk_overlay *overlays[JOBS];
    bk_job jobs[JOBS];
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < JOBS; i++) {
        char text[80];
        snprintf(text, sizeof text, "start k = 1e%d", i % 2 == 0 ? 30 : 8 + i);
        jobs[i].overlay = overlays[i] = overlay_of(&t, text);
    }
    bk_run_many(t.system, &t.settings, jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        const bk_outcome *const o = jobs[i].outcome;
        assert_int_equal(bk_outcome_stop(o), i % 2 == 0 ? BK_STOP_FAILED : BK_STOP_END);
        if (i % 2 != 0) {
            assert_close(bk_outcome_value(o, (size_t)t.settings.steps, 0),
                         1.0 - exp(-1.0), 1e-6);
        }
        bk_outcome_free(jobs[i].outcome);
        bk_overlay_free(overlays[i]);
    }
    closed(&t);
}

/* Nothing is lost where the fast rate only takes away: rounding of k against 1 is the right
 * answer then. */
static void what_is_fast_alone_may_be_as_fast_as_it_likes(void **state)
{
    (void)state;
    bk_builder *const first = begun_with(1e30); /* A is gone at once */
    reaction(first, "forth", "A", "B", "k*A");
    reaction(first, "decay", "B", "C", "B");
    bk_builder *const second = begun_with(1e30); /* B is gone at once */
    reaction(second, "forth", "A", "B", "A");
    reaction(second, "decay", "B", "C", "k*B");
    bk_builder *const builders[] = {first, second};
    for (int i = 0; i < 2; i++) {
        bench t = opened(builders[i]);
        bk_outcome *const o = ran_to_two(&t);
        assert_close(bk_outcome_value(o, 1, i == 0 ? 1 : 0), exp(-2.0), 1e-6);
        assert_close(bk_outcome_value(o, 1, 2), 1.0 - exp(-2.0), 1e-6);
        bk_outcome_free(o);
        closed(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_fast_equilibrium_is_left_at_the_slow_rate),
        test(where_rounding_hides_the_slow_rate_the_run_ends_with_an_error),
        test(in_lanes_too),
        test(what_is_fast_alone_may_be_as_fast_as_it_likes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
