/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reactions: symbols, participants and local parameters in the first pass, mathematics
 * in the second. */

#include "sbml/core_impl.h"

#include "base/c_locale.h"

#include <math.h>
#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE };

static bool is_reference(const bk_reader *reader, bk_xml_node node)
{
    const int word = bk_xml_word(node);
    return word == BK_W_speciesReference || word == BK_W_modifierSpeciesReference ||
           (word == BK_W_specieReference && reader->level == 1);
}

/* --- the first pass --- */

static void read_local(bk_reader *reader, bk_xml_node node, const char *reaction,
                       int32_t owner)
{
    static const int known[] = {BK_W_value, BK_W_units, BK_W_constant};
    bk_symbol symbol;
    bk_reader_known(reader, node, PLAIN, known, reader->level == 2 ? 3 : 2);
    if (!bk_core_symbol(reader, node, BK_LOCAL_PARAMETER, "sbml-21172", &symbol)) {
        return;
    }
    bk_core_parameter(reader, node, &symbol);
    bk_text_clear(&reader->scratch);
    bk_text_printf(&reader->scratch, "%s.%s", reaction, symbol.id);
    if (reader->scratch.failed) {
        reader->no_memory = true;
        return;
    }
    symbol.id = reader->scratch.data; /* copied by the builder */
    symbol.owner = owner;
    const int32_t added = bk_builder_symbol(reader->builder, &symbol);
    bk_text_clear(&reader->scratch);
    if (added >= 0) {
        bk_reader_ours_aliases(reader, node, added);
    }
}

static void read_locals(bk_reader *reader, bk_xml_node law, const char *reaction,
                        int32_t owner)
{
    const int list_word =
        reader->level >= 3 ? BK_W_listOfLocalParameters : BK_W_listOfParameters;
    const int word = reader->level >= 3 ? BK_W_localParameter : BK_W_parameter;
    const bk_xml_node list = bk_xml_child(law, reader->core, list_word);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == word) {
            read_local(reader, c, reaction, owner);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}

static void read_stoichiometry(bk_reader *reader, bk_xml_node node,
                               bk_participant *participant)
{
    double denominator = 1;
    participant->stoichiometry = reader->level >= 3 ? (double)NAN : 1.0;
    bk_xml_get_double(node, PLAIN, BK_W_stoichiometry, reader->diag,
                      &participant->stoichiometry);
    if (reader->level == 1 &&
        bk_xml_get_double(node, PLAIN, BK_W_denominator, reader->diag, &denominator)) {
        participant->stoichiometry /= denominator;
    }
    participant->constant =
        reader->level < 3 ||
        bk_reader_bool(reader, node, BK_W_constant, true, true, "sbml-21116");
}

/* A species reference with an id is a symbol of its own. */
static int32_t add_stoichiometry(bk_reader *reader, bk_xml_node node, int32_t reaction,
                                 const bk_participant *participant)
{
    const bool computed =
        bk_xml_some(bk_xml_child(node, BK_XML_ANY_NAMESPACE, BK_W_stoichiometryMath));
    bk_symbol symbol;
    if (reader->level < 2 || computed ||
        bk_xml_attribute(node, PLAIN, BK_W_id) == NULL ||
        !bk_core_symbol(reader, node, BK_STOICHIOMETRY, "sbml-21116", &symbol)) {
        return -1;
    }
    symbol.owner = reaction;
    symbol.constant = participant->constant;
    symbol.value = participant->stoichiometry;
    symbol.initial = isnan(symbol.value) ? BK_INITIAL_NONE : BK_INITIAL_VALUE;
    symbol.notes = (bk_notes){0}; /* kept with the participant */
    return bk_core_add(reader, node, &symbol);
}

static void read_reference(bk_reader *reader, bk_xml_node node, bk_role role,
                           int32_t reaction)
{
    static const int known[] = {BK_W_species, BK_W_specie, BK_W_stoichiometry,
                                BK_W_denominator, BK_W_constant};
    const bool plain = bk_xml_attribute(node, PLAIN, BK_W_species) != NULL;
    bk_participant participant = {.role = role, .math = -1, .symbol = -1};
    bk_reader_known(reader, node, PLAIN, known, role == BK_MODIFIER ? 1 : 5);
    participant.species = bk_reader_symbol(
        reader, node, reader->level > 1 || plain ? BK_W_species : BK_W_specie,
        "sbml-21111");
    participant.notes = bk_reader_notes(reader, node);
    participant.where = bk_xml_where(node);
    participant.stoichiometry = (double)NAN;
    participant.constant = true;
    if (role != BK_MODIFIER) {
        read_stoichiometry(reader, node, &participant);
        participant.symbol = add_stoichiometry(reader, node, reaction, &participant);
    } else {
        bk_reader_other_id(reader, node);
    }
    bk_builder_participant(reader->builder, &participant);
}

static void read_references(bk_reader *reader, bk_xml_node list, bk_role role,
                            int32_t reaction)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (is_reference(reader, c)) {
            read_reference(reader, c, role, reaction);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}

static void read_participants(bk_reader *reader, bk_xml_node node, int32_t reaction)
{
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        switch (bk_xml_word(c)) {
        case BK_W_listOfReactants:
            read_references(reader, c, BK_REACTANT, reaction);
            break;
        case BK_W_listOfProducts:
            read_references(reader, c, BK_PRODUCT, reaction);
            break;
        case BK_W_listOfModifiers:
            read_references(reader, c, BK_MODIFIER, reaction);
            break;
        case BK_W_kineticLaw:
            break;
        default:
            bk_reader_stray(reader, c, node);
        }
    }
}

static int32_t reaction_compartment(bk_reader *reader, bk_xml_node node)
{
    if (bk_xml_attribute(node, PLAIN, BK_W_compartment) == NULL) {
        return -1;
    }
    return bk_reader_symbol(reader, node, BK_W_compartment, "sbml-21107");
}

static void read_reaction_symbol(bk_reader *reader, bk_xml_node node)
{
    static const int known[] = {BK_W_reversible, BK_W_fast, BK_W_compartment};
    const bool needs_fast = reader->level == 3 && reader->version == 1;
    bk_symbol symbol;
    bk_reader_known(reader, node, PLAIN, known, reader->level >= 3 ? 3 : 2);
    if (!bk_core_symbol(reader, node, BK_REACTION, "sbml-21110", &symbol)) {
        return;
    }
    bk_reaction reaction = {.law = -1, .notes = symbol.notes, .where = symbol.where};
    symbol.notes = (bk_notes){0};
    reaction.reversible = bk_reader_bool(reader, node, BK_W_reversible,
                                         reader->level >= 3, true, "sbml-21110");
    reaction.fast =
        bk_reader_bool(reader, node, BK_W_fast, needs_fast, false, "sbml-21110") &&
        !reader->ignore_fast;
    reaction.compartment = reaction_compartment(reader, node);
    reaction.symbol = bk_core_add(reader, node, &symbol);
    if (reaction.symbol < 0 || bk_builder_reaction(reader->builder, &reaction) < 0) {
        return;
    }
    const bk_xml_node law = bk_xml_child(node, reader->core, BK_W_kineticLaw);
    read_locals(reader, law, symbol.id, reaction.symbol);
    read_participants(reader, node, reaction.symbol);
}

void bk_core_read_reaction_symbols(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_reaction) {
            read_reaction_symbol(reader, c);
        } else {
            bk_reader_stray(reader, c, list);
        }
    }
}

/* --- the second pass --- */

static void read_law(bk_reader *reader, bk_xml_node law, const char *id, int32_t index)
{
    static const int known[] = {BK_W_formula, BK_W_timeUnits, BK_W_substanceUnits};
    const bk_math_scope scope = {.reaction = id};
    bool present;
    bk_reader_known(reader, law, PLAIN, reader->level == 1 ? known : known + 1,
                    reader->level == 1   ? 3
                    : reader->level == 2 ? 2
                                         : 0);
    bk_reader_other_id(reader, law);
    const bk_expr e = bk_core_math(reader, law, &scope, "sbml-21130", &present);
    bk_builder_model(reader->builder)->reactions[index].law = e;
}

/* References come in the order in which the first pass added them. */
static void read_reference_math(bk_reader *reader, bk_xml_node node, int32_t reaction)
{
    const bk_model *const model = bk_builder_model(reader->builder);
    int32_t next = model->reactions[reaction].first_participant;
    const int32_t end = next + model->reactions[reaction].participants;
    for (bk_xml_node list = bk_xml_first(node); bk_xml_some(list);
         list = bk_xml_next(list)) {
        const int word = bk_xml_word(list);
        if (word != BK_W_listOfReactants && word != BK_W_listOfProducts &&
            word != BK_W_listOfModifiers) {
            continue;
        }
        for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
            if (!is_reference(reader, c) || next >= end) {
                continue;
            }
            const int32_t participant = next++;
            const bk_xml_node math =
                bk_xml_child(c, BK_XML_ANY_NAMESPACE, BK_W_stoichiometryMath);
            if (bk_xml_some(math)) {
                const bk_expr e = bk_mathml_of(reader, math, NULL, NULL);
                bk_builder_model(reader->builder)->participants[participant].math = e;
            }
        }
    }
}

void bk_core_read_reactions(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        const char *const id =
            bk_xml_attribute(c, PLAIN, reader->level == 1 ? BK_W_name : BK_W_id);
        const bk_model *const model = bk_builder_model(reader->builder);
        const int32_t symbol = bk_xml_word(c) == BK_W_reaction && id != NULL
                                   ? bk_builder_find(reader->builder, id)
                                   : -1;
        if (symbol < 0 || model->symbols[symbol].kind != BK_REACTION ||
            model->symbols[symbol].item < 0 ||
            model->symbols[symbol].where.line != bk_xml_where(c).line ||
            model->symbols[symbol].where.column != bk_xml_where(c).column) {
            continue; /* the first pass has told why */
        }
        const int32_t index = model->symbols[symbol].item;
        const bk_xml_node law = bk_xml_child(c, reader->core, BK_W_kineticLaw);
        if (bk_xml_some(law)) {
            read_law(reader, law, id, index);
        }
        if (reader->level == 2) {
            read_reference_math(reader, c, index);
        }
    }
}
