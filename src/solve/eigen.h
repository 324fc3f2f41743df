/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_EIGEN_H
#define BK_SOLVE_EIGEN_H

/* Eigenvalues of a real matrix without symmetry: the fence round GSL's (balanced, by
 * Hessenberg form and Francis's QR steps; Golub and Van Loan, Matrix Computations). */

#include <blockade/status.h>

/* matrix [n * n] by rows, destroyed; re and im [n], conjugate pairs side by side.
 * BK_NUMERICAL: not finite, or no convergence.  O(n^3). */
bk_status bk_eigenvalues(int32_t n, double *matrix, double *re, double *im);

#endif
