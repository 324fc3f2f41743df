/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_VARIATION_H
#define BK_KINETIC_VARIATION_H

/* How a solution y(t) answers its parameters: S = dy/dp, one column a parameter.
 *
 * Parameters are variables of the system that do not move (bk_kin_compile_for), so that
 * the Jacobian J has columns for them and the variational equations are
 *
 *     M S' = J(t, y(t)) S + b(t),      S(0) = dy(0)/dp
 *
 * b is not zero for a reaction, whose factor is no variable: there it is the part of its
 * rate in y'; and where delays bring back what S was, see echo.h.  The equations are linear; each step of y is followed, on its dense
 * output, by as many steps of the same Rosenbrock method as their own error asks for, all
 * columns with one factorisation.  At switches and events S jumps, see jumps.c. */

#include "kinetic/course.h"
#include "kinetic/echo.h"

typedef struct bk_kin_variation {
    bk_kin_work *w;
    int32_t m, n; /* columns, variables */
    const int32_t *to;
    double *values;  /* [m] of the parameters, as the course begins */
    double *s;       /* [m * n] at t, column by column */
    double *s_old;   /* at t_old, where the last step of S began */
    double t, t_old; /* */
    double h;
    bk_rodas_pace pace;
    double *largest; /* [m * n] of |S| so far */
    double *column;  /* [m] the largest of what moves */
    bk_sparse_lu *lu;
    double *stages;             /* [stages * m * n] */
    double *at, *trial, *spare; /* [m * n], [m * n], [n] */
    double *slope;              /* [n_values] dJ/dt */
    double *b, *b_slope, *rate; /* [m * n], [m * n] db/dt, [n] */
    double *kept;               /* slots and gaps while something else is looked at */
    double *shift;              /* [m] d(instant)/dp */
    double *y;                  /* [n] */
    /* y and S ahead of the first event of an instant, and a place for y */
    double *seen_y, *seen_s, *seen_at; /* [n], [m * n], [n] */
    unsigned char *seen_status;        /* [relations] the truth then */
    /* [events] the execution of this instant, from 1, ahead of which it was triggered */
    int32_t *triggered;
    int32_t executed;  /* events at this instant */
    bk_kin_echo *echo; /* NULL: no delays */
    bool has_b, pending;
    bool no_memory;
    bool infinite;       /* at the last look, J was in the column of a parameter */
    const char *trouble; /* NULL: none; why S cannot go on */
    double trouble_at;
    long steps, rejected;
    bk_kin_watch watch;
    /* rows between the steps of S */
    void (*row)(void *context, double t);
    void *context;
    double *memory;
} bk_kin_variation;

bk_status bk_kin_variation_new(bk_kin_work *w, bk_kin_variation *variation);
void bk_kin_variation_free(bk_kin_variation *variation);
/* y and S at the start, under the overlay. */
bk_status bk_kin_variation_start(bk_kin_variation *v, const bk_overlay *overlay,
                                 const bk_settings *settings, bk_diag *diag, double *y);
/* S up to where the integrator of y stands; false: trouble. */
bool bk_kin_variation_follow(bk_kin_variation *v);
/* S at a time of its last step. */
void bk_kin_variation_dense(const bk_kin_variation *v, double t, double *s);
/* Values, Jacobian and rows at (t, y), with the truth in force; b with them. */
void bk_kin_variation_look(bk_kin_variation *v, double t, const double *y);
/* After a step of the course: the jump of S is completed. */
void bk_kin_variation_land(bk_kin_variation *v);
void bk_kin_variation_watch(bk_kin_variation *v); /* jumps.c */
/* d slot / d p of parameter j for its column of S, from the last look. */
double bk_kin_variation_slope(const bk_kin_variation *v, int32_t slot, int32_t j,
                              const double *s);

#endif
