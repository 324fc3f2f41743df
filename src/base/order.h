/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_ORDER_H
#define BK_BASE_ORDER_H

/* Numbers in ascending order, for qsort. */

#include <stdint.h>

static inline int bk_int_ascending(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static inline int bk_double_ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
