/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/work.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* An overlay as data: which operands are redirected, after which laws a value is edited,
 * which partial derivatives are multiplied, which variables are held. */

bool bk_kin_edited(const bk_layer_edit *e)
{
    return !isnan(e->fix) || e->low > -(double)INFINITY || e->high < (double)INFINITY ||
           e->scale != 1.0;
}

static double layer_value(const bk_layer_edit *e, double x, double *factor)
{
    if (!isnan(e->fix)) {
        *factor = 0.0;
        return e->fix;
    }
    const double scaled = e->scale == 1.0 ? x : e->scale * x;
    *factor = e->scale;
    if (scaled < e->low || scaled > e->high) {
        *factor = 0.0;
        return scaled < e->low ? e->low : e->high;
    }
    return scaled;
}

bk_kin_touched *bk_kin_touched_of(const bk_kin_work *w, int32_t symbol)
{
    size_t low = 0;
    size_t high = w->n_touched;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (w->touched[middle].symbol < symbol) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < w->n_touched && w->touched[low].symbol == symbol ? &w->touched[low]
                                                                  : NULL;
}

static void apply(const bk_kin_work *w, bk_kin_touched *t, double *slots, bool initial)
{
    const bool reaction = w->system->head.model->symbols[t->symbol].kind == BK_REACTION;
    double *const value = &slots[t->symbol];
    t->drive_factor = t->seen_factor = 1.0;
    if (t->background && (initial || !t->initially)) {
        *value =
            layer_value(&t->record->layer[BK_BACKGROUND], *value, &t->drive_factor);
    }
    t->drive = *value;
    double seen = *value;
    if (t->treatment) {
        seen = layer_value(&t->record->layer[BK_TREATMENT], *value, &t->seen_factor);
    }
    slots[w->system->first_seen + t->symbol] = seen;
    if (reaction) {
        *value = seen;
        t->drive_factor *= t->seen_factor;
        t->seen_factor = 1.0;
    }
}

void bk_kin_edit_value(const bk_kin_work *w, const bk_kin_touched *touched,
                       double *slots)
{
    bk_kin_touched t = *touched;
    apply(w, &t, slots, true);
}

void bk_kin_edit(bk_kin_work *w, bk_kin_touched *touched)
{
    apply(w, touched, w->slots, false);
}

bool bk_kin_is_held(const bk_kin_work *w, int32_t variable)
{
    for (size_t i = 0; i < w->n_held; i++) {
        if (w->held[i] == variable) {
            return true;
        }
    }
    return false;
}

/* --- binding ---------------------------------------------------------------------------- */

typedef struct binding {
    bk_kin_work *w;
    const bk_overlay *overlay;
    bk_diag *diag;
    bool refused, no_memory;
} binding;

static void refuse(binding *b, const char *what, int32_t symbol)
{
    const bk_symbol *const s = &b->w->system->head.model->symbols[symbol];
    bk_diag_add(
        b->diag, BK_ERROR, s->where, "kinetic-edit",
        "background %s of \"%s\": %s changes by its own dynamics and has no drive "
        "to act on; edit a reaction, a rate rule's parameter, or use the treatment "
        "layer (what others see of it)",
        what, s->id, s->id);
    b->refused = true;
}

static bool under_algebraic_rule(const bk_model *model, int32_t symbol)
{
    for (int32_t r = 0; r < model->n_rules; r++) {
        if (model->rules[r].solves == symbol) {
            return true;
        }
    }
    return false;
}

static void refuse_algebraic(binding *b, int32_t symbol)
{
    const bk_symbol *const s = &b->w->system->head.model->symbols[symbol];
    bk_diag_add(b->diag, BK_ERROR, s->where, "kinetic-edit",
                "background scale or bound of \"%s\": an algebraic rule determines "
                "it, and has no drive to act on; fix it (which suspends the rule), or "
                "use the treatment layer (what others see of it)",
                s->id);
    b->refused = true;
}

static void refuse_fast(binding *b, int32_t symbol)
{
    const bk_symbol *const s = &b->w->system->head.model->symbols[symbol];
    bk_diag_add(b->diag, BK_ERROR, s->where, "kinetic-edit",
                "background edit of \"%s\": it takes part in the equilibrium of fast "
                "reactions; start it elsewhere, or use the treatment layer",
                s->id);
    b->refused = true;
}

static void hold(binding *b, int32_t variable)
{
    bk_kin_work *const w = b->w;
    if (bk_kin_is_held(w, variable)) {
        return;
    }
    if (!bk_grow(&w->held, &w->held_capacity, w->n_held + 1, sizeof *w->held)) {
        b->no_memory = true;
        return;
    }
    w->held[w->n_held++] = variable;
}

static void touch(binding *b, const bk_overlay_symbol *record)
{
    bk_kin_work *const w = b->w;
    const bk_kin_system *const s = w->system;
    if (!bk_grow(&w->touched, &w->touched_capacity, w->n_touched + 1,
                 sizeof *w->touched)) {
        b->no_memory = true;
        return;
    }
    const bk_layer_edit *const background = &record->layer[BK_BACKGROUND];
    w->touched[w->n_touched++] =
        (bk_kin_touched){.symbol = record->symbol,
                         .record = record,
                         .initially = s->amount_slot[record->symbol] >= 0 ||
                                      s->variable_of[record->symbol] >= 0,
                         .background = bk_kin_edited(background),
                         .treatment = bk_kin_edited(&record->layer[BK_TREATMENT]),
                         .drive_factor = 1.0,
                         .seen_factor = 1.0};
    if (s->fast != NULL && s->fast->species[record->symbol] &&
        bk_kin_edited(background)) {
        refuse_fast(b, record->symbol);
        return;
    }
    const int32_t variable = s->variable_of[record->symbol];
    if (bk_kin_edited(background) && isnan(background->fix) &&
        under_algebraic_rule(s->head.model, record->symbol)) {
        refuse_algebraic(b, record->symbol);
        return;
    }
    if (variable < 0 || !bk_kin_edited(background)) {
        return;
    }
    if (!isnan(background->fix)) {
        hold(b, variable);
    } else {
        refuse(b, background->scale != 1.0 ? "scale" : "bound", record->symbol);
    }
}

static void add_halt(binding *b, int32_t law, int32_t touched, int32_t slot)
{
    bk_kin_work *const w = b->w;
    if (!bk_grow(&w->halts, &w->halts_capacity, w->n_halts + 1, sizeof *w->halts)) {
        b->no_memory = true;
        return;
    }
    w->halts[w->n_halts++] = (bk_kin_halt){law, touched, slot};
}

bool bk_kin_value_node(const bk_kin_node *node)
{
    return node->slot == node->owner &&
           (node->kind == BK_KIN_RULE || node->kind == BK_KIN_RATE ||
            node->kind == BK_KIN_QUANTITY || node->kind == BK_KIN_STOICHIOMETRY);
}

/* In law order, since nodes are. */
static void find_halts(binding *b)
{
    bk_kin_work *const w = b->w;
    const bk_kin_system *const s = w->system;
    for (int32_t i = 0; i < s->n_nodes && !b->no_memory; i++) {
        const bk_kin_node *const node = &s->nodes[i];
        const bk_kin_touched *const t = bk_kin_touched_of(w, node->owner);
        const bool fixed = t != NULL && !isnan(t->record->layer[BK_BACKGROUND].fix);
        const int32_t variable = s->variable_of[node->owner];
        if (node->kind == BK_KIN_DELAY) {
            const bk_kin_delay *const delay = bk_kin_delay_at(s, node->slot);
            add_halt(b, node->law, -2 - (int32_t)(delay - s->delays), node->slot);
            continue;
        }
        if (node->kind == BK_KIN_RATE_OF &&
            (fixed || (variable >= 0 && bk_kin_is_held(w, variable)))) {
            add_halt(b, node->law, -1, node->slot);
        } else if (t != NULL && bk_kin_value_node(node) &&
                   (t->background || t->treatment)) {
            add_halt(b, node->law, (int32_t)(t - w->touched), node->slot);
        }
    }
}

bool bk_kin_sees(const bk_kin_system *system, const bk_kin_node *node)
{
    if (node->kind == BK_KIN_RATE_OF) {
        const int32_t of = system->node_of[node->owner];
        return of >= 0 && bk_kin_sees(system, &system->nodes[of]);
    }
    return node->kind != BK_KIN_QUANTITY && node->kind != BK_KIN_STOICHIOMETRY;
}

void bk_kin_redirect(const bk_kin_node *node, bk_program *copy, int32_t from,
                     int32_t to)
{
    bk_program_redirect(copy, node->law, from, to);
    for (int i = 0; i < 2; i++) {
        bk_program_redirect(copy, node->partial_laws[i], from, to);
    }
}

static void adjust(binding *b, const bk_kin_edge *edge, int32_t node, int32_t source,
                   bool zero)
{
    bk_kin_work *const w = b->w;
    if (!bk_grow(&w->adjusts, &w->adjusts_capacity, w->n_adjusts + 1,
                 sizeof *w->adjusts)) {
        b->no_memory = true;
        return;
    }
    w->adjusts[w->n_adjusts++] = (bk_kin_adjust){.slot = edge->partial,
                                                 .node = node,
                                                 .source = source,
                                                 .zero = zero,
                                                 .constant = edge->constant};
}

static bool copy_programs(binding *b)
{
    bk_kin_work *const w = b->w;
    const struct {
        const bk_program *from;
        bk_program **to;
    } copies[] = {{w->system->program, &w->program_copy},
                  {w->system->initial, &w->initial_copy},
                  {w->system->happening, &w->happening_copy}};
    for (int i = 0; i < 3; i++) {
        if (*copies[i].to == NULL &&
            bk_program_copy(copies[i].from, copies[i].to) != BK_OK) {
            b->no_memory = true;
            return false;
        }
    }
    w->program = w->program_copy;
    w->initial = w->initial_copy;
    w->happening = w->happening_copy;
    return true;
}

static int32_t cut_slot(binding *b, double value)
{
    bk_kin_work *const w = b->w;
    size_t k = 0;
    while (k < w->n_cuts && w->cuts[k] != value) {
        k++;
    }
    if (k == w->n_cuts) {
        if (k == (size_t)w->system->cuts) {
            bk_diag_add(b->diag, BK_ERROR, (bk_where){0}, "kinetic-edit",
                        "cuts at more than %d different values; use fewer",
                        (int)w->system->cuts);
            b->refused = true;
            return -1;
        }
        if (!bk_grow(&w->cuts, &w->cuts_capacity, k + 1, sizeof *w->cuts)) {
            b->no_memory = true;
            return -1;
        }
        w->cuts[w->n_cuts++] = value;
    }
    return w->system->first_cut + (int32_t)k;
}

/* All laws of a target, those of the initial evaluation too, read the cut's slot. */
static void cut_arc(binding *b, const bk_overlay_cut *cut)
{
    bk_kin_work *const w = b->w;
    const bk_kin_system *const s = w->system;
    const int32_t slot = copy_programs(b) ? cut_slot(b, cut->value) : -1;
    for (int32_t i = 0; slot >= 0 && i < s->n_nodes; i++) {
        const bk_kin_node *const node = &s->nodes[i];
        if (node->owner == cut->target && bk_kin_sees(s, node)) {
            bk_kin_redirect(node, w->program_copy, cut->source, slot);
        }
    }
    for (int32_t k = 0; slot >= 0 && k < s->n_initials; k++) {
        const bk_kin_initial *const step = &s->initials[k];
        if (step->owner == cut->target && step->node >= 0 &&
            bk_kin_sees(s, &s->nodes[step->node])) {
            bk_program_redirect(w->initial_copy, step->law, cut->source, slot);
        }
    }
}

static bool own_law(const binding *b, const bk_kin_node *node, int32_t symbol)
{
    return bk_model_own_law(b->w->system->head.model, symbol, node->owner);
}

static void redirect_event(bk_kin_work *w, const bk_kin_event *event, int32_t from,
                           int32_t to)
{
    const bk_kin_assignment *const assignments = w->system->assignments + event->first;
    const int32_t laws[] = {event->delay, event->priority};
    for (int k = 0; k < 2; k++) {
        if (laws[k] >= 0) {
            bk_program_redirect(w->happening_copy, laws[k], from, to);
        }
    }
    for (int32_t k = 0; k < event->assignments; k++) {
        bk_program_redirect(w->happening_copy, assignments[k].law, from, to);
    }
}

/* Laws read what is left of a treated symbol by the treatment. */
static void redirect_seen(binding *b, const bk_kin_touched *t)
{
    bk_kin_work *const w = b->w;
    const bk_kin_system *const s = w->system;
    const int32_t to = s->first_seen + t->symbol;
    if (!copy_programs(b)) {
        return;
    }
    for (int32_t i = 0; i < s->n_nodes; i++) {
        if (bk_kin_sees(s, &s->nodes[i]) && !own_law(b, &s->nodes[i], t->symbol)) {
            bk_kin_redirect(&s->nodes[i], w->program_copy, t->symbol, to);
        }
    }
    for (int32_t k = 0; k < s->n_initials; k++) {
        const bk_kin_initial *const step = &s->initials[k];
        if (step->node >= 0 && bk_kin_sees(s, &s->nodes[step->node]) &&
            !own_law(b, &s->nodes[step->node], t->symbol)) {
            bk_program_redirect(w->initial_copy, step->law, t->symbol, to);
        }
    }
    for (int32_t i = 0; i < s->n_events; i++) {
        redirect_event(w, &s->events[i], t->symbol, to);
    }
}

static bool is_cut(const bk_overlay *overlay, int32_t source, int32_t target)
{
    for (size_t i = 0; i < overlay->n_cuts; i++) {
        if (overlay->cuts[i].source == source && overlay->cuts[i].target == target) {
            return true;
        }
    }
    return false;
}

static int32_t edited_node(const bk_kin_work *w, int32_t node, bool *zero)
{
    for (size_t h = 0; h < w->n_halts; h++) {
        if (w->halts[h].law == node) {
            *zero = w->halts[h].touched == -1;
            return w->halts[h].touched;
        }
    }
    *zero = false;
    return -1;
}

static void find_adjusts(binding *b)
{
    bk_kin_work *const w = b->w;
    const bk_kin_system *const s = w->system;
    for (int32_t i = s->constant_laws; i < s->value_laws && !b->no_memory; i++) {
        const bk_kin_node *const node = &s->nodes[i];
        bool zero;
        const int32_t by_node = edited_node(w, i, &zero);
        for (int32_t e = node->first_edge; e < node->first_edge + node->edges; e++) {
            const bk_kin_edge *const edge = &s->edges[e];
            int32_t by_source = -1;
            bool cut = false;
            if (edge->source >= 0 && edge->source < s->symbols &&
                bk_kin_sees(s, node)) {
                const bk_kin_touched *const t = bk_kin_touched_of(w, edge->source);
                cut = is_cut(b->overlay, edge->source, node->owner);
                if (t != NULL && t->treatment && !own_law(b, node, edge->source)) {
                    by_source = (int32_t)(t - w->touched);
                }
            }
            if (by_node >= 0 || by_source >= 0 || cut || zero) {
                adjust(b, edge, by_node, by_source, cut || zero);
            }
        }
    }
}

static void hold_slow(binding *b)
{
    const bk_kin_system *const s = b->w->system;
    for (int32_t v = 0; v < s->n; v++) {
        if (s->head.model->symbols[s->variable[v]].slow) {
            hold(b, v);
        }
    }
}

bk_status bk_kin_bind(bk_kin_work *w, const bk_overlay *overlay,
                      const bk_settings *settings, bk_diag *diag)
{
    static const bk_overlay none;
    binding b = {.w = w, .overlay = overlay != NULL ? overlay : &none, .diag = diag};
    bk_program *const copies[] = {w->program_copy, w->initial_copy, w->happening_copy};
    for (int i = 0; i < 3; i++) {
        if (copies[i] != NULL) {
            bk_program_restore(copies[i]);
        }
    }
    w->program = w->system->program;
    w->initial = w->system->initial;
    w->happening = w->system->happening;
    w->n_touched = w->n_halts = w->n_adjusts = w->n_cuts = w->n_held = 0;
    for (size_t i = 0; i < b.overlay->n_symbols && !b.no_memory; i++) {
        touch(&b, &b.overlay->symbols[i]);
    }
    if (settings != NULL && settings->freeze_slow) {
        hold_slow(&b);
    }
    if (w->n_touched + b.overlay->n_cuts + w->n_held > 0 || w->system->n_delays > 0) {
        find_halts(&b);
        for (size_t i = 0; i < b.overlay->n_cuts; i++) {
            cut_arc(&b, &b.overlay->cuts[i]);
        }
        for (size_t i = 0; i < w->n_touched && !b.no_memory; i++) {
            if (w->touched[i].treatment &&
                w->system->head.model->symbols[w->touched[i].symbol].kind !=
                    BK_REACTION) {
                redirect_seen(&b, &w->touched[i]);
            }
        }
        find_adjusts(&b);
    }
    return b.no_memory ? BK_NO_MEMORY : b.refused ? BK_UNSUPPORTED : BK_OK;
}
