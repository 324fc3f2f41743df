/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_law.h"

/* An operator and one of its arguments that nobody else reads become one instruction,
 * with the bits of the two one after the other; so does what saturates, a b / (a + c), as
 * in the laws of Michaelis and Menten and of Hill.  Fetching an instruction and storing
 * its result takes longer than most arithmetic. */

typedef struct shape {
    bk_op outer, inner;
    int at; /* which argument the inner one is */
    bk_code code;
} shape;

/* The first that fits is taken.  What is a whole instruction for program_fuse.c stays as
 * it is: a product minus a product, and a product over a sum. */
static const shape shapes[] = {{BK_OP_MIN, BK_OP_MAX, 0, BK_CODE_CLAMP},
                               {BK_OP_PLUS, BK_OP_TIMES, 0, BK_CODE_MULTIPLY_ADD},
                               {BK_OP_PLUS, BK_OP_TIMES, 1, BK_CODE_MULTIPLY_ADD},
                               {BK_OP_MINUS, BK_OP_TIMES, 0, BK_CODE_MULTIPLY_SUBTRACT},
                               {BK_OP_MINUS, BK_OP_TIMES, 1, BK_CODE_MULTIPLY_FROM},
                               {BK_OP_DIVIDE, BK_OP_TIMES, 0, BK_CODE_MULTIPLY_DIVIDE},
                               {BK_OP_DIVIDE, BK_OP_MINUS, 0, BK_CODE_SUBTRACT_DIVIDE},
                               {BK_OP_TIMES, BK_OP_MINUS, 0, BK_CODE_SUBTRACT_MULTIPLY},
                               {BK_OP_TIMES, BK_OP_MINUS, 1, BK_CODE_SUBTRACT_MULTIPLY},
                               {BK_OP_TIMES, BK_OP_PLUS, 0, BK_CODE_ADD_MULTIPLY},
                               {BK_OP_TIMES, BK_OP_PLUS, 1, BK_CODE_ADD_MULTIPLY},
                               {BK_OP_TIMES, BK_OP_TIMES, 0, BK_CODE_MULTIPLY3},
                               {BK_OP_TIMES, BK_OP_TIMES, 1, BK_CODE_MULTIPLY3},
                               {BK_OP_PLUS, BK_OP_PLUS, 0, BK_CODE_ADD3},
                               {BK_OP_PLUS, BK_OP_PLUS, 1, BK_CODE_ADD3}};

static int32_t argument_at(const bk_law *l, int32_t place, int k)
{
    return bk_walk_place(&l->walk, bk_expr_arg(l->pool, l->walk.nodes[place], k));
}

static bool is(const bk_law *l, int32_t place, bk_op op)
{
    const bk_expr e = l->walk.nodes[place];
    return bk_expr_op(l->pool, e) == op && bk_expr_count(l->pool, e) == 2;
}

/* Nobody else reads it, and it absorbs nothing itself. */
static bool is_simple(const bk_law *l, int32_t place, bk_op op)
{
    return is(l, place, op) && l->uses[place] == 1 && l->goals[place] == -1 &&
           l->fused[place].code < 0;
}

static void absorb(bk_law *l, int32_t place, bk_code code, int32_t a, int32_t b,
                   int32_t c)
{
    l->fused[place] = (bk_fusion){code, {a, b, c}};
}

/* a b / (a + c), in whatever order. */
static bool saturates(bk_law *l, int32_t place)
{
    if (!is(l, place, BK_OP_DIVIDE)) {
        return false;
    }
    const int32_t top = argument_at(l, place, 0);
    const int32_t bottom = argument_at(l, place, 1);
    if (!is_simple(l, top, BK_OP_TIMES) || !is_simple(l, bottom, BK_OP_PLUS)) {
        return false;
    }
    for (int k = 0; k < 4; k++) {
        const int32_t a = argument_at(l, top, k / 2);
        if (a == argument_at(l, bottom, k % 2)) {
            absorb(l, place, BK_CODE_SATURATE, a, argument_at(l, top, 1 - k / 2),
                   argument_at(l, bottom, 1 - k % 2));
            l->goals[top] = l->goals[bottom] = BK_ABSORBED;
            l->uses[a]--;
            return true;
        }
    }
    return false;
}

static bool is_own(const bk_law *l, int32_t place, bk_op op)
{
    return bk_expr_op(l->pool, l->walk.nodes[place]) == op && l->uses[place] == 1 &&
           l->goals[place] == -1;
}

/* The law of a reaction, or its core. */
static bool is_flow(const bk_law *l, int32_t place)
{
    const bool minus = is(l, place, BK_OP_MINUS), over = is(l, place, BK_OP_DIVIDE);
    return (minus || over) && is_own(l, argument_at(l, place, 0), BK_OP_TIMES) &&
           is_own(l, argument_at(l, place, 1), minus ? BK_OP_TIMES : BK_OP_PLUS);
}

static bool fits(bk_law *l, int32_t place, const shape *s)
{
    if (!is(l, place, s->outer) || is_flow(l, place)) {
        return false;
    }
    const int32_t inner = argument_at(l, place, s->at);
    if (!is_simple(l, inner, s->inner) || is_flow(l, inner)) {
        return false;
    }
    absorb(l, place, s->code, argument_at(l, inner, 0), argument_at(l, inner, 1),
           argument_at(l, place, 1 - s->at));
    l->goals[inner] = BK_ABSORBED;
    return true;
}

void bk_law_absorb(bk_law *law)
{
    for (int32_t i = 0; i < law->walk.n; i++) {
        law->fused[i].code = -1;
    }
    for (int32_t i = 0; i < law->walk.n; i++) {
        bool fused = saturates(law, i);
        for (size_t k = 0; !fused && k < sizeof shapes / sizeof *shapes; k++) {
            fused = fits(law, i, &shapes[k]);
        }
    }
}
