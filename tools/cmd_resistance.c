/* SPDX-License-Identifier: GPL-3.0-or-later */

/* resistance: what costs a drug its effect, and which partner brings it back. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct inquiry {
    cli_model m;
    bk_settings settings;
    bk_system *system;
    bk_readouts *readouts;
    bk_scenario *cell;
    char treatment[4096];
} inquiry;

static int read_alterations(cli *c, bk_resistance *question)
{
    const char *const what = cli_value(c, "alterations", "all");
    question->variants = strcmp(what, "nodes") != 0;
    question->nodes = strcmp(what, "variants") != 0;
    if (question->variants && question->nodes && strcmp(what, "all") != 0) {
        return cli_usage(c, "--alterations: '%s' is not variants, nodes or all", what);
    }
    return EXIT_DONE;
}

static int open_inquiry(cli *c, inquiry *q)
{
    const bk_engine *engine = NULL;
    const char *const readouts = cli_value(c, "readouts", NULL);
    int result = cli_settings(c, &q->settings);
    if (result == EXIT_DONE && readouts == NULL) {
        result = cli_usage(c, "name the read-outs, e.g. --readouts pAKT,proliferation");
    }
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &q->m);
    }
    if (result == EXIT_DONE && !bk_model_has_logic(q->m.model)) {
        result = cli_usage(c, "the model has no levels to gain or lose; resistance "
                              "needs a logical model");
    }
    if (result == EXIT_DONE) {
        result = cli_cell_and_treatment(c, &q->m, &q->cell, q->treatment,
                                        sizeof q->treatment);
    }
    if (result == EXIT_DONE && q->treatment[0] == '\0') {
        result = cli_usage(c, "name the drug, e.g. --drug trastuzumab");
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, &q->m, cli_value(c, "method", "ode"), &engine,
                                  &q->system);
    }
    if (result == EXIT_DONE) {
        q->readouts = bk_readouts_new();
        const bk_status status = q->readouts != NULL
                                     ? bk_readouts_read(q->readouts, q->m.used,
                                                        q->m.folder, readouts, c->diag)
                                     : BK_NO_MEMORY;
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    return result;
}

/* What the background was called on the command line, for titles. */
static const char *cell_name(const cli *c)
{
    return cli_value(c, "background", "the ordinary cell");
}

/* How many rows have an effect to show; the others come last. */
static size_t with_signal(const bk_table *table)
{
    const int call = bk_table_find_column(table, "call");
    size_t n = 0;
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        const char *const text = bk_table_text(table, i, call);
        n += strcmp(text, "resistant") == 0 || strcmp(text, "sensitive") == 0;
    }
    return n;
}

static int draw(cli *c, const inquiry *q, const bk_table *table)
{
    char title[600], subtitle[600];
    long bars = 40;
    char *svg = NULL;
    if (!cli_integer(c, "bars", &bars)) {
        return EXIT_USAGE;
    }
    const size_t all = with_signal(table);
    bars = (size_t)bars < all ? bars : (long)all;
    snprintf(title, sizeof title, "%.250s in %.250s: effect retained", q->treatment,
             cell_name(c));
    snprintf(subtitle, sizeof subtitle,
             "of %.200s; the %ld alterations that cost most; 1: as in the cell without "
             "alteration",
             cli_value(c, "readouts", ""), bars);
    const bk_picture_settings settings = {.title = title, .subtitle = subtitle};
    const bk_status status =
        bk_picture_waterfall(table, "alteration", "effect_retained", "mechanism", 1,
                             (size_t)bars, &settings, &svg);
    const int result = status == BK_OK
                           ? cli_write_text(c, cli_value(c, "picture", NULL), svg)
                           : cli_status(c, status);
    bk_string_free(svg);
    return result;
}

static int resistance_run(cli *c)
{
    inquiry q = {.cell = NULL};
    bk_table *table = NULL;
    bk_resistance question = {.pairs = cli_flag(c, "pairs")};
    const char *const plain = cli_value(c, "plain", NULL);
    const bool partners = cli_flag(c, "partners");
    int result = read_alterations(c, &question);
    if (result == EXIT_DONE && partners != (plain != NULL)) {
        result = cli_usage(c, "--partners and --plain go together: --plain names the "
                              "cell in which the treatment works");
    }
    if (result == EXIT_DONE && partners &&
        (question.pairs || cli_value(c, "picture", NULL) != NULL)) {
        result = cli_usage(c, "--partners takes neither --pairs nor --picture");
    }
    const char *const picture = cli_value(c, "picture", NULL);
    if (result == EXIT_DONE && picture == NULL && cli_flag(c, "bars")) {
        result = cli_usage(c, "--bars is for --picture");
    }
    if (result == EXIT_DONE && picture != NULL && !cli_has_suffix(picture, ".svg")) {
        result = cli_usage(c, "--picture: pictures are .svg, and '%s' is not", picture);
    }
    result = result == EXIT_DONE ? open_inquiry(c, &q) : result;
    if (result == EXIT_DONE) {
        question.logic = q.m.model;
        question.system = q.system;
        question.library = q.m.library;
        question.folder = q.m.folder;
        question.cell = q.cell;
        question.treatment = q.treatment;
        question.readouts = q.readouts;
        question.screen =
            (bk_screen_settings){.run = q.settings, .early = cli_flag(c, "early")};
        const bk_status status =
            partners ? bk_partners_run(&question, plain, c->diag, &table)
                     : bk_resistance_run(&question, c->diag, &table);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        cli_provenance(c, &q.m, cli_value(c, "method", "ode"), &q.settings, NULL,
                       table);
        result = cli_write_table(c, table);
    }
    if (result == EXIT_DONE && cli_value(c, "picture", NULL) != NULL) {
        result = draw(c, &q, table);
    }
    bk_table_free(table);
    bk_readouts_free(q.readouts);
    bk_scenario_free(q.cell);
    bk_system_free(q.system);
    cli_close(&q.m);
    return result;
}

static const cli_option resistance_options[] = {
    {"alterations", 0, "WHAT", "variants, nodes or all (default)"},
    {"pairs", 0, NULL, "every two alterations together as well"},
    {"picture", 0, "FILE", "the costliest as bars, SVG"},
    {"bars", 0, "N", "how many of them (40)"},
    {"partners", 0, NULL, "rank the other drugs by what they restore in this cell"},
    {"plain", 0, "NAME", "with --partners: the background in which the drug works"},
    {"method", 'm', "METHOD", "ode (default), sync, async or ctmc"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_resistance = {
    .name = "resistance",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "what costs a drug its effect, and which partner restores it",
    .description =
        "Every variant of the network's table, and every node held at its highest "
        "level "
        "(gain) or at 0\n(loss), ranked by how much of the effect of the --drug it "
        "costs "
        "in the cell given.\neffect_retained: effect in the altered cell over that in "
        "the cell without alteration, each\nagainst untreated in the same cell, a mean "
        "over the read-outs. signal_kept: how much of the\nplain cell's signal is "
        "still "
        "there under the drug. resistant: at most half retained and half\nkept; no "
        "signal: nothing was there to inhibit. class is that of resistance.tsv.\n\n"
        "--pairs by ODE takes seconds for variants and most of a minute for all; "
        "--method sync answers\nall pairs in seconds.\n\n--partners: in a resistant "
        "cell, every other drug "
        "with the treatment, ranked "
        "by "
        "how much of\nwhat was lost against the --plain cell it restores.",
    .examples =
        "blockade resistance her2 --background HER2-amplified --drug trastuzumab "
        "--readouts pAKT --alterations variants --picture waterfall.svg\n"
        "blockade resistance her2 --background HER2-amplified+PTEN-loss --drug "
        "trastuzumab --readouts pAKT --partners --plain HER2-amplified\n",
    .options = {resistance_options, cli_readouts_option, cli_early_option,
                cli_tolerance_options, cli_stochastic_options},
    .perturbs = true,
    .writes = true,
    .run = resistance_run};
