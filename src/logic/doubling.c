/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/doubling.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* The largest rate by the shortest time: the fourth term of the series is below 1e-16 of
 * the first. */
static const double shortest = 1e-5;

int bk_doubling_steps(double largest, double time)
{
    const double moves = largest * time / shortest;
    return moves > 1.0 ? (int)ceil(log2(moves)) : 0;
}

/* out = a b, [n][n] */
static void multiply(size_t n, const double *a, const double *b, double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        double *const row = out + i * n;
        for (size_t k = 0; k < n; k++) {
            const double factor = a[i * n + k];
            const double *const other = b + k * n;
            for (size_t j = 0; j < n && (factor < 0.0 || factor > 0.0); j++) {
                row[j] += factor * other[j];
            }
        }
    }
}

/* The diagonal is minus the rest of its row. */
static void balance(size_t n, double *matrix)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += j != i ? matrix[i * n + j] : 0.0;
        }
        matrix[i * n + i] = -sum;
    }
}

/* d = A + A A / 2 + A A A / 6 and s = 1 + A / 2 + A A / 6 + A A A / 24, A in d. */
static void begin(size_t n, double *d, double *s, double *squared, double *cubed)
{
    multiply(n, d, d, squared);
    multiply(n, squared, d, cubed);
    for (size_t i = 0; i < n * n; i++) {
        s[i] =
            d[i] / 2 + squared[i] / 6 + cubed[i] / 24 + (i % (n + 1) == 0 ? 1.0 : 0.0);
        d[i] += squared[i] / 2 + cubed[i] / 6;
    }
    balance(n, d);
}

/* d = 2 d + d d without its diagonal, whose terms go first to the others. */
static void double_change(size_t n, double *d, double *diagonal, double *product)
{
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = d[i * (n + 1)];
        d[i * (n + 1)] = 0.0;
    }
    multiply(n, d, d, product);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double *const here = &d[i * n + j];
            *here = *here * (2.0 + diagonal[i] + diagonal[j]) + product[i * n + j];
        }
    }
    balance(n, d);
}

bk_status bk_doubling_make(uint32_t n, const double *rate, double time,
                           bk_doubling *doubling)
{
    const size_t size = (size_t)n * n;
    *doubling = (bk_doubling){.n = n, .time = time};
    doubling->room = bk_alloc((4 * size + n + 1) * sizeof *doubling->room);
    if (doubling->room == NULL) {
        return BK_NO_MEMORY;
    }
    double *const d = doubling->change = doubling->room;
    double *const s = doubling->stay = d + size;
    double *const product = s + size;
    double *const other = product + size;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += rate[i * n + j];
        }
        largest = fmax(largest, sum);
    }
    const int steps = bk_doubling_steps(largest, time);
    for (size_t i = 0; i < size; i++) {
        d[i] = ldexp(rate[i] * time, -steps);
    }
    balance(n, d);
    begin(n, d, s, product, other);
    for (int step = 0; step < steps; step++) {
        multiply(n, d, s, product);
        for (size_t i = 0; i < size; i++) {
            s[i] += product[i] / 2;
        }
        double_change(n, d, other + size, product);
    }
    return BK_OK;
}

void bk_doubling_free(bk_doubling *doubling)
{
    bk_free(doubling->room);
    *doubling = (bk_doubling){0};
}

void bk_doubling_apply(const bk_doubling *doubling, double *p, double *mean,
                       double *next)
{
    const size_t n = doubling->n;
    for (size_t j = 0; j < n; j++) {
        double here = p[j] * (1.0 + doubling->change[j * (n + 1)]);
        double stays = 0.0;
        for (size_t i = 0; i < n; i++) {
            here += i != j ? p[i] * doubling->change[i * n + j] : 0.0;
            stays += p[i] * doubling->stay[i * n + j];
        }
        next[j] = here;
        if (mean != NULL) {
            mean[j] = stays;
        }
    }
    memcpy(p, next, n * sizeof *p);
}
