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

bk_op bk_op_of_mathml(const char *element)
{
    if (strcmp(element, "cn") == 0 || strcmp(element, "ci") == 0 ||
        strcmp(element, "csymbol") == 0) {
        return BK_OP_COUNT;
    }
    for (int op = 0; op < BK_OP_COUNT; op++) {
        if (infos[op].mathml[0] == element[0] &&
            strcmp(infos[op].mathml, element) == 0) {
            return (bk_op)op;
        }
    }
    return BK_OP_COUNT;
}

bool bk_op_is_draw(bk_op op)
{
    return op >= BK_OP_NORMAL && op <= BK_OP_RAYLEIGH;
}

bool bk_op_is_relation(bk_op op)
{
    return op >= BK_OP_EQ && op <= BK_OP_GEQ;
}
