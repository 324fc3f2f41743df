/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Command lines and their help, from one table of options a command. */

#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_method_option[] = {
    {"method", 'm', "METHOD",
     "ode, ssa, sync, async, ctmc or fba; default by the model"},
    {NULL, 0, NULL, NULL}};
const cli_option cli_readouts_option[] = {
    {"readouts", 0, "A,B", "read-outs of the network's table, or expressions"},
    {NULL, 0, NULL, NULL}};
const cli_option cli_early_option[] = {
    {"early", 0, NULL, "slow nodes held at the untreated state"},
    {NULL, 0, NULL, NULL}};
const cli_option cli_tolerance_options[] = {
    {"rtol", 0, "R", "relative tolerance (1e-6)"},
    {"atol", 0, "A", "absolute tolerance; 0: by the scale of each variable"},
    {NULL, 0, NULL, NULL}};
const cli_option cli_stepper_option[] = {
    {"stepper", 0, "NAME", "auto (default), rodas, gsl-rodas, msbdf, rk8pd"},
    {NULL, 0, NULL, NULL}};
const cli_option cli_stochastic_options[] = {{"runs", 0, "N", "stochastic runs (1000)"},
                                             {"seed", 0, "S", "random seed (1)"},
                                             {NULL, 0, NULL, NULL}};
const cli_option cli_memory_option[] = {
    {"memory", 0, "MB", "stop there and give what was found until then"},
    {NULL, 0, NULL, NULL}};

static const cli_option common_options[] = {
    {"help", 'h', NULL, "this text"},
    {"quiet", 'q', NULL, "no notes and warnings on standard error"},
    {"config", 0, "FILE", "the MaBoSS .cfg of a .bnd; default the one beside it"},
    {"rule", 0, "NAME", "what the arcs of a .sif make: and-not (default), or, and"},
    {"lax", 0, NULL, "take what is wrong but clear, with a warning"},
    {"ignore-fast", 0, NULL, "reactions that SBML marks as fast take their time"},
    {NULL, 0, NULL, NULL}};

static const cli_option output_options[] = {
    {"format", 0, "FORM", "text, tsv, csv or json, whatever the suffix of -o says"},
    {"output", 'o', "FILE",
     "write here (suffix decides the form); - is standard output"},
    {"reproducible", 0, NULL,
     "leave the date out, so that equal runs give equal bytes"},
    {NULL, 0, NULL, NULL}};

static const cli_option perturbation_options[] = {
    {"knockout", 0, "X", "X is held at 0 (background)"},
    {"activate", 0, "X", "a floor under X at its highest level (background)"},
    {"set", 0, "X=V", "X is held at V (background)"},
    {"start", 0, "X=V", "X starts at V"},
    {"bound", 0, "X=LO:HI", "a floor and a ceiling on X's drive (background)"},
    {"scale", 0, "X=F", "what others see of X, or a rate, at factor F (treatment)"},
    {"cut", 0, "A->B", "B does not see A, or sees A=V with 'A->B=V' (background)"},
    {"drug", 0, "NAME[@DOSE]",
     "a drug of the network's drug table, e.g. alpelisib@500nM"},
    {"mutation", 0, "GENE:ALLELE",
     "a variant of the network's table, e.g. PIK3CA:H1047R"},
    {"background", 0, "NAME",
     "of the table, variants joined by ';', or a scenario file"},
    {"treatment", 0, "TEXT", "drugs joined by '+', or none"},
    {"scenario", 0, "FILE", "edits from a file"},
    {"edit", 0, "TEXT", "edits as text: 'treatment; scale AKT by 0.1'"},
    {NULL, 0, NULL, NULL}};

static const cli_option *find_long(const cli_option *options, const char *name,
                                   size_t n)
{
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0) {
            return o;
        }
    }
    return NULL;
}

static const cli_option *find_letter(const cli_option *options, char letter)
{
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        if (o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

/* The option an argument names; *value is what follows an equals sign, or NULL. */
static const cli_option *match(const cli_command *command, const char *argument,
                               const char **value)
{
    enum { OWN = sizeof command->options / sizeof command->options[0] };
    const cli_option *lists[OWN + 3];
    memcpy(lists, command->options, sizeof command->options);
    lists[OWN] = common_options;
    lists[OWN + 1] = command->perturbs ? perturbation_options : NULL;
    lists[OWN + 2] = command->writes ? output_options : NULL;
    *value = NULL;
    size_t n = 0;
    const bool is_long = argument[1] == '-';
    if (is_long) {
        const char *equals = strchr(argument, '=');
        n = equals != NULL ? (size_t)(equals - argument) - 2 : strlen(argument) - 2;
        *value = equals != NULL ? equals + 1 : NULL;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const cli_option *o = is_long ? find_long(lists[i], argument + 2, n)
                                      : find_letter(lists[i], argument[1]);
        if (o != NULL) {
            if (!is_long && argument[2] != '\0') {
                *value = argument + 2;
            }
            return o;
        }
    }
    return NULL;
}

static int parse_arguments(cli *c, int argc, char **argv)
{
    bool operands_only = false;
    for (int i = 2; i < argc; i++) {
        const char *a = argv[i];
        if (operands_only || a[0] != '-' || a[1] == '\0') {
            c->operands[c->n_operands++] = a;
            continue;
        }
        if (strcmp(a, "--") == 0) {
            operands_only = true;
            continue;
        }
        const char *value = NULL;
        const cli_option *o = match(c->command, a, &value);
        if (o == NULL) {
            return cli_usage(c, "there is no option '%s'", a);
        }
        if (o->argument == NULL && value != NULL) {
            return cli_usage(c, "the option --%s takes no value", o->name);
        }
        if (o->argument != NULL && value == NULL) {
            if (i + 1 >= argc) {
                return cli_usage(c, "the option --%s needs a value: %s", o->name,
                                 o->argument);
            }
            value = argv[++i];
        }
        c->given[c->n_given].name = o->name;
        c->given[c->n_given++].value = value;
    }
    return EXIT_DONE;
}

/* A value given twice would be left out without a word; perturbations add up. */
static int check_once(const cli *c)
{
    for (int i = 0; i < c->n_given; i++) {
        const char *const name = c->given[i].name;
        const size_t n = strlen(name);
        if (c->given[i].value == NULL || find_long(c->command->repeated, name, n) ||
            (c->command->perturbs && find_long(perturbation_options, name, n))) {
            continue;
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(c->given[k].name, name) == 0) {
                return cli_usage(c, "--%s is given twice, as '%s' and as '%s'", name,
                                 c->given[k].value, c->given[i].value);
            }
        }
    }
    return EXIT_DONE;
}

int cli_parse(cli *c, const cli_command *command, int argc, char **argv)
{
    *c = (cli){.command = command, .argc = argc, .argv = argv};
    c->diag = bk_diag_new();
    c->operands = calloc((size_t)argc + 1, sizeof *c->operands);
    c->given = calloc((size_t)argc + 1, sizeof *c->given);
    if (c->diag == NULL || c->operands == NULL || c->given == NULL) {
        fprintf(stderr, "blockade: not enough memory\n");
        return EXIT_NUMERICAL;
    }
    const int status = parse_arguments(c, argc, argv);
    if (status != EXIT_DONE || cli_flag(c, "help")) {
        return status;
    }
    if (c->n_operands < command->min_operands) {
        return cli_usage(c, "expected %s", command->operands);
    }
    if (c->n_operands > command->max_operands) {
        return cli_usage(c, "unexpected '%s'%s%s", c->operands[command->max_operands],
                         command->operands[0] != '\0' ? " after " : "",
                         command->operands);
    }
    return check_once(c);
}

void cli_free(cli *c)
{
    bk_diag_free(c->diag);
    free(c->operands);
    free(c->given);
}

const char *cli_value(const cli *c, const char *name, const char *otherwise)
{
    for (int i = c->n_given - 1; i >= 0; i--) {
        if (strcmp(c->given[i].name, name) == 0) {
            return c->given[i].value;
        }
    }
    return otherwise;
}

bool cli_flag(const cli *c, const char *name)
{
    for (int i = 0; i < c->n_given; i++) {
        if (strcmp(c->given[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *cli_perturbation(const cli *c)
{
    for (int i = 0; i < c->n_given; i++) {
        const char *const name = c->given[i].name;
        if (find_long(perturbation_options, name, strlen(name)) != NULL) {
            return name;
        }
    }
    return NULL;
}

bool cli_real(const cli *c, const char *name, double *value)
{
    const char *text = cli_value(c, name, NULL);
    if (text == NULL) {
        return true;
    }
    char *end = NULL;
    const double x = strtod(text, &end);
    if (end == text || *end != '\0') {
        cli_usage(c, "--%s: '%s' is not a number", name, text);
        return false;
    }
    *value = x;
    return true;
}

bool cli_integer(const cli *c, const char *name, long *value)
{
    const char *text = cli_value(c, name, NULL);
    if (text == NULL) {
        return true;
    }
    char *end = NULL;
    errno = 0;
    const long x = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || x < 0) {
        cli_usage(c, "--%s: '%s' is not a count", name, text);
        return false;
    }
    *value = x;
    return true;
}

int cli_usage(const cli *c, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "blockade %s: ", c->command->name);
    vfprintf(stderr, format, list);
    fprintf(stderr, "; see blockade help %s\n", c->command->name);
    va_end(list);
    return EXIT_USAGE;
}

static void print_options(const char *title, const cli_option *options)
{
    printf("%s", title);
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : "",
                 o->letter ? o->letter : ' ', o->letter ? ", " : "   ", o->name,
                 o->argument ? " " : "", o->argument ? o->argument : "");
        printf("  %-28s  %s\n", left, o->help);
    }
}

static void help_program(void)
{
    printf("blockade %s: signaling pathway models, from SBML to predictions\n\n"
           "  look      info, check, export\n"
           "  run       run, steady, sensitivity, attractors, probabilities, claim, "
           "population\n"
           "  perturb   control, scan, dose-response, predict, resistance, explain, "
           "background\n"
           "  convert   convert\n"
           "  learn     demo, help COMMAND\n\n",
           BK_VERSION);
    for (int i = 0; cli_commands[i] != NULL; i++) {
        printf("  blockade %-13s %s\n", cli_commands[i]->name,
               cli_commands[i]->summary);
    }
    printf(
        "\nMODEL is a file (SBML core or qual, .bnet), - for standard input, a folder "
        "of tables,\nor a shipped network: her2, pi3k-akt-mtor, ras-raf-mek-erk; of "
        "reactions: "
        "akt-s6-fujita2010,\npi3k-akt-mtor-borisov2009, ras-raf-mek-erk-orton2009. "
        "First "
        "steps: blockade demo\n");
}

void cli_help(const cli_command *command)
{
    if (command == NULL) {
        help_program();
        return;
    }
    printf("usage: blockade %s %s%s[options]\n\n%s\n", command->name, command->operands,
           command->operands[0] != '\0' ? " " : "", command->description);
    for (size_t i = 0; i < sizeof command->options / sizeof command->options[0]; i++) {
        const bool first = i == 0 && command->options[0] != NULL;
        print_options(first ? "\nOptions:\n" : "", command->options[i]);
    }
    if (command->perturbs) {
        print_options("\nPerturbations:\n", perturbation_options);
    }
    if (command->writes) {
        print_options("\nOutput:\n", output_options);
    }
    print_options("\nCommon options:\n", common_options);
    printf("\nExamples:\n");
    const char *line = command->examples;
    while (*line != '\0') {
        const size_t n = strcspn(line, "\n");
        printf("  %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}
