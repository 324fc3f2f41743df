/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

#include <string.h>

/* Rows and the Jacobian as index programs.
 *
 * Entries of all rows stand in one array: first one for each variable (its slot's
 * derivative by its component of y), one for time (1), then the rows of the varying
 * nodes.  A row is the union of the rows of what the node reads. */

typedef struct rowing {
    bk_kin_system *s;
    int32_t *columns; /* [n_entries] column of each entry; n is time */
    size_t n_columns, capacity;
    int32_t *place; /* [n + 1] entry of a column in the row at hand, or -1 */
    size_t op_capacity;
} rowing;

bool bk_kin_varies(const bk_kin_system *system, int32_t slot)
{
    const int32_t node = system->node_of[slot];
    return node <= -2 || (node >= 0 && system->nodes[node].varying);
}

/* The row of a slot that varies, or of time (-1). */
static void row_of(const bk_kin_system *s, int32_t slot, int32_t *first, int32_t *count)
{
    const int32_t node = slot < 0 ? -2 - s->n : s->node_of[slot];
    if (node <= -2) {
        *first = -2 - node;
        *count = 1;
    } else {
        *first = s->nodes[node].first_entry;
        *count = s->nodes[node].entries;
    }
}

static bool add_column(rowing *r, int32_t column)
{
    if (r->place[column] >= 0) {
        return true;
    }
    if (!bk_grow(&r->columns, &r->capacity, r->n_columns + 1, sizeof *r->columns)) {
        return false;
    }
    r->place[column] = (int32_t)r->n_columns;
    r->columns[r->n_columns++] = column;
    return true;
}

static bool add_op(rowing *r, int32_t to, int32_t by, int32_t from)
{
    bk_kin_system *const s = r->s;
    if (!bk_grow(&s->row_ops, &r->op_capacity, (size_t)s->n_row_ops + 1,
                 sizeof *s->row_ops)) {
        return false;
    }
    s->row_ops[s->n_row_ops++] = (bk_kin_op){to, by, from};
    return true;
}

static bool build_row(rowing *r, bk_kin_node *node)
{
    bk_kin_system *const s = r->s;
    node->first_entry = (int32_t)r->n_columns;
    for (int32_t e = node->first_edge; e < node->first_edge + node->edges; e++) {
        int32_t first;
        int32_t count;
        row_of(s, s->edges[e].source, &first, &count);
        for (int32_t k = first; k < first + count; k++) {
            const int32_t column = r->columns[k];
            if (!add_column(r, column) ||
                !add_op(r, r->place[column], s->edges[e].partial, k)) {
                return false;
            }
        }
    }
    node->entries = (int32_t)r->n_columns - node->first_entry;
    for (int32_t k = node->first_entry; k < node->first_entry + node->entries; k++) {
        r->place[r->columns[k]] = -1;
    }
    return true;
}

/* --- Jacobian --------------------------------------------------------------------------- */

typedef struct filling {
    rowing *r;
    int32_t row;      /* variable at hand */
    int32_t varying;  /* varying terms met */
    bool place_known; /* second pass: op targets exist */
    int32_t *heads;   /* [n + 1] next free position of a column */
    size_t op_capacity;
    bool failed;
} filling;

static void touch(filling *f, int32_t column, int32_t by, int32_t from)
{
    bk_kin_system *const s = f->r->s;
    int32_t *const place = f->r->place;
    if (!f->place_known) {
        if (column < s->n && place[column] != f->row) {
            place[column] = f->row;
            s->starts[column + 1]++;
        }
        return;
    }
    int32_t to = s->n_values + f->row;
    if (column < s->n) {
        if (place[column] < 0) {
            place[column] = f->heads[column]++;
            s->rows[place[column]] = f->row;
        }
        to = place[column];
    }
    if (from < 0) {
        return; /* the diagonal, for I/h - J */
    }
    if (!bk_grow(&s->value_ops, &f->op_capacity, (size_t)s->n_value_ops + 1,
                 sizeof *s->value_ops)) {
        f->failed = true;
        return;
    }
    s->value_ops[s->n_value_ops++] = (bk_kin_op){to, by, from};
}

static void touch_row(filling *f, int32_t slot, int32_t by)
{
    if (!bk_kin_varies(f->r->s, slot)) {
        return;
    }
    int32_t first;
    int32_t count;
    row_of(f->r->s, slot, &first, &count);
    for (int32_t k = first; k < first + count; k++) {
        touch(f, f->r->columns[k], by, k);
    }
}

static void fill_row(filling *f)
{
    bk_kin_system *const s = f->r->s;
    const int32_t i = f->row;
    touch(f, i, 0, -1);
    if (s->derivative_node[i] >= 0) {
        const int32_t own = s->n_terms + 1 + s->n_varying_terms + i;
        touch_row(f, s->nodes[s->derivative_node[i]].slot,
                  s->equilibrium[i] ? own : s->n_terms);
    }
    for (int32_t t = s->term_starts[i]; t < s->term_starts[i + 1]; t++) {
        touch_row(f, s->terms[t].rate, t);
        if (s->terms[t].varying) {
            touch_row(f, s->terms[t].slot, s->n_terms + 1 + f->varying++);
        }
    }
}

static void clear_places(rowing *r)
{
    for (int32_t c = 0; c <= r->s->n; c++) {
        r->place[c] = -1;
    }
}

static bool find_varying_terms(bk_kin_system *s)
{
    s->varying_terms = bk_alloc(((size_t)s->n_terms + 1) * sizeof *s->varying_terms);
    s->term_rates = bk_alloc(((size_t)s->n_terms + 1) * sizeof *s->term_rates);
    if (s->varying_terms == NULL || s->term_rates == NULL) {
        return false;
    }
    for (int32_t t = 0; t < s->n_terms; t++) {
        s->term_rates[t] = s->terms[t].rate;
        s->terms[t].varying =
            s->terms[t].slot >= 0 && bk_kin_varies(s, s->terms[t].slot);
        if (s->terms[t].varying) {
            s->varying_terms[s->n_varying_terms++] = t;
        }
    }
    return true;
}

/* Positions of the entries by row, to clear the rows of held variables. */
static bool index_across(bk_kin_system *s)
{
    s->across = bk_alloc(((size_t)s->n_values + 1) * sizeof *s->across);
    s->across_starts = bk_alloc_zero((size_t)s->n + 3, sizeof *s->across_starts);
    if (s->across == NULL || s->across_starts == NULL) {
        return false;
    }
    for (int32_t k = 0; k < s->n_values; k++) {
        s->across_starts[s->rows[k] + 2]++;
    }
    int32_t *const next = s->across_starts + 1;
    for (int32_t i = 1; i < s->n; i++) {
        next[i] += next[i - 1];
    }
    for (int32_t k = 0; k < s->n_values; k++) {
        s->across[next[s->rows[k]]++] = k;
    }
    return true;
}

static bool jacobian(rowing *r)
{
    bk_kin_system *const s = r->s;
    s->starts = bk_alloc_zero((size_t)s->n + 2, sizeof *s->starts);
    filling f = {.r = r};
    f.heads = bk_alloc(((size_t)s->n + 1) * sizeof *f.heads);
    if (s->starts == NULL || f.heads == NULL || !find_varying_terms(s)) {
        bk_free(f.heads);
        return false;
    }
    clear_places(r);
    for (f.row = 0; f.row < s->n; f.row++) {
        fill_row(&f);
    }
    for (int32_t c = 0; c < s->n; c++) {
        s->starts[c + 1] += s->starts[c];
        f.heads[c] = s->starts[c];
    }
    s->n_values = s->starts[s->n];
    s->rows = bk_alloc(((size_t)s->n_values + 1) * sizeof *s->rows);
    f.place_known = true;
    f.varying = 0;
    clear_places(r);
    f.failed = s->rows == NULL;
    for (f.row = 0; f.row < s->n && !f.failed; f.row++) {
        const int32_t first_op = s->n_value_ops;
        fill_row(&f);
        r->place[f.row] = -1;
        for (int32_t k = first_op; k < s->n_value_ops; k++) {
            const int32_t column = r->columns[s->value_ops[k].from];
            r->place[column] = -1;
        }
    }
    bk_free(f.heads);
    return !f.failed && index_across(s);
}

bool bk_kin_build_rows(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    rowing r = {.s = s};
    r.place = bk_alloc(((size_t)s->n + 1) * sizeof *r.place);
    bool good = r.place != NULL;
    if (good) {
        clear_places(&r);
    }
    for (int32_t c = 0; good && c <= s->n; c++) {
        good = add_column(&r, c);
    }
    if (good) {
        clear_places(&r);
    }
    for (int32_t i = s->constant_laws; good && i < s->value_laws; i++) {
        good = build_row(&r, &s->nodes[i]);
    }
    s->n_entries = (int32_t)r.n_columns;
    good = good && jacobian(&r);
    bk_free(r.place);
    s->entry_columns = r.columns;
    return good || bk_kin_fail(build);
}
