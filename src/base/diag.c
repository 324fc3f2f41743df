/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blockade/status.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/c_locale.h"

#include <stdarg.h>
#include <string.h>

enum { MOST_MESSAGES = 1000 };

struct bk_diag {
    bk_message *messages;
    size_t size, capacity;
    size_t counts[BK_ERROR + 1];
    bk_arena *arena; /* NULL while nothing was added */
};

const char *bk_status_text(bk_status status)
{
    switch (status) {
    case BK_OK:
        return "done";
    case BK_NO_MEMORY:
        return "not enough memory";
    case BK_BAD_INPUT:
        return "the input is wrong";
    case BK_UNSUPPORTED:
        return "the input is legal but not supported here";
    case BK_NOT_FOUND:
        return "there is no such name";
    case BK_NUMERICAL:
        return "the computation did not converge";
    case BK_PARTIAL:
        return "the result is not complete";
    case BK_IO:
        return "a file could not be read or written";
    case BK_MISUSE:
        return "a function was called in a way its header forbids";
    }
    return "unknown status";
}

bk_diag *bk_diag_new(void)
{
    return bk_alloc_zero(1, sizeof(bk_diag));
}

void bk_diag_free(bk_diag *diag)
{
    if (diag != NULL) {
        bk_diag_clear(diag);
        bk_free(diag->messages);
        bk_free(diag);
    }
}

void bk_diag_clear(bk_diag *diag)
{
    if (diag == NULL) {
        return;
    }
    bk_arena_free(diag->arena);
    diag->arena = NULL;
    diag->size = 0;
    memset(diag->counts, 0, sizeof diag->counts);
}

/* Copies a file name, or shares the one of the message before. */
static bool copy_file(bk_diag *diag, const char *file, const char **copy)
{
    *copy = NULL;
    if (file == NULL) {
        return true;
    }
    if (diag->size > 0) {
        const char *const last = diag->messages[diag->size - 1].where.file;
        if (last != NULL && strcmp(last, file) == 0) {
            *copy = last;
            return true;
        }
    }
    *copy = bk_arena_text(diag->arena, file);
    return *copy != NULL;
}

static bool store(bk_diag *diag, bk_message message, const char *format,
                  va_list arguments) __attribute__((format(printf, 3, 0)));

static bool store(bk_diag *diag, bk_message message, const char *format,
                  va_list arguments)
{
    if (diag->arena == NULL) {
        diag->arena = bk_arena_new();
    }
    if (diag->arena == NULL ||
        !bk_grow(&diag->messages, &diag->capacity, diag->size + 1, sizeof message) ||
        !copy_file(diag, message.where.file, &message.where.file)) {
        return false;
    }
    message.code = bk_arena_text(diag->arena, message.code != NULL ? message.code : "");
    va_list again;
    va_copy(again, arguments);
    const int length = bk_c_vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *const text =
        length < 0 ? NULL : bk_arena_alloc(diag->arena, (size_t)length + 1);
    if (message.code == NULL || text == NULL) {
        return false;
    }
    bk_c_vsnprintf(text, (size_t)length + 1, format, arguments);
    message.text = text;
    diag->messages[diag->size++] = message;
    return true;
}

void bk_diag_add(bk_diag *diag, bk_severity severity, bk_where where, const char *code,
                 const char *format, ...)
{
    if (diag == NULL) {
        return;
    }
    diag->counts[severity]++;
    if (diag->size >= MOST_MESSAGES) {
        return;
    }
    const bk_message message = {.severity = severity, .where = where, .code = code};
    va_list arguments;
    va_start(arguments, format);
    (void)store(diag, message, format, arguments);
    va_end(arguments);
}

size_t bk_diag_count(const bk_diag *diag, bk_severity at_least)
{
    size_t count = 0;
    for (int i = (int)at_least; diag != NULL && i <= (int)BK_ERROR; i++) {
        count += diag->counts[i];
    }
    return count;
}

size_t bk_diag_size(const bk_diag *diag)
{
    return diag != NULL ? diag->size : 0;
}

const bk_message *bk_diag_message(const bk_diag *diag, size_t i)
{
    return diag != NULL && i < diag->size ? &diag->messages[i] : NULL;
}
