/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A network as boxes in rows.
 *
 * igraph gives the layers and the order within them; the boxes are then set side by side
 * with their real widths, so that no label can meet another; a row that would be too
 * wide becomes two.  Arcs are drawn first and lie under the boxes. */

#include "report/svg.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FONT = 11, BOX_HEIGHT = 22, GAP_X = 16, GAP_Y = 46, MARGIN = 24, LEGEND = 76 };
static const double widest_row = 1500;
/* What rests at a half is dark, whichever way it was rounded. */
static const double half = 0.5 - 1e-6;

typedef struct box {
    int32_t node;
    double layer, order; /* from the layout */
    double x, y, w;      /* centre and width */
} box;

static int by_place(const void *a, const void *b)
{
    const box *p = a, *q = b;
    if (fabs(p->layer - q->layer) > 1e-6) {
        return p->layer < q->layer ? -1 : 1;
    }
    if (p->order < q->order || p->order > q->order) {
        return p->order < q->order ? -1 : 1;
    }
    return p->node < q->node ? -1 : p->node > q->node;
}

/* Sets the boxes first..last-1 on one row, centred at 0; returns the row's width. */
static double set_row(box *boxes, size_t first, size_t last, double y)
{
    double total = -GAP_X;
    for (size_t i = first; i < last; i++) {
        total += boxes[i].w + GAP_X;
    }
    double x = -total / 2;
    for (size_t i = first; i < last; i++) {
        boxes[i].x = x + boxes[i].w / 2;
        boxes[i].y = y;
        x += boxes[i].w + GAP_X;
    }
    return total;
}

/* Rows from layers; returns the height below the last row, *width the widest. */
static double set_rows(box *boxes, size_t n, double top, double *width)
{
    double y = top + BOX_HEIGHT / 2.0;
    *width = 0;
    for (size_t first = 0; first < n;) {
        size_t end = first;
        double total = 0;
        while (end < n && fabs(boxes[end].layer - boxes[first].layer) < 1e-6) {
            total += boxes[end].w + GAP_X;
            end++;
        }
        const size_t rows = (size_t)ceil(total / widest_row);
        const size_t per = (end - first + rows - 1) / rows;
        for (size_t r = first; r < end; r += per) {
            const size_t stop = r + per < end ? r + per : end;
            *width = fmax(*width, set_row(boxes, r, stop, y));
            y += BOX_HEIGHT + (stop < end ? GAP_Y * 0.6 : GAP_Y);
        }
        first = end;
    }
    return y - GAP_Y + BOX_HEIGHT / 2.0;
}

static void coordinates(bk_text *svg, const char *prefix, double x, double y)
{
    bk_text_add(svg, prefix);
    bk_svg_coordinate(svg, x);
    bk_text_add_char(svg, ' ');
    bk_svg_coordinate(svg, y);
}

/* Where the line from (x, y) to the box's centre enters the box, a little outside. */
static void border(const box *b, double x, double y, double *bx, double *by)
{
    const double dx = x - b->x, dy = y - b->y;
    const double hw = b->w / 2 + 3, hh = BOX_HEIGHT / 2.0 + 3;
    const double sx = fabs(dx) > 1e-9 ? hw / fabs(dx) : INFINITY;
    const double sy = fabs(dy) > 1e-9 ? hh / fabs(dy) : INFINITY;
    const double s = fmin(sx, sy);
    *bx = b->x + (isfinite(s) ? s * dx : 0);
    *by = b->y + (isfinite(s) ? s * dy : hh);
}

static void draw_self(bk_text *svg, const box *b, const char *stroke,
                      const char *marker)
{
    const double x = b->x + b->w / 2, y = b->y;
    coordinates(svg, "<path d=\"M", x, y - 5);
    coordinates(svg, " C", x + 20, y - 14);
    coordinates(svg, " ", x + 20, y + 14);
    coordinates(svg, " ", x + 3, y + 5);
    bk_text_printf(svg, "\" fill=\"none\" stroke=\"%s\" marker-end=\"url(#%s)\"/>\n",
                   stroke, marker);
}

static void draw_arc(bk_text *svg, const box *s, const box *t, int sign, bool active)
{
    const char *stroke =
        sign < 0 ? (active ? "#c2410c" : "#f0c9b4") : (active ? "#3f3f46" : "#cfcfd6");
    const char *marker =
        sign < 0 ? (active ? "bar1" : "bar0") : (active ? "arrow1" : "arrow0");
    if (s == t) {
        draw_self(svg, s, stroke, marker);
        return;
    }
    /* Bent sideways in proportion to the length, so that opposite arcs do not coincide
     * and long ones pass beside the boxes between. */
    const double dx = t->x - s->x, dy = t->y - s->y, length = hypot(dx, dy) + 1e-9;
    const double bend = fmin(0.12 * length, 60);
    const double cx = (s->x + t->x) / 2 - dy / length * bend;
    const double cy = (s->y + t->y) / 2 + dx / length * bend;
    double x1, y1, x2, y2;
    border(s, cx, cy, &x1, &y1);
    border(t, cx, cy, &x2, &y2);
    coordinates(svg, "<path d=\"M", x1, y1);
    coordinates(svg, " Q", cx, cy);
    coordinates(svg, " ", x2, y2);
    bk_text_printf(svg, "\" fill=\"none\" stroke=\"%s\"%s marker-end=\"url(#%s)\"/>\n",
                   stroke, sign == 0 ? " stroke-dasharray=\"4 3\"" : "", marker);
}

static void draw_markers(bk_text *svg)
{
    static const char *const colours[4] = {"#cfcfd6", "#3f3f46", "#f0c9b4", "#c2410c"};
    bk_text_add(svg, "<defs>\n");
    for (int i = 0; i < 4; i++) {
        const bool arrow = i < 2;
        bk_text_printf(svg,
                       "<marker id=\"%s%d\" viewBox=\"0 0 8 8\" refX=\"%d\" refY=\"4\" "
                       "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
                       "<path d=\"%s\" fill=\"%s\" stroke=\"%s\" "
                       "stroke-width=\"%d\"/></marker>\n",
                       arrow ? "arrow" : "bar", i & 1, arrow ? 7 : 4,
                       arrow ? "M0 0.8L8 4L0 7.2z" : "M4 0.5L4 7.5",
                       arrow ? colours[i] : "none", colours[i], arrow ? 0 : 2);
    }
    bk_text_add(svg, "</defs>\n");
}

static void draw_box(bk_text *svg, const bk_network *network, const box *b,
                     double scale)
{
    const double a = bk_network_activity(network, b->node) / scale;
    const bool painted = !isnan(a);
    char fill[8] = "#f4f4f5";
    if (painted) {
        bk_scale_colour(a, fill);
    }
    const char *label = bk_network_node_id(network, b->node);
    bk_svg_rect(svg, b->x - b->w / 2, b->y - BOX_HEIGHT / 2.0, b->w, BOX_HEIGHT, 5,
                fill, "#3f3f46");
    bk_svg_label(svg, b->x, b->y + FONT * 0.36, FONT, BK_MIDDLE,
                 painted ? bk_scale_ink(a) : "#1a1a1a", label);
}

static void draw_legend(bk_text *svg, double x, double y, bool painted, double max)
{
    char text[32];
    if (painted) {
        for (int i = 0; i < 20; i++) {
            char fill[8];
            bk_scale_colour((i + 0.5) / 20, fill);
            bk_svg_rect(svg, x + 8 * i, y, 8.3, 12, 0, fill, NULL);
        }
        bk_svg_rect(svg, x, y, 160, 12, 0, "none", "#71717a");
        bk_svg_label(svg, x, y + 26, 10, BK_START, "#1a1a1a", "off");
        bk_svg_label(svg, x + 160, y + 26, 10, BK_END, "#1a1a1a",
                     max > 1 ? bk_double_print(max, text) : "full");
        bk_svg_label(svg, x + 80, y + 26, 10, BK_MIDDLE, "#1a1a1a", "activity");
    }
    const double left = x + 200;
    static const char *const words[3] = {"activates", "inhibits", "sign unknown"};
    for (int i = 0; i < 3; i++) {
        const double at = left + 130 * i;
        bk_text_add(svg, "<path d=\"M");
        coordinates(svg, "", at, y + 6);
        coordinates(svg, "L", at + 30, y + 6);
        bk_text_printf(svg, "\" stroke=\"%s\"%s marker-end=\"url(#%s)\"/>\n",
                       i == 1 ? "#c2410c" : "#3f3f46",
                       i == 2 ? " stroke-dasharray=\"4 3\"" : "",
                       i == 1 ? "bar1" : "arrow1");
        bk_svg_label(svg, at + 38, y + 10, 10, BK_START, "#1a1a1a", words[i]);
    }
    if (painted) {
        bk_svg_label(svg, left, y + 26, 10, BK_START, "#555555",
                     "dark arcs: their source is at least half active");
    }
}

static bk_status place(const bk_network *network, box *boxes, double *x, double *y)
{
    const int32_t n = bk_network_nodes(network);
    const bk_status status = bk_network_layout(network, BK_LAYERED, x, y);
    for (int32_t i = 0; i < n && status == BK_OK; i++) {
        boxes[i] = (box){.node = i, .layer = y[i], .order = x[i]};
        boxes[i].w =
            fmax(34, bk_label_width(bk_network_node_id(network, i), FONT) + 12);
    }
    return status;
}

static void draw(bk_text *svg, const bk_network *network, const box *boxes,
                 const int32_t *at, const double scale)
{
    const int32_t n = bk_network_nodes(network);
    draw_markers(svg);
    for (int pass = 0; pass < 2; pass++) { /* pale arcs under dark ones */
        for (int32_t i = 0; i < bk_network_arcs(network); i++) {
            int32_t source = 0, target = 0;
            int sign = 0;
            bk_network_arc(network, i, &source, &target, &sign);
            const double a = bk_network_activity(network, source) /
                             (scale * bk_network_max(network, source));
            const bool active = isnan(a) || a >= half;
            if (active == (pass == 1)) {
                draw_arc(svg, &boxes[at[source]], &boxes[at[target]], sign, active);
            }
        }
    }
    for (int32_t i = 0; i < n; i++) {
        draw_box(svg, network, &boxes[i],
                 scale * bk_network_max(network, boxes[i].node));
    }
}

bk_status bk_picture_network(const bk_network *network,
                             const bk_picture_settings *settings, char **out)
{
    const size_t n = (size_t)bk_network_nodes(network);
    box *boxes = bk_alloc_zero(n + 1, sizeof *boxes);
    double *x = bk_alloc_zero(2 * n + 2, sizeof *x);
    int32_t *at = bk_alloc_zero(n + 1, sizeof *at);
    bk_status status = boxes != NULL && x != NULL && at != NULL
                           ? place(network, boxes, x, x + n + 1)
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        const double scale =
            settings != NULL && settings->max_value > 0 ? settings->max_value : 1;
        double width = 0;
        bk_text svg = {0};
        qsort(boxes, n, sizeof *boxes, by_place);
        const double top = MARGIN + bk_heading_height(settings) + 10;
        const double bottom = set_rows(boxes, n, top, &width);
        width = fmax(fmax(width, bk_heading_width(settings)), 620) + 2 * MARGIN;
        bool painted = false;
        for (size_t i = 0; i < n; i++) {
            boxes[i].x += width / 2;
            at[boxes[i].node] = (int32_t)i;
            painted = painted || !isnan(bk_network_activity(network, (int32_t)i));
        }
        bk_svg_open(&svg, width, bottom + LEGEND);
        bk_svg_heading(&svg, settings, MARGIN, MARGIN);
        draw(&svg, network, boxes, at, scale);
        draw_legend(&svg, MARGIN, bottom + 30, painted, scale);
        bk_svg_close(&svg);
        status = bk_svg_finish(&svg, out);
    }
    bk_free(boxes);
    bk_free(x);
    bk_free(at);
    return status;
}
