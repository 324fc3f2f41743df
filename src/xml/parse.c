/* SPDX-License-Identifier: GPL-3.0-or-later */

/* libxml2's SAX events into our own tree.
 *
 * The tokeniser reports an element when it has read its start tag; a literal `<` cannot
 * stand inside a tag, so the last one before that point is where the tag begins.  Lines
 * and columns are counted along with the events: each byte is looked at once. */

#include "xml/parse_impl.h"

#include "base/alloc.h"
#include "init/init.h"

#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <string.h>

void bk_xml_init(void)
{
    xmlInitParser();
}

static void stop(bk_xml_parsing *p)
{
    xmlStopParser(p->tokeniser);
}

void bk_xml_fail(bk_xml_parsing *p)
{
    p->failed = true;
    stop(p);
}

/* --- positions --- */

static size_t offset_of(const bk_xml_parsing *p)
{
    const xmlParserInput *const input = p->tokeniser->input;
    if (input == NULL || input->cur == NULL || input->base == NULL) {
        return p->xml->length;
    }
    const size_t at = (size_t)input->consumed + (size_t)(input->cur - input->base);
    return at < p->xml->length ? at : p->xml->length;
}

/* Offsets come in ascending order; an earlier one gets the last place counted. */
static void count_to(bk_xml_parsing *p, size_t offset, int *line, int *column)
{
    const char *s = p->xml->source + p->counted;
    const char *const end =
        p->xml->source + (offset > p->counted ? offset : p->counted);
    const char *newline;
    while ((newline = memchr(s, '\n', (size_t)(end - s))) != NULL) {
        s = newline + 1;
        p->line++;
        p->column = 1;
    }
    for (; s < end; s++) {
        p->column += ((unsigned char)*s & 0xC0) != 0x80;
    }
    p->counted = (size_t)(end - p->xml->source);
    *line = p->line;
    *column = p->column;
}

static bk_where where_now(bk_xml_parsing *p)
{
    bk_where where = {.file = p->xml->file};
    count_to(p, offset_of(p), &where.line, &where.column);
    return where;
}

/* --- values --- */

static int32_t pool_start(bk_xml_parsing *p, size_t length)
{
    bk_xml *const xml = p->xml;
    if (xml->n_pool + length + 1 > INT32_MAX ||
        !bk_grow(&xml->pool, &xml->pool_capacity, xml->n_pool + length + 1, 1)) {
        bk_xml_fail(p);
        return -1;
    }
    return (int32_t)xml->n_pool;
}

/* The tokeniser leaves an ampersand in a value as `&#38;`, for a second pass of its
 * own. */
static void add_value(bk_xml_parsing *p, bk_xml_attr *attr, const xmlChar *s,
                      const xmlChar *end)
{
    bk_xml *const xml = p->xml;
    attr->value = pool_start(p, (size_t)(end - s));
    if (attr->value < 0) {
        attr->value = 0;
        return;
    }
    char *out = xml->pool + xml->n_pool;
    while (s < end) {
        *out++ = (char)*s;
        s += *s == '&' && end - s >= 5 && memcmp(s, "&#38;", 5) == 0 ? 5 : 1;
    }
    *out++ = '\0';
    xml->n_pool = (size_t)(out - xml->pool);
}

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Ends the text that may still grow: white space at its end goes. */
static void close_text(bk_xml_parsing *p)
{
    bk_xml *const xml = p->xml;
    bk_xml_record *const last = xml->n_nodes > 0 ? &xml->nodes[xml->n_nodes - 1] : NULL;
    if (last != NULL && last->name < 0) {
        while (last->count > 0 && blank(xml->pool[last->first + last->count - 1])) {
            last->count--;
        }
        xml->pool[last->first + last->count] = '\0';
    }
}

static void on_text(void *context, const xmlChar *s, int length)
{
    bk_xml_parsing *const p = ((xmlParserCtxt *)context)->_private;
    bk_xml *const xml = p->xml;
    const char *text = (const char *)s;
    size_t n = (size_t)length;
    if (p->failed || p->refused || p->depth == 0) {
        return;
    }
    const int32_t parent = p->open[p->depth - 1];
    bk_xml_record *last = &xml->nodes[xml->n_nodes - 1];
    const bool grows = last->name < 0 && last->parent == parent;
    while (!grows && n > 0 && blank(*text)) {
        text++;
        n--;
    }
    if (n == 0) {
        return;
    }
    if (!grows) {
        if (!bk_grow(&xml->nodes, &xml->nodes_capacity, xml->n_nodes + 1,
                     sizeof *xml->nodes)) {
            bk_xml_fail(p);
            return;
        }
        last = &xml->nodes[xml->n_nodes++];
        *last = (bk_xml_record){.name = -1,
                                .space = -1,
                                .end = (int32_t)xml->n_nodes,
                                .parent = parent,
                                .first = (int32_t)xml->n_pool};
    } else {
        xml->n_pool--; /* its NUL */
    }
    if (pool_start(p, n) < 0) {
        return;
    }
    memcpy(xml->pool + xml->n_pool, text, n);
    xml->n_pool += n;
    xml->pool[xml->n_pool++] = '\0';
    last->count += (int32_t)n;
}

/* --- elements --- */

static void add_attributes(bk_xml_parsing *p, bk_xml_record *record, int n,
                           const xmlChar **attributes)
{
    bk_xml *const xml = p->xml;
    record->first = (int32_t)xml->n_attrs;
    if (n == 0) {
        return;
    }
    if (!bk_grow(&xml->attrs, &xml->attrs_capacity, xml->n_attrs + (size_t)n,
                 sizeof *xml->attrs)) {
        bk_xml_fail(p);
        return;
    }
    for (int i = 0; i < n && !p->failed; i++) {
        const xmlChar *const *const a = attributes + (size_t)5 * (size_t)i;
        bk_xml_attr attr = {.name = bk_xml_name_of(p, a[0]),
                            .space = bk_xml_space_of(p, a[1], a[2])};
        add_value(p, &attr, a[3], a[4]);
        xml->attrs[xml->n_attrs++] = attr;
    }
    record->count = n;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *uri, int n_spaces, const xmlChar **spaces, int n,
                     int n_defaulted, const xmlChar **attributes)
{
    (void)n_defaulted;
    bk_xml_parsing *const p = ((xmlParserCtxt *)context)->_private;
    bk_xml *const xml = p->xml;
    if (p->failed || p->refused) {
        return;
    }
    const char *const open = memrchr(xml->source, '<', offset_of(p));
    bk_xml_record record = {.parent = p->depth > 0 ? p->open[p->depth - 1] : -1};
    record.start = open != NULL ? (int32_t)(open - xml->source) : 0;
    count_to(p, (size_t)record.start, &record.line, &record.column);
    if (p->depth >= BK_XML_DEEPEST) {
        bk_diag_add(p->diag, BK_ERROR,
                    (bk_where){xml->file, record.line, record.column}, "xml-depth",
                    "elements are nested more than %d deep; write it flatter",
                    BK_XML_DEEPEST);
        p->refused = true;
        stop(p);
        return;
    }
    close_text(p);
    for (int i = 0; i < n_spaces && !p->failed; i++) {
        bk_xml_declare(p, spaces[2 * i], spaces[2 * i + 1], (int32_t)xml->n_nodes);
    }
    record.name = bk_xml_name_of(p, name);
    record.space = bk_xml_space_of(p, prefix, uri);
    add_attributes(p, &record, n, attributes);
    if (p->failed ||
        !bk_grow(&xml->nodes, &xml->nodes_capacity, xml->n_nodes + 1, sizeof record)) {
        bk_xml_fail(p);
        return;
    }
    p->open[p->depth++] = (int32_t)xml->n_nodes;
    xml->nodes[xml->n_nodes++] = record;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix,
                   const xmlChar *uri)
{
    (void)name;
    (void)prefix;
    (void)uri;
    bk_xml_parsing *const p = ((xmlParserCtxt *)context)->_private;
    bk_xml *const xml = p->xml;
    if (p->failed || p->refused || p->depth == 0) {
        return;
    }
    close_text(p);
    const int32_t node = p->open[--p->depth];
    size_t at = offset_of(p);
    while (at > 0 && at < xml->length && xml->source[at - 1] != '>') {
        at++;
    }
    xml->nodes[node].end = (int32_t)xml->n_nodes;
    xml->nodes[node].stop = (int32_t)at;
    while (p->n_scope > 0 && xml->spaces[p->scope[p->n_scope - 1]].node >= node) {
        p->n_scope--;
    }
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    bk_xml_parsing *const p = ((xmlParserCtxt *)context)->_private;
    if (!p->refused) {
        bk_where where = {.file = p->xml->file};
        const char *const open = memrchr(p->xml->source, '<', offset_of(p));
        count_to(p, open != NULL ? (size_t)(open - p->xml->source) : 0, &where.line,
                 &where.column);
        p->refused = true;
        bk_diag_add(p->diag, BK_ERROR, where, "xml-doctype",
                    "a document type declaration is not read (it could bring in other "
                    "files and entities without end); remove the DOCTYPE");
    }
    stop(p);
}

static const char *advice(int code)
{
    switch (code) {
    case XML_ERR_TAG_NOT_FINISHED:
    case XML_ERR_GT_REQUIRED:
    case XML_ERR_LTSLASH_REQUIRED:
        return "; the file may be cut off here";
    case XML_ERR_DOCUMENT_END:
        return "; remove what follows the root element";
    case XML_ERR_TAG_NAME_MISMATCH:
        return "; close the inner element first";
    case XML_ERR_UNDECLARED_ENTITY:
    case XML_WAR_UNDECLARED_ENTITY:
        return "; write the character itself";
    case XML_ERR_INVALID_CHAR:
    case XML_ERR_INVALID_ENCODING:
        return "; save the file as UTF-8";
    case XML_NS_ERR_UNDEFINED_NAMESPACE:
        return "; declare the prefix with xmlns:prefix=\"...\"";
    case XML_ERR_LT_IN_ATTRIBUTE:
    case XML_ERR_NAME_REQUIRED:
        return "; write < as &lt; and & as &amp;";
    default:
        return "";
    }
}

#if LIBXML_VERSION >= 21200
static void on_error(void *context, const xmlError *error)
#else
static void on_error(void *context, xmlError *error)
#endif
{
    bk_xml_parsing *const p = ((xmlParserCtxt *)context)->_private;
    if (p == NULL || error == NULL || p->refused || p->failed) {
        return;
    }
    if (error->code == XML_ERR_NO_MEMORY) {
        p->failed = true;
        return;
    }
    if (error->level == XML_ERR_WARNING || p->told) {
        return; /* what follows the first error is mostly its echo */
    }
    p->told = error->level == XML_ERR_FATAL;
    const char *const said = error->message != NULL ? error->message : "not XML\n";
    size_t n = strcspn(said, "\n");
    bk_diag_add(p->diag, BK_ERROR, where_now(p), "xml-syntax",
                "this is not well-formed XML: %.*s%s", (int)n, said,
                advice(error->code));
    p->told = true;
}

static void set_handlers(xmlSAXHandler *sax)
{
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_text;
    sax->internalSubset = on_doctype;
    sax->serror = on_error;
}

static bool set_up(bk_xml_parsing *p, const char *const *words, int n_words)
{
    bk_xml *const xml = p->xml;
    p->names = bk_names_new();
    p->tokeniser = xmlNewParserCtxt();
    if (p->names == NULL || p->tokeniser == NULL || !bk_xml_more_known(p) ||
        !bk_grow(&xml->names, &xml->names_capacity, (size_t)n_words + 1,
                 sizeof *xml->names)) {
        return false;
    }
    for (int i = 0; i < n_words; i++) {
        xml->names[i] = words[i];
        if (bk_names_add(p->names, words[i], i) == -2) {
            return false;
        }
    }
    xml->n_words = xml->n_names = (size_t)n_words;
    /* A document has one node in some 60 bytes. */
    const size_t guess = xml->length / 64 + 16;
    p->tokeniser->_private = p;
    set_handlers(p->tokeniser->sax);
    return bk_grow(&xml->nodes, &xml->nodes_capacity, guess, sizeof *xml->nodes) &&
           bk_grow(&xml->attrs, &xml->attrs_capacity, guess, sizeof *xml->attrs) &&
           bk_grow(&xml->pool, &xml->pool_capacity, xml->length / 4 + 16, 1);
}

static bk_status tokenise(bk_xml_parsing *p)
{
    bk_xml *const xml = p->xml;
    xmlDoc *const none = xmlCtxtReadMemory(p->tokeniser, xml->source, (int)xml->length,
                                           NULL, NULL, XML_PARSE_NONET);
    xmlFreeDoc(none);
    if (p->failed) {
        return BK_NO_MEMORY;
    }
    if (p->refused || p->told) {
        return BK_BAD_INPUT;
    }
    if (!p->tokeniser->wellFormed || xml->n_nodes == 0 || p->depth != 0) {
        bk_diag_add(p->diag, BK_ERROR, where_now(p), "xml-syntax",
                    "this is not a whole XML document; the file may be cut off");
        return BK_BAD_INPUT;
    }
    return BK_OK;
}

/* Other things than XML that people hand in. */
static bool other_content(const char *text, size_t length, bk_where where,
                          bk_diag *diag)
{
    if (length >= 2 && memcmp(text, "\x1F\x8B", 2) == 0) {
        bk_diag_add(diag, BK_ERROR, where, "xml-packed",
                    "this file is packed with gzip; unpack it first (gunzip)");
        return true;
    }
    if (length >= 4 && memcmp(text, "PK\x03\x04", 4) == 0) {
        bk_diag_add(diag, BK_ERROR, where, "xml-packed",
                    "this file is a zip archive (a COMBINE archive?); unpack it first "
                    "(unzip)");
        return true;
    }
    if (length >= 3 && memcmp(text, "BZh", 3) == 0) {
        bk_diag_add(diag, BK_ERROR, where, "xml-packed",
                    "this file is packed with bzip2; unpack it first (bunzip2)");
        return true;
    }
    if (length == 0) {
        bk_diag_add(diag, BK_ERROR, where, "xml-empty", "the file is empty");
        return true;
    }
    return false;
}

bk_status bk_xml_parse(const char *text, size_t length, const char *name,
                       const char *const *words, int n_words, bk_diag *diag,
                       bk_xml **result)
{
    if (other_content(text, length, (bk_where){name, 1, 1}, diag)) {
        return BK_BAD_INPUT;
    }
    bk_xml *const xml = bk_alloc_zero(1, sizeof *xml);
    if (xml == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = BK_NO_MEMORY;
    xml->arena = bk_arena_new();
    xml->file = xml->arena != NULL ? bk_arena_text(xml->arena, name) : NULL;
    bk_xml_parsing p = {.xml = xml, .diag = diag, .line = 1, .column = 1};
    if (xml->arena != NULL && (name == NULL || xml->file != NULL)) {
        status = bk_xml_decode(text, length, (bk_where){name, 1, 1}, diag, &xml->source,
                               &xml->length);
    }
    if (status == BK_OK) {
        status = set_up(&p, words, n_words) ? tokenise(&p) : BK_NO_MEMORY;
    }
    if (p.tokeniser != NULL) {
        xmlFreeParserCtxt(p.tokeniser);
    }
    bk_names_free(p.names);
    bk_free(p.known);
    bk_free(p.scope);
    if (status != BK_OK) {
        bk_xml_free(xml);
        return status;
    }
    *result = xml;
    return BK_OK;
}
