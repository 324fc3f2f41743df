/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_STARTS_H
#define BK_KINETIC_STARTS_H

/* Other states to begin from, spread over those that the reactions can make of the start.
 *
 * A state is moved along one reaction after the other, forth or back, to a random place
 * within the bounds: amounts not below zero nor above a cap (hit-and-run over coordinate
 * directions, Smith 1984, doi:10.1287/opre.32.6.1296).  So every conserved moiety keeps its
 * total, whatever its numbers.  Half of the places lie evenly, half evenly over the
 * logarithm of the distance from a bound, since basins of attraction may be small.  The cap
 * is, from start to start, evenly over the logarithm, 0.1 to 100 times the largest amount
 * of the group seen so far: it matters where reactions make something from nothing.
 *
 * What obeys a rate rule is drawn by itself: levels of the continuous form of a logical
 * model from their range, half of them at its ends; else from 0.001 to 1 times the cap,
 * and below zero too where the model's own course was.
 *
 * Which starts there are depends on the seed and their number alone. */

#include "kinetic/work.h"

#include "base/random.h"

typedef struct bk_kin_starts {
    const bk_kin_work *w;
    const double *from, *largest, *lowest; /* [n] */
    double *group_most;                    /* [n] by group, as laws see it */
    uint64_t seed;
    int32_t n_directions, n_parts;
    int32_t *first; /* [n_directions + 1] */
    int32_t *variable;
    double *number;
} bk_kin_starts;

/* The workspace stands at `from`, so that stoichiometries have their values.  largest: of
 * |y| seen so far; lowest: of y; both live as long as the starts.  False: memory. */
bool bk_kin_starts_new(bk_kin_starts *starts, const bk_kin_work *w, const double *from,
                       const double *largest, const double *lowest, uint64_t seed);
void bk_kin_starts_free(bk_kin_starts *starts);
/* Number `i` of `count` into y [n]. */
void bk_kin_starts_draw(const bk_kin_starts *starts, int i, int count, double *y);

#endif
