/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* A list of blocks, the newest first.  Blocks double in size up to a limit; a request
 * larger than a quarter of the next block gets one of its own, put behind the newest
 * so that the room left there is not lost. */
typedef struct block {
    struct block *next;
    size_t size, used;
    _Alignas(16) unsigned char data[];
} block;

struct bk_arena {
    block *newest;
    size_t next_size;
    size_t used;
};

enum { FIRST_BLOCK = 256, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = 16 };

bk_arena *bk_arena_new(void)
{
    bk_arena *const arena = bk_alloc(sizeof *arena);
    if (arena != NULL) {
        *arena = (bk_arena){.next_size = FIRST_BLOCK};
    }
    return arena;
}

void bk_arena_free(bk_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (block *b = arena->newest; b != NULL;) {
        block *const next = b->next;
        bk_free(b);
        b = next;
    }
    bk_free(arena);
}

static block *block_new(size_t size)
{
    block *const b = bk_alloc(sizeof *b + size);
    if (b != NULL) {
        *b = (block){.size = size};
    }
    return b;
}

static void *own_block(bk_arena *arena, size_t size)
{
    block *const b = block_new(size);
    if (b == NULL) {
        return NULL;
    }
    b->used = size;
    arena->used += size;
    if (arena->newest == NULL) {
        arena->newest = b;
    } else {
        b->next = arena->newest->next;
        arena->newest->next = b;
    }
    return b->data;
}

void *bk_arena_alloc(bk_arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX / 2) {
        return NULL;
    }
    const size_t padded =
        size > 0 ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    block *b = arena->newest;
    if (b == NULL || b->size - b->used < padded) {
        if (padded > arena->next_size / 4) {
            return own_block(arena, padded);
        }
        b = block_new(arena->next_size);
        if (b == NULL) {
            return NULL;
        }
        b->next = arena->newest;
        arena->newest = b;
        if (arena->next_size < LARGEST_BLOCK) {
            arena->next_size *= 2;
        }
    }
    void *const memory = b->data + b->used;
    b->used += padded;
    arena->used += padded;
    return memory;
}

void *bk_arena_zero(bk_arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > PTRDIFF_MAX / 2 / size) {
        return NULL;
    }
    void *const memory = bk_arena_alloc(arena, count * size);
    if (memory != NULL) {
        memset(memory, 0, count * size);
    }
    return memory;
}

char *bk_arena_text(bk_arena *arena, const char *text)
{
    return text != NULL ? bk_arena_text_n(arena, text, strlen(text)) : NULL;
}

char *bk_arena_text_n(bk_arena *arena, const char *text, size_t length)
{
    if (length >= PTRDIFF_MAX / 2) {
        return NULL;
    }
    char *const copy = bk_arena_alloc(arena, length + 1);
    if (copy != NULL) {
        if (length > 0) {
            memcpy(copy, text, length);
        }
        copy[length] = '\0';
    }
    return copy;
}

char *bk_arena_printf(bk_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = bk_c_vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = NULL;
    if (length >= 0) {
        text = bk_arena_alloc(arena, (size_t)length + 1);
    }
    if (text != NULL) {
        bk_c_vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

size_t bk_arena_used(const bk_arena *arena)
{
    return arena->used;
}
