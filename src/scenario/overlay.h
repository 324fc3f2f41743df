/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_OVERLAY_H
#define BK_SCENARIO_OVERLAY_H

/* The inside of an overlay, read by the engines.  Absent edits: NaN in start and fix,
 * -INFINITY, INFINITY, 1.  An engine loops over the touched symbols only. */

#include "model/model.h"

#include <blockade/scenario.h>

typedef struct bk_layer_edit {
    double fix, low, high, scale;
} bk_layer_edit;

typedef struct bk_overlay_symbol {
    int32_t symbol;
    double start;             /* initial value or level; NaN: none */
    bool start_concentration; /* `start [x] = v` */
    bk_layer_edit layer[2];   /* BK_BACKGROUND, BK_TREATMENT */
} bk_overlay_symbol;

typedef struct bk_overlay_cut {
    int32_t source, target; /* target: a reaction, a ruled symbol, or a level */
    double value;
} bk_overlay_cut;

struct bk_overlay {
    bk_overlay_symbol *symbols; /* ascending by symbol */
    bk_overlay_cut *cuts;       /* ascending by target, source */
    size_t n_symbols, n_cuts;
    char *text; /* what bk_overlay_print gives */
};

/* The record of a symbol, or NULL when no edit touches it.  O(log n).  overlay may be
 * NULL (no edits). */
const bk_overlay_symbol *bk_overlay_of(const bk_overlay *overlay, int32_t symbol);
/* True when `law owner` is x's own law (see scenario.h): target is x itself or, in a
 * continuous form, computes its drive; or a reaction that changes x with at most one
 * distinct reactant and one distinct product. */
bool bk_model_own_law(const bk_model *model, int32_t x, int32_t owner);

/* Logic.  The level that B gives for a drive level, and T for what others see, under
 * the policy of scenario.h; record may be NULL.  A stochastic run sees at scale 1. */
int bk_overlay_drive_level(const bk_overlay_symbol *record, int level, int max_level);
int bk_overlay_seen_level(const bk_overlay_symbol *record, int level, int max_level,
                          bool stochastic);
/* The same for a level of a model, composed with the seen_scale that the model itself
 * gives it: what a logic engine must ask.  The two scales multiply; their product is the
 * share of time during which a stochastic run shows the level (1: always). */
int bk_symbol_seen_level(const bk_symbol *symbol, const bk_overlay_symbol *record,
                         int level, bool stochastic);
double bk_symbol_share(const bk_symbol *symbol, const bk_overlay_symbol *record);

#endif
