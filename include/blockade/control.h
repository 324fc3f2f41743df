/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_CONTROL_H
#define BLOCKADE_CONTROL_H

/* Interventions that force a phenotype on a logical model.
 *
 * An *intervention* is for good: a level is held (`fix`), or an arc is cut, so that its
 * target sees the source at one level.  A set of interventions *controls* when the wanted
 * levels hold throughout every attractor, or minimal trap space, that the model has under
 * it, from wherever it starts.  A control is minimal when no part of it is one; a larger
 * set that holds a control need not be one itself.
 *
 * Sets are tried by size, so that what is found is minimal.  They are percolated, 512 at a
 * time, over boxes of levels: where the wanted levels follow, the set controls whatever
 * the order of moves; where their contrary follows, it does not.  The others are settled
 * by the minimal trap spaces and attractors they leave, so that no control is missed that
 * does not percolate (as percolation alone does: Cifuentes-Fontanals, Tonello, Siebert
 * 2022, doi:10.3389/fams.2022.838546, who ask a model checker).  The reason for which a
 * set fails is widened to a box that no move leaves, and that only needs some of its
 * interventions: every set that has these, and else only ones that agree with the box,
 * fails too, and is not looked at.  A review of such methods: doi:10.1007/s11538-023-01197-6. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_wanted {
    int32_t symbol; /* a level, low <= level <= high */
    int low, high;
} bk_wanted;

typedef struct bk_intervention {
    int32_t symbol; /* held at the level; or the source of the cut arc */
    int32_t target; /* of the cut arc; -1: the symbol is held */
    int level;
} bk_intervention;

typedef enum bk_control_in {
    BK_IN_ASYNCHRONOUS, /* in every asynchronous attractor */
    BK_IN_SYNCHRONOUS,
    BK_IN_TRAP_SPACES /* in every minimal trap space: under every update */
} bk_control_in;

typedef struct bk_control_settings {
    const bk_wanted *wanted;
    size_t n_wanted;
    const bk_intervention *allowed;
    size_t n_allowed;
    int most_size;    /* interventions in a set; 0: 3 */
    long max_results; /* 0: 10,000 */
    bk_control_in in;
    bool free_inputs; /* for every level of every input; else for start levels */
    bool (*cancelled)(void *context); /* as bk_attractor_settings */
    void *cancel_context;
} bk_control_settings;

/* Every level of every node, but for those that the overlay holds, and (arcs) every level
 * at which an arc can be cut.  Free with bk_interventions_free. */
bk_status bk_interventions(const bk_system *logic_system, const bk_overlay *overlay,
                           bool free_inputs, bool arcs, bk_intervention **list,
                           size_t *count);
void bk_interventions_free(bk_intervention *list);

typedef struct bk_controls bk_controls;

/* All minimal controls up to a size, on top of an overlay (or NULL).  Interventions must be
 * ones that bk_interventions lists.  What could not be settled, and what is missing after
 * an early stop, is said; the answer is then not complete.  Cost: the sets of one part
 * less, times the reasons for failure that were found. */
bk_status bk_controls_find(const bk_system *logic_system, const bk_overlay *overlay,
                           const bk_control_settings *settings, bk_diag *diag,
                           bk_controls **controls);
void bk_controls_free(bk_controls *controls);
size_t bk_controls_count(const bk_controls *controls);
bool bk_controls_complete(const bk_controls *controls);
const char *bk_controls_text(const bk_controls *controls); /* what is missing */
/* How many sets were percolated, since they were not known to fail, and how many of them
 * had to be looked at closer. */
double bk_controls_tried(const bk_controls *controls);
double bk_controls_examined(const bk_controls *controls);

size_t bk_control_size(const bk_controls *controls, size_t i);
bk_intervention bk_control_part(const bk_controls *controls, size_t i, size_t part);
/* Whether the wanted levels follow by percolation alone. */
bool bk_control_percolates(const bk_controls *controls, size_t i);
/* The range of a level that percolation of the set leaves. */
int bk_control_low(const bk_controls *controls, size_t i, int32_t symbol);
int bk_control_high(const bk_controls *controls, size_t i, int32_t symbol);
/* The set as edits: `fix A = 0; cut B -> C at 1`.  Free with bk_string_free. */
bk_status bk_control_print(const bk_controls *controls, size_t i, char **text);
/* One row a control: number, size, edits, how it is known, and which levels follow by
 * percolation that do not without it. */
bk_status bk_controls_table(const bk_controls *controls, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
