/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/combine.h"

enum { WIDE = 8 };

typedef double wide
    __attribute__((vector_size(WIDE * sizeof(double)), aligned(8), may_alias));

static inline __attribute__((always_inline)) void
combine(double *to, const double *from, const double *columns, size_t n,
        const double *shares, int count)
{
    size_t i = 0;
    for (; i + WIDE <= n; i += WIDE) {
        wide sum = *(const wide *)(from + i);
        for (int j = 0; j < count; j++) {
            sum += shares[j] * *(const wide *)(columns + (size_t)j * n + i);
        }
        *(wide *)(to + i) = sum;
    }
    for (; i < n; i++) {
        double sum = from[i];
        for (int j = 0; j < count; j++) {
            sum += shares[j] * columns[(size_t)j * n + i];
        }
        to[i] = sum;
    }
}

#define VARIANT(suffix, attribute)                                                     \
    attribute static void combine_##suffix(double *to, const double *from,             \
                                           const double *columns, size_t n,            \
                                           const double *shares, int count)            \
    {                                                                                  \
        combine(to, from, columns, n, shares, count);                                  \
    }

VARIANT(plain, )
#if defined __x86_64__ && defined __GNUC__
VARIANT(avx2, __attribute__((target("avx2"))))
VARIANT(avx512, __attribute__((target("avx512f"))))
#endif

bk_combine *bk_combine_pick(void)
{
#if defined __x86_64__ && defined __GNUC__
    if (__builtin_cpu_supports("avx512f")) {
        return combine_avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return combine_avx2;
    }
#endif
    return combine_plain;
}
