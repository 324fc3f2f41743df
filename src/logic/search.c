/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/attractors_impl.h"
#include "logic/box.h"
#include "logic/explore.h"

#include <string.h>

/* Asynchronous attractors by looking at every state of the box that holds them all. */

typedef struct finding {
    bk_search *search;
    bk_space *space;
    bool short_of_memory;
} finding;

bool bk_search_describe(bk_attractors *attractors, const bk_space *space,
                        const uint32_t *ids, uint32_t count, bk_attractor *one)
{
    const size_t n = (size_t)attractors->n;
    uint8_t *const low = bk_arena_alloc(attractors->arena, 2 * n + 1);
    double *const mean = bk_arena_zero(attractors->arena, n + 1, sizeof *mean);
    if (low == NULL || mean == NULL) {
        return false;
    }
    uint8_t *const high = low + n;
    for (int32_t x = 0; x < attractors->n; x++) {
        int least = UINT8_MAX;
        int most = 0;
        double sum = 0.0;
        for (uint32_t i = 0; i < count; i++) {
            const int level = bk_space_level(space, ids[i], x);
            least = level < least ? level : least;
            most = level > most ? level : most;
            sum += (double)level;
        }
        low[x] = (uint8_t)least;
        high[x] = (uint8_t)most;
        mean[x] = sum / (double)count;
    }
    *one = (bk_attractor){.size = (long)count, .low = low, .high = high, .mean = mean};
    return true;
}

static bool record(void *context, const uint32_t *ids, uint32_t count)
{
    finding *const f = context;
    bk_search *const search = f->search;
    bk_attractors *const a = search->attractors;
    if (count == 1) {
        return true;
    }
    if (a->count == (size_t)search->max_results) {
        search->full = true;
        return true;
    }
    if (!bk_grow(&a->found, &a->capacity, a->count + 1, sizeof *a->found) ||
        !bk_search_describe(a, f->space, ids, count, &a->found[a->count])) {
        f->short_of_memory = true;
        return false;
    }
    a->count++;
    return true;
}

/* A free input has no state that its background does not leave it. */
static bool possible(const finding *f, uint32_t id)
{
    const bk_logic_work *const w = f->search->work;
    const bk_logic_system *const s = w->system;
    if (!f->search->settings->free_inputs) {
        return true;
    }
    for (int32_t x = 0; x < s->n; x++) {
        if (s->dd[x] != NULL || w->held[x]) {
            continue;
        }
        const uint8_t *const drive = w->drive + s->first_level[x];
        const int level = bk_space_level(f->space, id, x);
        int from = 0;
        while (from <= s->max[x] && drive[from] != level) {
            from++;
        }
        if (from > s->max[x]) {
            return false;
        }
    }
    return true;
}

static bk_status single_everywhere(finding *f, bk_explorer *explorer)
{
    const uint32_t count = bk_space_count(f->space);
    bk_status status = BK_OK;
    for (uint32_t id = 0; id < count && status == BK_OK; id++) {
        if (!bk_explorer_closed(explorer, id) && possible(f, id)) {
            bk_space_go(f->space, id);
            status = bk_explorer_explore(explorer, UINT32_MAX - 1);
        }
    }
    return status;
}

static bk_status single(finding *f)
{
    bk_explorer *const explorer = bk_explorer_new(f->search->work, f->space, record, f);
    if (explorer == NULL) {
        return BK_NO_MEMORY;
    }
    const bk_status status = single_everywhere(f, explorer);
    bk_explorer_free(explorer);
    return status;
}

static void put_start(bk_search *search)
{
    const bk_logic_work *const w = search->work;
    const bk_logic_system *const s = w->system;
    for (int32_t x = 0; x < s->n; x++) {
        const bool free = search->settings->free_inputs && s->dd[x] == NULL;
        search->row[x] =
            free && !w->held[x] ? w->cells[x].drive[w->input[x]] : w->begin[x];
    }
    bk_logic_put(search->work, search->row);
}

bk_status bk_search_explore(bk_search *search, bool *proven)
{
    bk_logic_work *const w = search->work;
    const bk_logic_system *const s = w->system;
    for (int32_t x = 0; x < s->n && search->settings->free_inputs; x++) {
        w->cells[x].held = w->held[x] || s->dd[x] == NULL;
    }
    finding f = {.search = search,
                 .space = bk_space_new(w, search->low, search->high, true)};
    if (f.space == NULL) {
        return BK_NO_MEMORY;
    }
    put_start(search);
    const bk_status status = single(&f);
    bk_space_free(f.space);
    *proven = status == BK_OK;
    return status == BK_PARTIAL ? BK_OK : status;
}
