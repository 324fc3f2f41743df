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

/* An operator that is written as a word without arguments (pi, true); BK_OP_COUNT:
 * none. */
bk_op bk_infix_constant(const char *name, size_t length);
/* An operator that is written as a function, by its infix or MathML name. */
bk_op bk_infix_function(const char *name, size_t length);
/* The operator that a word stands for between or before operands: AND, OR, XOR, NOT. */
bk_op bk_infix_word(const char *name, size_t length);
/* The name under which a function is printed when no sign will do. */
const char *bk_infix_function_name(bk_op op);
/* Other names the parser knows: sqrt, log10, asin ...; only the parser reads them. */
bool bk_infix_alias(const char *name, size_t length);
/* Characters of a name that needs no quotes. */
bool bk_infix_starts_name(char c);
bool bk_infix_continues_name(char c);

#endif
