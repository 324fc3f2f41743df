/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The steady states found so far: which are one and the same. */

#include "kinetic/steady_states.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

static const double same_state = 1e-3, same_swing = 5e-2;

void bk_steady_states_free(bk_steady_states *states)
{
    for (int i = 0; states != NULL && i < states->n; i++) {
        bk_outcome_free(states->items[i].outcome);
        bk_free(states->items[i].y);
    }
    if (states != NULL) {
        bk_free(states->why);
    }
    bk_free(states);
}

int bk_steady_states_count(const bk_steady_states *states)
{
    return states->n;
}

const bk_steady_state *bk_steady_states_at(const bk_steady_states *states, int i)
{
    return &states->items[i].told;
}

int bk_steady_states_lost(const bk_steady_states *states, const char **why)
{
    *why = states->why;
    return states->lost;
}

bool bk_kin_swings(const bk_outcome *outcome)
{
    return strstr(bk_outcome_text(outcome), "oscillates") != NULL;
}

static double largest_of_group(const bk_kin_searching *g, int32_t v,
                               const double *sizes)
{
    const bk_kin_system *const s = g->w->system;
    const double unit = fabs(g->w->units[v]);
    double most = 0.0;
    for (int32_t u = 0; u < s->n; u++) {
        if (s->group[u] == s->group[v]) {
            most = fmax(most, sizes[u] * fabs(g->w->units[u]));
        }
    }
    return unit > 0.0 ? most / unit : 0.0;
}

double bk_kin_least_size(const bk_kin_searching *g, int32_t v)
{
    const double own =
        fmax(1e-6 * g->largest[v], 1e-9 * largest_of_group(g, v, g->largest));
    return fmax(fmax(own, 1e-12 * largest_of_group(g, v, g->widest)), 1e-30);
}

static bool same(const bk_kin_searching *g, const double *a, const double *b,
                 double share)
{
    for (int32_t v = 0; v < g->w->system->n; v++) {
        const double gap = fabs(a[v] - b[v]);
        if (gap > share * fmax(fabs(a[v]), fabs(b[v])) &&
            gap > bk_kin_least_size(g, v)) {
            return false;
        }
    }
    return true;
}

double bk_kin_totals_off(const bk_kin_searching *g, const double *y)
{
    const bk_kin_system *const s = g->w->system;
    double most = 0.0;
    for (int32_t i = 0; g->moieties != NULL && i < bk_moieties_count(g->moieties);
         i++) {
        const bk_moiety *const m = bk_moieties_at(g->moieties, i);
        double gap = 0.0, size = 0.0;
        for (int32_t p = 0; p < m->n; p++) {
            const int32_t v = s->variable_of[m->parts[p].species];
            const double number = (double)m->parts[p].number;
            gap += v < 0 ? 0.0 : number * (y[v] - g->from[v]);
            size += v < 0 ? 0.0 : fabs(number) * fmax(fabs(y[v]), fabs(g->from[v]));
        }
        most = size > 0.0 ? fmax(most, fabs(gap) / size) : most;
    }
    return most;
}

bk_kin_found *bk_kin_find_state(const bk_kin_searching *g, const double *y,
                                const bk_outcome *outcome)
{
    const bool steady = bk_outcome_stop(outcome) == BK_STOP_END;
    const bool swings = !steady && bk_kin_swings(outcome);
    for (int i = 0; i < g->states->n; i++) {
        bk_kin_found *const f = &g->states->items[i];
        if (f->told.steady == steady &&
            (steady || bk_kin_swings(f->outcome) == swings) &&
            ((!steady && !swings) ||
             same(g, y, f->y, steady ? same_state : same_swing))) {
            return f;
        }
    }
    return NULL;
}

bk_kin_found *bk_kin_add_state(const bk_kin_searching *g, bk_outcome *outcome,
                               const double *y)
{
    const size_t bytes = ((size_t)g->w->system->n + 1) * sizeof *y;
    bk_kin_found *f = bk_kin_find_state(g, y, outcome);
    if (f != NULL || g->states->n == BK_KIN_MOST_STATES) {
        bk_outcome_free(outcome);
        return f;
    }
    double *const kept = bk_alloc(bytes);
    if (kept == NULL) {
        bk_outcome_free(outcome);
        return NULL;
    }
    memcpy(kept, y, bytes - sizeof *y);
    f = &g->states->items[g->states->n++];
    *f = (bk_kin_found){.told = {.outcome = outcome,
                                 .steady = bk_outcome_stop(outcome) == BK_STOP_END,
                                 .together = 1},
                        .outcome = outcome,
                        .y = kept};
    return f;
}

void bk_kin_drop_state(bk_steady_states *states, int i)
{
    bk_outcome_free(states->items[i].outcome);
    bk_free(states->items[i].y);
    states->n--;
    memmove(&states->items[i], &states->items[i + 1],
            (size_t)(states->n - i) * sizeof *states->items);
}

bool bk_kin_replace_state(const bk_kin_searching *g, int i, bk_outcome *outcome,
                          const double *y)
{
    bk_kin_found *const f = &g->states->items[i];
    for (int k = 0; k < g->states->n; k++) {
        bk_kin_found *const other = &g->states->items[k];
        if (k != i && other->told.steady && same(g, y, other->y, same_state)) {
            other->told.starts += f->told.starts;
            bk_outcome_free(outcome);
            bk_kin_drop_state(g->states, i);
            return true;
        }
    }
    bk_outcome_free(f->outcome);
    f->outcome = outcome;
    f->told.outcome = outcome;
    memcpy(f->y, y, (size_t)g->w->system->n * sizeof *y);
    return false;
}
