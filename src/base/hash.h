/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_HASH_H
#define BK_BASE_HASH_H

/* Of keys of words, for tables whose slots are a power of two: every bit of the key reaches
 * the lowest bits of the hash. */

#include <stddef.h>
#include <stdint.h>

static inline size_t bk_hash_words(const uint64_t *key, size_t words)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = 0;
    for (size_t i = 0; i < words; i++) {
        h = (h ^ key[i]) * odd;
        h ^= h >> 32;
    }
    /* once more: the highest bits of the last word are not in the lowest of h yet */
    h *= odd;
    return (size_t)(h ^ h >> 32);
}

#endif
