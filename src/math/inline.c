/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/walk.h"

#include "base/alloc.h"

/* An own stack of bodies being copied, one frame a call, as a call stack would have it.
 * A few functions that call each other twice can stand for more nodes than any memory
 * holds, so the growth of one inlining is limited. */

enum { MOST_NEW_NODES = 1 << 23 };

typedef struct frame {
    struct frame *caller;
    int32_t function; /* the callee must have a smaller number */
    int32_t next;     /* place in walk */
    bk_expr *map;     /* by place */
    bk_expr *scratch; /* [walk.most] */
    const bk_expr
        *arguments; /* of the call, in the caller's scratch; NULL at the root */
    int n_arguments;
    bk_walk walk;
} frame;

static frame *push(frame *caller, const bk_exprs *pool, bk_expr e, int32_t function)
{
    frame *const f = bk_alloc(sizeof *f);
    if (f == NULL || !bk_walk_start(&f->walk, pool, e)) {
        bk_free(f);
        return NULL;
    }
    f->map = bk_alloc(((size_t)f->walk.n + (size_t)f->walk.most) * sizeof *f->map);
    if (f->map == NULL) {
        bk_walk_end(&f->walk);
        bk_free(f);
        return NULL;
    }
    f->caller = caller;
    f->function = function;
    f->next = 0;
    f->scratch = f->map + f->walk.n;
    f->arguments = NULL;
    f->n_arguments = 0;
    return f;
}

static frame *pop(frame *f)
{
    frame *const caller = f->caller;
    bk_free(f->map);
    bk_walk_end(&f->walk);
    bk_free(f);
    return caller;
}

static bk_expr argument(bk_exprs *pool, const frame *f, bk_expr e)
{
    if (f->caller == NULL) {
        return e;
    }
    const int32_t i = bk_expr_payload_of(pool, e);
    return i >= 0 && i < f->n_arguments ? f->arguments[i]
                                        : bk_expr_0(pool, BK_OP_NOTANUMBER);
}

/* Copies nodes of the frame up to its end or its next call; false: no memory. */
static bool advance(bk_exprs *pool, frame *f)
{
    for (; f->next < f->walk.n; f->next++) {
        const bk_expr e = f->walk.nodes[f->next];
        const bk_op op = bk_expr_op(pool, e);
        const int count = bk_expr_count(pool, e);
        bool changed = false;
        for (int k = 0; k < count; k++) {
            const bk_expr old = bk_expr_arg(pool, e, k);
            f->scratch[k] = f->map[bk_walk_place(&f->walk, old)];
            changed = changed || f->scratch[k] != old;
        }
        if (op == BK_OP_CALL) {
            return true;
        }
        f->map[f->next] = op == BK_OP_ARGUMENT ? argument(pool, f, e)
                          : changed ? bk_expr_copy_node(pool, pool, e, f->scratch)
                                    : e;
        if (f->map[f->next] < 0) {
            return false;
        }
    }
    return true;
}

/* The frame of the call at which f stands; NULL: no memory, or a wrong call. */
static frame *enter(const bk_exprs *pool, frame *f, const bk_function_body *functions)
{
    const bk_expr call = f->walk.nodes[f->next];
    const int32_t callee = bk_expr_payload_of(pool, call);
    if (callee < 0 || callee >= f->function) {
        return NULL;
    }
    frame *const inner = push(f, pool, functions[callee].body, callee);
    if (inner != NULL) {
        inner->arguments = f->scratch;
        inner->n_arguments = bk_expr_count(pool, call);
    }
    return inner;
}

/* A call of a function without a body has no value. */
static bool lacks_body(const bk_exprs *pool, const frame *f,
                       const bk_function_body *functions)
{
    const int32_t callee = bk_expr_payload_of(pool, f->walk.nodes[f->next]);
    return callee >= 0 && callee < f->function && functions[callee].body < 0;
}

bk_expr bk_expr_inline(bk_exprs *pool, bk_expr e, const bk_function_body *functions,
                       int n)
{
    if (e < 0 || !bk_expr_uses_op(pool, e, BK_OP_CALL)) {
        return e;
    }
    const int32_t limit = bk_exprs_size(pool) < INT32_MAX - MOST_NEW_NODES
                              ? bk_exprs_size(pool) + MOST_NEW_NODES
                              : INT32_MAX;
    frame *f = push(NULL, pool, e, n);
    bk_expr result = BK_NO_EXPR;
    bool ok = f != NULL;
    while (ok) {
        ok = advance(pool, f) && bk_exprs_size(pool) < limit;
        if (ok && f->next < f->walk.n) {
            if (lacks_body(pool, f, functions)) {
                f->map[f->next] = bk_expr_0(pool, BK_OP_NOTANUMBER);
                ok = f->map[f->next++] >= 0;
                continue;
            }
            frame *const inner = enter(pool, f, functions);
            ok = inner != NULL;
            f = ok ? inner : f;
        } else if (ok) {
            result = f->map[f->walk.n - 1];
            f = pop(f);
            if (f == NULL) {
                return result;
            }
            f->map[f->next++] = result;
        }
    }
    while (f != NULL) {
        f = pop(f);
    }
    return BK_NO_EXPR;
}
