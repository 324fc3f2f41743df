/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/course.h"

#include "base/alloc.h"

#include <string.h>

bk_status bk_kin_outcome_new(bk_kin_work *w, const bk_settings *settings, size_t rows,
                             bk_outcome **outcome)
{
    const bk_kin_system *const s = w->system;
    if (settings->columns != NULL) {
        return bk_outcome_new(rows, settings->columns, settings->n_columns, s->symbols,
                              false, outcome);
    }
    bk_column *const columns = bk_alloc(((size_t)s->n + 1) * sizeof *columns);
    if (columns == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t v = 0; v < s->n; v++) {
        columns[v] = (bk_column){s->variable[v], BK_AS_DEFAULT};
    }
    const bk_status status =
        bk_outcome_new(rows, columns, s->n, s->symbols, false, outcome);
    bk_free(columns);
    return status;
}

/* All values at (t, y), truth from the numbers: a row at the very instant of a switch
 * shows what the relation says there. */
static void values_at(bk_kin_work *w, double t, const double *y)
{
    bk_kin_values(w, t, y, BK_FREE, w->free_status);
    w->evaluations--; /* not the integrator's */
    w->at_y = NULL;
}

void bk_kin_outcome_row(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
                        const double *y)
{
    const int n = bk_outcome_columns(outcome);
    bool rates = false;
    for (int c = 0; c < n && !rates; c++) {
        rates = bk_outcome_column(outcome, c).aspect == BK_AS_RATE;
    }
    values_at(w, t, y);
    if (rates) {
        bk_kin_derivative(w, w->dy);
        bk_kin_jacobian_here(w);
    }
    bk_outcome_set_time(outcome, row, t);
    double *const values = bk_outcome_row(outcome, row);
    for (int c = 0; c < n; c++) {
        values[c] = bk_kin_column(w, bk_outcome_column(outcome, c), y);
    }
}

void bk_kin_outcome_finish(bk_kin_work *w, bk_outcome *outcome, double t,
                           const double *y)
{
    values_at(w, t, y);
    bk_kin_outcome_keep(w, outcome);
}

void bk_kin_outcome_keep(bk_kin_work *w, bk_outcome *outcome)
{
    memcpy(bk_outcome_state_mutable(outcome), w->slots,
           (size_t)w->system->symbols * sizeof *w->slots);
    bk_counters *const counters = bk_outcome_counters_mutable(outcome);
    const bk_rodas *const r = w->rodas;
    if (r != NULL) {
        counters->steps = r->steps;
        counters->rejected = r->rejected;
        counters->jacobians = r->jacobians;
        counters->factorisations = r->factorisations;
    }
    counters->evaluations = w->evaluations;
}
