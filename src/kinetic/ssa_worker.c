/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>

void bk_ssa_worker_free(bk_ssa_worker *w)
{
    if (w == NULL) {
        return;
    }
    void *const arrays[] = {w->halt_of,     w->seen,     w->start,        w->y,
                            w->step,        w->products, w->product,      w->bounded,
                            w->need_starts, w->needs,    w->after_starts, w->after,
                            w->low,         w->high,     w->floor,        w->drifting,
                            w->looks};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_ssa_sums_free(&w->sums);
    bk_ssa_agenda_free(w->agenda);
    bk_ssa_leap_free(w);
    if (w->kin != NULL) {
        bk_workspace_free(&w->kin->head);
    }
    bk_free(w);
}

static bool allocate(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    const size_t n = (size_t)s->kin->n + 1;
    const size_t channels = (size_t)s->n_channels + 1;
    const size_t changes = (size_t)s->change_starts[s->n_channels] + 1;
    w->halt_of = bk_alloc(((size_t)s->kin->value_laws + 1) * sizeof *w->halt_of);
    w->seen = bk_alloc_zero(n, sizeof *w->seen);
    w->start = bk_alloc_zero(n, sizeof *w->start);
    w->y = bk_alloc_zero(n, sizeof *w->y);
    w->step = bk_alloc_zero(changes, sizeof *w->step);
    w->products = bk_alloc_zero(channels, sizeof *w->products);
    w->product = bk_alloc_zero(channels, sizeof *w->product);
    w->bounded = bk_alloc_zero(channels, sizeof *w->bounded);
    w->need_starts = bk_alloc_zero(channels, sizeof *w->need_starts);
    w->needs = bk_alloc_zero(changes, sizeof *w->needs);
    w->after_starts = bk_alloc_zero(channels, sizeof *w->after_starts);
    w->drifting = bk_alloc_zero(n, sizeof *w->drifting);
    w->looks = bk_alloc_zero(channels, sizeof *w->looks);
    w->low = bk_alloc_zero(n, sizeof *w->low);
    w->high = bk_alloc_zero(n, sizeof *w->high);
    w->floor = bk_alloc_zero(channels, sizeof *w->floor);
    return w->halt_of != NULL && w->seen != NULL && w->start != NULL && w->y != NULL &&
           w->step != NULL && w->products != NULL && w->product != NULL &&
           w->bounded != NULL && w->need_starts != NULL && w->needs != NULL &&
           w->after_starts != NULL && w->low != NULL && w->high != NULL &&
           w->drifting != NULL && w->looks != NULL && w->floor != NULL &&
           bk_ssa_agenda_new(s, &w->agenda) && bk_ssa_sums_new(&w->sums, s->n_channels);
}

bk_status bk_ssa_worker_new(const bk_ssa_system *system, bk_ssa_worker **worker)
{
    bk_ssa_worker *const w = bk_alloc_zero(1, sizeof *w);
    if (w == NULL) {
        return BK_NO_MEMORY;
    }
    w->system = system;
    bk_workspace *kin = NULL;
    bk_status status = bk_kin_workspace(system->base, &kin);
    w->kin = (bk_kin_work *)kin;
    if (status == BK_OK && !allocate(w)) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        bk_ssa_worker_free(w);
        return status;
    }
    *worker = w;
    return BK_OK;
}

/* --- binding ------------------------------------------------------------------------------ */

static bool say(bk_diag *diag, const bk_symbol *about, double value, const char *reason)
{
    char number[40];
    bk_c_snprintf(number, sizeof number, "%.10g", value);
    bk_diag_add(diag, BK_ERROR, about->where, "stochastic", reason, about->id, number);
    return false;
}

/* Amounts count molecules. What an initial concentration times a size leaves beside a
 * whole number is rounding. */
static bool count_amounts(bk_ssa_worker *w, bk_diag *diag)
{
    const bk_kin_system *const k = w->system->kin;
    bool good = true;
    for (int32_t v = 0; v < k->n; v++) {
        if (!w->system->reacts[v] || bk_kin_is_held(w->kin, v)) {
            continue;
        }
        const bk_symbol *const about = &k->head.model->symbols[k->variable[v]];
        const double near = nearbyint(w->start[v]);
        if (!(fabs(w->start[v] - near) <= 1e-6) || !(fabs(near) <= 0x1p53)) {
            good = say(diag, about, w->start[v],
                       "the amount of \"%s\" at the start is %s; a stochastic run "
                       "counts molecules and needs whole amounts up to 2^53");
        } else if (near < 0.0) {
            good = say(diag, about, near,
                       "the amount of \"%s\" at the start is %s, below zero");
        }
        w->start[v] = near;
    }
    return good;
}

static bool count_steps(bk_ssa_worker *w, bk_diag *diag)
{
    const bk_ssa_system *const s = w->system;
    bool good = true;
    for (int32_t c = 0; c < s->change_starts[s->n_channels]; c++) {
        const int32_t v = s->changes[c].variable;
        const double weight = w->kin->weights[s->changes[c].term];
        w->step[c] = bk_kin_is_held(w->kin, v) ? 0.0 : nearbyint(weight);
        if (!(fabs(weight - nearbyint(weight)) <= 1e-9 * fmax(1.0, fabs(weight)))) {
            good = say(diag, &s->head.model->symbols[s->kin->variable[v]], weight,
                       "a reaction changes \"%s\" by %s; a stochastic run counts "
                       "molecules and needs whole stoichiometries");
        }
    }
    return good;
}

static void find_edits(bk_ssa_worker *w)
{
    const bk_kin_system *const k = w->system->kin;
    for (int32_t law = 0; law < k->value_laws; law++) {
        w->halt_of[law] = -1;
    }
    w->n_drifting = 0;
    for (int32_t v = 0; v < k->n; v++) {
        if (k->derivative_node[v] >= 0 && !bk_kin_is_held(w->kin, v)) {
            w->drifting[w->n_drifting++] = v;
        }
    }
    for (size_t h = 0; h < w->kin->n_halts; h++) {
        w->halt_of[w->kin->halts[h].law] = (int32_t)h;
    }
    for (int32_t v = 0; v < k->n; v++) {
        w->seen[v] = NULL;
    }
    for (size_t i = 0; i < w->kin->n_touched; i++) {
        bk_kin_touched *const t = &w->kin->touched[i];
        if (t->treatment && k->node_of[t->symbol] <= -2) {
            w->seen[-2 - k->node_of[t->symbol]] = t;
        }
    }
}

bk_status bk_ssa_worker_bind(bk_ssa_worker *w, const bk_overlay *overlay,
                             const bk_settings *settings, bk_diag *diag)
{
    w->settings = settings;
    w->moves = w->rejected = w->leap.leaps = 0;
    bk_status status = bk_kin_start(w->kin, overlay, settings, diag, w->start);
    if (status != BK_OK) {
        return status;
    }
    find_edits(w);
    const bool whole = count_amounts(w, diag);
    if (!count_steps(w, diag) || !whole) {
        return BK_UNSUPPORTED;
    }
    status = bk_ssa_find_products(w);
    const bool ready = status == BK_OK && bk_ssa_walk_prepare(w) &&
                       (!(settings->leap > 0.0) || bk_ssa_leap_prepare(w));
    return status == BK_OK && !ready ? BK_NO_MEMORY : status;
}
