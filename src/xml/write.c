/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml/xml.h"

static void end_tag(bk_xml_writer *writer)
{
    if (writer->in_tag) {
        bk_text_add(writer->text, ">");
        writer->in_tag = false;
    }
}

static void indent(bk_xml_writer *writer)
{
    static const char spaces[] = "                                ";
    size_t n = 2 * (size_t)writer->depth;
    bk_text_add(writer->text, "\n");
    while (n > 0) {
        const size_t some = n < sizeof spaces - 1 ? n : sizeof spaces - 1;
        bk_text_add_n(writer->text, spaces, some);
        n -= some;
    }
}

void bk_xml_begin(bk_xml_writer *writer, bk_text *text)
{
    *writer = (bk_xml_writer){.text = text};
    bk_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
}

void bk_xml_open(bk_xml_writer *writer, const char *name)
{
    end_tag(writer);
    if (!writer->in_line) {
        indent(writer);
    }
    bk_text_add(writer->text, "<");
    bk_text_add(writer->text, name);
    writer->in_tag = true;
    writer->depth++;
    writer->too_deep = writer->too_deep || writer->depth > BK_XML_DEEPEST;
}

void bk_xml_put(bk_xml_writer *writer, const char *name, const char *value)
{
    bk_text_add(writer->text, " ");
    bk_text_add(writer->text, name);
    bk_text_add(writer->text, "=\"");
    bk_text_xml(writer->text, value);
    bk_text_add(writer->text, "\"");
}

void bk_xml_put_some(bk_xml_writer *writer, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        bk_xml_put(writer, name, value);
    }
}

void bk_xml_put_double(bk_xml_writer *writer, const char *name, double value)
{
    char buffer[32];
    bk_xml_put(writer, name, bk_double_print(value, buffer));
}

void bk_xml_put_int(bk_xml_writer *writer, const char *name, int value)
{
    bk_text_printf(writer->text, " %s=\"%d\"", name, value);
}

void bk_xml_put_bool(bk_xml_writer *writer, const char *name, bool value)
{
    bk_xml_put(writer, name, value ? "true" : "false");
}

void bk_xml_content(bk_xml_writer *writer, const char *text)
{
    end_tag(writer);
    bk_text_xml(writer->text, text);
    writer->in_line = true;
}

void bk_xml_raw(bk_xml_writer *writer, const char *xml)
{
    end_tag(writer);
    indent(writer);
    bk_text_add(writer->text, xml);
}

void bk_xml_close(bk_xml_writer *writer, const char *name)
{
    writer->depth--;
    if (writer->in_tag) {
        bk_text_add(writer->text, "/>");
        writer->in_tag = false;
    } else {
        if (!writer->in_line) {
            indent(writer);
        }
        bk_text_add(writer->text, "</");
        bk_text_add(writer->text, name);
        bk_text_add(writer->text, ">");
    }
    writer->in_line = false;
    if (writer->depth == 0) {
        bk_text_add(writer->text, "\n");
    }
}
