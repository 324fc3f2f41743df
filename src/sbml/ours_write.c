/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Notes, annotations, and what our own annotations say. */

#include "sbml/sbml_impl.h"

#include <string.h>

void bk_write_sbase(bk_xml_writer *writer, const bk_notes *notes)
{
    bk_xml_put_some(writer, "metaid", notes->metaid);
    bk_xml_put_some(writer, "sboTerm", notes->sbo);
}

static void write_wrapped(bk_xml_writer *writer, const char *name, const char *first,
                          const char *second)
{
    const bool some = first != NULL && first[0] != '\0';
    if (!some && second == NULL) {
        return;
    }
    bk_xml_open(writer, name);
    if (some) {
        bk_xml_raw(writer, first);
    }
    if (second != NULL) {
        bk_xml_raw(writer, second);
    }
    bk_xml_close(writer, name);
}

void bk_write_notes(bk_xml_writer *writer, const bk_notes *notes, const char *ours)
{
    write_wrapped(writer, "notes", notes->notes, NULL);
    write_wrapped(writer, "annotation", notes->annotation, ours);
}

static void put(bk_text *text, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        return;
    }
    bk_text_printf(text, " %s=\"", name);
    bk_text_xml(text, value);
    bk_text_add(text, "\"");
}

static void open_ours(bk_text *text, const char *name)
{
    bk_text_printf(text, "<blockade:%s xmlns:blockade=\"%s\"", name,
                   bk_sbml_words[BK_S_OURS]);
}

/* The aliases of a symbol follow one another mostly, and are looked for in all. */
static void put_aliases(bk_text *text, const bk_model *model, int32_t symbol)
{
    bool open = false;
    for (int32_t i = 0; i < model->n_aliases; i++) {
        if (model->alias_list[i].symbol != symbol) {
            continue;
        }
        bk_text_add(text, open ? " " : " aliases=\"");
        bk_text_xml(text, model->alias_list[i].text);
        bk_text_add(text, ";");
        open = true;
    }
    if (open) {
        bk_text_add(text, "\"");
    }
}

static const char *id_or_null(const bk_model *model, int32_t symbol)
{
    return symbol >= 0 ? model->symbols[symbol].id : NULL;
}

void bk_write_ours_symbol(bk_text *text, const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    const size_t before = text->length;
    open_ours(text, "about");
    const size_t opened = text->length;
    put_aliases(text, model, symbol);
    put(text, "group", s->group);
    put(text, "slow", s->slow ? "true" : NULL);
    if (s->kind == BK_LEVEL && s->seen_scale != 1) {
        char number[32];
        put(text, "seenScale", bk_double_print(s->seen_scale, number));
    }
    put(text, "drive", id_or_null(model, s->drive));
    put(text, "part", s->kind == BK_PARAMETER ? id_or_null(model, s->owner) : NULL);
    if (text->length > opened) {
        bk_text_add(text, "/>");
    } else if (!text->failed) {
        text->length = before;
        text->data[before] = '\0';
    }
}

static void put_evidence(bk_text *text, const bk_influence *influence)
{
    put(text, "mechanism", influence->mechanism);
    put(text, "references", influence->references);
    put(text, "confidence", influence->confidence);
    put(text, "loop", influence->loop);
    put(text, "slow", influence->slow ? "true" : NULL);
}

void bk_write_ours_influence(bk_text *text, const bk_influence *influence)
{
    const size_t before = text->length;
    open_ours(text, "about");
    const size_t opened = text->length;
    put_evidence(text, influence);
    if (text->length > opened) {
        bk_text_add(text, "/>");
    } else if (!text->failed) {
        text->length = before;
        text->data[before] = '\0';
    }
}

void bk_write_ours_model(bk_text *text, const bk_model *model)
{
    bool open = false;
    for (int32_t i = 0; i < model->n_influences; i++) {
        const bk_influence *const influence = &model->influences[i];
        if (model->symbols[influence->target].kind == BK_LEVEL) {
            continue; /* stands in the transition */
        }
        if (!open) {
            open_ours(text, "listOfInfluences");
            bk_text_add(text, ">");
            open = true;
        }
        bk_text_add(text, "\n<blockade:influence");
        put(text, "source", model->symbols[influence->source].id);
        put(text, "target", model->symbols[influence->target].id);
        bk_text_printf(text, " sign=\"%d\" declared=\"%d\" effective=\"%s\"",
                       influence->sign, influence->declared,
                       influence->effective ? "true" : "false");
        put_evidence(text, influence);
        bk_text_add(text, "/>");
    }
    if (open) {
        bk_text_add(text, "\n</blockade:listOfInfluences>");
    }
}
