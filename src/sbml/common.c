/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sbml/sbml_impl.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <string.h>

const char *const bk_sbml_words[BK_WORDS] = {
#define SPACE(name, uri) uri,
#define WORD(name) #name,
#define NAMED(name, text, op) text,
#include "sbml/words.def"
};

static void say(bk_reader *reader, bk_severity severity, bk_xml_node node,
                const char *code, const char *format, va_list arguments)
{
    char text[1000];
    bk_c_vsnprintf(text, sizeof text, format, arguments);
    bk_diag_add(reader->diag, severity, bk_xml_where(node), code, "%s", text);
}

void bk_reader_error(bk_reader *reader, bk_xml_node node, const char *code,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(reader, BK_ERROR, node, code, format, arguments);
    va_end(arguments);
}

void bk_reader_warning(bk_reader *reader, bk_xml_node node, const char *code,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(reader, BK_WARNING, node, code, format, arguments);
    va_end(arguments);
}

void bk_reader_note(bk_reader *reader, bk_xml_node node, const char *code,
                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(reader, BK_NOTE, node, code, format, arguments);
    va_end(arguments);
}

bool bk_reader_forgive(bk_reader *reader, bk_xml_node node, const char *code,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(reader, reader->lax ? BK_WARNING : BK_ERROR, node, code, format, arguments);
    va_end(arguments);
    return reader->lax;
}

static bool always_known(int word)
{
    return word == BK_W_id || word == BK_W_name || word == BK_W_metaid ||
           word == BK_W_sboTerm;
}

void bk_reader_known(bk_reader *reader, bk_xml_node node, int space, const int *known,
                     int n)
{
    const int attributes = bk_xml_attributes(node);
    for (int i = 0; i < attributes; i++) {
        const bk_xml_attribute_info attribute = bk_xml_attribute_at(node, i);
        bool found =
            (attribute.space != BK_XML_NO_NAMESPACE && attribute.space != space) ||
            always_known(attribute.word);
        for (int k = 0; k < n && !found; k++) {
            found = attribute.word == known[k];
        }
        if (!found) {
            bk_reader_warning(
                reader, node, "sbml-attribute",
                "<%s> has no attribute \"%s\" in this level of SBML; it is "
                "not used",
                bk_xml_name(node), attribute.name);
        }
    }
}

void bk_reader_stray(bk_reader *reader, bk_xml_node child, bk_xml_node parent)
{
    const int word = bk_xml_word(child);
    if (word == BK_W_notes || word == BK_W_annotation ||
        (bk_xml_space(child) != reader->core && reader->level >= 3)) {
        return;
    }
    bk_reader_warning(reader, child, "sbml-element",
                      "<%s> is not known in <%s>; it is not used", bk_xml_name(child),
                      bk_xml_name(parent));
}

/* Takes what was printed into scratch. */
static const char *take_scratch(bk_reader *reader)
{
    const char *copy = NULL;
    if (reader->scratch.length > 0) {
        copy = bk_arena_text_n(reader->texts, reader->scratch.data,
                               reader->scratch.length);
    }
    if (reader->scratch.failed || (reader->scratch.length > 0 && copy == NULL)) {
        reader->no_memory = true;
    }
    bk_text_clear(&reader->scratch);
    return copy;
}

/* Level 3 wants one top-level element a namespace in an annotation. */
static bool repeats_space(bk_xml_node annotation, bk_xml_node node)
{
    const char *const space = bk_xml_space_name(node);
    bk_xml_node c = bk_xml_first(annotation);
    while (c.index != node.index) {
        if (strcmp(bk_xml_space_name(c), space) == 0) {
            return true;
        }
        c = bk_xml_next(c);
    }
    return false;
}

/* What an annotation is about is named by its metaid, which is another where submodels
 * became one model: "#old" becomes "#new". */
static void rename_about(bk_reader *reader, const char *old, const char *now)
{
    bk_text *const text = &reader->scratch;
    bk_text renamed = {0};
    const size_t n = strlen(old);
    const char *s = text->data;
    for (const char *at = strstr(s, "\"#"); at != NULL; at = strstr(s, "\"#")) {
        const bool same = strncmp(at + 2, old, n) == 0 && at[2 + n] == '"';
        bk_text_add_n(&renamed, s, (size_t)(at + 2 - s));
        bk_text_add(&renamed, same ? now : "");
        s = at + 2 + (same ? n : 0);
    }
    bk_text_add(&renamed, s);
    bk_text_free(text);
    *text = renamed;
}

static void follow_metaid(bk_reader *reader, bk_xml_node node)
{
    const char *const now = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, BK_W_metaid);
    const char *const old =
        bk_xml_attribute(bk_xml_source(node), BK_XML_NO_NAMESPACE, BK_W_metaid);
    if (now != NULL && old != NULL && strcmp(now, old) != 0 &&
        reader->scratch.data != NULL) {
        rename_about(reader, old, now);
    }
}

/* What our own element says is in the model, and is written from there.  What older
 * levels allow and Level 3 does not goes into one element behind the rest. */
static const char *annotation_of(bk_reader *reader, bk_xml_node node,
                                 bk_xml_node annotation)
{
    bk_text *const text = &reader->scratch;
    bool open = false;
    for (int pass = 0; pass < 2; pass++) {
        for (bk_xml_node c = bk_xml_first(annotation); bk_xml_some(c);
             c = bk_xml_next(c)) {
            const bool more = reader->level < 3 && repeats_space(annotation, c);
            if (bk_xml_space(c) == BK_S_OURS || more != (pass == 1)) {
                continue;
            }
            if (text->length > 0) {
                bk_text_add(text, "\n");
            }
            if (more && !open) {
                bk_text_add(text, "<more xmlns=\"urn:blockade:annotation:1:more\">");
                open = true;
            }
            bk_xml_print_element(c, text);
        }
    }
    if (open) {
        bk_text_add(text, "</more>");
    }
    follow_metaid(reader, node);
    return take_scratch(reader);
}

bk_notes bk_reader_notes(bk_reader *reader, bk_xml_node node)
{
    bk_notes notes = {0};
    notes.metaid = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, BK_W_metaid);
    notes.sbo = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, BK_W_sboTerm);
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        const int word = bk_xml_word(c);
        if (word == BK_W_notes) {
            bk_xml_print_content(c, &reader->scratch);
            notes.notes = take_scratch(reader);
        } else if (word == BK_W_annotation) {
            notes.annotation = annotation_of(reader, node, c);
        } else {
            break; /* they come first */
        }
    }
    return notes;
}

const char *bk_reader_id(bk_reader *reader, bk_xml_node node, int space)
{
    const char *id = NULL;
    bk_xml_get_sid(node, space, reader->level == 1 ? BK_W_name : BK_W_id, reader->diag,
                   &id);
    return id;
}

const char *bk_reader_name(bk_reader *reader, bk_xml_node node, int space)
{
    const char *const name =
        reader->level == 1 ? NULL : bk_xml_attribute(node, space, BK_W_name);
    return name != NULL ? name : "";
}

void bk_reader_unknown(bk_reader *reader, bk_where where, const char *code,
                       const char *what, const char *name)
{
    enum { MOST_SUGGESTIONS = 20 }; /* to look for them takes time */
    const bk_model *const model = bk_builder_model(reader->builder);
    const size_t n = (size_t)model->n_symbols;
    const char **const names = reader->suggestions++ < MOST_SUGGESTIONS
                                   ? bk_alloc((n + 1) * sizeof *names)
                                   : NULL;
    for (size_t i = 0; names != NULL && i < n; i++) {
        names[i] = model->symbols[i].id;
    }
    (void)bk_unknown_add(reader->diag, where, code, name, names, names != NULL ? n : 0,
                         "", "%s names \"%s\", which is not in the model", what, name);
    bk_free(names);
}

int32_t bk_reader_symbol(bk_reader *reader, bk_xml_node node, int word,
                         const char *code)
{
    const char *const id = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, word);
    if (id == NULL) {
        bk_reader_error(reader, node, code, "<%s> needs the attribute %s",
                        bk_xml_name(node), bk_sbml_words[word]);
        return -1;
    }
    const int32_t symbol = bk_builder_find(reader->builder, id);
    if (symbol < 0) {
        char what[100];
        bk_c_snprintf(what, sizeof what, "%s of <%s>", bk_sbml_words[word],
                      bk_xml_name(node));
        bk_reader_unknown(reader, bk_xml_where(node), code, what, id);
    }
    return symbol;
}

const char *bk_reader_units(bk_reader *reader, bk_xml_node node, int word)
{
    const char *const units = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, word);
    if (units != NULL && bk_names_find(reader->units, units) < 0) {
        bk_reader_warning(reader, node, "sbml-10313",
                          "%s=\"%s\" of <%s> is no unit; define it or change the name",
                          bk_sbml_words[word], units, bk_xml_name(node));
    }
    return units;
}

void bk_reader_other_id(bk_reader *reader, bk_xml_node node)
{
    const char *id = NULL;
    if (!bk_reader_since(reader, 3, 2) ||
        !bk_xml_get_sid(node, BK_XML_NO_NAMESPACE, BK_W_id, reader->diag, &id)) {
        return;
    }
    const int32_t added = bk_names_add(reader->other_ids, id, 0);
    reader->no_memory = reader->no_memory || added == -2;
    if (added >= 0 || bk_builder_find(reader->builder, id) >= 0 ||
        bk_names_find(reader->functions, id) >= 0) {
        bk_reader_error(reader, node, "sbml-10301",
                        "the id \"%s\" of this <%s> is taken; give one of them another",
                        id, bk_xml_name(node));
    }
}

bool bk_reader_bool(bk_reader *reader, bk_xml_node node, int word, bool required,
                    bool otherwise, const char *code)
{
    bool value = otherwise;
    if (bk_xml_attribute(node, BK_XML_NO_NAMESPACE, word) == NULL) {
        if (required) {
            bk_reader_forgive(
                reader, node, code, "<%s> needs the attribute %s; usually it is \"%s\"",
                bk_xml_name(node), bk_sbml_words[word], otherwise ? "true" : "false");
        }
        return otherwise;
    }
    bk_xml_get_bool(node, BK_XML_NO_NAMESPACE, word, reader->diag, &value);
    return value;
}
