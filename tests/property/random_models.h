/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_RANDOM_MODELS_H
#define BK_TEST_RANDOM_MODELS_H

/* Random logical and kinetic models, and random edits that can hold together in one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/builder.h"
#include "scenario/overlay.h"

#include <blockade/engine.h>

enum { MOST_EDITS = 5, EDIT = 120 };

static inline int below(bk_random *r, int n)
{
    return (int)bk_random_below(r, (uint32_t)n);
}

static inline bool chance(bk_random *r, int percent)
{
    return below(r, 100) < percent;
}

static inline double pick(bk_random *r, const double *values, int n)
{
    return values[below(r, n)];
}

/* --- random logical models -------------------------------------------------------- */

static inline bk_expr random_relation(bk_random *r, bk_builder *b, int n)
{
    static const bk_op ops[] = {BK_OP_GEQ, BK_OP_GEQ, BK_OP_LEQ,
                                BK_OP_EQ,  BK_OP_LT,  BK_OP_NEQ};
    bk_exprs *const pool = bk_builder_exprs(b);
    const int32_t x = below(r, n);
    const int max = bk_builder_model(b)->symbols[x].max_level;
    return bk_expr_2(pool, ops[below(r, 6)], bk_expr_symbol(pool, x),
                     bk_expr_number(pool, 1 + below(r, max)));
}

static inline bk_expr random_condition(bk_random *r, bk_builder *b, int n, int depth)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    if (depth == 0 || chance(r, 30)) {
        return random_relation(r, b, n);
    }
    if (chance(r, 20)) {
        return bk_expr_1(pool, BK_OP_NOT, random_condition(r, b, n, depth - 1));
    }
    const bk_expr first = random_condition(r, b, n, depth - 1);
    const bk_expr second = random_condition(r, b, n, depth - 1);
    return bk_expr_2(pool, chance(r, 50) ? BK_OP_AND : BK_OP_OR, first, second);
}

static inline void add_rule(bk_random *r, bk_builder *b, int32_t x, int n, bool rates)
{
    const int max = bk_builder_model(b)->symbols[x].max_level;
    bk_builder_logic(b, &(bk_logic){.target = x,
                                    .otherwise = below(r, max + 1),
                                    .rate_up = rates ? 0.5 + below(r, 4) : 1,
                                    .rate_down = rates ? 0.5 + below(r, 4) : 1});
    const int terms = 1 + below(r, max);
    for (int i = 0; i < terms; i++) {
        bk_builder_term(b, &(bk_term){.level = below(r, max + 1),
                                      .condition = random_condition(r, b, n, 2)});
    }
}

static inline bk_model *random_logic(bk_random *r)
{
    bk_builder *const b = bk_builder_new(NULL);
    const int n = 2 + below(r, 6);
    const bool rates = chance(r, 50);
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", i);
        bk_symbol s = bk_symbol_blank(BK_LEVEL, id);
        s.max_level = chance(r, 50) ? 1 : 2 + below(r, 2);
        s.start_level = below(r, s.max_level + 1);
        s.seen_scale = chance(r, 10) ? 0.6 : 1;
        s.group = chance(r, 20) ? "several" : "";
        bk_builder_symbol(b, &s);
    }
    for (int i = 0; i < n; i++) {
        if (chance(r, 80)) {
            add_rule(r, b, i, n, rates);
        }
    }
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(b, &m), BK_OK);
    return m;
}

/* --- random kinetic models -------------------------------------------------------- */

static inline int32_t add_symbol(bk_builder *b, bk_symbol_kind kind, char letter,
                                 int number, double value)
{
    char id[16];
    snprintf(id, sizeof id, "%c%d", letter, number);
    bk_symbol s = bk_symbol_blank(kind, id);
    s.initial = kind == BK_REACTION ? BK_INITIAL_NONE : BK_INITIAL_VALUE;
    s.value = kind == BK_REACTION ? (double)NAN : value;
    s.constant = false;
    return bk_builder_symbol(b, &s);
}

/* s / (1 + s^2): bounded whatever an edit does to s. */
static inline bk_expr bounded(bk_builder *b, int32_t s)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    const bk_expr x = bk_expr_symbol(pool, s);
    const bk_expr square = bk_expr_2(pool, BK_OP_TIMES, x, x);
    return bk_expr_2(pool, BK_OP_DIVIDE, x,
                     bk_expr_2(pool, BK_OP_PLUS, bk_expr_number(pool, 1), square));
}

typedef struct kinetic {
    bk_builder *b;
    bk_random *r;
    int32_t species[6], parameters[5], rules[3], rates[2];
    int n_species, n_rules, n_rates;
} kinetic;

static inline int32_t any_value(kinetic *k)
{
    const int kind = below(k->r, 4);
    if (kind == 0 && k->n_rules > 0) {
        return k->rules[below(k->r, k->n_rules)];
    }
    if (kind == 1) {
        return k->rates[below(k->r, k->n_rates)];
    }
    return k->species[below(k->r, k->n_species)];
}

static inline bk_expr any_law(kinetic *k, int factors)
{
    bk_exprs *const pool = bk_builder_exprs(k->b);
    bk_expr law = bk_expr_symbol(pool, k->parameters[below(k->r, 5)]);
    for (int i = 0; i < factors; i++) {
        law = bk_expr_2(pool, BK_OP_TIMES, law, bounded(k->b, any_value(k)));
    }
    return law;
}

static inline void add_species(kinetic *k)
{
    const int n = 2 + below(k->r, 4);
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "S%d", i);
        bk_symbol s = bk_symbol_blank(BK_SPECIES, id);
        s.compartment = 0;
        s.initial = chance(k->r, 50) ? BK_INITIAL_AMOUNT : BK_INITIAL_CONCENTRATION;
        s.value = 0.25 * below(k->r, 9);
        s.only_substance = chance(k->r, 25);
        s.boundary = chance(k->r, 20);
        s.slow = chance(k->r, 20);
        k->species[k->n_species++] = bk_builder_symbol(k->b, &s);
    }
}

static inline void add_participant(kinetic *k, bk_role role)
{
    bk_builder_participant(
        k->b, &(bk_participant){.species = k->species[below(k->r, k->n_species)],
                                .role = role,
                                .stoichiometry = 1 + below(k->r, 2),
                                .math = -1,
                                .symbol = -1,
                                .constant = true});
}

static inline void add_reaction(kinetic *k, int number)
{
    bk_exprs *const pool = bk_builder_exprs(k->b);
    const int32_t symbol = add_symbol(k->b, BK_REACTION, 'r', number, 0);
    const int reactants = below(k->r, 3);
    const int products = below(k->r, 3);
    const int32_t index = bk_builder_reaction(
        k->b, &(bk_reaction){.symbol = symbol, .law = -1, .compartment = -1});
    bk_expr law = any_law(k, 1);
    for (int i = 0; i < reactants + products; i++) {
        add_participant(k, i < reactants ? BK_REACTANT : BK_PRODUCT);
        const bk_model *const m = bk_builder_model(k->b);
        const int32_t last = m->participants[m->n_participants - 1].species;
        law = chance(k->r, 70) ? bk_expr_2(pool, BK_OP_TIMES, law, bounded(k->b, last))
                               : law;
    }
    bk_builder_model(k->b)->reactions[index].law = law;
}

/* Times and thresholds that nothing else in a model hits exactly. */
static inline void add_event(kinetic *k, int number)
{
    bk_exprs *const pool = bk_builder_exprs(k->b);
    const bool timed = chance(k->r, 50);
    const bk_expr left =
        timed ? bk_expr_0(pool, BK_OP_TIME) : bk_expr_symbol(pool, any_value(k));
    const double limit = 0.0817 + 0.3 * below(k->r, 8);
    const bk_event event = {
        .symbol = add_symbol(k->b, BK_EVENT, 'e', number, 0),
        .has_id = true,
        .trigger = bk_expr_2(pool, chance(k->r, 80) ? BK_OP_GEQ : BK_OP_LT, left,
                             bk_expr_number(pool, limit)),
        .delay =
            chance(k->r, 30) ? bk_expr_1(pool, BK_OP_ABS, any_law(k, 1)) : BK_NO_EXPR,
        .priority = bk_expr_number(pool, number),
        .initial_value = chance(k->r, 50),
        .persistent = chance(k->r, 50),
        .trigger_time_values = chance(k->r, 50)};
    bk_builder_event(k->b, &event);
    const int32_t targets[] = {k->species[below(k->r, k->n_species)],
                               k->parameters[1 + below(k->r, 4)], k->rates[0]};
    for (int i = 0; i < 3; i++) {
        if (i == 0 || chance(k->r, 40)) {
            bk_builder_event_assignment(
                k->b, &(bk_event_assignment){
                          .target = targets[i],
                          .math = bk_expr_2(pool, BK_OP_PLUS, any_law(k, 1),
                                            bk_expr_number(pool, 0.1))});
        }
    }
}

static inline bk_model *random_kinetic(bk_random *r)
{
    static const double sizes[] = {1, 1, 2.5};
    kinetic k = {.b = bk_builder_new(NULL), .r = r};
    bk_exprs *const pool = bk_builder_exprs(k.b);
    add_symbol(k.b, BK_COMPARTMENT, 'c', 0, pick(r, sizes, 3));
    add_species(&k);
    for (int i = 0; i < 5; i++) {
        k.parameters[i] =
            add_symbol(k.b, BK_PARAMETER, 'k', i, 0.2 + 0.3 * below(r, 6));
    }
    k.n_rates = 2;
    for (int i = 0; i < 2; i++) {
        k.rates[i] = add_symbol(k.b, BK_PARAMETER, 'y', i, 0.5 * below(r, 4));
    }
    const int rules = below(r, 4);
    for (int i = 0; i < rules; i++) {
        const bk_expr law = any_law(&k, 1 + below(r, 2));
        k.rules[i] = add_symbol(k.b, BK_PARAMETER, 'p', i, 0);
        bk_builder_rule(
            k.b,
            &(bk_rule){.kind = BK_ASSIGNMENT_RULE, .target = k.rules[i], .math = law});
        k.n_rules++;
    }
    for (int i = 0; i < 2; i++) {
        const bk_expr law = bk_expr_2(pool, BK_OP_MINUS, any_law(&k, 2),
                                      bk_expr_symbol(pool, k.rates[i]));
        bk_builder_rule(
            k.b, &(bk_rule){.kind = BK_RATE_RULE, .target = k.rates[i], .math = law});
    }
    if (chance(r, 50)) {
        bk_builder_initial(k.b,
                           &(bk_initial_assignment){
                               .target = chance(r, 50) ? k.species[0] : k.parameters[0],
                               .math = bk_expr_symbol(pool, k.parameters[1])});
    }
    const int reactions = 1 + below(r, 4);
    for (int i = 0; i < reactions; i++) {
        add_reaction(&k, i);
    }
    const int events = chance(r, 60) ? 0 : 1 + below(r, 2);
    for (int i = 0; i < events; i++) {
        add_event(&k, i);
    }
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(k.b, &m), BK_OK);
    return m;
}

/* --- random edits ----------------------------------------------------------------- */

/* Not the constants of a continuous form, which edits at 0 would make meaningless. */
static const char *any_symbol(bk_random *r, const bk_model *m)
{
    for (;;) {
        const char *const id = bk_symbol_id(m, below(r, bk_model_symbols(m)));
        if (strncmp(id, "hill_", 5) != 0 && strncmp(id, "tau_", 4) != 0) {
            return id;
        }
    }
}

static inline void random_edit(bk_random *r, const bk_model *m, char *text)
{
    static const double values[] = {0, 0.3, 0.5, 1, 1.5, 2};
    static const double factors[] = {0, 0.2, 0.5, 0.75, 1.6};
    const char *const layer = chance(r, 50) ? "background" : "treatment";
    const char *const x = any_symbol(r, m);
    const char *const y = any_symbol(r, m);
    const double v = pick(r, values, 6);
    const double w = pick(r, values, 6);
    switch (below(r, 6)) {
    case 0:
        snprintf(text, EDIT,
                 chance(r, 80) ? "%s; start %s = %g" : "%s; start [%s] = %g", layer, x,
                 v);
        return;
    case 1:
        snprintf(text, EDIT, "%s; fix %s = %g", layer, x, v);
        return;
    case 2:
        if (chance(r, 30)) {
            snprintf(text, EDIT, "%s; bound %s in [%g, inf]", layer, x, v);
        } else if (chance(r, 40)) {
            snprintf(text, EDIT, "%s; bound %s in [-inf, %g]", layer, x, v);
        } else {
            snprintf(text, EDIT, "%s; bound %s in [%g, %g]", layer, x, fmin(v, w),
                     fmax(v, w));
        }
        return;
    case 3:
        snprintf(text, EDIT, "%s; scale %s by %g", layer, x, pick(r, factors, 5));
        return;
    default:
        snprintf(text, EDIT, "%s; cut %s -> %s at %g", layer, x, y, v);
        return;
    }
}

static inline bk_overlay *bind_edits(const bk_model *m, char edits[][EDIT], int n,
                                     int turn)
{
    bk_scenario *const s = bk_scenario_new("random");
    bk_overlay *overlay = NULL;
    for (int i = 0; i < n; i++) {
        assert_int_equal(bk_scenario_parse(s, BK_BACKGROUND, edits[(i + turn) % n],
                                           (bk_where){.file = NULL}, NULL),
                         BK_OK);
    }
    if (bk_scenario_bind(s, NULL, m, NULL, &overlay) != BK_OK) {
        overlay = NULL;
    }
    bk_scenario_free(s);
    return overlay;
}

/* Edits that can hold together, at least one; and binding them in another order must
 * give the same overlay. */
static inline bk_overlay *random_overlay(bk_random *r, const bk_model *m)
{
    char edits[MOST_EDITS][EDIT];
    bk_overlay *overlay = NULL;
    const int wanted = 1 + below(r, MOST_EDITS);
    int n = 0;
    for (int tries = 0; n < wanted && tries < 200; tries++) {
        random_edit(r, m, edits[n]);
        bk_overlay *const more = bind_edits(m, edits, n + 1, 0);
        if (more != NULL) {
            bk_overlay_free(overlay);
            overlay = more;
            n++;
        }
    }
    assert_non_null(overlay);
    bk_overlay *const turned = bind_edits(m, edits, n, below(r, n));
    assert_non_null(turned);
    assert_string_equal(turned->text, overlay->text);
    bk_overlay_free(turned);
    return overlay;
}

#endif
