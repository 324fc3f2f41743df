/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One trajectory: our Rosenbrock solver against CVODE's BDF with KLU, both driven by the
 * same right-hand side and sparse Jacobian, same tolerances, in one run; and the time
 * from the file to the first trajectory.  "as exact": CVODE again, its tolerances tightened
 * tenfold until its error is no larger than ours. */

#include "cvode_peer.h"

enum { TIMES = 5 };

typedef struct course {
    double seconds, error;
    double *rows;
} course;

/* The geometric means of all models. */
typedef struct tally {
    double ratio, exact_ratio;
    int models, exact_models, no_larger;
} tally;

static double run_ours(problem *p, bk_outcome **outcome)
{
    const double start = now();
    if (bk_engine_ode.run(p->system, NULL, &p->settings, p->workspace, NULL, outcome) !=
            BK_OK ||
        bk_outcome_stop(*outcome) != BK_STOP_END) {
        fprintf(stderr, "our run failed: %s\n",
                *outcome != NULL ? bk_outcome_text(*outcome) : "");
        exit(1);
    }
    return now() - start;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, TIMES, sizeof *values, compare_doubles);
    return values[TIMES / 2];
}

/* Both in turn; the rows of the last runs. */
static void run_both(problem *p, const double *atol, course *ours, course *theirs)
{
    double a[TIMES], b[TIMES];
    for (int k = 0; k < TIMES; k++) {
        bk_outcome *outcome = NULL;
        b[k] = run_cvode(p, p->settings.rtol, atol, theirs->rows);
        a[k] = run_ours(p, &outcome);
        collect(p, outcome, ours->rows);
        bk_outcome_free(outcome);
    }
    ours->seconds = median(a);
    theirs->seconds = median(b);
}

/* CVODE where it is as exact as `error`; negative: it never is. */
static double run_as_exact(problem *p, const double *reference, const double *atol,
                           double *own, double error, double *rows)
{
    for (double share = 0.1; share > 1e-5; share *= 0.1) {
        for (int32_t k = 0; k < p->n; k++) {
            own[k] = share * atol[k];
        }
        double seconds = run_cvode(p, 1e-6 * share, own, rows);
        if (seconds < 0) {
            return -1;
        }
        if (error_of(p, reference, rows, atol, 1e-6) <= error) {
            return fmin(seconds, run_cvode(p, 1e-6 * share, own, rows));
        }
    }
    return -1;
}

/* False: the two tell of different things, so that there is nothing to measure. */
static bool find_reference(problem *p, double *atol, double *tight, double *reference,
                           double *ours)
{
    for (int32_t k = 0; k < p->n; k++) {
        atol[k] = 1e-12;
    }
    if (bk_model_events(p->model) > 0 || run_cvode(p, 1e-11, atol, reference) < 0) {
        return false;
    }
    tolerances(p, reference, atol, tight);
    if (run_cvode(p, 1e-11, tight, reference) < 0) {
        return false;
    }
    bk_outcome *outcome = NULL;
    p->settings.rtol = 1e-9;
    run_ours(p, &outcome);
    p->settings.rtol = 1e-6;
    collect(p, outcome, ours);
    bk_outcome_free(outcome);
    return error_of(p, reference, ours, atol, 1e-6) < 1e4;
}

static void print_model(const char *path, const problem *p, const course *ours,
                        const course *theirs, double exact, double opened)
{
    printf(
        "ode   %-20s n %4d  ours %8.2f ms (error %.2g)  CVODE+KLU %8.2f ms (error %.2g)"
        "  ratio %.2f",
        base_of(path), (int)p->n, 1e3 * ours->seconds, ours->error,
        1e3 * theirs->seconds, theirs->error, theirs->seconds / ours->seconds);
    if (exact > 0) {
        printf(", as exact %.2f", exact / ours->seconds);
    }
    printf("  file to trajectory %.3f s\n", opened);
}

static void bench(const char *path, double t_end, tally *all)
{
    problem p;
    const double begin = now();
    open_problem(&p, path, t_end);
    const double opened = now() - begin;
    const size_t n = (size_t)p.n;
    const size_t size = n * (size_t)p.settings.steps;
    double *const memory = calloc(4 * size + 3 * n, sizeof *memory);
    bk_column *const columns = calloc(n, sizeof *columns);
    double *const reference = memory, *const spare = memory + size;
    course ours = {.rows = spare + size}, theirs = {.rows = spare + 2 * size};
    double *const atol = spare + 3 * size, *const tight = atol + n;
    for (int32_t k = 0; k < p.n; k++) {
        columns[k] = (bk_column){bk_kinetic_variable(p.system, k), BK_AS_AMOUNT};
    }
    p.settings.columns = columns;
    p.settings.n_columns = (int)p.n;
    if (!find_reference(&p, atol, tight, reference, ours.rows)) {
        printf(
            "ode   %-20s no reference: CVODE alone is told of no events and steps over "
            "what switches\n",
            base_of(path));
    } else {
        run_both(&p, atol, &ours, &theirs);
        ours.error = error_of(&p, reference, ours.rows, atol, 1e-6);
        theirs.error = error_of(&p, reference, theirs.rows, atol, 1e-6);
        const double exact =
            theirs.error <= ours.error
                ? theirs.seconds
                : run_as_exact(&p, reference, atol, tight, ours.error, spare);
        print_model(path, &p, &ours, &theirs, exact, opened + ours.seconds);
        all->ratio += log(theirs.seconds / ours.seconds);
        all->models++;
        all->no_larger += ours.error <= theirs.error;
        all->exact_ratio += exact > 0 ? log(exact / ours.seconds) : 0;
        all->exact_models += exact > 0;
    }
    free(memory);
    free(columns);
    close_problem(&p);
}

int main(int argc, char **argv)
{
    tally all = {0};
    bk_init();
    for (int i = 1; i + 1 < argc; i += 2) {
        bench(argv[i], strtod(argv[i + 1], NULL), &all);
    }
    printf("ode   %d models, geometric means: ratio %.2f at equal tolerances (our "
           "error no "
           "larger in %d), %.2f against CVODE as exact as we are (in %d)\n",
           all.models, exp(all.ratio / fmax(all.models, 1)), all.no_larger,
           exp(all.exact_ratio / fmax(all.exact_models, 1)), all.exact_models);
    return 0;
}
