/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/resistance_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "scenario/library_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct partner {
    const char *drug, *family;
    const char *note;
    double *with, *alone; /* [read-outs] */
    double restored, restored_alone;
    size_t number;
} partner;

typedef struct pairing {
    const bk_resistance *question;
    bk_arena *arena;
    bk_diag *diag;
    double *plain, *resistant; /* [2][read-outs] */
    size_t readouts;
    partner *partners;
    bk_measured *measured;
    double *values;
    size_t n;
} pairing;

static double lost(const pairing *p, size_t k)
{
    return p->resistant[p->readouts + k] - p->plain[p->readouts + k];
}

/* The share of what was lost that values bring back. */
static double restored(const pairing *p, const double *values)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < p->readouts; k++) {
        if (fabs(lost(p, k)) >= bk_stake) {
            sum += (p->resistant[p->readouts + k] - values[k]) / lost(p, k);
            n++;
        }
    }
    return sum / (double)n;
}

static bk_status check_lost(const pairing *p)
{
    for (size_t k = 0; k < p->readouts; k++) {
        if (fabs(lost(p, k)) >= bk_stake) {
            return BK_OK;
        }
    }
    bk_diag_add(p->diag, BK_ERROR, (bk_where){.file = NULL}, "partners-nothing-lost",
                "under %s the cell and the plain one differ by less than 0.1 in every "
                "read-out, so there is nothing to restore",
                p->question->treatment);
    return BK_BAD_INPUT;
}

/* The drugs of the treatment as their numbers; what it cannot read is told. */
static bk_status find_given(const pairing *p, bool *given)
{
    bk_scenario *const s = bk_scenario_new("treatment");
    const bk_library *const library = p->question->library;
    bk_status status =
        s != NULL ? bk_library_treatment_scenario(library, p->question->treatment,
                                                  (bk_where){.file = NULL}, p->diag, s)
                  : BK_NO_MEMORY;
    for (size_t i = 0; status == BK_OK && i < s->n; i++) {
        const int32_t drug = bk_library_find_drug(library, s->edits[i].name);
        if (drug >= 0) {
            given[drug] = true;
        }
    }
    bk_scenario_free(s);
    return status;
}

static bk_status make_partners(pairing *p)
{
    const bk_library *const library = p->question->library;
    const size_t drugs = bk_library_drugs(library);
    bool *const given = bk_alloc_zero(drugs + 1, sizeof *given);
    p->partners = bk_alloc_zero(drugs + 1, sizeof *p->partners);
    p->measured = bk_alloc_zero(2 * drugs + 1, sizeof *p->measured);
    p->values = bk_alloc_zero(2 * drugs * p->readouts + 1, sizeof *p->values);
    bk_status status =
        given != NULL && p->partners != NULL && p->measured != NULL && p->values != NULL
            ? find_given(p, given)
            : BK_NO_MEMORY;
    for (size_t i = 0; i < drugs && status == BK_OK; i++) {
        if (given[i] || isnan(library->drugs[i].dose)) {
            continue;
        }
        const char *const drug = library->drugs[i].name;
        const char *const both =
            bk_arena_printf(p->arena, "%s+%s", p->question->treatment, drug);
        double *const values = p->values + 2 * p->n * p->readouts;
        status = both != NULL ? BK_OK : BK_NO_MEMORY;
        p->measured[2 * p->n] = (bk_measured){
            .condition = {NULL, both, p->question->cell}, .values = values};
        p->measured[2 * p->n + 1] =
            (bk_measured){.condition = {NULL, drug, p->question->cell},
                          .values = values + p->readouts};
        p->partners[p->n] = (partner){.drug = drug,
                                      .family = library->drugs[i].family,
                                      .with = values,
                                      .alone = values + p->readouts,
                                      .number = p->n};
        p->n++;
    }
    bk_free(given);
    return status;
}

static int by_restored(const void *a, const void *b)
{
    const partner *const x = a;
    const partner *const y = b;
    if (isnan(x->restored) != isnan(y->restored)) {
        return isnan(x->restored) ? 1 : -1;
    }
    if (x->restored < y->restored || x->restored > y->restored) {
        return x->restored > y->restored ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

/* --- the table -------------------------------------------------------------------- */

enum { RANK, PARTNER, CLASS, RESTORED, ALONE, CALL, FIRST_VALUE };

static bk_status add_columns(const pairing *p, bk_table *table)
{
    static const char *const names[FIRST_VALUE] = {
        "rank", "partner", "class", "restored", "restored_alone", "call"};
    static const bk_type types[FIRST_VALUE] = {BK_INTEGER, BK_TEXT, BK_TEXT,
                                               BK_REAL,    BK_REAL, BK_TEXT};
    bk_status status = BK_OK;
    for (int i = 0; i < FIRST_VALUE && status == BK_OK; i++) {
        status = bk_table_add_column(table, names[i], types[i], NULL);
    }
    return status == BK_OK
               ? bk_add_value_columns(table, p->question->readouts, "with", "alone")
               : status;
}

static bk_status add_row(const pairing *p, const partner *one, bk_table *table)
{
    size_t at = 0;
    bk_status status = bk_table_add_row(table, &at);
    if (status == BK_OK) {
        status = bk_table_set_integer(table, at, RANK, (int64_t)at + 1);
    }
    const char *const call = isnan(one->restored)                 ? ""
                             : one->restored >= 0.5 - bk_rounding ? "restores"
                                                                  : "does not";
    const struct {
        int column;
        const char *text;
    } texts[] = {{PARTNER, one->drug},
                 {CLASS, one->family},
                 {CALL, call},
                 {FIRST_VALUE + 2 * (int)p->readouts, one->note}};
    for (int i = 0; i < 4 && status == BK_OK; i++) {
        status = bk_put_text(table, at, texts[i].column, texts[i].text);
    }
    if (status == BK_OK) {
        status = bk_put_real(table, at, RESTORED, one->restored);
    }
    if (status == BK_OK) {
        status = bk_put_real(table, at, ALONE, one->restored_alone);
    }
    for (size_t k = 0; k < p->readouts && status == BK_OK; k++) {
        status = bk_put_real(table, at, FIRST_VALUE + 2 * (int)k, one->with[k]);
        if (status == BK_OK) {
            status =
                bk_put_real(table, at, FIRST_VALUE + 2 * (int)k + 1, one->alone[k]);
        }
    }
    return status;
}

static bk_status make_table(pairing *p, bk_table **table)
{
    bk_table *const made = bk_table_new();
    bk_status status = made != NULL ? add_columns(p, made) : BK_NO_MEMORY;
    for (size_t i = 0; i < p->n; i++) {
        partner *const one = &p->partners[i];
        one->restored = restored(p, one->with);
        one->restored_alone = restored(p, one->alone);
        one->note = p->measured[2 * i].note;
    }
    qsort(p->partners, p->n, sizeof *p->partners, by_restored);
    for (size_t i = 0; i < p->n && status == BK_OK; i++) {
        status = add_row(p, &p->partners[i], made);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

bk_status bk_partners_run(const bk_resistance *question, const char *plain,
                          bk_diag *diag, bk_table **table)
{
    pairing p = {.question = question,
                 .arena = bk_arena_new(),
                 .diag = diag,
                 .readouts = bk_readouts_count(question->readouts)};
    bk_status status = p.arena != NULL ? make_partners(&p) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_measure_plain(question, plain, NULL, p.arena, diag, &p.plain);
    }
    if (status == BK_OK) {
        status = bk_measure_plain(question, NULL, question->cell, p.arena, diag,
                                  &p.resistant);
    }
    if (status == BK_OK) {
        status = check_lost(&p);
    }
    if (status == BK_OK) {
        status = bk_measure_all(question, p.measured, 2 * p.n, p.arena);
    }
    if (status == BK_OK) {
        status = make_table(&p, table);
    }
    bk_free(p.plain);
    bk_free(p.resistant);
    bk_free(p.partners);
    bk_free(p.measured);
    bk_free(p.values);
    bk_arena_free(p.arena);
    return status;
}
