/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* What is computed and what evolves.
 *
 * Steps: 1. each symbol's nature (variable, amount or own value); 2. a node for each
 * assignment rule, rate law, rate rule, varying concentration; 3. the terms of amounts;
 * 4. a node for each rateOf that occurs, which may ask for further ones. */

bool bk_kin_assigned(const bk_kin_build *build, int32_t symbol)
{
    const int32_t r = build->rules[symbol];
    return r >= 0 && (build->model->rules[r].kind == BK_ASSIGNMENT_RULE ||
                      build->solved[symbol] >= 0);
}

bool bk_kin_rated(const bk_kin_build *build, int32_t symbol)
{
    const int32_t r = build->rules[symbol];
    return r >= 0 && build->model->rules[r].kind == BK_RATE_RULE;
}

bool bk_kin_size_varies(const bk_kin_build *build, int32_t species)
{
    const int32_t compartment = build->model->symbols[species].compartment;
    return compartment >= 0 &&
           (build->rules[compartment] >= 0 || build->set[compartment]);
}

/* A species whose amount only reactions may change. */
static bool changed_by_reactions(const bk_kin_build *b, int32_t symbol)
{
    const bk_symbol *const s = &b->model->symbols[symbol];
    return s->kind == BK_SPECIES && !s->constant && !s->boundary &&
           b->rules[symbol] < 0;
}

/* The symbol of a rule, or -1. */
static int32_t determined(const bk_rule *rule)
{
    return rule->kind == BK_ALGEBRAIC_RULE ? rule->solves : rule->target;
}

static void mark_substance(bk_kin_build *b)
{
    const bk_model *const m = b->model;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        const bk_symbol *const s = &m->symbols[i];
        const bool flat =
            s->compartment >= 0 && m->symbols[s->compartment].dimensions == 0.0;
        b->system->substance[i] =
            s->kind == BK_SPECIES && (s->only_substance || flat || s->compartment < 0);
    }
}

/* --- variables --------------------------------------------------------------------------
 *
 * Their order decides in which order equations are eliminated, hence how results are
 * rounded, which the step control makes more of.  It is therefore not that of the symbols,
 * in which the species of a file happen to stand, but the one in which reactions, rules
 * and events, each as the model lists them, first change them: a permutation of the
 * species changes no bit of a course. */

typedef struct ordering {
    bk_kin_build *build;
    bool *listed; /* [symbols] */
    bool *wanted; /* [symbols] reactions name it */
} ordering;

static void list_variable(ordering *o, int32_t symbol)
{
    bk_kin_build *const b = o->build;
    bk_kin_system *const s = b->system;
    if (symbol < 0 || o->listed[symbol]) {
        return;
    }
    o->listed[symbol] = true;
    const bool species =
        b->model->symbols[symbol].kind == BK_SPECIES && b->rules[symbol] < 0;
    const bool moves =
        b->set[symbol] || (o->wanted[symbol] && changed_by_reactions(b, symbol));
    const bool implicit = b->rules[symbol] >= 0 && b->implicit[symbol];
    if ((moves && !bk_kin_assigned(b, symbol)) || bk_kin_rated(b, symbol) || implicit) {
        const int32_t amount = s->amount_slot[symbol];
        s->implicit[s->n] = implicit;
        s->n_implicit += implicit ? 1 : 0;
        s->variable[s->n] = symbol;
        s->variable_of[symbol] = s->n;
        s->variable_slot[s->n] = amount >= 0 ? amount : symbol;
        s->variable_amount[s->n] = species && !s->substance[symbol];
        s->n++;
    }
}

static void list_variables(ordering *o)
{
    const bk_kin_build *const b = o->build;
    const bk_model *const m = b->model;
    for (int32_t p = 0; p < m->n_participants; p++) {
        if (m->participants[p].role != BK_MODIFIER) {
            o->wanted[m->participants[p].species] = true;
        }
    }
    for (int32_t p = 0; p < m->n_participants; p++) {
        if (m->participants[p].role != BK_MODIFIER) {
            list_variable(o, m->participants[p].species);
        }
    }
    for (int32_t r = 0; r < m->n_rules; r++) {
        list_variable(o, determined(&m->rules[r]));
    }
    for (int32_t e = 0; e < m->n_event_assignments; e++) {
        list_variable(o, m->event_assignments[e].target);
    }
    for (int32_t k = 0; k < b->n_sensitive; k++) {
        list_variable(o, b->sensitive[k]);
    }
}

static bool find_variables(bk_kin_build *b)
{
    const bk_model *const m = b->model;
    bk_kin_system *const s = b->system;
    const size_t most = (size_t)m->n_symbols + 1;
    s->variable = bk_alloc(most * sizeof *s->variable);
    s->variable_slot = bk_alloc(most * sizeof *s->variable_slot);
    s->variable_amount = bk_alloc_zero(most, sizeof *s->variable_amount);
    s->implicit = bk_alloc_zero(most, sizeof *s->implicit);
    s->moiety = bk_alloc_zero(most, sizeof *s->moiety);
    s->equilibrium = bk_alloc_zero(most, sizeof *s->equilibrium);
    bool *const marks = bk_alloc_zero(2 * most, sizeof *marks);
    if (s->variable == NULL || s->variable_slot == NULL || s->variable_amount == NULL ||
        s->implicit == NULL || s->moiety == NULL || s->equilibrium == NULL ||
        marks == NULL) {
        bk_free(marks);
        return bk_kin_fail(b);
    }
    s->first_seen = s->symbols;
    s->first_amount = 2 * s->symbols;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        const bool species = m->symbols[i].kind == BK_SPECIES && b->rules[i] < 0;
        if (species && !s->substance[i] && bk_kin_size_varies(b, i)) {
            s->amount_slot[i] = s->first_amount + s->amounts++;
        }
    }
    s->first_extra = s->first_amount + s->amounts;
    list_variables(&(ordering){b, marks, marks + most});
    bk_free(marks);
    return true;
}

int32_t bk_kin_add_node(bk_kin_build *build, bk_kin_kind kind, int32_t owner,
                        int32_t slot, bk_expr math)
{
    bk_kin_system *const s = build->system;
    if (!bk_grow(&s->nodes, &build->node_capacity, (size_t)s->n_nodes + 1,
                 sizeof *s->nodes)) {
        build->no_memory = true;
        return -1;
    }
    if (slot < 0) {
        slot = s->first_extra + s->extras++;
    }
    s->nodes[s->n_nodes] = (bk_kin_node){.kind = kind,
                                         .owner = owner,
                                         .slot = slot,
                                         .math = math,
                                         .law = -1,
                                         .partial_laws = {-1, -1}};
    return s->n_nodes++;
}

/* --- expressions ---------------------------------------------------------------------- */

int32_t bk_kin_rate_of_node(bk_kin_build *build, int32_t symbol)
{
    if (build->rate_of[symbol] < 0) {
        build->rate_of[symbol] =
            bk_kin_add_node(build, BK_KIN_RATE_OF, symbol, -1, BK_NO_EXPR);
    }
    return build->rate_of[symbol];
}

static bk_expr replace_rate_of(void *context, bk_exprs *target, const bk_exprs *source,
                               bk_expr node)
{
    bk_kin_build *const b = context;
    if (bk_expr_op(source, node) != BK_OP_RATE_OF) {
        return BK_NO_EXPR;
    }
    const bk_expr of = bk_expr_arg(source, node, 0);
    if (bk_expr_op(source, of) != BK_OP_SYMBOL) {
        bk_kin_refuse(b, (bk_where){.file = b->model->source},
                      "rateOf takes the name of one variable");
        return bk_expr_number(target, 0.0);
    }
    const int32_t rate = bk_kin_rate_of_node(b, bk_expr_payload_of(source, of));
    return rate < 0 ? bk_expr_number(target, 0.0)
                    : bk_expr_symbol(target, b->system->nodes[rate].slot);
}

bk_expr bk_kin_prepare(bk_kin_build *build, int32_t owner, bk_expr math)
{
    bk_exprs *const pool = build->system->pool;
    build->owner = owner;
    bk_expr e = bk_expr_inline(pool, math, build->bodies, build->model->n_functions);
    if (e >= 0 && bk_expr_uses_op(pool, e, BK_OP_RATE_OF)) {
        e = bk_expr_rewrite(pool, pool, e, replace_rate_of, build);
    }
    e = e >= 0 ? bk_kin_replace_delays(build, e) : e;
    e = e >= 0 ? bk_kin_replace_draws(build, e) : e;
    e = e >= 0 ? bk_expr_fold(pool, e) : e;
    build->no_memory = build->no_memory || e < 0;
    return e;
}

static void add_rule(bk_kin_build *b, int32_t symbol)
{
    const bk_rule *const rule = &b->model->rules[b->rules[symbol]];
    b->at = rule->where;
    if (b->solved[symbol] >= 0) {
        bk_kin_add_node(b, BK_KIN_RULE, symbol, symbol,
                        bk_kin_prepare(b, symbol, b->solved[symbol]));
    } else if (rule->kind == BK_ASSIGNMENT_RULE) {
        bk_kin_add_node(b, BK_KIN_RULE, symbol, symbol,
                        bk_kin_prepare(b, symbol, rule->math));
    } else {
        const bool rate = rule->kind == BK_RATE_RULE;
        bk_kin_add_node(b, rate ? BK_KIN_DERIVATIVE : BK_KIN_RESIDUAL, symbol, -1,
                        bk_kin_prepare(b, symbol, rule->math));
    }
}

static bool add_laws(bk_kin_build *b)
{
    const bk_model *const m = b->model;
    bk_kin_system *const s = b->system;
    for (int32_t r = 0; r < m->n_rules && !b->no_memory; r++) {
        const int32_t symbol = determined(&m->rules[r]);
        if (symbol >= 0 && b->rules[symbol] == r) {
            add_rule(b, symbol);
        }
    }
    for (int32_t i = 0; i < m->n_symbols && !b->no_memory; i++) {
        if (s->amount_slot[i] >= 0) {
            const bk_expr size = bk_expr_symbol(s->pool, m->symbols[i].compartment);
            bk_kin_add_node(b, BK_KIN_QUANTITY, i, i,
                            bk_expr_2(s->pool, BK_OP_DIVIDE,
                                      bk_expr_symbol(s->pool, s->amount_slot[i]),
                                      size));
        }
    }
    for (int32_t r = 0; r < m->n_reactions && !b->no_memory; r++) {
        const bk_expr law = m->reactions[r].law;
        b->at = m->reactions[r].where;
        bk_kin_add_node(b, BK_KIN_RATE, m->reactions[r].symbol, m->reactions[r].symbol,
                        law >= 0 ? bk_kin_prepare(b, m->reactions[r].symbol, law)
                                 : bk_expr_number(s->pool, 0.0));
    }
    return !b->no_memory;
}

/* --- terms of amounts ----------------------------------------------------------------- */

static bk_kin_term term_of(bk_kin_build *b, const bk_reaction *reaction,
                           const bk_participant *p)
{
    const double sign = p->role == BK_REACTANT ? -1.0 : 1.0;
    bk_kin_term term = {.variable = b->system->variable_of[p->species],
                        .rate = reaction->symbol,
                        .number = sign,
                        .slot = -1,
                        .link = -1,
                        .conversion = b->model->symbols[p->species].conversion};
    if (p->math >= 0) {
        b->at = p->where;
        const int32_t node = bk_kin_add_node(
            b, BK_KIN_STOICHIOMETRY, p->symbol >= 0 ? p->symbol : reaction->symbol,
            p->symbol,
            bk_kin_prepare(b, p->symbol >= 0 ? p->symbol : reaction->symbol, p->math));
        term.slot = node >= 0 ? b->system->nodes[node].slot : -1;
    } else if (p->symbol >= 0) {
        term.slot = p->symbol;
    } else if (isnan(p->stoichiometry)) {
        bk_kin_refuse(
            b, p->where, "the stoichiometry of \"%s\" in reaction \"%s\" is not given",
            b->model->symbols[p->species].id, b->model->symbols[reaction->symbol].id);
    } else {
        term.number = sign * p->stoichiometry;
    }
    return term;
}

/* Adds to a term of the same reaction and species where both are plain numbers. */
static bool add_term(bk_kin_build *b, const bk_kin_term *term, int32_t first)
{
    bk_kin_system *const s = b->system;
    for (int32_t k = first; k < s->n_terms; k++) {
        if (s->terms[k].variable == term->variable && s->terms[k].slot < 0 &&
            term->slot < 0) {
            s->terms[k].number += term->number;
            return true;
        }
    }
    if (!bk_grow(&s->terms, &b->term_capacity, (size_t)s->n_terms + 1,
                 sizeof *s->terms)) {
        return bk_kin_fail(b);
    }
    s->terms[s->n_terms++] = *term;
    return true;
}

/* By variable, in the order of the reactions; what cancels is dropped. */
static bool sort_terms(bk_kin_build *b)
{
    bk_kin_system *const s = b->system;
    bk_kin_term *const sorted = bk_alloc(((size_t)s->n_terms + 1) * sizeof *sorted);
    s->term_starts = bk_alloc_zero((size_t)s->n + 3, sizeof *s->term_starts);
    if (sorted == NULL || s->term_starts == NULL) {
        bk_free(sorted);
        return bk_kin_fail(b);
    }
    /* next[v] is where the next term of v goes; afterwards it is where v + 1 begins. */
    int32_t *const next = s->term_starts + 1;
    for (int32_t k = 0; k < s->n_terms; k++) {
        if (s->terms[k].number != 0.0) {
            s->term_starts[s->terms[k].variable + 2]++;
        }
    }
    for (int32_t v = 1; v < s->n; v++) {
        next[v] += next[v - 1];
    }
    int32_t kept = 0;
    for (int32_t k = 0; k < s->n_terms; k++) {
        if (s->terms[k].number != 0.0) {
            sorted[next[s->terms[k].variable]++] = s->terms[k];
            kept++;
        }
    }
    bk_free(s->terms);
    s->terms = sorted;
    s->n_terms = kept;
    return true;
}

static bool add_terms(bk_kin_build *b)
{
    const bk_model *const m = b->model;
    bk_kin_system *const s = b->system;
    for (int32_t r = 0; r < m->n_reactions; r++) {
        const bk_reaction *const reaction = &m->reactions[r];
        const int32_t first = s->n_terms;
        for (int32_t i = 0; i < reaction->participants; i++) {
            const bk_participant *const p =
                &m->participants[reaction->first_participant + i];
            if (p->role == BK_MODIFIER) {
                continue;
            }
            const bool changes = changed_by_reactions(b, p->species);
            if (!changes && p->math < 0) {
                continue;
            }
            const bk_kin_term term = term_of(b, reaction, p);
            if (b->no_memory || (changes && !add_term(b, &term, first))) {
                return bk_kin_fail(b);
            }
        }
    }
    return true;
}

/* rateOf and delay in initial assignments need their nodes too. */
static void prepare_initials(bk_kin_build *b)
{
    const bk_model *const m = b->model;
    for (int32_t i = 0; i < m->n_initials && !b->no_memory; i++) {
        if (m->initials[i].math >= 0) {
            b->at = m->initials[i].where;
            b->begins[i] =
                bk_kin_prepare(b, m->initials[i].target, m->initials[i].math);
        }
    }
}

bool bk_kin_build_nodes(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    mark_substance(build);
    if (!find_variables(build) || !add_laws(build) || !add_terms(build) ||
        !bk_kin_build_fast(build) || !sort_terms(build)) {
        return bk_kin_fail(build);
    }
    prepare_initials(build);
    if (!bk_kin_prepare_events(build) || build->no_memory ||
        !bk_kin_derive_rates(build)) {
        return bk_kin_fail(build);
    }
    s->first_partial = s->first_extra + s->extras;
    const size_t slots = (size_t)s->first_partial + 1;
    s->node_of = bk_alloc(slots * sizeof *s->node_of);
    s->derivative_node = bk_alloc(((size_t)s->n + 1) * sizeof *s->derivative_node);
    if (s->node_of == NULL || s->derivative_node == NULL) {
        return bk_kin_fail(build);
    }
    memset(s->node_of, -1, slots * sizeof *s->node_of);
    memset(s->derivative_node, -1, ((size_t)s->n + 1) * sizeof *s->derivative_node);
    for (int32_t v = 0; v < s->n; v++) {
        s->node_of[s->variable_slot[v]] = -2 - v;
    }
    for (int32_t i = 0; i < s->n_nodes; i++) {
        s->node_of[s->nodes[i].slot] = i;
    }
    return !build->refused;
}
