/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/attractors_impl.h"
#include "logic/explore.h"
#include "logic/retained.h"
#include "logic/succession.h"

#include <string.h>

/* Asynchronous attractors from the minimal trap spaces, each of which holds at least one:
 * what is proven is that none holds a second, and that there are none elsewhere.  The few
 * candidate states that stand for all attractors of a part say so at once, or by
 * exploring the core from them. */

enum { MOST_SIZED = 1 << 20 };

typedef struct deciding {
    bk_search *search;
    bk_reduced *net; /* of the part; NULL: the whole network, to size one attractor */
    bk_space *space;
    size_t known;    /* the first boxes of the list are no news */
    size_t replaced; /* the entry that the first one found replaces; SIZE_MAX: none */
    bool short_of_memory;
} deciding;

static bool in_known_box(const deciding *d, uint32_t id)
{
    const bk_attractors *const a = d->search->attractors;
    for (size_t k = 0; k < d->known; k++) {
        int32_t i = 0;
        for (; i < d->net->n_core; i++) {
            const int32_t x = d->net->core[i];
            const int level = bk_space_level(d->space, id, x);
            if (level < a->found[k].low[x] || level > a->found[k].high[x]) {
                break;
            }
        }
        if (i == d->net->n_core) {
            return true;
        }
    }
    return false;
}

/* One attractor of the core: its hull, and what outputs may be there. */
static bool take(void *context, const uint32_t *ids, uint32_t count)
{
    deciding *const d = context;
    bk_attractors *const a = d->search->attractors;
    const size_t n = (size_t)a->n;
    if (in_known_box(d, ids[0])) {
        return true;
    }
    uint8_t *const low = bk_arena_alloc(a->arena, 3 * n + 1);
    if (low == NULL ||
        !bk_grow(&a->found, &a->capacity, a->count + 1, sizeof *a->found)) {
        d->short_of_memory = true;
        return false;
    }
    uint8_t *const high = low + n;
    uint8_t *const state = high + n;
    for (int32_t x = 0; x < a->n; x++) {
        low[x] = high[x] = state[x] = (uint8_t)bk_space_level(d->space, ids[0], x);
        for (uint32_t i = 1; i < count; i++) {
            const uint8_t level = (uint8_t)bk_space_level(d->space, ids[i], x);
            low[x] = level < low[x] ? level : low[x];
            high[x] = level > high[x] ? level : high[x];
        }
    }
    bk_reduced_fill(d->net, low, high);
    const size_t entry = d->replaced != SIZE_MAX ? d->replaced : a->count++;
    d->replaced = SIZE_MAX;
    a->found[entry] =
        (bk_attractor){.size = -1, .low = low, .high = high, .state = state};
    return true;
}

/* All attractors that these states of the core lead to; *closed: every state they lead
 * to was seen. */
static bk_status decide(deciding *d, const uint8_t *states, size_t count, bool *closed)
{
    bk_search *const search = d->search;
    bk_logic_work *const w = search->work;
    bk_retained_hold(w, d->net);
    d->space = bk_space_new(w, d->net->low, d->net->high, false);
    bk_explorer *const explorer =
        d->space == NULL ? NULL : bk_explorer_new(w, d->space, take, d);
    bk_status status = explorer == NULL ? BK_NO_MEMORY : BK_OK;
    *closed = true;
    for (size_t i = 0; i < count && status == BK_OK && *closed; i++) {
        bk_logic_put(w, states + i * (size_t)d->net->n);
        status = bk_explorer_explore(explorer, (uint32_t)search->max_states);
        *closed = status != BK_PARTIAL;
        status = status == BK_PARTIAL ? BK_OK : status;
    }
    bk_explorer_free(explorer);
    bk_space_free(d->space);
    bk_retained_release(w);
    return status;
}

/* Attractors within no minimal trap space, where the descent did not show that there are
 * none. */
static bk_status prove_outside(bk_search *search)
{
    bk_attractors *const a = search->attractors;
    bk_reduced *net = NULL;
    uint8_t *states = NULL;
    size_t count = 0;
    bool all = false;
    bool closed = true;
    bk_status status = bk_reduce(search->work, search->settings->free_inputs,
                                 search->low, search->high, true, &net);
    if (status == BK_OK) {
        status = bk_retained_states(search->work, net, a->found, a->count, 0, &states,
                                    &count, &all);
    }
    if (status == BK_OK && count > 0) {
        deciding d = {
            .search = search, .net = net, .known = a->count, .replaced = SIZE_MAX};
        status = decide(&d, states, count, &closed);
    }
    search->outside_open = !all || !closed;
    bk_free(states);
    bk_reduced_free(net);
    return status;
}

/* Attractors within the k-th minimal trap space. */
static bk_status prove_inside(bk_search *search, size_t k)
{
    bk_attractors *const a = search->attractors;
    const size_t n = (size_t)a->n;
    bk_reduced *net = NULL;
    uint8_t *states = NULL;
    size_t count = 0;
    bool all = false;
    bool closed = true;
    bk_status status = bk_reduce(search->work, search->settings->free_inputs,
                                 a->found[k].low, a->found[k].high, true, &net);
    if (status == BK_OK) {
        status =
            bk_retained_states(search->work, net, NULL, 0, 1, &states, &count, &all);
    }
    if (status == BK_OK && all && count > 0) {
        uint8_t *const kept = bk_arena_alloc(a->arena, n + 1);
        status = kept == NULL ? BK_NO_MEMORY : BK_OK;
        if (status == BK_OK) {
            memcpy(kept, states, n);
            a->found[k].state = kept;
        }
    }
    if (status == BK_OK && count > 1) {
        deciding d = {.search = search, .net = net, .replaced = k};
        status = decide(&d, states, count, &closed);
    }
    search->inside_open += all && closed ? 0 : 1;
    bk_free(states);
    bk_reduced_free(net);
    return status;
}

static bool size_one(void *context, const uint32_t *ids, uint32_t count)
{
    deciding *const d = context;
    bk_attractors *const a = d->search->attractors;
    return bk_search_describe(a, d->space, ids, count, &a->found[d->replaced]);
}

/* How many states each has, and the means there, as far as they are few enough. */
static bk_status size_all(bk_search *search)
{
    bk_attractors *const a = search->attractors;
    bk_logic_work *const w = search->work;
    size_t open = 0;
    for (size_t k = 0; k < a->count; k++) {
        open += a->found[k].size < 0 && a->found[k].state != NULL ? 1 : 0;
    }
    long left = search->max_states < MOST_SIZED ? search->max_states : MOST_SIZED;
    bk_status status = BK_OK;
    for (size_t k = 0; k < a->count && status == BK_OK; k++) {
        if (a->found[k].size >= 0 || a->found[k].state == NULL) {
            continue;
        }
        const long most = left / (long)open--;
        deciding d = {.search = search, .replaced = k};
        d.space = bk_space_new(w, a->found[k].low, a->found[k].high, false);
        bk_explorer *const explorer =
            d.space == NULL ? NULL : bk_explorer_new(w, d.space, size_one, &d);
        status = explorer == NULL ? BK_NO_MEMORY : BK_OK;
        if (status == BK_OK) {
            bk_logic_put(w, a->found[k].state);
            status = bk_explorer_explore(explorer, (uint32_t)most);
            left -= (long)bk_space_count(d.space) < most ? (long)bk_space_count(d.space)
                                                         : most;
        }
        status = status == BK_PARTIAL ? BK_OK : status;
        bk_explorer_free(explorer);
        bk_space_free(d.space);
    }
    return status;
}

bk_status bk_search_prove(bk_search *search, bool *all)
{
    bk_attractors *const a = search->attractors;
    bk_status status = bk_succession(search, search->low, search->high, all);
    const size_t spaces = a->count;
    if (status == BK_OK && *all && search->outside_open) {
        status = prove_outside(search);
    }
    for (size_t k = 0; k < spaces && status == BK_OK && *all; k++) {
        if (a->found[k].size != 1 && a->found[k].state == NULL) {
            status = prove_inside(search, k);
        }
    }
    for (int32_t x = 0; x < a->n && search->settings->free_inputs; x++) {
        search->work->cells[x].held =
            search->work->held[x] || search->work->system->dd[x] == NULL;
    }
    if (status == BK_OK && !search->settings->count_only) {
        status = size_all(search);
    }
    return status;
}
