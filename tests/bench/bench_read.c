/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: libSBML's reader against ours on the same files, in one run. */

#include <blockade/blockade.h>
#include <sbml/SBMLTypes.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return values[n / 2];
}

static double read_ours(const char *path)
{
    const bk_read_settings settings = {.lax = true};
    bk_model *model = NULL;
    const double start = now();
    if (bk_sbml_read(path, &settings, NULL, &model) != BK_OK) {
        fprintf(stderr, "%s: not read\n", path);
        exit(1);
    }
    const double seconds = now() - start;
    bk_model_free(model);
    return seconds;
}

static double read_theirs(const char *path)
{
    const double start = now();
    SBMLDocument_t *document = readSBMLFromFile(path);
    const double seconds = now() - start;
    SBMLDocument_free(document);
    return seconds;
}

int main(int argc, char **argv)
{
    enum { TIMES = 7 };
    bk_init();
    for (int i = 1; i < argc; i++) {
        double ours[TIMES], theirs[TIMES];
        for (int k = 0; k < TIMES; k++) {
            theirs[k] = read_theirs(argv[i]);
            ours[k] = read_ours(argv[i]);
        }
        const double a = median(ours, TIMES), b = median(theirs, TIMES);
        printf("read  %-60s  ours %8.2f ms  libSBML %8.2f ms  ratio %.1f\n", argv[i],
               1e3 * a, 1e3 * b, b / a);
    }
    return 0;
}
