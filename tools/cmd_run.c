/* SPDX-License-Identifier: GPL-3.0-or-later */

/* run, steady: one model, one condition. */

#include "columns.h"
#include "steady.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a run needs, made and freed together. */
typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *overlay;
    bk_settings settings;
    cli_columns columns;
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
        result = cli_columns_parse(c, &j->m, &j->columns);
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
    cli_columns_free(&j->columns);
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

static bool wants_picture(const cli *c, const job *j)
{
    return cli_wants_picture(c) && !j->settings.keep_ends;
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

static bk_status outcome_table(void *context, const bk_outcome *outcome,
                               bk_table **table)
{
    const job *const j = context;
    return j->columns.n > 0 ? cli_titled_table(outcome, &j->columns, table)
                            : bk_outcome_table(outcome, j->m.used, table);
}

/* The outcome as a table on its way out; the exit status says how the run ended. */
static int finish(cli *c, job *j, const bk_outcome *outcome, bool settled)
{
    bk_table **const table = &j->table;
    const bk_status status =
        j->settings.keep_ends
            ? cli_histogram_table(outcome, &j->columns, j->m.used, table)
            : outcome_table(j, outcome, table);
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
        const bool more =
            settled && j->engine == &bk_engine_ode && stop != BK_STOP_CANCELLED;
        fprintf(stderr, "blockade: %s%s\n", bk_outcome_text(outcome),
                more ? "; --starts 32 looks for steady states elsewhere" : "");
        result = stop == BK_STOP_CANCELLED ? EXIT_PARTIAL : EXIT_NUMERICAL;
    }
    return result;
}

/* What is told of a search for all steady states; 4 when there are none. */
static int finish_states(cli *c, job *j, const bk_steady_states *states, long starts)
{
    char text[300];
    const char *why = NULL;
    const int lost = bk_steady_states_lost(states, &why);
    const bk_status status = cli_steady_table(states, outcome_table, j, &j->table);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    int steady = 0;
    for (int i = 0; i < bk_steady_states_count(states); i++) {
        steady += bk_steady_states_at(states, i)->steady;
    }
    cli_provenance(c, &j->m, j->engine->name, &j->settings, j->overlay, j->table);
    snprintf(text, sizeof text, "%d found from %ld starts; there may be others", steady,
             starts);
    bk_table_set_provenance(j->table, "steady-states", text);
    snprintf(text, sizeof text, "%llu", (unsigned long long)j->settings.seed);
    bk_table_set_provenance(j->table, "seed", text);
    if (lost > 0) {
        snprintf(text, sizeof text, "%d; the first: %s", lost, why != NULL ? why : "");
        bk_table_set_provenance(j->table, "starts-lost", text);
    }
    cli_conserved(j->system, j->overlay, note_moiety, j);
    const int result = cli_write_table(c, j->table);
    const char *const reason = cli_stop_reason(&j->stop);
    if (result == EXIT_DONE && reason[0] != '\0') {
        fprintf(stderr, "blockade: %sthe search has ended early\n", reason);
        return EXIT_PARTIAL;
    }
    if (result == EXIT_DONE && steady == 0) {
        fprintf(stderr, "blockade: no steady state from %ld starts\n", starts);
        return EXIT_NUMERICAL;
    }
    return result;
}

static int find_states(cli *c, job *j, long starts)
{
    bk_steady_states *states = NULL;
    if (j->engine != &bk_engine_ode) {
        return cli_usage(c, "--starts is for --method ode; attractors of logical "
                            "models: blockade attractors");
    }
    if (starts < 1 || starts > 100000) {
        return cli_usage(c, "--starts: expected a number from 1 to 100000");
    }
    const bk_status status =
        bk_kinetic_steady_states(j->system, j->overlay, &j->settings, (int)starts,
                                 j->workspace, c->diag, &states);
    const int result =
        status == BK_OK ? finish_states(c, j, states, starts) : cli_status(c, status);
    bk_steady_states_free(states);
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
    j.settings.freeze_slow = cli_flag(c, "early");
    if (result == EXIT_DONE && cli_value(c, "starts", NULL) != NULL) {
        long starts = 1;
        result =
            cli_integer(c, "starts", &starts) ? find_states(c, &j, starts) : EXIT_USAGE;
    } else if (result == EXIT_DONE) {
        bk_outcome *outcome = NULL;
        bk_status (*go)(const bk_system *, const bk_overlay *, const bk_settings *,
                        bk_workspace *, bk_diag *, bk_outcome **) =
            settle ? j.engine->settle : j.engine->run;
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

static const cli_option shared_options[] = {
    {"columns", 0, "A,B", "what to report, ids or aliases; default all variables"},
    {"amount", 0, "A,B", "species to report as amounts"},
    {"concentration", 0, "A,B", "species to report as concentrations"},
    {"leap", 0, "E", "ssa: tau-leaping, rates change by a share E a leap (0: exact)"},
    {"early", 0, NULL, "slow symbols keep their state"},
    {"statistics", 0, NULL, "counters of the solver on standard error"},
    {NULL, 0, NULL, NULL}};

static const cli_option run_options[] = {
    {"time", 't', "START:END:STEPS", "output times (0:10:100)"},
    {"histogram", 0, NULL, "ssa: how many runs end at each value, not the course"},
    {NULL, 0, NULL, NULL}};

static const cli_option steady_options[] = {
    {"starts", 0, "N",
     "ode: all steady states found from N starts with the same conserved totals, one "
     "row each"},
    {NULL, 0, NULL, NULL}};

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
    .options = {run_options, shared_options, cli_method_option, cli_tolerance_options,
                cli_stepper_option, cli_stochastic_options},
    .perturbs = true,
    .writes = true,
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
        "and which sums of amounts are conserved. --starts\nlooks for all steady "
        "states, unstable ones too: kind, the largest real part of an eigenvalue, and\n"
        "how many starts lead there.",
    .examples =
        "blockade steady her2 --method ode --background HER2-amplified --columns "
        "AKT,ERK,Apoptosis\n"
        "blockade steady ras-raf-mek-erk-orton2009 --starts 16 --columns ERK,MEK\n",
    .options = {steady_options, shared_options, cli_method_option,
                cli_tolerance_options, cli_stepper_option, cli_stochastic_options},
    .perturbs = true,
    .writes = true,
    .run = steady_run};
