/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which models a document is made of: definitions in it and in files beside it, and one
 * instance for every use of them. */

#include "sbml/comp_impl.h"

#include "base/alloc.h"
#include "base/arena.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLAIN = BK_XML_NO_NAMESPACE,
    MOST_NODES = 10 * 1000 * 1000, /* definitions that use definitions grow fast */
    MOST_INSTANCES = 10 * 1000,
    MOST_LINKS = 100 /* from one external definition to the next */
};

/* --- documents --- */

/* The path of a source: relative ones are taken from the folder of the document. */
static const char *path_of(bk_comp *comp, int32_t beside, const char *source)
{
    const char *const from = comp->documents[beside].path;
    if (strncmp(source, "file://", 7) == 0) {
        source += 7;
    } else if (strncmp(source, "file:", 5) == 0) {
        source += 5;
    }
    const char *const slash = from != NULL ? strrchr(from, '/') : NULL;
    if (source[0] == '/') {
        return bk_arena_text(comp->arena, source);
    }
    if (slash == NULL) {
        return bk_arena_printf(comp->arena, "./%s", source);
    }
    return bk_arena_printf(comp->arena, "%.*s/%s", (int)(slash - from), from, source);
}

/* NULL when there is no such file. */
static const char *real_path(bk_comp *comp, const char *path)
{
    char real[PATH_MAX];
    if (path == NULL || realpath(path, real) == NULL) {
        return NULL;
    }
    const char *const kept = bk_arena_text(comp->arena, real);
    comp->reader->no_memory |= kept == NULL;
    return kept;
}

bool bk_comp_begin(bk_comp *comp, const char *path, const bk_xml *xml)
{
    if (!bk_grow(&comp->documents, &comp->documents_capacity, 1,
                 sizeof *comp->documents)) {
        return false;
    }
    comp->documents[comp->n_documents++] =
        (bk_comp_document){.path = path, .real = real_path(comp, path), .xml = xml};
    return !comp->reader->no_memory;
}

static bool same_language(bk_comp *comp, const bk_xml *xml, const char *path,
                          bk_xml_node at)
{
    const bk_xml_node root = bk_xml_root(xml);
    if (bk_xml_is(root, comp->reader->core, BK_W_sbml)) {
        return true;
    }
    bk_reader_error(comp->reader, at, "comp-external",
                    "%s is no SBML of the level and version of this file (Level %d "
                    "Version %d); convert one of them",
                    path, comp->reader->level, comp->reader->version);
    return false;
}

static bk_xml *read_document(bk_comp *comp, const char *path, bk_xml_node at)
{
    char *text = NULL;
    size_t length = 0;
    bk_xml *xml = NULL;
    bk_status status = (bk_status)bk_file_read(path, NULL, &text, &length);
    if (status == BK_IO) {
        bk_reader_error(comp->reader, at, "comp-external",
                        "the file %s cannot be read; put it where the source of this "
                        "external model definition says",
                        path);
        return NULL;
    }
    if (status == BK_OK) {
        status = bk_xml_parse(text, length, path, bk_sbml_words, BK_WORDS,
                              comp->reader->diag, &xml);
        bk_free(text);
    }
    comp->reader->no_memory |= status == BK_NO_MEMORY;
    if (status == BK_BAD_INPUT) {
        bk_reader_error(comp->reader, at, "comp-external",
                        "the file %s that this external model definition names is "
                        "not readable; see above",
                        path);
    }
    return xml;
}

/* The document at a path beside document `beside`, read once; -1 after telling at
 * `at`. */
static int32_t open_document(bk_comp *comp, int32_t beside, const char *source,
                             bk_xml_node at)
{
    const char *const colon = strstr(source, ":");
    if (colon != NULL && colon - source > 1 && strncmp(source, "file:", 5) != 0) {
        bk_reader_error(comp->reader, at, "comp-external",
                        "source=\"%s\" is not fetched; put a copy of the file beside "
                        "this one and name that",
                        source);
        return -1;
    }
    const char *const path = path_of(comp, beside, source);
    if (path == NULL || !bk_grow(&comp->documents, &comp->documents_capacity,
                                 comp->n_documents + 1, sizeof *comp->documents)) {
        comp->reader->no_memory = true;
        return -1;
    }
    const char *const real = real_path(comp, path);
    for (size_t i = 0; i < comp->n_documents && real != NULL; i++) {
        if (comp->documents[i].real != NULL &&
            strcmp(comp->documents[i].real, real) == 0) {
            return (int32_t)i;
        }
    }
    bk_xml *const xml = read_document(comp, path, at);
    if (xml == NULL || !same_language(comp, xml, path, at)) {
        bk_xml_free(xml);
        return -1;
    }
    comp->documents[comp->n_documents] =
        (bk_comp_document){.path = path, .real = real, .xml = xml, .own = xml};
    return (int32_t)comp->n_documents++;
}

/* --- definitions --- */

typedef struct definition {
    int32_t document;
    bk_xml_node model; /* none: not found */
} definition;

static bk_xml_node child_with_id(bk_xml_node list, int space, const char *id)
{
    bk_xml_node c = bk_xml_first(list);
    while (bk_xml_some(c)) {
        const char *const own = bk_xml_attribute(c, space, BK_W_id);
        if (own != NULL && strcmp(own, id) == 0) {
            break;
        }
        c = bk_xml_next(c);
    }
    return c;
}

/* A model of a document by id; id NULL: the model that stands directly in it. */
static definition find_definition(bk_comp *comp, int32_t document, const char *id,
                                  bk_xml_node at, int links)
{
    const bk_xml_node root = bk_xml_root(comp->documents[document].xml);
    const bk_xml_node main = bk_xml_child(root, comp->reader->core, BK_W_model);
    definition found = {document, main};
    const char *const main_id = bk_xml_attribute(main, PLAIN, BK_W_id);
    if (id == NULL || (main_id != NULL && strcmp(main_id, id) == 0)) {
        if (!bk_xml_some(main)) {
            bk_reader_error(comp->reader, at, "comp-model",
                            "there is no <model> in the file that this names; name a "
                            "definition with modelRef");
        }
        return found;
    }
    found.model = child_with_id(
        bk_xml_child(root, BK_S_COMP, BK_W_listOfModelDefinitions), PLAIN, id);
    if (bk_xml_some(found.model)) {
        return found;
    }
    const bk_xml_node external = child_with_id(
        bk_xml_child(root, BK_S_COMP, BK_W_listOfExternalModelDefinitions), BK_S_COMP,
        id);
    const char *const source = bk_xml_attribute(external, BK_S_COMP, BK_W_source);
    if (!bk_xml_some(external)) {
        bk_reader_error(comp->reader, at, "comp-model",
                        "there is no model definition \"%s\" for this <%s>", id,
                        bk_xml_name(at));
    } else if (source == NULL) {
        bk_reader_error(comp->reader, external, "comp-external",
                        "<externalModelDefinition> needs the attribute source");
    } else if (links >= MOST_LINKS) {
        bk_reader_error(comp->reader, external, "comp-circle",
                        "external model definitions lead to one another without end; "
                        "name the file that has the model");
    } else {
        const int32_t other = open_document(comp, document, source, external);
        if (other >= 0) {
            return find_definition(comp, other,
                                   bk_xml_attribute(external, BK_S_COMP, BK_W_modelRef),
                                   external, links + 1);
        }
    }
    return (definition){document, {comp->documents[document].xml, -1}};
}

/* --- instances --- */

static bool mathematics_or_notes(bk_xml_node node)
{
    const int word = bk_xml_word(node);
    return word == BK_W_math || word == BK_W_notes || word == BK_W_annotation;
}

static void index_name(bk_comp *comp, bk_names *names, const char *name,
                       bk_xml_node node)
{
    if (name != NULL) {
        comp->reader->no_memory |= bk_names_add(names, name, node.index) == -2;
    }
}

/* The names of everything below a node; an id that is taken twice is told when core is
 * read. */
static void index_names(bk_comp *comp, bk_comp_instance *instance, bk_xml_node node)
{
    const int word = bk_xml_word(node);
    const bool own = bk_xml_space(node) == BK_S_COMP;
    instance->n_nodes = node.index - instance->model.index + 1;
    index_name(comp, instance->metaids, bk_xml_attribute(node, PLAIN, BK_W_metaid),
               node);
    if (word == BK_W_unitDefinition) {
        index_name(comp, instance->units, bk_xml_attribute(node, PLAIN, BK_W_id), node);
    } else if (word != BK_W_localParameter && !(own && word == BK_W_port) &&
               word != BK_W_model && word != BK_W_modelDefinition) {
        const int space =
            bk_xml_space(node) == comp->reader->core ? PLAIN : BK_XML_ANY_NAMESPACE;
        index_name(comp, instance->ids, bk_xml_attribute(node, space, BK_W_id), node);
    }
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        if (!mathematics_or_notes(c)) {
            index_names(comp, instance, c);
        }
    }
}

/* Whether an id below a node begins like that. */
static bool begins(bk_xml_node node, const char *start, size_t n)
{
    const char *const id = bk_xml_attribute(node, BK_XML_ANY_NAMESPACE, BK_W_id);
    if (id != NULL && strncmp(id, start, n) == 0) {
        return true;
    }
    bk_xml_node c = bk_xml_first(node);
    while (bk_xml_some(c) && (mathematics_or_notes(c) || !begins(c, start, n))) {
        c = bk_xml_next(c);
    }
    return bk_xml_some(c);
}

/* "sub__", or "sub_2__" and so on when an id of the parent begins like that: every id of
 * the submodel must stay new. */
static const char *prefix_of(bk_comp *comp, const bk_comp_instance *parent,
                             const char *id)
{
    const char *own = bk_arena_printf(comp->arena, "%s__", id);
    for (int number = 2; own != NULL; number++) {
        if (!begins(parent->model, own, strlen(own))) {
            break;
        }
        own = bk_arena_printf(comp->arena, "%s_%d__", id, number);
    }
    const char *const whole =
        own != NULL ? bk_arena_printf(comp->arena, "%s%s", parent->prefix, own) : NULL;
    comp->reader->no_memory |= whole == NULL;
    return whole;
}

static bool add_instance(bk_comp *comp, bk_comp_instance instance)
{
    instance.ids = bk_names_new();
    instance.units = bk_names_new();
    instance.metaids = bk_names_new();
    if (instance.ids == NULL || instance.units == NULL || instance.metaids == NULL ||
        !bk_grow(&comp->instances, &comp->instances_capacity, comp->n_instances + 1,
                 sizeof *comp->instances)) {
        bk_names_free(instance.ids);
        bk_names_free(instance.units);
        bk_names_free(instance.metaids);
        comp->reader->no_memory = true;
        return false;
    }
    index_names(comp, &instance, instance.model);
    const size_t n = (size_t)instance.n_nodes;
    instance.states = bk_arena_alloc(comp->arena, n * sizeof *instance.states);
    comp->n_nodes += n;
    comp->instances[comp->n_instances++] = instance;
    if (instance.states == NULL) {
        comp->reader->no_memory = true;
        return false;
    }
    memset(instance.states, 0xFF, n * sizeof *instance.states);
    return true;
}

/* True when the model is the instance's own or that of one round it. */
static bool inside_itself(const bk_comp *comp, int32_t instance, bk_xml_node model)
{
    for (; instance >= 0; instance = comp->instances[instance].parent) {
        const bk_xml_node other = comp->instances[instance].model;
        if (other.xml == model.xml && other.index == model.index) {
            return true;
        }
    }
    return false;
}

static void add_submodel(bk_comp *comp, int32_t parent, bk_xml_node node)
{
    const char *const id = bk_xml_attribute(node, BK_S_COMP, BK_W_id);
    const char *const model = bk_xml_attribute(node, BK_S_COMP, BK_W_modelRef);
    if (id == NULL || model == NULL || !bk_is_sid(id)) {
        bk_reader_error(comp->reader, node, "comp-submodel",
                        "<submodel> needs an id and modelRef, the id of a model "
                        "definition");
        return;
    }
    const definition d =
        find_definition(comp, comp->instances[parent].document, model, node, 0);
    if (!bk_xml_some(d.model)) {
        return;
    }
    if (inside_itself(comp, parent, d.model)) {
        bk_reader_error(comp->reader, node, "comp-circle",
                        "the model \"%s\" is a submodel of itself; it would have no "
                        "end",
                        model);
        return;
    }
    add_instance(
        comp,
        (bk_comp_instance){
            .model = d.model,
            .document = d.document,
            .parent = parent,
            .submodel = node,
            .prefix = prefix_of(comp, &comp->instances[parent], id),
            .time = bk_xml_attribute(node, BK_S_COMP, BK_W_timeConversionFactor),
            .extent = bk_xml_attribute(node, BK_S_COMP, BK_W_extentConversionFactor)});
}

bool bk_comp_tree(bk_comp *comp, bk_xml_node model)
{
    const size_t errors = bk_diag_count(comp->reader->diag, BK_ERROR);
    add_instance(comp, (bk_comp_instance){.model = model,
                                          .parent = -1,
                                          .submodel = {model.xml, -1},
                                          .prefix = ""});
    for (size_t i = 0; i < comp->n_instances && !comp->reader->no_memory; i++) {
        const bk_xml_node list =
            bk_xml_child(comp->instances[i].model, BK_S_COMP, BK_W_listOfSubmodels);
        for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
            if (comp->n_nodes > MOST_NODES || comp->n_instances > MOST_INSTANCES) {
                bk_reader_error(
                    comp->reader, c, "comp-size",
                    "there are more than %d submodels or %d elements in all; "
                    "take fewer",
                    MOST_INSTANCES, MOST_NODES);
                return false;
            }
            if (bk_xml_is(c, BK_S_COMP, BK_W_submodel) && !comp->reader->no_memory) {
                add_submodel(comp, (int32_t)i, c);
            }
        }
    }
    return !comp->reader->no_memory &&
           bk_diag_count(comp->reader->diag, BK_ERROR) == errors;
}

int32_t bk_comp_instance_of(const bk_comp *comp, bk_comp_place submodel)
{
    for (size_t i = (size_t)submodel.instance + 1; i < comp->n_instances; i++) {
        const bk_comp_instance *const instance = &comp->instances[i];
        if (instance->parent == submodel.instance &&
            instance->submodel.index == submodel.node.index) {
            return (int32_t)i;
        }
    }
    return -1;
}
