/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Names and namespaces while parsing.  The tokeniser keeps each name once, so that its
 * address finds our number for it without comparing letters. */

#include "xml/parse_impl.h"

#include "base/alloc.h"

static int32_t new_name(bk_xml_parsing *p, const xmlChar *key)
{
    bk_xml *const xml = p->xml;
    const int32_t old = bk_names_find(p->names, (const char *)key);
    if (old >= 0) {
        return old;
    }
    const char *const copy = bk_arena_text(xml->arena, (const char *)key);
    if (copy == NULL ||
        !bk_grow(&xml->names, &xml->names_capacity, xml->n_names + 1,
                 sizeof *xml->names) ||
        bk_names_add(p->names, copy, (int32_t)xml->n_names) == -2) {
        return -1;
    }
    xml->names[xml->n_names] = copy;
    return (int32_t)xml->n_names++;
}

static size_t place_of(const bk_xml_parsing *p, const xmlChar *key)
{
    const uint64_t h = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(h >> 32) & (p->known_size - 1);
    while (p->known[i].key != NULL && p->known[i].key != key) {
        i = (i + 1) & (p->known_size - 1);
    }
    return i;
}

bool bk_xml_more_known(bk_xml_parsing *p)
{
    bk_xml_known_name *const old = p->known;
    const size_t n = p->known_size;
    bk_xml_known_name *const table = bk_alloc_zero(n == 0 ? 256 : 2 * n, sizeof *table);
    if (table == NULL) {
        return false;
    }
    p->known = table;
    p->known_size = n == 0 ? 256 : 2 * n;
    for (size_t i = 0; i < n; i++) {
        if (old[i].key != NULL) {
            table[place_of(p, old[i].key)] = old[i];
        }
    }
    bk_free(old);
    return true;
}

int32_t bk_xml_name_of(bk_xml_parsing *p, const xmlChar *key)
{
    if (key == NULL) {
        return -1;
    }
    if (2 * p->n_known >= p->known_size && !bk_xml_more_known(p)) {
        bk_xml_fail(p);
        return -1;
    }
    const size_t i = place_of(p, key);
    if (p->known[i].key == NULL) {
        const int32_t name = new_name(p, key);
        if (name < 0) {
            bk_xml_fail(p);
            return -1;
        }
        p->known[i] = (bk_xml_known_name){key, name};
        p->n_known++;
    }
    return p->known[i].name;
}

void bk_xml_declare(bk_xml_parsing *p, const xmlChar *prefix, const xmlChar *uri,
                    int32_t node)
{
    bk_xml *const xml = p->xml;
    const bk_xml_space_record record = {
        bk_xml_name_of(p, prefix), bk_xml_name_of(p, uri != NULL ? uri : BAD_CAST ""),
        node};
    if (p->failed ||
        !bk_grow(&xml->spaces, &xml->spaces_capacity, xml->n_spaces + 1,
                 sizeof *xml->spaces) ||
        !bk_grow(&p->scope, &p->scope_capacity, p->n_scope + 1, sizeof *p->scope)) {
        bk_xml_fail(p);
        return;
    }
    p->scope[p->n_scope++] = (int32_t)xml->n_spaces;
    xml->spaces[xml->n_spaces++] = record;
}

int32_t bk_xml_space_of(bk_xml_parsing *p, const xmlChar *prefix, const xmlChar *uri)
{
    if (uri == NULL) {
        return -1;
    }
    const int32_t wanted = bk_xml_name_of(p, prefix);
    for (size_t i = p->n_scope; i-- > 0;) {
        if (p->xml->spaces[p->scope[i]].prefix == wanted) {
            return p->scope[i];
        }
    }
    /* Only xml: is bound without a declaration. */
    bk_xml_declare(p, prefix, uri, -1);
    if (p->failed) {
        return -1;
    }
    p->n_scope--;
    return (int32_t)p->xml->n_spaces - 1;
}
