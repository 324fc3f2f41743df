/* SPDX-License-Identifier: GPL-3.0-or-later */

/* bench_model FILE END STEPS RTOL TIMES COLUMN...
 *
 * One model from file to trajectory in this process, for peers.py: CPU seconds of reading
 * and compiling, of the first run, and of the best of up to TIMES runs of the compiled model
 * (fewer where they take long); peak memory, steps, variables; the trajectory.  A species is reported as concentration.  No column: every
 * variable. */

#include <blockade/blockade.h>
#include <blockade/kinetic.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bk_column column_named(const bk_model *model, const char *id)
{
    const int32_t symbol = bk_model_find(model, id);
    const bool species = symbol >= 0 && bk_symbol_kind_of(model, symbol) == BK_SPECIES;
    return (bk_column){symbol, species ? BK_AS_CONCENTRATION : BK_AS_DEFAULT};
}

static void print_rows(const bk_outcome *outcome)
{
    for (size_t r = 0; r < bk_outcome_rows(outcome); r++) {
        for (int c = 0; c < bk_outcome_columns(outcome); c++) {
            printf("%.17g ", bk_outcome_value(outcome, r, c));
        }
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    enum { COLUMNS = 6 };
    if (argc < COLUMNS) {
        return 2;
    }
    const double begin = now();
    const bk_read_settings lax = {.lax = true, .ignore_fast = true};
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_init();
    bk_settings settings = bk_settings_defaults();
    settings.t_end = strtod(argv[2], NULL);
    settings.steps = (int)strtol(argv[3], NULL, 10);
    settings.rtol = strtod(argv[4], NULL);
    const long times = strtol(argv[5], NULL, 10);
    if (bk_sbml_read(argv[1], &lax, NULL, &model) != BK_OK ||
        bk_engine_ode.compile(model, NULL, &system) != BK_OK ||
        bk_engine_ode.workspace(system, &workspace) != BK_OK) {
        fprintf(stderr, "not compiled\n");
        return 1;
    }
    const double opened = now() - begin;
    bk_column *const columns = calloc((size_t)argc, sizeof *columns);
    for (int i = COLUMNS; i < argc; i++) {
        columns[i - COLUMNS] = column_named(model, argv[i]);
        if (columns[i - COLUMNS].symbol < 0) {
            fprintf(stderr, "no \"%s\"\n", argv[i]);
            return 1;
        }
    }
    settings.columns = argc > COLUMNS ? columns : NULL;
    settings.n_columns = argc - COLUMNS;
    double first = 0, best = INFINITY, spent = 0;
    bk_outcome *outcome = NULL;
    for (long k = 0; k < times && (k < 3 || spent < 0.05); k++) {
        bk_outcome_free(outcome);
        const double start = now();
        if (bk_engine_ode.run(system, NULL, &settings, workspace, NULL, &outcome) !=
                BK_OK ||
            bk_outcome_stop(outcome) != BK_STOP_END) {
            fprintf(stderr, "not run\n");
            return 1;
        }
        const double seconds = now() - start;
        first = k == 0 ? seconds : first;
        best = fmin(best, seconds);
        spent += seconds;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.9g %.9g %.9g %ld %ld %d\n", opened, first, best, usage.ru_maxrss,
           bk_outcome_counters(outcome).steps, (int)bk_kinetic_variables(system));
    print_rows(outcome);
    bk_outcome_free(outcome);
    free(columns);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    return 0;
}
