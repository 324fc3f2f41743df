/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/svg.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Widths of ASCII 32..126 in thousandths of the font size. */
static const short widths[95] = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};

double bk_label_width(const char *text, double size)
{
    double sum = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p >= 32 && *p < 127) {
            sum += widths[*p - 32];
        } else if ((*p & 0xC0) != 0x80) {
            sum += 700; /* one per character outside ASCII */
        }
    }
    return 1.12 * size * sum / 1000.0;
}

void bk_svg_coordinate(bk_text *svg, double value)
{
    bk_text_double(svg, round(value * 100.0) / 100.0);
}

/* Of an attribute, with two decimals. */
static void number(bk_text *svg, const char *attribute, double value)
{
    bk_text_printf(svg, " %s=\"", attribute);
    bk_svg_coordinate(svg, value);
    bk_text_add(svg, "\"");
}

void bk_svg_open(bk_text *svg, double width, double height)
{
    bk_text_add(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    number(svg, "width", ceil(width));
    number(svg, "height", ceil(height));
    bk_text_add(svg, " viewBox=\"0 0 ");
    bk_svg_coordinate(svg, ceil(width));
    bk_text_add_char(svg, ' ');
    bk_svg_coordinate(svg, ceil(height));
    bk_text_add(svg, "\" font-family=\"Helvetica, Arial, 'Liberation Sans', "
                     "sans-serif\">\n<rect width=\"100%\" height=\"100%\" "
                     "fill=\"#ffffff\"/>\n");
}

void bk_svg_close(bk_text *svg)
{
    bk_text_add(svg, "</svg>\n");
}

void bk_svg_label(bk_text *svg, double x, double y, double size, bk_anchor anchor,
                  const char *colour, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    if (text[0] == '\0') {
        return;
    }
    bk_text_add(svg, "<text class=\"label\"");
    number(svg, "x", x);
    number(svg, "y", y);
    number(svg, "font-size", size);
    bk_text_printf(svg, " text-anchor=\"%s\" fill=\"%s\">", anchors[anchor], colour);
    bk_text_xml(svg, text);
    bk_text_add(svg, "</text>\n");
}

void bk_svg_rect(bk_text *svg, double x, double y, double w, double h, double radius,
                 const char *fill, const char *stroke)
{
    bk_text_add(svg, "<rect");
    number(svg, "x", x);
    number(svg, "y", y);
    number(svg, "width", w);
    number(svg, "height", h);
    if (radius > 0) {
        number(svg, "rx", radius);
    }
    bk_text_printf(svg, " fill=\"%s\"", fill);
    if (stroke != NULL) {
        bk_text_printf(svg, " stroke=\"%s\"", stroke);
    }
    bk_text_add(svg, "/>\n");
}

void bk_svg_line(bk_text *svg, double x1, double y1, double x2, double y2,
                 const char *stroke, double width)
{
    bk_text_add(svg, "<line");
    number(svg, "x1", x1);
    number(svg, "y1", y1);
    number(svg, "x2", x2);
    number(svg, "y2", y2);
    bk_text_printf(svg, " stroke=\"%s\"", stroke);
    number(svg, "stroke-width", width);
    bk_text_add(svg, "/>\n");
}

void bk_scale_colour(double value, char out[8])
{
    static const double stops[5][3] = {{247, 251, 255},
                                       {198, 219, 239},
                                       {107, 174, 214},
                                       {33, 113, 181},
                                       {8, 48, 107}};
    const double v = isnan(value) ? 0 : value < 0 ? 0 : value > 1 ? 1 : value;
    const int i = v >= 1 ? 3 : (int)(v * 4);
    const double f = v * 4 - i;
    static const char digits[] = "0123456789abcdef";
    out[0] = '#';
    for (int k = 0; k < 3; k++) {
        const int c = (int)lround(stops[i][k] + f * (stops[i + 1][k] - stops[i][k]));
        out[1 + 2 * k] = digits[(c >> 4) & 15];
        out[2 + 2 * k] = digits[c & 15];
    }
    out[7] = '\0';
}

const char *bk_scale_ink(double value)
{
    return value > 0.55 ? "#ffffff" : "#1a1a1a";
}

static const double title_size = 16, subtitle_size = 12;

double bk_heading_height(const bk_picture_settings *settings)
{
    double h = 0;
    if (settings != NULL && settings->title != NULL && settings->title[0] != '\0') {
        h += 24;
    }
    if (settings != NULL && settings->subtitle != NULL &&
        settings->subtitle[0] != '\0') {
        h += 18;
    }
    return h;
}

double bk_heading_width(const bk_picture_settings *settings)
{
    double w = 0;
    if (settings != NULL && settings->title != NULL) {
        w = bk_label_width(settings->title, title_size);
    }
    if (settings != NULL && settings->subtitle != NULL) {
        w = fmax(w, bk_label_width(settings->subtitle, subtitle_size));
    }
    return w;
}

double bk_svg_heading(bk_text *svg, const bk_picture_settings *settings, double x,
                      double y)
{
    if (settings != NULL && settings->title != NULL && settings->title[0] != '\0') {
        bk_svg_label(svg, x, y + 17, title_size, BK_START, "#1a1a1a", settings->title);
        y += 24;
    }
    if (settings != NULL && settings->subtitle != NULL &&
        settings->subtitle[0] != '\0') {
        bk_svg_label(svg, x, y + 12, subtitle_size, BK_START, "#555555",
                     settings->subtitle);
        y += 18;
    }
    return y;
}

bk_status bk_svg_finish(bk_text *svg, char **out)
{
    if (svg->failed || svg->data == NULL) {
        bk_text_free(svg);
        return BK_NO_MEMORY;
    }
    *out = svg->data;
    *svg = (bk_text){0};
    return BK_OK;
}

/* --- reading labels back --------------------------------------------------------------- */

static double attribute(const char *tag, const char *end, const char *name)
{
    const size_t n = strlen(name);
    for (const char *p = tag; p + n + 2 < end; p++) {
        if (p[0] == ' ' && strncmp(p + 1, name, n) == 0 && p[1 + n] == '=') {
            double value = 0;
            bk_double_scan(p + n + 3, end, &value);
            return value;
        }
    }
    return 0;
}

/* The text of a label with the five XML entities undone. */
static void plain(bk_text *out, const char *p, const char *end)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"&amp;", '&'},
                    {"&lt;", '<'},
                    {"&gt;", '>'},
                    {"&quot;", '"'},
                    {"&apos;", '\''}};
    while (p < end) {
        size_t k = 0, n = 0;
        for (; k < 5; k++) {
            n = strlen(entities[k].name);
            if ((size_t)(end - p) >= n && strncmp(p, entities[k].name, n) == 0) {
                break;
            }
        }
        bk_text_add_char(out, k < 5 ? entities[k].c : *p);
        p += k < 5 ? n : 1;
    }
}

static bool box_of(const char *tag, const char *close, double box[4], bk_text *scratch)
{
    const char *stop = strstr(close, "</text>");
    if (stop == NULL) {
        return false;
    }
    bk_text_clear(scratch);
    plain(scratch, close + 1, stop);
    const double size = attribute(tag, close, "font-size");
    const double w = bk_label_width(scratch->data != NULL ? scratch->data : "", size);
    const char *anchor = strstr(tag, "text-anchor=\"");
    const char a = anchor != NULL && anchor < close ? anchor[13] : 's';
    box[0] = attribute(tag, close, "x") - (a == 'm' ? w / 2 : a == 'e' ? w : 0);
    box[1] = attribute(tag, close, "y") - 0.75 * size;
    box[2] = w;
    box[3] = 0.95 * size;
    return true;
}

bk_status bk_picture_labels(const char *svg, double **boxes, size_t *count)
{
    double *list = NULL;
    size_t n = 0, capacity = 0;
    bk_text scratch = {0};
    static const char mark[] = "<text class=\"label\"";
    for (const char *p = strstr(svg, mark); p != NULL; p = strstr(p + 1, mark)) {
        const char *close = strchr(p, '>');
        if (close == NULL || !bk_grow(&list, &capacity, 4 * (n + 1), sizeof *list)) {
            bk_free(list);
            bk_text_free(&scratch);
            return BK_NO_MEMORY;
        }
        if (box_of(p, close, list + 4 * n, &scratch)) {
            n++;
        }
    }
    bk_text_free(&scratch);
    *boxes = list;
    *count = n;
    return BK_OK;
}
