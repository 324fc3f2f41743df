/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_CORE_IMPL_H
#define BK_SBML_CORE_IMPL_H

/* What the files that read core share beyond sbml_impl.h. */

#include "sbml/sbml_impl.h"

/* Fills id, name, notes, place and our annotation; false when there is no id (told). */
bool bk_core_symbol(bk_reader *reader, bk_xml_node node, bk_symbol_kind kind,
                    const char *code, bk_symbol *symbol);
/* Adds it with its aliases; its number or -1. */
int32_t bk_core_add(bk_reader *reader, bk_xml_node node, const bk_symbol *symbol);
/* value and units of a global or local parameter; constant becomes true. */
void bk_core_parameter(bk_reader *reader, bk_xml_node node, bk_symbol *symbol);
/* The expression of an element: its formula attribute in Level 1, else its <math>.
 * *present false: it has none, which is told as a warning where the level allows it and
 * as an error elsewhere. */
bk_expr bk_core_math(bk_reader *reader, bk_xml_node node, const bk_math_scope *scope,
                     const char *code, bool *present);

#endif
