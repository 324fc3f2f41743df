/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/infix.h"
#include "math/pool.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* A frame is an operator whose arguments are being printed. */
typedef struct frame {
    bk_expr e;
    int next;   /* argument */
    bool close; /* a parenthesis was opened round it */
} frame;

typedef struct printing {
    const bk_exprs *pool;
    const bk_naming *naming;
    const char *const *arguments;
    bk_text *text;
    frame *frames;
    size_t n, capacity;
} printing;

/* Whether an operator is written between (or before) its operands. */
static bool has_sign(bk_op op, int count)
{
    switch (op) {
    case BK_OP_PLUS:
    case BK_OP_TIMES:
    case BK_OP_AND:
    case BK_OP_OR:
        return count >= 2;
    case BK_OP_MINUS:
    case BK_OP_NEGATE:
    case BK_OP_DIVIDE:
    case BK_OP_POWER:
    case BK_OP_NOT:
        return true;
    default:
        return bk_op_is_relation(op);
    }
}

static bk_level level_of(const bk_exprs *pool, bk_expr e)
{
    const bk_op op = bk_expr_op(pool, e);
    if (op == BK_OP_NUMBER) {
        const double value = bk_expr_value(pool, e);
        return signbit(value) && !isnan(value) ? BK_LEVEL_SIGN : BK_LEVEL_ATOM;
    }
    if (!has_sign(op, bk_expr_count(pool, e))) {
        return BK_LEVEL_ATOM;
    }
    switch (op) {
    case BK_OP_NOT:
        return BK_LEVEL_NOT;
    case BK_OP_NEGATE:
        return BK_LEVEL_SIGN;
    case BK_OP_POWER:
        return BK_LEVEL_POWER;
    default:
        return bk_infix_level(op);
    }
}

/* Whether argument i of e needs parentheses. */
static bool needs_parentheses(const bk_exprs *pool, bk_expr e, int i)
{
    const bk_op op = bk_expr_op(pool, e);
    if (!has_sign(op, bk_expr_count(pool, e))) {
        return false;
    }
    const bk_expr arg = bk_expr_arg(pool, e, i);
    const bk_op inner = bk_expr_op(pool, arg);
    const bk_level level = level_of(pool, arg);
    switch (op) {
    case BK_OP_PLUS:
    case BK_OP_MINUS:
        /* a - b + c is (a - b) + c, and a + b + c is one sum */
        return level <= BK_LEVEL_SUM &&
               !(i == 0 && level == BK_LEVEL_SUM && (inner != op || op == BK_OP_MINUS));
    case BK_OP_TIMES:
    case BK_OP_DIVIDE:
        return level <= BK_LEVEL_PRODUCT && !(i == 0 && level == BK_LEVEL_PRODUCT &&
                                              (inner != op || op == BK_OP_DIVIDE));
    case BK_OP_NEGATE:
        /* -3 is a number */
        return level < BK_LEVEL_SIGN ||
               (inner == BK_OP_NUMBER && level == BK_LEVEL_ATOM);
    case BK_OP_POWER:
        return level < (i == 0 ? BK_LEVEL_ATOM : BK_LEVEL_SIGN);
    case BK_OP_NOT:
        /* !a < b would do, and mislead */
        return level != BK_LEVEL_NOT && level < BK_LEVEL_ATOM;
    default:
        return level <= level_of(pool, e);
    }
}

/* A name; in back quotes when it would be read as something else. */
static void print_name(bk_text *text, const char *name, bool call)
{
    const size_t length = strlen(name);
    bool plain = bk_infix_starts_name(name[0]);
    for (size_t i = 0; i < length; i++) {
        plain = plain && bk_infix_continues_name(name[i]);
    }
    double first;
    const bool taken = bk_infix_word(name, length) != BK_OP_COUNT ||
                       strcmp(name, "NaN") == 0 ||
                       (call ? bk_infix_function(name, length) != BK_OP_COUNT ||
                                   bk_infix_alias(name, length, &first) != BK_OP_COUNT
                             : bk_infix_constant(name, length) != BK_OP_COUNT);
    if (plain && !taken) {
        bk_text_add_n(text, name, length);
        return;
    }
    bk_text_add_char(text, '`');
    for (size_t i = 0; i < length; i++) {
        bk_text_add(text, name[i] == '`' ? "`" : "");
        bk_text_add_char(text, name[i]);
    }
    bk_text_add_char(text, '`');
}

static void print_number(const printing *p, bk_expr e)
{
    const double value = bk_expr_value(p->pool, e);
    if (isinf(value)) {
        bk_text_add(p->text, value > 0 ? "1e999" : "-1e999");
    } else {
        bk_text_double(p->text, value);
    }
    const char *const unit = bk_expr_unit(p->pool, e);
    if (unit != NULL) {
        bk_text_printf(p->text, "{%s}", unit);
    }
}

static void print_leaf(const printing *p, bk_expr e)
{
    const bk_op op = bk_expr_op(p->pool, e);
    const int32_t payload = bk_expr_payload_of(p->pool, e);
    const char *name = NULL;
    switch (op) {
    case BK_OP_NUMBER:
        print_number(p, e);
        return;
    case BK_OP_SYMBOL:
        if (p->naming != NULL && p->naming->symbol != NULL) {
            name = p->naming->symbol(p->naming->context, payload);
        }
        break;
    case BK_OP_ARGUMENT:
        name = p->arguments != NULL ? p->arguments[payload] : NULL;
        break;
    default:
        bk_text_add(p->text, bk_op_about(op)->infix);
        return;
    }
    if (name != NULL) {
        print_name(p->text, name, false);
    } else {
        bk_text_printf(p->text, op == BK_OP_SYMBOL ? "s%d" : "$%d", (int)payload);
    }
}

static void print_head(const printing *p, bk_expr e)
{
    const bk_op op = bk_expr_op(p->pool, e);
    if (op == BK_OP_NEGATE || op == BK_OP_NOT) {
        bk_text_add(p->text, bk_op_about(op)->infix);
    } else if (op == BK_OP_CALL) {
        const int32_t f = bk_expr_payload_of(p->pool, e);
        const char *const name = p->naming != NULL && p->naming->function != NULL
                                     ? p->naming->function(p->naming->context, f)
                                     : NULL;
        if (name != NULL) {
            print_name(p->text, name, true);
        } else {
            bk_text_printf(p->text, "f%d", (int)f);
        }
        bk_text_add_char(p->text, '(');
    } else if (!has_sign(op, bk_expr_count(p->pool, e))) {
        bk_text_printf(p->text, "%s(", bk_infix_function_name(op));
    }
}

static void print_separator(const printing *p, bk_expr e)
{
    const bk_op op = bk_expr_op(p->pool, e);
    const char *const sign = bk_op_about(op)->infix;
    if (!has_sign(op, bk_expr_count(p->pool, e))) {
        bk_text_add(p->text, ", ");
    } else if (op == BK_OP_TIMES || op == BK_OP_DIVIDE || op == BK_OP_POWER) {
        bk_text_add(p->text, sign);
    } else {
        bk_text_printf(p->text, " %s ", sign);
    }
}

/* Prints a leaf, or opens an operator. */
static bool begin(printing *p, bk_expr e, bool parentheses)
{
    bk_text_add(p->text, parentheses ? "(" : "");
    const bk_op op = bk_expr_op(p->pool, e);
    if (op < BK_OP_CALL) {
        print_leaf(p, e);
        bk_text_add(p->text, parentheses ? ")" : "");
        return true;
    }
    print_head(p, e);
    if (!bk_grow(&p->frames, &p->capacity, p->n + 1, sizeof *p->frames)) {
        return false;
    }
    p->frames[p->n++] = (frame){e, 0, parentheses};
    return true;
}

void bk_expr_print(const bk_exprs *pool, bk_expr e, const bk_naming *naming,
                   const char *const *arguments, bk_text *text)
{
    printing p = {.pool = pool, .naming = naming, .arguments = arguments, .text = text};
    bool ok = e < 0 || begin(&p, e, false);
    while (ok && p.n > 0 && !text->failed) {
        frame *const top = &p.frames[p.n - 1];
        const bk_expr parent = top->e;
        const int i = top->next++;
        if (i == bk_expr_count(pool, parent)) {
            const bool sign = has_sign(bk_expr_op(pool, parent), i);
            bk_text_add(text, sign ? "" : ")");
            bk_text_add(text, top->close ? ")" : "");
            p.n--;
            continue;
        }
        if (i > 0) {
            print_separator(&p, parent);
        }
        ok =
            begin(&p, bk_expr_arg(pool, parent, i), needs_parentheses(pool, parent, i));
    }
    text->failed = text->failed || !ok;
    bk_free(p.frames);
}
