/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/overlay.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

void bk_overlay_free(bk_overlay *overlay)
{
    if (overlay != NULL) {
        bk_free(overlay->symbols);
        bk_free(overlay->cuts);
        bk_free(overlay->text);
        bk_free(overlay);
    }
}

bk_status bk_overlay_print(const bk_overlay *overlay, const bk_model *model,
                           char **text)
{
    (void)model;
    const size_t size = strlen(overlay->text) + 1;
    char *const copy = bk_alloc(size);
    if (copy == NULL) {
        return BK_NO_MEMORY;
    }
    memcpy(copy, overlay->text, size);
    *text = copy;
    return BK_OK;
}

const bk_overlay_symbol *bk_overlay_of(const bk_overlay *overlay, int32_t symbol)
{
    size_t low = 0;
    size_t high = overlay != NULL ? overlay->n_symbols : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bk_overlay_symbol *const record = &overlay->symbols[middle];
        if (record->symbol == symbol) {
            return record;
        }
        if (record->symbol < symbol) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* The one species of a role in a reaction: -1 none, -2 several. */
static int32_t only_one(const bk_model *model, const bk_reaction *reaction,
                        bk_role role)
{
    int32_t species = -1;
    for (int32_t i = 0; i < reaction->participants; i++) {
        const bk_participant *const p =
            &model->participants[reaction->first_participant + i];
        if (p->role == role && p->species != species) {
            if (species != -1) {
                return -2;
            }
            species = p->species;
        }
    }
    return species;
}

bool bk_model_own_law(const bk_model *model, int32_t x, int32_t owner)
{
    if (x == owner) {
        return true;
    }
    const int32_t drive = model->symbols[x].drive;
    const bk_symbol *const law = &model->symbols[owner];
    /* What a continuous form computes of the drive in parts is the law of x as well. */
    if (drive >= 0 &&
        (owner == drive || (law->kind == BK_PARAMETER && law->owner == drive))) {
        return true;
    }
    const bk_symbol *const symbol = &model->symbols[x];
    if (law->kind != BK_REACTION || law->item < 0 || symbol->boundary ||
        symbol->constant || symbol->rule >= 0) {
        return false;
    }
    const bk_reaction *const reaction = &model->reactions[law->item];
    const int32_t reactant = only_one(model, reaction, BK_REACTANT);
    const int32_t product = only_one(model, reaction, BK_PRODUCT);
    return reactant != -2 && product != -2 && (x == reactant || x == product);
}

/* A level that a number stands for; halves go up. */
static int rounded(double value, int max_level)
{
    const double level = floor(value + 0.5);
    if (!(level > 0)) {
        return 0;
    }
    return level >= max_level ? max_level : (int)level;
}

/* What is left of a level; halves go down. */
static int scaled(int level, double scale, int max_level)
{
    const double left = ceil(level * scale - 0.5);
    if (!(left > 0)) {
        return 0;
    }
    return left >= max_level ? max_level : (int)left;
}

static int layer_level(const bk_layer_edit *edit, double scale, int level,
                       int max_level)
{
    if (!isnan(edit->fix)) {
        return rounded(edit->fix, max_level);
    }
    const int low = rounded(edit->low, max_level);
    const int high = rounded(edit->high, max_level);
    const int left = scaled(level, scale, max_level);
    return left < low ? low : left > high ? high : left;
}

int bk_overlay_drive_level(const bk_overlay_symbol *record, int level, int max_level)
{
    if (record == NULL) {
        return level;
    }
    const bk_layer_edit *const edit = &record->layer[BK_BACKGROUND];
    return layer_level(edit, edit->scale, level, max_level);
}

int bk_overlay_seen_level(const bk_overlay_symbol *record, int level, int max_level,
                          bool stochastic)
{
    if (record == NULL) {
        return level;
    }
    const bk_layer_edit *const edit = &record->layer[BK_TREATMENT];
    return layer_level(edit, stochastic ? 1 : edit->scale, level, max_level);
}

int bk_symbol_seen_level(const bk_symbol *symbol, const bk_overlay_symbol *record,
                         int level, bool stochastic)
{
    static const bk_layer_edit none = {
        .fix = (double)NAN, .low = -HUGE_VAL, .high = HUGE_VAL, .scale = 1};
    const bk_layer_edit *const edit =
        record != NULL ? &record->layer[BK_TREATMENT] : &none;
    return layer_level(edit, stochastic ? 1 : symbol->seen_scale * edit->scale, level,
                       symbol->max_level);
}

double bk_symbol_share(const bk_symbol *symbol, const bk_overlay_symbol *record)
{
    const double scale = record != NULL ? record->layer[BK_TREATMENT].scale : 1;
    if (record != NULL && !isnan(record->layer[BK_TREATMENT].fix)) {
        return 1;
    }
    return fmin(symbol->seen_scale * scale, 1);
}
