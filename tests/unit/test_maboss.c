/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"
#include "model/dd.h"
#include "model/model.h"

#include <math.h>

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance)) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

static const bk_logic *logic_of(const bk_model *m, const char *name)
{
    const int32_t number = bk_model_logic_of(m, bk_model_find(m, name));
    return number < 0 ? NULL : &m->logics[number];
}

/* What decides the rule of a level in a state given by names of levels that are on. */
static void decide(const bk_model *m, const char *name, const char *const *on,
                   int *level, double *rate)
{
    int levels[64] = {0};
    for (; *on != NULL; on++) {
        levels[bk_model_find(m, *on)] = 1;
    }
    const int32_t number = bk_model_logic_of(m, bk_model_find(m, name));
    const bk_logic *const logic = &m->logics[number];
    bk_dd *cases = NULL;
    assert_int_equal(bk_dd_build_cases(m, number, 1000, &cases), BK_OK);
    const int k = bk_dd_evaluate(cases, levels);
    bk_dd_free(cases);
    const bk_term *const term =
        k < logic->terms ? &m->terms[logic->first_term + k] : NULL;
    *level = term != NULL ? term->level : logic->otherwise;
    *rate = term != NULL && term->rate > 0 ? term->rate
            : *level == 1                  ? logic->rate_up
                                           : logic->rate_down;
}

static void assert_decides(const bk_model *m, const char *name, const char *const *on,
                           int level, double rate)
{
    int found;
    double at;
    decide(m, name, on, &found, &at);
    assert_int_equal(found, level);
    assert_near(at, rate, 0);
}

#define ON(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE ((const char *const[]){NULL})

static void rates_become_a_rule_and_the_rates_of_its_cases(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/maboss/good/rates.bnd");
    assert_string_equal(bk_model_id(m), "rates");
    /* A rises at 0.5 and never falls: a rule of 1. */
    assert_decides(m, "A", NONE, 1, 0.5);
    assert_decides(m, "B", ON("A"), 1, 2);
    assert_decides(m, "B", ON("A", "B", "C"), 0, 0.5);
    assert_decides(m, "B", ON("B"), 1, 2);
    /* C rises twice as fast where A is on. */
    assert_decides(m, "C", ON("A"), 1, 4);
    assert_decides(m, "C", ON("B"), 1, 2);
    assert_decides(m, "C", ON("C"), 0, 1);
    /* D rises always, and falls where C is on: there it goes back and forth. */
    assert_decides(m, "D", NONE, 1, 1);
    assert_decides(m, "D", ON("D"), 1, 1);
    assert_decides(m, "D", ON("C", "D"), 0, 2);
    assert_decides(m, "D", ON("C"), 1, 1);
    assert_decides(m, "E", ON("A"), 1, 3);
    assert_decides(m, "E", ON("A", "B", "E"), 0, 1);
    /* Without a rate there is no rule. */
    assert_null(logic_of(m, "I"));
    assert_null(logic_of(m, "J"));
    assert_true(bk_symbol_input(m, bk_model_find(m, "J")));
    bk_model_free(m);
}

static void starts_settings_and_marks_of_nodes_are_kept(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/maboss/good/rates.bnd");
    const bk_run_wishes *const w = bk_model_wishes(m);
    assert_near(w->end, 5, 0);
    assert_near(w->tick, 0.1, 0);
    assert_int_equal(w->runs, 2000);
    assert_true(w->seeded && w->seed == 42);
    assert_false(w->discrete);
    assert_int_equal(w->threads, 2);
    assert_true(bk_symbol_internal(m, bk_model_find(m, "I")));
    assert_false(bk_symbol_internal(m, bk_model_find(m, "A")));
    assert_int_equal(m->symbols[bk_model_find(m, "D")].reference, 1);
    assert_int_equal(m->symbols[bk_model_find(m, "E")].reference, -1);
    /* The likelier level where one is drawn: B of 0.7 [1], E of 3 [0]. */
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "B")), 1);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "C")), 0);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "E")), 0);
    assert_int_equal(bk_symbol_start_level(m, bk_model_find(m, "J")), 1);
    /* B with C; D; E; I, of which nothing is said. */
    assert_int_equal(m->n_starts, 4);
    assert_int_equal(m->starts[0].n, 2);
    assert_int_equal(m->starts[0].states, 2);
    assert_near(m->starts[0].weights[1], 0.7, 0);
    assert_int_equal(m->starts[0].values[2], 1);
    assert_int_equal(m->starts[0].values[3], 0);
    assert_near(m->starts[2].weights[1], 3, 0);
    bk_model_free(m);
}

static void refuse(const char *path)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_model_read(path, NULL, diag, &model), BK_BAD_INPUT);
    assert_null(model);
    fixture_assert_messages(path, diag, BK_WARNING);
    bk_diag_free(diag);
}

static void every_problem_of_both_files_is_told_in_one_pass(void **state)
{
    (void)state;
    assert_int_equal(fixture_each("tests/maboss/bad", ".bnd", refuse), 2);
}

static bk_model *parse(const char *bnd, const char *cfg)
{
    const bk_maboss_text b = {bnd, strlen(bnd), "x.bnd"};
    const bk_maboss_text c = {cfg, strlen(cfg), "x.cfg"};
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    if (bk_maboss_parse(&b, &c, diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", bnd);
    }
    bk_diag_free(diag);
    return model;
}

static void what_is_written_is_the_same_model(void **state)
{
    (void)state;
    bk_model *const m = fixture_read("tests/maboss/good/rates.bnd");
    char *bnd = NULL;
    char *cfg = NULL;
    assert_int_equal(bk_maboss_print(m, NULL, &bnd, &cfg), BK_OK);
    bk_model *const again = parse(bnd, cfg);
    fixture_assert_equal(m, again, -1);
    assert_int_equal(again->n_starts, m->n_starts);
    assert_memory_equal(&again->wishes, &m->wishes, sizeof m->wishes);
    static const char *const names[] = {"A", "B", "C", "D", "E"};
    for (int code = 0; code < 32; code++) {
        const char *on[6] = {NULL};
        int n = 0;
        for (int i = 0; i < 5; i++) {
            if ((code >> i & 1) != 0) {
                on[n++] = names[i];
            }
        }
        for (int i = 0; i < 5; i++) {
            int level[2];
            double rate[2];
            decide(m, names[i], on, &level[0], &rate[0]);
            decide(again, names[i], on, &level[1], &rate[1]);
            assert_int_equal(level[0], level[1]);
            /* That of a level that stays where it is says nothing. */
            if (level[0] != (code >> i & 1)) {
                assert_near(rate[0], rate[1], 0);
            }
        }
    }
    bk_string_free(bnd);
    bk_string_free(cfg);
    bk_model_free(again);
    bk_model_free(m);
}

static void arithmetic_and_precedence_are_those_of_the_language(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"1 + 2 * 3", 7},
                 {"(1 + 2) * 3", 9},
                 {"8 / 4 / 2", 1},
                 {"2 - 3 - -4", 3},
                 {"1 < 2 & 2 < 1 | 1", 1},
                 {"1 | 1 ^ 1", 0}, /* OR binds tighter than XOR */
                 {"!0 + 1", 2},    /* NOT binds tightest */
                 {"3 == 3 ? 5 : 6", 5},
                 {"0 ? 1 : 0 ? 2 : 3", 3},
                 {"log(8, 2)", 3},
                 {"exp(2, 10)", 100},
                 {"1e1 + .5", 10.5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char cfg[100];
        snprintf(cfg, sizeof cfg, "$u = %s;", cases[i].text);
        bk_model *const m = parse("node A { rate_up = 1 + $u; rate_down = 0; }", cfg);
        assert_near(logic_of(m, "A")->rate_up, 1 + cases[i].value, 1e-14);
        bk_model_free(m);
    }
}

static void a_bnd_alone_draws_all_starts_and_its_parameters_are_missing(void **state)
{
    (void)state;
    static const char text[] = "node A { logic = B; }\nnode B { logic = !A; }";
    const bk_maboss_text bnd = {text, strlen(text), "x.bnd"};
    bk_model *m = NULL;
    assert_int_equal(bk_maboss_parse(&bnd, NULL, NULL, &m), BK_OK);
    assert_int_equal(m->n_starts, 2);
    bk_model_free(m);
    static const char wrong[] = "node A { rate_up = $u_A; }";
    const bk_maboss_text other = {wrong, strlen(wrong), "x.bnd"};
    assert_int_equal(bk_maboss_parse(&other, NULL, NULL, &m), BK_BAD_INPUT);
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
    (void)state;
    char *const bnd = fixture_slurp("tests/maboss/good/rates.bnd");
    char *const cfg = fixture_slurp("tests/maboss/good/rates.cfg");
    const bk_maboss_text b = {bnd, strlen(bnd), "x.bnd"};
    const bk_maboss_text c = {cfg, strlen(cfg), "x.cfg"};
    bk_status status = BK_NO_MEMORY;
    for (long n = 0; status != BK_OK; n++) {
        bk_model *model = NULL;
        char *texts[2] = {NULL, NULL};
        bk_alloc_fail_after(n);
        status = bk_maboss_parse(&b, &c, NULL, &model);
        if (status == BK_OK) {
            status = bk_maboss_print(model, NULL, &texts[0], &texts[1]);
        }
        bk_alloc_fail_after(-1);
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        bk_string_free(texts[0]);
        bk_string_free(texts[1]);
        bk_model_free(model);
    }
    free(bnd);
    free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_become_a_rule_and_the_rates_of_its_cases),
        cmocka_unit_test(starts_settings_and_marks_of_nodes_are_kept),
        cmocka_unit_test(every_problem_of_both_files_is_told_in_one_pass),
        cmocka_unit_test(what_is_written_is_the_same_model),
        cmocka_unit_test(arithmetic_and_precedence_are_those_of_the_language),
        cmocka_unit_test(a_bnd_alone_draws_all_starts_and_its_parameters_are_missing),
        cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
