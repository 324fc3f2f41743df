/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/maboss.h"

#include <math.h>
#include <string.h>

/* The .cfg: statements that end with a semicolon, each of them
 *
 *     $p = expression;                     a parameter; the last one counts
 *     max_time = expression;               a setting of runs
 *     X.istate = 0;  1;  -1;               off, on, drawn
 *     [X].istate = 0.3 [0], 0.7 [1];       drawn by weight
 *     [X, Y].istate = 1 [0, 1], 3 [1, 0];  drawn together
 *     X.is_internal = 1;  X.refstate = 0;
 */

typedef const bk_maboss_token *place;

static bool is_sign(place t, char sign)
{
    return t->kind == BK_MABOSS_SIGN && t->sign == sign;
}

static bool expect(bk_maboss_config *c, place *at, char sign, const char *what)
{
    if (!is_sign(*at, sign)) {
        bk_maboss_wrong(c->scope, (*at)->where, "maboss-syntax", "%s", what);
        return false;
    }
    ++*at;
    return true;
}

static bool number(bk_maboss_config *c, place *at, bool primary, double *value)
{
    const bk_where where = (*at)->where;
    bk_maboss_value v;
    return (primary ? bk_maboss_primary(c->scope, at, &v)
                    : bk_maboss_evaluate(c->scope, at, &v)) &&
           bk_maboss_constant(c->scope, &v, where, value);
}

static bool end_statement(bk_maboss_config *c, place *at)
{
    return expect(c, at, ';', "a `;` must end the statement");
}

static bool set_variable(bk_maboss_config *c, place *at)
{
    bk_maboss_scope *const s = c->scope;
    const char *const name = (*at)->text;
    double value;
    *at += 1;
    if (!expect(c, at, '=', "a `=` and a value must follow the parameter") ||
        !number(c, at, false, &value) || !end_statement(c, at)) {
        return false;
    }
    const int32_t known = bk_names_add(s->variables, name, (int32_t)s->n_values);
    if (known == -2 || (known == -1 && !bk_grow(&s->values, &s->values_capacity,
                                                s->n_values + 1, sizeof *s->values))) {
        s->no_memory = true;
        return false;
    }
    s->values[known >= 0 ? (size_t)known : s->n_values++] = value;
    return true;
}

typedef enum setting { END, TICK, RUNS, SEED, DISCRETE, THREADS, IGNORED } setting;

static const struct {
    const char *name;
    setting what;
} settings[] = {{"max_time", END},
                {"time_tick", TICK},
                {"sample_count", RUNS},
                {"seed_pseudorandom", SEED},
                {"discrete_time", DISCRETE},
                {"thread_count", THREADS},
                /* of how MaBoSS draws, displays and clusters: no part of the model */
                {"use_physrandgen", IGNORED},
                {"use_mtrandgen", IGNORED},
                {"use_glibcrandgen", IGNORED},
                {"display_traj", IGNORED},
                {"statdist_traj_count", IGNORED},
                {"statdist_cluster_threshold", IGNORED},
                {"statdist_similarity_cache_max_size", IGNORED},
                {"init_pop", IGNORED}};

static bool keep_setting(bk_maboss_config *c, setting what, double v, bk_where where)
{
    const double least = what == SEED || what == DISCRETE || what == END ? 0
                         : what == TICK                                  ? 1e-300
                                                                         : 1;
    const double most = what == END || what == TICK ? 1e300
                        : what == THREADS           ? 1e6
                                                    : 9e15;
    if (what != IGNORED && !(v >= least && v <= most)) {
        bk_maboss_wrong(c->scope, where, "maboss-setting",
                        "this setting makes no sense with such a value");
        return false;
    }
    switch (what) {
    case END:
        c->wishes->end = v;
        break;
    case TICK:
        c->wishes->tick = v;
        break;
    case RUNS:
        c->wishes->runs = (long)v;
        break;
    case SEED:
        c->wishes->seed = (uint64_t)v;
        c->wishes->seeded = true;
        break;
    case DISCRETE:
        c->wishes->discrete = v > 0;
        break;
    case THREADS:
        c->wishes->threads = (int)v;
        break;
    default:
        break;
    }
    return true;
}

static bool set_setting(bk_maboss_config *c, place *at)
{
    place const name = *at;
    const bk_where where = at[0][2].where;
    *at += 2;
    double value;
    if (!number(c, at, false, &value) || !end_statement(c, at)) {
        return false;
    }
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strcmp(name->text, settings[i].name) == 0) {
            return keep_setting(c, settings[i].what, value, where);
        }
    }
    bk_maboss_wrong(c->scope, name->where, "maboss-setting",
                    "there is no setting \"%s\"; there are max_time, time_tick, "
                    "sample_count, seed_pseudorandom, discrete_time, thread_count",
                    name->text);
    return false;
}

static int32_t node_of(bk_maboss_config *c, place name, const bk_names *nodes)
{
    const int32_t symbol =
        name->kind == BK_MABOSS_NAME ? bk_names_find(nodes, name->text) : -1;
    if (name->kind != BK_MABOSS_NAME) {
        bk_maboss_wrong(c->scope, name->where, "maboss-syntax",
                        "the name of a node must stand here");
    } else if (symbol < 0) {
        bk_maboss_wrong(c->scope, name->where, "maboss-name",
                        "there is no node \"%s\" in the .bnd", name->text);
    }
    return symbol;
}

static bool may_start(bk_maboss_config *c, int32_t symbol, bk_where where)
{
    const bk_where first = c->started[symbol];
    if (first.line > 0) {
        bk_maboss_wrong(c->scope, where, "maboss-twice",
                        "how \"%s\" starts is said a second time; the first is in line "
                        "%d",
                        bk_builder_model(c->builder)->symbols[symbol].id, first.line);
        return false;
    }
    c->started[symbol] = where;
    return true;
}

static void draw_start(bk_maboss_config *c, int32_t symbol)
{
    static const double even[2] = {0.5, 0.5};
    static uint8_t both[2] = {0, 1};
    bk_builder_start(
        c->builder,
        &(bk_start_group){
            .n = 1, .states = 2, .levels = &symbol, .weights = even, .values = both});
}

static bool set_attribute(bk_maboss_config *c, const bk_names *nodes, place *at)
{
    place const name = *at;
    place const attribute = name + 2;
    if (attribute->kind != BK_MABOSS_NAME || !is_sign(attribute + 1, '=')) {
        bk_maboss_wrong(c->scope, attribute->where, "maboss-syntax",
                        "this must read NODE.istate = VALUE;");
        return false;
    }
    *at += 4;
    double value;
    if (!number(c, at, false, &value) || !end_statement(c, at)) {
        return false;
    }
    const int32_t x = node_of(c, name, nodes);
    if (x < 0) {
        return false;
    }
    bk_symbol *const symbol = &bk_builder_model(c->builder)->symbols[x];
    const bool on = value < 0 || value > 0;
    if (bk_text_equal_nocase(attribute->text, "istate")) {
        if (!may_start(c, x, name->where)) {
            return false;
        }
        if (value < 0) {
            draw_start(c, x);
        } else {
            symbol->start_level = on;
        }
    } else if (bk_text_equal_nocase(attribute->text, "is_internal")) {
        symbol->internal = on;
    } else if (bk_text_equal_nocase(attribute->text, "refstate")) {
        symbol->reference = value < 0 ? -1 : on;
    } else if (!bk_text_equal_nocase(attribute->text, "in_graph")) {
        bk_maboss_wrong(c->scope, attribute->where, "maboss-attribute",
                        "a node has no \"%s\"; there are istate, is_internal, refstate",
                        attribute->text);
        return false;
    }
    return true;
}

/* A group of nodes as it is read. */
typedef struct group {
    int32_t *levels;
    double *weights;
    uint8_t *values;
    size_t n, n_capacity, states, states_capacity, values_capacity;
} group;

static bool read_nodes(bk_maboss_config *c, const bk_names *nodes, place *at, group *g)
{
    bool fine = true;
    do {
        ++*at; /* [ or , */
        const int32_t x = node_of(c, *at, nodes);
        fine = x >= 0 && may_start(c, x, (*at)->where) && fine;
        if (!bk_grow(&g->levels, &g->n_capacity, g->n + 1, sizeof *g->levels)) {
            c->scope->no_memory = true;
            return false;
        }
        g->levels[g->n++] = x;
        *at += (*at)->kind == BK_MABOSS_NAME;
    } while (is_sign(*at, ','));
    return fine && expect(c, at, ']', "a `]` must close the nodes of the group");
}

static bool read_state(bk_maboss_config *c, place *at, group *g)
{
    const bk_where where = (*at)->where;
    double weight;
    if (!number(c, at, true, &weight)) {
        return false;
    }
    if (!(weight >= 0 && weight <= 1e300)) {
        bk_maboss_wrong(c->scope, where, "maboss-start",
                        "the weight of a state must be 0 or more");
        return false;
    }
    if (!is_sign(*at, '[')) {
        return expect(c, at, '[', "the levels of the state must follow: 0.5 [0]");
    }
    if (!bk_grow(&g->weights, &g->states_capacity, g->states + 1, sizeof *g->weights) ||
        !bk_grow(&g->values, &g->values_capacity, (g->states + 1) * g->n, 1)) {
        c->scope->no_memory = true;
        return false;
    }
    size_t given = 0;
    do {
        ++*at;
        double level;
        if (!number(c, at, true, &level)) {
            return false;
        }
        if (given < g->n) {
            g->values[g->states * g->n + given] = level < 0 || level > 0;
        }
        given++;
    } while (is_sign(*at, ','));
    if (given != g->n) {
        bk_maboss_wrong(c->scope, where, "maboss-start",
                        "this state gives %zu levels, and the group has %zu nodes",
                        given, g->n);
        return false;
    }
    g->weights[g->states++] = weight;
    return expect(c, at, ']', "a `]` must close the levels of the state");
}

static bool keep_group(bk_maboss_config *c, const group *g, bk_where where)
{
    double sum = 0;
    size_t likely = 0;
    for (size_t i = 0; i < g->states; i++) {
        sum += g->weights[i];
        likely += g->weights[i] > 0;
    }
    if (!(sum > 0 && sum <= 1e300)) {
        bk_maboss_wrong(c->scope, where, "maboss-start",
                        "the weights of the states are all 0");
        return false;
    }
    for (size_t k = 0; k < g->n; k++) {
        double on = 0;
        for (size_t i = 0; i < g->states; i++) {
            on += g->values[i * g->n + k] > 0 ? g->weights[i] : 0;
        }
        bk_symbol *const symbol = &bk_builder_model(c->builder)->symbols[g->levels[k]];
        symbol->start_level = 2 * on > sum ? 1 : 2 * on < sum ? 0 : -1;
    }
    if (likely > 1) {
        bk_builder_start(c->builder, &(bk_start_group){.n = (int32_t)g->n,
                                                       .states = (int32_t)g->states,
                                                       .levels = g->levels,
                                                       .weights = g->weights,
                                                       .values = g->values});
    }
    return true;
}

static bool set_group(bk_maboss_config *c, const bk_names *nodes, place *at)
{
    const bk_where where = (*at)->where;
    group g = {0};
    bool fine = read_nodes(c, nodes, at, &g) &&
                expect(c, at, '.', "a `.istate` must follow the group");
    if (fine && !((*at)->kind == BK_MABOSS_NAME &&
                  bk_text_equal_nocase((*at)->text, "istate"))) {
        bk_maboss_wrong(c->scope, (*at)->where, "maboss-attribute",
                        "a group has an istate and nothing else%s",
                        (*at)->kind == BK_MABOSS_NAME &&
                                bk_text_equal_nocase((*at)->text, "pop_istate")
                            ? "; populations of MaBoSS are not read"
                            : "");
        fine = false;
    }
    *at += fine;
    fine = fine && expect(c, at, '=', "a `=` and states must follow");
    for (bool more = fine; more;) {
        fine = read_state(c, at, &g);
        more = fine && is_sign(*at, ',');
        *at += more;
    }
    fine = fine && end_statement(c, at) && keep_group(c, &g, where);
    bk_free(g.levels);
    bk_free(g.weights);
    bk_free(g.values);
    return fine;
}

static bool read_statement(bk_maboss_config *c, const bk_names *nodes, place *at)
{
    place const t = *at;
    if (is_sign(t, ';')) {
        ++*at;
        return true;
    }
    if (t->kind == BK_MABOSS_VARIABLE) {
        return set_variable(c, at);
    }
    if (is_sign(t, '[')) {
        return set_group(c, nodes, at);
    }
    if (t->kind == BK_MABOSS_NAME && is_sign(t + 1, '.')) {
        return set_attribute(c, nodes, at);
    }
    if (t->kind == BK_MABOSS_NAME && is_sign(t + 1, '=')) {
        return set_setting(c, at);
    }
    bk_maboss_wrong(c->scope, t->where, "maboss-syntax",
                    "a statement must read $p = 1; or max_time = 10; or NODE.istate = "
                    "0;");
    return false;
}

void bk_maboss_configure(bk_maboss_config *config, const bk_maboss_token *tokens)
{
    const bk_names *const nodes = config->scope->levels;
    config->scope->levels = NULL; /* no level stands in an expression of a .cfg */
    for (place at = tokens; at->kind != BK_MABOSS_END && !config->scope->no_memory;) {
        place const start = at;
        if (!read_statement(config, nodes, &at)) {
            while (at->kind != BK_MABOSS_END &&
                   (at == start || !is_sign(at - 1, ';'))) {
                at++;
            }
        }
    }
    config->scope->levels = nodes;
    for (int32_t x = 0; x < bk_builder_model(config->builder)->n_symbols; x++) {
        if (config->started[x].line == 0) {
            draw_start(config, x);
        }
    }
}
