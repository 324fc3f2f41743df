/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/maboss.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Conditions and cases: what the operators of the language make of them. */

enum { MOST_CASES = 128, MOST_SIMPLIFIED = 64 };

void bk_maboss_wrong(bk_maboss_scope *scope, bk_where where, const char *code,
                     const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    scope->bad = true;
    bk_diag_add(scope->diag, BK_ERROR, where, code, "%s", text);
}

static bk_expr made(bk_maboss_scope *s, bk_expr e)
{
    s->no_memory = s->no_memory || e < 0;
    return e;
}

static bk_expr certain(bk_maboss_scope *s, bool truth)
{
    return made(s, bk_expr_0(s->pool, truth ? BK_OP_TRUE : BK_OP_FALSE));
}

bk_expr bk_maboss_not(bk_maboss_scope *scope, bk_expr a)
{
    switch (a < 0 ? BK_OP_COUNT : bk_expr_op(scope->pool, a)) {
    case BK_OP_TRUE:
        return certain(scope, false);
    case BK_OP_FALSE:
        return certain(scope, true);
    case BK_OP_NOT:
        return bk_expr_arg(scope->pool, a, 0);
    default:
        return made(scope, bk_expr_1(scope->pool, BK_OP_NOT, a));
    }
}

/* Written the same way, which is enough to know partitions again. */
static bool same(const bk_exprs *pool, bk_expr a, bk_expr b)
{
    if (a == b) {
        return true;
    }
    const bk_op op = bk_expr_op(pool, a);
    const int n = bk_expr_count(pool, a);
    if (bk_expr_op(pool, b) != op || bk_expr_count(pool, b) != n) {
        return false;
    }
    if (op == BK_OP_SYMBOL) {
        return bk_expr_payload_of(pool, a) == bk_expr_payload_of(pool, b);
    }
    if (op == BK_OP_NUMBER) {
        const double x = bk_expr_value(pool, a);
        const double y = bk_expr_value(pool, b);
        return !(x < y) && !(x > y);
    }
    for (int i = 0; i < n; i++) {
        if (!same(pool, bk_expr_arg(pool, a, i), bk_expr_arg(pool, b, i))) {
            return false;
        }
    }
    return true;
}

/* Drops what is said twice; true when something and its contrary stand there. */
static bool simplify(const bk_exprs *pool, bk_expr *all, size_t *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        bool twice = false;
        for (size_t k = 0; k < kept && !twice; k++) {
            const bool not_i = bk_expr_op(pool, all[i]) == BK_OP_NOT;
            const bool not_k = bk_expr_op(pool, all[k]) == BK_OP_NOT;
            twice = same(pool, all[i], all[k]);
            if ((not_i && same(pool, bk_expr_arg(pool, all[i], 0), all[k])) ||
                (not_k && same(pool, bk_expr_arg(pool, all[k], 0), all[i]))) {
                return true;
            }
        }
        if (!twice) {
            all[kept++] = all[i];
        }
    }
    *n = kept;
    return false;
}

bk_expr bk_maboss_join(bk_maboss_scope *scope, bk_op op, const bk_expr *parts, size_t n)
{
    const bk_op wins = op == BK_OP_AND ? BK_OP_FALSE : BK_OP_TRUE;
    const bk_op neutral = op == BK_OP_AND ? BK_OP_TRUE : BK_OP_FALSE;
    bk_expr *all = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (size_t i = 0; i < n && !scope->no_memory; i++) {
        const bk_op of = parts[i] < 0 ? BK_OP_COUNT : bk_expr_op(scope->pool, parts[i]);
        const size_t inner =
            of == op ? (size_t)bk_expr_count(scope->pool, parts[i]) : 1;
        if (of == BK_OP_COUNT ||
            !bk_grow(&all, &capacity, count + inner, sizeof *all)) {
            scope->no_memory = true;
        } else if (of == wins) {
            bk_free(all);
            return parts[i];
        } else if (of == op) {
            for (size_t k = 0; k < inner; k++) {
                all[count++] = bk_expr_arg(scope->pool, parts[i], (int)k);
            }
        } else if (of != neutral) {
            all[count++] = parts[i];
        }
    }
    const bool contrary = !scope->no_memory && count <= MOST_SIMPLIFIED &&
                          simplify(scope->pool, all, &count);
    const bk_expr e = scope->no_memory ? BK_NO_EXPR
                      : contrary       ? certain(scope, op == BK_OP_OR)
                      : count == 0     ? certain(scope, op == BK_OP_AND)
                      : count == 1
                          ? all[0]
                          : made(scope, bk_expr_make(scope->pool, op, all, (int)count));
    bk_free(all);
    return e;
}

bk_expr bk_maboss_both(bk_maboss_scope *scope, bk_expr a, bk_expr b)
{
    return bk_maboss_join(scope, BK_OP_AND, (const bk_expr[]){a, b}, 2);
}

bk_expr bk_maboss_either(bk_maboss_scope *scope, bk_expr a, bk_expr b)
{
    return bk_maboss_join(scope, BK_OP_OR, (const bk_expr[]){a, b}, 2);
}

static bool same_partition(const bk_maboss_scope *s, const bk_maboss_value *a,
                           const bk_maboss_value *b)
{
    bool all = a->n == b->n;
    for (int i = 0; all && i < a->n; i++) {
        all = same(s->pool, a->cases[i].when, b->cases[i].when);
    }
    return all;
}

void bk_maboss_as_number(bk_maboss_scope *scope, bk_maboss_value *value)
{
    if (!value->truth) {
        return;
    }
    const bk_expr e = value->when;
    const bk_op op = e < 0 ? BK_OP_TRUE : bk_expr_op(scope->pool, e);
    const bool known = op == BK_OP_TRUE || op == BK_OP_FALSE;
    /* The unnegated half first, so that `A` and `!A` make the same partition. */
    const bool turned = op == BK_OP_NOT;
    bk_maboss_case *const cases = bk_arena_alloc(scope->arena, 2 * sizeof *cases);
    if (cases == NULL) {
        scope->no_memory = true;
        return;
    }
    const bk_expr not_e = known ? e : bk_maboss_not(scope, e);
    cases[0] = known ? (bk_maboss_case){certain(scope, true), op == BK_OP_TRUE}
                     : (bk_maboss_case){turned ? not_e : e, turned ? 0 : 1};
    cases[1] = (bk_maboss_case){turned ? e : not_e, turned ? 1 : 0};
    *value = (bk_maboss_value){.n = known ? 1 : 2, .cases = cases, .when = BK_NO_EXPR};
}

bool bk_maboss_as_truth(bk_maboss_scope *scope, bk_maboss_value *value)
{
    if (value->truth) {
        return true;
    }
    bk_expr any = bk_expr_0(scope->pool, BK_OP_FALSE);
    for (int i = 0; i < value->n; i++) {
        if (value->cases[i].value < 0 || value->cases[i].value > 0) {
            any = bk_maboss_either(scope, any, value->cases[i].when);
        }
    }
    *value = (bk_maboss_value){.truth = true, .when = any};
    scope->no_memory = scope->no_memory || any < 0;
    return any >= 0;
}

bool bk_maboss_constant(bk_maboss_scope *scope, bk_maboss_value *value, bk_where where,
                        double *number)
{
    bk_maboss_as_number(scope, value);
    if (scope->no_memory) {
        return false;
    }
    if (value->n != 1) {
        bk_maboss_wrong(scope, where, "maboss-value",
                        "this must be a number that no level changes");
        return false;
    }
    *number = value->cases[0].value;
    return true;
}

bool bk_maboss_meet(bk_maboss_scope *scope, const bk_maboss_value *a,
                    const bk_maboss_value *b, bk_where where, bk_maboss_cells *cells)
{
    const bool aligned = same_partition(scope, a, b);
    const int most = aligned ? a->n : a->n * b->n;
    if (most > MOST_CASES) {
        bk_maboss_wrong(scope, where, "maboss-value",
                        "this depends on the state in over %d ways; write it shorter",
                        MOST_CASES);
        return false;
    }
    const size_t room = (size_t)most + 1;
    *cells = (bk_maboss_cells){0};
    cells->when = bk_arena_alloc(scope->arena, room * sizeof *cells->when);
    cells->a = bk_arena_alloc(scope->arena, room * sizeof *cells->a);
    cells->b = bk_arena_alloc(scope->arena, room * sizeof *cells->b);
    if (cells->when == NULL || cells->a == NULL || cells->b == NULL) {
        scope->no_memory = true;
        return false;
    }
    for (int i = 0; i < a->n && !scope->no_memory; i++) {
        for (int k = aligned ? i : 0; k < (aligned ? i + 1 : b->n); k++) {
            const bk_expr when =
                aligned ? a->cases[i].when
                        : bk_maboss_both(scope, a->cases[i].when, b->cases[k].when);
            if (when >= 0 && bk_expr_op(scope->pool, when) != BK_OP_FALSE) {
                cells->when[cells->n] = when;
                cells->a[cells->n] = a->cases[i].value;
                cells->b[cells->n++] = b->cases[k].value;
            }
        }
    }
    return !scope->no_memory;
}
