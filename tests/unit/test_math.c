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
#include <time.h>

#include "base/alloc.h"
#include "base/random.h"
#include "math/expr.h"
#include "math/program.h"

#define test(name) cmocka_unit_test(name)

enum { SYMBOLS = 10 };
static const char *const names[SYMBOLS] = {"x",   "y",   "z",    "time",       "a name",
                                           "and", "NaN", "R1.k", "back`quote", "min"};

static const char *symbol_name(void *context, int32_t symbol)
{
    (void)context;
    return names[symbol];
}

static const char *function_name(void *context, int32_t function)
{
    (void)context;
    return function == 0 ? "hill" : "sqrt";
}

static const bk_naming naming = {.symbol = symbol_name, .function = function_name};

static bk_expr find_name(void *context, bk_exprs *pool, const char *name,
                         bk_where where)
{
    for (int32_t i = 0; i < SYMBOLS; i++) {
        if (strcmp(names[i], name) == 0) {
            return bk_expr_symbol(pool, i);
        }
    }
    bk_diag_add(context, BK_ERROR, where, "test", "unknown name %s", name);
    return BK_NO_EXPR;
}

static bk_expr find_function(void *context, bk_exprs *pool, const char *name,
                             const bk_expr *args, int n, bk_where where)
{
    (void)context;
    (void)where;
    const int32_t f = strcmp(name, "hill") == 0 ? 0 : 1;
    return bk_expr_payload(pool, BK_OP_CALL, f, args, n);
}

static const bk_resolver resolver = {.name = find_name, .call = find_function};

static bk_expr read(bk_exprs *pool, const char *text)
{
    bk_expr e = BK_NO_EXPR;
    bk_diag *const diag = bk_diag_new();
    bk_resolver named = resolver;
    named.context = diag;
    if (bk_expr_parse(pool, text, strlen(text), &named, (bk_where){0}, diag, &e) !=
        BK_OK) {
        fail_msg("%s: %s", text,
                 bk_diag_size(diag) > 0 ? bk_diag_message(diag, 0)->text : "?");
    }
    bk_diag_free(diag);
    return e;
}

static char *print(const bk_exprs *pool, bk_expr e)
{
    bk_text text = {0};
    bk_expr_print(pool, e, &naming, NULL, &text);
    assert_false(text.failed);
    return text.data;
}

static bool same_bits(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_tree(const bk_exprs *p, bk_expr a, const bk_exprs *q, bk_expr b)
{
    const bk_op op = bk_expr_op(p, a);
    if (op != bk_expr_op(q, b) || bk_expr_count(p, a) != bk_expr_count(q, b)) {
        return false;
    }
    if (op == BK_OP_NUMBER) {
        const char *const u = bk_expr_unit(p, a);
        const char *const v = bk_expr_unit(q, b);
        return same_bits(bk_expr_value(p, a), bk_expr_value(q, b)) &&
               (u == NULL ? v == NULL : v != NULL && strcmp(u, v) == 0);
    }
    if ((op == BK_OP_SYMBOL || op == BK_OP_ARGUMENT || op == BK_OP_CALL) &&
        bk_expr_payload_of(p, a) != bk_expr_payload_of(q, b)) {
        return false;
    }
    for (int i = 0; i < bk_expr_count(p, a); i++) {
        if (!same_tree(p, bk_expr_arg(p, a, i), q, bk_expr_arg(q, b, i))) {
            return false;
        }
    }
    return true;
}

/* --- random trees
 * --------------------------------------------------------------------- */

typedef struct maker {
    bk_exprs *pool;
    bk_random random;
    const bk_op *ops; /* to choose from, or NULL for all */
    int n_ops, symbols;
    bool oddities;     /* units, infinities, arguments, calls */
    bool smooth;       /* no zeros, to divide by */
    bk_expr recent[8]; /* to share subtrees */
} maker;

static double random_number(maker *m)
{
    switch (bk_random_below(&m->random, m->oddities ? 9 : 6)) {
    case 0:
        return m->smooth ? 3.0 : 0.0;
    case 1:
        return 1.0;
    case 2:
        return (double)bk_random_below(&m->random, 12) - 4.5 + (m->smooth ? 0.0 : 0.5);
    case 6:
        return (double)INFINITY;
    case 7:
        return -(double)INFINITY;
    case 8:
        return bk_random_below(&m->random, 2) > 0 ? (double)NAN : -0.0;
    default:
        return (bk_random_uniform(&m->random) - 0.4) * 8.0;
    }
}

static bk_expr random_leaf(maker *m)
{
    const uint32_t kind = bk_random_below(&m->random, m->oddities ? 12 : 8);
    if (kind < 5) {
        const uint32_t n = (uint32_t)m->symbols;
        return bk_expr_symbol(m->pool, (int32_t)bk_random_below(&m->random, n));
    }
    if (kind < 8) {
        return bk_expr_number(m->pool, random_number(m));
    }
    if (kind == 8) {
        return bk_expr_number_unit(m->pool, random_number(m), "mole");
    }
    if (kind == 9) {
        return bk_expr_payload(m->pool, BK_OP_ARGUMENT,
                               (int32_t)bk_random_below(&m->random, 40), NULL, 0);
    }
    const uint32_t constants = BK_OP_NOTANUMBER - BK_OP_TIME + 1;
    return bk_expr_0(m->pool,
                     (bk_op)(BK_OP_TIME + bk_random_below(&m->random, constants)));
}

static bk_expr random_tree(maker *m, int depth)
{
    if (depth == 0 || bk_random_below(&m->random, 6) == 0) {
        return random_leaf(m);
    }
    const uint32_t place = bk_random_below(&m->random, 8);
    if (bk_random_below(&m->random, 8) == 0 && m->recent[place] > 0) {
        return m->recent[place];
    }
    const uint32_t all = BK_OP_COUNT - BK_OP_CALL;
    bk_op op = m->ops != NULL ? m->ops[bk_random_below(&m->random, (uint32_t)m->n_ops)]
                              : (bk_op)(BK_OP_CALL + bk_random_below(&m->random, all));
    if (!m->oddities && (op == BK_OP_CALL || op == BK_OP_DELAY || op == BK_OP_RATE_OF ||
                         bk_op_is_draw(op))) {
        op = BK_OP_TIMES;
    }
    const bk_op_info *const info = bk_op_about(op);
    int n = info->max;
    if (n < 0) {
        n = info->min + (int)bk_random_below(&m->random, 5);
    }
    bk_expr args[8];
    for (int i = 0; i < n; i++) {
        args[i] = random_tree(m, depth - 1);
    }
    const bk_expr e = op == BK_OP_CALL
                          ? bk_expr_payload(m->pool, op, (int32_t)(place % 2), args, n)
                          : bk_expr_make(m->pool, op, args, n);
    assert_true(e >= 0);
    m->recent[place] = e;
    return e;
}

static maker maker_of(uint64_t seed)
{
    maker m = {.pool = bk_exprs_new(), .symbols = SYMBOLS};
    bk_random_start(&m.random, seed, 7, 0);
    return m;
}

static void renew(maker *m)
{
    bk_exprs_free(m->pool);
    m->pool = bk_exprs_new();
    memset(m->recent, 0, sizeof m->recent);
}

static void a_printed_expression_parses_to_itself(void **state)
{
    (void)state;
    maker m = maker_of(1);
    m.oddities = true;
    bk_exprs *again = bk_exprs_new();
    for (int i = 0; i < 20000; i++) {
        const bk_expr e = random_tree(&m, 1 + i % 5);
        char *const text = print(m.pool, e);
        const bk_expr back = read(again, text);
        if (!same_tree(m.pool, e, again, back)) {
            fail_msg("%s came back as %s", text, print(again, back));
        }
        bk_free(text);
        if (i % 100 == 0) {
            renew(&m);
            bk_exprs_free(again);
            again = bk_exprs_new();
        }
    }
    bk_exprs_free(again);
    bk_exprs_free(m.pool);
}

static void random_values(maker *m, double values[SYMBOLS])
{
    for (int i = 0; i < SYMBOLS; i++) {
        values[i] = random_number(m);
    }
}

static void a_program_computes_what_the_tree_says_to_the_last_bit(void **state)
{
    (void)state;
    maker m = maker_of(2);
    for (int i = 0; i < 20000; i++) {
        bk_expr laws[3];
        bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 3);
        for (int k = 0; k < 3; k++) {
            laws[k] = random_tree(&m, 1 + i % 6);
            assert_int_equal(
                BK_OK, bk_program_add(builder, m.pool, laws[k], SYMBOLS + k, NULL));
        }
        bk_program *program = NULL;
        assert_int_equal(BK_OK, bk_program_finish(builder, &program));
        double *const slots =
            malloc(sizeof(double) * (size_t)bk_program_slots(program));
        const size_t relations = (size_t)bk_program_relations(program);
        unsigned char *const status = malloc(relations + 1);
        double *const gap = malloc((relations + 1) * sizeof *gap);
        double values[SYMBOLS];
        bk_program_prepare(program, slots);
        for (int try = 0; try < 3; try++) {
            random_values(&m, values);
            memcpy(slots, values, sizeof values);
            bk_program_run(program, 0, 3, slots, 2.5, BK_FREE, status,
                           try == 0 ? gap : NULL);
            for (int k = 0; k < 3; k++) {
                const double wanted =
                    bk_expr_evaluate(m.pool, laws[k], values, 2.5, NULL);
                if (!same_bits(wanted, slots[SYMBOLS + k])) {
                    fail_msg("%s is %.17g, its program says %.17g",
                             print(m.pool, laws[k]), wanted, slots[SYMBOLS + k]);
                }
            }
        }
        free(slots);
        free(status);
        free(gap);
        bk_program_free(program);
        if (i % 100 == 0) {
            renew(&m);
        }
    }
    bk_exprs_free(m.pool);
}

static void folding_changes_no_value(void **state)
{
    (void)state;
    maker m = maker_of(3);
    for (int i = 0; i < 20000; i++) {
        const bk_expr e = random_tree(&m, 1 + i % 5);
        const bk_expr folded = bk_expr_fold(m.pool, e);
        assert_true(folded >= 0);
        double values[SYMBOLS];
        random_values(&m, values);
        const double wanted = bk_expr_evaluate(m.pool, e, values, 1.0, NULL);
        const double got = bk_expr_evaluate(m.pool, folded, values, 1.0, NULL);
        if (!same_number(wanted, got)) {
            fail_msg("%s is %.17g, folded %s %.17g", print(m.pool, e), wanted,
                     print(m.pool, folded), got);
        }
        assert_int_equal(folded, bk_expr_fold(m.pool, folded));
        if (i % 100 == 0) {
            renew(&m);
        }
    }
    bk_exprs_free(m.pool);
}

/* --- derivatives
 * ---------------------------------------------------------------------- */

static double at(const bk_exprs *pool, bk_expr e, const double *values, double x)
{
    double moved[SYMBOLS];
    memcpy(moved, values, sizeof moved);
    moved[0] = x;
    return bk_expr_evaluate(pool, e, moved, 0.7, NULL);
}

/* How many derivatives agreed, and how many have no value: 0^p for p < 1. */
typedef struct tally {
    int agreed, singular;
} tally;

/* Five-point differences at two widths; NaN when the two disagree. */
static double difference(const bk_exprs *pool, bk_expr e, const double *values)
{
    double slopes[2];
    for (int i = 0; i < 2; i++) {
        const double h = i == 0 ? 1e-3 : 5e-4;
        const double x = values[0];
        const double near = at(pool, e, values, x + h) - at(pool, e, values, x - h);
        const double far =
            at(pool, e, values, x + 2 * h) - at(pool, e, values, x - 2 * h);
        slopes[i] = (8 * near - far) / (12 * h);
    }
    const double size = 1.0 + fabs(slopes[0]) + fabs(at(pool, e, values, values[0]));
    return fabs(slopes[0] - slopes[1]) < 1e-8 * size ? slopes[1] : (double)NAN;
}

static void check_derivative(const bk_exprs *pool, bk_expr e, bk_expr slope,
                             const double *values, tally *checked)
{
    const double wanted = difference(pool, e, values);
    const double value = at(pool, e, values, values[0]);
    if (!isfinite(wanted) || fabs(value) > 1e4) {
        return;
    }
    const double got = bk_expr_evaluate(pool, slope, values, 0.7, NULL);
    if (isnan(got)) {
        checked->singular++;
        return;
    }
    if (!(fabs(got - wanted) <= 1e-6 * (1.0 + fabs(wanted) + fabs(value)))) {
        fail_msg("d/dx %s = %s is %.12g, differences say %.12g", print(pool, e),
                 print(pool, slope), got, wanted);
    }
    checked->agreed++;
}

static void derivatives_agree_with_differences(void **state)
{
    (void)state;
    static const bk_op smooth[] = {
        BK_OP_PLUS,   BK_OP_MINUS,  BK_OP_NEGATE,    BK_OP_TIMES, BK_OP_TIMES,
        BK_OP_DIVIDE, BK_OP_DIVIDE, BK_OP_POWER,     BK_OP_LOG,   BK_OP_LN,
        BK_OP_EXP,    BK_OP_SIN,    BK_OP_COS,       BK_OP_TANH,  BK_OP_ARCTAN,
        BK_OP_ABS,    BK_OP_MIN,    BK_OP_PIECEWISE, BK_OP_MAX};
    maker m = maker_of(4);
    m.ops = smooth;
    m.n_ops = sizeof smooth / sizeof *smooth;
    m.symbols = 3;
    m.smooth = true;
    tally checked = {0, 0};
    for (int i = 0; i < 20000; i++) {
        const bk_expr e = bk_expr_fold(m.pool, random_tree(&m, 1 + i % 4));
        const bk_expr slope = bk_expr_derivative(m.pool, e, 0);
        assert_true(slope >= 0);
        double values[SYMBOLS];
        for (int k = 0; k < SYMBOLS; k++) {
            values[k] = 0.2 + 2.0 * bk_random_uniform(&m.random);
        }
        check_derivative(m.pool, e, slope, values, &checked);
        if (i % 100 == 0) {
            renew(&m);
        }
    }
    assert_true(checked.agreed > 8000 && checked.singular < 100);
    bk_exprs_free(m.pool);
}

static void every_function_has_its_derivative(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    tally checked = {0, 0};
    int functions = 0;
    for (int op = BK_OP_PLUS; op <= BK_OP_ARCCOTH; op++) {
        const bk_op_info *const info = bk_op_about((bk_op)op);
        for (int form = 0; form < 3; form++) {
            const bk_expr x = bk_expr_symbol(pool, 0);
            const bk_expr y = bk_expr_symbol(pool, 1);
            bk_expr args[2] = {form == 1 ? y : x, form == 0 ? y : x};
            const int n = info->max < 0 ? 2 : info->max;
            const bk_expr e = bk_expr_make(pool, (bk_op)op, args, n);
            const bk_expr slope = bk_expr_derivative(pool, e, 0);
            const int before = checked.agreed;
            const double xs[] = {0.3, 0.83, 1.4, 2.3, 5.2, -1.7};
            for (size_t k = 0; k < sizeof xs / sizeof *xs; k++) {
                const double first[SYMBOLS] = {xs[k], 1.9};
                const double second[SYMBOLS] = {xs[k], 0.6};
                check_derivative(pool, e, slope, first, &checked);
                check_derivative(pool, e, slope, second, &checked);
            }
            functions += checked.agreed > before;
        }
    }
    assert_int_equal(0, checked.singular);
    assert_int_equal(functions, 3 * (BK_OP_ARCCOTH - BK_OP_PLUS + 1));
    bk_exprs_free(pool);
}

static void assert_derivative(const char *text, const char *wanted)
{
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, text);
    char *const got = print(pool, bk_expr_derivative(pool, e, 0));
    assert_string_equal(wanted, got);
    bk_free(got);
    bk_exprs_free(pool);
}

static void derivatives_are_short(void **state)
{
    (void)state;
    assert_derivative("5", "0");
    assert_derivative("y", "0");
    assert_derivative("x", "1");
    assert_derivative("2*x + y", "2");
    assert_derivative("y*x*z", "y*z");
    assert_derivative("x*x", "x + x");
    assert_derivative("x^2", "2*x");
    assert_derivative("x^3", "3*x^2");
    assert_derivative("x^y", "y*x^(y - 1)");
    assert_derivative("x/y", "1/y");
    assert_derivative("y/x", "-(y/x)/x");
    assert_derivative("y*x/(z + x)", "(y - y*x/(z + x))/(z + x)");
    assert_derivative("exp(2*x)", "exp(2*x)*2");
    assert_derivative("ln(x)", "1/x");
    assert_derivative("floor(x) + (x < y)", "0");
    assert_derivative("piecewise(x, x < y, 3)", "piecewise(1, x < y, 0)");
    assert_derivative("delay(x, 1) + rateOf(x)", "0");
    assert_derivative("x - x + (3*x - 2*x) - y", "1");
    assert_derivative("x + 2*x + x*y", "y + 3");
    assert_derivative("max(x, y)", "piecewise(1, x >= y, 0)");
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "y*time^2");
    char *const text = print(pool, bk_expr_derivative_time(pool, e));
    assert_string_equal("y*(2*time)", text);
    bk_free(text);
    bk_exprs_free(pool);
}

static void the_condition_of_a_derivative_is_the_same_switch(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "piecewise(x^2, x < y, x)");
    const bk_expr slope = bk_expr_derivative(pool, e, 0);
    assert_int_equal(bk_expr_arg(pool, e, 1), bk_expr_arg(pool, slope, 1));
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 2);
    assert_int_equal(BK_OK, bk_program_add(builder, pool, e, SYMBOLS, NULL));
    assert_int_equal(BK_OK, bk_program_add(builder, pool, slope, SYMBOLS + 1, NULL));
    bk_program *program = NULL;
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    assert_int_equal(1, bk_program_relations(program));
    assert_int_equal(BK_OP_LT, bk_program_relation_op(program, 0));
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void a_product_of_many_factors_has_a_derivative_of_linear_size(void **state)
{
    (void)state;
    enum { N = 20000 };
    bk_exprs *const pool = bk_exprs_new();
    bk_expr *const args = malloc(N * sizeof *args);
    for (int i = 0; i < N; i++) {
        args[i] = bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, 0),
                            bk_expr_number(pool, (i % 7) * 1e-6));
    }
    const bk_expr e = bk_expr_make(pool, BK_OP_TIMES, args, N);
    const int32_t before = bk_exprs_size(pool);
    const bk_expr slope = bk_expr_derivative(pool, e, 0);
    assert_true(bk_exprs_size(pool) - before < 10 * N);
    const double values[SYMBOLS] = {1.0};
    const double value = bk_expr_evaluate(pool, e, values, 0.0, NULL);
    double wanted = 0.0;
    for (int i = 0; i < N; i++) {
        wanted += value / (1.0 + (i % 7) * 1e-6);
    }
    const double got = bk_expr_evaluate(pool, slope, values, 0.0, NULL);
    assert_true(fabs(got / wanted - 1.0) < 1e-10);
    free(args);
    bk_exprs_free(pool);
}

/* --- trees
 * ---------------------------------------------------------------------------- */

typedef struct seen {
    int32_t symbols[16];
    int n;
} seen;

static void see(void *context, int32_t symbol)
{
    seen *const s = context;
    s->symbols[s->n++] = symbol;
}

static void the_symbols_of_a_tree_come_once_and_ascending(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "z*x + hill(x, sin(`a name`)) - x");
    read(pool, "y");
    for (int memory = 0; memory < 2; memory++) {
        seen s = {.n = 0};
        bk_expr_symbols(pool, e, see, &s);
        assert_int_equal(3, s.n);
        assert_int_equal(0, s.symbols[0]);
        assert_int_equal(2, s.symbols[1]);
        assert_int_equal(4, s.symbols[2]);
        assert_true(bk_expr_uses(pool, e, 4));
        assert_false(bk_expr_uses(pool, e, 1));
        assert_true(bk_expr_uses_op(pool, e, BK_OP_SIN));
        assert_false(bk_expr_uses_op(pool, e, BK_OP_COS));
    }
    bk_exprs_free(pool);
}

static void questions_about_a_large_tree_are_answered_without_memory(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_expr e = bk_expr_symbol(pool, 5);
    for (int i = 0; i < 500; i++) {
        e = bk_expr_2(pool, BK_OP_PLUS, e, bk_expr_symbol(pool, i % 4));
    }
    bk_expr_symbol(pool, 9);
    bk_alloc_fail_after(0);
    assert_true(bk_expr_uses(pool, e, 5));
    bk_alloc_fail_after(0);
    assert_false(bk_expr_uses(pool, e, 9));
    bk_alloc_fail_after(0);
    assert_true(bk_expr_uses_op(pool, e, BK_OP_PLUS));
    bk_alloc_fail_after(0);
    assert_false(bk_expr_uses_op(pool, e, BK_OP_TIMES));
    seen s = {.n = 0};
    bk_alloc_fail_after(0);
    bk_expr_symbols(pool, e, see, &s);
    bk_alloc_fail_after(-1);
    assert_int_equal(5, s.n);
    assert_int_equal(5, s.symbols[4]);
    bk_exprs_free(pool);
}

typedef struct substitution {
    int32_t symbol;
    bk_expr with;
} substitution;

static bk_expr replace_symbol(void *context, bk_exprs *target, const bk_exprs *source,
                              bk_expr node)
{
    (void)target;
    const substitution *const s = context;
    return bk_expr_op(source, node) == BK_OP_SYMBOL &&
                   bk_expr_payload_of(source, node) == s->symbol
               ? s->with
               : BK_NO_EXPR;
}

static bk_expr substitute(bk_exprs *pool, bk_expr e, int32_t symbol, bk_expr with)
{
    substitution s = {symbol, with};
    return with < 0 ? BK_NO_EXPR : bk_expr_rewrite(pool, pool, e, replace_symbol, &s);
}

static void a_substitution_leaves_what_it_does_not_touch(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "sin(y)*x + sin(y)");
    assert_int_equal(e, substitute(pool, e, 2, bk_expr_number(pool, 1)));
    const bk_expr changed = substitute(pool, e, 0, read(pool, "z + 1"));
    assert_int_equal(bk_expr_arg(pool, e, 1), bk_expr_arg(pool, changed, 1));
    char *const text = print(pool, changed);
    assert_string_equal("sin(y)*(z + 1) + sin(y)", text);
    bk_free(text);
    bk_exprs_free(pool);
}

static bk_expr copy_all(void *context, bk_exprs *target, const bk_exprs *source,
                        bk_expr node)
{
    (void)context;
    (void)target;
    (void)source;
    (void)node;
    return BK_NO_EXPR;
}

static void trees_move_between_pools_and_keep_their_sharing(void **state)
{
    (void)state;
    maker m = maker_of(5);
    m.oddities = true;
    for (int i = 0; i < 500; i++) {
        const bk_expr e = random_tree(&m, 5);
        bk_exprs *const other = bk_exprs_new();
        bk_expr_number(other, 1.0);
        const bk_expr copy = bk_expr_rewrite(other, m.pool, e, copy_all, NULL);
        assert_true(same_tree(m.pool, e, other, copy));
        assert_int_equal(bk_expr_depth(m.pool, e), bk_expr_depth(other, copy));
        assert_int_equal(bk_expr_boolean(m.pool, e), bk_expr_boolean(other, copy));
        bk_exprs *const clone = bk_exprs_clone(m.pool);
        assert_true(same_tree(m.pool, e, clone, e));
        assert_int_equal(bk_exprs_size(m.pool), bk_exprs_size(clone));
        bk_exprs_free(clone);
        bk_exprs_free(other);
        renew(&m);
    }
    bk_expr deep = bk_expr_symbol(m.pool, 0);
    for (int i = 0; i < 1000; i++) {
        deep = bk_expr_2(m.pool, BK_OP_TIMES, deep, deep);
    }
    bk_exprs *const other = bk_exprs_new();
    assert_true(bk_expr_rewrite(other, m.pool, deep, copy_all, NULL) >= 0);
    assert_int_equal(1001, bk_exprs_size(other));
    bk_exprs_free(other);
    bk_exprs_free(m.pool);
}

static void functions_are_inlined_within_each_other(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_function_body functions[] = {
        {2, read(pool, "$0^$1/(1 + $0^$1)")},
        {1, read(pool, "hill($0, 2) + hill(2*$0, 3)")},
        {0, BK_NO_EXPR}};
    const bk_expr e = bk_expr_inline(pool, read(pool, "`sqrt`(x + y)*z"), functions, 3);
    char *const text = print(pool, e);
    assert_string_equal(
        "((x + y)^2/(1 + (x + y)^2) + (2*(x + y))^3/(1 + (2*(x + y))^3))*z", text);
    bk_free(text);
    const bk_expr plain = read(pool, "x + 1");
    assert_int_equal(plain, bk_expr_inline(pool, plain, functions, 3));
    const bk_expr bodyless = bk_expr_payload(pool, BK_OP_CALL, 2, NULL, 0);
    assert_int_equal(BK_OP_NOTANUMBER,
                     bk_expr_op(pool, bk_expr_inline(pool, bodyless, functions, 3)));
    const bk_function_body circle[] = {{1, read(pool, "hill($0)")}};
    assert_int_equal(BK_NO_EXPR,
                     bk_expr_inline(pool, read(pool, "hill(x)"), circle, 1));
    bk_exprs_free(pool);
}

static void functions_that_double_at_every_level_are_refused(void **state)
{
    (void)state;
    enum { N = 60 };
    bk_exprs *const pool = bk_exprs_new();
    bk_function_body functions[N] = {{1, read(pool, "$0 + 1")}};
    for (int32_t i = 1; i < N; i++) {
        const bk_expr a = bk_expr_payload(pool, BK_OP_ARGUMENT, 0, NULL, 0);
        const bk_expr b = bk_expr_1(pool, BK_OP_NEGATE, a);
        functions[i].arguments = 1;
        functions[i].body =
            bk_expr_2(pool, BK_OP_PLUS, bk_expr_payload(pool, BK_OP_CALL, i - 1, &a, 1),
                      bk_expr_payload(pool, BK_OP_CALL, i - 1, &b, 1));
    }
    const bk_expr x = bk_expr_symbol(pool, 0);
    const bk_expr call = bk_expr_payload(pool, BK_OP_CALL, N - 1, &x, 1);
    assert_int_equal(BK_NO_EXPR, bk_expr_inline(pool, call, functions, N));
    bk_exprs_free(pool);
}

static void very_deep_trees_need_no_stack(void **state)
{
    (void)state;
    enum { N = 200000 };
    char *const text = malloc(2 * N + 2);
    for (int i = 0; i < N; i++) {
        memcpy(text + 2 * i, "x-", 2);
    }
    strcpy(text + 2 * N, "x");
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, text);
    assert_int_equal(N + 1, bk_expr_depth(pool, e));
    char *const printed = print(pool, e);
    assert_int_equal(4 * N + 1, strlen(printed));
    bk_free(printed);
    const double values[SYMBOLS] = {1.0};
    assert_true(bk_expr_evaluate(pool, e, values, 0, NULL) == 1.0 - N);
    const bk_expr slope = bk_expr_derivative(pool, e, 0);
    assert_true(bk_expr_evaluate(pool, slope, values, 0, NULL) == 1.0 - N);
    assert_int_equal(e, bk_expr_fold(pool, e));
    assert_true(substitute(pool, e, 0, bk_expr_number(pool, 2)) >= 0);
    bk_program_builder *const builder = bk_program_builder_new(1, 1);
    assert_int_equal(BK_OK, bk_program_add(builder, pool, e, 1, NULL));
    bk_program *program = NULL;
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    assert_true(bk_program_slots(program) < 8);
    bk_program_free(program);
    free(text);
    bk_exprs_free(pool);
}

static void thousands_of_trees_in_one_pool_cost_no_more_than_their_size(void **state)
{
    (void)state;
    enum { N = 200000 };
    bk_exprs *const pool = bk_exprs_new();
    bk_expr *const trees = malloc(N * sizeof *trees);
    for (int32_t i = 0; i < N; i++) {
        trees[i] = bk_expr_2(pool, BK_OP_TIMES, bk_expr_symbol(pool, i),
                             bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, i + 1),
                                       bk_expr_number(pool, 2.0)));
    }
    const clock_t start = clock();
    for (int32_t i = 0; i < N; i++) {
        assert_true(bk_expr_uses(pool, trees[i], i + 1));
        assert_true(bk_expr_derivative(pool, trees[i], i) >= 0);
        assert_int_equal(trees[i], bk_expr_fold(pool, trees[i]));
    }
    /* A step over the whole pool for each tree would take hours. */
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 60.0);
    free(trees);
    bk_exprs_free(pool);
}

/* --- programs
 * ------------------------------------------------------------------------- */

static bk_program *compile(const bk_exprs *pool, const bk_expr *laws, int n)
{
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 4);
    for (int i = 0; i < n; i++) {
        int32_t law = -1;
        assert_int_equal(BK_OK,
                         bk_program_add(builder, pool, laws[i], SYMBOLS + i, &law));
        assert_int_equal(i, law);
    }
    bk_program *program = NULL;
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    return program;
}

static void a_redirected_law_reads_another_slot_and_no_other_law_does(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "x*y + x^2");
    bk_program *const program = compile(pool, (const bk_expr[2]){e, e}, 2);
    bk_program *copy = NULL;
    assert_int_equal(0, bk_program_redirect(program, 0, 0, 2));
    assert_int_equal(BK_OK, bk_program_copy(program, &copy));
    assert_int_equal(2, bk_program_redirect(copy, 0, 0, 2));
    assert_int_equal(0, bk_program_redirect(copy, 0, 0, 2));
    assert_int_equal(0, bk_program_redirect(copy, 5, 0, 2));
    double slots[64] = {3.0, 5.0, 10.0};
    assert_true(bk_program_slots(copy) <= 64);
    bk_program_prepare(copy, slots);
    bk_program_run(copy, 0, 2, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[SYMBOLS] == 150.0 && slots[SYMBOLS + 1] == 24.0);
    bk_program_run(program, 0, 2, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[SYMBOLS] == 24.0 && slots[SYMBOLS + 1] == 24.0);
    bk_program_restore(copy);
    bk_program_run(copy, 0, 1, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[SYMBOLS] == 24.0);
    bk_program_free(copy);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void a_law_may_read_its_own_target(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 0);
    const bk_expr e = read(pool, "y + z + y + z*x + x + min(x, y, z) + x");
    assert_int_equal(BK_OK, bk_program_add(builder, pool, e, 0, NULL));
    bk_program *program = NULL;
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    double slots[64] = {2.0, 3.0, 5.0};
    bk_program_prepare(program, slots);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[0] == 3 + 5 + 3 + 10 + 2 + 2 + 2);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void held_relations_follow_the_status_and_show_their_gap(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = read(pool, "piecewise(1, x < y, 2)");
    bk_program *const program = compile(pool, &e, 1);
    double slots[64] = {3.0, 5.0};
    unsigned char status = 9;
    double gap = 0;
    bk_program_prepare(program, slots);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, &status, &gap);
    assert_true(slots[SYMBOLS] == 1.0 && status == 1 && gap == -2.0);
    slots[0] = 8.0;
    bk_program_run(program, 0, 1, slots, 0, BK_HELD, &status, &gap);
    assert_true(slots[SYMBOLS] == 1.0 && status == 1 && gap == 3.0);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, &status, NULL);
    assert_true(slots[SYMBOLS] == 2.0 && status == 0);
    slots[0] = slots[1] = (double)INFINITY;
    bk_program_run(program, 0, 1, slots, 0, BK_HELD, &status, &gap);
    assert_true(gap == 0.0);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void programs_print_as_a_listing(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr laws[2] = {read(pool, "x*y*2 + z^3"),
                             read(pool, "piecewise(x, y > 1, sin(z))")};
    bk_program *const program = compile(pool, laws, 2);
    bk_text text = {0};
    bk_program_print(program, &text);
    assert_string_equal("law 0\n"
                        "    t0 = s0 * s1 * 2\n"
                        "    t1 = power s2, 3\n"
                        "    x0 = t0 + t1\n"
                        "law 1\n"
                        "    t0 = s1 > 1  # relation 0\n"
                        "    t1 = sin s2\n"
                        "    x1 = s0 if t0 else t1\n",
                        text.data);
    bk_text_free(&text);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void shared_subtrees_are_computed_once_within_a_law(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr s = read(pool, "exp(x)");
    const bk_expr e = bk_expr_2(pool, BK_OP_TIMES, s, bk_expr_1(pool, BK_OP_LN, s));
    bk_program *const program = compile(pool, (const bk_expr[2]){e, e}, 2);
    bk_text text = {0};
    bk_program_print(program, &text);
    int exps = 0;
    for (const char *at_exp = text.data; (at_exp = strstr(at_exp, "exp")) != NULL;
         at_exp++) {
        exps++;
    }
    assert_int_equal(2, exps);
    bk_text_free(&text);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void misuse_of_a_builder_is_refused(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_program_builder *const builder = bk_program_builder_new(3, 0);
    const bk_expr x = read(pool, "x");
    assert_int_equal(BK_MISUSE, bk_program_add(builder, pool, x, 3, NULL));
    const char *const wrong[] = {"hill(x)", "$0", "delay(x, 1)", "rateOf(x)", "`and`"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const bk_expr e = read(pool, wrong[i]);
        assert_int_equal(BK_MISUSE, bk_program_add(builder, pool, e, 0, NULL));
    }
    bk_program *program = NULL;
    assert_int_equal(BK_OK, bk_program_finish(builder, &program));
    assert_int_equal(0, bk_program_laws(program));
    bk_program_free(program);
    bk_exprs_free(pool);
}

/* --- memory
 * --------------------------------------------------------------------------- */

static const char *const long_text =
    "hill(x{0}, y) + piecewise(sin(x + 1), x < y && y < z, max(x, y, z)^3, z > 2, 4) + "
    "x*y*z*(1 + x/(y + x)) + plus(1, 2, 3*x, 4) + `a name`*time + not(x) + -y^-z";

/* All that needs memory, once; false when any of it failed. */
static bool all_work(bool *wrong_answer)
{
    bk_exprs *const pool = bk_exprs_new();
    bk_exprs *const other = bk_exprs_new();
    bk_program *program = NULL;
    bk_program *copy = NULL;
    bk_exprs *clone = NULL;
    bk_text text = {0};
    bool ok = pool != NULL && other != NULL;
    if (ok) {
        char input[400];
        snprintf(input, sizeof input, "%s", long_text);
        memcpy(strstr(input, "{0}"), "   ", 3);
        bk_expr e = BK_NO_EXPR;
        const bk_status parsed = bk_expr_parse(pool, input, strlen(input), &resolver,
                                               (bk_where){0}, NULL, &e);
        *wrong_answer = parsed != BK_OK && parsed != BK_NO_MEMORY;
        bk_expr args[2] = {
            bk_expr_payload(pool, BK_OP_ARGUMENT, 0, NULL, 0),
            bk_expr_payload(pool, BK_OP_ARGUMENT, 1, NULL, 0),
        };
        const bk_function_body hill = {2, bk_expr_make(pool, BK_OP_POWER, args, 2)};
        e = hill.body < 0 ? BK_NO_EXPR : bk_expr_inline(pool, e, &hill, 1);
        e = bk_expr_fold(pool, e);
        e = substitute(pool, e, 1, bk_expr_number_unit(pool, 2, "mole"));
        const bk_expr slope = bk_expr_derivative(pool, e, 0);
        const bk_expr copied = bk_expr_rewrite(other, pool, slope, copy_all, NULL);
        if (copied >= 0) {
            bk_expr_print(other, copied, &naming, NULL, &text);
        }
        clone = bk_exprs_clone(pool);
        bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 2);
        bk_program_add(builder, pool, e, SYMBOLS, NULL);
        bk_program_add(builder, other, copied, SYMBOLS + 1, NULL);
        ok = bk_program_finish(builder, &program) == BK_OK &&
             bk_program_copy(program, &copy) == BK_OK && clone != NULL && !text.failed;
    }
    bk_text_free(&text);
    bk_program_free(copy);
    bk_program_free(program);
    bk_exprs_free(clone);
    bk_exprs_free(other);
    bk_exprs_free(pool);
    return ok;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    bool wrong = false;
    bk_alloc_fail_after(-1);
    assert_true(all_work(&wrong));
    const long n = bk_alloc_fail_after(-1);
    assert_true(n > 30);
    for (long i = 0; i < n; i++) {
        bk_alloc_fail_after(i);
        const bool ok = all_work(&wrong);
        bk_alloc_fail_after(-1);
        assert_false(wrong);
        if (ok) {
            fail_msg("the failure of allocation %ld of %ld went unnoticed", i, n);
        }
    }
}

static void chains_of_trees_without_end_never_crash_the_parser(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 6, 0, 0);
    static const char *const pieces[] = {
        "x",   "(", ")", "+",  "-", "*",  "/", "^",   "!",   "<",   "&",  "|",
        "sin", ",", "1", ".5", "`", "\n", "$", "and", "not", "{m}", "e9", "=="};
    bk_exprs *const pool = bk_exprs_new();
    for (int i = 0; i < 50000; i++) {
        char text[400] = "";
        const uint32_t n = bk_random_below(&random, 30);
        for (uint32_t k = 0; k < n; k++) {
            strcat(text, pieces[bk_random_below(&random, 24)]);
        }
        bk_expr e = -7;
        const bk_status status =
            bk_expr_parse(pool, text, strlen(text), &resolver, (bk_where){0}, NULL, &e);
        assert_true(status == BK_OK ? e >= 0 : status == BK_BAD_INPUT && e == -7);
    }
    bk_exprs_free(pool);
}

static void deep_nesting_is_refused_with_a_message(void **state)
{
    (void)state;
    static const char *const openings[] = {"(", "-", "!", "sin(", "2^", "x + ("};
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        char *const text = calloc(1, 100000 * 6 + 1);
        char *end = text;
        for (int k = 0; k < 100000; k++) {
            end = stpcpy(end, openings[i]);
        }
        bk_exprs *const pool = bk_exprs_new();
        bk_diag *const diag = bk_diag_new();
        bk_expr e;
        assert_int_equal(BK_BAD_INPUT,
                         bk_expr_parse(pool, text, (size_t)(end - text), &resolver,
                                       (bk_where){0}, diag, &e));
        assert_int_equal(1, bk_diag_count(diag, BK_ERROR));
        assert_non_null(strstr(bk_diag_message(diag, 0)->text, "200 deep"));
        bk_diag_free(diag);
        bk_exprs_free(pool);
        free(text);
    }
}

static void errors_say_where_they_are(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_diag *const diag = bk_diag_new();
    bk_resolver named = resolver;
    named.context = diag;
    const char *const text = "x + foo\n  * bar";
    bk_expr e;
    assert_int_equal(BK_BAD_INPUT, bk_expr_parse(pool, text, strlen(text), &named,
                                                 (bk_where){"a.txt", 7, 10}, diag, &e));
    assert_int_equal(2, bk_diag_size(diag));
    assert_int_equal(7, bk_diag_message(diag, 0)->where.line);
    assert_int_equal(14, bk_diag_message(diag, 0)->where.column);
    assert_int_equal(8, bk_diag_message(diag, 1)->where.line);
    assert_int_equal(5, bk_diag_message(diag, 1)->where.column);
    bk_diag_free(diag);
    bk_exprs_free(pool);
}

static void comparisons_are_relations_and_connectives_are_not(void **state)
{
    (void)state;
    assert_true(bk_op_is_relation(BK_OP_EQ) && bk_op_is_relation(BK_OP_GEQ));
    assert_false(bk_op_is_relation(BK_OP_AND) || bk_op_is_relation(BK_OP_ARCCOTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_printed_expression_parses_to_itself),
        test(a_program_computes_what_the_tree_says_to_the_last_bit),
        test(folding_changes_no_value),
        test(derivatives_agree_with_differences),
        test(every_function_has_its_derivative),
        test(derivatives_are_short),
        test(the_condition_of_a_derivative_is_the_same_switch),
        test(a_product_of_many_factors_has_a_derivative_of_linear_size),
        test(the_symbols_of_a_tree_come_once_and_ascending),
        test(questions_about_a_large_tree_are_answered_without_memory),
        test(a_substitution_leaves_what_it_does_not_touch),
        test(trees_move_between_pools_and_keep_their_sharing),
        test(functions_are_inlined_within_each_other),
        test(functions_that_double_at_every_level_are_refused),
        test(very_deep_trees_need_no_stack),
        test(thousands_of_trees_in_one_pool_cost_no_more_than_their_size),
        test(a_redirected_law_reads_another_slot_and_no_other_law_does),
        test(a_law_may_read_its_own_target),
        test(held_relations_follow_the_status_and_show_their_gap),
        test(programs_print_as_a_listing),
        test(shared_subtrees_are_computed_once_within_a_law),
        test(misuse_of_a_builder_is_refused),
        test(any_allocation_may_fail),
        test(chains_of_trees_without_end_never_crash_the_parser),
        test(deep_nesting_is_refused_with_a_message),
        test(errors_say_where_they_are),
        test(comparisons_are_relations_and_connectives_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
