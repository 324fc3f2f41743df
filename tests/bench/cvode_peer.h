/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BENCH_CVODE_PEER_H
#define BK_BENCH_CVODE_PEER_H

/* A trajectory by CVODE's BDF with KLU, driven by our own right-hand side and sparse
 * Jacobian. */

#include <blockade/blockade.h>
#include <blockade/kinetic.h>

#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* nothing here waits */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

typedef struct problem {
    bk_model *model;
    bk_system *system;
    bk_workspace *workspace;
    bk_settings settings;
    int32_t n;
    const int32_t *starts, *rows;
    double *y0;
    double *scale; /* largest |y| on the reference trajectory */
    long evaluations;
} problem;

static inline int rhs(realtype t, N_Vector y, N_Vector dy, void *user)
{
    problem *p = user;
    p->evaluations++;
    return bk_kinetic_rhs(p->workspace, t, NV_DATA_S(y), NV_DATA_S(dy)) ? 0 : 1;
}

static inline int jacobian(realtype t, N_Vector y, N_Vector dy, SUNMatrix j, void *user,
                           N_Vector a, N_Vector b, N_Vector c)
{
    problem *p = user;
    (void)dy;
    (void)a;
    (void)b;
    (void)c;
    sunindextype *columns = SM_INDEXPTRS_S(j), *rows = SM_INDEXVALS_S(j);
    for (int32_t k = 0; k <= p->n; k++) {
        columns[k] = p->starts[k];
    }
    for (int32_t k = 0; k < p->starts[p->n]; k++) {
        rows[k] = p->rows[k];
    }
    return bk_kinetic_jacobian(p->workspace, t, NV_DATA_S(y), SM_DATA_S(j), NULL) ? 0
                                                                                  : 1;
}

/* Final state by CVODE into out[rows][n]; seconds, or a negative number on failure. */
static inline double run_cvode(problem *p, double rtol, const double *atol, double *out)
{
    SUNContext context = NULL;
    SUNContext_Create(NULL, &context);
    N_Vector y = N_VNew_Serial(p->n, context),
             tolerances = N_VNew_Serial(p->n, context);
    memcpy(NV_DATA_S(y), p->y0, (size_t)p->n * sizeof(double));
    memcpy(NV_DATA_S(tolerances), atol, (size_t)p->n * sizeof(double));
    SUNMatrix m = SUNSparseMatrix(p->n, p->n, p->starts[p->n], CSC_MAT, context);
    SUNLinearSolver solver = SUNLinSol_KLU(y, m, context);
    void *cvode = CVodeCreate(CV_BDF, context);
    const double start = now();
    CVodeSetErrFile(cvode, NULL);
    CVodeInit(cvode, rhs, p->settings.t_start, y);
    CVodeSVtolerances(cvode, rtol, tolerances);
    CVodeSetUserData(cvode, p);
    CVodeSetMaxNumSteps(cvode, 2000000);
    CVodeSetLinearSolver(cvode, solver, m);
    CVodeSetJacFn(cvode, jacobian);
    int flag = 0;
    for (int r = 1; r <= p->settings.steps && flag >= 0; r++) {
        realtype t = 0;
        const double stop =
            p->settings.t_start +
            (p->settings.t_end - p->settings.t_start) * r / p->settings.steps;
        flag = CVode(cvode, stop, y, &t, CV_NORMAL);
        memcpy(out + (size_t)(r - 1) * (size_t)p->n, NV_DATA_S(y),
               (size_t)p->n * sizeof(double));
    }
    const double seconds = flag >= 0 ? now() - start : -1;
    CVodeFree(&cvode);
    SUNLinSolFree(solver);
    SUNMatDestroy(m);
    N_VDestroy(y);
    N_VDestroy(tolerances);
    SUNContext_Free(&context);
    return seconds;
}

/* Largest error over rows and variables in units of atol + rtol * |reference|. */
static inline double error_of(const problem *p, const double *reference,
                              const double *got, const double *atol, double rtol)
{
    double worst = 0;
    const size_t n = (size_t)p->n;
    for (size_t i = 0; i < (size_t)p->settings.steps * n; i++) {
        const double unit = atol[i % n] + rtol * fabs(reference[i]);
        worst = fmax(worst, fabs(got[i] - reference[i]) / unit);
    }
    return worst;
}

static inline bool is_species(const problem *p, int32_t variable)
{
    return bk_symbol_kind_of(p->model, bk_kinetic_variable(p->system, variable)) ==
           BK_SPECIES;
}

/* What our automatic tolerance (bk_settings, atol 0) comes to at an rtol of 1e-6, from the
 * largest |y| over the rows: a thousandth of a variable's own scale is followed, that being
 * at least a millionth of the largest among species.  For CVODE, so that both have the same
 * tolerances, and as the unit of errors.  tight is for a reference. */
static inline void tolerances(const problem *p, const double *rows, double *atol,
                              double *tight)
{
    double largest = 0;
    for (int32_t k = 0; k < p->n; k++) {
        atol[k] = 0;
        for (int r = 0; r < p->settings.steps; r++) {
            atol[k] = fmax(atol[k], fabs(rows[(size_t)r * (size_t)p->n + (size_t)k]));
        }
        largest = fmax(largest, is_species(p, k) ? atol[k] : 0.0);
    }
    for (int32_t k = 0; k < p->n; k++) {
        const double shared = is_species(p, k) ? 1e-6 * largest : 0.0;
        atol[k] = fmax(1e-6 * 1e-3 * fmax(atol[k], shared), 1e-15);
        tight[k] = 1e-5 * atol[k];
    }
}

static inline void open_problem(problem *p, const char *path, double t_end)
{
    const bk_read_settings lax = {.lax = true};
    memset(p, 0, sizeof *p);
    p->settings = bk_settings_defaults();
    p->settings.t_end = t_end;
    p->settings.steps = 100;
    p->settings.rtol = 1e-6;
    if (bk_sbml_read(path, &lax, NULL, &p->model) != BK_OK ||
        bk_engine_ode.compile(p->model, NULL, &p->system) != BK_OK ||
        bk_engine_ode.workspace(p->system, &p->workspace) != BK_OK) {
        fprintf(stderr, "%s: not compiled\n", path);
        exit(1);
    }
    p->n = bk_kinetic_variables(p->system);
    bk_kinetic_pattern(p->system, &p->starts, &p->rows);
    p->y0 = calloc((size_t)p->n, sizeof *p->y0);
    bk_kinetic_start(p->system, NULL, &p->settings, p->workspace, NULL, p->y0);
}

static inline void close_problem(problem *p)
{
    free(p->y0);
    bk_workspace_free(p->workspace);
    bk_system_free(p->system);
    bk_model_free(p->model);
}

static inline void collect(const problem *p, const bk_outcome *outcome, double *out)
{
    const int n = (int)p->n;
    for (int r = 1; r <= p->settings.steps; r++) {
        for (int k = 0; k < n; k++) {
            out[(size_t)(r - 1) * (size_t)n + (size_t)k] =
                bk_outcome_value(outcome, (size_t)r, k);
        }
    }
}

#endif
