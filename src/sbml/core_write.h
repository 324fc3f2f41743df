/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_CORE_WRITE_H
#define BK_SBML_CORE_WRITE_H

/* What the files that write core share. */

#include "sbml/qual_impl.h"
#include "sbml/sbml_impl.h"

typedef struct bk_core_writer {
    bk_xml_writer *xml;
    const bk_model *model;
    int version; /* of Level 3 */
    bk_text ours;
    char (*made)[32]; /* by participant: the id made for a stoichiometryMath, or "" */
} bk_core_writer;

/* The lists of a <model>, inside its open tag. */
void bk_core_write(bk_core_writer *w);

/* A list element that is opened with its first member. */
void bk_write_open_list(bk_core_writer *w, bool *open, const char *name);
void bk_write_close_list(bk_core_writer *w, bool open, const char *name);
void bk_write_math(bk_core_writer *w, bk_expr math); /* nothing for -1 */
/* After the attributes of an element: notes and annotations, and its end tag unless
 * element is NULL. */
void bk_write_symbol_end(bk_core_writer *w, int32_t symbol, const bk_notes *notes,
                         const char *element);
void bk_write_parameter(bk_core_writer *w, int32_t symbol, const char *element);
void bk_write_reactions(bk_core_writer *w);
void bk_write_events(bk_core_writer *w);

/* Level 3 has no stoichiometryMath: the reference gets an id, and that a rule. */
bool bk_write_name_references(bk_core_writer *w); /* false: no memory */
void bk_write_stoichiometry_rules(bk_core_writer *w, bool *open);

#endif
