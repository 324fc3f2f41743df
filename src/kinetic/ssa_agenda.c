/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "engine/engine.h"

#include <math.h>
#include <string.h>

/* The agenda as a thing: made, carried from one part of a protocol to the next. */

void bk_ssa_agenda_free(bk_ssa_agenda *a)
{
    if (a == NULL) {
        return;
    }
    void *const arrays[] = {a->was,    a->due,   a->values,  a->slots,
                            a->status, a->taken, a->sizes,   a->before,
                            a->when,   a->after, a->flipped, a->kept};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(a);
}

bool bk_ssa_agenda_new(const bk_ssa_system *system, bk_ssa_agenda **agenda)
{
    const bk_kin_system *const k = system->kin;
    if (k->n_events == 0 && system->n_roots == 0) {
        return true;
    }
    bk_ssa_agenda *const a = bk_alloc_zero(1, sizeof *a);
    if (a == NULL) {
        return false;
    }
    const size_t roots = (size_t)system->n_roots + 1;
    const size_t happening = (size_t)bk_program_slots(k->happening) + 1;
    a->was = bk_alloc_zero((size_t)k->n_events + 1, 1);
    a->slots = bk_alloc_zero(happening, sizeof *a->slots);
    a->status = bk_alloc_zero((size_t)bk_program_relations(k->happening) + 1,
                              sizeof *a->status);
    a->taken = bk_alloc_zero((size_t)k->most_assignments + 1, sizeof *a->taken);
    a->sizes = bk_alloc_zero((size_t)k->n + 1, sizeof *a->sizes);
    a->kept = bk_alloc_zero((size_t)k->n + 1, sizeof *a->kept);
    a->before = bk_alloc_zero(roots, sizeof *a->before);
    a->when = bk_alloc_zero(roots, sizeof *a->when);
    a->after = bk_alloc_zero(roots, sizeof *a->after);
    a->flipped = bk_alloc_zero(roots, sizeof *a->flipped);
    if (a->was == NULL || a->slots == NULL || a->status == NULL || a->taken == NULL ||
        a->sizes == NULL || a->kept == NULL || a->before == NULL || a->when == NULL ||
        a->after == NULL || a->flipped == NULL) {
        bk_ssa_agenda_free(a);
        return false;
    }
    bk_program_prepare(k->happening, a->slots);
    *agenda = a;
    return true;
}

double bk_ssa_agenda_next(const bk_ssa_worker *w)
{
    const bk_ssa_agenda *const a = w->agenda;
    double next = a->next;
    for (size_t i = 0; i < a->n_due; i++) {
        next = a->due[i].time < next ? a->due[i].time : next;
    }
    return next;
}

bool bk_ssa_agenda_wait_on(bk_ssa_agenda *a, const bk_kin_system *kin,
                           const bk_settings *settings)
{
    const size_t most = (size_t)kin->most_assignments;
    const size_t n = settings->n_waiting / (most + 2);
    a->n_due = 0;
    if (n == 0) {
        return true;
    }
    if (!bk_grow(&a->due, &a->due_capacity, n, sizeof *a->due) ||
        !bk_grow(&a->values, &a->value_capacity, n * most, sizeof *a->values)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const double *const one = settings->waiting + i * (most + 2);
        if (one[0] >= 0.0 && one[0] < kin->n_events) {
            a->due[a->n_due] = (bk_ssa_due){(int32_t)one[0], one[1]};
            memcpy(a->values + a->n_due * most, one + 2, most * sizeof *one);
            a->n_due++;
        }
    }
    return true;
}

bool bk_ssa_agenda_keep(const bk_ssa_worker *w, bk_outcome *outcome)
{
    const bk_ssa_agenda *const a = w->agenda;
    const bk_kin_system *const k = w->system->kin;
    double *const state = bk_outcome_state_mutable(outcome);
    for (int32_t i = 0; a != NULL && i < k->n_events; i++) {
        state[k->events[i].symbol] = a->was[i];
    }
    if (a == NULL || a->n_due == 0) {
        return true;
    }
    const size_t most = (size_t)k->most_assignments;
    const size_t n = a->n_due * (most + 2);
    double *const waiting = bk_alloc(n * sizeof *waiting);
    if (waiting == NULL) {
        return false;
    }
    for (size_t i = 0; i < a->n_due; i++) {
        double *const one = waiting + i * (most + 2);
        one[0] = a->due[i].event;
        one[1] = a->due[i].time;
        memcpy(one + 2, a->values + i * most, most * sizeof *one);
    }
    const bk_status status = bk_outcome_wait(outcome, waiting, n, most + 2);
    bk_free(waiting);
    return status == BK_OK;
}
