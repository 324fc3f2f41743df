/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_SPECIES_ORDER_H
#define BK_TEST_SPECIES_ORDER_H

/* SBML documents with their species in another order. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *bytes;
    size_t size;
} text;

static inline bool slurped(const char *path, text *t)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    fseek(file, 0, SEEK_END);
    t->size = (size_t)ftell(file);
    rewind(file);
    t->bytes = calloc(t->size + 1, 1);
    assert_non_null(t->bytes);
    assert_int_equal(fread(t->bytes, 1, t->size, file), t->size);
    fclose(file);
    return true;
}

/* The same document with the items of a list, if any, in the opposite order. */
static inline text reversed(const text *t, const char *list, const char *item,
                            const char *end)
{
    const text turned = {.bytes = calloc(t->size + 1, 1), .size = t->size};
    const char *const start = strstr(t->bytes, list);
    const char *const first = start == NULL ? NULL : strstr(start, item);
    memcpy(turned.bytes, t->bytes, t->size);
    if (first == NULL) {
        return turned;
    }
    const char *const last = strstr(first, end);
    assert_non_null(last);
    char *to = turned.bytes + (last - t->bytes);
    for (const char *at = first; at < last;) {
        const char *next = strstr(at + 1, item);
        next = next == NULL || next > last ? last : next;
        to -= next - at;
        memcpy(to, at, (size_t)(next - at));
        at = next;
    }
    assert_ptr_equal(to, turned.bytes + (first - t->bytes));
    return turned;
}

static inline text with_species_reversed(const text *t)
{
    return strstr(t->bytes, "<listOfSpecies") != NULL
               ? reversed(t, "<listOfSpecies", "<species ", "</listOfSpecies>")
               : reversed(t, "<qual:listOfQualitativeSpecies",
                          "<qual:qualitativeSpecies ",
                          "</qual:listOfQualitativeSpecies>");
}

#endif
