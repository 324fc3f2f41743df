/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/truth.h"

#include "base/alloc.h"
#include "math/walk.h"

#include <string.h>

/* A condition is compiled to steps over words of 64 states.  A relation of a level and
 * a number is a plane, the complement of one, or, when it picks levels out of the
 * middle, a list of levels. */

typedef enum kind {
    CONSTANT, /* plane 0 or 1 */
    PLANE,
    NOT_PLANE,
    LEVELS, /* arguments: the levels in which it holds; plane: the first; max */
    AND,
    OR,
    XOR,
    NOT,
    IMPLIES,
    SAME /* two conditions are equal */
} kind;

typedef struct bk_truth_step {
    kind kind;
    int32_t plane, max;
    int32_t first, count; /* in arguments */
} step;

typedef struct collector {
    int32_t *symbols;
    size_t n, capacity;
    bool memory;
} collector;

static void collect(void *context, int32_t symbol)
{
    collector *const c = context;
    if (!bk_grow(&c->symbols, &c->capacity, c->n + 1, sizeof *c->symbols)) {
        c->memory = true;
        return;
    }
    size_t i = c->n;
    while (i > 0 && c->symbols[i - 1] > symbol) {
        i--;
    }
    if (i > 0 && c->symbols[i - 1] == symbol) {
        return;
    }
    memmove(&c->symbols[i + 1], &c->symbols[i], (c->n - i) * sizeof symbol);
    c->symbols[i] = symbol;
    c->n++;
}

static bool is_operand(bk_op op)
{
    return op == BK_OP_SYMBOL || op == BK_OP_NUMBER;
}

/* Conditions may hold operators of logic, and relations of a level and a number. */
static bool is_known(const bk_exprs *pool, bk_expr e)
{
    const bk_op op = bk_expr_op(pool, e);
    switch (op) {
    case BK_OP_SYMBOL:
    case BK_OP_NUMBER:
    case BK_OP_TRUE:
    case BK_OP_FALSE:
    case BK_OP_AND:
    case BK_OP_OR:
    case BK_OP_XOR:
    case BK_OP_NOT:
    case BK_OP_IMPLIES:
        return true;
    default:
        break;
    }
    if (!bk_op_is_relation(op)) {
        return false;
    }
    const bk_op a = bk_expr_op(pool, bk_expr_arg(pool, e, 0));
    const bk_op b = bk_expr_op(pool, bk_expr_arg(pool, e, 1));
    return a == BK_OP_SYMBOL   ? b == BK_OP_NUMBER
           : b == BK_OP_SYMBOL ? a == BK_OP_NUMBER
                               : (op == BK_OP_EQ || op == BK_OP_NEQ) &&
                                     !is_operand(a) && !is_operand(b);
}

static void find_regulators(const bk_truth *t, collector *c)
{
    if (t->logic == NULL) {
        collect(c, t->target);
        return;
    }
    for (int32_t k = 0; k < t->logic->terms; k++) {
        bk_expr_symbols(t->model->exprs,
                        t->model->terms[t->logic->first_term + k].condition, collect,
                        c);
    }
}

static bk_status number_planes(bk_truth *t)
{
    t->first = bk_alloc(((size_t)t->n_regulators + 1) * sizeof *t->first);
    if (t->first == NULL) {
        return BK_NO_MEMORY;
    }
    int32_t planes = 0;
    for (int32_t i = 0; i < t->n_regulators; i++) {
        const bk_symbol *const s = &t->model->symbols[t->regulators[i]];
        if (s->kind != BK_LEVEL) {
            return BK_UNSUPPORTED;
        }
        t->first[i] = planes;
        planes += s->max_level;
    }
    t->first[t->n_regulators] = planes;
    return BK_OK;
}

static int32_t place_of(const bk_truth *t, int32_t symbol)
{
    int32_t low = 0;
    int32_t high = t->n_regulators - 1;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (t->regulators[middle] < symbol) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool add_argument(bk_truth *t, int32_t argument)
{
    if (!bk_grow(&t->arguments, &t->argument_capacity, t->n_arguments + 1,
                 sizeof *t->arguments)) {
        return false;
    }
    t->arguments[t->n_arguments++] = argument;
    return true;
}

static bool add_step(bk_truth *t, step made)
{
    if (!bk_grow(&t->steps, &t->step_capacity, t->n_steps + 1, sizeof *t->steps)) {
        return false;
    }
    t->steps[t->n_steps++] = made;
    return true;
}

/* symbol `op` number, or number `op` symbol when turned. */
static bool add_relation(bk_truth *t, bk_op op, int32_t symbol, double number,
                         bool turned)
{
    const int32_t place = place_of(t, symbol);
    const int32_t max = t->first[place + 1] - t->first[place];
    step made = {.kind = LEVELS,
                 .plane = t->first[place],
                 .max = max,
                 .first = (int32_t)t->n_arguments};
    int32_t changes = 0; /* between neighbouring levels */
    int32_t change_at = 0;
    bool before = false;
    bool first = false;
    for (int32_t level = 0; level <= max; level++) {
        const double both[2] = {turned ? number : level, turned ? level : number};
        const bool holds = bk_op_apply(op, both, 2) != 0;
        if (level == 0) {
            first = holds;
        } else if (holds != before) {
            changes++;
            change_at = level;
        }
        before = holds;
        if (holds) {
            made.count++;
            if (!add_argument(t, level)) {
                return false;
            }
        }
    }
    if (changes == 0) {
        made = (step){.kind = CONSTANT, .plane = first};
    } else if (changes == 1) {
        made.kind = first ? NOT_PLANE : PLANE;
        made.plane += change_at - 1;
    }
    return add_step(t, made);
}

static kind kind_of(bk_op op)
{
    switch (op) {
    case BK_OP_AND:
        return AND;
    case BK_OP_OR:
        return OR;
    case BK_OP_NOT:
        return NOT;
    case BK_OP_IMPLIES:
        return IMPLIES;
    case BK_OP_EQ:
        return SAME;
    default:
        return XOR;
    }
}

/* The step of a node; bottom is the step of the first node of its walk.  Levels and
 * numbers get one too, which only matters where they stand for a truth. */
static bool add_node(bk_truth *t, const bk_walk *walk, bk_expr e, int32_t bottom)
{
    const bk_exprs *const pool = t->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    const int n = bk_expr_count(pool, e);
    if (op == BK_OP_SYMBOL) {
        return add_relation(t, BK_OP_GEQ, bk_expr_payload_of(pool, e), 1, false);
    }
    if (n == 0 && op != BK_OP_AND && op != BK_OP_OR && op != BK_OP_XOR) {
        const bool on =
            op == BK_OP_TRUE || (op == BK_OP_NUMBER && bk_expr_value(pool, e) != 0);
        return add_step(t, (step){.kind = CONSTANT, .plane = on});
    }
    if (bk_op_is_relation(op)) {
        const bk_expr a = bk_expr_arg(pool, e, 0);
        const bk_expr b = bk_expr_arg(pool, e, 1);
        if (bk_expr_op(pool, a) == BK_OP_SYMBOL) {
            return add_relation(t, op, bk_expr_payload_of(pool, a),
                                bk_expr_value(pool, b), false);
        }
        if (bk_expr_op(pool, b) == BK_OP_SYMBOL) {
            return add_relation(t, op, bk_expr_payload_of(pool, b),
                                bk_expr_value(pool, a), true);
        }
    }
    const step made = {
        .kind = kind_of(op), .first = (int32_t)t->n_arguments, .count = n};
    for (int i = 0; i < n; i++) {
        const int32_t place = bk_walk_place(walk, bk_expr_arg(pool, e, i));
        if (!add_argument(t, bottom + place)) {
            return false;
        }
    }
    return add_step(t, made);
}

static bk_status compile_term(bk_truth *t, int32_t k)
{
    const bk_expr e = t->model->terms[t->logic->first_term + k].condition;
    const int32_t bottom = (int32_t)t->n_steps;
    bk_walk walk;
    if (!bk_walk_start(&walk, t->model->exprs, e)) {
        return BK_NO_MEMORY;
    }
    bk_status status = BK_OK;
    for (int32_t i = 0; i < walk.n && status == BK_OK; i++) {
        if (!is_known(t->model->exprs, walk.nodes[i])) {
            status = BK_UNSUPPORTED;
        } else if (!add_node(t, &walk, walk.nodes[i], bottom)) {
            status = BK_NO_MEMORY;
        }
    }
    t->ends[k] = (int32_t)t->n_steps - 1;
    bk_walk_end(&walk);
    return status;
}

static bk_status compile(bk_truth *t)
{
    const int32_t terms = t->logic != NULL ? t->logic->terms : 0;
    t->ends = bk_alloc((size_t)terms * sizeof *t->ends);
    bk_status status = t->ends != NULL ? BK_OK : BK_NO_MEMORY;
    for (int32_t k = 0; k < terms && status == BK_OK; k++) {
        status = compile_term(t, k);
    }
    t->words = bk_alloc(t->n_steps * sizeof *t->words);
    return status == BK_OK && t->words == NULL ? BK_NO_MEMORY : status;
}

bk_status bk_truth_start(const bk_model *model, int32_t level, bk_truth *truth)
{
    const int32_t logic = bk_model_logic_of(model, level);
    bk_truth t = {.model = model,
                  .target = level,
                  .logic = logic >= 0 ? &model->logics[logic] : NULL};
    collector c = {0};
    find_regulators(&t, &c);
    t.regulators = c.symbols;
    t.n_regulators = (int32_t)c.n;
    bk_status status = c.memory ? BK_NO_MEMORY : number_planes(&t);
    if (status == BK_OK) {
        status = compile(&t);
    }
    if (status != BK_OK) {
        bk_truth_end(&t);
        return status;
    }
    *truth = t;
    return BK_OK;
}

void bk_truth_end(bk_truth *truth)
{
    bk_free(truth->steps);
    bk_free(truth->arguments);
    bk_free(truth->ends);
    bk_free(truth->words);
    bk_free(truth->regulators);
    bk_free(truth->first);
    *truth = (bk_truth){0};
}

/* The states in which a regulator has exactly this level. */
static uint64_t states_at(const uint64_t *planes, int32_t max, int32_t level)
{
    const uint64_t reached = level > 0 ? planes[level - 1] : UINT64_MAX;
    return level < max ? reached & ~planes[level] : reached;
}

static uint64_t run_step(const bk_truth *t, const step *s, const uint64_t *planes)
{
    const int32_t *const arguments = t->arguments + s->first;
    uint64_t word = s->kind == AND ? UINT64_MAX : 0;
    switch (s->kind) {
    case CONSTANT:
        return s->plane != 0 ? UINT64_MAX : 0;
    case PLANE:
        return planes[s->plane];
    case NOT_PLANE:
        return ~planes[s->plane];
    case LEVELS:
        for (int32_t i = 0; i < s->count; i++) {
            word |= states_at(planes + s->plane, s->max, arguments[i]);
        }
        return word;
    case AND:
        for (int32_t i = 0; i < s->count; i++) {
            word &= t->words[arguments[i]];
        }
        return word;
    case OR:
        for (int32_t i = 0; i < s->count; i++) {
            word |= t->words[arguments[i]];
        }
        return word;
    case NOT:
        return ~t->words[arguments[0]];
    case IMPLIES:
        return ~t->words[arguments[0]] | t->words[arguments[1]];
    case SAME:
        return ~(t->words[arguments[0]] ^ t->words[arguments[1]]);
    case XOR:
        for (int32_t i = 0; i < s->count; i++) {
            word ^= t->words[arguments[i]];
        }
        return word;
    }
    return 0;
}

void bk_truth_evaluate(bk_truth *truth, const uint64_t *planes, uint64_t *result)
{
    const int32_t max = truth->model->symbols[truth->target].max_level;
    memset(result, 0, ((size_t)max + 1) * sizeof *result);
    if (truth->logic == NULL) {
        for (int32_t level = 0; level <= max; level++) {
            result[level] = states_at(planes, max, level);
        }
        return;
    }
    uint64_t open = UINT64_MAX;
    int32_t next = 0;
    for (int32_t k = 0; k < truth->logic->terms && open != 0; k++) {
        for (; next <= truth->ends[k]; next++) {
            truth->words[next] = run_step(truth, &truth->steps[next], planes);
        }
        const uint64_t holds = truth->words[truth->ends[k]];
        result[truth->model->terms[truth->logic->first_term + k].level] |= open & holds;
        open &= ~holds;
    }
    result[truth->logic->otherwise] |= open;
}
