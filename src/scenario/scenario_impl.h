/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_SCENARIO_IMPL_H
#define BK_SCENARIO_SCENARIO_IMPL_H

/* The inside of a scenario: edits in the order in which they were written. */

#include "base/arena.h"
#include "base/text.h"

#include <blockade/scenario.h>

typedef enum bk_edit_kind {
    BK_EDIT_START,
    BK_EDIT_FIX,
    BK_EDIT_BOUND,
    BK_EDIT_SCALE,
    BK_EDIT_CUT,
    BK_EDIT_DRUG,
    BK_EDIT_VARIANT,
    BK_EDIT_ACCESS
} bk_edit_kind;

typedef struct bk_edit {
    bk_edit_kind kind;
    bk_layer layer;     /* drug: treatment; variant, access: background */
    const char *name;   /* what is edited; the source of a cut */
    const char *target; /* CUT, else NULL */
    double
        value;   /* start, fix, cut: v; bound: low; scale, access: factor; drug: dose in
                     nM, NaN for the library's default */
    double high; /* BOUND */
    bool concentration; /* START */
    bk_where where;
} bk_edit;

struct bk_scenario {
    bk_arena *arena;
    const char *name;
    bk_edit *edits;
    size_t n, capacity;
    const char *file; /* the file name copied last */
};

/* Appends a copy. */
bk_status bk_scenario_add(bk_scenario *scenario, const bk_edit *edit);
/* The first word of an edit. */
const char *bk_edit_word(bk_edit_kind kind);
/* Parses as bk_scenario_parse; in a library `scale NODE` may stand without its factor,
 * whose value is NaN then. */
bk_status bk_scenario_parse_edits(bk_scenario *scenario, bk_layer layer,
                                  const char *text, bool library, bk_where where,
                                  bk_diag *diag);
/* A number with a unit of concentration as nM (`500`, `0.5 uM`); false when s[length]
 * is none. */
bool bk_dose_parse(const char *s, size_t length, double *nanomolar);
/* Whether the plus sign at `at` of a text belongs to the exponent of a dose, as that of
 * lapatinib@1e+3nM, and joins no treatments. */
bool bk_dose_has_sign(const char *text, const char *at);
/* True when the character at hand ends a name that stands without quotes. */
bool bk_ends_name(const char *at);
/* A name as the parser reads it back; an `at` sign needs quotes in a drug's name. */
void bk_name_print(bk_text *text, const char *name, bool drug);
/* One edit without its layer or line end. */
void bk_edit_print(bk_text *text, const bk_edit *edit);

#endif
