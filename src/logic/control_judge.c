/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/attractors_impl.h"
#include "logic/box.h"
#include "logic/boxes.h"
#include "logic/control_impl.h"
#include "logic/walk.h"

#include <limits.h>
#include <string.h>

/* One set: is there a trap space throughout which a goal fails?  If not, is there an
 * attractor (a minimal trap space) in which it fails somewhere?  Only what the goals
 * depend on is looked at; the rest is held at any level it may have, since nothing that
 * matters asks for it. */

enum { MOST_WALKED = 20000, MOST_EXPLORED = 100000 };

typedef struct looking {
    const bk_judge *judge;
    const bk_goal *failing; /* NULL: none was found */
    uint8_t *low, *high;    /* the failing box */
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

/* The first goal that does not hold throughout. */
static const bk_goal *fails(const bk_judge *j, const uint8_t *low, const uint8_t *high)
{
    for (size_t i = 0; i < j->n_goals; i++) {
        const bk_goal *const g = &j->goals[i];
        if (low[g->x] < g->low || high[g->x] > g->high) {
            return g;
        }
    }
    return NULL;
}

/* Ends the search by its false when a box fails. */
static bool look(void *context, const uint8_t *low, const uint8_t *high)
{
    looking *const l = context;
    const size_t n = (size_t)l->judge->n;
    l->failing = fails(l->judge, low, high);
    if (l->failing != NULL) {
        memcpy(l->low, low, n);
        memcpy(l->high, high, n);
    }
    return l->failing == NULL;
}

static bk_status look_at_spaces(looking *l, bk_reduced *net, bool throughout, bool *all)
{
    const bk_status status = bk_boxes_each(
        net, throughout ? BK_TRAP_SPACES : BK_TRAP_SPACES_MIN, NULL,
        throughout ? ask_throughout : ask_somewhere, LONG_MAX, look, l, all);
    return l->failing != NULL ? BK_OK : status;
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
                         const bk_goal **met)
{
    bk_logic_work *const w = j->work;
    bk_reduced *net = NULL;
    bk_random random;
    const bk_status status =
        bk_reduce(w, j->settings->free_inputs, box, box + j->n, true, &net);
    if (status != BK_OK) {
        return status;
    }
    bk_random_start(&random, 1, 0, 0);
    bk_logic_put(w, state);
    settle_outputs(w, net);
    bk_reduced_free(net);
    for (long step = 0; step < MOST_WALKED && *met == NULL; step++) {
        for (size_t i = 0; i < j->n_goals; i++) {
            const bk_goal *const g = &j->goals[i];
            const int level = w->cells[g->x].state;
            *met = level < g->low || level > g->high ? g : *met;
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
    const bk_goal *met = fails(l->judge, a->low, a->high);
    bk_status status = BK_OK;
    if (met == NULL) {
        return BK_OK;
    }
    if (a->size < 0) {
        met = NULL;
        if (a->state != NULL && l->judge->settings->in == BK_IN_ASYNCHRONOUS) {
            status = walk_in(l->judge, a->state, box, &met);
        }
    }
    if (met != NULL) {
        memcpy(l->low, a->low, (size_t)l->judge->n);
        memcpy(l->high, a->high, (size_t)l->judge->n);
        l->failing = met;
    } else {
        *all = false;
    }
    return status;
}

static bool is_enough(void *context, const bk_attractor *found)
{
    const looking *const l = context;
    return fails(l->judge, found->low, found->high) != NULL;
}

/* exact: attractors are explored where they are few enough states. */
static bk_status look_at_attractors(looking *l, bk_reduced *net, long most, bool exact,
                                    bool *all)
{
    const bk_judge *const j = l->judge;
    const bool synchronous = j->settings->in == BK_IN_SYNCHRONOUS;
    const bk_attractor_settings settings = {
        .update = synchronous ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS,
        .free_inputs = j->settings->free_inputs,
        .count_only = !exact,
        .max_results = most,
        .max_states = synchronous ? 0 : MOST_EXPLORED};
    const size_t n = (size_t)j->n;
    bk_attractors *a = NULL;
    uint8_t *const box = bk_alloc(2 * n + 1);
    bk_status status = box == NULL
                           ? BK_NO_MEMORY
                           : bk_attractors_bound(j->work, &settings, is_enough, l, &a);
    if (status != BK_OK) {
        bk_free(box);
        return status;
    }
    memcpy(box, net->low, n);
    memcpy(box + n, net->high, n);
    *all = a->complete;
    for (size_t i = 0; i < a->count && l->failing == NULL && status == BK_OK; i++) {
        status = look_into(l, &a->found[i], box, all);
    }
    bk_attractors_free(a);
    bk_free(box);
    if (l->failing != NULL) {
        close_box(l, net);
    }
    return status;
}

/* Marks what some goals depend on in the box of net. */
static void find_what_matters(const bk_judge *j, const bk_reduced *net,
                              const bk_goal *goals, size_t n_goals)
{
    bool changed = true;
    memset(j->matters, 0, (size_t)j->n * sizeof *j->matters);
    for (size_t i = 0; i < n_goals; i++) {
        j->matters[goals[i].x] = true;
    }
    while (changed) {
        changed = false;
        for (int32_t x = 0; x < j->n; x++) {
            const bk_dd *const dd = j->matters[x] ? net->dd[x] : NULL;
            for (int32_t node = dd == NULL ? 0 : dd->terminals;
                 dd != NULL && node < dd->nodes; node++) {
                const int32_t y = dd->regulator[dd->variable[node]];
                changed = changed || !j->matters[y];
                j->matters[y] = true;
            }
        }
    }
}

/* The network in j->box, which no move leaves, as far as it matters for some goals; the
 * work is bound to the set, keeps to the box and holds the rest.  With several levels a box
 * may hold some of them only, and there are attractors outside. */
static bk_status enter(const bk_judge *j, const bk_goal *goals, size_t n_goals,
                       bk_reduced **net)
{
    const bool free_inputs = j->settings->free_inputs;
    const size_t n = (size_t)j->n;
    bk_reduced *all = NULL;
    const bk_status status =
        bk_reduce(j->work, free_inputs, j->box, j->box + n, false, &all);
    if (status != BK_OK) {
        return status;
    }
    find_what_matters(j, all, goals, n_goals);
    bk_reduced_free(all);
    memcpy(j->low, j->box, n);
    memcpy(j->high, j->box + n, n);
    for (int32_t x = 0; x < j->n; x++) {
        if (!j->matters[x] || j->low[x] == j->high[x]) {
            bk_logic_fix(j->work, x, j->low[x]);
            j->high[x] = j->low[x];
        } else {
            bk_logic_bound(j->work, x, j->low[x], j->high[x]);
        }
    }
    return bk_reduce(j->work, free_inputs, j->low, j->high, false, net);
}

static bk_status apply(const bk_judge *j, const bk_set *set)
{
    bind(j, set);
    return bk_logic_box(j->work, j->settings->free_inputs, true, j->box, j->box + j->n);
}

/* What does not matter goes as the set lets it. */
static void let_the_rest_go(const looking *l)
{
    const bk_judge *const j = l->judge;
    for (int32_t x = 0; x < j->n; x++) {
        if (!j->matters[x]) {
            l->low[x] = j->box[x];
            l->high[x] = j->box[j->n + x];
        }
    }
}

/* Whether it follows that a goal fails in every attractor in j->box. */
static bool refute(looking *l, const bk_set *set)
{
    const bk_judge *const j = l->judge;
    const size_t n = (size_t)j->n;
    for (size_t i = 0; i < j->n_goals && l->failing == NULL; i++) {
        if (bk_failures_refute(j->failures, set, &j->goals[i], j->box, j->box + n)) {
            l->failing = &j->goals[i];
            memcpy(l->low, j->box, n);
            memcpy(l->high, j->box + n, n);
        }
    }
    return l->failing != NULL;
}

/* Takes the answer of another set that left the same network. */
static void recall(looking *l, const bk_reduced *net, const bk_answer *answer)
{
    l->failing = answer->failing;
    for (int32_t i = 0; i < net->n_core && answer->failing != NULL; i++) {
        const int32_t x = net->core[i];
        l->low[x] = answer->low[x];
        l->high[x] = answer->high[x];
    }
}

static bk_status note(const looking *l, bool all, bk_answer *answer)
{
    const bk_judge *const j = l->judge;
    const bk_verdict verdict = l->failing != NULL ? BK_FAILS
                               : all              ? BK_CONTROLS
                                                  : BK_OPEN;
    return bk_logic_cancelled(j->work)
               ? BK_OK
               : bk_answers_set(j->answers, answer, verdict, l->failing, l->low,
                                l->high, (size_t)j->n);
}

/* In a minimal trap space fewer levels matter than everywhere, so that its attractors are
 * found faster.  Where one of them fails the others need not be known. */
static bk_status look_into_space(looking *l, const bk_set *set)
{
    const bk_judge *const j = l->judge;
    const bk_goal *const goal = l->failing;
    const size_t n = (size_t)j->n;
    bk_reduced *net = NULL;
    bk_answer *answer = NULL;
    bool all = true;
    let_the_rest_go(l);
    memcpy(j->box, l->low, n);
    memcpy(j->box + n, l->high, n);
    l->failing = NULL;
    if (refute(l, set)) {
        return BK_OK;
    }
    bind(j, set);
    bk_status status = enter(j, goal, 1, &net);
    if (status == BK_OK) {
        status = bk_answers_find(j->answers, net, goal, 1, &answer);
    }
    if (status == BK_OK && answer->known) {
        recall(l, net, answer);
    } else if (status == BK_OK) {
        status = look_at_attractors(
            l, net, j->settings->in == BK_IN_SYNCHRONOUS ? 1 : 0, false, &all);
        status = status == BK_OK ? note(l, all, answer) : status;
        answer->brief = l->failing == NULL && !all;
    }
    bk_reduced_free(net);
    return status;
}

/* Whether a goal fails somewhere in an attractor; *all: if not, none is missing. */
static bk_status look_everywhere(looking *l, const bk_set *set, bk_reduced **net,
                                 bool *all)
{
    const bk_judge *const j = l->judge;
    bk_status status = look_at_spaces(l, *net, false, all);
    if (status == BK_OK && l->failing != NULL) {
        status = look_into_space(l, set);
        if (status == BK_OK && l->failing == NULL) {
            bk_reduced_free(*net);
            *net = NULL;
            status = apply(j, set);
            status = status == BK_OK ? enter(j, j->goals, j->n_goals, net) : status;
        }
    }
    if (status == BK_OK && l->failing == NULL) {
        status = look_at_attractors(l, *net, 0, false, all);
    }
    if (status == BK_OK && l->failing == NULL && !*all &&
        j->settings->in == BK_IN_ASYNCHRONOUS) {
        status = look_at_attractors(l, *net, 0, true, all);
    }
    return status;
}

static bk_status look_anew(looking *l, const bk_set *set, bk_reduced **net, bool *all)
{
    bk_status status = look_at_spaces(l, *net, true, all);
    if (status == BK_OK && l->failing == NULL && *all) {
        status = l->judge->settings->in == BK_IN_TRAP_SPACES
                     ? look_at_spaces(l, *net, false, all)
                     : look_everywhere(l, set, net, all);
    }
    if (status == BK_OK && l->failing != NULL) {
        let_the_rest_go(l);
    }
    return status;
}

static bk_status look_for_failure(looking *l, const bk_set *set, bool *all)
{
    const bk_judge *const j = l->judge;
    bk_reduced *net = NULL;
    bk_answer *answer = NULL;
    bk_status status = apply(j, set);
    if (status != BK_OK || refute(l, set)) {
        return status;
    }
    status = enter(j, j->goals, j->n_goals, &net);
    if (status == BK_OK) {
        status = bk_answers_find(j->answers, net, j->goals, j->n_goals, &answer);
    }
    if (status == BK_OK && answer->known && !answer->brief) {
        recall(l, net, answer);
        let_the_rest_go(l);
        *all = answer->verdict != BK_OPEN;
    } else if (status == BK_OK) {
        status = look_anew(l, set, &net, all);
        status = status == BK_OK ? note(l, *all, answer) : status;
        answer->brief = false;
    }
    bk_reduced_free(net);
    return status;
}

bk_status bk_judge_set(bk_judge *judge, const bk_set *set, bk_verdict *verdict)
{
    looking l = {.judge = judge, .low = judge->low, .high = judge->high};
    bool all = true;
    bk_status status = look_for_failure(&l, set, &all);
    if (status == BK_OK && l.failing != NULL) {
        status = bk_failures_add(judge->failures, set, l.failing, l.low, l.high);
    }
    *verdict = l.failing != NULL ? BK_FAILS : all ? BK_CONTROLS : BK_OPEN;
    return status;
}
