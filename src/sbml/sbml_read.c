/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The document: level and version, packages, and the order in which the parts are
 * read. */

#include "sbml/sbml_impl.h"

#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE };

/* --- level, version, namespace --- */

static int level_of_space(int space)
{
    switch (space) {
    case BK_S_L1:
        return 1;
    case BK_S_L3V1:
    case BK_S_L3V2:
        return 3;
    default:
        return space >= BK_S_L2V1 && space <= BK_S_L2V5 ? 2 : 0;
    }
}

static int space_of(int level, int version)
{
    if (level == 1 && (version == 1 || version == 2)) {
        return BK_S_L1;
    }
    if (level == 2 && version >= 1 && version <= 5) {
        return BK_S_L2V1 + version - 1;
    }
    if (level == 3 && (version == 1 || version == 2)) {
        return BK_S_L3V1 + version - 1;
    }
    return -1;
}

static int version_of_space(int space)
{
    switch (level_of_space(space)) {
    case 1:
        return 2;
    case 2:
        return space - BK_S_L2V1 + 1;
    default:
        return space - BK_S_L3V1 + 1;
    }
}

/* The namespace decides; level and version must agree with it.  False: not SBML. */
static bool read_level(bk_reader *reader, bk_xml_node root)
{
    const int space = bk_xml_space(root);
    const int implied = level_of_space(space);
    int level = -1, version = -1;
    bk_xml_get_int(root, PLAIN, BK_W_level, reader->diag, &level);
    bk_xml_get_int(root, PLAIN, BK_W_version, reader->diag, &version);
    if (implied == 0) {
        bk_reader_error(reader, root, "sbml-20101",
                        "the namespace \"%s\" of <sbml> is none of SBML's; for Level 3 "
                        "Version 2 it is \"%s\"",
                        bk_xml_space_name(root), bk_sbml_words[BK_S_L3V2]);
        return false;
    }
    reader->core = space;
    reader->level = implied;
    reader->version = version_of_space(space);
    if (implied == 1 && (version == 1 || version == 2)) {
        reader->version = version;
    }
    if (level == -1 || version == -1) {
        bk_reader_forgive(reader, root, level == -1 ? "sbml-20102" : "sbml-20103",
                          "<sbml> needs level and version; by its namespace this is "
                          "Level %d Version %d",
                          reader->level, reader->version);
        return true;
    }
    if (space_of(level, version) != space) {
        bk_reader_forgive(
            reader, root, level != implied ? "sbml-20102" : "sbml-20103",
            "level=\"%d\" version=\"%d\" does not fit the namespace, which "
            "is that of Level %d Version %d",
            level, version, reader->level, reader->version);
    }
    return true;
}

/* --- packages --- */

/* "comp" from ".../level3/version1/comp/version1". */
static void package_name(const char *uri, const char *prefix, char name[64])
{
    static const char start[] = "http://www.sbml.org/sbml/level3/version";
    const char *from = prefix;
    size_t n = strlen(prefix);
    if (strncmp(uri, start, sizeof start - 1) == 0) {
        const char *const slash = strchr(uri + sizeof start - 1, '/');
        if (slash != NULL) {
            from = slash + 1;
            n = strcspn(from, "/");
        }
    }
    n = n < 63 ? n : 63;
    memcpy(name, from, n);
    name[n] = '\0';
}

static void require_package(bk_reader *reader, bk_xml_node root, const char *name)
{
    char what[100];
    bk_c_snprintf(what, sizeof what, "package %s (required)", name);
    bk_builder_requirement(reader->builder,
                           &(bk_requirement){.what = what,
                                             .detail = "",
                                             .where = bk_xml_where(root),
                                             .kinetic = true,
                                             .logical = true});
    bk_reader_warning(
        reader, root, "sbml-package",
        "the package %s changes what the model means and is not read; the "
        "model can be looked at, not run",
        name);
}

/* The prefix:required attribute of a package: 1, 0, or -1 when there is none. */
static int required_of(bk_xml_node root, const char *uri)
{
    const int n = bk_xml_attributes(root);
    for (int i = 0; i < n; i++) {
        const bk_xml_attribute_info a = bk_xml_attribute_at(root, i);
        if (a.word == BK_W_required && strcmp(a.space_name, uri) == 0) {
            return strcmp(a.value, "true") == 0 || strcmp(a.value, "1") == 0;
        }
    }
    return -1;
}

static void read_packages(bk_reader *reader, bk_xml_node root)
{
    const int n = bk_xml_declarations(reader->xml);
    for (int i = 0; i < n; i++) {
        const bk_xml_declaration d = bk_xml_declaration_at(reader->xml, i);
        if (d.word == BK_S_QUAL) {
            reader->qual = true;
            continue;
        }
        if (d.word == BK_S_FBC1 || d.word == BK_S_FBC2) {
            reader->fbc = d.word;
            continue;
        }
        if (d.word == BK_S_DISTRIB) {
            continue; /* its draws are csymbols; its uncertainties compute nothing */
        }
        const int required = required_of(root, d.uri);
        if (required < 0) {
            continue; /* not a package: XHTML, RDF, a tool's own annotation */
        }
        char name[64];
        package_name(d.uri, d.prefix, name);
        if (required == 1) {
            require_package(reader, root, name);
        } else {
            bk_reader_note(reader, root, "sbml-package",
                           "the package %s is not read; it does not change what the "
                           "model computes",
                           name);
        }
    }
}

/* --- the model element --- */

static const int model_attributes[] = {
    BK_W_substanceUnits, BK_W_timeUnits,   BK_W_volumeUnits,     BK_W_areaUnits,
    BK_W_lengthUnits,    BK_W_extentUnits, BK_W_conversionFactor};

static void read_model_attributes(bk_reader *reader, bk_xml_node node)
{
    bk_builder *const builder = reader->builder;
    bk_model *const model = bk_builder_model(builder);
    bk_reader_known(reader, node, PLAIN, model_attributes, reader->level >= 3 ? 7 : 0);
    const bk_notes notes = bk_reader_notes(reader, node);
    const char *const id = bk_reader_id(reader, node, PLAIN);
    model->id = bk_builder_text(builder, id != NULL ? id : "");
    model->name = bk_builder_text(builder, bk_reader_name(reader, node, PLAIN));
    model->notes.metaid = bk_builder_text(builder, notes.metaid);
    model->notes.sbo = bk_builder_text(builder, notes.sbo);
    model->notes.notes = bk_builder_text(builder, notes.notes);
    model->notes.annotation = bk_builder_text(builder, notes.annotation);
    const char **const units[] = {&model->substance_units, &model->time_units,
                                  &model->volume_units,    &model->area_units,
                                  &model->length_units,    &model->extent_units};
    for (int i = 0; i < 6 && reader->level >= 3; i++) {
        *units[i] = bk_builder_text(builder,
                                    bk_reader_units(reader, node, model_attributes[i]));
    }
    if (model->id == NULL || model->name == NULL) {
        reader->no_memory = true;
        model->id = model->name = "";
    }
}

static void put_list(bk_reader *reader, bk_xml_node *place, bk_xml_node list)
{
    if (bk_xml_some(*place)) {
        bk_reader_error(
            reader, list, "sbml-20205",
            "a model has one <%s>; put the parts of this one into the first",
            bk_xml_name(list));
        return;
    }
    *place = list;
    bk_reader_other_id(reader, list);
}

static bk_lists find_lists(bk_reader *reader, bk_xml_node node)
{
    const bk_xml_node none = {node.xml, -1};
    bk_lists l = {none, none, none, none, none, none, none, none, none, none};
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_space(c) != reader->core && reader->level >= 3) {
            continue; /* a package's */
        }
        switch (bk_xml_word(c)) {
        case BK_W_listOfFunctionDefinitions:
            put_list(reader, &l.functions, c);
            break;
        case BK_W_listOfUnitDefinitions:
            put_list(reader, &l.units, c);
            break;
        case BK_W_listOfCompartments:
            put_list(reader, &l.compartments, c);
            break;
        case BK_W_listOfSpecies:
            put_list(reader, &l.species, c);
            break;
        case BK_W_listOfParameters:
            put_list(reader, &l.parameters, c);
            break;
        case BK_W_listOfInitialAssignments:
            put_list(reader, &l.initials, c);
            break;
        case BK_W_listOfRules:
            put_list(reader, &l.rules, c);
            break;
        case BK_W_listOfConstraints:
            put_list(reader, &l.constraints, c);
            break;
        case BK_W_listOfReactions:
            put_list(reader, &l.reactions, c);
            break;
        case BK_W_listOfEvents:
            put_list(reader, &l.events, c);
            break;
        case BK_W_listOfCompartmentTypes:
        case BK_W_listOfSpeciesTypes:
            bk_reader_note(reader, c, "sbml-types",
                           "types of compartments and species have no effect");
            break;
        default:
            bk_reader_stray(reader, c, node);
        }
    }
    return l;
}

static void read_conversion(bk_reader *reader, bk_xml_node node)
{
    if (reader->level >= 3 &&
        bk_xml_attribute(node, PLAIN, BK_W_conversionFactor) != NULL) {
        bk_builder_model(reader->builder)->conversion =
            bk_reader_symbol(reader, node, BK_W_conversionFactor, "sbml-20216");
    }
}

static void read_model(bk_reader *reader, bk_xml_node node)
{
    const bk_lists lists = find_lists(reader, node);
    bk_core_read_units(reader, lists.units);
    read_model_attributes(reader, node);
    bk_core_read_compartments(reader, lists.compartments);
    bk_core_read_parameters(reader, lists.parameters);
    read_conversion(reader, node);
    bk_core_read_species(reader, lists.species);
    bk_core_read_reaction_symbols(reader, lists.reactions);
    bk_core_read_functions(reader, lists.functions);
    bk_core_read_event_symbols(reader, lists.events);
    if (reader->qual) {
        bk_qual_read(reader, node);
    }
    if (reader->fbc != 0) {
        bk_fbc_read(reader, node, lists.reactions);
    }
    bk_core_read_initials(reader, lists.initials);
    bk_core_read_rules(reader, lists.rules);
    bk_core_read_constraints(reader, lists.constraints);
    bk_core_read_reactions(reader, lists.reactions);
    bk_core_read_events(reader, lists.events);
    bk_reader_ours_model(reader, node);
    bk_reader_ours_finish(reader);
}

static bool uses_comp(const bk_reader *reader)
{
    for (int i = 0; i < bk_xml_declarations(reader->xml); i++) {
        if (bk_xml_declaration_at(reader->xml, i).word == BK_S_COMP) {
            return true;
        }
    }
    return false;
}

static void read_document(bk_reader *reader)
{
    static const int known[] = {BK_W_level, BK_W_version};
    const bk_xml_node root = bk_xml_root(reader->xml);
    if (bk_xml_word(root) != BK_W_sbml) {
        bk_reader_error(reader, root, "sbml-10102",
                        "the root element is <%s>, not <sbml>; this is no SBML file",
                        bk_xml_name(root));
        return;
    }
    if (!read_level(reader, root)) {
        return;
    }
    bk_reader_known(reader, root, PLAIN, known, 2);
    const bk_xml_node node = bk_xml_child(root, reader->core, BK_W_model);
    if (!bk_xml_some(node)) {
        bk_reader_error(
            reader, root, "sbml-20201",
            "there is no <model> in this file; there is nothing to compute");
        return;
    }
    if (!uses_comp(reader)) {
        read_packages(reader, root);
        read_model(reader, node);
    } else if (bk_comp_flatten(reader, node, &reader->comp)) {
        const bk_xml_node flat = bk_xml_root(reader->xml);
        read_packages(reader, flat);
        read_model(reader, bk_xml_child(flat, reader->core, BK_W_model));
    }
}

/* --- the reader --- */

static bool reader_start(bk_reader *reader)
{
    static const char *const units[] = {
        "ampere", "avogadro", "becquerel", "candela", "Celsius", "coulomb",
        "dimensionless", "farad", "gram", "gray", "henry", "hertz", "item", "joule",
        "katal", "kelvin", "kilogram", "liter", "litre", "lumen", "lux", "meter",
        "metre", "mole", "newton", "ohm", "pascal", "radian", "second", "siemens",
        "sievert", "steradian", "tesla", "volt", "watt", "weber",
        /* named by Levels 1 and 2 */
        "substance", "volume", "area", "length", "time"};
    reader->builder = bk_builder_new(reader->diag);
    reader->functions = bk_names_new();
    reader->units = bk_names_new();
    reader->other_ids = bk_names_new();
    reader->texts = bk_arena_new();
    if (reader->builder == NULL || reader->functions == NULL || reader->units == NULL ||
        reader->other_ids == NULL || reader->texts == NULL) {
        return false;
    }
    reader->pool = bk_builder_exprs(reader->builder);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (bk_names_add(reader->units, units[i], 0) == -2) {
            return false;
        }
    }
    return true;
}

static void reader_end(bk_reader *reader)
{
    bk_builder_free(reader->builder);
    bk_names_free(reader->functions);
    bk_names_free(reader->units);
    bk_names_free(reader->other_ids);
    bk_arena_free(reader->texts);
    bk_text_free(&reader->scratch);
    bk_free(reader->pending);
    bk_comp_free(reader->comp);
}

static bool keep_origin(bk_reader *reader, const char *text, size_t length,
                        const char *name)
{
    bk_model *const model = bk_builder_model(reader->builder);
    char hash[65];
    bk_sha256(text, length, hash);
    const char *const source =
        bk_builder_text(reader->builder, name != NULL ? name : "");
    const char *const sha256 = bk_builder_text(reader->builder, hash);
    if (source == NULL || sha256 == NULL) {
        return false;
    }
    model->source = source;
    model->sha256 = sha256;
    model->level = reader->level;
    model->version = reader->version;
    return true;
}

static bk_status finish(bk_reader *reader, const char *text, size_t length,
                        const char *name, bk_model **model)
{
    if (reader->no_memory || !keep_origin(reader, text, length, name)) {
        return BK_NO_MEMORY;
    }
    if (reader->level == 0) {
        return BK_BAD_INPUT;
    }
    const size_t errors = bk_diag_count(reader->diag, BK_ERROR);
    bk_model *made = NULL;
    bk_builder *const builder = reader->builder;
    reader->builder = NULL;
    const bk_status status = bk_builder_finish(builder, &made);
    if (status == BK_OK && errors > 0 && reader->errors_before < errors) {
        bk_model_free(made);
        return BK_BAD_INPUT;
    }
    if (status == BK_OK) {
        *model = made;
    }
    return status;
}

bk_status bk_sbml_parse(const char *text, size_t length, const char *name,
                        const bk_read_settings *settings, bk_diag *diag,
                        bk_model **model)
{
    bk_xml *xml = NULL;
    bk_diag *const own = diag == NULL ? bk_diag_new() : NULL;
    bk_reader reader = {.diag = diag != NULL ? diag : own,
                        .lax = settings != NULL && settings->lax,
                        .ignore_fast = settings != NULL && settings->ignore_fast};
    if (reader.diag == NULL) {
        return BK_NO_MEMORY;
    }
    reader.errors_before = bk_diag_count(reader.diag, BK_ERROR);
    bk_status status =
        bk_xml_parse(text, length, name, bk_sbml_words, BK_WORDS, reader.diag, &xml);
    if (status == BK_OK) {
        reader.xml = xml;
        status = BK_NO_MEMORY;
        if (reader_start(&reader)) {
            read_document(&reader);
            status = finish(&reader, text, length, name, model);
        }
        reader_end(&reader);
    }
    bk_xml_free(xml);
    bk_diag_free(own);
    return status;
}

bk_status bk_sbml_read(const char *path, const bk_read_settings *settings,
                       bk_diag *diag, bk_model **model)
{
    char *text = NULL;
    size_t length = 0;
    bk_status status = (bk_status)bk_file_read(path, diag, &text, &length);
    if (status == BK_OK) {
        status = bk_sbml_parse(text, length, path, settings, diag, model);
        bk_free(text);
    }
    return status;
}
