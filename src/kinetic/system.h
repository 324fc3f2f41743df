/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SYSTEM_H
#define BK_KINETIC_SYSTEM_H

/* A kinetic model made ready to be integrated.
 *
 * All numbers of a run lie in one array, the slots:
 *
 *     [ symbols | seen | amounts | extras | partials | cuts | the program's own ]
 *
 *   symbols   what laws see of a symbol: a species is its concentration, or its amount
 *             when it has only substance units
 *   seen      the same after the treatment (only where an overlay touches it)
 *   amounts   of species in a compartment whose size varies
 *   extras    values without a symbol: right-hand sides of rate rules, rateOf values,
 *             stoichiometries given by a formula
 *   partials  d law / d slot
 *   cuts      the values that cut arcs are replaced by
 *
 * A *node* is a computed value: one law of the program.  A *variable* is a component of
 * the state y: the amount of a species that reactions change, else the symbol's own
 * value.  An *edge* says that a node reads a slot that varies; its partial derivative is
 * a law of its own.  A *row* is the gradient of a node, sparse over the variables and
 * (column n) time; rows are filled in law order by an index program of multiply-adds, so
 * chains of assignment rules never blow up symbolically. */

#include "engine/engine.h"
#include "math/program.h"

typedef enum bk_kin_kind {
    BK_KIN_RULE,          /* assignment rule of its owner */
    BK_KIN_RATE,          /* of a reaction */
    BK_KIN_DERIVATIVE,    /* right-hand side of a rate rule */
    BK_KIN_STOICHIOMETRY, /* L2 stoichiometryMath */
    BK_KIN_RATE_OF,       /* rateOf(owner) */
    BK_KIN_QUANTITY       /* amount / size where the size varies */
} bk_kin_kind;

typedef struct bk_kin_node {
    bk_kin_kind kind;
    int32_t owner; /* symbol */
    int32_t slot;
    bk_expr math;
    bool varying; /* depends on a variable or on time */
    int32_t law;
    int32_t partial_laws[2]; /* of its varying and its constant edges, or -1 */
    int32_t first_edge, edges;
    int32_t first_entry, entries; /* its row: values rows[first_entry ...] */
} bk_kin_node;

typedef struct bk_kin_edge {
    int32_t node;
    int32_t source;  /* slot, or -1: time */
    int32_t partial; /* slot of the partial derivative */
    bk_expr math;
    bool constant; /* the same all through a run */
} bk_kin_edge;

/* rows[to] += slots[by] * rows[from], and jacobian[to] += weights[by] * rows[from] */
typedef struct bk_kin_op {
    int32_t to, by, from;
} bk_kin_op;

/* One term of the derivative of an amount: number * slot * conversion * rate. */
typedef struct bk_kin_term {
    int32_t variable;
    int32_t rate;       /* slot */
    double number;      /* signed */
    int32_t slot;       /* -1: the number alone */
    int32_t conversion; /* slot, or -1 */
    bool varying;
} bk_kin_term;

/* One step of the initial evaluation; they run in order of dependence. */
typedef enum bk_kin_initial_kind {
    BK_KIN_INITIAL_NODE, /* the law of a node */
    BK_KIN_INITIAL_LAW,  /* an initial assignment */
    BK_KIN_INITIAL_VALUE /* an initial amount or concentration to be converted */
} bk_kin_initial_kind;
typedef struct bk_kin_initial {
    bk_kin_initial_kind kind;
    int32_t owner; /* symbol */
    int32_t slot;
    int32_t node; /* or -1 */
    bk_expr math;
    int32_t law; /* in the initial program, or -1 */
} bk_kin_initial;

typedef struct bk_kin_system {
    bk_system head;
    bk_exprs *pool;
    int32_t symbols, n;
    int32_t first_seen, first_amount, first_extra, first_partial, first_cut, slots;
    int32_t amounts, extras, cuts;

    int32_t *variable;      /* [n] symbol */
    int32_t *variable_slot; /* [n] */
    bool *
        variable_amount; /* [n] the state is an amount though laws see a concentration */
    int32_t *variable_of; /* [symbols] or -1 */
    int32_t *group;       /* [n] see groups.c */
    int32_t *amount_slot; /* [symbols] or -1 */
    bool *substance;      /* [symbols] laws see its amount */

    bk_kin_node *nodes; /* in law order */
    int32_t n_nodes;
    int32_t *node_of; /* [first_partial] by slot; -1: constant; -2 - v: variable v */
    bk_kin_edge *edges;
    int32_t n_edges;
    bk_kin_term *terms; /* by variable */
    int32_t n_terms;
    int32_t *term_starts; /* [n + 1] */
    int32_t *term_rates;  /* [n_terms] slot of the rate, close together */

    bk_program *program;
    /* laws: constant nodes, varying nodes, constant partials, varying partials */
    int32_t constant_laws, value_laws, constant_partials, laws;
    int32_t n_relations, value_relations, n_roots;
    int32_t *roots; /* relations that may switch during a run */
    int32_t *twice; /* laws with relations that only partials have */
    int32_t n_twice;
    bool *alone; /* [relations] only partials have it */
    bool uses_time;

    int32_t n_entries;      /* of all rows: [n variables, time, rows of nodes] */
    int32_t *entry_columns; /* [n_entries] variable; n is time */
    bk_kin_op *row_ops;
    int32_t n_row_ops;
    int32_t *starts, *rows; /* the Jacobian's pattern */
    int32_t n_values;       /* its entries; then n of d/dt */
    bk_kin_op *value_ops;   /* weights: [terms, 1, varying terms] */
    int32_t n_value_ops;
    int32_t *varying_terms; /* [n_varying_terms] */
    int32_t n_varying_terms;
    int32_t *across, *across_starts; /* positions by row */
    int32_t *derivative_node;        /* [n] or -1 */

    bk_program *initial;
    bk_kin_initial *initials;
    int32_t n_initials;
} bk_kin_system;

bk_status bk_kin_compile(const bk_model *model, bk_diag *diag, bk_system **system);

/* Stages of the compilation, each in its file. */
typedef struct bk_kin_build {
    const bk_model *model;
    bk_kin_system *system;
    bk_diag *diag;
    bk_function_body *bodies;
    int32_t *rate_of; /* [symbols] node, or -1 */
    int32_t *rules;   /* [symbols] rule with math, or -1 */
    size_t node_capacity, edge_capacity, term_capacity;
    bool no_memory, refused;
} bk_kin_build;
bool bk_kin_build_nodes(bk_kin_build *build);
bool bk_kin_build_order(bk_kin_build *build);
bool bk_kin_build_groups(bk_kin_build *build);
bool bk_kin_build_program(bk_kin_build *build);
bool bk_kin_build_rows(bk_kin_build *build);
bool bk_kin_build_initial(bk_kin_build *build);
bk_expr bk_kin_prepare(bk_kin_build *build, bk_expr math);
bool bk_kin_fail(bk_kin_build *build); /* memory was short; false */
void bk_kin_refuse(bk_kin_build *build, bk_where where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Depth-first order in which every item comes after those it depends on (lists of
 * starts[n + 1], items); returns -1, or an item on a cycle, or -2 without memory. */
int32_t bk_kin_sort(int32_t n, const int32_t *starts, const int32_t *items,
                    int32_t *order);

int32_t bk_kin_time_slot(const bk_kin_system *system);
/* A slot whose value changes during a run. */
bool bk_kin_varies(const bk_kin_system *system, int32_t slot);
/* The size of the compartment of a species is a node or a variable. */
bool bk_kin_size_varies(const bk_kin_build *build, int32_t species);

#endif
