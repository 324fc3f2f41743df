/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_impl.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

bk_status bk_packing_new(bk_packing *packing, const bk_logic_system *system,
                         const int32_t *nodes, int32_t n)
{
    const size_t room = (size_t)n + 1;
    *packing = (bk_packing){.n = n};
    packing->nodes = bk_alloc_zero(room, sizeof *packing->nodes);
    packing->word = bk_alloc_zero(room, sizeof *packing->word);
    packing->shift = bk_alloc_zero(2 * room, 1);
    packing->place = bk_alloc_zero((size_t)system->n + 1, sizeof *packing->place);
    if (packing->nodes == NULL || packing->word == NULL || packing->shift == NULL ||
        packing->place == NULL) {
        bk_packing_free(packing);
        return BK_NO_MEMORY;
    }
    packing->bits = packing->shift + room;
    for (int32_t x = 0; x < system->n; x++) {
        packing->place[x] = -1;
    }
    int32_t word = 0;
    unsigned at = 0;
    for (int32_t k = 0; k < n; k++) {
        const int32_t x = nodes[k];
        unsigned bits = 1;
        while (system->max[x] >> bits != 0) {
            bits++;
        }
        if (at + bits > 64) {
            word++;
            at = 0;
        }
        packing->nodes[k] = x;
        packing->place[x] = k;
        packing->word[k] = word;
        packing->shift[k] = (uint8_t)at;
        packing->bits[k] = (uint8_t)bits;
        at += bits;
    }
    packing->words = word + 1;
    return BK_OK;
}

void bk_packing_free(bk_packing *packing)
{
    bk_free(packing->nodes);
    bk_free(packing->word);
    bk_free(packing->shift);
    bk_free(packing->place);
    *packing = (bk_packing){0};
}

void bk_packing_pack(const bk_packing *packing, const bk_logic_work *work,
                     uint64_t *key)
{
    memset(key, 0, (size_t)packing->words * sizeof *key);
    for (int32_t k = 0; k < packing->n; k++) {
        key[packing->word[k]] |= (uint64_t)work->cells[packing->nodes[k]].state
                                 << packing->shift[k];
    }
}

bool bk_keys_start(bk_keys *keys, int32_t words)
{
    *keys = (bk_keys){.slots = 64, .words = words};
    keys->table = bk_alloc(keys->slots * sizeof *keys->table);
    if (keys->table != NULL) {
        memset(keys->table, 0xFF, keys->slots * sizeof *keys->table);
    }
    return keys->table != NULL;
}

void bk_keys_end(bk_keys *keys)
{
    bk_free(keys->keys);
    bk_free(keys->table);
    *keys = (bk_keys){0};
}

static size_t seek(const bk_keys *keys, const uint64_t *key)
{
    const size_t words = (size_t)keys->words;
    size_t slot = bk_hash_words(key, words) & (keys->slots - 1);
    while (keys->table[slot] != UINT32_MAX &&
           memcmp(keys->keys + keys->table[slot] * words, key, words * sizeof *key) !=
               0) {
        slot = (slot + 1) & (keys->slots - 1);
    }
    return slot;
}

static bool widen(bk_keys *keys)
{
    uint32_t *const table = bk_alloc(2 * keys->slots * sizeof *table);
    if (table == NULL) {
        return false;
    }
    bk_free(keys->table);
    keys->table = table;
    keys->slots *= 2;
    memset(table, 0xFF, keys->slots * sizeof *table);
    for (size_t i = 0; i < keys->n; i++) {
        table[seek(keys, keys->keys + i * (size_t)keys->words)] = (uint32_t)i;
    }
    return true;
}

uint32_t bk_keys_number(bk_keys *keys, const uint64_t *key)
{
    const size_t slot = seek(keys, key);
    const size_t words = (size_t)keys->words;
    if (keys->table[slot] != UINT32_MAX) {
        return keys->table[slot];
    }
    if (keys->n >= UINT32_MAX - 1 ||
        !bk_grow(&keys->keys, &keys->capacity, (keys->n + 1) * words,
                 sizeof *keys->keys)) {
        return UINT32_MAX;
    }
    memcpy(keys->keys + keys->n * words, key, words * sizeof *key);
    keys->table[slot] = (uint32_t)keys->n++;
    return 2 * keys->n <= keys->slots || widen(keys) ? (uint32_t)keys->n - 1
                                                     : UINT32_MAX;
}

bool bk_tally_start(bk_tally *tally, size_t windows, int32_t words, int32_t all_words)
{
    *tally = (bk_tally){.slots = 256};
    tally->cells = bk_alloc_zero(tally->slots, sizeof *tally->cells);
    tally->th = bk_alloc_zero(2 * windows + 1, sizeof *tally->th);
    const bool ok = bk_keys_start(&tally->states, words) &&
                    bk_keys_start(&tally->fixed, all_words) && tally->cells != NULL &&
                    tally->th != NULL;
    tally->th_squares = ok ? tally->th + windows : NULL;
    return ok;
}

void bk_tally_end(bk_tally *tally)
{
    bk_keys_end(&tally->states);
    bk_keys_end(&tally->fixed);
    bk_free(tally->cells);
    bk_free(tally->th);
    bk_free(tally->fixed_counts);
    *tally = (bk_tally){0};
}

/* Cells at most: 4 GiB of them. */
static const size_t most_cells = (size_t)1 << 26;

static size_t cell_slot(const bk_tally *t, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 32;
    size_t slot = (size_t)h & (t->slots - 1);
    while (t->cells[slot].key != 0 && t->cells[slot].key != key) {
        slot = (slot + 1) & (t->slots - 1);
    }
    return slot;
}

static bool widen_cells(bk_tally *t)
{
    bk_cell_sum *const old = t->cells;
    const size_t slots = t->slots;
    bk_cell_sum *const cells = bk_alloc_zero(2 * slots, sizeof *cells);
    if (cells == NULL) {
        return false;
    }
    t->cells = cells;
    t->slots = 2 * slots;
    for (size_t i = 0; i < slots; i++) {
        if (old[i].key != 0) {
            cells[cell_slot(t, old[i].key)] = old[i];
        }
    }
    bk_free(old);
    return true;
}

bk_cell_sum *bk_tally_cell(bk_tally *tally, size_t window, uint32_t state)
{
    const uint64_t key = ((uint64_t)window << 32 | state) + 1;
    size_t slot = cell_slot(tally, key);
    if (tally->cells[slot].key != 0) {
        return &tally->cells[slot];
    }
    if (2 * (tally->n_cells + 1) > tally->slots) {
        tally->too_many = tally->n_cells >= most_cells;
        if (tally->too_many || !widen_cells(tally)) {
            tally->no_memory = true;
            return NULL;
        }
        slot = cell_slot(tally, key);
    }
    tally->n_cells++;
    tally->cells[slot].key = key;
    return &tally->cells[slot];
}

void bk_tally_fixed(bk_tally *tally, const uint64_t *key, uint64_t count)
{
    const size_t before = tally->fixed.n;
    const uint32_t number = bk_keys_number(&tally->fixed, key);
    if (number == UINT32_MAX || !bk_grow(&tally->fixed_counts, &tally->fixed_capacity,
                                         tally->fixed.n, sizeof *tally->fixed_counts)) {
        tally->no_memory = true;
        return;
    }
    tally->fixed_counts[number] = number < before ? tally->fixed_counts[number] : 0;
    tally->fixed_counts[number] += count;
}

void bk_tally_add(bk_tally *tally, const bk_tally *other, size_t windows)
{
    const size_t words = (size_t)tally->states.words;
    const size_t all = (size_t)tally->fixed.words;
    uint32_t *const numbers = bk_alloc((other->states.n + 1) * sizeof *numbers);
    tally->no_memory = tally->no_memory || numbers == NULL;
    for (size_t i = 0; i < other->states.n && !tally->no_memory; i++) {
        numbers[i] = bk_keys_number(&tally->states, other->states.keys + i * words);
        tally->no_memory = numbers[i] == UINT32_MAX;
    }
    for (size_t i = 0; i < other->slots && !tally->no_memory; i++) {
        const bk_cell_sum *const from = &other->cells[i];
        if (from->key == 0) {
            continue;
        }
        bk_cell_sum *const to = bk_tally_cell(tally, (size_t)((from->key - 1) >> 32),
                                              numbers[(uint32_t)(from->key - 1)]);
        if (to != NULL) {
            to->sum += from->sum;
            to->squares += from->squares;
            to->whole += from->whole;
        }
    }
    for (size_t w = 0; w < 2 * windows; w++) {
        tally->th[w] += other->th[w];
    }
    for (size_t i = 0; i < other->fixed.n && !tally->no_memory; i++) {
        bk_tally_fixed(tally, other->fixed.keys + i * all, other->fixed_counts[i]);
    }
    tally->moves += other->moves;
    tally->too_many = tally->too_many || other->too_many;
    bk_free(numbers);
}
