/* SPDX-License-Identifier: GPL-3.0-or-later */

/* dose-response: the curves of a scan over one quantity, summed up. */

#include "scan_over.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct job {
    cli_model m;
    bk_settings settings;
    bk_scenario *base;
    cli_conditions conditions;
    cli_over over;
    bk_dose_settings wanted;
    bk_table *raw, *responses, *summary, *curves;
} job;

static void close_job(job *j)
{
    bk_table_free(j->raw);
    bk_table_free(j->responses);
    bk_table_free(j->summary);
    bk_table_free(j->curves);
    cli_conditions_free(&j->conditions);
    bk_scenario_free(j->base);
    cli_close(&j->m);
}

static bool on_axis(const cli_over *over, double value)
{
    for (size_t i = 0; i < cli_over_size(over); i++) {
        const double there = cli_over_value(over, 0, i);
        if (there >= value && there <= value) {
            return true;
        }
    }
    return false;
}

/* The condition without the drug: of a drug or of a species at the start it is 0. */
static int read_control(cli *c, job *j)
{
    const cli_axis *const a = &j->over.axes[0];
    j->wanted.control = a->drug || a->species ? 0.0 : (double)NAN;
    if (!cli_real(c, "control", &j->wanted.control)) {
        return EXIT_USAGE;
    }
    if (cli_value(c, "control", NULL) != NULL &&
        !(j->wanted.control >= 0.0 && isfinite(j->wanted.control))) {
        return cli_usage(c, "--control: expected a number not below 0");
    }
    const double control = j->wanted.control;
    if (isfinite(control) && !on_axis(&j->over, control)) {
        j->over.controlled = true;
        j->over.control = control;
    }
    return EXIT_DONE;
}

static int read_options(cli *c, job *j)
{
    j->wanted = (bk_dose_settings){.level = (double)NAN, .growth = cli_flag(c, "gr")};
    int result =
        cli_value(c, "over", NULL) == NULL
            ? cli_usage(c, "--over says which doses, as lapatinib=1:10000:25:log")
            : cli_over_parse(c, &j->m, cli_value(c, "over", ""), &j->over);
    if (result == EXIT_DONE && j->over.n != 1) {
        result = cli_usage(c, "--over: a dose-response curve has one range");
    }
    if (result == EXIT_DONE && (j->over.axes[0].low < 0 || j->over.axes[0].high < 0)) {
        result = cli_usage(c, "--over: a number below 0 is no dose");
    }
    if (result == EXIT_DONE && !cli_real(c, "level", &j->wanted.level)) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE && cli_value(c, "level", NULL) != NULL &&
        !isfinite(j->wanted.level)) {
        result = cli_usage(c, "--level: expected a response");
    }
    return result == EXIT_DONE ? read_control(c, j) : result;
}

static int run_curves(cli *c, job *j)
{
    int result = cli_conditions_new(&j->conditions, cli_over_size(&j->over), j->base)
                     ? cli_over_add(c, &j->over, j->base, &j->conditions)
                     : cli_status(c, BK_NO_MEMORY);
    if (result == EXIT_DONE) {
        result =
            cli_screen(c, &j->m, NULL, false, &j->conditions, &j->settings, &j->raw);
    }
    if (result != EXIT_DONE && result != EXIT_PARTIAL) {
        return result;
    }
    bk_status status =
        cli_over_relabel(j->raw, &j->conditions, &j->over, &j->responses);
    if (status == BK_OK) {
        status = bk_dose_summary(j->responses, &j->wanted, &j->summary,
                                 cli_wants_picture(c) ? &j->curves : NULL);
    }
    return status == BK_OK ? result : cli_status(c, status);
}

static int write_picture(cli *c, const job *j)
{
    char title[400];
    const char *const name = bk_model_name(j->m.model);
    snprintf(title, sizeof title, "%s: %s",
             name[0] != '\0' ? name : bk_model_id(j->m.model), j->over.axes[0].name);
    const bk_picture_settings settings = {.title = title};
    char *svg = NULL;
    const bk_status status = bk_picture_doses(j->responses, j->curves, &settings, &svg);
    const int result = status == BK_OK
                           ? cli_write_text(c, cli_value(c, "output", "-"), svg)
                           : cli_status(c, status);
    bk_string_free(svg);
    return result;
}

static int write_summary(cli *c, job *j)
{
    char text[400];
    const cli_axis *const a = &j->over.axes[0];
    cli_provenance(c, &j->m, cli_method(c, &j->m), &j->settings, NULL, j->summary);
    snprintf(text, sizeof text, "%s%s, %d doses from %.6g to %.6g", a->name,
             a->drug ? " in nM" : "", a->n, a->low, a->high);
    bk_table_set_provenance(j->summary, "doses", text);
    bk_table_set_provenance(j->summary, "measure", cli_value(c, "measure", "steady"));
    if (j->wanted.growth) {
        bk_table_set_provenance(j->summary, "responses",
                                "growth rate inhibition, 2^(k / k(0)) - 1");
    }
    return cli_write_table(c, j->summary);
}

static int dose_run(cli *c)
{
    job j = {.conditions = {0}};
    int result = cli_settings(c, &j.settings);
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_open(c, c->operands[0], &j.m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_scenario(c, &j.m, &j.base);
    if (result == EXIT_DONE) {
        result = read_options(c, &j);
    }
    if (result == EXIT_DONE) {
        result = run_curves(c, &j);
    }
    if (result == EXIT_DONE || result == EXIT_PARTIAL) {
        const int written =
            cli_wants_picture(c) ? write_picture(c, &j) : write_summary(c, &j);
        result = written != EXIT_DONE ? written : result;
    }
    close_job(&j);
    return result;
}

static const cli_option dose_options[] = {
    {"over", 0, "X=LO:HI:N:log",
     "N doses of a drug in nM, of a species at the start, or values of a parameter"},
    {"control", 0, "V",
     "the value without the drug (0; of a parameter: none unless given)"},
    {"level", 0, "Y",
     "the response of the absolute EC50; default half of that without the drug"},
    {"gr", 0, NULL,
     "the read-outs are growth rates: growth rate inhibition (GR) values are fitted"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_dose = {
    .name = "dose-response",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "EC50, plateaus and slope of read-outs over a dose",
    .description =
        "Runs the model at every dose of --over, as scan does, and fits each "
        "read-out's "
        "curve by a\nfour-parameter Hill function. One row a read-out: bottom, top, "
        "EC50 "
        "(half-way between them), the\nabsolute EC50 (where it takes --level), the "
        "slope, "
        "standard errors, and in words what the doses do\nnot say: no effect, not "
        "monotone, a step, not bracketed. With -o FILE.svg the curves are drawn.",
    .examples = "blockade dose-response her2 --method ode --background HER2-amplified "
                "--over 'lapatinib=1:10000:13:log' --readouts pHER2,pAKT,pERK\n"
                "blockade dose-response akt-s6-fujita2010 --over "
                "'EGF_step=0.01:100:13:log' --control 0 --measure peak "
                "--time 0:3600:360\n",
    .options = {dose_options, cli_readouts_option, cli_screen_options,
                cli_method_option, cli_tolerance_options, cli_stepper_option,
                cli_stochastic_options},
    .perturbs = true,
    .writes = true,
    .run = dose_run};
