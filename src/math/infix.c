/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/infix.h"

#include <string.h>

static bool same(const char *word, const char *name, size_t length)
{
    return strncmp(word, name, length) == 0 && word[length] == '\0';
}

bool bk_infix_starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

bool bk_infix_continues_name(char c)
{
    return bk_infix_starts_name(c) || (c >= '0' && c <= '9') || c == '.';
}

bk_op bk_infix_constant(const char *name, size_t length)
{
    for (int op = BK_OP_TIME; op <= BK_OP_NOTANUMBER; op++) {
        if (same(bk_op_about((bk_op)op)->infix, name, length)) {
            return (bk_op)op;
        }
    }
    return BK_OP_COUNT;
}

bk_op bk_infix_function(const char *name, size_t length)
{
    if (length == 0) {
        return BK_OP_COUNT;
    }
    for (int op = BK_OP_DELAY; op < BK_OP_COUNT; op++) {
        const bk_op_info *const info = bk_op_about((bk_op)op);
        if (same(info->infix, name, length) ||
            (op >= BK_OP_PLUS && same(info->mathml, name, length))) {
            return (bk_op)op;
        }
    }
    return BK_OP_COUNT;
}

bk_op bk_infix_alias(const char *name, size_t length, double *first)
{
    static const struct {
        const char *name;
        bk_op op;
        double first;
    } aliases[] = {
        {"sqrt", BK_OP_ROOT, 2.0},     {"log10", BK_OP_LOG, 10.0},
        {"log2", BK_OP_LOG, 2.0},      {"pow", BK_OP_POWER, 0.0},
        {"asin", BK_OP_ARCSIN, 0.0},   {"acos", BK_OP_ARCCOS, 0.0},
        {"atan", BK_OP_ARCTAN, 0.0},   {"asinh", BK_OP_ARCSINH, 0.0},
        {"acosh", BK_OP_ARCCOSH, 0.0}, {"atanh", BK_OP_ARCTANH, 0.0},
    };
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (same(aliases[i].name, name, length)) {
            *first = aliases[i].first;
            return aliases[i].op;
        }
    }
    return BK_OP_COUNT;
}

bk_op bk_infix_word(const char *name, size_t length)
{
    static const struct {
        const char *lower, *upper;
        bk_op op;
    } words[] = {{"and", "AND", BK_OP_AND},
                 {"or", "OR", BK_OP_OR},
                 {"xor", "XOR", BK_OP_XOR},
                 {"not", "NOT", BK_OP_NOT}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (same(words[i].lower, name, length) || same(words[i].upper, name, length)) {
            return words[i].op;
        }
    }
    return BK_OP_COUNT;
}

const char *bk_infix_function_name(bk_op op)
{
    const bk_op_info *const info = bk_op_about(op);
    return bk_infix_starts_name(info->infix[0]) ? info->infix : info->mathml;
}
