/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_LOGIC_H
#define BLOCKADE_LOGIC_H

/* Fixed points and attractors of logical models.  Moves are unitary: a level changes by
 * one towards its target.  Inputs keep their start level unless an edit says otherwise,
 * or are free where said. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bk_update { BK_SYNCHRONOUS, BK_ASYNCHRONOUS } bk_update;

typedef struct bk_attractor_settings {
    bk_update update;
    bool free_inputs; /* every input level is a state of its own; else start levels */
    long max_states;  /* states explored before it gives up; 0: 4,194,304 */
    long max_results; /* 0: 10,000 */
    bool only_fixed;  /* fixed points only: the same under every update */
} bk_attractor_settings;

typedef struct bk_attractors bk_attractors;
/* All fixed points (by CaDiCaL, complete), and the attractors by exploration where the
 * state space is small enough: from every state when it is, else from the start state
 * and the initial levels, which is then said (not complete). */
bk_status bk_attractors_find(const bk_system *logic_system, const bk_overlay *overlay,
                             const bk_attractor_settings *settings, bk_diag *diag,
                             bk_attractors **attractors);
void bk_attractors_free(bk_attractors *attractors);
size_t bk_attractors_count(const bk_attractors *attractors);
bool bk_attractors_complete(const bk_attractors *attractors);
const char *bk_attractors_text(const bk_attractors *attractors); /* what is missing */
long bk_attractor_size(const bk_attractors *attractors,
                       size_t i); /* 1: a fixed point */
/* Smallest, largest and mean level of a symbol in the attractor. */
int bk_attractor_low(const bk_attractors *attractors, size_t i, int32_t symbol);
int bk_attractor_high(const bk_attractors *attractors, size_t i, int32_t symbol);
double bk_attractor_mean(const bk_attractors *attractors, size_t i, int32_t symbol);
/* One row an attractor: number, type, size, then one column a level. */
bk_status bk_attractors_table(const bk_attractors *attractors, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
