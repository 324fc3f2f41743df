/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

const bk_engine *bk_system_engine(const bk_system *system)
{
    return system->engine;
}

const bk_model *bk_system_model(const bk_system *system)
{
    return system->model;
}

void bk_system_free(bk_system *system)
{
    if (system != NULL) {
        system->free_rest(system);
    }
}

void bk_workspace_free(bk_workspace *workspace)
{
    if (workspace != NULL) {
        workspace->free_rest(workspace);
    }
}
