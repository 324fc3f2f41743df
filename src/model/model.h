/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_MODEL_H
#define BK_MODEL_MODEL_H

/* The inside of a model, read by engines and written by builders.
 *
 * All arrays are dense and owned by the model's arena or heap; nothing changes once
 * bk_builder_finish has given the model out. */

#include "base/arena.h"
#include "base/names.h"
#include "math/expr.h"

#include <blockade/model.h>

typedef enum bk_initial_kind {
    BK_INITIAL_NONE,
    BK_INITIAL_AMOUNT,
    BK_INITIAL_CONCENTRATION,
    BK_INITIAL_VALUE /* compartments, parameters, stoichiometries */
} bk_initial_kind;

/* What is kept of an element so that it can be written again. */
typedef struct bk_notes {
    const char *metaid, *sbo;
    const char *notes, *annotation; /* XML text; each may be NULL */
} bk_notes;

typedef struct bk_symbol {
    const char *id;   /* unique in the model; local parameters "reaction.parameter" */
    const char *name; /* "" when there is none */
    bk_symbol_kind kind;
    int32_t owner;       /* LOCAL_PARAMETER, STOICHIOMETRY: the reaction's symbol;
                            PARAMETER: the drive that a continuous form keeps this part
                            of in a parameter of its own, or -1 */
    int32_t item;        /* index in reactions, events, logics; -1: none */
    int32_t compartment; /* SPECIES, LEVEL */
    int32_t conversion;  /* SPECIES: conversion factor, its own or the model's */
    bool constant, boundary, only_substance;
    bool own_conversion; /* the species names its conversion factor itself */
    bk_initial_kind initial;
    double value;      /* initial; NaN when NONE */
    double dimensions; /* COMPARTMENT; 3 by default, NaN when L3 leaves it out */
    int32_t drive; /* continuous forms: the parameter that carries the drive, or -1 */
    int max_level, start_level; /* LEVEL; start -1: not given (0 is used) */
    bool slow;
    bool internal;     /* LEVEL: left out where states are told apart */
    int reference;     /* LEVEL: its level in the reference state; -1: not part of it */
    const char *group; /* the protein it belongs to, or "" */
    const char *units, *spatial_units;  /* or NULL */
    const char *outside, *species_type; /* kept attributes of L1, L2; or NULL */
    double charge;                      /* NaN: none */
    bk_notes notes;
    bk_where where;
    int32_t rule;      /* index in rules; -1: none; worked out by finish */
    double seen_scale; /* LEVEL: what others see of it, as a treatment's scale; 1 */
} bk_symbol;

/* Another name of a symbol, as it was added. */
typedef struct bk_alias {
    const char *text;
    int32_t symbol;
} bk_alias;

typedef enum bk_rule_kind {
    BK_ASSIGNMENT_RULE,
    BK_RATE_RULE,
    BK_ALGEBRAIC_RULE
} bk_rule_kind;
typedef struct bk_rule {
    bk_rule_kind kind;
    int32_t target; /* -1 for algebraic ones */
    bk_expr math;   /* -1: the file has none, the rule is without effect */
    bk_notes notes;
    bk_where where;
    int32_t solves; /* of an algebraic one: the symbol it determines, worked out by
                       finish; else -1 */
} bk_rule;

typedef struct bk_initial_assignment {
    int32_t target;
    bk_expr math;
    bk_notes notes;
    bk_where where;
} bk_initial_assignment;

typedef enum bk_role { BK_REACTANT, BK_PRODUCT, BK_MODIFIER } bk_role;
typedef struct bk_participant {
    int32_t species;
    bk_role role;
    double stoichiometry; /* NaN: not given and set by nothing */
    bk_expr math;         /* L2 stoichiometryMath, or -1 */
    int32_t symbol;       /* its STOICHIOMETRY symbol when it has an id, or -1 */
    bool constant;
    bk_notes notes;
    bk_where where;
} bk_participant;

typedef struct bk_reaction {
    int32_t symbol;
    bool reversible, fast;
    bk_expr law; /* extent per time; -1: the file has none (rate is then undefined) */
    int32_t first_participant, participants;
    int32_t first_local, locals; /* symbols first_local .. first_local + locals - 1 */
    int32_t compartment;         /* or -1 */
    bk_notes notes;
    bk_where where;
} bk_reaction;

typedef struct bk_function {
    const char *id, *name;
    const char *const *arguments; /* [body.arguments] */
    bk_function_body body;        /* body.body -1: no math */
    bk_notes notes;
    bk_where where;
} bk_function;

typedef struct bk_event_assignment {
    int32_t target;
    bk_expr math;
    bk_where where;
} bk_event_assignment;
typedef struct bk_event {
    int32_t symbol; /* its EVENT symbol, made up when the file gives no id */
    bool has_id;
    bk_expr trigger, delay, priority;
    bool initial_value, persistent, trigger_time_values;
    int32_t first_assignment, assignments;
    bk_notes notes;
    bk_where where;
} bk_event;

typedef struct bk_constraint {
    bk_expr math;
    const char *message; /* XML, or NULL */
    bk_where where;
} bk_constraint;

typedef struct bk_unit {
    const char *kind;
    double exponent, scale, multiplier, offset;
} bk_unit;
typedef struct bk_unit_definition {
    const char *id, *name;
    int32_t first_unit, units;
    bk_where where;
} bk_unit_definition;

/* The rule of one level: the first term whose condition holds gives its level, else
 * `otherwise`.  Files with several transitions for one target are merged here (the
 * highest level wins: see bk_builder_logic). */
typedef struct bk_logic {
    int32_t target;
    int32_t first_term, terms;
    int otherwise;
    double rate_up, rate_down; /* continuous-time runs: transitions per time unit; 1 */
    const char *transition;    /* the id in the file, or NULL */
    bk_where where;
} bk_logic;
typedef struct bk_term {
    int level;
    bk_expr condition; /* relations of a level and a number, AND OR NOT XOR IMPLIES,
                          TRUE FALSE, equalities of conditions */
    bk_where where;
    double rate; /* continuous-time runs: of moves towards this level while the term
                    decides; 0: the rate_up or rate_down of the logic */
} bk_term;

/* Where stochastic runs start: the levels of a group take one of its states together,
 * drawn by weight.  No level is in two groups. */
typedef struct bk_start_group {
    int32_t n, states;
    const int32_t *levels; /* [n] symbols */
    const double *weights; /* [states] at least 0, their sum above 0 */
    uint8_t *values;       /* [states * n] */
} bk_start_group;

/* Flux balance (SBML fbc).  The flux of a reaction lies between its bounds, which are
 * the symbols lower and upper where they are not -1, else the numbers low and high.
 * Several entries for one reaction all hold. */
typedef struct bk_flux {
    int32_t reaction; /* symbol */
    int32_t lower, upper;
    double low, high;
    bk_where where;
} bk_flux;
typedef struct bk_objective {
    int32_t symbol;
    bool maximize, active; /* at most one is active */
    int32_t first_term, terms;
    bk_where where;
} bk_objective;
typedef struct bk_flux_term {
    int32_t reaction; /* symbol */
    double coefficient;
} bk_flux_term;

struct bk_model {
    bk_arena *arena; /* texts and arrays that do not grow */
    bk_exprs *exprs;
    bk_names *ids;     /* id -> symbol */
    bk_names *aliases; /* lower-case alias -> symbol; INT32_MAX: ambiguous */
    const char *id, *name, *source, *sha256;
    int level, version;
    const char *substance_units, *time_units, *volume_units, *area_units, *length_units,
        *extent_units;  /* or NULL */
    int32_t conversion; /* model-wide conversion factor, or -1 */
    bk_notes notes;

    bk_symbol *symbols;
    bk_rule *rules;
    bk_initial_assignment *initials;
    bk_reaction *reactions;
    bk_participant *participants;
    bk_function *functions; /* callees before callers */
    bk_event *events;
    bk_event_assignment *event_assignments;
    bk_constraint *constraints;
    bk_unit_definition *unit_definitions;
    bk_unit *units;
    bk_logic *logics; /* one a ruled level */
    bk_term *terms;
    bk_influence *influences; /* ordered by target, then source */
    bk_requirement *requirements;
    bk_flux *fluxes;
    bk_objective *objectives;
    bk_flux_term *flux_terms;
    bk_start_group *starts;
    bk_run_wishes wishes;
    int32_t n_symbols, n_rules, n_initials, n_reactions, n_participants, n_functions,
        n_events, n_event_assignments, n_constraints, n_unit_definitions, n_units,
        n_logics, n_terms, n_influences, n_requirements, n_fluxes, n_objectives,
        n_flux_terms, n_starts;

    bk_alias *alias_list; /* what aliases was made from, less ids and names */
    int32_t n_aliases;
    int32_t kinds[BK_LEVEL + 1]; /* symbols of each kind */
    bool is_form; /* made by bk_model_continuous: its variables are levels */
};

/* The rule (index in rules) that assigns or changes a symbol, or -1. */
int32_t bk_model_rule_of(const bk_model *model, int32_t symbol);
/* The logic (index in logics) of a level, or -1: an input. */
int32_t bk_model_logic_of(const bk_model *model, int32_t symbol);
/* Whether any term of a logic has a rate of its own. */
bool bk_logic_has_rates(const bk_model *model, int32_t logic);
/* Whether any rate is not 1. */
bool bk_model_has_rates(const bk_model *model);
/* Whether the start of a level is drawn for each run. */
bool bk_model_is_drawn(const bk_model *model, int32_t symbol);
/* Naming for bk_expr_print over this model. */
bk_naming bk_model_naming(const bk_model *model);

#endif
