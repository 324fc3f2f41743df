/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "base/draw.h"
#include "engine/engine.h"

#include <math.h>
#include <string.h>

/* Leaps: many moves at once, Poisson numbers of them, as far as no rate is expected to
 * change by more than the share that the settings allow.  Channels that could run out
 * of something are critical and fire one at a time; where leaps would be short, exact
 * steps are taken (Cao, Gillespie, Petzold 2006, doi:10.1063/1.2159468).  Stricter than
 * the source, gains and losses of an amount are bounded apart and not their difference,
 * which is nothing in a steady state: leaps as long as a molecule lives would make the
 * variance there too large by half and more.  Leaps end at rows and at switches in time; triggers on amounts are looked at after each. */

enum {
    CRITICAL = 10,    /* firings left */
    WORTHWHILE = 10,  /* moves that a leap must be expected to hold at least */
    EXACT_STEPS = 100 /* else */
};

/* How strongly rates answer to a variable: the highest order of a reaction that depends
 * on it, and how often it stands in that. */
static void find_orders(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    const bk_model *const m = k->head.model;
    for (int32_t v = 0; v < k->n; v++) {
        w->leap.order[v] = w->leap.copies[v] = 0;
        for (int32_t i = s->reader_starts[v]; i < s->reader_starts[v + 1]; i++) {
            const int32_t channel = s->channel_of[s->readers[i]];
            if (channel < 0) {
                continue;
            }
            const bk_reaction *const reaction = &m->reactions[channel];
            const bk_ssa_product *const p = &w->products[channel];
            const bool product = w->product[channel];
            int factors = product ? (p->v < k->n) + (p->w < k->n) : 3;
            int own = product ? (p->v == v) + (p->w == v) : 1;
            double taken = 0.0;
            double copies = 0.0;
            for (int32_t j = 0; j < reaction->participants; j++) {
                const bk_participant *const about =
                    &m->participants[reaction->first_participant + j];
                if (about->role == BK_REACTANT && isfinite(about->stoichiometry)) {
                    taken += about->stoichiometry;
                    copies +=
                        about->species == k->variable[v] ? about->stoichiometry : 0.0;
                }
            }
            factors = taken > factors ? (int)fmin(taken, 3.0) : factors;
            own = copies > own ? (int)fmin(copies, 3.0) : own;
            if (factors > w->leap.order[v] ||
                (factors == w->leap.order[v] && own > w->leap.copies[v])) {
                w->leap.order[v] = (signed char)factors;
                w->leap.copies[v] = (signed char)own;
            }
        }
    }
}

bool bk_ssa_leap_prepare(bk_ssa_worker *w)
{
    const size_t n = (size_t)w->system->kin->n + 1;
    const size_t channels = (size_t)w->system->n_channels + 1;
    bk_ssa_leap *const l = &w->leap;
    if (l->order == NULL) {
        l->order = bk_alloc_zero(n, sizeof *l->order);
        l->copies = bk_alloc_zero(n, sizeof *l->copies);
        l->gain = bk_alloc_zero(n, sizeof *l->gain);
        l->loss = bk_alloc_zero(n, sizeof *l->loss);
        l->variance = bk_alloc_zero(n, sizeof *l->variance);
        l->next = bk_alloc_zero(n, sizeof *l->next);
        l->critical = bk_alloc_zero(channels, sizeof *l->critical);
    }
    if (l->order == NULL || l->copies == NULL || l->gain == NULL || l->loss == NULL ||
        l->variance == NULL || l->next == NULL || l->critical == NULL) {
        return false;
    }
    find_orders(w);
    return true;
}

void bk_ssa_leap_free(bk_ssa_worker *w)
{
    bk_free(w->leap.order);
    bk_free(w->leap.copies);
    bk_free(w->leap.gain);
    bk_free(w->leap.loss);
    bk_free(w->leap.variance);
    bk_free(w->leap.next);
    bk_free(w->leap.critical);
}

/* Could run out of something within a few firings. */
static bool is_critical(const bk_ssa_worker *w, int32_t channel)
{
    const bk_ssa_system *const s = w->system;
    for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
         c++) {
        const double left = w->y[s->changes[c].variable];
        if (w->step[c] < 0.0 && left < CRITICAL * -w->step[c]) {
            return true;
        }
    }
    return false;
}

/* g of the source, table in its section III. */
static double answer_of(const bk_ssa_worker *w, int32_t v)
{
    const double x = w->y[v];
    const double second = x > 1.0 ? 1.0 / (x - 1.0) : 1.0;
    switch (w->leap.order[v]) {
    case 1:
        return 1.0;
    case 2:
        return w->leap.copies[v] < 2 ? 2.0 : 2.0 + second;
    default:
        return w->leap.copies[v] < 2 ? 3.0
               : w->leap.copies[v] < 3
                   ? 1.5 * (2.0 + second)
                   : 3.0 + second + (x > 2.0 ? 2.0 / (x - 2.0) : 2.0);
    }
}

/* The longest leap, and the total of the critical rates. */
static double longest_leap(bk_ssa_worker *w, double *critical)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    bk_ssa_leap *const l = &w->leap;
    memset(l->gain, 0, (size_t)k->n * sizeof *l->gain);
    memset(l->loss, 0, (size_t)k->n * sizeof *l->loss);
    memset(l->variance, 0, (size_t)k->n * sizeof *l->variance);
    *critical = 0.0;
    for (int32_t channel = 0; channel < s->n_channels; channel++) {
        const double rate = w->sums.level[0][channel];
        l->critical[channel] = rate > 0.0 && is_critical(w, channel);
        if (l->critical[channel]) {
            *critical += rate;
            continue;
        }
        for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
             c++) {
            const int32_t v = s->changes[c].variable;
            l->gain[v] += fmax(w->step[c], 0.0) * rate;
            l->loss[v] += fmax(-w->step[c], 0.0) * rate;
            l->variance[v] += w->step[c] * w->step[c] * rate;
        }
    }
    double longest = (double)INFINITY;
    for (int32_t v = 0; v < k->n; v++) {
        if (l->order[v] > 0 && l->variance[v] > 0.0) {
            const double may = fmax(w->settings->leap * w->y[v] / answer_of(w, v), 1.0);
            longest = fmin(longest, may / fmax(l->gain[v], l->loss[v]));
            longest = fmin(longest, may * may / l->variance[v]);
        }
    }
    return longest;
}

static int32_t choose_critical(bk_ssa_worker *w, double total)
{
    double rest = bk_random_uniform(&w->random) * total;
    int32_t last = -1;
    for (int32_t c = 0; c < w->system->n_channels; c++) {
        if (w->leap.critical[c]) {
            last = c;
            rest -= w->sums.level[0][c];
            if (rest < 0.0) {
                break;
            }
        }
    }
    return last;
}

static void add_moves(bk_ssa_worker *w, int32_t channel, double times)
{
    const bk_ssa_system *const s = w->system;
    for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
         c++) {
        w->leap.next[s->changes[c].variable] += times * w->step[c];
    }
}

/* Tries a leap of this length; false: an amount would be below zero. */
static bool try_leap(bk_ssa_worker *w, double length, double critical, bool fires)
{
    const bk_ssa_system *const s = w->system;
    const size_t n = (size_t)s->kin->n;
    bk_ssa_leap *const l = &w->leap;
    double moves = fires ? 1.0 : 0.0;
    memcpy(l->next, w->y, n * sizeof *l->next);
    for (int32_t c = 0; c < s->n_channels; c++) {
        const double rate = w->sums.level[0][c];
        if (rate > 0.0 && !l->critical[c]) {
            const double times = bk_draw_poisson(&w->random, rate * length);
            add_moves(w, c, times);
            moves += times;
        }
    }
    if (fires) {
        add_moves(w, choose_critical(w, critical), 1.0);
    }
    for (size_t v = 0; v < n; v++) {
        if (s->reacts[v] && l->next[v] < 0.0) {
            return false;
        }
    }
    memcpy(w->y, l->next, n * sizeof *l->next);
    w->moves += (long)moves;
    l->leaps++;
    return true;
}

/* After a leap everything is computed anew. */
static void arrive(bk_ssa_worker *w, double t)
{
    bk_ssa_go_on(w, t);
    bk_ssa_put_slots(w);
    if (w->slots) {
        bk_ssa_run_all(w, BK_FREE);
    }
    bk_ssa_renew(w);
    if (w->agenda != NULL) {
        bk_ssa_agenda_look(w);
    }
}

/* One leap, not beyond the horizon; false: too short to be worth it. */
static bool leap(bk_ssa_worker *w, double horizon, double total)
{
    double critical;
    double longest = longest_leap(w, &critical);
    const double worthwhile =
        fmax((double)WORTHWHILE, (double)w->system->n_channels / 4.0);
    while (longest >= worthwhile / total) {
        const double wait = critical > 0.0
                                ? bk_random_exponential(&w->random) / critical
                                : (double)INFINITY;
        const double left = horizon - w->time;
        double length = fmin(longest, left);
        const bool fires = wait <= length;
        length = fires ? wait : length;
        if (try_leap(w, length, critical, fires)) {
            arrive(w, length == left ? horizon : w->time + length);
            return true;
        }
        longest /= 2.0;
    }
    return false;
}

static void exact_step(bk_ssa_worker *w, double horizon, double total)
{
    const double move =
        total > 0.0 ? w->time + bk_random_exponential(&w->random) / total : horizon;
    if (!(move < horizon)) {
        bk_ssa_go_on(w, horizon);
        return;
    }
    bk_ssa_go_on(w, move);
    double rest = bk_random_uniform(&w->random) * total;
    bk_ssa_fire(w, bk_ssa_sums_find(&w->sums, &rest));
}

size_t bk_ssa_leap_walk(bk_ssa_worker *w, uint64_t run, size_t rows, bk_ssa_row *row,
                        void *context)
{
    const bk_settings *const settings = w->settings;
    size_t at = 0;
    int exact = 0;
    bk_ssa_begin(w, run);
    const long first = w->moves;
    while (w->trouble == BK_SSA_FINE) {
        const double limit =
            w->agenda == NULL ? (double)INFINITY : bk_ssa_agenda_next(w);
        if (limit <= w->time) {
            bk_ssa_agenda_reach(w);
            bk_ssa_check(w, first);
            continue;
        }
        while (bk_settings_time(settings, (int)at) <= w->time) {
            bk_ssa_put_slots(w);
            row(context, at++);
            if (at == rows) {
                return at;
            }
        }
        const double horizon = fmin(limit, bk_settings_time(settings, (int)at));
        const double total = bk_ssa_total(&w->sums);
        if (exact == 0 && total > 0.0 && leap(w, horizon, total)) {
            bk_ssa_check(w, first);
            continue;
        }
        exact = exact == 0 ? EXACT_STEPS : exact;
        exact_step(w, horizon, total);
        exact--;
        bk_ssa_check(w, first);
    }
    return at;
}
