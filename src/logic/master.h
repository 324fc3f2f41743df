/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_MASTER_H
#define BK_LOGIC_MASTER_H

/* The master equation over all states that the starts of a bound workspace lead to:
 * p' = p Q, solved by uniformisation (Grassmann 1977,
 * doi:10.1016/0305-0548(77)90007-7): with a rate as large as the largest exit rate the
 * process is a chain at the times of a Poisson process, so that p(t) is a mean of the
 * chain's distributions, all terms positive.  What is left out of the sums is below
 * 1e-13 a step.  Where the largest exit rate means more work than that of doubling.h, and
 * states are few, the way over one time is made there once. */

#include "logic/doubling.h"
#include "logic/space.h"
#include "logic/start.h"

typedef struct bk_master {
    const bk_logic_work *work;
    bk_space *space;
    uint32_t n;     /* states */
    double *p;      /* [n] where it is now; the starts to begin with */
    double *exit;   /* [n] the sum of the rates of its events */
    size_t *first;  /* [n + 1] events of a state */
    uint32_t *to;   /* by event */
    double *rate;   /* by event */
    double largest; /* exit rate */
    double *scratch[2];
    bk_doubling doubling; /* n == 0: not made */
} bk_master;

/* BK_UNSUPPORTED when there are more than `most` states. */
bk_status bk_master_new(bk_logic_work *work, uint32_t most, bk_master *master);
void bk_master_free(bk_master *master);
/* How many terms are added to advance so often by the same time, the last one perhaps by
 * less. */
double bk_master_work(const bk_master *master, double time, size_t times);
/* On by a time; mean[n], when not NULL, gets the mean over it.  BK_PARTIAL: the
 * workspace was told to stop, and p is somewhere on the way. */
bk_status bk_master_advance(bk_master *master, double time, double *mean);
/* On by one move, drawn by the rates; states without any stay. */
void bk_master_move(bk_master *master);

#endif
