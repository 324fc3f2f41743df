/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml/xml_impl.h"

#include "base/alloc.h"
#include "base/names.h"

#include <string.h>

struct bk_xml_graft {
    bk_xml *xml;
    bk_names *names;
    int32_t *open; /* elements not yet closed */
    size_t depth, open_capacity;
    bool failed; /* memory */
};

bk_xml_graft *bk_xml_graft_new(const char *const *words, int n_words)
{
    bk_xml_graft *const graft = bk_alloc_zero(1, sizeof *graft);
    if (graft == NULL) {
        return NULL;
    }
    graft->names = bk_names_new();
    graft->xml = bk_alloc_zero(1, sizeof *graft->xml);
    bk_xml *const xml = graft->xml;
    graft->failed = graft->names == NULL || xml == NULL ||
                    !bk_grow(&xml->names, &xml->names_capacity, (size_t)n_words + 1,
                             sizeof *xml->names);
    for (int i = 0; i < n_words && !graft->failed; i++) {
        xml->names[i] = words[i];
        graft->failed = bk_names_add(graft->names, words[i], i) == -2;
    }
    if (graft->failed) {
        bk_xml_free(xml);
        bk_names_free(graft->names);
        bk_free(graft);
        return NULL;
    }
    xml->n_words = xml->n_names = (size_t)n_words;
    return graft;
}

void bk_xml_graft_end(bk_xml_graft *graft, bk_status *status, bk_xml **xml)
{
    if (graft->failed || graft->xml->n_nodes == 0) {
        bk_xml_free(graft->xml);
        *status = BK_NO_MEMORY;
    } else {
        *xml = graft->xml;
        *status = BK_OK;
    }
    bk_names_free(graft->names);
    bk_free(graft->open);
    bk_free(graft);
}

/* --- names, namespaces, texts --- */

static int32_t name_of(bk_xml_graft *graft, const char *name)
{
    bk_xml *const xml = graft->xml;
    if (graft->failed) {
        return 0;
    }
    const int32_t known = bk_names_find(graft->names, name);
    if (known >= 0) {
        return known;
    }
    const int32_t added = (int32_t)xml->n_names;
    if (!bk_grow(&xml->names, &xml->names_capacity, xml->n_names + 1,
                 sizeof *xml->names) ||
        bk_names_add(graft->names, name, added) == -2) {
        graft->failed = true;
        return 0;
    }
    xml->names[xml->n_names++] = name;
    return added;
}

/* A namespace by its URI, declared at the root; "" is none. */
static int32_t space_of(bk_xml_graft *graft, const char *prefix, const char *uri)
{
    bk_xml *const xml = graft->xml;
    if (graft->failed || uri[0] == '\0') {
        return -1;
    }
    for (size_t i = 0; i < xml->n_spaces; i++) {
        if (strcmp(xml->names[xml->spaces[i].uri], uri) == 0) {
            return (int32_t)i;
        }
    }
    const int32_t name = name_of(graft, uri);
    const int32_t short_name = name_of(graft, prefix);
    if (graft->failed || !bk_grow(&xml->spaces, &xml->spaces_capacity,
                                  xml->n_spaces + 1, sizeof *xml->spaces)) {
        graft->failed = true;
        return -1;
    }
    xml->spaces[xml->n_spaces] =
        (bk_xml_space_record){.prefix = short_name, .uri = name, .node = -1};
    return (int32_t)xml->n_spaces++;
}

void bk_xml_graft_declare(bk_xml_graft *graft, const char *prefix, const char *uri)
{
    const int32_t space = space_of(graft, prefix, uri);
    if (space >= 0) {
        graft->xml->spaces[space].node = 0;
    }
}

static int32_t pool_add(bk_xml_graft *graft, const char *text)
{
    bk_xml *const xml = graft->xml;
    const size_t n = strlen(text) + 1;
    if (graft->failed || xml->n_pool + n > INT32_MAX ||
        !bk_grow(&xml->pool, &xml->pool_capacity, xml->n_pool + n, 1)) {
        graft->failed = true;
        return 0;
    }
    memcpy(xml->pool + xml->n_pool, text, n);
    xml->n_pool += n;
    return (int32_t)(xml->n_pool - n);
}

/* --- nodes --- */

/* Adds a node at the place of an original element. */
static void add(bk_xml_graft *graft, bk_xml_record record, bk_xml_node place)
{
    bk_xml *const xml = graft->xml;
    const size_t n = xml->n_nodes + 1;
    if (graft->failed || n > INT32_MAX ||
        !bk_grow(&xml->nodes, &xml->nodes_capacity, n, sizeof *xml->nodes) ||
        !bk_grow(&xml->origins, &xml->origins_capacity, n, sizeof *xml->origins)) {
        graft->failed = true;
        return;
    }
    place = bk_xml_source(place);
    record.parent = graft->depth > 0 ? graft->open[graft->depth - 1] : -1;
    record.end = (int32_t)n;
    xml->origins[xml->n_nodes] = (bk_xml_origin){place.xml, place.index};
    xml->nodes[xml->n_nodes++] = record;
}

static void open_record(bk_xml_graft *graft, bk_xml_record record, bk_xml_node place)
{
    record.first = (int32_t)graft->xml->n_attrs;
    const int32_t index = (int32_t)graft->xml->n_nodes;
    add(graft, record, place);
    if (graft->failed || !bk_grow(&graft->open, &graft->open_capacity, graft->depth + 1,
                                  sizeof *graft->open)) {
        graft->failed = true;
        return;
    }
    graft->open[graft->depth++] = index;
}

void bk_xml_graft_open(bk_xml_graft *graft, bk_xml_node like)
{
    const bk_xml_record record = {.name = name_of(graft, bk_xml_name(like)),
                                  .space =
                                      space_of(graft, "", bk_xml_space_name(like))};
    open_record(graft, record, like);
}

void bk_xml_graft_make(bk_xml_graft *graft, int space, int word, bk_xml_node place)
{
    if (graft->failed) {
        return;
    }
    const bk_xml_record record = {
        .name = word, .space = space_of(graft, "", graft->xml->names[space])};
    open_record(graft, record, place);
}

static void add_attribute(bk_xml_graft *graft, int32_t name, int32_t space,
                          const char *value)
{
    bk_xml *const xml = graft->xml;
    const bk_xml_attr attr = {
        .name = name, .space = space, .value = pool_add(graft, value)};
    if (graft->failed || !bk_grow(&xml->attrs, &xml->attrs_capacity, xml->n_attrs + 1,
                                  sizeof *xml->attrs)) {
        graft->failed = true;
        return;
    }
    xml->attrs[xml->n_attrs++] = attr;
    xml->nodes[graft->open[graft->depth - 1]].count++;
}

void bk_xml_graft_put(bk_xml_graft *graft, bk_xml_node from, int i, const char *value)
{
    const bk_xml_attribute_info a = bk_xml_attribute_at(from, i);
    const int32_t name = name_of(graft, a.name);
    const int32_t space = space_of(graft, "", a.space_name);
    add_attribute(graft, name, space, value != NULL ? value : a.value);
}

void bk_xml_graft_set(bk_xml_graft *graft, int word, const char *value)
{
    graft->failed |= value == NULL;
    add_attribute(graft, word, -1, value != NULL ? value : "");
}

void bk_xml_graft_text(bk_xml_graft *graft, const char *text)
{
    if (graft->failed || text[0] == '\0') {
        return;
    }
    const int32_t parent = graft->open[graft->depth - 1];
    const bk_xml_origin origin = graft->xml->origins[parent];
    add(graft,
        (bk_xml_record){.name = -1,
                        .space = -1,
                        .first = pool_add(graft, text),
                        .count = (int32_t)strlen(text)},
        (bk_xml_node){origin.xml, origin.node});
}

void bk_xml_graft_close(bk_xml_graft *graft)
{
    if (!graft->failed) {
        graft->xml->nodes[graft->open[--graft->depth]].end =
            (int32_t)graft->xml->n_nodes;
    }
}

/* Nesting is at most BK_XML_DEEPEST, so recursion is shallow. */
void bk_xml_graft_copy(bk_xml_graft *graft, bk_xml_node node)
{
    bk_xml_graft_open(graft, node);
    for (int i = 0; i < bk_xml_attributes(node) && !graft->failed; i++) {
        bk_xml_graft_put(graft, node, i, NULL);
    }
    bk_xml_graft_inside(graft, node);
    bk_xml_graft_close(graft);
}

void bk_xml_graft_inside(bk_xml_graft *graft, bk_xml_node node)
{
    const bk_xml *const xml = node.xml;
    const int32_t end = xml->nodes[node.index].end;
    for (int32_t i = node.index + 1; i < end && !graft->failed; i = xml->nodes[i].end) {
        if (xml->nodes[i].name >= 0) {
            bk_xml_graft_copy(graft, (bk_xml_node){xml, i});
        } else {
            bk_xml_graft_text(graft, xml->pool + xml->nodes[i].first);
        }
    }
}
