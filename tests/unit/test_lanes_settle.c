/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_fixture.h"

/* Where settling ends, in lanes and alone. */

enum { JOBS = 12 };

/* The peroxidase-oxidase reaction as in BIOMD0000000046. */
static bk_builder *peroxidase(void)
{
    bk_builder *const b = begun();
    compartment(b, "c", 1.0);
    parameter(b, "k12", 0.08);
    parameter(b, "k13", 0.006);
    const char *const names[] = {"NADH", "O2",  "H2O2", "coI",   "coII",
                                 "Ar",   "rad", "sup",  "coIII", "per2"};
    species(b, "per3", 1.4);
    species(b, "ArH", 500.0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        species(b, names[i], 0.0);
    }
    reaction(b, "v1", "NADH O2", "H2O2", "3e-6*NADH*O2");
    reaction(b, "v2", "per3 H2O2", "coI", "18*H2O2*per3");
    reaction(b, "v3", "ArH coI", "Ar coII", "0.15*coI*ArH");
    reaction(b, "v4", "coII ArH", "per3 Ar", "0.0052*coII*ArH");
    reaction(b, "v5", "rad O2", "sup", "20*rad*O2");
    reaction(b, "v6", "per3 sup", "coIII", "17*sup*per3");
    reaction(b, "v7", "2sup", "H2O2 O2", "20*sup*sup");
    reaction(b, "v8", "rad coIII", "coI", "40*coIII*rad");
    reaction(b, "v9", "2rad", "", "60*rad*rad");
    reaction(b, "v10", "per3 rad", "per2", "1.8*per3*rad");
    reaction(b, "v11", "per2 O2", "coIII", "0.1*per2*O2");
    reaction(b, "v12", "", "NADH", "k12");
    reaction(b, "v131", "", "O2", "12*k13");
    reaction(b, "v132", "O2", "", "k13*O2");
    reaction(b, "v14", "NADH Ar", "rad ArH", "0.7*Ar*NADH");
    return b;
}

static void settle_all(bench *t, bk_overlay **overlays, bk_job *jobs,
                       bk_outcome **alone)
{
    t->settings.rtol = 1e-6;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (bk_job){.overlay = overlays[i]};
        assert_int_equal(bk_engine_ode.settle(t->system, overlays[i], &t->settings,
                                              t->workspace, t->diag, &alone[i]),
                         BK_OK);
    }
    bk_settle_many(t->system, &t->settings, jobs, JOBS, t->workspace);
}

static void let_go(bench *t, bk_overlay **overlays, bk_job *jobs, bk_outcome **alone)
{
    for (int i = 0; i < JOBS; i++) {
        bk_overlay_free(overlays[i]);
        bk_outcome_free(jobs[i].outcome);
        bk_outcome_free(alone[i]);
    }
    closed(t);
}

static double sum_of(const bk_outcome *o, int first, int last)
{
    double sum = 0.0;
    for (int c = first; c <= last; c++) {
        sum += bk_outcome_value(o, 0, c);
    }
    return sum;
}

/* The slowest of these come to rest after 6e8 time units, and see where from afar. */
static void conserved_totals_are_those_of_the_start(void **state)
{
    (void)state;
    bench t = opened(peroxidase());
    show(&t, "ArH Ar per3 coI coII coIII per2", BK_AS_DEFAULT);
    bk_overlay *overlays[JOBS];
    bk_outcome *alone[JOBS] = {0};
    bk_job jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        char text[200];
        snprintf(text, sizeof text, "start k12 = 0.008; start NADH = %d; start O2 = %d",
                 10 * i, 3 * (i % 7));
        overlays[i] = overlay_of(&t, text);
    }
    settle_all(&t, overlays, jobs, alone);
    for (int i = 0; i < JOBS; i++) {
        const bk_outcome *const both[] = {jobs[i].outcome, alone[i]};
        for (int k = 0; k < 2; k++) {
            assert_int_equal(bk_outcome_stop(both[k]), BK_STOP_END);
            /* some hundred units in the last place */
            assert_true(fabs(sum_of(both[k], 0, 1) - 500.0) <= 3e-11);
            assert_true(fabs(sum_of(both[k], 2, 6) - 1.4) <= 3e-13);
        }
    }
    let_go(&t, overlays, jobs, alone);
}

/* x comes within a part in a thousand of 2, where it would rest, and then to `limit`, from
 * where on it goes to 10. */
static void a_rest_beyond_a_switch_is_none(void **state)
{
    (void)state;
    bk_builder *const b = begun();
    parameter(b, "limit", 1.9);
    variable(b, "x", 0.0);
    changes(b, "x", "0.001*(piecewise(1, x < limit, 5) - x/2)");
    bench t = opened(b);
    show(&t, "x", BK_AS_DEFAULT);
    bk_overlay *overlays[JOBS];
    bk_outcome *alone[JOBS] = {0};
    bk_job jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        char text[80];
        snprintf(text, sizeof text, "start limit = %.12g",
                 2.0 - pow(10.0, -1.0 - 0.4 * i));
        overlays[i] = overlay_of(&t, text);
    }
    settle_all(&t, overlays, jobs, alone);
    for (int i = 0; i < JOBS; i++) {
        const bk_outcome *const both[] = {jobs[i].outcome, alone[i]};
        for (int k = 0; k < 2; k++) {
            assert_int_equal(bk_outcome_stop(both[k]), BK_STOP_END);
            assert_close(bk_outcome_value(both[k], 0, 0), 10.0, 1e-8);
        }
    }
    let_go(&t, overlays, jobs, alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {test(conserved_totals_are_those_of_the_start),
                                       test(a_rest_beyond_a_switch_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
