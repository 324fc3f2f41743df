/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SSA_EVENTS_H
#define BK_KINETIC_SSA_EVENTS_H

/* Events and switches in a stochastic run (SBML L3V2, section 4.11).
 *
 * As in the ode engine: triggered from false to true, delayed, executed one by one by
 * priority, ties at random from the run's stream.  What time switches is known
 * beforehand, since gaps move along lines between moves; at such an instant the relation
 * is first that of two equal numbers, then what it is from there on. */

#include "kinetic/course.h"
#include "kinetic/ssa.h"
#include "kinetic/waiting.h"

struct bk_ssa_agenda {
    bk_kin_waiting waiting;
    double *kept;          /* [variables] */
    double *before, *when; /* [roots] gaps; time of the next flip */
    bool *after;           /* [roots] truth from then on */
    bool *flipped;         /* [roots] at this instant */
    double next;           /* of when */
    double last;           /* instant from which those near to it are counted */
    long near;
};

bool bk_ssa_agenda_new(const bk_ssa_system *system, bk_ssa_agenda **agenda);
void bk_ssa_agenda_free(bk_ssa_agenda *agenda);
/* At the start, all values being there: executes what is due. */
void bk_ssa_agenda_begin(bk_ssa_worker *worker);
/* The next time at which anything switches or is due; may be infinite. */
double bk_ssa_agenda_next(const bk_ssa_worker *worker);
/* The run has come to that time. */
void bk_ssa_agenda_reach(bk_ssa_worker *worker);
/* A move may have changed a trigger. */
void bk_ssa_agenda_look(bk_ssa_worker *worker);
/* The truth of the triggers as the values of the events' symbols, and what waits, into
 * the outcome; false: memory. */
bool bk_ssa_agenda_keep(const bk_ssa_worker *worker, bk_outcome *outcome);

#endif
