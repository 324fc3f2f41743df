/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml/xml_impl.h"

#include "base/alloc.h"

#include <libxml/encoding.h>
#include <libxml/tree.h>

#include <limits.h>
#include <string.h>

static const char *skip_mark(const char *text, size_t *length)
{
    if (*length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        *length -= 3;
        return text + 3;
    }
    return text;
}

static bk_status copy(const char *text, size_t length, char **source, size_t *size)
{
    text = skip_mark(text, &length);
    char *const out = bk_alloc(length + 1);
    if (out == NULL) {
        return BK_NO_MEMORY;
    }
    memcpy(out, text, length);
    out[length] = '\0';
    *source = out;
    *size = length;
    return BK_OK;
}

/* The place of the encoding's name within an XML declaration, its keyword included. */
static bool find_encoding(const char *text, size_t length, size_t *from, size_t *to,
                          char name[64])
{
    const size_t most = length < 512 ? length : 512;
    if (most < 6 || memcmp(text, "<?xml", 5) != 0) {
        return false;
    }
    const char *const end = memmem(text, most, "?>", 2);
    const char *const word =
        end != NULL ? memmem(text, (size_t)(end - text), "encoding", 8) : NULL;
    if (word == NULL) {
        return false;
    }
    const char *s = word + 8;
    s += strspn(s, " \t\r\n=");
    const char quote = *s;
    const char *const close =
        quote == '"' || quote == '\'' ? memchr(s + 1, quote, (size_t)(end - s)) : NULL;
    if (close == NULL || close > end || close - s - 1 >= 64) {
        return false;
    }
    const size_t n = (size_t)(close - s - 1);
    memcpy(name, s + 1, n);
    name[n] = '\0';
    *from = (size_t)(word - text);
    *to = (size_t)(close + 1 - text);
    return true;
}

static void blank_encoding(char *source, size_t length)
{
    size_t from, to;
    char name[64];
    if (find_encoding(source, length, &from, &to, name)) {
        memset(source + from, ' ', to - from);
    }
}

static bk_status convert(xmlCharEncodingHandler *handler, const char *text,
                         size_t length, bk_where where, bk_diag *diag, char **source,
                         size_t *size)
{
    bk_status status = BK_NO_MEMORY;
    xmlBuffer *const in = xmlBufferCreateSize(length + 1);
    xmlBuffer *const out = xmlBufferCreateSize(2 * length + 16);
    if (in != NULL && out != NULL &&
        xmlBufferAdd(in, (const xmlChar *)text, (int)length) == 0) {
        if (xmlCharEncInFunc(handler, out, in) < 0 || xmlBufferLength(in) > 0) {
            bk_diag_add(
                diag, BK_ERROR, where, "xml-encoding",
                "the bytes do not fit the encoding that the file declares; save "
                "it as UTF-8");
            status = BK_BAD_INPUT;
        } else {
            status = copy((const char *)xmlBufferContent(out),
                          (size_t)xmlBufferLength(out), source, size);
        }
    }
    xmlBufferFree(in);
    xmlBufferFree(out);
    if (status == BK_OK) {
        blank_encoding(*source, *size);
    }
    return status;
}

bk_status bk_xml_decode(const char *text, size_t length, bk_where where, bk_diag *diag,
                        char **source, size_t *source_length)
{
    if (length > INT_MAX / 2) {
        bk_diag_add(diag, BK_ERROR, where, "xml-size",
                    "the document is larger than 1 GiB; split it");
        return BK_BAD_INPUT;
    }
    const xmlCharEncoding seen =
        length >= 4 ? xmlDetectCharEncoding((const unsigned char *)text, 4)
                    : XML_CHAR_ENCODING_NONE;
    xmlCharEncodingHandler *handler = NULL;
    size_t from, to;
    char name[64];
    if (seen != XML_CHAR_ENCODING_NONE && seen != XML_CHAR_ENCODING_UTF8) {
        handler = xmlGetCharEncodingHandler(seen);
        memcpy(name, "of its first bytes", sizeof "of its first bytes");
    } else if (find_encoding(text, length, &from, &to, name)) {
        if (bk_text_equal_nocase(name, "UTF-8") || bk_text_equal_nocase(name, "UTF8") ||
            strncmp(name, "UTF-16", 6) == 0) {
            const bk_status status = copy(text, length, source, source_length);
            if (status == BK_OK) {
                blank_encoding(*source, *source_length);
            }
            return status;
        }
        handler = xmlFindCharEncodingHandler(name);
    } else {
        return copy(text, length, source, source_length);
    }
    if (handler == NULL) {
        bk_diag_add(diag, BK_ERROR, where, "xml-encoding",
                    "the encoding %s is not known here; save the file as UTF-8", name);
        return BK_BAD_INPUT;
    }
    const bk_status status =
        convert(handler, text, length, where, diag, source, source_length);
    xmlCharEncCloseFunc(handler);
    return status;
}
