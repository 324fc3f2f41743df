/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/work.h"

#include <math.h>
#include <string.h>

void bk_kin_link_numbers(bk_kin_work *w)
{
    const bk_kin_fast *const fast = w->system->fast;
    double *const n = w->fast_matrix;
    if (fast == NULL) {
        return;
    }
    memset(n, 0, (size_t)fast->rows * (size_t)fast->columns * sizeof *n);
    for (int32_t k = 0; k < fast->n_terms; k++) {
        const bk_kin_term *const term = &fast->terms[k];
        n[fast->at[k]] += term->number * (term->slot < 0 ? 1.0 : w->slots[term->slot]) *
                          (term->conversion < 0 ? 1.0 : w->slots[term->conversion]);
    }
    const bool good = bk_kin_fast_reduce(fast, n, false);
    for (int32_t l = 0; l < fast->n_links; l++) {
        w->slots[fast->links[l].slot] = good ? n[fast->links[l].at] : (double)NAN;
    }
}

void bk_kin_fold_moieties(const bk_kin_work *w, double by, double *y)
{
    const bk_kin_fast *const fast = w->system->fast;
    for (int32_t l = 0; fast != NULL && l < fast->n_links; l++) {
        const bk_kin_link *const link = &fast->links[l];
        y[link->moiety] -= by * w->slots[link->slot] * y[link->of];
    }
}

void bk_kin_relink(bk_kin_work *w, double t, const double *y)
{
    const bk_kin_system *const s = w->system;
    if (s->fast == NULL || !s->fast->moves) {
        return;
    }
    for (int32_t v = 0; v < s->n; v++) {
        w->slots[s->variable_slot[v]] = y[v] * w->units[v];
    }
    bk_kin_link_numbers(w);
    bk_kin_constant_partials(w, t);
    bk_kin_weigh(w);
}
