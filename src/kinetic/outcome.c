/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"
#include "kinetic/events.h"

#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* All values at (t, y), truth from the numbers: a row at the very instant of a switch
 * shows what the relation says there. */
static void values_at(bk_kin_work *w, double t, const double *y)
{
    bk_kin_values(w, t, y, BK_FREE, w->free_status);
    w->evaluations--; /* not the integrator's */
    w->at_y = NULL;
}

static void fill_row(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
                     const double *y)
{
    const int n = bk_outcome_columns(outcome);
    bk_outcome_set_time(outcome, row, t);
    double *const values = bk_outcome_row(outcome, row);
    for (int c = 0; c < n; c++) {
        values[c] = bk_kin_column(w, bk_outcome_column(outcome, c), y);
    }
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
        if (w->block != NULL) {
            bk_kin_implicit_rates(w, w->dy);
        }
    }
    fill_row(w, outcome, row, t, y);
}

void bk_kin_outcome_show(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
                         const double *y)
{
    const int n = bk_outcome_columns(outcome);
    for (int c = 0; c < n; c++) {
        if (bk_kin_column_needs_laws(w, bk_outcome_column(outcome, c))) {
            bk_kin_outcome_row(w, outcome, row, t, y);
            return;
        }
    }
    bk_kin_place_variables(w, y);
    w->at_y = NULL;
    fill_row(w, outcome, row, t, y);
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

void bk_kin_course_fail(const bk_kin_course *course, bk_outcome *outcome)
{
    const bk_kin_work *const w = course->work;
    const bk_rodas *const r = w->rodas;
    const bk_kin_system *const s = w->system;
    if (bk_kin_events_fail(course, outcome)) {
        return;
    }
    char time[40];
    bk_c_snprintf(time, sizeof time, "%.6g", r->t);
    if (course->inconsistent >= 0) {
        bk_outcome_end(outcome, BK_STOP_FAILED,
                       "%s finds no value after the jump at time %s that fulfils its "
                       "algebraic rule or fast reactions",
                       bk_symbol_id(s->head.model, s->variable[course->inconsistent]),
                       time);
        return;
    }
    if (course->result == BK_RODAS_NOT_FINITE) {
        int32_t v = 0;
        while (v < s->n && isfinite(r->f[v])) {
            v++;
        }
        bk_outcome_end(outcome, BK_STOP_FAILED,
                       "the derivative of %s is not a finite number at time %s",
                       v < s->n ? bk_symbol_id(s->head.model, s->variable[v])
                                : "a variable",
                       time);
        return;
    }
    const bool blind = course->result == BK_RODAS_BLIND;
    bk_outcome_end(
        outcome, BK_STOP_FAILED,
        blind
            ? "the integration cannot go on at time %s: the rate at which %s changes "
              "is "
              "so far above others that these are lost in its rounding; give that "
              "reaction a smaller rate or make it an equilibrium"
            : "the integration cannot go on at time %s: its step size vanished, %s is "
              "the hardest to follow",
        time, s->n > 0 ? bk_symbol_id(s->head.model, s->variable[r->worst]) : "time");
}
