/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_XML_XML_IMPL_H
#define BK_XML_XML_IMPL_H

/* The inside of a document: nodes in document order, each with the end of its range. */

#include "base/arena.h"
#include "xml/xml.h"

typedef struct bk_xml_record {
    int32_t name;   /* -1: a piece of text */
    int32_t space;  /* index in spaces, or -1 */
    int32_t end;    /* one beyond its last descendant */
    int32_t parent; /* or -1 */
    int32_t first;  /* its attributes; of a text its place in the pool */
    int32_t count;
    int32_t line, column;
    int32_t start, stop; /* bytes of the source from `<` to behind the last `>` */
} bk_xml_record;

typedef struct bk_xml_attr {
    int32_t name;
    int32_t space; /* index in spaces, or -1 */
    int32_t value; /* in the pool */
} bk_xml_attr;

/* One xmlns declaration where it stands. */
typedef struct bk_xml_space_record {
    int32_t prefix, uri; /* names; prefix -1: the default namespace */
    int32_t node;        /* where it is declared; -1: built in (xml:) */
} bk_xml_space_record;

/* Where a node of a grafted document came from. */
typedef struct bk_xml_origin {
    const bk_xml *xml;
    int32_t node;
} bk_xml_origin;

struct bk_xml {
    bk_arena *arena;
    const char *file;
    char *source; /* in UTF-8 */
    size_t length;
    const char **names; /* the words, then others in the order of appearance */
    size_t n_words, n_names, names_capacity;
    bk_xml_record *nodes;
    size_t n_nodes, nodes_capacity;
    bk_xml_attr *attrs;
    size_t n_attrs, attrs_capacity;
    bk_xml_space_record *spaces;
    size_t n_spaces, spaces_capacity;
    bk_xml_origin *origins; /* of each node; NULL in a document that was parsed */
    size_t origins_capacity;
    char *pool; /* attribute values and texts, each with a NUL */
    size_t n_pool, pool_capacity;
};

/* Makes *source a UTF-8 copy of a document without byte order mark and encoding
 * declaration, so that offsets in it are those of the tokeniser. */
bk_status bk_xml_decode(const char *text, size_t length, bk_where where, bk_diag *diag,
                        char **source, size_t *source_length);

#endif
