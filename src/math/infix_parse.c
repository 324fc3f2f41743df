/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/infix.h"
#include "math/pool.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Precedence climbing over one token of look-ahead.  Recursion is counted at every
 * parenthesis, sign and exponent; chains (a - b - c) are loops. */

enum { DEEPEST = 200 };

typedef struct parsing {
    bk_exprs *pool;
    const bk_resolver *resolver;
    bk_diag *diag;
    bk_scanner scanner;
    bk_token next;
    bk_expr numeral; /* the numeral just read and not yet part of anything */
    int depth;
    bool stop;  /* a syntax error, reported */
    bool wrong; /* a wrong name, reported; parsing goes on */
    uint32_t failures;
    bk_expr *operands; /* a stack: operands of what is being read */
    size_t n, capacity;
} parsing;

static bk_expr parse_level(parsing *p, bk_level level);
static bk_expr parse_operand(parsing *p);

static bool short_of_memory(const parsing *p)
{
    return p->pool->failures != p->failures;
}

static bk_expr complain(parsing *p, bk_where where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports a syntax error and ends the parsing. */
static bk_expr complain(parsing *p, bk_where where, const char *format, ...)
{
    if (!p->stop && !short_of_memory(p)) {
        char message[256];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        bk_diag_add(p->diag, BK_ERROR, where, "infix", "%s", message);
    }
    p->stop = true;
    return BK_NO_EXPR;
}

static void read_token(parsing *p)
{
    p->next = bk_scan_token(&p->scanner);
    if (p->next.kind == BK_TOKEN_WRONG) {
        complain(
            p, p->next.where,
            p->next.text[0] == '`'
                ? "a quoted name has no end; add a `"
                : "\"%c\" begins nothing that is known here; names of other form go "
                  "between `back quotes`",
            p->next.text[0]);
        p->next.kind = BK_TOKEN_END;
    }
}

static bool at_sign(const parsing *p, char c)
{
    return p->next.kind == BK_TOKEN_SIGN && p->next.length == 1 && p->next.text[0] == c;
}

static bk_expr expected(parsing *p, const char *what)
{
    const bk_token *const t = &p->next;
    if (t->kind == BK_TOKEN_END) {
        return complain(p, t->where, "the expression ends where %s should follow",
                        what);
    }
    return complain(p, t->where, "\"%.*s\" stands where %s should",
                    (int)(t->length < 60 ? t->length : 60), t->text, what);
}

/* The text of a name token, to be freed; NULL: no memory. */
static char *name_of(parsing *p, const bk_token *t)
{
    char *const name = bk_alloc(t->length + 1);
    if (name == NULL) {
        p->pool->failures++;
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < t->length; i++) {
        name[n++] = t->text[i];
        if (t->kind == BK_TOKEN_QUOTED && t->text[i] == '`') {
            i++;
        }
    }
    name[n] = '\0';
    return name;
}

/* A stand-in for what has been reported, so that the rest is checked too. */
static bk_expr stand_in(parsing *p)
{
    p->wrong = true;
    return bk_expr_0(p->pool, BK_OP_NOTANUMBER);
}

static bk_expr resolve_name(parsing *p, const bk_token *t)
{
    char *const name = name_of(p, t);
    if (name == NULL) {
        return BK_NO_EXPR;
    }
    bk_expr e = BK_NO_EXPR;
    if (p->resolver != NULL && p->resolver->name != NULL) {
        e = p->resolver->name(p->resolver->context, p->pool, name, t->where);
    } else {
        bk_diag_add(p->diag, BK_ERROR, t->where, "infix",
                    "unknown name \"%s\"; only numbers are known here", name);
    }
    bk_free(name);
    return e >= 0 || short_of_memory(p) ? e : stand_in(p);
}

static bool push(parsing *p, bk_expr e)
{
    if (e < 0) {
        return false;
    }
    if (!bk_grow(&p->operands, &p->capacity, p->n + 1, sizeof *p->operands)) {
        p->pool->failures++;
        return false;
    }
    p->operands[p->n++] = e;
    return true;
}

/* Takes the operands above base from the stack. */
static bk_expr make(parsing *p, bk_op op, size_t base)
{
    const bk_expr e = bk_expr_make(p->pool, op, p->operands + base, (int)(p->n - base));
    p->n = base;
    return e;
}

/* Says which functions there are with a name near to the wanted one. */
static void unknown_function(parsing *p, const char *name, bk_where where)
{
    const char *known[BK_OP_COUNT];
    size_t n = 0;
    for (int op = BK_OP_DELAY; op < BK_OP_COUNT; op++) {
        known[n++] = bk_infix_function_name((bk_op)op);
    }
    (void)bk_unknown_add(p->diag, where, "infix", name, known, n, "",
                         "unknown function \"%s\"", name);
}

static bk_expr call_by_resolver(parsing *p, const bk_token *t, size_t base)
{
    char *const name = name_of(p, t);
    if (name == NULL) {
        return BK_NO_EXPR;
    }
    bk_expr e = BK_NO_EXPR;
    if (p->resolver != NULL && p->resolver->call != NULL) {
        e = p->resolver->call(p->resolver->context, p->pool, name,
                              p->n > base ? p->operands + base : NULL,
                              (int)(p->n - base), t->where);
    } else {
        unknown_function(p, name, t->where);
    }
    bk_free(name);
    p->n = base;
    return e >= 0 || short_of_memory(p) ? e : stand_in(p);
}

static bk_expr call(parsing *p, const bk_token *t, size_t base)
{
    const size_t n = p->n - base;
    const bool plain = t->kind == BK_TOKEN_NAME;
    bk_op op = plain ? bk_infix_function(t->text, t->length) : BK_OP_COUNT;
    double first = 0.0;
    if (op == BK_OP_COUNT && plain) {
        op = bk_infix_alias(t->text, t->length, &first);
        if (first != 0.0 && n != 1) {
            return complain(p, t->where, "\"%.*s\" takes 1 argument, not %zu",
                            (int)t->length, t->text, n);
        }
    } else if (op == BK_OP_MINUS && n == 1) {
        op = BK_OP_NEGATE;
    } else if (n == 1 && (op == BK_OP_LOG || op == BK_OP_ROOT)) {
        first = op == BK_OP_LOG ? 10.0 : 2.0;
    }
    if (op == BK_OP_COUNT) {
        return call_by_resolver(p, t, base);
    }
    if (first != 0.0) {
        const bk_expr argument = p->operands[base];
        p->operands[base] = bk_expr_number(p->pool, first);
        return push(p, argument) ? make(p, op, base) : BK_NO_EXPR;
    }
    const bk_op_info *const info = bk_op_about(op);
    if (n < (size_t)info->min || (info->max >= 0 && n > (size_t)info->max)) {
        return complain(p, t->where, "\"%.*s\" takes %d argument%s, not %zu",
                        (int)t->length, t->text, info->min, info->min == 1 ? "" : "s",
                        n);
    }
    return make(p, op, base);
}

/* After the name of a function and its "(" . */
static bk_expr parse_call(parsing *p, const bk_token *t)
{
    const size_t base = p->n;
    if (!at_sign(p, ')')) {
        for (;;) {
            if (!push(p, parse_level(p, BK_LEVEL_OR))) {
                return BK_NO_EXPR;
            }
            if (!at_sign(p, ',')) {
                break;
            }
            read_token(p);
        }
    }
    if (!at_sign(p, ')')) {
        return expected(p, "\",\" or \")\"");
    }
    read_token(p);
    return call(p, t, base);
}

static bk_expr parse_name(parsing *p, const bk_token *t)
{
    if (at_sign(p, '(')) {
        read_token(p);
        return parse_call(p, t);
    }
    if (t->kind == BK_TOKEN_NAME) {
        const bk_op op = bk_infix_constant(t->text, t->length);
        if (op != BK_OP_COUNT) {
            return bk_expr_0(p->pool, op);
        }
    }
    return resolve_name(p, t);
}

static bk_expr parse_numeral(parsing *p)
{
    const double value = p->next.value;
    bk_token unit;
    bk_expr e = BK_NO_EXPR;
    if (!bk_scan_unit(&p->scanner, &unit)) {
        e = bk_expr_number(p->pool, value);
    } else if (unit.length == 0) {
        return complain(p, unit.where, "a unit is written {name}");
    } else {
        char *const name = name_of(p, &unit);
        e = name != NULL ? bk_expr_number_unit(p->pool, value, name) : BK_NO_EXPR;
        bk_free(name);
    }
    read_token(p);
    p->numeral = e;
    return e;
}

static bk_expr parse_atom(parsing *p)
{
    const bk_token t = p->next;
    if (t.kind == BK_TOKEN_NUMERAL) {
        return parse_numeral(p);
    }
    if (t.kind == BK_TOKEN_END || (t.kind == BK_TOKEN_SIGN && !at_sign(p, '('))) {
        return expected(p, "a number, a name or \"(\"");
    }
    read_token(p);
    if (t.kind == BK_TOKEN_ARGUMENT) {
        return bk_expr_payload(p->pool, BK_OP_ARGUMENT, (int32_t)t.value, NULL, 0);
    }
    if (t.kind != BK_TOKEN_SIGN) {
        return parse_name(p, &t);
    }
    const bk_expr e = parse_level(p, BK_LEVEL_OR);
    if (e >= 0 && !at_sign(p, ')')) {
        return expected(p, "\")\"");
    }
    p->numeral = BK_NO_EXPR;
    read_token(p);
    return e;
}

/* A number read as -3 is the number -3; all else gets a NEGATE. */
static bk_expr minus(parsing *p, bk_expr operand)
{
    if (operand >= 0 && p->numeral == operand) {
        return bk_expr_number_unit(p->pool, -bk_expr_value(p->pool, operand),
                                   bk_expr_unit(p->pool, operand));
    }
    return bk_expr_1(p->pool, BK_OP_NEGATE, operand);
}

static bk_expr parse_power(parsing *p)
{
    const bk_expr base = parse_atom(p);
    if (base < 0 || !at_sign(p, '^')) {
        return base;
    }
    read_token(p);
    const bk_expr e = bk_expr_2(p->pool, BK_OP_POWER, base, parse_operand(p));
    p->numeral = BK_NO_EXPR;
    return e;
}

/* "not" before an operand; not(a) is the same either way. */
static bool at_not(const parsing *p)
{
    return (p->next.kind == BK_TOKEN_SIGN || p->next.kind == BK_TOKEN_NAME) &&
           p->next.op == BK_OP_NOT;
}

static bk_expr parse_operand(parsing *p)
{
    if (p->stop || short_of_memory(p)) {
        return BK_NO_EXPR;
    }
    if (p->depth >= DEEPEST) {
        return complain(p, p->next.where,
                        "nested more than %d deep; name parts of the expression",
                        DEEPEST);
    }
    p->depth++;
    bk_expr e;
    if (at_sign(p, '-')) {
        read_token(p);
        e = minus(p, parse_operand(p));
        p->numeral = BK_NO_EXPR;
    } else if (at_sign(p, '+')) {
        read_token(p);
        e = parse_operand(p);
        p->numeral = BK_NO_EXPR;
    } else if (at_not(p)) {
        read_token(p);
        e = bk_expr_1(p->pool, BK_OP_NOT, parse_level(p, BK_LEVEL_COMPARISON));
        p->numeral = BK_NO_EXPR;
    } else {
        e = parse_power(p);
    }
    p->depth--;
    return e;
}

bk_level bk_infix_level(bk_op op)
{
    switch (op) {
    case BK_OP_OR:
        return BK_LEVEL_OR;
    case BK_OP_XOR:
        return BK_LEVEL_XOR;
    case BK_OP_AND:
        return BK_LEVEL_AND;
    case BK_OP_PLUS:
    case BK_OP_MINUS:
        return BK_LEVEL_SUM;
    case BK_OP_TIMES:
    case BK_OP_DIVIDE:
        return BK_LEVEL_PRODUCT;
    default:
        return bk_op_is_relation(op) ? BK_LEVEL_COMPARISON : BK_LEVEL_ANY;
    }
}

/* The binary operator that comes next, or BK_OP_COUNT. */
static bk_op next_operator(const parsing *p)
{
    const bool possible =
        p->next.kind == BK_TOKEN_SIGN || p->next.kind == BK_TOKEN_NAME;
    return possible && bk_infix_level(p->next.op) != BK_LEVEL_ANY ? p->next.op
                                                                  : BK_OP_COUNT;
}

/* left op b op c ... as one node, for the operators of any number of operands. */
static bk_expr parse_chain(parsing *p, bk_expr left, bk_op op)
{
    const size_t base = p->n;
    bool ok = push(p, left);
    while (ok && next_operator(p) == op) {
        read_token(p);
        ok = push(p, parse_level(p, bk_infix_level(op) + 1));
    }
    return ok ? make(p, op, base) : BK_NO_EXPR;
}

/* a < b <= c is a < b && b <= c, as in SBML. */
static bk_expr parse_comparisons(parsing *p, bk_expr left)
{
    const size_t base = p->n;
    bool ok = left >= 0;
    while (ok && bk_infix_level(next_operator(p)) == BK_LEVEL_COMPARISON) {
        const bk_op op = next_operator(p);
        read_token(p);
        const bk_expr right = parse_level(p, BK_LEVEL_SUM);
        ok = right >= 0 && push(p, bk_expr_2(p->pool, op, left, right));
        left = right;
    }
    if (!ok) {
        return BK_NO_EXPR;
    }
    if (p->n == base + 1) {
        return p->operands[--p->n];
    }
    return make(p, BK_OP_AND, base);
}

static bk_expr parse_level(parsing *p, bk_level level)
{
    bk_expr left = parse_operand(p);
    while (left >= 0 && !p->stop) {
        const bk_op op = next_operator(p);
        if (op == BK_OP_COUNT || bk_infix_level(op) < level) {
            return left;
        }
        p->numeral = BK_NO_EXPR;
        if (bk_infix_level(op) == BK_LEVEL_COMPARISON) {
            left = parse_comparisons(p, left);
        } else if (op == BK_OP_MINUS || op == BK_OP_DIVIDE) {
            read_token(p);
            left = bk_expr_2(p->pool, op, left, parse_level(p, bk_infix_level(op) + 1));
        } else {
            left = parse_chain(p, left, op);
        }
    }
    return left;
}

bk_status bk_expr_parse(bk_exprs *pool, const char *text, size_t length,
                        const bk_resolver *resolver, bk_where where, bk_diag *diag,
                        bk_expr *e)
{
    parsing p = {.pool = pool,
                 .resolver = resolver,
                 .diag = diag,
                 .scanner = {text, text + length, where},
                 .numeral = BK_NO_EXPR,
                 .failures = pool->failures};
    if (where.line == 0 && where.column == 0) {
        p.scanner.where.column =
            1; /* text of an option: its characters are all we can count */
    }
    read_token(&p);
    const bk_expr result = parse_level(&p, BK_LEVEL_OR);
    if (result >= 0 && p.next.kind != BK_TOKEN_END) {
        expected(&p, "an operator or the end");
    }
    bk_free(p.operands);
    if (short_of_memory(&p)) {
        return BK_NO_MEMORY;
    }
    if (result < 0 || p.stop || p.wrong) {
        return BK_BAD_INPUT;
    }
    *e = result;
    return BK_OK;
}
