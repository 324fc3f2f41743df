/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_ESCAPE_FIXTURE_H
#define BK_TEST_ESCAPE_FIXTURE_H

/* The network of tests/escape: a drug stops G -> P -> S -> T; B -> Q -> S goes round it, and
 * so do A and C together. */

#include "fixture.h"

#include <blockade/experiment.h>

typedef struct escape {
    bk_model *logic, *form;
    bk_library *library;
    bk_readouts *readouts;
    bk_system *system;
    bk_scenario *cell;
    bk_diag *diag;
} escape;

static inline void escape_close(escape *e)
{
    bk_scenario_free(e->cell);
    bk_system_free(e->system);
    bk_readouts_free(e->readouts);
    bk_library_free(e->library);
    bk_model_free(e->form);
    bk_model_free(e->logic);
    bk_diag_free(e->diag);
}

static inline escape escape_of(const char *folder, const bk_engine *engine,
                               const char *readouts, const char *cell)
{
    escape e = {.readouts = bk_readouts_new(), .diag = bk_diag_new()};
    assert_int_equal(bk_folder_read(folder, e.diag, &e.logic), BK_OK);
    assert_int_equal(bk_library_read(folder, e.diag, &e.library), BK_OK);
    if (engine == &bk_engine_ode) {
        assert_int_equal(bk_model_continuous(e.logic, NULL, e.diag, &e.form), BK_OK);
    }
    const bk_model *const used = e.form != NULL ? e.form : e.logic;
    assert_int_equal(engine->compile(used, e.diag, &e.system), BK_OK);
    assert_int_equal(bk_readouts_read(e.readouts, used, folder, readouts, e.diag),
                     BK_OK);
    e.cell = bk_scenario_new("cell");
    assert_int_equal(bk_library_background_scenario(
                         e.library, cell, (bk_where){.file = NULL}, e.diag, e.cell),
                     BK_OK);
    return e;
}

static inline escape escape_open(const bk_engine *engine, const char *readouts,
                                 const char *cell)
{
    return escape_of("tests/escape", engine, readouts, cell);
}

#endif
