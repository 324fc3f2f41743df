/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_UNITS_H
#define BK_FORMAT_UNITS_H

/* Units as a biologist writes them, as definitions of SBML (L3V2 core, section 4.4).
 *
 * A unit is words with `*` or `/` between them, each perhaps with a power: nM, nM/s,
 * 1/nM/s, ng/ml, s^2.  Words: 1; mol mmol umol nmol pmol; M mM uM nM pM; l ml ul; s min
 * h d; g mg ug ng; item (molecules). */

#include "format/cells.h"

typedef enum bk_units_answer {
    BK_UNITS_FINE,
    BK_UNITS_WRONG, /* not of this form */
    BK_UNITS_MEMORY
} bk_units_answer;

/* The id of the unit, in the builder's keeping: a base unit of SBML where it is one, else
 * a definition, added where the model has none of it yet. */
bk_units_answer bk_units_define(bk_builder *builder, const char *text, const char **id);

/* That of a cell; NULL for an empty one, and for one that is wrong, which is told. */
const char *bk_cell_unit(bk_cells *cells, const bk_table *table, size_t row,
                         const char *column);

#endif
