/* SPDX-License-Identifier: GPL-3.0-or-later */

/* info and check: what is in a model, and what is wrong with it. */

#include "steady.h"

#include <stdio.h>
#include <string.h>

/* What an engine can do with the model, in words; its complaints are not errors here. */
static void print_engine(cli_model *m, const char *name)
{
    const bk_engine *engine = bk_engine_find(name);
    bk_diag *diag = bk_diag_new();
    bk_model *form = NULL;
    const bk_model *used = m->model;
    bk_system *system = NULL;
    bk_status status = BK_OK;
    const bool logical =
        !bk_model_has_kinetics(m->model) && bk_model_has_logic(m->model);
    if (logical && engine == &bk_engine_ode) {
        const bk_continuous_settings settings = bk_continuous_defaults();
        status = bk_model_continuous(m->model, &settings, diag, &form);
        used = form;
    }
    if (status == BK_OK) {
        status = engine->compile(used, diag, &system);
    }
    if (status == BK_OK) {
        printf("  %-6s yes: %s%s\n", name, engine->summary,
               form != NULL ? " (through the continuous form)" : "");
    } else {
        const char *why = bk_status_text(status);
        for (size_t i = bk_diag_size(diag); i-- > 0;) {
            if (bk_diag_message(diag, i)->severity == BK_ERROR) {
                why = bk_diag_message(diag, i)->text;
            }
        }
        printf("  %-6s no: %s\n", name, why);
    }
    bk_system_free(system);
    bk_model_free(form);
    bk_diag_free(diag);
}

static void print_moiety(void *context, const char *text)
{
    bool *const first = context;
    printf("%-18s%s\n", *first ? "conserved amounts" : "", text);
    *first = false;
}

static void print_conserved(const bk_model *model)
{
    bk_system *system = NULL;
    bool first = true;
    if (bk_engine_ode.compile(model, NULL, &system) == BK_OK) {
        cli_conserved(system, NULL, print_moiety, &first);
    }
    bk_system_free(system);
}

static void print_levels(const bk_model *model)
{
    int32_t inputs = 0, multi = 0;
    for (int32_t s = 0; s < bk_model_symbols(model); s++) {
        if (bk_symbol_kind_of(model, s) == BK_LEVEL) {
            inputs += bk_symbol_input(model, s);
            multi += bk_symbol_max_level(model, s) > 1;
        }
    }
    printf("levels            %d (%d inputs, %d with more than two levels)\n",
           bk_model_levels(model), inputs, multi);
    printf("influences        %d\n", bk_model_influences(model));
}

static void print_network(const bk_model *model, bk_diag *diag)
{
    bk_network *network = NULL;
    bk_network_summary s;
    if (bk_network_new(model, BK_INFLUENCE_VIEW, diag, &network) == BK_OK &&
        bk_network_summarise(network, &s) == BK_OK) {
        printf("influence graph   %d nodes, %d arcs (%d +, %d -, %d without a sign)\n",
               s.nodes, s.arcs, s.positive, s.negative, s.unsigned_arcs);
        printf("                  %d nodes without regulators, %d without targets\n",
               s.inputs, s.outputs);
        printf("                  %d components; %d strongly connected, largest %d\n",
               s.components, s.strong_components, s.largest_strong);
    }
    bk_network_free(network);
}

/* How much of the network rests on what: arcs by confidence, with a reference or not. */
static void print_evidence(const bk_model *model)
{
    const int32_t n = bk_model_influences(model);
    int32_t high = 0, medium = 0, low = 0, referenced = 0;
    for (int32_t i = 0; i < n; i++) {
        const bk_influence *f = bk_model_influence(model, i);
        high += strcmp(f->confidence, "high") == 0;
        medium += strcmp(f->confidence, "medium") == 0;
        low += strcmp(f->confidence, "low") == 0;
        referenced += f->references[0] != '\0';
    }
    if (high + medium + low + referenced > 0) {
        printf(
            "evidence          confidence %d high, %d medium, %d low; %d arcs with a "
            "reference\n",
            high, medium, low, referenced);
    }
}

static void print_requirements(const bk_model *model)
{
    for (int32_t i = 0; i < bk_model_requirements(model); i++) {
        const bk_requirement *r = bk_model_requirement(model, i);
        printf("holds             %s%s%s (line %d)%s\n", r->what,
               r->detail[0] != '\0' ? " " : "", r->detail, r->where.line,
               r->kinetic && r->logical ? ", not evaluated"
               : r->kinetic             ? ", not evaluated by ode"
               : r->logical             ? ", not evaluated by the logic engines"
                                        : "");
    }
}

static void print_one(const bk_model *model, int32_t s)
{
    char *rule = NULL;
    printf("%s  %s", bk_symbol_id(model, s),
           bk_symbol_kind_text(bk_symbol_kind_of(model, s)));
    if (bk_symbol_name(model, s)[0] != '\0') {
        printf("  \"%s\"", bk_symbol_name(model, s));
    }
    if (bk_symbol_kind_of(model, s) == BK_LEVEL) {
        printf("  levels 0..%d", bk_symbol_max_level(model, s));
    }
    printf("\n");
    if (bk_symbol_rule_text(model, s, &rule) == BK_OK) {
        printf("  rule: %s\n", rule[0] != '\0' ? rule : "none");
        bk_string_free(rule);
    }
    for (int32_t i = 0; i < bk_model_influences(model); i++) {
        const bk_influence *f = bk_model_influence(model, i);
        if (f->target != s && f->source != s) {
            continue;
        }
        printf("  %s %s %s%s%s%s%s%s%s\n", bk_symbol_id(model, f->source),
               f->sign > 0   ? "->"
               : f->sign < 0 ? "-|"
                             : "-?",
               bk_symbol_id(model, f->target), f->mechanism[0] ? ": " : "",
               f->mechanism, f->references[0] ? "  [" : "", f->references,
               f->references[0] ? "]" : "",
               f->effective ? "" : "  (no effect in the function)");
    }
}

static int info_run(cli *c)
{
    cli_model m;
    const int status = cli_open(c, c->operands[0], &m);
    if (status != EXIT_DONE) {
        return status;
    }
    if (c->n_operands > 1) {
        int result = EXIT_DONE;
        for (int i = 1; i < c->n_operands && result == EXIT_DONE; i++) {
            int32_t s = -1;
            const bk_status found =
                bk_model_bind(m.model, c->operands[i], (bk_where){0}, c->diag, &s);
            if (found == BK_OK) {
                print_one(m.model, s);
            } else {
                result = cli_status(c, found);
            }
        }
        cli_close(&m);
        return result;
    }
    printf("model             %s%s%s\n", bk_model_id(m.model),
           bk_model_name(m.model)[0] != '\0' ? ": " : "", bk_model_name(m.model));
    printf("file              %s\n", m.path);
    if (bk_model_sbml_level(m.model) > 0) {
        printf("format            SBML Level %d Version %d\n",
               bk_model_sbml_level(m.model), bk_model_sbml_version(m.model));
    }
    if (bk_model_has_kinetics(m.model)) {
        printf("kinetics          %d species, %d reactions, %d parameters, %d "
               "compartments, %d rules, %d events\n",
               bk_model_species(m.model), bk_model_reactions(m.model),
               bk_model_parameters(m.model), bk_model_compartments(m.model),
               bk_model_rules(m.model), bk_model_events(m.model));
        print_conserved(m.model);
    }
    if (bk_model_has_logic(m.model)) {
        print_levels(m.model);
    }
    print_network(m.model, c->diag);
    print_evidence(m.model);
    print_requirements(m.model);
    if (bk_library_drugs(m.library) + bk_library_variants(m.library) > 0) {
        printf("beside it         %zu drugs, %zu variants, %zu backgrounds\n",
               bk_library_drugs(m.library), bk_library_variants(m.library),
               bk_library_backgrounds(m.library));
    }
    printf("engines\n");
    static const char *const names[] = {"ode", "sync", "async", "ctmc", "fba"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        print_engine(&m, names[i]);
    }
    cli_close(&m);
    return EXIT_DONE;
}

const cli_command cmd_info = {
    .name = "info",
    .operands = "MODEL [NAME...]",
    .min_operands = 1,
    .max_operands = 1000,
    .summary = "what is in a model, and what each engine can do with it",
    .description =
        "Prints size, conserved moieties, inputs, outputs, evidence and what each "
        "engine "
        "can do with the\nmodel. With NAMEs (ids or aliases): the rule and the arcs of "
        "each.",
    .examples = "blockade info her2\nblockade info her2 HER2 AKT\n",
    .run = info_run};

static int check_run(cli *c)
{
    int worst = EXIT_DONE;
    for (int i = 0; i < c->n_operands; i++) {
        cli_model m;
        const int status = cli_open(c, c->operands[i], &m);
        if (status != EXIT_DONE) {
            worst = status;
            continue;
        }
        for (int32_t k = 0; k < bk_model_requirements(m.model); k++) {
            const bk_requirement *r = bk_model_requirement(m.model, k);
            if (r->kinetic || r->logical) {
                bk_diag_add(
                    c->diag, BK_WARNING, r->where, "not-evaluated",
                    "%s%s%s: read, and no engine here evaluates it yet; running "
                    "this model will be refused",
                    r->what, r->detail[0] != '\0' ? " " : "", r->detail);
            }
        }
        const size_t warnings = bk_diag_count(c->diag, BK_WARNING);
        cli_messages(c);
        printf("%s: no errors, %zu warning%s\n", m.path, warnings,
               warnings == 1 ? "" : "s");
        cli_close(&m);
    }
    return worst;
}

const cli_command cmd_check = {
    .name = "check",
    .operands = "MODEL...",
    .min_operands = 1,
    .max_operands = 100000,
    .summary = "every problem of a model, with file:line:column",
    .description =
        "Reports all problems it can find in one pass. Exit status 3 when there "
        "was an error.",
    .examples = "blockade check her2\nblockade check --lax networks/her2/her2.sbml\n",
    .run = check_run};
