/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_KINETIC_FIXTURE_H
#define BK_TEST_KINETIC_FIXTURE_H

/* Kinetic models written in a few lines, and runs of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "model/builder.h"
#include "scenario/overlay.h"

#include <blockade/kinetic.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

static inline void tell(const bk_diag *diag)
{
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        print_message("%s\n", bk_diag_message(diag, i)->text);
    }
}

static inline bk_expr resolve_name(void *context, bk_exprs *pool, const char *name,
                                   bk_where where)
{
    (void)where;
    const int32_t symbol = bk_builder_find(context, name);
    return symbol < 0 ? BK_NO_EXPR : bk_expr_symbol(pool, symbol);
}

static inline bk_expr parsed(bk_builder *b, const char *text)
{
    const bk_resolver resolver = {.context = b, .name = resolve_name};
    bk_expr e;
    if (bk_expr_parse(bk_builder_exprs(b), text, strlen(text), &resolver, (bk_where){0},
                      NULL, &e) != BK_OK) {
        fail_msg("cannot parse %s", text);
    }
    return e;
}

static inline int32_t symbol_of(bk_builder *b, bk_symbol_kind kind, const char *id,
                                double value)
{
    bk_symbol s = bk_symbol_blank(kind, id);
    s.initial = isnan(value) ? BK_INITIAL_NONE : BK_INITIAL_VALUE;
    s.value = value;
    return bk_builder_symbol(b, &s);
}

static inline int32_t compartment(bk_builder *b, const char *id, double size)
{
    return symbol_of(b, BK_COMPARTMENT, id, size);
}

static inline int32_t parameter(bk_builder *b, const char *id, double value)
{
    return symbol_of(b, BK_PARAMETER, id, value);
}

/* A species of the compartment `c` with a concentration; `amount` instead of it. */
static inline int32_t species_of(bk_builder *b, const char *id, double value,
                                 bool amount)
{
    bk_symbol s = bk_symbol_blank(BK_SPECIES, id);
    s.compartment = bk_builder_find(b, "c");
    s.initial = amount ? BK_INITIAL_AMOUNT : BK_INITIAL_CONCENTRATION;
    s.value = value;
    return bk_builder_symbol(b, &s);
}

static inline int32_t species(bk_builder *b, const char *id, double concentration)
{
    return species_of(b, id, concentration, false);
}

static inline void rule(bk_builder *b, bk_rule_kind kind, const char *target,
                        const char *math)
{
    bk_builder_rule(b, &(bk_rule){.kind = kind,
                                  .target = bk_builder_find(b, target),
                                  .math = parsed(b, math)});
}

static inline void assigns(bk_builder *b, const char *target, const char *math)
{
    rule(b, BK_ASSIGNMENT_RULE, target, math);
}

static inline void changes(bk_builder *b, const char *target, const char *math)
{
    rule(b, BK_RATE_RULE, target, math);
}

static inline void begins(bk_builder *b, const char *target, const char *math)
{
    bk_builder_initial(b, &(bk_initial_assignment){.target = bk_builder_find(b, target),
                                                   .math = parsed(b, math)});
}

static inline void participants(bk_builder *b, const char *names, bk_role role)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", names);
    char *rest = NULL;
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        double number = 1.0;
        if (name[0] >= '0' && name[0] <= '9') {
            number = strtod(name, &name);
        }
        bk_builder_participant(b, &(bk_participant){.species = bk_builder_find(b, name),
                                                    .role = role,
                                                    .stoichiometry = number,
                                                    .math = -1,
                                                    .symbol = -1,
                                                    .constant = true});
    }
}

/* reaction(b, "r", "A 2B", "C", "k*A"): the law is in amounts per time. */
static inline void reaction(bk_builder *b, const char *id, const char *reactants,
                            const char *products, const char *law)
{
    const int32_t symbol = symbol_of(b, BK_REACTION, id, (double)NAN);
    bk_builder_reaction(
        b, &(bk_reaction){.symbol = symbol, .law = parsed(b, law), .compartment = -1});
    participants(b, reactants, BK_REACTANT);
    participants(b, products, BK_PRODUCT);
}

/* --- runs --------------------------------------------------------------------------------- */

typedef struct bench {
    bk_model *model;
    bk_system *system;
    bk_workspace *workspace;
    bk_settings settings;
    bk_diag *diag;
    bk_column columns[12];
} bench;

static inline bench opened_with(bk_builder *b, const bk_engine *engine)
{
    bench t = {.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    assert_non_null(t.diag);
    t.settings.rtol = 1e-9;
    if (bk_builder_finish(b, &t.model) != BK_OK ||
        engine->compile(t.model, t.diag, &t.system) != BK_OK) {
        tell(t.diag);
        fail_msg("the model does not compile");
    }
    assert_int_equal(engine->workspace(t.system, &t.workspace), BK_OK);
    return t;
}

static inline bench opened(bk_builder *b)
{
    return opened_with(b, &bk_engine_ode);
}

static inline void closed(bench *t)
{
    bk_workspace_free(t->workspace);
    bk_system_free(t->system);
    bk_model_free(t->model);
    bk_diag_free(t->diag);
}

static inline void show(bench *t, const char *names, bk_aspect aspect)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", names);
    char *rest = NULL;
    t->settings.columns = t->columns;
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        const int32_t symbol = bk_model_find(t->model, name);
        assert_true(symbol >= 0);
        t->columns[t->settings.n_columns++] = (bk_column){symbol, aspect};
    }
}

static inline bk_overlay *overlay_of(const bench *t, const char *edits)
{
    if (edits == NULL) {
        return NULL;
    }
    bk_scenario *const scenario = bk_scenario_new("test");
    bk_overlay *overlay = NULL;
    if (bk_scenario_parse(scenario, BK_BACKGROUND, edits, (bk_where){0}, t->diag) !=
            BK_OK ||
        bk_scenario_bind(scenario, NULL, t->model, t->diag, &overlay) != BK_OK) {
        tell(t->diag);
        fail_msg("cannot bind: %s", edits);
    }
    bk_scenario_free(scenario);
    return overlay;
}

static inline bk_outcome *ran(bench *t, const char *edits)
{
    bk_overlay *const overlay = overlay_of(t, edits);
    bk_outcome *outcome = NULL;
    const bk_status status = bk_system_engine(t->system)->run(
        t->system, overlay, &t->settings, t->workspace, t->diag, &outcome);
    bk_overlay_free(overlay);
    if (status != BK_OK) {
        tell(t->diag);
        fail_msg("the run was refused");
    }
    return outcome;
}

static inline bk_outcome *settled(bench *t, const char *edits)
{
    bk_overlay *const overlay = overlay_of(t, edits);
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_engine_ode.settle(t->system, overlay, &t->settings,
                                          t->workspace, t->diag, &outcome),
                     BK_OK);
    bk_overlay_free(overlay);
    return outcome;
}

static inline double last(const bk_outcome *outcome, int column)
{
    assert_true(bk_outcome_rows(outcome) > 0);
    return bk_outcome_value(outcome, bk_outcome_rows(outcome) - 1, column);
}

/* The last value of the first column of a run. */
static inline double end_of(bench *t, const char *edits)
{
    bk_outcome *const outcome = ran(t, edits);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    const double value = last(outcome, 0);
    bk_outcome_free(outcome);
    return value;
}

static inline void assert_close(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance * fmax(1.0, fabs(expected)))) {
        fail_msg("%.17g is not within %g of %.17g", got, tolerance, expected);
    }
}

/* A kinase cascade: S turns K on, K turns T on; D is a rule on K. */
static inline bk_builder *cascade(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    species(b, "S", 1.0);
    species(b, "K", 0.0);
    species(b, "T", 0.0);
    parameter(b, "k", 2.0);
    parameter(b, "D", 0.0);
    assigns(b, "D", "k*K");
    reaction(b, "on", "", "K", "S*k");
    reaction(b, "off", "K", "", "K");
    reaction(b, "turn", "", "T", "D");
    reaction(b, "lose", "T", "", "T");
    bk_builder_model(b)->symbols[bk_builder_find(b, "S")].boundary = true;
    return b;
}

#endif
