/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/pool.h"
#include "math/program_code.h"

#include <math.h>

typedef struct relating {
    bk_truth truth;
    unsigned char *status;
    double *gap;
} relating;

static double relate(const relating *r, int32_t relation, double a, double b,
                     bool holds)
{
    if (r->gap != NULL) {
        r->gap[relation] = bk_relation_gap(a, b);
    }
    if (r->truth == BK_HELD) {
        return r->status[relation] != 0 ? 1.0 : 0.0;
    }
    r->status[relation] = holds;
    return holds ? 1.0 : 0.0;
}

static double truth_of(bool value)
{
    return value ? 1.0 : 0.0;
}

static double apply1(int32_t op, double a)
{
    return bk_op_apply((bk_op)op, &a, 1);
}

/* As bk_op_apply: NaN wins. */
static double smaller(double a, double b)
{
    return isnan(b) || b < a ? b : a;
}

static double larger(double a, double b)
{
    return isnan(b) || b > a ? b : a;
}

static double apply2(int32_t op, double a, double b)
{
    return bk_op_apply((bk_op)op, (const double[2]){a, b}, 2);
}

/* Every instruction jumps to the next by its own computed goto (GNU C): on long
 * programs that is two to five times as fast as one switch in a loop. */
#define A (slots[i->operands[0]])
#define B (slots[i->operands[1]])
#define C (slots[i->operands[2]])
#define D (slots[i->operands[3]])
#define E (slots[i->operands[4]])
#define F (slots[i->operands[5]])
#define CASE(name, value)                                                              \
    do_##name : slots[i->target] = (value);                                            \
    if (++i == end) {                                                                  \
        return;                                                                        \
    }                                                                                  \
    goto *cases[i->code];

/* clang-format off */
void bk_program_run(const bk_program *program, int32_t first, int32_t last,
                    double *slots, double time, bk_truth truth, unsigned char *status,
                    double *gap)
{
    static const void *const cases[] = {
#define CODE(name, operands, sign) &&do_##name,
        BK_CODES(CODE)
#undef CODE
    };
    const relating r = {truth, status, gap};
    slots[bk_program_time_slot(program)] = time;
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
    CASE(WHOLE_POWER, bk_power_whole(A, i->detail))
    CASE(POWER, bk_power(A, B))
    CASE(SQUARE_ROOT, sqrt(A))
    CASE(EXP, exp(A))
    CASE(LN, log(A))
    CASE(ABS, fabs(A))
    CASE(MIN, smaller(A, B))
    CASE(MAX, larger(A, B))
    CASE(EQ, relate(&r, i->detail, A, B, A == B))
    CASE(NEQ, relate(&r, i->detail, A, B, A != B))
    CASE(LT, relate(&r, i->detail, A, B, A < B))
    CASE(LEQ, relate(&r, i->detail, A, B, A <= B))
    CASE(GT, relate(&r, i->detail, A, B, A > B))
    CASE(GEQ, relate(&r, i->detail, A, B, A >= B))
    CASE(AND, truth_of(A != 0.0 && B != 0.0))
    CASE(OR, truth_of(A != 0.0 || B != 0.0))
    CASE(XOR, truth_of((A != 0.0) != (B != 0.0)))
    CASE(NOT, truth_of(A == 0.0))
    CASE(SELECT, B != 0.0 ? A : C)
    CASE(CLAMP, smaller(larger(A, B), C))
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
    CASE(APPLY1, apply1(i->detail, A))
    CASE(APPLY2, apply2(i->detail, A, B))
}
/* clang-format on */
