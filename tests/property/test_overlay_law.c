/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The law of perturbations, on random models under random edits:
 *
 *     run(compile(model), overlay) = run(compile(specialise(model, overlay)), nothing)
 *
 * to the last bit for logical models, whatever the update, and within 100 times the
 * tolerance for kinetic ones. */

#include "random_models.h"

#define test(name) cmocka_unit_test(name)

enum { MODELS = 1000 };

/* --- the law ---------------------------------------------------------------------- */

typedef struct law {
    const bk_engine *engine;
    bool settle;
    double tolerance; /* 0: to the last bit */
    bk_settings settings;
    int changed; /* models in which the edits changed the outcome */
} law;

static bk_outcome *outcome_of(const law *l, const bk_model *m,
                              const bk_overlay *overlay, int *failed)
{
    bk_diag *const diag = bk_diag_new();
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_status status = l->engine->compile(m, diag, &system);
    if (status == BK_OK) {
        status = l->engine->workspace(system, &workspace);
    }
    if (status == BK_OK) {
        status = (l->settle ? l->engine->settle : l->engine->run)(
            system, overlay, &l->settings, workspace, diag, &outcome);
    }
    for (size_t i = 0; status != BK_OK && i < bk_diag_size(diag); i++) {
        print_message("%s\n", bk_diag_message(diag, i)->text);
    }
    *failed += status != BK_OK;
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_diag_free(diag);
    return outcome;
}

static bool agree(const law *l, double a, double b)
{
    if (a == b || (isnan(a) && isnan(b))) {
        return true;
    }
    return l->tolerance > 0 &&
           fabs(a - b) <= l->tolerance * fmax(1e-2, fmax(fabs(a), fabs(b)));
}

/* Where two outcomes differ, in words; "" when they agree. */
static void compare(const law *l, const bk_model *m, const bk_outcome *a,
                    const bk_outcome *b, char text[400])
{
    text[0] = '\0';
    if (bk_outcome_rows(a) != bk_outcome_rows(b) || bk_outcome_stop(a) != BK_STOP_END ||
        bk_outcome_stop(b) != BK_STOP_END) {
        snprintf(text, 400, "%zu and %zu rows, ended by %d (%s) and %d (%s)",
                 bk_outcome_rows(a), bk_outcome_rows(b), (int)bk_outcome_stop(a),
                 bk_outcome_text(a), (int)bk_outcome_stop(b), bk_outcome_text(b));
        return;
    }
    for (size_t row = 0; row < bk_outcome_rows(a); row++) {
        for (int c = 0; c < bk_outcome_columns(a); c++) {
            const double x = bk_outcome_value(a, row, c);
            const double y = bk_outcome_value(b, row, c);
            if (!agree(l, x, y) || !agree(l, bk_outcome_deviation(a, row, c),
                                          bk_outcome_deviation(b, row, c))) {
                snprintf(text, 400, "row %zu, %s: %.17g and %.17g", row,
                         bk_symbol_id(m, bk_outcome_column(a, c).symbol), x, y);
                return;
            }
        }
    }
}

static void print_model(const bk_model *m)
{
    for (int32_t s = 0; s < bk_model_symbols(m); s++) {
        char *rule = NULL;
        const bk_symbol *const about = &m->symbols[s];
        assert_int_equal(bk_symbol_rule_text(m, s, &rule), BK_OK);
        print_message("  %s %s = %g (start %d of %d, seen %g%s)  %s\n",
                      bk_symbol_kind_text(about->kind), about->id, about->value,
                      about->start_level, about->max_level, about->seen_scale,
                      about->boundary ? ", boundary" : "", rule);
        bk_string_free(rule);
    }
}

/* Runs both sides; how many disagree (0 or 1). */
static int check(law *l, const bk_model *m, const bk_overlay *overlay,
                 const bk_model *special, int number)
{
    bk_column columns[64];
    int n = 0;
    for (int32_t s = 0; s < bk_model_symbols(m) && n < 64; s++) {
        columns[n++] = (bk_column){.symbol = s, .aspect = BK_AS_DEFAULT};
    }
    l->settings.columns = columns;
    l->settings.n_columns = n;
    char text[400] = "a side failed";
    int failed = 0;
    bk_outcome *const a = outcome_of(l, m, overlay, &failed);
    bk_outcome *const b = outcome_of(l, special, NULL, &failed);
    if (failed == 0) {
        compare(l, m, a, b, text);
    }
    bk_outcome *const plain = outcome_of(l, m, NULL, &failed);
    if (failed == 0) {
        char difference[400];
        compare(l, m, a, plain, difference);
        l->changed += difference[0] != '\0';
    }
    bk_outcome_free(a);
    bk_outcome_free(b);
    bk_outcome_free(plain);
    if (text[0] == '\0') {
        return 0;
    }
    print_message("model %d, %s%s: %s\n%s", number, l->engine->name,
                  l->settle ? " settling" : "", text, overlay->text);
    print_model(m);
    print_message(" specialised:\n");
    print_model(special);
    return 1;
}

enum { SHOWN = 3 };

static bk_model *specialised(const bk_model *m, const bk_overlay *overlay)
{
    bk_model *special = NULL;
    assert_int_equal(bk_model_specialise(m, overlay, NULL, &special), BK_OK);
    return special;
}

static void
a_specialised_logical_model_runs_as_the_model_under_its_overlay(void **state)
{
    (void)state;
    law laws[] = {{.engine = &bk_engine_sync},
                  {.engine = &bk_engine_async},
                  {.engine = &bk_engine_ctmc},
                  {.engine = &bk_engine_sync, .settle = true}};
    int wrong = 0;
    for (int i = 0; i < MODELS && wrong < SHOWN; i++) {
        bk_random r;
        bk_random_start(&r, 17, 1, (uint64_t)i);
        bk_model *const m = random_logic(&r);
        bk_overlay *const overlay = random_overlay(&r, m);
        bk_model *const special = specialised(m, overlay);
        for (size_t k = 0; k < sizeof laws / sizeof *laws && wrong < SHOWN; k++) {
            laws[k].settings = bk_settings_defaults();
            laws[k].settings.steps = 10;
            laws[k].settings.t_end = 10;
            laws[k].settings.runs = 10;
            laws[k].settings.seed = (uint64_t)i;
            wrong += check(&laws[k], m, overlay, special, i);
        }
        bk_model_free(special);
        bk_overlay_free(overlay);
        bk_model_free(m);
    }
    assert_int_equal(wrong, 0);
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++) {
        assert_true(laws[k].changed > MODELS / 4);
    }
}

static law kinetic_law(void)
{
    law l = {.engine = &bk_engine_ode, .settings = bk_settings_defaults()};
    l.settings.t_end = 3;
    l.settings.steps = 6;
    l.tolerance = 100 * l.settings.rtol;
    return l;
}

static void
a_specialised_kinetic_model_runs_as_the_model_under_its_overlay(void **state)
{
    (void)state;
    law l = kinetic_law();
    int wrong = 0;
    for (int i = 0; i < MODELS && wrong < SHOWN; i++) {
        bk_random r;
        bk_random_start(&r, 18, 1, (uint64_t)i);
        bk_model *const m = random_kinetic(&r);
        bk_overlay *const overlay = random_overlay(&r, m);
        bk_model *const special = specialised(m, overlay);
        l.settings.freeze_slow = chance(&r, 20);
        wrong += check(&l, m, overlay, special, i);
        bk_model_free(special);
        bk_overlay_free(overlay);
        bk_model_free(m);
    }
    assert_int_equal(wrong, 0);
    assert_true(l.changed > MODELS / 4);
}

static void
a_specialised_continuous_form_runs_as_the_form_under_its_overlay(void **state)
{
    (void)state;
    law l = kinetic_law();
    int wrong = 0;
    for (int i = 0; i < MODELS && wrong < SHOWN; i++) {
        bk_random r;
        bk_random_start(&r, 19, 1, (uint64_t)i);
        bk_model *const logic = random_logic(&r);
        bk_model *m = NULL;
        assert_int_equal(bk_model_continuous(logic, NULL, NULL, &m), BK_OK);
        bk_overlay *const overlay = random_overlay(&r, m);
        bk_model *const special = specialised(m, overlay);
        wrong += check(&l, m, overlay, special, i);
        bk_model_free(special);
        bk_overlay_free(overlay);
        bk_model_free(m);
        bk_model_free(logic);
    }
    assert_int_equal(wrong, 0);
    assert_true(l.changed > MODELS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_specialised_logical_model_runs_as_the_model_under_its_overlay),
        test(a_specialised_kinetic_model_runs_as_the_model_under_its_overlay),
        test(a_specialised_continuous_form_runs_as_the_form_under_its_overlay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
