/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <stdarg.h>
#include <string.h>

void bk_text_free(bk_text *text)
{
    bk_free(text->data);
    *text = (bk_text){0};
}

void bk_text_clear(bk_text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

/* Room for n more characters and the closing NUL. */
static bool reserve(bk_text *text, size_t n)
{
    if (!text->failed &&
        (n >= PTRDIFF_MAX - text->length ||
         !bk_grow(&text->data, &text->capacity, text->length + n + 1, 1))) {
        text->failed = true;
    }
    return !text->failed;
}

void bk_text_add_n(bk_text *text, const char *s, size_t n)
{
    if (!reserve(text, n)) {
        return;
    }
    if (n > 0) {
        memcpy(text->data + text->length, s, n);
    }
    text->length += n;
    text->data[text->length] = '\0';
}

void bk_text_add(bk_text *text, const char *s)
{
    bk_text_add_n(text, s, strlen(s));
}

void bk_text_add_char(bk_text *text, char c)
{
    bk_text_add_n(text, &c, 1);
}

void bk_text_printf(bk_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    char buffer[256];
    const int length = bk_c_vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length < sizeof buffer) {
        bk_text_add_n(text, buffer, (size_t)length);
    } else if (reserve(text, (size_t)length)) {
        bk_c_vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void bk_text_double(bk_text *text, double value)
{
    char buffer[32];
    bk_text_add(text, bk_double_print(value, buffer));
}

/* The length of the UTF-8 character at s, 0 when it is none (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF) or one that no XML may hold (U+FFFE and
 * U+FFFF: XML 1.0, production 2). */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] < 0xC2 || s[0] > 0xF4) {
        return 0;
    }
    const size_t length = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool overlong =
        (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    const bool outside =
        (s[0] == 0xED && s[1] >= 0xA0) || (s[0] == 0xF4 && s[1] >= 0x90);
    const bool never = s[0] == 0xEF && s[1] == 0xBF && s[2] >= 0xBE;
    return overlong || outside || never ? 0 : length;
}

/* Appends the text with each character that `escape` names replaced by what it gives,
 * and bytes that are not UTF-8 by U+FFFD, so that the result is always well formed. */
static void add_escaped(bk_text *text, const char *s,
                        const char *(*escape)(unsigned char c, char buffer[8]))
{
    const char *run = s;
    while (*s != '\0') {
        const size_t length = utf8_length((const unsigned char *)s);
        char buffer[8];
        const char *replacement = "\xEF\xBF\xBD";
        if (length > 0) {
            replacement = length > 1 ? NULL : escape((unsigned char)*s, buffer);
        }
        const size_t step = length > 0 ? length : 1;
        if (replacement != NULL) {
            bk_text_add_n(text, run, (size_t)(s - run));
            bk_text_add(text, replacement);
            run = s + step;
        }
        s += step;
    }
    bk_text_add_n(text, run, (size_t)(s - run));
}

static const char *escape_json(unsigned char c, char buffer[8])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        if (c >= 0x20 && c != 0x7F) {
            return NULL;
        }
        bk_c_snprintf(buffer, 8, "\\u%04x", (unsigned)c);
        return buffer;
    }
}

void bk_text_json(bk_text *text, const char *s)
{
    bk_text_add_char(text, '"');
    add_escaped(text, s, escape_json);
    bk_text_add_char(text, '"');
}

static const char *escape_xml(unsigned char c, char buffer[8])
{
    (void)buffer;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        /* XML 1.0 has no way at all to write the other control characters. */
        return c < 0x20 ? "\xEF\xBF\xBD" : NULL;
    }
}

static const char *escape_controls(unsigned char c, char buffer[8])
{
    (void)buffer;
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' ? "\xEF\xBF\xBD" : NULL;
}

void bk_text_add_clean(bk_text *text, const char *s)
{
    add_escaped(text, s, escape_controls);
}

bool bk_text_is_clean(const char *s)
{
    const unsigned char *at = (const unsigned char *)s;
    char unused[8];
    for (;;) {
        while (*at >= 0x20 && *at < 0x80) { /* most of all texts */
            at++;
        }
        const size_t length = utf8_length(at);
        if (*at == '\0' || length == 0 || escape_controls(*at, unused) != NULL) {
            return *at == '\0';
        }
        at += length;
    }
}

void bk_text_xml(bk_text *text, const char *s)
{
    add_escaped(text, s, escape_xml);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool bk_is_sid(const char *s)
{
    if (s == NULL || (!is_letter(*s) && *s != '_')) {
        return false;
    }
    while (is_letter(*s) || *s == '_' || (*s >= '0' && *s <= '9')) {
        s++;
    }
    return *s == '\0';
}
