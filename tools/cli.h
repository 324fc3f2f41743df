/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_CLI_H
#define BLOCKADE_TOOLS_CLI_H

/* What the subcommands share: options, messages, finding models, perturbations from
 * options, provenance and output.
 *
 * A subcommand is a function from a parsed command line to an exit status; it returns
 * early through the helpers here, which have told the user what is wrong. */

#include <blockade/blockade.h>

/* Exit statuses. */
enum {
    EXIT_DONE = 0,
    EXIT_NO = 1,
    EXIT_USAGE = 2,
    EXIT_INPUT = 3,
    EXIT_NUMERICAL = 4,
    EXIT_PARTIAL = 5,
    EXIT_UNDECIDED = 6
};

typedef struct cli_option {
    const char *name;     /* long name without dashes; NULL ends a list */
    char letter;          /* short name, or 0 */
    const char *argument; /* placeholder for the help, or NULL: a flag */
    const char *help;
} cli_option;

struct cli;
typedef struct cli_command {
    const char *name;
    const char *operands; /* for the usage line, e.g. "MODEL" */
    int min_operands, max_operands;
    const char *summary;          /* one line */
    const char *description;      /* a paragraph or two */
    const char *examples;         /* one command a line; run by the tests */
    const cli_option *options[8]; /* lists: its own, then shared ones */
    bool perturbs;                /* takes the perturbation options too */
    bool writes;                  /* takes the options of a written table too */
    const cli_option *repeated; /* of its own, those that may be given several times */
    int (*run)(struct cli *cli);
} cli_command;

extern const cli_command *const cli_commands[]; /* NULL ends */

typedef struct cli_given {
    const char *name, *value; /* value NULL for flags */
} cli_given;

typedef struct cli {
    const cli_command *command;
    int argc;
    char **argv;
    const char **operands;
    int n_operands;
    cli_given *given;
    int n_given;
    bk_diag *diag;
} cli;

/* Options of several commands; a list ends with a NULL name. */
extern const cli_option cli_method_option[], cli_readouts_option[], cli_early_option[],
    cli_tolerance_options[], cli_stepper_option[], cli_stochastic_options[],
    cli_memory_option[];

/* Parsing. 0, or the exit status after a message. */
int cli_parse(cli *c, const cli_command *command, int argc, char **argv);
void cli_free(cli *c);
void cli_help(const cli_command *command); /* NULL: the program's own */

/* The last value given for an option, or `otherwise`; whether a flag was given. */
const char *cli_value(const cli *c, const char *name, const char *otherwise);
bool cli_flag(const cli *c, const char *name);
/* The first perturbation option that was given, or NULL. */
const char *cli_perturbation(const cli *c);
/* Typed values; false after a message when the text is not one. */
bool cli_real(const cli *c, const char *name, double *value);
bool cli_integer(const cli *c, const char *name, long *value);

/* A usage error: prints it with a hint at --help; returns EXIT_USAGE. */
int cli_usage(const cli *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints the collected messages to stderr and clears them. */
void cli_messages(const cli *c);
/* The exit status for a library status, after printing the messages. */
int cli_status(const cli *c, bk_status status);

/* A model and what lies beside it. */
typedef struct cli_model {
    bk_model *model;      /* as read */
    bk_model *continuous; /* its continuous form when the method asks for it, or NULL */
    const bk_model *used; /* the one that is run */
    bk_library *library;
    char
        folder[4096]; /* of the model's file; drugs and read-outs are looked for here */
    char path[4096];
} cli_model;
/* Opens operand `name`: a file, a folder, - for standard input, or the name of a shipped
 * network.  Nothing is open when it fails. */
int cli_open(cli *c, const char *name, cli_model *m);
void cli_close(cli_model *m);
/* The name of --method, or what the model calls for. */
const char *cli_method(const cli *c, const cli_model *m);
/* The engine of it, and a warning about options that it does not look at; makes the
 * continuous form if needed. */
int cli_engine(cli *c, cli_model *m, const bk_engine **engine, bk_system **system);
/* As cli_engine for a method given by name. */
int cli_engine_named(cli *c, cli_model *m, const char *method, const bk_engine **engine,
                     bk_system **system);
/* True for a file that can be read, not for a folder. */
bool cli_is_file(const char *path);
/* Makes the perturbation options a scenario / an overlay for m->used. */
int cli_scenario(cli *c, const cli_model *m, bk_scenario **scenario);
int cli_overlay(cli *c, const cli_model *m, bk_overlay **overlay);
/* The --drug options joined by '+' (empty: none), and all others as the cell. */
int cli_cell_and_treatment(cli *c, const cli_model *m, bk_scenario **cell,
                           char *treatment, size_t size);
/* Settings from --time --rtol --atol --stepper --runs --seed. */
int cli_settings(cli *c, bk_settings *settings);

/* What a model wishes of stochastic runs, where the options say nothing. */
void cli_wishes(const cli *c, const bk_model *model, bk_settings *settings);

/* Paints every node by what others see of it in the steady state of an engine. */
int cli_paint(cli *c, const cli_model *m, const bk_engine *engine,
              const bk_system *system, const bk_overlay *overlay,
              const bk_settings *settings, bk_network *network);

/* What long searches ask: whether to stop, by Ctrl-C or at --memory.  Pass cli_stop_asked
 * and the struct to the library. */
typedef struct cli_stop {
    long megabytes; /* 0: no limit */
    bool full;
    unsigned asked;
} cli_stop;
int cli_stop_watch(cli *c, cli_stop *stop);
bool cli_stop_asked(void *context);
const char *cli_stop_reason(const cli_stop *stop); /* "" when it did not stop */

/* Free inputs multiply what there is to find: said before it is looked for. */
void cli_announce_inputs(const cli *c, const bk_system *system,
                         const bk_overlay *overlay);

/* Output: provenance of this run, then the table to -o (or standard output). */
void cli_provenance(const cli *c, const cli_model *m, const char *method,
                    const bk_settings *settings, const bk_overlay *overlay,
                    bk_table *table);
int cli_write_table(cli *c, bk_table *table);
/* By the suffix of -o, unless a form is given. */
bool cli_wants_picture(const cli *c);
bool cli_has_suffix(const char *path, const char *suffix);
int cli_write_text(cli *c, const char *path, const char *text);
/* A table in aligned columns for a reader. */
void cli_print_aligned(const bk_table *table);

extern const cli_command cmd_info, cmd_check, cmd_convert, cmd_run, cmd_steady,
    cmd_sensitivity, cmd_attractors, cmd_probabilities, cmd_control, cmd_claim,
    cmd_scan, cmd_dose, cmd_predict, cmd_background, cmd_resistance, cmd_explain,
    cmd_population, cmd_export, cmd_demo;

#endif
