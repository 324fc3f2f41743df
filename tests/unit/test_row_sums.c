/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/row_sums.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

enum { ROWS = 61, LONGEST = 40, VALUES = 97 };

typedef struct matrix {
    int32_t starts[ROWS + 1], sources[ROWS * LONGEST];
    double weights[ROWS * LONGEST], values[VALUES];
} matrix;

static int below(bk_random *r, int n)
{
    return (int)(bk_random_uniform(r) * n);
}

/* Rows of many lengths, some without a term. */
static void draw(matrix *m, bk_random *r)
{
    int32_t k = 0;
    for (int i = 0; i < ROWS; i++) {
        m->starts[i] = k;
        for (int left = below(r, 4) == 0 ? 0 : below(r, LONGEST); left > 0; left--) {
            m->sources[k] = below(r, VALUES);
            m->weights[k++] = 2.0 * bk_random_uniform(r) - 1.0;
        }
    }
    m->starts[ROWS] = k;
    for (int i = 0; i < VALUES; i++) {
        m->values[i] = pow(10.0, 20.0 * bk_random_uniform(r) - 10.0);
    }
}

static void compare(const matrix *m, const bk_row_sums *sums)
{
    double got[ROWS];
    bk_row_sums_run(sums, m->values, got);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0.0;
        for (int32_t k = m->starts[i]; k < m->starts[i + 1]; k++) {
            sum += m->weights[k] * m->values[m->sources[k]];
        }
        assert_true(got[i] == sum || (isnan(got[i]) && !isfinite(sum)));
    }
}

/* Against the plain loop in its order, bit by bit; what is not finite stays in its rows. */
static void every_row_is_summed_in_its_own_order(void **state)
{
    (void)state;
    bk_random r;
    int made = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        matrix m;
        bk_random_start(&r, 31, seed, 0);
        draw(&m, &r);
        bk_row_sums *sums = NULL;
        assert_int_equal(bk_row_sums_new(ROWS, m.starts, m.sources, &sums), BK_OK);
        if (sums == NULL) {
            continue;
        }
        made++;
        bk_row_sums_weigh(sums, m.weights);
        compare(&m, sums);
        const int32_t one = below(&r, m.starts[ROWS]);
        m.weights[one] = 7.0;
        bk_row_sums_weigh_one(sums, one, 7.0);
        compare(&m, sums);
        m.values[below(&r, VALUES)] = (double)INFINITY;
        m.values[below(&r, VALUES)] = (double)NAN;
        compare(&m, sums);
        bk_row_sums_free(sums);
    }
    assert_true(made > 150);
}

static void few_terms_are_left_to_a_plain_loop(void **state)
{
    (void)state;
    const int32_t starts[] = {0, 2, 3};
    const int32_t sources[] = {0, 1, 0};
    bk_row_sums *sums = NULL;
    assert_int_equal(bk_row_sums_new(2, starts, sources, &sums), BK_OK);
    assert_null(sums);
    assert_int_equal(bk_row_sums_new(0, starts, sources, &sums), BK_OK);
    assert_null(sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_summed_in_its_own_order),
        cmocka_unit_test(few_terms_are_left_to_a_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
