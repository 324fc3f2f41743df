/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/map.h"

#include "base/alloc.h"

#include <string.h>

static bk_map_entry *seek(bk_map_entry *entries, size_t size, uint64_t key)
{
    const uint64_t mixed = (key ^ (key >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(mixed >> 32) & (size - 1);
    while (entries[i].value >= 0 && entries[i].key != key) {
        i = (i + 1) & (size - 1);
    }
    return &entries[i];
}

static bool enlarge(bk_map *map)
{
    const size_t size = map->size > 0 ? 2 * map->size : 16;
    bk_map_entry *const entries = bk_alloc(size * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    memset(entries, 0xFF, size * sizeof *entries);
    for (size_t i = 0; i < map->size; i++) {
        if (map->entries[i].value >= 0) {
            *seek(entries, size, map->entries[i].key) = map->entries[i];
        }
    }
    bk_free(map->entries);
    map->entries = entries;
    map->size = size;
    return true;
}

int32_t bk_map_add(bk_map *map, uint64_t key, int32_t value)
{
    if (2 * (map->count + 1) > map->size && !enlarge(map)) {
        return -1;
    }
    bk_map_entry *const entry = seek(map->entries, map->size, key);
    if (entry->value < 0) {
        *entry = (bk_map_entry){key, value};
        map->count++;
    }
    return entry->value;
}

void bk_map_free(bk_map *map)
{
    bk_free(map->entries);
    *map = (bk_map){0};
}
