/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/sha256.h"
#include "logic/control_impl.h"

#include <string.h>

/* The words of a key: of the goals, what the box leaves open; of the core, its rules. */
typedef struct writing {
    bk_answers *a;
    size_t n;
    bool failed;
} writing;

static void put(writing *w, int32_t word)
{
    if (!bk_grow(&w->a->words, &w->a->capacity, w->n + 1, sizeof *w->a->words)) {
        w->failed = true;
        return;
    }
    w->a->words[w->n++] = word;
}

static void put_rule(writing *w, const bk_reduced *net, int32_t x)
{
    const bk_dd *const dd = net->dd[x];
    put(w, x);
    put(w, net->low[x] << 8 | net->high[x]);
    put(w, dd == NULL ? -1 : dd->root);
    put(w, dd == NULL ? 0 : dd->nodes);
    for (int32_t node = dd == NULL ? 0 : dd->terminals; dd != NULL && node < dd->nodes;
         node++) {
        put(w, dd->regulator[dd->variable[node]]);
        for (int32_t k = 0; k < dd->levels[dd->variable[node]]; k++) {
            put(w, dd->children[dd->first[node] + k]);
        }
    }
}

bk_status bk_answers_find(bk_answers *answers, const bk_reduced *net,
                          const bk_goal *goals, size_t n_goals, bk_answer **answer)
{
    char key[65];
    writing w = {.a = answers};
    for (size_t i = 0; i < n_goals; i++) {
        const int32_t x = goals[i].x;
        put(&w, x);
        put(&w, goals[i].low << 8 | goals[i].high);
        put(&w, net->low[x] << 8 | net->high[x]);
    }
    put(&w, -1);
    for (int32_t i = 0; i < net->n_core; i++) {
        put_rule(&w, net, net->core[i]);
    }
    if (w.failed) {
        return BK_NO_MEMORY;
    }
    bk_sha256(answers->words, w.n * sizeof *answers->words, key);
    int32_t number = bk_names_find(answers->names, key);
    if (number < 0) {
        bk_answer *const fresh = bk_arena_zero(answers->arena, 1, sizeof *fresh);
        number = (int32_t)answers->count;
        if (fresh == NULL ||
            !bk_grow(&answers->all, &answers->room, answers->count + 1,
                     sizeof *answers->all) ||
            bk_names_add(answers->names, key, number) != -1) {
            return BK_NO_MEMORY;
        }
        answers->all[answers->count++] = fresh;
    }
    *answer = answers->all[number];
    return BK_OK;
}

bk_status bk_answers_set(bk_answers *answers, bk_answer *answer, bk_verdict verdict,
                         const bk_goal *failing, const uint8_t *low,
                         const uint8_t *high, size_t n)
{
    if (verdict == BK_FAILS) {
        answer->low = bk_arena_alloc(answers->arena, 2 * n + 1);
        if (answer->low == NULL) {
            return BK_NO_MEMORY;
        }
        answer->high = answer->low + n;
        memcpy(answer->low, low, n);
        memcpy(answer->high, high, n);
    }
    answer->failing = failing;
    answer->verdict = verdict;
    answer->known = true;
    return BK_OK;
}

bk_status bk_answers_new(bk_answers **answers)
{
    bk_answers *const a = bk_alloc_zero(1, sizeof *a);
    if (a == NULL) {
        return BK_NO_MEMORY;
    }
    a->arena = bk_arena_new();
    a->names = bk_names_new();
    if (a->arena == NULL || a->names == NULL) {
        bk_answers_free(a);
        return BK_NO_MEMORY;
    }
    *answers = a;
    return BK_OK;
}

void bk_answers_free(bk_answers *answers)
{
    if (answers != NULL) {
        bk_names_free(answers->names);
        bk_arena_free(answers->arena);
        bk_free(answers->all);
        bk_free(answers->words);
        bk_free(answers);
    }
}
