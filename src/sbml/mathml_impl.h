/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SBML_MATHML_IMPL_H
#define BK_SBML_MATHML_IMPL_H

/* What the files that read MathML share: its leaves. */

#include "sbml/sbml_impl.h"

bk_expr bk_mathml_number(bk_reader *reader, bk_xml_node cn);
/* "time" ... of SBML's own; NULL after telling that it is none. */
const char *bk_mathml_csymbol_name(bk_reader *reader, bk_xml_node csymbol);
bk_expr bk_mathml_csymbol(bk_reader *reader, bk_xml_node csymbol);
/* A csymbol of a package: legal, and its value is not known here. */
bk_expr bk_mathml_foreign(bk_reader *reader, bk_xml_node node, const char *name);

#endif
