/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain/explain_impl.h"

#include "base/alloc.h"

#include <math.h>

/* The games of all nodes are played together: in round m every node has those of its arcs
 * cut that the bits of m leave out, which is sound because a cut is seen by its own target
 * only and a drive depends on the state alone. */

enum { MOST_PLAYERS = 10 };

typedef struct game {
    int32_t arcs[MOST_PLAYERS];
    double cut_at[MOST_PLAYERS];
    int n;
    double *values; /* [2^n]: the drive with the arcs of a set left as they are */
} game;

typedef struct play {
    bk_field *field;
    game *games; /* [nodes] */
    bool up;
    int most;
} play;

static bool is_cut(const bk_field *field, const bk_influence *arc)
{
    const bk_overlay *const o = field->overlay;
    for (size_t i = 0; i < o->n_cuts; i++) {
        if (o->cuts[i].source == field->form[arc->source] &&
            (o->cuts[i].target == field->drive[arc->target] ||
             o->cuts[i].target == field->form[arc->target])) {
            return true;
        }
    }
    return false;
}

/* True when the arc may hold its target up (or down), with the value that would undo it. */
static bool plays(const play *p, const bk_influence *arc, double *cut_at)
{
    const bk_field *const f = p->field;
    const double seen = f->seen[arc->source];
    const double max = bk_field_max(f, arc->source);
    if (!arc->effective || arc->source == arc->target || f->drive[arc->target] < 0 ||
        is_cut(f, arc)) {
        return false;
    }
    if (p->up && arc->sign < 0) {
        *cut_at = max;
        return seen < max - bk_active;
    }
    *cut_at = 0;
    return seen > bk_active && (p->up || arc->sign < 0);
}

static bk_status set_up(play *p)
{
    const bk_model *const logic = p->field->question->logic;
    for (int32_t i = 0; i < bk_model_influences(logic); i++) {
        const bk_influence *const arc = bk_model_influence(logic, i);
        game *const g = &p->games[arc->target];
        double cut_at = 0;
        if (g->n < MOST_PLAYERS && plays(p, arc, &cut_at)) {
            g->arcs[g->n] = i;
            g->cut_at[g->n++] = cut_at;
            p->most = g->n > p->most ? g->n : p->most;
        }
    }
    for (int32_t i = 0; i < p->field->n; i++) {
        game *const g = &p->games[i];
        g->values = g->n > 0 ? bk_alloc_zero((size_t)1 << g->n, sizeof(double)) : NULL;
        if (g->n > 0 && g->values == NULL) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

static bk_status play_round(play *p, size_t set, bk_cut *cuts, double *drives)
{
    const bk_model *const logic = p->field->question->logic;
    size_t n = 0;
    for (int32_t i = 0; i < p->field->n; i++) {
        const game *const g = &p->games[i];
        for (int k = 0; k < g->n && set < (size_t)1 << g->n; k++) {
            if ((set >> k & 1) == 0) {
                cuts[n++] = (bk_cut){bk_model_influence(logic, g->arcs[k])->source, i,
                                     g->cut_at[k]};
            }
        }
    }
    const bk_status status = bk_field_drives(p->field, cuts, n, drives);
    for (int32_t i = 0; i < p->field->n && status == BK_OK; i++) {
        game *const g = &p->games[i];
        if (g->n > 0 && set < (size_t)1 << g->n) {
            g->values[set] = drives[i];
        }
    }
    return status;
}

/* The mean gain of player k over all orders. */
static double shapley(const game *g, int k)
{
    double weight[MOST_PLAYERS]; /* of sets of a size: |S|! (n - |S| - 1)! / n! */
    for (int size = 0; size < g->n; size++) {
        double w = 1.0 / g->n;
        for (int i = 1; i <= size; i++) {
            w *= (double)i / (g->n - i);
        }
        weight[size] = w;
    }
    double sum = 0;
    for (size_t set = 0; set < (size_t)1 << g->n; set++) {
        if ((set >> k & 1) != 0) {
            continue;
        }
        int size = 0;
        for (size_t bits = set; bits > 0; bits &= bits - 1) {
            size++;
        }
        sum += weight[size] * (g->values[set | (size_t)1 << k] - g->values[set]);
    }
    return sum;
}

/* --- accounts --------------------------------------------------------------------- */

static const bk_layer_edit *edit_of(const bk_field *field, int32_t symbol,
                                    bk_layer layer)
{
    const bk_overlay_symbol *const record =
        symbol >= 0 ? bk_overlay_of(field->overlay, symbol) : NULL;
    return record != NULL ? &record->layer[layer] : NULL;
}

static bool holds(const bk_layer_edit *edit, bool up)
{
    return edit != NULL &&
           (!isnan(edit->fix) || (up ? edit->low > 0 : isfinite(edit->high)));
}

static bool held_by_cell(const bk_field *field, int32_t node, bool up)
{
    return holds(edit_of(field, field->form[node], BK_BACKGROUND), up) ||
           holds(edit_of(field, field->drive[node], BK_BACKGROUND), up);
}

static bool set_by_treatment(const bk_field *field, int32_t node)
{
    const bk_layer_edit *const edit = edit_of(field, field->form[node], BK_TREATMENT);
    return edit != NULL && (!isnan(edit->fix) || edit->low > 0);
}

static bk_status add_links(const play *p, const game *g, double whole,
                           bk_account *account)
{
    const bk_model *const logic = p->field->question->logic;
    account->links =
        bk_arena_zero(p->field->arena, (size_t)g->n + 1, sizeof *account->links);
    if (account->links == NULL) {
        return BK_NO_MEMORY;
    }
    for (int k = 0; k < g->n; k++) {
        const bk_influence *const arc = bk_model_influence(logic, g->arcs[k]);
        const double gain = p->up ? shapley(g, k) : -shapley(g, k);
        if (gain > 1e-6 * whole) {
            account->links[account->n++] =
                (bk_link){g->arcs[k], !p->up || arc->sign >= 0, gain / whole};
        }
    }
    return BK_OK;
}

static bk_status settle_up(const play *p, int32_t node, bk_account *account)
{
    const bk_field *const f = p->field;
    const game *const g = &p->games[node];
    const double whole = f->level[node];
    if (f->form[node] < 0 || (!set_by_treatment(f, node) && !(whole > bk_active))) {
        return BK_OK;
    }
    if (set_by_treatment(f, node)) {
        *account = (bk_account){.own = 1, .why = "set by the treatment"};
        return BK_OK;
    }
    if (bk_symbol_input(f->question->logic, node) || g->n == 0) {
        account->own = 1;
    } else {
        account->own = fmax(0, g->values[0]) / whole;
        const bk_status status = add_links(p, g, whole, account);
        if (status != BK_OK) {
            return status;
        }
    }
    account->why = held_by_cell(f, node, true)                 ? "held by the cell"
                   : bk_symbol_input(f->question->logic, node) ? "input"
                                                               : "basal";
    return BK_OK;
}

static bk_status settle_down(const play *p, int32_t node, bk_account *account)
{
    const bk_field *const f = p->field;
    const game *const g = &p->games[node];
    const double whole = bk_field_max(f, node) - f->seen[node];
    if (f->form[node] < 0 || !(whole > bk_active)) {
        return BK_OK;
    }
    if (held_by_cell(f, node, false)) {
        *account = (bk_account){.own = 1, .why = "held off by the cell"};
        return BK_OK;
    }
    const double drugged = f->level[node] - f->seen[node];
    if (drugged > bk_active) {
        account->own = drugged / whole;
        account->why = "held off by the treatment";
    } else if (bk_symbol_input(f->question->logic, node) &&
               f->level[node] + bk_active <
                   bk_symbol_start_level(f->question->logic, node)) {
        *account = (bk_account){.own = 1, .why = "held off by the cell"};
        return BK_OK;
    }
    return g->n > 0 ? add_links(p, g, whole, account) : BK_OK;
}

static bk_status play_all(bk_field *field, bool up, bk_account *accounts)
{
    const size_t nodes = (size_t)field->n;
    const size_t arcs = (size_t)bk_model_influences(field->question->logic);
    play p = {.field = field, .up = up};
    p.games = bk_alloc_zero(nodes + 1, sizeof *p.games);
    bk_cut *const cuts = bk_alloc_zero(arcs + 1, sizeof *cuts);
    double *const drives = bk_alloc_zero(nodes + 1, sizeof *drives);
    bk_status status =
        p.games != NULL && cuts != NULL && drives != NULL ? set_up(&p) : BK_NO_MEMORY;
    for (size_t set = 0; status == BK_OK && p.most > 0 && set < (size_t)1 << p.most;
         set++) {
        status = play_round(&p, set, cuts, drives);
    }
    for (int32_t i = 0; i < field->n && status == BK_OK; i++) {
        status = up ? settle_up(&p, i, &accounts[i]) : settle_down(&p, i, &accounts[i]);
    }
    for (size_t i = 0; p.games != NULL && i < nodes; i++) {
        bk_free(p.games[i].values);
    }
    bk_free(p.games);
    bk_free(cuts);
    bk_free(drives);
    return status;
}

bk_status bk_accounts_make(bk_field *field)
{
    const size_t n = (size_t)field->n + 1;
    field->up = bk_arena_zero(field->arena, n, sizeof *field->up);
    field->down = bk_arena_zero(field->arena, n, sizeof *field->down);
    if (field->up == NULL || field->down == NULL) {
        return BK_NO_MEMORY;
    }
    const bk_status status = play_all(field, true, field->up);
    return status == BK_OK ? play_all(field, false, field->down) : status;
}
