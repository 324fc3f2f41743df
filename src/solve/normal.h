/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_NORMAL_H
#define BK_SOLVE_NORMAL_H

/* The standard normal distribution and points that fill space evenly: the fence round
 * GSL's (Wichura 1988, doi:10.2307/2347330; Halton 1964, doi:10.1145/355588.365104). */

#include <blockade/status.h>

/* Below which a share p of the distribution lies; 0 < p < 1. */
double bk_normal_quantile(double p);
/* The first n points of the Halton sequence, each coordinate a quantile of it: z
 * [n * dimension], point by point; dimension at most 40. */
bk_status bk_normal_points(unsigned dimension, size_t n, double *z);

#endif
