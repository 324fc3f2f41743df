/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/library_impl.h"

#include <string.h>

/* What a library holds, as tables for readers. */

typedef struct showing {
    const bk_library *library;
    bk_table *table;
    bk_status status;
} showing;

enum { DEEPEST = 32, MOST_COLUMNS = 6 };

static bk_status make_table(const char *const *names, int n, bk_table **table)
{
    bk_table *const made = bk_table_new();
    bk_status status = made != NULL ? BK_OK : BK_NO_MEMORY;
    for (int i = 0; i < n && status == BK_OK; i++) {
        status = bk_table_add_column(made, names[i], BK_TEXT, NULL);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

/* A row of texts; "" is a missing cell. */
static void add_row(showing *s, const char *const cells[MOST_COLUMNS])
{
    size_t row = 0;
    if (s->status == BK_OK) {
        s->status = bk_table_add_row(s->table, &row);
    }
    for (int i = 0; i < MOST_COLUMNS && s->status == BK_OK; i++) {
        if (cells[i] != NULL && cells[i][0] != '\0') {
            s->status = bk_table_set_text(s->table, row, i, cells[i]);
        }
    }
}

static bk_status finish(showing *s, bk_table **table)
{
    if (s->status != BK_OK) {
        bk_table_free(s->table);
        return s->status;
    }
    *table = s->table;
    return BK_OK;
}

/* Edits separated by "; ". */
static void print_edits(bk_text *text, const bk_edit *edits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bk_text_add(text, text->length > 0 ? "; " : "");
        if (edits[i].kind == BK_EDIT_VARIANT) {
            bk_text_add(text, edits[i].name);
        } else {
            bk_edit_print(text, &edits[i]);
        }
    }
}

static void list_entry(showing *s, const char *kind, const bk_entry_edits *entry,
                       const bk_text *sets)
{
    if (sets->failed) {
        s->status = BK_NO_MEMORY;
    }
    add_row(s, (const char *[]){entry->name, kind, sets->data, entry->source,
                                entry->status, entry->note});
}

static void list_variant(showing *s, const char *name)
{
    const bk_library *const library = s->library;
    const bk_entry_edits *first = NULL;
    bk_text sets = {0};
    for (size_t i = 0; i < library->n_variants; i++) {
        const bk_entry_edits *const entry = &library->variants[i];
        if (bk_text_equal_nocase(entry->name, name)) {
            first = first != NULL ? first : entry;
            print_edits(&sets, library->variant_edits->edits + entry->first_edit,
                        entry->edits);
        }
    }
    if (first != NULL) {
        list_entry(s, "variant", first, &sets);
    }
    bk_text_free(&sets);
}

bk_status bk_library_list(const bk_library *library, bk_table **table)
{
    static const char *const names[MOST_COLUMNS] = {"name",   "kind",   "sets",
                                                    "source", "status", "note"};
    showing s = {.library = library};
    s.status = make_table(names, MOST_COLUMNS, &s.table);
    for (size_t i = 0; i < bk_library_backgrounds(library) && s.status == BK_OK; i++) {
        const bk_entry_edits *const entry = &library->backgrounds[i];
        bk_text sets = {0};
        print_edits(&sets, library->background_edits->edits + entry->first_edit,
                    entry->edits);
        list_entry(&s, "background", entry, &sets);
        bk_text_free(&sets);
    }
    for (size_t i = 0; i < bk_library_variants(library) && s.status == BK_OK; i++) {
        list_variant(&s, library->variant_names[i]);
    }
    for (size_t i = 0; library != NULL && i < library->n_alleles; i++) {
        const bk_allele *const allele = &library->alleles[i];
        bk_text name = {0};
        bk_text_printf(&name, "%s:%s", allele->gene, allele->change);
        s.status = name.failed && s.status == BK_OK ? BK_NO_MEMORY : s.status;
        add_row(&s, (const char *[]){name.data, "allele",
                                     library->variant_names[allele->variant],
                                     allele->source, allele->status, allele->note});
        bk_text_free(&name);
    }
    return finish(&s, table);
}

/* --- one background --------------------------------------------------------------- */

static const char *layer_word(bk_layer layer)
{
    return layer == BK_TREATMENT ? "treatment" : "background";
}

static void show_edit(showing *s, const char *item, const bk_edit *edit,
                      const bk_entry_edits *entry)
{
    bk_text text = {0};
    bk_edit_print(&text, edit);
    s->status = text.failed && s->status == BK_OK ? BK_NO_MEMORY : s->status;
    add_row(s, (const char *[]){item, layer_word(edit->layer), text.data,
                                entry != NULL ? entry->source : "",
                                entry != NULL ? entry->status : "",
                                entry != NULL ? entry->note : ""});
    bk_text_free(&text);
}

static void show_variant(showing *s, const char *name, int depth)
{
    const bk_library *const library = s->library;
    for (size_t i = 0; depth < DEEPEST && i < library->n_variants; i++) {
        const bk_entry_edits *const entry = &library->variants[i];
        const bk_edit *const edits = library->variant_edits->edits + entry->first_edit;
        if (!bk_text_equal_nocase(entry->name, name)) {
            continue;
        }
        for (size_t k = 0; k < entry->edits && s->status == BK_OK; k++) {
            if (edits[k].kind == BK_EDIT_VARIANT) {
                show_variant(s, edits[k].name, depth + 1);
            } else {
                show_edit(s, entry->name, &edits[k], entry);
            }
        }
        if (entry->edits == 0) {
            add_row(s, (const char *[]){entry->name, NULL, NULL, entry->source,
                                        entry->status, entry->note});
        }
    }
}

/* What the tables say of the name itself: a background's or an allele's own row. */
static void show_title(showing *s, const char *name)
{
    const bk_library *const library = s->library;
    const int32_t background = bk_library_find_background(library, name);
    if (background >= 0) {
        const bk_entry_edits *const entry = &library->backgrounds[background];
        add_row(s, (const char *[]){entry->name, NULL, NULL, entry->source,
                                    entry->status, entry->note});
        return;
    }
    const char *const colon = strchr(name, ':');
    bk_text gene = {0};
    bk_text_add_n(&gene, name, colon != NULL ? (size_t)(colon - name) : 0);
    const int32_t allele = colon != NULL && !gene.failed && gene.data != NULL
                               ? bk_library_find_allele(library, gene.data, colon + 1)
                               : BK_NO_ENTRY;
    if (allele >= 0) {
        const bk_allele *const a = &library->alleles[allele];
        add_row(s, (const char *[]){name, NULL, NULL, a->source, a->status, a->note});
    }
    bk_text_free(&gene);
}

bk_status bk_library_show(const bk_library *library, const char *name, bk_where where,
                          bk_diag *diag, bk_table **table)
{
    static const char *const names[MOST_COLUMNS] = {"item",   "layer",  "edit",
                                                    "source", "status", "note"};
    bk_scenario *const scenario = bk_scenario_new(name);
    showing s = {.library = library};
    s.status = scenario != NULL ? bk_library_background_scenario(library, name, where,
                                                                 diag, scenario)
                                : BK_NO_MEMORY;
    if (s.status == BK_OK) {
        s.status = make_table(names, MOST_COLUMNS, &s.table);
    }
    if (s.status == BK_OK) {
        show_title(&s, name);
    }
    for (size_t i = 0; scenario != NULL && i < scenario->n && s.status == BK_OK; i++) {
        if (scenario->edits[i].kind == BK_EDIT_VARIANT) {
            show_variant(&s, scenario->edits[i].name, 0);
        } else {
            show_edit(&s, name, &scenario->edits[i], NULL);
        }
    }
    bk_scenario_free(scenario);
    return finish(&s, table);
}
