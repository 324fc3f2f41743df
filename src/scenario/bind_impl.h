/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_BIND_IMPL_H
#define BK_SCENARIO_BIND_IMPL_H

/* The stages of binding:
 *
 *     scenario --expand--> edits of the five kinds --resolve--> atoms --fold--> overlay
 *
 * An atom is one edit of one symbol.  Folding sorts them first, so that an overlay does
 * not depend on the order in which a scenario was put together, to the last bit. */

#include "model/model.h"
#include "scenario/overlay.h"
#include "scenario/scenario_impl.h"

typedef struct bk_atom {
    bk_edit_kind kind; /* START .. CUT */
    bk_layer layer;
    int32_t symbol; /* the target of a cut */
    int32_t source; /* CUT, else -1 */
    double value, high;
    bool concentration;
    bk_where where;
} bk_atom;

typedef struct bk_atoms {
    bk_atom *items;
    size_t n, capacity;
} bk_atoms;

/* Drugs and variants replaced by what the library says of them. */
bk_status bk_scenario_expand(const bk_scenario *scenario, const bk_library *library,
                             bk_diag *diag, bk_scenario **flat);
/* Names to symbols; all that is wrong is told. */
bk_status bk_scenario_resolve(const bk_scenario *flat, const bk_model *model,
                              bk_diag *diag, bk_atoms *atoms);
/* The algebra of the layers; sorts the atoms. */
bk_status bk_atoms_fold(bk_atoms *atoms, const bk_model *model, bk_diag *diag,
                        bk_overlay *overlay);
/* Sets overlay->text. */
bk_status bk_overlay_describe(bk_overlay *overlay, const bk_model *model);

#endif
