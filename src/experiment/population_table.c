/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The constants of populations: their table, and setting one. */

#include "experiment/population_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const bk_population_name bk_population_names[BK_POPULATION_NAMES] = {
    {"weight", "kg", 70},    {"molar_mass", "kDa", 150},
    {"interval", "day", 21}, {"infusion", "day", 0.0625},
    {"CL", "L/day", 0},      {"V1", "L", 1},
    {"Q", "L/day", 0},       {"V2", "L", 1},
    {"dose", "mg/kg", 0},    {"fraction", "1", 0},
    {"KD", "nmol/L", 1},     {"DAR", "1", 0},
    {"kint", "1/day", 0},    {"kout", "1/day", 1},
    {"bystander", "1", 0},   {"kcl", "1/day", 0},
    {"P50", "1/cell", 1},    {"h", "1", 1},
    {"kmax", "1/day", 0},    {"cycling_only", "1", 0},
    {"cycling", "1", 1},     {"g", "1/day", 0},
    {"kimm", "1/day", 0},    {"suppression", "1", 0},
    {"burden", "1", 1},      {"burden50", "1", 1},
    {"mhc_bound", "1", 0},   {"epitope_bound", "1", 0},
    {"R50", "1/cell", 1}};

/* What cannot be 0, for it divides or is a logarithm's argument. */
static bool divides(int name)
{
    static const char *const ids[] = {"weight", "molar_mass", "interval", "infusion",
                                      "V1",     "V2",         "KD",       "P50",
                                      "h",      "burden50",   "R50"};
    bool found = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        found = found || strcmp(ids[i], bk_population_names[name].id) == 0;
    }
    return found;
}

static bool is_share(int name)
{
    static const char *const ids[] = {"cycling_only", "cycling",   "suppression",
                                      "bystander",    "mhc_bound", "epitope_bound"};
    bool found = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        found = found || strcmp(ids[i], bk_population_names[name].id) == 0;
    }
    return found;
}

/* The number of a constant's name, or -1 after a message. */
static int name_of(const char *id, bk_where where, bk_diag *diag)
{
    const char *ids[BK_POPULATION_NAMES];
    for (int i = 0; i < BK_POPULATION_NAMES; i++) {
        ids[i] = bk_population_names[i].id;
        if (strcmp(ids[i], id) == 0) {
            return i;
        }
    }
    (void)bk_unknown_add(diag, where, "population-constant", id, ids,
                         BK_POPULATION_NAMES, "; docs/populations.md lists them",
                         "the model of populations has no constant \"%s\"", id);
    return -1;
}

/* A constant's value in its legal range, or false after a message.  A slope below 1 would
 * make killing infinitely steep where there is no payload. */
static bool legal(int name, double value, bk_where where, bk_diag *diag)
{
    const char *const id = bk_population_names[name].id;
    const double low = strcmp(id, "h") == 0 ? 1.0 : 0.0;
    const bool fits = isfinite(value) && value >= low &&
                      (value > 0.0 || !divides(name)) &&
                      (value <= 1.0 || !is_share(name));
    if (!fits) {
        bk_diag_add(diag, BK_ERROR, where, "population-constant",
                    "%s must be a number %s%s", id,
                    low > 0.0       ? "of 1 or more"
                    : divides(name) ? "above 0"
                                    : "of 0 or more",
                    is_share(name) ? " and at most 1" : "");
    }
    return fits;
}

/* The column of a name, or -1 after a message. */
static int column_of(const bk_table *table, const char *name, const char *path,
                     bk_diag *diag)
{
    const int column = bk_table_find_column(table, name);
    if (column < 0) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = path, .line = 1}, "columns",
                    "there is no column \"%s\"; add it", name);
    }
    return column;
}

static bool number_at(const bk_table *t, size_t row, int column, double *value)
{
    const char *const text = bk_table_text(t, row, column);
    return bk_double_parse(text, strlen(text), value);
}

typedef struct columns {
    int drug, constant, value, low, high, status;
} columns;

static bool read_range(const bk_table *t, size_t row, const columns *k,
                       bk_population_constant *c, bk_diag *diag)
{
    const bk_where where = bk_table_where(t, row, k->low);
    if (number_at(t, row, k->low, &c->low) && number_at(t, row, k->high, &c->high) &&
        c->low > 0.0 && c->low <= c->value && c->value <= c->high &&
        legal(c->name, c->high, where, diag)) {
        return true;
    }
    bk_diag_add(diag, BK_ERROR, where, "population-range",
                "a chosen constant needs a range 0 < low <= value <= high to be "
                "sampled from");
    return false;
}

static bool read_row(const bk_table *t, size_t row, const columns *k,
                     bk_population_constant *c, bk_diag *diag)
{
    const char *const drug = bk_table_text(t, row, k->drug);
    const char *const status = bk_table_text(t, row, k->status);
    const bk_where where = bk_table_where(t, row, k->value);
    if (drug[0] == '\0' || strlen(drug) >= sizeof c->drug) {
        bk_diag_add(diag, BK_ERROR, bk_table_where(t, row, k->drug), "population-drug",
                    "a drug's name has 1 to %zu bytes; * means all drugs",
                    sizeof c->drug - 1);
        return false;
    }
    snprintf(c->drug, sizeof c->drug, "%s", drug);
    c->name = name_of(bk_table_text(t, row, k->constant),
                      bk_table_where(t, row, k->constant), diag);
    if (!number_at(t, row, k->value, &c->value)) {
        c->value = (double)NAN;
    }
    if (c->name < 0 || !legal(c->name, c->value, where, diag)) {
        return false;
    }
    c->low = c->high = c->value;
    c->sampled = strcmp(status, "chosen") == 0;
    c->published = strcmp(status, "published") == 0;
    if (!c->sampled && !c->published && strcmp(status, "given") != 0) {
        bk_diag_add(diag, BK_ERROR, bk_table_where(t, row, k->status),
                    "population-status",
                    "the status \"%s\" is none of published, given, chosen", status);
        return false;
    }
    return !c->sampled || read_range(t, row, k, c, diag);
}

static bk_status add(bk_population_constants *constants,
                     const bk_population_constant *c)
{
    if (!bk_grow(&constants->list, &constants->capacity, constants->n + 1,
                 sizeof *constants->list)) {
        return BK_NO_MEMORY;
    }
    constants->list[constants->n++] = *c;
    return BK_OK;
}

static bk_population_constant *own(const bk_population_constants *constants,
                                   const char *drug, int name)
{
    for (size_t i = 0; i < constants->n; i++) {
        if (constants->list[i].name == name &&
            strcmp(constants->list[i].drug, drug) == 0) {
            return &constants->list[i];
        }
    }
    return NULL;
}

static bk_status read_rows(const bk_table *t, const char *path,
                           bk_population_constants *constants, bk_diag *diag)
{
    const columns k = {.drug = column_of(t, "drug", path, diag),
                       .constant = column_of(t, "constant", path, diag),
                       .value = column_of(t, "value", path, diag),
                       .low = column_of(t, "low", path, diag),
                       .high = column_of(t, "high", path, diag),
                       .status = column_of(t, "status", path, diag)};
    if (k.drug < 0 || k.constant < 0 || k.value < 0 || k.low < 0 || k.high < 0 ||
        k.status < 0) {
        return BK_BAD_INPUT;
    }
    bk_status status = BK_OK;
    for (size_t row = 0; row < bk_table_rows(t) && status != BK_NO_MEMORY; row++) {
        bk_population_constant c;
        if (!read_row(t, row, &k, &c, diag)) {
            status = BK_BAD_INPUT;
        } else if (own(constants, c.drug, c.name) != NULL) {
            bk_diag_add(diag, BK_ERROR, bk_table_where(t, row, k.constant),
                        "population-twice", "%s of %s is given twice; keep one row",
                        bk_population_names[c.name].id, c.drug);
            status = BK_BAD_INPUT;
        } else if (add(constants, &c) != BK_OK) {
            status = BK_NO_MEMORY;
        }
    }
    return status;
}

bk_status bk_population_read(const char *path, bk_diag *diag,
                             bk_population_constants **constants)
{
    bk_table *table = NULL;
    bk_status status = bk_table_read(path, BK_TSV, diag, &table);
    if (status != BK_OK) {
        return status;
    }
    bk_population_constants *const made = bk_alloc_zero(1, sizeof *made);
    status = made != NULL ? read_rows(table, path, made, diag) : BK_NO_MEMORY;
    bk_table_free(table);
    if (status != BK_OK) {
        bk_population_free(made);
        return status;
    }
    *constants = made;
    return BK_OK;
}

void bk_population_free(bk_population_constants *constants)
{
    if (constants != NULL) {
        bk_free(constants->list);
        bk_free(constants);
    }
}

bk_status bk_population_drug(const bk_population_constants *constants, const char *drug,
                             bk_diag *diag, const char **known)
{
    if (strcmp(drug, "none") == 0) {
        *known = "none";
        return BK_OK;
    }
    const char **const names = bk_alloc((constants->n + 1) * sizeof *names);
    if (names == NULL) {
        return BK_NO_MEMORY;
    }
    size_t n = 0;
    const char *found = NULL;
    for (size_t i = 0; i < constants->n; i++) {
        const char *const name = constants->list[i].drug;
        if (strcmp(name, "*") != 0) {
            found = bk_text_equal_nocase(name, drug) ? name : found;
            if (n == 0 || strcmp(names[n - 1], name) != 0) {
                names[n++] = name;
            }
        }
    }
    if (found != NULL) {
        *known = found;
    } else {
        (void)bk_unknown_add(diag, (bk_where){0}, "population-drug", drug, names, n,
                             "; add its rows",
                             "the table of populations has no drug \"%s\"", drug);
    }
    bk_free(names);
    return found != NULL ? BK_OK : BK_NOT_FOUND;
}

const bk_population_constant *
bk_population_find(const bk_population_constants *constants, const char *drug, int name)
{
    const bk_population_constant *const its = own(constants, drug, name);
    return its != NULL ? its : own(constants, "*", name);
}

bk_status bk_population_set(bk_population_constants *constants, const char *text,
                            bk_diag *diag)
{
    const bk_where nowhere = {.file = NULL};
    const char *const colon = strchr(text, ':');
    const char *const start = colon != NULL ? colon + 1 : text;
    const char *const equals = strchr(start, '=');
    char id[64], drug[64] = "*";
    double value;
    if (equals == NULL || (size_t)(equals - start) >= sizeof id ||
        (colon != NULL && (size_t)(colon - text) >= sizeof drug) ||
        !bk_double_parse(equals + 1, strlen(equals + 1), &value)) {
        bk_diag_add(diag, BK_ERROR, nowhere, "population-constant",
                    "\"%s\" is not CONSTANT=NUMBER or DRUG:CONSTANT=NUMBER", text);
        return BK_BAD_INPUT;
    }
    snprintf(id, sizeof id, "%.*s", (int)(equals - start), start);
    const int name = name_of(id, nowhere, diag);
    if (name < 0 || !legal(name, value, nowhere, diag)) {
        return BK_BAD_INPUT;
    }
    if (colon != NULL) {
        const char *known = NULL;
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%.*s", (int)(colon - text), text);
        const bk_status status = bk_population_drug(constants, wanted, diag, &known);
        if (status != BK_OK) {
            return status;
        }
        snprintf(drug, sizeof drug, "%s", known);
    }
    const bk_population_constant made = {
        .name = name, .value = value, .low = value, .high = value};
    bool found = false;
    for (size_t i = 0; i < constants->n; i++) {
        bk_population_constant *const c = &constants->list[i];
        /* What is set for all drugs replaces what a drug had of its own. */
        if (c->name == name && (colon == NULL || strcmp(c->drug, drug) == 0)) {
            c->value = c->low = c->high = value;
            c->sampled = c->published = false;
            found = found || strcmp(c->drug, drug) == 0;
        }
    }
    if (found) {
        return BK_OK;
    }
    bk_population_constant more = made;
    snprintf(more.drug, sizeof more.drug, "%s", drug);
    return add(constants, &more);
}
