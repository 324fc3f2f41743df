/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/library_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* Each table is read row by row; a wrong cell is told and the next row is read. */

typedef struct reading {
    bk_library *library;
    bk_table *table;
    bk_diag *diag;
    bool wrong, memory;
} reading;

static void note_status(reading *r, bk_status status)
{
    r->memory = r->memory || status == BK_NO_MEMORY;
    r->wrong = r->wrong || status != BK_OK;
}

/* The table of a name in the folder; NULL when there is none. */
static bk_status open_table(const char *folder, const char *name, bk_diag *diag,
                            bk_table **table)
{
    bk_text path = {0};
    bk_text_printf(&path, "%s/%s", folder, name);
    if (path.failed) {
        bk_text_free(&path);
        return BK_NO_MEMORY;
    }
    bk_status status = BK_OK;
    *table = NULL;
    if (access(path.data, F_OK) == 0) {
        status = bk_table_read(path.data, BK_TSV, diag, table);
    }
    bk_text_free(&path);
    return status;
}

/* The number of a column that must be there, or -1 after saying so. */
static int need_column(reading *r, const char *name)
{
    const int column = bk_table_find_column(r->table, name);
    if (column < 0) {
        const bk_where where = {.file = bk_table_where(r->table, 0, 0).file, .line = 1};
        bk_diag_add(r->diag, BK_ERROR, where, "library-column",
                    "the table has no column \"%s\"; add one", name);
        r->wrong = true;
    }
    return column;
}

/* "" where the column or cell is missing, or is a dash. */
static const char *cell(const reading *r, size_t row, int column)
{
    const char *const text = column >= 0 ? bk_table_text(r->table, row, column) : "";
    return strcmp(text, "-") == 0 ? "" : text;
}

static const char *keep(reading *r, const char *text)
{
    const char *const copy = bk_arena_text(r->library->arena, text);
    note_status(r, copy != NULL ? BK_OK : BK_NO_MEMORY);
    return copy != NULL ? copy : "";
}

/* The number of a cell, or `otherwise` for an empty one. */
static double number(reading *r, size_t row, const char *column, double otherwise,
                     double least, double most, const char *expected)
{
    const int c = bk_table_find_column(r->table, column);
    const char *const text = cell(r, row, c);
    double value = otherwise;
    if (text[0] != '\0' && (!bk_double_parse(text, strlen(text), &value) ||
                            !(value >= least && value <= most))) {
        bk_diag_add(r->diag, BK_ERROR, bk_table_where(r->table, row, c),
                    "library-number", "%s: expected %s, got '%s'", column, expected,
                    text);
        r->wrong = true;
    }
    return value;
}

/* Checks the edits of a row of drugs.tsv. */
static void check_drug_edits(reading *r, const bk_drug_row *row, bk_where where)
{
    for (size_t i = 0; i < row->edits; i++) {
        const bk_edit *const edit = &r->library->drug_edits->edits[row->first_edit + i];
        if (edit->kind != BK_EDIT_SCALE && edit->kind != BK_EDIT_CUT &&
            edit->kind != BK_EDIT_FIX && edit->kind != BK_EDIT_BOUND) {
            bk_diag_add(r->diag, BK_ERROR, where, "library-edit",
                        "a drug acts by scale, cut, fix or bound, not by '%s'",
                        bk_edit_word(edit->kind));
            r->wrong = true;
        } else if (edit->kind == BK_EDIT_SCALE && isnan(edit->value) &&
                   !(row->potency > 0)) {
            bk_diag_add(r->diag, BK_ERROR, where, "library-edit",
                        "`scale %s` needs a potency_nM above 0, or a factor (`by`)",
                        edit->name);
            r->wrong = true;
        }
    }
}

/* The drug of a row: a known one, or a new one; -1 when memory is short. */
static int32_t drug_of(reading *r, const char *name)
{
    bk_library *const library = r->library;
    for (size_t i = 0; i < library->n_drugs; i++) {
        if (bk_text_equal_nocase(library->drugs[i].name, name)) {
            return (int32_t)i;
        }
    }
    if (!bk_grow(&library->drugs, &library->drug_capacity, library->n_drugs + 1,
                 sizeof *library->drugs)) {
        r->memory = true;
        return BK_NO_ENTRY;
    }
    library->drugs[library->n_drugs] = (bk_drug){
        .name = keep(r, name), .aliases = "", .family = "", .dose = (double)NAN};
    return (int32_t)library->n_drugs++;
}

/* What a row says of the drug as a whole: the first row that says it counts, and a
 * later one must not contradict. */
static void describe_drug(reading *r, size_t row, bk_drug *drug)
{
    const int aliases = bk_table_find_column(r->table, "aliases");
    const int family = bk_table_find_column(r->table, "class");
    if (drug->aliases[0] == '\0' && cell(r, row, aliases)[0] != '\0') {
        drug->aliases = keep(r, cell(r, row, aliases));
    }
    if (drug->family[0] == '\0' && cell(r, row, family)[0] != '\0') {
        drug->family = keep(r, cell(r, row, family));
    }
    const double dose =
        number(r, row, "default_nM", (double)NAN, 0, 1e300, "a dose in nM or nothing");
    if (isnan(drug->dose)) {
        drug->dose = dose;
    } else if (!isnan(dose) && (dose < drug->dose || dose > drug->dose)) {
        const int c = bk_table_find_column(r->table, "default_nM");
        bk_diag_add(r->diag, BK_ERROR, bk_table_where(r->table, row, c), "library-dose",
                    "an earlier row gives %s another default dose", drug->name);
        r->wrong = true;
    }
}

static void read_drug(reading *r, size_t row, int name, int edit)
{
    bk_library *const library = r->library;
    const bk_where where = bk_table_where(r->table, row, edit);
    const char *const text = cell(r, row, edit);
    if (cell(r, row, name)[0] == '\0') {
        bk_diag_add(r->diag, BK_ERROR, bk_table_where(r->table, row, name),
                    "library-name", "this row names no drug");
        r->wrong = true;
        return;
    }
    const int32_t drug = drug_of(r, cell(r, row, name));
    if (drug < 0) {
        return;
    }
    describe_drug(r, row, &library->drugs[drug]);
    bk_drug_row made = {
        .drug = (size_t)drug,
        .first_edit = library->drug_edits->n,
        .potency = number(r, row, "potency_nM", 0, 1e-300, 1e300, "a number above 0"),
        .slope = number(r, row, "slope", 1, 1e-300, 1e3, "a number above 0"),
        .residual = number(r, row, "residual", 0, 0, 1, "a number between 0 and 1")};
    note_status(r, bk_scenario_parse_edits(library->drug_edits, BK_TREATMENT, text,
                                           true, where, r->diag));
    made.edits = library->drug_edits->n - made.first_edit;
    check_drug_edits(r, &made, where);
    if (!bk_grow(&library->rows, &library->row_capacity, library->n_rows + 1,
                 sizeof made)) {
        r->memory = true;
        return;
    }
    library->rows[library->n_rows++] = made;
}

static void read_drugs(reading *r)
{
    const int name = need_column(r, "drug");
    const int edit = need_column(r, "edit");
    for (size_t i = 0; name >= 0 && edit >= 0 && i < bk_table_rows(r->table); i++) {
        if (!r->memory) {
            read_drug(r, i, name, edit);
        }
    }
}

/* The layer that a row of variants.tsv names; background when it names none. */
static bk_layer layer_of(reading *r, size_t row)
{
    const int column = bk_table_find_column(r->table, "layer");
    const char *const text = cell(r, row, column);
    if (strcmp(text, "treatment") == 0) {
        return BK_TREATMENT;
    }
    if (text[0] != '\0' && strcmp(text, "background") != 0) {
        bk_diag_add(r->diag, BK_ERROR, bk_table_where(r->table, row, column),
                    "library-layer", "expected background or treatment, got '%s'",
                    text);
        r->wrong = true;
    }
    return BK_BACKGROUND;
}

/* What a row says to readers. */
static const char *remark(reading *r, size_t row, const char *column)
{
    return keep(r, cell(r, row, bk_table_find_column(r->table, column)));
}

static void add_variant(reading *r, const bk_entry_edits *made)
{
    bk_library *const library = r->library;
    if (!bk_grow(&library->variants, &library->variant_capacity,
                 library->n_variants + 1, sizeof *made) ||
        !bk_grow(&library->variant_names, &library->name_capacity,
                 library->n_variant_names + 1, sizeof *library->variant_names)) {
        r->memory = true;
        return;
    }
    if (bk_library_find_variant(library, made->name) < 0) {
        library->variant_names[library->n_variant_names++] = made->name;
    }
    library->variants[library->n_variants++] = *made;
}

static void read_variants(reading *r)
{
    const int name = need_column(r, "variant");
    const int edits = need_column(r, "edits");
    if (name < 0 || edits < 0) {
        return;
    }
    for (size_t i = 0; !r->memory && i < bk_table_rows(r->table); i++) {
        bk_scenario *const into = r->library->variant_edits;
        bk_entry_edits made = {.name = keep(r, cell(r, i, name)),
                               .first_edit = into->n,
                               .source = remark(r, i, "source"),
                               .status = remark(r, i, "status"),
                               .note = remark(r, i, "note")};
        if (made.name[0] == '\0' && !r->memory) {
            bk_diag_add(r->diag, BK_ERROR, bk_table_where(r->table, i, name),
                        "library-name", "this row names no variant");
            r->wrong = true;
        }
        note_status(r, bk_scenario_parse(into, layer_of(r, i), cell(r, i, edits),
                                         bk_table_where(r->table, i, edits), r->diag));
        made.edits = into->n - made.first_edit;
        add_variant(r, &made);
    }
}

static void read_backgrounds(reading *r)
{
    bk_library *const library = r->library;
    const int name = need_column(r, "background");
    const int items = need_column(r, "variants");
    if (name < 0 || items < 0) {
        return;
    }
    for (size_t i = 0; !r->memory && i < bk_table_rows(r->table); i++) {
        bk_scenario *const into = library->background_edits;
        bk_entry_edits made = {.name = keep(r, cell(r, i, name)),
                               .first_edit = into->n,
                               .source = remark(r, i, "source"),
                               .status = remark(r, i, "status"),
                               .note = remark(r, i, "note")};
        const bk_where at = bk_table_where(r->table, i, name);
        if (made.name[0] == '\0' && !r->memory) {
            bk_diag_add(r->diag, BK_ERROR, at, "library-name",
                        "this row names no background");
            r->wrong = true;
        } else if (bk_library_find_background(library, made.name) >= 0) {
            bk_diag_add(r->diag, BK_ERROR, at, "library-name",
                        "the background \"%s\" is there twice; remove one", made.name);
            r->wrong = true;
        }
        note_status(r, bk_library_items(library, cell(r, i, items), false,
                                        bk_table_where(r->table, i, items), r->diag,
                                        into));
        made.edits = into->n - made.first_edit;
        if (!bk_grow(&library->backgrounds, &library->background_capacity,
                     library->n_backgrounds + 1, sizeof made)) {
            r->memory = true;
            return;
        }
        library->backgrounds[library->n_backgrounds++] = made;
    }
}

static void read_alleles(reading *r)
{
    bk_library *const library = r->library;
    const int gene = need_column(r, "gene");
    const int change = need_column(r, "change");
    const int variant = need_column(r, "variant");
    if (gene < 0 || change < 0 || variant < 0) {
        return;
    }
    for (size_t i = 0; !r->memory && i < bk_table_rows(r->table); i++) {
        const bk_where at = bk_table_where(r->table, i, variant);
        const int32_t known = bk_library_find_variant(library, cell(r, i, variant));
        if (cell(r, i, gene)[0] == '\0' || cell(r, i, change)[0] == '\0') {
            bk_diag_add(r->diag, BK_ERROR, at, "library-name",
                        "this row names no gene or no change");
            r->wrong = true;
            continue;
        }
        if (known < 0) {
            note_status(r, bk_library_unknown_background(library, cell(r, i, variant),
                                                         true, at, r->diag));
            continue;
        }
        if (!bk_grow(&library->alleles, &library->allele_capacity,
                     library->n_alleles + 1, sizeof *library->alleles)) {
            r->memory = true;
            return;
        }
        library->alleles[library->n_alleles++] =
            (bk_allele){.gene = keep(r, cell(r, i, gene)),
                        .change = keep(r, cell(r, i, change)),
                        .variant = (size_t)known,
                        .source = remark(r, i, "source"),
                        .status = remark(r, i, "status"),
                        .note = remark(r, i, "note")};
    }
}

static bk_status read_one(bk_library *library, const char *folder, const char *name,
                          void (*rows)(reading *), bk_diag *diag)
{
    reading r = {.library = library, .diag = diag};
    const bk_status status = open_table(folder, name, diag, &r.table);
    if (status != BK_OK || r.table == NULL) {
        return status;
    }
    rows(&r);
    bk_table_free(r.table);
    if (r.memory) {
        return BK_NO_MEMORY;
    }
    return r.wrong ? BK_BAD_INPUT : BK_OK;
}

static bk_library *library_new(void)
{
    bk_library *const library = bk_alloc_zero(1, sizeof *library);
    if (library == NULL) {
        return NULL;
    }
    library->arena = bk_arena_new();
    library->drug_edits = bk_scenario_new("drugs");
    library->variant_edits = bk_scenario_new("variants");
    library->background_edits = bk_scenario_new("backgrounds");
    if (library->arena == NULL || library->drug_edits == NULL ||
        library->variant_edits == NULL || library->background_edits == NULL) {
        bk_library_free(library);
        return NULL;
    }
    return library;
}

bk_status bk_library_read(const char *folder, bk_diag *diag, bk_library **library)
{
    static const struct {
        const char *name;
        void (*rows)(reading *);
    } tables[] = {{"drugs.tsv", read_drugs},
                  {"variants.tsv", read_variants},
                  {"alleles.tsv", read_alleles},
                  {"backgrounds.tsv", read_backgrounds}};
    bk_library *const made = library_new();
    bk_status status = made != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status != BK_NO_MEMORY;
         i++) {
        const bk_status one =
            read_one(made, folder, tables[i].name, tables[i].rows, diag);
        status = one != BK_OK ? one : status;
    }
    if (status != BK_OK) {
        bk_library_free(made);
        return status;
    }
    *library = made;
    return BK_OK;
}
