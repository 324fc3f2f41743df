/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool bk_text_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool bk_text_is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (bk_text_equal_nocase(word, *words)) {
            return true;
        }
    }
    return false;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* One row of the table of distances: a[0..i) against every start of b. */
static void next_row(const char *a, int i, const char *b, int length, int *const row[3])
{
    row[0][0] = i;
    for (int j = 1; j <= length; j++) {
        const char x = lower(a[i - 1]);
        const char y = lower(b[j - 1]);
        int d = row[1][j - 1] + (x != y);
        d = least(d, least(row[1][j], row[0][j - 1]) + 1);
        if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y) {
            d = least(d, row[2][j - 2] + 1);
        }
        row[0][j] = d;
    }
}

int bk_text_distance(const char *a, const char *b)
{
    enum { SHORT = 63 };
    const size_t long_a = strlen(a);
    const size_t long_b = strlen(b);
    const size_t longest = long_a > long_b ? long_a : long_b;
    if (longest > INT_MAX / 16) {
        return INT_MAX;
    }
    const size_t width = long_b + 1;
    int near[3 * (SHORT + 1)];
    int *const rows = long_b <= SHORT ? near : bk_alloc(3 * width * sizeof *rows);
    if (rows == NULL) {
        /* The distance is never more; a pessimist's answer hides a name at worst. */
        return (int)longest;
    }
    int *row[3] = {rows, rows + width, rows + 2 * width};
    for (size_t j = 0; j < width; j++) {
        row[0][j] = (int)j;
        row[1][j] = 0;
        row[2][j] = 0;
    }
    for (int i = 1; i <= (int)long_a; i++) {
        int *const oldest = row[2];
        row[2] = row[1];
        row[1] = row[0];
        row[0] = oldest;
        next_row(a, i, b, (int)long_b, row);
    }
    const int distance = row[0][long_b];
    if (rows != near) {
        bk_free(rows);
    }
    return distance;
}

static bool starts_nocase(const char *name, const char *start)
{
    while (*start != '\0' && lower(*name) == lower(*start)) {
        name++;
        start++;
    }
    return *start == '\0';
}

/* How far a name is from what was typed: the distance within one edit and one more for
 * every four letters; a name that what was typed begins comes last; -1 is too far. */
static int remoteness(const char *wanted, const char *name)
{
    const size_t typed = strlen(wanted);
    const size_t length = strlen(name);
    const size_t limit = 1 + typed / 4;
    if (length <= typed + limit && typed <= length + limit) {
        const int distance = bk_text_distance(wanted, name);
        const bool nothing_shared = (size_t)distance >= typed;
        if ((size_t)distance <= limit && !nothing_shared) {
            return distance;
        }
    }
    return typed >= 3 && starts_nocase(name, wanted) ? (int)limit + 1 : -1;
}

bool bk_text_nearest(bk_text *text, const char *wanted, const char *const *names,
                     size_t n, size_t max)
{
    enum { MOST = 16 };
    size_t best[MOST];
    int distance[MOST];
    size_t found = 0;
    const size_t room = max < MOST ? max : MOST;
    for (size_t i = 0; i < n && room > 0; i++) {
        const int d = remoteness(wanted, names[i]);
        if (d < 0 || (found == room && d >= distance[found - 1])) {
            continue;
        }
        size_t at = found < room ? found++ : found - 1;
        for (; at > 0 && distance[at - 1] > d; at--) {
            best[at] = best[at - 1];
            distance[at] = distance[at - 1];
        }
        best[at] = i;
        distance[at] = d;
    }
    for (size_t i = 0; i < found; i++) {
        bk_text_add(text, i > 0 ? ", " : "");
        bk_text_add(text, names[best[i]]);
    }
    return found > 0;
}

bool bk_unknown_add(bk_diag *diag, bk_where where, const char *code, const char *wanted,
                    const char *const *names, size_t n, const char *otherwise,
                    const char *format, ...)
{
    enum { SHOWN = 4 };
    char said[512];
    bk_text near = {0};
    const bool any = bk_text_nearest(&near, wanted, names, n, SHOWN) && !near.failed;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    bk_diag_add(diag, BK_ERROR, where, code, "%s%s%s%s", said,
                any ? "; did you mean " : otherwise, any ? near.data : "",
                any ? "?" : "");
    const bool looked = !near.failed;
    bk_text_free(&near);
    return looked;
}
