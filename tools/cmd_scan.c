/* SPDX-License-Identifier: GPL-3.0-or-later */

/* scan and predict: many conditions of one model. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Conditions with the texts and scenarios they own. */
typedef struct conditions {
    bk_condition *list;
    bk_scenario **scenarios;
    char **texts;
    size_t n, capacity;
} conditions;

static void conditions_free(conditions *k)
{
    for (size_t i = 0; i < k->n; i++) {
        bk_scenario_free(k->scenarios[i]);
        free(k->texts[i]);
    }
    free(k->list);
    free(k->scenarios);
    free(k->texts);
}

static bool conditions_new(conditions *k, size_t capacity)
{
    k->list = calloc(capacity + 1, sizeof *k->list);
    k->scenarios = calloc(capacity + 1, sizeof *k->scenarios);
    k->texts = calloc(capacity + 1, sizeof *k->texts);
    k->capacity = capacity;
    return k->list != NULL && k->scenarios != NULL && k->texts != NULL;
}

/* Takes the scenario over. */
static bool conditions_add(conditions *k, const char *treatment, const char *label,
                           bk_scenario *scenario)
{
    char *copy = strdup(label);
    if (copy == NULL || scenario == NULL || k->n >= k->capacity) {
        free(copy);
        bk_scenario_free(scenario);
        return false;
    }
    k->list[k->n] = (bk_condition){.background = NULL,
                                   .treatment = treatment != NULL ? copy : NULL,
                                   .more = scenario};
    k->scenarios[k->n] = scenario;
    k->texts[k->n++] = copy;
    return true;
}

/* One edit on top of the base scenario, as a condition. */
static int add_edit(cli *c, conditions *k, const bk_scenario *base, const char *label,
                    const char *edit)
{
    bk_scenario *s = bk_scenario_copy(base);
    bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && edit != NULL) {
        status = bk_scenario_parse(s, BK_BACKGROUND, edit, (bk_where){0}, c->diag);
    }
    if (status != BK_OK) {
        bk_scenario_free(s);
        return cli_status(c, status);
    }
    return conditions_add(k, NULL, label, s) ? EXIT_DONE : cli_status(c, BK_NO_MEMORY);
}

static int add_drug(cli *c, conditions *k, const bk_scenario *base, const char *drug)
{
    bk_scenario *s = bk_scenario_copy(base);
    if (s == NULL || !conditions_add(k, drug, drug, s)) {
        return cli_status(c, BK_NO_MEMORY);
    }
    return EXIT_DONE;
}

static bool is_scanned(const bk_model *model, int32_t s)
{
    const bk_symbol_kind kind = bk_symbol_kind_of(model, s);
    return kind == BK_LEVEL || kind == BK_SPECIES;
}

static int collect(cli *c, const cli_model *m, const bk_scenario *base, conditions *k)
{
    const char *what = cli_value(c, "what", "knockouts,activations,drugs");
    const size_t most =
        1 + 2 * (size_t)bk_model_symbols(m->model) + bk_library_drugs(m->library);
    int result = conditions_new(k, most) ? add_edit(c, k, base, "none", NULL)
                                         : cli_status(c, BK_NO_MEMORY);
    for (int32_t s = 0; s < bk_model_symbols(m->model) && result == EXIT_DONE; s++) {
        if (!is_scanned(m->model, s)) {
            continue;
        }
        char label[512], edit[512];
        const char *id = bk_symbol_id(m->model, s);
        if (strstr(what, "knockouts") != NULL) {
            snprintf(label, sizeof label, "knockout %s", id);
            snprintf(edit, sizeof edit, "fix %s = 0", id);
            result = add_edit(c, k, base, label, edit);
        }
        const int max = bk_symbol_max_level(m->model, s);
        if (result == EXIT_DONE && max > 0 && strstr(what, "activations") != NULL) {
            snprintf(label, sizeof label, "activate %s", id);
            snprintf(edit, sizeof edit, "fix %s = %d", id, max);
            result = add_edit(c, k, base, label, edit);
        }
    }
    if (strstr(what, "drugs") != NULL) {
        for (size_t i = 0; i < bk_library_drugs(m->library) && result == EXIT_DONE;
             i++) {
            result = add_drug(c, k, base, bk_library_drug(m->library, i));
        }
    }
    return result;
}

/* The labels of the conditions as first column in place of the screen's two. */
static bk_status relabel(const bk_table *screen, const conditions *k, bk_table **table)
{
    bk_table *t = bk_table_new();
    int column = 0;
    bk_status status = t != NULL
                           ? bk_table_add_column(t, "perturbation", BK_TEXT, &column)
                           : BK_NO_MEMORY;
    const int n = bk_table_columns(screen);
    for (int i = 2; i < n && status == BK_OK; i++) {
        status = bk_table_add_column(t, bk_table_column_name(screen, i),
                                     bk_table_column_type(screen, i), &column);
    }
    for (size_t r = 0; r < bk_table_rows(screen) && status == BK_OK; r++) {
        size_t row = 0;
        status = bk_table_add_row(t, &row);
        if (status == BK_OK) {
            status = bk_table_set_text(t, row, 0, k->texts[r]);
        }
        for (int i = 2; i < n && status == BK_OK; i++) {
            if (bk_table_missing(screen, r, i)) {
                continue;
            }
            status =
                bk_table_column_type(screen, i) == BK_TEXT
                    ? bk_table_set_text(t, row, i - 1, bk_table_text(screen, r, i))
                    : bk_table_set_real(t, row, i - 1, bk_table_real(screen, r, i));
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

/* Conditions x read-outs by one engine; *screen is made also when it is partial. */
static int screen(cli *c, cli_model *m, const char *method, bool early,
                  const conditions *k, const bk_settings *settings, bk_table **table)
{
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_readouts *readouts = bk_readouts_new();
    int result = method != NULL ? cli_engine_named(c, m, method, &engine, &system)
                                : cli_engine(c, m, &engine, &system);
    bk_status status = readouts != NULL ? BK_OK : BK_NO_MEMORY;
    if (result == EXIT_DONE && status == BK_OK) {
        status = bk_readouts_read(readouts, m->used, m->folder,
                                  cli_value(c, "readouts", NULL), c->diag);
    }
    if (result == EXIT_DONE && status == BK_OK) {
        const bk_screen_settings screen_settings = {.run = *settings, .early = early};
        status = bk_screen_run(system, m->library, k->list, k->n, readouts,
                               &screen_settings, c->diag, table);
    }
    if (result == EXIT_DONE && status != BK_OK) {
        result = cli_status(c, status);
    }
    bk_readouts_free(readouts);
    bk_system_free(system);
    return result;
}

static int scan_run(cli *c)
{
    cli_model m;
    bk_settings settings;
    bk_scenario *base = NULL;
    conditions k = {0};
    bk_table *raw = NULL, *table = NULL;
    int result = cli_settings(c, &settings);
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_open(c, c->operands[0], &m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_scenario(c, &m, &base);
    if (result == EXIT_DONE) {
        result = collect(c, &m, base, &k);
    }
    if (result == EXIT_DONE) {
        result = screen(c, &m, NULL, false, &k, &settings, &raw);
    }
    if (raw != NULL && (result == EXIT_DONE || result == EXIT_PARTIAL)) {
        const bk_status status = relabel(raw, &k, &table);
        if (status != BK_OK) {
            result = cli_status(c, status);
        } else {
            const char *otherwise = bk_model_has_kinetics(m.model) ? "ode" : "sync";
            cli_provenance(c, &m, cli_value(c, "method", otherwise), &settings, NULL,
                           table);
            const int written = cli_write_table(c, table);
            result = written != EXIT_DONE ? written : result;
        }
    }
    bk_table_free(raw);
    bk_table_free(table);
    conditions_free(&k);
    bk_scenario_free(base);
    cli_close(&m);
    return result;
}

static const cli_option scan_options[] = {
    {"what", 0, "LIST", "knockouts,activations,drugs (default: all three)"},
    {"readouts", 0, "A,B", "read-outs of the network's table, or expressions"},
    {"method", 'm', "METHOD", "ode, sync, async, ctmc or fba; default by the model"},
    {"rtol", 0, "R", "relative tolerance (1e-6)"},
    {"atol", 0, "A", "absolute tolerance; 0: by the scale of each variable"},
    {"runs", 0, "N", "stochastic runs (1000)"},
    {"seed", 0, "S", "random seed (1)"},
    {"stepper", 0, "NAME", "rodas (default), gsl-rodas, msbdf, rk8pd"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_scan = {
    .name = "scan",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "every single knockout, activation and drug x read-outs",
    .description =
        "One row a perturbation, added to the perturbations given; one column a "
        "read-out, taken in\nthe steady state reached from the unperturbed one.",
    .examples =
        "blockade scan her2 --method ode --background HER2-amplified --readouts "
        "pAKT,pERK,proliferation\n",
    .options = scan_options,
    .perturbs = true,
    .run = scan_run};

/* --- predict ------------------------------------------------------------------------- */

/* up, down or same, at the threshold that the answer prints. */
static int direction(double change)
{
    return change >= 0.1 ? 1 : change <= -0.1 ? -1 : 0;
}

static bk_status predict_row(bk_table *t, const char *label, const char *readout,
                             const bk_table *early, const bk_table *late,
                             const bk_table *logic, size_t r, int column)
{
    size_t row = 0;
    bk_status status = bk_table_add_row(t, &row);
    if (status != BK_OK) {
        return status;
    }
    const double base = bk_table_real(late, 0, column);
    const double value = bk_table_real(late, r, column);
    const double logic_base = bk_table_real(logic, 0, column);
    const double logic_value = bk_table_real(logic, r, column);
    const double ratio = log2((value + 0.01) / (base + 0.01));
    const bool agree = direction(value - base) == direction(logic_value - logic_base);
    bk_table_set_text(t, row, 0, label);
    bk_table_set_text(t, row, 1, readout);
    bk_table_set_real(t, row, 2, bk_table_real(early, r, column));
    bk_table_set_real(t, row, 3, value);
    bk_table_set_real(t, row, 4, r == 0 ? 0.0 : ratio);
    bk_table_set_real(t, row, 5, logic_value);
    return bk_table_set_text(t, row, 6, r == 0 ? "" : agree ? "agree" : "differ");
}

static bk_status predict_table(const conditions *k, const bk_table *early,
                               const bk_table *late, const bk_table *logic,
                               bk_table **table)
{
    static const char *const names[] = {"treatment", "readout",     "ode_early",
                                        "ode_late",  "log2_change", "logic",
                                        "engines"};
    bk_table *t = bk_table_new();
    bk_status status = t != NULL ? BK_OK : BK_NO_MEMORY;
    int column = 0;
    for (int i = 0; i < 7 && status == BK_OK; i++) {
        const bk_type type = i < 2 || i == 6 ? BK_TEXT : BK_REAL;
        status = bk_table_add_column(t, names[i], type, &column);
    }
    for (size_t r = 0; r < k->n && status == BK_OK; r++) {
        for (int i = 2; i < bk_table_columns(late) - 1 && status == BK_OK; i++) {
            status = predict_row(t, k->texts[r], bk_table_column_name(late, i), early,
                                 late, logic, r, i);
        }
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}

/* Untreated, each drug alone, all together; everything else on the command line is the
 * background they share. */
static int predict_conditions(cli *c, const cli_model *m, conditions *k)
{
    cli base = *c;
    const char *drugs[64];
    char all[4096] = "";
    int n = 0;
    base.n_given = 0;
    base.given = calloc((size_t)c->argc + 1, sizeof *base.given);
    if (base.given == NULL || !conditions_new(k, (size_t)c->n_given + 2)) {
        free(base.given);
        return cli_status(c, BK_NO_MEMORY);
    }
    for (int i = 0; i < c->n_given; i++) {
        if (strcmp(c->given[i].name, "drug") == 0 && n < 64) {
            drugs[n++] = c->given[i].value;
        } else {
            base.given[base.n_given++] = c->given[i];
        }
    }
    bk_scenario *scenario = NULL;
    int result = cli_scenario(&base, m, &scenario);
    if (result == EXIT_DONE) {
        result = add_drug(c, k, scenario, "none");
    }
    for (int i = 0; i < n && result == EXIT_DONE; i++) {
        result = add_drug(c, k, scenario, drugs[i]);
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? "+" : "", drugs[i]);
    }
    if (n > 1 && result == EXIT_DONE) {
        result = add_drug(c, k, scenario, all);
    }
    bk_scenario_free(scenario);
    free(base.given);
    return result;
}

static int predict_run(cli *c)
{
    cli_model m;
    bk_settings settings;
    conditions k = {0};
    bk_table *early = NULL, *late = NULL, *logic = NULL, *table = NULL;
    int result = cli_settings(c, &settings);
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
    if (result == EXIT_DONE) {
        result = predict_conditions(c, &m, &k);
    }
    if (result == EXIT_DONE) {
        result = screen(c, &m, "ode", true, &k, &settings, &early);
    }
    if (result == EXIT_DONE) {
        result = screen(c, &m, "ode", false, &k, &settings, &late);
    }
    if (result == EXIT_DONE) {
        result = screen(c, &m, "async", false, &k, &settings, &logic);
    }
    if (result == EXIT_DONE) {
        const bk_status status = predict_table(&k, early, late, logic, &table);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        cli_provenance(c, &m, "ode and async", &settings, NULL, table);
        result = cli_write_table(c, table);
    }
    bk_table_free(early);
    bk_table_free(late);
    bk_table_free(logic);
    bk_table_free(table);
    conditions_free(&k);
    cli_close(&m);
    return result;
}

static const cli_option predict_options[] = {
    {"readouts", 0, "A,B", "read-outs of the network's table, or expressions"},
    {"rtol", 0, "R", "relative tolerance (1e-6)"},
    {"atol", 0, "A", "absolute tolerance; 0: by the scale of each variable"},
    {"runs", 0, "N", "stochastic runs (1000)"},
    {"seed", 0, "S", "random seed (1)"},
    {"stepper", 0, "NAME", "rodas (default), gsl-rodas, msbdf, rk8pd"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_predict = {
    .name = "predict",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "untreated, each drug, all together: early, late, by ODE and logic",
    .description =
        "For every read-out: its value untreated, under each --drug alone and under "
        "all "
        "together, early\n(slow nodes frozen) and late by ODE, and by asynchronous "
        "logic; "
        "log2_change is late against\nuntreated, (x + 0.01) / (y + 0.01); engines says "
        "whether ODE and logic agree on up, down or\nunchanged at a threshold of 0.1.",
    .examples = "blockade predict her2 --background HER2-amplified --mutation "
                "PIK3CA:H1047R --drug trastuzumab --drug alpelisib\n",
    .options = predict_options,
    .perturbs = true,
    .run = predict_run};
