/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/walk.h"

#include "base/alloc.h"

/* Two loops over the tree: downwards, asking for replacements (what stands under a
 * replaced node is not asked for), and upwards, copying what changed. */

enum { UNSEEN = -3, WANTED = -2 };

typedef struct rewriting {
    bk_exprs *target;
    const bk_exprs *source;
    bk_walk walk;
    bk_expr *map;  /* by place: UNSEEN, WANTED or the new node */
    bk_expr *args; /* [walk.most] */
} rewriting;

static bool ask(rewriting *r, bk_expr_replace *replace, void *context)
{
    for (int32_t i = 0; i < r->walk.n; i++) {
        r->map[i] = UNSEEN;
    }
    r->map[r->walk.n - 1] = WANTED;
    for (int32_t i = r->walk.n - 1; i >= 0; i--) {
        if (r->map[i] != WANTED) {
            continue;
        }
        const bk_expr e = r->walk.nodes[i];
        const uint32_t failures = r->target->failures;
        const bk_expr ready = replace(context, r->target, r->source, e);
        if (r->target->failures != failures) {
            return false;
        }
        if (ready >= 0) {
            r->map[i] = ready;
            continue;
        }
        const int count = bk_expr_count(r->source, e);
        for (int k = 0; k < count; k++) {
            const int32_t place = bk_walk_place(&r->walk, bk_expr_arg(r->source, e, k));
            r->map[place] = r->map[place] == UNSEEN ? WANTED : r->map[place];
        }
    }
    return true;
}

static bk_expr copy(rewriting *r, bk_expr e)
{
    const int count = bk_expr_count(r->source, e);
    bool changed = r->target != r->source;
    for (int k = 0; k < count; k++) {
        const bk_expr old = bk_expr_arg(r->source, e, k);
        r->args[k] = r->map[bk_walk_place(&r->walk, old)];
        changed = changed || r->args[k] != old;
    }
    return changed ? bk_expr_copy_node(r->target, r->source, e, r->args) : e;
}

bk_expr bk_expr_rewrite(bk_exprs *target, const bk_exprs *source, bk_expr e,
                        bk_expr_replace *replace, void *context)
{
    rewriting r = {.target = target, .source = source};
    if (e < 0 || !bk_walk_start(&r.walk, source, e)) {
        return BK_NO_EXPR;
    }
    bk_expr result = BK_NO_EXPR;
    r.map = bk_alloc(((size_t)r.walk.n + (size_t)r.walk.most) * sizeof *r.map);
    if (r.map != NULL) {
        r.args = r.map + r.walk.n;
        bool ok = ask(&r, replace, context);
        for (int32_t i = 0; ok && i < r.walk.n; i++) {
            if (r.map[i] == WANTED) {
                r.map[i] = copy(&r, r.walk.nodes[i]);
                ok = r.map[i] >= 0;
            }
        }
        result = ok ? r.map[r.walk.n - 1] : BK_NO_EXPR;
    }
    bk_free(r.map);
    bk_walk_end(&r.walk);
    return result;
}
