/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/names.h"
#include "format/rules_read.h"

#include <string.h>

/* .bnet, and the text of BooleanNet, whose lines read otherwise.
 *
 * Three passes: the lines give the targets, which take the first symbol numbers in
 * their order; the functions give the inputs, which take the next; then everything is
 * added to the builder, where valid names keep themselves as ids and the others get
 * made ones. */

void bk_rules_wrong(bk_rules_reader *r, bk_where where, const char *code,
                    const char *what)
{
    r->bad = true;
    bk_diag_add(r->diag, BK_ERROR, where, code, "%s", what);
}

/* The number of a name, new ones being added; -1 without memory. */
int32_t bk_rules_number(bk_rules_reader *r, const char *name, bk_where where)
{
    const int32_t known = bk_names_find(r->numbers, name);
    if (known >= 0) {
        return known;
    }
    const char *const copy = bk_arena_text(r->arena, name);
    if (copy == NULL || bk_names_add(r->numbers, name, (int32_t)r->n_names) != -1 ||
        !bk_grow(&r->names, &r->name_capacity, r->n_names + 1, sizeof *r->names) ||
        !bk_grow(&r->wheres, &r->where_capacity, r->n_names + 1, sizeof *r->wheres)) {
        r->memory = true;
        return -1;
    }
    r->names[r->n_names] = copy;
    r->wheres[r->n_names] = where;
    return (int32_t)r->n_names++;
}

static int32_t find_name(void *context, const char *name, bk_where where)
{
    return bk_rules_number(context, name, where);
}

const char *bk_rules_skip(const char *s, const char *end)
{
    while (s < end && strchr(" \t\v\f", *s) != NULL && *s != '\0') {
        s++;
    }
    return s;
}

bool bk_rules_is_word(const char *s, size_t length, const char *word)
{
    char copy[16];
    if (length != strlen(word) || length >= sizeof copy) {
        return false;
    }
    memcpy(copy, s, length);
    copy[length] = '\0';
    return bk_text_equal_nocase(copy, word);
}

/* `targets, factors`, and any further column names. */
static bool is_header(const char *s, const char *end)
{
    size_t n = bk_formula_name_length(s, (size_t)(end - s));
    if (!bk_rules_is_word(s, n, "targets") && !bk_rules_is_word(s, n, "target")) {
        return false;
    }
    s = bk_rules_skip(s + n, end);
    if (s == end || *s != ',') {
        return false;
    }
    s = bk_rules_skip(s + 1, end);
    n = bk_formula_name_length(s, (size_t)(end - s));
    return bk_rules_is_word(s, n, "factors") || bk_rules_is_word(s, n, "functions");
}

void bk_rules_target(bk_rules_reader *r, const char *name, bk_where where,
                     const char *start, const char *function, const char *end)
{
    const size_t before = r->n_names;
    const int32_t number = bk_rules_number(r, name, where);
    if (number < 0) {
        return;
    }
    if ((size_t)number < before) {
        const bk_where first = r->wheres[number];
        r->bad = true;
        bk_diag_add(r->diag, BK_ERROR, where, "bnet-twice",
                    "%s is defined a second time; its first definition is at %s:%d:%d",
                    name, first.file != NULL ? first.file : "", first.line,
                    first.column);
        return;
    }
    if (!bk_grow(&r->lines, &r->line_capacity, r->n_lines + 1, sizeof *r->lines)) {
        r->memory = true;
        return;
    }
    r->lines[r->n_lines++] = (bk_rules_line){
        .where = where,
        .function = function,
        .length = (size_t)(end - function),
        .number = r->number,
        .column = 1 + bk_formula_columns(start, (size_t)(function - start)),
        .condition = BK_NO_EXPR};
}

/* One line without its comment and its end: `target, function`. */
static void read_definition(bk_rules_reader *r, const char *start, const char *end)
{
    const char *const target = bk_rules_skip(start, end);
    if (target == end) {
        return;
    }
    const bk_where where = {r->file, r->number,
                            1 + bk_formula_columns(start, (size_t)(target - start))};
    const size_t n = bk_formula_name_length(target, (size_t)(end - target));
    const char *s = bk_rules_skip(target + n, end);
    char *const name = bk_arena_text_n(r->arena, target, n);
    if (name == NULL) {
        r->memory = true;
        return;
    }
    if (n == 0 || s == end || *s != ',') {
        const int column = 1 + bk_formula_columns(start, (size_t)(s - start));
        bk_rules_wrong(r, (bk_where){r->file, r->number, column}, "bnet-line",
                       "a line must read `target, function`");
        return;
    }
    if (!bk_formula_is_name(name)) {
        bk_rules_wrong(r, where, "bnet-line",
                       "a word of the language cannot be defined; rename the target");
        return;
    }
    bk_rules_target(r, name, where, start, s + 1, end);
}

static void read_lines(bk_rules_reader *r)
{
    bool first = true;
    for (r->number = 1; r->at < r->end && !r->memory; r->number++) {
        const char *const start = r->at;
        const char *comment = NULL;
        while (r->at < r->end && *r->at != '\n' && *r->at != '\r') {
            if (*r->at == '#' && comment == NULL) {
                comment = r->at;
            }
            r->at++;
        }
        const char *const end = comment != NULL ? comment : r->at;
        if (r->at < r->end) {
            r->at += *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n' ? 2 : 1;
        }
        const char *const content = bk_rules_skip(start, end);
        if (content == end) {
            continue;
        }
        if (r->booleannet) {
            bk_booleannet_statement(r, start, end);
        } else if (!first || !is_header(content, end)) {
            read_definition(r, start, end);
        }
        first = false;
    }
    if (r->n_lines == 0 && r->n_starts == 0 && !r->bad && !r->memory) {
        bk_rules_wrong(r, (bk_where){r->file, 1, 1}, "bnet-empty",
                       r->booleannet
                           ? "there is no rule; a line must read `X* = function`"
                           : "there is no rule; a line must read `target, function`");
    }
}

static void read_functions(bk_rules_reader *r)
{
    const bk_formula_names names = {.context = r, .find = find_name};
    for (size_t i = 0; i < r->n_lines && !r->memory; i++) {
        bk_rules_line *const l = &r->lines[i];
        const bk_where where = {r->file, l->number, l->column};
        const bk_status status =
            bk_formula_parse(bk_builder_exprs(r->builder), l->function, l->length,
                             &names, where, r->diag, &l->condition);
        r->memory = r->memory || status == BK_NO_MEMORY;
        r->bad = r->bad || status != BK_OK;
    }
}

/* An input whose name differs from a target's by case alone is a slip as a rule. */
static void tell_near_inputs(bk_rules_reader *r)
{
    for (size_t i = r->n_lines; i < r->n_names; i++) {
        for (size_t k = 0; k < r->n_lines; k++) {
            if (bk_text_equal_nocase(r->names[i], r->names[k])) {
                bk_diag_add(
                    r->diag, BK_WARNING, r->wheres[i], "bnet-case",
                    "%s has no rule and is taken as an input; %s, which differs "
                    "by case alone, has one",
                    r->names[i], r->names[k]);
            }
        }
    }
}

static void add_symbols(bk_rules_reader *r, const char *const *ids)
{
    for (size_t i = 0; i < r->n_names; i++) {
        bk_symbol symbol = bk_symbol_blank(BK_LEVEL, ids[i]);
        /* a name is an alias by itself */
        symbol.name = strcmp(ids[i], r->names[i]) != 0 ? r->names[i] : "";
        symbol.max_level = 1;
        symbol.start_level = -1;
        symbol.where = r->wheres[i];
        bk_builder_symbol(r->builder, &symbol);
    }
}

static void add_logics(bk_rules_reader *r)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        const bk_rules_line *const l = &r->lines[i];
        const bk_op op = bk_expr_op(bk_builder_exprs(r->builder), l->condition);
        const bk_logic logic = {.target = (int32_t)i,
                                .otherwise = op == BK_OP_TRUE,
                                .rate_up = 1,
                                .rate_down = 1,
                                .where = l->where};
        bk_builder_logic(r->builder, &logic);
        if (op != BK_OP_TRUE && op != BK_OP_FALSE) {
            const bk_term term = {
                .level = 1, .condition = l->condition, .where = l->where};
            bk_builder_term(r->builder, &term);
        }
    }
}

static bk_status read_all(bk_rules_reader *r, const char *text, size_t length)
{
    const char *const nul = length > 0 ? memchr(text, '\0', length) : NULL;
    if (nul != NULL) {
        bk_rules_wrong(r, (bk_where){.file = r->file}, "bnet-nul",
                       "the file holds a NUL byte; save it as UTF-8 text");
        return BK_BAD_INPUT;
    }
    read_lines(r);
    if (!r->memory) {
        read_functions(r);
        bk_booleannet_names(r);
    }
    if (r->memory || r->bad) {
        return r->memory ? BK_NO_MEMORY : BK_BAD_INPUT;
    }
    tell_near_inputs(r);
    const char *const *const ids = bk_sids_make(r->arena, r->names, r->n_names);
    if (ids == NULL || !bk_file_identity(r->builder, r->arena, r->file, text, length)) {
        return BK_NO_MEMORY;
    }
    add_symbols(r, ids);
    add_logics(r);
    /* Symbols may be missing when memory was short; finish tells that. */
    if ((size_t)bk_builder_model(r->builder)->n_symbols == r->n_names) {
        bk_booleannet_starts(r);
    }
    return BK_OK;
}

static bk_status parse(const char *text, size_t length, const char *name,
                       bool booleannet, bk_diag *diag, bk_model **model)
{
    bk_rules_reader r = {.booleannet = booleannet,
                         .at = text,
                         .end = text + length,
                         .file = name,
                         .diag = diag};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        r.at += 3;
    }
    r.arena = bk_arena_new();
    r.numbers = bk_names_new();
    r.builder = bk_builder_new(diag);
    bk_status status = BK_NO_MEMORY;
    if (r.arena != NULL && r.numbers != NULL && r.builder != NULL) {
        status = read_all(&r, text, length);
    }
    if (status == BK_OK) {
        status = bk_builder_finish(r.builder, model);
    } else {
        bk_builder_free(r.builder);
    }
    bk_free(r.starts);
    bk_free(r.lines);
    bk_free(r.names);
    bk_free(r.wheres);
    bk_names_free(r.numbers);
    bk_arena_free(r.arena);
    return status;
}

bk_status bk_bnet_parse(const char *text, size_t length, const char *name,
                        bk_diag *diag, bk_model **model)
{
    return parse(text, length, name, false, diag, model);
}

bk_status bk_booleannet_parse(const char *text, size_t length, const char *name,
                              bk_diag *diag, bk_model **model)
{
    return parse(text, length, name, true, diag, model);
}

static bk_status read_file(const char *path, bool booleannet, bk_diag *diag,
                           bk_model **model)
{
    char *data;
    size_t length;
    const bk_status status = (bk_status)bk_file_read(path, diag, &data, &length);
    if (status != BK_OK) {
        return status;
    }
    const bk_status parsed = parse(data, length, path, booleannet, diag, model);
    bk_free(data);
    return parsed;
}

bk_status bk_bnet_read(const char *path, bk_diag *diag, bk_model **model)
{
    return read_file(path, false, diag, model);
}

bk_status bk_booleannet_read(const char *path, bk_diag *diag, bk_model **model)
{
    return read_file(path, true, diag, model);
}
