/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/waiting.h"

#include "base/alloc.h"
#include "base/draw.h"
#include "engine/engine.h"

#include <float.h>
#include <math.h>
#include <string.h>

static size_t most_of(const bk_kin_waiting *w)
{
    return (size_t)w->system->most_assignments;
}

bool bk_kin_waiting_new(bk_kin_waiting *waiting, const bk_kin_system *system)
{
    const size_t slots = (size_t)bk_program_slots(system->happening);
    const size_t relations = (size_t)bk_program_relations(system->happening);
    const size_t most = (size_t)system->most_assignments;
    *waiting = (bk_kin_waiting){.system = system};
    waiting->slots =
        bk_alloc_zero(slots + most + (size_t)system->n + 1, sizeof(double));
    waiting->was = bk_alloc_zero((size_t)system->n_events + relations + 1, 1);
    if (waiting->slots == NULL || waiting->was == NULL) {
        return false;
    }
    waiting->taken = waiting->slots + slots;
    waiting->sizes = waiting->taken + most;
    waiting->status = waiting->was + system->n_events;
    bk_program_prepare(system->happening, waiting->slots);
    return true;
}

void bk_kin_waiting_free(bk_kin_waiting *waiting)
{
    bk_free(waiting->slots);
    bk_free(waiting->was);
    bk_free(waiting->due);
    bk_free(waiting->values);
}

static bool room(bk_kin_waiting *w, size_t n)
{
    return bk_grow(&w->due, &w->due_capacity, n, sizeof *w->due) &&
           bk_grow(&w->values, &w->value_capacity, n * most_of(w), sizeof *w->values);
}

static double *values_of(const bk_kin_waiting *w, size_t i)
{
    return w->values + i * most_of(w);
}

static void take_out(bk_kin_waiting *w, size_t i)
{
    const size_t last = --w->n;
    if (i < last) {
        w->due[i] = w->due[last];
        memcpy(values_of(w, i), values_of(w, last), most_of(w) * sizeof(double));
    }
}

static void withdraw(bk_kin_waiting *w, int32_t event)
{
    for (size_t i = w->n; i-- > 0;) {
        if (w->due[i].event == event) {
            take_out(w, i);
        }
    }
}

double bk_kin_waiting_next(const bk_kin_waiting *waiting)
{
    double next = (double)INFINITY;
    for (size_t i = 0; i < waiting->n; i++) {
        next = waiting->due[i].time < next ? waiting->due[i].time : next;
    }
    return next;
}

bool bk_kin_waiting_begin(bk_kin_waiting *waiting, const bk_kin_work *work,
                          bk_random *random, const bk_settings *settings)
{
    const bk_kin_system *const s = waiting->system;
    const size_t most = most_of(waiting);
    const size_t n = settings->n_waiting / (most + 2);
    waiting->work = work;
    waiting->random = random;
    for (int32_t i = 0; i < s->n_events; i++) {
        const bk_event *const event = &s->head.model->events[s->events[i].item];
        const double known =
            settings->state == NULL ? (double)NAN : settings->state[event->symbol];
        waiting->was[i] = isnan(known) ? event->initial_value : known != 0.0;
    }
    waiting->n = 0;
    if (!room(waiting, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const double *const one = settings->waiting + i * (most + 2);
        if (one[0] >= 0.0 && one[0] < s->n_events) {
            waiting->due[waiting->n] = (bk_kin_due){(int32_t)one[0], one[1]};
            memcpy(values_of(waiting, waiting->n), one + 2, most * sizeof *one);
            waiting->n++;
        }
    }
    return true;
}

bk_status bk_kin_waiting_keep(const bk_kin_waiting *waiting, bk_outcome *outcome)
{
    const size_t most = most_of(waiting);
    const size_t n = waiting->n * (most + 2);
    const bk_kin_system *const s = waiting->system;
    double *const kept = bk_alloc((n + 1) * sizeof *kept);
    if (kept == NULL) {
        return BK_NO_MEMORY;
    }
    double *const state = bk_outcome_state_mutable(outcome);
    for (int32_t i = 0; i < s->n_events; i++) {
        state[s->events[i].symbol] = waiting->was[i];
    }
    for (size_t i = 0; i < waiting->n; i++) {
        double *const one = kept + i * (most + 2);
        one[0] = waiting->due[i].event;
        one[1] = waiting->due[i].time;
        memcpy(one + 2, values_of(waiting, i), most * sizeof *one);
    }
    const bk_status status = bk_outcome_wait(outcome, kept, n, most + 2);
    bk_free(kept);
    return status;
}

double bk_kin_instant(double t)
{
    return 16.0 * DBL_EPSILON * fabs(t);
}

/* --- values ------------------------------------------------------------------------------- */

/* The events' own program sees the values at hand. */
static void show_values(bk_kin_waiting *w)
{
    memcpy(w->slots, w->work->slots, (size_t)w->system->slots * sizeof(double));
}

static double run_law(bk_kin_waiting *w, int32_t law, double t)
{
    bk_program_run(w->work->happening, law, law + 1, w->slots, t, BK_FREE, w->status,
                   NULL);
    return w->slots[w->system->slots + law];
}

/* The random values that a law asks for, then the law. */
static double law_value(bk_kin_waiting *w, int32_t law, double t)
{
    const bk_kin_system *const s = w->system;
    for (int32_t d = 0; d < s->n_draws; d++) {
        const bk_kin_draw *const draw = &s->draws[d];
        double arguments[4];
        if (draw->law != law) {
            continue;
        }
        for (int32_t i = 0; i < draw->n; i++) {
            arguments[i] = run_law(w, draw->laws[i], t);
        }
        w->slots[draw->slot] = bk_draw(
            w->random, (bk_distribution)(draw->op - BK_OP_NORMAL), arguments, draw->n);
    }
    return run_law(w, law, t);
}

static void assigned_values(bk_kin_waiting *w, const bk_kin_event *event, double t,
                            double *values)
{
    for (int32_t k = 0; k < event->assignments; k++) {
        values[k] = law_value(w, w->system->assignments[event->first + k].law, t);
    }
}

void bk_kin_waiting_evaluate(bk_kin_waiting *waiting, const bk_kin_event *event,
                             double t)
{
    show_values(waiting);
    assigned_values(waiting, event, t, waiting->taken);
}

/* --- triggers ----------------------------------------------------------------------------- */

static bool at_trigger(const bk_kin_waiting *w, const bk_kin_event *event)
{
    return w->system->head.model->events[event->item].trigger_time_values;
}

static bk_kin_trouble put_down(bk_kin_waiting *w, int32_t e, double t)
{
    const bk_kin_event *const event = &w->system->events[e];
    const double delay = event->delay < 0 ? 0.0 : law_value(w, event->delay, t);
    w->culprit = e;
    if (!(delay >= 0.0)) {
        w->bad_delay = delay;
        return BK_KIN_BAD_DELAY;
    }
    if (!room(w, w->n + 1)) {
        return BK_KIN_SHORT_OF_MEMORY;
    }
    w->due[w->n++] = (bk_kin_due){e, t + delay};
    if (at_trigger(w, event)) {
        assigned_values(w, event, t, values_of(w, w->n - 1));
    }
    return BK_KIN_FINE;
}

bk_kin_trouble bk_kin_waiting_look(bk_kin_waiting *waiting, double t)
{
    const bk_kin_system *const s = waiting->system;
    bk_kin_trouble trouble = BK_KIN_FINE;
    bool shown = false;
    for (int32_t i = 0; i < s->n_events && trouble == BK_KIN_FINE; i++) {
        const double value = waiting->work->slots[s->events[i].trigger];
        const bool now = !isnan(value) && value != 0.0;
        if (now == (waiting->was[i] != 0)) {
            continue;
        }
        waiting->was[i] = now;
        if (!shown) {
            show_values(waiting);
            shown = true;
        }
        if (now) {
            trouble = put_down(waiting, i, t);
        } else if (!s->head.model->events[s->events[i].item].persistent) {
            withdraw(waiting, i);
        }
    }
    return trouble;
}

/* --- execution ---------------------------------------------------------------------------- */

size_t bk_kin_waiting_choose(bk_kin_waiting *waiting, double t)
{
    const double now = t + bk_kin_instant(t);
    size_t best = waiting->n;
    double highest = 0.0;
    uint32_t equal = 0;
    bool shown = false;
    for (size_t i = 0; i < waiting->n; i++) {
        if (waiting->due[i].time > now) {
            continue;
        }
        const int32_t law = waiting->system->events[waiting->due[i].event].priority;
        if (law >= 0 && !shown) {
            show_values(waiting);
            shown = true;
        }
        const double said = law < 0 ? (double)NAN : law_value(waiting, law, t);
        const double own = isnan(said) ? -(double)INFINITY : said;
        if (best == waiting->n || own > highest) {
            best = i;
            highest = own;
            equal = 1;
        } else if (own == highest && bk_random_below(waiting->random, ++equal) == 0) {
            best = i;
        }
    }
    return best;
}

const bk_kin_event *bk_kin_waiting_take(bk_kin_waiting *waiting, size_t i, double t)
{
    const bk_kin_event *const event = &waiting->system->events[waiting->due[i].event];
    if (at_trigger(waiting, event)) {
        memcpy(waiting->taken, values_of(waiting, i),
               (size_t)event->assignments * sizeof *waiting->taken);
    } else {
        bk_kin_waiting_evaluate(waiting, event, t);
    }
    take_out(waiting, i);
    return event;
}

static double size_of(const bk_kin_waiting *w, int32_t variable)
{
    const bk_kin_system *const s = w->system;
    const int32_t compartment =
        s->head.model->symbols[s->variable[variable]].compartment;
    return compartment < 0 ? 1.0 : w->work->slots[compartment];
}

void bk_kin_waiting_measure(bk_kin_waiting *waiting)
{
    for (int32_t v = 0; v < waiting->system->n; v++) {
        waiting->sizes[v] = size_of(waiting, v);
    }
}

/* A species that evolves as a concentration, by a rate rule. */
static bool as_concentration(const bk_kin_system *system, int32_t variable)
{
    const int32_t symbol = system->variable[variable];
    return system->head.model->symbols[symbol].kind == BK_SPECIES &&
           !system->substance[symbol] && !system->variable_amount[variable];
}

void bk_kin_waiting_dilute(const bk_kin_waiting *waiting, double *y)
{
    for (int32_t v = 0; v < waiting->system->n; v++) {
        const double size = size_of(waiting, v);
        if (as_concentration(waiting->system, v) && size != waiting->sizes[v] &&
            !bk_kin_is_held(waiting->work, v)) {
            y[v] *= waiting->sizes[v] / size;
        }
    }
}
