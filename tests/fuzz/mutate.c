/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

uint64_t fuzz_bits(fuzz_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

size_t fuzz_below(fuzz_random *random, size_t n)
{
    return n == 0 ? 0 : (size_t)(fuzz_bits(random) % n);
}

const char *fuzz_pick(fuzz_random *random, const char *const *words, size_t n)
{
    return words[fuzz_below(random, n)];
}

bool fuzz_replace(fuzz_input *input, size_t from, size_t to, const char *text,
                  size_t length)
{
    if (from > to || to > input->length ||
        input->length - (to - from) + length > FUZZ_LONGEST) {
        return false;
    }
    const size_t rest = input->length - to;
    memmove(input->data + from + length, input->data + to, rest);
    memcpy(input->data + from, text, length);
    input->length = from + length + rest;
    input->data[input->length] = '\0';
    return true;
}

const char *fuzz_odd(fuzz_random *random)
{
    static const char *const odd[] = {"0",
                                      "1",
                                      "-1",
                                      "2",
                                      "3",
                                      "10",
                                      "1e300",
                                      "-1e300",
                                      "1e-320",
                                      "1e999",
                                      "INF",
                                      "-INF",
                                      "NaN",
                                      "nan",
                                      "0x10",
                                      "2147483647",
                                      "-2147483648",
                                      "2147483648",
                                      "4294967296",
                                      "9223372036854775807",
                                      "1e18",
                                      "0.5",
                                      ".5",
                                      "5.",
                                      "1e",
                                      "--1",
                                      "",
                                      " ",
                                      "true",
                                      "false",
                                      "time",
                                      "x",
                                      "A",
                                      "B",
                                      "a b",
                                      "\xC3\xA9",
                                      "\xFF",
                                      "&#0;",
                                      "&#x110000;",
                                      "&lt;",
                                      "&nosuch;",
                                      "&amp;amp;",
                                      "]]>",
                                      "<![CDATA[x]]>",
                                      "<!-- x -->",
                                      "(",
                                      ")",
                                      "(A",
                                      "!",
                                      "|",
                                      "&",
                                      "^",
                                      ",",
                                      "=",
                                      "*=",
                                      "->",
                                      "-|",
                                      "<->",
                                      ":",
                                      ";",
                                      "?",
                                      "$1",
                                      "$9999999999",
                                      "@logic",
                                      "#",
                                      "`",
                                      "\"",
                                      "'",
                                      "\t",
                                      "\r",
                                      "\n",
                                      "\f",
                                      "1:",
                                      "and",
                                      "or",
                                      "not",
                                      "x.y",
                                      "%s%n",
                                      "{mole}",
                                      "..",
                                      "constant",
                                      "substance",
                                      "dimensionless",
                                      "0.0000001"};
    return fuzz_pick(random, odd, sizeof odd / sizeof *odd);
}

/* --- bytes --- */

static void mutate_bytes(fuzz_input *input, fuzz_random *random)
{
    const size_t at = fuzz_below(random, input->length);
    const size_t most = fuzz_below(random, 8) == 0 ? input->length : 40;
    size_t end = at + fuzz_below(random, most + 1);
    end = end > input->length ? input->length : end;
    char copy[512];
    const size_t n = end - at < sizeof copy ? end - at : sizeof copy;
    switch (fuzz_below(random, 6)) {
    case 0:
        if (at < input->length) {
            input->data[at] ^= (char)(1 << fuzz_below(random, 8));
        }
        break;
    case 1:
        if (at < input->length) {
            input->data[at] = (char)fuzz_bits(random);
        }
        break;
    case 2:
        fuzz_replace(input, at, end, "", 0);
        break;
    case 3:
        memcpy(copy, input->data + at, n);
        fuzz_replace(input, end, end, copy, n);
        break;
    case 4: {
        const char *const odd = fuzz_odd(random);
        fuzz_replace(input, at, at, odd, strlen(odd));
        break;
    }
    default:
        if (fuzz_below(random, 4) == 0) {
            fuzz_replace(input, at, input->length, "", 0);
        }
        break;
    }
}

/* --- tokens and lines --- */

typedef struct span {
    size_t from, to;
} span;

static int kind_of(char c)
{
    const unsigned char u = (unsigned char)c;
    return isalnum(u) || c == '_' || c == '.' || u >= 128 ? 1 : isspace(u) ? 2 : 0;
}

/* The token round a random place: a word or number, white space, or one sign. */
static span some_token(const fuzz_input *input, fuzz_random *random)
{
    if (input->length == 0) {
        return (span){0, 0};
    }
    span s;
    s.from = fuzz_below(random, input->length);
    while (s.from < input->length - 1 && kind_of(input->data[s.from]) == 2) {
        s.from++;
    }
    const int kind = kind_of(input->data[s.from]);
    s.to = s.from + 1;
    while (kind != 0 && s.from > 0 && kind_of(input->data[s.from - 1]) == kind) {
        s.from--;
    }
    while (kind != 0 && s.to < input->length && kind_of(input->data[s.to]) == kind) {
        s.to++;
    }
    return s;
}

static span some_line(const fuzz_input *input, fuzz_random *random)
{
    span s = {fuzz_below(random, input->length), 0};
    s.to = s.from;
    while (s.from > 0 && input->data[s.from - 1] != '\n') {
        s.from--;
    }
    while (s.to < input->length && input->data[s.to] != '\n') {
        s.to++;
    }
    s.to += s.to < input->length;
    return s;
}

/* Between tabs and line ends. */
static span some_cell(const fuzz_input *input, fuzz_random *random)
{
    span s = some_line(input, random);
    s.from += fuzz_below(random, s.to - s.from + 1);
    s.to = s.from;
    while (s.from > 0 && strchr("\t\n", input->data[s.from - 1]) == NULL) {
        s.from--;
    }
    while (s.to < input->length && strchr("\t\n", input->data[s.to]) == NULL) {
        s.to++;
    }
    return s;
}

static void put(fuzz_input *input, size_t from, size_t to, const fuzz_input *source,
                span part)
{
    static char copy[FUZZ_LONGEST];
    const size_t n = part.to - part.from;
    memcpy(copy, source->data + part.from, n);
    fuzz_replace(input, from, to, copy, n);
}

/* (((... or !!!...: up to many thousands deep. */
static void nest(fuzz_input *input, span token, fuzz_random *random)
{
    static char signs[1 << 16];
    const size_t depth = (size_t)1 << fuzz_below(random, 17);
    const bool bare = fuzz_below(random, 4) == 0; /* not closed */
    const char sign = fuzz_pick(random, (const char *const[]){"(", "!", "-"}, 3)[0];
    if (sign == '(' && !bare) {
        memset(signs, ')', depth);
        if (!fuzz_replace(input, token.to, token.to, signs, depth)) {
            return;
        }
    }
    memset(signs, sign, depth);
    fuzz_replace(input, token.from, token.from, signs, depth);
}

static void mutate_text(fuzz_input *input, const fuzz_input *other, fuzz_random *random)
{
    const span token = some_token(input, random);
    const span line = some_line(input, random);
    const span place = some_line(input, random);
    const char *odd;
    if (input->form == FUZZ_TABLES && fuzz_below(random, 3) == 0) {
        const fuzz_input *const from = fuzz_below(random, 2) == 0 ? input : other;
        const span cell = some_cell(input, random);
        put(input, cell.from, cell.to, from, some_cell(from, random));
        return;
    }
    switch (fuzz_below(random, 11)) {
    case 0:
        fuzz_replace(input, token.from, token.to, "", 0);
        break;
    case 1:
        put(input, token.to, token.to, input, token);
        break;
    case 2:
    case 3:
        put(input, token.from, token.to, input, some_token(input, random));
        break;
    case 4:
        odd = fuzz_odd(random);
        fuzz_replace(input, token.from, token.to, odd, strlen(odd));
        break;
    case 5:
        fuzz_replace(input, line.from, line.to, "", 0);
        break;
    case 6:
        put(input, place.from, place.from, input, line);
        break;
    case 7:
        put(input, place.from, place.from, other, some_line(other, random));
        break;
    case 8:
        put(input, token.from, token.to, other, some_token(other, random));
        break;
    case 9:
        if (fuzz_below(random, 8) == 0) {
            nest(input, token, random);
        }
        break;
    default:
        mutate_bytes(input, random);
        break;
    }
}

void fuzz_mutate(fuzz_input *input, const fuzz_input *other, fuzz_random *random)
{
    const size_t most = fuzz_below(random, 2) == 0 ? 1 : 5;
    for (size_t left = 1 + fuzz_below(random, most); left > 0; left--) {
        const bool structural = input->form == FUZZ_SBML &&
                                fuzz_below(random, 8) != 0 &&
                                fuzz_mutate_xml(input, other, random);
        if (structural) {
            continue;
        }
        if (input->form == FUZZ_SBML && fuzz_below(random, 2) == 0) {
            mutate_bytes(input, random);
        } else {
            mutate_text(input, other, random);
        }
    }
}
