/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/random.h"
#include "logic/cycles.h"

#include <string.h>

void bk_known_free(bk_known *known)
{
    bk_free(known->keys);
    bk_free(known->slots);
    *known = (bk_known){.key_words = known->key_words};
}

/* The slot that holds a key, or the free one where it belongs. */
static size_t slot_of(const bk_known *k, const uint64_t *key)
{
    const size_t size = (size_t)k->key_words * sizeof *key;
    size_t slot = bk_hash_words(key, (size_t)k->key_words) & (k->n_slots - 1);
    while (k->slots[slot] != 0 &&
           memcmp(bk_known_key(k, k->slots[slot] - 1), key, size) != 0) {
        slot = (slot + 1) & (k->n_slots - 1);
    }
    return slot;
}

bool bk_known_has(const bk_known *known, const uint64_t *key)
{
    return known->n_slots > 0 && known->slots[slot_of(known, key)] != 0;
}

static bool grow(bk_known *k)
{
    const size_t old = k->n_slots;
    uint32_t *const slots = bk_alloc_zero(old == 0 ? 64 : 2 * old, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    bk_free(k->slots);
    k->slots = slots;
    k->n_slots = old == 0 ? 64 : 2 * old;
    for (size_t i = 0; i < k->count; i++) {
        k->slots[slot_of(k, bk_known_key(k, i))] = (uint32_t)i + 1;
    }
    return true;
}

bool bk_known_add(bk_known *known, const uint64_t *key, bool *fresh)
{
    if (2 * known->count >= known->n_slots && !grow(known)) {
        return false;
    }
    const size_t slot = slot_of(known, key);
    *fresh = known->slots[slot] == 0;
    if (!*fresh) {
        return true;
    }
    const size_t words = (size_t)known->key_words;
    if (!bk_grow(&known->keys, &known->capacity, (known->count + 1) * words,
                 sizeof *known->keys)) {
        return false;
    }
    memcpy(known->keys + known->count * words, key, words * sizeof *key);
    known->slots[slot] = (uint32_t)++known->count;
    return true;
}
