/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/specialise.h"

#include "base/alloc.h"

#include <math.h>

/* Steps: 1. the conditions of every rule see what cuts and treatments leave; 2. the
 * levels that rules give go through the background; 3. starts, fixes and inputs. */

typedef struct condition {
    bk_writing *w;
    int32_t target;
} condition;

/* The number of a relation between a level and a number; false when it is none. */
static bool read_relation(const bk_exprs *pool, bk_expr e, int32_t *symbol,
                          double *number, bool *mirrored)
{
    if (!bk_op_is_relation(bk_expr_op(pool, e))) {
        return false;
    }
    const bk_expr a = bk_expr_arg(pool, e, 0);
    const bk_expr b = bk_expr_arg(pool, e, 1);
    const bk_op first = bk_expr_op(pool, a);
    const bk_op second = bk_expr_op(pool, b);
    *mirrored = first == BK_OP_NUMBER && second == BK_OP_SYMBOL;
    if (!*mirrored && (first != BK_OP_SYMBOL || second != BK_OP_NUMBER)) {
        return false;
    }
    *symbol = bk_expr_payload_of(pool, *mirrored ? b : a);
    *number = bk_expr_value(pool, *mirrored ? a : b);
    return true;
}

/* The levels from..to of a symbol as a condition. */
static bk_expr between(bk_writing *w, int32_t symbol, int from, int to, int max)
{
    bk_exprs *const pool = w->exprs;
    bk_expr parts[2];
    int n = 0;
    if (from > 0) {
        parts[n++] = bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, symbol),
                               bk_expr_number(pool, from));
    }
    if (to < max) {
        parts[n++] = bk_expr_2(pool, BK_OP_LEQ, bk_expr_symbol(pool, symbol),
                               bk_expr_number(pool, to));
    }
    return n == 0   ? bk_expr_0(pool, BK_OP_TRUE)
           : n == 1 ? parts[0]
                    : bk_expr_make(pool, BK_OP_AND, parts, n);
}

/* The level that stands for one of x where the target reads it. */
static int seen_by_target(const condition *c, int32_t x, int level, double cut)
{
    const bk_symbol *const s = &c->w->from->symbols[x];
    bk_overlay_symbol record = {.symbol = x};
    if (!isnan(cut)) {
        record.layer[BK_TREATMENT] = (bk_layer_edit){.fix = cut};
    } else {
        record = *bk_overlay_of(c->w->overlay, x);
        record.layer[BK_TREATMENT].scale = 1;
    }
    return bk_overlay_seen_level(&record, level, s->max_level, false);
}

static bk_expr see(void *context, bk_exprs *target, const bk_exprs *source,
                   bk_expr node)
{
    condition *const c = context;
    int32_t x;
    double number;
    bool mirrored;
    if (!read_relation(source, node, &x, &number, &mirrored)) {
        return BK_NO_EXPR;
    }
    const bk_overlay_symbol *const record = bk_overlay_of(c->w->overlay, x);
    const double cut = bk_cut_value(c->w->overlay, x, c->target);
    if (isnan(cut) && (x == c->target || record == NULL ||
                       !bk_layer_edits(&record->layer[BK_TREATMENT]))) {
        return BK_NO_EXPR;
    }
    const int max = c->w->from->symbols[x].max_level;
    const bk_op op = bk_expr_op(source, node);
    bk_expr all = BK_NO_EXPR;
    int from = -1;
    for (int level = 0; level <= max + 1; level++) {
        const double seen = level <= max ? seen_by_target(c, x, level, cut) : 0;
        const double args[2] = {mirrored ? number : seen, mirrored ? seen : number};
        const bool holds = level <= max && bk_op_apply(op, args, 2) != 0;
        if (holds && from < 0) {
            from = level;
        } else if (!holds && from >= 0) {
            const bk_expr run =
                bk_written(c->w, between(c->w, x, from, level - 1, max));
            all =
                all < 0 ? run : bk_written(c->w, bk_expr_2(target, BK_OP_OR, all, run));
            from = -1;
        }
    }
    return all >= 0 ? all : bk_written(c->w, bk_expr_0(target, BK_OP_FALSE));
}

static void write_conditions(bk_writing *w)
{
    for (int32_t i = 0; i < w->to->n_logics && !w->no_memory; i++) {
        const bk_logic logic = w->to->logics[i];
        condition c = {w, logic.target};
        for (int32_t k = 0; k < logic.terms && !w->no_memory; k++) {
            const int32_t term = logic.first_term + k;
            const bk_expr made = bk_expr_rewrite(w->exprs, w->exprs,
                                                 w->to->terms[term].condition, see, &c);
            w->to->terms[term].condition = bk_written(w, made);
        }
    }
}

/* Terms that no rule has any more are taken out, so that none stands for itself. */
static void drop_terms(bk_model *model, bk_logic *logic)
{
    const int32_t first = logic->first_term;
    const int32_t n = logic->terms;
    for (int32_t i = first; i + n < model->n_terms; i++) {
        model->terms[i] = model->terms[i + n];
    }
    model->n_terms -= n;
    for (int32_t i = 0; i < model->n_logics; i++) {
        if (model->logics[i].first_term > first) {
            model->logics[i].first_term -= n;
        }
    }
    logic->terms = 0;
}

/* The rule of a level goes through the background. */
static void write_drive(bk_writing *w, const bk_overlay_symbol *record, bk_logic *logic)
{
    const int max = w->to->symbols[record->symbol].max_level;
    if (!isnan(record->layer[BK_BACKGROUND].fix)) {
        drop_terms(w->to, logic);
    }
    logic->otherwise = bk_overlay_drive_level(record, logic->otherwise, max);
    for (int32_t k = 0; k < logic->terms; k++) {
        bk_term *const term = &w->to->terms[logic->first_term + k];
        const int level = bk_overlay_drive_level(record, term->level, max);
        term->rate = level == term->level ? term->rate : 0;
        term->level = level;
    }
}

/* An input moves from its start to what the background makes of it, as if it had a
 * rule that is this level; where the two are the same it stays an input. */
static void write_input(bk_writing *w, const bk_overlay_symbol *record)
{
    const bk_symbol *const s = &w->to->symbols[record->symbol];
    const int start = s->start_level > 0 ? s->start_level : 0;
    const int drive = bk_overlay_drive_level(record, start, s->max_level);
    /* One whose start is drawn may start elsewhere, and is then led to the same level. */
    const bool one =
        drive == bk_overlay_drive_level(record, 0, s->max_level) &&
        drive == bk_overlay_drive_level(record, s->max_level, s->max_level);
    if (drive != start || (one && w->to->n_starts > 0)) {
        bk_builder_logic(w->builder, &(bk_logic){.target = record->symbol,
                                                 .otherwise = drive,
                                                 .rate_up = 1,
                                                 .rate_down = 1,
                                                 .where = s->where});
    }
}

/* A level whose start is said takes it in every start that is drawn. */
static void write_drawn(bk_writing *w, int32_t symbol, int level)
{
    for (int32_t g = 0; g < w->to->n_starts; g++) {
        const bk_start_group *const group = &w->to->starts[g];
        for (int32_t k = 0; k < group->n; k++) {
            for (int32_t i = 0; i < group->states && group->levels[k] == symbol; i++) {
                group->values[i * group->n + k] = (uint8_t)level;
            }
        }
    }
}

static void write_level(bk_writing *w, const bk_overlay_symbol *record)
{
    bk_symbol *const s = &w->to->symbols[record->symbol];
    const int32_t item = s->item;
    const bk_layer_edit *const treatment = &record->layer[BK_TREATMENT];
    if (!isnan(record->start)) {
        const bk_overlay_symbol started = {
            .layer = {[BK_BACKGROUND] = {.fix = record->start}}};
        s->start_level = bk_overlay_drive_level(&started, 0, s->max_level);
        write_drawn(w, record->symbol, s->start_level);
    }
    if (!isnan(record->layer[BK_BACKGROUND].fix)) {
        s->start_level = bk_overlay_drive_level(record, 0, s->max_level);
        write_drawn(w, record->symbol, s->start_level);
    }
    if (!isnan(treatment->fix)) {
        s->seen_scale = 1;
    } else {
        s->seen_scale *= treatment->scale;
    }
    if (item >= 0) {
        write_drive(w, record, &w->to->logics[item]);
    } else if (bk_layer_edits(&record->layer[BK_BACKGROUND])) {
        write_input(w, record);
    }
}

void bk_write_logic(bk_writing *w)
{
    write_conditions(w);
    for (size_t i = 0; i < w->overlay->n_symbols && !w->no_memory; i++) {
        const bk_overlay_symbol *const record = &w->overlay->symbols[i];
        if (w->to->symbols[record->symbol].kind == BK_LEVEL) {
            write_level(w, record);
        }
    }
}
