/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_DD_TABLE_H
#define BK_MODEL_DD_TABLE_H

/* The nodes while decision diagrams are made: each function stands once, so that equal
 * functions have equal numbers, and if-then-else remembers what it was asked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bk_dd_asked {
    int32_t f, g, h, result; /* f -1: free */
} bk_dd_asked;

typedef struct bk_dd_table {
    const int32_t *levels; /* [variables] */
    int32_t terminals;
    int32_t most; /* nodes */
    int32_t n;
    int32_t *variable, *first; /* by node; variable INT32_MAX for terminals */
    size_t variable_capacity, first_capacity;
    int32_t *children;
    size_t n_children, children_capacity;
    int32_t *slots; /* hash table of nodes; -1: free */
    size_t n_slots;
    bk_dd_asked *asked; /* hash table */
    size_t n_asked, asked_slots;
    int32_t *stack; /* children being made, and conditions being joined */
    size_t depth, stack_capacity;
    bool no_memory, full;
} bk_dd_table;

/* levels must outlive the table.  False: no memory, nothing to end. */
bool bk_dd_table_start(bk_dd_table *table, const int32_t *levels, int32_t terminals,
                       int32_t most);
void bk_dd_table_end(bk_dd_table *table);

/* All of these give -1 when memory is short or the table is full (the flags tell), and
 * when an argument is -1. */
int32_t bk_dd_node(bk_dd_table *table, int32_t variable, const int32_t *children);
/* f must be 0 or 1 everywhere: where it is 1 the result is g, elsewhere h. */
int32_t bk_dd_ite(bk_dd_table *table, int32_t f, int32_t g, int32_t h);
bool bk_dd_push(bk_dd_table *table, int32_t value);

#endif
