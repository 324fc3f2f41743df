/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The answer about a population: percentiles, probabilities of order, and the constant
 * that decides it. */

#include "experiment/population_answer.h"

#include "base/alloc.h"
#include "base/order.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct answering {
    const bk_population *p;
    bk_table *table;
    double *list;   /* [samples] finite values */
    double *values; /* [samples] of a constant */
    double *ranks;  /* [2 samples] */
    size_t *order;  /* [samples] */
    bk_status status;
} answering;

enum { QUANTITY, DRUG, THAN, OF, VALUE, P5, P50, P95 };

static size_t row_of(answering *a, const char *quantity, const char *drug,
                     const char *than, const char *of)
{
    size_t row = 0;
    if (a->status == BK_OK) {
        a->status = bk_table_add_row(a->table, &row);
    }
    const char *const texts[] = {quantity, drug, than, of};
    for (int i = 0; i < 4 && a->status == BK_OK; i++) {
        if (texts[i] != NULL) {
            a->status = bk_table_set_text(a->table, row, i, texts[i]);
        }
    }
    return row;
}

static void set(answering *a, size_t row, int column, double value)
{
    if (a->status == BK_OK && isfinite(value)) {
        a->status = bk_table_set_real(a->table, row, column, value);
    }
}

/* Of n sorted values, between neighbours. */
static double percentile(const double *sorted, size_t n, double share)
{
    if (n == 0) {
        return (double)NAN;
    }
    const double at = share * (double)(n - 1);
    const size_t low = (size_t)at;
    const size_t high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

/* The finite values of one column of a drug's samples into a->list. */
static size_t gather(const answering *a, int drug, int column)
{
    size_t n = 0;
    for (long s = 0; s < a->p->settings->samples; s++) {
        const double x = bk_population_result(a->p, (size_t)s + 1, drug)[column];
        if (isfinite(x)) {
            a->list[n++] = x;
        }
    }
    return n;
}

static void spread(answering *a, int drug, int column, const char *quantity,
                   const char *of)
{
    const size_t row = row_of(a, quantity, a->p->drugs[drug], NULL, of);
    const size_t n = gather(a, drug, column);
    qsort(a->list, n, sizeof *a->list, bk_double_ascending);
    set(a, row, VALUE, exp(bk_population_result(a->p, 0, drug)[column]));
    set(a, row, P5, exp(percentile(a->list, n, 0.05)));
    set(a, row, P50, exp(percentile(a->list, n, 0.50)));
    set(a, row, P95, exp(percentile(a->list, n, 0.95)));
}

static void drug_rows(answering *a, int drug)
{
    const char *const name = a->p->drugs[drug];
    spread(a, drug, 0, "size", NULL);
    for (int i = 0; i < a->p->n_classes; i++) {
        spread(a, drug, 1 + i, "fold", a->p->classes[i].name);
    }
    const size_t n = gather(a, drug, 0);
    double cleared = 0, grown = 0;
    for (size_t i = 0; i < n; i++) {
        cleared += a->list[i] < log(0.01);
        grown += a->list[i] > 0.0;
    }
    set(a, row_of(a, "cleared", name, NULL, NULL), VALUE, cleared / (double)n);
    set(a, row_of(a, "grown", name, NULL, NULL), VALUE, grown / (double)n);
}

/* Ranks from 0; equal values share the mean of theirs. */
static void rank(const double *x, size_t n, size_t *order, double *ranks)
{
    /* Shell's sort, ties by number: deterministic and in place. */
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (size_t gap = n / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < n; i++) {
            const size_t moved = order[i];
            size_t j = i;
            while (j >= gap && x[order[j - gap]] > x[moved]) {
                order[j] = order[j - gap];
                j -= gap;
            }
            order[j] = moved;
        }
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && x[order[end]] == x[order[i]]) {
            end++;
        }
        for (size_t k = i; k < end; k++) {
            ranks[order[k]] = 0.5 * (double)(i + end - 1);
        }
        i = end;
    }
}

/* Pearson's correlation of two lists of ranks; 0 when one does not vary. */
static double correlate(const double *x, const double *y, size_t n)
{
    const double mean = 0.5 * (double)(n - 1);
    double xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0.0;
}

typedef struct influence {
    size_t drawn;
    double rho;
} influence;

static int strongest_first(const void *a, const void *b)
{
    const influence *const x = a, *const y = b;
    if (fabs(x->rho) != fabs(y->rho)) {
        return fabs(x->rho) < fabs(y->rho) ? 1 : -1;
    }
    return (x->drawn > y->drawn) - (x->drawn < y->drawn);
}

/* ln size of a sample, where less than one cell of a thousand million is none. */
static double burden(const answering *a, int drug, long sample)
{
    const double size = bk_population_result(a->p, (size_t)sample + 1, drug)[0];
    return size < log(1e-9) ? log(1e-9) : size;
}

/* The difference of two drugs in a sample; false when one of the runs failed. */
static bool difference(const answering *a, int d, int e, long sample, double *value)
{
    *value = burden(a, d, sample) - burden(a, e, sample);
    return isfinite(*value);
}

static void correlations(answering *a, int d, int e, size_t n)
{
    const bk_population *const p = a->p;
    influence *const found = bk_alloc((p->n_drawn + 1) * sizeof *found);
    if (found == NULL) {
        a->status = BK_NO_MEMORY;
        return;
    }
    double *const second = a->ranks + p->settings->samples;
    rank(a->list, n, a->order, a->ranks);
    for (size_t i = 0; i < p->n_drawn; i++) {
        size_t k = 0;
        double ignored;
        for (long s = 0; s < p->settings->samples; s++) {
            if (difference(a, d, e, s, &ignored)) {
                a->values[k++] = bk_population_draw(p, i, s);
            }
        }
        rank(a->values, n, a->order, second);
        found[i] = (influence){i, correlate(a->ranks, second, n)};
    }
    qsort(found, p->n_drawn, sizeof *found, strongest_first);
    for (size_t i = 0; i < p->n_drawn; i++) {
        const bk_population_constant *const c = p->drawn[found[i].drawn];
        char of[160];
        snprintf(of, sizeof of, "%s%s%s", strcmp(c->drug, "*") == 0 ? "" : c->drug,
                 strcmp(c->drug, "*") == 0 ? "" : ":", bk_population_names[c->name].id);
        set(a, row_of(a, "correlation", p->drugs[d], p->drugs[e], of), VALUE,
            found[i].rho);
    }
    bk_free(found);
}

static void pair_rows(answering *a, int d, int e)
{
    const bk_population *const p = a->p;
    size_t n = 0;
    double smaller = 0, larger = 0, value;
    for (long s = 0; s < p->settings->samples; s++) {
        if (difference(a, d, e, s, &value)) {
            smaller += value < -log(1.1);
            larger += value > log(1.1);
            a->list[n++] = value;
        }
    }
    const double all = (double)n;
    const char *const first = p->drugs[d], *const second = p->drugs[e];
    set(a, row_of(a, "smaller", first, second, NULL), VALUE, smaller / all);
    set(a, row_of(a, "larger", first, second, NULL), VALUE, larger / all);
    set(a, row_of(a, "alike", first, second, NULL), VALUE,
        (all - smaller - larger) / all);
    if (a->status == BK_OK && n > 1) {
        correlations(a, d, e, n);
    }
}

/* The constants of one status as `drug:name=value` with the range of chosen ones. */
static void list_constants(answering *a, const char *key, bool chosen)
{
    const bk_population *const p = a->p;
    bk_text text = {0};
    for (size_t i = 0; i < p->constants->n; i++) {
        const bk_population_constant *const c = &p->constants->list[i];
        bool used = false;
        for (int d = 0; d < p->settings->n_drugs; d++) {
            used = used || bk_population_reads(p, d, c);
        }
        if (!used || (chosen ? !c->sampled : !c->published)) {
            continue;
        }
        bk_text_add(&text, text.length > 0 ? "; " : "");
        if (strcmp(c->drug, "*") != 0) {
            bk_text_add(&text, c->drug);
            bk_text_add(&text, ":");
        }
        bk_text_printf(&text, "%s=", bk_population_names[c->name].id);
        bk_text_double(&text, c->value);
        if (chosen) {
            bk_text_add(&text, " (");
            bk_text_double(&text, c->low);
            bk_text_add(&text, " to ");
            bk_text_double(&text, c->high);
            bk_text_add(&text, ")");
        }
    }
    if (a->status == BK_OK) {
        a->status = text.failed
                        ? BK_NO_MEMORY
                        : bk_table_set_provenance(
                              a->table, key, text.data != NULL ? text.data : "none");
    }
    bk_text_free(&text);
}

static void fill(answering *a)
{
    static const char *const names[] = {"quantity", "drug", "than", "of",
                                        "value",    "p5",   "p50",  "p95"};
    for (int i = 0; i < 8 && a->status == BK_OK; i++) {
        a->status = bk_table_add_column(a->table, names[i],
                                        i < VALUE ? BK_TEXT : BK_REAL, NULL);
    }
    list_constants(a, "published", false);
    list_constants(a, "chosen", true);
    const int n = a->p->settings->n_drugs;
    for (int d = 0; d < n; d++) {
        drug_rows(a, d);
    }
    for (int d = 0; d < n; d++) {
        for (int e = d + 1; e < n; e++) {
            pair_rows(a, d, e);
        }
    }
}

bk_status bk_population_answer(const bk_population *p, bk_table **table)
{
    const size_t n = (size_t)p->settings->samples;
    answering a = {.p = p,
                   .table = bk_table_new(),
                   .list = bk_alloc(n * sizeof(double)),
                   .values = bk_alloc(n * sizeof(double)),
                   .ranks = bk_alloc(2 * n * sizeof(double)),
                   .order = bk_alloc(n * sizeof(size_t))};
    if (a.table == NULL || a.list == NULL || a.values == NULL || a.ranks == NULL ||
        a.order == NULL) {
        a.status = BK_NO_MEMORY;
    } else {
        fill(&a);
    }
    bk_free(a.list);
    bk_free(a.values);
    bk_free(a.ranks);
    bk_free(a.order);
    if (a.status != BK_OK) {
        bk_table_free(a.table);
        return a.status;
    }
    *table = a.table;
    return BK_OK;
}
