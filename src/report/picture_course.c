/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lines over time or the logarithm of a dose, each named at its right end; names are
 * pushed apart where ends meet. */

#include "report/svg.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <stdlib.h>

enum { PLOT_W = 620, PLOT_H = 320, LEFT = 64, TOP = 24, FONT = 11, LINE_HEIGHT = 14 };

/* Okabe and Ito's colours, distinct to colour-blind readers, without the yellow; then
 * dashes tell further lines apart. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#56b4e9", "#e69f00", "#000000"};
static const char *const dashes[] = {"", "6 3", "2 3", "8 3 2 3"};

typedef struct end {
    int column;
    double wanted, y;
} end;

typedef struct axes {
    double t0, t1, low, high, top;
    bool logarithmic; /* t0 and t1 are log10 of what they stand for */
} axes;

static double px(const axes *a, double t)
{
    const double at = a->logarithmic ? log10(t) : t;
    return LEFT + (a->t1 > a->t0 ? (at - a->t0) / (a->t1 - a->t0) : 0.5) * PLOT_W;
}

static double py(const axes *a, double v)
{
    return a->top + PLOT_H - (v - a->low) / (a->high - a->low) * PLOT_H;
}

static axes find_axes(const bk_table *table, bool logarithmic, double top)
{
    axes a = {.t0 = INFINITY,
              .t1 = -INFINITY,
              .low = 0,
              .high = 0,
              .top = top,
              .logarithmic = logarithmic};
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        const double x = bk_table_real(table, r, 0);
        const double t = logarithmic ? log10(x) : x;
        if (!isfinite(t)) {
            continue;
        }
        a.t0 = fmin(a.t0, t);
        a.t1 = fmax(a.t1, t);
        for (int k = 1; k < bk_table_columns(table); k++) {
            const double v = bk_table_real(table, r, k);
            if (isfinite(v)) {
                a.low = fmin(a.low, v);
                a.high = fmax(a.high, v);
            }
        }
    }
    if (!(a.high > a.low)) {
        a.high = a.low + 1;
    }
    return a;
}

/* The largest of 1, 2, 5 x 10^k that gives at least four intervals. */
static double tick_step(double span)
{
    const double raw = span / 5, power = pow(10, floor(log10(raw)));
    const double m = raw / power;
    return power * (m >= 5 ? 5 : m >= 2 ? 2 : 1);
}

/* A multiple of the step without the noise of its last digits. */
static const char *tick_text(double value, double step, char text[32])
{
    const double k = round(value / step);
    bk_c_snprintf(text, 32, "%.10g", k == 0 ? 0.0 : k * step);
    return text;
}

static void draw_axes(bk_text *svg, const axes *a, const char *title)
{
    char number[32];
    bk_svg_rect(svg, LEFT, a->top, PLOT_W, PLOT_H, 0, "none", "#71717a");
    const double ty = tick_step(a->high - a->low);
    for (double v = ceil(a->low / ty) * ty; v <= a->high + 1e-9 * ty; v += ty) {
        bk_svg_line(svg, LEFT, py(a, v), LEFT + PLOT_W, py(a, v), "#ececf0", 1);
        bk_svg_label(svg, LEFT - 6, py(a, v) + 4, FONT, BK_END, "#1a1a1a",
                     tick_text(v, ty, number));
    }
    const double step = tick_step(a->t1 > a->t0 ? a->t1 - a->t0 : 1);
    const double tx = a->logarithmic ? fmax(1.0, round(step)) : step;
    for (double t = ceil(a->t0 / tx - 1e-9) * tx; t <= a->t1 + 1e-9 * tx; t += tx) {
        const double value = a->logarithmic ? pow(10, t) : t;
        const double x = px(a, value);
        bk_svg_line(svg, x, a->top + PLOT_H, x, a->top + PLOT_H + 4, "#71717a", 1);
        bk_svg_label(svg, x, a->top + PLOT_H + 17, FONT, BK_MIDDLE, "#1a1a1a",
                     tick_text(value, a->logarithmic ? value : tx, number));
    }
    bk_svg_label(svg, LEFT + PLOT_W / 2.0, a->top + PLOT_H + 34, FONT, BK_MIDDLE,
                 "#1a1a1a", title);
}

/* Column `from` of a table as the line of number `column`. */
static void draw_line(bk_text *svg, const bk_table *table, const axes *a, int from,
                      int column)
{
    bool pen = false;
    bk_text_add(svg, "<path d=\"");
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        const double v = bk_table_real(table, r, from);
        const double x = px(a, bk_table_real(table, r, 0));
        if (!isfinite(v) || !isfinite(x)) {
            pen = false;
            continue;
        }
        bk_text_add_char(svg, pen ? 'L' : 'M');
        bk_svg_coordinate(svg, x);
        bk_text_add_char(svg, ' ');
        bk_svg_coordinate(svg, py(a, v));
        pen = true;
    }
    const char *dash = dashes[((column - 1) / 7) % 4];
    bk_text_printf(svg, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s%s%s/>\n",
                   colours[(column - 1) % 7], dash[0] ? " stroke-dasharray=\"" : "",
                   dash, dash[0] ? "\"" : "");
}

static int by_height(const void *x, const void *y)
{
    const end *a = x, *b = y;
    if (a->wanted < b->wanted || a->wanted > b->wanted) {
        return a->wanted < b->wanted ? -1 : 1;
    }
    return a->column - b->column;
}

/* From the top: each at least a line below the one before; then the whole moved up if it
 * ran out at the bottom. Returns the lowest y. */
static double spread_ends(end *ends, int n, double top)
{
    qsort(ends, (size_t)n, sizeof *ends, by_height);
    for (int i = 0; i < n; i++) {
        const double least = i > 0 ? ends[i - 1].y + LINE_HEIGHT : top;
        ends[i].y = fmax(ends[i].wanted, least);
    }
    const double bottom = fmax(top + PLOT_H, top + (n - 1) * LINE_HEIGHT);
    for (int i = n - 1; i >= 0; i--) {
        const double most = i < n - 1 ? ends[i + 1].y - LINE_HEIGHT : bottom;
        ends[i].y = fmin(ends[i].y, most);
    }
    return n > 0 ? ends[n - 1].y : top;
}

static double last_value(const bk_table *table, int column)
{
    for (size_t r = bk_table_rows(table); r-- > 0;) {
        const double v = bk_table_real(table, r, column);
        if (isfinite(v)) {
            return v;
        }
    }
    return 0;
}

static void draw_points(bk_text *svg, const bk_table *table, const axes *a, int column)
{
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        const double v = bk_table_real(table, r, column);
        const double x = px(a, bk_table_real(table, r, 0));
        if (isfinite(v) && isfinite(x)) {
            bk_text_add(svg, "<circle");
            bk_svg_number(svg, "cx", x);
            bk_svg_number(svg, "cy", py(a, v));
            bk_text_printf(svg,
                           " r=\"3.5\" fill=\"#ffffff\" stroke=\"%s\" "
                           "stroke-width=\"1.5\"/>\n",
                           colours[(column - 1) % 7]);
        }
    }
}

/* The lines of number columns; those that `fits` has under the same name are drawn from
 * there, and all have points, when fits is not NULL. */
static bk_status draw(const bk_table *table, const bk_table *fits,
                      const bk_picture_settings *settings, char **out)
{
    const int columns = bk_table_columns(table);
    end *ends = bk_alloc_zero((size_t)columns + 1, sizeof *ends);
    if (ends == NULL) {
        return BK_NO_MEMORY;
    }
    const double top = TOP + bk_heading_height(settings) + 8;
    axes a = find_axes(table, fits != NULL, top);
    if (fits != NULL) {
        const axes fitted = find_axes(fits, true, top);
        a.low = fmin(a.low, fitted.low);
        a.high = bk_table_columns(fits) > 1 ? fmax(a.high, fitted.high) : a.high;
    }
    double names = 0;
    int n = 0;
    for (int k = 1; k < columns; k++) {
        if (bk_table_column_type(table, k) == BK_TEXT) {
            continue;
        }
        const double y = py(&a, last_value(table, k));
        ends[n++] = (end){.column = k, .wanted = y, .y = y};
        names = fmax(names, bk_label_width(bk_table_column_name(table, k), FONT));
    }
    const double lowest = spread_ends(ends, n, a.top);
    const double width =
        fmax(LEFT + PLOT_W + 34 + names, LEFT + bk_heading_width(settings)) + TOP;
    bk_text svg = {0};
    bk_svg_open(&svg, width, fmax(a.top + PLOT_H + 44, lowest + 12) + TOP);
    bk_svg_heading(&svg, settings, LEFT, TOP);
    draw_axes(&svg, &a, bk_table_column_name(table, 0));
    for (int i = 0; i < n; i++) {
        const int k = ends[i].column;
        const int fitted =
            fits != NULL ? bk_table_find_column(fits, bk_table_column_name(table, k))
                         : -1;
        draw_line(&svg, fitted > 0 ? fits : table, &a, fitted > 0 ? fitted : k, k);
        if (fits != NULL) {
            draw_points(&svg, table, &a, k);
        }
        bk_svg_line(&svg, LEFT + PLOT_W + 2, ends[i].wanted, LEFT + PLOT_W + 24,
                    ends[i].y, colours[(k - 1) % 7], 1);
        bk_svg_label(&svg, LEFT + PLOT_W + 28, ends[i].y + 4, FONT, BK_START,
                     colours[(k - 1) % 7], bk_table_column_name(table, k));
    }
    bk_svg_close(&svg);
    bk_free(ends);
    return bk_svg_finish(&svg, out);
}

bk_status bk_picture_course(const bk_table *table, const bk_picture_settings *settings,
                            char **svg)
{
    return draw(table, NULL, settings, svg);
}

bk_status bk_picture_doses(const bk_table *responses, const bk_table *curves,
                           const bk_picture_settings *settings, char **svg)
{
    return draw(responses, curves, settings, svg);
}
