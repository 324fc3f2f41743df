/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
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
    bk_diag *diag;
    bk_builder *builder;
    bk_arena *arena;
    bk_table *tables[PARTS];
    rule *rules;
    size_t n_rules, rule_capacity;
    int32_t *first_rule; /* by symbol */
    const char **ids;    /* of the nodes, for the nearest */
    size_t n_ids;
    bk_text bytes; /* of all files, for the hash */
    bool bad, memory;
} reader;

static void wrong(reader *r, bk_where where, const char *code, const char *what,
                  const char *cell)
{
    r->bad = true;
    bk_diag_add(r->diag, BK_ERROR, where, code, "%s: \"%s\"", what, cell);
}

/* A cell without the white space around it; "" when there is no such column. */
static const char *cell_of(reader *r, part p, size_t row, const char *column)
{
    const int number = bk_table_find_column(r->tables[p], column);
    if (number < 0) {
        return "";
    }
    const char *start = bk_table_text(r->tables[p], row, number);
    start += strspn(start, " ");
    size_t length = strlen(start);
    while (length > 0 && start[length - 1] == ' ') {
        length--;
    }
    const char *const copy = bk_arena_text_n(r->arena, start, length);
    r->memory = r->memory || copy == NULL;
    return copy != NULL ? copy : "";
}

static bk_where place_of(const reader *r, part p, size_t row, const char *column)
{
    const int number = bk_table_find_column(r->tables[p], column);
    return bk_table_where(r->tables[p], row, number < 0 ? 0 : number);
}

static bool one_of(const char *cell, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(cell, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bk_status read_table(reader *r, part p, const char *folder)
{
    static const char *const files[PARTS] = {"nodes.tsv", "arcs.tsv", "rules.tsv"};
    static const char *const required[PARTS][3] = {
        {"id"}, {"source", "sign", "target"}, {"target", "function"}};
    const char *const path = bk_arena_printf(r->arena, "%s/%s", folder, files[p]);
    char *data;
    size_t length;
    if (path == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = (bk_status)bk_file_read(path, r->diag, &data, &length);
    if (status != BK_OK) {
        return status;
    }
    bk_text_add_n(&r->bytes, data, length);
    status = bk_table_parse(data, length, path, BK_TSV, r->diag, &r->tables[p]);
    bk_free(data);
    for (size_t i = 0; i < 3 && status == BK_OK && required[p][i] != NULL; i++) {
        if (bk_table_find_column(r->tables[p], required[p][i]) < 0) {
            wrong(r, (bk_where){path, 1, 1}, "folder-column",
                  "the table must have this column", required[p][i]);
        }
    }
    return status == BK_OK && r->bytes.failed ? BK_NO_MEMORY : status;
}

/* All three, even when one is wrong. */
static bk_status read_tables(reader *r, const char *folder)
{
    bk_status status = BK_OK;
    for (part p = NODES; p < PARTS && status != BK_NO_MEMORY; p++) {
        const bk_status read = read_table(r, p, folder);
        status = read == BK_NO_MEMORY || status == BK_OK ? read : status;
    }
    return status == BK_OK && r->bad ? BK_BAD_INPUT : status;
}

static void add_aliases(reader *r, const char *list, int32_t symbol)
{
    while (*list != '\0') {
        const size_t length = strcspn(list, ";");
        const char *start = list + strspn(list, " ");
        const char *end = list + length;
        while (end > start && end[-1] == ' ') {
            end--;
        }
        list += length + (list[length] == ';');
        if (start >= end) {
            continue;
        }
        const char *const alias =
            bk_arena_text_n(r->arena, start, (size_t)(end - start));
        if (alias == NULL) {
            r->memory = true;
            return;
        }
        bk_builder_alias(r->builder, alias, symbol);
    }
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
        r->bad = true;
        bk_diag_add(r->diag, BK_ERROR, place_of(r, p, row, column), "folder-number",
                    "%s must be a whole number from %d to %d: \"%s\"", column, low,
                    high, cell);
        return otherwise;
    }
    return (int)value;
}

static bool read_slow(reader *r, part p, size_t row)
{
    static const char *const words[] = {"", "fast", "slow"};
    const char *const cell = cell_of(r, p, row, "speed");
    if (!one_of(cell, words, 3)) {
        wrong(r, place_of(r, p, row, "speed"), "folder-speed",
              "speed must be fast or slow", cell);
    }
    return strcmp(cell, "slow") == 0;
}

/* The meaning of a node as an XHTML paragraph, the form SBML notes have. */
static const char *notes_of(reader *r, const char *meaning)
{
    if (*meaning == '\0') {
        return NULL;
    }
    bk_text text = {0};
    bk_text_add(&text, "<p xmlns=\"http://www.w3.org/1999/xhtml\">");
    bk_text_xml(&text, meaning);
    bk_text_add(&text, "</p>");
    const char *const notes = text.failed ? NULL : bk_arena_text(r->arena, text.data);
    bk_text_free(&text);
    r->memory = r->memory || notes == NULL;
    return notes;
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
    symbol.notes.notes = notes_of(r, cell_of(r, NODES, row, "meaning"));
    symbol.where = place_of(r, NODES, row, "id");
    if (r->memory) {
        return;
    }
    const int32_t added = bk_builder_symbol(r->builder, &symbol);
    if (added < 0) {
        /* taken, which the builder has told */
        const bool taken = bk_builder_find(r->builder, id) >= 0;
        r->bad = r->bad || taken;
        r->memory = !taken;
        return;
    }
    r->ids[r->n_ids++] = id;
    add_aliases(r, cell_of(r, NODES, row, "aliases"), added);
    add_aliases(r, cell_of(r, NODES, row, "uniprot"), added);
}

static int32_t find_node(reader *r, const char *id, bk_where where)
{
    const int32_t symbol = bk_builder_find(r->builder, id);
    if (symbol >= 0) {
        return symbol;
    }
    r->bad = true;
    bk_text nearest = {0};
    const bool near = bk_text_nearest(&nearest, id, r->ids, r->n_ids, 3);
    bk_diag_add(r->diag, BK_ERROR, where, "folder-unknown",
                "no node of nodes.tsv has the id \"%s\"%s%s%s", id,
                near ? "; did you mean " : "", near ? nearest.data : "",
                near ? "?" : "");
    bk_text_free(&nearest);
    return -1;
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
    if (!one_of(sign, signs, 5)) {
        wrong(r, place_of(r, ARCS, row, "sign"), "folder-sign",
              "a sign must be +, - or ?", sign);
    }
    if (!one_of(confidence, confidences, 4)) {
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
    if (arc.source >= 0 && arc.target >= 0 && !r->memory) {
        bk_builder_influence(r->builder, &arc);
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
        r->bad = true;
        bk_diag_add(r->diag, BK_ERROR, made->where, "folder-twice",
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
        const int max = bk_builder_model(r->builder)->symbols[made.target].max_level;
        made.level = read_number(r, RULES, row, "level", 1, max, 1);
    }
    const bk_status status = bk_formula_parse(
        bk_builder_exprs(r->builder), function, strlen(function), &names,
        place_of(r, RULES, row, "function"), r->diag, &made.condition);
    r->memory = r->memory || status == BK_NO_MEMORY;
    r->bad = r->bad || status != BK_OK;
    if (made.target >= 0 && status == BK_OK) {
        insert_rule(r, &made);
    }
}

static bool read_rules(reader *r)
{
    const size_t rows = bk_table_rows(r->tables[RULES]);
    const size_t symbols = (size_t)bk_builder_model(r->builder)->n_symbols;
    r->first_rule = bk_alloc(symbols * sizeof *r->first_rule);
    if (r->first_rule == NULL ||
        !bk_grow(&r->rules, &r->rule_capacity, rows, sizeof *r->rules)) {
        return false;
    }
    for (size_t i = 0; i < symbols; i++) {
        r->first_rule[i] = -1;
    }
    for (size_t row = 0; row < rows && !r->memory; row++) {
        read_rule(r, row);
    }
    return !r->memory;
}

/* One logic a rule: the builder joins those of a node to the highest level that any of
 * them gives, which is what the table means. */
static void add_logics(reader *r)
{
    const int32_t symbols = bk_builder_model(r->builder)->n_symbols;
    for (int32_t i = 0; i < symbols; i++) {
        for (int32_t k = r->first_rule[i]; k >= 0; k = r->rules[k].next) {
            const rule *const from = &r->rules[k];
            const bk_logic logic = {.target = i,
                                    .rate_up = 1,
                                    .rate_down = 1,
                                    .share = 1,
                                    .where = from->where};
            const bk_term term = {.level = from->level,
                                  .condition = from->condition,
                                  .where = from->where};
            bk_builder_logic(r->builder, &logic);
            bk_builder_term(r->builder, &term);
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
    r->ids = bk_alloc(nodes * sizeof *r->ids);
    if (r->ids == NULL || !bk_file_identity(r->builder, r->arena, folder, r->bytes.data,
                                            r->bytes.length)) {
        return BK_NO_MEMORY;
    }
    for (size_t row = 0; row < nodes && !r->memory; row++) {
        add_node(r, row);
    }
    for (size_t row = 0; row < bk_table_rows(r->tables[ARCS]) && !r->memory; row++) {
        add_arc(r, row);
    }
    if (r->memory || !read_rules(r)) {
        return BK_NO_MEMORY;
    }
    if (r->bad) {
        /* what finish says of a half-read network would mislead */
        return BK_BAD_INPUT;
    }
    add_logics(r);
    return BK_OK;
}

static void reader_end(reader *r)
{
    for (part p = NODES; p < PARTS; p++) {
        bk_table_free(r->tables[p]);
    }
    bk_free(r->rules);
    bk_free(r->first_rule);
    bk_free(r->ids);
    bk_text_free(&r->bytes);
    bk_arena_free(r->arena);
}

bk_status bk_folder_read(const char *folder, bk_diag *diag, bk_model **model)
{
    reader r = {.diag = diag};
    r.arena = bk_arena_new();
    r.builder = bk_builder_new(diag);
    bk_status status = BK_NO_MEMORY;
    if (r.arena != NULL && r.builder != NULL) {
        status = read_all(&r, folder);
    }
    if (status == BK_OK) {
        status = bk_builder_finish(r.builder, model);
    } else {
        bk_builder_free(r.builder);
    }
    reader_end(&r);
    return status;
}
