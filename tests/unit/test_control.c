/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"

#include <blockade/blockade.h>

#define test(name) cmocka_unit_test(name)

typedef struct rig {
    bk_model *model;
    bk_system *system;
    bk_intervention *parts;
    size_t n_parts;
    bk_wanted wanted;
    bk_control_settings settings;
} rig;

/* All interventions but to hold the wanted level itself. */
static rig rig_of(const char *bnet, const char *wanted, int level, bool arcs)
{
    rig r = {.model = fixture_bnet(bnet)};
    assert_int_equal(bk_engine_async.compile(r.model, NULL, &r.system), BK_OK);
    assert_int_equal(
        bk_interventions(r.system, NULL, false, arcs, &r.parts, &r.n_parts), BK_OK);
    r.wanted = (bk_wanted){bk_model_find(r.model, wanted), level, level};
    size_t n = 0;
    for (size_t i = 0; i < r.n_parts; i++) {
        if (r.parts[i].target >= 0 || r.parts[i].symbol != r.wanted.symbol) {
            r.parts[n++] = r.parts[i];
        }
    }
    r.n_parts = n;
    r.settings = (bk_control_settings){.n_wanted = 1, .n_allowed = n};
    return r;
}

static bk_controls *find(rig *r)
{
    bk_controls *found = NULL;
    r->settings.wanted = &r->wanted;
    r->settings.allowed = r->parts;
    assert_int_equal(bk_controls_find(r->system, NULL, &r->settings, NULL, &found),
                     BK_OK);
    return found;
}

static void rig_end(rig *r)
{
    bk_interventions_free(r->parts);
    bk_system_free(r->system);
    bk_model_free(r->model);
}

static void assert_sets(const bk_controls *found, const char *const *sets, size_t n)
{
    assert_true(bk_controls_complete(found));
    assert_int_equal(bk_controls_count(found), n);
    for (size_t i = 0; i < n; i++) {
        char *text = NULL;
        assert_int_equal(bk_control_print(found, i, &text), BK_OK);
        assert_string_equal(text, sets[i]);
        bk_string_free(text);
    }
}

static void two_ways_to_a_level_must_both_be_closed(void **state)
{
    (void)state;
    rig r = rig_of("X, A | B\nA, A\nB, B\n", "X", 0, false);
    bk_controls *const found = find(&r);
    const char *const sets[] = {"fix A = 0; fix B = 0"};
    assert_sets(found, sets, 1);
    assert_true(bk_control_percolates(found, 0));
    assert_int_equal(bk_control_high(found, 0, bk_model_find(r.model, "X")), 0);
    bk_controls_free(found);
    rig_end(&r);
}

static void an_arc_may_be_cut_instead(void **state)
{
    (void)state;
    rig r = rig_of("X, A & B\nA, !B\nB, B\n", "X", 0, true);
    /* B holds A down, so that X is 0 already. */
    bk_controls *found = find(&r);
    const char *const none[] = {""};
    assert_sets(found, none, 1);
    bk_controls_free(found);
    rig_end(&r);
    r = rig_of("X, A\nA, A\n", "X", 0, true);
    found = find(&r);
    const char *const sets[] = {"fix A = 0", "cut A -> X at 0"};
    assert_sets(found, sets, 2);
    bk_controls_free(found);
    rig_end(&r);
}

/* A and B hold each other down, so that in every attractor one of them is 0; a box in
 * which both are open does not say so. */
static void what_holds_in_attractors_need_not_percolate(void **state)
{
    (void)state;
    const bk_control_in places[] = {BK_IN_ASYNCHRONOUS, BK_IN_TRAP_SPACES};
    for (int i = 0; i < 2; i++) {
        rig r = rig_of("X, A & B & C\nA, !B\nB, !A\nC, C\n", "X", 0, false);
        r.settings.in = places[i];
        bk_controls *const found = find(&r);
        const char *const none[] = {""};
        assert_sets(found, none, 1);
        assert_false(bk_control_percolates(found, 0));
        bk_controls_free(found);
        rig_end(&r);
    }
    /* Moved at once they may go up and down together. */
    rig r = rig_of("X, A & B & C\nA, !B\nB, !A\nC, C\n", "X", 0, false);
    r.settings.in = BK_IN_SYNCHRONOUS;
    bk_controls *const found = find(&r);
    assert_true(bk_control_size(found, 0) == 1);
    assert_true(bk_controls_complete(found));
    bk_controls_free(found);
    rig_end(&r);
}

static void the_table_says_what_follows(void **state)
{
    (void)state;
    rig r = rig_of("X, A\nA, D\nD, D\n", "X", 1, false);
    bk_controls *const found = find(&r);
    bk_table *table = NULL;
    assert_int_equal(bk_controls_table(found, &table), BK_OK);
    assert_int_equal(bk_table_rows(table), 2);
    assert_string_equal(bk_table_text(table, 0, 2), "fix A = 1");
    assert_string_equal(bk_table_text(table, 0, 3), "percolation");
    assert_string_equal(bk_table_text(table, 0, 4), "X=1");
    assert_string_equal(bk_table_text(table, 1, 4), "X=1 A=1");
    bk_table_free(table);
    bk_controls_free(found);
    rig_end(&r);
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void an_early_end_is_said(void **state)
{
    (void)state;
    rig r = rig_of("X, A | B\nA, A\nB, B\n", "X", 0, false);
    r.settings.cancelled = at_once;
    bk_controls *found = find(&r);
    assert_false(bk_controls_complete(found));
    assert_non_null(strstr(bk_controls_text(found), "stopped"));
    bk_controls_free(found);
    rig_end(&r);
    r = rig_of("X, A & B\nA, A\nB, B\n", "X", 0, false);
    r.settings.max_results = 1;
    found = find(&r);
    assert_int_equal(bk_controls_count(found), 1);
    assert_false(bk_controls_complete(found));
    bk_controls_free(found);
    rig_end(&r);
}

static void what_is_no_intervention_is_misuse(void **state)
{
    (void)state;
    rig r = rig_of("X, A\nA, A\n", "X", 0, false);
    bk_controls *found = NULL;
    const bk_intervention wrong[] = {{bk_model_find(r.model, "A"), -1, 7},
                                     {bk_model_find(r.model, "X"), 1, 0}};
    for (int i = 0; i < 2; i++) {
        const bk_control_settings settings = {
            .wanted = &r.wanted, .n_wanted = 1, .allowed = &wrong[i], .n_allowed = 1};
        assert_int_equal(bk_controls_find(r.system, NULL, &settings, NULL, &found),
                         BK_MISUSE);
    }
    const bk_control_settings nothing = {.n_wanted = 0};
    assert_int_equal(bk_controls_find(r.system, NULL, &nothing, NULL, &found),
                     BK_MISUSE);
    rig_end(&r);
}

static bk_status control(rig *r, bk_control_in in)
{
    bk_controls *found = NULL;
    bk_intervention *parts = NULL;
    bk_table *table = NULL;
    size_t n = 0;
    bk_control_settings settings = r->settings;
    settings.wanted = &r->wanted;
    settings.in = in;
    settings.most_size = 1;
    bk_status status = bk_interventions(r->system, NULL, false, true, &parts, &n);
    if (status == BK_OK) {
        settings.allowed = parts;
        settings.n_allowed = n;
        status = bk_controls_find(r->system, NULL, &settings, NULL, &found);
    }
    if (status == BK_OK) {
        status = bk_controls_table(found, &table);
    }
    bk_table_free(table);
    bk_controls_free(found);
    bk_interventions_free(parts);
    return status;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    rig r = rig_of("X, A & B\nA, !B\nB, !A\n", "X", 1, true);
    for (int in = BK_IN_ASYNCHRONOUS; in <= BK_IN_TRAP_SPACES; in++) {
        bk_alloc_fail_after(-1);
        assert_int_equal(control(&r, (bk_control_in)in), BK_OK);
        const long all = bk_alloc_fail_after(-1);
        for (long n = 0; n < all; n += 1 + n / 100) {
            bk_alloc_fail_after(n);
            const bk_status status = control(&r, (bk_control_in)in);
            bk_alloc_fail_after(-1);
            assert_true(status == BK_OK || status == BK_NO_MEMORY);
        }
    }
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(two_ways_to_a_level_must_both_be_closed),
        test(an_arc_may_be_cut_instead),
        test(what_holds_in_attractors_need_not_percolate),
        test(the_table_says_what_follows),
        test(an_early_end_is_said),
        test(what_is_no_intervention_is_misuse),
        test(any_failed_allocation_is_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
