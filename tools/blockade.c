/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The program: a table of subcommands. */

#include "cli.h"

#include <stdio.h>
#include <string.h>

const cli_command *const cli_commands[] = {
    &cmd_info,       &cmd_check,       &cmd_convert,    &cmd_run,
    &cmd_steady,     &cmd_sensitivity, &cmd_attractors, &cmd_probabilities,
    &cmd_control,    &cmd_claim,       &cmd_scan,       &cmd_dose,
    &cmd_predict,    &cmd_background,  &cmd_resistance, &cmd_explain,
    &cmd_population, &cmd_export,      &cmd_demo,       NULL};

static const cli_command *find_command(const char *name)
{
    for (int i = 0; cli_commands[i] != NULL; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

static int help_about(int argc, char **argv)
{
    if (argc < 3) {
        cli_help(NULL);
        return EXIT_DONE;
    }
    const cli_command *command = find_command(argv[2]);
    if (command == NULL) {
        fprintf(stderr, "blockade: there is no command '%s'; see blockade help\n",
                argv[2]);
        return EXIT_USAGE;
    }
    cli_help(command);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    bk_init();
    if (argc < 2) {
        cli_help(NULL);
        return EXIT_DONE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("blockade %s\n", BK_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        return help_about(argc, argv);
    }
    const cli_command *command = find_command(name);
    if (command == NULL) {
        fprintf(stderr,
                "blockade: there is no command '%s'\n"
                "Commands: info check convert run steady sensitivity attractors "
                "probabilities control claim "
                "scan dose-response predict background resistance explain population "
                "export demo; see "
                "blockade help\n",
                name);
        return EXIT_USAGE;
    }
    cli c;
    int status = cli_parse(&c, command, argc, argv);
    if (status == EXIT_DONE && cli_flag(&c, "help")) {
        cli_help(command);
    } else if (status == EXIT_DONE) {
        status = command->run(&c);
        cli_messages(&c);
    }
    cli_free(&c);
    if (fflush(stdout) != 0 && status == EXIT_DONE) {
        fprintf(stderr, "blockade: standard output could not be written in full\n");
        status = EXIT_INPUT;
    }
    return status;
}
