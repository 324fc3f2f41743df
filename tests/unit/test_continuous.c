/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/builder.h"
#include "model/dd.h"

#define test(name) cmocka_unit_test(name)

/* --- logical models
 * ------------------------------------------------------------------- */

static int32_t level(bk_builder *b, const char *id, int max)
{
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.max_level = max;
    return bk_builder_symbol(b, &symbol);
}

static bk_expr compare(bk_builder *b, bk_op op, int32_t symbol, int number)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    return bk_expr_2(pool, op, bk_expr_symbol(pool, symbol),
                     bk_expr_number(pool, number));
}

static void logic(bk_builder *b, int32_t target, int otherwise)
{
    bk_builder_logic(b, &(bk_logic){.target = target,
                                    .otherwise = otherwise,
                                    .rate_up = 1.0,
                                    .rate_down = 1.0});
}

static void term(bk_builder *b, int result, bk_expr condition)
{
    bk_builder_term(b, &(bk_term){.level = result, .condition = condition});
}

static bk_model *finished(bk_builder *b)
{
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(b, &m), BK_OK);
    return m;
}

static bk_expr random_condition(bk_builder *b, bk_random *random, const int *max, int n,
                                int depth)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    if (depth == 0 || bk_random_below(random, 4) == 0) {
        const uint32_t s = bk_random_below(random, (uint32_t)n);
        const int number = (int)bk_random_below(random, (uint32_t)max[s] + 1);
        const bk_op op = (bk_op)(BK_OP_EQ + bk_random_below(random, 6));
        return compare(b, op, (int32_t)s, number);
    }
    const bk_op ops[] = {BK_OP_AND, BK_OP_OR,  BK_OP_AND,
                         BK_OP_OR,  BK_OP_XOR, BK_OP_NOT};
    const bk_op op = ops[bk_random_below(random, 6)];
    const bk_expr a = random_condition(b, random, max, n, depth - 1);
    return op == BK_OP_NOT
               ? bk_expr_1(pool, op, a)
               : bk_expr_2(pool, op, a, random_condition(b, random, max, n, depth - 1));
}

enum { LEVELS = 6 };

static bk_model *random_model(bk_random *random)
{
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    int max[LEVELS];
    for (int i = 0; i < LEVELS; i++) {
        const char id[] = {(char)('A' + i), 0};
        max[i] = 1 + (int)bk_random_below(random, 3);
        level(b, id, max[i]);
    }
    for (int i = 0; i + 1 < LEVELS; i++) {
        logic(b, i, (int)bk_random_below(random, (uint32_t)max[i] + 1));
        for (uint32_t k = bk_random_below(random, 4); k > 0; k--) {
            term(b, (int)bk_random_below(random, (uint32_t)max[i] + 1),
                 random_condition(b, random, max, LEVELS, 3));
        }
    }
    return finished(b);
}

/* A target that is the parity of 27 regulators, the last of which is the first again.
 */
static bk_model *parity(int n)
{
    bk_builder *const b = bk_builder_new(NULL);
    bk_expr parts[300];
    level(b, "T", 1);
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        parts[i] = compare(b, BK_OP_GEQ, level(b, id, 1), 1);
    }
    logic(b, 0, 0);
    term(b, 1, bk_expr_make(bk_builder_exprs(b), BK_OP_XOR, parts, n));
    return finished(b);
}

/* --- the form at work
 * ----------------------------------------------------------------- */

typedef struct form {
    bk_model *model;
    bk_expr *math; /* by rule, functions inlined */
    double *values;
} form;

static form form_of(const bk_model *m)
{
    form f = {0};
    assert_int_equal(bk_model_continuous(m, NULL, NULL, &f.model), BK_OK);
    const size_t rules = (size_t)f.model->n_rules;
    f.math = calloc(rules + 1, sizeof *f.math);
    f.values = calloc((size_t)f.model->n_symbols, sizeof *f.values);
    bk_function_body bodies[1] = {f.model->functions[0].body};
    assert_int_equal(f.model->n_functions, 1);
    for (size_t i = 0; i < rules; i++) {
        f.math[i] = bk_expr_inline(f.model->exprs, f.model->rules[i].math, bodies, 1);
        assert_true(f.math[i] >= 0);
    }
    for (int32_t s = 0; s < f.model->n_symbols; s++) {
        f.values[s] = f.model->symbols[s].value;
    }
    return f;
}

static void form_free(form *f)
{
    bk_model_free(f->model);
    free(f->math);
    free(f->values);
}

/* Assignment rules stand in the order in which they can be evaluated. */
static void assign(form *f)
{
    for (int32_t i = 0; i < f->model->n_rules; i++) {
        const bk_rule *const rule = &f->model->rules[i];
        if (rule->kind == BK_ASSIGNMENT_RULE) {
            f->values[rule->target] =
                bk_expr_evaluate(f->model->exprs, f->math[i], f->values, 0, NULL);
        }
    }
}

static double drive(const form *f, int32_t s)
{
    return f->values[f->model->symbols[s].drive];
}

static void assert_agrees(const bk_model *m, form *f, int32_t target, const int *levels)
{
    bk_dd *dd = NULL;
    const int32_t rule = bk_model_logic_of(m, target);
    assert_int_equal(bk_dd_build(m, rule, 1000, &dd), BK_OK);
    const double wanted = bk_dd_evaluate(dd, levels);
    bk_dd_free(dd);
    if (drive(f, target) != wanted) {
        fail_msg("level %d: %.17g, and the logic gives %g", (int)target,
                 drive(f, target), wanted);
    }
}

static void the_form_agrees_with_the_logic_at_every_corner(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 5, 6, 7);
    for (int i = 0; i < 60; i++) {
        bk_model *const m = random_model(&random);
        form f = form_of(m);
        int states = 1;
        for (int k = 0; k < LEVELS; k++) {
            states *= bk_symbol_max_level(m, k) + 1;
        }
        for (int s = 0; s < states; s += 1 + (int)bk_random_below(&random, 7)) {
            int levels[LEVELS];
            int rest = s;
            for (int k = 0; k < LEVELS; k++) {
                levels[k] = rest % (bk_symbol_max_level(m, k) + 1);
                rest /= bk_symbol_max_level(m, k) + 1;
                f.values[k] = levels[k];
            }
            assign(&f);
            for (int k = 0; k + 1 < LEVELS; k++) {
                assert_agrees(m, &f, k, levels);
            }
        }
        form_free(&f);
        bk_model_free(m);
    }
}

static void
between_the_corners_drives_stay_in_range_and_follow_their_signs(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 8, 9, 10);
    int followed = 0;
    for (int i = 0; i < 60; i++) {
        bk_model *const m = random_model(&random);
        form f = form_of(m);
        for (int32_t a = 0; a < bk_model_influences(m); a++) {
            const bk_influence *const arc = bk_model_influence(m, a);
            for (int k = 0; k < LEVELS; k++) {
                f.values[k] = bk_random_uniform(&random) * bk_symbol_max_level(m, k);
            }
            const int max = bk_symbol_max_level(m, arc->source);
            double before = 0.0;
            for (int step = 0; step <= 20 * max; step++) {
                f.values[arc->source] = step / 20.0;
                assign(&f);
                const double now = drive(&f, arc->target);
                assert_true(now >= -1e-12);
                assert_true(now <= bk_symbol_max_level(m, arc->target) + 1e-12);
                if (step > 0 && arc->effective && arc->sign != 0) {
                    assert_true(arc->sign * (now - before) >= -1e-12);
                    followed++;
                }
                if (step > 0 && !arc->effective) {
                    assert_true(fabs(now - before) <= 1e-12);
                }
                before = now;
            }
        }
        form_free(&f);
        bk_model_free(m);
    }
    assert_true(followed > 1000);
}

static void levels_outside_their_range_count_as_its_ends(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    level(b, "A", 2);
    level(b, "B", 2);
    logic(b, 1, 0);
    term(b, 2, compare(b, BK_OP_GEQ, 0, 2));
    term(b, 1, compare(b, BK_OP_GEQ, 0, 1));
    bk_model *const m = finished(b);
    form f = form_of(m);
    const double at[] = {-3.0, -1e-300, 2.5, 1e9};
    const double wanted[] = {0.0, 0.0, 2.0, 2.0};
    for (int i = 0; i < 4; i++) {
        f.values[0] = at[i];
        assign(&f);
        assert_true(drive(&f, 1) == wanted[i]);
    }
    f.values[0] = 0.5;
    assign(&f);
    const double h = 0.125 * 1.125 / 0.25;
    assert_true(fabs(drive(&f, 1) - h) < 1e-15);
    form_free(&f);
    bk_model_free(m);
}

static void a_level_that_the_model_scales_is_seen_scaled_by_others_only(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    level(b, "A", 1);
    level(b, "B", 1);
    bk_builder_model(b)->symbols[0].seen_scale = 0.5;
    for (int i = 0; i < 2; i++) {
        logic(b, i, 0);
        term(b, 1, compare(b, BK_OP_GEQ, 0, 1));
    }
    bk_model *const m = finished(b);
    form f = form_of(m);
    f.values[0] = 1.0;
    assign(&f);
    assert_true(drive(&f, 0) == 1.0);
    assert_true(fabs(drive(&f, 1) - 0.125 * 1.125 / 0.25) < 1e-15);
    form_free(&f);
    bk_model_free(m);
}

static void
a_function_too_long_to_write_gets_parts_that_belong_to_its_drive(void **state)
{
    (void)state;
    bk_model *const m = parity(27);
    form f = form_of(m);
    const int32_t own = f.model->symbols[0].drive;
    int32_t parts = 0;
    for (int32_t s = 0; s < f.model->n_symbols; s++) {
        if (f.model->symbols[s].owner >= 0) {
            assert_int_equal(f.model->symbols[s].owner, own);
            parts++;
        }
    }
    assert_true(parts > 10);
    bk_random random;
    bk_random_start(&random, 1, 1, 1);
    for (int i = 0; i < 200; i++) {
        int odd = 0;
        for (int32_t s = 1; s <= 27; s++) {
            f.values[s] = bk_random_below(&random, 2);
            odd ^= (int)f.values[s];
        }
        assign(&f);
        assert_true(drive(&f, 0) == odd);
    }
    form_free(&f);
    bk_model_free(m);
}

static void no_rule_is_nested_deeper_than_readers_take(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    bk_expr parts[300];
    level(b, "T", 1);
    for (int i = 0; i < 300; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        parts[i] = compare(b, BK_OP_GEQ, level(b, id, 1), 1);
    }
    logic(b, 0, 0);
    term(b, 1, bk_expr_make(bk_builder_exprs(b), BK_OP_AND, parts, 300));
    bk_model *const m = finished(b);
    form f = form_of(m);
    for (int32_t i = 0; i < f.model->n_rules; i++) {
        assert_true(bk_expr_depth(f.model->exprs, f.model->rules[i].math) <= 100);
    }
    for (int32_t s = 1; s <= 300; s++) {
        f.values[s] = 1.0;
    }
    assign(&f);
    assert_true(drive(&f, 0) == 1.0);
    f.values[150] = 0.0;
    assign(&f);
    assert_true(drive(&f, 0) == 0.0);
    form_free(&f);
    bk_model_free(m);
}

static void
ids_that_are_taken_are_avoided_and_what_is_known_is_carried_over(void **state)
{
    (void)state;
    bk_builder *const b = bk_builder_new(NULL);
    bk_symbol cell = bk_symbol_blank(BK_COMPARTMENT, "cell");
    bk_builder_symbol(b, &cell);
    const char *const ids[] = {"A", "A_drive", "hill", "tau_fast", "hill_n"};
    for (int i = 0; i < 5; i++) {
        bk_symbol symbol = bk_symbol_blank(BK_LEVEL, ids[i]);
        symbol.slow = i == 0;
        symbol.group = "G";
        symbol.start_level = i == 1;
        bk_builder_symbol(b, &symbol);
    }
    bk_builder_alias(b, "other name", 1);
    bk_builder_influence(b, &(bk_influence){.source = 2,
                                            .target = 1,
                                            .declared = 1,
                                            .mechanism = "binding",
                                            .loop = "L",
                                            .slow = true});
    bk_builder_requirement(
        b, &(bk_requirement){.what = "package comp (required)", .logical = true});
    logic(b, 1, 0);
    term(b, 1, compare(b, BK_OP_GEQ, 2, 1));
    bk_model *const m = finished(b);
    form f = form_of(m);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(bk_symbol_id(f.model, i), ids[i]);
        assert_int_equal(bk_symbol_kind_of(f.model, i), BK_PARAMETER);
        assert_int_equal(f.model->symbols[i].constant, i != 0);
        assert_true(f.model->symbols[i].value == (i == 1 ? 1.0 : 0.0));
    }
    assert_int_equal(f.model->symbols[1].drive, -1);
    assert_string_equal(bk_symbol_id(f.model, f.model->symbols[0].drive), "A_drive_2");
    assert_string_equal(f.model->functions[0].id, "hill_2");
    assert_true(bk_model_find(f.model, "hill_n_2") >= 0);
    assert_int_equal(bk_model_find(f.model, "Other Name"), 0);
    assert_true(bk_symbol_slow(f.model, 0));
    assert_string_equal(f.model->symbols[0].group, "G");
    assert_int_equal(bk_model_influences(f.model), 1);
    const bk_influence *const arc = bk_model_influence(f.model, 0);
    assert_int_equal(arc->source, 1);
    assert_int_equal(arc->target, 0);
    assert_int_equal(arc->sign, 1);
    assert_true(arc->effective);
    assert_true(arc->slow);
    assert_string_equal(arc->mechanism, "binding");
    assert_string_equal(arc->loop, "L");
    assert_int_equal(bk_model_requirements(f.model), 1);
    assert_true(bk_model_requirement(f.model, 0)->kinetic);
    char *text = NULL;
    assert_int_equal(bk_symbol_rule_text(f.model, f.model->symbols[0].drive, &text),
                     BK_OK);
    assert_string_equal(text, "hill_2(min(max(A_drive, 0), 1), hill_n_2, hill_k)");
    bk_free(text);
    assert_int_equal(bk_symbol_rule_text(f.model, 0, &text), BK_OK);
    assert_string_equal(text, "(A_drive_2 - A)/tau_slow");
    bk_free(text);
    form_free(&f);
    bk_model_free(m);
}

static void wrong_settings_and_models_without_levels_are_refused(void **state)
{
    (void)state;
    bk_model *const m = parity(3);
    bk_model *made = NULL;
    bk_continuous_settings settings = bk_continuous_defaults();
    settings.hill_k = 0.0;
    assert_int_equal(bk_model_continuous(m, &settings, NULL, &made), BK_MISUSE);
    bk_model_free(m);
    bk_model *const empty = finished(bk_builder_new(NULL));
    assert_int_equal(bk_model_continuous(empty, NULL, NULL, &made), BK_UNSUPPORTED);
    assert_null(made);
    bk_model_free(empty);
}

static void forming_survives_every_failed_allocation(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 11, 12, 13);
    bk_model *const models[] = {random_model(&random), parity(9)};
    for (int i = 0; i < 2; i++) {
        bool done = false;
        for (long n = 0; !done; n++) {
            assert_true(n < 100000);
            bk_model *made = NULL;
            bk_alloc_fail_after(n);
            const bk_status status = bk_model_continuous(models[i], NULL, NULL, &made);
            bk_alloc_fail_after(-1);
            done = status == BK_OK;
            assert_true(done || status == BK_NO_MEMORY);
            assert_true(done == (made != NULL));
            bk_model_free(made);
        }
        bk_model_free(models[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_form_agrees_with_the_logic_at_every_corner),
        test(between_the_corners_drives_stay_in_range_and_follow_their_signs),
        test(levels_outside_their_range_count_as_its_ends),
        test(a_level_that_the_model_scales_is_seen_scaled_by_others_only),
        test(a_function_too_long_to_write_gets_parts_that_belong_to_its_drive),
        test(no_rule_is_nested_deeper_than_readers_take),
        test(ids_that_are_taken_are_avoided_and_what_is_known_is_carried_over),
        test(wrong_settings_and_models_without_levels_are_refused),
        test(forming_survives_every_failed_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
