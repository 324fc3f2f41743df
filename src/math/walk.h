/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_WALK_H
#define BK_MATH_WALK_H

/* The nodes of a tree, each once, children before parents, at the cost of the tree
 * and not of its pool.  Whatever works on a tree loops over its walk and keeps its
 * results in arrays beside it.  Small trees (nearly all) need no memory. */

#include "math/pool.h"

enum { BK_WALK_SMALL = 64 };

typedef struct bk_walk_entry {
    bk_expr node; /* -1: free */
    int32_t place;
} bk_walk_entry;

typedef struct bk_walk {
    bk_expr *nodes; /* ascending */
    int32_t n;
    int most; /* the largest number of arguments of a node */
    size_t capacity;
    bk_walk_entry *table; /* [2 * capacity] */
    bk_expr small_nodes[BK_WALK_SMALL];
    bk_walk_entry small_table[2 * BK_WALK_SMALL];
} bk_walk;

/* False: memory is short, and nothing is left to end. */
bool bk_walk_start(bk_walk *walk, const bk_exprs *pool, bk_expr e);
/* The nodes of several trees together; n >= 1. */
bool bk_walk_start_all(bk_walk *walk, const bk_exprs *pool, const bk_expr *roots,
                       int n);
void bk_walk_end(bk_walk *walk);
/* The index in nodes of a node of the tree. */
int32_t bk_walk_place(const bk_walk *walk, bk_expr node);

#endif
