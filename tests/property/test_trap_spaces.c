/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_logic.h"

/* Trap spaces of random multi-valued networks beside every box there is, each tried by
 * stepping out of each of its states. */

#define test(name) cmocka_unit_test(name)

typedef struct box {
    int low[MOST_NODES], high[MOST_NODES];
} box;

typedef struct boxes {
    box *all;
    size_t n, capacity;
} boxes;

/* Any level that the background leaves a free input, each its own target. */
static bool free_here(const net *g, const edits *e, int x, bool free_inputs)
{
    return free_inputs && g->input[x] && isnan(e->background[x].fix);
}

static int target_of(const net *g, const edits *e, int x, const int *state,
                     bool free_inputs)
{
    return free_here(g, e, x, free_inputs)
               ? clamped(&e->background[x], state[x], g->max[x])
               : naive_target(g, e, x, state, state, false);
}

static bool closed(const net *g, const edits *e, const box *b, bool free_inputs)
{
    int state[MOST_NODES];
    memcpy(state, b->low, sizeof state);
    for (;;) {
        for (int x = 0; x < g->n; x++) {
            const int next = towards(state[x], target_of(g, e, x, state, free_inputs));
            if (next < b->low[x] || next > b->high[x]) {
                return false;
            }
        }
        int x = 0;
        while (x < g->n && state[x] == b->high[x]) {
            state[x] = b->low[x];
            x++;
        }
        if (x == g->n) {
            return true;
        }
        state[x]++;
    }
}

static void whole(const net *g, const edits *e, bool free_inputs, box *b)
{
    for (int x = 0; x < g->n; x++) {
        b->low[x] = 0;
        b->high[x] = g->max[x];
        if (!isnan(e->background[x].fix)) {
            b->low[x] = b->high[x] = (int)e->background[x].fix;
        } else if (free_here(g, e, x, free_inputs)) {
            b->low[x] = clamped(&e->background[x], 0, g->max[x]);
            b->high[x] = clamped(&e->background[x], g->max[x], g->max[x]);
        }
    }
}

/* All closed boxes within the whole, which is the last. */
static void closed_boxes(const net *g, const edits *e, bool free_inputs, boxes *found)
{
    box outer;
    whole(g, e, free_inputs, &outer);
    box b = {.low = {0}};
    for (int x = 0; x < g->n; x++) {
        b.low[x] = b.high[x] = outer.low[x];
    }
    for (;;) {
        if (closed(g, e, &b, free_inputs)) {
            if (found->n == found->capacity) {
                found->capacity = 2 * found->capacity + 64;
                found->all = realloc(found->all, found->capacity * sizeof *found->all);
                assert_non_null(found->all);
            }
            found->all[found->n++] = b;
        }
        int x = 0;
        while (x < g->n && b.low[x] == outer.high[x]) {
            b.low[x] = b.high[x] = outer.low[x];
            x++;
        }
        if (x == g->n) {
            return;
        }
        if (b.high[x] < outer.high[x]) {
            b.high[x]++;
        } else {
            b.low[x]++;
            b.high[x] = b.low[x];
        }
    }
}

static bool inside(const net *g, const box *a, const box *b)
{
    bool is = true;
    for (int x = 0; x < g->n; x++) {
        is = is && a->low[x] >= b->low[x] && a->high[x] <= b->high[x];
    }
    return is;
}

static bool same(const net *g, const box *a, const box *b)
{
    return inside(g, a, b) && inside(g, b, a);
}

static bool wanted(const net *g, const boxes *all, size_t i, const box *outer,
                   bk_attractor_kind kind)
{
    const box *const b = &all->all[i];
    if (kind == BK_TRAP_SPACES) {
        return true;
    }
    if (kind == BK_TRAP_SPACES_MAX && same(g, b, outer)) {
        return false;
    }
    for (size_t k = 0; k < all->n; k++) {
        const box *const other = &all->all[k];
        if (k == i) {
            continue;
        }
        if (kind == BK_TRAP_SPACES_MIN && inside(g, other, b)) {
            return false;
        }
        if (kind == BK_TRAP_SPACES_MAX && !same(g, other, outer) &&
            inside(g, b, other)) {
            return false;
        }
    }
    return true;
}

static size_t compare_boxes(const net *g, const edits *e, bool free_inputs,
                            const boxes *all, bk_attractor_kind kind)
{
    bk_system *system = NULL;
    bk_attractors *found = NULL;
    bk_overlay *const overlay = bound(e, g->model);
    const bk_attractor_settings settings = {.kind = kind, .free_inputs = free_inputs};
    assert_int_equal(bk_engine_async.compile(g->model, NULL, &system), BK_OK);
    assert_int_equal(bk_attractors_find(system, overlay, &settings, NULL, &found),
                     BK_OK);
    assert_true(bk_attractors_complete(found));
    box outer;
    whole(g, e, free_inputs, &outer);
    size_t expected = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (!wanted(g, all, i, &outer, kind)) {
            continue;
        }
        expected++;
        bool there = false;
        for (size_t k = 0; k < bk_attractors_count(found) && !there; k++) {
            box ours = {.low = {0}};
            for (int x = 0; x < g->n; x++) {
                ours.low[x] = bk_attractor_low(found, k, x);
                ours.high[x] = bk_attractor_high(found, k, x);
            }
            there = same(g, &ours, &all->all[i]);
        }
        assert_true(there);
    }
    assert_int_equal(bk_attractors_count(found), expected);
    bk_attractors_free(found);
    bk_overlay_free(overlay);
    bk_system_free(system);
    return expected;
}

static void trap_spaces_are_the_boxes_that_no_step_leaves(void **unused)
{
    (void)unused;
    static const bk_attractor_kind kinds[] = {BK_TRAP_SPACES_MIN, BK_TRAP_SPACES_MAX,
                                              BK_TRAP_SPACES};
    bk_random random;
    bk_random_start(&random, 11, 0, 0);
    size_t count = 0;
    for (int i = 0; i < 600; i++) {
        const net g = random_net(&random, 1, 5, i % 3 == 0 ? 1 : 2, false);
        const edits e = i % 2 == 0 ? no_edits() : random_edits(&random, &g);
        const bool free_inputs = i % 4 >= 2;
        boxes all = {0};
        closed_boxes(&g, &e, free_inputs, &all);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            /* All of them where they are not too many to compare. */
            if (kinds[k] != BK_TRAP_SPACES || all.n < 500) {
                count += compare_boxes(&g, &e, free_inputs, &all, kinds[k]);
            }
        }
        free(all.all);
        bk_model_free(g.model);
    }
    assert_true(count > 10000);
}

/* Combinations of the projected levels that fixed points have, by the full list. */
static void projected_fixed_points_are_the_different_ones_of_all(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 12, 0, 0);
    for (int i = 0; i < 200; i++) {
        const net g = random_net(&random, 3, 7, 2, false);
        const int32_t onto[] = {0, 2};
        bk_attractor_settings settings = {.kind = BK_FIXED_POINTS, .free_inputs = true};
        bk_system *system = NULL;
        bk_attractors *all = NULL;
        bk_attractors *some = NULL;
        assert_int_equal(bk_engine_sync.compile(g.model, NULL, &system), BK_OK);
        assert_int_equal(bk_attractors_find(system, NULL, &settings, NULL, &all),
                         BK_OK);
        settings.projected = onto;
        settings.n_projected = 2;
        assert_int_equal(bk_attractors_find(system, NULL, &settings, NULL, &some),
                         BK_OK);
        size_t expected = 0;
        bool seen[3][3] = {{false}};
        for (size_t k = 0; k < bk_attractors_count(all); k++) {
            bool *const s =
                &seen[bk_attractor_low(all, k, 0)][bk_attractor_low(all, k, 2)];
            expected += *s ? 0 : 1;
            *s = true;
        }
        assert_int_equal(bk_attractors_count(some), expected);
        for (size_t k = 0; k < bk_attractors_count(some); k++) {
            bool *const s =
                &seen[bk_attractor_low(some, k, 0)][bk_attractor_low(some, k, 2)];
            assert_true(*s);
            *s = false;
        }
        bk_attractors_free(all);
        bk_attractors_free(some);
        bk_system_free(system);
        bk_model_free(g.model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(trap_spaces_are_the_boxes_that_no_step_leaves),
        test(projected_fixed_points_are_the_different_ones_of_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
