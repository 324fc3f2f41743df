/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What must not change a trajectory, on random networks of mass action and saturation with
 * rates over six decades: how many rows are asked for, in which order the species stand,
 * and, beyond the tolerance, a tighter tolerance. */

#include "../unit/kinetic_fixture.h"

#include <blockade/blockade.h>

#include "base/random.h"

enum { SPECIES = 12, REACTIONS = 24, NAME = 16 };

typedef struct plan {
    double start[SPECIES];
    char reactants[REACTIONS][2 * NAME], products[REACTIONS][NAME];
    char laws[REACTIONS][80];
} plan;

static int below(bk_random *r, int n)
{
    return (int)(bk_random_uniform(r) * n);
}

static plan random_plan(bk_random *r)
{
    plan p;
    for (int i = 0; i < SPECIES; i++) {
        p.start[i] =
            below(r, 3) == 0 ? 0.0 : pow(10.0, 3.0 * bk_random_uniform(r) - 2.0);
    }
    for (int k = 0; k < REACTIONS; k++) {
        const int a = below(r, SPECIES), b = (a + 1 + below(r, SPECIES - 1)) % SPECIES,
                  c = (b + 1 + below(r, SPECIES - 1)) % SPECIES;
        const double rate = pow(10.0, 6.0 * bk_random_uniform(r) - 4.0);
        snprintf(p.products[k], sizeof p.products[k], "S%d", c);
        switch (below(r, 3)) {
        case 0:
            snprintf(p.reactants[k], sizeof p.reactants[k], "S%d", a);
            snprintf(p.laws[k], sizeof p.laws[k], "%.17g * S%d", rate, a);
            break;
        case 1:
            snprintf(p.reactants[k], sizeof p.reactants[k], "S%d S%d", a, b);
            snprintf(p.laws[k], sizeof p.laws[k], "%.17g * S%d * S%d", rate, a, b);
            break;
        default:
            snprintf(p.reactants[k], sizeof p.reactants[k], "S%d", a);
            snprintf(p.laws[k], sizeof p.laws[k], "%.17g * S%d / (0.3 + S%d)", rate, a,
                     a);
        }
    }
    return p;
}

/* The network with the species in this order. */
static bench laid(const plan *p, const int *order)
{
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    compartment(b, "c", 1.0);
    char name[NAME];
    for (int i = 0; i < SPECIES; i++) {
        snprintf(name, sizeof name, "S%d", order[i]);
        species(b, name, p->start[order[i]]);
    }
    for (int k = 0; k < REACTIONS; k++) {
        snprintf(name, sizeof name, "r%d", k);
        reaction(b, name, p->reactants[k], p->products[k], p->laws[k]);
    }
    bench t = opened(b);
    t.settings.rtol = bk_settings_defaults().rtol;
    t.settings.t_end = 100.0;
    return t;
}

/* All species in the order of the plan, in whichever order they were laid. */
static void show_all(bench *t)
{
    for (int i = 0; i < SPECIES; i++) {
        char name[NAME];
        snprintf(name, sizeof name, "S%d", i);
        show(t, name, BK_AS_CONCENTRATION);
    }
}

static bk_outcome *with(bench *t, int steps, double rtol)
{
    t->settings.steps = steps;
    t->settings.rtol = rtol;
    bk_outcome *const outcome = ran(t, NULL);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    return outcome;
}

/* The largest value of each species on the whole course, fast beginnings included. */
static void find_scale(bench *t, double scale[SPECIES])
{
    memset(scale, 0, SPECIES * sizeof *scale);
    for (double end = 1e-4; end <= 100.0; end *= 10.0) {
        t->settings.t_end = end;
        bk_outcome *const outcome = with(t, 200, 1e-8);
        for (size_t row = 0; row < bk_outcome_rows(outcome); row++) {
            for (int i = 0; i < SPECIES; i++) {
                scale[i] = fmax(scale[i], fabs(bk_outcome_value(outcome, row, i)));
            }
        }
        bk_outcome_free(outcome);
    }
    t->settings.t_end = 100.0;
}

/* Largest difference at the 11 rows that both have, in units of scale. */
static double gap_between(const bk_outcome *x, const bk_outcome *y,
                          const double scale[SPECIES])
{
    const size_t every_x = (bk_outcome_rows(x) - 1) / 10,
                 every_y = (bk_outcome_rows(y) - 1) / 10;
    double worst = 0.0;
    for (int i = 0; i < SPECIES; i++) {
        double gap = 0.0;
        for (size_t row = 0; row <= 10; row++) {
            const double p = bk_outcome_value(x, row * every_x, i),
                         q = bk_outcome_value(y, row * every_y, i);
            gap = fmax(gap, fabs(p - q));
        }
        worst = gap > 0.0 ? fmax(worst, gap / scale[i]) : worst;
    }
    return worst;
}

static void check(uint64_t seed, double worst[3])
{
    bk_random r;
    bk_random_start(&r, 31, seed, 0);
    const plan p = random_plan(&r);
    int order[SPECIES], turned[SPECIES];
    for (int i = 0; i < SPECIES; i++) {
        order[i] = turned[i] = i;
    }
    for (int i = SPECIES - 1; i > 0; i--) {
        const int j = below(&r, i + 1), kept = turned[i];
        turned[i] = turned[j];
        turned[j] = kept;
    }
    bench t = laid(&p, order), other = laid(&p, turned);
    show_all(&t);
    show_all(&other);
    double scale[SPECIES];
    find_scale(&t, scale);
    const double rtol = bk_settings_defaults().rtol;
    bk_outcome *const few = with(&t, 10, rtol), *const many = with(&t, 1000, rtol),
                      *const tight = with(&t, 10, rtol / 100),
                      *const permuted = with(&other, 10, rtol);
    worst[0] = fmax(worst[0], gap_between(few, many, scale));
    worst[1] = fmax(worst[1], gap_between(few, permuted, scale));
    worst[2] = fmax(worst[2], gap_between(few, tight, scale));
    bk_outcome_free(few);
    bk_outcome_free(many);
    bk_outcome_free(tight);
    bk_outcome_free(permuted);
    closed(&t);
    closed(&other);
}

static void rows_order_and_a_tighter_tolerance_change_no_trajectory(void **state)
{
    (void)state;
    double worst[3] = {0.0, 0.0, 0.0};
    for (uint64_t seed = 0; seed < 60; seed++) {
        check(seed, worst);
    }
    /* The tolerance is one of steps; what they add up to may reach ten times as much
     * (1.8 times was measured, at 60 seeds). */
    const double most[3] = {1e-9, 0.0, 10.0 * bk_settings_defaults().rtol};
    for (int k = 0; k < 3; k++) {
        if (!(worst[k] <= most[k])) {
            const char *const law[] = {"rows", "order of species", "tolerance"};
            fail_msg("%s: %g of scale", law[k], worst[k]);
        }
    }
}

/* x'' = -x, whose cycles forget no error of the phase: the largest error of x in the last
 * cycle, in tolerances. */
static double error_after(bench *t, int cycles)
{
    const double period = 2.0 * 3.14159265358979323846;
    t->settings.t_end = cycles * period;
    bk_outcome *const outcome = with(t, 20 * cycles, bk_settings_defaults().rtol);
    double worst = 0.0;
    for (size_t row = 20 * (size_t)(cycles - 1); row < bk_outcome_rows(outcome);
         row++) {
        const double exact = cos(bk_outcome_time(outcome, row));
        worst = fmax(worst, fabs(bk_outcome_value(outcome, row, 0) - exact));
    }
    bk_outcome_free(outcome);
    return worst / t->settings.rtol;
}

static void a_thousand_cycles_err_by_less_than_ten_times_as_much_as_ten(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    parameter(b, "x", 1.0);
    parameter(b, "v", 0.0);
    changes(b, "x", "v");
    changes(b, "v", "-x");
    bench t = opened(b);
    show(&t, "x", BK_AS_ACTIVITY);
    const double ten = error_after(&t, 10), thousand = error_after(&t, 1000);
    if (!(thousand <= 10.0 * ten)) {
        fail_msg("%g tolerances after 10 cycles, %g after 1,000", ten, thousand);
    }
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(rows_order_and_a_tighter_tolerance_change_no_trajectory),
        test(a_thousand_cycles_err_by_less_than_ten_times_as_much_as_ten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
