/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One trajectory: our Rosenbrock solver against CVODE's BDF with KLU, both driven by the
 * same right-hand side and sparse Jacobian, same tolerances, in one run; and the time
 * from the file to the first trajectory. */

#include "cvode_peer.h"

static double run_ours(problem *p, bk_outcome **outcome)
{
    const double start = now();
    if (bk_engine_ode.run(p->system, NULL, &p->settings, p->workspace, NULL, outcome) !=
            BK_OK ||
        bk_outcome_stop(*outcome) != BK_STOP_END) {
        fprintf(stderr, "our run failed: %s\n",
                *outcome != NULL ? bk_outcome_text(*outcome) : "");
        return -1;
    }
    return now() - start;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    enum { TIMES = 5 };
    bk_init();
    for (int i = 1; i + 1 < argc; i += 2) {
        problem p;
        const double begin = now();
        open_problem(&p, argv[i], strtod(argv[i + 1], NULL));
        const double opened = now() - begin;
        const size_t size = (size_t)p.n * (size_t)p.settings.steps;
        double *reference = calloc(size, sizeof *reference);
        double *theirs = calloc(size, sizeof *theirs),
               *ours = calloc(size, sizeof *ours);
        double *atol = calloc((size_t)p.n, sizeof *atol);
        bk_column *columns = calloc((size_t)p.n, sizeof *columns);
        for (int32_t k = 0; k < p.n; k++) {
            columns[k].symbol = bk_kinetic_variable(p.system, k);
            columns[k].aspect = BK_AS_AMOUNT;
            atol[k] = 1e-12;
        }
        p.settings.columns = columns;
        p.settings.n_columns = (int)p.n;
        run_cvode(&p, 1e-11, atol, reference);
        for (int32_t k = 0; k < p.n; k++) {
            double top = 0;
            for (size_t r = 0; r < (size_t)p.settings.steps; r++) {
                top = fmax(top, fabs(reference[r * (size_t)p.n + (size_t)k]));
            }
            atol[k] = fmax(1e-6 * top * 1e-3, 1e-15);
        }
        double a[TIMES], b[TIMES], first = 0;
        for (int k = 0; k < TIMES; k++) {
            bk_outcome *outcome = NULL;
            b[k] = run_cvode(&p, 1e-6, atol, theirs);
            a[k] = run_ours(&p, &outcome);
            first = k == 0 ? opened + a[0] : first;
            if (k == 0 && outcome != NULL) {
                collect(&p, outcome, ours);
            }
            bk_outcome_free(outcome);
        }
        qsort(a, TIMES, sizeof *a, compare_doubles);
        qsort(b, TIMES, sizeof *b, compare_doubles);
        printf(
            "ode   %-50s n %5d  ours %9.2f ms (error %.2g)  CVODE+KLU %9.2f ms (error "
            "%.2g)  ratio %.2f  file to trajectory %.2f s\n",
            argv[i], (int)p.n, 1e3 * a[TIMES / 2],
            error_of(&p, reference, ours, atol, 1e-6), 1e3 * b[TIMES / 2],
            error_of(&p, reference, theirs, atol, 1e-6), b[TIMES / 2] / a[TIMES / 2],
            first);
        free(reference);
        free(theirs);
        free(ours);
        free(atol);
        free(columns);
        free(p.y0);
        bk_workspace_free(p.workspace);
        bk_system_free(p.system);
        bk_model_free(p.model);
    }
    return 0;
}
