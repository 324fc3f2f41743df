/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include <Random123/philox.h>

#include <math.h>

/* One Philox block, keyed by the seed and counted by (content, replicate), names the
 * stream: half of it becomes the key of the stream, half the upper part of its
 * counter, and the lower 64 bits count the blocks drawn.  A block cipher is a
 * bijection, so under one seed two different (content, replicate) never give the same
 * stream nor overlapping ones. */

static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    const philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t k = {{key[0], key[1]}};
    const philox4x32_ctr_t r = philox4x32_R(10, c, k);
    for (int i = 0; i < 4; i++) {
        out[i] = r.v[i];
    }
}

void bk_random_start(bk_random *random, uint64_t seed, uint64_t content,
                     uint64_t replicate)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)content, (uint32_t)(content >> 32),
                                 (uint32_t)replicate, (uint32_t)(replicate >> 32)};
    uint32_t name[4];
    philox(counter, key, name);
    *random =
        (bk_random){.key = {name[0], name[1]}, .counter = {0, 0, name[2], name[3]}};
}

enum { BLOCKS = BK_RANDOM_WORDS / 4 };

/* The counter of the next block, which is counted. */
static void next_counter(bk_random *random, uint32_t counter[4])
{
    for (int n = 0; n < 4; n++) {
        counter[n] = random->counter[n];
    }
    if (++random->counter[0] == 0) {
        random->counter[1]++;
    }
}

/* Four blocks, whose rounds the processor can do side by side. */
static void fill(bk_random *random)
{
    philox4x32_ctr_t c[BLOCKS];
    philox4x32_key_t k = {{random->key[0], random->key[1]}};
    for (int i = 0; i < BLOCKS; i++) {
        next_counter(random, c[i].v);
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            c[i] = _philox4x32round(c[i], k);
        }
        k = _philox4x32bumpkey(k);
    }
    for (int i = 0; i < BLOCKS; i++) {
        for (int n = 0; n < 4; n++) {
            random->buffer[4 * i + n] = c[i].v[n];
        }
    }
}

#ifdef __x86_64__
#include <immintrin.h>

/* The same in vectors: one word of all four blocks in each, in the lower half of 64 bits;
 * what is in the upper half does not count. */
__attribute__((target("avx2"))) static void fill_256(bk_random *random)
{
    uint32_t counter[BLOCKS][4];
    for (int i = 0; i < BLOCKS; i++) {
        next_counter(random, counter[i]);
    }
    __m256i c[4];
    for (int n = 0; n < 4; n++) {
        c[n] = _mm256_set_epi64x(counter[3][n], counter[2][n], counter[1][n],
                                 counter[0][n]);
    }
    const __m256i m0 = _mm256_set1_epi64x(PHILOX_M4x32_0);
    const __m256i m1 = _mm256_set1_epi64x(PHILOX_M4x32_1);
    uint32_t k0 = random->key[0];
    uint32_t k1 = random->key[1];
    for (int round = 0; round < 10; round++) {
        const __m256i p0 = _mm256_mul_epu32(c[0], m0);
        const __m256i p1 = _mm256_mul_epu32(c[2], m1);
        const __m256i x1 = _mm256_xor_si256(c[1], _mm256_set1_epi64x(k0));
        const __m256i x3 = _mm256_xor_si256(c[3], _mm256_set1_epi64x(k1));
        c[0] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), x1);
        c[1] = p1;
        c[2] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), x3);
        c[3] = p0;
        k0 += PHILOX_W32_0;
        k1 += PHILOX_W32_1;
    }
    enum { UPPER = 0xAA };
    const __m256i low = _mm256_blend_epi32(c[0], _mm256_slli_epi64(c[1], 32), UPPER);
    const __m256i high = _mm256_blend_epi32(c[2], _mm256_slli_epi64(c[3], 32), UPPER);
    const __m256i even = _mm256_unpacklo_epi64(low, high);
    const __m256i odd = _mm256_unpackhi_epi64(low, high);
    __m128i *const to = (__m128i *)random->buffer;
    _mm_storeu_si128(to, _mm256_castsi256_si128(even));
    _mm_storeu_si128(to + 1, _mm256_castsi256_si128(odd));
    _mm_storeu_si128(to + 2, _mm256_extracti128_si256(even, 1));
    _mm_storeu_si128(to + 3, _mm256_extracti128_si256(odd, 1));
}

void bk_random_fill(bk_random *random)
{
    if (__builtin_cpu_supports("avx2")) {
        fill_256(random);
    } else {
        fill(random);
    }
    random->left = BK_RANDOM_WORDS;
}
#else
void bk_random_fill(bk_random *random)
{
    fill(random);
    random->left = BK_RANDOM_WORDS;
}
#endif

double bk_random_exponential(bk_random *random)
{
    return -log(bk_random_uniform(random));
}

void bk_logs_make(bk_logs *logs)
{
    for (int i = 0; i < BK_LOGS; i++) {
        const double middle = 1.0 + ((double)i + 0.5) / BK_LOGS;
        logs->inverse[i] = 1.0 / middle;
        logs->log[i] = -log(logs->inverse[i]);
    }
}

uint64_t bk_hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *const bytes = data;
    uint64_t h = hash != 0 ? hash : UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) {
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}
