/* SPDX-License-Identifier: GPL-3.0-or-later */

/* control: smallest interventions that force a phenotype. */

#include "cli.h"

#include <blockade/control.h>
#include <blockade/logic.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    bk_control_in in;
} places[] = {{"attractors", BK_IN_ASYNCHRONOUS},
              {"synchronous", BK_IN_SYNCHRONOUS},
              {"trap-spaces", BK_IN_TRAP_SPACES}};

typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_scenario *base;
    bk_overlay *overlay;
    bk_control_settings settings;
    bk_wanted *wanted;
    bk_intervention *allowed;
    bool *in; /* [symbols] of a list */
    bk_controls *found;
    double milliseconds;
    cli_stop stop;
} job;

/* `AKT=0`, `ERK<=1`, `PTEN>=1` */
static int parse_wanted(cli *c, job *j, const char *text, bk_wanted *wanted)
{
    char name[512];
    const size_t n = strcspn(text, "<>=");
    const char *sign = text + n;
    const size_t width = strspn(sign, "<>=");
    char *end = NULL;
    const long level = strtol(sign + width, &end, 10);
    const bool equal = width == 1 && sign[0] == '=';
    const bool order = width == 2 && sign[1] == '=' && sign[0] != '=';
    if (n == 0 || n >= sizeof name || (!equal && !order) || end == sign + width ||
        *end != '\0') {
        return cli_usage(
            c, "--target: expected X=LEVEL, X<=LEVEL or X>=LEVEL, got '%s'", text);
    }
    memcpy(name, text, n);
    name[n] = '\0';
    const bk_status status =
        bk_model_bind(j->m.used, name, (bk_where){0}, c->diag, &wanted->symbol);
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    const int max = bk_symbol_max_level(j->m.used, wanted->symbol);
    if (bk_symbol_kind_of(j->m.used, wanted->symbol) != BK_LEVEL || level < 0 ||
        level > max) {
        return cli_usage(c, "--target: %s has levels from 0 to %d, and %ld is none",
                         name, max, level);
    }
    wanted->low = sign[0] == '<' ? 0 : (int)level;
    wanted->high = sign[0] == '>' ? max : (int)level;
    return EXIT_DONE;
}

static int parse_target(cli *c, job *j)
{
    const char *const list = cli_value(c, "target", NULL);
    if (list == NULL) {
        return cli_usage(c, "--target says what to force, for instance --target ERK=0");
    }
    char *const texts = strdup(list);
    j->wanted = calloc(strlen(list) + 1, sizeof *j->wanted);
    int result =
        texts == NULL || j->wanted == NULL ? cli_status(c, BK_NO_MEMORY) : EXIT_DONE;
    char *rest = NULL;
    for (char *text = result == EXIT_DONE ? strtok_r(texts, ", ", &rest) : NULL;
         text != NULL && result == EXIT_DONE; text = strtok_r(NULL, ", ", &rest)) {
        result = parse_wanted(c, j, text, &j->wanted[j->settings.n_wanted++]);
    }
    free(texts);
    j->settings.wanted = j->wanted;
    return result;
}

/* Marks the names of a list, separated by commas or white space; where it begins. */
static int mark(cli *c, job *j, char *names, bk_where where)
{
    bk_status status = BK_OK;
    char *rest = NULL;
    for (char *name = strtok_r(names, ", \t\r\n", &rest); name != NULL;
         name = strtok_r(NULL, ", \t\r\n", &rest)) {
        int32_t symbol = -1;
        const bk_where at = {where.file, where.line,
                             where.file == NULL ? 0 : (int)(name - names) + 1};
        const bk_status one = bk_model_bind(j->m.used, name, at, c->diag, &symbol);
        if (one == BK_OK) {
            j->in[symbol] = true;
        }
        status = one != BK_OK ? one : status;
    }
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

static int mark_file(cli *c, job *j, const char *path)
{
    FILE *const file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    int result = EXIT_DONE;
    if (file == NULL) {
        bk_diag_add(c->diag, BK_ERROR, (bk_where){path, 0, 0}, "file",
                    "the file cannot be read; it holds names of levels");
        return cli_status(c, BK_IO);
    }
    bk_where where = {.file = path};
    while (result == EXIT_DONE && getline(&line, &size, file) >= 0) {
        line[strcspn(line, "#")] = '\0';
        const bool marked = where.line++ == 0 && strncmp(line, "\xEF\xBB\xBF", 3) == 0;
        result = mark(c, j, marked ? line + 3 : line, where);
    }
    if (ferror(file)) {
        bk_diag_add(c->diag, BK_ERROR, (bk_where){.file = path}, "file",
                    "the file cannot be read; it holds names of levels");
        result = cli_status(c, BK_IO);
    }
    free(line);
    fclose(file);
    return result;
}

/* Keeps of what is allowed what is (not) marked; then unmarks all. */
static void keep_marked(job *j, bool marked)
{
    size_t n = 0;
    for (size_t i = 0; i < j->settings.n_allowed; i++) {
        if (j->in[j->allowed[i].symbol] == marked) {
            j->allowed[n++] = j->allowed[i];
        }
    }
    j->settings.n_allowed = n;
    memset(j->in, 0, (size_t)bk_model_symbols(j->m.used) * sizeof *j->in);
}

static int parse_list(cli *c, job *j, const char *option, bool allowed)
{
    const char *const list = cli_value(c, option, NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    char *const names = strdup(list);
    const int result =
        names != NULL ? mark(c, j, names, (bk_where){0}) : cli_status(c, BK_NO_MEMORY);
    free(names);
    keep_marked(j, allowed);
    return result;
}

static int choose_interventions(cli *c, job *j)
{
    bk_status status =
        bk_interventions(j->system, j->overlay, j->settings.free_inputs,
                         cli_flag(c, "arcs"), &j->allowed, &j->settings.n_allowed);
    j->in = calloc((size_t)bk_model_symbols(j->m.used) + 1, sizeof *j->in);
    if (status == BK_OK && j->in == NULL) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        return cli_status(c, status);
    }
    /* To hold what is wanted says nothing. */
    for (size_t i = 0; i < j->settings.n_wanted; i++) {
        j->in[j->wanted[i].symbol] = true;
    }
    size_t n = 0;
    for (size_t i = 0; i < j->settings.n_allowed; i++) {
        if (j->allowed[i].target >= 0 || !j->in[j->allowed[i].symbol]) {
            j->allowed[n++] = j->allowed[i];
        }
    }
    j->settings.n_allowed = n;
    memset(j->in, 0, (size_t)bk_model_symbols(j->m.used) * sizeof *j->in);
    int result = parse_list(c, j, "allow", true);
    if (result == EXIT_DONE) {
        result = parse_list(c, j, "forbid", false);
    }
    const char *const path = cli_value(c, "druggable", NULL);
    if (result == EXIT_DONE && path != NULL) {
        result = mark_file(c, j, path);
        keep_marked(j, true);
    }
    j->settings.allowed = j->allowed;
    return result;
}

static int parse_place(cli *c, job *j)
{
    const char *const name = cli_value(c, "in", places[0].name);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(name, places[i].name) == 0) {
            j->settings.in = places[i].in;
            return EXIT_DONE;
        }
    }
    return cli_usage(c, "--in: '%s' is not attractors, synchronous or trap-spaces",
                     name);
}

static int prepare(cli *c, job *j)
{
    long size = 3;
    j->settings.free_inputs = cli_flag(c, "free-inputs");
    j->settings.cancelled = cli_stop_asked;
    j->settings.cancel_context = &j->stop;
    int result = cli_stop_watch(c, &j->stop);
    if (result == EXIT_DONE &&
        (!cli_integer(c, "size", &size) ||
         !cli_integer(c, "max-results", &j->settings.max_results))) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE && (size < 1 || size > 8)) {
        result = cli_usage(c, "--size: sets of 1 to 8 interventions can be looked for");
    }
    j->settings.most_size = (int)size;
    if (result == EXIT_DONE) {
        result = parse_place(c, j);
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(
            c, &j->m, j->settings.in == BK_IN_SYNCHRONOUS ? "sync" : "async",
            &j->engine, &j->system);
    }
    if (result == EXIT_DONE) {
        result = parse_target(c, j);
    }
    if (result == EXIT_DONE) {
        result = cli_scenario(c, &j->m, &j->base);
    }
    if (result == EXIT_DONE) {
        const bk_status status =
            bk_scenario_bind(j->base, j->m.library, j->m.used, c->diag, &j->overlay);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    return result == EXIT_DONE ? choose_interventions(c, j) : result;
}

/* Whether the wanted levels hold throughout what was found. */
static bool all_hold(const job *j, const bk_attractors *found)
{
    for (size_t k = 0; k < bk_attractors_count(found); k++) {
        for (size_t w = 0; w < j->settings.n_wanted; w++) {
            const bk_wanted *const want = &j->wanted[w];
            if (bk_attractor_low(found, k, want->symbol) < want->low ||
                bk_attractor_high(found, k, want->symbol) > want->high) {
                return false;
            }
        }
    }
    return true;
}

/* The attractors under an overlay; -1: not all known.  Bounds of large ones will do where
 * the wanted levels hold within. */
static bk_status count_attractors(cli *c, const job *j, const bk_overlay *overlay,
                                  long *attractors, bool *holds)
{
    bk_attractor_settings settings = {
        .kind =
            j->settings.in == BK_IN_TRAP_SPACES ? BK_TRAP_SPACES_MIN : BK_ATTRACTORS,
        .update =
            j->settings.in == BK_IN_SYNCHRONOUS ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS,
        .free_inputs = j->settings.free_inputs,
        .cancelled = j->settings.cancelled,
        .cancel_context = j->settings.cancel_context};
    bk_status status = BK_OK;
    *holds = false;
    for (int bounds = 1; bounds >= 0 && status == BK_OK && !*holds; bounds--) {
        bk_attractors *found = NULL;
        settings.count_only = bounds != 0;
        status = bk_attractors_find(j->system, overlay, &settings, c->diag, &found);
        if (status == BK_OK) {
            *attractors =
                bk_attractors_complete(found) ? (long)bk_attractors_count(found) : -1;
            *holds = all_hold(j, found);
        }
        bk_attractors_free(found);
    }
    return status;
}

/* The attractors that a control leaves, by an overlay of its text. */
static bk_status recompute(cli *c, const job *j, size_t i, long *attractors,
                           bool *holds)
{
    char *text = NULL;
    bk_scenario *scenario = bk_scenario_copy(j->base);
    bk_overlay *overlay = NULL;
    bk_status status =
        scenario != NULL ? bk_control_print(j->found, i, &text) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status =
            bk_scenario_parse(scenario, BK_BACKGROUND, text, (bk_where){0}, c->diag);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(scenario, j->m.library, j->m.used, c->diag, &overlay);
    }
    if (status == BK_OK) {
        status = count_attractors(c, j, overlay, attractors, holds);
    }
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    bk_string_free(text);
    return status;
}

/* Adds what the attractors say to each row, until it is stopped. */
static bk_status verify(cli *c, const job *j, bk_table *table, size_t *failed)
{
    int count = 0;
    int holds = 0;
    bk_status status = bk_table_add_column(table, "attractors", BK_INTEGER, &count);
    if (status == BK_OK) {
        status = bk_table_add_column(table, "verified", BK_TEXT, &holds);
    }
    for (size_t i = 0; i < bk_controls_count(j->found) && status == BK_OK; i++) {
        if (j->settings.cancelled(j->settings.cancel_context)) {
            break;
        }
        long attractors = -1;
        bool is = false;
        status = recompute(c, j, i, &attractors, &is);
        *failed += status == BK_OK && !is ? 1 : 0;
        if (status == BK_OK && attractors >= 0) {
            status = bk_table_set_integer(table, i, count, attractors);
        }
        if (status == BK_OK) {
            const char *const word = !is              ? "no"
                                     : attractors < 0 ? "in those known"
                                                      : "yes";
            status = bk_table_set_text(table, i, holds, word);
        }
    }
    return status;
}

static int show(cli *c, const job *j)
{
    bk_table *table = NULL;
    size_t failed = 0;
    bk_status status = bk_controls_table(j->found, &table);
    if (status == BK_OK) {
        status = verify(c, j, table, &failed);
    }
    if (status != BK_OK) {
        bk_table_free(table);
        return cli_status(c, status);
    }
    char text[400];
    const bool complete = bk_controls_complete(j->found);
    cli_provenance(c, &j->m, j->engine->name, NULL, j->overlay, table);
    snprintf(text, sizeof text, "%s%s", cli_stop_reason(&j->stop),
             bk_controls_text(j->found));
    bk_table_set_provenance(table, "complete", complete ? "yes" : text);
    if (!cli_flag(c, "reproducible")) {
        char took[100];
        snprintf(took, sizeof took, "%.0f; %.0f sets, %.0f looked at closer",
                 j->milliseconds, bk_controls_tried(j->found),
                 bk_controls_examined(j->found));
        bk_table_set_provenance(table, "search-ms", took);
    }
    int result = cli_write_table(c, table);
    if (result == EXIT_DONE && !complete) {
        fprintf(stderr, "blockade: not complete: %s\n", text);
        result = EXIT_PARTIAL;
    }
    if (failed > 0) {
        fprintf(stderr, "blockade: %zu of the sets fail when they are applied\n",
                failed);
        result = EXIT_NUMERICAL;
    }
    bk_table_free(table);
    return result;
}

static int control_run(cli *c)
{
    job j = {.engine = NULL};
    int result = cli_open(c, c->operands[0], &j.m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = prepare(c, &j);
    if (result == EXIT_DONE) {
        struct timespec from;
        struct timespec to;
        if (j.settings.free_inputs) {
            cli_announce_inputs(c, j.system, j.overlay);
        }
        clock_gettime(CLOCK_MONOTONIC, &from);
        const bk_status status =
            bk_controls_find(j.system, j.overlay, &j.settings, c->diag, &j.found);
        clock_gettime(CLOCK_MONOTONIC, &to);
        j.milliseconds = 1e3 * (double)(to.tv_sec - from.tv_sec) +
                         1e-6 * (double)(to.tv_nsec - from.tv_nsec);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        result = show(c, &j);
    }
    bk_controls_free(j.found);
    bk_interventions_free(j.allowed);
    bk_overlay_free(j.overlay);
    bk_scenario_free(j.base);
    bk_system_free(j.system);
    free(j.wanted);
    free(j.in);
    cli_close(&j.m);
    return result;
}

static const cli_option options[] = {
    {"target", 0, "X=0,Y>=1", "levels that must hold (=, <= or >=)"},
    {"size", 0, "N", "interventions in a set at most (3)"},
    {"allow", 0, "A,B", "only these are intervened on"},
    {"forbid", 0, "A,B", "these are not"},
    {"druggable", 0, "FILE", "only what the file names, one or more a line"},
    {"arcs", 0, NULL, "cut arcs as well; of allowed sources"},
    {"in", 0, "PLACE",
     "attractors (default, asynchronous), synchronous or trap-spaces"},
    {"free-inputs", 0, NULL,
     "for every level of every input, not only its start level"},
    {"max-results", 0, "N", "sets at most (10000)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_control = {
    .name = "control",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "smallest interventions that force a phenotype",
    .description =
        "One row a set of levels held (or arcs cut) for good that makes the wanted "
        "levels "
        "hold in every\nattractor; no part of it does that. Each comes with what "
        "follows "
        "from it by percolation,\nand with the attractors under it, recomputed. The "
        "wanted levels themselves are not held.",
    .examples =
        "blockade control ras-raf-mek-erk --target ERK=0 --size 2\n"
        "blockade control her2 --target ERK=0 --size 1 --background HER2-amplified\n",
    .options = {options, cli_memory_option},
    .perturbs = true,
    .writes = true,
    .run = control_run};
