/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/names.h"

#include "base/names.h"
#include "base/sha256.h"
#include "base/text.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_sid_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The id of a single name, which nothing competes with. */
static char *make_sid(bk_arena *arena, const char *name)
{
    char *const id = bk_arena_alloc(arena, strlen(name) + 3);
    if (id == NULL) {
        return NULL;
    }
    size_t n = 0;
    if (is_digit(*name)) {
        id[n++] = '_';
    }
    bool in_run = false;
    for (const char *s = name; *s != '\0'; s++) {
        const bool fits = is_sid_char(*s);
        if (fits || !in_run) {
            id[n++] = fits ? *s : '_';
        }
        in_run = !fits;
    }
    if (n == 0) {
        id[n++] = '_';
    }
    id[n] = '\0';
    return id;
}

/* Gives names[i] an id that no other has. */
static const char *unique_sid(bk_arena *arena, bk_names *taken, const char *name)
{
    const char *const base = make_sid(arena, name);
    const char *id = base;
    for (int k = 2; id != NULL; k++) {
        const int32_t had = bk_names_add(taken, id, 0);
        if (had == -1) {
            return id;
        }
        id = had == -2 ? NULL : bk_arena_printf(arena, "%s_%d", base, k);
    }
    return NULL;
}

const char *const *bk_sids_make(bk_arena *arena, const char *const *names, size_t n)
{
    bk_names *const taken = bk_names_new();
    const char **const ids = bk_arena_alloc(arena, (n + 1) * sizeof *ids);
    bool fine = taken != NULL && ids != NULL;
    for (size_t i = 0; i < n && fine; i++) {
        if (bk_is_sid(names[i])) {
            ids[i] = names[i];
            fine = bk_names_add(taken, names[i], 0) != -2;
        }
    }
    for (size_t i = 0; i < n && fine; i++) {
        if (!bk_is_sid(names[i])) {
            ids[i] = unique_sid(arena, taken, names[i]);
            fine = ids[i] != NULL;
        }
    }
    bk_names_free(taken);
    return fine ? ids : NULL;
}

bool bk_sid_derives(const char *id, const char *name)
{
    if (is_digit(*name) && *id++ != '_') {
        return false;
    }
    bool in_run = false;
    for (; *name != '\0'; name++) {
        const bool fits = is_sid_char(*name);
        if ((fits || !in_run) && *id++ != (fits ? *name : '_')) {
            return false;
        }
        in_run = !fits;
    }
    if (*id == '_' && is_digit(id[1])) {
        id += 1 + strspn(id + 1, "0123456789");
    }
    return *id == '\0';
}

/* An id for a model from the name of its file: no folders, no suffix. NULL: memory. */
static char *sid_of_file(bk_arena *arena, const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        return bk_arena_text(arena, "model");
    }
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    char *const stem = bk_arena_text_n(arena, path + start, length - start);
    if (stem == NULL) {
        return NULL;
    }
    char *const dot = strrchr(stem, '.');
    if (dot != NULL && dot != stem) {
        *dot = '\0';
    }
    return make_sid(arena, stem);
}

bool bk_file_identity(bk_builder *builder, bk_arena *arena, const char *path,
                      const char *bytes, size_t length)
{
    bk_model *const model = bk_builder_model(builder);
    const char *const id = sid_of_file(arena, path);
    char hex[65];
    if (id == NULL) {
        return false;
    }
    bk_sha256(length > 0 ? bytes : "", length, hex);
    model->id = bk_builder_text(builder, id);
    model->source = bk_builder_text(builder, path != NULL ? path : "");
    model->sha256 = bk_builder_text(builder, hex);
    return model->id != NULL && model->source != NULL && model->sha256 != NULL;
}
