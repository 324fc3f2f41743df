/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_MARKOWITZ_H
#define BK_SOLVE_MARKOWITZ_H

/* An order of elimination for an unsymmetric pattern, pivots on the diagonal (which counts as
 * there): each time one whose row and column have the smallest product of entries left
 * (Markowitz 1957, doi:10.1287/mnsc.3.3.255), the fill of those before included.  AMD, on
 * the pattern of A + A', is faster and fills in more where rows and columns differ, as they
 * do in reactions that run one way.
 *
 * order [n]; entries: of L and U without the diagonal; products: multiplications by which
 * elimination takes its pivots' rows from others.  Works on squares of bits: a
 * millisecond for 770 variables of a network.  BK_UNSUPPORTED: n is above BK_MARKOWITZ_MOST. */

#include <blockade/status.h>

enum { BK_MARKOWITZ_MOST = 2048 };

bk_status bk_markowitz(int32_t n, const int32_t *starts, const int32_t *rows,
                       int32_t *order, int64_t *entries, int64_t *products);

#endif
