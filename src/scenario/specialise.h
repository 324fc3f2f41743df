/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_SPECIALISE_H
#define BK_SCENARIO_SPECIALISE_H

/* A model while an overlay is written into it.
 *
 * What a treatment lets others see of a symbol cannot be written at the symbol, whose
 * own value stays; it is written into every law that reads it.  The one exception is
 * the scale of a level: a deterministic run maps levels by it and a stochastic one reads
 * it as a share of time, and no condition says both.  So that factor goes into the
 * level's seen_scale, which the logic engines compose with the scale of an overlay. */

#include "model/builder.h"
#include "scenario/overlay.h"

typedef struct bk_writing {
    const bk_model *from;
    const bk_overlay *overlay;
    bk_builder *builder;
    bk_model *to;    /* the model under construction */
    bk_exprs *exprs; /* its expressions */
    bool no_memory;
} bk_writing;

void bk_write_logic(bk_writing *w);
void bk_write_kinetics(bk_writing *w);
/* The value at which a law does not see a source, or NaN when it is not cut. */
double bk_cut_value(const bk_overlay *overlay, int32_t source, int32_t target);
bool bk_layer_edits(const bk_layer_edit *edit);
/* Notes missing memory when an expression is none. */
bk_expr bk_written(bk_writing *w, bk_expr e);

#endif
