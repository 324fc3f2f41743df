/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/predict_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

bk_status bk_batch_open(bk_batch *batch, bk_phrasing *words)
{
    *batch = (bk_batch){.words = words, .known = bk_names_new()};
    return batch->known != NULL ? BK_OK : BK_NO_MEMORY;
}

void bk_batch_close(bk_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        bk_scenario_free((bk_scenario *)batch->conditions[i].more);
    }
    bk_free(batch->conditions);
    bk_free(batch->wanted);
    bk_free(batch->notes);
    bk_names_free(batch->known);
    *batch = (bk_batch){.n = 0};
}

static bk_status treatment_edits(const char *edits, bk_scenario **scenario)
{
    bk_scenario *const made = bk_scenario_new("ligands and knock-downs");
    bk_status status = made != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_scenario_parse(made, BK_TREATMENT, edits, (bk_where){.file = NULL},
                                   NULL);
    }
    if (status != BK_OK) {
        bk_scenario_free(made);
        return status;
    }
    *scenario = made;
    return BK_OK;
}

int32_t bk_batch_add(bk_batch *batch, const bk_cell *cell,
                     const bk_treatment *treatment, const bk_treatment *starved,
                     unsigned wanted)
{
    bk_phrasing *const p = batch->words;
    const char *const background = bk_cell_text(p, cell);
    const char *const drugs = bk_treatment_drugs(p, treatment);
    const char *const edits = bk_treatment_edits(p, treatment, starved);
    const char *const key =
        background != NULL && drugs != NULL && edits != NULL
            ? bk_arena_printf(p->arena, "%s\n%s\n%s", background, drugs, edits)
            : NULL;
    bk_scenario *more = NULL;
    const int32_t number = (int32_t)batch->n;
    if (key == NULL ||
        !bk_grow(&batch->conditions, &batch->capacity, batch->n + 1,
                 sizeof *batch->conditions) ||
        !bk_grow(&batch->wanted, &batch->wanted_capacity, batch->n + 1,
                 sizeof *batch->wanted) ||
        !bk_grow(&batch->notes, &batch->note_capacity, batch->n + 1,
                 sizeof *batch->notes)) {
        batch->no_memory = true;
        return BK_NO_CONDITION;
    }
    const int32_t known = bk_names_add(batch->known, key, number);
    if (known != -1) {
        batch->no_memory = batch->no_memory || known == -2;
        batch->wanted[known >= 0 ? known : 0] |= known >= 0 ? wanted : 0u;
        return known >= 0 ? known : BK_NO_CONDITION;
    }
    if (edits[0] != '\0' && treatment_edits(edits, &more) != BK_OK) {
        batch->no_memory = true;
        return BK_NO_CONDITION;
    }
    batch->wanted[batch->n] = wanted;
    batch->notes[batch->n] = NULL;
    batch->conditions[batch->n++] =
        (bk_condition){.background = background[0] != '\0' ? background : NULL,
                       .treatment = drugs[0] != '\0' ? drugs : NULL,
                       .more = more};
    return number;
}

/* The rows of a screen to the conditions they are about. */
static void take_values(const bk_table *table, const size_t *numbers, size_t n,
                        size_t columns, double *values)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < columns; k++) {
            const int column = 2 + (int)k;
            if (!bk_table_missing(table, i, column)) {
                values[numbers[i] * columns + k] = bk_table_real(table, i, column);
            }
        }
    }
}

/* Why conditions have no value. */
static bk_status take_notes(const bk_table *table, const size_t *numbers, size_t n,
                            size_t columns, bk_batch *batch)
{
    const int column = bk_table_find_column(table, "note");
    for (size_t i = 0; i < n; i++) {
        const char *const note = bk_table_text(table, i, column);
        const char **const kept = &batch->notes[numbers[i]];
        bool missing = false;
        for (size_t k = 0; k < columns; k++) {
            missing = missing || bk_table_missing(table, i, 2 + (int)k);
        }
        if (missing && *kept == NULL && note[0] != '\0') {
            *kept = bk_arena_text(batch->words->arena, note);
            if (*kept == NULL) {
                return BK_NO_MEMORY;
            }
        }
    }
    return BK_OK;
}

bk_status bk_batch_run(bk_batch *batch, bk_run_of which, const bk_predictor *predictor,
                       const bk_system *system, const bk_readouts *readouts,
                       const bk_settings *run, double **values)
{
    const size_t columns = bk_readouts_count(readouts);
    double *const made = bk_alloc((batch->n * columns + 1) * sizeof *made);
    bk_condition *const conditions = bk_alloc((batch->n + 1) * sizeof *conditions);
    size_t *const numbers = bk_alloc((batch->n + 1) * sizeof *numbers);
    size_t n = 0;
    bk_table *table = NULL;
    bk_diag *const quiet = bk_diag_new(); /* what fails is told beside its question */
    const bool early = which == BK_EARLY || which == BK_LOGIC_EARLY;
    const bk_screen_settings settings = {
        .run = *run, .early = early, .threads = predictor->threads};
    bk_status status =
        made != NULL && conditions != NULL && numbers != NULL && quiet != NULL
            ? BK_OK
            : BK_NO_MEMORY;
    for (size_t i = 0; i < batch->n * columns && status == BK_OK; i++) {
        made[i] = (double)NAN;
    }
    for (size_t i = 0; i < batch->n && status == BK_OK; i++) {
        if ((batch->wanted[i] & 1u << which) != 0) {
            conditions[n] = batch->conditions[i];
            numbers[n++] = i;
        }
    }
    if (status == BK_OK) {
        status = bk_screen_run(system, predictor->library, conditions, n, readouts,
                               &settings, quiet, &table);
    }
    if (status == BK_OK || status == BK_PARTIAL) {
        take_values(table, numbers, n, columns, made);
        status = which == BK_LATE || which == BK_EARLY
                     ? take_notes(table, numbers, n, columns, batch)
                     : BK_OK;
    }
    bk_table_free(table);
    bk_diag_free(quiet);
    bk_free(conditions);
    bk_free(numbers);
    if (status != BK_OK) {
        bk_free(made);
        return status;
    }
    *values = made;
    return BK_OK;
}
