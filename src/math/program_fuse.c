/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_law.h"

/* Two shapes that models are full of are one instruction each, with the bits of the
 * operators one after the other: what is kept within bounds, min(max(a, b), c), and what
 * saturates, a b / (a + c).  In lanes an instruction costs more than its arithmetic. */

static bk_expr node_at(const bk_law *l, int32_t place)
{
    return l->walk.nodes[place];
}

static int32_t argument_at(const bk_law *l, int32_t place, int k)
{
    return bk_walk_place(&l->walk, bk_expr_arg(l->pool, node_at(l, place), k));
}

static bool is(const bk_law *l, int32_t place, bk_op op)
{
    const bk_expr e = node_at(l, place);
    return bk_expr_op(l->pool, e) == op && bk_expr_count(l->pool, e) == 2;
}

/* An argument that nobody else reads. */
static bool is_own(const bk_law *l, int32_t place, bk_op op)
{
    return is(l, place, op) && l->uses[place] == 1 && l->goals[place] == -1;
}

/* Whether two operators of two share an argument: which one each. */
static bool share(const bk_law *l, int32_t one, int32_t other, int *of_one,
                  int *of_other)
{
    for (int k = 0; k < 4; k++) {
        if (argument_at(l, one, k / 2) == argument_at(l, other, k % 2)) {
            *of_one = k / 2;
            *of_other = k % 2;
            return true;
        }
    }
    return false;
}

void bk_law_absorb(bk_law *law)
{
    for (int32_t i = 0; i < law->walk.n; i++) {
        int a = 0, b = 0;
        if (is(law, i, BK_OP_MIN)) {
            const int32_t inner = argument_at(law, i, 0);
            if (is_own(law, inner, BK_OP_MAX)) {
                law->goals[inner] = BK_ABSORBED;
            }
        } else if (is(law, i, BK_OP_DIVIDE)) {
            const int32_t top = argument_at(law, i, 0);
            const int32_t bottom = argument_at(law, i, 1);
            if (is_own(law, top, BK_OP_TIMES) && is_own(law, bottom, BK_OP_PLUS) &&
                share(law, top, bottom, &a, &b)) {
                law->goals[top] = law->goals[bottom] = BK_ABSORBED;
            }
        }
    }
}

bool bk_law_absorbs(const bk_law *law, int32_t place, bk_code *code, int32_t places[3])
{
    if (!is(law, place, BK_OP_MIN) && !is(law, place, BK_OP_DIVIDE)) {
        return false;
    }
    const int32_t first = argument_at(law, place, 0);
    const int32_t second = argument_at(law, place, 1);
    if (law->goals[first] != BK_ABSORBED) {
        return false;
    }
    int a = 0, b = 0;
    if (is(law, place, BK_OP_MIN)) {
        *code = BK_CODE_CLAMP;
        places[0] = argument_at(law, first, 0);
        places[1] = argument_at(law, first, 1);
        places[2] = second;
    } else if (share(law, first, second, &a, &b)) {
        *code = BK_CODE_SATURATE;
        places[0] = argument_at(law, first, a);
        places[1] = argument_at(law, first, 1 - a);
        places[2] = argument_at(law, second, 1 - b);
    }
    return true;
}
