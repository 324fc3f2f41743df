/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_CONDITIONS_H
#define BLOCKADE_TOOLS_CONDITIONS_H

#include "cli.h"

/* Conditions with the texts and scenarios they own. */
typedef struct cli_conditions {
    bk_condition *list;
    bk_scenario **scenarios;
    char **texts;
    bk_scenario *base; /* what all have in common */
    size_t n, capacity;
} cli_conditions;

/* Copies the base. */
bool cli_conditions_new(cli_conditions *k, size_t capacity, const bk_scenario *base);
void cli_conditions_free(cli_conditions *k);
/* Takes the scenario over. */
bool cli_conditions_add(cli_conditions *k, const char *treatment, const char *label,
                        bk_scenario *scenario);
int cli_conditions_add_drug(cli *c, cli_conditions *k, const bk_scenario *base,
                            const char *drug);
/* Options of a command that screens, beside those of the engines. */
extern const cli_option cli_screen_options[];

/* An engine and the read-outs over its model, for any number of screens. */
typedef struct cli_screener {
    bk_system *system;
    bk_readouts *readouts;
} cli_screener;

/* method NULL: by the options.  Close it also where it fails. */
int cli_screener_open(cli *c, cli_model *m, const char *method, cli_screener *screener);
/* Conditions x read-outs, measured as --measure says; *table is made also when it is
 * partial.  What is wrong with their base is wrong input, and said once. */
int cli_screener_run(cli *c, const cli_model *m, const cli_screener *screener,
                     bool early, const cli_conditions *k, const bk_settings *settings,
                     bk_table **table);
void cli_screener_close(cli_screener *screener);
/* All three. */
int cli_screen(cli *c, cli_model *m, const char *method, bool early,
               const cli_conditions *k, const bk_settings *settings, bk_table **table);

#endif
