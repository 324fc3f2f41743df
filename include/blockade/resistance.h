/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_RESISTANCE_H
#define BLOCKADE_RESISTANCE_H

/* What costs a drug its effect, and which other drug brings it back.
 *
 * Effect is the read-out under the treatment minus untreated, both in steady state and
 * both in the same cell.  An *alteration* is a variant of the library, or a node held at
 * its highest level (gain) or at 0 (loss), on top of the plain cell.  Of every alteration
 *
 *     effect_retained = effect in the altered cell / effect in the plain cell
 *     signal_kept     = (treated, altered - treated, plain) / (untreated - treated, plain)
 *
 * signal_kept is 0 where the treated cell is as quiet as the plain one, and 1 where it is
 * as the plain cell was untreated.  An effect may be lost in two ways: the signal stays
 * under the drug (`resistant`: at most half the effect retained and at least half the
 * signal kept, both to within 0.01), or there was none before it (`no signal`).  Both are means over those
 * read-outs that the drug moves by at least 0.1 in the plain cell. */

#include <blockade/experiment.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_resistance {
    const bk_model *logic;   /* knows levels and arcs */
    const bk_system *system; /* of the logic or its continuous form */
    const bk_library *library;
    const char *folder; /* resistance.tsv: class, mechanism, alterations; may lack */
    const bk_scenario *cell; /* background edits of the cell; NULL: the ordinary one */
    const char *treatment;   /* as bk_library_treatment_scenario reads it */
    const bk_readouts *readouts;
    bk_screen_settings screen;
    bool variants, nodes; /* which alterations */
    bool pairs;           /* every two of them together as well */
} bk_resistance;

/* One row an alteration, costliest first, those without a signal last:
 *
 *   rank alteration kind    kind: variant, gain, loss, pair
 *   class mechanism         of resistance.tsv, where it lists the alteration
 *   effect_retained signal_kept call
 *   beyond_singles          pairs: retained by the worse single one minus by the pair
 *   untreated_R treated_R   per read-out R
 *   note                    why there is no answer; other alterations that make the same
 *                           cell, which is run once
 *
 * Left out are the edits that the cell already has or contradicts, nodes that act on
 * nothing, and nodes that only drugs set.  BK_BAD_INPUT when the treatment moves no
 * read-out in the plain cell.  Same bytes for any number of threads.  Cost: two steady
 * states an alteration; pairs are run in blocks, so that memory stays small.
 *
 * Where the cell of one alteration rests with a node at the very level (to 1e-9, the
 * tolerance of a settle) at which the other one would hold it, the pair measures what that
 * cell does and is not run: the state is one of the pair as well.  It need not be the one
 * that the pair would come to from the model's start; that of 26,244 pairs of the HER2
 * network was, wherever it is steady.  Where that cell has a note, as one that oscillates
 * has, by logic, early, and in courses all pairs are run. */
bk_status bk_resistance_run(const bk_resistance *question, bk_diag *diag,
                            bk_table **table);

/* Every other drug of the library beside the treatment, in a resistant cell (`cell`),
 * ranked by how much of what was lost against the `plain` cell (as
 * bk_library_background_scenario reads it) it restores:
 *
 *     restored = (treated - with partner) / (treated - treated in the plain cell)
 *
 * a mean over the read-outs on which at least 0.1 was lost; restored_alone is the same
 * for the partner without the treatment.  Columns: rank partner class restored
 * restored_alone call (restores: at least half), with_R alone_R per read-out, note.
 * BK_BAD_INPUT when nothing was lost. */
bk_status bk_partners_run(const bk_resistance *question, const char *plain,
                          bk_diag *diag, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
