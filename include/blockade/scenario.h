/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_SCENARIO_H
#define BLOCKADE_SCENARIO_H

/* Perturbations as values.
 *
 * A *scenario* is a named list of edits by name, readable as text; an *overlay* is a
 * scenario bound to one model, by symbol.  Neither changes the model.  There are five
 * edits in two layers.  BACKGROUND edits say what a thing is, its drive; TREATMENT edits
 * say what others see of it, its activity:
 *
 *     start x = v           initial value or level (for a species its amount, or
 *                           `start [x] = v` its concentration)
 *     fix x = v             background: x itself is held; treatment: others see v
 *     bound x in [lo, hi]   background: a floor and ceiling on x's drive (its rule's
 *                           value; -inf and inf leave a side open); treatment: on what
 *                           others see
 *     scale x by f          background: the drive, parameter, rate law at factor f;
 *                           treatment: what others see of x, or the parameter or rate
 *     cut s -> t at v       t does not see s; it is evaluated with s replaced by v
 *
 * and three words that a library turns into edits: `drug NAME @ 500 nM` (treatment),
 * `variant GENE:ALLELE` (background), `access DRUG = f` (background: the occupancy of
 * that drug is multiplied by f; for what changes its binding, such as a masked epitope).
 *
 * Within a layer scales multiply, bounds intersect (an empty intersection is an error
 * that names both), cuts unite (two values for one cut: error), fix beats the rest, two
 * different fixes of one symbol are an error that names both places.
 *
 * What sees what: activity(x) = fix, or clamp(scale * x) of the treatment layer.  A law
 * sees activity(s) of every s but x's own state in x's own law: a rule for x, or a
 * reaction that changes x and has at most one reactant and one product.
 *
 * Logic: the drive of x is B(F(x)), B the background's fix or clamp; others see T(x), a
 * table level -> level.  The policy that turns numbers into levels: fix, start and
 * bounds round half up to a level; a scale f maps level v to v * f rounded half down.
 * Stochastic runs read a scale instead as a share of time: others see x during the share
 * f and 0 during the rest.
 *
 * The law: run(compile(model), overlay) = run(compile(specialise(model, overlay)), none). */

#include <blockade/model.h>
#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bk_layer { BK_BACKGROUND, BK_TREATMENT } bk_layer;

typedef struct bk_scenario bk_scenario;
typedef struct bk_library
    bk_library; /* drugs, variants, backgrounds beside a network */
typedef struct bk_overlay bk_overlay;

bk_scenario *bk_scenario_new(const char *name); /* NULL when memory is short */
bk_scenario *bk_scenario_copy(const bk_scenario *scenario);
void bk_scenario_free(bk_scenario *scenario);
const char *bk_scenario_name(const bk_scenario *scenario);

/* Adds one or more edits written as above, separated by `;` or line ends; `#` starts a
 * comment.  A line `background` or `treatment` switches the layer for what follows. */
bk_status bk_scenario_parse(bk_scenario *scenario, bk_layer layer, const char *text,
                            bk_where where, bk_diag *diag);
/* All edits of `more` after those of `scenario`: a combination is a concatenation. */
bk_status bk_scenario_append(bk_scenario *scenario, const bk_scenario *more);
bk_status bk_scenario_read(const char *path, bk_diag *diag, bk_scenario **scenario);
/* The scenario as text that parses back to the same. */
bk_status bk_scenario_print(const bk_scenario *scenario, char **text);
size_t bk_scenario_edits(const bk_scenario *scenario);

/* drugs.tsv, variants.tsv, alleles.tsv, backgrounds.tsv of a folder (absent ones are
 * empty); columns and meaning: docs/perturbations.md.  A protein change of alleles.tsv,
 * `GENE:CHANGE`, may be used as the variant that it is taken as. */
bk_status bk_library_read(const char *folder, bk_diag *diag, bk_library **library);
void bk_library_free(bk_library *library);
size_t bk_library_drugs(const bk_library *library);
const char *bk_library_drug(const bk_library *library, size_t i);
size_t bk_library_variants(const bk_library *library);
const char *bk_library_variant(const bk_library *library, size_t i);
size_t bk_library_backgrounds(const bk_library *library);
const char *bk_library_background(const bk_library *library, size_t i);
/* What the library can say of cells: name, kind (background, variant, allele), sets,
 * source, status, note; one row a name. */
bk_status bk_library_list(const bk_library *library, bk_table **table);
/* Every edit of a background (as bk_library_background_scenario reads it), one a row:
 * item (the variant or allele it comes from), layer, edit, source, status, note.  A row
 * without edit is what the table says of the item itself. */
bk_status bk_library_show(const bk_library *library, const char *name, bk_where where,
                          bk_diag *diag, bk_table **table);
/* Appends the edits of a background (by name; or `;`-separated variants and edits). */
bk_status bk_library_background_scenario(const bk_library *library, const char *name,
                                         bk_where where, bk_diag *diag,
                                         bk_scenario *scenario);
/* Appends a treatment: terms joined by `+`, each `DRUG` or `DRUG@500nM`, `none`. */
bk_status bk_library_treatment_scenario(const bk_library *library, const char *text,
                                        bk_where where, bk_diag *diag,
                                        bk_scenario *scenario);

/* Binds names to symbols (ids or aliases; a group name means all its members; a name
 * with a drive binds background bounds and scales to that drive).  library may be NULL
 * when the scenario names no drug or variant.  All unknown names are reported. */
bk_status bk_scenario_bind(const bk_scenario *scenario, const bk_library *library,
                           const bk_model *model, bk_diag *diag, bk_overlay **overlay);
void bk_overlay_free(bk_overlay *overlay);
/* The bound edits as lines of text, the logic policy included, for the provenance. */
bk_status bk_overlay_print(const bk_overlay *overlay, const bk_model *model,
                           char **text);
/* The same edits as a model of their own, same symbol numbers. */
bk_status bk_model_specialise(const bk_model *model, const bk_overlay *overlay,
                              bk_diag *diag, bk_model **special);

#ifdef __cplusplus
}
#endif
#endif
