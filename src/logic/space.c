/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/space.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

typedef struct field {
    uint32_t word;
    uint8_t shift, bits;
    uint32_t weight; /* dense */
} field;

struct bk_space {
    bk_logic_work *work;
    int32_t n; /* fields: nodes, then hidden processes */
    uint8_t *low, *high;
    field *fields;
    uint8_t *state; /* [nodes] scratch */
    bool dense, failed;
    uint32_t count, words;
    uint64_t *keys; /* [count * words] */
    size_t keys_capacity;
    uint64_t *key; /* [words] scratch */
    uint32_t *table;
    size_t slots; /* a power of two */
};

static void lay_out(bk_space *s)
{
    uint32_t weight = 1;
    uint32_t bit = 0;
    for (int32_t i = 0; i < s->n; i++) {
        const unsigned span = (unsigned)(s->high[i] - s->low[i]);
        uint8_t bits = 0;
        while (span >> bits != 0) {
            bits++;
        }
        if (bit / 64 != (bit + bits - (bits > 0)) / 64) {
            bit = (bit / 64 + 1) * 64;
        }
        s->fields[i] = (field){.word = bit / 64,
                               .shift = (uint8_t)(bit % 64),
                               .bits = bits,
                               .weight = weight};
        bit += bits;
        weight *= span + 1;
    }
    s->words = bit / 64 + 1;
    s->count = s->dense ? weight : 0;
}

bk_space *bk_space_new(bk_logic_work *work, const uint8_t *low, const uint8_t *high,
                       bool dense)
{
    bk_space *const s = bk_alloc_zero(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    const int32_t nodes = work->system->n;
    s->work = work;
    s->n = nodes + (dense ? 0 : work->n_hidden);
    s->dense = dense;
    s->low = bk_alloc_zero((size_t)s->n + 1, 1);
    s->high = bk_alloc_zero((size_t)s->n + 1, 1);
    s->fields = bk_alloc_zero((size_t)s->n + 1, sizeof *s->fields);
    s->state = bk_alloc_zero((size_t)nodes + 1, 1);
    if (s->low == NULL || s->high == NULL || s->fields == NULL || s->state == NULL) {
        bk_space_free(s);
        return NULL;
    }
    memcpy(s->low, low, (size_t)nodes);
    memcpy(s->high, high, (size_t)nodes);
    for (int32_t h = nodes; h < s->n; h++) {
        s->high[h] = 1;
    }
    lay_out(s);
    s->slots = 1024;
    s->key = bk_alloc_zero(s->words, sizeof *s->key);
    s->table = bk_alloc(s->slots * sizeof *s->table);
    if (s->key == NULL || s->table == NULL) {
        bk_space_free(s);
        return NULL;
    }
    memset(s->table, 0xFF, s->slots * sizeof *s->table);
    return s;
}

void bk_space_free(bk_space *space)
{
    if (space == NULL) {
        return;
    }
    bk_free(space->low);
    bk_free(space->high);
    bk_free(space->fields);
    bk_free(space->state);
    bk_free(space->keys);
    bk_free(space->key);
    bk_free(space->table);
    bk_free(space);
}

uint32_t bk_space_count(const bk_space *space)
{
    return space->count;
}

/* The slot of a key: its own, or the free one where it belongs. */
static size_t seek(const bk_space *s, const uint64_t *key)
{
    size_t i = bk_hash_words(key, s->words) & (s->slots - 1);
    while (s->table[i] != BK_NO_STATE &&
           memcmp(s->keys + (size_t)s->table[i] * s->words, key,
                  s->words * sizeof *key) != 0) {
        i = (i + 1) & (s->slots - 1);
    }
    return i;
}

static bool widen(bk_space *s)
{
    uint32_t *const table = bk_alloc(2 * s->slots * sizeof *table);
    if (table == NULL) {
        return false;
    }
    bk_free(s->table);
    s->table = table;
    s->slots *= 2;
    memset(table, 0xFF, s->slots * sizeof *table);
    for (uint32_t id = 0; id < s->count; id++) {
        table[seek(s, s->keys + (size_t)id * s->words)] = id;
    }
    return true;
}

static uint32_t find(bk_space *s, bool add)
{
    const size_t slot = seek(s, s->key);
    if (s->table[slot] != BK_NO_STATE || !add) {
        return s->table[slot];
    }
    if (!bk_grow(&s->keys, &s->keys_capacity, ((size_t)s->count + 1) * s->words,
                 sizeof *s->keys) ||
        s->count == BK_NO_STATE - 1) {
        s->failed = true;
        return BK_NO_STATE;
    }
    memcpy(s->keys + (size_t)s->count * s->words, s->key, s->words * sizeof *s->key);
    s->table[slot] = s->count++;
    if (2 * (size_t)s->count > s->slots && !widen(s)) {
        s->failed = true;
    }
    return s->failed ? BK_NO_STATE : s->count - 1;
}

static uint32_t value_here(const bk_space *s, int32_t i)
{
    const int32_t nodes = s->work->system->n;
    return i < nodes ? (uint32_t)(s->work->cells[i].state - s->low[i])
                     : (s->work->off[s->work->hidden[i - nodes]] ? 1u : 0u);
}

uint32_t bk_space_here(bk_space *space, bool add)
{
    if (space->dense) {
        uint32_t id = 0;
        for (int32_t i = 0; i < space->n; i++) {
            id += space->fields[i].weight * value_here(space, i);
        }
        return id;
    }
    memset(space->key, 0, space->words * sizeof *space->key);
    for (int32_t i = 0; i < space->n; i++) {
        const field *const f = &space->fields[i];
        space->key[f->word] |= (uint64_t)value_here(space, i) << f->shift;
    }
    return find(space, add);
}

uint32_t bk_space_beside(bk_space *space, uint32_t id, uint32_t code, bool add)
{
    const field *const f = &space->fields[code / 2];
    const bool up = (code & 1u) != 0;
    if (space->dense) {
        return up ? id + f->weight : id - f->weight;
    }
    memcpy(space->key, space->keys + (size_t)id * space->words,
           space->words * sizeof *space->key);
    const uint64_t one = UINT64_C(1) << f->shift;
    uint64_t *const word = &space->key[f->word];
    if (code / 2 >= (uint32_t)space->work->system->n) {
        *word ^= one;
    } else {
        *word = up ? *word + one : *word - one;
    }
    return find(space, add);
}

static uint32_t value_of(const bk_space *s, uint32_t id, int32_t i)
{
    const field *const f = &s->fields[i];
    if (s->dense) {
        return id / f->weight % (uint32_t)(s->high[i] - s->low[i] + 1);
    }
    const uint64_t word = s->keys[(size_t)id * s->words + f->word];
    return (uint32_t)(word >> f->shift & ((UINT64_C(1) << f->bits) - 1));
}

int bk_space_level(const bk_space *space, uint32_t id, int32_t x)
{
    return space->low[x] + (int)value_of(space, id, x);
}

void bk_space_go(bk_space *space, uint32_t id)
{
    bk_logic_work *const work = space->work;
    const int32_t nodes = work->system->n;
    for (int32_t x = 0; x < nodes; x++) {
        space->state[x] = (uint8_t)bk_space_level(space, id, x);
    }
    bk_logic_put(work, space->state);
    for (int32_t i = nodes; i < space->n; i++) {
        if (value_of(space, id, i) != 0) {
            bk_logic_apply(work, 2u * (uint32_t)i);
        }
    }
}
