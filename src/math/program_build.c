/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_law.h"

#include "base/alloc.h"

#include <string.h>

bk_program_builder *bk_program_builder_new(int32_t symbols, int32_t extra)
{
    if (symbols < 0 || extra < 0 || symbols >= BK_AT_CONSTANT - extra) {
        return NULL;
    }
    bk_program_builder *const builder = bk_alloc_zero(1, sizeof *builder);
    if (builder != NULL) {
        builder->symbols = symbols;
        builder->extra = extra;
    }
    return builder;
}

void bk_program_builder_free(bk_program_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    bk_free(builder->code);
    bk_free(builder->starts);
    bk_free(builder->constants);
    bk_free(builder->relations);
    bk_free(builder->pools);
    bk_free(builder->free_slots);
    bk_map_free(&builder->constant_numbers);
    bk_map_free(&builder->relation_numbers);
    bk_free(builder);
}

int32_t bk_law_constant(bk_program_builder *b, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const int32_t number =
        bk_map_add(&b->constant_numbers, bits, (int32_t)b->n_constants);
    if (number < 0 || !bk_grow(&b->constants, &b->constants_capacity,
                               b->n_constants + 1, sizeof *b->constants)) {
        b->failed = true;
        return BK_AT_CONSTANT;
    }
    if ((size_t)number == b->n_constants) {
        b->constants[b->n_constants++] = value;
    }
    return BK_AT_CONSTANT + number;
}

bool bk_law_known(const bk_law *l, int32_t operand, double *value)
{
    if ((operand & BK_AT_REGION) != BK_AT_CONSTANT || l->builder->failed) {
        return false;
    }
    *value = l->builder->constants[operand - BK_AT_CONSTANT];
    return true;
}

static int32_t take_scratch(bk_program_builder *b)
{
    if (b->n_free > 0) {
        return b->free_slots[--b->n_free];
    }
    const int32_t slot = BK_AT_SCRATCH + b->used++;
    b->most = b->used > b->most ? b->used : b->most;
    return slot;
}

static void release_scratch(bk_program_builder *b, int32_t slot)
{
    if (!bk_grow(&b->free_slots, &b->free_capacity, b->n_free + 1,
                 sizeof *b->free_slots)) {
        b->failed = true;
        return;
    }
    b->free_slots[b->n_free++] = slot;
}

/* One reader less. */
static void read_once(bk_law *l, int32_t place)
{
    if (--l->uses[place] == 0 && (l->operands[place] & BK_AT_REGION) == BK_AT_SCRATCH) {
        release_scratch(l->builder, l->operands[place]);
    }
}

/* An operator together with the arguments that it absorbs. */
static void place_fused(bk_law *l, int32_t place)
{
    const bk_fusion *const f = &l->fused[place];
    const int32_t goal = l->goals[place];
    const int32_t target = goal >= 0 ? goal : take_scratch(l->builder);
    int32_t operands[3];
    for (int k = 0; k < 3; k++) {
        operands[k] = l->operands[f->places[k]];
    }
    bk_law_emit(l->builder, (bk_code)f->code, target, operands, 0);
    l->operands[place] = target;
    for (int k = 0; k < 3; k++) {
        read_once(l, f->places[k]);
    }
}

/* Puts the value of an operator somewhere: a constant when all is literal, the target
 * when it is a root of the law, else scratch. */
static void place_operator(bk_law *l, int32_t place)
{
    const bk_expr e = l->walk.nodes[place];
    const int n = bk_expr_count(l->pool, e);
    bool literal = true;
    for (int k = 0; k < n; k++) {
        const int32_t from = bk_walk_place(&l->walk, bk_expr_arg(l->pool, e, k));
        l->args[k] = l->operands[from];
        literal = literal && bk_law_known(l, l->args[k], &l->values[k]);
    }
    if (literal) {
        const double value = bk_op_apply(bk_expr_op(l->pool, e), l->values, n);
        l->operands[place] = bk_law_constant(l->builder, value);
        return;
    }
    const int32_t goal = l->goals[place];
    const int32_t work = take_scratch(l->builder);
    bk_law_emit_operator(l, e, goal >= 0 ? goal : work, work);
    l->operands[place] = goal >= 0 ? goal : work;
    if (goal >= 0) {
        release_scratch(l->builder, work);
    }
    for (int k = 0; k < n; k++) {
        read_once(l, bk_walk_place(&l->walk, bk_expr_arg(l->pool, e, k)));
    }
}

static void place_node(bk_law *l, int32_t place)
{
    const bk_expr e = l->walk.nodes[place];
    double value;
    if (bk_expr_literal(l->pool, e, &value)) {
        l->operands[place] = bk_law_constant(l->builder, value);
    } else if (bk_expr_op(l->pool, e) == BK_OP_SYMBOL) {
        l->operands[place] = bk_expr_payload_of(l->pool, e);
    } else if (bk_expr_op(l->pool, e) == BK_OP_TIME) {
        l->operands[place] = BK_AT_TIME;
    } else if (l->fused[place].code >= 0) {
        place_fused(l, place);
    } else if (l->goals[place] != BK_ABSORBED) {
        place_operator(l, place);
    }
}

/* Whether the header's conditions on laws hold; counts the readers of every node. */
static bool check_and_count(bk_law *l)
{
    const int32_t slots = l->builder->symbols + l->builder->extra;
    memset(l->uses, 0, (size_t)l->walk.n * sizeof *l->uses);
    memset(l->goals, -1, (size_t)l->walk.n * sizeof *l->goals);
    for (int r = l->n_roots - 1; r >= 0; r--) {
        l->goals[bk_walk_place(&l->walk, l->roots[r])] = l->targets[r];
    }
    for (int32_t i = 0; i < l->walk.n; i++) {
        const bk_expr e = l->walk.nodes[i];
        const bk_op op = bk_expr_op(l->pool, e);
        if (op == BK_OP_ARGUMENT || op == BK_OP_CALL || op == BK_OP_DELAY ||
            op == BK_OP_RATE_OF || bk_op_is_draw(op)) {
            return false;
        }
        if (op == BK_OP_SYMBOL) {
            const int32_t symbol = bk_expr_payload_of(l->pool, e);
            if (symbol < 0 || symbol >= slots) {
                return false;
            }
        }
        const int n = bk_expr_count(l->pool, e);
        for (int k = 0; k < n; k++) {
            l->uses[bk_walk_place(&l->walk, bk_expr_arg(l->pool, e, k))]++;
        }
    }
    return true;
}

static bool number_pool(bk_program_builder *b, const bk_exprs *pool, uint64_t *number)
{
    size_t i = b->n_pools;
    while (i > 0 && b->pools[i - 1] != pool) {
        i--;
    }
    if (i == 0) {
        if (!bk_grow(&b->pools, &b->pools_capacity, b->n_pools + 1, sizeof *b->pools)) {
            return false;
        }
        b->pools[b->n_pools++] = pool;
        i = b->n_pools;
    }
    *number = i;
    return true;
}

/* The code of a law whose arrays are ready. */
static bk_status compile(bk_law *l)
{
    bk_program_builder *const b = l->builder;
    if (!check_and_count(l)) {
        return BK_MISUSE;
    }
    bk_law_absorb(l);
    b->n_free = 0;
    b->used = 0;
    for (int32_t i = 0; i < l->walk.n && !b->failed; i++) {
        place_node(l, i);
    }
    for (int r = 0; r < l->n_roots && !b->failed; r++) {
        const int32_t *const result =
            &l->operands[bk_walk_place(&l->walk, l->roots[r])];
        if (*result != l->targets[r]) {
            bk_law_emit(b, BK_CODE_MOVE, l->targets[r], result, 0);
        }
    }
    return b->failed ? BK_NO_MEMORY : BK_OK;
}

static bk_status add(bk_law *l)
{
    bk_program_builder *const b = l->builder;
    if (!bk_grow(&b->starts, &b->starts_capacity, b->n_laws + 1, sizeof *b->starts) ||
        !number_pool(b, l->pool, &l->pool_number) ||
        !bk_walk_start_all(&l->walk, l->pool, l->roots, l->n_roots)) {
        return BK_NO_MEMORY;
    }
    const size_t n = (size_t)l->walk.n;
    const size_t most = (size_t)l->walk.most;
    l->operands = bk_alloc((3 * n + most) * sizeof *l->operands);
    l->values = bk_alloc(most * sizeof *l->values);
    l->fused = bk_alloc(n * sizeof *l->fused);
    bk_status status = BK_NO_MEMORY;
    if (l->operands != NULL && l->values != NULL && l->fused != NULL) {
        l->uses = l->operands + n;
        l->goals = l->uses + n;
        l->args = l->goals + n;
        const size_t start = b->n_code;
        status = compile(l);
        if (status == BK_OK) {
            bk_law_fuse(b, start);
            status = b->failed ? BK_NO_MEMORY : BK_OK;
        }
        if (status == BK_OK) {
            b->starts[b->n_laws++] = (int32_t)start;
        }
    }
    bk_free(l->operands);
    bk_free(l->values);
    bk_free(l->fused);
    bk_walk_end(&l->walk);
    return status;
}

bk_status bk_program_add(bk_program_builder *builder, const bk_exprs *pool, bk_expr e,
                         int32_t target, int32_t *number)
{
    return bk_program_add_together(builder, pool, &e, &target, 1, number);
}

bk_status bk_program_add_together(bk_program_builder *builder, const bk_exprs *pool,
                                  const bk_expr *exprs, const int32_t *targets, int n,
                                  int32_t *number)
{
    bool short_of_memory = builder == NULL;
    bool misuse = n < 1;
    for (int i = 0; i < n; i++) {
        short_of_memory = short_of_memory || exprs[i] < 0;
        misuse = misuse || targets[i] < 0 ||
                 (builder != NULL && targets[i] >= builder->symbols + builder->extra);
    }
    if (short_of_memory) {
        if (builder != NULL) {
            builder->failed = true;
        }
        return BK_NO_MEMORY;
    }
    if (misuse) {
        return BK_MISUSE;
    }
    bk_law l = {.builder = builder,
                .pool = pool,
                .roots = exprs,
                .targets = targets,
                .n_roots = n};
    const bk_status status = builder->failed ? BK_NO_MEMORY : add(&l);
    if (status == BK_OK && number != NULL) {
        *number = (int32_t)builder->n_laws - 1;
    }
    builder->failed = builder->failed || status == BK_NO_MEMORY;
    return status;
}

/* From regions to slots. */
static int32_t settle(const bk_program *program, int32_t operand)
{
    switch (operand & BK_AT_REGION) {
    case BK_AT_CONSTANT:
        return program->symbols + program->extra + operand - BK_AT_CONSTANT;
    case BK_AT_TIME:
        return bk_program_time_slot(program);
    case BK_AT_SCRATCH:
        return bk_program_time_slot(program) + 1 + operand - BK_AT_SCRATCH;
    default:
        return operand;
    }
}

static void settle_all(bk_program *program)
{
    for (int32_t i = 0; i < program->n_code; i++) {
        bk_instruction *const instruction = &program->code[i];
        instruction->target = settle(program, instruction->target);
        for (int k = 0; k < BK_MOST_OPERANDS; k++) {
            instruction->operands[k] = settle(program, instruction->operands[k]);
        }
    }
}

bk_status bk_program_finish(bk_program_builder *builder, bk_program **program)
{
    bk_program *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL || builder == NULL || builder->failed ||
        !bk_grow(&builder->starts, &builder->starts_capacity, builder->n_laws + 1,
                 sizeof *builder->starts)) {
        bk_free(made);
        bk_program_builder_free(builder);
        return BK_NO_MEMORY;
    }
    builder->starts[builder->n_laws] = (int32_t)builder->n_code;
    *made = (bk_program){.code = builder->code,
                         .starts = builder->starts,
                         .constants = builder->constants,
                         .relations = builder->relations,
                         .symbols = builder->symbols,
                         .extra = builder->extra,
                         .n_constants = (int32_t)builder->n_constants,
                         .scratch = builder->most,
                         .n_code = (int32_t)builder->n_code,
                         .n_laws = (int32_t)builder->n_laws,
                         .n_relations = (int32_t)builder->n_relations};
    settle_all(made);
    builder->code = NULL;
    builder->starts = NULL;
    builder->constants = NULL;
    builder->relations = NULL;
    bk_program_builder_free(builder);
    *program = made;
    return BK_OK;
}
