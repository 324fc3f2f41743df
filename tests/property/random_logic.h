/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_RANDOM_LOGIC_H
#define BK_TEST_RANDOM_LOGIC_H

/* Random multi-valued networks with random edits, and what their rules give by the
 * plainest means there are: every condition evaluated as a tree, every edit as a line of
 * its own.  Nothing here is shared with the engines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/builder.h"

#include <blockade/blockade.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 14 };

typedef struct net {
    bk_model *model;
    int n; /* levels; their symbols are 0 .. n - 1 */
    int max[MOST_NODES];
    bool input[MOST_NODES];
    int start[MOST_NODES];
} net;

typedef struct layer {
    double fix, low, high, scale;
} layer;

typedef struct edits {
    layer background[MOST_NODES], treatment[MOST_NODES];
    double start[MOST_NODES];
    double cut[MOST_NODES][MOST_NODES]; /* [source][target]; NaN: none */
    char text[8000];
} edits;

static inline int pick(bk_random *random, int n)
{
    return (int)bk_random_below(random, (uint32_t)n);
}

static inline bk_expr random_relation(bk_exprs *pool, bk_random *random, const net *g)
{
    static const bk_op ops[] = {BK_OP_EQ,  BK_OP_NEQ, BK_OP_LT,
                                BK_OP_LEQ, BK_OP_GT,  BK_OP_GEQ};
    const int x = pick(random, g->n);
    const bk_expr a = bk_expr_symbol(pool, x);
    const bk_expr b = bk_expr_number(pool, pick(random, g->max[x] + 1));
    const bk_op op = ops[pick(random, 6)];
    return pick(random, 2) == 0 ? bk_expr_2(pool, op, a, b) : bk_expr_2(pool, op, b, a);
}

static inline bk_expr random_condition(bk_exprs *pool, bk_random *random, const net *g,
                                       int depth)
{
    const int kind = depth == 0 ? 0 : pick(random, 6);
    if (kind <= 1) {
        return random_relation(pool, random, g);
    }
    const bk_expr a = random_condition(pool, random, g, depth - 1);
    if (kind == 2) {
        return bk_expr_1(pool, BK_OP_NOT, a);
    }
    const bk_expr b = random_condition(pool, random, g, depth - 1);
    return bk_expr_2(pool,
                     kind == 3   ? BK_OP_AND
                     : kind == 4 ? BK_OP_OR
                                 : BK_OP_XOR,
                     a, b);
}

/* rates: also random rates. */
static inline net random_net(bk_random *random, int least, int most, int most_level,
                             bool rates)
{
    net g = {.n = least + pick(random, most - least + 1)};
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    for (int x = 0; x < g.n; x++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", x);
        bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
        g.max[x] = symbol.max_level = 1 + pick(random, most_level);
        g.start[x] = symbol.start_level = pick(random, g.max[x] + 1);
        symbol.slow = pick(random, 4) == 0;
        bk_builder_symbol(b, &symbol);
    }
    for (int x = 0; x < g.n; x++) {
        g.input[x] = pick(random, 5) == 0;
        if (g.input[x]) {
            continue;
        }
        bk_logic logic = {.target = x,
                          .otherwise = pick(random, g.max[x] + 1),
                          .rate_up = 1.0,
                          .rate_down = 1.0};
        if (rates) {
            logic.rate_up = 0.5 + bk_random_uniform(random);
            logic.rate_down = 0.5 + bk_random_uniform(random);
        }
        bk_builder_logic(b, &logic);
        for (int k = 1 + pick(random, 3); k > 0; k--) {
            bk_builder_term(b, &(bk_term){.level = pick(random, g.max[x] + 1),
                                          .condition = random_condition(
                                              bk_builder_exprs(b), random, &g, 3)});
        }
    }
    assert_int_equal(bk_builder_finish(b, &g.model), BK_OK);
    return g;
}

static inline edits no_edits(void)
{
    edits e = {.text = ""};
    for (int x = 0; x < MOST_NODES; x++) {
        e.background[x] = e.treatment[x] =
            (layer){(double)NAN, (double)-INFINITY, (double)INFINITY, 1.0};
        e.start[x] = (double)NAN;
        for (int y = 0; y < MOST_NODES; y++) {
            e.cut[x][y] = (double)NAN;
        }
    }
    return e;
}

static inline void random_layer(edits *e, bk_random *random, int x, int max, layer *l,
                                bool treatment)
{
    char *const end = e->text + strlen(e->text);
    const size_t room = sizeof e->text - strlen(e->text);
    const int level = pick(random, max + 1);
    switch (pick(random, 6)) {
    case 0:
        l->fix = level;
        snprintf(end, room, "fix x%d = %d\n", x, level);
        break;
    case 1:
        l->low = level;
        snprintf(end, room, "bound x%d in [%d, inf]\n", x, level);
        break;
    case 2:
        l->high = level;
        snprintf(end, room, "bound x%d in [-inf, %d]\n", x, level);
        break;
    case 3:
        if (treatment) {
            l->scale = 0.25 * (double)(1 + pick(random, 3));
            snprintf(end, room, "scale x%d by %g\n", x, l->scale);
        }
        break;
    default:
        break;
    }
}

static inline edits random_edits(bk_random *random, const net *g)
{
    edits e = no_edits();
    for (int x = 0; x < g->n; x++) {
        if (pick(random, 4) == 0) {
            e.start[x] = pick(random, g->max[x] + 1);
            snprintf(e.text + strlen(e.text), 40, "start x%d = %g\n", x, e.start[x]);
        }
        random_layer(&e, random, x, g->max[x], &e.background[x], false);
    }
    strcat(e.text, "treatment\n");
    for (int x = 0; x < g->n; x++) {
        random_layer(&e, random, x, g->max[x], &e.treatment[x], true);
        const int target = pick(random, g->n);
        if (pick(random, 4) == 0 && !g->input[target]) {
            e.cut[x][target] = pick(random, g->max[x] + 1);
            snprintf(e.text + strlen(e.text), 60, "cut x%d -> x%d at %g\n", x, target,
                     e.cut[x][target]);
        }
    }
    return e;
}

static inline bk_overlay *bound(const edits *e, const bk_model *model)
{
    bk_diag *const diag = bk_diag_new();
    bk_scenario *const scenario = bk_scenario_new("random");
    bk_overlay *overlay = NULL;
    assert_non_null(scenario);
    bk_status status =
        bk_scenario_parse(scenario, BK_BACKGROUND, e->text, (bk_where){0}, diag);
    if (status == BK_OK) {
        status = bk_scenario_bind(scenario, NULL, model, diag, &overlay);
    }
    if (status != BK_OK) {
        fail_msg("%s\n%s", e->text,
                 bk_diag_size(diag) > 0 ? bk_diag_message(diag, 0)->text : "");
    }
    bk_scenario_free(scenario);
    bk_diag_free(diag);
    return overlay;
}

static inline int clamped(const layer *l, double level, int max)
{
    if (!isnan(l->fix)) {
        return (int)l->fix;
    }
    const double low = fmax(l->low, 0.0);
    const double high = fmin(l->high, max);
    return (int)fmin(fmax(level, low), high);
}

/* What others see; share: scales are shares of time, not of levels. */
static inline int naive_seen(const layer *l, int level, int max, bool share)
{
    return clamped(l, share ? level : ceil(level * l->scale - 0.5), max);
}

/* Where x would go in a state; shown[] is what others are shown of each. */
static inline int naive_target(const net *g, const edits *e, int x, const int *state,
                               const int *shown, bool share)
{
    if (!isnan(e->background[x].fix)) {
        return (int)e->background[x].fix;
    }
    if (g->input[x]) {
        const int start = isnan(e->start[x]) ? g->start[x] : (int)e->start[x];
        return clamped(&e->background[x], start, g->max[x]);
    }
    double values[MOST_NODES] = {0.0};
    for (int y = 0; y < g->n; y++) {
        values[y] = y == x ? state[x]
                           : naive_seen(&e->treatment[y], shown[y], g->max[y], share);
        values[y] = isnan(e->cut[y][x]) ? values[y] : e->cut[y][x];
    }
    const bk_model *const m = g->model;
    const bk_logic *const logic = &m->logics[bk_model_logic_of(m, x)];
    int level = logic->otherwise;
    for (int32_t k = 0; k < logic->terms; k++) {
        const bk_term *const term = &m->terms[logic->first_term + k];
        if (bk_expr_evaluate(m->exprs, term->condition, values, 0.0, NULL) > 0.5) {
            level = term->level;
            break;
        }
    }
    return clamped(&e->background[x], level, g->max[x]);
}

static inline int states_of(const net *g)
{
    int states = 1;
    for (int x = 0; x < g->n; x++) {
        states *= g->max[x] + 1;
    }
    return states;
}

static inline void decode(const net *g, int number, int *state)
{
    for (int x = 0; x < g->n; x++) {
        state[x] = number % (g->max[x] + 1);
        number /= g->max[x] + 1;
    }
}

static inline int encode(const net *g, const int *state)
{
    int number = 0;
    for (int x = g->n; x-- > 0;) {
        number = number * (g->max[x] + 1) + state[x];
    }
    return number;
}

static inline int towards(int level, int target)
{
    return level + (target > level) - (target < level);
}

#endif
