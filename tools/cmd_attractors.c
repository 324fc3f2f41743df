/* SPDX-License-Identifier: GPL-3.0-or-later */

/* attractors: fixed points, trap spaces and attractors of a logical model. */

#include "cli.h"

#include <blockade/logic.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    bk_attractor_kind kind;
} kinds[] = {{"attractors", BK_ATTRACTORS},
             {"fixed", BK_FIXED_POINTS},
             {"trap-min", BK_TRAP_SPACES_MIN},
             {"trap-max", BK_TRAP_SPACES_MAX},
             {"trap", BK_TRAP_SPACES}};

typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_overlay *overlay;
    bk_attractor_settings settings;
    int32_t *projected;
    bk_attractors *found;
    double milliseconds;
    cli_stop stop;
} job;

static int parse_kind(cli *c, job *j)
{
    const char *const name = cli_value(c, "kind", kinds[0].name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            j->settings.kind = kinds[i].kind;
            return EXIT_DONE;
        }
    }
    return cli_usage(c,
                     "'%s' is no kind; use attractors, fixed, trap-min, trap-max or "
                     "trap",
                     name);
}

static int parse_projected(cli *c, job *j)
{
    const char *const list = cli_value(c, "project", NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    if (j->settings.kind != BK_FIXED_POINTS) {
        return cli_usage(c, "--project needs --kind fixed");
    }
    char *const names = strdup(list);
    j->projected = calloc(strlen(list) + 1, sizeof *j->projected);
    bk_status status = names == NULL || j->projected == NULL ? BK_NO_MEMORY : BK_OK;
    char *rest = NULL;
    for (char *name = status == BK_OK ? strtok_r(names, ", ", &rest) : NULL;
         name != NULL && status == BK_OK; name = strtok_r(NULL, ", ", &rest)) {
        status = bk_model_bind(j->m.used, name, (bk_where){0}, c->diag,
                               &j->projected[j->settings.n_projected++]);
    }
    free(names);
    j->settings.projected = j->projected;
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static int prepare(cli *c, job *j)
{
    const bool synchronous = cli_flag(c, "sync");
    j->settings.update = synchronous ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS;
    j->settings.free_inputs = cli_flag(c, "free-inputs");
    j->settings.count_only = cli_flag(c, "count");
    j->settings.cancelled = cli_stop_asked;
    j->settings.cancel_context = &j->stop;
    int result = cli_stop_watch(c, &j->stop);
    if (result == EXIT_DONE) {
        result = parse_kind(c, j);
    }
    if (result == EXIT_DONE &&
        (!cli_integer(c, "max-states", &j->settings.max_states) ||
         !cli_integer(c, "max-results", &j->settings.max_results))) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, &j->m, synchronous ? "sync" : "async", &j->engine,
                                  &j->system);
    }
    if (result == EXIT_DONE) {
        result = parse_projected(c, j);
    }
    return result == EXIT_DONE ? cli_overlay(c, &j->m, &j->overlay) : result;
}

static int find(cli *c, job *j)
{
    if (j->settings.free_inputs) {
        cli_announce_inputs(c, j->system, j->overlay);
    }
    struct timespec from;
    struct timespec to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    const bk_status status =
        bk_attractors_find(j->system, j->overlay, &j->settings, c->diag, &j->found);
    clock_gettime(CLOCK_MONOTONIC, &to);
    j->milliseconds = 1e3 * (double)(to.tv_sec - from.tv_sec) +
                      1e-6 * (double)(to.tv_nsec - from.tv_nsec);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static bk_status count_table(const job *j, bk_table **table)
{
    bk_table *const made = bk_table_new();
    size_t row;
    bk_status status = made == NULL
                           ? BK_NO_MEMORY
                           : bk_table_add_column(made, "count", BK_INTEGER, NULL);
    if (status == BK_OK) {
        status = bk_table_add_row(made, &row);
    }
    if (status == BK_OK) {
        status =
            bk_table_set_integer(made, row, 0, (int64_t)bk_attractors_count(j->found));
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

static int show(cli *c, const job *j)
{
    bk_table *table = NULL;
    const bk_status status = cli_flag(c, "count")
                                 ? count_table(j, &table)
                                 : bk_attractors_table(j->found, &table);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    const bool complete = bk_attractors_complete(j->found);
    const char *const text = bk_attractors_text(j->found);
    cli_provenance(c, &j->m, j->engine->name, NULL, j->overlay, table);
    char missing[400];
    snprintf(missing, sizeof missing, "%s%s", cli_stop_reason(&j->stop), text);
    bk_table_set_provenance(table, "complete", complete ? "yes" : missing);
    if (!cli_flag(c, "reproducible")) {
        char took[40];
        snprintf(took, sizeof took, "%.3f", j->milliseconds);
        bk_table_set_provenance(table, "search-ms", took);
    }
    int result = cli_write_table(c, table);
    if (result == EXIT_DONE && !complete) {
        fprintf(stderr, "blockade: not complete: %s\n", missing);
        result = EXIT_PARTIAL;
    }
    bk_table_free(table);
    return result;
}

static int attractors_run(cli *c)
{
    job j = {0};
    int result = cli_open(c, c->operands[0], &j.m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = prepare(c, &j);
    if (result == EXIT_DONE) {
        result = find(c, &j);
    }
    if (result == EXIT_DONE) {
        result = show(c, &j);
    }
    bk_attractors_free(j.found);
    bk_overlay_free(j.overlay);
    bk_system_free(j.system);
    free(j.projected);
    cli_close(&j.m);
    return result;
}

static const cli_option options[] = {
    {"kind", 0, "KIND",
     "attractors (default), fixed (points), trap-min, trap-max or trap"},
    {"sync", 0, NULL, "attractors of synchronous update (default: asynchronous)"},
    {"free-inputs", 0, NULL, "every level of every input, not only its start level"},
    {"project", 0, "A,B", "fixed points that differ in these only"},
    {"count", 0, NULL, "how many, and not which"},
    {"max-states", 0, "N", "states looked at at most (4194304; synchronous 2^28)"},
    {"max-results", 0, "N", "results at most (10000)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_attractors = {
    .name = "attractors",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "fixed points, trap spaces and attractors of a logical model",
    .description =
        "One row each. Fixed points and trap spaces (boxes of levels that no move "
        "leaves; minimal,\nmaximal or all) are complete and exact; attractors where "
        "that could be proven; else what is\nmissing is said (exit status 5). Ctrl-C "
        "and --memory give what was found until then.",
    .examples = "blockade attractors ras-raf-mek-erk\n"
                "blockade attractors her2 --kind fixed --background HER2-amplified\n"
                "blockade attractors pi3k-akt-mtor --kind trap-min --count\n",
    .options = {options, cli_memory_option},
    .perturbs = true,
    .writes = true,
    .run = attractors_run};
