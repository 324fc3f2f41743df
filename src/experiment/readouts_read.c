/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/readouts_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/model.h"

#include <string.h>
#include <unistd.h>

/* The table of a folder, what is wanted of it, and what stands in for it when a model
 * has none: everything that evolves. */

typedef struct listing {
    bk_readouts *readouts;
    const bk_model *model;
    bk_diag *diag;
    bk_table *table; /* or NULL */
    int name, expression;
    bk_status status; /* the worst so far */
} listing;

static void note(listing *l, bk_status status)
{
    if (l->status != BK_NO_MEMORY && status != BK_OK) {
        l->status = status;
    }
}

static bk_status open_table(listing *l, const char *folder)
{
    bk_text path = {0};
    bk_text_printf(&path, "%s/readouts.tsv", folder);
    bk_status status = path.failed ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK && access(path.data, F_OK) == 0) {
        status = bk_table_read(path.data, BK_TSV, l->diag, &l->table);
    }
    bk_text_free(&path);
    if (status != BK_OK || l->table == NULL) {
        return status;
    }
    l->name = bk_table_find_column(l->table, "readout");
    l->expression = bk_table_find_column(l->table, "expression");
    if (l->name < 0 || l->expression < 0) {
        const bk_where where = {.file = bk_table_where(l->table, 0, 0).file, .line = 1};
        bk_diag_add(l->diag, BK_ERROR, where, "readouts-column",
                    "the table needs the columns readout and expression");
        return BK_BAD_INPUT;
    }
    return BK_OK;
}

static void add_row(listing *l, size_t row)
{
    note(l,
         bk_readouts_add(l->readouts, l->model, bk_table_text(l->table, row, l->name),
                         bk_table_text(l->table, row, l->expression),
                         bk_table_where(l->table, row, l->expression), l->diag));
}

static void add_wanted(listing *l, const char *name)
{
    if (name[0] == '\0' || bk_readouts_have(l->readouts, name)) {
        return;
    }
    for (size_t row = 0; l->table != NULL && row < bk_table_rows(l->table); row++) {
        if (strcmp(bk_table_text(l->table, row, l->name), name) == 0) {
            add_row(l, row);
            return;
        }
    }
    note(l, bk_readouts_add(l->readouts, l->model, name, name, (bk_where){.file = NULL},
                            l->diag));
}

/* Commas within parentheses or quotes belong to an expression. */
static void add_list(listing *l, const char *only)
{
    bk_text item = {0};
    int depth = 0;
    bool quoted = false;
    for (const char *c = only; l->status != BK_NO_MEMORY; c++) {
        quoted = *c == '"' ? !quoted : quoted;
        depth += !quoted && *c == '(' ? 1 : !quoted && *c == ')' ? -1 : 0;
        const bool end = *c == '\0' || (*c == ',' && depth <= 0 && !quoted);
        if (!end) {
            bk_text_add_n(&item, c, *c != ' ' || item.length > 0 ? 1 : 0);
            continue;
        }
        while (item.length > 0 && item.data[item.length - 1] == ' ') {
            item.data[--item.length] = '\0';
        }
        if (item.failed) {
            note(l, BK_NO_MEMORY);
        } else if (item.length > 0) {
            add_wanted(l, item.data);
        }
        bk_text_clear(&item);
        if (*c == '\0') {
            break;
        }
    }
    bk_text_free(&item);
}

static bool evolves(const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    return s->kind == BK_LEVEL || s->kind == BK_SPECIES || s->drive >= 0;
}

static void add_everything(listing *l)
{
    bk_text quoted = {0};
    for (int32_t s = 0; s < l->model->n_symbols && l->status != BK_NO_MEMORY; s++) {
        if (!evolves(l->model, s)) {
            continue;
        }
        const char *const id = l->model->symbols[s].id;
        bk_text_clear(&quoted);
        bk_text_printf(&quoted, bk_is_sid(id) ? "%s" : "\"%s\"", id);
        note(l, quoted.failed ? BK_NO_MEMORY
                              : bk_readouts_add(l->readouts, l->model, id, quoted.data,
                                                (bk_where){.file = NULL}, l->diag));
    }
    bk_text_free(&quoted);
}

bk_status bk_readouts_read(bk_readouts *readouts, const bk_model *model,
                           const char *folder, const char *only, bk_diag *diag)
{
    listing l = {.readouts = readouts, .model = model, .diag = diag, .status = BK_OK};
    note(&l, folder != NULL ? open_table(&l, folder) : BK_OK);
    if (l.status == BK_OK && only != NULL) {
        add_list(&l, only);
    } else if (l.status == BK_OK && l.table == NULL) {
        add_everything(&l);
    } else if (l.status == BK_OK) {
        for (size_t row = 0; row < bk_table_rows(l.table); row++) {
            add_row(&l, row);
        }
    }
    bk_table_free(l.table);
    return l.status;
}
