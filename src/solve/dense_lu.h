/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_DENSE_LU_H
#define BK_SOLVE_DENSE_LU_H

/* Dense LU without pivoting, columns `stride` apart (a multiple of 8, rows beyond n
 * zero), in the widest vectors that this machine has. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bk_dense_lu {
    const char *name;
    /* pivots [n] gets their inverses; false: one is zero, not finite or less than `least`
     * times the largest entry of its column. */
    bool (*factor)(int32_t n, double *a, size_t stride, double *pivots, double least);
    /* x[n], with room up to the stride. */
    void (*solve)(int32_t n, const double *a, size_t stride, const double *pivots,
                  double *x);
} bk_dense_lu;

const bk_dense_lu *bk_dense_lu_pick(void);

#endif
