/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_MANY_H
#define BK_LOGIC_MANY_H

/* One synchronous program in which every lane is a condition.
 *
 * Edits are words: where any condition changes what a rule sees, gives, or whether it is
 * heeded, the program chooses by words that say for each level and lane what becomes of
 * it; elsewhere it is the bare rule.  So a knock-out of one lane costs the others
 * nothing. */

#include "logic/lanes.h"
#include "logic/system.h"

typedef struct bk_many {
    const bk_logic_system *system;
    const bk_logic_work *base; /* bound without an overlay */
    bk_arena *arena;
    bk_program_lanes program;
    bk_lane_memory memory;
    int32_t *rail; /* [n] its lowest rail, counted from 0 */
    int32_t rails, first, next;
    int32_t *shown; /* [n] word of the lowest rail of what others see */
    /* [n] words by which the edits of a node act, 0: no condition edits that.  seen and
     * drive: max rails for each level, level by level; input: max rails of the level that
     * stands for a rule */
    int32_t *seen, *drive, *input, *held;
    int32_t *cut, *sight; /* [slots] whether it is cut, and max rails of what it sees */
} bk_many;

/* The overlays of at most BK_LANES conditions; a NULL one is no edit. */
bk_status bk_many_new(const bk_logic_work *base, const bk_overlay *const *overlays,
                      size_t n, bk_many **many);
void bk_many_free(bk_many *many);
/* Puts each condition into its lane, at its start: states[i] as settings.state, or
 * NULL. */
void bk_many_put(bk_many *many, const bk_overlay *const *overlays,
                 const double *const *states, size_t n);
int bk_many_level(const bk_many *many, int lane, int32_t x);
int bk_many_seen(const bk_many *many, int lane, int32_t x);
bk_lane_walk bk_many_walk(bk_many *many);

/* As bk_engine.settle_many; moves are not counted. */
void bk_sync_settle_many(const bk_system *system, const bk_settings *settings,
                         bk_job *jobs, size_t n, bk_workspace *workspace);

#endif
