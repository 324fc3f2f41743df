/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/svg.h"

#include <math.h>
#include <string.h>

enum { CELL_H = 22, FONT = 11, MARGIN = 24 };

static bool is_value(const bk_table *table, int column)
{
    return bk_table_column_type(table, column) != BK_TEXT;
}

static bool is_shown(const bk_table *table, int column)
{
    return is_value(table, column) ||
           strcmp(bk_table_column_name(table, column), "note") != 0;
}

static double column_width(const bk_table *table, int column)
{
    double w = bk_label_width(bk_table_column_name(table, column), FONT);
    if (is_value(table, column)) {
        return fmax(w + 12, 56);
    }
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        w = fmax(w, bk_label_width(bk_table_text(table, r, column), FONT));
    }
    return w + 14;
}

static void draw_value(bk_text *svg, double x, double y, double w, double value,
                       double max)
{
    char fill[8], number[32];
    if (isnan(value)) {
        bk_svg_rect(svg, x, y, w, CELL_H, 0, "#e4e4e7", "#ffffff");
        bk_svg_label(svg, x + w / 2, y + 15, FONT, BK_MIDDLE, "#71717a", "-");
        return;
    }
    bk_scale_colour(value / max, fill);
    bk_svg_rect(svg, x, y, w, CELL_H, 0, fill, "#ffffff");
    /* + 0 makes a negative zero positive */
    bk_double_print(round(value * 100) / 100 + 0.0, number);
    bk_svg_label(svg, x + w / 2, y + 15, FONT, BK_MIDDLE, bk_scale_ink(value / max),
                 number);
}

/* A thin line where the first column changes keeps groups of rows apart. */
static bool starts_group(const bk_table *table, size_t row)
{
    return row > 0 && bk_table_columns(table) > 0 && !is_value(table, 0) &&
           strcmp(bk_table_text(table, row, 0), bk_table_text(table, row - 1, 0)) != 0;
}

static void draw_row(bk_text *svg, const bk_table *table, size_t row, double y,
                     double max)
{
    double x = MARGIN;
    for (int k = 0; k < bk_table_columns(table); k++) {
        if (!is_shown(table, k)) {
            continue;
        }
        const double w = column_width(table, k);
        if (is_value(table, k)) {
            draw_value(svg, x, y, w, bk_table_real(table, row, k), max);
        } else if (k > 0 || row == 0 || starts_group(table, row)) {
            bk_svg_label(svg, x, y + 15, FONT, BK_START, "#1a1a1a",
                         bk_table_text(table, row, k));
        }
        x += w;
    }
}

bk_status bk_picture_matrix(const bk_table *table, const bk_picture_settings *settings,
                            char **out)
{
    const double max =
        settings != NULL && settings->max_value > 0 ? settings->max_value : 1;
    double width = 0;
    for (int k = 0; k < bk_table_columns(table); k++) {
        width += is_shown(table, k) ? column_width(table, k) : 0;
    }
    double height = bk_heading_height(settings) + 34;
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        height += CELL_H + (starts_group(table, r) ? 8 : 0);
    }
    bk_text svg = {0};
    bk_svg_open(&svg, fmax(width, bk_heading_width(settings)) + 2 * MARGIN,
                height + 2 * MARGIN);
    double y = bk_svg_heading(&svg, settings, MARGIN, MARGIN) + 26;
    double x = MARGIN;
    for (int k = 0; k < bk_table_columns(table); k++) {
        if (!is_shown(table, k)) {
            continue;
        }
        const double w = column_width(table, k);
        const bool value = is_value(table, k);
        bk_svg_label(&svg, value ? x + w / 2 : x, y - 6, FONT,
                     value ? BK_MIDDLE : BK_START, "#555555",
                     bk_table_column_name(table, k));
        x += w;
    }
    for (size_t r = 0; r < bk_table_rows(table); r++) {
        y += starts_group(table, r) ? 8 : 0;
        draw_row(&svg, table, r, y, max);
        y += CELL_H;
    }
    bk_svg_close(&svg);
    return bk_svg_finish(&svg, out);
}
