/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Minimal controls of networks that are too large for trying every set: each that is
 * listed is applied and its attractors are searched anew, and so is every part of it.
 * BLOCKADE_LONG=1: all sets up to three. */

#include "published.h"

#define test(name) cmocka_unit_test(name)

/* Every set that is listed, applied, leaves attractors with the wanted level
 * only, and no part of it does; how many there are. */
static size_t applied(const bk_model *model, const char *target, int level, int most)
{
    bk_system *system = NULL;
    bk_controls *found = NULL;
    bk_intervention *parts = NULL;
    size_t n_parts = 0;
    const bk_wanted wanted = {bk_model_find(model, target), level, level};
    assert_true(wanted.symbol >= 0);
    assert_int_equal(bk_engine_async.compile(model, NULL, &system), BK_OK);
    assert_int_equal(bk_interventions(system, NULL, false, false, &parts, &n_parts),
                     BK_OK);
    size_t n = 0;
    for (size_t i = 0; i < n_parts; i++) {
        if (parts[i].symbol != wanted.symbol) {
            parts[n++] = parts[i];
        }
    }
    const bk_control_settings settings = {.wanted = &wanted,
                                          .n_wanted = 1,
                                          .allowed = parts,
                                          .n_allowed = n,
                                          .most_size = most,
                                          .max_results = 1000000,
                                          .in = BK_IN_ASYNCHRONOUS};
    assert_int_equal(bk_controls_find(system, NULL, &settings, NULL, &found), BK_OK);
    assert_true(bk_controls_complete(found));
    for (size_t i = 0; i < bk_controls_count(found); i++) {
        const int size = (int)bk_control_size(found, i);
        for (int left_out = -1; left_out < size; left_out++) {
            char text[1000] = "";
            for (int k = 0; k < size; k++) {
                const bk_intervention p = bk_control_part(found, i, (size_t)k);
                char *const end = text + strlen(text);
                if (k != left_out) {
                    snprintf(end, sizeof text - strlen(text), "fix %s = %d\n",
                             bk_symbol_id(model, p.symbol), p.level);
                }
            }
            bk_scenario *const scenario = bk_scenario_new("set");
            bk_overlay *overlay = NULL;
            bk_attractors *left = NULL;
            const bk_attractor_settings all = {.kind = BK_ATTRACTORS,
                                               .update = BK_ASYNCHRONOUS};
            assert_int_equal(
                bk_scenario_parse(scenario, BK_BACKGROUND, text, (bk_where){0}, NULL),
                BK_OK);
            assert_int_equal(bk_scenario_bind(scenario, NULL, model, NULL, &overlay),
                             BK_OK);
            assert_int_equal(bk_attractors_find(system, overlay, &all, NULL, &left),
                             BK_OK);
            assert_true(bk_attractors_complete(left));
            bool holds = true;
            for (size_t k = 0; k < bk_attractors_count(left); k++) {
                holds = holds && bk_attractor_low(left, k, wanted.symbol) >= level &&
                        bk_attractor_high(left, k, wanted.symbol) <= level;
            }
            assert_true(holds == (left_out < 0));
            bk_attractors_free(left);
            bk_overlay_free(overlay);
            bk_scenario_free(scenario);
        }
    }
    const size_t count = bk_controls_count(found);
    bk_controls_free(found);
    bk_interventions_free(parts);
    bk_system_free(system);
    return count;
}

static void controls_of_large_networks_work_and_no_part_of_them_does(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *target;
        int level;
    } networks[] = {{"035_BT474-BREAST-CELL-LINE-SHORT-TERM", "v_mTOR", 1},
                    {"033_BT474-BREAST-CELL-LINE-LONG-TERM", "v_cJUN", 0},
                    {"089_MAPK-REDUCED-1", "v_Apoptosis", 1},
                    {"096_ERBB-REGULATED-G1-S-TRANSITION", "v_pRB1", 1},
                    {"070_MAPK-CANCER-CELL-FATE", "v_Apoptosis", 1}};
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        bk_model *const model = published(networks[i].name);
        const size_t count =
            applied(model, networks[i].target, networks[i].level, long_run() ? 3 : 1);
        assert_true(count > 0 || !long_run());
        print_message("%s: %s=%d by %zu sets\n", networks[i].name, networks[i].target,
                      networks[i].level, count);
        bk_model_free(model);
    }
}

static void controls_of_the_her2_network_work_and_no_part_of_them_does(void **unused)
{
    (void)unused;
    bk_model *model = NULL;
    const bk_read_settings settings = {.lax = false};
    assert_int_equal(bk_model_read("networks/her2/her2.sbml", &settings, NULL, &model),
                     BK_OK);
    const size_t count = applied(model, "ERK", 0, long_run() ? 3 : 1);
    print_message("her2: ERK=0 by %zu sets\n", count);
    assert_true(count > 0);
    bk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(controls_of_large_networks_work_and_no_part_of_them_does),
        test(controls_of_the_her2_network_work_and_no_part_of_them_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
