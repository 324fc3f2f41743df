/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The walk in one word against what every rule gives by the plainest means, on random
 * Boolean networks with random edits, from random states along random moves. */

#include "logic/narrow.h"

#include "random_logic.h"

#define test(name) cmocka_unit_test(name)

#ifdef __x86_64__
BK_NARROW_CODE static void compare(const net *g, const edits *e,
                                   const bk_narrow *narrow, bk_random *random)
{
    uint8_t begin[MOST_NODES];
    int state[MOST_NODES];
    for (int x = 0; x < g->n; x++) {
        begin[x] = (uint8_t)(isnan(e->background[x].fix) ? pick(random, 2)
                                                         : (int)e->background[x].fix);
    }
    bk_narrow_walk walk = bk_narrow_begin(narrow, begin);
    for (int step = 0; step < 30; step++) {
        for (int x = 0; x < g->n; x++) {
            state[x] = (int)(walk.state >> x & 1u);
        }
        uint64_t moving = 0;
        uint32_t count = 0;
        for (int x = 0; x < g->n; x++) {
            const bool would = naive_target(g, e, x, state, state, true) != state[x];
            moving |= (uint64_t)would << x;
            count += would ? 1 : 0;
        }
        assert_true(bk_narrow_enabled(narrow, &walk) == moving);
        if (count == 0) {
            return;
        }
        const uint32_t k = bk_random_below(random, count);
        const int32_t x = bk_narrow_nth(moving, k);
        uint32_t below = 0;
        for (int32_t y = 0; y < x; y++) {
            below += (uint32_t)(moving >> y & 1u);
        }
        assert_true((moving >> x & 1u) != 0 && below == k);
        bk_narrow_move(narrow, &walk, x);
    }
}
#else
static void compare(const net *g, const edits *e, const bk_narrow *narrow,
                    bk_random *random)
{
    (void)g, (void)e, (void)narrow, (void)random;
}
#endif

static void the_walk_in_one_word_is_that_of_the_rules(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 81, 0, 0);
    int narrow_ones = 0;
    const int networks = 400;
    for (int i = 0; i < networks; i++) {
        const net g = random_net(&random, 2, MOST_NODES, 1, false);
        const edits e = i % 2 == 0 ? random_edits(&random, &g) : no_edits();
        bk_overlay *const overlay = bound(&e, g.model);
        bk_system *system = NULL;
        bk_workspace *workspace = NULL;
        bk_narrow *narrow = NULL;
        assert_int_equal(bk_engine_ctmc.compile(g.model, NULL, &system), BK_OK);
        assert_int_equal(bk_logic_workspace(system, &workspace), BK_OK);
        bk_logic_work *const work = (bk_logic_work *)workspace;
        bk_logic_bind(work, overlay, NULL, true);
        assert_int_equal(bk_narrow_new(work, &narrow), BK_OK);
        narrow_ones += narrow != NULL ? 1 : 0;
        for (int k = 0; k < 10 && narrow != NULL; k++) {
            compare(&g, &e, narrow, &random);
        }
        bk_narrow_free(narrow);
        bk_workspace_free(workspace);
        bk_system_free(system);
        bk_overlay_free(overlay);
        bk_model_free(g.model);
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("bmi2")) {
        assert_true(narrow_ones > networks / 2);
        return;
    }
#endif
    print_message("SKIP  this processor does not gather bits (BMI2)\n");
    assert_int_equal(narrow_ones, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {test(the_walk_in_one_word_is_that_of_the_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
