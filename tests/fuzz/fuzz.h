/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_FUZZ_H
#define BK_TEST_FUZZ_H

/* Mutated models through every door of the library: `fuzz.c` keeps the children,
 * `corpus.c` the inputs, `mutate.c` changes texts, `mutate_xml.c` elements and attributes,
 * and `exercise.c` and `exercise_tables.c` do with a text what a user could. */

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
    FUZZ_TABLES, /* a folder: for each file a form feed, its name on a line, its text */
    FUZZ_FORMS
} fuzz_form;
extern const char *const fuzz_suffix[FUZZ_FORMS];

/* What is fuzzed in turn, each as often as the others. */
typedef enum fuzz_topic {
    FUZZ_CORE,
    FUZZ_MATHML, /* core, changed within its mathematics only */
    FUZZ_QUAL,
    FUZZ_COMP,
    FUZZ_PACKAGES, /* other packages than these two */
    FUZZ_FIRST_TEXT,
    FUZZ_TOPICS = FUZZ_FIRST_TEXT + FUZZ_FORMS - FUZZ_BNET
} fuzz_topic;
extern const char *const fuzz_topic_name[FUZZ_TOPICS];

typedef struct fuzz_input {
    fuzz_form form;
    fuzz_topic topic;
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

/* --- corpus: lies in memory that children share with their parent --- */

enum {
    FUZZ_MOST_ENTRIES = 1 << 14,
    FUZZ_ARENA = 256 << 20,
    FUZZ_LARGE = 16 * 1024 /* larger inputs are taken one time in 64 */
};
typedef struct fuzz_entry {
    fuzz_form form;
    fuzz_topic topic;
    size_t at, length;
    char path[160]; /* of the seed it comes from, for files beside it */
} fuzz_entry;
typedef struct fuzz_corpus {
    fuzz_entry entries[FUZZ_MOST_ENTRIES];
    size_t n, n_seeds, used;
    uint16_t of_topic[FUZZ_TOPICS][FUZZ_MOST_ENTRIES];
    size_t n_topic[FUZZ_TOPICS];
    uint16_t models[FUZZ_TOPICS][FUZZ_MOST_ENTRIES]; /* those a model comes out of */
    size_t n_models[FUZZ_TOPICS];
    size_t next_seed; /* seeds run unchanged first */
    char arena[FUZZ_ARENA];
} fuzz_corpus;

/* A file, or for a folder of tables all of them; false: neither, or too long. */
bool fuzz_read(const char *path, fuzz_input *input);
/* All files and folders at and below a path. */
void fuzz_corpus_add_path(fuzz_corpus *corpus, const char *path, fuzz_input *scratch);
bool fuzz_corpus_add(fuzz_corpus *corpus, const fuzz_input *input, const char *path);
/* Every other parent is one of these, lest mutants of what is refused anyway prevail. */
void fuzz_corpus_is_model(fuzz_corpus *corpus, size_t entry);
/* The next input, a seed as it is or a mutant; *path [160] of the seed it comes from. */
void fuzz_corpus_choose(fuzz_corpus *corpus, fuzz_random *random, fuzz_input *input,
                        char *path);

/* --- changes --- */

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

/* --- what is done with an input --- */

/* Reads, compiles, runs, prints and reads again.  Ends the process with
 * FUZZ_EXIT_BROKEN, after a line to stderr, when a promise of the headers is broken.
 * Returns whether a model came out.  folder: where tables may be written, to be read. */
enum { FUZZ_EXIT_LEAK = 97, FUZZ_EXIT_HANG = 98, FUZZ_EXIT_BROKEN = 96 };
bool fuzz_exercise(const fuzz_input *input, const char *path, const char *folder);

/* The parts of it that tables share with the other forms. */
struct bk_model;
struct bk_diag;
struct bk_scenario;
struct bk_library;
void fuzz_broken(const char *promise, const struct bk_diag *diag);
void fuzz_use_model(const struct bk_model *model);
void fuzz_use_scenario(const struct bk_scenario *scenario,
                       const struct bk_library *library, const struct bk_model *model);
bool fuzz_exercise_tables(const fuzz_input *input, const char *folder);

#endif
