/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "logic/control_impl.h"

#include <string.h>

typedef struct finding {
    const bk_control_settings *settings;
    bk_controls *controls;
    bk_percolation *percolation;
    bk_failures *failures;
    bk_answers *answers;
    bk_judge judge;
    bk_reduced *net;
    bk_lever *parts;
    bk_goal *goals;
    int most;
    long max_results;
    bk_set *waiting; /* [BK_LANES] */
    size_t n_waiting;
    size_t known;     /* failures that those waiting were held against */
    uint64_t *failed; /* bits of parts, scratch */
    /* controls of one and two parts, for a quick look: bits */
    uint64_t *single, *pair;
    size_t open; /* sets that could not be settled */
    bool stopped, full;
    bk_status status;
} finding;

static bool bit(const uint64_t *bits, size_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static bool subset(const bk_set *small, const bk_set *large)
{
    int k = 0;
    for (int i = 0; i < large->n && k < small->n; i++) {
        k += large->part[i] == small->part[k] ? 1 : 0;
    }
    return k == small->n;
}

/* Whether the last part makes the set hold a control. */
static bool holds_control(const finding *f, const bk_set *set)
{
    const size_t last = (size_t)set->part[set->n - 1];
    if (bit(f->single, last)) {
        return true;
    }
    for (int i = 0; i + 1 < set->n; i++) {
        if (bit(f->pair, (size_t)set->part[i] * f->controls->n_parts + last)) {
            return true;
        }
    }
    for (size_t i = 0; i < f->controls->count && set->n > 3; i++) {
        const bk_set *const control = &f->controls->sets[i];
        if (control->n > 2 && subset(control, set)) {
            return true;
        }
    }
    return false;
}

/* Two that do not go together, or one of which does nothing beside the other. */
static bool clash(const bk_lever *a, const bk_lever *b)
{
    return a->x == b->x && (a->source < 0 || b->source < 0 || a->source == b->source);
}

static bk_status add_control(finding *f, const bk_set *set, int lane)
{
    bk_controls *const c = f->controls;
    if (c->count == (size_t)f->max_results) {
        f->full = true;
        return BK_OK;
    }
    bk_set kept = *set;
    kept.low = bk_arena_alloc(c->arena, 2 * (size_t)c->n + 1);
    if (kept.low == NULL ||
        !bk_grow(&c->sets, &c->capacity, c->count + 1, sizeof *c->sets)) {
        return BK_NO_MEMORY;
    }
    kept.high = kept.low + c->n;
    bk_percolation_box(f->percolation, lane, kept.low, kept.high);
    c->sets[c->count++] = kept;
    if (set->n == 1) {
        f->single[set->part[0] / 64] |= (uint64_t)1 << set->part[0] % 64;
    }
    if (set->n == 2) {
        const size_t place = (size_t)set->part[0] * c->n_parts + (size_t)set->part[1];
        f->pair[place / 64] |= (uint64_t)1 << place % 64;
    }
    return BK_OK;
}

static void flush(finding *f)
{
    uint64_t sure[BK_LANE_WORDS];
    uint64_t never[BK_LANE_WORDS];
    uint64_t all[BK_LANE_WORDS];
    uint64_t none[BK_LANE_WORDS] = {0};
    const bk_control_settings *const settings = f->settings;
    memset(all, 0xFF, sizeof all);
    bk_percolation_run(f->percolation, f->waiting, f->n_waiting);
    for (size_t i = 0; i < settings->n_wanted; i++) {
        bk_percolation_judge(f->percolation, &f->goals[i], sure, never);
        for (int w = 0; w < BK_LANE_WORDS; w++) {
            all[w] &= sure[w];
            none[w] |= never[w];
        }
    }
    f->controls->tried += (double)f->n_waiting;
    for (size_t lane = 0; lane < f->n_waiting && f->status == BK_OK && !f->full;
         lane++) {
        bk_set *const set = &f->waiting[lane];
        set->percolates = bit(all, lane);
        bk_verdict verdict = set->percolates ? BK_CONTROLS : BK_FAILS;
        if (!set->percolates && !bit(none, lane) &&
            !bk_failures_know(f->failures, f->known, set)) {
            f->stopped = bk_logic_cancelled(f->judge.work);
            if (f->stopped) {
                break;
            }
            f->controls->examined++;
            f->status = bk_judge_set(&f->judge, set, &verdict);
        }
        if (f->status == BK_OK && verdict == BK_CONTROLS) {
            f->status = add_control(f, set, (int)lane);
        }
        f->open += verdict == BK_OPEN ? 1 : 0;
    }
    f->n_waiting = 0;
    f->stopped = f->stopped || bk_logic_cancelled(f->judge.work);
}

static bool on(const finding *f)
{
    return f->status == BK_OK && !f->full && !f->stopped;
}

static void wait(finding *f, const bk_set *set)
{
    f->waiting[f->n_waiting++] = *set;
    if (f->n_waiting == BK_LANES) {
        flush(f);
    }
}

static bool fits(const finding *f, const bk_set *set, int32_t part)
{
    for (int i = 0; i < set->n; i++) {
        if (clash(&f->parts[set->part[i]], &f->parts[part])) {
            return false;
        }
    }
    return true;
}

/* All sets of a size that go on from this one.  Of those with one part more, only the ones
 * that are not known to fail. */
static void extend(finding *f, bk_set *set, int size)
{
    const bool last = set->n + 1 == size;
    if (last) {
        f->known = f->n_waiting == 0 ? f->failures->count : f->known;
        f->stopped = bk_logic_cancelled(f->judge.work);
        bk_failures_mark(f->failures, set, f->failed);
    }
    const int32_t first = set->n == 0 ? 0 : set->part[set->n - 1] + 1;
    for (int32_t i = first; i < (int32_t)f->controls->n_parts && on(f); i++) {
        if ((last && bit(f->failed, (size_t)i)) || !fits(f, set, i)) {
            continue;
        }
        set->part[set->n++] = i;
        if (!holds_control(f, set)) {
            if (last) {
                wait(f, set);
            } else {
                extend(f, set, size);
            }
        }
        set->n--;
    }
}

static void tell(finding *f, int size)
{
    bk_controls *const c = f->controls;
    c->complete = on(f) && f->open == 0;
    if (f->stopped) {
        bk_c_snprintf(c->text, sizeof c->text,
                      "stopped among the sets of %d; smaller ones are all here", size);
    } else if (f->full) {
        bk_c_snprintf(c->text, sizeof c->text,
                      "there are more than the %ld that were asked for",
                      f->max_results);
    } else if (f->open > 0) {
        bk_c_snprintf(c->text, sizeof c->text,
                      "of %zu sets it could not be settled whether they control, so "
                      "that larger ones here may not be minimal; the trap spaces may "
                      "tell",
                      f->open);
    }
}

static bk_status search(finding *f)
{
    int size = 0;
    for (; size <= f->most && on(f); size++) {
        bk_set set = {.n = 0};
        if (size == 0) {
            wait(f, &set);
        } else {
            extend(f, &set, size);
        }
        if (f->n_waiting > 0 && on(f)) {
            flush(f);
        }
        if (size == 0) {
            bk_percolation_box(f->percolation, 0, f->controls->low, f->controls->high);
            if (f->controls->count > 0) {
                break; /* it holds as it is */
            }
        }
    }
    tell(f, on(f) ? f->most : size - 1);
    return f->status;
}

/* --- what is asked for -------------------------------------------------------------- */

static bk_status misuse(bk_diag *diag)
{
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "control",
                "a control needs a system compiled for logic, wanted levels of it, "
                "interventions that it lists, and a size of at most %d",
                BK_MOST_PARTS);
    return BK_MISUSE;
}

static bk_status prepare(finding *f, const bk_logic_system *s, bk_diag *diag)
{
    const bk_control_settings *const settings = f->settings;
    const size_t n = settings->n_allowed;
    f->parts = bk_alloc_zero(n + 1, sizeof *f->parts);
    f->goals = bk_alloc_zero(settings->n_wanted + 1, sizeof *f->goals);
    f->waiting = bk_alloc_zero(BK_LANES, sizeof *f->waiting);
    f->single = bk_alloc_zero(n / 64 + 1, sizeof *f->single);
    f->pair = bk_alloc_zero(n * n / 64 + 1, sizeof *f->pair);
    f->failed = bk_alloc_zero(n / 64 + 1, sizeof *f->failed);
    if (f->parts == NULL || f->goals == NULL || f->waiting == NULL ||
        f->single == NULL || f->pair == NULL || f->failed == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        if (!bk_lever_resolve(f->net, &settings->allowed[i], &f->parts[i])) {
            return misuse(diag);
        }
    }
    for (size_t i = 0; i < settings->n_wanted; i++) {
        const bk_wanted *const w = &settings->wanted[i];
        if (w->symbol < 0 || w->symbol >= s->head.model->n_symbols ||
            s->node[w->symbol] < 0) {
            return misuse(diag);
        }
        f->goals[i] = (bk_goal){s->node[w->symbol], w->low, w->high};
    }
    bk_status status = bk_failures_new(f->net, f->parts, n, &f->failures);
    if (status == BK_OK) {
        status = bk_answers_new(&f->answers);
    }
    return status == BK_OK ? bk_percolation_new(f->net, f->parts, n, &f->percolation)
                           : status;
}

/* After prepare. */
static bk_status prepare_judge(finding *f, bk_logic_work *work,
                               const bk_overlay *overlay)
{
    const size_t n = (size_t)f->net->n;
    bk_arena *const arena = f->controls->arena;
    uint8_t *const boxes = bk_arena_alloc(arena, 4 * n + 1);
    bool *const matters = bk_arena_alloc(arena, (n + 1) * sizeof *matters);
    if (boxes == NULL || matters == NULL) {
        return BK_NO_MEMORY;
    }
    f->judge = (bk_judge){.work = work,
                          .overlay = overlay,
                          .settings = f->settings,
                          .parts = f->parts,
                          .goals = f->goals,
                          .n_goals = f->settings->n_wanted,
                          .n = f->net->n,
                          .low = boxes,
                          .high = boxes + n,
                          .box = boxes + 2 * n,
                          .matters = matters,
                          .failures = f->failures,
                          .answers = f->answers};
    work->cancelled = f->settings->cancelled;
    work->cancel_context = f->settings->cancel_context;
    return BK_OK;
}

static bk_status start(finding *f, const bk_logic_system *s)
{
    bk_controls *const c = bk_alloc_zero(1, sizeof *c);
    f->controls = c;
    if (c == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t n = (size_t)s->n;
    const size_t symbols = (size_t)s->head.model->n_symbols;
    const size_t parts = f->settings->n_allowed;
    *c = (bk_controls){.model = s->head.model, .n = s->n, .arena = bk_arena_new()};
    if (c->arena == NULL) {
        return BK_NO_MEMORY;
    }
    c->low = bk_arena_zero(c->arena, 2 * n + 1, 1);
    c->node = bk_arena_alloc(c->arena, (symbols + 1) * sizeof *c->node);
    c->parts = bk_arena_alloc(c->arena, (parts + 1) * sizeof *c->parts);
    if (c->low == NULL || c->node == NULL || c->parts == NULL) {
        return BK_NO_MEMORY;
    }
    c->high = c->low + n;
    memcpy(c->node, s->node, symbols * sizeof *c->node);
    if (parts > 0) {
        memcpy(c->parts, f->settings->allowed, parts * sizeof *c->parts);
    }
    c->n_parts = parts;
    return BK_OK;
}

bk_status bk_controls_find(const bk_system *logic_system, const bk_overlay *overlay,
                           const bk_control_settings *settings, bk_diag *diag,
                           bk_controls **controls)
{
    finding f = {.settings = settings,
                 .most = settings->most_size > 0 ? settings->most_size : 3,
                 .max_results =
                     settings->max_results > 0 ? settings->max_results : 10000};
    if (!bk_logic_is_system(logic_system) || f.most > BK_MOST_PARTS ||
        settings->n_wanted == 0) {
        return misuse(diag);
    }
    const bk_logic_system *const s = (const bk_logic_system *)logic_system;
    bk_workspace *plain = NULL;
    bk_workspace *changed = NULL;
    bk_status status = bk_logic_workspace(logic_system, &plain);
    if (status == BK_OK) {
        status = bk_logic_workspace(logic_system, &changed);
    }
    if (status == BK_OK) {
        bk_logic_bind((bk_logic_work *)plain, overlay, NULL, false);
        status =
            bk_control_space((bk_logic_work *)plain, settings->free_inputs, &f.net);
    }
    if (status == BK_OK) {
        status = start(&f, s);
    }
    if (status == BK_OK) {
        status = prepare(&f, s, diag);
    }
    if (status == BK_OK) {
        status = prepare_judge(&f, (bk_logic_work *)changed, overlay);
    }
    if (status == BK_OK) {
        status = search(&f);
    }
    bk_percolation_free(f.percolation);
    bk_failures_free(f.failures);
    bk_answers_free(f.answers);
    bk_reduced_free(f.net);
    bk_workspace_free(plain);
    bk_workspace_free(changed);
    bk_free(f.failed);
    bk_free(f.parts);
    bk_free(f.goals);
    bk_free(f.waiting);
    bk_free(f.single);
    bk_free(f.pair);
    if (status != BK_OK) {
        bk_controls_free(f.controls);
        return status;
    }
    *controls = f.controls;
    return BK_OK;
}
