/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_NULL_SPACE_H
#define BK_MODEL_NULL_SPACE_H

/* The left null space of a sparse matrix of whole numbers, exact.
 *
 * Columns come one after the other and are brought into echelon form without fractions;
 * the pivot of a column is its first row.  Each row that is no pivot in the end gives one
 * vector, by substitution from the last pivot to the first: with the rows that many
 * columns have put last, their sums are short and seldom have negative numbers.  Vectors
 * that do are then added to others, where that leaves fewer of them. */

#include <blockade/status.h>

typedef struct bk_null_entry {
    int32_t row;
    int64_t number;
} bk_null_entry;

typedef struct bk_null_vector {
    bk_null_entry *entries; /* rows ascending, no zeros, no common factor */
    int32_t n;
} bk_null_vector;

typedef struct bk_null_space bk_null_space;

bk_null_space *bk_null_space_new(int32_t rows); /* NULL: memory */
void bk_null_space_free(bk_null_space *space);
/* Rows ascending, each once, no zeros.  BK_NUMERICAL: a number does not fit in 64 bits. */
bk_status bk_null_space_add(bk_null_space *space, const bk_null_entry *column,
                            int32_t n);
/* A basis, of as many vectors as rows are not independent; they belong to the space. */
bk_status bk_null_space_solve(bk_null_space *space, const bk_null_vector **vectors,
                              int32_t *n);
/* The largest number that divides both. */
int64_t bk_null_common(int64_t a, int64_t b);

#endif
