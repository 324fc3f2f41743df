/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The flat document: the lists of all instances, one after the other, each element with
 * its references renamed.  Reading begins and ends here too (bk_comp_flatten). */

#include "sbml/comp_impl.h"

#include "base/alloc.h"
#include "base/arena.h"

#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE };

/* --- ids --- */

const char *bk_comp_prefixed(bk_comp *comp, int32_t instance, const char *id)
{
    const char *const prefix = comp->instances[instance].prefix;
    if (prefix[0] == '\0') {
        return id;
    }
    const char *const text = bk_arena_printf(comp->arena, "%s%s", prefix, id);
    comp->reader->no_memory |= text == NULL;
    return text;
}

static const char *own_id(bk_xml_node node)
{
    return bk_xml_attribute(node, BK_XML_ANY_NAMESPACE, BK_W_id);
}

const char *bk_comp_id(bk_comp *comp, bk_comp_place place)
{
    bk_comp_state state = bk_comp_state_of(comp, place);
    while (state.renamed && own_id(state.as.node) != NULL) {
        place = state.as;
        state = bk_comp_state_of(comp, place);
    }
    const char *const id = own_id(place.node);
    return bk_comp_prefixed(comp, place.instance, id != NULL ? id : "");
}

/* What a reference by id becomes. */
static const char *reference(bk_comp *comp, int32_t instance, const char *id)
{
    const bk_comp_instance *const at = &comp->instances[instance];
    const int32_t index = bk_names_find(at->ids, id);
    if (index < 0) {
        return bk_comp_prefixed(comp, instance, id);
    }
    const bk_comp_place place = {instance, {at->model.xml, index}};
    return bk_comp_id(comp, bk_comp_final(comp, place));
}

const char *bk_comp_unit(bk_comp *comp, int32_t instance, const char *unit)
{
    const bk_comp_instance *const at = &comp->instances[instance];
    const int32_t index = bk_names_find(at->units, unit);
    if (index < 0) {
        return unit; /* one that needs no definition */
    }
    const bk_comp_place place = {instance, {at->model.xml, index}};
    return bk_comp_id(comp, bk_comp_final(comp, place));
}

/* --- attributes --- */

static bool names_element(int word)
{
    switch (word) {
    case BK_W_compartment:
    case BK_W_species:
    case BK_W_variable:
    case BK_W_symbol:
    case BK_W_conversionFactor:
    case BK_W_qualitativeSpecies:
    case BK_W_idRef:
    case BK_W_reaction:
    case BK_W_lowerFluxBound:
    case BK_W_upperFluxBound:
    case BK_W_activeObjective:
        return true;
    default:
        return false;
    }
}

static bool names_unit(int word)
{
    return word == BK_W_units || word == BK_W_substanceUnits ||
           word == BK_W_timeUnits || word == BK_W_volumeUnits ||
           word == BK_W_areaUnits || word == BK_W_lengthUnits ||
           word == BK_W_extentUnits;
}

static bool is_of_species(bk_xml_node node)
{
    const int word = bk_xml_word(node);
    return word == BK_W_species || word == BK_W_model || word == BK_W_modelDefinition;
}

/* A factor cannot stand in an attribute, so what has one must not be named there. */
static void check_factor(bk_comp *comp, int32_t instance, bk_xml_node node,
                         const char *id)
{
    const bk_comp_instance *const at = &comp->instances[instance];
    const bk_comp_place place = {instance, {at->model.xml, bk_names_find(at->ids, id)}};
    bk_comp_factors f = {.n_over = 0};
    if (bk_xml_some(place.node)) {
        bk_comp_way(comp, place, &f);
    }
    if (f.n_over > 0) {
        bk_reader_error(comp->reader, node, "comp-conversion",
                        "conversionFactor names \"%s\", which is replaced with a "
                        "conversion factor of its own; that is not read, replace it "
                        "without one",
                        id);
    }
}

static const char *new_value(bk_comp *comp, bk_comp_place place, int i)
{
    const bk_xml_attribute_info a = bk_xml_attribute_at(place.node, i);
    if (a.word == BK_W_id && bk_xml_word(place.node) == BK_W_model) {
        return a.value; /* models are no part of themselves */
    }
    if (a.word == BK_W_id) {
        return bk_comp_id(comp, place);
    }
    if (a.word == BK_W_metaid) {
        return bk_comp_prefixed(comp, place.instance, a.value);
    }
    if (names_unit(a.word)) {
        return bk_comp_unit(comp, place.instance, a.value);
    }
    if (a.word == BK_W_conversionFactor && is_of_species(place.node)) {
        check_factor(comp, place.instance, place.node, a.value);
    }
    return names_element(a.word) ? reference(comp, place.instance, a.value) : a.value;
}

static void write_attributes(bk_comp *comp, bk_comp_place place)
{
    for (int i = 0; i < bk_xml_attributes(place.node); i++) {
        if (bk_xml_attribute_at(place.node, i).space != BK_S_COMP) {
            const char *const value = new_value(comp, place, i);
            bk_xml_graft_put(comp->out, place.node, i, value);
        }
    }
}

/* The defaults that a submodel's <model> gives its species and compartments, which the
 * whole does not know. */
static void write_default(bk_comp *comp, bk_comp_place place, int word, int from)
{
    const bk_xml_node model = comp->instances[place.instance].model;
    const char *const value = bk_xml_attribute(model, PLAIN, from);
    if (place.instance == 0 || value == NULL ||
        bk_xml_attribute(place.node, PLAIN, word) != NULL) {
        return;
    }
    if (word == BK_W_conversionFactor) {
        check_factor(comp, place.instance, place.node, value);
        bk_xml_graft_set(comp->out, word, reference(comp, place.instance, value));
    } else {
        bk_xml_graft_set(comp->out, word, bk_comp_unit(comp, place.instance, value));
    }
}

static void write_defaults(bk_comp *comp, bk_comp_place place)
{
    const int word = bk_xml_word(place.node);
    if (word == BK_W_species) {
        write_default(comp, place, BK_W_substanceUnits, BK_W_substanceUnits);
        write_default(comp, place, BK_W_conversionFactor, BK_W_conversionFactor);
    } else if (word == BK_W_compartment) {
        const char *const size =
            bk_xml_attribute(place.node, PLAIN, BK_W_spatialDimensions);
        const double n = size != NULL ? size[0] - '0' : -1;
        if (n >= 1 && n <= 3 && size[1] == '\0') {
            write_default(comp, place, BK_W_units,
                          n == 3   ? BK_W_volumeUnits
                          : n == 2 ? BK_W_areaUnits
                                   : BK_W_lengthUnits);
        }
    }
}

/* --- elements --- */

/* The factors of what an element computes. */
static void factors_of(bk_comp *comp, bk_comp_place place, bk_comp_factors *f)
{
    const int word = bk_xml_word(place.node);
    const char *const variable =
        bk_xml_attribute(place.node, PLAIN,
                         word == BK_W_initialAssignment ? BK_W_symbol : BK_W_variable);
    const bk_comp_instance *const at = &comp->instances[place.instance];
    if (variable != NULL) {
        const bk_comp_place changed = {
            place.instance, {at->model.xml, bk_names_find(at->ids, variable)}};
        if (bk_xml_some(changed.node)) {
            bk_comp_way(comp, changed, f);
        }
    }
    if (word == BK_W_delay) {
        bk_comp_time(comp, place.instance, false, f);
    } else if (word == BK_W_rateRule || word == BK_W_kineticLaw) {
        bk_comp_time(comp, place.instance, true, f);
    }
    if (word == BK_W_kineticLaw) {
        bk_comp_extent(comp, place.instance, false, f);
    }
}

/* Nesting is at most BK_XML_DEEPEST. */
static void write_element(bk_comp *comp, bk_comp_place place)
{
    if (bk_xml_space(place.node) == BK_S_COMP ||
        bk_comp_state_of(comp, place).kind != BK_COMP_KEPT) {
        return;
    }
    bk_xml_graft *const out = comp->out;
    bk_comp_factors f = {.n_over = 0};
    factors_of(comp, place, &f);
    bk_xml_graft_open(out, place.node);
    write_attributes(comp, place);
    write_defaults(comp, place);
    for (bk_xml_node c = bk_xml_first(place.node); bk_xml_some(c); c = bk_xml_next(c)) {
        const int word = bk_xml_word(c);
        const bk_xml_node none = {c.xml, -1};
        if (word == BK_W_math) {
            const bool law = bk_xml_word(place.node) == BK_W_kineticLaw;
            bk_comp_math(comp, place.instance, c, law ? place.node : none, &f);
        } else if (word == BK_W_notes || word == BK_W_annotation) {
            bk_xml_graft_copy(out, c);
        } else {
            write_element(comp, (bk_comp_place){place.instance, c});
        }
    }
    bk_xml_graft_close(out);
}

/* --- lists --- */

static bk_xml_node list_like(const bk_comp *comp, int32_t instance, bk_xml_node list)
{
    bk_xml_node c = bk_xml_first(comp->instances[instance].model);
    while (bk_xml_some(c) && (strcmp(bk_xml_name(c), bk_xml_name(list)) != 0 ||
                              strcmp(bk_xml_space_name(c), bk_xml_space_name(list)))) {
        c = bk_xml_next(c);
    }
    return c;
}

static bool stood_before(const bk_comp *comp, int32_t instance, bk_xml_node list)
{
    for (int32_t i = 0; i < instance; i++) {
        if (!comp->instances[i].gone && bk_xml_some(list_like(comp, i, list))) {
            return true;
        }
    }
    return false;
}

/* A list of an instance with what those behind it have in theirs. */
static void write_list(bk_comp *comp, int32_t instance, bk_xml_node list)
{
    const bk_comp_place place = {instance, list};
    bk_xml_graft_open(comp->out, list);
    write_attributes(comp, place);
    for (int32_t i = instance; i < (int32_t)comp->n_instances; i++) {
        if (comp->instances[i].gone) {
            continue;
        }
        const bk_xml_node same = i == instance ? list : list_like(comp, i, list);
        for (bk_xml_node c = bk_xml_first(same); bk_xml_some(c); c = bk_xml_next(c)) {
            const int word = bk_xml_word(c);
            if (word != BK_W_notes && word != BK_W_annotation) {
                write_element(comp, (bk_comp_place){i, c});
            }
        }
    }
    bk_xml_graft_close(comp->out);
}

static void write_model(bk_comp *comp)
{
    const bk_comp_place top = {0, comp->instances[0].model};
    bk_xml_graft_open(comp->out, top.node);
    write_attributes(comp, top);
    for (int32_t i = 0; i < (int32_t)comp->n_instances; i++) {
        if (comp->instances[i].gone) {
            continue;
        }
        for (bk_xml_node c = bk_xml_first(comp->instances[i].model); bk_xml_some(c);
             c = bk_xml_next(c)) {
            const int word = bk_xml_word(c);
            if (word == BK_W_notes || word == BK_W_annotation) {
                if (i == 0) {
                    bk_xml_graft_copy(comp->out, c);
                }
            } else if (bk_xml_space(c) != BK_S_COMP && !stood_before(comp, i, c)) {
                write_list(comp, i, c);
            }
        }
    }
    bk_xml_graft_close(comp->out);
}

/* --- the document --- */

/* Packages of all documents: what one of them requires, the whole requires. */
static void declare(bk_comp *comp)
{
    for (size_t i = 0; i < comp->n_documents; i++) {
        const bk_xml *const xml = comp->documents[i].xml;
        for (int k = 0; k < bk_xml_declarations(xml); k++) {
            const bk_xml_declaration d = bk_xml_declaration_at(xml, k);
            if (d.word != BK_S_COMP) {
                bk_xml_graft_declare(comp->out, d.prefix, d.uri);
            }
        }
    }
}

static void write_root(bk_comp *comp)
{
    for (size_t i = 0; i < comp->n_documents; i++) {
        const bk_xml_node root = bk_xml_root(comp->documents[i].xml);
        if (i == 0) {
            bk_xml_graft_open(comp->out, root);
        }
        for (int k = 0; k < bk_xml_attributes(root); k++) {
            const bk_xml_attribute_info a = bk_xml_attribute_at(root, k);
            const bool package = a.word == BK_W_required && a.space_name[0] != '\0';
            if (a.space != BK_S_COMP && (i == 0 || package)) {
                bk_xml_graft_put(comp->out, root, k, NULL);
            }
        }
    }
}

static void write_document(bk_comp *comp)
{
    comp->out = bk_xml_graft_new(bk_sbml_words, BK_WORDS);
    if (comp->out == NULL) {
        comp->reader->no_memory = true;
        return;
    }
    declare(comp);
    write_root(comp);
    write_model(comp);
    bk_xml_graft_close(comp->out);
    bk_status status;
    bk_xml_graft_end(comp->out, &status, &comp->flat);
    comp->reader->no_memory |= status == BK_NO_MEMORY;
}

/* --- the step as a whole --- */

bool bk_comp_flatten(bk_reader *reader, bk_xml_node model, bk_comp **result)
{
    bk_comp *const comp = bk_alloc_zero(1, sizeof *comp);
    *result = comp;
    if (comp == NULL) {
        reader->no_memory = true;
        return false;
    }
    comp->reader = reader;
    comp->arena = bk_arena_new();
    if (comp->arena == NULL ||
        !bk_comp_begin(comp, bk_xml_where(model).file, reader->xml)) {
        reader->no_memory = true;
        return false;
    }
    const size_t errors = bk_diag_count(reader->diag, BK_ERROR);
    if (!bk_comp_tree(comp, model)) {
        return false;
    }
    bk_comp_replace(comp);
    if (!reader->no_memory && bk_diag_count(reader->diag, BK_ERROR) == errors) {
        write_document(comp);
    }
    if (reader->no_memory || bk_diag_count(reader->diag, BK_ERROR) > errors) {
        return false;
    }
    if (comp->n_instances > 1) {
        bk_reader_note(reader, model, "comp-flat",
                       "the %zu submodels are read as one flat model; \"x\" of "
                       "submodel \"s\" is \"s__x\"",
                       comp->n_instances - 1);
    }
    reader->xml = comp->flat;
    return true;
}

void bk_comp_free(bk_comp *comp)
{
    if (comp == NULL) {
        return;
    }
    for (size_t i = 0; i < comp->n_instances; i++) {
        bk_names_free(comp->instances[i].ids);
        bk_names_free(comp->instances[i].units);
        bk_names_free(comp->instances[i].metaids);
    }
    for (size_t i = 0; i < comp->n_documents; i++) {
        bk_xml_free(comp->documents[i].own);
    }
    bk_xml_free(comp->flat);
    bk_free(comp->documents);
    bk_free(comp->instances);
    bk_free(comp->states);
    bk_arena_free(comp->arena);
    bk_free(comp);
}
