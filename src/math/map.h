/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_MAP_H
#define BK_MATH_MAP_H

/* A small dictionary from 64 bits to a number that is not negative. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bk_map_entry {
    uint64_t key;
    int32_t value; /* -1: free */
} bk_map_entry;

typedef struct bk_map {
    bk_map_entry *entries; /* start from {0} */
    size_t size, count;
} bk_map;

/* The value of a key, after adding `value` when it had none; -1: memory is short. */
int32_t bk_map_add(bk_map *map, uint64_t key, int32_t value);
void bk_map_free(bk_map *map);

#endif
