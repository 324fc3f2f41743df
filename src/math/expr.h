/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_EXPR_H
#define BK_MATH_EXPR_H

/* Expression trees in a pool.
 *
 * An expression is the number of a node in its pool; children always have smaller
 * numbers than their parent, so a loop over the pool visits children first and nothing
 * needs recursion to be safe.  Nodes are never changed, so trees may share subtrees;
 * the number of a relation (a < b) names its switch: whoever copies a condition into a
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
bool bk_op_is_relation(bk_op op); /* EQ .. GEQ */
bool bk_op_is_draw(bk_op op);     /* NORMAL .. RAYLEIGH: op - BK_OP_NORMAL says which */

typedef struct bk_exprs bk_exprs;
bk_exprs *bk_exprs_new(void);
void bk_exprs_free(bk_exprs *pool);
bk_exprs *bk_exprs_clone(const bk_exprs *pool); /* same numbers */
int32_t bk_exprs_size(const bk_exprs *pool);

/* Makers.  An argument of -1 gives -1, so that a chain needs one check at its end; so
 * does a number of arguments that ops.def does not allow.  O(n) in the arguments. */
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
double bk_expr_value(const bk_exprs *pool, bk_expr e);     /* NUMBER */
const char *bk_expr_unit(const bk_exprs *pool, bk_expr e); /* NUMBER; NULL: none */
int32_t bk_expr_payload_of(const bk_exprs *pool,
                           bk_expr e);                 /* SYMBOL, ARGUMENT, CALL */
bool bk_expr_boolean(const bk_exprs *pool, bk_expr e); /* PIECEWISE: by its branches */
int bk_expr_depth(const bk_exprs *pool, bk_expr e);    /* of a leaf 1 */

/* What works on a tree costs the size of the tree, shared subtrees counted once, and
 * not that of its pool; nothing recurses.  The questions below cannot fail: short
 * of memory they fall back on a slower way. */

/* Calls visit(context, symbol) for each distinct symbol of a tree, ascending. */
void bk_expr_symbols(const bk_exprs *pool, bk_expr e,
                     void (*visit)(void *context, int32_t symbol), void *context);
/* The same in an order that the shape of the tree gives, whatever the numbers of the
 * symbols; ascending when memory is short. */
void bk_expr_symbols_as_met(const bk_exprs *pool, bk_expr e,
                            void (*visit)(void *context, int32_t symbol),
                            void *context);
bool bk_expr_uses(const bk_exprs *pool, bk_expr e, int32_t symbol);
bool bk_expr_uses_op(const bk_exprs *pool, bk_expr e, bk_op op);

/* Copies a tree, replacing leaves: for every node, replace(context, pool of target,
 * node of source) may return a ready node of the target pool, or -1 to copy as is.
 * source may be the target; shared subtrees stay shared, an unchanged tree within one
 * pool keeps its number.  Parents are asked before children, and nothing under a
 * replaced node is asked for.  A maker that ran out of memory within replace makes the
 * whole fail (-1). */
typedef bk_expr bk_expr_replace(void *context, bk_exprs *target, const bk_exprs *source,
                                bk_expr node);
bk_expr bk_expr_rewrite(bk_exprs *target, const bk_exprs *source, bk_expr e,
                        bk_expr_replace *replace, void *context);

/* A user function: bodies[f] is its body over ARGUMENT leaves. */
typedef struct bk_function_body {
    int arguments;
    bk_expr body;
} bk_function_body;
/* Replaces every CALL by its body, calls within bodies too; functions may only call
 * functions of smaller index (readers sort them), so this ends.  A call of a function
 * without body becomes NOTANUMBER.  -1 also for a call that breaks the order, and when
 * the result would have over 8 million nodes (functions that double at every level). */
bk_expr bk_expr_inline(bk_exprs *pool, bk_expr e, const bk_function_body *functions,
                       int n);
/* Folds literals; never a symbol's value.  Values stay the same to the last bit (but
 * for the sign of a zero): nothing is reassociated, and 0 * x stays. */
bk_expr bk_expr_fold(bk_exprs *pool, bk_expr e);
/* Makes equal subtrees of the n trees one: exprs[] become trees of the same values that
 * share whatever they have in common, equal relations and with them their switches
 * included; units of numbers do not tell them apart.  False: memory is short, or was when
 * one of them was made (-1); exprs[] as before. */
bool bk_expr_share(bk_exprs *pool, bk_expr *exprs, int n);
/* d e / d symbol, folded (0 * x is 0 here); functions inlined before.  RATE_OF, DELAY
 * and ARGUMENT are constants; a condition of a PIECEWISE keeps its node; ABS, MIN, MAX
 * become PIECEWISE; FLOOR, CEILING, QUOTIENT, relations and logic have derivative 0;
 * FACTORIAL is that of the gamma function for x >= 0.  x^p by p is 0 where x is 0.
 * Shares subtrees with e: its size is proportional to that of e.  Fold e before, not
 * the result: folding a condition makes a new node and with it a new switch. */
bk_expr bk_expr_derivative(bk_exprs *pool, bk_expr e, int32_t symbol);
bk_expr bk_expr_derivative_time(bk_exprs *pool, bk_expr e); /* explicit TIME only */

/* The value of a tree; values[] by symbol id, functions inlined before, arguments[] for
 * ARGUMENT leaves (may be NULL).  The oracle of compiled programs, equal to them to the
 * last bit; slow.  NaN for CALL, RATE_OF, a draw, a delay that is not 0, and when memory is
 * short. */
double bk_expr_evaluate(const bk_exprs *pool, bk_expr e, const double *values,
                        double time, const double *arguments);
/* The value of one operator on ready arguments: shared by folding and evaluation.
 * Sums and products go from left to right; x^n with n = 1..8 is by multiplication;
 * 0^0 = 1; root of odd degree takes negative numbers; rem has the sign of the dividend,
 * quotient truncates; min and max of a NaN are NaN; nonzero is true; and() = plus() + 1
 * = times() = 1, or() = xor() = 0; piecewise without a true condition is NaN. */
double bk_op_apply(bk_op op, const double *args, int n);

/* Infix text.  Precedence, loosest first: || ; xor ; && ; ! ; comparisons ; + - ; * / ;
 * unary - ; ^ (right associative).  `and or xor not` and `& |` are read too; printing
 * uses the signs of ops.def with the fewest parentheses (but !(a < b)), and
 * parse(print(e)) is e: n-ary sums, numbers below zero (-3 is a number, -(3) a NEGATE),
 * units (3{mole}), infinite numbers (1e999).  Operators without a sign, and sums and
 * the like of less than two operands, are written as functions by infix or MathML name:
 * plus(a), xor(a, b).  Also read: sqrt, log(x) and log10 (both decimal), log2, pow,
 * asin
 * ... atanh; a < b < c as a < b && b < c.  Names are letters, digits, _ and dots;
 * others, and names taken by a word above, go between `back quotes` (one inside is
 * doubled). */
typedef struct bk_naming {
    void *context;
    const char *(*symbol)(void *context, int32_t symbol);
    const char *(*function)(void *context, int32_t function); /* may be NULL */
} bk_naming;
/* ARGUMENT i prints as arguments[i] when given, else $i; without naming (NULL) symbols
 * are s0, s1 ..., functions f0, f1 .... */
void bk_expr_print(const bk_exprs *pool, bk_expr e, const bk_naming *naming,
                   const char *const *arguments, bk_text *text);

typedef struct bk_resolver {
    void *context;
    /* A name that is no operator or constant: return a node, or -1 after reporting. */
    bk_expr (*name)(void *context, bk_exprs *pool, const char *name, bk_where where);
    /* A call of a name that is no operator: args[n]; may be NULL (then an error). */
    bk_expr (*call)(void *context, bk_exprs *pool, const char *name,
                    const bk_expr *args, int n, bk_where where);
} bk_resolver;
/* Parses the whole of text[length]; `where` is the place of its first character.
 * Nesting over 200 is refused; chains (a - b - c ...) do not nest, yet make deep trees.
 * Unknown names are all reported, of syntax errors the first. */
bk_status bk_expr_parse(bk_exprs *pool, const char *text, size_t length,
                        const bk_resolver *resolver, bk_where where, bk_diag *diag,
                        bk_expr *e);

#endif
