/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every allocation of sensitivities and of conserved moieties fails once. */

#include "base/alloc.h"

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A model with the symbols that sensitivities are to, and of what. */
typedef struct about {
    const char *file, *to[3], *of;
} about;

static bk_status walk(const bk_model *model, const about *what, bool settle)
{
    int32_t to[3];
    for (int i = 0; i < 3; i++) {
        to[i] = bk_model_find(model, what->to[i]);
    }
    bk_settings settings = bk_settings_defaults();
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_sensitivity *found = NULL;
    bk_readouts *const readouts = bk_readouts_new();
    settings.steps = 3;
    bk_status status = readouts == NULL ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK) {
        status = bk_readouts_add(readouts, model, "r", what->of, (bk_where){0}, NULL);
    }
    if (status == BK_OK) {
        settings.columns = bk_readouts_columns(readouts, &settings.n_columns);
        status = bk_sensitivity_compile(model, to, 3, NULL, &system);
    }
    if (status == BK_OK) {
        status = bk_engine_ode.workspace(system, &workspace);
    }
    if (status == BK_OK) {
        status = (settle ? bk_sensitivity_settle : bk_sensitivity_run)(
            system, NULL, &settings, workspace, NULL, &found);
    }
    if (status == BK_OK) {
        const double slopes[] = {1.0, 2.0};
        bk_readouts_slope(readouts, 0, bk_sensitivity_outcome(found), 0, slopes);
    }
    bk_sensitivity_free(found);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_readouts_free(readouts);
    return status;
}

static void every_allocation(const about *what, bool settle)
{
    bk_model *model = NULL;
    assert_int_equal(bk_model_read(what->file, NULL, NULL, &model), BK_OK);
    bk_alloc_fail_after(-1);
    assert_int_equal(walk(model, what, settle), BK_OK);
    const long all = bk_alloc_fail_after(-1);
    assert_true(all > 20);
    for (long n = 0; n < all; n++) {
        bk_alloc_fail_after(n);
        const bk_status status = walk(model, what, settle);
        bk_alloc_fail_after(-1);
        if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
        }
    }
    bk_model_free(model);
}

static const about cycle = {"tests/steady/cycle.xml", {"k", "A", "on"}, "AP/(1 + A)"};

static void sensitivities_of_a_course_survive_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(&cycle, false);
}

static void sensitivities_with_delays_survive_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(&(about){"tests/steady/late.xml", {"k", "lag", "x"}, "x*(1 + k)"},
                     false);
}

static void sensitivities_at_rest_survive_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(&cycle, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensitivities_of_a_course_survive_every_failed_allocation),
        cmocka_unit_test(sensitivities_with_delays_survive_every_failed_allocation),
        cmocka_unit_test(sensitivities_at_rest_survive_every_failed_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
