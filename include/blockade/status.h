/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_STATUS_H
#define BLOCKADE_STATUS_H

/* What a function of the library answers, and where its messages go.
 *
 * Every function that can fail returns a `bk_status`; its results come out through
 * the last arguments, which stay untouched when it fails.  Why it failed is told to a
 * `bk_diag`, which collects messages instead of stopping at the first one, so that a
 * reader can report all the problems of a file in one pass.  A NULL `bk_diag` is legal
 * everywhere and drops the messages. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bk_status {
    BK_OK = 0,
    BK_NO_MEMORY,   /* an allocation failed; nothing was changed */
    BK_BAD_INPUT,   /* a file or text is wrong; the messages say where and what */
    BK_UNSUPPORTED, /* legal input that this engine or format cannot do; never guessed */
    BK_NOT_FOUND,   /* no such name */
    BK_NUMERICAL,   /* a computation did not converge; partial results may exist */
    BK_PARTIAL, /* a result exists and is not complete; the messages say what lacks */
    BK_IO,      /* the operating system refused a file */
    BK_MISUSE   /* the caller broke a precondition that the header states */
} bk_status;

/* A short English sentence for a status, without a full stop.  Never NULL. */
const char *bk_status_text(bk_status status);

typedef enum bk_severity { BK_NOTE, BK_WARNING, BK_ERROR } bk_severity;

/* A place in an input: `line` and `column` count from 1, 0 is unknown; `file` may be
 * NULL for text that came from an option. */
typedef struct bk_where {
    const char *file;
    int line;
    int column;
} bk_where;

typedef struct bk_message {
    bk_severity severity;
    bk_where where;   /* its file text belongs to the diag */
    const char *code; /* stable word for programs, e.g. "sbml-10301"; may be "" */
    const char *text; /* what is wrong and what to do, one sentence or two */
} bk_message;

typedef struct bk_diag bk_diag;

/* A new empty collection; NULL when memory is short.  It keeps at most 1,000 messages
 * and counts the rest. */
bk_diag *bk_diag_new(void);
void bk_diag_free(bk_diag *diag);

/* Adds a message; copies all texts.  Without memory the message is only counted. */
void bk_diag_add(bk_diag *diag, bk_severity severity, bk_where where, const char *code,
                 const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 5, 6)))
#endif
    ;

/* How many messages of at least this severity were added (dropped ones included). */
size_t bk_diag_count(const bk_diag *diag, bk_severity at_least);
/* How many messages can be read back, and the i-th in the order of arrival. */
size_t bk_diag_size(const bk_diag *diag);
const bk_message *bk_diag_message(const bk_diag *diag, size_t i);
void bk_diag_clear(bk_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
