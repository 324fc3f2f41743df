/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/rules_read.h"

#include <string.h>

/* A name up to a `*` or `=` or what ends a name anyway. */
static size_t plain_name_length(const char *s, const char *end)
{
    const size_t n = bk_formula_name_length(s, (size_t)(end - s));
    size_t k = 0;
    while (k < n && s[k] != '*' && s[k] != '=') {
        k++;
    }
    return k;
}

static void add_start(bk_rules_reader *r, const char *name, bk_where where)
{
    if (!bk_grow(&r->starts, &r->starts_capacity, r->n_starts + 1, sizeof *r->starts)) {
        r->memory = true;
        return;
    }
    r->starts[r->n_starts++] = (bk_rules_start){name, where, 0};
}

/* X = Y = True, False or Random; `s` is behind the first name. */
static void read_starts(bk_rules_reader *r, const char *line_start, const char *s,
                        const char *end, const char *name, bk_where where)
{
    const size_t first = r->n_starts;
    add_start(r, name, where);
    int level = -2;
    while (!r->memory && level == -2 && s < end && *s == '=') {
        s = bk_rules_skip(s + 1, end);
        const bk_where here = {
            r->file, r->number,
            1 + bk_formula_columns(line_start, (size_t)(s - line_start))};
        const size_t n = plain_name_length(s, end);
        level = bk_rules_is_word(s, n, "true")     ? 1
                : bk_rules_is_word(s, n, "false")  ? 0
                : bk_rules_is_word(s, n, "random") ? -1
                                                   : -2;
        if (level == -2 && n > 0) {
            char *const other = bk_arena_text_n(r->arena, s, n);
            r->memory = other == NULL;
            add_start(r, other, here);
        }
        s = bk_rules_skip(s + n, end);
        if (n == 0) {
            break;
        }
    }
    if (level == -2 || s != end) {
        const int column = 1 + bk_formula_columns(line_start, (size_t)(s - line_start));
        bk_rules_wrong(r, (bk_where){r->file, r->number, column}, "booleannet-line",
                       "a start must be True, False or Random");
        r->n_starts = first;
    }
    for (size_t i = first; i < r->n_starts; i++) {
        r->starts[i].level = level;
    }
}

/* `X* = function`, with a rank `1:` before it or none; `X = True`. */
void bk_booleannet_statement(bk_rules_reader *r, const char *start, const char *end)
{
    const char *target = bk_rules_skip(start, end);
    const size_t digits = strspn(target, "0123456789");
    if (digits > 0 && target + digits < end && target[digits] == ':') {
        target = bk_rules_skip(target + digits + 1, end);
    }
    const bk_where where = {r->file, r->number,
                            1 + bk_formula_columns(start, (size_t)(target - start))};
    const size_t n = plain_name_length(target, end);
    char *const name = bk_arena_text_n(r->arena, target, n);
    if (name == NULL) {
        r->memory = true;
        return;
    }
    const char *s = bk_rules_skip(target + n, end);
    const bool rule = s < end && *s == '*';
    s = rule ? bk_rules_skip(s + 1, end) : s;
    if (n == 0 || s == end || *s != '=' || !bk_formula_is_name(name)) {
        const int column = 1 + bk_formula_columns(start, (size_t)(s - start));
        bk_rules_wrong(r, (bk_where){r->file, r->number, column}, "booleannet-line",
                       "a line must read `X* = function` or `X = True`");
        return;
    }
    if (!rule) {
        read_starts(r, start, s, end, name, where);
        return;
    }
    bk_rules_target(r, name, where, start, s + 1, end);
}

void bk_booleannet_names(bk_rules_reader *r)
{
    bk_names *const said = bk_names_new();
    r->memory = r->memory || said == NULL;
    for (size_t i = 0; i < r->n_starts && !r->memory; i++) {
        const bk_rules_start *const s = &r->starts[i];
        const int32_t before = bk_names_add(said, s->name, (int32_t)i);
        if (before >= 0) {
            r->bad = true;
            bk_diag_add(r->diag, BK_ERROR, s->where, "booleannet-twice",
                        "how %s starts is said a second time; the first is in line %d",
                        s->name, r->starts[before].where.line);
        }
        r->memory = before == -2 || bk_rules_number(r, s->name, s->where) < 0;
    }
    bk_names_free(said);
}

void bk_booleannet_starts(bk_rules_reader *r)
{
    static const double even[2] = {1, 1};
    static uint8_t both[2] = {0, 1};
    for (size_t i = 0; i < r->n_starts; i++) {
        const int32_t x = bk_names_find(r->numbers, r->starts[i].name);
        bk_builder_model(r->builder)->symbols[x].start_level = r->starts[i].level;
        if (r->starts[i].level < 0) {
            bk_builder_start(r->builder, &(bk_start_group){.n = 1,
                                                           .states = 2,
                                                           .levels = &x,
                                                           .weights = even,
                                                           .values = both});
        }
    }
}
