/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/specialise.h"

#include <math.h>

bool bk_layer_edits(const bk_layer_edit *edit)
{
    return !isnan(edit->fix) || edit->low > -HUGE_VAL || edit->high < HUGE_VAL ||
           edit->scale < 1 || edit->scale > 1;
}

double bk_cut_value(const bk_overlay *overlay, int32_t source, int32_t target)
{
    for (size_t i = 0; i < overlay->n_cuts; i++) {
        const bk_overlay_cut *const cut = &overlay->cuts[i];
        if (cut->target == target && cut->source == source) {
            return cut->value;
        }
    }
    return (double)NAN;
}

bk_expr bk_written(bk_writing *w, bk_expr e)
{
    w->no_memory = w->no_memory || e < 0;
    return e;
}

/* Arcs that nothing declared were found in the functions, and will be again. */
static void drop_derived_influences(bk_model *model)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < model->n_influences; i++) {
        if (model->influences[i].declared != 2) {
            model->influences[kept++] = model->influences[i];
        }
    }
    model->n_influences = kept;
}

/* Warnings of the source were told when it was read; only what stops goes on. */
static void pass_on_errors(const bk_diag *from, bk_diag *to)
{
    for (size_t i = 0; i < bk_diag_size(from); i++) {
        const bk_message *const message = bk_diag_message(from, i);
        if (message->severity == BK_ERROR) {
            bk_diag_add(to, BK_ERROR, message->where, message->code, "%s",
                        message->text);
        }
    }
}

bk_status bk_model_specialise(const bk_model *model, const bk_overlay *overlay,
                              bk_diag *diag, bk_model **special)
{
    static const bk_overlay none;
    bk_diag *const own = bk_diag_new();
    bk_builder *const builder = own != NULL ? bk_builder_from(model, own) : NULL;
    if (builder == NULL) {
        bk_diag_free(own);
        return BK_NO_MEMORY;
    }
    bk_writing w = {.from = model,
                    .overlay = overlay != NULL ? overlay : &none,
                    .builder = builder,
                    .to = bk_builder_model(builder),
                    .exprs = bk_builder_exprs(builder)};
    bk_write_logic(&w);
    bk_write_kinetics(&w);
    drop_derived_influences(w.to);
    bk_status status = BK_NO_MEMORY;
    if (w.no_memory) {
        bk_builder_free(builder);
    } else {
        status = bk_builder_finish(builder, special);
    }
    pass_on_errors(own, diag);
    bk_diag_free(own);
    return status;
}
