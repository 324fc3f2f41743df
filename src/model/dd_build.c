/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conditions become diagrams over 0 and 1 from the leaves up; the rule is then a chain
 * of if-then-else from its last term to its first.  The variables stand in the order in
 * which the terms name them first: regulators that act together are written together,
 * which keeps the diagrams small. */

#include "model/dd.h"

#include "base/alloc.h"
#include "math/walk.h"
#include "model/dd_table.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_REGULATORS = 4096, DETOUR = 32, LEAST_ROOM = 10000 };

typedef struct regulator {
    int32_t symbol;
    int32_t order; /* of its first appearance; then the variable */
} regulator;

typedef struct making {
    const bk_model *model;
    const bk_logic *logic;
    regulator *found; /* ascending by symbol once gathered */
    size_t n, capacity;
    int32_t *levels, *symbols; /* by variable */
    bk_dd_table table;
    bool no_memory;
} making;

static int by_symbol(const void *a, const void *b)
{
    const regulator *const x = a;
    const regulator *const y = b;
    if (x->symbol != y->symbol) {
        return x->symbol < y->symbol ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const regulator *const x = a;
    const regulator *const y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static bool gather_term(making *m, bk_expr condition)
{
    bk_walk walk;
    if (!bk_walk_start(&walk, m->model->exprs, condition)) {
        return false;
    }
    bool ok = true;
    for (int32_t i = 0; ok && i < walk.n; i++) {
        if (bk_expr_op(m->model->exprs, walk.nodes[i]) != BK_OP_SYMBOL) {
            continue;
        }
        ok = bk_grow(&m->found, &m->capacity, m->n + 1, sizeof *m->found);
        if (ok) {
            const int32_t symbol = bk_expr_payload_of(m->model->exprs, walk.nodes[i]);
            m->found[m->n] = (regulator){symbol, (int32_t)m->n};
            m->n++;
        }
    }
    bk_walk_end(&walk);
    return ok;
}

/* Numbers the regulators by first appearance. */
static bool gather(making *m)
{
    for (int32_t k = 0; k < m->logic->terms; k++) {
        if (!gather_term(m, m->model->terms[m->logic->first_term + k].condition)) {
            return false;
        }
    }
    size_t n = 0;
    if (m->n > 0) {
        qsort(m->found, m->n, sizeof *m->found, by_symbol);
    }
    for (size_t i = 0; i < m->n; i++) {
        if (n == 0 || m->found[n - 1].symbol != m->found[i].symbol) {
            m->found[n++] = m->found[i];
        }
    }
    m->n = n;
    m->levels = bk_alloc((n + 1) * sizeof *m->levels);
    m->symbols = bk_alloc((n + 1) * sizeof *m->symbols);
    if (m->levels == NULL || m->symbols == NULL) {
        return false;
    }
    if (n > 0) {
        qsort(m->found, n, sizeof *m->found, by_order);
    }
    for (size_t i = 0; i < n; i++) {
        m->found[i].order = (int32_t)i;
        m->symbols[i] = m->found[i].symbol;
        m->levels[i] = m->model->symbols[m->found[i].symbol].max_level + 1;
    }
    if (n > 0) {
        qsort(m->found, n, sizeof *m->found, by_symbol);
    }
    return true;
}

static void making_end(making *m)
{
    bk_free(m->found);
    bk_free(m->levels);
    bk_free(m->symbols);
    bk_dd_table_end(&m->table);
}

static bk_status making_start(making *m, const bk_model *model, int32_t logic,
                              int32_t terminals, int32_t most)
{
    *m = (making){.model = model, .logic = &model->logics[logic]};
    bk_status status = gather(m) ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK && m->n > MOST_REGULATORS) {
        status = BK_UNSUPPORTED;
    }
    const int64_t room = (int64_t)most * DETOUR;
    const int32_t limit = room > INT32_MAX / 2 ? INT32_MAX / 2 : (int32_t)room;
    if (status == BK_OK &&
        !bk_dd_table_start(&m->table, m->levels, terminals > 2 ? terminals : 2,
                           limit < LEAST_ROOM ? LEAST_ROOM : limit)) {
        status = BK_NO_MEMORY;
    }
    if (status != BK_OK) {
        bk_free(m->found);
        bk_free(m->levels);
        bk_free(m->symbols);
    }
    return status;
}

static bk_status failure(const making *m)
{
    return m->table.full && !m->table.no_memory && !m->no_memory ? BK_UNSUPPORTED
                                                                 : BK_NO_MEMORY;
}

static int32_t variable_of(const making *m, int32_t symbol)
{
    const regulator key = {symbol, 0};
    size_t low = 0;
    size_t high = m->n;
    while (low + 1 < high) {
        const size_t middle = (low + high) / 2;
        if (m->found[middle].symbol <= key.symbol) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return m->found[low].order;
}

/* A comparison of a level with a number, either way round. */
static int32_t compare_level(making *m, bk_op op, bk_expr a, bk_expr b)
{
    const bk_exprs *const pool = m->model->exprs;
    const bool level_first = bk_expr_op(pool, a) == BK_OP_SYMBOL;
    const int32_t variable =
        variable_of(m, bk_expr_payload_of(pool, level_first ? a : b));
    const double number = bk_expr_value(pool, level_first ? b : a);
    const size_t bottom = m->table.depth;
    bool ok = true;
    for (int32_t v = 0; ok && v < m->levels[variable]; v++) {
        const double args[2] = {level_first ? v : number, level_first ? number : v};
        ok = bk_dd_push(&m->table, bk_op_apply(op, args, 2) != 0.0 ? 1 : 0);
    }
    const int32_t node =
        ok ? bk_dd_node(&m->table, variable, m->table.stack + bottom) : -1;
    m->table.depth = bottom;
    return node;
}

static int32_t join(bk_dd_table *t, bk_op op, int32_t a, int32_t b)
{
    switch (op) {
    case BK_OP_AND:
        return bk_dd_ite(t, a, b, 0);
    case BK_OP_OR:
        return bk_dd_ite(t, a, 1, b);
    case BK_OP_IMPLIES:
        return bk_dd_ite(t, a, b, 1);
    case BK_OP_EQ:
        return bk_dd_ite(t, a, b, bk_dd_ite(t, b, 0, 1));
    default: /* XOR, NEQ */
        return bk_dd_ite(t, a, bk_dd_ite(t, b, 0, 1), b);
    }
}

/* A connective of any number of arguments, joined in pairs of pairs so that long chains
 * cost no more than their diagrams. */
static int32_t join_all(making *m, bk_op op, bk_expr e, const bk_walk *walk,
                        const int32_t *made)
{
    const bk_exprs *const pool = m->model->exprs;
    bk_dd_table *const t = &m->table;
    const size_t bottom = t->depth;
    int n = bk_expr_count(pool, e);
    for (int k = 0; k < n; k++) {
        if (!bk_dd_push(t, made[bk_walk_place(walk, bk_expr_arg(pool, e, k))])) {
            return -1;
        }
    }
    if (n == 0) {
        return op == BK_OP_AND ? 1 : 0;
    }
    for (; n > 1; n = (n + 1) / 2) {
        for (int k = 0; k + 1 < n; k += 2) {
            const size_t at = bottom + (size_t)k;
            const int32_t joined = join(t, op, t->stack[at], t->stack[at + 1]);
            t->stack[bottom + (size_t)k / 2] = joined;
        }
        if (n % 2 == 1) {
            t->stack[bottom + (size_t)n / 2] = t->stack[bottom + (size_t)n - 1];
        }
    }
    t->depth = bottom;
    return t->stack[bottom];
}

static int32_t make_node(making *m, bk_expr e, const bk_walk *walk, const int32_t *made)
{
    const bk_exprs *const pool = m->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    switch (op) {
    case BK_OP_NUMBER:
    case BK_OP_SYMBOL:
        return 0; /* read by the comparison above it */
    case BK_OP_TRUE:
        return 1;
    case BK_OP_FALSE:
        return 0;
    case BK_OP_NOT:
        return bk_dd_ite(&m->table, made[bk_walk_place(walk, bk_expr_arg(pool, e, 0))],
                         0, 1);
    case BK_OP_AND:
    case BK_OP_OR:
    case BK_OP_XOR:
    case BK_OP_IMPLIES:
        return join_all(m, op, e, walk, made);
    default:
        break;
    }
    const bk_expr a = bk_expr_arg(pool, e, 0);
    const bk_expr b = bk_expr_arg(pool, e, 1);
    const bool number =
        bk_expr_op(pool, a) == BK_OP_NUMBER || bk_expr_op(pool, b) == BK_OP_NUMBER;
    return number ? compare_level(m, op, a, b) : join_all(m, op, e, walk, made);
}

/* The diagram of a condition, or -1. */
static int32_t make_condition(making *m, bk_expr condition)
{
    bk_walk walk;
    if (!bk_walk_start(&walk, m->model->exprs, condition)) {
        m->no_memory = true;
        return -1;
    }
    int32_t *const made = bk_alloc((size_t)walk.n * sizeof *made);
    int32_t result = -1;
    if (made != NULL) {
        bool ok = true;
        for (int32_t i = 0; ok && i < walk.n; i++) {
            made[i] = make_node(m, walk.nodes[i], &walk, made);
            ok = made[i] >= 0;
        }
        result = ok ? made[walk.n - 1] : -1;
    } else {
        m->no_memory = true;
    }
    bk_free(made);
    bk_walk_end(&walk);
    return result;
}

/* Marks what hangs under the root: new_number[node] is 0 for the marked, else -1. */
static void mark(const bk_dd_table *t, int32_t root, int32_t *new_number)
{
    memset(new_number, 0xFF, (size_t)t->n * sizeof *new_number);
    new_number[root] = 0;
    for (int32_t node = t->n - 1; node >= t->terminals; node--) {
        if (new_number[node] < 0) {
            continue;
        }
        for (int32_t v = 0; v < t->levels[t->variable[node]]; v++) {
            new_number[t->children[t->first[node] + v]] = 0;
        }
    }
}

/* Room for all arrays of a diagram in one piece. */
static bk_dd *dd_new(size_t regulators, size_t nodes, size_t children)
{
    const size_t numbers = 2 * regulators + 2 * nodes + children;
    bk_dd *const dd = bk_alloc(sizeof *dd + numbers * sizeof(int32_t));
    if (dd == NULL) {
        return NULL;
    }
    int32_t *const start = (int32_t *)(dd + 1);
    *dd = (bk_dd){.regulators = (int32_t)regulators,
                  .nodes = (int32_t)nodes,
                  .regulator = start,
                  .levels = start + regulators,
                  .variable = start + 2 * regulators,
                  .first = start + 2 * regulators + nodes,
                  .children = start + 2 * regulators + 2 * nodes};
    return dd;
}

void bk_dd_free(bk_dd *dd)
{
    bk_free(dd);
}

/* The part of the table that hangs under the root, numbered anew. */
static bk_status extract(making *m, int32_t root, int32_t most, bk_dd **dd)
{
    const bk_dd_table *const t = &m->table;
    int32_t *const number = bk_alloc((size_t)t->n * sizeof *number);
    if (number == NULL) {
        return BK_NO_MEMORY;
    }
    mark(t, root, number);
    size_t nodes = (size_t)t->terminals;
    size_t children = 0;
    for (int32_t i = 0; i < t->n; i++) {
        if (i < t->terminals) {
            number[i] = i;
        } else if (number[i] == 0) {
            number[i] = (int32_t)nodes++;
            children += (size_t)m->levels[t->variable[i]];
        }
    }
    bk_dd *const made = nodes > (size_t)most + (size_t)t->terminals
                            ? NULL
                            : dd_new(m->n, nodes, children);
    if (made == NULL) {
        bk_free(number);
        return nodes > (size_t)most + (size_t)t->terminals ? BK_UNSUPPORTED
                                                           : BK_NO_MEMORY;
    }
    made->terminals = t->terminals;
    made->root = number[root];
    memcpy(made->regulator, m->symbols, m->n * sizeof *m->symbols);
    memcpy(made->levels, m->levels, m->n * sizeof *m->levels);
    int32_t next = 0;
    for (int32_t i = 0; i < t->n; i++) {
        if (number[i] < 0) {
            continue;
        }
        const int32_t n = i < t->terminals ? 0 : m->levels[t->variable[i]];
        made->variable[number[i]] = i < t->terminals ? -1 : t->variable[i];
        made->first[number[i]] = next;
        for (int32_t v = 0; v < n; v++) {
            made->children[next++] = number[t->children[t->first[i] + v]];
        }
    }
    bk_free(number);
    *dd = made;
    return BK_OK;
}

static int32_t levels_of(const bk_model *model, int32_t logic)
{
    return model->symbols[model->logics[logic].target].max_level + 1;
}

/* The rule with a terminal for each of its cases: the terms, then `otherwise`. */
static bk_status build(making *m, const int32_t *terminal, int32_t most, bk_dd **dd)
{
    const bk_term *const terms = m->model->terms + m->logic->first_term;
    int32_t rule = terminal[m->logic->terms];
    for (int32_t k = m->logic->terms - 1; k >= 0 && rule >= 0; k--) {
        rule = bk_dd_ite(&m->table, make_condition(m, terms[k].condition), terminal[k],
                         rule);
    }
    return rule >= 0 ? extract(m, rule, most, dd) : failure(m);
}

/* cases: terminals are cases; else levels. */
static bk_status build_rule(const bk_model *model, int32_t number, bool cases,
                            int32_t most, bk_dd **dd)
{
    const bk_logic *const logic = &model->logics[number];
    const bk_term *const terms = model->terms + logic->first_term;
    const int32_t n = logic->terms;
    int32_t *const terminal = bk_alloc(((size_t)n + 1) * sizeof *terminal);
    if (terminal == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t k = 0; k <= n; k++) {
        const int level = k < n ? terms[k].level : logic->otherwise;
        const double rate = k < n ? terms[k].rate : 0;
        terminal[k] = cases ? k : level;
        for (int32_t i = 0; cases && i < k; i++) {
            if (terms[i].level == level && !(terms[i].rate < rate) &&
                !(terms[i].rate > rate)) {
                terminal[k] = i;
                break;
            }
        }
    }
    making m;
    bk_status status =
        making_start(&m, model, number, cases ? n + 1 : levels_of(model, number), most);
    if (status == BK_OK) {
        status = build(&m, terminal, most, dd);
        making_end(&m);
    }
    bk_free(terminal);
    return status;
}

bk_status bk_dd_build(const bk_model *model, int32_t logic, int32_t most, bk_dd **dd)
{
    return build_rule(model, logic, false, most, dd);
}

bk_status bk_dd_build_cases(const bk_model *model, int32_t logic, int32_t most,
                            bk_dd **dd)
{
    return build_rule(model, logic, true, most, dd);
}

bk_status bk_dd_overlap(const bk_model *model, int32_t logic, int32_t most,
                        int32_t *earlier, int32_t *later)
{
    making m;
    bk_status status = making_start(&m, model, logic, levels_of(model, logic), most);
    if (status != BK_OK) {
        return status;
    }
    const bk_term *const terms = model->terms + m.logic->first_term;
    const int32_t n = m.logic->terms;
    int32_t *const made = bk_alloc(((size_t)n + 1) * sizeof *made);
    int32_t a = -1;
    int32_t b = -1;
    status = made != NULL ? BK_OK : BK_NO_MEMORY;
    for (int32_t k = 0; status == BK_OK && k < n && b < 0; k++) {
        made[k] = make_condition(&m, terms[k].condition);
        int32_t both = made[k];
        for (int32_t i = 0; both >= 0 && i < k && b < 0; i++) {
            if (terms[i].level == terms[k].level) {
                continue;
            }
            both = bk_dd_ite(&m.table, made[i], made[k], 0);
            if (both > 0) {
                a = i;
                b = k;
            }
        }
        status = both >= 0 ? BK_OK : failure(&m);
    }
    bk_free(made);
    making_end(&m);
    if (status == BK_OK) {
        *earlier = a;
        *later = b;
    }
    return status;
}
