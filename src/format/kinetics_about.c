/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/kinetics_read.h"

#include "format/identifiers.h"
#include "format/units.h"

#include <string.h>

typedef struct about {
    bk_cells *cells;
    const bk_table *table;
    bk_model *model;
    bool *amounts;
    bk_text notes;
    bk_statements said;
} about;

static bool read_unit(about *a, size_t row, const char *key)
{
    const struct {
        const char *key, **field;
    } units[] = {{"time", &a->model->time_units},
                 {"substance", &a->model->substance_units},
                 {"volume", &a->model->volume_units}};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(key, units[i].key) == 0) {
            *units[i].field = bk_cell_unit(a->cells, a->table, row, "value");
            a->model->extent_units = a->model->substance_units;
            return true;
        }
    }
    return false;
}

static bool read_statement(about *a, const char *key, const char *value)
{
    static const char *const qualifiers[][2] = {
        {"described_by", "bqmodel:isDescribedBy"},
        {"derived_from", "bqmodel:isDerivedFrom"},
        {"taxon", "bqbiol:hasTaxon"}};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(key, qualifiers[i][0]) == 0) {
            bk_state(&a->said, qualifiers[i][1], value);
            return true;
        }
    }
    return false;
}

/* A key that says one thing only, in a row above too. */
static bool is_said(const about *a, size_t row, const char *key)
{
    static const char *const once[] = {"name", "time", "substance", "volume",
                                       "species"};
    bool said = false;
    for (size_t i = 0; bk_cell_one_of(key, once, 5) && i < row; i++) {
        said = said || strcmp(bk_cell(a->cells, a->table, i, "key"), key) == 0;
    }
    return said;
}

static void read_key(about *a, size_t row)
{
    static const char *const kinds[] = {"amounts", "concentrations"};
    const char *const key = bk_cell(a->cells, a->table, row, "key");
    const char *const value = bk_cell(a->cells, a->table, row, "value");
    if (is_said(a, row, key)) {
        bk_cells_wrong(a->cells, bk_cell_where(a->table, row, "key"), "folder-key",
                       "this key stands in a row above too; keep one of them", key);
    } else if (strcmp(key, "name") == 0) {
        a->model->name = bk_builder_text(a->cells->builder, value);
    } else if (strcmp(key, "species") == 0) {
        if (!bk_cell_one_of(value, kinds, 2)) {
            bk_cells_wrong(a->cells, bk_cell_where(a->table, row, "value"),
                           "folder-species",
                           "species must be amounts or concentrations", value);
        }
        *a->amounts = strcmp(value, kinds[0]) == 0;
    } else if (strcmp(key, "note") == 0) {
        const char *const paragraph = bk_cells_notes(a->cells, value);
        bk_text_add(&a->notes, a->notes.length > 0 ? "\n" : "");
        bk_text_add(&a->notes, paragraph != NULL ? paragraph : "");
    } else if (!read_unit(a, row, key) && !read_statement(a, key, value)) {
        bk_cells_wrong(a->cells, bk_cell_where(a->table, row, "key"), "folder-key",
                       "a key is name, time, substance, volume, species, note, "
                       "described_by, derived_from or taxon",
                       key);
    }
}

void bk_kinetics_about(bk_cells *cells, const bk_table *table, bool *amounts)
{
    bk_builder *const builder = cells->builder;
    about a = {.cells = cells,
               .table = table,
               .model = bk_builder_model(builder),
               .amounts = amounts};
    const size_t rows = table != NULL ? bk_table_rows(table) : 0;
    for (size_t row = 0; row < rows && !cells->memory; row++) {
        read_key(&a, row);
    }
    /* The model keeps its texts in its own arena; symbols are copied when added. */
    bk_notes *const notes = &a.model->notes;
    bk_state_end(&a.said, cells, a.model->id, notes);
    notes->sbo = bk_builder_text(builder, "SBO:0000293"); /* continuous framework */
    notes->metaid = bk_builder_text(builder, notes->metaid);
    notes->annotation = bk_builder_text(builder, notes->annotation);
    notes->notes = bk_builder_text(builder, a.notes.data);
    cells->memory = cells->memory || a.notes.failed;
    bk_text_free(&a.notes);
}
