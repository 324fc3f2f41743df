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

static uint32_t next_word(bk_random *random)
{
    if (random->left == 0) {
        philox(random->counter, random->key, random->buffer);
        random->left = 4;
        if (++random->counter[0] == 0) {
            random->counter[1]++;
        }
    }
    return random->buffer[4 - random->left--];
}

uint64_t bk_random_bits(bk_random *random)
{
    const uint64_t low = next_word(random);
    return low | (uint64_t)next_word(random) << 32;
}

double bk_random_uniform(bk_random *random)
{
    uint64_t bits;
    do {
        bits = bk_random_bits(random) >> 11;
    } while (bits == 0);
    return (double)bits * 0x1p-53;
}

double bk_random_exponential(bk_random *random)
{
    return -log(bk_random_uniform(random));
}

/* Lemire 2019, doi:10.1145/3230636: multiply, and reject the few uneven products. */
uint32_t bk_random_below(bk_random *random, uint32_t n)
{
    uint64_t product = (uint64_t)next_word(random) * n;
    if ((uint32_t)product < n) {
        const uint32_t uneven = (uint32_t)-n % n;
        while ((uint32_t)product < uneven) {
            product = (uint64_t)next_word(random) * n;
        }
    }
    return (uint32_t)(product >> 32);
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
