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
    const size_t looks = 2 * (BK_KIN_SWEEP_DEPTH + 2);
    a->y = bk_alloc_zero(n + (1 + looks) * relations, sizeof(double));
    a->after = bk_alloc_zero(4 * relations, 1);
    if (a->y == NULL || a->after == NULL) {
        return false;
    }
    a->before = a->y + n;
    a->gaps = a->before + relations;
    a->after_side = (signed char *)(a->after + relations);
    a->during = a->after + 2 * relations;
    a->during_side = (signed char *)(a->during + relations);
    return true;
}

void bk_kin_events_end(bk_kin_course *course)
{
    bk_kin_agenda *const a = course->agenda;
    if (a != NULL) {
        bk_free(a->y);
        bk_free(a->after);
        bk_kin_waiting_free(&a->waiting);
        bk_free(a);
        course->agenda = NULL;
    }
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
    if (a == NULL) {
        return BK_NO_MEMORY;
    }
    if (!room(a, s) || !bk_kin_waiting_new(&a->waiting, s) ||
        !bk_kin_waiting_begin(&a->waiting, w, &a->random, settings)) {
        return BK_NO_MEMORY;
    }
    a->instant = (double)NAN;
    a->blind_until = -(double)INFINITY;
    bk_random_start(&a->random, settings->seed, settings->content, 0);
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
    return a == NULL ? BK_OK : bk_kin_waiting_keep(&a->waiting, outcome);
}

double bk_kin_events_next(const bk_kin_course *course)
{
    const bk_kin_agenda *const a = course->agenda;
    return a == NULL ? (double)INFINITY : bk_kin_waiting_next(&a->waiting);
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
    const char *const id =
        bk_symbol_id(s->head.model, s->events[a->waiting.culprit].symbol);
    char text[2][40];
    bk_c_snprintf(text[0], sizeof text[0], "%.6g", course->work->rodas->t);
    bk_c_snprintf(text[1], sizeof text[1], "%.6g", a->waiting.bad_delay);
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
