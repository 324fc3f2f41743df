/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* The edits of all jobs of a call as one set: see lanes.h, and edits.c for what they mean
 * to a run alone. */

static const bk_layer_edit nothing = {.fix = (double)NAN,
                                      .low = -(double)INFINITY,
                                      .high = (double)INFINITY,
                                      .scale = 1.0};

bool bk_kin_lanes_takes(const bk_kin_lanes *lanes, const bk_settings *settings,
                        const bk_job *job)
{
    const bk_kin_system *const s = lanes->system;
    bool fixes = settings->freeze_slow;
    for (size_t i = 0; job->overlay != NULL && i < job->overlay->n_symbols; i++) {
        fixes = fixes || !isnan(job->overlay->symbols[i].layer[BK_BACKGROUND].fix);
    }
    for (int32_t i = 0; fixes && i < s->n_nodes; i++) {
        if (s->nodes[i].kind == BK_KIN_RATE_OF) {
            return false; /* zero where its owner is fixed */
        }
    }
    return true;
}

typedef struct joining {
    bk_kin_lanes *l;
    const bk_settings *settings;
    const bk_job *jobs;
    const size_t *todo;
    size_t n;
    unsigned char *layers; /* [symbols] bit by layer that some job edits */
    bool *held;            /* [n variables] by some job */
    int32_t *edit_of;      /* [symbols] or -1 */
    bk_lane_view *views;   /* source and target only */
    size_t n_views, views_capacity;
    bool no_memory;
} joining;

static void *room(joining *j, size_t count, size_t size)
{
    void *const array =
        bk_lanes_alloc(count * ((size + sizeof(bk_lanes) - 1) / sizeof(bk_lanes)) + 1);
    j->no_memory = j->no_memory || array == NULL;
    return array;
}

static void join_cut(joining *j, const bk_overlay_cut *cut)
{
    for (size_t i = 0; i < j->n_views; i++) {
        if (j->views[i].source == cut->source && j->views[i].target == cut->target) {
            return;
        }
    }
    if (!bk_grow(&j->views, &j->views_capacity, j->n_views + 1, sizeof *j->views)) {
        j->no_memory = true;
        return;
    }
    bk_lane_view *const view = &j->views[j->n_views++];
    view->source = cut->source;
    view->target = cut->target;
}

static void join_jobs(joining *j)
{
    const bk_kin_system *const s = j->l->system;
    for (size_t k = 0; k < j->n; k++) {
        const bk_overlay *const overlay = j->jobs[j->todo[k]].overlay;
        for (size_t i = 0; overlay != NULL && i < overlay->n_symbols; i++) {
            const bk_overlay_symbol *const record = &overlay->symbols[i];
            for (int layer = 0; layer < 2; layer++) {
                if (bk_kin_edited(&record->layer[layer])) {
                    j->layers[record->symbol] |= (unsigned char)(1 << layer);
                }
            }
            const int32_t variable = s->variable_of[record->symbol];
            if (variable >= 0 && !isnan(record->layer[BK_BACKGROUND].fix)) {
                j->held[variable] = true;
            }
        }
        for (size_t i = 0; overlay != NULL && i < overlay->n_cuts; i++) {
            join_cut(j, &overlay->cuts[i]);
        }
    }
    for (int32_t v = 0; j->settings->freeze_slow && v < s->n; v++) {
        j->held[v] = j->held[v] || s->head.model->symbols[s->variable[v]].slow;
    }
}

static void make_edits(joining *j)
{
    bk_kin_lanes *const l = j->l;
    const bk_kin_system *const s = l->system;
    size_t n = 0;
    for (int32_t i = 0; i < s->symbols; i++) {
        n += j->layers[i] != 0;
    }
    l->edits = room(j, n, sizeof *l->edits);
    l->n_edits = 0;
    for (int32_t i = 0; i < s->symbols && !j->no_memory; i++) {
        j->edit_of[i] = -1;
        if (j->layers[i] == 0) {
            continue;
        }
        j->edit_of[i] = (int32_t)l->n_edits;
        bk_lane_edit *const edit = &l->edits[l->n_edits++];
        edit->symbol = i;
        edit->reaction = s->head.model->symbols[i].kind == BK_REACTION;
        edit->initially = s->amount_slot[i] >= 0 || s->variable_of[i] >= 0;
        edit->treated = (j->layers[i] & (1 << BK_TREATMENT)) != 0;
    }
}

static void make_helds(joining *j)
{
    bk_kin_lanes *const l = j->l;
    const int32_t n = l->system->n;
    l->helds = room(j, (size_t)n, sizeof *l->helds);
    l->n_helds = 0;
    for (int32_t v = 0; v < n && !j->no_memory; v++) {
        if (j->held[v]) {
            l->helds[l->n_helds++].variable = v;
        }
    }
}

/* Treated in some lane, and seen as such by the laws of an owner. */
static int32_t treatment_of(const joining *j, int32_t symbol, int32_t owner)
{
    const bk_kin_lanes *const l = j->l;
    const int32_t edit = symbol < l->system->symbols ? j->edit_of[symbol] : -1;
    return edit >= 0 && l->edits[edit].treated &&
                   !bk_model_own_law(l->system->head.model, symbol, owner)
               ? edit
               : -1;
}

static void redirect(joining *j)
{
    bk_kin_lanes *const l = j->l;
    const bk_kin_system *const s = l->system;
    l->views = room(j, j->n_views, sizeof *l->views);
    l->n_views = j->no_memory ? 0 : j->n_views;
    for (size_t k = 0; k < l->n_views; k++) {
        bk_lane_view *const view = &l->views[k];
        view->source = j->views[k].source;
        view->target = j->views[k].target;
        view->slot = s->first_cut + (int32_t)k;
        const int32_t edit = treatment_of(j, view->source, view->target);
        view->from = edit >= 0 && !l->edits[edit].reaction
                         ? s->first_seen + view->source
                         : view->source;
        for (int32_t i = s->constant_laws; i < s->value_laws; i++) {
            if (s->nodes[i].owner == view->target && bk_kin_sees(s, &s->nodes[i])) {
                bk_kin_redirect(&s->nodes[i], l->program, view->source, view->slot);
            }
        }
    }
    for (size_t e = 0; e < l->n_edits; e++) {
        const int32_t symbol = l->edits[e].symbol;
        for (int32_t i = s->constant_laws;
             l->edits[e].treated && !l->edits[e].reaction && i < s->value_laws; i++) {
            if (bk_kin_sees(s, &s->nodes[i]) &&
                treatment_of(j, symbol, s->nodes[i].owner) >= 0) {
                bk_kin_redirect(&s->nodes[i], l->program, symbol,
                                s->first_seen + symbol);
            }
        }
    }
}

static void add_halt(joining *j, int32_t law, int32_t edit, int32_t view)
{
    bk_kin_lanes *const l = j->l;
    if (!bk_grow(&l->halts, &l->halts_capacity, l->n_halts + 1, sizeof *l->halts)) {
        j->no_memory = true;
        return;
    }
    l->halts[l->n_halts++] = (bk_lane_halt){law, edit, view};
}

static void add_views_of(joining *j, int32_t source, int32_t law)
{
    for (size_t k = 0; k < j->l->n_views; k++) {
        if (j->l->views[k].source == source) {
            add_halt(j, law, -1, (int32_t)k);
        }
    }
}

static int32_t edit_after(const joining *j, const bk_kin_node *node)
{
    return bk_kin_value_node(node) ? j->edit_of[node->owner] : -1;
}

static void make_halts(joining *j)
{
    bk_kin_lanes *const l = j->l;
    const bk_kin_system *const s = l->system;
    l->n_halts = 0;
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t symbol = s->variable[v];
        const int32_t edit = j->edit_of[symbol];
        if (s->node_of[symbol] > -2) {
            continue;
        }
        if (edit >= 0 && l->edits[edit].treated) {
            add_halt(j, -1, edit, -1);
        }
        add_views_of(j, symbol, -1);
    }
    for (int32_t i = s->constant_laws; i < s->value_laws; i++) {
        const int32_t edit = edit_after(j, &s->nodes[i]);
        if (edit >= 0) {
            add_halt(j, i, edit, -1);
        }
        if (s->nodes[i].slot == s->nodes[i].owner) {
            add_views_of(j, s->nodes[i].owner, i);
        }
    }
}

static int32_t view_of(const bk_kin_lanes *l, int32_t source, int32_t target)
{
    for (size_t k = 0; k < l->n_views; k++) {
        if (l->views[k].source == source && l->views[k].target == target) {
            return (int32_t)k;
        }
    }
    return -1;
}

static void make_adjusts(joining *j)
{
    bk_kin_lanes *const l = j->l;
    const bk_kin_system *const s = l->system;
    l->adjusts = room(j, (size_t)s->n_edges, sizeof *l->adjusts);
    l->n_adjusts = 0;
    for (int32_t i = s->constant_laws; i < s->value_laws && !j->no_memory; i++) {
        const bk_kin_node *const node = &s->nodes[i];
        const int32_t by_node = edit_after(j, node);
        for (int32_t e = node->first_edge; e < node->first_edge + node->edges; e++) {
            const bk_kin_edge *const edge = &s->edges[e];
            int32_t by_source = -1;
            int32_t view = -1;
            if (edge->source >= 0 && edge->source < s->symbols &&
                bk_kin_sees(s, node)) {
                by_source = treatment_of(j, edge->source, node->owner);
                view = view_of(l, edge->source, node->owner);
            }
            if (by_node < 0 && by_source < 0 && view < 0) {
                continue;
            }
            bk_lane_adjust *const a = &l->adjusts[l->n_adjusts++];
            a->slot = edge->partial;
            a->node = by_node;
            a->source = by_source;
            a->view = view;
            a->constant = edge->constant;
        }
    }
}

static void forget(bk_kin_lanes *l)
{
    bk_lane_array_free(l->edits);
    bk_lane_array_free(l->views);
    bk_lane_array_free(l->adjusts);
    bk_lane_array_free(l->helds);
    l->edits = NULL;
    l->views = NULL;
    l->adjusts = NULL;
    l->helds = NULL;
    l->n_edits = l->n_views = l->n_adjusts = l->n_helds = l->n_halts = 0;
    bk_lanes_lu_free(l->lu);
    l->lu = NULL;
}

bk_status bk_kin_lanes_bind(bk_kin_lanes *lanes, const bk_settings *settings,
                            const bk_job *jobs, const size_t *todo, size_t n)
{
    const bk_kin_system *const s = lanes->system;
    joining j = {.l = lanes, .settings = settings, .jobs = jobs, .todo = todo, .n = n};
    forget(lanes);
    j.layers = bk_alloc_zero((size_t)s->symbols + 1, 1);
    j.held = bk_alloc_zero((size_t)s->n + 1, sizeof *j.held);
    j.edit_of = bk_alloc(((size_t)s->symbols + 1) * sizeof *j.edit_of);
    j.no_memory = j.layers == NULL || j.held == NULL || j.edit_of == NULL;
    if (!j.no_memory && lanes->program == NULL) {
        j.no_memory = bk_program_copy(s->program, &lanes->program) != BK_OK;
    }
    if (!j.no_memory) {
        bk_program_restore(lanes->program);
        join_jobs(&j);
    }
    if (!j.no_memory) {
        make_edits(&j);
        make_helds(&j);
    }
    const bool fits = j.n_views <= (size_t)s->cuts;
    if (!j.no_memory && fits) {
        redirect(&j);
        make_halts(&j);
        make_adjusts(&j);
    }
    bk_free(j.layers);
    bk_free(j.held);
    bk_free(j.edit_of);
    bk_free(j.views);
    return j.no_memory ? BK_NO_MEMORY : fits ? BK_OK : BK_UNSUPPORTED;
}

/* --- one job into a lane -------------------------------------------------------------- */

static void load_edit(bk_kin_lanes *l, int lane, bk_lane_edit *edit,
                      const bk_overlay_symbol *record)
{
    const bk_kin_system *const s = l->system;
    for (int layer = 0; layer < 2; layer++) {
        const bk_layer_edit *const from =
            record != NULL ? &record->layer[layer] : &nothing;
        edit->fixed[layer][lane] = isnan(from->fix) ? 0 : -1;
        edit->fix[layer][lane] = from->fix;
        edit->low[layer][lane] = from->low;
        edit->high[layer][lane] = from->high;
        edit->scale[layer][lane] = from->scale;
    }
    /* of what no law computes, the start has made the edited values */
    const bool own = record != NULL && bk_kin_edited(&record->layer[BK_TREATMENT]);
    const int32_t seen = s->first_seen + edit->symbol;
    const double *const slots = l->work[lane]->slots;
    l->slots[seen][lane] = own ? slots[seen] : slots[edit->symbol];
}

static void load_view(bk_kin_lanes *l, int lane, bk_lane_view *view,
                      const bk_overlay *overlay)
{
    view->cut[lane] = 0;
    view->value[lane] = 0.0;
    for (size_t i = 0; overlay != NULL && i < overlay->n_cuts; i++) {
        const bk_overlay_cut *const cut = &overlay->cuts[i];
        if (cut->source == view->source && cut->target == view->target) {
            view->cut[lane] = -1;
            view->value[lane] = cut->value;
        }
    }
    l->slots[view->slot][lane] =
        view->cut[lane] != 0 ? view->value[lane] : l->slots[view->from][lane];
}

/* The truth of every relation, and what looks for switches and for swings. */
static bk_status load_watchers(bk_kin_lanes *l, int lane, const double *y)
{
    const bk_kin_system *const s = l->system;
    bk_kin_work *const w = l->work[lane];
    if (s->n_roots == 0 && !l->watch) {
        return BK_OK;
    }
    if (l->watch) {
        bk_kin_swing_free(&l->swing[lane]);
        if (!bk_kin_swing_new(&l->swing[lane], w)) {
            return BK_NO_MEMORY;
        }
    }
    for (int32_t r = 0; r < s->n_relations; r++) {
        l->status[r][lane] = w->status[r] != 0 ? -1 : 0;
    }
    bk_kin_course_end(&l->course[lane]);
    return bk_kin_course_begin(&l->course[lane], w, &l->way, y);
}

bk_status bk_kin_lanes_load(bk_kin_lanes *lanes, int lane, const bk_job *job,
                            const double *y)
{
    bk_kin_lanes *const l = lanes;
    const bk_kin_system *const s = l->system;
    const bk_kin_work *const w = l->work[lane];
    const int32_t slots = bk_program_slots(s->program);
    for (int32_t i = 0; i < slots; i++) {
        l->slots[i][lane] = w->slots[i];
    }
    for (int32_t i = 0; i <= s->n_terms; i++) {
        l->weights[i][lane] = w->weights[i];
    }
    for (int32_t v = 0; v < s->n; v++) {
        l->units[v][lane] = w->units[v];
        l->sizes[v][lane] = 1.0 / fabs(w->units[v]);
        l->rows[v][lane] = w->rows[v];
        l->y[v][lane] = l->y_old[v][lane] = l->goal[v][lane] = y[v];
        l->scale[v][lane] = l->largest[v][lane] = l->gone[v][lane] = 0.0;
    }
    l->rows[s->n][lane] = w->rows[s->n];
    (*l->rtol)[lane] = l->way.rtol;
    (*l->atol)[lane] = l->way.atol;
    for (int32_t v = 0; v < s->n; v++) {
        const int32_t group = s->group[v];
        l->scale[v][lane] = fabs(y[v]);
        l->largest[group][lane] =
            fmax(l->largest[group][lane], fabs(y[v] * w->units[v]));
    }
    for (int32_t v = 0; v < s->n; v++) {
        l->shared[v][lane] = bk_rodas_tolerance.shared_floor *
                             (l->largest[s->group[v]][lane] * l->sizes[v][lane]);
    }
    for (size_t i = 0; i < l->n_helds; i++) {
        l->helds[i].held[lane] = bk_kin_is_held(w, l->helds[i].variable) ? -1 : 0;
    }
    for (size_t i = 0; i < l->n_edits; i++) {
        load_edit(l, lane, &l->edits[i],
                  bk_overlay_of(job->overlay, l->edits[i].symbol));
    }
    for (size_t i = 0; i < l->n_views; i++) {
        load_view(l, lane, &l->views[i], job->overlay);
    }
    for (size_t i = 0; i < l->n_adjusts; i++) {
        l->adjusts[i].base[lane] = w->slots[l->adjusts[i].slot];
    }
    return load_watchers(l, lane, y);
}
