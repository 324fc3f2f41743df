/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "solve/markowitz.h"

#include <stdbool.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

enum { MOST = 40 };

typedef struct pattern {
    int32_t n, starts[MOST + 1], rows[MOST * MOST];
    bool at[MOST][MOST]; /* row, column */
} pattern;

static void compress(pattern *p)
{
    int32_t k = 0;
    for (int32_t j = 0; j < p->n; j++) {
        p->starts[j] = k;
        for (int32_t i = 0; i < p->n; i++) {
            if (p->at[i][j]) {
                p->rows[k++] = i;
            }
        }
    }
    p->starts[p->n] = k;
}

/* Entries of L and U without the diagonal, and the products, by elimination on the full
 * square; a pivot whose product is not the smallest ends the test. */
static int64_t eliminate(pattern p, const int32_t *order, int64_t *taken)
{
    bool gone[MOST] = {false};
    int64_t entries = 0;
    *taken = 0;
    for (int32_t step = 0; step < p.n; step++) {
        int64_t products[MOST] = {0};
        int64_t least = INT64_MAX;
        for (int32_t k = 0; k < p.n; k++) {
            int64_t across = 0, down = 0;
            for (int32_t i = 0; i < p.n && !gone[k]; i++) {
                across += i != k && !gone[i] && p.at[k][i];
                down += i != k && !gone[i] && p.at[i][k];
            }
            products[k] = gone[k] ? INT64_MAX : across * down;
            least = products[k] < least ? products[k] : least;
        }
        const int32_t pivot = order[step];
        assert_true(pivot >= 0 && pivot < p.n && !gone[pivot]);
        assert_int_equal(products[pivot], least);
        gone[pivot] = true;
        for (int32_t i = 0; i < p.n; i++) {
            entries += !gone[i] && p.at[i][pivot];
            entries += !gone[i] && p.at[pivot][i];
            for (int32_t j = 0; j < p.n; j++) {
                const bool both =
                    !gone[i] && !gone[j] && p.at[i][pivot] && p.at[pivot][j];
                *taken += both;
                p.at[i][j] = p.at[i][j] || both;
            }
        }
    }
    return entries;
}

static void
each_pivot_has_the_smallest_product_and_entries_are_those_of_the_factors(void **state)
{
    (void)state;
    static pattern p;
    bk_random random;
    bk_random_start(&random, 11, 2, 3);
    for (int round = 0; round < 60; round++) {
        memset(&p, 0, sizeof p);
        p.n = 1 + (int32_t)(MOST * bk_random_uniform(&random));
        for (int32_t j = 0; j < p.n; j++) {
            p.at[j][j] = bk_random_uniform(&random) < 0.9; /* counts as there anyway */
            for (int k = 0; k < 3; k++) {
                p.at[(int32_t)(p.n * bk_random_uniform(&random))][j] = true;
            }
        }
        compress(&p);
        int32_t order[MOST];
        int64_t entries = -1, products = -1, taken;
        assert_int_equal(
            bk_markowitz(p.n, p.starts, p.rows, order, &entries, &products), BK_OK);
        assert_int_equal(entries, eliminate(p, order, &taken));
        assert_int_equal(products, taken);
    }
}

static void a_hub_goes_last_so_that_nothing_fills_in(void **state)
{
    (void)state;
    static pattern p;
    p.n = MOST;
    for (int32_t j = 0; j < p.n; j++) {
        p.at[j][j] = p.at[0][j] = p.at[j][0] = true;
    }
    compress(&p);
    int32_t order[MOST];
    int64_t entries = -1, products = -1;
    assert_int_equal(bk_markowitz(p.n, p.starts, p.rows, order, &entries, &products),
                     BK_OK);
    assert_int_equal(entries, 2 * (MOST - 1));
    assert_int_equal(products, MOST - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_pivot_has_the_smallest_product_and_entries_are_those_of_the_factors),
        test(a_hub_goes_last_so_that_nothing_fills_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
