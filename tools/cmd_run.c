/* SPDX-License-Identifier: GPL-3.0-or-later */

/* run, steady: one model, one condition. */

#include "steady.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns asked for by name. */
typedef struct columns {
    bk_column *wanted;
    const char **titles; /* as the user wrote them */
    int n;
    char *texts[3]; /* the split option values, owning the titles */
} columns;

static void columns_free(columns *k)
{
    free(k->wanted);
    free(k->titles);
    for (int i = 0; i < 3; i++) {
        free(k->texts[i]);
    }
}

static char *trim(char *s)
{
    while (*s == ' ') {
        s++;
    }
    for (char *end = s + strlen(s); end > s && end[-1] == ' ';) {
        *--end = '\0';
    }
    return s;
}

static int columns_find(const columns *k, const char *title)
{
    for (int i = 0; i < k->n; i++) {
        if (strcmp(k->titles[i], title) == 0) {
            return i;
        }
    }
    return -1;
}

/* Adds the names of one option; a name that is there already only changes its aspect. */
static int columns_add(cli *c, columns *k, const bk_model *model, const char *option,
                       int slot, bk_aspect aspect)
{
    const char *list = cli_value(c, option, NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    k->texts[slot] = strdup(list);
    char *rest = k->texts[slot];
    while (rest != NULL) {
        char *comma = strchr(rest, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        const char *name = trim(rest);
        rest = comma != NULL ? comma + 1 : NULL;
        if (name[0] == '\0') {
            continue;
        }
        const int there = columns_find(k, name);
        if (there >= 0) {
            k->wanted[there].aspect = aspect;
            continue;
        }
        int32_t symbol = -1;
        const bk_status status =
            bk_model_bind(model, name, (bk_where){0}, c->diag, &symbol);
        if (status != BK_OK) {
            return cli_status(c, status);
        }
        k->wanted = realloc(k->wanted, ((size_t)k->n + 1) * sizeof *k->wanted);
        k->titles = realloc(k->titles, ((size_t)k->n + 1) * sizeof *k->titles);
        k->wanted[k->n] = (bk_column){.symbol = symbol, .aspect = aspect};
        k->titles[k->n++] = name;
    }
    return EXIT_DONE;
}

static int columns_parse(cli *c, const cli_model *m, columns *k)
{
    int result = columns_add(c, k, m->used, "columns", 0, BK_AS_DEFAULT);
    if (result == EXIT_DONE) {
        result = columns_add(c, k, m->used, "amount", 1, BK_AS_AMOUNT);
    }
    if (result == EXIT_DONE) {
        result = columns_add(c, k, m->used, "concentration", 2, BK_AS_CONCENTRATION);
    }
    return result;
}

/* time and the wanted columns under the titles the user gave. A model may have a quantity
 * called time; the first column then has a longer name. */
static bk_status titled_table(const bk_outcome *outcome, const columns *k,
                              bk_table **table)
{
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status =
        t != NULL
            ? bk_table_add_column(t, columns_find(k, "time") < 0 ? "time" : "run time",
                                  BK_REAL, &column)
            : BK_NO_MEMORY;
    const bool spread = bk_outcome_deviates(outcome);
    for (int i = 0; i < k->n && status == BK_OK; i++) {
        status = bk_table_add_column(t, k->titles[i], BK_REAL, &column);
    }
    for (int i = 0; i < k->n && status == BK_OK && spread; i++) {
        char title[1024];
        snprintf(title, sizeof title, "sd(%s)", k->titles[i]);
        status = bk_table_add_column(t, title, BK_REAL, &column);
    }
    for (size_t r = 0; r < bk_outcome_rows(outcome) && status == BK_OK; r++) {
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 0, bk_outcome_time(outcome, r));
        }
        for (int i = 0; i < k->n && status == BK_OK; i++) {
            status = bk_table_set_real(t, row, i + 1, bk_outcome_value(outcome, r, i));
            if (status == BK_OK && spread) {
                status = bk_table_set_real(t, row, k->n + i + 1,
                                           bk_outcome_deviation(outcome, r, i));
            }
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many runs end at each value of one column; values[runs] are put in order. */
static bk_status count_values(bk_table *t, const char *title, double *values,
                              size_t runs)
{
    bk_status status = BK_OK;
    qsort(values, runs, sizeof *values, by_value);
    for (size_t i = 0; i < runs && status == BK_OK;) {
        size_t next = i + 1;
        while (next < runs && values[next] == values[i]) {
            next++;
        }
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_text(t, row, 0, title);
        }
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 1, values[i]);
        }
        if (status == BK_OK) {
            status = bk_table_set_integer(t, row, 2, (int64_t)(next - i));
        }
        if (status == BK_OK) {
            status = bk_table_set_real(t, row, 3, (double)(next - i) / (double)runs);
        }
        i = next;
    }
    return status;
}

/* quantity, value, runs, share: where the runs end. */
static bk_status histogram_table(const bk_outcome *outcome, const columns *k,
                                 const bk_model *model, bk_table **table)
{
    size_t runs = 0;
    const double *ends = bk_outcome_ends(outcome, &runs);
    const int n = bk_outcome_columns(outcome);
    double *values = malloc((runs + 1) * sizeof *values);
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status = t != NULL && values != NULL
                           ? bk_table_add_column(t, "quantity", BK_TEXT, &column)
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_table_add_column(t, "value", BK_REAL, &column);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(t, "runs", BK_INTEGER, &column);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(t, "share", BK_REAL, &column);
    }
    for (int c = 0; c < n && status == BK_OK; c++) {
        for (size_t run = 0; run < runs; run++) {
            values[run] = ends[run * (size_t)n + (size_t)c];
        }
        status = count_values(
            t,
            k->n > 0 ? k->titles[c]
                     : bk_symbol_id(model, bk_outcome_column(outcome, c).symbol),
            values, runs);
    }
    free(values);
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

/* What a run needs, made and freed together. */
typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *overlay;
    bk_settings settings;
    columns columns;
    bk_table *table;
    int moieties; /* noted */
    cli_stop stop;
} job;

static int job_open(cli *c, job *j)
{
    memset(j, 0, sizeof *j);
    int result = cli_settings(c, &j->settings);
    if (result == EXIT_DONE) {
        result = cli_stop_watch(c, &j->stop);
        j->settings.cancelled = cli_stop_asked;
        j->settings.cancel_context = &j->stop;
    }
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &j->m);
    }
    if (result == EXIT_DONE) {
        result = cli_engine(c, &j->m, &j->engine, &j->system);
    }
    if (result == EXIT_DONE && j->engine == &bk_engine_ctmc) {
        cli_wishes(c, j->m.model, &j->settings);
    }
    if (result == EXIT_DONE) {
        result = cli_overlay(c, &j->m, &j->overlay);
    }
    if (result == EXIT_DONE) {
        result = columns_parse(c, &j->m, &j->columns);
    }
    if (result == EXIT_DONE) {
        const bk_status status = j->engine->workspace(j->system, &j->workspace);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    j->settings.keep_ends = cli_flag(c, "histogram");
    if (result == EXIT_DONE && j->settings.keep_ends && j->engine != &bk_engine_ssa) {
        return cli_usage(c, "--histogram is for --method ssa");
    }
    if (result == EXIT_DONE && j->columns.n > 0) {
        j->settings.columns = j->columns.wanted;
        j->settings.n_columns = j->columns.n;
    }
    return result;
}

static void job_close(job *j)
{
    bk_table_free(j->table);
    columns_free(&j->columns);
    bk_overlay_free(j->overlay);
    bk_workspace_free(j->workspace);
    bk_system_free(j->system);
    cli_close(&j->m);
}

static void print_counters(const cli *c, const bk_outcome *outcome)
{
    const bk_counters n = bk_outcome_counters(outcome);
    if (cli_flag(c, "statistics")) {
        fprintf(
            stderr,
            "steps %ld, rejected %ld, evaluations %ld, Jacobians %ld, "
            "factorisations %ld, switches %ld, moves %ld, residual %g, period %ld\n",
            n.steps, n.rejected, n.evaluations, n.jacobians, n.factorisations,
            n.switches, n.moves, n.residual, n.period);
    }
}

/* Whether the course is wanted as a picture, by the suffix of the output. */
static bool wants_picture(const cli *c, const job *j)
{
    const char *const path = cli_value(c, "output", "-");
    const size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".svg") == 0 && !j->settings.keep_ends &&
           cli_value(c, "format", NULL) == NULL;
}

static int write_picture(cli *c, const job *j, const bk_table *table)
{
    const char *const name = bk_model_name(j->m.model);
    const char *edits = bk_table_provenance(table, "edits");
    edits =
        edits != NULL && strlen(edits) <= 100 ? edits : NULL; /* one line holds it */
    const bk_picture_settings settings = {
        .title = name[0] != '\0' ? name : bk_model_id(j->m.model), .subtitle = edits};
    char *svg = NULL;
    const bk_status status = bk_picture_course(table, &settings, &svg);
    const int result = status == BK_OK
                           ? cli_write_text(c, cli_value(c, "output", "-"), svg)
                           : cli_status(c, status);
    bk_string_free(svg);
    return result;
}

static void note_moiety(void *context, const char *text)
{
    char key[40];
    job *const j = context;
    snprintf(key, sizeof key, "conserved-%d", ++j->moieties);
    bk_table_set_provenance(j->table, key, text);
}

/* What holds around the steady state of an ode. */
static void note_steady(job *j, const bk_outcome *outcome)
{
    if (j->engine != &bk_engine_ode) {
        return;
    }
    if (bk_outcome_stop(outcome) == BK_STOP_END) {
        char text[600];
        cli_stability(j->system, j->overlay, &j->settings, outcome, j->workspace, text,
                      sizeof text);
        bk_table_set_provenance(j->table, "stability", text);
    }
    cli_conserved(j->system, j->overlay, note_moiety, j);
}

/* The outcome as a table on its way out; the exit status says how the run ended. */
static int finish(cli *c, job *j, const bk_outcome *outcome, bool settled)
{
    bk_table **const table = &j->table;
    const bk_status status =
        j->settings.keep_ends ? histogram_table(outcome, &j->columns, j->m.used, table)
        : j->columns.n > 0    ? titled_table(outcome, &j->columns, table)
                              : bk_outcome_table(outcome, j->m.used, table);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    cli_provenance(c, &j->m, j->engine->name, &j->settings, j->overlay, *table);
    const bk_stop stop = bk_outcome_stop(outcome);
    if (stop != BK_STOP_END) {
        bk_table_set_provenance(*table, "stopped", bk_outcome_text(outcome));
    }
    if (settled) {
        note_steady(j, outcome);
    }
    print_counters(c, outcome);
    int result =
        wants_picture(c, j) ? write_picture(c, j, *table) : cli_write_table(c, *table);
    if (result == EXIT_DONE && stop != BK_STOP_END) {
        fprintf(stderr, "blockade: %s\n", bk_outcome_text(outcome));
        result = stop == BK_STOP_CANCELLED ? EXIT_PARTIAL : EXIT_NUMERICAL;
    }
    return result;
}

static int run_or_settle(cli *c, bool settle)
{
    job j;
    int result = job_open(c, &j);
    if (result == EXIT_DONE && settle && wants_picture(c, &j)) {
        result = cli_usage(c, "a steady state has no course to draw; write a table "
                              "(.tsv, .csv)");
    }
    if (result == EXIT_DONE) {
        bk_outcome *outcome = NULL;
        bk_status (*go)(const bk_system *, const bk_overlay *, const bk_settings *,
                        bk_workspace *, bk_diag *, bk_outcome **) =
            settle ? j.engine->settle : j.engine->run;
        j.settings.freeze_slow = cli_flag(c, "early");
        const bk_status status =
            go(j.system, j.overlay, &j.settings, j.workspace, c->diag, &outcome);
        result =
            status == BK_OK ? finish(c, &j, outcome, settle) : cli_status(c, status);
        bk_outcome_free(outcome);
    }
    job_close(&j);
    return result;
}

static int run_run(cli *c)
{
    return run_or_settle(c, false);
}

static int steady_run(cli *c)
{
    return run_or_settle(c, true);
}

#define RUN_OPTIONS                                                                    \
    {"method", 'm', "METHOD",                                                          \
     "ode, ssa, sync, async, ctmc or fba; default by the model"},                      \
        {"columns", 0, "A,B",                                                          \
         "what to report, ids or aliases; default all variables"},                     \
        {"amount", 0, "A,B", "species to report as amounts"},                          \
        {"concentration", 0, "A,B", "species to report as concentrations"},            \
        {"rtol", 0, "R", "relative tolerance (1e-6)"},                                 \
        {"atol", 0, "A", "absolute tolerance; 0: by the scale of each variable"},      \
        {"stepper", 0, "NAME", "auto (default), rodas, gsl-rodas, msbdf, rk8pd"},      \
        {"runs", 0, "N", "stochastic runs (1000)"},                                    \
        {"leap", 0, "E",                                                               \
         "ssa: tau-leaping, rates change by a share E a leap (0: exact)"},             \
        {"seed", 0, "S", "random seed (1)"},                                           \
        {"early", 0, NULL, "slow symbols keep their state"},                           \
    {                                                                                  \
        "statistics", 0, NULL, "counters of the solver on standard error"              \
    }

static const cli_option run_options[] = {
    {"time", 't', "START:END:STEPS", "output times (0:10:100)"},
    {"histogram", 0, NULL, "ssa: how many runs end at each value, not the course"},
    RUN_OPTIONS,
    {NULL, 0, NULL, NULL}};

static const cli_option steady_options[] = {RUN_OPTIONS, {NULL, 0, NULL, NULL}};

const cli_command cmd_run = {
    .name = "run",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "a time course by ODE or logic",
    .description = "Runs a model and writes a table: time, then one column a quantity. "
                   "Methods: ode "
                   "(reactions\nand rules; a logical model through its continuous "
                   "form), ssa (reactions molecule by molecule), sync, async "
                   "and ctmc (logical models).\nStochastic methods give the mean of "
                   "the runs, then the standard deviations: sd(X).\nWith -o FILE.svg "
                   "the course is drawn instead.",
    .examples =
        "blockade run her2 --method ode --time 0:600:60 --background HER2-amplified "
        "--drug lapatinib --columns AKT,ERK\n"
        "blockade run ras-raf-mek-erk --method sync --time 0:10:10\n"
        "blockade run ras-raf-mek-erk-orton2009 --time 0:60:240 --columns ERK,MEK,RAS "
        "-o course.svg\n",
    .options = run_options,
    .perturbs = true,
    .run = run_run};

const cli_command cmd_steady = {
    .name = "steady",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "the steady state or attractor reached from the start",
    .description =
        "One row: the steady state (ode), or the average over the attractor "
        "reached (logic).\nExit status 4 when there is none, with what happens "
        "instead. The lines ahead of an ode's table\nsay whether the state is stable, "
        "and which sums of amounts are conserved.",
    .examples =
        "blockade steady her2 --method ode --background HER2-amplified --columns "
        "AKT,ERK,Apoptosis\n",
    .options = steady_options,
    .perturbs = true,
    .run = steady_run};
