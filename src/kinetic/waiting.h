/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_WAITING_H
#define BK_KINETIC_WAITING_H

/* Events that are triggered and not yet executed, for the agendas of both engines. */

#include "base/random.h"
#include "kinetic/system.h"

typedef struct bk_kin_due {
    int32_t event;
    double time;
} bk_kin_due;

typedef struct bk_kin_waiting {
    const bk_kin_system *system;
    bk_kin_due *due;
    double *values; /* [n * most_assignments] from the time of the trigger */
    size_t n, due_capacity, value_capacity;
} bk_kin_waiting;

/* More executions than that at one instant are an endless cascade. */
enum { BK_KIN_MOST_EXECUTIONS = 10000 };

void bk_kin_waiting_free(bk_kin_waiting *waiting);
/* Behind all others; its values are to be filled.  False: memory. */
bool bk_kin_waiting_add(bk_kin_waiting *waiting, int32_t event, double time);
double *bk_kin_waiting_values(const bk_kin_waiting *waiting, size_t i);
/* The last one takes its place. */
void bk_kin_waiting_take_out(bk_kin_waiting *waiting, size_t i);
void bk_kin_waiting_withdraw(bk_kin_waiting *waiting, int32_t event);
/* The earliest time; infinite when nothing waits. */
double bk_kin_waiting_next(const bk_kin_waiting *waiting);
/* What waited at the end of the part of a protocol before; false: memory. */
bool bk_kin_waiting_take_up(bk_kin_waiting *waiting, const bk_settings *settings);
/* What waits, into the outcome. */
bk_status bk_kin_waiting_keep(const bk_kin_waiting *waiting, bk_outcome *outcome);
/* Times that differ by less are one instant: a due time is a sum of two numbers, a root
 * is known to a few units in the last place. */
double bk_kin_instant(double t);
/* What is to be executed at time t, or n: the highest priority, of equal ones any.
 * priority gives the value of a law of the events' program. */
size_t bk_kin_waiting_choose(const bk_kin_waiting *waiting, double t, bk_random *random,
                             double (*priority)(void *context, int32_t law),
                             void *context);
/* A species that evolves as a concentration, by a rate rule. */
bool bk_kin_as_concentration(const bk_kin_system *system, int32_t variable);

#endif
