/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/work.h"

#include "base/alloc.h"
#include "model/moieties.h"
#include "solve/eigen.h"

#include <blockade/kinetic.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* The Jacobian at a steady state, made smaller: first by the variables that never move,
 * then by the implicit ones, then by one variable for each conserved moiety. */

enum { MOST = 2000 };

typedef struct matrix {
    int32_t rows, columns;
    double *at; /* by rows */
} matrix;

typedef struct judging {
    bk_kin_work *w;
    int32_t *place; /* [n] row of a variable, or -1 */
    matrix jacobian, sums;
    double *re, *im;
} judging;

static double *row_of(const matrix *m, int32_t row)
{
    return m->at + (size_t)row * (size_t)m->columns;
}

static bool matrix_new(matrix *m, int32_t rows, int32_t columns)
{
    *m = (matrix){rows, columns,
                  bk_alloc_zero((size_t)rows * (size_t)columns + 1, sizeof(double))};
    return m->at != NULL;
}

/* Removes row `row` and column `column`. */
static void drop(matrix *m, int32_t row, int32_t column)
{
    double *to = m->at;
    for (int32_t i = 0; i < m->rows; i++) {
        for (int32_t j = 0; j < m->columns; j++) {
            if (i != row && j != column) {
                *to++ = row_of(m, i)[j];
            }
        }
    }
    m->rows -= row >= 0 ? 1 : 0;
    m->columns -= column >= 0 ? 1 : 0;
}

bool bk_kin_moves(const bk_kin_work *w, int32_t variable)
{
    const bk_kin_system *const s = w->system;
    return !bk_kin_is_held(w, variable) &&
           (s->term_starts[variable + 1] > s->term_starts[variable] ||
            s->derivative_node[variable] >= 0);
}

static bool fill_jacobian(judging *g)
{
    const bk_kin_system *const s = g->w->system;
    int32_t n = 0;
    for (int32_t v = 0; v < s->n; v++) {
        g->place[v] = bk_kin_moves(g->w, v) ? n++ : -1;
    }
    if (!matrix_new(&g->jacobian, n, n)) {
        return false;
    }
    for (int32_t v = 0; v < s->n; v++) {
        for (int32_t k = s->starts[v]; k < s->starts[v + 1]; k++) {
            const int32_t row = g->place[s->rows[k]];
            if (row >= 0 && g->place[v] >= 0) {
                row_of(&g->jacobian, row)[g->place[v]] = g->w->values[k];
            }
        }
    }
    return true;
}

static void forget(judging *g, int32_t place)
{
    for (int32_t v = 0; v < g->w->system->n; v++) {
        if (g->place[v] >= place) {
            g->place[v] = g->place[v] == place ? -1 : g->place[v] - 1;
        }
    }
}

/* Residual rows of implicit variables are solved for them, the largest pivot first. */
static bk_status eliminate_implicit(judging *g)
{
    const bk_kin_work *const w = g->w;
    matrix *const j = &g->jacobian;
    for (;;) {
        int32_t row = -1;
        int32_t column = -1;
        double most = 0.0;
        bool any = false;
        for (int32_t v = 0; v < w->system->n; v++) {
            for (int32_t u = 0;
                 g->place[v] >= 0 && w->mass[v] == 0.0 && u < w->system->n; u++) {
                any = true;
                if (g->place[u] >= 0 && w->mass[u] == 0.0 &&
                    fabs(row_of(j, g->place[v])[g->place[u]]) > most) {
                    row = g->place[v];
                    column = g->place[u];
                    most = fabs(row_of(j, row)[column]);
                }
            }
        }
        if (row < 0) {
            return any ? BK_NUMERICAL : BK_OK;
        }
        for (int32_t i = 0; i < j->rows; i++) {
            const double factor = row_of(j, i)[column] / row_of(j, row)[column];
            for (int32_t k = 0; i != row && k < j->columns; k++) {
                row_of(j, i)[k] -= factor * row_of(j, row)[k];
            }
        }
        /* rows and columns keep one numbering: the pivot's row trades places */
        for (int32_t k = 0; k < j->columns && row != column; k++) {
            row_of(j, row)[k] = row_of(j, column)[k];
        }
        drop(j, column, column);
        forget(g, column);
    }
}

static bk_status fill_sums(judging *g, const bk_overlay *overlay)
{
    const bk_kin_system *const s = g->w->system;
    bk_moieties *all = NULL;
    const bk_status status = bk_kinetic_moieties(&s->head, overlay, &all);
    if (status == BK_NUMERICAL) { /* none are known */
        return matrix_new(&g->sums, 0, g->jacobian.columns) ? BK_OK : BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        return status;
    }
    const int32_t n = bk_moieties_count(all);
    const bool made = matrix_new(&g->sums, n, g->jacobian.columns);
    for (int32_t i = 0; made && i < n; i++) {
        const bk_moiety *const m = bk_moieties_at(all, i);
        for (int32_t k = 0; k < m->n; k++) {
            const int32_t v = s->variable_of[m->parts[k].species];
            if (v >= 0 && g->place[v] >= 0) {
                row_of(&g->sums, i)[g->place[v]] = (double)m->parts[k].number;
            }
        }
    }
    bk_moieties_free(all);
    return made ? BK_OK : BK_NO_MEMORY;
}

/* One variable of each sum follows from the others.  How many there were. */
static int32_t eliminate_sums(judging *g)
{
    matrix *const j = &g->jacobian;
    matrix *const l = &g->sums;
    int32_t taken = 0;
    while (l->rows > 0) {
        int32_t row = 0;
        int32_t column = 0;
        double most = 0.0;
        for (int32_t i = 0; i < l->rows; i++) {
            for (int32_t k = 0; k < l->columns; k++) {
                if (fabs(row_of(l, i)[k]) > most) {
                    most = fabs(row_of(l, i)[k]);
                    row = i;
                    column = k;
                }
            }
        }
        if (most == 0.0) {
            break;
        }
        const double *const pivot = row_of(l, row);
        for (int32_t i = 0; i < j->rows; i++) {
            const double factor = row_of(j, i)[column] / pivot[column];
            for (int32_t k = 0; factor != 0.0 && k < j->columns; k++) {
                row_of(j, i)[k] -= factor * pivot[k];
            }
        }
        for (int32_t i = 0; i < l->rows; i++) {
            const double factor = i == row ? 0.0 : row_of(l, i)[column] / pivot[column];
            for (int32_t k = 0; factor != 0.0 && k < l->columns; k++) {
                row_of(l, i)[k] -= factor * pivot[k];
            }
        }
        drop(l, row, column);
        drop(j, column, column);
        taken++;
    }
    return taken;
}

static bk_status judge(judging *g, bk_stability *made)
{
    matrix *const j = &g->jacobian;
    const int32_t n = j->rows;
    double norm = 0.0;
    for (int32_t k = 0; k < n * n; k++) {
        norm += j->at[k] * j->at[k];
    }
    const double zero = 16.0 * DBL_EPSILON * sqrt(norm);
    const bk_status status = bk_eigenvalues(n, j->at, g->re, g->im);
    if (status != BK_OK) {
        return status;
    }
    double nearest = (double)INFINITY;
    made->n = n;
    for (int32_t i = 0; i < n; i++) {
        nearest = fmin(nearest, fabs(g->re[i]));
        if (i == 0 || g->re[i] > made->largest) {
            made->largest = g->re[i];
            made->imaginary = fabs(g->im[i]);
        }
    }
    made->kind = n == 0 || made->largest < -zero ? BK_STABLE
                 : made->largest > zero          ? BK_UNSTABLE
                                                 : BK_MARGINAL;
    made->slowest = n == 0 ? 0.0 : nearest <= zero ? (double)INFINITY : 1.0 / nearest;
    return BK_OK;
}

bk_status bk_kin_moieties(const bk_system *system, const bk_overlay *overlay,
                          const bool *assigned, bk_moieties **moieties)
{
    const bk_model *const m = system->model;
    bool *const excluded = bk_alloc_zero((size_t)m->n_symbols + 1, sizeof *excluded);
    if (excluded == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; overlay != NULL && i < overlay->n_symbols; i++) {
        const bk_overlay_symbol *const o = &overlay->symbols[i];
        excluded[o->symbol] = !isnan(o->layer[BK_BACKGROUND].fix);
    }
    for (int32_t i = 0; assigned != NULL && i < m->n_symbols; i++) {
        excluded[i] = excluded[i] || assigned[i];
    }
    const bk_status status =
        bk_moieties_find_without(m, excluded, assigned != NULL, moieties);
    bk_free(excluded);
    return status;
}

bk_status bk_kinetic_moieties(const bk_system *system, const bk_overlay *overlay,
                              bk_moieties **moieties)
{
    return bk_kin_moieties(system, overlay, NULL, moieties);
}

void bk_kin_state_to_y(const bk_kin_work *w, const double *state, double *y)
{
    const bk_kin_system *const s = w->system;
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t symbol = s->variable[v];
        const int32_t compartment = s->head.model->symbols[symbol].compartment;
        y[v] = state[symbol] *
               (s->variable_amount[v] && compartment >= 0 ? state[compartment] : 1.0);
    }
}

static bool is_judged(const bk_kin_system *s, bk_diag *diag)
{
    const bk_where where = {.file = bk_model_source(s->head.model)};
    if (s->fast != NULL || s->n_delays > 0) {
        bk_diag_add(diag, BK_ERROR, where, "stability",
                    "the stability of a model with %s is not judged",
                    s->fast != NULL ? "fast reactions" : "delays");
        return false;
    }
    if (s->n > MOST) {
        bk_diag_add(
            diag, BK_ERROR, where, "stability",
            "the stability of a model with more than %d variables is not judged", MOST);
        return false;
    }
    return true;
}

bk_status bk_kinetic_stability(const bk_system *system, const bk_overlay *overlay,
                               const bk_settings *settings, const bk_outcome *outcome,
                               bk_workspace *workspace, bk_diag *diag,
                               bk_stability *stability)
{
    if (workspace->system != system || system->engine != &bk_engine_ode) {
        return BK_MISUSE;
    }
    bk_kin_work *const w = (bk_kin_work *)workspace;
    const bk_kin_system *const s = w->system;
    if (!is_judged(s, diag)) {
        return BK_UNSUPPORTED;
    }
    judging g = {.w = w};
    bk_stability made = {.kind = BK_STABLE};
    g.place = bk_alloc(((size_t)s->n + 1) * sizeof *g.place);
    g.re = bk_alloc_zero(2 * (size_t)s->n + 2, sizeof *g.re);
    double *const y = bk_alloc_zero((size_t)s->n + 1, sizeof *y);
    bk_status status =
        g.place == NULL || g.re == NULL || y == NULL ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK) {
        g.im = g.re + s->n + 1;
        status = bk_kin_start(w, overlay, settings, diag, y);
    }
    if (status == BK_OK) {
        bk_kin_state_to_y(w, bk_outcome_state(outcome), y);
        bk_kin_values(w, bk_outcome_time(outcome, 0), y, BK_FREE, w->status);
        w->at_y = NULL;
        status = !bk_kin_jacobian_here(w) ? BK_NUMERICAL
                 : fill_jacobian(&g)      ? eliminate_implicit(&g)
                                          : BK_NO_MEMORY;
    }
    status = status == BK_OK ? fill_sums(&g, overlay) : status;
    if (status == BK_OK) {
        made.moieties = eliminate_sums(&g);
        status = judge(&g, &made);
    }
    bk_free(g.place);
    bk_free(g.re);
    bk_free(g.jacobian.at);
    bk_free(g.sums.at);
    bk_free(y);
    if (status == BK_OK) {
        *stability = made;
    }
    return status;
}
