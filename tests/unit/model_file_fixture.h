/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_MODEL_FILE_FIXTURE_H
#define BK_TEST_MODEL_FILE_FIXTURE_H

/* Kinetic models from files and folders; published ones from BioModels (CC0), which are
 * not part of the project: DATA, by default ../shared/data, holds biomodels/BIOMD....xml. */

#include "kinetic_fixture.h"

#include <blockade/format.h>

/* Whether a published model is missing, which is told; else where it is. */
static inline bool absent(const char *model, char path[500])
{
    const char *const data = getenv("DATA");
    snprintf(path, 500, "%s/biomodels/%s.xml", data != NULL ? data : "../shared/data",
             model);
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        printf("SKIP  published models: no %s\n", path);
        return true;
    }
    fclose(file);
    return false;
}

static inline bench opened_file(const char *path, bool ignore_fast)
{
    const bk_read_settings settings = {.ignore_fast = ignore_fast};
    bench t = {.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    assert_non_null(t.diag);
    if (bk_model_read(path, &settings, t.diag, &t.model) != BK_OK ||
        bk_engine_ode.compile(t.model, t.diag, &t.system) != BK_OK ||
        bk_engine_ode.workspace(t.system, &t.workspace) != BK_OK) {
        tell(t.diag);
        fail_msg("cannot read %s", path);
    }
    return t;
}

#endif
