/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_REPORT_H
#define BLOCKADE_REPORT_H

/* Pictures: SVG text without scripts or outside fonts, readable in black and white and
 * by colour-blind readers; every label is placed so that no two overlap. */

#include <blockade/network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_picture_settings {
    const char *title;    /* NULL: none */
    const char *subtitle; /* NULL: none */
    double max_value;     /* networks: value painted darkest; 0: 1 */
} bk_picture_settings;

/* A network painted by its activity attribute: arrows for activation, bars for
 * inhibition, a colour scale with its legend; groups of kinds by shape. */
bk_status bk_picture_network(const bk_network *network,
                             const bk_picture_settings *settings, char **svg);
/* Lines over the first column (time); labels beside the line ends. */
bk_status bk_picture_course(const bk_table *table, const bk_picture_settings *settings,
                            char **svg);
/* Dose-response curves over the logarithm of the dose: circles are the responses, lines
 * the fitted curves of bk_dose_summary, or where a read-out has none, what joins its
 * circles.  Doses of 0 are not drawn. */
bk_status bk_picture_doses(const bk_table *responses, const bk_table *curves,
                           const bk_picture_settings *settings, char **svg);
/* A heat map: rows named by the first text columns, numbers 0..max_value as cells. */
bk_status bk_picture_matrix(const bk_table *table, const bk_picture_settings *settings,
                            char **svg);

/* Bars from `from` to the value column, one a row in the table's order, at most `most` of
 * them; label and mark are text columns, and rows with a mark are dark.  Rows without a
 * value are left out; bars end at -0.5 and 1.5 whatever their number says.  BK_NOT_FOUND when
 * the table lacks a column. */
bk_status bk_picture_waterfall(const bk_table *table, const char *label,
                               const char *value, const char *mark, double from,
                               size_t most, const bk_picture_settings *settings,
                               char **svg);

/* The bounding boxes of the labels of a picture in its order, for tests: x y width
 * height each, as drawn with the font metrics used for placing. *count boxes; freed with
 * bk_string_free((char *)boxes). */
bk_status bk_picture_labels(const char *svg, double **boxes, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
