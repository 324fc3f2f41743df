/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_PUBLISHED_H
#define BK_TEST_PUBLISHED_H

/* Published networks that are not part of the project: DATA, by default ../shared/data,
 * holds boolean/models/NAME.bnet. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <blockade/blockade.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool long_run(void)
{
    const char *const wanted = getenv("BLOCKADE_LONG");
    return wanted != NULL && strcmp(wanted, "1") == 0;
}

static inline bk_model *published(const char *name)
{
    char path[600];
    const char *const data = getenv("DATA");
    snprintf(path, sizeof path, "%s/boolean/models/%s.bnet",
             data != NULL ? data : "../shared/data", name);
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        print_message("SKIP  no %s: published networks\n", path);
        skip();
    }
    fclose(file);
    bk_model *model = NULL;
    const bk_read_settings settings = {.lax = false};
    assert_int_equal(bk_model_read(path, &settings, NULL, &model), BK_OK);
    return model;
}

#endif
