/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/attractors_impl.h"
#include "logic/box.h"
#include "logic/boxes.h"
#include "logic/control_impl.h"
#include "logic/walk.h"

#include <limits.h>
#include <string.h>

/* A set under which some goal fails leaves a box that no move leaves and in which that
 * happens.  Inside it the moves are the same under every set that has what keeps the box
 * closed and else only interventions that agree with it: levels held where the box has them
 * anyway, arcs cut whose source the box has at the level seen. */

enum { MOST_WALKED = 20000, MOST_EXPLORED = 100000, MOST_FAILURES = 1024 };

typedef struct looking {
    const bk_judge *judge;
    bool found;
    uint8_t *low, *high; /* the failing box */
} looking;

static void bind(const bk_judge *j, const bk_set *set)
{
    bk_logic_bind(j->work, j->overlay, NULL, false);
    for (int i = 0; i < set->n; i++) {
        const bk_lever *const part = &j->parts[set->part[i]];
        if (part->source < 0) {
            bk_logic_fix(j->work, part->x, (uint8_t)part->level);
        } else {
            bk_logic_cut(j->work, part->source, part->x, (uint8_t)part->level);
        }
    }
}

/* Some goal fails throughout the box (throughout), or does not hold throughout. */
static void ask_for_failure(const looking *l, bk_rails *r, bool throughout)
{
    const bk_judge *const j = l->judge;
    const bk_reduced *const net = r->net;
    for (size_t i = 0; i < j->n_goals; i++) {
        const bk_goal *const g = &j->goals[i];
        if (net->low[g->x] > g->high || net->high[g->x] < g->low) {
            return; /* it fails everywhere */
        }
    }
    for (size_t i = 0; i < j->n_goals; i++) {
        const bk_goal *const g = &j->goals[i];
        if (g->low > net->low[g->x]) {
            bk_sat_add(r->sat, throughout ? -bk_rail_high(r, g->x, g->low)
                                          : -bk_rail_low(r, g->x, g->low));
        }
        if (g->high < net->high[g->x]) {
            bk_sat_add(r->sat, throughout ? bk_rail_low(r, g->x, g->high + 1)
                                          : bk_rail_high(r, g->x, g->high + 1));
        }
    }
    bk_sat_add(r->sat, 0);
}

static void ask_throughout(void *context, bk_rails *rails)
{
    ask_for_failure(context, rails, true);
}

static void ask_somewhere(void *context, bk_rails *rails)
{
    ask_for_failure(context, rails, false);
}

static bool fails(const bk_judge *j, const uint8_t *low, const uint8_t *high)
{
    for (size_t i = 0; i < j->n_goals; i++) {
        const bk_goal *const g = &j->goals[i];
        if (low[g->x] < g->low || high[g->x] > g->high) {
            return true;
        }
    }
    return false;
}

/* Ends the search by its false when a box fails. */
static bool look(void *context, const uint8_t *low, const uint8_t *high)
{
    looking *const l = context;
    const size_t n = (size_t)l->judge->net->n;
    l->found = fails(l->judge, low, high);
    if (l->found) {
        memcpy(l->low, low, n);
        memcpy(l->high, high, n);
    }
    return !l->found;
}

static bk_status look_at_spaces(looking *l, bk_reduced *net, bool throughout, bool *all)
{
    const bk_status status = bk_boxes_each(net, BK_TRAP_SPACES_MIN, NULL,
                                           throughout ? ask_throughout : ask_somewhere,
                                           LONG_MAX, look, l, all);
    return l->found ? BK_OK : status;
}

/* The smallest box around what is in l that no move leaves. */
static void close_box(looking *l, bk_reduced *net)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (int32_t i = 0; i < net->n_core; i++) {
            const int32_t x = net->core[i];
            int least;
            int most;
            if (net->dd[x] == NULL) {
                continue;
            }
            bk_reduced_range(net, x, l->low, l->high, &least, &most);
            if (least < l->low[x]) {
                l->low[x] = (uint8_t)least;
                changed = true;
            }
            if (most > l->high[x]) {
                l->high[x] = (uint8_t)most;
                changed = true;
            }
        }
    }
}

/* The outputs as they are where the core stays. */
static void settle_outputs(bk_logic_work *w, const bk_reduced *net)
{
    for (int32_t i = 0; i < net->n_outputs; i++) {
        const int32_t x = net->outputs[i];
        while (w->cells[x].move != 0) {
            bk_logic_apply(w, 2u * (uint32_t)x + (w->cells[x].move > 0 ? 1u : 0u));
        }
    }
}

/* Whether a walk that starts in an attractor, and so never leaves it, meets a state in
 * which a goal fails.  False says nothing. */
static bk_status walk_in(const bk_judge *j, const uint8_t *state, const uint8_t *box,
                         bool *met)
{
    bk_logic_work *const w = j->work;
    bk_reduced *net = NULL;
    bk_random random;
    const bk_status status =
        bk_reduce(w, j->settings->free_inputs, box, box + j->net->n, true, &net);
    if (status != BK_OK) {
        return status;
    }
    bk_random_start(&random, 1, 0, 0);
    bk_logic_put(w, state);
    settle_outputs(w, net);
    bk_reduced_free(net);
    for (long step = 0; step < MOST_WALKED && !*met; step++) {
        for (size_t i = 0; i < j->n_goals; i++) {
            const int level = w->cells[j->goals[i].x].state;
            *met = *met || level < j->goals[i].low || level > j->goals[i].high;
        }
        if (w->n_enabled == 0) {
            break;
        }
        bk_logic_apply(w, bk_logic_pick(w, &random));
    }
    return BK_OK;
}

/* Of an attractor that was not explored there are bounds, and often a state. */
static bk_status look_into(looking *l, const bk_attractor *a, const uint8_t *box,
                           bool *all)
{
    bool met = a->size >= 0;
    bk_status status = BK_OK;
    if (!met && a->state != NULL && l->judge->settings->in == BK_IN_ASYNCHRONOUS) {
        status = walk_in(l->judge, a->state, box, &met);
    }
    if (met) {
        memcpy(l->low, a->low, (size_t)l->judge->net->n);
        memcpy(l->high, a->high, (size_t)l->judge->net->n);
        l->found = true;
    } else {
        *all = false;
    }
    return status;
}

/* exact: attractors are explored where they are few enough states. */
static bk_status look_at_attractors(looking *l, bk_reduced *net, bool exact, bool *all)
{
    const bk_judge *const j = l->judge;
    const bool synchronous = j->settings->in == BK_IN_SYNCHRONOUS;
    const bk_attractor_settings settings = {
        .update = synchronous ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS,
        .free_inputs = j->settings->free_inputs,
        .count_only = !exact,
        .max_states = synchronous ? 0 : MOST_EXPLORED};
    const size_t n = (size_t)j->net->n;
    bk_attractors *a = NULL;
    uint8_t *const box = bk_alloc(2 * n + 1);
    bk_status status =
        box == NULL ? BK_NO_MEMORY : bk_attractors_bound(j->work, &settings, &a);
    if (status != BK_OK) {
        bk_free(box);
        return status;
    }
    memcpy(box, net->low, n);
    memcpy(box + n, net->high, n);
    *all = a->complete;
    for (size_t i = 0; i < a->count && !l->found && status == BK_OK; i++) {
        if (fails(j, a->found[i].low, a->found[i].high)) {
            status = look_into(l, &a->found[i], box, all);
        }
    }
    bk_attractors_free(a);
    bk_free(box);
    if (l->found) {
        close_box(l, net);
    }
    return status;
}

static bool agrees(const bk_lever *part, const uint8_t *low, const uint8_t *high)
{
    const int32_t x = part->source < 0 ? part->x : part->source;
    const int level = part->source < 0 ? part->level : part->raw;
    return low[x] == level && high[x] == level;
}

/* Whether the box is as it is only because of this intervention. */
static bool needed(const bk_judge *j, const bk_lever *part, const uint8_t *low,
                   const uint8_t *high)
{
    if (part->source >= 0) {
        return !agrees(part, low, high);
    }
    if (j->net->dd[part->x] == NULL) {
        return false; /* a free input may stay there by itself */
    }
    int least;
    int most;
    bk_reduced_range(j->net, part->x, low, high, &least, &most);
    return least != part->level || most != part->level;
}

static bk_status keep_failure(bk_judge *j, const bk_set *set, const uint8_t *low,
                              const uint8_t *high)
{
    bk_failure f = {.n_needed = 0};
    f.agrees = bk_arena_zero(j->arena, j->n_parts / 64 + 1, sizeof *f.agrees);
    if (f.agrees == NULL ||
        !bk_grow(&j->failures, &j->capacity, j->count + 1, sizeof *j->failures)) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < j->n_parts; i++) {
        f.agrees[i / 64] |= (uint64_t)agrees(&j->parts[i], low, high) << i % 64;
    }
    for (int i = 0; i < set->n; i++) {
        const int32_t part = set->part[i];
        if (needed(j, &j->parts[part], low, high)) {
            f.needed[f.n_needed++] = part;
            f.agrees[part / 64] |= (uint64_t)1 << part % 64;
        }
    }
    /* Old ones that were of no use make room. */
    const size_t place = j->count < MOST_FAILURES
                             ? j->count++
                             : MOST_FAILURES / 2 + j->replaced++ % (MOST_FAILURES / 2);
    j->failures[place] = f;
    return BK_OK;
}

static bool holds_all(const bk_set *set, const int32_t *parts, int n)
{
    int found = 0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < set->n; k++) {
            found += set->part[k] == parts[i] ? 1 : 0;
        }
    }
    return found == n;
}

bool bk_judge_knows(bk_judge *judge, const bk_set *set)
{
    for (size_t i = 0; i < judge->count; i++) {
        const bk_failure *const f = &judge->failures[i];
        int k = 0;
        while (k < set->n &&
               (f->agrees[set->part[k] / 64] >> set->part[k] % 64 & 1) != 0) {
            k++;
        }
        if (k == set->n && holds_all(set, f->needed, f->n_needed)) {
            const bk_failure swap = judge->failures[i / 2];
            judge->failures[i / 2] = judge->failures[i];
            judge->failures[i] = swap;
            return true;
        }
    }
    return false;
}

bk_status bk_judge_set(bk_judge *judge, const bk_set *set, bk_verdict *verdict)
{
    bk_judge *const j = judge;
    const bk_control_settings *const settings = j->settings;
    looking l = {.judge = j, .low = j->low, .high = j->high};
    bk_reduced *net = NULL;
    bool all = true;
    bind(j, set);
    bk_status status =
        bk_logic_box(j->work, settings->free_inputs, true, j->low, j->high);
    if (status == BK_OK) {
        status =
            bk_reduce(j->work, settings->free_inputs, j->low, j->high, false, &net);
    }
    if (status == BK_OK) {
        status = look_at_spaces(&l, net, true, &all);
    }
    if (status == BK_OK && !l.found && all) {
        status = settings->in == BK_IN_TRAP_SPACES
                     ? look_at_spaces(&l, net, false, &all)
                     : look_at_attractors(&l, net, false, &all);
        if (status == BK_OK && !l.found && !all && settings->in == BK_IN_ASYNCHRONOUS) {
            status = look_at_attractors(&l, net, true, &all);
        }
    }
    bk_reduced_free(net);
    if (status == BK_OK && l.found) {
        status = keep_failure(j, set, l.low, l.high);
    }
    *verdict = l.found ? BK_FAILS : all ? BK_CONTROLS : BK_OPEN;
    return status;
}

void bk_judge_free(bk_judge *judge)
{
    if (judge->work != NULL) {
        bk_workspace_free(&judge->work->head);
    }
    bk_arena_free(judge->arena);
    bk_free(judge->failures);
    bk_free(judge->low);
    bk_free(judge->high);
}
