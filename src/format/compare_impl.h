/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_COMPARE_IMPL_H
#define BK_FORMAT_COMPARE_IMPL_H

/* Two functions that are compared, over the regulators of both. */

#include "format/truth.h"

typedef struct bk_pair {
    bk_truth a, b;
    int32_t *joint; /* regulators of both, as symbols of model a; ascending */
    int32_t *max;   /* their highest levels */
    int32_t *first; /* [n + 1] their planes */
    int32_t n;
    int32_t *map_a, *map_b; /* own plane -> joint plane */
    uint64_t *planes, *own, *result_a, *result_b;
} bk_pair;

/* Whether the functions differ, by decision diagram: *differ, and if so a state that
 * shows it, level[n].  a_of_b: symbols of the second model as symbols of the first.
 * BK_UNSUPPORTED when the diagram is too large. */
bk_status bk_pair_differ(const bk_pair *pair, const int32_t *a_of_b, bool *differ,
                         int32_t *level);

#endif
