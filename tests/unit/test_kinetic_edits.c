/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic_fixture.h"

/* Edits in a run. */

static void edits_act_where_they_say(void **s)
{
    (void)s;
    bench t = opened(cascade());
    show(&t, "T", BK_AS_DEFAULT);
    t.settings.t_end = 60.0;
    assert_close(end_of(&t, NULL), 4.0, 1e-8);
    assert_close(end_of(&t, "fix K = 0.25"), 0.5, 1e-8);
    assert_close(end_of(&t, "fix D = 3"), 3.0, 1e-8);
    assert_close(end_of(&t, "bound D in [-inf, 1.5]"), 1.5, 1e-8);
    assert_close(end_of(&t, "bound D in [7, inf]"), 7.0, 1e-8);
    assert_close(end_of(&t, "scale on by 0.5"), 2.0, 1e-8);
    assert_close(end_of(&t, "scale k by 0.5"), 1.0, 1e-8);
    assert_close(end_of(&t, "scale D by 3; bound D in [-inf, 5]"), 5.0, 1e-8);
    assert_close(end_of(&t, "cut K -> D at 1"), 2.0, 1e-8);
    assert_close(end_of(&t, "cut k -> on at 1"), 2.0, 1e-8);
    assert_close(end_of(&t, "treatment\nscale K by 0.25"), 1.0, 1e-8);
    assert_close(end_of(&t, "treatment\nfix K = 3"), 6.0, 1e-8);
    assert_close(end_of(&t, "fix K = 1\ntreatment\nscale K by 0.5"), 1.0, 1e-8);
    assert_close(end_of(&t, "start T = 100"), 4.0, 1e-8);
    assert_close(end_of(&t, NULL), 4.0, 1e-8); /* nothing is left behind */
    closed(&t);
}

static void a_treatment_leaves_a_thing_and_changes_what_others_see(void **s)
{
    (void)s;
    bench t = opened(cascade());
    show(&t, "K", BK_AS_DRIVE);
    show(&t, "K", BK_AS_ACTIVITY);
    show(&t, "on", BK_AS_DRIVE);
    show(&t, "on", BK_AS_DEFAULT);
    t.settings.t_end = 60.0;
    bk_outcome *const o = ran(&t, "treatment\nscale K by 0.25; scale on by 0.5");
    assert_close(last(o, 0), 1.0, 1e-8);
    assert_close(last(o, 1), 0.25, 1e-8);
    assert_close(last(o, 2), 2.0, 1e-8);
    assert_close(last(o, 3), 1.0, 1e-8);
    bk_outcome_free(o);
    closed(&t);
}

static void a_bound_on_a_thing_without_a_drive_is_refused_by_name(void **s)
{
    (void)s;
    bench t = opened(cascade());
    const bk_layer_edit none = {(double)NAN, -(double)INFINITY, (double)INFINITY, 1.0};
    const bk_layer_edit bound = {(double)NAN, 0.0, 1.0, 1.0};
    bk_overlay_symbol record = {.symbol = bk_model_find(t.model, "K"),
                                .start = (double)NAN,
                                .layer = {bound, none}};
    const bk_overlay overlay = {.symbols = &record, .n_symbols = 1};
    bk_outcome *o = NULL;
    assert_int_equal(
        bk_engine_ode.run(t.system, &overlay, &t.settings, t.workspace, t.diag, &o),
        BK_UNSUPPORTED);
    assert_non_null(strstr(bk_diag_message(t.diag, 0)->text, "\"K\""));
    closed(&t);
}

static void slow_things_stay_when_they_are_frozen(void **s)
{
    (void)s;
    bk_builder *const b = cascade();
    bk_builder_model(b)->symbols[bk_builder_find(b, "K")].slow = true;
    bench t = opened(b);
    show(&t, "T K", BK_AS_DEFAULT);
    t.settings.freeze_slow = true;
    bk_outcome *const o = ran(&t, "start K = 0.5");
    assert_close(last(o, 1), 0.5, 0.0);
    assert_close(last(o, 0), 1.0, 1e-3);
    bk_outcome_free(o);
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(edits_act_where_they_say),
        test(a_treatment_leaves_a_thing_and_changes_what_others_see),
        test(a_bound_on_a_thing_without_a_drive_is_refused_by_name),
        test(slow_things_stay_when_they_are_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
