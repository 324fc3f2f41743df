/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/course.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <float.h>
#include <math.h>
#include <string.h>

static bool course_rhs(void *context, double t, const double *y, double *dy)
{
    bk_kin_work *const w = context;
    bk_kin_values(w, t, y, w->truth, w->status);
    w->at_t = t;
    w->at_y = y;
    return bk_kin_derivative(w, dy);
}

static bool course_jacobian(void *context, double t, const double *y, double *values,
                            double *dfdt)
{
    bk_kin_work *const w = context;
    const bk_kin_system *const s = w->system;
    if (w->at_y != y || w->at_t != t) {
        bk_kin_values(w, t, y, w->truth, w->status);
    }
    const bool finite = bk_kin_jacobian_here(w);
    memcpy(values, w->values, (size_t)s->n_values * sizeof *values);
    memcpy(dfdt, w->values + s->n_values, (size_t)s->n * sizeof *dfdt);
    return finite;
}

bk_status bk_kin_course_begin(bk_kin_course *course, bk_kin_work *work,
                              const bk_settings *settings, const double *y)
{
    const bk_kin_system *const s = work->system;
    const double span = fabs(settings->t_end - settings->t_start);
    *course = (bk_kin_course){.work = work,
                              .settings = settings,
                              .span = span > 0.0 ? span : 1.0,
                              .last_switch = -(double)INFINITY,
                              .free_until = -(double)INFINITY};
    course->flipped =
        bk_alloc_zero((size_t)s->n_relations + 1, sizeof *course->flipped);
    if (course->flipped == NULL) {
        return BK_NO_MEMORY;
    }
    if (work->rodas == NULL) {
        const bk_rodas_problem problem = {.n = s->n,
                                          .starts = s->starts,
                                          .rows = s->rows,
                                          .group = s->group,
                                          .units = work->units,
                                          .context = work,
                                          .rhs = course_rhs,
                                          .jacobian = course_jacobian};
        const bk_status status =
            bk_rodas_new(&problem, &bk_rodas_default, &work->rodas);
        if (status != BK_OK) {
            bk_kin_course_end(course);
            return status;
        }
    }
    work->truth = s->n_roots > 0 ? BK_HELD : BK_FREE;
    work->at_y = NULL;
    bk_rodas_start(work->rodas, settings->t_start, y, settings->rtol, settings->atol,
                   course->span);
    return BK_OK;
}

void bk_kin_course_end(bk_kin_course *course)
{
    bk_free(course->flipped);
    course->flipped = NULL;
}

/* --- switches ----------------------------------------------------------------------------- */

static bool truth_of(bk_op op, double gap)
{
    switch (op) {
    case BK_OP_EQ:
        return gap == 0.0;
    case BK_OP_NEQ:
        return gap != 0.0;
    case BK_OP_LT:
        return gap < 0.0;
    case BK_OP_LEQ:
        return gap <= 0.0;
    case BK_OP_GT:
        return gap > 0.0;
    default:
        return gap >= 0.0;
    }
}

/* The numbers at hand contradict the status of a relation; NaN contradicts nothing. */
static bool crossed(const bk_kin_work *w, int32_t relation)
{
    const double gap = w->gap[relation];
    return !isnan(gap) && truth_of(bk_program_relation_op(w->program, relation), gap) !=
                              (w->status[relation] != 0);
}

static int32_t first_crossed(const bk_kin_work *w)
{
    for (int32_t k = 0; k < w->system->n_roots; k++) {
        if (crossed(w, w->system->roots[k])) {
            return w->system->roots[k];
        }
    }
    return -1;
}

/* A relation that has crossed at time t of the last step, or -1; gaps are those of t. */
static int32_t look(bk_kin_course *c, double t)
{
    bk_kin_work *const w = c->work;
    bk_rodas_dense(w->rodas, t, w->y);
    w->at_y = NULL;
    bk_kin_values(w, t, w->y, BK_HELD, w->status);
    return first_crossed(w);
}

/* The first time in (low, high] at which something has crossed, to a few units in the
 * last place.  Secant steps on the gap of what has crossed at `high`, bisection in
 * between, and a probe next to the last point, which ends it where the gap is linear. */
static double locate(bk_kin_course *c, double low, double high, int32_t relation)
{
    bk_kin_work *const w = c->work;
    double gap_high = w->gap[relation];
    look(c, low);
    double gap_low = w->gap[relation];
    for (int i = 0; i < 200; i++) {
        const double tiny = 4.0 * DBL_EPSILON * fmax(fabs(high), fabs(low));
        if (high - low <= tiny) {
            break;
        }
        double t = low + 0.5 * (high - low);
        if (i % 3 == 0 && gap_low != gap_high) {
            const double secant = low - gap_low * (high - low) / (gap_high - gap_low);
            t = secant > low && secant < high ? secant : t;
        } else if (i % 3 == 1) {
            t = fabs(gap_low) <= fabs(gap_high) ? low + tiny : high - tiny;
        }
        if (!(t > low && t < high)) {
            t = low + 0.5 * (high - low);
        }
        const int32_t found = look(c, t);
        if (found < 0) {
            low = t;
            gap_low = w->gap[relation];
        } else {
            high = t;
            if (found != relation && !crossed(w, relation)) {
                relation = found; /* another one was earlier */
                look(c, low);
                gap_low = w->gap[relation];
                look(c, high);
            }
            gap_high = w->gap[relation];
        }
    }
    look(c, high);
    const bool exact = gap_low == 0.0 && low > w->rodas->t_old;
    return exact ? low : high;
}

/* What crossed at the place looked at last. */
static void collect(bk_kin_course *c)
{
    const bk_kin_system *const s = c->work->system;
    memset(c->flipped, 0, (size_t)s->n_relations * sizeof *c->flipped);
    for (int32_t k = 0; k < s->n_roots; k++) {
        c->flipped[s->roots[k]] = crossed(c->work, s->roots[k]);
    }
}

/* It changes its status, and so does what follows from that at the same instant. */
static void change(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    const bk_kin_system *const s = w->system;
    for (int32_t k = 0; k < s->n_roots; k++) {
        const int32_t r = s->roots[k];
        w->status[r] = c->flipped[r] ? !w->status[r] : w->status[r];
    }
    bool more = true;
    for (int32_t round = 0; more && round <= s->n_roots; round++) {
        more = false;
        bk_kin_values(w, w->rodas->t, w->rodas->y, BK_HELD, w->status);
        for (int32_t k = 0; k < s->n_roots; k++) {
            const int32_t r = s->roots[k];
            if (!c->flipped[r] && crossed(w, r)) {
                c->flipped[r] = true;
                w->status[r] = !w->status[r];
                more = true;
            }
        }
    }
    w->at_y = NULL;
}

static void note_switch(bk_kin_course *c)
{
    const bk_rodas *const r = c->work->rodas;
    c->switches++;
    c->near = r->t - c->last_switch <= 1e-6 * c->span ? c->near + 1 : 0;
    c->last_switch = r->t;
    if (c->near > 2L * c->work->system->n_roots + 20) {
        c->work->truth = BK_FREE;
        c->free_until = r->t + 0.01 * c->span;
        c->work->rodas->floor = 1e-5 * c->span;
        c->near = 0;
    }
}

static void switch_at(bk_kin_course *c, double low, double high, int32_t relation)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    const double t = locate(c, low, high, relation);
    collect(c);
    if (t - r->t_old <= 8.0 * DBL_EPSILON * fabs(t)) {
        bk_rodas_rewind(r);
    } else if (t < r->t) {
        bk_rodas_dense(r, t, w->y);
        if (bk_rodas_retake(r, t) != BK_RODAS_ACCEPTED) {
            r->t = t;
            bk_rodas_replace(r, w->y);
        }
    }
    change(c);
    bk_rodas_restart(r);
    note_switch(c);
}

static void check_switches(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    const double middle = r->t_old + 0.5 * (r->t - r->t_old);
    int32_t relation = look(c, middle);
    if (relation >= 0) {
        switch_at(c, r->t_old, middle, relation);
        return;
    }
    if (bk_rodas_derivative(r) == NULL) {
        return; /* the next step will say so */
    }
    relation = first_crossed(w);
    if (relation >= 0) {
        switch_at(c, middle, r->t, relation);
    }
}

/* Back from free running: truth as the numbers have it now. */
static void hold_again(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_kin_values(w, w->rodas->t, w->rodas->y, BK_FREE, w->status);
    w->at_y = NULL;
    w->truth = BK_HELD;
    w->rodas->floor = 0.0;
    bk_rodas_restart(w->rodas);
}

void bk_kin_course_look(bk_kin_course *course)
{
    check_switches(course);
}

bool bk_kin_course_step(bk_kin_course *course, double limit)
{
    bk_kin_work *const w = course->work;
    const bool roots = w->system->n_roots > 0;
    if (roots && w->truth == BK_FREE && w->rodas->t >= course->free_until) {
        hold_again(course);
    }
    course->result = bk_rodas_step(w->rodas, limit);
    if (course->result != BK_RODAS_ACCEPTED) {
        return false;
    }
    if (roots && w->truth == BK_HELD) {
        check_switches(course);
    }
    return true;
}

void bk_kin_course_fail(const bk_kin_course *course, bk_outcome *outcome)
{
    const bk_kin_work *const w = course->work;
    const bk_rodas *const r = w->rodas;
    const bk_kin_system *const s = w->system;
    char time[40];
    bk_c_snprintf(time, sizeof time, "%.6g", r->t);
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
    bk_outcome_end(
        outcome, BK_STOP_FAILED,
        "the integration cannot go on at time %s: its step size vanished, %s is "
        "the hardest to follow",
        time, s->n > 0 ? bk_symbol_id(s->head.model, s->variable[r->worst]) : "time");
}
