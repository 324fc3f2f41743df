/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_FORMULA_H
#define BK_FORMAT_FORMULA_H

/* Boolean functions as text, as .bnet files and rules.tsv write them.
 *
 *     ! not      binds tightest
 *     & && and
 *     | || or    binds loosest
 *     ( )  true false 1 0  NAME  NAME>=2
 *
 * The words are read in any case.  A NAME is the longest run of characters up to white
 * space, a comma, an operator or a parenthesis, so that NF-kB, IL2:IL2R and 14-3-3 are
 * names.  The signs ~ ^ = < > [ ] { } ; " \ # and control characters cannot stand in a
 * name: they mean something in neighbouring dialects (time steps, other operators), and
 * taking them as letters would turn a mistake into a new input without a word. */

#include "math/expr.h"

typedef struct bk_formula_names {
    /* NAME <= 2 and its like, with >= > < == != (and = for ==); else only bare names,
     * which mean NAME >= 1. */
    bool comparisons;
    void *context;
    /* The symbol of a name, or -1 after telling the diag (or when memory was short). */
    int32_t (*find)(void *context, const char *name, bk_where where);
} bk_formula_names;

/* Parses the whole of text[length]; `where` is the place of its first character, and
 * the text may not hold line ends.  Chains of & and | become one node with many
 * arguments however they are nested, and no depth of parentheses is too deep.  All
 * unknown names are told; a syntax error ends the text.  BK_BAD_INPUT, BK_NO_MEMORY. */
bk_status bk_formula_parse(bk_exprs *pool, const char *text, size_t length,
                           const bk_formula_names *names, bk_where where, bk_diag *diag,
                           bk_expr *e);

/* How many bytes a name takes at the start of text[length]; 0: none stands there. */
size_t bk_formula_name_length(const char *text, size_t length);
/* True when the text can stand as a NAME: it is no word of the language. */
bool bk_formula_is_name(const char *text);
/* How many characters (not bytes) text[length] has, for columns. */
int bk_formula_columns(const char *text, size_t length);

#endif
