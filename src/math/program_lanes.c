/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_lanes.h"

#include "math/pool.h"
#include "math/program_code.h"

#include <math.h>

/* In the order of bk_power_whole; n >= 1. */
static inline __attribute__((always_inline)) void
power_whole(bk_lanes *to, const bk_lanes *base, int n)
{
    bk_lanes square = *base;
    bk_lanes result = square;
    bool begun = false;
    for (; n > 0; n >>= 1) {
        if ((n & 1) != 0) {
            result = begun ? result * square : square;
            begun = true;
        }
        square *= square;
    }
    *to = result;
}

static inline __attribute__((always_inline)) void
power(bk_lanes *to, const bk_lanes *base, const bk_lanes *exponent)
{
    const double first = (*exponent)[0];
    const bool small =
        first >= 1.0 && first <= BK_MOST_WHOLE_POWER && first == (double)(int)first;
    /* in halves: any lane that differs from the first */
    bk_lane_mask other = *exponent != (bk_lanes){0} + first;
    other |= __builtin_shufflevector(other, other, 4, 5, 6, 7, 0, 1, 2, 3);
    other |= __builtin_shufflevector(other, other, 2, 3, 0, 1, 2, 3, 0, 1);
    if (small && (other[0] | other[1]) == 0) {
        if (first == 3.0) {
            *to = *base * (*base * *base); /* the commonest, as in bk_power */
        } else {
            power_whole(to, base, (int)first);
        }
        return;
    }
    bk_lanes made = *base;
    for (int k = 0; k < BK_LANE_COUNT; k++) {
        made[k] = bk_power((*base)[k], (*exponent)[k]);
    }
    *to = made;
}

#define RUN run_plain
#include "math/program_lanes_run.h"
#undef RUN

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#pragma GCC push_options
#pragma GCC target("avx2")
#define RUN run_avx2
#include "math/program_lanes_run.h"
#undef RUN
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq")
#define RUN run_avx512
#include "math/program_lanes_run.h"
#undef RUN
#pragma GCC pop_options
#else
#define run_avx2 run_plain
#define run_avx512 run_plain
#endif

bk_program_lanes_run *bk_program_lanes_pick(bk_lane_kind set)
{
    static bk_program_lanes_run *const kernels[] = {run_plain, run_avx2, run_avx512};
    return kernels[set];
}

void bk_program_lanes_prepare(const bk_program *program, bk_lanes *slots)
{
    const int32_t first = program->symbols + program->extra;
    for (int32_t k = 0; k < program->n_constants; k++) {
        slots[first + k] = (bk_lanes){0} + program->constants[k];
    }
}
