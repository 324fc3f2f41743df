/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_DOUBLING_H
#define BK_LOGIC_DOUBLING_H

/* The way over one time of a process of few states whose rates may be very unlike:
 * exp(Q t) and its integral, by doubling the time from one so short that three terms of
 * the series are exact in doubles.
 *
 * What is kept of exp(Q t) is D = exp(Q t) - 1, so that slow rates beside a 1 lose no
 * digits: exp(2 Q t) - 1 = 2 D + D D, and the integral of twice the time is 2 S + D S.
 * Beside the diagonal all terms are positive once those of the diagonal are put together
 * (2 + D_ii + D_jj >= 0), and the diagonal is minus the sum of its row, as in Grassmann,
 * Taksar and Heyman 1985, doi:10.1287/opre.33.5.1107.  For scaling and squaring at large
 * see Moler and Van Loan 2003, doi:10.1137/S00361445024180. */

#include <blockade/status.h>

#include <stdint.h>

enum { BK_DOUBLING_STATES = 512 };

typedef struct bk_doubling {
    uint32_t n;
    double time;
    double *change; /* [n][n] exp(Q t) - 1; from a row's state to a column's */
    double *stay;   /* [n][n] the integral, by t: the part of the time in a column's */
    double *room;   /* what the others are parts of, and scratch */
} bk_doubling;

/* How many products of matrices. */
int bk_doubling_steps(double largest, double time);
/* rate[i][j] of the move from i to j (0 where i == j), all finite; O(n^3) a doubling, and
 * 32 n n bytes.  Freed by bk_doubling_free. */
bk_status bk_doubling_make(uint32_t n, const double *rate, double time,
                           bk_doubling *doubling);
void bk_doubling_free(bk_doubling *doubling);
/* p[n] is moved on by the time; mean[n], when not NULL, gets the mean over it.  next[n] is
 * scratch. */
void bk_doubling_apply(const bk_doubling *doubling, double *p, double *mean,
                       double *next);

#endif
