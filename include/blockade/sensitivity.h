/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_SENSITIVITY_H
#define BLOCKADE_SENSITIVITY_H

/* How what a model shows answers its parameters: derivatives of time courses and of steady
 * states of the ode engine.
 *
 * *To* what: a parameter, the size of a compartment, a species (its initial value, as laws
 * see it), or a reaction: a factor on its rate, 1 as it stands, which gives the control
 * coefficients of metabolic control analysis (Kacser and Burns 1973, Heinrich and Rapoport
 * 1974).  A parameter counts as it is at the start, after the edits of the overlay; what
 * initial assignments make of it follows it.
 *
 * Time courses: the variational equations M S' = J S with the exact Jacobian of the
 * system, in which the parameters are variables that do not move.  S is integrated along
 * y's dense output by the same Rosenbrock method with its own steps, each component to the
 * relative tolerance of the settings, and to a thousandth of its own scale or of y's scale
 * over the parameter.  At switches of conditions and at events S jumps as the time of the
 * switch and what the event assigns depend on p; where that has no derivative (a condition
 * that is touched and not crossed, two at one time that p would part, switches without
 * end), the run ends there with BK_STOP_FAILED and says so.  Initial values are
 * differenced numerically (fourth order).  Delays bring S back: it is kept along the way,
 * lags may be parameters or depend on the state, and what was before the start answers the
 * parameters of initial assignments; derivatives by delayed values are differences of
 * second order.
 *
 * Steady states: J S = -b with the rows of dependent variables replaced by the conserved
 * moieties, whose totals keep to their initial values; by sparse elimination.  Events that
 * are not executed on the way there do not matter; of those that are, what they set of
 * variables that move on is forgotten at rest, and what they set for good to numbers is
 * the same for all parameters.
 *
 * Refused (BK_UNSUPPORTED), with the place: what a rule determines, fast reactions, delays
 * beside events, conditions or rateOf (what jumps would come back and jump again), events
 * with a delay; to a reaction whose rate a rule, another reaction or an
 * event reads; at rest, what an event on the way has set for good to what varies. */

#include <blockade/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A system of the ode engine with sensitivities to these symbols; workspaces are made by
 * the engine.  O(what compiling the model costs). */
bk_status bk_sensitivity_compile(const bk_model *model, const int32_t *to, int n,
                                 bk_diag *diag, bk_system **system);

typedef struct bk_sensitivity bk_sensitivity;
/* As the engine's run and settle, of all columns of the settings.  settings->state is
 * taken as the initial one and settings->stepper as rodas. */
bk_status bk_sensitivity_run(const bk_system *system, const bk_overlay *overlay,
                             const bk_settings *settings, bk_workspace *workspace,
                             bk_diag *diag, bk_sensitivity **sensitivity);
/* BK_NUMERICAL: the steady state is not isolated (J is singular on what is not
 * conserved), the moieties are not found, or J is infinite by a parameter.  The slopes are NaN where no steady state was reached: see the outcome. */
bk_status bk_sensitivity_settle(const bk_system *system, const bk_overlay *overlay,
                                const bk_settings *settings, bk_workspace *workspace,
                                bk_diag *diag, bk_sensitivity **sensitivity);
void bk_sensitivity_free(bk_sensitivity *sensitivity);
/* The values, and how the run ended; belongs to the sensitivity. */
const bk_outcome *bk_sensitivity_outcome(const bk_sensitivity *sensitivity);
/* The k-th parameter's value at the start; of a reaction 1. */
double bk_sensitivity_parameter(const bk_sensitivity *sensitivity, int k);
/* d column / d parameter k in a row. */
double bk_sensitivity_slope(const bk_sensitivity *sensitivity, size_t row, int column,
                            int k);

#ifdef __cplusplus
}
#endif
#endif
