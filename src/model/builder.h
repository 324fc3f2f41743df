/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_BUILDER_H
#define BK_MODEL_BUILDER_H

/* Makes models.  Readers add what they find, in any order that resolves names (all
 * symbols first, then expressions); finish checks the whole and gives the model out.
 *
 * Every add copies the struct it is given and the texts in it, and returns the new
 * index, or -1: memory was short (the builder then remembers, and finish returns
 * BK_NO_MEMORY), or the id was taken (reported to the diag with both places).  So a
 * reader may add without checking and look once. */

#include "model/model.h"

typedef struct bk_builder bk_builder;

bk_builder *bk_builder_new(bk_diag *diag); /* diag may be NULL; it must outlive */
/* A builder that holds a copy of a model, same numbers: for specialise and the
 * continuous form. */
bk_builder *bk_builder_from(const bk_model *model, bk_diag *diag);
void bk_builder_free(bk_builder *builder);

/* The model under construction: fields may be read and written until finish; pools and
 * arrays grow, so do not keep pointers into them across adds. */
bk_model *bk_builder_model(bk_builder *builder);
bk_exprs *bk_builder_exprs(bk_builder *builder);
const char *bk_builder_text(bk_builder *builder,
                            const char *text); /* copy in the arena */

/* Fields that mean nothing for the kind may be 0; bk_symbol_blank gives defaults
 * (references -1, value NaN, dimensions 3, texts "" or NULL). */
bk_symbol bk_symbol_blank(bk_symbol_kind kind, const char *id);
int32_t bk_builder_symbol(bk_builder *builder, const bk_symbol *symbol);
int32_t bk_builder_find(const bk_builder *builder, const char *id); /* exact id; -1 */
/* Another name of a symbol for bk_model_find; doubles become ambiguous silently. */
void bk_builder_alias(bk_builder *builder, const char *alias, int32_t symbol);
int32_t bk_builder_rule(bk_builder *builder, const bk_rule *rule);
int32_t bk_builder_initial(bk_builder *builder, const bk_initial_assignment *initial);
/* A reaction's participants are those added since it was added and before the next
 * reaction.  Its local parameter symbols are those that name its symbol as their owner
 * (or name none, and were added after it and before the next); they must be added one
 * after the other. */
int32_t bk_builder_reaction(bk_builder *builder, const bk_reaction *reaction);
int32_t bk_builder_participant(bk_builder *builder, const bk_participant *participant);
int32_t bk_builder_function(bk_builder *builder, const bk_function *function);
int32_t bk_builder_event(bk_builder *builder, const bk_event *event);
int32_t bk_builder_event_assignment(bk_builder *builder, const bk_event_assignment *a);
int32_t bk_builder_constraint(bk_builder *builder, const bk_constraint *constraint);
int32_t bk_builder_unit_definition(bk_builder *builder, const bk_unit_definition *u);
int32_t bk_builder_unit(bk_builder *builder, const bk_unit *unit); /* of the last one */
/* A logic and its terms (added after it).  A second logic for the same target is legal
 * (files with one transition an arc): the merged rule is the highest level that any of
 * them gives. */
int32_t bk_builder_logic(bk_builder *builder, const bk_logic *logic);
int32_t bk_builder_term(bk_builder *builder, const bk_term *term);
/* A group of levels that start together (see bk_start_group): copies of all arrays. */
void bk_builder_start(bk_builder *builder, const bk_start_group *group);
/* What a file declares of an arc; sign and effective are worked out by finish.  Arcs
 * that functions use without a declaration are added by finish. */
int32_t bk_builder_influence(bk_builder *builder, const bk_influence *influence);
/* Flux balance: an objective's terms are those added after it and before the next. */
int32_t bk_builder_flux(bk_builder *builder, const bk_flux *flux);
int32_t bk_builder_objective(bk_builder *builder, const bk_objective *objective);
int32_t bk_builder_flux_term(bk_builder *builder, const bk_flux_term *term);
int32_t bk_builder_requirement(bk_builder *builder, const bk_requirement *requirement);

/* Checks and freezes; frees the builder in every case.  All problems are reported (BK
 * error codes carry the SBML rule number where there is one): dangling references,
 * two rules for one symbol, cycles among assignment rules and initial assignments (the
 * cycle is named), rules on constants, more algebraic rules than they can determine,
 * species without compartment, levels out of range, conditions that are not conditions,
 * overlapping terms of different level (a warning).  BK_BAD_INPUT when there was any
 * error. */
bk_status bk_builder_finish(bk_builder *builder, bk_model **model);

#endif
