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

/* Four blocks, whose rounds the processor can do side by side. */
void bk_random_fill(bk_random *random)
{
    enum { BLOCKS = BK_RANDOM_WORDS / 4 };
    philox4x32_ctr_t c[BLOCKS];
    philox4x32_key_t k = {{random->key[0], random->key[1]}};
    for (int i = 0; i < BLOCKS; i++) {
        c[i] = (philox4x32_ctr_t){{random->counter[0], random->counter[1],
                                   random->counter[2], random->counter[3]}};
        if (++random->counter[0] == 0) {
            random->counter[1]++;
        }
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
    random->left = BK_RANDOM_WORDS;
}

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
