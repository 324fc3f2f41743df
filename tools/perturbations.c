/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Perturbation options -> scenario -> overlay, and run settings from options. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `--set X=0.3` and its kin as one edit of the scenario language. */
static int add_edit(cli *c, bk_scenario *scenario, const cli_model *m,
                    const char *option, const char *value)
{
    char text[1200];
    const bk_where where = {.file = NULL, .line = 0, .column = 0};
    bk_layer layer = BK_BACKGROUND;
    const char *equals = strrchr(value, '=');
    const int left = equals != NULL ? (int)(equals - value) : (int)strlen(value);
    const char *right = equals != NULL ? equals + 1 : "";
    if (strlen(value) > 1000) {
        return cli_usage(c, "--%s: the value is too long", option);
    }
    if (strcmp(option, "knockout") == 0) {
        snprintf(text, sizeof text, "fix %s = 0", value);
    } else if (strcmp(option, "activate") == 0) {
        int32_t symbol = -1;
        const bk_status status =
            bk_model_bind(m->model, value, where, c->diag, &symbol);
        if (status != BK_OK) {
            return cli_status(c, status);
        }
        const int max = bk_symbol_max_level(m->model, symbol);
        if (max == 0) {
            return cli_usage(
                c,
                "--activate %s: only levels of logical models have a highest "
                "value; use --set, --bound or --scale",
                value);
        }
        snprintf(text, sizeof text, "bound %s in [%d, inf]; start %s = %d", value, max,
                 value, max);
    } else if (strcmp(option, "cut") == 0) {
        const char *const arrow = strstr(value, "->");
        if (arrow == NULL || arrow == value || arrow + 2 == value + left) {
            return cli_usage(c, "--cut: expected A->B or A->B=V, got '%s'", value);
        }
        snprintf(text, sizeof text, "cut %.*s at %s", left, value,
                 equals != NULL ? right : "0");
    } else if (strcmp(option, "bound") == 0) {
        const char *colon = strchr(right, ':');
        if (equals == NULL || colon == NULL) {
            return cli_usage(c, "--bound: expected X=LO:HI, got '%s'", value);
        }
        snprintf(text, sizeof text, "bound %.*s in [%.*s, %s]", left, value,
                 (int)(colon - right), right, colon[1] != '\0' ? colon + 1 : "inf");
    } else if (equals == NULL) {
        return cli_usage(c, "--%s: expected X=NUMBER, got '%s'", option, value);
    } else if (strcmp(option, "set") == 0) {
        snprintf(text, sizeof text, "fix %.*s = %s", left, value, right);
    } else if (strcmp(option, "start") == 0) {
        snprintf(text, sizeof text, "start %.*s = %s", left, value, right);
    } else {
        layer = BK_TREATMENT;
        snprintf(text, sizeof text, "scale %.*s by %s", left, value, right);
    }
    const bk_status status = bk_scenario_parse(scenario, layer, text, where, c->diag);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static bool is_edit_option(const char *name)
{
    static const char *const names[] = {"knockout", "activate", "set", "start",
                                        "bound",    "scale",    "cut"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int add_file(cli *c, bk_scenario *scenario, const char *path)
{
    bk_scenario *more = NULL;
    bk_status status = bk_scenario_read(path, c->diag, &more);
    if (status == BK_OK) {
        status = bk_scenario_append(scenario, more);
    }
    bk_scenario_free(more);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

/* A file, unless the library knows the name. */
static bool is_scenario_file(const cli_model *m, const char *value)
{
    for (size_t i = 0; i < bk_library_backgrounds(m->library); i++) {
        if (strcmp(bk_library_background(m->library, i), value) == 0) {
            return false;
        }
    }
    return cli_is_file(value);
}

static int add_given(cli *c, bk_scenario *s, const cli_model *m, const cli_given *g)
{
    const bk_where where = {.file = NULL, .line = 0, .column = 0};
    bk_status status = BK_OK;
    if (is_edit_option(g->name)) {
        return add_edit(c, s, m, g->name, g->value);
    }
    if (strcmp(g->name, "scenario") == 0 ||
        (strcmp(g->name, "background") == 0 && is_scenario_file(m, g->value))) {
        return add_file(c, s, g->value);
    }
    if (strcmp(g->name, "edit") == 0) {
        status = bk_scenario_parse(s, BK_BACKGROUND, g->value, where, c->diag);
    } else if (strcmp(g->name, "drug") == 0 || strcmp(g->name, "treatment") == 0) {
        status = bk_library_treatment_scenario(m->library, g->value, where, c->diag, s);
    } else if (strcmp(g->name, "background") == 0 || strcmp(g->name, "mutation") == 0) {
        status =
            bk_library_background_scenario(m->library, g->value, where, c->diag, s);
    }
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

int cli_scenario(cli *c, const cli_model *m, bk_scenario **scenario)
{
    bk_scenario *s = bk_scenario_new("command line");
    if (s == NULL) {
        return cli_status(c, BK_NO_MEMORY);
    }
    int result = EXIT_DONE;
    for (int i = 0; i < c->n_given && result == EXIT_DONE; i++) {
        result = add_given(c, s, m, &c->given[i]);
    }
    if (result != EXIT_DONE) {
        bk_scenario_free(s);
        return result;
    }
    *scenario = s;
    return EXIT_DONE;
}

int cli_cell_and_treatment(cli *c, const cli_model *m, bk_scenario **cell,
                           char *treatment, size_t size)
{
    cli rest = *c;
    size_t used = 0;
    rest.n_given = 0;
    rest.given = calloc((size_t)c->argc + 1, sizeof *rest.given);
    if (rest.given == NULL) {
        return cli_status(c, BK_NO_MEMORY);
    }
    treatment[0] = '\0';
    for (int i = 0; i < c->n_given; i++) {
        const cli_given *const g = &c->given[i];
        if (strcmp(g->name, "drug") != 0 && strcmp(g->name, "treatment") != 0) {
            rest.given[rest.n_given++] = *g;
        } else if (used < size) {
            used += (size_t)snprintf(treatment + used, size - used, "%s%s",
                                     used > 0 ? "+" : "", g->value);
        }
    }
    const int result = used < size ? cli_scenario(&rest, m, cell)
                                   : cli_usage(c, "the treatment is too long");
    free(rest.given);
    return result;
}

int cli_overlay(cli *c, const cli_model *m, bk_overlay **overlay)
{
    bk_scenario *scenario = NULL;
    const int result = cli_scenario(c, m, &scenario);
    if (result != EXIT_DONE) {
        return result;
    }
    const bk_status status =
        bk_scenario_bind(scenario, m->library, m->used, c->diag, overlay);
    bk_scenario_free(scenario);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

enum { MOST_STEPS = 10000000 };

/* START:END:STEPS */
static bool parse_time(const char *text, bk_settings *settings)
{
    char *end = NULL;
    settings->t_start = strtod(text, &end);
    if (end == text || *end != ':') {
        return false;
    }
    const char *second = end + 1;
    settings->t_end = strtod(second, &end);
    if (end == second || *end != ':') {
        return false;
    }
    const char *third = end + 1;
    const long steps = strtol(third, &end, 10);
    if (end == third || *end != '\0' || steps < 1 || steps > MOST_STEPS) {
        return false;
    }
    settings->steps = (int)steps;
    return isfinite(settings->t_start) && isfinite(settings->t_end) &&
           settings->t_end >= settings->t_start;
}

int cli_settings(cli *c, bk_settings *settings)
{
    *settings = bk_settings_defaults();
    const char *time = cli_value(c, "time", NULL);
    if (time != NULL && !parse_time(time, settings)) {
        return cli_usage(
            c,
            "--time: expected START:END:STEPS with END after START and 1 to "
            "%d steps, got '%s'",
            MOST_STEPS, time);
    }
    long seed = 1;
    if (!cli_real(c, "rtol", &settings->rtol) ||
        !cli_real(c, "atol", &settings->atol) ||
        !cli_real(c, "leap", &settings->leap) ||
        !cli_integer(c, "runs", &settings->runs) || !cli_integer(c, "seed", &seed)) {
        return EXIT_USAGE;
    }
    if (!(settings->rtol > 0 && settings->rtol < 1)) {
        return cli_usage(c, "--rtol: expected a number between 0 and 1");
    }
    if (!(settings->atol >= 0 && isfinite(settings->atol))) {
        return cli_usage(c, "--atol: expected a number not below 0");
    }
    if (cli_value(c, "runs", NULL) != NULL && settings->runs < 1) {
        return cli_usage(c, "--runs: expected a number of 1 or more");
    }
    settings->seed = (uint64_t)seed;
    settings->stepper = cli_value(c, "stepper", settings->stepper);
    return EXIT_DONE;
}

void cli_wishes(const cli *c, const bk_model *model, bk_settings *settings)
{
    const bk_run_wishes *const w = bk_model_wishes(model);
    if (cli_value(c, "time", NULL) == NULL && w->end > 0) {
        const double steps = w->tick > 0 ? w->end / w->tick : 100;
        settings->t_end = w->end;
        settings->steps = steps >= 1 && steps <= 1e6 ? (int)(steps + 0.5) : 100;
    }
    if (cli_value(c, "runs", NULL) == NULL && w->runs > 0) {
        settings->runs = w->runs;
    }
    if (cli_value(c, "seed", NULL) == NULL && w->seeded) {
        settings->seed = w->seed;
    }
}
