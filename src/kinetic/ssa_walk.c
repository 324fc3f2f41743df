/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "engine/engine.h"

#include <math.h>
#include <string.h>

/* One run.
 *
 * Direct: the time to the next event is exponential with the total of the rates, its
 * channel is drawn by their shares, and a dependency graph says which rates to compute
 * anew (Gillespie 1977, doi:10.1021/j100540a008; Gibson and Bruck 2000,
 * doi:10.1021/jp993732q).
 *
 * Rejection, for many channels: every amount has an interval around it, and every
 * rate an upper and a lower bound that hold as long as all amounts stay within theirs.
 * Candidates are drawn by the upper bounds and accepted by the true rate, which is
 * seldom needed: the lower bound settles most (Thanh, Priami, Zunino 2014,
 * doi:10.1063/1.4896985).  Just as exact, and an event costs no update while the
 * amounts stay within. */

enum { MANY_CHANNELS = 8 };

/* --- sums --------------------------------------------------------------------------------- */

bool bk_ssa_sums_new(bk_ssa_sums *sums, int32_t leaves)
{
    *sums = (bk_ssa_sums){0};
    size_t n = (size_t)leaves;
    int k = 0;
    for (;;) {
        const size_t padded = (n + 7) / 8 * 8 + 8;
        sums->level[k] = bk_alloc_zero(padded, sizeof(double));
        if (sums->level[k] == NULL) {
            bk_ssa_sums_free(sums);
            return false;
        }
        if (n <= 1 && k > 0) {
            break;
        }
        n = (n + 7) / 8;
        k++;
    }
    sums->n_levels = k;
    return true;
}

void bk_ssa_sums_free(bk_ssa_sums *sums)
{
    for (int k = 0; k < BK_SSA_LEVELS; k++) {
        bk_free(sums->level[k]);
    }
    *sums = (bk_ssa_sums){0};
}

/* After setting all leaves. */
static void sum_all(bk_ssa_sums *sums, int32_t leaves)
{
    int32_t n = leaves;
    for (int k = 0; k < sums->n_levels; k++) {
        n = (n + 7) / 8;
        for (int32_t i = 0; i < n; i++) {
            sums->level[k + 1][i] = bk_ssa_eight(sums->level[k] + 8 * (size_t)i);
        }
    }
}

/* --- what follows an event ---------------------------------------------------------------- */

static bool add_after(bk_ssa_worker *w, int32_t *end, int32_t law)
{
    if (!bk_grow(&w->after, &w->after_capacity, (size_t)*end + 1, sizeof *w->after)) {
        return false;
    }
    w->after[(*end)++] = law;
    return true;
}

/* Under rejection the bounds take care of what is bounded. */
static bool follows(const bk_ssa_worker *w, int32_t law)
{
    const int32_t channel = w->system->channel_of[law];
    return !w->rejection || channel < 0 || !w->bounded[channel];
}

/* The laws that the variables of a channel reach, each once, ascending. */
static bool list_after(bk_ssa_worker *w, int32_t channel, bool *found)
{
    const bk_ssa_system *const s = w->system;
    int32_t end = w->after_starts[channel];
    int32_t first = s->kin->value_laws;
    int32_t last = -1;
    for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
         c++) {
        const int32_t v = s->changes[c].variable;
        for (int32_t i = s->reader_starts[v]; i < s->reader_starts[v + 1]; i++) {
            const int32_t law = s->readers[i];
            found[law] = w->step[c] != 0.0 && follows(w, law) ? true : found[law];
            first = law < first ? law : first;
            last = law > last ? law : last;
        }
    }
    w->looks[channel] = w->agenda != NULL && s->roots_jump;
    for (int32_t law = first; law <= last; law++) {
        if (found[law] && !add_after(w, &end, law)) {
            return false;
        }
        w->looks[channel] = w->looks[channel] ||
                            (found[law] && s->kin->nodes[law].kind == BK_KIN_TRIGGER);
        found[law] = false;
    }
    w->after_starts[channel + 1] = end;
    return true;
}

bool bk_ssa_walk_prepare(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    int32_t bounded = 0;
    for (int32_t c = 0; c < s->n_channels; c++) {
        bounded += w->bounded[c];
    }
    w->rejection = !(w->settings->leap > 0.0) && s->n_channels >= MANY_CHANNELS &&
                   bounded >= s->n_channels / 10 * 9;
    bool *const found = bk_alloc_zero((size_t)s->kin->value_laws + 1, sizeof *found);
    bool good = found != NULL;
    for (int32_t c = 0; c < s->n_channels && good; c++) {
        good = list_after(w, c, found);
    }
    bk_free(found);
    return good;
}

/* --- bounds ------------------------------------------------------------------------------- */

static void bound_variable(bk_ssa_worker *w, int32_t v)
{
    const double y = w->y[v];
    const double margin = fmax(1.0, ceil(0.1 * y));
    w->low[v] = fmax(0.0, y - margin);
    w->high[v] = y + margin;
}

static double product_at(const bk_ssa_product *p, const double *y)
{
    return p->c * fmax(0.0, y[p->v] + p->p) * fmax(0.0, y[p->w] + p->q);
}

static void bound_rate(bk_ssa_worker *w, int32_t channel)
{
    const bk_ssa_product *const p = &w->products[channel];
    const bool needs = w->need_starts[channel] < w->need_starts[channel + 1];
    w->floor[channel] = needs ? 0.0 : product_at(p, w->low);
    w->sums.level[0][channel] = product_at(p, w->high);
}

/* A variable has left its interval. */
static void bound_again(bk_ssa_worker *w, int32_t v)
{
    const bk_ssa_system *const s = w->system;
    bound_variable(w, v);
    for (int32_t i = s->reader_starts[v]; i < s->reader_starts[v + 1]; i++) {
        const int32_t channel = s->channel_of[s->readers[i]];
        if (channel >= 0 && w->bounded[channel]) {
            bound_rate(w, channel);
            bk_ssa_sums_set(&w->sums, channel, w->sums.level[0][channel]);
        }
    }
}

/* --- the run ------------------------------------------------------------------------------ */

void bk_ssa_begin(bk_ssa_worker *w, uint64_t run)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    const bk_settings *const settings = w->settings;
    bk_random_start(&w->random, settings->seed, settings->content, run);
    memcpy(w->y, w->start, (size_t)k->n * sizeof *w->y);
    w->y[k->n] = 1.0;
    w->time = settings->t_start;
    w->trouble = BK_SSA_FINE;
    w->ask_at = 0x10000;
    w->instants = 0;
    bk_ssa_put_slots(w);
    if (w->slots) {
        bk_ssa_run_all(w, BK_FREE);
    }
    if (w->agenda != NULL) {
        bk_ssa_agenda_begin(w);
    } else {
        bk_ssa_renew(w);
    }
}

void bk_ssa_renew(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    for (int32_t v = 0; v < k->n && w->rejection; v++) {
        bound_variable(w, v);
    }
    w->low[k->n] = w->high[k->n] = 1.0;
    for (int32_t c = 0; c < s->n_channels; c++) {
        if (w->rejection && w->bounded[c]) {
            bound_rate(w, c);
        } else {
            w->floor[c] = w->sums.level[0][c] = bk_ssa_rate(w, c);
        }
    }
    sum_all(&w->sums, s->n_channels);
}

static void change(bk_ssa_worker *w, int32_t channel)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
         c++) {
        const int32_t v = s->changes[c].variable;
        w->y[v] += w->step[c];
        if (w->slots) {
            w->kin->slots[k->variable_slot[v]] = w->y[v] * w->kin->units[v];
            if (w->seen[v] != NULL) {
                bk_kin_edit(w->kin, w->seen[v]);
            }
        }
        if (w->rejection && (w->y[v] < w->low[v] || w->y[v] > w->high[v])) {
            bound_again(w, v);
        }
    }
}

void bk_ssa_fire(bk_ssa_worker *w, int32_t channel)
{
    change(w, channel);
    for (int32_t i = w->after_starts[channel]; i < w->after_starts[channel + 1]; i++) {
        const int32_t law = w->after[i];
        const int32_t next = w->system->channel_of[law];
        if (next < 0 || !w->product[next] || w->system->read[law]) {
            bk_ssa_run_law(w, law, BK_FREE);
        }
        if (next >= 0) {
            const double rate = bk_ssa_rate(w, next);
            w->floor[next] = rate;
            bk_ssa_sums_set(&w->sums, next, rate);
        }
    }
    w->moves++;
    if (w->looks[channel]) {
        bk_ssa_agenda_look(w);
    }
}

/* Never back: a root may lie a few units in the last place behind its row. */
void bk_ssa_go_on(bk_ssa_worker *w, double t)
{
    if (t <= w->time) {
        return;
    }
    if (w->n_drifting > 0) {
        bk_ssa_drift(w, t);
    }
    w->time = t;
}

void bk_ssa_check(bk_ssa_worker *w, long first_move)
{
    const bk_settings *const settings = w->settings;
    const long most = settings->max_moves > 0 ? settings->max_moves : 10000000000L;
    const long moves = w->moves - first_move + w->instants;
    if (w->trouble == BK_SSA_FINE && moves >= most) {
        w->trouble = BK_SSA_LIMIT;
    } else if (w->trouble == BK_SSA_FINE && moves >= w->ask_at) {
        w->ask_at = moves + 0x10000;
        if (settings->cancelled != NULL &&
            settings->cancelled(settings->cancel_context)) {
            w->trouble = BK_SSA_CANCELLED;
        }
    }
}

size_t bk_ssa_walk(bk_ssa_worker *w, uint64_t run, size_t rows, bk_ssa_row *row,
                   void *context)
{
    const bk_settings *const settings = w->settings;
    size_t at = 0;
    double row_time = bk_settings_time(settings, 0);
    bk_ssa_begin(w, run);
    const long first = w->moves;
    while (w->trouble == BK_SSA_FINE) {
        const double total = bk_ssa_total(&w->sums);
        const double move = total > 0.0
                                ? w->time + bk_random_exponential(&w->random) / total
                                : (double)INFINITY;
        const double limit =
            w->agenda == NULL ? (double)INFINITY : bk_ssa_agenda_next(w);
        const double next = move < limit ? move : limit;
        while (row_time < next) {
            bk_ssa_go_on(w, row_time);
            bk_ssa_put_slots(w);
            row(context, at++);
            if (at == rows) {
                return at;
            }
            row_time = bk_settings_time(settings, (int)at);
        }
        bk_ssa_go_on(w, next);
        if (limit <= move) {
            bk_ssa_agenda_reach(w);
            bk_ssa_check(w, first);
            continue;
        }
        double rest = bk_random_uniform(&w->random) * total;
        const int32_t channel = bk_ssa_sums_find(&w->sums, &rest);
        if (rest < w->floor[channel] || rest < bk_ssa_rate(w, channel)) {
            bk_ssa_fire(w, channel);
            bk_ssa_check(w, first);
        } else {
            w->rejected++;
        }
    }
    return at;
}
