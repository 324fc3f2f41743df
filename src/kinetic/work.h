/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_WORK_H
#define BK_KINETIC_WORK_H

/* The workspace of the kinetic engine: the numbers of one run, and the edits of an
 * overlay as data over the program of the system. */

#include "kinetic/rodas.h"
#include "kinetic/system.h"
#include "scenario/overlay.h"
#include "solve/row_sums.h"

/* A symbol that the overlay touches.  Reactions take both layers at once, since what
 * others see of a reaction is its rate. */
typedef struct bk_kin_touched {
    int32_t symbol;
    const bk_overlay_symbol *record;
    bool background, treatment; /* has edits in that layer */
    bool initially;      /* those of the background act on the initial value only */
    double drive_factor; /* d value / d what the law gives, at the last evaluation */
    double seen_factor;  /* d seen / d value */
    double drive;        /* before the treatment (reactions) */
} bk_kin_touched;

/* After this law the value of its owner is edited. */
typedef struct bk_kin_halt {
    int32_t law;
    int32_t touched; /* index; -1: the value is zero (rateOf of what is held); -2 - i:
                        that of delay i */
    int32_t slot;
} bk_kin_halt;

/* A partial derivative that edits multiply. */
typedef struct bk_kin_adjust {
    int32_t slot;
    int32_t node, source; /* touched, or -1 */
    bool zero;            /* a cut arc, or a law that is zero */
    bool constant;
    double base; /* of a constant one */
} bk_kin_adjust;

typedef struct bk_kin_block bk_kin_block; /* see consistent.h */
struct bk_kin_history;

/* Told of what happens at an instant of a course, see jumps.c. */
struct bk_kin_course;
typedef struct bk_kin_watch {
    void *context;
    /* The integrator stands where relations are about to switch (course->flipped). */
    void (*crossing)(void *context, struct bk_kin_course *course);
    /* This event is about to be executed at the agenda's y. */
    void (*executing)(void *context, struct bk_kin_course *course,
                      const bk_kin_event *event);
} bk_kin_watch;

typedef struct bk_kin_work {
    bk_workspace head;
    const bk_kin_system *system;
    const bk_program *program, *initial, *happening; /* the system's, or the copies */
    bk_program *program_copy, *initial_copy, *happening_copy;
    double *slots, *initial_slots;
    double *units;     /* [n] slot = y * unit */
    double *rows;      /* [n_entries] */
    double *weights;   /* [terms + 1 + varying terms + n] */
    bk_row_sums *sums; /* the terms of each variable; NULL: added up one by one */
    double *values;    /* [n_values + n] Jacobian, d/dt */
    double *gap;       /* [relations] */
    unsigned char *status, *free_status, *initial_status;
    signed char *side; /* [relations] sign of the gap in force, of == and != only */
    bk_truth truth;

    bk_kin_touched *touched; /* ascending by symbol */
    size_t n_touched, touched_capacity;
    bk_kin_halt *halts;
    size_t n_halts, halts_capacity;
    bk_kin_adjust *adjusts;
    size_t n_adjusts, adjusts_capacity;
    double *cuts; /* values */
    size_t n_cuts, cuts_capacity;
    int32_t *held; /* variables whose derivative is zero */
    size_t n_held, held_capacity;

    double *mass; /* [n] 0: an implicit variable, not held, of reactions that are on */
    double *fast_matrix; /* N of fast reactions, reduced */
    bk_kin_block *block; /* NULL: none is implicit */
    double *guesses; /* [n_implicit] initial values that stand for those of the model */
    bool guessing;

    struct bk_kin_history *history; /* NULL: no delays */
    const bk_kin_watch *watch;      /* NULL: nobody looks */
    int32_t nudged;                 /* a symbol whose initial value is moved by */
    double nudge;                   /* this; 0: none */

    double *y, *dy; /* [n] */
    bk_rodas *rodas;
    struct bk_kin_lanes *lanes; /* made when first needed */
    const double
        *at_y; /* the values in slots are those of (at_t, at_y); NULL: others */
    double at_t;
    long evaluations;
} bk_kin_work;

bk_status bk_kin_workspace(const bk_system *system, bk_workspace **workspace);

/* edits.c */
bk_status bk_kin_bind(bk_kin_work *w, const bk_overlay *overlay,
                      const bk_settings *settings, bk_diag *diag);
bk_kin_touched *bk_kin_touched_of(const bk_kin_work *w, int32_t symbol);
/* Applies the edits of a symbol to its value in slots, and fills its seen slot. */
void bk_kin_edit_value(const bk_kin_work *w, const bk_kin_touched *touched,
                       double *slots);
/* The same in the run's own slots, with the factors. */
void bk_kin_edit(bk_kin_work *w, bk_kin_touched *touched);
bool bk_kin_is_held(const bk_kin_work *w, int32_t variable);
bool bk_kin_edited(const bk_layer_edit *edit); /* it changes something */
/* A law in the sense of the overlay: others' values in it are what it sees. */
bool bk_kin_sees(const bk_kin_system *system, const bk_kin_node *node);
/* Its value is the owner's own, to be edited when the law has run. */
bool bk_kin_value_node(const bk_kin_node *node);
/* A node's law and its derivatives read `to` in place of `from`. */
void bk_kin_redirect(const bk_kin_node *node, bk_program *copy, int32_t from,
                     int32_t to);

/* initial.c */
void bk_kin_initial_values(bk_kin_work *w, double time);
double bk_kin_state_of(const bk_kin_work *w, int32_t variable);

/* rhs.c */
/* The weights of terms anew, after constants or the mass have changed. */
void bk_kin_weigh(bk_kin_work *w);
/* The partials that nothing in a run but such changes, anew. */
void bk_kin_constant_partials(bk_kin_work *w, double t);

/* fast_run.c */
/* The numbers that link moieties to implicit species, from stoichiometries at hand; NaN:
 * the equilibria are others than those of the model as it was compiled. */
void bk_kin_link_numbers(bk_kin_work *w);
/* Amounts of species in y to moieties where those are the variables; by -1: back. */
void bk_kin_fold_moieties(const bk_kin_work *w, double by, double *y);
/* y holds amounts, and events have changed stoichiometries: all that follows, at t. */
void bk_kin_relink(bk_kin_work *w, double t, const double *y);

/* Initial values, constants and y from them, at the start of a run. */
void bk_kin_evaluate_start(bk_kin_work *w, const bk_settings *settings, double *y);
/* BK_NUMERICAL: the algebraic rules have no solution near the initial values. */
bk_status bk_kin_start(bk_kin_work *w, const bk_overlay *overlay,
                       const bk_settings *settings, bk_diag *diag, double *y);
void bk_kin_place_variables(bk_kin_work *w, const double *y); /* in their slots */
/* All values at (t, y); gap and status as bk_program_run. */
void bk_kin_values(bk_kin_work *w, double t, const double *y, bk_truth truth,
                   unsigned char *status);
bool bk_kin_derivative(bk_kin_work *w, double *dy); /* from the values at hand */
/* The Jacobian from the values at hand into w->values; false: it is not finite. */
bool bk_kin_jacobian_here(bk_kin_work *w);

/* About the time of a derivative and of a Jacobian, in multiplications. */
double bk_kin_rhs_work(const bk_kin_system *system);
double bk_kin_jacobian_work(const bk_kin_system *system);

/* stability.c */
/* The state of an outcome as y; there are no fast reactions. */
void bk_kin_state_to_y(const bk_kin_work *w, const double *state, double *y);
/* bk_kinetic_moieties where of all events those alone are executed that assign these
 * [symbols]; NULL: any may be. */
bk_status bk_kin_moieties(const bk_system *system, const bk_overlay *overlay,
                          const bool *assigned, bk_moieties **moieties);
/* A variable that something changes between events. */
bool bk_kin_moves(const bk_kin_work *w, int32_t variable);

/* columns.c */
/* An outcome of the columns wanted, or of all variables in the order of their symbols. */
bk_status bk_kin_outcome_new(const bk_kin_system *system, const bk_settings *settings,
                             size_t rows, bool deviations, bk_outcome **outcome);
double bk_kin_column(bk_kin_work *w, bk_column column, const double *y);
/* Whether it takes all values at hand, and not just the variables in their places. */
bool bk_kin_column_needs_laws(const bk_kin_work *w, bk_column column);

#endif
