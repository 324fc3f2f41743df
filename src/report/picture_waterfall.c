/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/svg.h"

#include <math.h>
#include <string.h>

enum { ROW_H = 18, BAR_H = 12, FONT = 11, MARGIN = 24, GAP = 10, NUMBER_W = 40 };

static const double unit = 260; /* width of a value of 1 */
static const double least = -0.5, largest = 1.5;
static const char ink[] = "#1a1a1a", marked[] = "#08519c", plain[] = "#bdbdbd",
                  line[] = "#888888";

typedef struct waterfall {
    const bk_table *table;
    int label, value, mark;
    size_t most;
    double from;
    double low, high;       /* the axis */
    double label_w, mark_w; /* widest texts */
    size_t bars;
} waterfall;

static bool is_shown(const waterfall *w, size_t row)
{
    return !bk_table_missing(w->table, row, w->value);
}

static double within(double value)
{
    return fmin(fmax(value, least), largest);
}

static void measure(waterfall *w)
{
    w->low = fmin(0, w->from);
    w->high = fmax(1, w->from);
    for (size_t r = 0; r < bk_table_rows(w->table) && w->bars < w->most; r++) {
        if (!is_shown(w, r)) {
            continue;
        }
        const double value = within(bk_table_real(w->table, r, w->value));
        w->low = fmin(w->low, value);
        w->high = fmax(w->high, value);
        w->label_w = fmax(w->label_w,
                          bk_label_width(bk_table_text(w->table, r, w->label), FONT));
        w->mark_w =
            fmax(w->mark_w, bk_label_width(bk_table_text(w->table, r, w->mark), FONT));
        w->bars++;
    }
}

static void draw_bar(bk_text *svg, const waterfall *w, size_t row, double zero,
                     double right, double y)
{
    const double value = bk_table_real(w->table, row, w->value);
    const double start = zero + unit * w->from, end = zero + unit * within(value);
    const char *const mark = bk_table_text(w->table, row, w->mark);
    char number[32];
    bk_svg_label(svg, MARGIN + w->label_w, y + BAR_H - 2, FONT, BK_END, ink,
                 bk_table_text(w->table, row, w->label));
    bk_svg_rect(svg, fmin(start, end), y, fabs(end - start), BAR_H, 0,
                mark[0] != '\0' ? marked : plain, ink);
    bk_double_print(round(value * 100) / 100 + 0.0, number);
    bk_svg_label(svg, right + 6, y + BAR_H - 2, FONT, BK_START, ink, number);
    bk_svg_label(svg, right + NUMBER_W, y + BAR_H - 2, FONT, BK_START, ink, mark);
}

static void draw_axis(bk_text *svg, double zero, double low, double high, double top,
                      double bottom)
{
    static const double ticks[] = {-0.5, 0, 0.5, 1, 1.5};
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        char number[32];
        const double x = zero + unit * ticks[i];
        if (ticks[i] < low || ticks[i] > high) {
            continue;
        }
        bk_double_print(ticks[i], number);
        bk_svg_line(svg, x, top, x, bottom, line, i == 1 || i == 3 ? 1.2 : 0.6);
        bk_svg_label(svg, x, top - 5, FONT, BK_MIDDLE, "#555555", number);
    }
}

static void draw_legend(bk_text *svg, double y)
{
    double x = MARGIN;
    const struct {
        const char *colour, *text;
    } entries[] = {{marked, "of a class of resistance"}, {plain, "other"}};
    for (size_t i = 0; i < 2; i++) {
        bk_svg_rect(svg, x, y, BAR_H, BAR_H, 0, entries[i].colour, ink);
        bk_svg_label(svg, x + BAR_H + 5, y + BAR_H - 2, FONT, BK_START, "#555555",
                     entries[i].text);
        x += BAR_H + 5 + bk_label_width(entries[i].text, FONT) + 2 * GAP;
    }
}

bk_status bk_picture_waterfall(const bk_table *table, const char *label,
                               const char *value, const char *mark, double from,
                               size_t most, const bk_picture_settings *settings,
                               char **svg)
{
    waterfall w = {.table = table,
                   .label = bk_table_find_column(table, label),
                   .value = bk_table_find_column(table, value),
                   .mark = bk_table_find_column(table, mark),
                   .from = within(from),
                   .most = most};
    if (w.label < 0 || w.value < 0 || w.mark < 0) {
        return BK_NOT_FOUND;
    }
    measure(&w);
    const double zero = MARGIN + w.label_w + GAP - unit * w.low;
    const double right = zero + unit * w.high;
    const double height =
        bk_heading_height(settings) + 30 + ROW_H * (double)w.bars + 30;
    const double width =
        fmax(right + NUMBER_W + w.mark_w, MARGIN + bk_heading_width(settings)) + MARGIN;
    bk_text out = {0};
    bk_svg_open(&out, fmax(width, 320), height + 2 * MARGIN);
    double y = bk_svg_heading(&out, settings, MARGIN, MARGIN) + 30;
    draw_axis(&out, zero, w.low, w.high, y, y + ROW_H * (double)w.bars);
    size_t drawn = 0;
    for (size_t r = 0; r < bk_table_rows(table) && drawn < w.most; r++) {
        if (is_shown(&w, r)) {
            draw_bar(&out, &w, r, zero, right, y + 3);
            y += ROW_H;
            drawn++;
        }
    }
    draw_legend(&out, y + 16);
    bk_svg_close(&out);
    return bk_svg_finish(&out, svg);
}
