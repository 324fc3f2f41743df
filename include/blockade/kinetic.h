/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_KINETIC_H
#define BLOCKADE_KINETIC_H

/* The inside of the `ode` engine for those who want to drive it themselves: right-hand
 * side and sparse Jacobian of a system under an overlay. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Variables are the symbols that evolve, in the order of the state vector y: that in which
 * reactions, rules and events, as the model lists them, first change them.  So the order of
 * the species in a file changes no bit of a course.
 *
 * The system is M y' = f(t, y) with a diagonal M of ones and zeros.  A zero stands in the
 * rows of symbols that an algebraic rule determines and that it cannot be solved for:
 * f is there the residual of the rule, and the start is made consistent (SBML L3V2,
 * section 4.9.2). */
int32_t bk_kinetic_variables(const bk_system *system);
int32_t bk_kinetic_variable(const bk_system *system, int32_t i); /* its symbol */
/* Pattern of the Jacobian by columns: starts[n + 1], rows[starts[n]]. */
void bk_kinetic_pattern(const bk_system *system, const int32_t **starts,
                        const int32_t **rows);
/* Prepares a workspace for an overlay (may be NULL) and gives the initial y.
 * BK_NUMERICAL: the algebraic rules have no solution near the initial values. */
bk_status bk_kinetic_start(const bk_system *system, const bk_overlay *overlay,
                           const bk_settings *settings, bk_workspace *workspace,
                           bk_diag *diag, double *y);
/* Conserved moieties under an overlay (may be NULL): those of the model, less what the
 * species that it fixes take part in. */
bk_status bk_kinetic_moieties(const bk_system *system, const bk_overlay *overlay,
                              bk_moieties **moieties);
/* The diagonal of M [n] under that overlay (what it fixes has a one); of the workspace. */
const double *bk_kinetic_mass(const bk_workspace *workspace);
/* dy[n] at (t, y), and the values of the Jacobian in the pattern's order; dfdt may be
 * NULL.  False when a value is not finite.  No allocation. */
bool bk_kinetic_rhs(bk_workspace *workspace, double t, const double *y, double *dy);
bool bk_kinetic_jacobian(bk_workspace *workspace, double t, const double *y,
                         double *values, double *dfdt);

/* How a steady state answers a small disturbance that keeps the conserved moieties: by
 * the eigenvalues of the Jacobian there (Lyapunov's first method).  Zero eigenvalues of
 * conserved moieties, and what is held or never moves, are taken away before; implicit
 * variables (algebraic rules) are eliminated. */
typedef enum bk_stability_kind {
    BK_STABLE,   /* all real parts are negative */
    BK_UNSTABLE, /* one is positive */
    BK_MARGINAL  /* the largest is zero as far as numbers tell: the eigenvalues do not
                    decide */
} bk_stability_kind;
typedef struct bk_stability {
    bk_stability_kind kind;
    int32_t n;                 /* eigenvalues */
    int32_t moieties;          /* zero ones taken away for conserved moieties */
    double largest, imaginary; /* the eigenvalue of the largest real part, Im >= 0 */
    double
        slowest; /* 1 / |Re| of the nearest to zero: time in which a disturbance falls,
                       or rises, by e; of zero: infinite */
} bk_stability;
/* `outcome` is that of a settle of the same system under the same overlay.  n = 0 when
 * nothing moves.  BK_UNSUPPORTED, with the reason: fast reactions, delays, or more than
 * 2,000 variables.  BK_NUMERICAL: the Jacobian is not finite there, implicit
 * variables cannot be eliminated, or no eigenvalues are found.  O(n^3). */
bk_status bk_kinetic_stability(const bk_system *system, const bk_overlay *overlay,
                               const bk_settings *settings, const bk_outcome *outcome,
                               bk_workspace *workspace, bk_diag *diag,
                               bk_stability *stability);

/* All steady states that are found from several starts.
 *
 * First settle from the model's own start and from starts - 1 others, spread over the
 * states that the reactions can make of it: every conserved moiety keeps its total
 * (src/kinetic/starts.h).  Where they settle are the attractors.  Then Newton's method
 * (pseudo-transient continuation with long steps) from all those starts, from three points
 * of the model's own course, from the average of what oscillates, and from nine points
 * between every two steady states found: it finds unstable states too, saddles and the
 * middle of oscillations.  What has a negative species or other totals is no answer.
 * States are one when no variable differs by more than 1e-3 of its size, swinging ones when
 * their averages do by no more than 5 %; all courses that drift are one.
 *
 * Nothing proves that these are all, and the first 64 are kept.  Models with events or
 * fast reactions, and models that use time and do not come to rest, get no Newton steps;
 * models with fast reactions no other starts. */
typedef struct bk_steady_state {
    /* One row; where `steady` is false the average.  The columns of the settings, then all
     * variables. */
    const bk_outcome *outcome;
    bool steady; /* false: the outcome's text says what happens instead */
    bool own;    /* the model's own start leads there */
    int starts;  /* of all that lead there; 0: found by Newton's method */
    bool judged; /* the stability is known: steady, up to 400 variables,
                                  neither delays nor fast reactions */
    bk_stability stability;
    int together; /* steady states found that it stands for, since they lie on one line or
                     surface: an eigenvalue is zero that nothing conserved explains.  1:
                     itself alone */
} bk_steady_state;
typedef struct bk_steady_states bk_steady_states;
/* starts >= 1.  In order: the own one, stable ones, others; within these by how many
 * starts lead there.  settings->seed chooses the starts.  Errors as settle's; the status
 * is BK_OK also when nothing is found. */
bk_status bk_kinetic_steady_states(const bk_system *system, const bk_overlay *overlay,
                                   const bk_settings *settings, int starts,
                                   bk_workspace *workspace, bk_diag *diag,
                                   bk_steady_states **states);
void bk_steady_states_free(bk_steady_states *states);
int bk_steady_states_count(const bk_steady_states *states);
const bk_steady_state *bk_steady_states_at(const bk_steady_states *states, int i);
/* How many starts the integration could not be followed from; *why is that of the first,
 * NULL for none. */
int bk_steady_states_lost(const bk_steady_states *states, const char **why);

#ifdef __cplusplus
}
#endif
#endif
