/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_PROGRAM_CODE_H
#define BK_MATH_PROGRAM_CODE_H

/* The inside of a program, for the files that build, run and print it, and for kernels
 * that run it in another way.
 *
 * slots: [symbols | extra | constants | time | scratch].  An instruction reads up to
 * six slots and writes one.  The last instruction of a law writes the law's target,
 * all others write scratch, so that a law may read its own target.  Several
 * instructions in a row may build one value in one scratch slot (t = a + b + c;
 * t = t + d); apart from that a scratch slot is written before it is read in every law.
 */

#include "math/program.h"

/* CODE(name, operands, sign): the sign is for the listing */
#define BK_CODES(CODE)                                                                 \
    CODE(MOVE, 1, "")                                                                  \
    CODE(ADD, 2, "+")                                                                  \
    CODE(ADD3, 3, "+")                                                                 \
    CODE(SUBTRACT, 2, "-")                                                             \
    CODE(MULTIPLY, 2, "*")                                                             \
    CODE(MULTIPLY3, 3, "*")                                                            \
    CODE(DIVIDE, 2, "/")                                                               \
    CODE(NEGATE, 1, "-")                                                               \
    CODE(SQUARE, 1, "square")                                                          \
    CODE(WHOLE_POWER, 1, "power") /* detail: the exponent */                           \
    CODE(POWER, 2, "^")                                                                \
    CODE(SQUARE_ROOT, 1, "sqrt")                                                       \
    CODE(EXP, 1, "exp")                                                                \
    CODE(LN, 1, "ln")                                                                  \
    CODE(ABS, 1, "abs")                                                                \
    CODE(MIN, 2, "min")                                                                \
    CODE(MAX, 2, "max")                                                                \
    CODE(EQ, 2, "==") /* detail of the six: the relation's number */                   \
    CODE(NEQ, 2, "!=")                                                                 \
    CODE(LT, 2, "<")                                                                   \
    CODE(LEQ, 2, "<=")                                                                 \
    CODE(GT, 2, ">")                                                                   \
    CODE(GEQ, 2, ">=")                                                                 \
    CODE(AND, 2, "&&")                                                                 \
    CODE(OR, 2, "||")                                                                  \
    CODE(XOR, 2, "xor")                                                                \
    CODE(NOT, 1, "!")                                                                  \
    CODE(SELECT, 3, "?") /* a when b is true, else c */                                \
    /* several operators in a row: program_absorb.c, program_fuse.c */                 \
    CODE(MULTIPLY_ADD, 3, "muladd")      /* a b + c */                                 \
    CODE(MULTIPLY_SUBTRACT, 3, "mulsub") /* a b - c */                                 \
    CODE(MULTIPLY_FROM, 3, "mulfrom")    /* c - a b */                                 \
    CODE(MULTIPLY_DIVIDE, 3, "muldiv")   /* a b / c */                                 \
    CODE(ADD_MULTIPLY, 3, "addmul")      /* (a + b) c */                               \
    CODE(SUBTRACT_MULTIPLY, 3, "submul") /* (a - b) c */                               \
    CODE(SUBTRACT_DIVIDE, 3, "subdiv")   /* (a - b) / c */                             \
    CODE(CLAMP, 3, "clamp")              /* min(max(a, b), c) */                       \
    CODE(SATURATE, 3, "saturate")        /* a b / (a + c) */                           \
    CODE(FLOW, 6, "flow")                /* (a b c - d e) f */                         \
    CODE(SATURATION, 6, "saturation")    /* a b c / (d + e) f */                       \
    CODE(APPLY1, 1, "")                  /* detail: a bk_op */                         \
    CODE(APPLY2, 2, "")                  /* detail: a bk_op */

typedef enum bk_code {
#define CODE(name, operands, sign) BK_CODE_##name,
    BK_CODES(CODE)
#undef CODE
        BK_CODE_COUNT
} bk_code;

enum { BK_MOST_OPERANDS = 6 };

typedef struct bk_instruction {
    int32_t code, target;
    int32_t operands[BK_MOST_OPERANDS];
    int32_t detail;
} bk_instruction;

struct bk_program {
    const bk_program *origin; /* of a copy: whose all but the next two is; else NULL */
    bool *redirected;         /* of a copy: [n_laws] */
    bk_instruction *code;
    int32_t *starts; /* [n_laws + 1] in code */
    double *constants;
    bk_op *relations; /* [n_relations] */
    int32_t symbols, extra, n_constants, scratch, n_code, n_laws, n_relations;
};

int bk_code_operands(bk_code code);
const char *bk_code_sign(bk_code code);

static inline int32_t bk_program_time_slot(const bk_program *program)
{
    return program->symbols + program->extra + program->n_constants;
}

/* The root function of a relation; of two equal infinities it is 0, not NaN. */
static inline double bk_relation_gap(double a, double b)
{
    return a == b ? 0.0 : a - b;
}

#endif
