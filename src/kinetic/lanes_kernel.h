/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The arithmetic of lanes.c, which includes this text once for each instruction set, with
 * LANES(name) the names.  The order of operations is that of rhs.c, rodas.c and
 * settle.c. */

BK_LANE_TYPES

static void LANES(layer)(const bk_lane_edit *e, int layer, bk_lanes *value,
                         bk_lanes *factor)
{
    const bk_lanes none = {0};
    const bk_lanes scaled = e->scale[layer] * *value;
    const bk_lane_mask below = scaled < e->low[layer];
    const bk_lane_mask above = scaled > e->high[layer];
    bk_lanes made = BK_LANES_CHOOSE(below, e->low[layer], scaled);
    made = BK_LANES_CHOOSE(above & ~below, e->high[layer], made);
    *value = BK_LANES_CHOOSE(e->fixed[layer], e->fix[layer], made);
    *factor = BK_LANES_CHOOSE(below | above | e->fixed[layer], none, e->scale[layer]);
}

static void LANES(apply)(bk_kin_lanes *l, bk_lane_edit *e)
{
    const bk_lanes one = (bk_lanes){0} + 1.0;
    bk_lanes *const value = &l->slots[e->symbol];
    bk_lanes seen;
    e->drive_factor = e->seen_factor = one;
    if (!e->initially) {
        LANES(layer)(e, BK_BACKGROUND, value, &e->drive_factor);
    }
    seen = *value;
    if (e->treated) {
        LANES(layer)(e, BK_TREATMENT, &seen, &e->seen_factor);
    }
    l->slots[l->system->first_seen + e->symbol] = seen;
    if (e->reaction) {
        *value = seen;
        e->drive_factor *= e->seen_factor;
        e->seen_factor = one;
    }
}

static void LANES(refresh_weights)(bk_kin_lanes *l)
{
    const bk_kin_system *const s = l->system;
    for (int32_t k = 0; k < s->n_varying_terms; k++) {
        const int32_t t = s->varying_terms[k];
        const bk_kin_term *const term = &s->terms[t];
        bk_lanes weight = (bk_lanes){0} + term->number;
        if (term->conversion >= 0) {
            weight *= l->slots[term->conversion];
        }
        l->weights[t] = weight * l->slots[term->slot];
        l->weights[s->n_terms + 1 + k] = weight * l->slots[term->rate];
    }
}

/* Each sum in the order of its terms. */
static void LANES(derivative)(const bk_kin_lanes *l, bk_lanes *dy, int part)
{
    const bk_kin_system *const s = l->system;
    const bk_lanes *const slots = l->slots;
    const int32_t *const rates = s->term_rates;
    int32_t t = 0;
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t end = s->term_starts[v + 1];
        LANES(wide) sum = {0};
        if (s->derivative_node[v] >= 0) {
            sum = BK_PART(slots[s->nodes[s->derivative_node[v]].slot]);
            t = end;
        } else if (l->plain_derivative[v]) {
            for (; t < end; t++) {
                sum += l->numbers[t] * BK_PART(slots[rates[t]]);
            }
        } else {
            for (; t < end; t++) {
                sum += BK_PART(l->weights[t]) * BK_PART(slots[rates[t]]);
            }
        }
        BK_PART(dy[v]) = sum;
    }
}

static void LANES(look_at)(const bk_kin_system *s, const bk_lanes *dy,
                           bk_lane_mask *finite, int part)
{
    LANES(wide) even = {0};
    LANES(wide) odd = {0};
    for (int32_t v = 0; v + 1 < s->n; v += 2) {
        even += BK_PART(dy[v]) * 0.0;
        odd += BK_PART(dy[v + 1]) * 0.0;
    }
    BK_MASK_PART(*finite) =
        even + odd + BK_PART(dy[s->n - 1]) * 0.0 == (LANES(wide)){0};
}

static void LANES(evaluate)(bk_kin_lanes *l, const bk_lanes *y, const bk_lanes *time,
                            bk_lanes *dy, bk_lane_mask *finite)
{
    const bk_kin_system *const s = l->system;
    const bk_lanes zero = {0};
    bk_lanes *const slots = l->slots;
    slots[bk_program_time(l->program)] = *time;
    for (int32_t v = 0; v < s->n; v++) {
        slots[s->variable_slot[v]] = y[v] * l->units[v];
    }
    int32_t law = s->constant_laws;
    for (size_t h = 0; h < l->n_halts; h++) {
        const bk_lane_halt *const halt = &l->halts[h];
        if (halt->law >= law) {
            l->run(l->program, law, halt->law + 1, slots, l->truth, l->status, NULL);
            law = halt->law + 1;
        }
        if (halt->edit >= 0) {
            LANES(apply)(l, &l->edits[halt->edit]);
        }
        if (halt->view >= 0) {
            const bk_lane_view *const view = &l->views[halt->view];
            slots[view->slot] =
                BK_LANES_CHOOSE(view->cut, view->value, slots[view->from]);
        }
    }
    l->run(l->program, law, s->value_laws, slots, l->truth, l->status, NULL);
    LANES(refresh_weights)(l);
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(derivative)(l, dy, part);
    }
    for (size_t i = 0; i < l->n_helds; i++) {
        bk_lanes *const d = &dy[l->helds[i].variable];
        *d = BK_LANES_CHOOSE(l->helds[i].held, zero, *d);
    }
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(look_at)(s, dy, finite, part);
    }
}

static void LANES(adjust)(bk_kin_lanes *l, const bk_lane_adjust *a)
{
    const bk_lanes zero = {0};
    bk_lanes value = a->constant ? a->base : l->slots[a->slot];
    bk_lane_mask off = zero != zero;
    if (a->node >= 0) {
        value *= l->edits[a->node].drive_factor;
        off |= l->edits[a->node].drive_factor == zero;
    }
    if (a->source >= 0) {
        value *= l->edits[a->source].seen_factor;
        off |= l->edits[a->source].seen_factor == zero;
    }
    if (a->view >= 0) {
        off |= l->views[a->view].cut;
    }
    l->slots[a->slot] = BK_LANES_CHOOSE(off, zero, value);
}

static void LANES(free_partials)(bk_kin_lanes *l)
{
    const bk_kin_system *const s = l->system;
    if (s->n_twice == 0 || l->truth == BK_FREE) {
        return;
    }
    memcpy(l->free_status, l->status, (size_t)s->n_relations * sizeof *l->status);
    for (int32_t k = 0; k < s->n_twice; k++) {
        l->run(l->program, s->twice[k], s->twice[k] + 1, l->slots, BK_FREE,
               l->free_status, NULL);
    }
    for (int32_t r = 0; r < s->n_relations; r++) {
        l->status[r] = s->alone[r] ? l->free_status[r] : l->status[r];
    }
}

static void LANES(fill_rows)(bk_kin_lanes *l, int part)
{
    const bk_lane_sums *const sums = &l->row_sums;
    const bk_lanes *const slots = l->slots;
    bk_lanes *const rows = l->rows;
    const bk_lane_term *term = sums->terms;
    for (int32_t k = 0; k < sums->n; k++) {
        const bk_lane_term *const end = sums->terms + sums->starts[k + 1];
        LANES(wide) sum = {0};
        for (; term < end; term++) {
            sum += BK_PART(slots[term->by]) * BK_PART(rows[term->from]);
        }
        BK_PART(rows[l->system->n + 1 + k]) = sum;
    }
}

/* What is not finite counts as zero. */
static void LANES(fill_values)(bk_kin_lanes *l, int part)
{
    const LANES(wide) zero = {0};
    const bk_lane_sums *const sums = &l->value_sums;
    const bk_lanes *const rows = l->rows;
    const bk_lane_term *term = sums->terms;
    for (int32_t k = 0; k < sums->n; k++) {
        const bk_lane_term *const end = sums->terms + sums->starts[k + 1];
        LANES(wide) sum = zero;
        if (l->plain_value[k]) {
            for (; term < end; term++) {
                sum += l->numbers[term->by] * BK_PART(rows[term->from]);
            }
        } else {
            for (; term < end; term++) {
                sum += BK_PART(l->weights[term->by]) * BK_PART(rows[term->from]);
            }
        }
        BK_PART(l->values[k]) =
            BK_LANES_CHOOSE(BK_LANES_SIZE(sum) < (double)INFINITY, sum, zero);
    }
}

static void LANES(jacobian)(bk_kin_lanes *l)
{
    const bk_kin_system *const s = l->system;
    const bk_lanes zero = {0};
    bk_lanes *const values = l->values;
    LANES(free_partials)(l);
    l->run(l->program, s->constant_partials, s->laws, l->slots, l->truth, l->status,
           NULL);
    for (size_t i = 0; i < l->n_adjusts; i++) {
        LANES(adjust)(l, &l->adjusts[i]);
    }
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(fill_rows)(l, part);
        LANES(fill_values)(l, part);
    }
    for (size_t i = 0; i < l->n_helds; i++) {
        const int32_t v = l->helds[i].variable;
        const bk_lane_mask held = l->helds[i].held;
        for (int32_t k = s->across_starts[v]; k < s->across_starts[v + 1]; k++) {
            bk_lanes *const entry = &values[s->across[k]];
            *entry = BK_LANES_CHOOSE(held, zero, *entry);
        }
        bk_lanes *const drift = &values[s->n_values + v];
        *drift = BK_LANES_CHOOSE(held, zero, *drift);
    }
}

/* to[v] = from[v] + the sum of coefficients times stages first..first+count-1; count is known
 * where this is called, so that coefficients stay in registers. */
static inline __attribute__((always_inline)) void
LANES(combine)(bk_lanes *to, const bk_lanes *from, const bk_lanes *stages, size_t n,
               const bk_lanes *coefficients, int count)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        for (size_t v = 0; v < n; v++) {
            LANES(wide) sum = BK_PART(from[v]);
#pragma GCC unroll 8
            for (int j = 0; j < count; j++) {
                sum += BK_PART(coefficients[j]) * BK_PART(stages[(size_t)j * n + v]);
            }
            BK_PART(to[v]) = sum;
        }
    }
}

static void LANES(add)(bk_lanes *to, const bk_lanes *from, const bk_lanes *stages,
                       size_t n, const bk_lanes *coefficients, int count)
{
#define BK_CASE(number)                                                                \
    case number:                                                                       \
        LANES(combine)(to, from, stages, n, coefficients, number);                     \
        break;
    switch (count) {
        BK_CASE(1)
        BK_CASE(2)
        BK_CASE(3)
        BK_CASE(4)
        BK_CASE(5)
        BK_CASE(6)
        BK_CASE(7)
        BK_CASE(8)
    default:
        LANES(combine)(to, from, stages, n, coefficients, count);
    }
#undef BK_CASE
}

static void LANES(argument)(bk_kin_lanes *l, int i)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const size_t n = (size_t)l->system->n;
    const int first = bk_rodas_onward(m, i) ? i - 1 : 0;
    bk_lanes a[BK_RODAS_MOST_STAGES];
    for (int j = first; j < i; j++) {
        a[j - first] = (bk_lanes){0} + m->a[i][j];
    }
    LANES(add)
    (l->stage_y, first > 0 ? l->stage_y : l->at, l->stages + (size_t)first * n, n, a,
     i - first);
}

static void LANES(complete)(bk_kin_lanes *l, int i, const bk_lanes *h,
                            const bk_lanes *drift)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const size_t n = (size_t)l->system->n;
    const bk_lanes *const dfdt = l->values + l->system->n_values;
    bk_lanes *const u = l->stages + (size_t)i * n;
    bk_lanes c[BK_RODAS_MOST_STAGES];
    for (int j = 0; j < i; j++) {
        c[j] = m->c[i][j] / *h;
    }
    LANES(add)(u, i == 0 ? l->f : u, l->stages, n, c, i);
    const bk_lanes forward = m->d[i] * *drift;
    for (size_t v = 0; l->system->uses_time && v < n; v++) {
        u[v] += forward * dfdt[v];
    }
}

/* What an error of variable v of this size may be. */
static inline LANES(wide)
    LANES(weight)(const bk_kin_lanes *l, int32_t v, LANES(wide) size, int part)
{
    if (l->way.atol > 0.0) {
        return BK_PART(*l->atol) + BK_PART(*l->rtol) * size;
    }
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const LANES(wide) zero = {0};
    const LANES(wide) own = BK_PART(l->scale[v]);
    const LANES(wide) shared = BK_PART(l->shared[v]);
    const LANES(wide) scale = BK_LANES_CHOOSE(own > shared, own, shared);
    const LANES(wide) wanted =
        BK_PART(*l->rtol) * (size + rule->relative_floor * scale);
    LANES(wide) least = DBL_EPSILON * scale;
    least = BK_LANES_CHOOSE(least > rule->least_tolerance, least,
                            zero + rule->least_tolerance);
    return BK_LANES_CHOOSE(wanted > least, wanted, least);
}

/* See reach in rodas.c. */
static inline LANES(wide)
    LANES(reach)(const bk_kin_lanes *l, int32_t v, LANES(wide) size, int part)
{
    const LANES(wide) zero = {0};
    const LANES(wide) own = BK_PART(l->scale[v]);
    const LANES(wide) new = size - own;
    const LANES(wide) left = own - new;
    const LANES(wide) rise = BK_LANES_CHOOSE(new < left, new, left);
    const LANES(wide_mask) rises =
        (rise > zero) & (BK_PART(l->values[l->diagonal[v]]) <= zero);
    return size + bk_rodas_tolerance.rise * BK_LANES_CHOOSE(rises, rise, zero);
}

static void LANES(measure_part)(bk_kin_lanes *l, bk_lanes *error, bk_lane_mask *sinking,
                                int part)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const int32_t n = l->system->n;
    const bk_lanes *const last = l->stages + (size_t)(m->stages - 1) * (size_t)n;
    const LANES(wide) zero = {0};
    LANES(wide) most = zero;
    LANES(wide_mask) some = {0};
    for (int32_t v = 0; v < n; v++) {
        const LANES(wide) change = BK_PART(last[v]);
        const LANES(wide) y = BK_PART(l->at[v]);
        const LANES(wide) y1 = BK_PART(l->stage_y[v]) + change;
        some |= (y1 < zero) & (y1 < y);
        const LANES(wide) a = BK_LANES_SIZE(y);
        const LANES(wide) b = BK_LANES_SIZE(y1);
        const LANES(wide) size = LANES(reach)(l, v, BK_LANES_CHOOSE(a > b, a, b), part);
        const LANES(wide) ratio =
            BK_LANES_SIZE(change) / LANES(weight)(l, v, size, part);
        /* NaN stays */
        most = BK_LANES_CHOOSE(~(ratio <= most) & (most == most), ratio, most);
        BK_PART(l->trial[v]) = y1;
    }
    BK_PART(*error) = most;
    BK_MASK_PART(*sinking) = some;
}

static void LANES(measure)(bk_kin_lanes *l, bk_lanes *error, bk_lane_mask *sinking)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(measure_part)(l, error, sinking, part);
    }
}

static void LANES(clip)(bk_kin_lanes *l, const bk_lanes *y, const bk_lane_mask *where)
{
    const LANES(wide) zero = {0};
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        for (int32_t v = 0; v < l->system->n; v++) {
            const LANES(wide) now = BK_PART(y[v]);
            const LANES(wide) least = LANES(weight)(l, v, zero, part);
            const LANES(wide_mask) small =
                (now < zero) & (-now <= 10.0 * least) & BK_MASK_PART(*where);
            BK_PART(l->spare[v]) = BK_LANES_CHOOSE(small, zero, now);
        }
    }
}

static void LANES(accept_part)(bk_kin_lanes *l, const bk_lane_mask *where, int part)
{
    const LANES(wide_mask) here = BK_MASK_PART(*where);
    for (int32_t v = 0; v < l->system->n; v++) {
        const LANES(wide) old = BK_PART(l->y[v]);
        const LANES(wide) y = BK_LANES_CHOOSE(here, BK_PART(l->trial[v]), old);
        const LANES(wide) common =
            BK_LANES_SIZE(y) * BK_LANES_SIZE(BK_PART(l->units[v]));
        LANES(wide) *const largest = &BK_PART(l->largest[l->system->group[v]]);
        BK_PART(l->y_old[v]) = BK_LANES_CHOOSE(here, old, BK_PART(l->y_old[v]));
        BK_PART(l->y[v]) = y;
        *largest = BK_LANES_CHOOSE(common > *largest, common, *largest);
    }
}

static void LANES(grow_scales)(bk_kin_lanes *l, int part)
{
    for (int32_t v = 0; v < l->system->n; v++) {
        const LANES(wide) size = BK_LANES_SIZE(BK_PART(l->y[v]));
        const LANES(wide) shared =
            bk_rodas_tolerance.shared_floor *
            (BK_PART(l->largest[l->system->group[v]]) * BK_PART(l->sizes[v]));
        const LANES(wide) own = BK_PART(l->scale[v]);
        const LANES(wide) before = BK_PART(l->shared[v]);
        BK_PART(l->shared[v]) = BK_LANES_CHOOSE(own <= before, shared, before);
        BK_PART(l->scale[v]) = BK_LANES_CHOOSE(size > own, size, own);
    }
}

#include "kinetic/lanes_below.h" /* hold_at_zero, strays */

static void LANES(accept)(bk_kin_lanes *l, const bk_lane_mask *where)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(accept_part)(l, where, part);
        LANES(grow_scales)(l, part);
    }
}

static void LANES(travel_part)(bk_kin_lanes *l, const bk_lane_mask *where,
                               bk_lanes *travel, int part)
{
    const double least = l->way.atol > 0.0 ? l->way.atol / l->way.rtol
                                           : bk_rodas_tolerance.least_tolerance;
    const double share = l->way.atol > 0.0 ? 0.0 : 1.0;
    const LANES(wide) zero = {0};
    const LANES(wide_mask) here = BK_MASK_PART(*where);
    LANES(wide) most = zero;
    for (int32_t v = 0; v < l->system->n; v++) {
        const LANES(wide) change =
            BK_LANES_SIZE(BK_PART(l->y[v]) - BK_PART(l->y_old[v]));
        const LANES(wide) own = BK_PART(l->scale[v]);
        const LANES(wide) shared = share * BK_PART(l->shared[v]);
        LANES(wide) size = BK_LANES_CHOOSE(own > shared, own, shared);
        size = BK_LANES_CHOOSE(size > least, size, zero + least);
        BK_PART(l->gone[v]) += BK_LANES_CHOOSE(here, change, zero);
        const LANES(wide) one = BK_PART(l->gone[v]) / size;
        most = BK_LANES_CHOOSE(one > most, one, most);
    }
    BK_PART(*travel) = most;
}

static void LANES(travel)(bk_kin_lanes *l, const bk_lane_mask *where, bk_lanes *travel)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(travel_part)(l, where, travel, part);
    }
}

static void LANES(place)(bk_kin_lanes *l, const bk_lane_mask *newton)
{
    for (int32_t v = 0; v < l->system->n; v++) {
        l->mixed[v] = BK_LANES_CHOOSE(*newton, l->goal[v], l->y[v]);
    }
}

/* What a change of variable v at y is compared with: see bk_kin_scale_of. */
static void LANES(scale_of)(const bk_kin_lanes *l, int32_t v, const bk_lanes *y,
                            bk_lanes *scale)
{
    const double least = l->way.atol > 0.0 ? l->way.atol / l->way.rtol : 1e-30;
    const bk_lanes size = BK_LANES_SIZE(*y);
    const bk_lanes part = 1e-3 * l->scale[v];
    const bk_lanes own = BK_LANES_CHOOSE(size > part, size, part);
    *scale = BK_LANES_CHOOSE(own > least, own, (bk_lanes){0} + least);
}

static void LANES(move)(bk_kin_lanes *l, const bk_lane_mask *where, bk_lanes *step)
{
    const bk_lanes zero = {0};
    bk_lanes most = zero;
    for (int32_t v = 0; v < l->system->n; v++) {
        const bk_lanes d = BK_LANES_CHOOSE(*where, l->stages[v], zero);
        bk_lanes scale;
        l->goal[v] += d;
        LANES(scale_of)(l, v, &l->goal[v], &scale);
        const bk_lanes part = BK_LANES_SIZE(d) / scale;
        most = BK_LANES_CHOOSE(~(part <= most) & (most == most), part, most);
    }
    *step = most;
}

static void LANES(distance)(const bk_kin_lanes *l, const bk_lanes *a, const bk_lanes *b,
                            bk_lanes *most)
{
    *most = (bk_lanes){0};
    for (int32_t v = 0; v < l->system->n; v++) {
        bk_lanes scale;
        LANES(scale_of)(l, v, &b[v], &scale);
        const bk_lanes part = BK_LANES_SIZE(a[v] - b[v]) / scale;
        *most = BK_LANES_CHOOSE(part > *most, part, *most);
    }
}

static void LANES(rate)(const bk_kin_lanes *l, bk_lanes *most)
{
    *most = (bk_lanes){0};
    for (int32_t v = 0; v < l->system->n; v++) {
        bk_lanes scale;
        LANES(scale_of)(l, v, &l->at[v], &scale);
        const bk_lanes part = BK_LANES_SIZE(l->f[v]) / scale;
        *most = BK_LANES_CHOOSE(part > *most, part, *most);
    }
}

static void LANES(dense)(bk_kin_lanes *l)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const size_t n = (size_t)l->system->n;
    for (int k = 0; k < m->dense; k++) {
        bk_lanes h[BK_RODAS_MOST_STAGES];
        for (int j = 0; j < m->stages; j++) {
            h[j] = (bk_lanes){0} + m->h[k][j];
        }
        bk_lanes *const row = l->dense + (size_t)k * n;
        memset(row, 0, n * sizeof *row);
        LANES(add)(row, row, l->stages, n, h, m->stages);
    }
}

static void LANES(middle)(bk_kin_lanes *l)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const size_t n = (size_t)l->system->n;
    double share[BK_RODAS_MOST_STAGES];
    for (int j = 0; j < m->stages; j++) {
        share[j] = 0.0;
        for (int k = m->dense - 1; k >= 0; k--) {
            share[j] = 0.5 * share[j] + m->h[k][j];
        }
    }
    for (size_t v = 0; v < n; v++) {
        bk_lanes inner = {0};
        for (int j = 0; j < m->stages; j++) {
            inner += share[j] * l->stages[(size_t)j * n + v];
        }
        l->spare[v] = l->y_old[v] + 0.5 * (l->y[v] - l->y_old[v] + 0.5 * inner);
    }
}

static const bk_lane_kernel LANES(kernel) = {
    .evaluate = LANES(evaluate),
    .jacobian = LANES(jacobian),
    .argument = LANES(argument),
    .complete = LANES(complete),
    .measure = LANES(measure),
    .clip = LANES(clip),
    .hold_at_zero = LANES(hold_at_zero),
    .strays = LANES(strays),
    .accept = LANES(accept),
    .travel = LANES(travel),
    .place = LANES(place),
    .move = LANES(move),
    .distance = LANES(distance),
    .rate = LANES(rate),
    .dense = LANES(dense),
    .middle = LANES(middle),
};
