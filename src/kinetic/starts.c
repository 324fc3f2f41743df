/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/starts.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 3 };

typedef struct part {
    int32_t rate, variable;
    double number;
} part;

static int by_rate(const void *a, const void *b)
{
    const part *const x = a, *const y = b;
    return x->rate != y->rate
               ? (x->rate > y->rate) - (x->rate < y->rate)
               : (x->variable > y->variable) - (x->variable < y->variable);
}

/* What the reactions change of variables that are free, by reaction. */
static int32_t gather(const bk_kin_work *w, part *parts)
{
    const bk_kin_system *const s = w->system;
    int32_t n = 0;
    for (int32_t k = 0; k < s->n_terms; k++) {
        const bk_kin_term *const t = &s->terms[k];
        const double number = t->number * (t->slot < 0 ? 1.0 : w->slots[t->slot]) *
                              (t->conversion < 0 ? 1.0 : w->slots[t->conversion]);
        if (!bk_kin_is_held(w, t->variable) && isfinite(number) && number != 0.0) {
            parts[n++] = (part){t->rate, t->variable, number};
        }
    }
    if (n > 0) {
        qsort(parts, (size_t)n, sizeof *parts, by_rate);
    }
    return n;
}

bool bk_kin_starts_new(bk_kin_starts *starts, const bk_kin_work *w, const double *from,
                       const double *largest, const double *lowest, uint64_t seed)
{
    const bk_kin_system *const s = w->system;
    const size_t n = (size_t)s->n_terms + 1;
    part *const parts = bk_alloc(n * sizeof *parts);
    *starts = (bk_kin_starts){
        .w = w,
        .from = from,
        .largest = largest,
        .lowest = lowest,
        .seed = seed,
        .first = bk_alloc_zero(n + 1, sizeof *starts->first),
        .variable = bk_alloc(n * sizeof *starts->variable),
        .number = bk_alloc(n * sizeof *starts->number),
        .group_most = bk_alloc_zero((size_t)s->n + 1, sizeof *starts->group_most)};
    const bool ok = parts != NULL && starts->first != NULL &&
                    starts->variable != NULL && starts->number != NULL &&
                    starts->group_most != NULL;
    for (int32_t v = 0; ok && v < s->n; v++) {
        double *const most = &starts->group_most[s->group[v]];
        *most = fmax(*most, largest[v] * fabs(w->units[v]));
    }
    starts->n_parts = ok ? gather(w, parts) : 0;
    for (int32_t k = 0; k < starts->n_parts; k++) {
        if (k == 0 || parts[k].rate != parts[k - 1].rate) {
            starts->first[starts->n_directions++] = k;
        }
        starts->variable[k] = parts[k].variable;
        starts->number[k] = parts[k].number;
    }
    if (ok) {
        starts->first[starts->n_directions] = starts->n_parts;
    }
    bk_free(parts);
    return ok;
}

void bk_kin_starts_free(bk_kin_starts *starts)
{
    bk_free(starts->first);
    bk_free(starts->variable);
    bk_free(starts->number);
    bk_free(starts->group_most);
}

/* The largest of a variable's group, in its own unit. */
static double cap_of(const bk_kin_starts *g, int32_t v, double factor)
{
    const double most = g->group_most[g->w->system->group[v]];
    const double unit = fabs(g->w->units[v]);
    return factor * (most > 0.0 && unit > 0.0 ? most / unit : 1.0);
}

/* A place in [low, high]. */
static double place(bk_random *random, double low, double high)
{
    const double u = bk_random_uniform(random);
    const uint32_t way = bk_random_below(random, 4);
    if (way < 2) {
        return low + u * (high - low);
    }
    const double away = (high - low) * pow(10.0, -3.0 * u);
    return way == 2 ? low + away : high - away;
}

/* How far a reaction can go forth (+) and back (-). */
static void move(const bk_kin_starts *g, int32_t direction, const double *caps,
                 bk_random *random, double *y)
{
    double low = -(double)INFINITY, high = (double)INFINITY;
    for (int32_t k = g->first[direction]; k < g->first[direction + 1]; k++) {
        const int32_t v = g->variable[k];
        const double down = -fmax(y[v], 0.0) / g->number[k];
        const double up = fmax(caps[v] - y[v], 0.0) / g->number[k];
        low = fmax(low, fmin(down, up));
        high = fmin(high, fmax(down, up));
    }
    if (!(high > low)) {
        return;
    }
    const double extent = place(random, low, high);
    for (int32_t k = g->first[direction]; k < g->first[direction + 1]; k++) {
        const int32_t v = g->variable[k];
        const double moved = y[v] + extent * g->number[k];
        y[v] = y[v] >= 0.0 ? fmax(moved, 0.0) : moved;
    }
}

/* What obeys a rate rule. */
static double draw_ruled(const bk_kin_starts *g, int32_t v, double cap,
                         bk_random *random)
{
    const bk_kin_system *const s = g->w->system;
    const bk_symbol *const about = &s->head.model->symbols[s->variable[v]];
    const double u = bk_random_uniform(random);
    const uint32_t way = bk_random_below(random, 4);
    if (s->head.model->is_form && about->max_level > 0) {
        return about->max_level * (way < 2 ? u : way == 2 ? 0.0 : 1.0);
    }
    const double size = way < 2 ? u * cap : cap * pow(10.0, -3.0 * u);
    return g->lowest[v] < 0.0 && bk_random_below(random, 2) == 0 ? -size : size;
}

void bk_kin_starts_draw(const bk_kin_starts *starts, int i, int count, double *y)
{
    const bk_kin_system *const s = starts->w->system;
    const double factor = pow(10.0, -1.0 + 3.0 * (i + 0.5) / count);
    double *const caps = starts->w->dy; /* scratch of the workspace */
    bk_random random;
    bk_random_start(&random, starts->seed, 0x73746172, (uint64_t)i);
    memcpy(y, starts->from, (size_t)s->n * sizeof *y);
    for (int32_t v = 0; v < s->n; v++) {
        caps[v] = fmax(cap_of(starts, v, factor), y[v]);
        if (s->derivative_node[v] >= 0 && !bk_kin_is_held(starts->w, v) &&
            s->head.model->symbols[s->variable[v]].kind != BK_COMPARTMENT) {
            y[v] = draw_ruled(starts, v, caps[v], &random);
        }
    }
    for (int32_t k = 0; k < SWEEPS * starts->n_directions; k++) {
        move(starts, (int32_t)bk_random_below(&random, (uint32_t)starts->n_directions),
             caps, &random, y);
    }
}
