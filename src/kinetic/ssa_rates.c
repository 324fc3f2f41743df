/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa.h"

#include "base/alloc.h"
#include "math/program_code.h"

#include <math.h>

/* Rates: which of them are products, and what they are now.
 *
 * A law is followed instruction by instruction with every value written as
 * c (x + p) (y + q), where it is one: k A B, k A (A - 1) / 2, cell k A / Km ...  What the
 * run does not change is a number by now. */

typedef struct form {
    bool known;
    int n; /* factors */
    double c, add[2];
    int32_t variable[2];
} form;

static const form unknown;

static form number_form(double value)
{
    return (form){.known = true, .c = value};
}

static form variable_form(const bk_ssa_worker *w, int32_t variable, double scale)
{
    const double unit = w->kin->units[variable] * scale;
    if (bk_kin_is_held(w->kin, variable)) {
        return number_form(w->start[variable] * unit);
    }
    return w->system->reacts[variable]
               ? (form){.known = true, .n = 1, .c = unit, .variable = {variable, -1}}
               : unknown; /* events set it */
}

static bool only_scales(const bk_layer_edit *e)
{
    return isnan(e->fix) && e->low == -(double)INFINITY && e->high == (double)INFINITY;
}

/* What is left of a symbol by its treatment. */
static form seen_form(const bk_ssa_worker *w, int32_t symbol)
{
    const bk_kin_system *const k = w->system->kin;
    const bk_layer_edit *const e =
        &bk_kin_touched_of(w->kin, symbol)->record->layer[BK_TREATMENT];
    if (k->node_of[symbol] > -2 || !only_scales(e)) {
        const bool still = !isnan(e->fix) || !bk_kin_varies(k, symbol);
        return still ? number_form(w->kin->slots[k->first_seen + symbol]) : unknown;
    }
    return variable_form(w, -2 - k->node_of[symbol], e->scale);
}

static form slot_form(const bk_ssa_worker *w, int32_t slot)
{
    const bk_kin_system *const k = w->system->kin;
    if (slot >= k->first_seen && slot < k->first_amount) {
        return seen_form(w, slot - k->first_seen);
    }
    if (slot < k->first_partial && k->node_of[slot] <= -2) {
        return variable_form(w, -2 - k->node_of[slot], 1.0);
    }
    const bool moves = slot == bk_kin_time_slot(k) ||
                       (slot < k->first_partial && bk_kin_varies(k, slot));
    return moves ? unknown : number_form(w->kin->slots[slot]);
}

/* a + sign b: numbers, and a number beside one factor. */
static form sum(form a, form b, double sign)
{
    b.c *= sign;
    if (!a.known || !b.known || a.n + b.n > 1) {
        return unknown;
    }
    if (a.n + b.n == 0) {
        return number_form(a.c + b.c);
    }
    form f = a.n == 1 ? a : b;
    if (f.c == 0.0) {
        return unknown;
    }
    f.add[0] += (a.n == 1 ? b.c : a.c) / f.c;
    return f;
}

static form product(form a, form b)
{
    if (!a.known || !b.known || a.n + b.n > 2) {
        return unknown;
    }
    form f = a;
    f.c *= b.c;
    for (int i = 0; i < b.n; i++) {
        f.variable[f.n] = b.variable[i];
        f.add[f.n++] = b.add[i];
    }
    return f;
}

static form quotient(form a, form b)
{
    return b.known && b.n == 0 ? product(a, number_form(1.0 / b.c)) : unknown;
}

static form result_of(const bk_instruction *i, const form *x)
{
    const form three = product(product(x[0], x[1]), x[2]);
    switch (i->code) {
    case BK_CODE_MOVE:
        return x[0];
    case BK_CODE_ADD:
        return sum(x[0], x[1], 1.0);
    case BK_CODE_ADD3:
        return sum(sum(x[0], x[1], 1.0), x[2], 1.0);
    case BK_CODE_SUBTRACT:
        return sum(x[0], x[1], -1.0);
    case BK_CODE_MULTIPLY:
        return product(x[0], x[1]);
    case BK_CODE_MULTIPLY3:
        return three;
    case BK_CODE_SQUARE:
        return product(x[0], x[0]);
    case BK_CODE_NEGATE:
        return product(x[0], number_form(-1.0));
    case BK_CODE_DIVIDE:
        return quotient(x[0], x[1]);
    case BK_CODE_MULTIPLY_ADD:
        return sum(product(x[0], x[1]), x[2], 1.0);
    case BK_CODE_MULTIPLY_SUBTRACT:
        return sum(product(x[0], x[1]), x[2], -1.0);
    case BK_CODE_MULTIPLY_FROM:
        return sum(x[2], product(x[0], x[1]), -1.0);
    case BK_CODE_MULTIPLY_DIVIDE:
        return quotient(product(x[0], x[1]), x[2]);
    case BK_CODE_ADD_MULTIPLY:
        return product(sum(x[0], x[1], 1.0), x[2]);
    case BK_CODE_SUBTRACT_MULTIPLY:
        return product(sum(x[0], x[1], -1.0), x[2]);
    case BK_CODE_SUBTRACT_DIVIDE:
        return quotient(sum(x[0], x[1], -1.0), x[2]);
    case BK_CODE_SATURATE:
        return quotient(product(x[0], x[1]), sum(x[0], x[2], 1.0));
    case BK_CODE_FLOW:
        return product(sum(three, product(x[3], x[4]), -1.0), x[5]);
    case BK_CODE_SATURATION:
        return product(quotient(three, sum(x[3], x[4], 1.0)), x[5]);
    default:
        return unknown;
    }
}

static form law_form(const bk_ssa_worker *w, int32_t law, form *scratch)
{
    const bk_program *const p = w->kin->program;
    const bk_program *const whole = p->origin != NULL ? p->origin : p;
    const int32_t first_scratch = bk_program_time_slot(whole) + 1;
    form f = {0};
    for (int32_t i = whole->starts[law]; i < whole->starts[law + 1]; i++) {
        const bk_instruction *const at = &p->code[i];
        form x[BK_MOST_OPERANDS] = {{0}};
        for (int a = 0; a < bk_code_operands((bk_code)at->code); a++) {
            const int32_t slot = at->operands[a];
            x[a] = slot >= first_scratch ? scratch[slot - first_scratch]
                                         : slot_form(w, slot);
        }
        f = result_of(at, x);
        if (at->target >= first_scratch) {
            scratch[at->target - first_scratch] = f;
        }
    }
    return f;
}

/* The edits of a reaction act on its rate. */
static form edited_form(const bk_ssa_worker *w, int32_t law, form f)
{
    if (w->halt_of[law] < 0) {
        return f;
    }
    const int32_t touched = w->kin->halts[w->halt_of[law]].touched;
    const bk_kin_touched *const t = touched < 0 ? NULL : &w->kin->touched[touched];
    for (int layer = BK_BACKGROUND; t != NULL && layer <= BK_TREATMENT; layer++) {
        const bk_layer_edit *const e = &t->record->layer[layer];
        if (!isnan(e->fix)) {
            f = number_form(e->fix);
        } else if (only_scales(e)) {
            f.c *= e->scale;
        } else {
            f.known = false;
        }
    }
    return t != NULL ? f : unknown;
}

/* Amounts are whole, and so are the numbers beside them but for rounding. */
static double whole(double x)
{
    const double near = nearbyint(x);
    return fabs(x - near) <= 1e-9 * fmax(1.0, fabs(x)) ? near : x;
}

/* Is zero as long as there is less than `amount` of a variable. */
static bool vanishes(const bk_ssa_worker *w, int32_t channel, int32_t variable,
                     double amount)
{
    const bk_ssa_product *const p = &w->products[channel];
    if (!w->product[channel]) {
        return false;
    }
    for (double x = 0.0; x < amount; x += 1.0) {
        if (!(p->v == variable && p->p == -x) && !(p->w == variable && p->q == -x)) {
            return false;
        }
    }
    return true;
}

/* What the channel takes although its law would go on without it. */
static void find_needs(bk_ssa_worker *w, int32_t channel)
{
    const bk_ssa_system *const s = w->system;
    int32_t n = w->need_starts[channel];
    for (int32_t c = s->change_starts[channel]; c < s->change_starts[channel + 1];
         c++) {
        const int32_t v = s->changes[c].variable;
        if (w->step[c] < 0.0 && !vanishes(w, channel, v, -w->step[c])) {
            w->needs[n++] = (bk_ssa_need){v, -w->step[c]};
        }
    }
    w->need_starts[channel + 1] = n;
}

/* Grows with both amounts and is never negative. */
static bool grows(const bk_ssa_product *p)
{
    const bool pair = p->v == p->w &&
                      ((p->p == 0.0 && p->q == -1.0) || (p->p == -1.0 && p->q == 0.0));
    return p->c >= 0.0 && isfinite(p->c) && ((p->p >= 0.0 && p->q >= 0.0) || pair);
}

/* Changes nothing: all that it takes or makes is held. */
static bool idle(const bk_ssa_worker *w, int32_t channel)
{
    const bk_ssa_system *const s = w->system;
    int32_t c = s->change_starts[channel];
    while (c < s->change_starts[channel + 1] && w->step[c] == 0.0) {
        c++;
    }
    return c == s->change_starts[channel + 1];
}

bk_status bk_ssa_find_products(bk_ssa_worker *w)
{
    const bk_ssa_system *const s = w->system;
    const bk_kin_system *const k = s->kin;
    form *const scratch =
        bk_alloc_zero((size_t)s->kin->program->scratch + 1, sizeof *scratch);
    if (scratch == NULL) {
        return BK_NO_MEMORY;
    }
    w->slots = w->agenda != NULL;
    for (int32_t c = 0; c < s->n_channels; c++) {
        const int32_t law = s->laws[c];
        const bool rests = idle(w, c);
        const form f =
            rests ? number_form(0.0) : edited_form(w, law, law_form(w, law, scratch));
        w->product[c] = f.known && (rests || !s->read[law]);
        w->products[c] = (bk_ssa_product){.c = f.c,
                                          .p = f.n > 0 ? whole(f.add[0]) : 0.0,
                                          .q = f.n > 1 ? whole(f.add[1]) : 0.0,
                                          .v = f.n > 0 ? f.variable[0] : k->n,
                                          .w = f.n > 1 ? f.variable[1] : k->n};
        w->bounded[c] = w->product[c] && grows(&w->products[c]);
        w->slots = w->slots || !w->product[c];
        find_needs(w, c);
    }
    bk_free(scratch);
    return BK_OK;
}

/* --- now ---------------------------------------------------------------------------------- */

void bk_ssa_run_law(bk_ssa_worker *w, int32_t law, bk_truth truth)
{
    bk_kin_work *const kin = w->kin;
    bk_program_run(kin->program, law, law + 1, kin->slots, w->time, truth, kin->status,
                   kin->gap);
    if (w->halt_of[law] >= 0) {
        const bk_kin_halt *const halt = &kin->halts[w->halt_of[law]];
        if (halt->touched < 0) {
            kin->slots[halt->slot] = 0.0;
        } else {
            bk_kin_edit(kin, &kin->touched[halt->touched]);
        }
    }
}

void bk_ssa_run_all(bk_ssa_worker *w, bk_truth truth)
{
    const bk_ssa_system *const s = w->system;
    for (int32_t law = s->kin->constant_laws; law < s->kin->value_laws; law++) {
        if (s->matters[law]) {
            bk_ssa_run_law(w, law, truth);
        }
    }
}

double bk_ssa_rate(bk_ssa_worker *w, int32_t channel)
{
    const bk_kin_system *const k = w->system->kin;
    const bk_ssa_product *const p = &w->products[channel];
    const double rate = w->product[channel]
                            ? p->c * (w->y[p->v] + p->p) * (w->y[p->w] + p->q)
                            : w->kin->slots[k->nodes[w->system->laws[channel]].slot];
    for (int32_t i = w->need_starts[channel]; i < w->need_starts[channel + 1]; i++) {
        if (w->y[w->needs[i].variable] < w->needs[i].amount) {
            return 0.0;
        }
    }
    if (!(rate >= 0.0 && rate < (double)INFINITY)) {
        if (rate < 0.0 && rate >= -1e-12 * bk_ssa_total(&w->sums)) {
            return 0.0; /* rounding */
        }
        if (w->trouble == BK_SSA_FINE) {
            w->trouble = rate < 0.0 ? BK_SSA_NEGATIVE : BK_SSA_NOT_FINITE;
            w->where = channel;
            w->value = rate;
        }
        return 0.0;
    }
    return rate;
}

void bk_ssa_put_slots(bk_ssa_worker *w)
{
    const bk_kin_system *const k = w->system->kin;
    for (int32_t v = 0; v < k->n; v++) {
        w->kin->slots[k->variable_slot[v]] = w->y[v] * w->kin->units[v];
        if (w->seen[v] != NULL) {
            bk_kin_edit(w->kin, w->seen[v]);
        }
    }
}
