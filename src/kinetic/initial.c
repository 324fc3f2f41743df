/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/history.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Initial values.  Initial assignments, assignment rules and the conversions between
 * amounts and concentrations depend on each other in any mixture, so they are sorted
 * into one list of steps, which every run walks through under its own edits. */

typedef struct listing {
    bk_kin_build *build;
    int32_t *item_of; /* [first_partial] by slot, or -1 */
    int32_t *starts, *items;
    size_t n_items, items_capacity, capacity;
} listing;

static bool add_step(listing *l, bk_kin_initial step)
{
    bk_kin_system *const s = l->build->system;
    if (!bk_grow(&s->initials, &l->capacity, (size_t)s->n_initials + 1,
                 sizeof *s->initials)) {
        return false;
    }
    l->item_of[step.slot] = s->n_initials;
    s->initials[s->n_initials++] = step;
    return true;
}

static bool list_steps(listing *l)
{
    const bk_model *const m = l->build->model;
    bk_kin_system *const s = l->build->system;
    bool good = true;
    for (int32_t i = 0; good && i < s->n_nodes; i++) {
        const bk_kin_node *const node = &s->nodes[i];
        if (node->kind != BK_KIN_QUANTITY && node->kind != BK_KIN_AMOUNT &&
            node->kind != BK_KIN_TRIGGER) {
            good = add_step(l, (bk_kin_initial){BK_KIN_INITIAL_NODE, node->owner,
                                                node->slot, i, node->math, -1});
        }
    }
    for (int32_t i = 0; good && i < m->n_initials; i++) {
        const int32_t target = m->initials[i].target;
        if (m->initials[i].math >= 0 && l->item_of[target] < 0) {
            good = add_step(l, (bk_kin_initial){BK_KIN_INITIAL_LAW, target, target, -1,
                                                l->build->begins[i], -1});
        }
    }
    for (int32_t i = 0; good && i < m->n_symbols; i++) {
        if (m->symbols[i].kind == BK_SPECIES && l->item_of[i] < 0) {
            good = add_step(
                l, (bk_kin_initial){BK_KIN_INITIAL_VALUE, i, i, -1, BK_NO_EXPR, -1});
        }
    }
    return good && !l->build->no_memory;
}

static void depend(void *context, int32_t slot)
{
    listing *const l = context;
    if (l->item_of[slot] < 0 || l->build->no_memory) {
        return;
    }
    if (!bk_grow(&l->items, &l->items_capacity, l->n_items + 1, sizeof *l->items)) {
        l->build->no_memory = true;
        return;
    }
    l->items[l->n_items++] = l->item_of[slot];
}

static void refuse_cycle(bk_kin_build *b, const int32_t *members)
{
    const bk_kin_initial *const steps = b->system->initials;
    for (int32_t k = 0; members[k] >= 0; k++) {
        if (steps[members[k]].kind == BK_KIN_INITIAL_NODE &&
            bk_kin_tear(b, steps[members[k]].owner)) {
            return;
        }
    }
    const bk_symbol *const symbol = &b->model->symbols[steps[members[0]].owner];
    bk_kin_refuse(b, symbol->where, "the initial value of \"%s\" depends on itself",
                  symbol->id);
}

static int32_t *sort_steps(listing *l)
{
    bk_kin_build *const b = l->build;
    bk_kin_system *const s = b->system;
    const size_t n = (size_t)s->n_initials + 1;
    l->starts = bk_alloc(n * sizeof *l->starts);
    int32_t *const order = bk_alloc(n * sizeof *order);
    for (int32_t i = 0; l->starts != NULL && i < s->n_initials; i++) {
        const bk_kin_initial *const step = &s->initials[i];
        l->starts[i] = (int32_t)l->n_items;
        if (step->math >= 0) {
            bk_expr_symbols(s->pool, step->math, depend, l);
        }
        const bk_kin_delay *const delay = bk_kin_delay_at(s, step->slot);
        if (delay != NULL && !delay->loose) {
            depend(l, delay->argument);
        }
        s->past_varies =
            s->past_varies ||
            (step->math >= 0 && bk_expr_uses_op(s->pool, step->math, BK_OP_TIME));
        const bk_symbol *const symbol = &b->model->symbols[step->owner];
        if (step->kind != BK_KIN_INITIAL_NODE && symbol->kind == BK_SPECIES &&
            symbol->compartment >= 0) {
            depend(l, symbol->compartment);
        }
    }
    if (l->starts == NULL || order == NULL || b->no_memory) {
        b->no_memory = true;
        bk_free(order);
        return NULL;
    }
    l->starts[s->n_initials] = (int32_t)l->n_items;
    const int32_t cycle = bk_kin_sort(s->n_initials, l->starts, l->items, order);
    if (cycle >= 0) {
        refuse_cycle(b, order);
    }
    b->no_memory = b->no_memory || cycle == -2;
    if (cycle != -1) {
        bk_free(order);
        return NULL;
    }
    return order;
}

typedef struct tracing {
    const bk_kin_build *build;
    const bool *tainted; /* [first_partial] by slot */
    bool found;
} tracing;

static void trace(void *context, int32_t slot)
{
    tracing *const t = context;
    const bk_kin_system *const s = t->build->system;
    const int32_t v = slot < s->symbols ? s->variable_of[slot] : -1;
    const bool rule = v >= 0 && s->implicit[v] && t->build->rules[slot] >= 0;
    t->found = t->found || t->tainted[slot] || rule;
}

/* Whether an initial value (not a value under a rule) depends on implicit variables. */
static bool trace_implicit(bk_kin_build *b)
{
    bk_kin_system *const s = b->system;
    bool *const tainted = bk_alloc_zero((size_t)s->first_partial + 1, sizeof *tainted);
    if (tainted == NULL) {
        return false;
    }
    for (int32_t k = 0; k < s->n_initials; k++) {
        const bk_kin_initial *const step = &s->initials[k];
        const bk_symbol *const symbol = &b->model->symbols[step->owner];
        tracing t = {b, tainted, false};
        if (step->math >= 0) {
            bk_expr_symbols(s->pool, step->math, trace, &t);
        }
        if (step->kind != BK_KIN_INITIAL_NODE && symbol->compartment >= 0) {
            trace(&t, symbol->compartment);
        }
        tainted[step->slot] = t.found;
        s->initials_implicit =
            s->initials_implicit || (t.found && step->kind != BK_KIN_INITIAL_NODE);
    }
    bk_free(tainted);
    return true;
}

static bool make_program(bk_kin_build *b, const int32_t *order)
{
    bk_kin_system *const s = b->system;
    bk_kin_initial *const sorted =
        bk_alloc(((size_t)s->n_initials + 1) * sizeof *sorted);
    bk_program_builder *const builder =
        bk_program_builder_new(s->symbols, s->slots - s->symbols);
    if (sorted == NULL || builder == NULL) {
        bk_free(sorted);
        bk_program_builder_free(builder);
        return false;
    }
    bk_status status = BK_OK;
    for (int32_t k = 0; k < s->n_initials; k++) {
        sorted[k] = s->initials[order[k]];
        if (sorted[k].math >= 0 && status == BK_OK) {
            status = bk_program_add(builder, s->pool, sorted[k].math, sorted[k].slot,
                                    &sorted[k].law);
        }
    }
    bk_free(s->initials);
    s->initials = sorted;
    if (status != BK_OK) {
        bk_program_builder_free(builder);
        return false;
    }
    return bk_program_finish(builder, &s->initial) == BK_OK;
}

bool bk_kin_build_initial(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    listing l = {.build = build};
    const size_t slots = (size_t)s->first_partial + 1;
    l.item_of = bk_alloc(slots * sizeof *l.item_of);
    bool good = l.item_of != NULL;
    if (good) {
        memset(l.item_of, -1, slots * sizeof *l.item_of);
        good = list_steps(&l);
    }
    int32_t *const order = good ? sort_steps(&l) : NULL;
    good = good && !build->no_memory;
    if (order != NULL) {
        good =
            make_program(build, order) && (s->n_implicit == 0 || trace_implicit(build));
    }
    bk_free(order);
    bk_free(l.item_of);
    bk_free(l.starts);
    bk_free(l.items);
    return good ? !build->refused && !build->again : bk_kin_fail(build);
}

/* --- per run ---------------------------------------------------------------------------- */

static double size_of(const bk_kin_work *w, const double *slots, int32_t species)
{
    const int32_t compartment = w->system->head.model->symbols[species].compartment;
    return compartment < 0 ? 1.0 : slots[compartment];
}

/* An amount or a concentration as what laws see of the species. */
static double as_seen(const bk_kin_work *w, const double *slots, int32_t species,
                      double value, bool concentration)
{
    if (w->system->substance[species] == !concentration) {
        return value;
    }
    const double size = size_of(w, slots, species);
    return concentration ? value * size : value / size;
}

/* The variable that stands for a symbol where it is implicit and free, else -1. */
static int32_t implicit_of(const bk_kin_work *w, int32_t symbol)
{
    const int32_t v = w->system->variable_of[symbol];
    return v >= 0 && w->system->implicit[v] && !bk_kin_is_held(w, v) ? v : -1;
}

static void put_guesses(const bk_kin_work *w, double *slots)
{
    const bk_kin_system *const s = w->system;
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        if (s->implicit[v]) {
            if (!bk_kin_is_held(w, v)) {
                slots[s->variable[v]] = w->guesses[i];
            }
            i++;
        }
    }
}

/* A sweep over the steps: at the start (depth 0), or at a time before it, which the
 * delays of another sweep look at. */
typedef struct sweep {
    bk_kin_work *w;
    double *slots;
    double time;
    int depth;
    const unsigned char *needed; /* [n_initials] or NULL: all */
} sweep;

/* The law of a node that is not all of its value. */
static void finish_node(const sweep *p, const bk_kin_initial *step)
{
    const bk_kin_system *const s = p->w->system;
    const bk_kin_kind kind = s->nodes[step->node].kind;
    double *const value = &p->slots[step->slot];
    if (kind == BK_KIN_DELAY) {
        const bk_kin_delay *const delay = bk_kin_delay_at(s, step->slot);
        const double lag = *value;
        *value = lag > 0.0 ? bk_kin_past_value(p->w, (int32_t)(delay - s->delays),
                                               p->time - lag, p->depth + 1)
                 : lag == 0.0 && !delay->loose ? p->slots[delay->argument]
                                               : (double)NAN;
    } else if (kind == BK_KIN_RATE_OF && p->depth > 0 &&
               (s->variable_of[step->owner] >= 0 || s->amount_slot[step->owner] >= 0)) {
        *value = 0.0;
    }
}

static void take_step(const sweep *p, const bk_kin_initial *step)
{
    bk_kin_work *const w = p->w;
    double *const slots = p->slots;
    if ((w->guessing || p->depth > 0) && step->slot == step->owner &&
        implicit_of(w, step->owner) >= 0) {
        return;
    }
    const bk_symbol *const symbol = &w->system->head.model->symbols[step->owner];
    const bk_kin_touched *const touched = bk_kin_touched_of(w, step->owner);
    const bool started = touched != NULL && !isnan(touched->record->start) &&
                         step->kind != BK_KIN_INITIAL_NODE;
    if (started) {
        slots[step->slot] = symbol->kind == BK_SPECIES
                                ? as_seen(w, slots, step->owner, touched->record->start,
                                          touched->record->start_concentration)
                                : touched->record->start;
    } else if (step->law >= 0) {
        bk_program_run(w->initial, step->law, step->law + 1, slots, p->time, BK_FREE,
                       w->initial_status, NULL);
        if (step->node >= 0) {
            finish_node(p, step);
        }
    } else if (symbol->initial != BK_INITIAL_NONE) {
        slots[step->slot] = as_seen(w, slots, step->owner, symbol->value,
                                    symbol->initial == BK_INITIAL_CONCENTRATION);
    }
    if (touched != NULL && step->slot == step->owner) {
        bk_kin_edit_value(w, touched, slots);
    }
    if (step->slot == w->nudged) {
        slots[step->slot] += w->nudge;
    }
}

static void take_steps(const sweep *p)
{
    bk_kin_work *const w = p->w;
    const bk_kin_system *const s = w->system;
    const bk_model *const m = s->head.model;
    for (int32_t i = 0; i < s->symbols; i++) {
        const bk_symbol *const symbol = &m->symbols[i];
        p->slots[i] =
            symbol->kind == BK_LEVEL ? (double)symbol->start_level : symbol->value;
    }
    for (size_t i = 0; i < w->n_touched; i++) {
        bk_kin_touched *const t = &w->touched[i];
        if (!isnan(t->record->start) && m->symbols[t->symbol].kind != BK_SPECIES) {
            p->slots[t->symbol] = t->record->start;
        }
        bk_kin_edit_value(w, t, p->slots); /* again where a step computes it */
    }
    for (size_t i = 0; i < w->n_cuts; i++) {
        p->slots[s->first_cut + (int32_t)i] = w->cuts[i];
    }
    p->slots[w->nudged] += s->symbols > 0 ? w->nudge : 0.0;
    if (w->guessing || p->depth > 0) {
        put_guesses(w, p->slots);
    }
    for (int32_t k = 0; k < s->n_initials; k++) {
        if (p->needed == NULL || p->needed[k] != 0) {
            take_step(p, &s->initials[k]);
        }
    }
}

double bk_kin_past_value(bk_kin_work *w, int32_t delay, double time, int depth)
{
    const bk_kin_history *const h = w->history;
    const bk_kin_system *const s = w->system;
    const sweep p = {w, h->past + (size_t)(depth - 1) * h->past_slots, time, depth,
                     s->past_steps + (size_t)delay * (size_t)s->n_initials};
    take_steps(&p);
    return p.slots[s->delays[delay].argument];
}

void bk_kin_initial_values(bk_kin_work *w, double time)
{
    const bk_kin_system *const s = w->system;
    double *const slots = w->initial_slots;
    take_steps(&(sweep){w, slots, time, 0, NULL});
    memcpy(w->slots, slots, (size_t)s->symbols * sizeof *slots);
    for (int32_t i = 0; i < s->symbols; i++) {
        if (s->amount_slot[i] >= 0) {
            w->slots[s->amount_slot[i]] = slots[i] * size_of(w, slots, i);
        }
    }
}

/* The part of y that a symbol's value stands for. */
double bk_kin_state_of(const bk_kin_work *w, int32_t variable)
{
    const bk_kin_system *const s = w->system;
    const int32_t symbol = s->variable[variable];
    const double value = w->slots[symbol];
    if (!s->variable_amount[variable]) {
        return value;
    }
    const bk_symbol *const about = &s->head.model->symbols[symbol];
    const double size = size_of(w, w->slots, symbol);
    if (about->initial == BK_INITIAL_AMOUNT && value == about->value / size) {
        return about->value; /* spares the rounding */
    }
    return value * size;
}
