/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_COMBINE_H
#define BK_SOLVE_COMBINE_H

/* Linear combinations of vectors, in the widest registers that this machine has: the same
 * bits on all, since every sum is taken in the order of its columns and nothing is fused
 * (-std=c11). */

#include <stddef.h>

/* to = from + sum of shares[j] times column j, for j < count; columns are n long, one after
 * the other.  to may be from. */
typedef void bk_combine(double *to, const double *from, const double *columns, size_t n,
                        const double *shares, int count);
bk_combine *bk_combine_pick(void);

#endif
