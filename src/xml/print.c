/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A part of a document as bytes that mean the same elsewhere: they are cut out of the
 * source, and namespaces declared further out are declared again in the first tag. */

#include "xml/xml_impl.h"

#include <string.h>

/* Spaces of outer declarations that a subtree uses; more than these few prefixes around
 * one element are not met in practice, and the rest would be left out. */
enum { MOST_OUTER = 32 };

typedef struct outer {
    int32_t spaces[MOST_OUTER];
    int n;
} outer;

static void note_space(const bk_xml *xml, int32_t root, int32_t space, outer *found)
{
    if (space < 0 || xml->spaces[space].node < 0 || xml->spaces[space].node >= root) {
        return;
    }
    for (int i = 0; i < found->n; i++) {
        if (found->spaces[i] == space) {
            return;
        }
    }
    if (found->n < MOST_OUTER) {
        found->spaces[found->n++] = space;
    }
}

static outer outer_spaces(const bk_xml *xml, int32_t root)
{
    outer found = {.n = 0};
    for (int32_t i = root; i < xml->nodes[root].end; i++) {
        const bk_xml_record *const record = &xml->nodes[i];
        if (record->name < 0) {
            continue;
        }
        note_space(xml, root, record->space, &found);
        for (int32_t k = 0; k < record->count; k++) {
            note_space(xml, root, xml->attrs[record->first + k].space, &found);
        }
    }
    return found;
}

void bk_xml_print_element(bk_xml_node node, bk_text *text)
{
    if (!bk_xml_some(node)) {
        return;
    }
    node = bk_xml_source(node);
    const bk_xml *const xml = node.xml;
    const bk_xml_record *const record = &xml->nodes[node.index];
    const char *const start = xml->source + record->start;
    const size_t length = (size_t)(record->stop - record->start);
    const size_t name = strcspn(start, " \t\r\n/>");
    const outer found = outer_spaces(xml, node.index);
    bk_text_add_n(text, start, name);
    for (int i = 0; i < found.n; i++) {
        const bk_xml_space_record *const space = &xml->spaces[found.spaces[i]];
        bk_text_add(text, space->prefix < 0 ? " xmlns" : " xmlns:");
        bk_text_add(text, space->prefix < 0 ? "" : xml->names[space->prefix]);
        bk_text_add(text, "=\"");
        bk_text_xml(text, xml->names[space->uri]);
        bk_text_add(text, "\"");
    }
    bk_text_add_n(text, start + name, length - name);
}

void bk_xml_print_content(bk_xml_node node, bk_text *text)
{
    if (!bk_xml_some(node)) {
        return;
    }
    node = bk_xml_source(node);
    const bk_xml *const xml = node.xml;
    const int32_t end = xml->nodes[node.index].end;
    bool first = true;
    for (int32_t i = node.index + 1; i < end; i = xml->nodes[i].end) {
        if (!first) {
            bk_text_add(text, "\n");
        }
        first = false;
        if (xml->nodes[i].name >= 0) {
            bk_xml_print_element((bk_xml_node){xml, i}, text);
        } else {
            bk_text_add(text, "<p xmlns=\"http://www.w3.org/1999/xhtml\">");
            bk_text_xml(text, xml->pool + xml->nodes[i].first);
            bk_text_add(text, "</p>");
        }
    }
}
