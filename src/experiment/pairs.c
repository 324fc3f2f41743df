/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/predict_impl.h"

#include "base/alloc.h"
#include "scenario/library_impl.h"
#include "solve/normal.h"

#include <math.h>
#include <string.h>

/* Combinations at half doses.
 *
 * A single cell of a network with thresholds answers a dose almost all or nothing, and
 * then a drug combined with itself would look synergistic.  A culture does not: its cells
 * differ in sensitivity.  So every figure here is the mean over CELLS cells, in each of
 * which the dose that reaches a class of drugs is multiplied by exp(SPREAD z), z standard
 * normal, independent between classes and the same within one.  The dose at which a drug
 * alone has half of its effect at the default dose is found on the mean of its dose curve;
 * in every cell each drug at it is run, where its curve is steep, and the combination.
 * SPREAD is chosen, not measured.
 *
 *     e = (u - v) / u where the combination lowers the read-out, (v - u) / (1 - u) else
 *     hsa = e_12 - max(e_1, e_2),   bliss = e_12 - (1 - (1 - e_1)(1 - e_2))
 *
 * Ligands are part of the surroundings: they are in all arms at full strength. */

/* Doses from ABOVE decades over the default one, which the most sensitive cells feel
 * (1.2 times the normal quantile of 31/32 is a factor of 9.3), to four below it. */
enum { CELLS = 16, ABOVE = 1, PER_DECADE = 2, DOSES = (ABOVE + 4) * PER_DECADE + 1 };
static const double spread = 1.2;
static const double least = 0.02; /* an effect below it has no half */
static const double steep = 0.1;  /* a step of a curve that is not read but run */

typedef struct arm {
    int32_t curve[DOSES]; /* conditions, falling doses */
    double full;          /* default dose, or the odds of a knock-down */
    double half;          /* the factor on it */
    int sensitivity;      /* which of a cell's numbers scales it */
    int32_t cells[CELLS]; /* conditions: it alone at its half in each cell ... */
    double known[CELLS];  /* ... or BK_NO_CONDITION, and its value */
} arm;

typedef struct pair {
    bk_question *question;
    size_t terms[BK_MOST_TERMS];
    arm arms[BK_MOST_TERMS];
    size_t n;
    int32_t untreated;
    int32_t cells[CELLS];
    bool part[BK_MOST_TERMS]; /* arms that the comparator is made of */
    bool compares;            /* it is made of some of them, at doses not stated */
    int32_t against[CELLS];
} pair;

bool bk_is_combination(const bk_treatment *treatment)
{
    size_t n = 0;
    for (size_t i = 0; i < treatment->n; i++) {
        n += treatment->terms[i].kind != BK_TERM_LIGAND;
    }
    return n >= 2;
}

/* Cell c's number k: the same quantiles in orders that are nearly uncorrelated. */
static double factor_of(int cell, int k)
{
    static const int strides[] = {1, 7, 5, 11, 3, 13, 9, 15};
    static const int offsets[] = {0, 3, 9, 14, 6, 2, 12, 4};
    const int order = k % (int)(sizeof strides / sizeof *strides);
    const int place = (strides[order] * cell + offsets[order]) % CELLS;
    return exp(spread * bk_normal_quantile((place + 0.5) / CELLS));
}

static double dose_of(const bk_term *term, double dose)
{
    return term->kind == BK_TERM_KNOCKDOWN ? dose / (1.0 + dose) : dose;
}

static const char *family_of(const bk_phrasing *words, const bk_term *term)
{
    if (term->kind == BK_TERM_KNOCKDOWN) {
        return term->name;
    }
    const int32_t drug = bk_library_find_drug(words->library, term->name);
    const char *const family = drug >= 0 ? words->library->drugs[drug].family : "";
    return family != NULL && family[0] != '\0' ? family : term->name;
}

/* The treatment with only one of its drugs, or with all, at given doses (NULL: none). */
static bk_treatment at_doses(const pair *p, const double *doses)
{
    const bk_treatment *const all = &p->question->treatment;
    bk_treatment made = {.n = 0};
    for (size_t i = 0; i < all->n; i++) {
        if (all->terms[i].kind == BK_TERM_LIGAND) {
            made.terms[made.n++] = all->terms[i];
        }
    }
    for (size_t k = 0; k < p->n; k++) {
        if (doses[k] > 0.0) {
            bk_term term = all->terms[p->terms[k]];
            term.dose = dose_of(&term, doses[k]);
            made.terms[made.n++] = term;
        }
    }
    return made;
}

static bk_run_of time_of(const bk_question *q)
{
    return q->early ? BK_EARLY : BK_LATE;
}

static bool same_term(const bk_term *a, const bk_term *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && a->dose == b->dose;
}

/* Which arms the comparator has, if it is the same cell under part of the treatment. */
static void find_part(pair *p)
{
    const bk_comparator *const other = &p->question->comparator;
    size_t arms = 0, ligands = 0, found = 0;
    p->compares =
        other->kind == BK_AGAINST_CONDITION && !other->other_cell && !other->starved;
    for (size_t k = 0; k < other->treatment.n; k++) {
        p->compares = p->compares && !other->treatment.terms[k].stated;
    }
    for (size_t i = 0; i < p->question->treatment.n; i++) {
        const bk_term *const term = &p->question->treatment.terms[i];
        bool in = false;
        for (size_t k = 0; k < other->treatment.n; k++) {
            in = in || same_term(term, &other->treatment.terms[k]);
        }
        found += in;
        if (term->kind == BK_TERM_LIGAND) {
            ligands++;
            p->compares = p->compares && in;
        } else {
            p->part[arms++] = in;
            p->compares = p->compares && !term->stated;
        }
    }
    p->compares = p->compares && found == other->treatment.n && found > ligands &&
                  found < p->question->treatment.n;
}

static void open_pair(pair *p, bk_batch *batch, bk_question *q)
{
    *p = (pair){.question = q};
    for (size_t i = 0; i < q->treatment.n; i++) {
        if (q->treatment.terms[i].kind != BK_TERM_LIGAND) {
            p->terms[p->n++] = i;
        }
    }
    double doses[BK_MOST_TERMS] = {0.0};
    bk_treatment treatment = at_doses(p, doses);
    const unsigned wanted = 1u << time_of(q);
    p->untreated = bk_batch_add(batch, &q->cell, &treatment, NULL, wanted);
    for (size_t k = 0; k < p->n; k++) {
        const bk_term *const term = &q->treatment.terms[p->terms[k]];
        arm *const one = &p->arms[k];
        one->full = term->kind == BK_TERM_KNOCKDOWN ? 100.0
                    : isnan(term->dose)             ? 1.0
                                                    : term->dose;
        one->sensitivity = (int)k;
        for (size_t before = 0; before < k; before++) {
            const bk_term *const other = &q->treatment.terms[p->terms[before]];
            if (strcmp(family_of(batch->words, term), family_of(batch->words, other)) ==
                0) {
                one->sensitivity = p->arms[before].sensitivity;
            }
        }
        for (int d = 0; d < DOSES; d++) {
            doses[k] = one->full * pow(10.0, ABOVE - (double)d / PER_DECADE);
            treatment = at_doses(p, doses);
            one->curve[d] = bk_batch_add(batch, &q->cell, &treatment, NULL, wanted);
        }
        doses[k] = 0.0;
    }
    find_part(p);
}

/* On the curve, in the logarithm of the dose; beyond its ends as at them. */
static double on_curve(const double *curve, double factor)
{
    const double at = (ABOVE - log10(factor)) * PER_DECADE;
    if (at <= 0.0) {
        return curve[0];
    }
    if (at >= DOSES - 1) {
        return curve[DOSES - 1];
    }
    const int left = (int)at;
    return curve[left] + (at - left) * (curve[left + 1] - curve[left]);
}

/* Between its two doses there the curve says too little. */
static bool is_steep(const double *curve, double factor)
{
    const double at = (ABOVE - log10(factor)) * PER_DECADE;
    const int left = at <= 0.0 ? 0 : at >= DOSES - 1 ? DOSES - 2 : (int)at;
    return fabs(curve[left + 1] - curve[left]) > steep;
}

static double mean_effect(const double *curve, double factor, int sensitivity,
                          double untreated)
{
    double sum = 0.0;
    for (int c = 0; c < CELLS; c++) {
        sum += on_curve(curve, factor * factor_of(c, sensitivity)) - untreated;
    }
    return sum / CELLS;
}

static void find_half(arm *one, const double *curve, double untreated)
{
    const double whole = mean_effect(curve, 1.0, one->sensitivity, untreated);
    one->half = 1.0;
    if (!(fabs(whole) >= least)) {
        return;
    }
    double low = pow(10.0, ABOVE - (double)(DOSES - 1) / PER_DECADE), high = 1.0;
    for (int i = 0; i < 50; i++) {
        const double middle = sqrt(low * high);
        const double effect = mean_effect(curve, middle, one->sensitivity, untreated);
        if (effect / whole < 0.5) {
            low = middle;
        } else {
            high = middle;
        }
    }
    one->half = high;
}

static void fill_curve(const arm *one, const double *values, size_t columns,
                       size_t readout, double curve[DOSES])
{
    for (int d = 0; d < DOSES; d++) {
        curve[d] = values[(size_t)one->curve[d] * columns + readout];
    }
}

/* The half doses in every cell, each drug alone and all together. */
static void halve_doses(pair *p, const double *values, size_t columns, bk_batch *batch)
{
    const bk_question *const q = p->question;
    const unsigned wanted = 1u << time_of(q);
    const double untreated = values[(size_t)p->untreated * columns + q->readout];
    double curve[DOSES];
    for (size_t k = 0; k < p->n; k++) {
        fill_curve(&p->arms[k], values, columns, q->readout, curve);
        find_half(&p->arms[k], curve, untreated);
    }
    for (int c = 0; c < CELLS; c++) {
        double doses[BK_MOST_TERMS];
        for (size_t k = 0; k < p->n; k++) {
            arm *const one = &p->arms[k];
            double alone[BK_MOST_TERMS] = {0.0};
            doses[k] = one->full * one->half * factor_of(c, one->sensitivity);
            alone[k] = doses[k];
            const double factor = one->half * factor_of(c, one->sensitivity);
            fill_curve(one, values, columns, q->readout, curve);
            one->cells[c] = BK_NO_CONDITION;
            one->known[c] = on_curve(curve, factor);
            if (is_steep(curve, factor)) {
                const bk_treatment treatment = at_doses(p, alone);
                one->cells[c] = bk_batch_add(batch, &q->cell, &treatment, NULL, wanted);
            }
        }
        bk_treatment treatment = at_doses(p, doses);
        p->cells[c] = bk_batch_add(batch, &q->cell, &treatment, NULL, wanted);
        for (size_t k = 0; k < p->n; k++) {
            doses[k] = p->part[k] ? doses[k] : 0.0;
        }
        treatment = at_doses(p, doses);
        p->against[c] = p->compares
                            ? bk_batch_add(batch, &q->cell, &treatment, NULL, wanted)
                            : BK_NO_CONDITION;
    }
}

/* known: where there is no condition; NULL: there is one in every cell. */
static double mean_of(const int32_t cells[CELLS], const double *known,
                      const double *values, size_t columns, size_t readout)
{
    double sum = 0.0;
    for (int c = 0; c < CELLS; c++) {
        sum += known != NULL && cells[c] < 0
                   ? known[c]
                   : values[(size_t)cells[c] * columns + readout];
    }
    return sum / CELLS;
}

static void score(pair *p, double u, const double *values, size_t columns)
{
    bk_question *const q = p->question;
    const double v = mean_of(p->cells, NULL, values, columns, q->readout);
    if (p->compares) {
        q->half_value = v;
        q->half_against = mean_of(p->against, NULL, values, columns, q->readout);
    }
    const double span = v < u ? -u : 1.0 - u;
    double best = 0.0, left = 1.0;
    if (!(fabs(span) > 1e-9)) {
        q->hsa = q->bliss = isnan(v) ? (double)NAN : 0.0;
        return;
    }
    for (size_t k = 0; k < p->n; k++) {
        const double alone =
            mean_of(p->arms[k].cells, p->arms[k].known, values, columns, q->readout);
        const double effect = (alone - u) / span;
        best = k == 0 ? effect : fmax(best, effect);
        left *= 1.0 - effect;
    }
    q->hsa = (v - u) / span - best;
    q->bliss = (v - u) / span - (1.0 - left);
}

struct bk_pairs {
    pair *pairs;
    size_t n;
};

void bk_pairs_free(bk_pairs *pairs)
{
    if (pairs != NULL) {
        bk_free(pairs->pairs);
        bk_free(pairs);
    }
}

bk_status bk_pairs_open(bk_batch *batch, bk_question *questions, size_t n,
                        bk_pairs **pairs)
{
    bk_pairs *const made = bk_alloc_zero(1, sizeof *made);
    if (made != NULL) {
        made->pairs = bk_alloc_zero(n + 1, sizeof *made->pairs);
    }
    if (made == NULL || made->pairs == NULL) {
        bk_pairs_free(made);
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        if (questions[i].state == BK_ASKED &&
            bk_is_combination(&questions[i].treatment)) {
            open_pair(&made->pairs[made->n++], batch, &questions[i]);
        }
    }
    if (batch->no_memory) {
        bk_pairs_free(made);
        return BK_NO_MEMORY;
    }
    *pairs = made;
    return BK_OK;
}

bk_status bk_pairs_score(bk_pairs *pairs, bk_run_of which,
                         const bk_predictor *predictor, bk_phrasing *words,
                         const bk_readouts *readouts, const bk_settings *run,
                         const double *values)
{
    const size_t columns = bk_readouts_count(readouts);
    bk_batch combinations = {.n = 0};
    double *together = NULL;
    bk_status status = bk_batch_open(&combinations, words);
    for (size_t i = 0; i < pairs->n && status == BK_OK; i++) {
        if (time_of(pairs->pairs[i].question) == which) {
            halve_doses(&pairs->pairs[i], values, columns, &combinations);
            status = combinations.no_memory ? BK_NO_MEMORY : BK_OK;
        }
    }
    if (status == BK_OK && combinations.n > 0) {
        status = bk_batch_run(&combinations, which, predictor, predictor->ode, readouts,
                              run, &together);
    }
    for (size_t i = 0; i < pairs->n && status == BK_OK; i++) {
        if (time_of(pairs->pairs[i].question) == which) {
            const pair *const p = &pairs->pairs[i];
            const size_t at = (size_t)p->untreated * columns + p->question->readout;
            score(&pairs->pairs[i], values[at], together, columns);
        }
    }
    bk_free(together);
    bk_batch_close(&combinations);
    return status;
}
