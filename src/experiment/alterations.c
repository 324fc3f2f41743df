/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/resistance_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "scenario/library_impl.h"
#include "scenario/overlay.h"

#include <math.h>
#include <string.h>

enum { PLAIN = INT32_MAX }; /* the plain cell among the cells seen */

typedef struct collecting {
    const bk_resistance *question;
    bk_alterations *made;
    bk_names *seen; /* texts of overlays: the plain cell's and of those that are in */
    bk_diag *diag;  /* of the plain cell; of others NULL */
    bk_status status;
} collecting;

void bk_alterations_close(bk_alterations *alterations)
{
    bk_free(alterations->items);
    bk_arena_free(alterations->arena);
    *alterations = (bk_alterations){.n = 0};
}

/* The cell with an alteration (NULL: without) as its overlay, under a treatment (NULL:
 * untreated). */
static bk_status bind_cell(const collecting *k, const char *text, const char *treatment,
                           bk_overlay **overlay)
{
    const bk_resistance *const q = k->question;
    const bk_where where = {.file = NULL};
    bk_scenario *const s = bk_scenario_new("cell");
    bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && text != NULL) {
        status = bk_library_background_scenario(q->library, text, where, k->diag, s);
    }
    if (status == BK_OK && q->cell != NULL) {
        status = bk_scenario_append(s, q->cell);
    }
    if (status == BK_OK && treatment != NULL) {
        status =
            bk_library_treatment_scenario(q->library, treatment, where, k->diag, s);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(s, q->library, bk_system_model(q->system), k->diag,
                                  overlay);
    }
    bk_scenario_free(s);
    return status;
}

/* What a cell is untreated and under the treatment: equal texts, equal answers.  An
 * alteration may act on the binding of the drug alone. */
static bk_status text_of_cell(const collecting *k, const char *text, bk_text *both)
{
    bk_overlay *overlays[2] = {NULL, NULL};
    bk_status status = BK_OK;
    for (int i = 0; i < 2 && status == BK_OK; i++) {
        status =
            bind_cell(k, text, i == 0 ? NULL : k->question->treatment, &overlays[i]);
        if (status == BK_OK) {
            bk_text_printf(both, "%s\n", overlays[i]->text);
            status = both->failed ? BK_NO_MEMORY : BK_OK;
        }
    }
    bk_overlay_free(overlays[0]);
    bk_overlay_free(overlays[1]);
    return status;
}

/* Adds an alteration that changes the cell in a way not seen before. */
static void add(collecting *k, const char *kind, int32_t node, double level,
                const char *label, const char *text)
{
    bk_alterations *const made = k->made;
    bk_text both = {0};
    if (k->status != BK_OK || label == NULL || text == NULL) {
        k->status = k->status != BK_OK ? k->status : BK_NO_MEMORY;
        return;
    }
    const bk_status bound = text_of_cell(k, text, &both);
    if (bound != BK_OK) {
        bk_text_free(&both);
        made->contradictions += bound == BK_BAD_INPUT;
        k->status = bound == BK_NO_MEMORY ? bound : k->status;
        return;
    }
    const int32_t known = bk_names_add(k->seen, both.data, (int32_t)made->n);
    bk_text_free(&both);
    if (known == -2 ||
        !bk_grow(&made->items, &made->capacity, made->n + 1, sizeof *made->items)) {
        k->status = BK_NO_MEMORY;
    } else if (known == -1) {
        made->items[made->n++] = (bk_alteration){
            .label = label, .text = text, .kind = kind, .node = node, .level = level};
    } else if (known != PLAIN) {
        const char *const also = made->items[known].also;
        made->items[known].also =
            bk_arena_printf(made->arena, "%s%s%s", also != NULL ? also : "",
                            also != NULL ? ", " : "", label);
        k->status = made->items[known].also != NULL ? k->status : BK_NO_MEMORY;
    }
}

static bool acts(const bk_model *model, int32_t node)
{
    for (int32_t i = 0; i < bk_model_influences(model); i++) {
        const bk_influence *const arc = bk_model_influence(model, i);
        if (arc->source == node && arc->target != node) {
            return true;
        }
    }
    return false;
}

/* True for a node that stands for a drug in the cell: a drug's edit sets it. */
static bool is_mark(const bk_resistance *q, int32_t node)
{
    const bk_scenario *const edits = q->library != NULL ? q->library->drug_edits : NULL;
    for (size_t i = 0; edits != NULL && i < edits->n; i++) {
        if (edits->edits[i].kind == BK_EDIT_FIX && edits->edits[i].value > 0 &&
            bk_symbol_input(q->logic, node) &&
            bk_model_find(q->logic, edits->edits[i].name) == node) {
            return true;
        }
    }
    return false;
}

static void add_node(collecting *k, int32_t node)
{
    const bk_resistance *const q = k->question;
    bk_arena *const arena = k->made->arena;
    const char *const id = bk_symbol_id(q->logic, node);
    if (bk_symbol_kind_of(q->logic, node) != BK_LEVEL || !acts(q->logic, node) ||
        is_mark(q, node)) {
        return;
    }
    const int most = bk_symbol_max_level(q->logic, node);
    add(k, "gain", node, most, bk_arena_printf(arena, "gain %s", id),
        bk_arena_printf(arena, "fix %s = %d", id, most));
    add(k, "loss", node, 0.0, bk_arena_printf(arena, "loss %s", id),
        bk_arena_printf(arena, "fix %s = 0", id));
}

bk_status bk_alterations_collect(const bk_resistance *question, bk_diag *diag,
                                 bk_alterations *made)
{
    *made = (bk_alterations){.arena = bk_arena_new()};
    collecting k = {.question = question,
                    .made = made,
                    .seen = bk_names_new(),
                    .diag = diag,
                    .status = BK_OK};
    bk_text plain = {0};
    if (made->arena == NULL || k.seen == NULL) {
        k.status = BK_NO_MEMORY;
    } else {
        k.status = text_of_cell(&k, NULL, &plain);
    }
    if (k.status == BK_OK && bk_names_add(k.seen, plain.data, PLAIN) == -2) {
        k.status = BK_NO_MEMORY;
    }
    bk_text_free(&plain);
    k.diag = NULL;
    for (size_t i = 0; question->variants && k.status == BK_OK &&
                       i < bk_library_variants(question->library);
         i++) {
        const char *const name = bk_library_variant(question->library, i);
        add(&k, "variant", -1, 0.0, name, name);
    }
    for (int32_t i = 0;
         question->nodes && k.status == BK_OK && i < bk_model_symbols(question->logic);
         i++) {
        add_node(&k, i);
    }
    bk_names_free(k.seen);
    if (k.status != BK_OK) {
        bk_alterations_close(made);
    }
    return k.status;
}

/* --- cells of a table ------------------------------------------------------------ */

bk_status bk_add_value_columns(bk_table *table, const bk_readouts *readouts,
                               const char *first, const char *second)
{
    bk_status status = BK_OK;
    bk_text name = {0};
    for (size_t k = 0; k < 2 * bk_readouts_count(readouts) && status == BK_OK; k++) {
        bk_text_clear(&name);
        bk_text_printf(&name, "%s_%s", k % 2 == 0 ? first : second,
                       bk_readouts_name(readouts, k / 2));
        status = name.failed ? BK_NO_MEMORY
                             : bk_table_add_column(table, name.data, BK_REAL, NULL);
    }
    bk_text_free(&name);
    return status == BK_OK ? bk_table_add_column(table, "note", BK_TEXT, NULL) : status;
}

bk_status bk_put_text(bk_table *table, size_t row, int column, const char *text)
{
    return text != NULL && text[0] != '\0' ? bk_table_set_text(table, row, column, text)
                                           : BK_OK;
}

bk_status bk_put_real(bk_table *table, size_t row, int column, double value)
{
    return isnan(value) ? BK_OK : bk_table_set_real(table, row, column, value);
}

/* --- values ----------------------------------------------------------------------- */

static bk_status take_values(const bk_table *table, bk_measured *measured, size_t n,
                             size_t readouts, bk_arena *arena)
{
    const int note = bk_table_columns(table) - 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < readouts; k++) {
            const int column = 2 + (int)k;
            measured[i].values[k] = bk_table_missing(table, i, column)
                                        ? (double)NAN
                                        : bk_table_real(table, i, column);
        }
        if (!bk_table_missing(table, i, note)) {
            measured[i].note = bk_arena_text(arena, bk_table_text(table, i, note));
            if (measured[i].note == NULL) {
                return BK_NO_MEMORY;
            }
        }
    }
    return BK_OK;
}

bk_status bk_measure_all(const bk_resistance *question, bk_measured *measured, size_t n,
                         bk_arena *arena)
{
    const size_t readouts = bk_readouts_count(question->readouts);
    bk_condition *const conditions = bk_alloc_zero(n + 1, sizeof *conditions);
    bk_diag *const quiet = bk_diag_new(); /* what fails is told in its row */
    bk_table *table = NULL;
    bk_status status = conditions != NULL && quiet != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; status == BK_OK && i < n; i++) {
        conditions[i] = measured[i].condition;
    }
    if (status == BK_OK) {
        status = bk_screen_run(question->system, question->library, conditions, n,
                               question->readouts, &question->screen, quiet, &table);
        status = status == BK_PARTIAL ? BK_OK : status;
    }
    if (status == BK_OK) {
        status = take_values(table, measured, n, readouts, arena);
    }
    bk_table_free(table);
    bk_diag_free(quiet);
    bk_free(conditions);
    return status;
}

static bk_status check_background(const bk_library *library, const char *background,
                                  bk_diag *diag)
{
    bk_scenario *const edits = bk_scenario_new("background");
    const bk_status status =
        edits != NULL ? bk_library_background_scenario(
                            library, background, (bk_where){.file = NULL}, diag, edits)
                      : BK_NO_MEMORY;
    bk_scenario_free(edits);
    return status;
}

bk_status bk_measure_plain(const bk_resistance *question, const char *background,
                           const bk_scenario *cell, bk_arena *arena, bk_diag *diag,
                           double **values)
{
    const size_t n = bk_readouts_count(question->readouts);
    bk_status status = background != NULL
                           ? check_background(question->library, background, diag)
                           : BK_OK;
    double *const made =
        status == BK_OK ? bk_alloc_zero(2 * n + 1, sizeof *made) : NULL;
    if (made == NULL) {
        return status == BK_OK ? BK_NO_MEMORY : status;
    }
    bk_measured both[2] = {
        {.condition = {background, NULL, cell}, .values = made},
        {.condition = {background, question->treatment, cell}, .values = made + n}};
    status = bk_measure_all(question, both, 2, arena);
    for (size_t i = 0; status == BK_OK && i < 2 * n; i++) {
        if (isnan(made[i])) {
            const char *const note = both[i / n].note;
            bk_diag_add(diag, BK_ERROR, (bk_where){.file = NULL}, "resistance-plain",
                        "the cell has no steady state %s: %s",
                        i < n ? "untreated" : "under the treatment",
                        note != NULL ? note : "nothing was measured");
            status = BK_NUMERICAL;
        }
    }
    if (status != BK_OK) {
        bk_free(made);
        return status;
    }
    *values = made;
    return BK_OK;
}
