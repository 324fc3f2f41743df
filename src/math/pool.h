/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_POOL_H
#define BK_MATH_POOL_H

/* The inside of an expression pool: one array of 16-byte nodes.  One or two arguments
 * stand in the node, more in a second array.  Nodes are numbers, so both arrays may
 * move while they grow: keep no pointer into them across a maker. */

#include "base/arena.h"
#include "base/names.h"
#include "math/expr.h"

typedef struct bk_node {
    uint32_t op : 7, boolean : 1, depth : 24;
    int32_t count; /* arguments; NUMBER: 1 + its unit, or 0 */
    union {
        double value;    /* NUMBER */
        bk_expr args[2]; /* up to two arguments */
        struct {
            int32_t first;   /* in pool->args: three or more arguments, and any CALL */
            int32_t payload; /* SYMBOL, ARGUMENT, CALL */
        } far;
    } as;
} bk_node;

/* Questions about a tree cannot fail, so they keep a bit for every node in reserve for
 * the day when memory is short.  Pools are read by many threads: the bits are locked.
 */
typedef struct bk_spare bk_spare;

struct bk_exprs {
    bk_node *nodes;
    bk_expr *args;
    size_t n_nodes, nodes_capacity;
    size_t n_args, args_capacity;
    bk_names *unit_numbers;
    bk_arena *unit_texts;
    const char **units;
    size_t n_units, units_capacity;
    bk_spare *spare;
    uint32_t failures; /* how many makers ran out of memory */
};

bool bk_spare_reserve(bk_exprs *pool, size_t nodes);
void bk_spare_free(bk_exprs *pool);
/* The smallest symbol above `after` in a tree, or -1.  O(pool). */
int32_t bk_spare_next_symbol(const bk_exprs *pool, bk_expr e, int32_t after);
bool bk_spare_uses_op(const bk_exprs *pool, bk_expr e, bk_op op);

static inline int bk_node_count(const bk_node *node)
{
    return node->op == BK_OP_NUMBER ? 0 : node->count;
}

/* The arguments of a node; valid until the next maker. */
static inline const bk_expr *bk_node_args(const bk_exprs *pool, const bk_node *node)
{
    return node->count > 2 || node->op == BK_OP_CALL ? pool->args + node->as.far.first
                                                     : node->as.args;
}

/* NUMBER, PI, TRUE ...: a leaf whose value is known. */
bool bk_expr_literal(const bk_exprs *pool, bk_expr e, double *value);
/* A node of the target pool like a node of the source pool, with other arguments. */
bk_expr bk_expr_copy_node(bk_exprs *target, const bk_exprs *source, bk_expr node,
                          const bk_expr *args);
/* The slope of an operator of one argument as infix text, x the argument, e the whole;
 * NULL: none, or it is 0.  The one of the factorial is e psi(x + 1), psi by its
 * recurrence and asymptotic series (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18), good
 * to 1e-12 for x >= 0. */
const char *bk_slope_text(bk_op op);
/* x^y; small whole exponents by multiplication, here and in programs alike. */
double bk_power_any(double x, double y);
double bk_power_whole(double x, int n); /* 1 <= n <= BK_MOST_WHOLE_POWER */
enum { BK_MOST_WHOLE_POWER = 8 };
static inline double bk_power(double x, double y)
{
    /* the commonest Hill exponents and their slopes, in the order of bk_power_whole */
    return y == 3.0 ? x * (x * x) : y == 2.0 ? x * x : bk_power_any(x, y);
}

#endif
