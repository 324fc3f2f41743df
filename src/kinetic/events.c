/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void revalue(bk_kin_course *c);

/* All at once: concentrations are those in compartments as they were, and then sizes
 * change and keep the amounts. */
static void assign(bk_kin_course *c, const bk_kin_event *event)
{
    bk_kin_work *const w = c->work;
    bk_kin_agenda *const a = c->agenda;
    const bk_kin_system *const s = w->system;
    const bk_kin_assignment *const assignments = s->assignments + event->first;
    const bk_kin_waiting *const from = &a->waiting;
    bk_kin_waiting_measure(&a->waiting);
    bk_kin_fold_moieties(w, -1.0, a->y);
    for (int32_t k = 0; k < event->assignments; k++) {
        const int32_t v = s->variable_of[assignments[k].target];
        if (v >= 0 && !bk_kin_is_held(w, v)) {
            a->y[v] = from->taken[k] * (s->variable_amount[v] ? from->sizes[v] : 1.0);
        }
    }
    bk_kin_relink(w, w->rodas->t, a->y);
    bk_kin_fold_moieties(w, 1.0, a->y);
    bk_kin_values(w, w->rodas->t, a->y, BK_FREE, w->free_status);
    bk_kin_waiting_dilute(from, a->y);
}

void bk_kin_events_map(bk_kin_course *course, const bk_kin_event *event, double t,
                       const double *seen, unsigned char *status, double *y)
{
    bk_kin_agenda *const a = course->agenda;
    bk_kin_work *const w = course->work;
    double *const kept = a->y;
    const double now = w->rodas->t;
    w->rodas->t = t;
    if (seen != NULL) {
        bk_kin_values(w, t, seen, w->truth, status);
    } else {
        bk_kin_values(w, t, y, w->truth, w->status);
    }
    bk_kin_waiting_evaluate(&a->waiting, event, t);
    if (seen != NULL) {
        bk_kin_values(w, t, y, w->truth, w->status);
    }
    a->y = y;
    assign(course, event);
    a->y = kept;
    w->rodas->t = now;
}

static void execute(bk_kin_course *c, size_t i)
{
    bk_kin_agenda *const a = c->agenda;
    const bk_kin_system *const s = c->work->system;
    if (c->work->watch != NULL) {
        c->work->watch->executing(c->work->watch->context, c,
                                  &s->events[a->waiting.due[i].event]);
    }
    const bk_kin_event *const event =
        bk_kin_waiting_take(&a->waiting, i, c->work->rodas->t);
    memcpy(a->before, c->work->gap, (size_t)s->n_relations * sizeof *a->before);
    assign(c, event);
    if (bk_kin_course_follow(c, a->y)) {
        revalue(c);
        bk_kin_course_follow(c, a->y); /* truth may have changed */
    }
    revalue(c);
}

/* All values anew.  A relation whose numbers an execution has changed takes its truth
 * from them; one whose numbers are the same keeps its own, which at a root they do not
 * tell. */
static void revalue(bk_kin_course *c)
{
    bk_kin_work *const w = c->work;
    bk_kin_agenda *const a = c->agenda;
    const bk_kin_system *const s = w->system;
    const double t = w->rodas->t;
    if (w->truth == BK_FREE) {
        bk_kin_values(w, t, a->y, BK_FREE, w->status);
        return;
    }
    bool more = true;
    for (int32_t round = 0; more && round <= s->n_roots; round++) {
        more = false;
        if (round == 0) {
            memcpy(w->free_status, w->status, (size_t)s->n_relations);
        }
        bk_kin_values(w, t, a->y, round == 0 ? BK_FREE : BK_HELD,
                      round == 0 ? w->free_status : w->status);
        for (int32_t k = 0; k < s->n_roots; k++) {
            const int32_t r = s->roots[k];
            if (w->gap[r] != a->before[r] && (round == 0 || bk_kin_crossed(w, r))) {
                bk_kin_take(w, r);
                c->flipped[r] = false;
                more = true;
            }
        }
        more = more || round == 0;
    }
}

bool bk_kin_events_happen(bk_kin_course *course)
{
    bk_kin_agenda *const a = course->agenda;
    bk_kin_work *const w = course->work;
    if (a == NULL) {
        return true;
    }
    const size_t n = (size_t)w->system->n;
    bk_rodas *const r = w->rodas;
    bk_rodas_derivative(r); /* the next step needs it too */
    if (w->at_y != r->y || w->at_t != r->t) {
        bk_kin_values(w, r->t, r->y, w->truth, w->status);
    }
    bool jumped = false;
    for (;;) {
        a->trouble = bk_kin_waiting_look(&a->waiting, r->t);
        if (a->trouble != BK_KIN_FINE) {
            return false;
        }
        const size_t next = bk_kin_waiting_choose(&a->waiting, r->t);
        if (next == a->waiting.n) {
            break;
        }
        if (!jumped) {
            memcpy(a->y, r->y, n * sizeof *a->y);
            jumped = true;
        }
        a->executed = a->instant == r->t ? a->executed + 1 : 1;
        a->instant = r->t;
        a->last = a->waiting.due[next].event;
        if (a->executed > BK_KIN_MOST_EXECUTIONS) {
            a->trouble = BK_KIN_CASCADE;
            a->waiting.culprit = a->last;
            return false;
        }
        execute(course, next);
    }
    if (jumped) {
        bk_rodas_jump(r, a->y);
        bk_rodas_restart(r);
        w->at_y = NULL;
    }
    return true;
}

/* --- instants of switches ------------------------------------------------------------------ */

static bool is_equality(const bk_kin_work *w, int32_t relation)
{
    const bk_op op = bk_program_relation_op(w->program, relation);
    return op == BK_OP_EQ || op == BK_OP_NEQ;
}

/* At the instant of a root the numbers are equal, whatever rounding made of them; at that
 * of a jump they are as they are. */
static void note(bk_kin_course *c, int32_t r, bool jump)
{
    const bk_kin_work *const w = c->work;
    bk_kin_agenda *const a = c->agenda;
    const double gap = w->gap[r];
    a->during[r] = bk_kin_truth(w, r, jump ? gap : 0.0);
    a->during_side[r] = jump ? bk_kin_sign(gap) : 0;
    a->after[r] = is_equality(w, r) ? bk_kin_truth(w, r, gap) : w->status[r] == 0;
    a->after_side[r] = bk_kin_sign(gap);
}

void bk_kin_events_note(bk_kin_course *course, double t, double high)
{
    bk_kin_work *const w = course->work;
    bk_kin_agenda *const a = course->agenda;
    const bk_kin_system *const s = w->system;
    const size_t n = (size_t)s->n_relations;
    const double times[] = {w->rodas->t_old, w->rodas->t,
                            t - 8.0 * DBL_EPSILON * fabs(t), high};
    double *const gaps = a->gaps;
    for (size_t i = 0; i < 4; i++) {
        bk_kin_look(course, times[i]);
        memcpy(gaps + i * n, w->gap, n * sizeof *gaps);
    }
    bk_kin_look(course, t);
    for (int32_t k = 0; k < s->n_roots; k++) {
        const size_t r = (size_t)s->roots[k];
        const double scale = fmax(fabs(gaps[r]), fabs(gaps[n + r]));
        note(course, s->roots[k], fabs(w->gap[r] - gaps[2 * n + r]) > 1e-6 * scale);
        if (is_equality(w, s->roots[k]) && w->side[r] == 0) {
            a->after_side[r] = bk_kin_sign(gaps[3 * n + r]);
        }
    }
}

void bk_kin_events_collect(bk_kin_course *course)
{
    bk_kin_work *const w = course->work;
    bk_kin_agenda *const a = course->agenda;
    const bk_kin_system *const s = w->system;
    const double t = w->rodas->t;
    const double beyond = t + bk_kin_instant(t);
    bk_rodas_dense(w->rodas, beyond, w->y);
    w->at_y = NULL;
    bk_kin_values(w, beyond, w->y, BK_HELD, w->status);
    for (int32_t k = 0; k < s->n_roots; k++) {
        const int32_t r = s->roots[k];
        if (!course->flipped[r] && bk_kin_crossed(w, r)) {
            course->flipped[r] = true;
            note(course, r, false);
        } else if (course->flipped[r] && a->after_side[r] == 0 && w->gap[r] != 0.0) {
            a->after[r] = bk_kin_truth(w, r, w->gap[r]);
            a->after_side[r] = bk_kin_sign(w->gap[r]);
        }
    }
}

bool bk_kin_events_moved(const bk_kin_course *course, int32_t relation)
{
    const bk_kin_agenda *const a = course->agenda;
    return a == NULL || course->work->gap[relation] != a->gaps[relation];
}

bool bk_kin_events_at_instant(bk_kin_course *course)
{
    bk_kin_work *const w = course->work;
    bk_kin_agenda *const a = course->agenda;
    const bk_kin_system *const s = w->system;
    bk_kin_values(w, w->rodas->t, w->rodas->y, BK_HELD, w->status);
    memcpy(a->gaps, w->gap, (size_t)s->n_relations * sizeof *a->gaps);
    for (int32_t k = 0; k < s->n_roots; k++) {
        const int32_t r = s->roots[k];
        if (course->flipped[r]) {
            w->status[r] = a->during[r];
            w->side[r] = a->during_side[r];
        }
    }
    w->at_y = NULL;
    if (!bk_kin_events_happen(course)) {
        return false;
    }
    for (int32_t k = 0; k < s->n_roots; k++) {
        const int32_t r = s->roots[k];
        if (course->flipped[r]) {
            w->status[r] = a->after[r];
            w->side[r] = a->after_side[r];
        }
    }
    a->blind_until = w->rodas->t + 2.0 * bk_kin_instant(w->rodas->t);
    w->at_y = NULL;
    return true;
}
