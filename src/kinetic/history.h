/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_HISTORY_H
#define BK_KINETIC_HISTORY_H

/* What the arguments of delays were (SBML L3V2, section 3.4.6).
 *
 * Since the start, after every step, the arguments are taken at five times of it from the
 * dense output and kept as polynomials of degree four, on halves of the step where these
 * miss the arguments between.  Before the start, initial assignments and rules hold as
 * they do at the start, with their own time; what evolves has its initial value, and
 * its rateOf is zero.  A run that goes on from the state of another one sees its state at
 * the start for ever before, since it knows no more.
 *
 * Steps are no longer than the shortest delay that matters, so that they look back on what
 * is known.  Where a delay is far shorter than a step (it may vanish), the step is
 * repeated with its own dense output until that changes no more.  A jump comes back after
 * each constant delay, one derivative higher each time; steps end there five times.  Of
 * varying delays the error control alone finds that. */

#include "kinetic/course.h"

enum { BK_KIN_NODES = 5, BK_KIN_PAST = 17 };

typedef struct bk_kin_break {
    double time;
    int level;
} bk_kin_break;

typedef struct bk_kin_history {
    int32_t tracks;             /* one a delay */
    double *from, *to;          /* [pieces] */
    double *values;             /* [pieces * tracks * BK_KIN_NODES] */
    size_t kept, seen, written; /* pieces: for good, with those of this step */
    size_t from_capacity, to_capacity, value_capacity;
    double start, step, end; /* of the run, of the step at hand (infinite: none) */
    double *lag;             /* [tracks] at the last evaluation */
    double *begin;           /* [tracks] at the start */
    double *nudge;           /* [tracks] added to delayed values, to take derivatives */
    double *before;          /* [tracks] ever before the start, or NaN: unknown */
    double *y;               /* [n] */
    double *past;            /* [BK_KIN_PAST * past_slots] */
    size_t past_slots;
    bool carried; /* before is all that is known */
    bool slopes;  /* those before the start are wanted too */
    bool beyond;  /* something was looked up after what is known */
    bk_kin_break *breaks;
    size_t n_breaks, breaks_capacity;
    long switches;     /* of the course before this step */
    bool begun, still; /* still: delays see the present */
    bool no_memory;
} bk_kin_history;

bool bk_kin_history_new(const bk_kin_work *w, bk_kin_history **history);
void bk_kin_history_free(bk_kin_history *history);
/* The run is at its start; y is not consistent yet. */
void bk_kin_history_start(bk_kin_work *w, const bk_settings *settings);
/* y is ready: the present values are those before the start where they are carried. */
void bk_kin_history_settle_start(bk_kin_work *w, double t, const double *y);

/* The lag of a delay is in its slot: the delayed value instead, slope and present. */
void bk_kin_delayed(bk_kin_work *w, int32_t delay, double t);

/* The polynomial through five values at 0, 1/4 ... 1, and its derivative. */
double bk_kin_interpolate(const double *v, double x, double *slope);

/* Around a step of a course: how far it may go; its repetition where needed; what it
 * adds (once; before anything jumps at its end); and its end.  False: the course cannot go
 * on. */
double bk_kin_history_limit(bk_kin_course *course, double limit);
bool bk_kin_history_repeat(bk_kin_course *course);
bool bk_kin_history_add(bk_kin_course *course);
void bk_kin_history_leave(bk_kin_course *course);

/* initial.c: the argument of a delay at a time before the start. */
double bk_kin_past_value(bk_kin_work *w, int32_t delay, double time, int depth);

#endif
