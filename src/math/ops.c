/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/expr.h"

#include <string.h>

enum { NUM, BOOL };

static const bk_op_info infos[BK_OP_COUNT] = {
#define OP(name, infix, mathml, min, max, result)                                      \
    {#name, infix, mathml, min, max, (result) == BOOL},
#include "math/ops.def"
};

const bk_op_info *bk_op_about(bk_op op)
{
    return &infos[op];
}

bool bk_op_is_draw(bk_op op)
{
    return op >= BK_OP_NORMAL && op <= BK_OP_RAYLEIGH;
}

bool bk_op_is_relation(bk_op op)
{
    return op >= BK_OP_EQ && op <= BK_OP_GEQ;
}
