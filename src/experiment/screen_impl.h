/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_SCREEN_IMPL_H
#define BK_EXPERIMENT_SCREEN_IMPL_H

/* A screen while it runs. */

#include "base/names.h"
#include "scenario/overlay.h"

#include <blockade/experiment.h>

/* A distinct background: everything that conditions say of the cell before a treatment,
 * and the steady state it reaches. */
typedef struct bk_screen_base {
    bk_overlay *overlay;
    bk_outcome *outcome; /* NULL: it failed */
    char *note;          /* why, or NULL */
    bool unsteady;       /* it did not come to rest, but can be started from */
} bk_screen_base;

enum { BK_NO_BASE = -1 };

typedef struct bk_screen_job {
    bk_overlay *overlay; /* NULL: its edits are wrong, or `same` */
    bool same;           /* it is its base, and the overlay is there */
    int32_t base;
    double *values; /* [read-outs] NaN: missing */
    char *note;     /* or NULL */
} bk_screen_job;

typedef struct bk_screen {
    const bk_system *system;
    const bk_library *library;
    const bk_condition *conditions;
    const bk_readouts *readouts;
    const bk_screen_settings *settings;
    bk_diag *diag;
    bk_screen_base *bases;
    bk_screen_job *jobs; /* one a condition */
    double *values;
    size_t n_bases, base_capacity, n_jobs;
    bk_names *base_names; /* text of the overlay -> base */
    _Atomic bool no_memory;
} bk_screen;

/* Binds every condition and finds the distinct backgrounds.  A condition with wrong
 * edits gets a note and no overlay. */
bk_status bk_screen_prepare(bk_screen *screen);
void bk_screen_close(bk_screen *screen);
/* A read-out of an outcome with at least one row. */
double bk_screen_measure(const bk_readouts *readouts, size_t i,
                         const bk_outcome *outcome, bk_measure measure);
/* Adds words to a note ("; " between); false when memory is short. */
bool bk_screen_note(char **note, const char *prefix, const char *words);

#endif
