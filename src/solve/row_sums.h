/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_ROW_SUMS_H
#define BK_SOLVE_ROW_SUMS_H

/* A sparse matrix times a vector, eight rows side by side in wide registers: rows of about
 * one length stand in a block, and the shorter ones of it are filled up with zeros (sliced
 * ELLPACK: Monakov, Lokhmotov and Avetisyan 2010, doi:10.1007/978-3-642-11515-8_10).
 * Every row is summed in its own order and nothing is fused, so that all instruction sets,
 * and a plain loop over the row, give the same bits. */

#include <blockade/status.h>

typedef struct bk_row_sums bk_row_sums;

/* Row i is the sum over k from starts[i] to starts[i + 1] - 1 of weights[k] times
 * values[sources[k]].  NULL, with BK_OK: the rows are too few or too short to gain. */
bk_status bk_row_sums_new(int32_t rows, const int32_t *starts, const int32_t *sources,
                          bk_row_sums **sums);
void bk_row_sums_free(bk_row_sums *sums);
void bk_row_sums_weigh(bk_row_sums *sums, const double *weights); /* all of them */
void bk_row_sums_weigh_one(bk_row_sums *sums, int32_t k, double weight);
void bk_row_sums_run(const bk_row_sums *sums, const double *values, double *to);

#endif
