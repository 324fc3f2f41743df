/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/waiting.h"

#include "base/alloc.h"
#include "engine/engine.h"

#include <float.h>
#include <math.h>
#include <string.h>

static size_t most_of(const bk_kin_waiting *w)
{
    return (size_t)w->system->most_assignments;
}

void bk_kin_waiting_free(bk_kin_waiting *waiting)
{
    bk_free(waiting->due);
    bk_free(waiting->values);
}

static bool room(bk_kin_waiting *w, size_t n)
{
    return bk_grow(&w->due, &w->due_capacity, n, sizeof *w->due) &&
           bk_grow(&w->values, &w->value_capacity, n * most_of(w), sizeof *w->values);
}

bool bk_kin_waiting_add(bk_kin_waiting *waiting, int32_t event, double time)
{
    if (!room(waiting, waiting->n + 1)) {
        return false;
    }
    waiting->due[waiting->n++] = (bk_kin_due){event, time};
    return true;
}

double *bk_kin_waiting_values(const bk_kin_waiting *waiting, size_t i)
{
    return waiting->values + i * most_of(waiting);
}

void bk_kin_waiting_take_out(bk_kin_waiting *waiting, size_t i)
{
    const size_t last = --waiting->n;
    if (i < last) {
        waiting->due[i] = waiting->due[last];
        memcpy(bk_kin_waiting_values(waiting, i), bk_kin_waiting_values(waiting, last),
               most_of(waiting) * sizeof(double));
    }
}

void bk_kin_waiting_withdraw(bk_kin_waiting *waiting, int32_t event)
{
    for (size_t i = waiting->n; i-- > 0;) {
        if (waiting->due[i].event == event) {
            bk_kin_waiting_take_out(waiting, i);
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

bool bk_kin_waiting_take_up(bk_kin_waiting *waiting, const bk_settings *settings)
{
    const size_t most = most_of(waiting);
    const size_t n = settings->n_waiting / (most + 2);
    waiting->n = 0;
    if (!room(waiting, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const double *const one = settings->waiting + i * (most + 2);
        if (one[0] >= 0.0 && one[0] < waiting->system->n_events) {
            waiting->due[waiting->n] = (bk_kin_due){(int32_t)one[0], one[1]};
            memcpy(bk_kin_waiting_values(waiting, waiting->n), one + 2,
                   most * sizeof *one);
            waiting->n++;
        }
    }
    return true;
}

bk_status bk_kin_waiting_keep(const bk_kin_waiting *waiting, bk_outcome *outcome)
{
    const size_t most = most_of(waiting);
    const size_t n = waiting->n * (most + 2);
    double *const kept = bk_alloc((n + 1) * sizeof *kept);
    if (kept == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < waiting->n; i++) {
        double *const one = kept + i * (most + 2);
        one[0] = waiting->due[i].event;
        one[1] = waiting->due[i].time;
        memcpy(one + 2, bk_kin_waiting_values(waiting, i), most * sizeof *one);
    }
    const bk_status status = bk_outcome_wait(outcome, kept, n, most + 2);
    bk_free(kept);
    return status;
}

double bk_kin_instant(double t)
{
    return 16.0 * DBL_EPSILON * fabs(t);
}

size_t bk_kin_waiting_choose(const bk_kin_waiting *waiting, double t, bk_random *random,
                             double (*priority)(void *context, int32_t law),
                             void *context)
{
    const double now = t + bk_kin_instant(t);
    size_t best = waiting->n;
    double highest = 0.0;
    uint32_t equal = 0;
    for (size_t i = 0; i < waiting->n; i++) {
        if (waiting->due[i].time > now) {
            continue;
        }
        const int32_t law = waiting->system->events[waiting->due[i].event].priority;
        const double said = law < 0 ? (double)NAN : priority(context, law);
        const double own = isnan(said) ? -(double)INFINITY : said;
        if (best == waiting->n || own > highest) {
            best = i;
            highest = own;
            equal = 1;
        } else if (own == highest && bk_random_below(random, ++equal) == 0) {
            best = i;
        }
    }
    return best;
}

bool bk_kin_as_concentration(const bk_kin_system *system, int32_t variable)
{
    const int32_t symbol = system->variable[variable];
    return system->head.model->symbols[symbol].kind == BK_SPECIES &&
           !system->substance[symbol] && !system->variable_amount[variable];
}
