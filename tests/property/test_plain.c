/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The walk of a plain network against what every rule gives by the plainest means, on
 * random Boolean networks with random edits, from random states along random moves; with
 * tables for all rules, for some and for none. */

#include "logic/plain.h"

#include "random_logic.h"

#define test(name) cmocka_unit_test(name)

#ifdef __x86_64__
BK_PLAIN_CODE static void compare(const net *g, const edits *e, bk_logic_work *work,
                                  bk_plain *plain, bk_random *random)
{
    int state[MOST_NODES];
    for (int x = 0; x < g->n; x++) {
        work->begin[x] =
            (uint8_t)(isnan(e->background[x].fix) ? pick(random, 2)
                                                  : (int)e->background[x].fix);
    }
    bk_plain_begin(plain, work);
    for (int step = 0; step < 30; step++) {
        for (int x = 0; x < g->n; x++) {
            state[x] = (int)(plain->at[x] & 1u);
            assert_true(step > 0 || state[x] == work->begin[x]);
        }
        uint64_t moving = 0;
        uint32_t count = 0;
        for (int x = 0; x < g->n; x++) {
            const bool would = naive_target(g, e, x, state, state, true) != state[x];
            moving |= (uint64_t)would << x;
            count += would ? 1 : 0;
        }
        assert_true(plain->enabled[0] == moving);
        assert_int_equal(bk_plain_count(plain->enabled, plain->words), count);
        if (count == 0) {
            return;
        }
        const uint32_t k = bk_random_below(random, count);
        const uint32_t x = bk_plain_nth(plain->enabled, plain->words, k);
        uint32_t below = 0;
        for (uint32_t y = 0; y < x; y++) {
            below += (uint32_t)(moving >> y & 1u);
        }
        assert_true((moving >> x & 1u) != 0 && below == k);
        bk_plain_move(plain, plain->enabled, plain->words, x);
    }
}

BK_PLAIN_CODE static void
the_kth_of_a_set_of_words_is_counted_from_the_first(void **unused)
{
    (void)unused;
    if (!__builtin_cpu_supports("bmi2")) {
        print_message("SKIP  this processor does not scatter bits (BMI2)\n");
        return;
    }
    bk_random random;
    bk_random_start(&random, 82, 0, 0);
    for (int i = 0; i < 200; i++) {
        uint64_t set[6];
        const int words = 1 + pick(&random, 6);
        for (int k = 0; k < words; k++) {
            set[k] = pick(&random, 3) == 0 ? 0 : bk_random_bits(&random);
        }
        uint32_t count = 0;
        for (uint32_t x = 0; x < 64u * (uint32_t)words; x++) {
            if ((set[x >> 6] >> (x & 63) & 1u) != 0) {
                assert_int_equal(bk_plain_nth(set, words, count), x);
                count++;
            }
        }
        assert_int_equal(bk_plain_count(set, words), count);
    }
}
#else
static void compare(const net *g, const edits *e, bk_logic_work *work, bk_plain *plain,
                    bk_random *random)
{
    (void)g, (void)e, (void)work, (void)plain, (void)random;
}

static void the_kth_of_a_set_of_words_is_counted_from_the_first(void **unused)
{
    (void)unused;
    print_message("SKIP  only for processors with BMI2\n");
}
#endif

static void the_walk_of_a_plain_network_is_that_of_the_rules(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 81, 0, 0);
    int plain_ones = 0;
    const int networks = 400;
    static const int most[] = {BK_PLAIN_REGULATORS, 3, 0};
    for (int i = 0; i < networks; i++) {
        const net g = random_net(&random, 2, MOST_NODES, 1, false);
        const edits e = i % 2 == 0 ? random_edits(&random, &g) : no_edits();
        bk_overlay *const overlay = bound(&e, g.model);
        bk_system *system = NULL;
        bk_workspace *workspace = NULL;
        bk_plain *plain = NULL;
        assert_int_equal(bk_engine_ctmc.compile(g.model, NULL, &system), BK_OK);
        assert_int_equal(bk_logic_workspace(system, &workspace), BK_OK);
        bk_logic_work *const work = (bk_logic_work *)workspace;
        bk_logic_bind(work, overlay, NULL, true);
        assert_int_equal(bk_plain_new(work, most[i / 2 % 3], &plain), BK_OK);
        plain_ones += plain != NULL ? 1 : 0;
        for (int k = 0; k < 10 && plain != NULL; k++) {
            compare(&g, &e, work, plain, &random);
        }
        bk_plain_free(plain);
        bk_workspace_free(workspace);
        bk_system_free(system);
        bk_overlay_free(overlay);
        bk_model_free(g.model);
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("bmi2")) {
        assert_true(plain_ones > networks / 2);
        return;
    }
#endif
    print_message("SKIP  this processor does not scatter bits (BMI2)\n");
    assert_int_equal(plain_ones, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_walk_of_a_plain_network_is_that_of_the_rules),
        test(the_kth_of_a_set_of_words_is_counted_from_the_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
