/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/pool.h"

#include "base/alloc.h"

#include <string.h>

/* Children have smaller numbers, so one pass downwards over the bits finds a tree. */
struct bk_spare {
    bool busy; /* a lock, by the compiler's atomic built-ins */
    uint64_t *words;
    size_t capacity;
};

bool bk_spare_reserve(bk_exprs *pool, size_t nodes)
{
    if (pool->spare == NULL) {
        pool->spare = bk_alloc_zero(1, sizeof *pool->spare);
        if (pool->spare == NULL) {
            return false;
        }
    }
    return bk_grow(&pool->spare->words, &pool->spare->capacity, nodes / 64 + 1,
                   sizeof *pool->spare->words);
}

void bk_spare_free(bk_exprs *pool)
{
    if (pool->spare != NULL) {
        bk_free(pool->spare->words);
        bk_free(pool->spare);
    }
}

static void set(uint64_t *words, bk_expr e)
{
    words[e / 64] |= UINT64_C(1) << (e % 64);
}

static void scan(const bk_exprs *pool, bk_expr e,
                 void (*see)(void *context, const bk_node *node), void *context)
{
    bk_spare *const spare = pool->spare;
    while (__atomic_test_and_set(&spare->busy, __ATOMIC_ACQUIRE)) {
    }
    memset(spare->words, 0, ((size_t)e / 64 + 1) * sizeof *spare->words);
    set(spare->words, e);
    for (bk_expr k = e; k >= 0; k--) {
        if ((spare->words[k / 64] >> (k % 64) & 1u) == 0) {
            continue;
        }
        const bk_node *const node = &pool->nodes[k];
        const bk_expr *const args = bk_node_args(pool, node);
        for (int i = 0; i < bk_node_count(node); i++) {
            set(spare->words, args[i]);
        }
        see(context, node);
    }
    __atomic_clear(&spare->busy, __ATOMIC_RELEASE);
}

typedef struct search {
    int32_t after, found;
    bk_op op;
} search;

static void see_symbol(void *context, const bk_node *node)
{
    search *const s = context;
    const int32_t symbol = node->as.far.payload;
    if (node->op == BK_OP_SYMBOL && symbol > s->after &&
        (s->found < 0 || symbol < s->found)) {
        s->found = symbol;
    }
}

int32_t bk_spare_next_symbol(const bk_exprs *pool, bk_expr e, int32_t after)
{
    search s = {.after = after, .found = -1};
    scan(pool, e, see_symbol, &s);
    return s.found;
}

static void see_op(void *context, const bk_node *node)
{
    search *const s = context;
    if (node->op == (uint32_t)s->op) {
        s->found = 1;
    }
}

bool bk_spare_uses_op(const bk_exprs *pool, bk_expr e, bk_op op)
{
    search s = {.found = 0, .op = op};
    scan(pool, e, see_op, &s);
    return s.found == 1;
}
