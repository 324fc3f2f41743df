/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain/explain_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The table of an explanation. */

enum { PART, WHAT, VALUE, CONFIDENCE, REFERENCES, NOTE, COLUMNS };
enum { SHOWN_PATHS = 10, FOLLOWED_PATHS = 2000, MOST_EVIDENCE = 12 };

typedef struct telling {
    bk_field *field;
    bk_table *table;
    bk_status status;
} telling;

static void add_row(telling *t, const char *part, const char *what, double value,
                    const char *confidence, const char *references, const char *note)
{
    const char *const texts[COLUMNS] = {part, what, NULL, confidence, references, note};
    size_t row = 0;
    if (t->status == BK_OK) {
        t->status = what != NULL ? bk_table_add_row(t->table, &row) : BK_NO_MEMORY;
    }
    for (int i = 0; i < COLUMNS && t->status == BK_OK; i++) {
        if (texts[i] != NULL && texts[i][0] != '\0') {
            t->status = bk_table_set_text(t->table, row, i, texts[i]);
        }
    }
    if (t->status == BK_OK && !isnan(value)) {
        t->status = bk_table_set_real(t->table, row, VALUE, value);
    }
}

static const bk_influence *arc_of(const telling *t, int32_t arc)
{
    return bk_model_influence(t->field->question->logic, arc);
}

static const char *id_of(const telling *t, int32_t node)
{
    return bk_symbol_id(t->field->question->logic, node);
}

/* 0 unknown, 1 low, 2 medium, 3 high. */
static int certainty(const bk_influence *arc)
{
    static const char *const words[] = {"", "low", "medium", "high"};
    for (int i = 1; i < 4; i++) {
        if (strcmp(arc->confidence, words[i]) == 0) {
            return i;
        }
    }
    return 0;
}

static const char *confidence_of(const bk_influence *arc)
{
    return certainty(arc) > 0 ? arc->confidence : "unknown";
}

/* --- answer and paths ------------------------------------------------------------- */

static void tell_answer(telling *t)
{
    const bk_field *const f = t->field;
    char untreated[32], line[32];
    bk_double_print(round(f->untreated * 1e4) / 1e4 + 0.0, untreated);
    bk_double_print(round(bk_field_line(f) * 1e4) / 1e4 + 0.0, line);
    add_row(t, "answer", f->treated >= bk_field_line(f) ? "kept" : "lost", f->treated,
            NULL, NULL,
            bk_arena_printf(f->arena, "%s; untreated %s; kept above %s%s%s",
                            bk_readouts_name(f->question->readouts, 0), untreated, line,
                            f->note != NULL ? "; " : "",
                            f->note != NULL ? f->note : ""));
}

/* A path in words: roots say why they hold, brakes that are off are marked. */
static const char *path_text(const telling *t, const bk_path *path)
{
    const bk_account *const root =
        path->root_up ? &t->field->up[path->root] : &t->field->down[path->root];
    bk_text text = {0};
    bk_text_printf(&text, "%s (%s)", id_of(t, path->root), root->why);
    bool up = path->root_up;
    for (size_t i = 0; i < path->n; i++) {
        const bk_influence *const arc = arc_of(t, path->arcs[i]);
        up = arc->sign < 0 ? !up : up;
        bk_text_printf(&text, " %s %s%s", arc->sign < 0 ? "-|" : "->",
                       id_of(t, arc->target), up ? "" : " (off)");
    }
    const char *const made =
        text.failed ? NULL : bk_arena_text(t->field->arena, text.data);
    bk_text_free(&text);
    return made;
}

static void tell_path(telling *t, const bk_path *path)
{
    const bk_influence *weakest = NULL;
    for (size_t i = 0; i < path->n; i++) {
        const bk_influence *const arc = arc_of(t, path->arcs[i]);
        if (weakest == NULL || certainty(arc) < certainty(weakest)) {
            weakest = arc;
        }
    }
    const char *const note =
        weakest != NULL ? bk_arena_printf(t->field->arena, "least certain: %s %s %s",
                                          id_of(t, weakest->source),
                                          weakest->sign < 0 ? "-|" : "->",
                                          id_of(t, weakest->target))
                        : "";
    add_row(t, "path", path_text(t, path), path->strength,
            weakest != NULL ? confidence_of(weakest) : NULL,
            weakest != NULL ? weakest->references : NULL, note);
}

/* --- sources ---------------------------------------------------------------------- */

typedef struct weighed_root {
    int32_t node;
    bool up;
    double strength;
} weighed_root;

static int by_strength(const void *a, const void *b)
{
    const weighed_root *const x = a;
    const weighed_root *const y = b;
    if (x->strength < y->strength || x->strength > y->strength) {
        return x->strength > y->strength ? -1 : 1;
    }
    return (x->node > y->node) - (x->node < y->node);
}

/* Where the paths start, all followed ones of a root together. */
static void tell_sources(telling *t, const bk_path *paths, size_t n)
{
    static const double faintest = 0.01;
    bk_field *const f = t->field;
    const size_t nodes = (size_t)f->n;
    weighed_root *const roots = bk_arena_zero(f->arena, 2 * nodes + 1, sizeof *roots);
    if (roots == NULL) {
        t->status = BK_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < 2 * nodes; i++) {
        roots[i] = (weighed_root){(int32_t)(i / 2), i % 2 == 0, 0};
    }
    for (size_t i = 0; i < n; i++) {
        roots[2 * (size_t)paths[i].root + !paths[i].root_up].strength +=
            paths[i].strength;
    }
    qsort(roots, 2 * nodes, sizeof *roots, by_strength);
    for (size_t i = 0; i < 2 * nodes && roots[i].strength >= faintest; i++) {
        const bk_account *const account =
            roots[i].up ? &f->up[roots[i].node] : &f->down[roots[i].node];
        add_row(t, "source", id_of(t, roots[i].node), roots[i].strength, NULL, NULL,
                account->why);
    }
    if (n == 0) {
        add_row(t, "source", "none", (double)NAN, NULL, NULL,
                "nothing carries a signal");
    }
}

/* --- cuts ------------------------------------------------------------------------- */

static void tell_cuts(telling *t, const bk_flip *flips, size_t n, size_t tried)
{
    const bk_field *const f = t->field;
    for (size_t i = 0; i < n; i++) {
        add_row(t, "cut", flips[i].what, flips[i].value, NULL, NULL,
                f->treated >= bk_field_line(f) ? "the signal is lost"
                                               : "the signal is kept");
    }
    if (n == 0) {
        add_row(t, "cut", "none", (double)NAN, NULL, NULL,
                bk_arena_printf(f->arena, "of %zu cuts of one or two none flips it",
                                tried));
    }
}

/* --- evidence --------------------------------------------------------------------- */

typedef struct weighed {
    const bk_influence *arc;
    int32_t number;
    double strength;
} weighed;

static int by_certainty(const void *a, const void *b)
{
    const weighed *const x = a;
    const weighed *const y = b;
    if (certainty(x->arc) != certainty(y->arc)) {
        return certainty(x->arc) - certainty(y->arc);
    }
    if (x->strength < y->strength || x->strength > y->strength) {
        return x->strength > y->strength ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static void tell_evidence(telling *t, const bk_path *paths, size_t n)
{
    bk_field *const f = t->field;
    const size_t arcs = (size_t)bk_model_influences(f->question->logic);
    weighed *const all = bk_arena_zero(f->arena, arcs + 1, sizeof *all);
    if (all == NULL) {
        t->status = BK_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < arcs; i++) {
        all[i] = (weighed){arc_of(t, (int32_t)i), (int32_t)i, 0};
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < paths[i].n; k++) {
            all[paths[i].arcs[k]].strength += paths[i].strength;
        }
    }
    size_t used = 0;
    for (size_t i = 0; i < arcs; i++) {
        if (all[i].strength > 0) {
            all[used++] = all[i];
        }
    }
    qsort(all, used, sizeof *all, by_certainty);
    for (size_t i = 0; i < used && i < MOST_EVIDENCE; i++) {
        const bk_influence *const arc = all[i].arc;
        add_row(t, "evidence",
                bk_arena_printf(f->arena, "%s %s %s", id_of(t, arc->source),
                                arc->sign < 0 ? "-|" : "->", id_of(t, arc->target)),
                all[i].strength, confidence_of(arc), arc->references, arc->mechanism);
    }
}

static bk_status make_table(bk_table **table)
{
    static const char *const names[COLUMNS] = {"part",       "what",       "value",
                                               "confidence", "references", "note"};
    bk_table *const made = bk_table_new();
    bk_status status = made != NULL ? BK_OK : BK_NO_MEMORY;
    for (int i = 0; i < COLUMNS && status == BK_OK; i++) {
        status =
            bk_table_add_column(made, names[i], i == VALUE ? BK_REAL : BK_TEXT, NULL);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

bk_status bk_explain_run(const bk_explain *question, bk_diag *diag, bk_table **table)
{
    bk_field field;
    bk_path *paths = NULL;
    bk_flip *flips = NULL;
    size_t n_paths = 0, n_flips = 0, tried = 0;
    bk_status status = bk_field_open(question, diag, &field);
    if (status != BK_OK) {
        return status;
    }
    telling t = {.field = &field};
    status = bk_accounts_make(&field);
    if (status == BK_OK) {
        status = bk_paths_find(&field, FOLLOWED_PATHS, &paths, &n_paths);
    }
    if (status == BK_OK) {
        status = bk_flips_find(&field, &flips, &n_flips, &tried);
    }
    t.status = status == BK_OK ? make_table(&t.table) : status;
    if (t.status == BK_OK) {
        tell_answer(&t);
        tell_sources(&t, paths, n_paths);
        const size_t shown = question->paths > 0 ? question->paths : SHOWN_PATHS;
        for (size_t i = 0; i < n_paths && i < shown; i++) {
            tell_path(&t, &paths[i]);
        }
        tell_cuts(&t, flips, n_flips, tried);
        tell_evidence(&t, paths, n_paths);
    }
    bk_field_close(&field);
    if (t.status != BK_OK) {
        bk_table_free(t.table);
        return t.status;
    }
    *table = t.table;
    return BK_OK;
}
