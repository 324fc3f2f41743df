/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_PROGRAM_LAW_H
#define BK_MATH_PROGRAM_LAW_H

/* A program in the making: the builder numbers what laws share and places values, the
 * emitter writes the instructions of one operator. */

#include "math/map.h"
#include "math/pool.h"
#include "math/program_code.h"
#include "math/walk.h"

/* How many constants and scratch slots there will be is known only at the end; until
 * then an operand carries its region in its high bits. */
enum {
    BK_AT_CONSTANT = 1 << 28,
    BK_AT_SCRATCH = 1 << 29,
    BK_AT_TIME = 1 << 30,
    BK_AT_REGION = 7 << 28
};

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

/* The instruction that a node and arguments absorbed by it have together. */
typedef struct bk_fusion {
    int32_t code; /* or -1 */
    int32_t places[3];
} bk_fusion;
enum { BK_ABSORBED = -2 };

/* One law in the making; arrays by place in walk. */
typedef struct bk_law {
    bk_program_builder *builder;
    const bk_exprs *pool;
    uint64_t pool_number;
    const bk_expr *roots; /* [n_roots] */
    const int32_t *targets;
    int n_roots;
    bk_walk walk;
    int32_t *goals;    /* the target of a node, or -1, or BK_ABSORBED */
    int32_t *operands; /* where the value of a node is */
    int32_t *uses;     /* how many readers it still has */
    bk_fusion *fused;
    int32_t *args;  /* [walk.most] operands of the node at hand */
    double *values; /* [walk.most] */
} bk_law;

/* A failure of memory is noted in the builder and looked at once. */

/* The operand of a constant; whether an operand is one, and which. */
int32_t bk_law_constant(bk_program_builder *builder, double value);
bool bk_law_known(const bk_law *law, int32_t operand, double *value);
void bk_law_emit(bk_program_builder *builder, bk_code code, int32_t target,
                 const int32_t *operands, int32_t detail);
/* program_absorb.c: decides which nodes are computed by the instruction of their only
 * reader. */
void bk_law_absorb(bk_law *law);
/* program_fuse.c: the law whose code begins at `start`, as fewer instructions. */
void bk_law_fuse(bk_program_builder *builder, size_t start);
/* The code of an operator whose operands are law->args; what it builds in steps stands
 * in `work` on the way. */
void bk_law_emit_operator(bk_law *law, bk_expr e, int32_t target, int32_t work);

#endif
