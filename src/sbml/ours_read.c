/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What our own annotations say: names, groups and evidence that SBML has no place
 * for. */

#include "sbml/sbml_impl.h"

#include "base/alloc.h"

#include <string.h>

/* Our own annotation of an element (the child of <annotation> in our namespace), or
 * none; its attributes have no namespace. */
static bk_xml_node ours_of(bk_xml_node node)
{
    const bk_xml_node annotation =
        bk_xml_child(node, BK_XML_ANY_NAMESPACE, BK_W_annotation);
    bk_xml_node c = bk_xml_first(annotation);
    while (bk_xml_some(c) && bk_xml_space(c) != BK_S_OURS) {
        c = bk_xml_next(c);
    }
    return c;
}

static const char *text_of(bk_xml_node ours, int word)
{
    const char *const text = bk_xml_attribute(ours, BK_XML_NO_NAMESPACE, word);
    return text != NULL ? text : "";
}

void bk_reader_ours_symbol(bk_reader *reader, bk_xml_node node, bk_symbol *symbol)
{
    const bk_xml_node ours = ours_of(node);
    if (!bk_xml_some(ours)) {
        return;
    }
    symbol->group = text_of(ours, BK_W_group);
    bk_xml_get_bool(ours, BK_XML_NO_NAMESPACE, BK_W_slow, reader->diag, &symbol->slow);
    bk_xml_get_double(ours, BK_XML_NO_NAMESPACE, BK_W_seenScale, reader->diag,
                      &symbol->seen_scale);
}

static void add_aliases(bk_reader *reader, const char *list, int32_t symbol)
{
    const char *const separators = strchr(list, ';') != NULL ? ";" : " ,\t\r\n";
    while (*list != '\0') {
        list += strspn(list, " \t\r\n,;");
        size_t n = strcspn(list, separators);
        const char *const next = list + n;
        while (n > 0 && strchr(" \t\r\n", list[n - 1]) != NULL) {
            n--;
        }
        if (n > 0) {
            const char *const alias = bk_arena_text_n(reader->texts, list, n);
            reader->no_memory = reader->no_memory || alias == NULL;
            bk_builder_alias(reader->builder, alias, symbol);
        }
        list = next;
    }
}

void bk_reader_ours_aliases(bk_reader *reader, bk_xml_node node, int32_t symbol)
{
    const bk_xml_node ours = ours_of(node);
    if (!bk_xml_some(ours) || symbol < 0) {
        return;
    }
    add_aliases(reader, text_of(ours, BK_W_aliases), symbol);
    const bk_pending pending = {
        symbol, bk_xml_attribute(ours, BK_XML_NO_NAMESPACE, BK_W_drive),
        bk_xml_attribute(ours, BK_XML_NO_NAMESPACE, BK_W_part), ours};
    if (pending.drive == NULL && pending.part == NULL) {
        return;
    }
    if (!bk_grow(&reader->pending, &reader->pending_capacity, reader->n_pending + 1,
                 sizeof pending)) {
        reader->no_memory = true;
        return;
    }
    reader->pending[reader->n_pending++] = pending;
}

static void refer(bk_reader *reader, const bk_pending *pending, const char *id,
                  int32_t *place)
{
    if (id == NULL) {
        return;
    }
    *place = bk_builder_find(reader->builder, id);
    if (*place < 0) {
        bk_reader_unknown(reader, bk_xml_where(pending->node), "annotation-reference",
                          "the annotation", id);
    }
}

void bk_reader_ours_finish(bk_reader *reader)
{
    bk_model *const model = bk_builder_model(reader->builder);
    for (size_t i = 0; i < reader->n_pending; i++) {
        const bk_pending *const pending = &reader->pending[i];
        bk_symbol *const symbol = &model->symbols[pending->symbol];
        refer(reader, pending, pending->drive, &symbol->drive);
        if (symbol->kind == BK_PARAMETER) {
            refer(reader, pending, pending->part, &symbol->owner);
        }
    }
}

static void read_influence(bk_reader *reader, bk_xml_node ours, bk_influence *influence)
{
    influence->mechanism = text_of(ours, BK_W_mechanism);
    influence->references = text_of(ours, BK_W_references);
    influence->confidence = text_of(ours, BK_W_confidence);
    influence->loop = text_of(ours, BK_W_loop);
    bk_xml_get_bool(ours, BK_XML_NO_NAMESPACE, BK_W_slow, reader->diag,
                    &influence->slow);
}

void bk_reader_ours_influence(bk_reader *reader, bk_xml_node node,
                              bk_influence *influence)
{
    const bk_xml_node ours = ours_of(node);
    if (bk_xml_some(ours)) {
        read_influence(reader, ours, influence);
    }
}

void bk_reader_ours_model(bk_reader *reader, bk_xml_node model)
{
    const bk_xml_node list = ours_of(model);
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (!bk_xml_is(c, BK_S_OURS, BK_W_influence)) {
            continue;
        }
        bk_influence influence = {
            .source = bk_reader_symbol(reader, c, BK_W_source, "annotation-reference"),
            .target = bk_reader_symbol(reader, c, BK_W_target, "annotation-reference"),
            .declared = 2,
            .effective = true};
        bk_xml_get_int(c, BK_XML_NO_NAMESPACE, BK_W_sign, reader->diag,
                       &influence.sign);
        bk_xml_get_int(c, BK_XML_NO_NAMESPACE, BK_W_declared, reader->diag,
                       &influence.declared);
        bk_xml_get_bool(c, BK_XML_NO_NAMESPACE, BK_W_effective, reader->diag,
                        &influence.effective);
        read_influence(reader, c, &influence);
        if (influence.source >= 0 && influence.target >= 0) {
            bk_builder_influence(reader->builder, &influence);
        }
    }
}
