/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_fixture.h"

/* --- binding ---------------------------------------------------------------------- */

static void a_drug_leaves_what_its_dose_and_access_say(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *o = bound("drug alpelisib @ 150 nM", library, m);
    const double left = 0.05 + 0.95 / (1 + 3);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, left);
    bk_overlay_free(o);
    o = bound("drug alpelisib", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 0.05 + 0.95 / 21);
    bk_overlay_free(o);
    o = bound("drug buparlisib @ 160 nM", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 1.0 / 5);
    bk_overlay_free(o);
    o = bound("drug SYD985; variant MUC4:on", library, m);
    const double full = 0.1 + 0.9 / (1 + 150.0 / 5);
    assert_near(layer_of(o, m, "HER2", BK_TREATMENT)->scale, 1 - 0.25 * (1 - full));
    assert_int_equal(o->n_cuts, 1);
    bk_overlay_free(o);
    o = bound("drug T-DXd @ 1 pM", library, m);
    assert_near(layer_of(o, m, "LOAD", BK_TREATMENT)->fix, 1);
    assert_near(layer_of(o, m, "HER2", BK_TREATMENT)->scale, 0.5);
    bk_overlay_free(o);
    o = bound("access T-DXd = 0; drug T-DXd; variant T798I; drug BYL719", library, m);
    assert_int_equal(o->n_symbols, 0);
    bk_overlay_free(o);
    assert_not_bound("drug MK-2206", library, m, BK_BAD_INPUT, "MK-2206@500nM");
    assert_not_bound("drug MK2207", library, m, BK_NOT_FOUND, "MK-2206");
    assert_not_bound("access lapatinib = 0", library, m, BK_NOT_FOUND, "no drug");
    assert_not_bound("drug alpelisib", NULL, m, BK_NOT_FOUND, "without a table");
    bk_model_free(m);
    bk_library_free(library);
}

static void dose_zero_is_no_drug(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *const none = bound("fix AKT = 1", library, m);
    bk_overlay *const zero =
        bound("fix AKT = 1; drug alpelisib @ 0; drug T-DXd @ 0 nM; "
              "drug SYD985 @ 0",
              library, m);
    assert_string_equal(zero->text, none->text);
    bk_overlay_free(none);
    bk_overlay_free(zero);
    bk_model_free(m);
    bk_library_free(library);
}

static void a_combination_is_symmetric_to_the_last_bit(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    static const char *const parts[] = {"drug alpelisib @ 13 nM",
                                        "drug buparlisib @ 7 nM",
                                        "drug alpelisib @ 0.3 nM",
                                        "treatment; scale PI3K by 0.7; background",
                                        "variant both",
                                        "access alpelisib = 0.3",
                                        "access PI3K inhibitor = 0.7"};
    enum { PARTS = sizeof parts / sizeof *parts };
    char *first = NULL;
    for (size_t turn = 0; turn < PARTS; turn++) {
        char text[1000] = "";
        for (size_t i = 0; i < PARTS; i++) {
            strcat(text, parts[(i * 3 + turn) % PARTS]);
            strcat(text, "\n");
        }
        bk_overlay *const o = bound(text, library, m);
        char *printed = NULL;
        assert_int_equal(bk_overlay_print(o, m, &printed), BK_OK);
        if (first == NULL) {
            first = printed;
        } else {
            assert_string_equal(printed, first);
            bk_string_free(printed);
        }
        bk_overlay_free(o);
    }
    bk_string_free(first);
    bk_model_free(m);
    bk_library_free(library);
}

static void variants_open_into_their_edits(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *const o = bound("variant both; variant seen", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_BACKGROUND)->low, 1);
    assert_near(layer_of(o, m, "AKT", BK_TREATMENT)->scale, 0.5);
    assert_near(bk_overlay_of(o, bk_model_find(m, "HER2"))->start, 1);
    bk_overlay_free(o);
    assert_not_bound("variant circle", library, m, BK_BAD_INPUT, "made of itself");
    assert_not_bound("variant PIK3CA:H1047", library, m, BK_NOT_FOUND, "PIK3CA:H1047R");
    bk_model_free(m);
    bk_library_free(library);
}

static void within_a_layer_edits_combine(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *o = bound("bound PI3K in [1, 3]; bound PKB in [-inf, 2]; "
                          "bound PI3K in [0, 2]; scale PI3K by 0.5; scale PI3K by 0.5; "
                          "treatment; scale PI3K by 0.1",
                          NULL, m);
    const bk_layer_edit *const b = layer_of(o, m, "PI3K", BK_BACKGROUND);
    assert_near(b->low, 1);
    assert_near(b->high, 2);
    assert_near(b->scale, 0.25);
    assert_true(isnan(b->fix));
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 0.1);
    assert_near(layer_of(o, m, "AKT", BK_BACKGROUND)->high, 2);
    bk_overlay_free(o);
    o = bound("fix PI3K = 2; bound PI3K in [0, 1]; scale PI3K by 0; fix PI3K = 2; "
              "start AKT = 1; treatment; start AKT = 2",
              NULL, m);
    const bk_layer_edit *const fixed = layer_of(o, m, "PI3K", BK_BACKGROUND);
    assert_near(fixed->fix, 2);
    assert_true(isinf(fixed->low) && isinf(fixed->high));
    assert_near(fixed->scale, 1);
    assert_near(bk_overlay_of(o, bk_model_find(m, "AKT"))->start, 2);
    bk_overlay_free(o);
    assert_null(bk_overlay_of(NULL, 0));
    bk_model_free(m);
}

static void contradictions_name_both_places(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    assert_not_bound("fix AKT = 0\n fix PKB = 1", NULL, m, BK_BAD_INPUT, "s:1:1");
    assert_not_bound("bound AKT in [2, 3]; bound AKT in [0, 1]", NULL, m, BK_BAD_INPUT,
                     "is bound to");
    assert_not_bound("cut PI3K -> AKT at 0; cut PI3K -> AKT at 1", NULL, m,
                     BK_BAD_INPUT, "PI3K -> AKT");
    assert_not_bound("start AKT = 0; start AKT = 1", NULL, m, BK_BAD_INPUT,
                     "starts from 1 here and 0");
    bk_overlay *const o = bound("cut PI3K -> AKT; cut PI3K -> AKT at 0", NULL, m);
    assert_int_equal(o->n_cuts, 1);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void edits_that_cannot_act_are_refused(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    assert_not_bound("fix HER9 = 0", NULL, m, BK_NOT_FOUND, "HER2");
    assert_not_bound("fix AKT = 4", NULL, m, BK_BAD_INPUT, "levels 0 to 3");
    assert_not_bound("bound P95 in [2, inf]", NULL, m, BK_BAD_INPUT, "levels 0 to 1");
    bk_overlay *o = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bind_text("cut AKT -> PI3K; cut AKT -> LOAD", NULL, m, diag, &o),
                     BK_OK);
    assert_int_equal(o->n_cuts, 0);
    assert_int_equal(bk_diag_count(diag, BK_WARNING), 2);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 0);
    assert_non_null(strstr(bk_diag_message(diag, 1)->text, "\"LOAD\" has no rule"));
    bk_overlay_free(o);
    bk_diag_clear(diag);
    assert_int_equal(bind_text("fix X = 0; fix Y = 1\ncut Z -> AKT", NULL, m, diag, &o),
                     BK_NOT_FOUND);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 3);
    bk_diag_free(diag);
    bk_model_free(m);
    bk_model *const k = kinetic_model();
    assert_not_bound("scale A by 2", NULL, k, BK_BAD_INPUT, "use start");
    assert_not_bound("start r = 2", NULL, k, BK_BAD_INPUT, "is a reaction");
    assert_not_bound("start p = 2", NULL, k, BK_BAD_INPUT, "assignment rule");
    assert_not_bound("start [k] = 2", NULL, k, BK_BAD_INPUT, "no concentration");
    assert_not_bound("treatment; scale c by 2", NULL, k, BK_BAD_INPUT,
                     "only be edited");
    assert_not_bound("fix c = 0", NULL, k, BK_BAD_INPUT, "above 0");
    bk_model_free(k);
}

static void a_group_means_all_its_members(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *o = bound("fix receptor = 0; cut receptor -> PI3K at 1", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    assert_int_equal(o->n_cuts, 1);
    assert_int_equal(o->cuts[0].source, bk_model_find(m, "HER2"));
    bk_overlay_free(o);
    o = bound("fix group:receptor = 0", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void a_drive_takes_the_background_and_the_cuts(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    bk_overlay *o = bound("bound x in [1, 2]; treatment; scale x by 0.5", NULL, m);
    assert_near(layer_of(o, m, "x_drive", BK_BACKGROUND)->low, 1);
    assert_true(isinf(layer_of(o, m, "x", BK_BACKGROUND)->low));
    assert_near(layer_of(o, m, "x", BK_TREATMENT)->scale, 0.5);
    bk_overlay_free(o);
    o = bound("cut A -> x at 2; cut B -> x; cut A -> r", NULL, m);
    assert_string_equal(o->text,
                        "background\ncut A -> x_drive at 2\ncut A -> x_f1 at 2\n"
                        "cut B -> x_f1 at 0\ncut A -> r at 0\n");
    bk_overlay_free(o);
    o = bound("fix x = 1", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void own_laws_are_those_that_compute_or_change_a_symbol(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    const int32_t a = bk_model_find(m, "A");
    const int32_t x = bk_model_find(m, "x");
    const int32_t r = bk_model_find(m, "r");
    assert_true(bk_model_own_law(m, a, r));
    assert_true(bk_model_own_law(m, bk_model_find(m, "B"), r));
    assert_false(bk_model_own_law(m, bk_model_find(m, "k"), r));
    assert_false(bk_model_own_law(m, a, bk_model_find(m, "p")));
    assert_true(bk_model_own_law(m, x, x));
    assert_true(bk_model_own_law(m, x, bk_model_find(m, "x_drive")));
    bk_model_free(m);
}

static void the_level_policy_rounds_as_it_is_written(void **state)
{
    (void)state;
    const bk_layer_edit none = {
        .fix = (double)NAN, .low = -HUGE_VAL, .high = HUGE_VAL, .scale = 1};
    bk_overlay_symbol record = {.start = (double)NAN, .layer = {none, none}};
    for (int level = 0; level <= 3; level++) {
        assert_int_equal(bk_overlay_drive_level(&record, level, 3), level);
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, false), level);
    }
    record.layer[BK_TREATMENT].scale = 0.5;
    static const int halved[] = {0, 0, 1, 1};
    for (int level = 0; level <= 3; level++) {
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, false),
                         halved[level]);
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, true), level);
    }
    const bk_symbol plain = {.seen_scale = 1}, halved_twice = {.seen_scale = 0.5};
    assert_near(bk_symbol_share(&plain, &record), 0.5);
    assert_near(bk_symbol_share(&halved_twice, &record), 0.25);
    record.layer[BK_TREATMENT].scale = 5;
    assert_int_equal(bk_overlay_seen_level(&record, 1, 3, false), 3);
    assert_near(bk_symbol_share(&plain, &record), 1);
    record.layer[BK_TREATMENT].low = 0.5;
    assert_int_equal(bk_overlay_seen_level(&record, 0, 3, false), 1);
    record.layer[BK_BACKGROUND].low = 1.5;
    record.layer[BK_BACKGROUND].high = 2.4;
    assert_int_equal(bk_overlay_drive_level(&record, 0, 3), 2);
    assert_int_equal(bk_overlay_drive_level(&record, 3, 3), 2);
    record.layer[BK_BACKGROUND].fix = 9;
    assert_int_equal(bk_overlay_drive_level(&record, 0, 3), 3);
}

static void the_text_of_an_overlay_binds_to_the_same_overlay(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *const o = bound(
        "start HER2 = 2; bound PI3K in [1, inf]; cut PI3K -> AKT at 2; fix P95 = 0; "
        "treatment; scale PI3K by 0.4; bound AKT in [-inf, 2]; fix LOAD = 1",
        NULL, m);
    bk_overlay *const again = bound(o->text, NULL, m);
    assert_string_equal(again->text, o->text);
    assert_non_null(strstr(o->text,
                           "# levels of PI3K as others see them: 0->0, 1->0, "
                           "2->1, 3->1; in stochastic runs seen during a share of "
                           "time of 0.4\n"));
    bk_overlay_free(o);
    bk_overlay_free(again);
    bk_model_free(m);
}

/* --- specialise ------------------------------------------------------------------- */

static void assert_rule(const bk_model *m, const char *id, const char *expected)
{
    char *text = NULL;
    assert_int_equal(bk_symbol_rule_text(m, bk_model_find(m, id), &text), BK_OK);
    assert_string_equal(text, expected);
    bk_string_free(text);
}

static bk_model *specialised(const bk_model *model, const char *text)
{
    bk_overlay *const o = bound(text, NULL, model);
    bk_model *special = NULL;
    assert_int_equal(bk_model_specialise(model, o, NULL, &special), BK_OK);
    bk_overlay_free(o);
    for (int32_t s = 0; s < bk_model_symbols(model); s++) {
        assert_string_equal(bk_symbol_id(model, s), bk_symbol_id(special, s));
    }
    return special;
}

static void specialising_writes_the_edits_into_the_logic(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_model *s = specialised(m, "fix PI3K = 2; cut HER2 -> P95; start LOAD = 1");
    assert_rule(s, "PI3K", "2");
    assert_int_equal(bk_symbol_start_level(s, bk_model_find(s, "PI3K")), 2);
    assert_int_equal(bk_symbol_start_level(s, bk_model_find(s, "LOAD")), 1);
    assert_rule(s, "P95", "false");
    bk_model_free(s);
    s = specialised(m, "treatment; fix HER2 = 1; scale PI3K by 0.25");
    assert_rule(s, "P95", "true");
    assert_rule(s, "AKT", "piecewise(3, PI3K >= 1, 0)");
    assert_near(s->symbols[bk_model_find(s, "PI3K")].seen_scale, 0.25);
    bk_model_free(s);
    s = specialised(m, "bound PI3K in [1, 2]; treatment; bound PI3K in [-inf, 0]");
    assert_rule(s, "PI3K", "piecewise(2, HER2 >= 1, 1)");
    assert_rule(s, "AKT", "piecewise(3, false, 0)");
    bk_model_free(s);
    bk_model_free(m);
}

static void specialising_writes_the_edits_into_the_kinetics(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    bk_model *s =
        specialised(m, "scale r by 2; cut A -> p at 3; treatment; scale A by 0.5; "
                       "bound k in [1, inf]");
    assert_rule(s, "r", "2*(max(k, 1)*A)");
    assert_rule(s, "p", "3 + B");
    assert_rule(s, "x_f1", "0.5*A + B");
    bk_model_free(s);
    s = specialised(
        m, "fix A = 2; fix x = 1; scale k by 4; start B = 3; bound p in [0, 1]");
    const bk_symbol *const a = &s->symbols[bk_model_find(s, "A")];
    assert_true(a->boundary);
    assert_int_equal(a->initial, BK_INITIAL_CONCENTRATION);
    assert_near(a->value, 2);
    assert_rule(s, "x", "");
    assert_rule(s, "x_drive", "");
    assert_near(s->symbols[bk_model_find(s, "k")].value, 2);
    assert_near(s->symbols[bk_model_find(s, "B")].value, 3);
    assert_rule(s, "p", "min(max(A + B, 0), 1)");
    bk_model_free(s);
    bk_model_free(m);
}

/* --- memory ----------------------------------------------------------------------- */

static bk_status use_everything(void)
{
    bk_scenario *const s = bk_scenario_new("s");
    bk_diag *const diag = bk_diag_new();
    bk_library *library = NULL;
    bk_overlay *overlay = NULL;
    bk_model *special = NULL;
    bk_model *const m = logic_model();
    char *text = NULL;
    bk_status status = s != NULL && diag != NULL && m != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_library_read(folder, diag, &library);
    }
    if (status == BK_OK) {
        status =
            bk_scenario_parse(s, BK_BACKGROUND,
                              "fix P95 = 0; cut PI3K -> AKT at 1; fix receptor = 0; "
                              "drug \"T-DXd\" @ 5 nM",
                              start_of_text, diag);
    }
    if (status == BK_OK) {
        status = bk_library_treatment_scenario(library, "BYL719 + PI3K inhibitor@5nM",
                                               nowhere, diag, s);
    }
    if (status == BK_OK) {
        status = bk_library_background_scenario(library, "both", nowhere, diag, s);
    }
    if (status == BK_OK) {
        status = bk_scenario_print(s, &text);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(s, library, m, diag, &overlay);
    }
    if (status == BK_OK) {
        status = bk_model_specialise(m, overlay, diag, &special);
    }
    bk_string_free(text);
    bk_model_free(special);
    bk_overlay_free(overlay);
    bk_library_free(library);
    bk_model_free(m);
    bk_diag_free(diag);
    bk_scenario_free(s);
    return status;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_int_equal(use_everything(), BK_OK);
    const long total = bk_alloc_fail_after(-1);
    assert_true(total > 100);
    for (long n = 0; n < total; n++) {
        bk_alloc_fail_after(n);
        /* A failure that only loses a message does not stop the work. */
        const bk_status status = use_everything();
        assert_true(status == BK_NO_MEMORY || status == BK_OK);
    }
    bk_alloc_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_drug_leaves_what_its_dose_and_access_say),
        test(dose_zero_is_no_drug),
        test(a_combination_is_symmetric_to_the_last_bit),
        test(variants_open_into_their_edits),
        test(within_a_layer_edits_combine),
        test(contradictions_name_both_places),
        test(edits_that_cannot_act_are_refused),
        test(a_group_means_all_its_members),
        test(a_drive_takes_the_background_and_the_cuts),
        test(own_laws_are_those_that_compute_or_change_a_symbol),
        test(the_level_policy_rounds_as_it_is_written),
        test(the_text_of_an_overlay_binds_to_the_same_overlay),
        test(specialising_writes_the_edits_into_the_logic),
        test(specialising_writes_the_edits_into_the_kinetics),
        test(any_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
