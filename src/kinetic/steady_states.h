/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_STEADY_STATES_H
#define BK_KINETIC_STEADY_STATES_H

/* The inside of the search for all steady states, see bk_kinetic_steady_states. */

#include "kinetic/work.h"

#include <blockade/kinetic.h>

enum { BK_KIN_MOST_STATES = 64 }; /* told */

typedef struct bk_kin_found {
    bk_steady_state told;
    bk_outcome *outcome;
    double *y;
} bk_kin_found;

struct bk_steady_states {
    bk_kin_found items[BK_KIN_MOST_STATES];
    int n, lost;
    char *why;
};

typedef struct bk_kin_searching {
    const bk_system *system;
    const bk_overlay *overlay;
    const bk_settings *settings;
    bk_workspace *workspace;
    bk_kin_work *w;
    bk_diag *diag;
    bk_steady_states *states;
    bk_settings with;   /* the settings; behind their columns those of all variables */
    bk_column *columns; /* these */
    int own_columns;
    int starts;  /* beside the own one */
    double time; /* at which the own course ended */
    double
        passed; /* the time it took, when it came to rest or swings; else 100 spans */
    bool still; /* it did */
    double *from, *largest, *lowest; /* [n] of the own course */
    double *widest;                  /* [n] of the starts too */
    bk_moieties *moieties;
    double *ys;    /* [starts * n] */
    double *state; /* [starts * symbols] */
    void *memory;
} bk_kin_searching;

/* The least that a difference is compared with: of what the variable and its group have
 * been. */
double bk_kin_least_size(const bk_kin_searching *g, int32_t v);
/* By how much the conserved totals at y differ from those at the start, relative; what is
 * conserved for want of moieties with small numbers is not looked at. */
double bk_kin_totals_off(const bk_kin_searching *g, const double *y);
/* The known state at y, or NULL: an attractor that swings is known by its average, and all
 * courses that drift are one. */
bk_kin_found *bk_kin_find_state(const bk_kin_searching *g, const double *y,
                                const bk_outcome *outcome);
/* Whether an outcome is of a course that swings; else it drifts. */
bool bk_kin_swings(const bk_outcome *outcome);
/* Takes the outcome over, also when the state is known; NULL: memory, or too many. */
bk_kin_found *bk_kin_add_state(const bk_kin_searching *g, bk_outcome *outcome,
                               const double *y);
void bk_kin_drop_state(bk_steady_states *states, int i);
/* State i becomes this one, or one with a state known already: true.  Takes the outcome
 * over. */
bool bk_kin_replace_state(const bk_kin_searching *g, int i, bk_outcome *outcome,
                          const double *y);
/* Newton's method from everywhere. */
bk_status bk_kin_search_by_newton(bk_kin_searching *g);

#endif
