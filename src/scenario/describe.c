/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/bind_impl.h"

#include <math.h>

/* The text of an overlay: edits as a scenario would say them, and for levels the policy
 * as comments. */

static void print_edit(bk_text *text, const bk_model *model, bk_edit_kind kind,
                       int32_t symbol, double value, double high)
{
    const bk_edit edit = {
        .kind = kind, .name = model->symbols[symbol].id, .value = value, .high = high};
    bk_edit_print(text, &edit);
    bk_text_add_char(text, '\n');
}

static void print_start(bk_text *text, const bk_model *model,
                        const bk_overlay_symbol *record)
{
    if (!isnan(record->start)) {
        const bk_edit edit = {.kind = BK_EDIT_START,
                              .name = model->symbols[record->symbol].id,
                              .value = record->start,
                              .concentration = record->start_concentration};
        bk_edit_print(text, &edit);
        bk_text_add_char(text, '\n');
    }
}

static bool is_blank(const bk_layer_edit *edit)
{
    return isnan(edit->fix) && isinf(edit->low) && isinf(edit->high) &&
           !(edit->scale < 1 || edit->scale > 1);
}

static void print_level(bk_text *text, int level)
{
    if (level < 10) {
        bk_text_add_char(text, (char)('0' + level));
    } else {
        bk_text_double(text, level);
    }
}

/* Level by level what becomes of it. */
static void print_policy(bk_text *text, const bk_model *model,
                         const bk_overlay_symbol *record, bk_layer layer)
{
    const bk_symbol *const s = &model->symbols[record->symbol];
    if (s->kind != BK_LEVEL) {
        return;
    }
    bk_text_add(text, "# levels of ");
    bk_text_add(text, s->id);
    bk_text_add(text, layer == BK_BACKGROUND ? " by its rule" : " as others see them");
    for (int level = 0; level <= s->max_level; level++) {
        bk_text_add(text, level > 0 ? ", " : ": ");
        print_level(text, level);
        bk_text_add(text, "->");
        print_level(text, layer == BK_BACKGROUND
                              ? bk_overlay_drive_level(record, level, s->max_level)
                              : bk_symbol_seen_level(s, record, level, false));
    }
    if (layer == BK_TREATMENT && bk_symbol_share(s, record) < 1) {
        bk_text_add(text, "; in stochastic runs seen during a share of time of ");
        bk_text_double(text, bk_symbol_share(s, record));
    }
    bk_text_add_char(text, '\n');
}

static void print_layer(bk_text *text, const bk_model *model,
                        const bk_overlay_symbol *record, bk_layer layer)
{
    const bk_layer_edit *const edit = &record->layer[layer];
    const int32_t symbol = record->symbol;
    if (is_blank(edit)) {
        return;
    }
    if (!isnan(edit->fix)) {
        print_edit(text, model, BK_EDIT_FIX, symbol, edit->fix, 0);
    }
    if (!isinf(edit->low) || !isinf(edit->high)) {
        print_edit(text, model, BK_EDIT_BOUND, symbol, edit->low, edit->high);
    }
    if (edit->scale < 1 || edit->scale > 1) {
        print_edit(text, model, BK_EDIT_SCALE, symbol, edit->scale, 0);
    }
    print_policy(text, model, record, layer);
}

bk_status bk_overlay_describe(bk_overlay *overlay, const bk_model *model)
{
    bk_text text = {0};
    bk_text_add(&text, overlay->n_symbols + overlay->n_cuts > 0 ? "background\n" : "");
    for (size_t i = 0; i < overlay->n_symbols; i++) {
        print_start(&text, model, &overlay->symbols[i]);
        print_layer(&text, model, &overlay->symbols[i], BK_BACKGROUND);
    }
    for (size_t i = 0; i < overlay->n_cuts; i++) {
        const bk_overlay_cut *const cut = &overlay->cuts[i];
        const bk_edit edit = {.kind = BK_EDIT_CUT,
                              .name = model->symbols[cut->source].id,
                              .target = model->symbols[cut->target].id,
                              .value = cut->value};
        bk_edit_print(&text, &edit);
        bk_text_add_char(&text, '\n');
    }
    bool treated = false;
    for (size_t i = 0; i < overlay->n_symbols; i++) {
        if (!treated && !is_blank(&overlay->symbols[i].layer[BK_TREATMENT])) {
            bk_text_add(&text, "treatment\n");
            treated = true;
        }
        print_layer(&text, model, &overlay->symbols[i], BK_TREATMENT);
    }
    if (text.failed) {
        bk_text_free(&text);
        return BK_NO_MEMORY;
    }
    overlay->text = text.data;
    return BK_OK;
}
