/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/derivative.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The rule of every operator, and the arithmetic of derivatives, which keeps them small:
 * zeros, ones and numbers are worked out. */

static bool is(const bk_deriving *d, bk_expr e, double value)
{
    double literal;
    return e >= 0 && bk_expr_literal(d->pool, e, &literal) && literal == value;
}

bk_expr bk_slope_number(bk_deriving *d, double value)
{
    if (value != 1.0) {
        return bk_expr_number(d->pool, value);
    }
    if (d->one < 0) {
        d->one = bk_expr_number(d->pool, 1.0);
    }
    return d->one;
}

static bk_expr negate(bk_deriving *d, bk_expr a)
{
    double value;
    if (a == BK_SLOPE_ZERO || a == BK_NO_EXPR) {
        return a;
    }
    if (bk_expr_literal(d->pool, a, &value)) {
        return bk_slope_number(d, -value);
    }
    return bk_expr_op(d->pool, a) == BK_OP_NEGATE ? bk_expr_arg(d->pool, a, 0)
                                                  : bk_expr_1(d->pool, BK_OP_NEGATE, a);
}

static bool literals(const bk_deriving *d, bk_expr a, bk_expr b, double *x, double *y)
{
    return a >= 0 && b >= 0 && bk_expr_literal(d->pool, a, x) &&
           bk_expr_literal(d->pool, b, y);
}

static bk_expr known(bk_deriving *d, double value)
{
    return value == 0.0 ? BK_SLOPE_ZERO : bk_slope_number(d, value);
}

static bk_expr subtract(bk_deriving *d, bk_expr a, bk_expr b)
{
    double x;
    double y;
    if (b == BK_SLOPE_ZERO) {
        return a;
    }
    if (literals(d, a, b, &x, &y)) {
        return known(d, x - y);
    }
    return a == BK_SLOPE_ZERO ? negate(d, b) : bk_expr_2(d->pool, BK_OP_MINUS, a, b);
}

static bk_expr add(bk_deriving *d, bk_expr a, bk_expr b)
{
    double x;
    double y;
    if (a == BK_SLOPE_ZERO || b == BK_SLOPE_ZERO) {
        return a == BK_SLOPE_ZERO ? b : a;
    }
    return literals(d, a, b, &x, &y) ? known(d, x + y)
                                     : bk_expr_2(d->pool, BK_OP_PLUS, a, b);
}

static bk_expr divide(bk_deriving *d, bk_expr a, bk_expr b)
{
    const bk_expr by = b == BK_SLOPE_ZERO ? bk_slope_number(d, 0.0) : b;
    return a == BK_SLOPE_ZERO || is(d, by, 1.0)
               ? a
               : bk_expr_2(d->pool, BK_OP_DIVIDE, a, by);
}

static bk_expr multiply(bk_deriving *d, bk_expr a, bk_expr b)
{
    if (a == BK_SLOPE_ZERO || b == BK_SLOPE_ZERO || is(d, a, 0.0) || is(d, b, 0.0)) {
        return BK_SLOPE_ZERO;
    }
    if (a == BK_NO_EXPR || b == BK_NO_EXPR) {
        return BK_NO_EXPR;
    }
    double x;
    double y;
    if (literals(d, a, b, &x, &y)) {
        return known(d, x * y);
    }
    if (is(d, a, 1.0) || is(d, b, 1.0)) {
        return is(d, a, 1.0) ? b : a;
    }
    if (is(d, a, -1.0) || is(d, b, -1.0)) {
        return negate(d, is(d, a, -1.0) ? b : a);
    }
    if (bk_expr_op(d->pool, a) == BK_OP_DIVIDE &&
        is(d, bk_expr_arg(d->pool, a, 0), 1.0)) {
        return divide(d, b, bk_expr_arg(d->pool, a, 1));
    }
    return bk_expr_2(d->pool, BK_OP_TIMES, a, b);
}

static bk_expr power(bk_deriving *d, bk_expr base, double exponent)
{
    if (exponent == 0.0) {
        return bk_slope_number(d, 1.0);
    }
    return exponent == 1.0
               ? base
               : bk_expr_2(d->pool, BK_OP_POWER, base, bk_slope_number(d, exponent));
}

static bk_expr logarithm(bk_deriving *d, bk_expr a)
{
    double value;
    return bk_expr_literal(d->pool, a, &value) ? bk_slope_number(d, log(value))
                                               : bk_expr_1(d->pool, BK_OP_LN, a);
}

static bk_expr argument(const bk_deriving *d, bk_expr e, int i)
{
    return bk_expr_arg(d->pool, e, i);
}

static bk_expr derive_sum(bk_deriving *d, bk_expr e)
{
    const int n = bk_expr_count(d->pool, e);
    int kept = 0;
    double joined = 0.0;
    for (int i = 0; i < n; i++) {
        const bk_expr term = bk_slope_of(d, e, i);
        double value;
        if (term >= 0 && bk_expr_literal(d->pool, term, &value)) {
            joined += value;
        } else if (term != BK_SLOPE_ZERO) {
            d->list[kept++] = term;
        }
    }
    if (joined != 0.0) {
        d->list[kept++] = bk_slope_number(d, joined);
    }
    if (kept == 0) {
        return BK_SLOPE_ZERO;
    }
    return kept == 1 ? d->list[0] : bk_expr_make(d->pool, BK_OP_PLUS, d->list, kept);
}

/* The product of all factors but the i-th, times the derivative of that. */
static bk_expr derive_factor(bk_deriving *d, bk_expr e, int i, bk_expr *factors)
{
    const int n = bk_expr_count(d->pool, e);
    int kept = 0;
    for (int k = 0; k < n; k++) {
        const bk_expr factor = k == i ? bk_slope_of(d, e, k) : argument(d, e, k);
        if (!is(d, factor, 1.0)) {
            factors[kept++] = factor;
        }
    }
    if (kept == 0) {
        return bk_slope_number(d, 1.0);
    }
    return kept == 1 ? factors[0] : bk_expr_make(d->pool, BK_OP_TIMES, factors, kept);
}

/* sum_i (before_i * d_i) * after_i with running products, to stay linear in n. */
static bk_expr derive_long_product(bk_deriving *d, bk_expr e)
{
    const int n = bk_expr_count(d->pool, e);
    bk_expr *const after = d->list;
    after[n - 1] = bk_slope_number(d, 1.0);
    for (int i = n - 1; i > 0; i--) {
        after[i - 1] = multiply(d, argument(d, e, i), after[i]);
    }
    bk_expr before = bk_slope_number(d, 1.0);
    int kept = 0;
    for (int i = 0; i < n; i++) {
        const bk_expr term =
            multiply(d, multiply(d, before, bk_slope_of(d, e, i)), after[i]);
        before = multiply(d, before, argument(d, e, i));
        if (term != BK_SLOPE_ZERO) {
            d->list[kept++] = term; /* after[i] has been read */
        }
    }
    if (kept == 0) {
        return BK_SLOPE_ZERO;
    }
    return kept == 1 ? d->list[0] : bk_expr_make(d->pool, BK_OP_PLUS, d->list, kept);
}

static bk_expr derive_product(bk_deriving *d, bk_expr e)
{
    enum { SHORT = 24 };
    const int n = bk_expr_count(d->pool, e);
    int dependent = 0;
    for (int i = 0; i < n; i++) {
        dependent += bk_slope_of(d, e, i) != BK_SLOPE_ZERO;
    }
    if (dependent > 1 && (dependent > SHORT || n > SHORT)) {
        return derive_long_product(d, e);
    }
    bk_expr terms[SHORT];
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (bk_slope_of(d, e, i) != BK_SLOPE_ZERO) {
            terms[kept++] = derive_factor(d, e, i, d->list);
        }
    }
    return kept == 1 ? terms[0] : bk_expr_make(d->pool, BK_OP_PLUS, terms, kept);
}

/* (a/b)' = (a' - (a/b) b') / b */
static bk_expr derive_quotient(bk_deriving *d, bk_expr e)
{
    const bk_expr down = multiply(d, e, bk_slope_of(d, e, 1));
    return divide(d, subtract(d, bk_slope_of(d, e, 0), down), argument(d, e, 1));
}

/* (a^p)' = p a^(p-1) a' + a^p ln(a) p'.  The logarithm is kept off zero, so that the
 * second term is 0 where a is 0, as it must be for the exponents of Hill functions. */
static bk_expr derive_power(bk_deriving *d, bk_expr e)
{
    const bk_expr base = argument(d, e, 0);
    const bk_expr exponent = argument(d, e, 1);
    bk_expr by_base = BK_SLOPE_ZERO;
    if (bk_slope_of(d, e, 0) != BK_SLOPE_ZERO) {
        double p;
        bk_expr lowered;
        if (bk_expr_literal(d->pool, exponent, &p)) {
            if (p == 0.0) {
                return BK_SLOPE_ZERO;
            }
            lowered = power(d, base, p - 1.0);
        } else {
            const bk_expr less =
                bk_expr_2(d->pool, BK_OP_MINUS, exponent, bk_slope_number(d, 1.0));
            lowered = bk_expr_2(d->pool, BK_OP_POWER, base, less);
        }
        by_base = multiply(d, multiply(d, exponent, lowered), bk_slope_of(d, e, 0));
    }
    if (bk_slope_of(d, e, 1) == BK_SLOPE_ZERO) {
        return by_base;
    }
    bk_expr positive = base;
    double value;
    if (!bk_expr_literal(d->pool, base, &value) || !(value > 0.0)) {
        positive = bk_expr_2(d->pool, BK_OP_MAX, base, bk_slope_number(d, DBL_MIN));
    }
    const bk_expr log = positive < 0 ? BK_NO_EXPR : logarithm(d, positive);
    return add(d, by_base, multiply(d, multiply(d, e, log), bk_slope_of(d, e, 1)));
}

/* r = x^(1/n): x' / (n r^(n-1)) - r ln(x) n' / n^2 */
static bk_expr derive_root(bk_deriving *d, bk_expr e)
{
    const bk_expr degree = argument(d, e, 0);
    const bk_expr x = argument(d, e, 1);
    bk_expr result = BK_SLOPE_ZERO;
    if (bk_slope_of(d, e, 1) != BK_SLOPE_ZERO) {
        double n;
        const bk_expr lowered = bk_expr_literal(d->pool, degree, &n)
                                    ? power(d, e, n - 1.0)
                                    : bk_expr_2(d->pool, BK_OP_POWER, e,
                                                bk_expr_2(d->pool, BK_OP_MINUS, degree,
                                                          bk_slope_number(d, 1.0)));
        result = divide(d, bk_slope_of(d, e, 1), multiply(d, degree, lowered));
    }
    if (bk_slope_of(d, e, 0) == BK_SLOPE_ZERO) {
        return result;
    }
    const bk_expr slope =
        multiply(d, multiply(d, e, logarithm(d, x)), bk_slope_of(d, e, 0));
    return subtract(d, result, divide(d, slope, power(d, degree, 2.0)));
}

/* l = ln x / ln b: (x'/x - l b'/b) / ln b */
static bk_expr derive_log(bk_deriving *d, bk_expr e)
{
    const bk_expr base = argument(d, e, 0);
    const bk_expr log = logarithm(d, base);
    if (log < 0) {
        return BK_NO_EXPR;
    }
    const bk_expr by_base = divide(d, multiply(d, e, bk_slope_of(d, e, 0)), base);
    if (bk_slope_of(d, e, 0) == BK_SLOPE_ZERO) {
        return divide(d, bk_slope_of(d, e, 1), multiply(d, argument(d, e, 1), log));
    }
    const bk_expr by_x = divide(d, bk_slope_of(d, e, 1), argument(d, e, 1));
    return divide(d, subtract(d, by_x, by_base), log);
}

/* PIECEWISE(a, a < b, b) and so on: choice between two derivatives by a relation. */
static bk_expr choose(bk_deriving *d, bk_expr if_true, bk_op relation, bk_expr a,
                      bk_expr b, bk_expr otherwise)
{
    if (if_true == otherwise) {
        return if_true;
    }
    const bk_expr zero = if_true == BK_SLOPE_ZERO || otherwise == BK_SLOPE_ZERO
                             ? bk_slope_number(d, 0.0)
                             : BK_SLOPE_ZERO;
    const bk_expr condition = bk_expr_2(d->pool, relation, a, b);
    const bk_expr parts[3] = {if_true == BK_SLOPE_ZERO ? zero : if_true, condition,
                              otherwise == BK_SLOPE_ZERO ? zero : otherwise};
    return bk_expr_make(d->pool, BK_OP_PIECEWISE, parts, 3);
}

/* min(a, b, c) is min(min(a, b), c), so that every relation compares two things that
 * really cross. */
static bk_expr derive_extreme(bk_deriving *d, bk_expr e)
{
    const bk_op op = bk_expr_op(d->pool, e);
    const bk_op relation = op == BK_OP_MIN ? BK_OP_LEQ : BK_OP_GEQ;
    const int n = bk_expr_count(d->pool, e);
    bk_expr best = argument(d, e, 0);
    bk_expr slope = bk_slope_of(d, e, 0);
    for (int i = 1; i < n && best >= 0 && slope != BK_NO_EXPR; i++) {
        const bk_expr next = argument(d, e, i);
        slope = choose(d, slope, relation, best, next, bk_slope_of(d, e, i));
        best = i + 1 < n ? bk_expr_2(d->pool, op, best, next) : best;
    }
    return best < 0 ? BK_NO_EXPR : slope;
}

static bk_expr derive_absolute(bk_deriving *d, bk_expr e)
{
    const bk_expr slope = bk_slope_of(d, e, 0);
    const bk_expr zero = bk_slope_number(d, 0.0);
    return choose(d, slope, BK_OP_GEQ, argument(d, e, 0), zero, negate(d, slope));
}

static bk_expr derive_piecewise(bk_deriving *d, bk_expr e)
{
    const int n = bk_expr_count(d->pool, e);
    bk_expr zero = BK_NO_EXPR;
    for (int i = 0; i < n; i++) {
        if (i % 2 == 1) {
            d->list[i] = argument(d, e, i);
            continue;
        }
        d->list[i] = bk_slope_of(d, e, i);
        if (d->list[i] == BK_SLOPE_ZERO) {
            zero = zero < 0 ? bk_slope_number(d, 0.0) : zero;
            d->list[i] = zero;
        }
    }
    return bk_expr_make(d->pool, BK_OP_PIECEWISE, d->list, n);
}

typedef struct slope_names {
    bk_expr x, e;
} slope_names;

static bk_expr slope_name(void *context, bk_exprs *pool, const char *name,
                          bk_where where)
{
    (void)pool;
    (void)where;
    const slope_names *const names = context;
    return strcmp(name, "x") == 0 ? names->x : names->e;
}

static bk_expr derive_function(bk_deriving *d, bk_expr e)
{
    const char *const text = bk_slope_text(bk_expr_op(d->pool, e));
    if (text == NULL) {
        return BK_SLOPE_ZERO; /* FLOOR, CEILING, QUOTIENT, relations, logic */
    }
    slope_names names = {argument(d, e, 0), e};
    const bk_resolver resolver = {.context = &names, .name = slope_name};
    bk_expr slope;
    if (bk_expr_parse(d->pool, text, strlen(text), &resolver, (bk_where){0}, NULL,
                      &slope) != BK_OK) {
        return BK_NO_EXPR;
    }
    return multiply(d, slope, bk_slope_of(d, e, 0));
}

/* a - b quotient(a, b) */
static bk_expr derive_remainder(bk_deriving *d, bk_expr e)
{
    if (bk_slope_of(d, e, 1) == BK_SLOPE_ZERO) {
        return bk_slope_of(d, e, 0);
    }
    const bk_expr whole =
        bk_expr_2(d->pool, BK_OP_QUOTIENT, argument(d, e, 0), argument(d, e, 1));
    return subtract(d, bk_slope_of(d, e, 0), multiply(d, bk_slope_of(d, e, 1), whole));
}

bk_expr bk_slope_by_rule(bk_deriving *d, bk_expr e)
{
    switch (bk_expr_op(d->pool, e)) {
    case BK_OP_PLUS:
        return derive_sum(d, e);
    case BK_OP_MINUS:
        return subtract(d, bk_slope_of(d, e, 0), bk_slope_of(d, e, 1));
    case BK_OP_NEGATE:
        return negate(d, bk_slope_of(d, e, 0));
    case BK_OP_TIMES:
        return derive_product(d, e);
    case BK_OP_DIVIDE:
        return derive_quotient(d, e);
    case BK_OP_POWER:
        return derive_power(d, e);
    case BK_OP_ROOT:
        return derive_root(d, e);
    case BK_OP_LOG:
        return derive_log(d, e);
    case BK_OP_ABS:
        return derive_absolute(d, e);
    case BK_OP_MIN:
    case BK_OP_MAX:
        return derive_extreme(d, e);
    case BK_OP_REM:
        return derive_remainder(d, e);
    case BK_OP_PIECEWISE:
        return derive_piecewise(d, e);
    default:
        return derive_function(d, e);
    }
}
