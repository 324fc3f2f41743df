/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml/xml_impl.h"

#include "base/alloc.h"

#include <string.h>

void bk_xml_free(bk_xml *xml)
{
    if (xml == NULL) {
        return;
    }
    bk_arena_free(xml->arena);
    bk_free(xml->source);
    bk_free(xml->names);
    bk_free(xml->nodes);
    bk_free(xml->attrs);
    bk_free(xml->spaces);
    bk_free(xml->origins);
    bk_free(xml->pool);
    bk_free(xml);
}

static const bk_xml_record *record_of(bk_xml_node node)
{
    return &node.xml->nodes[node.index];
}

static bk_xml_node none_in(bk_xml_node node)
{
    return (bk_xml_node){node.xml, -1};
}

bk_xml_node bk_xml_source(bk_xml_node node)
{
    if (!bk_xml_some(node) || node.xml->origins == NULL) {
        return node;
    }
    const bk_xml_origin *const origin = &node.xml->origins[node.index];
    return (bk_xml_node){origin->xml, origin->node};
}

bk_xml_node bk_xml_root(const bk_xml *xml)
{
    return (bk_xml_node){xml, 0};
}

/* The first element among the siblings from `index` on. */
static bk_xml_node element_from(bk_xml_node node, int32_t index, int32_t end)
{
    while (index < end && node.xml->nodes[index].name < 0) {
        index++;
    }
    return (bk_xml_node){node.xml, index < end ? index : -1};
}

bk_xml_node bk_xml_first(bk_xml_node parent)
{
    if (!bk_xml_some(parent)) {
        return parent;
    }
    return element_from(parent, parent.index + 1, record_of(parent)->end);
}

bk_xml_node bk_xml_next(bk_xml_node node)
{
    if (!bk_xml_some(node) || record_of(node)->parent < 0) {
        return none_in(node);
    }
    const bk_xml_record *const record = record_of(node);
    return element_from(node, record->end, node.xml->nodes[record->parent].end);
}

bk_xml_node bk_xml_child(bk_xml_node parent, int space, int word)
{
    bk_xml_node child = bk_xml_first(parent);
    while (bk_xml_some(child) && !bk_xml_is(child, space, word)) {
        child = bk_xml_next(child);
    }
    return child;
}

static int word_of(const bk_xml *xml, int32_t name)
{
    return name >= 0 && (size_t)name < xml->n_words ? name : BK_XML_NO_WORD;
}

static int space_word(const bk_xml *xml, int32_t space)
{
    if (space < 0) {
        return BK_XML_NO_NAMESPACE;
    }
    return word_of(xml, xml->spaces[space].uri);
}

int bk_xml_word(bk_xml_node node)
{
    return bk_xml_some(node) ? word_of(node.xml, record_of(node)->name)
                             : BK_XML_NO_WORD;
}

const char *bk_xml_name(bk_xml_node node)
{
    return bk_xml_some(node) ? node.xml->names[record_of(node)->name] : "";
}

int bk_xml_space(bk_xml_node node)
{
    return bk_xml_some(node) ? space_word(node.xml, record_of(node)->space)
                             : BK_XML_NO_NAMESPACE;
}

const char *bk_xml_space_name(bk_xml_node node)
{
    if (!bk_xml_some(node) || record_of(node)->space < 0) {
        return "";
    }
    return node.xml->names[node.xml->spaces[record_of(node)->space].uri];
}

bool bk_xml_is(bk_xml_node node, int space, int word)
{
    return bk_xml_some(node) && record_of(node)->name == word &&
           (space == BK_XML_ANY_NAMESPACE || bk_xml_space(node) == space);
}

bk_where bk_xml_where(bk_xml_node node)
{
    if (!bk_xml_some(node)) {
        return (bk_where){.file = node.xml != NULL ? node.xml->file : NULL};
    }
    node = bk_xml_source(node);
    const bk_xml_record *const record = record_of(node);
    return (bk_where){node.xml->file, record->line, record->column};
}

static const char *text_at(bk_xml_node node, int32_t index)
{
    const bk_xml *const xml = node.xml;
    if (index >= record_of(node)->end || xml->nodes[index].name >= 0) {
        return "";
    }
    return xml->pool + xml->nodes[index].first;
}

const char *bk_xml_text(bk_xml_node node)
{
    return bk_xml_some(node) ? text_at(node, node.index + 1) : "";
}

const char *bk_xml_text_after(bk_xml_node node, int child)
{
    bk_xml_node before = bk_xml_first(node);
    while (child-- > 0) {
        before = bk_xml_next(before);
    }
    return bk_xml_some(before) ? text_at(node, record_of(before)->end) : "";
}

bool bk_xml_has_text(bk_xml_node node)
{
    if (!bk_xml_some(node)) {
        return false;
    }
    const int32_t end = record_of(node)->end;
    for (int32_t i = node.index + 1; i < end; i = node.xml->nodes[i].end) {
        if (node.xml->nodes[i].name < 0) {
            return true;
        }
    }
    return false;
}

const char *bk_xml_attribute(bk_xml_node node, int space, int word)
{
    if (!bk_xml_some(node)) {
        return NULL;
    }
    const bk_xml *const xml = node.xml;
    const bk_xml_record *const record = record_of(node);
    const bk_xml_attr *const attrs = xml->attrs + record->first;
    for (int32_t i = 0; i < record->count; i++) {
        if (attrs[i].name == word && (space == BK_XML_ANY_NAMESPACE ||
                                      space_word(xml, attrs[i].space) == space)) {
            return xml->pool + attrs[i].value;
        }
    }
    return NULL;
}

int bk_xml_attributes(bk_xml_node node)
{
    return bk_xml_some(node) ? record_of(node)->count : 0;
}

bk_xml_attribute_info bk_xml_attribute_at(bk_xml_node node, int i)
{
    const bk_xml *const xml = node.xml;
    const bk_xml_attr *const attr = &xml->attrs[record_of(node)->first + i];
    return (bk_xml_attribute_info){
        xml->names[attr->name], xml->pool + attr->value,
        attr->space < 0 ? "" : xml->names[xml->spaces[attr->space].uri],
        word_of(xml, attr->name), space_word(xml, attr->space)};
}

static void tell(bk_xml_node node, int word, const char *value, const char *wanted,
                 bk_diag *diag)
{
    bk_diag_add(diag, BK_ERROR, bk_xml_where(node), "xml-value",
                "%s=\"%s\" of <%s> is not %s", node.xml->names[word], value,
                bk_xml_name(node), wanted);
}

bool bk_xml_get_double(bk_xml_node node, int space, int word, bk_diag *diag,
                       double *value)
{
    const char *const text = bk_xml_attribute(node, space, word);
    if (text == NULL) {
        return false;
    }
    double parsed;
    if (!bk_double_parse(text, strlen(text), &parsed)) {
        tell(node, word, text, "a number; write it as 1.5, 2e-3, INF or NaN", diag);
        return false;
    }
    *value = parsed;
    return true;
}

bool bk_xml_get_int(bk_xml_node node, int space, int word, bk_diag *diag, int *value)
{
    const char *const text = bk_xml_attribute(node, space, word);
    if (text == NULL) {
        return false;
    }
    int64_t parsed;
    if (!bk_int_parse(text, strlen(text), &parsed) || parsed > INT32_MAX ||
        parsed < INT32_MIN) {
        tell(node, word, text, "a whole number", diag);
        return false;
    }
    *value = (int)parsed;
    return true;
}

bool bk_xml_get_bool(bk_xml_node node, int space, int word, bk_diag *diag, bool *value)
{
    const char *const text = bk_xml_attribute(node, space, word);
    if (text == NULL) {
        return false;
    }
    const char *const words[] = {"false", "0", "true", "1"};
    const char *const start = text + strspn(text, " \t\r\n");
    for (int i = 0; i < 4; i++) {
        const size_t n = strlen(words[i]);
        if (strncmp(start, words[i], n) == 0 &&
            start[n + strspn(start + n, " \t\r\n")] == '\0') {
            *value = i >= 2;
            return true;
        }
    }
    tell(node, word, text, "true or false", diag);
    return false;
}

bool bk_xml_get_sid(bk_xml_node node, int space, int word, bk_diag *diag,
                    const char **value)
{
    const char *const text = bk_xml_attribute(node, space, word);
    if (text == NULL) {
        return false;
    }
    if (!bk_is_sid(text)) {
        tell(node, word, text,
             "an SBML identifier; use letters, digits and _, not starting with a digit",
             diag);
        return false;
    }
    *value = text;
    return true;
}

int bk_xml_declarations(const bk_xml *xml)
{
    int n = 0;
    while ((size_t)n < xml->n_spaces && xml->spaces[n].node == 0) {
        n++;
    }
    return n;
}

bk_xml_declaration bk_xml_declaration_at(const bk_xml *xml, int i)
{
    const bk_xml_space_record *const space = &xml->spaces[i];
    return (bk_xml_declaration){space->prefix < 0 ? "" : xml->names[space->prefix],
                                xml->names[space->uri], word_of(xml, space->uri)};
}
