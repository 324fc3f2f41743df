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
    bk_scenario_free(k->base);
    free(k->list);
    free(k->scenarios);
    free(k->texts);
}

const cli_option cli_screen_options[] = {
    {"measure", 0, "WHAT",
     "steady (default); of a course from the start: end, peak, area, or growth "
     "(doublings a time unit)"},
    {"time", 't', "START:END:STEPS", "the times of that course (0:10:100)"},
    {NULL, 0, NULL, NULL}};

bool cli_conditions_new(cli_conditions *k, size_t capacity, const bk_scenario *base)
{
    k->base = bk_scenario_copy(base);
    k->list = calloc(capacity + 1, sizeof *k->list);
    k->scenarios = calloc(capacity + 1, sizeof *k->scenarios);
    k->texts = calloc(capacity + 1, sizeof *k->texts);
    k->capacity = capacity;
    return k->base != NULL && k->list != NULL && k->scenarios != NULL &&
           k->texts != NULL;
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

int cli_screener_open(cli *c, cli_model *m, const char *method, cli_screener *screener)
{
    const bk_engine *engine = NULL;
    *screener = (cli_screener){.readouts = bk_readouts_new()};
    int result = method != NULL
                     ? cli_engine_named(c, m, method, &engine, &screener->system)
                     : cli_engine(c, m, &engine, &screener->system);
    if (result == EXIT_DONE) {
        const bk_status status =
            screener->readouts == NULL
                ? BK_NO_MEMORY
                : bk_readouts_read(screener->readouts, m->used, m->folder,
                                   cli_value(c, "readouts", NULL), c->diag);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    return result;
}

int cli_screener_run(cli *c, const cli_model *m, const cli_screener *screener,
                     bool early, const cli_conditions *k, const bk_settings *settings,
                     bk_table **table)
{
    bk_measure measure = BK_MEASURE_STEADY;
    const int result = read_measure(c, &measure);
    if (result != EXIT_DONE) {
        return result;
    }
    bk_overlay *shared = NULL;
    const bk_status bound = bk_scenario_bind(
        k->base, m->library, bk_system_model(screener->system), c->diag, &shared);
    bk_overlay_free(shared);
    if (bound != BK_OK) {
        return cli_status(c, bound);
    }
    const bk_screen_settings how = {
        .run = *settings, .early = early, .measure = measure};
    const bk_status status = bk_screen_run(screener->system, m->library, k->list, k->n,
                                           screener->readouts, &how, c->diag, table);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

void cli_screener_close(cli_screener *screener)
{
    bk_readouts_free(screener->readouts);
    bk_system_free(screener->system);
}

int cli_screen(cli *c, cli_model *m, const char *method, bool early,
               const cli_conditions *k, const bk_settings *settings, bk_table **table)
{
    cli_screener screener;
    int result = cli_screener_open(c, m, method, &screener);
    if (result == EXIT_DONE) {
        result = cli_screener_run(c, m, &screener, early, k, settings, table);
    }
    cli_screener_close(&screener);
    return result;
}
