/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_TEXT_H
#define BK_BASE_TEXT_H

/* Text and numbers, independent of the locale. */

#include <blockade/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing text.  Start from `{0}`; `failed` stays true once memory was short, so a
 * writer may append freely and look once at the end. */
typedef struct bk_text {
    char *data; /* [length + 1], NULL while empty */
    size_t length, capacity;
    bool failed;
} bk_text;

void bk_text_free(bk_text *text);
void bk_text_clear(bk_text *text);
void bk_text_add(bk_text *text, const char *s);
void bk_text_add_n(bk_text *text, const char *s, size_t n);
void bk_text_add_char(bk_text *text, char c);
void bk_text_printf(bk_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* no %f %g %e: use bk_text_double */
/* The shortest decimal that reads back to the same double; INF, -INF, NaN. */
void bk_text_double(bk_text *text, double value);
void bk_text_json(bk_text *text, const char *s); /* quoted and escaped */
void bk_text_xml(bk_text *text, const char *s);  /* escaped for content, attributes */
/* Appends the text as every format can hold it: bytes that are not UTF-8 and control
 * characters but tab and line ends become U+FFFD.  Whether it is so already. */
void bk_text_add_clean(bk_text *text, const char *s);
bool bk_text_is_clean(const char *s);
/* Into a buffer of at least 32 bytes; returns it. */
char *bk_double_print(double value, char buffer[32]);

/* The whole of s[0..n) (white space around it allowed) as an XML Schema double: decimal
 * or exponent form, INF, +INF, -INF, NaN; no hex, no "infinity", no comma. */
bool bk_double_parse(const char *s, size_t n, double *value);
bool bk_int_parse(const char *s, size_t n, int64_t *value);
/* The longest numeral at the start of s (up to end); NULL when there is none. */
const char *bk_double_scan(const char *s, const char *end, double *value);

bool bk_text_equal_nocase(const char *a, const char *b); /* ASCII letters only */
bool bk_text_is_one_of(const char *word,
                       const char *const *words); /* till NULL; ditto */
bool bk_is_sid(const char *s); /* letter or _, then letters, digits, _ */
/* Damerau-Levenshtein distance (optimal string alignment), ASCII case ignored. */
int bk_text_distance(const char *a, const char *b);
/* Up to `max` names nearest to `wanted` among names[n], best first, only those near
 * enough to be meant, as "a, b, c" appended to text; false when none is. */
bool bk_text_nearest(bk_text *text, const char *wanted, const char *const *names,
                     size_t n, size_t max);

/* An error that ends with the names nearest to `wanted` among names[n], "...; did you mean
 * a, b?", or with `otherwise` when none is near enough.  False: no memory to look. */
bool bk_unknown_add(bk_diag *diag, bk_where where, const char *code, const char *wanted,
                    const char *const *names, size_t n, const char *otherwise,
                    const char *format, ...) __attribute__((format(printf, 8, 9)));

/* A whole file as text with a closing NUL (bk_free it); *length without the NUL.
 * Errors: BK_IO with a message, BK_NO_MEMORY.  Files over 1 GiB are refused. */
int bk_file_read(const char *path, bk_diag *diag, char **data, size_t *length);
/* Writes through a temporary neighbour and renames it, so that a file is whole or
 * absent; "-" is standard output. */
int bk_file_write(const char *path, const char *data, size_t length, bk_diag *diag);

#endif
