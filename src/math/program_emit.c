/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_law.h"

#include "base/alloc.h"

/* The instructions of every operator. */

static int32_t relation_number(bk_law *l, bk_expr e)
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

void bk_law_emit(bk_program_builder *b, bk_code code, int32_t target,
                 const int32_t *operands, int32_t detail)
{
    if (b->n_code >= INT32_MAX ||
        !bk_grow(&b->code, &b->code_capacity, b->n_code + 1, sizeof *b->code)) {
        b->failed = true;
        return;
    }
    bk_instruction i = {(int32_t)code, target, {0}, detail};
    for (int k = 0; k < BK_MOST_OPERANDS; k++) {
        /* all are settled at the end, read or not */
        i.operands[k] = operands[k < bk_code_operands(code) ? k : 0];
    }
    b->code[b->n_code++] = i;
}

/* a op b op c op ... from the left, as bk_op_apply does; code3 may be the same code. */
static void emit_chain(bk_law *l, bk_code code2, bk_code code3, int n, int32_t target,
                       int32_t work)
{
    const bool triple = code3 != code2;
    if (n == 1) {
        bk_law_emit(l->builder, BK_CODE_MOVE, target, l->args, 0);
        return;
    }
    int32_t sum = l->args[0];
    for (int i = 1; i < n;) {
        const int step = triple && n - i >= 2 ? 2 : 1;
        const int32_t operands[3] = {sum, l->args[i], l->args[i + step - 1]};
        i += step;
        sum = i < n ? work : target;
        bk_law_emit(l->builder, step == 2 ? code3 : code2, sum, operands, 0);
    }
}

/* From the last piece to the first, every one choosing over what comes after it. */
static void emit_piecewise(bk_law *l, int n, int32_t target, int32_t work)
{
    int32_t value =
        n % 2 == 1
            ? l->args[n - 1]
            : bk_law_constant(l->builder, bk_op_apply(BK_OP_NOTANUMBER, NULL, 0));
    if (n == 1) {
        bk_law_emit(l->builder, BK_CODE_MOVE, target, l->args, 0);
        return;
    }
    for (int i = n - n % 2 - 2; i >= 0; i -= 2) {
        const int32_t operands[3] = {l->args[i], l->args[i + 1], value};
        value = i > 0 ? work : target;
        bk_law_emit(l->builder, BK_CODE_SELECT, value, operands, 0);
    }
}

static void emit_power(bk_law *l, int32_t target)
{
    double exponent;
    if (bk_law_known(l, l->args[1], &exponent) && exponent >= 2.0 &&
        exponent <= BK_MOST_WHOLE_POWER && exponent == (int)exponent) {
        bk_law_emit(l->builder, exponent == 2.0 ? BK_CODE_SQUARE : BK_CODE_WHOLE_POWER,
                    target, l->args, (int32_t)exponent);
    } else {
        bk_law_emit(l->builder, BK_CODE_POWER, target, l->args, 0);
    }
}

static void emit_root(bk_law *l, int32_t target)
{
    double degree;
    if (bk_law_known(l, l->args[0], &degree) && degree == 2.0) {
        bk_law_emit(l->builder, BK_CODE_SQUARE_ROOT, target, &l->args[1], 0);
    } else {
        bk_law_emit(l->builder, BK_CODE_APPLY2, target, l->args, BK_OP_ROOT);
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
static void emit_logic(bk_law *l, bk_code code, int n, int32_t target, int32_t work)
{
    if (n == 1) {
        const int32_t twice[3] = {l->args[0], l->args[0], l->args[0]};
        bk_law_emit(l->builder, BK_CODE_AND, target, twice, 0);
    } else {
        emit_chain(l, code, code, n, target, work);
    }
}

void bk_law_emit_operator(bk_law *l, bk_expr e, int32_t target, int32_t work)
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
            bk_law_emit(l->builder, (bk_code)(BK_CODE_EQ + (op - BK_OP_EQ)), target,
                        l->args, relation_number(l, e));
        } else {
            bk_law_emit(l->builder, code_of(op, n), target, l->args, (int32_t)op);
        }
    }
}
