/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/resistance_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Single alterations first, then pairs, block by block; the table is made at the end. */

enum { BLOCK = 8192 }; /* altered cells that are in memory as conditions at once */

typedef enum verdict { RESISTANT, SENSITIVE, NO_SIGNAL, FAILED } verdict;

typedef struct altered {
    const bk_alteration *first, *second; /* second: of a pair, else NULL */
    const char *notes[2];                /* untreated, treated; or NULL */
    double *values[2];                   /* [read-outs] of each */
    double retained, kept;
    verdict verdict;
    size_t number; /* as made; singles as in the list of alterations */
} altered;

typedef struct ranking {
    const bk_resistance *question;
    bk_alterations alterations;
    bk_diag *diag;
    double *plain; /* [2][read-outs] */
    size_t readouts;
    altered *rows;
    double *values;
    size_t n;
    bk_levels levels;
    bk_table *classes;  /* resistance.tsv, or NULL */
    bk_names *class_of; /* label -> row of classes */
} ranking;

static bool counts(const ranking *r, size_t k)
{
    return fabs(r->plain[r->readouts + k] - r->plain[k]) >= bk_stake;
}

static void judge(const ranking *r, altered *row)
{
    double retained = 0, kept = 0;
    size_t n = 0;
    for (size_t k = 0; k < r->readouts; k++) {
        const double effect = r->plain[r->readouts + k] - r->plain[k];
        if (counts(r, k)) {
            retained += (row->values[1][k] - row->values[0][k]) / effect;
            kept += (row->values[1][k] - r->plain[r->readouts + k]) / -effect;
            n++;
        }
    }
    row->retained = retained / (double)n;
    row->kept = kept / (double)n;
    row->verdict = isnan(row->retained)                ? FAILED
                   : row->retained > 0.5 + bk_rounding ? SENSITIVE
                   : row->kept >= 0.5 - bk_rounding    ? RESISTANT
                                                       : NO_SIGNAL;
}

/* --- running ---------------------------------------------------------------------- */

static const char *text_of(bk_arena *arena, const altered *row)
{
    return row->second == NULL
               ? row->first->text
               : bk_arena_printf(arena, "%s;%s", row->first->text, row->second->text);
}

/* The single alteration in whose cell the other one of a pair changes nothing, or NULL. */
static const altered *same_cell(const ranking *r, const altered *row, bool treated)
{
    if (row->second == NULL) {
        return NULL;
    }
    const size_t first = (size_t)(row->first - r->alterations.items);
    const size_t second = (size_t)(row->second - r->alterations.items);
    return bk_levels_same(&r->levels, row->second, first, treated)   ? &r->rows[first]
           : bk_levels_same(&r->levels, row->first, second, treated) ? &r->rows[second]
                                                                     : NULL;
}

/* The conditions of a block that must be run, into some and, by place, of. */
static bk_status list_runs(ranking *r, altered *rows, size_t n, bk_arena *texts,
                           bk_measured *some, size_t *of, size_t *runs)
{
    const bk_resistance *const q = r->question;
    for (size_t i = 0; i < 2 * n; i++) {
        altered *const row = &rows[i / 2];
        const bool treated = i % 2 == 1;
        const altered *const same = same_cell(r, row, treated);
        if (same != NULL) {
            memcpy(row->values[treated], same->values[treated],
                   r->readouts * sizeof *row->values[treated]);
            row->notes[treated] = same->notes[treated];
            continue;
        }
        const char *const text = text_of(texts, row);
        if (text == NULL) {
            return BK_NO_MEMORY;
        }
        of[*runs] = i;
        some[(*runs)++] =
            (bk_measured){.condition = {text, treated ? q->treatment : NULL, q->cell},
                          .values = row->values[treated]};
    }
    return BK_OK;
}

static bk_status run_block(ranking *r, altered *rows, size_t n)
{
    bk_measured *const some = bk_alloc_zero(2 * n + 1, sizeof *some);
    size_t *const of = bk_alloc((2 * n + 1) * sizeof *of);
    bk_arena *const texts = bk_arena_new();
    size_t runs = 0;
    bk_status status =
        some != NULL && of != NULL && texts != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = list_runs(r, rows, n, texts, some, of, &runs);
    }
    if (status == BK_OK && runs > 0) {
        status = bk_measure_all(r->question, some, runs, r->alterations.arena);
    }
    for (size_t i = 0; i < runs && status == BK_OK; i++) {
        rows[of[i] / 2].notes[of[i] % 2] = some[i].note;
    }
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        judge(r, &rows[i]);
    }
    bk_arena_free(texts);
    bk_free(of);
    bk_free(some);
    return status;
}

static bool go_together(const bk_alteration *a, const bk_alteration *b)
{
    return a->node < 0 || a->node != b->node;
}

static bk_status make_rows(ranking *r)
{
    const size_t single = r->alterations.n;
    const bk_alteration *const items = r->alterations.items;
    const size_t most =
        single + (r->question->pairs ? single * (single - 1) / 2 * (single > 0) : 0);
    r->rows = bk_alloc_zero(most + 1, sizeof *r->rows);
    r->values = bk_alloc_zero(2 * r->readouts * most + 1, sizeof *r->values);
    if (r->rows == NULL || r->values == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < single; i++) {
        r->rows[r->n++] = (altered){.first = &items[i]};
    }
    for (size_t i = 0; i < single && r->question->pairs; i++) {
        for (size_t j = i + 1; j < single; j++) {
            if (go_together(&items[i], &items[j])) {
                r->rows[r->n++] = (altered){.first = &items[i], .second = &items[j]};
            }
        }
    }
    for (size_t i = 0; i < r->n; i++) {
        r->rows[i].number = i;
        r->rows[i].values[0] = r->values + 2 * r->readouts * i;
        r->rows[i].values[1] = r->rows[i].values[0] + r->readouts;
    }
    return BK_OK;
}

static bk_status run_all(ranking *r)
{
    const size_t single = r->alterations.n;
    bk_status status = make_rows(r);
    if (status == BK_OK && r->question->pairs) {
        status = bk_levels_measure(r->question, &r->alterations, &r->levels);
    }
    for (size_t at = 0; at < r->n && status == BK_OK;) {
        const size_t end = at < single ? single : r->n; /* pairs look singles up */
        const size_t n = end - at < BLOCK ? end - at : BLOCK;
        status = run_block(r, r->rows + at, n);
        at += n;
    }
    bk_levels_free(&r->levels);
    return status;
}

/* --- classes ---------------------------------------------------------------------- */

static bk_status note_class(ranking *r, const char *list, int32_t row)
{
    bk_text label = {0};
    bk_status status = BK_OK;
    while (*list != '\0' && status == BK_OK) {
        const size_t n = strcspn(list, ";");
        size_t from = 0, to = n;
        for (; from < to && list[from] == ' '; from++) {
        }
        for (; to > from && list[to - 1] == ' '; to--) {
        }
        bk_text_clear(&label);
        bk_text_add_n(&label, list + from, to - from);
        if (label.failed ||
            (to > from && bk_names_add(r->class_of, label.data, row) == -2)) {
            status = BK_NO_MEMORY;
        }
        list += n + (list[n] == ';');
    }
    bk_text_free(&label);
    return status;
}

static bk_status read_classes(ranking *r)
{
    bk_text path = {0};
    bk_text_printf(&path, "%s/resistance.tsv",
                   r->question->folder != NULL ? r->question->folder : ".");
    r->class_of = bk_names_new();
    bk_status status = path.failed || r->class_of == NULL ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK && access(path.data, F_OK) == 0) {
        status = bk_table_read(path.data, BK_TSV, r->diag, &r->classes);
    }
    bk_text_free(&path);
    const int list =
        r->classes != NULL ? bk_table_find_column(r->classes, "alterations") : -1;
    for (size_t i = 0; list >= 0 && status == BK_OK && i < bk_table_rows(r->classes);
         i++) {
        status = note_class(r, bk_table_text(r->classes, i, list), (int32_t)i);
    }
    return status;
}

/* The label of a row; of a pair in the order that resistance.tsv has, if it has it. */
static const char *label_of(const ranking *r, const altered *row, int32_t *class)
{
    bk_arena *const arena = r->alterations.arena;
    const char *label = row->first->label;
    if (row->second != NULL) {
        label =
            bk_arena_printf(arena, "%s + %s", row->first->label, row->second->label);
        const char *const other =
            bk_arena_printf(arena, "%s + %s", row->second->label, row->first->label);
        if (label != NULL && other != NULL && bk_names_find(r->class_of, other) >= 0) {
            label = other;
        }
    }
    *class = label != NULL ? bk_names_find(r->class_of, label) : -1;
    return label;
}

/* --- the table -------------------------------------------------------------------- */

static int by_cost(const void *a, const void *b)
{
    const altered *const x = a;
    const altered *const y = b;
    const int group_x = x->verdict == SENSITIVE ? RESISTANT : (int)x->verdict;
    const int group_y = y->verdict == SENSITIVE ? RESISTANT : (int)y->verdict;
    if (group_x != group_y) {
        return group_x - group_y;
    }
    if (x->retained < y->retained || x->retained > y->retained) {
        return x->retained < y->retained ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

enum {
    RANK,
    ALTERATION,
    KIND,
    CLASS,
    MECHANISM,
    RETAINED,
    KEPT,
    CALL,
    BEYOND,
    FIRST_VALUE
};

static bk_status add_columns(const ranking *r, bk_table *table)
{
    static const struct {
        const char *name;
        bk_type type;
    } columns[FIRST_VALUE] = {
        {"rank", BK_INTEGER},     {"alteration", BK_TEXT}, {"kind", BK_TEXT},
        {"class", BK_TEXT},       {"mechanism", BK_TEXT},  {"effect_retained", BK_REAL},
        {"signal_kept", BK_REAL}, {"call", BK_TEXT},       {"beyond_singles", BK_REAL}};
    bk_status status = BK_OK;
    for (int i = 0; i < FIRST_VALUE && status == BK_OK; i++) {
        status = bk_table_add_column(table, columns[i].name, columns[i].type, NULL);
    }
    return status == BK_OK ? bk_add_value_columns(table, r->question->readouts,
                                                  "untreated", "treated")
                           : status;
}

static bk_status set_class(const ranking *r, bk_table *table, size_t at, int32_t class)
{
    bk_status status = BK_OK;
    static const char *const names[] = {"class", "mechanism"};
    for (int i = 0; class >= 0 && i < 2 && status == BK_OK; i++) {
        const int column = bk_table_find_column(r->classes, names[i]);
        status = column >= 0
                     ? bk_put_text(table, at, CLASS + i,
                                   bk_table_text(r->classes, (size_t) class, column))
                     : BK_OK;
    }
    return status;
}

/* What went wrong, and what else the alteration is called. */
static bk_status set_note(const ranking *r, const altered *row, size_t at,
                          bk_table *table)
{
    const int column = FIRST_VALUE + 2 * (int)r->readouts;
    const char *const also = row->second == NULL ? row->first->also : NULL;
    const char *const why = row->notes[1] != NULL ? row->notes[1] : row->notes[0];
    bk_text note = {0};
    if (also != NULL) {
        bk_text_printf(&note, "same cell: %s%s", also, why != NULL ? "; " : "");
    }
    bk_text_add(&note, why != NULL ? why : "");
    const bk_status status =
        note.failed ? BK_NO_MEMORY : bk_put_text(table, at, column, note.data);
    bk_text_free(&note);
    return status;
}

static bk_status add_row(const ranking *r, const altered *row, double beyond,
                         bk_table *table)
{
    static const char *const calls[] = {"resistant", "sensitive", "no signal", ""};
    size_t at = 0;
    int32_t class = -1;
    const char *const label = label_of(r, row, &class);
    bk_status status = label != NULL ? bk_table_add_row(table, &at) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_table_set_integer(table, at, RANK, (int64_t)at + 1);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(table, at, ALTERATION, label);
    }
    if (status == BK_OK) {
        status = bk_put_text(table, at, KIND,
                             row->second != NULL ? "pair" : row->first->kind);
    }
    if (status == BK_OK) {
        status = set_class(r, table, at, class);
    }
    const double numbers[] = {row->retained, row->kept};
    for (int i = 0; i < 2 && status == BK_OK; i++) {
        status = bk_put_real(table, at, RETAINED + i, numbers[i]);
    }
    if (status == BK_OK) {
        status = bk_put_text(table, at, CALL, calls[row->verdict]);
    }
    if (status == BK_OK) {
        status = bk_put_real(table, at, BEYOND, beyond);
    }
    for (size_t k = 0; k < r->readouts && status == BK_OK; k++) {
        status = bk_put_real(table, at, FIRST_VALUE + 2 * (int)k, row->values[0][k]);
        if (status == BK_OK) {
            status =
                bk_put_real(table, at, FIRST_VALUE + 2 * (int)k + 1, row->values[1][k]);
        }
    }
    return status == BK_OK ? set_note(r, row, at, table) : status;
}

static bk_status make_table(ranking *r, bk_table **table)
{
    const size_t single = r->alterations.n;
    double *const retained = bk_alloc_zero(single + 1, sizeof *retained);
    bk_table *const made = bk_table_new();
    bk_status status =
        made != NULL && retained != NULL ? add_columns(r, made) : BK_NO_MEMORY;
    for (size_t i = 0; i < single && status == BK_OK; i++) {
        retained[i] = r->rows[i].retained;
    }
    qsort(r->rows, r->n, sizeof *r->rows, by_cost);
    for (size_t i = 0; i < r->n && status == BK_OK; i++) {
        const altered *const row = &r->rows[i];
        double beyond = (double)NAN;
        if (row->second != NULL) {
            const double a = retained[row->first - r->alterations.items];
            const double b = retained[row->second - r->alterations.items];
            beyond = fmin(a, b) - row->retained;
        }
        status = add_row(r, row, beyond, made);
    }
    bk_free(retained);
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

/* Something must be at stake. */
static bk_status check_effect(const ranking *r)
{
    for (size_t k = 0; k < r->readouts; k++) {
        if (counts(r, k)) {
            return BK_OK;
        }
    }
    bk_diag_add(r->diag, BK_ERROR, (bk_where){.file = NULL}, "resistance-effect",
                "%s moves none of the read-outs by 0.1 in this cell, so there is no "
                "effect to lose; ask for other read-outs or another cell",
                r->question->treatment);
    return BK_BAD_INPUT;
}

static void tell(const ranking *r)
{
    size_t failed = 0;
    for (size_t i = 0; i < r->n; i++) {
        failed += r->rows[i].verdict == FAILED;
    }
    if (r->alterations.contradictions > 0) {
        bk_diag_add(r->diag, BK_NOTE, (bk_where){.file = NULL}, "resistance-left-out",
                    "%zu alterations are left out, since the cell says otherwise",
                    r->alterations.contradictions);
    }
    if (failed > 0) {
        bk_diag_add(r->diag, BK_WARNING, (bk_where){.file = NULL}, "resistance-failed",
                    "%zu of %zu altered cells have no answer; the column note says why",
                    failed, r->n);
    }
}

bk_status bk_resistance_run(const bk_resistance *question, bk_diag *diag,
                            bk_table **table)
{
    ranking r = {.question = question,
                 .diag = diag,
                 .readouts = bk_readouts_count(question->readouts)};
    bk_status status = bk_alterations_collect(question, diag, &r.alterations);
    if (status == BK_OK) {
        status = bk_measure_plain(question, NULL, question->cell, r.alterations.arena,
                                  diag, &r.plain);
    }
    if (status == BK_OK) {
        status = check_effect(&r);
    }
    if (status == BK_OK) {
        status = read_classes(&r);
    }
    if (status == BK_OK) {
        status = run_all(&r);
    }
    if (status == BK_OK) {
        tell(&r);
        status = make_table(&r, table);
    }
    bk_free(r.plain);
    bk_free(r.rows);
    bk_free(r.values);
    bk_names_free(r.class_of);
    bk_table_free(r.classes);
    bk_alterations_close(&r.alterations);
    return status;
}
