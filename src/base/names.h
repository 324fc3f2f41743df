/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_NAMES_H
#define BK_BASE_NAMES_H

/* A dictionary from text to a non-negative number: open addressing, keys copied. */

#include <stddef.h>
#include <stdint.h>

typedef struct bk_names bk_names;

bk_names *bk_names_new(void);
void bk_names_free(bk_names *names);
/* Adds key -> value; returns the value the key already had (nothing changed), or -1
 * when it is new, or -2 when memory is short. */
int32_t bk_names_add(bk_names *names, const char *key, int32_t value);
/* Sets key -> value, new or not; false when memory is short. */
int bk_names_set(bk_names *names, const char *key, int32_t value);
int32_t bk_names_find(const bk_names *names, const char *key); /* -1: none */
size_t bk_names_count(const bk_names *names);

#endif
