/* SPDX-License-Identifier: GPL-3.0-or-later */

/* sensitivity: how read-outs answer parameters. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    cli_model m;
    bk_settings settings;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *overlay;
    bk_readouts *readouts;
    bk_sensitivity *found;
    int32_t *to;
    int n;
    char *of; /* list of all variables, when none were asked for */
    bool steady, scaled;
    size_t first; /* row that is told */
    bk_table *table;
} job;

static void close_job(job *j)
{
    bk_table_free(j->table);
    bk_sensitivity_free(j->found);
    bk_readouts_free(j->readouts);
    bk_overlay_free(j->overlay);
    bk_workspace_free(j->workspace);
    bk_system_free(j->system);
    cli_close(&j->m);
    free(j->to);
    free(j->of);
}

/* --- what is asked ------------------------------------------------------------------------ */

static bool governed(const bk_model *model, int32_t symbol)
{
    char *rule = NULL;
    const bool is = bk_symbol_rule_text(model, symbol, &rule) == BK_OK && rule[0] != 0;
    bk_string_free(rule);
    return is;
}

/* All symbols that a word stands for; whether it is such a word. */
static bool add_group(job *j, const char *word, bool again[3])
{
    const bool parameters = strcmp(word, "parameters") == 0;
    const bool species = strcmp(word, "species") == 0;
    const bool reactions = strcmp(word, "reactions") == 0;
    if (!parameters && !species && !reactions) {
        return false;
    }
    bool *const been = &again[parameters ? 0 : species ? 1 : 2];
    if (*been) {
        return true;
    }
    *been = true;
    for (int32_t i = 0; i < bk_model_symbols(j->m.used); i++) {
        const bk_symbol_kind kind = bk_symbol_kind_of(j->m.used, i);
        const bool free_parameter =
            (kind == BK_PARAMETER || kind == BK_LOCAL_PARAMETER) &&
            !governed(j->m.used, i);
        if ((parameters && free_parameter) || (species && kind == BK_SPECIES) ||
            (reactions && kind == BK_REACTION)) {
            j->to[j->n++] = i;
        }
    }
    return true;
}

static int read_to(cli *c, job *j)
{
    char *list = strdup(cli_value(c, "to", "parameters"));
    char *rest = NULL;
    int result = EXIT_DONE;
    size_t commas = 1;
    for (const char *p = list; p != NULL && *p != '\0'; p++) {
        commas += *p == ',';
    }
    /* a word names each symbol once at most */
    j->to =
        malloc((commas + 3 * (size_t)bk_model_symbols(j->m.used) + 1) * sizeof *j->to);
    if (list == NULL || j->to == NULL) {
        free(list);
        return cli_status(c, BK_NO_MEMORY);
    }
    bool groups[3] = {false, false, false};
    for (char *name = strtok_r(list, ",", &rest); name != NULL && result == EXIT_DONE;
         name = strtok_r(NULL, ",", &rest)) {
        int32_t symbol = bk_model_find(j->m.used, name);
        if (symbol < 0 && add_group(j, name, groups)) {
            continue;
        }
        const bk_status status =
            bk_model_bind(j->m.used, name, (bk_where){0}, c->diag, &symbol);
        if (status == BK_OK) {
            j->to[j->n++] = symbol;
        } else {
            result = cli_status(c, status);
        }
    }
    free(list);
    return result == EXIT_DONE && j->n == 0
               ? cli_usage(c, "there is nothing to take sensitivities to")
               : result;
}

/* The variables of the system in the order of the model, as a list of read-outs. */
static bool all_variables(job *j)
{
    const int32_t n = bk_kinetic_variables(j->system);
    const int32_t symbols = bk_model_symbols(j->m.used);
    bool *const listed = calloc((size_t)symbols + 1, sizeof *listed);
    size_t size = 1;
    for (int32_t v = 0; listed != NULL && v < n; v++) {
        const int32_t symbol = bk_kinetic_variable(j->system, v);
        listed[symbol] = true;
        size += 3 + strlen(bk_symbol_id(j->m.used, symbol));
    }
    j->of = listed == NULL ? NULL : malloc(size);
    if (j->of == NULL) {
        free(listed);
        return false;
    }
    for (int k = 0; k < j->n; k++) {
        listed[j->to[k]] =
            listed[j->to[k]] && bk_symbol_kind_of(j->m.used, j->to[k]) == BK_SPECIES;
    }
    char *end = j->of;
    *end = '\0';
    for (int32_t i = 0; i < symbols; i++) {
        if (listed[i]) {
            end += sprintf(end, "%s%s", end == j->of ? "" : ",",
                           bk_symbol_id(j->m.used, i));
        }
    }
    free(listed);
    return true;
}

static int open_job(cli *c, job *j)
{
    const bk_engine *engine = NULL;
    bk_system *plain = NULL;
    int result = cli_settings(c, &j->settings);
    const char *at = cli_value(c, "at", NULL);
    j->scaled = cli_flag(c, "scaled");
    j->steady = at == NULL && cli_value(c, "time", NULL) == NULL;
    if (result == EXIT_DONE &&
        cli_flag(c, "steady") + (at != NULL) + (cli_value(c, "time", NULL) != NULL) >
            1) {
        return cli_usage(c, "--steady, --at and --time exclude each other");
    }
    if (result == EXIT_DONE && at != NULL) {
        j->settings.steps = 1;
        j->first = 1;
        result = cli_real(c, "at", &j->settings.t_end) ? EXIT_DONE : EXIT_USAGE;
        if (result == EXIT_DONE &&
            !(j->settings.t_end > j->settings.t_start && isfinite(j->settings.t_end))) {
            return cli_usage(c, "--at must be a time after the start");
        }
    }
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &j->m);
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, &j->m, "ode", &engine, &plain);
        bk_system_free(plain);
    }
    if (result == EXIT_DONE) {
        result = cli_overlay(c, &j->m, &j->overlay);
    }
    return result == EXIT_DONE ? read_to(c, j) : result;
}

static int prepare(cli *c, job *j)
{
    bk_status status =
        bk_sensitivity_compile(j->m.used, j->to, j->n, c->diag, &j->system);
    if (status == BK_OK) {
        status = bk_engine_ode.workspace(j->system, &j->workspace);
    }
    j->readouts = bk_readouts_new();
    if (status == BK_OK && j->readouts == NULL) {
        status = BK_NO_MEMORY;
    }
    const char *of = cli_value(c, "of", NULL);
    if (status == BK_OK && of == NULL) {
        status = all_variables(j) ? BK_OK : BK_NO_MEMORY;
        of = j->of;
    }
    if (status == BK_OK) {
        status = bk_readouts_read(j->readouts, j->m.used, j->m.folder, of, c->diag);
    }
    if (status == BK_OK) {
        j->settings.columns = bk_readouts_columns(j->readouts, &j->settings.n_columns);
    }
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* --- the table ---------------------------------------------------------------------------- */

static double answer_of(const job *j, size_t row, size_t readout, int k,
                        const double *slopes)
{
    const bk_outcome *const o = bk_sensitivity_outcome(j->found);
    const double slope = bk_readouts_slope(j->readouts, readout, o, row, slopes);
    const double value = bk_readouts_measure(j->readouts, readout, o, row);
    return j->scaled ? slope * bk_sensitivity_parameter(j->found, k) / value : slope;
}

static bk_status add_row(job *j, size_t row, int k, double *slopes)
{
    size_t at = 0;
    const bool reaction = bk_symbol_kind_of(j->m.used, j->to[k]) == BK_REACTION;
    bk_status status = bk_table_add_row(j->table, &at);
    for (int c = 0; c < j->settings.n_columns; c++) {
        slopes[c] = bk_sensitivity_slope(j->found, row, c, k);
    }
    if (status == BK_OK) {
        status = bk_table_set_real(
            j->table, at, 0, bk_outcome_time(bk_sensitivity_outcome(j->found), row));
    }
    if (status == BK_OK) {
        char name[1024];
        snprintf(name, sizeof name, reaction ? "rate of %s" : "%s",
                 bk_symbol_id(j->m.used, j->to[k]));
        status = bk_table_set_text(j->table, at, 1, name);
    }
    if (status == BK_OK) {
        status =
            bk_table_set_real(j->table, at, 2, bk_sensitivity_parameter(j->found, k));
    }
    for (size_t i = 0; i < bk_readouts_count(j->readouts) && status == BK_OK; i++) {
        const double answer = answer_of(j, row, i, k, slopes);
        if (isfinite(answer)) {
            status = bk_table_set_real(j->table, at, 3 + (int)i, answer);
        }
    }
    return status;
}

static bk_status make_table(job *j)
{
    double *slopes = malloc(((size_t)j->settings.n_columns + 1) * sizeof *slopes);
    int column = 0;
    j->table = bk_table_new();
    bk_status status = slopes != NULL && j->table != NULL
                           ? bk_table_add_column(j->table, "time", BK_REAL, &column)
                           : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_table_add_column(j->table, "to", BK_TEXT, &column);
    }
    if (status == BK_OK) {
        status = bk_table_add_column(j->table, "value", BK_REAL, &column);
    }
    for (size_t i = 0; i < bk_readouts_count(j->readouts) && status == BK_OK; i++) {
        char name[1100];
        snprintf(name, sizeof name, "of %s", bk_readouts_name(j->readouts, i));
        status = bk_table_add_column(j->table, name, BK_REAL, &column);
    }
    const bk_outcome *const o = bk_sensitivity_outcome(j->found);
    for (size_t row = j->first; row < bk_outcome_rows(o); row++) {
        for (int k = 0; k < j->n && status == BK_OK; k++) {
            status = add_row(j, row, k, slopes);
        }
    }
    free(slopes);
    return status;
}

static int answer(cli *c, job *j)
{
    bk_status (*go)(const bk_system *, const bk_overlay *, const bk_settings *,
                    bk_workspace *, bk_diag *, bk_sensitivity **) =
        j->steady ? bk_sensitivity_settle : bk_sensitivity_run;
    bk_status status =
        go(j->system, j->overlay, &j->settings, j->workspace, c->diag, &j->found);
    if (status == BK_OK) {
        status = make_table(j);
    }
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    const bk_outcome *const o = bk_sensitivity_outcome(j->found);
    const bool whole = bk_outcome_stop(o) == BK_STOP_END;
    cli_provenance(c, &j->m, "ode", &j->settings, j->overlay, j->table);
    bk_table_set_provenance(j->table, "sensitivities",
                            j->scaled ? "scaled: (p / x) dx/dp" : "dx/dp");
    if (!whole) {
        bk_table_set_provenance(j->table, "stopped", bk_outcome_text(o));
    }
    const int result = cli_write_table(c, j->table);
    if (result == EXIT_DONE && !whole) {
        fprintf(stderr, "blockade: %s\n", bk_outcome_text(o));
        return EXIT_NUMERICAL;
    }
    return result;
}

static int sensitivity_run(cli *c)
{
    job j = {0};
    int result = open_job(c, &j);
    if (result == EXIT_DONE) {
        result = prepare(c, &j);
    }
    if (result == EXIT_DONE) {
        result = answer(c, &j);
    }
    close_job(&j);
    return result;
}

static const cli_option options[] = {
    {"of", 0, "A,B",
     "read-outs of the network's table, or expressions (all variables)"},
    {"to", 0, "P,Q",
     "parameters, sizes, species (their start), reactions (a factor on the rate), or "
     "all: parameters (default), species, reactions"},
    {"steady", 0, NULL, "of the steady state (default)"},
    {"at", 0, "T", "at one time of the course from the start"},
    {"time", 't', "START:END:STEPS", "at all these times"},
    {"scaled", 0, NULL, "relative to relative changes: (p / x) dx/dp"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_sensitivity = {
    .name = "sensitivity",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "how read-outs answer parameters, at a time or at rest",
    .description =
        "One row a parameter (and time), one column a read-out: the derivative, by the "
        "variational\nequations or by the steady state's linear equations. --to "
        "reactions "
        "--scaled gives the control\ncoefficients of metabolic control analysis. Exit "
        "status 4 where there is no steady state.",
    .examples = "blockade sensitivity her2 --background HER2-amplified --of pAKT,pERK "
                "--to hill_k,tau_slow --at 20\n",
    .options = {options, cli_tolerance_options},
    .perturbs = true,
    .writes = true,
    .run = sensitivity_run};
