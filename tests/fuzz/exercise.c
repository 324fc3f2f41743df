/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <blockade/blockade.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LARGE = 400,  /* symbols: of larger models only what every user meets is tried */
    PATIENCE = 50 /* questions whether to stop, to which the answer is no */
};

void fuzz_broken(const char *promise, const bk_diag *diag)
{
    fprintf(stderr, "BROKEN: %s\n", promise);
    for (size_t i = 0; i < bk_diag_size(diag) && i < 5; i++) {
        const bk_message *const m = bk_diag_message(diag, i);
        fprintf(stderr, "%d:%d: %s\n", m->where.line, m->where.column, m->text);
    }
    fflush(stderr);
    _exit(FUZZ_EXIT_BROKEN);
}

static bool cancelled(void *context)
{
    int *const asked = context;
    return ++*asked > PATIENCE;
}

/* --- reading --- */

static bk_status parse(const fuzz_input *input, const char *path, bool lax,
                       bk_diag *diag, bk_model **model)
{
    const char *const text = input->data;
    const size_t length = input->length;
    switch (input->form) {
    case FUZZ_SBML:
        return bk_sbml_parse(text, length, path, &(bk_read_settings){.lax = lax}, diag,
                             model);
    case FUZZ_BNET:
        return bk_bnet_parse(text, length, path, diag, model);
    case FUZZ_BOOLEANNET:
        return bk_booleannet_parse(text, length, path, diag, model);
    case FUZZ_SIF:
        return bk_sif_parse(text, length, path, lax ? "or" : NULL, diag, model);
    default: {
        const char *const cut = memchr(text, '\f', length);
        const size_t first = cut == NULL ? length : (size_t)(cut - text);
        const bk_maboss_text bnd = {text, first, path};
        if (cut == NULL) {
            return bk_maboss_parse(&bnd, NULL, diag, model);
        }
        const bk_maboss_text cfg = {cut + 1, length - first - 1, path};
        return bk_maboss_parse(&bnd, &cfg, diag, model);
    }
    }
}

/* NULL when it is no model. */
static bk_model *attempt(const fuzz_input *input, const char *path, bool lax)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    const bk_status status = parse(input, path, lax, diag, &model);
    if ((status == BK_OK) != (model != NULL)) {
        fuzz_broken("a model comes out if and only if the status is BK_OK", diag);
    }
    if (status != BK_OK && bk_diag_count(diag, BK_ERROR) == 0) {
        fuzz_broken("a refusal has a message", diag);
    }
    if (status == BK_MISUSE) {
        fuzz_broken("no text is a misuse", diag);
    }
    bk_diag_free(diag);
    return model;
}

/* --- printing and reading again --- */

static void read_back(const bk_model *model, fuzz_form form, const char *text,
                      const char *more)
{
    bk_diag *const diag = bk_diag_new();
    bk_model *again = NULL;
    const size_t n = strlen(text);
    bk_status status;
    switch (form) {
    case FUZZ_SBML:
        status = bk_sbml_parse(text, n, "printed.xml", NULL, diag, &again);
        break;
    case FUZZ_BNET:
        status = bk_bnet_parse(text, n, "printed.bnet", diag, &again);
        break;
    case FUZZ_BOOLEANNET:
        status = bk_booleannet_parse(text, n, "printed.booleannet", diag, &again);
        break;
    default:
        status = bk_maboss_parse(&(bk_maboss_text){text, n, "printed.bnd"},
                                 &(bk_maboss_text){more, strlen(more), "printed.cfg"},
                                 diag, &again);
        break;
    }
    if (status != BK_OK) {
        fputs(text, stderr);
        fuzz_broken("what is printed can be read", diag);
    }
    /* Forms for Boolean levels only may lose what no rule uses. */
    if (form == FUZZ_SBML && bk_model_has_logic(model)) {
        int32_t rules;
        char *differing = NULL;
        status = bk_logic_compare(model, again, &rules, &differing);
        if (status == BK_OK && differing != NULL) {
            fputs(differing, stderr);
            fuzz_broken("SBML that was printed has the same logic", diag);
        }
        bk_string_free(differing);
    }
    bk_model_free(again);
    bk_diag_free(diag);
}

static void print(const bk_model *model)
{
    char *text;
    char *more;
    if (bk_sbml_print(model, NULL, &text) == BK_OK) {
        read_back(model, FUZZ_SBML, text, NULL);
        bk_string_free(text);
    }
    if (bk_bnet_print(model, NULL, &text) == BK_OK) {
        read_back(model, FUZZ_BNET, text, NULL);
        bk_string_free(text);
    }
    if (bk_booleannet_print(model, NULL, &text) == BK_OK) {
        read_back(model, FUZZ_BOOLEANNET, text, NULL);
        bk_string_free(text);
    }
    if (bk_maboss_print(model, NULL, &text, &more) == BK_OK) {
        read_back(model, FUZZ_MABOSS, text, more);
        bk_string_free(text);
        bk_string_free(more);
    }
    for (int32_t i = 0; i < bk_model_symbols(model); i++) {
        if (bk_symbol_rule_text(model, i, &text) == BK_OK) {
            bk_string_free(text);
        }
    }
}

/* --- running --- */

static void show(bk_outcome *outcome, const bk_model *model)
{
    bk_table *table;
    if (bk_outcome_table(outcome, model, &table) == BK_OK) {
        char *text;
        if (bk_table_print(table, BK_TSV, true, &text) == BK_OK) {
            bk_string_free(text);
        }
        bk_table_free(table);
    }
    bk_outcome_free(outcome);
}

static void run(const bk_model *model, const bk_engine *engine,
                const bk_overlay *overlay, double leap)
{
    bk_system *system;
    bk_workspace *work;
    if (engine->compile(model, NULL, &system) != BK_OK) {
        return;
    }
    if (engine->workspace(system, &work) == BK_OK) {
        int asked = 0;
        bk_settings settings = bk_settings_defaults();
        settings.t_end = 5;
        settings.steps = 7;
        settings.max_steps = 200;
        settings.settle_time = 100;
        settings.runs = 3;
        settings.max_moves = 300;
        settings.threads = 1;
        settings.leap = leap;
        settings.cancelled = cancelled;
        settings.cancel_context = &asked;
        bk_outcome *outcome;
        if (engine->run(system, overlay, &settings, work, NULL, &outcome) == BK_OK) {
            show(outcome, model);
        }
        asked = 0;
        if (engine->settle != NULL && leap == 0.0 &&
            engine->settle(system, overlay, &settings, work, NULL, &outcome) == BK_OK) {
            show(outcome, model);
        }
        bk_workspace_free(work);
    }
    bk_system_free(system);
}

static void find_attractors(const bk_model *model)
{
    bk_system *system;
    if (bk_engine_async.compile(model, NULL, &system) != BK_OK) {
        return;
    }
    for (int kind = BK_ATTRACTORS; kind <= BK_TRAP_SPACES; kind++) {
        int asked = 0;
        const bk_attractor_settings settings = {.kind = (bk_attractor_kind)kind,
                                                .update = BK_ASYNCHRONOUS,
                                                .free_inputs = kind % 2 == 0,
                                                .max_states = 4096,
                                                .max_results = 20,
                                                .cancelled = cancelled,
                                                .cancel_context = &asked};
        bk_attractors *attractors;
        if (bk_attractors_find(system, NULL, &settings, NULL, &attractors) == BK_OK) {
            bk_table *table;
            if (bk_attractors_table(attractors, &table) == BK_OK) {
                bk_table_free(table);
            }
            bk_attractors_free(attractors);
        }
    }
    bk_system_free(system);
}

static void follow_probabilities(const bk_model *model)
{
    bk_system *system;
    if (bk_engine_ctmc.compile(model, NULL, &system) != BK_OK) {
        return;
    }
    int asked = 0;
    bk_markov_settings settings = bk_markov_defaults(model);
    settings.end = 2;
    settings.tick = 0.5;
    settings.runs = 20;
    settings.threads = 1;
    settings.max_states = 256;
    settings.exact = bk_model_levels(model) < 8;
    settings.cancelled = cancelled;
    settings.cancel_context = &asked;
    bk_markov *markov;
    if (bk_markov_run(system, NULL, &settings, NULL, &markov) == BK_OK) {
        bk_table *table;
        if (bk_markov_table(markov, BK_MARKOV_STATES, &table) == BK_OK) {
            bk_table_free(table);
        }
        bk_markov_free(markov);
    }
    bk_system_free(system);
}

static void draw(const bk_model *model, bk_view view)
{
    bk_network *network;
    if (bk_network_new(model, view, NULL, &network) == BK_OK) {
        bk_network_summary summary;
        (void)bk_network_summarise(network, &summary);
        bk_network_free(network);
    }
}

void fuzz_use_model(const bk_model *model)
{
    print(model);
    run(model, &bk_engine_ode, NULL, 0);
    run(model, &bk_engine_sync, NULL, 0);
    if (bk_model_symbols(model) > LARGE) {
        return;
    }
    run(model, &bk_engine_async, NULL, 0);
    run(model, &bk_engine_ctmc, NULL, 0);
    run(model, &bk_engine_ssa, NULL, 0);
    run(model, &bk_engine_ssa, NULL, 0.03);
    run(model, &bk_engine_fba, NULL, 0);
    draw(model, BK_INFLUENCE_VIEW);
    draw(model, BK_REACTION_VIEW);
    if (bk_model_has_logic(model)) {
        find_attractors(model);
        follow_probabilities(model);
        const bk_continuous_settings settings = bk_continuous_defaults();
        bk_model *continuous;
        if (bk_model_continuous(model, &settings, NULL, &continuous) == BK_OK) {
            run(continuous, &bk_engine_ode, NULL, 0);
            bk_model_free(continuous);
        }
    }
}

/* --- edits and read-outs --- */

/* A model of each kind, for texts that name its quantities. */
static const char logic[] = "A, B & !C\nB, A | C\nC, C\nx, A\n";
static const char kinetics[] =
    "<sbml xmlns='http://www.sbml.org/sbml/level3/version1/core' level='3' version='1'>"
    "<model id='m'><listOfCompartments><compartment id='c' size='1' constant='true'/>"
    "</listOfCompartments><listOfSpecies>"
    "<species id='A' compartment='c' initialAmount='4' hasOnlySubstanceUnits='true' "
    "boundaryCondition='false' constant='false'/>"
    "<species id='B' compartment='c' initialAmount='0' hasOnlySubstanceUnits='false' "
    "boundaryCondition='false' constant='false'/></listOfSpecies><listOfParameters>"
    "<parameter id='k' value='1' constant='true'/></listOfParameters><listOfReactions>"
    "<reaction id='r' reversible='false' fast='false'><listOfReactants>"
    "<speciesReference species='A' stoichiometry='1' constant='true'/>"
    "</listOfReactants><listOfProducts>"
    "<speciesReference species='B' stoichiometry='1' constant='true'/>"
    "</listOfProducts><kineticLaw><math xmlns='http://www.w3.org/1998/Math/MathML'>"
    "<apply><times/><ci>k</ci><ci>A</ci></apply></math></kineticLaw></reaction>"
    "</listOfReactions></model></sbml>";

void fuzz_use_scenario(const bk_scenario *scenario, const bk_library *library,
                       const bk_model *model)
{
    bk_overlay *overlay;
    if (bk_scenario_bind(scenario, library, model, NULL, &overlay) != BK_OK) {
        return;
    }
    char *text;
    if (bk_overlay_print(overlay, model, &text) == BK_OK) {
        bk_string_free(text);
    }
    run(model, &bk_engine_ode, overlay, 0);
    run(model, &bk_engine_sync, overlay, 0);
    run(model, &bk_engine_ctmc, overlay, 0);
    run(model, &bk_engine_ssa, overlay, 0);
    bk_model *special;
    if (bk_model_specialise(model, overlay, NULL, &special) == BK_OK) {
        print(special);
        bk_model_free(special);
    }
    bk_overlay_free(overlay);
}

static void edit(const fuzz_input *input, const bk_model *model)
{
    bk_scenario *const scenario = bk_scenario_new("s");
    const bk_where where = {"text", 1, 1};
    if (bk_scenario_parse(scenario, BK_BACKGROUND, input->data, where, NULL) == BK_OK) {
        char *text;
        if (bk_scenario_print(scenario, &text) == BK_OK) {
            bk_diag *const diag = bk_diag_new();
            bk_scenario *const again = bk_scenario_new("s");
            if (bk_scenario_parse(again, BK_BACKGROUND, text, where, diag) != BK_OK) {
                fputs(text, stderr);
                fuzz_broken("a scenario that was printed can be read", diag);
            }
            bk_scenario_free(again);
            bk_diag_free(diag);
            bk_string_free(text);
        }
        fuzz_use_scenario(scenario, NULL, model);
    }
    bk_scenario_free(scenario);
}

static void read_out(const fuzz_input *input, const bk_model *model)
{
    bk_readouts *const readouts = bk_readouts_new();
    static char line[FUZZ_LONGEST + 1];
    for (const char *at = input->data; *at != '\0';) {
        const size_t n = strcspn(at, "\n");
        memcpy(line, at, n);
        line[n] = '\0';
        (void)bk_readouts_add(readouts, model, "r", line, (bk_where){"text", 1, 1},
                              NULL);
        at += n + (at[n] == '\n');
    }
    bk_readouts_free(readouts);
}

static void edit_both(const fuzz_input *input)
{
    bk_model *model;
    if (bk_bnet_parse(logic, strlen(logic), "logic", NULL, &model) == BK_OK) {
        edit(input, model);
        read_out(input, model);
        bk_model_free(model);
    }
    if (bk_sbml_parse(kinetics, strlen(kinetics), "kinetics", NULL, NULL, &model) ==
        BK_OK) {
        edit(input, model);
        read_out(input, model);
        bk_model_free(model);
    }
}

bool fuzz_exercise(const fuzz_input *input, const char *path, const char *folder)
{
    if (input->form == FUZZ_TABLES) {
        return fuzz_exercise_tables(input, folder);
    }
    if (input->form == FUZZ_EDITS) {
        edit_both(input);
        return true;
    }
    bk_model *model = attempt(input, path, false);
    if (model == NULL) {
        model = attempt(input, path, true);
    }
    if (model == NULL) {
        return false;
    }
    fuzz_use_model(model);
    bk_model_free(model);
    return true;
}
