/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/dense_lu.h"

#include <math.h>

/* Four pivots at a time: their panel is factored, then every later column is updated by
 * all four in one pass, which divides the traffic to memory by four.  The same text is
 * compiled for three instruction sets; contraction to fused operations is off (-std=c11),
 * so the results are equal. */

enum { WIDE = 8, PANEL = 4 };

typedef double wide
    __attribute__((vector_size(WIDE * sizeof(double)), aligned(8), may_alias));

#define KERNEL static inline __attribute__((always_inline))

/* to[i] -= sum_k l[k][i] * u[k] for first <= i < stride. */
KERNEL void update(double *restrict to, const double *restrict const l[PANEL],
                   const double u[PANEL], size_t first, size_t stride)
{
    size_t i = first;
    for (; i < stride && i % WIDE != 0; i++) {
        to[i] =
            to[i] - l[0][i] * u[0] - l[1][i] * u[1] - l[2][i] * u[2] - l[3][i] * u[3];
    }
    for (; i < stride; i += WIDE) {
        wide *const t = (wide *)(to + i);
        *t = *t - *(const wide *)(l[0] + i) * u[0] - *(const wide *)(l[1] + i) * u[1] -
             *(const wide *)(l[2] + i) * u[2] - *(const wide *)(l[3] + i) * u[3];
    }
}

/* to[i] -= l[i] * u for first <= i < stride. */
KERNEL void update_one(double *restrict to, const double *restrict l, double u,
                       size_t first, size_t stride)
{
    size_t i = first;
    for (; i < stride && i % WIDE != 0; i++) {
        to[i] -= l[i] * u;
    }
    for (; i < stride; i += WIDE) {
        *(wide *)(to + i) -= *(const wide *)(l + i) * u;
    }
}

KERNEL bool scale_column(double *restrict column, size_t k, size_t n, double *inverse,
                         double least)
{
    const double pivot = column[k];
    double largest = 0.0;
    *inverse = 1.0 / pivot;
    for (size_t i = k + 1; i < n; i++) {
        largest = fabs(column[i]) > largest ? fabs(column[i]) : largest;
        column[i] *= *inverse;
    }
    return pivot != 0.0 && fabs(pivot) >= least * largest && isfinite(*inverse) &&
           isfinite(largest);
}

KERNEL bool factor(int32_t size, double *restrict a, size_t stride, double *pivots,
                   double least)
{
    const size_t n = (size_t)size;
    bool healthy = true;
    for (size_t k = 0; k < n && healthy; k += PANEL) {
        const size_t end = k + PANEL < n ? k + PANEL : n;
        const double *restrict l[PANEL] = {a, a, a, a};
        for (size_t c = k; c < end; c++) {
            for (size_t b = k; b < c; b++) {
                update_one(a + c * stride, a + b * stride, a[c * stride + b], b + 1,
                           stride);
            }
            healthy = scale_column(a + c * stride, c, n, &pivots[c], least) && healthy;
            l[c - k] = a + c * stride;
        }
        for (size_t j = end; j < n; j++) {
            double *const column = a + j * stride;
            for (size_t b = k; b < end; b++) {
                for (size_t i = b + 1; i < end; i++) {
                    column[i] -= a[b * stride + i] * column[b];
                }
            }
            /* a short last panel has no columns after it */
            update(column, l, column + k, end, stride);
        }
    }
    return healthy;
}

KERNEL void solve(int32_t size, const double *restrict a, size_t stride,
                  const double *restrict pivots, double *restrict x)
{
    const size_t n = (size_t)size;
    for (size_t j = 0; j < n; j++) {
        update_one(x, a + j * stride, x[j], j + 1, stride);
    }
    for (size_t j = n; j-- > 0;) {
        const double *const column = a + j * stride;
        x[j] *= pivots[j];
        const double value = x[j];
        size_t i = 0;
        for (; i + WIDE <= j; i += WIDE) {
            *(wide *)(x + i) -= *(const wide *)(column + i) * value;
        }
        for (; i < j; i++) {
            x[i] -= column[i] * value;
        }
    }
}

#define VARIANT(suffix, attribute)                                                     \
    attribute static bool factor_##suffix(int32_t n, double *a, size_t stride,         \
                                          double *pivots, double least)                \
    {                                                                                  \
        return factor(n, a, stride, pivots, least);                                    \
    }                                                                                  \
    attribute static void solve_##suffix(int32_t n, const double *a, size_t stride,    \
                                         const double *pivots, double *x)              \
    {                                                                                  \
        solve(n, a, stride, pivots, x);                                                \
    }                                                                                  \
    static const bk_dense_lu dense_##suffix = {#suffix, factor_##suffix,               \
                                               solve_##suffix};

VARIANT(plain, )
#if defined __x86_64__ && defined __GNUC__
VARIANT(avx2, __attribute__((target("avx2"))))
VARIANT(avx512, __attribute__((target("avx512f"))))
#endif

const bk_dense_lu *bk_dense_lu_pick(void)
{
#if defined __x86_64__ && defined __GNUC__
    if (__builtin_cpu_supports("avx512f")) {
        return &dense_avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return &dense_avx2;
    }
#endif
    return &dense_plain;
}
