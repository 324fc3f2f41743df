/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

const char *bk_builder_text(bk_builder *builder, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    bk_text clean = {0}; /* of a table in another encoding, say */
    if (!bk_text_is_clean(text)) {
        bk_text_add_clean(&clean, text);
        text = clean.data;
    }
    const char *const copy = bk_arena_text(builder->model->arena, text);
    builder->no_memory = builder->no_memory || copy == NULL || clean.failed;
    bk_text_free(&clean);
    return copy;
}

void bk_keep_text(bk_builder *builder, const char **text)
{
    *text = bk_builder_text(builder, *text);
}

void bk_keep_plain(bk_builder *builder, const char **text)
{
    const char *const copy =
        *text == NULL || **text == '\0' ? "" : bk_builder_text(builder, *text);
    *text = copy != NULL ? copy : "";
}

void bk_keep_notes(bk_builder *builder, bk_notes *notes)
{
    bk_keep_text(builder, &notes->metaid);
    bk_keep_text(builder, &notes->sbo);
    bk_keep_text(builder, &notes->notes);
    bk_keep_text(builder, &notes->annotation);
}

void bk_keep_where(bk_builder *builder, bk_where *where)
{
    if (where->file == NULL) {
        return;
    }
    if (builder->file == NULL || strcmp(builder->file, where->file) != 0) {
        builder->file = bk_builder_text(builder, where->file);
    }
    where->file = builder->file;
}

int32_t bk_keep_item(bk_builder *builder, void *array_pointer, size_t *capacity,
                     int32_t *n, const void *item, size_t size)
{
    if (builder->no_memory || *n == INT32_MAX ||
        !bk_grow(array_pointer, capacity, (size_t)*n + 1, size)) {
        builder->no_memory = true;
        return -1;
    }
    /* Copied, because the caller's pointer is a T *, not a void *. */
    char *array;
    memcpy(&array, array_pointer, sizeof array);
    memcpy(array + (size_t)*n * size, item, size);
    return (*n)++;
}
