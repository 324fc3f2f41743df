/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_WAITING_H
#define BK_KINETIC_WAITING_H

/* What the agendas of both engines share: the truth of triggers, the events that are
 * triggered and not yet executed, and what they take from the values at hand.
 *
 * The values at hand are those in the slots of the workspace; nothing here writes them.
 * Times are the engine's own and come as arguments. */

#include "base/random.h"
#include "kinetic/work.h"

typedef struct bk_kin_due {
    int32_t event;
    double time;
} bk_kin_due;

typedef enum bk_kin_trouble {
    BK_KIN_FINE,
    BK_KIN_BAD_DELAY, /* below zero or not a number */
    BK_KIN_CASCADE,   /* endless at one instant */
    BK_KIN_SHORT_OF_MEMORY
} bk_kin_trouble;

typedef struct bk_kin_waiting {
    const bk_kin_system *system;
    const bk_kin_work *work; /* the values at hand */
    bk_random *random;       /* of draws, and of the order of equal priorities */
    unsigned char *was;      /* [events] truth of the triggers, last seen */
    double *slots;           /* of the program of happening events */
    unsigned char *status;
    double *taken; /* [most_assignments] values of the event being executed */
    double *sizes; /* [n] of the compartments of variables, before an execution */
    bk_kin_due *due;
    double *values; /* [n * most_assignments] from the time of the trigger */
    size_t n, due_capacity, value_capacity;
    int32_t culprit; /* the event in trouble */
    double bad_delay;
} bk_kin_waiting;

/* More executions than that at one instant are an endless cascade. */
enum { BK_KIN_MOST_EXECUTIONS = 10000 };

/* Room for the events of a system; false: memory. */
bool bk_kin_waiting_new(bk_kin_waiting *waiting, const bk_kin_system *system);
void bk_kin_waiting_free(bk_kin_waiting *waiting);
/* For a run on this workspace: triggers and what waits are those of the model, or of the
 * end of the part of a protocol before.  False: memory. */
bool bk_kin_waiting_begin(bk_kin_waiting *waiting, const bk_kin_work *work,
                          bk_random *random, const bk_settings *settings);
/* The truth of the triggers as the values of the events' symbols, and what waits, into
 * the outcome: from these a run that goes on from it knows them. */
bk_status bk_kin_waiting_keep(const bk_kin_waiting *waiting, bk_outcome *outcome);
/* The earliest time; infinite when nothing waits. */
double bk_kin_waiting_next(const bk_kin_waiting *waiting);
/* Times that differ by less are one instant: a due time is a sum of two numbers, a root
 * is known to a few units in the last place. */
double bk_kin_instant(double t);
/* Edges of triggers since the last look, all seen from the values at hand: what is
 * triggered waits, what is no longer true and not persistent is withdrawn. */
bk_kin_trouble bk_kin_waiting_look(bk_kin_waiting *waiting, double t);
/* What is to be executed at time t, or n: the highest priority, of equal ones any. */
size_t bk_kin_waiting_choose(bk_kin_waiting *waiting, double t);
/* What an event would assign at time t, from the values at hand, into `taken`. */
void bk_kin_waiting_evaluate(bk_kin_waiting *waiting, const bk_kin_event *event,
                             double t);
/* Takes one that waits out, its values being in `taken`; the last one takes its place. */
const bk_kin_event *bk_kin_waiting_take(bk_kin_waiting *waiting, size_t i, double t);
/* Notes the sizes of compartments; and when they have changed, what evolves as a
 * concentration in them keeps its amount. */
void bk_kin_waiting_measure(bk_kin_waiting *waiting);
void bk_kin_waiting_dilute(const bk_kin_waiting *waiting, double *y);

#endif
