/* SPDX-License-Identifier: GPL-3.0-or-later */

/* demo: the tour on the shipped HER2 network. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const backgrounds[] = {"ordinary", "HER2-amplified",
                                          "HER2-amplified+PTEN-loss",
                                          "HER2-amplified+PIK3CA-H1047R", "p95HER2"};
static const char *const treatments[] = {"none",       "trastuzumab",
                                         "lapatinib",  "alpelisib",
                                         "trametinib", "trastuzumab+alpelisib"};
enum {
    N_BACKGROUNDS = sizeof backgrounds / sizeof backgrounds[0],
    N_TREATMENTS = sizeof treatments / sizeof treatments[0],
    N_CONDITIONS = N_BACKGROUNDS * N_TREATMENTS
};
static const char readout_names[] = "pAKT,pERK,S6K,proliferation,apoptosis";

typedef struct tour {
    cli *c;
    cli_model m;
    const char *folder;
    bk_settings settings;
} tour;

static void path_in(const tour *t, const char *name, char path[4096])
{
    snprintf(path, 4096, "%s/%s", t->folder, name);
}

/* Every background x every treatment by one method, printed and written. */
static int demo_table(tour *t, const char *method, const char *name, const char *title)
{
    bk_condition conditions[N_CONDITIONS];
    for (int i = 0; i < N_CONDITIONS; i++) {
        conditions[i] = (bk_condition){.background = backgrounds[i / N_TREATMENTS],
                                       .treatment = treatments[i % N_TREATMENTS]};
    }
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_readouts *readouts = bk_readouts_new();
    bk_table *table = NULL;
    int result = cli_engine_named(t->c, &t->m, method, &engine, &system);
    if (result == EXIT_DONE) {
        const bk_screen_settings settings = {.run = t->settings};
        bk_status status = bk_readouts_read(readouts, t->m.used, t->m.folder,
                                            readout_names, t->c->diag);
        if (status == BK_OK) {
            status = bk_screen_run(system, t->m.library, conditions, N_CONDITIONS,
                                   readouts, &settings, t->c->diag, &table);
        }
        result = status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
    }
    if (result == EXIT_DONE) {
        char path[4096];
        printf("\n%s\n\n", title);
        cli_print_aligned(table);
        cli_provenance(t->c, &t->m, method, &t->settings, NULL, table);
        path_in(t, name, path);
        const bk_status status = bk_table_write(table, path, BK_TSV, true, t->c->diag);
        result = status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
        char *svg = NULL;
        const bk_picture_settings picture = {.title = title};
        if (result == EXIT_DONE && bk_picture_matrix(table, &picture, &svg) == BK_OK) {
            snprintf(path + strlen(path) - 4, 8, ".svg");
            result = cli_write_text(t->c, path, svg);
        }
        bk_string_free(svg);
    }
    bk_table_free(table);
    bk_readouts_free(readouts);
    bk_system_free(system);
    return result;
}

/* A system with a workspace and an overlay for one condition. */
typedef struct rig {
    const bk_engine *engine;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *before, *after;
} rig;

static bk_status bind_condition(tour *t, const char *background, const char *treatment,
                                bk_overlay **overlay)
{
    bk_scenario *s = bk_scenario_new(treatment);
    const bk_where where = {0};
    bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_library_background_scenario(t->m.library, background, where,
                                                t->c->diag, s);
    }
    if (status == BK_OK) {
        status = bk_library_treatment_scenario(t->m.library, treatment, where,
                                               t->c->diag, s);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(s, t->m.library, t->m.used, t->c->diag, overlay);
    }
    bk_scenario_free(s);
    return status;
}

static int rig_open(tour *t, const char *treatment, rig *b)
{
    memset(b, 0, sizeof *b);
    const int result = cli_engine_named(t->c, &t->m, "ode", &b->engine, &b->system);
    if (result != EXIT_DONE) {
        return result;
    }
    bk_status status = b->engine->workspace(b->system, &b->workspace);
    if (status == BK_OK) {
        status = bind_condition(t, "HER2-amplified", "none", &b->before);
    }
    if (status == BK_OK) {
        status = bind_condition(t, "HER2-amplified", treatment, &b->after);
    }
    return status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
}

static void rig_close(rig *b)
{
    bk_overlay_free(b->before);
    bk_overlay_free(b->after);
    bk_workspace_free(b->workspace);
    bk_system_free(b->system);
}

/* The network painted by the steady state of one treatment. */
static int demo_painting(tour *t, const char *treatment, const char *name)
{
    rig b;
    bk_network *network = NULL;
    char *svg = NULL;
    char title[256], path[4096];
    snprintf(title, sizeof title,
             "HER2-amplified cell, treatment: %s (steady state, ODE)", treatment);
    int result = rig_open(t, treatment, &b);
    if (result == EXIT_DONE) {
        const bk_picture_settings picture = {.title = title, .max_value = 1};
        bk_status status =
            bk_network_new(t->m.model, BK_INFLUENCE_VIEW, t->c->diag, &network);
        if (status == BK_OK && cli_paint(t->c, &t->m, b.engine, b.system, b.after,
                                         &t->settings, network) != EXIT_DONE) {
            status = BK_NUMERICAL;
        }
        if (status == BK_OK) {
            status = bk_picture_network(network, &picture, &svg);
        }
        if (status == BK_OK) {
            path_in(t, "her2.graphml", path);
            status = bk_network_write(network, path, t->c->diag);
        }
        result = status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
    }
    if (result == EXIT_DONE) {
        path_in(t, name, path);
        result = cli_write_text(t->c, path, svg);
    }
    bk_string_free(svg);
    bk_network_free(network);
    rig_close(&b);
    return result;
}

/* From the untreated steady state: ten time units without, then the drug. */
static int demo_course(tour *t, const char *treatment, const char *name)
{
    rig b;
    bk_outcome *outcome = NULL;
    bk_table *table = NULL;
    char *svg = NULL;
    char path[4096];
    static const char *const shown[] = {"AKT",   "ERK",           "S6K",      "ERBB3",
                                        "FOXO3", "Proliferation", "Apoptosis"};
    bk_column columns[7];
    int result = rig_open(t, treatment, &b);
    for (int i = 0; i < 7 && result == EXIT_DONE; i++) {
        columns[i].aspect = BK_AS_DEFAULT;
        const bk_status status = bk_model_bind(t->m.used, shown[i], (bk_where){0},
                                               t->c->diag, &columns[i].symbol);
        result = status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
    }
    if (result == EXIT_DONE) {
        bk_settings settings = t->settings;
        settings.columns = columns;
        settings.n_columns = 7;
        settings.t_end = 60;
        settings.steps = 240;
        const bk_part parts[2] = {{b.before, 10}, {b.after, 50}};
        const bk_picture_settings picture = {
            .title = "HER2-amplified cell: lapatinib from time 10 on",
            .subtitle = "time in units of the fast time constant"};
        bk_outcome *steady = NULL;
        bk_status status = b.engine->settle(b.system, b.before, &t->settings,
                                            b.workspace, t->c->diag, &steady);
        if (status == BK_OK) {
            settings.state = bk_outcome_state(steady);
            status = bk_protocol_run(b.system, parts, 2, &settings, b.workspace,
                                     t->c->diag, &outcome);
        }
        bk_outcome_free(steady);
        if (status == BK_OK) {
            status = bk_outcome_table(outcome, t->m.used, &table);
        }
        if (status == BK_OK) {
            status = bk_picture_course(table, &picture, &svg);
        }
        result = status == BK_OK ? EXIT_DONE : cli_status(t->c, status);
    }
    if (result == EXIT_DONE) {
        path_in(t, name, path);
        result = cli_write_text(t->c, path, svg);
    }
    bk_string_free(svg);
    bk_table_free(table);
    bk_outcome_free(outcome);
    rig_close(&b);
    return result;
}

static int demo_run(cli *c)
{
    tour t = {.c = c, .folder = cli_value(c, "output", "demo")};
    t.settings = bk_settings_defaults();
    t.settings.seed = 1;
    if (mkdir(t.folder, 0777) != 0) {
        struct stat s;
        if (stat(t.folder, &s) != 0 || !S_ISDIR(s.st_mode)) {
            return cli_usage(c, "the folder '%s' cannot be made", t.folder);
        }
    }
    int result = cli_open(c, "her2", &t.m);
    if (result != EXIT_DONE) {
        return result;
    }
    printf("blockade %s: the HER2 network, %d levels, %d influences, %zu drugs, %zu "
           "variants\n",
           BK_VERSION, bk_model_levels(t.m.model), bk_model_influences(t.m.model),
           bk_library_drugs(t.m.library), bk_library_variants(t.m.library));
    result = demo_table(&t, "async", "logic.tsv",
                        "By logic: asynchronous, mean level in the attractor reached");
    if (result == EXIT_DONE) {
        result = demo_table(&t, "ode", "ode.tsv",
                            "By ODE: steady state of the continuous form");
    }
    if (result == EXIT_DONE) {
        result = demo_painting(&t, "none", "untreated.svg");
    }
    if (result == EXIT_DONE) {
        result = demo_painting(&t, "lapatinib", "lapatinib.svg");
    }
    if (result == EXIT_DONE) {
        result = demo_course(&t, "lapatinib", "course.svg");
    }
    if (result == EXIT_DONE) {
        printf(
            "\nWritten to %s/: logic.tsv ode.tsv (tables), logic.svg ode.svg (the same "
            "as pictures),\nuntreated.svg lapatinib.svg (the network painted by its "
            "steady state), course.svg (a time\ncourse), her2.graphml (for Cytoscape, "
            "igraph, networkx).\nNext: blockade predict her2 --background "
            "HER2-amplified --drug trastuzumab --drug alpelisib\n",
            t.folder);
    }
    cli_close(&t.m);
    return result;
}

static const cli_option demo_options[] = {
    {"output", 'o', "FOLDER", "where the pictures and graph files go (demo)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_demo = {
    .name = "demo",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "a tour on the shipped HER2 network",
    .description =
        "Five backgrounds x six treatments x five read-outs, by logic and by "
        "ODE; pictures and graph\nfiles into a folder (-o, default demo).",
    .examples = "blockade demo -o demo\n",
    .options = {demo_options},
    .run = demo_run};
