/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_BUILDER_IMPL_H
#define BK_MODEL_BUILDER_IMPL_H

/* The inside of a builder, and the passes that finish makes over the model.
 *
 * A pass reports what it finds to the builder's diag and notes missing memory in the
 * builder; none stops at its first problem.  Every pass survives a model in which
 * references dangle, because readers add what they could make of a wrong file. */

#include "model/builder.h"

struct bk_builder {
    bk_model *model;
    bk_diag *diag; /* never NULL */
    bool own_diag;
    size_t errors_before; /* in the diag when the builder was made */
    bool no_memory;
    bool quiet; /* a copy of a model that was checked: no warnings again */
    bk_names *function_ids, *unit_ids;
    const char *file; /* the file name copied last */
    size_t symbols, rules, initials, reactions, participants, functions, events,
        event_assignments, constraints, unit_definitions, units, logics, terms,
        influences, requirements, aliases, fluxes, objectives, flux_terms,
        starts; /* capacities */
};

/* True when an error was told since the builder was made, by anybody. */
bool bk_builder_wrong(const bk_builder *builder);
/* Where warnings go: NULL (nowhere) for copies. */
bk_diag *bk_builder_warnings(const bk_builder *builder);

/* What is added to a model is the model's: each of these puts a copy into its arena, or
 * notes in the builder that there is no memory. */
void bk_keep_text(bk_builder *builder, const char **text);  /* NULL stays NULL */
void bk_keep_plain(bk_builder *builder, const char **text); /* never NULL */
void bk_keep_notes(bk_builder *builder, bk_notes *notes);
void bk_keep_where(bk_builder *builder, bk_where *where);
/* Appends an item to the growing array that array_pointer points to; its index, or -1. */
int32_t bk_keep_item(bk_builder *builder, void *array_pointer, size_t *capacity,
                     int32_t *n, const void *item, size_t size);

static inline bool bk_model_has_symbol(const bk_model *model, int32_t symbol)
{
    return symbol >= 0 && symbol < model->n_symbols;
}
/* " (line 7)", or "" for an unknown place, to name a second place in a message. */
const char *bk_where_aside(bk_where where, char buffer[64]);

/* One expression of a model, and what it belongs to. */
typedef struct bk_math_place {
    bk_expr math;
    const char *what; /* "the assignment rule for", "the rate law of" ... */
    int32_t symbol;   /* that it is for, or -1 */
    int32_t reaction; /* index: a rate law's; else -1 */
    int32_t function; /* index: a function's body; else -1 */
    const char *name; /* the id of the symbol or function, or "" */
    bk_where where;
} bk_math_place;
typedef void bk_math_visit(void *context, const bk_math_place *place);
/* Visits every expression there is (math >= 0). */
void bk_model_each_math(const bk_model *model, bk_math_visit *visit, void *context);
/* Calls visit(context, symbol) for the symbols of a tree whose present value it depends
 * on: not those that stand only inside delay() or rateOf().  One may come twice. */
void bk_math_present(bk_builder *builder, bk_expr e,
                     void (*visit)(void *context, int32_t symbol), void *context);

/* In the order in which finish runs them. */
void bk_check_references(bk_builder *builder);
void bk_check_math(bk_builder *builder);
void bk_check_rules(bk_builder *builder);
void bk_check_reactions(bk_builder *builder);
void bk_check_events(bk_builder *builder);
void bk_check_algebraic(bk_builder *builder);
void bk_check_cycles(bk_builder *builder);
void bk_check_levels(bk_builder *builder);
void bk_check_conditions(bk_builder *builder); /* `x` becomes `x >= 1` */
/* Only for a model without errors so far. */
void bk_check_overlaps(bk_builder *builder);
void bk_merge_logics(bk_builder *builder);
void bk_derive_influences(bk_builder *builder);
void bk_index_names(bk_builder *builder);

#endif
