/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Flux balance constraints (SBML Level 3 package fbc).  Version 1 has a list of bounds
 * with numbers; Version 2 names two parameters at each reaction.  Charges, formulas and
 * gene associations do not change what is computed. */

#include "sbml/sbml_impl.h"

#include <math.h>
#include <string.h>

/* The reaction that an element names, told when there is none; -1 then. */
static int32_t reaction_of(bk_reader *reader, bk_xml_node node)
{
    const char *const id = bk_xml_attribute(node, reader->fbc, BK_W_reaction);
    const bk_model *const model = bk_builder_model(reader->builder);
    const int32_t symbol = id != NULL ? bk_builder_find(reader->builder, id) : -1;
    if (symbol < 0 || model->symbols[symbol].kind != BK_REACTION) {
        bk_reader_error(reader, node, "fbc-reaction",
                        "<%s> names the reaction \"%s\", which is not in the model",
                        bk_xml_name(node), id != NULL ? id : "");
        return -1;
    }
    return symbol;
}

/* --- Version 1 --- */

static void read_bound(bk_reader *reader, bk_xml_node node)
{
    const char *const operation = bk_xml_attribute(node, reader->fbc, BK_W_operation);
    bk_flux flux = {.reaction = reaction_of(reader, node),
                    .lower = -1,
                    .upper = -1,
                    .low = -(double)INFINITY,
                    .high = (double)INFINITY,
                    .where = bk_xml_where(node)};
    double value;
    if (flux.reaction < 0) {
        return;
    }
    if (!bk_xml_get_double(node, reader->fbc, BK_W_value, reader->diag, &value)) {
        if (bk_xml_attribute(node, reader->fbc, BK_W_value) == NULL) {
            bk_reader_error(reader, node, "fbc-bound",
                            "<fluxBound> needs the attribute value");
        }
        return;
    }
    if (operation != NULL && strcmp(operation, "lessEqual") == 0) {
        flux.high = value;
    } else if (operation != NULL && strcmp(operation, "greaterEqual") == 0) {
        flux.low = value;
    } else if (operation != NULL && strcmp(operation, "equal") == 0) {
        flux.low = flux.high = value;
    } else {
        bk_reader_error(reader, node, "fbc-bound",
                        "operation=\"%s\" of <fluxBound> is none of lessEqual, "
                        "greaterEqual, equal",
                        operation != NULL ? operation : "");
        return;
    }
    bk_builder_flux(reader->builder, &flux);
}

static void read_bounds(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_is(c, reader->fbc, BK_W_fluxBound)) {
            read_bound(reader, c);
        }
    }
}

/* --- Version 2 --- */

/* The parameter that a bound names; -1: none, which only models that are not strict
 * may have. */
static int32_t parameter_of(bk_reader *reader, bk_xml_node node, int word, bool strict)
{
    const char *const id = bk_xml_attribute(node, reader->fbc, word);
    if (id == NULL) {
        if (strict) {
            bk_reader_forgive(reader, node, "fbc-bound",
                              "in a strict model every reaction needs %s; without it "
                              "the flux has no bound there",
                              bk_sbml_words[word]);
        }
        return -1;
    }
    const int32_t symbol = bk_builder_find(reader->builder, id);
    if (symbol < 0 ||
        bk_builder_model(reader->builder)->symbols[symbol].kind != BK_PARAMETER) {
        bk_reader_error(reader, node, "fbc-bound",
                        "%s names \"%s\", which is no parameter of the model",
                        bk_sbml_words[word], id);
        return -1;
    }
    return symbol;
}

static void read_reactions(bk_reader *reader, bk_xml_node list, bool strict)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        const char *const id = bk_xml_attribute(c, BK_XML_NO_NAMESPACE, BK_W_id);
        const int32_t symbol = bk_xml_word(c) == BK_W_reaction && id != NULL
                                   ? bk_builder_find(reader->builder, id)
                                   : -1;
        if (symbol < 0) {
            continue; /* told by core */
        }
        const bk_flux flux = {
            .reaction = symbol,
            .lower = parameter_of(reader, c, BK_W_lowerFluxBound, strict),
            .upper = parameter_of(reader, c, BK_W_upperFluxBound, strict),
            .low = -(double)INFINITY,
            .high = (double)INFINITY,
            .where = bk_xml_where(c)};
        bk_builder_flux(reader->builder, &flux);
    }
}

/* --- objectives --- */

static void read_terms(bk_reader *reader, bk_xml_node list)
{
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (!bk_xml_is(c, reader->fbc, BK_W_fluxObjective)) {
            continue;
        }
        bk_flux_term term = {.reaction = reaction_of(reader, c)};
        if (!bk_xml_get_double(c, reader->fbc, BK_W_coefficient, reader->diag,
                               &term.coefficient)) {
            if (bk_xml_attribute(c, reader->fbc, BK_W_coefficient) == NULL) {
                bk_reader_error(reader, c, "fbc-objective",
                                "<fluxObjective> needs the attribute coefficient");
            }
        } else if (term.reaction >= 0) {
            bk_builder_flux_term(reader->builder, &term);
        }
    }
}

static void read_objective(bk_reader *reader, bk_xml_node node, const char *active)
{
    const char *id = NULL;
    const char *const type = bk_xml_attribute(node, reader->fbc, BK_W_type);
    bk_xml_get_sid(node, reader->fbc, BK_W_id, reader->diag, &id);
    const bool maximize = type != NULL && strcmp(type, "maximize") == 0;
    if (id == NULL || (!maximize && (type == NULL || strcmp(type, "minimize") != 0))) {
        bk_reader_error(reader, node, "fbc-objective",
                        "<objective> needs an id and type=\"maximize\" or "
                        "type=\"minimize\"");
        return;
    }
    bk_symbol symbol = bk_symbol_blank(BK_OBJECTIVE, id);
    const char *const name = bk_xml_attribute(node, reader->fbc, BK_W_name);
    symbol.name = name != NULL ? name : "";
    symbol.where = bk_xml_where(node);
    symbol.constant = true;
    const bk_objective objective = {.symbol =
                                        bk_builder_symbol(reader->builder, &symbol),
                                    .maximize = maximize,
                                    .active = active != NULL && strcmp(active, id) == 0,
                                    .where = symbol.where};
    if (objective.symbol >= 0 &&
        bk_builder_objective(reader->builder, &objective) >= 0) {
        read_terms(reader, bk_xml_child(node, reader->fbc, BK_W_listOfFluxObjectives));
    }
}

static void read_objectives(bk_reader *reader, bk_xml_node list)
{
    const char *const active =
        bk_xml_attribute(list, reader->fbc, BK_W_activeObjective);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_is(c, reader->fbc, BK_W_objective)) {
            read_objective(reader, c, active);
        }
    }
    const bk_model *const model = bk_builder_model(reader->builder);
    bool found = false;
    for (int32_t i = 0; i < model->n_objectives; i++) {
        found = found || model->objectives[i].active;
    }
    if (model->n_objectives > 0 && !found) {
        bk_reader_error(reader, list, "fbc-objective",
                        "activeObjective=\"%s\" names no objective of the list",
                        active != NULL ? active : "");
    }
}

void bk_fbc_read(bk_reader *reader, bk_xml_node model, bk_xml_node reactions)
{
    bool strict = false;
    if (reader->fbc == BK_S_FBC1) {
        read_bounds(reader, bk_xml_child(model, reader->fbc, BK_W_listOfFluxBounds));
    } else {
        bk_xml_get_bool(model, reader->fbc, BK_W_strict, reader->diag, &strict);
        read_reactions(reader, reactions, strict);
    }
    const bk_xml_node list = bk_xml_child(model, reader->fbc, BK_W_listOfObjectives);
    if (bk_xml_some(list)) {
        read_objectives(reader, list);
    }
}
