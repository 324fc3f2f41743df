/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one file that knows all engines by name. */

#include <blockade/engine.h>

#include <string.h>

const bk_engine *bk_engine_find(const char *name)
{
    const bk_engine *const engines[] = {&bk_engine_ode,   &bk_engine_sync,
                                        &bk_engine_async, &bk_engine_ctmc,
                                        &bk_engine_fba,   &bk_engine_ssa};
    for (size_t i = 0; name != NULL && i < sizeof engines / sizeof *engines; i++) {
        if (strcmp(engines[i]->name, name) == 0) {
            return engines[i];
        }
    }
    return NULL;
}
