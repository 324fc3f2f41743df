/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/explore.h"

#include "base/alloc.h"

#include <string.h>

enum { NOT_YET = 0, CLOSED = UINT32_MAX };

typedef struct frame {
    uint32_t id;
    uint32_t code;  /* the event that led here */
    size_t untried; /* where its untried events start */
    bool leaves;    /* an edge leaves what will be its component */
} frame;

struct bk_explorer {
    bk_logic_work *work;
    bk_space *space;
    bk_found *found;
    void *context;
    uint32_t *number, *low; /* by id */
    size_t number_capacity, low_capacity;
    size_t known; /* ids that have a number, if only 0 */
    uint32_t *stack;
    size_t n_stack, stack_capacity;
    frame *frames;
    size_t n_frames, frames_capacity;
    uint32_t *untried;
    size_t n_untried, untried_capacity;
    uint32_t *codes; /* [n + hidden] */
    uint32_t next, closed;
};

bk_explorer *bk_explorer_new(bk_logic_work *work, bk_space *space, bk_found *found,
                             void *context)
{
    bk_explorer *const e = bk_alloc_zero(1, sizeof *e);
    if (e == NULL) {
        return NULL;
    }
    e->work = work;
    e->space = space;
    e->found = found;
    e->context = context;
    const size_t events = (size_t)work->system->n + (size_t)work->n_hidden;
    e->codes = bk_alloc((events + 1) * sizeof *e->codes);
    if (e->codes == NULL) {
        bk_explorer_free(e);
        return NULL;
    }
    return e;
}

void bk_explorer_free(bk_explorer *explorer)
{
    if (explorer == NULL) {
        return;
    }
    bk_free(explorer->number);
    bk_free(explorer->low);
    bk_free(explorer->stack);
    bk_free(explorer->frames);
    bk_free(explorer->untried);
    bk_free(explorer->codes);
    bk_free(explorer);
}

/* Room for every id there is, so that ids can be looked up without a check. */
static bool cover(bk_explorer *e)
{
    const size_t count = bk_space_count(e->space);
    if (count <= e->known) {
        return true;
    }
    if (!bk_grow(&e->number, &e->number_capacity, count, sizeof *e->number) ||
        !bk_grow(&e->low, &e->low_capacity, count, sizeof *e->low)) {
        return false;
    }
    memset(e->number + e->known, 0, (count - e->known) * sizeof *e->number);
    e->known = count;
    return true;
}

bool bk_explorer_closed(const bk_explorer *explorer, uint32_t id)
{
    return id < explorer->known && explorer->number[id] == CLOSED;
}

static void meet(bk_explorer *e, frame *f, uint32_t neighbour)
{
    if (e->number[neighbour] == CLOSED) {
        f->leaves = true;
    } else if (e->number[neighbour] < e->low[f->id]) {
        e->low[f->id] = e->number[neighbour];
    }
}

/* Takes up a state, in which the walk is now. */
static bool enter(bk_explorer *e, uint32_t id, uint32_t code)
{
    const int32_t n = bk_logic_events(e->work, e->codes);
    if (id == BK_NO_STATE || !cover(e) ||
        !bk_grow(&e->stack, &e->stack_capacity, e->n_stack + 1, sizeof *e->stack) ||
        !bk_grow(&e->frames, &e->frames_capacity, e->n_frames + 1, sizeof *e->frames) ||
        !bk_grow(&e->untried, &e->untried_capacity, e->n_untried + (size_t)n,
                 sizeof *e->untried)) {
        return false;
    }
    e->number[id] = e->low[id] = ++e->next;
    e->stack[e->n_stack++] = id;
    frame *const f = &e->frames[e->n_frames++];
    *f = (frame){.id = id, .code = code, .untried = e->n_untried};
    for (int32_t i = 0; i < n; i++) {
        const uint32_t neighbour = bk_space_beside(e->space, id, e->codes[i], false);
        if (neighbour == BK_NO_STATE || e->number[neighbour] == NOT_YET) {
            e->untried[e->n_untried++] = e->codes[i];
        } else {
            meet(e, f, neighbour);
        }
    }
    return true;
}

/* Ends the newest frame and takes the walk back. */
static bool leave(bk_explorer *e)
{
    const frame f = e->frames[--e->n_frames];
    bool ok = true;
    bool leaves = f.leaves;
    if (e->low[f.id] == e->number[f.id]) {
        size_t from = e->n_stack;
        do {
            from--;
            e->number[e->stack[from]] = CLOSED;
        } while (e->stack[from] != f.id);
        const uint32_t count = (uint32_t)(e->n_stack - from);
        e->closed += count;
        e->n_stack = from;
        ok = leaves || e->found(e->context, e->stack + from, count);
        leaves = true;
    }
    if (e->n_frames > 0) {
        frame *const parent = &e->frames[e->n_frames - 1];
        parent->leaves = parent->leaves || leaves;
        if (e->low[f.id] < e->low[parent->id]) {
            e->low[parent->id] = e->low[f.id];
        }
        bk_logic_apply(e->work, bk_logic_reverse(e->work, f.code));
    }
    return ok;
}

static void forget(bk_explorer *e)
{
    for (size_t i = 0; i < e->n_stack; i++) {
        e->number[e->stack[i]] = NOT_YET;
    }
    while (e->n_frames > 1) {
        e->n_frames--;
        bk_logic_apply(e->work, bk_logic_reverse(e->work, e->frames[e->n_frames].code));
    }
    e->n_stack = e->n_frames = e->n_untried = 0;
}

bk_status bk_explorer_explore(bk_explorer *explorer, uint32_t most)
{
    bk_explorer *const e = explorer;
    const uint32_t start = bk_space_here(e->space, true);
    e->next = 0;
    if (bk_explorer_closed(e, start)) {
        return BK_OK;
    }
    bool ok = enter(e, start, 0);
    for (long turn = 1; ok && e->n_frames > 0 && e->next <= most; turn++) {
        if (turn % 4096 == 0 && bk_logic_cancelled(e->work)) {
            break;
        }
        frame *const f = &e->frames[e->n_frames - 1];
        if (e->n_untried == f->untried) {
            ok = leave(e);
            continue;
        }
        const uint32_t code = e->untried[--e->n_untried];
        const uint32_t neighbour = bk_space_beside(e->space, f->id, code, true);
        if (neighbour == BK_NO_STATE || !cover(e)) {
            ok = false;
        } else if (e->number[neighbour] != NOT_YET) {
            meet(e, f, neighbour);
        } else {
            bk_logic_apply(e->work, code);
            ok = enter(e, neighbour, code);
        }
    }
    if (e->n_frames > 0) {
        forget(e);
        return ok ? BK_PARTIAL : BK_NO_MEMORY;
    }
    return ok ? BK_OK : BK_NO_MEMORY;
}
