/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <blockade/status.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t largest_file = (size_t)1 << 30;

/* Tells what the system answered to doing something with the file. */
static int refuse(bk_diag *diag, const char *path, const char *doing, int error)
{
    const locale_t locale = bk_c_locale();
    const char *const reason = locale != (locale_t)0 ? strerror_l(error, locale) : NULL;
    bk_diag_add(diag, BK_ERROR, (bk_where){.file = path}, "file", "cannot %s: %s",
                doing, reason != NULL ? reason : "the system refused");
    return BK_IO;
}

static int too_large(bk_diag *diag, const char *path)
{
    bk_diag_add(diag, BK_ERROR, (bk_where){.file = path}, "file-size",
                "the file is larger than 1 GiB; split it");
    return BK_IO;
}

static int read_all(int file, const char *path, bk_diag *diag, bk_text *text)
{
    struct stat info;
    if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        if ((uint64_t)info.st_size > largest_file) {
            return too_large(diag, path);
        }
        /* Two more: the NUL, and one so that the end is seen without growing. */
        if (!bk_grow(&text->data, &text->capacity, (size_t)info.st_size + 2, 1)) {
            return BK_NO_MEMORY;
        }
    }
    for (;;) {
        if (text->capacity - text->length < 2 &&
            !bk_grow(&text->data, &text->capacity, text->length + 4096, 1)) {
            return BK_NO_MEMORY;
        }
        const ssize_t got =
            read(file, text->data + text->length, text->capacity - text->length - 1);
        if (got < 0 && errno != EINTR) {
            return refuse(diag, path, "read", errno);
        }
        if (got == 0) {
            text->data[text->length] = '\0';
            return BK_OK;
        }
        text->length += got > 0 ? (size_t)got : 0;
        if (text->length > largest_file) {
            return too_large(diag, path);
        }
    }
}

int bk_file_read(const char *path, bk_diag *diag, char **data, size_t *length)
{
    const bool standard = strcmp(path, "-") == 0;
    const int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(diag, path, "open", errno);
    }
    bk_text text = {0};
    const int status = read_all(file, path, diag, &text);
    if (!standard) {
        close(file);
    }
    if (status != BK_OK) {
        bk_text_free(&text);
        return status;
    }
    *data = text.data;
    *length = text.length;
    return BK_OK;
}

static int write_standard(const char *data, size_t length, bk_diag *diag)
{
    /* Through stdio, to keep the order with what the program itself prints. */
    if (fwrite(data, 1, length, stdout) != length || fflush(stdout) != 0) {
        return refuse(diag, "standard output", "write", errno);
    }
    return BK_OK;
}

/* Returns 0 or the error number. */
static int write_all(int file, const char *data, size_t length)
{
    while (length > 0) {
        const ssize_t done = write(file, data, length);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            data += done;
            length -= (size_t)done;
        }
    }
    return 0;
}

/* Devices and pipes cannot be replaced by a renamed file. */
static int write_direct(const char *path, const char *data, size_t length,
                        bk_diag *diag)
{
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(diag, path, "open", errno);
    }
    int error = write_all(file, data, length);
    if (close(file) != 0 && error == 0) {
        error = errno;
    }
    return error != 0 ? refuse(diag, path, "write", error) : BK_OK;
}

/* Makes an empty new file beside the target; its name is left in `name`. */
static int open_neighbour(const char *target, bk_text *name)
{
    int file = -1;
    for (unsigned i = 0; i < 1000 && file < 0; i++) {
        bk_text_clear(name);
        bk_text_printf(name, "%s.tmp%ld.%u", target, (long)getpid(), i);
        if (name->failed) {
            return -1;
        }
        file = open(name->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) {
            break;
        }
    }
    return file;
}

static int write_renamed(const char *path, const char *target, const struct stat *old,
                         const char *data, size_t length, bk_diag *diag)
{
    bk_text name = {0};
    const int file = open_neighbour(target, &name);
    if (file < 0) {
        const int reason = errno;
        const bool memory = name.failed;
        bk_text_free(&name);
        return memory ? BK_NO_MEMORY : refuse(diag, path, "create", reason);
    }
    int error = write_all(file, data, length);
    if (old != NULL && fchmod(file, old->st_mode & 07777) != 0 && error == 0) {
        error = errno;
    }
    if (close(file) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(name.data, target) != 0) {
        error = errno;
    }
    if (error != 0) {
        unlink(name.data);
    }
    bk_text_free(&name);
    return error != 0 ? refuse(diag, path, "write", error) : BK_OK;
}

int bk_file_write(const char *path, const char *data, size_t length, bk_diag *diag)
{
    if (strcmp(path, "-") == 0) {
        return write_standard(data, length, diag);
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        return write_renamed(path, path, NULL, data, length, diag);
    }
    if (S_ISDIR(info.st_mode)) {
        return refuse(diag, path, "write", EISDIR);
    }
    if (!S_ISREG(info.st_mode)) {
        return write_direct(path, data, length, diag);
    }
    /* Renaming onto a symbolic link would replace the link, not what it points to. */
    char target[PATH_MAX];
    if (realpath(path, target) == NULL) {
        return refuse(diag, path, "open", errno);
    }
    return write_renamed(path, target, &info, data, length, diag);
}
