/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* The agenda of a course: made, asked, and what is said when a course ends by it. */

static bool room(bk_kin_agenda *a, const bk_kin_system *s)
{
    const size_t n = (size_t)s->n + 1;
    const size_t relations = (size_t)s->n_relations + 1;
    const size_t events = (size_t)s->n_events;
    const size_t slots = (size_t)bk_program_slots(s->happening);
    const size_t most = (size_t)s->most_assignments;
    const size_t looks = 2 * (BK_KIN_SWEEP_DEPTH + 2);
    a->slots =
        bk_alloc_zero(slots + 2 * n + most + (1 + looks) * relations, sizeof(double));
    a->was = bk_alloc_zero(
        events + 4 * relations + (size_t)bk_program_relations(s->happening) + 1, 1);
    if (a->slots == NULL || a->was == NULL) {
        return false;
    }
    a->y = a->slots + slots;
    a->sizes = a->y + n;
    a->taken = a->sizes + n;
    a->before = a->taken + most;
    a->gaps = a->before + relations;
    a->after = a->was + events;
    a->after_side = (signed char *)(a->after + relations);
    a->during = a->after + 2 * relations;
    a->during_side = (signed char *)(a->during + relations);
    a->status = a->during + 2 * relations;
    bk_program_prepare(s->happening, a->slots);
    return true;
}

void bk_kin_events_end(bk_kin_course *course)
{
    bk_kin_agenda *const a = course->agenda;
    if (a != NULL) {
        bk_free(a->slots);
        bk_free(a->was);
        bk_free(a->due);
        bk_free(a->values);
        bk_free(a);
        course->agenda = NULL;
    }
}

/* What waited at the end of the part before. */
static bool wait_on(bk_kin_agenda *a, const bk_kin_system *s,
                    const bk_settings *settings)
{
    const size_t most = (size_t)s->most_assignments;
    const size_t n = settings->n_waiting / (most + 2);
    if (!bk_grow(&a->due, &a->due_capacity, n, sizeof *a->due) ||
        !bk_grow(&a->values, &a->value_capacity, n * most, sizeof *a->values)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const double *const one = settings->waiting + i * (most + 2);
        if (one[0] >= 0.0 && one[0] < s->n_events) {
            a->due[a->n_due] = (bk_kin_due){(int32_t)one[0], one[1]};
            memcpy(a->values + a->n_due * most, one + 2, most * sizeof *one);
            a->n_due++;
        }
    }
    return true;
}

bk_status bk_kin_events_begin(bk_kin_course *course)
{
    bk_kin_work *const w = course->work;
    const bk_kin_system *const s = w->system;
    const bk_settings *const settings = course->settings;
    if (s->n_events == 0) {
        return BK_OK;
    }
    bk_kin_agenda *const a = bk_alloc_zero(1, sizeof *a);
    course->agenda = a;
    if (a == NULL || !room(a, s) || !wait_on(a, s, settings)) {
        return BK_NO_MEMORY;
    }
    a->instant = (double)NAN;
    a->blind_until = -(double)INFINITY;
    bk_random_start(&a->random, settings->seed, settings->content, 0);
    for (int32_t i = 0; i < s->n_events; i++) {
        const bk_event *const event = &s->head.model->events[s->events[i].item];
        const double known =
            settings->state == NULL ? (double)NAN : settings->state[event->symbol];
        a->was[i] = isnan(known) ? event->initial_value : known != 0.0;
    }
    bk_kin_values(w, w->rodas->t, w->rodas->y, BK_FREE, w->status);
    for (int32_t k = 0; k < s->n_roots; k++) {
        bk_kin_take(w, s->roots[k]);
    }
    w->at_y = NULL;
    bk_kin_events_happen(course);
    return a->trouble == BK_KIN_SHORT_OF_MEMORY ? BK_NO_MEMORY : BK_OK;
}

bk_status bk_kin_events_keep(const bk_kin_course *course, bk_outcome *outcome)
{
    const bk_kin_agenda *const a = course->agenda;
    const bk_kin_system *const s = course->work->system;
    if (a == NULL) {
        return BK_OK;
    }
    double *const state = bk_outcome_state_mutable(outcome);
    for (int32_t i = 0; i < s->n_events; i++) {
        state[s->events[i].symbol] = a->was[i];
    }
    const size_t most = (size_t)s->most_assignments;
    const size_t n = a->n_due * (most + 2);
    double *const waiting = bk_alloc((n + 1) * sizeof *waiting);
    if (waiting == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < a->n_due; i++) {
        double *const one = waiting + i * (most + 2);
        one[0] = a->due[i].event;
        one[1] = a->due[i].time;
        memcpy(one + 2, a->values + i * most, most * sizeof *one);
    }
    const bk_status status = bk_outcome_wait(outcome, waiting, n, most + 2);
    bk_free(waiting);
    return status;
}

double bk_kin_events_next(const bk_kin_course *course)
{
    const bk_kin_agenda *const a = course->agenda;
    double next = (double)INFINITY;
    for (size_t i = 0; a != NULL && i < a->n_due; i++) {
        next = a->due[i].time < next ? a->due[i].time : next;
    }
    return next;
}

bool bk_kin_events_at(const bk_kin_course *course, double t)
{
    return course->agenda != NULL && course->agenda->instant == t;
}

const char *bk_kin_events_last(const bk_kin_course *course, double *time)
{
    const bk_kin_agenda *const a = course->agenda;
    const bk_kin_system *const s = course->work->system;
    if (a == NULL || isnan(a->instant)) {
        return NULL;
    }
    *time = a->instant;
    return bk_symbol_id(s->head.model, s->events[a->last].symbol);
}

bool bk_kin_events_fail(const bk_kin_course *course, bk_outcome *outcome)
{
    const bk_kin_agenda *const a = course->agenda;
    if (a == NULL || a->trouble == BK_KIN_FINE) {
        return false;
    }
    const bk_kin_system *const s = course->work->system;
    const char *const id = bk_symbol_id(s->head.model, s->events[a->culprit].symbol);
    char text[2][40];
    bk_c_snprintf(text[0], sizeof text[0], "%.6g", course->work->rodas->t);
    bk_c_snprintf(text[1], sizeof text[1], "%.6g", a->bad_delay);
    if (a->trouble == BK_KIN_BAD_DELAY) {
        bk_outcome_end(outcome, BK_STOP_FAILED,
                       "the delay of event %s is %s at time %s; it must be 0 or more",
                       id, text[1], text[0]);
    } else {
        bk_outcome_end(outcome, BK_STOP_FAILED,
                       "events trigger each other without end at time %s: %d "
                       "executions, the last of %s",
                       text[0], BK_KIN_MOST_EXECUTIONS, id);
    }
    return true;
}
