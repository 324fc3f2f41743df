/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/maboss.h"

#include <math.h>
#include <string.h>

/* Precedence, loosest first: ?: ; XOR ^ ; OR | ; AND & ; == != ; < > <= >= ; + - ; * / ;
 * ! NOT and unary + -. */

enum { DEEPEST = 200, MOST_EXPANDED = 1000000 };

typedef const bk_maboss_token *place;
typedef bk_maboss_value value;

static const char logical_signs[] = "&|^";
static bool parse_choice(bk_maboss_scope *s, place *at, value *v);
static bool parse_logic(bk_maboss_scope *s, int t, place *at, value *v);

static bool is_sign(place t, char sign)
{
    return t->kind == BK_MABOSS_SIGN && t->sign == sign;
}

static bool syntax(bk_maboss_scope *s, place at, const char *what)
{
    bk_maboss_wrong(s, at->where, "maboss-syntax", "%s", what);
    return false;
}

static bool expect(bk_maboss_scope *s, place *at, char sign, const char *what)
{
    if (!is_sign(*at, sign)) {
        return syntax(s, *at, what);
    }
    ++*at;
    return true;
}

static bool set_number(bk_maboss_scope *s, double number, value *v)
{
    bk_maboss_case *const only = bk_arena_alloc(s->arena, sizeof *only);
    const bk_expr always = bk_expr_0(s->pool, BK_OP_TRUE);
    if (only == NULL || always < 0) {
        s->no_memory = true;
        return false;
    }
    *only = (bk_maboss_case){always, number};
    *v = (value){.n = 1, .cases = only, .when = BK_NO_EXPR};
    return true;
}

static bool set_truth(bk_maboss_scope *s, bk_expr e, value *v)
{
    *v = (value){.truth = true, .when = e};
    s->no_memory = s->no_memory || e < 0;
    return e >= 0;
}

/* op of two numbers: of their values in every cell of both, equal ones joined. */
static bool combine(bk_maboss_scope *s, bk_op op, value *a, value *b, bk_where where)
{
    bk_maboss_as_number(s, a);
    bk_maboss_as_number(s, b);
    bk_maboss_cells cells;
    if (s->no_memory || !bk_maboss_meet(s, a, b, where, &cells)) {
        return false;
    }
    bk_maboss_case *const cases =
        bk_arena_alloc(s->arena, ((size_t)cells.n + 1) * sizeof *cases);
    if (cases == NULL) {
        s->no_memory = true;
        return false;
    }
    bool uniform = true;
    for (int i = 0; i < cells.n; i++) {
        const double args[2] = {cells.a[i], cells.b[i]};
        cases[i] = (bk_maboss_case){cells.when[i], bk_op_apply(op, args, 2)};
        uniform = uniform && !(cases[i].value < cases[0].value) &&
                  !(cases[i].value > cases[0].value);
    }
    *a = (value){.n = cells.n, .cases = cases, .when = BK_NO_EXPR};
    return !uniform || set_number(s, cases[0].value, a);
}

static bool parse_name(bk_maboss_scope *s, place *at, value *v)
{
    place const t = (*at)++;
    const int32_t symbol = s->levels != NULL ? bk_names_find(s->levels, t->text) : -1;
    if (symbol >= 0) {
        return set_truth(s,
                         bk_expr_2(s->pool, BK_OP_GEQ, bk_expr_symbol(s->pool, symbol),
                                   bk_expr_number(s->pool, 1)),
                         v);
    }
    if (bk_text_equal_nocase(t->text, "true") ||
        bk_text_equal_nocase(t->text, "false")) {
        return set_number(s, bk_text_equal_nocase(t->text, "true"), v);
    }
    if (s->levels == NULL) {
        bk_maboss_wrong(s, t->where, "maboss-name",
                        "\"%s\" cannot stand here; a number or a $parameter can",
                        t->text);
    } else {
        bk_maboss_wrong(s, t->where, "maboss-name",
                        "there is no node \"%s\"; define it with node %s { }", t->text,
                        t->text);
    }
    return false;
}

/* log(x), exp(x), and both with a base. */
static bool parse_call(bk_maboss_scope *s, place *at, value *v)
{
    place const name = *at;
    const bool is_log = bk_text_equal_nocase(name->text, "log");
    if (!is_log && !bk_text_equal_nocase(name->text, "exp")) {
        bk_maboss_wrong(s, name->where, "maboss-function",
                        "there is no function \"%s\"; there are log and exp",
                        name->text);
        return false;
    }
    *at += 2;
    value base;
    if (!parse_choice(s, at, v) || !set_number(s, exp(1.0), &base)) {
        return false;
    }
    if (is_sign(*at, ',')) {
        ++*at;
        if (!parse_choice(s, at, &base)) {
            return false;
        }
    }
    if (!expect(s, at, ')', "a `)` must close the arguments of the function")) {
        return false;
    }
    if (is_log) {
        value top = base;
        const bool ok = combine(s, BK_OP_LOG, &top, v, name->where);
        *v = top;
        return ok;
    }
    const bool ok = combine(s, BK_OP_POWER, &base, v, name->where);
    *v = base;
    return ok;
}

static bool parse_attribute(bk_maboss_scope *s, place *at, value *v)
{
    place const sign = (*at)++;
    if ((*at)->kind != BK_MABOSS_NAME) {
        return syntax(s, *at, "a name must follow the @");
    }
    place from = s->attribute == NULL || s->expanded++ > MOST_EXPANDED
                     ? NULL
                     : s->attribute(s->context, (*at)->text, sign->where);
    if (from == NULL) {
        bk_maboss_wrong(s, sign->where, "maboss-attribute",
                        "@%s names no expression of this node", (*at)->text);
        return false;
    }
    ++*at;
    /* An attribute that names itself ends at the depth that parentheses may have. */
    return parse_choice(s, &from, v);
}

static bool parse_variable(bk_maboss_scope *s, place *at, value *v)
{
    place const t = (*at)++;
    const int32_t found = bk_names_find(s->variables, t->text);
    if (found < 0) {
        bk_maboss_wrong(s, t->where, "maboss-parameter",
                        "%s has no value; set it in the .cfg: %s = 1;", t->text,
                        t->text);
        return false;
    }
    return set_number(s, s->values[found], v);
}

bool bk_maboss_primary(bk_maboss_scope *scope, const bk_maboss_token **at,
                       bk_maboss_value *v)
{
    place const t = *at;
    if (t->kind == BK_MABOSS_NUMBER) {
        ++*at;
        return set_number(scope, t->value, v);
    }
    if (t->kind == BK_MABOSS_VARIABLE) {
        return parse_variable(scope, at, v);
    }
    if (t->kind == BK_MABOSS_NAME) {
        return is_sign(t + 1, '(') ? parse_call(scope, at, v)
                                   : parse_name(scope, at, v);
    }
    if (is_sign(t, '@')) {
        return parse_attribute(scope, at, v);
    }
    if (!is_sign(t, '(')) {
        return syntax(scope, t,
                      "a number, a $parameter, a node or `(` must stand here");
    }
    ++*at;
    return parse_choice(scope, at, v) &&
           expect(scope, at, ')', "a `)` is missing here");
}

static bool parse_unary(bk_maboss_scope *s, place *at, value *v)
{
    bool negated = false;
    bool denied = false;
    bool logical = false;
    place const start = *at;
    for (; is_sign(*at, '!') || is_sign(*at, '+') || is_sign(*at, '-'); ++*at) {
        if (is_sign(*at, '!') && negated) {
            return syntax(s, *at, "a negated condition has no sign; use parentheses");
        }
        logical = logical || is_sign(*at, '!');
        denied = denied != is_sign(*at, '!');
        negated = negated != is_sign(*at, '-');
    }
    if (negated && logical) {
        return syntax(s, start, "a condition takes no minus here; use parentheses");
    }
    if (!bk_maboss_primary(s, at, v)) {
        return false;
    }
    if (logical && !bk_maboss_as_truth(s, v)) {
        return false;
    }
    if (denied) {
        return set_truth(s, bk_maboss_not(s, v->when), v);
    }
    if (!negated) {
        return true;
    }
    value zero;
    const bool ok =
        set_number(s, 0, &zero) && combine(s, BK_OP_MINUS, &zero, v, start->where);
    *v = zero;
    return ok;
}

typedef struct tier {
    const char *signs;
    bk_op ops[4];
} tier;

/* Arithmetic and comparisons, tightest first. */
static const tier tiers[] = {
    {"*/", {BK_OP_TIMES, BK_OP_DIVIDE}},
    {"+-", {BK_OP_PLUS, BK_OP_MINUS}},
    {"<>lg", {BK_OP_LT, BK_OP_GT, BK_OP_LEQ, BK_OP_GEQ}},
    {"en", {BK_OP_EQ, BK_OP_NEQ}},
};

static bool parse_tier(bk_maboss_scope *s, int t, place *at, value *v)
{
    if (t < 0) {
        return parse_unary(s, at, v);
    }
    if (!parse_tier(s, t - 1, at, v)) {
        return false;
    }
    for (;;) {
        place const sign = *at;
        const char *const which = sign->kind == BK_MABOSS_SIGN && sign->sign != '\0'
                                      ? strchr(tiers[t].signs, sign->sign)
                                      : NULL;
        if (which == NULL) {
            return true;
        }
        ++*at;
        value right;
        if (!parse_tier(s, t - 1, at, &right) ||
            !combine(s, tiers[t].ops[which - tiers[t].signs], v, &right, sign->where) ||
            (t >= 2 && !bk_maboss_as_truth(s, v))) {
            return false;
        }
    }
}

/* What is certain only turns the rest round. */
static bk_expr differ(bk_maboss_scope *s, bk_expr *parts, size_t n)
{
    bool odd = false;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const bk_op op = bk_expr_op(s->pool, parts[i]);
        odd = odd != (op == BK_OP_TRUE);
        if (op != BK_OP_TRUE && op != BK_OP_FALSE) {
            parts[kept++] = parts[i];
        }
    }
    if (kept == 0) {
        return bk_expr_0(s->pool, odd ? BK_OP_TRUE : BK_OP_FALSE);
    }
    const bk_expr e =
        kept == 1 ? parts[0] : bk_expr_make(s->pool, BK_OP_XOR, parts, (int)kept);
    return odd ? bk_maboss_not(s, e) : e;
}

/* All operands of a chain of one sign, and what they make. */
static bool parse_chain(bk_maboss_scope *s, int t, place *at, value *v)
{
    static const bk_op ops[] = {BK_OP_AND, BK_OP_OR};
    bk_expr *parts = NULL;
    size_t n = 0;
    size_t capacity = 0;
    bool ok = true;
    bool more = true;
    while (ok && more) {
        ok = bk_maboss_as_truth(s, v) &&
             bk_grow(&parts, &capacity, n + 1, sizeof *parts);
        if (!ok) {
            s->no_memory = true;
            break;
        }
        parts[n++] = v->when;
        more = is_sign(*at, logical_signs[t]);
        if (more) {
            ++*at;
            ok = parse_logic(s, t - 1, at, v);
        }
    }
    const bk_expr e = !ok      ? BK_NO_EXPR
                      : t == 2 ? differ(s, parts, n)
                               : bk_maboss_join(s, ops[t], parts, n);
    bk_free(parts);
    return ok && set_truth(s, e, v);
}

/* AND, OR, XOR: t = 0, 1, 2. */
static bool parse_logic(bk_maboss_scope *s, int t, place *at, value *v)
{
    if (t < 0) {
        return parse_tier(s, 3, at, v);
    }
    if (!parse_logic(s, t - 1, at, v)) {
        return false;
    }
    return !is_sign(*at, logical_signs[t]) || parse_chain(s, t, at, v);
}

/* The cases of `yes` while `when` holds, then those of `no` while it does not. */
static bool choose(bk_maboss_scope *s, bk_expr when, value *yes, value *no, value *v)
{
    const bk_op op = bk_expr_op(s->pool, when);
    if (op == BK_OP_TRUE || op == BK_OP_FALSE) {
        *v = op == BK_OP_TRUE ? *yes : *no;
        return true;
    }
    if (op == BK_OP_NOT) {
        return choose(s, bk_expr_arg(s->pool, when, 0), no, yes, v);
    }
    if (yes->truth && no->truth) {
        return set_truth(
            s,
            bk_maboss_either(s, bk_maboss_both(s, when, yes->when),
                             bk_maboss_both(s, bk_maboss_not(s, when), no->when)),
            v);
    }
    bk_maboss_as_number(s, yes);
    bk_maboss_as_number(s, no);
    const size_t room = (size_t)(yes->n + no->n) + 1;
    bk_maboss_case *const cases =
        s->no_memory ? NULL : bk_arena_alloc(s->arena, room * sizeof *cases);
    if (cases == NULL) {
        s->no_memory = true;
        return false;
    }
    const bk_expr otherwise = bk_maboss_not(s, when);
    int n = 0;
    for (int i = 0; i < yes->n + no->n; i++) {
        const bool first = i < yes->n;
        const bk_maboss_case from = first ? yes->cases[i] : no->cases[i - yes->n];
        const bk_expr both = bk_maboss_both(s, first ? when : otherwise, from.when);
        if (both >= 0 && bk_expr_op(s->pool, both) != BK_OP_FALSE) {
            cases[n++] = (bk_maboss_case){both, from.value};
        }
    }
    *v = (value){.n = n, .cases = cases, .when = BK_NO_EXPR};
    return !s->no_memory;
}

static bool parse_choice(bk_maboss_scope *s, place *at, value *v)
{
    if (s->depth >= DEEPEST) {
        return syntax(s, *at, "this is nested too deep, or an attribute names itself");
    }
    s->depth++;
    bool ok = parse_logic(s, 2, at, v);
    if (ok && is_sign(*at, '?')) {
        ++*at;
        value yes;
        value no;
        ok = bk_maboss_as_truth(s, v) && parse_choice(s, at, &yes) &&
             expect(s, at, ':', "a `:` and what holds otherwise must follow") &&
             parse_choice(s, at, &no) && choose(s, v->when, &yes, &no, v);
    }
    s->depth--;
    return ok;
}

bool bk_maboss_evaluate(bk_maboss_scope *scope, const bk_maboss_token **at,
                        bk_maboss_value *v)
{
    return parse_choice(scope, at, v);
}
