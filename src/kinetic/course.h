/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_COURSE_H
#define BK_KINETIC_COURSE_H

/* A solution on its way: the integrator, and the switches of relations.
 *
 * Between switches the truth of every relation is held, so that the right-hand side is
 * smooth over a whole step.  After a step, relations whose numbers contradict their
 * status have crossed; the first crossing is located on the dense output, the step is
 * taken again to end exactly there, and the status changes.  Where switches follow each
 * other ever faster (a sliding mode), truth is taken from the numbers for a while and
 * small steps go over the discontinuity. */

#include "kinetic/work.h"

struct bk_kin_agenda; /* events.h */

typedef struct bk_kin_course {
    bk_kin_work *work;
    const bk_settings *settings;
    double span;
    double last_switch, free_until;
    long switches, near;
    bool *flipped;                /* [relations] at the present switch */
    bk_rodas_result result;       /* of the last step */
    struct bk_kin_agenda *agenda; /* NULL: the model has no events */
    int32_t inconsistent;         /* variable that no value was found for, or -1 */
    bool no_memory;
} bk_kin_course;

/* Makes the integrator of a workspace, if there is none yet. */
bk_status bk_kin_integrator(bk_kin_work *work);
/* The overlay is bound and y set; makes the integrator ready. */
bk_status bk_kin_course_begin(bk_kin_course *course, bk_kin_work *work,
                              const bk_settings *settings, const double *y);
void bk_kin_course_end(bk_kin_course *course);
/* One step, shortened to the first switch or due event within it, and what happens
 * there; false: the course cannot go on. */
bool bk_kin_course_step(bk_kin_course *course, double limit);
/* A relation that has crossed at time t of the last step, or -1; gaps are those of t. */
int32_t bk_kin_look(bk_kin_course *course, double t);
/* The sign of a gap; the truth of a relation with this gap; whether the numbers at hand
 * contradict the status (NaN contradicts nothing); the status as the numbers have it. */
signed char bk_kin_sign(double gap);
bool bk_kin_truth(const bk_kin_work *w, int32_t relation, double gap);
bool bk_kin_crossed(const bk_kin_work *w, int32_t relation);
void bk_kin_take(bk_kin_work *w, int32_t relation);
/* Implicit variables of y follow the others at the present time; false: there are none. */
bool bk_kin_course_follow(bk_kin_course *course, double *y);
/* What follows an accepted step of the integrator: looks for a switch within it, and ends
 * it there; false: the course cannot go on. */
bool bk_kin_course_look(bk_kin_course *course);
/* Why a course could not go on, into the outcome. */
void bk_kin_course_fail(const bk_kin_course *course, bk_outcome *outcome);

/* outcome.c of this room */
void bk_kin_outcome_row(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
                        const double *y);
/* The same; values that no column shows are not evaluated. */
void bk_kin_outcome_show(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
                         const double *y);
void bk_kin_outcome_finish(bk_kin_work *w, bk_outcome *outcome, double t,
                           const double *y);
/* The same with the values at hand. */
void bk_kin_outcome_keep(bk_kin_work *w, bk_outcome *outcome);

/* The tolerances of the way to a steady state in place of those of a run. */
void bk_kin_settle_way(const bk_kin_system *system, bk_settings *settings);
bk_status bk_kin_settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome);
/* The same run by one of GSL's steppers. */
bk_status bk_kin_run_gsl(bk_kin_work *w, const bk_settings *settings, const double *y,
                         bk_outcome *outcome);
bool bk_kin_stepper_is_gsl(const char *stepper);
bool bk_kin_stepper_is_own(const char *stepper); /* auto or rodas */

#endif
