/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_models.h"

#include <blockade/kinetic.h>

#define test(name) cmocka_unit_test(name)

/* Jacobian and d/dt of random models under random edits against central differences of
 * the right-hand side. */

typedef struct numbers {
    int32_t n;
    const int32_t *starts, *rows;
    double *y, *low, *high, *values, *dfdt;
} numbers;

static numbers numbers_of(const bk_system *system)
{
    numbers k = {.n = bk_kinetic_variables(system)};
    bk_kinetic_pattern(system, &k.starts, &k.rows);
    const size_t n = (size_t)k.n + 1;
    k.y = calloc(n, sizeof *k.y);
    k.low = calloc(n, sizeof *k.low);
    k.high = calloc(n, sizeof *k.high);
    k.dfdt = calloc(n, sizeof *k.dfdt);
    k.values = calloc((size_t)k.starts[k.n] + 1, sizeof *k.values);
    return k;
}

static void free_numbers(numbers *k)
{
    free(k->y);
    free(k->low);
    free(k->high);
    free(k->dfdt);
    free(k->values);
}

static double entry(const numbers *k, int32_t row, int32_t column)
{
    for (int32_t e = k->starts[column]; e < k->starts[column + 1]; e++) {
        if (k->rows[e] == row) {
            return k->values[e];
        }
    }
    return 0.0;
}

static void assert_slope(double slope, double low, double high, double step)
{
    const double expected = (high - low) / (2.0 * step);
    const double size = fmax(1.0, fmax(fabs(slope), fmax(fabs(low), fabs(high))));
    if (!(fabs(slope - expected) <= 1e-5 * size)) {
        fail_msg("derivative %.10g, difference %.10g", slope, expected);
    }
}

static void compare(bk_workspace *w, numbers *k, double t)
{
    const double step = 1e-6;
    assert_true(bk_kinetic_jacobian(w, t, k->y, k->values, k->dfdt));
    for (int32_t j = 0; j < k->n; j++) {
        const double kept = k->y[j];
        k->y[j] = kept - step;
        assert_true(bk_kinetic_rhs(w, t, k->y, k->low));
        k->y[j] = kept + step;
        assert_true(bk_kinetic_rhs(w, t, k->y, k->high));
        k->y[j] = kept;
        for (int32_t i = 0; i < k->n; i++) {
            assert_slope(entry(k, i, j), k->low[i], k->high[i], step);
        }
    }
    assert_true(bk_kinetic_rhs(w, t - step, k->y, k->low));
    assert_true(bk_kinetic_rhs(w, t + step, k->y, k->high));
    for (int32_t i = 0; i < k->n; i++) {
        assert_slope(k->dfdt[i], k->low[i], k->high[i], step);
    }
}

static void check_model(bk_random *r, const bk_model *model)
{
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_diag *const diag = bk_diag_new();
    const bk_settings settings = bk_settings_defaults();
    assert_int_equal(bk_engine_ode.compile(model, diag, &system), BK_OK);
    assert_int_equal(bk_engine_ode.workspace(system, &workspace), BK_OK);
    numbers k = numbers_of(system);
    for (int round = 0; round < 3; round++) {
        bk_overlay *const overlay = round == 0 ? NULL : random_overlay(r, model);
        if (bk_kinetic_start(system, overlay, &settings, workspace, diag, k.y) ==
            BK_OK) {
            for (int32_t i = 0; i < k.n; i++) {
                k.y[i] += 0.1 + bk_random_uniform(r); /* off the kinks of edits */
            }
            compare(workspace, &k, 0.7);
        }
        bk_overlay_free(overlay);
    }
    free_numbers(&k);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_diag_free(diag);
}

static void the_jacobian_equals_finite_differences_under_any_edits(void **s)
{
    (void)s;
    bk_random r;
    for (uint64_t seed = 0; seed < 300; seed++) {
        bk_random_start(&r, 11, seed, 0);
        bk_model *const model = random_kinetic(&r);
        check_model(&r, model);
        bk_model_free(model);
    }
}

static void the_jacobian_of_continuous_forms_equals_finite_differences(void **s)
{
    (void)s;
    bk_random r;
    const bk_continuous_settings form = bk_continuous_defaults();
    for (uint64_t seed = 0; seed < 100; seed++) {
        bk_random_start(&r, 12, seed, 0);
        bk_model *const logic = random_logic(&r);
        bk_model *model = NULL;
        assert_int_equal(bk_model_continuous(logic, &form, NULL, &model), BK_OK);
        check_model(&r, model);
        bk_model_free(model);
        bk_model_free(logic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_jacobian_equals_finite_differences_under_any_edits),
        test(the_jacobian_of_continuous_forms_equals_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
