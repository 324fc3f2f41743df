/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/names.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/random.h"

#include <stdbool.h>
#include <string.h>

/* Linear probing over a power of two, at most half full; the hash is kept beside the
 * key so that most misses never touch the key. */
typedef struct slot {
    const char *key; /* NULL: free */
    uint32_t hash;
    int32_t value;
} slot;

struct bk_names {
    slot *slots;
    size_t size; /* 0 or a power of two */
    size_t count;
    bk_arena *arena;
};

bk_names *bk_names_new(void)
{
    bk_names *const names = bk_alloc_zero(1, sizeof *names);
    if (names == NULL) {
        return NULL;
    }
    names->arena = bk_arena_new();
    if (names->arena == NULL) {
        bk_free(names);
        return NULL;
    }
    return names;
}

void bk_names_free(bk_names *names)
{
    if (names != NULL) {
        bk_arena_free(names->arena);
        bk_free(names->slots);
        bk_free(names);
    }
}

static uint32_t hash_of(const char *key)
{
    const uint64_t hash = bk_hash_bytes(0, key, strlen(key));
    return (uint32_t)(hash ^ (hash >> 32));
}

/* The slot that holds the key, or the free one where it would go. */
static slot *seek(slot *slots, size_t size, const char *key, uint32_t hash)
{
    size_t i = hash & (size - 1);
    while (slots[i].key != NULL &&
           (slots[i].hash != hash || strcmp(slots[i].key, key) != 0)) {
        i = (i + 1) & (size - 1);
    }
    return &slots[i];
}

static bool enlarge(bk_names *names)
{
    const size_t size = names->size > 0 ? 2 * names->size : 16;
    slot *const slots = bk_alloc_zero(size, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < names->size; i++) {
        const slot *const old = &names->slots[i];
        if (old->key != NULL) {
            *seek(slots, size, old->key, old->hash) = *old;
        }
    }
    bk_free(names->slots);
    names->slots = slots;
    names->size = size;
    return true;
}

/* The slot of the key, made with `value` when there was none; NULL without memory. */
static slot *obtain(bk_names *names, const char *key, int32_t value, bool *made)
{
    *made = false;
    const uint32_t hash = hash_of(key);
    if (names->size > 0) {
        slot *const found = seek(names->slots, names->size, key, hash);
        if (found->key != NULL) {
            return found;
        }
    }
    if (2 * (names->count + 1) > names->size && !enlarge(names)) {
        return NULL;
    }
    const char *const copy = bk_arena_text(names->arena, key);
    if (copy == NULL) {
        return NULL;
    }
    slot *const place = seek(names->slots, names->size, key, hash);
    *place = (slot){.key = copy, .hash = hash, .value = value};
    names->count++;
    *made = true;
    return place;
}

int32_t bk_names_add(bk_names *names, const char *key, int32_t value)
{
    bool made;
    const slot *const place = obtain(names, key, value, &made);
    if (place == NULL) {
        return -2;
    }
    return made ? -1 : place->value;
}

int bk_names_set(bk_names *names, const char *key, int32_t value)
{
    bool made;
    slot *const place = obtain(names, key, value, &made);
    if (place == NULL) {
        return false;
    }
    place->value = value;
    return true;
}

int32_t bk_names_find(const bk_names *names, const char *key)
{
    if (names->size == 0) {
        return -1;
    }
    const slot *const place = seek(names->slots, names->size, key, hash_of(key));
    return place->key != NULL ? place->value : -1;
}

size_t bk_names_count(const bk_names *names)
{
    return names->count;
}
