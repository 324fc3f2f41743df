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
    int32_t *row_of;    /* [n] variable -> row, or -1 */
    int32_t *column_of; /* [symbols] reaction -> column, or -1 */
    int32_t *variables; /* [rows] */
    int32_t *pivot;     /* [columns] row, or -1 */
    int32_t rows, columns;
    double *n; /* [columns * rows], by columns; reduced to L in the end */
} equilibria;

static bool is_fast(const bk_kin_build *b, const bk_kin_term *term)
{
    const bk_reaction *const reaction =
        &b->model->reactions[b->model->symbols[term->rate].item];
    return reaction->fast && reaction->law >= 0;
}

/* A value that the model gives once and for all; NaN: it does not. */
static double plain_value(bk_kin_build *b, int32_t slot)
{
    const bk_model *const m = b->model;
    const bk_exprs *const pool = b->system->pool;
    bk_expr law = BK_NO_EXPR;
    for (int32_t i = 0; i < b->system->n_nodes; i++) {
        law = b->system->nodes[i].slot == slot ? b->system->nodes[i].math : law;
    }
    for (int32_t i = 0; law < 0 && i < m->n_initials; i++) {
        if (m->initials[i].target == slot && m->initials[i].math >= 0) {
            law = bk_kin_prepare(b, slot, m->initials[i].math);
        }
    }
    if (law >= 0) {
        return bk_expr_op(pool, law) == BK_OP_NUMBER ? bk_expr_value(pool, law)
                                                     : (double)NAN;
    }
    for (int32_t i = 0; i < m->n_event_assignments; i++) {
        if (m->event_assignments[i].target == slot) {
            return (double)NAN;
        }
    }
    return slot < m->n_symbols && b->rules[slot] < 0 ? m->symbols[slot].value
                                                     : (double)NAN;
}

/* The number that stands for a slot in N. */
static double number_of(equilibria *q, const bk_kin_term *term, int32_t slot)
{
    const bk_model *const m = q->build->model;
    if (slot < 0) {
        return 1.0;
    }
    const double value = plain_value(q->build, slot);
    if (!isfinite(value)) {
        const int32_t species = q->build->system->variable[term->variable];
        bk_kin_refuse(q->build, m->reactions[m->symbols[term->rate].item].where,
                      "the fast reaction \"%s\" changes \"%s\" by what is not a plain "
                      "number",
                      m->symbols[term->rate].id, m->symbols[species].id);
    }
    if (slot < m->n_symbols) {
        q->build->system->fast[slot] = BK_KIN_FAST_NUMBER;
    }
    return value;
}

static bool allocate(equilibria *q)
{
    bk_kin_system *const s = q->build->system;
    const size_t n = (size_t)s->n + 1;
    const size_t symbols = (size_t)s->symbols + 1;
    s->fast = bk_alloc_zero(symbols, sizeof *s->fast);
    q->row_of = bk_alloc(n * sizeof *q->row_of);
    q->variables = bk_alloc(n * sizeof *q->variables);
    q->column_of = bk_alloc(symbols * sizeof *q->column_of);
    q->pivot = bk_alloc(((size_t)q->build->model->n_reactions + 1) * sizeof *q->pivot);
    if (s->fast == NULL || q->row_of == NULL || q->variables == NULL ||
        q->column_of == NULL || q->pivot == NULL) {
        return false;
    }
    for (size_t v = 0; v < n; v++) {
        q->row_of[v] = -1;
    }
    for (size_t i = 0; i < symbols; i++) {
        q->column_of[i] = -1;
    }
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const term = &s->terms[k];
        if (!is_fast(q->build, term)) {
            continue;
        }
        if (q->row_of[term->variable] < 0) {
            q->row_of[term->variable] = q->rows;
            q->variables[q->rows++] = term->variable;
        }
        if (q->column_of[term->rate] < 0) {
            q->column_of[term->rate] = q->columns++;
        }
    }
    q->n = bk_alloc_zero((size_t)q->rows * (size_t)q->columns + 1, sizeof *q->n);
    return q->n != NULL;
}

static void fill(equilibria *q)
{
    bk_kin_system *const s = q->build->system;
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const term = &s->terms[k];
        if (is_fast(q->build, term)) {
            const int32_t at =
                q->column_of[term->rate] * q->rows + q->row_of[term->variable];
            q->n[at] += term->number * number_of(q, term, term->slot) *
                        number_of(q, term, term->conversion);
        }
    }
}

/* Gauss and Jordan on the transpose: in the end row i of a column with pivot j holds
 * L_ij, and one at j itself. */
static void reduce(equilibria *q)
{
    const int32_t rows = q->rows;
    for (int32_t c = 0; c < q->columns; c++) {
        double *const column = q->n + (size_t)c * (size_t)rows;
        q->pivot[c] = -1;
        double most = 1e-12;
        for (int32_t i = 0; i < rows; i++) {
            if (fabs(column[i]) > most) {
                most = fabs(column[i]);
                q->pivot[c] = i;
            }
        }
        if (q->pivot[c] < 0) {
            continue; /* this reaction does nothing that the others do not */
        }
        const double lead = column[q->pivot[c]];
        for (int32_t i = 0; i < rows; i++) {
            column[i] /= lead;
        }
        for (int32_t d = 0; d < q->columns; d++) {
            double *const other = q->n + (size_t)d * (size_t)rows;
            const double by = other[q->pivot[c]];
            for (int32_t i = 0; d != c && by != 0.0 && i < rows; i++) {
                other[i] -= by * column[i];
                other[i] = fabs(other[i]) < 1e-13 ? 0.0 : other[i];
            }
        }
    }
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

static void add_link(equilibria *q, int32_t moiety, int32_t of, double number)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    if (!bk_grow(&s->links, &b->link_capacity, (size_t)s->n_links + 1,
                 sizeof *s->links)) {
        b->no_memory = true;
        return;
    }
    s->links[s->n_links++] = (bk_kin_link){moiety, of, number};
}

/* The moiety gets a slot of its own, and the species is computed. */
static void make_moiety(equilibria *q, int32_t variable)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    const int32_t species = s->variable[variable];
    const int32_t slot = s->first_extra + s->extras++;
    bk_expr amount = bk_expr_symbol(s->pool, slot);
    for (int32_t k = 0; k < s->n_links; k++) {
        if (s->links[k].moiety == variable) {
            const bk_expr of = amount_of(b, s->variable[s->links[k].of]);
            amount = bk_expr_2(
                s->pool, BK_OP_PLUS, amount,
                product(s->pool, bk_expr_number(s->pool, s->links[k].number), of));
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
        for (int32_t l = 0; !fast && l < s->n_links; l++) {
            if (s->links[l].of != term.variable) {
                continue;
            }
            if (!bk_grow(&s->terms, &b->term_capacity, (size_t)s->n_terms + 1,
                         sizeof *s->terms)) {
                return bk_kin_fail(b);
            }
            bk_kin_term *const added = &s->terms[s->n_terms++];
            *added = term;
            added->variable = s->links[l].moiety;
            added->number = -s->links[l].number * term.number;
        }
    }
    return true;
}

static bool apply(equilibria *q)
{
    bk_kin_build *const b = q->build;
    bk_kin_system *const s = b->system;
    for (int32_t c = 0; c < q->columns && !b->no_memory; c++) {
        if (q->pivot[c] < 0) {
            continue;
        }
        const int32_t of = q->variables[q->pivot[c]];
        add_residual(q, of);
        for (int32_t i = 0; i < q->rows; i++) {
            const double number = q->n[(size_t)c * (size_t)q->rows + (size_t)i];
            if (i != q->pivot[c] && number != 0.0) {
                add_link(q, q->variables[i], of, number);
            }
        }
    }
    for (int32_t i = 0; i < q->rows && !b->no_memory; i++) {
        s->fast[s->variable[q->variables[i]]] = BK_KIN_FAST_SPECIES;
        if (!s->implicit[q->variables[i]]) {
            make_moiety(q, q->variables[i]);
        }
    }
    return !b->no_memory && hand_on(q);
}

bool bk_kin_build_fast(bk_kin_build *build)
{
    const bk_kin_system *const s = build->system;
    bool any = false;
    for (int32_t k = 0; k < s->n_terms && !any; k++) {
        any = is_fast(build, &s->terms[k]);
    }
    if (!any) {
        return true;
    }
    equilibria q = {.build = build};
    bool good = allocate(&q);
    if (good) {
        fill(&q);
        reduce(&q);
        good = build->refused || apply(&q);
    }
    bk_free(q.row_of);
    bk_free(q.column_of);
    bk_free(q.variables);
    bk_free(q.pivot);
    bk_free(q.n);
    return good || bk_kin_fail(build);
}
