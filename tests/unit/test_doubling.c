/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The way over one time by doubling, against closed forms. */

#include "fixture.h"

#include "logic/doubling.h"

#include <blockade/markov.h>

#include <math.h>

static void assert_near(double a, double b, double part)
{
    if (!(fabs(a - b) <= part * fmax(fabs(b), 1e-300))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

/* Up at u, down at d, from below: p(t) = u / (u + d) (1 - exp(-(u + d) t)), its mean
 * u / (u + d) (1 - (1 - exp(-(u + d) t)) / ((u + d) t)).  Relative errors, so that what
 * has hardly begun is right too. */
static void one_level_is_its_closed_form_at_any_rates(void **state)
{
    (void)state;
    static const double rates[][2] = {{2, 3},        {1e-9, 1},    {1, 1e9},
                                      {1e12, 3e12},  {1e12, 1e-3}, {0, 5},
                                      {1e-12, 1e-13}};
    for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
        const double u = rates[k][0];
        const double d = rates[k][1];
        const double rate[4] = {0, u, d, 0};
        const double t = 1.7;
        bk_doubling way;
        assert_int_equal(bk_doubling_make(2, rate, t, &way), BK_OK);
        double p[2] = {1, 0};
        double mean[2];
        double next[2];
        bk_doubling_apply(&way, p, mean, next);
        const double x = (u + d) * t;
        const double passed = -expm1(-x);
        /* 1 - (1 - exp(-x)) / x by its series where that would cancel */
        const double lag =
            x < 1e-3 ? x / 2 - x * x / 6 + x * x * x / 24 : 1 - passed / x;
        assert_near(p[1], u / (u + d) * passed, 1e-13);
        assert_near(mean[1], u / (u + d) * lag, 1e-12);
        assert_near(p[0] + p[1], 1, 1e-15);
        bk_doubling_free(&way);
    }
}

/* A chain 0 -> 1 -> 2 -> 3 of equal rates r: Erlang's distribution. */
static void a_chain_is_that_of_erlang(void **state)
{
    (void)state;
    const double r = 3;
    const double t = 2;
    double rate[16] = {0};
    rate[1] = rate[4 + 2] = rate[8 + 3] = r;
    bk_doubling way;
    assert_int_equal(bk_doubling_make(4, rate, t, &way), BK_OK);
    double p[4] = {1, 0, 0, 0};
    double next[4];
    bk_doubling_apply(&way, p, NULL, next);
    const double x = r * t;
    assert_near(p[0], exp(-x), 1e-13);
    assert_near(p[1], exp(-x) * x, 1e-13);
    assert_near(p[2], exp(-x) * x * x / 2, 1e-13);
    assert_near(p[3], 1 - exp(-x) * (1 + x + x * x / 2), 1e-13);
    bk_doubling_free(&way);
}

static bk_status go(const char *bnd, double tick, bk_markov **markov, bk_diag *diag)
{
    const bk_maboss_text b = {bnd, strlen(bnd), "x.bnd"};
    const char *const cfg = "A.istate = 0; B.istate = 0;";
    const bk_maboss_text c = {cfg, strlen(cfg), "x.cfg"};
    bk_model *model = NULL;
    bk_system *system = NULL;
    assert_int_equal(bk_maboss_parse(&b, &c, NULL, &model), BK_OK);
    assert_int_equal(bk_engine_ctmc.compile(model, NULL, &system), BK_OK);
    const bk_markov_settings s = {.end = 2, .tick = tick, .exact = true};
    const bk_status status = bk_markov_run(system, NULL, &s, diag, markov);
    bk_system_free(system);
    bk_model_free(model);
    return status;
}

/* A flickers at 1e10 either way and B rises at 1 while A is up: half the time, so that
 * B has not yet risen with probability exp(-t / 2), but for parts of 1e-10. */
static void immediate_levels_beside_slow_ones_are_solved(void **state)
{
    (void)state;
    bk_markov *k = NULL;
    assert_int_equal(go("node A { rate_up = 1e10; rate_down = 1e10; }"
                        "node B { rate_up = A ? 1 : 0; rate_down = 0; }",
                        0.5, &k, NULL),
                     BK_OK);
    for (size_t w = 0; w < 4; w++) {
        const double from = 0.5 * (double)w;
        const double mean = 1 - 4 * (exp(-from / 2) - exp(-(from + 0.5) / 2));
        assert_near(bk_markov_mean(k, w, 1), mean, 1e-9);
        assert_near(bk_markov_mean(k, w, 0), 0.5, 1e-9);
    }
    bk_markov_free(k);
}

/* The same beside other flickering levels, over windows whose ends are no exact doubles:
 * the way over one is made for all of them.  Made for each it would be 1e12 terms, which
 * is more than is tried. */
static void the_way_over_a_window_is_made_once(void **state)
{
    (void)state;
    enum { WINDOWS = 50000 };
    bk_markov *k = NULL;
    assert_int_equal(go("node A { rate_up = 1e12; rate_down = 1e12; }"
                        "node B { rate_up = A ? 1 : 0; rate_down = 0; }"
                        "node C { rate_up = 1e12; rate_down = 1e12; }"
                        "node D { rate_up = 1e12; rate_down = 1e12; }"
                        "node E { rate_up = 1e12; rate_down = 1e12; }"
                        "node F { rate_up = 1e12; rate_down = 1e12; }",
                        2.0 / WINDOWS, &k, NULL),
                     BK_OK);
    for (size_t w = WINDOWS / 10; w < WINDOWS; w += WINDOWS / 10) {
        const double middle = ((double)w + 0.5) * 2.0 / WINDOWS;
        assert_near(bk_markov_mean(k, w, 1), 1 - exp(-middle / 2), 1e-9);
    }
    bk_markov_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_level_is_its_closed_form_at_any_rates),
        cmocka_unit_test(a_chain_is_that_of_erlang),
        cmocka_unit_test(immediate_levels_beside_slow_ones_are_solved),
        cmocka_unit_test(the_way_over_a_window_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
