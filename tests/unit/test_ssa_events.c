/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Stochastic runs with events, switches and clocks, against closed forms; a mean of n
 * runs may be off by SIGMAS of its own standard errors, seeds are fixed. */
static const double SIGMAS = 4.5;
enum { RUNS = 10000 };

typedef struct happening {
    const char *id, *trigger, *delay, *priority;
    bool true_before, not_persistent, values_later;
} happening;

/* happens(b, &(happening){.id = "e", .trigger = "time >= 2"}, "k", "0") */
static void happens(bk_builder *b, const happening *h, const char *target,
                    const char *math)
{
    const int32_t symbol = symbol_of(b, BK_EVENT, h->id, (double)NAN);
    bk_builder_event(
        b, &(bk_event){.symbol = symbol,
                       .has_id = true,
                       .trigger = parsed(b, h->trigger),
                       .delay = h->delay == NULL ? -1 : parsed(b, h->delay),
                       .priority = h->priority == NULL ? -1 : parsed(b, h->priority),
                       .initial_value = h->true_before,
                       .persistent = !h->not_persistent,
                       .trigger_time_values = !h->values_later});
    bk_builder_event_assignment(
        b, &(bk_event_assignment){.target = bk_builder_find(b, target),
                                  .math = parsed(b, math)});
}

static bk_builder *immigration(const char *law)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "X", 0);
    parameter(b, "k", 3);
    parameter(b, "n", 0);
    parameter(b, "clock", 0);
    reaction(b, "in", "", "X", law);
    reaction(b, "out", "X", "", "0.5*X");
    return b;
}

static bench stochastic(bk_builder *b, double t_end)
{
    bench t = opened_with(b, &bk_engine_ssa);
    t.settings.runs = RUNS;
    t.settings.t_end = t_end;
    t.settings.steps = 4;
    t.settings.seed = 5;
    return t;
}

/* Poisson of this mean at the last row: mean and variance. */
static void assert_poisson(const bk_outcome *o, int column, double mean)
{
    const size_t end = bk_outcome_rows(o) - 1;
    const double off = bk_outcome_value(o, end, column) - mean;
    const double ratio = pow(bk_outcome_deviation(o, end, column), 2) / mean;
    if (fabs(off) > SIGMAS * sqrt(mean / RUNS) ||
        fabs(ratio - 1) > SIGMAS * sqrt((2 + 1 / mean) / RUNS)) {
        fail_msg("mean %g, expected %g; variance over mean %g", off + mean, mean,
                 ratio);
    }
}

/* Immigration at rate 3 up to time 2 and none from there to time 3: all forms of it. */
static void time_switches_immigration_exactly_when_it_says(void **state)
{
    (void)state;
    const double mean = 3 / 0.5 * (1 - exp(-0.5 * 2)) * exp(-0.5 * 1);
    for (int form = 0; form < 8; form++) {
        bk_builder *b = NULL;
        if (form == 0) {
            b = immigration("piecewise(k, time < 2, 0)");
        } else if (form == 1) {
            b = immigration("piecewise(0, time*4 - 1 >= 7, k)");
        } else if (form == 2) {
            b = immigration("piecewise(k, n == 0, 0)");
            assigns(b, "n", "piecewise(0, clock < 5, 1)");
            changes(b, "clock", "2.5");
        } else {
            b = immigration("k");
        }
        if (form == 3) {
            happens(b, &(happening){.id = "e", .trigger = "time >= 2"}, "k", "0");
        } else if (form == 4) {
            happens(b, &(happening){.id = "e", .trigger = "time > 2"}, "k", "0");
        } else if (form == 5) {
            happens(b, &(happening){.id = "e", .trigger = "time == 2"}, "k", "0");
        } else if (form == 6) {
            happens(b,
                    &(happening){.id = "e", .trigger = "time >= 0.5", .delay = "1.5"},
                    "k", "0");
        } else if (form == 7) {
            changes(b, "clock", "1");
            happens(b,
                    &(happening){.id = "e", .trigger = "clock >= 0.5 && clock <= 0.5"},
                    "clock", "10");
            happens(b, &(happening){.id = "f", .trigger = "clock >= 11.5"}, "k", "0");
        }
        bench t = stochastic(b, 3);
        show(&t, "X", BK_AS_AMOUNT);
        bk_outcome *const o = ran(&t, NULL);
        assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
        assert_poisson(o, 0, mean);
        bk_outcome_free(o);
        closed(&t);
    }
}

/* An event at a row's time is in the row, and one at the start in the first. */
static void a_row_shows_what_happens_at_its_time(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    happens(b, &(happening){.id = "e", .trigger = "time >= 2"}, "X", "50");
    happens(b, &(happening){.id = "f", .trigger = "time >= 0"}, "X", "7");
    bench t = stochastic(b, 4);
    show(&t, "X", BK_AS_AMOUNT);
    bk_outcome *const o = ran(&t, NULL);
    assert_true(bk_outcome_value(o, 0, 0) == 7 && bk_outcome_deviation(o, 0, 0) == 0);
    assert_true(bk_outcome_value(o, 2, 0) == 50 && bk_outcome_deviation(o, 2, 0) == 0);
    assert_true(bk_outcome_deviation(o, 3, 0) > 1);
    bk_outcome_free(o);
    closed(&t);
}

static void a_clock_ticks_the_same_in_every_run(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    changes(b, "clock", "1");
    happens(b, &(happening){.id = "e", .trigger = "clock >= 0.5", .true_before = true},
            "clock", "-0.5");
    happens(b, &(happening){.id = "f", .trigger = "clock >= 0.5", .true_before = true},
            "n", "n + 1");
    bench t = stochastic(b, 40);
    show(&t, "n clock", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row < 5; row++) {
        assert_close(bk_outcome_value(o, row, 0), (double)row * 10, 1e-12);
        assert_true(bk_outcome_deviation(o, row, 0) < 1e-9);
        assert_close(bk_outcome_value(o, row, 1), 0, 1e-9);
    }
    bk_outcome_free(o);
    closed(&t);
}

/* A Poisson process of rate 2 that begins anew at five is that process modulo five. */
static void a_trigger_on_an_amount_fires_at_the_very_move(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2);
    species(b, "X", 0);
    parameter(b, "total", 0);
    reaction(b, "in", "", "X", "2");
    happens(b, &(happening){.id = "e", .trigger = "X >= 2.5"}, "X",
            "0"); /* concentration */
    happens(b, &(happening){.id = "f", .trigger = "X >= 2.5"}, "total", "total + 5");
    bench t = stochastic(b, 3);
    t.settings.keep_ends = true;
    show(&t, "X", BK_AS_AMOUNT);
    bk_outcome *const o = ran(&t, NULL);
    size_t runs = 0;
    const double *const ends = bk_outcome_ends(o, &runs);
    for (int value = 0; value < 5; value++) {
        double p = 0;
        for (int i = value; i < 60; i += 5) {
            p += exp((double)i * log(6.0) - 6.0 - lgamma((double)i + 1));
        }
        double count = 0;
        for (size_t run = 0; run < runs; run++) {
            count += ends[run] == (double)value;
        }
        const double n = (double)runs;
        assert_true(fabs(count - n * p) < SIGMAS * sqrt(n * p * (1 - p)));
    }
    bk_outcome_free(o);
    closed(&t);
}

/* A clock that runs at the number of molecules reaches its mark when their time adds up
 * to it: one molecule of mean life 1 gets to 0.5 with probability exp(-0.5). */
static void a_clock_may_run_at_the_pace_of_an_amount(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "X", 1);
    parameter(b, "age", 0);
    parameter(b, "old", 0);
    reaction(b, "die", "X", "", "X");
    changes(b, "age", "X");
    happens(b, &(happening){.id = "e", .trigger = "age >= 0.5"}, "old", "1");
    bench t = stochastic(b, 20);
    show(&t, "old age", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    const double p = exp(-0.5);
    assert_true(fabs(bk_outcome_value(o, 4, 0) - p) <
                SIGMAS * sqrt(p * (1 - p) / RUNS));
    assert_true(fabs(bk_outcome_value(o, 4, 1) - 1) < SIGMAS / sqrt(RUNS));
    assert_true(fabs(bk_outcome_deviation(o, 4, 1) - 1) < 0.1);
    bk_outcome_free(o);
    closed(&t);
}

/* The first executed of two makes the other's trigger false, which is not persistent:
 * the higher priority wins, equal ones win half of the time. */
static void priorities_decide_and_ties_are_random(void **state)
{
    (void)state;
    for (int tie = 0; tie < 2; tie++) {
        bk_builder *const b = immigration("k");
        parameter(b, "m", 0);
        happens(b,
                &(happening){.id = "e",
                             .trigger = "time >= 1 && n + m < 1",
                             .priority = "2",
                             .not_persistent = true},
                "n", "1");
        happens(b,
                &(happening){.id = "f",
                             .trigger = "time >= 1 && n + m < 1",
                             .priority = tie ? "2" : "3",
                             .not_persistent = true},
                "m", "1");
        bench t = stochastic(b, 2);
        show(&t, "n m", BK_AS_DEFAULT);
        bk_outcome *const o = ran(&t, NULL);
        const double n = bk_outcome_value(o, 4, 0);
        assert_close(n + bk_outcome_value(o, 4, 1), 1, 1e-12);
        assert_true(tie ? fabs(n - 0.5) < SIGMAS * 0.5 / sqrt(RUNS) : n == 0);
        bk_outcome_free(o);
        closed(&t);
    }
}

/* A mean drawn itself, and two draws of one distribution in one assignment. */
static void draws_are_made_anew_wherever_they_stand(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    happens(b, &(happening){.id = "e", .trigger = "time >= 1"}, "n",
            "normal(uniform(10, 20), 2)");
    happens(b, &(happening){.id = "f", .trigger = "time >= 1"}, "clock",
            "uniform(0, 1) - uniform(0, 1)");
    bench t = stochastic(b, 4);
    show(&t, "n clock", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    const double variance = 4.0 + 100.0 / 12;
    assert_true(bk_outcome_value(o, 0, 0) == 0 && bk_outcome_value(o, 0, 1) == 0);
    assert_true(fabs(bk_outcome_value(o, 4, 0) - 15) < SIGMAS * sqrt(variance / RUNS));
    assert_true(fabs(pow(bk_outcome_deviation(o, 4, 0), 2) / variance - 1) <
                SIGMAS * sqrt(2.0 / RUNS));
    assert_true(fabs(bk_outcome_value(o, 4, 1)) < SIGMAS * sqrt(1.0 / 6 / RUNS));
    assert_true(fabs(pow(bk_outcome_deviation(o, 4, 1), 2) * 6 - 1) <
                SIGMAS * sqrt(2.0 / RUNS));
    bk_outcome_free(o);
    closed(&t);
}

static void draws_are_refused_where_nothing_says_when(void **state)
{
    (void)state;
    const bk_engine *const engines[] = {&bk_engine_ssa, &bk_engine_ode};
    for (int k = 0; k < 2; k++) {
        bk_builder *const b = immigration(k == 0 ? "k*uniform(0, 1)" : "k");
        happens(b, &(happening){.id = "e", .trigger = "time >= 1"}, "n",
                "normal(0, 1)");
        bk_diag *const diag = bk_diag_new();
        bk_model *model = NULL;
        bk_system *system = NULL;
        assert_int_equal(bk_builder_finish(b, &model), BK_OK);
        assert_int_equal(engines[k]->compile(model, diag, &system), BK_UNSUPPORTED);
        assert_null(system);
        assert_non_null(strstr(bk_diag_message(diag, 0)->text,
                               k == 0 ? "not elsewhere" : "use --method ssa"));
        bk_diag_free(diag);
        bk_model_free(model);
    }
}

static void an_event_that_makes_half_a_molecule_is_refused_by_name(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    happens(b, &(happening){.id = "e", .trigger = "time >= 1"}, "X", "2.5");
    bench t = stochastic(b, 2);
    bk_outcome *outcome = NULL;
    assert_int_equal(
        bk_engine_ssa.run(t.system, NULL, &t.settings, t.workspace, t.diag, &outcome),
        BK_UNSUPPORTED);
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text,
                           "event \"e\" sets an amount to 2.5 at time 1"));
    closed(&t);
}

static void an_endless_cascade_is_told(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    happens(b, &(happening){.id = "e", .trigger = "n >= 0.5"}, "n", "0");
    happens(b, &(happening){.id = "f", .trigger = "time >= 1 && n < 0.5"}, "n", "1");
    bench t = stochastic(b, 2);
    bk_outcome *const o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_FAILED);
    assert_non_null(strstr(bk_outcome_text(o), "without end"));
    bk_outcome_free(o);
    closed(&t);
}

/* Triggered in the first part, due in the second; and not triggered again there. */
static void a_protocol_carries_on_what_waits(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    happens(b, &(happening){.id = "e", .trigger = "time >= 0.5", .delay = "1.5"}, "n",
            "n + 1");
    bench t = stochastic(b, 3);
    t.settings.runs = 5;
    show(&t, "n", BK_AS_DEFAULT);
    const bk_part parts[] = {{NULL, 1}, {NULL, 2}};
    bk_outcome *o = NULL;
    assert_int_equal(
        bk_protocol_run(t.system, parts, 2, &t.settings, t.workspace, t.diag, &o),
        BK_OK);
    assert_int_equal(bk_outcome_rows(o), 10);
    for (size_t row = 0; row < 10; row++) {
        const double expected = row >= 5 && bk_outcome_time(o, row) >= 2 ? 1 : 0;
        assert_true(bk_outcome_value(o, row, 0) == expected);
    }
    bk_outcome_free(o);
    closed(&t);
}

static void instants_without_end_are_told(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k");
    changes(b, "clock", "1");
    happens(b, &(happening){.id = "e", .trigger = "clock >= 0.5"}, "clock",
            "0.4999999999999");
    bench t = stochastic(b, 2);
    t.settings.runs = 10;
    bk_outcome *const o = ran(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_FAILED);
    assert_non_null(strstr(bk_outcome_text(o), "without end"));
    assert_int_equal(bk_outcome_rows(o), 2);
    bk_outcome_free(o);
    closed(&t);
}

static void threads_change_no_bit_of_runs_with_events(void **state)
{
    (void)state;
    bk_builder *const b = immigration("k*piecewise(1, clock < 0.3, 2)");
    changes(b, "clock", "1");
    happens(b, &(happening){.id = "e", .trigger = "clock >= 0.5"}, "clock", "-0.5");
    bench t = stochastic(b, 5);
    t.settings.runs = 200;
    t.settings.threads = 1;
    bk_outcome *const one = ran(&t, NULL);
    t.settings.threads = 5;
    bk_outcome *const five = ran(&t, NULL);
    for (size_t row = 0; row < 5; row++) {
        for (int c = 0; c < bk_outcome_columns(one); c++) {
            assert_true(bk_outcome_value(one, row, c) ==
                        bk_outcome_value(five, row, c));
            assert_true(bk_outcome_deviation(one, row, c) ==
                        bk_outcome_deviation(five, row, c));
        }
    }
    bk_outcome_free(one);
    bk_outcome_free(five);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(time_switches_immigration_exactly_when_it_says),
        test(a_row_shows_what_happens_at_its_time),
        test(a_clock_ticks_the_same_in_every_run),
        test(a_trigger_on_an_amount_fires_at_the_very_move),
        test(a_clock_may_run_at_the_pace_of_an_amount),
        test(priorities_decide_and_ties_are_random),
        test(draws_are_made_anew_wherever_they_stand),
        test(draws_are_refused_where_nothing_says_when),
        test(an_event_that_makes_half_a_molecule_is_refused_by_name),
        test(an_endless_cascade_is_told),
        test(a_protocol_carries_on_what_waits),
        test(instants_without_end_are_told),
        test(threads_change_no_bit_of_runs_with_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
