/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Formulas of SBML Level 1 (Version 2, section 3.6 and appendix C): text with + - * / ^
 * and its own names of functions, where log is the natural logarithm.  The program's
 * own infix language differs in just these names, so it has a parser of its own. */

#include "sbml/sbml_impl.h"

#include <string.h>

enum { DEEPEST_FORMULA = 200, MOST_ARGUMENTS = 8 };

typedef struct formula {
    bk_reader *reader;
    bk_xml_node node;
    const bk_math_scope *scope;
    const char *s; /* the next character */
    const char *end;
    int depth;
    bool wrong;
} formula;

static bk_expr read_sum(formula *f);

static bk_expr refuse(formula *f, const char *what)
{
    if (!f->wrong) {
        bk_reader_error(f->reader, f->node, "formula",
                        "the formula of <%s> is wrong at \"%.20s\": %s",
                        bk_xml_name(f->node), f->s, what);
    }
    f->wrong = true;
    return BK_NO_EXPR;
}

static char peek(formula *f)
{
    f->s += strspn(f->s, " \t\r\n");
    return *f->s;
}

static bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

typedef struct named_function {
    const char *name;
    bk_op op;
    int arguments;
    double first; /* put before the argument, for sqrt and log10 */
} named_function;

static const named_function functions[] = {
    {"abs", BK_OP_ABS, 1, 0},      {"acos", BK_OP_ARCCOS, 1, 0},
    {"asin", BK_OP_ARCSIN, 1, 0},  {"atan", BK_OP_ARCTAN, 1, 0},
    {"ceil", BK_OP_CEILING, 1, 0}, {"cos", BK_OP_COS, 1, 0},
    {"exp", BK_OP_EXP, 1, 0},      {"floor", BK_OP_FLOOR, 1, 0},
    {"log", BK_OP_LN, 1, 0},       {"ln", BK_OP_LN, 1, 0},
    {"log10", BK_OP_LOG, 1, 10},   {"pow", BK_OP_POWER, 2, 0},
    {"sqr", BK_OP_POWER, 1, 0},    {"sqrt", BK_OP_ROOT, 1, 2},
    {"sin", BK_OP_SIN, 1, 0},      {"tan", BK_OP_TAN, 1, 0},
    {"sinh", BK_OP_SINH, 1, 0},    {"cosh", BK_OP_COSH, 1, 0},
    {"tanh", BK_OP_TANH, 1, 0},    {"factorial", BK_OP_FACTORIAL, 1, 0},
};

static bk_expr make_function(formula *f, const char *name, const bk_expr *args, int n)
{
    bk_exprs *const pool = f->reader->pool;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const named_function *const function = &functions[i];
        if (strcmp(function->name, name) != 0) {
            continue;
        }
        if (n != function->arguments) {
            return refuse(f,
                          "a function has the wrong number of arguments before here");
        }
        if (strcmp(name, "sqr") == 0) {
            return bk_expr_2(pool, BK_OP_POWER, args[0], bk_expr_number(pool, 2.0));
        }
        if (function->first > 0) {
            return bk_expr_2(pool, function->op, bk_expr_number(pool, function->first),
                             args[0]);
        }
        return bk_expr_make(pool, function->op, args, n);
    }
    bk_reader_error(f->reader, f->node, "formula",
                    "the formula of <%s> calls \"%s\", which is no function of Level 1",
                    bk_xml_name(f->node), name);
    f->wrong = true;
    return BK_NO_EXPR;
}

static bk_expr read_call(formula *f, const char *name)
{
    bk_expr args[MOST_ARGUMENTS];
    int n = 0;
    f->s++;
    if (peek(f) != ')') {
        for (;;) {
            if (n == MOST_ARGUMENTS) {
                return refuse(f, "too many arguments");
            }
            args[n++] = read_sum(f);
            if (f->wrong || peek(f) != ',') {
                break;
            }
            f->s++;
        }
    }
    if (peek(f) != ')') {
        return refuse(f, "a parenthesis is not closed");
    }
    f->s++;
    return make_function(f, name, args, n);
}

static bk_expr read_name(formula *f)
{
    char name[256];
    size_t n = 0;
    while (name_character(f->s[n])) {
        n++;
    }
    if (n >= sizeof name) {
        return refuse(f, "this name is too long");
    }
    memcpy(name, f->s, n);
    name[n] = '\0';
    f->s += n;
    if (peek(f) == '(') {
        return read_call(f, name);
    }
    return bk_math_name(f->reader, name, f->scope, bk_xml_where(f->node));
}

static bk_expr read_atom(formula *f)
{
    const char c = peek(f);
    if (c == '(') {
        f->s++;
        const bk_expr e = read_sum(f);
        if (peek(f) != ')') {
            return refuse(f, "a parenthesis is not closed");
        }
        f->s++;
        return e;
    }
    double value;
    const char *const behind = bk_double_scan(f->s, f->end, &value);
    if (behind != NULL && !(c >= 'A' && c <= 'Z') && c != '-' && c != '+') {
        f->s = behind;
        return bk_expr_number(f->reader->pool, value);
    }
    if (name_character(c)) {
        return read_name(f);
    }
    return refuse(f, c == '\0' ? "something is missing at its end"
                               : "a name or a number was expected");
}

static bk_expr read_signed(formula *f);

static bk_expr read_power(formula *f)
{
    const bk_expr base = read_atom(f);
    if (f->wrong || peek(f) != '^') {
        return base;
    }
    f->s++;
    return bk_expr_2(f->reader->pool, BK_OP_POWER, base, read_signed(f));
}

static bk_expr read_signed(formula *f)
{
    if (++f->depth > DEEPEST_FORMULA) {
        return refuse(f, "it is nested too deep");
    }
    bk_expr e;
    const char c = peek(f);
    if (c == '-' || c == '+') {
        f->s++;
        e = read_signed(f);
        e = c == '-' ? bk_expr_1(f->reader->pool, BK_OP_NEGATE, e) : e;
    } else {
        e = read_power(f);
    }
    f->depth--;
    return e;
}

static bk_expr read_product(formula *f)
{
    bk_expr e = read_signed(f);
    for (char c = peek(f); !f->wrong && (c == '*' || c == '/'); c = peek(f)) {
        f->s++;
        const bk_expr right = read_signed(f);
        e = bk_expr_2(f->reader->pool, c == '*' ? BK_OP_TIMES : BK_OP_DIVIDE, e, right);
    }
    return e;
}

static bk_expr read_sum(formula *f)
{
    bk_expr e = read_product(f);
    for (char c = peek(f); !f->wrong && (c == '+' || c == '-'); c = peek(f)) {
        f->s++;
        const bk_expr right = read_product(f);
        e = bk_expr_2(f->reader->pool, c == '+' ? BK_OP_PLUS : BK_OP_MINUS, e, right);
    }
    return e;
}

bk_expr bk_formula_read(bk_reader *reader, bk_xml_node node, const char *text,
                        const bk_math_scope *scope)
{
    formula f = {.reader = reader,
                 .node = node,
                 .scope = scope,
                 .s = text,
                 .end = text + strlen(text)};
    const bk_expr e = read_sum(&f);
    if (!f.wrong && peek(&f) != '\0') {
        return refuse(&f, "this is more than one expression");
    }
    return f.wrong ? BK_NO_EXPR : e;
}
