/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_ARENA_H
#define BK_BASE_ARENA_H

/* Memory that lives and dies together.  A long-lived thing (a model, a system, a
 * table) owns one arena and everything in it; nothing in it is freed alone. */

#include <stddef.h>

typedef struct bk_arena bk_arena;

bk_arena *bk_arena_new(void); /* NULL when memory is short */
void bk_arena_free(bk_arena *arena);
void *bk_arena_alloc(bk_arena *arena, size_t size);              /* 16-byte aligned */
void *bk_arena_zero(bk_arena *arena, size_t count, size_t size); /* cleared */
char *bk_arena_text(bk_arena *arena, const char *text); /* copy; NULL for NULL */
char *bk_arena_text_n(bk_arena *arena, const char *text, size_t length);
char *bk_arena_printf(bk_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t bk_arena_used(const bk_arena *arena);

#endif
