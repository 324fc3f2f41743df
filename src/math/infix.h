/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_INFIX_H
#define BK_MATH_INFIX_H

/* What the printer and the parser of infix text agree on. */

#include "math/expr.h"

/* How tightly things bind, loosest first. */
typedef enum bk_level {
    BK_LEVEL_ANY,
    BK_LEVEL_OR,
    BK_LEVEL_XOR,
    BK_LEVEL_AND,
    BK_LEVEL_NOT,
    BK_LEVEL_COMPARISON,
    BK_LEVEL_SUM,
    BK_LEVEL_PRODUCT,
    BK_LEVEL_SIGN,
    BK_LEVEL_POWER,
    BK_LEVEL_ATOM
} bk_level;
/* Of an operator between operands; ANY: it is none. */
bk_level bk_infix_level(bk_op op);

/* An operator that is written as a word without arguments (pi, true); BK_OP_COUNT:
 * none. */
bk_op bk_infix_constant(const char *name, size_t length);
/* An operator that is written as a function, by its infix or MathML name. */
bk_op bk_infix_function(const char *name, size_t length);
/* The operator that a word stands for between or before operands: AND, OR, XOR, NOT. */
bk_op bk_infix_word(const char *name, size_t length);
/* The name under which a function is printed when no sign will do. */
const char *bk_infix_function_name(bk_op op);
/* The operator behind a name that is read but never printed (sqrt, log10, asin ...), and
 * the argument to put before the only one given (0: none); BK_OP_COUNT, and first as it
 * was: no such name. */
bk_op bk_infix_alias(const char *name, size_t length, double *first);
/* Characters of a name that needs no quotes. */
bool bk_infix_starts_name(char c);
bool bk_infix_continues_name(char c);

/* Tokens of infix text. */
typedef enum bk_token_kind {
    BK_TOKEN_END,
    BK_TOKEN_NUMERAL,
    BK_TOKEN_NAME,
    BK_TOKEN_QUOTED,   /* text between back quotes, doubled ones not yet undone */
    BK_TOKEN_ARGUMENT, /* $3 */
    BK_TOKEN_SIGN,
    BK_TOKEN_WRONG /* text begins with what begins no token */
} bk_token_kind;

typedef struct bk_token {
    bk_token_kind kind;
    bk_op op; /* of a sign or word: the binary operator, or NOT; else BK_OP_COUNT */
    const char *text;
    size_t length;
    double value; /* NUMERAL, ARGUMENT */
    bk_where where;
} bk_token;

typedef struct bk_scanner {
    const char *at, *end;
    bk_where where; /* of at */
} bk_scanner;
bk_token bk_scan_token(bk_scanner *scanner);
/* A unit right here, {mole}; length 0: it has no end or no name. */
bool bk_scan_unit(bk_scanner *scanner, bk_token *unit);

#endif
