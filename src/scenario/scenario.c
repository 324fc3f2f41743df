/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario_impl.h"

#include "base/alloc.h"

#include <string.h>

bk_scenario *bk_scenario_new(const char *name)
{
    bk_scenario *const scenario = bk_alloc_zero(1, sizeof *scenario);
    bk_arena *const arena = bk_arena_new();
    if (scenario != NULL && arena != NULL) {
        scenario->arena = arena;
        scenario->name = bk_arena_text(arena, name != NULL ? name : "");
        if (scenario->name != NULL) {
            return scenario;
        }
    }
    bk_arena_free(arena);
    bk_free(scenario);
    return NULL;
}

void bk_scenario_free(bk_scenario *scenario)
{
    if (scenario != NULL) {
        bk_arena_free(scenario->arena);
        bk_free(scenario->edits);
        bk_free(scenario);
    }
}

bk_scenario *bk_scenario_copy(const bk_scenario *scenario)
{
    bk_scenario *const copy = bk_scenario_new(scenario->name);
    if (copy != NULL && bk_scenario_append(copy, scenario) != BK_OK) {
        bk_scenario_free(copy);
        return NULL;
    }
    return copy;
}

const char *bk_scenario_name(const bk_scenario *scenario)
{
    return scenario->name;
}

size_t bk_scenario_edits(const bk_scenario *scenario)
{
    return scenario->n;
}

bk_status bk_scenario_add(bk_scenario *scenario, const bk_edit *edit)
{
    bk_edit kept = *edit;
    const char *const file = edit->where.file;
    if (file != NULL && (scenario->file == NULL || strcmp(scenario->file, file) != 0)) {
        const char *const copy = bk_arena_text(scenario->arena, file);
        if (copy == NULL) {
            return BK_NO_MEMORY;
        }
        scenario->file = copy;
    }
    kept.where.file = file != NULL ? scenario->file : NULL;
    kept.name = bk_arena_text(scenario->arena, edit->name);
    kept.target = bk_arena_text(scenario->arena, edit->target);
    if (kept.name == NULL || (edit->target != NULL && kept.target == NULL) ||
        !bk_grow(&scenario->edits, &scenario->capacity, scenario->n + 1, sizeof kept)) {
        return BK_NO_MEMORY;
    }
    scenario->edits[scenario->n++] = kept;
    return BK_OK;
}

bk_status bk_scenario_append(bk_scenario *scenario, const bk_scenario *more)
{
    const size_t before = scenario->n;
    const size_t n = more->n;
    for (size_t i = 0; i < n; i++) {
        /* A copy, because a scenario may be appended to itself. */
        const bk_edit edit = more->edits[i];
        if (bk_scenario_add(scenario, &edit) != BK_OK) {
            scenario->n = before;
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

/* The file's name without its folder and suffix, in name[size]. */
static void base_name(const char *path, char *name, size_t size)
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash != NULL ? slash + 1 : path;
    const char *const dot = strrchr(base, '.');
    size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    length = length < size ? length : size - 1;
    memcpy(name, base, length);
    name[length] = '\0';
}

bk_status bk_scenario_read(const char *path, bk_diag *diag, bk_scenario **scenario)
{
    char *text;
    size_t length;
    const int status = bk_file_read(path, diag, &text, &length);
    if (status != BK_OK) {
        return (bk_status)status;
    }
    char name[256];
    base_name(path, name, sizeof name);
    bk_scenario *const made = bk_scenario_new(name);
    bk_status result = made != NULL ? BK_OK : BK_NO_MEMORY;
    const bk_where where = {.file = path, .line = 1, .column = 1};
    if (result == BK_OK && strlen(text) != length) {
        bk_diag_add(diag, BK_ERROR, where, "scenario-nul",
                    "the file holds a NUL byte; a scenario is a plain text");
        result = BK_BAD_INPUT;
    }
    if (result == BK_OK) {
        result = bk_scenario_parse(made, BK_BACKGROUND, text, where, diag);
    }
    bk_free(text);
    if (result != BK_OK) {
        bk_scenario_free(made);
        return result;
    }
    *scenario = made;
    return BK_OK;
}
