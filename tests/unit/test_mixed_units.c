/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A drug in moles among molecules that are counted: the numbers of one system differ by
 * twenty orders of magnitude, which must cost no digits. */

#include "kinetic_fixture.h"

#include "solve/sparse_lu.h"

#include <float.h>

/* D is in moles and only decays.  It takes B out of a cascade that is counted in
 * molecules, so that its column of the Jacobian holds numbers of 1e13. */
static const double dose = 1.25e-10, decay = 2e-5;

static bench mixed(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    compartment(b, "c", 1.0);
    species(b, "B", 120000.0);
    species(b, "A", 0.0);
    species(b, "M", 600000.0);
    species(b, "N", 0.0);
    species(b, "E", 600000.0);
    species(b, "F", 0.0);
    species(b, "D", dose);
    parameter(b, "k", decay);
    reaction(b, "decay", "D", "", "k * D");
    reaction(b, "inhibit", "B", "A", "3.19e13 * D * B / (3200 + B)");
    reaction(b, "on1", "M", "N", "0.1 * B * M / (1000 + M)");
    reaction(b, "off1", "N", "M", "1000 * N / (1000 + N)");
    reaction(b, "on2", "E", "F", "0.1 * N * E / (1000 + E)");
    reaction(b, "off2", "F", "E", "100 * F / (1000 + F)");
    bench t = opened(b);
    t.settings.t_end = 100.0;
    t.settings.steps = 100;
    return t;
}

static void
a_drug_in_moles_keeps_its_digits_among_molecules_at_every_tolerance(void **s)
{
    (void)s;
    bench t = mixed();
    show(&t, "D B M E", BK_AS_CONCENTRATION);
    for (double rtol = 1e-6; rtol > 1e-12; rtol *= 0.1) {
        t.settings.rtol = rtol;
        bk_outcome *const outcome = ran(&t, NULL);
        assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
        for (size_t row = 0; row < bk_outcome_rows(outcome); row++) {
            const double exact = dose * exp(-decay * bk_outcome_time(outcome, row));
            const double gap = fabs(bk_outcome_value(outcome, row, 0) - exact) / dose;
            if (!(gap <= rtol)) {
                fail_msg("rtol %g: the drug is off by %g of the dose in row %zu", rtol,
                         gap, row);
            }
        }
        bk_outcome_free(outcome);
    }
    closed(&t);
}

static void a_drug_in_moles_keeps_its_digits_in_lanes_too(void **s)
{
    (void)s;
    enum { JOBS = 8 };
    bench t = mixed();
    t.settings.stepper = "rodas"; /* what lanes take */
    show(&t, "D B M E", BK_AS_CONCENTRATION);
    bk_job jobs[JOBS] = {0};
    bk_overlay *overlays[JOBS];
    t.settings.rtol = 1e-6;
    for (int i = 0; i < JOBS; i++) {
        char edit[60];
        snprintf(edit, sizeof edit, "start D = %.17g", dose * (1.0 + i));
        jobs[i].overlay = overlays[i] = overlay_of(&t, edit);
    }
    bk_run_many(t.system, &t.settings, jobs, JOBS, t.workspace);
    for (int i = 0; i < JOBS; i++) {
        bk_outcome *alone = NULL;
        assert_int_equal(jobs[i].status, BK_OK);
        assert_int_equal(bk_engine_ode.run(t.system, overlays[i], &t.settings,
                                           t.workspace, t.diag, &alone),
                         BK_OK);
        assert_close(last(jobs[i].outcome, 0) / (dose * (1.0 + i)), exp(-decay * 100.0),
                     1e-6);
        for (int c = 0; c < 4; c++) {
            const double one = last(alone, c), many = last(jobs[i].outcome, c);
            assert_true(fabs(one - many) <= 1e-9 * fabs(one));
        }
        bk_outcome_free(alone);
        bk_outcome_free(jobs[i].outcome);
        bk_overlay_free(overlays[i]);
    }
    closed(&t);
}

/* The drug's row of such a matrix: nothing but its own diagonal, so that its solution is
 * known to the last bit. */
static void a_row_of_small_units_is_solved_as_exactly_as_the_others(void **s)
{
    (void)s;
    const int32_t starts[] = {0, 3, 5, 7}, rows[] = {0, 1, 2, 1, 2, 1, 2};
    const double values[] = {3.0, 7e13, -9e13, 5e8, -1e8, -2e8, 4e8};
    const double sizes[] = {1e-10, 1e5, 1e5};
    double plain[] = {3e-10, 1.1e13, 0.7e13}, scaled[3];
    memcpy(scaled, plain, sizeof scaled);
    bk_sparse_lu *lu = NULL;
    assert_int_equal(bk_sparse_lu_new(3, starts, rows, &lu), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, values, NULL), BK_OK);
    bk_sparse_lu_solve(lu, plain);
    bk_sparse_lu_forget(lu);
    assert_int_equal(bk_sparse_lu_factor(lu, values, sizes), BK_OK);
    bk_sparse_lu_solve(lu, scaled);
    assert_true(fabs(scaled[0] - 1e-10) <= 1e-10 * DBL_EPSILON);
    assert_true(fabs(plain[0] - 1e-10) > 1e-10 * 1e-12); /* why there are sizes */
    /* other numbers of such sizes keep the pivots */
    const double next[] = {300.0, 5e13, -8e13, 4e8, -2e8, -1e8, 3e8};
    assert_int_equal(bk_sparse_lu_factor(lu, next, sizes), BK_OK);
    assert_int_equal(bk_sparse_lu_full_factors(lu), 2);
    bk_sparse_lu_free(lu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_drug_in_moles_keeps_its_digits_among_molecules_at_every_tolerance),
        test(a_drug_in_moles_keeps_its_digits_in_lanes_too),
        test(a_row_of_small_units_is_solved_as_exactly_as_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
