/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_EVENTS_H
#define BK_KINETIC_EVENTS_H

/* Events of a run (SBML L3V2, section 4.11).
 *
 * An event is triggered where its trigger goes from false to true, the start included
 * when its initial value is false; it is executed after its delay.  What is due at one
 * instant is executed one by one, the highest priority first, equal ones in random order
 * from the seed of the settings, those without a priority last; after every single
 * execution all values, priorities and triggers are taken anew, so that one event may
 * trigger or (not being persistent) withdraw another.
 *
 * Relations of triggers are roots of the course.  At the very instant of a root the
 * relation is that of two equal numbers, whatever rounding made of them, and just after
 * it has its new truth; triggers are looked at in both, so that `time == 5` and the
 * conjunction of `x <= 5` and `x >= 5` trigger.  Roots and due times that differ by
 * rounding only count as one instant.
 *
 * An assignment to the size of a compartment keeps the amounts in it. */

#include "base/random.h"
#include "kinetic/course.h"
#include "kinetic/waiting.h"

enum { BK_KIN_SWEEP_DEPTH = 12 };

typedef struct bk_kin_agenda {
    bk_kin_waiting waiting;
    double *y, *before;            /* [n, relations] */
    double *gaps;                  /* [2 * (BK_KIN_SWEEP_DEPTH + 2) * relations] */
    unsigned char *during, *after; /* [relations] status at an instant, and after it */
    signed char *during_side, *after_side;
    bk_random random;
    double instant;     /* of the last execution */
    double blind_until; /* just after a switch numbers are rounding, and tell nothing */
    int32_t last;       /* event executed then */
    long executed;      /* at that instant */
    bk_kin_trouble trouble;
} bk_kin_agenda;

/* Makes the agenda of a course that stands at its start and executes what is due there;
 * nothing for a system without events. */
bk_status bk_kin_events_begin(bk_kin_course *course);
void bk_kin_events_end(bk_kin_course *course);
/* The next time at which something waits to be executed; infinite: nothing does. */
double bk_kin_events_next(const bk_kin_course *course);
/* An event was executed at time t, the last such time. */
bool bk_kin_events_at(const bk_kin_course *course, double t);
/* Triggers looked at with the statuses in force at the present point of the integrator,
 * and what is due executed.  False: trouble. */
bool bk_kin_events_happen(bk_kin_course *course);
/* The first crossing within the last step as an interval and its relation; or -1, and
 * high is how far the step could be looked at. */
int32_t bk_kin_events_sweep(bk_kin_course *course, double *low, double *high);
/* A step that was taken again to end at a root of the dense output may by its own numbers
 * end before it: goes on, not beyond `end`, until all that is flipped has crossed. */
void bk_kin_events_reach(bk_kin_course *course, double end);
/* What relations that cross at time t of the last step are at that instant and after.  An
 * equality that ends where the step begins is told from the gap at `high`: nearer, its
 * sign is rounding. */
void bk_kin_events_note(bk_kin_course *course, double t, double high);
/* Marks as flipped also what crosses within rounding of the present time. */
void bk_kin_events_collect(bk_kin_course *course);
/* What has been flipped changed the numbers of another relation (without events: true,
 * as its numbers are asked anyway). */
bool bk_kin_events_moved(const bk_kin_course *course, int32_t relation);
/* The instant of the flips itself, then the statuses that follow it. */
bool bk_kin_events_at_instant(bk_kin_course *course);
/* Nothing waits, and with the variables held at y nothing would cross from the present
 * time to `end`, as far as some fifty looks at growing distances tell. */
bool bk_kin_events_quiet(bk_kin_course *course, const double *y, double end);
/* The event executed last and its time; NULL: none was. */
const char *bk_kin_events_last(const bk_kin_course *course, double *time);
/* y as this event would make it of y at time t; with the truth in force.  `seen`: what it
 * takes its values from, with their truth; NULL: y. */
void bk_kin_events_map(bk_kin_course *course, const bk_kin_event *event, double t,
                       const double *seen, unsigned char *status, double *y);
/* The truth of the triggers as the values of the events' symbols, and what waits: from
 * these a course that goes on from this outcome knows them. */
bk_status bk_kin_events_keep(const bk_kin_course *course, bk_outcome *outcome);
/* True when a course ended by an event, and then said in the outcome. */
bool bk_kin_events_fail(const bk_kin_course *course, bk_outcome *outcome);

#endif
