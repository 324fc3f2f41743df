/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain/explain_impl.h"

#include "base/alloc.h"
#include "experiment/readouts_impl.h"
#include "scenario/scenario_impl.h"

#include <math.h>
#include <stdlib.h>

/* Every cut is one condition of a screen. */

typedef struct attempt {
    const char *what;
    const char *edits;    /* of the treatment layer */
    size_t first, second; /* numbers of the nodes of a pair among the singles */
    bool node;
    double value;
} attempt;

typedef struct trying {
    bk_field *field;
    attempt *attempts;
    size_t n, capacity;
    bool no_memory;
} trying;

static void add(trying *t, bool node, size_t first, size_t second, const char *what,
                const char *edits)
{
    if (what == NULL || edits == NULL ||
        !bk_grow(&t->attempts, &t->capacity, t->n + 1, sizeof *t->attempts)) {
        t->no_memory = true;
        return;
    }
    t->attempts[t->n++] = (attempt){.what = what,
                                    .edits = edits,
                                    .first = first,
                                    .second = second,
                                    .node = node,
                                    .value = (double)NAN};
}

/* The read-out's own nodes would flip it by definition. */
static bool is_read(const bk_field *field, int32_t node)
{
    int n = 0;
    const bk_column *const columns = bk_readouts_columns(field->question->readouts, &n);
    for (int i = 0; i < n; i++) {
        if (columns[i].symbol == field->form[node]) {
            return true;
        }
    }
    return false;
}

static bool is_on(const bk_field *field, int32_t node)
{
    return field->form[node] >= 0 && field->seen[node] > 1e-9;
}

static void add_singles(trying *t)
{
    bk_field *const f = t->field;
    const bk_model *const logic = f->question->logic;
    for (int32_t i = 0; i < f->n; i++) {
        const char *const id = bk_symbol_id(logic, i);
        if (is_on(f, i) && !is_read(f, i)) {
            add(t, true, t->n, t->n, bk_arena_printf(f->arena, "loss %s", id),
                bk_arena_printf(f->arena, "fix %s = 0", id));
        }
    }
    for (int32_t i = 0; i < bk_model_influences(logic); i++) {
        const bk_influence *const arc = bk_model_influence(logic, i);
        if (arc->effective && is_on(f, arc->source) && arc->source != arc->target) {
            const char *const from = bk_symbol_id(logic, arc->source);
            const char *const to = bk_symbol_id(logic, arc->target);
            add(t, false, t->n, t->n,
                bk_arena_printf(f->arena, "cut %s %s %s", from,
                                arc->sign < 0 ? "-|" : "->", to),
                bk_arena_printf(f->arena, "cut %s -> %s at 0", from, to));
        }
    }
}

static bool flips(const bk_field *field, double value)
{
    const double line = bk_field_line(field);
    return !isnan(value) && (value >= line) != (field->treated >= line);
}

static void add_pairs(trying *t)
{
    bk_field *const f = t->field;
    const size_t singles = t->n;
    for (size_t i = 0; i < singles && !t->no_memory; i++) {
        for (size_t k = i + 1; k < singles && !t->no_memory; k++) {
            const attempt a = t->attempts[i], b = t->attempts[k];
            if (a.node && b.node && !flips(f, a.value) && !flips(f, b.value)) {
                add(t, true, i, k, bk_arena_printf(f->arena, "%s + %s", a.what, b.what),
                    bk_arena_printf(f->arena, "%s; %s", a.edits, b.edits));
            }
        }
    }
}

/* The values of attempts from..n. */
static bk_status run(trying *t, size_t from)
{
    const bk_explain *const q = t->field->question;
    const size_t n = t->n - from;
    bk_condition *const conditions = bk_alloc_zero(n + 1, sizeof *conditions);
    bk_table *table = NULL;
    bk_diag *const quiet = bk_diag_new();
    bk_status status = conditions != NULL && quiet != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        bk_scenario *const more =
            q->cell != NULL ? bk_scenario_copy(q->cell) : bk_scenario_new("cut");
        conditions[i] = (bk_condition){.treatment = q->treatment, .more = more};
        status = more != NULL ? bk_scenario_parse(more, BK_TREATMENT,
                                                  t->attempts[from + i].edits,
                                                  (bk_where){.file = NULL}, NULL)
                              : BK_NO_MEMORY;
    }
    if (status == BK_OK) {
        status = bk_screen_run(q->system, q->library, conditions, n, q->readouts,
                               &q->screen, quiet, &table);
        status = status == BK_PARTIAL ? BK_OK : status;
    }
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        t->attempts[from + i].value =
            bk_table_missing(table, i, 2) ? (double)NAN : bk_table_real(table, i, 2);
    }
    for (size_t i = 0; conditions != NULL && i < n; i++) {
        bk_scenario_free((bk_scenario *)conditions[i].more);
    }
    bk_table_free(table);
    bk_diag_free(quiet);
    bk_free(conditions);
    return status;
}

/* Nodes before arcs before pairs; the largest change first. */
typedef struct ordered {
    int size;
    double change;
    size_t number;
} ordered;

static int by_size(const void *a, const void *b)
{
    const ordered *const x = a;
    const ordered *const y = b;
    if (x->size != y->size) {
        return x->size - y->size;
    }
    if (x->change < y->change || x->change > y->change) {
        return x->change > y->change ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static bk_status collect(const trying *t, bk_flip **flips_made, size_t *n)
{
    bk_field *const f = t->field;
    ordered *const order = bk_arena_zero(f->arena, t->n + 1, sizeof *order);
    bk_flip *const made = bk_arena_zero(f->arena, t->n + 1, sizeof *made);
    size_t found = 0;
    if (order == NULL || made == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < t->n; i++) {
        const attempt *const a = &t->attempts[i];
        if (flips(f, a->value)) {
            order[found++] = (ordered){.size = a->first != a->second ? 2 : !a->node,
                                       .change = fabs(a->value - f->treated),
                                       .number = i};
        }
    }
    qsort(order, found, sizeof *order, by_size);
    for (size_t i = 0; i < found; i++) {
        const attempt *const a = &t->attempts[order[i].number];
        made[i] = (bk_flip){.what = a->what, .value = a->value};
    }
    *flips_made = made;
    *n = found;
    return BK_OK;
}

bk_status bk_flips_find(bk_field *field, bk_flip **flips_made, size_t *n, size_t *tried)
{
    trying t = {.field = field};
    add_singles(&t);
    bk_status status = t.no_memory ? BK_NO_MEMORY : run(&t, 0);
    bool single = false;
    for (size_t i = 0; i < t.n && status == BK_OK; i++) {
        single = single || flips(field, t.attempts[i].value);
    }
    if (status == BK_OK && (!single || field->question->pairs)) {
        const size_t from = t.n;
        add_pairs(&t);
        status = t.no_memory ? BK_NO_MEMORY : t.n > from ? run(&t, from) : BK_OK;
    }
    if (status == BK_OK) {
        status = collect(&t, flips_made, n);
        *tried = t.n;
    }
    bk_free(t.attempts);
    return status;
}
