/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_IDENTIFIERS_H
#define BK_FORMAT_IDENTIFIERS_H

/* What a thing is in public databases, as MIRIAM annotations (SBML L3V2 core, section 6):
 * compact identifiers, `uniprot:P00533`, become https://identifiers.org/uniprot:P00533. */

#include "format/cells.h"

/* Statements about one element, collected into one annotation. */
typedef struct bk_statements {
    bk_text text;
} bk_statements;

/* `list` holds identifiers with `;` or `+` between; nothing is said of an empty one. */
void bk_state(bk_statements *statements, const char *qualifier, const char *list);
/* What a cell of a species says: one identifier, the thing is a version of it; several
 * with `+`, it has these parts; several with `;`, it stands for all of them. */
void bk_state_what(bk_statements *statements, const char *list);
/* The annotation, in the arena of the cells, about an element whose metaid is about_ID
 * (put into notes); nothing when nothing was said. Frees the statements. */
void bk_state_end(bk_statements *statements, bk_cells *cells, const char *id,
                  bk_notes *notes);

#endif
