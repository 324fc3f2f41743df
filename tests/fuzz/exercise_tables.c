/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <blockade/blockade.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    FEW = 4,      /* backgrounds, variants and treatments tried */
    SMALL = 16,   /* levels: of larger networks predictions are not asked for */
    PATIENCE = 50 /* questions whether to stop, to which the answer is no */
};

static bool cancelled(void *context)
{
    int *const asked = context;
    return ++*asked > PATIENCE;
}

/* --- the folder --- */

static void empty(const char *folder)
{
    DIR *const all = opendir(folder);
    const struct dirent *one;
    while (all != NULL && (one = readdir(all)) != NULL) {
        char path[1024];
        if (one->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, one->d_name);
            unlink(path);
        }
    }
    if (all != NULL) {
        closedir(all);
    }
}

/* Any name becomes that of a file in this folder. */
static void name_of(const char *text, size_t n, char name[64])
{
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < 63; i++) {
        const bool plain = strchr("abcdefghijklmnopqrstuvwxyz_", text[i]) != NULL ||
                           (text[i] == '.' && kept > 0);
        if (plain && text[i] != '\0') {
            name[kept++] = text[i];
        }
    }
    name[kept] = '\0';
}

static void unfold(const fuzz_input *input, const char *folder)
{
    empty(folder);
    const char *const end = input->data + input->length;
    for (const char *at = memchr(input->data, '\f', input->length); at != NULL;) {
        at++;
        const char *const next = memchr(at, '\f', (size_t)(end - at));
        const char *const close = next == NULL ? end : next;
        const char *const line = memchr(at, '\n', (size_t)(close - at));
        char name[64] = "";
        char path[1024];
        if (line != NULL) {
            name_of(at, (size_t)(line - at), name);
        }
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *const file = name[0] == '\0' ? NULL : fopen(path, "wb");
        if (file != NULL) {
            fwrite(line + 1, 1, (size_t)(close - line - 1), file);
            fclose(file);
        }
        at = next;
    }
}

/* --- what is read from it --- */

static void check(bk_status status, bool made, const bk_diag *diag)
{
    if ((status == BK_OK) != made) {
        fuzz_broken("something comes out if and only if the status is BK_OK", diag);
    }
    if (status != BK_OK && status != BK_IO && bk_diag_count(diag, BK_ERROR) == 0) {
        fuzz_broken("a refusal has a message", diag);
    }
    if (status == BK_MISUSE) {
        fuzz_broken("no text is a misuse", diag);
    }
}

static void drop(bk_table *table)
{
    char *text;
    if (table != NULL && bk_table_print(table, BK_JSON, true, &text) == BK_OK) {
        bk_string_free(text);
    }
    bk_table_free(table);
}

/* Prints a table and reads it again. */
static void read_table(const char *path, bk_table_form form)
{
    bk_diag *const diag = bk_diag_new();
    bk_table *table = NULL;
    const bk_status status = bk_table_read(path, form, diag, &table);
    check(status, table != NULL, diag);
    char *text;
    if (table != NULL && bk_table_print(table, form, false, &text) == BK_OK) {
        bk_table *again = NULL;
        if (bk_table_parse(text, strlen(text), "printed", form, diag, &again) !=
            BK_OK) {
            fputs(text, stderr);
            fuzz_broken("a table that was printed can be read", diag);
        }
        if (bk_table_rows(again) != bk_table_rows(table) ||
            bk_table_columns(again) != bk_table_columns(table)) {
            fputs(text, stderr);
            fuzz_broken("a table that was printed has the same rows and columns", diag);
        }
        bk_table_free(again);
        bk_string_free(text);
    }
    bk_table_free(table);
    bk_diag_free(diag);
}

static void ask_library(const bk_library *library, const bk_model *model)
{
    const bk_where where = {"text", 1, 1};
    bk_table *table = NULL;
    if (bk_library_list(library, &table) == BK_OK) {
        drop(table);
    }
    for (size_t i = 0; i < bk_library_backgrounds(library) && i < FEW; i++) {
        const char *const name = bk_library_background(library, i);
        table = NULL;
        if (bk_library_show(library, name, where, NULL, &table) == BK_OK) {
            drop(table);
        }
    }
    for (size_t i = 0; i < FEW; i++) {
        bk_scenario *const scenario = bk_scenario_new("s");
        bool some = false;
        if (i < bk_library_backgrounds(library)) {
            const char *const name = bk_library_background(library, i);
            some = bk_library_background_scenario(library, name, where, NULL,
                                                  scenario) == BK_OK;
        }
        if (i < bk_library_variants(library)) {
            const char *const name = bk_library_variant(library, i);
            some = bk_library_background_scenario(library, name, where, NULL,
                                                  scenario) == BK_OK ||
                   some;
        }
        if (i < bk_library_drugs(library)) {
            char text[512];
            snprintf(text, sizeof text, "%.200s@1e2nM + none",
                     bk_library_drug(library, i));
            some = bk_library_treatment_scenario(library, text, where, NULL,
                                                 scenario) == BK_OK ||
                   some;
        }
        if (some && model != NULL) {
            fuzz_use_scenario(scenario, library, model);
        }
        bk_scenario_free(scenario);
    }
}

static void ask_population(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/constants.tsv", folder);
    bk_diag *const diag = bk_diag_new();
    bk_population_constants *constants = NULL;
    const bk_status status = bk_population_read(path, diag, &constants);
    check(status, constants != NULL, diag);
    bk_population_class classes[BK_POPULATION_LEVELS];
    int n = 0;
    snprintf(path, sizeof path, "%s/cells.tsv", folder);
    if (constants != NULL &&
        bk_population_cells(path, 0.3, NULL, classes, &n) == BK_OK) {
        bk_model *model;
        if (bk_population_model(constants, "T-DM1", classes, n, 21.0, NULL, &model) ==
            BK_OK) {
            fuzz_use_model(model);
            bk_model_free(model);
        }
    }
    bk_population_free(constants);
    bk_diag_free(diag);
}

static void ask_lesions(const char *folder, const bk_library *library,
                        const bk_model *model)
{
    static const char *const names[] = {"plain.tsv", "copies.tsv", "tumour.maf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        const char *const one = path;
        bk_diag *const diag = bk_diag_new();
        char *text = NULL;
        const bk_status status = bk_lesions_print(&one, 1, &(bk_lesion_settings){0},
                                                  library, model, diag, &text);
        check(status, text != NULL, diag);
        bk_scenario *const scenario = bk_scenario_new("s");
        if (text != NULL &&
            bk_scenario_parse(scenario, BK_BACKGROUND, text, (bk_where){"text", 1, 1},
                              diag) != BK_OK) {
            fputs(text, stderr);
            fuzz_broken("lesions that were printed can be read", diag);
        }
        bk_scenario_free(scenario);
        bk_string_free(text);
        bk_diag_free(diag);
    }
}

/* Escapes and predictions, in small networks. */
static void ask_answers(const char *folder, const bk_library *library,
                        const bk_model *model, const bk_readouts *readouts)
{
    int asked = 0;
    bk_settings run = bk_settings_defaults();
    run.max_steps = 200;
    run.settle_time = 100;
    run.threads = 1;
    run.cancelled = cancelled;
    run.cancel_context = &asked;
    const bk_continuous_settings form = bk_continuous_defaults();
    bk_model *continuous = NULL;
    bk_system *system = NULL;
    if (bk_model_continuous(model, &form, NULL, &continuous) != BK_OK ||
        bk_engine_ode.compile(continuous, NULL, &system) != BK_OK) {
        bk_model_free(continuous);
        return;
    }
    const bk_resistance question = {.logic = model,
                                    .system = system,
                                    .library = library,
                                    .folder = folder,
                                    .treatment = bk_library_drugs(library) > 0
                                                     ? bk_library_drug(library, 0)
                                                     : "none",
                                    .readouts = readouts,
                                    .screen = {.run = run, .threads = 1},
                                    .variants = true,
                                    .nodes = true};
    bk_table *table = NULL;
    (void)bk_resistance_run(&question, NULL, &table);
    drop(table);
    char path[1024];
    snprintf(path, sizeof path, "%s/observations.tsv", folder);
    bk_table *questions = NULL;
    if (bk_table_read(path, BK_TSV, NULL, &questions) == BK_OK &&
        bk_table_rows(questions) <= 8) {
        const bk_predictor predictor = {.logic = model,
                                        .ode = system,
                                        .library = library,
                                        .folder = folder,
                                        .threads = 1};
        asked = 0;
        table = NULL;
        (void)bk_predict(&predictor, questions, &run, NULL, &table);
        drop(table);
    }
    bk_table_free(questions);
    bk_system_free(system);
    bk_model_free(continuous);
}

bool fuzz_exercise_tables(const fuzz_input *input, const char *folder)
{
    unfold(input, folder);
    char path[1024];
    static const char *const tables[] = {"observations.tsv", "readouts.tsv",
                                         "reactions.tsv", "constants.tsv"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, tables[i]);
        read_table(path, i % 2 == 0 ? BK_TSV : BK_CSV);
    }
    bk_diag *diag = bk_diag_new();
    bk_model *model = NULL;
    bk_status status = bk_folder_read(folder, diag, &model);
    check(status, model != NULL, diag);
    bk_diag_free(diag);
    diag = bk_diag_new();
    bk_library *library = NULL;
    status = bk_library_read(folder, diag, &library);
    check(status, library != NULL, diag);
    bk_diag_free(diag);
    bk_readouts *const readouts = bk_readouts_new();
    const bool shown =
        model != NULL && bk_readouts_read(readouts, model, folder, NULL, NULL) == BK_OK;
    ask_population(folder);
    if (library != NULL) {
        ask_library(library, model);
    }
    if (library != NULL && model != NULL) {
        ask_lesions(folder, library, model);
        if (shown && bk_model_has_logic(model) && bk_model_levels(model) <= SMALL) {
            ask_answers(folder, library, model, readouts);
        }
    }
    if (model != NULL) {
        fuzz_use_model(model);
    }
    bk_readouts_free(readouts);
    bk_library_free(library);
    const bool made = model != NULL;
    bk_model_free(model);
    return made;
}
