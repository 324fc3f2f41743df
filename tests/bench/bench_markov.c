/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Stochastic runs: MaBoSS (the Python package cmaboss, where BENCH_PYTHON names an
 * interpreter that has it) and a reference of our own that computes every rate anew each
 * step, against ours, on one thread, with the same number of runs and the same windows.
 * Times are of the processor, so that other work on the machine counts little. */

#include "model/dd.h"
#include "model/model.h"

#include <blockade/blockade.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Levels start at even odds and inputs too; three levels tell states apart. */
static void write_config(const bk_model *model, const char *path, long runs)
{
    FILE *const file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    int32_t shown = 0;
    for (int32_t i = 0; i < bk_model_symbols(model); i++) {
        const char *const id = bk_symbol_id(model, i);
        fprintf(file, "%s.istate = -1;\n%s.is_internal = %d;\n", id, id, shown >= 3);
        if (!bk_symbol_input(model, i)) {
            fprintf(file, "$u_%s = 1;\n$d_%s = 1;\n", id, id);
        }
        shown++;
    }
    fprintf(file,
            "max_time = 20;\ntime_tick = 1;\nsample_count = %ld;\n"
            "seed_pseudorandom = 100;\nthread_count = 1;\ndiscrete_time = 0;\n"
            "use_physrandgen = 0;\n",
            runs);
    fclose(file);
}

static double run_ours(const bk_model *model, long *moves, double *mean)
{
    bk_system *system = NULL;
    bk_markov *markov = NULL;
    bk_markov_settings settings = bk_markov_defaults(model);
    settings.threads = 1;
    const double start = now();
    if (bk_engine_ctmc.compile(model, NULL, &system) != BK_OK ||
        bk_markov_run(system, NULL, &settings, NULL, &markov) != BK_OK) {
        fprintf(stderr, "no answer\n");
        exit(1);
    }
    const double seconds = now() - start;
    *moves = bk_markov_moves(markov);
    *mean = bk_markov_mean(markov, bk_markov_windows(markov) - 1, 2);
    bk_markov_free(markov);
    bk_system_free(system);
    return seconds;
}

/* Every rule by its decision diagram at every step. */
static double run_reference(const bk_model *model, long runs)
{
    const int32_t n = bk_model_symbols(model);
    bk_dd **const rules = calloc((size_t)n, sizeof *rules);
    int *const levels = calloc((size_t)n, sizeof *levels);
    double *const rates = calloc((size_t)n, sizeof *rates);
    for (int32_t i = 0; i < n; i++) {
        const int32_t logic = bk_model_logic_of(model, i);
        if (logic >= 0 && bk_dd_build(model, logic, 1000000, &rules[i]) != BK_OK) {
            exit(1);
        }
    }
    const double start = now();
    for (long run = 0; run < runs; run++) {
        double time = 0;
        for (int32_t i = 0; i < n; i++) {
            levels[i] = (int)(random() & 1);
        }
        for (;;) {
            double sum = 0;
            for (int32_t i = 0; i < n; i++) {
                const int target =
                    rules[i] != NULL ? bk_dd_evaluate(rules[i], levels) : levels[i];
                rates[i] = target != levels[i];
                sum += rates[i];
            }
            time += sum > 0 ? -log(((double)random() + 1) / 2147483649.0) / sum : 1e9;
            if (time >= 20) {
                break;
            }
            double u = sum * (double)random() / 2147483648.0;
            int32_t x = 0;
            while (x + 1 < n && u >= rates[x]) {
                u -= rates[x++];
            }
            levels[x] = !levels[x];
        }
    }
    const double seconds = now() - start;
    for (int32_t i = 0; i < n; i++) {
        bk_dd_free(rules[i]);
    }
    free(rules);
    free(levels);
    free(rates);
    return seconds;
}

/* Seconds of MaBoSS, and its mean of the third level in the last window; 0: none. */
static double run_maboss(const char *bnd, const char *cfg, int32_t nodes, double *mean)
{
    const char *const python = getenv("BENCH_PYTHON");
    char command[1000];
    double seconds = 0;
    if (python == NULL) {
        return 0;
    }
    snprintf(command, sizeof command, "%s tests/bench/maboss.py %s %s %d", python, bnd,
             cfg, nodes);
    FILE *const pipe = popen(command, "r");
    if (pipe == NULL || fscanf(pipe, "%lf %lf", &seconds, mean) != 2) {
        seconds = 0;
    }
    if (pipe != NULL) {
        pclose(pipe);
    }
    return seconds;
}

static void bench(const char *path, long runs)
{
    bk_model *plain = NULL;
    bk_model *model = NULL;
    char bnd[64] = "/tmp/bench-markov-XXXXXX.bnd";
    char cfg[64];
    const int made = mkstemps(bnd, 4);
    snprintf(cfg, sizeof cfg, "%.*s.cfg", (int)strlen(bnd) - 4, bnd);
    if (made < 0 || bk_model_read(path, NULL, NULL, &plain) != BK_OK ||
        bk_maboss_write(plain, bnd, NULL) != BK_OK) {
        fprintf(stderr, "%s: not read\n", path);
        exit(1);
    }
    write_config(plain, cfg, runs);
    if (bk_maboss_read(bnd, cfg, NULL, &model) != BK_OK) {
        exit(1);
    }
    long moves = 0;
    double mean = 0;
    double ours = INFINITY;
    for (int k = 0; k < 5; k++) {
        ours = fmin(ours, run_ours(model, &moves, &mean));
    }
    const double reference = run_reference(model, runs / 10 + 1) * 10;
    double other = 0;
    const double maboss = run_maboss(bnd, cfg, bk_model_symbols(model), &other);
    const char *const slash = strrchr(path, '/');
    printf("ctmc  %-44.44s %4d levels  ours %5.0f ns a move  reference of our own that "
           "recomputes every rate: ratio %.1f",
           slash != NULL ? slash + 1 : path, bk_model_symbols(model),
           1e9 * ours / (double)moves, reference / ours);
    if (maboss > 0) {
        printf("  MaBoSS: %.2f us a move, ratio %.1f (means %.3f, %.3f)",
               1e6 * maboss / (double)moves, maboss / ours, mean, other);
    }
    printf("\n");
    remove(bnd);
    remove(cfg);
    bk_model_free(model);
    bk_model_free(plain);
}

int main(int argc, char **argv)
{
    bk_init();
    for (int i = 1; i + 1 < argc; i += 2) {
        bench(argv[i], atol(argv[i + 1]));
    }
    return 0;
}
