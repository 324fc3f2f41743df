/* SPDX-License-Identifier: GPL-3.0-or-later */

/* claim: whether what is claimed of a logical model holds. */

#include "cli.h"

#include <blockade/claim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    cli_model m;
    const bk_engine *engine;
    bk_system *system;
    bk_overlay *overlay;
    bk_claim *claim;
    bk_claim_settings settings;
    int32_t *free;
    bk_verdict *verdict;
    cli_stop stop;
} job;

static int parse_free(cli *c, job *j)
{
    const char *const list = cli_value(c, "free", NULL);
    if (list == NULL) {
        return EXIT_DONE;
    }
    if (strcmp(list, "all") == 0 && bk_model_find(j->m.used, "all") < 0) {
        j->settings.all_free = true;
        return EXIT_DONE;
    }
    char *const names = strdup(list);
    j->free = calloc(strlen(list) + 1, sizeof *j->free);
    if (names == NULL || j->free == NULL) {
        free(names);
        return cli_status(c, BK_NO_MEMORY);
    }
    int result = EXIT_DONE;
    char *rest = NULL;
    for (char *name = strtok_r(names, ", ", &rest); name != NULL && result == EXIT_DONE;
         name = strtok_r(NULL, ", ", &rest)) {
        int32_t *const symbol = &j->free[j->settings.n_free++];
        const bk_status status =
            bk_model_bind(j->m.used, name, (bk_where){0}, c->diag, symbol);
        if (status != BK_OK) {
            result = cli_status(c, status);
        } else if (bk_symbol_kind_of(j->m.used, *symbol) != BK_LEVEL) {
            result = cli_usage(c, "--free: '%s' is no level of the model", name);
        }
    }
    free(names);
    j->settings.free = j->free;
    return result;
}

static bk_status parse_claim(cli *c, const job *j, bool fair, bk_claim **claim)
{
    return bk_claim_parse(j->m.used, c->operands[1], fair, (bk_where){0}, c->diag,
                          claim);
}

static int prepare(cli *c, job *j)
{
    j->settings.cancelled = cli_stop_asked;
    j->settings.cancel_context = &j->stop;
    int result = cli_stop_watch(c, &j->stop);
    if (result == EXIT_DONE &&
        (!cli_integer(c, "max-states", &j->settings.max_states) ||
         !cli_integer(c, "max-nodes", &j->settings.max_nodes))) {
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE) {
        result = cli_engine_named(c, &j->m, "async", &j->engine, &j->system);
    }
    if (result == EXIT_DONE) {
        result = parse_free(c, j);
    }
    if (result == EXIT_DONE) {
        const bk_status status = parse_claim(c, j, cli_flag(c, "fair"), &j->claim);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    return result == EXIT_DONE ? cli_overlay(c, &j->m, &j->overlay) : result;
}

/* Whether a claim that fails would hold of fair ways, which may be all that was meant. */
static bk_status fair_too(cli *c, const job *j, bool *holds)
{
    bk_claim *claim = NULL;
    bk_verdict *verdict = NULL;
    bk_status status = parse_claim(c, j, true, &claim);
    if (status == BK_OK) {
        status = bk_claim_check(j->system, j->overlay, claim, &j->settings, c->diag,
                                &verdict);
    }
    *holds = status == BK_OK && bk_verdict_answer(verdict) == BK_YES;
    bk_verdict_free(verdict);
    bk_claim_free(claim);
    return status;
}

static int exit_of(bk_answer answer)
{
    return answer == BK_YES ? EXIT_DONE : answer == BK_NO ? EXIT_NO : EXIT_UNDECIDED;
}

static int show(cli *c, const job *j)
{
    static const char *const words[] = {
        [BK_NO] = "no", [BK_YES] = "yes", [BK_NOT_DECIDED] = "not decided"};
    const bk_answer answer = bk_verdict_answer(j->verdict);
    const char *const vacuous = bk_verdict_vacuous(j->verdict);
    bk_table *table = NULL;
    bool fair = false;
    bk_status status = bk_verdict_table(j->verdict, &table);
    if (status == BK_OK && answer == BK_NO && !cli_flag(c, "fair")) {
        status = fair_too(c, j, &fair);
    }
    if (status != BK_OK) {
        bk_table_free(table);
        return cli_status(c, status);
    }
    char how[400];
    snprintf(how, sizeof how, "%s%s", cli_stop_reason(&j->stop),
             bk_verdict_text(j->verdict));
    cli_provenance(c, &j->m, j->engine->name, NULL, j->overlay, table);
    bk_table_set_provenance(table, "claim", bk_claim_text(j->claim));
    bk_table_set_provenance(table, "answer", words[answer]);
    bk_table_set_provenance(table, answer == BK_NOT_DECIDED ? "missing" : "known", how);
    if (vacuous[0] != '\0') {
        bk_table_set_provenance(table, "vacuous", vacuous);
    }
    if (fair) {
        bk_table_set_provenance(table, "fair", "yes");
    }
    const int result = cli_write_table(c, table);
    bk_table_free(table);
    if (!cli_flag(c, "quiet")) {
        fprintf(stderr, "blockade: %s: %s\n", words[answer], bk_claim_text(j->claim));
    }
    if (answer == BK_NOT_DECIDED) {
        fprintf(stderr, "blockade: not decided: %s\n", how);
    }
    if (vacuous[0] != '\0') {
        fprintf(stderr, "blockade: warning: this says little: %s\n", vacuous);
    }
    if (fair) {
        fprintf(stderr,
                "blockade: it holds when no move is put off for ever (--fair)\n");
    }
    return result == EXIT_DONE ? exit_of(answer) : result;
}

static int claim_run(cli *c)
{
    job j = {.engine = NULL};
    int result = cli_open(c, c->operands[0], &j.m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = prepare(c, &j);
    if (result == EXIT_DONE) {
        const bk_status status = bk_claim_check(j.system, j.overlay, j.claim,
                                                &j.settings, c->diag, &j.verdict);
        result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    }
    if (result == EXIT_DONE) {
        result = show(c, &j);
    }
    bk_verdict_free(j.verdict);
    bk_claim_free(j.claim);
    bk_overlay_free(j.overlay);
    bk_system_free(j.system);
    free(j.free);
    cli_close(&j.m);
    return result;
}

static const cli_option options[] = {
    {"free", 0, "A,B", "these start at any level, not only those of `from`; or all"},
    {"fair", 0, NULL, "of ways on which no move is put off for ever"},
    {"max-states", 0, "N", "states looked at one by one at most (1000000)"},
    {"max-nodes", 0, "N", "nodes of decision diagrams at most (2000000)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_claim = {
    .name = "claim",
    .operands = "MODEL CLAIM",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "whether a logical model can, must or cannot do something",
    .description =
        "A claim about asynchronous moves: `eventually P`, `always P`, `P until Q`, "
        "each "
        "on every way\nor, behind `possibly`, on some way; P of X=1, X>=1, X, steady, "
        "not, and, or, implies. `from P:`\nsets where it starts. The answer (exit "
        "status "
        "0 yes, 1 no, 6 not decided) comes with a way\nthat shows it, one move a row.",
    .examples =
        "blockade claim ras-raf-mek-erk 'from EGF=1: possibly eventually ERK=3'\n"
        "blockade claim her2 'always (PI3K=0 implies possibly eventually AKT=0)' "
        "--knockout PIK3CA\n",
    .options = {options, cli_memory_option},
    .perturbs = true,
    .writes = true,
    .run = claim_run};
