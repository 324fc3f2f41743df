/* SPDX-License-Identifier: GPL-3.0-or-later */

/* population: a tumour of several classes of cells under conjugates and immune products. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

typedef struct asked {
    char texts[MOST][200]; /* of --class, cut into its parts */
    bk_population_class classes[MOST];
    int n_classes;
    const char *drugs[MOST];
    int n_drugs;
    double days, cycling; /* cycling NaN: as the constants say */
    long samples, seed, threads;
} asked;

/* NAME:SHARE:RECEPTORS[:MASK[:MHC]] */
static int take_class(cli *c, asked *a, const char *value)
{
    double numbers[4] = {0, 0, 0, 1};
    int n = 0;
    if (a->n_classes >= MOST || strlen(value) >= sizeof a->texts[0]) {
        return cli_usage(c, "--class: at most %d classes, each of at most %zu bytes",
                         MOST, sizeof a->texts[0] - 1);
    }
    char *text = a->texts[a->n_classes];
    snprintf(text, sizeof a->texts[0], "%s", value);
    char *at = strchr(text, ':');
    while (at != NULL && n < 4) {
        *at++ = '\0';
        char *end = at;
        numbers[n++] = strtod(at, &end);
        if (end == at || (*end != '\0' && *end != ':')) {
            n = -1;
            break;
        }
        at = *end == ':' ? end : NULL;
    }
    if (n < 2 || at != NULL) {
        return cli_usage(
            c, "--class: expected NAME:SHARE:RECEPTORS[:MASK[:MHC]], got '%s'", value);
    }
    a->classes[a->n_classes++] = (bk_population_class){.name = text,
                                                       .share = numbers[0],
                                                       .receptors = numbers[1],
                                                       .mask = numbers[2],
                                                       .mhc = numbers[3]};
    return EXIT_DONE;
}

static int take_cells(cli *c, asked *a)
{
    const char *cells = cli_value(c, "cells", NULL);
    double error = 0.0;
    if (!cli_real(c, "error", &error)) {
        return EXIT_USAGE;
    }
    if (cells == NULL && cli_value(c, "error", NULL) != NULL) {
        return cli_usage(c, "--error is the reader's error in --cells; give both");
    }
    if (cells == NULL) {
        return a->n_classes > 0 ? EXIT_DONE
                                : cli_usage(c, "give the cells: --class "
                                               "NAME:SHARE:RECEPTORS (repeatable) or "
                                               "--cells FILE.tsv");
    }
    if (a->n_classes > 0) {
        return cli_usage(c,
                         "--class and --cells both say what the cells are; give one");
    }
    const bk_status status =
        bk_population_cells(cells, error, c->diag, a->classes, &a->n_classes);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static int ask(cli *c, asked *a)
{
    int result = EXIT_DONE;
    a->days = 63;
    a->cycling = (double)NAN;
    a->samples = 2000;
    a->seed = 1;
    for (int i = 0; i < c->n_given && result == EXIT_DONE; i++) {
        if (strcmp(c->given[i].name, "class") == 0) {
            result = take_class(c, a, c->given[i].value);
        } else if (strcmp(c->given[i].name, "drug") == 0) {
            if (a->n_drugs >= MOST) {
                return cli_usage(c, "--drug: at most %d drugs", MOST);
            }
            a->drugs[a->n_drugs++] = c->given[i].value;
        }
    }
    if (result == EXIT_DONE &&
        (!cli_real(c, "days", &a->days) || !cli_integer(c, "samples", &a->samples) ||
         !cli_integer(c, "seed", &a->seed) ||
         !cli_integer(c, "threads", &a->threads))) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE && (a->samples < 10 || a->samples > 1000000)) {
        result = cli_usage(
            c, "--samples: at least 10 and at most 1000000; sampling the chosen "
               "constants is part of every answer");
    }
    if (result == EXIT_DONE && (a->threads < 0 || a->threads > 1024)) {
        result = cli_usage(c, "--threads: between 0 (one per processor) and 1024");
    }
    if (result == EXIT_DONE && a->n_drugs == 0) {
        result = cli_usage(c, "name at least one --drug");
    }
    return result == EXIT_DONE ? take_cells(c, a) : result;
}

/* The network's untreated steady proliferation read-out as the share that cycles. */
static int cycling_of(cli *c, const char *network, double *share)
{
    cli_model m;
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_table *table = NULL;
    bk_readouts *readouts = bk_readouts_new();
    int result = readouts != NULL ? cli_open(c, network, &m) : EXIT_NUMERICAL;
    if (result != EXIT_DONE) {
        bk_readouts_free(readouts);
        return result;
    }
    result = cli_engine_named(c, &m, "ode", &engine, &system);
    if (result == EXIT_DONE) {
        const bk_condition condition = {.background = cli_value(c, "background", NULL)};
        const bk_screen_settings settings = {.run = bk_settings_defaults()};
        bk_status status =
            bk_readouts_read(readouts, m.used, m.folder, "proliferation", c->diag);
        if (status == BK_OK) {
            status = bk_screen_run(system, m.library, &condition, 1, readouts,
                                   &settings, c->diag, &table);
        }
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        *share = fmin(fmax(bk_table_real(table, 0, 2), 0.0), 1.0);
    }
    bk_table_free(table);
    bk_readouts_free(readouts);
    bk_system_free(system);
    cli_close(&m);
    return result;
}

/* --set and --cycling, or the network's answer in its place. */
static int change(cli *c, asked *a, bk_population_constants *constants)
{
    char text[64];
    double cycling = (double)NAN;
    const char *network = cli_value(c, "network", NULL);
    if (network == NULL && cli_value(c, "background", NULL) != NULL) {
        return cli_usage(c, "--background is read by --network; give both");
    }
    if (network != NULL && cli_value(c, "cycling", NULL) != NULL) {
        return cli_usage(c, "--cycling and --network both say how many cells cycle; "
                            "give one");
    }
    if (!cli_real(c, "cycling", &cycling)) {
        return EXIT_USAGE;
    }
    int result = network != NULL ? cycling_of(c, network, &cycling) : EXIT_DONE;
    bk_status status = BK_OK;
    if (result == EXIT_DONE && (network != NULL || cli_value(c, "cycling", NULL))) {
        a->cycling = cycling;
        snprintf(text, sizeof text, "cycling=%.17g", cycling);
        status = bk_population_set(constants, text, c->diag);
    }
    for (int i = 0; i < c->n_given && result == EXIT_DONE && status == BK_OK; i++) {
        if (strcmp(c->given[i].name, "set") == 0) {
            status = bk_population_set(constants, c->given[i].value, c->diag);
        }
    }
    return result != EXIT_DONE ? result
           : status == BK_OK   ? EXIT_DONE
                               : cli_status(c, status);
}

static int write_model(cli *c, const asked *a, const char *path,
                       const bk_population_constants *constants)
{
    bk_model *model = NULL;
    bk_status status = bk_population_model(constants, a->drugs[0], a->classes,
                                           a->n_classes, a->days, c->diag, &model);
    if (status == BK_OK) {
        status = bk_sbml_write(model, path, c->diag);
    }
    bk_model_free(model);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static int answer(cli *c, const asked *a, const bk_population_constants *constants)
{
    const bk_population_settings settings = {.drugs = a->drugs,
                                             .n_drugs = a->n_drugs,
                                             .days = a->days,
                                             .samples = a->samples,
                                             .seed = (uint64_t)a->seed,
                                             .threads = (int)a->threads};
    bk_table *table = NULL;
    char text[64];
    const bk_status status = bk_population_run(constants, a->classes, a->n_classes,
                                               &settings, c->diag, &table);
    int result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    if (table != NULL) {
        cli_provenance(c, NULL, "ode", NULL, NULL, table);
        snprintf(text, sizeof text, "%ld, seed %ld", a->samples, a->seed);
        bk_table_set_provenance(table, "samples", text);
        if (isfinite(a->cycling)) {
            snprintf(text, sizeof text, "%.4g", a->cycling);
            bk_table_set_provenance(table, "cycling", text);
        }
        const int written = cli_write_table(c, table);
        result = written != EXIT_DONE ? written : result;
    }
    bk_table_free(table);
    return result;
}

static int population_run(cli *c)
{
    asked *a = calloc(1, sizeof *a);
    bk_population_constants *constants = NULL;
    char path[4200];
    int result = a != NULL ? ask(c, a) : cli_status(c, BK_NO_MEMORY);
    const char *given = cli_value(c, "constants", NULL);
    if (result == EXIT_DONE && given != NULL) {
        snprintf(path, sizeof path, "%s", given);
    } else if (result == EXIT_DONE) {
        cli_model m;
        result = cli_open(c, "population", &m);
        if (result == EXIT_DONE) {
            snprintf(path, sizeof path, "%s/constants.tsv", m.folder);
            cli_close(&m);
        }
    }
    if (result == EXIT_DONE) {
        const bk_status status = bk_population_read(path, c->diag, &constants);
        result = status == BK_OK ? change(c, a, constants) : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        const char *model = cli_value(c, "write-model", NULL);
        result = model != NULL ? write_model(c, a, model, constants)
                               : answer(c, a, constants);
    }
    bk_population_free(constants);
    free(a);
    return result;
}

static const cli_option repeated_options[] = {
    {"class", 0, "NAME:SHARE:RECEPTORS[:MASK[:MHC]]", "a class of cells; repeatable"},
    {"drug", 'd', "NAME", "a product of the constants' table, or none; repeatable"},
    {"set", 0, "[DRUG:]CONSTANT=X",
     "a constant known here: it is not sampled; repeatable"},
    {NULL, 0, NULL, NULL}};
static const cli_option options[] = {
    {"cells", 0, "FILE.tsv", "receptors of every cell (column receptors, maybe share)"},
    {"error", 0, "SD", "the reader's error in --cells, of ln(receptors) (0)"},
    {"days", 0, "D", "length of treatment (63)"},
    {"cycling", 0, "F", "share of cells that cycle (1)"},
    {"network", 0, "MODEL", "take that share from this network's proliferation"},
    {"background", 0, "NAME", "the background of --network"},
    {"samples", 0, "N", "samples of the chosen constants (2000)"},
    {"seed", 0, "S", "random seed (1)"},
    {"threads", 0, "N", "threads; 0: one per processor"},
    {"constants", 0, "FILE.tsv", "another table of constants"},
    {"write-model", 0, "FILE.sbml", "write the first drug's equations as SBML instead"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_population = {
    .name = "population",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "mixed tumours under antibody-drug conjugates and immune products",
    .description =
        "Size of a tumour of several classes of cells at the end of treatment, doses "
        "every 3 weeks; with two\ndrugs the probability of each order and the constant "
        "that decides it. Most constants are chosen, not\npublished: they are sampled "
        "over their ranges in every answer.",
    .examples = "blockade population --class high:0.8:1e6 --class low:0.2:1e3 --drug "
                "T-DXd --drug T-DM1 --samples 50\n"
                "blockade population --class cells:1:1e5 --drug BiTE --drug \"E75 "
                "vaccine\" --set suppression=0.5 --samples 20\n"
                "blockade population --class high:1:1e6 --drug T-DM1 --network her2 "
                "--background HER2-amplified --samples 20\n"
                "blockade population --class high:0.8:1e6 --class low:0.2:1e3 --drug "
                "T-DXd --write-model t-dxd.sbml\n",
    .options = {repeated_options, options},
    .repeated = repeated_options,
    .writes = true,
    .run = population_run};
