/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_XML_PARSE_IMPL_H
#define BK_XML_PARSE_IMPL_H

/* The state of one parse. */

#include "base/names.h"
#include "xml/xml_impl.h"

#include <libxml/parser.h>

typedef struct bk_xml_known_name {
    const xmlChar *key; /* unique in the tokeniser's dictionary; NULL: free */
    int32_t name;
} bk_xml_known_name;

typedef struct bk_xml_parsing {
    bk_xml *xml;
    bk_diag *diag;
    xmlParserCtxt *tokeniser;
    bk_names *names;
    bk_xml_known_name *known; /* open addressing, 2^k entries */
    size_t n_known, known_size;
    int32_t open[BK_XML_DEEPEST + 1];
    int depth;
    int32_t *scope; /* declarations in force */
    size_t n_scope, scope_capacity;
    size_t counted; /* how far line and column have come */
    int line, column;
    bool failed;  /* memory */
    bool refused; /* told, and stopped by us */
    bool told;    /* a syntax error */
} bk_xml_parsing;

/* Memory is short: stops the tokeniser. */
void bk_xml_fail(bk_xml_parsing *p);
/* The number of a name of the tokeniser's dictionary; -1: none, or memory is short. */
int32_t bk_xml_name_of(bk_xml_parsing *p, const xmlChar *key);
bool bk_xml_more_known(bk_xml_parsing *p);
/* Puts a declaration into force that stands at a node. */
void bk_xml_declare(bk_xml_parsing *p, const xmlChar *prefix, const xmlChar *uri,
                    int32_t node);
/* The declaration in force for a prefix that the tokeniser resolved; -1: none. */
int32_t bk_xml_space_of(bk_xml_parsing *p, const xmlChar *prefix, const xmlChar *uri);

#endif
