/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/course.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include <math.h>
#include <string.h>

/* GSL's evolution over the same right-hand side: its msbdf and rk8pd as independent
 * checks, and our Rosenbrock method in the form of a GSL stepper.  Relations take their
 * truth from the numbers here; the steps go over switches as they can.  GSL's own error
 * handler aborts: see bk_init. */

static int gsl_rhs(double t, const double y[], double dydt[], void *params)
{
    bk_kin_work *const w = params;
    bk_kin_values(w, t, y, BK_FREE, w->status);
    w->at_y = NULL;
    return bk_kin_derivative(w, dydt) ? GSL_SUCCESS : GSL_EBADFUNC;
}

static int gsl_jacobian(double t, const double y[], double *dfdy, double dfdt[],
                        void *params)
{
    bk_kin_work *const w = params;
    const bk_kin_system *const s = w->system;
    const size_t n = (size_t)s->n;
    bk_kin_values(w, t, y, BK_FREE, w->status);
    w->at_y = NULL;
    if (!bk_kin_jacobian_here(w)) {
        return GSL_EBADFUNC;
    }
    memset(dfdy, 0, n * n * sizeof *dfdy);
    for (int32_t j = 0; j < s->n; j++) {
        for (int32_t k = s->starts[j]; k < s->starts[j + 1]; k++) {
            dfdy[(size_t)s->rows[k] * n + (size_t)j] = w->values[k];
        }
    }
    memcpy(dfdt, w->values + s->n_values, n * sizeof *dfdt);
    return GSL_SUCCESS;
}

/* --- our method as a stepper ---------------------------------------------------------------- */

typedef struct stepper {
    size_t dimension;
} stepper;

static void *stepper_alloc(size_t dimension)
{
    stepper *const made = bk_alloc(sizeof *made);
    if (made != NULL) {
        made->dimension = dimension;
    }
    return made;
}

static int stepper_apply(void *state, size_t dimension, double t, double h, double y[],
                         double yerr[], const double dydt_in[], double dydt_out[],
                         const gsl_odeiv2_system *system)
{
    (void)state;
    (void)dydt_in;
    bk_kin_work *const w = system->params;
    bk_rodas *const r = w->rodas;
    r->t = t;
    bk_rodas_replace(r, y);
    if (!bk_rodas_attempt(r, h, w->y, yerr)) {
        return GSL_FAILURE;
    }
    if (dydt_out != NULL && gsl_rhs(t + h, w->y, dydt_out, w) != GSL_SUCCESS) {
        return GSL_FAILURE;
    }
    memcpy(y, w->y, dimension * sizeof *y);
    return GSL_SUCCESS;
}

static int stepper_set_driver(void *state, const gsl_odeiv2_driver *driver)
{
    (void)state;
    (void)driver;
    return GSL_SUCCESS;
}

static int stepper_reset(void *state, size_t dimension)
{
    (void)state;
    (void)dimension;
    return GSL_SUCCESS;
}

static unsigned int stepper_order(void *state)
{
    (void)state;
    return (unsigned int)bk_rodas_default.estimate - 1;
}

static void stepper_free(void *state)
{
    bk_free(state);
}

static const gsl_odeiv2_step_type rodas_type = {.name = "rodas",
                                                .can_use_dydt_in = 0,
                                                .gives_exact_dydt_out = 1,
                                                .alloc = stepper_alloc,
                                                .apply = stepper_apply,
                                                .set_driver = stepper_set_driver,
                                                .reset = stepper_reset,
                                                .order = stepper_order,
                                                .free = stepper_free};

static const gsl_odeiv2_step_type *type_of(const char *name)
{
    if (name != NULL && strcmp(name, "gsl-rodas") == 0) {
        return &rodas_type;
    }
    if (name != NULL && strcmp(name, "msbdf") == 0) {
        return gsl_odeiv2_step_msbdf;
    }
    return name != NULL && strcmp(name, "rk8pd") == 0 ? gsl_odeiv2_step_rk8pd : NULL;
}

bool bk_kin_stepper_is_gsl(const char *name)
{
    return type_of(name) != NULL;
}

/* --- the run -------------------------------------------------------------------------------- */

/* The absolute tolerance of GSL is one for all: by default it follows the smallest
 * initial value that is not zero. */
static double absolute(const bk_settings *settings, const double *y, int32_t n)
{
    double least = (double)INFINITY;
    for (int32_t i = 0; i < n; i++) {
        least = y[i] != 0.0 && fabs(y[i]) < least ? fabs(y[i]) : least;
    }
    if (settings->atol > 0.0) {
        return settings->atol;
    }
    return settings->rtol * 1e-3 * (isfinite(least) ? least : 1.0);
}

static bool stopped(const bk_settings *settings, const gsl_odeiv2_driver *driver,
                    bk_outcome *outcome)
{
    const unsigned long most =
        settings->max_steps > 0 ? (unsigned long)settings->max_steps : 1000000UL;
    if (settings->cancelled != NULL && settings->cancelled(settings->cancel_context)) {
        bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled");
        return true;
    }
    if (driver->e->count >= most) {
        bk_outcome_end(outcome, BK_STOP_LIMIT, "stopped after %lu steps", most);
        return true;
    }
    return false;
}

static double evolve(bk_kin_work *w, const bk_settings *settings,
                     gsl_odeiv2_driver *driver, const gsl_odeiv2_system *system,
                     double *y, bk_outcome *outcome)
{
    double t = settings->t_start;
    double h = 1e-6 * (settings->t_end - settings->t_start);
    size_t row = 0;
    const size_t rows = bk_outcome_rows(outcome);
    bool going = true;
    bk_outcome_end(outcome, BK_STOP_END, "reached the end time");
    for (; row < rows; row++) {
        const double goal = bk_settings_time(settings, (int)row);
        while (going && t < goal && w->system->n > 0) {
            going = !stopped(settings, driver, outcome);
            if (going &&
                (gsl_odeiv2_evolve_apply(driver->e, driver->c, driver->s, system, &t,
                                         goal, &h, y) != GSL_SUCCESS ||
                 h < 1e-15 * fabs(t))) {
                char time[40];
                bk_c_snprintf(time, sizeof time, "%.6g", t);
                bk_outcome_end(outcome, BK_STOP_FAILED,
                               "%s of GSL cannot go on at time %s", settings->stepper,
                               time);
                going = false;
            }
        }
        if (!going) {
            break;
        }
        bk_kin_outcome_row(w, outcome, row, goal, y);
    }
    bk_outcome_truncate(outcome, row);
    return t;
}

bk_status bk_kin_run_gsl(bk_kin_work *w, const bk_settings *settings, const double *y,
                         bk_outcome *outcome)
{
    const bk_kin_system *const s = w->system;
    const size_t n = s->n > 0 ? (size_t)s->n : 1;
    bk_kin_course course; /* only to have the integrator ready */
    bk_status status = bk_kin_course_begin(&course, w, settings, y);
    if (status != BK_OK) {
        return status;
    }
    bk_kin_course_end(&course);
    w->truth = BK_FREE;
    gsl_odeiv2_system system = {gsl_rhs, gsl_jacobian, n, w};
    double *const state = bk_alloc_zero(n, sizeof *state);
    gsl_odeiv2_driver *const driver = gsl_odeiv2_driver_alloc_standard_new(
        &system, type_of(settings->stepper), 1e-6, absolute(settings, y, s->n),
        settings->rtol, 1.0, 0.0);
    if (state == NULL || driver == NULL) {
        status = BK_NO_MEMORY;
    } else {
        memcpy(state, y, (size_t)s->n * sizeof *state);
        const double t = evolve(w, settings, driver, &system, state, outcome);
        bk_kin_outcome_finish(w, outcome, t, state);
        bk_counters *const counters = bk_outcome_counters_mutable(outcome);
        counters->steps = (long)driver->e->count;
        counters->rejected = (long)driver->e->failed_steps;
    }
    if (driver != NULL) {
        gsl_odeiv2_driver_free(driver);
    }
    bk_free(state);
    return status;
}
