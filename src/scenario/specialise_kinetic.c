/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/specialise.h"

#include <math.h>

/* Steps: 1. every law sees what cuts and treatments leave; 2. the laws of what the
 * background edits, and of reactions, are wrapped; 3. initial values and starts; 4.
 * what is fixed loses its rules and becomes a boundary species or a plain value. */

typedef struct law {
    bk_writing *w;
    int32_t owner;
} law;

static bk_expr wrap(bk_writing *w, const bk_layer_edit *edit, bk_expr e)
{
    bk_exprs *const pool = w->exprs;
    if (!isnan(edit->fix)) {
        return bk_written(w, bk_expr_number(pool, edit->fix));
    }
    if (edit->scale < 1 || edit->scale > 1) {
        e = bk_expr_2(pool, BK_OP_TIMES, bk_expr_number(pool, edit->scale), e);
    }
    if (edit->low > -HUGE_VAL) {
        e = bk_expr_2(pool, BK_OP_MAX, e, bk_expr_number(pool, edit->low));
    }
    if (edit->high < HUGE_VAL) {
        e = bk_expr_2(pool, BK_OP_MIN, e, bk_expr_number(pool, edit->high));
    }
    return bk_written(w, e);
}

static bk_expr see(void *context, bk_exprs *target, const bk_exprs *source,
                   bk_expr node)
{
    law *const l = context;
    bk_writing *const w = l->w;
    if (bk_expr_op(source, node) == BK_OP_RATE_OF) {
        /* The argument names what changes and is no value that could be edited. */
        return node;
    }
    if (bk_expr_op(source, node) != BK_OP_SYMBOL) {
        return BK_NO_EXPR;
    }
    const int32_t x = bk_expr_payload_of(source, node);
    const double cut = bk_cut_value(w->overlay, x, l->owner);
    if (!isnan(cut)) {
        return bk_written(w, bk_expr_number(target, cut));
    }
    const bk_overlay_symbol *const record = bk_overlay_of(w->overlay, x);
    const bk_symbol_kind kind = w->from->symbols[x].kind;
    /* What others see of a reaction is its rate, which is written into its own law. */
    if (record == NULL || kind == BK_REACTION || kind == BK_LEVEL ||
        !bk_layer_edits(&record->layer[BK_TREATMENT]) ||
        bk_model_own_law(w->from, x, l->owner)) {
        return BK_NO_EXPR;
    }
    return wrap(w, &record->layer[BK_TREATMENT], node);
}

static bk_expr rewrite(bk_writing *w, int32_t owner, bk_expr e)
{
    if (e < 0 || w->no_memory) {
        return e;
    }
    law l = {w, owner};
    return bk_written(w, bk_expr_rewrite(w->exprs, w->exprs, e, see, &l));
}

static void write_laws(bk_writing *w)
{
    bk_model *const m = w->to;
    for (int32_t i = 0; i < m->n_rules; i++) {
        const bool algebraic = m->rules[i].kind == BK_ALGEBRAIC_RULE;
        m->rules[i].math = rewrite(
            w, algebraic ? m->rules[i].solves : m->rules[i].target, m->rules[i].math);
        const bk_overlay_symbol *const record =
            bk_overlay_of(w->overlay, m->rules[i].target);
        if (record != NULL && m->rules[i].kind == BK_ASSIGNMENT_RULE &&
            m->rules[i].math >= 0) {
            m->rules[i].math = wrap(w, &record->layer[BK_BACKGROUND], m->rules[i].math);
        }
    }
    for (int32_t i = 0; i < m->n_reactions; i++) {
        bk_reaction *const reaction = &m->reactions[i];
        reaction->law = rewrite(w, reaction->symbol, reaction->law);
        const bk_overlay_symbol *const record =
            bk_overlay_of(w->overlay, reaction->symbol);
        if (record != NULL && reaction->law >= 0) {
            reaction->law = wrap(w, &record->layer[BK_BACKGROUND], reaction->law);
            reaction->law = wrap(w, &record->layer[BK_TREATMENT], reaction->law);
        }
    }
    for (int32_t i = 0; i < m->n_events; i++) {
        bk_event *const event = &m->events[i];
        event->trigger = rewrite(w, event->symbol, event->trigger);
        event->delay = rewrite(w, event->symbol, event->delay);
        event->priority = rewrite(w, event->symbol, event->priority);
        for (int32_t k = 0; k < event->assignments; k++) {
            bk_event_assignment *const a =
                &m->event_assignments[event->first_assignment + k];
            a->math = rewrite(w, event->symbol, a->math);
        }
    }
}

/* --- initial values --------------------------------------------------------------- */

static int32_t initial_of(const bk_model *model, int32_t symbol)
{
    for (int32_t i = 0; i < model->n_initials; i++) {
        if (model->initials[i].target == symbol) {
            return i;
        }
    }
    return -1;
}

static void drop_initial(bk_model *model, int32_t symbol)
{
    const int32_t found = initial_of(model, symbol);
    if (found >= 0) {
        model->n_initials--;
        for (int32_t i = found; i < model->n_initials; i++) {
            model->initials[i] = model->initials[i + 1];
        }
    }
}

/* True when laws see the amount of a species. */
static bool is_substance(const bk_model *model, const bk_symbol *s)
{
    return s->only_substance || s->compartment < 0 ||
           !(model->symbols[s->compartment].dimensions < 0 ||
             model->symbols[s->compartment].dimensions > 0 ||
             isnan(model->symbols[s->compartment].dimensions));
}

static void set_value(bk_model *model, int32_t symbol, bk_initial_kind kind,
                      double value)
{
    bk_symbol *const s = &model->symbols[symbol];
    s->initial = kind;
    s->value = value;
    drop_initial(model, symbol);
    for (int32_t i = 0; s->kind == BK_STOICHIOMETRY && i < model->n_participants; i++) {
        if (model->participants[i].symbol == symbol) {
            model->participants[i].stoichiometry = value;
            model->participants[i].math = BK_NO_EXPR;
        }
    }
}

static void write_start(bk_writing *w, const bk_overlay_symbol *record)
{
    const bool species = w->to->symbols[record->symbol].kind == BK_SPECIES;
    const bk_initial_kind kind = !species ? BK_INITIAL_VALUE
                                 : record->start_concentration
                                     ? BK_INITIAL_CONCENTRATION
                                     : BK_INITIAL_AMOUNT;
    set_value(w->to, record->symbol, kind, record->start);
}

/* The initial value of a species as laws see it. */
static bk_expr initial_expr(bk_writing *w, const bk_symbol *s)
{
    bk_exprs *const pool = w->exprs;
    const bk_expr value = bk_expr_number(pool, s->value);
    const bool concentration = s->initial == BK_INITIAL_CONCENTRATION;
    if (is_substance(w->to, s) != concentration) {
        return value;
    }
    return bk_expr_2(pool, concentration ? BK_OP_TIMES : BK_OP_DIVIDE, value,
                     bk_expr_symbol(pool, s->compartment));
}

/* The background of what has a value and no law. */
static void write_value(bk_writing *w, const bk_overlay_symbol *record)
{
    bk_model *const m = w->to;
    const bk_symbol *const s = &m->symbols[record->symbol];
    const bk_layer_edit *const edit = &record->layer[BK_BACKGROUND];
    const int32_t initial = initial_of(m, record->symbol);
    if (initial >= 0) {
        m->initials[initial].math = wrap(w, edit, m->initials[initial].math);
    } else if (s->kind == BK_SPECIES) {
        const bk_initial_assignment made = {
            .target = record->symbol,
            .math = wrap(w, edit, bk_written(w, initial_expr(w, s))),
            .where = s->where};
        bk_builder_initial(w->builder, &made);
    } else {
        const double scaled = edit->scale * s->value;
        set_value(m, record->symbol, BK_INITIAL_VALUE,
                  scaled < edit->low    ? edit->low
                  : scaled > edit->high ? edit->high
                                        : scaled);
    }
}

/* --- fixed symbols ---------------------------------------------------------------- */

static void drop_rules(bk_model *model, int32_t symbol)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < model->n_rules; i++) {
        if (model->rules[i].target != symbol && model->rules[i].solves != symbol) {
            model->rules[kept++] = model->rules[i];
        }
    }
    model->n_rules = kept;
}

static void drop_event_assignments(bk_model *model, int32_t symbol)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < model->n_events; i++) {
        bk_event *const event = &model->events[i];
        const int32_t first = kept;
        for (int32_t k = 0; k < event->assignments; k++) {
            const bk_event_assignment *const a =
                &model->event_assignments[event->first_assignment + k];
            if (a->target != symbol) {
                model->event_assignments[kept++] = *a;
            }
        }
        event->first_assignment = first;
        event->assignments = kept - first;
    }
    model->n_event_assignments = kept;
}

static void write_fixed(bk_writing *w, int32_t symbol, double value)
{
    bk_model *const m = w->to;
    bk_symbol *const s = &m->symbols[symbol];
    drop_rules(m, symbol);
    drop_event_assignments(m, symbol);
    s->constant = true; /* so that no algebraic rule determines it */
    const bk_initial_kind kind = s->kind != BK_SPECIES ? BK_INITIAL_VALUE
                                 : is_substance(m, s)  ? BK_INITIAL_AMOUNT
                                                       : BK_INITIAL_CONCENTRATION;
    set_value(m, symbol, kind, value);
    if (s->kind == BK_SPECIES) {
        s->boundary = true;
    }
}

static bool has_rule(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].rule >= 0;
}

void bk_write_kinetics(bk_writing *w)
{
    write_laws(w);
    for (size_t i = 0; i < w->overlay->n_symbols && !w->no_memory; i++) {
        const bk_overlay_symbol *const record = &w->overlay->symbols[i];
        const bk_symbol_kind kind = w->from->symbols[record->symbol].kind;
        const bk_layer_edit *const background = &record->layer[BK_BACKGROUND];
        if (kind == BK_LEVEL || kind == BK_REACTION || kind == BK_EVENT ||
            kind == BK_OBJECTIVE) {
            continue;
        }
        if (!isnan(record->start)) {
            write_start(w, record);
        }
        if (!isnan(background->fix)) {
            write_fixed(w, record->symbol, background->fix);
        } else if (bk_layer_edits(background) && !has_rule(w->from, record->symbol)) {
            write_value(w, record);
        }
    }
}
