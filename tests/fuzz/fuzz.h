/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_FUZZ_H
#define BK_TEST_FUZZ_H

/* Mutated models through every door of the library: `fuzz.c` keeps the corpus and the
 * children, `mutate.c` changes texts, `mutate_xml.c` elements and attributes, and
 * `exercise.c` does with a text what a user could. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZ_LONGEST = 256 * 1024 }; /* bytes of an input */

typedef enum fuzz_form {
    FUZZ_SBML,
    FUZZ_BNET,
    FUZZ_BOOLEANNET,
    FUZZ_SIF,
    FUZZ_MABOSS, /* a .bnd, a form feed, a .cfg */
    FUZZ_EDITS,  /* a scenario; every line is tried as a read-out too */
    FUZZ_FORMS
} fuzz_form;
extern const char *const fuzz_suffix[FUZZ_FORMS];

typedef struct fuzz_input {
    fuzz_form form;
    size_t length;
    char data[FUZZ_LONGEST + 1]; /* ends with a zero */
} fuzz_input;

/* SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195). */
typedef struct fuzz_random {
    uint64_t state;
} fuzz_random;
uint64_t fuzz_bits(fuzz_random *random);
size_t fuzz_below(fuzz_random *random, size_t n); /* 0 when n is 0 */
const char *fuzz_pick(fuzz_random *random, const char *const *words, size_t n);

/* Replaces bytes [from, to) by a text; false, and nothing changed, when it gets too
 * long. */
bool fuzz_replace(fuzz_input *input, size_t from, size_t to, const char *text,
                  size_t length);
/* Odd numbers, names and signs. */
const char *fuzz_odd(fuzz_random *random);

/* A few changes; `other` is an input of the same form to take parts from. */
void fuzz_mutate(fuzz_input *input, const fuzz_input *other, fuzz_random *random);
/* One change of an element or attribute; false when there is nothing to change. */
bool fuzz_mutate_xml(fuzz_input *input, const fuzz_input *other, fuzz_random *random);

/* Reads, compiles, runs, prints and reads again.  Ends the process with
 * FUZZ_EXIT_BROKEN, after a line to stderr, when a promise of the headers is broken.
 * Returns whether a model came out. */
enum { FUZZ_EXIT_LEAK = 97, FUZZ_EXIT_HANG = 98, FUZZ_EXIT_BROKEN = 96 };
bool fuzz_exercise(const fuzz_input *input, const char *path);

#endif
