/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists of conditions, and a screen of them by one engine. */

#include "conditions.h"

#include <stdlib.h>
#include <string.h>

void cli_conditions_free(cli_conditions *k)
{
    for (size_t i = 0; i < k->n; i++) {
        bk_scenario_free(k->scenarios[i]);
        free(k->texts[i]);
    }
    free(k->list);
    free(k->scenarios);
    free(k->texts);
}

bool cli_conditions_new(cli_conditions *k, size_t capacity)
{
    k->list = calloc(capacity + 1, sizeof *k->list);
    k->scenarios = calloc(capacity + 1, sizeof *k->scenarios);
    k->texts = calloc(capacity + 1, sizeof *k->texts);
    k->capacity = capacity;
    return k->list != NULL && k->scenarios != NULL && k->texts != NULL;
}

/* Takes the scenario over. */
bool cli_conditions_add(cli_conditions *k, const char *treatment, const char *label,
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

int cli_conditions_add_drug(cli *c, cli_conditions *k, const bk_scenario *base,
                            const char *drug)
{
    bk_scenario *s = bk_scenario_copy(base);
    if (s == NULL || !cli_conditions_add(k, drug, drug, s)) {
        return cli_status(c, BK_NO_MEMORY);
    }
    return EXIT_DONE;
}

static int read_measure(cli *c, bk_measure *measure)
{
    const char *const name = cli_value(c, "measure", "steady");
    if (!bk_measure_find(name, measure)) {
        return cli_usage(
            c, "--measure: expected steady, end, peak, area or growth, got '%s'", name);
    }
    return *measure == BK_MEASURE_STEADY && cli_value(c, "time", NULL) != NULL
               ? cli_usage(c, "--time is for --measure end, peak, area or growth")
               : EXIT_DONE;
}

/* Conditions x read-outs by one engine; *screen is made also when it is partial. */
int cli_screen(cli *c, cli_model *m, const char *method, bool early,
               const cli_conditions *k, const bk_settings *settings, bk_table **table)
{
    const bk_engine *engine = NULL;
    bk_system *system = NULL;
    bk_measure measure = BK_MEASURE_STEADY;
    int result = read_measure(c, &measure);
    if (result != EXIT_DONE) {
        return result;
    }
    bk_readouts *readouts = bk_readouts_new();
    result = method != NULL ? cli_engine_named(c, m, method, &engine, &system)
                            : cli_engine(c, m, &engine, &system);
    bk_status status = readouts != NULL ? BK_OK : BK_NO_MEMORY;
    if (result == EXIT_DONE && status == BK_OK) {
        status = bk_readouts_read(readouts, m->used, m->folder,
                                  cli_value(c, "readouts", NULL), c->diag);
    }
    if (result == EXIT_DONE && status == BK_OK) {
        const bk_screen_settings screen_settings = {
            .run = *settings, .early = early, .measure = measure};
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
