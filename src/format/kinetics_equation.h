/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_KINETICS_EQUATION_H
#define BK_FORMAT_KINETICS_EQUATION_H

/* Reaction equations as text: `A + 2 B -> C`; either side may be empty; `<->` for those
 * that run both ways. */

#include "base/arena.h"

#include <blockade/status.h>

/* Calls term(context, name, number, product) for each, in order, until one is false. */
typedef bool bk_equation_term(void *context, const char *name, double number,
                              bool product);
/* BK_BAD_INPUT: it is not of this form (a refusal of `term` is not that). */
bk_status bk_equation_parse(bk_arena *arena, const char *text, bk_equation_term *term,
                            void *context);

#endif
