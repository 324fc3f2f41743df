/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_ALLOC_H
#define BK_BASE_ALLOC_H

/* The one door to the heap.  All memory of the library passes here, so that tests can
 * make the n-th allocation fail.  Sizes of zero give a valid pointer. */

#include <stdbool.h>
#include <stddef.h>

void *bk_alloc(size_t size); /* not cleared; NULL when memory is short */
void *bk_alloc_zero(size_t count, size_t size); /* cleared; NULL on overflow too */
void *bk_realloc(void *old, size_t size);       /* old stays valid on failure */
void bk_free(void *memory);                     /* NULL is fine */

/* Makes room for `need` elements of `size` bytes in a growing array: *array and
 * *capacity (in elements) change, doubling.  False when memory is short. */
bool bk_grow(void *array_pointer, size_t *capacity, size_t need, size_t size);

/* Test hook: the allocation after the next `n` fails, once (n = 0: the next one); -1
 * switches the hook off.  Returns how many allocations passed since the last call. */
long bk_alloc_fail_after(long n);

#endif
