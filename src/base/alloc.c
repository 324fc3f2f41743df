/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The only global state of this room: the hook must catch allocations of every thread
 * and of code that knows nothing of tests. */
static atomic_long fail_after = -1;
static atomic_long passed = 0;

static bool allowed(void)
{
    long left = atomic_load_explicit(&fail_after, memory_order_relaxed);
    while (left >= 0) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1)) {
            if (left == 0) {
                return false;
            }
            break;
        }
    }
    atomic_fetch_add_explicit(&passed, 1, memory_order_relaxed);
    return true;
}

long bk_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n < 0 ? -1 : n);
    return atomic_exchange(&passed, 0);
}

void *bk_alloc(size_t size)
{
    if (size > PTRDIFF_MAX || !allowed()) {
        return NULL;
    }
    return malloc(size > 0 ? size : 1);
}

void *bk_alloc_zero(size_t count, size_t size)
{
    if ((size > 0 && count > PTRDIFF_MAX / size) || !allowed()) {
        return NULL;
    }
    const size_t total = count * size;
    return calloc(total > 0 ? total : 1, 1);
}

void *bk_realloc(void *old, size_t size)
{
    if (size > PTRDIFF_MAX || !allowed()) {
        return NULL;
    }
    return realloc(old, size > 0 ? size : 1);
}

void bk_free(void *memory)
{
    free(memory);
}

bool bk_grow(void *array_pointer, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity) {
        return true;
    }
    size_t more = *capacity < 8 ? 8 : *capacity;
    while (more < need) {
        if (more > SIZE_MAX / 2) {
            return false;
        }
        more *= 2;
    }
    if (size > 0 && more > PTRDIFF_MAX / size) {
        return false;
    }
    /* Copied, because the caller's pointer is a T *, not a void *. */
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = bk_realloc(array, more * size);
    if (array == NULL) {
        return false;
    }
    memcpy(array_pointer, &array, sizeof array);
    *capacity = more;
    return true;
}
