/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Events by the specification (SBML L3V2, section 4.11).  Every expected number is
 * worked out by hand from the model beside it. */

#include "event_fixture.h"

/* --- triggers --------------------------------------------------------------------------- */

static void doses_add_to_what_decays(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 1.0, "-0.5*x");
    happens(b, plain("one", "time >= 1"), "x", "x + 1", NULL);
    happens(b, plain("two", "time >= 2"), "x", "x + 3", NULL);
    bench t = opened(b);
    const double before = exp(-0.5);
    const double second = (before + 1.0) * exp(-0.5) + 3.0;
    expect(&t, "x", 0.5, exp(-0.25));
    expect(&t, "x", 1.0, before + 1.0); /* a row at the time of an event is after it */
    expect(&t, "x", 2.0, second);
    expect(&t, "x", 5.0, second * exp(-1.5));
    closed(&t);
}

/* Reset to 1 whenever it has halved: x(t) = exp(-(t modulo ln 2)). */
static void a_trigger_on_a_state_fires_at_every_crossing(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 1.0, "-x");
    variable(b, "n", 0.0);
    happens(b, plain("reset", "x <= 0.5"), "x", "1", "n", "n + 1", NULL);
    bench t = opened(b);
    expect(&t, "x", 5.0, exp(-fmod(5.0, log(2.0))));
    expect(&t, "n", 100.0, floor(100.0 / log(2.0)));
    closed(&t);
}

/* Dropped from height 5 with g = 10 it lands after 1 with speed 10; each bounce keeps
 * 0.8 of the speed v and takes v / 5 of time. */
static void a_ball_bounces(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "v", 0.0, "-10");
    clock_of(b, "x", 5.0, "v");
    happens(b, plain("bounce", "x < 0"), "v", "-0.8*v", NULL);
    bench t = opened(b);
    const double second = 1.0 + 2.0 * 0.8;        /* time of the second landing */
    const double third = second + 2.0 * 0.64;     /* and of the third */
    expect(&t, "x", 1.5, 8.0 * 0.5 - 5.0 * 0.25); /* speed 8 up, for 0.5 */
    expect(&t, "v", 1.5, 8.0 - 5.0);
    expect(&t, "v", third - 0.1, 6.4 - 10.0 * (1.28 - 0.1));
    closed(&t);
}

static void the_start_counts_when_the_initial_value_is_false(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "fires", 0.0);
    variable(b, "rests", 0.0);
    clock_of(b, "x", 3.0, "1");
    happens(b, (happening){.id = "a", .trigger = "x >= 3", .fires_at_start = true},
            "fires", "fires + 1", NULL);
    happens(b, plain("b", "x >= 3"), "rests", "rests + 1", NULL);
    bench t = opened(b);
    show(&t, "fires rests", BK_AS_DEFAULT);
    bk_outcome *const outcome = ran(&t, NULL);
    assert_true(bk_outcome_value(outcome, 0, 0) == 1.0);
    assert_true(bk_outcome_value(outcome, 0, 1) == 0.0);
    assert_true(last(outcome, 0) == 1.0 && last(outcome, 1) == 0.0);
    bk_outcome_free(outcome);
    closed(&t);
}

/* What holds at one instant only: an equality, and what is not less and not greater. */
static void a_trigger_may_hold_at_one_instant_only(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 0.0, "1 - 0.1*x"); /* x = 10 (1 - exp(-t/10)) */
    const char *const names[] = {"a", "b", "c", "d", "e"};
    const char *const triggers[] = {"time == 3", "x == 2", "x <= 2 && x >= 2",
                                    "x < 2 && x > 2", "time == 3 && x == 2"};
    for (int i = 0; i < 5; i++) {
        char id[2] = {(char)('p' + i), '\0'};
        variable(b, names[i], 0.0);
        variable(b, id, 0.0);
        char event[8];
        char more[16];
        snprintf(event, sizeof event, "e%s", names[i]);
        snprintf(more, sizeof more, "%s + 1", names[i]);
        happens(b, plain(event, triggers[i]), names[i], more, id, "time", NULL);
    }
    bench t = opened(b);
    const double counts[] = {1.0, 1.0, 1.0, 0.0, 0.0};
    for (int i = 0; i < 5; i++) {
        expect(&t, names[i], 10.0, counts[i]);
    }
    expect(&t, "p", 10.0, 3.0);
    expect(&t, "q", 10.0, -10.0 * log(0.8));
    expect(&t, "r", 10.0, -10.0 * log(0.8));
    closed(&t);
}

static void triggers_go_through_rules_and_numbers_are_true_where_not_zero(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "level", 0.0);
    variable(b, "flag", 0.0);
    variable(b, "seen", 0.0);
    clock_of(b, "x", 0.0, "1");
    assigns(b, "level", "2*x");
    happens(b, plain("up", "level > 5"), "flag", "1", NULL);
    happens(b, plain("down", "x > 4"), "flag", "0", NULL);
    happens(b, plain("see", "flag"), "seen", "seen + time", NULL);
    bench t = opened(b);
    expect(&t, "flag", 2.4, 0.0);
    expect(&t, "flag", 2.6, 1.0);
    expect(&t, "flag", 5.0, 0.0);
    expect(&t, "seen", 5.0, 2.5);
    closed(&t);
}

/* sin(10 t) = 1 at t = (pi/2 + 2 pi k)/10: sixteen times up to 10; a pulse of a hundredth
 * of a step's usual length each. */
static void short_pulses_are_not_stepped_over(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "n", 0.0);
    clock_of(b, "angle", 0.0, "10");
    variable(b, "m", 0.0);
    happens(b, plain("a", "sin(10*time) > 0.9999"), "n", "n + 1", NULL);
    happens(b, plain("b", "sin(angle) > 0.9999"), "m", "m + 1", NULL);
    bench t = opened(b);
    expect(&t, "n", 10.0, 16.0);
    expect(&t, "m", 10.0, 16.0);
    closed(&t);
}

/* Twenty whole pulses of twelve units and ten units of one, whatever the tolerance: nothing
 * else makes steps short. */
static void a_pulse_of_a_rate_that_comes_again_is_not_stepped_over(void **s)
{
    (void)s;
    static const char *const steppers[] = {"auto", "rodas"};
    for (double rtol = 1e-3; rtol > 1e-9; rtol *= 0.1) {
        for (int i = 0; i < 2; i++) {
            bk_builder *const b = bk_builder_new(NULL);
            parameter(b, "x", 0.0);
            changes(b, "x", "piecewise(1, time - 97*floor(time/97) <= 12, 0)");
            bench t = opened(b);
            show(&t, "x", BK_AS_DEFAULT);
            t.settings.t_end = 1950.0;
            t.settings.rtol = rtol;
            t.settings.stepper = steppers[i];
            bk_outcome *const o = ran(&t, NULL);
            assert_close(last(o, 0), 250.0, 1e-9);
            bk_outcome_free(o);
            closed(&t);
        }
    }
}

/* Every 12 units: time - 12 floor(time/12) falls from 12 to 0 there and is 0 at that
 * instant only. */
static void periodic_doses_come_at_every_period(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "n", 0.0);
    variable(b, "m", 0.0);
    variable(b, "k", 0.0);
    variable(b, "never", 0.0);
    clock_of(b, "x", 0.0, "-0.1*x");
    happens(b, plain("a", "time - 12*floor(time/12) == 0"), "n", "n + 1", "x", "x + 1",
            NULL);
    happens(b, plain("b", "rem(time, 12) < 0.5"), "m", "m + 1", NULL);
    happens(
        b,
        (happening){.id = "c", .trigger = "rem(time, 12) <= 0", .fires_at_start = true},
        "k", "k + 1", NULL);
    happens(b, plain("d", "floor(time/12) == 2.5"), "never", "1", NULL);
    bench t = opened(b);
    expect(&t, "n", 100.0, 8.0); /* 12, 24 ... 96 */
    expect(&t, "m", 100.0, 8.0);
    expect(&t, "k", 100.0, 9.0); /* and at 0 */
    expect(&t, "never", 100.0, 0.0);
    const double q = exp(-1.2);
    expect(&t, "x", 98.0, exp(-0.2) * (1.0 - pow(q, 8.0)) / (1.0 - q));
    closed(&t);
}

/* --- delays, priorities, persistence ------------------------------------------------------ */

static void
a_delay_is_taken_at_the_trigger_and_values_where_they_are_asked(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    clock_of(b, "x", 0.0, "1");
    variable(b, "early", 0.0);
    variable(b, "late", 0.0);
    variable(b, "when", 0.0);
    happens(b, (happening){.id = "a", .trigger = "x >= 1", .delay = "0.5"}, "early",
            "x", NULL);
    happens(b,
            (happening){.id = "b", .trigger = "x >= 1", .delay = "0.5", .late = true},
            "late", "x", NULL);
    happens(b,
            (happening){.id = "c", .trigger = "x >= 2", .delay = "x/4", .late = true},
            "when", "time", NULL);
    bench t = opened(b);
    expect(&t, "early", 1.4, 0.0);
    expect(&t, "early", 1.5, 1.0);
    expect(&t, "late", 1.5, 1.5);
    expect(&t, "when", 4.0, 2.5);
    closed(&t);
}

/* A trigger that holds from 1 to 1.5 only, with delay 1. */
static void what_does_not_persist_is_withdrawn(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "kept", 0.0);
    variable(b, "dropped", 0.0);
    variable(b, "twice", 0.0);
    const char *const pulse = "time >= 1 && time < 1.5 || time >= 1.75 && time < 9";
    happens(b, (happening){.id = "a", .trigger = pulse, .delay = "1"}, "kept",
            "kept + 1", NULL);
    happens(b, (happening){.id = "b", .trigger = pulse, .delay = "1", .passing = true},
            "dropped", "dropped + time", NULL);
    happens(b, (happening){.id = "c", .trigger = "sin(time) > 0", .delay = "20"},
            "twice", "twice + 1", NULL);
    bench t = opened(b);
    expect(&t, "kept", 2.0, 1.0);
    expect(&t, "kept", 3.0, 1.0); /* both took the value 0 at their trigger */
    expect(&t, "dropped", 2.5, 0.0);
    expect(&t, "dropped", 5.0, 1.75); /* the time of its trigger */
    closed(&t);
}

static void several_executions_of_one_event_may_wait(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "n", 0.0);
    happens(
        b,
        (happening){.id = "a", .trigger = "sin(time) > 0", .delay = "20", .late = true},
        "n", "n + 1", NULL);
    bench t = opened(b);
    /* triggers at 0+, 2 pi, 4 pi, 6 pi: due at 20, 26.3, 32.6, 38.8 */
    expect(&t, "n", 19.9, 0.0);
    expect(&t, "n", 21.0, 1.0);
    expect(&t, "n", 39.0, 4.0);
    closed(&t);
}

static void priorities_order_what_is_due_at_one_instant(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "order", 0.0);
    variable(b, "urgent", 0.0);
    /* due together, one by a delay; digits are appended as they are executed */
    happens(b,
            (happening){.id = "one",
                        .trigger = "time >= 1",
                        .delay = "2.3",
                        .priority = "5",
                        .late = true},
            "order", "10*order + 1", "urgent", "10", NULL);
    happens(b,
            (happening){
                .id = "two", .trigger = "time >= 3.3", .priority = "3", .late = true},
            "order", "10*order + 2", NULL);
    happens(b,
            (happening){.id = "three",
                        .trigger = "time >= 3.3",
                        .priority = "urgent",
                        .late = true},
            "order", "10*order + 3", NULL);
    happens(b, (happening){.id = "four", .trigger = "time >= 3.3", .late = true},
            "order", "10*order + 4", NULL);
    bench t = opened(b);
    /* one first; it makes three more urgent than two; four has no priority */
    expect(&t, "order", 4.0, 1324.0);
    closed(&t);
}

static void an_execution_triggers_and_withdraws_others_at_once(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "p", 0.0);
    variable(b, "q", 0.0);
    variable(b, "kept", 0.0);
    variable(b, "dropped", 0.0);
    const char *const both = "time >= 1 && p < 1";
    happens(b, (happening){.id = "first", .trigger = "time >= 1", .priority = "9"}, "p",
            "1", NULL);
    happens(
        b,
        (happening){.id = "second", .trigger = "p >= 1", .priority = "1", .late = true},
        "q", "time + p", NULL);
    happens(b, (happening){.id = "a", .trigger = both, .priority = "5"}, "kept", "1",
            NULL);
    happens(b,
            (happening){.id = "b", .trigger = both, .priority = "5", .passing = true},
            "dropped", "1", NULL);
    bench t = opened(b);
    expect(&t, "q", 1.0, 2.0);
    expect(&t, "kept", 1.0, 1.0);
    expect(&t, "dropped", 9.0, 0.0);
    closed(&t);
}

static void one_event_assigns_all_at_once(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "p", 1.0);
    variable(b, "q", 2.0);
    happens(b, (happening){.id = "swap", .trigger = "time >= 1", .late = true}, "p",
            "q", "q", "p", NULL);
    bench t = opened(b);
    expect(&t, "p", 2.0, 2.0);
    expect(&t, "q", 2.0, 1.0);
    closed(&t);
}

/* The last of two equal ones decides; over 400 seeds either does in 200, with a standard
 * deviation of 10. */
static void ties_are_broken_at_random_and_the_same_for_one_seed(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "p", 0.0);
    happens(b, (happening){.id = "a", .trigger = "time >= 1", .priority = "1"}, "p",
            "1", NULL);
    happens(b, (happening){.id = "b", .trigger = "time >= 1", .priority = "1"}, "p",
            "0", NULL);
    bench t = opened(b);
    double sum = 0.0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        t.settings.seed = seed;
        const double p = value_at(&t, "p", 2.0);
        assert_true(value_at(&t, "p", 2.0) == p);
        sum += p;
    }
    assert_true(fabs(sum - 200.0) < 50.0);
    closed(&t);
}

/* --- what is assigned ---------------------------------------------------------------------- */

/* Amounts 6 and 4 in a size of 2; the size becomes 4 at time 1. */
static void a_size_that_jumps_keeps_the_amounts(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    compartment(b, "c", 2.0);
    bk_builder_model(b)->symbols[bk_builder_find(b, "c")].constant = false;
    species(b, "A", 3.0);
    species(b, "B", 2.0);
    const int32_t rated = species(b, "R", 1.0);
    bk_builder_model(b)->symbols[rated].boundary = true;
    changes(b, "R", "0.5");
    reaction(b, "r", "A", "B", "c*0.5*A");
    happens(b, plain("grow", "time >= 1"), "c", "4", NULL);
    bench t = opened(b);
    const double at_one = 3.0 * exp(-0.5);
    expect(&t, "A", 1.0, at_one / 2.0);
    expect(&t, "A", 2.0, at_one / 2.0 * exp(-0.5));
    expect(&t, "B", 2.0, (10.0 - 2.0 * at_one * exp(-0.5)) / 4.0);
    expect(&t, "R", 1.0, 0.75); /* 1.5 thinned to half */
    expect(&t, "R", 2.0, 1.25);
    closed(&t);
}

/* Concentration 0.2 in the size as it was, 0.5, makes an amount of 0.1, and 0.5 in 0.2. */
static void a_concentration_beside_a_size_is_that_in_the_size_before(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    compartment(b, "c", 0.5);
    bk_builder_model(b)->symbols[bk_builder_find(b, "c")].constant = false;
    species(b, "A", 3.0);
    happens(b, plain("e", "time >= 1"), "A", "0.2", "c", "0.2", NULL);
    bench t = opened(b);
    expect(&t, "A", 2.0, 0.5);
    closed(&t);
}

/* A' = -n A with the stoichiometry n = 1, and 3 from time 1 on. */
static void a_stoichiometry_may_be_assigned(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    compartment(b, "c", 1.0);
    species(b, "A", 1.0);
    reaction(b, "r", "A", "", "A");
    bk_symbol n = bk_symbol_blank(BK_STOICHIOMETRY, "n");
    n.owner = bk_builder_find(b, "r");
    n.initial = BK_INITIAL_VALUE;
    n.value = 1.0;
    const int32_t symbol = bk_builder_symbol(b, &n);
    bk_builder_model(b)->participants[0].symbol = symbol;
    bk_builder_model(b)->participants[0].constant = false;
    bk_builder_model(b)->symbols[symbol].constant = false;
    happens(b, plain("e", "time >= 1"), "n", "3", NULL);
    bench t = opened(b);
    expect(&t, "A", 1.0, exp(-1.0));
    expect(&t, "A", 1.5, exp(-1.0 - 1.5));
    closed(&t);
}

static void rate_of_what_events_alone_change_is_zero(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    variable(b, "p", 1.0);
    variable(b, "slope", 7.0);
    clock_of(b, "x", 0.0, "p");
    assigns(b, "slope", "rateOf(p) + rateOf(x)");
    happens(b, plain("e", "time >= 1"), "p", "2", NULL);
    bench t = opened(b);
    expect(&t, "slope", 0.5, 1.0);
    expect(&t, "slope", 2.0, 2.0);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_pulse_of_a_rate_that_comes_again_is_not_stepped_over),
        test(doses_add_to_what_decays),
        test(a_trigger_on_a_state_fires_at_every_crossing),
        test(a_ball_bounces),
        test(the_start_counts_when_the_initial_value_is_false),
        test(a_trigger_may_hold_at_one_instant_only),
        test(triggers_go_through_rules_and_numbers_are_true_where_not_zero),
        test(short_pulses_are_not_stepped_over),
        test(periodic_doses_come_at_every_period),
        test(a_delay_is_taken_at_the_trigger_and_values_where_they_are_asked),
        test(what_does_not_persist_is_withdrawn),
        test(several_executions_of_one_event_may_wait),
        test(priorities_order_what_is_due_at_one_instant),
        test(an_execution_triggers_and_withdraws_others_at_once),
        test(one_event_assigns_all_at_once),
        test(ties_are_broken_at_random_and_the_same_for_one_seed),
        test(a_size_that_jumps_keeps_the_amounts),
        test(a_concentration_beside_a_size_is_that_in_the_size_before),
        test(a_stoichiometry_may_be_assigned),
        test(rate_of_what_events_alone_change_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
