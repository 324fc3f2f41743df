/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "scenario/bind_impl.h"

#include <math.h>
#include <string.h>

/* Names to symbols.  A name may stand for several: the members of a group, and for a
 * symbol of a continuous form the parameter that carries its drive. */

typedef struct symbols {
    int32_t *items;
    size_t n, capacity;
} symbols;

typedef struct resolving {
    const bk_model *model;
    bk_diag *diag;
    bk_atoms *atoms;
    symbols names, targets, laws;
    bk_status status; /* the worst so far */
} resolving;

static void fail(resolving *r, bk_status status)
{
    if (r->status != BK_NO_MEMORY && status != BK_OK) {
        r->status = status;
    }
}

static void keep(resolving *r, symbols *list, int32_t symbol)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i] == symbol) {
            return;
        }
    }
    if (bk_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items)) {
        list->items[list->n++] = symbol;
    } else {
        fail(r, BK_NO_MEMORY);
    }
}

static bool find_group(resolving *r, const char *name, symbols *list)
{
    for (int32_t s = 0; s < r->model->n_symbols; s++) {
        const char *const group = r->model->symbols[s].group;
        if (group[0] != '\0' && bk_text_equal_nocase(group, name)) {
            keep(r, list, s);
        }
    }
    return list->n > 0;
}

/* An exact id means its symbol even where a group has the same name. */
static void find(resolving *r, const char *name, bk_where where, symbols *list)
{
    static const char prefix[] = "group:";
    list->n = 0;
    const int32_t exact = bk_names_find(r->model->ids, name);
    if (exact >= 0) {
        keep(r, list, exact);
        return;
    }
    if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
        find_group(r, name + sizeof prefix - 1, list)) {
        return;
    }
    if (!find_group(r, name, list)) {
        int32_t symbol = -1;
        const bk_status status = bk_model_bind(r->model, name, where, r->diag, &symbol);
        fail(r, status);
        if (status == BK_OK) {
            keep(r, list, symbol);
        }
    }
}

static const bk_rule *rule_of(const bk_model *model, int32_t symbol)
{
    const int32_t rule = model->symbols[symbol].rule;
    return rule >= 0 && rule < model->n_rules ? &model->rules[rule] : NULL;
}

static bool is_assigned(const bk_model *model, int32_t symbol)
{
    const bk_rule *const rule = rule_of(model, symbol);
    return rule != NULL && rule->kind == BK_ASSIGNMENT_RULE;
}

static bool is_set_by_events(const bk_model *model, int32_t symbol)
{
    for (int32_t i = 0; i < model->n_event_assignments; i++) {
        if (model->event_assignments[i].target == symbol &&
            model->event_assignments[i].math >= 0) {
            return true;
        }
    }
    return false;
}

/* True for what has a derivative, or jumps, instead of a value that something computes. */
static bool moves_by_itself(const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    const bk_rule *const rule = rule_of(model, symbol);
    if (rule != NULL) {
        return rule->kind == BK_RATE_RULE;
    }
    if (is_set_by_events(model, symbol)) {
        return true;
    }
    if (s->kind != BK_SPECIES || s->boundary || s->constant) {
        return false;
    }
    for (int32_t i = 0; i < model->n_participants; i++) {
        if (model->participants[i].species == symbol &&
            model->participants[i].role != BK_MODIFIER) {
            return true;
        }
    }
    return false;
}

/* Why an edit cannot act on a symbol, as the end of a sentence; NULL when it can. */
static const char *refusal(const bk_model *model, const bk_edit *edit, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    const bool shape = edit->kind == BK_EDIT_BOUND || edit->kind == BK_EDIT_SCALE;
    if (s->kind == BK_EVENT) {
        return "is an event and has no value";
    }
    if (s->kind == BK_OBJECTIVE) {
        return "is an objective, which follows from the fluxes";
    }
    if (s->kind == BK_COMPARTMENT && !shape && !(edit->value > 0)) {
        return "is a compartment, whose size must be above 0";
    }
    if (edit->kind == BK_EDIT_START) {
        if (s->kind == BK_REACTION) {
            return "is a reaction and has no initial value";
        }
        if (is_assigned(model, symbol)) {
            return "is set by its assignment rule at all times; use fix or bound";
        }
        return edit->concentration && (s->kind != BK_SPECIES || s->compartment < 0)
                   ? "has no concentration"
                   : NULL;
    }
    if ((s->kind == BK_COMPARTMENT || s->kind == BK_STOICHIOMETRY) &&
        (edit->layer == BK_TREATMENT || shape)) {
        return "can only be edited by start, or by fix in the background";
    }
    if (edit->layer == BK_BACKGROUND && shape && s->drive < 0 &&
        moves_by_itself(model, symbol)) {
        return "changes by reactions, events or a rate rule and has no drive to act "
               "on; use "
               "start, edit a reaction or a parameter, or use the treatment layer";
    }
    return NULL;
}

static bool level_in_range(const bk_symbol *s, const bk_edit *edit)
{
    if (s->kind != BK_LEVEL || edit->kind == BK_EDIT_SCALE) {
        return true;
    }
    const double low = edit->value;
    const double high = edit->kind == BK_EDIT_BOUND ? edit->high : edit->value;
    return low <= s->max_level && high >= 0;
}

static void add_atom(resolving *r, const bk_edit *edit, int32_t symbol, int32_t source)
{
    bk_atoms *const atoms = r->atoms;
    if (!bk_grow(&atoms->items, &atoms->capacity, atoms->n + 1, sizeof *atoms->items)) {
        fail(r, BK_NO_MEMORY);
        return;
    }
    atoms->items[atoms->n++] = (bk_atom){.kind = edit->kind,
                                         .layer = edit->layer,
                                         .symbol = symbol,
                                         .source = source,
                                         .value = edit->value,
                                         .high = edit->high,
                                         .concentration = edit->concentration,
                                         .where = edit->where};
}

static void resolve_one(resolving *r, const bk_edit *edit, int32_t symbol)
{
    const bk_symbol *const s = &r->model->symbols[symbol];
    const char *const why = refusal(r->model, edit, symbol);
    if (why != NULL) {
        bk_diag_add(r->diag, BK_ERROR, edit->where, "edit-target", "%s: \"%s\" %s",
                    bk_edit_word(edit->kind), s->id, why);
        fail(r, BK_BAD_INPUT);
        return;
    }
    if (!level_in_range(s, edit)) {
        bk_diag_add(r->diag, BK_ERROR, edit->where, "level-range",
                    "%s: \"%s\" has levels 0 to %d only", bk_edit_word(edit->kind),
                    s->id, s->max_level);
        fail(r, BK_BAD_INPUT);
        return;
    }
    const bool to_drive =
        s->drive >= 0 && edit->layer == BK_BACKGROUND && edit->kind != BK_EDIT_START;
    if (!to_drive || edit->kind == BK_EDIT_FIX) {
        add_atom(r, edit, symbol, -1);
    }
    if (to_drive) {
        add_atom(r, edit, s->drive, -1);
    }
}

/* --- cuts ------------------------------------------------------------------------- */

static bool is_drive(const bk_model *model, int32_t symbol)
{
    for (int32_t s = 0; s < model->n_symbols; s++) {
        if (model->symbols[s].drive == symbol) {
            return true;
        }
    }
    return false;
}

static void visit_part(void *context, int32_t symbol)
{
    resolving *const r = context;
    const bk_symbol *const s = &r->model->symbols[symbol];
    if (s->kind == BK_PARAMETER && s->drive < 0 && is_assigned(r->model, symbol) &&
        !is_drive(r->model, symbol)) {
        keep(r, &r->laws, symbol);
    }
}

/* The laws that are evaluated for a target: its own, or that of its drive and of the
 * parts which the drive is computed from. */
static void find_laws(resolving *r, int32_t target)
{
    const bk_model *const m = r->model;
    const int32_t drive = m->symbols[target].drive;
    r->laws.n = 0;
    keep(r, &r->laws, drive >= 0 ? drive : target);
    for (size_t i = 0; drive >= 0 && i < r->laws.n; i++) {
        const bk_rule *const rule = rule_of(m, r->laws.items[i]);
        if (rule != NULL && rule->math >= 0) {
            bk_expr_symbols(m->exprs, rule->math, visit_part, r);
        }
    }
}

static bool uses(const bk_model *model, bk_expr math, int32_t source)
{
    return math >= 0 && bk_expr_uses(model->exprs, math, source);
}

static bool law_sees(const bk_model *model, int32_t law, int32_t source)
{
    const bk_symbol *const s = &model->symbols[law];
    if (s->kind == BK_REACTION) {
        return s->item >= 0 && uses(model, model->reactions[s->item].law, source);
    }
    if (s->kind == BK_LEVEL) {
        const bk_logic *const logic = s->item >= 0 ? &model->logics[s->item] : NULL;
        for (int32_t i = 0; logic != NULL && i < logic->terms; i++) {
            if (uses(model, model->terms[logic->first_term + i].condition, source)) {
                return true;
            }
        }
        return false;
    }
    const bk_rule *const rule = rule_of(model, law);
    return rule != NULL && uses(model, rule->math, source);
}

/* A part that something else reads as well cannot be cut for one reader only. */
static void refuse_shared(resolving *r, const bk_edit *edit, int32_t part)
{
    const bk_model *const m = r->model;
    for (int32_t i = 0; i < m->n_rules; i++) {
        bool ours = false;
        for (size_t k = 0; k < r->laws.n; k++) {
            ours = ours || m->rules[i].target == r->laws.items[k];
        }
        if (!ours && uses(m, m->rules[i].math, part)) {
            bk_diag_add(
                r->diag, BK_ERROR, edit->where, "cut-shared",
                "cut: the law of \"%s\" goes through \"%s\", which another rule "
                "reads too; cut what that parameter sees",
                edit->target, m->symbols[part].id);
            fail(r, BK_UNSUPPORTED);
            return;
        }
    }
}

/* How many laws of the target see the source; their cuts are added. */
static int cut_one(resolving *r, const bk_edit *edit, int32_t source, int32_t target)
{
    int n = 0;
    find_laws(r, target);
    for (size_t i = 0; i < r->laws.n; i++) {
        const int32_t law = r->laws.items[i];
        if (law_sees(r->model, law, source)) {
            add_atom(r, edit, law, source);
            if (i > 0) {
                refuse_shared(r, edit, law);
            }
            n++;
        }
    }
    return n;
}

static bool has_law(const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    return s->kind == BK_REACTION || s->rule >= 0 || s->drive >= 0 ||
           (s->kind == BK_LEVEL && s->item >= 0);
}

static void resolve_cut(resolving *r, const bk_edit *edit)
{
    find(r, edit->name, edit->where, &r->names);
    find(r, edit->target, edit->where, &r->targets);
    bool lawful = false;
    int n = 0;
    for (size_t t = 0; t < r->targets.n; t++) {
        const int32_t target = r->targets.items[t];
        lawful = lawful || has_law(r->model, target);
        for (size_t s = 0; s < r->names.n; s++) {
            const bk_symbol *const source = &r->model->symbols[r->names.items[s]];
            if (!level_in_range(source, edit)) {
                bk_diag_add(r->diag, BK_ERROR, edit->where, "level-range",
                            "cut: \"%s\" has levels 0 to %d only", source->id,
                            source->max_level);
                fail(r, BK_BAD_INPUT);
            }
            n += cut_one(r, edit, r->names.items[s], target);
        }
    }
    if (r->names.n == 0 || r->targets.n == 0) {
        return;
    }
    /* No error: a table of drugs serves networks in which a target is an input. */
    if (n == 0) {
        bk_diag_add(r->diag, BK_WARNING, edit->where, "cut-nothing",
                    lawful
                        ? "cut: \"%s\" does not see \"%s\", so nothing is cut"
                        : "cut: \"%s\" has no rule or rate law that could see \"%s\", "
                          "so nothing is cut",
                    edit->target, edit->name);
    }
}

bk_status bk_scenario_resolve(const bk_scenario *flat, const bk_model *model,
                              bk_diag *diag, bk_atoms *atoms)
{
    resolving r = {.model = model, .diag = diag, .atoms = atoms, .status = BK_OK};
    for (size_t i = 0; i < flat->n && r.status != BK_NO_MEMORY; i++) {
        const bk_edit *const edit = &flat->edits[i];
        if (edit->kind == BK_EDIT_CUT) {
            resolve_cut(&r, edit);
            continue;
        }
        find(&r, edit->name, edit->where, &r.names);
        for (size_t k = 0; k < r.names.n; k++) {
            resolve_one(&r, edit, r.names.items[k]);
        }
    }
    bk_free(r.names.items);
    bk_free(r.targets.items);
    bk_free(r.laws.items);
    return r.status;
}
