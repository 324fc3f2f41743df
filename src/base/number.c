/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/c_locale.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Both directions have a quick path that needs no help from the C library and is exact:
 * an integer below 2^53 divided or multiplied once by a power of ten up to 10^22 is
 * rounded once, as IEEE 754 demands of the conversion itself (Clinger 1990,
 * doi:10.1145/93542.93557).  All else goes to printf and strtod in the C locale. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { LARGEST_POWER = 22 };

/* Prints whole / 10^decimals. */
static void print_fixed(uint64_t whole, int decimals, bool negative, char buffer[32])
{
    char digits[24];
    int n = 0;
    for (int i = 0; i < decimals; i++) {
        digits[n++] = (char)('0' + whole % 10);
        whole /= 10;
    }
    if (decimals > 0) {
        digits[n++] = '.';
    }
    do {
        digits[n++] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    int at = 0;
    if (negative) {
        buffer[at++] = '-';
    }
    while (n > 0) {
        buffer[at++] = digits[--n];
    }
    buffer[at] = '\0';
}

/* Integers below 10^15 and numbers of up to six decimals, written as %.15g would. */
static bool print_quick(double value, char buffer[32])
{
    const double size = fabs(value);
    if (size != 0.0 && (size < 1e-4 || size >= 1e15)) {
        return false;
    }
    const int most = size < 1e8 ? 6 : 0;
    for (int decimals = 0; decimals <= most; decimals++) {
        const double scaled = rint(size * powers[decimals]);
        if (scaled / powers[decimals] == size) {
            print_fixed((uint64_t)scaled, decimals, signbit(value) != 0, buffer);
            return true;
        }
    }
    return false;
}

char *bk_double_print(double value, char buffer[32])
{
    if (isnan(value)) {
        return strcpy(buffer, "NaN");
    }
    if (isinf(value)) {
        return strcpy(buffer, value > 0 ? "INF" : "-INF");
    }
    if (print_quick(value, buffer)) {
        return buffer;
    }
    /* A normal double that fewer than 15 digits name loses the rest as trailing zeros
     * under %.15g; a subnormal holds fewer digits to begin with. */
    int precision = fabs(value) < DBL_MIN ? 1 : 15;
    for (; precision <= 17; precision++) {
        bk_c_snprintf(buffer, 32, "%.*g", precision, value);
        if (precision == 17 || bk_c_strtod(buffer) == value) {
            break;
        }
    }
    return buffer;
}

static bool is_digit(const char *s, const char *end)
{
    return s < end && *s >= '0' && *s <= '9';
}

/* The digits of a numeral, without leading zeros: value = 0.d1 d2 ... * 10^point. */
typedef struct digits {
    char d[800]; /* 767 decide every double; the rest only counts when not zero */
    int kept;
    bool more; /* a digit that is not zero was dropped */
    int64_t point;
} digits;

enum { MOST_DIGITS = 780 };
static const int64_t farthest = 1000000;

static void add_digit(digits *number, char c, bool after_point)
{
    if (number->kept == 0 && c == '0') {
        number->point -= after_point;
        return;
    }
    if (number->kept < MOST_DIGITS) {
        number->d[number->kept++] = c;
    } else if (c != '0') {
        number->more = true;
    }
    number->point += !after_point;
}

static double convert(digits *number, int64_t exponent)
{
    if (number->kept == 0) {
        return 0.0;
    }
    /* d[0..kept) as an integer, times 10^scale */
    const int64_t scale = number->point - number->kept + exponent;
    if (number->kept <= 15 && scale >= -LARGEST_POWER && scale <= LARGEST_POWER) {
        int64_t whole = 0;
        for (int i = 0; i < number->kept; i++) {
            whole = 10 * whole + (number->d[i] - '0');
        }
        return scale < 0 ? (double)whole / powers[-scale]
                         : (double)whole * powers[scale];
    }
    int64_t power = scale;
    if (number->more) {
        number->d[number->kept++] = '1';
        power--;
    }
    power = power > farthest ? farthest : power < -farthest ? -farthest : power;
    bk_c_snprintf(number->d + number->kept, 16, "e%d", (int)power);
    return bk_c_strtod(number->d);
}

/* Reads an exponent at s; NULL when there is none. */
static const char *scan_exponent(const char *s, const char *end, int64_t *exponent)
{
    if (s >= end || (*s != 'e' && *s != 'E')) {
        return NULL;
    }
    s++;
    const bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) {
        s++;
    }
    if (!is_digit(s, end)) {
        return NULL;
    }
    int64_t value = 0;
    for (; is_digit(s, end); s++) {
        if (value < INT64_C(100000000000)) {
            value = 10 * value + (*s - '0');
        }
    }
    *exponent = negative ? -value : value;
    return s;
}

static bool is_word(const char *s, const char *end, const char *word)
{
    const size_t length = strlen(word);
    if ((size_t)(end - s) < length || memcmp(s, word, length) != 0) {
        return false;
    }
    const char next = (size_t)(end - s) > length ? s[length] : ' ';
    return !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
             (next >= '0' && next <= '9') || next == '_');
}

const char *bk_double_scan(const char *s, const char *end, double *value)
{
    if (is_word(s, end, "NaN")) {
        *value = (double)NAN;
        return s + 3;
    }
    const bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) {
        s++;
    }
    if (is_word(s, end, "INF")) {
        *value = negative ? -HUGE_VAL : HUGE_VAL;
        return s + 3;
    }
    digits number;
    number.kept = 0;
    number.more = false;
    number.point = 0;
    const char *const first = s;
    for (; is_digit(s, end); s++) {
        add_digit(&number, *s, false);
    }
    const bool whole = s > first;
    if (s < end && *s == '.' && (whole || is_digit(s + 1, end))) {
        for (s++; is_digit(s, end); s++) {
            add_digit(&number, *s, true);
        }
    } else if (!whole) {
        return NULL;
    }
    int64_t exponent = 0;
    const char *const after = scan_exponent(s, end, &exponent);
    const double size = convert(&number, exponent);
    *value = negative ? -size : size;
    return after != NULL ? after : s;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(const char **s, const char **end)
{
    while (*s < *end && is_space(**s)) {
        (*s)++;
    }
    while (*s < *end && is_space((*end)[-1])) {
        (*end)--;
    }
}

bool bk_double_parse(const char *s, size_t n, double *value)
{
    if (s == NULL) {
        return false;
    }
    const char *end = s + n;
    trim(&s, &end);
    double result;
    if (bk_double_scan(s, end, &result) != end || s == end) {
        return false;
    }
    *value = result;
    return true;
}

bool bk_int_parse(const char *s, size_t n, int64_t *value)
{
    if (s == NULL) {
        return false;
    }
    const char *end = s + n;
    trim(&s, &end);
    const bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) {
        s++;
    }
    if (!is_digit(s, end)) {
        return false;
    }
    /* Collected below zero, where the range is larger by one. */
    int64_t result = 0;
    for (; is_digit(s, end); s++) {
        const int digit = *s - '0';
        if (result < (INT64_MIN + digit) / 10) {
            return false;
        }
        result = 10 * result - digit;
    }
    if (s != end || (!negative && result == INT64_MIN)) {
        return false;
    }
    *value = negative ? result : -result;
    return true;
}
