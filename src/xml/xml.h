/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_XML_XML_H
#define BK_XML_XML_H

/* XML as a tree of numbered elements, and back.
 *
 * libxml2 only tokenises; the tree is our own: one array of nodes in document order, so
 * that a subtree is a range, names are small numbers, and every element knows the exact
 * line and column of its start tag.  A reader hands in its vocabulary (`words`: element
 * names, attribute names, namespace URIs in one list), and may then switch over word
 * numbers instead of comparing texts.
 *
 * Safe by construction: no network, no external entity, any DOCTYPE is refused, nesting
 * over BK_XML_DEEPEST is refused.  Any encoding libxml2 knows is read; columns
 * count characters. */

#include "base/text.h"

#include <blockade/status.h>

typedef struct bk_xml bk_xml;
/* An element; index -1 is none, and every question about none has an empty answer. */
typedef struct bk_xml_node {
    const bk_xml *xml;
    int32_t index;
} bk_xml_node;

enum {
    BK_XML_DEEPEST = 250, /* libxml2's own limit is 256 */
    BK_XML_NO_WORD = -1,  /* a name or namespace outside the vocabulary */
    BK_XML_NO_NAMESPACE =
        -2, /* an attribute without prefix, an element without xmlns */
    BK_XML_ANY_NAMESPACE = -3 /* in questions only */
};

/* Parses a whole document.  name (may be NULL) is the file in the messages; words[]
 * must outlive the document, and its numbers are its indices.  A document that is not
 * well formed is BK_BAD_INPUT with located messages, never a partial tree. */
bk_status bk_xml_parse(const char *text, size_t length, const char *name,
                       const char *const *words, int n_words, bk_diag *diag,
                       bk_xml **xml);
void bk_xml_free(bk_xml *xml);
bk_xml_node bk_xml_root(const bk_xml *xml);

static inline bool bk_xml_some(bk_xml_node node)
{
    return node.index >= 0;
}
/* Child elements in order: for (c = first(p); some(c); c = next(c)). */
bk_xml_node bk_xml_first(bk_xml_node parent);
bk_xml_node bk_xml_next(bk_xml_node node);
/* The first child of that name in that namespace (word numbers; ANY_NAMESPACE). */
bk_xml_node bk_xml_child(bk_xml_node parent, int space, int word);

int bk_xml_word(bk_xml_node node);         /* of its local name, or NO_WORD */
const char *bk_xml_name(bk_xml_node node); /* local name */
int bk_xml_space(bk_xml_node node);        /* of its namespace, NO_WORD, NO_NAMESPACE */
const char *bk_xml_space_name(bk_xml_node node);       /* the URI, "" for none */
bool bk_xml_is(bk_xml_node node, int space, int word); /* ANY_NAMESPACE is fine */
bk_where bk_xml_where(bk_xml_node node);               /* line and column of the `<` */
/* The text before the first child element, white space around it removed; "". */
const char *bk_xml_text(bk_xml_node node);
/* The text after the i-th child element (0: the first), as above; for <cn>2<sep/>3. */
const char *bk_xml_text_after(bk_xml_node node, int child);
/* True when the element holds text that is not white space beside its children. */
bool bk_xml_has_text(bk_xml_node node);

/* Attributes: NULL when absent. */
const char *bk_xml_attribute(bk_xml_node node, int space, int word);
int bk_xml_attributes(bk_xml_node node);
typedef struct bk_xml_attribute_info {
    const char *name, *value;
    const char *space_name; /* the URI, "" for none */
    int word, space;
} bk_xml_attribute_info;
bk_xml_attribute_info bk_xml_attribute_at(bk_xml_node node, int i);

/* Attributes as typed values.  True: there and well formed, *value is set.  False and
 * *value untouched: absent, or malformed, which is told as a located error. */
bool bk_xml_get_double(bk_xml_node node, int space, int word, bk_diag *diag,
                       double *value);
bool bk_xml_get_int(bk_xml_node node, int space, int word, bk_diag *diag, int *value);
bool bk_xml_get_bool(bk_xml_node node, int space, int word, bk_diag *diag, bool *value);
/* An SId, exactly. */
bool bk_xml_get_sid(bk_xml_node node, int space, int word, bk_diag *diag,
                    const char **value);

/* The namespace URI declared for a prefix at the root element ("" is the default one),
 * or NULL; and the declarations of the root in order. */
typedef struct bk_xml_declaration {
    const char *prefix, *uri;
    int word; /* of the URI */
} bk_xml_declaration;
int bk_xml_declarations(const bk_xml *xml);
bk_xml_declaration bk_xml_declaration_at(const bk_xml *xml, int i);

/* Appends the content of an element as XML that can stand alone: bytes as in the file,
 * with the namespaces that are declared further out declared again.  Text directly in
 * the element is wrapped in an XHTML paragraph. */
void bk_xml_print_content(bk_xml_node node, bk_text *text);
/* The same for the element itself. */
void bk_xml_print_element(bk_xml_node node, bk_text *text);

/* A new document made of parts of others, for readers that rewrite what they read.
 * Each part keeps the place it came from, in messages and in print_element and
 * print_content, so the sources must outlive the result.  Elements are opened and
 * closed like tags; attributes go to the element opened last, before its content.  Look
 * at the status of bk_xml_graft_end once; it takes the graft in any case. */
typedef struct bk_xml_graft bk_xml_graft;
/* The element of its source that an element of such a document came from; any other
 * element is its own. */
bk_xml_node bk_xml_source(bk_xml_node node);
/* words[] as in bk_xml_parse, and the same for all sources; NULL: memory is short. */
bk_xml_graft *bk_xml_graft_new(const char *const *words, int n_words);
void bk_xml_graft_end(bk_xml_graft *graft, bk_status *status, bk_xml **xml);
/* Name, namespace and place of an element, without attributes and content. */
void bk_xml_graft_open(bk_xml_graft *graft, bk_xml_node like);
/* Another name and namespace (word numbers) at the place of an element. */
void bk_xml_graft_make(bk_xml_graft *graft, int space, int word, bk_xml_node place);
/* Attribute i of a source with another value; value NULL: its own. */
void bk_xml_graft_put(bk_xml_graft *graft, bk_xml_node from, int i, const char *value);
/* An attribute without namespace. */
void bk_xml_graft_set(bk_xml_graft *graft, int word, const char *value);
void bk_xml_graft_text(bk_xml_graft *graft, const char *text);
void bk_xml_graft_close(bk_xml_graft *graft);
/* An element with all that is in it; and all that is in it only. */
void bk_xml_graft_copy(bk_xml_graft *graft, bk_xml_node node);
void bk_xml_graft_inside(bk_xml_graft *graft, bk_xml_node node);
/* A declaration at the root of the result, before anything else; a URI that is there is
 * not repeated. */
void bk_xml_graft_declare(bk_xml_graft *graft, const char *prefix, const char *uri);

/* A writer: two spaces a level, escaped.  Look at text->failed once at the end. */
typedef struct bk_xml_writer {
    bk_text *text;
    int depth;
    bool in_tag;   /* the start tag is still open for attributes */
    bool in_line;  /* text was written: the end tag stays on the line */
    bool too_deep; /* elements were nested deeper than bk_xml_parse reads */
} bk_xml_writer;

void bk_xml_begin(bk_xml_writer *writer, bk_text *text); /* with the XML declaration */
void bk_xml_open(bk_xml_writer *writer, const char *name);
void bk_xml_put(bk_xml_writer *writer, const char *name, const char *value);
/* Left out when value is NULL or "". */
void bk_xml_put_some(bk_xml_writer *writer, const char *name, const char *value);
void bk_xml_put_double(bk_xml_writer *writer, const char *name, double value);
void bk_xml_put_int(bk_xml_writer *writer, const char *name, int value);
void bk_xml_put_bool(bk_xml_writer *writer, const char *name, bool value);
void bk_xml_content(bk_xml_writer *writer, const char *text); /* escaped */
void bk_xml_raw(bk_xml_writer *writer,
                const char *xml); /* as it is, lines of its own */
void bk_xml_close(bk_xml_writer *writer, const char *name);

#endif
