/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "logic/box.h"
#include "logic/control_impl.h"

#include <string.h>

typedef struct finding {
    const bk_control_settings *settings;
    bk_controls *controls;
    bk_percolation *percolation;
    bk_judge judge;
    bk_reduced *net;
    bk_lever *parts;
    bk_goal *goals;
    int most;
    long max_results;
    bk_set *waiting; /* [BK_LANES] */
    size_t n_waiting;
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
        if (!set->percolates && !bit(none, lane) && !bk_judge_knows(&f->judge, set)) {
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

/* All sets of a size that go on from this one. */
static void extend(finding *f, bk_set *set, int size)
{
    if (set->n == size) {
        f->waiting[f->n_waiting++] = *set;
        if (f->n_waiting == BK_LANES) {
            flush(f);
        }
        return;
    }
    const int32_t first = set->n == 0 ? 0 : set->part[set->n - 1] + 1;
    for (int32_t i = first; i < (int32_t)f->controls->n_parts && on(f); i++) {
        bool fits = true;
        for (int k = 0; k < set->n && fits; k++) {
            fits = !clash(&f->parts[set->part[k]], &f->parts[i]);
        }
        if (!fits) {
            continue;
        }
        set->part[set->n++] = i;
        if (!holds_control(f, set)) {
            extend(f, set, size);
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
                      "of %zu sets it could not be settled whether they control; the "
                      "trap spaces may tell",
                      f->open);
    }
}

static bk_status search(finding *f)
{
    int size = 0;
    for (; size <= f->most && on(f); size++) {
        bk_set set = {.n = 0};
        extend(f, &set, size);
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

/* The variable of a source in the reduced rule of a target, or -1. */
static int32_t variable_of(const bk_reduced *net, int32_t source, int32_t target)
{
    const bk_dd *const dd = net->dd[target];
    for (int32_t node = dd == NULL ? 0 : dd->terminals; dd != NULL && node < dd->nodes;
         node++) {
        if (dd->regulator[dd->variable[node]] == source) {
            return dd->variable[node];
        }
    }
    return -1;
}

/* What a target sees of each level of a source. */
static const uint8_t *sight_of(const bk_reduced *net, int32_t target, int32_t variable)
{
    const bk_logic_system *const s = net->work->system;
    return net->work->sight + s->slots[s->slot_of[target][variable]].base;
}

static bool resolve(const bk_reduced *net, const bk_intervention *given, bk_lever *part)
{
    const bk_logic_system *const s = net->work->system;
    const int32_t symbols = s->head.model->n_symbols;
    if (given->symbol < 0 || given->symbol >= symbols || given->target >= symbols) {
        return false;
    }
    const int32_t x = s->node[given->symbol];
    *part = (bk_lever){.x = x, .source = -1, .level = given->level, .variable = -1};
    if (given->target < 0) {
        return x >= 0 && net->low[x] < net->high[x] && given->level >= net->low[x] &&
               given->level <= net->high[x];
    }
    part->source = x;
    part->x = s->node[given->target];
    if (x < 0 || part->x < 0) {
        return false;
    }
    part->variable = variable_of(net, x, part->x);
    for (int raw = net->low[x]; part->variable >= 0 && raw <= net->high[x]; raw++) {
        if (sight_of(net, part->x, part->variable)[raw] == given->level) {
            part->raw = raw;
            return true;
        }
    }
    return false;
}

static bk_status misuse(bk_diag *diag)
{
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "control",
                "a control needs a system compiled for logic, wanted levels of it, "
                "interventions that it lists, and a size of at most %d",
                BK_MOST_PARTS);
    return BK_MISUSE;
}

static bk_status whole_space(bk_logic_work *w, bool free_inputs, bk_reduced **net)
{
    const size_t n = (size_t)w->system->n;
    uint8_t *const box = bk_alloc(2 * n + 1);
    bk_status status =
        box == NULL ? BK_NO_MEMORY : bk_logic_box(w, free_inputs, false, box, box + n);
    if (status == BK_OK) {
        status = bk_reduce(w, free_inputs, box, box + n, false, net);
    }
    bk_free(box);
    return status;
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
    f->judge.low = bk_alloc_zero((size_t)s->n + 1, 1);
    f->judge.high = bk_alloc_zero((size_t)s->n + 1, 1);
    f->judge.arena = bk_arena_new();
    if (f->parts == NULL || f->goals == NULL || f->waiting == NULL ||
        f->single == NULL || f->pair == NULL || f->judge.low == NULL ||
        f->judge.high == NULL || f->judge.arena == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        if (!resolve(f->net, &settings->allowed[i], &f->parts[i])) {
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
    f->judge.settings = settings;
    f->judge.net = f->net;
    f->judge.parts = f->parts;
    f->judge.n_parts = n;
    f->judge.goals = f->goals;
    f->judge.n_goals = settings->n_wanted;
    return bk_percolation_new(f->net, f->parts, n, &f->percolation);
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
    f.judge.work = (bk_logic_work *)changed;
    f.judge.overlay = overlay;
    if (status == BK_OK) {
        f.judge.work->cancelled = settings->cancelled;
        f.judge.work->cancel_context = settings->cancel_context;
        bk_logic_bind((bk_logic_work *)plain, overlay, NULL, false);
        status = whole_space((bk_logic_work *)plain, settings->free_inputs, &f.net);
    }
    if (status == BK_OK) {
        status = start(&f, s);
    }
    if (status == BK_OK) {
        status = prepare(&f, s, diag);
    }
    if (status == BK_OK) {
        status = search(&f);
    }
    bk_percolation_free(f.percolation);
    bk_judge_free(&f.judge);
    bk_reduced_free(f.net);
    bk_workspace_free(plain);
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

/* --- what there is ------------------------------------------------------------------ */

typedef struct listing {
    bk_intervention *all;
    size_t count, capacity;
    bool failed;
} listing;

static void add(listing *l, int32_t symbol, int32_t target, int level)
{
    if (!bk_grow(&l->all, &l->capacity, l->count + 1, sizeof *l->all)) {
        l->failed = true;
        return;
    }
    l->all[l->count++] = (bk_intervention){symbol, target, level};
}

static void add_arcs(listing *l, const bk_reduced *net, int32_t x)
{
    const bk_logic_system *const s = net->work->system;
    const bk_dd *const dd = net->dd[x];
    for (int32_t v = 0; dd != NULL && v < dd->regulators; v++) {
        const int32_t y = dd->regulator[v];
        if (y == x || variable_of(net, y, x) != v) {
            continue;
        }
        int before = -1; /* what is seen of a level rises with it */
        for (int raw = net->low[y]; raw <= net->high[y]; raw++) {
            const int level = sight_of(net, x, v)[raw];
            if (level != before) {
                add(l, s->symbol[y], s->symbol[x], level);
            }
            before = level;
        }
    }
}

bk_status bk_interventions(const bk_system *logic_system, const bk_overlay *overlay,
                           bool free_inputs, bool arcs, bk_intervention **list,
                           size_t *count)
{
    if (!bk_logic_is_system(logic_system)) {
        return BK_MISUSE;
    }
    const bk_logic_system *const s = (const bk_logic_system *)logic_system;
    bk_workspace *workspace = NULL;
    bk_reduced *net = NULL;
    listing l = {.count = 0};
    bk_status status = bk_logic_workspace(logic_system, &workspace);
    if (status == BK_OK) {
        bk_logic_bind((bk_logic_work *)workspace, overlay, NULL, false);
        status = whole_space((bk_logic_work *)workspace, free_inputs, &net);
    }
    for (int32_t x = 0; status == BK_OK && x < s->n; x++) {
        for (int level = net->low[x];
             level <= net->high[x] && net->low[x] < net->high[x]; level++) {
            add(&l, s->symbol[x], -1, level);
        }
    }
    for (int32_t x = 0; status == BK_OK && arcs && x < s->n; x++) {
        add_arcs(&l, net, x);
    }
    bk_reduced_free(net);
    bk_workspace_free(workspace);
    status = status == BK_OK && l.failed ? BK_NO_MEMORY : status;
    if (status != BK_OK) {
        bk_free(l.all);
        return status;
    }
    *list = l.all;
    *count = l.count;
    return BK_OK;
}

void bk_interventions_free(bk_intervention *list)
{
    bk_free(list);
}
