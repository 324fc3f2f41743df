/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_RANDOM_H
#define BK_BASE_RANDOM_H

/* Counter-based random streams: a stream is (seed, content, replicate) and nothing
 * else, so results do not depend on threads, shards or the order of jobs.
 * Philox4x32-10: Salmon et al. 2011, doi:10.1145/2063384.2063405 (Random123). */

#include <stddef.h>
#include <stdint.h>

typedef struct bk_random {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t buffer[4];
    int left; /* unread words in buffer */
} bk_random;

void bk_random_start(bk_random *random, uint64_t seed, uint64_t content,
                     uint64_t replicate);
uint64_t bk_random_bits(bk_random *random);
double bk_random_uniform(bk_random *random);     /* in (0, 1), 53 bits, never 0 or 1 */
double bk_random_exponential(bk_random *random); /* mean 1 */
uint32_t bk_random_below(bk_random *random, uint32_t n); /* 0..n-1, unbiased; n >= 1 */
/* FNV-1a of bytes, to name contents; start with 0 and chain. */
uint64_t bk_hash_bytes(uint64_t hash, const void *data, size_t size);

#endif
