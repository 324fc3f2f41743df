/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

#include <math.h>

/* Fast reactions: at every time they are in equilibrium (SBML L3V1, section 4.11).
 *
 * N is their stoichiometry, in amounts, over the species they change.  Of its rows, some
 * are independent and the others combinations of them, N_i = sum L_ij N_j.  The
 * independent species j become implicit, with the net effect of the fast reactions on
 * them as the residual.  In place of a dependent species i stands its moiety
 * a_i - sum L_ij a_j, which only slow reactions change; its amount is computed from
 * there.  So sums that are conserved stay conserved, and the mass matrix diagonal.
 *
 * Where the fast reactions of an equilibrium are off (their rates are zero whatever the
 * amounts, as k A is with k = 0), the implicit species has mass 1 and its slow terms. */

typedef struct equilibria {
    bk_kin_build *build;
    bk_kin_fast *fast;
    int32_t *row_of;    /* [n] variable -> row, or -1 */
    int32_t *column_of; /* [symbols] reaction -> column, or -1 */
    int32_t *variables; /* [rows] */
    size_t link_capacity;
    double *n;  /* [columns * rows] as far as it is known now */
    bool plain; /* it is literal numbers */
} equilibria;

void bk_kin_fast_free(bk_kin_fast *fast)
{
    if (fast != NULL) {
        bk_free(fast->species);
        bk_free(fast->pivots);
        bk_free(fast->terms);
        bk_free(fast->at);
        bk_free(fast->links);
        bk_free(fast);
    }
}

static bool is_fast(const bk_kin_build *b, const bk_kin_term *term)
{
    const bk_reaction *const reaction =
        &b->model->reactions[b->model->symbols[term->rate].item];
    return reaction->fast && reaction->law >= 0;
}

/* What a slot holds most likely: it only helps to choose pivots. */
static double likely_value(const bk_kin_build *b, int32_t slot)
{
    const bk_exprs *const pool = b->system->pool;
    for (int32_t i = 0; i < b->system->n_nodes; i++) {
        const bk_kin_node *const node = &b->system->nodes[i];
        if (node->slot == slot && bk_expr_op(pool, node->math) == BK_OP_NUMBER) {
            return bk_expr_value(pool, node->math);
        }
    }
    const double given =
        slot < b->model->n_symbols ? b->model->symbols[slot].value : 1.0;
    return isfinite(given) && given != 0.0 ? given : 1.0;
}

static bool allocate(equilibria *q)
{
    bk_kin_system *const s = q->build->system;
    const size_t n = (size_t)s->n + 1;
    const size_t symbols = (size_t)s->symbols + 1;
    const size_t terms = (size_t)s->n_terms + 1;
    bk_kin_fast *const f = bk_alloc_zero(1, sizeof *f);
    q->fast = s->fast = f;
    if (f == NULL) {
        return false;
    }
    f->species = bk_alloc_zero(symbols, sizeof *f->species);
    f->terms = bk_alloc(terms * sizeof *f->terms);
    f->at = bk_alloc(terms * sizeof *f->at);
    f->pivots =
        bk_alloc(((size_t)q->build->model->n_reactions + 1) * sizeof *f->pivots);
    q->row_of = bk_alloc(n * sizeof *q->row_of);
    q->variables = bk_alloc(n * sizeof *q->variables);
    q->column_of = bk_alloc(symbols * sizeof *q->column_of);
    if (f->species == NULL || f->terms == NULL || f->at == NULL || f->pivots == NULL ||
        q->row_of == NULL || q->variables == NULL || q->column_of == NULL) {
        return false;
    }
    for (size_t v = 0; v < n; v++) {
        q->row_of[v] = -1;
    }
    for (size_t i = 0; i < symbols; i++) {
        q->column_of[i] = -1;
    }
    return true;
}

static bool fill(equilibria *q)
{
    const bk_kin_system *const s = q->build->system;
    bk_kin_fast *const f = q->fast;
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const term = &s->terms[k];
        if (!is_fast(q->build, term)) {
            continue;
        }
        f->terms[f->n_terms++] = *term;
        f->species[s->variable[term->variable]] = true;
        if (q->row_of[term->variable] < 0) {
            q->row_of[term->variable] = f->rows;
            q->variables[f->rows++] = term->variable;
        }
        if (q->column_of[term->rate] < 0) {
            q->column_of[term->rate] = f->columns++;
        }
    }
    q->n = bk_alloc_zero((size_t)f->rows * (size_t)f->columns + 1, sizeof *q->n);
    q->plain = true;
    for (int32_t k = 0; q->n != NULL && k < f->n_terms; k++) {
        const bk_kin_term *const term = &f->terms[k];
        f->at[k] = q->column_of[term->rate] * f->rows + q->row_of[term->variable];
        double number = term->number;
        number *= term->slot < 0 ? 1.0 : likely_value(q->build, term->slot);
        number *= term->conversion < 0 ? 1.0 : likely_value(q->build, term->conversion);
        q->n[f->at[k]] += number;
        q->plain = q->plain && term->slot < 0 && term->conversion < 0;
    }
    return q->n != NULL;
}

static int32_t largest(const double *column, int32_t rows)
{
    int32_t found = -1;
    double most = 1e-12;
    for (int32_t i = 0; i < rows; i++) {
        if (fabs(column[i]) > most) {
            most = fabs(column[i]);
            found = i;
        }
    }
    return found;
}

bool bk_kin_fast_reduce(const bk_kin_fast *fast, double *n, bool choose)
{
    const int32_t rows = fast->rows;
    for (int32_t c = 0; c < fast->columns; c++) {
        double *const column = n + (size_t)c * (size_t)rows;
        const int32_t best = largest(column, rows);
        if (choose) {
            fast->pivots[c] = best;
        }
        const int32_t pivot = fast->pivots[c];
        if ((pivot < 0) != (best < 0)) {
            return false;
        }
        if (pivot < 0) {
            continue; /* this reaction does nothing that the others do not */
        }
        const double lead = column[pivot];
        if (!(fabs(lead) > 1e-12)) {
            return false;
        }
        for (int32_t i = 0; i < rows; i++) {
            column[i] /= lead;
        }
        for (int32_t d = 0; d < fast->columns; d++) {
            double *const other = n + (size_t)d * (size_t)rows;
            const double by = other[pivot];
            for (int32_t i = 0; d != c && by != 0.0 && i < rows; i++) {
                other[i] -= by * column[i];
                other[i] = fabs(other[i]) < 1e-13 ? 0.0 : other[i];
            }
        }
    }
    return true;
}

/* --- what follows ------------------------------------------------------------------------- */

static bk_expr product(bk_exprs *pool, bk_expr a, bk_expr b)
{
    return bk_expr_2(pool, BK_OP_TIMES, a, b);
}

static bk_expr size_of(const bk_kin_build *b, int32_t species)
{
    return bk_expr_symbol(b->system->pool, b->model->symbols[species].compartment);
}

/* The amount of a species whose variable is its own. */
static bk_expr amount_of(const bk_kin_build *b, int32_t species)
{
    const bk_kin_system *const s = b->system;
    if (s->amount_slot[species] >= 0) {
        return bk_expr_symbol(s->pool, s->amount_slot[species]);
    }
    const bk_expr seen = bk_expr_symbol(s->pool, species);
    return s->substance[species] ? seen : product(s->pool, seen, size_of(b, species));
}

/* The net effect of the fast reactions; their terms are taken out. */
static void add_residual(equilibria *q, int32_t variable)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    bk_expr sum = BK_NO_EXPR;
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const term = &s->terms[k];
        if (term->variable != variable || !is_fast(b, term)) {
            continue;
        }
        bk_expr e = product(s->pool, bk_expr_number(s->pool, term->number),
                            bk_expr_symbol(s->pool, term->rate));
        if (term->slot >= 0) {
            e = product(s->pool, e, bk_expr_symbol(s->pool, term->slot));
        }
        if (term->conversion >= 0) {
            e = product(s->pool, e, bk_expr_symbol(s->pool, term->conversion));
        }
        sum = sum < 0 ? e : bk_expr_2(s->pool, BK_OP_PLUS, sum, e);
        b->no_memory = b->no_memory || sum < 0;
    }
    s->implicit[variable] = s->equilibrium[variable] = true;
    s->n_implicit++;
    bk_kin_add_node(b, BK_KIN_RESIDUAL, s->variable[variable], -1, sum);
}

static void add_link(equilibria *q, int32_t moiety, int32_t of, int32_t at)
{
    bk_kin_build *const b = q->build;
    bk_kin_fast *const f = q->fast;
    if (!bk_grow(&f->links, &q->link_capacity, (size_t)f->n_links + 1,
                 sizeof *f->links)) {
        b->no_memory = true;
        return;
    }
    f->links[f->n_links++] =
        (bk_kin_link){moiety, of, b->system->first_extra + b->system->extras++, at};
}

/* The moiety gets a slot of its own, and the species is computed. */
static void make_moiety(equilibria *q, int32_t variable)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    const int32_t species = s->variable[variable];
    const int32_t slot = s->first_extra + s->extras++;
    bk_expr amount = bk_expr_symbol(s->pool, slot);
    for (int32_t k = 0; k < q->fast->n_links; k++) {
        const bk_kin_link *const link = &q->fast->links[k];
        if (link->moiety == variable) {
            const bk_expr of = amount_of(b, s->variable[link->of]);
            amount =
                bk_expr_2(s->pool, BK_OP_PLUS, amount,
                          product(s->pool, bk_expr_symbol(s->pool, link->slot), of));
        }
    }
    s->moiety[variable] = true;
    s->variable_slot[variable] = slot;
    if (s->amount_slot[species] >= 0) {
        bk_kin_add_node(b, BK_KIN_AMOUNT, species, s->amount_slot[species], amount);
    } else {
        bk_kin_add_node(b, BK_KIN_QUANTITY, species, species,
                        s->substance[species] ? amount
                                              : bk_expr_2(s->pool, BK_OP_DIVIDE, amount,
                                                          size_of(b, species)));
    }
    b->no_memory = b->no_memory || amount < 0;
}

/* Slow terms of an implicit species go to the moieties too that have it.  They are its own
 * while the fast reactions are off. */
static bool hand_on(equilibria *q)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    const int32_t before = s->n_terms;
    for (int32_t k = 0; k < before; k++) {
        const bk_kin_term term = s->terms[k];
        if (q->row_of[term.variable] < 0) {
            continue;
        }
        const bool fast = is_fast(b, &term);
        s->terms[k].number = fast ? 0.0 : term.number;
        for (int32_t l = 0; !fast && l < q->fast->n_links; l++) {
            if (q->fast->links[l].of != term.variable) {
                continue;
            }
            if (!bk_grow(&s->terms, &b->term_capacity, (size_t)s->n_terms + 1,
                         sizeof *s->terms)) {
                return bk_kin_fail(b);
            }
            bk_kin_term *const added = &s->terms[s->n_terms++];
            *added = term;
            added->variable = q->fast->links[l].moiety;
            added->link = q->fast->links[l].slot;
        }
    }
    return true;
}

static bool apply(equilibria *q)
{
    bk_kin_build *const b = q->build;
    const bk_kin_fast *const f = q->fast;
    for (int32_t c = 0; c < f->columns && !b->no_memory; c++) {
        if (f->pivots[c] >= 0) {
            add_residual(q, q->variables[f->pivots[c]]);
        }
    }
    for (int32_t c = 0; c < f->columns && !b->no_memory; c++) {
        for (int32_t i = 0; f->pivots[c] >= 0 && i < f->rows; i++) {
            const int32_t at = c * f->rows + i;
            if (!b->system->implicit[q->variables[i]] &&
                (!q->plain || q->n[at] != 0.0)) {
                add_link(q, q->variables[i], q->variables[f->pivots[c]], at);
            }
        }
    }
    for (int32_t i = 0; i < f->rows && !b->no_memory; i++) {
        if (!b->system->implicit[q->variables[i]]) {
            make_moiety(q, q->variables[i]);
        }
    }
    return !b->no_memory && hand_on(q);
}

/* Legal, and hardly ever meant. */
static void warn_of_rest(const bk_kin_build *b)
{
    bk_where where = {0};
    for (int32_t r = b->model->n_reactions - 1; r >= 0; r--) {
        where = b->model->reactions[r].where;
    }
    bk_diag_add(b->diag, BK_WARNING, where, "kinetic",
                "all reactions are marked as fast, so that they are in equilibrium at "
                "every time and nothing takes time; read with --ignore-fast if that is "
                "not meant");
}

bool bk_kin_build_fast(bk_kin_build *build)
{
    const bk_kin_system *const s = build->system;
    int32_t n = 0;
    for (int32_t k = 0; k < s->n_terms; k++) {
        n += is_fast(build, &s->terms[k]) ? 1 : 0;
    }
    if (n == 0) {
        return true;
    }
    if (n == s->n_terms && build->model->n_reactions > 1) {
        warn_of_rest(build);
    }
    equilibria q = {.build = build};
    bool good = allocate(&q) && fill(&q);
    if (good) {
        bk_kin_fast_reduce(q.fast, q.n, true);
        good = apply(&q);
    }
    bk_free(q.row_of);
    bk_free(q.column_of);
    bk_free(q.variables);
    bk_free(q.n);
    return good || bk_kin_fail(build);
}

/* A number of N must not change but by events. */
static void check_number(bk_kin_build *b, const bk_kin_term *term, int32_t slot)
{
    const bk_kin_system *const s = b->system;
    const bk_model *const m = b->model;
    if (slot < 0 || !bk_kin_varies(s, slot)) {
        return;
    }
    const int32_t node = s->node_of[slot];
    if (node <= -2 && !bk_kin_rated(b, slot) && !s->implicit[-2 - node]) {
        s->fast->moves = true;
        return;
    }
    bk_kin_refuse(b, m->reactions[m->symbols[term->rate].item].where,
                  "the fast reaction \"%s\" changes \"%s\" by a number that varies all "
                  "the time, which the kinetic engine cannot follow",
                  m->symbols[term->rate].id,
                  m->symbols[s->variable[term->variable]].id);
}

bool bk_kin_check_fast(bk_kin_build *build)
{
    const bk_kin_fast *const f = build->system->fast;
    for (int32_t k = 0; f != NULL && k < f->n_terms; k++) {
        check_number(build, &f->terms[k], f->terms[k].slot);
        check_number(build, &f->terms[k], f->terms[k].conversion);
    }
    return !build->refused;
}
