/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/text.h"
#include "logic/attractors_impl.h"
#include "logic/box.h"
#include "logic/boxes.h"
#include "logic/succession.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void bk_attractors_free(bk_attractors *attractors)
{
    if (attractors != NULL) {
        bk_free(attractors->found);
        bk_arena_free(attractors->arena);
        bk_free(attractors);
    }
}

static bk_status start(const bk_logic_system *s, bk_attractors **attractors)
{
    bk_attractors *const a = bk_alloc_zero(1, sizeof *a);
    if (a == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t symbols = (size_t)s->head.model->n_symbols;
    a->model = s->head.model;
    a->n = s->n;
    a->arena = bk_arena_new();
    a->node = a->arena == NULL
                  ? NULL
                  : bk_arena_alloc(a->arena, (symbols + 1) * sizeof *a->node);
    if (a->node == NULL) {
        bk_attractors_free(a);
        return BK_NO_MEMORY;
    }
    memcpy(a->node, s->node, symbols * sizeof *a->node);
    *attractors = a;
    return BK_OK;
}

static bool add_box(void *context, const uint8_t *low, const uint8_t *high)
{
    const bk_search *const search = context;
    bk_attractors *const a = search->attractors;
    const size_t n = (size_t)a->n;
    uint8_t *const kept = bk_arena_alloc(a->arena, 2 * n + 1);
    if (kept == NULL ||
        !bk_grow(&a->found, &a->capacity, a->count + 1, sizeof *a->found)) {
        return false;
    }
    memcpy(kept, low, n);
    memcpy(kept + n, high, n);
    const double states = bk_logic_box_states(search->work, low, high);
    a->found[a->count++] =
        (bk_attractor){.size = states < (double)LONG_MAX ? (long)states : -1,
                       .low = kept,
                       .high = kept + n};
    return true;
}

static int compare_boxes(const void *a, const void *b, void *n)
{
    const bk_attractor *const one = a;
    const bk_attractor *const other = b;
    const int by_low = memcmp(one->low, other->low, *(const size_t *)n);
    return by_low != 0 ? by_low : memcmp(one->high, other->high, *(const size_t *)n);
}

void bk_attractors_sort(bk_attractors *a)
{
    size_t n = (size_t)a->n;
    if (a->count > 1) {
        qsort_r(a->found, a->count, sizeof *a->found, compare_boxes, &n);
    }
}

/* Where minimal trap spaces are many it is quicker to go down to them than to ask for one
 * beside all others. */
enum { FEW = 256 };

static bk_status descend(bk_search *search, bool *all)
{
    bk_attractors *const a = search->attractors;
    a->count = 0;
    const bk_status status =
        bk_succession(search, search->low, search->high, false, all);
    for (size_t k = 0; k < a->count; k++) {
        const double states =
            bk_logic_box_states(search->work, a->found[k].low, a->found[k].high);
        a->found[k].size = states < (double)LONG_MAX ? (long)states : -1;
    }
    return status;
}

/* All boxes of a kind, sorted, and the network that they are of. */
static bk_status add_boxes(bk_search *search, bk_attractor_kind kind,
                           bk_reduced **reduced, bool *complete)
{
    const bk_logic_work *const w = search->work;
    const bk_attractor_settings *const settings = search->settings;
    bk_attractors *const a = search->attractors;
    const bool inner = kind == BK_FIXED_POINTS || kind == BK_TRAP_SPACES_MIN;
    bool *projected = NULL;
    bk_status status = BK_OK;
    if (!inner) {
        status =
            bk_logic_box(w, settings->free_inputs, false, search->low, search->high);
    }
    if (status == BK_OK && settings->projected != NULL) {
        projected = bk_arena_zero(a->arena, (size_t)a->n + 1, 1);
        status = projected == NULL ? BK_NO_MEMORY : BK_OK;
        for (size_t i = 0; status == BK_OK && i < settings->n_projected; i++) {
            projected[a->node[settings->projected[i]]] = true;
        }
    }
    if (status == BK_OK) {
        status = bk_reduce(w, settings->free_inputs, search->low, search->high,
                           inner && projected == NULL, reduced);
    }
    if (status == BK_OK) {
        const bool many = kind == BK_TRAP_SPACES_MIN && search->max_results > FEW;
        status =
            bk_boxes_each(*reduced, kind, projected, NULL,
                          many ? FEW : search->max_results, add_box, search, complete);
        if (status == BK_OK && many && !*complete && !bk_logic_cancelled(w)) {
            status = descend(search, complete);
        }
    }
    bk_attractors_sort(a);
    return status;
}

static void tell_open(bk_search *search)
{
    bk_attractors *const a = search->attractors;
    char inside[160] = "";
    if (search->inside_open > 0) {
        bk_c_snprintf(inside, sizeof inside,
                      "in %zu of the minimal trap spaces there may be more than one "
                      "attractor%s",
                      search->inside_open, search->outside_open ? "; " : "");
    }
    bk_c_snprintf(a->text, sizeof a->text, "%s%s", inside,
                  search->outside_open ? "there may be attractors outside the minimal "
                                         "trap spaces"
                                       : "");
}

static void tell(bk_search *search, bool all_boxes, bool proven)
{
    bk_attractors *const a = search->attractors;
    a->complete = all_boxes && !search->full && proven;
    if (a->complete) {
        return;
    }
    if (bk_logic_cancelled(search->work)) {
        bk_c_snprintf(a->text, sizeof a->text,
                      "stopped on the way: this is what was found until then");
    } else if (!all_boxes || search->full) {
        bk_c_snprintf(a->text, sizeof a->text,
                      "there are more than the %ld that were asked for",
                      search->max_results);
    } else if (search->outside_open || search->inside_open > 0) {
        tell_open(search);
    } else {
        bk_c_snprintf(
            a->text, sizeof a->text,
            "all fixed points are here, and the cycles that random states and "
            "the start state led to; there may be other cycles");
    }
}

/* Few enough states that looking at all of them is the quickest. */
enum { MOST_LOOKED_AT = 4096 };

static bk_status find(bk_search *search)
{
    const bk_attractor_settings *const settings = search->settings;
    const size_t n = (size_t)search->work->system->n;
    bk_arena *const arena = search->attractors->arena;
    search->low = bk_arena_zero(arena, n + 1, 1);
    search->high = bk_arena_zero(arena, n + 1, 1);
    search->row = bk_arena_zero(arena, n + 1, 1);
    if (search->low == NULL || search->high == NULL || search->row == NULL) {
        return BK_NO_MEMORY;
    }
    bk_attractor_kind kind = settings->kind;
    bool prove = false;
    bk_status status = bk_logic_box(search->work, settings->free_inputs, true,
                                    search->low, search->high);
    if (status == BK_OK && kind == BK_ATTRACTORS) {
        const double states =
            bk_logic_box_states(search->work, search->low, search->high);
        prove = settings->update == BK_ASYNCHRONOUS &&
                (states > (double)search->max_states || states > MOST_LOOKED_AT);
        kind = BK_FIXED_POINTS;
    }
    bk_reduced *net = NULL;
    bool all_boxes = false;
    bool proven = true;
    if (status == BK_OK && prove) {
        status = bk_search_prove(search, &all_boxes);
        proven = !search->outside_open && search->inside_open == 0;
    } else if (status == BK_OK) {
        status = add_boxes(search, kind, &net, &all_boxes);
    }
    if (status == BK_OK && !prove && settings->kind == BK_ATTRACTORS && all_boxes) {
        status = settings->update == BK_SYNCHRONOUS
                     ? bk_search_cycles(search, net, &proven)
                     : bk_search_explore(search, &proven);
    }
    bk_reduced_free(net);
    tell(search, all_boxes, proven);
    return status;
}

/* Projection is for fixed points and onto levels. */
static bool settings_fit(const bk_system *system, const bk_attractor_settings *settings)
{
    if (!bk_logic_is_system(system) || settings->max_states < 0 ||
        settings->max_results < 0 ||
        (settings->projected != NULL && settings->kind != BK_FIXED_POINTS)) {
        return false;
    }
    const bk_logic_system *const s = (const bk_logic_system *)system;
    for (size_t i = 0; settings->projected != NULL && i < settings->n_projected; i++) {
        const int32_t symbol = settings->projected[i];
        if (symbol < 0 || symbol >= s->head.model->n_symbols || s->node[symbol] < 0) {
            return false;
        }
    }
    return true;
}

bk_status bk_attractors_find(const bk_system *logic_system, const bk_overlay *overlay,
                             const bk_attractor_settings *settings, bk_diag *diag,
                             bk_attractors **attractors)
{
    if (!settings_fit(logic_system, settings)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "attractors",
                    "attractors are those of a system compiled for logic (sync, async "
                    "or ctmc), with limits that are not negative; only fixed points "
                    "can be projected, on levels of the model");
        return BK_MISUSE;
    }
    bk_workspace *workspace = NULL;
    bk_status status = bk_logic_workspace(logic_system, &workspace);
    if (status != BK_OK) {
        return status;
    }
    bk_logic_work *const work = (bk_logic_work *)workspace;
    bk_logic_bind(work, overlay, NULL, false);
    work->cancelled = settings->cancelled;
    work->cancel_context = settings->cancel_context;
    status = bk_attractors_bound(work, settings, NULL, NULL, attractors);
    bk_workspace_free(workspace);
    return status;
}

bk_status bk_attractors_bound(bk_logic_work *work,
                              const bk_attractor_settings *settings,
                              bool (*enough)(void *context, const bk_attractor *found),
                              void *context, bk_attractors **attractors)
{
    bk_search search = {
        .work = work,
        .settings = settings,
        .enough = enough,
        .context = context,
        .max_states = settings->max_states > 0 ? settings->max_states : 4194304,
        .max_results = settings->max_results > 0 ? settings->max_results : 10000};
    bk_status status = start(search.work->system, &search.attractors);
    if (status == BK_OK) {
        search.attractors->update = settings->update;
        search.attractors->kind = settings->kind;
        status = find(&search);
    }
    if (status != BK_OK) {
        bk_attractors_free(search.attractors);
        return status;
    }
    *attractors = search.attractors;
    return BK_OK;
}

double bk_input_combinations(const bk_system *logic_system, const bk_overlay *overlay)
{
    const bk_logic_system *const s = (const bk_logic_system *)logic_system;
    double combinations = 1.0;
    for (int32_t x = 0; bk_logic_is_system(logic_system) && x < s->n; x++) {
        const bk_overlay_symbol *const record = bk_overlay_of(overlay, s->symbol[x]);
        int different = 0;
        int before = -1; /* what the background makes of levels rises with them */
        for (int level = 0; s->dd[x] == NULL && level <= s->max[x]; level++) {
            const int drive = bk_overlay_drive_level(record, level, s->max[x]);
            different += drive != before ? 1 : 0;
            before = drive;
        }
        combinations *= different > 1 ? different : 1;
    }
    return combinations;
}

size_t bk_attractors_count(const bk_attractors *attractors)
{
    return attractors->count;
}

bool bk_attractors_complete(const bk_attractors *attractors)
{
    return attractors->complete;
}

const char *bk_attractors_text(const bk_attractors *attractors)
{
    return attractors->text;
}

long bk_attractor_size(const bk_attractors *attractors, size_t i)
{
    return attractors->found[i].size;
}

int bk_attractor_low(const bk_attractors *attractors, size_t i, int32_t symbol)
{
    const int32_t x = attractors->node[symbol];
    return x < 0 ? 0 : attractors->found[i].low[x];
}

int bk_attractor_high(const bk_attractors *attractors, size_t i, int32_t symbol)
{
    const int32_t x = attractors->node[symbol];
    return x < 0 ? 0 : attractors->found[i].high[x];
}

double bk_attractor_mean(const bk_attractors *attractors, size_t i, int32_t symbol)
{
    const int32_t x = attractors->node[symbol];
    if (x < 0) {
        return (double)NAN;
    }
    const bk_attractor *const a = &attractors->found[i];
    return a->mean != NULL           ? a->mean[x]
           : a->low[x] == a->high[x] ? (double)a->low[x]
                                     : (double)NAN;
}

static bool has_boxes(const bk_attractors *a)
{
    return a->kind != BK_ATTRACTORS && a->kind != BK_FIXED_POINTS;
}

static bk_status add_columns(const bk_attractors *a, bk_table *table)
{
    const bk_type type = has_boxes(a) ? BK_TEXT : BK_REAL;
    bk_status status = bk_table_add_column(table, "number", BK_INTEGER, NULL);
    if (status == BK_OK) {
        status = bk_table_add_column(table, "type", BK_TEXT, NULL);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(table, "size", BK_INTEGER, NULL);
    }
    bk_text name = {0};
    for (int32_t i = 0; i < a->model->n_symbols && status == BK_OK; i++) {
        if (a->node[i] < 0) {
            continue;
        }
        const char *const id = bk_symbol_id(a->model, i);
        status = bk_table_add_column(table, id, type, NULL);
        if (status == BK_MISUSE) {
            /* A level is called "size" or the like. */
            bk_text_clear(&name);
            bk_text_printf(&name, "level(%s)", id);
            status = name.failed ? BK_NO_MEMORY
                                 : bk_table_add_column(table, name.data, type, NULL);
        }
    }
    bk_text_free(&name);
    return status;
}

static const char *type_of(const bk_attractors *a, size_t i)
{
    return a->found[i].size == 1         ? "fixed point"
           : has_boxes(a)                ? "trap space"
           : a->update == BK_SYNCHRONOUS ? "cycle"
                                         : "complex";
}

static bk_status set_level(const bk_attractors *a, size_t i, int32_t symbol,
                           bk_table *table, size_t row, int column)
{
    if (!has_boxes(a)) {
        return bk_table_set_real(table, row, column, bk_attractor_mean(a, i, symbol));
    }
    char text[16];
    const int low = bk_attractor_low(a, i, symbol);
    const int high = bk_attractor_high(a, i, symbol);
    bk_c_snprintf(text, sizeof text, low == high ? "%d" : "%d..%d", low, high);
    return bk_table_set_text(table, row, column, text);
}

static bk_status add_attractor(const bk_attractors *a, size_t i, bk_table *table)
{
    size_t row;
    int column = 3;
    bk_status status = bk_table_add_row(table, &row);
    if (status == BK_OK) {
        status = bk_table_set_integer(table, row, 0, (int64_t)i + 1);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(table, row, 1, type_of(a, i));
    }
    if (status == BK_OK && a->found[i].size >= 0) {
        status = bk_table_set_integer(table, row, 2, (int64_t)a->found[i].size);
    }
    for (int32_t s = 0; s < a->model->n_symbols && status == BK_OK; s++) {
        if (a->node[s] >= 0) {
            status = set_level(a, i, s, table, row, column++);
        }
    }
    return status;
}

bk_status bk_attractors_table(const bk_attractors *attractors, bk_table **table)
{
    bk_table *const made = bk_table_new();
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = add_columns(attractors, made);
    for (size_t i = 0; i < attractors->count && status == BK_OK; i++) {
        status = add_attractor(attractors, i, made);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}
