/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/map.h"
#include "math/walk.h"

#include "base/alloc.h"

#include <string.h>

/* Equal subtrees get the same number, from the leaves up: a node is the chain of its
 * operator, its payload and the numbers of its arguments, and each link of a chain is a
 * pair that a map knows. */

typedef struct sharing {
    bk_exprs *pool;
    bk_walk walk;
    bk_map values; /* bits of a number -> its first number */
    bk_map pairs;  /* two numbers -> a number of their own */
    bk_map firsts; /* number of a chain -> the first place that has it */
    int32_t next;
    int32_t *chain; /* by place */
    bk_expr *kept;  /* by place */
    bk_expr *args;  /* [walk.most] */
} sharing;

static int32_t pair(sharing *s, int32_t a, int32_t b)
{
    if (a < 0 || b < 0) {
        return -1;
    }
    const int32_t number =
        bk_map_add(&s->pairs, (uint64_t)a << 32 | (uint32_t)b, s->next);
    s->next += number == s->next;
    return number;
}

static int32_t value_number(sharing *s, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const int32_t number = bk_map_add(&s->values, bits, s->next);
    s->next += number == s->next;
    return number;
}

static int32_t chain_of(sharing *s, bk_expr e)
{
    const bk_op op = bk_expr_op(s->pool, e);
    const int count = bk_expr_count(s->pool, e);
    int32_t chain = (int32_t)op;
    if (op == BK_OP_NUMBER) {
        return pair(s, chain, value_number(s, bk_expr_value(s->pool, e)));
    }
    if (op == BK_OP_SYMBOL || op == BK_OP_ARGUMENT || op == BK_OP_CALL) {
        chain = pair(s, chain, bk_expr_payload_of(s->pool, e));
    }
    chain = pair(s, chain, count);
    for (int k = 0; k < count; k++) {
        const int32_t place = bk_walk_place(&s->walk, bk_expr_arg(s->pool, e, k));
        chain = pair(s, chain, s->chain[place]);
    }
    return chain;
}

static bk_expr keep(sharing *s, bk_expr e)
{
    const int count = bk_expr_count(s->pool, e);
    bool changed = false;
    for (int k = 0; k < count; k++) {
        const bk_expr old = bk_expr_arg(s->pool, e, k);
        s->args[k] = s->kept[bk_walk_place(&s->walk, old)];
        changed = changed || s->args[k] != old;
    }
    return changed ? bk_expr_copy_node(s->pool, s->pool, e, s->args) : e;
}

static bool share_all(sharing *s)
{
    for (int32_t i = 0; i < s->walk.n; i++) {
        const bk_expr e = s->walk.nodes[i];
        s->chain[i] = chain_of(s, e);
        const int32_t first =
            s->chain[i] < 0 ? -1 : bk_map_add(&s->firsts, (uint64_t)s->chain[i], i);
        if (first < 0) {
            return false;
        }
        s->kept[i] = first < i ? s->kept[first] : keep(s, e);
        if (s->kept[i] < 0) {
            return false;
        }
    }
    return true;
}

bool bk_expr_share(bk_exprs *pool, bk_expr *exprs, int n)
{
    sharing s = {.pool = pool, .next = BK_OP_COUNT};
    for (int i = 0; i < n; i++) {
        if (exprs[i] < 0) {
            return false;
        }
    }
    if (!bk_walk_start_all(&s.walk, pool, exprs, n)) {
        return false;
    }
    const size_t places = (size_t)s.walk.n;
    s.chain = bk_alloc((2 * places + (size_t)s.walk.most + 1) * sizeof *s.chain);
    bool good = s.chain != NULL;
    if (good) {
        s.kept = s.chain + places;
        s.args = s.kept + places;
        good = share_all(&s);
    }
    for (int i = 0; good && i < n; i++) {
        exprs[i] = s.kept[bk_walk_place(&s.walk, exprs[i])];
    }
    bk_free(s.chain);
    bk_map_free(&s.values);
    bk_map_free(&s.pairs);
    bk_map_free(&s.firsts);
    bk_walk_end(&s.walk);
    return good;
}
