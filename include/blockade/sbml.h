/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_SBML_H
#define BLOCKADE_SBML_H

/* Reading and writing SBML: core Levels 1 to 3 (all versions) and the qual package.
 * Hierarchical models (package comp, Level 3 Version 1 Release 3) are read as the flat
 * model they stand for: "x" of submodel "s" is "s__x", submodels come from the file or
 * from files named relative to its folder, and what is written is the flat model.
 * Flux bounds and objectives (package fbc, Version 1 and 2) are read for the engine
 * `fba`, and not written. */

#include <blockade/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads all problems of a file in one pass.  `lax` takes what is wrong but clear
 * (missing default term, missing required attributes with an obvious default) with a
 * warning instead of an error. */
typedef struct bk_read_settings {
    bool lax;
    const char *config; /* the .cfg of a .bnd (see format.h); NULL: found beside it */
    const char *rule;   /* what the arcs of a .sif make (see format.h) */
    bool ignore_fast;   /* reactions marked as fast take the time of their laws: some
                           programs mark all of a model without meaning it */
} bk_read_settings;
bk_status bk_sbml_read(const char *path, const bk_read_settings *settings,
                       bk_diag *diag, bk_model **model);
bk_status bk_sbml_parse(const char *text, size_t length, const char *name,
                        const bk_read_settings *settings, bk_diag *diag,
                        bk_model **model);
/* Kinetic part as L3V2 core (L3V1 when the model uses fast reactions), logical part as
 * L3V1 qual version 1.  *text is freed with bk_string_free.  BK_UNSUPPORTED, with the
 * reasons: the model needs a package that was not read, an operator that only L3V2 has
 * meets what only L3V1 has, or an expression is nested too deep for XML. */
bk_status bk_sbml_print(const bk_model *model, bk_diag *diag, char **text);
bk_status bk_sbml_write(const bk_model *model, const char *path, bk_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
