/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_FIXTURE_H
#define BK_TEST_FIXTURE_H

/* Folders of fixtures: a wrong file beside a .txt that lists its messages, one
 * `line:column code` a line.  Tests run in the root of the project. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <blockade/format.h>
#include <blockade/table.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *fixture_slurp(const char *path)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    char *const text = calloc(1, 1 << 20);
    assert_non_null(text);
    const size_t n = fread(text, 1, (1 << 20) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

/* The messages of at least a severity, as a .txt of fixtures lists them. */
static inline char *fixture_messages(const bk_diag *diag, bk_severity at_least)
{
    char *const text = calloc(1, 1 << 16);
    assert_non_null(text);
    size_t n = 0;
    for (size_t i = 0; i < bk_diag_size(diag) && n < (1 << 16) - 200; i++) {
        const bk_message *const m = bk_diag_message(diag, i);
        if (m->severity >= at_least) {
            n += (size_t)snprintf(text + n, (1 << 16) - n, "%d:%d %s\n", m->where.line,
                                  m->where.column, m->code);
        }
    }
    return text;
}

static inline void fixture_tell(const bk_diag *diag)
{
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        const bk_message *const m = bk_diag_message(diag, i);
        print_message("%s:%d:%d: %s: %s\n", m->where.file, m->where.line,
                      m->where.column, m->code, m->text);
    }
}

static inline void fixture_assert_messages(const char *path, const bk_diag *diag,
                                           bk_severity at_least)
{
    char expected_path[500];
    snprintf(expected_path, sizeof expected_path, "%s", path);
    char *const dot = strrchr(expected_path, '.');
    assert_non_null(dot);
    strcpy(dot, ".txt");
    char *const expected = fixture_slurp(expected_path);
    char *const told = fixture_messages(diag, at_least);
    if (strcmp(expected, told) != 0) {
        fixture_tell(diag);
        fail_msg("%s\nexpected:\n%stold:\n%s", path, expected, told);
    }
    free(expected);
    free(told);
}

/* Calls check for each file of a folder with this suffix; how many there were. */
static inline int fixture_each(const char *folder, const char *suffix,
                               void (*check)(const char *path))
{
    DIR *const directory = opendir(folder);
    if (directory == NULL) {
        fail_msg("run the tests in the root of the project: no %s", folder);
    }
    int n = 0;
    for (const struct dirent *e = readdir(directory); e != NULL;
         e = readdir(directory)) {
        const char *const dot = strrchr(e->d_name, '.');
        if (dot != NULL && dot != e->d_name && strcmp(dot, suffix) == 0) {
            char path[500];
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            check(path);
            n++;
        }
    }
    closedir(directory);
    return n;
}

static inline bk_model *fixture_bnet(const char *text)
{
    bk_diag *const diag = bk_diag_new();
    assert_non_null(diag);
    bk_model *model = NULL;
    if (bk_bnet_parse(text, strlen(text), "text.bnet", diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", text);
    }
    bk_diag_free(diag);
    return model;
}

static inline bk_model *fixture_read(const char *path)
{
    const bk_read_settings settings = {.lax = false};
    bk_diag *const diag = bk_diag_new();
    assert_non_null(diag);
    bk_model *model = NULL;
    if (bk_model_read(path, &settings, diag, &model) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read %s", path);
    }
    bk_diag_free(diag);
    return model;
}

/* Both models are the same by truth table, in exactly so many rules (-1: any number).
 */
static inline void fixture_assert_equal(const bk_model *a, const bk_model *b, int rules)
{
    int32_t compared = 0;
    char *differing = NULL;
    assert_int_equal(bk_logic_compare(a, b, &compared, &differing), BK_OK);
    if (differing != NULL) {
        fail_msg("%s", differing);
    }
    if (rules >= 0) {
        assert_int_equal(compared, rules);
    }
}

#endif
