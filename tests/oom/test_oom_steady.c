/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every allocation of a search for all steady states, and of the summary of dose-response
 * curves, fails once. */

#include "base/alloc.h"

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

static bk_model *model;

static bk_status search(void)
{
    bk_settings settings = bk_settings_defaults();
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_steady_states *states = NULL;
    bk_status status = bk_engine_ode.compile(model, NULL, &system);
    if (status == BK_OK) {
        status = bk_engine_ode.workspace(system, &workspace);
    }
    if (status == BK_OK) {
        status = bk_kinetic_steady_states(system, NULL, &settings, 4, workspace, NULL,
                                          &states);
    }
    bk_steady_states_free(states);
    bk_workspace_free(workspace);
    bk_system_free(system);
    return status;
}

static bk_status fill(bk_table *t)
{
    bk_status status = bk_table_add_column(t, "dose", BK_REAL, NULL);
    if (status == BK_OK) {
        status = bk_table_add_column(t, "response", BK_REAL, NULL);
    }
    for (int i = 0; i < 9 && status == BK_OK; i++) {
        size_t row = 0;
        const double dose = pow(10.0, i - 4.0);
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 0, dose);
        }
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 1, 1.0 / (1.0 + dose));
        }
    }
    return status;
}

static bk_status sum_up(void)
{
    const bk_dose_settings settings = {.level = (double)NAN, .control = (double)NAN};
    const bk_picture_settings look = {.title = "dose"};
    bk_table *const t = bk_table_new();
    bk_table *summary = NULL, *curves = NULL;
    char *svg = NULL;
    bk_status status = t == NULL ? BK_NO_MEMORY : fill(t);
    if (status == BK_OK) {
        status = bk_dose_summary(t, &settings, &summary, &curves);
    }
    if (status == BK_OK) {
        status = bk_picture_doses(t, curves, &look, &svg);
    }
    bk_string_free(svg);
    bk_table_free(curves);
    bk_table_free(summary);
    bk_table_free(t);
    return status;
}

static void every_allocation(bk_status (*walk)(void))
{
    bk_alloc_fail_after(-1);
    assert_int_equal(walk(), BK_OK);
    const long all = bk_alloc_fail_after(-1);
    assert_true(all > 20);
    for (long n = 0; n < all; n++) {
        bk_alloc_fail_after(n);
        const bk_status status = walk();
        bk_alloc_fail_after(-1);
        if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
        }
    }
}

static void a_search_for_steady_states_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_int_equal(bk_model_read("tests/steady/switch.xml", NULL, NULL, &model),
                     BK_OK);
    every_allocation(search);
    bk_model_free(model);
}

static void a_dose_summary_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(sum_up);
}

int main(void)
{
    bk_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_for_steady_states_survives_every_failed_allocation),
        cmocka_unit_test(a_dose_summary_survives_every_failed_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
