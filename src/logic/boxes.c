/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/boxes.h"

#include "base/alloc.h"

#include <limits.h>

typedef struct boxes {
    bk_rails *rails;
    bk_reduced *net;
    bk_attractor_kind kind;
    const bool *projected;
    bool apart;          /* further answers are disjoint from those before */
    uint8_t *low, *high; /* [n] the answer at hand */
} boxes;

static void add(boxes *b, int literal)
{
    bk_sat_add(b->rails->sat, literal);
}

/* Literals of a clause: some level of the box at hand is left out, or (outside) one
 * beyond it is taken in; through add or constrain.  How many. */
static int strictly(boxes *b, bool inside, void (*put)(boxes *, int))
{
    const bk_rails *const r = b->rails;
    int n = 0;
    for (int32_t i = 0; i < b->net->n_core; i++) {
        const int32_t x = b->net->core[i];
        if (inside && b->low[x] < b->high[x]) {
            put(b, bk_rail_low(r, x, b->low[x] + 1));
            put(b, -bk_rail_high(r, x, b->high[x]));
            n += 2;
        }
        if (!inside && b->low[x] > b->net->low[x]) {
            put(b, -bk_rail_low(r, x, b->low[x]));
            n++;
        }
        if (!inside && b->high[x] < b->net->high[x]) {
            put(b, bk_rail_high(r, x, b->high[x] + 1));
            n++;
        }
    }
    return n;
}

static void constrain(boxes *b, int literal)
{
    bk_sat_constrain(b->rails->sat, literal);
}

static void assume_within(boxes *b)
{
    const bk_rails *const r = b->rails;
    for (int32_t i = 0; i < b->net->n_core; i++) {
        const int32_t x = b->net->core[i];
        if (b->low[x] > b->net->low[x]) {
            bk_sat_assume(r->sat, bk_rail_low(r, x, b->low[x]));
        }
        if (b->high[x] < b->net->high[x]) {
            bk_sat_assume(r->sat, -bk_rail_high(r, x, b->high[x] + 1));
        }
    }
}

static void assume_around(boxes *b)
{
    const bk_rails *const r = b->rails;
    for (int32_t i = 0; i < b->net->n_core; i++) {
        const int32_t x = b->net->core[i];
        if (b->low[x] < b->net->high[x]) {
            bk_sat_assume(r->sat, -bk_rail_low(r, x, b->low[x] + 1));
        }
        if (b->high[x] > b->net->low[x]) {
            bk_sat_assume(r->sat, bk_rail_high(r, x, b->high[x]));
        }
    }
}

/* From an answer to a minimal or a maximal one. */
static void improve(boxes *b)
{
    const bool inwards = b->kind == BK_TRAP_SPACES_MIN;
    for (;;) {
        if (inwards) {
            bk_reduced_percolate(b->net, b->low, b->high);
        }
        if (strictly(b, inwards, constrain) == 0) {
            return;
        }
        constrain(b, 0);
        if (inwards) {
            assume_within(b);
        } else {
            assume_around(b);
        }
        if (!bk_sat_solve(b->rails->sat)) {
            return;
        }
        bk_rails_read(b->rails, b->low, b->high);
    }
}

/* Never this one again; literals that say that further answers differ.  False: there can
 * be no further one. */
static bool block(boxes *b)
{
    const bk_rails *const r = b->rails;
    int n = 0;
    if (b->kind == BK_TRAP_SPACES_MAX && !b->apart) {
        n = strictly(b, false, add);
        add(b, 0);
        return n > 0;
    }
    const bool all = b->kind == BK_TRAP_SPACES;
    n += all ? strictly(b, true, add) : 0;
    for (int32_t i = 0; i < b->net->n_core; i++) {
        const int32_t x = b->net->core[i];
        if (b->projected != NULL && !b->projected[x]) {
            continue;
        }
        if (b->high[x] < b->net->high[x]) {
            const int t = b->high[x] + 1;
            add(b, all ? bk_rail_high(r, x, t) : bk_rail_low(r, x, t));
            n++;
        }
        if (b->low[x] > b->net->low[x]) {
            const int t = b->low[x];
            add(b, all ? -bk_rail_low(r, x, t) : -bk_rail_high(r, x, t));
            n++;
        }
    }
    add(b, 0);
    return n > 0;
}

/* What an answer must be besides what the rails say. */
static void ask(boxes *b)
{
    const bk_rails *const r = b->rails;
    if (b->kind == BK_TRAP_SPACES_MAX) {
        for (int32_t i = 0; i < b->net->n_core; i++) {
            const int32_t x = b->net->core[i];
            add(b, bk_rail_low(r, x, b->net->low[x] + 1));
            add(b, -bk_rail_high(r, x, b->net->high[x]));
        }
        add(b, 0);
    }
    for (int32_t i = 0; b->kind == BK_TRAP_SPACES_MIN && i < b->net->n_core; i++) {
        const int32_t x = b->net->core[i];
        for (int t = b->net->low[x] + 1;
             t <= b->net->high[x] && bk_reduced_free_input(b->net, x); t++) {
            add(b, bk_rail_low(r, x, t));
            add(b, -bk_rail_high(r, x, t));
            add(b, 0);
        }
    }
}

static bk_status each(boxes *b, bk_box_clauses *clauses, long max_results,
                      bk_box_found *found, void *context, bool *complete)
{
    bk_reduced *const net = b->net;
    const bk_attractor_kind kind = b->kind;
    b->low = bk_alloc_zero((size_t)net->n + 1, 1);
    b->high = bk_alloc_zero((size_t)net->n + 1, 1);
    bk_status status = b->low != NULL && b->high != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_rails_new(net, kind == BK_FIXED_POINTS, NULL, &b->rails);
    }
    bool more = status == BK_OK;
    bool all = true;
    if (more) {
        ask(b);
        if (clauses != NULL) {
            clauses(context, b->rails);
        }
    }
    for (long count = 0; more && bk_sat_solve(b->rails->sat); count++) {
        if (count == max_results) {
            all = false;
            break;
        }
        bk_rails_read(b->rails, b->low, b->high);
        if (kind == BK_TRAP_SPACES_MIN || kind == BK_TRAP_SPACES_MAX) {
            improve(b);
        }
        if (bk_sat_stopped(b->rails->sat)) {
            break; /* maybe neither minimal nor maximal yet */
        }
        if (!found(context, b->low, b->high)) {
            status = BK_NO_MEMORY;
            break;
        }
        more = block(b);
    }
    all = all && (b->rails == NULL || !bk_sat_stopped(b->rails->sat));
    bk_rails_free(b->rails);
    bk_free(b->low);
    bk_free(b->high);
    if (status == BK_OK) {
        *complete = all;
    }
    return status;
}

bk_status bk_boxes_each(bk_reduced *net, bk_attractor_kind kind, const bool *projected,
                        bk_box_clauses *clauses, long max_results, bk_box_found *found,
                        void *context, bool *complete)
{
    boxes b = {.net = net, .kind = kind, .projected = projected};
    return each(&b, clauses, max_results, found, context, complete);
}

bk_status bk_boxes_apart(bk_reduced *net, bk_box_found *found, void *context,
                         bool *complete)
{
    boxes b = {.net = net, .kind = BK_TRAP_SPACES_MAX, .apart = true};
    return each(&b, NULL, LONG_MAX, found, context, complete);
}
