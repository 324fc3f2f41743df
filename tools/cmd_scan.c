/* SPDX-License-Identifier: GPL-3.0-or-later */

/* scan: every single change of one model. */

#include "scan_over.h"

#include <stdio.h>
#include <string.h>

/* One edit on top of the base scenario, as a condition. */
static int add_edit(cli *c, cli_conditions *k, const bk_scenario *base,
                    const char *label, const char *edit)
{
    bk_scenario *s = bk_scenario_copy(base);
    bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && edit != NULL) {
        status = bk_scenario_parse(s, BK_BACKGROUND, edit, (bk_where){0}, c->diag);
    }
    if (status != BK_OK) {
        bk_scenario_free(s);
        return cli_status(c, status);
    }
    return cli_conditions_add(k, NULL, label, s) ? EXIT_DONE
                                                 : cli_status(c, BK_NO_MEMORY);
}

static bool is_scanned(const bk_model *model, int32_t s)
{
    const bk_symbol_kind kind = bk_symbol_kind_of(model, s);
    return kind == BK_LEVEL || kind == BK_SPECIES;
}

/* Two knock-outs together, each pair once. */
static int add_pairs(cli *c, const cli_model *m, const bk_scenario *base,
                     cli_conditions *k)
{
    int result = EXIT_DONE;
    const int32_t n = bk_model_symbols(m->model);
    for (int32_t s = 0; s < n && result == EXIT_DONE; s++) {
        for (int32_t t = s + 1; t < n && result == EXIT_DONE; t++) {
            if (!is_scanned(m->model, s) || !is_scanned(m->model, t)) {
                continue;
            }
            char label[1024], edit[1024];
            const char *const one = bk_symbol_id(m->model, s);
            const char *const other = bk_symbol_id(m->model, t);
            snprintf(label, sizeof label, "knockout %s + %s", one, other);
            snprintf(edit, sizeof edit, "fix %s = 0; fix %s = 0", one, other);
            result = add_edit(c, k, base, label, edit);
        }
    }
    return result;
}

enum { KNOCKOUTS, ACTIVATIONS, DRUGS, PAIRS, KINDS };

/* Which changes --what names. */
static int read_what(cli *c, bool kinds[KINDS])
{
    static const char *const words[KINDS] = {"knockouts", "activations", "drugs",
                                             "pairs"};
    const char *at = cli_value(c, "what", "knockouts,activations,drugs");
    for (;; at++) {
        at += strspn(at, " ");
        const size_t n = strcspn(at, ", ");
        int kind = 0;
        while (kind < KINDS &&
               (strlen(words[kind]) != n || strncmp(words[kind], at, n) != 0)) {
            kind++;
        }
        if (kind == KINDS) {
            return cli_usage(
                c, "--what: '%.*s' is not knockouts, activations, drugs or pairs",
                (int)n, at);
        }
        kinds[kind] = true;
        at += n + strspn(at + n, " ");
        if (*at != ',') {
            return *at == '\0' ? EXIT_DONE
                               : cli_usage(c, "--what: expected ',' at '%s'", at);
        }
    }
}

static int collect(cli *c, const cli_model *m, const bk_scenario *base,
                   cli_conditions *k)
{
    bool kinds[KINDS] = {false};
    const int understood = read_what(c, kinds);
    if (understood != EXIT_DONE) {
        return understood;
    }
    const size_t n = (size_t)bk_model_symbols(m->model);
    const size_t most =
        1 + 2 * n + bk_library_drugs(m->library) + (kinds[PAIRS] ? n * n / 2 : 0);
    int result = cli_conditions_new(k, most, base) ? add_edit(c, k, base, "none", NULL)
                                                   : cli_status(c, BK_NO_MEMORY);
    for (int32_t s = 0; s < bk_model_symbols(m->model) && result == EXIT_DONE; s++) {
        if (!is_scanned(m->model, s)) {
            continue;
        }
        char label[512], edit[512];
        const char *id = bk_symbol_id(m->model, s);
        if (kinds[KNOCKOUTS]) {
            snprintf(label, sizeof label, "knockout %s", id);
            snprintf(edit, sizeof edit, "fix %s = 0", id);
            result = add_edit(c, k, base, label, edit);
        }
        const int max = bk_symbol_max_level(m->model, s);
        if (result == EXIT_DONE && max > 0 && kinds[ACTIVATIONS]) {
            snprintf(label, sizeof label, "activate %s", id);
            snprintf(edit, sizeof edit, "fix %s = %d", id, max);
            result = add_edit(c, k, base, label, edit);
        }
    }
    if (kinds[PAIRS] && result == EXIT_DONE) {
        result = add_pairs(c, m, base, k);
    }
    if (kinds[DRUGS]) {
        for (size_t i = 0; i < bk_library_drugs(m->library) && result == EXIT_DONE;
             i++) {
            result =
                cli_conditions_add_drug(c, k, base, bk_library_drug(m->library, i));
        }
    }
    return result;
}

static int scan_run(cli *c)
{
    cli_model m;
    bk_settings settings;
    bk_scenario *base = NULL;
    cli_conditions k = {0};
    cli_over over = {.n = 0};
    bk_table *raw = NULL, *table = NULL;
    int result = cli_settings(c, &settings);
    if (result == EXIT_DONE && cli_flag(c, "over") && cli_flag(c, "what")) {
        result = cli_usage(c, "--over stands in place of --what; give one of them");
    }
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_open(c, c->operands[0], &m);
    if (result != EXIT_DONE) {
        return result;
    }
    result = cli_scenario(c, &m, &base);
    if (result == EXIT_DONE) {
        result = cli_over_parse(c, &m, cli_value(c, "over", ""), &over);
    }
    if (result == EXIT_DONE && over.n == 0) {
        result = collect(c, &m, base, &k);
    } else if (result == EXIT_DONE) {
        result = cli_conditions_new(&k, cli_over_size(&over), base)
                     ? cli_over_add(c, &over, base, &k)
                     : cli_status(c, BK_NO_MEMORY);
    }
    if (result == EXIT_DONE) {
        result = cli_screen(c, &m, NULL, false, &k, &settings, &raw);
    }
    if (raw != NULL && (result == EXIT_DONE || result == EXIT_PARTIAL)) {
        const bk_status status = cli_over_relabel(raw, &k, &over, &table);
        if (status != BK_OK) {
            result = cli_status(c, status);
        } else {
            cli_provenance(c, &m, cli_method(c, &m), &settings, NULL, table);
            const int written = cli_write_table(c, table);
            result = written != EXIT_DONE ? written : result;
        }
    }
    bk_table_free(raw);
    bk_table_free(table);
    cli_conditions_free(&k);
    bk_scenario_free(base);
    cli_close(&m);
    return result;
}

static const cli_option scan_options[] = {
    {"what", 0, "LIST", "knockouts,activations,drugs (default: all three), pairs"},
    {"over", 0, "X=LO:HI:N",
     "in place of single changes: N values of a parameter, a start or a drug's dose in "
     "nM, "
     "evenly or with :log behind; two ranges joined by ';' make a grid"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_scan = {
    .name = "scan",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "every single knockout, activation and drug x read-outs",
    .description =
        "One row a perturbation, added to the perturbations given; one column a "
        "read-out, taken in\nthe steady state reached from the unperturbed one, or "
        "with "
        "--measure from a course. pairs: every two\nknockouts together. --over: one "
        "row "
        "a value of a parameter or dose; see also dose-response.",
    .examples =
        "blockade scan her2 --method ode --background HER2-amplified --readouts "
        "pAKT,pERK,proliferation\n",
    .options = {scan_options, cli_readouts_option, cli_screen_options,
                cli_method_option, cli_tolerance_options, cli_stepper_option,
                cli_stochastic_options},
    .perturbs = true,
    .writes = true,
    .run = scan_run};
