/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/truth.h"

#include "base/alloc.h"
#include "math/walk.h"

#include <string.h>

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

static bk_status collect_terms(bk_truth *t, collector *c)
{
    const bk_exprs *const pool = t->model->exprs;
    const int32_t terms = t->logic != NULL ? t->logic->terms : 0;
    int32_t longest = 1;
    t->walks = bk_alloc_zero((size_t)terms, sizeof *t->walks);
    if (t->walks == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t k = 0; k < terms; k++) {
        bk_walk *const walk = &t->walks[k];
        const bk_expr e = t->model->terms[t->logic->first_term + k].condition;
        if (!bk_walk_start(walk, pool, e)) {
            memset(walk, 0, sizeof *walk);
            return BK_NO_MEMORY;
        }
        for (int32_t i = 0; i < walk->n; i++) {
            if (!is_known(pool, walk->nodes[i])) {
                return BK_UNSUPPORTED;
            }
            if (bk_expr_op(pool, walk->nodes[i]) == BK_OP_SYMBOL) {
                collect(c, bk_expr_payload_of(pool, walk->nodes[i]));
            }
        }
        longest = walk->n > longest ? walk->n : longest;
        t->steps += walk->n;
    }
    if (t->logic == NULL) {
        collect(c, t->target);
    }
    t->words = bk_alloc((size_t)longest * sizeof *t->words);
    return c->memory || t->words == NULL ? BK_NO_MEMORY : BK_OK;
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

bk_status bk_truth_start(const bk_model *model, int32_t level, bk_truth *truth)
{
    const int32_t logic = bk_model_logic_of(model, level);
    bk_truth t = {.model = model,
                  .target = level,
                  .logic = logic >= 0 ? &model->logics[logic] : NULL};
    collector c = {0};
    bk_status status = collect_terms(&t, &c);
    t.regulators = c.symbols;
    t.n_regulators = (int32_t)c.n;
    if (status == BK_OK) {
        status = number_planes(&t);
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
    const int32_t terms = truth->logic != NULL ? truth->logic->terms : 0;
    for (int32_t k = 0; truth->walks != NULL && k < terms; k++) {
        if (truth->walks[k].nodes != NULL) {
            bk_walk_end(&truth->walks[k]);
        }
    }
    bk_free(truth->walks);
    bk_free(truth->words);
    bk_free(truth->regulators);
    bk_free(truth->first);
    *truth = (bk_truth){0};
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

/* The states in which a regulator has exactly this level. */
static uint64_t states_at(const uint64_t *planes, int32_t max, int32_t level)
{
    const uint64_t reached = level > 0 ? planes[level - 1] : UINT64_MAX;
    return level < max ? reached & ~planes[level] : reached;
}

/* The states in which symbol `op` number holds; `turned` for number `op` symbol. */
static uint64_t relate(const bk_truth *t, const uint64_t *planes, bk_op op,
                       int32_t symbol, double number, bool turned)
{
    const int32_t place = place_of(t, symbol);
    const uint64_t *const own = planes + t->first[place];
    const int32_t max = t->first[place + 1] - t->first[place];
    uint64_t word = 0;
    for (int32_t level = 0; level <= max; level++) {
        const double both[2] = {turned ? number : level, turned ? level : number};
        if (bk_op_apply(op, both, 2) != 0) {
            word |= states_at(own, max, level);
        }
    }
    return word;
}

static uint64_t apply_logic(bk_op op, const bk_truth *t, const bk_walk *walk, bk_expr e)
{
    const bk_exprs *const pool = t->model->exprs;
    const int n = bk_expr_count(pool, e);
    uint64_t word = op == BK_OP_AND ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++) {
        const uint64_t arg = t->words[bk_walk_place(walk, bk_expr_arg(pool, e, i))];
        if (op == BK_OP_AND) {
            word &= arg;
        } else if (op == BK_OP_OR) {
            word |= arg;
        } else if (op == BK_OP_NOT) {
            word = ~arg;
        } else if (op == BK_OP_IMPLIES) {
            word = i == 0 ? ~arg : word | arg;
        } else {
            word ^= arg;
        }
    }
    return op == BK_OP_EQ ? ~word : word;
}

static uint64_t node_word(const bk_truth *t, const bk_walk *walk, const uint64_t *planes,
                          bk_expr e)
{
    const bk_exprs *const pool = t->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    if (op == BK_OP_TRUE || op == BK_OP_FALSE) {
        return op == BK_OP_TRUE ? UINT64_MAX : 0;
    }
    if (op == BK_OP_NUMBER) {
        return bk_expr_value(pool, e) != 0 ? UINT64_MAX : 0;
    }
    if (op == BK_OP_SYMBOL) {
        const int32_t symbol = bk_expr_payload_of(pool, e);
        return relate(t, planes, BK_OP_GEQ, symbol, 1, false);
    }
    if (bk_op_is_relation(op)) {
        const bk_expr a = bk_expr_arg(pool, e, 0);
        const bk_expr b = bk_expr_arg(pool, e, 1);
        if (bk_expr_op(pool, a) == BK_OP_SYMBOL) {
            return relate(t, planes, op, bk_expr_payload_of(pool, a),
                          bk_expr_value(pool, b), false);
        }
        if (bk_expr_op(pool, b) == BK_OP_SYMBOL) {
            return relate(t, planes, op, bk_expr_payload_of(pool, b),
                          bk_expr_value(pool, a), true);
        }
    }
    return apply_logic(op, t, walk, e);
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
    for (int32_t k = 0; k < truth->logic->terms && open != 0; k++) {
        const bk_walk *const walk = &truth->walks[k];
        for (int32_t i = 0; i < walk->n; i++) {
            truth->words[i] = node_word(truth, walk, planes, walk->nodes[i]);
        }
        const uint64_t holds = truth->words[walk->n - 1];
        result[truth->model->terms[truth->logic->first_term + k].level] |= open & holds;
        open &= ~holds;
    }
    result[truth->logic->otherwise] |= open;
}
