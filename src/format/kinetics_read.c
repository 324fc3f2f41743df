/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/kinetics_read.h"

#include "base/alloc.h"
#include "format/cells.h"
#include "format/identifiers.h"
#include "format/kinetics_equation.h"
#include "format/names.h"
#include "format/units.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* All symbols first, so that a law may name what stands further down; then assignments
 * and reactions, whose laws make the modifiers. */

typedef enum part {
    MODEL,
    COMPARTMENTS,
    SPECIES,
    PARAMETERS,
    ASSIGNMENTS,
    REACTIONS,
    PARTS
} part;

typedef struct reader {
    bk_cells cells;
    bk_table *tables[PARTS];
    bool amounts; /* species are amounts in laws, not concentrations */
    int32_t
        *species_seen; /* by symbol: 1 + the last reaction that names it as reactant,
                              product or modifier */
} reader;

static const char *cell_of(reader *r, part p, size_t row, const char *column)
{
    return bk_cell(&r->cells, r->tables[p], row, column);
}

static bk_where place_of(const reader *r, part p, size_t row, const char *column)
{
    return bk_cell_where(r->tables[p], row, column);
}

static size_t rows_of(const reader *r, part p)
{
    return r->tables[p] != NULL ? bk_table_rows(r->tables[p]) : 0;
}

static void wrong(reader *r, part p, size_t row, const char *column, const char *code,
                  const char *what)
{
    bk_cells_wrong(&r->cells, place_of(r, p, row, column), code, what,
                   cell_of(r, p, row, column));
}

/* All of them, even when one is wrong. */
static bk_status read_tables(reader *r, const char *folder)
{
    static const struct {
        const char *file;
        bool optional;
        const char *columns[4];
    } tables[PARTS] = {
        [MODEL] = {"model.tsv", true, {"key", "value"}},
        [COMPARTMENTS] = {"compartments.tsv", true, {"id", "size"}},
        [SPECIES] = {"species.tsv", false, {"id", "start"}},
        [PARAMETERS] = {"parameters.tsv", true, {"id", "value"}},
        [ASSIGNMENTS] = {"assignments.tsv", true, {"id", "formula"}},
        [REACTIONS] = {"reactions.tsv", false, {"id", "equation", "law"}},
    };
    bk_status status = BK_OK;
    for (part p = MODEL; p < PARTS && status != BK_NO_MEMORY; p++) {
        const bk_status read =
            bk_cells_read(&r->cells, folder, tables[p].file, tables[p].optional,
                          tables[p].columns, &r->tables[p]);
        status = read == BK_NO_MEMORY || status == BK_OK ? read : status;
    }
    return status == BK_OK && r->cells.bad ? BK_BAD_INPUT : status;
}

/* --- what the tables share --- */

static const char *unit_of(reader *r, part p, size_t row)
{
    return bk_cell_unit(&r->cells, r->tables[p], row, "unit");
}

static double number_of(reader *r, part p, size_t row, const char *column)
{
    const char *const cell = cell_of(r, p, row, column);
    double value = NAN;
    if (!bk_double_parse(cell, strlen(cell), &value) || !isfinite(value)) {
        wrong(r, p, row, column, "folder-number", "this must be a finite number");
    }
    return value;
}

static bool yes_of(reader *r, part p, size_t row, const char *column)
{
    static const char *const words[] = {"", "no", "yes"};
    const char *const cell = cell_of(r, p, row, column);
    if (!bk_cell_one_of(cell, words, 3)) {
        wrong(r, p, row, column, "folder-yes", "this must be yes, no or empty");
    }
    return strcmp(cell, "yes") == 0;
}

static bool is_sbo(const char *cell)
{
    return strncmp(cell, "SBO:", 4) == 0 && strlen(cell) == 11 &&
           strspn(cell + 4, "0123456789") == 7;
}

/* SBO term, notes and identifiers of a row. */
static bk_notes notes_of(reader *r, part p, size_t row, const char *id)
{
    bk_notes notes = {0};
    bk_statements said = {0};
    const char *const sbo = cell_of(r, p, row, "sbo");
    if (*sbo != '\0' && !is_sbo(sbo)) {
        wrong(r, p, row, "sbo", "folder-sbo",
              "a term of the Systems Biology Ontology is SBO: and seven digits");
    }
    notes.sbo = *sbo != '\0' ? sbo : NULL;
    notes.notes = bk_cells_notes(&r->cells, cell_of(r, p, row, "meaning"));
    bk_state_what(&said, cell_of(r, p, row, "identifiers"));
    bk_state_end(&said, &r->cells, id, &notes);
    return notes;
}

/* Makes the symbol of a row; -1 when it cannot be, which is told. */
static int32_t add_symbol(reader *r, part p, size_t row, bk_symbol symbol)
{
    if (!bk_is_sid(symbol.id)) {
        wrong(r, p, row, "id", "folder-id",
              "an id is a letter or _ and then letters, digits and _");
        return -1;
    }
    symbol.name = cell_of(r, p, row, "name");
    symbol.where = place_of(r, p, row, "id");
    symbol.group = cell_of(r, p, row, "group");
    symbol.notes = notes_of(r, p, row, symbol.id);
    if (r->cells.memory) {
        return -1;
    }
    const int32_t added = bk_builder_symbol(r->cells.builder, &symbol);
    if (added < 0) {
        const bool taken = bk_builder_find(r->cells.builder, symbol.id) >= 0;
        r->cells.bad = r->cells.bad || taken; /* which the builder has told */
        r->cells.memory = !taken;
        return -1;
    }
    bk_cells_alias(&r->cells, cell_of(r, p, row, "aliases"), added);
    return added;
}

static int32_t find(reader *r, const char *name, bk_where where)
{
    return bk_cells_find(&r->cells, name, where, "row of this folder");
}

/* The compartment that a row names: the only one when it names none; -1: told. */
static int32_t compartment_of(reader *r, part p, size_t row)
{
    const char *id = cell_of(r, p, row, "compartment");
    if (*id == '\0' && rows_of(r, COMPARTMENTS) == 1) {
        id = cell_of(r, COMPARTMENTS, 0, "id");
    }
    const int32_t symbol = bk_builder_find(r->cells.builder, id);
    if (symbol < 0 ||
        bk_builder_model(r->cells.builder)->symbols[symbol].kind != BK_COMPARTMENT) {
        wrong(
            r, p, row, "compartment", "folder-compartment",
            "this must be a row of compartments.tsv (which may be left out only where "
            "there is a single one)");
        return -1;
    }
    return symbol;
}

/* --- symbols --- */

/* What has one value for good, in a column of that name. */
static void add_constant(reader *r, part p, size_t row, bk_symbol_kind kind,
                         const char *column)
{
    bk_symbol symbol = bk_symbol_blank(kind, cell_of(r, p, row, "id"));
    symbol.initial = BK_INITIAL_VALUE;
    symbol.value = number_of(r, p, row, column);
    symbol.units = unit_of(r, p, row);
    symbol.constant = true;
    add_symbol(r, p, row, symbol);
}

static void add_compartment(reader *r, size_t row)
{
    add_constant(r, COMPARTMENTS, row, BK_COMPARTMENT, "size");
}

static void add_species(reader *r, size_t row)
{
    bk_symbol symbol = bk_symbol_blank(BK_SPECIES, cell_of(r, SPECIES, row, "id"));
    symbol.compartment = compartment_of(r, SPECIES, row);
    symbol.initial = r->amounts ? BK_INITIAL_AMOUNT : BK_INITIAL_CONCENTRATION;
    symbol.value = number_of(r, SPECIES, row, "start");
    symbol.only_substance = r->amounts;
    symbol.units = bk_builder_model(r->cells.builder)->substance_units;
    symbol.boundary = symbol.constant = yes_of(r, SPECIES, row, "constant");
    add_symbol(r, SPECIES, row, symbol);
}

static void add_parameter(reader *r, size_t row)
{
    add_constant(r, PARAMETERS, row, BK_PARAMETER, "value");
}

static void add_assigned(reader *r, size_t row)
{
    bk_symbol symbol =
        bk_symbol_blank(BK_PARAMETER, cell_of(r, ASSIGNMENTS, row, "id"));
    symbol.units = unit_of(r, ASSIGNMENTS, row);
    symbol.constant = false;
    add_symbol(r, ASSIGNMENTS, row, symbol);
}

static void add_reaction_symbol(reader *r, size_t row)
{
    bk_symbol symbol = bk_symbol_blank(BK_REACTION, cell_of(r, REACTIONS, row, "id"));
    symbol.constant = false;
    add_symbol(r, REACTIONS, row, symbol);
}

static void add_symbols(reader *r)
{
    static void (*const adders[PARTS])(reader *,
                                       size_t) = {[COMPARTMENTS] = add_compartment,
                                                  [SPECIES] = add_species,
                                                  [PARAMETERS] = add_parameter,
                                                  [ASSIGNMENTS] = add_assigned,
                                                  [REACTIONS] = add_reaction_symbol};
    for (part p = COMPARTMENTS; p < PARTS; p++) {
        for (size_t row = 0; row < rows_of(r, p) && !r->cells.memory; row++) {
            adders[p](r, row);
        }
    }
}

/* --- formulas --- */

static bk_expr resolve(void *context, bk_exprs *pool, const char *name, bk_where where)
{
    reader *const r = context;
    const int32_t symbol = find(r, name, where);
    const bk_expr e = symbol >= 0 ? bk_expr_symbol(pool, symbol) : BK_NO_EXPR;
    r->cells.memory = r->cells.memory || (symbol >= 0 && e < 0);
    return e;
}

static bk_expr formula_of(reader *r, part p, size_t row, const char *column)
{
    const char *const text = cell_of(r, p, row, column);
    const bk_resolver resolver = {.context = r, .name = resolve};
    bk_expr e = BK_NO_EXPR;
    const bk_status status =
        bk_expr_parse(bk_builder_exprs(r->cells.builder), text, strlen(text), &resolver,
                      place_of(r, p, row, column), r->cells.diag, &e);
    r->cells.memory = r->cells.memory || status == BK_NO_MEMORY;
    r->cells.bad = r->cells.bad || status != BK_OK;
    return e;
}

static void read_assignment(reader *r, size_t row)
{
    const bk_rule rule = {
        .kind = BK_ASSIGNMENT_RULE,
        .target = bk_builder_find(r->cells.builder, cell_of(r, ASSIGNMENTS, row, "id")),
        .math = formula_of(r, ASSIGNMENTS, row, "formula"),
        .where = place_of(r, ASSIGNMENTS, row, "formula"),
        .solves = -1};
    if (rule.target >= 0 && rule.math >= 0) {
        bk_builder_rule(r->cells.builder, &rule);
    }
}

/* --- reactions --- */

typedef struct law {
    reader *r;
    size_t row;
} law;

static void add_participant(law *l, int32_t species, bk_role role, double number)
{
    const bk_participant participant = {
        .species = species,
        .role = role,
        .stoichiometry = role == BK_MODIFIER ? NAN : number,
        .math = BK_NO_EXPR,
        .symbol = -1,
        .constant = true,
        .where = place_of(l->r, REACTIONS, l->row, "equation")};
    bk_builder_participant(l->r->cells.builder, &participant);
    l->r->species_seen[species] = (int32_t)l->row + 1;
}

static bool on_term(void *context, const char *name, double number, bool product)
{
    law *const l = context;
    const bk_model *const model = bk_builder_model(l->r->cells.builder);
    const bk_where where = place_of(l->r, REACTIONS, l->row, "equation");
    const int32_t species = find(l->r, name, where);
    if (species < 0) {
        return false;
    }
    if (model->symbols[species].kind != BK_SPECIES) {
        bk_cells_wrong(&l->r->cells, where, "folder-equation", "this is no species",
                       name);
        return false;
    }
    add_participant(l, species, product ? BK_PRODUCT : BK_REACTANT, number);
    return true;
}

/* A species that the law uses and the equation does not name is a modifier. */
static void on_symbol(void *context, int32_t symbol)
{
    law *const l = context;
    const bk_model *const model = bk_builder_model(l->r->cells.builder);
    if (model->symbols[symbol].kind == BK_SPECIES &&
        l->r->species_seen[symbol] != (int32_t)l->row + 1) {
        add_participant(l, symbol, BK_MODIFIER, 1.0);
    }
}

static void read_reaction(reader *r, size_t row)
{
    const char *const equation = cell_of(r, REACTIONS, row, "equation");
    const int32_t symbol =
        bk_builder_find(r->cells.builder, cell_of(r, REACTIONS, row, "id"));
    const bk_expr rate = formula_of(r, REACTIONS, row, "law");
    bk_reaction reaction = {.symbol = symbol,
                            .law = rate,
                            .first_local = -1,
                            .compartment = compartment_of(r, REACTIONS, row),
                            .where = place_of(r, REACTIONS, row, "id")};
    law l = {r, row};
    if (symbol < 0 || rate < 0 || reaction.compartment < 0) {
        return; /* told */
    }
    if (!r->amounts) {
        bk_exprs *const pool = bk_builder_exprs(r->cells.builder);
        reaction.law = bk_expr_2(pool, BK_OP_TIMES,
                                 bk_expr_symbol(pool, reaction.compartment), rate);
        r->cells.memory = r->cells.memory || reaction.law < 0;
    }
    reaction.notes = bk_builder_model(r->cells.builder)->symbols[symbol].notes;
    reaction.reversible = strstr(equation, "<->") != NULL;
    if (bk_builder_reaction(r->cells.builder, &reaction) < 0) {
        return;
    }
    const bk_status parsed = bk_equation_parse(r->cells.arena, equation, on_term, &l);
    r->cells.memory = r->cells.memory || parsed == BK_NO_MEMORY;
    if (parsed == BK_BAD_INPUT) {
        wrong(r, REACTIONS, row, "equation", "folder-equation",
              "an equation is like A + 2 B -> C, with <-> when it runs both ways");
    }
    bk_expr_symbols(bk_builder_exprs(r->cells.builder), rate, on_symbol, &l);
}

static bk_status read_all(reader *r, const char *folder)
{
    bk_builder *const builder = r->cells.builder;
    const bk_status status = read_tables(r, folder);
    if (status != BK_OK) {
        return status;
    }
    if (!bk_file_identity(builder, r->cells.arena, folder, r->cells.bytes.data,
                          r->cells.bytes.length)) {
        return BK_NO_MEMORY;
    }
    bk_kinetics_about(&r->cells, r->tables[MODEL], &r->amounts);
    add_symbols(r);
    const size_t symbols = (size_t)bk_builder_model(builder)->n_symbols;
    r->species_seen = bk_alloc_zero(symbols + 1, sizeof *r->species_seen);
    r->cells.memory = r->cells.memory || r->species_seen == NULL;
    for (size_t row = 0; row < rows_of(r, ASSIGNMENTS) && !r->cells.memory; row++) {
        read_assignment(r, row);
    }
    for (size_t row = 0; row < rows_of(r, REACTIONS) && !r->cells.memory; row++) {
        read_reaction(r, row);
    }
    return r->cells.memory ? BK_NO_MEMORY : r->cells.bad ? BK_BAD_INPUT : BK_OK;
}

bk_status bk_kinetics_read(const char *folder, bk_diag *diag, bk_model **model)
{
    reader r = {.amounts = false};
    bk_status status =
        bk_cells_begin(&r.cells, diag) ? read_all(&r, folder) : BK_NO_MEMORY;
    for (part p = MODEL; p < PARTS; p++) {
        bk_table_free(r.tables[p]);
    }
    bk_free(r.species_seen);
    return bk_cells_end(&r.cells, status, model);
}

bk_status bk_kinetics_folder(const char *folder, bool *is)
{
    bk_text path = {0};
    bk_text_printf(&path, "%s/reactions.tsv", folder);
    const bk_status status = path.failed ? BK_NO_MEMORY : BK_OK;
    *is = status == BK_OK && access(path.data, F_OK) == 0;
    bk_text_free(&path);
    return status;
}
