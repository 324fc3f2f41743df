/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "scenario/bind_impl.h"
#include "scenario/library_impl.h"

#include <math.h>
#include <stdlib.h>

/* Variants are opened first, because what they say of access to a drug counts for drugs
 * that stand before them. */

enum { DEEPEST = 32 };

typedef struct access_edit {
    int32_t drug;
    double factor;
} access_edit;

typedef struct expansion {
    const bk_library *library;
    bk_diag *diag;
    bk_scenario *flat;
    const bk_edit **drugs; /* the drug edits met */
    access_edit *accesses;
    size_t n_drugs, n_accesses, drug_capacity, access_capacity;
    bk_status status; /* the worst so far */
} expansion;

static void fail(expansion *x, bk_status status)
{
    if (x->status != BK_NO_MEMORY && status != BK_OK) {
        x->status = status;
    }
}

static void walk(expansion *x, const bk_edit *edits, size_t n, int depth);

static void open_variant(expansion *x, const bk_edit *edit, int depth)
{
    const int32_t variant = bk_library_find_variant(x->library, edit->name);
    if (variant < 0) {
        fail(x, bk_library_unknown_background(x->library, edit->name, true, edit->where,
                                              x->diag));
        return;
    }
    if (depth >= DEEPEST) {
        bk_diag_add(x->diag, BK_ERROR, edit->where, "variant-circle",
                    "the variant \"%s\" is made of itself", edit->name);
        fail(x, BK_BAD_INPUT);
        return;
    }
    const char *const name = bk_library_variant(x->library, (size_t)variant);
    for (size_t i = 0; i < x->library->n_variants && x->status == BK_OK; i++) {
        const bk_entry_edits *const entry = &x->library->variants[i];
        if (bk_text_equal_nocase(entry->name, name)) {
            walk(x, x->library->variant_edits->edits + entry->first_edit, entry->edits,
                 depth + 1);
        }
    }
}

static void add_access(expansion *x, int32_t drug, double factor)
{
    if (!bk_grow(&x->accesses, &x->access_capacity, x->n_accesses + 1,
                 sizeof *x->accesses)) {
        fail(x, BK_NO_MEMORY);
        return;
    }
    x->accesses[x->n_accesses++] = (access_edit){drug, factor};
}

/* Of one drug, or of all of a class. */
static void note_access(expansion *x, const bk_edit *edit)
{
    const int32_t one = bk_library_find_drug(x->library, edit->name);
    if (one >= 0) {
        add_access(x, one, edit->value);
        return;
    }
    int32_t drug = bk_library_find_class(x->library, edit->name, 0);
    if (drug < 0) {
        fail(x, bk_library_unknown_drug(x->library, edit->name, edit->where, x->diag));
    }
    while (drug >= 0) {
        add_access(x, drug, edit->value);
        drug = bk_library_find_class(x->library, edit->name, (size_t)drug + 1);
    }
}

static void note_drug(expansion *x, const bk_edit *edit)
{
    if (!bk_grow(&x->drugs, &x->drug_capacity, x->n_drugs + 1, sizeof *x->drugs)) {
        fail(x, BK_NO_MEMORY);
        return;
    }
    x->drugs[x->n_drugs++] = edit;
}

static void walk(expansion *x, const bk_edit *edits, size_t n, int depth)
{
    for (size_t i = 0; i < n && x->status != BK_NO_MEMORY; i++) {
        switch (edits[i].kind) {
        case BK_EDIT_VARIANT:
            open_variant(x, &edits[i], depth);
            break;
        case BK_EDIT_ACCESS:
            note_access(x, &edits[i]);
            break;
        case BK_EDIT_DRUG:
            note_drug(x, &edits[i]);
            break;
        case BK_EDIT_START:
        case BK_EDIT_FIX:
        case BK_EDIT_BOUND:
        case BK_EDIT_SCALE:
        case BK_EDIT_CUT:
            fail(x, bk_scenario_add(x->flat, &edits[i]));
            break;
        }
    }
}

static int by_drug_and_factor(const void *a, const void *b)
{
    const access_edit *const x = a;
    const access_edit *const y = b;
    if (x->drug != y->drug) {
        return x->drug < y->drug ? -1 : 1;
    }
    return (x->factor > y->factor) - (x->factor < y->factor);
}

static double access_to(const expansion *x, int32_t drug)
{
    double access = 1;
    for (size_t i = 0; i < x->n_accesses; i++) {
        access *= x->accesses[i].drug == drug ? x->accesses[i].factor : 1;
    }
    return access;
}

/* What a dose leaves of what it acts on. */
static double left_by(const bk_drug_row *row, double dose, double access)
{
    const double occupied = pow(dose / row->potency, row->slope);
    const double left = row->residual + (1 - row->residual) / (1 + occupied);
    return 1 - access * (1 - left);
}

static void add_drug(expansion *x, const bk_edit *edit, int32_t drug)
{
    const bk_library *const library = x->library;
    const double dose = isnan(edit->value) ? library->drugs[drug].dose : edit->value;
    const double access = access_to(x, drug);
    if (isnan(dose)) {
        bk_diag_add(x->diag, BK_ERROR, edit->where, "dose-missing",
                    "the table gives %s no default dose; write %s@500nM or the like",
                    library->drugs[drug].name, library->drugs[drug].name);
        fail(x, BK_BAD_INPUT);
        return;
    }
    for (size_t i = 0; i < library->n_rows; i++) {
        const bk_drug_row *const row = &library->rows[i];
        if (row->drug != (size_t)drug || dose <= 0 || access <= 0) {
            continue;
        }
        for (size_t k = 0; k < row->edits; k++) {
            bk_edit made = library->drug_edits->edits[row->first_edit + k];
            made.where = edit->where;
            made.layer = BK_TREATMENT;
            if (made.kind == BK_EDIT_SCALE && isnan(made.value)) {
                made.value = left_by(row, dose, access);
            }
            fail(x, bk_scenario_add(x->flat, &made));
        }
    }
}

static void add_drugs(expansion *x)
{
    if (x->n_accesses > 0) {
        qsort(x->accesses, x->n_accesses, sizeof *x->accesses, by_drug_and_factor);
    }
    for (size_t i = 0; i < x->n_drugs && x->status != BK_NO_MEMORY; i++) {
        const bk_edit *const edit = x->drugs[i];
        int32_t drug = bk_library_find_drug(x->library, edit->name);
        if (drug < 0) {
            drug = bk_library_find_class(x->library, edit->name, 0);
            if (drug >= 0) {
                bk_diag_add(x->diag, BK_NOTE, edit->where, "drug-class",
                            "\"%s\" is a class of drugs; its first one, %s, is taken",
                            edit->name, bk_library_drug(x->library, (size_t)drug));
            }
        }
        if (drug < 0) {
            fail(x,
                 bk_library_unknown_drug(x->library, edit->name, edit->where, x->diag));
        } else {
            add_drug(x, edit, drug);
        }
    }
}

bk_status bk_scenario_expand(const bk_scenario *scenario, const bk_library *library,
                             bk_diag *diag, bk_scenario **flat)
{
    expansion x = {.library = library, .diag = diag, .status = BK_OK};
    x.flat = bk_scenario_new(scenario->name);
    if (x.flat == NULL) {
        return BK_NO_MEMORY;
    }
    walk(&x, scenario->edits, scenario->n, 0);
    add_drugs(&x);
    bk_free(x.drugs);
    bk_free(x.accesses);
    if (x.status != BK_OK) {
        bk_scenario_free(x.flat);
        return x.status;
    }
    *flat = x.flat;
    return BK_OK;
}
