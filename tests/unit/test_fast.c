/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Fast reactions.  Expected values are closed forms. */

static void fast(bk_builder *b, const char *id, const char *reactants,
                 const char *products, const char *law)
{
    reaction(b, id, reactants, products, law);
    bk_model *const m = bk_builder_model(b);
    m->reactions[m->n_reactions - 1].fast = true;
}

static int32_t species_in(bk_builder *b, const char *id, const char *where,
                          double amount)
{
    bk_symbol s = bk_symbol_blank(BK_SPECIES, id);
    s.compartment = bk_builder_find(b, where);
    s.initial = BK_INITIAL_AMOUNT;
    s.value = amount;
    return bk_builder_symbol(b, &s);
}

static void a_fast_exchange_stays_in_equilibrium_while_it_is_drained(void **s)
{
    (void)s;
    /* [A] = 2 [B] in volumes 3 and 1: the amounts are as 6 to 1.  Of the total T,
     * T' = -0.7 T/7, and T(0) = 14. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 3.0);
    compartment(b, "d", 1.0);
    species_in(b, "A", "c", 14.0);
    species_in(b, "B", "d", 0.0);
    species_in(b, "C", "d", 0.0);
    fast(b, "r", "A", "B", "4*A - 8*B");
    reaction(b, "slow", "B", "C", "0.7*B");
    bench t = opened(b);
    show(&t, "A B C", BK_AS_AMOUNT);
    show(&t, "A B", BK_AS_CONCENTRATION);
    show(&t, "A B", BK_AS_RATE);
    t.settings.t_end = 10.0;
    t.settings.steps = 10;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row <= 10; row++) {
        const double total = 14.0 * exp(-0.1 * (double)row);
        const double expected[] = {6.0 * total / 7.0, total / 7.0,
                                   14.0 - total,      2.0 * total / 7.0,
                                   total / 7.0,       -0.1 * 2.0 * total / 7.0,
                                   -0.1 * total / 7.0};
        for (int c = 0; c < 7; c++) {
            assert_close(bk_outcome_value(o, row, c), expected[c], 1e-8);
        }
        assert_close(bk_outcome_value(o, row, 0) + bk_outcome_value(o, row, 1) +
                         bk_outcome_value(o, row, 2),
                     14.0, 1e-13);
    }
    bk_outcome_free(o);
    closed(&t);
}

/* The complex of e enzyme and s substrate in all, with dissociation constant k. */
static double complex_of(double e, double k, double s)
{
    const double b = e + k + s;
    return 2.0 * e * s / (b + sqrt(b * b - 4.0 * e * s));
}

static void a_fast_binding_is_the_total_quasi_steady_state(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "E", 1.5);
    species(b, "S", 2.0);
    species(b, "ES", 0.0);
    species(b, "P", 0.0);
    fast(b, "binding", "E S", "ES", "10*E*S - 7*ES");
    reaction(b, "cat", "ES", "E P", "0.3*ES");
    bench t = opened(b);
    show(&t, "E S ES P", BK_AS_DEFAULT);
    t.settings.t_end = 20.0;
    t.settings.steps = 40;
    bk_outcome *const o = ran(&t, NULL);
    for (size_t row = 0; row <= 40; row++) {
        const double p = bk_outcome_value(o, row, 3);
        const double bound = complex_of(1.5, 0.7, 2.0 - p);
        assert_close(bk_outcome_value(o, row, 2), bound, 1e-8);
        assert_close(bk_outcome_value(o, row, 0), 1.5 - bound, 1e-8);
        assert_close(bk_outcome_value(o, row, 1), 2.0 - p - bound, 1e-8);
    }
    /* Time by the midpoint rule over d(total substrate) = -0.3 ES dt. */
    const double low = log(2.0 - last(o, 3));
    double time = 0.0;
    for (int i = 0; i < 4000; i++) {
        const double x = exp(low + (i + 0.5) * (log(2.0) - low) / 4000.0);
        time += (log(2.0) - low) / 4000.0 * x / (0.3 * complex_of(1.5, 0.7, x));
    }
    assert_close(time, 20.0, 1e-6);
    bk_outcome_free(o);
    closed(&t);
}

static void fast_reactions_in_a_circle_have_one_equilibrium(void **s)
{
    (void)s;
    /* B = 2 A, C = 3 B, and C = 6 A besides, which the others say already. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 18.0);
    species(b, "B", 0.0);
    species(b, "C", 0.0);
    fast(b, "ab", "A", "B", "2*A - B");
    fast(b, "bc", "B", "C", "3*B - C");
    fast(b, "ca", "C", "A", "C - 6*A");
    bench t = opened(b);
    assert_int_equal(bk_diag_size(t.diag), 1); /* nothing else happens in the model */
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text, "nothing takes time"));
    show(&t, "A B C", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 2.0, 1e-12);
    assert_close(last(o, 1), 4.0, 1e-12);
    assert_close(last(o, 2), 12.0, 1e-12);
    bk_outcome_free(o);
    closed(&t);
}

static void of_two_equilibria_the_one_that_is_reached_counts(void **s)
{
    (void)s;
    /* The rate is zero without S1 and without S2; S1 is used up. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "S1", 3.0);
    species(b, "S2", 3.0);
    fast(b, "r", "2S1", "S2", "0.1*S1*S2");
    bench t = opened(b);
    show(&t, "S1 S2", BK_AS_DEFAULT);
    bk_outcome *const o = ran(&t, "start S2 = 0.001");
    assert_close(last(o, 0), 0.0, 1e-12);
    assert_close(last(o, 1), 1.501, 1e-12);
    bk_outcome_free(o);
    closed(&t);
}

static void what_is_off_waits_until_it_is_on(void **s)
{
    (void)s;
    /* A is made at 2; from time 1 on all of it is B at once. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    parameter(b, "k", 0.0);
    species(b, "A", 1.0);
    species(b, "B", 0.0);
    reaction(b, "made", "", "A", "2");
    fast(b, "r", "A", "B", "k*A");
    assigns(b, "k", "piecewise(0, time < 1, 5)");
    bench t = opened(b);
    show(&t, "A B", BK_AS_DEFAULT);
    t.settings.t_end = 2.0;
    t.settings.steps = 4;
    bk_outcome *const o = ran(&t, NULL);
    const double a[] = {1.0, 2.0, 3.0, 0.0, 0.0};
    const double made[] = {0.0, 0.0, 0.0, 4.0, 5.0};
    for (size_t row = 0; row <= 4; row++) {
        if (row != 2) { /* the very instant */
            assert_close(bk_outcome_value(o, row, 0), a[row], 1e-9);
            assert_close(bk_outcome_value(o, row, 1), made[row], 1e-9);
        }
    }
    bk_outcome_free(o);
    closed(&t);
}

static void what_has_nothing_to_react_with_wakes_when_there_is_something(void **s)
{
    (void)s;
    /* B turns into C with A at once, and A comes out of nothing at 0.5. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 0.0);
    species(b, "B", 0.0);
    species(b, "C", 0.0);
    fast(b, "r", "A B", "C", "A*B");
    reaction(b, "a", "", "A", "0.5");
    reaction(b, "b", "", "B", "0.2");
    bench t = opened(b);
    show(&t, "A B C", BK_AS_DEFAULT);
    t.settings.t_end = 4.0;
    bk_outcome *const o = ran(&t, NULL);
    assert_close(last(o, 0), 1.2, 1e-8);
    assert_close(last(o, 1), 0.0, 1e-8);
    assert_close(last(o, 2), 0.8, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void amounts_stay_while_the_compartment_grows(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 3.0);
    species(b, "B", 0.0);
    fast(b, "r", "A", "2B", "A - B*B");
    changes(b, "c", "0.1*c");
    bench t = opened(b);
    show(&t, "A B", BK_AS_AMOUNT);
    show(&t, "A B", BK_AS_CONCENTRATION);
    t.settings.t_end = 5.0;
    bk_outcome *const o = ran(&t, NULL);
    /* b^2 = a and 2 a + b = 6/c in concentrations */
    const double size = exp(0.5);
    const double c = (sqrt(1.0 + 48.0 / size) - 1.0) / 4.0;
    assert_close(last(o, 2), c * c, 1e-8);
    assert_close(last(o, 3), c, 1e-8);
    assert_close(last(o, 0), c * c * size, 1e-8);
    assert_close(last(o, 1), c * size, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void a_drug_stops_a_fast_reaction_wholly_or_not_at_all(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 4.0);
    species(b, "B", 0.0);
    fast(b, "r", "A", "B", "A - B");
    bench t = opened(b);
    show(&t, "A", BK_AS_DEFAULT);
    assert_close(end_of(&t, "scale r by 0.001"), 2.0, 1e-12);
    assert_close(end_of(&t, "scale r by 0"), 4.0, 0.0);
    closed(&t);
}

static void stoichiometries_may_be_edited_and_set_by_events(void **s)
{
    (void)s;
    /* n A become B at once; A is made at 1, and n is 4 until the event. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 0.0);
    species(b, "B", 0.0);
    reaction(b, "made", "", "A", "1");
    const int32_t n = symbol_of(b, BK_STOICHIOMETRY, "n", 4.0);
    fast(b, "r", "", "B", "A");
    bk_builder_model(b)->symbols[n].owner = bk_builder_find(b, "r");
    bk_builder_participant(b, &(bk_participant){.species = bk_builder_find(b, "A"),
                                                .role = BK_REACTANT,
                                                .stoichiometry = 4.0,
                                                .math = -1,
                                                .symbol = n});
    bk_builder_event(b, &(bk_event){.symbol = symbol_of(b, BK_EVENT, "e", (double)NAN),
                                    .has_id = true,
                                    .trigger = parsed(b, "time >= 1"),
                                    .delay = -1,
                                    .priority = -1,
                                    .initial_value = true,
                                    .persistent = true,
                                    .trigger_time_values = true});
    bk_builder_event_assignment(b, &(bk_event_assignment){n, parsed(b, "2"), {0}});
    bench t = opened(b);
    show(&t, "B", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    assert_close(end_of(&t, NULL), 0.25 + 1.0, 1e-9);
    assert_close(end_of(&t, "start n = 8"), 0.125 + 1.0, 1e-9);
    assert_close(end_of(&t, "start A = 4"), 1.25 + 1.0, 1e-9);
    closed(&t);
}

static void the_steady_state_is_an_equilibrium(void **s)
{
    (void)s;
    /* A <=> B fast with B = 3 A; A is made at 2, B lost at 0.5 B: B = 4. */
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 0.0);
    species(b, "B", 0.0);
    fast(b, "r", "A", "B", "3*A - B");
    reaction(b, "in", "", "A", "2");
    reaction(b, "out", "B", "", "0.5*B");
    bench t = opened(b);
    show(&t, "A B", BK_AS_DEFAULT);
    bk_outcome *const o = settled(&t, NULL);
    assert_int_equal(bk_outcome_stop(o), BK_STOP_END);
    assert_close(last(o, 0), 4.0 / 3.0, 1e-9);
    assert_close(last(o, 1), 4.0, 1e-9);
    bk_outcome_free(o);
    closed(&t);
}

static void a_run_goes_on_from_a_state(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "A", 4.0);
    species(b, "B", 0.0);
    fast(b, "r", "A", "B", "A - B");
    reaction(b, "out", "B", "", "c*0.2*B");
    bench t = opened(b);
    show(&t, "A B", BK_AS_DEFAULT);
    t.settings.t_end = 3.0;
    bk_outcome *const first = ran(&t, NULL);
    t.settings.state = bk_outcome_state(first);
    bk_outcome *const second = ran(&t, NULL);
    assert_close(last(second, 0), 2.0 * exp(-0.1 * 6.0), 1e-8);
    assert_close(last(second, 1), 2.0 * exp(-0.1 * 6.0), 1e-8);
    bk_outcome_free(first);
    bk_outcome_free(second);
    closed(&t);
}

static void what_has_no_meaning_is_refused(void **s)
{
    (void)s;
    /* Nothing says how much of A becomes B. */
    bk_builder *b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 1.0);
    species(b, "B", 0.0);
    species(b, "C", 0.0);
    fast(b, "ab", "A", "B", "A");
    fast(b, "ac", "A", "C", "A");
    bench t = opened(b);
    bk_outcome *o = NULL;
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_NUMERICAL);
    assert_non_null(strstr(bk_diag_message(t.diag, 1)->text, "no equilibrium"));
    closed(&t);

    b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "A", 1.0);
    species(b, "B", 0.0);
    fast(b, "ab", "A", "B", "A - B");
    t = opened(b);
    bk_overlay *const overlay = overlay_of(&t, "fix B = 1");
    assert_int_equal(
        bk_engine_ode.run(t.system, overlay, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    bk_overlay_free(overlay);
    bk_system *stochastic = NULL;
    assert_int_equal(bk_engine_ssa.compile(t.model, t.diag, &stochastic),
                     BK_UNSUPPORTED);
    t.settings.stepper = "rk8pd";
    assert_int_equal(
        bk_engine_ode.run(t.system, NULL, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_fast_exchange_stays_in_equilibrium_while_it_is_drained),
        test(a_fast_binding_is_the_total_quasi_steady_state),
        test(fast_reactions_in_a_circle_have_one_equilibrium),
        test(of_two_equilibria_the_one_that_is_reached_counts),
        test(what_is_off_waits_until_it_is_on),
        test(what_has_nothing_to_react_with_wakes_when_there_is_something),
        test(amounts_stay_while_the_compartment_grows),
        test(a_drug_stops_a_fast_reaction_wholly_or_not_at_all),
        test(stoichiometries_may_be_edited_and_set_by_events),
        test(the_steady_state_is_an_equilibrium),
        test(a_run_goes_on_from_a_state),
        test(what_has_no_meaning_is_refused)};
    return cmocka_run_group_tests_name("fast reactions", tests, NULL, NULL);
}
