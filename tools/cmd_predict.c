/* SPDX-License-Identifier: GPL-3.0-or-later */

/* predict: one condition with all that stands beside it, or a table of questions. */

#include "conditions.h"
#include "predict_published.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* up, down or same, at the threshold that the answer prints. */
static int direction(double change)
{
    return change >= 0.1 ? 1 : change <= -0.1 ? -1 : 0;
}

static bk_status set_known(bk_table *t, size_t row, int column, double value)
{
    return isnan(value) ? BK_OK : bk_table_set_real(t, row, column, value);
}

/* Of the screens that stand side by side: rows are conditions, columns read-outs. */
typedef struct predictions {
    bk_table *early, *late, *logic;
    double *low, *high; /* [conditions * read-outs] of late; NULL: not asked */
} predictions;

static bk_status predict_row(bk_table *t, const char *label, const char *readout,
                             const predictions *p, size_t r, int column)
{
    size_t row = 0;
    bk_status status = bk_table_add_row(t, &row);
    if (status != BK_OK) {
        return status;
    }
    const double base = bk_table_real(p->late, 0, column);
    const double value = bk_table_real(p->late, r, column);
    const double logic_base = bk_table_real(p->logic, 0, column);
    const double logic_value = bk_table_real(p->logic, r, column);
    const double ratio = log2((value + 0.01) / (base + 0.01));
    const bool agree = direction(value - base) == direction(logic_value - logic_base);
    bk_table_set_text(t, row, 0, label);
    bk_table_set_text(t, row, 1, readout);
    bk_table_set_real(t, row, 2, bk_table_real(p->early, r, column));
    bk_table_set_real(t, row, 3, value);
    bk_table_set_real(t, row, 4, r == 0 ? 0.0 : ratio);
    if (p->low != NULL) {
        const int n = bk_table_columns(p->late) - 3;
        const size_t at = r * (size_t)n + (size_t)(column - 2);
        set_known(t, row, 5, p->low[at]);
        set_known(t, row, 6, p->high[at]);
    }
    bk_table_set_real(t, row, 7, logic_value);
    return bk_table_set_text(t, row, 8, r == 0 ? "" : agree ? "agree" : "differ");
}

static bk_status predict_table(const cli_conditions *k, const predictions *p,
                               bk_table **table)
{
    enum { COLUMNS = 9 };
    static const char *const names[COLUMNS] = {"treatment", "readout",     "ode_early",
                                               "ode_late",  "log2_change", "late_low",
                                               "late_high", "logic",       "engines"};
    bk_table *t = bk_table_new();
    bk_status status = t != NULL ? BK_OK : BK_NO_MEMORY;
    int column = 0;
    for (int i = 0; i < COLUMNS && status == BK_OK; i++) {
        const bk_type type = i < 2 || i == COLUMNS - 1 ? BK_TEXT : BK_REAL;
        status = bk_table_add_column(t, names[i], type, &column);
    }
    for (size_t r = 0; r < k->n && status == BK_OK; r++) {
        for (int i = 2; i < bk_table_columns(p->late) - 1 && status == BK_OK; i++) {
            status =
                predict_row(t, k->texts[r], bk_table_column_name(p->late, i), p, r, i);
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

/* The late values again with jittered parameters. */
static int predict_jittered(cli *c, const cli_model *m, const cli_screener *ode,
                            const cli_conditions *k, const bk_settings *settings,
                            predictions *p)
{
    long samples = 16;
    if (!cli_integer(c, "jitter", &samples)) {
        return EXIT_USAGE;
    }
    if (samples < 0 || samples > 1000) {
        return cli_usage(c, "--jitter wants a number from 0 to 1000");
    }
    if (samples == 0) {
        return EXIT_DONE;
    }
    const size_t n = k->n * bk_readouts_count(ode->readouts) + 1;
    p->low = calloc(n, sizeof *p->low);
    p->high = calloc(n, sizeof *p->high);
    const bk_screen_settings how = {.run = *settings};
    const bk_status status =
        p->low == NULL || p->high == NULL
            ? BK_NO_MEMORY
            : bk_screen_jittered(ode->system, m->library, k->list, k->n, ode->readouts,
                                 &how, (size_t)samples, c->diag, p->low, p->high);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* Early, late and jittered by one system of the ODE, and the logic. */
static int predict_screens(cli *c, cli_model *m, const cli_conditions *k,
                           const bk_settings *settings, predictions *p)
{
    cli_screener ode;
    int result = cli_screener_open(c, m, "ode", &ode);
    if (result == EXIT_DONE) {
        result = cli_screener_run(c, m, &ode, true, k, settings, &p->early);
    }
    if (result == EXIT_DONE) {
        result = cli_screener_run(c, m, &ode, false, k, settings, &p->late);
    }
    if (result == EXIT_DONE) {
        result = predict_jittered(c, m, &ode, k, settings, p);
    }
    cli_screener_close(&ode);
    return result == EXIT_DONE
               ? cli_screen(c, m, "async", false, k, settings, &p->logic)
               : result;
}

/* Drugs that there are not are wrong input, not conditions without an answer. */
static int check_treatment(cli *c, const cli_model *m, const char *text)
{
    bk_scenario *const all = bk_scenario_new("treatment");
    const bk_status status =
        all != NULL ? bk_library_treatment_scenario(m->library, text, (bk_where){0},
                                                    c->diag, all)
                    : BK_NO_MEMORY;
    bk_scenario_free(all);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* Untreated, each treatment alone, all together; everything else on the command line is
 * the background they share. */
static int predict_conditions(cli *c, const cli_model *m, cli_conditions *k)
{
    char all[4096];
    bk_scenario *cell = NULL;
    int result = cli_cell_and_treatment(c, m, &cell, all, sizeof all);
    if (result == EXIT_DONE && !cli_conditions_new(k, (size_t)c->n_given + 2, cell)) {
        result = cli_status(c, BK_NO_MEMORY);
    }
    if (result == EXIT_DONE) {
        result = cli_conditions_add_drug(c, k, cell, "none");
    }
    for (int i = 0; i < c->n_given && result == EXIT_DONE; i++) {
        const cli_given *const g = &c->given[i];
        if (strcmp(g->name, "drug") == 0 || strcmp(g->name, "treatment") == 0) {
            result = check_treatment(c, m, g->value);
            result = result == EXIT_DONE ? cli_conditions_add_drug(c, k, cell, g->value)
                                         : result;
        }
    }
    if (k->n > 2 && result == EXIT_DONE) {
        result = cli_conditions_add_drug(c, k, cell, all);
    }
    bk_scenario_free(cell);
    return result;
}

/* --- a table of questions -------------------------------------------------------------- */

static int predict_questions(cli *c, cli_model *m, const bk_settings *settings)
{
    const char *const path = cli_value(c, "table", NULL);
    const bk_engine *engine = NULL;
    bk_system *systems[3] = {NULL, NULL, NULL};
    bk_table *questions = NULL, *answers = NULL;
    static const char *const methods[] = {"async", "ctmc", "ode"};
    int result = EXIT_DONE;
    for (int i = cli_flag(c, "ode-only") ? 2 : 0; i < 3 && result == EXIT_DONE; i++) {
        result = cli_engine_named(c, m, methods[i], &engine, &systems[i]);
    }
    bk_status status = BK_OK;
    if (result == EXIT_DONE) {
        status =
            bk_table_read(path, bk_table_form_of(path, BK_TSV), c->diag, &questions);
    }
    if (result == EXIT_DONE && status == BK_OK) {
        const bk_predictor predictor = {.logic = m->model,
                                        .ode = systems[2],
                                        .async = systems[0],
                                        .ctmc = systems[1],
                                        .library = m->library,
                                        .folder = m->folder,
                                        .pairs = !cli_flag(c, "no-pairs")};
        bk_settings run = *settings;
        run.runs =
            run.runs > 0 ? run.runs : 100; /* for a direction at 0.1 they suffice */
        run.settle_precision = 0.03;
        status = bk_predict(&predictor, questions, &run, c->diag, &answers);
    }
    if (result == EXIT_DONE && status != BK_OK) {
        result = cli_status(c, status);
    }
    if (answers != NULL) {
        cli_provenance(c, m, systems[0] == NULL ? "ode" : "ode, async and ctmc",
                       settings, NULL, answers);
        const int written = cli_write_table(c, answers);
        result = written != EXIT_DONE ? written : result;
    }
    bk_table_free(questions);
    bk_table_free(answers);
    for (int i = 0; i < 3; i++) {
        bk_system_free(systems[i]);
    }
    return result;
}

static int predict_run(cli *c)
{
    cli_model m;
    bk_settings settings;
    cli_conditions k = {0};
    predictions p = {.early = NULL};
    bk_table *table = NULL;
    int result = cli_settings(c, &settings);
    for (int i = 0; i < 2 && result == EXIT_DONE; i++) {
        static const char *const of_table[] = {"no-pairs", "ode-only"};
        if (cli_flag(c, of_table[i]) && !cli_flag(c, "table")) {
            result = cli_usage(c, "--%s goes with --table", of_table[i]);
        }
    }
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_open(c, c->operands[0], &m);
    if (result != EXIT_DONE) {
        return result;
    }
    if (!bk_model_has_logic(m.model)) {
        result =
            cli_usage(c, "predict compares logic and ODE and needs a logical model; "
                         "use run or steady for this one");
    }
    if (result == EXIT_DONE && cli_value(c, "table", NULL) != NULL) {
        const char *const idle = cli_perturbation(c) != NULL ? cli_perturbation(c)
                                 : cli_flag(c, "readouts")   ? "readouts"
                                 : cli_flag(c, "jitter")     ? "jitter"
                                                             : NULL;
        result = idle != NULL
                     ? cli_usage(c,
                                 "--%s has no place beside --table, whose rows "
                                 "say what is done and read",
                                 idle)
                     : predict_questions(c, &m, &settings);
        cli_close(&m);
        return result;
    }
    if (result == EXIT_DONE) {
        result = predict_conditions(c, &m, &k);
    }
    if (result == EXIT_DONE) {
        result = predict_screens(c, &m, &k, &settings, &p);
    }
    if (result == EXIT_DONE) {
        const bk_status status = predict_table(&k, &p, &table);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        cli_provenance(c, &m, "ode and async", &settings, NULL, table);
        result = cli_published(c, &m, &k, p.late, table);
    }
    if (result == EXIT_DONE) {
        result = cli_write_table(c, table);
    }
    bk_table_free(p.early);
    bk_table_free(p.late);
    bk_table_free(p.logic);
    free(p.low);
    free(p.high);
    bk_table_free(table);
    cli_conditions_free(&k);
    cli_close(&m);
    return result;
}

static const cli_option predict_options[] = {
    {"table", 0, "FILE",
     "questions, one a row: id background treatment readout comparator time; --runs is "
     "100 unless given"},
    {"no-pairs", 0, NULL,
     "with --table: leave out hsa and bliss, which cost most of the time"},
    {"ode-only", 0, NULL, "with --table: leave out the engines that are only compared"},
    {"jitter", 0, "N",
     "runs with jittered parameters for late_low and late_high (16); 0: none"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_predict = {
    .name = "predict",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "untreated, each drug, all together: early, late, by ODE and logic",
    .description =
        "For every read-out: its value untreated, under each --drug or --treatment "
        "alone and under "
        "all "
        "together, early\n(slow nodes frozen) and late by ODE, and by asynchronous "
        "logic; "
        "log2_change is late against\nuntreated, (x + 0.01) / (y + 0.01); late_low and "
        "late_high hold four fifths of the late values when\nthe Hill exponent and "
        "threshold that all arcs share are jittered by a fifth; engines says "
        "whether ODE\nand logic agree on up, down or unchanged at a threshold of "
        "0.1.\n\nWith --table every row of a file is answered, in the words of "
        "a paper (see docs/questions.md).",
    .examples = "blockade predict her2 --background HER2-amplified --mutation "
                "PIK3CA:H1047R --drug trastuzumab --drug alpelisib\n",
    .options = {predict_options, cli_readouts_option, cli_tolerance_options,
                cli_stepper_option, cli_stochastic_options},
    .perturbs = true,
    .writes = true,
    .run = predict_run};
