/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_REPORT_SVG_H
#define BK_REPORT_SVG_H

/* SVG text with known font metrics, so that labels can be placed without overlap.
 *
 * Every label is a <text class="label"> of one line; its box follows from its
 * attributes x, y, font-size and text-anchor alone. Widths are Helvetica's (Adobe Font
 * Metrics, Helvetica 1990) with 12 % to spare, since a reader's font may be wider. */

#include "base/text.h"

#include <blockade/report.h>

typedef enum bk_anchor { BK_START, BK_MIDDLE, BK_END } bk_anchor;

double bk_label_width(const char *text, double size);
/* Header with a white ground; width and height in pixels. */
void bk_svg_open(bk_text *svg, double width, double height);
void bk_svg_close(bk_text *svg);
/* y is the base line. */
void bk_svg_label(bk_text *svg, double x, double y, double size, bk_anchor anchor,
                  const char *colour, const char *text);
void bk_svg_rect(bk_text *svg, double x, double y, double w, double h, double radius,
                 const char *fill, const char *stroke);
void bk_svg_line(bk_text *svg, double x1, double y1, double x2, double y2,
                 const char *stroke, double width);
void bk_svg_coordinate(bk_text *svg, double value);

/* A sequential scale from near white (0) to dark blue (1) whose lightness falls evenly;
 * `ink` is the text colour readable on it. out: "#rrggbb". */
void bk_scale_colour(double value, char out[8]);
const char *bk_scale_ink(double value);

/* Title and subtitle at the top left; returns the y below them. */
double bk_svg_heading(bk_text *svg, const bk_picture_settings *settings, double x,
                      double y);
double bk_heading_height(const bk_picture_settings *settings);
double bk_heading_width(const bk_picture_settings *settings);
/* The finished text given away, or BK_NO_MEMORY. */
bk_status bk_svg_finish(bk_text *svg, char **out);

#endif
