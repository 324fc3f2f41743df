/* SPDX-License-Identifier: GPL-3.0-or-later */

/* convert and export: other formats of a model and of its graph. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads what was written and compares the rules, so that a conversion is certain. */
static int certify(cli *c, const bk_model *before, const char *path)
{
    bk_model *after = NULL;
    const bk_read_settings settings = {.lax = false};
    const bk_status status = bk_model_read(path, &settings, c->diag, &after);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    int32_t rules = 0;
    char *differing = NULL;
    const bk_status compared = bk_logic_compare(before, after, &rules, &differing);
    bk_model_free(after);
    if (compared != BK_OK) {
        return cli_status(c, compared);
    }
    if (differing != NULL) {
        fprintf(stderr, "blockade: these rules differ after the conversion:\n%s\n",
                differing);
        bk_string_free(differing);
        return EXIT_NO;
    }
    if (!cli_flag(c, "quiet")) {
        fprintf(stderr, "%s: %d/%d rules equivalent, checked\n", path, rules, rules);
    }
    return EXIT_DONE;
}

static int convert_run(cli *c)
{
    cli_model m;
    int result = cli_open(c, c->operands[0], &m);
    if (result != EXIT_DONE) {
        return result;
    }
    const bk_model *source = m.model;
    bk_model *special = NULL;
    bk_overlay *overlay = NULL;
    if (cli_flag(c, "continuous")) {
        const bk_continuous_settings form = bk_continuous_defaults();
        const bk_status status =
            bk_model_continuous(m.model, &form, c->diag, &m.continuous);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
        source = m.continuous;
        m.used = m.continuous;
    }
    if (result == EXIT_DONE) {
        result = cli_overlay(c, &m, &overlay);
    }
    if (result == EXIT_DONE) {
        const bk_status status =
            bk_model_specialise(source, overlay, c->diag, &special);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        const bk_status status = bk_model_write(special, c->operands[1], c->diag);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE && bk_model_has_logic(special) &&
        strcmp(c->operands[1], "-") != 0) {
        result = certify(c, special, c->operands[1]);
    }
    if (result == EXIT_DONE && cli_value(c, "same-as", NULL) != NULL) {
        result = certify(c, special, cli_value(c, "same-as", NULL));
    }
    bk_overlay_free(overlay);
    bk_model_free(special);
    cli_close(&m);
    return result;
}

static const cli_option convert_options[] = {
    {"same-as", 0, "FILE",
     "also compare every rule with this model's; status 1 if not"},
    {"continuous", 0, NULL, "write the continuous form of a logical model (SBML core)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_convert = {
    .name = "convert",
    .operands = "MODEL OUT",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "a model in another format: .sbml, .xml, .bnet, .bnd, "
               ".booleannet",
    .description =
        "Writes MODEL in the format of OUT's suffix. Perturbations given are "
        "written into the\nmodel. A logical conversion is read back and every "
        "rule compared by truth table.",
    .examples = "blockade convert ras-raf-mek-erk cascade.sbml\n"
                "blockade convert her2 her2-continuous.sbml --continuous\n"
                "blockade convert her2 mutant.sbml --mutation PIK3CA:H1047R\n",
    .options = {convert_options},
    .perturbs = true,
    .run = convert_run};

/* Paints the network by a run's result: the steady state of --method. */
static int paint_by_run(cli *c, cli_model *m, bk_network *network)
{
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_overlay *overlay = NULL;
    bk_settings settings;
    int result = cli_settings(c, &settings);
    if (result == EXIT_DONE) {
        result = cli_engine(c, m, &engine, &system);
    }
    if (result == EXIT_DONE) {
        result = cli_overlay(c, m, &overlay);
    }
    if (result == EXIT_DONE) {
        result = cli_paint(c, m, engine, system, overlay, &settings, network);
    }
    bk_overlay_free(overlay);
    bk_system_free(system);
    return result;
}

static bool is_painted(const bk_network *network)
{
    for (int32_t i = 0; i < bk_network_nodes(network); i++) {
        if (!isnan(bk_network_activity(network, i))) {
            return true;
        }
    }
    return false;
}

/* Paints the network by the last row of a table. */
static int paint_by_table(cli *c, const char *path, bk_network *network)
{
    bk_table *table = NULL;
    bk_status status =
        bk_table_read(path, bk_table_form_of(path, BK_TSV), c->diag, &table);
    const size_t rows = status == BK_OK ? bk_table_rows(table) : 0;
    if (rows > 0) {
        status = bk_network_paint(network, table, rows - 1);
    }
    if (status == BK_OK && !is_painted(network)) {
        bk_diag_add(c->diag, BK_ERROR, (bk_where){.file = path}, "activity",
                    "no column has the id of a node and a number in the last row, so "
                    "there is nothing to paint with");
        status = BK_BAD_INPUT;
    }
    bk_table_free(table);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* What paints, and what only says how. */
static int check_paint(cli *c)
{
    const bool by_run = cli_flag(c, "paint");
    if (by_run && cli_flag(c, "activity")) {
        return cli_usage(c,
                         "--paint and --activity both say what to paint by; give one");
    }
    const char *const how = cli_flag(c, "method") ? "method" : cli_perturbation(c);
    return how == NULL || by_run
               ? EXIT_DONE
               : cli_usage(c, "--%s is for --paint; the graph is that of the model",
                           how);
}

static int export_run(cli *c)
{
    const char *path = cli_value(c, "output", NULL);
    if (path == NULL) {
        return cli_usage(c, "give -o FILE; its suffix decides: .graphml .gml .dot .sif "
                            ".svg");
    }
    const char *view = cli_value(c, "view", "influence");
    if (strcmp(view, "influence") != 0 && strcmp(view, "reaction") != 0) {
        return cli_usage(c, "--view: '%s' is not influence or reaction", view);
    }
    cli_model m;
    int result = check_paint(c);
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &m);
    }
    if (result != EXIT_DONE) {
        return result;
    }
    bk_network *network = NULL;
    bk_status status =
        bk_network_new(m.model, view[0] == 'r' ? BK_REACTION_VIEW : BK_INFLUENCE_VIEW,
                       c->diag, &network);
    result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    const char *activity = cli_value(c, "activity", NULL);
    if (result == EXIT_DONE && activity != NULL) {
        result = paint_by_table(c, activity, network);
    } else if (result == EXIT_DONE && cli_flag(c, "paint")) {
        result = paint_by_run(c, &m, network);
    }
    if (result == EXIT_DONE && cli_has_suffix(path, ".svg")) {
        char *svg = NULL;
        const bk_picture_settings picture = {.title = bk_model_name(m.model)};
        status = bk_picture_network(network, &picture, &svg);
        result = status == BK_OK ? cli_write_text(c, path, svg) : cli_status(c, status);
        bk_string_free(svg);
    } else if (result == EXIT_DONE) {
        status = bk_network_write(network, path, c->diag);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    bk_network_free(network);
    cli_close(&m);
    return result;
}

static const cli_option export_options[] = {
    {"view", 0, "VIEW", "influence (default) or reaction"},
    {"paint", 0, NULL, "paint by the steady state of --method under the perturbations"},
    {"activity", 0, "TABLE", "paint by the last row of a result table"},
    {"method", 'm', "METHOD", "ode, sync, async, ctmc or fba for --paint"},
    {"output", 'o', "FILE", "write here; the suffix decides the format"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_export = {
    .name = "export",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "the network graph: .graphml .gml .dot .sif .svg",
    .description = "Writes the graph of a model; the suffix of -o decides the format. "
                   "GraphML keeps every\nattribute; SVG is a picture.",
    .examples = "blockade export her2 -o her2.graphml\n"
                "blockade export her2 --paint --method ode --background HER2-amplified "
                "-o her2.svg\n",
    .options = {export_options},
    .perturbs = true,
    .run = export_run};
