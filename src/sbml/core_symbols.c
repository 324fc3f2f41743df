/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Units, compartments, parameters and species: symbols without mathematics, each with
 * the defaults of its level. */

#include "sbml/core_impl.h"

#include <math.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
enum { PLAIN = BK_XML_NO_NAMESPACE };

/* --- units --- */

static void read_unit(bk_reader *reader, bk_xml_node node)
{
    static const int known[] = {BK_W_kind, BK_W_exponent, BK_W_scale, BK_W_multiplier,
                                BK_W_offset};
    const char *const kind = bk_xml_attribute(node, PLAIN, BK_W_kind);
    bk_unit unit = {.kind = kind, .exponent = 1, .scale = 0, .multiplier = 1};
    bk_reader_known(reader, node, PLAIN, known, COUNT(known));
    if (kind == NULL) {
        bk_reader_error(reader, node, "sbml-20421", "<unit> needs the attribute kind");
        return;
    }
    bk_xml_get_double(node, PLAIN, BK_W_exponent, reader->diag, &unit.exponent);
    bk_xml_get_double(node, PLAIN, BK_W_scale, reader->diag, &unit.scale);
    bk_xml_get_double(node, PLAIN, BK_W_multiplier, reader->diag, &unit.multiplier);
    bk_xml_get_double(node, PLAIN, BK_W_offset, reader->diag, &unit.offset);
    bk_builder_unit(reader->builder, &unit);
}

void bk_core_read_units(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_unitDefinition) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bk_reader_known(reader, c, PLAIN, NULL, 0);
        const char *const id = bk_reader_id(reader, c, PLAIN);
        if (id == NULL) {
            bk_reader_error(reader, c, "sbml-20401", "<unitDefinition> needs an id");
            continue;
        }
        const bk_unit_definition definition = {.id = id,
                                               .name = bk_reader_name(reader, c, PLAIN),
                                               .where = bk_xml_where(c)};
        reader->no_memory |= bk_names_add(reader->units, id, 0) == -2;
        if (bk_builder_unit_definition(reader->builder, &definition) < 0) {
            continue;
        }
        const bk_xml_node units =
            bk_xml_child(c, BK_XML_ANY_NAMESPACE, BK_W_listOfUnits);
        for (bk_xml_node u = bk_xml_first(units); bk_xml_some(u); u = bk_xml_next(u)) {
            if (bk_xml_word(u) == BK_W_unit) {
                read_unit(reader, u);
            } else {
                bk_reader_stray(reader, u, units);
            }
        }
    }
}

/* --- what symbols have in common --- */

bool bk_core_symbol(bk_reader *reader, bk_xml_node node, bk_symbol_kind kind,
                    const char *code, bk_symbol *symbol)
{
    const char *const id = bk_reader_id(reader, node, PLAIN);
    if (id == NULL) {
        if (bk_xml_attribute(node, PLAIN, reader->level == 1 ? BK_W_name : BK_W_id) ==
            NULL) {
            bk_reader_error(reader, node, code, "<%s> needs %s", bk_xml_name(node),
                            reader->level == 1 ? "a name" : "an id");
        }
        return false;
    }
    *symbol = bk_symbol_blank(kind, id);
    symbol->name = bk_reader_name(reader, node, PLAIN);
    symbol->notes = bk_reader_notes(reader, node);
    symbol->where = bk_xml_where(node);
    if (symbol->notes.annotation != NULL || bk_xml_some(bk_xml_first(node))) {
        bk_reader_ours_symbol(reader, node, symbol);
    }
    return true;
}

int32_t bk_core_add(bk_reader *reader, bk_xml_node node, const bk_symbol *symbol)
{
    const int32_t added = bk_builder_symbol(reader->builder, symbol);
    if (added >= 0 && bk_xml_some(bk_xml_first(node))) {
        bk_reader_ours_aliases(reader, node, added);
    }
    return added;
}

/* --- compartments --- */

static void read_compartment(bk_reader *reader, bk_xml_node node)
{
    static const int known1[] = {BK_W_volume, BK_W_units, BK_W_outside};
    static const int known2[] = {BK_W_size,    BK_W_units,    BK_W_spatialDimensions,
                                 BK_W_outside, BK_W_constant, BK_W_compartmentType};
    static const int known3[] = {BK_W_size, BK_W_units, BK_W_spatialDimensions,
                                 BK_W_constant};
    const int *const known[] = {known1, known2, known3};
    const int counts[] = {COUNT(known1), COUNT(known2), COUNT(known3)};
    bk_symbol symbol;
    bk_reader_known(reader, node, PLAIN, known[reader->level - 1],
                    counts[reader->level - 1]);
    if (!bk_core_symbol(reader, node, BK_COMPARTMENT, "sbml-20517", &symbol)) {
        return;
    }
    symbol.units = bk_reader_units(reader, node, BK_W_units);
    symbol.outside = bk_xml_attribute(node, PLAIN, BK_W_outside);
    if (reader->level == 1) {
        symbol.value = 1;
        symbol.initial = BK_INITIAL_VALUE;
        symbol.constant = true;
    } else {
        symbol.constant = bk_reader_bool(reader, node, BK_W_constant,
                                         reader->level >= 3, true, "sbml-20517");
    }
    if (bk_xml_get_double(node, PLAIN, reader->level == 1 ? BK_W_volume : BK_W_size,
                          reader->diag, &symbol.value)) {
        symbol.initial = BK_INITIAL_VALUE;
    }
    if (!bk_xml_get_double(node, PLAIN, BK_W_spatialDimensions, reader->diag,
                           &symbol.dimensions) &&
        reader->level >= 3) {
        symbol.dimensions = (double)NAN;
    }
    bk_core_add(reader, node, &symbol);
}

void bk_core_read_compartments(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_compartment) {
            read_compartment(reader, c);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}

/* --- parameters --- */

void bk_core_parameter(bk_reader *reader, bk_xml_node node, bk_symbol *symbol)
{
    symbol->units = bk_reader_units(reader, node, BK_W_units);
    if (bk_xml_get_double(node, PLAIN, BK_W_value, reader->diag, &symbol->value)) {
        symbol->initial = BK_INITIAL_VALUE;
    }
    /* Level 1 has no such attribute: whatever a rule sets is variable there. */
    symbol->constant = true;
}

void bk_core_read_parameters(bk_reader *reader, bk_xml_node list)
{
    static const int known[] = {BK_W_value, BK_W_units, BK_W_constant};
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        bk_symbol symbol;
        if (bk_xml_word(c) != BK_W_parameter) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bk_reader_known(reader, c, PLAIN, known, reader->level == 1 ? 2 : 3);
        if (!bk_core_symbol(reader, c, BK_PARAMETER, "sbml-20706", &symbol)) {
            continue;
        }
        bk_core_parameter(reader, c, &symbol);
        if (reader->level > 1) {
            symbol.constant = bk_reader_bool(reader, c, BK_W_constant,
                                             reader->level >= 3, true, "sbml-20706");
        }
        bk_core_add(reader, c, &symbol);
    }
}

/* --- species --- */

static int32_t compartment_of(bk_reader *reader, bk_xml_node node)
{
    const int32_t symbol =
        bk_reader_symbol(reader, node, BK_W_compartment, "sbml-20601");
    const bk_model *const model = bk_builder_model(reader->builder);
    if (symbol >= 0 && model->symbols[symbol].kind != BK_COMPARTMENT) {
        bk_reader_error(reader, node, "sbml-20601",
                        "\"%s\" is a %s, and a species must be in a compartment",
                        model->symbols[symbol].id,
                        bk_symbol_kind_text(model->symbols[symbol].kind));
        return -1;
    }
    return symbol;
}

static void read_start(bk_reader *reader, bk_xml_node node, bk_symbol *symbol)
{
    double concentration;
    if (bk_xml_get_double(node, PLAIN, BK_W_initialAmount, reader->diag,
                          &symbol->value)) {
        symbol->initial = BK_INITIAL_AMOUNT;
    }
    if (!bk_xml_get_double(node, PLAIN, BK_W_initialConcentration, reader->diag,
                           &concentration)) {
        return;
    }
    if (symbol->initial == BK_INITIAL_AMOUNT) {
        bk_reader_error(reader, node, "sbml-20609",
                        "the species \"%s\" has an initial amount and an initial "
                        "concentration; remove one",
                        symbol->id);
        return;
    }
    symbol->initial = BK_INITIAL_CONCENTRATION;
    symbol->value = concentration;
}

/* In a point of Level 2 there is no concentration: the species is its amount. */
static bool in_point(const bk_reader *reader, const bk_symbol *symbol)
{
    const bk_model *const model = bk_builder_model(reader->builder);
    return reader->level == 2 && symbol->compartment >= 0 &&
           model->symbols[symbol->compartment].dimensions == 0;
}

static void read_species_flags(bk_reader *reader, bk_xml_node node, bk_symbol *symbol)
{
    const bool required = reader->level >= 3;
    symbol->boundary = bk_reader_bool(reader, node, BK_W_boundaryCondition, required,
                                      false, "sbml-20623");
    if (reader->level == 1) {
        return;
    }
    symbol->constant =
        bk_reader_bool(reader, node, BK_W_constant, required, false, "sbml-20623");
    symbol->only_substance = bk_reader_bool(reader, node, BK_W_hasOnlySubstanceUnits,
                                            required, false, "sbml-20623") ||
                             in_point(reader, symbol);
}

static void read_species(bk_reader *reader, bk_xml_node node)
{
    static const int known1[] = {BK_W_compartment, BK_W_initialAmount, BK_W_units,
                                 BK_W_boundaryCondition, BK_W_charge};
    static const int known2[] = {
        BK_W_compartment,          BK_W_initialAmount,         BK_W_boundaryCondition,
        BK_W_initialConcentration, BK_W_hasOnlySubstanceUnits, BK_W_constant,
        BK_W_substanceUnits,       BK_W_spatialSizeUnits,      BK_W_charge,
        BK_W_speciesType};
    static const int known3[] = {BK_W_compartment,           BK_W_initialAmount,
                                 BK_W_boundaryCondition,     BK_W_initialConcentration,
                                 BK_W_hasOnlySubstanceUnits, BK_W_constant,
                                 BK_W_substanceUnits,        BK_W_conversionFactor};
    const int *const known[] = {known1, known2, known3};
    const int counts[] = {COUNT(known1), COUNT(known2), COUNT(known3)};
    bk_symbol symbol;
    bk_reader_known(reader, node, PLAIN, known[reader->level - 1],
                    counts[reader->level - 1]);
    if (!bk_core_symbol(reader, node, BK_SPECIES, "sbml-20623", &symbol)) {
        return;
    }
    symbol.compartment = compartment_of(reader, node);
    read_start(reader, node, &symbol);
    read_species_flags(reader, node, &symbol);
    symbol.units = bk_reader_units(
        reader, node, reader->level == 1 ? BK_W_units : BK_W_substanceUnits);
    symbol.spatial_units = bk_xml_attribute(node, PLAIN, BK_W_spatialSizeUnits);
    symbol.species_type = bk_xml_attribute(node, PLAIN, BK_W_speciesType);
    bk_xml_get_double(node, PLAIN, BK_W_charge, reader->diag, &symbol.charge);
    const bk_model *const model = bk_builder_model(reader->builder);
    symbol.conversion = model->conversion;
    if (bk_xml_attribute(node, PLAIN, BK_W_conversionFactor) != NULL) {
        symbol.conversion =
            bk_reader_symbol(reader, node, BK_W_conversionFactor, "sbml-20617");
        symbol.own_conversion = symbol.conversion >= 0;
    }
    bk_core_add(reader, node, &symbol);
}

void bk_core_read_species(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        const int word = bk_xml_word(c);
        if (word == BK_W_species || (word == BK_W_specie && reader->level == 1)) {
            read_species(reader, c);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}
