/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The interpreter of program_lanes.c, which includes this text once for each instruction
 * set, with RUN its name: functions with computed gotos cannot be cloned. */

#include "math/program_code.h"

#define A (slots[i->operands[0]])
#define B (slots[i->operands[1]])
#define C (slots[i->operands[2]])
#define D (slots[i->operands[3]])
#define E (slots[i->operands[4]])
#define F (slots[i->operands[5]])
#define NEXT                                                                           \
    if (++i == end) {                                                                  \
        return;                                                                        \
    }                                                                                  \
    goto *cases[i->code];
#define CASE(name, value)                                                              \
    do_##name : slots[i->target] = (value);                                            \
    NEXT
#define RELATION(name, holds)                                                          \
    do_##name : if (gap != NULL)                                                       \
    {                                                                                  \
        gap[i->detail] = BK_LANES_CHOOSE(A == B, zeros, A - B);                        \
    }                                                                                  \
    if (truth == BK_FREE) {                                                            \
        status[i->detail] = (holds);                                                   \
    }                                                                                  \
    slots[i->target] = BK_LANES_TRUTH(status[i->detail]);                              \
    NEXT
/* for what the processor has no vectors for */
#define EACH(name, call)                                                               \
    do_##name : for (int k = 0; k < BK_LANE_COUNT; k++)                                \
    {                                                                                  \
        const double a = A[k];                                                         \
        const double b = B[k];                                                         \
        (void)b;                                                                       \
        each[k] = (call);                                                              \
    }                                                                                  \
    slots[i->target] = each;                                                           \
    NEXT

/* clang-format off */
static void RUN(const bk_program *program, int32_t first, int32_t last, bk_lanes *slots,
                bk_truth truth, bk_lane_mask *status, bk_lanes *gap)
{
    static const void *const cases[] = {
#define CODE(name, operands, sign) &&do_##name,
        BK_CODES(CODE)
#undef CODE
    };
    const bk_lanes zeros = {0};
    bk_lanes each = zeros;
    if (program->starts[first] >= program->starts[last]) {
        return;
    }
    const bk_instruction *i = program->code + program->starts[first];
    const bk_instruction *const end = program->code + program->starts[last];
    goto *cases[i->code];
    CASE(MOVE, A)
    CASE(ADD, A + B)
    CASE(ADD3, A + B + C)
    CASE(SUBTRACT, A - B)
    CASE(MULTIPLY, A * B)
    CASE(MULTIPLY3, A * B * C)
    CASE(DIVIDE, A / B)
    CASE(NEGATE, -A)
    CASE(SQUARE, A * A)
do_WHOLE_POWER:
    power_whole(&slots[i->target], &A, i->detail);
    NEXT
do_POWER:
    power(&slots[i->target], &A, &B);
    NEXT
    EACH(SQUARE_ROOT, sqrt(a))
    EACH(EXP, exp(a))
    EACH(LN, log(a))
    CASE(ABS, BK_LANES_SIZE(A))
    CASE(MIN, BK_LANES_CHOOSE((B != B) | (B < A), B, A))
    CASE(MAX, BK_LANES_CHOOSE((B != B) | (B > A), B, A))
    RELATION(EQ, A == B)
    RELATION(NEQ, A != B)
    RELATION(LT, A < B)
    RELATION(LEQ, A <= B)
    RELATION(GT, A > B)
    RELATION(GEQ, A >= B)
    CASE(AND, BK_LANES_TRUTH((A != zeros) & (B != zeros)))
    CASE(OR, BK_LANES_TRUTH((A != zeros) | (B != zeros)))
    CASE(XOR, BK_LANES_TRUTH((A != zeros) ^ (B != zeros)))
    CASE(NOT, BK_LANES_TRUTH(A == zeros))
    CASE(SELECT, BK_LANES_CHOOSE(B != zeros, A, C))
do_CLAMP:
    each = BK_LANES_CHOOSE((B != B) | (B > A), B, A);
    slots[i->target] = BK_LANES_CHOOSE((C != C) | (C < each), C, each);
    NEXT
    CASE(MULTIPLY_ADD, A * B + C)
    CASE(MULTIPLY_SUBTRACT, A * B - C)
    CASE(MULTIPLY_FROM, C - A * B)
    CASE(MULTIPLY_DIVIDE, A * B / C)
    CASE(ADD_MULTIPLY, (A + B) * C)
    CASE(SUBTRACT_MULTIPLY, (A - B) * C)
    CASE(SUBTRACT_DIVIDE, (A - B) / C)
    CASE(SATURATE, A * B / (A + C))
    CASE(FLOW, (A * B * C - D * E) * F)
    CASE(SATURATION, A * B * C / (D + E) * F)
    EACH(APPLY1, bk_op_apply((bk_op)i->detail, &a, 1))
    EACH(APPLY2, bk_op_apply((bk_op)i->detail, (const double[2]){a, b}, 2))
}
/* clang-format on */

#undef A
#undef B
#undef C
#undef D
#undef E
#undef F
#undef NEXT
#undef CASE
#undef RELATION
#undef EACH
