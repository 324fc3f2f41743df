/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_REDUCE_H
#define BK_LOGIC_REDUCE_H

/* The network that is left of a bound workspace within a box of levels that no run
 * leaves, such as the one that constants percolate to.
 *
 * Each rule becomes its diagram over the box: edits, what others are shown, cuts and
 * levels outside the box are worked in, so that the regulators that it still asks for
 * are those that matter there.  What only feeds others that nothing depends on (output
 * cascades) is no *core*: its levels follow from the rest. */

#include "logic/system.h"

typedef struct bk_reduced {
    bk_arena *arena;
    const bk_logic_work *work;
    bool free_inputs;
    int32_t n;           /* nodes of the system */
    uint8_t *low, *high; /* [n] the box */
    bk_dd *
        *dd; /* [n] regulator[] holds nodes, child k is for its level low + k, terminal
                   k is level k of the target; NULL: one level only, or a free input */
    signed char **sign; /* [n][variable] as bk_dd_signs */
    int32_t *core;      /* [n_core] nodes */
    int32_t n_core;
    int32_t *outputs; /* [n_outputs] nodes of more than one level outside the core, each
                         behind those that it depends on */
    int32_t n_outputs;
    bool *reached; /* scratch by node of a diagram */
} bk_reduced;

/* low[n], high[n]: the box, copied.  hide: outputs are told from the core; else all nodes
 * of more than one level are core.  O(nodes of all diagrams), signs up to quadratic. */
bk_status bk_reduce(const bk_logic_work *work, bool free_inputs, const uint8_t *low,
                    const uint8_t *high, bool hide, bk_reduced **reduced);
void bk_reduced_free(bk_reduced *reduced);
static inline bool bk_reduced_free_input(const bk_reduced *net, int32_t x)
{
    return net->dd[x] == NULL && net->low[x] < net->high[x];
}
/* Whether the background leaves a free input this level. */
bool bk_reduced_allows(const bk_reduced *net, int32_t x, int level);
/* Lowers high[] and raises low[] of the core as far as runs inside go anyway; the box
 * must be one that no run leaves.  Then the outputs. */
void bk_reduced_percolate(bk_reduced *net, uint8_t *low, uint8_t *high);
/* The lowest and the highest level that the rule of x gives in a box; x has one. */
void bk_reduced_range(bk_reduced *net, int32_t x, const uint8_t *low,
                      const uint8_t *high, int *least, int *most);
/* Sets low[] and high[] of all nodes outside the core from those of the core. */
void bk_reduced_fill(bk_reduced *net, uint8_t *low, uint8_t *high);

#endif
