/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_EXPLAIN_H
#define BLOCKADE_EXPLAIN_H

/* Why a read-out is what it is under a treatment.
 *
 * Three answers, from the steady state of the continuous form of a logical model:
 *
 * PATHS that carry the signal.  What holds a node up is shared out among the arcs into it:
 * each activating arc may be cut to 0, each inhibiting one set to its source's highest
 * level, and an arc gets its mean contribution to the node's drive over all orders in
 * which this is done (Shapley 1953, A value for n-person games), so that of two
 * inputs of which either suffices both get half.  What is left when all are cut holds
 * itself: an input, a floor that a mutation sets, basal activity.  What holds an inhibitor
 * down is shared out likewise among the active inhibitors of it.  A path runs from what
 * holds itself to the read-out; its strength is the product of the shares along it, and all
 * strengths add up to at most 1.  A brake that is off because nothing drives it starts no
 * path; one that the cell has lost or the treatment holds off does.
 *
 * CUTS that flip the answer.  The answer is `kept` when the read-out under the treatment is
 * more than half of the larger of its values untreated and treated (and more than 0.1), by
 * 0.01 at least, else `lost`.  Every active node is held at 0 and every arc from an active node cut, one at a
 * time and then two nodes at a time, together with the treatment; a cut is listed when the
 * run it stands for gives the other answer.  What is off already need not be cut.
 *
 * EVIDENCE.  The arcs on the paths with their references, the least certain first.
 *
 * Shares are local: they say what holds the state that was reached, not what would happen
 * if it were disturbed.  The cuts are global: each one was run. */

#include <blockade/experiment.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_explain {
    const bk_model *logic;   /* knows levels, arcs and their references */
    const bk_system *system; /* `ode`, of its continuous form */
    const bk_library *library;
    const bk_scenario *cell; /* background edits; NULL: the ordinary cell */
    const char *treatment;   /* as bk_library_treatment_scenario reads it; NULL: none */
    const bk_readouts *readouts; /* the first of them is explained */
    bk_screen_settings screen;
    size_t paths; /* at most so many; 0: 10 */
    bool pairs;   /* cuts of two nodes also where single ones flip */
} bk_explain;

/* One table, a row a finding:
 *
 *   part        answer, source, path, cut, evidence
 *   what        kept or lost; where paths start; the path; the cut; the arc
 *   value       the read-out; the strength of all its paths; the path's strength; the
 *               read-out under the cut; the strength of all paths over the arc (of up to
 *               2,000 that are followed)
 *   confidence  of the arc; of a path its least certain arc's: high, medium, low
 *   references  PMID and doi of the arc; of a path those of that arc
 *   note        why; the arc's mechanism
 *
 * BK_UNSUPPORTED without a logical model or with another engine, BK_NUMERICAL without a
 * steady state. */
bk_status bk_explain_run(const bk_explain *question, bk_diag *diag, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
