/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/units.h"

#include <ctype.h>
#include <string.h>

enum { MOST_FACTORS = 16 };

/* A word, and one or two factors: nM is 1e-9 mole a litre. */
typedef struct word {
    const char *text;
    bk_unit first;
    const char *per; /* kind of a second one, to the power -1 */
} word;

static const word words[] = {
    {"mol", {"mole", 1, 0, 1, 0}, NULL},     {"mmol", {"mole", 1, -3, 1, 0}, NULL},
    {"umol", {"mole", 1, -6, 1, 0}, NULL},   {"nmol", {"mole", 1, -9, 1, 0}, NULL},
    {"pmol", {"mole", 1, -12, 1, 0}, NULL},  {"M", {"mole", 1, 0, 1, 0}, "litre"},
    {"mM", {"mole", 1, -3, 1, 0}, "litre"},  {"uM", {"mole", 1, -6, 1, 0}, "litre"},
    {"nM", {"mole", 1, -9, 1, 0}, "litre"},  {"pM", {"mole", 1, -12, 1, 0}, "litre"},
    {"l", {"litre", 1, 0, 1, 0}, NULL},      {"ml", {"litre", 1, -3, 1, 0}, NULL},
    {"ul", {"litre", 1, -6, 1, 0}, NULL},    {"s", {"second", 1, 0, 1, 0}, NULL},
    {"min", {"second", 1, 0, 60, 0}, NULL},  {"h", {"second", 1, 0, 3600, 0}, NULL},
    {"d", {"second", 1, 0, 86400, 0}, NULL}, {"g", {"gram", 1, 0, 1, 0}, NULL},
    {"mg", {"gram", 1, -3, 1, 0}, NULL},     {"ug", {"gram", 1, -6, 1, 0}, NULL},
    {"ng", {"gram", 1, -9, 1, 0}, NULL},     {"item", {"item", 1, 0, 1, 0}, NULL},
};

typedef struct factors {
    bk_unit units[MOST_FACTORS];
    int n;
} factors;

static const word *word_of(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].text) == length &&
            memcmp(words[i].text, text, length) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

static bool add_word(factors *f, const word *from, double power)
{
    if (f->n + 2 > MOST_FACTORS) {
        return false;
    }
    f->units[f->n] = from->first;
    f->units[f->n++].exponent = power;
    if (from->per != NULL) {
        f->units[f->n++] = (bk_unit){from->per, -power, 0, 1, 0};
    }
    return true;
}

/* One word with its power, behind `*` or `/`. */
static bool read_factor(factors *f, const char **text, bool divided)
{
    const char *at = *text;
    const size_t length = strcspn(at, "*/^ ");
    const bool one = length == 1 && *at == '1';
    const word *const found = word_of(at, length);
    double power = 1;
    at += length;
    if (*at == '^' && isdigit((unsigned char)at[1])) {
        power = at[1] - '0';
        at += 2;
    }
    *text = at;
    return one || (found != NULL && add_word(f, found, divided ? -power : power));
}

static bool read_factors(factors *f, const char *text)
{
    bool divided = false;
    for (;;) {
        if (!read_factor(f, &text, divided)) {
            return false;
        }
        if (*text == '\0') {
            return true;
        }
        if (*text != '*' && *text != '/') {
            return false;
        }
        divided = *text++ == '/';
    }
}

/* nM/s: nM_per_s; 1/s: per_s; 1*s: _1_s, since no id begins with a digit. */
static void make_id(const char *text, bk_text *id)
{
    const char *at = strncmp(text, "1/", 2) == 0 ? text + 1 : text;
    if (isdigit((unsigned char)*at)) {
        bk_text_add_char(id, '_');
    }
    for (; *at != '\0'; at++) {
        if (*at == '/') {
            bk_text_add(id, id->length == 0 ? "per_" : "_per_");
        } else if (*at != '^') {
            bk_text_add_char(id, (char)(*at == '*' ? '_' : *at));
        }
    }
}

static bool is_defined(const bk_model *model, const char *id)
{
    for (int32_t i = 0; i < model->n_unit_definitions; i++) {
        if (strcmp(model->unit_definitions[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool define(bk_builder *builder, const char *id, const char *name,
                   const factors *f)
{
    const bk_unit_definition definition = {.id = id, .name = name};
    bool fine = bk_builder_unit_definition(builder, &definition) >= 0;
    for (int i = 0; i < f->n && fine; i++) {
        fine = bk_builder_unit(builder, &f->units[i]) >= 0;
    }
    return fine;
}

bk_units_answer bk_units_define(bk_builder *builder, const char *text, const char **id)
{
    factors f = {.n = 0};
    if (!read_factors(&f, text)) {
        return BK_UNITS_WRONG;
    }
    const bk_unit *const u = &f.units[0];
    if (f.n == 0 ||
        (f.n == 1 && u->exponent == 1 && u->scale == 0 && u->multiplier == 1)) {
        *id = f.n == 0 ? "dimensionless" : u->kind;
        return BK_UNITS_FINE;
    }
    bk_text made = {0};
    make_id(text, &made);
    *id = made.failed ? NULL : bk_builder_text(builder, made.data);
    bk_text_free(&made);
    const bool fine = *id != NULL && (is_defined(bk_builder_model(builder), *id) ||
                                      define(builder, *id, text, &f));
    return fine ? BK_UNITS_FINE : BK_UNITS_MEMORY;
}

const char *bk_cell_unit(bk_cells *cells, const bk_table *table, size_t row,
                         const char *column)
{
    const char *const cell = bk_cell(cells, table, row, column);
    const char *id = NULL;
    if (*cell == '\0') {
        return NULL;
    }
    const bk_units_answer answer = bk_units_define(cells->builder, cell, &id);
    if (answer == BK_UNITS_WRONG) {
        bk_cells_wrong(cells, bk_cell_where(table, row, column), "folder-unit",
                       "units are words such as nM, s, item, 1 with * / ^ between, as "
                       "in 1/nM/s",
                       cell);
    }
    cells->memory = cells->memory || answer == BK_UNITS_MEMORY;
    return answer == BK_UNITS_FINE ? id : NULL;
}
