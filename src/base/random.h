/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_RANDOM_H
#define BK_BASE_RANDOM_H

/* Counter-based random streams: a stream is (seed, content, replicate) and nothing
 * else, so results do not depend on threads, shards or the order of jobs.
 * Philox4x32-10: Salmon et al. 2011, doi:10.1145/2063384.2063405 (Random123). */

#include <stddef.h>
#include <stdint.h>

enum { BK_RANDOM_WORDS = 16 };
typedef struct bk_random {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t buffer[BK_RANDOM_WORDS];
    int left; /* unread words in buffer */
} bk_random;

void bk_random_start(bk_random *random, uint64_t seed, uint64_t content,
                     uint64_t replicate);
/* Fills the buffer; the makers below call it. */
void bk_random_fill(bk_random *random);
static inline uint32_t bk_random_word(bk_random *random)
{
    if (random->left == 0) {
        bk_random_fill(random);
    }
    return random->buffer[BK_RANDOM_WORDS - random->left--];
}
static inline uint64_t bk_random_bits(bk_random *random)
{
    const uint64_t low = bk_random_word(random);
    return low | (uint64_t)bk_random_word(random) << 32;
}
/* In (0, 1), 53 bits, never 0 or 1. */
static inline double bk_random_uniform(bk_random *random)
{
    uint64_t bits;
    do {
        bits = bk_random_bits(random) >> 11;
    } while (bits == 0);
    return (double)bits * 0x1p-53;
}
double bk_random_exponential(bk_random *random); /* mean 1 */
/* The same of half as many random bits: steps of 2^-32 in the probability, so that none
 * is above 22.9.  The logarithm is that of a table entry and of a factor near 1, by its
 * series to the fourth power: to 1e-12. */
enum { BK_LOGS = 256 };
typedef struct bk_logs {
    double inverse[BK_LOGS], log[BK_LOGS]; /* of the middles of parts of 1 .. 2 */
} bk_logs;
void bk_logs_make(bk_logs *logs);
static inline double bk_logs_minus_log(const bk_logs *logs, uint32_t word)
{
    /* (word + 1/2) / 2^32 = mantissa * 2^exponent, mantissa in 1 .. 2 */
    const uint64_t doubled = 2 * (uint64_t)word + 1;
    const int top = 63 - __builtin_clzll(doubled);
    const uint64_t fraction = (doubled << (63 - top)) & UINT64_C(0x7FFFFFFFFFFFFFFF);
    const size_t part = (size_t)(fraction >> 55);
    const double mantissa = 1.0 + (double)fraction * 0x1p-63;
    const double r = mantissa * logs->inverse[part] - 1.0;
    const double series = r * (1.0 - r * (0.5 - r * (1.0 / 3.0 - r * 0.25)));
    const double ln2 = 0x1.62e42fefa39efp-1;
    return (double)(33 - top) * ln2 - logs->log[part] - series;
}
static inline double bk_random_exponential_short(const bk_logs *logs, bk_random *random)
{
    return bk_logs_minus_log(logs, bk_random_word(random));
}
/* 0..n-1, unbiased; n >= 1.  Lemire 2019, doi:10.1145/3230636: multiply, and reject the
 * few uneven products. */
static inline uint32_t bk_random_below(bk_random *random, uint32_t n)
{
    uint64_t product = (uint64_t)bk_random_word(random) * n;
    if ((uint32_t)product < n) {
        const uint32_t uneven = (uint32_t)-n % n;
        while ((uint32_t)product < uneven) {
            product = (uint64_t)bk_random_word(random) * n;
        }
    }
    return (uint32_t)(product >> 32);
}
/* FNV-1a of bytes, to name contents; start with 0 and chain. */
uint64_t bk_hash_bytes(uint64_t hash, const void *data, size_t size);

#endif
