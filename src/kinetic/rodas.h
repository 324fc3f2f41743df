/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_RODAS_H
#define BK_KINETIC_RODAS_H

/* The integrator: a Rosenbrock method on a sparse Jacobian, for
 *
 *     M y' = f(t, y),    M diagonal (identity unless given; zeros make it an index-1 DAE)
 *
 * No Newton iteration and no history: a step is one Jacobian, one factorisation of
 * M/(h gamma) - J and a fixed number of evaluations and solves, so it restarts at full
 * order after every switch.
 *
 * Where nothing is stiff, steps of an explicit Runge-Kutta method of the same order are
 * taken instead, as bk_rodas_choose says: they need neither Jacobian nor factorisation. */

#include "solve/combine.h"
#include "solve/sparse_lu.h"

#include <stdbool.h>

typedef struct bk_rodas_problem {
    int32_t n;
    const int32_t *starts, *rows; /* pattern of the Jacobian with its whole diagonal */
    const double *mass;           /* [n] or NULL */
    const int32_t *group; /* [n] below n: whose scales are comparable; NULL: all */
    const double *units;  /* [n] y * unit is what is compared; NULL: 1 */
    void *context;
    /* False: not finite; the step is tried again with a smaller h. */
    bool (*rhs)(void *context, double t, const double *y, double *dy);
    /* values in the pattern's order, dfdt [n].  False: some were not finite; those count
     * as zero, which costs accuracy of a step but not its error control. */
    bool (*jacobian)(void *context, double t, const double *y, double *values,
                     double *dfdt);
    /* About the time of each, in multiplications; for the choice between methods only. */
    double rhs_work, jacobian_work;
    /* What rhs leaves in its context is looked at: bk_rodas_derivative evaluates anew. */
    bool observed;
} bk_rodas_problem;

enum { BK_RODAS_MOST_STAGES = 8, BK_RODAS_MOST_DENSE = 3 };

typedef struct bk_rodas_method {
    const char *name;
    int stages, order, estimate; /* order of the error estimate plus one */
    int dense;                   /* rows of h */
    double gamma;
    double a[BK_RODAS_MOST_STAGES][BK_RODAS_MOST_STAGES];
    double c[BK_RODAS_MOST_STAGES][BK_RODAS_MOST_STAGES];
    double alpha[BK_RODAS_MOST_STAGES], d[BK_RODAS_MOST_STAGES];
    double h[BK_RODAS_MOST_DENSE][BK_RODAS_MOST_STAGES];
} bk_rodas_method;

/* Whether the argument of stage i is that of the one before plus the last U, as in the last
 * stages of a stiffly accurate method. */
bool bk_rodas_onward(const bk_rodas_method *method, int i);

/* An explicit Runge-Kutta method whose last stage is the derivative at the end of the step
 * (Hairer, Norsett and Wanner 1993, sec. II.5); error: that of the embedded method of order
 * four, as combination of the stages; h: dense output in the form of the other's. */
typedef struct bk_explicit_method {
    const char *name;
    int stages;
    double limit; /* of h |lambda|, lambda real, negative, for which it is stable */
    double share; /* of the allowance that its error estimate may have */
    double a[BK_RODAS_MOST_STAGES][BK_RODAS_MOST_STAGES];
    double alpha[BK_RODAS_MOST_STAGES], error[BK_RODAS_MOST_STAGES];
    double h[BK_RODAS_MOST_DENSE][BK_RODAS_MOST_STAGES];
} bk_explicit_method;
extern const bk_explicit_method bk_explicit_default;

typedef enum bk_rodas_result {
    BK_RODAS_ACCEPTED,
    BK_RODAS_TOO_SMALL, /* the step size underflowed: `worst` names the component */
    BK_RODAS_BLIND, /* rounding of the fastest rate, that of `worst`, hides the others */
    BK_RODAS_NOT_FINITE, /* the right-hand side is not finite where the step begins */
    BK_RODAS_NO_MEMORY
} bk_rodas_result;

/* How large an error may be: the part of its own scale that a component is followed down
 * to, the part of its group's scale that its own counts at least, the smallest tolerance,
 * and how many tolerances the error estimate of a good step may have: the estimate is
 * that of the embedded method of order four, far above the error of the method itself
 * (rodas5p.c says what comes out).
 *
 * What oscillates is allowed less with every cycle, since its phase forgets no error: those of
 * k cycles would add up to k times that of one.  Travel is the way that a component has gone
 * up and down, in units of its scale.  The first cycle, a travel of 2, is free, so that what
 * only rises, or rises and falls, pays nothing; then 1 / (1 + (travel - 2) / patience) of the
 * allowance is left, so that errors add up as a logarithm, and never less than what rounding
 * leaves.
 *
 * What rises by r to a new height, from h before, may err by more: its size counts as
 * size + rise * min(r, h - r), if that is more, since it forgets errors where what stands
 * still does not.  With a growth of g a step, errors of e each add up to e / g of its size,
 * however many, and those of what stands still to e a step: so (1 + rise g) e comes to no more
 * than the errors of rise + 1 / g steps.  Without this what begins at zero behind a cascade,
 * as a high power of time, governs the steps all the way.  What doubles in a step has nothing
 * to forget, and what feeds itself, whose diagonal entry of the Jacobian is above zero, takes
 * its errors along: they are allowed nothing more.
 *
 * Nor is what grows in a loop of several, none of which feeds itself.  Since f solves the
 * equation of errors where time does not enter, an error along f fades as f / y does, by
 * q = 1 - y y'' / y'^2 of its size while y grows by all of its own: q is 0 for an exponential,
 * 1 / k for t^k and x / (1 - x) for a logistic curve at x of its height.  More is allowed
 * where q is above `fading`, all of it from twice that on.
 *
 * Nor is anything where rules are implicit (mass): dense output is less exact for what they
 * determine, and `implicit` of the allowance keeps it to ten tolerances
 * (tests/unit/test_algebraic.c). */
typedef struct bk_rodas_rule {
    double relative_floor, shared_floor, least_tolerance, allowance, patience, rise,
        fading, implicit, rounding;
    /* rodas_below.c: below zero, this share of what is allowed is no matter, since what
     * has decayed changes its sign all the time */
    double noise;
} bk_rodas_rule;
extern const bk_rodas_rule bk_rodas_tolerance;
/* How many tolerances the estimate of the next step may have, after so much travel. */
double bk_rodas_allowance(double travel, double rtol);

/* What component i is compared with, of the largest |y| so far and of its share in its
 * group's: the scale below, or with atol > 0 what that tolerance says; never zero. */
double bk_rodas_size(double largest, double shared, double rtol, double atol);

/* The controller of step sizes: predictive (Gustafsson 1994), as in Hairer and Wanner
 * (1996), sec. IV.8. */
typedef struct bk_rodas_pace {
    double error_old, h_old;
    bool after_reject, first;
} bk_rodas_pace;
/* The size to try next, after a good and after a bad step of size h; error: over what is
 * allowed, infinite: the step came to nothing. */
double bk_rodas_pace_good(bk_rodas_pace *pace, const bk_rodas_method *method, double h,
                          double error);
double bk_rodas_pace_bad(bk_rodas_pace *pace, const bk_rodas_method *method, double h,
                         double error);
/* The first step lets y change by a hundredth; where it begins at zero there is nothing
 * to compare with, and the error control cuts a bold guess down.  fastest: the largest
 * rate over size. */
double bk_rodas_first_step(double fastest, double span);

/* Which of the two methods the next step is taken with, see rodas_explicit.c. */
typedef struct bk_rodas_choice {
    bool allowed, explicit; /* explicit: so was the last step */
    bool trial;             /* a Rosenbrock step is to show whether it pays */
    double cost;            /* of a Rosenbrock step over that of an explicit one */
    double left;            /* the size that explicit steps had before the trial */
    double radius;         /* spectral, of the Jacobian looked at last; < 0: none yet */
    long looked, interval; /* after so many steps; so many until the next time */
    long limited;          /* explicit steps in a row that stiffness may hold up */
    long patience;         /* so many before a trial */
    double waited;         /* explicit steps since the last trial */
    double shunned;        /* so many at least, after trials in vain */
} bk_rodas_choice;

typedef struct bk_rodas {
    bk_rodas_problem problem;
    const bk_rodas_method *method;
    bk_sparse_lu *lu;
    bk_combine *combine;
    double t, t_old;   /* the last step was from t_old to t */
    double h;          /* the size to try next */
    double *y, *y_old; /* [n] */
    double *f, *f_old; /* right-hand side at them */
    double *scale;     /* [n] largest |y| so far */
    double *largest;   /* [n] of the scales of a group */
    double *shared;    /* [n] the share of these that counts for a component */
    double *gone;      /* [n] sum of |changes of y| */
    double travel; /* the largest of these over what its component is compared with */
    double rtol, atol;
    double floor;    /* > 0: steps this small are accepted whatever the error */
    bool in_passing; /* only where it leads matters: travel is not counted */
    int32_t worst;   /* component with the largest error in the last attempt */
    long steps, rejected, evaluations, jacobians, factorisations;
    /* inside */
    double span;
    long singular; /* matrices, since the last step of some length */
    double *stages, *stage_y, *trial, *spare, *dense, *values, *dfdt, *matrix;
    double *end;   /* [n] where the last step ended, before a jump */
    double *error; /* [n] of the last attempt */
    double *end_f; /* [n] right-hand side at its end, if has_end */
    double
        *crossed; /* [n] not 0: went below zero by its derivative, or was set there */
    double *estimate; /* [n] memory for it */
    double *mode;     /* [n] of the largest eigenvalue, in units of the sizes */
    double *scaled;   /* [n] the sizes */
    int32_t *diagonal;
    bk_rodas_pace pace;
    bk_rodas_choice choice;
    bool has_f, has_jacobian, has_dense, has_end, jumped;
    void *memory;
} bk_rodas;

extern const bk_rodas_method bk_rodas_default;

bk_status bk_rodas_new(const bk_rodas_problem *problem, const bk_rodas_method *method,
                       bk_rodas **rodas);
void bk_rodas_free(bk_rodas *rodas);

/* Begins at (t, y).  The tolerance of component i is rtol * |y_i| + atol.  With
 * atol <= 0 it is
 *
 *     rtol * (|y_i| + 1e-3 * scale_i),
 *     scale_i = largest |y_i| so far, once that is 1e-6 of the largest scale of its group;
 *               before that, this share of it
 *
 * and never below the rounding of that scale, nor 1e-30.  So each component is followed
 * down to a thousandth of its own scale, whatever its unit and whatever stands beside it:
 * what rounding makes of a large component is relative to it, also in the terms by which a
 * small one depends on it.  The share of the
 * group's scale is there for what grows from zero behind a long cascade, as a high power
 * of time: without it such a component would be resolved relatively from its first 1e-30
 * on, ten times the steps for nothing that shows.  What has shown once keeps its own scale
 * whatever grows beside it later: when that grows without bound (BIOMD0000001020), its share
 * would soon be more than all that the component ever was.  Within a group, scales are compared
 * after multiplication by the units (amounts as concentrations).
 * span, the length of the run, bounds the first step only. */
void bk_rodas_start(bk_rodas *rodas, double t, const double *y, double rtol,
                    double atol, double span);
/* After start: explicit steps are taken as long as they are cheaper.  A run begins with
 * them.  Their size is kept within the limit of stability, by the spectral radius of the
 * Jacobian (power method, after every ten to forty steps).  Where this limit and not accuracy bounds
 * it, a Rosenbrock step is tried, at once or after some time, as the error estimate says,
 * and kept to if the size it allows outweighs its cost; from there it goes back when the
 * radius says that explicit steps would be cheaper again.  Costs are counted, not
 * measured, so that runs repeat to the last bit.  Without a mass matrix only. */
void bk_rodas_choose(bk_rodas *rodas);
/* Forget what was evaluated at (t, y): the right-hand side has switched. */
void bk_rodas_restart(bk_rodas *rodas);
/* One accepted step, not beyond `limit`, which is hit exactly. */
bk_rodas_result bk_rodas_step(bk_rodas *rodas, double limit);
/* Takes the last step again, from t_old to exactly `t` within it. */
bk_rodas_result bk_rodas_retake(bk_rodas *rodas, double t);
/* Goes back to t_old. */
void bk_rodas_rewind(bk_rodas *rodas);
/* Puts y in place of the present one, at the same time. */
void bk_rodas_replace(bk_rodas *rodas, const double *y);
/* y changes at the present time by something outside: as replace, but what lies before
 * stays what the last step says of it, in dense output too. */
void bk_rodas_jump(bk_rodas *rodas, const double *y);
/* y at a time within the last step, by the method's own interpolation. */
void bk_rodas_dense(bk_rodas *rodas, double t, double *y);
/* What each component is compared with, [n]. */
void bk_rodas_sizes(const bk_rodas *rodas, double *sizes);
/* Factors shift * M - values (of the Jacobian's pattern, finite), its pivots chosen for
 * components of these sizes.  Between steps; false: it is singular to rounding, or memory. */
bool bk_rodas_factor(bk_rodas *rodas, double shift, const double *values,
                     bk_sparse_lu *lu);
/* The right-hand side at (t, y), evaluated when needed; NULL: not finite. */
const double *bk_rodas_derivative(bk_rodas *rodas);
/* One attempt from the present point without control, for other drivers: y1 and the
 * error estimate of each component.  False: singular or not finite. */
bool bk_rodas_attempt(bk_rodas *rodas, double h, double *y1, double *error);

/* Inside: rodas_scale.c.  What component i is compared with, what an error of it may be
 * when it is this large, and y grows the scales. */
double bk_rodas_size_of(const bk_rodas *rodas, int32_t i);
double bk_rodas_weight(const bk_rodas *rodas, int32_t i, double size);
void bk_rodas_grow_scales(bk_rodas *rodas);
/* Inside: rodas.c */
bool bk_rodas_evaluate(bk_rodas *rodas, double t, const double *y, double *dy);
void bk_rodas_evaluate_jacobian(bk_rodas *rodas); /* at (t, y) */
/* Inside: rodas_below.c.  Whether the last attempt, which ended at t, is to be rejected
 * because of what it brought below zero, after so many others; or puts that to zero. */
bool bk_rodas_strays(bk_rodas *rodas, double t, int attempts);
extern const int bk_rodas_most_strays;
/* Inside: rodas_explicit.c.  An attempt, as those of the Rosenbrock method; and
 * what the next step is taken with. */
bool bk_rodas_attempt_explicit(bk_rodas *rodas, double t, const double *y,
                               const double *f, double h);
void bk_rodas_decide(bk_rodas *rodas);
void bk_rodas_give_up(bk_rodas *rodas); /* a step was bad: so is a trial */

#endif
