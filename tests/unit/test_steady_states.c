/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All steady states of systems that have them in closed form. */

#include "kinetic_fixture.h"

static bk_steady_states *searched(bench *t, const char *edits, int starts)
{
    bk_overlay *const overlay = overlay_of(t, edits);
    bk_steady_states *states = NULL;
    const bk_status status = bk_kinetic_steady_states(
        t->system, overlay, &t->settings, starts, t->workspace, t->diag, &states);
    bk_overlay_free(overlay);
    if (status != BK_OK) {
        tell(t->diag);
        fail_msg("the search was refused");
    }
    return states;
}

/* The state with this value of the first column. */
static const bk_steady_state *at(const bk_steady_states *states, double value)
{
    for (int i = 0; i < bk_steady_states_count(states); i++) {
        const bk_steady_state *const s = bk_steady_states_at(states, i);
        if (s->steady && fabs(bk_outcome_value(s->outcome, 0, 0) - value) < 1e-6) {
            return s;
        }
    }
    fail_msg("there is no steady state at %g", value);
    return NULL;
}

static void assert_state(const bk_steady_states *states, double value,
                         double eigenvalue)
{
    const bk_steady_state *const s = at(states, value);
    assert_true(s->judged);
    assert_int_equal(s->stability.kind, eigenvalue > 0.0 ? BK_UNSTABLE : BK_STABLE);
    assert_close(s->stability.largest, eigenvalue, 1e-6);
    assert_int_equal(s->together, 1);
}

/* Schloegl's scheme (1972): X' = -(X - 1)(X - 2)(X - 3). */
static bk_builder *two_phases(double start)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 2.0);
    species(b, "X", start);
    reaction(b, "in", "", "X", "c*(6 + 6*X^2)");
    reaction(b, "out", "X", "", "c*(11*X + X^3)");
    return b;
}

static void a_bistable_system_has_both_states_and_what_lies_between(void **s)
{
    (void)s;
    bench t = opened(two_phases(0.5));
    bk_steady_states *const states = searched(&t, NULL, 16);
    assert_int_equal(bk_steady_states_count(states), 3);
    assert_state(states, 1.0, -2.0);
    assert_state(states, 2.0, 1.0);
    assert_state(states, 3.0, -2.0);
    assert_true(bk_steady_states_at(states, 0) == at(states, 1.0));
    assert_true(at(states, 1.0)->own && !at(states, 3.0)->own);
    assert_true(at(states, 1.0)->starts > 1 && at(states, 3.0)->starts > 0);
    assert_int_equal(at(states, 1.0)->starts + at(states, 3.0)->starts, 16);
    assert_int_equal(at(states, 2.0)->starts, 0);
    const char *why = "something";
    assert_int_equal(bk_steady_states_lost(states, &why), 0);
    assert_null(why);
    bk_steady_states_free(states);
    closed(&t);
}

static void one_start_finds_its_own_state(void **s)
{
    (void)s;
    bench t = opened(two_phases(2.5));
    bk_steady_states *const states = searched(&t, NULL, 1);
    assert_true(at(states, 3.0)->own);
    assert_int_equal(at(states, 3.0)->starts, 1);
    bk_steady_states_free(states);
    closed(&t);
}

/* A + 2 B -> 3 B and B -> A with A + B = 4: B' = (4 - B) B^2 - 3 B is zero at 0, 1, 3. */
static bk_builder *autocatalysis(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 0.5);
    species(b, "B", 0.1);
    species(b, "A", 3.9);
    reaction(b, "on", "A 2B", "3B", "c*A*B^2");
    reaction(b, "off", "B", "A", "c*3*B");
    return b;
}

static void conserved_totals_are_those_of_the_start_everywhere(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    bk_steady_states *const states = searched(&t, NULL, 24);
    assert_int_equal(bk_steady_states_count(states), 3);
    assert_state(states, 0.0, -3.0);
    assert_state(states, 1.0, 2.0);
    assert_state(states, 3.0, -6.0);
    for (int i = 0; i < 3; i++) {
        const bk_outcome *const o = bk_steady_states_at(states, i)->outcome;
        assert_close(bk_outcome_value(o, 0, 0) + bk_outcome_value(o, 0, 1), 4.0, 1e-9);
    }
    bk_steady_states_free(states);
    closed(&t);
}

static void a_start_edit_moves_the_totals(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    bk_steady_states *const states = searched(&t, "start A = 0.9", 24);
    assert_int_equal(bk_steady_states_count(states), 1); /* (1 - B) B = 3 has no root */
    assert_state(states, 0.0, -3.0);
    bk_steady_states_free(states);
    closed(&t);
}

static void what_is_fixed_stays_so_from_every_start(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    bk_steady_states *const states = searched(&t, "fix A = 1", 16);
    assert_state(states, 0.0, -3.0); /* B' = B^2 - 3 B */
    assert_state(states, 3.0, 3.0);
    for (int i = 0; i < bk_steady_states_count(states); i++) {
        const bk_steady_state *const one = bk_steady_states_at(states, i);
        assert_close(bk_outcome_value(one->outcome, 0, 1), 1.0, 0.0);
    }
    bk_steady_states_free(states);
    closed(&t);
}

/* The Brusselator (Prigogine and Lefever 1968) with a = 1, b = 3: a limit cycle round
 * (1, 3), where the eigenvalues are (1 +- i sqrt 3) / 2. */
static void inside_a_limit_cycle_is_an_unstable_state(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "X", 1.5);
    species(b, "Y", 2.0);
    reaction(b, "in", "", "X", "1");
    reaction(b, "convert", "2X Y", "3X", "X^2*Y");
    reaction(b, "turn", "X", "Y", "3*X");
    reaction(b, "out", "X", "", "X");
    bench t = opened(b);
    bk_steady_states *const states = searched(&t, NULL, 8);
    assert_int_equal(bk_steady_states_count(states), 2);
    const bk_steady_state *const cycle = bk_steady_states_at(states, 0);
    assert_false(cycle->steady || cycle->judged);
    assert_true(cycle->own);
    assert_int_equal(cycle->starts, 8);
    assert_non_null(strstr(bk_outcome_text(cycle->outcome), "oscillates"));
    assert_state(states, 1.0, 0.5);
    assert_close(at(states, 1.0)->stability.imaginary, sqrt(3.0) / 2.0, 1e-6);
    bk_steady_states_free(states);
    closed(&t);
}

static void parameters_are_looked_for_below_zero_where_the_start_is(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", -0.1);
    changes(b, "x", "x - x^3");
    bench t = opened(b);
    bk_steady_states *const states = searched(&t, NULL, 16);
    assert_int_equal(bk_steady_states_count(states), 3);
    assert_state(states, -1.0, -2.0);
    assert_state(states, 0.0, 1.0);
    assert_state(states, 1.0, -2.0);
    bk_steady_states_free(states);
    closed(&t);
}

static void a_line_of_steady_states_is_told_as_one(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    parameter(b, "y", 3.0);
    changes(b, "x", "y - x");
    changes(b, "y", "x - y");
    bench t = opened(b);
    bk_steady_states *const states = searched(&t, NULL, 8);
    assert_int_equal(bk_steady_states_count(states), 1);
    const bk_steady_state *const one = bk_steady_states_at(states, 0);
    assert_true(one->own && one->together > 1);
    assert_int_equal(one->stability.kind, BK_MARGINAL);
    assert_int_equal(one->starts, 8);
    assert_close(bk_outcome_value(one->outcome, 0, 0), 2.0, 1e-9);
    bk_steady_states_free(states);
    closed(&t);
}

static void what_drifts_is_said_once(void **s)
{
    (void)s;
    bk_builder *const b = bk_builder_new(NULL);
    parameter(b, "x", 1.0);
    changes(b, "x", "0.1*x^0.5 + 1");
    bench t = opened(b);
    t.settings.settle_time = 1e4;
    bk_steady_states *const states = searched(&t, NULL, 6);
    assert_int_equal(bk_steady_states_count(states), 1);
    const bk_steady_state *const one = bk_steady_states_at(states, 0);
    assert_false(one->steady);
    assert_int_equal(one->starts, 6);
    assert_non_null(strstr(bk_outcome_text(one->outcome), "x still drifts"));
    bk_steady_states_free(states);
    closed(&t);
}

static void the_seed_decides_the_starts_and_not_the_states(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    for (uint64_t seed = 1; seed <= 5; seed++) {
        t.settings.seed = seed;
        bk_steady_states *const states = searched(&t, NULL, 32);
        bk_steady_states *const again = searched(&t, NULL, 32);
        assert_int_equal(bk_steady_states_count(states), 3);
        for (int i = 0; i < 3; i++) {
            const bk_steady_state *const one = bk_steady_states_at(states, i);
            const bk_steady_state *const other = bk_steady_states_at(again, i);
            assert_int_equal(one->starts, other->starts);
            const double value = bk_outcome_value(one->outcome, 0, 0);
            assert_true(value == bk_outcome_value(other->outcome, 0, 0));
        }
        assert_state(states, 3.0, -6.0);
        bk_steady_states_free(again);
        bk_steady_states_free(states);
    }
    closed(&t);
}

static void asked_columns_come_first(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    show(&t, "A", BK_AS_AMOUNT);
    bk_steady_states *const states = searched(&t, NULL, 8);
    const bk_outcome *const own = bk_steady_states_at(states, 0)->outcome;
    assert_int_equal(bk_outcome_columns(own), 3);
    assert_close(bk_outcome_value(own, 0, 0), 2.0, 1e-9); /* 4 in half a litre */
    bk_steady_states_free(states);
    closed(&t);
}

static void no_start_is_misuse(void **s)
{
    (void)s;
    bench t = opened(autocatalysis());
    bk_steady_states *states = NULL;
    assert_int_equal(bk_kinetic_steady_states(t.system, NULL, &t.settings, 0,
                                              t.workspace, t.diag, &states),
                     BK_MISUSE);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_bistable_system_has_both_states_and_what_lies_between),
        test(one_start_finds_its_own_state),
        test(conserved_totals_are_those_of_the_start_everywhere),
        test(a_start_edit_moves_the_totals),
        test(what_is_fixed_stays_so_from_every_start),
        test(inside_a_limit_cycle_is_an_unstable_state),
        test(parameters_are_looked_for_below_zero_where_the_start_is),
        test(a_line_of_steady_states_is_told_as_one),
        test(what_drifts_is_said_once),
        test(the_seed_decides_the_starts_and_not_the_states),
        test(asked_columns_come_first),
        test(no_start_is_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
