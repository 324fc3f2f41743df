/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "scenario/bind_impl.h"

bk_status bk_scenario_bind(const bk_scenario *scenario, const bk_library *library,
                           const bk_model *model, bk_diag *diag, bk_overlay **overlay)
{
    bk_scenario *flat = NULL;
    bk_status status = bk_scenario_expand(scenario, library, diag, &flat);
    if (status != BK_OK) {
        return status;
    }
    bk_atoms atoms = {0};
    bk_overlay *const made = bk_alloc_zero(1, sizeof *made);
    status =
        made != NULL ? bk_scenario_resolve(flat, model, diag, &atoms) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_atoms_fold(&atoms, model, diag, made);
    }
    if (status == BK_OK) {
        status = bk_overlay_describe(made, model);
    }
    bk_free(atoms.items);
    bk_scenario_free(flat);
    if (status != BK_OK) {
        bk_overlay_free(made);
        return status;
    }
    *overlay = made;
    return BK_OK;
}
