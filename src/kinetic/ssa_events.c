/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "base/draw.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* More executions than this at one instant are an endless cascade. */
static bool fail(bk_ssa_worker *w, bk_ssa_trouble trouble, int32_t event, double value)
{
    w->trouble = trouble;
    w->where = event;
    w->value = value;
    return false;
}

/* --- values ------------------------------------------------------------------------------- */

void bk_ssa_drift(bk_ssa_worker *w, double t)
{
    const bk_kin_system *const k = w->system->kin;
    for (int32_t i = 0; i < w->n_drifting; i++) {
        const int32_t v = w->drifting[i];
        w->y[v] += w->kin->slots[k->nodes[k->derivative_node[v]].slot] * (t - w->time);
        w->kin->slots[k->variable_slot[v]] = w->y[v] * w->kin->units[v];
        if (w->seen[v] != NULL) {
            bk_kin_edit(w->kin, w->seen[v]);
        }
    }
    w->time = t;
}

/* Of the relations at their roots, those whose numbers something has changed since take
 * their truth from the numbers; the others are those of two equal numbers. */
static void instant_values(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    bk_ssa_agenda *const a = w->agenda;
    bool any = false;
    bk_ssa_run_all(w, BK_FREE);
    for (int32_t i = 0; i < s->n_roots; i++) {
        const int32_t r = s->roots[i];
        a->flipped[i] = a->flipped[i] && w->kin->gap[r] == a->before[i];
        if (a->flipped[i]) {
            w->kin->status[r] = bk_kin_truth(w->kin, r, 0.0);
            any = true;
        }
    }
    if (any) {
        bk_ssa_run_all(w, BK_HELD);
    }
}

/* --- execution ---------------------------------------------------------------------------- */

/* All at once: concentrations are those in compartments as they were, and then sizes
 * change and keep the amounts. */
static bool assign(bk_ssa_worker *w, const bk_kin_event *event)
{
    bk_kin_waiting *const from = &w->agenda->waiting;
    const bk_kin_system *const k = w->system->kin;
    bk_kin_waiting_measure(from);
    for (int32_t i = 0; i < event->assignments; i++) {
        const int32_t v = k->variable_of[k->assignments[event->first + i].target];
        if (bk_kin_is_held(w->kin, v)) {
            continue;
        }
        w->y[v] = from->taken[i] * (k->variable_amount[v] ? from->sizes[v] : 1.0);
        const double near = nearbyint(w->y[v]);
        if (w->system->reacts[v]) {
            if (!(fabs(w->y[v] - near) <= 1e-6 && near >= 0.0 && near <= 0x1p53)) {
                return fail(w, BK_SSA_NOT_WHOLE, (int32_t)(event - k->events), w->y[v]);
            }
            w->y[v] = near;
        }
    }
    bk_ssa_put_slots(w);
    bk_kin_waiting_dilute(from, w->y);
    bk_ssa_put_slots(w);
    return true;
}

/* False: trouble, and said. */
static bool look_at_triggers(bk_ssa_worker *w)
{
    bk_kin_waiting *const waiting = &w->agenda->waiting;
    const bk_kin_trouble trouble = bk_kin_waiting_look(waiting, w->time);
    return trouble == BK_KIN_FINE ||
           fail(w, trouble == BK_KIN_BAD_DELAY ? BK_SSA_BAD_DELAY : BK_SSA_NO_MEMORY,
                waiting->culprit, waiting->bad_delay);
}

/* Triggers, and all that is due now; whether anything was executed. */
static bool happen(bk_ssa_worker *w)
{
    bk_kin_waiting *const waiting = &w->agenda->waiting;
    bool executed = false;
    for (long n = 0; look_at_triggers(w); n++) {
        const size_t next = bk_kin_waiting_choose(waiting, w->time);
        if (next == waiting->n) {
            break;
        }
        if (n >= BK_KIN_MOST_EXECUTIONS) {
            fail(w, BK_SSA_CASCADE, waiting->due[next].event, (double)n);
            break;
        }
        executed = true;
        if (!assign(w, bk_kin_waiting_take(waiting, next, w->time))) {
            break;
        }
        instant_values(w);
    }
    return executed;
}

/* --- roots -------------------------------------------------------------------------------- */

static void run_moving(bk_ssa_worker *w, bk_truth truth)
{
    for (int32_t i = 0; i < w->system->n_moving; i++) {
        bk_ssa_run_law(w, w->system->moving[i], truth);
    }
}

/* When each root is reached, from its gap now and far ahead, between which it moves
 * along a line. */
static void find_roots(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    bk_ssa_agenda *const a = w->agenda;
    const double t = w->time;
    const double far = fmax(w->settings->t_end, t + fabs(t) * 1e-3 + 1e-3);
    a->next = (double)INFINITY;
    if (s->n_roots == 0) {
        return;
    }
    run_moving(w, BK_FREE);
    for (int32_t i = 0; i < s->n_roots; i++) {
        a->before[i] = w->kin->gap[s->roots[i]];
    }
    memcpy(a->kept, w->y, sizeof *w->y * (size_t)s->kin->n);
    bk_ssa_drift(w, far);
    run_moving(w, BK_HELD);
    for (int32_t i = 0; i < s->n_roots; i++) {
        const int32_t r = s->roots[i];
        const double now = a->before[i];
        const double then = w->kin->gap[r];
        const bool flips = bk_kin_truth(w->kin, r, then) != (w->kin->status[r] != 0);
        a->after[i] = bk_kin_truth(w->kin, r, then - now);
        a->when[i] = (double)INFINITY;
        if (now == 0.0 ? then != 0.0 && flips : now * then <= 0.0) {
            a->when[i] = fmax(t, t + (far - t) * (now / (now - then)));
        }
        a->next = fmin(a->next, a->when[i]);
    }
    memcpy(w->y, a->kept, sizeof *w->y * (size_t)s->kin->n);
    w->time = t;
    bk_ssa_drift(w, t);
    run_moving(w, BK_FREE);
}

/* On to where the numbers say what has to be true after the roots. */
static void pass_roots(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    const bk_ssa_agenda *const a = w->agenda;
    const double t = w->time;
    double step = nextafter(t, (double)INFINITY) - t;
    for (int k = 0; k < 40; k++) {
        bool passed = true;
        run_moving(w, BK_FREE);
        for (int32_t i = 0; i < s->n_roots; i++) {
            const bool truth = w->kin->status[s->roots[i]] != 0;
            passed = passed && (!a->flipped[i] || truth == a->after[i]);
        }
        if (passed) {
            break;
        }
        bk_ssa_drift(w, t + step);
        step *= 2.0;
    }
}

/* --- the walk's side ---------------------------------------------------------------------- */

static void settle_down(bk_ssa_worker *w)
{
    bk_ssa_renew(w);
    find_roots(w);
}

static void no_flips(bk_ssa_worker *w)
{
    for (int32_t i = 0; i < w->system->n_roots; i++) {
        w->agenda->flipped[i] = false;
    }
}

void bk_ssa_agenda_begin(bk_ssa_worker *w)
{
    bk_ssa_agenda *const a = w->agenda;
    a->near = 0;
    a->last = -(double)INFINITY;
    no_flips(w);
    if (!bk_kin_waiting_begin(&a->waiting, w->kin, &w->random, w->settings)) {
        fail(w, BK_SSA_NO_MEMORY, 0, 0.0);
        return;
    }
    happen(w);
    settle_down(w);
}

/* False: so many instants in so little time that there is no end to them. */
static bool comes_on(bk_ssa_worker *w)
{
    bk_ssa_agenda *const a = w->agenda;
    const double span = w->settings->t_end - w->settings->t_start;
    if (w->time > a->last + 1e-9 * span) {
        a->last = w->time;
        a->near = 0;
        return true;
    }
    return w->system->kin->n_events == 0 || ++a->near <= BK_KIN_MOST_EXECUTIONS ||
           fail(w, BK_SSA_CASCADE, 0, (double)a->near);
}

void bk_ssa_agenda_reach(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    bk_ssa_agenda *const a = w->agenda;
    bool any = false;
    w->instants++;
    if (!comes_on(w)) {
        return;
    }
    bk_ssa_run_all(w, BK_FREE);
    for (int32_t i = 0; i < s->n_roots; i++) {
        a->flipped[i] = a->when[i] <= w->time + bk_kin_instant(w->time);
        a->before[i] = w->kin->gap[s->roots[i]];
        any = any || a->flipped[i];
    }
    if (any) {
        instant_values(w);
    }
    happen(w);
    if (any && w->trouble == BK_SSA_FINE) {
        pass_roots(w);
        no_flips(w);
        bk_ssa_run_all(w, BK_FREE);
        happen(w);
    }
    settle_down(w);
}

void bk_ssa_agenda_look(bk_ssa_worker *w)
{
    if (happen(w)) {
        settle_down(w);
    } else if (w->system->roots_jump) {
        find_roots(w);
    }
}
