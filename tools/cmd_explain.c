/* SPDX-License-Identifier: GPL-3.0-or-later */

/* explain: what carries a signal, what would flip the answer, how sure that is. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_row(const bk_table *table, size_t row)
{
    const char *const confidence = bk_table_text(table, row, 3);
    const char *const references = bk_table_text(table, row, 4);
    if (bk_table_missing(table, row, 2)) {
        printf("         %s", bk_table_text(table, row, 1));
    } else {
        const double value = bk_table_real(table, row, 2);
        printf("  %6.3f %s", fabs(value) < 5e-4 ? 0 : value,
               bk_table_text(table, row, 1));
    }
    if (confidence[0] != '\0') {
        printf("  [%s%s%s]", confidence, references[0] != '\0' ? "; " : "", references);
    }
    if (bk_table_text(table, row, 5)[0] != '\0') {
        printf("  %s", bk_table_text(table, row, 5));
    }
    printf("\n");
}

/* The table as a text for a reader. */
static void print_explanation(const bk_table *table)
{
    static const char *const titles[][2] = {
        {"answer", "Answer"},
        {"source", "Where the signal comes from (its share)"},
        {"path", "The strongest paths (their share; the least certain arc)"},
        {"cut", "Cuts that flip the answer, each one run (the read-out under it)"},
        {"evidence", "Evidence on the paths, the least certain first"}};
    for (size_t k = 0; k < 5; k++) {
        printf("%s%s\n", k > 0 ? "\n" : "", titles[k][1]);
        for (size_t i = 0; i < bk_table_rows(table); i++) {
            if (strcmp(bk_table_text(table, i, 0), titles[k][0]) == 0) {
                print_row(table, i);
            }
        }
    }
}

static int write_explanation(cli *c, bk_table *table)
{
    const char *const form = cli_value(c, "format", NULL);
    const bool to_reader = strcmp(cli_value(c, "output", "-"), "-") == 0 &&
                           (form == NULL || strcmp(form, "text") == 0);
    if (to_reader) {
        print_explanation(table);
        return EXIT_DONE;
    }
    return cli_write_table(c, table);
}

static int explain(cli *c, cli_model *m, const bk_settings *settings, long paths)
{
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_scenario *cell = NULL;
    bk_table *table = NULL;
    bk_readouts *readouts = bk_readouts_new();
    char treatment[4096];
    int result = cli_cell_and_treatment(c, m, &cell, treatment, sizeof treatment);
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, m, "ode", &engine, &system);
    }
    if (result == EXIT_DONE) {
        bk_status status =
            readouts != NULL ? bk_readouts_read(readouts, m->used, m->folder,
                                                cli_value(c, "readout", NULL), c->diag)
                             : BK_NO_MEMORY;
        if (status == BK_OK && bk_readouts_count(readouts) != 1) {
            result = cli_usage(c, "--readout takes one read-out");
        } else if (status == BK_OK) {
            const bk_explain question = {
                .logic = m->model,
                .system = system,
                .library = m->library,
                .cell = cell,
                .treatment = treatment[0] != '\0' ? treatment : NULL,
                .readouts = readouts,
                .screen = {.run = *settings, .early = cli_flag(c, "early")},
                .paths = (size_t)paths,
                .pairs = cli_flag(c, "pairs")};
            status = bk_explain_run(&question, c->diag, &table);
        }
        result = status == BK_OK ? result : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        cli_provenance(c, m, "ode", settings, NULL, table);
        result = write_explanation(c, table);
    }
    bk_table_free(table);
    bk_readouts_free(readouts);
    bk_scenario_free(cell);
    bk_system_free(system);
    return result;
}

static int explain_run(cli *c)
{
    cli_model m;
    bk_settings settings;
    long paths = 10;
    if (cli_value(c, "readout", NULL) == NULL) {
        return cli_usage(c, "name the read-out, e.g. --readout pAKT");
    }
    int result = cli_settings(c, &settings);
    if (result == EXIT_DONE && !cli_integer(c, "paths", &paths)) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE && paths < 1) {
        result = cli_usage(c, "--paths: expected a number of 1 or more");
    }
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &m);
    }
    if (result == EXIT_DONE) {
        result = explain(c, &m, &settings, paths);
        cli_close(&m);
    }
    return result;
}

static const cli_option explain_options[] = {
    {"readout", 0, "A", "a read-out of the network's table, or an expression"},
    {"paths", 0, "N", "how many paths (10)"},
    {"pairs", 0, NULL, "cuts of two nodes also where single ones flip the answer"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_explain = {
    .name = "explain",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "which paths carry a signal, which cuts flip the answer, how sure",
    .description =
        "For one read-out in a cell under the drugs given, by ODE: whether the signal "
        "is "
        "kept (at least half\nof the larger of untreated and treated); the paths that "
        "carry it, with their share; every single\ncut of a node or an arc that flips "
        "the answer, and pairs of nodes where none does, each of them\nrun; and the "
        "arcs "
        "on the paths with their references, the least certain first.\n'A -| B (off)' "
        "is a brake that is off. -o FILE writes the same as a table.",
    .examples = "blockade explain her2 --background HER2-amplified+PTEN-loss --drug "
                "trastuzumab --readout pAKT\n",
    .options = {explain_options, cli_early_option, cli_tolerance_options},
    .perturbs = true,
    .writes = true,
    .run = explain_run};
