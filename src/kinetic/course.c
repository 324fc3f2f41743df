/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"

#include "kinetic/consistent.h"
#include "kinetic/history.h"

#include "base/alloc.h"

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

bk_status bk_kin_integrator(bk_kin_work *work)
{
    const bk_kin_system *const s = work->system;
    const bk_rodas_problem problem = {.n = s->n,
                                      .starts = s->starts,
                                      .rows = s->rows,
                                      .mass = s->n_implicit > 0 ? work->mass : NULL,
                                      .group = s->group,
                                      .units = work->units,
                                      .context = work,
                                      .rhs = course_rhs,
                                      .jacobian = course_jacobian,
                                      .rhs_work = bk_kin_rhs_work(s),
                                      .jacobian_work = bk_kin_jacobian_work(s),
                                      .observed = s->n_relations > 0};
    return work->rodas != NULL
               ? BK_OK
               : bk_rodas_new(&problem, &bk_rodas_default, &work->rodas);
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
                              .free_until = -(double)INFINITY,
                              .inconsistent = -1};
    course->flipped =
        bk_alloc_zero((size_t)s->n_relations + 1, sizeof *course->flipped);
    if (course->flipped == NULL) {
        return BK_NO_MEMORY;
    }
    const bk_status ready = bk_kin_integrator(work);
    if (ready != BK_OK) {
        bk_kin_course_end(course);
        return ready;
    }
    work->truth = s->n_roots > 0 ? BK_HELD : BK_FREE;
    work->at_y = NULL;
    bk_rodas_start(work->rodas, settings->t_start, y, settings->rtol, settings->atol,
                   course->span);
    const bk_status status = bk_kin_events_begin(course);
    if (status != BK_OK) {
        bk_kin_course_end(course);
    }
    return status;
}

void bk_kin_course_end(bk_kin_course *course)
{
    bk_kin_events_end(course);
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

signed char bk_kin_sign(double gap)
{
    return (signed char)((gap > 0.0) - (gap < 0.0));
}

bool bk_kin_truth(const bk_kin_work *w, int32_t relation, double gap)
{
    return truth_of(bk_program_relation_op(w->program, relation), gap);
}

/* An equality that an event may wait for has crossed when its gap has another sign. */
bool bk_kin_crossed(const bk_kin_work *w, int32_t relation)
{
    const double gap = w->gap[relation];
    const bk_op op = bk_program_relation_op(w->program, relation);
    const bool events = w->system->n_events > 0;
    if (isnan(gap)) {
        return false;
    }
    return events && (op == BK_OP_EQ || op == BK_OP_NEQ)
               ? bk_kin_sign(gap) != w->side[relation]
               : truth_of(op, gap) != (w->status[relation] != 0);
}

void bk_kin_take(bk_kin_work *w, int32_t relation)
{
    w->status[relation] = bk_kin_truth(w, relation, w->gap[relation]);
    w->side[relation] = bk_kin_sign(w->gap[relation]);
}

static int32_t first_crossed(const bk_kin_work *w)
{
    for (int32_t k = 0; k < w->system->n_roots; k++) {
        if (bk_kin_crossed(w, w->system->roots[k])) {
            return w->system->roots[k];
        }
    }
    return -1;
}

int32_t bk_kin_look(bk_kin_course *course, double t)
{
    bk_kin_work *const w = course->work;
    bk_rodas_dense(w->rodas, t, w->y);
    w->at_y = NULL;
    bk_kin_values(w, t, w->y, BK_HELD, w->status);
    const bool blind = course->agenda != NULL && t <= course->agenda->blind_until;
    return blind ? -1 : first_crossed(w);
}

/* The first time in (low, high] at which something has crossed, to a few units in the
 * last place; of a model with events to neighbouring numbers, since its trigger may hold
 * at the very first one after a jump only.  Secant steps on the gap of what has crossed at `high`, bisection in
 * between, and a probe next to the last point, which ends it where the gap is linear. */
static double locate(bk_kin_course *c, double low, double high, int32_t relation)
{
    bk_kin_work *const w = c->work;
    double gap_high = w->gap[relation];
    bk_kin_look(c, low);
    double gap_low = w->gap[relation];
    for (int i = 0; i < 200; i++) {
        const double tiny = 4.0 * DBL_EPSILON * fmax(fabs(high), fabs(low));
        const double middle = low + 0.5 * (high - low);
        if ((high - low <= tiny && c->agenda == NULL) ||
            !(middle > low && middle < high)) {
            break;
        }
        double t = middle;
        if (i % 3 == 0 && gap_low != gap_high) {
            const double secant = low - gap_low * (high - low) / (gap_high - gap_low);
            t = secant > low && secant < high ? secant : t;
        } else if (i % 3 == 1) {
            t = fabs(gap_low) <= fabs(gap_high) ? low + tiny : high - tiny;
        }
        if (!(t > low && t < high)) {
            t = middle;
        }
        const int32_t found = bk_kin_look(c, t);
        if (found < 0) {
            low = t;
            gap_low = w->gap[relation];
        } else {
            high = t;
            if (found != relation && !bk_kin_crossed(w, relation)) {
                relation = found; /* another one was earlier */
                bk_kin_look(c, low);
                gap_low = w->gap[relation];
                bk_kin_look(c, high);
            }
            gap_high = w->gap[relation];
        }
    }
    bk_kin_look(c, high);
    const bool exact = gap_low == 0.0 && low > w->rodas->t_old;
    return exact ? low : high;
}

/* What crossed at the place looked at last. */
static void collect(bk_kin_course *c)
{
    const bk_kin_system *const s = c->work->system;
    memset(c->flipped, 0, (size_t)s->n_relations * sizeof *c->flipped);
    for (int32_t k = 0; k < s->n_roots; k++) {
        c->flipped[s->roots[k]] = bk_kin_crossed(c->work, s->roots[k]);
    }
}

static void flip(const bk_kin_course *c)
{
    const bk_kin_system *const s = c->work->system;
    for (int32_t k = 0; k < s->n_roots; k++) {
        unsigned char *const status = &c->work->status[s->roots[k]];
        *status = c->flipped[s->roots[k]] ? !*status : *status;
    }
}

/* What follows at the same instant from changes of status; false: nothing. */
static bool cascade(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    const bk_kin_system *const s = w->system;
    bool any = false;
    bool more = true;
    for (int32_t round = 0; more && round <= s->n_roots; round++) {
        more = false;
        bk_kin_values(w, w->rodas->t, w->rodas->y, BK_HELD, w->status);
        for (int32_t k = 0; k < s->n_roots; k++) {
            const int32_t r = s->roots[k];
            if (!c->flipped[r] && bk_kin_crossed(w, r) && bk_kin_events_moved(c, r)) {
                c->flipped[r] = true;
                bk_kin_take(w, r);
                more = any = true;
            }
        }
    }
    w->at_y = NULL;
    return any;
}

bool bk_kin_course_follow(bk_kin_course *course, double *y)
{
    bk_kin_work *const w = course->work;
    int32_t culprit = 0;
    if (w->block == NULL) {
        return false;
    }
    if (bk_kin_consistent(w, w->rodas->t, y, &culprit) != BK_OK) {
        course->inconsistent = culprit;
    }
    return true;
}

/* Implicit variables follow.  At the very instant of a switch they may be undetermined,
 * as when a factor of their rule passes zero; then what holds next to it counts. */
static bool follow(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    const size_t bytes = (size_t)w->system->n * sizeof *w->y;
    const double after = r->t + 1e-10 * c->span;
    int32_t culprit = 0;
    memcpy(w->y, r->y, bytes);
    bk_status status = bk_kin_consistent(w, r->t, w->y, &culprit);
    if (after < c->settings->t_end &&
        (status != BK_OK || !bk_kin_determined(w, r->t, w->y))) {
        memcpy(w->y, r->y, bytes);
        status = bk_kin_consistent(w, after, w->y, &culprit);
        r->t = status == BK_OK ? after : r->t;
    }
    if (status == BK_OK) {
        bk_rodas_jump(r, w->y);
    } else {
        c->inconsistent = culprit;
    }
    return status == BK_OK;
}

/* Implicit variables follow what has jumped. */
static void follow_jump(bk_kin_course *c)
{
    for (int32_t round = 0; c->work->block != NULL; round++) {
        if (!follow(c) || c->work->truth == BK_FREE || !cascade(c) ||
            round > c->work->system->n_roots) {
            break;
        }
    }
}

/* It changes its status, and so does what follows from that at the same instant. */
static bool change(bk_kin_course *c)
{
    if (c->agenda == NULL) {
        flip(c);
    } else if (!bk_kin_events_at_instant(c)) {
        return false;
    }
    cascade(c);
    follow_jump(c);
    return bk_kin_events_happen(c);
}

/* Events at ever shorter intervals are followed to the last bit, where many such series
 * end by themselves; a series that shrinks by a tenth each time takes this many. */
static const long most_near_events = 500;

static void note_switch(bk_kin_course *c)
{
    const bk_rodas *const r = c->work->rodas;
    c->switches++;
    c->near = r->t - c->last_switch <= 1e-6 * c->span ? c->near + 1 : 0;
    c->last_switch = r->t;
    const bool event = bk_kin_events_at(c, r->t);
    if (c->near > (event ? most_near_events : 2L * c->work->system->n_roots + 20)) {
        c->work->truth = BK_FREE;
        c->free_until = r->t + 0.01 * c->span;
        c->work->rodas->floor = 1e-5 * c->span;
        c->near = 0;
    }
}

static bool switch_at(bk_kin_course *c, double low, double high, int32_t relation)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    const double t = locate(c, low, high, relation);
    const double end = r->t;
    collect(c);
    if (c->agenda != NULL) {
        bk_kin_events_note(c, t, high);
    }
    if (t - r->t_old <= 8.0 * DBL_EPSILON * fmax(fabs(t), fabs(end))) {
        bk_rodas_rewind(r);
    } else if (t < r->t) {
        bk_rodas_dense(r, t, w->y);
        if (bk_rodas_retake(r, t) != BK_RODAS_ACCEPTED) {
            r->t = t;
            bk_rodas_replace(r, w->y);
        } else if (c->agenda != NULL) {
            bk_kin_events_reach(c, end);
        }
    }
    if (c->agenda != NULL) {
        bk_kin_events_collect(c);
    }
    if (w->watch != NULL) {
        w->watch->crossing(w->watch->context, c);
    }
    const bool good = bk_kin_history_add(c) && change(c);
    bk_rodas_restart(r);
    note_switch(c);
    return good;
}

/* False: an event ends the course. */
static bool check_events(bk_kin_course *c)
{
    bk_rodas *const r = c->work->rodas;
    double low = 0.0;
    double high = 0.0;
    const int32_t relation = bk_kin_events_sweep(c, &low, &high);
    if (relation >= 0) {
        bk_kin_look(c, high);
        return switch_at(c, low, high, relation);
    }
    if (high < r->t) {
        if (bk_rodas_retake(r, high) == BK_RODAS_ACCEPTED) {
            r->h = high - r->t_old;
        }
        return true;
    }
    if (bk_kin_events_next(c) <= r->t) {
        memset(c->flipped, 0,
               (size_t)c->work->system->n_relations * sizeof *c->flipped);
        bk_kin_events_collect(c); /* what crosses within rounding of a due time */
        const bool good = bk_kin_history_add(c) && change(c);
        bk_rodas_restart(r);
        return good;
    }
    return true;
}

static bool check_switches(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    if (c->agenda != NULL) {
        return check_events(c);
    }
    const double middle = r->t_old + 0.5 * (r->t - r->t_old);
    int32_t relation = bk_kin_look(c, middle);
    if (relation >= 0) {
        return switch_at(c, r->t_old, middle, relation);
    }
    if (bk_rodas_derivative(r) == NULL) {
        return true; /* the next step will say so */
    }
    relation = first_crossed(w);
    if (relation >= 0) {
        return switch_at(c, middle, r->t, relation);
    }
    return true;
}

/* Back from free running: truth as the numbers have it now. */
static void hold_again(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_kin_values(w, w->rodas->t, w->rodas->y, BK_FREE, w->status);
    for (int32_t k = 0; k < w->system->n_roots; k++) {
        bk_kin_take(w, w->system->roots[k]);
    }
    w->at_y = NULL;
    w->truth = BK_HELD;
    w->rodas->floor = 0.0;
    bk_rodas_restart(w->rodas);
}

bool bk_kin_course_look(bk_kin_course *course)
{
    return check_switches(course);
}

/* Fast reactions that were off at the start of the step are on at its end: they may have
 * been all along, so that the step is taken again to just after its start. */
static bool wake(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_rodas *const r = w->rodas;
    const double after = r->t_old + 1e-10 * c->span;
    if (bk_rodas_derivative(r) == NULL || !bk_kin_wakes(w)) {
        return true;
    }
    if (after < r->t && bk_rodas_retake(r, after) != BK_RODAS_ACCEPTED) {
        return true; /* the next step will say so */
    }
    if (!bk_kin_history_add(c)) {
        return false;
    }
    follow_jump(c);
    bk_rodas_restart(r);
    return c->inconsistent < 0;
}

static bool step(bk_kin_course *course, double limit)
{
    bk_kin_work *const w = course->work;
    const bool roots = w->system->n_roots > 0;
    if (roots && w->truth == BK_FREE && w->rodas->t >= course->free_until) {
        hold_again(course);
    }
    if (course->inconsistent >= 0 ||
        (course->agenda != NULL && course->agenda->trouble != BK_KIN_FINE)) {
        return false;
    }
    limit = fmin(limit, bk_kin_events_next(course));
    const double passed = w->rodas->t - course->settings->t_start;
    limit =
        fmin(limit, w->rodas->t + bk_kin_longest_step(w->system, course->span, passed));
    if (course->agenda != NULL && roots && w->truth == BK_FREE) {
        limit = fmin(limit, w->rodas->t + 1e-4 * course->span);
    }
    if (w->history != NULL) {
        limit = bk_kin_history_limit(course, limit);
    }
    course->result = bk_rodas_step(w->rodas, limit);
    if (course->result != BK_RODAS_ACCEPTED ||
        (w->history != NULL && !bk_kin_history_repeat(course))) {
        return false;
    }
    if (w->block != NULL && !wake(course)) {
        return false;
    }
    if (roots && w->truth == BK_HELD && !check_switches(course)) {
        return false;
    }
    return bk_kin_history_add(course) && bk_kin_events_happen(course);
}

bool bk_kin_course_step(bk_kin_course *course, double limit)
{
    const bool good = step(course, limit);
    if (course->work->history != NULL) {
        bk_kin_history_leave(course);
    }
    return good;
}
