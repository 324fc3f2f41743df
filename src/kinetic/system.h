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
    BK_KIN_RESIDUAL,      /* of the algebraic rule or equilibrium its owner fulfils */
    BK_KIN_STOICHIOMETRY, /* L2 stoichiometryMath */
    BK_KIN_RATE_OF,       /* rateOf(owner) */
    BK_KIN_AMOUNT,        /* of a species whose variable is a moiety */
    BK_KIN_QUANTITY,      /* amount / size where either is not a plain variable */
    BK_KIN_TRIGGER,       /* of an event; has no row, since nothing reads it */
    BK_KIN_ARGUMENT,      /* of delay(), see delays.c */
    BK_KIN_SLOPE,         /* its derivative then; also whether it is the present one */
    BK_KIN_DELAY          /* its value then */
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

/* One term of the derivative of an amount: number * slot * conversion * link * rate. */
typedef struct bk_kin_term {
    int32_t variable;
    int32_t rate;       /* slot */
    double number;      /* signed */
    int32_t slot;       /* -1: the number alone */
    int32_t conversion; /* slot, or -1 */
    int32_t link;       /* slot of what multiplies it too, or -1 */
    bool varying;
} bk_kin_term;

/* delay(argument, lag): the slots of its nodes. */
typedef struct bk_kin_delay {
    int32_t argument, value, slope, present;
    bool loose;    /* the argument depends on it, so that the lag must not be zero */
    bool constant; /* the lag is the same all through a run */
    bool inner;    /* more than the output depends on it */
} bk_kin_delay;

/* What a moiety has of the amount of an implicit species: amount = moiety + number *
 * amount of the other; the number is in a slot, and in N as reduced. */
typedef struct bk_kin_link {
    int32_t moiety, of; /* variables */
    int32_t slot, at;
} bk_kin_link;

/* Fast reactions, see fast.c.  N [columns * rows] is by reactions. */
typedef struct bk_kin_fast {
    int32_t rows, columns;
    bool *species;      /* [symbols] changed by one */
    int32_t *pivots;    /* [columns] row, or -1: it follows from the others */
    bk_kin_term *terms; /* of the fast reactions alone */
    int32_t *at;        /* [terms] where in N */
    bk_kin_link *links;
    int32_t n_terms, n_links;
    bool moves; /* events change numbers of N */
} bk_kin_fast;

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

/* An event that may change something.  Its trigger is a node, so that the relations in
 * it are roots; the rest of its mathematics are laws of a program of their own, which
 * runs when the event happens only. */
typedef struct bk_kin_event {
    int32_t item;               /* in the model's events */
    int32_t symbol;             /* the event's own */
    int32_t trigger;            /* slot */
    int32_t delay, priority;    /* laws, or -1 */
    int32_t first, assignments; /* in assignments */
    bk_expr delay_math, priority_math;
} bk_kin_event;
typedef struct bk_kin_assignment {
    int32_t target; /* symbol; its variable is that of variable_of */
    int32_t law;
    bk_expr math;
    bool constant; /* it reads nothing that varies */
} bk_kin_assignment;

/* A random value (SBML distrib) in what an event computes: a slot that is drawn anew
 * whenever the law is run. */
typedef struct bk_kin_draw {
    bk_op op;
    int32_t n;       /* arguments */
    bk_expr args[4]; /* of happening; draws within them come before this one */
    int32_t laws[4];
    int32_t slot;
    bk_expr within; /* the prepared expression, and its law */
    int32_t law;
    bk_where where;
} bk_kin_draw;

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
    bool *implicit;       /* [n] its row is a residual, see algebraic.c and fast.c */
    int32_t n_implicit;
    bool *equilibrium; /* [n] implicit by fast reactions; its terms are the slow ones */
    bool *moiety;      /* [n] it is a conserved sum of amounts and not its symbol's */
    bk_kin_fast *fast; /* NULL: there are no fast reactions */
    bool initials_implicit; /* initial values depend on them */
    int32_t *sensitive;     /* [n_sensitive] symbols that sensitivities are to */
    int32_t n_sensitive;
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
    int32_t n_relations, n_roots;
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
    bk_kin_op *value_ops;   /* weights: [terms, 1, varying terms, n equilibria] */
    int32_t n_value_ops;
    int32_t *varying_terms; /* [n_varying_terms] */
    int32_t n_varying_terms;
    int32_t *across, *across_starts; /* positions by row */
    int32_t *derivative_node;        /* [n] or -1 */

    bk_program *initial;
    bk_kin_initial *initials;
    int32_t n_initials;
    bool past_varies; /* initial values are functions of time */

    bk_kin_delay *delays;
    int32_t n_delays;
    unsigned char *past_steps; /* [n_delays * n_initials] see past.c */

    bk_kin_event *events;
    bk_kin_assignment *assignments;
    int32_t n_events, n_assignments, most_assignments;
    bk_kin_draw *draws;
    int32_t n_draws;
    bool restless;         /* a law turns or jumps with time by itself: sin(time) */
    bk_program *happening; /* delays, priorities, assignments; a law writes the slot
                              slots + its number */
} bk_kin_system;

bk_status bk_kin_compile(const bk_model *model, bk_diag *diag, bk_system **system);
/* The longest step after so much time: where the system is restless, a hundredth of that or
 * of the span, since what is narrower could be stepped over unseen; else infinite. */
double bk_kin_longest_step(const bk_kin_system *system, double span, double passed);
/* The same with these symbols (parameters, sizes, species, reactions) as variables that
 * do not move, so that the Jacobian holds the derivatives by them too. */
bk_status bk_kin_compile_for(const bk_model *model, const int32_t *to, int32_t n,
                             bk_diag *diag, bk_system **system);

/* Stages of the compilation, each in its file. */
typedef struct bk_kin_build {
    const bk_model *model;
    bk_kin_system *system;
    bk_diag *diag;
    bk_function_body *bodies;
    int32_t *rate_of; /* [symbols] node, or -1 */
    int32_t *rules;   /* [symbols] rule with math, or -1; algebraic ones too */
    bool *set;        /* [symbols] events assign it */
    bk_expr *solved;  /* [symbols] what an algebraic rule makes of it, or -1 */
    bool *implicit;   /* [symbols] only iteration makes it fulfil its algebraic rule */
    const int32_t *sensitive;
    int32_t n_sensitive;
    bool again;      /* compile once more, since more symbols are implicit */
    bk_expr *begins; /* [initials of the model] prepared */
    size_t node_capacity, edge_capacity, term_capacity, draw_capacity, delay_capacity;
    bk_where at;   /* of the mathematics at hand, for messages */
    int32_t owner; /* symbol whose mathematics that is */
    bool drawing;  /* it may draw random values */
    bool no_memory, refused;
} bk_kin_build;
bool bk_kin_build_sensitive(bk_kin_build *build); /* ahead of the nodes */
bool bk_kin_check_sensitive(bk_kin_build *build); /* when all is built */
bool bk_kin_build_algebraic(bk_kin_build *build);
bool bk_kin_build_nodes(bk_kin_build *build);
bool bk_kin_build_fast(bk_kin_build *build); /* between terms as added and sorted */
bool bk_kin_check_fast(bk_kin_build *build); /* after the order of the nodes */
void bk_kin_fast_free(bk_kin_fast *fast);
/* Gauss and Jordan on N; pivots are chosen, or taken as they are.  False: they will not
 * do any more. */
bool bk_kin_fast_reduce(const bk_kin_fast *fast, double *n, bool choose);
bool bk_kin_build_order(bk_kin_build *build);
bool bk_kin_build_groups(bk_kin_build *build);
bool bk_kin_build_program(bk_kin_build *build);
bool bk_kin_build_rows(bk_kin_build *build);
bool bk_kin_build_initial(bk_kin_build *build);
bool bk_kin_build_past(bk_kin_build *build);
/* Of events, three stages: what they set and their mathematics as the model has it; the
 * same prepared, and a node for each trigger; their program. */
bool bk_kin_find_events(bk_kin_build *build);
bool bk_kin_prepare_events(bk_kin_build *build);
bool bk_kin_build_events(bk_kin_build *build);
int32_t bk_kin_add_node(bk_kin_build *build, bk_kin_kind kind, int32_t owner,
                        int32_t slot,
                        bk_expr math); /* slot -1: a new one; -1: memory */
/* A rule gives the value of a symbol; its derivative. */
bool bk_kin_assigned(const bk_kin_build *build, int32_t symbol);
bool bk_kin_rated(const bk_kin_build *build, int32_t symbol);
int32_t bk_kin_rate_of_node(bk_kin_build *build, int32_t symbol); /* -1: memory */
bool bk_kin_derive_rates(bk_kin_build *build); /* the math of such nodes */
/* The math of an owner with functions inlined; rateOf, delay and draws are slots. */
bk_expr bk_kin_prepare(bk_kin_build *build, int32_t owner, bk_expr math);
/* The same for what may draw random values; -1 stays -1. */
bk_expr bk_kin_prepare_drawing(bk_kin_build *build, int32_t owner, bk_expr math);
/* Draws replaced by slots, or refused where nothing says when they would be drawn. */
bk_expr bk_kin_replace_draws(bk_kin_build *build, bk_expr e);
bk_expr bk_kin_replace_delays(bk_kin_build *build, bk_expr e);
bool bk_kin_classify_delays(bk_kin_build *build);
bk_kin_delay *bk_kin_delay_at(const bk_kin_system *s, int32_t slot); /* or NULL */
bool bk_kin_fail(bk_kin_build *build); /* memory was short; false */
void bk_kin_refuse(bk_kin_build *build, bk_where where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Depth-first order in which every item comes after those it depends on (lists of
 * starts[n + 1], items); returns -1, or an item on a cycle, or -2 without memory.
 * order[n + 1]; of a cycle it gets the members, then -1. */
int32_t bk_kin_sort(int32_t n, const int32_t *starts, const int32_t *items,
                    int32_t *order);

/* A member of a cycle: where an algebraic rule determines it, it becomes implicit and
 * the cycle is none any more.  False: no such rule. */
bool bk_kin_tear(bk_kin_build *build, int32_t owner);

int32_t bk_kin_time_slot(const bk_kin_system *system);
/* A slot whose value changes during a run. */
bool bk_kin_varies(const bk_kin_system *system, int32_t slot);
/* Neither time nor what varies is read. */
bool bk_kin_constant_math(bk_kin_build *build, bk_expr e);
/* The size of the compartment of a species is a node or a variable: rules or events set
 * it. */
bool bk_kin_size_varies(const bk_kin_build *build, int32_t species);

#endif
