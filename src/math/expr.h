/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_EXPR_H
#define BK_MATH_EXPR_H

/* Expression trees in a pool.
 *
 * An expression is the number of a node in its pool; children always have smaller
 * numbers than their parent, so a loop over the pool visits children first and nothing
 * needs recursion to be safe.  Nodes are never changed, so trees may share subtrees; the
 * number of a relation (a < b) names its switch: whoever copies a condition into a
 * derivative keeps the same node and with it the same status bit.
 * Booleans are the numbers 0 and 1. */

#include "base/text.h"

#include <blockade/status.h>

typedef enum bk_op {
#define OP(name, infix, mathml, min, max, result) BK_OP_##name,
#include "math/ops.def"
    BK_OP_COUNT
} bk_op;

typedef int32_t bk_expr; /* -1: none, and what a maker returns when memory is short */
#define BK_NO_EXPR (-1)

typedef struct bk_op_info {
    const char *name, *infix, *mathml;
    int min, max;
    bool boolean;
} bk_op_info;
const bk_op_info *bk_op_about(bk_op op);
bk_op bk_op_of_mathml(const char *element); /* BK_OP_COUNT: none */
bool bk_op_is_relation(bk_op op);           /* EQ .. GEQ */

typedef struct bk_exprs bk_exprs;
bk_exprs *bk_exprs_new(void);
void bk_exprs_free(bk_exprs *pool);
bk_exprs *bk_exprs_clone(const bk_exprs *pool); /* same numbers */
int32_t bk_exprs_size(const bk_exprs *pool);

/* Makers.  An argument of -1 gives -1, so that a chain needs one check at its end. */
bk_expr bk_expr_number(bk_exprs *pool, double value);
bk_expr bk_expr_number_unit(bk_exprs *pool, double value, const char *unit);
bk_expr bk_expr_symbol(bk_exprs *pool, int32_t symbol);
bk_expr bk_expr_payload(bk_exprs *pool, bk_op op, int32_t payload, const bk_expr *args,
                        int n); /* ARGUMENT, CALL */
bk_expr bk_expr_make(bk_exprs *pool, bk_op op, const bk_expr *args, int n);
bk_expr bk_expr_0(bk_exprs *pool, bk_op op);
bk_expr bk_expr_1(bk_exprs *pool, bk_op op, bk_expr a);
bk_expr bk_expr_2(bk_exprs *pool, bk_op op, bk_expr a, bk_expr b);

bk_op bk_expr_op(const bk_exprs *pool, bk_expr e);
int bk_expr_count(const bk_exprs *pool, bk_expr e); /* number of arguments */
bk_expr bk_expr_arg(const bk_exprs *pool, bk_expr e, int i);
double bk_expr_value(const bk_exprs *pool, bk_expr e);       /* NUMBER */
const char *bk_expr_unit(const bk_exprs *pool, bk_expr e);   /* NUMBER; NULL: none */
int32_t bk_expr_payload_of(const bk_exprs *pool, bk_expr e); /* SYMBOL, ARGUMENT, CALL */
bool bk_expr_boolean(const bk_exprs *pool, bk_expr e); /* PIECEWISE: by its branches */
int bk_expr_depth(const bk_exprs *pool, bk_expr e);

/* Calls visit(context, symbol) for each distinct symbol of a tree, ascending. */
void bk_expr_symbols(const bk_exprs *pool, bk_expr e,
                     void (*visit)(void *context, int32_t symbol), void *context);
bool bk_expr_uses(const bk_exprs *pool, bk_expr e, int32_t symbol);
bool bk_expr_uses_op(const bk_exprs *pool, bk_expr e, bk_op op);

/* Copies a tree, replacing leaves: for every node, replace(context, pool of target,
 * node of source) may return a ready node of the target pool, or -1 to copy as is.
 * source may be the target; shared subtrees stay shared, an unchanged tree within one
 * pool keeps its number. */
typedef bk_expr bk_expr_replace(void *context, bk_exprs *target, const bk_exprs *source,
                                bk_expr node);
bk_expr bk_expr_rewrite(bk_exprs *target, const bk_exprs *source, bk_expr e,
                        bk_expr_replace *replace, void *context);
bk_expr bk_expr_substitute(bk_exprs *pool, bk_expr e, int32_t symbol, bk_expr with);

/* A user function: bodies[f] is its body over ARGUMENT leaves. */
typedef struct bk_function_body {
    int arguments;
    bk_expr body;
} bk_function_body;
/* Replaces every CALL by its body, calls within bodies too; functions may only call
 * functions of smaller index (readers sort them), so this ends. */
bk_expr bk_expr_inline(bk_exprs *pool, bk_expr e, const bk_function_body *functions,
                       int n);
/* Folds literals; never a symbol's value. */
bk_expr bk_expr_fold(bk_exprs *pool, bk_expr e);
/* d e / d symbol, folded.  RATE_OF and DELAY are constants here; a condition of a
 * PIECEWISE keeps its node; ABS, MIN, MAX become PIECEWISE; FLOOR, CEILING, relations
 * have derivative 0; FACTORIAL uses digamma's finite difference-free form or 0 (said). */
bk_expr bk_expr_derivative(bk_exprs *pool, bk_expr e, int32_t symbol);
bk_expr bk_expr_derivative_time(bk_exprs *pool, bk_expr e); /* explicit TIME only */

/* The value of a tree; values[] by symbol id, functions inlined before, arguments[] for
 * ARGUMENT leaves (may be NULL).  The oracle of compiled programs; slow. */
double bk_expr_evaluate(const bk_exprs *pool, bk_expr e, const double *values,
                        double time, const double *arguments);
/* The value of one operator on ready arguments: shared by folding and evaluation. */
double bk_op_apply(bk_op op, const double *args, int n);

/* Infix text.  Precedence, loosest first: || ; && ; ! ; comparisons ; + - ; * / ;
 * unary - ; ^ (right associative).  `and or xor not` and `& |` are read too; printing
 * uses the signs of ops.def with the fewest parentheses, and parse(print(e)) is e. */
typedef struct bk_naming {
    void *context;
    const char *(*symbol)(void *context, int32_t symbol);
    const char *(*function)(void *context, int32_t function); /* may be NULL */
} bk_naming;
/* ARGUMENT i prints as arguments[i] when given, else $i. */
void bk_expr_print(const bk_exprs *pool, bk_expr e, const bk_naming *naming,
                   const char *const *arguments, bk_text *text);

typedef struct bk_resolver {
    void *context;
    /* A name that is no operator or constant: return a node, or -1 after reporting. */
    bk_expr (*name)(void *context, bk_exprs *pool, const char *name, bk_where where);
    /* A call of a name that is no operator: args[n]; may be NULL (then an error). */
    bk_expr (*call)(void *context, bk_exprs *pool, const char *name, const bk_expr *args,
                    int n, bk_where where);
} bk_resolver;
/* Parses the whole of text[length]; `where` is the place of its first character.
 * Nesting over 200 is refused. */
bk_status bk_expr_parse(bk_exprs *pool, const char *text, size_t length,
                        const bk_resolver *resolver, bk_where where, bk_diag *diag,
                        bk_expr *e);

#endif
