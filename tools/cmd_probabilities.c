/* SPDX-License-Identifier: GPL-3.0-or-later */

/* probabilities: of the states of a logical model over time. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bk_markov_view view;
} views[] = {{"levels", BK_MARKOV_LEVELS},
             {"states", BK_MARKOV_STATES},
             {"late", BK_MARKOV_LATE},
             {"fixed", BK_MARKOV_FIXED}};

typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_overlay *overlay;
    bk_markov_settings settings;
    bk_markov_view view;
    int32_t *levels;
    bk_markov *markov;
    cli_stop stop;
} job;

static int parse_view(cli *c, job *j)
{
    const char *const name = cli_value(c, "show", views[0].name);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (strcmp(name, views[i].name) == 0) {
            j->view = views[i].view;
            return EXIT_DONE;
        }
    }
    return cli_usage(c, "--show: '%s' is not levels, states, late or fixed", name);
}

static int parse_levels(cli *c, job *j)
{
    const char *const list = cli_value(c, "columns", NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    char *const names = strdup(list);
    j->levels = calloc(strlen(list) + 1, sizeof *j->levels);
    bk_status status = names == NULL || j->levels == NULL ? BK_NO_MEMORY : BK_OK;
    char *rest = NULL;
    for (char *name = status == BK_OK ? strtok_r(names, ", ", &rest) : NULL;
         name != NULL && status == BK_OK; name = strtok_r(NULL, ", ", &rest)) {
        status = bk_model_bind(j->m.used, name, (bk_where){0}, c->diag,
                               &j->levels[j->settings.n_levels++]);
    }
    free(names);
    j->settings.levels = j->levels;
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static int parse_settings(cli *c, job *j)
{
    bk_markov_settings *const s = &j->settings;
    *s = bk_markov_defaults(j->m.model);
    long seed = (long)s->seed;
    long threads = s->threads;
    if (!cli_real(c, "time", &s->end) || !cli_real(c, "tick", &s->tick) ||
        !cli_real(c, "precision", &s->precision) || !cli_integer(c, "runs", &s->runs) ||
        !cli_integer(c, "seed", &seed) || !cli_integer(c, "threads", &threads) ||
        !cli_integer(c, "max-states", &s->max_states)) {
        return EXIT_USAGE;
    }
    if (threads > 1024) {
        return cli_usage(c, "--threads: between 0 (one per processor) and 1024");
    }
    static const char *const drawn[] = {"runs", "precision", "seed"};
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++) {
        if (cli_flag(c, "exact") && cli_flag(c, drawn[i])) {
            return cli_usage(
                c, "--%s is for runs that are drawn, and --exact draws none", drawn[i]);
        }
    }
    s->seed = (uint64_t)seed;
    s->threads = (int)threads;
    s->discrete = s->discrete || cli_flag(c, "discrete");
    s->exact = cli_flag(c, "exact");
    s->cancelled = cli_stop_asked;
    s->cancel_context = &j->stop;
    return cli_stop_watch(c, &j->stop);
}

static int show(cli *c, const job *j)
{
    bk_table *table = NULL;
    const bk_status status = bk_markov_table(j->markov, j->view, &table);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    const bk_settings seeded = {.seed = j->settings.seed, .stepper = "", .rtol = 1e-6};
    cli_provenance(c, &j->m, j->engine->name, j->settings.exact ? NULL : &seeded,
                   j->overlay, table);
    bk_table_set_provenance(table, "by", bk_markov_text(j->markov));
    const int result = cli_write_table(c, table);
    bk_table_free(table);
    const bk_stop stop = bk_markov_stop(j->markov);
    if (result == EXIT_DONE && stop != BK_STOP_END) {
        fprintf(stderr, "blockade: %s%s\n", cli_stop_reason(&j->stop),
                bk_markov_text(j->markov));
        return EXIT_PARTIAL;
    }
    return result;
}

static int probabilities_run(cli *c)
{
    job j = {0};
    int result = parse_view(c, &j);
    if (result == EXIT_DONE) {
        result = cli_open(c, c->operands[0], &j.m);
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, &j.m, "ctmc", &j.engine, &j.system);
    }
    if (result == EXIT_DONE) {
        result = parse_settings(c, &j);
    }
    if (result == EXIT_DONE) {
        result = parse_levels(c, &j);
    }
    if (result == EXIT_DONE) {
        result = cli_overlay(c, &j.m, &j.overlay);
    }
    if (result == EXIT_DONE) {
        const bk_status status =
            bk_markov_run(j.system, j.overlay, &j.settings, c->diag, &j.markov);
        result = status == BK_OK ? show(c, &j) : cli_status(c, status);
    }
    bk_markov_free(j.markov);
    bk_overlay_free(j.overlay);
    bk_system_free(j.system);
    free(j.levels);
    cli_close(&j.m);
    return result;
}

static const cli_option options[] = {
    {"show", 0, "WHAT", "levels (default), states, late or fixed (points)"},
    {"columns", 0, "A,B",
     "the levels that tell states apart; default all but internal ones"},
    {"time", 't', "END", "how long (what the model wishes, else 10)"},
    {"tick", 0, "T", "width of the windows of time (as the model, else END/100)"},
    {"exact", 0, NULL, "solve the master equation instead of drawing runs"},
    {"discrete", 0, NULL, "one move a tick"},
    {"runs", 0, "N", "runs, with --precision the most there are (10000)"},
    {"precision", 0, "E", "end when no state has a larger standard error"},
    {"seed", 0, "S", "random seed (1)"},
    {"threads", 0, "N", "threads; 0: one per processor"},
    {"max-states", 0, "N", "with --exact, states that may be reached (262144)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_probabilities = {
    .name = "probabilities",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "of the states of a logical model over time, as MaBoSS gives them",
    .description =
        "Every level moves at its rate (a Markov process). Time is cut into ticks, and "
        "what is\ntold are means over each: probabilities of levels or states with "
        "their standard errors,\nthe entropy of the next move (TH) and of the states "
        "(H), fixed points that were reached.\nA MaBoSS model (.bnd with its .cfg) "
        "brings its own time, tick, runs and seed.",
    .examples = "blockade probabilities ras-raf-mek-erk --time 20 --tick 1 --columns "
                "ERK,MEK --show states\n"
                "blockade probabilities ras-raf-mek-erk --exact --columns ERK --time 5 "
                "--tick 1\n",
    .options = {options, cli_memory_option},
    .perturbs = true,
    .writes = true,
    .run = probabilities_run};
