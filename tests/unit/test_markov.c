/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"

#include <blockade/markov.h>

#include <math.h>

static bk_model *parse(const char *bnd, const char *cfg)
{
    const bk_maboss_text b = {bnd, strlen(bnd), "x.bnd"};
    const bk_maboss_text c = {cfg, strlen(cfg), "x.cfg"};
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    if (bk_maboss_parse(&b, &c, diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", bnd);
    }
    bk_diag_free(diag);
    return model;
}

static bk_markov *go_with(const bk_model *model, const bk_overlay *overlay,
                          const bk_markov_settings *settings)
{
    bk_system *system = NULL;
    bk_markov *markov = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_engine_ctmc.compile(model, diag, &system), BK_OK);
    if (bk_markov_run(system, overlay, settings, diag, &markov) != BK_OK) {
        fixture_tell(diag);
        fail_msg("no answer");
    }
    bk_diag_free(diag);
    bk_system_free(system);
    return markov;
}

static bk_markov *go(const bk_model *model, const bk_markov_settings *settings)
{
    return go_with(model, NULL, settings);
}

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance)) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

/* One level that rises at 2 and falls at 3: p(t) = p* + (p0 - p*) exp(-5 t), p* = 2/5;
 * its mean over a window of width w from t on is
 * p* + (p0 - p*) exp(-5 t) (1 - exp(-5 w)) / (5 w). */
static void the_master_equation_of_one_level_is_its_closed_form(void **state)
{
    (void)state;
    bk_model *const m =
        parse("node A { rate_up = 2; rate_down = 3; }", "[A].istate = 9 [1], 1 [0];");
    const bk_markov_settings s = {.end = 2, .tick = 0.25, .exact = true};
    bk_markov *const k = go(m, &s);
    assert_int_equal(bk_markov_windows(k), 8);
    assert_int_equal(bk_markov_states(k), 2);
    for (size_t w = 0; w < 8; w++) {
        const double t = 0.25 * (double)w;
        const double p = 0.4 + 0.5 * exp(-5 * t) * (1 - exp(-1.25)) / 1.25;
        assert_near(bk_markov_mean(k, w, 0), p, 1e-12);
        assert_near(bk_markov_h(k, w), -p * log2(p) - (1 - p) * log2(1 - p), 1e-12);
        /* Only one level can move next. */
        assert_near(bk_markov_th(k, w), 0, 0);
    }
    bk_markov_free(k);
    bk_model_free(m);
}

/* Two levels that each rise once, at 1 and 3: TH is that of (1/4, 3/4) while both are
 * off, 0 later; both off has probability exp(-4 t), its mean over a window follows. */
static void transition_entropy_is_that_of_the_next_move(void **state)
{
    (void)state;
    bk_model *const m = parse("node A { rate_up = 1; rate_down = 0; }\n"
                              "node B { rate_up = 3; rate_down = 0; }",
                              "A.istate = 0; B.istate = 0;");
    const double both = -0.25 * log2(0.25) - 0.75 * log2(0.75);
    for (int exact = 0; exact < 2; exact++) {
        const bk_markov_settings s = {
            .end = 1, .tick = 0.5, .exact = exact == 1, .runs = 40000, .seed = 7};
        bk_markov *const k = go(m, &s);
        for (size_t w = 0; w < 2; w++) {
            const double t = 0.5 * (double)w;
            const double off = exp(-4 * t) * (1 - exp(-2.0)) / 2.0;
            /* Entropy is at most 1 in a run: three standard errors are below 0.008. */
            assert_near(bk_markov_th(k, w), both * off, exact == 1 ? 1e-12 : 0.008);
        }
        assert_int_equal(bk_markov_fixed_points(k), 1);
        const double fixed = (1 - exp(-1.0)) * (1 - exp(-3.0));
        assert_near(bk_markov_fixed_point(k, 0), fixed, exact == 1 ? 1e-12 : 0.008);
        assert_int_equal(bk_markov_fixed_level(k, 0, bk_model_find(m, "A")), 1);
        bk_markov_free(k);
    }
    bk_model_free(m);
}

/* In discrete time the state of window k is that after k moves: 2 of 3 go to A first. */
static void discrete_time_makes_one_move_a_tick(void **state)
{
    (void)state;
    bk_model *const m =
        parse("node A { rate_up = !B * 2; rate_down = 0; }\n"
              "node B { rate_up = !A * 1; rate_down = 0; }",
              "A.istate = 0; B.istate = 0; discrete_time = 1; time_tick = 0.1; "
              "max_time = 0.3;");
    bk_markov_settings s = bk_markov_defaults(m);
    assert_true(s.discrete);
    s.exact = true;
    bk_markov *const k = go(m, &s);
    assert_int_equal(bk_markov_windows(k), 3);
    assert_near(bk_markov_mean(k, 0, 0), 0, 0);
    assert_near(bk_markov_mean(k, 1, 0), 2.0 / 3, 1e-15);
    assert_near(bk_markov_mean(k, 2, 1), 1.0 / 3, 1e-15);
    bk_markov_free(k);
    bk_model_free(m);
}

static uint32_t lcg;

static int below(int n)
{
    lcg = lcg * 1664525u + 1013904223u;
    return (int)((lcg >> 8) % (uint32_t)n);
}

/* Six to eight levels, each ruled by two or three others, its rates of either direction
 * drawn from few or many, one in four depending on the state; even: all rates are 1. */
static bk_model *random_model(int seed, bool even)
{
    lcg = (uint32_t)seed * 2654435761u + 12345u;
    static char bnd[8000];
    static char cfg[2000];
    const int n = 6 + below(3);
    size_t a = 0;
    size_t b = 0;
    for (int x = 0; x < n; x++) {
        if (even) {
            a += (size_t)snprintf(bnd + a, sizeof bnd - a,
                                  "node N%d { logic = %sN%d %s (%sN%d %s N%d);\n"
                                  "  rate_up = @logic; rate_down = !@logic; }\n",
                                  x, below(2) ? "!" : "", below(n),
                                  below(2) ? "&" : "|", below(2) ? "!" : "", below(n),
                                  below(2) ? "^" : "&", below(n));
            b += (size_t)snprintf(cfg + b, sizeof cfg - b,
                                  below(2) ? "N%d.istate = 1;\n" : "N%d.istate = -1;\n",
                                  x);
            continue;
        }
        a += (size_t)snprintf(bnd + a, sizeof bnd - a,
                              "node N%d { logic = %sN%d %s (%sN%d %s N%d);\n"
                              "  rate_up = @logic ? %s%d.%d : 0;\n"
                              "  rate_down = @logic ? %s : %d.5; }\n",
                              x, below(2) ? "!" : "", below(n), below(2) ? "&" : "|",
                              below(2) ? "!" : "", below(n), below(2) ? "^" : "&",
                              below(n), below(4) == 0 ? "(N0 ? 3 : 1) * " : "",
                              1 + below(2), below(seed % 2 == 0 ? 1 : 9),
                              below(5) == 0 ? "0.2" : "0", below(2));
        b += (size_t)snprintf(
            cfg + b, sizeof cfg - b,
            below(2) ? "N%d.istate = 1;\n" : "[N%d].istate = 0.7 [0], 0.3 [1];\n", x);
    }
    return parse(bnd, cfg);
}

/* Twenty models, ten of even rates, all levels and states of them, four windows each: some
 * 4,000 comparisons of three standard errors, so that a few in a thousand may fall outside; none may be far
 * outside.  A state of a few runs has an error too uncertain to be judged by. */
static void drawn_probabilities_are_within_three_errors_of_the_exact_ones(void **state)
{
    (void)state;
    long compared = 0;
    long outside = 0;
    for (int seed = 1; seed <= 20; seed++) {
        bk_model *const m = random_model(seed, seed > 10);
        bk_markov_settings s = {.end = 2, .tick = 0.5, .runs = 20000, .seed = 11};
        bk_markov *const drawn = go(m, &s);
        s.exact = true;
        bk_markov *const exact = go(m, &s);
        const int32_t n = bk_markov_shown(exact);
        double largest = 0;
        for (size_t w = 0; w < 4; w++) {
            for (int32_t k = 0; k < n; k++) {
                const double off =
                    fabs(bk_markov_mean(drawn, w, k) - bk_markov_mean(exact, w, k));
                assert_true(off <= 3 * bk_markov_mean_error(drawn, w, k) + 1e-9);
            }
            assert_near(bk_markov_th(drawn, w), bk_markov_th(exact, w), 0.03);
        }
        for (size_t i = 0; i < bk_markov_states(drawn); i++) {
            size_t same = 0;
            for (bool differ = true; differ; same += differ) {
                assert_true(same < bk_markov_states(exact));
                differ = false;
                for (int32_t k = 0; k < n; k++) {
                    differ = differ || bk_markov_level(drawn, i, k) !=
                                           bk_markov_level(exact, same, k);
                }
            }
            for (size_t w = 0; w < 4; w++) {
                const double p = bk_markov_probability(exact, w, same);
                const double off = fabs(bk_markov_probability(drawn, w, i) - p);
                if (p * 20000 > 50) {
                    const double errors = off / bk_markov_error(drawn, w, i);
                    largest = fmax(largest, errors);
                    outside += errors > 3;
                    compared++;
                }
            }
        }
        assert_true(largest < 5);
        bk_markov_free(drawn);
        bk_markov_free(exact);
        bk_model_free(m);
    }
    print_message("%ld compared, %ld over three standard errors\n", compared, outside);
    assert_true(compared > 2000);
    assert_true(outside * 100 < compared);
}

static void assert_same(const bk_markov *a, const bk_markov *b)
{
    assert_int_equal(bk_markov_states(a), bk_markov_states(b));
    assert_int_equal(bk_markov_runs(a), bk_markov_runs(b));
    for (size_t w = 0; w < bk_markov_windows(a); w++) {
        const double th[2] = {bk_markov_th(a, w), bk_markov_th(b, w)};
        assert_memory_equal(&th[0], &th[1], sizeof th[0]);
        for (size_t i = 0; i < bk_markov_states(a); i++) {
            const double p[4] = {
                bk_markov_probability(a, w, i), bk_markov_error(a, w, i),
                bk_markov_probability(b, w, i), bk_markov_error(b, w, i)};
            assert_memory_equal(&p[0], &p[2], 2 * sizeof p[0]);
        }
    }
}

static void the_answer_is_the_same_for_any_number_of_threads(void **state)
{
    (void)state;
    bk_model *const m = random_model(4, false);
    bk_markov *found[3];
    for (int i = 0; i < 3; i++) {
        const bk_markov_settings s = {
            .end = 3, .tick = 0.3, .runs = 3000, .seed = 5, .threads = 1 + 2 * i};
        found[i] = go(m, &s);
    }
    assert_same(found[0], found[1]);
    assert_same(found[0], found[2]);
    for (int i = 0; i < 3; i++) {
        bk_markov_free(found[i]);
    }
    bk_model_free(m);
}

static void runs_end_at_the_wanted_precision(void **state)
{
    (void)state;
    bk_model *const m = random_model(2, false);
    const bk_markov_settings s = {
        .end = 2, .tick = 1, .runs = 1000000, .precision = 0.004, .seed = 1};
    bk_markov *const k = go(m, &s);
    double largest = 0;
    for (size_t i = 0; i < 2 * bk_markov_states(k); i++) {
        const size_t n = bk_markov_states(k);
        largest = fmax(largest, bk_markov_error(k, i / n, i % n));
    }
    assert_true(largest <= 0.004 && bk_markov_stop(k) == BK_STOP_END);
    /* At most 0.5 a run: 15,625 runs suffice, and stages double. */
    assert_true(bk_markov_runs(k) >= 1000 && bk_markov_runs(k) <= 32000);
    bk_markov_free(k);
    const bk_markov_settings few = {
        .end = 2, .tick = 1, .runs = 1500, .precision = 1e-5};
    bk_markov *const short_of = go(m, &few);
    assert_int_equal(bk_markov_stop(short_of), BK_STOP_LIMIT);
    assert_int_equal(bk_markov_runs(short_of), 1500);
    bk_markov_free(short_of);
    bk_model_free(m);
}

/* The law of the house, for drawn starts and rates that depend on the state. */
static void an_overlay_is_the_model_with_its_edits_written_in(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "background; fix N1 = 1",      "background; start N2 = 1; start N3 = 0",
        "background; cut N0 -> N1",    "background; bound N4 in [1, 1]",
        "treatment; scale N0 by 0.25", "treatment; fix N3 = 0"};
    for (int seed = 1; seed <= 5; seed++) {
        bk_model *const m = random_model(seed, false);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            bk_scenario *const scenario = bk_scenario_new("x");
            bk_overlay *overlay = NULL;
            bk_model *special = NULL;
            bk_diag *const diag = bk_diag_new();
            if (bk_scenario_parse(scenario, BK_BACKGROUND, texts[i], (bk_where){0},
                                  diag) != BK_OK ||
                bk_scenario_bind(scenario, NULL, m, diag, &overlay) != BK_OK ||
                bk_model_specialise(m, overlay, diag, &special) != BK_OK) {
                fixture_tell(diag);
                fail_msg("%s", texts[i]);
            }
            const bk_markov_settings s = {.end = 2, .tick = 0.5, .exact = true};
            bk_markov *const a = go_with(m, overlay, &s);
            bk_markov *const b = go(special, &s);
            for (size_t w = 0; w < 4; w++) {
                for (int32_t k = 0; k < bk_markov_shown(a); k++) {
                    assert_near(bk_markov_mean(a, w, k), bk_markov_mean(b, w, k),
                                1e-10);
                }
                assert_near(bk_markov_th(a, w), bk_markov_th(b, w), 1e-10);
            }
            bk_markov_free(a);
            bk_markov_free(b);
            bk_diag_free(diag);
            bk_model_free(special);
            bk_overlay_free(overlay);
            bk_scenario_free(scenario);
        }
        bk_model_free(m);
    }
}

static void internal_levels_do_not_tell_states_apart(void **state)
{
    (void)state;
    bk_model *const m = parse("node A { logic = !A; }\nnode B { logic = A; }\n"
                              "node C { logic = B; }",
                              "A.is_internal = 1; C.is_internal = 1; B.istate = 0;");
    const bk_markov_settings s = {.end = 1, .exact = true};
    bk_markov *const k = go(m, &s);
    assert_int_equal(bk_markov_shown(k), 1);
    assert_int_equal(bk_markov_symbol(k, 0), bk_model_find(m, "B"));
    assert_int_equal(bk_markov_states(k), 2);
    bk_table *table = NULL;
    assert_int_equal(bk_markov_table(k, BK_MARKOV_STATES, &table), BK_OK);
    /* B starts off and is on in fewer than half of the runs by the end. */
    assert_true(bk_markov_mean(k, bk_markov_windows(k) - 1, 0) < 0.5);
    assert_string_equal(bk_table_text(table, 0, 1), "<nil>");
    assert_string_equal(bk_table_text(table, 1, 1), "B");
    bk_table_free(table);
    bk_markov_free(k);
    bk_model_free(m);
}

static void too_many_states_for_the_master_equation_are_refused(void **state)
{
    (void)state;
    bk_model *const m = random_model(1, false);
    bk_system *system = NULL;
    bk_markov *markov = NULL;
    assert_int_equal(bk_engine_ctmc.compile(m, NULL, &system), BK_OK);
    const bk_markov_settings s = {.end = 1, .exact = true, .max_states = 5};
    assert_int_equal(bk_markov_run(system, NULL, &s, NULL, &markov), BK_UNSUPPORTED);
    const bk_markov_settings wrong = {.end = -1};
    assert_int_equal(bk_markov_run(system, NULL, &wrong, NULL, &markov), BK_MISUSE);
    bk_system_free(system);
    bk_model_free(m);
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    bk_model *const m =
        parse("node A { logic = !B; }\nnode B { logic = A; }", "A.istate = 0;");
    for (int exact = 0; exact < 2; exact++) {
        bk_status status = BK_NO_MEMORY;
        for (long n = 0; status != BK_OK; n++) {
            bk_system *system = NULL;
            bk_markov *markov = NULL;
            bk_table *table = NULL;
            const bk_markov_settings s = {
                .end = 1, .tick = 0.5, .runs = 200, .threads = 1, .exact = exact == 1};
            bk_alloc_fail_after(n);
            status = bk_engine_ctmc.compile(m, NULL, &system);
            if (status == BK_OK) {
                status = bk_markov_run(system, NULL, &s, NULL, &markov);
            }
            if (status == BK_OK) {
                status = bk_markov_table(markov, BK_MARKOV_LATE, &table);
            }
            bk_alloc_fail_after(-1);
            assert_true(status == BK_OK || status == BK_NO_MEMORY);
            bk_table_free(table);
            bk_markov_free(markov);
            bk_system_free(system);
        }
    }
    bk_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_master_equation_of_one_level_is_its_closed_form),
        cmocka_unit_test(transition_entropy_is_that_of_the_next_move),
        cmocka_unit_test(discrete_time_makes_one_move_a_tick),
        cmocka_unit_test(drawn_probabilities_are_within_three_errors_of_the_exact_ones),
        cmocka_unit_test(the_answer_is_the_same_for_any_number_of_threads),
        cmocka_unit_test(runs_end_at_the_wanted_precision),
        cmocka_unit_test(an_overlay_is_the_model_with_its_edits_written_in),
        cmocka_unit_test(internal_levels_do_not_tell_states_apart),
        cmocka_unit_test(too_many_states_for_the_master_equation_are_refused),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
