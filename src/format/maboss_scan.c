/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/maboss.h"

#include <string.h>

typedef struct scanner {
    const char *at, *end;
    bk_where where;
    bool line_start; /* nothing but white space so far in this line */
    bk_diag *diag;
    bool bad;
    bool foreign; /* the last token was none */
} scanner;

static void step(scanner *s)
{
    const char c = *s->at++;
    if (c == '\n') {
        s->where.line++;
        s->where.column = 1;
        s->line_start = true;
    } else if (((unsigned char)c & 0xC0) != 0x80) {
        s->where.column++;
    }
}

static void step_by(scanner *s, size_t n)
{
    while (n-- > 0 && s->at < s->end) {
        step(s);
    }
}

static bool starts(const scanner *s, const char *text)
{
    const size_t n = strlen(text);
    return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

static void wrong(scanner *s, bk_where where, const char *what)
{
    s->bad = true;
    bk_diag_add(s->diag, BK_ERROR, where, "maboss-token", "%s", what);
}

static void skip_block(scanner *s)
{
    const bk_where where = s->where;
    while (s->at < s->end && !starts(s, "*/")) {
        step(s);
    }
    if (s->at == s->end) {
        wrong(s, where, "this comment has no end; close it with */");
    }
    step_by(s, 2);
}

static void skip_space(scanner *s)
{
    while (s->at < s->end) {
        if (starts(s, "//") || (*s->at == '#' && s->line_start)) {
            while (s->at < s->end && *s->at != '\n') {
                step(s);
            }
        } else if (starts(s, "/*")) {
            skip_block(s);
        } else if (*s->at != '\0' && strchr(" \t\r\n\v\f", *s->at) != NULL) {
            step(s);
        } else {
            return;
        }
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t name_length(const char *s, const char *end)
{
    size_t n = 0;
    while (s + n < end && (is_letter(s[n]) || (n > 0 && is_digit(s[n])))) {
        n++;
    }
    return n;
}

static void read_word(bk_maboss_token *t)
{
    static const struct {
        const char *word;
        char sign;
    } words[] = {{"and", '&'}, {"or", '|'}, {"not", '!'}, {"xor", '^'}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (bk_text_equal_nocase(t->text, words[i].word)) {
            t->kind = BK_MABOSS_SIGN;
            t->sign = words[i].sign;
        }
    }
}

static bool read_string(scanner *s, bk_arena *arena, bk_maboss_token *t)
{
    step(s);
    const char *const start = s->at;
    while (s->at < s->end && *s->at != '"') {
        step_by(s, *s->at == '\\' ? 2 : 1);
    }
    t->kind = BK_MABOSS_STRING;
    t->text = bk_arena_text_n(arena, start, (size_t)(s->at - start));
    if (s->at == s->end) {
        wrong(s, t->where, "this text has no end; close it with a quotation mark");
    }
    step_by(s, 1);
    return t->text != NULL;
}

static void read_sign(scanner *s, bk_maboss_token *t)
{
    static const struct {
        const char *text;
        char sign;
    } signs[] = {{"==", 'e'}, {"!=", 'n'}, {"<=", 'l'},
                 {">=", 'g'}, {"&&", '&'}, {"||", '|'}};
    t->kind = BK_MABOSS_SIGN;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (starts(s, signs[i].text)) {
            t->sign = signs[i].sign;
            step_by(s, 2);
            return;
        }
    }
    t->sign = *s->at;
    if (*s->at == '\0' || strchr("{}[]()=;:,.?@&|!^<>+-*/", *s->at) == NULL) {
        wrong(s, t->where,
              "this character belongs to no MaBoSS file; names are "
              "letters, digits and _");
        s->foreign = true;
    }
    step(s);
}

static bool read_token(scanner *s, bk_arena *arena, bk_maboss_token *t)
{
    *t = (bk_maboss_token){.where = s->where};
    s->line_start = false;
    const bool variable = *s->at == '$';
    const size_t n = name_length(s->at + variable, s->end);
    const bool fraction = *s->at == '.' && s->at + 1 < s->end && is_digit(s->at[1]);
    if (n > 0) {
        t->kind = variable ? BK_MABOSS_VARIABLE : BK_MABOSS_NAME;
        t->text = bk_arena_text_n(arena, s->at, n + variable);
        step_by(s, n + variable);
        if (t->text != NULL) {
            read_word(t);
        }
        return t->text != NULL;
    }
    if (is_digit(*s->at) || fraction) {
        const char *const behind = bk_double_scan(s->at, s->end, &t->value);
        t->kind = BK_MABOSS_NUMBER;
        step_by(s, behind != NULL ? (size_t)(behind - s->at) : 1);
        return true;
    }
    if (*s->at == '"') {
        return read_string(s, arena, t);
    }
    read_sign(s, t);
    return true;
}

bk_status bk_maboss_scan(const char *text, size_t length, const char *file,
                         bk_arena *arena, bk_diag *diag, bk_maboss_token **tokens)
{
    scanner s = {.at = text,
                 .end = text + length,
                 .where = {file, 1, 1},
                 .line_start = true,
                 .diag = diag};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        s.at += 3;
    }
    bk_maboss_token *all = NULL;
    size_t n = 0;
    size_t capacity = 0;
    bool memory = true;
    do {
        skip_space(&s);
        memory = bk_grow(&all, &capacity, n + 1, sizeof *all);
        if (memory && s.at < s.end) {
            s.foreign = false;
            memory = read_token(&s, arena, &all[n]);
            n += !s.foreign;
        } else if (memory) {
            all[n++] = (bk_maboss_token){.kind = BK_MABOSS_END, .where = s.where};
        }
    } while (memory && (n == 0 || all[n - 1].kind != BK_MABOSS_END));
    bk_maboss_token *const kept =
        memory ? bk_arena_alloc(arena, n * sizeof *kept) : NULL;
    if (kept != NULL) {
        memcpy(kept, all, n * sizeof *kept);
        *tokens = kept;
    }
    bk_free(all);
    return kept == NULL ? BK_NO_MEMORY : s.bad ? BK_BAD_INPUT : BK_OK;
}
