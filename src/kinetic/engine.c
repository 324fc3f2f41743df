/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

static bool is_rodas(const char *stepper)
{
    return stepper != NULL && strcmp(stepper, "rodas") == 0;
}

bool bk_kin_stepper_is_own(const char *stepper)
{
    return stepper == NULL || strcmp(stepper, "auto") == 0 || is_rodas(stepper);
}

static bk_status check(const bk_system *system, const bk_settings *settings,
                       const bk_workspace *workspace, bk_diag *diag)
{
    if (workspace->system != system || system->engine != &bk_engine_ode) {
        return BK_MISUSE;
    }
    const char *const stepper = settings->stepper;
    if (!bk_kin_stepper_is_own(stepper) && !bk_kin_stepper_is_gsl(stepper)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "stepper",
                    "unknown stepper \"%s\"; there are auto, rodas, gsl-rodas, msbdf, "
                    "rk8pd",
                    stepper);
        return BK_NOT_FOUND;
    }
    const bk_kin_system *const s = (const bk_kin_system *)system;
    if (bk_kin_stepper_is_gsl(stepper) && (s->n_implicit > 0 || s->n_delays > 0)) {
        bk_diag_add(
            diag, BK_ERROR, (bk_where){0}, "stepper",
            "the stepper \"%s\" has no delays, fast reactions, or algebraic rules "
            "that are not linear; use auto",
            stepper);
        return BK_UNSUPPORTED;
    }
    for (int32_t i = 0; bk_kin_stepper_is_gsl(stepper) && i < s->n_events; i++) {
        const bk_event *const event = &system->model->events[s->events[i].item];
        bk_diag_add(diag, BK_ERROR, event->where, "stepper",
                    "the stepper %s cannot follow event %s; use auto", stepper,
                    bk_symbol_id(system->model, event->symbol));
        if (i + 1 == s->n_events) {
            return BK_UNSUPPORTED;
        }
    }
    if (!(settings->rtol > 0.0) || settings->steps < 0 ||
        !(settings->t_end >= settings->t_start)) {
        bk_diag_add(
            diag, BK_ERROR, (bk_where){0}, "settings",
            "a run needs a relative tolerance above 0, an end not before its start "
            "and no negative number of steps");
        return BK_MISUSE;
    }
    return BK_OK;
}

/* Rows up to the time reached, from the dense output of the last step. */
static size_t write_rows(bk_kin_work *w, const bk_settings *settings,
                         bk_outcome *outcome, size_t row, size_t rows)
{
    while (row < rows) {
        const double t = bk_settings_time(settings, (int)row);
        if (t > w->rodas->t) {
            break;
        }
        bk_rodas_dense(w->rodas, t, w->y);
        bk_kin_outcome_show(w, outcome, row, t, w->y);
        row++;
    }
    return row;
}

static bk_status run_rodas(bk_kin_work *w, const bk_settings *settings, const double *y,
                           bk_outcome *outcome)
{
    const size_t rows = bk_outcome_rows(outcome);
    const long most = settings->max_steps > 0 ? settings->max_steps : 1000000;
    bk_kin_course course;
    const bk_status status = bk_kin_course_begin(&course, w, settings, y);
    if (status != BK_OK) {
        return status;
    }
    if (!is_rodas(settings->stepper)) {
        bk_rodas_choose(w->rodas);
    }
    bk_outcome_end(outcome, BK_STOP_END, "reached the end time");
    size_t row = write_rows(w, settings, outcome, 0, rows);
    while (w->rodas->t < settings->t_end) {
        if (settings->cancelled != NULL &&
            settings->cancelled(settings->cancel_context)) {
            bk_outcome_end(outcome, BK_STOP_CANCELLED, "cancelled");
            break;
        }
        if (w->rodas->steps >= most) {
            bk_outcome_end(outcome, BK_STOP_LIMIT, "stopped after %ld steps", most);
            break;
        }
        if (!bk_kin_course_step(&course, settings->t_end)) {
            bk_kin_course_fail(&course, outcome);
            break;
        }
        row = write_rows(w, settings, outcome, row, rows);
    }
    bk_outcome_truncate(outcome, row);
    bk_kin_outcome_finish(w, outcome, w->rodas->t, w->rodas->y);
    const bk_status kept = bk_kin_events_keep(&course, outcome);
    bk_outcome_counters_mutable(outcome)->switches = course.switches;
    bk_kin_course_end(&course);
    return course.no_memory ? BK_NO_MEMORY : kept;
}

static bk_status run(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome)
{
    bk_status status = check(system, settings, workspace, diag);
    if (status != BK_OK) {
        return status;
    }
    bk_kin_work *const w = (bk_kin_work *)workspace;
    double *const y = bk_alloc_zero((size_t)w->system->n + 1, sizeof *y);
    bk_outcome *made = NULL;
    status = y == NULL ? BK_NO_MEMORY : bk_kin_start(w, overlay, settings, diag, y);
    if (status == BK_OK) {
        status = bk_kin_outcome_new(w->system, settings, (size_t)settings->steps + 1,
                                    false, &made);
    }
    if (status == BK_OK) {
        status = bk_kin_stepper_is_gsl(settings->stepper)
                     ? bk_kin_run_gsl(w, settings, y, made)
                     : run_rodas(w, settings, y, made);
    }
    bk_free(y);
    if (status != BK_OK) {
        bk_outcome_free(made);
        return status;
    }
    *outcome = made;
    return BK_OK;
}

static bk_status settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome)
{
    const bk_status status = check(system, settings, workspace, diag);
    return status != BK_OK
               ? status
               : bk_kin_settle(system, overlay, settings, workspace, diag, outcome);
}

static bk_status compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    bk_system *made = NULL;
    const bk_status status = bk_kin_compile(model, diag, &made);
    if (status == BK_OK && ((bk_kin_system *)made)->n_draws > 0) {
        bk_diag_add(diag, BK_ERROR, ((bk_kin_system *)made)->draws[0].where, "kinetic",
                    "the model draws random values, which the ode engine does not; "
                    "use --method ssa");
        bk_system_free(made);
        return BK_UNSUPPORTED;
    }
    *system = status == BK_OK ? made : *system;
    return status;
}

const bk_engine bk_engine_ode = {.name = "ode",
                                 .summary =
                                     "ordinary differential equations, integrated "
                                     "by explicit and stiff Rosenbrock steps",
                                 .compile = compile,
                                 .workspace = bk_kin_workspace,
                                 .run = run,
                                 .settle = settle,
                                 .run_many = bk_kin_run_many,
                                 .settle_many = bk_kin_settle_many,
                                 .lanes = BK_LANE_COUNT};
