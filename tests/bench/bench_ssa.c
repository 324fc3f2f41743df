/* SPDX-License-Identifier: GPL-3.0-or-later */

/* bench_ssa FILE T_END ...: one exact stochastic run of each file on one thread: moves,
 * seconds of processor time, moves a second, and the largest memory of the process. */

#include <blockade/blockade.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const char *file, bk_diag *diag)
{
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        fprintf(stderr, "%s: %s\n", file, bk_diag_message(diag, i)->text);
    }
    return 1;
}

static int run(const char *file, double t_end)
{
    bk_diag *diag = bk_diag_new();
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_settings settings = bk_settings_defaults();
    settings.t_end = t_end;
    settings.steps = 1;
    settings.runs = 1;
    settings.threads = 1;
    settings.seed = 1;
    if (bk_sbml_read(file, NULL, diag, &model) != BK_OK ||
        bk_engine_ssa.compile(model, diag, &system) != BK_OK ||
        bk_engine_ssa.workspace(system, &workspace) != BK_OK) {
        return fail(file, diag);
    }
    const double start = processor_seconds();
    if (bk_engine_ssa.run(system, NULL, &settings, workspace, diag, &outcome) !=
        BK_OK) {
        return fail(file, diag);
    }
    const double seconds = processor_seconds() - start;
    const long moves = bk_outcome_counters(outcome).moves;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-60s t = %g: %d species, %d reactions, %ld moves, %.2f s, %.1f million "
           "moves/s, %ld MB\n",
           file, t_end, (int)bk_model_species(model), (int)bk_model_reactions(model),
           moves, seconds, 1e-6 * (double)moves / seconds, usage.ru_maxrss / 1024);
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    bk_diag_free(diag);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        bad |= run(argv[i], atof(argv[i + 1]));
    }
    return bad;
}
