/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/cells.h"
#include "format/formula.h"
#include "format/kinetics_read.h"
#include "format/names.h"
#include "model/builder.h"

#include <blockade/format.h>
#include <blockade/table.h>

#include <string.h>

/* The three tables are read first, so that the problems of all of them are told in one
 * pass; then nodes become symbols, arcs influences, and rules logics, those of a node
 * from its highest level down. */

typedef enum part { NODES, ARCS, RULES, PARTS } part;

typedef struct rule {
    int32_t target;
    int level;
    bk_expr condition;
    bk_where where;
    int32_t next; /* of the same target, lower level; -1: last */
} rule;

typedef struct reader {
    bk_cells cells;
    bk_table *tables[PARTS];
    rule *rules;
    size_t n_rules, rule_capacity;
    int32_t *first_rule; /* by symbol */
} reader;

static const char *cell_of(reader *r, part p, size_t row, const char *column)
{
    return bk_cell(&r->cells, r->tables[p], row, column);
}

static bk_where place_of(const reader *r, part p, size_t row, const char *column)
{
    return bk_cell_where(r->tables[p], row, column);
}

static void wrong(reader *r, bk_where where, const char *code, const char *what,
                  const char *cell)
{
    bk_cells_wrong(&r->cells, where, code, what, cell);
}

static bk_status read_table(reader *r, part p, const char *folder)
{
    static const char *const files[PARTS] = {"nodes.tsv", "arcs.tsv", "rules.tsv"};
    static const char *const required[PARTS][4] = {
        {"id"}, {"source", "sign", "target"}, {"target", "function"}};
    return bk_cells_read(&r->cells, folder, files[p], false, required[p],
                         &r->tables[p]);
}

/* All three, even when one is wrong. */
static bk_status read_tables(reader *r, const char *folder)
{
    bk_status status = BK_OK;
    for (part p = NODES; p < PARTS && status != BK_NO_MEMORY; p++) {
        const bk_status read = read_table(r, p, folder);
        status = read == BK_NO_MEMORY || status == BK_OK ? read : status;
    }
    return status == BK_OK && r->cells.bad ? BK_BAD_INPUT : status;
}

/* A whole number in [low, high] in a cell; an empty cell is `otherwise`. */
static int read_number(reader *r, part p, size_t row, const char *column, int low,
                       int high, int otherwise)
{
    const char *const cell = cell_of(r, p, row, column);
    int64_t value;
    if (*cell == '\0') {
        return otherwise;
    }
    if (!bk_int_parse(cell, strlen(cell), &value) || value < low || value > high) {
        r->cells.bad = true;
        bk_diag_add(r->cells.diag, BK_ERROR, place_of(r, p, row, column),
                    "folder-number", "%s must be a whole number from %d to %d: \"%s\"",
                    column, low, high, cell);
        return otherwise;
    }
    return (int)value;
}

static bool read_slow(reader *r, part p, size_t row)
{
    static const char *const words[] = {"", "fast", "slow"};
    const char *const cell = cell_of(r, p, row, "speed");
    if (!bk_cell_one_of(cell, words, 3)) {
        wrong(r, place_of(r, p, row, "speed"), "folder-speed",
              "speed must be fast or slow", cell);
    }
    return strcmp(cell, "slow") == 0;
}

static void add_node(reader *r, size_t row)
{
    const char *const id = cell_of(r, NODES, row, "id");
    if (!bk_is_sid(id)) {
        wrong(r, place_of(r, NODES, row, "id"), "folder-id",
              "an id is a letter or _ and then letters, digits and _", id);
        return;
    }
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.name = cell_of(r, NODES, row, "name");
    symbol.max_level = read_number(r, NODES, row, "max", 1, 100, 1);
    symbol.start_level = read_number(r, NODES, row, "start", 0, symbol.max_level, -1);
    symbol.slow = read_slow(r, NODES, row);
    symbol.group = cell_of(r, NODES, row, "group");
    symbol.notes.notes = bk_cells_notes(&r->cells, cell_of(r, NODES, row, "meaning"));
    symbol.where = place_of(r, NODES, row, "id");
    if (r->cells.memory) {
        return;
    }
    const int32_t added = bk_builder_symbol(r->cells.builder, &symbol);
    if (added < 0) {
        /* taken, which the builder has told */
        const bool taken = bk_builder_find(r->cells.builder, id) >= 0;
        r->cells.bad = r->cells.bad || taken;
        r->cells.memory = !taken;
        return;
    }
    bk_cells_alias(&r->cells, cell_of(r, NODES, row, "aliases"), added);
    bk_cells_alias(&r->cells, cell_of(r, NODES, row, "uniprot"), added);
}

static int32_t find_node(reader *r, const char *id, bk_where where)
{
    return bk_cells_find(&r->cells, id, where, "node of nodes.tsv");
}

static int32_t find_in_rule(void *context, const char *name, bk_where where)
{
    return find_node(context, name, where);
}

static int32_t node_in(reader *r, part p, size_t row, const char *column)
{
    return find_node(r, cell_of(r, p, row, column), place_of(r, p, row, column));
}

static void add_arc(reader *r, size_t row)
{
    static const char *const signs[] = {"", "?", "+", "-", "\xE2\x88\x92"};
    static const char *const confidences[] = {"", "high", "medium", "low"};
    const char *const sign = cell_of(r, ARCS, row, "sign");
    const char *const confidence = cell_of(r, ARCS, row, "confidence");
    if (!bk_cell_one_of(sign, signs, 5)) {
        wrong(r, place_of(r, ARCS, row, "sign"), "folder-sign",
              "a sign must be +, - or ?", sign);
    }
    if (!bk_cell_one_of(confidence, confidences, 4)) {
        wrong(r, place_of(r, ARCS, row, "confidence"), "folder-confidence",
              "confidence must be high, medium or low", confidence);
    }
    bk_influence arc = {.source = node_in(r, ARCS, row, "source"),
                        .target = node_in(r, ARCS, row, "target"),
                        .effective = true};
    arc.declared = *sign == '+' ? 1 : *sign == '-' || *sign == '\xE2' ? -1 : 0;
    arc.sign = arc.declared;
    arc.mechanism = cell_of(r, ARCS, row, "mechanism");
    arc.references = cell_of(r, ARCS, row, "reference");
    arc.confidence = confidence;
    arc.loop = cell_of(r, ARCS, row, "loop");
    arc.slow = read_slow(r, ARCS, row);
    if (arc.source >= 0 && arc.target >= 0 && !r->cells.memory) {
        bk_builder_influence(r->cells.builder, &arc);
    }
}

/* Puts a rule among those of its target, highest level first. */
static void insert_rule(reader *r, const rule *made)
{
    int32_t *place = &r->first_rule[made->target];
    while (*place >= 0 && r->rules[*place].level > made->level) {
        place = &r->rules[*place].next;
    }
    if (*place >= 0 && r->rules[*place].level == made->level) {
        const bk_where first = r->rules[*place].where;
        r->cells.bad = true;
        bk_diag_add(r->cells.diag, BK_ERROR, made->where, "folder-twice",
                    "level %d of this target has a rule already, at line %d; join them "
                    "with |",
                    made->level, first.line);
        return;
    }
    rule copy = *made;
    copy.next = *place;
    *place = (int32_t)r->n_rules;
    r->rules[r->n_rules++] = copy;
}

static void read_rule(reader *r, size_t row)
{
    const int column = bk_table_find_column(r->tables[RULES], "function");
    const char *const function = bk_table_text(r->tables[RULES], row, column);
    const bk_formula_names names = {
        .comparisons = true, .context = r, .find = find_in_rule};
    rule made = {.target = node_in(r, RULES, row, "target"),
                 .level = 1,
                 .condition = BK_NO_EXPR,
                 .where = place_of(r, RULES, row, "target")};
    if (made.target >= 0) {
        const int max =
            bk_builder_model(r->cells.builder)->symbols[made.target].max_level;
        made.level = read_number(r, RULES, row, "level", 1, max, 1);
    }
    const bk_status status = bk_formula_parse(
        bk_builder_exprs(r->cells.builder), function, strlen(function), &names,
        place_of(r, RULES, row, "function"), r->cells.diag, &made.condition);
    r->cells.memory = r->cells.memory || status == BK_NO_MEMORY;
    r->cells.bad = r->cells.bad || status != BK_OK;
    if (made.target >= 0 && status == BK_OK) {
        insert_rule(r, &made);
    }
}

static bool read_rules(reader *r)
{
    const size_t rows = bk_table_rows(r->tables[RULES]);
    const size_t symbols = (size_t)bk_builder_model(r->cells.builder)->n_symbols;
    r->first_rule = bk_alloc(symbols * sizeof *r->first_rule);
    if (r->first_rule == NULL ||
        !bk_grow(&r->rules, &r->rule_capacity, rows, sizeof *r->rules)) {
        return false;
    }
    for (size_t i = 0; i < symbols; i++) {
        r->first_rule[i] = -1;
    }
    for (size_t row = 0; row < rows && !r->cells.memory; row++) {
        read_rule(r, row);
    }
    return !r->cells.memory;
}

/* One logic a rule: the builder joins those of a node to the highest level that any of
 * them gives, which is what the table means. */
static void add_logics(reader *r)
{
    const int32_t symbols = bk_builder_model(r->cells.builder)->n_symbols;
    for (int32_t i = 0; i < symbols; i++) {
        for (int32_t k = r->first_rule[i]; k >= 0; k = r->rules[k].next) {
            const rule *const from = &r->rules[k];
            const bk_logic logic = {
                .target = i, .rate_up = 1, .rate_down = 1, .where = from->where};
            const bk_term term = {.level = from->level,
                                  .condition = from->condition,
                                  .where = from->where};
            bk_builder_logic(r->cells.builder, &logic);
            bk_builder_term(r->cells.builder, &term);
        }
    }
}

static bk_status read_all(reader *r, const char *folder)
{
    const bk_status status = read_tables(r, folder);
    if (status != BK_OK) {
        return status;
    }
    const size_t nodes = bk_table_rows(r->tables[NODES]);
    if (!bk_file_identity(r->cells.builder, r->cells.arena, folder, r->cells.bytes.data,
                          r->cells.bytes.length)) {
        return BK_NO_MEMORY;
    }
    for (size_t row = 0; row < nodes && !r->cells.memory; row++) {
        add_node(r, row);
    }
    for (size_t row = 0; row < bk_table_rows(r->tables[ARCS]) && !r->cells.memory;
         row++) {
        add_arc(r, row);
    }
    if (r->cells.memory || !read_rules(r)) {
        return BK_NO_MEMORY;
    }
    if (r->cells.bad) {
        /* what finish says of a half-read network would mislead */
        return BK_BAD_INPUT;
    }
    add_logics(r);
    return BK_OK;
}

bk_status bk_folder_read(const char *folder, bk_diag *diag, bk_model **model)
{
    bool reactions = false;
    if (bk_kinetics_folder(folder, &reactions) != BK_OK) {
        return BK_NO_MEMORY;
    }
    if (reactions) {
        return bk_kinetics_read(folder, diag, model);
    }
    reader r = {.n_rules = 0};
    bk_status status =
        bk_cells_begin(&r.cells, diag) ? read_all(&r, folder) : BK_NO_MEMORY;
    for (part p = NODES; p < PARTS; p++) {
        bk_table_free(r.tables[p]);
    }
    bk_free(r.rules);
    bk_free(r.first_rule);
    return bk_cells_end(&r.cells, status, model);
}
