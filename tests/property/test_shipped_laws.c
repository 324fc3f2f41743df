/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The laws on the shipped networks, with their own drugs, variants and backgrounds:
 *
 *     run(compile(model), overlay) = run(compile(specialise(model, overlay)), nothing)
 *
 * to the last bit for logic, within 100 times the tolerance for ODE; a drug at dose 0 is
 * no drug; the order of a combination is nothing; fixed points are the same under every
 * update. */

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"her2", "pi3k-akt-mtor", "ras-raf-mek-erk"};
enum { N_NAMES = 3 };

typedef struct net {
    bk_model *model, *continuous;
    bk_library *library;
} net;

static net open_net(const char *name)
{
    char folder[100], path[200];
    const bk_read_settings settings = {.lax = false};
    const bk_continuous_settings form = bk_continuous_defaults();
    net n = {0};
    snprintf(folder, sizeof folder, "networks/%s", name);
    snprintf(path, sizeof path, "%s/%s.sbml", folder, name);
    assert_int_equal(bk_model_read(path, &settings, NULL, &n.model), BK_OK);
    assert_int_equal(bk_library_read(folder, NULL, &n.library), BK_OK);
    assert_int_equal(bk_model_continuous(n.model, &form, NULL, &n.continuous), BK_OK);
    return n;
}

static void close_net(net *n)
{
    bk_library_free(n->library);
    bk_model_free(n->continuous);
    bk_model_free(n->model);
}

static bk_overlay *bind(const net *n, const bk_model *model, const char *background,
                        const char *treatment)
{
    const bk_where where = {0};
    bk_scenario *s = bk_scenario_new(treatment);
    bk_overlay *overlay = NULL;
    assert_int_equal(
        bk_library_background_scenario(n->library, background, where, NULL, s), BK_OK);
    assert_int_equal(
        bk_library_treatment_scenario(n->library, treatment, where, NULL, s), BK_OK);
    assert_int_equal(bk_scenario_bind(s, n->library, model, NULL, &overlay), BK_OK);
    bk_scenario_free(s);
    return overlay;
}

/* Every level: a specialised model has fewer variables, since what is fixed is one no
 * more. */
static int level_columns(const bk_model *model, bk_column *columns)
{
    int n = 0;
    for (int32_t s = 0; s < bk_model_symbols(model); s++) {
        const bk_symbol_kind kind = bk_symbol_kind_of(model, s);
        if (kind == BK_LEVEL || kind == BK_PARAMETER) {
            columns[n++] = (bk_column){.symbol = s, .aspect = BK_AS_DEFAULT};
        }
    }
    return n;
}

static bk_outcome *outcome_of(const bk_engine *engine, const bk_model *model,
                              const bk_overlay *overlay)
{
    bk_column *columns = calloc((size_t)bk_model_symbols(model), sizeof *columns);
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_settings settings = bk_settings_defaults();
    settings.t_end = 20;
    settings.steps = 20;
    settings.runs = 10;
    settings.seed = 7;
    settings.columns = columns;
    settings.n_columns = level_columns(model, columns);
    assert_int_equal(engine->compile(model, NULL, &system), BK_OK);
    assert_int_equal(engine->workspace(system, &workspace), BK_OK);
    assert_int_equal(engine->run(system, overlay, &settings, workspace, NULL, &outcome),
                     BK_OK);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    bk_workspace_free(workspace);
    bk_system_free(system);
    free(columns);
    return outcome;
}

static void same_outcome(const bk_outcome *a, const bk_outcome *b, double tolerance,
                         const char *what)
{
    assert_int_equal(bk_outcome_rows(a), bk_outcome_rows(b));
    assert_int_equal(bk_outcome_columns(a), bk_outcome_columns(b));
    for (size_t r = 0; r < bk_outcome_rows(a); r++) {
        for (int k = 0; k < bk_outcome_columns(a); k++) {
            const double x = bk_outcome_value(a, r, k), y = bk_outcome_value(b, r, k);
            if (!(x == y) && !(fabs(x - y) <= tolerance * fmax(1, fabs(x)))) {
                fail_msg("%s: %.17g and %.17g in row %zu", what, x, y, r);
            }
        }
    }
}

static void law_holds(const net *n, const bk_engine *engine, const char *background,
                      const char *treatment)
{
    const bool ode = engine == &bk_engine_ode;
    const bk_model *model = ode ? n->continuous : n->model;
    bk_overlay *overlay = bind(n, model, background, treatment);
    bk_model *special = NULL;
    assert_int_equal(bk_model_specialise(model, overlay, NULL, &special), BK_OK);
    bk_outcome *a = outcome_of(engine, model, overlay);
    bk_outcome *b = outcome_of(engine, special, NULL);
    char what[300];
    snprintf(what, sizeof what, "%s by %s, %s, %s", bk_model_id(model), engine->name,
             background, treatment);
    /* levels are of order 1, so relative and absolute are the same here */
    same_outcome(a, b, ode ? 100 * 1e-6 : 0, what);
    bk_outcome_free(a);
    bk_outcome_free(b);
    bk_model_free(special);
    bk_overlay_free(overlay);
}

static void overlay_is_specialise_by_logic_for_every_background_and_drug(void **state)
{
    (void)state;
    for (int i = 0; i < N_NAMES; i++) {
        net n = open_net(names[i]);
        for (size_t b = 0; b < bk_library_backgrounds(n.library); b++) {
            const char *background = bk_library_background(n.library, b);
            for (size_t d = 0; d < bk_library_drugs(n.library); d++) {
                const char *drug = bk_library_drug(n.library, d);
                law_holds(&n, &bk_engine_sync, background, drug);
            }
            const char *drug =
                bk_library_drug(n.library, b % bk_library_drugs(n.library));
            law_holds(&n, &bk_engine_async, background, drug);
            law_holds(&n, &bk_engine_ctmc, background, drug);
        }
        close_net(&n);
    }
}

static void
overlay_is_specialise_by_ode_for_every_background_and_every_drug(void **state)
{
    (void)state;
    for (int i = 0; i < N_NAMES; i++) {
        net n = open_net(names[i]);
        const size_t drugs = bk_library_drugs(n.library);
        const size_t backgrounds = bk_library_backgrounds(n.library);
        const size_t most = drugs > backgrounds ? drugs : backgrounds;
        for (size_t k = 0; k < most; k++) {
            law_holds(&n, &bk_engine_ode,
                      bk_library_background(n.library, k % backgrounds),
                      bk_library_drug(n.library, k % drugs));
        }
        close_net(&n);
    }
}

static void a_drug_at_dose_zero_is_no_drug(void **state)
{
    (void)state;
    net n = open_net("her2");
    bk_overlay *none = bind(&n, n.continuous, "HER2-amplified", "none");
    bk_outcome *a = outcome_of(&bk_engine_ode, n.continuous, none);
    for (size_t d = 0; d < bk_library_drugs(n.library); d++) {
        char treatment[200];
        snprintf(treatment, sizeof treatment, "%s@0nM", bk_library_drug(n.library, d));
        bk_overlay *zero = bind(&n, n.continuous, "HER2-amplified", treatment);
        bk_outcome *b = outcome_of(&bk_engine_ode, n.continuous, zero);
        same_outcome(a, b, 0, treatment);
        bk_outcome_free(b);
        bk_overlay_free(zero);
    }
    bk_outcome_free(a);
    bk_overlay_free(none);
    close_net(&n);
}

static void the_order_of_a_combination_is_nothing(void **state)
{
    (void)state;
    net n = open_net("her2");
    static const char *const pairs[][2] = {
        {"trastuzumab+alpelisib", "alpelisib+trastuzumab"},
        {"lapatinib@5nM+trametinib", "trametinib+lapatinib@5nM"}};
    for (int i = 0; i < 2; i++) {
        bk_overlay *one = bind(&n, n.continuous, "HER2-amplified", pairs[i][0]);
        bk_overlay *two = bind(&n, n.continuous, "HER2-amplified", pairs[i][1]);
        bk_outcome *a = outcome_of(&bk_engine_ode, n.continuous, one);
        bk_outcome *b = outcome_of(&bk_engine_ode, n.continuous, two);
        same_outcome(a, b, 1e-9, pairs[i][0]);
        bk_outcome_free(a);
        bk_outcome_free(b);
        bk_overlay_free(one);
        bk_overlay_free(two);
    }
    close_net(&n);
}

static void fixed_points_are_the_same_under_every_update(void **state)
{
    (void)state;
    for (int i = 0; i < N_NAMES; i++) {
        net n = open_net(names[i]);
        size_t counts[2] = {0, 1};
        for (int k = 0; k < 2; k++) {
            bk_system *system = NULL;
            bk_attractors *found = NULL;
            const bk_attractor_settings settings = {.update = k == 0 ? BK_SYNCHRONOUS
                                                                     : BK_ASYNCHRONOUS,
                                                    .kind = BK_FIXED_POINTS};
            const bk_engine *engine = k == 0 ? &bk_engine_sync : &bk_engine_async;
            assert_int_equal(engine->compile(n.model, NULL, &system), BK_OK);
            assert_int_equal(bk_attractors_find(system, NULL, &settings, NULL, &found),
                             BK_OK);
            assert_true(bk_attractors_complete(found));
            counts[k] = bk_attractors_count(found);
            assert_true(counts[k] > 0);
            bk_attractors_free(found);
            bk_system_free(system);
        }
        assert_int_equal(counts[0], counts[1]);
        close_net(&n);
    }
}

/* A steady state is where a long course ends, also from a state at rest in which a drug is
 * then given. */
static void a_drug_given_at_rest_settles_where_a_long_course_ends(void **state)
{
    (void)state;
    static const char *const drugs[] = {"lapatinib", "capivasertib", "alpelisib",
                                        "AZD8055",   "trametinib",   "palbociclib"};
    net n = open_net("her2");
    const bk_engine *const engine = &bk_engine_ode;
    bk_column columns[1000];
    bk_settings settings = bk_settings_defaults();
    settings.columns = columns;
    settings.n_columns = level_columns(n.continuous, columns);
    bk_system *system = NULL;
    bk_workspace *w = NULL;
    bk_outcome *rest = NULL;
    assert_int_equal(engine->compile(n.continuous, NULL, &system), BK_OK);
    assert_int_equal(engine->workspace(system, &w), BK_OK);
    bk_overlay *const untreated = bind(&n, n.continuous, "HER2-amplified", "none");
    assert_int_equal(engine->settle(system, untreated, &settings, w, NULL, &rest),
                     BK_OK);
    settings.state = bk_outcome_state(rest);
    settings.t_end = 20000.0;
    settings.steps = 1;
    size_t at_rest = 0;
    for (size_t i = 0; i < sizeof drugs / sizeof *drugs; i++) {
        bk_overlay *const treated = bind(&n, n.continuous, "HER2-amplified", drugs[i]);
        bk_outcome *settled = NULL, *course = NULL;
        assert_int_equal(engine->settle(system, treated, &settings, w, NULL, &settled),
                         BK_OK);
        assert_int_equal(engine->run(system, treated, &settings, w, NULL, &course),
                         BK_OK);
        double moved = 0.0;
        /* What swings for ever ends nowhere. */
        const bool swings = bk_outcome_stop(settled) == BK_STOP_NOT_STEADY;
        at_rest += !swings;
        for (int c = 0; c < settings.n_columns; c++) {
            const double end = bk_outcome_value(course, 1, c);
            assert_true(swings || fabs(bk_outcome_value(settled, 0, c) - end) <= 1e-4);
            moved = fmax(moved, fabs(end - bk_outcome_value(course, 0, c)));
        }
        assert_true(moved > 0.5);
        bk_outcome_free(settled);
        bk_outcome_free(course);
        bk_overlay_free(treated);
    }
    assert_true(at_rest >= 5);
    bk_outcome_free(rest);
    bk_overlay_free(untreated);
    bk_workspace_free(w);
    bk_system_free(system);
    close_net(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlay_is_specialise_by_logic_for_every_background_and_drug),
        cmocka_unit_test(
            overlay_is_specialise_by_ode_for_every_background_and_every_drug),
        cmocka_unit_test(a_drug_at_dose_zero_is_no_drug),
        cmocka_unit_test(a_drug_given_at_rest_settles_where_a_long_course_ends),
        cmocka_unit_test(the_order_of_a_combination_is_nothing),
        cmocka_unit_test(fixed_points_are_the_same_under_every_update)};
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
