/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <string.h>

enum { MOST_ELEMENTS = 8192, MOST_DEPTH = 256, MOST_ATTRIBUTES = 64 };

/* Places in the text, by bytes. */
typedef struct element {
    size_t from, name_end, inside, close, to; /* <name ... > inside </name> */
    bool empty;                               /* <name/> */
} element;
typedef struct attribute {
    size_t from, name_end, value, value_end, to;
} attribute;
typedef struct elements {
    element all[MOST_ELEMENTS];
    size_t n;
} elements;

static size_t until(const fuzz_input *input, size_t at, const char *signs)
{
    while (at < input->length && strchr(signs, input->data[at]) == NULL) {
        at++;
    }
    return at;
}

/* The end of a start tag: > outside of quotes. */
static size_t tag_end(const fuzz_input *input, size_t at)
{
    char quote = '\0';
    for (; at < input->length; at++) {
        const char c = input->data[at];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at + 1;
        }
    }
    return at;
}

static void find_elements(const fuzz_input *input, elements *found)
{
    size_t open[MOST_DEPTH];
    size_t depth = 0;
    found->n = 0;
    for (size_t at = until(input, 0, "<"); at < input->length;
         at = until(input, at + 1, "<")) {
        if (input->data[at + 1] == '/') {
            if (depth > 0) {
                element *const e = &found->all[open[--depth]];
                e->close = at;
                e->to = tag_end(input, at);
            }
        } else if (input->data[at + 1] != '?' && input->data[at + 1] != '!') {
            if (found->n == MOST_ELEMENTS || depth == MOST_DEPTH) {
                break;
            }
            element e = {.from = at, .name_end = until(input, at, " \t\r\n/>")};
            e.inside = e.close = e.to = tag_end(input, at);
            e.empty = e.inside >= 2 && input->data[e.inside - 2] == '/';
            if (!e.empty) {
                open[depth++] = found->n;
            }
            found->all[found->n++] = e;
        }
    }
}

/* Only what lies in mathematics. */
static void keep_mathematics(const fuzz_input *input, elements *found)
{
    size_t kept = 0;
    size_t end = 0;
    for (size_t i = 0; i < found->n; i++) {
        const element e = found->all[i];
        if (e.from >= end && e.name_end - e.from == 5 &&
            memcmp(input->data + e.from, "<math", 5) == 0) {
            end = e.to;
        }
        if (e.from < end) {
            found->all[kept++] = e;
        }
    }
    found->n = kept;
}

static size_t find_attributes(const fuzz_input *input, const element *e,
                              attribute *attributes)
{
    size_t n = 0;
    size_t at = e->name_end;
    while (n < MOST_ATTRIBUTES && at < e->inside) {
        attribute a;
        while (at < e->inside && strchr(" \t\r\n", input->data[at]) != NULL) {
            at++;
        }
        a.from = at;
        a.name_end = until(input, at, "= \t\r\n/>");
        a.value = until(input, a.name_end, "\"'>") + 1;
        if (a.value >= e->inside) {
            break;
        }
        const char quote[2] = {input->data[a.value - 1], '\0'};
        a.value_end = until(input, a.value, quote);
        a.to = a.value_end + 1;
        at = a.to;
        attributes[n++] = a;
    }
    return n;
}

static bool some_attribute(const fuzz_input *input, const elements *in,
                           fuzz_random *random, attribute *a)
{
    attribute all[MOST_ATTRIBUTES];
    for (int tries = 0; tries < 8; tries++) {
        const element *const e = &in->all[fuzz_below(random, in->n)];
        const size_t n = find_attributes(input, e, all);
        if (n > 0) {
            *a = all[fuzz_below(random, n)];
            return a->to <= input->length;
        }
    }
    return false;
}

static bool put(fuzz_input *input, size_t from, size_t to, const fuzz_input *source,
                size_t part, size_t part_end)
{
    static char copy[FUZZ_LONGEST];
    if (part > part_end || part_end > source->length) {
        return false; /* tags that overlap */
    }
    memcpy(copy, source->data + part, part_end - part);
    return fuzz_replace(input, from, to, copy, part_end - part);
}

static bool mutate_attribute(fuzz_input *input, const fuzz_input *other,
                             const elements *here, const elements *there,
                             fuzz_random *random)
{
    attribute a;
    attribute b;
    if (!some_attribute(input, here, random, &a)) {
        return false;
    }
    switch (fuzz_below(random, 6)) {
    case 0:
        return fuzz_replace(input, a.from, a.to, "", 0);
    case 1: {
        const char *const odd = fuzz_odd(random);
        return fuzz_replace(input, a.value, a.value_end, odd, strlen(odd));
    }
    case 2: /* an attribute more */
        return some_attribute(other, there, random, &b) &&
               fuzz_replace(input, a.to, a.to, " ", 1) &&
               put(input, a.to + 1, a.to + 1, other, b.from, b.to);
    case 3:
        return some_attribute(other, there, random, &b) &&
               put(input, a.value, a.value_end, other, b.value, b.value_end);
    case 4:
        return some_attribute(input, here, random, &b) &&
               put(input, a.from, a.name_end, input, b.from, b.name_end);
    default:
        return some_attribute(input, here, random, &b) &&
               put(input, a.value, a.value_end, input, b.value, b.value_end);
    }
}

/* The operators of MathML, for a change of names. */
static const char *operator_name(fuzz_random *random)
{
    static const char *const names[] = {
        "plus",      "minus",      "times",     "divide", "power",     "root",
        "log",       "ln",         "exp",       "abs",    "floor",     "ceiling",
        "factorial", "min",        "max",       "rem",    "quotient",  "sin",
        "arcsech",   "eq",         "neq",       "lt",     "leq",       "gt",
        "geq",       "and",        "or",        "xor",    "not",       "implies",
        "piecewise", "piece",      "otherwise", "apply",  "lambda",    "bvar",
        "degree",    "logbase",    "cn",        "ci",     "csymbol",   "true",
        "infinity",  "notanumber", "pi",        "sep",    "semantics", "math"};
    return fuzz_pick(random, names, sizeof names / sizeof *names);
}

static bool rename_element(fuzz_input *input, const element *e, const char *name)
{
    const size_t length = strlen(name);
    return (e->empty || (e->to > e->close + 2 &&
                         fuzz_replace(input, e->close + 2, e->to - 1, name, length))) &&
           fuzz_replace(input, e->from + 1, e->name_end, name, length);
}

static bool repeat(char *copies, const char *text, size_t times)
{
    const size_t n = strlen(text);
    for (size_t i = 0; i < times && n * times <= FUZZ_LONGEST; i++) {
        memcpy(copies + i * n, text, n);
    }
    return n * times <= FUZZ_LONGEST;
}

/* The element inside of many others. */
static bool wrap(fuzz_input *input, const element *e, fuzz_random *random)
{
    static const char *const open[] = {"<apply><minus/>", "<apply><not/>",
                                       "<piecewise><otherwise>", "<annotation>",
                                       "<listOfRules>"};
    static const char *const close[] = {"</apply>", "</apply>",
                                        "</otherwise></piecewise>", "</annotation>",
                                        "</listOfRules>"};
    const size_t k = fuzz_below(random, 5);
    size_t times = 1 + fuzz_below(random, 3);
    if (fuzz_below(random, 16) == 0) {
        times = (size_t)1 << fuzz_below(random, 13);
    }
    static char copies[FUZZ_LONGEST];
    return repeat(copies, close[k], times) &&
           fuzz_replace(input, e->to, e->to, copies, times * strlen(close[k])) &&
           repeat(copies, open[k], times) &&
           fuzz_replace(input, e->from, e->from, copies, times * strlen(open[k]));
}

static bool mutate_element(fuzz_input *input, const fuzz_input *other,
                           const elements *here, const elements *there,
                           fuzz_random *random)
{
    const element *const e = &here->all[fuzz_below(random, here->n)];
    const element *const f = &here->all[fuzz_below(random, here->n)];
    const element *const g = &there->all[fuzz_below(random, there->n)];
    switch (fuzz_below(random, 9)) {
    case 0:
        return fuzz_replace(input, e->from, e->to, "", 0);
    case 1:
        return put(input, e->to, e->to, input, e->from, e->to);
    case 2: /* a copy elsewhere */
        return put(input, f->from, f->from, input, e->from, e->to);
    case 3: /* in the place of another */
        return put(input, f->from, f->to, input, e->from, e->to);
    case 4:
        return put(input, e->from, e->to, other, g->from, g->to);
    case 5:
        return put(input, e->inside, e->inside, other, g->from, g->to);
    case 6: {
        char name[64] = "";
        const size_t n = f->name_end - f->from - 1;
        if (fuzz_below(random, 2) == 0 && n < sizeof name) {
            memcpy(name, input->data + f->from + 1, n);
            return rename_element(input, e, name);
        }
        return rename_element(input, e, operator_name(random));
    }
    case 7: { /* what is inside */
        const char *const odd = fuzz_odd(random);
        return e->inside <= e->close && !e->empty &&
               (fuzz_below(random, 2) == 0
                    ? fuzz_replace(input, e->inside, e->close, odd, strlen(odd))
                    : put(input, e->inside, e->close, input, f->inside, f->close));
    }
    default:
        return wrap(input, e, random);
    }
}

bool fuzz_mutate_xml(fuzz_input *input, const fuzz_input *other, fuzz_random *random)
{
    static elements here;
    static elements there;
    find_elements(input, &here);
    find_elements(other, &there);
    if (input->topic == FUZZ_MATHML) {
        keep_mathematics(input, &here);
        keep_mathematics(other, &there);
    }
    if (here.n == 0 || there.n == 0) {
        return false;
    }
    return fuzz_below(random, 2) == 0
               ? mutate_attribute(input, other, &here, &there, random)
               : mutate_element(input, other, &here, &there, random);
}
