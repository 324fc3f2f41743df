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
    void *const arrays[] = {a->before, a->when, a->after, a->flipped, a->kept};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_kin_waiting_free(&a->waiting);
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
    a->kept = bk_alloc_zero((size_t)k->n + 1, sizeof *a->kept);
    a->before = bk_alloc_zero(roots, sizeof *a->before);
    a->when = bk_alloc_zero(roots, sizeof *a->when);
    a->after = bk_alloc_zero(roots, sizeof *a->after);
    a->flipped = bk_alloc_zero(roots, sizeof *a->flipped);
    if (!bk_kin_waiting_new(&a->waiting, k) || a->kept == NULL || a->before == NULL ||
        a->when == NULL || a->after == NULL || a->flipped == NULL) {
        bk_ssa_agenda_free(a);
        return false;
    }
    *agenda = a;
    return true;
}

double bk_ssa_agenda_next(const bk_ssa_worker *w)
{
    const bk_ssa_agenda *const a = w->agenda;
    return fmin(a->next, bk_kin_waiting_next(&a->waiting));
}

bool bk_ssa_agenda_keep(const bk_ssa_worker *w, bk_outcome *outcome)
{
    const bk_ssa_agenda *const a = w->agenda;
    return a == NULL || bk_kin_waiting_keep(&a->waiting, outcome) == BK_OK;
}
