/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "scenario/bind_impl.h"

#include <math.h>
#include <stdlib.h>

/* The algebra of the layers over sorted atoms: all of one symbol stand together. */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
    const bk_atom *const x = a;
    const bk_atom *const y = b;
    const int64_t keys[][2] = {{x->kind == BK_EDIT_CUT, y->kind == BK_EDIT_CUT},
                               {x->symbol, y->symbol},
                               {x->source, y->source},
                               {x->kind != BK_EDIT_START, y->kind != BK_EDIT_START},
                               {x->layer, y->layer},
                               {x->kind, y->kind}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    const int value = compare_numbers(x->value, y->value);
    return value != 0 ? value : compare_numbers(x->high, y->high);
}

typedef struct folding {
    const bk_model *model;
    bk_diag *diag;
    bool wrong;
} folding;

/* "file:3:7", or "an option" for a text without a place. */
static const char *place(bk_where where, char buffer[512])
{
    if (where.line > 0) {
        bk_c_snprintf(buffer, 512, "%s%s%d:%d", where.file != NULL ? where.file : "",
                      where.file != NULL ? ":" : "line ", where.line, where.column);
    } else {
        bk_c_snprintf(buffer, 512, "%s", where.file != NULL ? where.file : "an option");
    }
    return buffer;
}

/* Tells that two atoms of one kind cannot hold together. */
static void conflict(folding *f, const bk_atom *first, const bk_atom *second)
{
    static const char *const rules[] = {"starts from", "is fixed at", "is bound to", "",
                                        "is cut at"};
    char there[512];
    char values[2][80];
    const bk_atom *const both[2] = {first, second};
    for (int i = 0; i < 2; i++) {
        char low[32];
        char high[32];
        bk_double_print(both[i]->value, low);
        if (first->kind == BK_EDIT_BOUND) {
            bk_c_snprintf(values[i], sizeof values[i], "[%s, %s]", low,
                          bk_double_print(both[i]->high, high));
        } else {
            bk_c_snprintf(values[i], sizeof values[i], "%s", low);
        }
    }
    const char *const source =
        first->source >= 0 ? f->model->symbols[first->source].id : "";
    bk_diag_add(f->diag, BK_ERROR, second->where, "edit-conflict",
                "\"%s%s%s\" %s %s here and %s at %s; remove one of the two", source,
                first->source >= 0 ? " -> " : "", f->model->symbols[first->symbol].id,
                rules[first->kind], values[1], values[0], place(first->where, there));
    f->wrong = true;
}

static bool differ(double a, double b)
{
    return a < b || a > b;
}

static bk_overlay_symbol blank(int32_t symbol)
{
    const bk_layer_edit none = {
        .fix = (double)NAN, .low = -HUGE_VAL, .high = HUGE_VAL, .scale = 1};
    return (bk_overlay_symbol){
        .symbol = symbol, .start = (double)NAN, .layer = {none, none}};
}

/* What has been met of one layer of one symbol. */
typedef struct layer_atoms {
    const bk_atom *fix, *low, *high;
} layer_atoms;

/* A start that comes with the treatment is later than the background's. */
static void fold_start(folding *f, bk_overlay_symbol *record, const bk_atom *before,
                       const bk_atom *atom)
{
    if (before != NULL && before->layer == atom->layer &&
        (differ(before->value, atom->value) ||
         before->concentration != atom->concentration)) {
        conflict(f, before, atom);
    }
    record->start = atom->value;
    record->start_concentration = atom->concentration;
}

static void fold_bound(bk_layer_edit *edit, layer_atoms *seen, const bk_atom *atom)
{
    if (seen->low == NULL || atom->value > edit->low) {
        seen->low = atom;
        edit->low = atom->value;
    }
    if (seen->high == NULL || atom->high < edit->high) {
        seen->high = atom;
        edit->high = atom->high;
    }
}

static void close_layer(folding *f, bk_layer_edit *edit, const layer_atoms *seen)
{
    if (seen->fix != NULL) {
        edit->low = -HUGE_VAL;
        edit->high = HUGE_VAL;
        edit->scale = 1;
    } else if (edit->low > edit->high) {
        conflict(f, seen->low, seen->high);
    }
}

/* Folds the atoms [0, n) of one symbol. */
static bk_overlay_symbol fold_symbol(folding *f, const bk_atom *atoms, size_t n)
{
    bk_overlay_symbol record = blank(atoms[0].symbol);
    layer_atoms seen[2] = {{NULL, NULL, NULL}, {NULL, NULL, NULL}};
    for (size_t i = 0; i < n; i++) {
        const bk_atom *const atom = &atoms[i];
        bk_layer_edit *const edit = &record.layer[atom->layer];
        layer_atoms *const met = &seen[atom->layer];
        if (atom->kind == BK_EDIT_START) {
            fold_start(f, &record, i > 0 ? atom - 1 : NULL, atom);
        } else if (atom->kind == BK_EDIT_FIX) {
            if (met->fix != NULL && differ(edit->fix, atom->value)) {
                conflict(f, met->fix, atom);
            }
            met->fix = atom;
            edit->fix = atom->value;
        } else if (atom->kind == BK_EDIT_BOUND) {
            fold_bound(edit, met, atom);
        } else {
            edit->scale *= atom->value;
        }
    }
    close_layer(f, &record.layer[BK_BACKGROUND], &seen[BK_BACKGROUND]);
    close_layer(f, &record.layer[BK_TREATMENT], &seen[BK_TREATMENT]);
    return record;
}

static void fold_cut(folding *f, const bk_atom *atoms, size_t i, bk_overlay *overlay)
{
    const bk_atom *const atom = &atoms[i];
    if (i > 0 && atoms[i - 1].kind == BK_EDIT_CUT &&
        atoms[i - 1].symbol == atom->symbol && atoms[i - 1].source == atom->source) {
        if (differ(atoms[i - 1].value, atom->value)) {
            conflict(f, &atoms[i - 1], atom);
        }
        return;
    }
    overlay->cuts[overlay->n_cuts++] = (bk_overlay_cut){
        .source = atom->source, .target = atom->symbol, .value = atom->value};
}

bk_status bk_atoms_fold(bk_atoms *atoms, const bk_model *model, bk_diag *diag,
                        bk_overlay *overlay)
{
    folding f = {.model = model, .diag = diag};
    overlay->symbols = bk_alloc_zero(atoms->n, sizeof *overlay->symbols);
    overlay->cuts = bk_alloc_zero(atoms->n, sizeof *overlay->cuts);
    if (overlay->symbols == NULL || overlay->cuts == NULL) {
        return BK_NO_MEMORY;
    }
    if (atoms->n > 0) {
        qsort(atoms->items, atoms->n, sizeof *atoms->items, compare);
    }
    size_t i = 0;
    while (i < atoms->n && atoms->items[i].kind != BK_EDIT_CUT) {
        size_t end = i + 1;
        while (end < atoms->n && atoms->items[end].kind != BK_EDIT_CUT &&
               atoms->items[end].symbol == atoms->items[i].symbol) {
            end++;
        }
        overlay->symbols[overlay->n_symbols++] =
            fold_symbol(&f, atoms->items + i, end - i);
        i = end;
    }
    for (; i < atoms->n; i++) {
        fold_cut(&f, atoms->items, i, overlay);
    }
    return f.wrong ? BK_BAD_INPUT : BK_OK;
}
