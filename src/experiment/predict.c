/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/predict_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "scenario/library_impl.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* Read every row, collect the distinct conditions, run them in one screen an engine, and
 * compare. */

static const char reference_cell[] = "ERBB2:amp";

static const char *const column_names[] = {"id",      "background", "treatment",
                                           "readout", "comparator", "time"};

static bk_status read_beside(bk_asking *a, const char *file, bk_table **table)
{
    const char *const path =
        bk_arena_printf(a->words.arena, "%s/%s", a->predictor->folder, file);
    if (path == NULL) {
        return BK_NO_MEMORY;
    }
    return access(path, F_OK) == 0 ? bk_table_read(path, BK_TSV, a->words.diag, table)
                                   : BK_OK;
}

static const char *beside(const bk_table *table, const char *name, const char *column)
{
    const int key = table != NULL ? bk_table_find_column(table, "readout") : -1;
    const int value = table != NULL ? bk_table_find_column(table, column) : -1;
    for (size_t i = 0; key >= 0 && value >= 0 && i < bk_table_rows(table); i++) {
        if (bk_text_equal_nocase(bk_table_text(table, i, key), name)) {
            return bk_table_text(table, i, value);
        }
    }
    return NULL;
}

static size_t readout_at(const bk_asking *a, const char *name)
{
    size_t i = 0;
    while (i < bk_readouts_count(a->readouts) &&
           !bk_text_equal_nocase(bk_readouts_name(a->readouts, i), name)) {
        i++;
    }
    return i;
}

static bk_status read_readout(bk_asking *a, size_t row, bk_question *q)
{
    bk_phrasing *const p = &a->words;
    const char *const said =
        bk_phrase_unassayed(bk_asking_cell(a, row, BK_ASK_READOUT));
    char *const name = bk_phrase_plain(p, said, strlen(said));
    if (name == NULL) {
        return BK_NO_MEMORY;
    }
    const char *const why = beside(a->outside, name, "why");
    if (why != NULL) {
        q->state = BK_OUTSIDE;
        q->note = bk_arena_text(p->arena, why);
        return BK_OK;
    }
    q->readout = readout_at(a, name);
    if (q->readout < bk_readouts_count(a->readouts)) {
        return BK_OK;
    }
    const char *expression = beside(a->known, name, "expression");
    if (expression == NULL) {
        int32_t node = -1;
        const bk_status status =
            bk_model_bind(p->logic, name, p->where, p->diag, &node);
        if (status != BK_OK) {
            return status;
        }
        const char *const id = bk_symbol_id(p->logic, node);
        const int max = bk_symbol_max_level(p->logic, node);
        expression =
            max > 1 ? bk_arena_printf(p->arena, "2 * %s / (%s + %d)", id, id, max) : id;
    }
    if (expression == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = bk_readouts_add(a->readouts, bk_system_model(a->predictor->ode),
                                       name, expression, p->where, p->diag);
    if (status == BK_OK) {
        status = bk_readouts_add(a->logic_readouts, p->logic, name, expression,
                                 p->where, p->diag);
    }
    return status;
}

/* --- conditions ------------------------------------------------------------------- */

/* In which runs the conditions of a contrast are wanted: those its effect comes from, and
 * early ones that are only told beside it.  Logic is compared with in the cell that is
 * asked about. */
static unsigned wanted_by(const bk_question *q, bool reference)
{
    const bool both = q->comparator.kind == BK_AGAINST_EARLY;
    const unsigned late = both || !q->early, early = both || q->early;
    return reference ? late << BK_LATE | early << BK_EARLY
                     : 1u << BK_LATE | 1u << BK_EARLY | late << BK_LOGIC_LATE |
                           early << BK_LOGIC_EARLY;
}

static void contrast_of(bk_asking *a, const bk_question *q, const bk_cell *cell,
                        const bk_cell *other, unsigned wanted, bk_contrast *contrast)
{
    static const bk_treatment none = {.n = 0};
    bk_batch *const batch = &a->batch;
    contrast->value = bk_batch_add(batch, cell, &q->treatment, NULL, wanted);
    contrast->untreated = bk_batch_add(batch, cell, &none, NULL, wanted);
    contrast->n_against = 0;
    if (q->comparator.kind == BK_AGAINST_EARLY) {
        return;
    }
    if (q->comparator.kind == BK_AGAINST_CONDITION) {
        contrast->against[contrast->n_against++] =
            bk_batch_add(batch, other, &q->comparator.treatment,
                         q->comparator.starved ? &q->treatment : NULL, wanted);
        return;
    }
    for (size_t i = 0; i < q->treatment.n; i++) {
        const bk_treatment one = {.terms = {q->treatment.terms[i]}, .n = 1};
        contrast->against[contrast->n_against++] =
            bk_batch_add(batch, cell, &one, NULL, wanted);
    }
}

static bool is_reference(const bk_cell *cell, const bk_cell *reference)
{
    return cell->n == 1 &&
           bk_text_equal_nocase(cell->items[0].text, reference->items[0].text);
}

static bk_status read_row(bk_asking *a, size_t row, const bk_cell *reference,
                          bk_question *q)
{
    bk_phrasing *const p = &a->words;
    const int column = a->columns[BK_ASK_BACKGROUND];
    p->note = NULL;
    p->where = bk_table_where(a->table, row, a->columns[BK_ASK_READOUT]);
    bk_status status = read_readout(a, row, q);
    if (status != BK_OK || q->state == BK_OUTSIDE) {
        return status;
    }
    p->where = bk_table_where(a->table, row, column);
    status = bk_phrase_cell(p, bk_asking_cell(a, row, BK_ASK_BACKGROUND), &q->cell);
    if (status == BK_OK) {
        p->where = bk_table_where(a->table, row, a->columns[BK_ASK_TREATMENT]);
        status = bk_phrase_treatment(p, bk_asking_cell(a, row, BK_ASK_TREATMENT),
                                     &q->treatment);
    }
    if (status == BK_OK) {
        p->where = a->columns[BK_ASK_COMPARATOR] >= 0
                       ? bk_table_where(a->table, row, a->columns[BK_ASK_COMPARATOR])
                       : p->where;
        status = bk_phrase_comparator(p, bk_asking_cell(a, row, BK_ASK_COMPARATOR),
                                      &q->cell, &q->treatment, &q->comparator);
    }
    if (status == BK_OK) {
        p->where = a->columns[BK_ASK_TIME] >= 0
                       ? bk_table_where(a->table, row, a->columns[BK_ASK_TIME])
                       : p->where;
        status = bk_phrase_time(p, bk_asking_cell(a, row, BK_ASK_TIME), &q->early);
    }
    q->note = p->note;
    if (status != BK_OK) {
        return status;
    }
    if (q->cell.population || q->comparator.cell.population) {
        q->state = BK_OUTSIDE;
        q->note = "more than one kind of cell: a question for the population model";
        return BK_OK;
    }
    contrast_of(a, q, &q->cell, &q->comparator.cell, wanted_by(q, false), &q->contrast);
    q->has_reference = reference->n > 0 && !q->comparator.other_cell &&
                       q->treatment.n > 0 && !is_reference(&q->cell, reference);
    if (q->has_reference) {
        contrast_of(a, q, reference, reference, wanted_by(q, true), &q->reference);
    }
    return a->batch.no_memory ? BK_NO_MEMORY : BK_OK;
}

static bk_status read_rows(bk_asking *a)
{
    bk_cell reference = {.n = 0};
    if (bk_library_find_variant(a->predictor->library, reference_cell) >= 0 &&
        bk_phrase_cell(&a->words, reference_cell, &reference) == BK_NO_MEMORY) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < a->n; i++) {
        bk_question *const q = &a->questions[i];
        *q = (bk_question){.hsa = (double)NAN,
                           .bliss = (double)NAN,
                           .half_value = (double)NAN,
                           .half_against = (double)NAN};
        const size_t before = bk_diag_size(a->words.diag);
        const bk_status status = read_row(a, i, &reference, q);
        if (status == BK_NO_MEMORY) {
            return status;
        }
        if (status != BK_OK) {
            const bool told = bk_diag_size(a->words.diag) > before;
            q->state = BK_FAILED;
            q->note = bk_arena_text(a->words.arena,
                                    told ? bk_diag_message(a->words.diag, before)->text
                                         : bk_status_text(status));
        }
    }
    return BK_OK;
}

/* --- the whole -------------------------------------------------------------------- */

static bk_status find_columns(bk_asking *a)
{
    bk_status status = BK_OK;
    for (int i = 0; i < BK_ASK_COLUMNS; i++) {
        a->columns[i] = bk_table_find_column(a->table, column_names[i]);
        if (a->columns[i] < 0 && i != BK_ASK_COMPARATOR && i != BK_ASK_TIME) {
            bk_diag_add(
                a->words.diag, BK_ERROR,
                (bk_where){.file = bk_table_where(a->table, 0, 0).file, .line = 1},
                "questions-column",
                "the table needs the columns id, background, treatment and readout; "
                "\"%s\" is not there%s",
                column_names[i],
                bk_table_columns(a->table) == 1 ? " (cells are divided by tabs)" : "");
            status = BK_BAD_INPUT;
        }
    }
    return status;
}

static bk_status run_engines(bk_asking *a, const bk_settings *run)
{
    const bk_predictor *const p = a->predictor;
    const bk_system *const systems[] = {p->async, p->ctmc};
    bk_status status =
        bk_batch_run(&a->batch, BK_LATE, p, p->ode, a->readouts, run, &a->values[0]);
    if (status == BK_OK) {
        status = bk_batch_run(&a->batch, BK_EARLY, p, p->ode, a->readouts, run,
                              &a->values[1]);
    }
    for (int e = 0; e < BK_ENGINES - 1 && status == BK_OK; e++) {
        if (systems[e] == NULL) {
            continue;
        }
        status = bk_batch_run(&a->batch, BK_LOGIC_LATE, p, systems[e],
                              a->logic_readouts, run, &a->logic[e][0]);
        if (status == BK_OK) {
            status = bk_batch_run(&a->batch, BK_LOGIC_EARLY, p, systems[e],
                                  a->logic_readouts, run, &a->logic[e][1]);
        }
    }
    return status;
}

static bk_status run_all(bk_asking *a, const bk_settings *run)
{
    bk_pairs *pairs = NULL;
    bk_status status = BK_OK;
    if (a->predictor->pairs) {
        status = bk_pairs_open(&a->batch, a->questions, a->n, &pairs);
    }
    if (status == BK_OK) {
        status = run_engines(a, run);
    }
    for (int early = 0; pairs != NULL && early < 2 && status == BK_OK; early++) {
        status = bk_pairs_score(pairs, early == 1 ? BK_EARLY : BK_LATE, a->predictor,
                                &a->words, a->readouts, run, a->values[early]);
    }
    bk_pairs_free(pairs);
    return status;
}

static bk_status ask(bk_asking *a, const bk_settings *run)
{
    bk_status status = find_columns(a);
    if (status == BK_OK) {
        status = read_beside(a, "readouts.tsv", &a->known);
    }
    if (status == BK_OK) {
        status = read_beside(a, "outside.tsv", &a->outside);
    }
    if (status == BK_OK) {
        status = read_rows(a);
    }
    if (status == BK_OK) {
        status = run_all(a, run);
    }
    return status;
}

static void free_asking(bk_asking *a)
{
    bk_batch_close(&a->batch);
    bk_readouts_free(a->readouts);
    bk_readouts_free(a->logic_readouts);
    bk_table_free(a->known);
    bk_table_free(a->outside);
    bk_free(a->questions);
    for (int early = 0; early < 2; early++) {
        bk_free(a->values[early]);
        bk_free(a->logic[0][early]);
        bk_free(a->logic[1][early]);
    }
    bk_arena_free(a->words.arena);
}

bk_status bk_predict(const bk_predictor *predictor, const bk_table *questions,
                     const bk_settings *run, bk_diag *diag, bk_table **answers)
{
    bk_asking a = {.predictor = predictor,
                   .table = questions,
                   .n = bk_table_rows(questions),
                   .words = {.logic = predictor->logic,
                             .library = predictor->library,
                             .arena = bk_arena_new(),
                             .diag = diag},
                   .readouts = bk_readouts_new(),
                   .logic_readouts = bk_readouts_new()};
    a.questions = bk_alloc_zero(a.n + 1, sizeof *a.questions);
    bk_table *made = bk_table_new();
    bool complete = true;
    bk_status status = a.words.arena != NULL && a.readouts != NULL &&
                               a.logic_readouts != NULL && a.questions != NULL &&
                               made != NULL
                           ? bk_batch_open(&a.batch, &a.words)
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = ask(&a, run);
    }
    if (status == BK_OK) {
        status = bk_asking_answer(&a, made, &complete);
    }
    free_asking(&a);
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *answers = made;
    return complete ? BK_OK : BK_PARTIAL;
}
