/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/predict_impl.h"

#include <math.h>
#include <string.h>

/* What the values of all runs say to each question. */

static const char at_half_doses[] =
    "the comparator leaves no room at the doses taken when none is given: compared "
    "where "
    "each drug alone has half of its effect, mean over cells";

static const double threshold = 0.1; /* of a direction, on the 0..1 scale */
static const double end = 0.02;      /* so near to 0 or 1 there is no room left */

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

/* Both at the same end of the scale: a part of the treatment does all that can be seen,
 * and what the rest adds shows only at lower doses. */
static bool no_room(reading r)
{
    return (r.value < end && r.against < end) ||
           (r.value > 1.0 - end && r.against > 1.0 - end);
}

/* The same comparison at half doses, where that was run and the stated doses leave no
 * room; what was not run at these doses becomes NaN. */
static bool lower_doses(const bk_question *q, answer *a)
{
    if (isnan(q->half_value) || isnan(q->half_against) ||
        !no_room(q->early ? a->early : a->late)) {
        return false;
    }
    const reading half = {.value = q->half_value, .against = q->half_against};
    const reading none = {.value = (double)NAN, .against = (double)NAN};
    *a = (answer){.late = q->early ? none : half,
                  .early = q->early ? half : none,
                  .effect = half.value - half.against};
    return true;
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

static void judge_agreement(const bk_asking *a, const bk_question *q, double effect,
                            int *asked, int *agree)
{
    *asked = *agree = 1;
    const size_t columns = bk_readouts_count(a->readouts);
    for (int e = 0; e < BK_ENGINES - 1; e++) {
        if (a->logic[e][0] == NULL) {
            continue;
        }
        const answer other = answer_of(q, &q->contrast, a->logic[e], columns);
        (*asked)++;
        *agree += direction(other.effect) == direction(effect);
    }
}

/* Why a contrast has no value; NULL: nobody said. */
static const char *note_of(const bk_asking *a, const bk_contrast *contrast)
{
    const char *note = a->batch.notes[contrast->value];
    for (size_t i = 0; i < contrast->n_against && note == NULL; i++) {
        note = a->batch.notes[contrast->against[i]];
    }
    return note != NULL ? note : a->batch.notes[contrast->untreated];
}

static bk_status answer_row(const bk_asking *a, const bk_question *q, size_t row,
                            bk_table *t)
{
    const size_t columns = bk_readouts_count(a->readouts);
    answer made = answer_of(q, &q->contrast, a->values, columns);
    if (isnan(made.effect)) {
        bk_table_set_text(t, row, A_STATUS, "failed");
        const char *const why = note_of(a, &q->contrast);
        const char *const note = bk_arena_printf(a->words.arena, "no value: %s",
                                                 why != NULL ? why : "the run failed");
        return note != NULL ? bk_table_set_text(t, row, A_NOTE, note) : BK_NO_MEMORY;
    }
    int asked, agree;
    judge_agreement(a, q, made.effect, &asked, &agree);
    const bool lowered = lower_doses(q, &made);
    char text[24];
    bk_status status = bk_table_set_text(t, row, A_STATUS, "answered");
    set(t, row, A_VALUE_EARLY, made.early.value);
    set(t, row, A_VALUE_LATE, made.late.value);
    set(t, row, A_COMPARATOR_EARLY, made.early.against);
    set(t, row, A_COMPARATOR_LATE, made.late.against);
    set(t, row, A_EFFECT, made.effect);
    if (lowered) {
        bk_phrasing words = a->words;
        words.note = q->note;
        bk_phrase_note(&words, at_half_doses);
        status = words.note != NULL ? bk_table_set_text(t, row, A_NOTE, words.note)
                                    : BK_NO_MEMORY;
    } else if (q->has_reference) {
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

bk_status bk_asking_answer(const bk_asking *a, bk_table *t, bool *complete)
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
            status = bk_table_set_text(t, row, A_ID, bk_asking_cell(a, i, BK_ASK_ID));
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
