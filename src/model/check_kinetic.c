/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"

static bool may_vary(bk_symbol_kind kind)
{
    return kind == BK_COMPARTMENT || kind == BK_SPECIES || kind == BK_PARAMETER ||
           kind == BK_STOICHIOMETRY;
}

static void check_target(bk_builder *builder, const bk_rule *rule)
{
    const bool assigns = rule->kind == BK_ASSIGNMENT_RULE;
    const bk_symbol *const symbol = &builder->model->symbols[rule->target];
    if (!may_vary(symbol->kind)) {
        bk_diag_add(builder->diag, BK_ERROR, rule->where,
                    assigns ? "sbml-20901" : "sbml-20902",
                    "\"%s\" is a %s and cannot have a rule; a rule is for a "
                    "compartment, species, parameter or species reference",
                    symbol->id, bk_symbol_kind_text(symbol->kind));
    } else if (symbol->constant) {
        bk_diag_add(builder->diag, BK_ERROR, rule->where,
                    assigns ? "sbml-20903" : "sbml-20904",
                    "\"%s\" is constant and has a rule; remove the rule, or make it "
                    "constant=\"false\"",
                    symbol->id);
    }
}

static void check_initials(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    int32_t *const first = bk_alloc(((size_t)m->n_symbols + 1) * sizeof *first);
    if (first == NULL) {
        builder->no_memory = true;
        return;
    }
    for (int32_t s = 0; s < m->n_symbols; s++) {
        first[s] = -1;
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        const bk_initial_assignment *const initial = &m->initials[i];
        if (!bk_model_has_symbol(m, initial->target)) {
            continue;
        }
        const bk_symbol *const symbol = &m->symbols[initial->target];
        char place[64];
        if (!may_vary(symbol->kind)) {
            bk_diag_add(builder->diag, BK_ERROR, initial->where, "sbml-20801",
                        "\"%s\" is a %s and cannot have an initial assignment",
                        symbol->id, bk_symbol_kind_text(symbol->kind));
        }
        if (first[initial->target] >= 0) {
            const bk_where other = m->initials[first[initial->target]].where;
            bk_diag_add(builder->diag, BK_ERROR, initial->where, "sbml-20802",
                        "\"%s\" has two initial assignments%s; remove one", symbol->id,
                        bk_where_aside(other, place));
        } else {
            first[initial->target] = i;
        }
        if (symbol->rule >= 0 && m->rules[symbol->rule].kind == BK_ASSIGNMENT_RULE) {
            bk_diag_add(builder->diag, BK_ERROR, initial->where, "sbml-20803",
                        "\"%s\" has an initial assignment and an assignment rule%s, "
                        "which says its initial value too; remove one",
                        symbol->id,
                        bk_where_aside(m->rules[symbol->rule].where, place));
        }
    }
    bk_free(first);
}

void bk_check_rules(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    for (int32_t i = 0; i < m->n_rules; i++) {
        const bk_rule *const rule = &m->rules[i];
        if (rule->kind == BK_ALGEBRAIC_RULE || !bk_model_has_symbol(m, rule->target)) {
            continue;
        }
        check_target(builder, rule);
        const int32_t first = m->symbols[rule->target].rule;
        if (first != i) {
            char place[64];
            bk_diag_add(builder->diag, BK_ERROR, rule->where, "sbml-10304",
                        "\"%s\" has two rules%s; remove one",
                        m->symbols[rule->target].id,
                        bk_where_aside(m->rules[first].where, place));
        }
    }
    check_initials(builder);
}

/* A species that a reaction changes must not be held or ruled by something else. */
static void check_changed(bk_builder *builder, const bk_participant *participant,
                          const bk_reaction *reaction)
{
    const bk_model *const m = builder->model;
    const bk_symbol *const species = &m->symbols[participant->species];
    const char *const reaction_id =
        bk_model_has_symbol(m, reaction->symbol) ? m->symbols[reaction->symbol].id : "";
    if (species->boundary) {
        return;
    }
    if (species->rule >= 0) {
        char place[64];
        bk_diag_add(builder->diag, BK_ERROR, participant->where, "sbml-20610",
                    "the species \"%s\" is changed by the reaction \"%s\" and by a "
                    "rule%s; make it boundaryCondition=\"true\", or remove one",
                    species->id, reaction_id,
                    bk_where_aside(m->rules[species->rule].where, place));
    } else if (species->constant) {
        bk_diag_add(builder->diag, BK_ERROR, participant->where, "sbml-20611",
                    "the species \"%s\" is constant and the reaction \"%s\" changes "
                    "it; make it boundaryCondition=\"true\" or constant=\"false\"",
                    species->id, reaction_id);
    }
}

static void check_participants(bk_builder *builder, const bk_reaction *reaction,
                               unsigned char *told)
{
    const bk_model *const m = builder->model;
    for (int32_t i = 0; i < reaction->participants; i++) {
        const bk_participant *const p =
            &m->participants[reaction->first_participant + i];
        if (!bk_model_has_symbol(m, p->species)) {
            continue;
        }
        const bk_symbol *const species = &m->symbols[p->species];
        if (species->kind != BK_SPECIES) {
            bk_diag_add(builder->diag, BK_ERROR, p->where,
                        p->role == BK_MODIFIER ? "sbml-21116" : "sbml-21111",
                        "\"%s\" takes part in a reaction and is a %s; only species can",
                        species->id, bk_symbol_kind_text(species->kind));
        } else if (p->role != BK_MODIFIER && told[p->species] == 0) {
            const size_t before = bk_diag_count(builder->diag, BK_ERROR);
            check_changed(builder, p, reaction);
            told[p->species] = bk_diag_count(builder->diag, BK_ERROR) > before;
        }
    }
}

typedef struct law_check {
    bk_builder *builder;
    const bk_reaction *reaction;
    int32_t mark;
    int32_t *marks; /* by symbol: the last reaction it takes part in, and 1 */
} law_check;

static void check_law_symbol(void *context, int32_t symbol)
{
    const law_check *const c = context;
    const bk_model *const m = c->builder->model;
    if (!bk_model_has_symbol(m, symbol) || m->symbols[symbol].kind != BK_SPECIES ||
        c->marks[symbol] == c->mark) {
        return;
    }
    bk_diag_add(bk_builder_warnings(c->builder), BK_WARNING, c->reaction->where,
                "sbml-21121",
                "the rate law of \"%s\" uses the species \"%s\", which is not listed "
                "in the reaction; list it as a modifier",
                m->symbols[c->reaction->symbol].id, m->symbols[symbol].id);
}

/* Level 1 has no modifiers, so there the rule does not hold. */
static void check_law(law_check *check)
{
    const bk_model *const m = check->builder->model;
    const bk_reaction *const reaction = check->reaction;
    if (m->level < 2 || reaction->law < 0 ||
        !bk_model_has_symbol(m, reaction->symbol)) {
        return;
    }
    for (int32_t i = 0; i < reaction->participants; i++) {
        const int32_t s = m->participants[reaction->first_participant + i].species;
        if (bk_model_has_symbol(m, s)) {
            check->marks[s] = check->mark;
        }
    }
    bk_expr_symbols(m->exprs, reaction->law, check_law_symbol, check);
}

void bk_check_reactions(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    unsigned char *const told = bk_alloc_zero((size_t)m->n_symbols + 1, 1);
    int32_t *const marks = bk_alloc_zero((size_t)m->n_symbols + 1, sizeof *marks);
    if (told == NULL || marks == NULL) {
        builder->no_memory = true;
    }
    for (int32_t i = 0; i < m->n_reactions && !builder->no_memory; i++) {
        check_participants(builder, &m->reactions[i], told);
        law_check check = {builder, &m->reactions[i], i + 1, marks};
        check_law(&check);
    }
    bk_free(told);
    bk_free(marks);
}

static void check_event_assignment(bk_builder *builder, const bk_event_assignment *a)
{
    const bk_model *const m = builder->model;
    const bk_symbol *const symbol = &m->symbols[a->target];
    char place[64];
    if (!may_vary(symbol->kind)) {
        bk_diag_add(builder->diag, BK_ERROR, a->where, "sbml-21211",
                    "\"%s\" is a %s and cannot be assigned by an event", symbol->id,
                    bk_symbol_kind_text(symbol->kind));
    } else if (symbol->constant) {
        bk_diag_add(builder->diag, BK_ERROR, a->where, "sbml-21212",
                    "\"%s\" is constant and an event assigns it; make it "
                    "constant=\"false\"",
                    symbol->id);
    } else if (symbol->rule >= 0 && m->rules[symbol->rule].kind == BK_ASSIGNMENT_RULE) {
        bk_diag_add(builder->diag, BK_ERROR, a->where, "sbml-10306",
                    "\"%s\" is assigned by an event and by a rule%s; remove one",
                    symbol->id, bk_where_aside(m->rules[symbol->rule].where, place));
    }
}

void bk_check_events(bk_builder *builder)
{
    const bk_model *const m = builder->model;
    int32_t *const marks = bk_alloc_zero((size_t)m->n_symbols + 1, sizeof *marks);
    if (marks == NULL) {
        builder->no_memory = true;
        return;
    }
    for (int32_t i = 0; i < m->n_events; i++) {
        const bk_event *const event = &m->events[i];
        for (int32_t k = 0; k < event->assignments; k++) {
            const bk_event_assignment *const a =
                &m->event_assignments[event->first_assignment + k];
            if (!bk_model_has_symbol(m, a->target)) {
                continue;
            }
            check_event_assignment(builder, a);
            if (marks[a->target] == i + 1) {
                bk_diag_add(builder->diag, BK_ERROR, a->where, "sbml-10305",
                            "one event assigns \"%s\" twice; remove one assignment",
                            m->symbols[a->target].id);
            }
            marks[a->target] = i + 1;
        }
    }
    bk_free(marks);
}
