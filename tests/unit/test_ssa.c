/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssa_fixture.h"

/* Expected numbers: closed forms, the chemical master equation solved here, and the ode
 * engine where all rates are linear, so that its solution is the mean.  A statistic of n
 * runs may be off by SIGMAS of its own standard errors; seeds are fixed. */

static void assert_mean(double got, double expected, double deviation, long runs)
{
    const double error = deviation / sqrt((double)runs);
    if (!(fabs(got - expected) <= SIGMAS * error + 1e-12)) {
        fail_msg("mean %.10g, expected %.10g; %g standard errors", got, expected,
                 fabs(got - expected) / error);
    }
}

/* From nothing, immigration k and death m give at every time a Poisson law of mean
 * k (1 - exp(-m t)) / m. */
static void immigration_and_death_give_a_poisson_law(void **state)
{
    (void)state;
    const long runs = 20000;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    species(b, "X", 0);
    parameter(b, "k", 2);
    parameter(b, "m", 0.4);
    reaction(b, "in", "", "X", "k");
    reaction(b, "out", "X", "", "m*X");
    bench t = stochastic(b, runs, 3);
    t.settings.keep_ends = true;
    bk_outcome *const o = ran(&t, NULL);
    const double mean = 2 / 0.4 * (1 - exp(-0.4 * 3));
    double p[30];
    for (int i = 0; i < 30; i++) {
        p[i] = exp((double)i * log(mean) - mean - lgamma((double)i + 1));
    }
    assert_mean(bk_outcome_value(o, 1, 0), mean, sqrt(mean), runs);
    const double ratio = pow(bk_outcome_deviation(o, 1, 0), 2) / mean;
    assert_true(fabs(ratio - 1) < SIGMAS * sqrt((2 + 1 / mean) / (double)runs));
    assert_shares(o, 0, p, 30);
    assert_true(bk_outcome_value(o, 0, 0) == 0 && bk_outcome_deviation(o, 0, 0) == 0);
    bk_outcome_free(o);
    closed(&t);
}

static void dimers_follow_the_master_equation(int copies)
{
    const long runs = copies > 1 ? 4000 : 20000;
    double p[6];
    dimer_law(0.05, 0.3, 1.5, p);
    bench t = stochastic(dimers(copies, 2.5), runs, 1.5);
    t.settings.keep_ends = true;
    for (int i = 0; i < (copies < 6 ? copies : 6); i++) {
        char id[40];
        snprintf(id, sizeof id, "B%d", i);
        show(&t, id, BK_AS_AMOUNT);
    }
    bk_outcome *const o = ran(&t, NULL);
    for (int i = 0; i < t.settings.n_columns; i++) {
        assert_shares(o, i, p, 6);
    }
    assert_true((bk_outcome_counters(o).rejected > 0) == (copies >= 4));
    bk_outcome_free(o);
    closed(&t);
}

static void a_dimer_follows_the_master_equation(void **state)
{
    (void)state;
    dimers_follow_the_master_equation(1);
}

static void many_dimers_follow_it_by_rejection(void **state)
{
    (void)state;
    dimers_follow_the_master_equation(40);
}

/* Molecules that move round a ring one by one and independently: each place holds a
 * binomial number of them, of the share that the linear equations give. */
static bk_builder *ring(int places)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1);
    parameter(b, "k", 1.3);
    for (int i = 0; i < places; i++) {
        char id[40];
        snprintf(id, sizeof id, "X%d", i);
        species(b, id, i == 0 ? 500 : i == 2 ? 60 : 0);
    }
    for (int i = 0; i < places; i++) {
        char id[3][40];
        char law[80];
        snprintf(id[0], sizeof id[0], "r%d", i);
        snprintf(id[1], sizeof id[1], "X%d", i);
        snprintf(id[2], sizeof id[2], "X%d", (i + 1) % places);
        snprintf(law, sizeof law, "k*%d*X%d", i % 3 + 1, i);
        reaction(b, id[0], id[1], id[2], law);
    }
    return b;
}

static void a_ring_holds_binomial_numbers(int places)
{
    const long runs = 3000;
    bench ode = opened(ring(places));
    ode.settings.t_end = 1;
    ode.settings.steps = 1;
    bk_outcome *const means = ran(&ode, NULL);
    bench t = stochastic(ring(places), runs, 1);
    bk_outcome *const o = ran(&t, NULL);
    for (int c = 0; c < bk_outcome_columns(o); c++) {
        const double mean = bk_outcome_value(means, 1, c);
        assert_mean(bk_outcome_value(o, 1, c), mean, sqrt(mean + 0.05), runs);
        if (mean > 5) { /* less than Poisson, and more than half of it */
            const double ratio = pow(bk_outcome_deviation(o, 1, c), 2) / mean;
            assert_true(ratio > 0.5 && ratio < 1.13);
        }
    }
    bk_outcome_free(means);
    bk_outcome_free(o);
    closed(&ode);
    closed(&t);
}

static void a_small_ring_holds_binomial_numbers(void **state)
{
    (void)state;
    a_ring_holds_binomial_numbers(6);
}

static void a_large_ring_does_so_by_rejection(void **state)
{
    (void)state;
    a_ring_holds_binomial_numbers(80);
}

static void no_bit_depends_on_the_number_of_threads(void **state)
{
    (void)state;
    bench t = stochastic(dimers(3, 2.7), 333, 2);
    t.settings.steps = 7;
    t.settings.threads = 1;
    bk_outcome *const one = ran(&t, NULL);
    const int threads[] = {2, 3, 7, 100};
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        t.settings.threads = threads[k];
        bk_outcome *const other = ran(&t, NULL);
        for (size_t row = 0; row < 8; row++) {
            for (int c = 0; c < bk_outcome_columns(one); c++) {
                assert_true(bk_outcome_value(one, row, c) ==
                            bk_outcome_value(other, row, c));
                assert_true(bk_outcome_deviation(one, row, c) ==
                            bk_outcome_deviation(other, row, c));
            }
        }
        assert_memory_equal(bk_outcome_state(one), bk_outcome_state(other),
                            (size_t)bk_model_symbols(t.model) * sizeof(double));
        bk_outcome_free(other);
    }
    bk_outcome_free(one);
    closed(&t);
}

/* --- edits ------------------------------------------------------------------------------ */

/* All rates linear in amounts; rules and a function of a rule among them. */
static bk_builder *linear(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2);
    parameter(b, "k", 3);
    parameter(b, "m", 0.5);
    parameter(b, "half", (double)NAN);
    parameter(b, "drive", (double)NAN);
    species(b, "A", 10);
    species(b, "B", 0);
    species(b, "C", 4);
    assigns(b, "half", "A/2");
    assigns(b, "drive", "k*half + 1");
    reaction(b, "in", "", "A", "c*k");
    reaction(b, "turn", "A", "2B", "c*m*A");
    reaction(b, "make", "", "C", "c*drive");
    reaction(b, "lose", "C", "", "c*m*C");
    reaction(b, "drop", "B", "", "0.7*c*B");
    return b;
}

static const char *const edits[] = {NULL,
                                    "start A = 30",
                                    "fix A = 7",
                                    "fix A = 0",
                                    "fix half = 2",
                                    "scale turn by 0.25",
                                    "scale k by 2",
                                    "bound drive in [0, 4]",
                                    "cut half -> drive at 3",
                                    "cut A -> turn at 5",
                                    "treatment; scale A by 0.5",
                                    "treatment; fix A = 2",
                                    "treatment; scale turn by 0",
                                    "treatment; bound A in [0, 50]"};
enum { EDITS = sizeof edits / sizeof *edits };

static void edits_act_as_in_the_ode_engine(void **state)
{
    (void)state;
    const long runs = 4000;
    bench ode = opened(linear());
    bench t = stochastic(linear(), runs, 2);
    ode.settings.t_end = 2;
    ode.settings.steps = 1;
    show(&ode, "A B C half drive turn", BK_AS_DEFAULT);
    show(&t, "A B C half drive turn", BK_AS_DEFAULT);
    for (int k = 0; k < EDITS; k++) {
        bk_outcome *const means = ran(&ode, edits[k]);
        bk_outcome *const o = ran(&t, edits[k]);
        for (int c = 0; c < 6; c++) {
            const double expected = bk_outcome_value(means, 1, c);
            const bool bounded = k == 7 && (c == 2 || c == 4); /* not linear */
            if (!bounded) {
                assert_mean(bk_outcome_value(o, 1, c), expected,
                            bk_outcome_deviation(o, 1, c) + 1e-4, runs);
            }
        }
        bk_outcome_free(means);
        bk_outcome_free(o);
    }
    closed(&ode);
    closed(&t);
}

/* The same runs of the model under its overlay and of the specialised model. */
static void a_specialised_model_runs_as_the_model_under_its_overlay(void **state)
{
    (void)state;
    bench t = stochastic(linear(), 20, 2);
    show(&t, "A B C half drive turn", BK_AS_DEFAULT);
    for (int k = 1; k < EDITS; k++) {
        bk_overlay *const overlay = overlay_of(&t, edits[k]);
        bench s = {.settings = t.settings, .diag = bk_diag_new()};
        assert_int_equal(bk_model_specialise(t.model, overlay, s.diag, &s.model),
                         BK_OK);
        assert_int_equal(bk_engine_ssa.compile(s.model, s.diag, &s.system), BK_OK);
        assert_int_equal(bk_engine_ssa.workspace(s.system, &s.workspace), BK_OK);
        bk_outcome *const a = ran(&t, edits[k]);
        bk_outcome *const b = ran(&s, NULL);
        for (int c = 0; c < 6; c++) {
            assert_close(bk_outcome_value(b, 1, c), bk_outcome_value(a, 1, c), 1e-12);
            assert_close(bk_outcome_deviation(b, 1, c), bk_outcome_deviation(a, 1, c),
                         1e-12);
        }
        bk_outcome_free(a);
        bk_outcome_free(b);
        bk_overlay_free(overlay);
        closed(&s);
    }
    closed(&t);
}

static void a_held_species_is_a_source_that_does_not_dwindle(void **state)
{
    (void)state;
    bench t = stochastic(dimers(1, 1), 100, 5);
    show(&t, "A0 B0", BK_AS_AMOUNT);
    bk_outcome *const o = ran(&t, "fix A0 = 6");
    assert_true(bk_outcome_value(o, 1, 0) == 6 && bk_outcome_deviation(o, 1, 0) == 0);
    assert_true(bk_outcome_value(o, 1, 1) > 0.5);
    bk_outcome_free(o);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(immigration_and_death_give_a_poisson_law),
        test(a_dimer_follows_the_master_equation),
        test(many_dimers_follow_it_by_rejection),
        test(a_small_ring_holds_binomial_numbers),
        test(a_large_ring_does_so_by_rejection),
        test(no_bit_depends_on_the_number_of_threads),
        test(edits_act_as_in_the_ode_engine),
        test(a_specialised_model_runs_as_the_model_under_its_overlay),
        test(a_held_species_is_a_source_that_does_not_dwindle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
