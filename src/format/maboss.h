/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_MABOSS_H
#define BK_FORMAT_MABOSS_H

/* The language of MaBoSS files: tokens, and expressions over levels and parameters.
 *
 * An expression mixes logic and arithmetic: a level is 1 or 0 where a number is wanted,
 * a number is true where it is not 0.  Levels being 0 or 1, a number depends on the
 * state through conditions only: it is kept as a list of *cases*, conditions that
 * exclude one another and of which one always holds, each with a value.  So a rate such
 * as `@logic ? $u : 0` becomes exact conditions without trying any state. */

#include "base/names.h"
#include "math/expr.h"
#include "model/builder.h"

typedef enum bk_maboss_kind {
    BK_MABOSS_END,
    BK_MABOSS_NAME,
    BK_MABOSS_VARIABLE, /* with its $ */
    BK_MABOSS_NUMBER,
    BK_MABOSS_STRING,
    BK_MABOSS_SIGN /* one character, or: == 'e', != 'n', <= 'l', >= 'g'; && and || as
                      one; words: AND '&', OR '|', NOT '!', XOR '^' */
} bk_maboss_kind;

typedef struct bk_maboss_token {
    bk_maboss_kind kind;
    char sign;
    double value;     /* NUMBER */
    const char *text; /* NAME, VARIABLE, STRING without quotes: a copy */
    bk_where where;
} bk_maboss_token;

/* The tokens of a text in the arena, an END last.  Comments: block and line comments as
 * in C, and lines that start with a `#`.  Every character that belongs to no token is
 * told (BK_BAD_INPUT). */
bk_status bk_maboss_scan(const char *text, size_t length, const char *file,
                         bk_arena *arena, bk_diag *diag, bk_maboss_token **tokens);

typedef struct bk_maboss_case {
    bk_expr when;
    double value;
} bk_maboss_case;
typedef struct bk_maboss_value {
    bool truth; /* a condition: `when`; else cases */
    bk_expr when;
    int n;
    bk_maboss_case *cases;
} bk_maboss_value;

typedef struct bk_maboss_scope {
    bk_exprs *pool;
    bk_arena *arena;
    bk_diag *diag;
    const bk_names *levels; /* name -> symbol; NULL: no levels can stand here */
    bk_names *variables;    /* $name -> place in values */
    double *values;
    size_t n_values, values_capacity;
    /* The expression of @name here, or NULL after telling the diag; context is free. */
    const bk_maboss_token *(*attribute)(void *context, const char *name,
                                        bk_where where);
    void *context;
    bool bad, no_memory;
    int depth;
    long expanded; /* how often an @attribute was */
} bk_maboss_scope;

/* Reads one expression from *at, which moves behind it.  Problems are told once, set
 * scope->bad or no_memory, and give false. */
bool bk_maboss_evaluate(bk_maboss_scope *scope, const bk_maboss_token **at,
                        bk_maboss_value *value);
/* The same of a number or parentheses alone, as in `0.5 [1]`. */
bool bk_maboss_primary(bk_maboss_scope *scope, const bk_maboss_token **at,
                       bk_maboss_value *value);
/* As a condition; as cases; the number of one that does not depend on the state. */
bool bk_maboss_as_truth(bk_maboss_scope *scope, bk_maboss_value *value);
void bk_maboss_as_number(bk_maboss_scope *scope, bk_maboss_value *value);
bool bk_maboss_constant(bk_maboss_scope *scope, bk_maboss_value *value, bk_where where,
                        double *number);
/* Conditions with what is certain left out. */
bk_expr bk_maboss_not(bk_maboss_scope *scope, bk_expr a);
bk_expr bk_maboss_both(bk_maboss_scope *scope, bk_expr a, bk_expr b);
bk_expr bk_maboss_either(bk_maboss_scope *scope, bk_expr a, bk_expr b);
/* Of AND or OR; chains stay flat. */
bk_expr bk_maboss_join(bk_maboss_scope *scope, bk_op op, const bk_expr *parts,
                       size_t n);
/* Two numbers in the cells of both: for each cell where[i] the numbers a[i], b[i]. */
typedef struct bk_maboss_cells {
    int n;
    bk_expr *when;
    double *a, *b;
} bk_maboss_cells;
bool bk_maboss_meet(bk_maboss_scope *scope, const bk_maboss_value *a,
                    const bk_maboss_value *b, bk_where where, bk_maboss_cells *cells);
void bk_maboss_wrong(bk_maboss_scope *scope, bk_where where, const char *code,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a .cfg says, over the levels of a model under construction; see maboss_config.c
 * for the ways to say how a level starts. */
typedef struct bk_maboss_config {
    bk_maboss_scope *scope;
    bk_builder *builder;
    bk_where *started; /* [symbols] where its start was said; line 0: not yet */
    bk_run_wishes *wishes;
} bk_maboss_config;
void bk_maboss_configure(bk_maboss_config *config, const bk_maboss_token *tokens);
/* The rule of a level from its rates and logic, each NULL where the file has none. */
void bk_maboss_rule(bk_maboss_scope *scope, bk_builder *builder, int32_t symbol,
                    const bk_maboss_token *logic, const bk_maboss_token *up,
                    const bk_maboss_token *down, bk_where where);

#endif
