/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Runs of a population: at the stated constants, then over samples of the chosen ones.
 * A value is drawn from a stream named by its constant and its sample, so that two drugs
 * share the values of what they share, and nothing depends on threads. */

#include "experiment/population_answer.h"

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"
#include "base/thread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double *bk_population_result(const bk_population *p, size_t run, int drug)
{
    return p->results +
           (run * (size_t)p->settings->n_drugs + (size_t)drug) * (size_t)p->width;
}

double bk_population_draw(const bk_population *p, size_t drawn, long sample)
{
    const bk_population_constant *const c = p->drawn[drawn];
    const char *const id = bk_population_names[c->name].id;
    uint64_t content = bk_hash_bytes(0, c->drug, strlen(c->drug) + 1);
    content = bk_hash_bytes(content, id, strlen(id));
    bk_random random;
    bk_random_start(&random, p->settings->seed, content, (uint64_t)sample);
    return c->low * pow(c->high / c->low, bk_random_uniform(&random));
}

/* The sample's constants that this drug reads, as edits. */
static bk_status bind(const bk_population *p, int drug, long sample,
                      bk_overlay **overlay)
{
    bk_text text = {0};
    for (size_t i = 0; sample >= 0 && i < p->n_drawn; i++) {
        const bk_population_constant *const c = p->drawn[i];
        if (bk_population_find(p->constants, p->drugs[drug], c->name) == c) {
            bk_text_printf(&text, "fix %s = ", bk_population_names[c->name].id);
            bk_text_double(&text, bk_population_draw(p, i, sample));
            bk_text_add(&text, "\n");
        }
    }
    bk_scenario *const scenario = bk_scenario_new("");
    bk_status status = scenario == NULL || text.failed ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK && text.length > 0) {
        status =
            bk_scenario_parse(scenario, BK_BACKGROUND, text.data, (bk_where){0}, NULL);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(scenario, NULL, p->models[drug], NULL, overlay);
    }
    bk_scenario_free(scenario);
    bk_text_free(&text);
    return status;
}

/* With scratch of its own: what a workspace keeps of an earlier run (pivots, steps) shows
 * in the last digits. */
static void run_one(bk_population *p, size_t run, int drug)
{
    double *const result = bk_population_result(p, run, drug);
    const bk_model *const model = p->models[drug];
    bk_settings settings = bk_settings_defaults();
    bk_column columns[256];
    settings.t_end = p->settings->days;
    settings.steps = 1;
    settings.columns = columns;
    settings.n_columns = p->width - 1;
    for (int i = 0; i < p->n_classes; i++) {
        char id[160];
        snprintf(id, sizeof id, "x_%s", p->classes[i].name);
        columns[i] =
            (bk_column){.symbol = bk_model_find(model, id), .aspect = BK_AS_DEFAULT};
    }
    bk_overlay *overlay = NULL;
    bk_outcome *outcome = NULL;
    bk_workspace *workspace = NULL;
    const bk_engine *const engine = bk_system_engine(p->systems[drug]);
    bk_status status = bind(p, drug, (long)run - 1, &overlay);
    if (status == BK_OK) {
        status = engine->workspace(p->systems[drug], &workspace);
    }
    if (status == BK_OK) {
        status = engine->run(p->systems[drug], overlay, &settings, workspace, NULL,
                             &outcome);
    }
    for (int i = 0; i < p->width; i++) {
        result[i] = (double)NAN;
    }
    if (status == BK_OK && bk_outcome_stop(outcome) == BK_STOP_END) {
        const size_t last = bk_outcome_rows(outcome) - 1;
        double sum = 0.0, size = 0.0;
        for (int i = 0; i < p->n_classes; i++) {
            result[1 + i] = bk_outcome_value(outcome, last, i);
            sum += p->classes[i].share;
            size += p->classes[i].share * exp(result[1 + i]);
        }
        result[0] = log(size / sum);
    }
    if (status == BK_NO_MEMORY) {
        p->no_memory = true;
    }
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    bk_overlay_free(overlay);
}

static void work(void *context, size_t run, int thread)
{
    bk_population *const p = context;
    (void)thread;
    for (int d = 0; d < p->settings->n_drugs; d++) {
        run_one(p, run, d);
    }
}

bool bk_population_reads(const bk_population *p, int drug,
                         const bk_population_constant *constant)
{
    static const char *const payload[] = {
        "CL",   "V1",  "Q",   "V2", "dose", "KD",       "DAR",      "kint",
        "kout", "kcl", "P50", "h",  "kmax", "fraction", "bystander"};
    static const char *const immune[] = {"kimm", "burden50", "R50"};
    const char *const id = bk_population_names[constant->name].id;
    const char *needs = NULL;
    for (size_t i = 0; i < sizeof payload / sizeof *payload; i++) {
        needs = strcmp(id, payload[i]) == 0 ? "dose" : needs;
    }
    for (size_t i = 0; i < sizeof immune / sizeof *immune; i++) {
        needs = strcmp(id, immune[i]) == 0 ? "kimm" : needs;
    }
    bool idle = false; /* what it acts through is absent from this drug */
    for (int i = 0; i < BK_POPULATION_NAMES && needs != NULL; i++) {
        if (strcmp(bk_population_names[i].id, needs) == 0) {
            const bk_population_constant *const c =
                bk_population_find(p->constants, p->drugs[drug], i);
            idle = c == NULL || !(c->value > 0.0);
        }
    }
    return !idle &&
           bk_population_find(p->constants, p->drugs[drug], constant->name) == constant;
}

/* What is sampled: the chosen constants that at least one of the drugs reads. */
static void collect_drawn(bk_population *p)
{
    for (size_t i = 0; i < p->constants->n; i++) {
        const bk_population_constant *const c = &p->constants->list[i];
        bool read = false;
        for (int d = 0; d < p->settings->n_drugs; d++) {
            read = read || bk_population_reads(p, d, c);
        }
        if (read && c->sampled) {
            p->drawn[p->n_drawn++] = c;
        }
    }
}

static bk_status compile(bk_population *p, int drug)
{
    const char *const name = p->settings->drugs[drug];
    bk_status status = bk_population_drug(p->constants, name, p->diag, &p->drugs[drug]);
    for (int i = 0; i < drug && status == BK_OK; i++) {
        if (p->drugs[i] == p->drugs[drug]) {
            bk_diag_add(p->diag, BK_ERROR, (bk_where){0}, "population-drug",
                        "the drug \"%s\" is named twice; name each once", name);
            status = BK_BAD_INPUT;
        }
    }
    if (status == BK_OK) {
        status = bk_population_model(p->constants, name, p->classes, p->n_classes,
                                     p->settings->days, p->diag, &p->models[drug]);
    }
    if (status == BK_OK) {
        status =
            bk_engine_find("ode")->compile(p->models[drug], p->diag, &p->systems[drug]);
    }
    return status;
}

static bk_status prepare(bk_population *p)
{
    const size_t n = (size_t)p->settings->n_drugs;
    const size_t runs = (size_t)p->settings->samples + 1;
    p->drugs = bk_alloc_zero(n, sizeof *p->drugs);
    p->models = bk_alloc_zero(n, sizeof(bk_model *));
    p->systems = bk_alloc_zero(n, sizeof(bk_system *));
    p->drawn = bk_alloc_zero(p->constants->n + 1, sizeof *p->drawn);
    p->results = bk_alloc_zero(runs * n * (size_t)p->width, sizeof *p->results);
    if (p->drugs == NULL || p->models == NULL || p->systems == NULL ||
        p->drawn == NULL || p->results == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status = BK_OK;
    for (int d = 0; d < p->settings->n_drugs && status == BK_OK; d++) {
        status = compile(p, d);
    }
    if (status == BK_OK) {
        collect_drawn(p);
    }
    return status;
}

static void finish(bk_population *p)
{
    for (int d = 0; d < p->settings->n_drugs; d++) {
        if (p->systems != NULL) {
            bk_system_free(p->systems[d]);
        }
        if (p->models != NULL) {
            bk_model_free(p->models[d]);
        }
    }
    bk_free(p->drugs);
    bk_free(p->models);
    bk_free(p->systems);
    bk_free(p->drawn);
    bk_free(p->results);
}

static size_t failures(const bk_population *p)
{
    size_t failed = 0;
    for (size_t r = 0; r <= (size_t)p->settings->samples; r++) {
        for (int d = 0; d < p->settings->n_drugs; d++) {
            failed += isfinite(bk_population_result(p, r, d)[0]) ? 0 : 1;
        }
    }
    return failed;
}

bk_status bk_population_run(const bk_population_constants *constants,
                            const bk_population_class *classes, int n_classes,
                            const bk_population_settings *settings, bk_diag *diag,
                            bk_table **table)
{
    if (settings->n_drugs < 1 || settings->samples < 10 || n_classes > 250) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "population",
                    "a population is asked about at least one drug, with at least 10 "
                    "samples and at most 250 classes");
        return BK_BAD_INPUT;
    }
    bk_population p = {.constants = constants,
                       .classes = classes,
                       .n_classes = n_classes,
                       .settings = settings,
                       .diag = diag,
                       .width = n_classes + 1};
    bk_status status = prepare(&p);
    if (status == BK_OK) {
        bk_parallel(settings->threads, (size_t)settings->samples + 1, work, &p);
        status = p.no_memory ? BK_NO_MEMORY : BK_OK;
    }
    const size_t failed = status == BK_OK ? failures(&p) : 0;
    if (status == BK_OK) {
        status = bk_population_answer(&p, table);
    }
    if (status == BK_OK && failed > 0) {
        bk_diag_add(diag, BK_WARNING, (bk_where){0}, "population-runs",
                    "%zu of %zu runs could not be integrated and are left out", failed,
                    (size_t)(settings->samples + 1) * (size_t)settings->n_drugs);
        status = BK_PARTIAL;
    }
    finish(&p);
    return status;
}
