/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which symbol each algebraic rule determines (SBML L3V2, section 4.9.5; rule 10601).
 *
 * Rules stand on one side and what they may determine on the other: what is in the
 * rule, may change, and is not determined by a rule of its own or by reactions.  A
 * matching that leaves a rule out means that the equations are more than the unknowns.
 * One breadth-first search for a longer matching per rule (Kuhn 1955), O(rules * size
 * of all rules).  Where several symbols would do, one without an initial value comes
 * before one that has a value, and what events assign comes last. */

#include "model/builder_impl.h"

#include "base/alloc.h"
#include "math/walk.h"

#include <math.h>
#include <string.h>

typedef struct matching {
    bk_builder *builder;
    unsigned char *free;    /* [symbols] 0: determined otherwise; else 1 + reluctance */
    int32_t *starts;        /* [rules + 1] */
    int32_t *candidates;    /* of each rule, the willing first */
    int32_t *owner, *from;  /* [symbols] rule matched to, rule it was reached from */
    int32_t *queue;         /* [rules] */
    unsigned char *reached; /* [symbols] in this search */
    size_t n_candidates, capacity;
    int reluctance; /* of the candidates to be added now */
} matching;

enum { WITHOUT_VALUE = 1, WITH_VALUE, BY_EVENT };

static bool may_vary(const bk_symbol *symbol)
{
    return !symbol->constant &&
           (symbol->kind == BK_COMPARTMENT || symbol->kind == BK_SPECIES ||
            symbol->kind == BK_PARAMETER || symbol->kind == BK_STOICHIOMETRY);
}

static void find_free(matching *g)
{
    const bk_model *const m = g->builder->model;
    for (int32_t s = 0; s < m->n_symbols; s++) {
        const bk_symbol *const symbol = &m->symbols[s];
        const bool given = symbol->initial != BK_INITIAL_NONE && !isnan(symbol->value);
        g->free[s] = !may_vary(symbol) || symbol->rule >= 0 ? 0
                     : given                                ? WITH_VALUE
                                                            : WITHOUT_VALUE;
    }
    for (int32_t i = 0; i < m->n_participants; i++) {
        const bk_participant *const p = &m->participants[i];
        if (bk_model_has_symbol(m, p->species) && p->role != BK_MODIFIER &&
            !m->symbols[p->species].boundary) {
            g->free[p->species] = 0;
        }
        if (bk_model_has_symbol(m, p->symbol) && p->math >= 0) {
            g->free[p->symbol] = 0;
        }
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        const int32_t target = m->initials[i].target;
        if (bk_model_has_symbol(m, target) && g->free[target] == WITHOUT_VALUE) {
            g->free[target] = WITH_VALUE;
        }
    }
    for (int32_t i = 0; i < m->n_event_assignments; i++) {
        const int32_t target = m->event_assignments[i].target;
        if (bk_model_has_symbol(m, target) && g->free[target] > 0) {
            g->free[target] = BY_EVENT;
        }
    }
}

static void add_candidate(void *context, int32_t symbol)
{
    matching *const g = context;
    if (!bk_model_has_symbol(g->builder->model, symbol) ||
        g->free[symbol] != g->reluctance || g->builder->no_memory) {
        return;
    }
    if (!bk_grow(&g->candidates, &g->capacity, g->n_candidates + 1,
                 sizeof *g->candidates)) {
        g->builder->no_memory = true;
        return;
    }
    g->candidates[g->n_candidates++] = symbol;
}

static bool is_equation(const bk_rule *rule)
{
    return rule->kind == BK_ALGEBRAIC_RULE && rule->math >= 0;
}

static void find_candidates(matching *g)
{
    const bk_model *const m = g->builder->model;
    for (int32_t r = 0; r < m->n_rules; r++) {
        g->starts[r] = (int32_t)g->n_candidates;
        for (g->reluctance = WITHOUT_VALUE;
             is_equation(&m->rules[r]) && g->reluctance <= BY_EVENT; g->reluctance++) {
            bk_math_present(g->builder, m->rules[r].math, add_candidate, g);
        }
    }
    g->starts[m->n_rules] = (int32_t)g->n_candidates;
}

/* Turns the way that ends at a free symbol round. */
static void turn(matching *g, int32_t rule, int32_t symbol)
{
    bk_model *const m = g->builder->model;
    for (;;) {
        const int32_t r = g->from[symbol];
        const int32_t before = m->rules[r].solves;
        g->owner[symbol] = r;
        m->rules[r].solves = symbol;
        if (r == rule) {
            return;
        }
        symbol = before;
    }
}

static bool match(matching *g, int32_t rule)
{
    const bk_model *const m = g->builder->model;
    size_t head = 0;
    size_t tail = 1;
    memset(g->reached, 0, (size_t)m->n_symbols + 1);
    g->queue[0] = rule;
    while (head < tail) {
        const int32_t r = g->queue[head++];
        for (int32_t k = g->starts[r]; k < g->starts[r + 1]; k++) {
            const int32_t symbol = g->candidates[k];
            if (g->reached[symbol] != 0) {
                continue;
            }
            g->reached[symbol] = 1;
            g->from[symbol] = r;
            if (g->owner[symbol] < 0) {
                turn(g, rule, symbol);
                return true;
            }
            g->queue[tail++] = g->owner[symbol];
        }
    }
    return false;
}

/* After a search that failed: what it reached is all taken. */
static void tell(const matching *g, int32_t rule)
{
    const bk_model *const m = g->builder->model;
    bk_text text = {0};
    for (int32_t s = 0; s < m->n_symbols; s++) {
        if (g->reached[s] != 0) {
            bk_text_add(&text, text.length == 0 ? "" : ", ");
            bk_text_add(&text, m->symbols[s].id);
        }
    }
    if (text.failed) {
        g->builder->no_memory = true;
    } else if (text.length == 0) {
        bk_diag_add(g->builder->diag, BK_ERROR, m->rules[rule].where, "sbml-10601",
                    "this algebraic rule has nothing to determine: all that it names "
                    "is constant, or determined by another rule or by reactions");
    } else {
        bk_diag_add(g->builder->diag, BK_ERROR, m->rules[rule].where, "sbml-10601",
                    "there are more algebraic rules than they can determine: this one "
                    "and others are all about %s; remove one",
                    text.data);
    }
    bk_text_free(&text);
}

void bk_check_algebraic(bk_builder *builder)
{
    bk_model *const m = builder->model;
    bool any = false;
    for (int32_t r = 0; r < m->n_rules; r++) {
        m->rules[r].solves = -1;
        any = any || is_equation(&m->rules[r]);
    }
    if (!any) {
        return;
    }
    const size_t symbols = (size_t)m->n_symbols + 1;
    const size_t rules = (size_t)m->n_rules + 1;
    matching g = {.builder = builder,
                  .free = bk_alloc_zero(symbols, 1),
                  .starts = bk_alloc(rules * sizeof *g.starts),
                  .owner = bk_alloc(symbols * sizeof *g.owner),
                  .from = bk_alloc(symbols * sizeof *g.from),
                  .queue = bk_alloc(rules * sizeof *g.queue),
                  .reached = bk_alloc_zero(symbols, 1)};
    if (g.free == NULL || g.starts == NULL || g.owner == NULL || g.from == NULL ||
        g.queue == NULL || g.reached == NULL) {
        builder->no_memory = true;
    } else {
        memset(g.owner, -1, symbols * sizeof *g.owner);
        find_free(&g);
        find_candidates(&g);
        for (int32_t r = 0; r < m->n_rules && !builder->no_memory; r++) {
            if (is_equation(&m->rules[r]) && !match(&g, r)) {
                tell(&g, r);
            }
        }
    }
    bk_free(g.free);
    bk_free(g.starts);
    bk_free(g.candidates);
    bk_free(g.owner);
    bk_free(g.from);
    bk_free(g.queue);
    bk_free(g.reached);
}
