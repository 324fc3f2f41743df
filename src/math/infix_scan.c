/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/infix.h"

#include <string.h>

static void advance(bk_scanner *s, size_t n)
{
    for (const char *const to = s->at + n; s->at < to; s->at++) {
        if (*s->at == '\n') {
            s->where.line += s->where.line > 0;
            s->where.column = 1;
        } else if (s->where.column > 0 && ((unsigned char)*s->at & 0xC0) != 0x80) {
            s->where.column++;
        }
    }
}

static void skip_space(bk_scanner *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        advance(s, 1);
    }
}

/* Longer signs before those they begin with. */
static size_t scan_sign(const bk_scanner *s, bk_token *t)
{
    static const struct {
        const char *text;
        bk_op op;
    } signs[] = {
        {"||", BK_OP_OR},   {"|", BK_OP_OR},    {"&&", BK_OP_AND},   {"&", BK_OP_AND},
        {"==", BK_OP_EQ},   {"!=", BK_OP_NEQ},  {"<=", BK_OP_LEQ},   {"<", BK_OP_LT},
        {">=", BK_OP_GEQ},  {">", BK_OP_GT},    {"!", BK_OP_NOT},    {"+", BK_OP_PLUS},
        {"-", BK_OP_MINUS}, {"*", BK_OP_TIMES}, {"/", BK_OP_DIVIDE}, {"^", BK_OP_POWER},
        {"(", BK_OP_COUNT}, {")", BK_OP_COUNT}, {",", BK_OP_COUNT}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t length = strlen(signs[i].text);
        if ((size_t)(s->end - s->at) >= length &&
            memcmp(s->at, signs[i].text, length) == 0) {
            t->kind = BK_TOKEN_SIGN;
            t->op = signs[i].op;
            return t->length = length;
        }
    }
    return 0;
}

static size_t scan_name(const bk_scanner *s, bk_token *t)
{
    const char *end = s->at;
    while (end < s->end && bk_infix_continues_name(*end)) {
        end++;
    }
    t->length = (size_t)(end - s->at);
    const bool number = t->length == 3 && memcmp(s->at, "NaN", 3) == 0 &&
                        bk_double_parse(s->at, 3, &t->value);
    t->kind = number ? BK_TOKEN_NUMERAL : BK_TOKEN_NAME;
    t->op = bk_infix_word(t->text, t->length);
    return t->length;
}

static size_t scan_quoted(const bk_scanner *s, bk_token *t)
{
    const char *end = s->at + 1;
    while (end < s->end && (*end != '`' || (end + 1 < s->end && end[1] == '`'))) {
        end += *end == '`' ? 2 : 1;
    }
    if (end >= s->end || end == s->at + 1) {
        return 0;
    }
    t->kind = BK_TOKEN_QUOTED;
    t->text = s->at + 1;
    t->length = (size_t)(end - t->text);
    return t->length + 2;
}

static size_t scan_argument(const bk_scanner *s, bk_token *t)
{
    const char *end = s->at + 1;
    int64_t number = 0;
    while (end < s->end && *end >= '0' && *end <= '9' && number < 100000000) {
        number = 10 * number + (*end++ - '0');
    }
    t->kind = BK_TOKEN_ARGUMENT;
    t->value = (double)number;
    t->length = (size_t)(end - s->at);
    return t->length > 1 ? t->length : 0;
}

static size_t scan_numeral(const bk_scanner *s, bk_token *t)
{
    const char *const end = bk_double_scan(s->at, s->end, &t->value);
    t->kind = BK_TOKEN_NUMERAL;
    t->length = end != NULL ? (size_t)(end - s->at) : 0;
    return t->length;
}

bk_token bk_scan_token(bk_scanner *scanner)
{
    skip_space(scanner);
    bk_token t = {.kind = BK_TOKEN_END,
                  .op = BK_OP_COUNT,
                  .text = scanner->at,
                  .where = scanner->where};
    if (scanner->at == scanner->end) {
        return t;
    }
    const char c = *scanner->at;
    size_t used = 0;
    if ((c >= '0' && c <= '9') || c == '.') {
        used = scan_numeral(scanner, &t);
    } else if (bk_infix_starts_name(c)) {
        used = scan_name(scanner, &t);
    } else if (c == '`') {
        used = scan_quoted(scanner, &t);
    } else if (c == '$') {
        used = scan_argument(scanner, &t);
    } else {
        used = scan_sign(scanner, &t);
    }
    if (used == 0) {
        t.kind = BK_TOKEN_WRONG;
        t.length = 1;
        used = (size_t)(scanner->end - scanner->at);
    }
    advance(scanner, used);
    return t;
}

bool bk_scan_unit(bk_scanner *scanner, bk_token *unit)
{
    if (scanner->at == scanner->end || *scanner->at != '{') {
        return false;
    }
    const size_t left = (size_t)(scanner->end - scanner->at);
    const char *const close = memchr(scanner->at, '}', left);
    *unit = (bk_token){.kind = BK_TOKEN_NAME,
                       .op = BK_OP_COUNT,
                       .text = scanner->at + 1,
                       .where = scanner->where};
    if (close != NULL) {
        unit->length = (size_t)(close - unit->text);
        advance(scanner, unit->length + 2);
    }
    return true;
}
