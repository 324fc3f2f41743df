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

enum { ENGINES = 3 };
static const char reference_cell[] = "ERBB2:amp";
static const double threshold = 0.1; /* of a direction, on the 0..1 scale */

typedef struct asking {
    const bk_predictor *predictor;
    const bk_table *table;
    bk_phrasing words;
    bk_readouts *readouts;       /* over the ODE's model */
    bk_readouts *logic_readouts; /* the same over the logic */
    bk_table *known, *outside;   /* readouts.tsv, outside.tsv, or NULL */
    bk_question *questions;
    size_t n;
    bk_batch batch;
    double *values[2];   /* [late, early] by ODE */
    double *logic[2][2]; /* [async, ctmc][late, early] */
    int columns[6];
} asking;

static const char *const column_names[] = {"id",      "background", "treatment",
                                           "readout", "comparator", "time"};
enum { ID, BACKGROUND, TREATMENT, READOUT, COMPARATOR, TIME };

static const char *cell_of(const asking *a, size_t row, int column)
{
    return a->columns[column] < 0 ? ""
                                  : bk_table_text(a->table, row, a->columns[column]);
}

static bk_status read_beside(asking *a, const char *file, bk_table **table)
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

static size_t readout_at(const asking *a, const char *name)
{
    size_t i = 0;
    while (i < bk_readouts_count(a->readouts) &&
           !bk_text_equal_nocase(bk_readouts_name(a->readouts, i), name)) {
        i++;
    }
    return i;
}

static bk_status read_readout(asking *a, size_t row, bk_question *q)
{
    bk_phrasing *const p = &a->words;
    const char *const said = bk_phrase_unassayed(cell_of(a, row, READOUT));
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

static void contrast_of(asking *a, const bk_question *q, const bk_cell *cell,
                        const bk_cell *other, bk_contrast *contrast)
{
    static const bk_treatment none = {.n = 0};
    bk_batch *const batch = &a->batch;
    contrast->value = bk_batch_add(batch, cell, &q->treatment, NULL);
    contrast->untreated = bk_batch_add(batch, cell, &none, NULL);
    contrast->n_against = 0;
    if (q->comparator.kind == BK_AGAINST_EARLY) {
        return;
    }
    if (q->comparator.kind == BK_AGAINST_CONDITION) {
        contrast->against[contrast->n_against++] =
            bk_batch_add(batch, other, &q->comparator.treatment,
                         q->comparator.starved ? &q->treatment : NULL);
        return;
    }
    for (size_t i = 0; i < q->treatment.n; i++) {
        const bk_treatment one = {.terms = {q->treatment.terms[i]}, .n = 1};
        contrast->against[contrast->n_against++] =
            bk_batch_add(batch, cell, &one, NULL);
    }
}

static bool is_reference(const bk_cell *cell, const bk_cell *reference)
{
    return cell->n == 1 &&
           bk_text_equal_nocase(cell->items[0].text, reference->items[0].text);
}

static bk_status read_row(asking *a, size_t row, const bk_cell *reference,
                          bk_question *q)
{
    bk_phrasing *const p = &a->words;
    const int column = a->columns[BACKGROUND];
    p->note = NULL;
    p->where = bk_table_where(a->table, row, a->columns[READOUT]);
    bk_status status = read_readout(a, row, q);
    if (status != BK_OK || q->state == BK_OUTSIDE) {
        return status;
    }
    p->where = bk_table_where(a->table, row, column);
    status = bk_phrase_cell(p, cell_of(a, row, BACKGROUND), &q->cell);
    if (status == BK_OK) {
        p->where = bk_table_where(a->table, row, a->columns[TREATMENT]);
        status = bk_phrase_treatment(p, cell_of(a, row, TREATMENT), &q->treatment);
    }
    if (status == BK_OK) {
        p->where = a->columns[COMPARATOR] >= 0
                       ? bk_table_where(a->table, row, a->columns[COMPARATOR])
                       : p->where;
        status = bk_phrase_comparator(p, cell_of(a, row, COMPARATOR), &q->cell,
                                      &q->treatment, &q->comparator);
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
    const char *const time = cell_of(a, row, TIME);
    q->early = bk_text_equal_nocase(time, "early");
    contrast_of(a, q, &q->cell, &q->comparator.cell, &q->contrast);
    q->has_reference = reference->n > 0 && !q->comparator.other_cell &&
                       q->treatment.n > 0 && !is_reference(&q->cell, reference);
    if (q->has_reference) {
        contrast_of(a, q, reference, reference, &q->reference);
    }
    return a->batch.no_memory ? BK_NO_MEMORY : BK_OK;
}

static bk_status read_rows(asking *a)
{
    bk_cell reference = {.n = 0};
    if (bk_library_find_variant(a->predictor->library, reference_cell) >= 0 &&
        bk_phrase_cell(&a->words, reference_cell, &reference) == BK_NO_MEMORY) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < a->n; i++) {
        bk_question *const q = &a->questions[i];
        *q = (bk_question){.hsa = (double)NAN, .bliss = (double)NAN};
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

/* --- answers ---------------------------------------------------------------------- */

typedef struct reading {
    double value, against;
} reading;

/* Each-alone: the partner that does most in the direction of the whole. */
static reading read_contrast(const bk_contrast *contrast, const double *values,
                             size_t columns, size_t readout)
{
    reading r = {.value = values[(size_t)contrast->value * columns + readout],
                 .against = (double)NAN};
    const double untreated = values[(size_t)contrast->untreated * columns + readout];
    for (size_t i = 0; i < contrast->n_against; i++) {
        const double one = values[(size_t)contrast->against[i] * columns + readout];
        if (i == 0) {
            r.against = one;
        } else {
            r.against =
                r.value < untreated ? fmin(r.against, one) : fmax(r.against, one);
        }
    }
    return r;
}

typedef struct answer {
    reading late, early;
    double effect;
} answer;

static answer answer_of(const bk_question *q, const bk_contrast *contrast,
                        double *const values[2], size_t columns)
{
    answer made = {.late = read_contrast(contrast, values[0], columns, q->readout),
                   .early = read_contrast(contrast, values[1], columns, q->readout)};
    if (q->comparator.kind == BK_AGAINST_EARLY) {
        made.late.against = made.early.against = made.early.value;
        made.effect = made.late.value - made.early.value;
    } else {
        made.effect = q->early ? made.early.value - made.early.against
                               : made.late.value - made.late.against;
    }
    return made;
}

static int direction(double effect)
{
    return effect >= threshold ? 1 : effect <= -threshold ? -1 : 0;
}

static bk_status set(bk_table *t, size_t row, int column, double value)
{
    return isnan(value) ? BK_OK : bk_table_set_real(t, row, column, value);
}

enum {
    A_ID,
    A_STATUS,
    A_VALUE_EARLY,
    A_VALUE_LATE,
    A_COMPARATOR_EARLY,
    A_COMPARATOR_LATE,
    A_EFFECT,
    A_REFERENCE,
    A_HSA,
    A_BLISS,
    A_AGREEMENT,
    A_CONFIDENCE,
    A_NOTE,
    A_COLUMNS
};

static void judge_agreement(const asking *a, const bk_question *q, double effect,
                            int *asked, int *agree)
{
    *asked = *agree = 1;
    const size_t columns = bk_readouts_count(a->readouts);
    for (int e = 0; e < ENGINES - 1; e++) {
        if (a->logic[e][0] == NULL) {
            continue;
        }
        const answer other = answer_of(q, &q->contrast, a->logic[e], columns);
        (*asked)++;
        *agree += direction(other.effect) == direction(effect);
    }
}

static bk_status answer_row(const asking *a, const bk_question *q, size_t row,
                            bk_table *t)
{
    const size_t columns = bk_readouts_count(a->readouts);
    const answer made = answer_of(q, &q->contrast, a->values, columns);
    if (isnan(made.effect)) {
        bk_table_set_text(t, row, A_STATUS, "failed");
        return bk_table_set_text(t, row, A_NOTE, "no value: the run failed");
    }
    int asked, agree;
    judge_agreement(a, q, made.effect, &asked, &agree);
    char text[24];
    bk_status status = bk_table_set_text(t, row, A_STATUS, "answered");
    set(t, row, A_VALUE_EARLY, made.early.value);
    set(t, row, A_VALUE_LATE, made.late.value);
    set(t, row, A_COMPARATOR_EARLY, made.early.against);
    set(t, row, A_COMPARATOR_LATE, made.late.against);
    set(t, row, A_EFFECT, made.effect);
    if (q->has_reference) {
        set(t, row, A_REFERENCE,
            answer_of(q, &q->reference, a->values, columns).effect);
    }
    set(t, row, A_HSA, q->hsa);
    set(t, row, A_BLISS, q->bliss);
    text[0] = (char)('0' + agree);
    text[1] = '/';
    text[2] = (char)('0' + asked);
    text[3] = '\0';
    bk_table_set_text(t, row, A_AGREEMENT, text);
    const bool marginal = fabs(fabs(made.effect) - threshold) < 0.5 * threshold;
    if (status == BK_OK) {
        status = bk_table_set_text(t, row, A_CONFIDENCE,
                                   agree < asked && (marginal || 2 * agree < asked + 1)
                                       ? "low"
                                   : agree < asked || marginal ? "medium"
                                                               : "high");
    }
    return status;
}

static bk_status make_answers(const asking *a, bk_table *t, bool *complete)
{
    static const char *const names[A_COLUMNS] = {
        "id",         "status",           "value_early",
        "value_late", "comparator_early", "comparator_late",
        "effect",     "reference_effect", "hsa",
        "bliss",      "agreement",        "confidence",
        "note"};
    bk_status status = BK_OK;
    for (int i = 0; i < A_COLUMNS && status == BK_OK; i++) {
        const bool real = i >= A_VALUE_EARLY && i <= A_BLISS;
        status = bk_table_add_column(t, names[i], real ? BK_REAL : BK_TEXT, NULL);
    }
    for (size_t i = 0; i < a->n && status == BK_OK; i++) {
        const bk_question *const q = &a->questions[i];
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_text(t, row, A_ID, cell_of(a, i, ID));
        }
        if (status == BK_OK && q->note != NULL) {
            status = bk_table_set_text(t, row, A_NOTE, q->note);
        }
        if (status == BK_OK && q->state == BK_ASKED) {
            status = answer_row(a, q, row, t);
        } else if (status == BK_OK) {
            status = bk_table_set_text(t, row, A_STATUS,
                                       q->state == BK_OUTSIDE ? "outside" : "failed");
        }
        *complete = *complete && strcmp(bk_table_text(t, row, A_STATUS), "failed") != 0;
    }
    return status;
}

/* --- the whole -------------------------------------------------------------------- */

static bk_status find_columns(asking *a)
{
    bk_status status = BK_OK;
    for (int i = 0; i < 6; i++) {
        a->columns[i] = bk_table_find_column(a->table, column_names[i]);
        if (a->columns[i] < 0 && i != COMPARATOR && i != TIME) {
            bk_diag_add(
                a->words.diag, BK_ERROR,
                (bk_where){.file = bk_table_where(a->table, 0, 0).file, .line = 1},
                "questions-column",
                "the table needs the columns id, background, treatment and readout; "
                "\"%s\" is not there",
                column_names[i]);
            status = BK_BAD_INPUT;
        }
    }
    return status;
}

static bk_status run_engines(asking *a, const bk_settings *run)
{
    const bk_system *const systems[] = {a->predictor->async, a->predictor->ctmc};
    bk_status status = BK_OK;
    for (int early = 0; early < 2 && status == BK_OK; early++) {
        status = bk_batch_run(&a->batch, a->predictor, a->predictor->ode, a->readouts,
                              run, early == 1, &a->values[early]);
    }
    for (int e = 0; e < ENGINES - 1 && status == BK_OK; e++) {
        for (int early = 0; systems[e] != NULL && early < 2 && status == BK_OK;
             early++) {
            status =
                bk_batch_run(&a->batch, a->predictor, systems[e], a->logic_readouts,
                             run, early == 1, &a->logic[e][early]);
        }
    }
    return status;
}

static bk_status ask(asking *a, const bk_settings *run)
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
        status = run_engines(a, run);
    }
    if (status == BK_OK && a->predictor->pairs) {
        status = bk_predict_pairs(a->predictor, &a->words, a->questions, a->n,
                                  a->readouts, run);
    }
    return status;
}

static void free_asking(asking *a)
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
    asking a = {.predictor = predictor,
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
        status = make_answers(&a, made, &complete);
    }
    free_asking(&a);
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *answers = made;
    return complete ? BK_OK : BK_PARTIAL;
}
