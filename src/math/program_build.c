/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/map.h"
#include "math/pool.h"
#include "math/program_code.h"
#include "math/walk.h"

#include "base/alloc.h"

#include <string.h>

/* How many constants and scratch slots there will be is known only at the end; until
 * then an operand carries its region in its high bits. */
enum { CONSTANT = 1 << 28, SCRATCH = 1 << 29, TIME = 1 << 30, REGION = 7 << 28 };

struct bk_program_builder {
    int32_t symbols, extra;
    bk_instruction *code;
    int32_t *starts; /* of the laws added */
    double *constants;
    bk_op *relations;
    const bk_exprs **pools;
    size_t n_code, n_laws, n_constants, n_relations, n_pools;
    size_t code_capacity, starts_capacity, constants_capacity, relations_capacity,
        pools_capacity;
    bk_map constant_numbers; /* bits of a double -> constant */
    bk_map relation_numbers; /* pool and node -> relation */
    int32_t *free_slots;     /* [n_free] scratch slots of this law in no use */
    size_t n_free, free_capacity;
    int32_t used, most; /* scratch slots: of this law so far, of any law */
    bool failed;
};

/* One law in the making; arrays by place in walk. */
typedef struct law {
    bk_program_builder *builder;
    const bk_exprs *pool;
    uint64_t pool_number;
    const bk_expr *roots; /* [n_roots] */
    const int32_t *targets;
    int n_roots;
    bk_walk walk;
    int32_t *goals;    /* the target of a node, or -1 */
    int32_t *operands; /* where the value of a node is */
    int32_t *uses;     /* how many readers it still has */
    int32_t *args;     /* [walk.most] operands of the node at hand */
    double *values;    /* [walk.most] */
} law;

bk_program_builder *bk_program_builder_new(int32_t symbols, int32_t extra)
{
    if (symbols < 0 || extra < 0 || symbols >= CONSTANT - extra) {
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

/* From here on a failure of memory is noted in the builder and looked at once. */

static int32_t constant(bk_program_builder *b, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const int32_t number =
        bk_map_add(&b->constant_numbers, bits, (int32_t)b->n_constants);
    if (number < 0 || !bk_grow(&b->constants, &b->constants_capacity,
                               b->n_constants + 1, sizeof *b->constants)) {
        b->failed = true;
        return CONSTANT;
    }
    if ((size_t)number == b->n_constants) {
        b->constants[b->n_constants++] = value;
    }
    return CONSTANT + number;
}

static bool known(const law *l, int32_t operand, double *value)
{
    if ((operand & REGION) != CONSTANT || l->builder->failed) {
        return false;
    }
    *value = l->builder->constants[operand - CONSTANT];
    return true;
}

static int32_t take_scratch(bk_program_builder *b)
{
    if (b->n_free > 0) {
        return b->free_slots[--b->n_free];
    }
    const int32_t slot = SCRATCH + b->used++;
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

static int32_t relation_number(law *l, bk_expr e)
{
    bk_program_builder *const b = l->builder;
    const uint64_t key = l->pool_number << 32 | (uint32_t)e;
    const int32_t number =
        bk_map_add(&b->relation_numbers, key, (int32_t)b->n_relations);
    if (number < 0 || !bk_grow(&b->relations, &b->relations_capacity,
                               b->n_relations + 1, sizeof *b->relations)) {
        b->failed = true;
        return 0;
    }
    if ((size_t)number == b->n_relations) {
        b->relations[b->n_relations++] = bk_expr_op(l->pool, e);
    }
    return number;
}

static void emit(bk_program_builder *b, bk_code code, int32_t target,
                 const int32_t *operands, int32_t detail)
{
    if (b->n_code >= INT32_MAX ||
        !bk_grow(&b->code, &b->code_capacity, b->n_code + 1, sizeof *b->code)) {
        b->failed = true;
        return;
    }
    bk_instruction i = {(int32_t)code, target, {0, 0, 0}, detail};
    for (int k = 0; k < 3; k++) {
        /* all three are settled at the end, read or not */
        i.operands[k] = operands[k < bk_code_operands(code) ? k : 0];
    }
    b->code[b->n_code++] = i;
}

/* a op b op c op ... from the left, as bk_op_apply does; code3 may be the same code. */
static void emit_chain(law *l, bk_code code2, bk_code code3, int n, int32_t target,
                       int32_t work)
{
    const bool triple = code3 != code2;
    if (n == 1) {
        emit(l->builder, BK_CODE_MOVE, target, l->args, 0);
        return;
    }
    int32_t sum = l->args[0];
    for (int i = 1; i < n;) {
        const int step = triple && n - i >= 2 ? 2 : 1;
        const int32_t operands[3] = {sum, l->args[i], l->args[i + step - 1]};
        i += step;
        sum = i < n ? work : target;
        emit(l->builder, step == 2 ? code3 : code2, sum, operands, 0);
    }
}

/* From the last piece to the first, every one choosing over what comes after it. */
static void emit_piecewise(law *l, int n, int32_t target, int32_t work)
{
    int32_t value = n % 2 == 1
                        ? l->args[n - 1]
                        : constant(l->builder, bk_op_apply(BK_OP_NOTANUMBER, NULL, 0));
    if (n == 1) {
        emit(l->builder, BK_CODE_MOVE, target, l->args, 0);
        return;
    }
    for (int i = n - n % 2 - 2; i >= 0; i -= 2) {
        const int32_t operands[3] = {l->args[i], l->args[i + 1], value};
        value = i > 0 ? work : target;
        emit(l->builder, BK_CODE_SELECT, value, operands, 0);
    }
}

static void emit_power(law *l, int32_t target)
{
    double exponent;
    if (known(l, l->args[1], &exponent) && exponent >= 2.0 &&
        exponent <= BK_MOST_WHOLE_POWER && exponent == (int)exponent) {
        emit(l->builder, exponent == 2.0 ? BK_CODE_SQUARE : BK_CODE_WHOLE_POWER, target,
             l->args, (int32_t)exponent);
    } else {
        emit(l->builder, BK_CODE_POWER, target, l->args, 0);
    }
}

static void emit_root(law *l, int32_t target)
{
    double degree;
    if (known(l, l->args[0], &degree) && degree == 2.0) {
        emit(l->builder, BK_CODE_SQUARE_ROOT, target, &l->args[1], 0);
    } else {
        emit(l->builder, BK_CODE_APPLY2, target, l->args, BK_OP_ROOT);
    }
}

/* The code of an operator that is one instruction. */
static bk_code code_of(bk_op op, int n)
{
    switch (op) {
    case BK_OP_MINUS:
        return BK_CODE_SUBTRACT;
    case BK_OP_NEGATE:
        return BK_CODE_NEGATE;
    case BK_OP_DIVIDE:
        return BK_CODE_DIVIDE;
    case BK_OP_LN:
        return BK_CODE_LN;
    case BK_OP_EXP:
        return BK_CODE_EXP;
    case BK_OP_ABS:
        return BK_CODE_ABS;
    case BK_OP_NOT:
        return BK_CODE_NOT;
    default:
        return n == 1 ? BK_CODE_APPLY1 : BK_CODE_APPLY2;
    }
}

/* One operand of AND, OR, XOR still becomes 0 or 1. */
static void emit_logic(law *l, bk_code code, int n, int32_t target, int32_t work)
{
    if (n == 1) {
        const int32_t twice[3] = {l->args[0], l->args[0], l->args[0]};
        emit(l->builder, BK_CODE_AND, target, twice, 0);
    } else {
        emit_chain(l, code, code, n, target, work);
    }
}

static void emit_operator(law *l, bk_expr e, int32_t target, int32_t work)
{
    const bk_op op = bk_expr_op(l->pool, e);
    const int n = bk_expr_count(l->pool, e);
    switch (op) {
    case BK_OP_PLUS:
        emit_chain(l, BK_CODE_ADD, BK_CODE_ADD3, n, target, work);
        break;
    case BK_OP_TIMES:
        emit_chain(l, BK_CODE_MULTIPLY, BK_CODE_MULTIPLY3, n, target, work);
        break;
    case BK_OP_MIN:
        emit_chain(l, BK_CODE_MIN, BK_CODE_MIN, n, target, work);
        break;
    case BK_OP_MAX:
        emit_chain(l, BK_CODE_MAX, BK_CODE_MAX, n, target, work);
        break;
    case BK_OP_AND:
        emit_logic(l, BK_CODE_AND, n, target, work);
        break;
    case BK_OP_OR:
        emit_logic(l, BK_CODE_OR, n, target, work);
        break;
    case BK_OP_XOR:
        emit_logic(l, BK_CODE_XOR, n, target, work);
        break;
    case BK_OP_PIECEWISE:
        emit_piecewise(l, n, target, work);
        break;
    case BK_OP_POWER:
        emit_power(l, target);
        break;
    case BK_OP_ROOT:
        emit_root(l, target);
        break;
    default:
        if (bk_op_is_relation(op)) {
            emit(l->builder, (bk_code)(BK_CODE_EQ + (op - BK_OP_EQ)), target, l->args,
                 relation_number(l, e));
        } else {
            emit(l->builder, code_of(op, n), target, l->args, (int32_t)op);
        }
    }
}

/* Puts the value of an operator somewhere: a constant when all is literal, the target
 * when it is a root of the law, else scratch. */
static void place_operator(law *l, int32_t place)
{
    const bk_expr e = l->walk.nodes[place];
    const int n = bk_expr_count(l->pool, e);
    bool literal = true;
    for (int k = 0; k < n; k++) {
        const int32_t from = bk_walk_place(&l->walk, bk_expr_arg(l->pool, e, k));
        l->args[k] = l->operands[from];
        literal = literal && known(l, l->args[k], &l->values[k]);
    }
    if (literal) {
        const double value = bk_op_apply(bk_expr_op(l->pool, e), l->values, n);
        l->operands[place] = constant(l->builder, value);
        return;
    }
    const int32_t goal = l->goals[place];
    const int32_t work = take_scratch(l->builder);
    emit_operator(l, e, goal >= 0 ? goal : work, work);
    l->operands[place] = goal >= 0 ? goal : work;
    if (goal >= 0) {
        release_scratch(l->builder, work);
    }
    for (int k = 0; k < n; k++) {
        const int32_t from = bk_walk_place(&l->walk, bk_expr_arg(l->pool, e, k));
        if (--l->uses[from] == 0 && (l->operands[from] & REGION) == SCRATCH) {
            release_scratch(l->builder, l->operands[from]);
        }
    }
}

static void place_node(law *l, int32_t place)
{
    const bk_expr e = l->walk.nodes[place];
    double value;
    if (bk_expr_literal(l->pool, e, &value)) {
        l->operands[place] = constant(l->builder, value);
    } else if (bk_expr_op(l->pool, e) == BK_OP_SYMBOL) {
        l->operands[place] = bk_expr_payload_of(l->pool, e);
    } else if (bk_expr_op(l->pool, e) == BK_OP_TIME) {
        l->operands[place] = TIME;
    } else {
        place_operator(l, place);
    }
}

/* Whether the header's conditions on laws hold; counts the readers of every node. */
static bool check_and_count(law *l)
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
static bk_status compile(law *l)
{
    bk_program_builder *const b = l->builder;
    if (!check_and_count(l)) {
        return BK_MISUSE;
    }
    b->n_free = 0;
    b->used = 0;
    for (int32_t i = 0; i < l->walk.n && !b->failed; i++) {
        place_node(l, i);
    }
    for (int r = 0; r < l->n_roots && !b->failed; r++) {
        const int32_t *const result =
            &l->operands[bk_walk_place(&l->walk, l->roots[r])];
        if (*result != l->targets[r]) {
            emit(b, BK_CODE_MOVE, l->targets[r], result, 0);
        }
    }
    return b->failed ? BK_NO_MEMORY : BK_OK;
}

static bk_status add(law *l)
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
    bk_status status = BK_NO_MEMORY;
    if (l->operands != NULL && l->values != NULL) {
        l->uses = l->operands + n;
        l->goals = l->uses + n;
        l->args = l->goals + n;
        const size_t start = b->n_code;
        status = compile(l);
        if (status == BK_OK) {
            b->starts[b->n_laws++] = (int32_t)start;
        }
    }
    bk_free(l->operands);
    bk_free(l->values);
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
    law l = {.builder = builder,
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
    switch (operand & REGION) {
    case CONSTANT:
        return program->symbols + program->extra + operand - CONSTANT;
    case TIME:
        return bk_program_time_slot(program);
    case SCRATCH:
        return bk_program_time_slot(program) + 1 + operand - SCRATCH;
    default:
        return operand;
    }
}

static void settle_all(bk_program *program)
{
    for (int32_t i = 0; i < program->n_code; i++) {
        bk_instruction *const instruction = &program->code[i];
        instruction->target = settle(program, instruction->target);
        for (int k = 0; k < 3; k++) {
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
