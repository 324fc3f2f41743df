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

typedef struct bk_kin_course {
    bk_kin_work *work;
    const bk_settings *settings;
    double span;
    double last_switch, free_until;
    long switches, near;
    bool *flipped;          /* [relations] at the present switch */
    bk_rodas_result result; /* of the last step */
} bk_kin_course;

/* The overlay is bound and y set; makes the integrator ready. */
bk_status bk_kin_course_begin(bk_kin_course *course, bk_kin_work *work,
                              const bk_settings *settings, const double *y);
void bk_kin_course_end(bk_kin_course *course);
/* One step, shortened to the first switch within it; false: result says why. */
bool bk_kin_course_step(bk_kin_course *course, double limit);
/* What follows an accepted step of the integrator: looks for a switch within it, and ends
 * it there. */
void bk_kin_course_look(bk_kin_course *course);
/* Why a course could not go on, into the outcome. */
void bk_kin_course_fail(const bk_kin_course *course, bk_outcome *outcome);

/* outcome.c of this room */
bk_status bk_kin_outcome_new(bk_kin_work *w, const bk_settings *settings, size_t rows,
                             bk_outcome **outcome);
void bk_kin_outcome_row(bk_kin_work *w, bk_outcome *outcome, size_t row, double t,
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

#endif
