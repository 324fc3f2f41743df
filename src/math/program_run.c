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

static double apply2(int32_t op, double a, double b)
{
    return bk_op_apply((bk_op)op, (const double[2]){a, b}, 2);
}

void bk_program_run(const bk_program *program, int32_t first, int32_t last,
                    double *slots, double time, bk_truth truth, unsigned char *status,
                    double *gap)
{
    const relating r = {truth, status, gap};
    slots[bk_program_time_slot(program)] = time;
    const bk_instruction *const end = program->code + program->starts[last];
    for (const bk_instruction *i = program->code + program->starts[first]; i < end;
         i++) {
        const double a = slots[i->operands[0]];
        const double b = slots[i->operands[1]];
        const double c = slots[i->operands[2]];
        double value;
        switch ((bk_code)i->code) {
        case BK_CODE_MOVE:
            value = a;
            break;
        case BK_CODE_ADD:
            value = a + b;
            break;
        case BK_CODE_ADD3:
            value = a + b + c;
            break;
        case BK_CODE_SUBTRACT:
            value = a - b;
            break;
        case BK_CODE_MULTIPLY:
            value = a * b;
            break;
        case BK_CODE_MULTIPLY3:
            value = a * b * c;
            break;
        case BK_CODE_DIVIDE:
            value = a / b;
            break;
        case BK_CODE_NEGATE:
            value = -a;
            break;
        case BK_CODE_SQUARE:
            value = a * a;
            break;
        case BK_CODE_WHOLE_POWER:
            value = bk_power_whole(a, i->detail);
            break;
        case BK_CODE_POWER:
            value = bk_power(a, b);
            break;
        case BK_CODE_SQUARE_ROOT:
            value = sqrt(a);
            break;
        case BK_CODE_EXP:
            value = exp(a);
            break;
        case BK_CODE_LN:
            value = log(a);
            break;
        case BK_CODE_ABS:
            value = fabs(a);
            break;
        case BK_CODE_MIN:
            value = apply2(BK_OP_MIN, a, b);
            break;
        case BK_CODE_MAX:
            value = apply2(BK_OP_MAX, a, b);
            break;
        case BK_CODE_EQ:
            value = relate(&r, i->detail, a, b, a == b);
            break;
        case BK_CODE_NEQ:
            value = relate(&r, i->detail, a, b, a != b);
            break;
        case BK_CODE_LT:
            value = relate(&r, i->detail, a, b, a < b);
            break;
        case BK_CODE_LEQ:
            value = relate(&r, i->detail, a, b, a <= b);
            break;
        case BK_CODE_GT:
            value = relate(&r, i->detail, a, b, a > b);
            break;
        case BK_CODE_GEQ:
            value = relate(&r, i->detail, a, b, a >= b);
            break;
        case BK_CODE_AND:
            value = truth_of(a != 0.0 && b != 0.0);
            break;
        case BK_CODE_OR:
            value = truth_of(a != 0.0 || b != 0.0);
            break;
        case BK_CODE_XOR:
            value = truth_of((a != 0.0) != (b != 0.0));
            break;
        case BK_CODE_NOT:
            value = truth_of(a == 0.0);
            break;
        case BK_CODE_SELECT:
            value = b != 0.0 ? a : c;
            break;
        case BK_CODE_APPLY1:
            value = bk_op_apply((bk_op)i->detail, &a, 1);
            break;
        case BK_CODE_APPLY2:
            value = apply2(i->detail, a, b);
            break;
        default:
            value = (double)NAN;
            break;
        }
        slots[i->target] = value;
    }
}
